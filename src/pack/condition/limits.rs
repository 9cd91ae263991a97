//! What is checked on a whole condition once it is typed: the use of `today`, and its cost.

use super::constant::is_constant;
use super::expr::{BinaryOp, Expr, Kind};
use super::fault::{Fault, LIMIT, TODAY};
use crate::text;

/// Items a list of the inventory is reckoned to have.
const LIST_LENGTH: u64 = 50;

/// Steps an evaluation may be reckoned to take.
const MAX_COST: u64 = 200_000;

/// Refuses a condition whose evaluation may be long: lists gone through inside lists.
pub(super) fn cost(expr: &Expr, faults: &mut Vec<Fault>) {
    let steps = steps(expr);
    if steps > MAX_COST {
        faults.push(
            Fault::new(
                LIMIT,
                expr.span.clone(),
                text!(
                    "cette condition est trop coûteuse : {steps} pas estimés, {MAX_COST} au plus",
                    "this condition costs too much: {steps} steps reckoned, {MAX_COST} at most"
                ),
                text!("trop coûteuse", "too costly"),
            )
            .help(text!("emboîter moins de `exists` et de `all`", "nest fewer `exists` and `all`")),
        );
    }
}

fn steps(expr: &Expr) -> u64 {
    let children = expr.children().iter().fold(1u64, |sum, child| sum.saturating_add(steps(child)));
    match &expr.kind {
        Kind::Exists(list, body) | Kind::All(list, body) => {
            children.saturating_add(length(list).saturating_mul(steps(body)))
        }
        Kind::In(_, list) => children.saturating_add(length(list)),
        _ => children,
    }
}

fn length(list: &Expr) -> u64 {
    match &list.kind {
        Kind::List(items) => items.len() as u64,
        Kind::If(_, a, b) => length(a).max(length(b)),
        _ => LIST_LENGTH,
    }
}

/// Refuses `today` anywhere but in a comparison with a date, give or take constant days, or in `today.year`.
///
/// INVARIANT: every date at which an answer can flip is computable.
pub(super) fn today(expr: &Expr, faults: &mut Vec<Fault>) {
    match &expr.kind {
        Kind::Today => faults.push(misplaced(expr)),
        Kind::DatePart(inner, _) if matches!(inner.kind, Kind::Today) => {}
        Kind::Binary(op, a, b) if op.is_comparison() && (is_today(a) || is_today(b)) => {
            let (clock, other) = if is_today(a) { (a, b) } else { (b, a) };
            if !days_are_constant(clock) || !days_are_constant(other) {
                faults.push(
                    Fault::new(
                        TODAY,
                        expr.span.clone(),
                        text!(
                            "face à `today`, une date ne s'augmente que d'un nombre constant de jours",
                            "beside `today`, a date moves by a constant number of days only"
                        ),
                        text!("nombre de jours variable", "variable number of days"),
                    )
                    .help(text!(
                        "la date à laquelle la réponse change doit être calculable",
                        "the date at which the answer changes must be computable"
                    )),
                );
            } else {
                let mut reads_clock = false;
                other.visit(&mut |e| reads_clock |= matches!(e.kind, Kind::Today));
                if reads_clock {
                    faults.push(misplaced(other));
                }
            }
        }
        _ => expr.children().into_iter().for_each(|child| today(child, faults)),
    }
}

fn misplaced(expr: &Expr) -> Fault {
    Fault::new(
        TODAY,
        expr.span.clone(),
        text!("`today` ne se lit pas ici", "`today` cannot be read here"),
        text!(
            "`today` se compare à une date, à un nombre constant de jours près",
            "`today` is compared with a date, give or take a constant number of days"
        ),
    )
    .help(text!(
        "par exemple `today <= date(\"2021-12-31\")`, ou `today.year`",
        "for example `today <= date(\"2021-12-31\")`, or `today.year`"
    ))
}

/// `today`, `today + 30`, `today - 30 + 1` …
pub(super) fn is_today(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Today => true,
        Kind::Binary(BinaryOp::Add, a, b) => is_today(a) || is_today(b),
        Kind::Binary(BinaryOp::Subtract, a, _) => is_today(a),
        _ => false,
    }
}

fn days_are_constant(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Binary(BinaryOp::Add | BinaryOp::Subtract, a, b) => {
            let (date, days) = if a.ty == crate::value::Type::Date { (a, b) } else { (b, a) };
            is_constant(days) && days_are_constant(date)
        }
        _ => true,
    }
}
