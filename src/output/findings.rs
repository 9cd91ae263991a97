//! The call list: `--findings`, one line for each failing, unknown or waived verdict, in input order.
//!
//! Rows that read the same get the same reasons: they are worked out once for each distinct reading.

use super::csv::{Dialect, Lines};
use super::rows::{Ordered, Revocable};
use crate::audit::RowOutput;
use crate::diag::{Lang, Text};
use crate::engine::{RowSink, RowView, Ruling};
use crate::pack::condition::{Env, Read, Reason};
use crate::pack::{Decision, Pack, Rule, decisions};
use crate::socle::{FieldId, Socle};
use crate::value::{Date, Datum, Missing};
use std::collections::{BTreeSet, HashMap};
use std::io;

/// Distinct readings whose lines are kept, a worker.
const REMEMBERED: usize = 1 << 16;

/// The `--findings` file.
pub struct Findings<'p, W> {
    file: Ordered<W>,
    said: Said<'p>,
}

/// What the lines are made from.
struct Said<'p> {
    socle: &'p Socle,
    today: Date,
    lang: Lang,
    rules: Vec<Told<'p>>,
}

struct Told<'p> {
    rule: &'p Rule,
    column: String,
    fields: BTreeSet<FieldId>,
}

impl<'p, W: Revocable + Send> Findings<'p, W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(
        mut out: W,
        packs: &[&'p Pack],
        socle: &'p Socle,
        today: Date,
        lang: Lang,
    ) -> io::Result<Findings<'p, W>> {
        let mut header = Lines::new(&mut out, Dialect::Exact)?;
        for name in ["identifier", "rule", "level", "verdict", "field", "seen", "needed", "until", "remedy"] {
            header.text(name)?;
        }
        header.end()?;
        let several = packs.len() > 1;
        let rules = packs
            .iter()
            .flat_map(|pack| pack.rules.iter().map(move |rule| (pack, rule)))
            .map(|(pack, rule)| Told {
                rule,
                column: if several { format!("{}/{}", pack.id, rule.id) } else { rule.id.clone() },
                fields: rule.fields(),
            })
            .collect();
        Ok(Findings { file: Ordered::new(out), said: Said { socle, today, lang, rules } })
    }

    /// Gives the writer back.
    pub fn into_inner(self) -> W {
        self.file.into_inner()
    }
}

impl<W: Revocable + Send> RowOutput for Findings<'_, W> {
    fn take_back(&mut self) -> io::Result<()> {
        self.file.take_back()
    }

    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn RowSink + '_>>> {
        self.file.restart()?;
        let (file, said) = (&self.file, &self.said);
        let sink = |_| -> Box<dyn RowSink + '_> {
            let record = vec![Datum::Unknown(Missing::NotCollected); said.socle.fields.len()];
            Box::new(FindingSink { file, said, record, known: HashMap::new(), key: Vec::new(), bytes: Vec::new() })
        };
        Ok((0..workers).map(sink).collect())
    }
}

struct FindingSink<'f, W> {
    file: &'f Ordered<W>,
    said: &'f Said<'f>,
    record: Vec<Datum>,
    /// End of the line (after the identifier) by rule and raw cells.
    known: HashMap<Vec<u8>, Vec<u8>>,
    key: Vec<u8>,
    bytes: Vec<u8>,
}

impl<W: Revocable + Send> RowSink for FindingSink<'_, W> {
    fn rows(&mut self, rows: &RowView<'_>) -> io::Result<()> {
        for row in (0..rows.batch.rows).filter(|row| rows.included(*row)) {
            for (number, told) in self.said.rules.iter().enumerate() {
                let ruling = rows.ruling(number, row);
                let word = match ruling {
                    Ruling::Fail => "fail",
                    Ruling::Unknown => "unknown",
                    Ruling::Waived => "waived",
                    Ruling::Pass | Ruling::NotApplicable => continue,
                };
                self.key.clear();
                self.key.push(ruling.letter());
                self.key.extend((number as u64).to_le_bytes());
                rows.raw_key(row, &told.fields, &mut self.key);
                if !self.known.contains_key(&self.key) {
                    if self.known.len() >= REMEMBERED {
                        self.known.clear();
                    }
                    rows.read(row, &told.fields, &mut self.record);
                    let end = self.said.line(told, word, &self.record)?;
                    self.known.insert(self.key.clone(), end);
                }
                Lines::new(&mut self.bytes, Dialect::Exact)?.text(&rows.identifier(row))?;
                self.bytes.extend(self.known.get(&self.key).into_iter().flatten());
            }
        }
        if rows.batch.last { self.file.submit(rows.batch.block, &mut self.bytes) } else { Ok(()) }
    }
}

impl Said<'_> {
    /// A line after its identifier, first comma included.
    fn line(&self, told: &Told<'_>, verdict: &str, record: &[Datum]) -> io::Result<Vec<u8>> {
        let env = Env {
            tables: &self.socle.tables,
            parameters: &self.socle.parameters,
            fields: record,
            previous: &[],
            today: self.today,
        };
        let decisions = decisions(told.rule, &env);
        let reasons = || decisions.iter().flat_map(|decision| &decision.reasons);
        let text = |text: &Text| text.get(self.lang).to_owned();
        let mut bytes = Vec::new();
        let mut line = Lines::resume(&mut bytes, Dialect::Exact);
        line.text(&told.column)?;
        line.text(told.rule.level.word())?;
        line.text(verdict)?;
        line.text(&joined(reasons().flat_map(|reason| &reason.reads).map(|read| self.path(read))))?;
        let seen = reasons().filter(|reason| reason.quotable).filter_map(Reason::told);
        line.text(&joined(seen.map(|seen| text(&seen))))?;
        // A scope that is not known asks nothing: only requirements do.
        let required = decisions.iter().filter(|decision| decision.require.is_some());
        line.text(&joined(required.flat_map(|decision| &decision.reasons).map(|reason| text(&reason.needed))))?;
        line.text(&joined(reasons().filter_map(|reason| reason.deadline).map(|date| date.to_string())))?;
        let remedy = |decision: &Decision| decision.require.map(|number| text(&told.rule.requires[number].remedy));
        line.text(&joined(decisions.iter().filter_map(remedy)))?;
        line.end()?;
        Ok(bytes)
    }

    fn path(&self, read: &Read) -> String {
        let field = &self.socle.fields[usize::from(read.field.0)].id;
        let previous = if read.previous { "previous." } else { "" };
        let dot = if read.path.is_empty() { "" } else { "." };
        format!("{previous}{field}{dot}{}", read.path)
    }
}

/// Distinct texts, in the order met, with a semicolon between.
fn joined(texts: impl Iterator<Item = String>) -> String {
    let mut distinct: Vec<String> = Vec::new();
    for text in texts {
        if !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    distinct.join(" ; ")
}
