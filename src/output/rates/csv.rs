//! Rates as CSV: one line a group, then the subtotals, then the whole; then the same of the measure beside, by the first field.
//!
//! Columns: `line` (`cell`, `subtotal`, `total`, `beside`, `beside_total`), `by`, `group`, `group_kind` (`value`, `several`, `others`,
//! `unknown`, `all`), the same for the second field, `n`, `share`, `share_of_group`, `cumulative`,
//! `cumulative_of_group`, `pass`, `fail`, `unknown`, `not_applicable`, `in_scope`, `rate_low`, `rate_high`,
//! `suppressed`. What is not to be published is empty.

use super::{member, stable};
use crate::audit::{Counts, Figures, Member, Rates};
use crate::diag::Lang;
use crate::output::csv::{Dialect, Lines};
use std::io::{self, Write};

const HEADER: [&str; 20] = [
    "line",
    "by",
    "group",
    "group_kind",
    "by_2",
    "group_2",
    "group_2_kind",
    "n",
    "share",
    "share_of_group",
    "cumulative",
    "cumulative_of_group",
    "pass",
    "fail",
    "unknown",
    "not_applicable",
    "in_scope",
    "rate_low",
    "rate_high",
    "suppressed",
];

const HEADER_FR: [&str; 20] = [
    "ligne",
    "par",
    "groupe",
    "nature du groupe",
    "par (2)",
    "groupe (2)",
    "nature du groupe (2)",
    "effectif",
    "part",
    "part du groupe",
    "ce niveau et plus",
    "ce niveau et plus, dans le groupe",
    "conforme",
    "non conforme",
    "indéterminé",
    "sans objet",
    "concernés",
    "taux bas",
    "taux haut",
    "masqué",
];

/// Writes the rates.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, rates: &Rates, dialect: Dialect) -> io::Result<()> {
    let mut lines = Lines::new(out, dialect)?;
    let header = match dialect {
        Dialect::Excel(Lang::Fr) => HEADER_FR,
        _ => HEADER,
    };
    for name in header {
        lines.text(name)?;
    }
    lines.end()?;
    let mut table = RateLines { lines, rates, dialect };
    for cell in &rates.cells {
        table.line(("cell", "groupe"), &cell.key, &cell.figures)?;
    }
    for cell in &rates.subtotals {
        table.line(("subtotal", "sous-total"), &cell.key, &cell.figures)?;
    }
    let all = vec![Member::All; rates.by.len()];
    table.line(("total", "total"), &all, &rates.total)?;
    let Some(beside) = &rates.beside else { return Ok(()) };
    let figures = |counts: &Counts| {
        let Counts { pass, fail, unknown, not_applicable, .. } = counts;
        Figures { n: Some(pass + fail + unknown + not_applicable), counts: Some(*counts), ..Figures::default() }
    };
    for (member, _, counts) in &beside.groups {
        table.line(("beside", "à côté"), std::slice::from_ref(member), &figures(counts))?;
    }
    table.line(("beside_total", "à côté, total"), &all, &figures(&beside.total.1))
}

struct RateLines<'w, W: Write> {
    lines: Lines<'w, W>,
    rates: &'w Rates,
    dialect: Dialect,
}

impl<W: Write> RateLines<'_, W> {
    fn line(&mut self, kind: (&str, &str), key: &[Member], figures: &Figures) -> io::Result<()> {
        self.lines.text(if matches!(self.dialect, Dialect::Excel(Lang::Fr)) { kind.1 } else { kind.0 })?;
        for number in 0..2 {
            let (Some(of), Some(by)) = (key.get(number), self.rates.by.get(number)) else {
                for _ in 0..3 {
                    self.lines.text("")?;
                }
                continue;
            };
            match self.dialect {
                Dialect::Exact => {
                    let (kind, value) = stable(of);
                    self.lines.text(&by.field)?;
                    self.lines.text(value.unwrap_or_default())?;
                    self.lines.text(kind)?;
                }
                Dialect::Excel(lang) => {
                    self.lines.text(by.label.get(lang))?;
                    self.lines.text(&member(of, lang))?;
                    self.lines.text(kind_for_people(of, lang))?;
                }
            }
        }
        self.count(figures.n)?;
        for share in [figures.share, figures.share_of_group, figures.cumulative, figures.cumulative_of_group] {
            self.lines.number(share.map(|share| share.fraction()))?;
        }
        let counts = figures
            .counts
            .map(|Counts { pass, fail, unknown, not_applicable, .. }| [pass, fail, unknown, not_applicable]);
        for place in 0..4 {
            self.count(counts.map(|counts| counts[place]))?;
        }
        let rate = figures.rate();
        self.count(rate.map(|rate| rate.in_scope))?;
        self.lines.number(rate.and_then(|rate| rate.low))?;
        self.lines.number(rate.and_then(|rate| rate.high))?;
        self.lines.text(match (figures.suppressed(), self.dialect) {
            (false, Dialect::Exact) => "false",
            (true, Dialect::Exact) => "true",
            (false, Dialect::Excel(Lang::Fr)) => "non",
            (true, Dialect::Excel(Lang::Fr)) => "oui",
            (false, Dialect::Excel(Lang::En)) => "no",
            (true, Dialect::Excel(Lang::En)) => "yes",
        })?;
        self.lines.end()
    }

    fn count(&mut self, n: Option<u64>) -> io::Result<()> {
        match n {
            Some(n) => self.lines.integer(n),
            None => self.lines.number(None),
        }
    }
}

fn kind_for_people(of: &Member, lang: Lang) -> &'static str {
    match (stable(of).0, lang) {
        ("value", Lang::Fr) => "valeur",
        ("several", Lang::Fr) => "plusieurs",
        ("others", Lang::Fr) => "autres",
        ("unknown", Lang::Fr) => "inconnu",
        ("all", Lang::Fr) => "ensemble",
        (kind, _) => kind,
    }
}
