//! The manifest of a release → one record of the same fields as rules read, the place of everything kept.
//!
//! `vigie.release/1` is TOML, JSON or XML whose keys are the socle's fields of the kind of manifests; bills of
//! materials (CycloneDX, SPDX) tell the same facts as properties, and the versions that they list. Whatever the
//! format, a file is told by its bytes, is read whole within bounds, and every fault is found at once. What a
//! manifest does not tell is unknown.

mod bill;
mod cyclonedx;
mod facts;
mod json;
mod limits;
mod range;
mod release;
mod spdx;
mod xml;

use crate::diag::{Diagnostic, Document, Severity, Source, Span};
use crate::socle::{FieldId, Manifests, Socle};
use crate::text;
use crate::value::{Date, Datum, Type, Value};
use facts::Facts;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Name and version of our own format.
pub const SCHEMA: &str = "vigie.release/1";

/// Namespace of our own format in XML.
pub const NAMESPACE: &str = "urn:vigie:release:1";

/// What every manifest and every bill of materials bears.
const MARKS: [&str; 5] =
    ["vigie.release/", "urn:vigie:release:", "\"bomFormat\"", "cyclonedx.org/schema/bom", "\"spdxVersion\""];

/// Whether a text that begins so says that it is a manifest, or a bill of materials.
#[must_use]
pub fn is_one(head: &[u8]) -> bool {
    MARKS.iter().any(|mark| memchr::memmem::find(head, mark.as_bytes()).is_some())
}

/// A manifest once read.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Name of the file, as given.
    pub name: String,
    /// `blake3:<hex>` of the bytes as read.
    pub digest: String,
    /// Format, with its edition: `toml`, `json`, `xml`, `cyclonedx-1.6-json`, `spdx-2.3` …
    pub format: String,
    /// Its text.
    pub source: Arc<Source>,
    /// What is known of every field of the socle, by [`FieldId`].
    pub record: Vec<Datum>,
    /// Where each field that it tells is told.
    pub places: BTreeMap<FieldId, Place>,
    /// What was understood leniently, or left aside.
    pub notes: Vec<Diagnostic>,
}

/// Where something stands in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Bytes of the text.
    pub span: Span,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// JSON pointer, in a JSON document.
    pub pointer: Option<String>,
}

