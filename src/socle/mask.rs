//! What stands for an identifier: the person or structure it names, whatever the spelling, and its mask.
//!
//! A mask is `masque:<schemes>:<32 hexadecimal digits>`: BLAKE3 under a key that only its owner has, over the
//! schemes that the form fits and the identifier without spaces nor prefix. The same number has the same mask in
//! every file, format and run under the same key, and nobody without the key finds the number back. A mask says
//! its schemes, so that rules answer on it as they did on the number; only the check key is no longer known.

use super::identifier::OTHER;
use super::{FieldId, IdentifierClass, Socle, fold};
use std::borrow::Cow;

/// Least length of a key file, in bytes.
pub const KEY_BYTES: usize = 32;

/// What separates key material of vigie from any other use of the same file.
const CONTEXT: &str = "vigie 2026-11 mask of identifiers";

/// Digits of a mask.
const DIGITS: usize = 32;

/// A secret under which identifiers are masked.
pub struct Mask {
    key: [u8; 32],
}

impl Mask {
    /// From the bytes of a key file; `None` when they are fewer than [`KEY_BYTES`] or all the same.
    #[must_use]
    pub fn new(secret: &[u8]) -> Option<Mask> {
        let varied = secret.iter().any(|byte| Some(byte) != secret.first());
        (secret.len() >= KEY_BYTES && varied).then(|| Mask { key: blake3::derive_key(CONTEXT, secret) })
    }

    fn digits(&self, schemes: &str, number: &str) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        // No scheme's name holds a NUL.
        hasher.update(schemes.as_bytes()).update(b"\0").update(number.as_bytes());
        hasher.finalize().to_hex()[..DIGITS].to_owned()
    }
}

