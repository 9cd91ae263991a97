//! The canonical form of an inventory: CSV, JSON (one record a line) or XML, written as it comes.
//!
//! All three hold the same texts under the same names, the ids of the fields. CSV has one text a cell; JSON and
//! XML write lists as lists and records as objects. Each distinct cell is written once, and copied from then on.

use super::csv::{Dialect, Lines};
use crate::audit::{Cells, Form, RecordOutput, Records};
use crate::inventory::NO_RECORD;
use crate::inventory::canonical::{COLUMNS, ITEM, NAMESPACE, ROOT};
use crate::socle::{FieldId, Socle};
use crate::value::Type;
use serde_json::Value as Json;
use std::io::{self, Write};

/// How the canonical form is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// UTF-8, comma, one line a record under a header.
    Csv,
    /// One object a line.
    Ndjson,
    /// One element a record.
    Xml,
}

/// Writes records.
pub struct RecordWriter<'s, W> {
    out: W,
    layout: Layout,
    socle: &'s Socle,
    /// What a record is called.
    kind: &'s str,
    columns: Vec<Column>,
    line: Vec<u8>,
    /// Whether there is a record.
    any: bool,
}

/// A column, with the bytes of the cells seen so far.
struct Column {
    name: String,
    ty: Type,
    generation: u64,
    /// Of each code: where its bytes are.
    places: Vec<Option<(usize, usize)>>,
    bytes: Vec<u8>,
}

impl<'s, W: Write> RecordWriter<'s, W> {
    /// Writes records of a kind (`installation`).
    pub fn new(out: W, layout: Layout, socle: &'s Socle, kind: &'s str) -> RecordWriter<'s, W> {
        RecordWriter { out, layout, socle, kind, columns: Vec::new(), line: Vec::new(), any: false }
    }

    /// Ends the document, and gives the writer back.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<W> {
        match self.layout {
            Layout::Xml => writeln!(self.out, "</{ROOT}>")?,
            Layout::Ndjson if !self.any => self.out.write_all(NO_RECORD)?,
            Layout::Csv | Layout::Ndjson => {}
        }
        Ok(self.out)
    }

    /// One record: cells that follow each other in `line`.
    fn end(&mut self, blank: bool) -> io::Result<()> {
        match self.layout {
            // A line of commas alone is no record.
            Layout::Csv if blank => self.out.write_all(b"\"\"")?,
            _ => {}
        }
        self.out.write_all(&self.line)
    }
}

