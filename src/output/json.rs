//! `vigie.audit/1`: the audit for machines.
//!
//! This module owns the names that go out; the structures of the audit may change without them. The same
//! bytes come out in either language: texts are given in both. The contract is `schema/audit.json`, and
//! within version 1 it only grows.

use crate::audit::{
    Breakdown, Counts, DataFinding, Edition, GroupValue, InputSummary, PackSummary, Rate, Report, StatusCounts, Unit,
};
use crate::diag::Text;
use crate::pack::Level;
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the contract.
pub const SCHEMA: &str = "vigie.audit/1";

/// Writes the audit, indented, with a line break at the end.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, report: &Report) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Audit::from(report)).map_err(io::Error::from)?;
    writeln!(out)
}

/// Writes a JSON value, indented, with a line break at the end.
///
/// # Errors
/// Those of the writer.
pub fn write_json(out: &mut dyn Write, value: &serde_json::Value) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Audit<'a> {
    schema: &'static str,
    vigie: &'static str,
    as_of: String,
    horizon: Option<WireHorizon<'a>>,
    unit: &'static str,
    filter: Option<&'a str>,
    socle: WireEdition<'a>,
    packs: Vec<WirePack<'a>>,
    inputs: Vec<WireInput<'a>>,
    population: WirePopulation,
    status: WireStatus,
    rate: WireRate,
    up_to_date_with_advice: u64,
    rules: Vec<WireRule<'a>>,
    by: Vec<WireBreakdown<'a>>,
    data: Vec<WireFinding<'a>>,
    gate: Option<WireGate<'a>>,
}

#[derive(Serialize)]
struct WireHorizon<'a> {
    text: &'a str,
    until: String,
}

#[derive(Serialize)]
struct WireEdition<'a> {
    version: &'a str,
    digest: &'a str,
}

#[derive(Serialize)]
struct WirePack<'a> {
    id: &'a str,
    title: WireText<'a>,
    version: &'a str,
    digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<WireStatus>,
}

#[derive(Serialize)]
struct WireText<'a> {
    fr: &'a str,
    en: &'a str,
}

#[derive(Serialize)]
struct WireInput<'a> {
    name: &'a str,
    digest: &'a str,
    rows: u64,
    format: &'a str,
    encoding: &'a str,
    delimiter: Option<char>,
}

#[derive(Serialize)]
struct WirePopulation {
    rows: u64,
    weight: Option<u64>,
    ps: Option<u64>,
}

#[derive(Serialize)]
struct WireStatus {
    up_to_date: u64,
    obsolete: u64,
    undetermined: u64,
    not_applicable: u64,
}

#[derive(Serialize)]
struct WireRate {
    low: Option<f64>,
    high: Option<f64>,
    in_scope: u64,
}

#[derive(Serialize)]
struct WireRule<'a> {
    id: &'a str,
    pack: &'a str,
    column: &'a str,
    title: WireText<'a>,
    level: &'static str,
    #[serde(flatten)]
    counts: WireCounts,
    expiring: Option<u64>,
    rate: WireRate,
    missing_fields: &'a [String],
}

#[derive(Serialize)]
struct WireCounts {
    pass: u64,
    fail: u64,
    unknown: u64,
    not_applicable: u64,
}

#[derive(Serialize)]
struct WireBreakdown<'a> {
    field: &'a str,
    label: WireText<'a>,
    groups: Vec<WireGroup<'a>>,
}

#[derive(Serialize)]
struct WireGroup<'a> {
    /// `value`, `several` or `unknown`.
    kind: &'static str,
    value: Option<&'a str>,
    label: Option<WireText<'a>>,
    population: u64,
    status: WireStatus,
    rate: WireRate,
    rules: Vec<WireGroupRule<'a>>,
}

#[derive(Serialize)]
struct WireGroupRule<'a> {
    id: &'a str,
    pack: &'a str,
    #[serde(flatten)]
    counts: WireCounts,
    rate: WireRate,
}

