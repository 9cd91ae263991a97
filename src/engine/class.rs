//! Slots and classes: what a run needs to know of a field, and the texts that are the same to it.

use super::program::{Program, is_dated};
use super::tally::GroupValue;
use crate::pack::condition::{self, Env, Expr, Kind, StringTest};
use crate::socle::{FieldId, IdentifierClass, Manner, Origin, Problem, Reading, Socle, all_digits};
use crate::value::{Date, Datum, Missing, Truth, Type, Value};
use std::collections::HashMap;

/// A field that the rules read, with what they ask of it.
pub(super) struct Slot<'p> {
    pub(super) field: FieldId,
    /// Conditions that read this field alone.
    pub(super) atoms: Vec<&'p Expr>,
    /// Sides of comparisons with another field.
    pub(super) operands: Vec<&'p Expr>,
    /// What the population is grouped by.
    pub(super) by: Vec<&'p Expr>,
    /// A condition reads the field together with others and cannot be cut: the value itself is kept.
    pub(super) keeps_value: bool,
    /// Atoms whose answer may change with the date.
    dated: Vec<usize>,
    /// For identifiers of which only the class and these tests on the text are asked: the tests.
    pub(super) shape: Option<Vec<(StringTest, &'p str)>>,
}

/// Texts on which everything that is asked of a field answers the same.
pub(super) struct Class {
    /// Answer of each atom today.
    pub(super) truths: Box<[Truth]>,
    /// Answers of dated atoms later: atom, first day, answer; by atom then day.
    pub(super) steps: Box<[(usize, Date, Truth)]>,
    pub(super) operands: Box<[Datum]>,
    /// The value, where [`Slot::keeps_value`].
    pub(super) value: Datum,
    /// Group of each [`Slot::by`], an index into [`Classes::groups`].
    pub(super) by: Box<[u32]>,
    pub(super) problem: Option<Problem>,
    pub(super) origin: Option<Origin>,
    /// The value of a field of weights; `None` when it is no integer from 0 to [`MOST_WEIGHT`].
    pub(super) weight: Option<u64>,
}

/// A class in a combination.
#[derive(Clone, Copy)]
pub(super) struct Member<'c> {
    pub(super) class: &'c Class,
    /// The [`order_of`] each operand.
    pub(super) orders: &'c [u64],
}

/// Largest weight of a row: no installation stands for more, and so many of them still add up in 64 bits.
const MOST_WEIGHT: u64 = 1_000_000_000;

/// The classes of a slot, as one worker has met them.
#[derive(Default)]
pub(super) struct Classes {
    pub(super) list: Vec<Class>,
    /// By the digest of what [`Class::write_key`] writes: the bytes themselves would take as much room as the classes.
    index: HashMap<[u8; 16], u32>,
    /// The [`order_of`] each operand of each class, class after class.
    orders: Vec<u64>,
    /// The values of each `--by`, in the order met.
    pub(super) groups: Vec<Groups>,
    /// Classes of this slot were forgotten so many times.
    pub(super) generation: u32,
    key: Vec<u8>,
    /// Class by what is asked of an identifier, see [`Slot::shape`].
    shapes: Vec<((IdentifierClass, u64), u32)>,
}

/// What no number sorts.
pub(super) const UNORDERED: u64 = u64::MAX;

/// A number that sorts as values of one type do, [`UNORDERED`] for what has none.
fn order_of(datum: &Datum) -> u64 {
    match datum {
        Datum::Known(Value::Version(version)) => version.order().unwrap_or(UNORDERED),
        // Days of one month never reach those of the next, whatever the number of days.
        Datum::Known(Value::Date(date)) => {
            u64::try_from(((date.year() + 10_000) * 16 + date.month()) * 32 + date.day()).unwrap_or(UNORDERED)
        }
        Datum::Known(Value::Int(value)) => value.cast_unsigned() ^ 1 << 63,
        _ => UNORDERED,
    }
}

/// Values of a `--by` met so far.
#[derive(Default)]
pub(super) struct Groups {
    pub(super) values: Vec<GroupValue>,
    index: HashMap<GroupValue, u32>,
}

