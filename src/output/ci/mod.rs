//! What continuous integration reads: SARIF, JUnit, GitLab code quality, GitHub annotations and job summary,
//! Checkstyle. One file a format, all written from one [`Run`].
//!
//! An inventory may have a million rows and these formats hold a few thousand entries: an audit gives one entry
//! a rule, whose message carries the exact totals. Nothing that comes from an inventory or a manifest becomes a
//! command of a runner, a Markdown link or an XML element: each format escapes all that it writes, and control
//! characters are shown ([`visible_line`](super::visible_line)).

mod audit;
pub mod checkstyle;
mod gate;
pub mod github;
pub mod gitlab;
pub mod junit;
pub mod sarif;
pub mod summary;
#[cfg(test)]
mod tests;
mod xml;

use super::{Look, said, visible_line};
use crate::audit::{BaselineReport, RuleText};
use crate::diag::{Lang, Text};
use crate::pack::Level;
use crate::text;
use crate::value::Date;

/// A run of vigie, as the formats of this folder see it.
#[derive(Debug)]
pub struct Run<'r> {
    /// What was done (`audit`, `gate`).
    pub command: &'static str,
    /// The date of the judgement.
    pub as_of: Date,
    /// The rules, in the order of the run.
    pub rules: Vec<Rule<'r>>,
    /// What they say: one entry a rule, or a rule and a manifest.
    pub outcomes: Vec<Outcome>,
    /// The run in one line.
    pub headline: Text,
    /// Why the gate is closed.
    pub closed: Option<Text>,
    /// What is unknown is to be acted upon, as what fails is.
    pub unknown_is_wrong: bool,
    /// What is wrong beside the rules (a waiver that has expired).
    pub notices: Vec<Notice>,
}

/// A rule of the run.
#[derive(Debug)]
pub struct Rule<'r> {
    /// Its name, with its pack when there are several.
    pub name: &'r str,
    /// Its pack.
    pub pack: &'r str,
    /// Version of its pack.
    pub version: &'r str,
    /// What is wrong when it fails.
    pub title: &'r Text,
    /// Blocking, advisory or info.
    pub level: Level,
    /// Why, what to do, who says so.
    pub text: &'r RuleText,
}

/// What a rule says.
#[derive(Debug)]
pub struct Outcome {
    /// Number of the rule in [`Run::rules`].
    pub rule: usize,
    /// What it comes to.
    pub state: State,
    /// What was judged, when there are several (a manifest).
    pub subject: Option<String>,
    /// What is found.
    pub message: Message,
    /// Where to look first.
    pub place: Place,
    /// Other files that it is found in, the worst first.
    pub others: Vec<Place>,
    /// How many units it is about.
    pub count: u64,
    /// Among how many.
    pub of: u64,
    /// It closes the gate.
    pub closes: bool,
    /// Stable from one run to the next while the same is wrong of the same thing.
    pub fingerprint: String,
    /// What it is to the baseline, when one was given and something is wrong.
    pub since: Option<Since>,
}

/// What is found now, beside what a baseline has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// The baseline has none of it.
    New,
    /// The baseline has some of it.
    Grown,
    /// The baseline has it all.
    Known,
}

/// Why what a baseline has is no failure.
fn known_to(baseline: &BaselineReport) -> Text {
    let (name, date) = (&baseline.name, baseline.as_of);
    text!("connu de la baseline `{name}` du {date}", "known to the baseline `{name}` of {date}")
}

/// What a rule comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It holds, for all that it concerns.
    Pass,
    /// It fails.
    Fail,
    /// The data does not tell.
    Unknown,
    /// It concerns nothing here.
    NotApplicable,
    /// A waiver covers it, or a baseline knows it.
    Waived {
        /// Why it was granted and by whom, or since when it is known.
        reason: Text,
    },
}

/// A message whose variable parts are known: `{0}` in the template stands for the first.
#[derive(Debug)]
pub struct Message {
    /// Name of the template, unique in a rule.
    pub id: &'static str,
    /// The template.
    pub template: Text,
    /// Its variable parts.
    pub arguments: Vec<Text>,
}

