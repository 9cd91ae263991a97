//! A pack named with the versions that will do: `pro-ps`, `pro-ps@^1.4`.

use crate::diag::Text;
use crate::text;
use semver::{Version, VersionReq};
use std::fmt;

/// A pack's name, with a requirement on its version when one was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Name of the pack.
    pub name: String,
    /// Versions that will do; any when absent.
    pub requirement: Option<VersionReq>,
}

impl Pin {
    /// Reads `NAME` or `NAME@REQUIREMENT`.
    ///
    /// # Errors
    /// One line that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Pin, Text> {
        let (name, requirement) = match text.split_once('@') {
            Some((name, requirement)) => (name, Some(requirement)),
            None => (text, None),
        };
        if !is_id(name) {
            return Err(text!(
                "`{name}` n'est pas un nom de pack (minuscules, chiffres et tirets)",
                "`{name}` is not a pack name (lower case letters, digits and hyphens)"
            ));
        }
        let requirement = match requirement {
            None => None,
            Some(wanted) => Some(requirement_of(wanted)?),
        };
        Ok(Pin { name: name.to_owned(), requirement })
    }

    /// Whether a version will do.
    #[must_use]
    pub fn accepts(&self, version: &Version) -> bool {
        self.requirement.as_ref().is_none_or(|requirement| requirement.matches(version))
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.requirement {
            Some(requirement) => write!(f, "{}@{requirement}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// A semver requirement, or one line that says that the text is not one.
pub(super) fn requirement_of(text: &str) -> Result<VersionReq, Text> {
    VersionReq::parse(text).map_err(|_| {
        text!(
            "`{text}` n'est pas une exigence de version (exemples\u{a0}: `^1.2`, `>=1.2, <3`)",
            "`{text}` is not a version requirement (examples: `^1.2`, `>=1.2, <3`)"
        )
    })
}

/// Whether a text has the form of an id: words of `a–z` and `0–9` joined by single hyphens.
pub(super) fn is_id(text: &str) -> bool {
    text.split('-')
        .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails is what an unwrap is for here")]
mod tests {
    use super::Pin;

    #[test]
    fn a_pin_is_a_name_and_maybe_a_requirement() {
        let pin = Pin::parse("pro-ps@^1.4").unwrap();
        assert!(pin.accepts(&"1.5.0".parse().unwrap()));
        assert!(!pin.accepts(&"2.0.0".parse().unwrap()));
        assert_eq!(pin.to_string(), "pro-ps@^1.4");
        assert!(Pin::parse("pro-ps").unwrap().accepts(&"0.0.1".parse().unwrap()));
        for text in ["", "@1", "Pro-PS", "pro--ps", "-a", "pro-ps@", "pro-ps@dernier", "é", "a/b"] {
            assert!(Pin::parse(text).is_err(), "{text}");
        }
    }
}
