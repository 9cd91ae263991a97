//! Tables of a row a machine or of a row a software, as `systeminfo /fo csv`, `Export-Csv`, `wmic … /format:csv` and
//! `osqueryi --csv` write them: a section is told by its header, which may be in the language of the system, in the code
//! page of its console.

use std::borrow::Cow;

use super::gather::Reading;
use super::{Machine, json, of_form};
use crate::diag::Diagnostic;
use crate::inventory::cell::{Encoding, Spelling};
use crate::inventory::json::lines;
use crate::inventory::masks::Dialect as Csv;
use crate::inventory::sniff::{cells, first_record};
use crate::socle::collection::{Dialect, Form};
use crate::socle::{Collection, fold};

/// What stands between cells, the likeliest first.
const DELIMITERS: [u8; 4] = *b",;|\t";
/// Columns of the widest header that is looked at.
const MANY_COLUMNS: usize = 500;
/// Lines of one document that are looked at as headers.
const MANY_HEADERS: usize = 1000;

const fn csv(delimiter: u8) -> Csv {
    Csv { delimiter, line_end: b'\n' }
}

/// The dialect that a header tells.
pub(super) fn recognise<'s>(text: &str, collection: &'s Collection) -> Option<&'s Dialect> {
    let first = text[above(text)..].split_inclusive('\n').next()?;
    DELIMITERS.into_iter().find_map(|delimiter| {
        let header = row(first, delimiter);
        of_form(collection, Form::Table).find(|dialect| section_of(dialect, &header).is_some())
    })
}

/// Length of what stands above a header: blank lines (`wmic`), `sep=;` (Excel), `#TYPE …` (PowerShell).
fn above(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let said = line.trim();
        if !(said.is_empty() || said.starts_with("#TYPE ") || (said.len() == 5 && said.starts_with("sep="))) {
            break;
        }
        at += line.len();
    }
    at
}

/// The section that a header tells: names of properties as they are, names for people however they are spelt.
fn section_of(dialect: &Dialect, header: &[Cow<'_, str>]) -> Option<usize> {
    if !(2..=MANY_COLUMNS).contains(&header.len()) {
        return None;
    }
    let told = json::section_of(dialect, header.iter().map(|name| name.trim()));
    told.or_else(|| {
        dialect.sections.iter().position(|section| {
            let is_told = |key: &usize| {
                let name = section.keys[*key].first();
                name.is_some_and(|name| is_for_people(name) && place_of(name, header).is_some())
            };
            !section.told_by.is_empty() && section.told_by.iter().all(is_told)
        })
    })
}

/// Whether a name is one that commands translate.
fn is_for_people(name: &str) -> bool {
    name.contains(' ')
}

/// The column of a name.
fn place_of(name: &str, header: &[Cow<'_, str>]) -> Option<usize> {
    let folded = |text: &str| fold::key(text, &fold::Words::default());
    header.iter().position(|other| other.trim() == name).or_else(|| {
        let name = is_for_people(name).then(|| folded(name))?;
        header.iter().position(|other| folded(other) == name)
    })
}

fn row(record: &str, delimiter: u8) -> Vec<Cow<'_, str>> {
    let cells = cells(record.as_bytes(), csv(delimiter)).into_iter();
    cells.map(|cell| Spelling::Csv(Encoding::Utf8).text(cell)).collect()
}

/// A table that is being read.
struct Table<'t> {
    /// The line of its header.
    header: &'t str,
    delimiter: u8,
    section: usize,
    /// The column of each key of the section.
    places: Vec<Option<usize>>,
}

impl<'t> Table<'t> {
    /// The table of a header.
    fn of(header: &'t str, dialect: &Dialect) -> Option<Table<'t>> {
        DELIMITERS.into_iter().find_map(|delimiter| {
            let names = row(header, delimiter);
            let section = section_of(dialect, &names)?;
            let places = dialect.sections[section].keys.iter().map(|path| place_of(path.first()?, &names)).collect();
            Some(Table { header, delimiter, section, places })
        })
    }
}

/// Reads the machines of a table; its header may stand again before other rows, and other headers after a blank line or a
/// `#TYPE`.
pub(super) fn read(text: &str, mut reading: Reading<'_>) -> Result<Vec<Machine>, Box<Diagnostic>> {
    let mut rest = text;
    let mut line = 1;
    let mut table: Option<Table<'_>> = None;
    let mut looked_at = 0;
    while !rest.is_empty() {
        let skipped = above(rest);
        line += lines(&rest[..skipped]);
        rest = &rest[skipped..];
        let first = rest.split_inclusive('\n').next().unwrap_or_default();
        let again = table.as_ref().is_some_and(|table| table.header == first);
        let may_begin = (table.is_none() || skipped > 0) && !again && looked_at < MANY_HEADERS;
        looked_at += usize::from(may_begin);
        let begun = may_begin.then(|| Table::of(first, reading.dialect)).flatten();
        let len = match &table {
            _ if begun.is_some() || again => first.len(),
            None => first.len(),
            Some(table) => first_record(rest.as_bytes(), csv(table.delimiter)).unwrap_or(rest.len()),
        };
        let record = &rest[..len];
        if begun.is_some() {
            table = begun;
        } else if let (false, Some(table)) = (again, &table) {
            let texts = row(record, table.delimiter);
            let text = |place: &Option<usize>| place.and_then(|place| texts.get(place)).map(|text| text.trim());
            let mut found: Vec<String> =
                table.places.iter().map(|place| text(place).unwrap_or_default().to_owned()).collect();
            reading.row("", table.section, &mut found, line)?;
        }
        line += lines(record);
        rest = &rest[len..];
    }
    reading.end()
}
