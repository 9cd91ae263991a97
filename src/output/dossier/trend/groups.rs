//! The population cut by a field, at several dates: shares, rates, and their changes.

use super::{LINES, count_cells, count_columns, dates, ends, measured, most_changed, pair};
use crate::audit::{BreakdownTrend, Counts, Difference, GroupTrend, Trend};
use crate::diag::Lang;
use crate::output::dossier::audit::group_cell;
use crate::output::dossier::basis::told;
use crate::output::dossier::{Cell, Column, Form, Kind, Place, Section, Series, Table, Tone};
use crate::output::{number, unit_noun, visible_line, words};

/// Groups that a table can have across.
const ACROSS: usize = 30;

/// Its sections.
pub(super) fn sections(trend: &Trend, by: &BreakdownTrend, lang: Lang) -> Vec<Section> {
    let mut sections = vec![changes(trend, by, lang)];
    if by.groups.len() <= ACROSS {
        sections.push(composition(trend, by, lang));
    }
    sections.push(rates(trend, by, lang));
    sections.push(by_date(trend, by, lang));
    sections
}

fn label(by: &BreakdownTrend, lang: Lang) -> String {
    visible_line(by.label.get(lang)).into_owned()
}

fn totals(trend: &Trend) -> Vec<u64> {
    trend.at.iter().map(Counts::total).collect()
}

/// Each group at the first and the last date that tell it, and what changed.
fn changes(trend: &Trend, by: &BreakdownTrend, lang: Lang) -> Section {
    let name = label(by, lang);
    let (first, last) = ends(trend, lang);
    let unit = unit_noun(trend.basis.unit, lang).1;
    let column = |id: &str, fr: &str, en: &str, kind| Column::new(id, told(lang, fr, en), kind);
    let columns = vec![
        Column::new(&by.field, name.as_str(), Kind::Keyed),
        column("share_first", &format!("part au {first}"), &format!("share on {first}"), Kind::Share),
        column("share_last", &format!("part au {last}"), &format!("share on {last}"), Kind::Share),
        column("change_of_share", "évolution de la part", "change of the share", Kind::Points),
        column("change_of_units", &format!("{unit} de plus"), &format!("more {unit}"), Kind::Changes),
        column("rate_first", &format!("taux au {first}"), &format!("rate on {first}"), Kind::Rate),
        column("rate_last", &format!("taux au {last}"), &format!("rate on {last}"), Kind::Rate),
        column("change_of_rate", "évolution du taux", "change of the rate", Kind::Points),
        column("change_of_pass", "conformes de plus", "more that pass", Kind::Changes),
    ];
    let totals = totals(trend);
    let line = |name: Cell, ends: Option<[(&Counts, u64); 2]>| {
        let mut row = vec![name];
        let Some([(first, of), (last, all)]) = ends else {
            row.resize(9, Cell::Empty);
            return row;
        };
        let share = Difference::of_shares((first.total(), of), (last.total(), all));
        let rate = Difference::of_rates(first, last);
        row.extend([
            Cell::share(first.total(), of),
            Cell::share(last.total(), all),
            Cell::points(&share),
            Cell::changes(&share),
            Cell::rate(first),
            Cell::rate(last),
            Cell::points(&rate),
            Cell::changes(&rate),
        ]);
        row
    };
    let mut rows: Vec<Vec<Cell>> =
        by.groups.iter().map(|group| line(group_cell(&group.value, lang), group.ends(&totals))).collect();
    let all = Cell::Keyed { key: Some("*".to_owned()), label: told(lang, "ensemble", "all") };
    // The ends of a breakdown are those of the dates at which it is told.
    let whole = by.groups.first().and_then(|group| whole(trend, group));
    rows.push(line(all, whole));
    let caption = told(lang, &format!("Part et taux par {name}"), &format!("Share and rate by {name}"));
    let table = Table { caption, columns, rows, totals: 1 };
    let id = format!("by-{}", by.field);
    let heading = told(lang, &format!("Par {name}"), &format!("By {name}"));
    let mut section = Section::new(id, &heading, measured(trend, lang), table);
    let named = by.groups.iter().filter_map(|group| {
        let [(first, of), (last, all)] = group.ends(&totals)?;
        let change = Difference::of_shares((first.total(), of), (last.total(), all));
        Some((visible_line(&words::group_label(&group.value, lang)).into_owned(), change))
    });
    section.finding = most_changed(named, lang).map(|found| {
        told(lang, &format!("Part de la population – {found}"), &format!("Share of the population – {found}"))
    });
    let title = told(lang, &format!("Part par {name}"), &format!("Share by {name}"));
    section.draw(Form::Paired, 0, pair(1, 2), title);
    let title = told(lang, &format!("Taux par {name}"), &format!("Rate by {name}"));
    section.draw(Form::Paired, 0, pair(5, 6), title);
    section
}

