//! A manifest to fill in: the keys that the socle gives, and what rules look at. What is not filled in is unknown.

use super::{said, words};
use crate::diag::{Lang, Text, did_you_mean};
use crate::manifest::{NAMESPACE, SCHEMA, is_asked};
use crate::pack::condition::{self, Env};
use crate::pack::{Level, Pack, Rule};
use crate::socle::{FieldId, Row, SERVICE, Socle};
use crate::text;
use crate::value::{Date, Datum, Missing, RowRef, Truth, Type, Value};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Rows of a table that are listed.
const LISTED: usize = 12;

/// A value to fill in: blank, it is unknown. An empty list would say that there is none.
const BLANK: &str = "\"\"";

/// In which format a manifest is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// TOML, with comments.
    Toml,
    /// JSON, comments under `$comment`.
    Json,
    /// XML, with comments.
    Xml,
}

/// A manifest to fill in.
pub struct Model {
    /// The field that lists whom the release is for, and the labels of those asked for.
    who: Option<(String, Vec<String>)>,
    keys: Vec<Key>,
}

struct Key {
    id: String,
    label: Text,
    shape: Text,
    list: bool,
    rules: Vec<(Level, String, Text)>,
}

impl Model {
    /// The keys of a manifest for these people, with the rules in force that may concern them.
    ///
    /// # Errors
    /// The first name that the socle does not know.
    pub fn new(socle: &Socle, packs: &[Pack], who: &[String], as_of: Date) -> Result<Model, String> {
        let Some(manifests) = &socle.manifests else { return Ok(Model { who: None, keys: Vec::new() }) };
        let audience = manifests.audience(socle);
        let mut record = vec![Datum::Unknown(Missing::NotCollected); socle.fields.len()];
        let mut labels = Vec::new();
        if let Some((field, table)) = audience
            && !who.is_empty()
        {
            let rows: Vec<RowRef> = who
                .iter()
                .map(|name| match socle.tables.rows_recognized(table, name).as_slice() {
                    [row] => Ok(*row),
                    _ => Err(name.clone()),
                })
                .collect::<Result<_, _>>()?;
            labels = rows.iter().map(|row| socle.tables.row(*row).id.clone()).collect();
            let list: Vec<Datum> = rows.into_iter().map(|row| Value::Row(row).into()).collect();
            record[usize::from(field.0)] = Value::List(list.into()).into();
        }
        let env =
            Env { tables: &socle.tables, parameters: &socle.parameters, fields: &record, previous: &[], today: as_of };
        let concerned = |rule: &&Rule| {
            let scope = rule.scope.as_ref().map_or(Truth::True, |scope| condition::truth(&scope.expr, &env));
            rule.in_force(as_of) && scope != Truth::False
        };
        let rules: Vec<&Rule> = packs.iter().flat_map(|pack| &pack.rules).filter(concerned).collect();
        let asked = |field: &FieldId| is_asked(socle, *field) && audience.is_none_or(|(who, _)| who != *field);
        let mut keys: Vec<Key> = manifests
            .members
            .iter()
            .filter(|field| asked(field))
            .map(|field| {
                let definition = &socle.fields[usize::from(field.0)];
                let mut reading: Vec<(Level, String, Text)> = rules
                    .iter()
                    .filter(|rule| reads(rule, *field, socle))
                    .map(|rule| (rule.level, rule.id.clone(), rule.title.clone()))
                    .collect();
                reading.sort_by(|a, b| (Reverse(a.0), &a.1).cmp(&(Reverse(b.0), &b.1)));
                Key {
                    id: definition.id.clone(),
                    label: definition.label.clone(),
                    shape: shape(socle, &definition.ty),
                    list: matches!(definition.ty, Type::List(_)),
                    rules: reading,
                }
            })
            .collect();
        let names = [manifests.editor, manifests.product, manifests.version, manifests.date];
        let names = names.map(|field| socle.fields[usize::from(field.0)].id.clone());
        keys.sort_by_key(|key| {
            let named = names.iter().position(|name| *name == key.id).unwrap_or(names.len());
            (named, Reverse(key.rules.first().map(|rule| rule.0)))
        });
        let who = audience.map(|(field, _)| (socle.fields[usize::from(field.0)].id.clone(), labels));
        Ok(Model { who, keys })
    }

