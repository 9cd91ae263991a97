//! Who changed from one snapshot to the next, told by identifiers.
//!
//! Identifiers are kept as hashes; a PS takes some 40 bytes, one a rule and five a snapshot.

use crate::audit::read::RowOutput;
use crate::audit::report::DataFinding;
use crate::diag::Text;
use crate::engine::{GroupValue, Rollup, RowSink, RowView, Ruling, Status};
use crate::text;
use crate::value::Date;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Mutex, PoisonError};

/// Who changed, in PS: rows without identifier have no part in it.
#[derive(Clone, Debug)]
pub struct Moves {
    /// PS with an identifier, a snapshot.
    pub identified: Vec<u64>,
    /// From each snapshot to the next, then, when there are more than two, from the first to the last.
    pub transitions: Vec<Passage>,
    /// The field whose changes were followed, and its name for people.
    pub field: Option<(String, Text)>,
    /// For each rule, the PS that fail it in the last snapshot, by the snapshot since which they do in every one that
    /// they are in.
    pub failing: Vec<Since>,
}

/// The PS that fail a rule, at the index of the snapshot since which they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since(pub Vec<u64>);

/// From one snapshot to another.
#[derive(Clone, Debug)]
pub struct Passage {
    /// Index of the earlier snapshot.
    pub from: usize,
    /// Index of the later one.
    pub to: usize,
    /// PS of both.
    pub both: u64,
    /// PS of the later one alone.
    pub arrived: u64,
    /// PS of the earlier one alone.
    pub left: u64,
    /// From each status to each status, of those in both.
    pub status: Vec<(Status, Status, u64)>,
    /// From each value of the field to each value; `None`: not in the snapshot.
    pub migration: Vec<(Option<GroupValue>, Option<GroupValue>, u64)>,
}

impl Passage {
    /// Those that were not up to date and are.
    #[must_use]
    pub fn became_up_to_date(&self) -> u64 {
        self.count(|from, to| from != Status::UpToDate && to == Status::UpToDate)
    }

    /// Those that were up to date and are obsolete.
    #[must_use]
    pub fn fell_back(&self) -> u64 {
        self.count(|from, to| from == Status::UpToDate && to == Status::Obsolete)
    }

    fn count(&self, wanted: impl Fn(Status, Status) -> bool) -> u64 {
        self.status.iter().filter(|(from, to, _)| wanted(*from, *to)).map(|(.., n)| n).sum()
    }
}

/// Number of [`GroupValue::Several`].
const SEVERAL: u32 = u32::MAX;
/// Snapshots that can be told apart in a run of failures.
const MANY: usize = 250;

/// Everyone met, snapshot after snapshot.
pub(super) struct History {
    state: Mutex<State>,
}

struct State {
    rules: usize,
    cut: Option<usize>,
    rollup: Rollup,
    /// Everyone met.
    places: HashMap<u64, u32>,
    values: Vec<GroupValue>,
    numbers: HashMap<GroupValue, u32>,
    /// For each snapshot, status and value of each place.
    snapshots: Vec<Seen>,
    /// Some snapshot tells nobody.
    blind: bool,
    /// For each place and rule, 1 + the snapshot since which it fails, or 0.
    since: Vec<u8>,
    /// The input being read.
    input: People,
    /// The inputs of the snapshot that ended well.
    snapshot: People,
}

/// Status and value of each place in a snapshot, when they are there.
type Seen = (Vec<Option<Status>>, Vec<u32>);

/// The people of an input, or of several.
#[derive(Default)]
struct People {
    places: HashMap<u64, u32>,
    status: Vec<Status>,
    values: Vec<u32>,
    /// Rules that some row fails, as bits.
    fails: Vec<u64>,
    /// Rules that some row passes, or may.
    better: Vec<u64>,
}

/// What is known of one of them.
struct Person<'p> {
    status: Status,
    value: u32,
    fails: &'p [u64],
    better: &'p [u64],
}

impl People {
    fn add(&mut self, hash: u64, person: &Person<'_>, rollup: Rollup) {
        let words = person.fails.len();
        let next = self.places.len() as u32;
        let place = *self.places.entry(hash).or_insert(next) as usize;
        if place == self.status.len() {
            self.status.push(person.status);
            self.values.push(person.value);
            self.fails.extend_from_slice(person.fails);
            self.better.extend_from_slice(person.better);
            return;
        }
        let (one, two) = (ruling_of(self.status[place]), ruling_of(person.status));
        self.status[place] = Status::of(if rollup == Rollup::Worst { one.worst(two) } else { one.best(two) });
        if self.values[place] != person.value {
            self.values[place] = SEVERAL;
        }
        let bits = place * words..(place + 1) * words;
        for (mine, theirs) in self.fails[bits.clone()].iter_mut().zip(person.fails) {
            *mine |= theirs;
        }
        for (mine, theirs) in self.better[bits].iter_mut().zip(person.better) {
            *mine |= theirs;
        }
    }

