//! Facts of the socle that a rule reads: thresholds, columns of tables, orders of scales, types of fields.

use crate::diag::Text;
use crate::pack::Rule;
use crate::pack::condition::{BinaryOp, Kind};
use crate::socle::{Socle, Table};
use crate::text;
use crate::value::{Datum, Type, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A fact that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FactChange {
    /// Stable path: `os.WINDOWS-10-22H2-PRO.end_of_support`, `palier_min`, `palier.order`.
    pub path: String,
    /// What it is about, for people.
    pub label: Text,
    /// What the old socle says; `None` when it says nothing.
    pub old: Option<Text>,
    /// What the new one says.
    pub new: Option<Text>,
}

/// What a rule reads of a socle.
#[derive(Default)]
struct Facts(BTreeMap<String, (Text, Option<Text>)>);

/// The facts that differ between a rule and its new version, each read with its own socle.
pub(super) fn changes((old, old_socle): (&Rule, &Socle), (new, new_socle): (&Rule, &Socle)) -> Vec<FactChange> {
    if std::ptr::eq(old_socle, new_socle) {
        return Vec::new();
    }
    let (before, after) = (Facts::of(old, old_socle), Facts::of(new, new_socle));
    let paths: BTreeSet<&String> = before.0.keys().chain(after.0.keys()).collect();
    let change = |path: &String| {
        let (old, new) = (before.0.get(path), after.0.get(path));
        let label = new.or(old).map(|(label, _)| label.clone())?;
        let (old, new) = (old.and_then(|(_, said)| said.clone()), new.and_then(|(_, said)| said.clone()));
        (old != new).then(|| FactChange { path: path.clone(), label, old, new })
    };
    paths.into_iter().filter_map(change).collect()
}

impl Facts {
    fn of(rule: &Rule, socle: &Socle) -> Facts {
        let mut facts = Facts::default();
        for condition in rule.conditions() {
            condition.expr.visit(&mut |part| {
                if let Type::Row(table) = part.ty {
                    facts.naming(socle, table);
                }
            });
            condition.expr.visit(&mut |part| match &part.kind {
                Kind::Parameter(id) => facts.parameter(socle, usize::from(id.0)),
                Kind::Column(row, column) => {
                    if let Type::Row(table) = row.ty {
                        facts.column(socle, socle.tables.table(table), table, *column);
                    }
                }
                Kind::Binary(op, a, _) if !matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) => {
                    if let Type::Row(table) = a.ty {
                        facts.order(socle.tables.table(table));
                    }
                }
                Kind::Field(field) => {
                    let field = &socle.fields[usize::from(field.0)];
                    let ty = Text::same(socle.tables.type_name(&field.ty));
                    let name = &field.label;
                    let label = text!("type de {}", "type of {}", name.fr);
                    facts.add(format!("{}.type", field.id), label, Some(ty));
                }
                _ => {}
            });
        }
        facts
    }

    fn add(&mut self, path: String, label: Text, said: Option<Text>) {
        self.0.insert(path, (label, said));
    }

    fn parameter(&mut self, socle: &Socle, number: usize) {
        let Some(parameter) = socle.parameters.get(number) else { return };
        let value = |value: &Value| socle.tables.value_label(value);
        for (since, step) in &parameter.values {
            let name = &parameter.label;
            let label = Text::new(format!("{} à partir du {since}", name.fr), format!("{} from {since}", name.en));
            self.add(format!("{}.{since}", parameter.id), label, Some(value(step)));
        }
    }

    fn column(&mut self, socle: &Socle, body: &Table, table: crate::value::TableId, column: usize) {
        let Some(head) = body.columns.get(column) else { return };
        for row in &body.rows {
            let said = match &row.cells[column] {
                Datum::Unknown(_) => None,
                Datum::Known(value) => Some(socle.tables.column_label(table, column, value)),
                several => Some(socle.tables.datum_label(several)),
            };
            let label = Text::new(
                format!("{}, {}", row.label.fr, head.label.fr),
                format!("{}, {}", row.label.en, head.label.en),
            );
            self.add(format!("{}.{}.{}", body.id, row.id, head.name), label, said);
        }
    }

    /// How texts of inventories name the rows of a table.
    fn naming(&mut self, socle: &Socle, table: crate::value::TableId) {
        let body = socle.tables.table(table);
        if self.0.contains_key(&format!("{}.patterns", body.id)) {
            return;
        }
        let naming = socle.tables.naming(table);
        for (row, (names, builds)) in body.rows.iter().zip(naming.rows) {
            let Text { fr, en } = &row.label;
            let said = |text: String| (!text.is_empty()).then(|| Text::same(text));
            let label = text!("{fr}, textes reconnus", "{en}, texts recognised");
            self.add(format!("{}.{}.aliases", body.id, row.id), label, said(names.join(", ")));
            let label = text!("{fr}, numéros de build", "{en}, build numbers");
            self.add(format!("{}.{}.builds", body.id, row.id), label, said(builds.join(", ")));
        }
        let Text { fr, en } = &body.title;
        let label = text!("{fr}, motifs", "{en}, patterns");
        let patterns = naming.patterns.join(" ; ");
        self.add(format!("{}.patterns", body.id), label, (!patterns.is_empty()).then(|| Text::same(patterns)));
    }

    fn order(&mut self, body: &Table) {
        let names = |of: fn(&Text) -> &str| body.rows.iter().map(|row| of(&row.label)).collect::<Vec<_>>().join(" < ");
        let title = &body.title;
        let label = Text::new(format!("ordre de {}", title.fr), format!("order of {}", title.en));
        self.add(format!("{}.order", body.id), label, Some(Text::new(names(|text| &text.fr), names(|text| &text.en))));
    }
}
