//! A dossier as a folder of open data: CSV tables, each with its Table Schema, a description, a licence.
//!
//! It is a Data Package of version 1 (the profile that the validators of public data run): `csv` is exact, a
//! figure a cell, sums of others in tables of their own.

use super::basis::{colon, lang_pick};
use super::csv::{Dialect, Lines};
use super::dossier::{Cell, Dossier, Kind, Place, Section, Table};
use super::markdown::escape;
use super::typographic;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// A licence of open data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Licence {
    name: &'static str,
    title: &'static str,
    url: &'static str,
}

impl Licence {
    /// The licence of French public data.
    pub const ETALAB: Licence = Licence {
        name: "etalab-2.0",
        title: "Licence Ouverte 2.0 (Open Licence 2.0)",
        url: "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
    };
    const ALL: [Licence; 3] = [
        Licence::ETALAB,
        Licence {
            name: "odbl-1.0",
            title: "Open Data Commons Open Database License 1.0",
            url: "https://opendatacommons.org/licenses/odbl/1-0/",
        },
        Licence {
            name: "cc-by-4.0",
            title: "Creative Commons Attribution 4.0 International",
            url: "https://creativecommons.org/licenses/by/4.0/",
        },
    ];
    /// Their names.
    pub const NAMES: [&'static str; 3] = ["etalab-2.0", "odbl-1.0", "cc-by-4.0"];

    /// The licence of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Licence> {
        Licence::ALL.into_iter().find(|licence| licence.name == name)
    }
}

/// The files of the package of a dossier: names and bytes.
#[must_use]
pub fn files(dossier: &Dossier, licence: Option<Licence>) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut resources = Vec::new();
    for section in dossier.sections.iter().filter(|section| section.place != Place::Looked) {
        let (body, totals) = section.table.rows.split_at(section.table.body().len());
        let parts = [(section.id.clone(), body, false), (format!("{}-total", section.id), totals, true)];
        for (name, rows, is_total) in parts {
            if rows.is_empty() && is_total {
                continue;
            }
            let bytes = csv(&section.table, rows);
            resources.push(resource(dossier, section, &name, is_total, &bytes));
            files.push((format!("{name}.csv"), bytes));
        }
    }
    let readme = readme(dossier, &resources, licence);
    let mut package = json!({
        "profile": "tabular-data-package",
        "name": format!("vigie-{}-{}", dossier.kind, dossier.as_of),
        "title": dossier.title,
        "description": dossier.headline,
        "version": env!("CARGO_PKG_VERSION"),
        "created": format!("{}T00:00:00Z", dossier.as_of),
        "sources": sources(dossier),
        "resources": resources,
    });
    if let Some(licence) = licence {
        package["licenses"] = json!([{ "name": licence.name, "title": licence.title, "path": licence.url }]);
    }
    // A JSON value has no way not to be written.
    let mut bytes = Vec::new();
    let _ = super::json::pretty(&mut bytes, &package);
    files.push(("datapackage.json".to_owned(), bytes));
    files.push(("README.md".to_owned(), readme.into_bytes()));
    if let Some(licence) = licence {
        let text = format!("{}\n{}\n", licence.title, licence.url);
        files.push(("LICENCE.txt".to_owned(), text.into_bytes()));
    }
    files
}

fn sources(dossier: &Dossier) -> Vec<Value> {
    let line = |(name, value): &(String, Cell)| json!({ "title": format!("{name}{} {}", colon(dossier.lang), value.said(dossier.lang)) });
    dossier.facts.iter().map(line).collect()
}

/// The fields that a column gives: name, type, what is added to its title.
fn fields(kind: Kind) -> &'static [(&'static str, &'static str, &'static str, &'static str)] {
    match kind {
        Kind::Text => &[("", "string", "", "")],
        Kind::Keyed => &[("", "string", "code", "code"), ("_label", "string", "", "")],
        Kind::Count | Kind::Change => &[("", "integer", "", "")],
        Kind::Goal => &[("", "number", "", "")],
        Kind::Changes => &[("_low", "integer", "au moins", "at least"), ("_high", "integer", "au plus", "at most")],
        Kind::Points => &[
            ("_low", "number", "points, au moins", "points, at least"),
            ("_high", "number", "points, au plus", "points, at most"),
        ],
        Kind::Date => &[("", "date", "", "")],
        Kind::Share => &[("", "number", "", ""), ("_n", "integer", "n", "n"), ("_of", "integer", "N", "N")],
        Kind::Rate => &[
            ("_low", "number", "au moins", "at least"),
            ("_high", "number", "au plus", "at most"),
            ("_n_low", "integer", "n au moins", "n at least"),
            ("_n_high", "integer", "n au plus", "n at most"),
            ("_of", "integer", "N", "N"),
        ],
    }
}

