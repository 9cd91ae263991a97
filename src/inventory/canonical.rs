//! The canonical XML of inventories: strict, read whole.
//!
//! ```xml
//! <inventaire xmlns="urn:vigie:inventaire:1" champs="identifiant palier lecteurs">
//!   <installation>
//!     <identifiant>…</identifiant>
//!     <lecteurs><item><modele>…</modele><mode>…</mode></item></lecteurs>
//!   </installation>
//! </inventaire>
//! ```
//!
//! Each child of the root is a record, each of its children a cell. A cell holds a text, `item`s (a list), or
//! elements (a record, as an item may). Nothing is expanded or fetched: a document type or an entity of its own is
//! refused.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use serde_json::{Map, Value};

use super::json::{duplicate_key, long_text, too_many, truncated};
use super::records::Records;
use super::{Encoding, Options};
use crate::diag::{Diagnostic, Text};
use crate::text;

/// The namespace, which tells the version too.
pub const NAMESPACE: &str = "urn:vigie:inventaire:1";
/// The root element.
pub const ROOT: &str = "inventaire";
/// The attribute of the root that lists the columns, so that those without a value are known.
pub const COLUMNS: &str = "champs";
/// An item of a list.
pub const ITEM: &str = "item";

/// Root, record, cell, item, member: no element stands deeper.
const DEPTH: usize = 5;

/// Whether the first bytes of an XML document are those of this format.
pub(super) fn is_canonical(head: &[u8]) -> bool {
    memchr::memmem::find(&head[..head.len().min(4096)], NAMESPACE.as_bytes()).is_some()
}

/// Reads a document.
///
/// # Errors
/// `inventory/bad-xml`, `inventory/truncated`, `inventory/too-many`.
pub(super) fn read(bytes: &[u8], name: &str, options: &Options) -> Result<Records, Box<Diagnostic>> {
    let (text, encoding) = match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), Encoding::Utf8),
        Err(_) => (WINDOWS_1252.decode_without_bom_handling(bytes).0, Encoding::Windows1252),
    };
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut document = Document {
        text,
        name,
        options,
        records: Records::default(),
        open: Vec::new(),
        record: None,
        cells: Vec::new(),
        counted: (0, 1),
        ended: false,
    };
    document.run()?;
    document.records.encoding = encoding;
    Ok(document.records)
}

/// What a reference stands for: one of the five characters that XML names, or a number.
pub(super) fn character(reference: &BytesRef<'_>) -> Option<char> {
    match &*reference.xml10_content() {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => reference.resolve_char_ref().ok().flatten(),
    }
}

/// An element that is open, below the record.
struct Open {
    name: String,
    text: String,
    /// What its children made.
    items: Vec<Value>,
    members: Map<String, Value>,
}

struct Document<'d> {
    text: &'d str,
    name: &'d str,
    options: &'d Options,
    records: Records,
    /// The elements around, from the root on; of the first two only the names are of use.
    open: Vec<Open>,
    /// What records are called.
    record: Option<String>,
    /// Of the row being read, by column.
    cells: Vec<Option<(String, bool)>>,
    /// Bytes whose line ends were counted, and the line they lead to.
    counted: (usize, u32),
    ended: bool,
}

