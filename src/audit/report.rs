//! The result of an audit: the one structure that every output reads.
//!
//! [`Basis`] is what every result rests on, whatever was asked.

use super::places::InputCounts;
use super::targets::TargetReport;
use crate::diag::Text;
use crate::engine::{GroupValue, Rollup, StatusTally, VerdictCounts};
use crate::pack::{Level, Pack, Rule};
use crate::socle::{CatalogueFile, Citation, RegisterFile};
use crate::value::Date;
use std::cmp::Reverse;

/// What a result rests on: the date, the rules, the inventories, the population, and what was found about them.
#[derive(Clone, Debug)]
pub struct Basis {
    /// The date the rules were evaluated at.
    pub as_of: Date,
    /// What is counted.
    pub unit: Unit,
    /// How the rows of one PS are rolled up; `None` when PS are not counted, or for a result that does not tell.
    pub rollup: Option<Rollup>,
    /// The condition that restricted the population, as given.
    pub filter: Option<String>,
    /// The socle used.
    pub socle: Edition,
    /// The packs used.
    pub packs: Vec<PackSummary>,
    /// The catalogues brought beside that of the socle, in the order given.
    pub catalogues: Vec<CatalogueFile>,
    /// The registers joined, in the order given.
    pub registers: Vec<RegisterFile>,
    /// The mapping file, when one was given.
    pub mapping: Option<CatalogueFile>,
    /// The inventories read, in the order given.
    pub inputs: Vec<InputSummary>,
    /// How many there are.
    pub population: Population,
    /// What was repaired, guessed or refused in the data, and about the packs.
    pub data: Vec<DataFinding>,
    /// The result is to be published: rows, places and counts that would tell of hidden figures are taken out
    /// (set to 0 or `None`), and are not to be written.
    pub published: bool,
}

/// Result of an audit. All counts are in the unit of the basis, except [`Population::rows`].
#[derive(Clone, Debug)]
pub struct Report {
    /// What it rests on.
    pub basis: Basis,
    /// How far "expiring" looks; `None` when it was not asked for.
    pub horizon: Option<Horizon>,
    /// How many are up to date, obsolete …: the four sum to the population.
    pub status: StatusCounts,
    /// Among the up to date, how many fail an advisory rule.
    pub up_to_date_with_advice: u64,
    /// One entry a rule, in the order of the packs then of the ids.
    pub rules: Vec<RuleSummary>,
    /// One entry for each `--by`.
    pub by: Vec<Breakdown>,
    /// One entry for each target of the packs.
    pub targets: Vec<TargetReport>,
    /// The waivers, when there is a file of them.
    pub waivers: Option<WaiverReport>,
    /// What became of the failures of a baseline, when there is one.
    pub baseline: Option<BaselineReport>,
    /// The earlier inventories that the pace of the targets is counted from.
    pub previous: Vec<InputSummary>,
    /// Which inputs the verdicts come from; empty unless several inputs were asked about.
    pub by_input: Vec<InputCounts>,
    /// Why the gate is closed; `None` when it is open or none was asked for.
    pub closed: Option<Closed>,
}

impl Report {
    /// Its rules as people read them: what keeps most installations from being up to date comes first, what none
    /// could be judged by comes last.
    #[must_use]
    pub fn rules_to_read(&self) -> Vec<&RuleSummary> {
        let mut rules: Vec<&RuleSummary> = self.rules.iter().collect();
        let judged = |counts: &Counts| counts.pass + counts.fail + counts.waived > 0;
        rules.sort_by_key(|rule| Reverse((rule.level, rule.counts.fail, judged(&rule.counts))));
        rules
    }
}

/// What became of the failures of a baseline. Counts are in rows, whatever the unit.
#[derive(Clone, Debug)]
pub struct BaselineReport {
    /// Name of the file as given.
    pub name: String,
    /// `blake3:<hex>` of its bytes.
    pub digest: String,
    /// The day that it was made.
    pub as_of: Date,
    /// In the order of the rules of the report.
    pub rules: Vec<BaselineRule>,
}

/// What became of the failures of a rule.
#[derive(Clone, Debug)]
pub struct BaselineRule {
    /// Id of the rule.
    pub rule: String,
    /// Id of its pack.
    pub pack: String,
    /// Failures that the baseline has.
    pub known: u64,
    /// Failures that it has not, those of rows without identifier among them.
    pub new: u64,
    /// Failures of rows without identifier.
    pub nameless: u64,
    /// Failures that it has and that are no more: corrected, or gone with their row.
    pub fixed: u64,
}

/// A file of waivers, and what each of its waivers does here.
#[derive(Clone, Debug)]
pub struct WaiverReport {
    /// Name of the file as given.
    pub name: String,
    /// `blake3:<hex>` of its bytes.
    pub digest: String,
    /// In the order of the file.
    pub list: Vec<WaiverSummary>,
}

