//! A table before it is drawn: the same for a terminal and for Markdown.

use super::markdown::escape;
use super::table::{Heading, Table};
use std::io::{self, Write};

/// A table.
pub(super) struct Grid {
    columns: Vec<Column>,
    pub(super) rows: Vec<Vec<String>>,
}

struct Column {
    title: String,
    number: bool,
    /// See [`Heading::optional`].
    optional: u8,
}

impl Grid {
    pub(super) fn new() -> Grid {
        Grid { columns: Vec::new(), rows: Vec::new() }
    }

    pub(super) fn text(&mut self, title: impl Into<String>) {
        self.columns.push(Column { title: title.into(), number: false, optional: 0 });
    }

    pub(super) fn number(&mut self, title: impl Into<String>, optional: u8) {
        self.columns.push(Column { title: title.into(), number: true, optional });
    }

    /// For a terminal.
    pub(super) fn table(self) -> Table {
        let heading = |column: Column| match column.number {
            true => Heading::number(column.title).optional(column.optional),
            false => Heading::text(column.title),
        };
        let mut table = Table::new(self.columns.into_iter().map(heading).collect()).line_by_line();
        self.rows.into_iter().for_each(|row| table.push(row));
        table
    }

    /// As Markdown.
    pub(super) fn markdown(self, out: &mut impl Write) -> io::Result<()> {
        let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
        writeln!(
            out,
            "{}",
            line(self.columns.iter().map(|column| escape(&column.title.replace('\n', " "))).collect())
        )?;
        let rulers = self.columns.iter().map(|column| if column.number { "--:" } else { ":--" }.to_owned());
        writeln!(out, "{}", line(rulers.collect()))?;
        for row in self.rows {
            writeln!(out, "{}", line(row.iter().map(|cell| escape(&cell.replace('\n', " "))).collect()))?;
        }
        Ok(())
    }
}
