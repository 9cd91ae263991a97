//! Text → identifier: scheme by length and characters, check key as a warning.
//!
//! Identifiers have as many distinct texts as rows, so their reading is split: [`Socle::identifier_class`]
//! tells what conditions can see (scheme, key) without an allocation, and costs some tens of nanoseconds.

use super::words::Meaning;
use super::{FieldId, Problem, Reading, Socle, fold};
use crate::diag::Text;
use crate::value::{Datum, Identifier, Missing, Value};
use std::sync::Arc;

/// Longest identifier of a scheme, in bytes.
pub(crate) const MAX_LENGTH: usize = 24;

/// Name of the scheme of an identifier that fits none.
pub(crate) const OTHER: &str = "autre";

/// A scheme of `identifiers.toml`.
pub(crate) struct Scheme {
    pub(crate) id: Arc<str>,
    pub(crate) label: Text,
    /// Accepted forms.
    pub(crate) masks: Vec<Mask>,
    /// Luhn's key over the characters from this one on, when they are digits.
    pub(crate) luhn_from: Option<usize>,
    /// The scheme whose numbers these are (by its place), with so many characters before them.
    pub(crate) prefixes: Option<(usize, usize)>,
    /// Such a number is never kept: the cell is unreadable.
    pub(crate) refused: bool,
}

/// A form: `#` is a digit, `@` a letter or digit, any other character itself.
pub(crate) struct Mask {
    pub(crate) text: String,
    pub(crate) digits_only: bool,
}

/// Schemes an identifier field accepts, by length of the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accepted {
    pub(crate) by_length: [u32; MAX_LENGTH + 1],
}

/// What conditions can see of an identifier: texts of one class answer alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentifierClass {
    /// Blank, or a word for unknown.
    Blank,
    /// Spoiled by a spreadsheet (`1,00034E+10`), or a number that vigie never keeps.
    Unreadable,
    /// The schemes that the form fits, as bits in the order of `identifiers.toml`, and the key when it is settled.
    Schemes(u32, Option<bool>),
}

impl Accepted {
    /// The schemes that `wanted` keeps, of all.
    pub(crate) fn of(schemes: &[Scheme], wanted: impl Fn(&Scheme) -> bool) -> Accepted {
        let mut by_length = [0; MAX_LENGTH + 1];
        for (index, scheme) in schemes.iter().enumerate().filter(|(_, scheme)| wanted(scheme)) {
            for mask in &scheme.masks {
                by_length[mask.text.len()] |= 1 << index;
            }
        }
        Accepted { by_length }
    }
}

impl Mask {
    fn fits(&self, text: &[u8], digits: bool) -> bool {
        if self.digits_only {
            return digits && text.len() == self.text.len();
        }
        text.len() == self.text.len()
            && text.iter().zip(self.text.bytes()).all(|(b, mask)| match mask {
                b'#' => b.is_ascii_digit(),
                b'@' => b.is_ascii_alphanumeric(),
                other => b.eq_ignore_ascii_case(&other),
            })
    }
}

/// Luhn's key: the sum of the digits, every second one from the right doubled, ends in 0. `digits` are digits.
#[inline]
fn luhn(digits: &[u8]) -> bool {
    let sum = match two_words(digits) {
        // The last byte of the second word is not doubled; the first word ends `len - 8` digits from the right.
        Some((first, last)) => {
            let seen = digits.len() - 8;
            let first = if seen == 8 { first } else { first & ((1 << (8 * seen)) - 1) };
            let odd = if digits.len().is_multiple_of(2) { EVERY_SECOND } else { EVERY_SECOND << 8 };
            weigh(first, odd) + weigh(last, EVERY_SECOND)
        }
        None => {
            let doubled = |(i, digit): (usize, &u8)| match digit & 15 {
                digit if i % 2 == 0 => digit,
                digit => 2 * digit - if digit > 4 { 9 } else { 0 },
            };
            digits.iter().rev().enumerate().map(|digit| u64::from(doubled(digit))).sum()
        }
    };
    sum.is_multiple_of(10)
}

/// The even bytes of a word, the lowest being byte 0.
const EVERY_SECOND: u64 = 0x00ff_00ff_00ff_00ff;
/// The same byte eight times.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The first and the last 8 bytes of a text of 8 to 16 bytes.
///
/// SPEED: identifiers are read eight digits at a time, without a branch or a loop.
#[inline]
fn two_words(text: &[u8]) -> Option<(u64, u64)> {
    let word = |chunk: &[u8; 8]| u64::from_le_bytes(*chunk);
    if text.len() > 16 {
        return None;
    }
    Some((word(text.first_chunk()?), word(text.last_chunk()?)))
}

