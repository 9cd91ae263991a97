//! The comparison for people, in a terminal.

use super::{change, fact, headline, levels, lines, place, status_change, statuses, verdicts};
use crate::audit::{Matrix, PackImpact, RulesDiff, Standing};
use crate::diag::Lang;
use crate::output::basis::{colon, data, label, lang_pick, paragraph, title};
use crate::output::table::{Heading, Table};
use crate::output::{Look, number, said, visible_line, words};
use std::io::{self, Write};

/// Facts of a rule, and groups, that are shown; the files have them all.
const LISTED: usize = 8;

/// Writes the comparison.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, diff: &RulesDiff, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let heading = lang_pick(lang, "Comparaison de packs", "Comparison of packs");
    writeln!(out, "{}", look.bold(heading))?;
    for (name, pack) in [(("ancien", "old"), &diff.old), (("nouveau", "new"), &diff.new)] {
        let line =
            format!("{} {} ({}), socle {}", pack.id, pack.edition.version, pack.title.get(lang), pack.socle.version);
        label(out, look, name, &visible_line(&line))?;
    }
    if let Some(impact) = &diff.impact {
        let date = number::date(impact.basis.as_of, lang);
        label(out, look, ("au", "as of"), &date)?;
        for input in &impact.basis.inputs {
            label(out, look, ("inventaire", "inventory"), &visible_line(&input.name))?;
        }
    }
    writeln!(out)?;
    for line in headline(diff, lang) {
        paragraph(out, look, "", &line)?;
    }
    if let Some(impact) = &diff.impact {
        status(out, impact, look)?;
        reasons(out, impact, look)?;
        by_rule(out, impact, look)?;
        groups(out, impact, look)?;
    }
    if !diff.header.is_empty() {
        title(out, look, lang_pick(lang, "En-tête du pack", "Header of the pack"))?;
        for field in &diff.header {
            let line = change(field.old.as_ref(), field.new.as_ref(), lang);
            paragraph(out, look, &format!("  {}{} ", field.field, colon(lang)), &line)?;
        }
    }
    rules(out, diff, look)?;
    match &diff.impact {
        Some(impact) => data(out, &impact.basis, look),
        None => Ok(()),
    }
}

fn rules(out: &mut impl Write, diff: &RulesDiff, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let titles = [
        (Standing::Added, "Règles ajoutées", "Rules added"),
        (Standing::Removed, "Règles retirées", "Rules removed"),
        (Standing::Changed, "Règles changées", "Rules changed"),
    ];
    for (wanted, fr, en) in titles {
        let mut found = diff.rules.iter().filter(|rule| rule.standing == wanted).peekable();
        if found.peek().is_none() {
            continue;
        }
        title(out, look, lang_pick(lang, fr, en))?;
        for rule in found {
            writeln!(out, "{}  {}", look.bold(&rule.id), said(&rule.title, lang))?;
            for field in &rule.fields {
                // Of a rule of one pack alone: what it asks, of whom, and how hard; its page has the rest.
                let telling =
                    ["level", "since", "until", "scope"].contains(&&*field.field) || field.field.ends_with(".that");
                if wanted != Standing::Changed && !telling {
                    continue;
                }
                let value = if wanted == Standing::Changed {
                    change(field.old.as_ref(), field.new.as_ref(), lang)
                } else {
                    let text = field.new.as_ref().or(field.old.as_ref());
                    text.map(|text| visible_line(text.get(lang)).into_owned()).unwrap_or_default()
                };
                paragraph(out, look, &format!("  {}{} ", field.field, colon(lang)), &value)?;
                if wanted == Standing::Changed {
                    paragraph(out, look, "    ", &place(field))?;
                }
            }
            for one in rule.facts.iter().take(LISTED) {
                paragraph(
                    out,
                    look,
                    lang_pick(lang, "  fait du socle\u{a0}: ", "  fact of the socle: "),
                    &fact(one, lang),
                )?;
            }
            let hidden = rule.facts.len().saturating_sub(LISTED);
            if hidden > 0 {
                let line = match lang {
                    Lang::Fr => format!("{hidden} faits de plus dans les sorties csv et json"),
                    Lang::En => format!("{hidden} more facts in the csv and json outputs"),
                };
                paragraph(out, look, "  ", &line)?;
            }
        }
    }
    Ok(())
}