/// The whole population at the first and the last dates at which a group is told.
fn whole<'t>(trend: &'t Trend, group: &GroupTrend) -> Option<[(&'t Counts, u64); 2]> {
    let mut told = trend.at.iter().zip(&group.at).filter(|(_, at)| at.is_some()).map(|(of, _)| (of, of.total()));
    Some([told.next()?, told.next_back()?])
}

/// A column a group, a row a date.
fn across(
    trend: &Trend,
    by: &BreakdownTrend,
    most: usize,
    kind: Kind,
    cell: &dyn Fn(&Counts) -> Cell,
    caption: String,
    lang: Lang,
) -> Table {
    let mut columns = vec![Column::new("date", "date", Kind::Date)];
    let groups = || by.groups.iter().take(most);
    columns.extend(groups().map(|group| {
        let Cell::Keyed { key, label } = group_cell(&group.value, lang) else { return Column::new("?", "?", kind) };
        Column { id: format!("{}={}", by.field, key.as_deref().unwrap_or("?")), title: label, kind }
    }));
    columns.push(Column::new("all", told(lang, "ensemble", "all"), kind));
    let rows = dates(trend).into_iter().enumerate().map(|(place, date)| {
        let of = |group: &GroupTrend| group.at.get(place)?.as_ref().map(cell);
        let all = by.groups.iter().any(|group| of(group).is_some());
        std::iter::once(Cell::Date(date))
            .chain(groups().map(|group| of(group).unwrap_or(Cell::Empty)))
            .chain([if all { cell(&trend.at[place]) } else { Cell::Empty }])
            .collect()
    });
    Table { caption, columns, rows: rows.collect(), totals: 0 }
}

/// What the population is made of, date after date.
fn composition(trend: &Trend, by: &BreakdownTrend, lang: Lang) -> Section {
    let name = label(by, lang);
    let caption =
        told(lang, &format!("Effectif par {name}, date après date"), &format!("Units by {name}, date after date"));
    let table = across(trend, by, ACROSS, Kind::Count, &|counts| Cell::Count(counts.total()), caption, lang);
    let heading = told(lang, &format!("Effectifs par {name}"), &format!("Units by {name}"));
    let mut section = Section::new(format!("{}-by-date", by.field), &heading, measured(trend, lang), table);
    section.place = Place::Looked;
    if by.scale || by.groups.len() <= LINES {
        let values = by.groups.iter().filter(|group| group.value.is_value()).count();
        let tone = |place: usize, group: &GroupTrend| match group.value.is_value() {
            // More groups than shades: neighbours may share one.
            true => Tone::Step(if values > LINES { place * LINES / values } else { place }),
            false => Tone::Unknown,
        };
        let series = by.groups.iter().enumerate();
        let series = series.map(|(place, group)| Series { column: place + 1, tone: tone(place, group) });
        let whole = by.groups.len() + 1;
        let title = told(
            lang,
            &format!("Part de chaque {name}, date après date"),
            &format!("Share of each {name}, date after date"),
        );
        section.draw(Form::Stacked { whole }, 0, series.collect(), title);
    }
    section
}

/// The rates of the groups, date after date.
fn rates(trend: &Trend, by: &BreakdownTrend, lang: Lang) -> Section {
    let name = label(by, lang);
    let caption = told(lang, &format!("Taux par {name}, date après date"), &format!("Rate by {name}, date after date"));
    let table = across(trend, by, ACROSS, Kind::Rate, &Cell::rate, caption.clone(), lang);
    let heading = told(lang, &format!("Taux par {name}"), &format!("Rates by {name}"));
    let mut section = Section::new(format!("rates-by-{}", by.field), &heading, measured(trend, lang), table);
    section.place = Place::Looked;
    let drawn = by.groups.len().min(LINES);
    let series = (0..drawn).map(|place| Series { column: place + 1, tone: Tone::Step(place) });
    section.draw(Form::Lines, 0, series.collect(), caption);
    let cut = |shown: usize, fr: &str, en: &str| {
        let (shown, all) = (number::integer(shown as u64, lang), number::integer(by.groups.len() as u64, lang));
        told(lang, &format!("{fr} : {shown} groupes sur {all}."), &format!("{en}: {shown} groups of {all}."))
    };
    if by.groups.len() > ACROSS {
        let (fr, en) =
            ("Tableau ; les autres sorties ont tous les groupes", "Table; the other outputs have all groups");
        section.notes.push(cut(ACROSS, fr, en));
    }
    if by.groups.len() > drawn {
        section.notes.push(cut(drawn, "Courbes", "Lines"));
    }
    section
}

/// The counts of each group at each date, to compute with.
fn by_date(trend: &Trend, by: &BreakdownTrend, lang: Lang) -> Section {
    let name = label(by, lang);
    let mut columns = vec![
        Column::new(&by.field, name.as_str(), Kind::Keyed),
        Column::new("date", "date", Kind::Date),
        Column::new("share", told(lang, "part de la population", "share of the population"), Kind::Share),
    ];
    columns.extend(count_columns(trend, lang));
    let totals = totals(trend);
    let mut rows = Vec::new();
    for group in &by.groups {
        for ((date, counts), total) in dates(trend).into_iter().zip(&group.at).zip(&totals) {
            let Some(counts) = counts else { continue };
            let share = Cell::share(counts.total(), *total);
            let mut row = vec![group_cell(&group.value, lang), Cell::Date(date), share];
            row.extend(count_cells(trend, counts));
            rows.push(row);
        }
    }
    let caption = told(lang, &format!("Verdicts par {name} et par date"), &format!("Verdicts by {name} and date"));
    let table = Table { caption, columns, rows, totals: 0 };
    let heading = told(lang, &format!("Dates par {name}"), &format!("Dates by {name}"));
    let id = format!("dates-by-{}", by.field);
    Section { place: Place::Computed, ..Section::new(id, &heading, measured(trend, lang), table) }
}
