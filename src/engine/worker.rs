//! One worker: batches of columns → classes → signatures → counts.

use super::binding::{Bound, BoundSlot, RowClasses, Work};
use super::class::{Classes, Member, UNORDERED};
use super::combo::NONE;
use super::cut::{CutState, Judged};
use super::program::Program;
use super::ps::{PsRow, PsTable, Rollup, count_unit, hash_of};
use super::ruling::Ruling;
use super::signature::{ADVICE, FAIL, GroupState, ORDERS, PASS, STATUS_SIZE, UNKNOWN, WAIVED};
use super::tally::{GroupValue, Seen, Status, Tally};
use crate::inventory::Batch;
use crate::lookup::look_up;
use crate::socle::{FieldId, IdentifierClass, Manner, Origin, Socle, Stated, Subject};
use crate::value::{Datum, Missing};
use std::collections::BTreeSet;

/// What is counted, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Rows.
    Rows,
    /// The weight of each row, read by this slot.
    Weights(usize),
    /// Health professionals.
    Ps(Rollup),
}

/// How an input gives what a run needs.
#[derive(Clone, Debug)]
pub struct Binding {
    /// One entry a slot of the program.
    pub slots: Vec<Bound>,
    /// For each slot, whether blank means no.
    pub blank_is_no: Vec<bool>,
    /// The field that identifies the PS, and the place in the selection of its raw column.
    pub identifier: Option<(FieldId, usize)>,
    /// The schemes that the header of its column states.
    pub stated: Stated,
}

/// Receives the verdicts of the rows, batch by batch.
pub trait RowSink: Send {
    /// Takes the rows of a batch; batches of an input come in any order, each once.
    ///
    /// # Errors
    /// Whatever keeps it from going on; the scan then stops.
    fn rows(&mut self, rows: &RowView<'_>) -> std::io::Result<()>;

    /// Takes the rows of a batch as each program of the run judged them; those of the first, unless the sink asks more.
    ///
    /// # Errors
    /// Those of [`RowSink::rows`].
    fn all(&mut self, views: &[RowView<'_>]) -> std::io::Result<()> {
        views.first().map_or(Ok(()), |first| self.rows(first))
    }
}

/// One worker of a run. Workers share nothing: their tallies are added at the end.
pub struct Worker<'p> {
    program: &'p Program<'p>,
    counting: Counting,
    classes: Vec<Classes>,
    groups: Vec<GroupState>,
    slots: Vec<BoundSlot>,
    identifier: Option<(FieldId, usize)>,
    stated: Stated,
    input: usize,
    rows: Vec<RowClasses>,
    signatures: Vec<Vec<u32>>,
    /// Combinations of classes of each row, for the group being signed.
    keys: Vec<u32>,
    bits: Vec<Vec<u8>>,
    /// Units of each row, where they are not all 1 (a filter, weights).
    units: Vec<u64>,
    /// Rows by status bits, a view.
    status: Vec<[u64; STATUS_SIZE]>,
    cuts: Vec<CutState>,
    ps: PsTable,
    scratch: Vec<Datum>,
    /// Of the input being read.
    tally: Tally,
    /// Of the inputs that ended well.
    kept: (Tally, PsTable),
}

/// The rows of a batch with their verdicts.
pub struct RowView<'v> {
    /// The batch.
    pub batch: &'v Batch<'v>,
    worker: &'v Worker<'v>,
}

