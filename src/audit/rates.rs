//! Rates: the population cut by one or two fields, with the share of each group and its rate by one measure.

use super::findings;
use super::layout::{Counted, Ranked, Table};
use super::market::{self, Market};
use super::measure::{Measure, Measured};
use super::publish;
use super::read::{self, Input, Outcome};
use super::report::{Basis, Closed, Counts, InputSummary, Rate, counts_of};
use super::survey::{Question, Rules, Survey, basis};
use super::targets::{Earlier, TargetReport, Targets};
use crate::diag::{Diagnostic, Text};
use crate::engine::{Cut, GroupValue, Program, Tally};
use crate::pack::condition::Expr;
use crate::socle::Socle;
use crate::text;
use crate::value::Type;
use std::collections::BTreeMap;

/// What is asked of rates.
#[derive(Clone, Debug)]
pub struct RatesOptions {
    /// How the inventories are read, and what is counted.
    pub survey: Survey,
    /// The unit was asked for, not taken by default.
    pub unit_asked: bool,
    /// One or two fields or attributes to group by.
    pub by: Vec<String>,
    /// What is measured: `status`, a rule, a condition.
    pub measure: String,
    /// What is measured beside, in the same groups of the first field: the offer beside the deployment.
    pub beside: Option<String>,
    /// Least rate, low bound, a share 0..=1.
    pub fail_under: Option<f64>,
    /// Market figures too.
    pub market: bool,
    /// The figures are to be published: cells with fewer units than this are hidden.
    pub publish: Option<u64>,
}

/// Rates. All counts are in the unit of the basis.
#[derive(Clone, Debug)]
pub struct Rates {
    /// What they rest on.
    pub basis: Basis,
    /// What is measured.
    pub measure: Measure,
    /// What the population is grouped by.
    pub by: Vec<Dimension>,
    /// The groups that have units: by rank, highest first, on a scale; else the largest first; what has no value last.
    pub cells: Vec<Cell>,
    /// With two fields: the groups of the first alone, then those of the second.
    pub subtotals: Vec<Cell>,
    /// The whole population.
    pub total: Figures,
    /// Another measure, beside.
    pub beside: Option<Beside>,
    /// Market figures, when asked for.
    pub market: Option<Market>,
    /// One entry for each target of the packs; none in figures fit for publication.
    pub targets: Vec<TargetReport>,
    /// The earlier inventories that the pace of the targets is counted from.
    pub previous: Vec<InputSummary>,
    /// The figures are fit for publication, with this threshold.
    pub threshold: Option<u64>,
    /// Why the gate is closed; `None` when it is open or none was asked for.
    pub closed: Option<Closed>,
}

/// A measure beside the first, of the same population.
#[derive(Clone, Debug)]
pub struct Beside {
    /// What is measured.
    pub measure: Measure,
    /// Each group of the first field, in the order of the rates, with the verdicts of the first measure and of this one.
    pub groups: Vec<(Member, Counts, Counts)>,
    /// The same of the whole.
    pub total: (Counts, Counts),
}

/// What the population is grouped by.
#[derive(Clone, Debug)]
pub struct Dimension {
    /// Field or attribute, as given.
    pub field: String,
    /// Its name for people.
    pub label: Text,
    /// Its values are the levels of a scale.
    pub scale: bool,
}

/// A group.
#[derive(Clone, Debug)]
pub struct Cell {
    /// One member a dimension.
    pub key: Vec<Member>,
    /// Its figures.
    pub figures: Figures,
}

/// What a group has of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// A value, none that is known, several.
    Of(GroupValue),
    /// The values that may not be named, together (« Autres »).
    Others,
    /// Whatever the value: in subtotals.
    All,
}

/// What is said of a group. What is missing is not to be published, or has no meaning here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Units; `None` when suppressed.
    pub n: Option<u64>,
    /// Verdicts; they sum to `n`.
    pub counts: Option<Counts>,
    /// Of the population.
    pub share: Option<Share>,
    /// With two fields: of the group of the first.
    pub share_of_group: Option<Share>,
    /// On a scale: this level or above, of the population (with a second field: in the same group of it).
    pub cumulative: Option<Share>,
    /// When the second field is a scale: this level or above, of the group of the first.
    pub cumulative_of_group: Option<Share>,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// The whole; never 0.
    pub whole: u64,
}

