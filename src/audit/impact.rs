//! What installing a release does to the installed base of its product: who gains by it, who cannot, and what keeps
//! them from it.
//!
//! Every row of the product is judged twice by the packs on installations: as it is, and with what the manifest
//! tells in place of what the installed version had. What can be installed is for rules too: those that read the
//! manifest beside the installation. Rows that read the same are judged once.

use super::baseline::values;
use super::findings::label_of_path;
use super::read::{self, Input, RowOutput};
use super::report::{DataFinding, InputSummary, PackSummary, StatusCounts};
use super::survey::{Rules, Survey, basis};
use crate::diag::{Diagnostic, Text};
use crate::engine::{GroupValue, Program, RowSink, RowView, RuleInput, Status};
use crate::manifest::Manifest;
use crate::pack::condition::{Env, Kind};
use crate::pack::{Level, Pack, Rule};
use crate::socle::{FieldId, Manifests, Socle};
use crate::value::{Datum, Missing, Truth, Value, Verdict};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// What installing a release does to a base. Counts are rows.
#[derive(Clone, Debug)]
pub struct Impact {
    /// The inventories read.
    pub inputs: Vec<InputSummary>,
    /// The packs that judge installations, then those that say what can be installed.
    pub packs: Vec<PackSummary>,
    /// Rows of other products.
    pub others: u64,
    /// Rows whose product is not told.
    pub unnamed: u64,
    /// The base of the product.
    pub figures: ImpactFigures,
    /// The same, cut by fields of the installations.
    pub by: Vec<ImpactBy>,
    /// What keeps groups from installing it, the largest first.
    pub obstacles: Vec<Obstacle>,
    /// What was found about the inventories.
    pub data: Vec<DataFinding>,
}

/// What becomes of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImpactFigures {
    /// Installations of the product.
    pub population: u64,
    /// Those that have this version or a later one.
    pub already: u64,
    /// Their status as they are.
    pub before: StatusCounts,
    /// Their status once it is installed wherever it can be.
    pub after: StatusCounts,
    /// Become up to date by installing it.
    pub gained: Bounds,
    /// Cannot install it.
    pub blocked: Bounds,
}

/// A count that is not known for sure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// For sure.
    pub low: u64,
    /// At most, once what is unknown is known.
    pub high: u64,
}

/// The base cut by a field.
#[derive(Clone, Debug)]
pub struct ImpactBy {
    /// The field.
    pub field: String,
    /// Its name for people.
    pub label: Text,
    /// Groups, the largest first, those without value last.
    pub groups: Vec<(GroupValue, ImpactFigures)>,
}

/// What keeps a group from installing the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Id of the pack.
    pub pack: String,
    /// The rule.
    pub rule: String,
    /// What is wrong.
    pub title: Text,
    /// Fail, or unknown.
    pub verdict: Verdict,
    /// The fields of the installation that are read: id and name.
    pub fields: Vec<(String, Text)>,
    /// What they have.
    pub declared: Option<Text>,
    /// What the release asks for.
    pub needed: Text,
    /// What to change first.
    pub remedy: Text,
    /// How many.
    pub count: u64,
    /// The same by the first field that the base is cut by, the largest first.
    pub groups: Vec<(GroupValue, u64)>,
}

