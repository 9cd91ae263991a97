//! Conditions on JSON values: `rules eval`.

use super::decide::decide;
use super::{Env, Expr, Names, compile, eval, parse_type};
use crate::diag::{Lang, Text};
use crate::socle::{Field, Tables};
use crate::text;
use crate::value::{Date, Datum, Identifier, Missing, Type, Value, Version};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The version of a component known to be absent.
const ABSENT: &str = "absent";

/// Reads a JSON value of a type; `null` is unknown.
///
/// A row is its id or alias, a record an object of its members, a double that is not finite the
/// string `"Infinity"`, `"-Infinity"` or `"NaN"`.
///
/// # Errors
///
/// What is wrong, in one line.
pub fn from_json(json: &Json, ty: &Type, tables: &Tables) -> Result<Datum, Text> {
    let value = match (ty, json) {
        (_, Json::Null) => return Ok(Datum::Unknown(Missing::Blank)),
        (Type::Bool, Json::Bool(value)) => Some(Value::Bool(*value)),
        (Type::Int, Json::Number(number)) => number.as_i64().map(Value::Int),
        (Type::Double, Json::Number(number)) => number.as_f64().map(Value::Double),
        (Type::Double, Json::String(text)) => match text.as_str() {
            "Infinity" => Some(Value::Double(f64::INFINITY)),
            "-Infinity" => Some(Value::Double(f64::NEG_INFINITY)),
            "NaN" => Some(Value::Double(f64::NAN)),
            _ => None,
        },
        (Type::String, Json::String(text)) => Some(Value::String(text.as_str().into())),
        (Type::Date, Json::String(text)) => Date::parse_iso(text).map(Value::Date),
        (Type::Version, Json::String(text)) if text == ABSENT => Some(Value::Version(Version::ABSENT)),
        (Type::Version, Json::String(text)) => Version::parse(text).map(Value::Version),
        (Type::Identifier, Json::String(text)) => {
            let unknown = Datum::Unknown(Missing::NoAttribute);
            let id = Identifier { text: text.as_str().into(), mask: None, scheme: unknown.clone(), key_ok: unknown };
            Some(Value::Identifier(Arc::new(id)))
        }
        (Type::Row(table), Json::String(text)) => tables.row_named(*table, text).map(Value::Row),
        (Type::Record(record), Json::Object(object)) => {
            let members = &tables.record(*record).members;
            if let Some(key) = object.keys().find(|key| members.iter().all(|m| m.name != **key)) {
                let id = &tables.record(*record).id;
                return Err(text!("`{id}` n'a pas de membre `{key}`", "`{id}` has no member `{key}`"));
            }
            let read = |name: &String, ty| from_json(object.get(name).unwrap_or(&Json::Null), ty, tables);
            let members: Result<Arc<[Datum]>, Text> = members.iter().map(|m| read(&m.name, &m.ty)).collect();
            Some(Value::Record(members?))
        }
        (Type::List(item), Json::Array(items)) => {
            let items: Result<Arc<[Datum]>, Text> = items.iter().map(|json| from_json(json, item, tables)).collect();
            Some(Value::List(items?))
        }
        _ => None,
    };
    value.map(Datum::Known).ok_or_else(|| {
        let found: String = json.to_string().chars().take(80).collect();
        let expected = super::types::type_name(ty, tables);
        Text::new(
            format!("`{found}` n'est pas une valeur de type {}", expected.fr),
            format!("`{found}` is not a value of type {}", expected.en),
        )
    })
}