impl<'p> Slot<'p> {
    pub(super) fn new(field: FieldId) -> Slot<'p> {
        Slot {
            field,
            atoms: Vec::new(),
            operands: Vec::new(),
            by: Vec::new(),
            keeps_value: false,
            dated: Vec::new(),
            shape: None,
        }
    }

    /// Bits of the number of classes that this field will likely have. A guess: more only cost more memory.
    pub(super) fn likely_bits(&self, socle: &Socle) -> u32 {
        if self.keeps_value || !self.operands.is_empty() {
            return 12;
        }
        // Atoms are mostly thresholds: each cuts the values in two more.
        let cuts = 2 * self.atoms.len() + 2;
        let values = match &socle.fields[usize::from(self.field.0)].ty {
            Type::Bool => 4,
            Type::Row(table) => socle.tables.table(*table).rows.len() + 2,
            _ => usize::MAX,
        };
        cuts.min(values).next_power_of_two().ilog2()
    }

    pub(super) fn finish(&mut self, socle: &Socle) {
        self.dated = (0..self.atoms.len()).filter(|atom| is_dated(self.atoms[*atom])).collect();
        let identifier = socle.fields[usize::from(self.field.0)].ty == Type::Identifier;
        if identifier && !self.keeps_value && self.operands.is_empty() && self.by.is_empty() {
            self.shape = self.atoms.iter().try_fold(Vec::new(), |tests, atom| shape_of(atom, tests));
        }
    }
}

/// Adds the test on an identifier's text that an atom makes, if any; `None` when it asks more than that.
///
/// SPEED: an identifier column has as many texts as rows. Their class costs some tens of nanoseconds,
/// a reading and its evaluation ten times that.
fn shape_of<'p>(atom: &'p Expr, mut tests: Vec<(StringTest, &'p str)>) -> Option<Vec<(StringTest, &'p str)>> {
    if let Kind::StringTest(test, text, part) = &atom.kind
        && let (Kind::Field(_), Kind::Literal(Value::String(part))) = (&text.kind, &part.kind)
    {
        tests.push((*test, part));
        return (tests.len() <= 64).then_some(tests);
    }
    let mut plain = true;
    atom.visit(&mut |node| {
        let below = node.children();
        let through = matches!(node.kind, Kind::Scheme(_) | Kind::KeyOk(_));
        plain &= through || !below.iter().any(|child| matches!(child.kind, Kind::Field(_)));
    });
    (plain && !matches!(atom.kind, Kind::Field(_))).then_some(tests)
}

