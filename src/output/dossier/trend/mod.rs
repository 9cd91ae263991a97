//! The dossier of a trend.

mod groups;
mod moves;

use super::basis::{self, told};
use super::{Cell, Column, Dossier, Form, Kind, Place, Section, Series, Table, Tile, Tone, capital};
use crate::audit::{Counts, Difference, Measure, RuleTrend, Share, Trend};
use crate::diag::Lang;
use crate::output::basis::colon;
use crate::output::{measure, number, said, typographic, unit_noun, visible_line, words};
use crate::value::Date;

/// Lines that can be told apart.
const LINES: usize = 8;

/// Lays out a trend.
#[must_use]
pub fn dossier(trend: &Trend, lang: Lang) -> Dossier {
    let date = |of: Option<Date>| of.map(|date| number::date(date, lang)).unwrap_or_default();
    let dates = dates(trend);
    let (first, last) = (date(dates.first().copied()), date(dates.last().copied()));
    let mut sections = vec![by_date(trend, lang)];
    if !trend.rules.is_empty() {
        sections.push(rules(trend, lang));
        sections.push(rules_by_date(trend, lang));
    }
    for by in &trend.by {
        sections.extend(groups::sections(trend, by, lang));
    }
    if let Some(moves) = &trend.moves {
        sections.extend(moves::sections(trend, moves, lang));
    }
    let targets: Vec<_> = trend.targets.iter().map(|of| of.target.clone()).collect();
    sections.extend(basis::targets(&targets, &trend.basis, lang));
    sections.extend(targets_by_date(trend, lang));
    sections.extend(basis::data(&trend.basis, lang));
    let mut facts = basis::facts(&trend.basis, lang);
    let measured = typographic(&measure::told(&trend.measure, lang), lang).into_owned();
    facts.insert(1, (told(lang, "Mesure", "Measure"), Cell::Text(measured)));
    let mut method = basis::method(&trend.basis, lang);
    method.push(told(
        lang,
        "Une évolution de taux ou de part est un écart en points : de 20 % à 30 %, elle est de +10 points. Jamais une variation relative.",
        "A change of a rate or a share is a difference in points: from 20% to 30% it is +10 points. Never a relative change.",
    ));
    method.push(told(
        lang,
        "Chaque relevé est jugé à sa date, tous avec les mêmes packs.",
        "Each snapshot is judged at its own date, all with the same packs.",
    ));
    Dossier {
        kind: "trend",
        lang,
        as_of: trend.basis.as_of,
        title: told(lang, &format!("Évolution du {first} au {last}"), &format!("Trend from {first} to {last}")),
        headline: capital(&typographic(&crate::output::trend::headline(trend, lang), lang)),
        closed: None,
        tiles: tiles(trend, lang),
        sections,
        facts,
        method,
        published: trend.basis.published,
    }
}

/// The first and the last rates, and what is not known of the last.
fn tiles(trend: &Trend, lang: Lang) -> Vec<Tile> {
    let (fr, en) = match trend.measure {
        Measure::Status => ("à jour au", "up to date on"),
        Measure::Rule { .. } => ("conformes au", "pass on"),
        Measure::Condition { .. } => ("oui au", "yes on"),
    };
    let mut ends = trend.snapshots.iter().zip(&trend.at);
    let ends = ends.next().into_iter().chain(ends.next_back());
    let tile = |name: String, n: u64, counts: &Counts, tone| {
        Some(Tile { name: capital(&name), share: Share::of(n, counts.rate().in_scope)?, tone })
    };
    let mut tiles: Vec<Tile> = ends
        .filter_map(|(snapshot, counts)| {
            let date = super::numeric_date(snapshot.date, lang);
            tile(told(lang, &format!("{fr} {date}"), &format!("{en} {date}")), counts.pass, counts, Tone::Pass)
        })
        .collect();
    if let Some((snapshot, counts)) = trend.snapshots.iter().zip(&trend.at).next_back().filter(|(_, of)| of.unknown > 0)
    {
        let date = super::numeric_date(snapshot.date, lang);
        let name = told(lang, &format!("indéterminés au {date}"), &format!("unknown on {date}"));
        tiles.extend(tile(name, counts.unknown, counts, Tone::Unknown));
    }
    tiles
}

fn dates(trend: &Trend) -> Vec<Date> {
    trend.snapshots.iter().map(|snapshot| snapshot.date).collect()
}

/// From when to when, in the unit.
fn measured(trend: &Trend, lang: Lang) -> String {
    let unit = unit_noun(trend.basis.unit, lang).1;
    let date = |of: Option<&crate::audit::SnapshotSummary>| {
        of.map(|snapshot| number::date(snapshot.date, lang)).unwrap_or_default()
    };
    let (from, to) = (date(trend.snapshots.first()), date(trend.snapshots.last()));
    match lang {
        Lang::Fr => format!("Effectifs en {unit}, du {from} au {to}"),
        Lang::En => format!("Counts of {unit}, from {from} to {to}"),
    }
}

