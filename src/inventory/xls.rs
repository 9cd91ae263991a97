//! Old Excel workbooks (XLS, BIFF 5 to 8), read record by record.
//!
//! What a sheet says of its own size binds nobody: a cell takes room when its record is there, and no more than that.
//! Formulas are their last result, as in the other workbooks.
//!
//! SOURCE: [MS-XLS], records by their names there.

use std::borrow::Cow;
use std::collections::HashMap;

use calamine::{ExcelDateTime, ExcelDateTimeType};
use encoding_rs::{MACINTOSH, WINDOWS_1252};

use super::Options;
use super::compound::{Compound, u16_at, u32_at};
use super::records::CellKind;
use super::shown::{Shown, date_text};
use super::unpack::Fault;
use super::workbook::{self, Cell, Failure, Found, Row, Table};
use crate::socle::Socle;

/// Name of the format in messages.
const NAME: &str = "xls";
/// Columns of a sheet.
const COLUMNS: u16 = 256;
/// Cells of a sheet, all rows and columns of it.
const CELLS: usize = 256 << 16;

mod record {
    pub(super) const FORMULA: u16 = 0x06;
    pub(super) const EOF: u16 = 0x0a;
    pub(super) const DATE_MODE: u16 = 0x22;
    pub(super) const FILE_PASS: u16 = 0x2f;
    pub(super) const CONTINUE: u16 = 0x3c;
    pub(super) const CODE_PAGE: u16 = 0x42;
    pub(super) const BOUND_SHEET: u16 = 0x85;
    pub(super) const MUL_RK: u16 = 0xbd;
    pub(super) const RSTRING: u16 = 0xd6;
    pub(super) const XF: u16 = 0xe0;
    pub(super) const SST: u16 = 0xfc;
    pub(super) const LABEL_SST: u16 = 0xfd;
    pub(super) const NUMBER: u16 = 0x203;
    pub(super) const LABEL: u16 = 0x204;
    pub(super) const BOOL_ERR: u16 = 0x205;
    pub(super) const STRING: u16 = 0x207;
    pub(super) const RK: u16 = 0x27e;
    pub(super) const FORMAT: u16 = 0x41e;
    pub(super) const BOF: u16 = 0x809;
}

/// Reads an XLS workbook: its records, and the name of their sheet.
///
/// # Errors
/// Those of [`workbook::read`]; `inventory/locked`; `inventory/not-csv` for another document of old Office.
pub(super) fn read(bytes: &[u8], name: &str, options: &Options, socle: &Socle) -> Found {
    let fault = |fault: Fault| Box::new(fault.diagnostic(name));
    let file = Compound::open(bytes).ok_or_else(|| fault(Fault::Corrupt(NAME)))?;
    // What Excel makes of any workbook that wants a password.
    if file.has("EncryptedPackage") {
        return Err(fault(Fault::Locked));
    }
    let stream = ["Workbook", "Book"].into_iter().find(|stream| file.has(stream));
    let stream = stream.ok_or_else(|| fault(Fault::NoWorkbook))?;
    let stream = file.stream(stream).ok_or_else(|| fault(Fault::Corrupt(NAME)))?;
    let mut book = Book::open(&stream).map_err(fault)?;
    workbook::read(&mut book, name, options, socle)
}

/// A record: its type, its bytes and where it starts.
#[derive(Clone, Copy)]
struct Record<'b> {
    kind: u16,
    data: &'b [u8],
    at: usize,
}

/// The records from a place on, up to the end of the stream, or to one that is cut.
fn records(stream: &[u8], mut at: usize) -> impl Iterator<Item = Record<'_>> {
    std::iter::from_fn(move || {
        let (kind, length) = (u16_at(stream, at)?, usize::from(u16_at(stream, at + 2)?));
        let data = stream.get(at + 4..at + 4 + length)?;
        let record = Record { kind, data, at };
        at += 4 + length;
        Some(record)
    })
}

