//! A forecast: the same installations, nothing changed, judged at every date where an answer flips.
//!
//! Each date is an audit of its own, by the same programs on the same reading of the files: a forecast
//! equals the later audit by construction. The dates come from the rules and from the tables they read;
//! when records hold dates of their own, the end of each month stands for the month.

use super::findings;
use super::read::{self, Input, Outcome};
use super::report::{Basis, Counts, StatusCounts, counts_of, status_of};
use super::survey::{Rules, Survey, basis};
use crate::diag::{Diagnostic, Text};
use crate::engine::{Cut, GroupValue, Program, Tally};
use crate::pack::condition::{Calendar, Ending, Expr};
use crate::pack::{Level, Rule};
use crate::socle::{FieldId, Socle};
use crate::text;
use crate::value::{Date, TableId, Type};
use std::collections::{BTreeMap, BTreeSet};

/// Furthest that a forecast looks, in months.
const FURTHEST: i64 = 30 * 12;

/// What is asked of a forecast.
#[derive(Clone, Debug)]
pub struct ForecastOptions {
    /// How the inventories are read, and what is counted; its date is where the forecast starts.
    pub survey: Survey,
    /// Last day looked at, included.
    pub until: Date,
    /// Fields or attributes to cut the population by.
    pub by: Vec<String>,
}

/// Result of a forecast. All counts are in the unit of the basis.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// What it rests on; its date is that of the first moment.
    pub basis: Basis,
    /// Last day looked at.
    pub until: Date,
    /// Whether dates of the records themselves were grouped by month.
    pub by_month: bool,
    /// Status at the start.
    pub now: StatusCounts,
    /// The dates at which a count changes, in order.
    pub steps: Vec<Step>,
    /// One entry for each `--by`.
    pub by: Vec<ForecastBreakdown>,
}

/// A date at which counts change.
#[derive(Clone, Debug)]
pub struct Step {
    /// The date.
    pub date: Date,
    /// Status on that date, if nothing else changes.
    pub status: StatusCounts,
    /// How many more are obsolete than at the step before (fewer when negative).
    pub more_obsolete: i64,
    /// The rules whose counts change, in the order of the packs.
    pub rules: Vec<RuleStep>,
}

/// A rule whose counts change on a date.
#[derive(Clone, Debug)]
pub struct RuleStep {
    /// Its pack.
    pub pack: String,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// Its level.
    pub level: Level,
    /// How many more fail (fewer when negative).
    pub more_failing: i64,
    /// Its counts on that date.
    pub counts: Counts,
    /// What ends: rows of tables whose date is behind it, those that the inventories hold when they do.
    pub ends: Vec<End>,
}

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Stable id of the table.
    pub table: String,
    /// Stable id of the row.
    pub row: String,
    /// Its name.
    pub label: Text,
    /// What the date is (« fin de support »).
    pub what: Text,
    /// Rows of the inventories that hold it; `None` when that is not known (lists, several candidates).
    pub rows: Option<u64>,
}

/// A forecast cut by one field.
#[derive(Clone, Debug)]
pub struct ForecastBreakdown {
    /// Field or attribute asked for.
    pub field: String,
    /// Its name for people.
    pub label: Text,
    /// Groups, the largest first.
    pub groups: Vec<ForecastGroup>,
}

/// One group of a breakdown.
#[derive(Clone, Debug)]
pub struct ForecastGroup {
    /// The value they share.
    pub value: GroupValue,
    /// Units in the group.
    pub population: u64,
    /// Status at the start.
    pub now: StatusCounts,
    /// Status at each step of the forecast.
    pub steps: Vec<StatusCounts>,
}

