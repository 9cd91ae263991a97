//! `vigie.rules-diff/1`: the comparison for machines. Its contract is `schema/rules-diff.json`.

use super::{STATUS_KEYS, standing_key};
use crate::audit::{FieldChange, Matrix, PackEdition, PackImpact, RulesDiff, Transition};
use crate::output::page;
use crate::output::wire::{
    self, WireBasis, WireBreakdown, WireEdition, WireFinding, WireGroupValue, WireStatus, WireText,
};
use crate::value::Verdict;
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the contract.
pub const SCHEMA: &str = "vigie.rules-diff/1";

#[derive(Serialize)]
struct WireDiff<'a> {
    schema: &'static str,
    vigie: &'static str,
    old: WireSide<'a>,
    new: WireSide<'a>,
    unchanged: usize,
    header: Vec<WireField<'a>>,
    rules: Vec<WireRule<'a>>,
    impact: Option<WireImpact<'a>>,
}

#[derive(Serialize)]
struct WireSide<'a> {
    name: &'a str,
    id: &'a str,
    title: WireText<'a>,
    version: &'a str,
    digest: &'a str,
    socle: WireEdition<'a>,
}

#[derive(Serialize)]
struct WireRule<'a> {
    id: &'a str,
    title: WireText<'a>,
    standing: &'static str,
    fields: Vec<WireField<'a>>,
    facts: Vec<WireFact<'a>>,
}

#[derive(Serialize)]
struct WireField<'a> {
    field: &'a str,
    old: Option<WireText<'a>>,
    new: Option<WireText<'a>>,
    old_place: Option<WirePlace<'a>>,
    new_place: Option<WirePlace<'a>>,
}

#[derive(Serialize)]
struct WirePlace<'a> {
    file: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct WireFact<'a> {
    path: &'a str,
    label: WireText<'a>,
    old: Option<WireText<'a>>,
    new: Option<WireText<'a>>,
}

#[derive(Serialize)]
struct WireImpact<'a> {
    as_of: String,
    unit: &'static str,
    filter: Option<&'a str>,
    inputs: Vec<wire::WireInput<'a>>,
    population: wire::WirePopulation,
    old: WireStatus,
    new: WireStatus,
    changed: u64,
    status: Vec<WireCell>,
    rules: Vec<WireRuleImpact<'a>>,
    by: Vec<WireBreakdown<'a, WireGroup<'a>>>,
    data: Vec<WireFinding<'a>>,
}

#[derive(Serialize)]
struct WireCell {
    old: &'static str,
    new: &'static str,
    units: u64,
}

#[derive(Serialize)]
struct WireRuleImpact<'a> {
    id: &'a str,
    title: WireText<'a>,
    old_level: Option<&'static str>,
    new_level: Option<&'static str>,
    reasons: Vec<WireTransition>,
    transitions: Vec<WireTransition>,
}

#[derive(Serialize)]
struct WireTransition {
    old: Option<&'static str>,
    new: Option<&'static str>,
    units: u64,
    lines: Vec<WireLine>,
}

#[derive(Serialize)]
struct WireLine {
    line: usize,
    units: u64,
}

#[derive(Serialize)]
struct WireGroup<'a> {
    #[serde(flatten)]
    value: WireGroupValue<'a>,
    status: Vec<WireCell>,
}

/// Writes the comparison, indented, with a line break at the end.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, diff: &RulesDiff) -> io::Result<()> {
    let rules = diff.rules.iter().map(|rule| WireRule {
        id: &rule.id,
        title: WireText::from(&rule.title),
        standing: standing_key(rule.standing),
        fields: rule.fields.iter().map(field).collect(),
        facts: rule
            .facts
            .iter()
            .map(|fact| WireFact {
                path: &fact.path,
                label: WireText::from(&fact.label),
                old: fact.old.as_ref().map(WireText::from),
                new: fact.new.as_ref().map(WireText::from),
            })
            .collect(),
    });
    let wire = WireDiff {
        schema: SCHEMA,
        vigie: env!("CARGO_PKG_VERSION"),
        old: side(&diff.old),
        new: side(&diff.new),
        unchanged: diff.unchanged,
        header: diff.header.iter().map(field).collect(),
        rules: rules.collect(),
        impact: diff.impact.as_ref().map(wire_impact),
    };
    crate::output::json::pretty(out, &wire)
}

fn side(pack: &PackEdition) -> WireSide<'_> {
    WireSide {
        name: &pack.name,
        id: &pack.id,
        title: WireText::from(&pack.title),
        version: &pack.edition.version,
        digest: &pack.edition.digest,
        socle: WireEdition::from(&pack.socle),
    }
}

fn field(field: &FieldChange) -> WireField<'_> {
    WireField {
        field: &field.field,
        old: field.old.as_ref().map(WireText::from),
        new: field.new.as_ref().map(WireText::from),
        old_place: field.old_place.as_ref().map(|(file, line)| WirePlace { file, line: *line }),
        new_place: field.new_place.as_ref().map(|(file, line)| WirePlace { file, line: *line }),
    }
}

fn wire_impact(impact: &PackImpact) -> WireImpact<'_> {
    let basis = WireBasis::new(SCHEMA, &impact.basis);
    let rules = impact.rules.iter().map(|rule| WireRuleImpact {
        id: &rule.id,
        title: WireText::from(&rule.title),
        old_level: rule.levels.0.map(crate::pack::Level::word),
        new_level: rule.levels.1.map(crate::pack::Level::word),
        reasons: rule.reasons.iter().map(|of| wire_transition(of, |verdict| STATUS_KEYS[verdict as usize])).collect(),
        transitions: rule.transitions.iter().map(|of| wire_transition(of, page::verdict_name)).collect(),
    });
    let by = impact.by.iter().map(|(field, label, groups)| WireBreakdown {
        field,
        label: WireText::from(label),
        groups: groups
            .iter()
            .map(|group| WireGroup { value: WireGroupValue::from(&group.value), status: cells(&group.status) })
            .collect(),
    });
    WireImpact {
        as_of: basis.as_of,
        unit: basis.unit,
        filter: basis.filter,
        inputs: basis.inputs,
        population: basis.population,
        old: WireStatus::from(&impact.before()),
        new: WireStatus::from(&impact.after()),
        changed: impact.changed(),
        status: cells(&impact.status),
        rules: rules.collect(),
        by: by.collect(),
        data: wire::findings(&impact.basis),
    }
}

fn wire_transition(transition: &Transition, name: impl Fn(Verdict) -> &'static str) -> WireTransition {
    WireTransition {
        old: transition.from.map(&name),
        new: transition.to.map(&name),
        units: transition.units,
        lines: transition.lines.iter().map(|(line, units)| WireLine { line: *line, units: *units }).collect(),
    }
}

fn cells(status: &Matrix) -> Vec<WireCell> {
    let rows = STATUS_KEYS.into_iter().zip(status);
    rows.flat_map(|(old, row)| {
        STATUS_KEYS.into_iter().zip(row).map(move |(new, units)| WireCell { old, new, units: *units })
    })
    .collect()
}