fn resource(dossier: &Dossier, section: &Section, name: &str, is_total: bool, bytes: &[u8]) -> Value {
    let lang = dossier.lang;
    let mut schema = Vec::new();
    for column in &section.table.columns {
        for (end, kind, fr, en) in fields(column.kind) {
            let more = lang_pick(lang, fr, en);
            let title = if more.is_empty() { column.title.clone() } else { format!("{}, {more}", column.title) };
            schema.push(json!({ "name": format!("{}{end}", column.id), "title": title, "type": kind }));
        }
    }
    let caption = &section.table.caption;
    let title = if is_total { format!("{caption}, {}", lang_pick(lang, "ensemble", "all")) } else { caption.clone() };
    json!({
        "profile": "tabular-data-resource",
        "name": name.to_ascii_lowercase(),
        "path": format!("{name}.csv"),
        "title": title,
        "description": section.measured,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": bytes.len(),
        "hash": format!("sha256:{}", hex(&Sha256::digest(bytes))),
        "schema": { "fields": schema, "missingValues": [""] },
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn csv(table: &Table, rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut out = Vec::new();
    // Memory takes everything.
    let _ = write_csv(&mut out, table, rows);
    out
}

fn write_csv(out: &mut Vec<u8>, table: &Table, rows: &[Vec<Cell>]) -> std::io::Result<()> {
    let mut lines = Lines::new(out, Dialect::Exact)?;
    for column in &table.columns {
        for (end, ..) in fields(column.kind) {
            lines.text(&format!("{}{end}", column.id))?;
        }
    }
    lines.end()?;
    for row in rows {
        for (column, cell) in table.columns.iter().zip(row) {
            match cell {
                Cell::Empty | Cell::Hidden => {
                    for _ in fields(column.kind) {
                        lines.number(None)?;
                    }
                }
                Cell::Text(text) => lines.text(text)?,
                Cell::Keyed { key, label } => {
                    lines.text(key.as_deref().unwrap_or_default())?;
                    lines.text(label)?;
                }
                Cell::Count(n) => lines.integer(*n)?,
                Cell::Change(n) => lines.text(&n.to_string())?,
                Cell::Goal(share) => lines.number(Some(*share))?,
                Cell::Changes { low, high } => {
                    lines.text(&low.to_string())?;
                    lines.text(&high.to_string())?;
                }
                Cell::Points { low, high } => {
                    lines.number(Some(low * 100.0))?;
                    lines.number(Some(high * 100.0))?;
                }
                Cell::Date(date) => lines.text(&date.to_string())?,
                Cell::Rate { low, high, of } => {
                    let bounds = cell.bounds();
                    lines.number(bounds.map(|(low, _)| low))?;
                    if column.kind == Kind::Rate {
                        lines.number(bounds.map(|(_, high)| high))?;
                    }
                    lines.integer(*low)?;
                    if column.kind == Kind::Rate {
                        lines.integer(*high)?;
                    }
                    lines.integer(*of)?;
                }
            }
        }
        lines.end()?;
    }
    Ok(())
}

fn readme(dossier: &Dossier, resources: &[Value], licence: Option<Licence>) -> String {
    let lang = dossier.lang;
    let pick = |fr: &str, en: &str| typographic(lang_pick(lang, fr, en), lang).into_owned();
    let mut text = format!("# {}\n\n{}\n\n", escape(&dossier.title), escape(&dossier.headline));
    let mut put = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    put(format!("## {}\n", pick("Fichiers", "Files")));
    for resource in resources {
        let said = |key: &str| resource[key].as_str().unwrap_or_default();
        let (rows, title) = (said("description"), escape(said("title")));
        put(format!("- `{}`{} {title}. {}", said("path"), colon(lang), escape(rows)));
    }
    put(format!(
        "\n{}",
        pick(
            "CSV en UTF-8, virgule entre les champs, point décimal, parts de 0 à 1 et écarts en points non arrondis, dates AAAA-MM-JJ ; \
             une cellule vide est une valeur absente, sans objet ou masquée. `datapackage.json` décrit chaque colonne.",
            "CSV in UTF-8, comma between fields, decimal point, shares from 0 to 1 and changes in points unrounded, dates YYYY-MM-DD; an \
             empty cell is a value that is missing, not applicable or hidden. `datapackage.json` describes each column."
        )
    ));
    put(format!("\n## {}\n", pick("Méthode", "Method")));
    for line in &dossier.method {
        put(format!("- {}", escape(line)));
    }
    put(format!("\n## {}\n", pick("Sources", "Sources")));
    for (name, value) in &dossier.facts {
        put(format!("- {}{} {}", escape(name), colon(lang), escape(&value.said(lang))));
    }
    put(format!("\n## {}\n", pick("Licence", "Licence")));
    put(match licence {
        Some(licence) => format!("{}, <{}>", licence.title, licence.url),
        None => pick(
            "Aucune : ces données ne sont pas faites pour être publiées. `vigie rates --publish` masque les petits groupes et réunit les éditeurs qui refusent d'être nommés.",
            "None: these data are not made to be published. `vigie rates --publish` hides small groups and merges editors that refuse to be named.",
        ),
    });
    text
}