/// A waiver, and what it does here.
#[derive(Clone, Debug)]
pub struct WaiverSummary {
    /// The rule, as written.
    pub rule: String,
    /// Whom it is granted to: the text of the condition.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// By whom.
    pub author: String,
    /// Last day.
    pub until: Date,
    /// Line of the file, from 1.
    pub line: usize,
    /// Days after the date of the judgement; negative when it has expired.
    pub days_left: i64,
    /// Failing or unknown verdicts that it covers, in rows; 0 when it has expired.
    pub covered: u64,
    /// All that it covers is known to be covered after its end too, by another.
    pub outlived: bool,
}

impl WaiverSummary {
    /// Whether it is over: it covers nothing any more, and is an error.
    #[must_use]
    pub fn expired(&self) -> bool {
        self.days_left < 0
    }

    /// Why a gate is closed once it has expired.
    #[must_use]
    pub fn why_closed(&self) -> Text {
        let (id, until) = (&self.rule, self.until);
        crate::text!(
            "dérogation à la règle `{id}` périmée depuis le {until}",
            "the waiver of rule `{id}` expired on {until}"
        )
    }

    /// The shortest of 30, 60 and 90 days within which it ends, when it is not over yet.
    #[must_use]
    pub fn ends_within(&self) -> Option<u32> {
        [30u32, 60, 90].into_iter().find(|days| !self.expired() && self.days_left <= i64::from(*days))
    }
}

/// How far "expiring" looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// As the user wrote it (`6mo`, `90d`).
    pub text: String,
    /// Last day looked at, included.
    pub until: Date,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Rows (postes).
    Row,
    /// Health professionals (PS): the rows of one identifier are rolled up.
    Ps,
    /// The weight of each row.
    Weight,
}

/// Version and digest of a socle or pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Semver version.
    pub version: String,
    /// `blake3:<hex>`.
    pub digest: String,
}

/// A pack used.
#[derive(Clone, Debug)]
pub struct PackSummary {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// Its version and digest.
    pub edition: Edition,
    /// Status by this pack's blocking rules alone, when several packs were selected.
    pub status: Option<StatusCounts>,
}

/// An inventory read.
#[derive(Clone, Debug)]
pub struct InputSummary {
    /// Name as given (`-` for the standard input).
    pub name: String,
    /// `blake3:<hex>` of the bytes as read.
    pub digest: String,
    /// Records, header excluded.
    pub rows: u64,
    /// `csv`, `json`, `ndjson`, `xlsx`; `machine`: documents of machines.
    pub format: String,
    /// Documents of machines that were read: their dialects, by name, with how many; none of a table.
    pub dialects: Vec<Dialect>,
    /// What is wrapped around it, the outermost first: `gzip`, `zlib`, `zip`.
    pub wrappings: Vec<String>,
    /// The sheet that was read, in a workbook.
    pub sheet: Option<String>,
    /// `utf-8`, `windows-1252`, `utf-16`; `None` in a workbook.
    pub encoding: Option<String>,
    /// Delimiter of a CSV file.
    pub delimiter: Option<char>,
}

/// A dialect of documents of machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Stable name.
    pub id: String,
    /// Name for people.
    pub label: Text,
    /// Documents.
    pub documents: u64,
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Population {
    /// Rows, always.
    pub rows: u64,
    /// Sum of the weights, in `--unit weight`.
    pub weight: Option<u64>,
    /// Health professionals, in `--unit ps`.
    pub ps: Option<u64>,
}

/// Status counts: they sum to the population in the unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts {
    /// Every blocking rule in scope passes (à jour).
    pub up_to_date: u64,
    /// At least one blocking rule fails (obsolète).
    pub obsolete: u64,
    /// No blocking rule fails and at least one is unknown (indéterminé).
    pub undetermined: u64,
    /// No blocking rule is in scope (sans objet).
    pub not_applicable: u64,
    /// What keeps it from being up to date is covered by waivers (sous dérogation).
    pub waived: u64,
}

/// Verdict counts of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Pass.
    pub pass: u64,
    /// Fail.
    pub fail: u64,
    /// Unknown.
    pub unknown: u64,
    /// Not applicable.
    pub not_applicable: u64,
    /// Fail or unknown, and covered by a waiver: in scope, and neither conform nor at fault.
    pub waived: u64,
}

/// A rate as an interval: what is known for sure, and what it may be once the unknown is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// pass / in scope; `None` when nothing is in scope.
    pub low: Option<f64>,
    /// (pass + unknown) / in scope.
    pub high: Option<f64>,
    /// pass + fail + unknown + waived.
    pub in_scope: u64,
}

/// What is said of a rule.
#[derive(Clone, Debug)]
pub struct RuleSummary {
    /// Rule id.
    pub id: String,
    /// Id of its pack.
    pub pack: String,
    /// The name of its column in the verdict file: the id, or `pack/id` when several packs are selected.
    pub column: String,
    /// Its title.
    pub title: Text,
    /// Blocking, advisory or info.
    pub level: Level,
    /// Verdicts.
    pub counts: Counts,
    /// Pass or not applicable today and failing within the horizon; `None` without horizon.
    pub expiring: Option<u64>,
    /// Fields it reads that the inventory does not have (ids): they are unknown on every row.
    pub missing_fields: Vec<String>,
    /// What people call them.
    pub missing_labels: Vec<Text>,
    /// Whether it closes the gate that was asked for.
    pub closes: bool,
    /// What its file says to people.
    pub text: RuleText,
}

