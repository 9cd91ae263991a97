//! `[manifest]` of `fields.toml`: which fields tell of a release, and how.

use super::fields::{duplicate, known_field};
use super::types::record_id;
use crate::diag::{Diagnostic, Document, Entry, Section, Text, did_you_mean};
use crate::socle::identifier::Accepted;
use crate::socle::manifest::Manifests;
use crate::socle::read::FieldReader;
use crate::socle::{Field, FieldId, Member, RecordType, Role, Socle};
use crate::text;
use crate::value::Type;

/// Reads it, and makes the field of what is delivered.
pub(super) fn keys(doc: &mut Document, mut section: Section<'_>, socle: &mut Socle) {
    let kind = section.required_string(doc, "kind");
    let prefix = section.required_string(doc, "prefix");
    let mut field = |doc: &mut Document, key: &'static str| {
        let (name, span) = section.required_string(doc, key)?;
        known_field(doc, socle, &name, span)
    };
    let [editor, product, version, date, systems] =
        ["editor", "product", "version", "date", "systems"].map(|key| field(doc, key));
    let table = section.required_string(doc, "components");
    let feeds = section.section(doc, "feeds");
    let mut fields = |doc: &mut Document, key: &'static str| -> Vec<FieldId> {
        let names = section.strings(doc, key).into_iter();
        names.filter_map(|(name, span)| known_field(doc, socle, &name, span)).collect()
    };
    let (asks, by) = (fields(doc, "asks"), fields(doc, "by"));
    let delivered = section.take("delivered");
    let head = section.span.clone();
    section.finish(doc);
    let (Some((kind, _)), Some((prefix, _)), Some((table, span))) = (kind, prefix, table) else { return };
    let (Some(editor), Some(product), Some(version), Some(date), Some(systems)) =
        (editor, product, version, date, systems)
    else {
        return;
    };
    let Some(components) = socle.tables.table_named(&table) else {
        let message = text!("le socle n'a pas de table `{table}`", "the socle has no table `{table}`");
        doc.fault(Diagnostic::error("socle/unknown-table", message), span, text!("table inconnue", "unknown table"));
        return;
    };
    let mut fed = Vec::new();
    for (row, span, entry) in feeds.map(|mut feeds| feeds.drain()).unwrap_or_default() {
        let known = socle.tables.row_named(components, &row);
        let Some((name, name_span)) = entry.string(doc) else { continue };
        let Some(known) = known else {
            let message = text!("`{table}` n'a pas de ligne `{row}`", "`{table}` has no row `{row}`");
            let mut fault = Diagnostic::error("socle/unknown-row", message);
            let rows = &socle.tables.table(components).rows;
            fault.help = did_you_mean(&row, rows.iter().map(|row| row.id.as_str()));
            doc.fault(fault, span, text!("ligne inconnue", "unknown row"));
            continue;
        };
        fed.extend(known_field(doc, socle, &name, name_span).map(|field| (known, field)));
    }
    let Some(delivered) = delivered else {
        doc.missing_key(head, "delivered");
        return;
    };
    let fields = (0u16..).map(FieldId).zip(&socle.fields);
    let members: Vec<FieldId> = fields.filter(|(_, field)| field.kinds.contains(&kind)).map(|(id, _)| id).collect();
    let Some((delivered, installed)) = delivered_field(doc, delivered, socle, &members) else { return };
    socle.manifests = Some(Manifests {
        kind,
        prefix,
        editor,
        product,
        version,
        date,
        systems,
        components,
        feeds: fed,
        asks,
        by,
        delivered,
        members,
        installed,
    });
}

/// The field of what is delivered: a record of all the fields of a manifest.
fn delivered_field(
    doc: &mut Document,
    entry: Entry<'_>,
    socle: &mut Socle,
    members: &[FieldId],
) -> Option<(FieldId, String)> {
    let mut section = entry.section(doc)?;
    let id = section.required_string(doc, "id");
    let kind = section.required_string(doc, "kind");
    let label = section.text(doc, "label");
    section.finish(doc);
    let ((id, span), (kind, _)) = (id?, kind?);
    if socle.field(&id).is_some() || socle.tables.record_named(&id).is_some() || socle.tables.table_named(&id).is_some()
    {
        duplicate(doc, &id, span);
        return None;
    }
    let members = members.iter().map(|field| {
        let field = &socle.fields[usize::from(field.0)];
        Member { name: field.id.clone(), label: field.label.clone(), ty: field.ty.clone() }
    });
    let label = label.unwrap_or_else(|| Text::same(id.clone()));
    let record_type = RecordType { id: id.clone(), label: label.clone(), members: members.collect() };
    let number = socle.add_record_field(record_type, id, kind.clone(), label, Role::Delivered)?;
    Some((number, kind))
}

impl Socle {
    /// Adds a field that no column gives: a record that vigie itself fills.
    pub(super) fn add_record_field(
        &mut self,
        record: RecordType,
        id: String,
        kind: String,
        label: Text,
        role: Role,
    ) -> Option<FieldId> {
        let (at, number) = (self.tables.records.len(), u16::try_from(self.fields.len()).ok()?);
        self.tables.extracts.push(vec![]);
        self.tables.records.push(record);
        self.fields.push(Field {
            id,
            kinds: vec![kind],
            ty: Type::Record(record_id(at)),
            label,
            headers: Vec::new(),
            parts: Vec::new(),
            role: Some(role),
            wide: false,
        });
        let accepted = Accepted::of(&self.schemes, |_| true);
        self.readers.push(FieldReader { pattern: None, accepted, rewrite: Vec::new() });
        Some(FieldId(number))
    }
}
