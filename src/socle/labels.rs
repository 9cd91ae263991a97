//! Values for people.

use super::{FieldId, SERVICE, Socle, Tables};
use crate::diag::{Lang, Text};
use crate::text;
use crate::value::{Datum, TableId, Type, Value};

impl Socle {
    /// What a path reads from a field, for people: « système (fin de support) ».
    #[must_use]
    pub fn path_label(&self, field: FieldId, path: &str) -> Text {
        let field = &self.fields[usize::from(field.0)];
        let labels = self.tables.labels_on_path(&field.ty, path);
        // That a service is there is what its own name says.
        if labels.is_empty() || (field.ty == Type::Record(SERVICE) && path == "present") {
            return field.label.clone();
        }
        let inner = join(&labels, ", ");
        Text::new(format!("{} ({})", field.label.fr, inner.fr), format!("{} ({})", field.label.en, inner.en))
    }
}

impl Tables {
    /// The labels of the members and columns that a path goes through; what has none is named as it is written.
    fn labels_on_path(&self, ty: &Type, path: &str) -> Vec<Text> {
        if path.is_empty() {
            return Vec::new();
        }
        let rest = |name: &str| path.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with('.'));
        let step = match ty {
            Type::List(items) => return self.labels_on_path(items, path),
            // A column's name may have dots: the one that says most of the path is meant.
            Type::Row(table) => {
                let columns = self.table(*table).columns.iter().filter(|column| rest(&column.name).is_some());
                columns.max_by_key(|column| column.name.len()).map(|column| (&column.name, &column.label, &column.ty))
            }
            Type::Record(record) => {
                let mut members = self.record(*record).members.iter();
                members.find(|m| rest(&m.name).is_some()).map(|m| (&m.name, &m.label, &m.ty))
            }
            Type::Version => match path {
                "major" => return vec![text!("numéro majeur", "major number")],
                "minor" => return vec![text!("numéro mineur", "minor number")],
                "patch" => return vec![text!("numéro de correctif", "patch number")],
                _ => None,
            },
            _ => None,
        };
        let Some((name, label, ty)) = step else { return vec![Text::same(path)] };
        let after = rest(name).unwrap_or_default().trim_start_matches('.');
        let mut labels = vec![label.clone()];
        labels.extend(self.labels_on_path(ty, after));
        labels
    }

    /// A value for people, in both languages.
    #[must_use]
    pub fn value_label(&self, value: &Value) -> Text {
        match value {
            Value::Bool(true) => text!("oui", "yes"),
            Value::Bool(false) => text!("non", "no"),
            Value::Int(n) => Text::same(n.to_string()),
            Value::Double(n) => Text::new(n.to_string().replace('.', ","), n.to_string()),
            Value::String(text) => Text::same(&**text),
            Value::Date(date) => Text::same(date.to_string()),
            Value::Version(version) if version.is_absent() => text!("absent", "absent"),
            Value::Version(version) => Text::same(version.to_string()),
            Value::Identifier(identifier) => Text::same(identifier.shown()),
            Value::Row(row) => self.row(*row).label.clone(),
            Value::Record(members) => {
                let known: Vec<Text> = members.iter().filter_map(|member| self.known_label(member)).collect();
                join(&known, ", ")
            }
            Value::List(items) if items.is_empty() => text!("aucun", "none"),
            Value::List(items) => {
                join(&items.iter().map(|item| self.datum_label(item)).collect::<Vec<_>>(), "\u{a0}; ")
            }
        }
    }

    /// The label of a value of a column: an enumerated string may have its own.
    #[must_use]
    pub fn column_label(&self, table: TableId, column: usize, value: &Value) -> Text {
        if let Value::String(text) = value
            && let Some(extra) = self.extras.get(usize::from(table.0))
            && let Some((_, _, label)) = extra.values.iter().find(|(c, v, _)| *c == column && **v == **text)
        {
            return label.clone();
        }
        self.value_label(value)
    }

    /// A datum for people: candidates keep what they share, then differ in brackets.
    #[must_use]
    pub fn datum_label(&self, datum: &Datum) -> Text {
        match datum {
            Datum::Known(value) => self.value_label(value),
            Datum::OneOf(values) => {
                let labels: Vec<Text> = values.iter().map(|value| self.value_label(value)).collect();
                let one = |lang| candidates(&labels.iter().map(|label| label.get(lang)).collect::<Vec<_>>());
                Text::new(one(Lang::Fr), one(Lang::En))
            }
            Datum::Unknown(_) => text!("inconnu", "unknown"),
        }
    }

    fn known_label(&self, datum: &Datum) -> Option<Text> {
        (!matches!(datum, Datum::Unknown(_))).then(|| self.datum_label(datum))
    }

    /// The name of a type, as `fields.toml` writes it.
    #[must_use]
    pub fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => "bool".to_owned(),
            Type::Int => "int".to_owned(),
            Type::Double => "double".to_owned(),
            Type::String => "string".to_owned(),
            Type::Date => "date".to_owned(),
            Type::Version => "version".to_owned(),
            Type::Identifier => "identifier".to_owned(),
            Type::Row(table) => self.table(*table).id.clone(),
            Type::Record(record) => self.record(*record).id.clone(),
            Type::List(item) => format!("list({})", self.type_name(item)),
        }
    }
}

fn join(texts: &[Text], separator: &str) -> Text {
    let one = |lang| texts.iter().map(|text| text.get(lang)).collect::<Vec<_>>().join(separator);
    Text::new(one(Lang::Fr), one(Lang::En))
}

/// `Windows 10 22H2 (Famille, Professionnel, …)`: the words in common, then at most four differences.
fn candidates(labels: &[&str]) -> String {
    const SHOWN: usize = 4;
    let words: Vec<Vec<&str>> = labels.iter().map(|label| label.split(' ').collect()).collect();
    let shortest = words.iter().map(Vec::len).min().unwrap_or(0);
    let shared = (0..shortest).take_while(|i| words.iter().all(|w| w[*i] == words[0][*i])).count();
    let mut rest: Vec<String> = Vec::new();
    for label in &words {
        let tail = label[shared..].join(" ");
        if !tail.is_empty() && !rest.contains(&tail) {
            rest.push(tail);
        }
    }
    let more = if rest.len() > SHOWN { ", …" } else { "" };
    rest.truncate(SHOWN);
    let rest = rest.join(", ");
    let head = words.first().map(|w| w[..shared].join(" ")).unwrap_or_default();
    match (head.is_empty(), rest.is_empty()) {
        (true, _) => format!("{rest}{more}"),
        (false, true) => head,
        (false, false) => format!("{head} ({rest}{more})"),
    }
}
