//! Which sub-conditions of a rule no example decides.
//!
//! A sub-condition is decided by an example when making it unknown changes the verdict of that example.

use super::condition::{Expr, Kind};
use super::rule::Rule;
use super::walk::child_mut;
use crate::diag::Span;
use crate::socle::{FieldId, Socle};
use crate::value::Type;

/// A sub-condition that no example decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// The requirement, from 0; `None` is the scope.
    pub require: Option<usize>,
    /// Bytes of the condition's text.
    pub span: Span,
}

/// The sub-conditions of a rule that no example decides, in the order of the file.
#[must_use]
pub fn undecided(rule: &Rule, socle: &Socle) -> Vec<Undecided> {
    let count = usize::from(rule.scope.is_some());
    let mut bare = rule.clone();
    bare.examples.clear();
    let mut found = Vec::new();
    for (index, condition) in rule.conditions().enumerate() {
        let mut paths = Vec::new();
        leaves(&condition.expr, &mut Vec::new(), &mut paths);
        for (path, span) in paths {
            if !decided(rule, bare.clone(), socle, index, &path) {
                found.push(Undecided { require: index.checked_sub(count), span });
            }
        }
    }
    found
}

/// Paths of the smallest boolean parts: what `&&`, `||`, `!`, `?:`, `exists` and `all` are made of.
fn leaves(expr: &Expr, path: &mut Vec<usize>, found: &mut Vec<(Vec<usize>, Span)>) {
    let inner: &[usize] = match &expr.kind {
        Kind::Not(_) => &[0],
        Kind::And(..) | Kind::Or(..) => &[0, 1],
        Kind::If(..) if expr.ty == Type::Bool => &[0, 1, 2],
        Kind::Exists(..) | Kind::All(..) => &[1],
        Kind::Literal(_) => return,
        _ => {
            found.push((path.clone(), expr.span.clone()));
            return;
        }
    };
    for (index, part) in expr.children().into_iter().enumerate().filter(|(index, _)| inner.contains(index)) {
        path.push(index);
        leaves(part, path, found);
        path.pop();
    }
}

/// Whether some example's verdict changes when the part at `path` of a condition becomes unknown; `changed` is a
/// copy of the rule to change.
fn decided(rule: &Rule, mut changed: Rule, socle: &Socle, condition: usize, path: &[usize]) -> bool {
    // The field after the last one is collected nowhere: it stands for the part.
    let Ok(spare) = u16::try_from(socle.fields.len()) else { return true };
    let conditions = changed.scope.iter_mut().chain(changed.requires.iter_mut().map(|require| &mut require.that));
    let Some(condition) = conditions.into_iter().nth(condition) else { return true };
    let mut part = &mut condition.expr;
    for index in path {
        match child_mut(part, *index) {
            Some(next) => part = next,
            None => return true,
        }
    }
    part.kind = Kind::Field(FieldId(spare));
    rule.examples.iter().any(|example| {
        let env = example.env(socle);
        changed.verdict(&env) != rule.verdict(&env)
    })
}
