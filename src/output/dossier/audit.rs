//! The dossier of an audit.

use super::basis::{self, measured, status_cells, status_columns, told, verdicts};
use super::{Cell, Column, Dossier, Form, Kind, Place, Section, Series, Table, Tile, Tone};
use crate::audit::{Breakdown, Counts, Group, GroupValue, Report, RuleSummary, Share};
use crate::diag::Lang;
use crate::output::basis::colon;
use crate::output::{number, said, unit_noun, visible_line, words};
use crate::pack::Level;

/// Under this many, a rate says little: it is not held up as the best or the worst.
const FEW: u64 = 20;

/// Lays out an audit.
#[must_use]
pub fn dossier(report: &Report, lang: Lang) -> Dossier {
    let date = number::date(report.basis.as_of, lang);
    let mut sections = vec![status(report, lang)];
    sections.extend(rules(report, lang));
    for breakdown in &report.by {
        sections.push(groups(report, breakdown, lang));
        sections.extend(groups_by_rule(report, breakdown, lang));
    }
    sections.extend(basis::targets(&report.targets, &report.basis, lang));
    sections.extend(waivers(report, lang));
    sections.extend(missing(report, lang));
    sections.extend(basis::data(&report.basis, lang));
    let mut facts = basis::facts(&report.basis, lang);
    if let Some(horizon) = &report.horizon {
        facts.push((told(lang, "Horizon", "Horizon"), Cell::Date(horizon.until)));
    }
    Dossier {
        kind: "audit",
        lang,
        as_of: report.basis.as_of,
        title: told(lang, &format!("Audit au {date}"), &format!("Audit as of {date}")),
        headline: headline(report, lang),
        closed: report.closed.as_ref().map(|closed| said(&closed.reason, lang)),
        tiles: tiles(report, lang),
        sections,
        facts,
        method: basis::method(&report.basis, lang),
        published: report.basis.published,
    }
}

fn headline(report: &Report, lang: Lang) -> String {
    let status = &report.status;
    let (one, many) = unit_noun(report.basis.unit, lang);
    let of = number::counted(status.total(), lang, one, many);
    let rate = status.rate();
    let said = number::rate_sentence(&rate, lang);
    match (rate.in_scope, lang) {
        (0, _) => told(
            lang,
            &format!("Sur {of}, aucun n'est concerné par une règle bloquante : pas de taux"),
            &format!("Of {of}, no blocking rule concerns any: no rate"),
        ),
        (_, Lang::Fr) => told(lang, &format!("Sur {of}, taux de mise à jour, hors sans objet : {said}"), ""),
        (_, Lang::En) => format!("Of {of}, up-to-date rate, not applicable left out: {said}"),
    }
}

fn tiles(report: &Report, lang: Lang) -> Vec<Tile> {
    let status = &report.status;
    let counts = [status.up_to_date, status.obsolete, status.undetermined, status.not_applicable];
    let tones = [Tone::Pass, Tone::Fail, Tone::Unknown, Tone::Aside];
    let named = words::status_words(lang).into_iter().zip(counts).zip(tones);
    named
        .map(|((name, n), tone)| (name.to_owned(), n, tone))
        .chain(report.waivers.as_ref().map(|_| (told(lang, "sous dérogation", "waived"), status.waived, Tone::Waived)))
        .filter_map(|(name, n, tone)| {
            let share = Share::of(n, status.total())?;
            Some(Tile { name: super::capital(&name), share, tone })
        })
        .collect()
}

