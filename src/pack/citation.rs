//! Small parts of a pack's files: sources, words among a few, ids.

use super::pin::is_id;
use crate::diag::{Diagnostic, Document, Section, Span, did_you_mean};
use crate::socle::{Citation, Confidence};
use crate::text;

fn confidence_of(code: &str) -> Option<Confidence> {
    match code {
        "H" => Some(Confidence::High),
        "M" => Some(Confidence::Medium),
        "L" => Some(Confidence::Low),
        "NV" => Some(Confidence::NotVerified),
        _ => None,
    }
}

/// The code of a confidence: `H`, `M`, `L` or `NV`.
#[must_use]
pub fn confidence_code(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "H",
        Confidence::Medium => "M",
        Confidence::Low => "L",
        Confidence::NotVerified => "NV",
    }
}

/// Reads the required key `source`; also gives the place of the confidence.
pub(super) fn citation(doc: &mut Document, section: &mut Section<'_>) -> Option<(Citation, Span)> {
    let Some(entry) = section.take("source") else {
        doc.missing_key(section.span.clone(), "source");
        return None;
    };
    let mut source = entry.section(doc)?;
    let text = source.required_string(doc, "text");
    let place = source.string(doc, "where").map(|(place, _)| place);
    let url = source.string(doc, "url").map(|(url, _)| url);
    let date = source.date(doc, "date").map(|(date, _)| date);
    let confidence = source.required_string(doc, "confidence");
    source.finish(doc);
    let (code, span) = confidence?;
    let Some(confidence) = confidence_of(&code) else {
        let fault = Diagnostic::error(
            "pack/unknown-confidence",
            text!("confiance inconnue `{code}`", "unknown confidence `{code}`"),
        )
        .help(text!(
            "`H` (texte officiel), `M` (sources secondaires), `L` (une source faible) ou `NV` (non vérifié)",
            "`H` (official text), `M` (secondary sources), `L` (one weak source) or `NV` (not verified)"
        ));
        doc.fault(fault, span, text!("confiance inconnue", "unknown confidence"));
        return None;
    };
    let (text, _) = text?;
    Some((Citation { text, place, url, date, confidence }, span))
}

/// Checks that a text is one of a few words; a fault names them.
pub(super) fn one_of<T: Copy>(
    doc: &mut Document,
    (word, span): (String, Span),
    what: (&str, &str),
    choices: &[(&'static str, T)],
) -> Option<T> {
    if let Some((_, value)) = choices.iter().find(|(name, _)| *name == word) {
        return Some(*value);
    }
    let (fr, en) = what;
    let mut fault = Diagnostic::error("pack/unknown-word", text!("{fr} inconnu `{word}`", "unknown {en} `{word}`"));
    fault.help = did_you_mean(&word, choices.iter().map(|(name, _)| *name)).or_else(|| {
        let list = choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("`, `");
        Some(text!("admis\u{a0}: `{list}`", "allowed: `{list}`"))
    });
    doc.fault(fault, span, text!("{fr} inconnu", "unknown {en}"));
    None
}

/// Records that an id does not have the form of one.
pub(super) fn check_id(doc: &mut Document, id: &str, span: Span) -> bool {
    if is_id(id) {
        return true;
    }
    let fault =
        Diagnostic::error("pack/bad-id", text!("`{id}` n'est pas un identifiant", "`{id}` is not an id")).help(text!(
            "minuscules sans accent, chiffres, mots joints par un tiret\u{a0}: `version-trop-ancienne`",
            "lower case letters without accent, digits, words joined by a hyphen: `version-trop-ancienne`"
        ));
    doc.fault(fault, span, text!("identifiant mal formé", "malformed id"));
    false
}
