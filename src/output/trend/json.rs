//! `vigie.trend/1`: a trend for machines. The contract is `schema/trend.json`, and within version 1 it only grows.

use crate::audit::{Counts, Difference, GroupValue, Moves, Passage, RuleTrend, Share, Trend};
use crate::output::measure::WireMeasure;
use crate::output::wire::{
    self, WireBasis, WireCounts, WireFinding, WireGroupValue, WireInput, WirePopulation, WireRate, WireTarget, WireText,
};
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the contract.
pub const SCHEMA: &str = "vigie.trend/1";

/// Writes the trend, indented, with a line break at the end.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, trend: &Trend) -> io::Result<()> {
    crate::output::json::pretty(out, &WireTrend::from(trend))
}

#[derive(Serialize)]
struct WireTrend<'a> {
    #[serde(flatten)]
    basis: WireBasis<'a>,
    measure: WireMeasure<'a>,
    snapshots: Vec<WireSnapshot<'a>>,
    at: Vec<WireAt>,
    change: Option<WireChange>,
    rules: Vec<WireRule<'a>>,
    by: Vec<WireBreakdown<'a>>,
    moves: Option<WireMoves<'a>>,
    targets: Vec<WireTargetTrend<'a>>,
    data: Vec<WireFinding<'a>>,
}

#[derive(Serialize)]
struct WireSnapshot<'a> {
    date: String,
    kind: &'static str,
    inputs: Vec<WireInput<'a>>,
    population: WirePopulation,
}

/// Figures of one snapshot.
#[derive(Serialize)]
struct WireAt {
    n: u64,
    share: Option<f64>,
    #[serde(flatten)]
    counts: WireCounts,
    rate: WireRate,
}

/// From the first snapshot that tells to the last.
#[derive(Serialize)]
struct WireChange {
    points: Option<WirePoints>,
    units: i64,
    units_low: i64,
    units_high: i64,
}

#[derive(Serialize)]
struct WirePoints {
    low: f64,
    high: f64,
}

#[derive(Serialize)]
struct WireRule<'a> {
    id: &'a str,
    pack: &'a str,
    column: &'a str,
    title: WireText<'a>,
    level: &'static str,
    at: Vec<WireAt>,
    change: Option<WireChange>,
    failing_since: Option<&'a [u64]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing: Option<Vec<WireFailing>>,
}

/// Those that fail in the last snapshot, by when it was first seen.
#[derive(Serialize)]
struct WireFailing {
    since: String,
    days: i64,
    n: u64,
}

#[derive(Serialize)]
struct WireBreakdown<'a> {
    field: &'a str,
    label: WireText<'a>,
    scale: bool,
    groups: Vec<WireGroup<'a>>,
}

#[derive(Serialize)]
struct WireGroup<'a> {
    #[serde(flatten)]
    value: WireGroupValue<'a>,
    at: Vec<Option<WireAt>>,
    change_of_share: Option<WireChange>,
    change_of_rate: Option<WireChange>,
}

#[derive(Serialize)]
struct WireMoves<'a> {
    unit: &'static str,
    identified: &'a [u64],
    field: Option<WireField<'a>>,
    transitions: Vec<WireTransition<'a>>,
}

#[derive(Serialize)]
struct WireField<'a> {
    field: &'a str,
    label: WireText<'a>,
}

#[derive(Serialize)]
struct WireTransition<'a> {
    from: String,
    to: String,
    both: u64,
    arrived: u64,
    left: u64,
    became_up_to_date: u64,
    fell_back: u64,
    status: Vec<WireStatusMove>,
    migration: Vec<WireMigration<'a>>,
}

#[derive(Serialize)]
struct WireStatusMove {
    from: &'static str,
    to: &'static str,
    n: u64,
}

#[derive(Serialize)]
struct WireMigration<'a> {
    from: Option<WireGroupValue<'a>>,
    to: Option<WireGroupValue<'a>>,
    n: u64,
}

#[derive(Serialize)]
struct WireTargetTrend<'a> {
    #[serde(flatten)]
    target: WireTarget<'a>,
    at: Vec<WireAt>,
}

fn at(counts: &Counts, population: u64) -> WireAt {
    WireAt {
        n: counts.total(),
        share: Share::of(counts.total(), population).map(Share::fraction),
        counts: WireCounts::from(counts),
        rate: counts.rate().into(),
    }
}

fn all_at(counts: &[Counts], totals: &[u64]) -> Vec<WireAt> {
    counts.iter().zip(totals).map(|(counts, total)| at(counts, *total)).collect()
}

impl From<Difference> for WireChange {
    fn from(change: Difference) -> WireChange {
        let points = change.share.map(|(low, high)| WirePoints { low: low * 100.0, high: high * 100.0 });
        let (units_low, units_high) = change.units_between;
        WireChange { points, units: change.units, units_low, units_high }
    }
}