impl<'p> Worker<'p> {
    /// A worker for a program.
    #[must_use]
    pub fn new(program: &'p Program<'p>, counting: Counting) -> Worker<'p> {
        let views = program.views();
        let unknown = Datum::Unknown(Missing::NotCollected);
        Worker {
            program,
            counting,
            classes: program.slots.iter().map(|_| Classes::default()).collect(),
            groups: program.groups.iter().map(|group| GroupState::new(group, views)).collect(),
            slots: Vec::new(),
            identifier: None,
            stated: Stated::default(),
            input: 0,
            rows: program.slots.iter().map(|_| RowClasses::Constant(0)).collect(),
            signatures: vec![Vec::new(); program.groups.len()],
            keys: Vec::new(),
            bits: vec![Vec::new(); views],
            units: Vec::new(),
            status: vec![[0; STATUS_SIZE]; views],
            cuts: program.cuts.iter().map(|_| CutState::default()).collect(),
            ps: new_ps(program, counting),
            scratch: vec![unknown; program.socle.fields.len()],
            tally: new_tally(program),
            kept: (new_tally(program), new_ps(program, counting)),
        }
    }

    /// The socle of the program.
    #[must_use]
    pub fn socle(&self) -> &'p Socle {
        self.program.socle()
    }

    /// A field that the population is cut by, when that makes more groups than can be told apart.
    #[must_use]
    pub fn crowded(&self) -> Option<FieldId> {
        let cuts = self.program.cuts.iter().zip(&self.cuts);
        let cut = cuts.map(|(cut, state)| (cut, state.cells(cut, &self.classes)));
        self.program.crowded_in(cut)
    }

    /// Turns to another input; what was counted of the one before was kept or dropped.
    pub fn bind(&mut self, input: usize, binding: &Binding) {
        self.input = input;
        self.identifier = binding.identifier;
        self.stated = binding.stated;
        self.slots = binding
            .slots
            .iter()
            .zip(&binding.blank_is_no)
            .enumerate()
            .map(|(slot, (bound, blank))| {
                let manner = Manner { blank_is_no: *blank, stated: binding.stated };
                BoundSlot::new(self.program, slot, bound.clone(), manner)
            })
            .collect();
        for (group, state) in self.program.groups.iter().zip(&mut self.groups) {
            state.prepare(group, &self.classes);
        }
    }

    fn close_input(&mut self) {
        for (slot, bound) in self.program.slots.iter().zip(&self.slots) {
            if let Some(marks) = bound.marks() {
                let mut tally = Tally::default();
                tally.marks.insert(slot.field, marks);
                self.tally.add(tally);
            }
        }
        self.slots.clear();
    }

    /// Judges and counts a batch.
    pub fn batch(&mut self, batch: &Batch<'_>) {
        if batch.rows == 0 {
            return;
        }
        for slot in 0..self.slots.len() {
            let mut work = Work {
                program: self.program,
                slot,
                classes: &mut self.classes[slot],
                batch,
                input: self.input,
                scratch: &mut self.scratch,
                tally: &mut self.tally,
            };
            self.slots[slot].classes(&mut work, &mut self.rows[slot]);
        }
        for bits in &mut self.bits {
            bits.clear();
            bits.resize(batch.rows, 0);
        }
        self.weigh(batch);
        let rolls_up = matches!(self.counting, Counting::Ps(_));
        for group in 0..self.program.groups.len() - usize::from(self.program.has_filter) {
            self.sign(group, batch.rows);
            self.mark(group);
            self.count_covered(group);
            if !rolls_up {
                add_up(&mut self.groups[group].histogram, &self.signatures[group], &self.units);
            }
        }
        if rolls_up {
            self.roll_up(batch);
        } else {
            self.count(batch.rows);
        }
    }

    /// The rows of the batch just judged (or, for their texts alone, of any batch of the bound input).
    #[must_use]
    pub fn view<'v>(&'v self, batch: &'v Batch<'v>) -> RowView<'v> {
        RowView { batch, worker: self }
    }

    /// Sets the units of each row: the filter and the weights.
    fn weigh(&mut self, batch: &Batch<'_>) {
        self.units.clear();
        if let Counting::Weights(slot) = self.counting {
            let classes = &self.classes[slot].list;
            match &self.rows[slot] {
                RowClasses::Constant(class) => {
                    self.units.resize(batch.rows, classes[*class as usize].weight.unwrap_or(0))
                }
                RowClasses::Each(rows) => {
                    self.units.extend(rows.iter().map(|class| classes[*class as usize].weight.unwrap_or(0)));
                }
            }
            let weight = |row: usize| match &self.rows[slot] {
                RowClasses::Constant(class) => classes[*class as usize].weight,
                RowClasses::Each(rows) => classes[rows[row] as usize].weight,
            };
            for row in (0..batch.rows).filter(|row| weight(*row).is_none()) {
                Seen::note(&mut self.tally.weightless, 1, self.input, batch, row);
            }
        }
        let mut kept = batch.rows as u64;
        if self.program.has_filter {
            let filter = self.program.groups.len() - 1;
            self.sign(filter, batch.rows);
            self.units.resize(batch.rows, 1);
            let verdicts = &self.groups[filter].signatures;
            for (units, signature) in self.units.iter_mut().zip(&self.signatures[filter]) {
                match verdicts[*signature as usize].rulings[0] {
                    Ruling::Pass => continue,
                    Ruling::Unknown => self.tally.filter_unknown += 1,
                    Ruling::Fail | Ruling::NotApplicable | Ruling::Waived => {}
                }
                *units = 0;
                kept -= 1;
            }
        }
        self.tally.rows += kept;
    }

    /// Finds the signature of each row for one group.
    fn sign(&mut self, group: usize, rows: usize) {
        let shape = &self.program.groups[group];
        let state = &mut self.groups[group];
        state.prepare(shape, &self.classes);
        let (out, keys) = (&mut self.signatures[group], &mut self.keys);
        keys.clear();
        if !state.table.has_room() {
            // Codes that fit in no key: nothing can be looked up, each row is judged afresh.
            out.clear();
            for row in 0..rows {
                let member = |slot: &usize| self.classes[*slot].member(self.rows[*slot].at(row));
                let members: Vec<Member<'_>> = shape.slots.iter().map(member).collect();
                out.push(state.signature(self.program, shape, &members, 0, &mut self.scratch));
            }
            return;
        }
        let shifts: Vec<u32> = state.table.shifts().collect();
        let mut fixed = 0u64;
        let mut moving: Vec<(&[u32], u32)> = Vec::new();
        for (slot, shift) in shape.slots.iter().zip(&shifts) {
            match &self.rows[*slot] {
                RowClasses::Constant(class) => fixed |= u64::from(*class) << shift,
                RowClasses::Each(rows) => moving.push((rows, *shift)),
            }
        }
        let classes = &self.classes;
        let mut parts: Vec<(&Classes, u32, u64)> = Vec::new();
        for ((slot, from), to) in shape.slots.iter().zip(&shifts).zip(shifts.iter().skip(1).chain([&63])) {
            parts.push((&classes[*slot], *from, (1 << (to - from)) - 1));
        }
        let mut members = Vec::new();
        let mut judge = |state: &mut GroupState, key: u64, scratch: &mut [Datum]| {
            members.clear();
            members.extend(parts.iter().map(|(classes, shift, mask)| classes.member((key >> shift & mask) as usize)));
            state.signature(self.program, shape, &members, key, scratch)
        };
        if moving.is_empty() {
            let signature = if shape.slots.is_empty() {
                state.signature(self.program, shape, &[], 0, &mut self.scratch)
            } else {
                judge(state, fixed, &mut self.scratch)
            };
            out.clear();
            out.resize(rows, signature);
            return;
        }
        if let Some(operands) = shape.comparison
            && let [RowClasses::Each(left), RowClasses::Each(right)] = operands.map(|(slot, _)| &self.rows[slot])
        {
            // SPEED: a hundred thousand pairs of versions have three orders, and need no table.
            let [left_order, right_order] = operands.map(|(slot, place)| self.classes[slot].orders(place));
            let order = |row: usize| {
                let (left, right) = (left_order(left[row]), right_order(right[row]));
                let sorted = left != UNORDERED && right != UNORDERED;
                if sorted { usize::from(left >= right) + usize::from(left > right) } else { ORDERS }
            };
            out.clear();
            out.extend((0..rows).map(|row| state.by_order[order(row)]));
            for (row, signature) in out.iter_mut().enumerate().filter(|(_, signature)| **signature == NONE) {
                let key = moving.iter().fold(fixed, |key, (column, shift)| key | u64::from(column[row]) << shift);
                *signature = state.table.get(key);
                if *signature == NONE {
                    *signature = judge(state, key, &mut self.scratch);
                }
                if order(row) < ORDERS {
                    state.by_order[order(row)] = *signature;
                }
            }
        } else if state.table.is_dense() {
            // SPEED: keys fit in 32 bits, and each pass over a column is a few vector instructions a row.
            let fixed = fixed as u32;
            let (first, shift) = moving[0];
            match moving.get(1) {
                None => keys.extend(first.iter().map(|class| fixed | class << shift)),
                Some((second, by)) => {
                    keys.extend(first.iter().zip(*second).map(|(one, two)| fixed | one << shift | two << by));
                }
            }
            for (column, shift) in moving.iter().skip(2) {
                for (key, class) in keys.iter_mut().zip(*column) {
                    *key |= class << shift;
                }
            }
            out.resize(rows, NONE);
            let seen = look_up(state.table.dense(), keys, out);
            // NONE is all ones, and no signature has its highest bit.
            if seen & !(NONE >> 1) != 0 {
                for (key, signature) in keys.iter().zip(out).filter(|(_, signature)| **signature == NONE) {
                    *signature = judge(state, u64::from(*key), &mut self.scratch);
                }
            }
        } else {
            out.clear();
            out.extend((0..rows).map(|row| {
                let key = moving.iter().fold(fixed, |key, (column, shift)| key | u64::from(column[row]) << shift);
                let signature = state.table.get(key);
                if signature == NONE { judge(state, key, &mut self.scratch) } else { signature }
            }));
        }
    }

    /// Adds the status bits of one group's signatures to the rows.
    fn mark(&mut self, group: usize) {
        let state = &self.groups[group];
        for (bits, of_signature) in self.bits.iter_mut().zip(&state.bits) {
            if of_signature.iter().all(|bits| *bits == 0) {
                continue;
            }
            for (bits, signature) in bits.iter_mut().zip(&self.signatures[group]) {
                *bits |= of_signature[*signature as usize];
            }
        }
    }

    /// Counts the rows of the population that waivers cover.
    fn count_covered(&mut self, group: usize) {
        if !self.program.groups[group].has_waiver {
            return;
        }
        for (row, signature) in self.signatures[group].iter().enumerate() {
            let covering = &self.groups[group].signatures[*signature as usize].covering;
            if covering.is_empty() || self.units.get(row) == Some(&0) {
                continue;
            }
            for number in covering {
                if self.tally.covered.len() <= *number {
                    self.tally.covered.resize(number + 1, 0);
                }
                self.tally.covered[*number] += 1;
            }
        }
    }

    /// Counts the rows of a batch, one unit or their weight each.
    fn count(&mut self, rows: usize) {
        for (status, bits) in self.status.iter_mut().zip(&self.bits) {
            if self.units.is_empty() {
                bits.iter().for_each(|bits| status[usize::from(*bits) % STATUS_SIZE] += 1);
            } else {
                bits.iter()
                    .zip(&self.units)
                    .for_each(|(bits, units)| status[usize::from(*bits) % STATUS_SIZE] += units);
            }
        }
        let judged = Judged {
            rows,
            classes: &self.classes,
            row_classes: &self.rows,
            units: &self.units,
            bits: &self.bits[0],
            groups: &self.groups,
            signatures: &self.signatures,
        };
        for (cut, state) in self.program.cuts.iter().zip(&mut self.cuts) {
            state.count(cut, &judged);
        }
    }

    /// Adds the rows of a batch to their PS.
    fn roll_up(&mut self, batch: &Batch<'_>) {
        let advisory = self.program.advisory();
        let mut rulings = Vec::new();
        for row in 0..batch.rows {
            if self.units.get(row) == Some(&0) {
                continue;
            }
            rulings.clear();
            rulings.extend((0..self.program.rules_counted()).map(|rule| self.ruling_and_expiry(rule, row)));
            let status: Vec<Status> = self.bits.iter().map(|bits| status_of(bits[row])).collect();
            // Of fields apart: the tally and the PS are written to.
            let groups: Vec<&GroupValue> = groups_of(self.program, &self.rows, &self.classes, row).collect();
            let identifier = self.identifier.map(|(_, column)| batch.text(column, row)).unwrap_or_default();
            let class = self.identifier.map_or(IdentifierClass::Blank, |(field, _)| {
                self.program.socle.class_stated(field, self.stated, identifier.as_bytes())
            });
            // A number that a spreadsheet rounded would make one PS of several.
            let Some(identity) = self.program.socle.identity_of(class, &identifier) else {
                Seen::note(&mut self.tally.anonymous, 1, self.input, batch, row);
                count_unit(&mut self.tally, &rulings, &status, &groups, &advisory, &self.program.cuts);
                continue;
            };
            self.ps.add_row(&identity, &PsRow { rulings: &rulings, status: &status, groups: &groups });
            if let Some(schemes) = class.schemes() {
                *self.tally.schemes.entry(self.program.socle.named_schemes(schemes)).or_default() += 1;
            }
        }
    }

    fn groups_of(&self, row: usize) -> impl Iterator<Item = &GroupValue> {
        groups_of(self.program, &self.rows, &self.classes, row)
    }

    fn ruling_and_expiry(&self, rule: usize, row: usize) -> (Ruling, [bool; 2]) {
        let (group, place) = self.program.home[rule];
        let signature = &self.groups[group].signatures[self.signatures[group][row] as usize];
        let expires = signature.expires[place];
        let within = |window: &Option<_>| expires.zip(*window).is_some_and(|(date, until)| date <= until);
        (signature.rulings[place], [within(&self.program.windows[0]), within(&self.program.windows[1])])
    }

    /// Keeps what was counted of the input: it ended well.
    pub fn keep(&mut self) {
        self.settle();
        let (tally, ps) = self.take_counts();
        self.kept.0.add(tally);
        if self.kept.1.len() == 0 {
            self.kept.1 = ps;
        } else {
            self.kept.1.add(ps);
        }
    }

    /// Drops what was counted of the input: it turned out to be bad.
    pub fn drop_counts(&mut self) {
        self.take_counts();
    }

    /// What was counted of the input, of which nothing is left.
    fn take_counts(&mut self) -> (Tally, PsTable) {
        self.slots.clear();
        self.groups.iter_mut().for_each(|group| group.histogram.fill(0));
        self.status.fill([0; STATUS_SIZE]);
        self.cuts.fill_with(CutState::default);
        let tally = std::mem::replace(&mut self.tally, new_tally(self.program));
        (tally, std::mem::replace(&mut self.ps, new_ps(self.program, self.counting)))
    }

    /// What this worker and the others counted and kept, together, and how many PS there are (when they are counted).
    #[must_use]
    pub fn finish(self, others: Vec<Worker<'p>>) -> (Tally, u64) {
        let (mut tally, mut ps) = self.kept;
        for Worker { kept: (theirs, their_ps), .. } in others {
            tally.add(theirs);
            ps.add(their_ps);
        }
        let advisory = self.program.advisory();
        ps.count(&mut tally, &advisory, &self.program.cuts);
        let anonymous = tally.anonymous.map_or(0, |seen| seen.count);
        (tally, ps.len() + anonymous)
    }

    /// Turns histograms into counts.
    fn settle(&mut self) {
        self.close_input();
        if let Counting::Ps(_) = self.counting {
            return;
        }
        for (group, state) in self.program.groups.iter().zip(&self.groups) {
            for (signature, units) in state.signatures.iter().zip(&state.histogram) {
                for (place, rule) in group.rules.iter().enumerate() {
                    let Some(counts) = self.tally.rules.get_mut(*rule) else { continue };
                    counts[signature.rulings[place] as usize] += units;
                    for (window, until) in self.program.windows.iter().enumerate() {
                        if signature.expires[place].zip(*until).is_some_and(|(date, until)| date <= until) {
                            self.tally.expiring[*rule][window] += units;
                        }
                    }
                }
            }
        }
        for (view, by_bits) in self.status.iter().enumerate() {
            for (bits, units) in (0u8..).zip(by_bits) {
                let status = status_of(bits);
                self.tally.status[view][status as usize] += units;
                if view == 0 {
                    self.tally.units += units;
                    if status == Status::UpToDate && bits & ADVICE != 0 {
                        self.tally.up_to_date_with_advice += units;
                    }
                }
            }
        }
        for (by, (cut, state)) in self.program.cuts.iter().zip(&self.cuts).enumerate() {
            for (key, group) in state.groups(self.program, cut, &self.classes, &self.groups) {
                self.tally.by[by].entry(key).or_default().add(&group);
            }
        }
    }
}

