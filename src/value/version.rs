//! Versions of software and components, compared number by number.

use std::cmp::Ordering;
use std::fmt;

/// Runs of digits a version may have.
const MAX_PARTS: usize = 8;

/// A dotted version: optional `v`, runs of 1 to 8 digits compared as numbers, `-pre` sorting before
/// the release, `+build` ignored.
///
/// Leading zeros are dropped and trailing `.0` do not count: 4.67.03 = 4.67.3, 4.2 = 4.2.0, and
/// 17.15 > 17.9. [`Version::ABSENT`] stands for a component known to be absent: below every version.
#[derive(Clone, Debug)]
pub struct Version {
    parts: [u32; MAX_PARTS],
    /// Runs of digits as written; 0 for the absent version.
    len: u8,
    pre: semver::Prerelease,
}

impl Version {
    /// The version of a component known to be absent: any minimum fails.
    pub const ABSENT: Version = Version { parts: [0; MAX_PARTS], len: 0, pre: semver::Prerelease::EMPTY };

    /// Reads a version; `None` when the text has another form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Version> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let text = match text.split_once('+') {
            Some((before, build)) => {
                semver::BuildMetadata::new(build).ok().filter(|b| !b.is_empty())?;
                before
            }
            None => text,
        };
        let (numbers, pre) = match text.split_once('-') {
            Some((numbers, pre)) => (numbers, semver::Prerelease::new(pre).ok().filter(|p| !p.is_empty())?),
            None => (text, semver::Prerelease::EMPTY),
        };
        let mut parts = [0; MAX_PARTS];
        let mut len = 0;
        for run in numbers.split('.') {
            if len == MAX_PARTS || run.is_empty() || run.len() > 8 || !run.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            parts[len] = run.bytes().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
            len += 1;
        }
        Some(Version { parts, len: u8::try_from(len).ok()?, pre })
    }

    /// Whether this is the version of an absent component.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.len == 0
    }

    /// A version just above: `5.2` → `5.2.1`; `None` for an absent component, or when there is no room.
    #[must_use]
    pub fn next(&self) -> Option<Version> {
        let place = usize::from(self.len).clamp(3, MAX_PARTS) - 1;
        let mut next = Version { pre: semver::Prerelease::EMPTY, ..self.clone() };
        // After a pre-release comes its release.
        if self.pre.is_empty() {
            next.parts[place] = next.parts[place].checked_add(1)?;
            next.len = u8::try_from(place + 1).ok()?;
        }
        (!self.is_absent()).then_some(next)
    }

    /// A number that sorts as versions do, for those of at most four runs below 32768 without pre-release.
    pub(crate) fn order(&self) -> Option<u64> {
        if self.is_absent() {
            return Some(0);
        }
        let (told, rest) = self.parts.split_at(4);
        let fits = self.pre.is_empty() && rest.iter().all(|part| *part == 0) && told.iter().all(|part| *part < 1 << 15);
        fits.then(|| told.iter().fold(0, |key, part| key << 15 | u64::from(*part)) + 1)
    }

    /// The run of digits at `index` (0 = major); 0 beyond the last, `None` for an absent component.
    #[must_use]
    pub fn part(&self, index: usize) -> Option<i64> {
        (!self.is_absent()).then(|| self.parts.get(index).map_or(0, |p| i64::from(*p)))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Version) -> Ordering {
        (!self.is_absent())
            .cmp(&!other.is_absent())
            .then_with(|| self.parts.cmp(&other.parts))
            .then_with(|| self.pre.cmp(&other.pre))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Version) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl std::hash::Hash for Version {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.is_absent().hash(state);
        self.parts.hash(state);
        self.pre.hash(state);
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.parts[..usize::from(self.len)].iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            write!(f, "{part}")?;
        }
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    fn v(text: &str) -> Version {
        Version::parse(text).unwrap_or_else(|| panic!("{text} is not read"))
    }

    #[test]
    fn numbers_compare_as_numbers() {
        for (low, high) in [
            ("17.9", "17.15"),
            ("4.3", "4.67.03"),
            ("10.9", "10.12"),
            ("1.0-rc.1", "1.0"),
            ("1.0-rc.2", "1.0-rc.10"),
            ("4.67.3", "4.67.04"),
            ("9", "10.0.0.0.0.0.0.1"),
        ] {
            assert!(v(low) < v(high), "{low} < {high}");
        }
        for (a, b) in
            [("4.67.03", "4.67.3"), ("4.2", "4.2.0"), ("v7", "7.0.0"), ("1.2+build.5", "1.2"), ("V3.30", "3.30")]
        {
            assert_eq!(v(a), v(b));
        }
        assert!(Version::ABSENT < v("0"));
        assert_ne!(Version::ABSENT, v("0"));
    }

    #[test]
    fn other_forms_are_not_versions() {
        for text in [
            "",
            "v",
            "1.",
            ".1",
            "1..2",
            "1.2a",
            "7 SP1",
            "123456789",
            "1-",
            "1.2_3",
            "1+",
            "1.2.3.4.5.6.7.8.9",
            "vv1",
            "１",
        ] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
