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
    /// First two bytes, in lower case, of the words for a total.
    pub(crate) total_starts: Vec<[u8; 2]>,
    /// Keys of the words that say total before another text (`Total Untel`).
    pub(crate) total_of: Vec<String>,
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

    /// Whether a trimmed text says that what it names is the sum of others.
    pub(crate) fn says_total(&self, text: &str) -> bool {
        let before = |(at, _): (usize, char)| self.total_of.contains(&fold::key(&text[..at], &fold::Words::default()));
        self.of(text) == Some(Meaning::Total)
            || text.char_indices().filter(|(_, c)| *c == ' ' || *c == ':').take(2).any(before)
    }

    /// Whether a cell that begins with a byte may be blank, or say total.
    pub(crate) fn may_open_total(&self, byte: u8) -> bool {
        let byte = byte.to_ascii_lowercase();
        matches!(byte, b' ' | b'"' | b'\t')
            || is_wide_space(byte)
            || self.total_starts.iter().any(|[one, _]| *one == byte)
    }

    /// Whether the bytes of a cell may be a text that says total.
    pub(crate) fn may_say_total(&self, raw: &[u8]) -> bool {
        let start = raw.iter().position(|b| !matches!(b, b' ' | b'"' | b'\t')).unwrap_or(raw.len());
        let Some([one, two]) = raw.get(start..start + 2) else { return false };
        let start = [one.to_ascii_lowercase(), two.to_ascii_lowercase()];
        is_wide_space(start[0]) || self.total_starts.contains(&start)
    }
}

/// Whether a byte may begin a space beyond ASCII, which is trimmed: those of UTF-8, the one of Windows-1252.
fn is_wide_space(byte: u8) -> bool {
    matches!(byte, 0xa0 | 0xc2 | 0xe2 | 0xef)
}
