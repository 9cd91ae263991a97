//! XLSX workbooks, read cell by cell.

use std::io::Cursor;

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::Options;
use super::shown::Shown;
use super::unpack::Fault;
use super::workbook::{self, Book, Cell, Failure, Found, Row, Table};
use crate::socle::Socle;

/// Reads an XLSX workbook: its records, and the name of their sheet.
///
/// # Errors
/// `inventory/corrupt`, `inventory/too-large`, `inventory/too-tight`, `inventory/no-sheet`, `inventory/empty`,
/// `inventory/too-many`.
pub(super) fn read(bytes: Vec<u8>, name: &str, options: &Options, socle: &Socle) -> Found {
    let fault = |fault: Fault| Box::new(fault.diagnostic(name));
    let mut formulas = Formulas::default();
    workbook::check_size(&bytes, "xlsx", options, &mut |part, bytes| formulas.look(part, bytes)).map_err(fault)?;
    let book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| fault(damage(&error)))?;
    workbook::read(&mut Workbook { book, formulas: formulas.found }, name, options, socle)
}

/// A workbook, and whether any of its sheets has formulas.
struct Workbook {
    book: Xlsx<Cursor<Vec<u8>>>,
    formulas: bool,
}

/// Whether sheets have formulas, as their bytes pass.
#[derive(Default)]
struct Formulas {
    found: bool,
    /// The end of what passed last.
    end: [u8; 2],
}

impl Formulas {
    fn look(&mut self, part: &str, bytes: &[u8]) {
        if self.found || !part.starts_with("xl/worksheets/") {
            return;
        }
        let is_formula = |text: &[u8]| matches!(text, [b'<', b'f', b'>' | b' ' | b'/', ..]);
        let mut across = self.end.to_vec();
        across.extend(bytes.iter().take(2));
        self.found = memchr::memmem::find_iter(bytes, b"<f").any(|at| is_formula(&bytes[at..]))
            || across.windows(3).any(is_formula);
        let end = &bytes[bytes.len().saturating_sub(2)..];
        self.end = match *end {
            [one, two] => [one, two],
            [one] => [self.end[1], one],
            _ => self.end,
        };
    }
}

fn damage(error: &XlsxError) -> Fault {
    match error {
        XlsxError::Password => Fault::Locked,
        _ => Fault::Corrupt("xlsx"),
    }
}

impl Book for Workbook {
    fn sheets(&self) -> Vec<(String, bool)> {
        self.book
            .sheets_metadata()
            .iter()
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
            .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
            .collect()
    }

    fn read(&mut self, number: usize, table: &mut Table<'_>) -> Result<(), Failure> {
        let name = self.sheets().into_iter().nth(number).map(|(name, _)| name);
        let Some(name) = name else { return Ok(()) };
        let blank = read_sheet(&mut self.book, &name, table)?;
        // Cells without a value are met in most sheets: only there may formulas be among them.
        if self.formulas && blank { without_value(&mut self.book, &name, table) } else { Ok(()) }
    }
}

/// Says which cells have a formula and no value.
fn without_value(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str, table: &mut Table<'_>) -> Result<(), Failure> {
    let failure = |error: XlsxError| Failure::Fault(damage(&error));
    let mut cells = book.worksheet_cells_reader(sheet).map_err(failure)?;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(failure)? {
        if cell.formula.is_some() && matches!(cell.value, DataRef::Empty) {
            table.no_value(cell.pos.0.saturating_add(1), cell.pos.1 as usize);
        }
    }
    Ok(())
}

/// Gives the rows of a sheet to a table; whether some cells have no value.
fn read_sheet(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str, table: &mut Table<'_>) -> Result<bool, Failure> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| Failure::Fault(damage(&error)))?;
    let format = |style: &calamine::Style| style.number_format.as_ref().map(|format| Shown::of(&format.format_code));
    let formats: Vec<Shown> = cells.styles().iter().map(|style| format(style).unwrap_or(Shown::General)).collect();
    let mut row: Option<Row> = None;
    let mut blank = false;
    loop {
        let next = cells.next_cell_with_style_id().map_err(|error| Failure::Fault(damage(&error)))?;
        let Some((cell, style)) = next else { break };
        let (number, column) = cell.get_position();
        let number = number.saturating_add(1);
        if row.as_ref().is_none_or(|row| row.number != number)
            && let Some(done) = row.replace(Row { number, cells: Vec::new() })
            && !table.take(done)?
        {
            return Ok(blank);
        }
        blank |= matches!(cell.get_value(), DataRef::Empty);
        if row.as_ref().is_some_and(|row| row.cells.len() > table.columns()) {
            return Err(Failure::Full(number));
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
    Ok(blank)
}
