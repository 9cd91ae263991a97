//! Documents of machines, read by all threads: one block a document, one row a machine.
//!
//! Folders and archives mix: what is no machine's document is set aside, to be opened as an input of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use blake3::{Hash, Hasher};

use super::csv::unreadable;
use super::documents::{Bytes, Documents, Entry, LeftOut};
use super::machine::{self, Machine};
use super::unpack::{self, Content};
use super::{Columns, Encoding, Finding, HEAD, Options, Place, Selected, Sink, Spot, Summary};
use crate::diag::{Diagnostic, Text};
use crate::socle::{Dialect, Holds, Socle};

/// Names that agents give themselves, of which no more are remembered.
const AGENTS: usize = 1000;

/// What was found in documents of machines.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// Documents that were read.
    pub documents: u64,
    /// Their dialects: name for people, documents.
    pub dialects: BTreeMap<String, (Text, u64)>,
    /// Machines by the name that their agent gives itself.
    pub agents: BTreeMap<String, u64>,
    /// Machines whose dialect is told by what is there, not by a name.
    pub unsure: u64,
    /// Machines whose document says that it is not the whole inventory.
    pub partial: u64,
    /// What was collected: in how many machines, how many records.
    pub holds: BTreeMap<Holds, (u64, u64)>,
    /// What was not, though its dialect can tell it: in how many machines.
    pub not_collected: BTreeMap<Holds, u64>,
    /// Machines that are not judged.
    pub gear: u64,
    /// Encodings of the documents.
    pub encodings: BTreeSet<&'static str>,
    /// What stood beside them.
    pub aside: Aside,
    /// Name of the document of each block.
    pub(super) names: Vec<String>,
}

/// What stands beside documents of machines.
#[derive(Clone, Default)]
pub struct Aside {
    documents: Option<Arc<dyn Documents>>,
    /// Tables, archives, and whatever is no document of a machine.
    others: Vec<u32>,
    bad: Vec<(u32, Diagnostic)>,
}

impl fmt::Debug for Aside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aside").field("others", &self.others).field("bad", &self.bad).finish_non_exhaustive()
    }
}

/// Opens a file that was set aside.
pub type Reopen = Box<dyn FnOnce() -> io::Result<Bytes<'static>> + Send>;

impl Aside {
    /// Tables, archives, and whatever is no document of a machine: the name of each, and what opens it again; in
    /// the order of the paths.
    pub fn others(&self) -> impl Iterator<Item = (String, Reopen)> {
        let files = self.documents.iter().flat_map(|documents| self.others.iter().map(move |n| (documents, *n)));
        files.map(|(documents, number)| {
            let (name, documents) = (documents.name(number), Arc::clone(documents));
            (name, Box::new(move || documents.open(number)) as Reopen)
        })
    }

    /// Documents that could not be read, by name, in the order of the paths.
    pub fn bad(&self) -> impl Iterator<Item = (String, &Diagnostic)> {
        let files = self.documents.iter().flat_map(|documents| self.bad.iter().map(move |bad| (documents, bad)));
        files.map(|(documents, (number, diagnostic))| (documents.name(*number), diagnostic))
    }

    /// What is beside them all and was not looked at.
    #[must_use]
    pub fn left_out(&self) -> LeftOut {
        self.documents.as_ref().map(|documents| documents.left_out()).unwrap_or_default()
    }

    fn settle(&mut self) {
        self.others.sort_unstable();
        self.bad.sort_by_key(|(number, _)| *number);
    }
}

/// A document whose dialect is known.
pub(super) struct Loaded<'s> {
    pub(super) number: u32,
    pub(super) bytes: Vec<u8>,
    pub(super) dialect: &'s Dialect,
    /// Bytes as they were read, and their digest.
    pub(super) size: u64,
    pub(super) hash: Hash,
}

/// Called with the number of bytes that were read.
pub(super) type Tick<'r> = &'r (dyn Fn(u64) + Sync);

/// Documents to read.
pub(super) struct Collection<'r> {
    name: String,
    socle: &'r Socle,
    first: Option<Loaded<'r>>,
    aside: Aside,
    tick: Tick<'r>,
    /// Of the file that holds them, when it is one.
    digest: Option<Hash>,
}

