//! A result laid out as sections, tables and charts, whatever carries it: a page, a workbook, a folder of
//! open data.
//!
//! A new kind of result brings one function that gives its [`Dossier`]; every carrier then knows it. Charts
//! hold no figures of their own: they name columns of the table behind them, so that no carrier can draw
//! anything else than what the table says.

mod audit;
mod basis;
mod forecast;
mod gate;
mod plan;
mod rates;
mod trend;

pub use audit::dossier as audit;
pub use forecast::dossier as forecast;
pub use gate::dossier as gate;
pub use plan::dossier as plan;
pub use rates::dossier as rates;
pub use trend::dossier as trend;

use super::{number, visible_line};
use crate::audit::{Counts, Difference, Rate, Share, StatusCounts};
use crate::diag::Lang;
use crate::value::Date;

/// A result, laid out in one language.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// What it is the result of: the name of its template, of its package (`audit`).
    pub kind: &'static str,
    /// Language of its texts.
    pub lang: Lang,
    /// The date of the judgement.
    pub as_of: Date,
    /// What it is, and when (« Audit au 22 novembre 2026 »).
    pub title: String,
    /// What was found, in words.
    pub headline: String,
    /// Why the gate is closed.
    pub closed: Option<String>,
    /// The figures to see first.
    pub tiles: Vec<Tile>,
    /// What follows, in order.
    pub sections: Vec<Section>,
    /// What the figures rest on: names and values.
    pub facts: Vec<(String, Cell)>,
    /// How the figures are to be read.
    pub method: Vec<String>,
    /// Fit for publication: small groups are hidden.
    pub published: bool,
}

/// A figure to see first.
#[derive(Clone, Debug)]
pub struct Tile {
    /// What it counts.
    pub name: String,
    /// Of the whole.
    pub share: Share,
    /// How it is drawn.
    pub tone: Tone,
}

/// What a figure means, and so how it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Conform.
    Pass,
    /// Not conform.
    Fail,
    /// Not known: hatched.
    Unknown,
    /// Not concerned.
    Aside,
    /// Covered by a waiver.
    Waived,
    /// A step of an ordered scale or a series, from the first.
    Step(usize),
}

/// Where a section is of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Everywhere.
    Everywhere,
    /// Where people look: tables that cross others.
    Looked,
    /// Where tables are computed with: long ones.
    Computed,
}

/// A question and its answer.
#[derive(Clone, Debug)]
pub struct Section {
    /// Stable name: anchor, file name (`rules`, `by-profession`).
    pub id: String,
    /// Short name: heading, sheet.
    pub name: String,
    /// What is found, in words.
    pub finding: Option<String>,
    /// What is measured: unit, date, population.
    pub measured: String,
    /// Where it is of use.
    pub place: Place,
    /// Drawings of the table.
    pub charts: Vec<Chart>,
    /// The figures.
    pub table: Table,
    /// What else is to be known.
    pub notes: Vec<String>,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it holds.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows: one cell a column.
    pub rows: Vec<Vec<Cell>>,
    /// How many of the last rows are sums of others.
    pub totals: usize,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Stable name.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What its cells hold.
    pub kind: Kind,
}

/// What the cells of a column hold; any may be [`Cell::Empty`] or [`Cell::Hidden`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A text with a stable key.
    Keyed,
    /// A count.
    Count,
    /// A change of a count.
    Change,
    /// A change of a count, between two bounds.
    Changes,
    /// A change of a share.
    Points,
    /// A part of a whole: low and high are the same.
    Share,
    /// A rate known between two bounds.
    Rate,
    /// A goal: a share without counts.
    Goal,
    /// A date.
    Date,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing to say.
    Empty,
    /// Not to be published.
    Hidden,
    /// A text.
    Text(String),
    /// A text for people, and its stable key.
    Keyed {
        /// As machines know it; `None` for a value that is not known.
        key: Option<String>,
        /// As people read it.
        label: String,
    },
    /// A count.
    Count(u64),
    /// A change of a count.
    Change(i64),
    /// A change of a count, at least and at most.
    Changes {
        /// At least.
        low: i64,
        /// At most.
        high: i64,
    },
    /// A change of a share, at least and at most: 0.01 is one point.
    Points {
        /// At least.
        low: f64,
        /// At most.
        high: f64,
    },
    /// Between `low` and `high` of `of`, which is never 0.
    Rate {
        /// At least.
        low: u64,
        /// At most.
        high: u64,
        /// Of how many.
        of: u64,
    },
    /// A share without counts.
    Goal(f64),
    /// A date.
    Date(Date),
}

