//! The list for the support team: `--list`, one line for each installation that is not up to date, in input order.
//!
//! Identifiers stand here and nowhere else.

use super::{ask_words, change, reason};
use crate::audit::{InstallationPlan, PartPlan, PlanOutput, PlanSink};
use crate::diag::Lang;
use crate::engine::{RowView, Status};
use crate::output::csv::{Dialect, Lines};
use crate::output::rows::{Ordered, Revocable, number_later};
use crate::output::said;
use crate::socle::{FieldId, Socle};
use std::collections::HashMap;
use std::io;

/// Headings of a line, for people.
#[must_use]
pub fn headings(socle: &Socle, lang: Lang) -> Vec<String> {
    let [before, after] = match lang {
        Lang::Fr => [
            &["fichier", "enregistrement", "identifiant"][..],
            &["statut", "règles", "codes des campagnes", "campagnes", "changements", "à savoir", "sans remède connu"][..],
        ],
        Lang::En => [
            &["file", "row", "identifier"][..],
            &["status", "rules", "campaign codes", "campaigns", "changes", "to find out", "without a known remedy"][..],
        ],
    };
    let keys = keys(socle).map(|field| socle.fields[usize::from(field.0)].label.get(lang).to_owned());
    let own = |names: &'static [&'static str]| names.iter().map(|name| (*name).to_owned());
    own(before).chain(keys).chain(own(after)).collect()
}

/// The place of the identifier in a line.
pub const IDENTIFIER: usize = 2;

/// The place of the status in a line.
#[must_use]
pub fn status_place(socle: &Socle) -> usize {
    IDENTIFIER + 1 + keys(socle).count()
}

/// The fields that tell the software, and who uses it.
fn keys(socle: &Socle) -> impl Iterator<Item = FieldId> + '_ {
    socle.catalogue_keys().into_iter().flatten()
}

/// Ends of lines that are remembered, a worker.
const REMEMBERED: usize = 1 << 14;

/// The `--list` file.
pub struct List<'p, W> {
    file: Ordered<W>,
    /// Name of the input that is read.
    input: String,
    said: Said<'p>,
}

/// What the lines are made from.
struct Said<'p> {
    socle: &'p Socle,
    /// Ids and titles of the rules judged.
    rules: Vec<(String, String)>,
    /// The fields that tell the software and who uses it.
    keys: Vec<FieldId>,
    dialect: Dialect,
    lang: Lang,
}

impl<'p, W: Revocable + Send> List<'p, W> {
    /// Writes the header. `rules` are the ids and titles of the blocking rules, in the order of the packs.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(
        mut out: W,
        socle: &'p Socle,
        rules: Vec<(String, String)>,
        dialect: Dialect,
        lang: Lang,
    ) -> io::Result<List<'p, W>> {
        let mut header = Lines::new(&mut out, dialect)?;
        let names: Vec<String> = match dialect {
            Dialect::Excel(lang) => headings(socle, lang),
            Dialect::Exact => {
                let keys = keys(socle).map(|field| socle.fields[usize::from(field.0)].id.clone());
                let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
                let after = ["status", "rules", "campaign_codes", "campaigns", "changes", "find_out", "no_remedy"];
                own(&["file", "row", "identifier"]).into_iter().chain(keys).chain(own(&after)).collect()
            }
        };
        for name in &names {
            header.text(name)?;
        }
        header.end()?;
        let keys = keys(socle).collect();
        let said = Said { socle, rules, keys, dialect, lang };
        Ok(List { file: Ordered::new(out), input: String::new(), said })
    }
}

impl<W: Revocable + Send> PlanOutput for List<'_, W> {
    fn input(&mut self, name: &str) {
        name.clone_into(&mut self.input);
    }

    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn PlanSink + '_>>> {
        self.file.restart()?;
        let (file, input, said) = (&self.file, &self.input, &self.said);
        let sink = |_| -> Box<dyn PlanSink + '_> {
            Box::new(ListSink { file, input, said, known: HashMap::new(), bytes: Vec::new() })
        };
        Ok((0..workers).map(sink).collect())
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.file.take_back()
    }
}

struct ListSink<'f, W> {
    file: &'f Ordered<W>,
    input: &'f str,
    said: &'f Said<'f>,
    /// End of the line by what is to be done.
    known: HashMap<(Status, Vec<PartPlan>), Vec<u8>>,
    bytes: Vec<u8>,
}

impl<W: Revocable + Send> PlanSink for ListSink<'_, W> {
    fn installation(&mut self, rows: &RowView<'_>, row: usize, plan: &InstallationPlan<'_>) -> io::Result<()> {
        let key = (plan.status, plan.parts.iter().map(|part| (*part).clone()).collect::<Vec<_>>());
        let dialect = self.said.dialect;
        Lines::more(&mut self.bytes, dialect).text(self.input)?;
        // The number is known once the blocks before are.
        Lines::resume(&mut self.bytes, dialect).text("")?;
        number_later(rows.batch.place(row).row, &mut self.bytes);
        let mut line = Lines::resume(&mut self.bytes, dialect);
        line.text(rows.identifier(row).trim())?;
        for key in &self.said.keys {
            line.text(&rows.text(row, *key))?;
        }
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
        if !rows.batch.last {
            return Ok(());
        }
        self.file.submit_rows(rows.batch.block, rows.batch.first_row + rows.batch.covered(), &mut self.bytes)
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
            let title = self.rules.get(stuck.rule).map(|(_, title)| title.as_str()).unwrap_or_default();
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
        let failing = changes().flat_map(|change| change.rules.iter().copied());
        let failing = failing.chain(plan.parts.iter().flat_map(|part| &part.stuck).map(|stuck| stuck.rule));
        let ids: Vec<String> = failing.filter_map(|rule| self.rules.get(rule)).map(|(id, _)| id.clone()).collect();
        line.text(&distinct(ids.into_iter()))?;
        line.text(&distinct(changes().map(|change| change.of.code(self.socle))))?;
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
