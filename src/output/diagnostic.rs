//! Draws diagnostics: the message, the place with its line underlined, what to do.

use super::{Look, said, visible_line};
use crate::diag::{Diagnostic, Label, Lang, Severity};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

/// Lines wider than this are cut around what is underlined, when the terminal's width is not known.
const WIDTH: usize = 140;

/// Bytes between two columns beyond which they are not shown together.
const FAR: usize = 1000;

/// Writes diagnostics one after the other, with an empty line between them.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, diagnostics: &[Diagnostic], look: &Look) -> io::Result<()> {
    for (i, diagnostic) in diagnostics.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", draw(diagnostic, look))?;
    }
    Ok(())
}

/// One diagnostic, without line break at the end.
#[must_use]
pub fn draw(diagnostic: &Diagnostic, look: &Look) -> String {
    let lang = look.lang;
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let name = match (diagnostic.severity, lang) {
        (Severity::Error, Lang::Fr) => "erreur",
        (Severity::Error, Lang::En) => "error",
        (Severity::Warning, Lang::Fr) => "avertissement",
        (Severity::Warning, Lang::En) => "warning",
    };
    // The library writes the colon right after the name: in French a space stands before it.
    let before_colon = if lang == Lang::Fr { "\u{a0}" } else { "" };
    let level = level.with_name(format!("{name}[{}]{before_colon}", diagnostic.code));
    let shown: Vec<Shown> = shown_sources(&diagnostic.labels, lang);
    let title = level.primary_title(said(&diagnostic.message, lang));
    let mut main = Group::with_title(title);
    for (number, source) in shown.iter().enumerate() {
        let mut snippet = Snippet::source(source.text.as_str()).path(source.name.as_str());
        for (i, (span, message)) in source.labels.iter().enumerate() {
            let kind = if number == 0 && i == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(span.clone());
            snippet =
                snippet.annotation(if message.is_empty() { annotation } else { annotation.label(message.as_str()) });
        }
        main = main.element(snippet);
    }
    let renderer = if look.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(look.width.unwrap_or(WIDTH));
    let Some(help) = &diagnostic.help else { return renderer.render(&[main]) };
    let level = Level::HELP.with_name(match lang {
        Lang::Fr => "aide\u{a0}",
        Lang::En => "help",
    });
    let help = Group::with_title(level.secondary_title(said(help, lang)));
    match shown.is_empty() {
        false => renderer.render(&[main, help]),
        // Without a place there is no frame for the help to hang on.
        true => format!("{}\n{}", renderer.render(&[main]), renderer.render(&[help])),
    }
}

/// A source as it is shown, with its labels moved accordingly.
struct Shown {
    name: String,
    text: String,
    labels: Vec<(Range<usize>, String)>,
}

/// Sources in the order in which the labels name them first.
fn shown_sources(labels: &[Label], lang: Lang) -> Vec<Shown> {
    let mut sources: Vec<(&Arc<crate::diag::Source>, Vec<&Label>)> = Vec::new();
    for label in labels {
        match sources.iter_mut().find(|(source, _)| Arc::ptr_eq(source, &label.source)) {
            Some((_, of_source)) => of_source.push(label),
            None => sources.push((&label.source, vec![label])),
        }
    }
    sources
        .into_iter()
        .map(|(source, of_source)| {
            let display = Display::new(&source.text);
            let labels: Vec<(Range<usize>, String)> =
                of_source.into_iter().map(|label| (display.span(&label.span), said(&label.message, lang))).collect();
            let labels = near_the_first(labels, &display.text);
            Shown { name: visible_line(&source.name).into_owned(), text: display.text, labels }
        })
        .collect()
}

/// The labels that can be shown beside the first: lines are cut around all that is underlined, and a label far to
/// the right of another would have all that stands between them written.
fn near_the_first(labels: Vec<(Range<usize>, String)>, text: &str) -> Vec<(Range<usize>, String)> {
    let column = |at: usize| at - text[..at].rfind('\n').map_or(0, |at| at + 1);
    let Some(first) = labels.first().map(|(span, _)| column(span.start)) else { return labels };
    labels.into_iter().filter(|(span, _)| column(span.start).abs_diff(first) <= FAR).collect()
}

/// A text with its hostile characters replaced, and where each replaced place went.
struct Display {
    text: String,
    /// Bytes of the original text and of the display before each replacement's end.
    moves: Vec<(usize, usize)>,
    original_len: usize,
}

