//! Charts of bars, one a row of the table.

use super::{Pen, class, rate, width};
use crate::output::dossier::{Cell, Chart, Table};
use crate::output::number;

/// From the top of a bar's name to its foot.
const FOOT: usize = 14;
/// From one bar to the next.
const STEP: usize = 40;
/// From the top of a row to its bar.
const TOP: usize = 18;
/// How high a bar is.
const BAR: usize = 16;

/// A bar a row, cut by the series.
pub(super) fn stacked(pen: &mut Pen, table: &Table, chart: &Chart, rows: &[Vec<Cell>], whole: usize) -> usize {
    let lang = pen.lang;
    for (number, row) in rows.iter().enumerate() {
        let y = number * STEP;
        let name = row[chart.label].said(lang);
        let total = row[whole].count();
        let value = row[whole].said(lang);
        pen.name(y + FOOT, &name, [&value; 2]);
        let Some(total) = total.filter(|total| *total > 0) else { continue };
        let mut done = 0;
        let mut parts: Vec<(String, String, u64)> = Vec::new();
        for series in &chart.series {
            let Some(n) = row[series.column].count().filter(|n| *n > 0) else { continue };
            parts.push((class(series.tone), table.columns[series.column].title.clone(), n));
        }
        let known: u64 = parts.iter().map(|(.., n)| n).sum();
        if known < total {
            parts.push(("unknown".to_owned(), crate::output::dossier::hidden(lang).to_owned(), total - known));
        }
        let counted: Vec<u64> = parts.iter().map(|(.., n)| *n).collect();
        let percents = number::percents(&counted, total, lang);
        for ((tone, title, n), percent) in parts.into_iter().zip(percents) {
            let (from, to) = (part(done, total), part(done + n, total));
            done += n;
            let counts = format!("{} / {}", number::integer(n, lang), number::integer(total, lang));
            pen.bar(&tone, (from, to), (y + TOP, BAR), &format!("{name}, {title} {percent} ({counts})"));
            // What is hatched cannot be written on. The whole stands at the end of the line above.
            let brief = format!("{percent} ({})", number::integer(n, lang));
            let full = format!("{percent} ({counts})");
            let mut write = |class: &str, text: &str| {
                pen.text(&format!("{class} on-{tone}"), "middle", f64::midpoint(from, to), y + TOP + 12, text);
            };
            for (place, class) in ["in roomy", "in tight"].into_iter().enumerate().filter(|_| tone != "unknown") {
                let fits = [&full, &brief].into_iter().find(|text| width(text)[place] <= to - from);
                if let Some(text) = fits {
                    write(class, text);
                }
            }
        }
    }
    rows.len() * STEP
}

/// A bar a row: what is known for sure, what may be, and the goal.
pub(super) fn intervals(pen: &mut Pen, chart: &Chart, rows: &[Vec<Cell>], goal: Option<usize>) -> usize {
    let Some(series) = chart.series.first() else { return 0 };
    let height = rows.len() * STEP;
    scale(pen, height);
    for (number, row) in rows.iter().enumerate() {
        let y = number * STEP;
        let cell = &row[series.column];
        let (name, value) = (row[chart.label].said(pen.lang), cell.said(pen.lang));
        pen.name(y + FOOT, &name, [&value, &rate(cell, pen.lang)]);
        let said = format!("{name} {value}");
        if let Some((low, high)) = cell.bounds() {
            pen.bar(&class(series.tone), (0.0, low), (y + TOP, BAR), &said);
            if high > low {
                pen.bar("unknown", (low, high), (y + TOP, BAR), &said);
            }
        }
        if let Some((at, _)) = goal.and_then(|goal| row[goal].bounds()) {
            pen.line("goal", (at, (y + TOP - 4) as f64), (at, (y + TOP + BAR + 4) as f64));
        }
    }
    height + 20
}

/// A bar a row, of a share: the whole width is all.
pub(super) fn shares(pen: &mut Pen, chart: &Chart, rows: &[Vec<Cell>]) -> usize {
    let Some(series) = chart.series.first() else { return 0 };
    let height = rows.len() * STEP;
    scale(pen, height);
    for (number, row) in rows.iter().enumerate() {
        let y = number * STEP;
        let cell = &row[series.column];
        let (name, value) = (row[chart.label].said(pen.lang), cell.said(pen.lang));
        pen.name(y + FOOT, &name, [&value, &rate(cell, pen.lang)]);
        if let Some((_, share)) = cell.bounds().filter(|(_, share)| *share > 0.0) {
            pen.bar(&class(series.tone), (0.0, share), (y + TOP, BAR), &format!("{name} {value}"));
        }
    }
    height + 20
}

/// The quarters of the width, written under it.
fn scale(pen: &mut Pen, height: usize) {
    for quarter in 0..=4 {
        let x = f64::from(quarter) / 4.0;
        pen.line("grid", (x, TOP as f64), (x, height as f64));
        let anchor = ["start", "middle", "middle", "middle", "end"][quarter as usize];
        let mark = number::share(x, pen.lang);
        pen.text("mark", anchor, x, height + 14, &mark);
    }
}

/// Bars side by side, one a series, with their values at their ends.
pub(super) fn paired(pen: &mut Pen, chart: &Chart, rows: &[Vec<Cell>]) -> usize {
    /// The longest leaves room for its value.
    const LONGEST: f64 = 0.44;
    let each = 15;
    let step = TOP + chart.series.len() * each + 6;
    for (number, row) in rows.iter().enumerate() {
        let y = number * step;
        let name = row[chart.label].said(pen.lang);
        pen.name(y + FOOT, &name, [""; 2]);
        for (place, series) in chart.series.iter().enumerate() {
            let cell = &row[series.column];
            let y = y + TOP + place * each;
            let end = cell.bounds().map_or(0.0, |(low, _)| low * LONGEST);
            let unsure = cell.bounds().map_or(end, |(_, high)| high * LONGEST);
            pen.bar(&class(series.tone), (0.0, end), (y, each - 3), &format!("{name} {}", cell.said(pen.lang)));
            if unsure > end {
                pen.bar("unknown", (end, unsure), (y, each - 3), &format!("{name} {}", cell.said(pen.lang)));
            }
            // A little after the end, whatever the width.
            let (full, brief) = (cell.said(pen.lang), rate(cell, pen.lang));
            let tight = if unsure + width(&full)[1] < 1.0 { &full } else { &brief };
            pen.text("value roomy", "start", unsure + 0.012, y + 11, &full);
            pen.text("value tight", "start", unsure + 0.012, y + 11, tight);
        }
    }
    rows.len() * step
}

#[expect(clippy::cast_precision_loss, reason = "populations stay far below 2^53")]
fn part(n: u64, of: u64) -> f64 {
    n as f64 / of as f64
}
