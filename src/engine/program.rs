//! Rules → atoms, slots and groups.

use super::class::Slot;
use super::cut::{Cut, Parts};
use super::ruling::Ruling;
use super::signature::{ADVICE, FAIL, PASS, UNKNOWN, WAIVED};
use super::tally::Tally;
use crate::pack::Level;
use crate::pack::condition::{self, BinaryOp, Expr, Kind};
use crate::socle::{FieldId, Socle};
use crate::value::{Date, Truth, Value};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

/// A rule as the engine sees it.
pub struct RuleInput<'p> {
    /// Whom it concerns; `None`: everyone.
    pub scope: Option<&'p Expr>,
    /// What must hold, all of it.
    pub requires: Vec<&'p Expr>,
    /// First day in force.
    pub since: Option<Date>,
    /// Last day in force.
    pub until: Option<Date>,
    /// What failing does to the status.
    pub level: Level,
    /// Number of its pack, from 0.
    pub pack: usize,
    /// The waivers granted on it.
    pub waivers: Vec<WaiverInput<'p>>,
}

/// A waiver as the engine sees it: where its scope is true, what fails or is unknown is waived.
pub struct WaiverInput<'p> {
    /// Its number among all, from 0: [`Tally::covered`](super::Tally::covered) counts under it.
    pub number: usize,
    /// Whom it is granted to.
    pub scope: &'p Expr,
    /// Last day.
    pub until: Date,
}

/// Rules prepared for columns: what to evaluate per distinct value, and per combination.
pub struct Program<'p> {
    pub(super) socle: &'p Socle,
    /// The date of the evaluation.
    pub(super) today: Date,
    /// Last days of the look-ahead: the horizon of the report, and that of the gate.
    pub(super) windows: [Option<Date>; 2],
    /// The later of the two.
    pub(super) until: Option<Date>,
    packs: usize,
    /// The fields read.
    pub(super) slots: Vec<Slot<'p>>,
    pub(super) groups: Vec<Group>,
    pub(super) rules: Vec<Compiled>,
    /// Conditions that read several fields at once and cannot be cut.
    pub(super) generals: Vec<&'p Expr>,
    /// Group and place in it of each rule; the filter, when there is one, is the last.
    pub(super) home: Vec<(usize, usize)>,
    pub(super) has_filter: bool,
    /// What the population is cut by.
    pub(super) cuts: Vec<Parts>,
}

/// A rule over atoms.
pub(super) struct Compiled {
    pub(super) scope: Node,
    pub(super) require: Node,
    pub(super) since: Option<Date>,
    pub(super) until: Option<Date>,
    /// It reads `today` or a dated parameter.
    pub(super) dated: bool,
    /// Those of its conditions that are in [`Program::generals`].
    pub(super) generals: Vec<usize>,
    level: Level,
    pack: usize,
    pub(super) waivers: Vec<Waiver>,
}

/// A waiver over atoms.
pub(super) struct Waiver {
    pub(super) number: usize,
    pub(super) scope: Node,
    pub(super) until: Date,
}

/// Rules that read the same fields.
pub(super) struct Group {
    /// Slots, ascending.
    pub(super) slots: Vec<usize>,
    /// Rules, ascending.
    pub(super) rules: Vec<usize>,
    /// One of them keeps a condition that reads several fields.
    pub(super) has_general: bool,
    /// One of them has a waiver.
    pub(super) has_waiver: bool,
    /// It asks nothing but a comparison: of these operands of slots.
    pub(super) comparison: Option<[(usize, usize); 2]>,
}

impl Group {
    fn of(slots: Vec<usize>, rule: usize) -> Group {
        Group { slots, rules: vec![rule], has_general: false, has_waiver: false, comparison: None }
    }
}

/// A condition over atoms. Slots are named by their place in the group.
pub(super) enum Node {
    Constant(Truth),
    Atom { slot: usize, atom: usize },
    Compare { op: BinaryOp, left: (usize, usize), right: (usize, usize) },
    General(usize),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    If(Box<[Node; 3]>),
}

