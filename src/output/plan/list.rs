//! The list for the support team: `--list`, one line for each installation that is not up to date, in input order.
//!
//! Identifiers stand here and nowhere else.

use super::{ask_words, change, reason};
use crate::audit::{InstallationPlan, PartPlan, PlanOutput, PlanSink};
use crate::diag::Lang;
use crate::engine::{RowView, Status};
use crate::output::csv::{Dialect, Lines};
use crate::output::rows::{Ordered, Revocable};
use crate::output::said;
use crate::socle::Socle;
use std::collections::HashMap;
use std::io;

/// Headings of what is to be done.
#[must_use]
pub fn headings(lang: Lang) -> [&'static str; 4] {
    match lang {
        Lang::Fr => ["campagnes", "changements", "à savoir", "sans remède connu"],
        Lang::En => ["campaigns", "changes", "to find out", "without a known remedy"],
    }
}

/// Ends of lines that are remembered, a worker.
const REMEMBERED: usize = 1 << 14;

/// The `--list` file.
pub struct List<'p, W> {
    file: Ordered<W>,
    said: Said<'p>,
}

/// What the lines are made from.
struct Said<'p> {
    socle: &'p Socle,
    /// Titles of the rules judged.
    rules: Vec<String>,
    dialect: Dialect,
    lang: Lang,
}

impl<'p, W: Revocable + Send> List<'p, W> {
    /// Writes the header. `rules` are the titles of the blocking rules, in the order of the packs.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(
        mut out: W,
        socle: &'p Socle,
        rules: Vec<String>,
        dialect: Dialect,
        lang: Lang,
    ) -> io::Result<List<'p, W>> {
        let mut header = Lines::new(&mut out, dialect)?;
        let names = match dialect {
            Dialect::Excel(Lang::Fr) => ["identifiant", "statut"].into_iter().chain(headings(Lang::Fr)),
            _ => ["identifier", "status"].into_iter().chain(["campaigns", "changes", "find_out", "no_remedy"]),
        };
        for name in names {
            header.text(name)?;
        }
        header.end()?;
        Ok(List { file: Ordered::new(out), said: Said { socle, rules, dialect, lang } })
    }
}

impl<W: Revocable + Send> PlanOutput for List<'_, W> {
    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn PlanSink + '_>>> {
        self.file.restart()?;
        let (file, said) = (&self.file, &self.said);
        let sink = |_| -> Box<dyn PlanSink + '_> {
            Box::new(ListSink { file, said, known: HashMap::new(), bytes: Vec::new() })
        };
        Ok((0..workers).map(sink).collect())
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.file.take_back()
    }
}

struct ListSink<'f, W> {
    file: &'f Ordered<W>,
    said: &'f Said<'f>,
    /// End of the line by what is to be done.
    known: HashMap<(Status, Vec<PartPlan>), Vec<u8>>,
    bytes: Vec<u8>,
}

impl<W: Revocable + Send> PlanSink for ListSink<'_, W> {
    fn installation(&mut self, rows: &RowView<'_>, row: usize, plan: &InstallationPlan<'_>) -> io::Result<()> {
        let key = (plan.status, plan.parts.iter().map(|part| (*part).clone()).collect::<Vec<_>>());
        Lines::more(&mut self.bytes, self.said.dialect).text(rows.identifier(row).trim())?;
        if let Some(end) = self.known.get(&key) {
            self.bytes.extend(end);
            return Ok(());
        }
        let mut end = Vec::new();
        self.said.line(plan, &mut end)?;
        self.bytes.extend(&end);
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(key, end);
        Ok(())
    }

    fn end(&mut self, rows: &RowView<'_>) -> io::Result<()> {
        if rows.batch.last { self.file.submit(rows.batch.block, &mut self.bytes) } else { Ok(()) }
    }
}

impl Said<'_> {
    /// A line after its identifier, first separator included.
    fn line(&self, plan: &InstallationPlan<'_>, bytes: &mut Vec<u8>) -> io::Result<()> {
        let lang = self.lang;
        let changes = || plan.parts.iter().flat_map(|part| &part.changes);
        let label = |change: &crate::audit::PlanChange| said(&change.of.label(self.socle), lang);
        let whole = |one: &crate::audit::PlanChange| {
            let (what, how) = (label(one), change(&one.from, &one.to, lang));
            if how.is_empty() { what } else { format!("{what} ({how})") }
        };
        let asks = plan.parts.iter().flat_map(|part| &part.asks).map(|ask| {
            let name = self.socle.path_label(ask.read.field, &ask.read.path);
            ask_words(ask.of_socle, name.get(lang), lang)
        });
        let stuck = plan.parts.iter().flat_map(|part| &part.stuck).map(|stuck| {
            let reads: Vec<String> = stuck
                .reads
                .iter()
                .map(|read| self.socle.path_label(read.field, &read.path).get(lang).to_owned())
                .collect();
            let title = self.rules.get(stuck.rule).map(String::as_str).unwrap_or_default();
            format!("{title} ({})", said(&reason(stuck.why, &reads.join(", ")), lang))
        });
        let mut line = Lines::resume(bytes, self.dialect);
        match self.dialect {
            Dialect::Excel(lang) => line.text(match (plan.status == Status::Obsolete, lang) {
                (true, Lang::Fr) => "obsolète",
                (false, Lang::Fr) => "indéterminé",
                (true, Lang::En) => "obsolete",
                (false, Lang::En) => "undetermined",
            })?,
            Dialect::Exact => line.text(plan.status.key())?,
        }
        line.text(&distinct(changes().map(label)))?;
        line.text(&distinct(changes().map(whole)))?;
        line.text(&distinct(asks))?;
        line.text(&distinct(stuck))?;
        line.end()
    }
}

/// Distinct texts, in the order met, with a semicolon between.
fn distinct(texts: impl Iterator<Item = String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.join(" ; ")
}