impl Classes {
    /// Forgets every class; the groups of `--by` keep their numbers.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.index.clear();
        self.orders.clear();
        self.shapes.clear();
        self.generation += 1;
    }

    /// A class, as a member of a combination.
    pub(super) fn member(&self, class: usize) -> Member<'_> {
        let class_of = &self.list[class];
        let operands = class_of.operands.len();
        Member { class: class_of, orders: &self.orders[class * operands..][..operands] }
    }

    /// The [`order_of`] an operand, class by class.
    pub(super) fn orders(&self, operand: usize) -> impl Fn(u32) -> u64 {
        let operands = self.list.first().map_or(0, |class| class.operands.len());
        move |class| self.orders[class as usize * operands + operand]
    }

    /// The class of a text, once read.
    pub(super) fn class_of_text(
        &mut self,
        program: &Program<'_>,
        slot: usize,
        text: &str,
        manner: Manner,
        scratch: &mut [Datum],
    ) -> u32 {
        let reading = program.socle.read_in(program.slots[slot].field, text, manner);
        self.class_of(program, slot, reading, scratch)
    }

    /// The class of an identifier's bytes, when they are letters and digits alone and only the shape matters.
    pub(super) fn class_of_raw(
        &mut self,
        program: &Program<'_>,
        slot: usize,
        raw: &[u8],
        manner: Manner,
        scratch: &mut [Datum],
    ) -> Option<u32> {
        let asked = &program.slots[slot];
        let tests = asked.shape.as_ref().filter(|_| all_digits(raw) || raw.iter().all(u8::is_ascii_alphanumeric))?;
        let answers = tests.iter().enumerate().fold(0u64, |bits, (place, (test, part))| {
            let part = part.as_bytes();
            let holds = match test {
                // SPEED: of a letter or two, without a call.
                StringTest::StartsWith => raw.len() >= part.len() && raw.iter().zip(part).all(|(a, b)| a == b),
                StringTest::EndsWith => {
                    raw.len() >= part.len() && raw.iter().rev().zip(part.iter().rev()).all(|(a, b)| a == b)
                }
                StringTest::Contains => part.is_empty() || raw.windows(part.len()).any(|window| window == part),
            };
            bits | u64::from(holds) << place
        });
        let shape = (program.socle.class_stated(asked.field, manner.stated, raw), answers);
        if let Some((_, class)) = self.shapes.iter().find(|(known, _)| *known == shape) {
            return Some(*class);
        }
        let text = std::str::from_utf8(raw).ok()?;
        let class = self.class_of_text(program, slot, text, manner, scratch);
        // Beyond a few shapes the search would cost more than it spares.
        if self.shapes.len() < 64 {
            self.shapes.push((shape, class));
        }
        Some(class)
    }

    /// The class of a reading. `scratch` has one datum a field of the socle, all unknown.
    pub(super) fn class_of(
        &mut self,
        program: &Program<'_>,
        slot: usize,
        reading: Reading,
        scratch: &mut [Datum],
    ) -> u32 {
        self.class_from(program, slot, (reading, None), scratch)
    }

    /// The class of a reading that may come from the catalogue.
    pub(super) fn class_from(
        &mut self,
        program: &Program<'_>,
        slot: usize,
        (reading, origin): (Reading, Option<Origin>),
        scratch: &mut [Datum],
    ) -> u32 {
        let slot = &program.slots[slot];
        self.groups.resize_with(slot.by.len(), Groups::default);
        let field = usize::from(slot.field.0);
        let Reading { datum, problem, .. } = reading;
        let unknown = std::mem::replace(&mut scratch[field], datum);
        let class = Class { origin, ..evaluate(program, slot, problem, scratch, &mut self.groups) };
        scratch[field] = unknown;
        self.key.clear();
        class.write_key(&mut self.key);
        let mut digest = [0; 16];
        blake3::Hasher::new().update(&self.key).finalize_xof().fill(&mut digest);
        if let Some(known) = self.index.get(&digest) {
            return *known;
        }
        // A batch has fewer than 2^31 rows, and classes are cleared between batches when they are many.
        let id = self.list.len() as u32;
        self.orders.extend(class.operands.iter().map(order_of));
        self.list.push(class);
        self.index.insert(digest, id);
        id
    }
}

fn evaluate(
    program: &Program<'_>,
    slot: &Slot<'_>,
    problem: Option<Problem>,
    fields: &[Datum],
    groups: &mut [Groups],
) -> Class {
    let socle = program.socle;
    let env = env(socle, fields, program.today);
    let truths = slot.atoms.iter().map(|atom| condition::truth(atom, &env)).collect();
    let mut steps = Vec::new();
    if let Some(until) = program.until {
        for atom in &slot.dated {
            for date in condition::flips(slot.atoms[*atom], &env, program.today, until) {
                steps.push((*atom, date, condition::truth(slot.atoms[*atom], &self::env(socle, fields, date))));
            }
        }
    }
    let operands = slot.operands.iter().map(|operand| condition::eval(operand, &env)).collect();
    let by = slot.by.iter().zip(groups).map(|(by, groups)| groups.place(socle, &condition::eval(by, &env))).collect();
    let own = &fields[usize::from(slot.field.0)];
    let weight = match own {
        Datum::Known(Value::Int(weight)) => u64::try_from(*weight).ok().filter(|weight| *weight <= MOST_WEIGHT),
        _ => None,
    };
    let value = if slot.keeps_value { own.clone() } else { Datum::Unknown(Missing::Blank) };
    Class { truths, steps: steps.into(), operands, value, by, problem, origin: None, weight }
}

/// The environment of an evaluation at a date.
pub(super) fn env<'e>(socle: &'e Socle, fields: &'e [Datum], today: Date) -> Env<'e> {
    Env { tables: &socle.tables, parameters: &socle.parameters, fields, previous: &[], today }
}

