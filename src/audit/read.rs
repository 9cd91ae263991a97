//! Inputs → verdicts: each file is read once, whatever the number of programs that judge its rows.

use super::mapping::{self, Followed, Mapping, MappingOptions};
use super::register::Join;
use super::report::Unit;
use super::survey::{Roles, Survey};
use super::tables::{self, RowsOf};
use super::typed;
use super::watch::{Watch, Watched};
use crate::diag::Diagnostic;
use crate::engine::{Binding, Bound, FromCatalogue, FromRegister, Program, RowSink, RowView, Seen, Tally, Worker};
use crate::inventory::{
    self, Aside, Batch, Documents, Format, Inventory, LeftOut, Mode, Opened, Options, Selected, Sink, Summary,
};
use crate::socle::{FieldId, Socle};
use crate::text;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

/// An inventory to read.
pub struct Input<'i> {
    /// Name as the user gave it (`-` for the standard input).
    pub name: String,
    /// Opens it; called once, when its turn comes.
    pub open: Opening<'i>,
    /// It cannot be opened a second time.
    pub once: bool,
}

/// How an input is opened.
pub enum Opening<'i> {
    /// A file.
    File(Box<dyn FnOnce() -> io::Result<Box<dyn Read + Send + 'i>> + 'i>),
    /// The files of a folder.
    Folder(Box<dyn FnOnce() -> io::Result<Arc<dyn Documents>> + 'i>),
}

/// Called with the number of bytes that were read.
pub(super) type Progress<'r> = &'r (dyn Fn(u64) + Sync);

impl<'i> Input<'i> {
    /// A file.
    pub fn file(
        name: impl Into<String>,
        open: impl FnOnce() -> io::Result<Box<dyn Read + Send + 'i>> + 'i,
    ) -> Input<'i> {
        Input { name: name.into(), open: Opening::File(Box::new(open)), once: false }
    }

    /// The same, that cannot be opened a second time: a stream.
    #[must_use]
    pub fn once(self) -> Input<'i> {
        Input { once: true, ..self }
    }

    /// The bytes of a file.
    pub(super) fn bytes(self) -> io::Result<Box<dyn Read + Send + 'i>> {
        match self.open {
            Opening::File(open) => open(),
            Opening::Folder(_) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    /// The files of a folder.
    pub fn folder(name: impl Into<String>, open: impl FnOnce() -> io::Result<Arc<dyn Documents>> + 'i) -> Input<'i> {
        Input { name: name.into(), open: Opening::Folder(Box::new(open)), once: false }
    }

    /// Whether it is a folder.
    pub(super) fn is_folder(&self) -> bool {
        matches!(self.open, Opening::Folder(_))
    }

    /// Recognises it.
    ///
    /// # Errors
    /// What keeps it from being read.
    pub(super) fn recognise<'r>(
        self,
        socle: &'r Socle,
        options: &inventory::Options,
        progress: Progress<'r>,
    ) -> Result<Opened<'r>, Box<Diagnostic>>
    where
        'i: 'r,
    {
        let Input { name, open, .. } = self;
        let unreadable = |error: io::Error| Box::new(unreadable(&name, &error));
        match open {
            Opening::File(open) => {
                let reader = open().map_err(unreadable)?;
                inventory::open_any(Progressing { reader, progress }, &name, socle, options)
            }
            Opening::Folder(open) => {
                let documents = open().map_err(unreadable)?;
                Ok(inventory::open_all(documents, &name, socle, options, progress))
            }
        }
    }
}

/// Inputs in their order, those that turn up in folders and archives among them.
pub(super) struct Queue<'i> {
    inputs: VecDeque<(Input<'i>, usize)>,
    /// What was not looked at beside them, by the name of the folder or archive.
    pub(super) left: Vec<(String, LeftOut)>,
}

/// Folders and archives that may hold each other.
const NESTED: usize = 3;

