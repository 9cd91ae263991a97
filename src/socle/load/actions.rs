//! `actions.toml`: what can be changed, and what it costs.

use super::fields::{known_field, known_member, record_of};
use super::table::unknown_column;
use crate::diag::{Diagnostic, Document, Section, Span, Text};
use crate::socle::{Action, FieldId, Socle, Table};
use crate::text;
use crate::value::Type;

/// Reads every `[[action]]`.
pub(super) fn read(doc: &mut Document, mut section: Section<'_>, socle: &mut Socle) {
    for mut action in section.sections(doc, "action") {
        let head = action.span.clone();
        let names = action.strings(doc, "fields");
        if names.is_empty() {
            doc.missing_key(head.clone(), "fields");
        }
        let member = action.string(doc, "member");
        let label = action.text(doc, "label");
        if label.is_none() {
            doc.missing_key(head.clone(), "label");
        }
        let cost = action.take("cost").and_then(|entry| match entry.as_int().map(u32::try_from) {
            Some(Ok(cost)) => Some(cost),
            _ => {
                doc.wrong_type(&entry, text!("entier positif", "positive integer"));
                None
            }
        });
        let keep = action.strings(doc, "keep");
        let remove = action.text(doc, "remove");
        let replace = action.text(doc, "replace");
        let _ = action.text(doc, "remark");
        action.finish(doc);
        for (name, span) in names {
            let Some(field) = known_field(doc, socle, &name, span.clone()) else { continue };
            let record = record_of(&socle.fields[usize::from(field.0)].ty);
            let member = match &member {
                None => None,
                Some((name, span)) => match known_member(doc, socle, record, name, span.clone()) {
                    Some(member) => Some(member),
                    None => continue,
                },
            };
            if socle.actions_on(field).any(|(_, known)| known.member == member) {
                let fault = Diagnostic::error(
                    "socle/duplicate-action",
                    text!("deux actions sur `{name}`", "two actions on `{name}`"),
                );
                doc.fault(fault, span, text!("déjà nommé plus haut", "already named above"));
                continue;
            }
            let table = table_of(socle, field, member);
            let columns = |(name, span): &(String, Span)| match table {
                Some(table) => table.column(name).or_else(|| {
                    unknown_column(doc, name, span.clone(), table, false);
                    None
                }),
                None => {
                    let fault = Diagnostic::error(
                        "socle/unknown-column",
                        text!("ce champ n'a pas de colonne `{name}`", "this field has no column `{name}`"),
                    );
                    doc.fault(fault, span.clone(), text!("colonne inconnue", "unknown column"));
                    None
                }
            };
            let keep = keep.iter().filter_map(columns).collect();
            let of = &socle.fields[usize::from(field.0)].label;
            let named = |text: &Text| Text::new(text.fr.replace("{}", &of.fr), text.en.replace("{}", &of.en));
            let action = Action {
                field,
                member,
                label: label.as_ref().map(named).unwrap_or_default(),
                cost: cost.unwrap_or(1),
                keep,
                remove: remove.as_ref().map(named),
                replace: replace.as_ref().map(named),
            };
            socle.actions.push(action);
        }
    }
    section.finish(doc);
}

/// The table whose rows are the values that an action sets.
fn table_of(socle: &Socle, field: FieldId, member: Option<usize>) -> Option<&Table> {
    let ty = &socle.fields[usize::from(field.0)].ty;
    let ty = match (member, record_of(ty)) {
        (Some(member), Some(record)) => &socle.tables.record(record).members.get(member)?.ty,
        _ => ty,
    };
    match ty {
        Type::Row(table) => Some(socle.tables.table(*table)),
        Type::List(item) => match &**item {
            Type::Row(table) => Some(socle.tables.table(*table)),
            _ => None,
        },
        _ => None,
    }
}