impl<'p> RuleInput<'p> {
    /// The scopes of its waivers.
    pub fn waived_for(&self) -> impl Iterator<Item = &'p Expr> {
        self.waivers.iter().map(|waiver| waiver.scope)
    }
}

impl<'p> Program<'p> {
    /// Prepares rules, an optional filter of the population and what it is cut by.
    ///
    /// `extra` fields are read though no rule does;
    /// `windows` are the last days at which "expiring" looks.
    #[must_use]
    pub fn new(
        socle: &'p Socle,
        rules: &[RuleInput<'p>],
        filter: Option<&'p Expr>,
        cuts: &[Cut<'p>],
        extra: &[FieldId],
        today: Date,
        windows: [Option<Date>; 2],
    ) -> Program<'p> {
        let mut builder =
            Builder { slots: Vec::new(), slot_of: BTreeMap::new(), atom_of: HashMap::new(), generals: Vec::new() };
        for field in extra {
            builder.slot(*field);
        }
        let mut compiled = Vec::new();
        let mut field_sets: Vec<Vec<usize>> = Vec::new();
        let filter_rule = filter.map(|expr| RuleInput {
            scope: None,
            requires: vec![expr],
            since: None,
            until: None,
            level: Level::Info,
            pack: usize::MAX,
            waivers: Vec::new(),
        });
        for rule in rules.iter().chain(&filter_rule) {
            let first_general = builder.generals.len();
            let scope = rule.scope.map_or(Node::Constant(Truth::True), |expr| builder.lower(expr));
            let mut requires: Vec<Node> = rule.requires.iter().map(|expr| builder.lower(expr)).collect();
            let require = match requires.pop() {
                // SPEED: one level less for each combination.
                Some(only) if requires.is_empty() => only,
                last => Node::And(requires.into_iter().chain(last).collect()),
            };
            let waivers = rule.waivers.iter().map(|waiver| Waiver {
                number: waiver.number,
                scope: builder.lower(waiver.scope),
                until: waiver.until,
            });
            let waivers: Vec<Waiver> = waivers.collect();
            let conditions: Vec<&'p Expr> =
                rule.scope.into_iter().chain(rule.requires.iter().copied()).chain(rule.waived_for()).collect();
            let mut slots: Vec<usize> =
                conditions.iter().flat_map(|expr| condition::fields(expr)).map(|field| builder.slot(field)).collect();
            slots.sort_unstable();
            slots.dedup();
            field_sets.push(slots);
            let dated = conditions.iter().any(|expr| is_dated(expr));
            let generals = (first_general..builder.generals.len()).collect();
            let RuleInput { since, until, level, pack, .. } = *rule;
            compiled.push(Compiled { scope, require, since, until, dated, generals, level, pack, waivers });
        }
        let mut part = |expr: &&'p Expr| {
            let field = condition::fields(expr).into_iter().next().unwrap_or(FieldId(0));
            let slot = builder.slot(field);
            builder.slots[slot].by.push(expr);
            (slot, builder.slots[slot].by.len() - 1)
        };
        let cuts =
            cuts.iter().map(|cut| Parts { parts: cut.by.iter().map(&mut part).collect(), rules: cut.rules }).collect();
        let (mut groups, filter_group) = gather(field_sets, filter.is_some());
        merge(&mut groups, &builder.slots, socle);
        groups.extend(filter_group);
        let mut home = vec![(0, 0); compiled.len()];
        for (number, group) in groups.iter_mut().enumerate() {
            for (place, rule) in group.rules.iter().enumerate() {
                home[*rule] = (number, place);
                let compiled = &mut compiled[*rule];
                group.comparison = compiled.comparison().filter(|_| group.rules.len() == 1);
                group.has_general |= !compiled.generals.is_empty();
                compiled.scope.localise(&group.slots);
                compiled.require.localise(&group.slots);
                group.has_waiver |= !compiled.waivers.is_empty();
                for waiver in &mut compiled.waivers {
                    waiver.scope.localise(&group.slots);
                }
            }
        }
        for slot in &mut builder.slots {
            slot.finish(socle);
        }
        Program {
            socle,
            today,
            windows,
            until: windows.into_iter().flatten().max(),
            packs: rules.iter().map(|rule| rule.pack + 1).max().unwrap_or(0),
            slots: builder.slots,
            groups,
            rules: compiled,
            generals: builder.generals,
            home,
            has_filter: filter.is_some(),
            cuts,
        }
    }

