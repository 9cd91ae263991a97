//! Inputs → verdicts: each file is read once, whatever the number of programs that judge its rows.

use super::mapping::{self, Mapping, MappingOptions};
use super::report::Unit;
use super::survey::{Roles, Survey};
use super::totals::{self, Totals};
use super::typed;
use crate::diag::Diagnostic;
use crate::engine::{Binding, Bound, FromCatalogue, Program, RowSink, RowView, Tally, Worker};
use crate::inventory::{self, Batch, Format, Inventory, Mode, Options, Selected, Sink, Summary};
use crate::socle::{FieldId, Socle};
use crate::text;
use std::io::{self, Read};
use std::ops::ControlFlow;

/// An inventory to read.
pub struct Input<'i> {
    /// Name as the user gave it (`-` for the standard input).
    pub name: String,
    /// Opens it; called once, when its turn comes.
    pub open: Box<dyn FnOnce() -> io::Result<Box<dyn Read + Send + 'i>> + 'i>,
}

/// Makes the sinks that receive the rows of an input, one for each worker.
pub trait RowOutput {
    /// Called before an input is read: as many sinks as there are workers.
    ///
    /// # Errors
    /// Whatever keeps it from going on.
    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn RowSink + '_>>>;

    /// Takes back the rows of the input that was begun last: it turned out to be bad.
    ///
    /// # Errors
    /// Whatever keeps it from taking them back.
    fn take_back(&mut self) -> io::Result<()>;
}

/// An input once read.
pub(super) struct ReadInput {
    pub(super) name: String,
    pub(super) headers: Vec<String>,
    pub(super) mapping: Mapping,
    pub(super) summary: Summary,
    pub(super) format: Format,
}

/// Why an input is not read.
pub(super) enum Stop {
    /// This input cannot be read.
    File(Box<Diagnostic>),
    /// Nothing can be done.
    All(Vec<Diagnostic>),
}

impl Stop {
    /// A file that is no inventory stops only itself; columns that are not settled are for the user to choose.
    fn of(mut faults: Vec<Diagnostic>) -> Stop {
        match faults.pop() {
            Some(fault) if faults.is_empty() && fault.code == "inventory/no-known-column" => {
                Stop::File(Box::new(fault))
            }
            last => {
                faults.extend(last);
                Stop::All(faults)
            }
        }
    }
}

/// Opens an input, and understands its columns.
pub(super) fn prepare<'i: 'r, 'r>(
    input: Input<'i>,
    socle: &Socle,
    kind: &str,
    columns: &MappingOptions,
    options: &Options,
    progress: &'r (dyn Fn(u64) + Sync),
) -> Result<(Inventory<'r>, Mapping), Stop> {
    let Input { name, open } = input;
    let reader = open().map_err(|error| Stop::File(Box::new(unreadable(&name, &error))))?;
    let mut inventory = inventory::open(Progressing { reader, progress }, &name, socle, options).map_err(Stop::File)?;
    let mapping = mapping::map_headers(inventory.header(), &name, socle, kind, columns).map_err(Stop::of)?;
    typed::settle(&mut inventory, &mapping, socle);
    Ok((inventory, mapping))
}

impl From<Stop> for Vec<Diagnostic> {
    fn from(stop: Stop) -> Vec<Diagnostic> {
        match stop {
            Stop::File(diagnostic) => vec![*diagnostic],
            Stop::All(diagnostics) => diagnostics,
        }
    }
}

/// What was read, and what each program counted (with the number of PS).
pub(super) struct Outcome {
    pub(super) read: Vec<ReadInput>,
    /// Inputs set aside, with what was wrong.
    pub(super) bad: Vec<(String, Diagnostic)>,
    pub(super) counted: Vec<(Tally, u64)>,
}

