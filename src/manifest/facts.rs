//! Facts as a document tells them → what is known of each field.

use super::limits::{MAX_FACT, MAX_FAULTS, MAX_ITEMS};
use super::range;
use crate::diag::{Diagnostic, Document, Entry, Span, Text, did_you_mean};
use crate::socle::{FieldId, Manifests, Socle, value_written};
use crate::text;
use crate::value::{Datum, Missing, Type, Value, Version};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use toml::Spanned;
use toml::de::{DeArray, DeValue};

/// The facts of a document, as they are found.
pub(super) struct Facts<'s, 'i> {
    pub(super) socle: &'s Socle,
    pub(super) manifests: &'s Manifests,
    told: BTreeMap<FieldId, Told<'i>>,
}

/// What is told of a field.
struct Told<'i> {
    key: Span,
    value: Spanned<DeValue<'i>>,
    /// Read off a list of components, not said of the release itself: what is said holds.
    found: bool,
}

impl<'s, 'i> Facts<'s, 'i> {
    pub(super) fn new(socle: &'s Socle, manifests: &'s Manifests) -> Facts<'s, 'i> {
        Facts { socle, manifests, told: BTreeMap::new() }
    }

    /// Whether nothing was told but what names the release.
    pub(super) fn says_nothing(&self) -> bool {
        let Manifests { editor, product, version, date, .. } = self.manifests;
        self.told.keys().all(|field| [editor, product, version, date].contains(&field))
    }

    /// Ids of the fields that a manifest may tell.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'s str> {
        let socle = self.socle;
        self.manifests.members.iter().map(|field| socle.fields[usize::from(field.0)].id.as_str())
    }

    /// A fact said of the release under the name of a field.
    pub(super) fn say(&mut self, doc: &mut Document, key: &str, span: Span, value: Spanned<DeValue<'i>>) {
        let field = self.socle.field(key).filter(|field| self.manifests.members.contains(field));
        let Some(field) = field else {
            let mut fault =
                Diagnostic::error("manifest/unknown-key", text!("clé inconnue `{key}`", "unknown key `{key}`"));
            // Looking for near names takes time, and beyond some faults nobody reads them.
            let near = (doc.faults.len() < MAX_FAULTS).then(|| did_you_mean(key, self.keys())).flatten();
            fault.help = near.or_else(|| {
                Some(text!(
                    "`vigie schema release` donne les clés admises",
                    "`vigie schema release` gives the keys allowed"
                ))
            });
            doc.fault(fault, span, text!("clé inconnue", "unknown key"));
            return;
        };
        self.put(doc, field, span, value, false);
    }

    /// A fact found in a list of components.
    pub(super) fn find(&mut self, doc: &mut Document, field: FieldId, text: &str, span: Span) {
        let value = Spanned::new(span.clone(), DeValue::String(text.to_owned().into()));
        self.put(doc, field, span, value, true);
    }

    fn put(&mut self, doc: &mut Document, field: FieldId, key: Span, value: Spanned<DeValue<'i>>, found: bool) {
        let definition = &self.socle.fields[usize::from(field.0)];
        let told = match self.told.entry(field) {
            Slot::Vacant(slot) => {
                slot.insert(Told { key, value, found });
                return;
            }
            Slot::Occupied(slot) => slot.into_mut(),
        };
        if found && !told.found {
            return;
        }
        if told.found && !found {
            *told = Told { key, value, found };
            return;
        }
        // Several values of a list are its items.
        if let Type::List(_) = definition.ty {
            let span = told.value.span();
            let before = std::mem::replace(&mut told.value, Spanned::new(span.clone(), DeValue::Boolean(false)));
            let mut items = match before.into_inner() {
                DeValue::Array(items) => items,
                one => {
                    let mut items = DeArray::new();
                    items.push(Spanned::new(span.clone(), one));
                    items
                }
            };
            items.push(value);
            told.value = Spanned::new(span, DeValue::Array(items));
            return;
        }
        let same =
            matches!((told.value.get_ref(), value.get_ref()), (DeValue::String(a), DeValue::String(b)) if a == b);
        if !same {
            let id = &definition.id;
            let fault = Diagnostic::error(
                "manifest/said-twice",
                text!(
                    "`{id}` est donné deux fois, et les deux valeurs diffèrent",
                    "`{id}` is given twice, and the two values differ"
                ),
            );
            let source = doc.source();
            let first = told.key.clone();
            doc.faults.push(fault.at(&source, key, text!("donné ici encore", "given here again")).at(
                &source,
                first,
                text!("donné ici d'abord", "first given here"),
            ));
        }
    }

    /// What is known of every field, and where.
    pub(super) fn settle(self, doc: &mut Document) -> (Vec<Datum>, BTreeMap<FieldId, Span>) {
        let socle = self.socle;
        let mut record = vec![Datum::Unknown(Missing::NotCollected); socle.fields.len()];
        let mut spans = BTreeMap::new();
        let mut texts: BTreeMap<FieldId, String> = BTreeMap::new();
        for (field, told) in self.told {
            let span = told.value.span();
            if let DeValue::String(text) = told.value.get_ref() {
                if text.chars().count() > MAX_FACT {
                    let message =
                        text!("valeur de plus de {MAX_FACT} caractères", "value of more than {MAX_FACT} characters");
                    doc.fault(Diagnostic::error("manifest/too-long", message), doc.head(&span), Text::default());
                    continue;
                }
                texts.insert(field, text.to_string());
            }
            if let Some(items) = told.value.get_ref().as_array().filter(|items| items.len() > MAX_ITEMS) {
                let n = items.len();
                let message =
                    text!("liste de {n} éléments, {MAX_ITEMS} au plus", "list of {n} items, {MAX_ITEMS} at most");
                doc.fault(Diagnostic::error("manifest/too-many", message), doc.head(&span), Text::default());
                continue;
            }
            let ty = &socle.fields[usize::from(field.0)].ty;
            let rows = match ty {
                Type::List(item) => match **item {
                    Type::Row(table) => Some(table),
                    _ => None,
                },
                _ => None,
            };
            let datum = match rows.filter(|_| range::has_range(told.value.get_ref())) {
                Some(table) => range::list(doc, socle, told.value, table),
                None => value_written(doc, socle, Entry::new(told.value), ty, Some(field)),
            };
            if let Some(datum) = datum {
                record[usize::from(field.0)] = datum;
                spans.insert(field, span);
            }
        }
        // What is known of the name of the product is known of the product.
        let parts: Vec<(FieldId, Vec<FieldId>)> = completed(socle);
        socle.assemble(&|field| texts.get(&field).cloned(), &mut record);
        for (field, parts) in parts {
            if let Some(span) = parts.iter().find_map(|part| spans.get(part).cloned()) {
                spans.entry(field).or_insert(span);
            }
        }
        self::version_form(doc, self.manifests, &texts, &record, &spans);
        (record, spans)
    }
}

