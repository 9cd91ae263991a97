//! Enumerated columns: the strings that may stand beside them.

use super::check::{Local, Vocabulary};
use super::expr::{Expr, Kind};
use crate::socle::Tables;
use crate::value::{Datum, TableId, Type, Value};
use std::collections::BTreeSet;

/// The enumerated column whose values an expression (or its items) takes, if any.
pub(super) fn of(expr: &Expr, tables: &Tables, locals: &[Local]) -> Vocabulary {
    match &expr.kind {
        Kind::Column(row, column) => match row.ty {
            Type::Row(table) if tables.table(table).columns[*column].enumerated => Some((table, *column)),
            _ => None,
        },
        Kind::Local(depth) => locals.get(*depth).and_then(|l| l.vocabulary),
        Kind::If(_, a, b) => of(a, tables, locals).or_else(|| of(b, tables, locals)),
        Kind::List(items) => items.iter().find_map(|item| of(item, tables, locals)),
        _ => None,
    }
}

/// The values of an enumerated column.
pub(super) fn values(tables: &Tables, table: TableId, column: usize) -> BTreeSet<&str> {
    let mut values = BTreeSet::new();
    for row in &tables.table(table).rows {
        if let Some(cell) = row.cells.get(column) {
            collect(cell, &mut values);
        }
    }
    values
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