/// Reads the inputs once and has every program judge their rows, each with its own socle; `rows` see the verdicts of the
/// first, or of all when they ask for them.
pub(super) fn judge(
    inputs: Vec<Input<'_>>,
    programs: &[Program<'_>],
    survey: &Survey,
    kind: &str,
    rows: &mut [&mut dyn RowOutput],
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Outcome, Vec<Diagnostic>> {
    let Some(first) = programs.first() else {
        return Ok(Outcome { read: Vec::new(), bad: Vec::new(), counted: Vec::new() });
    };
    let roles = Roles::of(first.socle(), kind);
    let counting = |program: &Program<'_>| survey.counting(program, &Roles::of(program.socle(), kind));
    let team = || programs.iter().map(|program| Worker::new(program, counting(program))).collect();
    let mut reader =
        Reader { programs, survey, kind, roles: &roles, teams: (0..survey.threads.max(1)).map(|_| team()).collect() };
    let mut read: Vec<ReadInput> = Vec::new();
    let mut bad: Vec<(String, Diagnostic)> = Vec::new();
    let total = inputs.len();
    for input in inputs {
        let name = input.name.clone();
        match reader.read(input, read.len(), rows, progress) {
            Ok(done) => read.push(done),
            Err(Stop::File(diagnostic)) if total > 1 => bad.push((name, *diagnostic)),
            Err(Stop::File(diagnostic)) => return Err(vec![*diagnostic]),
            Err(Stop::All(diagnostics)) => return Err(diagnostics),
        }
    }
    if read.is_empty() || (survey.strict && !bad.is_empty()) {
        return Err(bad.into_iter().map(|(_, diagnostic)| diagnostic).collect());
    }
    let mut teams = reader.teams.into_iter().map(Vec::into_iter).collect::<Vec<_>>();
    let counted = programs.iter().filter_map(|_| {
        let mut workers = teams.iter_mut().filter_map(Iterator::next);
        let first = workers.next()?;
        Some(first.finish(workers.collect()))
    });
    Ok(Outcome { counted: counted.collect(), read, bad })
}

/// The programs of a run, and the workers of each thread: one a program.
struct Reader<'r, 'p> {
    programs: &'p [Program<'p>],
    survey: &'r Survey,
    kind: &'r str,
    roles: &'r Roles,
    teams: Vec<Vec<Worker<'p>>>,
}

impl Reader<'_, '_> {
    fn read(
        &mut self,
        input: Input<'_>,
        number: usize,
        rows: &mut [&mut dyn RowOutput],
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<ReadInput, Stop> {
        let name = input.name.clone();
        let survey = self.survey;
        let socle = self.programs[0].socle();
        let (inventory, mapping) = prepare(input, socle, self.kind, &survey.mapping, &survey.reader, progress)?;
        let identified = survey.unit == Unit::Ps || !rows.is_empty();
        let mut selection = Selection::default();
        for (number_of_program, program) in self.programs.iter().enumerate() {
            let own;
            // Another socle may know other fields and other headers.
            let (mapping, roles) = if std::ptr::eq(program.socle(), socle) {
                (&mapping, self.roles)
            } else {
                let its = program.socle();
                let found = mapping::map_headers(inventory.header(), &name, its, self.kind, &survey.mapping);
                own = (found.map_err(Stop::of)?, Roles::of(its, self.kind));
                (&own.0, &own.1)
            };
            let binding = bind(&mut selection, program, mapping, roles, &survey.mapping, identified);
            if survey.unit == Unit::Ps && binding.identifier.is_none() {
                return Err(Stop::All(vec![no_identifier(&name, roles, program.socle())]));
            }
            for team in &mut self.teams {
                team[number_of_program].bind(number, &binding);
            }
        }
        let mut sinks: Vec<Vec<Box<dyn RowSink + '_>>> = self.teams.iter().map(|_| Vec::new()).collect();
        for output in rows.iter_mut() {
            let made = output.begin(self.teams.len()).map_err(|error| Stop::All(vec![output_failed(&error)]))?;
            for (sinks, sink) in sinks.iter_mut().zip(made) {
                sinks.push(sink);
            }
        }
        let (mut headers, format) = (inventory.header().to_vec(), inventory.format().clone());
        let mut judges: Vec<Judge<'_, '_, '_>> =
            self.teams.iter_mut().zip(sinks).map(|(team, sinks)| Judge { team, sinks, failure: None }).collect();
        let summary = match (&mapping.wide, judges.first_mut()) {
            (Some(wide), Some(judge)) => {
                headers.extend([wide.header(&headers), wide.header(&headers)]);
                wide.scan(inventory, &selection.columns, socle, &survey.reader, judge)
            }
            _ => {
                let (columns, selected, weight) = (&mapping.columns, &selection.columns, self.roles.weight);
                let sinks = judges.iter_mut().map(|judge| Totals::new(judge, socle, columns, selected, weight));
                let mut sinks: Vec<_> = sinks.collect();
                let mut summary = inventory.scan(selected, &survey.reader, &mut sinks);
                if let Ok(summary) = &mut summary {
                    totals::conclude(sinks, summary);
                }
                summary
            }
        };
        if let Some(error) = judges.into_iter().find_map(|judge| judge.failure) {
            return Err(Stop::All(vec![output_failed(&error)]));
        }
        let workers = self.teams.iter_mut().flatten();
        let summary = match summary {
            Ok(summary) => {
                workers.for_each(Worker::keep);
                summary
            }
            // Rows of a bad file count nowhere, however many were read before it was known.
            Err(fault) => {
                workers.for_each(Worker::drop_counts);
                for output in rows {
                    output.take_back().map_err(|error| Stop::All(vec![not_taken_back(&name, &error)]))?;
                }
                return Err(Stop::File(fault));
            }
        };
        Ok(ReadInput { name, headers, mapping, summary, format })
    }
}

pub(super) fn unreadable(name: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error(
        "inventory/unreadable",
        text!("`{name}` ne peut pas être lu : {error}", "`{name}` cannot be read: {error}"),
    )
}

/// How an input's columns give what a program reads.
pub(super) fn bind(
    selection: &mut Selection,
    program: &Program<'_>,
    mapping: &Mapping,
    roles: &Roles,
    options: &MappingOptions,
    identified: bool,
) -> Binding {
    let socle = program.socle();
    let mut blank_is_no = Vec::new();
    let slots: Vec<Bound> = program
        .fields()
        .enumerate()
        .map(|(slot, id)| {
            let field = &socle.fields[usize::from(id.0)];
            blank_is_no.push(options.blank_is_no.contains(&field.id));
            let own = selection.bound(id, socle, mapping, program.wants_raw(slot));
            from_catalogue(selection, id, socle, mapping, own)
        })
        .collect();
    let identifier = roles
        .identifier
        .filter(|_| identified)
        .and_then(|field| Some((field, *mapping.columns.get(&field)?)))
        .map(|(field, column)| (field, selection.place(column, Mode::Raw)));
    Binding { slots, blank_is_no, identifier }
}

/// How an input gives a field that the catalogue may tell too: by its own columns, and those of the catalogue's keys.
fn from_catalogue(selection: &mut Selection, id: FieldId, socle: &Socle, mapping: &Mapping, own: Bound) -> Bound {
    match socle.catalogue_keys() {
        Some(keys) if socle.is_offer(id) || socle.derives(id) => {
            let keys = keys.map(|key| selection.bound(key, socle, mapping, false));
            Bound::Catalogue(Box::new(FromCatalogue { own, keys }))
        }
        _ => own,
    }
}

/// The columns to read, each once.
#[derive(Default)]
pub(super) struct Selection {
    pub(super) columns: Vec<Selected>,
}

impl Selection {
    /// How an input's own columns give a field; `raw`: by the bytes of an identifier.
    fn bound(&mut self, id: FieldId, socle: &Socle, mapping: &Mapping, raw: bool) -> Bound {
        let column = |field: FieldId| mapping.columns.get(&field).copied();
        let own = column(id);
        let parts = socle.fields[usize::from(id.0)].parts.iter().map(|part| column(part.field));
        let parts: Vec<Option<usize>> = parts.collect();
        if parts.iter().any(Option::is_some) {
            let mut place = |column: Option<usize>| column.map(|column| self.place(column, Mode::Coded));
            return Bound::Parts { own: place(own), parts: parts.into_iter().map(place).collect() };
        }
        match own {
            None => Bound::Missing,
            Some(own) if raw => Bound::Raw(self.place(own, Mode::Raw)),
            Some(own) => Bound::Column(self.place(own, Mode::Coded)),
        }
    }

    fn place(&mut self, column: usize, mode: Mode) -> usize {
        let wanted = Selected { column, mode };
        self.columns.iter().position(|known| *known == wanted).unwrap_or_else(|| {
            self.columns.push(wanted);
            self.columns.len() - 1
        })
    }
}

/// The workers of a thread on an input, with where the rows go.
struct Judge<'w, 's, 'p> {
    team: &'w mut [Worker<'p>],
    sinks: Vec<Box<dyn RowSink + 's>>,
    failure: Option<io::Error>,
}

