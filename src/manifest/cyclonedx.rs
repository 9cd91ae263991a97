//! CycloneDX 1.4 to 1.7, JSON and XML: what it is about, its properties, its components and, from 1.6 on, its
//! declarations.
//!
//! In declarations, a claim about the product tells a fact by its predicate (`fr:vigie:FIELD=VALUE`), or by the
//! pieces of evidence that it rests on (`propertyName` `fr:vigie:FIELD`, the value as the text of its data). A claim
//! that has counter-evidence tells nothing, and evidence that is over neither.

use super::bill::{Bill, Said, stated};
use super::facts::Facts;
use super::xml::Element;
use crate::diag::{Diagnostic, Document, Span};
use crate::text;
use crate::value::Date;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use toml::de::DeValue;

/// Editions read.
const EDITIONS: [&str; 4] = ["1.4", "1.5", "1.6", "1.7"];

type Node<'v, 'i> = &'v Spanned<DeValue<'i>>;

/// JSON; the format with its edition.
pub(super) fn json(doc: &mut Document, root: &DeValue<'_>, facts: &mut Facts<'_, '_>) -> String {
    if !is_format(doc, root) {
        return "cyclonedx-json".to_owned();
    }
    let edition = match root.get("specVersion") {
        Some(node) => said(node).unwrap_or_else(|| (doc.written(&node.span()), node.span())),
        None => (String::new(), doc.whole()),
    };
    if root.get("specVersion").is_some_and(|node| !node.get_ref().is_str()) {
        refuse_edition(doc, &edition.0, edition.1);
        return "cyclonedx-json".to_owned();
    }
    if !check_edition(doc, &edition.0, edition.1.clone()) {
        return "cyclonedx-json".to_owned();
    }
    let mut bill = Bill { how: how(&facts.manifests.prefix), ..Bill::default() };
    let metadata = root.get("metadata").map(Spanned::get_ref);
    let product = metadata.and_then(|metadata| metadata.get("component")).map(Spanned::get_ref);
    bill.created = metadata.and_then(|metadata| text_at(metadata, "timestamp"));
    let maker = |of: Option<&DeValue<'_>>, key: &str| of?.get(key).and_then(|maker| text_at(maker.get_ref(), "name"));
    bill.editor = maker(product, "manufacturer")
        .or_else(|| maker(product, "supplier"))
        .or_else(|| product.and_then(|product| text_at(product, "publisher")))
        .or_else(|| maker(metadata, "manufacturer"))
        .or_else(|| maker(metadata, "manufacture"))
        .or_else(|| maker(metadata, "supplier"));
    let product_ref = product.and_then(|product| text_at(product, "bom-ref"));
    if let Some(product) = product {
        bill.product = text_at(product, "name");
        bill.version = text_at(product, "version");
    }
    for holder in [Some(root), metadata, product].into_iter().flatten() {
        for property in items(holder.get("properties")) {
            let property = property.get_ref();
            bill.properties.extend(text_at(property, "name").map(|name| (name, text_at(property, "value"))));
        }
    }
    // The parts of the product stand in it, or beside it.
    for holder in [Some(root), product].into_iter().flatten() {
        components(holder, &mut bill);
    }
    if edition.0.as_str() >= "1.6"
        && let Some(declarations) = root.get("declarations")
    {
        declared(doc, declarations.get_ref(), product_ref.as_ref(), &mut bill, facts.today);
    }
    bill.tell(doc, facts);
    format!("cyclonedx-{}-json", edition.0)
}

fn components(holder: &DeValue<'_>, bill: &mut Bill) {
    for component in items(holder.get("components")) {
        let component = component.get_ref();
        if let Some(name) = text_at(component, "name") {
            let version = text_at(component, "version");
            component_of(bill, text_at(component, "type").map(|said| said.0), name, version);
        }
        components(component, bill);
    }
}

fn component_of(bill: &mut Bill, kind: Option<String>, name: Said, version: Option<Said>) {
    if kind.as_deref() == Some("operating-system") {
        let (text, span) = name;
        let whole = version.map_or_else(|| text.clone(), |(version, _)| format!("{text} {version}"));
        bill.systems.push((whole, span));
    } else if let Some(version) = version {
        bill.components.push((name, version));
    }
}

