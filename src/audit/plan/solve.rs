//! The smallest set of changes that makes a record up to date.
//!
//! Rules are put in *parts*: no change of a field concerns two of them. In a part, the search goes by number of changes,
//! then by cost: whatever the set, it changes some field that the first line at fault reads, so only these are tried, and
//! a set is tried once, whatever the order of its changes. The conditions are evaluated as the audit does; nothing is
//! known here of what they mean.
//!
//! INVARIANT: a rule that failed passes once the changes are made (its scope is not dodged), no rule that was
//! decided becomes unknown, and none that was unknown fails.

use super::change::{Campaigned, Edit, Editable, label, upgrades};
use crate::diag::Text;
use crate::pack::condition::{self, Env, Expr, Read, Reason};
use crate::pack::{Rule, decisions};
use crate::socle::{FieldId, Socle, Subject};
use crate::value::{Date, Datum, Missing, Truth, Type, Verdict};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};
use std::rc::Rc;

/// Records tried before the search gives up.
const MAX_TRIED: usize = 2_000;

/// Days that a remedy had better last, as far as forecasts look by default: of as good sets, the one that still does then.
const LASTING: i64 = 182;

/// The changes of a field (upgrades apart), once worked out for a record.
type Known = HashMap<(FieldId, bool), Vec<Rc<Edit>>>;

/// Fields that change, and the rules that read them, with their numbers.
type Together<'p> = (BTreeSet<FieldId>, Vec<(usize, &'p Rule)>);

/// Rules that changes may concern together.
pub(super) struct Part<'p> {
    /// Numbers of the rules among all those of the run, with the rules.
    pub(super) rules: Vec<(usize, &'p Rule)>,
    /// The fields that they read.
    pub(super) fields: BTreeSet<FieldId>,
    editables: Vec<Editable<'p>>,
    /// The field that upgrades change, when the catalogue tells some of the fields.
    version: Option<FieldId>,
    /// The fields read that the catalogue may tell.
    pub(super) told: Vec<FieldId>,
}

/// What is to be done about a part of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartPlan {
    /// The changes that make its failing rules pass.
    pub changes: Vec<Change>,
    /// What is to be found out.
    pub asks: Vec<Ask>,
    /// Failing rules that no known change makes pass.
    pub stuck: Vec<Stuck>,
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Change {
    /// What it is an instance of.
    pub of: Campaigned,
    /// What it was; empty when there is nothing to say.
    pub from: Text,
    /// What it becomes.
    pub to: Text,
    /// Numbers of the failing rules that read what changes.
    pub rules: Vec<usize>,
    /// Cost of the action.
    pub cost: u32,
}

/// Something to find out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ask {
    /// The field, with the attribute of it.
    pub read: Read,
    /// The socle does not say it: no inventory can.
    pub of_socle: bool,
}

/// A failing rule that no known change makes pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stuck {
    /// Number of the rule.
    pub rule: usize,
    /// Why.
    pub why: Why,
    /// What the failing conditions read.
    pub reads: Vec<Read>,
    /// The values that fail, of fields that may be quoted.
    pub seen: Vec<Text>,
}

/// Why no set of changes is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// Nothing that the rule reads can be changed.
    Fixed,
    /// No known value makes it pass.
    NoValue,
    /// There was too much to try.
    TooMany,
}

/// A plan, with the values that it sets.
#[derive(Clone, Debug, Default)]
pub(super) struct Solved {
    pub(super) plan: PartPlan,
    pub(super) sets: Vec<(FieldId, Datum)>,
}

/// A record, and where its values come from.
pub(super) struct Case<'c> {
    pub(super) socle: &'c Socle,
    pub(super) today: Date,
    pub(super) subject: Option<&'c Subject>,
    /// Fields whose value comes from the catalogue.
    pub(super) derived: &'c [FieldId],
}

