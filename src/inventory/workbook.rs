//! Workbooks: the sheet that is read, and the table that it holds, whatever the format.

use std::io::{self, Cursor};

use zip::ZipArchive;

use super::Options;
use super::json::{long_text, too_many};
use super::records::{CellKind, Records};
use super::unpack::Fault;
use crate::diag::{Diagnostic, did_you_mean};
use crate::socle::{HeaderMatch, Socle};
use crate::text;

/// Rows looked at to find the header.
const HEAD_ROWS: usize = 50;

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

/// The records of a sheet, and its name.
pub(super) type Found = Result<(Records, String), Box<Diagnostic>>;

/// Reads the sheet asked for, or the first visible one that holds a table whose columns the socle knows; else the first that
/// holds a table.
///
/// # Errors
/// `inventory/corrupt`, `inventory/no-sheet`, `inventory/empty`, `inventory/too-many`.
pub(super) fn read(book: &mut impl Book, name: &str, options: &Options, socle: &Socle) -> Found {
    let sheets = book.sheets();
    if sheets.len() > options.sheets {
        return Err(too_many_sheets(name, options.sheets));
    }
    let asked = options.sheet.as_deref().map(|asked| chosen(asked, &sheets, name)).transpose()?;
    // A header alone gives way to a table, and a table to one that is understood.
    let mut found: Option<(Records, String)> = None;
    let mut best = (false, false);
    let mut others: Vec<&str> = Vec::new();
    for (number, (sheet, visible)) in sheets.iter().enumerate() {
        if asked.map_or(!visible, |asked| asked != number) {
            continue;
        }
        let only_looks = best == (true, true);
        let mut table = Table { only_looks, ..Table::new(options) };
        let read = book.read(number, &mut table).and_then(|()| match table.is_empty() {
            true => Ok(()),
            false if only_looks => {
                others.push(sheet);
                Ok(())
            }
            false => {
                let records = table.finish()?;
                let knows = |header: &String| matches!(socle.field_of_header(header), HeaderMatch::Field(_));
                let has_rows = records.rows() > 0;
                let known = records.header().iter().filter(|header| knows(header)).count();
                let rank = (has_rows, has_rows && (known > 1 || known * 2 > records.header().len()));
                if found.is_none() || rank > best {
                    best = rank;
                    if let Some((left, name)) = found.replace((records, sheet.clone()))
                        && left.rows() > 0
                    {
                        others.extend(sheets.iter().map(|(sheet, _)| sheet.as_str()).find(|sheet| *sheet == name));
                    }
                } else if has_rows {
                    others.push(sheet);
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
///
/// `look` sees the bytes of each part as they pass, with its name.
pub(super) fn check_size(
    bytes: &[u8],
    format: &'static str,
    options: &Options,
    look: &mut dyn FnMut(&str, &[u8]),
) -> Result<(), Fault> {
    let corrupt = |_| Fault::Corrupt(format);
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(corrupt)?;
    let most = options.document_bytes.saturating_mul(4);
    let tight = (bytes.len() as u64).saturating_mul(options.unpacked_ratio).max(16 << 20);
    let mut total = 0u64;
    for index in 0..zip.len() {
        let part = match zip.by_index(index) {
            Ok(part) => part,
            Err(_) => return Err(Fault::Locked),
        };
        let left = most.min(tight).saturating_sub(total) + 1;
        let name = part.name().map(|name| name.into_owned()).unwrap_or_default();
        let mut seen = Seen { name: &name, look: &mut *look };
        let count = io::copy(&mut io::Read::take(part, left), &mut seen).map_err(|_| Fault::Corrupt(format))?;
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

/// Shows bytes, and keeps none.
struct Seen<'s> {
    name: &'s str,
    look: &'s mut dyn FnMut(&str, &[u8]),
}

impl io::Write for Seen<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.look)(self.name, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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

fn too_many_sheets(name: &str, most: usize) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(
            "inventory/too-many",
            text!("`{name}` : plus de {most} feuilles", "`{name}`: more than {most} sheets"),
        )
        .help(text!(
            "donner celle qui compte en CSV, ou relever la borne : `--max-sheets`",
            "give the one that counts as CSV, or raise the bound: `--max-sheets`"
        )),
    )
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

    /// Columns that are read.
    pub(super) fn columns(&self) -> usize {
        self.options.columns
    }

    /// Bytes of a text that is kept.
    pub(super) fn text_bytes(&self) -> usize {
        self.options.text_bytes
    }

    fn is_empty(&self) -> bool {
        self.head.is_empty() && self.columns.is_none()
    }

    /// Notes a formula without the value it had: a program wrote the sheet, and no spreadsheet computed it.
    pub(super) fn no_value(&mut self, number: u32, column: usize) {
        if !self.only_looks {
            self.records.note("inventory/formula-without-value", (number, None, Some(column)), || {
                (
                    text!(
                        "formules dont la valeur n'est pas dans le classeur : inconnues",
                        "formulas whose value is not in the workbook: unknown"
                    ),
                    Some(text!(
                        "ouvrir le classeur dans un tableur et l'enregistrer",
                        "open the workbook in a spreadsheet and save it"
                    )),
                )
            });
        }
    }

    /// Takes a row; whether more are wanted.
    pub(super) fn take(&mut self, mut row: Row) -> Result<bool, Failure> {
        let most = self.options.text_bytes;
        row.cells.retain(|cell| {
            let fits = cell.text.len() <= most;
            if !fits {
                long_text(&mut self.records, (row.number, None, None));
            }
            fits
        });
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
        if self.records.is_full(self.options) {
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
