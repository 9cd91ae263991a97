//! Records held in memory: what documents give that are read whole.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::columns::push;
use super::dictionary::Interner;
use super::{Batch, ColumnBatch, ColumnSet, Encoding, Finding, Options, Place, Selected, Sink, Spot, Summary};
use crate::diag::Text;
use crate::text;

/// Rows given at a time.
const BATCH: usize = 4096;

/// What a spreadsheet made of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// A text, as it was typed.
    Text,
    /// A number, of which all that was typed is shown.
    Number,
    /// A number with decimals, whose last zeros, if any were typed, are lost.
    Rounded,
    /// A date or a time.
    Date,
}

/// Records and their columns, filled row by row.
#[derive(Default)]
pub(super) struct Records {
    header: Vec<String>,
    names: HashMap<String, usize>,
    columns: Vec<(ColumnBatch, Interner)>,
    /// Of the cells of each column, when a spreadsheet has types.
    kinds: Vec<Vec<CellKind>>,
    /// Cells that hold a list or an object, written as JSON: column, row, line.
    nested: Vec<(usize, usize, u32)>,
    /// Line of each row, from 1.
    lines: Vec<u32>,
    findings: Vec<Finding>,
    /// Bytes of the distinct texts.
    bytes: usize,
    /// That of the document.
    pub(super) encoding: Encoding,
}

impl Records {
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    pub(super) fn rows(&self) -> usize {
        self.lines.len()
    }

    /// A new column, blank so far, whatever its name.
    pub(super) fn add(&mut self, name: &str) -> usize {
        let mut column = ColumnBatch::default();
        let mut interner = Interner::default();
        if !self.lines.is_empty() {
            push(&mut column, &mut interner, "");
            column.codes.resize(self.lines.len(), 0);
        }
        self.columns.push((column, interner));
        self.names.entry(name.to_owned()).or_insert(self.header.len());
        self.header.push(name.to_owned());
        self.header.len() - 1
    }

    /// The column of a name.
    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Whether one more row would be too many; texts, each once, may take twice what a document may.
    pub(super) fn is_full(&self, options: &Options) -> bool {
        self.columns.len() > options.columns
            || self.lines.len() >= options.records
            || self.columns.len() * self.lines.len() > options.cells
            || self.bytes as u64 / 2 > options.document_bytes
    }