    /// Status bits that the verdicts of some rules bring to a row. View 0 is all packs, view n is pack n − 1 alone.
    pub(super) fn status_bits(&self, view: usize, rules: &[usize], rulings: &[Ruling]) -> u8 {
        let seen = |rule: &&Compiled| view == 0 || rule.pack == view - 1;
        let rules = rules.iter().map(|rule| &self.rules[*rule]);
        rules.zip(rulings).filter(|(rule, _)| seen(rule)).fold(0, |bits, (rule, ruling)| {
            bits | match (rule.level, ruling) {
                (Level::Blocking, Ruling::Fail) => FAIL,
                (Level::Blocking, Ruling::Unknown) => UNKNOWN,
                (Level::Blocking, Ruling::Pass) => PASS,
                (Level::Blocking, Ruling::Waived) => WAIVED,
                (Level::Advisory, Ruling::Fail) => ADVICE,
                _ => 0,
            }
        })
    }

    /// Views of the status: all packs, then each alone when there are several.
    pub(super) fn views(&self) -> usize {
        if self.packs > 1 { self.packs + 1 } else { 1 }
    }

    /// Rules that are counted: all but the filter.
    pub(super) fn rules_counted(&self) -> usize {
        self.rules.len() - usize::from(self.has_filter)
    }

    /// Whether any rule may be waived.
    pub(super) fn has_waivers(&self) -> bool {
        self.rules.iter().any(|rule| !rule.waivers.is_empty())
    }

    /// Which rules are advice.
    pub(super) fn advisory(&self) -> Vec<bool> {
        self.rules.iter().take(self.rules_counted()).map(|rule| rule.level == Level::Advisory).collect()
    }

    /// A field of the first cut that has too many groups: of each cut, their number.
    pub(super) fn crowded_in<'c>(&self, mut cuts: impl Iterator<Item = (&'c Parts, usize)>) -> Option<FieldId> {
        let (cut, _) = cuts.find(|(cut, groups)| *groups > cut.most_groups())?;
        let (slot, _) = cut.parts.last()?;
        self.slots.get(*slot).map(|slot| slot.field)
    }

    /// A field that the population is cut by, when that makes more groups than can be told apart.
    #[must_use]
    pub fn crowded(&self, tally: &Tally) -> Option<FieldId> {
        self.crowded_in(self.cuts.iter().zip(tally.by.iter().map(BTreeMap::len)))
    }

    /// The socle whose fields it reads.
    #[must_use]
    pub fn socle(&self) -> &'p Socle {
        self.socle
    }

    /// The slot of a field, when the program reads it.
    #[must_use]
    pub fn slot(&self, field: FieldId) -> Option<usize> {
        self.slots.iter().position(|slot| slot.field == field)
    }

    /// Whether a slot's column is better given raw: identifiers of which only form and key are asked.
    #[must_use]
    pub fn wants_raw(&self, slot: usize) -> bool {
        self.slots[slot].shape.is_some()
    }

    /// The fields that the columns must give, in the order of the bindings.
    pub fn fields(&self) -> impl Iterator<Item = FieldId> {
        self.slots.iter().map(|slot| slot.field)
    }
}

