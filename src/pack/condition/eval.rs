//! Evaluation with unknowns.
//!
//! INVARIANT (monotony): an answer given on partial data is the answer on every completion of it.

use super::expr::{BinaryOp, DatePart, Expr, Kind, StringTest, VersionPart};
use crate::socle::{Parameter, Tables};
use crate::value::{Date, Datum, Missing, Truth, Value};
use std::cmp::Ordering;
use std::sync::Arc;

/// Items that one evaluation goes through, all lists together (and texts, by 64 bytes), before it
/// gives up. Loops inside loops over long lists would otherwise hang.
const MAX_STEPS: usize = 1_000_000;

/// Bytes that a concatenation may make.
const MAX_STRING: usize = 1 << 20;

/// Pairs of candidates that an operator tries before it calls the answer undecided.
const MAX_PAIRS: usize = 1 << 16;

/// What an evaluation reads.
pub struct Env<'a> {
    /// Tables and record types.
    pub tables: &'a Tables,
    /// Dated thresholds.
    pub parameters: &'a [Parameter],
    /// Values of the record, at the index of their field; a missing one is not collected.
    pub fields: &'a [Datum],
    /// Values of the previous manifest.
    pub previous: &'a [Datum],
    /// The date of the evaluation.
    pub today: Date,
}

/// The value of an expression.
#[must_use]
pub fn eval(expr: &Expr, env: &Env<'_>) -> Datum {
    Evaluator::new(env).seen(expr).into_datum()
}

/// The truth of a boolean expression.
#[must_use]
pub fn truth(expr: &Expr, env: &Env<'_>) -> Truth {
    Evaluator::new(env).test(expr).map_or(Truth::Unknown, Truth::from)
}

/// The truth of a comparison between two values already evaluated, as [`truth`] would answer.
#[must_use]
pub fn comparison(op: BinaryOp, left: &Datum, right: &Datum) -> Truth {
    // SPEED: most values are known, and two of them need no agreement.
    let answer = match (left, right) {
        (Datum::Known(left), Datum::Known(right)) => compare(op, left, right),
        _ => agreed_pairs(&Seen::of(left), &Seen::of(right), |a, b| compare(op, a, b)),
    };
    answer.map_or(Truth::Unknown, Truth::from)
}

/// A value as evaluation sees it: borrowed from the record, the tables or the expression where it can be.
pub(super) enum Seen<'a> {
    One(&'a Value),
    Own(Value),
    Many(&'a [Value]),
    OwnMany(Arc<[Value]>),
    Missing(Missing),
}

/// What a boolean is, or why it is not known.
pub(super) type Known<T> = Result<T, Missing>;

impl<'a> Seen<'a> {
    pub(super) fn of(datum: &'a Datum) -> Seen<'a> {
        match datum {
            Datum::Known(value) => Seen::One(value),
            Datum::OneOf(values) => Seen::Many(values),
            Datum::Unknown(missing) => Seen::Missing(*missing),
        }
    }

    fn owned(datum: Datum) -> Seen<'a> {
        match datum {
            Datum::Known(value) => Seen::Own(value),
            Datum::OneOf(values) => Seen::OwnMany(values),
            Datum::Unknown(missing) => Seen::Missing(missing),
        }
    }

    pub(super) fn into_datum(self) -> Datum {
        match self {
            Seen::One(value) => Datum::Known(value.clone()),
            Seen::Own(value) => Datum::Known(value),
            Seen::Many(values) => Datum::OneOf(values.into()),
            Seen::OwnMany(values) => Datum::OneOf(values),
            Seen::Missing(missing) => Datum::Unknown(missing),
        }
    }

    /// Every value it may have; never empty.
    pub(super) fn candidates(&self) -> Known<&[Value]> {
        match self {
            Seen::One(value) => Ok(std::slice::from_ref(*value)),
            Seen::Own(value) => Ok(std::slice::from_ref(value)),
            Seen::Many([]) => Err(Missing::Undecided),
            Seen::Many(values) => Ok(values),
            Seen::OwnMany(values) if values.is_empty() => Err(Missing::Undecided),
            Seen::OwnMany(values) => Ok(values),
            Seen::Missing(missing) => Err(*missing),
        }
    }

    fn from_known(result: Known<Value>) -> Seen<'a> {
        match result {
            Ok(value) => Seen::Own(value),
            Err(missing) => Seen::Missing(missing),
        }
    }
}

