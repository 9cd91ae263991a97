//! What is left of a verdict once the waivers have had their say.

use crate::value::Verdict;

/// A verdict, or that a waiver covers it. The verdict itself is the rule's alone and never knows of waivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ruling {
    /// The rule does not concern the installation.
    NotApplicable,
    /// Every requirement holds.
    Pass,
    /// The data does not decide.
    Unknown,
    /// A requirement does not hold.
    Fail,
    /// It fails or is unknown, and a waiver covers it: neither at fault nor conform.
    Waived,
}

impl Ruling {
    /// By number: that of the discriminant.
    pub(super) const ALL: [Ruling; 5] =
        [Ruling::NotApplicable, Ruling::Pass, Ruling::Unknown, Ruling::Fail, Ruling::Waived];

    /// A verdict, covered by a waiver or not: a waiver has nothing to say of what holds or does not concern.
    #[must_use]
    pub fn of(verdict: Verdict, covered: bool) -> Ruling {
        match verdict {
            Verdict::NotApplicable => Ruling::NotApplicable,
            Verdict::Pass => Ruling::Pass,
            Verdict::Unknown | Verdict::Fail if covered => Ruling::Waived,
            Verdict::Unknown => Ruling::Unknown,
            Verdict::Fail => Ruling::Fail,
        }
    }

    /// The letter of the per-row verdict file: `P`, `F`, `U`, `N` or `W`.
    #[must_use]
    pub fn letter(self) -> u8 {
        match self {
            Ruling::Pass => b'P',
            Ruling::Fail => b'F',
            Ruling::Unknown => b'U',
            Ruling::NotApplicable => b'N',
            Ruling::Waived => b'W',
        }
    }

    /// The worse of two: `Fail`, then `Unknown`, `Waived` and `Pass`; `NotApplicable` is left out.
    #[must_use]
    pub fn worst(self, other: Ruling) -> Ruling {
        if self.rank() >= other.rank() { self } else { other }
    }

    /// The better of two: `Pass`, then `Waived`, `Unknown` and `Fail`; `NotApplicable` is left out.
    #[must_use]
    pub fn best(self, other: Ruling) -> Ruling {
        match (self, other) {
            (Ruling::NotApplicable, ruling) | (ruling, Ruling::NotApplicable) => ruling,
            (a, b) if a.rank() <= b.rank() => a,
            (_, b) => b,
        }
    }

    fn rank(self) -> u8 {
        match self {
            Ruling::NotApplicable => 0,
            Ruling::Pass => 1,
            Ruling::Waived => 2,
            Ruling::Unknown => 3,
            Ruling::Fail => 4,
        }
    }
}

impl From<Verdict> for Ruling {
    fn from(verdict: Verdict) -> Ruling {
        Ruling::of(verdict, false)
    }
}
