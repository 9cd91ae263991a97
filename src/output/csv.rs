//! The audit as CSV, one line a rule, and the writer of CSV lines that the other files use too.
//!
//! Columns: `by`, `group` (empty: the whole population), `kind` (`status`, `rule` or `target`), `pack`, `rule`,
//! `level`, `population`, `pass`, `fail`, `unknown`, `not_applicable`, `expiring`, `in_scope`, `rate_low`,
//! `rate_high`, and with a file of waivers `waived`. On a `status` line `pass` counts the up to date, `fail` the obsolete, `unknown` the
//! undetermined: filter on `kind`, then pivot on `group` and `rule`. On a line of a group that holds the rows
//! of one health professional that differ, `group` is `plusieurs`; `group` is empty and `by` is not when the
//! value is unknown.
//!
//! `csv` is exact: UTF-8, comma, decimal point, shares from 0 to 1 unrounded. `csv-excel` is what a French
//! spreadsheet opens with a double click: byte order mark, semicolon, decimal comma, headings in the reader's
//! language; it alone disarms the texts that a spreadsheet would run as formulas.

use super::{visible, words};
use crate::audit::{Counts, GroupValue, Rate, Report, StatusCounts};
use crate::diag::Lang;
use std::borrow::Cow;
use std::io::{self, BufRead, Write};

/// The two ways of writing CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// For machines.
    Exact,
    /// For spreadsheets, in a language.
    Excel(Lang),
}

/// Reads a record of a file in [`Dialect::Exact`]; false at its end.
///
/// # Errors
/// Those of the reader, and text that is not UTF-8.
pub(super) fn read_record(lines: &mut impl BufRead, cells: &mut Vec<String>) -> io::Result<bool> {
    cells.clear();
    let mut line = String::new();
    // A line break between quotes goes on with the record.
    while line.is_empty() || !line.matches('"').count().is_multiple_of(2) {
        if lines.read_line(&mut line)? == 0 {
            break;
        }
    }
    if line.is_empty() {
        return Ok(false);
    }
    let (mut cell, mut quoted) = (String::new(), false);
    let mut chars = line.strip_suffix('\n').unwrap_or(&line).chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    Ok(true)
}

/// Writes CSV lines field by field.
pub struct Lines<'w, W: Write> {
    out: &'w mut W,
    dialect: Dialect,
    at_start: bool,
}

impl<'w, W: Write> Lines<'w, W> {
    /// Starts a file.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(out: &'w mut W, dialect: Dialect) -> io::Result<Lines<'w, W>> {
        if let Dialect::Excel(_) = dialect {
            out.write_all("\u{feff}".as_bytes())?;
        }
        Ok(Lines { out, dialect, at_start: true })
    }

    /// Goes on with a file that was started.
    pub fn more(out: &'w mut W, dialect: Dialect) -> Lines<'w, W> {
        Lines { out, dialect, at_start: true }
    }

    /// Goes on with a line that already has a field.
    pub fn resume(out: &'w mut W, dialect: Dialect) -> Lines<'w, W> {
        Lines { out, dialect, at_start: false }
    }

    fn separate(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.at_start) {
            return Ok(());
        }
        self.out.write_all(match self.dialect {
            Dialect::Exact => b",",
            Dialect::Excel(_) => b";",
        })
    }

    /// A text, quoted when it must be.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.separate()?;
        // SPEED: identifiers, millions of them.
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return self.out.write_all(text.as_bytes());
        }
        let excel = matches!(self.dialect, Dialect::Excel(_));
        // What people look at has no escape codes.
        let text = &*if excel { visible(text) } else { Cow::Borrowed(text) };
        let formula = excel && text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
        let special = |c: char| matches!(c, '"' | ',' | ';' | '\n' | '\r' | '\t');
        // A lone empty field would make a blank line, and spaces at the ends are dropped by some readers.
        let quoted = formula || text.contains(special) || text.starts_with(' ') || text.ends_with(' ');
        if !quoted {
            return self.out.write_all(text.as_bytes());
        }
        self.out.write_all(if formula { b"\"'" } else { b"\"" })?;
        self.out.write_all(text.replace('"', "\"\"").as_bytes())?;
        self.out.write_all(b"\"")
    }

    /// An integer, without separators.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn integer(&mut self, n: u64) -> io::Result<()> {
        self.separate()?;
        write!(self.out, "{n}")
    }

    /// A number, shortest form that reads back as itself; empty when there is none.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn number(&mut self, n: Option<f64>) -> io::Result<()> {
        self.separate()?;
        match (n, self.dialect) {
            (None, _) => Ok(()),
            (Some(n), Dialect::Excel(_)) => self.out.write_all(n.to_string().replace('.', ",").as_bytes()),
            (Some(n), Dialect::Exact) => write!(self.out, "{n}"),
        }
    }

    /// Ends the line (CRLF in spreadsheets, as RFC 4180 has it; LF otherwise).
    ///
    /// # Errors
    /// Those of the writer.
    pub fn end(&mut self) -> io::Result<()> {
        self.at_start = true;
        self.out.write_all(match self.dialect {
            Dialect::Exact => b"\n",
            Dialect::Excel(_) => b"\r\n",
        })
    }
}