impl<'r> Collection<'r> {
    /// A single document.
    pub(super) fn one(loaded: Loaded<'r>, name: &str, socle: &'r Socle, tick: Tick<'r>) -> Collection<'r> {
        let digest = Some(loaded.hash);
        Collection { name: name.to_owned(), socle, first: Some(loaded), aside: Aside::default(), tick, digest }
    }

    /// Looks for the first document of a machine.
    ///
    /// # Errors
    /// There is none: all of them are set aside.
    pub(super) fn begin(
        documents: Arc<dyn Documents>,
        name: &str,
        socle: &'r Socle,
        options: &Options,
        tick: Tick<'r>,
        digest: Option<Hash>,
    ) -> Result<Collection<'r>, Aside> {
        let mut aside = Aside { documents: Some(Arc::clone(&documents)), ..Aside::default() };
        while let Some(entry) = documents.next() {
            let number = entry.number;
            match look(entry, &documents.name(number), socle, options, tick) {
                Ok(Some(loaded)) => {
                    let name = name.to_owned();
                    return Ok(Collection { name, socle, first: Some(loaded), aside, tick, digest });
                }
                Ok(None) => aside.others.push(number),
                Err(diagnostic) => aside.bad.push((number, *diagnostic)),
            }
        }
        aside.settle();
        Err(aside)
    }

    /// Whether it is a single document, with nothing beside it.
    pub(super) fn is_one(&self) -> bool {
        self.aside.documents.is_none()
    }

    /// Names of the columns.
    pub(super) fn header(&self) -> Vec<String> {
        machine::header(&self.socle.collection).map(str::to_owned).collect()
    }

    /// Reads all documents, one thread for each sink.
    pub(super) fn scan<S: Sink>(
        mut self,
        selection: &[Selected],
        options: &Options,
        sinks: &mut [S],
    ) -> Result<Summary, Box<Diagnostic>> {
        // Nothing before it is a block.
        let offset = self.first.as_ref().map_or(0, |first| first.number);
        let shared = Shared {
            name: &self.name,
            socle: self.socle,
            first: Mutex::new(self.first.take()),
            documents: self.aside.documents.clone(),
            offset,
            selection,
            options,
            tick: self.tick,
            stopped: AtomicBool::new(false),
        };
        let mut done = match sinks.split_first_mut() {
            Some((first, others)) if shared.documents.is_some() => std::thread::scope(|scope| {
                let shared = &shared;
                let threads: Vec<_> =
                    others.iter_mut().map(|sink| scope.spawn(move || shared.read(Some(sink)))).collect();
                let mut done = shared.read(Some(first));
                for thread in threads {
                    match thread.join() {
                        Ok(other) => done.join(other),
                        Err(panic) => std::panic::resume_unwind(panic),
                    }
                }
                done
            }),
            first => shared.read(first.map(|(first, _)| first)),
        };
        let stopped = shared.stopped.into_inner();
        done.blocks.sort_unstable_by_key(|block| block.number);
        let mut collected = done.collected;
        collected.names = done.blocks.iter().map(|block| self.name_of(block.number)).collect();
        if self.aside.documents.is_none()
            && let Some((_, diagnostic)) = collected.aside.bad.pop()
        {
            return Err(Box::new(diagnostic));
        }
        self.aside.others.append(&mut collected.aside.others);
        self.aside.bad.append(&mut collected.aside.bad);
        self.aside.settle();
        let digest = self.digest.map_or_else(|| self.digest_of(&done.blocks), |hash| hash.to_hex().to_string());
        let counts = done.blocks.iter().map(|block| (u64::from(block.rows), 0));
        let digest = (!stopped).then(|| format!("blake3:{digest}"));
        let mut summary = Summary::new(counts, 0, digest, Encoding::Utf8);
        done.said.sort_by(|one, two| (one.1.code, one.0).cmp(&(two.1.code, two.0)));
        let place = |(number, finding): (u32, Finding)| {
            let before: u64 =
                done.blocks.iter().take_while(|block| block.number < number).map(|b| u64::from(b.rows)).sum();
            let document = self.aside.documents.is_some().then(|| self.name_of(number));
            Finding { row: finding.row.map(|row| before + row), document, ..finding }
        };
        summary.findings = done.said.into_iter().map(place).collect();
        summary.collected = Some(Collected { aside: self.aside, ..collected });
        Ok(summary)
    }

