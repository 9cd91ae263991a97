//! Who changes status from one pack to another, and why: both judge the same rows of one reading, each with its own socle.

use super::Side;
use crate::audit::findings;
use crate::audit::interned::Interned;
use crate::audit::read::{self, Input, RowOutput};
use crate::audit::report::{Basis, StatusCounts, Unit};
use crate::audit::survey::{Survey, basis};
use crate::diag::{Diagnostic, Text};
use crate::engine::{Cut, GroupValue, Program, Rollup, RowSink, RowView, Ruling, Status};
use crate::pack::condition::{Env, Expr};
use crate::pack::{Level, Rule, decisions};
use crate::socle::{FieldId, Socle};
use crate::value::{Date, Datum, Missing, Truth, Verdict};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::{Mutex, PoisonError};

/// Distinct readings whose lines are remembered, a worker.
const REMEMBERED: usize = 1 << 16;

/// What is asked of the impact.
#[derive(Clone, Debug)]
pub struct ImpactOptions {
    /// How the inventories are read, and what is counted.
    pub survey: Survey,
    /// Fields or attributes to cut the population by.
    pub by: Vec<String>,
}

/// Units by old status, then by new status: not applicable, up to date, undetermined, obsolete.
pub type Matrix = [[u64; 4]; 4];

/// The impact of a new pack. All counts are in the unit of the basis.
#[derive(Clone, Debug)]
pub struct PackImpact {
    /// What it rests on: the new pack.
    pub basis: Basis,
    /// Who goes from which status to which.
    pub status: Matrix,
    /// Rules on which some unit's verdict differs: the blocking ones first, then the most.
    pub rules: Vec<RuleImpact>,
    /// For each `--by`: its name and its groups, the largest first.
    pub by: Vec<(String, Text, Vec<ImpactGroup>)>,
}

/// A group of a breakdown.
#[derive(Clone, Debug)]
pub struct ImpactGroup {
    /// The value they share.
    pub value: GroupValue,
    /// Who goes from which status to which.
    pub status: Matrix,
}

/// What changes on a rule.
#[derive(Clone, Debug)]
pub struct RuleImpact {
    /// Its id.
    pub id: String,
    /// Its title, in the new pack when it is there.
    pub title: Text,
    /// Its level, old and new; `None` where the pack does not have it.
    pub levels: (Option<Level>, Option<Level>),
    /// Verdicts that differ, the most first.
    pub transitions: Vec<Transition>,
    /// Changes of status that it brings, the most first: what is worse is so by this rule, what is better was held back
    /// by it. Verdicts stand for statuses. A unit may owe its change to several rules.
    pub reasons: Vec<Transition>,
}

/// A change of verdict.
#[derive(Clone, Debug)]
pub struct Transition {
    /// By the old pack; `None` when it does not have the rule.
    pub from: Option<Verdict>,
    /// By the new pack.
    pub to: Option<Verdict>,
    /// Units.
    pub units: u64,
    /// Lines of the rule (from 1; 0: the scope) that decide the new verdict, or the old one when the new is a pass, with
    /// the units they do it for.
    pub lines: Vec<(usize, u64)>,
}

impl PackImpact {
    /// Status by the old pack.
    #[must_use]
    pub fn before(&self) -> StatusCounts {
        counts(std::array::from_fn(|status| self.status[status].iter().sum()))
    }

    /// Status by the new pack.
    #[must_use]
    pub fn after(&self) -> StatusCounts {
        counts(std::array::from_fn(|status| self.status.iter().map(|row| row[status]).sum()))
    }

    /// Units whose status differs.
    #[must_use]
    pub fn changed(&self) -> u64 {
        let cells = self.status.iter().enumerate();
        cells.flat_map(|(old, row)| row.iter().enumerate().filter(move |(new, _)| old != *new)).map(|(_, n)| n).sum()
    }
}

fn counts(of: [u64; 4]) -> StatusCounts {
    let [not_applicable, up_to_date, undetermined, obsolete] = of;
    StatusCounts { up_to_date, obsolete, undetermined, not_applicable, ..StatusCounts::default() }
}

