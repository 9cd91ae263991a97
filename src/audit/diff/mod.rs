//! What changes from one pack to another: the rules, the facts of the socle that they rest on, and on an inventory who
//! changes status and why.

mod facts;
mod impact;
mod rules;

pub use facts::FactChange;
pub use impact::{ImpactGroup, ImpactOptions, Matrix, PackImpact, RuleImpact, Transition, pack_impact};
pub use rules::{FieldChange, PackEdition, RuleChange, RulesDiff, Standing, diff};

use super::survey::Rules;

/// A pack, with the socle that it is read with.
pub struct Side<'e> {
    /// The rules: one pack.
    pub rules: &'e Rules<'e>,
    /// As the user named it.
    pub name: String,
}
