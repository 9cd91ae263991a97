//! The record of an example: TOML values → what is known of each field, read like cells.

use super::load::Context;
use crate::diag::{Diagnostic, Document, Section, did_you_mean};
use crate::socle::{FieldId, Socle, value_written};
use crate::text;
use crate::value::{Datum, Missing};

/// A record given by an example.
#[derive(Clone, Debug)]
pub struct Given {
    /// What is known of every field of the socle, by [`FieldId`].
    pub data: Vec<Datum>,
    /// The fields that the example writes, in its order, each with its value as written.
    pub written: Vec<(FieldId, String)>,
}

impl Given {
    /// A record of which nothing is known.
    pub(super) fn nothing(socle: &Socle) -> Given {
        Given { data: vec![Datum::Unknown(Missing::NotCollected); socle.fields.len()], written: Vec::new() }
    }
}

/// Reads a record; `None` when something in it has no meaning.
pub(super) fn given(doc: &mut Document, context: &Context<'_>, mut section: Section<'_>) -> Option<Given> {
    let socle = context.socle;
    let mut given = Given::nothing(socle);
    let mut sound = true;
    for (key, key_span, entry) in section.drain() {
        let known = socle.field(&key).filter(|id| context.has(field(socle, *id)));
        let Some(id) = known else {
            sound = false;
            let kind = context.kind.unwrap_or("?");
            let mut fault = Diagnostic::error(
                "pack/unknown-field",
                text!(
                    "champ inconnu `{key}` pour un enregistrement `{kind}`",
                    "unknown field `{key}` for a record of kind `{kind}`"
                ),
            );
            let fields = socle.fields.iter().filter(|field| context.has(field));
            fault.help = did_you_mean(&key, fields.map(|field| field.id.as_str()));
            doc.fault(fault, key_span, text!("champ inconnu", "unknown field"));
            continue;
        };
        let source = doc.source();
        let written = source.text.get(entry.span.clone()).unwrap_or_default();
        let written = written.split_whitespace().collect::<Vec<_>>().join(" ");
        let ty = field(socle, id).ty.clone();
        match value_written(doc, socle, entry, &ty, Some(id)) {
            Some(datum) => {
                given.data[usize::from(id.0)] = datum;
                given.written.push((id, written));
            }
            None => sound = false,
        }
    }
    if !sound {
        return None;
    }
    let raw = |id: FieldId| {
        let written = given.written.iter().find(|(other, _)| *other == id).map(|(_, text)| text.as_str())?;
        Some(written.trim_matches(['\'', '"']).to_owned())
    };
    socle.assemble(&raw, &mut given.data);
    Some(given)
}

fn field(socle: &Socle, id: FieldId) -> &crate::socle::Field {
    &socle.fields[usize::from(id.0)]
}
