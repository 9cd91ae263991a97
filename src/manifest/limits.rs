//! Bounds of what a manifest may be: whoever sends a bomb gets a fault.

use crate::diag::{Diagnostic, Document, Span};
use crate::text;

/// Bytes of a manifest. A bill of materials of a big product has a few millions.
pub(super) const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Bytes of a manifest in TOML, whose reader holds all its values at once.
pub(super) const MAX_TOML: usize = 1024 * 1024;

/// Values of a JSON document, or elements of an XML one: each takes far more memory than text.
pub(super) const MAX_VALUES: usize = 1 << 20;

/// Attributes of one XML element: each is compared with those before it.
pub(super) const MAX_ATTRIBUTES: usize = 256;

/// Tables and lists inside one another.
pub(super) const MAX_DEPTH: usize = 64;

/// Bytes of one text.
pub(super) const MAX_TEXT: usize = 1024 * 1024;

/// Characters of one fact.
pub(super) const MAX_FACT: usize = 4096;

/// Items of a list.
pub(super) const MAX_ITEMS: usize = 4096;

/// Faults that are told of a manifest.
pub(super) const MAX_FAULTS: usize = 50;

/// Bytes that are drawn, all faults together: each is drawn from the whole text.
const MAX_DRAWN: usize = 32 * 1024 * 1024;

/// Faults that are told of a text of this size.
pub(super) fn faults_told(size: usize) -> usize {
    (MAX_DRAWN / size.max(1)).clamp(3, MAX_FAULTS)
}

pub(super) fn too_deep(doc: &mut Document, span: Span) {
    let message = text!("plus de {MAX_DEPTH} niveaux imbriqués", "more than {MAX_DEPTH} nested levels");
    doc.fault(Diagnostic::error("manifest/too-deep", message), span, text!("un de trop", "one too many"));
}

pub(super) fn too_many(doc: &mut Document, span: Span) {
    let message = text!("trop de valeurs pour un manifeste", "too many values for a manifest");
    doc.fault(Diagnostic::error("manifest/too-many", message), span, text!("une de trop", "one too many"));
}

pub(super) fn too_long(doc: &mut Document, span: Span) {
    let message = text!("texte de plus de {MAX_TEXT} octets", "text of more than {MAX_TEXT} bytes");
    doc.fault(Diagnostic::error("manifest/too-long", message), span, text!("il commence ici", "it starts here"));
}
