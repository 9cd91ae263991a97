//! CSV files.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use super::cell::{Encoding, Oddity, Spelling};
use super::coder::Coder;
use super::cut::cut;
use super::digest::Parts;
use super::finding::{Observed, Summary};
use super::masks::Dialect;
use super::rows::{Cells, Layout, Ragged};
use super::sniff;
use super::source::{Block, Blocks, Source, Stop};
use super::split::Split;
use super::unpack::Fault;
use super::{Batch, ColumnSet, HEAD, Mode, Options, Place, Selected, Sink, Spot};
use crate::diag::Diagnostic;
use crate::text;

/// A CSV file whose header was read.
pub struct Csv<R> {
    name: String,
    header: Vec<String>,
    header_lines: u64,
    /// Line of a header that its file ends inside quotes of.
    open_header: Option<u64>,
    /// Lines of titles above the header.
    titles: u64,
    blocks: Blocks<R>,
}

impl<R: Read + Send> Csv<R> {
    /// Recognises the file and reads its header. `name` is for messages.
    ///
    /// # Errors
    /// `inventory/unreadable`, `inventory/not-csv` (with what it is), `inventory/empty`,
    /// `inventory/record-too-long`.
    pub fn open(reader: R, name: &str, options: &Options) -> Result<Csv<R>, Box<Diagnostic>> {
        Csv::of(Source::new(reader), name, options)
    }

    /// The same, of a stream that was already looked at.
    pub(super) fn of(mut source: Source<R>, name: &str, options: &Options) -> Result<Csv<R>, Box<Diagnostic>> {
        let unreadable = |error: io::Error| unreadable(name, &error);
        let head = source.peek(HEAD).map_err(unreadable)?;
        if head.is_empty() {
            return Err(empty(name));
        }
        if let Some(format) = sniff::foreign(head) {
            return Err(not_csv(name, format));
        }
        let sniffed = sniff::csv(head, options.header_row);
        let dialect = sniffed.dialect;

        // The header is the first record that is not a blank line; it may be longer than the head.
        let mut start = sniffed.start;
        let mut wanted = HEAD;
        let (header, end, open) = loop {
            let bytes = source.peek(wanted).map_err(unreadable)?;
            let ended = bytes.len() < wanted;
            let line_end = if dialect.strips_carriage_return() { &b"\r\n"[..] } else { b"\r" };
            while bytes.get(start).is_some_and(|byte| line_end.contains(byte)) {
                // A carriage return alone is not a blank line.
                if bytes[start] != dialect.line_end && bytes.get(start + 1) != Some(&dialect.line_end) {
                    break;
                }
                start += 1;
            }
            match sniff::first_record(&bytes[start..], dialect) {
                Some(len) if len <= options.record_bytes => break (&bytes[start..start + len], start + len, false),
                None if ended && bytes.len() - start <= options.record_bytes => {
                    let open = cut(&bytes[start..], dialect).open;
                    break (&bytes[start..], bytes.len(), open);
                }
                None if bytes.len() - start <= options.record_bytes => wanted = bytes.len() * 2,
                _ => {
                    let lines = memchr::memchr_iter(dialect.line_end, &bytes[..start]).count();
                    return Err(too_long(name, lines as u64 + 1, options.record_bytes));
                }
            }
        };
        if header.is_empty() {
            return Err(empty(name));
        }
        let bytes = source.peek(end).map_err(unreadable)?;
        let count = |bytes: &[u8]| memchr::memchr_iter(dialect.line_end, bytes).count() as u64;
        let header_lines = count(&bytes[..end]);
        let open_header = open.then(|| count(&bytes[..start]) + 1);
        let encoding = if sniffed.marked {
            Some(Encoding::Utf8)
        } else {
            Encoding::of_first_non_ascii_line(&bytes[..end], dialect.line_end)
        };
        let spelling = Spelling::Csv(encoding.unwrap_or(Encoding::Utf8));
        let header: Vec<String> = sniff::cells(&bytes[start..end], dialect)
            .into_iter()
            .map(|cell| spelling.text(cell).into_owned())
            .collect();

        let part_bytes = options.block_bytes.next_power_of_two().max(1024);
        let blocks = Blocks::new(source, dialect, encoding, end, part_bytes, options.record_bytes, header.len());
        Ok(Csv { name: name.to_owned(), header, header_lines, open_header, titles: sniffed.titles, blocks })
    }

