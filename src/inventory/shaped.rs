//! CSV files whose form is known beforehand: registers.

use std::io::{Cursor, Read};

use super::csv::{self, Csv};
use super::documents::Bytes;
use super::open::{Format, Inventory};
use super::source::Source;
use super::unpack::{self, Content, Unwrapped};
use super::{HEAD, Options};
use crate::diag::Diagnostic;

/// The form of a CSV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// What separates cells.
    pub delimiter: char,
    /// Whether quotes enclose cells; else a quote is a character like any other, and is given as an apostrophe.
    pub quoted: bool,
    /// Names of the columns of a file without header.
    pub columns: Option<Vec<String>>,
}

/// Opens a file whose form `shape` tells by its first line; `None` when it tells none. Whatever is wrapped around
/// the file is taken off, as [`super::open`] does.
///
/// # Errors
/// What keeps the file from being read: `inventory/…`.
pub fn open_shaped<'r>(
    reader: impl Read + Send + 'r,
    name: &str,
    options: &Options,
    shape: &dyn Fn(&str) -> Option<Shape>,
) -> Result<Option<Inventory<'r>>, Box<Diagnostic>> {
    let unreadable = |error| csv::unreadable(name, &error);
    let Unwrapped { content, wrappings, digest, .. } = unpack::unwrap(Box::new(reader), options).map_err(unreadable)?;
    let mut file = match content {
        Content::File(file) => file,
        // Registers come with others in one archive: the file that has the form of one is read.
        Content::Archive(archive) => {
            let file = |place| Some(Source::new(archive.file(place).ok()?));
            let has_form =
                |file: &mut Source<Bytes<'r>>| file.peek(HEAD).is_ok_and(|head| shape(&first_line(head)).is_some());
            let mut files = (0..archive.len()).filter_map(file);
            let Some(file) = files.find_map(|mut file| has_form(&mut file).then_some(file)) else { return Ok(None) };
            file
        }
    };
    let head = file.peek(HEAD).map_err(unreadable)?;
    let marked = head.starts_with(b"\xef\xbb\xbf");
    let Some(Shape { delimiter, quoted, columns }) = shape(&first_line(head)) else { return Ok(None) };
    if marked {
        file.read_exact(&mut [0; 3]).map_err(unreadable)?;
    }
    let mut before = format!("sep={delimiter}\n");
    if let Some(columns) = columns {
        before.push_str(&columns.join(&delimiter.to_string()));
        before.push('\n');
    }
    let body: Box<dyn Read + Send + 'r> = if quoted { Box::new(file) } else { Box::new(Unquoted { reader: file }) };
    let source: Source<Box<dyn Read + Send + 'r>> = Source::new(Box::new(Cursor::new(before.into_bytes()).chain(body)));
    let csv = Csv::of(source, name, options)?;
    let format = Format::csv(wrappings, delimiter);
    Ok(Some(Inventory::of_csv(format, csv, digest)))
}

/// The first line of a text, without its byte order mark.
fn first_line(head: &[u8]) -> String {
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    // Names of columns are told without accents: a byte of another encoding is none the worse for being lost.
    match std::str::from_utf8(line) {
        Ok(line) => line.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(line).0.into_owned(),
    }
}

/// A text whose quotes are apostrophes.
struct Unquoted<R> {
    reader: R,
}

impl<R: Read> Read for Unquoted<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(out)?;
        for byte in &mut out[..count] {
            // SPEED: without a branch, many bytes at a time.
            *byte ^= u8::from(*byte == b'"') * (b'"' ^ b'\'');
        }
        Ok(count)
    }
}
