//! Why one installation has its status.

use super::mapping;
use super::quote::names;
use super::read::{Input, Prepared, Queue, Selection, all_bad, bind, no_identifier, prepare};
use super::register::Join;
use super::run::AuditOptions;
use super::survey::{Roles, Rules};
use super::wide::BadCount;
use crate::diag::Diagnostic;
use crate::engine::{Counting, Program, Status, Worker};
use crate::inventory::{Aside, Batch, Sink, Spot};
use crate::pack::condition::Env;
use crate::pack::{Decision, Level, decisions};
use crate::socle::{FieldId, Origin};
use crate::text;
use crate::value::{Date, Datum, Missing, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Which rows of an inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one of this record number, from 1.
    Row(u64),
    /// All those of this identifier.
    Id(String),
}

/// Fields that the catalogue tells too: where their value comes from, and the value.
pub type Origins = BTreeMap<FieldId, (Origin, Datum)>;

/// A row and its verdicts.
#[derive(Debug)]
pub struct Explained {
    /// File or document that holds it.
    pub file: String,
    /// Record number, from 1, header excluded.
    pub row: u64,
    /// Physical line of its first byte; a document of a machine has none that matters.
    pub line: Option<u64>,
    /// Its status by all the packs.
    pub status: Status,
    /// Fields that the catalogue tells too.
    pub origins: Origins,
    /// One entry a rule: pack, rule (numbers in [`Rules::packs`]), verdict and what decided it.
    pub rules: Vec<ExplainedRule>,
}

/// A rule's verdict on the row.
#[derive(Debug)]
pub struct ExplainedRule {
    /// Number of the pack.
    pub pack: usize,
    /// Number of the rule in the pack.
    pub rule: usize,
    /// The verdict.
    pub verdict: Verdict,
    /// What decided it, when it is no pass.
    pub decisions: Vec<Decision>,
    /// First day within the horizon at which it fails, when it does not yet.
    pub expires: Option<Date>,
}

/// Explains rows of an inventory, in file order; of a folder or an archive, those of all its inventories.
///
/// # Errors
/// What keeps the inventory from being read, or a row that is not there.
pub fn explain(
    input: Input<'_>,
    which: &Which,
    rules: &Rules<'_>,
    options: &AuditOptions,
) -> Result<Vec<Explained>, Vec<Diagnostic>> {
    let socle = rules.socle;
    mapping::check_options(&options.survey.mapping, socle)?;
    let program = Program::new(socle, &rules.inputs(), None, &[], &[], options.survey.as_of, [None; 2]);
    let name = input.name.clone();
    let mut queue = Queue::new(vec![input]);
    let (mut found, mut bad, mut read) = (Vec::new(), Vec::new(), Vec::new());
    while let Some((input, depth)) = queue.next() {
        let name = input.name.clone();
        match search(input, which, rules, options, &program) {
            Ok(Searched { aside, rows, explained }) => {
                found.extend(explained);
                queue.put(&aside, (&name, depth), &mut bad);
                read.extend(rows.map(|rows| (name, rows)));
            }
            // Among others, it may not be the one that holds the row.
            Err(mut faults) if depth > 0 => bad.extend(faults.pop().map(|fault| (name, fault))),
            Err(faults) => return Err(faults),
        }
    }
    if read.is_empty() {
        return Err(all_bad(bad));
    }
    if matches!(which, Which::Row(_)) && read.len() > 1 {
        return Err(vec![several_inventories(&name, &read)]);
    }
    if found.is_empty() {
        let rows = read.iter().map(|(_, rows)| rows).sum::<u64>();
        return Err(vec![match which {
            Which::Row(row) => Diagnostic::error(
                "explain/no-row",
                text!("`{name}` n'a pas de ligne {row}", "`{name}` has no row {row}"),
            )
            .help(text!("lignes lues, en-tête non compris : {rows}", "rows read, without the header: {rows}")),
            Which::Id(_) => Diagnostic::error(
                "explain/no-identifier",
                text!("aucune ligne de `{name}` n'a cet identifiant", "no row of `{name}` has this identifier"),
            ),
        }]);
    }
    Ok(found)
}

/// What was found in one inventory.
struct Searched {
    explained: Vec<Explained>,
    /// Rows that it has; `None` when it is none itself.
    rows: Option<u64>,
    aside: Aside,
}

