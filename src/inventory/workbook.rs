//! Workbooks: the table of one sheet, cells as people see them.

use std::io::{self, Cursor};

use calamine::{Data, DataRef, DataType, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use zip::ZipArchive;

use super::Options;
use super::json::too_many;
use super::records::{CellKind, MANY_COLUMNS, Records};
use super::unpack::Fault;
use crate::diag::{Diagnostic, did_you_mean};
use crate::text;

/// Rows looked at to find the header.
const HEAD_ROWS: usize = 50;
/// Decimals of a number that no format rounds: as many as spreadsheets keep.
const DIGITS: usize = 15;

/// A cell as people see it.
#[derive(Clone)]
pub(super) struct Cell {
    pub(super) column: usize,
    pub(super) text: String,
    pub(super) kind: CellKind,
}

/// A row, with its number in the sheet, from 1.
pub(super) struct Row {
    pub(super) number: u32,
    pub(super) cells: Vec<Cell>,
}

/// A workbook that was opened.
pub(super) trait Book {
    /// Its sheets: their name, whether they are visible.
    fn sheets(&self) -> Vec<(String, bool)>;

    /// Gives the rows of a sheet to a table.
    fn read(&mut self, number: usize, table: &mut Table<'_>) -> Result<(), Failure>;
}

/// Reads an XLSX workbook: its records, and the name of their sheet.
///
/// # Errors
/// `inventory/corrupt`, `inventory/too-large`, `inventory/too-tight`, `inventory/no-sheet`, `inventory/empty`,
/// `inventory/too-many`.
pub(super) fn xlsx(bytes: Vec<u8>, name: &str, options: &Options) -> Result<(Records, String), Box<Diagnostic>> {
    let fault = |fault: Fault| Box::new(fault.diagnostic(name));
    check_size(&bytes, "xlsx", options).map_err(fault)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| fault(damage(&error)))?;
    read(&mut book, name, options)
}

fn damage(error: &XlsxError) -> Fault {
    match error {
        XlsxError::Password => Fault::Method("AES".to_owned()),
        _ => Fault::Corrupt("xlsx"),
    }
}

impl Book for Xlsx<Cursor<Vec<u8>>> {
    fn sheets(&self) -> Vec<(String, bool)> {
        self.sheets_metadata()
            .iter()
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
            .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
            .collect()
    }

    fn read(&mut self, number: usize, table: &mut Table<'_>) -> Result<(), Failure> {
        let name = self.sheets().into_iter().nth(number).map(|(name, _)| name);
        name.map_or(Ok(()), |name| read_sheet(self, &name, table))
    }
}

/// Reads the sheet asked for, or the first visible one that holds a table.
///
/// # Errors
/// `inventory/corrupt`, `inventory/no-sheet`, `inventory/empty`, `inventory/too-many`.
pub(super) fn read(book: &mut impl Book, name: &str, options: &Options) -> Result<(Records, String), Box<Diagnostic>> {
    let sheets = book.sheets();
    let asked = options.sheet.as_deref().map(|asked| chosen(asked, &sheets, name)).transpose()?;
    let mut found: Option<(Records, String)> = None;
    let mut others: Vec<&str> = Vec::new();
    for (number, (sheet, visible)) in sheets.iter().enumerate() {
        if asked.map_or(!visible, |asked| asked != number) {
            continue;
        }
        // A header alone gives way to a table.
        let has_table = found.as_ref().is_some_and(|(records, _)| records.rows() > 0);
        let mut table = Table { only_looks: has_table, ..Table::new(options) };
        let read = book.read(number, &mut table).and_then(|()| match table.is_empty() {
            true => Ok(()),
            false if has_table => {
                others.push(sheet);
                Ok(())
            }
            false => {
                let records = table.finish()?;
                if found.is_none() || records.rows() > 0 {
                    found = Some((records, sheet.clone()));
                }
                Ok(())
            }
        });
        read.map_err(|failure| match failure {
            Failure::Fault(fault) => Box::new(fault.diagnostic(name)),
            Failure::Full(line) => too_many(name, line),
        })?;
    }
    let (mut records, sheet) = found.ok_or_else(|| empty(name))?;
    if !others.is_empty() {
        let (count, list) = (others.len(), others.iter().take(5).copied().collect::<Vec<_>>().join("`, `"));
        records.say(
            "inventory/other-sheets",
            count as u64,
            text!("feuilles qui ne sont pas lues : `{list}`", "sheets that are not read: `{list}`"),
            Some(text!("pour en lire une : `--sheet NOM`", "to read one: `--sheet NAME`")),
        );
    }
    Ok((records, sheet))
}

/// Checks that the parts of a workbook are no larger than allowed, whatever they say of themselves.
pub(super) fn check_size(bytes: &[u8], format: &'static str, options: &Options) -> Result<(), Fault> {
    let corrupt = |_| Fault::Corrupt(format);
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(corrupt)?;
    let most = options.document_bytes.saturating_mul(4);
    let tight = (bytes.len() as u64).saturating_mul(options.unpacked_ratio).max(16 << 20);
    let mut total = 0u64;
    for index in 0..zip.len() {
        let part = match zip.by_index(index) {
            Ok(part) => part,
            Err(_) => return Err(Fault::Method("AES".to_owned())),
        };
        let left = most.min(tight).saturating_sub(total) + 1;
        let count = io::copy(&mut io::Read::take(part, left), &mut io::sink()).map_err(|_| Fault::Corrupt(format))?;
        total += count;
        if total > most {
            return Err(Fault::TooLarge { bytes: most });
        }
        if total > tight {
            return Err(Fault::TooTight { ratio: options.unpacked_ratio });
        }
    }
    Ok(())
}

/// The sheet asked for, by name or number.
fn chosen(asked: &str, sheets: &[(String, bool)], name: &str) -> Result<usize, Box<Diagnostic>> {
    let by_name = |same: &dyn Fn(&str) -> bool| sheets.iter().position(|(sheet, _)| same(sheet));
    let number = || asked.parse::<usize>().ok()?.checked_sub(1).filter(|number| *number < sheets.len());
    by_name(&|sheet| sheet == asked)
        .or_else(|| by_name(&|sheet| sheet.trim().to_lowercase() == asked.trim().to_lowercase()))
        .or_else(number)
        .ok_or_else(|| {
            let mut fault = Diagnostic::error(
                "inventory/no-sheet",
                text!("`{name}` n'a pas de feuille `{asked}`", "`{name}` has no sheet `{asked}`"),
            );
            let list = sheets.iter().take(10).map(|(sheet, _)| sheet.as_str()).collect::<Vec<_>>().join("`, `");
            fault.help = did_you_mean(asked, sheets.iter().map(|(sheet, _)| sheet.as_str()))
                .or_else(|| Some(text!("ses feuilles : `{list}`", "its sheets: `{list}`")));
            Box::new(fault)
        })
}

fn empty(name: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(
            "inventory/empty",
            text!("`{name}` : aucune feuille visible n'a de ligne", "`{name}`: no visible sheet has a row"),
        )
        .help(text!("pour lire une feuille masquée : `--sheet NOM`", "to read a hidden sheet: `--sheet NAME`")),
    )
}