/// Says what installing a release does to inventories.
///
/// # Errors
/// Those of an audit.
pub fn impact(
    manifest: &Manifest,
    inputs: Vec<Input<'_>>,
    rules: &Rules<'_>,
    update: &[&Pack],
    survey: &Survey,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Option<Impact>, Vec<Diagnostic>> {
    let socle = rules.socle;
    let Some(manifests) = &socle.manifests else { return Ok(None) };
    super::mapping::check_options(&survey.mapping, socle)?;
    let keys = socle.catalogue_keys().map(|[_, product, version, _]| [product, version]);
    let named = [manifests.editor, manifests.product, manifests.version].into_iter().chain(keys.into_iter().flatten());
    let read_by_update = update.iter().flat_map(|pack| &pack.rules).flat_map(Rule::fields);
    let mut extra: Vec<FieldId> = named.chain(manifests.by.iter().copied()).chain(read_by_update).collect();
    extra.retain(|field| *field != manifests.delivered);
    // Only the rules that change a status: what others read would make rows differ for nothing.
    let blocking: Vec<RuleInput<'_>> =
        rules.inputs().into_iter().filter(|rule| rule.level == Level::Blocking).collect();
    let program = Program::new(socle, &blocking, None, &[], &extra, survey.as_of, [None; 2]);
    let programs = [program];
    let judging = rules.packs.iter().chain(update).flat_map(|pack| &pack.rules);
    let judging = judging.filter(|rule| rule.level == Level::Blocking).flat_map(Rule::fields);
    let product = keys.into_iter().map(|[product, _]| product).chain([manifests.product]);
    let count = Count {
        manifest,
        manifests,
        rules,
        update,
        survey,
        fields: programs[0].fields().collect(),
        meaning: judging.chain(product).filter(|field| *field != manifests.delivered).collect(),
        read: HashMap::new(),
        judged: HashMap::new(),
        obstacles: BTreeMap::new(),
        input: Total::default(),
        total: Total::default(),
    };
    let mut cases = Cases(Mutex::new(count));
    let outcome = read::judge(inputs, &programs, survey, rules.kind(), &mut [&mut cases], progress)?;
    let basis = basis(rules, survey, &programs[0], &outcome, 0);
    let mut count = cases.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    count.next_input();
    let (total, known) = (count.total, count.obstacles);
    let by = manifests.by.iter().zip(total.by).map(|(field, groups)| {
        let id = &socle.fields[usize::from(field.0)].id;
        ImpactBy {
            field: id.clone(),
            label: label_of_path(id, socle),
            groups: sorted(groups, |figures| figures.population),
        }
    });
    let obstacles = total.obstacles.into_iter().filter_map(|(place, groups)| {
        let count = groups.values().sum();
        Some(Obstacle { count, groups: sorted(groups, |n| *n), ..known.get(&place)?.clone() })
    });
    let mut obstacles: Vec<Obstacle> = obstacles.collect();
    obstacles.sort_by(|a, b| {
        let order = |o: &Obstacle| (o.verdict != Verdict::Fail, std::cmp::Reverse(o.count));
        (order(a), &a.rule, a.declared.as_ref().map(|t| &t.fr)).cmp(&(
            order(b),
            &b.rule,
            b.declared.as_ref().map(|t| &t.fr),
        ))
    });
    Ok(Some(Impact {
        packs: basis.packs.into_iter().chain(update.iter().map(|pack| PackSummary::of(pack))).collect(),
        inputs: basis.inputs,
        data: basis.data,
        others: total.others,
        unnamed: total.unnamed,
        figures: total.figures,
        by: by.collect(),
        obstacles,
    }))
}

fn sorted<T>(groups: BTreeMap<GroupValue, T>, size: impl Fn(&T) -> u64) -> Vec<(GroupValue, T)> {
    let mut groups: Vec<(GroupValue, T)> = groups.into_iter().collect();
    groups.sort_by(|a, b| GroupValue::largest_first((&a.0, size(&a.1)), (&b.0, size(&b.1))));
    groups
}

/// Readings and cases that are kept.
const REMEMBERED: usize = 1 << 16;

/// Counts the rows of inventories.
struct Cases<'c>(Mutex<Count<'c>>);

impl RowOutput for Cases<'_> {
    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn RowSink + '_>>> {
        let Cases(count) = self;
        count.get_mut().unwrap_or_else(PoisonError::into_inner).next_input();
        let count = &*count;
        let sink = |_| -> Box<dyn RowSink + '_> { Box::new(CaseSink { count, key: Vec::new() }) };
        Ok((0..workers).map(sink).collect())
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).input = Total::default();
        Ok(())
    }
}

struct CaseSink<'s, 'c> {
    count: &'s Mutex<Count<'c>>,
    key: Vec<u8>,
}

impl RowSink for CaseSink<'_, '_> {
    fn rows(&mut self, rows: &RowView<'_>) -> io::Result<()> {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let mut record = vec![Datum::Unknown(Missing::NotCollected); count.rules.socle.fields.len()];
        for row in (0..rows.batch.rows).filter(|row| rows.included(*row)) {
            self.key.clear();
            rows.raw_key(row, &count.fields, &mut self.key);
            let (case, groups) = match count.read.get(&self.key) {
                Some(read) => read.clone(),
                None => {
                    rows.read(row, &count.fields, &mut record);
                    let read = (count.case(&record), count.groups(&record));
                    if count.read.len() >= REMEMBERED {
                        count.read.clear();
                    }
                    count.read.insert(self.key.clone(), read.clone());
                    read
                }
            };
            count.input.add(&case, &groups);
        }
        Ok(())
    }
}

