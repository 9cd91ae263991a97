//! One file per format: pure functions that write a [`Report`](crate::audit::Report) or a
//! [`Diagnostic`](crate::diag::Diagnostic) to what they are given.
//!
//! Nothing here opens a file, reads the environment or decides of a colour: a [`Look`] says it all.
//! Machine formats (`json`, `csv`) are the same bytes in both languages; formats for people
//! (`text`, `markdown`, `csv-excel`) are in the language of the look.

pub mod baseline;
mod basis;
pub mod ci;
pub mod csv;
pub mod datapackage;
pub mod diagnostic;
pub mod diff;
pub mod dossier;
pub mod explanation;
pub mod findings;
pub mod forecast;
pub mod gate;
pub mod gate_json;
mod grid;
pub mod html;
mod impact;
mod impact_json;
pub mod inspect;
pub mod inventory;
pub mod json;
pub mod markdown;
mod markup;
mod measure;
pub mod model;
pub mod number;
pub mod page;
pub mod plan;
pub mod rates;
pub mod release_schema;
pub mod roster;
pub mod rows;
#[cfg(test)]
mod sample;
pub mod schema;
pub mod svg;
pub mod table;
mod targets;
pub mod text;
pub mod trend;
mod typography;
mod visible;
mod waivers;
mod wire;
mod words;
mod wrap;
pub mod xlsx;

pub use typography::typographic;
pub use visible::{visible, visible_line};
pub use words::{level, missing, status_words, unit_noun};

use crate::diag::Lang;

/// How a text for people is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Language.
    pub lang: Lang,
    /// Whether escape codes may be written; without it no ESC byte is.
    pub color: bool,
    /// Whether the terminal draws Unicode frames; ASCII otherwise.
    pub unicode: bool,
    /// Columns of the terminal; `None` on a pipe or in a file: nothing is cut nor wrapped.
    pub width: Option<usize>,
    /// Where names of files are given from.
    pub folders: Option<&'static Folders>,
}

/// Where names of files are given from, and the repository that it is in. Both absolute, with `/`.
#[derive(Debug, PartialEq, Eq)]
pub struct Folders {
    /// The working folder.
    pub working: String,
    /// The root of the repository; the working folder when there is none.
    pub root: String,
}

impl Folders {
    /// The name of a file from the root of the repository; as given when it does not lie in it.
    #[must_use]
    pub fn in_repository(&self, file: &str) -> String {
        let path = file.replace('\\', "/");
        let absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
        let whole = if absolute { path } else { format!("{}/{path}", self.working) };
        let mut parts: Vec<&str> = Vec::new();
        for part in whole.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        let root: Vec<&str> = self.root.split('/').filter(|part| !part.is_empty()).collect();
        match parts.strip_prefix(root.as_slice()) {
            Some(inside) if !inside.is_empty() && file != "-" => inside.join("/"),
            _ => file.to_owned(),
        }
    }
}

impl Look {
    /// Neither colour nor width: for files and pipes.
    #[must_use]
    pub fn plain(lang: Lang) -> Look {
        Look { lang, color: false, unicode: true, width: None, folders: None }
    }

    /// The text in bold when colour is on.
    #[must_use]
    pub fn bold(&self, text: &str) -> String {
        self.paint(anstyle::Style::new().bold(), text)
    }

    /// The text in a colour when colour is on.
    #[must_use]
    pub fn colored(&self, color: anstyle::AnsiColor, text: &str) -> String {
        self.paint(color.on_default().bold(), text)
    }

    fn paint(&self, style: anstyle::Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// A text of ours for people: in the language, with its typography, and nothing hidden in it.
#[must_use]
pub fn said(text: &crate::diag::Text, lang: Lang) -> String {
    visible_line(&typographic(text.get(lang), lang)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::Folders;

    #[test]
    fn names_are_those_that_the_repository_knows() {
        let folders = Folders { working: "/depot/app/ci".into(), root: "/depot".into() };
        for (file, expected) in [
            ("release.toml", "app/ci/release.toml"),
            ("./a//b.toml", "app/ci/a/b.toml"),
            ("../release.toml", "app/release.toml"),
            ("/depot/app/release.toml", "app/release.toml"),
            ("a\\b.toml", "app/ci/a/b.toml"),
            // Elsewhere.
            ("/depot2/release.toml", "/depot2/release.toml"),
            ("../../../release.toml", "../../../release.toml"),
            ("-", "-"),
        ] {
            assert_eq!(folders.in_repository(file), expected, "{file}");
        }
        let windows = Folders { working: "C:/depot".into(), root: "C:/depot".into() };
        assert_eq!(windows.in_repository("C:\\depot\\release.toml"), "release.toml");
    }
}
