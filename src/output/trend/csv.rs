//! A trend as CSV: one line for each figure and date.
//!
//! Columns: `line` (`total`, `rule`, `group`, `target`, `migration`, `failing`), `date`, `since` (of a migration, the
//! earlier date; of a failure, the snapshot since which it is seen), `by` (a field, a pack), `group` (a value, a rule,
//! a target), `group_kind` (`value`, `several`, `unknown`, `absent`), `to`, `to_kind` (of a migration), `population`,
//! `n`, `share`, `pass`, `fail`, `unknown`, `not_applicable`, `waived`, `in_scope`, `rate_low`, `rate_high`. `n` is in PS on the
//! lines `migration` and `failing`. Differences are for the reader: each line stands alone.

use crate::audit::{Counts, GroupValue, Rate, Share, Trend};
use crate::diag::Lang;
use crate::output::csv::{Dialect, Lines};
use crate::output::words;
use std::io::{self, Write};

const HEADER: [&str; 19] = [
    "line",
    "date",
    "since",
    "by",
    "group",
    "group_kind",
    "to",
    "to_kind",
    "population",
    "n",
    "share",
    "pass",
    "fail",
    "unknown",
    "not_applicable",
    "waived",
    "in_scope",
    "rate_low",
    "rate_high",
];

const HEADER_FR: [&str; 19] = [
    "ligne",
    "date",
    "depuis",
    "par",
    "groupe",
    "nature du groupe",
    "vers",
    "nature de vers",
    "population",
    "effectif",
    "part",
    "conforme",
    "non conforme",
    "indéterminé",
    "sans objet",
    "sous dérogation",
    "concernés",
    "taux bas",
    "taux haut",
];

/// Writes the trend.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, trend: &Trend, dialect: Dialect) -> io::Result<()> {
    let mut lines = Lines::new(out, dialect)?;
    let header = if dialect == Dialect::Excel(Lang::Fr) { HEADER_FR } else { HEADER };
    header.into_iter().try_for_each(|name| lines.text(name))?;
    lines.end()?;
    let mut table = TrendLines { lines, dialect };
    let dates: Vec<String> = trend.snapshots.iter().map(|snapshot| snapshot.date.to_string()).collect();
    let totals: Vec<u64> = trend.at.iter().map(Counts::total).collect();
    for ((date, counts), total) in dates.iter().zip(&trend.at).zip(&totals) {
        table.counts(["total", date, "", "", "", "", "", ""], *total, counts)?;
    }
    for rule in &trend.rules {
        for ((date, counts), total) in dates.iter().zip(&rule.at).zip(&totals) {
            table.counts(["rule", date, "", &rule.pack, &rule.id, "value", "", ""], *total, counts)?;
        }
    }
    for by in &trend.by {
        for group in &by.groups {
            let (kind, text) = table.value(Some(&group.value));
            for ((date, counts), total) in dates.iter().zip(&group.at).zip(&totals) {
                if let Some(counts) = counts {
                    table.counts(["group", date, "", &by.field, &text, kind, "", ""], *total, counts)?;
                }
            }
        }
    }
    for of in &trend.targets {
        for ((date, counts), total) in dates.iter().zip(&of.at).zip(&totals) {
            table.counts(["target", date, "", &of.target.pack, &of.target.id, "value", "", ""], *total, counts)?;
        }
    }
    let Some(moves) = &trend.moves else { return Ok(()) };
    let field = moves.field.as_ref().map_or("", |(field, _)| field);
    for step in &moves.transitions {
        for (from, to, n) in &step.migration {
            let ((from_kind, from), (to_kind, to)) = (table.value(from.as_ref()), table.value(to.as_ref()));
            let texts = ["migration", &dates[step.to], &dates[step.from], field, &from, from_kind, &to, to_kind];
            table.number(texts, *n)?;
        }
    }
    for (rule, since) in trend.rules.iter().zip(&moves.failing) {
        for (date, n) in dates.iter().zip(&since.0) {
            let last = dates.last().map_or("", String::as_str);
            table.number(["failing", last, date, &rule.pack, &rule.id, "value", "", ""], *n)?;
        }
    }
    Ok(())
}

struct TrendLines<'w, W: Write> {
    lines: Lines<'w, W>,
    dialect: Dialect,
}

impl<W: Write> TrendLines<'_, W> {
    fn value(&self, value: Option<&GroupValue>) -> (&'static str, String) {
        let shown = |value: &GroupValue, stable: &str| match self.dialect {
            Dialect::Exact => stable.to_owned(),
            Dialect::Excel(lang) => words::whole_group_label(value, lang),
        };
        match value {
            None => ("absent", String::new()),
            Some(value @ GroupValue::Known { key, .. }) => ("value", shown(value, key)),
            Some(value @ GroupValue::Several) => ("several", shown(value, "plusieurs")),
            Some(value @ GroupValue::Unknown) => ("unknown", shown(value, "")),
        }
    }

    /// The first of the texts is the kind of the line, and the sixth and the last those of values.
    fn texts(&mut self, texts: [&str; 8]) -> io::Result<()> {
        let french = self.dialect == Dialect::Excel(Lang::Fr);
        for (place, text) in texts.into_iter().enumerate() {
            let text = match (text, place) {
                ("rule", 0) if french => "règle",
                ("group", 0) if french => "groupe",
                ("target", 0) if french => "cible",
                ("migration", 0) if french => "passage",
                ("failing", 0) if french => "en défaut",
                ("value", 5 | 7) if french => "valeur",
                ("several", 5 | 7) if french => "plusieurs",
                ("unknown", 5 | 7) if french => "inconnu",
                (text, _) => text,
            };
            self.lines.text(text)?;
        }
        Ok(())
    }

    fn counts(&mut self, texts: [&str; 8], population: u64, counts: &Counts) -> io::Result<()> {
        self.texts(texts)?;
        self.lines.integer(population)?;
        self.lines.integer(counts.total())?;
        self.lines.number(Share::of(counts.total(), population).map(Share::fraction))?;
        for n in [counts.pass, counts.fail, counts.unknown, counts.not_applicable, counts.waived] {
            self.lines.integer(n)?;
        }
        let Rate { low, high, in_scope } = counts.rate();
        self.lines.integer(in_scope)?;
        self.lines.number(low)?;
        self.lines.number(high)?;
        self.lines.end()
    }

    fn number(&mut self, texts: [&str; 8], n: u64) -> io::Result<()> {
        self.texts(texts)?;
        self.lines.number(None)?;
        self.lines.integer(n)?;
        (0..9).try_for_each(|_| self.lines.number(None))?;
        self.lines.end()
    }
}
