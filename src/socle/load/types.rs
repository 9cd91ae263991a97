//! Names of types, and values of them in TOML.

use crate::diag::{Diagnostic, Document, Entry, Span, did_you_mean};
use crate::socle::{SERVICE, Tables};
use crate::text;
use crate::value::{Datum, Missing, RecordId, TableId, Type, Value, Version};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names that types may have.
pub(super) struct TypeNames {
    names: BTreeMap<String, Type>,
    /// The files are those of the binary, checked by its tests: regular expressions wait for their first use.
    pub(super) trusted: bool,
}

impl TypeNames {
    /// The built-in types.
    pub(super) fn new(trusted: bool) -> TypeNames {
        let names = [
            ("bool", Type::Bool),
            ("int", Type::Int),
            ("double", Type::Double),
            ("string", Type::String),
            ("date", Type::Date),
            ("version", Type::Version),
            ("identifier", Type::Identifier),
            ("service", Type::Record(SERVICE)),
        ];
        TypeNames { names: names.into_iter().map(|(name, ty)| (name.to_owned(), ty)).collect(), trusted }
    }

    /// Gives a table or record type its name; the name may be taken already.
    pub(super) fn add(&mut self, doc: &mut Document, id: &str, ty: Type, span: Span) {
        // `enum` is a type of columns only.
        if id == "enum" || self.names.contains_key(id) {
            doc.fault(
                Diagnostic::error(
                    "socle/duplicate-id",
                    text!("le nom de type `{id}` est déjà pris", "the type name `{id}` is already taken"),
                ),
                span,
                text!("déjà pris", "already taken"),
            );
        } else {
            self.names.insert(id.to_owned(), ty);
        }
    }

    /// The type that a text names, or a fault.
    pub(super) fn parse(&self, doc: &mut Document, text: &str, span: Span) -> Option<Type> {
        let (name, depth) = match text.strip_prefix("list(").and_then(|rest| rest.strip_suffix(')')) {
            Some(item) => (item, 1),
            None => (text, 0),
        };
        if let Some(ty) = self.names.get(name) {
            return Some(if depth == 1 { Type::List(Box::new(ty.clone())) } else { ty.clone() });
        }
        let mut fault =
            Diagnostic::error("socle/unknown-type", text!("type inconnu `{name}`", "unknown type `{name}`"));
        fault.help = did_you_mean(name, self.names.keys().map(String::as_str)).or_else(|| {
            let names = self.names.keys().map(String::as_str).collect::<Vec<_>>().join("`, `");
            Some(text!("types connus : `{names}`, et `list(…)`", "known types: `{names}`, and `list(…)`"))
        });
        doc.fault(fault, span, text!("type inconnu", "unknown type"));
        None
    }
}

/// A value of a type written in TOML, or a fault. `several`: an array gives candidates.
pub(super) fn value(doc: &mut Document, tables: &Tables, ty: &Type, entry: Entry<'_>, several: bool) -> Option<Datum> {
    if several && entry.is_array() && !matches!(ty, Type::List(_)) {
        let items = entry.items(doc);
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            if let Datum::Known(value) = value(doc, tables, ty, item, false)? {
                values.push(value);
            }
        }
        return Some(Datum::one_of(values));
    }
    let span = entry.span.clone();
    let value = match ty {
        Type::Bool => entry.as_bool().map(Value::Bool),
        Type::Int => entry.as_int().map(Value::Int),
        Type::Double => entry.as_double().map(Value::Double),
        Type::String => entry.as_str().map(|text| Value::String(Arc::from(text))),
        Type::Date => entry.as_date().map(Value::Date),
        Type::Version => entry.as_str().and_then(Version::parse).map(Value::Version),
        Type::Row(table) => {
            let (name, _) = entry.string(doc)?;
            return row(doc, tables, *table, &name, span).map(Datum::Known);
        }
        Type::List(item) => {
            let mut data = Vec::new();
            for entry in entry.items(doc) {
                data.push(self::value(doc, tables, item, entry, false)?);
            }
            return Some(Datum::Known(Value::List(data.into())));
        }
        Type::Identifier | Type::Record(_) => None,
    };
    if value.is_none() {
        let expected = match ty {
            Type::Bool => text!("booléen", "boolean"),
            Type::Int => text!("entier", "integer"),
            Type::Double => text!("nombre", "number"),
            Type::Date => text!("date (AAAA-MM-JJ, sans guillemets)", "date (YYYY-MM-DD, without quotes)"),
            Type::Version => text!("version entre guillemets (\"1.2.3\")", "version in quotes (\"1.2.3\")"),
            _ => text!("texte", "string"),
        };
        doc.wrong_type(&entry, expected);
    }
    value.map(Datum::Known)
}

fn row(doc: &mut Document, tables: &Tables, table: TableId, name: &str, span: Span) -> Option<Value> {
    if let Some(row) = tables.row_named(table, name) {
        return Some(Value::Row(row));
    }
    let table = tables.table(table);
    let mut fault = Diagnostic::error(
        "socle/unknown-row",
        text!("`{name}` n'est pas une ligne de la table `{}`", "`{name}` is not a row of table `{}`", table.id),
    );
    fault.help = did_you_mean(name, table.rows.iter().map(|row| row.id.as_str()));
    doc.fault(fault, span, text!("ligne inconnue", "unknown row"));
    None
}

/// The datum of a cell that the socle does not give.
pub(super) const NOT_GIVEN: Datum = Datum::Unknown(Missing::NoAttribute);

/// A record type by number.
pub(super) fn record_id(index: usize) -> RecordId {
    RecordId(u16::try_from(index).unwrap_or(u16::MAX))
}

/// A table by number.
pub(super) fn table_id(index: usize) -> TableId {
    TableId(u16::try_from(index).unwrap_or(u16::MAX))
}