/// What installing the release does to rows that mean the same.
enum Case {
    /// Rows of another product.
    Other,
    /// Rows whose product is not told.
    Unnamed,
    /// Rows of the product.
    Of {
        /// Those of one row.
        figures: ImpactFigures,
        /// What keeps it from installing the release.
        obstacles: Vec<ObstacleKey>,
    },
}

/// Judges rows, each meaning once, and counts them.
struct Count<'c> {
    manifest: &'c Manifest,
    manifests: &'c Manifests,
    rules: &'c Rules<'c>,
    update: &'c [&'c Pack],
    survey: &'c Survey,
    /// What is read of a row.
    fields: BTreeSet<FieldId>,
    /// What of it decides, but for the version that is installed.
    meaning: BTreeSet<FieldId>,
    /// Readings of the input, by its raw cells.
    read: HashMap<Vec<u8>, Reading>,
    /// Cases, by what they mean.
    judged: HashMap<([u8; 32], Truth), Arc<Case>>,
    /// The obstacles found, not counted.
    obstacles: BTreeMap<ObstacleKey, Obstacle>,
    /// The input being read, which may turn out to be bad.
    input: Total,
    total: Total,
}

/// What a row means, and its groups.
type Reading = (Arc<Case>, Arc<[GroupValue]>);

/// Pack, rule, what they have.
type ObstacleKey = (usize, usize, String);

#[derive(Default)]
struct Total {
    others: u64,
    unnamed: u64,
    figures: ImpactFigures,
    by: Vec<BTreeMap<GroupValue, ImpactFigures>>,
    obstacles: BTreeMap<ObstacleKey, BTreeMap<GroupValue, u64>>,
}

impl Total {
    /// Adds a row.
    fn add(&mut self, case: &Case, groups: &[GroupValue]) {
        let (figures, obstacles) = match case {
            Case::Other => return self.others += 1,
            Case::Unnamed => return self.unnamed += 1,
            Case::Of { figures, obstacles } => (figures, obstacles),
        };
        self.figures.add(figures);
        self.by.resize_with(groups.len(), BTreeMap::new);
        for (group, of_field) in groups.iter().zip(&mut self.by) {
            match of_field.get_mut(group) {
                Some(sum) => sum.add(figures),
                None => drop(of_field.insert(group.clone(), *figures)),
            }
        }
        for obstacle in obstacles {
            let groups_of = self.obstacles.entry(obstacle.clone()).or_default();
            *groups_of.entry(groups.first().cloned().unwrap_or(GroupValue::Unknown)).or_default() += 1;
        }
    }

    /// Adds those of an input.
    fn merge(&mut self, other: Total) {
        self.others += other.others;
        self.unnamed += other.unnamed;
        self.figures.add(&other.figures);
        self.by.resize_with(self.by.len().max(other.by.len()), BTreeMap::new);
        for (sum, groups) in self.by.iter_mut().zip(other.by) {
            for (group, figures) in groups {
                sum.entry(group).or_default().add(&figures);
            }
        }
        for (obstacle, groups) in other.obstacles {
            let sum = self.obstacles.entry(obstacle).or_default();
            for (group, n) in groups {
                *sum.entry(group).or_default() += n;
            }
        }
    }
}