fn search(
    input: Input<'_>,
    which: &Which,
    rules: &Rules<'_>,
    options: &AuditOptions,
    program: &Program<'_>,
) -> Result<Searched, Vec<Diagnostic>> {
    let (socle, survey, name) = (rules.socle, &options.survey, input.name.clone());
    let prepared = prepare(input, socle, rules.kind(), &survey.mapping, &survey.reader, &|_| {})?;
    let (inventory, mapping) = match prepared {
        Prepared::Inventory(inventory, mapping) => (*inventory, mapping),
        Prepared::Aside(aside) => return Ok(Searched { explained: Vec::new(), rows: None, aside }),
    };
    let machines = inventory.format().is_machines();
    let roles = Roles::of(socle, rules.kind());
    let mut selection = Selection::default();
    let mut binding = bind(&mut selection, program, &mapping, &roles, &survey.mapping, true);
    if machines {
        binding.blank_is_no.fill(false);
    } else if binding.identifier.is_none() && matches!(which, Which::Id(_)) {
        return Err(vec![no_identifier(&name, &roles, socle)]);
    }
    let mut worker = Worker::new(program, Counting::Rows);
    worker.bind(0, &binding);
    let fields = program.fields().collect();
    let unknown = vec![Datum::Unknown(Missing::NotCollected); socle.fields.len()];
    let mut join = Join::new(socle);
    if let Some(join) = &mut join {
        join.bind(selection.identifier(&mapping, &roles), mapping.stated);
    }
    let mut finder = Finder { worker, join, which, fields, before: 0, unknown, found: Vec::new() };
    let summary = match (&mapping.wide, &mapping.applications) {
        (Some(wide), _) => wide.scan(inventory, &selection.columns, BadCount::Zero, socle, &survey.reader, &mut finder),
        (None, Some(table)) => table.scan(inventory, &selection.columns, socle, &survey.reader, &mut finder),
        (None, None) => inventory.scan(&selection.columns, &survey.reader, std::slice::from_mut(&mut finder)),
    };
    let mut summary = summary.map_err(|diagnostic| vec![*diagnostic])?;
    let read = summary.collected.as_ref().is_none_or(|collected| collected.documents > 0);
    let aside = summary.collected.as_mut().map(|collected| std::mem::take(&mut collected.aside)).unwrap_or_default();
    let found = finder.found.into_iter();
    let explained = found
        .map(|(spot, record, origins)| {
            let document = summary.document(spot.place).map(str::to_owned);
            Explained {
                file: document.clone().unwrap_or_else(|| name.clone()),
                row: summary.row(spot.place),
                line: document.is_none().then(|| summary.line(spot)),
                origins,
                ..judge(&record, rules, options)
            }
        })
        .collect();
    Ok(Searched { explained, rows: read.then_some(summary.rows), aside })
}

fn several_inventories(name: &str, read: &[(String, u64)]) -> Diagnostic {
    let list = names(&read.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());
    Diagnostic::error(
        "explain/several-inventories",
        text!(
            "`{name}` contient plusieurs inventaires, et une ligne se compte dans un seul : {list}",
            "`{name}` holds several inventories, and a row is counted in a single one: {list}"
        ),
    )
    .help(text!(
        "nommer le fichier, ou chercher un identifiant (`--id`)",
        "name the file, or look for an identifier (`--id`)"
    ))
}

fn judge(record: &[Datum], rules: &Rules<'_>, options: &AuditOptions) -> Explained {
    let socle = rules.socle;
    let at = |today| Env { tables: &socle.tables, parameters: &socle.parameters, fields: record, previous: &[], today };
    let mut status = Verdict::NotApplicable;
    let mut explained = Vec::new();
    for (pack, loaded) in rules.packs.iter().enumerate() {
        for (number, rule) in loaded.rules.iter().enumerate() {
            let env = at(options.survey.as_of);
            let verdict = rule.verdict(&env);
            if rule.level == Level::Blocking {
                status = status.worst(verdict);
            }
            let expires = match (&options.horizon, verdict) {
                (Some(horizon), Verdict::Pass | Verdict::NotApplicable) => rule
                    .flips(&env, options.survey.as_of, horizon.until)
                    .into_iter()
                    .find(|date| rule.verdict(&at(*date)) == Verdict::Fail),
                _ => None,
            };
            explained.push(ExplainedRule { pack, rule: number, verdict, decisions: decisions(rule, &env), expires });
        }
    }
    Explained {
        file: String::new(),
        row: 0,
        line: None,
        status: Status::of(status.into()),
        origins: Origins::new(),
        rules: explained,
    }
}

/// Looks for the rows, in file order: one thread, so that blocks come one after the other.
struct Finder<'w> {
    worker: Worker<'w>,
    join: Option<Join<'w>>,
    which: &'w Which,
    fields: BTreeSet<FieldId>,
    /// Rows of the file before the batch.
    before: u64,
    unknown: Vec<Datum>,
    found: Vec<(Spot, Vec<Datum>, Origins)>,
}

impl Sink for Finder<'_> {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        let Some(mut join) = self.join.take() else { return self.find(batch) };
        let flow = self.find(&batch.with(join.look_up(batch)));
        self.join = Some(join);
        flow
    }
}

impl Finder<'_> {
    fn find(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        let view = self.worker.view(batch);
        let mut wanted = Vec::new();
        match self.which {
            Which::Row(row) => {
                let place = row.checked_sub(self.before + 1).and_then(|place| u32::try_from(place).ok());
                let place = place.and_then(|place| batch.first_row.checked_add(place));
                wanted.extend(place.into_iter().flat_map(|place| batch.rows_at(place)));
            }
            Which::Id(id) => {
                wanted.extend((0..batch.rows).filter(|row| view.is_of(*row, id)));
            }
        }
        for row in wanted {
            let mut record = self.unknown.clone();
            view.read(row, &self.fields, &mut record);
            let known = |field: &FieldId| record[usize::from(field.0)].clone();
            let origin = |field: &FieldId| Some((*field, (view.origin(row, *field)?, known(field))));
            let origins = self.fields.iter().filter_map(origin).collect();
            self.found.push((batch.spot(row), record, origins));
        }
        self.before += u64::from(batch.covered());
        ControlFlow::Continue(())
    }
}
