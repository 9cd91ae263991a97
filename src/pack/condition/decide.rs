//! Which sub-conditions decided an answer, on what value, against what.

use super::eval::{Env, Evaluator, Known};
use super::expr::{BinaryOp, DatePart, Expr, Kind, VersionPart};
use super::flips::mirrored;
use super::limits::is_today;
use super::words::{contrary, matching, need, one_of, quoted, reads, shown_datum, string_test};
use crate::diag::{Span, Text};
use crate::socle::FieldId;
use crate::text;
use crate::value::{Date, Datum, Missing, Truth, Type, Value};

/// Reasons that are kept: a list of a thousand readers does not give a thousand.
const MAX_REASONS: usize = 32;

/// Why an answer is what it is: a sub-condition without `&&`, `||`, `!`, `exists`, `all` in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The sub-condition, in bytes of the condition's text.
    pub span: Span,
    /// `False`: it is what was not wanted; `Unknown`: it is not known.
    pub truth: Truth,
    /// What it reads of the record.
    pub reads: Vec<Read>,
    /// The value seen, with labels, at most 80 characters; `None` when nothing is known of it, or for an identifier.
    pub seen: Option<Text>,
    /// The row of a table, or the item of a list, that `seen` is told of; `None` when it is that itself.
    pub of: Option<Text>,
    /// Whether findings may quote `seen`: it is not free text.
    pub quotable: bool,
    /// The operator that was to hold (`>=`, `in`, `not in` …), negations included.
    pub operator: &'static str,
    /// What the value was to be compared with, with labels.
    pub threshold: Option<Text>,
    /// What was needed, in words: « au moins « Add. 7 » ».
    pub needed: Text,
    /// The date that `today` is compared with, constant days taken into account, when there is one.
    pub deadline: Option<Date>,
    /// What is missing, when it is not known.
    pub missing: Vec<(Read, Missing)>,
    /// Why it is not known, when it is not.
    pub why: Option<Missing>,
}

impl Reason {
    /// The value seen, after what it is told of: « Windows 10 22H2 : 2025-10-14 ».
    #[must_use]
    pub fn told(&self) -> Option<Text> {
        let Text { fr, en } = self.seen.as_ref()?;
        Some(match &self.of {
            Some(Text { fr: of_fr, en: of_en }) => text!("{of_fr} : {fr}", "{of_en}: {en}"),
            None => text!("{fr}", "{en}"),
        })
    }
}

/// `(date + n).year` against a year is `date` against a day: what people know is the date.
fn day_of_year<'e>(subject: &'e Expr, op: BinaryOp, year: &Datum) -> Option<(&'e Expr, Date)> {
    let (Kind::DatePart(moved, DatePart::Year), Datum::Known(Value::Int(year))) = (&subject.kind, year) else {
        return None;
    };
    let year = i16::try_from(*year).ok()?;
    let day = match op {
        BinaryOp::GreaterOrEqual | BinaryOp::Less => Date::new(year, 1, 1)?,
        BinaryOp::Greater | BinaryOp::LessOrEqual => Date::new(year, 12, 31)?,
        _ => return None,
    };
    let (date, days) = match &moved.kind {
        Kind::Binary(BinaryOp::Add, date, days) => (&**date, constant_days(days)?),
        Kind::Binary(BinaryOp::Subtract, date, days) if date.ty == moved.ty => (&**date, -constant_days(days)?),
        _ => (&**moved, 0),
    };
    Some((date, day.plus_days(-days)?))
}

fn constant_days(expr: &Expr) -> Option<i64> {
    match &expr.kind {
        Kind::Literal(Value::Int(days)) => i32::try_from(*days).ok().map(i64::from),
        _ => None,
    }
}

/// A part of the record that a condition reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Read {
    /// The field.
    pub field: FieldId,
    /// In the previous manifest.
    pub previous: bool,
    /// Attributes after it, joined by points; empty for the field itself.
    pub path: String,
}

/// The sub-conditions that decided that an expression is not true: every one that is false when it
/// is false, every one that is unknown when it is unknown. Empty when it is true.
#[must_use]
pub fn decide(expr: &Expr, env: &Env<'_>) -> Vec<Reason> {
    let mut judge = Judge { evaluator: Evaluator::new(env), env, sources: Vec::new(), reasons: Vec::new() };
    if expr.ty == Type::Bool {
        judge.blame(expr, true);
    } else {
        judge.value(expr);
    }
    judge.reasons
}

struct Judge<'a> {
    evaluator: Evaluator<'a>,
    env: &'a Env<'a>,
    /// Where the variables of the enclosing loops come from.
    sources: Vec<Option<Read>>,
    reasons: Vec<Reason>,
}

