//! Rows of totals of ordinary tables: they are no records.
//!
//! A row is one when the first of its cells that says something says total and the others are blank or figures. In a
//! table of counts (with a column of weights) so is a row in which any key says total: a subtotal. Whatever a run
//! asks for, the same rows are found: all the cells of the table are looked at. Totals are checked against the sum of
//! the weights, then dropped; a row that says total and something else is kept, and said.
//!
//! SPEED: of most rows one byte is looked at.

use super::read::Selection;
use crate::diag::{Diagnostic, Text};
use crate::inventory::{self, Batch, Finding, Inventory, Mode, Part, Selected, Sink, Spot, Summary};
use crate::socle::{FieldId, Socle};
use crate::text;
use crate::value::{Datum, Type, Value};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Rows of totals that are compared with the sum.
const COMPARED: usize = 100;

/// Columns of a table that are looked at.
const COLUMNS: usize = 1000;

/// Digits of a figure in a column of identifiers: more make an identifier.
const COUNT_DIGITS: usize = 6;

/// The cells of a table that tell its rows of totals.
#[derive(Default)]
pub(super) struct TableCells {
    cells: Vec<Cell>,
    weight: Option<(FieldId, usize)>,
    /// Bytes with which a cell that is blank, or says total, may begin.
    opens: Vec<bool>,
}

/// A column of the selection.
struct Cell {
    place: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What a row of a table of counts is about.
    Key,
    Identifier,
    Weight,
    Other,
}

impl TableCells {
    /// Selects them. `columns` gives the column of each field that has one.
    pub(super) fn select(
        selection: &mut Selection,
        socle: &Socle,
        columns: &BTreeMap<FieldId, usize>,
        inventory: &Inventory<'_>,
        weight: Option<FieldId>,
    ) -> TableCells {
        let format = inventory.format();
        // What machines say is no table.
        let width = if format.is_machines() { 0 } else { inventory.header().len() };
        // Columns that nothing else reads cost nothing in CSV.
        let whole = format.delimiter.is_some();
        let opens = (0..=u8::MAX).map(|byte| socle.may_open_total(byte)).collect();
        let mut found = TableCells { cells: Vec::new(), weight: None, opens };
        for column in 0..width.min(COLUMNS) {
            let field = columns.iter().find(|(_, other)| **other == column).map(|(field, _)| *field);
            let kind = match field.map(|field| (&socle.fields[usize::from(field.0)].ty, Some(field) == weight)) {
                Some((_, true)) => Kind::Weight,
                Some((Type::Identifier, _)) => Kind::Identifier,
                Some((Type::Row(_) | Type::String, _)) => Kind::Key,
                Some(_) => Kind::Other,
                None if whole || column == 0 => Kind::Other,
                None => continue,
            };
            let known = selection.columns.iter().position(|known| known.column == column);
            let place = match kind {
                Kind::Weight => selection.place(column, Mode::Coded),
                _ => known.unwrap_or_else(|| selection.place(column, Mode::Glance)),
            };
            found.cells.push(Cell { place, kind });
            if let (Kind::Weight, Some(field)) = (kind, field) {
                found.weight = Some((field, place));
            }
        }
        found
    }

    fn keys(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| cell.kind == Kind::Key)
    }

    /// Rows among which those that say total are, in order.
    fn suspects(&self, batch: &Batch<'_>) -> Vec<usize> {
        let keys = self.keys().filter(|_| self.weight.is_some());
        let told = self.cells.first().into_iter().chain(keys);
        let opens = |raw: &[u8]| raw.first().is_none_or(|byte| self.opens[usize::from(*byte)]);
        let mut suspects: Vec<usize> = Vec::new();
        for cell in told {
            suspects.extend((0..).zip(batch.raws(cell.place)).filter(|(_, raw)| opens(raw)).map(|(row, _)| row));
        }
        suspects.sort_unstable();
        suspects.dedup();
        suspects
    }

    /// Whether a row says total, and then what it is.
    fn judge(&self, socle: &Socle, batch: &Batch<'_>, row: usize) -> Option<Said> {
        let says = |cell: &&Cell| {
            let raw = batch.raw(cell.place, row);
            socle.may_say_total(raw) && socle.says_total(&batch.text(cell.place, row))
        };
        let is_blank = |cell: &&Cell| batch.raw(cell.place, row).iter().all(|b| matches!(b, b' ' | b'"' | b'\t'));
        let first = self.cells.iter().find(|cell| !is_blank(cell)).filter(says);
        let of_counts = || self.weight.and_then(|_| self.keys().find(says));
        first.or_else(of_counts)?;
        let mut said = Said::Total;
        for cell in &self.cells {
            let text = batch.text(cell.place, row);
            let quiet = socle.says_nothing(&text)
                || socle.says_total(&text)
                || match cell.kind {
                    Kind::Weight => true,
                    Kind::Identifier => is_figure(&text) && text.len() <= COUNT_DIGITS,
                    Kind::Key | Kind::Other => is_figure(&text),
                };
            match (quiet, cell.kind, self.weight) {
                (true, ..) => {}
                (false, Kind::Key | Kind::Other, Some(_)) => said = Said::Subtotal,
                _ => return Some(Said::SomethingElse),
            }
        }
        Some(said)
    }
}