impl Count<'_> {
    /// Raw cells mean the same within an input alone.
    fn next_input(&mut self) {
        self.read.clear();
        self.total.merge(std::mem::take(&mut self.input));
    }

    fn groups(&self, record: &[Datum]) -> Arc<[GroupValue]> {
        self.manifests.by.iter().map(|field| group(&record[usize::from(field.0)], self.rules.socle)).collect()
    }

    /// Whether the version that is installed is this one, or a later one.
    fn already(&self, record: &[Datum]) -> Truth {
        let version = |record: &[Datum]| record[usize::from(self.manifests.version.0)].clone();
        match (version(record).known(), version(&self.manifest.record).known()) {
            (Some(Value::Version(installed)), Some(Value::Version(new))) => Truth::from(installed >= new),
            _ => Truth::Unknown,
        }
    }

    fn case(&mut self, record: &[Datum]) -> Arc<Case> {
        let already = self.already(record);
        let key = (values(self.rules.socle, &self.meaning, record), already);
        if let Some(case) = self.judged.get(&key) {
            return Arc::clone(case);
        }
        let case = Arc::new(self.judge(record.to_vec(), already));
        if self.judged.len() >= REMEMBERED {
            self.judged.clear();
        }
        self.judged.insert(key, Arc::clone(&case));
        case
    }

    fn judge(&mut self, mut record: Vec<Datum>, already: Truth) -> Case {
        let socle = self.rules.socle;
        match same_product(&record, &self.manifest.record, socle) {
            Truth::False => return Case::Other,
            Truth::Unknown => return Case::Unnamed,
            Truth::True => {}
        }
        let before = status(&self.rules.packs, &record, socle, self.survey);
        let mut figures = ImpactFigures { population: 1, ..ImpactFigures::default() };
        *slot(&mut figures.before, before) += 1;
        if already == Truth::True {
            figures.already = 1;
            *slot(&mut figures.after, before) += 1;
            return Case::Of { figures, obstacles: Vec::new() };
        }
        record[usize::from(self.manifests.delivered.0)] = self.manifests.record(&self.manifest.record);
        let (can, obstacles) = self.can_install(&record);
        for field in self.manifests.brings(socle) {
            record[usize::from(field.0)] = self.manifest.record[usize::from(field.0)].clone();
        }
        let installed = status(&self.rules.packs, &record, socle, self.survey);
        let after = match can {
            Verdict::Fail => before,
            Verdict::Unknown if installed != before => Status::Undetermined,
            // What it has may be this release, or a later one, already.
            _ if already == Truth::Unknown && installed != before => Status::Undetermined,
            _ => installed,
        };
        *slot(&mut figures.after, after) += 1;
        let sure = already == Truth::False;
        let gains = before == Status::Obsolete && installed == Status::UpToDate && can != Verdict::Unknown;
        let may_gain = matches!(before, Status::Obsolete | Status::Undetermined)
            && matches!(installed, Status::UpToDate | Status::Undetermined);
        if can != Verdict::Fail {
            figures.gained = Bounds { low: u64::from(gains && sure), high: u64::from(may_gain) };
        }
        figures.blocked = match can {
            Verdict::Fail => Bounds { low: u64::from(sure), high: 1 },
            Verdict::Unknown => Bounds { low: 0, high: 1 },
            _ => Bounds::default(),
        };
        Case::Of { figures, obstacles }
    }

    /// Whether the release can be installed, by the rules that say so, and what keeps it from it.
    fn can_install(&mut self, record: &[Datum]) -> (Verdict, Vec<ObstacleKey>) {
        let env = env(record, self.rules.socle, self.survey);
        let (mut worst, mut obstacles) = (Verdict::NotApplicable, Vec::new());
        for (number, pack) in self.update.iter().enumerate() {
            for (at, rule) in pack.rules.iter().enumerate().filter(|(_, rule)| rule.level == Level::Blocking) {
                let verdict = rule.verdict(&env);
                worst = worst.worst(verdict);
                if !matches!(verdict, Verdict::Fail | Verdict::Unknown) {
                    continue;
                }
                let declared = self.has(rule, record);
                let key = format!("{verdict:?} {}", declared.as_ref().map_or("", |text| text.fr.as_str()));
                let place = (number, at, key);
                obstacles.push(place.clone());
                if !self.obstacles.contains_key(&place) {
                    let obstacle = Obstacle {
                        pack: pack.id.clone(),
                        rule: rule.id.clone(),
                        title: rule.title.clone(),
                        verdict,
                        fields: self.fields(rule),
                        declared,
                        needed: self.asks(rule),
                        remedy: rule.requires.first().map(|require| require.remedy.clone()).unwrap_or_default(),
                        count: 0,
                        groups: Vec::new(),
                    };
                    self.obstacles.insert(place, obstacle);
                }
            }
        }
        (worst, obstacles)
    }

    /// The fields of an installation that a rule reads.
    fn fields(&self, rule: &Rule) -> Vec<(String, Text)> {
        let fields = rule.fields().into_iter().filter(|field| *field != self.manifests.delivered);
        let named = |field: FieldId| &self.rules.socle.fields[usize::from(field.0)];
        fields.map(|field| (named(field).id.clone(), named(field).label.clone())).collect()
    }

    /// What an installation has of what a rule reads; `None` when nothing is known.
    fn has(&self, rule: &Rule, record: &[Datum]) -> Option<Text> {
        let fields = rule.fields().into_iter().filter(|field| *field != self.manifests.delivered);
        labels(fields, record, self.rules.socle)
    }

    /// What the manifest says of what a rule reads.
    fn asks(&self, rule: &Rule) -> Text {
        let mut fields = BTreeSet::new();
        for condition in rule.conditions() {
            condition.expr.visit(&mut |expr| {
                if let Kind::Member(of, number) = &expr.kind
                    && matches!(of.kind, Kind::Field(field) if field == self.manifests.delivered)
                {
                    fields.extend(self.manifests.members.get(*number).copied());
                }
            });
        }
        labels(fields.into_iter(), &self.manifest.record, self.rules.socle).unwrap_or_default()
    }
}

