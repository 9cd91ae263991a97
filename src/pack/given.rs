//! The record of an example: TOML values → what is known of each field, read like cells.

use super::load::Context;
use crate::diag::{Diagnostic, Document, Entry, Section, Text, did_you_mean};
use crate::socle::{FieldId, Problem, SERVICE, Socle};
use crate::text;
use crate::value::{Datum, Missing, RecordId, Type, Value, Version};

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
        match datum(doc, socle, entry, &ty, Some(id)) {
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
    complete(socle, &mut given);
    Some(given)
}

/// Fields that other columns complete (`os` by `os_version`) are read with them, as an inventory's are.
fn complete(socle: &Socle, given: &mut Given) {
    let raw = |id: FieldId| {
        let written = given.written.iter().find(|(other, _)| *other == id).map(|(_, text)| text.as_str())?;
        let text = written.trim_matches(['\'', '"']);
        Some(text.to_owned())
    };
    let mut completed = Vec::new();
    for (index, field) in socle.fields.iter().enumerate() {
        let parts: Vec<String> = field.parts.iter().map(|part| raw(part.field).unwrap_or_default()).collect();
        if parts.iter().all(String::is_empty) {
            continue;
        }
        let id = FieldId(u16::try_from(index).unwrap_or(u16::MAX));
        let own = raw(id);
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        completed.push((index, socle.read_parts(id, own.as_deref(), &parts).datum));
    }
    for (index, datum) in completed {
        given.data[index] = datum;
    }
}

fn field(socle: &Socle, id: FieldId) -> &crate::socle::Field {
    &socle.fields[usize::from(id.0)]
}

/// What a TOML value means for a type: strings are read as the cells of the field.
fn datum(doc: &mut Document, socle: &Socle, entry: Entry<'_>, ty: &Type, field: Option<FieldId>) -> Option<Datum> {
    if let Some(text) = entry.as_str() {
        return read(doc, socle, text.to_owned(), &entry, ty, field);
    }
    match ty {
        Type::Bool => entry.as_bool().map(|value| Value::Bool(value).into()),
        Type::Int => entry.as_int().map(|value| Value::Int(value).into()),
        Type::Double => entry.as_double().map(|value| Value::Double(value).into()),
        Type::Date => entry.as_date().map(|value| Value::Date(value).into()),
        Type::Record(SERVICE) => entry.as_bool().map(service),
        Type::List(item) if entry.is_array() => {
            let items = entry.items(doc);
            let count = items.len();
            let data: Vec<Datum> = items.into_iter().filter_map(|entry| datum(doc, socle, entry, item, None)).collect();
            return (data.len() == count).then(|| Value::List(data.into()).into());
        }
        Type::Record(record) if entry.is_table() => return self::record(doc, socle, entry, *record),
        _ => None,
    }
    .or_else(|| {
        let expected = shape(socle, ty);
        let fault = Diagnostic::error(
            "pack/wrong-shape",
            Text::new(
                format!("cette valeur n'a pas la forme de son champ\u{a0}: {}", expected.fr),
                format!("this value does not have the shape of its field: {}", expected.en),
            ),
        );
        doc.fault(
            fault,
            entry.span.clone(),
            Text::new(format!("{} attendu", expected.fr), format!("expected {}", expected.en)),
        );
        None
    })
}

/// A service said to be there, version unknown, or said to be absent.
fn service(present: bool) -> Datum {
    let version = if present { Datum::Unknown(Missing::Blank) } else { Value::Version(Version::ABSENT).into() };
    Value::Record([Value::Bool(present).into(), version].into()).into()
}

fn record(doc: &mut Document, socle: &Socle, entry: Entry<'_>, record: RecordId) -> Option<Datum> {
    let mut section = entry.section(doc)?;
    let record = socle.tables.record(record);
    let mut data = vec![Datum::Unknown(Missing::Blank); record.members.len()];
    let mut sound = true;
    for (key, key_span, entry) in section.drain() {
        let Some(index) = record.members.iter().position(|member| member.name == key) else {
            sound = false;
            let id = &record.id;
            let mut fault = Diagnostic::error(
                "pack/unknown-member",
                text!("`{id}` n'a pas de membre `{key}`", "`{id}` has no member `{key}`"),
            );
            let names = record.members.iter().map(|member| member.name.as_str());
            fault.help = did_you_mean(&key, names.clone()).or_else(|| {
                let list = names.collect::<Vec<_>>().join("`, `");
                Some(text!("membres\u{a0}: `{list}`", "members: `{list}`"))
            });
            doc.fault(fault, key_span, text!("membre inconnu", "unknown member"));
            continue;
        };
        match datum(doc, socle, entry, &record.members[index].ty, None) {
            Some(datum) => data[index] = datum,
            None => sound = false,
        }
    }
    sound.then(|| Value::Record(data.into()).into())
}

fn read(
    doc: &mut Document,
    socle: &Socle,
    text: String,
    entry: &Entry<'_>,
    ty: &Type,
    field: Option<FieldId>,
) -> Option<Datum> {
    let reading = match field {
        Some(field) => socle.read(field, &text, false),
        None => socle.read_as(ty, &text),
    };
    if reading.problem != Some(Problem::Unreadable) {
        return Some(reading.datum);
    }
    let expected = shape(socle, ty);
    let mut fault = Diagnostic::error(
        "pack/unreadable-value",
        Text::new(
            format!("`{text}` ne se lit pas comme {}", expected.fr),
            format!("`{text}` does not read as {}", expected.en),
        ),
    );
    if let Type::Row(table) = ty {
        let rows = &socle.tables.table(*table).rows;
        fault.help = did_you_mean(&text, rows.iter().flat_map(|row| [row.id.as_str(), row.label.fr.as_str()]));
    }
    doc.fault(
        fault,
        entry.span.clone(),
        text!("une cellule ainsi écrite serait inconnue", "a cell so written would be unknown"),
    );
    None
}

/// The form that the values of a type have in an example.
fn shape(socle: &Socle, ty: &Type) -> Text {
    match ty {
        Type::Bool => text!("`true` ou `false`", "`true` or `false`"),
        Type::Int => text!("entier", "integer"),
        Type::Double => text!("nombre", "number"),
        Type::String => text!("texte", "text"),
        Type::Date => text!("date AAAA-MM-JJ", "date YYYY-MM-DD"),
        Type::Version => text!("version entre guillemets", "version in quotes"),
        Type::Identifier => text!("identifiant entre guillemets", "identifier in quotes"),
        Type::Row(table) => {
            let id = &socle.tables.table(*table).id;
            text!("valeur de `{id}` entre guillemets", "value of `{id}` in quotes")
        }
        Type::Record(SERVICE) => {
            text!("`true`, `false` ou version entre guillemets", "`true`, `false` or version in quotes")
        }
        Type::Record(record) => {
            let id = &socle.tables.record(*record).id;
            text!("table `{{ … }}` de sorte {id}", "table `{{ … }}` of kind {id}")
        }
        Type::List(_) => text!("liste `[ … ]`", "list `[ … ]`"),
    }
}
