//! The schemas that vigie publishes: JSON Schemas of its output and of the rule files, and a Table Schema of
//! the inventories that it understands.

use crate::diag::Lang;
use crate::socle::{Role, Socle};
use serde_json::{Value, json};

/// `vigie.audit/1`, JSON Schema draft 2020-12.
pub const AUDIT: &str = include_str!("schema/audit.json");
/// `vigie.baseline/1`, JSON Schema draft 2020-12.
pub const BASELINE: &str = include_str!("schema/baseline.json");
/// `vigie.evidence/1`, JSON Schema draft 2020-12.
pub const EVIDENCE: &str = include_str!("schema/evidence.json");
/// `vigie.forecast/1`, JSON Schema draft 2020-12.
pub const FORECAST: &str = include_str!("schema/forecast.json");
/// `vigie.gate/1`, JSON Schema draft 2020-12.
pub const GATE: &str = include_str!("schema/gate.json");
/// `vigie.rules/1`, JSON Schema draft 2020-12.
pub const RULES: &str = include_str!("schema/rules.json");
/// `vigie.rules-test/1`, JSON Schema draft 2020-12.
pub const RULES_TEST: &str = include_str!("schema/rules-test.json");
/// `vigie.rates/1`, JSON Schema draft 2020-12.
pub const RATES: &str = include_str!("schema/rates.json");
/// A rule file, JSON Schema draft 2020-12 (of the TOML read as JSON, dates as strings).
pub const RULE: &str = include_str!("schema/rule.json");
/// `pack.toml`, JSON Schema draft 2020-12.
pub const PACK: &str = include_str!("schema/pack.json");

/// The columns of an inventory, as a Table Schema (Frictionless): every field that an installation may have,
/// under its own name, with the other headers that mean it. No column is required.
///
/// Types are all `string`: vigie reads texts (`Windows 10 22H2`, `oui`, `4.67.03`) and `vigieType` says what
/// it makes of them.
#[must_use]
pub fn inventory(socle: &Socle, lang: Lang) -> Value {
    let fields: Vec<Value> = socle
        .fields
        .iter()
        .filter(|field| {
            field.kinds.iter().any(|kind| kind == "installation") && field.role.is_none_or(Role::has_columns)
        })
        .map(|field| {
            let others: Vec<&str> =
                field.headers.iter().map(String::as_str).filter(|header| *header != field.id).collect();
            json!({
                "name": field.id,
                "title": field.label.get(lang),
                "type": "string",
                "vigieType": socle.tables.type_name(&field.ty),
                "vigieHeaders": others,
            })
        })
        .collect();
    json!({
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "name": "vigie-inventory",
        "version": socle.version.to_string(),
        "missingValues": [""],
        "fields": fields,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::builtin;

    fn as_json(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(date) => json!(date.to_string()),
            toml::Value::Array(items) => items.into_iter().map(as_json).collect(),
            toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, as_json(value))).collect(),
            toml::Value::String(text) => json!(text),
            toml::Value::Integer(n) => json!(n),
            toml::Value::Float(n) => json!(n),
            toml::Value::Boolean(b) => json!(b),
        }
    }

    #[test]
    fn the_built_in_rules_follow_their_schemas() {
        let validator = |text: &str| {
            let schema: Value = serde_json::from_str(text).unwrap();
            jsonschema::draft202012::meta::validate(&schema).unwrap();
            jsonschema::draft202012::new(&schema).unwrap()
        };
        let (rule, pack) = (validator(RULE), validator(PACK));
        for (name, text) in builtin::files() {
            let schema = match name.rsplit_once('/') {
                Some(("socle", _)) | None => continue,
                Some((folder, _)) if folder.starts_with("socle/") => continue,
                Some((_, "targets.toml")) => continue,
                Some((_, "pack.toml")) => &pack,
                Some(_) => &rule,
            };
            let table: toml::Table = text.parse().unwrap();
            let json = as_json(toml::Value::Table(table));
            let errors: Vec<String> =
                schema.iter_errors(&json).map(|error| format!("{error} at {}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
        }
    }

    #[test]
    fn every_field_of_an_installation_is_a_column() {
        let socle = Socle::builtin().unwrap();
        let schema = inventory(&socle, Lang::Fr);
        let names: Vec<&str> = schema["fields"].as_array().unwrap().iter().filter_map(|f| f["name"].as_str()).collect();
        for name in ["identifiant", "profession", "palier", "os"] {
            assert!(names.contains(&name), "{names:?}");
        }
    }
}
