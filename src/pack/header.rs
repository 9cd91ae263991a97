//! `pack.toml`: what a pack is, what it needs, when it holds, what it changes of the pack it extends.

use super::Level;
use super::citation::{check_id, one_of};
use super::pin::{Pin, requirement_of};
use crate::diag::{Diagnostic, Document, Section, Span, Text, did_you_mean};
use crate::folder::Folder;
use crate::socle::Socle;
use crate::text;
use crate::value::Date;
use semver::{Version, VersionReq};
use std::collections::BTreeSet;

/// Version of this engine, that packs may ask for.
const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// What `pack.toml` says.
#[derive(Clone, Debug)]
pub struct Header {
    /// Name: the folder's.
    pub id: String,
    /// Name for people.
    pub title: Text,
    /// Kind of record that the rules judge (`installation`, `release`).
    pub kind: String,
    /// Whether a date alone may choose it; other packs are asked for by name, or by what a command does.
    pub default: bool,
    /// Version of the pack.
    pub version: Version,
    /// First day of validity.
    pub since: Option<Date>,
    /// Last day of validity.
    pub until: Option<Date>,
    /// When the rules were last read against the texts.
    pub reviewed: Date,
    /// The texts it comes from.
    pub texts: Vec<Reference>,
    /// The pack that it adds to.
    pub extends: Option<Pin>,
    /// Levels that it changes in the pack that it extends.
    pub changes: Vec<Change>,
}

/// A text that a pack comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its title.
    pub title: String,
    /// Its date.
    pub date: Option<Date>,
    /// Where to read it.
    pub url: Option<String>,
}

/// The level of a rule of the base, changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// The rule.
    pub rule: String,
    /// Its new level.
    pub level: Level,
    /// Where the rule is named.
    pub span: Span,
}

/// A header as read, with the places that later checks point at.
pub(super) struct HeaderRead {
    pub(super) doc: Document,
    pub(super) header: Option<Header>,
    /// Known even when the rest of the header is faulty.
    pub(super) kind: Option<String>,
    pub(super) extends_span: Span,
}

impl Header {
    /// Reads the header of a pack alone, without its rules: to choose a pack by its dates.
    ///
    /// # Errors
    /// Every fault of `pack.toml`.
    pub fn load(folder: &Folder, socle: &Socle) -> Result<Header, Vec<Diagnostic>> {
        let read = read(folder, socle)?;
        match read.header {
            Some(header) if read.doc.faults.is_empty() => Ok(header),
            _ => Err(read.doc.faults),
        }
    }

    /// Whether a date is within the validity (both days included).
    #[must_use]
    pub fn valid_on(&self, date: Date) -> bool {
        self.since.is_none_or(|since| since <= date) && self.until.is_none_or(|until| date <= until)
    }
}

/// Reads `pack.toml`, or says that there is none.
pub(super) fn read(folder: &Folder, socle: &Socle) -> Result<HeaderRead, Vec<Diagnostic>> {
    let Some(file) = folder.files.iter().find(|file| file.path == "pack.toml") else {
        let shown = &folder.shown;
        return Err(vec![
            Diagnostic::error(
                "pack/no-header",
                text!(
                    "`{shown}` n'est pas un pack\u{a0}: `pack.toml` manque",
                    "`{shown}` is not a pack: `pack.toml` is missing"
                ),
            )
            .help(text!(
                "un pack est un dossier avec `pack.toml` et un fichier TOML par règle",
                "a pack is a folder with `pack.toml` and one TOML file for each rule"
            )),
        ]);
    };
    let doc = match super::load::document(folder, file) {
        Ok(doc) => doc,
        Err(fault) => return Err(vec![*fault]),
    };
    let source = doc.source();
    let mut read = HeaderRead { doc, header: None, kind: None, extends_span: 0..0 };
    if let Some(section) = read.doc.parse(&source) {
        read.header = header_of(&mut read, section, folder, socle);
    }
    Ok(read)
}

