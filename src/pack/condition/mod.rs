//! Conditions: CEL's syntax with static types and unknowns.
//!
//! Text → tokens → tree → checked [`Expr`] → [`Datum`]. Everything that can be wrong is found by
//! [`compile`], all faults together; evaluation cannot fail, it can only not know.
//!
//! **Unknowns.** `&&`, `||`, `!`, `exists` and `all` follow Kleene's strong logic; `?:` is unknown
//! when its test is. A value may be a set of candidates: a selection gives the set of the
//! candidates' attributes, every other operator answers what all candidates answer, else unknown.
//! Hence monotony: what is learnt about an unknown cell never turns true into false, or back.

mod calendar;
mod call;
mod check;
mod constant;
mod decide;
mod eval;
mod expr;
mod fault;
mod flips;
pub mod json;
mod limits;
mod names;
mod parse;
mod pattern;
mod token;
mod types;
mod vocabulary;
mod words;

#[cfg(test)]
mod tests;

pub use calendar::{Calendar, Ending, calendar};
pub use decide::{Read, Reason, decide};
pub use eval::{Env, comparison, eval, holds, truth};
pub use expr::{BinaryOp, DatePart, Expr, Kind, StringTest, VersionPart};
pub use fault::Fault;
pub use flips::{flips, static_flips};
pub use types::parse_type;
pub use words::words;

use crate::diag::Text;
use crate::socle::{Field, FieldId, Parameter, Tables};
use crate::text;
use crate::value::Type;
use std::collections::BTreeSet;

/// Bytes a condition may have.
pub const MAX_LENGTH: usize = 4096;

/// Names that a condition may use.
pub struct Names<'a> {
    /// Tables and record types.
    pub tables: &'a Tables,
    /// Fields, at the index of their [`FieldId`].
    pub fields: &'a [Field],
    /// Dated thresholds.
    pub parameters: &'a [Parameter],
    /// Only the fields of this kind of record; all when `None`.
    pub kind: Option<&'a str>,
    /// Whether `previous.X` is allowed.
    pub previous: bool,
}

/// Checks a condition of any type.
///
/// # Errors
///
/// Every fault of the text, in the order of the text.
pub fn compile(text: &str, names: &Names<'_>) -> Result<Expr, Vec<Fault>> {
    checked(text, names, false)
}

/// Checks a condition that must be a boolean.
///
/// # Errors
///
/// Every fault of the text, in the order of the text.
pub fn compile_bool(text: &str, names: &Names<'_>) -> Result<Expr, Vec<Fault>> {
    checked(text, names, true)
}

fn checked(text: &str, names: &Names<'_>, boolean: bool) -> Result<Expr, Vec<Fault>> {
    let mut faults = Vec::new();
    if text.len() > MAX_LENGTH {
        let length = text.len();
        return Err(vec![Fault::new(
            fault::LIMIT,
            text.floor_char_boundary(MAX_LENGTH)..length,
            text!(
                "la condition a {length} octets, {MAX_LENGTH} au plus",
                "the condition has {length} bytes, {MAX_LENGTH} at most"
            ),
            text!("de trop", "too many"),
        )]);
    }
    let tokens = token::tokens(text, &mut faults);
    let tree = parse::parse(text, &tokens, &mut faults);
    let mut checker = check::Checker::new(text, names);
    let expr = tree.and_then(|tree| checker.expr(&tree, None));
    faults.append(&mut checker.faults);
    if let Some(expr) = &expr {
        if boolean && expr.ty != Type::Bool {
            let found = types::type_name(&expr.ty, names.tables);
            faults.push(
                Fault::new(
                    fault::TYPE,
                    expr.span.clone(),
                    Text::new(
                        format!("une condition est un booléen, pas {}", found.fr),
                        format!("a condition is a boolean, not {}", found.en),
                    ),
                    Text::new(format!("type : {}", found.fr), format!("type: {}", found.en)),
                )
                .help(text!("la comparer à une valeur", "compare it with a value")),
            );
        }
        limits::today(expr, &mut faults);
        limits::cost(expr, &mut faults);
    }
    faults.sort_by_key(|fault| (fault.span.start, fault.span.end));
    match expr {
        Some(expr) if faults.is_empty() => Ok(expr),
        _ => Err(faults),
    }
}

/// Whether a condition reads the record before (`previous.X`).
#[must_use]
pub fn compares(expr: &Expr) -> bool {
    let mut compares = false;
    expr.visit(&mut |e| compares |= matches!(e.kind, Kind::Previous(_)));
    compares
}

/// The fields that a condition reads (`previous.X` is not one of them).
#[must_use]
pub fn fields(expr: &Expr) -> BTreeSet<FieldId> {
    let mut fields = BTreeSet::new();
    expr.visit(&mut |e| {
        if let Kind::Field(id) = e.kind {
            fields.insert(id);
        }
    });
    fields
}