fn status(report: &Report, lang: Lang) -> Section {
    let waived = report.waivers.is_some();
    let mut columns = vec![Column::new("pack", told(lang, "règles de", "rules of"), Kind::Keyed)];
    columns.extend(status_columns(report.basis.unit, waived, lang));
    let line = |key: Option<&str>, label: String, status| {
        let mut cells = vec![Cell::Keyed { key: key.map(str::to_owned), label }];
        cells.extend(status_cells(report.status.total(), status, waived));
        cells
    };
    let per_pack = report.basis.packs.iter().filter_map(|pack| Some((pack, pack.status.as_ref()?)));
    let mut rows: Vec<Vec<Cell>> =
        per_pack.map(|(pack, status)| line(Some(&pack.id), said(&pack.title, lang), status)).collect();
    let all = match (&report.basis.packs[..], rows.is_empty()) {
        ([pack], true) => line(Some(&pack.id), said(&pack.title, lang), &report.status),
        _ => line(Some("*"), told(lang, "tous les packs", "all packs"), &report.status),
    };
    rows.push(all);
    let caption = told(lang, "Statut des installations", "Status of the installations");
    let table = Table { caption: caption.clone(), columns, rows, totals: 0 };
    let mut section = Section::new("status", &told(lang, "Statut", "Status"), measured(&report.basis, lang), table);
    section.draw(Form::Stacked { whole: 1 }, 0, verdicts(2, waived), caption);
    if report.up_to_date_with_advice > 0 {
        let n = number::integer(report.up_to_date_with_advice, lang);
        let share = number::percent(report.up_to_date_with_advice, report.status.up_to_date, lang);
        let all = number::integer(report.status.up_to_date, lang);
        section.notes.push(told(
            lang,
            &format!("Parmi les à jour, ne suivent pas un conseil au moins : {share} ({n} / {all})."),
            &format!("Of the up to date, fail at least one advisory rule: {share} ({n} / {all})."),
        ));
    }
    section
}

fn rules(report: &Report, lang: Lang) -> Option<Section> {
    if report.rules.is_empty() {
        return None;
    }
    let mut columns = vec![
        Column::new("rule", told(lang, "règle", "rule"), Kind::Keyed),
        Column::new("level", told(lang, "niveau", "level"), Kind::Keyed),
    ];
    let rate = columns.len() + 4 + usize::from(report.waivers.is_some());
    columns.extend(count_columns(report, lang));
    if let Some(horizon) = &report.horizon {
        let until = super::numeric_date(horizon.until, lang);
        let title = told(lang, &format!("non conformes d'ici le {until}"), &format!("fail by {until}"));
        columns.push(Column::new("expiring", title, Kind::Count));
    }
    let rows = report.rules_to_read().into_iter().map(|rule| {
        let mut cells = vec![
            super::rule_cell(&rule.column, &rule.title, lang),
            Cell::Keyed { key: Some(rule.level.word().to_owned()), label: words::level(rule.level, lang).to_owned() },
        ];
        cells.extend(count_cells(&rule.counts, report));
        if report.horizon.is_some() {
            cells.push(rule.expiring.map_or(Cell::Empty, Cell::Count));
        }
        cells
    });
    let caption = told(lang, "Verdicts par règle", "Verdicts by rule");
    let table = Table { caption, columns, rows: rows.collect(), totals: 0 };
    let mut section = Section::new("rules", &told(lang, "Règles", "Rules"), measured(&report.basis, lang), table);
    let blocking = report.rules.iter().filter(|rule| rule.level == Level::Blocking && rule.counts.fail > 0);
    section.finding = Some(match blocking.max_by_key(|rule| (rule.counts.fail, std::cmp::Reverse(&rule.column))) {
        Some(RuleSummary { title, counts, .. }) => {
            let (title, of) = (said(title, lang), counts.rate().in_scope);
            let share = number::percent(counts.fail, of, lang);
            let (n, of) = (number::integer(counts.fail, lang), number::integer(of, lang));
            match lang {
                Lang::Fr => format!("Premier motif d'obsolescence{} {title}, {share} ({n} / {of})", colon(lang)),
                Lang::En => format!("First cause of obsolescence: {title}, {share} ({n} / {of})"),
            }
        }
        None => told(lang, "Aucune règle bloquante n'est en échec", "No blocking rule fails"),
    });
    section.draw(
        Form::Intervals { goal: None },
        0,
        vec![Series { column: rate, tone: Tone::Pass }],
        told(lang, "Taux de conformité par règle", "Pass rate by rule"),
    );
    Some(section)
}

/// Columns of verdicts: the four, those that waivers cover, the rate.
fn count_columns(report: &Report, lang: Lang) -> Vec<Column> {
    let ids = ["pass", "fail", "unknown", "not_applicable"].into_iter();
    let titles = words::verdict_words(lang);
    let mut columns: Vec<Column> = ids.zip(titles).map(|(id, title)| Column::new(id, title, Kind::Count)).collect();
    columns.extend(report.waivers.as_ref().map(|_| basis::waived_column(lang)));
    columns.push(Column::new("rate", told(lang, "taux de conformité", "pass rate"), Kind::Rate));
    columns
}