    /// Names of the columns, decoded, as they stand.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// What stands between cells.
    #[must_use]
    pub fn delimiter(&self) -> char {
        char::from(self.blocks.dialect.delimiter)
    }

    /// Reads all rows, one thread for each sink (the calling thread for one of them). Without sink the
    /// rows are read all the same.
    ///
    /// # Errors
    /// `inventory/unreadable`, `inventory/record-too-long`; batches may have been given before.
    ///
    /// # Panics
    /// When a selected column is not in the header.
    pub fn scan<S: Sink>(
        self,
        selection: &[Selected],
        options: &Options,
        sinks: &mut [S],
    ) -> Result<Summary, Box<Diagnostic>> {
        assert!(selection.iter().all(|selected| selected.column < self.header.len()), "selected columns exist");
        let record_bytes = self.blocks.record_bytes;
        let plan = Plan {
            selection,
            options,
            dialect: self.blocks.dialect,
            columns: self.header.len(),
            part_bytes: self.blocks.part_bytes,
        };
        let blocks = Mutex::new(self.blocks);
        let (first, others) = match sinks.split_first_mut() {
            Some((first, others)) => (Some(first), others),
            None => (None, &mut [][..]),
        };
        let mut seen = std::thread::scope(|scope| {
            let (plan, blocks) = (&plan, &blocks);
            let mut first = Worker::new(plan, first);
            // SPEED: each thread meets the same texts and the same combinations; in a small file one is done
            // before two have learnt them all.
            let go_on = first.run(blocks, options.alone);
            let others = others.iter_mut().filter(|_| go_on).map(|sink| {
                scope.spawn(move || {
                    let mut worker = Worker::new(plan, Some(sink));
                    worker.run(blocks, usize::MAX);
                    worker.report
                })
            });
            let threads: Vec<_> = others.collect();
            if go_on {
                first.run(blocks, usize::MAX);
            }
            let mut seen = first.report;
            for thread in threads {
                match thread.join() {
                    Ok(other) => seen.join(other),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            seen
        });

        if let Some(error) = seen.failure {
            return Err(unreadable(&self.name, &error));
        }
        seen.blocks.sort_unstable();
        let digest = (!seen.stopped).then(|| seen.parts.digest());
        let encoding = blocks.into_inner().unwrap_or_else(PoisonError::into_inner).encoding.unwrap_or(Encoding::Utf8);
        let counts = seen.blocks.iter().map(|block| (u64::from(block.rows), u64::from(block.lines)));
        let mut summary = Summary::new(counts, self.header_lines, digest, encoding);
        if let Some(spot) = seen.too_long {
            return Err(too_long(&self.name, summary.line(spot), record_bytes));
        }
        summary.describe(&seen.observed, self.header.len());
        if self.titles > 0 {
            summary.titles(self.titles, self.header_lines);
        }
        if let Some(line) = self.open_header {
            summary.unclosed_header(line);
        }
        Ok(summary)
    }
}

/// What all workers share.
struct Plan<'p> {
    selection: &'p [Selected],
    options: &'p Options,
    dialect: Dialect,
    columns: usize,
    part_bytes: usize,
}

/// Size of a block.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Counts {
    number: u32,
    rows: u32,
    lines: u32,
}

/// What a worker brings back.
#[derive(Default)]
struct Report {
    blocks: Vec<Counts>,
    parts: Parts,
    observed: Observed,
    failure: Option<io::Error>,
    /// The first record that is too long.
    too_long: Option<Spot>,
    stopped: bool,
}

impl Report {
    fn join(&mut self, other: Report) {
        self.blocks.extend(other.blocks);
        self.parts.join(other.parts);
        self.observed.join(other.observed);
        self.failure = self.failure.take().or(other.failure);
        self.too_long = match (self.too_long, other.too_long) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        self.stopped |= other.stopped;
    }
}

/// One thread: its sink, its dictionaries, its buffers.
struct Worker<'w, S> {
    plan: &'w Plan<'w>,
    sink: Option<&'w mut S>,
    coder: Coder,
    split: Split,
    bounds: Vec<u32>,
    ragged: Vec<Ragged>,
    report: Report,
}

