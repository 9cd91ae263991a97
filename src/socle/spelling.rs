//! Typed value → the text that reads as it: the canonical form of a cell.

use super::read::structured;
use super::{FieldId, Problem, SERVICE, Socle, fold};
use crate::value::{Datum, Missing, Type, Value};
use serde_json::Value as Json;

/// Between the items of a list in one text.
const SEPARATOR: &str = "|";

/// A cell in its canonical form.
#[derive(Clone, Debug, PartialEq)]
pub struct Spelled {
    /// As one text: the canonical spelling of what was read, else the text as it was, trimmed.
    pub text: String,
    /// As formats that have lists and objects write it: texts, arrays of texts, objects whose members are texts.
    pub nested: Option<Json>,
    /// The text as it was, trimmed.
    pub raw: String,
    /// The text is a mark (`X`, `●`, `✓`).
    pub mark: bool,
    /// The text is not a value of the field (or part of it is not).
    pub unreadable: bool,
    /// The text may name a person: it is left out.
    pub personal: bool,
    /// What was read is a repaired spelling.
    pub repaired: bool,
}

impl Spelled {
    /// Whether the text says all, and is the one that was there.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.raw == self.text && self.nested.is_none()
    }
}

/// Whether every format can write a value: a list of texts and of objects, or an object, whose members are texts.
fn is_plain(value: &Json) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    match value {
        Json::Array(items) => {
            !items.is_empty() && items.iter().all(|item| item.is_string() || item.is_object() && is_plain(item))
        }
        Json::Object(members) => {
            !members.is_empty() && members.iter().all(|(name, value)| is_name(name) && value.is_string())
        }
        _ => false,
    }
}

impl Socle {
    /// The canonical form of a cell: what was read, spelt so that it reads as the same value; the text itself when
    /// nothing was read, or when no spelling says as much as the text (sets of candidates).
    #[must_use]
    pub fn spelled(&self, field: FieldId, text: &str, blank_is_no: bool) -> Spelled {
        let ty = &self.fields[usize::from(field.0)].ty;
        let trimmed = fold::trim(text);
        let reading = self.read(field, text, blank_is_no);
        let personal = reading.problem == Some(Problem::Personal);
        let unreadable = personal || reading.problem == Some(Problem::Unreadable);
        let repaired = reading.problem == Some(Problem::Repaired);
        // What is free, or not read, stands as it is, but for what no output shows.
        let figures = matches!(ty, Type::Int | Type::Double | Type::Date | Type::Version | Type::Bool);
        let free = unreadable || *ty == Type::String || (self.masks() && !figures);
        let hidden = if free { self.hidden(trimmed) } else { None };
        let trimmed = if personal { "" } else { hidden.as_deref().unwrap_or(trimmed) };
        let personal = personal || hidden.as_ref().is_some_and(String::is_empty);
        let same = |text: &str| {
            let again = self.read(field, text, false);
            again.datum == reading.datum && (again.problem.is_none() || again.problem == reading.problem)
        };
        let spelling = match &reading.datum {
            Datum::Known(value) if !unreadable => self.spelling(ty, value),
            _ => None,
        };
        let text = spelling.filter(|text| same(text)).unwrap_or_else(|| trimmed.to_owned());
        let nested = match &reading.datum {
            Datum::Known(value) if !unreadable => self.nested(ty, value).filter(|json| same(&json.to_string())),
            _ => None,
        };
        // What was told as a list or an object is written as one, even when part of it is not read.
        let as_told = match ty {
            Type::Record(SERVICE) => None,
            Type::List(_) | Type::Record(_) if text == trimmed => structured(trimmed).filter(is_plain),
            _ => None,
        };
        let nested = nested.or_else(|| as_told.filter(|json| same(&json.to_string())));
        // And it is one text only as JSON.
        let text = match &nested {
            Some(json) if text.starts_with(['[', '{']) => json.to_string(),
            _ => text,
        };
        Spelled { text, nested, raw: trimmed.to_owned(), mark: reading.mark, unreadable, personal, repaired }
    }

    /// A value as one text; `None` when only the text it was read from says it.
    fn spelling(&self, ty: &Type, value: &Value) -> Option<String> {
        Some(match (ty, value) {
            (_, Value::Bool(true)) => "oui".to_owned(),
            (_, Value::Bool(false)) => "non".to_owned(),
            (_, Value::Int(n)) => n.to_string(),
            (_, Value::Double(n)) => n.to_string(),
            (_, Value::Date(date)) => date.to_string(),
            (_, Value::Version(version)) if version.is_absent() => "non".to_owned(),
            (_, Value::Version(version)) => version.to_string(),
            (_, Value::Row(row)) => self.tables.row(*row).id.clone(),
            (Type::Record(SERVICE), Value::Record(members)) => match &**members {
                [Datum::Known(Value::Bool(false)), _] => "non".to_owned(),
                [_, Datum::Known(version)] => self.spelling(&Type::Version, version)?,
                _ => "oui".to_owned(),
            },
            (Type::List(_), Value::List(items)) if items.is_empty() => "aucun".to_owned(),
            (Type::List(item), Value::List(items)) if !matches!(**item, Type::Record(_)) => {
                let items = items.iter().map(|datum| self.spelling(item, datum.known()?));
                items.collect::<Option<Vec<_>>>()?.join(SEPARATOR)
            }
            // Under a mask, not the text as it was.
            (Type::String, Value::String(text)) => (**text).to_owned(),
            (_, Value::String(_) | Value::Identifier(_) | Value::Record(_) | Value::List(_)) => return None,
        })
    }

    /// A list or a record as JSON; `None` when it is no such thing, or holds what no text says.
    fn nested(&self, ty: &Type, value: &Value) -> Option<Json> {
        match (ty, value) {
            (Type::List(item), Value::List(items)) if !items.is_empty() => {
                let item_of = |datum: &Datum| match (&**item, datum.known()?) {
                    (Type::Record(_), value) => self.nested(item, value),
                    (item, value) => self.spelling(item, value).map(Json::String),
                };
                items.iter().map(item_of).collect()
            }
            (Type::Record(record), Value::Record(members)) if *record != SERVICE => {
                let mut object = serde_json::Map::new();
                for (member, datum) in self.tables.record(*record).members.iter().zip(members.iter()) {
                    match datum {
                        Datum::Known(Value::String(text)) => drop(object.insert(member.name.clone(), (**text).into())),
                        Datum::Known(value) => {
                            object.insert(member.name.clone(), self.spelling(&member.ty, value)?.into());
                        }
                        Datum::Unknown(Missing::NotCollected) => {}
                        _ => return None,
                    }
                }
                (!object.is_empty()).then_some(Json::Object(object))
            }
            _ => None,
        }
    }
}
