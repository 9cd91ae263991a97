//! Rates: the population cut by one or two fields, with the share of each group and its rate by one measure.

use super::disclosure;
use super::findings;
use super::market::{self, Market};
use super::measure::{Measure, Measured};
use super::publish::{self, Publication};
use super::read::{self, Input, Outcome};
use super::report::{Basis, Closed, Counts, InputSummary, Rate, counts_of};
use super::survey::{Question, Rules, Survey, basis};
use super::targets::{Earlier, TargetReport, Targets};
use crate::diag::{Diagnostic, Text};
use crate::engine::{Cut, GroupValue, Program};
use crate::pack::condition::Expr;
use crate::socle::Socle;
use crate::text;
use crate::value::Type;
use std::collections::{BTreeMap, HashMap};

/// What is asked of rates.
#[derive(Clone, Debug)]
pub struct RatesOptions {
    /// How the inventories are read, and what is counted.
    pub survey: Survey,
    /// The unit was asked for, not taken by default.
    pub unit_asked: bool,
    /// One or two fields or attributes to group by.
    pub by: Vec<String>,
    /// What is measured: `status`, a rule, a condition.
    pub measure: String,
    /// Least rate, low bound, a share 0..=1.
    pub fail_under: Option<f64>,
    /// Market figures too.
    pub market: bool,
    /// The figures are to be published.
    pub publication: Option<Publication>,
}

/// Rates. All counts are in the unit of the basis.
#[derive(Clone, Debug)]
pub struct Rates {
    /// What they rest on.
    pub basis: Basis,
    /// What is measured.
    pub measure: Measure,
    /// What the population is grouped by.
    pub by: Vec<Dimension>,
    /// The groups that have units: by rank, highest first, on a scale; else the largest first; what has no value last.
    pub cells: Vec<Cell>,
    /// With two fields: the groups of the first alone, then those of the second.
    pub subtotals: Vec<Cell>,
    /// The whole population.
    pub total: Figures,
    /// Market figures, when asked for.
    pub market: Option<Market>,
    /// One entry for each target of the packs; none in figures fit for publication.
    pub targets: Vec<TargetReport>,
    /// The earlier inventories that the pace of the targets is counted from.
    pub previous: Vec<InputSummary>,
    /// The figures are fit for publication, with this threshold.
    pub threshold: Option<u64>,
    /// Why the gate is closed; `None` when it is open or none was asked for.
    pub closed: Option<Closed>,
}

/// What the population is grouped by.
#[derive(Clone, Debug)]
pub struct Dimension {
    /// Field or attribute, as given.
    pub field: String,
    /// Its name for people.
    pub label: Text,
    /// Its values are the levels of a scale.
    pub scale: bool,
}

/// A group.
#[derive(Clone, Debug)]
pub struct Cell {
    /// One member a dimension.
    pub key: Vec<Member>,
    /// Its figures.
    pub figures: Figures,
}

/// What a group has of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// A value, none that is known, several.
    Of(GroupValue),
    /// The values that may not be named, together (« Autres »).
    Others,
    /// Whatever the value: in subtotals.
    All,
}

/// What is said of a group. What is missing is not to be published, or has no meaning here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Units; `None` when suppressed.
    pub n: Option<u64>,
    /// Verdicts; they sum to `n`.
    pub counts: Option<Counts>,
    /// Of the population.
    pub share: Option<Share>,
    /// With two fields: of the group of the first.
    pub share_of_group: Option<Share>,
    /// On a scale: this level or above, of the population (with a second field: in the same group of it).
    pub cumulative: Option<Share>,
    /// When the second field is a scale: this level or above, of the group of the first.
    pub cumulative_of_group: Option<Share>,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// The whole; never 0.
    pub whole: u64,
}

impl Share {
    /// A share, when there is something to share.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Option<Share> {
        (whole > 0).then_some(Share { part, whole })
    }

    /// From 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "populations stay far below 2^53")]
    pub fn fraction(self) -> f64 {
        self.part as f64 / self.whole as f64
    }
}

