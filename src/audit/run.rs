//! An audit from end to end: inputs → verdicts → report.

use super::findings::{self, Notice};
use super::gate::{FailOn, Gate};
use super::mapping::{self, Mapping, MappingOptions};
use super::report::{
    Breakdown, Counts, Edition, Group, Horizon, InputSummary, PackSummary, Population, Report, RuleSummary,
    StatusCounts, Unit,
};
use crate::diag::Diagnostic;
use crate::engine::{
    Binding, Bound, Counting, Program, Rollup, RowSink, RuleInput, StatusTally, Tally, VerdictCounts, Worker,
};
use crate::inventory::{Batch, Csv, Mode, Options, Selected, Sink, Summary};
use crate::pack::Pack;
use crate::pack::condition::{self, Expr, Kind, Names};
use crate::socle::{FieldId, Role, Socle};
use crate::text;
use crate::value::{Date, Type};
use std::io::{self, Read};
use std::ops::ControlFlow;

/// An inventory to read.
pub struct Input<'i> {
    /// Name as the user gave it (`-` for the standard input).
    pub name: String,
    /// Opens it; called once, when its turn comes.
    pub open: Box<dyn FnOnce() -> io::Result<Box<dyn Read + Send + 'i>> + 'i>,
}

/// What is asked of an audit.
#[derive(Clone, Debug)]
pub struct AuditOptions {
    /// The date of the evaluation.
    pub as_of: Date,
    /// How far "expiring" looks.
    pub horizon: Option<Horizon>,
    /// What is counted.
    pub unit: Unit,
    /// How the rows of a PS make its verdicts.
    pub rollup: Rollup,
    /// Fields or attributes to group by.
    pub by: Vec<String>,
    /// Condition that restricts the population.
    pub filter: Option<String>,
    /// What the user said of the columns.
    pub mapping: MappingOptions,
    /// The gate.
    pub gate: Gate,
    /// One bad input stops everything.
    pub strict: bool,
    /// Workers; at least 1.
    pub threads: usize,
    /// Bounds of the readers.
    pub reader: Options,
}

/// The rules of an audit.
pub struct Rules<'p> {
    /// The socle.
    pub socle: &'p Socle,
    /// Its version and digest.
    pub edition: Edition,
    /// The packs selected.
    pub packs: Vec<&'p Pack>,
}

/// Makes the sinks that receive the rows of an input, one for each worker.
pub trait RowOutput {
    /// Called before an input is read: as many sinks as there are workers.
    ///
    /// # Errors
    /// Whatever keeps it from going on.
    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn RowSink + '_>>>;
}

