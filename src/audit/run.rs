//! An audit: the rules of packs, judged and counted.

use super::baseline::{Baseline, Compared, Failures, Key};
use super::findings;
use super::gate::{FailOn, Gate};
use super::read::{self, Input, Outcome, RowOutput};
use super::report::{
    BaselineReport, Breakdown, Group, Horizon, Report, RuleSummary, RuleText, Unit, counts_of, status_of,
};
use super::survey::{Rules, Survey, basis};
use super::targets::{Earlier, Targets};
use super::waivers;
use crate::diag::Diagnostic;
use crate::engine::{Cut, GroupValue, Program, Rollup};
use crate::pack::condition::Expr;
use crate::pack::{Rule, Waivers};
use crate::socle::{Socle, Table};
use crate::text;
use crate::value::Type;

/// What is asked of an audit.
#[derive(Clone, Debug)]
pub struct AuditOptions {
    /// How the inventories are read, and what is counted.
    pub survey: Survey,
    /// How far "expiring" looks.
    pub horizon: Option<Horizon>,
    /// Fields or attributes to group by.
    pub by: Vec<String>,
    /// The gate.
    pub gate: Gate,
    /// Waivers granted on the rules of the packs.
    pub waivers: Option<Waivers>,
    /// Failures that are known, and close no gate.
    pub baseline: Option<Compared>,
}

/// Judges inventories.
///
/// # Errors
/// What keeps the work from being done, all at once: options, headers, inputs that cannot be read.
pub fn audit<'i>(
    inputs: Vec<Input<'i>>,
    rules: &Rules<'_>,
    options: &AuditOptions,
    previous: Option<Earlier<'_>>,
    rows: &mut [&mut dyn RowOutput],
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Report, Vec<Diagnostic>> {
    let AuditOptions { survey, horizon, by, gate, waivers, baseline } = options;
    let question = survey.question(rules)?;
    let by = by.iter().map(|text| question.group("--by", text)).collect::<Result<Vec<Expr>, _>>()?;
    let gate_window = match &gate.fail_on {
        Some(FailOn::Expiring { until, .. }) => Some(*until),
        _ => None,
    };
    if gate_window.is_some() && is_best(survey) {
        return Err(vec![best_and_expiring()]);
    }
    let windows = [horizon.as_ref().map(|horizon| horizon.until), gate_window];
    let cuts: Vec<Cut<'_>> = by.iter().map(|expr| Cut { by: vec![expr], rules: true }).collect();
    let mut inputs_of_rules = rules.inputs();
    if let Some(waivers) = waivers {
        waivers::grant(waivers, rules, &mut inputs_of_rules);
    }
    let program = question.program(&inputs_of_rules, &cuts, survey.as_of, windows);
    let targets = Targets::of(rules);
    let programs: Vec<Program<'_>> = std::iter::once(program).chain(targets.program(&question, survey.as_of)).collect();
    let before = previous
        .map(|earlier| targets.measure_earlier(earlier, &question, rules, survey, progress))
        .transpose()?
        .flatten();
    let mut failures = match baseline {
        Some(baseline) => {
            baseline.check(rules)?;
            Some(Failures::new(rules, &baseline.key))
        }
        None => None,
    };
    let mut all: Vec<&mut dyn RowOutput> = Vec::new();
    for output in rows.iter_mut() {
        all.push(&mut **output);
    }
    all.extend(failures.as_mut().map(|failures| failures as &mut dyn RowOutput));
    let outcome = read::judge(inputs, &programs, survey, rules.kind(), &mut all, progress)?;
    let known = baseline.as_ref().zip(failures.as_ref()).map(|(baseline, failures)| baseline.report(rules, failures));
    let reached = targets.report(&outcome, 1, survey.as_of, before.as_ref());
    Ok(Report {
        targets: reached,
        previous: before.map(|before| before.inputs).unwrap_or_default(),
        ..report(rules, options, &programs[0], &outcome, known)
    })
}

/// Freezes what fails now; also gives how many failures have no identifier, and are not frozen.
///
/// # Errors
/// What keeps the work from being done, all at once.
pub fn freeze<'i>(
    inputs: Vec<Input<'i>>,
    rules: &Rules<'_>,
    survey: &Survey,
    key: &Key,
) -> Result<(Baseline, u64), Vec<Diagnostic>> {
    let question = survey.question(rules)?;
    let program = question.program(&rules.inputs(), &[], survey.as_of, [None; 2]);
    let mut failures = Failures::new(rules, key);
    read::judge(inputs, &[program], survey, rules.kind(), &mut [&mut failures as &mut dyn RowOutput], &|_| {})?;
    Ok(failures.freeze(rules, survey.as_of))
}