fn new_tally(program: &Program<'_>) -> Tally {
    Tally::new(program.rules_counted(), program.views(), program.cuts.len())
}

fn new_ps(program: &Program<'_>, counting: Counting) -> PsTable {
    let rollup = if let Counting::Ps(rollup) = counting { rollup } else { Rollup::Worst };
    let by = program.cuts.iter().map(|cut| cut.parts.len()).sum();
    PsTable::new(program.rules_counted(), program.views(), by, program.has_waivers(), rollup)
}

/// The value of each expression of the cuts on a row.
fn groups_of<'w>(
    program: &'w Program<'_>,
    rows: &'w [RowClasses],
    classes: &'w [Classes],
    row: usize,
) -> impl Iterator<Item = &'w GroupValue> {
    program.cuts.iter().flat_map(|cut| &cut.parts).map(move |(slot, place)| {
        let class = rows[*slot].at(row);
        &classes[*slot].groups[*place].values[classes[*slot].list[class].by[*place] as usize]
    })
}

/// Adds units (or 1) to the histogram of signatures.
fn add_up(histogram: &mut [u64], signatures: &[u32], units: &[u64]) {
    if !units.is_empty() {
        for (signature, units) in signatures.iter().zip(units) {
            histogram[*signature as usize] += units;
        }
        return;
    }
    // SPEED: most rows have one of a few signatures, and a counter that was just written is slow to read
    // again: four counters take turns. Of many signatures, two rows in a row seldom have the same.
    if histogram.len() > 256 {
        signatures.iter().for_each(|signature| histogram[*signature as usize] += 1);
        return;
    }
    let mut lanes = vec![[0u32; 4]; histogram.len()];
    let mut fours = signatures.chunks_exact(4);
    for four in &mut fours {
        for (lane, signature) in four.iter().enumerate() {
            lanes[*signature as usize][lane] += 1;
        }
    }
    for signature in fours.remainder() {
        lanes[*signature as usize][0] += 1;
    }
    for (total, lanes) in histogram.iter_mut().zip(lanes) {
        *total += lanes.into_iter().map(u64::from).sum::<u64>();
    }
}