/// Judges inventories.
///
/// # Errors
/// What keeps the work from being done, all at once: options, headers, inputs that cannot be read.
pub fn audit<'i>(
    inputs: Vec<Input<'i>>,
    rules: &Rules<'_>,
    options: &AuditOptions,
    rows: &mut [&mut dyn RowOutput],
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Report, Vec<Diagnostic>> {
    let Rules { socle, packs, .. } = rules;
    mapping::check_options(&options.mapping, socle)?;
    let kind = packs.first().map_or("installation", |pack| pack.kind.as_str());
    let names = Names {
        tables: &socle.tables,
        fields: &socle.fields,
        parameters: &socle.parameters,
        kind: Some(kind),
        previous: false,
    };
    let filter = options.filter.as_deref().map(|text| compile_option("--where", text, &names, true)).transpose()?;
    let by = options.by.iter().map(|text| compile_by(text, &names)).collect::<Result<Vec<Expr>, _>>()?;
    let roles = Roles::of(socle, kind);
    let weight = match options.unit {
        Unit::Weight => Some(roles.weight.ok_or_else(|| vec![no_role("--unit weight")])?),
        Unit::Row | Unit::Ps => None,
    };
    let inputs_of_rules = rule_inputs(packs);
    let gate_window = match &options.gate.fail_on {
        Some(FailOn::Expiring { until, .. }) => Some(*until),
        _ => None,
    };
    let windows = [options.horizon.as_ref().map(|horizon| horizon.until), gate_window];
    let by_refs: Vec<&Expr> = by.iter().collect();
    // Read though no rule does: the weight; the identifier that counts depend on, for its faults.
    let extra: Vec<FieldId> = weight.into_iter().chain(roles.identifier.filter(|_| options.unit == Unit::Ps)).collect();
    let program = Program::new(socle, &inputs_of_rules, filter.as_ref(), &by_refs, &extra, options.as_of, windows);
    let counting = match (options.unit, weight.and_then(|field| program.slot(field))) {
        (Unit::Weight, Some(slot)) => Counting::Weights(slot),
        (Unit::Ps, _) => Counting::Ps(options.rollup),
        _ => Counting::Rows,
    };
    let mut workers: Vec<Worker<'_>> = (0..options.threads.max(1)).map(|_| Worker::new(&program, counting)).collect();
    let mut read: Vec<ReadInput> = Vec::new();
    let mut bad: Vec<(String, Diagnostic)> = Vec::new();
    let total = inputs.len();
    for input in inputs {
        let name = input.name.clone();
        match read_input(input, read.len(), &program, &roles, kind, options, &mut workers, rows, progress) {
            Ok(done) => read.push(done),
            Err(Stop::File(diagnostic)) if !options.strict && total > 1 => bad.push((name, *diagnostic)),
            Err(Stop::File(diagnostic)) => return Err(vec![*diagnostic]),
            Err(Stop::All(diagnostics)) => return Err(diagnostics),
        }
    }
    if read.is_empty() {
        return Err(bad.into_iter().map(|(_, diagnostic)| diagnostic).collect());
    }
    let first = workers.remove(0);
    let (tally, ps) = first.finish(workers);
    let read_fields: Vec<FieldId> = program.fields().collect();
    Ok(report(rules, options, &tally, ps, &read, &bad, &read_fields))
}

/// The rules of packs as the engine takes them.
pub(super) fn rule_inputs<'p>(packs: &[&'p Pack]) -> Vec<RuleInput<'p>> {
    packs
        .iter()
        .enumerate()
        .flat_map(|(number, pack)| pack.rules.iter().map(move |rule| (number, rule)))
        .map(|(pack, rule)| RuleInput {
            scope: rule.scope.as_ref().map(|scope| &scope.expr),
            requires: rule.requires.iter().map(|require| &require.that.expr).collect(),
            since: rule.since,
            until: rule.until,
            level: rule.level,
            pack,
        })
        .collect()
}

/// An input once read.
pub(super) struct ReadInput {
    pub(super) name: String,
    pub(super) headers: Vec<String>,
    pub(super) mapping: Mapping,
    pub(super) summary: Summary,
    delimiter: char,
}

/// The fields that vigie itself uses.
pub(super) struct Roles {
    pub(super) identifier: Option<FieldId>,
    weight: Option<FieldId>,
}

impl Roles {
    pub(super) fn of(socle: &Socle, kind: &str) -> Roles {
        let with = |role: Role| {
            let found = socle
                .fields
                .iter()
                .position(|field| field.role == Some(role) && field.kinds.iter().any(|known| known == kind))?;
            u16::try_from(found).ok().map(FieldId)
        };
        Roles { identifier: with(Role::Identifier), weight: with(Role::Weight) }
    }
}

enum Stop {
    /// This input cannot be read.
    File(Box<Diagnostic>),
    /// Nothing can be done.
    All(Vec<Diagnostic>),
}