/// A value of another type than the expression's: the caller broke its promise, and nothing is known.
const ILL_TYPED: Missing = Missing::Unreadable;

pub(super) struct Evaluator<'a> {
    env: &'a Env<'a>,
    /// Variables of the enclosing loops, outermost first.
    pub(super) locals: Vec<Datum>,
    steps: usize,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(env: &'a Env<'a>) -> Evaluator<'a> {
        Evaluator { env, locals: Vec::new(), steps: 0 }
    }

    /// The value of any expression.
    pub(super) fn seen(&mut self, expr: &'a Expr) -> Seen<'a> {
        match &expr.kind {
            Kind::Literal(value) => Seen::One(value),
            Kind::Today => Seen::Own(Value::Date(self.env.today)),
            Kind::Field(id) => field(self.env.fields, id.0),
            Kind::Previous(id) => field(self.env.previous, id.0),
            Kind::Parameter(id) => self.parameter(id.0),
            Kind::Local(depth) => match self.locals.get(*depth) {
                Some(datum) => Seen::owned(datum.clone()),
                None => Seen::Missing(ILL_TYPED),
            },
            Kind::Column(row, column) => {
                let tables = self.env.tables;
                self.select(row, |value| match value {
                    Value::Row(row) => tables.row(*row).cells.get(*column).map(Seen::of),
                    _ => None,
                })
            }
            Kind::Member(record, member) => self.select(record, |value| match value {
                Value::Record(members) => members.get(*member).map(|m| Seen::owned(m.clone())),
                _ => None,
            }),
            Kind::DatePart(date, DatePart::Year) => self.select(date, |value| match value {
                Value::Date(date) => Some(Seen::Own(Value::Int(date.year()))),
                _ => None,
            }),
            Kind::VersionPart(version, part) => self.select(version, |value| match value {
                // An absent component is below every version, part by part too.
                Value::Version(version) => Some(Seen::Own(Value::Int(version.part(index(*part)).unwrap_or(-1)))),
                _ => None,
            }),
            Kind::Scheme(id) => self.select(id, |value| match value {
                Value::Identifier(id) => Some(Seen::owned(id.scheme.clone())),
                _ => None,
            }),
            Kind::KeyOk(id) => self.select(id, |value| match value {
                Value::Identifier(id) => Some(Seen::owned(id.key_ok.clone())),
                _ => None,
            }),
            Kind::If(test, then, otherwise) => match self.test(test) {
                Ok(true) => self.seen(then),
                Ok(false) => self.seen(otherwise),
                Err(missing) => Seen::Missing(missing),
            },
            Kind::Negate(operand) => {
                let operand = self.seen(operand);
                Seen::from_known(agreed(&operand, |value| match value {
                    Value::Int(n) => n.checked_neg().map(Value::Int).ok_or(Missing::Overflow),
                    Value::Double(x) => Ok(Value::Double(-x)),
                    _ => Err(ILL_TYPED),
                }))
            }
            Kind::Binary(op, a, b) if !op.is_comparison() => {
                let (a, b) = (self.seen(a), self.seen(b));
                Seen::from_known(agreed_pairs(&a, &b, |a, b| arithmetic(*op, a, b)))
            }
            Kind::List(items) => {
                let items: Arc<[Datum]> = items.iter().map(|item| self.seen(item).into_datum()).collect();
                Seen::Own(Value::List(items))
            }
            Kind::Size(operand) => {
                let operand = self.seen(operand);
                Seen::from_known(agreed(&operand, |value| {
                    let size = match value {
                        Value::String(text) => text.chars().count(),
                        Value::List(items) => items.len(),
                        _ => return Err(ILL_TYPED),
                    };
                    i64::try_from(size).map(Value::Int).map_err(|_| Missing::Overflow)
                }))
            }
            Kind::Not(_)
            | Kind::And(..)
            | Kind::Or(..)
            | Kind::Binary(..)
            | Kind::In(..)
            | Kind::Exists(..)
            | Kind::All(..)
            | Kind::StringTest(..)
            | Kind::Matches(..) => Seen::from_known(self.test(expr).map(Value::Bool)),
        }
    }

    /// The truth of a boolean expression, or why it is not known (of several reasons, the first).
    pub(super) fn test(&mut self, expr: &'a Expr) -> Known<bool> {
        match &expr.kind {
            Kind::Literal(Value::Bool(value)) => Ok(*value),
            Kind::Not(operand) => self.test(operand).map(|b| !b),
            Kind::And(a, b) => match self.test(a) {
                Ok(false) => Ok(false),
                Ok(true) => self.test(b),
                Err(missing) => {
                    if self.test(b) == Ok(false) {
                        Ok(false)
                    } else {
                        Err(missing)
                    }
                }
            },
            Kind::Or(a, b) => match self.test(a) {
                Ok(true) => Ok(true),
                Ok(false) => self.test(b),
                Err(missing) => {
                    if self.test(b) == Ok(true) {
                        Ok(true)
                    } else {
                        Err(missing)
                    }
                }
            },
            Kind::If(test, then, otherwise) => {
                if self.test(test)? {
                    self.test(then)
                } else {
                    self.test(otherwise)
                }
            }
            Kind::Binary(op, a, b) if op.is_comparison() => {
                let (a, b) = (self.seen(a), self.seen(b));
                self.spend_on(&a)?;
                agreed_pairs(&a, &b, |a, b| compare(*op, a, b))
            }
            Kind::In(item, list) => {
                let (item, list) = (self.seen(item), self.seen(list));
                self.spend_on(&list)?;
                agreed_pairs(&item, &list, |item, list| match list {
                    Value::List(items) => any(items.iter().map(|other| agreed(&Seen::of(other), |o| equal(item, o)))),
                    _ => Err(ILL_TYPED),
                })
            }
            Kind::Exists(list, body) => self.quantified(list, body, true),
            Kind::All(list, body) => self.quantified(list, body, false),
            Kind::StringTest(test, text, part) => {
                let (text, part) = (self.seen(text), self.seen(part));
                self.spend_on(&text)?;
                agreed_pairs(&text, &part, |text, part| {
                    let (Some(text), Some(part)) = (as_text(text), as_text(part)) else { return Err(ILL_TYPED) };
                    Ok(match test {
                        StringTest::StartsWith => text.starts_with(part),
                        StringTest::EndsWith => text.ends_with(part),
                        StringTest::Contains => text.contains(part),
                    })
                })
            }
            Kind::Matches(text, regex) => {
                let text = self.seen(text);
                self.spend_on(&text)?;
                agreed(&text, |text| as_text(text).map(|text| regex.is_match(text)).ok_or(ILL_TYPED))
            }
            _ => {
                let value = self.seen(expr);
                agreed(&value, |value| match value {
                    Value::Bool(value) => Ok(*value),
                    _ => Err(ILL_TYPED),
                })
            }
        }
    }

    /// The attribute of every candidate; one that is unknown makes the whole unknown.
    fn select<'s>(&mut self, base: &'a Expr, attribute: impl Fn(&Value) -> Option<Seen<'s>>) -> Seen<'s> {
        match self.seen(base) {
            Seen::Missing(missing) => Seen::Missing(missing),
            Seen::One(value) => attribute(value).unwrap_or(Seen::Missing(ILL_TYPED)),
            Seen::Own(value) => attribute(&value).unwrap_or(Seen::Missing(ILL_TYPED)),
            several => {
                let Ok(candidates) = several.candidates() else { return Seen::Missing(Missing::Undecided) };
                let mut values = Vec::with_capacity(candidates.len());
                for candidate in candidates {
                    match attribute(candidate).unwrap_or(Seen::Missing(ILL_TYPED)).into_datum() {
                        Datum::Known(value) => values.push(value),
                        Datum::OneOf(several) => values.extend_from_slice(&several),
                        Datum::Unknown(missing) => return Seen::Missing(missing),
                    }
                }
                Seen::owned(Datum::one_of(values))
            }
        }
    }

    fn spend(&mut self, steps: usize) -> Known<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS { Err(Missing::Overflow) } else { Ok(()) }
    }

    /// Going through a list or a text takes time too; anything else is one step of no account.
    fn spend_on(&mut self, operand: &Seen<'_>) -> Known<()> {
        let size = |value: &Value| match value {
            Value::String(text) => text.len() / 64,
            Value::List(items) => items.len(),
            _ => 0,
        };
        match operand {
            Seen::One(value) => self.spend(size(value)),
            Seen::Own(value) => self.spend(size(value)),
            Seen::Missing(_) => Ok(()),
            several => self.spend(several.candidates()?.iter().map(size).sum()),
        }
    }

    fn parameter(&self, id: u16) -> Seen<'a> {
        let Some(parameter) = self.env.parameters.get(usize::from(id)) else { return Seen::Missing(ILL_TYPED) };
        let today = self.env.today;
        match parameter.values.iter().rev().find(|(since, _)| *since <= today) {
            Some((_, value)) => Seen::One(value),
            None => Seen::Missing(Missing::NoAttribute),
        }
    }

    /// `exists` (`sought` is true) or `all` (`sought` is false): one item that answers `sought` decides.
    fn quantified(&mut self, list: &'a Expr, body: &'a Expr, sought: bool) -> Known<bool> {
        let list = self.seen(list);
        let mut answer = None;
        for candidate in list.candidates()? {
            let Value::List(items) = candidate else { return Err(ILL_TYPED) };
            let here = self.quantified_over(items, body, sought)?;
            if answer.is_some_and(|before| before != here) {
                return Err(Missing::Undecided);
            }
            answer = Some(here);
        }
        answer.ok_or(Missing::Undecided)
    }

    fn quantified_over(&mut self, items: &[Datum], body: &'a Expr, sought: bool) -> Known<bool> {
        let mut missing = None;
        for item in items {
            self.spend(1)?;
            self.locals.push(item.clone());
            let answer = self.test(body);
            self.locals.pop();
            match answer {
                Ok(answer) if answer == sought => return Ok(sought),
                Ok(_) => {}
                Err(why) => missing = missing.or(Some(why)),
            }
        }
        missing.map_or(Ok(!sought), Err)
    }
}

