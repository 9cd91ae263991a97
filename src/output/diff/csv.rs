//! The comparison as CSV.
//!
//! Columns: `kind` (`header`, `rule`, `fact`, `status`, `reason`: changes of status that a rule brings, `verdict`), `by`, `group`, `rule`, `standing`, `field` (a path for a
//! fact), `old`, `new` (texts, statuses, verdicts; texts of the exact dialect are the French ones), `file`, `line`, `units`,
//! `lines` (of the rule, that decide the new verdict: `0` is the scope).

use super::{STATUS_KEYS, standing_key};
use crate::audit::{GroupValue, Matrix, RulesDiff};
use crate::diag::{Lang, Text};
use crate::output::csv::{Dialect, Lines};
use crate::output::{page, words};
use crate::value::Verdict;
use std::io::{self, Write};

#[derive(Default)]
struct Line<'l> {
    kind: &'l str,
    by: &'l str,
    group: &'l str,
    rule: &'l str,
    standing: &'l str,
    field: &'l str,
    old: &'l str,
    new: &'l str,
    place: Option<&'l (String, usize)>,
    units: Option<u64>,
    lines: &'l str,
}

/// Writes the comparison.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, diff: &RulesDiff, dialect: Dialect) -> io::Result<()> {
    let mut lines = Lines::new(out, dialect)?;
    let heads = match dialect {
        Dialect::Excel(Lang::Fr) => [
            "sorte",
            "coupe",
            "groupe",
            "règle",
            "présence",
            "champ",
            "ancien",
            "nouveau",
            "fichier",
            "ligne",
            "nombre",
            "lignes de la règle",
        ],
        _ => ["kind", "by", "group", "rule", "standing", "field", "old", "new", "file", "line", "units", "lines"],
    };
    for head in heads {
        lines.text(head)?;
    }
    lines.end()?;
    let lang = match dialect {
        Dialect::Excel(lang) => lang,
        Dialect::Exact => Lang::Fr,
    };
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.get(lang).to_owned()).unwrap_or_default();
    let mut line = |line: Line<'_>| -> io::Result<()> {
        for text in [line.kind, line.by, line.group, line.rule, line.standing, line.field, line.old, line.new] {
            lines.text(text)?;
        }
        match line.place {
            Some((file, number)) => {
                lines.text(file)?;
                lines.integer(*number as u64)?;
            }
            None => {
                lines.text("")?;
                lines.text("")?;
            }
        }
        match line.units {
            Some(units) => lines.integer(units)?,
            None => lines.text("")?,
        }
        lines.text(line.lines)?;
        lines.end()
    };
    for field in &diff.header {
        line(Line {
            kind: "header",
            field: &field.field,
            old: &text(&field.old),
            new: &text(&field.new),
            ..Line::default()
        })?;
    }
    for rule in &diff.rules {
        let standing = standing_key(rule.standing);
        for field in &rule.fields {
            line(Line {
                kind: "rule",
                rule: &rule.id,
                standing,
                field: &field.field,
                old: &text(&field.old),
                new: &text(&field.new),
                place: field.new_place.as_ref().or(field.old_place.as_ref()),
                ..Line::default()
            })?;
        }
        for fact in &rule.facts {
            let (old, new) = (text(&fact.old), text(&fact.new));
            line(Line {
                kind: "fact",
                rule: &rule.id,
                standing,
                field: &fact.path,
                old: &old,
                new: &new,
                ..Line::default()
            })?;
        }
    }
    let Some(impact) = &diff.impact else { return Ok(()) };
    let matrix = |line: &mut dyn FnMut(Line<'_>) -> io::Result<()>, by: &str, group: &str, status: &Matrix| {
        for (old, row) in STATUS_KEYS.iter().zip(status) {
            for (new, units) in STATUS_KEYS.iter().zip(row) {
                line(Line { kind: "status", by, group, old, new, units: Some(*units), ..Line::default() })?;
            }
        }
        io::Result::Ok(())
    };
    matrix(&mut line, "", "", &impact.status)?;
    for rule in &impact.rules {
        for reason in &rule.reasons {
            let name = |verdict: Option<Verdict>| verdict.map_or("", |verdict| STATUS_KEYS[verdict as usize]);
            let numbers: Vec<String> = reason.lines.iter().map(|(line, _)| line.to_string()).collect();
            line(Line {
                kind: "reason",
                rule: &rule.id,
                old: name(reason.from),
                new: name(reason.to),
                units: Some(reason.units),
                lines: &numbers.join(" "),
                ..Line::default()
            })?;
        }
        for transition in &rule.transitions {
            let name = |verdict: Option<Verdict>| verdict.map_or("", page::verdict_name);
            let numbers: Vec<String> = transition.lines.iter().map(|(line, _)| line.to_string()).collect();
            line(Line {
                kind: "verdict",
                rule: &rule.id,
                old: name(transition.from),
                new: name(transition.to),
                units: Some(transition.units),
                lines: &numbers.join(" "),
                ..Line::default()
            })?;
        }
    }
    for (field, _, groups) in &impact.by {
        for group in groups {
            let name = match (dialect, &group.value) {
                (Dialect::Excel(lang), value) => words::whole_group_label(value, lang),
                (Dialect::Exact, GroupValue::Known { key, .. }) => key.clone(),
                (Dialect::Exact, GroupValue::Several) => "plusieurs".to_owned(),
                (Dialect::Exact, GroupValue::Unknown) => String::new(),
            };
            matrix(&mut line, field, &name, &group.status)?;
        }
    }
    Ok(())
}
