//! What the machine formats share: names and shapes that are contracts, whatever the structures behind.

use crate::audit::{
    BaselineReport, Basis, Counts, DataFinding, Dialect, Edition, GroupValue, InputSummary, PackSummary, Rate, Rollup,
    StatusCounts, TargetReport, Unit, WaiverReport,
};
use crate::diag::Text;
use crate::socle::{CatalogueFile, RegisterFile};
use serde::Serialize;

/// The value that a group shares.
#[derive(Serialize)]
pub(super) struct WireGroupValue<'a> {
    /// `value`, `several` or `unknown`.
    pub(super) kind: &'static str,
    pub(super) value: Option<&'a str>,
    pub(super) label: Option<WireText<'a>>,
}

impl<'a> From<&'a GroupValue> for WireGroupValue<'a> {
    fn from(value: &'a GroupValue) -> WireGroupValue<'a> {
        let (kind, value, label) = match value {
            GroupValue::Known { key, label } => {
                ("value", Some(key.as_str()), Some(WireText { fr: &label.0, en: &label.1 }))
            }
            GroupValue::Several => ("several", Some("plusieurs"), Some(WireText { fr: "plusieurs", en: "several" })),
            GroupValue::Unknown => ("unknown", None, None),
        };
        WireGroupValue { kind, value, label }
    }
}

/// The population cut by a field: `G` is a group, and what the result says of it.
#[derive(Serialize)]
pub(super) struct WireBreakdown<'a, G> {
    pub(super) field: &'a str,
    pub(super) label: WireText<'a>,
    pub(super) groups: Vec<G>,
}

/// What every result starts with.
#[derive(Serialize)]
pub(super) struct WireBasis<'a> {
    pub(super) schema: &'static str,
    pub(super) vigie: &'static str,
    pub(super) as_of: String,
    pub(super) unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rollup: Option<&'static str>,
    pub(super) filter: Option<&'a str>,
    pub(super) socle: WireEdition<'a>,
    pub(super) packs: Vec<WirePack<'a>>,
    pub(super) catalogues: Vec<WireCatalogue<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) registers: Vec<WireRegister<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mapping: Option<WireCatalogue<'a>>,
    pub(super) inputs: Vec<WireInput<'a>>,
    pub(super) population: WirePopulation,
}

impl<'a> WireBasis<'a> {
    pub(super) fn new(schema: &'static str, basis: &'a Basis) -> WireBasis<'a> {
        WireBasis {
            schema,
            vigie: env!("CARGO_PKG_VERSION"),
            as_of: basis.as_of.to_string(),
            unit: unit_name(basis.unit),
            rollup: basis.rollup.map(|rollup| match rollup {
                Rollup::Worst => "worst",
                Rollup::Best => "best",
            }),
            filter: basis.filter.as_deref(),
            socle: WireEdition::from(&basis.socle),
            packs: basis.packs.iter().map(WirePack::from).collect(),
            catalogues: basis.catalogues.iter().map(WireCatalogue::from).collect(),
            registers: basis.registers.iter().map(WireRegister::from).collect(),
            mapping: basis.mapping.as_ref().map(WireCatalogue::from),
            inputs: basis
                .inputs
                .iter()
                .map(|input| WireInput { rows: unless_published(basis, input.rows), ..WireInput::from(input) })
                .collect(),
            population: WirePopulation {
                rows: unless_published(basis, basis.population.rows),
                weight: basis.population.weight,
                ps: basis.population.ps,
            },
        }
    }
}

/// What was found about the data.
pub(super) fn findings(basis: &Basis) -> Vec<WireFinding<'_>> {
    let of_packs = |finding: &DataFinding| finding.code.starts_with("pack/");
    basis
        .data
        .iter()
        .map(|finding| WireFinding {
            count: Some(finding.count).filter(|_| !basis.published || of_packs(finding)),
            ..WireFinding::from(finding)
        })
        .collect()
}

