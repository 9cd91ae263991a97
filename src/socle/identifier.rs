//! Text → identifier: scheme by length and characters, then by what the header of its column states; check key as a
//! warning.
//!
//! What may name a person (a NIR, an e-mail, a name) is no identifier: it is never kept nor shown.
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
    /// Words of a header that state it.
    pub(crate) words: Vec<String>,
    /// Its numbers may begin with a zero, which spreadsheets take off.
    pub(crate) zero: bool,
    /// Another scheme has one of its forms: the number alone does not tell it.
    pub(crate) shared: bool,
}

/// The schemes that the header of a column states, as bits; none when it states none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stated(pub(crate) u32);

impl Stated {
    /// Whether one of some schemes may be that of a number.
    #[must_use]
    pub fn allows(self, schemes: u32) -> bool {
        schemes != 0 && (self.0 == 0 || schemes & self.0 != 0)
    }
}

/// How the cells of a column are read, beside what their field says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// An empty cell says "no".
    pub blank_is_no: bool,
    /// The schemes of its identifiers.
    pub stated: Stated,
}

/// A form: `#` is a digit, `@` a letter or digit, any other character itself.
pub(crate) struct Mask {
    pub(crate) text: String,
    pub(crate) digits_only: bool,
}

/// Schemes an identifier field accepts, by length of the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accepted {
    by_length: [Possible; MAX_LENGTH + 1],
}

/// Schemes that have a form of some length, as bits.
#[derive(Clone, Copy, Debug, Default)]
struct Possible {
    schemes: u32,
    /// Those that any digits fit and that are kept: nothing more need be looked at.
    digits: u32,
}

/// What conditions can see of an identifier: texts of one class answer alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentifierClass {
    /// Blank, or a word for unknown.
    Blank,
    /// Spoiled by a spreadsheet (`1,00034E+10`).
    Unreadable,
    /// A number that vigie never keeps, an e-mail, a name.
    Personal,
    /// An identifier.
    Schemes(IdentifierForm),
}

/// The form of an identifier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdentifierForm {
    /// The schemes that it fits, as bits in the order of `identifiers.toml`.
    pub schemes: u32,
    /// Whether the check key is right, when the scheme is settled and has one.
    pub key: Option<bool>,
    /// The number is that of a repaired spelling: a leading zero given back, a fraction of nothing taken off.
    pub repaired: bool,
}

impl IdentifierClass {
    /// The schemes of an identifier, as bits; `None` when there is none.
    #[must_use]
    pub fn schemes(self) -> Option<u32> {
        match self {
            IdentifierClass::Schemes(form) => Some(form.schemes),
            IdentifierClass::Blank | IdentifierClass::Unreadable | IdentifierClass::Personal => None,
        }
    }
}

impl Accepted {
    /// The schemes that `wanted` keeps, of all.
    pub(crate) fn of(schemes: &[Scheme], wanted: impl Fn(&Scheme) -> bool) -> Accepted {
        let mut accepted = Accepted::default();
        for (index, scheme) in schemes.iter().enumerate().filter(|(_, scheme)| wanted(scheme)) {
            for mask in &scheme.masks {
                let possible = &mut accepted.by_length[mask.text.len()];
                possible.schemes |= 1 << index;
                possible.digits |= u32::from(mask.digits_only && !scheme.refused) << index;
            }
        }
        accepted
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
        self.class_stated(field, Stated::default(), text)
    }

    /// The same in a column whose header states schemes.
    #[must_use]
    pub fn class_stated(&self, field: FieldId, stated: Stated, text: &[u8]) -> IdentifierClass {
        self.class_among(&self.readers[usize::from(field.0)].accepted, stated, text)
    }

    /// The schemes that a header states, by its words.
    #[must_use]
    pub fn stated_by(&self, header: &str) -> Stated {
        let mut stated = 0;
        fold::for_each_word(&fold::plain(header), |word| {
            for (place, scheme) in self.schemes.iter().enumerate() {
                stated |= u32::from(scheme.words.iter().any(|known| known == word)) << place;
            }
        });
        Stated(stated)
    }

