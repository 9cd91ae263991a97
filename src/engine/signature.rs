//! Groups at work: a combination of classes → the verdicts of the rules that read those fields.

use super::class::{Classes, Member, UNORDERED, env};
use super::combo::{ComboTable, NONE};
use super::program::{Compiled, Group, Node, Program};
use super::ruling::Ruling;
use crate::pack::condition;
use crate::value::{Date, Datum, Truth, Verdict};
use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash, Hasher};

/// Status bits of a row: one of its blocking rules fails, is unknown, passes; an advisory rule fails; one of its
/// blocking rules is waived.
pub(super) const FAIL: u8 = 1;
pub(super) const UNKNOWN: u8 = 2;
pub(super) const PASS: u8 = 4;
pub(super) const ADVICE: u8 = 8;
pub(super) const WAIVED: u8 = 16;
/// Values that status bits may take together.
pub(super) const STATUS_SIZE: usize = 32;

/// The verdicts of a group's rules on some combination of classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) rulings: Vec<Ruling>,
    /// First day at which each becomes Fail, within the look-ahead.
    pub(super) expires: Vec<Option<Date>>,
    /// Numbers of the waivers that cover one of them; a waiver may cover what another does too.
    pub(super) covering: Vec<usize>,
}

/// Rulings that a word holds.
const IN_WORD: usize = 21;

/// At most so many rulings as a word.
fn word_of(rulings: &[Ruling]) -> u64 {
    rulings.iter().fold(0, |word, ruling| word << 3 | *ruling as u64)
}

impl Signature {
    /// All that it says, when that is a few rulings and nothing else.
    fn word(&self) -> Option<u64> {
        let is_plain = self.rulings.len() <= IN_WORD && self.covering.is_empty();
        (is_plain && self.expires.iter().all(Option::is_none)).then(|| word_of(&self.rulings))
    }
}

impl Hash for Signature {
    /// SPEED: a word for many rulings; hashed one by one, they cost as much as judging them.
    fn hash<H: Hasher>(&self, state: &mut H) {
        for rulings in self.rulings.chunks(IN_WORD) {
            state.write_u64(word_of(rulings));
        }
        for (place, date) in self.expires.iter().enumerate() {
            if let Some(date) = date {
                (place, date).hash(state);
            }
        }
    }
}

/// Orders of two values: below, equal, above.
pub(super) const ORDERS: usize = 3;

/// Signatures that are looked for one by one.
const BY_WORD: usize = 8;

/// A group, as one worker runs it.
pub(super) struct GroupState {
    pub(super) table: ComboTable,
    pub(super) signatures: Vec<Signature>,
    index: HashMap<Signature, u32>,
    /// The first few by their word.
    ///
    /// SPEED: a group of one rule has three, and perhaps a hundred thousand combinations.
    by_word: Vec<(u64, u32)>,
    /// The signature being judged: most are known already, and only new ones are kept.
    draft: Signature,
    /// The signature of each order of the operands of [`Group::comparison`], or [`NONE`]; that of those without order
    /// is never known.
    pub(super) by_order: [u32; ORDERS + 1],
    /// Units counted under each signature.
    pub(super) histogram: Vec<u64>,
    /// Status bits of each signature, one list a view.
    pub(super) bits: Vec<Vec<u8>>,
    /// Generation of the classes that the table's codes belong to.
    generations: Vec<u32>,
}

impl GroupState {
    pub(super) fn new(group: &Group, views: usize) -> GroupState {
        GroupState {
            table: ComboTable::new(group.slots.len()),
            signatures: Vec::new(),
            index: HashMap::new(),
            by_word: Vec::new(),
            by_order: [NONE; ORDERS + 1],
            draft: Signature::default(),
            histogram: Vec::new(),
            bits: vec![Vec::new(); views],
            generations: vec![0; group.slots.len()],
        }
    }

    /// Makes the table ready for the classes as they are now.
    pub(super) fn prepare(&mut self, group: &Group, classes: &[Classes]) {
        let generations = group.slots.iter().map(|slot| classes[*slot].generation);
        if !generations.clone().eq(self.generations.iter().copied()) {
            self.generations = generations.collect();
            self.table.clear();
        }
        let sizes: Vec<usize> = group.slots.iter().map(|slot| classes[*slot].list.len()).collect();
        self.table.reserve(&sizes);
    }

