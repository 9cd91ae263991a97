//! Our own format: keys are the fields of the socle.

use super::facts::Facts;
use super::xml::Element;
use super::{NAMESPACE, SCHEMA};
use crate::diag::{Diagnostic, Document, Section, Span, Text};
use crate::text;
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// Keys that say nothing of the release, in JSON.
const ASIDE: [&str; 2] = ["$schema", "$comment"];

/// Item of a list, in XML.
const ITEM: &str = "item";

/// TOML.
pub(super) fn section<'i>(doc: &mut Document, mut section: Section<'i>, facts: &mut Facts<'_, 'i>) {
    match section.string(doc, "schema") {
        Some((schema, span)) => check_schema(doc, &schema, span),
        None => no_schema(doc),
    }
    for (key, span, entry) in section.drain() {
        facts.say(doc, &key, span, entry.into_value());
    }
}

/// JSON.
pub(super) fn json<'i>(doc: &mut Document, root: DeValue<'i>, facts: &mut Facts<'_, 'i>) {
    let DeValue::Table(table) = root else { return };
    let table = table.into_iter().filter(|(key, _)| !ASIDE.contains(&key.get_ref().as_ref())).collect();
    section(doc, Section::new(doc.whole(), table), facts);
}

/// XML: one element a field; the items of a list and the members of a record are elements in it.
pub(super) fn xml<'i>(doc: &mut Document, root: Element, facts: &mut Facts<'_, 'i>) {
    let namespace = root.namespace.as_deref();
    if root.name != "release" {
        let name = &root.name;
        let fault = Diagnostic::error(
            "manifest/unknown-format",
            text!("`<{name}>` n'est pas la racine d'un manifeste", "`<{name}>` is not the root of a manifest"),
        )
        .help(text!(
            "`<release xmlns=\"{NAMESPACE}\">`, ou `<bom>` de CycloneDX ; `vigie gate init --format xml` en donne un modèle",
            "`<release xmlns=\"{NAMESPACE}\">`, or the `<bom>` of CycloneDX; `vigie gate init --format xml` gives a model"
        ));
        doc.fault(fault, root.tag, text!("racine inconnue", "unknown root"));
        return;
    }
    match (namespace, root.attribute("schema")) {
        (Some(NAMESPACE), None) => {}
        (_, Some(schema)) => check_schema(doc, schema, root.tag.clone()),
        (Some(other), None) => {
            let fault = Diagnostic::error(
                "manifest/unknown-schema",
                text!("espace de noms `{other}` inconnu", "unknown namespace `{other}`"),
            )
            .help(text!("cette version de vigie lit `{NAMESPACE}`", "this version of vigie reads `{NAMESPACE}`"));
            doc.fault(fault, root.tag.clone(), text!("non lu", "not read"));
        }
        (None, None) => no_schema(doc),
    }
    strangers(doc, &root, true, (root.prefix.as_deref(), namespace));
    let DeValue::Table(table) = value_of(doc, &root, true) else { return };
    for (key, span, entry) in Section::new(root.inside, table).drain() {
        facts.say(doc, &key, span, entry.into_value());
    }
}

/// Says what is no part of the format: elements of another namespace, attributes. Values stand in elements.
fn strangers(doc: &mut Document, element: &Element, root: bool, of: (Option<&str>, Option<&str>)) {
    for (name, _) in &element.attributes {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let apart = matches!(prefix, "xmlns" | "xml" | "xsi") || (prefix, local) == ("", "xmlns");
        if apart || root && name == "schema" {
            continue;
        }
        let message = text!("attribut inconnu `{name}`", "unknown attribute `{name}`");
        let fault = Diagnostic::error("xml/unknown-attribute", message).help(text!(
            "une valeur s'écrit dans un élément : `<{local}>…</{local}>`",
            "a value is written in an element: `<{local}>…</{local}>`"
        ));
        doc.fault(fault, element.tag.clone(), text!("il n'a pas d'attribut", "it has no attribute"));
    }
    for child in &element.children {
        if child.is_foreign(of.0, of.1) {
            let name = &child.name;
            let message = text!("`<{name}>` est d'un autre espace de noms", "`<{name}>` is of another namespace");
            let fault = Diagnostic::error("xml/foreign-element", message).help(text!(
                "les éléments d'un manifeste sont de `{NAMESPACE}`",
                "the elements of a manifest are of `{NAMESPACE}`"
            ));
            doc.fault(fault, child.tag.clone(), text!("non lu", "not read"));
        } else {
            strangers(doc, child, false, of);
        }
    }
}