impl<'i> Queue<'i> {
    pub(super) fn new(inputs: Vec<Input<'i>>) -> Queue<'i> {
        Queue { inputs: inputs.into_iter().map(|input| (input, 0)).collect(), left: Vec::new() }
    }

    /// The next input, and how deep it lies.
    pub(super) fn next(&mut self) -> Option<(Input<'i>, usize)> {
        self.inputs.pop_front()
    }

    /// Puts what an input of that name and depth held beside documents of machines in its place; `bad` receives what
    /// cannot be read.
    pub(super) fn put(&mut self, aside: &Aside, (name, depth): (&str, usize), bad: &mut Vec<(String, Diagnostic)>) {
        if aside.left_out() != LeftOut::default() {
            self.left.push((name.to_owned(), aside.left_out()));
        }
        bad.extend(aside.bad().map(|(name, diagnostic)| (name, diagnostic.clone())));
        if depth >= NESTED {
            bad.extend(aside.others().map(|(name, _)| {
                let fault = too_nested(&name);
                (name, fault)
            }));
            return;
        }
        for (name, open) in aside.others().collect::<Vec<_>>().into_iter().rev() {
            let open = move || -> io::Result<Box<dyn Read + Send + 'i>> { open() };
            self.inputs.push_front((Input::file(name, open), depth + 1));
        }
    }
}

fn too_nested(name: &str) -> Diagnostic {
    Diagnostic::error(
        "inventory/archive",
        text!("`{name}` : trop d'archives les unes dans les autres", "`{name}`: too many archives within each other"),
    )
    .help(text!("en extraire les fichiers", "extract their files"))
}

/// Makes the sinks that receive the rows of an input, one for each worker.
pub trait RowOutput {
    /// Names the input that begins next.
    fn input(&mut self, _name: &str) {}

    /// Called before an input is read: as many sinks as there are workers.
    ///
    /// # Errors
    /// Whatever keeps it from going on.
    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn RowSink + '_>>>;

    /// Called once the input that was begun last has been read to its end.
    fn keep(&mut self) {}

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

impl ReadInput {
    fn followed(&self) -> Followed {
        Followed::new(&self.name, &self.headers, &self.mapping)
    }
}

/// Why an input is not read.
pub(super) enum Stop {
    /// This input cannot be read.
    File(Box<Diagnostic>),
    /// Its columns are not settled: for the user to choose, when it is an input that the user named.
    Columns(Vec<Diagnostic>),
    /// Nothing can be done.
    All(Vec<Diagnostic>),
}

impl Stop {
    /// A file that is no inventory stops only itself.
    fn of(mut faults: Vec<Diagnostic>) -> Stop {
        match faults.pop() {
            Some(fault) if faults.is_empty() && NO_INVENTORY.contains(&fault.code) => Stop::File(Box::new(fault)),
            last => {
                faults.extend(last);
                Stop::Columns(faults)
            }
        }
    }

    /// What is wrong with an input that lies so deep in folders and archives, when it stops only itself.
    ///
    /// # Errors
    /// When it stops everything.
    pub(super) fn of_file(self, depth: usize) -> Result<Diagnostic, Vec<Diagnostic>> {
        match self {
            Stop::File(diagnostic) => Ok(*diagnostic),
            Stop::Columns(mut faults) if depth > 0 && !faults.is_empty() => Ok(faults.swap_remove(0)),
            Stop::Columns(faults) | Stop::All(faults) => Err(faults),
        }
    }
}

/// What is said of files in which no column is known.
const NO_INVENTORY: [&str; 2] = ["inventory/no-known-column", "inventory/no-header"];

/// An input whose columns are understood.
pub(super) enum Prepared<'r> {
    /// To be read.
    Inventory(Box<Inventory<'r>>, Mapping),
    /// It holds nothing but inputs of their own.
    Aside(Aside),
}

/// Opens an input, and understands its columns.
pub(super) fn prepare<'i: 'r, 'r>(
    input: Input<'i>,
    socle: &'r Socle,
    kind: &str,
    columns: &MappingOptions,
    options: &Options,
    progress: Progress<'r>,
) -> Result<Prepared<'r>, Stop> {
    let name = input.name.clone();
    let mut inventory = match input.recognise(socle, options, progress).map_err(Stop::File)? {
        Opened::Inventory(inventory) => inventory,
        Opened::Aside(aside) => return Ok(Prepared::Aside(aside)),
    };
    let mapping = map(&inventory, &name, socle, kind, columns).map_err(Stop::of)?;
    typed::settle(&mut inventory, &mapping, socle);
    Ok(Prepared::Inventory(inventory, mapping))
}

impl From<Stop> for Vec<Diagnostic> {
    fn from(stop: Stop) -> Vec<Diagnostic> {
        match stop {
            Stop::File(diagnostic) => vec![*diagnostic],
            Stop::Columns(diagnostics) | Stop::All(diagnostics) => diagnostics,
        }
    }
}