/// Why a sheet is not read.
pub(super) enum Failure {
    Fault(Fault),
    /// At a row.
    Full(u32),
}

/// Gives the rows of a sheet to a table.
fn read_sheet(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str, table: &mut Table<'_>) -> Result<(), Failure> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| Failure::Fault(damage(&error)))?;
    let format = |style: &calamine::Style| style.number_format.as_ref().map(|format| Shown::of(&format.format_code));
    let formats: Vec<Shown> = cells.styles().iter().map(|style| format(style).unwrap_or(Shown::General)).collect();
    let mut row: Option<Row> = None;
    loop {
        let next = cells.next_cell_with_style_id().map_err(|error| Failure::Fault(damage(&error)))?;
        let Some((cell, style)) = next else { break };
        let (number, column) = cell.get_position();
        let number = number.saturating_add(1);
        if row.as_ref().is_none_or(|row| row.number != number)
            && let Some(done) = row.replace(Row { number, cells: Vec::new() })
            && !table.take(done)?
        {
            return Ok(());
        }
        if row.as_ref().is_some_and(|row| row.cells.len() > MANY_COLUMNS) {
            return Err(Failure::Full(number));
        }
        if matches!(cell.get_value(), DataRef::String(_) | DataRef::SharedString(_))
            && cell.get_value().get_string().is_some_and(|text| text.len() > table.options.text_bytes)
        {
            table.records.note("inventory/long-text", (number, None, None), || {
                (text!("textes trop longs : inconnus", "texts that are too long: unknown"), None)
            });
            continue;
        }
        let shown = formats.get(style).copied().unwrap_or(Shown::General);
        if let Some((text, kind)) = shown.cell(cell.get_value())
            && let Some(row) = &mut row
        {
            row.cells.push(Cell { column: column as usize, text, kind });
        }
    }
    if let Some(row) = row {
        table.take(row)?;
    }
    Ok(())
}

