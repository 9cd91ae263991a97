//! What a diagnostic is: code, level, message in French and in English, places, help.
//!
//! Nothing here prints: `output` draws diagnostics, in one language.

mod document;

pub(crate) use document::visible;
pub use document::{Document, Entry, Section};

use std::ops::Range;
use std::sync::Arc;

/// The two languages of everything a user reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// French.
    Fr,
    /// English.
    En,
}

/// A text in French and in English.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text {
    /// French.
    pub fr: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A text from its two versions.
    pub fn new(fr: impl Into<String>, en: impl Into<String>) -> Text {
        Text { fr: fr.into(), en: en.into() }
    }

    /// The same text in both languages (a name, a code).
    pub fn same(text: impl Into<String>) -> Text {
        let text = text.into();
        Text { fr: text.clone(), en: text }
    }

    /// The text in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Fr => &self.fr,
            Lang::En => &self.en,
        }
    }
}

/// Builds a [`Text`]: French format string, English format string, then the arguments of both.
///
/// ```
/// let n = 3;
/// let text = vigie::text!("{n} lignes", "{n} rows");
/// assert_eq!(text.fr, "3 lignes");
/// ```
#[macro_export]
macro_rules! text {
    ($fr:literal, $en:literal $(, $($arg:tt)*)?) => {
        $crate::diag::Text::new(format!($fr $(, $($arg)*)?), format!($en $(, $($arg)*)?))
    };
}

/// Text of a file that diagnostics point into.
#[derive(Debug)]
pub struct Source {
    /// Name as the user knows it (a path given, or `rules/…` for a built-in pack).
    pub name: String,
    /// Whole content.
    pub text: String,
}

/// Byte range in a [`Source`].
pub type Span = Range<usize>;

/// A place in a source file, with what is to be said about it.
#[derive(Clone, Debug)]
pub struct Label {
    /// The file.
    pub source: Arc<Source>,
    /// Bytes underlined.
    pub span: Span,
    /// Said under the line; may be empty.
    pub message: Text,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The work goes on.
    Warning,
    /// The work stops.
    Error,
}

/// One diagnostic: what, where, against what, what to do.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Stable code, `area/what`.
    pub code: &'static str,
    /// Warning or error.
    pub severity: Severity,
    /// One line, lower case, no final point; user text in backticks.
    pub message: Text,
    /// Places; the first is the main one.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<Text>,
}

impl Diagnostic {
    /// An error without a place yet.
    #[must_use]
    pub fn error(code: &'static str, message: Text) -> Diagnostic {
        Diagnostic { code, severity: Severity::Error, message, labels: Vec::new(), help: None }
    }

    /// A warning without a place yet.
    #[must_use]
    pub fn warning(code: &'static str, message: Text) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message) }
    }

    /// Adds a place.
    #[must_use]
    pub fn at(mut self, source: &Arc<Source>, span: Span, message: Text) -> Diagnostic {
        self.labels.push(Label { source: Arc::clone(source), span, message });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: Text) -> Diagnostic {
        self.help = Some(help);
        self
    }
}

/// The nearest of `names` to `name`, only when it is near enough to be meant: letters and digits alone, whatever the
/// case, differ by at most a third of their number. Of names as near, the one whose number is the nearest; none when
/// nothing tells them apart.
#[must_use]
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters =
        |name: &str| name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let number = |name: &str| {
        let digits: String = name.chars().filter(char::is_ascii_digit).take(9).collect();
        digits.parse::<i64>().unwrap_or(0)
    };
    let wanted = letters(name);
    let mut near: Vec<((usize, u64), String, &str)> = names
        .into_iter()
        .map(|candidate| (letters(candidate), candidate))
        .map(|(known, candidate)| (strsim::osa_distance(&wanted, &known), known, candidate))
        .filter(|(distance, known, _)| *distance * 3 <= wanted.chars().count().min(known.chars().count()))
        .map(|(distance, known, candidate)| ((distance, number(&wanted).abs_diff(number(&known))), known, candidate))
        .collect();
    let least = near.iter().map(|(far, ..)| *far).min()?;
    near.retain(|(far, ..)| *far == least);
    let (_, first, candidate) = near.first()?;
    near.iter().all(|(_, known, _)| known == first).then_some(*candidate)
}

/// "did you mean" help, when a name is near.
#[must_use]
pub fn did_you_mean<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<Text> {
    nearest(name, names).map(|near| text!("vouliez-vous dire `{near}` ?", "did you mean `{near}`?"))
}
