//! What installing a release does to the installed base of its product: who gains by it, who cannot, and what keeps
//! them from it.
//!
//! Every row of the product is judged twice by the packs on installations: as it is, and with what the manifest
//! tells in place of what the installed version had. What can be installed is for rules too: those that read the
//! manifest beside the installation. A cell is read once for each of its texts, and rows that mean the same are judged
//! once, whatever their version and their groups.

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
use std::sync::{Mutex, PoisonError};

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
    /// How many. An installation may have several obstacles, and is counted in each.
    pub count: u64,
    /// Those that have no other obstacle: the remedy is enough for them.
    pub alone: u64,
    /// How many in each group, for each field that the base is cut by, the largest first.
    pub by: Vec<ObstacleBy>,
}

/// Those that an obstacle concerns, cut by a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObstacleBy {
    /// The field.
    pub field: String,
    /// Its name for people.
    pub label: Text,
    /// Groups, the largest first, those without value last.
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
    let meaning: BTreeSet<FieldId> = judging.chain(product).filter(|field| *field != manifests.delivered).collect();
    let fields: BTreeSet<FieldId> = programs[0].fields().collect();
    let count = Count {
        manifest,
        manifests,
        rules,
        update,
        survey,
        cells: fields.iter().map(|field| Cells::new(*field, meaning.contains(field))).collect(),
        fields,
        known: Known::default(),
        obstacles: Vec::new(),
        places: BTreeMap::new(),
        input: Total::default(),
        total: Total::default(),
    };
    let mut cases = Cases(Mutex::new(count));
    let outcome = read::judge(inputs, &programs, survey, rules.kind(), &mut [&mut cases], progress)?;
    let basis = basis(rules, survey, &programs[0], &outcome, 0);
    let mut count = cases.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    count.next_input();
    let (total, known) = (count.total, count.obstacles);
    let named = |field: &FieldId| {
        let id = &socle.fields[usize::from(field.0)].id;
        (id.clone(), label_of_path(id, socle))
    };
    let by = manifests.by.iter().zip(total.by).map(|(field, groups)| {
        let (field, label) = named(field);
        ImpactBy { field, label, groups: sorted(groups, |figures| figures.population) }
    });
    let obstacles = known.into_iter().zip(total.obstacles).filter(|(_, met)| met.count > 0).map(|(known, met)| {
        let by = manifests.by.iter().zip(met.by).map(|(field, groups)| {
            let (field, label) = named(field);
            ObstacleBy { field, label, groups: sorted(groups, |n| *n) }
        });
        Obstacle { count: met.count, alone: met.alone, by: by.collect(), ..known }
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

/// Texts, readings and cases that are kept.
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
        let count = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        count.known = Known::default();
        count.input = Total::default();
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
        for row in (0..rows.batch.rows).filter(|row| rows.included(*row)) {
            self.key.clear();
            rows.raw_key(row, &count.fields, &mut self.key);
            let alike = match count.known.read.get(&self.key) {
                Some(alike) => *alike,
                None => {
                    let alike = count.read(rows, row);
                    count.known.read.insert(self.key.clone(), alike);
                    alike
                }
            };
            count.known.alike[alike].rows += 1;
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
        /// What keeps it from installing the release, by their places in [`Count::obstacles`].
        obstacles: Vec<usize>,
    },
}

/// The cells of a field, each text read once.
struct Cells {
    field: FieldId,
    /// As [`RowView::raw_key`] wants it.
    alone: BTreeSet<FieldId>,
    /// It decides what installing the release does, but for the version that is installed.
    decides: bool,
    /// By raw text: what is read, and the number of what it means.
    read: HashMap<Vec<u8>, (Datum, u32)>,
    /// Numbers of meanings: a value may be spelled in many ways.
    meanings: HashMap<[u8; 32], u32>,
}

impl Cells {
    fn new(field: FieldId, decides: bool) -> Cells {
        Cells { field, alone: BTreeSet::from([field]), decides, read: HashMap::new(), meanings: HashMap::new() }
    }

    /// Reads the cell of a row into its record; the number of what it means.
    fn read(&mut self, rows: &RowView<'_>, row: usize, socle: &Socle, key: &mut Vec<u8>, record: &mut [Datum]) -> u32 {
        key.clear();
        rows.raw_key(row, &self.alone, key);
        let place = usize::from(self.field.0);
        if let Some((datum, meaning)) = self.read.get(key) {
            record[place] = datum.clone();
            return *meaning;
        }
        rows.read(row, &self.alone, record);
        let next = u32::try_from(self.meanings.len()).unwrap_or(u32::MAX);
        let meaning = *self.meanings.entry(values(socle, &self.alone, record)).or_insert(next);
        self.read.insert(key.clone(), (record[place].clone(), meaning));
        meaning
    }
}

/// What is known of rows already met: forgotten from one input to the next, and when there is too much of it.
#[derive(Default)]
struct Known {
    /// By the raw cells of a row, its place in `alike`.
    read: HashMap<Vec<u8>, usize>,
    /// Rows that mean the same and are in the same groups.
    alike: Vec<Alike>,
    /// By case and groups, their place in `alike`.
    places: HashMap<(usize, usize), usize>,
    cases: Vec<Case>,
    /// By the meanings that decide, and whether the release is there already, the place in `cases`.
    judged: HashMap<(Vec<u32>, Truth), usize>,
    groups: Vec<Vec<GroupValue>>,
    /// By the meanings of the fields that the base is cut by, the place in `groups`.
    grouped: HashMap<Vec<u32>, usize>,
}

/// Rows that mean the same and are in the same groups.
struct Alike {
    case: usize,
    groups: usize,
    rows: u64,
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
    /// The same, with what their cells say.
    cells: Vec<Cells>,
    known: Known,
    /// The obstacles met, not counted.
    obstacles: Vec<Obstacle>,
    /// Where each is in that list.
    places: BTreeMap<ObstacleKey, usize>,
    /// The input being read, which may turn out to be bad.
    input: Total,
    total: Total,
}

/// Pack, rule, what they have.
type ObstacleKey = (usize, usize, String);

#[derive(Default)]
struct Total {
    others: u64,
    unnamed: u64,
    figures: ImpactFigures,
    by: Vec<BTreeMap<GroupValue, ImpactFigures>>,
    /// In the order of [`Count::obstacles`].
    obstacles: Vec<Met>,
}

/// How many have an obstacle.
#[derive(Clone, Default)]
struct Met {
    count: u64,
    alone: u64,
    by: Vec<BTreeMap<GroupValue, u64>>,
}

impl Total {
    /// Adds rows of a case that are in the same groups.
    fn add(&mut self, case: &Case, groups: &[GroupValue], rows: u64) {
        let (figures, obstacles) = match case {
            Case::Other => return self.others += rows,
            Case::Unnamed => return self.unnamed += rows,
            Case::Of { figures, obstacles } => (figures, obstacles),
        };
        self.figures.add(figures, rows);
        self.by.resize_with(groups.len(), BTreeMap::new);
        for (group, of_field) in groups.iter().zip(&mut self.by) {
            of_field.entry(group.clone()).or_default().add(figures, rows);
        }
        for place in obstacles {
            if self.obstacles.len() <= *place {
                self.obstacles.resize_with(place + 1, Met::default);
            }
            let met = &mut self.obstacles[*place];
            met.count += rows;
            met.alone += if obstacles.len() == 1 { rows } else { 0 };
            met.by.resize_with(groups.len(), BTreeMap::new);
            for (group, of_field) in groups.iter().zip(&mut met.by) {
                *of_field.entry(group.clone()).or_default() += rows;
            }
        }
    }

    /// Adds those of an input.
    fn merge(&mut self, other: Total) {
        self.others += other.others;
        self.unnamed += other.unnamed;
        self.figures.add(&other.figures, 1);
        self.by.resize_with(self.by.len().max(other.by.len()), BTreeMap::new);
        for (sum, groups) in self.by.iter_mut().zip(other.by) {
            for (group, figures) in groups {
                sum.entry(group).or_default().add(&figures, 1);
            }
        }
        self.obstacles.resize_with(self.obstacles.len().max(other.obstacles.len()), Met::default);
        for (sum, met) in self.obstacles.iter_mut().zip(other.obstacles) {
            sum.count += met.count;
            sum.alone += met.alone;
            sum.by.resize_with(sum.by.len().max(met.by.len()), BTreeMap::new);
            for (sum, groups) in sum.by.iter_mut().zip(met.by) {
                for (group, n) in groups {
                    *sum.entry(group).or_default() += n;
                }
            }
        }
    }
}

impl Count<'_> {
    /// Raw cells mean the same within an input alone.
    fn next_input(&mut self) {
        self.settle();
        self.total.merge(std::mem::take(&mut self.input));
    }

    /// Adds what was counted to the input, and forgets the rows.
    fn settle(&mut self) {
        let known = std::mem::take(&mut self.known);
        for Alike { case, groups, rows } in known.alike {
            self.input.add(&known.cases[case], &known.groups[groups], rows);
        }
        for cells in &mut self.cells {
            cells.read.clear();
            cells.meanings.clear();
        }
    }

    /// Reads a row that was not met before: its place among those alike.
    fn read(&mut self, rows: &RowView<'_>, row: usize) -> usize {
        if self.known.read.len() >= REMEMBERED {
            self.settle();
        }
        let socle = self.rules.socle;
        let mut record = vec![Datum::Unknown(Missing::NotCollected); socle.fields.len()];
        let (mut key, mut deciding, mut of_groups) = (Vec::new(), Vec::new(), Vec::new());
        for cells in &mut self.cells {
            let meaning = cells.read(rows, row, socle, &mut key, &mut record);
            if cells.decides {
                deciding.push(meaning);
            }
            if self.manifests.by.contains(&cells.field) {
                of_groups.push(meaning);
            }
        }
        let decided = (deciding, self.already(&record));
        let case = match self.known.judged.get(&decided) {
            Some(case) => *case,
            None => {
                let of_case = self.judge(record.clone(), decided.1);
                self.known.cases.push(of_case);
                let case = self.known.cases.len() - 1;
                self.known.judged.insert(decided, case);
                case
            }
        };
        let groups = match self.known.grouped.get(&of_groups) {
            Some(groups) => *groups,
            None => {
                let by = self.manifests.by.iter().map(|field| group(&record[usize::from(field.0)], socle));
                self.known.groups.push(by.collect());
                let groups = self.known.groups.len() - 1;
                self.known.grouped.insert(of_groups, groups);
                groups
            }
        };
        let Known { alike, places, .. } = &mut self.known;
        *places.entry((case, groups)).or_insert_with(|| {
            alike.push(Alike { case, groups, rows: 0 });
            alike.len() - 1
        })
    }

    /// Whether the version that is installed is this one, or a later one.
    fn already(&self, record: &[Datum]) -> Truth {
        let version = |record: &[Datum]| record[usize::from(self.manifests.version.0)].clone();
        match (version(record).known(), version(&self.manifest.record).known()) {
            (Some(Value::Version(installed)), Some(Value::Version(new))) => Truth::from(installed >= new),
            _ => Truth::Unknown,
        }
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
    fn can_install(&mut self, record: &[Datum]) -> (Verdict, Vec<usize>) {
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
                let key = (number, at, key);
                let place = self.places.get(&key).copied().unwrap_or(self.obstacles.len());
                obstacles.push(place);
                if place == self.obstacles.len() {
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
                        alone: 0,
                        by: Vec::new(),
                    };
                    self.obstacles.push(obstacle);
                    self.places.insert(key, place);
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
    /// Adds as many times what another counts.
    fn add(&mut self, other: &ImpactFigures, times: u64) {
        self.population += other.population * times;
        self.already += other.already * times;
        for (sum, part) in [(&mut self.before, &other.before), (&mut self.after, &other.after)] {
            sum.up_to_date += part.up_to_date * times;
            sum.obsolete += part.obsolete * times;
            sum.undetermined += part.undetermined * times;
            sum.not_applicable += part.not_applicable * times;
            sum.waived += part.waived * times;
        }
        for (sum, part) in [(&mut self.gained, &other.gained), (&mut self.blocked, &other.blocked)] {
            sum.low += part.low * times;
            sum.high += part.high * times;
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
