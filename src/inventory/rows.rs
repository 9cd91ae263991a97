//! Ends of cells → rows: which run of bytes is the cell of which column.

use super::Selected;
use super::cell::Spelling;
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
}

impl<'s> Layout<'s> {
    /// `split` is that of a run of whole records in `bytes`.
    pub(super) fn new(bytes: &'s [u8], split: &'s Split, columns: usize, dialect: Dialect) -> Layout<'s> {
        let positions = split.positions();
        // A blank line of a file with one column looks like a record.
        let alike = columns > 1 && split.records().iter().zip(1..).all(|(end, row)| *end as usize == row * columns);
        Layout { bytes, positions, records: split.records(), columns, dialect, alike, at: 0 }
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
            let stripped = strip(self.bytes, start as usize, last as usize, self.dialect) as u32;
            if cells == 1 && stripped == start {
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

/// The end of a cell that may be the last of its record, without the carriage return of the line end.
#[inline(always)]
fn strip(bytes: &[u8], start: usize, end: usize, dialect: Dialect) -> usize {
    if dialect.strips_carriage_return()
        && end > start
        && bytes[end - 1] == b'\r'
        && bytes.get(end) == Some(&dialect.line_end)
    {
        end - 1
    } else {
        end
    }
}

impl Rows<'_> {
    /// Start and end of a cell.
    #[inline(always)]
    pub(super) fn cell(&self, row: usize, column: usize) -> (usize, usize) {
        let bounds = &self.bounds[row * self.stride + column..][..2];
        (bounds[0].wrapping_add(1) as usize, bounds[1] as usize)
    }

    /// The same in the last column, where a carriage return may follow.
    #[inline(always)]
    pub(super) fn last_cell(&self, row: usize, column: usize, bytes: &[u8], dialect: Dialect) -> (usize, usize) {
        let (start, end) = self.cell(row, column);
        (start, strip(bytes, start, end, dialect))
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
    /// A cell by column of the header.
    pub(super) fn cell(&self, column: usize, row: usize) -> &'b [u8] {
        let (start, end) = if column + 1 == self.columns {
            self.rows.last_cell(row, column, self.bytes, self.dialect)
        } else {
            self.rows.cell(row, column)
        };
        &self.bytes[start..end]
    }

    /// A cell by column of the selection.
    pub(super) fn raw(&self, column: usize, row: usize) -> &'b [u8] {
        self.cell(self.selection[column].column, row)
    }

    /// Line ends between the start of the block and the row.
    pub(super) fn lines_before(&self, row: usize) -> u32 {
        let start = self.rows.bounds[row * self.rows.stride].wrapping_add(1) as usize;
        memchr::memchr_iter(self.dialect.line_end, &self.bytes[self.start..start]).count() as u32
    }
}
