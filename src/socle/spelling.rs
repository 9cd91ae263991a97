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
    /// Characters of the text are lost.
    pub lost: bool,
}

impl Spelled {
    /// Whether the text says all, and is the one that was there.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.raw == self.text && self.nested.is_none()
    }
}

/// A text as every format can write it: in the stead of characters that no XML document holds, U+FFFD. `None`: as it is.
pub(crate) fn writable(text: &str) -> Option<String> {
    let is_lost = |c: char| {
        (c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{7f}')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    text.contains(is_lost).then(|| text.replace(is_lost, "\u{fffd}"))
}

impl Socle {
    /// The canonical form of a cell: what was read, spelt so that it reads as the same value; the text itself when
    /// nothing was read, or when no spelling says as much as the text (sets of candidates).
    #[must_use]
    pub fn spelled(&self, field: FieldId, text: &str, blank_is_no: bool) -> Spelled {
        let ty = &self.fields[usize::from(field.0)].ty;
        let mended = fold::mended(text);
        let text = mended.as_deref().unwrap_or(text);
        let writable = writable(text);
        let text = writable.as_deref().unwrap_or(text);
        let trimmed = fold::trim(text);
        let reading = self.read(field, text, blank_is_no);
        let lost = writable.is_some() || trimmed.contains(char::REPLACEMENT_CHARACTER);
        let personal = reading.problem == Some(Problem::Personal);
        let unreadable = personal || reading.problem == Some(Problem::Unreadable);
        let repaired = mended.is_some() || reading.problem == Some(Problem::Repaired);
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
        let spelling = spelling.filter(|text| same(text));
        let flat = spelling.is_some();
        let text = spelling.unwrap_or_else(|| trimmed.to_owned());
        let nested = match &reading.datum {
            Datum::Known(value) if !unreadable => self.nested(ty, value).filter(|json| same(&json.to_string())),
            _ => None,
        };
        // What was told as a list or an object is written as one, even when part of it is not read.
        let as_told = match ty {
            Type::Record(SERVICE) => None,
            Type::List(_) | Type::Record(_) if text == trimmed => {
                structured(trimmed).filter(|json| self.is_written(ty, json))
            }
            _ => None,
        };
        let nested = nested.or_else(|| as_told.filter(|json| same(&json.to_string())));
        // What no plain text says is one text only as JSON, however it was told.
        let text = match &nested {
            Some(json) if !flat => json.to_string(),
            _ => text,
        };
        Spelled { text, nested, raw: trimmed.to_owned(), mark: reading.mark, unreadable, personal, repaired, lost }
    }

    /// Whether every format can write what was told of a type: a list of texts and of objects, or an object, whose members
    /// are texts of the type.
    fn is_written(&self, ty: &Type, value: &Json) -> bool {
        match (ty, value) {
            (Type::List(item), Json::Array(items)) => {
                let is_item = |told: &Json| told.is_string() || (told.is_object() && self.is_written(item, told));
                !items.is_empty() && items.iter().all(is_item)
            }
            (Type::Record(record), Json::Object(told)) => {
                let members = &self.tables.record(*record).members;
                let is_member = |name: &String| members.iter().any(|member| member.name == *name);
                !told.is_empty() && told.iter().all(|(name, value)| is_member(name) && value.is_string())
            }
            _ => false,
        }
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
            (Type::List(item), Value::List(items)) => {
                let items = items.iter().map(|datum| self.spelling(item, datum.known()?));
                items.collect::<Option<Vec<_>>>()?.join(SEPARATOR)
            }
            // `EDGE 131.0`: what its members say, in their order.
            (Type::Record(record), Value::Record(data)) => {
                let members = self.tables.record(*record).members.iter().zip(data.iter());
                let known = members.filter(|(_, datum)| **datum != Datum::Unknown(Missing::NotCollected));
                let texts = known.map(|(member, datum)| self.spelling(&member.ty, datum.known()?));
                texts.collect::<Option<Vec<_>>>()?.join(" ")
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