/// A value of a type as JSON; items and members that are not known are `null`.
#[must_use]
pub fn to_json(value: &Value, ty: &Type, tables: &Tables) -> Json {
    let datum = |datum: &Datum, ty: &Type| datum.known().map_or(Json::Null, |value| to_json(value, ty, tables));
    match (value, ty) {
        (Value::Bool(value), _) => json!(value),
        (Value::Int(value), _) => json!(value),
        (Value::Double(value), _) if value.is_nan() => json!("NaN"),
        (Value::Double(value), _) if value.is_infinite() => json!(if *value > 0.0 { "Infinity" } else { "-Infinity" }),
        (Value::Double(value), _) => json!(value),
        (Value::String(text), _) => json!(&**text),
        (Value::Date(date), _) => json!(date.to_string()),
        (Value::Version(version), _) if version.is_absent() => json!(ABSENT),
        (Value::Version(version), _) => json!(version.to_string()),
        (Value::Identifier(id), _) => json!(id.shown()),
        (Value::Row(row), _) => json!(tables.row(*row).id),
        (Value::Record(members), Type::Record(record)) => {
            let types = &tables.record(*record).members;
            types.iter().zip(members.iter()).map(|(m, value)| (m.name.clone(), datum(value, &m.ty))).collect()
        }
        (Value::List(items), Type::List(item)) => items.iter().map(|value| datum(value, item)).collect(),
        _ => Json::Null,
    }
}

/// The stable name of a reason not to know.
#[must_use]
fn missing_code(missing: Missing) -> &'static str {
    match missing {
        Missing::NotCollected => "not_collected",
        Missing::Blank => "blank",
        Missing::Unreadable => "unreadable",
        Missing::NoAttribute => "no_attribute",
        Missing::Undecided => "undecided",
        Missing::Overflow => "overflow",
        Missing::DivisionByZero => "division_by_zero",
    }
}

/// Fields made for one evaluation, from the names and types of a JSON object.
///
/// # Errors
///
/// What is wrong, in one line.
pub fn fields_from_types(types: &Map<String, Json>, tables: &Tables) -> Result<Vec<Field>, Text> {
    if types.len() > usize::from(u16::MAX) {
        return Err(text!("trop de champs", "too many fields"));
    }
    let field = |(id, ty): (&String, &Json)| {
        let mut letters = id.bytes();
        let named = letters.next().is_some_and(|b| b == b'_' || b.is_ascii_alphabetic())
            && letters.all(|b| b == b'_' || b.is_ascii_alphanumeric());
        // A field named like a literal is merely out of reach; one named like these would hide them.
        let taken = matches!(id.as_str(), "today" | "previous");
        if !named || taken {
            let id: String = id.chars().take(80).collect();
            return Err(text!("`{id}` ne peut pas nommer un champ", "`{id}` cannot name a field"));
        }
        let ty = ty.as_str().ok_or_else(|| {
            text!("le type de `{id}` s'écrit comme un texte", "the type of `{id}` is written as a string")
        })?;
        Ok(Field {
            id: id.clone(),
            kinds: Vec::new(),
            ty: parse_type(ty, tables)?,
            label: Text::same(id.clone()),
            headers: Vec::new(),
            parts: Vec::new(),
            role: None,
            wide: false,
        })
    };
    types.iter().map(field).collect()
}

/// Reads the values given to these fields; those not given are unknown, and a value without a
/// field is not read: a condition that names it is refused.
///
/// # Errors
///
/// What is wrong, in one line.
pub fn record_from_json(given: &Map<String, Json>, fields: &[Field], tables: &Tables) -> Result<Vec<Datum>, Text> {
    let read = |field: &Field| match given.get(&field.id) {
        None => Ok(Datum::Unknown(Missing::NotCollected)),
        Some(json) => from_json(json, &field.ty, tables).map_err(|error| {
            let id = &field.id;
            Text::new(format!("`{id}`\u{a0}: {}", error.fr), format!("`{id}`: {}", error.en))
        }),
    };
    fields.iter().map(read).collect()
}

