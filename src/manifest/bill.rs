//! A bill of materials, whatever its format → facts.
//!
//! Our facts are properties of the product, named by a prefix; the product's own name, version and date, and the
//! versions of the components that the socle knows, are read off the bill. What is said holds over what is found.

use super::facts::Facts;
use crate::diag::{Diagnostic, Document, Span};
use crate::socle::FieldId;
use crate::text;
use std::borrow::Cow;
use std::collections::BTreeMap;
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
    /// Name, value, of the document or of its product; no value: there is no text.
    pub(super) properties: Vec<(Said, Option<Said>)>,
    /// Name, version.
    pub(super) components: Vec<(Said, Said)>,
    /// Systems that it runs on.
    pub(super) systems: Vec<Said>,
    /// Where to add a property, in the words of the format.
    pub(super) how: crate::diag::Text,
}

impl Bill {
    /// Adds a property written in one text: `fr:vigie:FIELD=VALUE`.
    pub(super) fn statement(&mut self, said: &Said) {
        self.properties.push(stated(said));
    }

    /// Gives its facts.
    pub(super) fn tell(self, doc: &mut Document, facts: &mut Facts<'_, '_>) {
        let manifests = facts.manifests;
        let before = doc.faults.len();
        for ((name, name_span), value) in self.properties {
            let name = name.trim();
            let prefix = manifests.prefix.as_str();
            match (name.strip_prefix(prefix), value) {
                (Some(key), Some((value, span))) => {
                    facts.say(doc, key, name_span, Spanned::new(span, DeValue::String(Cow::Owned(value))));
                }
                // Whoever writes our prefix means to tell a fact.
                (Some(_), None) => no_value(doc, name, prefix, name_span),
                (None, _) if begins_with(name, prefix) => misspelt(doc, name, prefix, name_span),
                (None, _) => {}
            }
        }
        // A bill has thousands of components, the same ones many times.
        let mut fed: BTreeMap<String, Option<FieldId>> = BTreeMap::new();
        for ((name, _), version) in self.components {
            let field = match fed.get(&name) {
                Some(field) => *field,
                None => *fed.entry(name).or_insert_with_key(|name| manifests.fed_by(name, facts.socle)),
            };
            if let Some(field) = field
                && !is_no_version(&version.0)
            {
                facts.find(doc, field, &version.0, version.1);
            }
        }
        for (system, span) in self.systems {
            facts.find(doc, manifests.systems, &system, span);
        }
        // Said by then: what names the release does not say what it does. What was meant as a fact is a fault already.
        if facts.says_nothing() && doc.faults.len() == before {
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
    doc.fault(fault, head, text!("rien à juger", "nothing to judge"));
}

/// A property written in one text.
pub(super) fn stated((text, span): &Said) -> (Said, Option<Said>) {
    let said = |part: &str| (part.trim().to_owned(), span.clone());
    match text.split_once('=') {
        Some((name, value)) => (said(name), Some(said(value))),
        None => (said(text), None),
    }
}

/// The same, whatever the case.
fn begins_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

fn no_value(doc: &mut Document, name: &str, prefix: &str, span: Span) {
    let message = text!("`{name}` est sans valeur en texte", "`{name}` has no value as a text");
    let fault = Diagnostic::error("manifest/no-value", message).help(text!(
        "donner la valeur entre guillemets, ou dans un seul texte : `{prefix}CHAMP=VALEUR`",
        "give the value in quotes, or in a single text: `{prefix}FIELD=VALUE`"
    ));
    doc.fault(fault, span, text!("sans valeur", "without value"));
}

fn misspelt(doc: &mut Document, name: &str, prefix: &str, span: Span) {
    let message = text!("`{name}` n'a pas le préfixe `{prefix}`", "`{name}` does not have the prefix `{prefix}`");
    let fault = Diagnostic::error("manifest/misspelt-prefix", message)
        .help(text!("l'écrire en minuscules : `{prefix}`", "write it in lower case: `{prefix}`"));
    doc.fault(fault, span, text!("préfixe mal écrit", "misspelt prefix"));
}