impl Stop {
    /// A file that is no inventory stops only itself; columns that are not settled are for the user to choose.
    fn of(mut faults: Vec<Diagnostic>) -> Stop {
        match faults.pop() {
            Some(fault) if faults.is_empty() && fault.code == "inventory/no-known-column" => {
                Stop::File(Box::new(fault))
            }
            last => {
                faults.extend(last);
                Stop::All(faults)
            }
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one run")]
fn read_input<'p>(
    input: Input<'_>,
    number: usize,
    program: &Program<'p>,
    roles: &Roles,
    kind: &str,
    options: &AuditOptions,
    workers: &mut [Worker<'p>],
    rows: &mut [&mut dyn RowOutput],
    progress: &(dyn Fn(u64) + Sync),
) -> Result<ReadInput, Stop> {
    let Input { name, open } = input;
    let unreadable = |error: &io::Error| {
        Stop::File(Box::new(Diagnostic::error(
            "inventory/unreadable",
            text!("`{name}` ne peut pas être lu : {error}", "`{name}` cannot be read: {error}"),
        )))
    };
    let reader = open().map_err(|error| unreadable(&error))?;
    let csv = Csv::open(Progressing { reader, progress }, &name, &options.reader).map_err(Stop::File)?;
    let socle = program.socle();
    let mapping = mapping::map_headers(csv.header(), &name, socle, kind, &options.mapping).map_err(Stop::of)?;
    let identified = options.unit == Unit::Ps || !rows.is_empty();
    let (selection, binding) = bind(program, &mapping, roles, &options.mapping, identified);
    if options.unit == Unit::Ps && binding.identifier.is_none() {
        return Err(Stop::All(vec![no_identifier(&name, roles, socle)]));
    }
    for worker in workers.iter_mut() {
        worker.bind(number, &binding);
    }
    let mut sinks: Vec<Vec<Box<dyn RowSink + '_>>> = workers.iter().map(|_| Vec::new()).collect();
    for output in rows.iter_mut() {
        let made = output.begin(workers.len()).map_err(|error| Stop::All(vec![output_failed(&error)]))?;
        for (sinks, sink) in sinks.iter_mut().zip(made) {
            sinks.push(sink);
        }
    }
    let (headers, delimiter) = (csv.header().to_vec(), csv.delimiter());
    let mut judges: Vec<Judge<'_, '_, 'p>> =
        workers.iter_mut().zip(sinks).map(|(worker, sinks)| Judge { worker, sinks, failure: None }).collect();
    let summary = csv.scan(&selection.columns, &options.reader, &mut judges);
    if let Some(error) = judges.into_iter().find_map(|judge| judge.failure) {
        return Err(Stop::All(vec![output_failed(&error)]));
    }
    let summary = summary.map_err(Stop::File)?;
    Ok(ReadInput { name, headers, mapping, summary, delimiter })
}

/// How an input's columns give what a program reads.
pub(super) fn bind(
    program: &Program<'_>,
    mapping: &Mapping,
    roles: &Roles,
    options: &MappingOptions,
    identified: bool,
) -> (Selection, Binding) {
    let socle = program.socle();
    let mut selection = Selection::default();
    let mut blank_is_no = Vec::new();
    let slots: Vec<Bound> = program
        .fields()
        .enumerate()
        .map(|(slot, id)| {
            let field = &socle.fields[usize::from(id.0)];
            blank_is_no.push(options.blank_is_no.contains(&field.id));
            let column = |field: FieldId| mapping.columns.get(&field).copied();
            let own = column(id);
            let parts: Vec<Option<usize>> = field.parts.iter().map(|part| column(part.field)).collect();
            if parts.iter().any(Option::is_some) {
                let mut place = |column: Option<usize>| column.map(|column| selection.place(column, Mode::Coded));
                return Bound::Parts { own: place(own), parts: parts.into_iter().map(place).collect() };
            }
            match own {
                None => Bound::Missing,
                Some(own) if program.wants_raw(slot) => Bound::Raw(selection.place(own, Mode::Raw)),
                Some(own) => Bound::Column(selection.place(own, Mode::Coded)),
            }
        })
        .collect();
    let identifier = roles
        .identifier
        .filter(|_| identified)
        .and_then(|field| Some((field, *mapping.columns.get(&field)?)))
        .map(|(field, column)| (field, selection.place(column, Mode::Raw)));
    (selection, Binding { slots, blank_is_no, identifier })
}

/// The columns to read, each once.
#[derive(Default)]
pub(super) struct Selection {
    pub(super) columns: Vec<Selected>,
}

impl Selection {
    fn place(&mut self, column: usize, mode: Mode) -> usize {
        let wanted = Selected { column, mode };
        self.columns.iter().position(|known| *known == wanted).unwrap_or_else(|| {
            self.columns.push(wanted);
            self.columns.len() - 1
        })
    }
}

/// A worker on an input, with where its rows go.
struct Judge<'w, 's, 'p> {
    worker: &'w mut Worker<'p>,
    sinks: Vec<Box<dyn RowSink + 's>>,
    failure: Option<io::Error>,
}

impl Sink for Judge<'_, '_, '_> {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        self.worker.batch(batch);
        let view = self.worker.view(batch);
        for sink in &mut self.sinks {
            if let Err(error) = sink.rows(&view) {
                self.failure = Some(error);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}

/// Tells how many bytes were read.
struct Progressing<'r, R> {
    reader: R,
    progress: &'r (dyn Fn(u64) + Sync),
}

impl<R: Read> Read for Progressing<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        (self.progress)(n as u64);
        Ok(n)
    }
}

