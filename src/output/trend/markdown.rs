//! A trend as Markdown.

use super::{grid, headline, transition};
use crate::audit::Trend;
use crate::diag::Lang;
use crate::output::basis::lang_pick;
use crate::output::grid::Grid;
use crate::output::markdown::{escape, findings, provenance};
use crate::output::typography::typographic;
use crate::output::{measure, number};
use std::io::{self, Write};

/// Writes the trend.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, trend: &Trend, lang: Lang) -> io::Result<()> {
    let dates: Vec<String> = trend.snapshots.iter().map(|snapshot| number::date(snapshot.date, lang)).collect();
    let (first, last) = (dates.first().cloned().unwrap_or_default(), dates.last().cloned().unwrap_or_default());
    match lang {
        Lang::Fr => writeln!(out, "# Évolution du {first} au {last}\n")?,
        Lang::En => writeln!(out, "# Trend from {first} to {last}\n")?,
    }
    let colon = lang_pick(lang, "\u{a0}:", ":");
    writeln!(
        out,
        "{}{colon} {}\n",
        lang_pick(lang, "Mesure", "Measure"),
        escape(&measure::told(&trend.measure, lang))
    )?;
    writeln!(out, "**{}**\n", typographic(&headline(trend, lang), lang))?;
    grid::by_date(trend, lang).markdown(out)?;
    let section = |out: &mut dyn Write, name: &str, grid: Grid| -> io::Result<()> {
        writeln!(out, "\n## {}\n", escape(name))?;
        grid.markdown(&mut &mut *out)
    };
    if !trend.rules.is_empty() {
        section(
            out,
            lang_pick(lang, "Règles, taux à chaque date", "Rules, rate at each date"),
            grid::rules(trend, lang),
        )?;
    }
    for by in &trend.by {
        let name = format!("{} {}", lang_pick(lang, "Par", "By"), by.label.get(lang));
        let what = lang_pick(lang, "part à chaque date", "share at each date");
        section(out, &format!("{name}{colon} {what}"), grid::shares(trend, by, lang))?;
        let what = lang_pick(lang, "taux à chaque date", "rate at each date");
        section(out, &format!("{name}{colon} {what}"), grid::rates(trend, by, lang))?;
    }
    if let Some(moves) = &trend.moves {
        writeln!(out, "\n## {}\n", lang_pick(lang, "Qui a changé", "Who changed"))?;
        for step in &moves.transitions {
            writeln!(out, "- {}", typographic(&transition(step, trend, lang), lang))?;
        }
        if let Some(grid) = grid::migration(moves, lang) {
            section(
                out,
                lang_pick(lang, "Passages, du premier relevé au dernier", "Moves, from the first snapshot to the last"),
                grid,
            )?;
        }
        if let Some(grid) = grid::failing(trend, moves, lang) {
            section(out, lang_pick(lang, "En défaut, vus depuis", "Failing, seen since"), grid)?;
        }
    }
    findings(out, &trend.basis, lang)?;
    let targets: Vec<_> = trend.targets.iter().map(|of| of.target.clone()).collect();
    crate::output::targets::markdown(out, &targets, trend.basis.unit, lang)?;
    provenance(out, &trend.basis, lang)
}
