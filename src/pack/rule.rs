//! A rule, and the verdict it gives on one record at one date.
//!
//! [`Rule::verdict`] is the definition: the engine evaluates by columns and must agree with it.

use super::Level;
use super::condition::{self, Calendar, Env, Expr};
use super::example::Example;
use crate::diag::{Source, Span, Text};
use crate::socle::{Citation, FieldId, Socle};
use crate::value::{Date, Truth, Verdict};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A checked rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Name: the stem of its file.
    pub id: String,
    /// Id of the pack that wrote it (the base's, for a rule that came by `extends`).
    pub pack: String,
    /// What is wrong when it fails.
    pub title: Text,
    /// Family of rules it belongs to (`lecteurs`, `systeme` …).
    pub domain: String,
    /// What a failure does to the status.
    pub level: Level,
    /// First day in force.
    pub since: Option<Date>,
    /// Last day in force.
    pub until: Option<Date>,
    /// Which records it concerns; all when absent.
    pub scope: Option<Condition>,
    /// Requirements: all must hold.
    pub requires: Vec<Require>,
    /// Where it comes from.
    pub source: Citation,
    /// What else is to be known about it.
    pub remark: Option<Text>,
    /// It leaves the gate open where it is unknown because the record before does not tell: what was not promised cannot
    /// be taken away.
    pub open_before: bool,
    /// Its first tests.
    pub examples: Vec<Example>,
    /// Its file.
    pub file: Arc<Source>,
}

/// A requirement of a rule.
#[derive(Clone, Debug)]
pub struct Require {
    /// What must hold.
    pub that: Condition,
    /// Why it is asked.
    pub why: Text,
    /// What to do when it does not hold.
    pub remedy: Text,
}

/// A condition of a pack, with its text and its place.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The text: spans of the expression count its bytes.
    pub text: String,
    /// The checked expression.
    pub expr: Expr,
    /// Its file.
    pub file: Arc<Source>,
    /// Where the string stands in the file, quotes included.
    pub span: Span,
}

impl Condition {
    /// The text of a part of the expression, blanks and line breaks made single spaces.
    #[must_use]
    pub fn part(&self, span: &Span) -> String {
        let part = self.text.get(span.clone()).unwrap_or_default();
        part.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Line of the file where the condition starts, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        let before = self.file.text.get(..self.span.start).unwrap_or_default();
        before.bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    /// Where a part of the expression stands in the file.
    #[must_use]
    pub fn place(&self, part: &Span) -> Span {
        super::place::Offsets::new(&self.file.text, &self.span, &self.text).span(part)
    }
}

impl Rule {
    /// Whether the rule is in force on a date (both days included).
    #[must_use]
    pub fn in_force(&self, date: Date) -> bool {
        self.since.is_none_or(|since| since <= date) && self.until.is_none_or(|until| date <= until)
    }

    /// The verdict on a record at the date `env.today`.
    #[must_use]
    pub fn verdict(&self, env: &Env<'_>) -> Verdict {
        if !self.in_force(env.today) {
            return Verdict::NotApplicable;
        }
        let scope = self.scope.as_ref().map_or(Truth::True, |scope| condition::truth(&scope.expr, env));
        // Requirements cannot change the verdict of a scope that is false or unknown.
        if scope != Truth::True {
            return Verdict::of(scope, Truth::Unknown);
        }
        let requires = self
            .requires
            .iter()
            .fold(Truth::True, |truth, require| truth.and(condition::truth(&require.that.expr, env)));
        Verdict::of(scope, requires)
    }

    /// Every date D in ]from, to] at which the verdict on this record may differ from the day before.
    #[must_use]
    pub fn flips(&self, env: &Env<'_>, from: Date, to: Date) -> BTreeSet<Date> {
        let mut dates = self.own_flips(from, to);
        for condition in self.conditions() {
            dates.extend(condition::flips(&condition.expr, env, from, to));
        }
        dates
    }

    /// Every date in ]from, to] at which the verdict may change for some record.
    #[must_use]
    pub fn calendar(&self, socle: &Socle, from: Date, to: Date) -> Calendar {
        let own = self.own_flips(from, to).into_iter().map(|date| (date, BTreeSet::new()));
        let mut calendar = Calendar { dates: own.collect(), from_records: false };
        for condition in self.conditions() {
            let found = condition::calendar(&condition.expr, &socle.tables, &socle.parameters, from, to);
            calendar.from_records |= found.from_records;
            for (date, endings) in found.dates {
                calendar.dates.entry(date).or_default().extend(endings);
            }
        }
        calendar
    }

    /// The flips of [`Rule::flips`] that come from the rule's own dates: its first day, the day after its last.
    #[must_use]
    pub fn own_flips(&self, from: Date, to: Date) -> BTreeSet<Date> {
        let after = self.until.and_then(|until| until.plus_days(1));
        [self.since, after].into_iter().flatten().filter(|date| from < *date && *date <= to).collect()
    }

    /// The scope, if any, then the requirements.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.scope.iter().chain(self.requires.iter().map(|require| &require.that))
    }

    /// Whether it compares a record with the one before.
    #[must_use]
    pub fn compares(&self) -> bool {
        self.conditions().any(|condition| condition::compares(&condition.expr))
    }

    /// Fields it reads.
    #[must_use]
    pub fn fields(&self) -> BTreeSet<FieldId> {
        self.conditions().flat_map(|condition| condition::fields(&condition.expr)).collect()
    }
}