fn report(
    rules: &Rules<'_>,
    options: &AuditOptions,
    tally: &Tally,
    ps: u64,
    read: &[ReadInput],
    bad: &[(String, Diagnostic)],
    read_fields: &[FieldId],
) -> Report {
    let socle = rules.socle;
    let several = rules.packs.len() > 1;
    let all_rules = rules.packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| (*pack, rule)));
    // Best of a PS's rows: it expires only when all of them do, which the flags of single rows do not tell.
    let knows_expiring = options.horizon.is_some() && !(options.unit == Unit::Ps && options.rollup == Rollup::Best);
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
            missing_fields: rule
                .fields()
                .into_iter()
                .filter(|field| findings::is_missing(*field, socle, read))
                .map(|field| socle.fields[usize::from(field.0)].id.clone())
                .collect(),
        })
        .collect();
    let population = Population {
        rows: tally.rows,
        weight: (options.unit == Unit::Weight).then_some(tally.units),
        ps: (options.unit == Unit::Ps).then_some(ps),
    };
    let by = options.by.iter().zip(&tally.by).map(|(field, groups)| {
        let mut groups: Vec<Group> = groups
            .iter()
            .map(|(value, group)| Group {
                value: value.clone(),
                population: group.units,
                status: status_of(&group.status),
                rules: group.rules.iter().map(counts_of).collect(),
            })
            .collect();
        groups.sort_by(|a, b| {
            let is_value = |group: &Group| !matches!(group.value, crate::engine::GroupValue::Known { .. });
            (is_value(a), b.population, &a.value).cmp(&(is_value(b), a.population, &b.value))
        });
        Breakdown { field: field.clone(), label: findings::label_of_path(field, socle), groups }
    });
    let mut report = Report {
        as_of: options.as_of,
        horizon: options.horizon.clone(),
        unit: options.unit,
        filter: options.filter.clone(),
        socle: rules.edition.clone(),
        packs: rules
            .packs
            .iter()
            .enumerate()
            .map(|(number, pack)| PackSummary {
                id: pack.id.clone(),
                title: pack.title.clone(),
                edition: Edition { version: pack.version.to_string(), digest: pack.digest.clone() },
                status: several.then(|| tally.status.get(number + 1).map(status_of)).flatten(),
            })
            .collect(),
        inputs: read
            .iter()
            .map(|input| InputSummary {
                name: input.name.clone(),
                digest: input.summary.digest.clone().unwrap_or_default(),
                rows: input.summary.rows,
                format: "csv".to_owned(),
                encoding: input.summary.encoding.name().to_owned(),
                delimiter: Some(input.delimiter),
            })
            .collect(),
        population,
        status: tally.status.first().map(status_of).unwrap_or_default(),
        up_to_date_with_advice: tally.up_to_date_with_advice,
        rules: summaries,
        by: by.collect(),
        data: findings::collect(&Notice { rules, options, tally, read, bad, read_fields }),
        closed: None,
    };
    let expiring: Vec<u64> = tally.expiring.iter().map(|windows| windows[1]).collect();
    report.closed = options.gate.decide(&report, &expiring);
    report
}