fn change(counts: &[Counts]) -> Option<WireChange> {
    let (first, last) = counts.first().zip(counts.last())?;
    Some(Difference::of_rates(first, last).into())
}

impl<'a> From<&'a Trend> for WireTrend<'a> {
    fn from(trend: &'a Trend) -> WireTrend<'a> {
        let totals: Vec<u64> = trend.at.iter().map(Counts::total).collect();
        let of_moves = trend.moves.as_ref();
        let rule = |(place, rule): (usize, &'a RuleTrend)| WireRule {
            id: &rule.id,
            pack: &rule.pack,
            column: &rule.column,
            title: WireText::from(&rule.title),
            level: rule.level.word(),
            at: all_at(&rule.at, &totals),
            change: change(&rule.at),
            failing: of_moves.and_then(|moves| moves.failing.get(place)).map(|since| failing(&since.0, trend)),
            failing_since: of_moves.and_then(|moves| moves.failing.get(place)).map(|since| since.0.as_slice()),
        };
        WireTrend {
            basis: WireBasis::new(SCHEMA, &trend.basis),
            measure: WireMeasure::from(&trend.measure),
            snapshots: trend
                .snapshots
                .iter()
                .map(|snapshot| WireSnapshot {
                    date: snapshot.date.to_string(),
                    kind: if snapshot.result { "result" } else { "inventory" },
                    inputs: snapshot.inputs.iter().map(WireInput::from).collect(),
                    population: WirePopulation {
                        rows: Some(snapshot.population.rows),
                        weight: snapshot.population.weight,
                        ps: snapshot.population.ps,
                    },
                })
                .collect(),
            at: all_at(&trend.at, &totals),
            change: change(&trend.at),
            rules: trend.rules.iter().enumerate().map(rule).collect(),
            by: trend.by.iter().map(|by| breakdown(by, &totals)).collect(),
            moves: of_moves.map(|moves| wire_moves(moves, trend)),
            targets: trend
                .targets
                .iter()
                .map(|of| WireTargetTrend { target: WireTarget::from(&of.target), at: all_at(&of.at, &totals) })
                .collect(),
            data: wire::findings(&trend.basis),
        }
    }
}

fn failing(since: &[u64], trend: &Trend) -> Vec<WireFailing> {
    let Some(last) = trend.snapshots.last() else { return Vec::new() };
    let seen = trend.snapshots.iter().zip(since).filter(|(_, n)| **n > 0);
    seen.map(|(snapshot, n)| WireFailing {
        since: snapshot.date.to_string(),
        days: last.date.days_since(snapshot.date),
        n: *n,
    })
    .collect()
}

fn breakdown<'a>(by: &'a crate::audit::BreakdownTrend, totals: &[u64]) -> WireBreakdown<'a> {
    let groups = by.groups.iter().map(|group| {
        let ends = group.ends(totals);
        WireGroup {
            value: WireGroupValue::from(&group.value),
            at: group
                .at
                .iter()
                .zip(totals)
                .map(|(counts, total)| counts.as_ref().map(|counts| at(counts, *total)))
                .collect(),
            change_of_share: ends.map(|[(first, of), (last, all)]| {
                Difference::of_shares((first.total(), of), (last.total(), all)).into()
            }),
            change_of_rate: ends.map(|[(first, _), (last, _)]| Difference::of_rates(first, last).into()),
        }
    });
    WireBreakdown { field: &by.field, label: WireText::from(&by.label), scale: by.scale, groups: groups.collect() }
}

fn wire_moves<'a>(moves: &'a Moves, trend: &Trend) -> WireMoves<'a> {
    let date = |index: usize| trend.snapshots.get(index).map(|of| of.date.to_string()).unwrap_or_default();
    let transition = |step: &'a Passage| WireTransition {
        from: date(step.from),
        to: date(step.to),
        both: step.both,
        arrived: step.arrived,
        left: step.left,
        became_up_to_date: step.became_up_to_date(),
        fell_back: step.fell_back(),
        status: step
            .status
            .iter()
            .map(|(from, to, n)| WireStatusMove { from: from.key(), to: to.key(), n: *n })
            .collect(),
        migration: step
            .migration
            .iter()
            .map(|(from, to, n)| WireMigration { from: value(from.as_ref()), to: value(to.as_ref()), n: *n })
            .collect(),
    };
    WireMoves {
        unit: "ps",
        identified: &moves.identified,
        field: moves.field.as_ref().map(|(field, label)| WireField { field, label: WireText::from(label) }),
        transitions: moves.transitions.iter().map(transition).collect(),
    }
}

fn value(value: Option<&GroupValue>) -> Option<WireGroupValue<'_>> {
    value.map(WireGroupValue::from)
}
