//! Charts of our own, as SVG: a title, a description, no figure that the table behind does not hold.
//!
//! Places along the width are percentages and texts keep their size, so that a drawing fits any width without
//! being scaled. Colours are classes: the page that holds a drawing says what they are, in light, dark and print.
//! Nothing is said by colour alone: what is not known is hatched, goals are marks, values are written.

mod bars;
mod dates;
mod matrix;

use super::dossier::{Cell, Chart, Form, Table, Tone};
use super::markup::escape;
use super::{number, visible_line};
use crate::diag::Lang;
use std::fmt::Write;

/// A drawing.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// The SVG element.
    pub svg: String,
    /// What each way of drawing stands for, in the order drawn: class and name.
    pub legend: Vec<(String, String)>,
    /// Rows left out, and rows there are, when some are.
    pub cut: Option<(usize, usize)>,
}

/// Draws a chart of a table; `id` is unique in the page.
#[must_use]
pub fn draw(table: &Table, chart: &Chart, id: &str, lang: Lang) -> Drawing {
    let mut pen = Pen { out: String::new(), id: id.to_owned(), lang };
    let rows = &table.body()[..chart.rows.min(table.body().len())];
    let height = match chart.form {
        Form::Stacked { whole } => bars::stacked(&mut pen, table, chart, rows, whole),
        Form::Intervals { goal } => bars::intervals(&mut pen, chart, rows, goal),
        Form::Shares => bars::shares(&mut pen, chart, rows),
        Form::Paired => bars::paired(&mut pen, chart, rows),
        Form::Matrix => matrix::draw(&mut pen, table, chart, rows),
        Form::Lines => dates::lines(&mut pen, chart, rows),
        Form::Cliff => dates::cliff(&mut pen, chart, rows),
    };
    let (title, description) = (escape(&chart.title), escape(&described(chart, rows, lang)));
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" width=\"100%\" \
         height=\"{height}\"><title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{description}</desc>\
         <defs><pattern id=\"{id}-h\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" class=\"hatch-ground\"/>\
         <rect width=\"2\" height=\"6\" class=\"hatch-line\"/></pattern></defs>{}</svg>",
        pen.out
    );
    let cut = (table.body().len() > rows.len()).then_some((rows.len(), table.body().len()));
    Drawing { svg, legend: legend(table, chart, lang), cut }
}

/// What each way of drawing stands for.
fn legend(table: &Table, chart: &Chart, lang: Lang) -> Vec<(String, String)> {
    let pick = |fr: &str, en: &str| super::basis::lang_pick(lang, fr, en).to_owned();
    let of = |class: &str, name: String| (class.to_owned(), name);
    match chart.form {
        Form::Intervals { goal } => {
            let mut legend = vec![of("pass", pick("taux sûr", "rate known for sure"))];
            let unknown = chart.series.iter().flat_map(|series| table.body().iter().map(|row| &row[series.column]));
            if unknown.into_iter().any(|cell| matches!(cell, Cell::Rate { low, high, .. } if low < high)) {
                legend.push(of(
                    "unknown",
                    pick("possible, selon les indéterminés", "possible, depending on the unknown"),
                ));
            }
            if goal.is_some() {
                legend.push(of("goal", pick("but à atteindre", "goal to reach")));
            }
            legend
        }
        Form::Shares => Vec::new(),
        Form::Matrix => matrix::legend(table, chart),
        Form::Stacked { whole } => {
            let mut legend: Vec<(String, String)> = named(table, chart);
            let hidden = |row: &Vec<Cell>| chart.series.iter().any(|series| row[series.column] == Cell::Hidden);
            if table.body().iter().any(|row| hidden(row) && row[whole].count().is_some()) {
                legend.push(of("unknown", super::dossier::hidden(lang).to_owned()));
            }
            legend
        }
        Form::Lines => {
            let mut legend = named(table, chart);
            let unsure = |cell: &Cell| matches!(cell, Cell::Rate { low, high, .. } if low < high);
            if table.body().iter().any(|row| chart.series.iter().any(|series| unsure(&row[series.column]))) {
                let (fr, en) = (
                    "Courbe\u{a0}: taux sûr\u{202f}; trait vertical\u{a0}: jusqu'où il peut aller, selon les indéterminés",
                    "Line: rate known for sure; upright: how far it may go, depending on the unknown",
                );
                legend.push((String::new(), pick(fr, en)));
            }
            legend
        }
        Form::Paired => {
            let mut legend = named(table, chart);
            let unsure = |cell: &Cell| matches!(cell, Cell::Rate { low, high, .. } if low < high);
            if table.body().iter().any(|row| chart.series.iter().any(|series| unsure(&row[series.column]))) {
                legend.push(of(
                    "unknown",
                    pick("possible, selon les indéterminés", "possible, depending on the unknown"),
                ));
            }
            legend
        }
        Form::Cliff => named(table, chart),
    }
}