fn counts_of(counts: &VerdictCounts) -> Counts {
    let [not_applicable, pass, unknown, fail] = *counts;
    Counts { pass, fail, unknown, not_applicable }
}

fn status_of(status: &StatusTally) -> StatusCounts {
    let [not_applicable, up_to_date, undetermined, obsolete] = *status;
    StatusCounts { up_to_date, obsolete, undetermined, not_applicable }
}

/// Compiles a condition given as an option, shown as a file of that name in diagnostics.
fn compile_option(option: &str, text: &str, names: &Names<'_>, boolean: bool) -> Result<Expr, Vec<Diagnostic>> {
    let compiled = if boolean { condition::compile_bool(text, names) } else { condition::compile(text, names) };
    let source = std::sync::Arc::new(crate::diag::Source { name: option.to_owned(), text: text.to_owned() });
    compiled.map_err(|faults| faults.into_iter().map(|fault| fault.at(&source, 0)).collect())
}

/// Compiles what a `--by` names: a field, or an attribute of one, that has single values.
fn compile_by(text: &str, names: &Names<'_>) -> Result<Expr, Vec<Diagnostic>> {
    let expr = compile_option("--by", text, names, false)?;
    let mut inner = &expr;
    while let Kind::Column(below, _)
    | Kind::Member(below, _)
    | Kind::DatePart(below, _)
    | Kind::VersionPart(below, _)
    | Kind::Scheme(below)
    | Kind::KeyOk(below) = &inner.kind
    {
        inner = below;
    }
    let single = !matches!(expr.ty, Type::List(_) | Type::Record(_));
    if matches!(inner.kind, Kind::Field(_)) && single {
        return Ok(expr);
    }
    Err(vec![
        Diagnostic::error(
            "option/by",
            text!(
                "`--by {text}` : il faut un champ ou un attribut qui n'a qu'une valeur",
                "`--by {text}`: a field or attribute with a single value is needed"
            ),
        )
        .help(text!(
            "par exemple `--by profession` ou `--by os.release`",
            "for example `--by profession` or `--by os.release`"
        )),
    ])
}

fn no_role(option: &str) -> Diagnostic {
    Diagnostic::error(
        "option/no-role",
        text!("`{option}` : aucun champ du socle n'a ce rôle", "`{option}`: no field of the socle has this role"),
    )
}

pub(super) fn no_identifier(name: &str, roles: &Roles, socle: &Socle) -> Diagnostic {
    let id = roles.identifier.map_or("identifiant", |field| socle.fields[usize::from(field.0)].id.as_str());
    Diagnostic::error(
        "inventory/no-identifier-column",
        text!("`{name}` n'a pas de colonne pour le champ `{id}`", "`{name}` has no column for field `{id}`"),
    )
    .help(text!("nommez-la : `--map {id}=EN-TÊTE`", "name it: `--map {id}=HEADER`"))
}

fn output_failed(error: &io::Error) -> Diagnostic {
    let code = if error.kind() == io::ErrorKind::BrokenPipe { "output/broken-pipe" } else { "output/failed" };
    Diagnostic::error(code, text!("écriture impossible : {error}", "cannot write: {error}"))
}
