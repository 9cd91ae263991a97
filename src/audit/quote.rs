//! What of the texts of others may be quoted, and how much of it: never what tells who someone is.

use crate::socle::SERVICE;
use crate::value::Type;
use std::borrow::Cow;

/// Longest text that is quoted, in characters.
const QUOTED: usize = 80;
/// Digits in a row that may be the number of someone.
const NUMBER: usize = 9;
/// What stands for a text that is not quoted.
const HIDDEN: &str = "***";

/// Raw values are quoted only where they cannot name a person: enumerated, scale, version and date fields.
pub(super) fn may_quote(ty: &Type) -> bool {
    matches!(ty, Type::Row(_) | Type::Version | Type::Date | Type::Bool | Type::Record(SERVICE))
}

/// A few names in backticks, and how many there are in all.
pub(super) fn names(list: &[&str]) -> String {
    const SHOWN: usize = 5;
    let mut text = list.iter().take(SHOWN).map(|name| format!("`{}`", shortened(name))).collect::<Vec<_>>().join(", ");
    if list.len() > SHOWN {
        text.push_str(&format!(" … ({})", list.len()));
    }
    text
}

/// A name of a file that is not ours, trimmed and cut: it may be megabytes long.
pub(super) fn shortened(name: &str) -> String {
    let name = name.trim();
    match name.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// A raw value, unless it tells who someone is: a row shifted by one column puts numbers of persons anywhere.
pub(super) fn value(text: &str) -> Option<String> {
    (!is_personal(text)).then(|| text.chars().take(QUOTED).collect())
}

/// A header that is not ours: without one, the first record stands there.
pub(super) fn header(text: &str) -> Cow<'_, str> {
    if is_personal(text) { Cow::Borrowed(HIDDEN) } else { Cow::Owned(shortened(text)) }
}

/// Whether a text has the form of an identifier, of an address or of a telephone number.
pub(super) fn is_personal(text: &str) -> bool {
    // What is longer is cut where it is quoted.
    let text = text.char_indices().nth(QUOTED).map_or(text, |(end, _)| &text[..end]);
    let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = joined.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    let mut parts = text.split([' ', '.', '-', '\u{a0}', '\u{202f}']).filter(|part| !part.is_empty()).peekable();
    let pairs = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let telephone = parts.clone().count() >= 5 && parts.all(pairs);
    let corsican = joined.len() == NUMBER && joined.to_ascii_uppercase().starts_with(['2']) && {
        let (before, after) = joined.split_at_checked(2).unwrap_or_default();
        before.ends_with(['A', 'B', 'a', 'b']) && after.bytes().all(|byte| byte.is_ascii_digit())
    };
    let address = joined.split_once('@').is_some_and(|(who, at)| !who.is_empty() && at.contains('.'));
    digits >= NUMBER || telephone || corsican || address
}

#[cfg(test)]
mod tests {
    use super::is_personal;

    #[test]
    fn numbers_and_addresses_of_persons_are_told() {
        for text in [
            "10003461033",
            "810003461033",
            "1 85 05 78 006 084 36",
            "01 23 45 67 89",
            "01.23.45.67.89",
            "2A0000014",
            "prenom.nom@exemple.fr",
            "RPPS 99900000375",
        ] {
            assert!(is_personal(text), "{text}");
        }
        for text in
            ["1.40 add 8", "10.0.26200.9106", "22/11/2026 12:30", "20261122", "Windows 10 22H2", "", "@", "2A", "é@"]
        {
            assert!(!is_personal(text), "{text}");
        }
    }
}