fn header_of(read: &mut HeaderRead, mut section: Section<'_>, folder: &Folder, socle: &Socle) -> Option<Header> {
    let HeaderRead { doc, kind: known, extends_span, .. } = read;
    let id = section.required_string(doc, "id");
    if let Some((id, span)) = &id
        && check_id(doc, id, span.clone())
        && *id != folder.id
    {
        let stem = &folder.id;
        let fault = Diagnostic::error(
            "pack/id-differs",
            text!("le pack `{id}` est dans le dossier `{stem}`", "pack `{id}` stands in folder `{stem}`"),
        )
        .help(text!("un pack porte le nom de son dossier", "a pack bears the name of its folder"));
        doc.fault(fault, span.clone(), text!("le dossier s'appelle `{stem}`", "the folder is named `{stem}`"));
    }
    let title = required_text(doc, &mut section, "title");
    let kind = section.required_string(doc, "kind").and_then(|kind| known_kind(doc, socle, kind));
    known.clone_from(&kind);
    let version = section.required_string(doc, "version").and_then(|(text, span)| match Version::parse(&text) {
        Ok(version) => Some(version),
        Err(_) => {
            let fault = Diagnostic::error(
                "pack/bad-version",
                text!("`{text}` n'est pas une version", "`{text}` is not a version"),
            )
            .help(text!("trois nombres\u{a0}: `1.4.0`", "three numbers: `1.4.0`"));
            doc.fault(fault, span, text!("version mal formée", "malformed version"));
            None
        }
    });
    let engine = Version::parse(ENGINE).ok();
    if let Some(engine) = &engine {
        needs(doc, &mut section, "engine", ("vigie", "de vigie", "vigie"), engine);
    }
    needs(doc, &mut section, "socle", ("le socle", "du socle", "the socle"), &socle.version);
    let (since, until) = period(doc, &mut section);
    let reviewed = match section.take("reviewed") {
        Some(entry) => entry.date(doc),
        None => {
            doc.missing_key(section.span.clone(), "reviewed");
            None
        }
    };
    let texts = references(doc, &mut section);
    let default = section.take("default").is_none_or(|entry| entry.bool(doc).unwrap_or(true));
    let extends = section.string(doc, "extends").and_then(|(text, span)| {
        *extends_span = span.clone();
        match Pin::parse(&text) {
            Ok(pin) => Some(pin),
            Err(message) => {
                doc.fault(Diagnostic::error("pack/bad-extends", message), span, text!("mal formé", "malformed"));
                None
            }
        }
    });
    let changes = changes(doc, &mut section);
    if extends.is_none()
        && let Some(change) = changes.first()
    {
        let fault = Diagnostic::error(
            "pack/change-without-base",
            text!("`[[change]]` dans un pack qui n'étend rien", "`[[change]]` in a pack that extends nothing"),
        )
        .help(text!(
            "ajoutez `extends = \"PACK@^VERSION\"`, ou changez la règle dans son fichier",
            "add `extends = \"PACK@^VERSION\"`, or change the rule in its own file"
        ));
        doc.fault(fault, change.span.clone(), text!("règle d'aucun pack étendu", "rule of no extended pack"));
    }
    section.finish(doc);
    Some(Header {
        id: id?.0,
        title: title?,
        kind: kind?,
        default,
        version: version?,
        since,
        until,
        reviewed: reviewed?.0,
        texts,
        extends,
        changes,
    })
}

/// Takes a text in two languages that must be there and say something in both.
pub(super) fn required_text(doc: &mut Document, section: &mut Section<'_>, key: &'static str) -> Option<Text> {
    let Some(entry) = section.take(key) else {
        doc.missing_key(section.span.clone(), key);
        return None;
    };
    let mut both = entry.section(doc)?;
    let mut one = |doc: &mut Document, lang: &'static str| {
        let (text, span) = both.required_string(doc, lang)?;
        if text.trim().is_empty() {
            let fault = Diagnostic::error("pack/empty-text", text!("texte vide", "empty text"));
            doc.fault(fault, span, text!("rien à lire ici", "nothing to read here"));
            return None;
        }
        Some(text)
    };
    let (fr, en) = (one(doc, "fr"), one(doc, "en"));
    both.finish(doc);
    Some(Text::new(fr?, en?))
}