/// Fields with those that complete them.
fn completed(socle: &Socle) -> Vec<(FieldId, Vec<FieldId>)> {
    let fields = (0u16..).map(FieldId).zip(&socle.fields);
    let with_parts = fields.filter(|(_, field)| !field.parts.is_empty());
    with_parts.map(|(id, field)| (id, field.parts.iter().map(|part| part.field).collect())).collect()
}

/// Says how a version that is not written in three numbers was read.
fn version_form(
    doc: &mut Document,
    manifests: &Manifests,
    texts: &BTreeMap<FieldId, String>,
    record: &[Datum],
    spans: &BTreeMap<FieldId, Span>,
) {
    let field = manifests.version;
    let (Some(written), Some(span)) = (texts.get(&field), spans.get(&field)) else { return };
    let Some(Value::Version(version)) = record[usize::from(field.0)].known() else { return };
    let written = written.trim();
    if semver::Version::parse(written).is_ok() {
        return;
    }
    if version.is_absent() {
        let message = text!("une version livrée a un numéro", "a release has a version number");
        doc.fault(Diagnostic::error("manifest/no-version", message), span.clone(), text!("« aucune »", "“none”"));
        return;
    }
    let read = three_numbers(version);
    let note = Diagnostic::warning(
        "manifest/lenient-version",
        text!("version `{written}` lue {read}", "version `{written}` read as {read}"),
    )
    .help(text!(
        "l'écrire en trois nombres, MAJEURE.MINEURE.CORRECTIF (semver.org)",
        "write it in three numbers, MAJOR.MINOR.PATCH (semver.org)"
    ));
    doc.fault(note, span.clone(), text!("pas la forme de semver", "not the form of semver"));
}

/// A version with at least three numbers.
pub(super) fn three_numbers(version: &Version) -> String {
    let text = version.to_string();
    let (numbers, pre) = text.split_at(text.find('-').unwrap_or(text.len()));
    let missing = 2usize.saturating_sub(numbers.matches('.').count());
    format!("{numbers}{}{pre}", ".0".repeat(missing))
}