/// Forecasts the status of inventories.
///
/// # Errors
/// What keeps the work from being done, all at once: options, headers, inputs that cannot be read.
pub fn forecast(
    inputs: Vec<Input<'_>>,
    rules: &Rules<'_>,
    options: &ForecastOptions,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Forecast, Vec<Diagnostic>> {
    let ForecastOptions { survey, until, by } = options;
    check_until(survey.as_of, *until)?;
    let question = survey.question(rules)?;
    let by = by.iter().map(|text| question.group("--by", text)).collect::<Result<Vec<Expr>, _>>()?;
    let mut agenda = Agenda::new(rules, survey.as_of, *until);
    agenda.add(question.filter_calendar(survey.as_of, *until));
    agenda.by_month(survey.as_of, *until);
    let today = question.program(&rules.inputs(), &cuts(&by), survey.as_of, [None; 2]);
    if today.fields().any(|field| rules.socle.is_offer(field)) {
        agenda.add_dates(rules.socle.offer_dates(survey.as_of, *until));
    }
    let (tables, held): (Vec<TableId>, Vec<String>) = agenda.tables(rules).into_iter().unzip();
    let held: Vec<Expr> = held.iter().map(|id| question.group("--by", id)).collect::<Result<_, _>>()?;
    let later = agenda.dates.keys().map(|date| question.program(&rules.inputs(), &cuts(&by), *date, [None; 2]));
    let mut programs: Vec<Program<'_>> = std::iter::once(today).chain(later).collect();
    programs.push(question.holdings(&cuts(&held), survey.as_of));
    let outcome = read::judge(inputs, &programs, survey, rules.kind(), &mut [], progress)?;
    let basis = basis(rules, survey, &programs[0], &outcome, 0);
    Ok(told(rules, options, &agenda, &tables, &outcome, basis))
}

/// The population cut by each expression, for its status alone.
fn cuts(by: &[Expr]) -> Vec<Cut<'_>> {
    by.iter().map(|expr| Cut { by: vec![expr], rules: false }).collect()
}

fn check_until(as_of: Date, until: Date) -> Result<(), Vec<Diagnostic>> {
    let furthest = as_of.plus_months(FURTHEST);
    if until > as_of && furthest.is_none_or(|furthest| until <= furthest) {
        return Ok(());
    }
    let years = FURTHEST / 12;
    Err(vec![
        Diagnostic::error(
            "option/until",
            text!(
                "`--until {until}` : la prévision va du lendemain du {as_of} à {years} ans plus tard",
                "`--until {until}`: a forecast goes from the day after {as_of} to {years} years later"
            ),
        )
        .help(text!(
            "donner une date dans cet intervalle, ou changer `--as-of`",
            "give a date within this interval, or change `--as-of`"
        )),
    ])
}

/// When answers may change, and why.
struct Agenda {
    /// For each date, the rules that may change, with what ends.
    dates: BTreeMap<Date, BTreeMap<usize, BTreeSet<Ending>>>,
    from_records: bool,
}

impl Agenda {
    fn new(rules: &Rules<'_>, from: Date, to: Date) -> Agenda {
        let mut agenda = Agenda { dates: BTreeMap::new(), from_records: false };
        for (number, (_, rule)) in all_rules(rules).enumerate() {
            let calendar = rule.calendar(rules.socle, from, to);
            agenda.from_records |= calendar.from_records;
            for (date, endings) in calendar.dates {
                agenda.dates.entry(date).or_default().entry(number).or_default().extend(endings);
            }
        }
        agenda
    }

    /// Adds the dates at which the population itself may change.
    fn add(&mut self, calendar: Calendar) {
        self.from_records |= calendar.from_records;
        self.add_dates(calendar.dates.into_keys());
    }

    fn add_dates(&mut self, dates: impl IntoIterator<Item = Date>) {
        for date in dates {
            self.dates.entry(date).or_default();
        }
    }

    /// Adds the ends of the months, when records have dates of their own.
    fn by_month(&mut self, from: Date, to: Date) {
        if self.from_records {
            self.add_dates(month_ends(from, to));
        }
    }

    /// The fields whose value is a row of a table that has something ending.
    fn tables(&self, rules: &Rules<'_>) -> Vec<(TableId, String)> {
        let ending: BTreeSet<_> =
            self.dates.values().flat_map(BTreeMap::values).flatten().map(|ending| ending.row.table).collect();
        let read: BTreeSet<FieldId> = all_rules(rules).flat_map(|(_, rule)| rule.fields()).collect();
        let fields = read.into_iter().map(|field| &rules.socle.fields[usize::from(field.0)]);
        fields
            .filter_map(|field| match field.ty {
                Type::Row(table) if ending.contains(&table) => Some((table, field.id.clone())),
                _ => None,
            })
            .collect()
    }
}

/// The last days of the months in `]from, to]`, and `to`.
fn month_ends(from: Date, to: Date) -> impl Iterator<Item = Date> {
    let first_of_month = from.plus_days(1 - from.day());
    let ends = (1..=FURTHEST + 1).map_while(move |months| first_of_month?.plus_months(months)?.plus_days(-1));
    ends.skip_while(move |day| *day <= from).take_while(move |day| *day < to).chain([to])
}

fn all_rules<'r>(rules: &'r Rules<'_>) -> impl Iterator<Item = (&'r str, &'r Rule)> {
    rules.packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| (pack.id.as_str(), rule)))
}