/// What was read, and what each program counted (with the number of PS).
pub(super) struct Outcome {
    pub(super) read: Vec<ReadInput>,
    /// Inputs set aside, with what was wrong.
    pub(super) bad: Vec<(String, Diagnostic)>,
    /// What was not looked at, by the name of the folder or archive.
    pub(super) left: Vec<(String, LeftOut)>,
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
            left: Vec::new(),
            counted: Vec::new(),
            watched: Watched::default(),
            strangers: None,
        });
    };
    let roles = Roles::of(first.socle(), kind);
    let counting = |program: &Program<'_>| survey.counting(program, &Roles::of(program.socle(), kind));
    let team = || programs.iter().map(|program| Worker::new(program, counting(program))).collect();
    // A folder may hold several; so may an archive, which shows once it is opened.
    let several = inputs.len() > 1 || inputs.iter().any(Input::is_folder);
    let watch = |several: bool| Watch::new(first.socle(), survey.stale.as_ref(), survey.as_of, several);
    let threads = survey.threads.max(1);
    let mut reader = Reader {
        programs,
        survey,
        kind,
        roles: &roles,
        teams: (0..threads).map(|_| team()).collect(),
        watches: (0..threads).filter_map(|_| watch(several)).collect(),
        joins: (0..threads).filter_map(|_| Join::new(first.socle())).collect(),
    };
    let mut read: Vec<ReadInput> = Vec::new();
    let mut bad: Vec<(String, Diagnostic)> = Vec::new();
    let mut queue = Queue::new(inputs);
    while let Some((input, depth)) = queue.next() {
        let name = input.name.clone();
        match reader.read(input, read.len(), rows, progress) {
            Ok(Done::Read(done)) => {
                if let Some(collected) = &done.summary.collected {
                    queue.put(&collected.aside, (&name, depth), &mut bad);
                }
                read.push(*done);
            }
            Ok(Done::Aside(aside)) => {
                queue.put(&aside, (&name, depth), &mut bad);
                if !several && read.is_empty() {
                    reader.watches = (0..threads).filter_map(|_| watch(true)).collect();
                }
            }
            Err(stop) => bad.push((name, stop.of_file(depth)?)),
        }
    }
    if read.is_empty() || (survey.strict && !bad.is_empty()) {
        return Err(all_bad(bad));
    }
    let weighs = |input: &ReadInput| roles.weight.is_some_and(|weight| input.mapping.columns.contains_key(&weight));
    if survey.unit == Unit::Weight && !read.iter().any(weighs) {
        return Err(vec![no_weight(&read[0].name, &roles, first.socle())]);
    }
    mapping::check_followed(&read.iter().map(ReadInput::followed).collect::<Vec<_>>(), &survey.mapping)?;
    let mut teams = reader.teams.into_iter().map(Vec::into_iter).collect::<Vec<_>>();
    let counted = programs.iter().filter_map(|_| {
        let mut workers = teams.iter_mut().filter_map(Iterator::next);
        let first = workers.next()?;
        Some(first.finish(workers.collect()))
    });
    let counted: Vec<(Tally, u64)> = counted.collect();
    for (program, (tally, _)) in programs.iter().zip(&counted) {
        if let Some(field) = program.crowded(tally) {
            return Err(vec![too_many_groups(field, program.socle())]);
        }
    }
    let strangers = Join::finish(reader.joins);
    Ok(Outcome { counted, watched: Watch::finish(reader.watches, &read), strangers, read, bad, left: queue.left })
}

/// What is said when nothing can be done because of bad files: of the first few, and how many more there are.
pub(super) fn all_bad(bad: Vec<(String, Diagnostic)>) -> Vec<Diagnostic> {
    const SAID: usize = 10;
    let more = bad.len().saturating_sub(SAID);
    let mut said: Vec<Diagnostic> = bad.into_iter().take(SAID).map(|(_, diagnostic)| diagnostic).collect();
    if said.is_empty() {
        said.push(Diagnostic::error("inventory/empty", text!("aucun fichier à lire", "no file to read")));
    }
    if more > 0 {
        said.push(Diagnostic::error(
            "inventory/bad-file",
            text!("et {more} autres fichiers qui ne peuvent pas être lus", "and {more} more files that cannot be read"),
        ));
    }
    said
}

