//! A mapping file to review: what `--mapping` reads, as it is understood now, with what to look at.
//!
//! As it is written, it changes nothing to how the table is read: all that would is in comments.

use crate::audit::{Column, Inspected, Inspection, Use};
use crate::diag::{Lang, Text};
use crate::output::visible::stand_in;
use crate::output::{Look, said, visible_line};
use crate::text;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes the mapping of a table; nothing when no table was inspected.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, told: &Inspection, look: &Look) -> io::Result<()> {
    let Some(file) = told.tables().next() else { return Ok(()) };
    out.write_all(mapping(file, told, look.lang).as_bytes())
}

fn mapping(file: &Inspected, told: &Inspection, lang: Lang) -> String {
    let mut out = String::new();
    let name = visible_line(&file.name);
    comment(
        &mut out,
        lang,
        text!(
            "Colonnes de `{name}`, telles que vigie les comprend. À relire, puis à donner avec `--mapping`.",
            "Columns of `{name}`, as vigie understands them. To review, then to give with `--mapping`."
        ),
    );
    comment(
        &mut out,
        lang,
        text!(
            "Tel quel, ce fichier ne change rien à la lecture : ce qui la changerait est en commentaire.",
            "As it is, this file changes nothing to the reading: what would is in comments."
        ),
    );
    let before = out.len();
    head(&mut out, file, told, lang);
    if out.len() > before {
        out.insert(before, '\n');
    }
    out.push_str("\n[columns]\n");
    for column in &file.columns {
        if let Use::Field(field) = &column.what {
            known(&mut out, column, field, file, told, lang);
        }
    }
    rest(&mut out, file, lang);
    out
}

/// What is ignored, the sheet and the row of the header: as they were given, else as they might be.
fn head(out: &mut String, file: &Inspected, told: &Inspection, lang: Lang) {
    let asked = &told.asked;
    let list = |headers: &[String]| headers.iter().map(|header| quoted(header)).collect::<Vec<_>>().join(", ");
    if asked.mapping.ignored.is_empty() {
        let unknown: Vec<String> = file.columns.iter().filter(|c| is_unknown(c)).map(|c| c.header.clone()).collect();
        if !unknown.is_empty() {
            let message = text!(
                "Pour que les colonnes inutiles ne soient plus signalées :",
                "So that columns that serve nothing are no longer told:"
            );
            comment(out, lang, message);
            let _ = writeln!(out, "# ignore = [{}]", list(&unknown));
        }
    } else {
        let _ = writeln!(out, "ignore = [{}]", list(&asked.mapping.ignored));
    }
    match (&asked.reader.sheet, &file.format.sheet) {
        (Some(sheet), _) => drop(writeln!(out, "sheet = {}", quoted(sheet))),
        (None, Some(sheet)) => drop(writeln!(out, "# sheet = {}", quoted(sheet))),
        (None, None) => {}
    }
    if let Some(page) = asked.reader.encoding {
        let _ = writeln!(out, "encoding = \"{}\"", page.name());
    }
    if let Some(row) = asked.reader.header_row {
        let _ = writeln!(out, "header_row = {row}");
    }
}

/// A column that gives a field.
fn known(out: &mut String, column: &Column, field: &str, file: &Inspected, told: &Inspection, lang: Lang) {
    let header = quoted(&column.header);
    let filled = file.fields.iter().find(|filled| filled.field == field);
    let label = filled.map(|filled| format!("  # {}", said(&filled.label, lang))).unwrap_or_default();
    if told.asked.mapping.blank_is_no.iter().any(|known| known == field) {
        let _ = writeln!(out, "{field} = {{ header = {header}, blank = \"no\" }}{label}");
        return;
    }
    let _ = writeln!(out, "{field} = {header}{label}");
    if filled.is_some_and(|filled| filled.marks && filled.filled < file.rows) {
        let message = text!(
            "croix et cases vides ; si une case vide veut dire non, écrire plutôt :",
            "marks and blanks; if a blank cell means no, write instead:"
        );
        comment(out, lang, message);
        let _ = writeln!(out, "# {field} = {{ header = {header}, blank = \"no\" }}");
    }
}

/// The columns that give no field.
fn rest(out: &mut String, file: &Inspected, lang: Lang) {
    let unknown: Vec<&Column> = file.columns.iter().filter(|column| is_unknown(column)).collect();
    if !unknown.is_empty() {
        out.push('\n');
        let message = text!(
            "Colonnes qu'aucun champ ne prend. Champs possibles : `vigie schema inventory`.",
            "Columns that no field takes. Fields that there are: `vigie schema inventory`."
        );
        comment(out, lang, message);
        for column in unknown {
            let header = quoted(&column.header);
            match &column.near[..] {
                [] => {
                    let _ = writeln!(out, "# … = {header}");
                }
                near => near.iter().for_each(|field| {
                    let _ = writeln!(out, "# {field} = {header}");
                }),
            }
        }
    }
    let spare = headers(file, |what| matches!(what, Use::Spare));
    if !spare.is_empty() {
        let list = spare.join(", ");
        out.push('\n');
        let message = text!(
            "Autres colonnes qui identifient les personnes, non retenues : {list}.",
            "Other columns that identify people, not kept: {list}."
        );
        comment(out, lang, message);
    }
    let applications = headers(file, |what| matches!(what, Use::Application(_)));
    if !applications.is_empty() {
        let list = applications.join(", ");
        out.push('\n');
        let message = text!(
            "Tableau d'applications, lu de lui-même : chaque produit va au champ de son rôle ({list}).",
            "Table of applications, read by itself: each product goes to the field of its role ({list})."
        );
        comment(out, lang, message);
    }
    let wide: Vec<String> = headers(file, |what| matches!(what, Use::Wide(_)));
    if let Some(Use::Wide(field)) = file.columns.iter().map(|c| &c.what).find(|what| matches!(what, Use::Wide(_))) {
        let list = wide.join(", ");
        out.push('\n');
        let message = text!(
            "Table large, lue d'elle-même : les valeurs de `{field}` en colonnes ({list}).",
            "Wide table, read by itself: the values of `{field}` as columns ({list})."
        );
        comment(out, lang, message);
    }
    let private = headers(file, |what| matches!(what, Use::Private(_)));
    if !private.is_empty() {
        let list = private.join(", ");
        out.push('\n');
        comment(out, lang, text!("Données personnelles, jamais lues : {list}.", "Personal data, never read: {list}."));
    }
}

fn headers(file: &Inspected, wanted: impl Fn(&Use) -> bool) -> Vec<String> {
    file.columns.iter().filter(|column| wanted(&column.what)).map(|column| quoted(&column.header)).collect()
}

fn is_unknown(column: &Column) -> bool {
    matches!(column.what, Use::Unknown)
}

fn comment(out: &mut String, lang: Lang, message: Text) {
    let _ = writeln!(out, "# {}", said(&message, lang));
}

/// A string of TOML, on one line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            // Two of them are how some runners know a command.
            '#' if out.ends_with('#') => out.push_str("\\u0023"),
            c if stand_in(c).is_some() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
