//! The schemas of the canonical inventory, made of the fields of the socle: Table Schema (the convention of French
//! public data), JSON Schema of one record, XSD of the document.
//!
//! They are in French, as that convention wants. A table of the socle that only names its rows is an enumeration;
//! one that also recognises other texts is free text.

use crate::inventory::canonical::{COLUMNS, ITEM, NAMESPACE, ROOT};
use crate::socle::{Field, RecordType, Role, SERVICE, Socle};
use crate::value::{RecordId, TableId, Type};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// The kind of records of inventories.
const KIND: &str = "installation";
/// A version, in Table Schema and JSON Schema.
const VERSION: &str = r"v?[0-9]{1,8}(\.[0-9]{1,8}){0,7}(-[0-9A-Za-z.-]+)?";

/// The columns of an inventory, as a Table Schema: every field that an installation may have, under its own name,
/// with the other headers that mean it. No column is required.
#[must_use]
pub fn table(socle: &Socle) -> Value {
    // What completes another field need not be a value of its own: `22H2` is a version of a system.
    let completes = |id: &str| {
        let mut parts = socle.fields.iter().flat_map(|field| &field.parts).filter(|part| part.member.is_none());
        parts.any(|part| socle.fields[usize::from(part.field.0)].id == id)
    };
    let fields: Vec<Value> = fields(socle)
        .map(|field| {
            let others: Vec<&str> =
                field.headers.iter().map(String::as_str).filter(|header| *header != field.id).collect();
            let mut told = json!({
                "name": field.id,
                "title": field.label.fr,
                "description": description(socle, field),
                "type": "string",
                "example": example(socle, &field.ty),
                "constraints": { "required": false },
                "vigieType": socle.tables.type_name(&field.ty),
                "vigieHeaders": others,
            });
            let constraint = match &field.ty {
                Type::Bool => {
                    told["type"] = json!("boolean");
                    told["trueValues"] = json!(["oui"]);
                    told["falseValues"] = json!(["non"]);
                    None
                }
                Type::Int => {
                    told["type"] = json!("integer");
                    Some(("minimum", json!(0)))
                }
                Type::Date => {
                    told["type"] = json!("date");
                    told["format"] = json!("%Y-%m-%d");
                    None
                }
                Type::Version if completes(&field.id) => None,
                Type::Version => Some(("pattern", json!(format!("({VERSION}|non)")))),
                Type::Record(SERVICE) => Some(("pattern", json!(format!("({VERSION}|oui|non)")))),
                Type::Row(table) if is_closed(socle, *table) => Some(("enum", json!(names(socle, *table)))),
                _ => None,
            };
            if let Some((name, value)) = constraint {
                told["constraints"][name] = value;
            }
            told
        })
        .collect();
    json!({
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "name": "vigie-inventaire",
        "title": "Inventaire d'installations de professionnels de santé",
        "description": "Forme canonique des inventaires de vigie : une ligne par installation, une colonne par champ du socle. \
                        Aucune colonne n'est obligatoire ; ce qui manque est inconnu.",
        "keywords": ["santé", "SESAM-Vitale", "télétransmission", "inventaire"],
        "countryCode": "FR",
        "licenses": [
            { "name": "MIT", "title": "MIT License", "path": "https://spdx.org/licenses/MIT.html" },
            { "name": "Apache-2.0", "title": "Apache License 2.0", "path": "https://spdx.org/licenses/Apache-2.0.html" },
        ],
        "version": socle.version.to_string(),
        "contributors": [{ "title": "vigie", "role": "author" }],
        "missingValues": [""],
        // An inventory has some of the columns, in any order.
        "fieldsMatch": "superset",
        "fields": fields,
    })
}

