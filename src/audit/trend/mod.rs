//! Trend: the same population at several dates, all judged with the packs of one run, each at its own date.
//!
//! Shares and rates at each date and their change; who became up to date and who fell back, from what to what, and
//! since when a failure is seen, when identifiers match. A snapshot may be the result of an audit: it has verdicts
//! by rule and group, and nobody's identifier.

mod moves;
mod past;

pub use moves::{Moves, Passage, Since};
pub use past::PastResult;

use super::findings;
use super::measure::{Measure, Measured};
use super::rates::Share;
use super::read::{self, Input};
use super::report::{Basis, Counts, DataFinding, InputSummary, Population, StatusCounts, counts_of};
use super::survey::{Rules, Survey, basis, input_summaries};
use super::targets::{Before, TargetReport, Targets};
use crate::diag::{Diagnostic, Text};
use crate::engine::{Cut, GroupValue, Program};
use crate::pack::Level;
use crate::pack::condition::Expr;
use crate::text;
use crate::value::Date;
use moves::History;
use std::collections::BTreeMap;

/// What is asked of a trend.
#[derive(Clone, Debug)]
pub struct TrendOptions {
    /// How the inventories are read, and what is counted; its date is that by which packs were chosen.
    pub survey: Survey,
    /// Fields or attributes that cut the population, each on its own.
    pub by: Vec<String>,
    /// What is measured: `status`, a rule, a condition.
    pub measure: String,
    /// The field or attribute whose changes are followed.
    pub migration: Option<String>,
}

/// The population at a date.
pub struct Snapshot<'i> {
    /// Its date.
    pub date: Date,
    /// Where it is read.
    pub source: Source<'i>,
}

/// Where a snapshot is read.
pub enum Source<'i> {
    /// In inventories.
    Inventories(Vec<Input<'i>>),
    /// In the result of an audit.
    Result(Box<PastResult>),
}

/// The population at several dates. Lists named `at` have one entry a snapshot, in the order of the dates.
#[derive(Clone, Debug)]
pub struct Trend {
    /// What it rests on: the date and the population are those of the last snapshot, the inputs those of all.
    pub basis: Basis,
    /// What is measured.
    pub measure: Measure,
    /// The snapshots, by date.
    pub snapshots: Vec<SnapshotSummary>,
    /// The whole population by the measure: of the status, up to date passes and obsolete fails.
    pub at: Vec<Counts>,
    /// One entry a rule, when the measure is the status.
    pub rules: Vec<RuleTrend>,
    /// One entry for each `--by`.
    pub by: Vec<BreakdownTrend>,
    /// Who changed; `None` when identifiers do not tell.
    pub moves: Option<Moves>,
    /// One entry for each target of the packs: it stands where the last snapshot does, its pace is counted from the
    /// first.
    pub targets: Vec<TargetTrend>,
}

/// A snapshot.
#[derive(Clone, Debug)]
pub struct SnapshotSummary {
    /// Its date.
    pub date: Date,
    /// Its inventories; those of the audit, for a result.
    pub inputs: Vec<InputSummary>,
    /// How many there are.
    pub population: Population,
    /// It is the result of an audit.
    pub result: bool,
}

/// A rule at each date.
#[derive(Clone, Debug)]
pub struct RuleTrend {
    /// Rule id.
    pub id: String,
    /// Id of its pack.
    pub pack: String,
    /// The id, or `pack/id` when several packs are selected.
    pub column: String,
    /// Its title.
    pub title: Text,
    /// Blocking, advisory or info.
    pub level: Level,
    /// Its verdicts.
    pub at: Vec<Counts>,
}

/// The population cut by a field, at each date.
#[derive(Clone, Debug)]
pub struct BreakdownTrend {
    /// Field or attribute.
    pub field: String,
    /// Its name for people.
    pub label: Text,
    /// Its values are the levels of a scale.
    pub scale: bool,
    /// On a scale the highest level first; else the largest group of the last snapshot; what has no value last.
    pub groups: Vec<GroupTrend>,
}

/// A group at each date.
#[derive(Clone, Debug)]
pub struct GroupTrend {
    /// The value they share.
    pub value: GroupValue,
    /// Its units by the measure; `None` where the snapshot is a result that was not cut by this field.
    pub at: Vec<Option<Counts>>,
}

/// A target at each date.
#[derive(Clone, Debug)]
pub struct TargetTrend {
    /// Where the last snapshot stands.
    pub target: TargetReport,
    /// Those it counts.
    pub at: Vec<Counts>,
}

/// A difference between two dates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Difference of the shares, least and most (0.01 is one point): they differ when verdicts are unknown. `None`
    /// when one of the two has nothing to share.
    pub share: Option<(f64, f64)>,
    /// Difference of the units that are known for sure at both dates.
    pub units: i64,
    /// Difference of the units, least and most.
    pub units_between: (i64, i64),
}