/// Whether a text is a number, as tables print them.
fn is_figure(text: &str) -> bool {
    let of_figures = |c: char| c.is_ascii_digit() || c.is_whitespace() || matches!(c, ',' | '.' | '%' | '+' | '-');
    text.contains(|c: char| c.is_ascii_digit()) && text.chars().all(of_figures)
}

/// What a row that says total is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// The sum of all.
    Total,
    /// The sum of some, in a table of counts.
    Subtotal,
    /// Something else too.
    SomethingElse,
}

/// Takes the rows of totals out of what a sink is given.
struct Totals<'t, S> {
    inner: &'t mut S,
    socle: &'t Socle,
    cells: &'t TableCells,
    weight: Option<Weight>,
    found: Found,
}

/// The weights of the records.
struct Weight {
    field: FieldId,
    place: usize,
    generation: Option<u32>,
    /// Of each code.
    values: Vec<Option<u64>>,
    /// Of the records; unknown once it does not fit.
    sum: Option<u64>,
}

/// What was found, by one sink or all of them.
#[derive(Default)]
struct Found {
    totals: Vec<(Spot, Option<u64>)>,
    more: u64,
    subtotals: Rows,
    unsure: Rows,
}

/// How many rows, and the first of them.
#[derive(Default)]
struct Rows {
    count: u64,
    first: Option<Spot>,
}

impl Rows {
    fn add(&mut self, count: u64, first: Option<Spot>) {
        self.count += count;
        self.first = self.first.into_iter().chain(first).min();
    }
}

impl<'t, S: Sink> Totals<'t, S> {
    fn new(inner: &'t mut S, socle: &'t Socle, cells: &'t TableCells) -> Totals<'t, S> {
        let weight = |(field, place)| Weight { field, place, generation: None, values: Vec::new(), sum: Some(0) };
        Totals { inner, socle, cells, weight: cells.weight.map(weight), found: Found::default() }
    }
}

impl<S: Sink> Sink for Totals<'_, S> {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        if let Some(weight) = &mut self.weight {
            weight.add(batch, self.socle);
        }
        let said = |row| Some((row, self.cells.judge(self.socle, batch, row)?));
        let said: Vec<(usize, Said)> = self.cells.suspects(batch).into_iter().filter_map(said).collect();
        if said.is_empty() {
            return self.inner.batch(batch);
        }
        for (row, said) in &said {
            let spot = batch.spot(*row);
            let rows = match said {
                Said::SomethingElse => &mut self.found.unsure,
                Said::Subtotal => &mut self.found.subtotals,
                Said::Total => {
                    let printed = self.weight.as_mut().and_then(|weight| weight.take_back(batch, *row));
                    if self.found.totals.len() < COMPARED {
                        self.found.totals.push((spot, printed));
                    } else {
                        self.found.more += 1;
                    }
                    continue;
                }
            };
            rows.add(1, Some(spot));
            if let (Said::Subtotal, Some(weight)) = (said, &mut self.weight) {
                weight.take_back(batch, *row);
            }
        }
        let mut dropped = said.iter().filter(|(_, said)| *said != Said::SomethingElse).map(|(row, _)| *row).peekable();
        if dropped.peek().is_none() {
            return self.inner.batch(batch);
        }
        let kept: Vec<usize> = (0..batch.rows).filter(|row| dropped.next_if_eq(row).is_none()).collect();
        self.inner.batch(&Part::of(batch, &kept).batch(batch))
    }
}

impl Weight {
    fn add(&mut self, batch: &Batch<'_>, socle: &Socle) {
        let column = &batch.columns[self.place];
        if self.generation != Some(column.dictionary.generation) {
            self.generation = Some(column.dictionary.generation);
            self.values.clear();
        }
        for code in self.values.len() as u32..column.dictionary.len() as u32 {
            let read = socle.read(self.field, &column.dictionary.text(code), false).datum;
            let value = if let Datum::Known(Value::Int(n)) = read { u64::try_from(n).ok() } else { None };
            self.values.push(value);
        }
        let weights = column.codes.iter().map(|code| self.values[*code as usize].unwrap_or(0));
        self.sum = weights.fold(self.sum, |sum, weight| sum?.checked_add(weight));
    }

