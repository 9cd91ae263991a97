//! A trend for people, in a terminal.

use super::{grid, headline, transition};
use crate::audit::Trend;
use crate::output::basis::{data, heading, label, lang_pick, paragraph, title};
use crate::output::typography::typographic;
use crate::output::{Look, measure, number, visible_line};
use std::io::{self, Write};

/// Writes the trend.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, trend: &Trend, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let dates: Vec<String> = trend.snapshots.iter().map(|snapshot| number::date(snapshot.date, lang)).collect();
    let (first, last) = (dates.first().cloned().unwrap_or_default(), dates.last().cloned().unwrap_or_default());
    let name = match lang_pick(lang, "fr", "en") {
        "fr" => format!("Évolution du {first} au {last}"),
        _ => format!("Trend from {first} to {last}"),
    };
    heading(out, &name, &trend.basis, look)?;
    label(out, look, ("mesure", "measure"), &measure::told(&trend.measure, lang))?;
    writeln!(out)?;
    paragraph(out, look, "", &look.bold(&typographic(&headline(trend, lang), lang)))?;
    title(out, look, lang_pick(lang, "Par date", "By date"))?;
    write!(out, "{}", grid::by_date(trend, lang).table().draw(look))?;
    if !trend.rules.is_empty() {
        title(out, look, lang_pick(lang, "Règles, taux à chaque date", "Rules, rate at each date"))?;
        write!(out, "{}", grid::rules(trend, lang).table().draw(look))?;
    }
    for by in &trend.by {
        let name = visible_line(by.label.get(lang)).into_owned();
        let (open, colon) = (lang_pick(lang, "Par", "By"), lang_pick(lang, "\u{a0}:", ":"));
        title(
            out,
            look,
            &format!("{open} {name}{colon} {}", lang_pick(lang, "part à chaque date", "share at each date")),
        )?;
        write!(out, "{}", grid::shares(trend, by, lang).table().draw(look))?;
        title(
            out,
            look,
            &format!("{open} {name}{colon} {}", lang_pick(lang, "taux à chaque date", "rate at each date")),
        )?;
        write!(out, "{}", grid::rates(trend, by, lang).table().draw(look))?;
    }
    if let Some(moves) = &trend.moves {
        title(out, look, lang_pick(lang, "Qui a changé", "Who changed"))?;
        for step in &moves.transitions {
            paragraph(out, look, "  ", &typographic(&transition(step, trend, lang), lang))?;
        }
        if let Some(grid) = grid::migration(moves, lang) {
            title(
                out,
                look,
                lang_pick(lang, "Passages, du premier relevé au dernier", "Moves, from the first snapshot to the last"),
            )?;
            write!(out, "{}", grid.table().draw(look))?;
        }
        if let Some(grid) = grid::failing(trend, moves, lang) {
            title(out, look, lang_pick(lang, "En défaut, vus depuis", "Failing, seen since"))?;
            write!(out, "{}", grid.table().draw(look))?;
        }
    }
    let targets: Vec<_> = trend.targets.iter().map(|of| of.target.clone()).collect();
    crate::output::targets::text(out, &targets, trend.basis.unit, look)?;
    data(out, &trend.basis, look)
}
