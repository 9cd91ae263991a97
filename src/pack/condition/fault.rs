//! What is wrong with a condition's text.

use crate::diag::{Diagnostic, Source, Span, Text};
use std::sync::Arc;

/// A fault in a condition's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Stable code, `condition/what`.
    pub code: &'static str,
    /// One line: what is wrong.
    pub message: Text,
    /// Bytes of the condition's text to underline.
    pub span: Span,
    /// Said under the line.
    pub label: Text,
    /// What to do.
    pub help: Option<Text>,
}

impl Fault {
    pub(super) fn new(code: &'static str, span: Span, message: Text, label: Text) -> Fault {
        Fault { code, message, span, label, help: None }
    }

    pub(super) fn help(mut self, help: impl Into<Option<Text>>) -> Fault {
        self.help = help.into();
        self
    }

    /// The diagnostic, when the condition's text starts at byte `start` of `source` and stands there unescaped.
    #[must_use]
    pub fn at(self, source: &Arc<Source>, start: usize) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(self.code, self.message);
        diagnostic.help = self.help;
        diagnostic.at(source, self.span.start + start..self.span.end + start, self.label)
    }
}

// The codes, in one place: tests and documentation list them.
pub(super) const SYNTAX: &str = "condition/syntax";
pub(super) const NOT_IN_LANGUAGE: &str = "condition/not-in-language";
pub(super) const LIMIT: &str = "condition/limit";
pub(super) const TYPE: &str = "condition/type";
pub(super) const UNKNOWN_NAME: &str = "condition/unknown-name";
pub(super) const UNKNOWN_ATTRIBUTE: &str = "condition/unknown-attribute";
pub(super) const UNKNOWN_VALUE: &str = "condition/unknown-value";
pub(super) const UNKNOWN_FUNCTION: &str = "condition/unknown-function";
pub(super) const HIDDEN_NAME: &str = "condition/hidden-name";
pub(super) const DATE: &str = "condition/date";
pub(super) const VERSION: &str = "condition/version";
pub(super) const PATTERN: &str = "condition/pattern";
pub(super) const TODAY: &str = "condition/today";
pub(super) const PREVIOUS: &str = "condition/previous";