/// Judges inventories by both packs.
///
/// # Errors
/// What keeps the work from being done, all at once: options, headers, inputs that cannot be read.
pub fn pack_impact(
    inputs: Vec<Input<'_>>,
    old: &Side<'_>,
    new: &Side<'_>,
    options: &ImpactOptions,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<PackImpact, Vec<Diagnostic>> {
    let ImpactOptions { survey, by } = options;
    let (one, two) = (survey.question(old.rules)?, survey.question(new.rules)?);
    let exprs = by.iter().map(|text| two.group("--by", text)).collect::<Result<Vec<Expr>, _>>()?;
    let cuts: Vec<Cut<'_>> = exprs.iter().map(|expr| Cut { by: vec![expr], rules: false }).collect();
    let programs: [Program<'_>; 2] = [
        two.program(&new.rules.inputs(), &cuts, survey.as_of, [None; 2]),
        one.program(&old.rules.inputs(), &[], survey.as_of, [None; 2]),
    ];
    let pairs = Pair::all(old, new);
    let mut judged = Judged {
        pairs: &pairs,
        socles: [new.rules.socle, old.rules.socle],
        survey,
        workers: Vec::new(),
        kept: Vec::new(),
    };
    let outcome = {
        let mut rows: [&mut dyn RowOutput; 1] = [&mut judged];
        read::judge(inputs, &programs, survey, new.rules.kind(), &mut rows, progress)?
    };
    let counted = judged.finish();
    let mut told: Vec<RuleImpact> =
        pairs.iter().zip(counted.rules).filter_map(|(pair, found)| pair.told(found)).collect();
    let moved = |rule: &RuleImpact| rule.transitions.iter().map(|transition| transition.units).sum::<u64>();
    // What changes a status comes first.
    let level = |rule: &RuleImpact| (!rule.reasons.is_empty(), rule.levels.0.max(rule.levels.1));
    told.sort_by(|a, b| (level(b), moved(b), &a.id).cmp(&(level(a), moved(a), &b.id)));
    let breakdowns = by.iter().enumerate().map(|(place, field)| {
        let mut groups: BTreeMap<GroupValue, Matrix> = BTreeMap::new();
        for (values, matrix) in &counted.groups {
            let value = values.get(place).cloned().unwrap_or(GroupValue::Unknown);
            add(groups.entry(value).or_default(), matrix);
        }
        let mut groups: Vec<ImpactGroup> =
            groups.into_iter().map(|(value, status)| ImpactGroup { value, status }).collect();
        let size = |group: &ImpactGroup| group.status.iter().flatten().sum::<u64>();
        groups.sort_by(|a, b| GroupValue::largest_first((&a.value, size(a)), (&b.value, size(b))));
        (field.clone(), findings::label_of_path(field, new.rules.socle), groups)
    });
    let by = breakdowns.collect();
    let mut status = Matrix::default();
    counted.groups.values().for_each(|matrix| add(&mut status, matrix));
    let basis = basis(new.rules, survey, &programs[0], &outcome, 0);
    Ok(PackImpact { basis, status, rules: told, by })
}

fn add(mine: &mut Matrix, theirs: &Matrix) {
    mine.iter_mut().flatten().zip(theirs.iter().flatten()).for_each(|(mine, theirs)| *mine += theirs);
}

/// A rule of both packs, or of one.
struct Pair<'r> {
    id: &'r str,
    /// In the new pack, then in the old one: its number, and the rule with the fields that it reads.
    sides: [Option<(usize, &'r Rule, BTreeSet<FieldId>)>; 2],
}

impl<'r> Pair<'r> {
    fn all(old: &Side<'r>, new: &Side<'r>) -> Vec<Pair<'r>> {
        let rules = |of: &Side<'r>| -> Vec<&'r Rule> {
            of.rules.packs.clone().into_iter().flat_map(|pack| &pack.rules).collect()
        };
        let (one, two) = (rules(old), rules(new));
        let ids: BTreeSet<&str> = one.iter().chain(&two).map(|rule| rule.id.as_str()).collect();
        let side = |rules: &[&'r Rule], id: &str| {
            let place = rules.iter().position(|rule| rule.id == id)?;
            Some((place, rules[place], rules[place].fields()))
        };
        ids.into_iter().map(|id| Pair { id, sides: [side(&two, id), side(&one, id)] }).collect()
    }

    fn told(&self, found: Found) -> Option<RuleImpact> {
        let told = |found: BTreeMap<Change, Lines>| {
            let transition = |((from, to), (units, lines)): (Change, Lines)| {
                let mut lines: Vec<(usize, u64)> = lines.into_iter().collect();
                lines.sort_by_key(|(line, units)| (std::cmp::Reverse(*units), *line));
                Transition { from, to, units, lines }
            };
            let mut told: Vec<Transition> = found.into_iter().map(transition).collect();
            told.sort_by_key(|t| (std::cmp::Reverse(t.units), t.from, t.to));
            told
        };
        let (transitions, reasons) = (told(found.verdicts), told(found.statuses));
        let rule = |side: usize| self.sides[side].as_ref().map(|(_, rule, _)| *rule);
        let title = rule(0).or(rule(1))?.title.clone();
        let levels = (rule(1).map(|rule| rule.level), rule(0).map(|rule| rule.level));
        let quiet = transitions.is_empty() && reasons.is_empty();
        (!quiet).then(|| RuleImpact { id: self.id.to_owned(), title, levels, transitions, reasons })
    }

    /// What it says of the status, by a pack: nothing unless it is blocking there.
    fn says(&self, side: usize, verdict: Verdict) -> Verdict {
        let blocking = self.sides[side].as_ref().is_some_and(|(_, rule, _)| rule.level == Level::Blocking);
        if blocking { verdict } else { Verdict::NotApplicable }
    }

    fn same_level(&self) -> bool {
        let level = |side: usize| self.sides[side].as_ref().map(|(_, rule, _)| rule.level);
        level(0) == level(1)
    }
}

/// What was counted of a rule.
#[derive(Clone, Default)]
struct Found {
    verdicts: BTreeMap<Change, Lines>,
    statuses: BTreeMap<Change, Lines>,
}

fn merge(mine: &mut BTreeMap<Change, Lines>, theirs: BTreeMap<Change, Lines>) {
    for (change, (units, lines)) in theirs {
        let place = mine.entry(change).or_default();
        place.0 += units;
        lines.into_iter().for_each(|(line, units)| *place.1.entry(line).or_default() += units);
    }
}

fn count_lines(place: &mut Lines, lines: u64, units: u64) {
    place.0 += units;
    for line in (0..64).filter(|line| lines >> line & 1 == 1) {
        *place.1.entry(line).or_default() += units;
    }
}

type Change = (Option<Verdict>, Option<Verdict>);
/// Units, and units by line.
type Lines = (u64, BTreeMap<usize, u64>);

/// Verdicts of a PS: status and groups, then for each rule old and new, and the lines that decided (one bit each).
#[derive(Clone, PartialEq, Eq, Hash)]
struct Person {
    status: [Verdict; 2],
    groups: Vec<GroupValue>,
    rules: Vec<([Verdict; 2], u64)>,
}

#[derive(Default)]
struct Counted {
    groups: BTreeMap<Vec<GroupValue>, Matrix>,
    rules: Vec<Found>,
    /// PS by the hash of their identifier: many are alike.
    people: HashMap<u64, u32>,
    persons: Interned<Person>,
    known: HashMap<Vec<u8>, u64>,
    record: Vec<Datum>,
    key: Vec<u8>,
}

struct Judged<'j> {
    pairs: &'j [Pair<'j>],
    /// New, then old.
    socles: [&'j Socle; 2],
    survey: &'j Survey,
    /// Of the input being read: kept when another begins, unless it was taken back.
    workers: Vec<Mutex<Counted>>,
    kept: Vec<Counted>,
}

