//! Words that cells use for yes, no, "I do not know", a total, whatever the field.

use super::fold;
use std::collections::HashMap;

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Yes,
    No,
    /// A cross, a bullet, a tick: yes, in a column where blank probably means no.
    Mark,
    /// The thing does not exist there: no, version absent, empty list.
    Absent,
    /// Nobody knows: as blank.
    Unknown,
    /// The sum of the other rows or columns of a table.
    Total,
}

/// The words of `mots.toml`, by folded key.
#[derive(Default)]
pub(crate) struct Meanings {
    pub(crate) words: HashMap<String, Meaning>,
    /// Longest key: longer texts are no word.
    pub(crate) longest: usize,
}

impl Meanings {
    /// What a trimmed text says, when it is one of the words.
    pub(crate) fn of(&self, text: &str) -> Option<Meaning> {
        if text.is_empty() {
            return Some(Meaning::Unknown);
        }
        // A key can be shorter than its text (accents, spaces), within reason.
        if text.len() > self.longest * 3 + 8 {
            return None;
        }
        self.words.get(&fold::key(text, &fold::Words::default())).copied()
    }
}
