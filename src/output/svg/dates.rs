//! Charts along dates.

use super::{Pen, class, rate, width};
use crate::output::dossier::{Cell, Chart, numeric_date};
use crate::output::number;
use crate::value::Date;

/// Where the plot starts and ends along the width.
const LEFT: f64 = 0.125;
const RIGHT: f64 = 0.97;
/// Where it starts and ends in height.
const TOP: f64 = 24.0;
const FOOT: f64 = 224.0;
/// Height of the whole.
const HEIGHT: usize = 250;
/// Room between two marks.
const APART: f64 = 0.015;

/// Where the rows stand: their date's share of the width, and the row.
fn placed<'r>(chart: &Chart, rows: &'r [Vec<Cell>]) -> Vec<(f64, Date, &'r Vec<Cell>)> {
    let dated: Vec<(Date, &Vec<Cell>)> = rows
        .iter()
        .filter_map(|row| match row[chart.label] {
            Cell::Date(date) => Some((date, row)),
            _ => None,
        })
        .collect();
    let (Some((first, _)), Some((last, _))) = (dated.first().copied(), dated.last().copied()) else {
        return Vec::new();
    };
    #[expect(clippy::cast_precision_loss, reason = "days of a calendar")]
    let days = |to: Date| to.days_since(first) as f64;
    let span = days(last).max(1.0);
    let at = |date: Date| LEFT + (RIGHT - LEFT) * days(date) / span;
    dated.into_iter().map(|(date, row)| (at(date), date, row)).collect()
}

fn height(share: f64) -> f64 {
    FOOT - (FOOT - TOP) * share
}

/// Which rows have their date and value written: the ends, then those of most weight, as long as there is room for a text
/// from there on (the last one's stands before it).
fn written(
    placed: &[(f64, Date, &Vec<Cell>)],
    weight: impl Fn(usize) -> f64,
    text: impl Fn(usize) -> f64,
) -> Vec<bool> {
    let last = placed.len().saturating_sub(1);
    let taken = |number: usize| {
        let x = placed[number].0;
        if number == last && last > 0 { (x - text(number), x) } else { (x, x + text(number)) }
    };
    let mut order: Vec<usize> = (0..placed.len()).collect();
    let ends = |number: usize| number == 0 || number == last;
    order.sort_by(|one, two| {
        let key = |number: usize| (ends(number), weight(number));
        let ((end, heavy), (other_end, other)) = (key(*one), key(*two));
        other_end.cmp(&end).then(other.total_cmp(&heavy)).then(one.cmp(two))
    });
    let mut boxes: Vec<(f64, f64)> = Vec::new();
    let mut shown = vec![false; placed.len()];
    for number in order {
        let (from, to) = taken(number);
        let free = boxes.iter().all(|(left, right)| to + APART <= *left || from >= right + APART);
        if ends(number) || (free && to <= 1.0) {
            boxes.push((from, to));
            shown[number] = true;
        }
    }
    shown
}

/// The grid and the dates.
fn axes(pen: &mut Pen, placed: &[(f64, Date, &Vec<Cell>)], shown: &[bool]) {
    for quarter in 0..=4u8 {
        let share = f64::from(quarter) / 4.0;
        let y = height(share);
        pen.line("grid", (LEFT, y), (RIGHT, y));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place on the page")]
        pen.text("mark", "end", LEFT - 0.01, (y + 4.0) as usize, &number::share(share, pen.lang));
    }
    for (number, (x, date, _)) in placed.iter().enumerate().filter(|(number, _)| shown[*number]) {
        let last = number > 0 && number + 1 == placed.len();
        let class = if number == 0 || last { "mark" } else { "mark roomy" };
        pen.text(class, if last { "end" } else { "start" }, *x, 242, &numeric_date(*date, pen.lang));
    }
}

/// The part of a wide drawing that a date takes.
fn date_width(date: Date, pen: &Pen) -> f64 {
    width(&numeric_date(date, pen.lang))[0]
}

/// A line a series; each has its own dashes and marks, and its name at the end is in the legend.
pub(super) fn lines(pen: &mut Pen, chart: &Chart, rows: &[Vec<Cell>]) -> usize {
    let placed = placed(chart, rows);
    let shown = written(&placed, |_| 0.0, |number| date_width(placed[number].1, pen));
    axes(pen, &placed, &shown);
    for series in &chart.series {
        let class = class(series.tone);
        let points: Vec<(f64, f64, &Cell)> = placed
            .iter()
            .filter_map(|(x, _, row)| Some((*x, row[series.column].bounds()?.0, &row[series.column])))
            .collect();
        for pair in points.windows(2) {
            pen.line(&format!("l {class}"), (pair[0].0, height(pair[0].1)), (pair[1].0, height(pair[1].1)));
        }
        for (x, _, cell) in &points {
            if let Some((low, high)) = cell.bounds().filter(|(low, high)| low < high) {
                pen.line(&format!("w {class}"), (*x, height(low)), (*x, height(high)));
            }
        }
        for (x, share, cell) in points {
            let said = crate::output::markup::escape(&cell.said(pen.lang));
            let (x, y) = (super::percents(x), height(share));
            pen.put(format_args!(
                "<circle class=\"b {class}\" cx=\"{x}%\" cy=\"{y:.1}\" r=\"4\"><title>{said}</title></circle>"
            ));
        }
    }
    HEIGHT
}

/// One series that holds until its next date.
pub(super) fn cliff(pen: &mut Pen, chart: &Chart, rows: &[Vec<Cell>]) -> usize {
    let Some(series) = chart.series.first() else { return 0 };
    let placed = placed(chart, rows);
    // The highest steps are told first.
    let share = |number: usize| placed[number].2[series.column].bounds().map_or(0.0, |(low, _)| low);
    let step = |number: usize| (share(number) - share(number.saturating_sub(1))).abs();
    let value = |number: usize| placed[number].2[series.column].said(pen.lang);
    let room = |number: usize| width(&value(number))[0].max(date_width(placed[number].1, pen));
    let shown = written(&placed, step, room);
    axes(pen, &placed, &shown);
    let class = class(series.tone);
    for (number, (x, date, row)) in placed.iter().enumerate() {
        let cell = &row[series.column];
        let Some((share, _)) = cell.bounds() else { continue };
        let until = placed.get(number + 1).map_or(*x, |next| next.0);
        let y = height(share);
        let said = format!("{} {}", numeric_date(*date, pen.lang), cell.said(pen.lang));
        if until > *x {
            let (left, width) = (super::percents(*x), super::percents(until - x));
            let (tall, said) = (FOOT - y, crate::output::markup::escape(&said));
            pen.put(format_args!(
                "<rect class=\"c {class}\" x=\"{left}%\" y=\"{y:.1}\" width=\"{width}%\" height=\"{tall:.1}\"><title>{said}</title></rect>"
            ));
        }
        if shown[number] {
            let ends = number == 0 || number + 1 == placed.len();
            let anchor = if number + 1 == placed.len() && number > 0 { "end" } else { "start" };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place on the page")]
            let above = (y - 6.0) as usize;
            pen.text("value roomy", anchor, *x, above, &cell.said(pen.lang));
            if ends {
                pen.text("value tight", anchor, *x, above, &rate(cell, pen.lang));
            }
        }
    }
    HEIGHT
}