impl Display {
    fn new(original: &str) -> Display {
        let mut text = String::with_capacity(original.len());
        let mut moves = Vec::new();
        let mut chars = original.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let shown: Option<Cow<'_, str>> = match c {
                '\n' => None,
                // A byte order mark before the first key, and the carriage returns of CRLF, are no news.
                '\u{feff}' if at == 0 => Some("".into()),
                '\r' if chars.peek().is_some_and(|(_, next)| *next == '\n') => Some("".into()),
                // Drawn as four spaces, and counted as one column.
                '\t' => None,
                // One character for one: the column said above the line stays that of the file.
                c => super::visible::stand_in(c)
                    .map(|shown| if shown.chars().count() == 1 { shown } else { "\u{fffd}".into() }),
            };
            match shown {
                None => text.push(c),
                Some(shown) => {
                    text.push_str(&shown);
                    moves.push((at + c.len_utf8(), text.len()));
                }
            }
        }
        Display { text, moves, original_len: original.len() }
    }

    /// Where a span of the original stands in the display: always inside it, on character boundaries.
    fn span(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.position(span.start.min(self.original_len));
        let end = self.position(span.end.min(self.original_len)).max(start);
        start..end
    }

    fn position(&self, at: usize) -> usize {
        let before = self.moves.partition_point(|(original, _)| *original <= at);
        let (original, display) = if before == 0 { (0, 0) } else { self.moves[before - 1] };
        let mut position = (display + (at - original)).min(self.text.len());
        while !self.text.is_char_boundary(position) {
            position -= 1;
        }
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;
    use crate::text;

    fn source(text: &str) -> Arc<Source> {
        Arc::new(Source { name: "rules/essai/regle.toml".into(), text: text.into() })
    }

    fn fault(source: &Arc<Source>, needle: &str) -> Diagnostic {
        let start = source.text.find(needle).unwrap_or(0);
        Diagnostic::error("pack/unknown-field", text!("champ inconnu `{needle}`", "unknown field `{needle}`"))
            .at(source, start..start + needle.len(), text!("champ inconnu", "unknown field"))
            .help(text!("vouliez-vous dire `palier` ?", "did you mean `palier`?"))
    }

    #[test]
    fn the_place_is_underlined_in_either_language() {
        let source = source("title = 'é'\r\nthat\t= 'pallier == 1'\r\n");
        let drawn = draw(&fault(&source, "pallier"), &Look::plain(Lang::Fr));
        let expected = "\
erreur[pack/unknown-field]\u{a0}: champ inconnu `pallier`
 --> rules/essai/regle.toml:2:9
  |
2 | that    = 'pallier == 1'
  |            ^^^^^^^ champ inconnu
  |
aide\u{a0}: vouliez-vous dire `palier`\u{202f}?";
        assert_eq!(drawn, expected);
        let drawn = draw(&fault(&source, "pallier"), &Look::plain(Lang::En));
        assert!(drawn.starts_with("error[pack/unknown-field]: unknown field `pallier`\n"), "{drawn}");
        assert!(drawn.ends_with("help: did you mean `palier`?"), "{drawn}");
    }

    #[test]
    fn no_text_writes_an_escape_code() {
        let source = source("title = '\u{1b}[31m\u{202e}pallier'");
        let drawn = draw(&fault(&source, "pallier"), &Look::plain(Lang::Fr));
        assert!(!drawn.contains(['\u{1b}', '\u{202e}']), "{drawn}");
        assert!(drawn.contains("'␛[31m\u{fffd}pallier'"), "{drawn}");
        let line = drawn.lines().find(|l| l.contains('^')).unwrap_or_default();
        assert_eq!(line.find('^'), Some("  | title = '.[31m.".len()), "{drawn}");
    }

    #[test]
    fn any_span_is_drawn() {
        for text in ["", "é", "\r\n", "a\tb\r", "\u{feff}x = 1\n\n", "\u{7f}\u{80}é\0"] {
            let source = source(text);
            for start in 0..text.len() + 2 {
                for end in start..text.len() + 3 {
                    let diagnostic = Diagnostic::warning("essai/essai", text!("x", "x"))
                        .at(&source, start..end, text!("ici", "here"))
                        .at(&source, end..start, text!("", ""));
                    assert!(draw(&diagnostic, &Look::plain(Lang::En)).starts_with("warning[essai/essai]: x"));
                }
            }
        }
    }

    #[test]
    fn a_diagnostic_without_place_is_one_line() {
        let diagnostic = Diagnostic::error("cli/usage", text!("rien", "nothing"));
        assert_eq!(draw(&diagnostic, &Look::plain(Lang::Fr)), "erreur[cli/usage]\u{a0}: rien");
        let diagnostic = diagnostic.help(text!("voir", "see"));
        assert_eq!(draw(&diagnostic, &Look::plain(Lang::En)), "error[cli/usage]: nothing\nhelp: see");
    }
}