/// The part of a forecast that is read from the tallies, one a date and one of what the inventories hold.
fn told(
    rules: &Rules<'_>,
    options: &ForecastOptions,
    agenda: &Agenda,
    tables: &[TableId],
    outcome: &Outcome,
    basis: Basis,
) -> Forecast {
    let tallies: Vec<&Tally> = outcome.counted.iter().map(|(tally, _)| tally).collect();
    let Some((holdings, moments)) = tallies.split_last() else { unreachable!("there is a program a date") };
    let held = held(holdings, tables);
    let mut steps = Vec::new();
    let mut kept = Vec::new();
    for (((date, may_change), now), before) in agenda.dates.iter().zip(&moments[1..]).zip(moments) {
        let status = status(now);
        let changed = all_rules(rules).zip(before.rules.iter().zip(&now.rules)).enumerate().filter_map(
            |(number, ((pack, rule), (before, now)))| {
                let (before, counts) = (counts_of(before), counts_of(now));
                (before != counts).then(|| RuleStep {
                    pack: pack.to_owned(),
                    id: rule.id.clone(),
                    title: rule.title.clone(),
                    level: rule.level,
                    more_failing: difference(before.fail, counts.fail),
                    counts,
                    ends: may_change.get(&number).map(|endings| ends(endings, rules.socle, &held)).unwrap_or_default(),
                })
            },
        );
        let rules: Vec<RuleStep> = changed.collect();
        if !rules.is_empty() || status != self::status(before) || !by_group(now).eq(by_group(before)) {
            let more_obsolete = difference(self::status(before).obsolete, status.obsolete);
            steps.push(Step { date: *date, status, more_obsolete, rules });
            kept.push(*now);
        }
    }
    let first = moments[0];
    let by = options.by.iter().enumerate().map(|(number, field)| {
        let group_at = |tally: &Tally, value: &[GroupValue]| {
            tally.by[number].get(value).map(|group| status_of(&group.status)).unwrap_or_default()
        };
        // A filter that reads the clock may bring groups that were not there at the start.
        let values: BTreeSet<&Vec<GroupValue>> =
            std::iter::once(&first).chain(&kept).flat_map(|tally| tally.by[number].keys()).collect();
        let mut groups: Vec<ForecastGroup> = values
            .into_iter()
            .map(|value| ForecastGroup {
                value: value.first().cloned().unwrap_or(GroupValue::Unknown),
                population: first.by[number].get(value).map_or(0, |group| group.units),
                now: group_at(first, value),
                steps: kept.iter().map(|tally| group_at(tally, value)).collect(),
            })
            .collect();
        groups.sort_by(|a, b| GroupValue::largest_first((&a.value, a.population), (&b.value, b.population)));
        ForecastBreakdown { field: field.clone(), label: findings::label_of_path(field, rules.socle), groups }
    });
    let by = by.collect();
    Forecast { basis, until: options.until, by_month: agenda.from_records, now: status(first), steps, by }
}

/// Status of each group of each cut.
fn by_group(tally: &Tally) -> impl Iterator<Item = Vec<(&Vec<GroupValue>, StatusCounts)>> {
    tally.by.iter().map(|groups| groups.iter().map(|(value, group)| (value, status_of(&group.status))).collect())
}

fn status(tally: &Tally) -> StatusCounts {
    tally.status.first().map(status_of).unwrap_or_default()
}

/// Rows of the inventories by row of the tables that were counted.
fn held<'t>(holdings: &'t Tally, tables: &[TableId]) -> BTreeMap<(TableId, &'t str), u64> {
    let mut held = BTreeMap::new();
    for (table, groups) in tables.iter().zip(&holdings.by) {
        for (value, group) in groups {
            if let [GroupValue::Known { key, .. }] = &value[..] {
                *held.entry((*table, key.as_str())).or_default() += group.units;
            }
        }
    }
    held
}

/// What ends: of the rows of tables, those that the inventories hold, or all of them when none is.
fn ends(endings: &BTreeSet<Ending>, socle: &Socle, held: &BTreeMap<(TableId, &str), u64>) -> Vec<End> {
    let all: Vec<End> = endings
        .iter()
        .map(|ending| {
            let table = socle.tables.table(ending.row.table);
            let row = socle.tables.row(ending.row);
            End {
                table: table.id.clone(),
                row: row.id.clone(),
                label: row.label.clone(),
                what: table.columns[ending.column].label.clone(),
                rows: held.get(&(ending.row.table, row.id.as_str())).copied(),
            }
        })
        .collect();
    let held: Vec<End> = all.iter().filter(|end| end.rows.is_some()).cloned().collect();
    if held.is_empty() { all } else { held }
}

/// Populations stay far below 2^63.
fn difference(before: u64, after: u64) -> i64 {
    after.cast_signed().wrapping_sub(before.cast_signed())
}