/// What the file of a rule says to people.
#[derive(Clone, Debug)]
pub struct RuleText {
    /// Family of rules it belongs to.
    pub domain: String,
    /// Why each requirement is asked.
    pub why: Vec<Text>,
    /// What to do when it does not hold.
    pub remedy: Vec<Text>,
    /// Where it comes from.
    pub source: Citation,
}

impl RuleText {
    /// The texts of a rule.
    #[must_use]
    pub fn of(rule: &Rule) -> RuleText {
        RuleText {
            domain: rule.domain.clone(),
            why: rule.requires.iter().map(|require| require.why.clone()).collect(),
            remedy: rule.requires.iter().map(|require| require.remedy.clone()).collect(),
            source: rule.source.clone(),
        }
    }
}

/// The population cut by one field.
#[derive(Clone, Debug)]
pub struct Breakdown {
    /// Field or attribute asked for (`profession`, `os.release`).
    pub field: String,
    /// Its name for people.
    pub label: Text,
    /// Groups, the largest first, then by value; the groups without value come last.
    pub groups: Vec<Group>,
}

/// One group of a breakdown.
#[derive(Clone, Debug)]
pub struct Group {
    /// The value they share.
    pub value: GroupValue,
    /// Its rank, when the field is a scale.
    pub rank: Option<usize>,
    /// Units in the group.
    pub population: u64,
    /// Their status.
    pub status: StatusCounts,
    /// Their verdicts, in the order of [`Report::rules`].
    pub rules: Vec<Counts>,
}

/// What was found about the data (or the packs), counted.
#[derive(Clone, Debug)]
pub struct DataFinding {
    /// Stable code, `area/what`.
    pub code: &'static str,
    /// The field concerned, by id.
    pub field: Option<String>,
    /// One line: what, and against what.
    pub message: Text,
    /// What to do.
    pub help: Option<Text>,
    /// How many cells (rows, columns …).
    pub count: u64,
    /// How many distinct texts; counting stops at 10,000.
    pub distinct: Option<u64>,
    /// The first of them.
    pub first: Option<FirstSeen>,
}

/// Where something was first seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstSeen {
    /// Input's name.
    pub file: String,
    /// Name of the document, in an input of several.
    pub document: Option<String>,
    /// Record number, from 1, header excluded; `None` for what concerns the header or the file.
    pub row: Option<u64>,
    /// Physical line of the record's first byte, from 1.
    pub line: Option<u64>,
    /// Header of the column.
    pub column: Option<String>,
    /// The raw text (at most 80 characters), only of enumerated, scale, version and date fields.
    pub value: Option<String>,
}

/// Why a gate is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// One line.
    pub reason: Text,
}

impl PackSummary {
    /// What is said of a pack, without counts.
    pub(super) fn of(pack: &Pack) -> PackSummary {
        PackSummary {
            id: pack.id.clone(),
            title: pack.title.clone(),
            edition: Edition { version: pack.version.to_string(), digest: pack.digest.clone() },
            status: None,
        }
    }
}

impl Counts {
    /// The sum of all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.pass + self.fail + self.unknown + self.not_applicable + self.waived
    }

    /// Adds others.
    pub fn add(&mut self, other: &Counts) {
        self.pass += other.pass;
        self.fail += other.fail;
        self.unknown += other.unknown;
        self.not_applicable += other.not_applicable;
        self.waived += other.waived;
    }

    /// The rate of these counts.
    #[must_use]
    pub fn rate(&self) -> Rate {
        let in_scope = self.pass + self.fail + self.unknown + self.waived;
        #[expect(clippy::cast_precision_loss, reason = "populations stay far below 2^53")]
        let share = |n: u64| (in_scope > 0).then(|| n as f64 / in_scope as f64);
        Rate { low: share(self.pass), high: share(self.pass + self.unknown), in_scope }
    }
}

impl StatusCounts {
    /// The headline rate: up to date among the installations that some blocking rule concerns.
    #[must_use]
    pub fn rate(&self) -> Rate {
        self.counts().rate()
    }

    /// The same counts as verdicts: up to date passes, obsolete fails.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            pass: self.up_to_date,
            fail: self.obsolete,
            unknown: self.undetermined,
            not_applicable: self.not_applicable,
            waived: self.waived,
        }
    }

    /// The sum of all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.up_to_date + self.obsolete + self.undetermined + self.not_applicable + self.waived
    }
}

/// Verdict counts of the engine, by name.
pub(super) fn counts_of(counts: &VerdictCounts) -> Counts {
    let [not_applicable, pass, unknown, fail, waived] = *counts;
    Counts { pass, fail, unknown, not_applicable, waived }
}

/// Status counts of the engine, by name.
pub(super) fn status_of(status: &StatusTally) -> StatusCounts {
    let [not_applicable, up_to_date, undetermined, obsolete, waived] = *status;
    StatusCounts { up_to_date, obsolete, undetermined, not_applicable, waived }
}
