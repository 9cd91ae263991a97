//! Distinct values, each kept once and named by a number.

use std::collections::HashMap;
use std::hash::Hash;

/// Distinct values, by number.
pub(super) struct Interned<T> {
    /// By number.
    pub(super) list: Vec<T>,
    index: HashMap<T, u32>,
}

impl<T> Default for Interned<T> {
    fn default() -> Interned<T> {
        Interned { list: Vec::new(), index: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Interned<T> {
    /// The number of a value.
    pub(super) fn number(&mut self, value: T) -> u32 {
        if let Some(number) = self.index.get(&value) {
            return *number;
        }
        // Distinct values of a run are far fewer than 2^32.
        let number = self.list.len() as u32;
        self.list.push(value.clone());
        self.index.insert(value, number);
        number
    }
}