fn is_waived(trend: &Trend) -> bool {
    crate::output::trend::with_waived(trend)
}

/// Columns of verdicts: the four, those that waivers cover, the rate.
fn count_columns(trend: &Trend, lang: Lang) -> Vec<Column> {
    let ids = ["pass", "fail", "unknown", "not_applicable"].into_iter();
    let titles = measure::verdicts(&trend.measure, lang);
    let mut columns: Vec<Column> = ids.zip(titles).map(|(id, title)| Column::new(id, title, Kind::Count)).collect();
    columns.extend(is_waived(trend).then(|| basis::waived_column(lang)));
    columns.push(Column::new("rate", told(lang, "taux", "rate"), Kind::Rate));
    columns
}

/// Cells of [`count_columns`].
fn count_cells(trend: &Trend, counts: &Counts) -> Vec<Cell> {
    let Counts { pass, fail, unknown, not_applicable, waived } = *counts;
    let counted = [pass, fail, unknown, not_applicable].into_iter().chain(is_waived(trend).then_some(waived));
    counted.map(Cell::Count).chain([Cell::rate(counts)]).collect()
}

/// The whole population, date after date.
fn by_date(trend: &Trend, lang: Lang) -> Section {
    let mut columns = vec![
        Column::new("date", "date", Kind::Date),
        Column::new("population", unit_noun(trend.basis.unit, lang).1, Kind::Count),
    ];
    columns.extend(count_columns(trend, lang));
    let rate = columns.len() - 1;
    columns.push(Column::new("change", told(lang, "évolution", "change"), Kind::Points));
    let mut before: Option<&Counts> = None;
    let rows = trend.snapshots.iter().zip(&trend.at).map(|(snapshot, counts)| {
        let mut row = vec![Cell::Date(snapshot.date), Cell::Count(counts.total())];
        row.extend(count_cells(trend, counts));
        row.push(before.map_or(Cell::Empty, |before| Cell::points(&Difference::of_rates(before, counts))));
        before = Some(counts);
        row
    });
    let caption = told(lang, "La population à chaque date", "The population at each date");
    let table = Table { caption: caption.clone(), columns, rows: rows.collect(), totals: 0 };
    let mut section = Section::new("dates", &told(lang, "Par date", "By date"), measured(trend, lang), table);
    section.draw(
        Form::Lines,
        0,
        vec![Series { column: rate, tone: Tone::Pass }],
        told(lang, "Taux à chaque date", "Rate at each date"),
    );
    section.draw(Form::Stacked { whole: 1 }, 0, basis::verdicts(2, is_waived(trend)), caption);
    section
}

/// Each rule at the first and the last date.
fn rules(trend: &Trend, lang: Lang) -> Section {
    let (first, last) = ends(trend, lang);
    let columns = vec![
        Column::new("rule", told(lang, "règle", "rule"), Kind::Keyed),
        Column::new("level", told(lang, "niveau", "level"), Kind::Keyed),
        Column::new("rate_first", told(lang, &format!("taux au {first}"), &format!("rate on {first}")), Kind::Rate),
        Column::new("rate_last", told(lang, &format!("taux au {last}"), &format!("rate on {last}")), Kind::Rate),
        Column::new("change", told(lang, "évolution", "change"), Kind::Points),
        Column::new("change_pass", told(lang, "conformes de plus", "more that pass"), Kind::Changes),
    ];
    let change = |rule: &RuleTrend| Some(Difference::of_rates(rule.at.first()?, rule.at.last()?));
    let rows = trend.rules.iter().map(|rule| {
        let rate = |counts: Option<&Counts>| counts.map_or(Cell::Empty, Cell::rate);
        let change = change(rule);
        vec![
            rule_cell(rule, lang),
            Cell::Keyed { key: Some(rule.level.word().to_owned()), label: words::level(rule.level, lang).to_owned() },
            rate(rule.at.first()),
            rate(rule.at.last()),
            change.as_ref().map_or(Cell::Empty, Cell::points),
            change.as_ref().map_or(Cell::Empty, Cell::changes),
        ]
    });
    let caption = told(lang, "Taux de conformité de chaque règle", "Pass rate of each rule");
    let table = Table { caption: caption.clone(), columns, rows: rows.collect(), totals: 0 };
    let mut section = Section::new("rules", &told(lang, "Règles", "Rules"), measured(trend, lang), table);
    let named = trend.rules.iter().filter_map(|rule| Some((said(&rule.title, lang), change(rule)?)));
    section.finding = most_changed(named, lang);
    section.draw(Form::Paired, 0, pair(2, 3), caption);
    section
}

