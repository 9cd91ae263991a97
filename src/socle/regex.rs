//! Regular expressions of the data: cheap to compile, skipped when a text cannot match, linear always.
//!
//! A table has some forty patterns, each run on short texts: what counts is what happens before the
//! match. A pattern knows the literals without which it cannot match, and is compiled (to an automaton
//! without tables) only once a text has one of them.

use regex_automata::meta;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::sync::OnceLock;

/// Literals a pattern may ask for; more of them are not worth looking for.
const MAX_NEEDLES: usize = 24;

/// Size of a compiled pattern, in bytes.
const MAX_SIZE: usize = 1 << 20;

/// A pattern compiled at its first use. RE2 syntax, ASCII classes.
pub(crate) struct LazyPattern {
    text: String,
    parsed: OnceLock<Option<Parsed>>,
}

struct Parsed {
    hir: Hir,
    /// A text that has none of these does not match; empty when nothing is known.
    needles: Vec<Vec<u8>>,
    regex: OnceLock<Option<meta::Regex>>,
}

impl LazyPattern {
    /// As written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn new(text: String) -> LazyPattern {
        LazyPattern { text, parsed: OnceLock::new() }
    }

    /// Whether the pattern is one, and not too large: the names of its groups, or what is wrong.
    pub(crate) fn check(&self) -> Result<Vec<String>, String> {
        let hir = parse(&self.text)?;
        let mut names = Vec::new();
        group_names(&hir, &mut names);
        match compile(&hir) {
            Some(_) => Ok(names),
            None => Err("pattern too large".to_owned()),
        }
    }

    /// The compiled pattern, unless the text cannot match it.
    fn regex_for(&self, text: &[u8]) -> Option<&meta::Regex> {
        let parsed = self.parsed.get_or_init(|| {
            let hir = parse(&self.text).ok()?;
            let needles = required(&hir).unwrap_or_default();
            Some(Parsed { hir, needles, regex: OnceLock::new() })
        });
        let parsed = parsed.as_ref()?;
        if !parsed.needles.is_empty() && !parsed.needles.iter().any(|needle| contains(text, needle)) {
            return None;
        }
        parsed.regex.get_or_init(|| compile(&parsed.hir)).as_ref()
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex_for(text.as_bytes()).is_some_and(|regex| regex.is_match(text.as_bytes()))
    }

    /// The named groups that took part in the first match, with what they captured.
    pub(crate) fn named<'t>(&self, text: &'t str) -> Option<Vec<(String, &'t str)>> {
        let regex = self.regex_for(text.as_bytes())?;
        let mut captures = regex.create_captures();
        regex.captures(text.as_bytes(), &mut captures);
        captures.is_match().then(|| {
            let names = captures.group_info().pattern_names(regex_automata::PatternID::ZERO);
            names
                .zip(captures.iter())
                .filter_map(|(name, span)| Some((name?.to_owned(), text.get(span?.range())?)))
                .collect()
        })
    }

    /// What the first group captured, or the whole match.
    pub(crate) fn first<'t>(&self, text: &'t str) -> Option<&'t str> {
        let regex = self.regex_for(text.as_bytes())?;
        let mut captures = regex.create_captures();
        regex.captures(text.as_bytes(), &mut captures);
        let span = captures.get_group(1).or_else(|| captures.get_match().map(|found| found.span()))?;
        text.get(span.range())
    }

    /// The text with its first match replaced (`${1}` is a group).
    pub(crate) fn replaced(&self, text: &str, to: &str) -> Option<String> {
        let regex = self.regex_for(text.as_bytes())?;
        let mut captures = regex.create_captures();
        regex.captures(text.as_bytes(), &mut captures);
        let span = captures.get_match()?.span();
        let mut out = text.get(..span.start)?.to_owned();
        captures.interpolate_string_into(text, to, &mut out);
        out.push_str(text.get(span.end..)?);
        Some(out)
    }
}

fn parse(text: &str) -> Result<Hir, String> {
    regex_syntax::ParserBuilder::new().unicode(false).utf8(false).nest_limit(50).build().parse(text).map_err(|error| {
        match error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            other => other.to_string(),
        }
    })
}

fn compile(hir: &Hir) -> Option<meta::Regex> {
    let config = meta::Config::new()
        .hybrid(false)
        .dfa(false)
        .onepass(false)
        .auto_prefilter(false)
        .utf8_empty(false)
        .nfa_size_limit(Some(MAX_SIZE));
    meta::Builder::new().configure(config).build_from_hir(hir).ok()
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(text, needle).is_some()
}

/// Literals of which every match has one.
fn required(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Class(Class::Bytes(class)) => {
            let bytes: Vec<Vec<u8>> =
                class.iter().flat_map(|range| range.start()..=range.end()).take(5).map(|byte| vec![byte]).collect();
            (bytes.len() < 5).then_some(bytes)
        }
        HirKind::Concat(parts) => parts.iter().filter_map(required).max_by_key(|literals| {
            (literals.iter().map(Vec::len).min().unwrap_or(0), std::cmp::Reverse(literals.len()))
        }),
        HirKind::Alternation(parts) => {
            let mut all: Vec<Vec<u8>> = Vec::new();
            for part in parts {
                all.extend(required(part)?);
            }
            all.sort();
            all.dedup();
            (all.len() <= MAX_NEEDLES).then_some(all)
        }
        _ => None,
    }
}

fn group_names(hir: &Hir, out: &mut Vec<String>) {
    match hir.kind() {
        HirKind::Capture(capture) => {
            out.extend(capture.name.as_ref().map(ToString::to_string));
            group_names(&capture.sub, out);
        }
        HirKind::Repetition(repetition) => group_names(&repetition.sub, out),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().for_each(|part| group_names(part, out)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{LazyPattern, parse, required};

    #[test]
    fn literals_without_which_nothing_matches() {
        let needles = |pattern: &str| {
            let all = required(&parse(pattern).unwrap()).unwrap_or_default();
            all.into_iter().map(|n| String::from_utf8(n).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(needles(r"\bwin.*\bserve(?:r|ur)"), ["serve"]);
        assert_eq!(needles(r"\b(?:sierra|mojave)\b"), ["mojave", "sierra"]);
        assert_eq!(needles(r"(?:x?|serveur)[0-9]+"), [""; 0]);
        assert_eq!(needles(r"\bbuild:? ?(?P<build>[0-9]{4,5})\b"), ["build"]);
        assert_eq!(needles(r"(?i)[a-z]+"), [""; 0]);
    }

    #[test]
    fn groups_and_replacement() {
        let pattern = LazyPattern::new(r"^1\.40\.(?P<release>[0-9]{2})[0-9]{2}$".to_owned());
        assert_eq!(pattern.check().unwrap(), ["release"]);
        assert_eq!(pattern.named("1.40.1202").unwrap(), [("release".to_owned(), "12")]);
        assert_eq!(pattern.first("1.40.1202"), Some("12"));
        assert_eq!(pattern.replaced("1.40.1202", "1.40.${1}").unwrap(), "1.40.12");
        assert_eq!(pattern.named("1.40.14"), None);
        assert!(LazyPattern::new("(".to_owned()).check().is_err());
        assert!(LazyPattern::new("((a{1000}){1000}){1000}".to_owned()).check().is_err());
    }
}
