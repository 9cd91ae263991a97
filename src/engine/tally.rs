//! What a worker counted; workers' tallies sum to the whole.

use super::ruling::Ruling;
use crate::inventory::{Batch, Spot};
use crate::socle::{FieldId, Origin, Problem};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

/// The value that the members of a group share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupValue {
    /// A value: its stable text (row id, date, number, text as found) and its label for people.
    Known {
        /// Stable text.
        key: String,
        /// Label in French and in English.
        label: (String, String),
    },
    /// The rows of one PS differ (« plusieurs »).
    Several,
    /// Unknown.
    Unknown,
}

impl GroupValue {
    /// Whether its members share a value, and it is known.
    #[must_use]
    pub fn is_value(&self) -> bool {
        matches!(self, GroupValue::Known { .. })
    }

    /// The order of groups and their sizes: values first, the largest first.
    #[must_use]
    pub fn largest_first(one: (&GroupValue, u64), other: (&GroupValue, u64)) -> Ordering {
        (!one.0.is_value(), other.1, one.0).cmp(&(!other.0.is_value(), one.1, other.0))
    }
}

/// Status of an installation, by the blocking rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// No blocking rule is in scope (sans objet).
    NotApplicable,
    /// Every blocking rule in scope passes (à jour).
    UpToDate,
    /// No blocking rule fails and at least one is unknown (indéterminé).
    Undetermined,
    /// At least one blocking rule fails (obsolète).
    Obsolete,
    /// No blocking rule fails nor is unknown but those that a waiver covers (sous dérogation).
    Waived,
}

impl Status {
    /// Its stable name.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Status::UpToDate => "up_to_date",
            Status::Obsolete => "obsolete",
            Status::Undetermined => "undetermined",
            Status::NotApplicable => "not_applicable",
            Status::Waived => "waived",
        }
    }

    /// The status that a ruling of a blocking rule brings.
    #[must_use]
    pub fn of(ruling: Ruling) -> Status {
        match ruling {
            Ruling::NotApplicable => Status::NotApplicable,
            Ruling::Pass => Status::UpToDate,
            Ruling::Unknown => Status::Undetermined,
            Ruling::Fail => Status::Obsolete,
            Ruling::Waived => Status::Waived,
        }
    }
}

/// Counts by ruling, at the index of the ruling.
pub type VerdictCounts = [u64; 5];

/// Counts by status, at the index of the status.
pub type StatusTally = [u64; 5];

/// What was counted, in the unit of the run.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Rows of the population.
    pub rows: u64,
    /// Units of the population.
    pub units: u64,
    /// Rows left out because the filter was unknown on them.
    pub filter_unknown: u64,
    /// Verdicts of each rule.
    pub rules: Vec<VerdictCounts>,
    /// For each rule, units whose verdict becomes Fail within the first, the second window.
    pub expiring: Vec<[u64; 2]>,
    /// Status by all packs, then (when there are several) by each pack alone.
    pub status: Vec<StatusTally>,
    /// Up to date units that fail an advisory rule.
    pub up_to_date_with_advice: u64,
    /// Groups of each cut, by the values of its expressions.
    pub by: Vec<BTreeMap<Vec<GroupValue>, GroupTally>>,
    /// Cells with a problem.
    pub problems: BTreeMap<ProblemKey, CellProblem>,
    /// Cells that the catalogue fills, or contradicts; their distinct texts are not counted.
    pub origins: BTreeMap<(FieldId, Origin), CellProblem>,
    /// Marks and blanks of the fields of yes and no.
    pub marks: BTreeMap<FieldId, BlankMarks>,
    /// Rows without identifier, each counted as a PS.
    pub anonymous: Option<Seen>,
    /// Rows with one, when PS are counted, by the schemes that it fits (bits).
    pub schemes: BTreeMap<u32, u64>,
    /// Rows whose weight is missing, negative, fractional or above a thousand millions.
    pub weightless: Option<Seen>,
    /// For each waiver, rows on which it covers a verdict.
    pub covered: Vec<u64>,
}

/// A group of a cut.
#[derive(Clone, Debug, Default)]
pub struct GroupTally {
    /// Units.
    pub units: u64,
    /// Status by all packs.
    pub status: StatusTally,
    /// Verdicts of each rule, where they are asked for.
    pub rules: Vec<VerdictCounts>,
}

/// Which cells have a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProblemKey {
    /// The field.
    pub field: FieldId,
    /// The problem.
    pub problem: Problem,
}

/// Where something was seen first, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How often.
    pub count: u64,
    /// Number of the input, and place in it, of the first.
    pub first: (usize, Spot),
}

/// Cells with the same problem.
#[derive(Clone, Debug, Default)]
pub struct CellProblem {
    /// How many, and the first.
    pub seen: Option<Seen>,
    /// Text of the first.
    pub text: String,
    /// Distinct texts, by hash; no more than 10,000.
    pub distinct: HashSet<u64>,
}

