//! The schemas that vigie publishes: JSON Schemas of its output and of the rule files, and a Table Schema of
//! the inventories that it understands.

pub mod inventory;

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
/// `vigie.plan/1`, JSON Schema draft 2020-12.
pub const PLAN: &str = include_str!("schema/plan.json");
/// `vigie.inspect/1`, JSON Schema draft 2020-12.
pub const INSPECT: &str = include_str!("schema/inspect.json");
/// `vigie.rules/1`, JSON Schema draft 2020-12.
pub const RULES: &str = include_str!("schema/rules.json");
/// `vigie.rules-diff/1`, JSON Schema draft 2020-12.
pub const RULES_DIFF: &str = include_str!("schema/rules-diff.json");
/// `vigie.rules-test/1`, JSON Schema draft 2020-12.
pub const RULES_TEST: &str = include_str!("schema/rules-test.json");
/// `vigie.rates/1`, JSON Schema draft 2020-12.
pub const RATES: &str = include_str!("schema/rates.json");
/// `vigie.trend/1`, JSON Schema draft 2020-12.
pub const TREND: &str = include_str!("schema/trend.json");
/// A rule file, JSON Schema draft 2020-12 (of the TOML read as JSON, dates as strings).
pub const RULE: &str = include_str!("schema/rule.json");
/// `pack.toml`, JSON Schema draft 2020-12.
pub const PACK: &str = include_str!("schema/pack.json");

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::builtin;
    use crate::socle::Socle;
    use serde_json::{Value, json};

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
    fn every_field_of_an_installation_is_in_the_three_schemas() {
        let socle = Socle::builtin().unwrap();
        let (table, json, xsd) = (inventory::table(&socle), inventory::json(&socle), inventory::xsd(&socle));
        let names: Vec<&str> = table["fields"].as_array().unwrap().iter().filter_map(|f| f["name"].as_str()).collect();
        for name in ["identifiant", "profession", "palier", "os", "lecteurs"] {
            assert!(names.contains(&name), "{names:?}");
        }
        for name in names {
            assert!(json["properties"][name].is_object(), "{name}");
            assert!(xsd.contains(&format!("<xs:element name=\"{name}\"")), "{name}");
        }
        jsonschema::draft202012::meta::validate(&json).unwrap();
        let validator = jsonschema::draft202012::new(&json).unwrap();
        for (record, valid) in [
            (json!({"identifiant": "99900000375", "palier": null, "scor": "2.11", "poids": 3}), true),
            (json!({"lecteurs": [{"modele": "x", "apcv": "oui"}, "autre"], "avenants": ["1"]}), true),
            (json!({"lecteurs": [{"inconnu": "x"}]}), false),
            (json!({"inconnu": "x"}), false),
            (json!({"palier": 8}), false),
        ] {
            assert_eq!(validator.is_valid(&record), valid, "{record}");
        }
    }
}