fn declared(doc: &mut Document, declarations: &DeValue<'_>, product: Option<&Said>, bill: &mut Bill, today: Date) {
    let listed = declarations.get("targets").and_then(|targets| targets.get_ref().get("components"));
    let mut targets = Targets::new(product.map(|(known, _)| known.clone()));
    for component in items(listed).map(Spanned::get_ref) {
        targets.add(text_at(component, "bom-ref"), text_at(component, "name"), bill);
    }
    let mut known: BTreeMap<String, (Said, Option<Said>)> = BTreeMap::new();
    for evidence in items(declarations.get("evidence")).map(Spanned::get_ref) {
        if expired(doc, text_at(evidence, "expires"), today) {
            continue;
        }
        let value = items(evidence.get("data"))
            .find_map(|data| {
                let attachment = data.get_ref().get("contents")?.get_ref().get("attachment")?;
                text_at(attachment.get_ref(), "content")
            })
            .or_else(|| text_at(evidence, "description"));
        let fact = text_at(evidence, "propertyName").map(|name| (name, value));
        known.extend(text_at(evidence, "bom-ref").map(|(name, _)| name).zip(fact));
    }
    let mut told = Vec::new();
    for claim in items(declarations.get("claims")).map(Spanned::get_ref) {
        if !targets.hold(text_at(claim, "target")) {
            continue;
        }
        let contested = items(claim.get("counterEvidence")).next().is_some();
        let predicate = text_at(claim, "predicate");
        let refs = items(claim.get("evidence")).filter_map(said);
        let facts = predicate.iter().map(stated).chain(refs.filter_map(|(name, _)| known.get(&name).cloned()));
        let facts = facts.collect();
        take(doc, facts, contested, &mut told);
    }
    bill.properties.append(&mut told);
}

/// What claims may be about: the product, by its own reference or by one of the targets that are it.
struct Targets(BTreeSet<String>);

impl Targets {
    fn new(product: Option<String>) -> Targets {
        Targets(product.into_iter().collect())
    }

    /// A target: the product when it has its name.
    fn add(&mut self, reference: Option<Said>, name: Option<Said>, bill: &Bill) {
        let same = name.map(|said| said.0) == bill.product.as_ref().map(|said| said.0.clone());
        self.0.extend(reference.filter(|_| same).map(|said| said.0));
    }

    /// Whether a claim about this is one about the product; one about nothing is.
    fn hold(&self, target: Option<Said>) -> bool {
        target.is_none_or(|(target, _)| self.0.contains(&target))
    }
}

/// Whether evidence is over; it is said then.
fn expired(doc: &mut Document, expires: Option<Said>, today: Date) -> bool {
    let Some((text, span)) = expires else { return false };
    let day = text.get(..10).and_then(Date::parse_iso).filter(|day| *day < today);
    let Some(day) = day else { return false };
    let message = text!(
        "cette preuve a expiré le {day} : elle n'est pas retenue",
        "this evidence expired on {day}: it is not taken"
    );
    doc.fault(Diagnostic::warning("manifest/expired-evidence", message), span, text!("expirée", "expired"));
    true
}

fn take(doc: &mut Document, facts: Vec<(Said, Option<Said>)>, contested: bool, told: &mut Vec<(Said, Option<Said>)>) {
    if !contested {
        told.extend(facts);
        return;
    }
    for ((name, span), _) in facts {
        let message = text!(
            "l'affirmation sur `{name}` a des contre-preuves : elle n'est pas retenue",
            "the claim about `{name}` has counter-evidence: it is not taken"
        );
        let label = text!("non retenue", "not taken");
        doc.fault(Diagnostic::warning("manifest/contested-claim", message), span, label);
    }
}

/// XML; the format with its edition.
pub(super) fn xml(doc: &mut Document, root: &Element, facts: &mut Facts<'_, '_>) -> String {
    let namespace = root.namespace.as_deref().unwrap_or_default();
    let edition = namespace.strip_prefix("http://cyclonedx.org/schema/bom/").unwrap_or_default().to_owned();
    if !check_edition(doc, &edition, root.tag.clone()) {
        return "cyclonedx-xml".to_owned();
    }
    let mut bill = Bill { how: how_in_xml(&facts.manifests.prefix), ..Bill::default() };
    let metadata = root.child("metadata");
    let product = metadata.and_then(|metadata| metadata.child("component"));
    bill.created = metadata.and_then(|metadata| inner(metadata, "timestamp"));
    let maker = |of: Option<&Element>, key: &str| of?.child(key).and_then(|maker| inner(maker, "name"));
    bill.editor = maker(product, "manufacturer")
        .or_else(|| maker(product, "supplier"))
        .or_else(|| product.and_then(|product| inner(product, "publisher")))
        .or_else(|| maker(metadata, "manufacturer"))
        .or_else(|| maker(metadata, "manufacture"))
        .or_else(|| maker(metadata, "supplier"));
    if let Some(product) = product {
        bill.product = inner(product, "name");
        bill.version = inner(product, "version");
    }
    for holder in [Some(root), metadata, product].into_iter().flatten() {
        for property in holder.all("properties").flat_map(|list| list.all("property")) {
            let name = property.attribute("name").map(|name| (name.to_owned(), property.tag.clone()));
            let (value, span) = property.said();
            bill.properties.extend(name.map(|name| (name, Some((value.to_owned(), span)))));
        }
    }
    for holder in [Some(root), product].into_iter().flatten() {
        xml_components(holder, &mut bill);
    }
    if edition.as_str() >= "1.6"
        && let Some(declarations) = root.child("declarations")
    {
        let product = product.and_then(|product| product.attribute("bom-ref"));
        xml_declared(doc, declarations, product, &mut bill, facts.today);
    }
    bill.tell(doc, facts);
    format!("cyclonedx-{edition}-xml")
}

