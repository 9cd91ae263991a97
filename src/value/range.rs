//! Ranges of versions: `>= 8.2, < 9`.

use super::Version;
use std::cmp::Ordering;

/// A range of versions: comma-separated `>= > < <= =`, all of which hold. Never empty, and never of an absent
/// component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange {
    low: Option<Bound>,
    high: Option<Bound>,
}

/// Why a text is no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeFault {
    /// It has another form.
    Unreadable,
    /// No version is in it.
    Empty,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Bound {
    at: Version,
    included: bool,
}

impl VersionRange {
    /// Reads a range.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<VersionRange, RangeFault> {
        let mut range = VersionRange { low: None, high: None };
        for limit in text.split(',').map(str::trim) {
            let digits = limit.find(|c: char| !matches!(c, '<' | '>' | '=')).ok_or(RangeFault::Unreadable)?;
            let (operator, version) = limit.split_at(digits);
            let at = Version::parse(version.trim()).ok_or(RangeFault::Unreadable)?;
            let bound = |included| Bound { at: at.clone(), included };
            match operator {
                ">" => range.raise(bound(false)),
                ">=" => range.raise(bound(true)),
                "<" => range.lower(bound(false)),
                "<=" => range.lower(bound(true)),
                "=" => {
                    range.raise(bound(true));
                    range.lower(bound(true));
                }
                _ => return Err(RangeFault::Unreadable),
            }
        }
        if range.is_empty() { Err(RangeFault::Empty) } else { Ok(range) }
    }

    /// Whether a version is in the range.
    #[must_use]
    pub fn contains(&self, version: &Version) -> bool {
        !version.is_absent()
            && self.low.as_ref().is_none_or(|low| match version.cmp(&low.at) {
                Ordering::Equal => low.included,
                order => order == Ordering::Greater,
            })
            && self.high.as_ref().is_none_or(|high| match version.cmp(&high.at) {
                Ordering::Equal => high.included,
                order => order == Ordering::Less,
            })
    }

    /// The lowest version in it, when it has a lower limit.
    #[must_use]
    pub fn first(&self) -> Option<Version> {
        let low = self.low.as_ref()?;
        let first = if low.included { low.at.clone() } else { low.at.next()? };
        self.contains(&first).then_some(first)
    }

    /// Whether some version may be in both ranges.
    #[must_use]
    pub fn overlaps(&self, other: &VersionRange) -> bool {
        let mut both = self.clone();
        other.low.iter().for_each(|low| both.raise(low.clone()));
        other.high.iter().for_each(|high| both.lower(high.clone()));
        !both.is_empty()
    }

    fn raise(&mut self, bound: Bound) {
        let kept = self.low.as_ref().is_some_and(|low| (&low.at, !low.included) >= (&bound.at, !bound.included));
        if !kept {
            self.low = Some(bound);
        }
    }

    fn lower(&mut self, bound: Bound) {
        let kept = self.high.as_ref().is_some_and(|high| (&high.at, high.included) <= (&bound.at, bound.included));
        if !kept {
            self.high = Some(bound);
        }
    }

    /// Between two versions there is always another (`1-a` and `1`, `1` and `1.0.1`), or it is treated so.
    fn is_empty(&self) -> bool {
        match (&self.low, &self.high) {
            (Some(low), Some(high)) => match low.at.cmp(&high.at) {
                Ordering::Less => false,
                Ordering::Equal => !(low.included && high.included),
                Ordering::Greater => true,
            },
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{RangeFault, VersionRange};
    use crate::value::Version;

    fn range(text: &str) -> VersionRange {
        VersionRange::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"))
    }

    #[test]
    fn versions_in_and_out() {
        for (text, inside, outside) in [
            (">= 8.2, < 9", &["8.2", "8.2.0", "8.99.1"][..], &["8.1.99", "9", "9.0", "8.2-rc.1"][..]),
            ("> 8.2", &["8.2.1"], &["8.2", "8.2.0"]),
            ("<= 8.2", &["8.2", "1", "8.2-rc.1"], &["8.2.1"]),
            ("= 8.2", &["8.2.0"], &["8.2.1", "8.2-rc.1"]),
            (">= 1, >= 3, < 9, < 5", &["3", "4.9"], &["2", "5"]),
        ] {
            for version in inside {
                assert!(range(text).contains(&Version::parse(version).unwrap()), "{version} in {text}");
            }
            for version in outside {
                assert!(!range(text).contains(&Version::parse(version).unwrap()), "{version} not in {text}");
            }
            assert!(!range(text).contains(&Version::ABSENT), "an absent component in {text}");
        }
    }

    #[test]
    fn other_texts_are_no_ranges() {
        for text in ["", "8.2", ">=", "=> 8", "== 8", ">= 8,", "~ 8", "^8", ">= 8.x", ">= 8 < 9", "<> 8"] {
            assert_eq!(VersionRange::parse(text), Err(RangeFault::Unreadable), "{text}");
        }
        for text in [">= 9, < 8", "> 8, < 8", ">= 8, < 8.0", "= 8, = 9"] {
            assert_eq!(VersionRange::parse(text), Err(RangeFault::Empty), "{text}");
        }
    }

    #[test]
    fn overlaps_both_ways() {
        for (one, two, expected) in [
            (">= 8, < 9", ">= 9", false),
            (">= 8, <= 9", ">= 9.0", true),
            ("> 8", "< 8.0.1", true),
            ("< 8", "> 9", false),
            ("= 8", ">= 7, < 9", true),
            ("> 8", "= 8", false),
        ] {
            assert_eq!(range(one).overlaps(&range(two)), expected, "{one} and {two}");
            assert_eq!(range(two).overlaps(&range(one)), expected, "{two} and {one}");
        }
    }
}
