//! Rows → what is to be done about each, worked out once for each distinct reading, and counted.

use super::solve::{Case, Part, PartPlan, Solved};
use crate::audit::interned::Interned;
use crate::audit::read::RowOutput;
use crate::engine::{GroupValue, Rollup, RowSink, RowView, Ruling, Status};
use crate::socle::{FieldId, Origin, Socle};
use crate::value::{Date, Datum, Missing};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Distinct readings of a part that a worker remembers.
const REMEMBERED: usize = 1 << 16;

/// What is to be done about an installation.
pub struct InstallationPlan<'p> {
    /// Its status today.
    pub status: Status,
    /// What is to be done, part by part; none when it is up to date.
    pub parts: &'p [&'p PartPlan],
}

/// Makes the sinks of a list by installation, one for each worker.
pub trait PlanOutput {
    /// Names the input that begins next.
    fn input(&mut self, name: &str);

    /// Called before an input is read.
    ///
    /// # Errors
    /// Whatever keeps it from going on.
    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn PlanSink + '_>>>;

    /// Takes back the installations of the input that was begun last.
    ///
    /// # Errors
    /// Whatever keeps it from taking them back.
    fn take_back(&mut self) -> io::Result<()>;
}

/// Receives the installations of an input, batch by batch.
pub trait PlanSink: Send {
    /// Takes an installation of the population that is not up to date.
    ///
    /// # Errors
    /// Whatever keeps it from going on.
    fn installation(&mut self, rows: &RowView<'_>, row: usize, plan: &InstallationPlan<'_>) -> io::Result<()>;

    /// The batch is over.
    ///
    /// # Errors
    /// Whatever keeps it from going on.
    fn end(&mut self, rows: &RowView<'_>) -> io::Result<()>;
}

/// How units are made of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Units {
    /// Each row counts for its own units.
    Rows,
    /// The rows of one PS together.
    Ps(Rollup),
}

/// Status, and what is to be done: numbers of part plans, ascending.
pub(super) type Outline = (Status, Vec<u32>);

/// What was counted, workers together.
#[derive(Default)]
pub(super) struct Counted {
    /// Every distinct thing to do about a part.
    pub(super) plans: Vec<PartPlan>,
    /// Units by outline and group of each `--by`.
    pub(super) units: BTreeMap<Outline, BTreeMap<Vec<GroupValue>, u64>>,
}

/// The rows of a run, counted by what is to be done about them.
pub(super) struct Planner<'p, 'l> {
    parts: &'p [Part<'p>],
    socle: &'p Socle,
    today: Date,
    units: Units,
    /// Of the input being read: kept when another begins, unless it was taken back.
    workers: Vec<Mutex<State>>,
    kept: Vec<State>,
    lists: Vec<&'l mut dyn PlanOutput>,
}

/// What one worker knows.
#[derive(Default)]
struct State {
    /// For each part: plan by raw cells.
    known: Vec<HashMap<Vec<u8>, u32>>,
    plans: Interned<PartPlan>,
    outlines: Interned<Outline>,
    groups: Interned<Vec<GroupValue>>,
    units: HashMap<(u32, u32), u64>,
    ps: HashMap<u64, (u32, Option<u32>)>,
    record: Vec<Datum>,
    key: Vec<u8>,
}