impl Sink for Judge<'_, '_, '_> {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        for worker in self.team.iter_mut() {
            worker.batch(batch);
        }
        if self.sinks.is_empty() {
            return ControlFlow::Continue(());
        }
        let views: Vec<RowView<'_>> = self.team.iter().map(|worker| worker.view(batch)).collect();
        for sink in &mut self.sinks {
            if let Err(error) = sink.all(&views) {
                self.failure = Some(error);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}

/// Tells how many bytes were read.
struct Progressing<'r, R> {
    reader: R,
    progress: &'r (dyn Fn(u64) + Sync),
}

impl<R: Read> Read for Progressing<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        (self.progress)(n as u64);
        Ok(n)
    }
}

pub(super) fn no_identifier(name: &str, roles: &Roles, socle: &Socle) -> Diagnostic {
    let id = roles.identifier.map_or("identifiant", |field| socle.fields[usize::from(field.0)].id.as_str());
    Diagnostic::error(
        "inventory/no-identifier-column",
        text!("`{name}` n'a pas de colonne pour le champ `{id}`", "`{name}` has no column for field `{id}`"),
    )
    .help(text!("nommez-la : `--map {id}=EN-TÊTE`", "name it: `--map {id}=HEADER`"))
}

fn not_taken_back(name: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error(
        "output/not-taken-back",
        text!(
            "`{name}` ne peut pas être lu jusqu'au bout, et ses lignes déjà écrites ne peuvent pas être reprises : \
             {error}",
            "`{name}` cannot be read to its end, and its rows that were written already cannot be taken back: {error}"
        ),
    )
    .help(text!("écrire les lignes dans un fichier ordinaire", "write the rows to a regular file"))
}

pub(super) fn output_failed(error: &io::Error) -> Diagnostic {
    let code = if error.kind() == io::ErrorKind::BrokenPipe { "output/broken-pipe" } else { "output/failed" };
    Diagnostic::error(code, text!("écriture impossible : {error}", "cannot write: {error}"))
}
