//! Values written in a file of rules: what an example gives, what a catalogue says.

use crate::diag::{Diagnostic, Document, Entry, Text, did_you_mean};
use crate::socle::{FieldId, Problem, Row, SERVICE, Socle};
use crate::text;
use crate::value::{Datum, Missing, RecordId, Type, Value, Version};

/// Rows of a table that are named to whoever writes one that it does not have.
const ALLOWED: usize = 12;

/// Faults that come with advice.
const ADVISED: usize = 64;

/// What a TOML value means for a type: strings are read as the cells of the field. `None` with a fault when it
/// means nothing.
pub(crate) fn value_written(
    doc: &mut Document,
    socle: &Socle,
    entry: Entry<'_>,
    ty: &Type,
    field: Option<FieldId>,
) -> Option<Datum> {
    if let Some(text) = entry.as_str() {
        return read(doc, socle, text.to_owned(), &entry, ty, field);
    }
    match ty {
        Type::Bool => entry.as_bool().map(|value| Value::Bool(value).into()),
        Type::Int => entry.as_int().map(|value| Value::Int(value).into()),
        Type::Double => entry.as_double().map(|value| Value::Double(value).into()),
        Type::Date => entry.as_date().map(|value| Value::Date(value).into()),
        Type::Record(SERVICE) if entry.is_table() => return service_table(doc, socle, entry),
        Type::Record(SERVICE) => entry.as_bool().map(service),
        Type::List(item) if entry.is_array() => {
            let items = entry.items(doc);
            let count = items.len();
            let data: Vec<Datum> =
                items.into_iter().filter_map(|entry| value_written(doc, socle, entry, item, None)).collect();
            return (data.len() == count).then(|| Value::List(data.into()).into());
        }
        Type::Record(record) if entry.is_table() => return self::record(doc, socle, entry, *record),
        _ => None,
    }
    .or_else(|| {
        let expected = shape(socle, ty);
        let fault = Diagnostic::error(
            "value/wrong-shape",
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

/// A service whose members are told: to have a version is to be there, and to be absent is to have none.
fn service_table(doc: &mut Document, socle: &Socle, entry: Entry<'_>) -> Option<Datum> {
    let span = entry.span.clone();
    let datum = record(doc, socle, entry, SERVICE)?;
    let Some(Value::Record(members)) = datum.known() else { return Some(datum) };
    let (Some(present), Some(version)) = (members.first(), members.get(1)) else { return Some(datum) };
    let versioned = version.known().map(|version| !matches!(version, Value::Version(version) if version.is_absent()));
    let there = match present.known() {
        Some(Value::Bool(there)) => Some(*there),
        _ => None,
    };
    match (there, versioned) {
        (Some(true), Some(true)) | (None, None) => Some(datum),
        (Some(there), None) => Some(service(there)),
        (None | Some(false), Some(false)) => Some(service(false)),
        (None, Some(true)) => Some(Value::Record([Value::Bool(true).into(), version.clone()].into()).into()),
        (Some(false), Some(true)) | (Some(true), Some(false)) => {
            let message = text!(
                "ce service est dit à la fois absent et présent",
                "this service is said to be both there and absent"
            );
            let label = text!("l'un ou l'autre", "one or the other");
            doc.fault(Diagnostic::error("value/contradiction", message), span, label);
            None
        }
    }
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
                "value/unknown-member",
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
        match value_written(doc, socle, entry, &record.members[index].ty, None) {
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
        "value/unreadable",
        Text::new(
            format!("`{text}` ne se lit pas comme {}", expected.fr),
            format!("`{text}` does not read as {}", expected.en),
        ),
    );
    if let Type::Row(table) = ty {
        let rows = &socle.tables.table(*table).rows;
        // Looking for near names takes time, and beyond some faults nobody reads them.
        if doc.faults.len() < ADVISED {
            let near = did_you_mean(&text, rows.iter().flat_map(|row| [row.id.as_str(), row.label.fr.as_str()]));
            fault.help = near.or_else(|| Some(allowed(rows)));
        }
    }
    doc.fault(
        fault,
        entry.span.clone(),
        text!("une cellule ainsi écrite serait inconnue", "a cell so written would be unknown"),
    );
    None
}

/// Some rows of a table, the last first: they are the latest of a scale.
fn allowed(rows: &[Row]) -> Text {
    let some: Vec<&str> = rows.iter().rev().take(ALLOWED).map(|row| row.id.as_str()).collect();
    let (list, n) = (some.join("`, `"), rows.len());
    match rows.len() > ALLOWED {
        true => text!("valeurs admises : `{list}` … ({n} en tout)", "values allowed: `{list}` … ({n} in all)"),
        false => text!("valeurs admises : `{list}`", "values allowed: `{list}`"),
    }
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