/// A count of rows, unless it is of a result to be published and was taken out.
fn unless_published(basis: &Basis, rows: u64) -> Option<u64> {
    (!basis.published || rows > 0).then_some(rows)
}

#[derive(Serialize)]
pub(super) struct WireEdition<'a> {
    pub(super) version: &'a str,
    pub(super) digest: &'a str,
}

#[derive(Serialize)]
pub(super) struct WirePack<'a> {
    pub(super) id: &'a str,
    pub(super) title: WireText<'a>,
    pub(super) version: &'a str,
    pub(super) digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<WireStatus>,
}

#[derive(Serialize)]
pub(super) struct WireRegister<'a> {
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    pub(super) title: WireText<'a>,
    pub(super) digest: &'a str,
    pub(super) rows: u64,
}

#[derive(Serialize)]
pub(super) struct WireCatalogue<'a> {
    pub(super) name: &'a str,
    pub(super) digest: &'a str,
}

#[derive(Serialize)]
pub(super) struct WireText<'a> {
    pub(super) fr: &'a str,
    pub(super) en: &'a str,
}

#[derive(Serialize)]
pub(super) struct WireInput<'a> {
    pub(super) name: &'a str,
    pub(super) digest: &'a str,
    pub(super) rows: Option<u64>,
    pub(super) format: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) dialects: Vec<WireDialect<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) wrappings: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sheet: Option<&'a str>,
    pub(super) encoding: Option<&'a str>,
    pub(super) delimiter: Option<char>,
}

/// What became of the failures of a baseline.
#[derive(Serialize)]
pub(super) struct WireBaseline<'a> {
    name: &'a str,
    digest: &'a str,
    as_of: String,
    rules: Vec<WireBaselineRule<'a>>,
}

#[derive(Serialize)]
struct WireBaselineRule<'a> {
    id: &'a str,
    pack: &'a str,
    known: u64,
    new: u64,
    without_identifier: u64,
    fixed: u64,
}

impl<'a> From<&'a BaselineReport> for WireBaseline<'a> {
    fn from(report: &'a BaselineReport) -> WireBaseline<'a> {
        let rules = report.rules.iter().map(|rule| WireBaselineRule {
            id: &rule.rule,
            pack: &rule.pack,
            known: rule.known,
            new: rule.new,
            without_identifier: rule.nameless,
            fixed: rule.fixed,
        });
        WireBaseline {
            name: &report.name,
            digest: &report.digest,
            as_of: report.as_of.to_string(),
            rules: rules.collect(),
        }
    }
}

/// A file of waivers.
#[derive(Serialize)]
pub(super) struct WireWaivers<'a> {
    name: &'a str,
    digest: &'a str,
    list: Vec<WireWaiver<'a>>,
}

#[derive(Serialize)]
struct WireWaiver<'a> {
    rule: &'a str,
    scope: &'a str,
    reason: &'a str,
    author: &'a str,
    until: String,
    line: usize,
    /// `active` or `expired`.
    state: &'static str,
    days_left: i64,
    ends_within: Option<u32>,
    covered: u64,
}

impl<'a> From<&'a WaiverReport> for WireWaivers<'a> {
    fn from(report: &'a WaiverReport) -> WireWaivers<'a> {
        let list = report.list.iter().map(|waiver| WireWaiver {
            rule: &waiver.rule,
            scope: &waiver.scope,
            reason: &waiver.reason,
            author: &waiver.author,
            until: waiver.until.to_string(),
            line: waiver.line,
            state: if waiver.expired() { "expired" } else { "active" },
            days_left: waiver.days_left,
            ends_within: waiver.ends_within(),
            covered: waiver.covered,
        });
        WireWaivers { name: &report.name, digest: &report.digest, list: list.collect() }
    }
}

