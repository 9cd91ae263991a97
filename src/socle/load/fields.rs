//! `fields.toml`: fields and record types.

use super::pattern::lazy;
use super::table::word_map;
use super::types::{TypeNames, record_id};
use crate::diag::{Diagnostic, Document, Entry, Section, Span, Text, did_you_mean};
use crate::socle::identifier::Accepted;
use crate::socle::read::FieldReader;
use crate::socle::regex::LazyPattern;
use crate::socle::{Field, FieldId, Member, Part, RecordType, Role, Socle, fold};
use crate::text;
use crate::value::{RecordId, Type};

/// Names that conditions give another meaning.
const TAKEN: [&str; 5] = ["today", "previous", "true", "false", "in"];

/// Reads records, then fields, then what links fields together.
pub(super) fn read(doc: &mut Document, mut section: Section<'_>, socle: &mut Socle, types: &mut TypeNames) {
    if let Some(mut words) = section.section(doc, "words") {
        socle.headers.words = word_map(doc, &mut words);
    }
    let mut records = Vec::new();
    for mut record in section.sections(doc, "record") {
        let Some((id, span)) = record.required_string(doc, "id") else { continue };
        let index = socle.tables.records.len();
        types.add(doc, &id, Type::Record(record_id(index)), span);
        let label = record.text(doc, "label").unwrap_or_else(|| Text::same(id.clone()));
        socle.tables.records.push(RecordType { id, label, members: Vec::new() });
        socle.tables.extracts.push(Vec::new());
        records.push((index, record));
    }
    for (index, mut record) in records {
        for member in record.sections(doc, "member") {
            read_member(doc, member, &mut socle.tables.records[index], &mut socle.tables.extracts[index], types);
        }
        record.finish(doc);
    }
    let mut parts = Vec::new();
    for field in section.sections(doc, "field") {
        read_field(doc, field, socle, types, &mut parts);
    }
    let catalogue = section.section(doc, "catalogue");
    let manifest = section.section(doc, "manifest");
    section.finish(doc);
    for (field, entry) in parts {
        read_parts(doc, socle, field, entry);
    }
    if let Some(section) = catalogue {
        super::catalogue::keys(doc, section, socle);
    }
    if let Some(section) = manifest {
        super::manifest::keys(doc, section, socle);
    }
}

fn read_member(
    doc: &mut Document,
    mut section: Section<'_>,
    record: &mut RecordType,
    extracts: &mut Vec<Option<LazyPattern>>,
    types: &TypeNames,
) {
    let name = section.required_string(doc, "name");
    let ty = section.required_string(doc, "type").and_then(|(ty, span)| types.parse(doc, &ty, span));
    let label = section.text(doc, "label");
    let pattern = lazy(doc, &mut section, "pattern", types.trusted);
    section.finish(doc);
    let (Some((name, span)), Some(ty)) = (name, ty) else { return };
    if record.members.iter().any(|member| member.name == name) {
        duplicate(doc, &name, span);
        return;
    }
    record.members.push(Member { label: label.unwrap_or_else(|| Text::same(name.clone())), name, ty });
    extracts.push(pattern);
}

pub(super) fn duplicate(doc: &mut Document, id: &str, span: Span) {
    doc.fault(
        Diagnostic::error(
            "socle/duplicate-id",
            text!("le nom `{id}` est déjà pris", "the name `{id}` is already taken"),
        ),
        span,
        text!("déjà pris", "already taken"),
    );
}

