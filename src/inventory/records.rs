//! Records held in memory: what documents give that are read whole.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::columns::push;
use super::dictionary::Interner;
use super::{Batch, ColumnBatch, Encoding, Finding, Place, Selected, Sink, Spot, Summary};
use crate::diag::Text;

/// Rows given at a time.
const BATCH: usize = 4096;
/// Columns a document may have.
pub(super) const MANY_COLUMNS: usize = 4096;
/// Cells a document may have.
pub(super) const MANY_CELLS: usize = 100 << 20;

/// Records and their columns, filled row by row.
#[derive(Default)]
pub(super) struct Records {
    header: Vec<String>,
    names: HashMap<String, usize>,
    columns: Vec<(ColumnBatch, Interner)>,
    /// Line of each row, from 1.
    lines: Vec<u32>,
    findings: Vec<Finding>,
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

    /// Whether one more row would be too many.
    pub(super) fn is_full(&self, rows: usize) -> bool {
        self.columns.len() > MANY_COLUMNS
            || self.lines.len() >= rows
            || self.columns.len() * self.lines.len() > MANY_CELLS
    }

    /// Adds a row that stands at a line (from 1), one text a column; those that are missing are blank.
    pub(super) fn push<'t>(&mut self, line: u32, mut texts: impl Iterator<Item = &'t str>) {
        for (column, interner) in &mut self.columns {
            push(column, interner, texts.next().unwrap_or_default());
        }
        self.lines.push(line);
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
        self.findings.push(Finding { code, message, help, count: 1, row, line: u64::from(line), column });
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
                    columns: &columns,
                    cells: None,
                    drawn: Some((&spots[range.clone()], range.len() as u32)),
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
