//! `vigie.audit/1`: the audit for machines.
//!
//! This module owns the names that go out; the structures of the audit may change without them. The same
//! bytes come out in either language: texts are given in both. The contract is `schema/audit.json`, and
//! within version 1 it only grows.

use super::wire::{
    self, WireBaseline, WireBasis, WireBreakdown, WireCounts, WireFinding, WireGroupValue, WireInput, WireRate,
    WireStatus, WireTarget, WireText, WireWaivers,
};
use crate::audit::{Breakdown, Report};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

/// Name and version of the contract.
pub const SCHEMA: &str = "vigie.audit/1";

/// Writes the audit, indented, with a line break at the end.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, report: &Report) -> io::Result<()> {
    pretty(out, &Audit::from(report))
}

/// Writes a JSON value, indented, with a line break at the end.
///
/// # Errors
/// Those of the writer.
pub fn write_json(out: &mut dyn Write, value: &serde_json::Value) -> io::Result<()> {
    pretty(out, value)
}

/// Writes anything as JSON, indented, with a line break at the end.
///
/// # Errors
/// Those of the writer.
pub(super) fn pretty<W: Write + ?Sized>(out: &mut W, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Inert(PrettyFormatter::new())))?;
    writeln!(out)
}

/// Writes anything as JSON on what is left of a line.
///
/// # Errors
/// Those of the writer.
pub(super) fn compact<W: Write + ?Sized>(out: &mut W, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(out, Inert(CompactFormatter)))?)
}

/// JSON that no runner obeys: the marks by which those of GitHub and Azure know a command anywhere in a line are
/// escaped, which changes nothing to the texts. (A line that begins with `::` cannot be: texts are between quotes.)
struct Inert<F>(F);

macro_rules! as_inner {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {$(
        fn $name<W: Write + ?Sized>(&mut self, writer: &mut W, $($argument: $kind),*) -> io::Result<()> {
            self.0.$name(writer, $($argument),*)
        }
    )*};
}

impl<F: Formatter> Formatter for Inert<F> {
    as_inner! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(place) = rest.find("##") {
            let (before, mark) = rest.split_at(place + 1);
            writer.write_all(before.as_bytes())?;
            rest = mark;
            if rest.starts_with("#[") || rest.starts_with("#vso[") {
                writer.write_all(b"\\u0023")?;
                rest = &rest[1..];
            }
        }
        writer.write_all(rest.as_bytes())
    }
}

#[derive(Serialize)]
struct Audit<'a> {
    #[serde(flatten)]
    basis: WireBasis<'a>,
    horizon: Option<WireHorizon<'a>>,
    status: WireStatus,
    rate: WireRate,
    up_to_date_with_advice: u64,
    rules: Vec<WireRule<'a>>,
    by: Vec<WireBreakdown<'a, WireGroup<'a>>>,
    targets: Vec<WireTarget<'a>>,
    previous: Vec<WireInput<'a>>,
    data: Vec<WireFinding<'a>>,
    gate: Option<WireGate<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    derogations: Option<WireWaivers<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<WireBaseline<'a>>,
}

#[derive(Serialize)]
struct WireHorizon<'a> {
    text: &'a str,
    until: String,
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
struct WireGroup<'a> {
    #[serde(flatten)]
    value: WireGroupValue<'a>,
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
struct WireGate<'a> {
    open: bool,
    reason: WireText<'a>,
}

impl<'a> From<&'a Report> for Audit<'a> {
    fn from(report: &'a Report) -> Audit<'a> {
        Audit {
            basis: WireBasis::new(SCHEMA, &report.basis),
            horizon: report.horizon.as_ref().map(|h| WireHorizon { text: &h.text, until: h.until.to_string() }),
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
                    level: rule.level.word(),
                    counts: WireCounts::from(&rule.counts),
                    expiring: rule.expiring,
                    rate: rule.counts.rate().into(),
                    missing_fields: &rule.missing_fields,
                })
                .collect(),
            by: report.by.iter().map(|breakdown| wire_breakdown(breakdown, report)).collect(),
            targets: report.targets.iter().map(WireTarget::from).collect(),
            previous: report.previous.iter().map(WireInput::from).collect(),
            data: wire::findings(&report.basis),
            gate: report.closed.as_ref().map(|c| WireGate { open: false, reason: WireText::from(&c.reason) }),
            derogations: report.waivers.as_ref().map(WireWaivers::from),
            baseline: report.baseline.as_ref().map(WireBaseline::from),
        }
    }
}

fn wire_breakdown<'a>(breakdown: &'a Breakdown, report: &'a Report) -> WireBreakdown<'a, WireGroup<'a>> {
    let groups = breakdown.groups.iter().map(|group| {
        let rules = report.rules.iter().zip(&group.rules);
        WireGroup {
            value: WireGroupValue::from(&group.value),
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
        bare.basis.unit = crate::audit::Unit::Ps;
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
