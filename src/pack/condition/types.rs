//! Types in words, and types from text.

use crate::diag::{Text, did_you_mean};
use crate::socle::Tables;
use crate::text;
use crate::value::Type;

/// Lists of lists of lists … that a type may have.
const MAX_NESTING: usize = 8;

/// The type, for people.
pub(super) fn type_name(ty: &Type, tables: &Tables) -> Text {
    match ty {
        Type::Bool => text!("booléen", "boolean"),
        Type::Int => text!("entier", "integer"),
        Type::Double => text!("nombre décimal", "decimal number"),
        Type::String => text!("texte", "string"),
        Type::Date => Text::same("date"),
        Type::Version => Text::same("version"),
        Type::Identifier => text!("identifiant", "identifier"),
        Type::Row(table) => {
            let id = &tables.table(*table).id;
            Text::same(format!("`{id}`"))
        }
        Type::Record(record) => {
            let id = &tables.record(*record).id;
            Text::same(format!("`{id}`"))
        }
        Type::List(item) => {
            let item = type_name(item, tables);
            Text::new(format!("liste ({})", item.fr), format!("list ({})", item.en))
        }
    }
}

/// Reads a type: `int`, `list(palier)`, the id of a table or of a record.
///
/// # Errors
///
/// What is wrong, in one line.
pub fn parse_type(text: &str, tables: &Tables) -> Result<Type, Text> {
    let mut inner = text.trim();
    let mut lists = 0;
    while let Some(item) = inner.strip_prefix("list(").and_then(|rest| rest.strip_suffix(')')) {
        inner = item.trim();
        lists += 1;
        if lists > MAX_NESTING {
            return Err(text!(
                "un type n'emboîte pas plus de {MAX_NESTING} listes",
                "a type nests at most {MAX_NESTING} lists"
            ));
        }
    }
    let simple = match inner {
        "bool" => Some(Type::Bool),
        "int" => Some(Type::Int),
        "double" => Some(Type::Double),
        "string" => Some(Type::String),
        "date" => Some(Type::Date),
        "version" => Some(Type::Version),
        "identifier" => Some(Type::Identifier),
        _ => None,
    };
    let table = || tables.table_named(inner).map(Type::Row);
    let record = || tables.record_named(inner).map(Type::Record);
    let Some(ty) = simple.or_else(table).or_else(record) else {
        let known = ["bool", "int", "double", "string", "date", "version", "identifier", "list("]
            .into_iter()
            .chain(tables.tables.iter().map(|t| t.id.as_str()))
            .chain(tables.records.iter().map(|r| r.id.as_str()));
        let help = did_you_mean(inner, known).unwrap_or_default();
        let join = |help: String| if help.is_empty() { help } else { format!(" ; {help}") };
        let (fr, en) = (join(help.fr), join(help.en).replace(' ', ""));
        return Err(Text::new(format!("type inconnu `{inner}`{fr}"), format!("unknown type `{inner}`{en}")));
    };
    Ok((0..lists).fold(ty, |ty, _| Type::List(Box::new(ty))))
}
