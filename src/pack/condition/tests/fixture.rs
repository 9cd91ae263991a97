//! A small vocabulary: a scale, a life cycle, occupations, routers, and a field of each type.

use crate::diag::Text;
use crate::pack::condition::{Env, Expr, Fault, Names, compile};
use crate::socle::{Column, Field, FieldId, Member, Parameter, RecordType, Row, Table, Tables};
use crate::value::{Date, Datum, Missing, RecordId, RowRef, TableId, Type, Value, Version};

pub(super) struct Fixture {
    pub(super) tables: Tables,
    pub(super) fields: Vec<Field>,
    pub(super) parameters: Vec<Parameter>,
}

pub(super) const TAILLE: TableId = TableId(0);
pub(super) const OS: TableId = TableId(1);
pub(super) const OCCUPATION: TableId = TableId(2);
pub(super) const ROUTEUR: RecordId = RecordId(1);

pub(super) fn date(text: &str) -> Date {
    Date::parse_iso(text).unwrap()
}

pub(super) fn string(text: &str) -> Datum {
    Datum::Known(Value::String(text.into()))
}

pub(super) fn day(text: &str) -> Datum {
    Datum::Known(Value::Date(date(text)))
}

pub(super) fn int(n: i64) -> Datum {
    Datum::Known(Value::Int(n))
}

pub(super) fn flag(b: bool) -> Datum {
    Datum::Known(Value::Bool(b))
}

pub(super) fn version(text: &str) -> Datum {
    Datum::Known(Value::Version(Version::parse(text).unwrap()))
}

pub(super) fn row(table: TableId, row: u32) -> Datum {
    Datum::Known(Value::Row(RowRef { table, row }))
}

pub(super) fn list(items: &[Datum]) -> Datum {
    Datum::Known(Value::List(items.into()))
}

pub(super) fn record(members: &[Datum]) -> Datum {
    Datum::Known(Value::Record(members.into()))
}

pub(super) const NONE: Datum = Datum::Unknown(Missing::Blank);
const UNSOURCED: Datum = Datum::Unknown(Missing::NoAttribute);

fn columns(columns: &[(&str, &str, &str, Type, bool)]) -> Vec<Column> {
    (columns.iter())
        .map(|(name, fr, en, ty, enumerated)| Column {
            name: (*name).to_owned(),
            label: Text::new(*fr, *en),
            ty: ty.clone(),
            enumerated: *enumerated,
        })
        .collect()
}

fn table_row(id: &str, fr: &str, en: &str, cells: Vec<Datum>) -> Row {
    Row { id: id.to_owned(), label: Text::new(fr, en), cells }
}