    /// Adds a row that stands at a line (from 1), one text a column; those that are missing are blank.
    pub(super) fn push<'t>(&mut self, line: u32, mut texts: impl Iterator<Item = &'t str>) {
        for (column, interner) in &mut self.columns {
            let before = column.dictionary.size();
            push(column, interner, texts.next().unwrap_or_default());
            self.bytes += column.dictionary.size() - before;
        }
        self.lines.push(line);
    }

    /// The same, of cells that have a type.
    pub(super) fn push_typed<'t>(&mut self, line: u32, cells: impl Iterator<Item = (&'t str, CellKind)> + Clone) {
        self.kinds.resize(self.columns.len(), Vec::new());
        for (kinds, (_, kind)) in self.kinds.iter_mut().zip(cells.clone()) {
            kinds.push(kind);
        }
        self.push(line, cells.map(|(text, _)| text));
    }

    /// A cell of the row to be pushed holds a list or an object.
    pub(super) fn nested(&mut self, column: usize, line: u32) {
        self.nested.push((column, self.lines.len(), line));
    }

    /// Blanks the lists and objects of columns that hold none, and says so.
    pub(super) fn flatten(&mut self, column: usize) {
        let found: Vec<(usize, u32)> =
            self.nested.iter().filter(|(at, ..)| *at == column).map(|(_, row, line)| (*row, *line)).collect();
        for (row, line) in found {
            let (batch, interner) = &mut self.columns[column];
            push(batch, interner, "");
            if let Some(code) = batch.codes.pop() {
                batch.codes[row] = code;
            }
            self.note("inventory/nested-value", (line, Some(row as u64 + 1), Some(column)), || {
                (
                    text!(
                        "valeurs imbriquées (objet ou tableau) là où un texte est attendu : inconnues",
                        "nested values (an object or array) where a text is expected: unknown"
                    ),
                    Some(text!("exporter une valeur par colonne", "export one value a column")),
                )
            });
        }
    }

    /// Puts cells of a column that are no text in other words, each told; blank is unknown.
    pub(super) fn amend(
        &mut self,
        column: usize,
        said: (&'static str, Text, Text),
        judge: &mut dyn FnMut(&str, CellKind) -> Option<String>,
    ) {
        let Some(kinds) = self.kinds.get(column) else { return };
        let (batch, interner) = &mut self.columns[column];
        let mut found: Option<Finding> = None;
        let (code, message, help) = said;
        for (row, kind) in kinds.iter().enumerate().filter(|(_, kind)| **kind != CellKind::Text) {
            let text = batch.dictionary.text(batch.codes[row]);
            let Some(amended) = judge(&text, *kind) else { continue };
            push(batch, interner, &amended);
            if let Some(code) = batch.codes.pop() {
                batch.codes[row] = code;
            }
            let line = u64::from(self.lines[row]);
            found
                .get_or_insert_with(|| Finding {
                    code,
                    message: message.clone(),
                    help: Some(help.clone()),
                    count: 0,
                    row: Some(row as u64 + 1),
                    line,
                    column: Some(column),
                    document: None,
                })
                .count += 1;
        }
        self.findings.extend(found);
    }

    /// Notes something of the whole document.
    pub(super) fn say(&mut self, code: &'static str, count: u64, message: Text, help: Option<Text>) {
        self.findings.push(Finding { code, message, help, count, row: None, line: 1, column: None, document: None });
    }

    /// Notes one more of something, said once with their number and the place of the first: its line, the row
    /// if it is one, the column.
    pub(super) fn note(
        &mut self,
        code: &'static str,
        place: (u32, Option<u64>, Option<usize>),
        say: impl FnOnce() -> (Text, Option<Text>),
    ) {
        if let Some(finding) = self.findings.iter_mut().find(|finding| finding.code == code) {
            finding.count += 1;
            return;
        }
        let (message, help) = say();
        let (line, row, column) = place;
        self.findings.push(Finding {
            code,
            message,
            help,
            count: 1,
            row,
            line: u64::from(line),
            column,
            document: None,
        });
    }

    /// Gives all rows to the first sink.
    pub(super) fn scan<S: Sink>(self, digest: String, selection: &[Selected], sinks: &mut [S]) -> Summary {
        let rows = self.lines.len();
        let spot = |(row, line): (u32, &u32)| Spot { place: Place { block: 0, row }, line: line.saturating_sub(1) };
        let spots: Vec<Spot> = (0u32..).zip(&self.lines).map(spot).collect();
        let mut stored: Vec<ColumnBatch> = self.columns.into_iter().map(|(column, _)| column).collect();
        let mut codes = Vec::new();
        let mut columns = Vec::new();
        for (number, Selected { column, .. }) in selection.iter().enumerate() {
            let again = selection[number + 1..].iter().any(|other| other.column == *column);
            let ColumnBatch { codes: all, dictionary } = &mut stored[*column];
            codes.push(if again { all.clone() } else { std::mem::take(all) });
            let dictionary = if again { dictionary.clone() } else { std::mem::take(dictionary) };
            columns.push(ColumnBatch { codes: Vec::new(), dictionary });
        }
        let mut stopped = false;
        if let Some(sink) = sinks.first_mut() {
            for first in (0..rows.max(1)).step_by(BATCH) {
                let range = first..rows.min(first + BATCH);
                for (column, codes) in columns.iter_mut().zip(&codes) {
                    column.codes.clear();
                    column.codes.extend_from_slice(&codes[range.clone()]);
                }
                let batch = Batch {
                    block: 0,
                    first_row: first as u32,
                    rows: range.len(),
                    last: range.end == rows,
                    columns: ColumnSet::of(&columns),
                    cells: None,
                    drawn: Some((&spots[range.clone()], range.len() as u32)),
                    document: None,
                };
                if sink.batch(&batch) == ControlFlow::Break(()) {
                    stopped = true;
                    break;
                }
            }
        }
        let counts = std::iter::once((rows as u64, 0));
        let mut summary = Summary::new(counts, 0, (!stopped).then_some(digest), self.encoding);
        summary.findings = self.findings;
        summary
    }
}
