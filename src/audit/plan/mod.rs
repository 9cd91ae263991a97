//! What to change so that the installations that are not up to date become so: the smallest sets of changes, put together
//! in campaigns.
//!
//! What an installation needs is worked out from the rules that fail, see [`solve`], once for each distinct reading of
//! what they read; what a change can be is data, see [`change`]. What is not known is not a fault: it is to be
//! found out, and told apart.

mod campaigns;
mod change;
mod count;
mod solve;

pub use campaigns::{AskTotal, Campaign, Counts as PlanCounts, Move, PlanBreakdown, PlanGroup, StuckTotal};
pub use change::Campaigned;
pub use count::{InstallationPlan, PlanOutput, PlanSink};
pub use solve::{Ask, Change, PartPlan, Stuck, Why};

use super::read::{self, Input, RowOutput};
use super::report::{Basis, StatusCounts, Unit};
use super::survey::{Rules, Survey, basis};
use crate::diag::{Diagnostic, Text};
use crate::engine::Cut;
use crate::pack::condition::{Expr, Read};
use crate::pack::{Level, Pack, Rule};
use crate::socle::{FieldId, Socle, Subject};
use crate::value::{Date, Datum};
use count::{Planner, Units};
use solve::{Case, Part};
use std::collections::BTreeSet;

/// What is asked of a plan.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// How the inventories are read, and what is counted.
    pub survey: Survey,
    /// Fields or attributes to cut the population by.
    pub by: Vec<String>,
}

/// A plan. All counts are in the unit of the basis.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What it rests on.
    pub basis: Basis,
    /// Status today.
    pub status: StatusCounts,
    /// What those that are not up to date need; they sum to the obsolete and the undetermined.
    pub counts: PlanCounts,
    /// Among those that changes alone bring up to date: how many need one campaign, two, three …
    pub sizes: Vec<u64>,
    /// The campaigns, those to begin with first.
    pub campaigns: Vec<Campaign>,
    /// What is to be found out, the most first.
    pub asks: Vec<AskTotal>,
    /// Rules that no known change makes pass, the most first.
    pub stuck: Vec<StuckTotal>,
    /// One entry for each `--by`.
    pub by: Vec<PlanBreakdown>,
    /// The rules that were judged: the blocking ones of the packs.
    pub rules: Vec<PlanRule>,
}

/// A rule that a plan names.
#[derive(Clone, Debug)]
pub struct PlanRule {
    /// Its id.
    pub id: String,
    /// Its pack.
    pub pack: String,
    /// Its title.
    pub title: Text,
}

/// What is to be done about one record.
#[derive(Clone, Debug)]
pub struct Remedy {
    /// What is to be done, part by part.
    pub parts: Vec<PartPlan>,
    /// The record once the changes are made.
    pub after: Vec<Datum>,
}

/// Plans what to change in inventories; each of `lists` receives each installation that is not up to date.
///
/// # Errors
/// What keeps the work from being done, all at once: options, headers, inputs that cannot be read.
pub fn plan(
    inputs: Vec<Input<'_>>,
    rules: &Rules<'_>,
    options: &PlanOptions,
    lists: Vec<&mut dyn PlanOutput>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Plan, Vec<Diagnostic>> {
    let PlanOptions { survey, by } = options;
    let packs = blocking(rules);
    let rules = Rules { socle: rules.socle, edition: rules.edition.clone(), packs: packs.iter().collect() };
    let mut question = survey.question(&rules)?;
    // What an installation is called by those who call it: read for the lists alone, whose texts are as found.
    let called = rules.socle.catalogue_keys().into_iter().flatten().filter(|_| !lists.is_empty());
    let called: Vec<FieldId> = called.collect();
    let asked: BTreeSet<FieldId> = question.program(&rules.inputs(), &[], survey.as_of, [None; 2]).fields().collect();
    question.also_read(called.iter().copied());
    let exprs = by.iter().map(|text| question.group("--by", text)).collect::<Result<Vec<Expr>, _>>()?;
    let cuts: Vec<Cut<'_>> = exprs.iter().map(|expr| Cut { by: vec![expr], rules: false }).collect();
    let program = question.program(&rules.inputs(), &cuts, survey.as_of, [None; 2]);
    let numbered: Vec<(usize, &Rule)> = all_rules(&rules).map(|(_, rule)| rule).enumerate().collect();
    let parts = Part::all(&numbered, rules.socle, survey.as_of);
    let units = if survey.unit == Unit::Ps { Units::Ps(survey.rollup) } else { Units::Rows };
    let mut planner = Planner::new(&parts, rules.socle, survey.as_of, units, lists);
    let programs = [program];
    let outcome = {
        let mut rows: [&mut dyn RowOutput; 1] = [&mut planner];
        read::judge(inputs, &programs, survey, rules.kind(), &mut rows, progress)?
    };
    let counted = planner.finish();
    let mut basis = basis(&rules, survey, &programs[0], &outcome, 0);
    let unasked = called.iter().filter(|field| !asked.contains(field));
    let unasked: Vec<&str> = unasked.map(|field| &*rules.socle.fields[usize::from(field.0)].id).collect();
    basis.data.retain(|finding| finding.field.as_deref().is_none_or(|field| !unasked.contains(&field)));
    Ok(campaigns::tell(basis, &outcome, &counted, &rules, by))
}

/// What is to be done about one record; `derived` are the fields whose value comes from the catalogue, by `subject`.
#[must_use]
pub fn remedy(
    rules: &Rules<'_>,
    record: &[Datum],
    subject: Option<&Subject>,
    derived: &[FieldId],
    today: Date,
) -> Remedy {
    let blocking = all_rules(rules).map(|(_, rule)| rule).enumerate().filter(|(_, rule)| rule.level == Level::Blocking);
    let numbered: Vec<(usize, &Rule)> = blocking.collect();
    let mut after = record.to_vec();
    let mut parts = Vec::new();
    let mut sets = Vec::new();
    for part in Part::all(&numbered, rules.socle, today) {
        let case = Case { socle: rules.socle, today, subject, derived };
        let solved = part.solve(&mut after, &case);
        parts.push(solved.plan);
        sets.extend(solved.sets);
    }
    for (field, datum) in sets {
        after[usize::from(field.0)] = datum;
    }
    Remedy { parts, after }
}

/// The packs with their blocking rules alone: nothing else changes a status.
fn blocking(rules: &Rules<'_>) -> Vec<Pack> {
    let kept = |pack: &Pack| pack.rules.iter().filter(|rule| rule.level == Level::Blocking).cloned().collect();
    rules.packs.iter().map(|pack| Pack { rules: kept(pack), ..(*pack).clone() }).collect()
}

fn all_rules<'r>(rules: &Rules<'r>) -> impl Iterator<Item = (&'r str, &'r Rule)> {
    rules.packs.clone().into_iter().flat_map(|pack| pack.rules.iter().map(move |rule| (pack.id.as_str(), rule)))
}

/// What a read is called, for people.
fn named(socle: &Socle, read: &Read) -> Text {
    socle.path_label(read.field, &read.path)
}