/// Puts rules that read the same fields together. The filter keeps a group of its own: it must be
/// known before anything is counted.
fn gather(field_sets: Vec<Vec<usize>>, has_filter: bool) -> (Vec<Group>, Option<Group>) {
    let mut groups: Vec<Group> = Vec::new();
    let last = field_sets.len().saturating_sub(1);
    let mut filter = None;
    for (rule, slots) in field_sets.into_iter().enumerate() {
        if has_filter && rule == last {
            filter = Some(Group::of(slots, rule));
            continue;
        }
        match groups.iter_mut().find(|group| group.slots == slots) {
            Some(group) => group.rules.push(rule),
            None => groups.push(Group::of(slots, rule)),
        }
    }
    (groups, filter)
}

/// Bits of the combinations of a merged group: its table stays in the first-level cache.
const MERGED_BITS: u32 = 13;

/// Bits of the judgements (combinations × rules) that a merged group may cost.
const MERGED_JUDGEMENTS: u32 = 17;

/// Merges groups whose combinations stay few.
///
/// SPEED: a row costs a look-up and a count for each group, so fewer groups are better, as long as
/// judging their combinations (once each) stays cheap beside the rows.
fn merge(groups: &mut Vec<Group>, slots: &[Slot<'_>], socle: &Socle) {
    let mut merged: Vec<Group> = Vec::new();
    for group in groups.drain(..) {
        let fits = |known: &&mut Group| {
            let union = known.slots.iter().chain(group.slots.iter().filter(|slot| !known.slots.contains(slot)));
            let bits: u32 = union.map(|slot| slots[*slot].likely_bits(socle)).sum();
            let rules = known.rules.len() + group.rules.len();
            bits <= MERGED_BITS && bits + rules.ilog2() <= MERGED_JUDGEMENTS
        };
        match merged.iter_mut().find(fits) {
            Some(known) => {
                known.slots.extend(&group.slots);
                known.slots.sort_unstable();
                known.slots.dedup();
                known.rules.extend(group.rules);
                known.rules.sort_unstable();
            }
            None => merged.push(group),
        }
    }
    *groups = merged;
}

struct Builder<'p> {
    slots: Vec<Slot<'p>>,
    slot_of: BTreeMap<FieldId, usize>,
    /// Place of each atom or operand in its slot, by its text without places.
    atom_of: HashMap<(bool, String), usize>,
    generals: Vec<&'p Expr>,
}

impl<'p> Builder<'p> {
    fn slot(&mut self, field: FieldId) -> usize {
        *self.slot_of.entry(field).or_insert_with(|| {
            self.slots.push(Slot::new(field));
            self.slots.len() - 1
        })
    }

    fn lower(&mut self, expr: &'p Expr) -> Node {
        match &expr.kind {
            Kind::Literal(Value::Bool(value)) => Node::Constant(Truth::from(*value)),
            Kind::Not(inner) => Node::Not(Box::new(self.lower(inner))),
            Kind::And(left, right) => Node::And(vec![self.lower(left), self.lower(right)]),
            Kind::Or(left, right) => Node::Or(vec![self.lower(left), self.lower(right)]),
            Kind::If(test, then, otherwise) => {
                Node::If(Box::new([self.lower(test), self.lower(then), self.lower(otherwise)]))
            }
            _ => self.leaf(expr),
        }
    }

    fn leaf(&mut self, expr: &'p Expr) -> Node {
        let fields = condition::fields(expr);
        let mut single = fields.iter();
        if let (Some(field), None, false) = (single.next(), single.next(), reads_previous(expr)) {
            let slot = self.slot(*field);
            let atom = Self::place(&mut self.atom_of, &mut self.slots[slot].atoms, false, expr);
            return Node::Atom { slot, atom };
        }
        if let Kind::Binary(op, left, right) = &expr.kind
            && !is_dated(expr)
            && !reads_previous(expr)
            && let (Some(left), Some(right)) = (self.operand(left), self.operand(right))
        {
            return Node::Compare { op: *op, left, right };
        }
        for field in fields {
            let slot = self.slot(field);
            self.slots[slot].keeps_value = true;
        }
        self.generals.push(expr);
        Node::General(self.generals.len() - 1)
    }

