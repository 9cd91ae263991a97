//! Rates for people, in a terminal: the rate of all, then the groups.

use super::grid::{self, Shown};
use super::headline;
use crate::audit::Rates;
use crate::diag::Lang;
use crate::output::basis::{colon, data, heading, label, lang_pick, paragraph, title};
use crate::output::typography::typographic;
use crate::output::{Look, measure, number, said, visible_line};
use anstyle::AnsiColor;
use std::io::{self, Write};

/// Values of the second field across which a cross table is drawn when no width is known.
const ACROSS: usize = 8;

/// Writes the rates.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, rates: &Rates, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let date = number::date(rates.basis.as_of, lang);
    heading(out, &format!("{} {date}", lang_pick(lang, "Taux au", "Rates as of")), &rates.basis, look)?;
    label(out, look, ("mesure", "measure"), &measure::told(&rates.measure, lang))?;
    if let Some(threshold) = rates.threshold {
        let n = number::integer(threshold, lang);
        let line = match lang {
            Lang::Fr => format!("groupes de moins de {n} masqués, et d'autres pour qu'ils ne se déduisent pas"),
            Lang::En => format!("groups under {n} are hidden, with others so that they cannot be deduced"),
        };
        label(out, look, ("publié", "published"), &line)?;
    }
    writeln!(out)?;
    paragraph(out, look, "", &look.bold(&typographic(&headline(rates, lang), lang)))?;
    let names: Vec<String> = rates.by.iter().map(|by| visible_line(by.label.get(lang)).into_owned()).collect();
    let by = format!("{} {}", lang_pick(lang, "Par", "By"), names.join(lang_pick(lang, " et ", " and ")));
    if crosses(rates, look) {
        let shown = [
            (Shown::Composition, lang_pick(lang, "effectif et part de la ligne", "units and share of the line")),
            (Shown::Rate, lang_pick(lang, "taux", "rate")),
        ];
        // Where no rate may be published, their table would be empty.
        let rates_shown = rates.cells.iter().any(|cell| cell.figures.rate().is_some());
        for (shown, what) in shown.into_iter().filter(|(shown, _)| rates_shown || *shown == Shown::Composition) {
            title(out, look, &format!("{by}{} {what}", colon(lang)))?;
            write!(out, "{}", grid::cross(rates, shown, lang).table().draw(look))?;
        }
    } else {
        title(out, look, &by)?;
        let narrow = look.width.is_some_and(|width| width < 130);
        write!(out, "{}", grid::long(rates, lang, narrow).table().draw(look))?;
    }
    if let Some(beside) = grid::beside(rates, lang, look.width.is_some_and(|width| width < 130)) {
        title(out, look, lang_pick(lang, "Mesures côte à côte", "Measures side by side"))?;
        write!(out, "{}", beside.table().draw(look))?;
    }
    market(out, rates, look)?;
    missing(out, rates, look)?;
    crate::output::targets::text(out, &rates.targets, rates.basis.unit, look)?;
    data(out, &rates.basis, look)?;
    let Some(closed) = &rates.closed else { return Ok(()) };
    writeln!(out)?;
    let line = format!("{}{} {}", lang_pick(lang, "refusé", "refused"), colon(lang), said(&closed.reason, lang));
    paragraph(out, look, "", &look.colored(AnsiColor::Red, &line))
}

/// Whether two fields fit in a cross table.
fn crosses(rates: &Rates, look: &Look) -> bool {
    if rates.by.len() != 2 {
        return false;
    }
    match look.width {
        None => rates.subtotals.iter().filter(|cell| cell.key[1] != crate::audit::Member::All).count() <= ACROSS,
        Some(width) => {
            let fits = |shown| grid::cross(rates, shown, look.lang).table().width() <= width;
            fits(Shown::Composition) && fits(Shown::Rate)
        }
    }
}

fn market(out: &mut impl Write, rates: &Rates, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let lines = grid::market(rates, lang);
    if lines.is_empty() {
        return Ok(());
    }
    title(out, look, lang_pick(lang, "Marché", "Market"))?;
    for (name, value) in lines {
        paragraph(out, look, "  ", &format!("{name}{} {}", colon(lang), typographic(&value, lang)))?;
    }
    if let Some(grid) = grid::presence(rates, lang, false) {
        write!(out, "{}", grid.table().draw(look))?;
    }
    Ok(())
}

/// Fields that no column gives.
fn missing(out: &mut impl Write, rates: &Rates, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let mut missing = rates.basis.data.iter().filter(|finding| finding.code == "inventory/missing-column").peekable();
    if missing.peek().is_some() {
        title(out, look, lang_pick(lang, "Colonnes absentes", "Missing columns"))?;
    }
    missing.try_for_each(|finding| paragraph(out, look, "  ", &said(&finding.message, lang)))
}