/// The sum of eight digits (bytes that are 0 count nothing), those that `doubled` covers doubled as in Luhn's key.
#[inline]
fn weigh(word: u64, doubled: u64) -> u64 {
    let digits = word & (15 * ONES);
    // Bytes never carry into each other: 2 × 9 + 3 is less than 256.
    let over_four = (digits + 3 * ONES) >> 3 & ONES;
    let doubles = 2 * digits - 9 * over_four;
    let weighed = digits & !doubled | doubles & doubled;
    weighed.wrapping_mul(ONES) >> 56
}

/// Whether all bytes are digits.
#[inline]
pub(crate) fn all_digits(text: &[u8]) -> bool {
    let are_digits = |word: u64| {
        const HIGH: u64 = 0xf0 * ONES;
        // A byte from 0x30 to 0x3f that stays so with 6 more is at most 0x39; no byte below 0x40 carries.
        word & HIGH == 0x30 * ONES && (word + 6 * ONES) & HIGH == 0x30 * ONES
    };
    match two_words(text) {
        Some((first, last)) => are_digits(first) && are_digits(last),
        None => text.iter().all(u8::is_ascii_digit),
    }
}

impl Socle {
    /// The class of an identifier's text in a field; any field that is not an identifier accepts every scheme.
    #[must_use]
    pub fn identifier_class(&self, field: FieldId, text: &[u8]) -> IdentifierClass {
        self.class_among(&self.readers[usize::from(field.0)].accepted, text)
    }

    #[inline]
    pub(crate) fn class_among(&self, accepted: &Accepted, text: &[u8]) -> IdentifierClass {
        // The usual case first: digits alone, nothing to trim.
        if (1..=MAX_LENGTH).contains(&text.len()) && all_digits(text) {
            let possible = accepted.by_length[text.len()];
            if possible != 0 {
                return self.fitting(possible, text, true);
            }
        }
        self.careful_class(accepted, text)
    }

    fn fitting(&self, possible: u32, text: &[u8], digits: bool) -> IdentifierClass {
        let mut schemes = 0u32;
        let mut bits = possible;
        while bits != 0 {
            let index = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let scheme = &self.schemes[index];
            if scheme.masks.iter().any(|mask| mask.fits(text, digits)) {
                if scheme.refused {
                    return IdentifierClass::Unreadable;
                }
                schemes |= 1 << index;
            }
        }
        let mut key = None;
        if schemes.is_power_of_two()
            && let Some(from) = self.schemes[schemes.trailing_zeros() as usize].luhn_from
            && let Some(digits) = text.get(from..)
            && all_digits(digits)
        {
            key = Some(luhn(digits));
        }
        IdentifierClass::Schemes(schemes, key)
    }

    #[cold]
    fn careful_class(&self, accepted: &Accepted, text: &[u8]) -> IdentifierClass {
        let text = String::from_utf8_lossy(text);
        let trimmed = fold::trim(&text);
        if self.words.of(trimmed) == Some(Meaning::Unknown) {
            return IdentifierClass::Blank;
        }
        // Spaces inside a number are the writer's grouping.
        let mut compact = String::with_capacity(trimmed.len());
        compact.extend(trimmed.chars().filter(|c| !c.is_whitespace()));
        let bytes = compact.as_bytes();
        if let Some(schemes) = self.mask_schemes(bytes) {
            let among = accepted.by_length.iter().fold(0, |all, schemes| all | schemes);
            return IdentifierClass::Schemes(schemes & among, None);
        }
        let digits = all_digits(bytes);
        if bytes.len() <= MAX_LENGTH && accepted.by_length[bytes.len()] != 0 {
            let class = self.fitting(accepted.by_length[bytes.len()], bytes, digits);
            if class != IdentifierClass::Schemes(0, None) {
                return class;
            }
        }
        if spoiled(bytes) { IdentifierClass::Unreadable } else { IdentifierClass::Schemes(0, None) }
    }

