//! The dossier of a forecast.

use super::audit::group_cell;
use super::basis::{self, measured, told};
use super::{Cell, Column, Dossier, Form, Kind, Place, Section, Series, Table, Tile, Tone};
use crate::audit::{Forecast, ForecastBreakdown, Share, StatusCounts};
use crate::diag::Lang;
use crate::output::forecast::{headline, months_note, what_ends};
use crate::output::{number, unit_noun, visible_line};

/// Lays out a forecast.
#[must_use]
pub fn dossier(forecast: &Forecast, lang: Lang) -> Dossier {
    let (first, last) = (number::date(forecast.basis.as_of, lang), number::date(forecast.until, lang));
    let mut sections = vec![calendar(forecast, lang)];
    for breakdown in &forecast.by {
        sections.push(groups(forecast, breakdown, lang));
        sections.push(groups_by_date(forecast, breakdown, lang));
    }
    sections.extend(basis::data(&forecast.basis, lang));
    let mut facts = basis::facts(&forecast.basis, lang);
    facts.push((told(lang, "Dernier jour regardé", "Last day looked at"), Cell::Date(forecast.until)));
    let mut method = basis::method(&forecast.basis, lang);
    method.push(told(
        lang,
        "Les mêmes installations, rien ne changeant, sont jugées à chaque date où une réponse bascule.",
        "The same installations, nothing changed, are judged at every date where an answer flips.",
    ));
    method.extend(months_note(forecast, lang).map(str::to_owned));
    Dossier {
        kind: "forecast",
        lang,
        as_of: forecast.basis.as_of,
        title: told(lang, &format!("Prévision du {first} au {last}"), &format!("Forecast from {first} to {last}")),
        headline: headline(forecast, lang),
        closed: None,
        tiles: tiles(forecast, lang),
        sections,
        facts,
        method,
        published: forecast.basis.published,
    }
}

fn tiles(forecast: &Forecast, lang: Lang) -> Vec<Tile> {
    let then = forecast.steps.last().map_or(&forecast.now, |step| &step.status);
    let tile = |status: &StatusCounts, date, fr: &str, en: &str| {
        let date = number::date(date, lang);
        let name = told(lang, &format!("{fr} {date}"), &format!("{en} {date}"));
        Some(Tile { name, share: Share::of(status.obsolete, status.total())?, tone: Tone::Fail })
    };
    let now = tile(&forecast.now, forecast.basis.as_of, "Obsolètes au", "Obsolete on");
    now.into_iter().chain(tile(then, forecast.until, "Obsolètes au", "Obsolete on")).collect()
}

fn calendar(forecast: &Forecast, lang: Lang) -> Section {
    let unit = unit_noun(forecast.basis.unit, lang).1;
    let column = |id: &str, fr: &str, en: &str, kind| Column::new(id, told(lang, fr, en), kind);
    let columns = vec![
        column("date", "date", "date", Kind::Date),
        column("ends", "ce qui prend fin", "what ends", Kind::Text),
        column(
            "more_obsolete",
            &format!("obsolètes de plus ({unit})"),
            &format!("more obsolete ({unit})"),
            Kind::Change,
        ),
        column("obsolete", "obsolètes, part de la population", "obsolete, share of the population", Kind::Share),
        column("up_to_date", "à jour", "up to date", Kind::Count),
        column("undetermined", "indéterminés", "undetermined", Kind::Count),
        column("not_applicable", "sans objet", "not applicable", Kind::Count),
    ];
    let line = |date, ends: String, more: Cell, status: &StatusCounts| {
        vec![
            Cell::Date(date),
            if ends.is_empty() { Cell::Empty } else { Cell::text(&ends) },
            more,
            Cell::share(status.obsolete, status.total()),
            Cell::Count(status.up_to_date),
            Cell::Count(status.undetermined),
            Cell::Count(status.not_applicable),
        ]
    };
    let mut rows = vec![line(forecast.basis.as_of, String::new(), Cell::Empty, &forecast.now)];
    for step in &forecast.steps {
        rows.push(line(step.date, what_ends(step, lang), Cell::Change(step.more_obsolete), &step.status));
    }
    if forecast.steps.last().is_none_or(|step| step.date < forecast.until) {
        let last = forecast.steps.last().map_or(&forecast.now, |step| &step.status);
        rows.push(line(forecast.until, String::new(), Cell::Change(0), last));
    }
    let caption = told(lang, "Obsolètes, date après date", "Obsolete, date after date");
    let table = Table { caption: caption.clone(), columns, rows, totals: 0 };
    let name = told(lang, "Calendrier", "Calendar");
    let mut section = Section::new("calendar", &name, measured(&forecast.basis, lang), table);
    let worst = forecast.steps.iter().filter(|step| step.more_obsolete > 0).max_by_key(|step| step.more_obsolete);
    section.finding = Some(match worst {
        Some(step) => {
            let date = number::date(step.date, lang);
            let more = super::signed(step.more_obsolete, lang);
            told(
                lang,
                &format!("La plus forte marche est le {date} : {more} obsolètes"),
                &format!("The steepest step is on {date}: {more} obsolete"),
            )
        }
        None => told(lang, "Rien de plus ne devient obsolète d'ici là", "Nothing more becomes obsolete by then"),
    });
    let rows = section.table.rows.len();
    section.draw(Form::Cliff, 0, vec![Series { column: 3, tone: Tone::Fail }], caption);
    section.charts.iter_mut().for_each(|chart| chart.rows = rows);
    section
}