impl<'w, S: Sink> Worker<'w, S> {
    fn new(plan: &'w Plan<'w>, sink: Option<&'w mut S>) -> Worker<'w, S> {
        Worker {
            plan,
            sink,
            coder: Coder::new(plan.selection),
            split: Split::default(),
            bounds: Vec::new(),
            ragged: Vec::new(),
            report: Report::default(),
        }
    }

    /// Reads so many blocks at most; whether there may be more.
    fn run<R: Read>(&mut self, blocks: &Mutex<Blocks<R>>, most: usize) -> bool {
        let mut block = Block::default();
        for _ in 0..most {
            let next = blocks.lock().unwrap_or_else(PoisonError::into_inner).next(&mut block);
            match next {
                Ok(true) => {}
                Ok(false) => return false,
                Err(Stop::Io(error)) => {
                    self.report.failure = Some(error);
                    return false;
                }
                Err(Stop::TooLong { block }) => {
                    self.too_long(Spot { place: Place { block, row: 0 }, line: 0 });
                    return false;
                }
            }
            if self.take(&block).is_break() {
                self.report.stopped = true;
                blocks.lock().unwrap_or_else(PoisonError::into_inner).finish();
                return false;
            }
        }
        true
    }

    fn too_long(&mut self, spot: Spot) {
        self.report.too_long = Some(self.report.too_long.map_or(spot, |first| first.min(spot)));
    }

    fn take(&mut self, block: &Block) -> ControlFlow<()> {
        let Plan { selection, options, dialect, columns, part_bytes } = *self.plan;
        for (index, range) in &block.parts {
            self.report.parts.add(*index, part_bytes, &block.bytes[range.clone()]);
        }
        self.split.run(&block.bytes, block.start, block.end, dialect, block.regular);
        if block.open {
            self.split.close(block.end);
        }
        if block.end - block.start > options.record_bytes
            && let Some(line) = first_too_long(block, &self.split, options.record_bytes, dialect)
        {
            self.too_long(Spot { place: Place { block: block.number, row: 0 }, line });
            self.report.blocks.push(Counts { number: block.number, rows: 0, lines: self.split.lines });
            return ControlFlow::Break(());
        }
        let spelling = Spelling::Csv(block.encoding.unwrap_or(Encoding::Utf8));
        self.coder.spell(spelling);

        let mut layout = Layout::new(&block.bytes, &self.split, columns, dialect);
        let mut first_row = 0;
        loop {
            self.ragged.clear();
            let rows = layout.next(&mut self.bounds, &mut self.ragged);
            if let Some((count, at)) = layout.take_hollow() {
                let line = || memchr::memchr_iter(dialect.line_end, &block.bytes[block.start..at]).count() as u32;
                let place = Place { block: block.number, row: first_row };
                self.report.observed.hollow.add_many(count, || (Spot { place, line: line() }, None));
            }
            let cells = Cells { bytes: &block.bytes, start: block.start, rows, columns, selection, dialect, spelling };
            self.coder.encode(&cells);
            let batch = Batch {
                block: block.number,
                first_row,
                rows: rows.rows,
                last: layout.is_done(),
                columns: ColumnSet::of(self.coder.columns()),
                cells: Some(cells),
                drawn: None,
                document: None,
            };
            observe(&mut self.report.observed, &batch, &cells, &self.ragged, self.split.nul);
            if block.open && batch.last && rows.rows > 0 {
                self.report.observed.unclosed.add(|| (batch.spot(rows.rows - 1), None));
                self.report.observed.misshapen(batch.place(rows.rows - 1));
            }
            first_row += rows.rows as u32;
            let last = batch.last;
            let flow = self.sink.as_mut().map_or(ControlFlow::Continue(()), |sink| sink.batch(&batch));
            self.coder.bound(options);
            flow?;
            if last {
                break;
            }
        }
        self.report.blocks.push(Counts { number: block.number, rows: first_row, lines: self.split.lines });
        self.split.shrink(4 * part_bytes);
        ControlFlow::Continue(())
    }
}

/// Notes what is odd in a batch.
fn observe(observed: &mut Observed, batch: &Batch<'_>, cells: &Cells<'_>, ragged: &[Ragged], nul: bool) {
    for ragged in ragged {
        let seen = if ragged.short { &mut observed.short } else { &mut observed.long };
        seen.add(|| (batch.spot(ragged.row), None));
        observed.misshapen(batch.place(ragged.row));
    }
    if nul {
        for row in 0..batch.rows {
            for column in (0..cells.columns).filter(|column| memchr::memchr(0, cells.cell(*column, row)).is_some()) {
                observed.nul.add(|| (batch.spot(row), Some(column)));
            }
        }
    }
    // Of each oddity: how many cells, and the first of them.
    let mut odd = [(0, None); 2];
    for (selected, column) in cells.selection.iter().zip(batch.columns.iter()) {
        let mut note = |row: usize, oddity: Option<Oddity>| {
            let Some(oddity) = oddity else { return };
            let (count, first) = &mut odd[oddity as usize];
            *count += 1;
            let here = (row, selected.column);
            *first = Some(first.map_or(here, |first| here.min(first)));
        };
        match selected.mode {
            Mode::Coded if column.dictionary.has_oddities() => {
                column.codes.iter().enumerate().for_each(|(row, code)| note(row, column.dictionary.oddity(*code)));
            }
            Mode::Coded | Mode::Glance => {}
            Mode::Raw => {
                let cell = cells.column(selected.column);
                (0..batch.rows).for_each(|row| note(row, cells.spelling.oddity(cell(row))));
            }
        }
    }
    for (seen, (count, first)) in [&mut observed.contradiction, &mut observed.after_quotes].into_iter().zip(odd) {
        if let Some((row, column)) = first {
            seen.add_many(count, || (batch.spot(row), Some(column)));
        }
    }
}

/// Line ends before the first record that is too long.
fn first_too_long(block: &Block, split: &Split, record_bytes: usize, dialect: Dialect) -> Option<u32> {
    let mut start = block.start;
    for end in split.records().iter().map(|record| split.positions()[*record as usize] as usize) {
        if end - start > record_bytes {
            return Some(memchr::memchr_iter(dialect.line_end, &block.bytes[block.start..start]).count() as u32);
        }
        start = end + 1;
    }
    None
}

pub(super) fn unreadable(name: &str, error: &io::Error) -> Box<Diagnostic> {
    if let Some(fault) = Fault::of(error) {
        return Box::new(fault.diagnostic(name));
    }
    Box::new(Diagnostic::error(
        "inventory/unreadable",
        text!("lecture de `{name}` impossible : {error}", "cannot read `{name}`: {error}"),
    ))
}

fn empty(name: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(
            "inventory/empty",
            text!("`{name}` est vide : pas même une ligne d'en-tête", "`{name}` is empty: not even a header line"),
        )
        .help(text!(
            "la première ligne doit donner le nom des colonnes ; vérifier l'export",
            "the first line must name the columns; check the export"
        )),
    )
}