impl Manifest {
    /// The text of a field that names something (editor, product), when it is told.
    #[must_use]
    pub fn text(&self, field: FieldId) -> Option<&str> {
        match self.record[usize::from(field.0)].known() {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The version, as people write it: at least three numbers.
    #[must_use]
    pub fn version(&self, manifests: &Manifests) -> Option<String> {
        match self.record[usize::from(manifests.version.0)].known() {
            Some(Value::Version(version)) if !version.is_absent() => Some(facts::three_numbers(version)),
            _ => None,
        }
    }

    /// Where a note on it stands.
    #[must_use]
    pub fn place_of(&self, note: &Diagnostic) -> Option<Place> {
        let label = note.labels.first()?;
        Some(place(&self.source.text, label.span.clone(), is_json(&self.format)))
    }

    /// The first line that says something: what is meant by the manifest as a whole.
    #[must_use]
    pub fn head(&self) -> Place {
        let start = self.source.text.find(|c: char| !c.is_whitespace() && c != '\u{feff}').unwrap_or(0);
        place(&self.source.text, start..start, false)
    }
}

/// Reads a manifest, as it stands on a day: what it rests on may be over.
///
/// # Errors
/// Every fault of it, each with its place.
pub fn read(name: &str, bytes: &[u8], socle: &Socle, today: Date) -> Result<Manifest, Vec<Diagnostic>> {
    let Some(manifests) = &socle.manifests else {
        let message =
            text!("le socle ne dit pas comment lire un manifeste", "the socle does not say how to read a manifest");
        return Err(vec![Diagnostic::error("manifest/no-fields", message)]);
    };
    let size = bytes.len();
    if size > limits::MAX_BYTES {
        // Its reading has stopped there: it may be larger still.
        let most = limits::MAX_BYTES;
        let message = text!("`{name}` a plus de {most} octets", "`{name}` has more than {most} bytes");
        return Err(vec![Diagnostic::error("manifest/too-big", message)]);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Err(vec![not_text(name, bytes, error.valid_up_to())]),
    };
    let mut doc = Document::new(name, text);
    let source = doc.source();
    let mut facts = Facts::new(socle, manifests, today);
    let format = dispatch(&mut doc, &source, &mut facts);
    let is_json = format.as_deref().is_some_and(is_json);
    let (record, spans) = facts.settle(&mut doc);
    let (mut faults, mut notes): (Vec<_>, Vec<_>) =
        doc.faults.into_iter().partition(|fault| fault.severity == Severity::Error);
    let tell = |told: &mut Vec<Diagnostic>, more: fn(&str, usize) -> Diagnostic| {
        let beyond = told.len().saturating_sub(limits::faults_told(size));
        told.truncate(limits::faults_told(size));
        if is_json {
            told.iter_mut().for_each(|diagnostic| point(diagnostic, text));
        }
        if beyond > 0 {
            told.push(more(name, beyond));
        }
    };
    if let (Some(format), true) = (&format, faults.is_empty()) {
        tell(&mut notes, |name, more| {
            let message = text!("`{name}` : et {more} autres remarques", "`{name}`: and {more} more remarks");
            Diagnostic::warning("manifest/more-faults", message)
        });
        let places = spans.into_iter().map(|(field, span)| (field, place(text, span, is_json))).collect();
        let digest = format!("blake3:{}", blake3::hash(bytes).to_hex());
        return Ok(Manifest { name: name.to_owned(), digest, format: format.clone(), source, record, places, notes });
    }
    for fault in faults.iter_mut().filter(|fault| fault.code == "value/unreadable") {
        // Said in the words of rule files, where a value is read like a cell.
        fault.labels.iter_mut().for_each(|label| label.message = text!("valeur illisible", "unreadable value"));
    }
    faults.sort_by_key(|fault| fault.labels.first().map_or(0, |label| label.span.start));
    tell(&mut faults, |name, more| {
        let message = text!("`{name}` : et {more} autres fautes", "`{name}`: and {more} more faults");
        Diagnostic::error("manifest/more-faults", message)
    });
    Err(faults)
}

/// Reads the facts by the format of the text; its name, unless the text is in none.
fn dispatch<'i>(doc: &mut Document, source: &'i Source, facts: &mut Facts<'_, 'i>) -> Option<String> {
    let text = source.text.as_str();
    let blank = |c: char| c.is_whitespace() || c == '\u{feff}';
    match text.trim_start_matches(blank).chars().next() {
        None => {
            let name = &source.name;
            let message = text!("`{name}` est vide", "`{name}` is empty");
            doc.faults.push(Diagnostic::error("manifest/empty", message).help(text!(
                "`vigie gate init` écrit un manifeste à remplir",
                "`vigie gate init` writes a manifest to fill in"
            )));
            None
        }
        Some('{') => {
            let Some(root) = json::parse(doc, text) else { return Some("json".to_owned()) };
            let root = root.into_inner();
            if root.get("bomFormat").is_some() {
                return Some(cyclonedx::json(doc, &root, facts));
            }
            if root.get("spdxVersion").is_some() || root.get("@graph").is_some() {
                return Some(spdx::json(doc, &root, facts));
            }
            release::json(doc, root, facts);
            Some("json".to_owned())
        }
        Some('<') => {
            let Some(root) = xml::parse(doc, text) else { return Some("xml".to_owned()) };
            if root.name == "bom" {
                return Some(cyclonedx::xml(doc, &root.without_foreign(), facts));
            }
            release::xml(doc, root, facts);
            Some("xml".to_owned())
        }
        Some(_) => {
            if text.len() > limits::MAX_TOML {
                let (size, most) = (text.len(), limits::MAX_TOML);
                let message =
                    text!("ce TOML a {size} octets, {most} au plus", "this TOML has {size} bytes, {most} at most");
                doc.faults.push(Diagnostic::error("manifest/too-big", message));
                return Some("toml".to_owned());
            }
            if let Some(section) = doc.parse(source) {
                release::section(doc, section, facts);
            }
            Some("toml".to_owned())
        }
    }
}

fn is_json(format: &str) -> bool {
    format.ends_with("json") || format.starts_with("spdx")
}

/// Line, column and pointer of a place.
fn place(text: &str, span: Span, is_json: bool) -> Place {
    let before = text.get(..span.start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Place {
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before[line_start..].chars().filter(|c| *c != '\u{feff}').count() + 1,
        pointer: is_json.then(|| json::pointer(text, span.start)),
        span,
    }
}

/// Adds the JSON pointer of what is underlined.
fn point(fault: &mut Diagnostic, text: &str) {
    for label in &mut fault.labels {
        let pointer = json::pointer(text, label.span.start);
        if !pointer.is_empty() && fault.code != "json/syntax" {
            let (fr, en) = (&label.message.fr, &label.message.en);
            label.message = text!("{fr} (`{pointer}`)", "{en} (`{pointer}`)");
        }
    }
}

fn not_text(name: &str, bytes: &[u8], at: usize) -> Diagnostic {
    let message = text!("`{name}` n'est pas du texte UTF-8", "`{name}` is not UTF-8 text");
    let source = Arc::new(Source { name: name.to_owned(), text: String::from_utf8_lossy(bytes).into_owned() });
    Diagnostic::error("manifest/encoding", message)
        .at(&source, at..at + 3, text!("octet qui n'est pas de l'UTF-8", "byte that is not UTF-8"))
        .help(text!(
            "un manifeste est du TOML, du JSON ou du XML, en UTF-8",
            "a manifest is TOML, JSON or XML, in UTF-8"
        ))
}

/// Whether a field is worth asking for: what others complete by themselves is not.
#[must_use]
pub fn is_asked(socle: &Socle, field: FieldId) -> bool {
    let field = &socle.fields[usize::from(field.0)];
    !matches!(field.ty, Type::Row(_)) || field.parts.is_empty()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn day() -> Date {
        Date::new(2026, 11, 22).unwrap()
    }

    /// Checks that what is told, or at fault, has its place in the text.
    fn check(bytes: &[u8], socle: &Socle) {
        let spans: Vec<(Arc<Source>, Span)> = match read("essai", bytes, socle, day()) {
            Ok(manifest) => {
                let source = manifest.source;
                manifest.places.into_values().map(|place| (Arc::clone(&source), place.span)).collect()
            }
            Err(faults) => {
                assert!(!faults.is_empty());
                faults.into_iter().flat_map(|fault| fault.labels).map(|label| (label.source, label.span)).collect()
            }
        };
        for (source, span) in spans {
            assert!(source.text.get(span.clone()).is_some(), "{span:?} of {}", source.text);
        }
    }

    /// Whoever sends thousands of faults is told of some, and how many more there are.
    #[test]
    fn faults_are_bounded() {
        let socle = Socle::builtin().unwrap();
        let many = |item: &dyn Fn(usize) -> String| (0..4000).map(item).collect::<Vec<_>>().join(",");
        for members in [
            many(&|_| "\"a\":1".to_owned()),
            many(&|n| format!("\"a{n}\":1")),
            format!("\"os_supportes\":[{}]", many(&|n| format!("\"zz{n}\""))),
        ] {
            let text = format!("{{\"schema\":\"vigie.release/1\",{members}}}");
            let faults = read("essai", text.as_bytes(), &socle, day()).unwrap_err();
            assert_eq!(faults.len(), 51, "{}", faults[0].code);
            assert_eq!(faults[50].code, "manifest/more-faults");
        }
        let items = format!("\"os_supportes\":[{}1]", "1,".repeat(5000));
        let text = format!("{{\"schema\":\"vigie.release/1\",{items}}}");
        let faults = read("essai", text.as_bytes(), &socle, day()).unwrap_err();
        assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["manifest/too-many"]);
    }

    #[test]
    fn damaged_manifests_give_faults_with_their_place() {
        let socle = Socle::builtin().unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/manifests");
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let bytes = std::fs::read(&path).unwrap();
            check(&bytes, &socle);
            for at in (0..bytes.len()).step_by(41) {
                check(&bytes[..at], &socle);
                for byte in *b"\"<{\x00" {
                    let mut damaged = bytes.clone();
                    damaged[at] = byte;
                    check(&damaged, &socle);
                }
            }
        }
    }
}
