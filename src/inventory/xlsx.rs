//! XLSX workbooks, read cell by cell.

use std::io::Cursor;

use calamine::{Reader, SheetType, SheetVisible, Xlsx, XlsxError};

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
    workbook::check_size(&bytes, "xlsx", options).map_err(fault)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| fault(damage(&error)))?;
    workbook::read(&mut book, name, options, socle)
}

fn damage(error: &XlsxError) -> Fault {
    match error {
        XlsxError::Password => Fault::Locked,
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
    Ok(())
}