fn field(fields: &[Datum], id: u16) -> Seen<'_> {
    fields.get(usize::from(id)).map_or(Seen::Missing(Missing::NotCollected), Seen::of)
}

fn index(part: VersionPart) -> usize {
    match part {
        VersionPart::Major => 0,
        VersionPart::Minor => 1,
        VersionPart::Patch => 2,
    }
}

fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Identifier(id) => Some(&id.text),
        _ => None,
    }
}

/// What all candidates answer, else undecided.
fn agreed<T: PartialEq>(operand: &Seen<'_>, answer: impl Fn(&Value) -> Known<T>) -> Known<T> {
    let candidates = operand.candidates()?;
    let first = answer(&candidates[0])?;
    for candidate in &candidates[1..] {
        if answer(candidate)? != first {
            return Err(Missing::Undecided);
        }
    }
    Ok(first)
}

/// What all pairs of candidates answer, else undecided.
fn agreed_pairs<T: PartialEq>(a: &Seen<'_>, b: &Seen<'_>, answer: impl Fn(&Value, &Value) -> Known<T>) -> Known<T> {
    let (left, right) = (a.candidates()?, b.candidates()?);
    let first = answer(&left[0], &right[0])?;
    if left.len() == 1 && right.len() == 1 {
        return Ok(first);
    }
    if left.len().saturating_mul(right.len()) > MAX_PAIRS {
        return Err(Missing::Undecided);
    }
    for a in left {
        for b in right {
            if answer(a, b)? != first {
                return Err(Missing::Undecided);
            }
        }
    }
    Ok(first)
}

