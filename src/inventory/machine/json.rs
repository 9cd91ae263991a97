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
use crate::inventory::Finding;
use crate::inventory::json::{Key, Members, Value, element, lines, value};
use crate::socle::Collection;
use crate::socle::collection::{ANY, Dialect, Envelope, Form, Path, Tree};
use crate::text;

/// Keys of rows looked at to recognise a document.
const LOOKED_AT: usize = 2000;
/// Containers around a key that tells a document.
const AROUND: usize = 6;
/// Levels of a long document that is looked at.
const DEEPEST: usize = 1000;

/// The dialect of a document, from its first bytes.
pub(super) fn recognise<'s>(head: &str, collection: &'s Collection) -> Option<&'s Dialect> {
    let seen = Outline::of(head, collection);
    let told = |dialect: &&Dialect| dialect.signs.iter().any(|signs| signs.iter().all(|sign| seen.has(sign)));
    of_form(collection, Form::Json).find(told).or_else(|| {
        of_form(collection, Form::Rows).find(|dialect| seen.objects.iter().any(|object| is_row(dialect, object)))
    })
}

/// The dialect of a document that is one long object, whose keys its first bytes did not tell.
pub(super) fn recognise_long<'s>(text: &str, collection: &'s Collection) -> Option<&'s Dialect> {
    let (len, depth) = element(text.as_bytes())?;
    if depth > DEEPEST {
        return None;
    }
    let seen = Outline::of(&text[..len], collection);
    let told = |dialect: &&Dialect| dialect.signs.iter().any(|signs| signs.iter().all(|sign| seen.has(sign)));
    of_form(collection, Form::Json).find(told)
}

/// Whether an object is a row of the dialect, or a line of its log.
fn is_row(dialect: &Dialect, object: &Object<'_>) -> bool {
    let has = |key: &str| object.keys.contains(key);
    let is_line = dialect.envelope.as_ref().is_some_and(|envelope| is_line(envelope, has));
    let section = section_of(dialect, object.keys.iter().copied());
    // Inside another object, keys that anyone may use tell nothing.
    is_line || section.is_some_and(|section| !object.inside || dialect.sections[section].within.is_empty())
}

pub(super) fn is_line(envelope: &Envelope, has: impl Fn(&str) -> bool) -> bool {
    has(&envelope.query) && [&envelope.row, &envelope.rows, &envelope.changes].into_iter().any(|key| has(key))
}

/// The section that the keys of a row tell.
pub(super) fn section_of<'k>(dialect: &Dialect, keys: impl Iterator<Item = &'k str> + Clone) -> Option<usize> {
    let has = |wanted: &String| keys.clone().any(|key| key == wanted);
    dialect.sections.iter().position(|section| {
        !section.told_by.is_empty()
            && section.told_by.iter().all(|key| section.keys[*key].iter().all(has))
            && (section.within.is_empty() || keys.clone().all(|key| section.within.iter().any(|known| known == key)))
    })
}

/// What the keys of a document tell, arrays left out of account.
struct Outline<'t, 's> {
    /// Signs that were met.
    signs: Vec<&'s Path>,
    /// The first objects.
    objects: Vec<Object<'t>>,
}

struct Object<'t> {
    keys: HashSet<&'t str>,
    /// Whether it stands in another.
    inside: bool,
}

impl<'t, 's> Outline<'t, 's> {
    fn of(text: &'t str, collection: &'s Collection) -> Outline<'t, 's> {
        let signs: Vec<&Path> = of_form(collection, Form::Json).flat_map(|own| own.signs.iter().flatten()).collect();
        let longest = signs.iter().map(|sign| sign.len()).max().unwrap_or(0);
        let mut out = Outline { signs: Vec::new(), objects: Vec::new() };
        // Of each open container: the key being read and the number of the object, for an object.
        let mut open: Vec<Option<(&str, usize)>> = Vec::new();
        let mut objects = 0;
        let mut keys = 0;
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'{' => {
                    let inside = objects > 0;
                    objects += 1;
                    open.push(Some(("", out.objects.len())));
                    if keys < LOOKED_AT && out.objects.len() < LOOKED_AT {
                        out.objects.push(Object { keys: HashSet::new(), inside });
                    }
                }
                b'[' => open.push(None),
                b'}' | b']' => {
                    objects -= usize::from(open.pop().is_some_and(|closed| closed.is_some()));
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
                        if keys < LOOKED_AT
                            && let Some(object) = out.objects.get_mut(*object)
                        {
                            object.keys.insert(key);
                            keys += 1;
                        }
                        if objects <= longest && open.len() <= AROUND {
                            out.meet(&signs, open.iter().flatten().map(|(key, _)| *key));
                        }
                    }
                }
                _ => {}
            }
            at += 1;
        }
        out
    }

    /// Notes the signs that a path is.
    fn meet<'k>(&mut self, signs: &[&'s Path], path: impl Iterator<Item = &'k str> + Clone) {
        for sign in signs.iter().filter(|sign| !self.signs.contains(sign)).copied().collect::<Vec<_>>() {
            let mut keys = path.clone();
            let is_so = sign.iter().all(|own| keys.next().is_some_and(|key| own == ANY || key == own));
            if is_so && keys.next().is_none() {
                self.signs.push(sign);
            }
        }
    }

    fn has(&self, sign: &Path) -> bool {
        self.signs.contains(&sign)
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
    let mut log = Log::default();
    let broken = values(text, &mut reading, &mut log)?;
    log.end(&mut reading)?;
    let mut machines = reading.end()?;
    if let Some(Broken { count, line, first }) = broken {
        machines.first_mut().ok_or(first)?.findings.push(Finding {
            code: "inventory/bad-record",
            message: text!(
                "lignes JSON coupées ou mal formées : laissées de côté, ce qu'elles disaient est inconnu",
                "JSON lines that are cut or malformed: left out, what they told is unknown"
            ),
            help: Some(text!("refaire la copie ou l'export", "copy or export it again")),
            count,
            row: None,
            line: u64::from(line),
            column: None,
            document: None,
        });
    }
    Ok(machines)
}