impl Socle {
    /// What two texts of identifiers share when they name the same person or structure: the number without
    /// spaces, nor the prefix of a scheme that only adds one; `None` when there is no identifier. Under a mask,
    /// the mask.
    #[must_use]
    pub fn identity<'t>(&self, field: FieldId, text: &'t str) -> Option<Cow<'t, str>> {
        let class = self.identifier_class(field, text.as_bytes());
        self.identity_of(class, text)
    }

    /// The same, when the class is known.
    pub(crate) fn identity_of<'t>(&self, class: IdentifierClass, text: &'t str) -> Option<Cow<'t, str>> {
        let IdentifierClass::Schemes(schemes, _) = class else { return None };
        let Some(mask) = &self.mask else { return Some(self.number(schemes, text).1) };
        Some(Cow::Owned(self.masked(mask, schemes, text)))
    }

    /// An identifier as outputs show it: as found, or its mask. What is spoiled, or never kept, is left out.
    #[must_use]
    pub fn shown_identifier<'t>(&self, field: FieldId, text: Cow<'t, str>) -> Cow<'t, str> {
        let Some(mask) = &self.mask else { return text };
        match self.identifier_class(field, text.as_bytes()) {
            IdentifierClass::Schemes(schemes, _) => Cow::Owned(self.masked(mask, schemes, &text)),
            IdentifierClass::Blank | IdentifierClass::Unreadable => Cow::Borrowed(""),
        }
    }

    /// Whether identifiers are masked.
    #[must_use]
    pub fn masks(&self) -> bool {
        self.mask.is_some()
    }

    /// Masks identifiers from now on.
    pub fn set_mask(&mut self, mask: Mask) {
        self.mask = Some(mask);
    }

    /// The mask of an identifier; that of a mask is itself.
    pub(super) fn masked(&self, mask: &Mask, schemes: u32, text: &str) -> String {
        let (schemes, number) = self.number(schemes, text);
        if self.mask_schemes(number.as_bytes()).is_some() {
            return number.into_owned();
        }
        let names = self.scheme_names(schemes);
        let digits = mask.digits(&names, &number);
        format!("{}{names}:{digits}", self.mask_prefix)
    }

    /// The schemes of an identifier without the prefixes, and its number.
    pub(super) fn number<'t>(&self, schemes: u32, text: &'t str) -> (u32, Cow<'t, str>) {
        let text = fold::trim(text);
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let spelled = if plain {
            Cow::Borrowed(text)
        } else {
            let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            let masked = self.mask_schemes(compact.as_bytes()).is_some();
            Cow::Owned(if masked { compact.to_ascii_lowercase() } else { compact.to_uppercase() })
        };
        if !schemes.is_power_of_two() {
            return (schemes, spelled);
        }
        match self.schemes[schemes.trailing_zeros() as usize].prefixes {
            Some((scheme, prefix)) if self.mask_schemes(spelled.as_bytes()).is_none() => {
                let number = match spelled {
                    Cow::Borrowed(text) => text.get(prefix..).map(Cow::Borrowed),
                    Cow::Owned(ref text) => text.get(prefix..).map(|text| Cow::Owned(text.to_owned())),
                };
                number.map_or((schemes, spelled), |number| (1 << scheme, number))
            }
            _ => (schemes, spelled),
        }
    }

    /// Names of schemes in a mask.
    fn scheme_names(&self, schemes: u32) -> String {
        let names: Vec<&str> = (0..)
            .zip(&self.schemes)
            .filter(|(index, _)| schemes & (1 << index) != 0)
            .map(|(_, scheme)| &*scheme.id)
            .collect();
        if names.is_empty() { OTHER.to_owned() } else { names.join("+") }
    }

    /// The schemes that a mask tells; `None` when the text is no mask.
    pub(super) fn mask_schemes(&self, text: &[u8]) -> Option<u32> {
        let prefix = self.mask_prefix.as_bytes();
        if prefix.is_empty() || !text.get(..prefix.len())?.eq_ignore_ascii_case(prefix) {
            return None;
        }
        let text = std::str::from_utf8(&text[prefix.len()..]).ok()?;
        let (names, digits) = text.rsplit_once(':')?;
        if digits.len() != DIGITS || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        if names.eq_ignore_ascii_case(OTHER) {
            return Some(0);
        }
        names.split('+').try_fold(0u32, |bits, name| {
            let index = self.schemes.iter().position(|scheme| scheme.id.eq_ignore_ascii_case(name))?;
            Some(bits | 1 << index)
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::socle::Role;
    use crate::value::{Datum, Value};

    fn socle(key: Option<&[u8]>) -> (Socle, FieldId) {
        let mut socle = Socle::builtin().unwrap();
        if let Some(key) = key {
            socle.set_mask(Mask::new(key).unwrap());
        }
        let field = socle.field(&socle.field_with_role(Role::Identifier).unwrap().id).unwrap();
        (socle, field)
    }

    const KEY: &[u8] = b"a key that is long enough, not secret";

    #[test]
    fn spellings_of_one_number_are_one_identity() {
        let (socle, field) = socle(None);
        let one = socle.identity(field, "10003456784");
        for other in [" 10 003 456 784 ", "810003456784", "8 10003456784"] {
            assert_eq!(socle.identity(field, other), one, "{other}");
        }
        assert_eq!(socle.identity(field, "2a1234567"), socle.identity(field, "2A1234567"));
        for none in ["", "NC", "1,00034E+10", "1800775123456 78"] {
            assert_eq!(socle.identity(field, none), None, "{none}");
        }
    }

    #[test]
    fn a_mask_is_that_of_the_number_and_reads_back() {
        let (socle, field) = socle(Some(KEY));
        let show = |text: &str| socle.shown_identifier(field, Cow::Owned(text.to_owned())).into_owned();
        for text in ["10003456784", "751234567", "2A1234567", "client 12", "810003456784"] {
            let masked = show(text);
            assert!(masked.starts_with("masque:") && !masked.contains(text), "{masked}");
            // Masking twice changes nothing, and the schemes are still told.
            assert_eq!(show(&masked), masked);
            assert_eq!(show(&masked.to_uppercase()), masked);
            assert_eq!(socle.identity(field, &masked), socle.identity(field, text));
            let schemes = |text: &str| match socle.read(field, text, false).datum {
                Datum::Known(Value::Identifier(id)) => id.scheme.clone(),
                other => panic!("{text}: {other:?}"),
            };
            if text != "810003456784" {
                assert_eq!(schemes(&masked), schemes(text), "{text}");
            }
        }
        assert_eq!(show("810003456784"), show("10003456784"));
        assert_ne!(show("10003456784"), show("10003456792"));
        assert_eq!(show("1,00034E+10"), "");
        let other = super::tests::socle(Some(b"another key, that is as long, no more secret"));
        assert_ne!(other.0.shown_identifier(field, Cow::Borrowed("10003456784")), show("10003456784"));
    }

    #[test]
    fn a_key_is_long_and_varied() {
        assert!(Mask::new(&KEY[..KEY_BYTES - 1]).is_none());
        assert!(Mask::new(&[0; 64]).is_none());
        assert!(Mask::new(KEY).is_some());
    }
}