impl Share {
    /// A share, when there is something to share.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Option<Share> {
        (whole > 0).then_some(Share { part, whole })
    }

    /// From 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "populations stay far below 2^53")]
    pub fn fraction(self) -> f64 {
        self.part as f64 / self.whole as f64
    }
}

impl Figures {
    /// Figures that are not to be published.
    #[must_use]
    pub fn suppressed(&self) -> bool {
        self.n.is_none()
    }

    /// The rate, when the verdicts are known.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        self.counts.as_ref().map(Counts::rate)
    }
}

impl Member {
    /// Whether it is a value that is known.
    #[must_use]
    pub fn is_value(&self) -> bool {
        matches!(self, Member::Of(value) if value.is_value())
    }
}

/// Measures inventories.
///
/// # Errors
/// What keeps the work from being done, all at once: options, headers, inputs that cannot be read.
pub fn rates<'i>(
    inputs: Vec<Input<'i>>,
    rules: &Rules<'_>,
    options: &RatesOptions,
    previous: Option<Earlier<'_>>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Rates, Vec<Diagnostic>> {
    let survey = &options.survey;
    let question = survey.question(rules)?;
    let mut faults = Vec::new();
    let by = groupings(&question, &options.by, &mut faults);
    let mut measured = |option: &str, text: &str| {
        Measured::new(option, text, rules, &question).map_err(|mut found| faults.append(&mut found)).ok()
    };
    let beside = options.beside.as_deref().map(|text| measured("--beside", text));
    let measured = measured("--measure", &options.measure);
    let Some(measured) = measured else { return Err(faults) };
    if !faults.is_empty() {
        return Err(faults);
    }
    let targets = Targets::of(rules);
    let before = previous
        .map(|earlier| targets.measure_earlier(earlier, &question, rules, survey, progress))
        .transpose()?
        .flatten();
    let (all, beside) = (rules, beside.flatten());
    let rules = measured.rules(rules);
    let cut = Cut { by: by.iter().collect(), rules: false };
    let program = question.program(&measured.inputs(&rules), &[cut], survey.as_of, [None; 2]);
    let mut programs: Vec<Program<'_>> =
        std::iter::once(program).chain(targets.program(&question, survey.as_of)).collect();
    let beside_rules = beside.as_ref().map(|beside| beside.rules(all));
    if let Some((beside, rules)) = beside.as_ref().zip(beside_rules.as_ref()) {
        // The first field alone: these are bars side by side, not a table of two fields.
        let cut = Cut { by: by.iter().take(1).collect(), rules: false };
        programs.push(question.program(&beside.inputs(rules), &[cut], survey.as_of, [None; 2]));
    }
    let outcome = read::judge(inputs, &programs, survey, rules.kind(), &mut [], progress)?;
    let dimensions = dimensions(&options.by, &by, rules.socle);
    let mut rates = lay_out(&rules, options, measured.measure.clone(), &programs[0], &outcome, dimensions)?;
    if let Some(beside) = &beside {
        rates.beside = outcome.counted.last().map(|(tally, _)| set_beside(&rates, &beside.measure, tally));
    }
    // The population of a target may be that of a hidden group.
    if options.publish.is_none() {
        rates.targets = targets.report(&outcome, 1, survey.as_of, before.as_ref());
        rates.previous = before.map(|before| before.inputs).unwrap_or_default();
    }
    Ok(rates)
}

/// Compiles what the population is grouped by.
fn groupings(question: &Question<'_>, by: &[String], faults: &mut Vec<Diagnostic>) -> Vec<Expr> {
    let twice = by.iter().enumerate().any(|(number, text)| by[..number].contains(text));
    if twice || !(1..=2).contains(&by.len()) {
        faults.push(
            Diagnostic::error("option/by", text!("`--by` veut un ou deux champs", "`--by` takes one or two fields"))
                .help(text!(
                    "par exemple `--by profession`, ou `--by profession --by os.release`",
                    "for example `--by profession`, or `--by profession --by os.release`"
                )),
        );
    }
    let compiled = by.iter().filter_map(|text| match question.group("--by", text) {
        Ok(expr) => Some(expr),
        Err(mut found) => {
            faults.append(&mut found);
            None
        }
    });
    compiled.collect()
}