/// What is known of fields, for people.
fn labels(fields: impl Iterator<Item = FieldId>, record: &[Datum], socle: &Socle) -> Option<Text> {
    let known = |field: &FieldId| !matches!(record[usize::from(field.0)], Datum::Unknown(_));
    let texts: Vec<Text> =
        fields.filter(known).map(|field| socle.tables.datum_label(&record[usize::from(field.0)])).collect();
    let join = |of: fn(&Text) -> &str| texts.iter().map(of).collect::<Vec<_>>().join(", ");
    (!texts.is_empty()).then(|| Text::new(join(|text| &text.fr), join(|text| &text.en)))
}

impl ImpactFigures {
    fn add(&mut self, other: &ImpactFigures) {
        self.population += other.population;
        self.already += other.already;
        for (sum, part) in [(&mut self.before, &other.before), (&mut self.after, &other.after)] {
            sum.up_to_date += part.up_to_date;
            sum.obsolete += part.obsolete;
            sum.undetermined += part.undetermined;
            sum.not_applicable += part.not_applicable;
            sum.waived += part.waived;
        }
        for (sum, part) in [(&mut self.gained, &other.gained), (&mut self.blocked, &other.blocked)] {
            sum.low += part.low;
            sum.high += part.high;
        }
    }
}

fn slot(counts: &mut StatusCounts, status: Status) -> &mut u64 {
    match status {
        Status::UpToDate => &mut counts.up_to_date,
        Status::Obsolete => &mut counts.obsolete,
        Status::Undetermined => &mut counts.undetermined,
        Status::NotApplicable => &mut counts.not_applicable,
        Status::Waived => &mut counts.waived,
    }
}

fn env<'e>(record: &'e [Datum], socle: &'e Socle, survey: &Survey) -> Env<'e> {
    Env { tables: &socle.tables, parameters: &socle.parameters, fields: record, previous: &[], today: survey.as_of }
}

/// The status of a record by the blocking rules of packs.
fn status(packs: &[&Pack], record: &[Datum], socle: &Socle, survey: &Survey) -> Status {
    let env = env(record, socle, survey);
    let blocking = packs.iter().flat_map(|pack| &pack.rules).filter(|rule| rule.level == Level::Blocking);
    let worst = blocking.fold(Verdict::NotApplicable, |worst, rule| worst.worst(rule.verdict(&env)));
    Status::of(worst.into())
}

fn group(datum: &Datum, socle: &Socle) -> GroupValue {
    let Some(value) = datum.known() else { return GroupValue::Unknown };
    let label = socle.tables.value_label(value);
    let key = match value {
        Value::Row(row) => socle.tables.row(*row).id.clone(),
        _ => label.fr.clone(),
    };
    GroupValue::Known { key, label: (label.fr, label.en) }
}

/// Whether two records are of the same product: by what the socle recognises, else by their names.
pub(super) fn same_product(one: &[Datum], two: &[Datum], socle: &Socle) -> Truth {
    let Some(manifests) = &socle.manifests else { return Truth::Unknown };
    let recognised = socle.catalogue_keys().map(|[_, product, ..]| product);
    let row = |record: &[Datum]| recognised.map(|field| record[usize::from(field.0)].clone());
    if let (Some(Datum::Known(one)), Some(Datum::Known(two))) = (row(one), row(two)) {
        return Truth::from(one == two);
    }
    let name = |record: &[Datum]| match record[usize::from(manifests.product.0)].known() {
        Some(Value::String(text)) => Some(socle.folded(manifests.product, text)),
        _ => None,
    };
    match (name(one), name(two)) {
        (Some(one), Some(two)) => Truth::from(one == two),
        _ => Truth::Unknown,
    }
}