/// One record, as a JSON Schema (draft 2020-12): a line of the NDJSON, or an item of the array.
#[must_use]
pub fn json(socle: &Socle) -> Value {
    let properties: Map<String, Value> = fields(socle)
        .map(|field| {
            let mut told = json!({ "title": field.label.fr, "description": description(socle, field) });
            told["anyOf"] = json!([of_type(socle, &field.ty), { "type": "string" }, { "type": "null" }]);
            (field.id.clone(), told)
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Installation d'un professionnel de santé",
        "description": "Un enregistrement de la forme canonique des inventaires de vigie ; une valeur que le socle ne sait pas lire y \
                        reste le texte qu'elle était.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The document, as an XSD.
#[must_use]
pub fn xsd(socle: &Socle) -> String {
    let mut types = String::new();
    let mut elements = String::new();
    for (number, table) in (0u16..).zip(&socle.tables.tables) {
        let id = TableId(number);
        if !is_closed(socle, id) {
            continue;
        }
        let _ = writeln!(types, "  <xs:simpleType name=\"{}\">", table.id);
        let _ = writeln!(types, "    {}", documentation(&table.title.fr));
        types.push_str("    <xs:union memberTypes=\"xs:string\"><xs:simpleType><xs:restriction base=\"xs:string\">\n");
        for name in names(socle, id) {
            let _ = writeln!(types, "      <xs:enumeration value=\"{}\"/>", attribute(name));
        }
        types.push_str("    </xs:restriction></xs:simpleType></xs:union>\n  </xs:simpleType>\n");
    }
    for (number, record) in (0u16..).zip(&socle.tables.records) {
        if RecordId(number) == SERVICE {
            continue;
        }
        let _ = writeln!(types, "  <xs:complexType name=\"{}\" mixed=\"true\">", record_name(record));
        let _ = writeln!(types, "    {}\n    <xs:all>", documentation(&record.label.fr));
        for member in &record.members {
            let (name, ty) = (&member.name, type_name(socle, &member.ty));
            let _ = writeln!(types, "      <xs:element name=\"{name}\" minOccurs=\"0\" type=\"{ty}\"/>");
        }
        types.push_str("    </xs:all>\n  </xs:complexType>\n");
    }
    for field in fields(socle) {
        let told = documentation(&description(socle, field));
        let id = &field.id;
        let _ = match &field.ty {
            Type::List(item) => {
                let item = type_name(socle, item);
                writeln!(
                    elements,
                    "      <xs:element name=\"{id}\" minOccurs=\"0\">{told}<xs:complexType mixed=\"true\"><xs:sequence>\
                     <xs:element name=\"{ITEM}\" minOccurs=\"0\" maxOccurs=\"unbounded\" type=\"{item}\"/></xs:sequence>\
                     </xs:complexType></xs:element>"
                )
            }
            ty => {
                let ty = type_name(socle, ty);
                writeln!(elements, "      <xs:element name=\"{id}\" minOccurs=\"0\" type=\"{ty}\">{told}</xs:element>")
            }
        };
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns=\"{NAMESPACE}\" targetNamespace=\"{NAMESPACE}\" \
         elementFormDefault=\"qualified\" version=\"{}\">\n  \
         <xs:element name=\"{ROOT}\">\n    \
         {}\n    \
         <xs:complexType>\n      \
         <xs:sequence><xs:element name=\"{KIND}\" type=\"{KIND}\" minOccurs=\"0\" maxOccurs=\"unbounded\"/></xs:sequence>\n      \
         <xs:attribute name=\"{COLUMNS}\" type=\"xs:string\"/>\n    \
         </xs:complexType>\n  \
         </xs:element>\n  \
         <xs:complexType name=\"{KIND}\">\n    <xs:all>\n{elements}    </xs:all>\n  </xs:complexType>\n{types}</xs:schema>\n",
        socle.version,
        documentation(
            "Forme canonique des inventaires de vigie : un élément par installation, dont chaque élément est un champ du socle."
        ),
    )
}

fn fields(socle: &Socle) -> impl Iterator<Item = &Field> {
    socle
        .fields
        .iter()
        .filter(|field| field.kinds.iter().any(|kind| kind == KIND) && field.role.is_none_or(Role::has_columns))
}

/// Whether the names of its rows are all that a table knows.
fn is_closed(socle: &Socle, table: TableId) -> bool {
    socle.tables.names_only(table)
}

fn names(socle: &Socle, table: TableId) -> Vec<&str> {
    socle.tables.table(table).rows.iter().map(|row| row.id.as_str()).collect()
}

/// What a field holds, in a sentence.
fn description(socle: &Socle, field: &Field) -> String {
    let label = &field.label.fr;
    let first = label.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let label = format!("{first}{}", label.chars().skip(1).collect::<String>());
    let how = match &field.ty {
        Type::Bool => "oui ou non".to_owned(),
        Type::Int => "nombre entier".to_owned(),
        Type::Double => "nombre".to_owned(),
        Type::String => "texte".to_owned(),
        Type::Date => "date AAAA-MM-JJ".to_owned(),
        Type::Version => "version en nombres séparés par des points, ou non si le composant est absent".to_owned(),
        Type::Identifier => "identifiant tel qu'il est attribué, zéros de tête compris ; après son schéma \
                             (`adeli:…`) quand sa forme en admet plusieurs"
            .to_owned(),
        Type::Record(SERVICE) => "oui, non, ou la version du service".to_owned(),
        Type::Row(table) if is_closed(socle, *table) => "l'un des noms énumérés".to_owned(),
        Type::Row(_) => "nom reconnu par le socle, ou texte libre".to_owned(),
        Type::Record(_) => "texte, ou objet dont chaque membre est un texte".to_owned(),
        Type::List(_) => "liste, séparée par | dans une cellule ; aucun si elle est vide".to_owned(),
    };
    format!("{label} : {how}")
}

fn example(socle: &Socle, ty: &Type) -> String {
    match ty {
        Type::Bool => "oui".to_owned(),
        Type::Int => "12".to_owned(),
        Type::Double => "0.5".to_owned(),
        Type::String => "exemple".to_owned(),
        Type::Date => "2026-11-22".to_owned(),
        Type::Version | Type::Record(SERVICE) => "4.2.1".to_owned(),
        Type::Identifier => "99900000375".to_owned(),
        Type::Row(table) => names(socle, *table).last().map(|name| (*name).to_owned()).unwrap_or_default(),
        Type::Record(record) => {
            let members = &socle.tables.record(*record).members;
            members.first().map(|member| example(socle, &member.ty)).unwrap_or_default()
        }
        Type::List(item) => example(socle, item),
    }
}

/// A canonical value of a type, in JSON.
fn of_type(socle: &Socle, ty: &Type) -> Value {
    match ty {
        Type::Bool => json!({ "enum": ["oui", "non"] }),
        Type::Int => json!({ "type": "integer" }),
        Type::Date => json!({ "type": "string", "format": "date" }),
        Type::Version => json!({ "type": "string", "pattern": format!("^({VERSION}|non)$") }),
        Type::Record(SERVICE) => json!({ "type": "string", "pattern": format!("^({VERSION}|oui|non)$") }),
        Type::Row(table) if is_closed(socle, *table) => json!({ "enum": names(socle, *table) }),
        Type::Record(record) => {
            let members = socle.tables.record(*record).members.iter();
            let properties: Map<String, Value> = members
                .map(|member| {
                    let told = json!([of_type(socle, &member.ty), { "type": "string" }]);
                    (member.name.clone(), json!({ "title": member.label.fr, "anyOf": told }))
                })
                .collect();
            json!({ "type": "object", "properties": properties, "additionalProperties": false })
        }
        Type::List(item) => {
            json!({ "type": "array", "items": { "anyOf": [of_type(socle, item), { "type": "string" }] } })
        }
        Type::Double | Type::String | Type::Identifier | Type::Row(_) => json!({ "type": "string" }),
    }
}

/// The name of a type in the XSD.
fn type_name(socle: &Socle, ty: &Type) -> String {
    match ty {
        Type::Row(table) if is_closed(socle, *table) => socle.tables.table(*table).id.clone(),
        Type::Record(record) if *record != SERVICE => record_name(socle.tables.record(*record)),
        _ => "xs:string".to_owned(),
    }
}

/// A table may have the name of a record.
fn record_name(record: &RecordType) -> String {
    format!("{}-objet", record.id)
}

fn documentation(text: &str) -> String {
    format!("<xs:annotation><xs:documentation xml:lang=\"fr\">{}</xs:documentation></xs:annotation>", attribute(text))
}

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
