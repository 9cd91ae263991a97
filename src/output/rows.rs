//! The per-row file: `--verdicts`, one line a row in input order.
//!
//! Workers finish blocks in any order; [`Ordered`] puts them back in the order of the file.

use super::csv::{Dialect, Lines};
use crate::audit::RowOutput;
use crate::engine::{RowSink, RowView};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Mutex;

/// What is written to, and can be cut back to what it held before.
pub trait Revocable: Write {
    /// How much it holds.
    ///
    /// # Errors
    /// Those of the writer.
    fn held(&mut self) -> io::Result<u64>;

    /// Cuts it back to so much.
    ///
    /// # Errors
    /// Those of the writer, or what it holds cannot be taken back.
    fn cut_back(&mut self, held: u64) -> io::Result<()>;
}

impl Revocable for Vec<u8> {
    fn held(&mut self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn cut_back(&mut self, held: u64) -> io::Result<()> {
        self.truncate(usize::try_from(held).unwrap_or(usize::MAX));
        Ok(())
    }
}

impl<W: Revocable> Revocable for &mut W {
    fn held(&mut self) -> io::Result<u64> {
        (**self).held()
    }

    fn cut_back(&mut self, held: u64) -> io::Result<()> {
        (**self).cut_back(held)
    }
}

/// A file written block by block, in the order of the blocks.
///
/// A worker never waits for another: what comes early is kept until its turn.
pub struct Ordered<W> {
    state: Mutex<State<W>>,
}

struct State<W> {
    out: W,
    /// What it held before the input.
    before: u64,
    next: u32,
    /// Rows of the blocks that were written.
    rows: u64,
    early: BTreeMap<u32, (Vec<u8>, u32)>,
}

/// Before the number of a row in its block, 4 bytes: no text has this byte.
const ROW: u8 = 0xff;

/// Leaves the place of the number of a row, which is known when its block is written.
pub(super) fn number_later(row: u32, bytes: &mut Vec<u8>) {
    bytes.push(ROW);
    bytes.extend(row.to_le_bytes());
}

/// The bytes with the numbers of their rows, from 1; `before`: rows of the blocks before.
fn numbered(bytes: &[u8], before: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == ROW) {
        out.extend(&rest[..at]);
        let Some((row, after)) = rest[at + 1..].split_first_chunk() else { break };
        out.extend((before + u64::from(u32::from_le_bytes(*row)) + 1).to_string().into_bytes());
        rest = after;
    }
    out.extend(rest);
    out
}

impl<W: Revocable> Ordered<W> {
    /// Starts with block 0.
    pub fn new(out: W) -> Ordered<W> {
        Ordered { state: Mutex::new(State { out, before: 0, next: 0, rows: 0, early: BTreeMap::new() }) }
    }

    /// Another input begins, again with block 0.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn restart(&mut self) -> io::Result<()> {
        self.locked(|state| {
            state.before = state.out.held()?;
            (state.next, state.rows) = (0, 0);
            state.early.clear();
            Ok(())
        })
    }

    /// Takes back what was written since the input began.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn take_back(&mut self) -> io::Result<()> {
        self.locked(|state| state.out.cut_back(state.before))
    }

    /// Takes a block's bytes and leaves an empty buffer.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn submit(&self, block: u32, bytes: &mut Vec<u8>) -> io::Result<()> {
        self.submit_rows(block, 0, bytes)
    }

    /// The same of a block of so many rows, whose numbers were left out by [`number_later`].
    ///
    /// # Errors
    /// Those of the writer.
    pub(super) fn submit_rows(&self, block: u32, rows: u32, bytes: &mut Vec<u8>) -> io::Result<()> {
        self.locked(|state| {
            if block != state.next {
                state.early.insert(block, (std::mem::take(bytes), rows));
                return Ok(());
            }
            state.write(bytes, rows)?;
            bytes.clear();
            while let Some((waiting, rows)) = state.early.remove(&state.next) {
                state.write(&waiting, rows)?;
            }
            Ok(())
        })
    }

    /// Gives the writer back.
    pub fn into_inner(self) -> W {
        self.state.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).out
    }

    fn locked<T>(&self, work: impl FnOnce(&mut State<W>) -> T) -> T {
        // A poisoned lock means another worker panicked; the panic is reported by its thread.
        work(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl<W: Write> State<W> {
    /// Writes the next block.
    fn write(&mut self, bytes: &[u8], rows: u32) -> io::Result<()> {
        match rows {
            0 => self.out.write_all(bytes)?,
            _ => self.out.write_all(&numbered(bytes, self.rows))?,
        }
        self.rows += u64::from(rows);
        self.next += 1;
        Ok(())
    }
}

/// The `--verdicts` file.
pub struct Verdicts<W> {
    file: Ordered<W>,
}

impl<W: Revocable + Send> Verdicts<W> {
    /// Writes the header: the identifier's name, `status`, then one column a rule.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(mut out: W, identifier: &str, rules: &[String]) -> io::Result<Verdicts<W>> {
        let mut header = Lines::new(&mut out, Dialect::Exact)?;
        header.text(identifier)?;
        header.text("status")?;
        for rule in rules {
            header.text(rule)?;
        }
        header.end()?;
        Ok(Verdicts { file: Ordered::new(out) })
    }

    /// Gives the writer back.
    pub fn into_inner(self) -> W {
        self.file.into_inner()
    }
}

impl<W: Revocable + Send> RowOutput for Verdicts<W> {
    fn take_back(&mut self) -> io::Result<()> {
        self.file.take_back()
    }

    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn RowSink + '_>>> {
        self.file.restart()?;
        let file = &self.file;
        let sink =
            |_| -> Box<dyn RowSink + '_> { Box::new(VerdictSink { file, bytes: Vec::new(), letters: Vec::new() }) };
        Ok((0..workers).map(sink).collect())
    }
}

struct VerdictSink<'f, W> {
    file: &'f Ordered<W>,
    bytes: Vec<u8>,
    letters: Vec<u8>,
}

impl<W: Revocable + Send> RowSink for VerdictSink<'_, W> {
    fn rows(&mut self, rows: &RowView<'_>) -> io::Result<()> {
        rows.letters(b',', &mut self.letters);
        let width = self.letters.len().checked_div(rows.batch.rows).unwrap_or(0);
        for row in (0..rows.batch.rows).filter(|row| rows.included(*row)) {
            // SPEED: millions of identifiers that need neither decoding nor quotes.
            match rows.plain_identifier(row) {
                Some(plain) => self.bytes.extend_from_slice(plain),
                None => Lines::new(&mut self.bytes, Dialect::Exact)?.text(&rows.identifier(row))?,
            }
            self.bytes.push(b',');
            self.bytes.extend_from_slice(rows.status(row).key().as_bytes());
            self.bytes.extend_from_slice(&self.letters[row * width..(row + 1) * width]);
            self.bytes.push(b'\n');
        }
        if rows.batch.last { self.file.submit(rows.batch.block, &mut self.bytes) } else { Ok(()) }
    }
}
