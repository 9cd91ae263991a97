//! The comparison as Markdown; every text that is not ours is escaped.

use super::{SHOWN, change, fact, headline, levels, lines, place, standing, status_change, statuses, verdicts};
use crate::audit::{RulesDiff, Standing};
use crate::diag::Lang;
use crate::output::basis::lang_pick;
use crate::output::markdown::{escape, provenance};
use crate::output::{number, said, words};
use std::io::{self, Write};

/// Writes the comparison.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, diff: &RulesDiff, lang: Lang) -> io::Result<()> {
    let pick = |fr, en| lang_pick(lang, fr, en);
    let int = |n| number::integer(n, lang);
    let name = |pack: &crate::audit::PackEdition| escape(&format!("{} {}", pack.id, pack.edition.version)).to_string();
    writeln!(out, "# {} {} → {}\n", pick("De", "From"), name(&diff.old), name(&diff.new))?;
    for line in headline(diff, lang) {
        writeln!(out, "{}\n", escape(&line))?;
    }
    if let Some(impact) = &diff.impact {
        let names = statuses(lang);
        writeln!(out, "## {}\n", pick("Statut", "Status"))?;
        let heads = SHOWN.map(|status| names[status]).join(" | ");
        writeln!(out, "| {} | {heads} |\n| :-- | --: | --: | --: | --: |", pick("ancien \\ nouveau", "old \\ new"))?;
        for old in SHOWN {
            let row = SHOWN.map(|new| int(impact.status[old][new])).join(" | ");
            writeln!(out, "| {} | {row} |", names[old])?;
        }
        writeln!(out)?;
        let (_, many) = words::unit_noun(impact.basis.unit, lang);
        if impact.rules.iter().any(|rule| !rule.reasons.is_empty()) {
            writeln!(
                out,
                "## {}\n\n| {} | {} | {} | {many} | {} |\n| :-- | :-- | :-- | --: | :-- |",
                pick("Pourquoi le statut change, par règle", "Why the status changes, by rule"),
                pick("règle", "rule"),
                pick("niveau", "level"),
                pick("statut", "status"),
                pick("par", "by")
            )?;
            for rule in &impact.rules {
                for reason in &rule.reasons {
                    writeln!(
                        out,
                        "| {} | {} | {} | {} | {} |",
                        escape(&rule.id),
                        levels(rule, lang),
                        status_change(reason, lang),
                        int(reason.units),
                        escape(&lines(reason, lang))
                    )?;
                }
            }
            writeln!(out)?;
        }
        if impact.rules.iter().any(|rule| !rule.transitions.is_empty()) {
            writeln!(out, "## {}\n", pick("Verdicts qui changent, par règle", "Verdicts that change, by rule"))?;
            writeln!(
                out,
                "| {} | {} | {many} | {} |\n| :-- | :-- | --: | :-- |",
                pick("règle", "rule"),
                pick("verdict", "verdict"),
                pick("par", "by")
            )?;
            for rule in &impact.rules {
                for transition in &rule.transitions {
                    let (verdicts, lines) = (verdicts(transition, lang), lines(transition, lang));
                    writeln!(
                        out,
                        "| {} | {verdicts} | {} | {} |",
                        escape(&rule.id),
                        int(transition.units),
                        escape(&lines)
                    )?;
                }
            }
            writeln!(out)?;
        }
    }
    if !diff.header.is_empty() {
        writeln!(out, "## {}\n", pick("En-tête du pack", "Header of the pack"))?;
        for field in &diff.header {
            let line = change(field.old.as_ref(), field.new.as_ref(), lang);
            writeln!(out, "- {} — {}", escape(&field.field), escape(&line))?;
        }
        writeln!(out)?;
    }
    for rule in &diff.rules {
        let (id, title) = (escape(&rule.id).to_string(), escape(&said(&rule.title, lang)).to_string());
        writeln!(out, "## {id} ({})\n\n{title}\n", standing(rule.standing, lang))?;
        for field in &rule.fields {
            let value = match rule.standing {
                Standing::Changed => change(field.old.as_ref(), field.new.as_ref(), lang),
                _ => {
                    field.new.as_ref().or(field.old.as_ref()).map(|text| text.get(lang).to_owned()).unwrap_or_default()
                }
            };
            writeln!(out, "- {} — {} ({})", escape(&field.field), escape(&value), escape(&place(field)))?;
        }
        for one in &rule.facts {
            writeln!(out, "- {}", escape(&fact(one, lang)))?;
        }
        writeln!(out)?;
    }
    match &diff.impact {
        Some(impact) => provenance(out, &impact.basis, lang),
        None => Ok(()),
    }
}
