//! What can be changed in an installation: data of `actions.toml`.
//!
//! A field that no action names cannot be changed (a profession), as far as vigie knows.

use super::{FieldId, Socle};
use crate::diag::Text;

/// A way to change a field, or a member of the records that it holds.
#[derive(Clone, Debug)]
pub struct Action {
    /// The field.
    pub field: FieldId,
    /// The member that changes in place; `None`: the whole value, in a list a whole item.
    pub member: Option<usize>,
    /// What is done, for people: « Remplacer le lecteur ».
    pub label: Text,
    /// Among as many changes, those of the least cost are proposed.
    pub cost: u32,
    /// Columns that the new row has in common with the old one (the family of a system).
    pub keep: Vec<usize>,
    /// What it is to take the thing away, when that is a way too.
    pub remove: Option<Text>,
    /// What it is to take another product, when the catalogue tells that no version of this one would do.
    pub replace: Option<Text>,
}

impl Socle {
    /// The actions on a field, with their numbers in [`Socle::actions`].
    pub fn actions_on(&self, field: FieldId) -> impl Iterator<Item = (usize, &Action)> {
        self.actions.iter().enumerate().filter(move |(_, action)| action.field == field)
    }
}