/// A drawing of a table.
#[derive(Clone, Debug)]
pub struct Chart {
    /// How it is drawn.
    pub form: Form,
    /// The column that names the rows.
    pub label: usize,
    /// The columns drawn.
    pub series: Vec<Series>,
    /// What it shows, in words.
    pub title: String,
    /// Rows drawn: the first ones, sums left out.
    pub rows: usize,
}

/// How a table is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A bar a row, cut by the series, each a part of a whole; what is missing to the whole is not known.
    Stacked {
        /// Column of the whole.
        whole: usize,
    },
    /// A bar a row: what is known for sure, what may be; the goal as a mark when a column holds one.
    Intervals {
        /// Column of the goals.
        goal: Option<usize>,
    },
    /// Bars side by side, one a series.
    Paired,
    /// A line a series, from date to date; an upright where a rate lies between two bounds.
    Lines,
    /// The same for one series that changes all at once.
    Cliff,
    /// A bar a row, of a share.
    Shares,
    /// A cell a row and a series, darker as its part of the row is larger.
    Matrix,
}

/// A column that is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series {
    /// The column.
    pub column: usize,
    /// How.
    pub tone: Tone,
}

/// Rows of a chart: beyond, bars are too many to be looked at, and for the height of a page.
const DRAWN: usize = 18;
/// Columns of a matrix that is drawn.
const DRAWN_ACROSS: usize = 12;
/// Rows, when each has several bars.
const DRAWN_PAIRED: usize = 14;

impl Cell {
    /// A text from outside or from the rules, on one line, with nothing hidden in it.
    #[must_use]
    pub fn text(text: &str) -> Cell {
        Cell::Text(visible_line(text).into_owned())
    }

    /// A share, when there is something to share.
    #[must_use]
    pub fn share(part: u64, whole: u64) -> Cell {
        Cell::rate_of(part, part, whole)
    }

    fn rate_of(low: u64, high: u64, of: u64) -> Cell {
        if of == 0 { Cell::Empty } else { Cell::Rate { low, high, of } }
    }

    /// The rate of verdicts.
    #[must_use]
    pub fn rate(counts: &Counts) -> Cell {
        Cell::rate_of(counts.pass, counts.pass + counts.unknown, counts.rate().in_scope)
    }

    /// The rate of statuses.
    #[must_use]
    pub fn status_rate(status: &StatusCounts) -> Cell {
        Cell::rate_of(status.up_to_date, status.up_to_date + status.undetermined, status.rate().in_scope)
    }

    /// A change of a share, when both dates have something to share.
    #[must_use]
    pub fn points(change: &Difference) -> Cell {
        change.share.map_or(Cell::Empty, |(low, high)| Cell::Points { low, high })
    }

    /// A change of units.
    #[must_use]
    pub fn changes(change: &Difference) -> Cell {
        let (low, high) = change.units_between;
        Cell::Changes { low, high }
    }

    /// The counts and rates that it holds, from 0 to 1, for charts.
    #[must_use]
    pub fn bounds(&self) -> Option<(f64, f64)> {
        match *self {
            Cell::Rate { low, high, of } => Some((fraction(low, of), fraction(high, of))),
            Cell::Goal(share) => Some((share, share)),
            _ => None,
        }
    }