    #[inline]
    pub(crate) fn class_among(&self, accepted: &Accepted, stated: Stated, text: &[u8]) -> IdentifierClass {
        // The usual case first: digits alone, nothing to trim.
        if (1..=MAX_LENGTH).contains(&text.len()) && all_digits(text) {
            let possible = accepted.by_length[text.len()];
            if possible.schemes != 0 {
                let class = self.fitting(possible, stated, text, true);
                if stated.0 == 0 || class.schemes() != Some(0) {
                    return class;
                }
            }
        }
        self.careful_class(accepted, stated, text)
    }

    fn fitting(&self, possible: Possible, stated: Stated, text: &[u8], digits_only: bool) -> IdentifierClass {
        let mut schemes = if digits_only { possible.digits } else { 0 };
        let mut bits = possible.schemes & !schemes;
        while bits != 0 {
            let index = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let scheme = &self.schemes[index];
            if scheme.masks.iter().any(|mask| mask.fits(text, digits_only)) {
                if scheme.refused {
                    return IdentifierClass::Personal;
                }
                schemes |= 1 << index;
            }
        }
        // The header decides among those that the form leaves, and among no others.
        if schemes & stated.0 != 0 {
            schemes &= stated.0;
        }
        let mut key = None;
        if schemes.is_power_of_two()
            && let Some(from) = self.schemes[schemes.trailing_zeros() as usize].luhn_from
            && let Some(digits) = text.get(from..)
            && (digits_only || all_digits(digits))
        {
            key = Some(luhn(digits));
        }
        IdentifierClass::Schemes(IdentifierForm { schemes, key, repaired: false })
    }

    pub(super) fn fit(&self, accepted: &Accepted, stated: Stated, text: &[u8]) -> IdentifierClass {
        match accepted.by_length.get(text.len()) {
            Some(possible) if possible.schemes != 0 => self.fitting(*possible, stated, text, all_digits(text)),
            _ => IdentifierClass::Schemes(IdentifierForm::default()),
        }
    }

    #[cold]
    fn careful_class(&self, accepted: &Accepted, stated: Stated, text: &[u8]) -> IdentifierClass {
        let text = String::from_utf8_lossy(text);
        let trimmed = fold::trim(&text);
        if self.words.of(trimmed) == Some(Meaning::Unknown) {
            return IdentifierClass::Blank;
        }
        // Spaces inside a number are the writer's grouping.
        let mut compact = String::with_capacity(trimmed.len());
        compact.extend(trimmed.chars().filter(|c| !c.is_whitespace()));
        if let Some(schemes) = self.mask_schemes(compact.as_bytes()) {
            let among = accepted.by_length.iter().fold(0, |all, possible| all | possible.schemes);
            return IdentifierClass::Schemes(IdentifierForm { schemes: schemes & among, ..IdentifierForm::default() });
        }
        let (named, number) = self.qualified(&compact);
        let stated = named.map_or(stated, Stated);
        // One that names its scheme is of no other.
        let settle = |class: IdentifierClass| match (class, named) {
            (IdentifierClass::Schemes(form), Some(named)) if form.schemes & named == 0 => None,
            (IdentifierClass::Schemes(form), _) if form.schemes == 0 => None,
            (class, _) => Some(class),
        };
        if let Some(class) = settle(self.fit(accepted, stated, number.as_bytes())) {
            return class;
        }
        if let Some(class) = self.repaired(accepted, stated, number).and_then(settle) {
            return class;
        }
        if spoiled(number.as_bytes()) {
            return IdentifierClass::Unreadable;
        }
        if self.is_personal(accepted, trimmed) {
            return IdentifierClass::Personal;
        }
        IdentifierClass::Schemes(IdentifierForm::default())
    }

