//! Targets: where the population stands, how far it is from the goal, and when it gets there at the pace
//! seen since an earlier inventory.

use super::read::{self, Input, Outcome};
use super::report::{Counts, InputSummary, counts_of};
use super::survey::{Question, Rules, Survey, input_summaries};
use crate::diag::{Diagnostic, Text};
use crate::engine::{Program, RuleInput};
use crate::pack::condition::{Expr, Kind};
use crate::pack::{Level, Measure, Pack, Target};
use crate::socle::Citation;
use crate::text;
use crate::value::{Date, Type};

/// Days of a month, on average: what a pace is counted in.
const DAYS_A_MONTH: f64 = 365.25 / 12.0;

/// A pace that takes longer than this many days (a century) leads nowhere.
const TOO_LONG: f64 = 36_525.0;

/// An earlier inventory of the same population.
pub struct Earlier<'i> {
    /// The inventory.
    pub inputs: Vec<Input<'i>>,
    /// Its date: the targets are measured on it at that date.
    pub as_of: Date,
}

/// A target, and where the population stands.
#[derive(Clone, Debug)]
pub struct TargetReport {
    /// Id of its pack.
    pub pack: String,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// Share to reach, above 0 and at most 1.
    pub goal: f64,
    /// By when.
    pub due: Date,
    /// Days from the date of the judgement to the due date; negative when it is past.
    pub days_left: i64,
    /// Those it counts: pass has reached it, unknown may have.
    pub counts: Counts,
    /// How many more are needed at least (the unknown counted as reached), and at most.
    pub missing: (u64, u64),
    /// Where it comes from.
    pub source: Citation,
    /// What else is to be known about it.
    pub remark: Option<Text>,
    /// Where the earlier inventory stood, and the pace since.
    pub pace: Option<Pace>,
}

/// The pace since an earlier inventory.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    /// Date of the earlier inventory.
    pub since: Date,
    /// Its counts.
    pub counts: Counts,
    /// Change of the rate in a month, as a share (0.01 is one point), at least and at most: they differ when verdicts
    /// are unknown. `None` when one of the two inventories has nobody in scope, or nobody known.
    pub a_month: Option<(f64, f64)>,
    /// When the goal is reached at that pace; `None`: not at this pace, or reached already.
    pub reached: Option<Reach>,
}

/// When a goal is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// At the highest pace.
    pub from: Date,
    /// At the lowest; `None`: not at that pace.
    pub by: Option<Date>,
}

impl Pace {
    /// The change in a month, when it is known exactly.
    #[must_use]
    #[expect(clippy::float_cmp, reason = "bounds that are one are made of the same counts")]
    pub fn exact(&self) -> Option<f64> {
        self.a_month.filter(|(low, high)| low == high).map(|(low, _)| low)
    }
}

impl TargetReport {
    /// Whether the goal is reached: known for sure, known not to be, or not known.
    #[must_use]
    pub fn reached(&self) -> Option<bool> {
        let rate = self.counts.rate();
        match (rate.low, rate.high) {
            (Some(low), _) if low >= self.goal => Some(true),
            (_, Some(high)) if high < self.goal => Some(false),
            _ => None,
        }
    }

    /// Distance to the goal as a share (0.01 is one point), at least and at most; `None` when nobody is in scope.
    #[must_use]
    pub fn gap(&self) -> Option<(f64, f64)> {
        let rate = self.counts.rate();
        let to = |share: f64| (self.goal - share).max(0.0);
        Some((to(rate.high?), to(rate.low?)))
    }
}

/// The targets of the packs of a run, prepared.
pub(super) struct Targets<'t> {
    list: Vec<(&'t Pack, &'t Target)>,
    /// The scope of each: its population, and the scope of the rule that it measures.
    scopes: Vec<Option<Expr>>,
}

impl<'t> Targets<'t> {
    pub(super) fn of(rules: &Rules<'t>) -> Targets<'t> {
        let all = rules.packs.iter().flat_map(|pack| pack.targets.iter().map(move |target| (*pack, target)));
        let list: Vec<(&Pack, &Target)> = all.collect();
        let scopes = list.iter().map(|(pack, target)| {
            let population = target.population.as_ref().map(|condition| condition.expr.clone());
            let scope = measured(pack, target).and_then(|rule| Some(rule.scope.as_ref()?.expr.clone()));
            match (population, scope) {
                (Some(one), Some(two)) => Some(both(one, two)),
                (one, two) => one.or(two),
            }
        });
        let scopes = scopes.collect();
        Targets { list, scopes }
    }

    /// The program that measures them at a date; `None` when there are none.
    pub(super) fn program<'p>(&'p self, question: &'p Question<'p>, today: Date) -> Option<Program<'p>> {
        let rules: Vec<RuleInput<'p>> = self.list.iter().zip(&self.scopes).map(|(of, scope)| rule(of, scope)).collect();
        (!rules.is_empty()).then(|| question.program(&rules, &[], today, [None; 2]))
    }

    /// What an earlier inventory says: its counts, and what was read.
    pub(super) fn measure_earlier(
        &self,
        earlier: Earlier<'_>,
        question: &Question<'_>,
        rules: &Rules<'_>,
        survey: &Survey,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Option<Before>, Vec<Diagnostic>> {
        if earlier.as_of >= survey.as_of {
            return Err(vec![not_earlier(earlier.as_of, survey.as_of)]);
        }
        let Some(program) = self.program(question, earlier.as_of) else { return Ok(None) };
        let programs = [program];
        let outcome = read::judge(earlier.inputs, &programs, survey, rules.kind(), &mut [], progress)?;
        let inputs = input_summaries(&outcome);
        Ok(Some(Before { as_of: earlier.as_of, counts: counts(&outcome, 0), inputs }))
    }

    /// Where the population stands; `number` is that of the program of the targets.
    pub(super) fn report(
        &self,
        outcome: &Outcome,
        number: usize,
        as_of: Date,
        before: Option<&Before>,
    ) -> Vec<TargetReport> {
        let now = if self.list.is_empty() { Vec::new() } else { counts(outcome, number) };
        let targets = self.list.iter().zip(now).enumerate();
        targets
            .map(|(number, ((pack, target), counts))| TargetReport {
                pack: pack.id.clone(),
                id: target.id.clone(),
                title: target.title.clone(),
                goal: target.share,
                due: target.due,
                days_left: target.due.days_since(as_of),
                counts,
                missing: missing(&counts, target.share),
                source: target.source.clone(),
                remark: target.remark.clone(),
                pace: before
                    .and_then(|before| Some(pace(before.as_of, *before.counts.get(number)?, as_of, counts, target))),
            })
            .collect()
    }
}

