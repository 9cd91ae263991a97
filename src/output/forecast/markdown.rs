//! The forecast as Markdown; every text that is not ours is escaped.

use super::{group_label, headline, months_note, signed, what_ends};
use crate::audit::{Forecast, StatusCounts};
use crate::diag::Lang;
use crate::output::markdown::{escape, provenance};
use crate::output::number;
use std::io::{self, Write};

/// Writes the forecast.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, forecast: &Forecast, lang: Lang) -> io::Result<()> {
    let fr = lang == Lang::Fr;
    let (first, last) = (number::date(forecast.basis.as_of, lang), number::date(forecast.until, lang));
    let title =
        if fr { format!("Prévision du {first} au {last}") } else { format!("Forecast from {first} to {last}") };
    writeln!(out, "# {title}\n\n**{}**\n", escape(&headline(forecast, lang)))?;
    writeln!(
        out,
        "{}",
        match fr {
            true => "| date | ce qui prend fin | de plus | obsolètes | part |",
            false => "| date | what ends | more | obsolete | share |",
        }
    )?;
    writeln!(out, "| :-- | :-- | --: | --: | --: |")?;
    let mut line = |date: String, ends: String, more: String, status: &StatusCounts| {
        let (n, total) = (status.obsolete, status.total());
        let of = format!("{} / {}", number::integer(n, lang), number::integer(total, lang));
        writeln!(out, "| {date} | {} | {more} | {of} | {} |", escape(&ends), number::percent(n, total, lang))
    };
    line(forecast.basis.as_of.to_string(), String::new(), String::new(), &forecast.now)?;
    for step in &forecast.steps {
        line(step.date.to_string(), what_ends(step, lang), signed(step.more_obsolete, lang), &step.status)?;
    }
    for breakdown in &forecast.by {
        let label = escape(breakdown.label.get(lang));
        writeln!(out, "\n## {} {label}\n", if fr { "Obsolètes par" } else { "Obsolete by" })?;
        writeln!(out, "| {label} | population | {} | {} |", if fr { "au départ" } else { "at the start" }, last)?;
        writeln!(out, "| :-- | --: | --: | --: |")?;
        for group in &breakdown.groups {
            let then = group.steps.last().unwrap_or(&group.now).obsolete;
            let int = |n| number::integer(n, lang);
            let name = escape(&group_label(&group.value, lang));
            writeln!(out, "| {name} | {} | {} | {} |", int(group.population), int(group.now.obsolete), int(then))?;
        }
    }
    if let Some(note) = months_note(forecast, lang) {
        writeln!(out, "\n{note}")?;
    }
    provenance(out, &forecast.basis, lang)
}