/// How a number is shown.
#[derive(Clone, Copy)]
enum Shown {
    /// With the decimals it has.
    General,
    /// With so many digits before the mark, at least, and so many decimals.
    Digits(usize, usize),
}

impl Shown {
    /// What a format code of digits alone says (`0.00`, `# ##0`, `00000`); any other is taken as none.
    fn of(code: &str) -> Shown {
        let code = code.split(';').next().unwrap_or_default();
        let (whole, decimals) = code.split_once('.').unwrap_or((code, ""));
        let digits = whole.bytes().filter(|byte| *byte == b'0').count();
        let is_plain = whole.ends_with('0')
            && whole.chars().all(|c| matches!(c, '0' | '#' | ',' | ' ' | '\u{a0}'))
            && decimals.bytes().all(|byte| byte == b'0')
            && digits + decimals.len() <= 2 * DIGITS;
        if is_plain { Shown::Digits(digits, decimals.len()) } else { Shown::General }
    }

    /// A cell as people see it; `None` when it is blank.
    fn cell(self, value: &DataRef<'_>) -> Option<(String, CellKind)> {
        let (text, kind) = match value {
            DataRef::String(text) => (text.clone(), CellKind::Text),
            DataRef::SharedString(text) => ((*text).to_owned(), CellKind::Text),
            DataRef::Int(n) => self.number(*n as f64),
            DataRef::Float(n) => self.number(*n),
            DataRef::Bool(true) => ("true".to_owned(), CellKind::Text),
            DataRef::Bool(false) => ("false".to_owned(), CellKind::Text),
            DataRef::DateTime(date) => (date_text(date), CellKind::Date),
            DataRef::DateTimeIso(text) => (text.strip_suffix("T00:00:00").unwrap_or(text).to_owned(), CellKind::Date),
            DataRef::DurationIso(text) => (text.clone(), CellKind::Date),
            DataRef::Error(error) => (Data::Error(error.clone()).to_string(), CellKind::Text),
            DataRef::Empty => return None,
        };
        (!text.trim().is_empty()).then_some((text, kind))
    }

    fn number(self, n: f64) -> (String, CellKind) {
        match self {
            Shown::Digits(whole, decimals) => {
                let text = format!("{:.decimals$}", n.abs());
                let width = whole + if decimals > 0 { decimals + 1 } else { 0 };
                let sign = if n < 0.0 { "-" } else { "" };
                (format!("{sign}{text:0>width$}"), CellKind::Number)
            }
            Shown::General if n.fract() == 0.0 && n.abs() < 1e15 => (format!("{n:.0}"), CellKind::Number),
            Shown::General => {
                // Spreadsheets keep fifteen digits: 0.1 + 0.2 is 0.3.
                let rounded = format!("{n:.*e}", DIGITS - 1).parse().unwrap_or(n);
                (format!("{rounded}"), CellKind::Rounded)
            }
        }
    }
}

/// A date in ISO form, with its time when it has one.
fn date_text(date: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    if date.is_duration() || date.as_f64() < 1.0 {
        time
    } else if time == "00:00:00" {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02} {time}")
    }
}

/// The rows of a sheet, as they become a table.
pub(super) struct Table<'o> {
    options: &'o Options,
    /// Rows that may come before the header, or be it.
    head: Vec<Row>,
    /// Columns of the header, once it is known.
    columns: Option<usize>,
    records: Records,
    /// The sheet is only looked at, to say that it is there.
    only_looks: bool,
}

