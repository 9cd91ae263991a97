//! Ranges in the lists of a manifest: `Windows 11 >= 24H2`, `macOS >= 14, < 16`.
//!
//! A range is of rows of a table that has a version: those that the words before it may name, from and to the version
//! of the row that the words and the bound name. Each version is an item; what is not told of it (an edition) is left
//! open, as it is for an item without range.

use crate::diag::{Diagnostic, Document, Entry, Span, Text};
use crate::socle::{Socle, value_written};
use crate::text;
use crate::value::{Datum, RowRef, TableId, Type, Value, Version};
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::DeValue;

/// Whether a text is a range rather than a name.
fn is_range(value: &DeValue<'_>) -> bool {
    value.as_str().is_some_and(|text| text.contains(['<', '>']))
}

/// Whether some item of a list is a range.
pub(super) fn has_range(value: &DeValue<'_>) -> bool {
    is_range(value) || value.as_array().is_some_and(|items| items.iter().any(|item| is_range(item.get_ref())))
}

/// The list, its ranges replaced by what is in them; `None` with faults when something in it has no meaning.
pub(super) fn list(doc: &mut Document, socle: &Socle, value: Spanned<DeValue<'_>>, table: TableId) -> Option<Datum> {
    let span = value.span();
    let items = match value.into_inner() {
        DeValue::Array(items) => items.into_iter().collect(),
        one => vec![Spanned::new(span, one)],
    };
    let mut data: Vec<Datum> = Vec::new();
    let mut sound = true;
    for item in items {
        let span = item.span();
        if !is_range(item.get_ref()) {
            match value_written(doc, socle, Entry::new(item), &Type::Row(table), None) {
                Some(datum) => data.push(datum),
                None => sound = false,
            }
            continue;
        }
        match expand(socle, item.get_ref().as_str().unwrap_or_default(), table) {
            Ok(found) => data.extend(found),
            Err(why) => {
                sound = false;
                refuse(doc, item.get_ref().as_str().unwrap_or_default(), span, why);
            }
        }
    }
    sound.then(|| Value::List(data.into()).into())
}

fn refuse(doc: &mut Document, range: &str, span: Span, why: Text) {
    let fault = Diagnostic::error(
        "manifest/unreadable-range",
        text!("`{range}` ne se lit pas comme un intervalle", "`{range}` does not read as a range"),
    )
    .help(text!(
        "un nom, puis des bornes `>=`, `>`, `<=` ou `<` séparées par des virgules : `NOM >= 2, < 4`",
        "a name, then bounds `>=`, `>`, `<=` or `<` separated by commas: `NAME >= 2, < 4`"
    ));
    doc.fault(fault, span, why);
}

/// The versions of a range, ascending, each with the rows that it may be.
fn expand(socle: &Socle, text: &str, table: TableId) -> Result<Vec<Datum>, Text> {
    let column = socle.tables.table(table).columns.iter().position(|column| column.ty == Type::Version);
    let Some(column) = column else {
        return Err(text!("cette liste n'a pas de versions", "this list has no versions"));
    };
    let version = |row: &RowRef| match socle.tables.row(*row).cells[column].known() {
        Some(Value::Version(version)) => Some(version.clone()),
        _ => None,
    };
    let start = text.find(['<', '>', '=']).unwrap_or(text.len());
    let (name, limits) = text.split_at(start);
    let name = name.trim();
    let mut versions: BTreeMap<Version, Vec<Value>> = BTreeMap::new();
    let named = socle.tables.rows_recognized(table, name);
    for row in &named {
        if let Some(version) = version(row) {
            versions.entry(version).or_default().push(Value::Row(*row));
        }
    }
    if versions.is_empty() {
        return Err(text!("`{name}` n'est pas connu", "`{name}` is not known"));
    }
    for limit in limits.split(',').map(str::trim) {
        let digits = limit.find(|c| !matches!(c, '<' | '>' | '=')).unwrap_or(limit.len());
        let (operator, bound) = limit.split_at(digits);
        let bound = bound.trim();
        let rows = socle.tables.rows_recognized(table, &format!("{name} {bound}"));
        // A bound that tells nothing leaves all that the name means.
        let rows = rows.iter().filter(|_| rows.len() < named.len());
        let mut at: Vec<Version> = rows.filter_map(version).collect();
        at.sort();
        let number = bound.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        // It may name several versions (`Windows 10`), or one between those that are known.
        let (first, last) = match (at.first(), at.last(), Version::parse(bound).filter(|_| number)) {
            (Some(first), Some(last), _) => (first.clone(), last.clone()),
            (_, _, Some(version)) => (version.clone(), version),
            _ => {
                return Err(text!(
                    "la borne `{bound}` n'est pas une version connue",
                    "the bound `{bound}` is not a known version"
                ));
            }
        };
        match operator {
            ">=" => versions.retain(|version, _| *version >= first),
            ">" => versions.retain(|version, _| *version > last),
            "<=" => versions.retain(|version, _| *version <= last),
            "<" => versions.retain(|version, _| *version < first),
            _ => return Err(text!("borne sans `>=`, `>`, `<=` ni `<`", "bound without `>=`, `>`, `<=` nor `<`")),
        }
    }
    if versions.is_empty() {
        return Err(text!("aucune version connue n'y est", "no known version is in it"));
    }
    Ok(versions.into_values().map(Datum::one_of).collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use crate::manifest::read;
    use crate::socle::Socle;
    use crate::value::Date;

    fn systems(written: &str) -> Result<String, Vec<&'static str>> {
        let socle = Socle::builtin().unwrap();
        let manifest = format!("schema = \"vigie.release/1\"\nos_supportes = {written}\n");
        let manifest = read("essai.toml", manifest.as_bytes(), &socle, Date::new(2026, 11, 22).unwrap());
        let manifest = manifest.map_err(|faults| faults.iter().map(|fault| fault.code).collect::<Vec<_>>())?;
        let field = socle.field("os_supportes").unwrap();
        Ok(socle.tables.datum_label(&manifest.record[usize::from(field.0)]).en)
    }

    #[test]
    fn a_range_is_each_of_its_versions() {
        for (range, item) in [
            ("[\"Windows 11 >= 24H2, < 26H1\"]", "[\"Windows 11 24H2\", \"Windows 11 25H2\"]"),
            ("\"Windows 11 > 23H2, <= 25H2\"", "[\"Windows 11 24H2\", \"Windows 11 25H2\"]"),
            ("[\"Windows 7\", \"Windows 10 >= 22H2\"]", "[\"Windows 7\", \"Windows 10 22H2\"]"),
        ] {
            assert_eq!(systems(range).unwrap(), systems(item).unwrap(), "{range}");
        }
        for range in [
            "[\"Windows 11 >= 99H9\"]",
            "[\"Windows 11 =< 24H2\"]",
            "[\"Amiga >= 3\"]",
            "[\"Windows 11 > 24H2, < 24H2\"]",
        ] {
            assert_eq!(systems(range), Err(vec!["manifest/unreadable-range"]), "{range}");
        }
    }
}