impl<'a> Judge<'a> {
    fn blame(&mut self, expr: &'a Expr, wanted: bool) {
        let answer = self.evaluator.test(expr);
        if answer == Ok(wanted) || self.reasons.len() >= MAX_REASONS {
            return;
        }
        match &expr.kind {
            Kind::Not(operand) => self.blame(operand, !wanted),
            Kind::And(a, b) | Kind::Or(a, b) => {
                for side in [&**a, b] {
                    self.blame_if_same(side, wanted, answer);
                }
            }
            Kind::If(test, then, otherwise) => match self.evaluator.test(test) {
                Ok(true) => self.blame(then, wanted),
                Ok(false) => self.blame(otherwise, wanted),
                Err(_) => self.blame(test, true),
            },
            Kind::Exists(list, body) | Kind::All(list, body) => {
                let datum = self.evaluator.seen(list).into_datum();
                match &datum {
                    Datum::Known(Value::List(items)) if !items.is_empty() => {
                        let source = self.read(list);
                        self.sources.push(source);
                        for item in items.iter() {
                            self.evaluator.locals.push(item.clone());
                            self.blame_if_same(body, wanted, answer);
                            self.evaluator.locals.pop();
                        }
                        self.sources.pop();
                    }
                    _ => self.leaf(expr, wanted, answer),
                }
            }
            _ => self.leaf(expr, wanted, answer),
        }
    }

    /// Blames a part only when it answers as the whole does (unknown for unknown, contrary for contrary).
    fn blame_if_same(&mut self, part: &'a Expr, wanted: bool, whole: Known<bool>) {
        let answer = self.evaluator.test(part);
        if answer.is_err() == whole.is_err() {
            self.blame(part, wanted);
        }
    }

    /// An expression that is not a boolean: only what is missing is of interest.
    fn value(&mut self, expr: &'a Expr) {
        let datum = self.evaluator.seen(expr).into_datum();
        let why = match datum {
            Datum::Known(_) => return,
            Datum::OneOf(_) => Missing::Undecided,
            Datum::Unknown(why) => why,
        };
        let mut missing = Vec::new();
        self.missing(expr, &mut missing);
        let reason = Reason {
            span: expr.span.clone(),
            truth: Truth::Unknown,
            reads: self.reads(expr),
            seen: None,
            of: None,
            quotable: false,
            operator: "",
            threshold: None,
            needed: Text::default(),
            deadline: None,
            missing,
            why: Some(why),
        };
        self.push(reason);
    }