impl Table<'_> {
    fn new(options: &Options) -> Table<'_> {
        Table { options, head: Vec::new(), columns: None, records: Records::default(), only_looks: false }
    }

    /// Bytes of a text that is kept.
    pub(super) fn text_bytes(&self) -> usize {
        self.options.text_bytes
    }

    fn is_empty(&self) -> bool {
        self.head.is_empty() && self.columns.is_none()
    }

    /// Takes a row; whether more are wanted.
    pub(super) fn take(&mut self, row: Row) -> Result<bool, Failure> {
        if row.cells.is_empty() {
            return Ok(true);
        }
        if self.only_looks {
            self.head.push(row);
            return Ok(false);
        }
        if self.columns.is_some() {
            return self.record(row).map(|()| true);
        }
        match self.options.header_row {
            Some(header) if row.number < header => return Ok(true),
            Some(_) => {
                self.header(&row);
                return Ok(true);
            }
            None => self.head.push(row),
        }
        if self.head.len() >= HEAD_ROWS {
            self.settle()?;
        }
        Ok(true)
    }

    /// Finds the header: the first row nearly as wide as the widest one, mostly of texts.
    fn settle(&mut self) -> Result<(), Failure> {
        let head = std::mem::take(&mut self.head);
        let widest = head.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        let is_header = |row: &Row| {
            let texts = row.cells.iter().filter(|cell| cell.kind == CellKind::Text).count();
            row.cells.len() * 3 >= widest * 2 && texts * 2 > row.cells.len()
        };
        let at = head.iter().position(is_header).unwrap_or(0);
        let mut rows = head.into_iter();
        let above = rows.by_ref().take(at).count();
        let Some(header) = rows.next() else { return Ok(()) };
        if above > 0 {
            let line = header.number;
            self.records.say(
                "inventory/title-rows",
                above as u64,
                text!(
                    "lignes au-dessus de l'en-tête, trouvé ligne {line} : non lues",
                    "rows above the header, found at row {line}: not read"
                ),
                Some(text!(
                    "si l'en-tête est ailleurs : `--header-row N`",
                    "if the header is elsewhere: `--header-row N`"
                )),
            );
        }
        self.header(&header);
        rows.try_for_each(|row| self.record(row))
    }

    fn header(&mut self, row: &Row) {
        let count = row.cells.iter().map(|cell| cell.column + 1).max().unwrap_or(0);
        let mut names = vec![""; count];
        for cell in &row.cells {
            names[cell.column] = &cell.text;
        }
        for name in names {
            self.records.add(name);
        }
        self.columns = Some(count);
    }

    fn record(&mut self, row: Row) -> Result<(), Failure> {
        if self.records.is_full(self.options.records) {
            return Err(Failure::Full(row.number));
        }
        let columns = self.columns.unwrap_or(0);
        let mut texts = vec![("", CellKind::Text); columns];
        let mut outside = false;
        for cell in &row.cells {
            match texts.get_mut(cell.column) {
                Some(text) => *text = (&cell.text, cell.kind),
                None => outside = true,
            }
        }
        if outside {
            let place = (row.number, Some(self.records.rows() as u64 + 1), None);
            self.records.note("inventory/ragged-row", place, || {
                (
                    text!(
                        "lignes qui ont des cellules au-delà de l'en-tête : non lues",
                        "rows with cells past the header: not read"
                    ),
                    Some(text!("donner un en-tête à ces colonnes", "give these columns a header")),
                )
            });
        }
        self.records.push_typed(row.number, texts.into_iter());
        Ok(())
    }

    fn finish(mut self) -> Result<Records, Failure> {
        if self.columns.is_none() {
            self.settle()?;
        }
        Ok(self.records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_their_format_says() {
        use CellKind::{Number, Rounded};
        for (code, number, text, kind) in [
            ("General", 7.2, "7.2", Rounded),
            ("General", 7.0, "7", Number),
            ("General", 99_900_000_375.0, "99900000375", Number),
            ("General", 0.1 + 0.2, "0.3", Rounded),
            ("General", -1.5, "-1.5", Rounded),
            ("0.00", 7.2, "7.20", Number),
            ("00000", 1300.0, "01300", Number),
            ("00000", -13.0, "-00013", Number),
            ("#,##0", 1200.0, "1200", Number),
            ("# ##0.0;[Red]-# ##0.0", -1200.0, "-1200.0", Number),
            ("000.00", 7.2, "007.20", Number),
            ("0%", 0.5, "0.5", Rounded),
            ("0.00E+00", 1300.0, "1300", Number),
            ("\"v\"0.0", 7.2, "7.2", Rounded),
        ] {
            assert_eq!(Shown::of(code).number(number), (text.to_owned(), kind), "{code} {number}");
        }
    }

    #[test]
    fn dates_are_iso() {
        use calamine::ExcelDateTimeType::{DateTime, TimeDelta};
        for (value, kind, text) in [
            (46348.0, DateTime, "2026-11-22"),
            (46348.5, DateTime, "2026-11-22 12:00:00"),
            (0.25, DateTime, "06:00:00"),
            (0.25, TimeDelta, "06:00:00"),
        ] {
            assert_eq!(date_text(&ExcelDateTime::new(value, kind, false)), text);
        }
        assert_eq!(date_text(&ExcelDateTime::new(44886.0, DateTime, true)), "2026-11-22");
    }
}