fn groups(forecast: &Forecast, breakdown: &ForecastBreakdown, lang: Lang) -> Section {
    let label = visible_line(breakdown.label.get(lang)).into_owned();
    let (first, last) = (super::numeric_date(forecast.basis.as_of, lang), super::numeric_date(forecast.until, lang));
    let column = |id: &str, fr: &str, en: &str, kind| Column::new(id, told(lang, fr, en), kind);
    let columns = vec![
        Column::new(&breakdown.field, label.as_str(), Kind::Keyed),
        Column::new("population", unit_noun(forecast.basis.unit, lang).1, Kind::Count),
        column("obsolete_first", &format!("obsolètes au {first}"), &format!("obsolete on {first}"), Kind::Share),
        column("obsolete_last", &format!("obsolètes au {last}"), &format!("obsolete on {last}"), Kind::Share),
    ];
    let line = |name: Cell, population: u64, now: &StatusCounts, then: &StatusCounts| {
        let share = |status: &StatusCounts| Cell::share(status.obsolete, status.total());
        vec![name, Cell::Count(population), share(now), share(then)]
    };
    let mut rows: Vec<Vec<Cell>> = breakdown
        .groups
        .iter()
        .map(|group| {
            let then = group.steps.last().unwrap_or(&group.now);
            line(group_cell(&group.value, lang), group.population, &group.now, then)
        })
        .collect();
    let then = forecast.steps.last().map_or(&forecast.now, |step| &step.status);
    let all = Cell::Keyed { key: Some("*".to_owned()), label: told(lang, "ensemble", "all") };
    rows.push(line(all, forecast.now.total(), &forecast.now, then));
    let caption = told(lang, &format!("Obsolètes par {label}"), &format!("Obsolete by {label}"));
    let table = Table { caption: caption.clone(), columns, rows, totals: 1 };
    let name = told(lang, &format!("Par {label}"), &format!("By {label}"));
    let id = format!("by-{}", breakdown.field);
    let mut section = Section::new(id, &name, measured(&forecast.basis, lang), table);
    let series = [(2, Tone::Step(3)), (3, Tone::Step(0))];
    section.draw(Form::Paired, 0, series.into_iter().map(|(column, tone)| Series { column, tone }).collect(), caption);
    section
}

/// The status of each group at each date, to compute with.
fn groups_by_date(forecast: &Forecast, breakdown: &ForecastBreakdown, lang: Lang) -> Section {
    let label = visible_line(breakdown.label.get(lang)).into_owned();
    let mut columns =
        vec![Column::new(&breakdown.field, label.as_str(), Kind::Keyed), Column::new("date", "date", Kind::Date)];
    columns.extend(basis::status_columns(forecast.basis.unit, false, lang));
    let dates = || std::iter::once(forecast.basis.as_of).chain(forecast.steps.iter().map(|step| step.date));
    let mut rows = Vec::new();
    for group in &breakdown.groups {
        for (date, status) in dates().zip(std::iter::once(&group.now).chain(&group.steps)) {
            let mut cells = vec![group_cell(&group.value, lang), Cell::Date(date)];
            cells.extend(basis::status_cells(status.total(), status, false));
            rows.push(cells);
        }
    }
    let caption =
        told(lang, &format!("Statut par {label}, date après date"), &format!("Status by {label}, date after date"));
    let name = told(lang, &format!("Dates par {label}"), &format!("Dates by {label}"));
    let table = Table { caption, columns, rows, totals: 0 };
    let id = format!("dates-by-{}", breakdown.field);
    Section { place: Place::Computed, ..Section::new(id, &name, measured(&forecast.basis, lang), table) }
}