/// Documents of machines of one dialect.
#[derive(Serialize)]
pub(super) struct WireDialect<'a> {
    pub(super) id: &'a str,
    pub(super) label: WireText<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) documents: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct WirePopulation {
    pub(super) rows: Option<u64>,
    pub(super) weight: Option<u64>,
    pub(super) ps: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct WireStatus {
    pub(super) up_to_date: u64,
    pub(super) obsolete: u64,
    pub(super) undetermined: u64,
    pub(super) not_applicable: u64,
    /// Absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waived: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct WireRate {
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    pub(super) in_scope: u64,
}

#[derive(Serialize)]
pub(super) struct WireCounts {
    pub(super) pass: u64,
    pub(super) fail: u64,
    pub(super) unknown: u64,
    pub(super) not_applicable: u64,
    /// Absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waived: Option<u64>,
}

/// A target, and where the population stands.
#[derive(Serialize)]
pub(super) struct WireTarget<'a> {
    pack: &'a str,
    id: &'a str,
    title: WireText<'a>,
    goal: f64,
    due: String,
    days_left: i64,
    /// Known to be reached, known not to be, or not known.
    reached: Option<bool>,
    #[serde(flatten)]
    counts: WireCounts,
    rate: WireRate,
    gap: Option<WireGap>,
    missing: WireMissing,
    source: String,
    remark: Option<WireText<'a>>,
    previous: Option<WirePace>,
}

#[derive(Serialize)]
struct WireGap {
    low: f64,
    high: f64,
}

#[derive(Serialize)]
struct WireMissing {
    low: u64,
    high: u64,
}

#[derive(Serialize)]
struct WirePace {
    as_of: String,
    #[serde(flatten)]
    counts: WireCounts,
    rate: WireRate,
    /// When it is known exactly.
    points_a_month: Option<f64>,
    /// The same between bounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pace: Option<WireGap>,
    /// When it is known exactly.
    reached_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reached_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reached_by: Option<String>,
}

impl<'a> From<&'a TargetReport> for WireTarget<'a> {
    fn from(target: &'a TargetReport) -> WireTarget<'a> {
        WireTarget {
            pack: &target.pack,
            id: &target.id,
            title: WireText::from(&target.title),
            goal: target.goal,
            due: target.due.to_string(),
            days_left: target.days_left,
            reached: target.reached(),
            counts: WireCounts::from(&target.counts),
            rate: target.counts.rate().into(),
            gap: target.gap().map(|(low, high)| WireGap { low, high }),
            missing: WireMissing { low: target.missing.0, high: target.missing.1 },
            source: target.source.text.clone(),
            remark: target.remark.as_ref().map(WireText::from),
            previous: target.pace.as_ref().map(|pace| WirePace {
                as_of: pace.since.to_string(),
                counts: WireCounts::from(&pace.counts),
                rate: pace.counts.rate().into(),
                points_a_month: pace.exact().map(|share| share * 100.0),
                pace: pace.a_month.map(|(low, high)| WireGap { low: low * 100.0, high: high * 100.0 }),
                reached_on: pace.reached.filter(|of| of.by == Some(of.from)).map(|of| of.from.to_string()),
                reached_from: pace.reached.map(|of| of.from.to_string()),
                reached_by: pace.reached.and_then(|of| of.by).map(|date| date.to_string()),
            }),
        }
    }
}

#[derive(Serialize)]
pub(super) struct WireFinding<'a> {
    pub(super) code: &'static str,
    pub(super) field: Option<&'a str>,
    pub(super) count: Option<u64>,
    pub(super) distinct: Option<u64>,
    pub(super) message: WireText<'a>,
    pub(super) help: Option<WireText<'a>>,
    pub(super) first: Option<WirePlace<'a>>,
}

#[derive(Serialize)]
pub(super) struct WirePlace<'a> {
    pub(super) file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) document: Option<&'a str>,
    pub(super) row: Option<u64>,
    pub(super) line: Option<u64>,
    pub(super) column: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<&'a str>,
}

