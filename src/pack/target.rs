//! `targets.toml`: shares of a population to reach by a date, each with its source.

use super::citation::{check_id, citation};
use super::header::required_text;
use super::load::Context;
use super::read::condition;
use super::rule::{Condition, Rule};
use crate::diag::{Diagnostic, Document, Section, Text, did_you_mean};
use crate::socle::Citation;
use crate::text;
use crate::value::Date;
use std::collections::BTreeSet;

/// A share of a population to reach.
#[derive(Clone, Debug)]
pub struct Target {
    /// Name.
    pub id: String,
    /// Name for people.
    pub title: Text,
    /// What is counted as reached.
    pub measure: Measure,
    /// Among whom; everyone when absent.
    pub population: Option<Condition>,
    /// Share to reach, above 0 and at most 1.
    pub share: f64,
    /// By when.
    pub due: Date,
    /// Where it comes from.
    pub source: Citation,
    /// What else is to be known about it.
    pub remark: Option<Text>,
}

/// What a target counts.
#[derive(Clone, Debug)]
pub enum Measure {
    /// Those that pass a rule of the pack.
    Rule(String),
    /// Those for which a condition holds.
    That(Condition),
}

/// Reads `targets.toml`.
pub(super) fn targets(
    doc: &mut Document,
    context: &Context<'_>,
    rules: &[Rule],
    broken: &BTreeSet<String>,
) -> Vec<Target> {
    let source = doc.source();
    let Some(mut section) = doc.parse(&source) else { return Vec::new() };
    let items = section.sections(doc, "target");
    section.finish(doc);
    let mut targets: Vec<Target> = Vec::new();
    for item in items {
        let span = item.span.clone();
        let Some(target) = target(doc, item, context, rules, broken) else { continue };
        if targets.iter().any(|other| other.id == target.id) {
            let id = &target.id;
            let fault = Diagnostic::error("pack/duplicate-id", text!("deux cibles `{id}`", "two targets `{id}`"));
            doc.fault(fault, span, text!("déjà écrite plus haut", "already written above"));
        }
        targets.push(target);
    }
    targets
}

fn target(
    doc: &mut Document,
    mut section: Section<'_>,
    context: &Context<'_>,
    rules: &[Rule],
    broken: &BTreeSet<String>,
) -> Option<Target> {
    let id = section.required_string(doc, "id").inspect(|(id, span)| {
        check_id(doc, id, span.clone());
    });
    let title = required_text(doc, &mut section, "title");
    let rule = section.string(doc, "rule");
    let that = condition(doc, &mut section, "that", context, false);
    let measure = match (rule, that) {
        (Some((rule, span)), Ok(None)) => {
            // A rule that could not be read has its own faults already.
            if !rules.iter().any(|other| other.id == rule) && !broken.contains(&rule) {
                let mut fault =
                    Diagnostic::error("pack/unknown-rule", text!("règle inconnue `{rule}`", "unknown rule `{rule}`"));
                fault.help = did_you_mean(&rule, rules.iter().map(|other| other.id.as_str()));
                doc.fault(fault, span, text!("règle inconnue", "unknown rule"));
            }
            Some(Measure::Rule(rule))
        }
        (None, Ok(Some(that))) => Some(Measure::That(that)),
        (_, Err(())) => None,
        (rule, Ok(_)) => {
            let fault = Diagnostic::error(
                "pack/target-measure",
                text!(
                    "une cible compte une règle ou une condition, l'une des deux",
                    "a target counts a rule or a condition, one of the two"
                ),
            )
            .help(text!("donnez `rule = \"…\"` ou `that = '…'`", "give `rule = \"…\"` or `that = '…'`"));
            let span = rule.map_or_else(|| doc.head(&section.span), |(_, span)| span);
            doc.fault(fault, span, text!("cette cible", "this target"));
            None
        }
    };
    let population = condition(doc, &mut section, "population", context, false);
    let share = share(doc, &mut section);
    let due = match section.take("due") {
        Some(entry) => entry.date(doc),
        None => {
            doc.missing_key(section.span.clone(), "due");
            None
        }
    };
    let source = citation(doc, &mut section);
    let remark = section.text(doc, "remark");
    section.finish(doc);
    Some(Target {
        id: id?.0,
        title: title?,
        measure: measure?,
        population: population.ok()?,
        share: share?,
        due: due?.0,
        source: source?.0,
        remark,
    })
}

fn share(doc: &mut Document, section: &mut Section<'_>) -> Option<f64> {
    let Some(entry) = section.take("share") else {
        doc.missing_key(section.span.clone(), "share");
        return None;
    };
    match entry.as_double() {
        Some(share) if share > 0.0 && share <= 1.0 => Some(share),
        _ => {
            let fault = Diagnostic::error(
                "pack/bad-share",
                text!(
                    "une part est un nombre au-dessus de 0 et d'au plus 1",
                    "a share is a number above 0 and at most 1"
                ),
            )
            .help(text!("100\u{a0}% s'écrit `1.0`", "100% is written `1.0`"));
            doc.fault(fault, entry.span.clone(), text!("hors de ]0, 1]", "outside ]0, 1]"));
            None
        }
    }
}