/// A workbook, all but its cells.
struct Book<'b> {
    stream: &'b [u8],
    texts: Texts,
    sheets: Vec<(String, bool, usize)>,
    /// Of each style of cells.
    formats: Vec<Format>,
    /// Shared texts, one after the other, and where each ends.
    shared: (String, Vec<u32>),
    dates_from_1904: bool,
    /// Bytes of sheets that may still be read: sheets do not lie in each other, whatever their places say.
    left: usize,
}

/// How a number is shown.
#[derive(Clone, Copy)]
enum Format {
    Number(Shown),
    Time(ExcelDateTimeType),
}

/// How texts are written.
#[derive(Clone, Copy)]
enum Texts {
    /// Of two bytes a character, or one when the other is zero.
    Wide,
    /// Of one byte, before 1997.
    Bytes(&'static encoding_rs::Encoding),
}

impl<'b> Book<'b> {
    fn open(stream: &'b [u8]) -> Result<Book<'b>, Fault> {
        let corrupt = || Fault::Corrupt(NAME);
        let mut book = Book {
            stream,
            texts: Texts::Wide,
            sheets: Vec::new(),
            formats: Vec::new(),
            shared: (String::new(), Vec::new()),
            dates_from_1904: false,
            left: stream.len(),
        };
        let (mut codes, mut styles): (HashMap<u16, Format>, Vec<u16>) = Default::default();
        let mut ended = false;
        for Record { kind, data, at } in records(stream, 0) {
            match kind {
                record::BOF if u16_at(data, 0) == Some(0x0500) => book.texts = Texts::Bytes(WINDOWS_1252),
                record::FILE_PASS => return Err(Fault::Locked),
                record::CODE_PAGE => {
                    if let (Texts::Bytes(encoding), Some(10_000 | 32_768)) = (&mut book.texts, u16_at(data, 0)) {
                        *encoding = MACINTOSH;
                    }
                }
                record::DATE_MODE => book.dates_from_1904 = u16_at(data, 0) == Some(1),
                record::FORMAT => {
                    let number = u16_at(data, 0).ok_or_else(corrupt)?;
                    let count = if matches!(book.texts, Texts::Wide) { Count::Two } else { Count::One };
                    let code = book.texts.counted(&data[2..], count);
                    codes.insert(number, Format::of(&code.ok_or_else(corrupt)?));
                }
                record::XF => styles.push(u16_at(data, 2).ok_or_else(corrupt)?),
                record::BOUND_SHEET => book.sheets.extend(book.texts.sheet(data).ok_or_else(corrupt)?),
                record::SST => book.shared = shared(stream, at).ok_or_else(corrupt)?,
                record::EOF => {
                    ended = true;
                    break;
                }
                _ => {}
            }
        }
        if !ended {
            return Err(corrupt());
        }
        let format = |number: &u16| codes.get(number).copied().unwrap_or_else(|| Format::built_in(*number));
        book.formats = styles.iter().map(format).collect();
        Ok(book)
    }

    /// The cells of a sheet, in order: row and column, and where the record of each starts.
    fn cells(&mut self, start: usize) -> Result<Vec<(u32, usize)>, Failure> {
        let corrupt = || Failure::Fault(Fault::Corrupt(NAME));
        let mut cells: Vec<(u32, usize)> = Vec::new();
        let mut nested = 0;
        for Record { kind, data, at } in records(self.stream, start) {
            match kind {
                // A chart in the sheet has cells of its own.
                record::BOF => nested += 1,
                record::EOF if nested <= 1 => {
                    self.left = self.left.checked_sub(at - start).ok_or_else(corrupt)?;
                    let key = |cell: &(u32, usize)| cell.0;
                    if !cells.is_sorted_by_key(key) {
                        cells.sort_by_key(key);
                    }
                    return Ok(cells);
                }
                record::EOF => nested -= 1,
                _ if nested > 1 => {}
                record::NUMBER
                | record::LABEL
                | record::RSTRING
                | record::BOOL_ERR
                | record::RK
                | record::LABEL_SST
                | record::FORMULA
                | record::MUL_RK => {
                    let (row, first) = u16_at(data, 0).zip(u16_at(data, 2)).ok_or_else(corrupt)?;
                    let count = if kind == record::MUL_RK { data.len().saturating_sub(6) / 6 } else { 1 };
                    let columns = first..first.saturating_add(u16::try_from(count).unwrap_or(u16::MAX));
                    if columns.end > COLUMNS || cells.len() >= CELLS {
                        return Err(corrupt());
                    }
                    cells.extend(columns.map(|column| (u32::from(row) << 16 | u32::from(column), at)));
                }
                _ => {}
            }
        }
        Err(corrupt())
    }

    /// A cell as people see it; `None` when it is blank, `Err` when its record is too short.
    fn cell(&self, column: u16, at: usize) -> Result<Option<(Cow<'_, str>, CellKind)>, ()> {
        let mut following = records(self.stream, at);
        let Record { kind, data, .. } = following.next().ok_or(())?;
        let style = || u16_at(data, 4).ok_or(());
        let text = |text: Option<String>| text.map(|text| Some((Cow::Owned(text), CellKind::Text))).ok_or(());
        let number = |style: u16, n: f64| Some(self.number(style, n)).map(|(text, kind)| (Cow::Owned(text), kind));
        let boolean = |yes: bool| Some((Cow::Borrowed(if yes { "true" } else { "false" }), CellKind::Text));
        let error = |code: u8| Some((Cow::Borrowed(error_text(code)), CellKind::Text));
        match kind {
            record::LABEL_SST => {
                let index = u32_at(data, 6).ok_or(())? as usize;
                let (texts, ends) = &self.shared;
                let end = *ends.get(index).ok_or(())? as usize;
                let start = index.checked_sub(1).map_or(0, |before| ends[before] as usize);
                Ok(Some((Cow::Borrowed(&texts[start..end]), CellKind::Text)))
            }
            record::LABEL | record::RSTRING => text(self.texts.counted(data.get(6..).ok_or(())?, Count::Two)),
            record::NUMBER => Ok(number(style()?, f64_at(data, 6).ok_or(())?)),
            record::RK => Ok(number(style()?, rk(u32_at(data, 6).ok_or(())?))),
            record::MUL_RK => {
                let place = 4 + 6 * usize::from(column.saturating_sub(u16_at(data, 2).ok_or(())?));
                let style = u16_at(data, place).ok_or(())?;
                Ok(number(style, rk(u32_at(data, place + 2).ok_or(())?)))
            }
            record::BOOL_ERR => match *data.get(6..8).ok_or(())? {
                [value, 0] => Ok(boolean(value != 0)),
                [code, _] => Ok(error(code)),
                _ => Err(()),
            },
            record::FORMULA => match *data.get(6..14).ok_or(())? {
                // Its text is in a record of its own, perhaps after that of a shared formula.
                [0, .., 0xff, 0xff] => {
                    let found = following.take(2).find(|record| record.kind == record::STRING);
                    found.map_or(Ok(None), |found| text(self.texts.counted_on(self.stream, found.at)))
                }
                [1, _, value, .., 0xff, 0xff] => Ok(boolean(value != 0)),
                [2, _, code, .., 0xff, 0xff] => Ok(error(code)),
                [.., 0xff, 0xff] => Ok(None),
                _ => Ok(number(style()?, f64_at(data, 6).ok_or(())?)),
            },
            _ => Ok(None),
        }
    }

    fn number(&self, style: u16, n: f64) -> (String, CellKind) {
        match self.formats.get(usize::from(style)).copied().unwrap_or(Format::Number(Shown::General)) {
            Format::Number(shown) => shown.number(n),
            Format::Time(kind) => (date_text(&ExcelDateTime::new(n, kind, self.dates_from_1904)), CellKind::Date),
        }
    }
}

impl workbook::Book for Book<'_> {
    fn sheets(&self) -> Vec<(String, bool)> {
        self.sheets.iter().map(|(name, visible, _)| (name.clone(), *visible)).collect()
    }

