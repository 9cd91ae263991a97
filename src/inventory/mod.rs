//! Inventories: bytes → batches of dictionary-coded columns, positions kept.
//!
//! Every format gives the same thing: a header of named columns, then batches in which each selected
//! column holds one code a row, and a dictionary with the text of each code. Nothing here knows what
//! a text means.
//!
//! [`open`] recognises the file by its bytes, takes off what is wrapped around it and reads its header; the
//! consumer selects columns; [`Inventory::scan`] hands the rows to one [`Sink`] a thread. [`Csv`] is the reader
//! of the largest ones; documents are read whole. [`Columns`] builds the same batches from rows of texts.

pub mod canonical;
mod cell;
mod coder;
mod collection;
mod columns;
mod compound;
mod csv;
mod cut;
mod dictionary;
mod digest;
mod documents;
mod finding;
mod joint;
mod json;
pub mod machine;
mod masks;
mod ods;
mod open;
mod recode;
mod records;
mod rows;
mod shaped;
mod shown;
mod sniff;
mod source;
mod split;
mod unpack;
mod workbook;
mod xls;
mod xlsx;

pub use cell::Encoding;
pub use collection::{Aside, Collected, Reopen};
pub use columns::{Columns, Part};
pub use csv::Csv;
pub use dictionary::Dictionary;
pub use documents::{Bytes, Documents, Entry, LeftOut, is_hidden, is_of_system};
pub use finding::{Finding, Summary};
pub use open::{Format, Inventory, NO_RECORD, Opened, open, open_all, open_any};
pub use recode::CodePage;
pub use records::CellKind;
pub use shaped::{Shape, open_shaped};

use std::borrow::Cow;
use std::ops::{ControlFlow, Range};

/// Where a row stands, relative to its block: the reader adds the rows and lines of the blocks before
/// once the whole file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Number of the block in its file, from 0.
    pub block: u32,
    /// Row in the block, from 0.
    pub row: u32,
}

/// A [`Place`] with the line it stands on, relative to its block too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// Block and row.
    pub place: Place,
    /// Physical line ends in the block before the row's first byte.
    pub line: u32,
}

/// A run of rows of one file, as one worker sees them.
///
/// Blocks of one file are numbered in file order and reach the workers in any order; every block
/// gives at least one batch (perhaps without rows), all its batches go to one worker, in order, and
/// the last one says so.
pub struct Batch<'b> {
    /// Number of the block in its file, from 0.
    pub block: u32,
    /// Row of the block that the batch starts with.
    pub first_row: u32,
    /// Number of rows.
    pub rows: usize,
    /// Whether the block ends with this batch.
    pub last: bool,
    /// One column for each selected column, in the order of the selection; those that were joined from
    /// [`JOINED`] on.
    pub columns: ColumnSet<'b>,
    /// Bytes of the cells; without them (rows pushed as texts) the dictionaries have it all.
    cells: Option<rows::Cells<'b>>,
    /// For rows drawn from those of another batch: where each stands (in order), and how many rows that one had.
    drawn: Option<(&'b [Spot], u32)>,
    /// Name of the document that the block is, when it is one of several.
    document: Option<&'b str>,
}

impl<'b> Batch<'b> {
    /// Block and row of row `row` of the batch.
    #[must_use]
    pub fn place(&self, row: usize) -> Place {
        match self.drawn {
            Some((spots, _)) => spots[row].place,
            None => Place { block: self.block, row: self.first_row + row as u32 },
        }
    }

    /// Place of row `row` with its line: counts line ends in the block, so only for what is reported.
    #[must_use]
    pub fn spot(&self, row: usize) -> Spot {
        if let Some((spots, _)) = self.drawn {
            return spots[row];
        }
        let place = self.place(row);
        Spot { place, line: self.cells.as_ref().map_or(place.row, |cells| cells.lines_before(row)) }
    }

    /// Name of the document that the block is, in an input of documents.
    #[must_use]
    pub fn document(&self) -> Option<&'b str> {
        self.document
    }

    /// Number of rows of the block that the batch covers, from [`Batch::first_row`] on.
    #[must_use]
    pub fn covered(&self) -> u32 {
        self.drawn.map_or(self.rows as u32, |(_, rows)| rows)
    }

    /// The rows of the batch that stand at a row of the block.
    #[must_use]
    pub fn rows_at(&self, row: u32) -> Range<usize> {
        let before = |row: u32| match self.drawn {
            Some((spots, _)) => spots.partition_point(|spot| spot.place.row < row),
            None => (row.saturating_sub(self.first_row) as usize).min(self.rows),
        };
        before(row)..before(row.saturating_add(1))
    }

    /// The bytes of a cell as they stand in the file, quotes included, for a column of the selection
    /// (index in the selection), coded or raw.
    #[must_use]
    pub fn raw(&self, column: usize, row: usize) -> &'b [u8] {
        match &self.cells {
            Some(cells) if column < JOINED => cells.raw(column, row),
            _ => self.columns.raw(column, row),
        }
    }

    /// The bytes of the cells of a column of the selection, row by row, see [`Batch::raw`].
    pub fn raws(&self, column: usize) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        let cells = self.cells.filter(|_| column < JOINED);
        let cells = cells.map(|cells| cells.column(cells.selection[column].column));
        let columns = self.columns;
        (0..self.rows).map(move |row| match &cells {
            Some(cell) => cell(row),
            None => columns.raw(column, row),
        })
    }

    /// The text of a cell: unquoted, decoded, not trimmed.
    #[must_use]
    pub fn text(&self, column: usize, row: usize) -> Cow<'b, str> {
        match &self.cells {
            Some(cells) if column < JOINED => cells.spelling.text(cells.raw(column, row)),
            _ => {
                let column = self.columns.get(column);
                column.dictionary.text(column.codes[row])
            }
        }
    }

    /// The same rows, with columns that were joined to them: one code a row each.
    #[must_use]
    pub fn with(&self, joined: &'b Columns) -> Batch<'b> {
        let columns = ColumnSet { joined: joined.columns(), ..self.columns };
        Batch { columns, cells: self.cells, ..*self }
    }
}

