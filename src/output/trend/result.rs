//! `vigie.audit/1` read back: a snapshot that is the result of an audit.

use crate::audit::{
    Basis, Counts, Edition, GroupValue, InputSummary, PackSummary, PastResult, Population, Rollup, RuleTrend,
    StatusCounts, Unit,
};
use crate::diag::{Diagnostic, Text};
use crate::pack::Level;
use crate::socle::{CatalogueFile, RegisterFile};
use crate::text;
use crate::value::Date;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Whether a file begins as the result of an audit does.
#[must_use]
pub fn is_result(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    let start = head.trim_start_matches('\u{feff}').trim_start();
    start.starts_with('{') && start.contains("\"vigie.audit/")
}

/// Reads the result of an audit.
///
/// # Errors
/// `trend/result`: it is not one.
pub fn read_result(name: &str, bytes: &[u8]) -> Result<PastResult, Box<Diagnostic>> {
    let wrong = |why: &dyn std::fmt::Display| not_a_result(name, &Text::new(why.to_string(), why.to_string()));
    let read: Read = serde_json::from_slice(bytes).map_err(|error| wrong(&error))?;
    if read.schema != "vigie.audit/1" {
        return Err(wrong(&read.schema));
    }
    let as_of = Date::parse_iso(&read.as_of).ok_or_else(|| wrong(&read.as_of))?;
    let unit = match read.unit.as_str() {
        "row" => Unit::Row,
        "ps" => Unit::Ps,
        "weight" => Unit::Weight,
        other => return Err(wrong(&other)),
    };
    let ids: BTreeSet<(&str, &str)> = read.rules.iter().map(|rule| (&*rule.pack, &*rule.id)).collect();
    if ids.len() < read.rules.len() {
        return Err(not_a_result(name, &text!("une règle y est deux fois", "a rule stands there twice")));
    }
    let whole = read.status.total();
    let parts = read.rules.iter().map(ReadRule::total).chain(read.by.iter().map(ReadBreakdown::total));
    if whole.is_none() || parts.into_iter().any(|part| part != whole) {
        let why = text!("ses nombres ne font pas leur somme", "its figures do not sum");
        return Err(not_a_result(name, &why));
    }
    let basis = Basis {
        as_of,
        unit,
        rollup: match read.rollup.as_deref() {
            Some("worst") => Some(Rollup::Worst),
            Some("best") => Some(Rollup::Best),
            _ => None,
        },
        filter: read.filter,
        socle: read.socle.into(),
        packs: read
            .packs
            .into_iter()
            .map(|pack| PackSummary {
                id: pack.id,
                title: pack.title.into(),
                edition: Edition { version: pack.version, digest: pack.digest },
                status: None,
            })
            .collect(),
        catalogues: read.catalogues.into_iter().map(CatalogueFile::from).collect(),
        registers: read.registers.into_iter().map(RegisterFile::from).collect(),
        mapping: read.mapping.map(CatalogueFile::from),
        inputs: read.inputs.into_iter().map(InputSummary::from).collect(),
        population: Population {
            rows: read.population.rows.unwrap_or_default(),
            weight: read.population.weight,
            ps: read.population.ps,
        },
        data: Vec::new(),
        published: false,
    };
    let rules = read.rules.into_iter().map(|rule| RuleTrend {
        level: [Level::Blocking, Level::Advisory]
            .into_iter()
            .find(|level| level.word() == rule.level)
            .unwrap_or(Level::Info),
        id: rule.id,
        pack: rule.pack,
        column: rule.column,
        title: rule.title.into(),
        at: vec![Counts {
            pass: rule.pass,
            fail: rule.fail,
            unknown: rule.unknown,
            not_applicable: rule.not_applicable,
            waived: rule.waived,
        }],
    });
    let by = read.by.into_iter().map(|by| (by.field, by.groups.into_iter().map(ReadGroup::split).collect()));
    Ok(PastResult {
        name: name.to_owned(),
        waivers: read.derogations.map(|file| file.digest),
        status: read.status.into(),
        rules: rules.collect(),
        by: by.collect(),
        basis,
    })
}

fn not_a_result(name: &str, why: &Text) -> Box<Diagnostic> {
    let Text { fr, en } = why;
    let message = text!(
        "`{name}` n'est pas le résultat d'un audit (`vigie.audit/1`) : {fr}",
        "`{name}` is not the result of an audit (`vigie.audit/1`): {en}"
    );
    Box::new(
        Diagnostic::error("trend/result", message).help(text!(
            "le refaire avec `vigie audit --format json`",
            "make it again with `vigie audit --format json`"
        )),
    )
}

/// The sum, unless it is more than any population: rates are exact below.
fn sum(parts: impl IntoIterator<Item = u64>) -> Option<u64> {
    parts.into_iter().try_fold(0u64, u64::checked_add).filter(|sum| *sum <= 1 << 52)
}

