//! Expressions that read nothing: their value is known when the pack is loaded.

use super::expr::{Expr, Kind};
use super::{Env, eval};
use crate::socle::Tables;
use crate::value::{Date, Datum, Value};

/// Whether an expression reads no field, no variable, no parameter and no clock.
pub(super) fn is_constant(expr: &Expr) -> bool {
    let mut constant = true;
    expr.visit(&mut |e| {
        constant &=
            !matches!(e.kind, Kind::Today | Kind::Field(_) | Kind::Previous(_) | Kind::Parameter(_) | Kind::Local(_));
    });
    constant
}

/// The value of a constant expression, when it has one.
pub(super) fn value(expr: &Expr, tables: &Tables) -> Option<Value> {
    if !is_constant(expr) {
        return None;
    }
    // A constant does not read the clock: any date will do.
    let today = Date::new(2000, 1, 1)?;
    match eval(expr, &Env { tables, parameters: &[], fields: &[], previous: &[], today }) {
        Datum::Known(value) => Some(value),
        Datum::OneOf(_) | Datum::Unknown(_) => None,
    }
}