/// Place of the first of the columns that are joined to a batch.
pub const JOINED: usize = 1 << 20;

/// The columns of a batch, by their place.
#[derive(Clone, Copy)]
pub struct ColumnSet<'b> {
    selected: &'b [ColumnBatch],
    joined: &'b [ColumnBatch],
}

impl<'b> ColumnSet<'b> {
    /// Columns of a selection.
    fn of(selected: &'b [ColumnBatch]) -> ColumnSet<'b> {
        ColumnSet { selected, joined: &[] }
    }

    fn get(self, column: usize) -> &'b ColumnBatch {
        if column < JOINED { &self.selected[column] } else { &self.joined[column - JOINED] }
    }

    /// The bytes of a cell of a coded column.
    #[inline(never)]
    fn raw(self, column: usize, row: usize) -> &'b [u8] {
        let column = self.get(column);
        column.dictionary.raw(column.codes[row])
    }

    /// How many columns were selected.
    #[must_use]
    pub fn len(&self) -> usize {
        self.selected.len()
    }

    /// Whether no column was selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.selected.is_empty()
    }

    /// The columns that were selected.
    pub fn iter(&self) -> std::slice::Iter<'b, ColumnBatch> {
        self.selected.iter()
    }
}

impl std::ops::Index<usize> for ColumnSet<'_> {
    type Output = ColumnBatch;

    #[inline]
    fn index(&self, column: usize) -> &ColumnBatch {
        self.get(column)
    }
}

/// A selected column of a batch.
#[derive(Debug, Default)]
pub struct ColumnBatch {
    /// Code of the cell of each row: an index into `dictionary`. Empty for a raw column.
    pub codes: Vec<u32>,
    /// Texts of the codes.
    pub dictionary: Dictionary,
}

/// How a selected column is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As codes of a dictionary.
    Coded,
    /// Cell by cell, on demand, through [`Batch::raw`] and [`Batch::text`]: for identifiers.
    Raw,
    /// As raw, and nothing odd in it is noted: for columns on which no answer rests.
    Glance,
}

/// A column asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selected {
    /// Index in the header.
    pub column: usize,
    /// How it is given.
    pub mode: Mode,
}

/// What takes the batches: one for each thread.
pub trait Sink: Send {
    /// Takes a batch; `Break` stops the reading (of all threads).
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()>;
}

/// Bounds of a reader, and what it is told of workbooks.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bytes read at a time, rounded up to a power of two and to 1 KiB.
    pub block_bytes: usize,
    /// Blocks that the first thread reads before the others start.
    pub alone: usize,
    /// A record (header included) longer than this stops the file.
    pub record_bytes: usize,
    /// Distinct texts of one column that a worker remembers.
    pub column_entries: usize,
    /// Distinct texts of all columns that a worker remembers.
    pub total_entries: usize,
    /// A document that is read whole, or a compressed file, is no larger than this.
    pub document_bytes: u64,
    /// No layer of compression gives more than this.
    pub unpacked_bytes: u64,
    /// Nor so many times what it takes.
    pub unpacked_ratio: u64,
    /// Files of an archive.
    pub files: usize,
    /// Rows of a document that is read whole.
    pub records: usize,
    /// A text of a document that is longer is unknown.
    pub text_bytes: usize,
    /// Of a machine: elements nested in its document.
    pub document_depth: usize,
    /// Of a machine: records of software.
    pub machine_software: usize,
    /// Of a machine: records of devices.
    pub machine_devices: usize,
    /// Machines that one document tells of.
    pub machines: usize,
    /// Columns of a document that is read whole.
    pub columns: usize,
    /// Its cells.
    pub cells: usize,
    /// Sheets of a workbook.
    pub sheets: usize,
    /// The encoding of texts that are not marked as another: else it is told by their bytes.
    pub encoding: Option<CodePage>,
    /// Of a workbook: the sheet, by name or number from 1; else the first visible one that holds a table.
    pub sheet: Option<String>,
    /// Of a workbook or a CSV file: the row of the header, from 1; else it is found.
    pub header_row: Option<u32>,
}

/// Bytes looked at to recognise a format.
const HEAD: usize = 64 << 10;

impl Default for Options {
    fn default() -> Options {
        Options {
            block_bytes: 256 << 10,
            alone: 8,
            record_bytes: 64 << 20,
            column_entries: 1 << 16,
            total_entries: 1 << 17,
            document_bytes: 256 << 20,
            unpacked_bytes: 16 << 30,
            unpacked_ratio: 200,
            files: 100_000,
            records: 1_000_000,
            text_bytes: 64 << 10,
            document_depth: 64,
            machine_software: 100_000,
            machine_devices: 10_000,
            machines: 100_000,
            columns: 4096,
            cells: 48 << 20,
            sheets: 1024,
            encoding: None,
            sheet: None,
            header_row: None,
        }
    }
}
