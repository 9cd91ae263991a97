//! GitHub annotations: workflow commands on the standard output of a step.
//!
//! A step shows ten annotations of each level at most: the worst come first, and a last notice gives the total.

use super::{Place, Run, State, path};
use crate::diag::{Lang, Text};
use crate::output::said;
use crate::pack::Level;
use crate::text;
use std::io::{self, Write};

/// Annotations of one level that a step shows.
const SHOWN: usize = 10;

/// Writes the run.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, run: &Run<'_>, lang: Lang) -> io::Result<()> {
    let notices = run
        .notices
        .iter()
        .map(|notice| (notice.level, &notice.place, notice.code.to_owned(), said(&notice.message, lang)));
    // A failing rule is never crowded out by what is said of waivers.
    let wrong = run.wrong();
    let outcomes = wrong.iter().map(|(rule, outcome)| {
        let title = format!("{} ({})", rule.name, rule.pack);
        let remedy: Vec<String> = rule.text.remedy.iter().map(|remedy| said(remedy, lang)).collect();
        (rule.level, &outcome.place, title, format!("{}\n{}", outcome.message.text(lang), remedy.join("\n")))
    });
    let all: Vec<_> = outcomes.chain(notices).collect();
    let mut written = 0;
    for (level, word) in [(Level::Blocking, "error"), (Level::Advisory, "warning"), (Level::Info, "notice")] {
        // The last notice is the total's.
        let room = if level == Level::Info { SHOWN - 1 } else { SHOWN };
        for (_, place, title, message) in all.iter().filter(|(of, ..)| *of == level).take(room) {
            writeln!(out, "::{word} {},title={}::{}", properties(place), property(title), data(message))?;
            written += 1;
        }
    }
    let total = said(&total(run, all.len(), written), lang);
    writeln!(out, "::notice title={}::{}", property(&format!("vigie {}", run.command)), data(&total))
}

/// How many there are of each level, and the run in one line.
fn total(run: &Run<'_>, n: usize, written: usize) -> Text {
    let failing = run.worst(|state| *state == State::Fail).len();
    let rules = run.rules.len();
    let Text { fr, en } = &run.headline;
    let (closed_fr, closed_en) = match &run.closed {
        Some(closed) => (format!("refusé : {}. ", closed.fr), format!("refused: {}. ", closed.en)),
        None => (String::new(), String::new()),
    };
    let (rest_fr, rest_en) = match written < n {
        true => (
            format!(", dont {written} ici ; la liste entière est dans les autres formats"),
            format!(", {written} of them here; the whole list is in the other formats"),
        ),
        false => (String::new(), String::new()),
    };
    text!(
        "{closed_fr}{fr}. Règles en échec : {failing} sur {rules} ; annotations : {n} en tout{rest_fr}",
        "{closed_en}{en}. Rules failing: {failing} of {rules}; annotations: {n} in all{rest_en}"
    )
}

fn properties(place: &Place) -> String {
    let mut out = format!("file={},line={}", property(&path(&place.file)), place.line.max(1));
    if let Some(column) = place.column {
        out.push_str(&format!(",col={column}"));
    }
    if let Some((line, column)) = place.end {
        out.push_str(&format!(",endLine={line},endColumn={column}"));
    }
    out
}

/// The text of a command: what the runner reads as the end of a line is encoded.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn no_text_ends_its_command() {
        assert_eq!(data("a%0A::error::x\r\n::y"), "a%250A::error::x%0D%0A::y");
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