/// Cells of [`count_columns`].
fn count_cells(counts: &Counts, report: &Report) -> Vec<Cell> {
    let Counts { pass, fail, unknown, not_applicable, waived } = *counts;
    let counted = [pass, fail, unknown, not_applicable].into_iter().chain(report.waivers.as_ref().map(|_| waived));
    counted.map(Cell::Count).chain([Cell::rate(counts)]).collect()
}

/// A group as a cell: its stable key and its name.
pub(super) fn group_cell(value: &GroupValue, lang: Lang) -> Cell {
    let key = match value {
        GroupValue::Known { key, .. } => Some(key.clone()),
        GroupValue::Several => Some("plusieurs".to_owned()),
        GroupValue::Unknown => None,
    };
    Cell::Keyed { key, label: visible_line(&words::whole_group_label(value, lang)).into_owned() }
}

fn groups(report: &Report, breakdown: &Breakdown, lang: Lang) -> Section {
    let waived = report.waivers.is_some();
    let label = visible_line(breakdown.label.get(lang)).into_owned();
    let mut columns = vec![Column::new(&breakdown.field, label.as_str(), Kind::Keyed)];
    columns.extend(status_columns(report.basis.unit, waived, lang));
    let line = |group: &Group| {
        let mut cells = vec![group_cell(&group.value, lang)];
        cells.extend(status_cells(group.population, &group.status, waived));
        cells
    };
    let mut rows: Vec<Vec<Cell>> = ordered(breakdown).into_iter().map(line).collect();
    let mut all = vec![Cell::Keyed { key: Some("*".to_owned()), label: told(lang, "ensemble", "all") }];
    all.extend(status_cells(report.status.total(), &report.status, waived));
    rows.push(all);
    let caption = told(lang, &format!("Statut par {label}"), &format!("Status by {label}"));
    let table = Table { caption: caption.clone(), columns, rows, totals: 1 };
    let name = told(lang, &format!("Par {label}"), &format!("By {label}"));
    let mut section = Section::new(format!("by-{}", breakdown.field), &name, measured(&report.basis, lang), table);
    section.finding = extremes(
        breakdown
            .groups
            .iter()
            .filter(|group| group.value.is_value())
            .map(|group| (words::group_label(&group.value, lang), group.status.rate())),
        lang,
    );
    section.draw(Form::Stacked { whole: 1 }, 0, verdicts(2, waived), caption);
    section
}

/// The groups: the levels of a scale from the highest, others as they come.
fn ordered(breakdown: &Breakdown) -> Vec<&Group> {
    let mut groups: Vec<&Group> = breakdown.groups.iter().collect();
    // What has no rank stays last, in its order.
    groups.sort_by_key(|group| std::cmp::Reverse(group.rank));
    groups
}

/// The highest and the lowest rate, among groups that are not too small, when no unknown can turn them round.
pub(super) fn extremes(groups: impl Iterator<Item = (String, crate::audit::Rate)>, lang: Lang) -> Option<String> {
    let known: Vec<(String, crate::audit::Rate, f64, f64)> = groups
        .filter(|(_, rate)| rate.in_scope >= FEW)
        .filter_map(|(name, rate)| Some((visible_line(&name).into_owned(), rate, rate.low?, rate.high?)))
        .collect();
    let (best, high, bottom_of_best, _) = known.iter().rev().max_by(|a, b| a.2.total_cmp(&b.2))?;
    let (worst, low, _, top_of_worst) = known.iter().min_by(|a, b| a.3.total_cmp(&b.3))?;
    if bottom_of_best <= top_of_worst {
        return None;
    }
    let said = |rate| format!("{} ({})", number::rate(rate, lang), number::rate_counts(rate, lang));
    let (high, low) = (said(high), said(low));
    Some(match lang {
        Lang::Fr => format!("Du plus bas, {worst}, {low}, au plus haut, {best}, {high}"),
        Lang::En => format!("From the lowest, {worst}, {low}, to the highest, {best}, {high}"),
    })
}

