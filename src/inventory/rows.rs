//! Ends of cells → rows: which run of bytes is the cell of which column.

use super::Selected;
use super::cell::Spelling;
use super::dictionary::{Run, before_line_end};
use super::masks::Dialect;
use super::split::Split;

/// Most bounds laid out at a time when rows are not all alike.
const LAID_OUT: usize = 1 << 17;

/// Bounds of the cells of some rows: cell `k` of row `r` goes from just after
/// `bounds[r * stride + k]` to `bounds[r * stride + k + 1]`.
#[derive(Clone, Copy)]
pub(super) struct Rows<'b> {
    pub(super) bounds: &'b [u32],
    pub(super) stride: usize,
    pub(super) rows: usize,
}

/// A record that has not as many cells as the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ragged {
    /// Row in the run.
    pub(super) row: usize,
    /// Whether cells are missing (or else there are too many).
    pub(super) short: bool,
}

/// Lays out the rows of a block, some at a time.
pub(super) struct Layout<'s> {
    bytes: &'s [u8],
    positions: &'s [u32],
    records: &'s [u32],
    columns: usize,
    dialect: Dialect,
    alike: bool,
    /// Records given so far.
    at: usize,
    /// Records of delimiters alone that were passed over: how many, and where the first starts.
    hollow: Option<(u64, usize)>,
}

impl<'s> Layout<'s> {
    /// `split` is that of a run of whole records in `bytes`.
    pub(super) fn new(bytes: &'s [u8], split: &'s Split, columns: usize, dialect: Dialect) -> Layout<'s> {
        let positions = split.positions();
        // As long as its delimiters and its line end: no cell of it holds anything.
        let is_short =
            |row: usize| positions[row * columns].wrapping_sub(positions[(row - 1) * columns]) as usize <= columns + 1;
        // A blank line of a file with one column looks like a record.
        let alike = columns > 1
            && split.records().iter().zip(1..).all(|(end, row)| *end as usize == row * columns && !is_short(row));
        Layout { bytes, positions, records: split.records(), columns, dialect, alike, at: 0, hollow: None }
    }

    /// Records of delimiters alone that were passed over since the last call: how many, and where the first starts.
    pub(super) fn take_hollow(&mut self) -> Option<(u64, usize)> {
        self.hollow.take()
    }

    /// Whether all rows were given.
    pub(super) fn is_done(&self) -> bool {
        self.at == self.records.len()
    }

    /// The next rows: all of them when they are alike. `storage` is room for their bounds; `ragged`
    /// receives the records that are not like the header.
    pub(super) fn next<'b>(&mut self, storage: &'b mut Vec<u32>, ragged: &mut Vec<Ragged>) -> Rows<'b>
    where
        's: 'b,
    {
        if self.alike {
            self.at = self.records.len();
            return Rows { bounds: self.positions, stride: self.columns, rows: self.records.len() };
        }
        let stride = self.columns + 1;
        storage.clear();
        let mut rows = 0;
        while !self.is_done() && (rows == 0 || storage.len() + stride <= LAID_OUT) {
            let first = if self.at == 0 { 0 } else { self.records[self.at - 1] as usize };
            let before = self.positions[first];
            let ends = &self.positions[first + 1..=self.records[self.at] as usize];
            self.at += 1;
            let cells = ends.len();
            let last = ends[cells - 1];
            // The last cell without the carriage return of the line end.
            let start = if cells == 1 { before.wrapping_add(1) } else { ends[cells - 2].wrapping_add(1) };
            let stripped = match self.dialect.stripped_line_end() {
                Some(line_end) => before_line_end(self.bytes, start as usize, last as usize, line_end) as u32,
                None => last,
            };
            // Blank lines are not records, nor are those that a spreadsheet fills with delimiters.
            if stripped.wrapping_sub(before) as usize == cells {
                if cells > 1 {
                    self.hollow.get_or_insert((0, before.wrapping_add(1) as usize)).0 += 1;
                }
                continue;
            }
            storage.push(before);
            if cells < self.columns {
                ragged.push(Ragged { row: rows, short: true });
                storage.extend_from_slice(&ends[..cells - 1]);
                // An empty cell starts where it ends: just after the end before it.
                storage.extend((0..=(self.columns - cells) as u32).map(|missing| stripped.wrapping_add(missing)));
            } else {
                if cells > self.columns {
                    ragged.push(Ragged { row: rows, short: false });
                }
                storage.extend_from_slice(&ends[..self.columns]);
            }
            rows += 1;
        }
        Rows { bounds: storage, stride, rows }
    }
}

