//! Inventories: bytes → batches of dictionary-coded columns, positions kept.
//!
//! Every format gives the same thing: a header of named columns, then batches in which each selected
//! column holds one code a row, and a dictionary with the text of each code. Nothing here knows what
//! a text means.

use std::borrow::Cow;

/// Where a row stands, relative to its block: the reader adds the rows and lines of the blocks before
/// once the whole file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the block in its file, from 0.
    pub block: u32,
    /// Row in the block, from 0.
    pub row: u32,
}

/// A run of rows of one file, as one worker sees them. Batches of one file are numbered by `block`
/// in file order and reach the workers in any order.
pub struct Batch<'b> {
    /// Number of the block in its file, from 0.
    pub block: u32,
    /// Number of rows.
    pub rows: usize,
    /// One column for each selected column, in the order of the selection.
    pub columns: &'b [ColumnBatch],
}

/// A selected column of a batch.
#[derive(Default)]
pub struct ColumnBatch {
    /// Code of the cell of each row: an index into `dictionary`.
    pub codes: Vec<u32>,
    /// Texts of the codes.
    pub dictionary: Dictionary,
}

/// Distinct raw texts of a column, as far as this worker remembers them.
///
/// Codes are stable within a generation; when the dictionary is emptied (it is bounded) the
/// generation changes and codes start again from 0. Two codes may have the same text (two spellings
/// in the file: quoted and not).
#[derive(Default)]
pub struct Dictionary {
    /// Changes each time the dictionary is emptied.
    pub generation: u32,
    entries: Vec<Entry>,
    bytes: Vec<u8>,
}

struct Entry {
    start: usize,
    end: usize,
    /// The bytes were not valid in the file's encoding and were read as Windows-1252.
    contradicts_encoding: bool,
}

impl Dictionary {
    /// Number of codes of this generation.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no code was given yet in this generation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The text of a code: unquoted, decoded, not trimmed.
    #[must_use]
    pub fn text(&self, code: u32) -> Cow<'_, str> {
        let entry = &self.entries[code as usize];
        String::from_utf8_lossy(&self.bytes[entry.start..entry.end])
    }

    /// Whether the cell's bytes contradicted the file's encoding.
    #[must_use]
    pub fn contradicts_encoding(&self, code: u32) -> bool {
        self.entries[code as usize].contradicts_encoding
    }
}
