//! Enumerated columns and schemes of identifiers: the strings that may stand beside them.

use super::check::Local;
use super::expr::{Expr, Kind};
use crate::socle::Tables;
use crate::value::{Datum, TableId, Type, Value};
use std::collections::BTreeSet;

/// Strings of which there are so many and no others.
#[derive(Clone, Copy)]
pub(super) enum Vocabulary {
    /// The values of an enumerated column.
    Column(TableId, usize),
    /// The names of the schemes of identifiers.
    Schemes,
}

/// The strings that an expression (or its items) may be, when they are told.
pub(super) fn of(expr: &Expr, tables: &Tables, locals: &[Local]) -> Option<Vocabulary> {
    match &expr.kind {
        Kind::Column(row, column) => match row.ty {
            Type::Row(table) if tables.table(table).columns[*column].enumerated => {
                Some(Vocabulary::Column(table, *column))
            }
            _ => None,
        },
        Kind::Scheme(_) if !tables.schemes.is_empty() => Some(Vocabulary::Schemes),
        Kind::Local(depth) => locals.get(*depth).and_then(|l| l.vocabulary),
        Kind::If(_, a, b) => of(a, tables, locals).or_else(|| of(b, tables, locals)),
        Kind::List(items) => items.iter().find_map(|item| of(item, tables, locals)),
        _ => None,
    }
}

impl Vocabulary {
    /// What has these values.
    pub(super) fn name(self, tables: &Tables) -> &str {
        match self {
            Vocabulary::Column(table, column) => &tables.table(table).columns[column].name,
            Vocabulary::Schemes => "scheme",
        }
    }

    /// The values.
    pub(super) fn values(self, tables: &Tables) -> BTreeSet<&str> {
        let mut values = BTreeSet::new();
        match self {
            Vocabulary::Column(table, column) => {
                let cells = tables.table(table).rows.iter().filter_map(|row| row.cells.get(column));
                cells.for_each(|cell| collect(cell, &mut values));
            }
            Vocabulary::Schemes => values.extend(tables.schemes.iter().map(AsRef::as_ref)),
        }
        values
    }
}

fn collect<'a>(datum: &'a Datum, values: &mut BTreeSet<&'a str>) {
    for value in datum.candidates() {
        match value {
            Value::String(text) => {
                values.insert(text);
            }
            Value::List(items) => items.iter().for_each(|item| collect(item, values)),
            _ => {}
        }
    }
}