/// A place in a file of the user's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Name as given.
    pub file: String,
    /// From 1; 1 stands for the whole file.
    pub line: usize,
    /// From 1.
    pub column: Option<usize>,
    /// Last line, and the column after its last character.
    pub end: Option<(usize, usize)>,
}

/// Something wrong beside the rules.
#[derive(Debug)]
pub struct Notice {
    /// Stable code, `area/what`.
    pub code: &'static str,
    /// What it is about: the same from one day to the next, when the message is not.
    pub name: String,
    /// What.
    pub message: Text,
    /// Where.
    pub place: Place,
    /// Blocking: an error; advisory: a warning.
    pub level: Level,
    /// It closes the gate.
    pub closes: bool,
    /// Stable from one run to the next while the same is wrong of the same thing.
    pub fingerprint: String,
}

impl Message {
    /// The whole message on one line, in a language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let template = said(&self.template, lang);
        let mut parts = template.split('{');
        let mut text = parts.next().unwrap_or_default().to_owned();
        // In one pass: what stands in an argument is never taken for a place.
        for part in parts {
            let place = part.split_once('}').and_then(|(number, rest)| Some((number.parse::<usize>().ok()?, rest)));
            match place.and_then(|(number, rest)| Some((self.arguments.get(number)?, rest))) {
                Some((argument, rest)) => {
                    text.push_str(&said(argument, lang));
                    text.push_str(rest);
                }
                None => {
                    text.push('{');
                    text.push_str(part);
                }
            }
        }
        text
    }
}

impl<'r> Run<'r> {
    /// The same, with the names of files from the root of their repository: servers know no others.
    #[must_use]
    pub fn seen_from(mut self, look: &Look) -> Run<'r> {
        if let Some(folders) = look.folders {
            let outcomes = self.outcomes.iter_mut();
            let outcomes = outcomes.flat_map(|outcome| std::iter::once(&mut outcome.place).chain(&mut outcome.others));
            for place in outcomes.chain(self.notices.iter_mut().map(|notice| &mut notice.place)) {
                place.file = folders.in_repository(&place.file);
            }
        }
        self
    }

    /// The outcomes in a state, the gravest level first, then the most numerous, then in the order of the rules.
    fn worst(&self, wanted: impl Fn(&State) -> bool) -> Vec<(&Rule<'r>, &Outcome)> {
        let mut found: Vec<_> = self
            .outcomes
            .iter()
            .filter(|outcome| wanted(&outcome.state))
            .filter_map(|outcome| Some((self.rules.get(outcome.rule)?, outcome)))
            .collect();
        found.sort_by_key(|(rule, outcome)| std::cmp::Reverse((rule.level, outcome.count)));
        found
    }

    /// What the reader is to act upon: failures, and what is unknown where that closes the gate.
    fn wrong(&self) -> Vec<(&Rule<'r>, &Outcome)> {
        let unknown = self.unknown_is_wrong;
        self.worst(|state| *state == State::Fail || unknown && *state == State::Unknown)
    }
}

/// The path of a file as these formats want it: with `/`, relative without `./`, an absolute one as a `file:` URL.
/// Bytes that a URL cannot hold are percent-encoded.
fn uri(file: &str) -> String {
    let mut path = file.replace('\\', "/");
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/').to_owned();
    }
    let absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
    let mut out = String::with_capacity(path.len() + 8);
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            b':' if absolute => out.push(':'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    match (absolute, out.starts_with('/')) {
        (true, true) => format!("file://{out}"),
        (true, false) => format!("file:///{out}"),
        // The standard input has no name.
        (false, _) if out == "-" || out.is_empty() => "stdin".to_owned(),
        (false, _) => out,
    }
}

/// The same for formats that hold plain paths.
fn path(file: &str) -> String {
    let shown = visible_line(file).replace('\\', "/");
    let mut path = shown.as_str();
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    if path == "-" || path.is_empty() { "stdin".to_owned() } else { path.to_owned() }
}

/// 16 hexadecimal digits that stand for some parts.
fn fingerprint(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("vigie ci fingerprint 1");
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}