impl Groups {
    fn place(&mut self, socle: &Socle, datum: &Datum) -> u32 {
        let value = match datum {
            Datum::Known(value) => {
                let label = socle.tables.value_label(value);
                GroupValue::Known { key: group_key(socle, value), label: (label.fr, label.en) }
            }
            _ => GroupValue::Unknown,
        };
        *self.index.entry(value).or_insert_with_key(|value| {
            self.values.push(value.clone());
            u32::try_from(self.values.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

/// The stable text of a value that groups are made of.
fn group_key(socle: &Socle, value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        Value::String(value) => value.to_string(),
        Value::Date(value) => value.to_string(),
        Value::Version(value) => value.to_string(),
        Value::Identifier(value) => value.shown().to_owned(),
        Value::Row(row) => socle.tables.row(*row).id.clone(),
        // Lists and records are refused in `--by`.
        Value::Record(_) | Value::List(_) => String::new(),
    }
}

impl Class {
    /// Bytes that are equal when two classes are.
    fn write_key(&self, key: &mut Vec<u8>) {
        key.extend(self.truths.iter().map(|truth| *truth as u8));
        key.push(match self.problem {
            None => 0,
            Some(Problem::Unreadable) => 1,
            Some(Problem::Repaired) => 2,
            Some(Problem::Personal) => 3,
            Some(Problem::WhichItem) => 4,
            Some(Problem::Lost) => 5,
            Some(Problem::Disagreement) => 6,
            Some(Problem::WrongKey { scheme }) => 7 + scheme,
        });
        key.push(self.origin.map_or(0, |origin| 1 + origin as u8));
        key.push(u8::from(self.weight.is_some()));
        key.extend(self.weight.unwrap_or(0).to_le_bytes());
        for group in &self.by {
            key.extend(group.to_le_bytes());
        }
        for (atom, date, truth) in &self.steps {
            key.extend((*atom as u64).to_le_bytes());
            key.extend(date.year().to_le_bytes());
            key.extend([date.month() as u8, date.day() as u8, *truth as u8]);
        }
        for datum in self.operands.iter().chain([&self.value]) {
            write_datum(datum, key);
        }
    }
}

/// A prefix-free encoding of a datum, so that sequences of them compare right.
fn write_datum(datum: &Datum, key: &mut Vec<u8>) {
    match datum {
        Datum::Known(value) => {
            key.push(1);
            write_value(value, key);
        }
        Datum::OneOf(values) => {
            key.push(2);
            key.extend((values.len() as u64).to_le_bytes());
            for value in values.iter() {
                write_value(value, key);
            }
        }
        Datum::Unknown(missing) => key.extend([3, *missing as u8]),
    }
}

fn write_value(value: &Value, key: &mut Vec<u8>) {
    let text = |key: &mut Vec<u8>, text: &str| {
        key.extend((text.len() as u64).to_le_bytes());
        key.extend(text.as_bytes());
    };
    match value {
        Value::Bool(value) => key.extend([0, u8::from(*value)]),
        Value::Int(value) => {
            key.push(1);
            key.extend(value.to_le_bytes());
        }
        Value::Double(value) => {
            key.push(2);
            key.extend(value.to_bits().to_le_bytes());
        }
        Value::String(value) => {
            key.push(3);
            text(key, value);
        }
        Value::Date(value) => {
            key.push(4);
            text(key, &value.to_string());
        }
        Value::Version(value) => {
            key.push(5);
            text(key, &value.to_string());
        }
        Value::Identifier(value) => {
            key.push(6);
            text(key, &value.text);
            write_datum(&value.scheme, key);
            write_datum(&value.key_ok, key);
        }
        Value::Row(row) => {
            key.push(7);
            key.extend(row.table.0.to_le_bytes());
            key.extend(row.row.to_le_bytes());
        }
        Value::Record(items) | Value::List(items) => {
            key.push(if matches!(value, Value::Record(_)) { 8 } else { 9 });
            key.extend((items.len() as u64).to_le_bytes());
            for item in items.iter() {
                write_datum(item, key);
            }
        }
    }
}