impl<'p, 'l> Planner<'p, 'l> {
    pub(super) fn new(
        parts: &'p [Part<'p>],
        socle: &'p Socle,
        today: Date,
        units: Units,
        lists: Vec<&'l mut dyn PlanOutput>,
    ) -> Planner<'p, 'l> {
        Planner { parts, socle, today, units, workers: Vec::new(), kept: Vec::new(), lists }
    }

    /// Keeps what was counted of the last input; what was worked out for it is forgotten.
    fn keep(&mut self) {
        for worker in self.workers.drain(..) {
            let state = worker.into_inner().unwrap_or_else(PoisonError::into_inner);
            self.kept.push(State { known: Vec::new(), record: Vec::new(), key: Vec::new(), ..state });
        }
    }

    /// What the workers counted, together.
    pub(super) fn finish(mut self) -> Counted {
        let mut plans: BTreeMap<PartPlan, u32> = BTreeMap::new();
        self.keep();
        let workers = self.kept;
        for plan in workers.iter().flat_map(|worker| &worker.plans.list) {
            plans.insert(plan.clone(), 0);
        }
        for (number, place) in (0u32..).zip(plans.values_mut()) {
            *place = number;
        }
        let mut counted = Counted { plans: plans.keys().cloned().collect(), units: BTreeMap::new() };
        let mut ps: HashMap<u64, (Outline, Option<Vec<GroupValue>>)> = HashMap::new();
        for worker in workers {
            let renumbered: Vec<u32> = worker.plans.list.iter().map(|plan| plans[plan]).collect();
            let outline = |number: u32| {
                let (status, parts) = &worker.outlines.list[number as usize];
                let mut parts: Vec<u32> = parts.iter().map(|part| renumbered[*part as usize]).collect();
                parts.sort_unstable();
                (*status, parts)
            };
            for ((plan, groups), units) in &worker.units {
                let groups = worker.groups.list[*groups as usize].clone();
                *counted.units.entry(outline(*plan)).or_default().entry(groups).or_default() += units;
            }
            for (hash, (plan, groups)) in &worker.ps {
                let outline = outline(*plan);
                let groups = groups.map(|groups| worker.groups.list[groups as usize].clone());
                match ps.get_mut(hash) {
                    None => drop(ps.insert(*hash, (outline, groups))),
                    Some((known, values)) => {
                        *known = together(self.units, known, &outline, &counted.plans);
                        *values = merged(values.take(), groups);
                    }
                }
            }
        }
        for (outline, groups) in ps.into_values() {
            *counted.units.entry(outline).or_default().entry(groups.unwrap_or_default()).or_default() += 1;
        }
        counted
    }
}

/// The groups of a PS whose rows are in two places.
fn merged(one: Option<Vec<GroupValue>>, two: Option<Vec<GroupValue>>) -> Option<Vec<GroupValue>> {
    let several = |(one, two): (GroupValue, GroupValue)| if one == two { one } else { GroupValue::Several };
    match (one, two) {
        (Some(one), Some(two)) => Some(one.into_iter().zip(two).map(several).collect()),
        (one, two) => one.or(two),
    }
}

/// What is to be done about two rows of one PS.
fn together(units: Units, one: &Outline, two: &Outline, plans: &[PartPlan]) -> Outline {
    if let Units::Ps(Rollup::Best) = units {
        // The row that needs least is the one to bring up to date; a row that nothing concerns is left out.
        let key = |(status, parts): &Outline| {
            let plans = || parts.iter().map(|part| &plans[*part as usize]);
            let changes = plans().map(|plan| plan.changes.len()).sum::<usize>();
            let stuck = plans().map(|plan| plan.stuck.len()).sum::<usize>();
            let cost = plans().flat_map(|plan| &plan.changes).map(|change| u64::from(change.cost)).sum::<u64>();
            let content: Vec<PartPlan> = plans().cloned().collect();
            (*status == Status::NotApplicable, *status, stuck, changes, cost, content)
        };
        return if key(one) <= key(two) { one.clone() } else { two.clone() };
    }
    let mut parts: Vec<u32> = one.1.iter().chain(&two.1).copied().collect();
    parts.sort_unstable();
    parts.dedup();
    (one.0.max(two.0), parts)
}

impl RowOutput for Planner<'_, '_> {
    fn input(&mut self, name: &str) {
        self.lists.iter_mut().for_each(|list| list.input(name));
    }

    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn RowSink + '_>>> {
        // Raw cells of another input may mean something else: columns are mapped afresh.
        self.keep();
        self.workers.resize_with(workers, || {
            let unknown = vec![Datum::Unknown(Missing::NotCollected); self.socle.fields.len()];
            let known = self.parts.iter().map(|_| HashMap::new()).collect();
            Mutex::new(State { known, record: unknown, ..State::default() })
        });
        let mut lists: Vec<Vec<Box<dyn PlanSink + '_>>> = Vec::new();
        lists.resize_with(workers, Vec::new);
        for list in &mut self.lists {
            for (own, sink) in lists.iter_mut().zip(list.begin(workers)?) {
                own.push(sink);
            }
        }
        let (parts, socle, today, units) = (self.parts, self.socle, self.today, self.units);
        let sinks = self.workers.iter().zip(lists).map(|(state, lists)| -> Box<dyn RowSink + '_> {
            Box::new(PlanRows { parts, socle, today, units, state, lists })
        });
        Ok(sinks.collect())
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.workers.clear();
        self.lists.iter_mut().try_for_each(|list| list.take_back())
    }
}

