//! What every question asked of inventories shares: how they are read, what is counted, among whom.

use super::findings::{self, Notice};
use super::mapping::{self, MappingOptions};
use super::read::Outcome;
use super::report::{Basis, Dialect, Edition, InputSummary, PackSummary, Population, Unit, status_of};
use super::watch::Stale;
use crate::diag::Diagnostic;
use crate::engine::{Counting, Cut, Program, Rollup, RuleInput};
use crate::inventory::{Collected, Format, Options, Summary};
use crate::pack::Pack;
use crate::pack::condition::{self, Calendar, Expr, Kind, Names};
use crate::socle::{CatalogueFile, FieldId, Role, Socle};
use crate::text;
use crate::value::{Date, Type};
use std::collections::BTreeSet;

/// How inventories are read, and what is counted.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The date of the evaluation.
    pub as_of: Date,
    /// What is counted.
    pub unit: Unit,
    /// How the rows of a PS make its verdicts.
    pub rollup: Rollup,
    /// Condition that restricts the population.
    pub filter: Option<String>,
    /// What the user said of the columns.
    pub mapping: MappingOptions,
    /// How old rows may be before it is said.
    pub stale: Option<Stale>,
    /// One bad input stops everything.
    pub strict: bool,
    /// Workers; at least 1.
    pub threads: usize,
    /// Bounds of the readers.
    pub reader: Options,
}

/// The rules of a run.
pub struct Rules<'p> {
    /// The socle.
    pub socle: &'p Socle,
    /// Its version and digest.
    pub edition: Edition,
    /// The packs selected.
    pub packs: Vec<&'p Pack>,
}

/// A survey once its options are checked and compiled.
pub(super) struct Question<'q> {
    names: Names<'q>,
    filter: Option<Expr>,
    /// Fields read though no rule does: the weight; the identifier that counts depend on, for its faults.
    extra: Vec<FieldId>,
    socle: &'q Socle,
}

/// The fields that vigie itself uses.
pub(super) struct Roles {
    pub(super) identifier: Option<FieldId>,
    pub(super) weight: Option<FieldId>,
    pub(super) date: Option<FieldId>,
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
        Roles { identifier: with(Role::Identifier), weight: with(Role::Weight), date: with(Role::Date) }
    }
}

impl Survey {
    /// Checks and compiles the options that every question has.
    pub(super) fn question<'q>(&self, rules: &'q Rules<'_>) -> Result<Question<'q>, Vec<Diagnostic>> {
        let socle = rules.socle;
        mapping::check_options(&self.mapping, socle)?;
        let names = Names {
            tables: &socle.tables,
            fields: &socle.fields,
            parameters: &socle.parameters,
            kind: Some(rules.kind()),
            previous: false,
        };
        let filter = self.filter.as_deref().map(|text| compile_option("--where", text, &names, true)).transpose()?;
        let roles = Roles::of(socle, rules.kind());
        let extra = match self.unit {
            Unit::Weight => vec![roles.weight.ok_or_else(|| vec![no_role("--unit weight")])?],
            Unit::Ps => roles.identifier.into_iter().collect(),
            Unit::Row => Vec::new(),
        };
        Ok(Question { names, filter, extra, socle })
    }

    /// What a program counts, and how: the unit asked for, or rows when it does not read what that takes.
    pub(super) fn counting(&self, program: &Program<'_>, roles: &Roles) -> Counting {
        let slot = |role: Option<FieldId>| role.and_then(|field| program.slot(field));
        match self.unit {
            Unit::Weight => slot(roles.weight).map_or(Counting::Rows, Counting::Weights),
            Unit::Ps if slot(roles.identifier).is_some() => Counting::Ps(self.rollup),
            Unit::Ps | Unit::Row => Counting::Rows,
        }
    }
}

impl<'q> Question<'q> {
    /// Reads fields that no rule does.
    pub(super) fn also_read(&mut self, fields: impl IntoIterator<Item = FieldId>) {
        self.extra.extend(fields);
    }

    /// Prepares rules for this population.
    pub(super) fn program<'p>(
        &'p self,
        rules: &[RuleInput<'p>],
        cuts: &[Cut<'p>],
        today: Date,
        windows: [Option<Date>; 2],
    ) -> Program<'p> {
        let filter = self.filter.as_ref();
        let conditions =
            rules.iter().flat_map(|rule| rule.scope.iter().chain(&rule.requires).copied().chain(rule.waived_for()));
        let grouped = cuts.iter().flat_map(|cut| &cut.by).copied();
        let read: BTreeSet<FieldId> = conditions.chain(filter).chain(grouped).flat_map(condition::fields).collect();
        let mut extra = self.extra.clone();
        // Read for their faults: a version that cannot be read finds no row of the catalogue.
        if read.into_iter().any(|field| self.socle.derives(field) || self.socle.is_offer(field)) {
            extra.extend(self.socle.catalogue_keys().into_iter().flat_map(|[_, _, version, who]| [version, who]));
        }
        Program::new(self.socle, rules, filter, cuts, &extra, today, windows)
    }