/// What progressed most and what fell most, for sure.
fn most_changed(changes: impl Iterator<Item = (String, Difference)>, lang: Lang) -> Option<String> {
    let sure: Vec<(String, Difference, f64)> = changes
        .filter_map(|(name, change)| {
            let (low, high) = change.share?;
            let sure = if low > 0.0 { low } else { high.min(0.0) };
            (sure.abs() >= 0.0005).then_some((name, change, sure))
        })
        .collect();
    let best = sure.iter().filter(|(.., sure)| *sure > 0.0).max_by(|a, b| a.2.total_cmp(&b.2));
    let worst = sure.iter().filter(|(.., sure)| *sure < 0.0).min_by(|a, b| a.2.total_cmp(&b.2));
    let shown = |of: Option<&(String, Difference, f64)>, fr: &str, en: &str| {
        let (name, change, _) = of?;
        let words = if lang == Lang::Fr { fr } else { en };
        let (low, high) = change.share?;
        Some(format!("{words}{} {name}, {}", colon(lang), number::change(low, high, lang)))
    };
    let lines = [shown(best, "plus forte hausse", "largest rise"), shown(worst, "plus forte baisse", "largest fall")];
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    (!lines.is_empty()).then(|| capital(&typographic(&lines.join(" ; "), lang)))
}

/// The first and the last date, in figures.
fn ends(trend: &Trend, lang: Lang) -> (String, String) {
    let date = |of: Option<&crate::audit::SnapshotSummary>| {
        of.map(|snapshot| super::numeric_date(snapshot.date, lang)).unwrap_or_default()
    };
    (date(trend.snapshots.first()), date(trend.snapshots.last()))
}

/// Before in light, now in dark.
fn pair(before: usize, now: usize) -> Vec<Series> {
    let series = [(before, Tone::Step(4)), (now, Tone::Step(1))];
    series.map(|(column, tone)| Series { column, tone }).to_vec()
}

fn rule_cell(rule: &RuleTrend, lang: Lang) -> Cell {
    super::rule_cell(&rule.column, &rule.title, lang)
}

/// The verdicts of each rule at each date, to compute with.
fn rules_by_date(trend: &Trend, lang: Lang) -> Section {
    let mut columns =
        vec![Column::new("rule", told(lang, "règle", "rule"), Kind::Keyed), Column::new("date", "date", Kind::Date)];
    columns.extend(count_columns(trend, lang));
    // Rules have verdicts, not statuses.
    for (column, title) in columns[2..].iter_mut().zip(words::verdict_words(lang)) {
        column.title = capital(title);
    }
    let mut rows = Vec::new();
    for rule in &trend.rules {
        for (date, counts) in dates(trend).into_iter().zip(&rule.at) {
            let mut row = vec![rule_cell(rule, lang), Cell::Date(date)];
            row.extend(count_cells(trend, counts));
            rows.push(row);
        }
    }
    let caption = told(lang, "Verdicts de chaque règle à chaque date", "Verdicts of each rule at each date");
    let table = Table { caption, columns, rows, totals: 0 };
    let name = told(lang, "Règles par date", "Rules by date");
    Section { place: Place::Computed, ..Section::new("rules-by-date", &name, measured(trend, lang), table) }
}

/// Targets at each date.
fn targets_by_date(trend: &Trend, lang: Lang) -> Option<Section> {
    if trend.targets.is_empty() {
        return None;
    }
    let mut columns = vec![Column::new("date", "date", Kind::Date)];
    for of in &trend.targets {
        let target = &of.target;
        let title = visible_line(&said(&target.title, lang)).into_owned();
        columns.push(Column::new(format!("{}/{}", target.pack, target.id), title, Kind::Rate));
    }
    let rows = dates(trend).into_iter().enumerate().map(|(place, date)| {
        let rates = trend.targets.iter().map(|of| of.at.get(place).map_or(Cell::Empty, Cell::rate));
        std::iter::once(Cell::Date(date)).chain(rates).collect()
    });
    let caption = told(lang, "Taux de chaque cible, date après date", "Rate of each target, date after date");
    let table = Table { caption: caption.clone(), columns, rows: rows.collect(), totals: 0 };
    let name = told(lang, "Cibles par date", "Targets by date");
    let mut section = Section::new("targets-by-date", &name, measured(trend, lang), table);
    let series = (0..trend.targets.len().min(LINES)).map(|i| Series { column: i + 1, tone: Tone::Step(i) });
    section.draw(Form::Lines, 0, series.collect(), caption);
    Some(section)
}
