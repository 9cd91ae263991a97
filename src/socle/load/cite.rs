//! Sources and confidence.

use crate::diag::{Diagnostic, Document, Section, Span};
use crate::socle::{Citation, Confidence};
use crate::text;

/// A `source` section, or a fault.
pub(super) fn citation(doc: &mut Document, mut section: Section<'_>) -> Option<Citation> {
    let text = section.required_string(doc, "text");
    let place = section.string(doc, "where").map(|(place, _)| place);
    let url = section.string(doc, "url").map(|(url, _)| url);
    let date = section.date(doc, "date").map(|(date, _)| date);
    let confidence = section.required_string(doc, "confidence").and_then(|(word, span)| confidence(doc, &word, span));
    section.finish(doc);
    Some(Citation { text: text?.0, place, url, date, confidence: confidence? })
}

/// `H`, `M`, `L` or `NV`, or a fault.
pub(super) fn confidence(doc: &mut Document, word: &str, span: Span) -> Option<Confidence> {
    match word {
        "H" => Some(Confidence::High),
        "M" => Some(Confidence::Medium),
        "L" => Some(Confidence::Low),
        "NV" => Some(Confidence::NotVerified),
        _ => {
            let fault = Diagnostic::error(
                "socle/unknown-confidence",
                text!("confiance inconnue `{word}`", "unknown confidence `{word}`"),
            )
            .help(text!("valeurs admises : `H`, `M`, `L`, `NV`", "allowed values: `H`, `M`, `L`, `NV`"));
            doc.fault(fault, span, text!("confiance inconnue", "unknown confidence"));
            None
        }
    }
}
