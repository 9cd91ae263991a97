//! Facts as a document tells them → what is known of each field.

use super::limits::{MAX_FACT, MAX_FAULTS, MAX_ITEMS};
use super::range;
use crate::diag::{Diagnostic, Document, Entry, Severity, Span, Text, did_you_mean};
use crate::socle::{FieldId, Manifests, Socle, value_written};
use crate::text;
use crate::value::{Date, Datum, Missing, Type, Value, Version};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use toml::Spanned;
use toml::de::{DeArray, DeValue};

/// The facts of a document, as they are found.
pub(super) struct Facts<'s, 'i> {
    pub(super) socle: &'s Socle,
    pub(super) manifests: &'s Manifests,
    /// What is over on this day tells nothing.
    pub(super) today: Date,
    told: BTreeMap<FieldId, Told<'i>>,
}

/// What is told of a field.
struct Told<'i> {
    key: Span,
    value: Spanned<DeValue<'i>>,
    /// Read off a list of components, not said of the release itself: what is said holds.
    found: bool,
    /// Another value that was found, and its place: neither is taken.
    other: Option<(String, Span)>,
}

impl<'s, 'i> Facts<'s, 'i> {
    pub(super) fn new(socle: &'s Socle, manifests: &'s Manifests, today: Date) -> Facts<'s, 'i> {
        Facts { socle, manifests, today, told: BTreeMap::new() }
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
                slot.insert(Told { key, value, found, other: None });
                return;
            }
            Slot::Occupied(slot) => slot.into_mut(),
        };
        if found && !told.found {
            return;
        }
        if told.found && !found {
            *told = Told { key, value, found, other: None };
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
        if !same && found {
            // Tools list what they meet, several builds of a component among it: nobody has it at hand to correct.
            let other = value.get_ref().as_str().unwrap_or_default().to_owned();
            told.other.get_or_insert((other, key));
        } else if !same {
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
        let who = self.manifests.audience(socle).map(|(field, _)| field);
        for (field, told) in self.told {
            let span = told.value.span();
            if told.other.is_some() {
                listed_twice(doc, self.manifests, &socle.fields[usize::from(field.0)].id, &told);
                continue;
            }
            if who == Some(field) && told.value.get_ref().as_array().is_some_and(|items| items.is_empty()) {
                for_nobody(doc, &socle.fields[usize::from(field.0)].id, span);
                continue;
            }
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
                _ if told.found => found(doc, socle, told.value, ty, field),
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
        self::date_forms(doc, socle, &texts, &record, &spans);
        (record, spans)
    }
}

/// What was found in a list of components: what does not read is unknown, and said, for tools wrote it.
fn found(doc: &mut Document, socle: &Socle, value: Spanned<DeValue<'_>>, ty: &Type, field: FieldId) -> Option<Datum> {
    let id = &socle.fields[usize::from(field.0)].id;
    let Type::List(item) = ty else { return lenient(doc, socle, value, ty, Some(field), id) };
    let span = value.span();
    let items = match value.into_inner() {
        DeValue::Array(items) => items.into_iter().collect(),
        one => vec![Spanned::new(span, one)],
    };
    let data: Vec<Datum> = items
        .into_iter()
        .map(|value| lenient(doc, socle, value, item, None, id).unwrap_or(Datum::Unknown(Missing::Unreadable)))
        .collect();
    Some(Value::List(data.into()).into())
}

/// A value; `None`, with a warning, when it does not read.
fn lenient(
    doc: &mut Document,
    socle: &Socle,
    value: Spanned<DeValue<'_>>,
    ty: &Type,
    field: Option<FieldId>,
    id: &str,
) -> Option<Datum> {
    let before = doc.faults.len();
    let datum = value_written(doc, socle, Entry::new(value), ty, field);
    for fault in &mut doc.faults[before..] {
        fault.severity = Severity::Warning;
        fault.code = "manifest/unreadable-component";
        fault.labels.iter_mut().for_each(|label| label.message = text!("reste inconnu", "stays unknown"));
        fault.help = Some(text!(
            "la propriété de `{id}` le dit mieux : elle l'emporte",
            "the property of `{id}` tells it better: it prevails"
        ));
    }
    datum
}

/// A component that a bill lists in several versions.
fn listed_twice(doc: &mut Document, manifests: &Manifests, id: &str, told: &Told<'_>) {
    let Some((other, span)) = &told.other else { return };
    let (first, prefix) = (told.value.get_ref().as_str().unwrap_or_default(), &manifests.prefix);
    let note = Diagnostic::warning(
        "manifest/listed-twice",
        text!(
            "le composant qui donne `{id}` est listé en `{first}` et en `{other}` : lequel vaut reste inconnu",
            "the component that gives `{id}` is listed as `{first}` and as `{other}`: which one holds stays unknown"
        ),
    )
    .help(text!(
        "la propriété `{prefix}{id}` du produit tranche",
        "the property `{prefix}{id}` of the product settles it"
    ));
    let source = doc.source();
    doc.faults.push(note.at(&source, span.clone(), text!("listé ici encore", "listed here again")).at(
        &source,
        told.key.clone(),
        text!("listé ici d'abord", "first listed here"),
    ));
}

/// A release that is for nobody: no rule would concern it.
fn for_nobody(doc: &mut Document, id: &str, span: Span) {
    let fault = Diagnostic::error(
        "manifest/empty-list",
        text!("`{id}` est vide : une version est destinée à quelqu'un", "`{id}` is empty: a release is for someone"),
    )
    .help(text!(
        "les nommer, ou retirer la clé : c'est alors inconnu",
        "name them, or remove the key: it is then unknown"
    ));
    doc.fault(fault, span, text!("liste vide", "empty list"));
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

/// Says how a date that is not written as ISO 8601 has it was read.
fn date_forms(
    doc: &mut Document,
    socle: &Socle,
    texts: &BTreeMap<FieldId, String>,
    record: &[Datum],
    spans: &BTreeMap<FieldId, Span>,
) {
    for (field, written) in texts {
        let (Some(Value::Date(date)), Some(span)) = (record[usize::from(field.0)].known(), spans.get(field)) else {
            continue;
        };
        let (id, written) = (&socle.fields[usize::from(field.0)].id, written.trim());
        if Date::parse_iso(written).is_none() {
            let note = Diagnostic::warning(
                "manifest/lenient-date",
                text!("`{id}` : date `{written}` lue {date}", "`{id}`: date `{written}` read as {date}"),
            )
            .help(text!("l'écrire AAAA-MM-JJ", "write it YYYY-MM-DD"));
            doc.fault(note, span.clone(), text!("pas la forme AAAA-MM-JJ", "not the form YYYY-MM-DD"));
        }
    }
}

/// A version with at least three numbers.
pub(super) fn three_numbers(version: &Version) -> String {
    let text = version.to_string();
    let (numbers, pre) = text.split_at(text.find('-').unwrap_or(text.len()));
    let missing = 2usize.saturating_sub(numbers.matches('.').count());
    format!("{numbers}{}{pre}", ".0".repeat(missing))
}