/// What became of an input.
enum Done {
    /// It was read.
    Read(Box<ReadInput>),
    /// It holds nothing but inputs of their own.
    Aside(Aside),
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
    ) -> Result<Done, Stop> {
        let name = input.name.clone();
        let (survey, socle) = (self.survey, self.programs[0].socle());
        let prepared = prepare(input, socle, self.kind, &survey.mapping, &survey.reader, progress)?;
        let (inventory, mapping) = match prepared {
            Prepared::Inventory(inventory, mapping) => (*inventory, mapping),
            Prepared::Aside(aside) => return Ok(Done::Aside(aside)),
        };
        let machines = inventory.format().is_machines();
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
                let found = map(&inventory, &name, its, self.kind, &survey.mapping);
                own = (found.map_err(Stop::of)?, Roles::of(its, self.kind));
                (&own.0, &own.1)
            };
            let mut binding = bind(&mut selection, program, mapping, roles, &survey.mapping, identified);
            if machines {
                // What was not collected is unknown, whatever a blank cell of a table means.
                binding.blank_is_no.fill(false);
            }
            // Documents of machines may tell of no PS: each row is then one, which is counted.
            if survey.unit == Unit::Ps && binding.identifier.is_none() && !machines {
                return Err(Stop::Columns(vec![no_identifier(&name, roles, program.socle())]));
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
        self.joins.iter_mut().for_each(|join| join.bind(identifier, mapping.stated));
        let (mut headers, format) = (inventory.header().to_vec(), inventory.format().clone());
        let rows_of = RowsOf::select(&mut selection, socle, &mapping, &inventory, self.roles.weight);
        let mut sinks: Vec<Vec<Box<dyn RowSink + '_>>> = self.teams.iter().map(|_| Vec::new()).collect();
        for output in rows.iter_mut() {
            output.input(&name);
            let made = output.begin(self.teams.len()).map_err(|error| Stop::All(vec![output_failed(&error)]))?;
            for (sinks, sink) in sinks.iter_mut().zip(made) {
                sinks.push(sink);
            }
        }
        let (mut watches, mut joins) = (self.watches.iter_mut(), self.joins.iter_mut());
        let judge = |(team, sinks)| Judge {
            input: number,
            team,
            watch: watches.next(),
            join: joins.next(),
            sinks,
            stopped: None,
        };
        let mut judges: Vec<Judge<'_, '_, '_>> =
            self.teams.iter_mut().map(Vec::as_mut_slice).zip(sinks).map(judge).collect();
        headers.extend(mapping.more_headers(&headers));
        let summary = tables::scan(inventory, &selection.columns, &rows_of, socle, &survey.reader, &mut judges);
        if let Some(fault) = judges.into_iter().find_map(|judge| judge.stopped) {
            return Err(Stop::All(vec![fault]));
        }
        let workers = self.teams.iter_mut().flatten();
        let mut summary = match summary {
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
                for output in rows.iter_mut() {
                    output.take_back().map_err(|error| Stop::All(vec![not_taken_back(&name, &error)]))?;
                }
                return Err(Stop::File(fault));
            }
        };
        // Documents that were all bad are no inventory.
        if let Some(collected) = summary.collected.as_mut().filter(|collected| collected.documents == 0) {
            return Ok(Done::Aside(std::mem::take(&mut collected.aside)));
        }
        rows.iter_mut().for_each(|output| output.keep());
        Ok(Done::Read(Box::new(ReadInput { name, headers, mapping, summary, format })))
    }
}

/// Which field each column gives: those of machines are named after their fields.
///
/// # Errors
/// Those of [`mapping::map_headers`].
pub(super) fn map(
    inventory: &Inventory<'_>,
    name: &str,
    socle: &Socle,
    kind: &str,
    options: &MappingOptions,
) -> Result<Mapping, Vec<Diagnostic>> {
    if !inventory.format().is_machines() {
        return mapping::map_headers(inventory.header(), name, socle, kind, options);
    }
    Ok(mapping::map_machines(inventory.header(), socle, options))
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
    Binding { slots, blank_is_no, identifier, stated: mapping.stated }
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

    pub(super) fn place(&mut self, column: usize, mode: Mode) -> usize {
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
    /// Why it goes no further.
    stopped: Option<Diagnostic>,
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
            if let Some(field) = worker.crowded() {
                self.stopped = Some(too_many_groups(field, worker.socle()));
                return ControlFlow::Break(());
            }
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
                self.stopped = Some(output_failed(&error));
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

fn no_weight(name: &str, roles: &Roles, socle: &Socle) -> Diagnostic {
    let id = roles.weight.map_or("poids", |field| socle.fields[usize::from(field.0)].id.as_str());
    Diagnostic::error(
        "inventory/no-weight-column",
        text!(
            "`{name}` n'a pas de colonne pour le champ `{id}` : aucune ligne n'y pèse rien",
            "`{name}` has no column for field `{id}`: no row of it weighs anything"
        ),
    )
    .help(text!(
        "nommez-la : `--map {id}=EN-TÊTE` ; si chaque ligne compte pour un : sans `--unit weight`",
        "name it: `--map {id}=HEADER`; if each row counts as one: without `--unit weight`"
    ))
}

fn too_many_groups(field: FieldId, socle: &Socle) -> Diagnostic {
    let id = socle.fields[usize::from(field.0)].id.as_str();
    Diagnostic::error(
        "option/too-many-groups",
        text!(
            "les valeurs de `{id}` font trop de groupes pour un tableau",
            "the values of `{id}` make too many groups for a table"
        ),
    )
    .help(text!(
        "grouper par un champ qui a moins de valeurs, ou n'en garder qu'une partie avec `--where`",
        "group by a field with fewer values, or keep part of them with `--where`"
    ))
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
