//! Kleene's strong three-valued logic, and the four verdicts.

/// Truth of a condition: `Unknown` when the data does not decide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// The condition does not hold.
    False,
    /// The data does not tell.
    Unknown,
    /// The condition holds.
    True,
}

impl Truth {
    /// Kleene's conjunction: false wins over unknown.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        self.min(other)
    }

    /// Kleene's disjunction: true wins over unknown.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        self.max(other)
    }
}

impl std::ops::Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
            Truth::True => Truth::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::True } else { Truth::False }
    }
}

/// What a rule says of an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The rule does not concern the installation (its scope is false, or the rule is not in force).
    NotApplicable,
    /// Every requirement holds.
    Pass,
    /// The data does not decide.
    Unknown,
    /// A requirement does not hold.
    Fail,
}

impl Verdict {
    /// Verdict of a rule in force, from its scope and the conjunction of its requirements.
    ///
    /// A scope that is unknown gives `Unknown` whatever the requirements say.
    #[must_use]
    pub fn of(scope: Truth, require: Truth) -> Verdict {
        match (scope, require) {
            (Truth::False, _) => Verdict::NotApplicable,
            (Truth::Unknown, _) | (Truth::True, Truth::Unknown) => Verdict::Unknown,
            (Truth::True, Truth::True) => Verdict::Pass,
            (Truth::True, Truth::False) => Verdict::Fail,
        }
    }

    /// The letter of the per-row verdict file: `P`, `F`, `U` or `N`.
    #[must_use]
    pub fn letter(self) -> u8 {
        match self {
            Verdict::Pass => b'P',
            Verdict::Fail => b'F',
            Verdict::Unknown => b'U',
            Verdict::NotApplicable => b'N',
        }
    }

    /// The worse of two verdicts: `Fail`, then `Unknown`, then `Pass`; `NotApplicable` is left out.
    #[must_use]
    pub fn worst(self, other: Verdict) -> Verdict {
        self.max(other)
    }

    /// The better of two verdicts: `Pass`, then `Unknown`, then `Fail`; `NotApplicable` is left out.
    #[must_use]
    pub fn best(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::NotApplicable, v) | (v, Verdict::NotApplicable) => v,
            (a, b) => a.min(b),
        }
    }
}