/// What an element says: a text, a list, or a table of its members.
fn value_of(doc: &mut Document, element: &Element, root: bool) -> DeValue<'static> {
    if element.children.is_empty() && !root {
        return DeValue::String(Cow::Owned(element.text.trim().to_owned()));
    }
    if !element.text.trim().is_empty() {
        let name = &element.name;
        let fault = Diagnostic::error(
            "manifest/mixed-text",
            text!("`<{name}>` mêle du texte à des éléments", "`<{name}>` mixes text with elements"),
        );
        doc.fault(fault, element.tag.clone(), text!("l'un ou l'autre", "one or the other"));
    }
    // What is empty says nothing.
    let said = |child: &&Element| !(child.children.is_empty() && child.text.trim().is_empty());
    if !root && element.children.iter().all(|child| child.name == ITEM) {
        let mut items = DeArray::new();
        for child in element.children.iter().filter(said) {
            items.push(Spanned::new(child.inside.clone(), value_of(doc, child, false)));
        }
        return DeValue::Array(items);
    }
    let mut table = DeTable::new();
    for child in &element.children {
        let key = Spanned::new(child.tag.clone(), Cow::Owned(child.name.clone()));
        if let Some((first, _)) = table.get_key_value(&key) {
            let (name, first) = (&child.name, first.span());
            let fault = Diagnostic::error(
                "xml/duplicate-element",
                text!("`<{name}>` donné deux fois", "`<{name}>` given twice"),
            )
            .help(text!("les éléments d'une liste sont des `<{ITEM}>`", "items of a list are `<{ITEM}>` elements"));
            let source = doc.source();
            let fault = fault.at(&source, child.tag.clone(), text!("donné ici encore", "given here again")).at(
                &source,
                first,
                text!("donné ici d'abord", "first given here"),
            );
            doc.faults.push(fault);
        } else if said(&child) {
            let value = value_of(doc, child, false);
            table.insert(key, Spanned::new(child.inside.clone(), value));
        }
    }
    DeValue::Table(table)
}

fn check_schema(doc: &mut Document, schema: &str, span: Span) {
    if schema == SCHEMA {
        return;
    }
    let fault =
        Diagnostic::error("manifest/unknown-schema", text!("schéma `{schema}` inconnu", "unknown schema `{schema}`"))
            .help(text!("cette version de vigie lit `{SCHEMA}`", "this version of vigie reads `{SCHEMA}`"));
    doc.fault(fault, span, text!("non lu", "not read"));
}

fn no_schema(doc: &mut Document) {
    if doc.faults.iter().any(|fault| fault.code.starts_with("toml/")) {
        return;
    }
    let fault = Diagnostic::error(
        "manifest/no-schema",
        text!("ce fichier ne dit pas qu'il est un manifeste", "this file does not say that it is a manifest"),
    )
    .help(text!(
        "ajouter `schema = \"{SCHEMA}\"` ; `vigie gate init` en donne un modèle ; CycloneDX et SPDX sont lus aussi",
        "add `schema = \"{SCHEMA}\"`; `vigie gate init` gives a model; CycloneDX and SPDX are read too"
    ));
    let head = doc.head(&doc.whole());
    doc.fault(fault, head, Text::default());
}