impl Judged<'_> {
    fn keep(&mut self) {
        for worker in self.workers.drain(..) {
            let state = worker.into_inner().unwrap_or_else(PoisonError::into_inner);
            self.kept.push(Counted { known: HashMap::new(), record: Vec::new(), key: Vec::new(), ..state });
        }
    }

    fn finish(mut self) -> Counted {
        self.keep();
        let mut whole = Counted { rules: vec![Found::default(); self.pairs.len()], ..Counted::default() };
        for worker in self.kept {
            for (key, matrix) in worker.groups {
                add(whole.groups.entry(key).or_default(), &matrix);
            }
            for (mine, theirs) in whole.rules.iter_mut().zip(worker.rules) {
                merge(&mut mine.verdicts, theirs.verdicts);
                merge(&mut mine.statuses, theirs.statuses);
            }
            for (ps, number) in worker.people {
                whole.person(ps, worker.persons.list[number as usize].clone(), self.survey.rollup);
            }
        }
        let mut alike: HashMap<u32, u64> = HashMap::new();
        for number in std::mem::take(&mut whole.people).into_values() {
            *alike.entry(number).or_default() += 1;
        }
        for (number, person) in (0u32..).zip(std::mem::take(&mut whole.persons).list) {
            if let Some(units) = alike.get(&number) {
                whole.count(self.pairs, &person, *units);
            }
        }
        whole
    }
}

