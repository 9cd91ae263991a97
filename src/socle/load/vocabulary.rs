//! `socle.toml`, `mots.toml` and `prive.toml`.

use crate::diag::{Diagnostic, Document, Section};
use crate::socle::header::Headers;
use crate::socle::words::{Meaning, Meanings};
use crate::socle::{Socle, fold};
use crate::text;

/// Version and title of the socle.
pub(super) fn about(doc: &mut Document, mut section: Section<'_>, socle: &mut Socle) {
    if let Some((version, span)) = section.required_string(doc, "version") {
        match semver::Version::parse(&version) {
            Ok(version) => socle.version = version,
            Err(_) => doc.fault(
                Diagnostic::error(
                    "socle/version",
                    text!("`{version}` n'est pas une version semver", "`{version}` is not a semver version"),
                )
                .help(text!("écrivez trois nombres : `0.1.0`", "write three numbers: `0.1.0`")),
                span,
                text!("version attendue", "version expected"),
            ),
        }
    }
    if let Some(title) = section.text(doc, "title") {
        socle.title = title;
    }
    section.finish(doc);
}

/// Words for yes, no, a mark, absent, unknown, a total.
pub(super) fn words(doc: &mut Document, mut section: Section<'_>, words: &mut Meanings) {
    for (name, meaning) in [
        ("oui", Meaning::Yes),
        ("non", Meaning::No),
        ("marque", Meaning::Mark),
        ("absent", Meaning::Absent),
        ("inconnu", Meaning::Unknown),
        ("total", Meaning::Total),
    ] {
        for (word, span) in section.strings(doc, name) {
            let key = fold::key(&word, &fold::Words::default());
            if let (Meaning::Total, [one, two, ..]) = (meaning, key.as_bytes()) {
                words.total_starts.push([*one, *two]);
                if word.ends_with('…') {
                    words.total_of.push(key);
                    continue;
                }
            }
            words.longest = words.longest.max(key.len());
            match words.words.insert(key, meaning) {
                Some(other) if other != meaning => doc.fault(
                    Diagnostic::error(
                        "socle/duplicate-alias",
                        text!("le mot `{word}` a deux sens", "the word `{word}` has two meanings"),
                    ),
                    span,
                    text!("déjà dans une autre liste", "already in another list"),
                ),
                _ => {}
            }
        }
    }
    section.finish(doc);
}

/// Headers of personal data.
pub(super) fn private(doc: &mut Document, mut section: Section<'_>, headers: &mut Headers) {
    for mut kind in section.sections(doc, "prive") {
        kind.required_string(doc, "id");
        let label = kind.text(doc, "label");
        if label.is_none() {
            doc.missing_key(kind.span.clone(), "label");
        }
        let names = kind.strings(doc, "headers");
        let words = kind.strings(doc, "words");
        kind.finish(doc);
        let Some(label) = label else { continue };
        for (name, span) in names {
            let key = fold::key(&name, &headers.words);
            if headers.fields.contains_key(&key) {
                doc.fault(
                    Diagnostic::error(
                        "socle/duplicate-header",
                        text!(
                            "l'en-tête `{name}` est aussi celui d'un champ",
                            "the header `{name}` is also that of a field"
                        ),
                    ),
                    span,
                    text!("donnée personnelle ou champ ?", "personal data or field?"),
                );
            }
            headers.private.insert(key, label.clone());
        }
        for (word, _) in words {
            headers.private_words.insert(fold::plain(&word), label.clone());
        }
    }
    section.finish(doc);
}