impl GroupTrend {
    /// Its counts at the first and the last snapshots that tell it, with their populations; `None` when there are no two.
    #[must_use]
    pub fn ends(&self, totals: &[u64]) -> Option<[(&Counts, u64); 2]> {
        let mut told = self.at.iter().zip(totals).filter_map(|(counts, total)| Some((counts.as_ref()?, *total)));
        Some([told.next()?, told.next_back()?])
    }
}

impl Difference {
    /// Of the rates of two counts, and of the units that pass.
    #[must_use]
    pub fn of_rates(before: &Counts, now: &Counts) -> Difference {
        let (old, new) = (before.rate(), now.rate());
        let bounds = old.low.zip(old.high).zip(new.low.zip(new.high));
        let share = bounds.map(|((low, high), (new_low, new_high))| (new_low - high, new_high - low));
        let units_between =
            (difference(before.pass + before.unknown, now.pass), difference(before.pass, now.pass + now.unknown));
        Difference { share, units: difference(before.pass, now.pass), units_between }
    }

    /// Of two parts of the population.
    #[must_use]
    pub fn of_shares(before: (u64, u64), now: (u64, u64)) -> Difference {
        let share = Share::of(before.0, before.1).zip(Share::of(now.0, now.1));
        let share = share.map(|(before, now)| now.fraction() - before.fraction());
        let units = difference(before.0, now.0);
        Difference { share: share.map(|share| (share, share)), units, units_between: (units, units) }
    }
}

fn difference(before: u64, now: u64) -> i64 {
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    signed(now).saturating_sub(signed(before))
}

/// Judges snapshots, in the order of their dates.
///
/// # Errors
/// Dates that do not ascend, results of other units or packs, whatever keeps a snapshot from being read.
pub fn trend<'i>(
    snapshots: Vec<Snapshot<'i>>,
    rules: &Rules<'_>,
    options: &TrendOptions,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Trend, Vec<Diagnostic>> {
    check_dates(&snapshots)?;
    let survey = &options.survey;
    let question = survey.question(rules)?;
    let mut faults = Vec::new();
    let mut compile =
        |option: &str, field: &String| question.group(option, field).map_err(|mut f| faults.append(&mut f)).ok();
    let by: Vec<Expr> = options.by.iter().filter_map(|field| compile("--by", field)).collect();
    let migration = options.migration.as_ref().and_then(|field| compile("--migration", field));
    let measured =
        Measured::new("--measure", &options.measure, rules, &question).map_err(|mut found| faults.append(&mut found));
    let Ok(measured) = measured else { return Err(faults) };
    faults.extend(past::check(&snapshots, rules, options, &measured.measure));
    if !faults.is_empty() {
        return Err(faults);
    }
    let targets = Targets::of(rules);
    let judged_rules = measured.rules(rules);
    let inputs = measured.inputs(&judged_rules);
    let mut cuts: Vec<Cut<'_>> = by.iter().map(|expr| Cut { by: vec![expr], rules: false }).collect();
    let migration_cut = migration.as_ref().map(|_| cuts.len());
    cuts.extend(migration.iter().map(|expr| Cut { by: vec![expr], rules: false }));
    let count = snapshots.len();
    let dates: Vec<Date> = snapshots.iter().map(|snapshot| snapshot.date).collect();
    let mut history = History::new(inputs.len(), migration_cut, survey.rollup);
    let mut trend = Building::new(count, &options.by, &by, rules, &measured.measure);
    let mut first_targets: Option<(Date, Vec<Counts>)> = None;
    for (number, Snapshot { date, source }) in snapshots.into_iter().enumerate() {
        let inventories = match source {
            Source::Inventories(inventories) => inventories,
            Source::Result(past) => {
                trend.add_result(number, date, *past);
                history.skip();
                continue;
            }
        };
        let survey = Survey { as_of: date, ..survey.clone() };
        let program = question.program(&inputs, &cuts, date, [None; 2]);
        let programs: Vec<Program<'_>> = std::iter::once(program).chain(targets.program(&question, date)).collect();
        let outcome = read::judge(inventories, &programs, &survey, rules.kind(), &mut [&mut history], progress)?;
        history.end();
        let basis = basis(&judged_rules, &survey, &programs[0], &outcome, 0);
        let tally = &outcome.counted[0].0;
        let last = number + 1 == count;
        trend.add(number, date, basis, tally, input_summaries(&outcome), last);
        if programs.len() > 1 {
            let counts: Vec<Counts> = outcome.counted[1].0.rules.iter().map(counts_of).collect();
            let before = first_targets.as_ref().map(|(as_of, counts)| Before {
                as_of: *as_of,
                counts: counts.clone(),
                inputs: Vec::new(),
            });
            let reports = targets.report(&outcome, 1, date, before.as_ref());
            trend.add_targets(reports, &counts);
            first_targets.get_or_insert((date, counts));
        }
    }
    let label = options.migration.as_ref().map(|field| (field.clone(), findings::label_of_path(field, rules.socle)));
    let (moves, said) = history.finish(label, &dates);
    trend.finish(moves, said).ok_or_else(|| vec![one_snapshot()])
}

