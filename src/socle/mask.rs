//! What stands for an identifier: the person or structure it names, whatever the spelling, and its mask.
//!
//! A mask is `masque:<schemes>:<32 hexadecimal digits>`: BLAKE3 under a key that only its owner has, over the
//! schemes that the form fits and the identifier without spaces nor prefix. The same number has the same mask in
//! every file, format and run under the same key, and nobody without the key finds the number back. A mask says
//! its schemes, so that rules answer on it as they did on the number; only the check key is no longer known.

use super::identifier::{Accepted, IdentifierForm, OTHER, without_fraction};
use super::{FieldId, IdentifierClass, Socle, Stated, fold};
use std::borrow::Cow;

/// Least length of a key file, in bytes.
pub const KEY_BYTES: usize = 32;

/// What separates key material of vigie from any other use of the same file.
const CONTEXT: &str = "vigie 2026-11 mask of identifiers";

/// Characters of the shortest identifier of a scheme.
const SHORTEST: usize = 9;

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
    /// spaces, nor the prefix of a scheme that only adds one, and its scheme where the header states what the form
    /// does not tell; `None` when there is no identifier. Under a mask, the mask.
    #[must_use]
    pub fn identity<'t>(&self, field: FieldId, stated: Stated, text: &'t str) -> Option<Cow<'t, str>> {
        self.identity_of(self.class_stated(field, stated, text.as_bytes()), text)
    }

    /// The same, never masked.
    #[must_use]
    pub fn plain_identity<'t>(&self, field: FieldId, stated: Stated, text: &'t str) -> Option<Cow<'t, str>> {
        let schemes = self.class_stated(field, stated, text.as_bytes()).schemes()?;
        let (schemes, number) = self.number(schemes, text);
        Some(self.with_scheme(schemes, number))
    }

    /// The same, when the class is known.
    pub(crate) fn identity_of<'t>(&self, class: IdentifierClass, text: &'t str) -> Option<Cow<'t, str>> {
        let schemes = class.schemes()?;
        let Some(mask) = &self.mask else {
            let (schemes, number) = self.number(schemes, text);
            return Some(self.with_scheme(schemes, number));
        };
        Some(Cow::Owned(self.masked(mask, schemes, text)))
    }

    /// An identifier as outputs show it: as found, or its mask. What is never kept is left out, and under a mask what
    /// is spoiled.
    #[must_use]
    pub fn shown_identifier<'t>(&self, field: FieldId, stated: Stated, text: Cow<'t, str>) -> Cow<'t, str> {
        match (self.class_stated(field, stated, text.as_bytes()), &self.mask) {
            (IdentifierClass::Personal, _) => Cow::Borrowed(""),
            (_, None) => text,
            (IdentifierClass::Schemes(form), Some(mask)) => Cow::Owned(self.masked(mask, form.schemes, &text)),
            (IdentifierClass::Blank | IdentifierClass::Unreadable, Some(_)) => Cow::Borrowed(""),
        }
    }

    /// An identifier as the canonical form of an inventory has it, where no header states schemes: as it is shown, but
    /// whole where its spelling was repaired, and with its scheme (`adeli:750000001`) where the form does not tell it.
    #[must_use]
    pub fn spelled_identifier<'t>(&self, field: FieldId, class: IdentifierClass, text: Cow<'t, str>) -> Cow<'t, str> {
        match class {
            IdentifierClass::Schemes(IdentifierForm { schemes, repaired, .. })
                if self.mask.is_none() && (repaired || self.is_shared(schemes)) =>
            {
                // The prefix of a scheme that adds one is part of what is written.
                let number = if self.is_shared(schemes) {
                    self.number(schemes, &text).1
                } else {
                    self.spelling_of(schemes, &text)
                };
                Cow::Owned(self.with_scheme(schemes, number).into_owned())
            }
            IdentifierClass::Schemes(form) => match &self.mask {
                Some(mask) => Cow::Owned(self.masked(mask, form.schemes, &text)),
                None => text,
            },
            IdentifierClass::Personal => Cow::Borrowed(""),
            IdentifierClass::Blank | IdentifierClass::Unreadable => {
                self.shown_identifier(field, Stated::default(), text)
            }
        }
    }

    /// What outputs show instead of a free text, or of one that its field cannot read; `None` of the text itself. It is
    /// empty for an e-mail and a number that is never kept; under a mask, identifiers are theirs.
    pub(super) fn hidden(&self, text: &str) -> Option<String> {
        if text.split_once('@').is_some_and(|(who, at)| !who.is_empty() && at.contains('.')) {
            return Some(String::new());
        }
        // No text with fewer digits is an identifier of a scheme.
        if text.bytes().filter(u8::is_ascii_digit).count() < SHORTEST {
            return None;
        }
        let accepted = Accepted::of(&self.schemes, |_| true);
        let class = |text: &str| self.class_among(&accepted, Stated::default(), text.as_bytes());
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if self.fit(&accepted, Stated::default(), compact.as_bytes()) == IdentifierClass::Personal {
            return Some(String::new());
        }
        let mask = self.mask.as_ref()?;
        let masked = |text: &str| match class(text) {
            IdentifierClass::Schemes(form) if form.schemes != 0 => Some(self.masked(mask, form.schemes, text)),
            _ => None,
        };
        masked(text).or_else(|| {
            // Among other words.
            let runs = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
            let mut changed = false;
            let hidden = runs.map(|run| {
                let word = run.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
                let Some(found) = Some(word).filter(|word| word.len() >= SHORTEST).and_then(masked) else {
                    return run.to_owned();
                };
                changed = true;
                format!("{found}{}", &run[word.len()..])
            });
            let hidden: String = hidden.collect();
            changed.then_some(hidden)
        })
    }

    /// A number with its scheme before it, where the form does not tell the scheme and something else does.
    fn with_scheme<'t>(&self, schemes: u32, number: Cow<'t, str>) -> Cow<'t, str> {
        let place = schemes.trailing_zeros() as usize;
        match self.schemes.get(place).filter(|_| self.is_shared(schemes)) {
            Some(scheme) if self.mask_schemes(number.as_bytes()).is_none() => {
                Cow::Owned(format!("{}:{number}", scheme.id))
            }
            _ => number,
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
        let spelled = self.spelling_of(schemes, text);
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

    /// An identifier as it is spelled in full: no space, no lower case, no scheme before it, no zero lost.
    fn spelling_of<'t>(&self, schemes: u32, text: &'t str) -> Cow<'t, str> {
        let text = fold::trim(text);
        let number = if text.bytes().all(|byte| byte.is_ascii_digit()) {
            Cow::Borrowed(text)
        } else {
            let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            if self.mask_schemes(compact.as_bytes()).is_some() {
                return Cow::Owned(compact.to_ascii_lowercase());
            }
            if schemes == 0 {
                return Cow::Owned(compact.to_uppercase());
            }
            let number = self.qualified(&compact).1;
            Cow::Owned(without_fraction(number).unwrap_or(number).to_uppercase())
        };
        if self.lacks_zero(schemes, number.len()) { Cow::Owned(format!("0{number}")) } else { number }
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
    use crate::value::{Datum, Type, Value};

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
        let identity = |text: &'static str| socle.identity(field, Stated::default(), text);
        let one = identity("10003456784");
        for other in [" 10 003 456 784 ", "810003456784", "8 10003456784", "10003456784.0", "rpps:10003456784"] {
            assert_eq!(identity(other), one, "{other}");
        }
        assert_eq!(identity("2a1234567"), identity("2A1234567"));
        assert_ne!(identity("10003456784"), identity("10003456784.5"));
        for none in ["", "NC", "1,00034E+10", "1800775123456 78", "dr.dupont@exemple.fr", "DUPONT Jean", "DUPONT"] {
            assert_eq!(identity(none), None, "{none}");
        }
    }

    #[test]
    fn a_header_tells_apart_what_forms_do_not() {
        let (socle, field) = socle(None);
        let identity = |header: &str, text| socle.identity(field, socle.stated_by(header), text);
        let (adeli, finess) = (identity("N° ADELI", "750000001"), identity("FINESS", "750 000 001"));
        assert_ne!(adeli, finess);
        assert_ne!(adeli, identity("n° PS", "750000001"));
        // The prefix, or the name of the scheme, tells it as the header does.
        for text in ["0750000001", "adeli:750000001", "ADELI: 750000001"] {
            assert_eq!(identity("n° PS", text), adeli, "{text}");
        }
        assert_eq!(identity("n° PS", "1750000001"), finess);
        // A header is no proof against a form.
        assert_eq!(identity("FINESS", "10003456784"), identity("n° PS", "10003456784"));
        assert_eq!(identity("RPPS/ADELI", "750000001"), adeli);
        // The length tells that a zero is lost; without a header nothing tells the length.
        assert_eq!(identity("FINESS", "10000024"), identity("FINESS", "010000024"));
        assert_ne!(identity("n° PS", "10000024"), identity("n° PS", "010000024"));
        assert_ne!(identity("FINESS", "1000002"), identity("FINESS", "001000002"));
    }

    #[test]
    fn the_canonical_spelling_says_what_the_header_said() {
        let (socle, field) = socle(None);
        let spelled = |header: &str, text: &'static str| {
            let class = socle.class_stated(field, socle.stated_by(header), text.as_bytes());
            socle.spelled_identifier(field, class, text.into()).into_owned()
        };
        for (header, text, expected) in [
            ("ADELI", "750000001", "adeli:750000001"),
            ("FINESS", "10000024", "finess:010000024"),
            ("identifiant", "adeli:750000001", "adeli:750000001"),
            ("identifiant", "750000001", "750000001"),
            ("RPPS", "10003456784.0", "10003456784"),
            ("RPPS", "810003456784", "810003456784"),
            ("RPPS", " client 12", " client 12"),
            ("RPPS", "DUPONT Jean", ""),
            ("RPPS", "1,00034E+10", "1,00034E+10"),
        ] {
            assert_eq!(spelled(header, text), expected, "{header} {text}");
        }
    }

    #[test]
    fn a_mask_is_that_of_the_number_and_reads_back() {
        let (socle, field) = socle(Some(KEY));
        let none = Stated::default();
        let show = |text: &str| socle.shown_identifier(field, none, Cow::Owned(text.to_owned())).into_owned();
        for text in ["10003456784", "751234567", "2A1234567", "client 12", "810003456784"] {
            let masked = show(text);
            assert!(masked.starts_with("masque:") && !masked.contains(text), "{masked}");
            // Masking twice changes nothing, and the schemes are still told.
            assert_eq!(show(&masked), masked);
            assert_eq!(show(&masked.to_uppercase()), masked);
            assert_eq!(socle.identity(field, none, &masked), socle.identity(field, none, text));
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
        assert_ne!(other.0.shown_identifier(field, none, Cow::Borrowed("10003456784")), show("10003456784"));
    }

    #[test]
    fn no_field_shows_an_identifier_under_a_mask_nor_ever_an_e_mail() {
        let (masked, _) = socle(Some(KEY));
        let (plain, _) = socle(None);
        for number in 0..u16::try_from(masked.fields.len()).unwrap() {
            let (field, of) = (FieldId(number), &masked.fields[usize::from(number)]);
            if matches!(of.ty, Type::Int | Type::Double | Type::Identifier) {
                continue;
            }
            for text in ["10003456784", "10 003 456 784", "RPPS 10003456784", "FSV|10003456784"] {
                let spelled = masked.spelled(field, text, false);
                let shown = format!("{}{}{:?}", spelled.text, spelled.raw, spelled.nested);
                let read = format!("{:?}", masked.read(field, text, false).datum);
                for shown in [shown, read] {
                    assert!(!shown.contains("0003456784") && !shown.contains("003 456 784"), "{}: {shown}", of.id);
                }
                // Without a mask it stands.
                assert!(plain.spelled(field, "RPPS 10003456784", false).raw.contains("10003456784"));
            }
            // Many digits make no number.
            assert_eq!(masked.spelled(field, "10.0.26200.12345", false).raw, "10.0.26200.12345", "{}", of.id);
            for text in ["dr.dupont@exemple.fr", "1 85 05 78 006 084 36"] {
                assert_eq!(plain.spelled(field, text, false).text, "", "{}", of.id);
            }
        }
    }

    #[test]
    fn a_key_is_long_and_varied() {
        assert!(Mask::new(&KEY[..KEY_BYTES - 1]).is_none());
        assert!(Mask::new(&[0; 64]).is_none());
        assert!(Mask::new(KEY).is_some());
    }
}