#[derive(Deserialize)]
struct Read {
    schema: String,
    as_of: String,
    unit: String,
    rollup: Option<String>,
    filter: Option<String>,
    socle: ReadEdition,
    packs: Vec<ReadPack>,
    #[serde(default)]
    catalogues: Vec<ReadFile>,
    #[serde(default)]
    registers: Vec<ReadRegister>,
    mapping: Option<ReadFile>,
    derogations: Option<ReadFile>,
    inputs: Vec<ReadInput>,
    population: ReadPopulation,
    status: ReadStatus,
    rules: Vec<ReadRule>,
    by: Vec<ReadBreakdown>,
}

#[derive(Deserialize)]
struct ReadEdition {
    version: String,
    digest: String,
}

#[derive(Deserialize)]
struct ReadText {
    fr: String,
    en: String,
}

#[derive(Deserialize)]
struct ReadPack {
    id: String,
    title: ReadText,
    version: String,
    digest: String,
}

#[derive(Deserialize)]
struct ReadFile {
    name: String,
    digest: String,
}

#[derive(Deserialize)]
struct ReadRegister {
    name: String,
    kind: String,
    title: ReadText,
    digest: String,
    rows: u64,
}

#[derive(Deserialize)]
struct ReadInput {
    name: String,
    digest: String,
    rows: Option<u64>,
    format: String,
    #[serde(default)]
    wrappings: Vec<String>,
    sheet: Option<String>,
    encoding: Option<String>,
    delimiter: Option<char>,
}

#[derive(Deserialize)]
struct ReadPopulation {
    rows: Option<u64>,
    weight: Option<u64>,
    ps: Option<u64>,
}

#[derive(Deserialize)]
struct ReadStatus {
    up_to_date: u64,
    obsolete: u64,
    undetermined: u64,
    not_applicable: u64,
    #[serde(default)]
    waived: u64,
}

#[derive(Deserialize)]
struct ReadRule {
    id: String,
    pack: String,
    column: String,
    title: ReadText,
    level: String,
    pass: u64,
    fail: u64,
    unknown: u64,
    not_applicable: u64,
    #[serde(default)]
    waived: u64,
}

#[derive(Deserialize)]
struct ReadBreakdown {
    field: String,
    groups: Vec<ReadGroup>,
}

#[derive(Deserialize)]
struct ReadGroup {
    kind: String,
    value: Option<String>,
    label: Option<ReadText>,
    status: ReadStatus,
}

impl ReadStatus {
    fn total(&self) -> Option<u64> {
        sum([self.up_to_date, self.obsolete, self.undetermined, self.not_applicable, self.waived])
    }
}

impl ReadRule {
    fn total(&self) -> Option<u64> {
        sum([self.pass, self.fail, self.unknown, self.not_applicable, self.waived])
    }
}

impl ReadBreakdown {
    fn total(&self) -> Option<u64> {
        self.groups.iter().map(|group| group.status.total()).try_fold(0u64, |sum, part| sum.checked_add(part?))
    }
}

impl From<ReadFile> for CatalogueFile {
    fn from(file: ReadFile) -> CatalogueFile {
        CatalogueFile { name: file.name, digest: file.digest }
    }
}

impl ReadGroup {
    fn split(self) -> (GroupValue, StatusCounts) {
        let value = match (self.kind.as_str(), self.value, self.label) {
            ("value", Some(key), Some(label)) => GroupValue::Known { key, label: (label.fr, label.en) },
            ("several", ..) => GroupValue::Several,
            _ => GroupValue::Unknown,
        };
        (value, self.status.into())
    }
}

impl From<ReadRegister> for RegisterFile {
    fn from(file: ReadRegister) -> RegisterFile {
        let ReadRegister { name, kind, title, digest, rows } = file;
        RegisterFile { name, kind, label: title.into(), digest, rows }
    }
}

impl From<ReadText> for Text {
    fn from(text: ReadText) -> Text {
        Text::new(text.fr, text.en)
    }
}

impl From<ReadEdition> for Edition {
    fn from(edition: ReadEdition) -> Edition {
        Edition { version: edition.version, digest: edition.digest }
    }
}

impl From<ReadStatus> for StatusCounts {
    fn from(status: ReadStatus) -> StatusCounts {
        let ReadStatus { up_to_date, obsolete, undetermined, not_applicable, waived } = status;
        StatusCounts { up_to_date, obsolete, undetermined, not_applicable, waived }
    }
}

impl From<ReadInput> for InputSummary {
    fn from(input: ReadInput) -> InputSummary {
        let ReadInput { name, digest, rows, format, wrappings, sheet, encoding, delimiter } = input;
        let rows = rows.unwrap_or_default();
        InputSummary { name, digest, rows, format, dialects: Vec::new(), wrappings, sheet, encoding, delimiter }
    }
}