fn check_dates(snapshots: &[Snapshot<'_>]) -> Result<(), Vec<Diagnostic>> {
    if snapshots.len() < 2 {
        return Err(vec![one_snapshot()]);
    }
    let help = || {
        text!(
            "un relevé par date, du plus ancien au plus récent : `2025-01-31=janvier.csv 2025-06-30=juin.csv`",
            "one snapshot a date, from the oldest to the latest: `2025-01-31=january.csv 2025-06-30=june.csv`"
        )
    };
    let wrong = snapshots.windows(2).find(|pair| pair[0].date >= pair[1].date);
    wrong.map_or(Ok(()), |pair| {
        let (before, after) = (pair[0].date, pair[1].date);
        let message = text!(
            "le relevé du {after} vient après celui du {before}",
            "the snapshot of {after} comes after that of {before}"
        );
        Err(vec![Diagnostic::error("trend/order", message).help(help())])
    })
}

fn one_snapshot() -> Diagnostic {
    let message =
        text!("il faut au moins deux relevés, à deux dates", "at least two snapshots of two dates are needed");
    Diagnostic::error("trend/one-snapshot", message).help(text!(
        "chacun avec sa date : `2025-01-31=janvier.csv 2025-06-30=juin.csv`",
        "each with its date: `2025-01-31=january.csv 2025-06-30=june.csv`"
    ))
}

/// A trend being made, snapshot after snapshot.
struct Building<'b> {
    count: usize,
    measure: &'b Measure,
    rules: &'b Rules<'b>,
    basis: Option<Basis>,
    snapshots: Vec<SnapshotSummary>,
    at: Vec<Counts>,
    of_rules: Vec<RuleTrend>,
    by: Vec<(String, Text, Option<Ranks>)>,
    groups: Vec<BTreeMap<GroupValue, Vec<Option<Counts>>>>,
    /// For each snapshot and field, whether it was cut by it.
    told: Vec<Vec<bool>>,
    targets: Vec<TargetTrend>,
    data: Vec<DataFinding>,
}

/// Ranks of the rows of a scale, by id.
type Ranks = BTreeMap<String, usize>;