#[derive(Serialize)]
struct WireFinding<'a> {
    code: &'static str,
    field: Option<&'a str>,
    count: u64,
    distinct: Option<u64>,
    message: WireText<'a>,
    help: Option<WireText<'a>>,
    first: Option<WirePlace<'a>>,
}

#[derive(Serialize)]
struct WirePlace<'a> {
    file: &'a str,
    row: Option<u64>,
    line: Option<u64>,
    column: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

#[derive(Serialize)]
struct WireGate<'a> {
    open: bool,
    reason: WireText<'a>,
}

/// Stable name of a unit.
#[must_use]
pub fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Row => "row",
        Unit::Ps => "ps",
        Unit::Weight => "weight",
    }
}

/// Stable name of a level.
#[must_use]
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Blocking => "blocking",
        Level::Advisory => "advisory",
        Level::Info => "info",
    }
}

impl<'a> From<&'a Report> for Audit<'a> {
    fn from(report: &'a Report) -> Audit<'a> {
        Audit {
            schema: SCHEMA,
            vigie: env!("CARGO_PKG_VERSION"),
            as_of: report.basis.as_of.to_string(),
            horizon: report.horizon.as_ref().map(|h| WireHorizon { text: &h.text, until: h.until.to_string() }),
            unit: unit_name(report.basis.unit),
            filter: report.basis.filter.as_deref(),
            socle: WireEdition::from(&report.basis.socle),
            packs: report.basis.packs.iter().map(WirePack::from).collect(),
            inputs: report.basis.inputs.iter().map(WireInput::from).collect(),
            population: WirePopulation {
                rows: report.basis.population.rows,
                weight: report.basis.population.weight,
                ps: report.basis.population.ps,
            },
            status: WireStatus::from(&report.status),
            rate: report.status.rate().into(),
            up_to_date_with_advice: report.up_to_date_with_advice,
            rules: report
                .rules
                .iter()
                .map(|rule| WireRule {
                    id: &rule.id,
                    pack: &rule.pack,
                    column: &rule.column,
                    title: WireText::from(&rule.title),
                    level: level_name(rule.level),
                    counts: WireCounts::from(&rule.counts),
                    expiring: rule.expiring,
                    rate: rule.counts.rate().into(),
                    missing_fields: &rule.missing_fields,
                })
                .collect(),
            by: report.by.iter().map(|breakdown| wire_breakdown(breakdown, report)).collect(),
            data: report.basis.data.iter().map(WireFinding::from).collect(),
            gate: report.closed.as_ref().map(|c| WireGate { open: false, reason: WireText::from(&c.reason) }),
        }
    }
}

fn wire_breakdown<'a>(breakdown: &'a Breakdown, report: &'a Report) -> WireBreakdown<'a> {
    let groups = breakdown.groups.iter().map(|group| {
        let (kind, value, label) = match &group.value {
            GroupValue::Known { key, label } => {
                ("value", Some(key.as_str()), Some(WireText { fr: &label.0, en: &label.1 }))
            }
            GroupValue::Several => ("several", Some("plusieurs"), Some(WireText { fr: "plusieurs", en: "several" })),
            GroupValue::Unknown => ("unknown", None, None),
        };
        let rules = report.rules.iter().zip(&group.rules);
        WireGroup {
            kind,
            value,
            label,
            population: group.population,
            status: WireStatus::from(&group.status),
            rate: group.status.rate().into(),
            rules: rules
                .map(|(rule, counts)| WireGroupRule {
                    id: &rule.id,
                    pack: &rule.pack,
                    counts: WireCounts::from(counts),
                    rate: counts.rate().into(),
                })
                .collect(),
        }
    });
    WireBreakdown { field: &breakdown.field, label: WireText::from(&breakdown.label), groups: groups.collect() }
}

impl<'a> From<&'a Text> for WireText<'a> {
    fn from(text: &'a Text) -> WireText<'a> {
        WireText { fr: &text.fr, en: &text.en }
    }
}