impl Document<'_> {
    fn run(&mut self) -> Result<(), Box<Diagnostic>> {
        let mut reader = Reader::from_str(self.text);
        loop {
            let at = usize::try_from(reader.buffer_position()).unwrap_or(self.text.len());
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(_) if self.text.len() <= usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX) => {
                    return Err(self.cut(at));
                }
                Err(_) => return Err(self.bad(at, &text!("XML mal formé", "XML that is not well-formed"))),
            };
            match event {
                Event::Start(start) => self.start(&start, at)?,
                Event::Empty(start) => {
                    self.start(&start, at)?;
                    self.end(at)?;
                }
                Event::End(_) => self.end(at)?,
                Event::Text(text) => self.put(&text.xml10_content(), at)?,
                Event::CData(text) => self.put(&text.xml10_content(), at)?,
                Event::GeneralRef(reference) => {
                    let Some(c) = character(&reference) else {
                        return Err(self.bad(at, &text!("entité inconnue", "unknown entity")));
                    };
                    self.put(c.encode_utf8(&mut [0; 4]), at)?;
                }
                Event::DocType(_) => {
                    return Err(self.bad(at, &text!("type de document (DTD)", "document type (DTD)")));
                }
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof if self.ended => return Ok(()),
                Event::Eof => return Err(self.cut(at)),
            }
        }
    }

    fn start(&mut self, start: &BytesStart<'_>, at: usize) -> Result<(), Box<Diagnostic>> {
        let name = start.name().into_inner().to_owned();
        match self.open.len() {
            0 if self.ended => return Err(self.bad(at, &text!("deux éléments racine", "two root elements"))),
            0 => self.root(start, at)?,
            1 => {
                if *self.record.get_or_insert_with(|| name.clone()) != name {
                    return Err(self.bad(at, &text!("enregistrements de deux sortes", "records of two kinds")));
                }
                self.cells.clear();
                self.cells.resize(self.records.header().len(), None);
            }
            DEPTH.. => return Err(self.bad(at, &text!("éléments trop imbriqués", "elements nested too deep"))),
            _ => {}
        }
        self.open.push(Open { name, text: String::new(), items: Vec::new(), members: Map::new() });
        Ok(())
    }

    fn root(&mut self, start: &BytesStart<'_>, at: usize) -> Result<(), Box<Diagnostic>> {
        let mut ours = false;
        for attribute in start.attributes() {
            let value = attribute.ok().and_then(|attribute| {
                let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).ok()?.into_owned();
                Some((attribute.key.into_inner().to_owned(), value))
            });
            let Some((key, value)) = value else {
                return Err(self.bad(at, &text!("attribut mal formé", "attribute that is not well-formed")));
            };
            ours |= key == "xmlns" && value == NAMESPACE;
            if key == COLUMNS {
                for column in value.split_ascii_whitespace() {
                    if self.records.is_full(self.options) {
                        return Err(too_many(self.name, 1));
                    }
                    if self.records.named(column).is_none() {
                        self.records.add(column);
                    }
                }
            }
        }
        if start.name().into_inner() == ROOT && ours {
            return Ok(());
        }
        let said = text!(
            "la racine n'est pas `{ROOT}` de l'espace de noms `{NAMESPACE}`",
            "the root is not `{ROOT}` of namespace `{NAMESPACE}`"
        );
        Err(self.bad(at, &said))
    }

    fn put(&mut self, text: &str, at: usize) -> Result<(), Box<Diagnostic>> {
        let depth = self.open.len();
        match self.open.last_mut() {
            // Beyond the bound only that it is too long is remembered.
            Some(open) if depth > 2 && open.text.len() <= self.options.text_bytes => open.text.push_str(text),
            Some(_) if depth > 2 => {}
            _ if text.trim().is_empty() => {}
            _ => return Err(self.bad(at, &text!("texte hors d'un champ", "text outside of a field"))),
        }
        Ok(())
    }

    fn end(&mut self, at: usize) -> Result<(), Box<Diagnostic>> {
        let Some(open) = self.open.pop() else { return Err(self.cut(at)) };
        let line = self.line(at);
        match self.open.len() {
            0 => self.ended = true,
            1 => {
                if self.records.is_full(self.options) {
                    return Err(too_many(self.name, line));
                }
                for (column, cell) in self.cells.iter().enumerate() {
                    if matches!(cell, Some((_, true))) {
                        self.records.nested(column, line);
                    }
                }
                let texts = self.cells.iter().map(|cell| cell.as_ref().map_or("", |(text, _)| text.as_str()));
                self.records.push(line, texts);
            }
            depth => {
                let too_long = open.text.len() > self.options.text_bytes;
                let name = open.name.clone();
                let Some(value) = open.value() else {
                    return Err(self.bad(at, &text!("texte et éléments mêlés", "text mixed with elements")));
                };
                if depth == 2 {
                    self.cell(&name, value, line, too_long)?;
                } else if let Some(parent) = self.open.last_mut() {
                    if name == ITEM {
                        parent.items.push(value);
                    } else if parent.members.insert(name, value).is_some() {
                        return Err(self.bad(at, &text!("membre donné deux fois", "member given twice")));
                    }
                }
            }
        }
        Ok(())
    }

    fn cell(&mut self, name: &str, value: Value, line: u32, too_long: bool) -> Result<(), Box<Diagnostic>> {
        if self.records.is_full(self.options) {
            return Err(too_many(self.name, line));
        }
        let column = self.records.named(name).unwrap_or_else(|| {
            self.cells.push(None);
            self.records.add(name)
        });
        let (mut text, nested) = match value {
            Value::String(text) => (text, false),
            other => (other.to_string(), true),
        };
        let place = (line, Some(self.records.rows() as u64 + 1), Some(column));
        if too_long || text.len() > self.options.text_bytes {
            long_text(&mut self.records, place);
            text.clear();
        }
        match &mut self.cells[column] {
            Some((before, _)) => {
                duplicate_key(&mut self.records, place);
                if *before != text {
                    before.clear();
                }
            }
            cell => *cell = Some((text, nested)),
        }
        Ok(())
    }

    /// The line of a place, which only grows.
    fn line(&mut self, at: usize) -> u32 {
        let (from, line) = self.counted;
        let ends = memchr::memchr_iter(b'\n', self.text.as_bytes().get(from..at).unwrap_or_default()).count();
        self.counted = (at.max(from), line + ends as u32);
        self.counted.1
    }

    fn bad(&mut self, at: usize, what: &Text) -> Box<Diagnostic> {
        let (name, line) = (self.name, self.line(at));
        let Text { fr, en } = what;
        Box::new(
            Diagnostic::error(
                "inventory/bad-xml",
                text!(
                    "`{name}` : ce n'est pas un inventaire XML de vigie, ligne {line} : {fr}",
                    "`{name}`: it is no XML inventory of vigie, line {line}: {en}"
                ),
            )
            .help(text!(
                "`vigie schema inventory --format xsd` en donne le schéma",
                "`vigie schema inventory --format xsd` gives its schema"
            )),
        )
    }

    fn cut(&mut self, at: usize) -> Box<Diagnostic> {
        let line = self.line(at);
        truncated(self.name, "XML", line)
    }
}

impl Open {
    /// What the element holds; `None` when it is several things.
    fn value(self) -> Option<Value> {
        let blank = self.text.trim().is_empty();
        match (self.items.is_empty(), self.members.is_empty()) {
            (true, true) => Some(Value::String(self.text)),
            (false, true) if blank => Some(Value::Array(self.items)),
            (true, false) if blank => Some(Value::Object(self.members)),
            _ => None,
        }
    }
}
