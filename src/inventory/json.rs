//! JSON: an array of flat records, or one a line.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::WINDOWS_1252;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::finding::too_long;
use super::records::Records;
use super::{Encoding, Options};
use crate::diag::Diagnostic;
use crate::text;

/// Reads a document: its records, and the name of the format.
///
/// # Errors
/// `inventory/not-records`, `inventory/truncated`, `inventory/too-many`.
pub(super) fn read(bytes: &[u8], name: &str, options: &Options) -> Result<(Records, &'static str), Box<Diagnostic>> {
    let (text, encoding) = match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), Encoding::Utf8),
        Err(_) => (WINDOWS_1252.decode_without_bom_handling(bytes).0, Encoding::Windows1252),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reader = Reader { records: Records::default(), cells: Vec::new(), options };
    let blank = text.len() - text.trim_start().len();
    let first_line = 1 + lines(&text[..blank]);
    let text = &text[blank..];
    let format = if text.starts_with('[') {
        reader.array(text, first_line, name)?;
        "json"
    } else {
        reader.lines(text, first_line, name)?
    };
    if reader.records.rows() == 0 {
        return Err(no_record(name));
    }
    reader.records.encoding = encoding;
    Ok((reader.records, format))
}

pub(super) fn lines(text: &str) -> u32 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u32
}

/// What a member of a record holds.
pub(super) enum Value<'v> {
    Text(Cow<'v, str>),
    /// An object or an array, as it is written.
    Nested(&'v str),
    TooLong,
}

/// The members of an object, in order.
pub(super) struct Members<'v>(pub(super) Vec<(Cow<'v, str>, &'v RawValue)>);

impl<'v> serde::Deserialize<'v> for Members<'v> {
    fn deserialize<D: Deserializer<'v>>(deserializer: D) -> Result<Members<'v>, D::Error> {
        struct Object;
        impl<'v> Visitor<'v> for Object {
            type Value = Members<'v>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'v>>(self, mut map: A) -> Result<Members<'v>, A::Error> {
                let mut members = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A key, borrowed where it has no escape.
#[derive(serde::Deserialize)]
pub(super) struct Key<'v>(#[serde(borrow)] pub(super) Cow<'v, str>);

struct Reader<'o> {
    records: Records,
    /// Of the row being read, by column.
    cells: Vec<Option<String>>,
    options: &'o Options,
}

impl Reader<'_> {
    fn array(&mut self, text: &str, mut line: u32, name: &str) -> Result<(), Box<Diagnostic>> {
        let mut at = 1;
        let mut wants_comma = false;
        loop {
            let rest = &text[at..];
            let blank = rest.len() - rest.trim_start().len();
            line += lines(&rest[..blank]);
            at += blank;
            match rest[blank..].bytes().next() {
                None => return Err(truncated(name, "JSON", line)),
                Some(b']') if text[at + 1..].trim().is_empty() => return Ok(()),
                Some(b']') => return Err(not_records(name, line + lines(&text[at..text.trim_end().len()]))),
                Some(b',') if wants_comma => {
                    at += 1;
                    wants_comma = false;
                }
                Some(b',' | b':' | b'}') => return Err(not_records(name, line)),
                Some(_) if wants_comma => return Err(not_records(name, line)),
                Some(_) => {
                    let (len, _) = element(&text.as_bytes()[at..]).ok_or_else(|| truncated(name, "JSON", line))?;
                    let end = at + len;
                    self.record(&text[at..end], line, name)?;
                    line += lines(&text[at..end]);
                    at = end;
                    wants_comma = true;
                }
            }
        }
    }

    fn lines(&mut self, text: &str, first_line: u32, name: &str) -> Result<&'static str, Box<Diagnostic>> {
        let first = text.lines().next().unwrap_or_default();
        if serde_json::from_str::<&RawValue>(first).is_err() {
            // One record on several lines: what commands write when they have a single result.
            return match serde_json::from_str::<Members<'_>>(text) {
                Ok(Members(members)) if is_flat(&members) => self.record(text, first_line, name).map(|()| "json"),
                _ => Err(not_records(name, first_line)),
            };
        }
        for (line, text) in (first_line..).zip(text.lines()) {
            let text = text.trim();
            if !text.is_empty() {
                self.record(text, line, name)?;
            }
        }
        Ok("ndjson")
    }

    /// Reads one record; what is none is left out and said.
    fn record(&mut self, text: &str, line: u32, name: &str) -> Result<(), Box<Diagnostic>> {
        let Ok(Members(members)) = serde_json::from_str::<Members<'_>>(text) else {
            self.records.note("inventory/bad-record", (line, None, None), || {
                (
                    text!(
                        "éléments qui ne sont pas des objets JSON bien formés : laissés de côté",
                        "elements that are no well-formed JSON objects: left out"
                    ),
                    Some(text!("corriger l'export", "correct the export")),
                )
            });
            return Ok(());
        };
        self.cells.clear();
        self.cells.resize(self.records.header().len(), None);
        let row = self.records.rows() as u64 + 1;
        for (key, raw) in members {
            if self.records.is_full(self.options) {
                return Err(too_many(name, line));
            }
            let column = self.records.named(&key).unwrap_or_else(|| {
                self.cells.push(None);
                self.records.add(&key)
            });
            let place = (line, Some(row), Some(column));
            let text = match value(raw, self.options.text_bytes) {
                Value::Text(text) => text,
                Value::Nested(text) => {
                    self.records.nested(column, line);
                    Cow::Borrowed(text)
                }
                Value::TooLong => {
                    long_text(&mut self.records, place);
                    Cow::Borrowed("")
                }
            };
            let cell = &mut self.cells[column];
            if let Some(before) = cell {
                duplicate_key(&mut self.records, place);
                if *before != text {
                    before.clear();
                }
            } else {
                *cell = Some(text.into_owned());
            }
        }
        self.records.push(line, self.cells.iter().map(|cell| cell.as_deref().unwrap_or_default()));
        Ok(())
    }
}

