//! The schemas of `vigie.release/1`, from the socle's fields: JSON Schema (TOML and JSON alike), XSD.

use crate::diag::Lang;
use crate::manifest::{NAMESPACE, SCHEMA};
use crate::socle::{FieldId, SERVICE, Socle};
use crate::value::Type;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// Rows of a table given as examples.
const EXAMPLES: usize = 12;

fn members(socle: &Socle) -> Vec<FieldId> {
    socle.manifests.as_ref().map(|manifests| manifests.members.clone()).unwrap_or_default()
}

/// JSON Schema of a manifest, draft 2020-12. Values of tables are texts: their aliases are understood too, and
/// examples name some of their rows.
#[must_use]
pub fn json_schema(socle: &Socle, lang: Lang) -> Value {
    let mut properties = Map::new();
    properties.insert("schema".to_owned(), json!({ "const": SCHEMA }));
    properties.insert("$schema".to_owned(), json!({ "type": "string" }));
    properties.insert("$comment".to_owned(), json!(true));
    for field in members(socle) {
        let field = &socle.fields[usize::from(field.0)];
        // `null` says nothing, as an absent key.
        let shape = json!({ "title": field.label.get(lang), "anyOf": [shape(socle, &field.ty), { "type": "null" }] });
        properties.insert(field.id.clone(), shape);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:vigie:schema:release:1",
        "title": SCHEMA,
        "type": "object",
        "additionalProperties": false,
        "required": ["schema"],
        "properties": properties,
    })
}

fn shape(socle: &Socle, ty: &Type) -> Value {
    match ty {
        Type::Bool => json!({ "anyOf": [{ "type": "boolean" }, { "type": "string" }] }),
        Type::Int => json!({ "anyOf": [{ "type": "integer" }, { "type": "string" }] }),
        Type::Double => json!({ "anyOf": [{ "type": "number" }, { "type": "string" }] }),
        Type::String | Type::Identifier | Type::Version => json!({ "type": "string" }),
        Type::Date => json!({ "type": "string", "format": "date" }),
        Type::Row(table) => {
            let rows = &socle.tables.table(*table).rows;
            let examples: Vec<&str> = rows.iter().rev().take(EXAMPLES).map(|row| row.id.as_str()).collect();
            json!({ "type": "string", "examples": examples })
        }
        Type::Record(record) => {
            let members = &socle.tables.record(*record).members;
            let properties: Map<String, Value> =
                members.iter().map(|member| (member.name.clone(), shape(socle, &member.ty))).collect();
            let table = json!({ "type": "object", "additionalProperties": false, "properties": properties });
            match *record {
                SERVICE => json!({ "anyOf": [{ "type": "boolean" }, { "type": "string" }, table] }),
                _ => json!({ "anyOf": [table, { "type": "string" }] }),
            }
        }
        Type::List(item) => {
            json!({ "anyOf": [{ "type": "array", "items": shape(socle, item) }, { "type": "string" }] })
        }
    }
}

/// XSD 1.0 of a manifest. Every value is a text, read like a cell; lists have `item` elements.
///
/// # Errors
/// Those of the writer.
pub fn xsd(out: &mut dyn Write, socle: &Socle, lang: Lang) -> io::Result<()> {
    let escaped = |text: &str| quick_xml::escape::escape(text).into_owned();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"{NAMESPACE}\" elementFormDefault=\"qualified\" version=\"{}\">",
        socle.version
    )?;
    writeln!(out, "  <xs:element name=\"release\">\n    <xs:complexType>\n      <xs:all>")?;
    for field in members(socle) {
        let field = &socle.fields[usize::from(field.0)];
        let (id, label) = (&field.id, escaped(field.label.get(lang)));
        let note = format!("<xs:annotation><xs:documentation>{label}</xs:documentation></xs:annotation>");
        writeln!(
            out,
            "        <xs:element name=\"{id}\" minOccurs=\"0\">{note}{}</xs:element>",
            content(socle, &field.ty)
        )?;
    }
    writeln!(out, "      </xs:all>")?;
    writeln!(out, "      <xs:attribute name=\"schema\" type=\"xs:string\" fixed=\"{SCHEMA}\"/>")?;
    writeln!(out, "    </xs:complexType>\n  </xs:element>\n</xs:schema>")
}

/// The content of an element, as an inline type.
fn content(socle: &Socle, ty: &Type) -> String {
    match ty {
        Type::List(item) => format!(
            "<xs:complexType mixed=\"true\"><xs:sequence><xs:element name=\"item\" minOccurs=\"0\" maxOccurs=\"unbounded\">{}</xs:element></xs:sequence></xs:complexType>",
            content(socle, item)
        ),
        Type::Record(record) => {
            let members: String = socle
                .tables
                .record(*record)
                .members
                .iter()
                .map(|member| {
                    format!(
                        "<xs:element name=\"{}\" minOccurs=\"0\">{}</xs:element>",
                        member.name,
                        content(socle, &member.ty)
                    )
                })
                .collect();
            format!("<xs:complexType mixed=\"true\"><xs:all>{members}</xs:all></xs:complexType>")
        }
        _ => "<xs:simpleType><xs:restriction base=\"xs:string\"/></xs:simpleType>".to_owned(),
    }
}