impl Figures {
    /// Figures that are not to be published.
    #[must_use]
    pub fn suppressed(&self) -> bool {
        self.n.is_none()
    }

    /// The rate, when the verdicts are known.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        self.counts.as_ref().map(Counts::rate)
    }
}

impl Member {
    /// Whether it is a value that is known.
    #[must_use]
    pub fn is_value(&self) -> bool {
        matches!(self, Member::Of(GroupValue::Known { .. }))
    }
}

/// Groups before they are laid out: what was counted under each key.
pub(super) type Counted = BTreeMap<Vec<Member>, Counts>;

/// Measures inventories.
///
/// # Errors
/// What keeps the work from being done, all at once: options, headers, inputs that cannot be read.
pub fn rates<'i>(
    inputs: Vec<Input<'i>>,
    rules: &Rules<'_>,
    options: &RatesOptions,
    previous: Option<Earlier<'_>>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Rates, Vec<Diagnostic>> {
    let survey = &options.survey;
    let question = survey.question(rules)?;
    let mut faults = Vec::new();
    let by = groupings(&question, &options.by, &mut faults);
    let measured = Measured::new(&options.measure, rules, &question).map_err(|mut found| faults.append(&mut found));
    let Ok(measured) = measured else { return Err(faults) };
    if !faults.is_empty() {
        return Err(faults);
    }
    let targets = Targets::of(rules);
    let before = previous
        .map(|earlier| targets.measure_earlier(earlier, &question, rules, survey, progress))
        .transpose()?
        .flatten();
    let rules = measured.rules(rules);
    let cut = Cut { by: by.iter().collect(), rules: false };
    let program = question.program(&measured.inputs(&rules), &[cut], survey.as_of, [None; 2]);
    let programs: Vec<Program<'_>> = std::iter::once(program).chain(targets.program(&question, survey.as_of)).collect();
    let outcome = read::judge(inputs, &programs, survey, rules.kind(), &mut [], progress)?;
    let dimensions = dimensions(&options.by, &by, rules.socle);
    let mut rates = lay_out(&rules, options, measured.measure.clone(), &programs[0], &outcome, dimensions)?;
    // The population of a target may be that of a hidden group.
    if options.publication.is_none() {
        rates.targets = targets.report(&outcome, 1, survey.as_of, before.as_ref());
        rates.previous = before.map(|before| before.inputs).unwrap_or_default();
    }
    Ok(rates)
}

/// Compiles what the population is grouped by.
fn groupings(question: &Question<'_>, by: &[String], faults: &mut Vec<Diagnostic>) -> Vec<Expr> {
    let twice = by.iter().enumerate().any(|(number, text)| by[..number].contains(text));
    if twice || !(1..=2).contains(&by.len()) {
        faults.push(
            Diagnostic::error("option/by", text!("`--by` veut un ou deux champs", "`--by` takes one or two fields"))
                .help(text!(
                    "par exemple `--by palier`, ou `--by profession --by palier`",
                    "for example `--by palier`, or `--by profession --by palier`"
                )),
        );
    }
    let compiled = by.iter().filter_map(|text| match question.group("--by", text) {
        Ok(expr) => Some(expr),
        Err(mut found) => {
            faults.append(&mut found);
            None
        }
    });
    compiled.collect()
}

/// A dimension, with the rank of the values when they are the levels of a scale.
struct Ranked {
    dimension: Dimension,
    ranks: HashMap<String, usize>,
}

fn dimensions(by: &[String], exprs: &[Expr], socle: &Socle) -> Vec<Ranked> {
    let ranked = |(field, expr): (&String, &Expr)| {
        let scale = match expr.ty {
            Type::Row(table) => Some(socle.tables.table(table)).filter(|table| table.ordered),
            _ => None,
        };
        let rows = scale.into_iter().flat_map(|table| table.rows.iter().enumerate());
        Ranked {
            dimension: Dimension {
                field: field.clone(),
                label: findings::label_of_path(field, socle),
                scale: scale.is_some(),
            },
            ranks: rows.map(|(rank, row)| (row.id.clone(), rank)).collect(),
        }
    };
    by.iter().zip(exprs).map(ranked).collect()
}