/// Kleene's disjunction.
fn any(answers: impl Iterator<Item = Known<bool>>) -> Known<bool> {
    let mut missing = None;
    for answer in answers {
        match answer {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(why) => missing = missing.or(Some(why)),
        }
    }
    missing.map_or(Ok(false), Err)
}

fn compare(op: BinaryOp, a: &Value, b: &Value) -> Known<bool> {
    match op {
        BinaryOp::Equal => equal(a, b),
        BinaryOp::NotEqual => equal(a, b).map(|same| !same),
        _ => {
            let order = order(a, b)?;
            // A NaN has no order with anything: every comparison with it is false.
            Ok(order.is_some_and(|order| holds(op, order)))
        }
    }
}

/// Whether a comparison holds between values of that order.
#[must_use]
pub fn holds(op: BinaryOp, order: Ordering) -> bool {
    match op {
        BinaryOp::Equal => order == Ordering::Equal,
        BinaryOp::NotEqual => order != Ordering::Equal,
        BinaryOp::Less => order == Ordering::Less,
        BinaryOp::LessOrEqual => order != Ordering::Greater,
        BinaryOp::Greater => order == Ordering::Greater,
        _ => order != Ordering::Less,
    }
}

fn equal(a: &Value, b: &Value) -> Known<bool> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Int(a), Value::Int(b)) => Ok(a == b),
        (Value::Double(a), Value::Double(b)) => Ok(a == b),
        (Value::String(a), Value::String(b)) => Ok(a == b),
        (Value::Date(a), Value::Date(b)) => Ok(a == b),
        (Value::Version(a), Value::Version(b)) => Ok(a == b),
        (Value::Identifier(a), Value::Identifier(b)) => Ok(a.text == b.text),
        (Value::Row(a), Value::Row(b)) => Ok(a == b),
        (Value::List(a), Value::List(b)) if a.len() != b.len() => Ok(false),
        (Value::List(a), Value::List(b)) => {
            let pairs = a.iter().zip(b.iter());
            any(pairs.map(|(a, b)| agreed_pairs(&Seen::of(a), &Seen::of(b), equal).map(|same| !same))).map(|d| !d)
        }
        _ => Err(ILL_TYPED),
    }
}