impl Counted {
    fn person(&mut self, ps: u64, person: Person, rollup: Rollup) {
        let merge = |one: Verdict, two: Verdict| match rollup {
            Rollup::Worst => one.worst(two),
            Rollup::Best => one.best(two),
        };
        let Some(number) = self.people.get(&ps).copied() else {
            let number = self.persons.number(person);
            self.people.insert(ps, number);
            return;
        };
        let mut known = self.persons.list[number as usize].clone();
        for side in 0..2 {
            known.status[side] = merge(known.status[side], person.status[side]);
        }
        for (mine, theirs) in known.groups.iter_mut().zip(person.groups) {
            if *mine != theirs {
                *mine = GroupValue::Several;
            }
        }
        for ((mine, lines), (theirs, more)) in known.rules.iter_mut().zip(person.rules) {
            let both = [0, 1].map(|side| merge(mine[side], theirs[side]));
            // The lines that decide are those of the rows that decide.
            let decides = |of: &[Verdict; 2]| {
                let side = told_side(both);
                told_side(*of) == side && of[side] == both[side]
            };
            *lines = if decides(mine) { *lines } else { 0 } | if decides(&theirs) { more } else { 0 };
            *mine = both;
        }
        let number = self.persons.number(known);
        self.people.insert(ps, number);
    }

    fn count(&mut self, pairs: &[Pair<'_>], person: &Person, units: u64) {
        let [new, old] = person.status;
        self.groups.entry(person.groups.clone()).or_default()[old as usize][new as usize] += units;
        for ((pair, found), (verdicts, lines)) in pairs.iter().zip(&mut self.rules).zip(&person.rules) {
            let side = |side: usize| pair.sides[side].as_ref().map(|_| verdicts[side]);
            let change = (side(1), side(0));
            // What is worse is so by the rules that say it now; what is better was held back by those that said so.
            let (says_new, says_old) = (pair.says(0, verdicts[0]), pair.says(1, verdicts[1]));
            let (told, status) = if new > old { (says_new, new) } else { (says_old, old) };
            if new != old && told == status && says_new != says_old {
                count_lines(found.statuses.entry((Some(old), Some(new))).or_default(), *lines, units);
            }
            // A rule that one pack alone has changes nothing for those that it finds no fault with.
            let silent = |verdict: Option<Verdict>| !matches!(verdict, Some(Verdict::Fail | Verdict::Unknown));
            let lone = change.0.is_none() || change.1.is_none();
            let same = change.0 == change.1 || lone && silent(change.0) && silent(change.1);
            if same {
                continue;
            }
            count_lines(found.verdicts.entry(change).or_default(), *lines, units);
        }
    }
}

/// The side whose lines are told: the new pack, unless it finds no fault and the old one does.
fn told_side([new, old]: [Verdict; 2]) -> usize {
    let fault = |verdict| matches!(verdict, Verdict::Fail | Verdict::Unknown);
    usize::from(!fault(new) && fault(old))
}

impl RowOutput for Judged<'_> {
    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn RowSink + '_>>> {
        let fields = self.socles.map(|socle| socle.fields.len()).into_iter().max().unwrap_or(0);
        self.keep();
        self.workers.resize_with(workers, || {
            Mutex::new(Counted {
                rules: vec![Found::default(); self.pairs.len()],
                record: vec![Datum::Unknown(Missing::NotCollected); fields],
                ..Counted::default()
            })
        });
        let (pairs, socles, survey) = (self.pairs, self.socles, self.survey);
        let sinks = self.workers.iter();
        Ok(sinks
            .map(|state| -> Box<dyn RowSink + '_> { Box::new(PairSink { pairs, socles, survey, state }) })
            .collect())
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.workers.clear();
        Ok(())
    }
}

