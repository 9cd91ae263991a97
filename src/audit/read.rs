//! Inputs → verdicts: each file is read once, whatever the number of programs that judge its rows.

use super::mapping::{self, Mapping, MappingOptions};
use super::register::Join;
use super::report::Unit;
use super::survey::{Roles, Survey};
use super::typed;
use super::watch::{Watch, Watched};
use crate::diag::Diagnostic;
use crate::engine::{Binding, Bound, FromCatalogue, FromRegister, Program, RowSink, RowView, Seen, Tally, Worker};
use crate::inventory::{self, Batch, Format, Mode, Selected, Sink, Summary};
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

enum Stop {
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

/// What was read, and what each program counted (with the number of PS).
pub(super) struct Outcome {
    pub(super) read: Vec<ReadInput>,
    /// Inputs set aside, with what was wrong.
    pub(super) bad: Vec<(String, Diagnostic)>,
    pub(super) counted: Vec<(Tally, u64)>,
    pub(super) watched: Watched,
    /// Rows with an identifier that no register has.
    pub(super) strangers: Option<Seen>,
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
        return Ok(Outcome {
            read: Vec::new(),
            bad: Vec::new(),
            counted: Vec::new(),
            watched: Watched::default(),
            strangers: None,
        });
    };
    let roles = Roles::of(first.socle(), kind);
    let counting = |program: &Program<'_>| survey.counting(program, &Roles::of(program.socle(), kind));
    let team = || programs.iter().map(|program| Worker::new(program, counting(program))).collect();
    let total = inputs.len();
    let watch = |_| Watch::new(first.socle(), survey.stale.as_ref(), survey.as_of, total);
    let threads = survey.threads.max(1);
    let mut reader = Reader {
        programs,
        survey,
        kind,
        roles: &roles,
        teams: (0..threads).map(|_| team()).collect(),
        watches: (0..threads).filter_map(watch).collect(),
        joins: (0..threads).filter_map(|_| Join::new(first.socle())).collect(),
    };
    let mut read: Vec<ReadInput> = Vec::new();
    let mut bad: Vec<(String, Diagnostic)> = Vec::new();
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
    let counted = counted.collect();
    let strangers = Join::finish(reader.joins);
    Ok(Outcome { counted, watched: Watch::finish(reader.watches, &read), strangers, read, bad })
}

/// The programs of a run, and the workers of each thread: one a program.
struct Reader<'r, 'p> {
    programs: &'p [Program<'p>],
    survey: &'r Survey,
    kind: &'r str,
    roles: &'r Roles,
    teams: Vec<Vec<Worker<'p>>>,
    /// One a thread, or none.
    watches: Vec<Watch<'p>>,
    /// One a thread, or none.
    joins: Vec<Join<'p>>,
}