fn xml_components(holder: &Element, bill: &mut Bill) {
    for component in holder.all("components").flat_map(|list| list.all("component")) {
        if let Some(name) = inner(component, "name") {
            component_of(bill, component.attribute("type").map(str::to_owned), name, inner(component, "version"));
        }
        xml_components(component, bill);
    }
}

fn xml_declared(doc: &mut Document, declarations: &Element, product: Option<&str>, bill: &mut Bill, today: Date) {
    let mut targets = Targets::new(product.map(str::to_owned));
    let listed = declarations.all("targets").flat_map(|targets| targets.all("components"));
    for component in listed.flat_map(|list| list.all("component")) {
        let reference = component.attribute("bom-ref").map(|name| (name.to_owned(), component.tag.clone()));
        targets.add(reference, inner(component, "name"), bill);
    }
    let mut known: BTreeMap<&str, (Said, Option<Said>)> = BTreeMap::new();
    for evidence in declarations.all("evidence").flat_map(|list| list.all("evidence")) {
        if expired(doc, inner(evidence, "expires"), today) {
            continue;
        }
        let value = evidence
            .all("data")
            .find_map(|data| {
                let attachment = data.child("contents")?.child("attachment")?;
                let (text, span) = attachment.said();
                Some((text.to_owned(), span))
            })
            .or_else(|| inner(evidence, "description"));
        let fact = inner(evidence, "propertyName").map(|name| (name, value));
        known.extend(evidence.attribute("bom-ref").zip(fact));
    }
    let mut told = Vec::new();
    for claim in declarations.all("claims").flat_map(|list| list.all("claim")) {
        if !targets.hold(inner(claim, "target")) {
            continue;
        }
        let contested = claim.child("counterEvidence").is_some();
        let predicate = inner(claim, "predicate");
        let refs = claim.all("evidence").map(|evidence| evidence.said().0);
        let facts = predicate.iter().map(stated).chain(refs.filter_map(|name| known.get(name).cloned())).collect();
        take(doc, facts, contested, &mut told);
    }
    bill.properties.append(&mut told);
}

fn inner(element: &Element, name: &str) -> Option<Said> {
    let (text, span) = element.child(name)?.said();
    Some((text.to_owned(), span))
}

/// Whether a document of JSON is what it must say that it is.
fn is_format(doc: &mut Document, root: &DeValue<'_>) -> bool {
    let Some(node) = root.get("bomFormat") else { return true };
    if node.get_ref().as_str() == Some("CycloneDX") {
        return true;
    }
    let fault = Diagnostic::error(
        "manifest/unknown-format",
        text!("cette nomenclature ne se dit pas CycloneDX", "this bill does not say that it is CycloneDX"),
    )
    .help(text!("écrire `\"bomFormat\": \"CycloneDX\"`", "write `\"bomFormat\": \"CycloneDX\"`"));
    doc.fault(fault, node.span(), text!("`CycloneDX` attendu", "expected `CycloneDX`"));
    false
}

fn check_edition(doc: &mut Document, edition: &str, span: Span) -> bool {
    if EDITIONS.contains(&edition) {
        return true;
    }
    refuse_edition(doc, edition, span);
    false
}

fn refuse_edition(doc: &mut Document, edition: &str, span: Span) {
    let [first, .., last] = EDITIONS;
    let fault = Diagnostic::error(
        "manifest/unknown-edition",
        text!("CycloneDX `{edition}` n'est pas lu", "CycloneDX `{edition}` is not read"),
    )
    .help(text!("éditions lues : \"{first}\" à \"{last}\"", "editions read: \"{first}\" to \"{last}\""));
    let head = doc.head(&span);
    doc.fault(fault, head, text!("édition", "edition"));
}

fn how(prefix: &str) -> crate::diag::Text {
    text!(
        "ajouter à `metadata.component` des `properties` comme `{{\"name\": \"{prefix}CHAMP\", \"value\": \"…\"}}`",
        "add to `metadata.component` `properties` such as `{{\"name\": \"{prefix}FIELD\", \"value\": \"…\"}}`"
    )
}

fn how_in_xml(prefix: &str) -> crate::diag::Text {
    text!(
        "ajouter à `<metadata><component>` des `<properties>` comme `<property name=\"{prefix}CHAMP\">…</property>`",
        "add to `<metadata><component>` `<properties>` such as `<property name=\"{prefix}FIELD\">…</property>`"
    )
}

/// A text with its place.
pub(super) fn said(node: Node<'_, '_>) -> Option<Said> {
    Some((node.get_ref().as_str()?.to_owned(), node.span()))
}

/// The text of a key.
pub(super) fn text_at(value: &DeValue<'_>, key: &str) -> Option<Said> {
    value.get(key).and_then(said)
}

/// The items of a list, none when it is no list.
pub(super) fn items<'v, 'i>(node: Option<Node<'v, 'i>>) -> impl Iterator<Item = Node<'v, 'i>> {
    node.and_then(|node| node.get_ref().as_array()).into_iter().flat_map(|array| array.iter())
}