impl<'p> Part<'p> {
    /// Cuts the rules in force into parts.
    pub(super) fn all(rules: &[(usize, &'p Rule)], socle: &Socle, today: Date) -> Vec<Part<'p>> {
        let rules: Vec<(usize, &Rule)> = rules.iter().copied().filter(|(_, rule)| rule.in_force(today)).collect();
        let mut parts: Vec<Together<'p>> = Vec::new();
        let version = socle.catalogue_keys().map(|[_, _, version, _]| version);
        for (number, rule) in rules {
            let read = rule.fields();
            let changeable = |field: &&FieldId| socle.actions_on(**field).next().is_some();
            let mut touched: BTreeSet<FieldId> = read.iter().filter(changeable).copied().collect();
            // An upgrade changes every field that the catalogue tells.
            if read.iter().any(|field| socle.derives(*field)) {
                touched.extend(version);
            }
            let mut together = vec![(number, rule)];
            parts.retain_mut(|(fields, rules)| {
                let apart = fields.is_disjoint(&touched);
                if !apart {
                    touched.append(fields);
                    together.append(rules);
                }
                apart
            });
            parts.push((touched, together));
        }
        let mut parts: Vec<Part<'p>> =
            parts.into_iter().map(|(fields, rules)| Part::new(fields, rules, version, socle, today)).collect();
        parts.sort_by_key(|part| part.rules.first().map(|(number, _)| *number));
        parts
    }

    fn new(
        touched: BTreeSet<FieldId>,
        mut rules: Vec<(usize, &'p Rule)>,
        version: Option<FieldId>,
        socle: &Socle,
        today: Date,
    ) -> Part<'p> {
        rules.sort_by_key(|(number, _)| *number);
        let conditions: Vec<&'p Expr> =
            rules.iter().flat_map(|(_, rule)| rule.conditions()).map(|condition| &condition.expr).collect();
        let env = env(socle, &[], today);
        let fields: BTreeSet<FieldId> = rules.iter().flat_map(|(_, rule)| rule.fields()).collect();
        let editables = touched.iter().filter(|field| fields.contains(field));
        let editables = editables.map(|field| Editable::new(*field, &conditions, &env)).collect();
        let told: Vec<FieldId> = fields.iter().copied().filter(|field| socle.derives(*field)).collect();
        Part { rules, editables, version: version.filter(|_| !told.is_empty()), fields, told }
    }

    /// What is to be done about a record; it is left as it was.
    pub(super) fn solve(&self, record: &mut [Datum], case: &Case<'_>) -> Solved {
        let mut known = Known::new();
        let first = self.verdicts(record, case.socle, case.today);
        let failing: Vec<usize> = places(&first, Verdict::Fail).collect();
        let mut solved = Solved::default();
        let all = vec![true; self.rules.len()];
        let mut edits = Vec::new();
        if !failing.is_empty() {
            edits = match self.search(record, (case, &mut known), &first, &all) {
                Ok(edits) => edits,
                Err(whole) => {
                    // Which of the rules cannot be helped, and what helps the others.
                    let mut wanted = all;
                    for place in &failing {
                        let mut alone = vec![false; self.rules.len()];
                        alone[*place] = true;
                        if let Err(why) = self.search(record, (case, &mut known), &first, &alone) {
                            wanted[*place] = false;
                            solved.plan.stuck.push(self.stuck(*place, why, record, case));
                        }
                    }
                    let rest = if failing.iter().any(|place| wanted[*place]) {
                        self.search(record, (case, &mut known), &first, &wanted)
                    } else {
                        Ok(Vec::new())
                    };
                    // Each alone can be helped, not all together.
                    if let (Err(_), _) | (Ok(_), true) = (&rest, solved.plan.stuck.is_empty()) {
                        let others: Vec<usize> = failing.iter().copied().filter(|place| wanted[*place]).collect();
                        solved
                            .plan
                            .stuck
                            .extend(others.into_iter().map(|place| self.stuck(place, whole, record, case)));
                    }
                    rest.unwrap_or_default()
                }
            };
        }
        let edits: Vec<(Rc<Edit>, Text)> =
            edits.iter().map(|edit| (Rc::clone(edit), self.told_to(edit, &edits, record, case))).collect();
        let plain: Vec<Rc<Edit>> = edits.iter().map(|(edit, _)| Rc::clone(edit)).collect();
        let before = apply(record, &plain);
        self.asks(record, case, &mut solved.plan.asks);
        restore(record, before);
        for (edit, to) in edits {
            let touched: BTreeSet<FieldId> = edit.sets.iter().map(|(field, _)| *field).collect();
            let rules =
                failing.iter().map(|place| self.rules[*place]).filter(|(_, rule)| !rule.fields().is_disjoint(&touched));
            solved.plan.changes.push(Change {
                of: edit.of.clone(),
                from: edit.from.clone(),
                to,
                rules: rules.map(|(number, _)| number).collect(),
                cost: edit.cost,
            });
            solved.sets.extend(edit.sets.iter().cloned());
        }
        solved.plan.changes.sort();
        solved.plan.stuck.sort();
        solved
    }

    fn verdicts(&self, record: &[Datum], socle: &Socle, today: Date) -> Vec<Verdict> {
        let env = env(socle, record, today);
        self.rules.iter().map(|(_, rule)| rule.verdict(&env)).collect()
    }

    /// The edits that make the wanted rules pass.
    fn search(
        &self,
        record: &mut [Datum],
        (case, known): (&Case<'_>, &mut Known),
        first: &[Verdict],
        wanted: &[bool],
    ) -> Result<Vec<Rc<Edit>>, Why> {
        let mut tried = 0usize;
        let mut states: Vec<(Vec<Rc<Edit>>, Vec<Verdict>)> = vec![(Vec::new(), first.to_vec())];
        let mut heap = BinaryHeap::new();
        heap.push(Reverse(((0u32, 0u32, [0usize; 2]), 0usize)));
        // Sets met, each once: where its edits are kept, sorted.
        let mut met: HashSet<Vec<*const Edit>> = HashSet::new();
        let mut editable_seen = false;
        while let Some(Reverse(((count, cost, _), state))) = heap.pop() {
            let (edits, verdicts) = states[state].clone();
            let Some(fault) = fault(first, &verdicts, wanted) else { return Ok(edits) };
            let before = apply(record, &edits);
            let read = self.to_change(fault, first[fault], record, case);
            restore(record, before);
            let next = self.edits_for(&read, &edits, record, case, known);
            editable_seen |= !next.is_empty();
            for edit in next {
                let mut more = edits.clone();
                let key = (count.saturating_add(edit.count), cost.saturating_add(edit.cost));
                more.push(edit);
                let mut set: Vec<*const Edit> = more.iter().map(Rc::as_ptr).collect();
                set.sort_unstable();
                if !met.insert(set) {
                    continue;
                }
                tried += 1;
                if tried > MAX_TRIED {
                    return Err(Why::TooMany);
                }
                let before = apply(record, &more);
                let verdicts = self.verdicts(record, case.socle, case.today);
                // Of as good sets, the one that leaves least to find out, then the one that lasts.
                let unknown = places(&verdicts, Verdict::Unknown).count();
                let later = case.today.plus_days(LASTING).unwrap_or(case.today);
                let later = self.verdicts(record, case.socle, later);
                restore(record, before);
                let ending = (0..later.len())
                    .filter(|place| verdicts[*place] != Verdict::Fail && later[*place] == Verdict::Fail)
                    .count();
                heap.push(Reverse(((key.0, key.1, [unknown, ending]), states.len())));
                states.push((more, verdicts));
            }
        }
        Err(if editable_seen || self.changeable(first, wanted) { Why::NoValue } else { Why::Fixed })
    }

    fn changeable(&self, first: &[Verdict], wanted: &[bool]) -> bool {
        let rules = places(first, Verdict::Fail).filter(|place| wanted[*place]);
        let read: BTreeSet<FieldId> = rules.flat_map(|place| self.rules[place].1.fields()).collect();
        self.editables.iter().any(|editable| read.contains(&editable.field()))
    }

    /// The fields of which every set that helps a rule changes one: of a rule that failed, those of its first line that
    /// does not hold, since it is to pass.
    fn to_change(&self, place: usize, first: Verdict, record: &[Datum], case: &Case<'_>) -> BTreeSet<FieldId> {
        let rule = self.rules[place].1;
        if first != Verdict::Fail {
            return rule.fields();
        }
        let env = env(case.socle, record, case.today);
        let mut lines = rule.scope.iter().chain(rule.requires.iter().map(|require| &require.that));
        let broken = lines.find(|line| condition::truth(&line.expr, &env) != Truth::True);
        broken.map_or_else(|| rule.fields(), |line| condition::fields(&line.expr))
    }

    /// The changes that may help: of these fields, and that were not changed yet.
    fn edits_for(
        &self,
        read: &BTreeSet<FieldId>,
        done: &[Rc<Edit>],
        record: &mut [Datum],
        case: &Case<'_>,
        known: &mut Known,
    ) -> Vec<Rc<Edit>> {
        let changed = |field: FieldId| done.iter().any(|edit| edit.sets.iter().any(|(set, _)| *set == field));
        let mut edits = Vec::new();
        if let (Some(version), Some(subject)) = (self.version, case.subject)
            && read.iter().any(|field| self.told.contains(field))
            && !changed(version)
        {
            let found = known
                .entry((version, true))
                .or_insert_with(|| upgrades(case, subject, version).into_iter().map(Rc::new).collect());
            edits.extend(found.iter().cloned());
        }
        for editable in self.editables.iter().filter(|editable| read.contains(&editable.field())) {
            let field = editable.field();
            if changed(field) {
                continue;
            }
            // A field that was not changed yet has the value of the record, whatever else was.
            let found = known.entry((field, false)).or_insert_with(|| {
                let later = case.today.plus_days(LASTING).unwrap_or(case.today);
                let edits = editable.edits(case.socle, record, [case.today, later]).into_iter();
                // What every version has is not changed by installing another: only another product has it.
                let for_good = case.derived.contains(&field)
                    && case.subject.is_some_and(|subject| case.socle.told_for_good(subject, field));
                edits
                    .filter_map(|edit| if for_good { edit.elsewhere(case.socle) } else { Some(edit) })
                    .map(Rc::new)
                    .collect()
            });
            edits.extend(found.iter().cloned());
        }
        edits
    }

    /// What a value becomes, in words: a minimum, when the highest value does as well.
    fn told_to(&self, edit: &Rc<Edit>, all: &[Rc<Edit>], record: &mut [Datum], case: &Case<'_>) -> Text {
        let Some(raised) = &edit.raised else { return edit.to.clone() };
        let before = apply(record, all);
        let now = self.verdicts(record, case.socle, case.today);
        let old: Vec<(FieldId, Datum)> = raised
            .iter()
            .map(|(field, datum)| (*field, std::mem::replace(&mut record[usize::from(field.0)], datum.clone())))
            .collect();
        let higher = self.verdicts(record, case.socle, case.today);
        restore(record, old);
        restore(record, before);
        let as_good = higher == now;
        // What the highest is already has nothing above it.
        let highest = edit.sets.iter().zip(raised).all(|(set, raised)| set == raised);
        if !as_good || highest || edit.to.fr.is_empty() {
            return edit.to.clone();
        }
        Text::new(format!("au moins {}", edit.to.fr), format!("at least {}", edit.to.en))
    }

    fn asks(&self, record: &[Datum], case: &Case<'_>, asks: &mut Vec<Ask>) {
        let env = env(case.socle, record, case.today);
        for (_, rule) in &self.rules {
            if rule.verdict(&env) != Verdict::Unknown {
                continue;
            }
            let decided = decisions(rule, &env);
            let reasons = decided.iter().flat_map(|decision| &decision.reasons);
            let before = asks.len();
            let mut known = false;
            for reason in reasons.filter(|reason| reason.truth == Truth::Unknown) {
                let missing = reason.missing.iter().map(|(read, why)| (read, *why == Missing::NoAttribute));
                let undecided = reason.reads.iter().map(|read| (read, false));
                let found: Vec<(&Read, bool)> =
                    if reason.missing.is_empty() { undecided.collect() } else { missing.collect() };
                for (read, of_socle) in found {
                    let ask = Ask { read: read.clone(), of_socle };
                    known |= asks.contains(&ask);
                    if !asks.contains(&ask) {
                        asks.push(ask);
                    }
                }
            }
            // A threshold that is not in force yet, an overflow: whatever the rule reads is all there is to tell.
            if asks.len() == before && !known {
                let reads = rule.fields().into_iter().map(|field| Read { field, previous: false, path: String::new() });
                asks.extend(reads.map(|read| Ask { read, of_socle: true }));
            }
        }
        asks.sort();
        asks.dedup();
    }

    fn stuck(&self, place: usize, why: Why, record: &[Datum], case: &Case<'_>) -> Stuck {
        let (number, rule) = self.rules[place];
        let decided = decisions(rule, &env(case.socle, record, case.today));
        let reasons: Vec<&Reason> = decided.iter().flat_map(|decision| &decision.reasons).collect();
        let reads: BTreeSet<Read> = reasons.iter().flat_map(|reason| reason.reads.iter().cloned()).collect();
        let mut seen: Vec<Text> = Vec::new();
        for reason in reasons.iter().filter(|reason| reason.quotable) {
            for read in &reason.reads {
                let field = usize::from(read.field.0);
                // Free text and lists are not for a table of totals.
                if matches!(case.socle.fields[field].ty, Type::Row(_) | Type::Version | Type::Bool) {
                    let value = label(case.socle, &record[field]);
                    if !seen.contains(&value) {
                        seen.push(value);
                    }
                }
            }
        }
        Stuck { rule: number, why, reads: reads.into_iter().collect(), seen }
    }
}

/// The first rule that keeps a set of changes from being one that helps.
fn fault(first: &[Verdict], now: &[Verdict], wanted: &[bool]) -> Option<usize> {
    (0..now.len()).find(|place| match (first[*place], now[*place]) {
        (Verdict::Fail, now) => wanted[*place] && now != Verdict::Pass,
        (Verdict::Unknown, now) => now == Verdict::Fail,
        (_, now) => matches!(now, Verdict::Fail | Verdict::Unknown),
    })
}

fn places(verdicts: &[Verdict], of: Verdict) -> impl Iterator<Item = usize> {
    verdicts.iter().enumerate().filter(move |(_, verdict)| **verdict == of).map(|(place, _)| place)
}

fn env<'e>(socle: &'e Socle, fields: &'e [Datum], today: Date) -> Env<'e> {
    Env { tables: &socle.tables, parameters: &socle.parameters, fields, previous: &[], today }
}

/// Makes changes, and gives what was there.
fn apply(record: &mut [Datum], edits: &[Rc<Edit>]) -> Vec<(FieldId, Datum)> {
    let sets = edits.iter().flat_map(|edit| &edit.sets);
    sets.map(|(field, datum)| (*field, std::mem::replace(&mut record[usize::from(field.0)], datum.clone()))).collect()
}

fn restore(record: &mut [Datum], before: Vec<(FieldId, Datum)>) {
    for (field, datum) in before.into_iter().rev() {
        record[usize::from(field.0)] = datum;
    }
}