    fn name_of(&self, number: u32) -> String {
        self.aside.documents.as_ref().map_or_else(|| self.name.clone(), |documents| documents.name(number))
    }

    /// In the order of the paths: each file adds its path and a zero byte; a document of a machine, even a bad one,
    /// the number of its bytes (8 bytes, little endian) and their digest too. Others are inputs with digests of their
    /// own, or cannot be read.
    fn digest_of(&self, blocks: &[Block]) -> String {
        let Some(documents) = &self.aside.documents else { return Hasher::new().finalize().to_hex().to_string() };
        let read = blocks.iter().filter_map(|block| Some((block.number, Some(block.read?))));
        let mut files: BTreeMap<u32, Option<(u64, Hash)>> = read.collect();
        for number in self.aside.others.iter().chain(self.aside.bad.iter().map(|(number, _)| number)) {
            files.entry(*number).or_default();
        }
        let mut hasher = Hasher::new();
        for (number, read) in files {
            hasher.update(documents.path(number).as_bytes());
            hasher.update(&[0]);
            if let Some((size, hash)) = read {
                hasher.update(&size.to_le_bytes());
                hasher.update(hash.as_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// A document, if it is one of a machine.
type Looked<'s> = Result<Option<Loaded<'s>>, Box<Diagnostic>>;

/// Reads a document if it is one of a machine.
fn look<'s>(entry: Entry, name: &str, socle: &'s Socle, options: &Options, tick: Tick<'_>) -> Looked<'s> {
    let unreadable = |error: io::Error| unreadable(name, &error);
    let reader = entry.reader.map_err(unreadable)?;
    let unwrapped = unpack::unwrap(reader, options).map_err(unreadable)?;
    let Content::File(mut source) = unwrapped.content else { return Ok(None) };
    let head = source.peek(HEAD).map_err(unreadable)?;
    let Some(dialect) = machine::recognise(head, &socle.collection) else { return Ok(None) };
    let bytes = unpack::read_all(source, options.document_bytes).map_err(unreadable)?;
    let size = unwrapped.wrapped_bytes.unwrap_or(bytes.len() as u64);
    tick(size);
    let hash = unwrapped.digest.unwrap_or_else(|| blake3::hash(&bytes));
    Ok(Some(Loaded { number: entry.number, bytes, dialect, size, hash }))
}

/// What all threads share.
struct Shared<'r, 's> {
    name: &'s str,
    socle: &'r Socle,
    first: Mutex<Option<Loaded<'r>>>,
    documents: Option<Arc<dyn Documents>>,
    offset: u32,
    selection: &'s [Selected],
    options: &'s Options,
    tick: Tick<'r>,
    stopped: AtomicBool,
}

/// A document that was read.
struct Block {
    number: u32,
    rows: u32,
    /// Size and digest, of the document of a machine.
    read: Option<(u64, Hash)>,
}

/// What a thread brings back.
#[derive(Default)]
struct Done {
    blocks: Vec<Block>,
    collected: Collected,
    /// What was said, with the number of the first document of which it was.
    said: Vec<(u32, Finding)>,
}

impl Shared<'_, '_> {
    /// Reads documents until there is none.
    fn read<S: Sink>(&self, mut sink: Option<&mut S>) -> Done {
        let mut done = Done::default();
        let mut reader = machine::Reader::new(self.socle, self.options);
        let mut columns = Columns::new(self.selection.len());
        let mut spots = Vec::new();
        while !self.stopped.load(Ordering::Relaxed) {
            let Some((number, found)) = self.next() else { break };
            let name = self.documents.as_ref().map_or_else(|| self.name.to_owned(), |all| all.name(number));
            columns.clear();
            spots.clear();
            let mut block = Block { number, rows: 0, read: None };
            if let Ok(Some(loaded)) = &found {
                block.read = Some((loaded.size, loaded.hash));
            }
            match found {
                Ok(Some(loaded)) => match reader.read_as(loaded.dialect, &loaded.bytes, &name) {
                    Ok(machines) => {
                        done.collected.documents += 1;
                        for machine in &machines {
                            self.take(machine, number - self.offset, &mut columns, &mut spots);
                        }
                        block.rows = spots.len() as u32;
                        done.note(number, machines);
                    }
                    Err(diagnostic) => done.collected.aside.bad.push((number, *diagnostic)),
                },
                Ok(None) => done.collected.aside.others.push(number),
                Err(diagnostic) => done.collected.aside.bad.push((number, *diagnostic)),
            }
            let batch = columns.document(number - self.offset, &name, &spots);
            if sink.as_mut().is_some_and(|sink| sink.batch(&batch).is_break()) {
                self.stopped.store(true, Ordering::Relaxed);
            }
            done.blocks.push(block);
        }
        done
    }

    fn next(&self) -> Option<(u32, Looked<'_>)> {
        if let Some(first) = self.first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Some((first.number, Ok(Some(first))));
        }
        let documents = self.documents.as_ref()?;
        let entry = documents.next()?;
        let number = entry.number;
        Some((number, look(entry, &documents.name(number), self.socle, self.options, self.tick)))
    }

    /// Makes a row of a machine, if it is one to judge.
    fn take(&self, machine: &Machine, block: u32, columns: &mut Columns, spots: &mut Vec<Spot>) {
        if machine.kind.is_judged() {
            let cell = |selected: &Selected| machine.cells.get(selected.column).map_or("", String::as_str);
            columns.push_row(&self.selection.iter().map(cell).collect::<Vec<_>>());
            let place = Place { block, row: spots.len() as u32 };
            spots.push(Spot { place, line: machine.line.saturating_sub(1) });
        }
    }
}

impl Done {
    /// Notes what a document told beside its cells.
    fn note(&mut self, number: u32, machines: Vec<Machine>) {
        if let Some(Machine { dialect, label, .. }) = machines.first() {
            self.collected.dialects.entry(dialect.clone()).or_insert_with(|| (label.clone(), 0)).1 += 1;
        }
        let mut row = 0;
        for machine in machines {
            let is_row = machine.kind.is_judged();
            row += u64::from(is_row);
            for finding in machine.said(is_row.then_some(row)) {
                self.say(number, finding);
            }
            let collected = &mut self.collected;
            collected.encodings.insert(machine.encoding);
            collected.gear += u64::from(!is_row);
            if is_row {
                collected.unsure += u64::from(!machine.sure);
                collected.partial += u64::from(machine.partial);
                for (holds, records) in machine.collected {
                    let (machines, sum) = collected.holds.entry(holds).or_default();
                    (*machines, *sum) = (*machines + 1, *sum + records as u64);
                }
                for holds in machine.not_collected {
                    *collected.not_collected.entry(holds).or_default() += 1;
                }
            }
            let agents = &mut self.collected.agents;
            if let Some(agent) = machine.agent.filter(|agent| agents.len() < AGENTS || agents.contains_key(agent)) {
                *agents.entry(agent).or_default() += 1;
            }
        }
    }

    /// Adds a finding to those that say the same.
    fn say(&mut self, number: u32, finding: Finding) {
        let same = |known: &&mut (u32, Finding)| {
            known.1.code == finding.code && known.1.message == finding.message && known.1.column == finding.column
        };
        match self.said.iter_mut().find(same) {
            Some((first, known)) => {
                known.count += finding.count;
                if number < *first {
                    (*first, known.row, known.line) = (number, finding.row, finding.line);
                }
            }
            None => self.said.push((number, finding)),
        }
    }

    fn join(&mut self, other: Done) {
        self.blocks.extend(other.blocks);
        for (number, finding) in other.said {
            self.say(number, finding);
        }
        let (mine, theirs) = (&mut self.collected, other.collected);
        mine.documents += theirs.documents;
        mine.unsure += theirs.unsure;
        mine.partial += theirs.partial;
        mine.gear += theirs.gear;
        mine.encodings.extend(theirs.encodings);
        for (dialect, (label, documents)) in theirs.dialects {
            mine.dialects.entry(dialect).or_insert((label, 0)).1 += documents;
        }
        for (agent, machines) in theirs.agents {
            *mine.agents.entry(agent).or_default() += machines;
        }
        for (holds, (machines, records)) in theirs.holds {
            let sums = mine.holds.entry(holds).or_default();
            *sums = (sums.0 + machines, sums.1 + records);
        }
        for (holds, machines) in theirs.not_collected {
            *mine.not_collected.entry(holds).or_default() += machines;
        }
        mine.aside.others.extend(theirs.aside.others);
        mine.aside.bad.extend(theirs.aside.bad);
    }
}
