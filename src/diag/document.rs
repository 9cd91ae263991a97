//! Reads a TOML document key by key, keeping the place of everything, and collects every fault.
//!
//! A reader takes the keys that it knows from a [`Section`]; what is left when it calls
//! [`Section::finish`] is an unknown key. Nothing stops at the first fault.

use super::{Diagnostic, Source, Span, Text, did_you_mean};
use crate::builtin;
use crate::text;
use crate::value::Date;
use std::borrow::Cow;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A TOML file being read, with the faults found so far.
pub struct Document {
    source: Arc<Source>,
    /// Every fault found, in the order of discovery.
    pub faults: Vec<Diagnostic>,
}

/// A table of the document: its keys not yet taken.
pub struct Section<'i> {
    /// Where the table stands.
    pub span: Span,
    /// In the order of the parser: sections are small, a search is a scan.
    keys: Vec<(Spanned<Cow<'i, str>>, Spanned<DeValue<'i>>)>,
    known: Vec<&'static str>,
}

/// A value of the document with its place.
pub struct Entry<'i> {
    /// Where the value stands (quotes included for a string).
    pub span: Span,
    value: DeValue<'i>,
}

impl Document {
    /// Starts reading a file.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Document {
        Document { source: Arc::new(Source { name: name.into(), text: text.into() }), faults: Vec::new() }
    }

    /// The file's text and name.
    #[must_use]
    pub fn source(&self) -> Arc<Source> {
        Arc::clone(&self.source)
    }

    /// Parses `source` (this document's own); a syntax error is a fault and gives `None`.
    pub fn parse<'i>(&mut self, source: &'i Source) -> Option<Section<'i>> {
        let parsed =
            builtin::parsed(&source.text).map_or_else(|| DeTable::parse(&source.text).map(Spanned::into_inner), Ok);
        match parsed {
            Ok(table) => Some(Section::new(0..source.text.len(), table)),
            Err(error) => {
                let span = visible(&source.text, error.span().unwrap_or(0..0));
                let detail = error.message();
                self.fault(
                    Diagnostic::error(
                        "toml/syntax",
                        text!("ce fichier n'est pas du TOML valide", "this file is not valid TOML"),
                    ),
                    span,
                    text!("le lecteur TOML dit\u{a0}: {detail}", "{detail}"),
                );
                None
            }
        }
    }

    /// Records a fault at a place of this document.
    pub fn fault(&mut self, diagnostic: Diagnostic, span: Span, label: Text) {
        let source = Arc::clone(&self.source);
        self.faults.push(diagnostic.at(&source, span, label));
    }

    /// Records that a value has the wrong type.
    pub fn wrong_type(&mut self, entry: &Entry<'_>, expected: Text) {
        let found = type_name(&entry.value);
        self.fault(
            Diagnostic::error(
                "toml/type",
                Text::new(
                    format!("valeur de type {}, {} attendu", found.fr, expected.fr),
                    format!("value of type {}, expected {}", found.en, expected.en),
                ),
            ),
            entry.span.clone(),
            Text::new(format!("{} attendu", expected.fr), format!("expected {}", expected.en)),
        );
    }

    /// Records that a required key is missing from a section.
    pub fn missing_key(&mut self, section_span: Span, key: &str) {
        let head = self.head(&section_span);
        self.fault(
            Diagnostic::error("toml/missing-key", text!("il manque la clé `{key}`", "key `{key}` is missing")),
            head,
            text!("sans `{key}`", "without `{key}`"),
        );
    }

    /// The first line of a part of the file that says something: what to underline when the whole is meant.
    #[must_use]
    pub fn head(&self, span: &Span) -> Span {
        let text = self.source.text.get(span.clone()).unwrap_or_default();
        let mut start = span.start;
        for line in text.split_inclusive('\n') {
            let said = line.trim();
            if !said.is_empty() && !said.starts_with('#') {
                let indent = line.len() - line.trim_start().len();
                return start + indent..start + indent + said.len();
            }
            start += line.len();
        }
        visible(&self.source.text, span.start..span.start)
    }

    /// What is written at a place.
    #[must_use]
    pub fn written(&self, span: &Span) -> String {
        self.source.text.get(span.clone()).unwrap_or_default().chars().take(40).collect()
    }

    /// The whole file.
    #[must_use]
    pub fn whole(&self) -> Span {
        0..self.source.text.len()
    }
}