/// Whether most members of an object are no objects or arrays themselves.
fn is_flat(members: &[(Cow<'_, str>, &RawValue)]) -> bool {
    members.iter().filter(|(_, raw)| !raw.get().starts_with(['{', '['])).count() * 2 > members.len()
}

/// The text of a value: a number as it is written, so that no digit is lost.
pub(super) fn value(raw: &RawValue, text_bytes: usize) -> Value<'_> {
    let text = raw.get();
    match text.as_bytes().first() {
        _ if text.len() > text_bytes => Value::TooLong,
        Some(b'"') => serde_json::from_str::<Key<'_>>(text).map_or(Value::Nested(text), |Key(text)| Value::Text(text)),
        Some(b'{' | b'[') => Value::Nested(text),
        Some(b'n') => Value::Text(Cow::Borrowed("")),
        _ => Value::Text(Cow::Borrowed(text)),
    }
}

/// Length of the value that starts a text, whatever is wrong inside, and how deep it is nested; `None` when it does
/// not end.
pub(super) fn element(text: &[u8]) -> Option<(usize, usize)> {
    let mut depth = 0usize;
    let mut deepest = 0;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                at += 1;
                loop {
                    at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
                    if text[at] == b'"' {
                        break;
                    }
                    at += 2;
                }
            }
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if depth == 0 => return Some((at, deepest)),
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return Some((at, deepest)),
            _ => {}
        }
        at += 1;
        if depth == 0 && matches!(byte, b'}' | b']') {
            return Some((at, deepest));
        }
    }
    None
}

fn not_records(name: &str, line: u32) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(
            "inventory/not-records",
            text!(
                "`{name}` : document JSON qui n'est ni un tableau d'objets ni un objet par ligne (ligne {line})",
                "`{name}`: JSON document that is neither an array of objects nor one object a line (line {line})"
            ),
        )
        .help(text!(
            "chaque enregistrement est un objet sans imbrication : {{\"champ\": \"…\", \"autre\": \"…\"}}",
            "each record is an object without nesting: {{\"field\": \"…\", \"other\": \"…\"}}"
        )),
    )
}

/// Said of documents of any format.
pub(super) fn truncated(name: &str, format: &str, line: u32) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(
            "inventory/truncated",
            text!(
                "`{name}` : le document {format} s'arrête avant la fin de ce qui commence ligne {line}",
                "`{name}`: the {format} document stops before the end of what starts at line {line}"
            ),
        )
        .help(text!("refaire la copie ou l'export", "copy or export it again")),
    )
}

/// A place in a document: its line, its row, its column.
pub(super) type At = (u32, Option<u64>, Option<usize>);

/// Notes a text that is not kept.
pub(super) fn long_text(records: &mut Records, at: At) {
    records.note("inventory/long-text", at, || {
        let (message, help) = too_long();
        (message, Some(help))
    });
}

/// Notes a column that a record gives twice.
pub(super) fn duplicate_key(records: &mut Records, at: At) {
    records.note("inventory/duplicate-key", at, || {
        (
            text!(
                "clés données deux fois dans un objet : inconnues si leurs valeurs diffèrent",
                "keys given twice in one object: unknown if their values differ"
            ),
            Some(text!("corriger l'export", "correct the export")),
        )
    });
}

fn no_record(name: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(
        "inventory/empty",
        text!("`{name}` ne contient aucun enregistrement", "`{name}` holds no record"),
    ))
}

/// Said of documents of any format.
pub(super) fn too_many(name: &str, line: u32) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(
            "inventory/too-many",
            text!(
                "`{name}` : trop de lignes ou de colonnes pour un document lu d'un seul tenant (ligne {line})",
                "`{name}`: too many rows or columns for a document that is read whole (line {line})"
            ),
        )
        .help(text!(
            "l'exporter en CSV (UTF-8), ou relever les bornes : `--max-records`, `--max-columns`, `--max-cells`",
            "export it as CSV (UTF-8), or raise the bounds: `--max-records`, `--max-columns`, `--max-cells`"
        )),
    )
}