impl<W: Write + Send> RecordOutput for RecordWriter<'_, W> {
    fn begin(&mut self, fields: &[FieldId]) -> io::Result<()> {
        self.columns = fields
            .iter()
            .map(|field| &self.socle.fields[usize::from(field.0)])
            .map(|field| Column {
                name: field.id.clone(),
                ty: field.ty.clone(),
                generation: 0,
                places: Vec::new(),
                bytes: Vec::new(),
            })
            .collect();
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        match self.layout {
            Layout::Csv => writeln!(self.out, "{}", names.join(",")),
            Layout::Ndjson => Ok(()),
            Layout::Xml => {
                writeln!(self.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
                writeln!(self.out, "<{ROOT} xmlns=\"{NAMESPACE}\" {COLUMNS}=\"{}\">", names.join(" "))
            }
        }
    }

    fn records(&mut self, records: &Records<'_>) -> io::Result<()> {
        let (layout, kind) = (self.layout, self.kind);
        self.any |= records.rows > 0;
        for (column, cells) in self.columns.iter_mut().zip(&records.columns) {
            if let Cells::Coded { generation, .. } = cells
                && column.generation != *generation
            {
                column.generation = *generation;
                column.places.clear();
                column.bytes.clear();
            }
        }
        for row in 0..records.rows {
            self.line.clear();
            let mut blank = true;
            if layout == Layout::Xml {
                write!(self.line, "  <{kind}>")?;
            }
            for (number, (column, cells)) in self.columns.iter_mut().zip(&records.columns).enumerate() {
                if number > 0 && layout != Layout::Xml {
                    self.line.push(b',');
                }
                if layout == Layout::Ndjson {
                    self.line.push(if number == 0 { b'{' } else { b' ' });
                    write!(self.line, "\"{}\": ", column.name)?;
                }
                let before = self.line.len();
                match cells {
                    Cells::Blank => cell(&mut self.line, layout, column, Form { text: "", nested: None })?,
                    Cells::Each(texts) => {
                        let text = texts.get(row);
                        blank &= text.is_empty();
                        cell(&mut self.line, layout, column, Form { text: &text, nested: None })?;
                    }
                    Cells::Coded { codes, forms, .. } => {
                        let code = codes[row];
                        let place = code as usize;
                        if column.places.len() <= place {
                            column.places.resize(place + 1, None);
                        }
                        let (start, end) = match column.places[place] {
                            Some(known) => known,
                            None => {
                                let mut bytes = std::mem::take(&mut column.bytes);
                                let start = bytes.len();
                                cell(&mut bytes, layout, column, forms.get(code))?;
                                let known = (start, bytes.len());
                                column.bytes = bytes;
                                column.places[place] = Some(known);
                                known
                            }
                        };
                        self.line.extend_from_slice(&column.bytes[start..end]);
                        blank &= self.line.len() == before;
                    }
                }
            }
            match layout {
                Layout::Csv => self.line.push(b'\n'),
                Layout::Ndjson if self.columns.is_empty() => self.line.extend_from_slice(b"{}\n"),
                Layout::Ndjson => self.line.extend_from_slice(b"}\n"),
                Layout::Xml => writeln!(self.line, "</{kind}>")?,
            }
            self.end(blank)?;
        }
        Ok(())
    }
}

/// The bytes of one cell.
fn cell(out: &mut Vec<u8>, layout: Layout, column: &Column, form: Form<'_>) -> io::Result<()> {
    match layout {
        Layout::Csv if form.text.is_empty() => Ok(()),
        Layout::Csv => Lines::new(out, Dialect::Exact)?.text(form.text),
        Layout::Ndjson => match form.nested {
            Some(nested) => super::json::compact(out, nested),
            None if form.text.is_empty() => out.write_all(b"null"),
            // Numbers as JSON has them: no leading zero, no sign but `-`.
            None if column.ty == Type::Int && form.text.parse::<i64>().is_ok_and(|n| n.to_string() == form.text) => {
                out.write_all(form.text.as_bytes())
            }
            None => super::json::compact(out, form.text),
        },
        Layout::Xml if form.text.is_empty() => Ok(()),
        Layout::Xml => {
            write!(out, "<{}>", column.name)?;
            match form.nested {
                Some(nested) => inner(out, nested),
                None => escape(out, form.text),
            }
            write!(out, "</{}>", column.name)
        }
    }
}

/// A text, the items of a list, or the members of an object.
fn inner(out: &mut Vec<u8>, value: &Json) {
    match value {
        Json::Array(items) => {
            for item in items {
                out.extend_from_slice(format!("<{ITEM}>").as_bytes());
                inner(out, item);
                out.extend_from_slice(format!("</{ITEM}>").as_bytes());
            }
        }
        Json::Object(members) => {
            for (name, value) in members {
                out.extend_from_slice(format!("<{name}>").as_bytes());
                inner(out, value);
                out.extend_from_slice(format!("</{name}>").as_bytes());
            }
        }
        Json::String(text) => escape(out, text),
        other => escape(out, &other.to_string()),
    }
}

/// A text in XML. Characters that no XML document may hold become U+FFFD.
fn escape(out: &mut Vec<u8>, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            '\r' => out.extend_from_slice(b"&#13;"),
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                out.extend_from_slice("\u{fffd}".as_bytes());
            }
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}