/// Takes `since` and `until`, and checks their order.
pub(super) fn period(doc: &mut Document, section: &mut Section<'_>) -> (Option<Date>, Option<Date>) {
    let since = section.date(doc, "since");
    let until = section.date(doc, "until");
    if let (Some((since, _)), Some((until, span))) = (&since, &until)
        && since > until
    {
        let fault = Diagnostic::error(
            "pack/date-order",
            text!("`until` ({until}) est avant `since` ({since})", "`until` ({until}) is before `since` ({since})"),
        )
        .help(text!(
            "les deux jours sont compris\u{a0}: `until` est le dernier jour, au plus tôt `since`",
            "both days are included: `until` is the last day, `since` at the earliest"
        ));
        doc.fault(fault, span.clone(), text!("avant le premier jour", "before the first day"));
    }
    (since.map(|(date, _)| date), until.map(|(date, _)| date))
}

fn known_kind(doc: &mut Document, socle: &Socle, (kind, span): (String, Span)) -> Option<String> {
    let kinds: BTreeSet<&str> = socle.fields.iter().flat_map(|field| field.kinds.iter().map(String::as_str)).collect();
    if kinds.contains(kind.as_str()) {
        return Some(kind);
    }
    let mut fault = Diagnostic::error(
        "pack/unknown-kind",
        text!("aucun champ du socle n'est de la sorte `{kind}`", "no field of the socle is of kind `{kind}`"),
    );
    fault.help = did_you_mean(&kind, kinds.iter().copied()).or_else(|| {
        let list = kinds.iter().copied().collect::<Vec<_>>().join("`, `");
        Some(text!("sortes d'enregistrements\u{a0}: `{list}`", "kinds of records: `{list}`"))
    });
    doc.fault(fault, span, text!("sorte inconnue", "unknown kind"));
    None
}

/// Checks a requirement (`socle = "^1.2"`) against what is there.
fn needs(
    doc: &mut Document,
    section: &mut Section<'_>,
    key: &'static str,
    (fr, of_fr, en): (&str, &str, &str),
    present: &Version,
) -> Option<VersionReq> {
    let (wanted, span) = section.required_string(doc, key)?;
    let requirement = match requirement_of(&wanted) {
        Ok(requirement) => requirement,
        Err(message) => {
            doc.fault(Diagnostic::error("pack/bad-requirement", message), span, text!("mal formée", "malformed"));
            return None;
        }
    };
    if !requirement.matches(present) {
        let fault = Diagnostic::error(
            "pack/version-not-met",
            text!(
                "ce pack demande {fr} `{wanted}`, la version présente est {present}",
                "this pack needs {en} `{wanted}`, the version present is {present}"
            ),
        )
        .help(text!(
            "prenez une édition du pack faite pour {present}, ou une autre version {of_fr}",
            "take an edition of the pack made for {present}, or another version of {en}"
        ));
        doc.fault(fault, span, text!("{present} ne convient pas", "{present} will not do"));
    }
    Some(requirement)
}

fn references(doc: &mut Document, section: &mut Section<'_>) -> Vec<Reference> {
    let mut references = Vec::new();
    for mut item in section.sections(doc, "texts") {
        let title = item.required_string(doc, "title");
        let date = item.date(doc, "date").map(|(date, _)| date);
        let url = item.string(doc, "url").map(|(url, _)| url);
        item.finish(doc);
        references.extend(title.map(|(title, _)| Reference { title, date, url }));
    }
    references
}

fn changes(doc: &mut Document, section: &mut Section<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for mut item in section.sections(doc, "change") {
        let rule = item.required_string(doc, "rule");
        let level = item.required_string(doc, "level").and_then(|level| level_of(doc, level));
        item.finish(doc);
        if let (Some((rule, span)), Some(level)) = (rule, level) {
            changes.push(Change { rule, level, span });
        }
    }
    changes
}

/// The level of its word.
pub(super) fn level_of(doc: &mut Document, word: (String, Span)) -> Option<Level> {
    let choices = [("blocking", Level::Blocking), ("advisory", Level::Advisory), ("info", Level::Info)];
    one_of(doc, word, ("niveau", "level"), &choices)
}