const HEADER: [&str; 15] = [
    "by",
    "group",
    "kind",
    "pack",
    "rule",
    "level",
    "population",
    "pass",
    "fail",
    "unknown",
    "not_applicable",
    "expiring",
    "in_scope",
    "rate_low",
    "rate_high",
];

const HEADER_FR: [&str; 15] = [
    "par",
    "groupe",
    "nature",
    "pack",
    "règle",
    "niveau",
    "population",
    "conforme",
    "non conforme",
    "indéterminé",
    "sans objet",
    "bientôt non conforme",
    "concernés",
    "taux bas",
    "taux haut",
];

/// Writes the audit.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, report: &Report, dialect: Dialect) -> io::Result<()> {
    let mut lines = Lines::new(out, dialect)?;
    let header = match dialect {
        Dialect::Excel(Lang::Fr) => HEADER_FR,
        _ => HEADER,
    };
    for name in header {
        lines.text(name)?;
    }
    if report.waivers.is_some() {
        lines.text(if dialect == Dialect::Excel(Lang::Fr) { "sous dérogation" } else { "waived" })?;
    }
    lines.end()?;
    let mut table = AuditLines { lines, report };
    let expiring: Vec<Option<u64>> = report.rules.iter().map(|rule| rule.expiring).collect();
    let counts: Vec<Counts> = report.rules.iter().map(|rule| rule.counts).collect();
    table.population(("", ""), report.status.total(), &report.status, &counts, &expiring)?;
    for breakdown in &report.by {
        for group in &breakdown.groups {
            let name = match (&group.value, dialect) {
                (GroupValue::Known { key, .. }, Dialect::Exact) => key.clone(),
                (GroupValue::Several, Dialect::Exact) => "plusieurs".to_owned(),
                (GroupValue::Unknown, Dialect::Exact) => String::new(),
                (value, Dialect::Excel(lang)) => words::whole_group_label(value, lang),
            };
            let by = match dialect {
                Dialect::Exact => breakdown.field.as_str(),
                Dialect::Excel(lang) => breakdown.label.get(lang),
            };
            table.population((by, &name), group.population, &group.status, &group.rules, &[])?;
        }
    }
    let kind = if dialect == Dialect::Excel(Lang::Fr) { "cible" } else { "target" };
    for target in &report.targets {
        let texts = ["", "", kind, &target.pack, &target.id, ""];
        table.line(texts, report.status.total(), &target.counts, None)?;
    }
    Ok(())
}

struct AuditLines<'w, W: Write> {
    lines: Lines<'w, W>,
    report: &'w Report,
}