    /// The count that it holds.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        match *self {
            Cell::Count(n) => Some(n),
            _ => None,
        }
    }

    /// As people read it.
    #[must_use]
    pub fn said(&self, lang: Lang) -> String {
        match self {
            Cell::Empty => "–".to_owned(),
            Cell::Hidden => hidden(lang).to_owned(),
            Cell::Text(text) => text.clone(),
            Cell::Keyed { label, .. } => label.clone(),
            Cell::Count(n) => number::integer(*n, lang),
            Cell::Change(n) => signed(*n, lang),
            Cell::Changes { low, high } => number::interval(signed(*low, lang), signed(*high, lang), lang),
            Cell::Points { low, high } => number::change(*low, *high, lang),
            Cell::Rate { .. } => {
                let Some(rate) = self.as_rate() else { return "–".to_owned() };
                format!("{} ({})", number::rate(&rate, lang), number::rate_counts(&rate, lang))
            }
            Cell::Goal(share) => number::share(*share, lang),
            Cell::Date(date) => numeric_date(*date, lang),
        }
    }

    /// The rate that it holds.
    #[must_use]
    pub fn as_rate(&self) -> Option<Rate> {
        let Cell::Rate { low, high, of } = *self else { return None };
        let (unknown, fail) = (high - low, of - high);
        Some(Counts { pass: low, fail, unknown, not_applicable: 0, waived: 0 }.rate())
    }
}

/// From 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "populations stay far below 2^53")]
fn fraction(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// What stands for a figure that is not to be published.
pub(super) fn hidden(lang: Lang) -> &'static str {
    super::basis::lang_pick(lang, "masqué", "hidden")
}

/// `+1 203`, `−4`, `0`.
pub(super) fn signed(n: i64, lang: Lang) -> String {
    let digits = number::integer(n.unsigned_abs(), lang);
    match n {
        1.. => format!("+{digits}"),
        0 => digits,
        _ => format!("−{digits}"),
    }
}

/// `31/12/2026`, and the ISO form in English.
pub(super) fn numeric_date(date: Date, lang: Lang) -> String {
    match lang {
        Lang::Fr => format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year()),
        Lang::En => date.to_string(),
    }
}

impl Column {
    /// A column.
    pub fn new(id: impl Into<String>, title: impl Into<String>, kind: Kind) -> Column {
        Column { id: id.into(), title: capital(&title.into()), kind }
    }
}

impl Table {
    /// The rows that are not sums of others.
    #[must_use]
    pub fn body(&self) -> &[Vec<Cell>] {
        &self.rows[..self.rows.len() - self.totals]
    }
}

impl Section {
    /// A section without charts nor notes.
    fn new(id: impl Into<String>, name: &str, measured: impl Into<String>, table: Table) -> Section {
        Section {
            id: slug(&id.into()),
            name: capital(name),
            finding: None,
            measured: measured.into(),
            place: Place::Everywhere,
            charts: Vec::new(),
            table,
            notes: Vec::new(),
        }
    }

    /// Adds a chart, unless there is nothing to draw.
    fn draw(&mut self, form: Form, label: usize, series: Vec<Series>, title: String) {
        let most = if form == Form::Paired { DRAWN_PAIRED } else { DRAWN };
        let rows = self.table.body().len().min(most);
        // A matrix of more columns is read as a table.
        if form == Form::Matrix && series.len() > DRAWN_ACROSS {
            return;
        }
        if rows > 0 && !series.is_empty() {
            self.charts.push(Chart { form, label, series, title, rows });
        }
    }
}

/// A rule: its title, and its pack where several are judged.
fn rule_cell(column: &str, title: &crate::diag::Text, lang: Lang) -> Cell {
    let title = super::said(title, lang);
    let label = match column.split_once('/') {
        Some((pack, _)) => format!("{title} ({})", visible_line(pack)),
        None => title,
    };
    Cell::Keyed { key: Some(column.to_owned()), label }
}

/// The text with a capital letter first.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A name for anchors and files: letters, digits and hyphens.
fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            _ if out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    out
}