    /// What a row of totals prints, which is no part of the sum.
    fn take_back(&mut self, batch: &Batch<'_>, row: usize) -> Option<u64> {
        let printed = self.values[batch.columns[self.place].codes[row] as usize]?;
        self.sum = self.sum.and_then(|sum| sum.checked_sub(printed));
        Some(printed)
    }
}

/// Reads a table without its rows of totals, and says of them in the summary.
///
/// # Errors
/// Those of [`Inventory::scan`].
pub(super) fn scan<S: Sink>(
    inventory: Inventory<'_>,
    selection: &[Selected],
    cells: &TableCells,
    socle: &Socle,
    options: &inventory::Options,
    sinks: &mut [S],
) -> Result<Summary, Box<Diagnostic>> {
    let mut sinks: Vec<Totals<'_, S>> = sinks.iter_mut().map(|sink| Totals::new(sink, socle, cells)).collect();
    let mut summary = inventory.scan(selection, options, &mut sinks)?;
    conclude(sinks, &mut summary);
    Ok(summary)
}

/// Says what was dropped, checked and kept, in the summary of the reading.
fn conclude<S>(sinks: Vec<Totals<'_, S>>, summary: &mut Summary) {
    let mut all = Found::default();
    let mut sum = Some(0u64);
    let mut weighed = false;
    for Totals { found, weight, .. } in sinks {
        all.totals.extend(found.totals);
        all.more += found.more;
        all.subtotals.add(found.subtotals.count, found.subtotals.first);
        all.unsure.add(found.unsure.count, found.unsure.first);
        weighed |= weight.is_some();
        sum = sum.zip(weight.map_or(Some(0), |weight| weight.sum)).and_then(|(sum, more)| sum.checked_add(more));
    }
    all.totals.sort_unstable();
    let finding = |code, spot: Spot, count, message, help| Finding {
        code,
        message,
        help,
        count,
        row: Some(summary.row(spot.place)),
        line: summary.line(spot),
        column: None,
        document: None,
    };
    let mut found = Vec::new();
    if let Some((first, _)) = all.totals.first() {
        let count = all.totals.len() as u64 + all.more;
        let message = text!(
            "lignes de total : ce ne sont pas des enregistrements, écartées",
            "rows of totals: no records, dropped"
        );
        let sums = |printed: &Option<u64>| printed.is_none() || *printed == sum;
        let all_sum = weighed && all.totals.iter().all(|(_, printed)| sums(printed));
        let help =
            all_sum.then(|| text!("leur poids est la somme des autres", "their weight is the sum of the others"));
        found.push(finding("inventory/total-row", *first, count, message, help));
        // One that is the sum is that of all; the others are of parts.
        let none_sums = weighed && !all.totals.iter().any(|(_, printed)| printed.is_some() && *printed == sum);
        let last = all.totals.iter().rev().find(|(_, printed)| printed.is_some());
        if let (true, Some((spot, Some(printed))), Some(sum)) = (none_sums, last, sum) {
            let message = text!(
                "une ligne de total n'est pas la somme des autres",
                "a row of totals is not the sum of the others"
            );
            let help = text!(
                "total imprimé {printed}, somme {sum} : seules les autres lignes comptent",
                "printed total {printed}, sum {sum}: only the other rows count"
            );
            found.push(finding(super::wide::WRONG_TOTAL, *spot, 1, message, Some(help)));
        }
    }
    if let Some(spot) = all.subtotals.first {
        found.push(finding("inventory/subtotal-row", spot, all.subtotals.count, subtotals(), None));
    }
    if let Some(spot) = all.unsure.first {
        let message = text!(
            "lignes qui commencent par « total » et disent autre chose : gardées",
            "rows that begin with “total” and say something else: kept"
        );
        let help = text!(
            "si ce sont des sous-totaux, les retirer de l'export",
            "if they are sub-totals, take them out of the export"
        );
        found.push(finding("inventory/total-row-kept", spot, all.unsure.count, message, Some(help)));
    }
    summary.findings.extend(found);
}

/// What is said of rows of subtotals.
pub(super) fn subtotals() -> Text {
    text!(
        "lignes de sous-total : elles compteraient deux fois, écartées",
        "rows of subtotals: they would count twice, dropped"
    )
}