fn order(a: &Value, b: &Value) -> Known<Option<Ordering>> {
    Ok(match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        // Bytes of UTF-8 sort as the code points do.
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Version(a), Value::Version(b)) => Some(a.cmp(b)),
        (Value::Row(a), Value::Row(b)) if a.table == b.table => Some(a.row.cmp(&b.row)),
        _ => return Err(ILL_TYPED),
    })
}

fn arithmetic(op: BinaryOp, a: &Value, b: &Value) -> Known<Value> {
    let days = |date: &Date, days: Option<i64>| {
        days.and_then(|days| date.plus_days(days)).map(Value::Date).ok_or(Missing::Overflow)
    };
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => {
            if *b == 0 && matches!(op, BinaryOp::Divide | BinaryOp::Remainder) {
                return Err(Missing::DivisionByZero);
            }
            let result = match op {
                BinaryOp::Add => a.checked_add(*b),
                BinaryOp::Subtract => a.checked_sub(*b),
                BinaryOp::Multiply => a.checked_mul(*b),
                BinaryOp::Divide => a.checked_div(*b),
                _ => a.checked_rem(*b),
            };
            result.map(Value::Int).ok_or(Missing::Overflow)
        }
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(match op {
            BinaryOp::Add => a + b,
            BinaryOp::Subtract => a - b,
            BinaryOp::Multiply => a * b,
            BinaryOp::Divide => a / b,
            _ => return Err(ILL_TYPED),
        })),
        (Value::String(a), Value::String(b)) if a.len() + b.len() <= MAX_STRING => {
            Ok(Value::String([&**a, &**b].concat().into()))
        }
        (Value::String(_), Value::String(_)) => Err(Missing::Overflow),
        (Value::Date(date), Value::Int(n)) if op == BinaryOp::Add => days(date, Some(*n)),
        (Value::Date(date), Value::Int(n)) => days(date, n.checked_neg()),
        (Value::Int(n), Value::Date(date)) => days(date, Some(*n)),
        _ => Err(ILL_TYPED),
    }
}