struct PairSink<'s> {
    pairs: &'s [Pair<'s>],
    socles: [&'s Socle; 2],
    survey: &'s Survey,
    state: &'s Mutex<Counted>,
}

impl RowSink for PairSink<'_> {
    fn rows(&mut self, _: &RowView<'_>) -> io::Result<()> {
        Err(io::Error::other("two programs are compared"))
    }

    fn all(&mut self, views: &[RowView<'_>]) -> io::Result<()> {
        let [new, old] = views else { return Err(io::Error::other("two programs are compared")) };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        for row in 0..new.batch.rows {
            // The population is that of the new pack: what `--where` means is read with its socle.
            let units = new.units(row);
            if units == 0 || !new.included(row) {
                continue;
            }
            let mut rules = Vec::with_capacity(self.pairs.len());
            for (number, pair) in self.pairs.iter().enumerate() {
                let side = |view: &RowView<'_>, side: usize| {
                    pair.sides[side]
                        .as_ref()
                        .map_or(Verdict::NotApplicable, |(rule, ..)| unwaived(view.ruling(*rule, row)))
                };
                let verdicts = [side(new, 0), side(old, 1)];
                let lines = if verdicts[0] == verdicts[1] && pair.same_level() {
                    0
                } else {
                    self.lines(number, verdicts, (new, old), row, state)
                };
                rules.push((verdicts, lines));
            }
            let status = [new.status(row), old.status(row)].map(verdict_of);
            let person = Person { status, groups: new.groups(row).cloned().collect(), rules };
            match (self.survey.unit, new.identity_hash(row)) {
                (Unit::Ps, Some(ps)) => state.person(ps, person, self.survey.rollup),
                _ => state.count(self.pairs, &person, units),
            }
        }
        Ok(())
    }
}

impl PairSink<'_> {
    /// The lines of a rule that decide its new verdict (the old one when the new is no fault): one bit each.
    fn lines(
        &self,
        number: usize,
        verdicts: [Verdict; 2],
        (new, old): (&RowView<'_>, &RowView<'_>),
        row: usize,
        state: &mut Counted,
    ) -> u64 {
        let side = told_side(verdicts);
        let view = if side == 0 { new } else { old };
        if !matches!(verdicts[side], Verdict::Fail | Verdict::Unknown) {
            return 0;
        }
        let Some((_, rule, fields)) = &self.pairs[number].sides[side] else { return 0 };
        state.key.clear();
        state.key.extend((number as u64).to_le_bytes());
        state.key.push(side as u8);
        view.raw_key(row, fields, &mut state.key);
        if let Some(lines) = state.known.get(&state.key) {
            return *lines;
        }
        view.read(row, fields, &mut state.record);
        let lines = lines_of(rule, self.socles[side], &state.record, self.survey.as_of);
        if state.known.len() >= REMEMBERED {
            state.known.clear();
        }
        state.known.insert(state.key.clone(), lines);
        lines
    }
}

fn lines_of(rule: &Rule, socle: &Socle, record: &[Datum], today: Date) -> u64 {
    let env = Env { tables: &socle.tables, parameters: &socle.parameters, fields: record, previous: &[], today };
    let verdict = rule.verdict(&env);
    let decided = decisions(rule, &env);
    // A rule that fails does so by the lines that are false, whatever else is unknown.
    let told = decided.iter().filter(|decision| verdict != Verdict::Fail || decision.truth == Truth::False);
    told.fold(0, |bits, decision| bits | 1 << decision.require.map_or(0, |line| line + 1).min(63))
}

/// No waiver is read here: a ruling is the rule's verdict.
fn unwaived(ruling: Ruling) -> Verdict {
    match ruling {
        Ruling::NotApplicable => Verdict::NotApplicable,
        Ruling::Pass => Verdict::Pass,
        Ruling::Unknown => Verdict::Unknown,
        Ruling::Fail | Ruling::Waived => Verdict::Fail,
    }
}

fn verdict_of(status: Status) -> Verdict {
    match status {
        Status::NotApplicable => Verdict::NotApplicable,
        Status::UpToDate => Verdict::Pass,
        Status::Undetermined => Verdict::Unknown,
        Status::Obsolete | Status::Waived => Verdict::Fail,
    }
}