    /// Writes it.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut dyn Write, form: Form, lang: Lang) -> io::Result<()> {
        let intro = said(
            &text!(
                "Manifeste d'une version livrée. Ce qui n'est pas déclaré est inconnu, et l'inconnu d'une règle bloquante ferme la porte.",
                "Manifest of a release. What is not declared is unknown, and an unknown of a blocking rule closes the gate."
            ),
            lang,
        );
        match form {
            Form::Toml => self.toml(out, &intro, lang),
            Form::Json => self.json(out, &intro, lang),
            Form::Xml => self.xml(out, &intro, lang),
        }
    }

    fn toml(&self, out: &mut dyn Write, intro: &str, lang: Lang) -> io::Result<()> {
        writeln!(out, "# {intro}\nschema = \"{SCHEMA}\"")?;
        if let Some((key, names)) = &self.who {
            let list: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            let mark = if names.is_empty() { "# " } else { "" };
            let list = if list.is_empty() { BLANK.to_owned() } else { list.join(", ") };
            writeln!(out, "{mark}{key} = [{list}]")?;
        }
        for key in &self.keys {
            writeln!(out)?;
            for line in key.comment(lang) {
                writeln!(out, "# {line}")?;
            }
            let blank = if key.list { format!("[{BLANK}]") } else { BLANK.to_owned() };
            writeln!(out, "# {} = {blank}", key.id)?;
        }
        Ok(())
    }

    fn json(&self, out: &mut dyn Write, intro: &str, lang: Lang) -> io::Result<()> {
        use serde_json::Value as Json;
        // In the order of the model, which a map of JSON would not keep.
        let quoted = |text: &str| Json::from(text).to_string();
        write!(out, "{{\n  \"schema\": {},\n  \"$comment\": {{\n    \"\": {}", quoted(SCHEMA), quoted(intro))?;
        for key in &self.keys {
            write!(out, ",\n    {}: {}", quoted(&key.id), quoted(&key.comment(lang).join(" ")))?;
        }
        write!(out, "\n  }}")?;
        if let Some((key, names)) = &self.who {
            let names = if names.is_empty() { Json::Null } else { Json::from(names.clone()) };
            write!(out, ",\n  {}: {names}", quoted(key))?;
        }
        for key in &self.keys {
            write!(out, ",\n  {}: null", quoted(&key.id))?;
        }
        writeln!(out, "\n}}")
    }

    fn xml(&self, out: &mut dyn Write, intro: &str, lang: Lang) -> io::Result<()> {
        let escaped = |text: &str| quick_xml::escape::escape(text).into_owned();
        // Two hyphens end a comment.
        let comment = |text: &str| escaped(text).replace("--", "- -");
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- {} -->", comment(intro))?;
        writeln!(out, "<release xmlns=\"{NAMESPACE}\">")?;
        if let Some((key, names)) = &self.who {
            let items: String = names.iter().map(|name| format!("<item>{}</item>", escaped(name))).collect();
            writeln!(out, "  <{key}>{items}</{key}>")?;
        }
        for key in &self.keys {
            writeln!(out)?;
            for line in key.comment(lang) {
                writeln!(out, "  <!-- {} -->", comment(&line))?;
            }
            writeln!(out, "  <{0}></{0}>", key.id)?;
        }
        writeln!(out, "</release>")
    }
}

impl Key {
    /// What the key is, its form, the rules that look at it.
    fn comment(&self, lang: Lang) -> Vec<String> {
        let (label, shape) = (self.label.get(lang), self.shape.get(lang));
        let mut lines = vec![said(&text!("{label} : {shape}", "{label}: {shape}"), lang)];
        for (level, id, title) in &self.rules {
            let (level, title) = (words::level(*level, lang), title.get(lang));
            lines.push(said(&text!("- {id} ({level}) : {title}", "- {id} ({level}): {title}"), lang));
        }
        lines
    }
}

/// The names nearest to one that the socle does not know.
#[must_use]
pub fn near(socle: &Socle, name: &str) -> Option<Text> {
    let (_, table) = socle.manifests.as_ref()?.audience(socle)?;
    let rows = &socle.tables.table(table).rows;
    did_you_mean(name, rows.iter().flat_map(|row| [row.id.as_str(), row.label.fr.as_str(), row.label.en.as_str()]))
        .or_else(|| {
            let list: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
            let list = list.join("`, `");
            Some(text!("noms connus : `{list}`", "names known: `{list}`"))
        })
}

/// Whether a rule reads a field, or one that it completes.
fn reads(rule: &Rule, field: FieldId, socle: &Socle) -> bool {
    let read = rule.fields();
    let completes = |other: &FieldId| socle.fields[usize::from(other.0)].parts.iter().any(|part| part.field == field);
    read.contains(&field) || read.iter().any(completes)
}

/// How a value is written.
fn shape(socle: &Socle, ty: &Type) -> Text {
    match ty {
        Type::Bool => text!("true ou false", "true or false"),
        Type::Int | Type::Double => text!("nombre", "number"),
        Type::String => text!("texte", "text"),
        Type::Date => text!("date, AAAA-MM-JJ", "date, YYYY-MM-DD"),
        Type::Version => text!("version, ou « aucune »", "version, or “aucune” (none)"),
        Type::Identifier => text!("identifiant", "identifier"),
        Type::Row(table) => {
            let table = socle.tables.table(*table);
            let versioned = table.columns.iter().any(|column| column.ty == Type::Version);
            // Of what has versions, one of each name: the latest.
            let mut names = BTreeSet::new();
            let name = |row: &Row| row.label.fr.split(' ').next().unwrap_or_default().to_owned();
            let rows = table.rows.iter().rev().filter(|row| !versioned || names.insert(name(row)));
            let shown: Vec<&str> = rows.take(LISTED).map(|row| row.id.as_str()).collect();
            let list = shown.join(", ");
            let more = if table.rows.len() > shown.len() { "…" } else { "" };
            match versioned {
                true => text!(
                    "{list}{more}, ou un intervalle, « NOM >= 2, < 4 »",
                    "{list}{more}, or a range, “NAME >= 2, < 4”"
                ),
                false => Text::same(format!("{list}{more}")),
            }
        }
        Type::Record(SERVICE) => {
            text!("true, false, ou sa version", "true, false, or its version")
        }
        Type::Record(record) => {
            let members: Vec<&str> =
                socle.tables.record(*record).members.iter().map(|member| member.name.as_str()).collect();
            let list = members.join(", ");
            text!("table de : {list}", "table of: {list}")
        }
        Type::List(item) => {
            let Text { fr, en } = shape(socle, item);
            text!("liste de : {fr}", "list of: {en}")
        }
    }
}