    /// An identifier's reading from its class.
    #[must_use]
    pub fn identifier(&self, class: IdentifierClass, text: &str) -> Reading {
        let (schemes, key) = match class {
            IdentifierClass::Blank => return Reading::blank(),
            IdentifierClass::Unreadable => return Reading::unreadable(),
            IdentifierClass::Schemes(schemes, key) => (schemes, key),
        };
        let masked = self.mask.as_ref().map(|mask| Arc::from(self.masked(mask, schemes, text)));
        let mut names: Vec<Value> = Vec::new();
        for (index, scheme) in self.schemes.iter().enumerate() {
            if schemes & (1 << index) != 0 {
                names.push(Value::String(Arc::clone(&scheme.id)));
            }
        }
        if names.is_empty() {
            names.push(Value::String(Arc::from(OTHER)));
        }
        let identifier = Identifier {
            text: Arc::from(fold::trim(text)),
            mask: masked,
            scheme: Datum::one_of(names),
            key_ok: match key {
                Some(ok) => Datum::Known(Value::Bool(ok)),
                None => Datum::Unknown(Missing::NoAttribute),
            },
        };
        Reading {
            datum: Datum::Known(Value::Identifier(Arc::new(identifier))),
            // Only a settled scheme has a key.
            problem: (key == Some(false)).then_some(Problem::WrongKey { scheme: schemes.trailing_zeros() as u8 }),
            mark: false,
        }
    }

    /// The schemes of what identifiers name: a scheme that only adds a prefix to another is that one.
    pub(crate) fn named_schemes(&self, schemes: u32) -> u32 {
        match self.schemes.get(schemes.trailing_zeros() as usize) {
            Some(Scheme { prefixes: Some((named, _)), .. }) if schemes.is_power_of_two() => 1 << named,
            _ => schemes,
        }
    }

    /// The label of a scheme, by its place.
    pub(crate) fn scheme_label(&self, scheme: u8) -> Text {
        self.schemes.get(usize::from(scheme)).map(|scheme| scheme.label.clone()).unwrap_or_default()
    }

    /// The labels of the schemes that a form fits, joined.
    pub(crate) fn scheme_labels(&self, schemes: u32) -> Text {
        let fits = |index: &usize| schemes & (1 << index) != 0;
        let labels: Vec<Text> = (0..self.schemes.len()).filter(fits).map(|i| self.schemes[i].label.clone()).collect();
        let join = |of: fn(&Text) -> &str, or: &str| match labels.iter().map(of).collect::<Vec<_>>().split_last() {
            None => String::new(),
            Some((last, [])) => (*last).to_owned(),
            Some((last, others)) => format!("{} {or} {last}", others.join(", ")),
        };
        if labels.is_empty() {
            return crate::text!("autre forme", "other form");
        }
        Text::new(join(|text| &text.fr, "ou"), join(|text| &text.en, "or"))
    }

    /// The names of the identifier schemes, with their labels, and the one of those that fit none.
    pub fn schemes(&self) -> impl Iterator<Item = (&str, Text)> {
        let other = (OTHER, Text::new("autre", "other"));
        self.schemes.iter().map(|scheme| (&*scheme.id, scheme.label.clone())).chain([other])
    }
}

/// `1,00034E+10`: a number that lost its digits in a spreadsheet.
fn spoiled(text: &[u8]) -> bool {
    let Some(at) = text.iter().position(|b| matches!(b, b'e' | b'E')) else { return false };
    let exponent = text[at + 1..].strip_prefix(b"+").unwrap_or(&text[at + 1..]);
    let mantissa = &text[..at];
    !mantissa.is_empty()
        && mantissa.iter().all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.'))
        && mantissa.iter().any(|b| matches!(b, b',' | b'.'))
        && !exponent.is_empty()
        && exponent.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::{all_digits, luhn, spoiled};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_eight_at_a_time(text in "[0-9]{0,24}", at in 0..24usize, other: u8) {
            let digits = text.as_bytes();
            prop_assert!(all_digits(digits));
            let doubled = |(i, b): (usize, &u8)| {
                let digit = u32::from(b - b'0') * if i % 2 == 1 { 2 } else { 1 };
                digit / 10 + digit % 10
            };
            let sum: u32 = digits.iter().rev().enumerate().map(doubled).sum();
            prop_assert_eq!(luhn(digits), sum.is_multiple_of(10));
            let mut spoiled = digits.to_vec();
            if let Some(byte) = spoiled.get_mut(at) {
                *byte = other;
                prop_assert_eq!(all_digits(&spoiled), other.is_ascii_digit());
            }
        }
    }

    #[test]
    fn luhn_on_known_numbers() {
        assert!(luhn(b"79927398713"));
        assert!(!luhn(b"79927398710"));
        assert!(luhn(b"10000081207"));
    }

    #[test]
    fn spreadsheet_damage() {
        assert!(spoiled(b"1,00034E+10"));
        assert!(spoiled(b"2.6e13"));
        assert!(!spoiled(b"1E10"));
        assert!(!spoiled(b"E"));
        assert!(!spoiled(b"12,5"));
    }
}