    /// The signature of a combination (one class a slot of the group), judged the first time.
    pub(super) fn signature(
        &mut self,
        program: &Program<'_>,
        group: &Group,
        members: &[Member<'_>],
        key: u64,
        scratch: &mut [Datum],
    ) -> u32 {
        let known = self.table.get(key);
        if known != NONE {
            return known;
        }
        judge(program, group, members, scratch, &mut self.draft);
        let word = self.draft.word();
        let by_word = self.by_word.iter().find(|(known, _)| Some(*known) == word);
        let known = by_word.map(|(_, id)| *id).or_else(|| self.index.get(&self.draft).copied());
        let id = match known {
            Some(id) => id,
            None => {
                // Fewer signatures than combinations, which are fewer than 2^32.
                let id = self.signatures.len() as u32;
                let signature = self.draft.clone();
                for (view, bits) in self.bits.iter_mut().enumerate() {
                    bits.push(program.status_bits(view, &group.rules, &signature.rulings));
                }
                self.index.insert(signature.clone(), id);
                self.signatures.push(signature);
                self.histogram.push(0);
                self.by_word.extend(word.filter(|_| self.by_word.len() < BY_WORD).map(|word| (word, id)));
                id
            }
        };
        self.table.set(key, id);
        id
    }
}

/// Judges a combination by all the rules of a group.
fn judge(
    program: &Program<'_>,
    group: &Group,
    members: &[Member<'_>],
    scratch: &mut [Datum],
    signature: &mut Signature,
) {
    signature.rulings.clear();
    signature.expires.clear();
    signature.covering.clear();
    if group.has_general {
        for (slot, member) in group.slots.iter().zip(members) {
            scratch[usize::from(program.slots[*slot].field.0)].clone_from(&member.class.value);
        }
    }
    let at = |rule: &Compiled, date: Date| {
        let verdict = verdict(program, rule, members, scratch, date);
        let covered = matches!(verdict, Verdict::Fail | Verdict::Unknown)
            && covering(program, rule, members, scratch, date).next().is_some();
        Ruling::of(verdict, covered)
    };
    for rule in &group.rules {
        let rule = &program.rules[*rule];
        let now = at(rule, program.today);
        let expires = match (program.until, now) {
            (Some(until), Ruling::Pass | Ruling::NotApplicable) => {
                flips(program, rule, members, scratch, until).into_iter().find(|date| at(rule, *date) == Ruling::Fail)
            }
            _ => None,
        };
        if now == Ruling::Waived {
            signature.covering.extend(covering(program, rule, members, scratch, program.today));
        }
        signature.rulings.push(now);
        signature.expires.push(expires);
    }
    if group.has_general {
        for slot in &group.slots {
            scratch[usize::from(program.slots[*slot].field.0)] = Datum::Unknown(crate::value::Missing::NotCollected);
        }
    }
}

/// The dates in ]today, until] at which the verdict may change.
fn flips(
    program: &Program<'_>,
    rule: &Compiled,
    members: &[Member<'_>],
    fields: &[Datum],
    until: Date,
) -> BTreeSet<Date> {
    let bounds = [rule.since, rule.until.and_then(|last| last.plus_days(1))];
    let ends = rule.waivers.iter().map(|waiver| waiver.until.plus_days(1));
    let mut dates: BTreeSet<Date> =
        bounds.into_iter().chain(ends).flatten().filter(|date| *date > program.today && *date <= until).collect();
    if rule.dated {
        for member in members {
            dates.extend(member.class.steps.iter().map(|(_, date, _)| *date));
        }
        for general in &rule.generals {
            let env = env(program.socle, fields, program.today);
            dates.extend(condition::flips(program.generals[*general], &env, program.today, until));
        }
    }
    dates
}

/// The waivers in force whose scope is true: an unknown one does not cover.
fn covering<'c>(
    program: &'c Program<'_>,
    rule: &'c Compiled,
    members: &'c [Member<'c>],
    fields: &'c [Datum],
    date: Date,
) -> impl Iterator<Item = usize> + 'c {
    let covers = move |scope: &Node| truth(program, scope, members, fields, date) == Truth::True;
    rule.waivers.iter().filter(move |waiver| date <= waiver.until && covers(&waiver.scope)).map(|waiver| waiver.number)
}

fn verdict(program: &Program<'_>, rule: &Compiled, members: &[Member<'_>], fields: &[Datum], date: Date) -> Verdict {
    if rule.since.is_some_and(|since| date < since) || rule.until.is_some_and(|until| date > until) {
        return Verdict::NotApplicable;
    }
    let scope = match &rule.scope {
        Node::Constant(scope) => *scope,
        scope => truth(program, scope, members, fields, date),
    };
    match scope {
        Truth::True => Verdict::of(scope, truth(program, &rule.require, members, fields, date)),
        decided => Verdict::of(decided, Truth::Unknown),
    }
}

fn truth(program: &Program<'_>, node: &Node, members: &[Member<'_>], fields: &[Datum], date: Date) -> Truth {
    let of = |node: &Node| truth(program, node, members, fields, date);
    match node {
        Node::Constant(truth) => *truth,
        Node::Atom { slot, atom } => {
            let class = members[*slot].class;
            let later = class.steps.iter().rev().find(|(dated, from, _)| dated == atom && *from <= date);
            later.map_or(class.truths[*atom], |(_, _, truth)| *truth)
        }
        Node::Compare { op, left, right } => {
            let (one, two) = (&members[left.0], &members[right.0]);
            let (low, high) = (one.orders[left.1], two.orders[right.1]);
            if low == UNORDERED || high == UNORDERED {
                condition::comparison(*op, &one.class.operands[left.1], &two.class.operands[right.1])
            } else {
                // SPEED: two numbers instead of two versions.
                Truth::from(condition::holds(*op, low.cmp(&high)))
            }
        }
        Node::General(general) => condition::truth(program.generals[*general], &env(program.socle, fields, date)),
        Node::Not(inner) => !of(inner),
        Node::And(parts) => parts.iter().fold(Truth::True, |all, part| match all {
            Truth::False => Truth::False,
            _ => all.and(of(part)),
        }),
        Node::Or(parts) => parts.iter().fold(Truth::False, |any, part| match any {
            Truth::True => Truth::True,
            _ => any.or(of(part)),
        }),
        Node::If(branches) => match of(&branches[0]) {
            Truth::True => of(&branches[1]),
            Truth::False => of(&branches[2]),
            Truth::Unknown => Truth::Unknown,
        },
    }
}
