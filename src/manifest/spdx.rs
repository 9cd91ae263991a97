//! SPDX 2.2 and 2.3, JSON: the package described, its annotations and external references, the other packages.

use super::bill::{Bill, Said, is_no_version};
use super::cyclonedx::{items, said, text_at};
use super::facts::Facts;
use crate::diag::{Diagnostic, Document};
use crate::text;
use toml::Spanned;
use toml::de::DeValue;

/// The format with its edition.
pub(super) fn json(doc: &mut Document, root: &DeValue<'_>, facts: &mut Facts<'_, '_>) -> String {
    let edition =
        root.get("spdxVersion").map(|node| said(node).unwrap_or_else(|| (doc.written(&node.span()), node.span())));
    let number = edition.as_ref().and_then(|(text, _)| text.strip_prefix("SPDX-")).map(str::to_owned);
    if !matches!(number.as_deref(), Some("2.2" | "2.3")) {
        let shown = edition.as_ref().map_or("3", |(text, _)| text.as_str());
        let fault = Diagnostic::error(
            "manifest/unknown-edition",
            text!("SPDX `{shown}` n'est pas lu", "SPDX `{shown}` is not read"),
        )
        .help(text!(
            "éditions lues : `SPDX-2.2` et `SPDX-2.3`, en JSON",
            "editions read: `SPDX-2.2` and `SPDX-2.3`, in JSON"
        ));
        let span = edition.map_or_else(|| doc.head(&doc.whole()), |(_, span)| span);
        doc.fault(fault, span, text!("édition", "edition"));
        return "spdx".to_owned();
    }
    let prefix = &facts.manifests.prefix;
    let mut bill = Bill {
        how: text!(
            "ajouter à ce paquet des `annotations` de `comment` `{prefix}CHAMP=…`",
            "add to this package `annotations` whose `comment` is `{prefix}FIELD=…`"
        ),
        ..Bill::default()
    };
    let created = root.get("creationInfo").and_then(|info| text_at(info.get_ref(), "created"));
    bill.created = created;
    let described = described(root);
    let found =
        items(root.get("packages")).any(|package| text_at(package.get_ref(), "SPDXID").map(|said| said.0) == described);
    if described.is_none() || !found {
        undescribed(doc, root);
    }
    let is_product = |package: &DeValue<'_>| {
        let id = text_at(package, "SPDXID").map(|said| said.0);
        described.is_some() && id == described
    };
    annotations(root, &mut bill);
    for package in items(root.get("packages")).map(Spanned::get_ref) {
        let (name, version) = (text_at(package, "name"), text_at(package, "versionInfo"));
        if !is_product(package) {
            bill.components.extend(name.zip(version));
            continue;
        }
        bill.editor = text_at(package, "supplier").and_then(organization);
        (bill.product, bill.version) = (name, version);
        annotations(package, &mut bill);
        for reference in items(package.get("externalRefs")).map(Spanned::get_ref) {
            let value = text_at(reference, "referenceLocator").map(|(text, span)| (unescaped(&text), span));
            bill.properties.extend(text_at(reference, "referenceType").map(|name| (name, value)));
        }
    }
    bill.tell(doc, facts);
    format!("spdx-{}", number.unwrap_or_default())
}

/// Id of the package that the document says it describes.
fn described(root: &DeValue<'_>) -> Option<String> {
    let listed = items(root.get("documentDescribes")).find_map(said).map(|said| said.0);
    listed.or_else(|| {
        items(root.get("relationships")).map(Spanned::get_ref).find_map(|relationship| {
            let text = |key| text_at(relationship, key).map(|said| said.0);
            match text("relationshipType").as_deref() {
                Some("DESCRIBES") => text("relatedSpdxElement"),
                Some("DESCRIBED_BY") => text("spdxElementId"),
                _ => None,
            }
        })
    })
}

/// Says that no package is known to be the product: what packages tell is then told of parts.
fn undescribed(doc: &mut Document, root: &DeValue<'_>) {
    let span = root.get("packages").map_or_else(|| doc.whole(), Spanned::span);
    let fault = Diagnostic::warning(
        "manifest/no-product",
        text!(
            "aucun paquet n'est dit être le produit : ce que les paquets déclarent n'est pas retenu",
            "no package is said to be the product: what packages declare is not taken"
        ),
    )
    .help(text!(
        "donner son `SPDXID` dans `documentDescribes`, ou une relation `DESCRIBES`",
        "give its `SPDXID` in `documentDescribes`, or a `DESCRIBES` relationship"
    ));
    let head = doc.head(&span);
    doc.fault(fault, head, text!("lequel ?", "which one?"));
}

fn annotations(holder: &DeValue<'_>, bill: &mut Bill) {
    for annotation in items(holder.get("annotations")).map(Spanned::get_ref) {
        if let Some(comment) = text_at(annotation, "comment") {
            bill.statement(&comment);
        }
    }
}

/// `Organization: Name (address)` → the name alone: an address is of a person, or of nobody.
fn organization((text, span): Said) -> Option<Said> {
    let name = text.strip_prefix("Organization:").unwrap_or(&text);
    let name = name.split('(').next().unwrap_or_default().trim();
    (!is_no_version(name) && !text.starts_with("Person:")).then(|| (name.to_owned(), span))
}

/// A locator has no blank: they are written `%20`.
fn unescaped(text: &str) -> String {
    text.replace("%20", " ")
}