/// The verdicts of each rule in each group, to compute with.
fn groups_by_rule(report: &Report, breakdown: &Breakdown, lang: Lang) -> Option<Section> {
    if report.rules.is_empty() {
        return None;
    }
    let label = visible_line(breakdown.label.get(lang)).into_owned();
    let mut columns = vec![
        Column::new(&breakdown.field, label.as_str(), Kind::Keyed),
        Column::new("rule", told(lang, "règle", "rule"), Kind::Keyed),
    ];
    columns.extend(count_columns(report, lang));
    let mut rows = Vec::with_capacity(breakdown.groups.len() * report.rules.len());
    for group in ordered(breakdown) {
        for (rule, counts) in report.rules.iter().zip(&group.rules) {
            let rule = super::rule_cell(&rule.column, &rule.title, lang);
            let mut cells = vec![group_cell(&group.value, lang), rule];
            cells.extend(count_cells(counts, report));
            rows.push(cells);
        }
    }
    let caption = told(lang, &format!("Verdicts par {label} et par règle"), &format!("Verdicts by {label} and rule"));
    let name = told(lang, &format!("Règles par {label}"), &format!("Rules by {label}"));
    let table = Table { caption, columns, rows, totals: 0 };
    let id = format!("rules-by-{}", breakdown.field);
    let section = Section::new(id, &name, measured(&report.basis, lang), table);
    Some(Section { place: Place::Computed, ..section })
}

/// What is granted, until when, and what it covers.
fn waivers(report: &Report, lang: Lang) -> Option<Section> {
    let waivers = report.waivers.as_ref()?;
    let column = |id: &str, fr: &str, en: &str, kind| Column::new(id, told(lang, fr, en), kind);
    let columns = vec![
        column("rule", "règle", "rule", Kind::Text),
        column("scope", "portée", "scope", Kind::Text),
        column("reason", "motif", "reason", Kind::Text),
        column("until", "jusqu'au", "until", Kind::Date),
        column("days_left", "jours restants", "days left", Kind::Change),
        column("covered", "verdicts couverts (lignes)", "verdicts covered (rows)", Kind::Count),
    ];
    let rows = waivers.list.iter().map(|waiver| {
        vec![
            Cell::text(&waiver.rule),
            Cell::text(&waiver.scope),
            Cell::text(&waiver.reason),
            Cell::Date(waiver.until),
            Cell::Change(waiver.days_left),
            Cell::Count(waiver.covered),
        ]
    });
    let caption = told(lang, "Dérogations accordées", "Waivers granted");
    let table = Table { caption, columns, rows: rows.collect(), totals: 0 };
    let name = told(lang, "Dérogations", "Waivers");
    let measured = format!("{}, {}", visible_line(&waivers.name), waivers.digest);
    Some(Section::new("waivers", &name, measured, table))
}

/// Fields that rules read and that no column gives.
fn missing(report: &Report, lang: Lang) -> Option<Section> {
    let missing: Vec<&RuleSummary> = report.rules.iter().filter(|rule| !rule.missing_fields.is_empty()).collect();
    if missing.is_empty() {
        return None;
    }
    let rows = missing.iter().map(|rule| {
        let named = rule.missing_fields.iter().zip(&rule.missing_labels);
        let named: Vec<String> = named.map(|(id, label)| format!("{} ({id})", label.get(lang))).collect();
        vec![super::rule_cell(&rule.column, &rule.title, lang), Cell::text(&named.join(", "))]
    });
    let columns = vec![
        Column::new("rule", told(lang, "règle", "rule"), Kind::Keyed),
        Column::new("fields", told(lang, "colonnes absentes", "missing columns"), Kind::Text),
    ];
    let caption = told(
        lang,
        "Colonnes que des règles lisent et que l'inventaire n'a pas",
        "Columns that rules read and that the inventory does not have",
    );
    let table = Table { caption, columns, rows: rows.collect(), totals: 0 };
    let name = told(lang, "Colonnes absentes", "Missing columns");
    let measured =
        told(lang, "Ces règles sont indéterminées faute de données", "These rules are unknown for want of data");
    Some(Section::new("missing-columns", &name, measured, table))
}