    /// The class of a number that a script or a spreadsheet changed: `10003456784.0`, or a leading zero lost where the
    /// header states the scheme, and so the length.
    fn repaired(&self, accepted: &Accepted, stated: Stated, number: &str) -> Option<IdentifierClass> {
        let class = match without_fraction(number) {
            Some(whole) => self.fit(accepted, stated, whole.as_bytes()),
            None if number.bytes().all(|b| b.is_ascii_digit()) => {
                let zeros = (0..).zip(&self.schemes).filter(|(_, scheme)| scheme.zero);
                let stated = Stated(zeros.fold(0, |bits, (place, _)| bits | 1 << place) & stated.0);
                let Possible { schemes, digits } =
                    accepted.by_length.get(number.len() + 1).copied().unwrap_or_default();
                let possible = Possible { schemes: schemes & stated.0, digits: digits & stated.0 };
                if possible.schemes == 0 {
                    return None;
                }
                self.fitting(possible, stated, format!("0{number}").as_bytes(), true)
            }
            None => return None,
        };
        Some(match class {
            IdentifierClass::Schemes(form) => IdentifierClass::Schemes(IdentifierForm { repaired: true, ..form }),
            other => other,
        })
    }

    /// Whether a text that is no identifier of a scheme may name a person: an e-mail, a name, a number that is never
    /// kept among other signs. What other identifiers look like: a digit at least, one word at most.
    fn is_personal(&self, accepted: &Accepted, text: &str) -> bool {
        let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().nth(1).is_some()).count();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let bare: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        let refused =
            |number: &str| self.fit(accepted, Stated::default(), number.as_bytes()) == IdentifierClass::Personal;
        text.contains('@')
            || (digits.is_empty() && words > 0)
            || (words > 1 && text.contains(char::is_whitespace))
            || refused(&digits)
            || refused(&bare)
    }

    /// The scheme that an identifier names itself (`adeli:750000001`), as a bit, and its number.
    pub(super) fn qualified<'t>(&self, compact: &'t str) -> (Option<u32>, &'t str) {
        let named = compact.split_once(':').and_then(|(name, number)| {
            let place = self.schemes.iter().position(|scheme| scheme.id.eq_ignore_ascii_case(name))?;
            Some((1 << place, number))
        });
        named.map_or((None, compact), |(scheme, number)| (Some(scheme), number))
    }

    /// Whether a scheme is settled, and another one has its form: the number alone does not tell it.
    pub(super) fn is_shared(&self, schemes: u32) -> bool {
        schemes.is_power_of_two()
            && self.schemes.get(schemes.trailing_zeros() as usize).is_some_and(|scheme| scheme.shared)
    }

    /// Whether a number of so many digits lacks the leading zero of its scheme.
    pub(super) fn lacks_zero(&self, schemes: u32, digits: usize) -> bool {
        let scheme = self.schemes.get(schemes.trailing_zeros() as usize);
        scheme.is_some_and(|scheme| scheme.zero && scheme.masks.iter().any(|mask| mask.text.len() == digits + 1))
    }

    /// Whether the bytes of an identifier are what outputs show of it, told from their length and characters alone.
    #[must_use]
    pub fn shows_as_is(&self, raw: &[u8]) -> bool {
        if raw.is_empty() || raw.len() >= 32 || self.masks() {
            return false;
        }
        let lengths = self.refused_lengths;
        if all_digits(raw) {
            return lengths & (1 << raw.len()) == 0;
        }
        raw.iter().all(u8::is_ascii_alphanumeric)
            && raw.iter().any(u8::is_ascii_digit)
            && raw.len() < lengths.trailing_zeros() as usize
    }

    /// An identifier's reading from its class.
    #[must_use]
    pub fn identifier(&self, class: IdentifierClass, text: &str) -> Reading {
        let IdentifierForm { schemes, key, repaired } = match class {
            IdentifierClass::Blank => return Reading::blank(),
            IdentifierClass::Unreadable => return Reading::unreadable(),
            IdentifierClass::Personal => return Reading::personal(),
            IdentifierClass::Schemes(form) => form,
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
        // Only a settled scheme has a key.
        let wrong = (key == Some(false)).then_some(Problem::WrongKey { scheme: schemes.trailing_zeros() as u8 });
        Reading {
            datum: Datum::Known(Value::Identifier(Arc::new(identifier))),
            problem: if repaired { Some(Problem::Repaired) } else { wrong },
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

/// A whole number written as one with a fraction: `10003456784.0`.
pub(super) fn without_fraction(number: &str) -> Option<&str> {
    let whole = number.strip_suffix(".0").or_else(|| number.strip_suffix(",0"))?;
    (!whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit())).then_some(whole)
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