fn named(table: &Table, chart: &Chart) -> Vec<(String, String)> {
    let drawn = chart.series.iter();
    drawn.map(|series| (class(series.tone), table.columns[series.column].title.clone())).collect()
}

/// What is drawn, in words: the first rows, then where the others are.
pub(super) fn described(chart: &Chart, rows: &[Vec<Cell>], lang: Lang) -> String {
    const SAID: usize = 6;
    let line = |row: &Vec<Cell>| {
        let values: Vec<String> = chart.series.iter().map(|series| row[series.column].said(lang)).collect();
        format!("{} {}", row[chart.label].said(lang), values.join(", "))
    };
    let lines: Vec<String> = rows.iter().take(SAID).map(line).collect();
    let rest = match lang {
        Lang::Fr => "Le tableau qui suit donne tous les chiffres.",
        Lang::En => "The table that follows gives all the figures.",
    };
    format!("{}. {rest}", lines.join(" ; "))
}

/// The class of a way of drawing.
#[must_use]
pub fn class(tone: Tone) -> String {
    match tone {
        Tone::Pass => "pass".to_owned(),
        Tone::Fail => "fail".to_owned(),
        Tone::Unknown => "unknown".to_owned(),
        Tone::Aside => "aside".to_owned(),
        Tone::Waived => "waived".to_owned(),
        Tone::Step(step) => format!("s{}", step % 8 + 1),
    }
}

/// What draws.
struct Pen {
    out: String,
    id: String,
    lang: Lang,
}

impl Pen {
    /// Adds to the drawing.
    fn put(&mut self, part: std::fmt::Arguments<'_>) {
        // Strings take everything.
        let _ = self.out.write_fmt(part);
    }

    /// A bar from a share of the width to another, with what it says when pointed at.
    fn bar(&mut self, tone: &str, (from, to): (f64, f64), (y, height): (usize, usize), said: &str) {
        let (x, width) = (percents(from), percents(to - from));
        // A pattern is named by the drawing that holds it: no class can.
        let fill = if tone == "unknown" { format!(" fill=\"url(#{}-h)\"", self.id) } else { String::new() };
        let said = escape(said);
        self.put(format_args!(
            "<rect class=\"b {tone}\" x=\"{x}%\" y=\"{y}\" width=\"{width}%\" height=\"{height}\"{fill}><title>{said}</title></rect>"
        ));
    }

    /// A text.
    fn text(&mut self, class: &str, anchor: &str, x: f64, y: usize, text: &str) {
        let (x, text) = (percents(x), escape(text));
        self.put(format_args!("<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x}%\" y=\"{y}\">{text}</text>"));
    }

    fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let (x1, x2) = (percents(x1), percents(x2));
        self.put(format_args!("<line class=\"{class}\" x1=\"{x1}%\" y1=\"{y1:.1}\" x2=\"{x2}%\" y2=\"{y2:.1}\"/>"));
    }

    /// The name of a bar, and its value: in full, and shorter for a narrow drawing that has no room for it.
    fn name(&mut self, y: usize, name: &str, [value, brief]: [&str; 2]) {
        /// Characters of a name that say something.
        const LEAST: usize = 12;
        let beside = value.chars().count();
        let narrow = if beside + LEAST < TIGHT { value } else { brief };
        let room = TIGHT.saturating_sub(narrow.chars().count() + 2).max(LEAST);
        let (long, short) = (cut(name, ROOMY.saturating_sub(beside)), cut(name, room));
        if long == short {
            self.text("name", "start", 0.0, y, &long);
        } else {
            self.text("name roomy", "start", 0.0, y, &long);
            self.text("name tight", "start", 0.0, y, &short);
        }
        if value == narrow {
            self.text("value", "end", 1.0, y, value);
        } else {
            self.text("value roomy", "end", 1.0, y, value);
            self.text("value tight", "end", 1.0, y, narrow);
        }
    }
}