impl<W: Write> AuditLines<'_, W> {
    /// The line of the status, then one line a rule.
    fn population(
        &mut self,
        group: (&str, &str),
        population: u64,
        status: &StatusCounts,
        rules: &[Counts],
        expiring: &[Option<u64>],
    ) -> io::Result<()> {
        let as_counts = status.counts();
        let kind = match self.lines.dialect {
            Dialect::Excel(Lang::Fr) => ["statut", "règle"],
            _ => ["status", "rule"],
        };
        self.line([group.0, group.1, kind[0], "", "", ""], population, &as_counts, None)?;
        let report = self.report;
        for (i, (rule, counts)) in report.rules.iter().zip(rules).enumerate() {
            let level = match self.lines.dialect {
                Dialect::Exact => rule.level.word(),
                Dialect::Excel(lang) => words::level(rule.level, lang),
            };
            let expiring = expiring.get(i).copied().flatten();
            self.line([group.0, group.1, kind[1], &rule.pack, &rule.id, level], population, counts, expiring)?;
        }
        Ok(())
    }

    fn line(&mut self, texts: [&str; 6], population: u64, counts: &Counts, expiring: Option<u64>) -> io::Result<()> {
        for text in texts {
            self.lines.text(text)?;
        }
        for n in [population, counts.pass, counts.fail, counts.unknown, counts.not_applicable] {
            self.lines.integer(n)?;
        }
        match expiring {
            Some(n) => self.lines.integer(n)?,
            None => self.lines.number(None)?,
        }
        let Rate { low, high, in_scope } = counts.rate();
        self.lines.integer(in_scope)?;
        self.lines.number(low)?;
        self.lines.number(high)?;
        if self.report.waivers.is_some() {
            self.lines.integer(counts.waived)?;
        }
        self.lines.end()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::output::sample;

    fn written(dialect: Dialect) -> String {
        let mut out = Vec::new();
        write(&mut out, &sample::report(), dialect).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn exact_lines_are_exact() {
        let text = written(Dialect::Exact);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + 4 * 4 + 1);
        assert_eq!(lines[1], ",,status,,,,1234,384,588,28,234,,1000,0.384,0.412");
        assert_eq!(lines[2], ",,rule,essai,palier-depasse,blocking,1234,400,572,28,234,17,1000,0.4,0.428");
        assert_eq!(lines[4], ",,rule,essai,note,info,1234,0,0,0,1234,,0,,");
        assert_eq!(lines[5], "profession,infirmier,status,,,,1000,384,588,28,0,,1000,0.384,0.412");
        assert_eq!(lines[9], "profession,plusieurs,status,,,,200,0,0,0,200,,0,,");
        assert_eq!(lines[13], "profession,,status,,,,34,0,0,0,34,,0,,");
        assert_eq!(lines[17], ",,target,essai,tous,,1234,400,572,28,234,,1000,0.4,0.428");
    }

    #[test]
    fn a_spreadsheet_opens_it_and_runs_nothing() {
        let text = written(Dialect::Excel(Lang::Fr));
        assert!(text.starts_with("\u{feff}par;groupe;nature;"), "{text}");
        assert!(text.contains("\r\n;;statut;;;;1234;384;588;28;234;;1000;0,384;0,412\r\n"), "{text}");
        for (text, expected) in [
            ("=1+1", "\"'=1+1\""),
            ("@x", "\"'@x\""),
            ("-", "\"'-\""),
            ("a\"b", "\"a\"\"b\""),
            ("a;b", "\"a;b\""),
            ("a\nb", "\"a\nb\""),
            ("Add. 6", "Add. 6"),
        ] {
            let mut out = Vec::new();
            let mut lines = Lines::new(&mut out, Dialect::Excel(Lang::Fr)).unwrap();
            lines.text(text).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), format!("\u{feff}{expected}"));
        }
        let mut out = Vec::new();
        Lines::new(&mut out, Dialect::Exact).unwrap().text("=1+1").unwrap();
        assert_eq!(out, b"=1+1");
    }
}
