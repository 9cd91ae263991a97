//! Rates as Markdown.

use super::{grid, headline};
use crate::audit::Rates;
use crate::diag::Lang;
use crate::output::markdown::{escape, findings, provenance};
use crate::output::typography::typographic;
use crate::output::{measure, number, said};
use std::io::{self, Write};

/// Writes the rates.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, rates: &Rates, lang: Lang) -> io::Result<()> {
    let fr = lang == Lang::Fr;
    let date = number::date(rates.basis.as_of, lang);
    let colon = if fr { "\u{a0}:" } else { ":" };
    writeln!(out, "# {} {date}\n", if fr { "Taux au" } else { "Rates as of" })?;
    if let Some(closed) = &rates.closed {
        let word = if fr { "refusé" } else { "refused" };
        writeln!(out, "**{word}{colon} {}**\n", escape(&said(&closed.reason, lang)))?;
    }
    writeln!(
        out,
        "{}{colon} {}\n",
        if fr { "Mesure" } else { "Measure" },
        escape(&measure::told(&rates.measure, lang))
    )?;
    writeln!(out, "**{}**\n", typographic(&headline(rates, lang), lang))?;
    grid::long(rates, lang, false).markdown(out)?;
    if let Some(beside) = grid::beside(rates, lang, false) {
        writeln!(out, "\n## {}\n", if fr { "Mesures côte à côte" } else { "Measures side by side" })?;
        beside.markdown(out)?;
    }
    let lines = grid::market(rates, lang);
    if !lines.is_empty() {
        writeln!(out, "\n## {}\n", if fr { "Marché" } else { "Market" })?;
        for (name, value) in lines {
            writeln!(out, "- {}{colon} {}", escape(&name), typographic(&escape(&value), lang))?;
        }
        if let Some(grid) = grid::presence(rates, lang, false) {
            writeln!(out)?;
            grid.markdown(out)?;
        }
    }
    findings(out, &rates.basis, lang)?;
    crate::output::targets::markdown(out, &rates.targets, rates.basis.unit, lang)?;
    provenance(out, &rates.basis, lang)
}