    fn person(&self, place: usize, words: usize) -> Person<'_> {
        let bits = place * words..(place + 1) * words;
        Person {
            status: self.status[place],
            value: self.values[place],
            fails: &self.fails[bits.clone()],
            better: &self.better[bits],
        }
    }
}

impl History {
    pub(super) fn new(rules: usize, cut: Option<usize>, rollup: Rollup) -> History {
        let state = State {
            rules,
            cut,
            rollup,
            places: HashMap::new(),
            values: Vec::new(),
            numbers: HashMap::new(),
            snapshots: vec![(Vec::new(), Vec::new())],
            blind: false,
            since: Vec::new(),
            input: People::default(),
            snapshot: People::default(),
        };
        History { state: Mutex::new(state) }
    }

    /// The current snapshot was read.
    pub(super) fn end(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.keep();
        let people = std::mem::take(&mut state.snapshot);
        let number = state.snapshots.len().min(MANY) as u8;
        let words = state.words();
        let (mut status, mut values) = (vec![None; state.places.len()], vec![SEVERAL; state.places.len()]);
        // Who is not in the snapshot may still fail: absence breaks nothing.
        let mut failing = state.since.clone();
        for (hash, place) in &people.places {
            let person = people.person(*place as usize, words);
            let next = state.places.len() as u32;
            let place = *state.places.entry(*hash).or_insert(next) as usize;
            if place >= status.len() {
                status.resize(place + 1, None);
                values.resize(place + 1, SEVERAL);
            }
            (status[place], values[place]) = (Some(person.status), person.value);
            failing.resize(failing.len().max((place + 1) * state.rules), 0);
            for rule in 0..state.rules {
                let bit = |bits: &[u64]| bits[rule / 64] >> (rule % 64) & 1 == 1;
                let fails = bit(person.fails) && (state.rollup == Rollup::Worst || !bit(person.better));
                let at = place * state.rules + rule;
                let before = state.since.get(at).copied().unwrap_or(0);
                failing[at] = match (fails, before) {
                    (false, _) => 0,
                    (true, 0) => number,
                    (true, since) => since,
                };
            }
        }
        state.since = failing;
        if let Some(last) = state.snapshots.last_mut() {
            *last = (status, values);
        }
        state.snapshots.push((Vec::new(), Vec::new()));
    }

    /// The current snapshot tells nobody.
    pub(super) fn skip(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.blind = true;
        state.snapshots.push((Vec::new(), Vec::new()));
    }

    /// Who changed, and what is to be said of it.
    pub(super) fn finish(self, field: Option<(String, Text)>, dates: &[Date]) -> (Option<Moves>, Vec<DataFinding>) {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        // The one that would come next.
        state.snapshots.pop();
        if state.blind {
            return (None, Vec::new());
        }
        let present = |(status, _): &Seen| status.iter().flatten().count() as u64;
        let identified: Vec<u64> = state.snapshots.iter().map(present).collect();
        if identified.contains(&0) {
            let message = text!(
                "un relevé n'a pas d'identifiants : qui a changé n'est pas connu",
                "a snapshot has no identifiers: who changed is not known"
            );
            let told = identified.iter().any(|n| *n > 0) || field.is_some();
            return (None, if told { vec![said("trend/no-identifier", message, None)] } else { Vec::new() });
        }
        let count = state.snapshots.len();
        let mut transitions: Vec<Passage> = (1..count).map(|to| state.transition(to - 1, to)).collect();
        let mut findings = Vec::new();
        for step in transitions.iter().filter(|step| step.both == 0) {
            let (from, to) = (dates[step.from], dates[step.to]);
            findings.push(said(
                "trend/no-match",
                text!(
                    "aucun identifiant commun aux relevés du {from} et du {to} : les partants et les nouveaux n'en sont peut-être pas",
                    "no identifier is in both snapshots of {from} and {to}: who left and who arrived may be the same"
                ),
                Some(text!(
                    "les masquer sous la même clé (`--mask`), les écrire dans le même schéma",
                    "mask them under the same key (`--mask`), write them in the same scheme"
                )),
            ));
        }
        if count > 2 {
            transitions.push(state.transition(0, count - 1));
        }
        let failing = (0..state.rules).map(|rule| {
            let mut since = vec![0; count];
            let present = |place: &usize| {
                let last = state.snapshots.last();
                last.is_some_and(|(status, _)| status.get(*place).copied().flatten().is_some())
            };
            for place in (0..state.places.len()).filter(present) {
                let number = state.since.get(place * state.rules + rule).copied().unwrap_or(0);
                if let Some(n) = since.get_mut(usize::from(number).wrapping_sub(1)) {
                    *n += 1;
                }
            }
            Since(since)
        });
        let failing = failing.collect();
        (Some(Moves { identified, transitions, field, failing }), findings)
    }
}

