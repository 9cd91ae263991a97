//! JSON documents of agents, and flat rows of any command: only what the dialect names is kept.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::gather::Reading;
use super::log::Log;
use super::{Machine, of_form, text};
use crate::diag::Diagnostic;
use crate::inventory::json::{Key, Members, Value, element, lines, value};
use crate::socle::Collection;
use crate::socle::collection::{ANY, Dialect, Envelope, Form, Path, Tree};
use crate::text;

/// Keys and objects looked at to recognise a document.
const LOOKED_AT: usize = 2000;

/// The dialect of a document, from its first bytes.
pub(super) fn recognise<'s>(head: &str, collection: &'s Collection) -> Option<&'s Dialect> {
    let seen = Outline::of(head);
    let told = |dialect: &&Dialect| dialect.signs.iter().any(|signs| signs.iter().all(|sign| seen.has(sign)));
    of_form(collection, Form::Json).find(told).or_else(|| {
        of_form(collection, Form::Rows).find(|dialect| seen.objects.iter().any(|keys| is_row(dialect, keys)))
    })
}

/// Whether an object with these keys is a row of the dialect, or a line of its log.
fn is_row(dialect: &Dialect, keys: &HashSet<&str>) -> bool {
    let is_line = dialect.envelope.as_ref().is_some_and(|envelope| is_line(envelope, |key| keys.contains(key)));
    is_line || section_of(dialect, |key| keys.contains(key)).is_some()
}

pub(super) fn is_line(envelope: &Envelope, has: impl Fn(&str) -> bool) -> bool {
    has(&envelope.query) && [&envelope.row, &envelope.rows, &envelope.changes].into_iter().any(|key| has(key))
}

/// The section that the keys of a row tell.
pub(super) fn section_of(dialect: &Dialect, has: impl Fn(&str) -> bool) -> Option<usize> {
    dialect.sections.iter().position(|section| {
        !section.told_by.is_empty() && section.told_by.iter().all(|key| section.keys[*key].iter().all(|key| has(key)))
    })
}

/// The keys that a document starts with, arrays left out of account.
struct Outline<'t> {
    paths: Vec<Vec<&'t str>>,
    objects: Vec<HashSet<&'t str>>,
}

impl<'t> Outline<'t> {
    fn of(text: &'t str) -> Outline<'t> {
        let mut out = Outline { paths: Vec::new(), objects: Vec::new() };
        // Of each open container: the key being read and the number of the object, for an object.
        let mut open: Vec<Option<(&str, usize)>> = Vec::new();
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && out.paths.len() < LOOKED_AT {
            match bytes[at] {
                b'{' => {
                    open.push(Some(("", out.objects.len())));
                    out.objects.push(HashSet::new());
                }
                b'[' => open.push(None),
                b'}' | b']' => {
                    open.pop();
                }
                b'"' => {
                    let start = at + 1;
                    let Some(end) = string_end(bytes, start) else { break };
                    at = end;
                    let after = text[end + 1..].trim_start();
                    if after.starts_with(':')
                        && let Some(Some((key, object))) = open.last_mut()
                    {
                        *key = &text[start..end];
                        out.objects[*object].insert(key);
                        if open.len() <= 6 {
                            out.paths.push(open.iter().flatten().map(|(key, _)| *key).collect());
                        }
                    }
                }
                _ => {}
            }
            at += 1;
        }
        out
    }

    fn has(&self, sign: &Path) -> bool {
        self.paths
            .iter()
            .any(|path| path.len() == sign.len() && path.iter().zip(sign).all(|(key, sign)| sign == ANY || key == sign))
    }
}

fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Reads the machines of a document: as many values as it holds, one after the other or in an array.
pub(super) fn read(text: &str, mut reading: Reading<'_>) -> Result<Vec<Machine>, Box<Diagnostic>> {
    let name = reading.name;
    let rows = reading.dialect.forms.contains(&Form::Rows);
    let mut log = Log::default();
    let (mut at, mut line) = (0, 1);
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        line += lines(&rest[..blank]);
        at += blank;
        if at == text.len() {
            break;
        }
        let (len, depth) = element(&text.as_bytes()[at..]).ok_or_else(|| text::truncated(name, line, "JSON"))?;
        if depth > reading.options.document_depth {
            return Err(text::too_deep(name, line, reading.options.document_depth));
        }
        let one = &text[at..at + len];
        if !one.starts_with(['{', '[']) {
            return Err(text::malformed(name, line, "JSON"));
        }
        if rows {
            Rows { reading: &mut reading, log: &mut log, depth: 0 }.take(one, line)?;
        } else {
            document(one, line, &mut reading)?;
        }
        line += lines(one);
        at += len;
    }
    log.end(&mut reading)?;
    reading.end()
}

fn document(text: &str, line: u32, reading: &mut Reading<'_>) -> Result<(), Box<Diagnostic>> {
    let name = reading.name;
    let mut failure = None;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let walk = Walk { reading, node: Tree::ROOT, line, failure: &mut failure };
    match walk.deserialize(&mut deserializer).and_then(|()| deserializer.end()) {
        Ok(()) => Ok(()),
        Err(error) => {
            Err(failure
                .unwrap_or_else(|| text::malformed(name, line + (error.line() as u32).saturating_sub(1), "JSON")))
        }
    }
}

