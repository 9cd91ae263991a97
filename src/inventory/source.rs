//! A stream of bytes → blocks of whole records, in file order.
//!
//! This part runs under a lock, one worker at a time: it reads, finds where the last whole record
//! ends, and keeps the rest for the next block. Everything else is left to the workers.

use std::io::{self, Read};
use std::ops::Range;

use super::cell::Encoding;
use super::cut::cut;
use super::masks::Dialect;

/// Bytes after the meaningful ones, so that cells may be loaded 16 bytes at a time.
const PADDING: usize = 64;

/// A stream with the bytes already looked at put back in front.
pub(super) struct Source<R> {
    reader: R,
    head: Vec<u8>,
    given: usize,
}

impl<R: Read> Source<R> {
    pub(super) fn new(reader: R) -> Source<R> {
        Source { reader, head: Vec::new(), given: 0 }
    }

    /// The first bytes, at least `len` of them unless the stream is shorter.
    pub(super) fn peek(&mut self, len: usize) -> io::Result<&[u8]> {
        let have = self.head.len();
        if have < len {
            self.head.resize(len, 0);
            let read = fill(&mut self.reader, &mut self.head[have..])?;
            self.head.truncate(have + read);
        }
        Ok(&self.head)
    }

    fn fill(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.give_again(out);
        Ok(count + fill(&mut self.reader, &mut out[count..])?)
    }

    /// Copies bytes that were looked at.
    fn give_again(&mut self, out: &mut [u8]) -> usize {
        let again = &self.head[self.given..];
        let count = again.len().min(out.len());
        out[..count].copy_from_slice(&again[..count]);
        self.given += count;
        if self.given == self.head.len() {
            (self.head, self.given) = (Vec::new(), 0);
        }
        count
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.give_again(out) {
            0 => self.reader.read(out),
            count => Ok(count),
        }
    }
}

/// Reads until the buffer is full or the stream ends.
fn fill(reader: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < out.len() {
        match reader.read(&mut out[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Whole records, in a buffer of the worker.
#[derive(Default)]
pub(super) struct Block {
    /// Storage; records are in `bytes[start..end]`.
    pub(super) bytes: Vec<u8>,
    pub(super) start: usize,
    /// Just after the last record, line end included (added to the last record of a file without).
    pub(super) end: usize,
    /// Number in the file.
    pub(super) number: u32,
    /// Whether quotes stand only at the start and end of cells.
    pub(super) regular: bool,
    /// Whether the last record ends inside quotes, with the file.
    pub(super) open: bool,
    /// Whether the last record's line end was added.
    pub(super) completed: bool,
    /// Encoding of the file as known with this block; until then all is ASCII.
    pub(super) encoding: Option<Encoding>,
    /// Parts of the stream read for this block: number, and where they are in `bytes`.
    pub(super) parts: Vec<(u64, Range<usize>)>,
}

/// Why there is no block.
pub(super) enum Stop {
    /// The stream failed.
    Io(io::Error),
    /// The record that starts this block is longer than allowed.
    TooLong { block: u32 },
}

/// What cuts a stream into blocks.
pub(super) struct Blocks<R> {
    pub(super) source: Source<R>,
    pub(super) dialect: Dialect,
    pub(super) encoding: Option<Encoding>,
    /// Bytes of the stream before the first record.
    pub(super) header_bytes: usize,
    pub(super) part_bytes: usize,
    pub(super) record_bytes: usize,
    /// Room that must follow the records.
    pub(super) columns: usize,
    parts: u64,
    blocks: u32,
    carried: Vec<u8>,
    finished: bool,
}

impl<R: Read> Blocks<R> {
    pub(super) fn new(
        source: Source<R>,
        dialect: Dialect,
        encoding: Option<Encoding>,
        header_bytes: usize,
        part_bytes: usize,
        record_bytes: usize,
        columns: usize,
    ) -> Blocks<R> {
        Blocks {
            source,
            dialect,
            encoding,
            header_bytes,
            part_bytes,
            record_bytes,
            columns,
            parts: 0,
            blocks: 0,
            carried: Vec::new(),
            finished: false,
        }
    }

    /// No block any more.
    pub(super) fn finish(&mut self) {
        self.finished = true;
    }

    /// The next block; false at the end of the stream.
    pub(super) fn next(&mut self, block: &mut Block) -> Result<bool, Stop> {
        if self.finished {
            return Ok(false);
        }
        let result = self.cut_next(block);
        self.finished |= result.is_err();
        result.map(|()| true)
    }

    fn cut_next(&mut self, block: &mut Block) -> Result<(), Stop> {
        block.parts.clear();
        let room = self.part_bytes + PADDING + self.columns;
        let usual = self.carried.len() + room;
        if block.bytes.len() > 4 * usual {
            block.bytes.truncate(usual);
            block.bytes.shrink_to_fit();
        }
        if block.bytes.len() < usual {
            block.bytes.resize(usual, 0);
        }
        block.bytes[..self.carried.len()].copy_from_slice(&self.carried);
        let mut filled = self.carried.len();
        self.carried.clear();
        self.carried.shrink_to(self.part_bytes);
        block.start = std::mem::take(&mut self.header_bytes);

        let mut wanted = filled + 1;
        loop {
            let mut ended = false;
            while filled < wanted.max(block.start) && !ended {
                if block.bytes.len() < filled + room {
                    block.bytes.resize(filled + room, 0);
                }
                let part = filled..filled + self.part_bytes;
                let read = self.source.fill(&mut block.bytes[part]).map_err(Stop::Io)?;
                if read > 0 {
                    block.parts.push((self.parts, filled..filled + read));
                    self.parts += 1;
                }
                filled += read;
                ended = read < self.part_bytes;
            }
            let records = &block.bytes[block.start..filled];
            let cut = cut(records, self.dialect);
            block.regular = cut.regular;
            block.open = ended && cut.open;
            block.completed = false;
            if ended {
                self.finished = true;
                block.end = filled;
                if records.last().is_some_and(|last| *last != self.dialect.line_end) || block.open {
                    block.bytes[filled] = if block.open { 0 } else { self.dialect.line_end };
                    block.completed = true;
                    block.end += usize::from(!block.open);
                }
                break;
            }
            if let Some(end) = cut.end {
                block.end = block.start + end;
                self.carried.extend_from_slice(&block.bytes[block.end..filled]);
                break;
            }
            if records.len() > self.record_bytes {
                return Err(Stop::TooLong { block: self.blocks });
            }
            // Twice as much, so that a long record is not looked at too many times.
            wanted = filled + records.len().min(self.record_bytes + 1).max(1);
        }
        if self.encoding.is_none() {
            let records = &block.bytes[block.start..block.end];
            self.encoding = Encoding::of_first_non_ascii_line(records, self.dialect.line_end);
        }
        block.encoding = self.encoding;
        block.number = self.blocks;
        self.blocks += 1;
        Ok(())
    }
}