/// The matrix: old status by line, new status by column.
fn status(out: &mut impl Write, impact: &PackImpact, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let names = statuses(lang);
    title(
        out,
        look,
        lang_pick(
            lang,
            "Statut : de l'ancien (lignes) au nouveau (colonnes)",
            "Status: from the old (lines) to the new (columns)",
        ),
    )?;
    let mut heads = vec![Heading::text("")];
    heads.extend(super::SHOWN.map(|status| Heading::number(names[status])));
    heads.push(Heading::number("total"));
    let mut table = Table::new(heads);
    let int = |n| number::integer(n, lang);
    for old in super::SHOWN {
        let row = &impact.status[old];
        let mut line = vec![names[old].to_owned()];
        line.extend(super::SHOWN.map(|new| int(row[new])));
        line.push(int(row.iter().sum()));
        table.push(line);
    }
    let mut line = vec!["total".to_owned()];
    line.extend(super::SHOWN.map(|new| int(impact.status.iter().map(|row| row[new]).sum())));
    line.push(int(impact.status.iter().flatten().sum()));
    table.push(line);
    write!(out, "{}", table.draw(look))
}

/// Which rules bring the changes of status.
fn reasons(out: &mut impl Write, impact: &PackImpact, look: &Look) -> io::Result<()> {
    if impact.rules.iter().all(|rule| rule.reasons.is_empty()) {
        return Ok(());
    }
    let lang = look.lang;
    let pick = |fr, en| lang_pick(lang, fr, en);
    let (_, many) = words::unit_noun(impact.basis.unit, lang);
    title(
        out,
        look,
        pick(
            "Pourquoi le statut change, par règle (plusieurs peuvent valoir pour un même changement)",
            "Why the status changes, by rule (several may hold for one change)",
        ),
    )?;
    let mut table = Table::new(vec![
        Heading::text(pick("règle", "rule")),
        Heading::text(pick("niveau", "level")),
        Heading::text(pick("statut", "status")),
        Heading::number(many),
        Heading::text(pick("par", "by")).optional(1),
    ]);
    for rule in &impact.rules {
        for (number, reason) in rule.reasons.iter().enumerate() {
            let first = number == 0;
            table.push(vec![
                if first { rule.id.clone() } else { String::new() },
                if first { levels(rule, lang) } else { String::new() },
                status_change(reason, lang),
                number::integer(reason.units, lang),
                lines(reason, lang),
            ]);
        }
    }
    write!(out, "{}", table.draw(look))
}

fn by_rule(out: &mut impl Write, impact: &PackImpact, look: &Look) -> io::Result<()> {
    if impact.rules.iter().all(|rule| rule.transitions.is_empty()) {
        return Ok(());
    }
    let lang = look.lang;
    let pick = |fr, en| lang_pick(lang, fr, en);
    let (_, many) = words::unit_noun(impact.basis.unit, lang);
    title(out, look, pick("Verdicts qui changent, par règle", "Verdicts that change, by rule"))?;
    let mut table = Table::new(vec![
        Heading::text(pick("règle", "rule")),
        Heading::text(pick("niveau", "level")).optional(1),
        Heading::text(pick("verdict", "verdict")),
        Heading::number(many),
        Heading::text(pick("par", "by")),
    ]);
    for rule in &impact.rules {
        let level = levels(rule, lang);
        for (number, transition) in rule.transitions.iter().enumerate() {
            let first = number == 0;
            table.push(vec![
                if first { rule.id.clone() } else { String::new() },
                if first { level.clone() } else { String::new() },
                verdicts(transition, lang),
                number::integer(transition.units, lang),
                lines(transition, lang),
            ]);
        }
    }
    write!(out, "{}", table.draw(look))
}

fn groups(out: &mut impl Write, impact: &PackImpact, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let pick = |fr, en| lang_pick(lang, fr, en);
    for (_, name, groups) in &impact.by {
        title(out, look, &format!("{} {}", pick("Par", "By"), name.get(lang)))?;
        let mut table = Table::new(vec![
            Heading::text(name.get(lang)),
            Heading::number("population"),
            Heading::number(pick("à jour, ancien", "up to date, old")),
            Heading::number(pick("à jour, nouveau", "up to date, new")),
            Heading::number(pick("changent de statut", "change status")),
        ]);
        for group in groups.iter().take(30) {
            let status: &Matrix = &group.status;
            let int = |n| number::integer(n, lang);
            let moved: u64 = (0..4)
                .flat_map(|old| (0..4).filter(move |new| old != *new).map(move |new| (old, new)))
                .map(|(old, new)| status[old][new])
                .sum();
            table.push(vec![
                words::group_label(&group.value, lang),
                int(status.iter().flatten().sum()),
                int(status[1].iter().sum()),
                int(status.iter().map(|row| row[1]).sum()),
                int(moved),
            ]);
        }
        write!(out, "{}", table.draw(look))?;
    }
    Ok(())
}
