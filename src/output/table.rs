//! Tables for terminals: fitted to the width by wrapping the columns of text, then by leaving out the
//! columns that matter least, which is said.

use super::Look;
use crate::diag::Lang;
use tabled::builder::Builder;
use tabled::settings::formatting::AlignmentStrategy;
use tabled::settings::object::{Columns, Rows};
use tabled::settings::{Alignment, Color, Style};
use unicode_width::UnicodeWidthStr;

/// Narrowest a column of text may become.
const NARROWEST: usize = 14;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text: may be wrapped.
    Text,
    /// Numbers: to the right, never wrapped.
    Number,
}

/// A column's heading and how it behaves.
#[derive(Clone, Debug)]
pub struct Heading {
    title: String,
    align: Align,
    /// 0: never left out; otherwise the highest goes first.
    optional: u8,
}

/// A table being filled.
pub struct Table {
    headings: Vec<Heading>,
    rows: Vec<Vec<String>>,
    line_by_line: bool,
}

impl Heading {
    /// A column of text.
    pub fn text(title: impl Into<String>) -> Heading {
        Heading { title: super::visible(&title.into()).into_owned(), align: Align::Text, optional: 0 }
    }

    /// A column of numbers.
    pub fn number(title: impl Into<String>) -> Heading {
        Heading { title: super::visible(&title.into()).into_owned(), align: Align::Number, optional: 0 }
    }

    /// May be left out on a narrow terminal; the highest rank goes first.
    #[must_use]
    pub fn optional(mut self, rank: u8) -> Heading {
        self.optional = rank;
        self
    }
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(headings: Vec<Heading>) -> Table {
        Table { headings, rows: Vec::new(), line_by_line: false }
    }

    /// The lines of a cell of numbers each stand to the right, not the whole of them.
    #[must_use]
    pub fn line_by_line(mut self) -> Table {
        self.line_by_line = true;
        self
    }

    /// Adds a row: one cell a heading.
    pub fn push(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.headings.len());
        self.rows.push(cells);
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Columns it takes when nothing is wrapped nor left out.
    #[must_use]
    pub fn width(&self) -> usize {
        self.natural_widths().iter().map(|width| width + 3).sum::<usize>() + 1
    }

    /// Draws it, each line ending with a line break.
    #[must_use]
    pub fn draw(&self, look: &Look) -> String {
        let widths = self.natural_widths();
        let mut kept: Vec<usize> = (0..self.headings.len()).collect();
        let wrap = look.width.and_then(|width| self.fit(&widths, &mut kept, width));
        let mut builder = Builder::default();
        builder.push_record(kept.iter().map(|&i| self.headings[i].title.clone()));
        for row in &self.rows {
            builder.push_record(kept.iter().map(|&i| {
                let text = super::visible(&row[i]);
                match wrap.filter(|_| self.headings[i].align == Align::Text) {
                    Some(limit) => super::wrap::wrap(&text, limit, true).join("\n"),
                    None => text.into_owned(),
                }
            }));
        }
        let mut table = builder.build();
        if look.unicode {
            table.with(Style::rounded());
        } else {
            table.with(Style::psql());
        }
        for (position, &i) in kept.iter().enumerate() {
            if self.headings[i].align == Align::Number {
                table.modify(Columns::one(position), Alignment::right());
            }
        }
        if self.line_by_line {
            table.with(AlignmentStrategy::PerLine);
        }
        if look.color {
            table.modify(Rows::first(), Color::BOLD);
        }
        let mut out = table.to_string();
        out.push('\n');
        if kept.len() < self.headings.len() {
            let (shown, all) = (kept.len(), self.headings.len());
            out.push_str(&match look.lang {
                Lang::Fr => {
                    format!("{shown} colonnes sur {all} affichées : élargir le terminal pour voir les autres\n")
                }
                Lang::En => format!("{shown} columns of {all} shown: widen the terminal to see the others\n"),
            });
        }
        out
    }

    /// Width of each column on its own line, frame left out.
    fn natural_widths(&self) -> Vec<usize> {
        let widest = |text: &str| super::visible(text).lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
        (0..self.headings.len())
            .map(|i| {
                let cells = self.rows.iter().map(|row| widest(&row[i]));
                cells.chain([widest(&self.headings[i].title)]).max().unwrap_or(0)
            })
            .collect()
    }

    /// Makes the table fit: gives the limit to wrap text columns at, if any, and takes columns out of `kept`.
    fn fit(&self, widths: &[usize], kept: &mut Vec<usize>, width: usize) -> Option<usize> {
        loop {
            // Each column costs two spaces of padding and a frame character.
            let frame = kept.len() * 3 + 1;
            let total: usize = frame + kept.iter().map(|&i| widths[i]).sum::<usize>();
            if total <= width {
                return None;
            }
            let texts: Vec<usize> =
                kept.iter().copied().filter(|&i| self.headings[i].align == Align::Text).map(|i| widths[i]).collect();
            let fixed = total - texts.iter().sum::<usize>();
            let widest = texts.iter().copied().max().unwrap_or(0);
            // The largest limit under which everything fits: all text columns are cut at the same width.
            let fits = |limit: usize| fixed + texts.iter().map(|w| (*w).min(limit)).sum::<usize>() <= width;
            if let Some(limit) = (NARROWEST..=widest).rev().find(|limit| fits(*limit)) {
                return Some(limit);
            }
            let leaves = kept.iter().copied().filter(|&i| self.headings[i].optional > 0);
            match leaves.max_by_key(|&i| self.headings[i].optional) {
                Some(gone) => kept.retain(|&i| i != gone),
                None => return Some(NARROWEST),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table =
            Table::new(vec![Heading::text("règle"), Heading::number("échec"), Heading::text("intitulé").optional(1)]);
        table.push(vec!["scor-absent".into(), "1\u{202f}234".into(), "SCOR absent du logiciel de facturation".into()]);
        table.push(vec!["os\u{1b}".into(), "5".into(), "court".into()]);
        table
    }

    fn look(width: Option<usize>, unicode: bool) -> Look {
        Look { unicode, width, ..Look::plain(Lang::Fr) }
    }

    #[test]
    fn a_pipe_gets_everything() {
        let drawn = sample().draw(&look(None, false));
        assert_eq!(
            drawn,
            " règle       | échec | intitulé                               \n\
             -------------+-------+----------------------------------------\n \
             scor-absent | 1\u{202f}234 | SCOR absent du logiciel de facturation \n \
             os␛         |     5 | court                                  \n"
        );
    }

    #[test]
    fn a_terminal_wraps_then_leaves_out() {
        for width in [24, 30, 40, 50, 60, 80] {
            let drawn = sample().draw(&look(Some(width), true));
            let widest = drawn.lines().filter(|l| l.starts_with(['╭', '│'])).map(UnicodeWidthStr::width).max();
            assert!(widest.is_some_and(|w| w <= width.max(27)), "{width}\n{drawn}");
            assert_eq!(drawn.contains("2 colonnes sur 3"), width < 38, "{width}\n{drawn}");
        }
    }
}