impl<'a> From<&'a Edition> for WireEdition<'a> {
    fn from(edition: &'a Edition) -> WireEdition<'a> {
        WireEdition { version: &edition.version, digest: &edition.digest }
    }
}

impl<'a> From<&'a PackSummary> for WirePack<'a> {
    fn from(pack: &'a PackSummary) -> WirePack<'a> {
        WirePack {
            id: &pack.id,
            title: WireText::from(&pack.title),
            version: &pack.edition.version,
            digest: &pack.edition.digest,
            status: pack.status.as_ref().map(WireStatus::from),
        }
    }
}

impl<'a> From<&'a InputSummary> for WireInput<'a> {
    fn from(input: &'a InputSummary) -> WireInput<'a> {
        WireInput {
            name: &input.name,
            digest: &input.digest,
            rows: input.rows,
            format: &input.format,
            encoding: &input.encoding,
            delimiter: input.delimiter,
        }
    }
}

impl From<&StatusCounts> for WireStatus {
    fn from(status: &StatusCounts) -> WireStatus {
        WireStatus {
            up_to_date: status.up_to_date,
            obsolete: status.obsolete,
            undetermined: status.undetermined,
            not_applicable: status.not_applicable,
        }
    }
}

impl From<&Counts> for WireCounts {
    fn from(counts: &Counts) -> WireCounts {
        WireCounts {
            pass: counts.pass,
            fail: counts.fail,
            unknown: counts.unknown,
            not_applicable: counts.not_applicable,
        }
    }
}

impl From<Rate> for WireRate {
    fn from(rate: Rate) -> WireRate {
        WireRate { low: rate.low, high: rate.high, in_scope: rate.in_scope }
    }
}

impl<'a> From<&'a DataFinding> for WireFinding<'a> {
    fn from(finding: &'a DataFinding) -> WireFinding<'a> {
        WireFinding {
            code: finding.code,
            field: finding.field.as_deref(),
            count: finding.count,
            distinct: finding.distinct,
            message: WireText::from(&finding.message),
            help: finding.help.as_ref().map(WireText::from),
            first: finding.first.as_ref().map(|first| WirePlace {
                file: &first.file,
                row: first.row,
                line: first.line,
                column: first.column.as_deref(),
                value: first.value.as_deref(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::output::sample;

    fn written(report: &Report) -> serde_json::Value {
        let mut out = Vec::new();
        write(&mut out, report).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn outputs_follow_the_published_schema() {
        let schema: serde_json::Value = serde_json::from_str(crate::output::schema::AUDIT).unwrap();
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let mut bare = sample::report();
        bare.horizon = None;
        bare.basis.filter = None;
        bare.closed = None;
        bare.by.clear();
        bare.basis.data.clear();
        bare.rules.clear();
        bare.basis.packs[0].status = Some(bare.status);
        bare.basis.unit = Unit::Ps;
        bare.basis.population = crate::audit::Population { rows: 3, weight: Some(7), ps: Some(2) };
        for report in [sample::report(), bare] {
            let json = written(&report);
            let errors: Vec<String> =
                validator.iter_errors(&json).map(|e| format!("{} at {}", e, e.instance_path())).collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
        // The schema is closed: it would notice a key that it does not document.
        let mut json = written(&sample::report());
        json["surprise"] = 1.into();
        assert!(!validator.is_valid(&json));
    }

    #[test]
    fn rates_are_unrounded_and_null_when_nothing_is_in_scope() {
        let json = written(&sample::report());
        assert_eq!(json["rules"][0]["rate"]["low"], 0.4);
        assert_eq!(json["rules"][2]["rate"]["low"], serde_json::Value::Null);
        assert_eq!(json["by"][0]["groups"][2]["value"], serde_json::Value::Null);
        assert_eq!(json["by"][0]["groups"][1]["kind"], "several");
    }
}