fn read_field<'i>(
    doc: &mut Document,
    mut section: Section<'i>,
    socle: &mut Socle,
    types: &TypeNames,
    parts: &mut Vec<(FieldId, Entry<'i>)>,
) {
    let id = section.required_string(doc, "id");
    let ty = section.required_string(doc, "type").and_then(|(ty, span)| types.parse(doc, &ty, span));
    let kinds: Vec<String> = section.strings(doc, "kinds").into_iter().map(|(kind, _)| kind).collect();
    let label = section.text(doc, "label");
    let headers = section.strings(doc, "headers");
    let role = section.string(doc, "role").and_then(|(role, span)| read_role(doc, &role, span));
    let wide = section.take("wide").and_then(|entry| entry.bool(doc)).unwrap_or(false);
    let pattern = lazy(doc, &mut section, "pattern", types.trusted);
    let schemes = section.take("schemes").map(|entry| entry.strings(doc));
    let mut rewrite = Vec::new();
    for mut rule in section.sections(doc, "rewrite") {
        let found = lazy(doc, &mut rule, "match", types.trusted);
        let to = rule.required_string(doc, "to");
        let _ = rule.text(doc, "remark");
        rule.finish(doc);
        if let (Some(found), Some((to, _))) = (found, to) {
            rewrite.push((found, to));
        }
    }
    let mut among = Vec::new();
    for mut rule in section.sections(doc, "among") {
        let header = rule.required_string(doc, "header");
        let beside: Vec<String> =
            rule.strings(doc, "beside").iter().map(|(header, _)| socle.header_key(header)).collect();
        rule.finish(doc);
        among.extend(header.map(|(header, _)| (socle.header_key(&header), beside)));
    }
    let part_entry = section.take("parts");
    let _ = section.text(doc, "remark");
    section.finish(doc);
    let Some((id, id_span)) = id else { return };
    if socle.field(&id).is_some() || TAKEN.contains(&id.as_str()) {
        duplicate(doc, &id, id_span);
        return;
    }
    let accepted = match schemes {
        None => Accepted::of(&socle.schemes, |_| true),
        Some(names) => {
            for (name, span) in &names {
                if !socle.schemes.iter().any(|scheme| *scheme.id == **name) {
                    let mut fault = Diagnostic::error(
                        "socle/unknown-scheme",
                        text!("schéma d'identifiant inconnu `{name}`", "unknown identifier scheme `{name}`"),
                    );
                    fault.help = did_you_mean(name, socle.schemes.iter().map(|scheme| &*scheme.id));
                    doc.fault(fault, span.clone(), text!("schéma inconnu", "unknown scheme"));
                }
            }
            // What is never kept is refused in every field.
            Accepted::of(&socle.schemes, |scheme| scheme.refused || names.iter().any(|(name, _)| **name == *scheme.id))
        }
    };
    let Some(ty) = ty else { return };
    let Ok(number) = u16::try_from(socle.fields.len()) else { return };
    let field = FieldId(number);
    for (header, span) in std::iter::once((id.clone(), id_span)).chain(headers.iter().cloned()) {
        let key = fold::key(&header, &socle.headers.words);
        match socle.headers.fields.get(&key) {
            Some(other) if *other != field => {
                let other = &socle.fields[usize::from(other.0)].id;
                doc.fault(
                    Diagnostic::error(
                        "socle/duplicate-header",
                        text!(
                            "l'en-tête `{header}` est déjà celui du champ `{other}`",
                            "the header `{header}` is already that of field `{other}`"
                        ),
                    )
                    .help(text!(
                        "les en-têtes sont comparés sans casse, accents, espaces ni ponctuation",
                        "headers are compared without case, accents, spaces or punctuation"
                    )),
                    span,
                    text!("déjà pris", "already taken"),
                );
            }
            _ => {
                socle.headers.fields.insert(key, field);
            }
        }
    }
    socle.headers.among.extend(among.into_iter().map(|(header, beside)| (header, beside, field)));
    if let Some(entry) = part_entry {
        parts.push((field, entry));
    }
    socle.fields.push(Field {
        label: label.unwrap_or_else(|| Text::same(id.clone())),
        id,
        kinds,
        ty,
        headers: headers.into_iter().map(|(header, _)| header).collect(),
        parts: Vec::new(),
        role,
        wide,
    });
    socle.readers.push(FieldReader { pattern, accepted, rewrite });
}

fn read_role(doc: &mut Document, role: &str, span: Span) -> Option<Role> {
    match role {
        "identifier" => Some(Role::Identifier),
        "weight" => Some(Role::Weight),
        "date" => Some(Role::Date),
        _ => {
            doc.fault(
                Diagnostic::error("socle/unknown-role", text!("rôle inconnu `{role}`", "unknown role `{role}`")).help(
                    text!(
                        "rôles connus : `identifier`, `weight`, `date`",
                        "known roles: `identifier`, `weight`, `date`"
                    ),
                ),
                span,
                text!("rôle inconnu", "unknown role"),
            );
            None
        }
    }
}

/// `parts`: names of fields, or `{ field, member }` when they make a record.
fn read_parts(doc: &mut Document, socle: &mut Socle, field: FieldId, entry: Entry<'_>) {
    let record = record_of(&socle.fields[usize::from(field.0)].ty);
    let mut out = Vec::new();
    for entry in entry.items(doc) {
        if entry.is_table() {
            let Some(mut section) = entry.section(doc) else { continue };
            let name = section.required_string(doc, "field");
            let member = section.required_string(doc, "member");
            section.finish(doc);
            let (Some((name, span)), Some((member, member_span))) = (name, member) else { continue };
            let Some(part) = known_field(doc, socle, &name, span) else { continue };
            let Some(member) = known_member(doc, socle, record, &member, member_span) else { continue };
            out.push(Part { field: part, member: Some(member) });
        } else if let Some((name, span)) = entry.string(doc)
            && let Some(part) = known_field(doc, socle, &name, span)
        {
            out.push(Part { field: part, member: None });
        }
    }
    socle.fields[usize::from(field.0)].parts = out;
}

pub(super) fn known_field(doc: &mut Document, socle: &Socle, name: &str, span: Span) -> Option<FieldId> {
    let field = socle.field(name);
    if field.is_none() {
        let mut fault =
            Diagnostic::error("socle/unknown-field", text!("champ inconnu `{name}`", "unknown field `{name}`"));
        fault.help = did_you_mean(name, socle.fields.iter().map(|field| field.id.as_str()));
        doc.fault(fault, span, text!("champ inconnu", "unknown field"));
    }
    field
}

/// The record type of a field's value, or of its items.
pub(super) fn record_of(ty: &Type) -> Option<RecordId> {
    match ty {
        Type::Record(record) => Some(*record),
        Type::List(item) => record_of(item),
        _ => None,
    }
}

pub(super) fn known_member(
    doc: &mut Document,
    socle: &Socle,
    record: Option<RecordId>,
    name: &str,
    span: Span,
) -> Option<usize> {
    let members = record.map(|record| socle.tables.record(record).members.as_slice()).unwrap_or_default();
    let index = members.iter().position(|member| member.name == name);
    if index.is_none() {
        let mut fault = Diagnostic::error(
            "socle/unknown-member",
            text!("le type du champ n'a pas de membre `{name}`", "the field's type has no member `{name}`"),
        );
        fault.help = did_you_mean(name, members.iter().map(|member| member.name.as_str()));
        doc.fault(fault, span, text!("membre inconnu", "unknown member"));
    }
    index
}