/// What an earlier inventory told.
pub(super) struct Before {
    pub(super) as_of: Date,
    pub(super) counts: Vec<Counts>,
    pub(super) inputs: Vec<InputSummary>,
}

fn counts(outcome: &Outcome, number: usize) -> Vec<Counts> {
    outcome.counted.get(number).map(|(tally, _)| tally.rules.iter().map(counts_of).collect()).unwrap_or_default()
}

/// The rule that a target measures, if it measures one.
fn measured<'t>(pack: &'t Pack, target: &Target) -> Option<&'t crate::pack::Rule> {
    match &target.measure {
        Measure::Rule(id) => pack.rule(id),
        Measure::That(_) => None,
    }
}

fn rule<'p>((pack, target): &(&'p Pack, &'p Target), scope: &'p Option<Expr>) -> RuleInput<'p> {
    let rule = measured(pack, target);
    let requires = match &target.measure {
        Measure::That(that) => vec![&that.expr],
        Measure::Rule(_) => {
            rule.into_iter().flat_map(|rule| &rule.requires).map(|require| &require.that.expr).collect()
        }
    };
    RuleInput {
        scope: scope.as_ref(),
        requires,
        since: rule.and_then(|rule| rule.since),
        until: rule.and_then(|rule| rule.until),
        level: Level::Info,
        pack: 0,
        waivers: Vec::new(),
    }
}

fn both(one: Expr, two: Expr) -> Expr {
    let span = one.span.clone();
    Expr { span, ty: Type::Bool, kind: Kind::And(Box::new(one), Box::new(two)) }
}

/// How many more must reach the goal, when the unknown have reached it and when they have not.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "populations stay far below 2^53"
)]
fn missing(counts: &Counts, goal: f64) -> (u64, u64) {
    let in_scope = counts.rate().in_scope;
    // A goal of 0.9 of 10 is 9, not the 10 that rounding errors would make of it.
    let needed = ((goal * in_scope as f64) - 1e-6).ceil().max(0.0) as u64;
    (needed.saturating_sub(counts.pass + counts.unknown), needed.saturating_sub(counts.pass))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "spans of days, bounded before they are cast"
)]
fn pace(since: Date, before: Counts, as_of: Date, now: Counts, target: &Target) -> Pace {
    let nothing = Pace { since, counts: before, a_month: None, reached: None };
    let known = |counts: &Counts| counts.rate().in_scope > counts.unknown;
    let (then, current) = (before.rate(), now.rate());
    let bounds = then.low.zip(then.high).zip(current.low.zip(current.high));
    let Some(((then_low, then_high), (low, high))) = bounds.filter(|_| known(&before) && known(&now)) else {
        return nothing;
    };
    let days = as_of.days_since(since) as f64;
    let (slow, fast) = ((low - then_high) / days, (high - then_low) / days);
    let reached = |now: f64, a_day: f64| {
        let days = (target.share - now).max(0.0) / a_day;
        (a_day > 0.0 && days <= TOO_LONG).then(|| as_of.plus_days(days.ceil() as i64)).flatten()
    };
    // The nearer the rate and the farther it comes from, the sooner: the bounds go together.
    let reached = reached(high, fast).map(|from| Reach { from, by: reached(low, slow) });
    let reached = reached.filter(|_| low < target.share);
    Pace { a_month: Some((slow * DAYS_A_MONTH, fast * DAYS_A_MONTH)), reached, ..nothing }
}

fn not_earlier(earlier: Date, as_of: Date) -> Diagnostic {
    Diagnostic::error(
        "option/previous",
        text!(
            "l'inventaire précédent est du {earlier}, qui n'est pas avant le {as_of}",
            "the previous inventory is of {earlier}, which is not before {as_of}"
        ),
    )
    .help(text!("vérifier `--previous-as-of` et `--as-of`", "check `--previous-as-of` and `--as-of`"))
}