struct PlanRows<'s> {
    parts: &'s [Part<'s>],
    socle: &'s Socle,
    today: Date,
    units: Units,
    state: &'s Mutex<State>,
    lists: Vec<Box<dyn PlanSink + 's>>,
}

impl RowSink for PlanRows<'_> {
    fn rows(&mut self, rows: &RowView<'_>) -> io::Result<()> {
        // Nobody else works with it; a worker that panicked told so itself.
        let mut state: MutexGuard<'_, State> = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        for row in 0..rows.batch.rows {
            if !rows.included(row) {
                continue;
            }
            let units = rows.units(row);
            let status = rows.status(row);
            let mut parts: Vec<u32> = Vec::new();
            if matches!(status, Status::Obsolete | Status::Undetermined) {
                for (number, part) in self.parts.iter().enumerate() {
                    let concerned =
                        |(rule, _): &(usize, _)| matches!(rows.ruling(*rule, row), Ruling::Fail | Ruling::Unknown);
                    if part.rules.iter().any(concerned) {
                        parts.push(self.plan(number, rows, row, state));
                    }
                }
            }
            if !self.lists.is_empty() && !parts.is_empty() {
                let told: Vec<&PartPlan> = parts.iter().map(|part| &state.plans.list[*part as usize]).collect();
                let plan = InstallationPlan { status, parts: &told };
                self.lists.iter_mut().try_for_each(|list| list.installation(rows, row, &plan))?;
            }
            // Who stands for nobody is to be called, and counts for nothing.
            if units == 0 {
                continue;
            }
            parts.sort_unstable();
            parts.dedup();
            let outline = state.outlines.number((status, parts));
            let groups = state.groups.number(rows.groups(row).cloned().collect());
            match (self.units, rows.identity_hash(row)) {
                (Units::Ps(_), Some(ps)) => state.add_ps(self.units, ps, outline, groups),
                _ => *state.units.entry((outline, groups)).or_default() += units,
            }
        }
        self.lists.iter_mut().try_for_each(|list| list.end(rows))
    }
}

impl PlanRows<'_> {
    /// The number of what is to be done about a part of a row.
    fn plan(&self, number: usize, rows: &RowView<'_>, row: usize, state: &mut State) -> u32 {
        let part = &self.parts[number];
        state.key.clear();
        rows.raw_key(row, &part.fields, &mut state.key);
        if let Some(plan) = state.known[number].get(&state.key) {
            return *plan;
        }
        rows.read(row, &part.fields, &mut state.record);
        let derived = |field: &&FieldId| rows.origin(row, **field) == Some(Origin::Derived);
        let derived: Vec<FieldId> = part.told.iter().filter(derived).copied().collect();
        let subject = if part.told.is_empty() { None } else { rows.subject(row) };
        let case = Case { socle: self.socle, today: self.today, subject: subject.as_ref(), derived: &derived };
        let Solved { plan, .. } = part.solve(&mut state.record, &case);
        for field in &part.fields {
            state.record[usize::from(field.0)] = Datum::Unknown(Missing::NotCollected);
        }
        let plan = state.plans.number(plan);
        if state.known[number].len() >= REMEMBERED {
            state.known[number].clear();
        }
        state.known[number].insert(state.key.clone(), plan);
        plan
    }
}

impl State {
    fn add_ps(&mut self, units: Units, ps: u64, outline: u32, groups: u32) {
        match self.ps.get(&ps).copied() {
            None => drop(self.ps.insert(ps, (outline, Some(groups)))),
            // SPEED: the rows of one PS are often alike.
            Some(known) if known == (outline, Some(groups)) => {}
            Some((known, values)) => {
                let (one, two) = (&self.outlines.list[known as usize], &self.outlines.list[outline as usize]);
                let both = together(units, one, two, &self.plans.list);
                let both = self.outlines.number(both);
                let values = values.map(|values| self.groups.list[values as usize].clone());
                let values = merged(values, Some(self.groups.list[groups as usize].clone()));
                let values = values.map(|values| self.groups.number(values));
                self.ps.insert(ps, (both, values));
            }
        }
    }
}
