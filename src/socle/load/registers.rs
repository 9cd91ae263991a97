//! `registres.toml`: registers joined by identifier.

use super::cite::citation;
use super::fields::known_field;
use crate::diag::{Diagnostic, Document, Section, Text};
use crate::socle::Socle;
use crate::socle::register::{RegisterKind, column_key};
use crate::text;

/// Reads every `[[register]]`.
pub(super) fn read(doc: &mut Document, mut section: Section<'_>, socle: &mut Socle) {
    for mut register in section.sections(doc, "register") {
        let id = register.required_string(doc, "id");
        let label = register.text(doc, "label");
        let headers: Vec<String> = register.strings(doc, "headers").iter().map(|(name, _)| column_key(name)).collect();
        let first = register.string(doc, "first");
        let columns: Vec<String> = register.strings(doc, "columns").into_iter().map(|(name, _)| name).collect();
        let delimiter = register.required_string(doc, "delimiter");
        let quoted = register.flag(doc, "quoted");
        let _ = register.section(doc, "source").and_then(|source| citation(doc, source));
        let span = register.span.clone();
        let identifier = register.section(doc, "identifier").and_then(|section| identifier(doc, section, socle));
        let only = register.section(doc, "only").and_then(|mut only| {
            let pair = only.required_string(doc, "column").zip(only.required_string(doc, "is"));
            only.finish(doc);
            pair.map(|((column, _), (is, _))| (column, is))
        });
        let mut fields = Vec::new();
        if let Some(mut given) = register.section(doc, "fields") {
            for (name, span, entry) in given.drain() {
                let columns: Vec<String> = entry.strings(doc).into_iter().map(|(column, _)| column).collect();
                if let Some(field) = known_field(doc, socle, &name, span) {
                    fields.push((field, columns));
                }
            }
        }
        register.finish(doc);
        let bare = first.map(|(first, _)| (first, columns));
        if identifier.is_none() || (headers.is_empty() && bare.is_none()) {
            let message = text!(
                "un registre se reconnaît à ses en-têtes ou à son début, et a une colonne d'identifiants",
                "a register is told by its headers or its beginning, and has a column of identifiers"
            );
            let fault = Diagnostic::error("socle/register", message);
            let head = doc.head(&span);
            doc.fault(fault, head, text!("registre incomplet", "incomplete register"));
        }
        let (Some((id, _)), Some((delimiter, _)), Some(identifier)) = (id, delimiter, identifier) else { continue };
        for (field, _) in &fields {
            if !socle.registers.fields.contains(field) {
                socle.registers.fields.push(*field);
            }
        }
        socle.registers.kinds.push(RegisterKind {
            label: label.unwrap_or_else(|| Text::same(id.clone())),
            id,
            headers,
            bare,
            delimiter: delimiter.chars().next().unwrap_or(';'),
            quoted,
            identifier,
            only,
            fields,
        });
    }
    section.finish(doc);
}

/// The column of identifiers, and their scheme.
fn identifier(doc: &mut Document, mut section: Section<'_>, socle: &Socle) -> Option<(String, Option<usize>)> {
    let column = section.required_string(doc, "column");
    let scheme = section.string(doc, "scheme");
    section.finish(doc);
    let place = scheme.and_then(|(name, span)| {
        let place = socle.schemes.iter().position(|scheme| *scheme.id == *name);
        if place.is_none() {
            doc.fault(
                Diagnostic::error("socle/unknown-row", text!("schéma inconnu `{name}`", "unknown scheme `{name}`")),
                span,
                text!("aucun schéma de ce nom", "no scheme of that name"),
            );
        }
        place
    });
    column.map(|(column, _)| (column, place))
}