    /// The operand of a comparison, when it reads exactly one field.
    fn operand(&mut self, expr: &'p Expr) -> Option<(usize, usize)> {
        let fields = condition::fields(expr);
        let field = (fields.len() == 1).then(|| fields.into_iter().next()).flatten()?;
        let slot = self.slot(field);
        let operand = Self::place(&mut self.atom_of, &mut self.slots[slot].operands, true, expr);
        Some((slot, operand))
    }

    /// SPEED: 500 rules share most of their atoms (the same lists of professions, the same minima).
    fn place(
        known: &mut HashMap<(bool, String), usize>,
        list: &mut Vec<&'p Expr>,
        operand: bool,
        expr: &'p Expr,
    ) -> usize {
        let mut key = String::new();
        write_key(expr, &mut key);
        *known.entry((operand, key)).or_insert_with(|| {
            list.push(expr);
            list.len() - 1
        })
    }
}

impl Compiled {
    /// The operands of the comparison that the rule is, when it is nothing else.
    fn comparison(&self) -> Option<[(usize, usize); 2]> {
        match (&self.scope, &self.require) {
            (Node::Constant(Truth::True), Node::Compare { left, right, .. }) if self.waivers.is_empty() => {
                Some([*left, *right])
            }
            _ => None,
        }
    }
}

impl Node {
    /// Renames slots to their place among the slots of the group.
    fn localise(&mut self, slots: &[usize]) {
        let place = |slot: &mut usize| *slot = slots.iter().position(|known| known == slot).unwrap_or(0);
        match self {
            Node::Constant(_) | Node::General(_) => {}
            Node::Atom { slot, .. } => place(slot),
            Node::Compare { left, right, .. } => {
                place(&mut left.0);
                place(&mut right.0);
            }
            Node::Not(inner) => inner.localise(slots),
            Node::And(parts) | Node::Or(parts) => parts.iter_mut().for_each(|part| part.localise(slots)),
            Node::If(parts) => parts.iter_mut().for_each(|part| part.localise(slots)),
        }
    }
}

/// A text that is equal for expressions that mean the same, wherever they stand.
fn write_key(expr: &Expr, out: &mut String) {
    let own = match &expr.kind {
        Kind::Literal(value) => format!("{value:?}"),
        Kind::Field(field) => format!("{field:?}"),
        Kind::Previous(field) => format!("previous {field:?}"),
        Kind::Parameter(parameter) => format!("{parameter:?}"),
        Kind::Local(depth) => format!("local {depth}"),
        Kind::Column(_, place) | Kind::Member(_, place) => format!("{place}"),
        Kind::DatePart(_, part) => format!("{part:?}"),
        Kind::VersionPart(_, part) => format!("{part:?}"),
        Kind::Binary(op, ..) => format!("{op:?}"),
        Kind::StringTest(test, ..) => format!("{test:?}"),
        Kind::Matches(_, pattern) => pattern.as_str().to_owned(),
        _ => String::new(),
    };
    // Lengths make it prefix-free: no literal can pass for another expression. Writing cannot fail.
    let _ = write!(out, "{:?}{}:{own}(", std::mem::discriminant(&expr.kind), own.len());
    for child in expr.children() {
        write_key(child, out);
    }
    out.push(')');
}

/// Whether the expression reads `today` or a dated threshold.
pub(super) fn is_dated(expr: &Expr) -> bool {
    expr.any(&mut |part| matches!(part.kind, Kind::Today | Kind::Parameter(_)))
}

fn reads_previous(expr: &Expr) -> bool {
    expr.any(&mut |part| matches!(part.kind, Kind::Previous(_)))
}