fn lay_out(
    rules: &Rules<'_>,
    options: &RatesOptions,
    measure: Measure,
    program: &Program<'_>,
    outcome: &Outcome,
    dimensions: Vec<Ranked>,
) -> Result<Rates, Vec<Diagnostic>> {
    let tally = &outcome.counted[0].0;
    let mut basis = basis(rules, &options.survey, program, outcome, 0);
    if !matches!(measure, Measure::Status) {
        basis.packs.iter_mut().for_each(|pack| pack.status = None);
    }
    if !options.unit_asked {
        basis.data.extend(findings::unused_weight(rules, &outcome.read));
    }
    let mut counted: Counted = BTreeMap::new();
    for (key, group) in tally.by.iter().flatten() {
        let key = key.iter().map(|value| Member::Of(value.clone())).collect();
        counted.insert(key, counts_of(&group.status));
    }
    let total = tally.status.first().map(counts_of).unwrap_or_default();
    let mut table = Table::new(counted, total);
    if let Some(publication) = &options.publication {
        let fields: Vec<&str> = dimensions.iter().map(|ranked| ranked.dimension.field.as_str()).collect();
        publish::publish(&mut table, publication, &fields, rules.socle)?;
        publish::redact(&mut basis, &table);
    }
    let closed = options.fail_under.and_then(|least| closed(&table, least));
    let (cells, subtotals, total) = table.figures(&dimensions);
    let mut rates = Rates {
        basis,
        measure,
        by: dimensions.into_iter().map(|ranked| ranked.dimension).collect(),
        cells,
        subtotals,
        total,
        market: None,
        targets: Vec::new(),
        previous: Vec::new(),
        threshold: options.publication.as_ref().map(|publication| publication.threshold),
        closed,
    };
    rates.market = options.market.then(|| market::market(&rates));
    Ok(rates)
}

/// Whether the gate is closed, and why.
fn closed(table: &Table, least: f64) -> Option<Closed> {
    let rate = table.total.rate();
    let reason = match rate.low {
        None => text!("aucune unité concernée : il n'y a pas de taux", "nothing is in scope: there is no rate"),
        Some(low) if low < least => {
            let decimals = usize::from((least * 100.0).fract() != 0.0);
            let percent = |share: f64, decimals: usize| format!("{:.decimals$}", share * 100.0);
            let goal = percent(least, decimals);
            let goal_fr = goal.replace('.', ",");
            if table.total_shown && table.verdicts_shown {
                let (n, of) = (table.total.pass, rate.in_scope);
                let (en, fr) = (percent(low, 2), percent(low, 2).replace('.', ","));
                text!("taux de {fr} % ({n}/{of}), moins que {goal_fr} %", "rate of {en}% ({n}/{of}), less than {goal}%")
            } else {
                text!("taux de moins de {goal_fr} %", "rate under {goal}%")
            }
        }
        Some(_) => return None,
    };
    Some(Closed { reason })
}

/// Groups, their margins, and which of them may be shown.
pub(super) struct Table {
    pub(super) cells: Vec<Group>,
    /// For each dimension, its members, when there are two.
    pub(super) margins: Vec<BTreeMap<Member, Margin>>,
    pub(super) total: Counts,
    pub(super) total_shown: bool,
    /// The verdicts of the whole may be told too.
    pub(super) verdicts_shown: bool,
}

/// A group of a table.
pub(super) struct Group {
    pub(super) key: Vec<Member>,
    pub(super) counts: Counts,
    pub(super) shown: bool,
}

/// The groups that share one member.
#[derive(Default)]
pub(super) struct Margin {
    pub(super) counts: Counts,
    pub(super) shown: bool,
    /// Every group in it is shown.
    pub(super) whole: bool,
}

impl Table {
    fn new(counted: Counted, total: Counts) -> Table {
        let cells = counted.into_iter().map(|(key, counts)| Group { key, counts, shown: true }).collect();
        let mut table = Table { cells, margins: Vec::new(), total, total_shown: true, verdicts_shown: true };
        table.sum();
        table
    }

