//! Dates at which an answer can change while the data stays the same.
//!
//! The checker lets `today` stand only where these dates can be computed: beside a date, give or
//! take constant days, in `today.year`, and behind the parameters, whose values have a first day.

use super::constant::is_constant;
use super::eval::{Env, Evaluator};
use super::expr::{BinaryOp, Expr, Kind};
use super::limits::is_today;
use crate::socle::{Parameter, Tables};
use crate::value::{Date, Datum, Missing, Value};
use std::collections::BTreeSet;

/// Every date in `]from, to]` at which the value may change for this record.
#[must_use]
pub fn flips(expr: &Expr, env: &Env<'_>, from: Date, to: Date) -> BTreeSet<Date> {
    let mut dates = static_flips(expr, env.tables, env.parameters, from, to);
    // What a comparison's other side is worth may itself change: at the first days of parameters.
    let stages: Vec<Date> = std::iter::once(from).chain(dates.iter().copied()).collect();
    for today in stages {
        let env = Env { today, ..*env };
        Collector { evaluator: Evaluator::new(&env), from, to, dates: &mut dates }.collect(expr);
    }
    dates
}

/// Those dates of [`flips`] that depend on no record: written in the condition, or first days of the
/// values of a parameter, or first days of a year.
#[must_use]
pub fn static_flips(expr: &Expr, tables: &Tables, parameters: &[Parameter], from: Date, to: Date) -> BTreeSet<Date> {
    let mut dates = BTreeSet::new();
    let mut reads_parameter = false;
    let mut reads_year = false;
    expr.visit(&mut |e| match &e.kind {
        Kind::Parameter(id) => {
            reads_parameter = true;
            if let Some(parameter) = parameters.get(usize::from(id.0)) {
                dates.extend(parameter.values.iter().map(|(since, _)| *since).filter(|d| from < *d && *d <= to));
            }
        }
        Kind::DatePart(inner, _) if matches!(inner.kind, Kind::Today) => reads_year = true,
        _ => {}
    });
    if reads_year {
        let years = from.year()..=to.year();
        dates.extend(
            years.filter_map(|year| Date::new(i16::try_from(year).ok()?, 1, 1)).filter(|d| from < *d && *d <= to),
        );
    }
    let env = |today| Env { tables, parameters, fields: &[], previous: &[], today };
    if reads_parameter {
        for today in std::iter::once(from).chain(dates.clone()) {
            let env = env(today);
            Collector { evaluator: Evaluator::new(&env), from, to, dates: &mut dates }
                .collect_if(expr, &reads_no_record);
        }
    } else {
        let env = env(from);
        Collector { evaluator: Evaluator::new(&env), from, to, dates: &mut dates }.collect_if(expr, &is_constant);
    }
    dates
}

/// Whether a date is the same for every record on a given day.
fn reads_no_record(expr: &Expr) -> bool {
    let mut none = true;
    expr.visit(&mut |e| none &= !matches!(e.kind, Kind::Field(_) | Kind::Previous(_) | Kind::Local(_)));
    none
}

struct Collector<'a, 'd> {
    evaluator: Evaluator<'a>,
    from: Date,
    to: Date,
    dates: &'d mut BTreeSet<Date>,
}

impl<'a> Collector<'a, '_> {
    fn collect(&mut self, expr: &'a Expr) {
        self.collect_if(expr, &|_| true);
    }

    /// Adds the dates of the comparisons of `today` with what `wanted` accepts.
    fn collect_if(&mut self, expr: &'a Expr, wanted: &impl Fn(&Expr) -> bool) {
        match &expr.kind {
            Kind::Binary(op, a, b) if op.is_comparison() && (is_today(a) || is_today(b)) => {
                let (op, clock, other) = if is_today(a) { (*op, a, b) } else { (mirrored(*op), b, a) };
                if wanted(other) {
                    self.comparison(op, clock, other);
                }
            }
            Kind::Exists(list, body) | Kind::All(list, body) => {
                self.collect_if(list, wanted);
                if !reads_clock(body) {
                    return;
                }
                // What does not depend on the item is there even when the list is empty or not known.
                self.under(&Datum::Unknown(Missing::Undecided), body, wanted);
                if reads_no_local(body) {
                    return;
                }
                for candidate in self.evaluator.seen(list).into_datum().candidates() {
                    let Value::List(items) = candidate else { continue };
                    items.iter().for_each(|item| self.under(item, body, wanted));
                }
            }
            _ => expr.children().into_iter().for_each(|child| self.collect_if(child, wanted)),
        }
    }

    fn under(&mut self, item: &Datum, body: &'a Expr, wanted: &impl Fn(&Expr) -> bool) {
        self.evaluator.locals.push(item.clone());
        self.collect_if(body, wanted);
        self.evaluator.locals.pop();
    }

    /// `today + shift op other`: the answer changes on `other - shift`, or on the day after.
    fn comparison(&mut self, op: BinaryOp, clock: &'a Expr, other: &'a Expr) {
        let Some(shift) = self.shift(clock) else { return };
        let Some(back) = shift.checked_neg() else { return };
        for value in self.evaluator.seen(other).into_datum().candidates() {
            let Value::Date(date) = value else { continue };
            let Some(same_day) = date.plus_days(back) else { continue };
            days_of_flip(op, same_day).for_each(|day| self.add(day));
        }
    }

    /// The constant days in `today + 30 - 1`.
    fn shift(&mut self, clock: &'a Expr) -> Option<i64> {
        let Kind::Binary(op, a, b) = &clock.kind else { return Some(0) };
        let (inner, days) = if is_today(a) { (a, b) } else { (b, a) };
        let Datum::Known(Value::Int(days)) = self.evaluator.seen(days).into_datum() else { return None };
        let days = if *op == BinaryOp::Subtract { days.checked_neg()? } else { days };
        self.shift(inner)?.checked_add(days)
    }

    fn add(&mut self, date: Date) {
        if self.from < date && date <= self.to {
            self.dates.insert(date);
        }
    }
}

/// The days on which `today op date` may answer otherwise than the day before: the date, the day after, or both.
pub(super) fn days_of_flip(op: BinaryOp, date: Date) -> impl Iterator<Item = Date> {
    let on_the_day = !matches!(op, BinaryOp::Greater | BinaryOp::LessOrEqual);
    let the_day_after = !matches!(op, BinaryOp::Less | BinaryOp::GreaterOrEqual);
    let next = if the_day_after { date.plus_days(1) } else { None };
    on_the_day.then_some(date).into_iter().chain(next)
}

/// The operator once both sides have changed places.
pub(super) fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessOrEqual => BinaryOp::GreaterOrEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterOrEqual => BinaryOp::LessOrEqual,
        other => other,
    }
}

fn reads_clock(expr: &Expr) -> bool {
    let mut reads = false;
    expr.visit(&mut |e| reads |= matches!(e.kind, Kind::Today));
    reads
}

fn reads_no_local(expr: &Expr) -> bool {
    let mut none = true;
    expr.visit(&mut |e| none &= !matches!(e.kind, Kind::Local(_)));
    none
}