impl<'b> Rows<'b> {
    /// The texts from the start of a column to the end of another, from row `first` on.
    #[inline]
    pub(super) fn run(&self, from: usize, to: usize, first: usize, line_end: Option<u8>) -> Run<'b> {
        // Without rows there is no bound.
        let bounds = |place: usize| self.bounds.get(first * self.stride + place..).unwrap_or_default();
        Run { before: bounds(from), ends: bounds(to + 1), stride: self.stride, line_end }
    }

    /// Whether every record has a cell for each of so many columns, and no other.
    pub(super) fn are_alike(&self, columns: usize) -> bool {
        self.stride == columns
    }
}

/// The cells of a batch, as bytes.
#[derive(Clone, Copy)]
pub(super) struct Cells<'b> {
    pub(super) bytes: &'b [u8],
    /// Where the block starts in `bytes`.
    pub(super) start: usize,
    pub(super) rows: Rows<'b>,
    pub(super) columns: usize,
    pub(super) selection: &'b [Selected],
    pub(super) dialect: Dialect,
    pub(super) spelling: Spelling,
}

impl<'b> Cells<'b> {
    /// The cells of a column of the header, from row `first` on.
    #[inline]
    pub(super) fn run(&self, column: usize, first: usize) -> Run<'b> {
        self.span(column, column, first)
    }

    /// The texts from the start of a column of the header to the end of another, from row `first` on.
    #[inline]
    pub(super) fn span(&self, from: usize, to: usize, first: usize) -> Run<'b> {
        let line_end = if to + 1 == self.columns { self.dialect.stripped_line_end() } else { None };
        self.rows.run(from, to, first, line_end)
    }

    /// A cell by column of the header.
    #[inline]
    pub(super) fn cell(&self, column: usize, row: usize) -> &'b [u8] {
        let at = row * self.rows.stride + column;
        let (start, end) = (self.rows.bounds[at].wrapping_add(1) as usize, self.rows.bounds[at + 1] as usize);
        match self.dialect.stripped_line_end() {
            Some(line_end) if column + 1 == self.columns => {
                &self.bytes[start..before_line_end(self.bytes, start, end, line_end)]
            }
            _ => &self.bytes[start..end],
        }
    }

    /// The cell of each row in a column of the header.
    pub(super) fn column(&self, column: usize) -> impl Fn(usize) -> &'b [u8] + use<'b> {
        // SPEED: what does not change from row to row is settled once.
        let (run, bytes) = (self.run(column, 0), self.bytes);
        move |row| {
            let (start, end) = run.cell(row, bytes);
            &bytes[start..end]
        }
    }

    /// A cell by column of the selection.
    #[inline]
    pub(super) fn raw(&self, column: usize, row: usize) -> &'b [u8] {
        self.cell(self.selection[column].column, row)
    }

    /// Bytes from the start of a column of the header to the end of another, in all rows.
    pub(super) fn bytes_between(&self, from: usize, to: usize) -> usize {
        let run = self.span(from, to, 0);
        (0..self.rows.rows).map(|row| run.cell(row, self.bytes)).map(|(start, end)| end - start).sum()
    }

    /// Line ends between the start of the block and the row.
    pub(super) fn lines_before(&self, row: usize) -> u32 {
        let start = self.rows.bounds[row * self.rows.stride].wrapping_add(1) as usize;
        memchr::memchr_iter(self.dialect.line_end, &self.bytes[self.start..start]).count() as u32
    }
}