    fn read(&mut self, number: usize, table: &mut Table<'_>) -> Result<(), Failure> {
        let Some(start) = self.sheets.get(number).map(|(.., start)| *start) else { return Ok(()) };
        let cells = self.cells(start)?;
        for cells in cells.chunk_by(|one, two| one.0 >> 16 == two.0 >> 16) {
            let mut row = Row { number: (cells[0].0 >> 16) + 1, cells: Vec::with_capacity(cells.len()) };
            for (place, at) in cells {
                let column = (place & 0xffff) as u16;
                let cell = self.cell(column, *at).map_err(|()| Failure::Fault(Fault::Corrupt(NAME)))?;
                let Some((text, kind)) = cell.filter(|(text, _)| !text.trim().is_empty()) else { continue };
                row.cells.push(Cell { column: usize::from(column), text: text.into_owned(), kind });
            }
            if !table.take(row)? {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl Format {
    /// What a format code says.
    fn of(code: &str) -> Format {
        time_of(code).map_or_else(|| Format::Number(Shown::of(code)), Format::Time)
    }

    /// What the number of a format says that the workbook does not describe.
    fn built_in(number: u16) -> Format {
        match number {
            14..=22 | 27..=36 | 45 | 47 | 50..=58 => Format::Time(ExcelDateTimeType::DateTime),
            46 => Format::Time(ExcelDateTimeType::TimeDelta),
            1 => Format::of("0"),
            2 => Format::of("0.00"),
            3 => Format::of("#,##0"),
            4 => Format::of("#,##0.00"),
            _ => Format::Number(Shown::General),
        }
    }
}

/// Whether a format code shows dates or times: by its letters, but those that are only text.
fn time_of(code: &str) -> Option<ExcelDateTimeType> {
    if ["general", "standard"].contains(&code.to_ascii_lowercase().as_str()) {
        return None;
    }
    let mut chars = code.split(';').next().unwrap_or_default().chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => drop(chars.find(|c| *c == '"')),
            '\\' | '_' | '*' => drop(chars.next()),
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                if !inside.is_empty() && inside.chars().all(|c| matches!(c.to_ascii_lowercase(), 'h' | 'm' | 's')) {
                    return Some(ExcelDateTimeType::TimeDelta);
                }
            }
            'd' | 'm' | 'y' | 'h' | 's' | 'D' | 'M' | 'Y' | 'H' | 'S' => return Some(ExcelDateTimeType::DateTime),
            _ => {}
        }
    }
    None
}

/// Bytes of the count of characters before a text.
#[derive(Clone, Copy)]
enum Count {
    One,
    Two,
}

impl Texts {
    /// A text after its count, which ends in the same record.
    fn counted(self, data: &[u8], count: Count) -> Option<String> {
        let (characters, rest) = match count {
            Count::One => (usize::from(*data.first()?), data.get(1..)?),
            Count::Two => (usize::from(u16_at(data, 0)?), data.get(2..)?),
        };
        match self {
            Texts::Wide => {
                let mut text = String::new();
                let mut parts = Parts { rest: rest.get(1..)?, following: &[], at: 0 };
                parts.characters(characters, rest[0] & 1 != 0, &mut text)?;
                Some(text)
            }
            Texts::Bytes(encoding) => {
                Some(encoding.decode_without_bom_handling(rest.get(..characters)?).0.into_owned())
            }
        }
    }

