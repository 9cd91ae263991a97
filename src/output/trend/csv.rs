//! A trend as CSV: one line for each figure and date.
//!
//! Columns: `line` (`total`, `rule`, `group`, `target`, `pace` of a target, `presence`, `status`, `migration`, `failing`),
//! `date`, `since` (of what happened between two dates, the earlier one; of a failure, the snapshot in which it was first
//! seen), `by` (a field, a pack), `group` (a value, a rule, a target; of a presence `both`, `arrived`, `left`,
//! `became_up_to_date`, `fell_back`; of a status, the earlier one), `group_kind` (`value`, `several`, `unknown`,
//! `absent`), `to`, `to_kind` (of a migration and of a status), `population`, `n`, `share`, `pass`, `fail`, `unknown`,
//! `not_applicable`, `waived`, `in_scope`, `rate_low`, `rate_high`, then of a pace `points_a_month_low`,
//! `points_a_month_high`, `reached_from`, `reached_by`. `n` is in PS on the lines `presence`, `status`, `migration` and
//! `failing`. Differences are for the reader: each line stands alone.

use crate::audit::{Counts, GroupValue, Pace, Rate, Share, TargetTrend, Trend};
use crate::diag::Lang;
use crate::output::csv::{Dialect, Lines};
use crate::output::words;
use std::io::{self, Write};

const HEADER: [&str; 23] = [
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
    "points_a_month_low",
    "points_a_month_high",
    "reached_from",
    "reached_by",
];

const HEADER_FR: [&str; 23] = [
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
    "points par mois au moins",
    "points par mois au plus",
    "atteint au plus tôt",
    "atteint au plus tard",
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
    for TargetTrend { target, .. } in &trend.targets {
        if let Some(pace) = &target.pace {
            table.pace(
                [
                    "pace",
                    &trend.basis.as_of.to_string(),
                    &pace.since.to_string(),
                    &target.pack,
                    &target.id,
                    "value",
                    "",
                    "",
                ],
                pace,
            )?;
        }
    }
    let Some(moves) = &trend.moves else { return Ok(()) };
    for step in &moves.transitions {
        let present = [
            ("both", step.both),
            ("arrived", step.arrived),
            ("left", step.left),
            ("became_up_to_date", step.became_up_to_date()),
            ("fell_back", step.fell_back()),
        ];
        for (name, n) in present {
            table.number(["presence", &dates[step.to], &dates[step.from], "", name, "value", "", ""], n)?;
        }
        for (from, to, n) in &step.status {
            let (from, to) = (from.key(), to.key());
            table.number(["status", &dates[step.to], &dates[step.from], "", from, "value", to, "value"], *n)?;
        }
    }
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
        let (presence, of_status) = (texts[0] == "presence", texts[0] == "status");
        for (place, text) in texts.into_iter().enumerate() {
            let text = match (text, place) {
                ("rule", 0) if french => "règle",
                ("group", 0) if french => "groupe",
                ("target", 0) if french => "cible",
                ("migration", 0) if french => "passage",
                ("failing", 0) if french => "en défaut",
                ("pace", 0) if french => "allure",
                ("presence", 0) if french => "présence",
                ("status", 0) if french => "statut",
                ("both", 4) if french && presence => "aux deux dates",
                ("arrived", 4) if french && presence => "nouveaux",
                ("left", 4) if french && presence => "partis",
                ("became_up_to_date", 4) if french && presence => "devenus à jour",
                ("fell_back", 4) if french && presence => "à jour devenus obsolètes",
                (text, 4 | 6) if french && of_status => french_status(text),
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
        (0..4).try_for_each(|_| self.lines.number(None))?;
        self.lines.end()
    }

    fn pace(&mut self, texts: [&str; 8], pace: &Pace) -> io::Result<()> {
        self.texts(texts)?;
        (0..11).try_for_each(|_| self.lines.number(None))?;
        self.lines.number(pace.a_month.map(|(low, _)| low * 100.0))?;
        self.lines.number(pace.a_month.map(|(_, high)| high * 100.0))?;
        let dates = [pace.reached.map(|reach| reach.from), pace.reached.and_then(|reach| reach.by)];
        dates
            .into_iter()
            .try_for_each(|date| self.lines.text(&date.map(|date| date.to_string()).unwrap_or_default()))?;
        self.lines.end()
    }

    fn number(&mut self, texts: [&str; 8], n: u64) -> io::Result<()> {
        self.texts(texts)?;
        self.lines.number(None)?;
        self.lines.integer(n)?;
        (0..13).try_for_each(|_| self.lines.number(None))?;
        self.lines.end()
    }
}

fn french_status(key: &str) -> &str {
    match key {
        "up_to_date" => "à jour",
        "obsolete" => "obsolète",
        "undetermined" => "indéterminé",
        "not_applicable" => "sans objet",
        "waived" => "sous dérogation",
        other => other,
    }
}