fn said(code: &'static str, message: Text, help: Option<Text>) -> DataFinding {
    DataFinding { code, field: None, message, help, count: 1, distinct: None, first: None }
}

impl State {
    fn words(&self) -> usize {
        self.rules.div_ceil(64)
    }

    fn value(&self, number: u32) -> GroupValue {
        self.values.get(number as usize).cloned().unwrap_or(GroupValue::Several)
    }

    fn number(&mut self, value: &GroupValue) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let number = self.values.len() as u32;
        self.values.push(value.clone());
        self.numbers.insert(value.clone(), number);
        number
    }

    fn transition(&self, from: usize, to: usize) -> Passage {
        let (earlier, later) = (&self.snapshots[from], &self.snapshots[to]);
        let at = |(status, values): &Seen, place: usize| Some((status.get(place).copied().flatten()?, values[place]));
        let mut status: BTreeMap<(Status, Status), u64> = BTreeMap::new();
        let mut numbers: HashMap<(Option<u32>, Option<u32>), u64> = HashMap::new();
        let (mut both, mut arrived, mut left) = (0, 0, 0);
        for place in 0..self.places.len() {
            let pair = (at(earlier, place), at(later, place));
            match pair {
                (None, None) => continue,
                (None, Some(_)) => arrived += 1,
                (Some(_), None) => left += 1,
                (Some((before, _)), Some((now, _))) => {
                    both += 1;
                    *status.entry((before, now)).or_default() += 1;
                }
            }
            if self.cut.is_some() {
                *numbers.entry((pair.0.map(|of| of.1), pair.1.map(|of| of.1))).or_default() += 1;
            }
        }
        let mut migration: Vec<_> = numbers
            .into_iter()
            .map(|((from, to), n)| (from.map(|number| self.value(number)), to.map(|number| self.value(number)), n))
            .collect();
        migration.sort();
        Passage {
            from,
            to,
            both,
            arrived,
            left,
            status: status.into_iter().map(|((a, b), n)| (a, b, n)).collect(),
            migration,
        }
    }

    /// Keeps the people of the input.
    fn keep(&mut self) {
        let input = std::mem::take(&mut self.input);
        if self.snapshot.places.is_empty() {
            self.snapshot = input;
            return;
        }
        let words = self.words();
        for (hash, place) in &input.places {
            self.snapshot.add(*hash, &input.person(*place as usize, words), self.rollup);
        }
    }

    fn row(&mut self, view: &RowView<'_>, row: usize, hash: u64, bits: &mut [u64]) {
        bits.fill(0);
        let (fails, better) = bits.split_at_mut(self.words());
        for rule in 0..self.rules {
            let bits = match view.ruling(rule, row) {
                Ruling::Fail => &mut *fails,
                Ruling::Pass | Ruling::Waived | Ruling::Unknown => &mut *better,
                Ruling::NotApplicable => continue,
            };
            bits[rule / 64] |= 1 << (rule % 64);
        }
        let value = match self.cut.and_then(|cut| view.group(cut, row)) {
            Some(value) => self.number(value),
            None => SEVERAL,
        };
        let person = Person { status: view.status(row), value, fails, better };
        self.input.add(hash, &person, self.rollup);
    }
}

/// The ruling that brings a status.
fn ruling_of(status: Status) -> Ruling {
    match status {
        Status::NotApplicable => Ruling::NotApplicable,
        Status::UpToDate => Ruling::Pass,
        Status::Undetermined => Ruling::Unknown,
        Status::Obsolete => Ruling::Fail,
        Status::Waived => Ruling::Waived,
    }
}

impl RowOutput for History {
    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn RowSink + '_>>> {
        self.state.get_mut().unwrap_or_else(PoisonError::into_inner).keep();
        let state = &self.state;
        Ok((0..workers).map(|_| -> Box<dyn RowSink + '_> { Box::new(Gather { state }) }).collect())
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.state.get_mut().unwrap_or_else(PoisonError::into_inner).input = People::default();
        Ok(())
    }
}

struct Gather<'g> {
    state: &'g Mutex<State>,
}

impl RowSink for Gather<'_> {
    fn rows(&mut self, view: &RowView<'_>) -> io::Result<()> {
        // A worker that panicked is reported by its thread.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bits = vec![0; 2 * state.words()];
        for row in (0..view.batch.rows).filter(|row| view.included(*row)) {
            if let Some(hash) = view.identity_hash(row) {
                state.row(view, row, hash, &mut bits);
            }
        }
        Ok(())
    }
}