    /// The same of the record at a place, perhaps continued in those after it.
    fn counted_on(self, stream: &[u8], at: usize) -> Option<String> {
        match self {
            Texts::Wide => {
                let mut parts = Parts::of(stream, at)?;
                let mut text = String::new();
                let characters = usize::from(parts.u16()?);
                let wide = parts.u8()? & 1 != 0;
                parts.characters(characters, wide, &mut text)?;
                Some(text)
            }
            Texts::Bytes(_) => self.counted(records(stream, at).next()?.data, Count::Two),
        }
    }

    /// A sheet of cells: its name, whether it is visible, where it starts. Sheets of another kind are left out.
    fn sheet(self, data: &[u8]) -> Option<Option<(String, bool, usize)>> {
        let start = u32_at(data, 0)? as usize;
        let (state, kind) = (*data.get(4)?, *data.get(5)?);
        let name = self.counted(data.get(6..)?, Count::One)?;
        Some((kind == 0).then_some((name, state & 3 == 0, start)))
    }
}

/// The shared texts, from their record on.
fn shared(stream: &[u8], at: usize) -> Option<(String, Vec<u32>)> {
    let mut parts = Parts::of(stream, at)?;
    parts.skip(4)?;
    let count = parts.u32()?;
    let (mut texts, mut ends) = (String::new(), Vec::new());
    for _ in 0..count {
        let characters = usize::from(parts.u16()?);
        let flags = parts.u8()?;
        let runs = if flags & 8 != 0 { usize::from(parts.u16()?) } else { 0 };
        let more = if flags & 4 != 0 { parts.u32()? as usize } else { 0 };
        parts.characters(characters, flags & 1 != 0, &mut texts)?;
        parts.skip(4 * runs)?;
        parts.skip(more)?;
        ends.push(u32::try_from(texts.len()).ok()?);
    }
    Some((texts, ends))
}

/// What a record holds, with the records that continue it.
struct Parts<'b> {
    rest: &'b [u8],
    following: &'b [u8],
    at: usize,
}

impl<'b> Parts<'b> {
    fn of(stream: &'b [u8], at: usize) -> Option<Parts<'b>> {
        let record = records(stream, at).next()?;
        Some(Parts { rest: record.data, following: stream, at: at + 4 + record.data.len() })
    }

    /// Goes on to the next record when this one is read; `None` when there is no more.
    fn refill(&mut self) -> Option<()> {
        while self.rest.is_empty() {
            let next = records(self.following, self.at).next().filter(|next| next.kind == record::CONTINUE)?;
            self.rest = next.data;
            self.at += 4 + next.data.len();
        }
        Some(())
    }

    fn u8(&mut self) -> Option<u8> {
        self.refill()?;
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.u8()?, self.u8()?]))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    fn skip(&mut self, mut bytes: usize) -> Option<()> {
        while bytes > 0 {
            self.refill()?;
            let here = bytes.min(self.rest.len());
            self.rest = &self.rest[here..];
            bytes -= here;
        }
        Some(())
    }

