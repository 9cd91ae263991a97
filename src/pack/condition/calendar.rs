//! Every date at which a condition may change for *some* record: what [`flips`](super::flips) tells of
//! one record, told before any is seen.

use super::constant;
use super::expr::{BinaryOp, Expr, Kind};
use super::flips::{days_of_flip, mirrored, static_flips};
use super::limits::is_today;
use crate::socle::{Parameter, Tables};
use crate::value::{Date, Datum, RowRef, Type, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The dates at which a condition may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Each date, with the rows and columns of tables whose date is behind it; none when the date is
    /// written in the condition or in a parameter.
    pub dates: BTreeMap<Date, BTreeSet<Ending>>,
    /// Dates of the records themselves are compared with the clock: an answer may change on any day.
    pub from_records: bool,
}

/// The date in a column of a row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ending {
    /// The row.
    pub row: RowRef,
    /// The column.
    pub column: usize,
}

/// Every date in `]from, to]` at which the value may change for some record.
#[must_use]
pub fn calendar(expr: &Expr, tables: &Tables, parameters: &[Parameter], from: Date, to: Date) -> Calendar {
    let written = static_flips(expr, tables, parameters, from, to);
    let mut found =
        Calendar { dates: written.into_iter().map(|date| (date, BTreeSet::new())).collect(), ..Calendar::default() };
    let reading = Reading { tables, parameters, from, to };
    expr.visit(&mut |e| {
        let Kind::Binary(op, a, b) = &e.kind else { return };
        if op.is_comparison() && is_today(a) {
            reading.comparison(*op, a, b, &mut found);
        } else if op.is_comparison() && is_today(b) {
            reading.comparison(mirrored(*op), b, a, &mut found);
        }
    });
    found
}

struct Reading<'r> {
    tables: &'r Tables,
    parameters: &'r [Parameter],
    from: Date,
    to: Date,
}

impl Reading<'_> {
    fn comparison(&self, op: BinaryOp, clock: &Expr, other: &Expr, found: &mut Calendar) {
        let Some(back) = self.days(clock).and_then(i64::checked_neg) else { return };
        let mut possible = Vec::new();
        self.possible(other, 0, &mut possible, &mut found.from_records);
        for (date, ending) in possible {
            let days = date.plus_days(back).into_iter().flat_map(|date| days_of_flip(op, date));
            for day in days.filter(|day| self.from < *day && *day <= self.to) {
                found.dates.entry(day).or_default().extend(ending);
            }
        }
    }

    /// What is added to `today` or to a date: constant days.
    fn days(&self, expr: &Expr) -> Option<i64> {
        let Kind::Binary(op @ (BinaryOp::Add | BinaryOp::Subtract), a, b) = &expr.kind else { return Some(0) };
        let (date, days) = if a.ty == Type::Date { (a, b) } else { (b, a) };
        let Some(Value::Int(days)) = constant::value(days, self.tables) else { return None };
        let days = if *op == BinaryOp::Subtract { days.checked_neg()? } else { days };
        self.days(date)?.checked_add(days)
    }

    /// The dates that an expression may be worth, moved by `shift` days.
    fn possible(&self, expr: &Expr, shift: i64, out: &mut Vec<(Date, Option<Ending>)>, from_records: &mut bool) {
        match &expr.kind {
            Kind::Literal(Value::Date(date)) => out.extend(date.plus_days(shift).map(|date| (date, None))),
            Kind::Parameter(id) => {
                let values = self.parameters.get(usize::from(id.0)).map(|parameter| &parameter.values[..]);
                for (_, value) in values.unwrap_or_default() {
                    let Value::Date(date) = value else { continue };
                    out.extend(date.plus_days(shift).map(|date| (date, None)));
                }
            }
            Kind::Column(inner, column) => {
                let Type::Row(table) = inner.ty else { return };
                for (row, cells) in (0..).zip(self.tables.table(table).rows.iter().map(|row| &row.cells)) {
                    let ending = Ending { row: RowRef { table, row }, column: *column };
                    for value in cells.get(*column).map(Datum::candidates).unwrap_or_default() {
                        let Value::Date(date) = value else { continue };
                        out.extend(date.plus_days(shift).map(|date| (date, Some(ending))));
                    }
                }
            }
            Kind::Binary(op @ (BinaryOp::Add | BinaryOp::Subtract), a, b) => {
                let (date, days) = if a.ty == Type::Date { (a, b) } else { (b, a) };
                let Some(Value::Int(days)) = constant::value(days, self.tables) else { return };
                let days = if *op == BinaryOp::Subtract { days.checked_neg() } else { Some(days) };
                if let Some(shift) = days.and_then(|days| shift.checked_add(days)) {
                    self.possible(date, shift, out, from_records);
                }
            }
            Kind::If(_, a, b) => {
                self.possible(a, shift, out, from_records);
                self.possible(b, shift, out, from_records);
            }
            _ => *from_records = true,
        }
    }
}
