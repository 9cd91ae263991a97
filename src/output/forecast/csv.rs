//! The forecast as CSV, one line a date and a group.
//!
//! Columns: `date`, `by`, `group` (both empty: the whole population), `population`, `up_to_date`,
//! `obsolete`, `undetermined`, `not_applicable`, `rate_low`, `rate_high`, `ends` (the rules whose counts
//! change on that date, with the rows of tables behind it). The first date is that of the judgement.

use super::group_label;
use crate::audit::{Forecast, GroupValue, StatusCounts, Step};
use crate::diag::Lang;
use crate::output::csv::{Dialect, Lines};
use std::io::{self, Write};

/// Writes the forecast.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, forecast: &Forecast, dialect: Dialect) -> io::Result<()> {
    let mut lines = Lines::new(out, dialect)?;
    for name in headings(dialect) {
        lines.text(name)?;
    }
    lines.end()?;
    let first = forecast.basis.as_of.to_string();
    let steps = forecast.steps.iter().map(|step| (step.date.to_string(), &step.status, ends(step, dialect)));
    for (date, status, ends) in std::iter::once((first.clone(), &forecast.now, String::new())).chain(steps) {
        line(&mut lines, &date, ("", ""), status, &ends)?;
    }
    for breakdown in &forecast.by {
        for group in &breakdown.groups {
            let name = match (dialect, &group.value) {
                (Dialect::Excel(lang), value) => group_label(value, lang),
                (Dialect::Exact, GroupValue::Known { key, .. }) => key.clone(),
                (Dialect::Exact, GroupValue::Several) => "plusieurs".to_owned(),
                (Dialect::Exact, GroupValue::Unknown) => String::new(),
            };
            let dates = std::iter::once(first.clone()).chain(forecast.steps.iter().map(|step| step.date.to_string()));
            for (date, status) in dates.zip(std::iter::once(&group.now).chain(&group.steps)) {
                line(&mut lines, &date, (&breakdown.field, &name), status, "")?;
            }
        }
    }
    Ok(())
}

fn headings(dialect: Dialect) -> [&'static str; 11] {
    match dialect {
        Dialect::Exact | Dialect::Excel(Lang::En) => [
            "date",
            "by",
            "group",
            "population",
            "up_to_date",
            "obsolete",
            "undetermined",
            "not_applicable",
            "rate_low",
            "rate_high",
            "ends",
        ],
        Dialect::Excel(Lang::Fr) => [
            "date",
            "coupe",
            "groupe",
            "population",
            "à jour",
            "obsolètes",
            "indéterminés",
            "sans objet",
            "taux bas",
            "taux haut",
            "ce qui prend fin",
        ],
    }
}

fn line<W: Write>(
    lines: &mut Lines<'_, W>,
    date: &str,
    (by, group): (&str, &str),
    status: &StatusCounts,
    ends: &str,
) -> io::Result<()> {
    for text in [date, by, group] {
        lines.text(text)?;
    }
    for n in [status.total(), status.up_to_date, status.obsolete, status.undetermined, status.not_applicable] {
        lines.integer(n)?;
    }
    let rate = status.rate();
    lines.number(rate.low)?;
    lines.number(rate.high)?;
    lines.text(ends)?;
    lines.end()
}

fn ends(step: &Step, dialect: Dialect) -> String {
    if let Dialect::Excel(lang) = dialect {
        return super::what_ends(step, lang);
    }
    let rules = step.rules.iter().map(|rule| {
        let rows: Vec<&str> = rule.ends.iter().map(|end| end.row.as_str()).collect();
        if rows.is_empty() { rule.id.clone() } else { format!("{}: {}", rule.id, rows.join(", ")) }
    });
    rules.collect::<Vec<_>>().join("; ")
}
