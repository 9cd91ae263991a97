//! `vigie.forecast/1`: the forecast for machines. Its contract is `schema/forecast.json`.

use crate::audit::{End, Forecast, ForecastBreakdown, RuleStep};
use crate::output::wire::{
    self, WireBasis, WireBreakdown, WireCounts, WireFinding, WireGroupValue, WireRate, WireStatus, WireText,
};
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the contract.
pub const SCHEMA: &str = "vigie.forecast/1";

#[derive(Serialize)]
struct WireForecast<'a> {
    #[serde(flatten)]
    basis: WireBasis<'a>,
    until: String,
    by_month: bool,
    status: WireStatus,
    rate: WireRate,
    steps: Vec<WireStep<'a>>,
    by: Vec<WireBreakdown<'a, WireForecastGroup<'a>>>,
    data: Vec<WireFinding<'a>>,
}

#[derive(Serialize)]
struct WireStep<'a> {
    date: String,
    status: WireStatus,
    rate: WireRate,
    more_obsolete: i64,
    rules: Vec<WireRuleStep<'a>>,
}

#[derive(Serialize)]
struct WireRuleStep<'a> {
    id: &'a str,
    pack: &'a str,
    title: WireText<'a>,
    level: &'static str,
    more_failing: i64,
    #[serde(flatten)]
    counts: WireCounts,
    ends: Vec<WireEnd<'a>>,
}

#[derive(Serialize)]
struct WireEnd<'a> {
    table: &'a str,
    row: &'a str,
    label: WireText<'a>,
    what: WireText<'a>,
    rows: Option<u64>,
}

#[derive(Serialize)]
struct WireForecastGroup<'a> {
    #[serde(flatten)]
    value: WireGroupValue<'a>,
    population: u64,
    status: WireStatus,
    steps: Vec<WireGroupStep>,
}

#[derive(Serialize)]
struct WireGroupStep {
    date: String,
    status: WireStatus,
}

/// Writes the forecast, indented, with a line break at the end.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, forecast: &Forecast) -> io::Result<()> {
    let wire = WireForecast {
        basis: WireBasis::new(SCHEMA, &forecast.basis),
        until: forecast.until.to_string(),
        by_month: forecast.by_month,
        status: WireStatus::from(&forecast.now),
        rate: forecast.now.rate().into(),
        steps: forecast
            .steps
            .iter()
            .map(|step| WireStep {
                date: step.date.to_string(),
                status: WireStatus::from(&step.status),
                rate: step.status.rate().into(),
                more_obsolete: step.more_obsolete,
                rules: step.rules.iter().map(rule_step).collect(),
            })
            .collect(),
        by: forecast.by.iter().map(|breakdown| wire_breakdown(breakdown, forecast)).collect(),
        data: wire::findings(&forecast.basis),
    };
    crate::output::json::pretty(out, &wire)
}

fn rule_step<'a>(rule: &'a RuleStep) -> WireRuleStep<'a> {
    let end = |end: &'a End| {
        let End { table, row, label, what, rows } = end;
        WireEnd { table, row, label: label.into(), what: what.into(), rows: *rows }
    };
    WireRuleStep {
        id: &rule.id,
        pack: &rule.pack,
        title: WireText::from(&rule.title),
        level: rule.level.word(),
        more_failing: rule.more_failing,
        counts: WireCounts::from(&rule.counts),
        ends: rule.ends.iter().map(end).collect(),
    }
}

fn wire_breakdown<'a>(
    breakdown: &'a ForecastBreakdown,
    forecast: &Forecast,
) -> WireBreakdown<'a, WireForecastGroup<'a>> {
    let groups = breakdown.groups.iter().map(|group| WireForecastGroup {
        value: WireGroupValue::from(&group.value),
        population: group.population,
        status: WireStatus::from(&group.now),
        steps: forecast
            .steps
            .iter()
            .zip(&group.steps)
            .map(|(step, status)| WireGroupStep { date: step.date.to_string(), status: WireStatus::from(status) })
            .collect(),
    });
    WireBreakdown { field: &breakdown.field, label: WireText::from(&breakdown.label), groups: groups.collect() }
}
