//! Changing a part of an expression.

use super::condition::{Expr, Kind};

/// The child of an expression at an index of [`Expr::children`], to change it.
pub(super) fn child_mut(expr: &mut Expr, index: usize) -> Option<&mut Expr> {
    let children: Vec<&mut Expr> = match &mut expr.kind {
        Kind::Literal(_) | Kind::Today | Kind::Field(_) | Kind::Previous(_) | Kind::Parameter(_) | Kind::Local(_) => {
            Vec::new()
        }
        Kind::Column(a, _)
        | Kind::Member(a, _)
        | Kind::DatePart(a, _)
        | Kind::VersionPart(a, _)
        | Kind::Scheme(a)
        | Kind::KeyOk(a)
        | Kind::Not(a)
        | Kind::Negate(a)
        | Kind::Size(a)
        | Kind::Matches(a, _) => vec![a],
        Kind::And(a, b)
        | Kind::Or(a, b)
        | Kind::Binary(_, a, b)
        | Kind::In(a, b)
        | Kind::Exists(a, b)
        | Kind::All(a, b)
        | Kind::StringTest(_, a, b) => vec![a, b],
        Kind::If(a, b, c) => vec![a, b, c],
        Kind::List(items) => items.iter_mut().collect(),
    };
    children.into_iter().nth(index)
}
