//! Conditions: CEL's syntax with static types and unknowns.
//!
//! Text → [`parse`](parse) → checked [`Expr`] → [`Datum`](crate::value::Datum).

mod expr;

pub use expr::{BinaryOp, DatePart, Expr, Kind, StringTest, VersionPart};