/// Characters that a line of a drawing holds: at the narrowest of wide pages, and of narrow ones.
const ROOMY: usize = 84;
const TIGHT: usize = 38;

/// The part of the width that a text takes, in a wide drawing and in a narrow one.
fn width(text: &str) -> [f64; 2] {
    #[expect(clippy::cast_precision_loss, reason = "texts of a drawing are short")]
    [ROOMY, TIGHT].map(|room| text.chars().count() as f64 / room as f64)
}

/// A share as a percentage, for coordinates.
fn percents(share: f64) -> String {
    let text = format!("{:.2}", share.clamp(0.0, 1.0) * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A name, cut to what a drawing has room for.
fn cut(name: &str, room: usize) -> String {
    let name = visible_line(name);
    match name.char_indices().nth(room) {
        Some((end, _)) => format!("{}…", name[..end].trim_end()),
        None => name.into_owned(),
    }
}

/// `38,4 %` for a rate, with its bounds.
fn rate(cell: &Cell, lang: Lang) -> String {
    cell.as_rate().map_or_else(|| cell.said(lang), |of| number::rate(&of, lang))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::dossier::{Column, Kind, Series};

    #[test]
    fn hostile_names_are_texts_and_bars_fill_the_width() {
        let hostile = "\"><img src=x onerror=alert(1)> ]]> <script>";
        let columns = vec![
            Column::new("g", "<b>groupe</b>", Kind::Keyed),
            Column::new("n", "n", Kind::Count),
            Column::new("a", "à jour", Kind::Count),
            Column::new("b", "obsolètes", Kind::Count),
            Column::new("r", "taux", Kind::Rate),
        ];
        let row = |name: &str, a, b| {
            let label = Cell::Keyed { key: None, label: name.to_owned() };
            vec![label, Cell::Count(a + b), Cell::Count(a), Cell::Count(b), Cell::share(a, a + b)]
        };
        let rows = vec![row(hostile, 3, 1), row("b", 0, 0)];
        let table = Table { caption: String::new(), columns, rows, totals: 0 };
        let series = [(2, Tone::Pass), (3, Tone::Fail)].map(|(column, tone)| Series { column, tone }).to_vec();
        let rate = vec![Series { column: 4, tone: Tone::Pass }];
        for (form, series) in [
            (Form::Stacked { whole: 1 }, series),
            (Form::Intervals { goal: None }, rate.clone()),
            (Form::Shares, rate.clone()),
            (Form::Paired, rate),
        ] {
            let chart = Chart { form, label: 0, series, title: hostile.to_owned(), rows: 9 };
            let drawing = draw(&table, &chart, "c", Lang::Fr);
            assert!(!drawing.svg.contains("<img") && !drawing.svg.contains("<script") && !drawing.svg.contains("]]>"));
            assert!(drawing.svg.contains("&lt;img"));
            let mut reader = quick_xml::Reader::from_str(&drawing.svg);
            loop {
                match reader.read_event() {
                    Ok(quick_xml::events::Event::Eof) => break,
                    Ok(_) => {}
                    Err(error) => panic!("{error}: {}", drawing.svg),
                }
            }
        }
        let chart = Chart {
            form: Form::Stacked { whole: 1 },
            label: 0,
            series: vec![Series { column: 2, tone: Tone::Pass }, Series { column: 3, tone: Tone::Fail }],
            title: String::new(),
            rows: 1,
        };
        let svg = draw(&table, &chart, "c", Lang::Fr).svg;
        assert!(svg.contains("x=\"0%\" y=\"18\" width=\"75%\"") && svg.contains("x=\"75%\" y=\"18\" width=\"25%\""));
    }
}