impl<'a> From<&'a Text> for WireText<'a> {
    fn from(text: &'a Text) -> WireText<'a> {
        WireText { fr: &text.fr, en: &text.en }
    }
}

impl<'a> From<&'a Edition> for WireEdition<'a> {
    fn from(edition: &'a Edition) -> WireEdition<'a> {
        WireEdition { version: &edition.version, digest: &edition.digest }
    }
}

impl<'a> From<&'a PackSummary> for WirePack<'a> {
    fn from(pack: &'a PackSummary) -> WirePack<'a> {
        WirePack {
            id: &pack.id,
            title: WireText::from(&pack.title),
            version: &pack.edition.version,
            digest: &pack.edition.digest,
            status: pack.status.as_ref().map(WireStatus::from),
        }
    }
}

impl<'a> From<&'a RegisterFile> for WireRegister<'a> {
    fn from(register: &'a RegisterFile) -> WireRegister<'a> {
        let RegisterFile { name, kind, label, digest, rows } = register;
        WireRegister { name, kind, title: WireText::from(label), digest, rows: *rows }
    }
}

impl<'a> From<&'a CatalogueFile> for WireCatalogue<'a> {
    fn from(file: &'a CatalogueFile) -> WireCatalogue<'a> {
        WireCatalogue { name: &file.name, digest: &file.digest }
    }
}

impl<'a> From<&'a InputSummary> for WireInput<'a> {
    fn from(input: &'a InputSummary) -> WireInput<'a> {
        WireInput {
            name: &input.name,
            digest: &input.digest,
            rows: Some(input.rows),
            format: &input.format,
            dialects: input.dialects.iter().map(WireDialect::from).collect(),
            wrappings: &input.wrappings,
            sheet: input.sheet.as_deref(),
            encoding: input.encoding.as_deref(),
            delimiter: input.delimiter,
        }
    }
}

impl<'a> From<&'a Dialect> for WireDialect<'a> {
    fn from(dialect: &'a Dialect) -> WireDialect<'a> {
        let documents = Some(dialect.documents).filter(|documents| *documents > 0);
        WireDialect { id: &dialect.id, label: WireText::from(&dialect.label), documents }
    }
}

impl From<&StatusCounts> for WireStatus {
    fn from(status: &StatusCounts) -> WireStatus {
        WireStatus {
            up_to_date: status.up_to_date,
            obsolete: status.obsolete,
            undetermined: status.undetermined,
            not_applicable: status.not_applicable,
            waived: Some(status.waived).filter(|n| *n > 0),
        }
    }
}

impl From<&Counts> for WireCounts {
    fn from(counts: &Counts) -> WireCounts {
        WireCounts {
            pass: counts.pass,
            fail: counts.fail,
            unknown: counts.unknown,
            not_applicable: counts.not_applicable,
            waived: Some(counts.waived).filter(|n| *n > 0),
        }
    }
}

impl<'a> From<&'a DataFinding> for WireFinding<'a> {
    fn from(finding: &'a DataFinding) -> WireFinding<'a> {
        WireFinding {
            code: finding.code,
            field: finding.field.as_deref(),
            count: Some(finding.count),
            distinct: finding.distinct,
            message: WireText::from(&finding.message),
            help: finding.help.as_ref().map(WireText::from),
            first: finding.first.as_ref().map(|first| WirePlace {
                file: &first.file,
                document: first.document.as_deref(),
                row: first.row,
                line: first.line,
                column: first.column.as_deref(),
                value: first.value.as_deref(),
            }),
        }
    }
}

impl From<Rate> for WireRate {
    fn from(rate: Rate) -> WireRate {
        WireRate { low: rate.low, high: rate.high, in_scope: rate.in_scope }
    }
}

/// Stable name of a unit.
#[must_use]
pub(super) fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Row => "row",
        Unit::Ps => "ps",
        Unit::Weight => "weight",
    }
}
