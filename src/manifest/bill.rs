//! A bill of materials, whatever its format → facts.
//!
//! Our facts are properties of the product, named by a prefix; the product's own name, version and date, and the
//! versions of the components that the socle knows, are read off the bill. What is said holds over what is found.

use super::facts::Facts;
use crate::diag::{Diagnostic, Document, Span};
use crate::text;
use std::borrow::Cow;
use toml::Spanned;
use toml::de::DeValue;

/// A text of the bill with its place.
pub(super) type Said = (String, Span);

/// What a bill tells.
#[derive(Default)]
pub(super) struct Bill {
    pub(super) editor: Option<Said>,
    pub(super) product: Option<Said>,
    pub(super) version: Option<Said>,
    /// An instant: its first ten characters are a date.
    pub(super) created: Option<Said>,
    /// Name, value, of the document or of its product.
    pub(super) properties: Vec<(Said, Said)>,
    /// Name, version.
    pub(super) components: Vec<(Said, Said)>,
    /// Systems that it runs on.
    pub(super) systems: Vec<Said>,
    /// Where to add a property, in the words of the format.
    pub(super) how: crate::diag::Text,
}

impl Bill {
    /// Adds a property written in one text: `fr:vigie:FIELD=VALUE`.
    pub(super) fn statement(&mut self, (text, span): Said) {
        if let Some((name, value)) = text.split_once('=') {
            let said = |part: &str| (part.trim().to_owned(), span.clone());
            self.properties.push((said(name), said(value)));
        }
    }

    /// Gives its facts.
    pub(super) fn tell(self, doc: &mut Document, facts: &mut Facts<'_, '_>) {
        let manifests = facts.manifests;
        for ((name, name_span), (value, span)) in self.properties {
            let Some(key) = name.trim().strip_prefix(manifests.prefix.as_str()) else { continue };
            facts.say(doc, key, name_span, Spanned::new(span, DeValue::String(Cow::Owned(value))));
        }
        for (name, version) in self.components {
            if let Some(field) = manifests.fed_by(&name.0, facts.socle)
                && !is_no_version(&version.0)
            {
                facts.find(doc, field, &version.0, version.1);
            }
        }
        for (system, span) in self.systems {
            facts.find(doc, manifests.systems, &system, span);
        }
        // Said by then: what names the release does not say what it does.
        if facts.says_nothing() {
            nothing(doc, &manifests.prefix, &self.how, facts);
        }
        let created = self.created.map(|(text, span)| (text.chars().take(10).collect(), span));
        let named = [
            (manifests.editor, self.editor),
            (manifests.product, self.product),
            (manifests.version, self.version.filter(|(text, _)| !is_no_version(text))),
            (manifests.date, created),
        ];
        for (field, said) in named {
            if let Some((text, span)) = said {
                facts.find(doc, field, &text, span);
            }
        }
    }
}

/// What tools write when they do not know.
pub(super) fn is_no_version(text: &str) -> bool {
    matches!(text.trim(), "" | "NOASSERTION" | "NONE" | "unknown" | "latest")
}

fn nothing(doc: &mut Document, prefix: &str, how: &crate::diag::Text, facts: &Facts<'_, '_>) {
    let names: Vec<&str> = facts.manifests.fed(facts.socle).map(|(name, _)| name).collect();
    let names = names.join("`, `");
    let (fr, en) = (&how.fr, &how.en);
    let fault = Diagnostic::error(
        "manifest/says-nothing",
        text!(
            "nomenclature valide, mais aucune propriété `{prefix}…` et aucun composant connu : rien à juger",
            "a valid bill of materials, but no property `{prefix}…` and no component known: nothing to judge"
        ),
    )
    .help(text!(
        "{fr} ; noms : `vigie schema release` ; composants lus : `{names}`",
        "{en}; names: `vigie schema release`; components read: `{names}`"
    ));
    let head = doc.head(&doc.whole());
    doc.fault(fault, head, text!("rien qui parle de la facturation", "nothing that speaks of billing"));
}