/// A place with something to underline: an empty one takes the character before (or after).
pub(crate) fn visible(text: &str, span: Span) -> Span {
    if !span.is_empty() {
        return span;
    }
    match text.get(..span.start).and_then(|before| before.chars().next_back()) {
        Some(last) if last != '\n' => span.start - last.len_utf8()..span.start,
        _ => {
            let next = text.get(span.start..).and_then(|after| after.chars().next());
            span.start..span.start + next.map_or(0, char::len_utf8)
        }
    }
}

fn type_name(value: &DeValue<'_>) -> Text {
    match value {
        DeValue::String(_) => text!("texte", "string"),
        DeValue::Integer(_) => text!("entier", "integer"),
        DeValue::Float(_) => text!("nombre à virgule", "float"),
        DeValue::Boolean(_) => text!("booléen", "boolean"),
        DeValue::Datetime(_) => text!("date ou heure", "date or time"),
        DeValue::Array(_) => text!("liste", "array"),
        DeValue::Table(_) => text!("table", "table"),
    }
}

impl<'i> Section<'i> {
    /// A table read from a document that is not TOML, in the same terms.
    pub(crate) fn new(span: Span, table: DeTable<'i>) -> Section<'i> {
        Section { span, keys: table.into_iter().collect(), known: Vec::with_capacity(12) }
    }

    /// Takes a key's value, if the key is there.
    pub fn take(&mut self, key: &'static str) -> Option<Entry<'i>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let at = self.keys.iter().position(|(name, _)| name.get_ref() == key)?;
        Some(Entry::new(self.keys.swap_remove(at).1))
    }

    /// Whether a key is there, with a string.
    #[must_use]
    pub fn has_string(&self, key: &str) -> bool {
        self.keys.iter().any(|(name, value)| name.get_ref() == key && value.get_ref().is_str())
    }

    /// Takes a string.
    pub fn string(&mut self, doc: &mut Document, key: &'static str) -> Option<(String, Span)> {
        let entry = self.take(key)?;
        entry.string(doc)
    }

    /// Takes a string that must be there.
    pub fn required_string(&mut self, doc: &mut Document, key: &'static str) -> Option<(String, Span)> {
        match self.take(key) {
            Some(entry) => entry.string(doc),
            None => {
                doc.missing_key(self.span.clone(), key);
                None
            }
        }
    }

    /// Takes a boolean; `false` when absent.
    pub fn flag(&mut self, doc: &mut Document, key: &'static str) -> bool {
        self.take(key).and_then(|entry| entry.bool(doc)).unwrap_or(false)
    }

    /// Takes a date.
    pub fn date(&mut self, doc: &mut Document, key: &'static str) -> Option<(Date, Span)> {
        self.take(key)?.date(doc)
    }

    /// Takes a list of strings; empty when absent.
    pub fn strings(&mut self, doc: &mut Document, key: &'static str) -> Vec<(String, Span)> {
        self.take(key).map(|entry| entry.strings(doc)).unwrap_or_default()
    }

    /// Takes a text in two languages (`{ fr = "…", en = "…" }`).
    pub fn text(&mut self, doc: &mut Document, key: &'static str) -> Option<Text> {
        let entry = self.take(key)?;
        let mut section = entry.section(doc)?;
        let fr = section.required_string(doc, "fr");
        let en = section.required_string(doc, "en");
        section.finish(doc);
        Some(Text::new(fr?.0, en?.0))
    }

    /// Takes a table.
    pub fn section(&mut self, doc: &mut Document, key: &'static str) -> Option<Section<'i>> {
        self.take(key)?.section(doc)
    }

    /// Takes an array of tables; empty when absent.
    pub fn sections(&mut self, doc: &mut Document, key: &'static str) -> Vec<Section<'i>> {
        let Some(entry) = self.take(key) else { return Vec::new() };
        entry.items(doc).into_iter().filter_map(|item| item.section(doc)).collect()
    }

    /// Every remaining key with its own place and its value, by order in the file: for tables whose keys are data.
    pub fn drain(&mut self) -> Vec<(String, Span, Entry<'i>)> {
        let mut rest: Vec<_> = std::mem::take(&mut self.keys)
            .into_iter()
            .map(|(key, value)| (key.get_ref().to_string(), key.span(), Entry::new(value)))
            .collect();
        rest.sort_by_key(|(_, span, _)| span.start);
        rest
    }

    /// Every key left is unknown: a fault each.
    pub fn finish(mut self, doc: &mut Document) {
        let known = std::mem::take(&mut self.known);
        for (key, span, _) in self.drain() {
            let mut fault = Diagnostic::error("toml/unknown-key", text!("clé inconnue `{key}`", "unknown key `{key}`"));
            fault.help = did_you_mean(&key, known.iter().copied()).or_else(|| {
                let list = known.join("`, `");
                Some(text!("clés admises ici : `{list}`", "keys allowed here: `{list}`"))
            });
            doc.fault(fault, span, text!("clé inconnue", "unknown key"));
        }
    }
}

impl<'i> Entry<'i> {
    /// A value read from a document that is not TOML, in the same terms.
    pub(crate) fn new(value: Spanned<DeValue<'i>>) -> Entry<'i> {
        let span = value.span();
        Entry { span, value: value.into_inner() }
    }

    /// The value with its place, as it was read.
    pub(crate) fn into_value(self) -> Spanned<DeValue<'i>> {
        Spanned::new(self.span, self.value)
    }

    /// The string, or a fault.
    pub fn string(self, doc: &mut Document) -> Option<(String, Span)> {
        match self.value {
            DeValue::String(text) => Some((text.into_owned(), self.span)),
            _ => {
                doc.wrong_type(&self, text!("texte", "string"));
                None
            }
        }
    }

    /// The string without a fault when it is something else.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.value.as_str()
    }

    /// The boolean, or a fault.
    pub fn bool(self, doc: &mut Document) -> Option<bool> {
        match self.value {
            DeValue::Boolean(value) => Some(value),
            _ => {
                doc.wrong_type(&self, text!("booléen", "boolean"));
                None
            }
        }
    }

    /// The date, or a fault (also for a date with a time).
    pub fn date(self, doc: &mut Document) -> Option<(Date, Span)> {
        if let Some(date) = self.as_date() {
            return Some((date, self.span));
        }
        doc.wrong_type(&self, text!("date (AAAA-MM-JJ, sans guillemets)", "date (YYYY-MM-DD, without quotes)"));
        None
    }

    /// The date without a fault when it is something else.
    #[must_use]
    pub fn as_date(&self) -> Option<Date> {
        match &self.value {
            DeValue::Datetime(datetime) if datetime.time.is_none() && datetime.offset.is_none() => {
                let date = datetime.date?;
                Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?)
            }
            _ => None,
        }
    }

    /// The integer, when it is one and fits.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match &self.value {
            DeValue::Integer(integer) => i64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok(),
            _ => None,
        }
    }

    /// The float or integer as a double.
    #[must_use]
    pub fn as_double(&self) -> Option<f64> {
        match &self.value {
            DeValue::Float(float) => float.as_str().replace('_', "").parse().ok(),
            DeValue::Integer(_) =>
            {
                #[expect(clippy::cast_precision_loss, reason = "a written integer read as a double")]
                self.as_int().map(|n| n as f64)
            }
            _ => None,
        }
    }

    /// The boolean without a fault when it is something else.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        self.value.as_bool()
    }

    /// Whether the value is an array.
    #[must_use]
    pub fn is_array(&self) -> bool {
        self.value.is_array()
    }

    /// Whether the value is a table.
    #[must_use]
    pub fn is_table(&self) -> bool {
        self.value.is_table()
    }

    /// Items of an array, or a fault.
    pub fn items(self, doc: &mut Document) -> Vec<Entry<'i>> {
        match self.value {
            DeValue::Array(array) => array.into_iter().map(Entry::new).collect(),
            _ => {
                doc.wrong_type(&self, text!("liste", "array"));
                Vec::new()
            }
        }
    }

    /// Strings of an array, or a fault for each that is not one.
    pub fn strings(self, doc: &mut Document) -> Vec<(String, Span)> {
        self.items(doc).into_iter().filter_map(|item| item.string(doc)).collect()
    }

    /// The table, or a fault.
    pub fn section(self, doc: &mut Document) -> Option<Section<'i>> {
        match self.value {
            DeValue::Table(table) => Some(Section::new(self.span, table)),
            _ => {
                doc.wrong_type(&self, text!("table", "table"));
                None
            }
        }
    }
}