impl<'b> Building<'b> {
    fn new(count: usize, fields: &[String], by: &[Expr], rules: &'b Rules<'b>, measure: &'b Measure) -> Building<'b> {
        let ranks = |expr: &Expr| match expr.ty {
            crate::value::Type::Row(table) => {
                let table = rules.socle.tables.table(table);
                table.ordered.then(|| table.rows.iter().enumerate().map(|(rank, row)| (row.id.clone(), rank)).collect())
            }
            _ => None,
        };
        let by = fields.iter().zip(by);
        let by = by.map(|(field, expr)| (field.clone(), findings::label_of_path(field, rules.socle), ranks(expr)));
        Building {
            count,
            measure,
            rules,
            basis: None,
            snapshots: Vec::new(),
            at: Vec::new(),
            of_rules: Vec::new(),
            by: by.collect(),
            groups: vec![BTreeMap::new(); fields.len()],
            told: Vec::new(),
            targets: Vec::new(),
            data: Vec::new(),
        }
    }

    fn add(
        &mut self,
        number: usize,
        date: Date,
        basis: Basis,
        tally: &crate::engine::Tally,
        inputs: Vec<InputSummary>,
        last: bool,
    ) {
        self.at.push(tally.status.first().map(counts_of).unwrap_or_default());
        self.told.push(vec![true; self.by.len()]);
        for (groups, counted) in self.groups.iter_mut().zip(&tally.by) {
            for (key, group) in counted {
                let value = key.first().cloned().unwrap_or(GroupValue::Unknown);
                let at = groups.entry(value).or_insert_with(|| vec![None; self.count]);
                at[number] = Some(counts_of(&group.status));
            }
        }
        if *self.measure == Measure::Status {
            let several = self.rules.packs.len() > 1;
            let rules = self.rules.packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| (*pack, rule)));
            for ((pack, rule), counts) in rules.zip(&tally.rules) {
                let of = RuleTrend {
                    id: rule.id.clone(),
                    pack: pack.id.clone(),
                    column: if several { format!("{}/{}", pack.id, rule.id) } else { rule.id.clone() },
                    title: rule.title.clone(),
                    level: rule.level,
                    at: Vec::new(),
                };
                self.add_rule(number, counts_of(counts), of);
            }
        }
        // What is said of packs is said once, of the date of the last snapshot, unless it is of another date.
        let own = |finding: &&DataFinding| {
            last || !finding.code.starts_with("pack/") || finding.code == "pack/out-of-validity"
        };
        self.data.extend(basis.data.iter().filter(own).cloned());
        self.snapshots.push(SnapshotSummary { date, inputs, population: basis.population, result: false });
        self.basis = Some(basis);
    }

    fn add_rule(&mut self, number: usize, counts: Counts, rule: RuleTrend) {
        let known = self.of_rules.iter().position(|known| (&known.pack, &known.id) == (&rule.pack, &rule.id));
        let place = known.unwrap_or_else(|| {
            self.of_rules.push(RuleTrend { at: vec![Counts::default(); self.count], ..rule });
            self.of_rules.len() - 1
        });
        self.of_rules[place].at[number] = counts;
    }

    fn add_result(&mut self, number: usize, date: Date, past: PastResult) {
        let PastResult { basis, status, rules, by, .. } = past;
        self.at.push(of_status(&status));
        for rule in rules {
            let counts = rule.at.first().copied().unwrap_or_default();
            self.add_rule(number, counts, rule);
        }
        let mut told = Vec::new();
        for ((field, ..), groups) in self.by.iter().zip(&mut self.groups) {
            let found = by.iter().find(|(known, _)| known == field);
            told.push(found.is_some());
            for (value, status) in found.into_iter().flat_map(|(_, groups)| groups) {
                let at = groups.entry(value.clone()).or_insert_with(|| vec![None; self.count]);
                at[number] = Some(of_status(status));
            }
        }
        self.told.push(told);
        self.snapshots.push(SnapshotSummary {
            date,
            inputs: basis.inputs.clone(),
            population: basis.population,
            result: true,
        });
        self.basis = Some(basis);
    }

    fn add_targets(&mut self, reports: Vec<TargetReport>, counts: &[Counts]) {
        for (place, (target, counts)) in reports.into_iter().zip(counts).enumerate() {
            match self.targets.get_mut(place) {
                Some(known) => {
                    known.target = target;
                    known.at.push(*counts);
                }
                None => self.targets.push(TargetTrend { target, at: vec![*counts] }),
            }
        }
    }

    fn finish(self, moves: Option<Moves>, said: Vec<DataFinding>) -> Option<Trend> {
        let told = &self.told;
        let by = self.by.into_iter().zip(self.groups).enumerate().map(|(place, ((field, label, ranks), groups))| {
            let mut groups: Vec<GroupTrend> = groups
                .into_iter()
                .map(|(value, mut at)| {
                    // Nobody there is a figure; not cut by the field is none.
                    for (at, told) in at.iter_mut().zip(told) {
                        *at = if told[place] { Some(at.unwrap_or_default()) } else { None };
                    }
                    GroupTrend { value, at }
                })
                .collect();
            let size = |group: &GroupTrend| group.at.iter().rev().flatten().next().map_or(0, Counts::total);
            let rank = |group: &GroupTrend| match &group.value {
                GroupValue::Known { key, .. } => ranks.as_ref().and_then(|ranks| ranks.get(key)),
                _ => None,
            };
            groups.sort_by_cached_key(|group| {
                let kind = match group.value {
                    GroupValue::Known { .. } => 0,
                    GroupValue::Several => 1,
                    GroupValue::Unknown => 2,
                };
                let rank = rank(group).copied();
                let size = if rank.is_some() { 0 } else { size(group) };
                (kind, std::cmp::Reverse(rank), std::cmp::Reverse(size), group.value.clone())
            });
            BreakdownTrend { field, label, scale: ranks.is_some(), groups }
        });
        let by = by.collect();
        let inputs = self.snapshots.iter().flat_map(|snapshot| snapshot.inputs.iter().cloned()).collect();
        let mut data = self.data;
        data.extend(said);
        let basis = self.basis?;
        // A target that some snapshot does not tell has no series.
        let whole = self.targets.into_iter().filter(|target| target.at.len() == self.count);
        Some(Trend {
            basis: Basis { inputs, data, ..basis },
            measure: self.measure.clone(),
            snapshots: self.snapshots,
            at: self.at,
            rules: self.of_rules,
            by,
            moves,
            targets: whole.collect(),
        })
    }
}

/// Status counts as those of a measure.
fn of_status(status: &StatusCounts) -> Counts {
    let StatusCounts { up_to_date, obsolete, undetermined, not_applicable, waived } = *status;
    Counts { pass: up_to_date, fail: obsolete, unknown: undetermined, not_applicable, waived }
}
