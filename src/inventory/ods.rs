//! OpenDocument spreadsheets, read as a stream of cells: a repeated row or cell costs nothing before it is kept, so
//! that what a file says of its own size binds nobody.

use std::collections::HashSet;
use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::Options;
use super::canonical::character;
use super::records::CellKind;
use super::unpack::Fault;
use super::workbook::{self, Book, Cell, Failure, Found, Row, Table};
use crate::socle::Socle;

/// Elements inside each other.
const DEPTH: usize = 64;

/// The part that holds the cells.
struct Content {
    text: String,
    /// Name of each sheet, whether it is visible, where it starts.
    sheets: Vec<(String, bool, usize)>,
}

/// Reads an ODS workbook: its records, and the name of their sheet.
///
/// # Errors
/// Those of [`workbook::read`].
pub(super) fn read(bytes: &[u8], name: &str, options: &Options, socle: &Socle) -> Found {
    let mut content = Content::open(bytes, options).map_err(|fault| Box::new(fault.diagnostic(name)))?;
    workbook::read(&mut content, name, options, socle)
}

impl Content {
    fn open(bytes: &[u8], options: &Options) -> Result<Content, Fault> {
        workbook::check_size(bytes, "ods", options, &mut |_, _| {})?;
        let corrupt = || Fault::Corrupt("ods");
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| corrupt())?;
        let mut part = |name: &str| -> Result<String, Fault> {
            let mut text = Vec::new();
            let part = zip.by_name(name).map_err(|_| corrupt())?;
            let most = options.document_bytes;
            part.take(most + 1).read_to_end(&mut text).map_err(|_| corrupt())?;
            if text.len() as u64 > most {
                return Err(Fault::TooLarge { bytes: most });
            }
            String::from_utf8(text).map_err(|_| corrupt())
        };
        if part("META-INF/manifest.xml").is_ok_and(|manifest| manifest.contains("encryption-data")) {
            return Err(Fault::Locked);
        }
        let mut content = Content { text: part("content.xml")?, sheets: Vec::new() };
        content.sheets = content.find_sheets().ok_or_else(corrupt)?;
        Ok(content)
    }

    /// The sheets; `None` when the document is not well formed.
    fn find_sheets(&self) -> Option<Vec<(String, bool, usize)>> {
        let mut sheets = Vec::new();
        let mut hidden: HashSet<String> = HashSet::new();
        let mut style = String::new();
        let mut depth = 0usize;
        let mut reader = Reader::from_str(&self.text);
        loop {
            let at = usize::try_from(reader.buffer_position()).ok()?;
            let event = reader.read_event().ok()?;
            match &event {
                Event::Start(start) | Event::Empty(start) => {
                    depth += usize::from(matches!(event, Event::Start(_)));
                    match start.name().into_inner() {
                        "style:style" => style = attribute(start, "style:name").unwrap_or_default(),
                        "style:table-properties" if attribute(start, "table:display").as_deref() == Some("false") => {
                            hidden.insert(std::mem::take(&mut style));
                        }
                        "table:table" => {
                            let visible = attribute(start, "table:style-name").is_none_or(|s| !hidden.contains(&s));
                            sheets.push((attribute(start, "table:name").unwrap_or_default(), visible, at));
                        }
                        _ => {}
                    }
                }
                Event::End(_) => depth = depth.checked_sub(1)?,
                Event::DocType(_) => return None,
                Event::Eof => return (depth == 0).then_some(sheets),
                _ => {}
            }
            if depth > DEPTH {
                return None;
            }
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.attributes().flatten().find(|attribute| attribute.key.into_inner() == name)?;
    found.normalized_value(quick_xml::XmlVersion::Explicit1_0).ok().map(std::borrow::Cow::into_owned)
}

/// How many times an element stands there.
fn repeated(start: &BytesStart<'_>, name: &str) -> usize {
    attribute(start, name).and_then(|n| n.parse().ok()).unwrap_or(1).max(1)
}

/// A cell being read.
struct Draft {
    repeated: usize,
    kind: Option<String>,
    value: Option<String>,
    text: String,
    paragraphs: usize,
    /// How deep its element stands.
    depth: usize,
}

impl Book for Content {
    fn sheets(&self) -> Vec<(String, bool)> {
        self.sheets.iter().map(|(name, visible, _)| (name.clone(), *visible)).collect()
    }

    fn read(&mut self, number: usize, table: &mut Table<'_>) -> Result<(), Failure> {
        let Some(text) = self.sheets.get(number).and_then(|(.., at)| self.text.get(*at..)) else { return Ok(()) };
        let corrupt = || Failure::Fault(Fault::Corrupt("ods"));
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut depth = 0usize;
        let (mut line, mut column) = (1u32, 0usize);
        let mut row: Option<(Row, usize, usize)> = None;
        let mut cell: Option<Draft> = None;
        let most = table.text_bytes();
        loop {
            match reader.read_event().map_err(|_| corrupt())? {
                Event::Start(start) => {
                    depth += 1;
                    if depth > DEPTH {
                        return Err(corrupt());
                    }
                    let name = start.name();
                    match (name.into_inner(), &mut cell) {
                        ("table:table-row", None) => {
                            let times = repeated(&start, "table:number-rows-repeated");
                            row = Some((Row { number: line, cells: Vec::new() }, times, depth));
                            column = 0;
                        }
                        ("table:table-cell" | "table:covered-table-cell", None) if row.is_some() => {
                            let kind = attribute(&start, "office:value-type");
                            let value =
                                ["office:value", "office:date-value", "office:boolean-value", "office:string-value"]
                                    .into_iter()
                                    .find_map(|name| attribute(&start, name));
                            let repeated = repeated(&start, "table:number-columns-repeated");
                            // Only what no spreadsheet computed has a formula and no type.
                            if kind.is_none() && attribute(&start, "table:formula").is_some() {
                                table.no_value(line, column);
                            }
                            cell = Some(Draft { repeated, kind, value, text: String::new(), paragraphs: 0, depth });
                        }
                        ("text:p", Some(draft)) if depth == draft.depth + 1 => {
                            if draft.paragraphs > 0 {
                                draft.text.push('\n');
                            }
                            draft.paragraphs += 1;
                        }
                        ("text:s", Some(draft)) => {
                            let spaces = repeated(&start, "text:c").min(most.saturating_sub(draft.text.len()) + 1);
                            draft.text.extend(std::iter::repeat_n(' ', spaces));
                        }
                        ("text:tab", Some(draft)) => draft.text.push('\t'),
                        ("text:line-break", Some(draft)) => draft.text.push('\n'),
                        // What is noted beside the cell, or drawn on it, is not in it.
                        (name, Some(draft)) if depth == draft.depth + 1 && name != "text:p" => {
                            let end = start.to_end().into_owned();
                            reader.read_to_end(end.name()).map_err(|_| corrupt())?;
                            depth -= 1;
                        }
                        _ => {}
                    }
                }
                Event::End(_) => {
                    if cell.as_ref().is_some_and(|draft| draft.depth == depth)
                        && let (Some(draft), Some((row, ..))) = (cell.take(), &mut row)
                    {
                        let times = draft.repeated;
                        if let Some((text, kind)) = draft.seen() {
                            if times > table.columns() || row.cells.len() + times > table.columns() {
                                return Err(Failure::Full(row.number));
                            }
                            let cells =
                                (column..column + times).map(|column| Cell { column, text: text.clone(), kind });
                            row.cells.extend(cells);
                        }
                        column = column.saturating_add(times).min(usize::MAX / 2);
                    } else if depth == 1 {
                        return Ok(());
                    } else if cell.is_none()
                        && let Some((done, times, _)) = row.take_if(|(.., at)| *at == depth)
                    {
                        let blank = done.cells.is_empty();
                        for n in 0..if blank { 0 } else { times } {
                            let number = line.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
                            let again = Row { number, cells: done.cells.clone() };
                            if !table.take(again)? {
                                return Ok(());
                            }
                        }
                        line = line.saturating_add(u32::try_from(times).unwrap_or(u32::MAX));
                    }
                    depth = depth.checked_sub(1).ok_or_else(corrupt)?;
                }
                Event::Text(text) => put(&mut cell, &text.xml10_content(), most),
                Event::CData(text) => put(&mut cell, &text.xml10_content(), most),
                Event::GeneralRef(reference) => {
                    let c = character(&reference);
                    put(&mut cell, c.ok_or_else(corrupt)?.encode_utf8(&mut [0; 4]), most);
                }
                Event::Eof | Event::DocType(_) => return Err(corrupt()),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }
}

/// Adds a text to the paragraph of a cell; beyond the bound only that it is too long is remembered.
fn put(cell: &mut Option<Draft>, text: &str, most: usize) {
    if let Some(draft) = cell
        && draft.paragraphs > 0
        && draft.text.len() <= most
    {
        draft.text.push_str(text);
    }
}

impl Draft {
    /// The cell as people see it; `None` when it is blank.
    fn seen(self) -> Option<(String, CellKind)> {
        let Draft { kind, value, text, .. } = self;
        let (text, kind) = match (kind.as_deref(), value) {
            (Some("float" | "currency" | "percentage"), Some(value)) => number(&value, &text),
            (Some("date"), Some(date)) => (date.strip_suffix("T00:00:00").unwrap_or(&date).to_owned(), CellKind::Date),
            (Some("time"), _) => (text, CellKind::Date),
            (Some("boolean"), Some(value)) => (value, CellKind::Text),
            (Some("string"), Some(value)) if text.is_empty() => (value, CellKind::Text),
            _ => (text, CellKind::Text),
        };
        (!text.trim().is_empty()).then_some((text, kind))
    }
}

/// A number with the digits that are shown: decimals whose last is zero tell that the format keeps them all.
fn number(value: &str, shown: &str) -> (String, CellKind) {
    let Ok(n) = value.parse::<f64>() else { return (shown.to_owned(), CellKind::Rounded) };
    let decimals = shown.rsplit_once([',', '.']).map_or("", |(_, decimals)| decimals);
    if !decimals.is_empty() && decimals.len() <= 15 && decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        let kind = if decimals.ends_with('0') { CellKind::Number } else { CellKind::Rounded };
        return (format!("{n:.*}", decimals.len()), kind);
    }
    // A format of digits alone may show leading zeros.
    let zeros = shown.starts_with('0') && shown.len() > 1 && shown.bytes().all(|byte| byte.is_ascii_digit());
    if zeros && shown.parse::<f64>().is_ok_and(|same| same == n) {
        return (shown.to_owned(), CellKind::Number);
    }
    let kind = if n.fract() == 0.0 { CellKind::Number } else { CellKind::Rounded };
    (n.to_string(), kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_their_digits() {
        use CellKind::{Number, Rounded};
        for (value, shown, text, kind) in [
            ("7.2", "7,2", "7.2", Rounded),
            ("7.2", "7,20", "7.20", Number),
            ("7", "7", "7", Number),
            ("1300", "01300", "01300", Number),
            ("1200", "1 200", "1200", Number),
            ("99900000375", "9,99E+010", "99900000375", Number),
            ("0.5", "50 %", "0.5", Rounded),
        ] {
            assert_eq!(number(value, shown), (text.to_owned(), kind), "{value} {shown}");
        }
    }
}