impl Reader<'_, '_> {
    fn read(
        &mut self,
        input: Input<'_>,
        number: usize,
        rows: &mut [&mut dyn RowOutput],
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<ReadInput, Stop> {
        let Input { name, open } = input;
        let survey = self.survey;
        let reader = open().map_err(|error| Stop::File(Box::new(unreadable(&name, &error))))?;
        let socle = self.programs[0].socle();
        let mut inventory =
            inventory::open(Progressing { reader, progress }, &name, socle, &survey.reader).map_err(Stop::File)?;
        let mapping =
            mapping::map_headers(inventory.header(), &name, socle, self.kind, &survey.mapping).map_err(Stop::of)?;
        typed::settle(&mut inventory, &mapping, socle);
        let watched = self.watches.first().is_some_and(Watch::identifies);
        let identified = survey.unit == Unit::Ps || !rows.is_empty() || watched;
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
        let date = self.roles.date.filter(|_| survey.stale.is_some());
        let date = date.and_then(|field| Some((field, *mapping.columns.get(&field)?)));
        let date = date.map(|(field, column)| (field, selection.place(column, Mode::Coded)));
        self.watches.iter_mut().for_each(|watch| watch.bind(number, date));
        let identifier = self.joins.first().and_then(|_| selection.identifier(&mapping, self.roles));
        self.joins.iter_mut().for_each(|join| join.bind(identifier));
        let mut sinks: Vec<Vec<Box<dyn RowSink + '_>>> = self.teams.iter().map(|_| Vec::new()).collect();
        for output in rows.iter_mut() {
            let made = output.begin(self.teams.len()).map_err(|error| Stop::All(vec![output_failed(&error)]))?;
            for (sinks, sink) in sinks.iter_mut().zip(made) {
                sinks.push(sink);
            }
        }
        let (mut headers, format) = (inventory.header().to_vec(), inventory.format().clone());
        let (mut watches, mut joins) = (self.watches.iter_mut(), self.joins.iter_mut());
        let judge = |(team, sinks)| Judge {
            input: number,
            team,
            watch: watches.next(),
            join: joins.next(),
            sinks,
            failure: None,
        };
        let mut judges: Vec<Judge<'_, '_, '_>> =
            self.teams.iter_mut().map(Vec::as_mut_slice).zip(sinks).map(judge).collect();
        let summary = match (&mapping.wide, judges.first_mut()) {
            (Some(wide), Some(judge)) => {
                headers.extend([wide.header(&headers), wide.header(&headers)]);
                wide.scan(inventory, &selection.columns, socle, &survey.reader, judge)
            }
            _ => inventory.scan(&selection.columns, &survey.reader, &mut judges),
        };
        if let Some(error) = judges.into_iter().find_map(|judge| judge.failure) {
            return Err(Stop::All(vec![output_failed(&error)]));
        }
        let workers = self.teams.iter_mut().flatten();
        let summary = match summary {
            Ok(summary) => {
                workers.for_each(Worker::keep);
                self.watches.iter_mut().for_each(Watch::keep);
                self.joins.iter_mut().for_each(Join::keep);
                summary
            }
            // Rows of a bad file count nowhere, however many were read before it was known.
            Err(fault) => {
                workers.for_each(Worker::drop_counts);
                self.watches.iter_mut().for_each(Watch::take_back);
                self.joins.iter_mut().for_each(Join::take_back);
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
            let own = from_register(id, socle, mapping, roles, own);
            from_catalogue(selection, id, socle, mapping, roles, own)
        })
        .collect();
    let identifier = if identified { selection.identifier(mapping, roles) } else { None };
    Binding { slots, blank_is_no, identifier }
}

/// How an input gives a field that the catalogue may tell too: by its own columns, and those of the catalogue's keys.
fn from_catalogue(
    selection: &mut Selection,
    id: FieldId,
    socle: &Socle,
    mapping: &Mapping,
    roles: &Roles,
    own: Bound,
) -> Bound {
    match socle.catalogue_keys() {
        Some(keys) if socle.is_offer(id) || socle.derives(id) => {
            let keys = keys.map(|key| {
                let own = selection.bound(key, socle, mapping, false);
                from_register(key, socle, mapping, roles, own)
            });
            Bound::Catalogue(Box::new(FromCatalogue { own, keys }))
        }
        _ => own,
    }
}

/// How an input gives a field that registers tell too.
fn from_register(id: FieldId, socle: &Socle, mapping: &Mapping, roles: &Roles, own: Bound) -> Bound {
    let identified = roles.identifier.is_some_and(|field| mapping.columns.contains_key(&field));
    match Join::place(socle, id) {
        Some(told) if identified => Bound::Register(Box::new(FromRegister { own, told })),
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

    /// The field that identifies the PS, and its raw column.
    pub(super) fn identifier(&mut self, mapping: &Mapping, roles: &Roles) -> Option<(FieldId, usize)> {
        let field = roles.identifier?;
        let column = *mapping.columns.get(&field)?;
        Some((field, self.place(column, Mode::Raw)))
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
    /// Number of the input.
    input: usize,
    team: &'w mut [Worker<'p>],
    watch: Option<&'w mut Watch<'p>>,
    join: Option<&'w mut Join<'p>>,
    sinks: Vec<Box<dyn RowSink + 's>>,
    failure: Option<io::Error>,
}

impl Sink for Judge<'_, '_, '_> {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        let Some(join) = self.join.take() else { return self.judge(batch) };
        let flow = {
            let joined = batch.with(join.look_up(batch));
            self.judge(&joined)
        };
        if let Some(first) = self.team.first() {
            join.count(self.input, &first.view(batch));
        }
        self.join = Some(join);
        flow
    }
}

impl Judge<'_, '_, '_> {
    fn judge(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        for worker in self.team.iter_mut() {
            worker.batch(batch);
        }
        if self.sinks.is_empty() && self.watch.is_none() {
            return ControlFlow::Continue(());
        }
        let views: Vec<RowView<'_>> = self.team.iter().map(|worker| worker.view(batch)).collect();
        if let (Some(watch), Some(view)) = (&mut self.watch, views.first()) {
            watch.rows(view);
        }
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

fn output_failed(error: &io::Error) -> Diagnostic {
    let code = if error.kind() == io::ErrorKind::BrokenPipe { "output/broken-pipe" } else { "output/failed" };
    Diagnostic::error(code, text!("écriture impossible : {error}", "cannot write: {error}"))
}