    /// Sums the margins up, all shown.
    pub(super) fn sum(&mut self) {
        let dimensions = self.cells.first().map_or(0, |cell| cell.key.len());
        self.margins = (0..if dimensions > 1 { dimensions } else { 0 }).map(|_| BTreeMap::new()).collect();
        for cell in &self.cells {
            for (member, margin) in cell.key.iter().zip(&mut self.margins) {
                let margin = margin.entry(member.clone()).or_default();
                margin.counts.add(&cell.counts);
                margin.shown = true;
                margin.whole = true;
            }
        }
    }

    /// Notes which margins hold only cells that are shown.
    pub(super) fn note_whole(&mut self) {
        for cell in self.cells.iter().filter(|cell| !cell.shown) {
            for (member, margin) in cell.key.iter().zip(&mut self.margins) {
                if let Some(margin) = margin.get_mut(member) {
                    margin.whole = false;
                }
            }
        }
    }

    /// What is said of each cell, of the subtotals and of the whole, in order.
    fn figures(&self, dimensions: &[Ranked]) -> (Vec<Cell>, Vec<Cell>, Figures) {
        let total = self.total_shown.then(|| self.total.total());
        let mut cells: Vec<Cell> = self
            .cells
            .iter()
            .map(|cell| {
                let n = cell.shown.then(|| cell.counts.total());
                let mut figures = Figures { n, counts: cell.shown.then_some(cell.counts), ..Figures::default() };
                figures.share = n.zip(total).and_then(|(n, total)| Share::of(n, total));
                let group = self.margin(0, &cell.key[0]).filter(|margin| margin.shown);
                figures.share_of_group = n.zip(group).and_then(|(n, margin)| Share::of(n, margin.counts.total()));
                Cell { key: cell.key.clone(), figures }
            })
            .collect();
        self.cumulate(&mut cells, dimensions);
        let mut subtotals = Vec::new();
        for (number, margins) in self.margins.iter().enumerate() {
            let first = subtotals.len();
            for (member, margin) in margins {
                let n = margin.shown.then(|| margin.counts.total());
                // The verdicts of a line with hidden cells would say more of them than their sum.
                let counts = (margin.shown && margin.whole).then_some(margin.counts);
                let share = n.zip(total).and_then(|(n, total)| Share::of(n, total));
                let mut key = vec![Member::All; self.margins.len()];
                key[number] = member.clone();
                subtotals.push(Cell { key, figures: Figures { n, counts, share, ..Figures::default() } });
            }
            if number == 0 && dimensions[0].dimension.scale {
                let lines = subtotals[first..].iter().map(|cell| cell.figures.n).collect::<Vec<_>>();
                let levels: Vec<Option<usize>> =
                    subtotals[first..].iter().map(|cell| dimensions[0].rank(&cell.key[0])).collect();
                let sums = from_each_level_up(&lines, &levels, total);
                for (cell, sum) in subtotals[first..].iter_mut().zip(sums) {
                    cell.figures.cumulative = sum.zip(total).and_then(|(sum, total)| Share::of(sum, total));
                }
            }
        }
        let figures = Figures {
            n: total,
            counts: (self.total_shown && self.verdicts_shown).then_some(self.total),
            share: total.and_then(|total| Share::of(total, total)),
            ..Figures::default()
        };
        self.sort(&mut cells, dimensions);
        self.sort(&mut subtotals, dimensions);
        (cells, subtotals, figures)
    }

    fn margin(&self, dimension: usize, member: &Member) -> Option<&Margin> {
        self.margins.get(dimension)?.get(member)
    }