/// The status that status bits mean.
pub(super) fn status_of(bits: u8) -> Status {
    if bits & FAIL != 0 {
        Status::Obsolete
    } else if bits & UNKNOWN != 0 {
        Status::Undetermined
    } else if bits & WAIVED != 0 {
        Status::Waived
    } else if bits & PASS != 0 {
        Status::UpToDate
    } else {
        Status::NotApplicable
    }
}

impl RowView<'_> {
    /// Whether the row belongs to the population (the filter holds).
    #[must_use]
    pub fn included(&self, row: usize) -> bool {
        if !self.worker.program.has_filter {
            return true;
        }
        let filter = self.worker.program.groups.len() - 1;
        let signature = self.worker.signatures[filter][row] as usize;
        self.worker.groups[filter].signatures[signature].rulings[0] == Ruling::Pass
    }

    /// The row's status by all packs.
    #[must_use]
    pub fn status(&self, row: usize) -> Status {
        status_of(self.worker.bits[0][row])
    }

    /// Units that the row counts for when rows are not rolled up: 0 outside the population.
    #[must_use]
    pub fn units(&self, row: usize) -> u64 {
        self.worker.units.get(row).copied().unwrap_or(1)
    }

    /// The value of each expression of the cuts on the row, in their order.
    pub fn groups(&self, row: usize) -> impl Iterator<Item = &GroupValue> {
        self.worker.groups_of(row)
    }

    /// By what the row finds its product in the catalogue, when some field read is told there.
    #[must_use]
    pub fn subject(&self, row: usize) -> Option<Subject> {
        let program = self.worker.program;
        self.worker.slots.iter().find_map(|slot| slot.subject(program, self.batch, row))
    }

    /// What a rule and its waivers say of the row.
    #[must_use]
    pub fn ruling(&self, rule: usize, row: usize) -> Ruling {
        let (group, place) = self.worker.program.home[rule];
        let worker = self.worker;
        worker.groups[group].signatures[worker.signatures[group][row] as usize].rulings[place]
    }

    /// The text of the row's identifier, as found or masked; empty when there is no such column. A row of documents
    /// that has none is known by the name of its document.
    #[must_use]
    pub fn identifier(&self, row: usize) -> std::borrow::Cow<'_, str> {
        let found = self.worker.identifier.map(|(field, column)| (field, self.batch.text(column, row)));
        let (socle, stated) = (self.worker.program.socle, self.worker.stated);
        match (found, self.batch.document()) {
            (Some((field, text)), None) => socle.shown_identifier(field, stated, text),
            (Some((field, text)), Some(_)) if !text.trim().is_empty() => socle.shown_identifier(field, stated, text),
            (_, document) => document.unwrap_or_default().into(),
        }
    }

    /// Whom the row is about, the same for all spellings of an identifier and never masked: for fingerprints, never
    /// for outputs. `None` when nothing names it.
    #[must_use]
    pub fn plain_identity(&self, row: usize) -> Option<String> {
        let found = self.worker.identifier.map(|(field, column)| (field, self.batch.text(column, row)));
        let (socle, stated) = (self.worker.program.socle, self.worker.stated);
        let named =
            found.and_then(|(field, text)| socle.plain_identity(field, stated, &text).map(|who| who.into_owned()));
        named.or_else(|| self.batch.document().map(str::to_owned))
    }

    /// A hash of whom the row's identifier names, see [`Socle::identity`]; `None` when there is no identifier.
    ///
    /// [`Socle::identity`]: crate::socle::Socle::identity
    #[must_use]
    pub fn identity_hash(&self, row: usize) -> Option<u64> {
        let (field, column) = self.worker.identifier?;
        let text = self.batch.text(column, row);
        self.worker.program.socle.identity(field, self.worker.stated, &text).map(|identity| hash_of(&identity))
    }

    /// What is known of some fields of the row, read afresh: `out` has one datum a field of the socle.
    pub fn read(&self, row: usize, fields: &BTreeSet<FieldId>, out: &mut [Datum]) {
        let program = self.worker.program;
        for field in fields {
            let slot = program.slot(*field).and_then(|slot| self.worker.slots.get(slot));
            out[usize::from(field.0)] = slot.map_or(Datum::Unknown(Missing::NotCollected), |bound| {
                bound.reading(program, *field, self.batch, row).0.datum
            });
        }
    }

    /// The text of a field on the row, as found, that of its columns together; empty when there is none.
    #[must_use]
    pub fn text(&self, row: usize, field: FieldId) -> String {
        let slot = self.worker.program.slot(field).and_then(|slot| self.worker.slots.get(slot));
        let texts = slot.into_iter().flat_map(BoundSlot::columns).map(|column| self.batch.text(column, row));
        texts.filter(|text| !text.trim().is_empty()).map(|text| text.trim().to_owned()).collect::<Vec<_>>().join(" ")
    }

    /// Where a field's value on the row comes from, when the catalogue tells it too.
    #[must_use]
    pub fn origin(&self, row: usize, field: FieldId) -> Option<Origin> {
        let program = self.worker.program;
        let bound = program.slot(field).and_then(|slot| self.worker.slots.get(slot))?;
        bound.reading(program, field, self.batch, row).1
    }

    /// Appends the raw cells that give some fields of the row: equal for rows on which they read the same.
    pub fn raw_key(&self, row: usize, fields: &BTreeSet<FieldId>, key: &mut Vec<u8>) {
        for field in fields {
            let slot = self.worker.program.slot(*field).and_then(|slot| self.worker.slots.get(slot));
            for column in slot.into_iter().flat_map(BoundSlot::columns) {
                let raw = self.batch.raw(column, row);
                key.extend((raw.len() as u64).to_le_bytes());
                key.extend(raw);
            }
        }
    }

    /// The value of the row by the first expression of a cut.
    #[must_use]
    pub fn group(&self, cut: usize, row: usize) -> Option<&GroupValue> {
        let (slot, place) = *self.worker.program.cuts.get(cut)?.parts.first()?;
        let classes = &self.worker.classes[slot];
        let value = classes.list[self.worker.rows[slot].at(row)].by[place];
        classes.groups[place].values.get(value as usize)
    }

    /// Whether the row's identifier is this one, however it is spelled, masked or not.
    #[must_use]
    pub fn is_of(&self, row: usize, id: &str) -> bool {
        let Some((field, column)) = self.worker.identifier else { return false };
        let (socle, stated) = (self.worker.program.socle, self.worker.stated);
        let text = self.batch.text(column, row);
        let identity = socle.identity(field, stated, &text);
        if text.trim() == id.trim() {
            return socle.class_stated(field, stated, text.as_bytes()) != IdentifierClass::Personal;
        }
        identity.is_some()
            && [stated, Stated::default()].iter().any(|stated| identity == socle.identity(field, *stated, id))
    }

    /// The bytes of the row's identifier when they are its text as outputs show it.
    #[must_use]
    pub fn plain_identifier(&self, row: usize) -> Option<&[u8]> {
        let (_, column) = self.worker.identifier?;
        let raw = self.batch.raw(column, row);
        self.worker.program.socle.shows_as_is(raw).then_some(raw)
    }

    /// Letters of all verdicts, each after a separator, rows one after the other: 2 bytes a rule.
    pub fn letters(&self, separator: u8, out: &mut Vec<u8>) {
        let worker = self.worker;
        let rules = worker.program.rules_counted();
        out.clear();
        if self.batch.rows == 0 {
            return;
        }
        out.resize(self.batch.rows * rules * 2, separator);
        for (group, shape) in worker.program.groups.iter().enumerate() {
            for (place, rule) in shape.rules.iter().enumerate().filter(|(_, rule)| **rule < rules) {
                let letters: Vec<u8> =
                    worker.groups[group].signatures.iter().map(|signature| signature.rulings[place].letter()).collect();
                let cells = out[rule * 2 + 1..].iter_mut().step_by(rules * 2);
                for (cell, signature) in cells.zip(&worker.signatures[group]) {
                    *cell = letters[*signature as usize];
                }
            }
        }
    }
}