    /// Counts the rows of this population by what they hold, and judges nothing.
    pub(super) fn holdings<'p>(&'p self, by: &[Cut<'p>], today: Date) -> Program<'p> {
        Program::new(self.socle, &[], self.filter.as_ref(), by, &[], today, [None; 2])
    }

    /// The dates at which the population may change.
    pub(super) fn filter_calendar(&self, from: Date, to: Date) -> Calendar {
        let of = |filter| condition::calendar(filter, &self.socle.tables, &self.socle.parameters, from, to);
        self.filter.as_ref().map(of).unwrap_or_default()
    }

    /// Compiles a condition given as an option.
    pub(super) fn condition(&self, option: &str, text: &str) -> Result<Expr, Vec<Diagnostic>> {
        compile_option(option, text, &self.names, true)
    }

    /// Compiles what an option groups by.
    pub(super) fn group(&self, option: &str, text: &str) -> Result<Expr, Vec<Diagnostic>> {
        compile_by(option, text, &self.names)
    }
}

impl<'p> Rules<'p> {
    /// The kind of records that the packs judge.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.packs.first().map_or("installation", |pack| pack.kind.as_str())
    }

    /// The rules of the packs as the engine takes them.
    pub(super) fn inputs(&self) -> Vec<RuleInput<'p>> {
        self.packs
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
                waivers: Vec::new(),
            })
            .collect()
    }
}

/// What the results of a run rest on; `number` is that of the program they come from.
pub(super) fn basis(
    rules: &Rules<'_>,
    survey: &Survey,
    program: &Program<'_>,
    outcome: &Outcome,
    number: usize,
) -> Basis {
    let several = rules.packs.len() > 1;
    let (tally, ps) = &outcome.counted[number];
    let read_fields: Vec<FieldId> = program.fields().collect();
    let notice = Notice {
        rules,
        survey,
        tally,
        read: &outcome.read,
        bad: &outcome.bad,
        left: &outcome.left,
        watched: &outcome.watched,
        strangers: outcome.strangers,
        read_fields: &read_fields,
    };
    Basis {
        as_of: survey.as_of,
        unit: survey.unit,
        rollup: (survey.unit == Unit::Ps).then_some(survey.rollup),
        filter: survey.filter.clone(),
        socle: rules.edition.clone(),
        packs: rules
            .packs
            .iter()
            .enumerate()
            .map(|(number, pack)| PackSummary {
                status: several.then(|| tally.status.get(number + 1).map(status_of)).flatten(),
                ..PackSummary::of(pack)
            })
            .collect(),
        inputs: input_summaries(outcome),
        catalogues: rules.socle.catalogue.files.clone(),
        registers: rules.socle.registers.files.clone(),
        mapping: survey
            .mapping
            .file
            .as_ref()
            .map(|file| CatalogueFile { name: file.name.clone(), digest: file.digest.clone() }),
        population: Population {
            rows: tally.rows,
            weight: (survey.unit == Unit::Weight).then_some(tally.units),
            ps: (survey.unit == Unit::Ps).then_some(*ps),
        },
        data: findings::collect(&notice),
        published: false,
    }
}

/// What was read.
pub(super) fn input_summaries(outcome: &Outcome) -> Vec<InputSummary> {
    outcome
        .read
        .iter()
        .map(|input| InputSummary {
            name: input.name.clone(),
            digest: input.summary.digest.clone().unwrap_or_default(),
            rows: input.summary.rows,
            format: input.format.name.to_owned(),
            dialects: input.summary.collected.as_ref().map(dialects_of).unwrap_or_default(),
            wrappings: input.format.wrappings.iter().map(|wrapping| (*wrapping).to_owned()).collect(),
            sheet: input.format.sheet.clone(),
            encoding: encoding_of(&input.format, &input.summary),
            delimiter: input.format.delimiter,
        })
        .collect()
}

/// The encoding of an input, if it has one.
pub(super) fn encoding_of(format: &Format, summary: &Summary) -> Option<String> {
    let of_documents = summary.collected.as_ref().filter(|collected| collected.encodings.len() == 1);
    let of_documents = || of_documents?.encodings.first().copied();
    format.encoding(summary.encoding).or_else(of_documents).map(str::to_owned)
}

/// The dialects of documents, by name.
pub(super) fn dialects_of(collected: &Collected) -> Vec<Dialect> {
    let dialects = collected.dialects.iter();
    dialects
        .map(|(id, (label, documents))| Dialect { id: id.clone(), label: label.clone(), documents: *documents })
        .collect()
}

/// Compiles a condition given as an option, shown as a file of that name in diagnostics.
fn compile_option(option: &str, text: &str, names: &Names<'_>, boolean: bool) -> Result<Expr, Vec<Diagnostic>> {
    let compiled = if boolean { condition::compile_bool(text, names) } else { condition::compile(text, names) };
    let source = std::sync::Arc::new(crate::diag::Source { name: option.to_owned(), text: text.to_owned() });
    compiled.map_err(|faults| faults.into_iter().map(|fault| fault.at(&source, 0)).collect())
}

/// Compiles what a `--by` names: a field, or an attribute of one, that has single values.
fn compile_by(option: &str, text: &str, names: &Names<'_>) -> Result<Expr, Vec<Diagnostic>> {
    let expr = compile_option(option, text, names, false)?;
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
                "`{option} {text}` : il faut un champ ou un attribut qui n'a qu'une valeur",
                "`{option} {text}`: a field or attribute with a single value is needed"
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