    fn push(&mut self, mut reason: Reason) {
        reason.missing.sort();
        reason.missing.dedup();
        if self.reasons.len() < MAX_REASONS && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    fn leaf(&mut self, expr: &'a Expr, wanted: bool, answer: Known<bool>) {
        let mut missing = Vec::new();
        if answer.is_err() {
            self.missing(expr, &mut missing);
        }
        let (subject, operator, threshold, needed, deadline) = self.terms(expr, wanted);
        let mut subject = subject;
        let mut datum = subject.map(|subject| self.evaluator.seen(subject).into_datum());
        // A known row whose column is not: the row is what was seen.
        while let (Some(Datum::Unknown(_)), Some(Kind::Column(row, _))) = (&datum, subject.map(|s| &s.kind)) {
            subject = Some(row);
            datum = Some(self.evaluator.seen(row).into_datum());
        }
        let seen = datum
            .filter(|datum| !matches!(datum, Datum::Unknown(_)))
            .filter(|_| subject.is_some_and(|s| s.ty != Type::Identifier))
            .map(|datum| shown_datum(&datum, self.env.tables));
        let reason = Reason {
            span: expr.span.clone(),
            truth: answer.map_or(Truth::Unknown, |_| Truth::False),
            reads: self.reads(expr),
            of: subject.and_then(|subject| self.owner(subject)),
            seen,
            quotable: subject.is_some_and(|s| quotable(s, self.env)),
            operator,
            threshold,
            needed,
            deadline,
            missing,
            why: answer.err(),
        };
        self.push(reason);
    }

    /// What an attribute is told of: the row that it is a column of.
    fn owner(&mut self, subject: &'a Expr) -> Option<Text> {
        let mut owner = subject;
        while let Kind::Column(inner, _) | Kind::Member(inner, _) = &owner.kind {
            owner = inner;
            if matches!(owner.ty, Type::Row(_)) {
                return match self.evaluator.seen(owner).into_datum() {
                    Datum::Unknown(_) => None,
                    datum => Some(self.env.tables.datum_label(&datum)),
                };
            }
        }
        None
    }

    /// What a leaf judges, by which operator, against what: subject, operator, threshold, need, deadline.
    fn terms(
        &mut self,
        expr: &'a Expr,
        wanted: bool,
    ) -> (Option<&'a Expr>, &'static str, Option<Text>, Text, Option<Date>) {
        match &expr.kind {
            Kind::Binary(op, a, b) if op.is_comparison() => {
                let op = if wanted { *op } else { contrary(*op) };
                // The record is judged against the rest.
                let swap = !reads(a) && reads(b);
                let (subject, op, object) = if swap { (b, mirrored(op), a) } else { (a, op, b) };
                let threshold = self.evaluator.seen(object).into_datum();
                if let Some((subject, bound)) = day_of_year(subject, op, &threshold) {
                    let text = self.threshold(&Value::Date(bound).into());
                    let needed = need(op, &subject.ty, &text);
                    return (Some(subject), op.sign(), Some(text), needed, None);
                }
                let text = self.threshold(&threshold);
                let needed = need(op, &subject.ty, &text);
                let deadline = self.deadline(subject, object);
                (Some(subject), op.sign(), Some(text), needed, deadline)
            }
            Kind::In(item, list) => {
                let operator = if wanted { "in" } else { "not in" };
                let swap = !reads(item) && reads(list);
                let (subject, object) = if swap { (list, item) } else { (item, list) };
                let threshold = self.evaluator.seen(object).into_datum();
                let text = match &threshold {
                    Datum::Known(Value::List(items)) if !swap => {
                        let items: Vec<Text> = items.iter().map(|item| self.threshold(item)).collect();
                        let needed = one_of(&items, wanted);
                        let list = super::words::join(&items, ", ", ", ");
                        return (Some(subject), operator, Some(list), needed, None);
                    }
                    other => self.threshold(other),
                };
                let needed = match (swap, wanted) {
                    (true, true) => predicate_of_list("contient", "contains", &text),
                    (true, false) => predicate_of_list("ne contient pas", "does not contain", &text),
                    (false, true) => predicate_of_list("parmi", "one of", &text),
                    (false, false) => predicate_of_list("hors de", "none of", &text),
                };
                (Some(subject), operator, Some(text), needed, None)
            }
            Kind::StringTest(test, subject, part) => {
                let operator = match (test, wanted) {
                    (super::StringTest::StartsWith, true) => "startsWith",
                    (super::StringTest::StartsWith, false) => "not startsWith",
                    (super::StringTest::EndsWith, true) => "endsWith",
                    (super::StringTest::EndsWith, false) => "not endsWith",
                    (super::StringTest::Contains, true) => "contains",
                    (super::StringTest::Contains, false) => "not contains",
                };
                let part = self.evaluator.seen(part).into_datum();
                let text = self.threshold(&part);
                let needed = string_test(*test, wanted, &text);
                (Some(subject), operator, Some(text), needed, None)
            }
            Kind::Matches(subject, regex) => {
                let operator = if wanted { "matches" } else { "not matches" };
                (Some(subject), operator, Some(Text::same(regex.as_str())), matching(regex, wanted), None)
            }
            // An empty list, or one that is not known.
            Kind::Exists(list, _) => {
                let needed = if wanted {
                    text!("au moins un qui convienne", "at least one that fits")
                } else {
                    text!("aucun", "none")
                };
                (Some(list), if wanted { "exists" } else { "not exists" }, None, needed, None)
            }
            Kind::All(list, _) => {
                let needed = if wanted {
                    text!("tous", "all")
                } else {
                    text!("au moins un qui ne convienne pas", "at least one that does not fit")
                };
                (Some(list), if wanted { "all" } else { "not all" }, None, needed, None)
            }
            _ => {
                let text = if wanted { text!("oui", "yes") } else { text!("non", "no") };
                (Some(expr), "==", Some(text.clone()), text, None)
            }
        }
    }

    fn threshold(&self, datum: &Datum) -> Text {
        match datum {
            Datum::Known(value) => quoted(value, self.env.tables),
            other => shown_datum(other, self.env.tables),
        }
    }

    /// When `today` is on one side: the other side's date, moved by the days on both.
    fn deadline(&mut self, subject: &'a Expr, object: &'a Expr) -> Option<Date> {
        let (clock, other) = match (is_today(subject), is_today(object)) {
            (true, _) => (subject, object),
            (_, true) => (object, subject),
            _ => return None,
        };
        let Datum::Known(Value::Date(date)) = self.evaluator.seen(other).into_datum() else { return None };
        let Datum::Known(Value::Date(moved)) = self.evaluator.seen(clock).into_datum() else { return None };
        // `today + n` against `date` is `today` against `date - n`.
        date.plus_days(self.env.today.days_since(moved))
    }

    /// What an expression reads of the record, if it is a field or something selected from one.
    fn read(&self, expr: &Expr) -> Option<Read> {
        let extended = |owner: &Expr, name: &str| {
            let mut read = self.read(owner)?;
            if !read.path.is_empty() {
                read.path.push('.');
            }
            read.path.push_str(name);
            Some(read)
        };
        match &expr.kind {
            Kind::Field(field) => Some(Read { field: *field, previous: false, path: String::new() }),
            Kind::Previous(field) => Some(Read { field: *field, previous: true, path: String::new() }),
            Kind::Local(depth) => self.sources.get(*depth).cloned().flatten(),
            Kind::Column(row, column) => match row.ty {
                Type::Row(table) => extended(row, &self.env.tables.table(table).columns.get(*column)?.name),
                _ => None,
            },
            Kind::Member(record, member) => match record.ty {
                Type::Record(id) => extended(record, &self.env.tables.record(id).members.get(*member)?.name),
                _ => None,
            },
            Kind::DatePart(date, DatePart::Year) => extended(date, "year"),
            Kind::VersionPart(version, part) => extended(
                version,
                match part {
                    VersionPart::Major => "major",
                    VersionPart::Minor => "minor",
                    VersionPart::Patch => "patch",
                },
            ),
            Kind::Scheme(id) => extended(id, "scheme"),
            Kind::KeyOk(id) => extended(id, "key_ok"),
            _ => None,
        }
    }

    fn reads(&self, expr: &Expr) -> Vec<Read> {
        let mut reads = Vec::new();
        self.collect_reads(expr, &mut reads);
        reads.sort();
        reads.dedup();
        reads
    }

    fn collect_reads(&self, expr: &Expr, reads: &mut Vec<Read>) {
        match self.read(expr) {
            Some(read) => reads.push(read),
            None => expr.children().into_iter().for_each(|child| self.collect_reads(child, reads)),
        }
    }

    /// The parts of the record for want of which an expression is not known.
    fn missing(&mut self, expr: &'a Expr, found: &mut Vec<(Read, Missing)>) {
        match &expr.kind {
            Kind::And(a, b) | Kind::Or(a, b) => {
                for side in [a, b] {
                    if self.evaluator.test(side).is_err() {
                        self.missing(side, found);
                    }
                }
            }
            Kind::If(test, then, otherwise) => match self.evaluator.test(test) {
                Err(_) => self.missing(test, found),
                Ok(true) => self.missing(then, found),
                Ok(false) => self.missing(otherwise, found),
            },
            Kind::Exists(list, body) | Kind::All(list, body) => {
                let datum = self.evaluator.seen(list).into_datum();
                let Datum::Known(Value::List(items)) = &datum else {
                    self.missing(list, found);
                    return;
                };
                let source = self.read(list);
                self.sources.push(source);
                for item in items.iter() {
                    self.evaluator.locals.push(item.clone());
                    if self.evaluator.test(body).is_err() {
                        self.missing(body, found);
                    }
                    self.evaluator.locals.pop();
                }
                self.sources.pop();
                // The variable may stand for an item of a list written in the condition.
                self.unknown_items(list, found);
            }
            _ => {
                let datum = self.evaluator.seen(expr).into_datum();
                let before = found.len();
                if let (Datum::Unknown(why), Some(read)) = (&datum, self.read(expr)) {
                    // The deepest part that is unknown is the one that is missing.
                    for child in expr.children() {
                        self.missing(child, found);
                    }
                    if found.len() == before {
                        found.push((read, *why));
                    }
                    return;
                }
                if let (Datum::Known(Value::List(items)), Some(read)) = (&datum, self.read(expr)) {
                    let unknown = items.iter().find_map(|item| match item {
                        Datum::Unknown(why) => Some(*why),
                        _ => None,
                    });
                    found.extend(unknown.map(|why| (read, why)));
                    return;
                }
                for child in expr.children() {
                    self.missing(child, found);
                }
            }
        }
    }

    /// Unknown items of a list written in the condition.
    fn unknown_items(&mut self, list: &'a Expr, found: &mut Vec<(Read, Missing)>) {
        if let Kind::List(items) = &list.kind {
            for item in items {
                self.missing(item, found);
            }
        }
    }
}

fn predicate_of_list(fr: &str, en: &str, list: &Text) -> Text {
    Text::new(format!("{fr} {}", list.fr), format!("{en} {}", list.en))
}

/// Free text is not quoted in findings; values of a scale, of an enumerated column, versions and dates are.
fn quotable(expr: &Expr, env: &Env<'_>) -> bool {
    let mut ty = &expr.ty;
    while let Type::List(item) = ty {
        ty = item;
    }
    match ty {
        Type::String => super::vocabulary::of(expr, env.tables, &[]).is_some(),
        Type::Identifier | Type::Record(_) => false,
        _ => true,
    }
}
