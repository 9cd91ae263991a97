//! Rule files → checked rules, with the place of everything.
//!
//! A pack is a folder: `pack.toml` ([`Header`]), one TOML file a rule ([`Rule`]), and maybe
//! `targets.toml` ([`Target`]). [`Pack::load`] gives a checked pack, or all its faults at once.
//! [`Rule::verdict`] says what a rule answers on one record at one date.

mod check;
mod citation;
pub mod condition;
mod coverage;
mod example;
mod given;
mod header;
mod load;
mod pin;
mod place;
mod read;
mod rule;
mod target;
mod waiver;
mod walk;

pub use citation::confidence_code;
pub use coverage::{Undecided, undecided};
pub use example::{Decision, Example, Outcome, VERDICTS, decisions};
pub use given::Given;
pub use header::{Change, Header, Reference};
pub use pin::Pin;
pub use rule::{Condition, Require, Rule};
pub use target::{Measure, Target};
pub use waiver::{Waiver, Waivers};

use crate::diag::{Diagnostic, Text};
use crate::socle::{FieldId, Socle};
use crate::value::Date;

/// What a failing rule does to the status of an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Said, and nothing more.
    Info,
    /// Advice: never changes the status.
    Advisory,
    /// Makes the installation obsolete.
    Blocking,
}

impl Level {
    /// Its word in rule files and in machine outputs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Advisory => "advisory",
            Level::Blocking => "blocking",
        }
    }
}

/// Whose pack it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Shipped with vigie: it blocks on facts of confidence H only.
    BuiltIn,
    /// The same, to judge with: what its tests checked before it was shipped is not checked again, and its rules come
    /// without their examples.
    Checked,
    /// An organisation's own: it answers for itself.
    Own,
}

/// A checked pack.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Name: the folder's.
    pub id: String,
    /// Name for people.
    pub title: Text,
    /// Kind of record that the rules judge.
    pub kind: String,
    /// Version of the pack.
    pub version: semver::Version,
    /// First day of validity.
    pub since: Option<Date>,
    /// Last day of validity.
    pub until: Option<Date>,
    /// When the rules were last read against the texts.
    pub reviewed: Date,
    /// The texts it comes from.
    pub texts: Vec<Reference>,
    /// The pack that it extends.
    pub base: Option<Base>,
    /// Rules, sorted by id; those of the base among them.
    pub rules: Vec<Rule>,
    /// Targets: those of the base first.
    pub targets: Vec<Target>,
    /// `blake3:<hex>` of the folder.
    pub digest: String,
    /// What is doubtful but no fault.
    pub warnings: Vec<Diagnostic>,
}

/// A pack that another extends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: semver::Version,
    /// Its digest.
    pub digest: String,
}

impl Pack {
    /// Whether a date is within the validity (both days included).
    #[must_use]
    pub fn valid_on(&self, date: Date) -> bool {
        self.since.is_none_or(|since| since <= date) && self.until.is_none_or(|until| date <= until)
    }

    /// Whether the last review is more than twelve months before a date.
    #[must_use]
    pub fn stale_on(&self, date: Date) -> bool {
        self.reviewed.plus_months(12).is_some_and(|limit| limit < date)
    }

    /// The names that its conditions may use.
    #[must_use]
    pub fn names<'a>(&'a self, socle: &'a Socle) -> condition::Names<'a> {
        read::names(socle, Some(&self.kind))
    }

    /// Whether some rule compares a record with the one before.
    #[must_use]
    pub fn compares(&self) -> bool {
        self.rules.iter().any(Rule::compares)
    }

    /// Whether some rule reads a field.
    #[must_use]
    pub fn reads(&self, field: FieldId) -> bool {
        self.conditions().any(|condition| condition::fields(&condition.expr).contains(&field))
    }

    fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.rules.iter().flat_map(Rule::conditions)
    }

    /// A rule by its id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

/// The pack judged by default at a date: of the kind, valid on that date, the latest to begin.
#[must_use]
pub fn default_header<'h>(headers: &'h [Header], kind: &str, as_of: Date) -> Option<&'h Header> {
    headers
        .iter()
        .filter(|header| header.default && header.kind == kind && header.valid_on(as_of))
        .max_by_key(|header| (header.since, std::cmp::Reverse(&header.id)))
}