/// Lines that are no values: how many, the first of them, and what is wrong with it.
struct Broken {
    count: u64,
    line: u32,
    first: Box<Diagnostic>,
}

/// Reads values that follow each other. Where they stand one a line, as in logs, one that is cut or malformed stops only
/// itself.
fn values(text: &str, reading: &mut Reading<'_>, log: &mut Log) -> Result<Option<Broken>, Box<Diagnostic>> {
    let mut broken: Option<Broken> = None;
    let (mut at, mut line, mut read) = (0, 1, 0u32);
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        line += lines(&rest[..blank]);
        at += blank;
        if at == text.len() {
            return Ok(broken);
        }
        // A second one that does not end is not looked for to the end of the text: it is one of a line.
        let end = match broken {
            Some(_) => memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |len| at + len),
            None => text.len(),
        };
        let past = match one(&text[at..end], line, reading, log) {
            Ok(len) => {
                read += 1;
                at + len
            }
            Err(fault) if matches!(fault.code, "inventory/corrupt" | "inventory/truncated") => {
                let known = broken.is_some();
                let (past, count) = next_line(text, at);
                if past == text.len() && (read == 0 || (count > 1 && !known)) {
                    return Err(fault);
                }
                reading.abandon();
                broken.get_or_insert(Broken { count: 0, line, first: fault }).count += count;
                past
            }
            Err(fault) => return Err(fault),
        };
        line += lines(&text[at..past]);
        at = past;
    }
}

/// Where the next line starts that is one whole object, or the text ends, and how many lines that say something come
/// before.
fn next_line(text: &str, mut at: usize) -> (usize, u64) {
    let mut count = 0;
    for (number, line) in text[at..].split_inclusive('\n').enumerate() {
        let said = line.trim_end();
        let whole = || element(said.as_bytes()).is_some_and(|(len, _)| len == said.len());
        if number > 0 && said.starts_with('{') && whole() {
            return (at, count);
        }
        at += line.len();
        count += u64::from(!said.is_empty());
    }
    (at, count)
}

/// Reads the value that starts a text: its length.
fn one(text: &str, line: u32, reading: &mut Reading<'_>, log: &mut Log) -> Result<usize, Box<Diagnostic>> {
    let name = reading.name;
    let (len, depth) = element(text.as_bytes()).ok_or_else(|| text::truncated(name, line, "JSON"))?;
    if depth > reading.options.document_depth {
        return Err(text::too_deep(name, line, reading.options.document_depth));
    }
    let one = &text[..len];
    if !one.starts_with(['{', '[']) {
        return Err(text::malformed(name, line, "JSON"));
    }
    if reading.dialect.forms.contains(&Form::Rows) {
        Rows { reading, log, depth: 0 }.take(one, line)?;
    } else {
        document(one, line, reading)?;
    }
    Ok(len)
}

fn document(text: &str, line: u32, reading: &mut Reading<'_>) -> Result<(), Box<Diagnostic>> {
    let name = reading.name;
    let mut failure = None;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let walk = Walk { reading, node: Tree::ROOT, line, listed: false, failure: &mut failure };
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
    /// Whether it is one of a list.
    listed: bool,
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
        let Walk { reading, node, line, failure, .. } = self;
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
                map.next_value_seed(Walk { reading, node: child, line, listed: false, failure })?;
                continue;
            }
            let raw: &RawValue = map.next_value()?;
            match value(raw, usize::MAX) {
                Value::Text(text) => reading.value(child, &text),
                Value::Nested(_) | Value::TooLong => {
                    let mut nested = serde_json::Deserializer::from_str(raw.get());
                    Walk { reading, node: child, line, listed: false, failure }
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
        let Walk { reading, node, line, listed, failure } = self;
        // No dialect has lists of lists, which could be nested for ever.
        if listed {
            return Err(A::Error::custom("a list of lists"));
        }
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
        while items.next_element_seed(Walk { reading, node, line, listed: true, failure: &mut *failure })?.is_some() {}
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
        if let Some(section) = section_of(dialect, members.iter().map(|(key, _)| key.as_ref())) {
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
        match (outer, read) {
            (Some(outer), Ok(())) => self.reading.close(outer),
            (Some(outer), Err(fault)) => {
                self.reading.take_back(outer);
                Err(fault)
            }
            (None, read) => read,
        }
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