    /// Sums the groups of each level and above.
    fn cumulate(&self, cells: &mut [Cell], dimensions: &[Ranked]) {
        let total = self.total_shown.then(|| self.total.total());
        for (number, ranked) in dimensions.iter().enumerate().filter(|(_, ranked)| ranked.dimension.scale) {
            // The cells that differ by this dimension alone.
            let mut lines: BTreeMap<Vec<Member>, Vec<usize>> = BTreeMap::new();
            for (place, cell) in cells.iter().enumerate() {
                let mut rest = cell.key.clone();
                rest.remove(number);
                lines.entry(rest).or_default().push(place);
            }
            for (rest, places) in lines {
                let shown: Vec<Option<u64>> = places.iter().map(|place| cells[*place].figures.n).collect();
                let levels: Vec<Option<usize>> =
                    places.iter().map(|place| ranked.rank(&cells[*place].key[number])).collect();
                let line = match rest.first() {
                    None => total,
                    Some(member) => self
                        .margin(1 - number, member)
                        .filter(|margin| margin.shown)
                        .map(|margin| margin.counts.total()),
                };
                for (place, sum) in places.into_iter().zip(from_each_level_up(&shown, &levels, line)) {
                    let figures = &mut cells[place].figures;
                    let whole = if number == 0 { total } else { line };
                    let share = sum.zip(whole).and_then(|(sum, whole)| Share::of(sum, whole));
                    match number {
                        0 => figures.cumulative = share,
                        _ => figures.cumulative_of_group = share,
                    }
                }
            }
        }
    }

    /// Puts cells in order. Nothing that is hidden says where a cell stands.
    fn sort(&self, cells: &mut [Cell], dimensions: &[Ranked]) {
        let place = |number: usize, cell: &Cell| {
            let member = &cell.key[number];
            let size = match self.margins.get(number) {
                Some(margins) => margins.get(member).filter(|margin| margin.shown).map(|m| m.counts.total()),
                None => cell.figures.n,
            };
            let rank = dimensions[number].rank(member);
            let kind = match member {
                Member::Of(GroupValue::Known { .. }) => 0,
                Member::Others => 1,
                Member::Of(GroupValue::Several) => 2,
                Member::Of(GroupValue::Unknown) => 3,
                Member::All => 4,
            };
            let size = if rank.is_some() { None } else { size };
            (kind, std::cmp::Reverse(rank), std::cmp::Reverse(size), member.clone())
        };
        cells.sort_by_cached_key(|cell| (0..cell.key.len()).map(|number| place(number, cell)).collect::<Vec<_>>());
    }

    /// The table as a network of sums, see [`disclosure`]: of its units, or of a part of them.
    pub(super) fn network(&self, part: impl Fn(&Counts) -> u64) -> disclosure::Network {
        let number = |dimension: usize| -> BTreeMap<&Member, usize> {
            self.margins[dimension].keys().enumerate().map(|(number, member)| (member, number)).collect()
        };
        let cells = || self.cells.iter().map(|cell| part(&cell.counts));
        match self.margins.len() {
            2 => {
                let (rows, columns) = (number(0), number(1));
                let place = |cell: &Group| (rows[&cell.key[0]], columns[&cell.key[1]]);
                let cells: Vec<_> = self.cells.iter().map(place).zip(cells()).collect();
                disclosure::Network::two(&cells, rows.len(), columns.len())
            }
            _ => disclosure::Network::one(cells()),
        }
    }
}

/// For each item of a line, the sum of those of its level or above: `None` where it has no level, or where the
/// sum would say something of what is hidden.
fn from_each_level_up(shown: &[Option<u64>], levels: &[Option<usize>], line: Option<u64>) -> Vec<Option<u64>> {
    let sum = |wanted: &dyn Fn(Option<usize>) -> bool| -> Option<u64> {
        shown.iter().zip(levels).filter(|(_, level)| wanted(**level)).map(|(n, _)| *n).sum()
    };
    levels
        .iter()
        .map(|level| {
            let level = (*level)?;
            let above = sum(&|other| other.is_some_and(|other| other >= level));
            let below = sum(&|other| other.is_none_or(|other| other < level));
            above.or_else(|| Some(line? - below?))
        })
        .collect()
}

impl Ranked {
    fn rank(&self, member: &Member) -> Option<usize> {
        match member {
            Member::Of(GroupValue::Known { key, .. }) => self.ranks.get(key).copied(),
            _ => None,
        }
    }
}