fn not_csv(name: &str, format: &sniff::Format) -> Box<Diagnostic> {
    let (fr, en) = (format.fr, format.en);
    Box::new(
        Diagnostic::error(
            "inventory/not-csv",
            text!(
                "`{name}` est reconnu comme {fr}, format qui n'est pas encore lu",
                "`{name}` is recognised as {en}, which is not read yet"
            ),
        )
        .help(text!("l'exporter en CSV (UTF-8)", "export it as CSV (UTF-8)")),
    )
}

fn too_long(name: &str, line: u64, record_bytes: usize) -> Box<Diagnostic> {
    let bound = match record_bytes >> 20 {
        0 => text!("{record_bytes} octets", "{record_bytes} bytes"),
        mebibytes => text!("{mebibytes} Mio", "{mebibytes} MiB"),
    };
    let (fr, en) = (bound.fr, bound.en);
    Box::new(
        Diagnostic::error(
            "inventory/record-too-long",
            text!(
                "`{name}` : l'enregistrement qui commence ligne {line} dépasse {fr}",
                "`{name}`: the record that starts at line {line} is longer than {en}"
            ),
        )
        .help(text!(
            "un guillemet jamais refermé en est la cause habituelle ; sinon relever la borne : `--max-record`",
            "a quote that is never closed is the usual cause; else raise the bound: `--max-record`"
        )),
    )
}

impl<R> Csv<R> {
    /// Encoding as far as it is known: UTF-8 until a line says otherwise.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.blocks.encoding.unwrap_or(Encoding::Utf8)
    }
}