/// A value at a place of the dialect.
struct Walk<'w, 'r> {
    reading: &'w mut Reading<'r>,
    node: usize,
    line: u32,
    failure: &'w mut Option<Box<Diagnostic>>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Walk { reading, node, line, failure } = self;
        reading.enter(node, || line);
        let mut seen: Vec<usize> = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            let Some(child) = reading.dialect.tree.child(node, &key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if reading.dialect.tree.nodes[child].cell.is_none() {
                if seen.contains(&child) && !reading.dialect.tree.is_any(node, child) {
                    reading.note_duplicate();
                }
                seen.push(child);
                map.next_value_seed(Walk { reading, node: child, line, failure })?;
                continue;
            }
            let raw: &RawValue = map.next_value()?;
            match value(raw, usize::MAX) {
                Value::Text(text) => reading.value(child, &text),
                Value::Nested(_) | Value::TooLong => {
                    let mut nested = serde_json::Deserializer::from_str(raw.get());
                    Walk { reading, node: child, line, failure }
                        .deserialize(&mut nested)
                        .map_err(|error| A::Error::custom(error.to_string()))?;
                }
            }
        }
        reading.leave(node, || line).map_err(|diagnostic| {
            *failure = Some(diagnostic);
            A::Error::custom("")
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Walk { reading, node, line, failure } = self;
        if reading.dialect.tree.nodes[node].cell.is_some() {
            // A list where one value is expected: its first.
            let mut first = true;
            while let Some(raw) = items.next_element::<&RawValue>()? {
                if let (true, Value::Text(text)) = (first, value(raw, usize::MAX)) {
                    reading.value(node, &text);
                }
                first = false;
            }
            return Ok(());
        }
        while items.next_element_seed(Walk { reading, node, line, failure: &mut *failure })?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Flat objects, wherever they stand.
struct Rows<'w, 'r> {
    reading: &'w mut Reading<'r>,
    log: &'w mut Log,
    /// Of what is being read.
    depth: usize,
}

/// No command nests its rows deeper.
const ROWS_DEPTH: usize = 6;

impl Rows<'_, '_> {
    fn take(&mut self, text: &str, line: u32) -> Result<(), Box<Diagnostic>> {
        if text.starts_with('[') {
            return self.each(text, line);
        }
        let name = self.reading.name;
        let Members(members) = serde_json::from_str(text)
            .map_err(|error| text::malformed(name, line + (error.line() as u32).saturating_sub(1), "JSON"))?;
        let has = |wanted: &str| members.iter().any(|(key, _)| key == wanted);
        let dialect = self.reading.dialect;
        if let Some(envelope) = dialect.envelope.as_ref().filter(|envelope| is_line(envelope, has)) {
            return self.log.line(envelope, &members, line, self.reading);
        }
        if let Some(section) = section_of(dialect, has) {
            return row(&members, section, "", line, self.reading);
        }
        if self.depth == ROWS_DEPTH {
            return Ok(());
        }
        // An object of tables is a document: those beside it may be of other machines.
        let outer = (self.depth == 0).then(|| self.reading.begin());
        self.depth += 1;
        let mut nested = members.iter().filter(|(_, raw)| raw.get().starts_with(['{', '[']));
        let read = nested.try_for_each(|(_, raw)| self.take(raw.get(), line));
        self.depth -= 1;
        read?;
        outer.map_or(Ok(()), |outer| self.reading.close(outer))
    }

    fn each(&mut self, text: &str, mut line: u32) -> Result<(), Box<Diagnostic>> {
        let mut at = 1;
        while at < text.len() {
            let rest = &text[at..];
            let blank = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',').len();
            line += lines(&rest[..blank]);
            at += blank;
            if text[at..].starts_with(']') {
                break;
            }
            let Some((len, _)) = element(&text.as_bytes()[at..]).filter(|(len, _)| *len > 0) else {
                return Err(text::malformed(self.reading.name, line, "JSON"));
            };
            let one = &text[at..at + len];
            // An array of arrays is no table.
            if one.starts_with('{') {
                self.take(one, line)?;
            }
            line += lines(one);
            at += len;
        }
        Ok(())
    }
}

/// Gives a row of a section to the machine of a host.
pub(super) fn row(
    members: &[(Cow<'_, str>, &RawValue)],
    section: usize,
    host: &str,
    line: u32,
    reading: &mut Reading<'_>,
) -> Result<(), Box<Diagnostic>> {
    let keys = &reading.dialect.sections[section].keys;
    let mut cells = vec![String::new(); keys.len()];
    let mut twice: Vec<usize> = Vec::new();
    for (key, raw) in members {
        let Some(index) = keys.iter().position(|path| matches!(&path[..], [own] if own == key)) else { continue };
        let text = scalar(raw);
        let text = text.trim();
        if cells[index].is_empty() && !twice.contains(&index) {
            text.clone_into(&mut cells[index]);
        } else if cells[index] != text {
            cells[index].clear();
            twice.push(index);
        }
    }
    if !twice.is_empty() {
        reading.note_host(host, line, duplicate())?;
    }
    reading.row(host, section, &mut cells, line)
}

/// What is said of keys given twice.
pub(super) fn duplicate() -> (&'static str, crate::diag::Text, Option<crate::diag::Text>) {
    (
        "inventory/duplicate-key",
        text!(
            "clés données deux fois dans un objet : inconnues si leurs valeurs diffèrent",
            "keys given twice in one object: unknown if their values differ"
        ),
        Some(text!("corriger l'export", "correct the export")),
    )
}

/// A scalar; or the `value` of an object in which a command wrapped it, or the first of a list.
fn scalar(raw: &RawValue) -> Cow<'_, str> {
    match value(raw, usize::MAX) {
        Value::Text(text) => text,
        Value::Nested(_) | Value::TooLong => match serde_json::from_str::<Members<'_>>(raw.get()) {
            Ok(Members(members)) => {
                let inner = members.into_iter().find(|(key, _)| key == "value").map(|(_, raw)| value(raw, usize::MAX));
                match inner {
                    Some(Value::Text(text)) => text,
                    _ => Cow::Borrowed(""),
                }
            }
            Err(_) => Cow::Borrowed(""),
        },
    }
}