/// Answers one line of `rules eval --batch`: `{"id","expr","types","given"}` gives `{"id","value"}`,
/// `{"id","unknown"}` (with `reason` when no name is missing) or `{"id","error"}`.
#[must_use]
pub fn eval_line(line: &str, tables: &Tables, today: Date, lang: Lang) -> String {
    let (id, answer) = match serde_json::from_str::<Json>(line) {
        Ok(Json::Object(mut object)) => (object.remove("id").unwrap_or(Json::Null), answer(&object, tables, today)),
        Ok(_) => (Json::Null, Err(("eval/json", text!("la ligne n'est pas un objet", "the line is not an object")))),
        Err(error) => {
            (Json::Null, Err(("eval/json", text!("ce n'est pas du JSON : {error}", "this is not JSON: {error}"))))
        }
    };
    let mut line = Map::new();
    line.insert("id".to_owned(), id);
    match answer {
        Ok(Answer::Value(value)) => {
            line.insert("value".to_owned(), value);
        }
        Ok(Answer::Unknown(names, reason)) => {
            line.insert("unknown".to_owned(), json!(names));
            if let Some(reason) = reason {
                line.insert("reason".to_owned(), json!(missing_code(reason)));
            }
        }
        Err((code, message)) => {
            line.insert("error".to_owned(), json!({ "code": code, "message": message.get(lang) }));
        }
    }
    Json::Object(line).to_string()
}

/// The value of an expression, or the names that are missing (and a reason when there is none).
pub enum Answer {
    /// It is known.
    Value(Json),
    /// It is not: names that decided, sorted; why, when no name did.
    Unknown(BTreeSet<String>, Option<Missing>),
}

fn answer(object: &Map<String, Json>, tables: &Tables, today: Date) -> Result<Answer, (&'static str, Text)> {
    let Some(Json::String(expr)) = object.get("expr") else {
        return Err(("eval/json", text!("il manque le texte `expr`", "string `expr` is missing")));
    };
    let empty = Map::new();
    let map = |key: &str| match object.get(key) {
        None | Some(Json::Null) => Ok(&empty),
        Some(Json::Object(map)) => Ok(map),
        Some(_) => Err(("eval/json", text!("`{key}` n'est pas un objet", "`{key}` is not an object"))),
    };
    if let Some(key) = object.keys().find(|key| !matches!(key.as_str(), "expr" | "types" | "given")) {
        let key: String = key.chars().take(80).collect();
        return Err(("eval/json", text!("clé inconnue `{key}`", "unknown key `{key}`")));
    }
    let fields = fields_from_types(map("types")?, tables).map_err(|error| ("eval/types", error))?;
    let record = record_from_json(map("given")?, &fields, tables).map_err(|error| ("eval/given", error))?;
    let names = Names { tables, fields: &fields, parameters: &[], kind: None, previous: false };
    let expr = compile(expr, &names).map_err(|faults| {
        let fault = faults.into_iter().next();
        fault.map_or(("condition/syntax", Text::default()), |fault| (fault.code, fault.message))
    })?;
    let env = Env { tables, parameters: &[], fields: &record, previous: &[], today };
    Ok(explain(&expr, &env, &fields))
}

/// Evaluates an expression; when the answer is not known, says which names are missing.
#[must_use]
pub fn explain(expr: &Expr, env: &Env<'_>, fields: &[Field]) -> Answer {
    let why = match eval(expr, env) {
        Datum::Known(value) => return Answer::Value(to_json(&value, &expr.ty, env.tables)),
        Datum::OneOf(_) => Missing::Undecided,
        Datum::Unknown(why) => why,
    };
    let reasons = decide(expr, env);
    let missing = reasons.iter().flat_map(|reason| &reason.missing);
    let names: BTreeSet<String> = missing
        .map(|(read, _)| {
            let id = fields.get(usize::from(read.field.0)).map_or("", |f| f.id.as_str());
            if read.path.is_empty() { id.to_owned() } else { format!("{id}.{}", read.path) }
        })
        .collect();
    let reason = names.is_empty().then_some(why);
    Answer::Unknown(names, reason)
}
