//! A matrix: from what to what.

use super::Pen;
use crate::output::basis::colon;
use crate::output::dossier::{Cell, Chart, Table};
use crate::output::number;

/// From the top of a row's name to its foot.
const FOOT: usize = 14;
/// From one row to the next.
const STEP: usize = 46;
/// From the top of a row to its cells.
const TOP: usize = 18;
/// How high a cell is.
const CELL: usize = 24;
/// Room for the names of the columns.
const HEAD: usize = 20;

/// A cell a row and a series, with its count; darker as its part of the row is larger.
pub(super) fn draw(pen: &mut Pen, table: &Table, chart: &Chart, rows: &[Vec<Cell>]) -> usize {
    let across = chart.series.len().max(1);
    #[expect(clippy::cast_precision_loss, reason = "columns of a table are few")]
    let (at, middle) = (|place: usize| place as f64 / across as f64, 0.5 / across as f64);
    let room = (96 / across).clamp(8, 28) - 4;
    for (place, series) in chart.series.iter().enumerate() {
        let name = super::cut(&format!("{}. {}", place + 1, table.columns[series.column].title), room);
        pen.text("mark roomy", "middle", at(place) + middle, FOOT, &name);
        pen.text("mark tight", "middle", at(place) + middle, FOOT, &(place + 1).to_string());
    }
    for (number, row) in rows.iter().enumerate() {
        let y = HEAD + number * STEP;
        let total: u64 = chart.series.iter().filter_map(|series| row[series.column].count()).sum();
        let name = row[chart.label].said(pen.lang);
        pen.name(y + FOOT, &name, [&number::integer(total, pen.lang); 2]);
        for (place, series) in chart.series.iter().enumerate() {
            let n = row[series.column].count().unwrap_or(0);
            let tone = tone(n, total);
            let (title, percent) = (&table.columns[series.column].title, number::percent(n, total, pen.lang));
            let counts = format!("{} / {}", number::integer(n, pen.lang), number::integer(total, pen.lang));
            let said = format!("{name} → {title}{} {percent} ({counts})", colon(pen.lang));
            pen.bar(tone, (at(place), at(place + 1)), (y + TOP, CELL), &said);
            let value = row[series.column].said(pen.lang);
            pen.text(&format!("in on-{tone}"), "middle", at(place) + middle, y + TOP + 16, &value);
        }
    }
    HEAD + rows.len() * STEP
}

/// How dark a cell is, by its part of the row.
fn tone(n: u64, total: u64) -> &'static str {
    match () {
        () if n == 0 => "none",
        () if n * 10 < total => "s6",
        () if n * 4 < total => "s5",
        () if n * 2 < total => "s4",
        () if n * 4 < total * 3 => "s3",
        () => "s1",
    }
}

/// The columns by their numbers: a narrow drawing has no room for their names.
pub(super) fn legend(table: &Table, chart: &Chart) -> Vec<(String, String)> {
    let named = chart.series.iter().enumerate();
    named
        .map(|(place, series)| (String::new(), format!("{}. {}", place + 1, table.columns[series.column].title)))
        .collect()
}