/// Distinct texts counted of a problem.
pub(super) const MAX_DISTINCT: usize = 10_000;

/// What a column of yes and no holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct BlankMarks {
    /// Marks (`X`, `●`) were seen.
    pub marks: bool,
    /// Words for "no" were seen.
    pub noes: bool,
    /// Blank cells, as long as no word for "no" was seen.
    pub blanks: Option<Seen>,
}

impl Seen {
    /// Counts occurrences of which `row` is the first of its batch. The line is looked up only when it
    /// is the first of all.
    pub fn note(slot: &mut Option<Seen>, count: u64, input: usize, batch: &Batch<'_>, row: usize) {
        match slot {
            Some(seen) => {
                seen.count += count;
                if (input, batch.place(row)) < (seen.first.0, seen.first.1.place) {
                    seen.first = (input, batch.spot(row));
                }
            }
            None => *slot = Some(Seen { count, first: (input, batch.spot(row)) }),
        }
    }

    /// Adds occurrences.
    pub fn add(slot: &mut Option<Seen>, other: Seen) {
        match slot {
            Some(seen) => {
                seen.count += other.count;
                seen.first = seen.first.min(other.first);
            }
            None => *slot = Some(other),
        }
    }
}

impl Tally {
    /// An empty tally for so many rules, views of the status and groupings.
    #[must_use]
    pub fn new(rules: usize, views: usize, by: usize) -> Tally {
        Tally {
            rules: vec![[0; 5]; rules],
            expiring: vec![[0; 2]; rules],
            status: vec![[0; 5]; views],
            by: vec![BTreeMap::new(); by],
            ..Tally::default()
        }
    }

    /// Adds what another worker counted.
    pub fn add(&mut self, other: Tally) {
        self.rows += other.rows;
        self.units += other.units;
        self.filter_unknown += other.filter_unknown;
        self.up_to_date_with_advice += other.up_to_date_with_advice;
        self.covered.resize(self.covered.len().max(other.covered.len()), 0);
        add_counts(&mut self.covered, &other.covered);
        for (mine, theirs) in self.rules.iter_mut().zip(other.rules) {
            add_counts(mine, &theirs);
        }
        for (mine, theirs) in self.status.iter_mut().zip(other.status) {
            add_counts(mine, &theirs);
        }
        for (mine, theirs) in self.expiring.iter_mut().zip(other.expiring) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine += theirs;
            }
        }
        for (mine, theirs) in self.by.iter_mut().zip(other.by) {
            for (value, group) in theirs {
                mine.entry(value).or_default().add(&group);
            }
        }
        for (key, theirs) in other.problems {
            self.problems.entry(key).or_default().add(theirs);
        }
        for (key, theirs) in other.origins {
            self.origins.entry(key).or_default().add(theirs);
        }
        for (schemes, rows) in other.schemes {
            *self.schemes.entry(schemes).or_default() += rows;
        }
        for (field, theirs) in other.marks {
            let mine = self.marks.entry(field).or_default();
            mine.marks |= theirs.marks;
            mine.noes |= theirs.noes;
            if let Some(seen) = theirs.blanks {
                Seen::add(&mut mine.blanks, seen);
            }
        }
        for (mine, theirs) in [(&mut self.anonymous, other.anonymous), (&mut self.weightless, other.weightless)] {
            if let Some(seen) = theirs {
                Seen::add(mine, seen);
            }
        }
    }
}

impl GroupTally {
    /// Adds another part of the same group.
    pub fn add(&mut self, other: &GroupTally) {
        self.units += other.units;
        add_counts(&mut self.status, &other.status);
        self.rules.resize(self.rules.len().max(other.rules.len()), [0; 5]);
        for (mine, theirs) in self.rules.iter_mut().zip(&other.rules) {
            add_counts(mine, theirs);
        }
    }
}

impl CellProblem {
    /// Counts a cell: its input, batch and row, and the column that its text stands in.
    pub(super) fn note(&mut self, (input, batch, row): (usize, &Batch<'_>, usize), column: usize) {
        let before = self.seen.map(|seen| seen.first);
        Seen::note(&mut self.seen, 1, input, batch, row);
        if self.seen.map(|seen| seen.first) != before {
            self.text = batch.text(column, row).into_owned();
        }
    }

    fn add(&mut self, other: CellProblem) {
        if let Some(theirs) = other.seen {
            if self.seen.is_none_or(|seen| theirs.first < seen.first) {
                self.text = other.text;
            }
            Seen::add(&mut self.seen, theirs);
        }
        for hash in other.distinct {
            if self.distinct.len() >= MAX_DISTINCT {
                break;
            }
            self.distinct.insert(hash);
        }
    }
}

fn add_counts(mine: &mut [u64], theirs: &[u64]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine += theirs;
    }
}