impl Fixture {
    pub(super) fn new() -> Fixture {
        let taille = Table {
            id: "taille".to_owned(),
            title: Text::new("Tailles", "Sizes"),
            ordered: true,
            columns: columns(&[
                ("annee", "année", "year", Type::Int, false),
                ("neuf", "neuve", "neuve", Type::Bool, false),
            ]),
            rows: vec![
                table_row("CAT6", "Cat. 6", "Cat. 6", vec![int(2012), flag(false)]),
                table_row("CAT6NEUF", "Cat. 6 neuve", "Cat. 6 neuve", vec![int(2013), flag(true)]),
                table_row("CAT7", "Cat. 7", "Cat. 7", vec![UNSOURCED, flag(true)]),
                table_row("CAT8", "Cat. 8", "Cat. 8", vec![int(2018), flag(true)]),
            ],
        };
        let os = Table {
            id: "os".to_owned(),
            title: Text::new("Systèmes", "Operating systems"),
            ordered: false,
            columns: columns(&[
                ("family", "famille", "family", Type::String, true),
                ("end_of_support", "fin de support", "end of support", Type::Date, false),
                ("extended.until", "fin du support étendu", "end of extended support", Type::Date, false),
            ]),
            rows: vec![
                table_row(
                    "win7",
                    "Windows 7",
                    "Windows 7",
                    vec![string("windows"), day("2020-01-14"), day("2023-01-10")],
                ),
                table_row(
                    "win10-pro",
                    "Windows 10 Pro",
                    "Windows 10 Pro",
                    vec![string("windows"), day("2025-10-14"), UNSOURCED],
                ),
                table_row(
                    "win10-ent",
                    "Windows 10 Enterprise",
                    "Windows 10 Enterprise",
                    vec![string("windows"), day("2027-10-12"), UNSOURCED],
                ),
                table_row(
                    "debian12",
                    "Debian 12",
                    "Debian 12",
                    vec![string("linux"), day("2026-06-10"), day("2028-06-30")],
                ),
            ],
        };
        let occupation = Table {
            id: "occupation".to_owned(),
            title: Text::new("Occupations", "Occupations"),
            ordered: false,
            columns: columns(&[
                ("famille", "famille", "family", Type::String, true),
                ("services", "téléservices", "services", Type::List(Box::new(Type::String)), true),
            ]),
            rows: vec![
                table_row(
                    "serrurier",
                    "serrurier",
                    "locksmith",
                    vec![string("auxiliaire"), list(&[string("wifi"), string("gps")])],
                ),
                table_row("taxi", "taxi", "taxi", vec![string("transporteur"), list(&[])]),
            ],
        };
        let member =
            |name: &str, fr: &str, en: &str, ty| Member { name: name.to_owned(), label: Text::new(fr, en), ty };
        let records = vec![
            RecordType {
                id: "service".to_owned(),
                label: Text::same("service"),
                members: vec![
                    member("present", "présent", "present", Type::Bool),
                    member("version", "version", "version", Type::Version),
                ],
            },
            RecordType {
                id: "routeur".to_owned(),
                label: Text::new("routeur", "router"),
                members: vec![
                    member("niveau", "niveau", "level", Type::Row(TAILLE)),
                    member("modele", "modèle", "model", Type::String),
                ],
            },
        ];
        let fields = [
            ("wifi", "WIFI", "WIFI", Type::Bool),
            ("postes", "nombre de postes", "number of workstations", Type::Int),
            ("taux", "taux", "rate", Type::Double),
            ("ville", "ville", "town", Type::String),
            ("releve", "date du relevé", "date of observation", Type::Date),
            ("logiciel_version", "version du logiciel", "software version", Type::Version),
            ("identifiant", "identifiant", "identifier", Type::Identifier),
            ("taille", "taille", "size", Type::Row(TAILLE)),
            ("os", "système d'exploitation", "operating system", Type::Row(OS)),
            ("occupation", "occupation", "occupation", Type::Row(OCCUPATION)),
            ("gps", "GPS", "GPS", Type::Record(RecordId(0))),
            ("routeurs", "routeurs", "routers", Type::List(Box::new(Type::Record(ROUTEUR)))),
            ("etages", "étages", "floors", Type::List(Box::new(Type::Int))),
            ("ouvert", "ouvert", "open", Type::Bool),
        ];
        let fields = fields
            .into_iter()
            .map(|(id, fr, en, ty)| Field {
                id: id.to_owned(),
                kinds: vec!["installation".to_owned()],
                ty,
                label: Text::new(fr, en),
                headers: Vec::new(),
                parts: Vec::new(),
                role: None,
                wide: false,
            })
            .collect();
        let parameters = vec![Parameter {
            id: "extension_min".to_owned(),
            label: Text::new("version minimale de l'extension", "least version of the extension"),
            ty: Type::Version,
            values: vec![
                (date("2018-06-30"), Value::Version(Version::parse("5.1.10").unwrap())),
                (date("2022-01-01"), Value::Version(Version::parse("5.2").unwrap())),
            ],
        }];
        Fixture { tables: Tables::new(vec![taille, os, occupation], records), fields, parameters }
    }

    pub(super) fn names(&self) -> Names<'_> {
        Names {
            tables: &self.tables,
            fields: &self.fields,
            parameters: &self.parameters,
            kind: Some("installation"),
            previous: true,
        }
    }

    pub(super) fn compile(&self, text: &str) -> Result<Expr, Vec<Fault>> {
        compile(text, &self.names())
    }

    pub(super) fn expr(&self, text: &str) -> Expr {
        self.compile(text).unwrap_or_else(|faults| panic!("{text}: {faults:#?}"))
    }

    pub(super) fn field(&self, id: &str) -> FieldId {
        let at = self.fields.iter().position(|f| f.id == id).unwrap_or_else(|| panic!("no field {id}"));
        FieldId(u16::try_from(at).unwrap())
    }

    /// A record from the fields given; the others are blank.
    pub(super) fn record(&self, given: &[(&str, Datum)]) -> Vec<Datum> {
        let mut record = vec![NONE; self.fields.len()];
        for (id, datum) in given {
            record[usize::from(self.field(id).0)] = datum.clone();
        }
        record
    }

    pub(super) fn env<'a>(&'a self, fields: &'a [Datum], today: &str) -> Env<'a> {
        Env { tables: &self.tables, parameters: &self.parameters, fields, previous: fields, today: date(today) }
    }
}
