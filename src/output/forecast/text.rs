//! The forecast for people, in a terminal: what comes, when, and how much.

use super::{group_label, headline, months_note, signed, what_ends};
use crate::audit::{Forecast, ForecastBreakdown, StatusCounts};
use crate::diag::Lang;
use crate::output::basis::{data, heading, label, lang_pick, paragraph, title};
use crate::output::table::{Heading, Table};
use crate::output::{Look, number};
use std::io::{self, Write};

/// Cells of a whole bar.
const BAR: usize = 20;

/// Groups shown; the files have them all.
const GROUPS: usize = 30;

/// Writes the forecast.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, forecast: &Forecast, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let (first, last) = (number::date(forecast.basis.as_of, lang), number::date(forecast.until, lang));
    let what = match lang {
        Lang::Fr => format!("Prévision du {first} au {last}"),
        Lang::En => format!("Forecast from {first} to {last}"),
    };
    heading(out, &what, &forecast.basis, look)?;
    if let Some(note) = months_note(forecast, lang) {
        label(out, look, ("dates", "dates"), note)?;
    }
    writeln!(out)?;
    paragraph(out, look, "", &headline(forecast, lang))?;
    calendar(out, forecast, look)?;
    for breakdown in &forecast.by {
        groups(out, forecast, breakdown, look)?;
    }
    data(out, &forecast.basis, look)
}

fn calendar(out: &mut impl Write, forecast: &Forecast, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    writeln!(out)?;
    if forecast.steps.is_empty() {
        return paragraph(
            out,
            look,
            "",
            lang_pick(
                lang,
                "Rien ne prend fin d'ici là pour cette population.",
                "Nothing ends by then for this population.",
            ),
        );
    }
    let mut table = Table::new(vec![
        Heading::text(lang_pick(lang, "date", "date")),
        Heading::text(lang_pick(lang, "ce qui prend fin", "what ends")),
        Heading::number(lang_pick(lang, "de plus", "more")),
        Heading::number(lang_pick(lang, "obsolètes", "obsolete")),
        Heading::number(lang_pick(lang, "part", "share")),
        Heading::text("").optional(1),
    ]);
    let mut line = |date: String, ends: String, more: String, status: &StatusCounts| {
        let (n, total) = (status.obsolete, status.total());
        table.push(vec![
            date,
            ends,
            more,
            format!("{} / {}", number::integer(n, lang), number::integer(total, lang)),
            number::percent(n, total, lang),
            bar(n, total, look),
        ]);
    };
    line(forecast.basis.as_of.to_string(), String::new(), String::new(), &forecast.now);
    for step in &forecast.steps {
        line(step.date.to_string(), what_ends(step, lang), signed(step.more_obsolete, lang), &step.status);
    }
    write!(out, "{}", table.draw(look))
}

/// A share as a bar: at least one cell when there is one, never whole when there is one left.
fn bar(n: u64, total: u64, look: &Look) -> String {
    if total == 0 {
        return String::new();
    }
    let cells = (u128::from(n) * BAR as u128).div_ceil(u128::from(total)) as usize;
    let cells = if n < total { cells.min(BAR - 1) } else { BAR };
    let (full, empty) = if look.unicode { ("█", "░") } else { ("#", ".") };
    format!("{}{}", full.repeat(cells), empty.repeat(BAR - cells))
}

/// A breakdown: a line a group, its obsolete today and at the end of each year.
fn groups(out: &mut impl Write, forecast: &Forecast, breakdown: &ForecastBreakdown, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let name = breakdown.label.get(lang);
    title(
        out,
        look,
        &match lang {
            Lang::Fr => format!("Obsolètes par {name}"),
            Lang::En => format!("Obsolete by {name}"),
        },
    )?;
    let last = number::date(forecast.until, lang);
    let (now, then) = match lang {
        Lang::Fr => ("au départ".to_owned(), format!("au {last}")),
        Lang::En => ("at the start".to_owned(), format!("on {last}")),
    };
    let mut table = Table::new(vec![
        Heading::text(name),
        Heading::number(lang_pick(lang, "population", "population")),
        Heading::number(now),
        Heading::number(then),
        Heading::number(lang_pick(lang, "part", "share")),
    ]);
    for group in breakdown.groups.iter().take(GROUPS) {
        let then = group.steps.last().unwrap_or(&group.now).obsolete;
        table.push(vec![
            group_label(&group.value, lang),
            number::integer(group.population, lang),
            number::integer(group.now.obsolete, lang),
            number::integer(then, lang),
            number::percent(then, group.population, lang),
        ]);
    }
    write!(out, "{}", table.draw(look))?;
    let hidden = breakdown.groups.len().saturating_sub(GROUPS);
    if hidden > 0 {
        let line = match lang {
            Lang::Fr => format!("{hidden} groupes de plus dans les sorties csv et json"),
            Lang::En => format!("{hidden} more groups in the csv and json outputs"),
        };
        paragraph(out, look, "", &line)?;
    }
    Ok(())
}