fn dimensions(by: &[String], exprs: &[Expr], socle: &Socle) -> Vec<Ranked> {
    let ranked = |(field, expr): (&String, &Expr)| {
        let scale = match expr.ty {
            Type::Row(table) => Some(socle.tables.table(table)).filter(|table| table.ordered),
            _ => None,
        };
        let rows = scale.into_iter().flat_map(|table| table.rows.iter().enumerate());
        Ranked {
            dimension: Dimension {
                field: field.clone(),
                label: findings::label_of_path(field, socle),
                scale: scale.is_some(),
            },
            ranks: rows.map(|(rank, row)| (row.id.clone(), rank)).collect(),
        }
    };
    by.iter().zip(exprs).map(ranked).collect()
}

fn lay_out(
    rules: &Rules<'_>,
    options: &RatesOptions,
    measure: Measure,
    program: &Program<'_>,
    outcome: &Outcome,
    dimensions: Vec<Ranked>,
) -> Result<Rates, Vec<Diagnostic>> {
    let tally = &outcome.counted[0].0;
    let mut basis = basis(rules, &options.survey, program, outcome, 0);
    if !matches!(measure, Measure::Status) {
        basis.packs.iter_mut().for_each(|pack| pack.status = None);
    }
    if !options.unit_asked {
        basis.data.extend(findings::unused_weight(rules, &outcome.read));
    }
    let mut counted: Counted = BTreeMap::new();
    for (key, group) in tally.by.iter().flatten() {
        let key = key.iter().map(|value| Member::Of(value.clone())).collect();
        counted.insert(key, counts_of(&group.status));
    }
    let total = tally.status.first().map(counts_of).unwrap_or_default();
    let mut table = Table::new(counted, total);
    if let Some(threshold) = options.publish {
        let fields: Vec<&str> = dimensions.iter().map(|ranked| ranked.dimension.field.as_str()).collect();
        publish::publish(&mut table, threshold, &fields, rules.socle)?;
        publish::redact(&mut basis, &table);
    }
    let closed = options.fail_under.and_then(|least| closed(&table, least));
    let (cells, subtotals, total) = table.figures(&dimensions);
    let mut rates = Rates {
        basis,
        measure,
        by: dimensions.into_iter().map(|ranked| ranked.dimension).collect(),
        cells,
        subtotals,
        total,
        beside: None,
        market: None,
        targets: Vec::new(),
        previous: Vec::new(),
        threshold: options.publish,
        closed,
    };
    rates.market = options.market.then(|| market::market(&rates));
    Ok(rates)
}

/// The verdicts of another measure beside those of the rates, group by group of the first field.
fn set_beside(rates: &Rates, measure: &Measure, tally: &Tally) -> Beside {
    let of: BTreeMap<Member, Counts> = tally
        .by
        .iter()
        .flatten()
        .filter_map(|(key, group)| Some((Member::Of(key.first()?.clone()), counts_of(&group.status))))
        .collect();
    let one = |cell: &&Cell| cell.key.get(1).is_none_or(|second| *second == Member::All);
    let source = if rates.by.len() == 2 { &rates.subtotals } else { &rates.cells };
    let groups = source.iter().filter(one).filter(|cell| cell.key[0] != Member::All).filter_map(|cell| {
        let member = cell.key[0].clone();
        Some((member.clone(), cell.figures.counts?, of.get(&member).copied().unwrap_or_default()))
    });
    let total = (rates.total.counts.unwrap_or_default(), tally.status.first().map(counts_of).unwrap_or_default());
    Beside { measure: measure.clone(), groups: groups.collect(), total }
}

/// Whether the gate is closed, and why.
fn closed(table: &Table, least: f64) -> Option<Closed> {
    let rate = table.total.rate();
    let reason = match rate.low {
        None => text!("aucune unité concernée : il n'y a pas de taux", "nothing is in scope: there is no rate"),
        Some(low) if low < least => {
            let decimals = usize::from((least * 100.0).fract() != 0.0);
            let percent = |share: f64, decimals: usize| format!("{:.decimals$}", share * 100.0);
            let goal = percent(least, decimals);
            let goal_fr = goal.replace('.', ",");
            if table.total_shown && table.verdicts_shown {
                let (n, of) = (table.total.pass, rate.in_scope);
                let (en, fr) = (percent(low, 2), percent(low, 2).replace('.', ","));
                text!("taux de {fr} % ({n}/{of}), moins que {goal_fr} %", "rate of {en}% ({n}/{of}), less than {goal}%")
            } else {
                text!("taux de moins de {goal_fr} %", "rate under {goal}%")
            }
        }
        Some(_) => return None,
    };
    Some(Closed { reason })
}
