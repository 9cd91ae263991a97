//! Rule files → checked rules, with the place of everything.

pub mod condition;

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