/// Whether a PS is the best of its rows: it then expires only when all of them do, which what is kept of each row does
/// not tell.
fn is_best(survey: &Survey) -> bool {
    survey.unit == Unit::Ps && survey.rollup == Rollup::Best
}

fn best_and_expiring() -> Diagnostic {
    Diagnostic::error(
        "option/best-and-expiring",
        text!(
            "`--rollup best` ne dit pas quand un PS expire : `--fail-on expiring` ne peut pas en décider",
            "`--rollup best` does not tell when a PS expires: `--fail-on expiring` cannot decide on it"
        ),
    )
    .help(text!(
        "garder `--rollup worst`, ou auditer à la date voulue avec `--as-of`",
        "keep `--rollup worst`, or audit at the date that matters with `--as-of`"
    ))
}

fn report(
    rules: &Rules<'_>,
    options: &AuditOptions,
    program: &Program<'_>,
    outcome: &Outcome,
    baseline: Option<BaselineReport>,
) -> Report {
    let socle = rules.socle;
    let survey = &options.survey;
    let tally = &outcome.counted[0].0;
    let several = rules.packs.len() > 1;
    let all_rules = rules.packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| (*pack, rule)));
    let knows_expiring = options.horizon.is_some() && !is_best(survey);
    let missing = |rule: &Rule| {
        let fields = rule.fields().into_iter().filter(|field| findings::is_missing(*field, socle, &outcome.read));
        fields.map(|field| &socle.fields[usize::from(field.0)])
    };
    let summaries: Vec<RuleSummary> = all_rules
        .zip(tally.rules.iter().zip(&tally.expiring))
        .map(|((pack, rule), (counts, expiring))| RuleSummary {
            id: rule.id.clone(),
            pack: pack.id.clone(),
            column: if several { format!("{}/{}", pack.id, rule.id) } else { rule.id.clone() },
            title: rule.title.clone(),
            level: rule.level,
            counts: counts_of(counts),
            expiring: knows_expiring.then_some(expiring[0]),
            missing_fields: missing(rule).map(|field| field.id.clone()).collect(),
            missing_labels: missing(rule).map(|field| field.label.clone()).collect(),
            closes: false,
            text: RuleText::of(rule),
        })
        .collect();
    let by = options.by.iter().zip(&tally.by).map(|(field, groups)| {
        let scale = scale(field, socle);
        let rank = |value: &GroupValue| match value {
            GroupValue::Known { key, .. } => scale.and_then(|table| table.rows.iter().position(|row| row.id == *key)),
            _ => None,
        };
        let mut groups: Vec<Group> = groups
            .iter()
            .map(|(key, group)| Group {
                value: key.first().cloned().unwrap_or(GroupValue::Unknown),
                rank: key.first().and_then(rank),
                population: group.units,
                status: status_of(&group.status),
                rules: group.rules.iter().map(counts_of).collect(),
            })
            .collect();
        groups.sort_by(|a, b| GroupValue::largest_first((&a.value, a.population), (&b.value, b.population)));
        Breakdown { field: field.clone(), label: findings::label_of_path(field, socle), groups }
    });
    let mut report = Report {
        basis: basis(rules, survey, program, outcome, 0),
        horizon: options.horizon.clone(),
        status: tally.status.first().map(status_of).unwrap_or_default(),
        up_to_date_with_advice: tally.up_to_date_with_advice,
        rules: summaries,
        by: by.collect(),
        targets: Vec::new(),
        waivers: options.waivers.as_ref().map(|waivers| waivers::report(waivers, survey.as_of, &tally.covered)),
        baseline,
        previous: Vec::new(),
        by_input: Vec::new(),
        closed: None,
    };
    if let Some(waivers) = &report.waivers {
        report.basis.data.splice(0..0, waivers::findings(waivers));
    }
    let expiring: Vec<u64> = tally.expiring.iter().map(|windows| windows[1]).collect();
    let closing: Vec<bool> =
        (0..report.rules.len()).map(|rule| options.gate.closed_by(&report, rule, &expiring).is_some()).collect();
    for (rule, closes) in report.rules.iter_mut().zip(closing) {
        rule.closes = closes;
    }
    report.closed = options.gate.decide(&report, &expiring);
    report
}

/// The scale that a field is on.
fn scale<'s>(field: &str, socle: &'s Socle) -> Option<&'s Table> {
    match socle.fields[usize::from(socle.field(field)?.0)].ty {
        Type::Row(table) => Some(socle.tables.table(table)).filter(|table| table.ordered),
        _ => None,
    }
}