    /// Characters; where a record is continued among them, it says anew how wide they are.
    fn characters(&mut self, mut count: usize, mut wide: bool, text: &mut String) -> Option<()> {
        let mut units: Vec<u16> = Vec::new();
        while count > 0 {
            if self.rest.is_empty() {
                wide = self.u8()? & 1 != 0;
            }
            let size = if wide { 2 } else { 1 };
            let here = count.min(self.rest.len() / size);
            if here == 0 {
                return None;
            }
            let (now, rest) = self.rest.split_at(here * size);
            match wide {
                true => units.extend(now.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit))),
                false => units.extend(now.iter().map(|byte| u16::from(*byte))),
            }
            self.rest = rest;
            count -= here;
        }
        text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        Some(())
    }
}

fn f64_at(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A number in four bytes: whole or not, perhaps to be divided by a hundred.
fn rk(rk: u32) -> f64 {
    let n = match rk & 2 {
        0 => f64::from_bits(u64::from(rk & !3) << 32),
        _ => f64::from(rk.cast_signed() >> 2),
    };
    if rk & 1 == 0 { n } else { n / 100.0 }
}

fn error_text(code: u8) -> &'static str {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0f => "#VALUE!",
        0x17 => "#REF!",
        0x1d => "#NAME?",
        0x24 => "#NUM!",
        _ => "#N/A",
    }
}
