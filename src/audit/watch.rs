//! What is watched in the rows beside the rules: how old they are, and who is declared in several files.
//!
//! A run that asks for neither is not slowed down: nothing is watched. Memory: 16 bytes for each PS and file.

use super::read::ReadInput;
use crate::engine::{RowView, Seen};
use crate::inventory::Batch;
use crate::socle::{FieldId, Socle};
use crate::value::{Date, Datum, Value};

/// How old a row may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// As the user wrote it (`12mo`, `90d`).
    pub text: String,
    /// How many months, or days.
    pub span: i64,
    /// Months.
    pub months: bool,
}

impl Stale {
    /// First day that is not too old on a date; `None` when it is out of the calendar.
    #[must_use]
    pub fn since(&self, as_of: Date) -> Option<Date> {
        if self.months { as_of.plus_months(-self.span) } else { as_of.plus_days(-self.span) }
    }
}

/// What one thread watches; the threads' are put together by [`Watch::finish`].
pub(super) struct Watch<'s> {
    socle: &'s Socle,
    ages: Option<Ages>,
    /// Hash of each identity and number of its input, when there are several inputs.
    declared: Option<Vec<(u64, u32)>>,
    /// Of [`Watch::declared`], how many are of the inputs before: sorted, each once.
    settled: usize,
    input: usize,
}

/// Ages of rows.
struct Ages {
    since: Date,
    today: Date,
    /// Field of the date, and its column in the selection of the current input.
    column: Option<(FieldId, usize)>,
    /// Date of each code of the column's dictionary.
    dates: Vec<Option<Date>>,
    generation: u32,
    /// Of the input being read.
    found: Aged,
    /// Of the inputs that ended well.
    kept: Aged,
}

/// Rows by age.
#[derive(Clone, Debug, Default)]
pub(super) struct Aged {
    /// Older than asked, and the oldest date.
    pub(super) stale: Option<(Seen, Date)>,
    /// After the date of the judgement, and the latest date.
    pub(super) future: Option<(Seen, Date)>,
    /// Without a date that can be read.
    pub(super) undated: Option<Seen>,
}

/// What was watched.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    /// When ages are watched.
    pub(super) ages: Option<Aged>,
    /// PS that several inputs declare, and the numbers of these inputs.
    pub(super) several: (u64, Vec<usize>),
}

impl<'s> Watch<'s> {
    /// What a run watches, of one input or several; `None` when it is nothing.
    pub(super) fn new(socle: &'s Socle, stale: Option<&Stale>, today: Date, several: bool) -> Option<Watch<'s>> {
        let since = stale.and_then(|stale| stale.since(today));
        let ages = |since: Date| Ages {
            since,
            today,
            column: None,
            dates: Vec::new(),
            generation: 0,
            found: Aged::default(),
            kept: Aged::default(),
        };
        let ages = since.map(ages);
        let declared = several.then(Vec::new);
        (ages.is_some() || declared.is_some()).then_some(Watch { socle, ages, declared, settled: 0, input: 0 })
    }

    /// Whether identifiers are watched.
    pub(super) fn identifies(&self) -> bool {
        self.declared.is_some()
    }

    /// Turns to another input, which gives the date by this column of the selection.
    pub(super) fn bind(&mut self, input: usize, date: Option<(FieldId, usize)>) {
        self.input = input;
        if let Some(ages) = &mut self.ages {
            (ages.column, ages.generation) = (date, 0);
            ages.dates.clear();
        }
    }

    /// Watches the rows of a batch that belong to the population.
    pub(super) fn rows(&mut self, view: &RowView<'_>) {
        let included = |row: &usize| view.included(*row);
        if let Some(declared) = &mut self.declared {
            let input = u32::try_from(self.input).unwrap_or(u32::MAX);
            for hash in (0..view.batch.rows).filter(included).filter_map(|row| view.identity_hash(row)) {
                let entry = (hash, input);
                // The rows of one PS often follow each other.
                if declared[self.settled..].last() != Some(&entry) {
                    declared.push(entry);
                }
            }
        }
        if let Some(ages) = &mut self.ages {
            ages.read(self.socle, view.batch);
            for row in (0..view.batch.rows).filter(included) {
                ages.note(self.input, view.batch, row);
            }
        }
    }

    /// Forgets what was watched of the input: it turned out to be bad.
    pub(super) fn take_back(&mut self) {
        if let Some(declared) = &mut self.declared {
            declared.truncate(self.settled);
        }
        if let Some(ages) = &mut self.ages {
            ages.found = Aged::default();
        }
    }

    /// Keeps what was watched of the input: it ended well.
    pub(super) fn keep(&mut self) {
        if let Some(ages) = &mut self.ages {
            ages.kept.add(std::mem::take(&mut ages.found));
        }
        if let Some(declared) = &mut self.declared {
            declared[self.settled..].sort_unstable();
            let mut last = None;
            let (mut place, settled) = (0, self.settled);
            declared.retain(|entry| {
                place += 1;
                place <= settled || last.replace(*entry) != Some(*entry)
            });
            self.settled = declared.len();
        }
    }

    /// What all threads watched.
    pub(super) fn finish(watches: Vec<Watch<'s>>, read: &[ReadInput]) -> Watched {
        let mut watched = Watched::default();
        let mut declared: Vec<(u64, u32)> = Vec::new();
        for watch in watches {
            if let Some(ages) = watch.ages {
                watched.ages.get_or_insert_default().add(ages.kept);
            }
            declared.extend(watch.declared.unwrap_or_default());
        }
        // Several documents of one workstation each are no double declaration: they are its workstations.
        let is_table = |input: &ReadInput| {
            input.summary.rows > 1 || input.format.delimiter.is_some() || input.format.sheet.is_some()
        };
        declared.retain(|(_, input)| read.get(*input as usize).is_some_and(is_table));
        declared.sort_unstable();
        declared.dedup();
        let mut files: Vec<usize> = Vec::new();
        for same in declared.chunk_by(|one, two| one.0 == two.0).filter(|same| same.len() > 1) {
            watched.several.0 += 1;
            for (_, input) in same {
                if !files.contains(&(*input as usize)) {
                    files.push(*input as usize);
                }
            }
        }
        files.sort_unstable();
        watched.several.1 = files;
        watched
    }
}

impl Ages {
    /// Reads the texts of the dictionary that are new.
    fn read(&mut self, socle: &Socle, batch: &Batch<'_>) {
        let Some((field, column)) = self.column else { return };
        let dictionary = &batch.columns[column].dictionary;
        if dictionary.generation != self.generation {
            self.generation = dictionary.generation;
            self.dates.clear();
        }
        // A dictionary has fewer than 2^32 codes.
        for code in self.dates.len() as u32..dictionary.len() as u32 {
            self.dates.push(match socle.read(field, &dictionary.text(code), false).datum {
                Datum::Known(Value::Date(date)) => Some(date),
                _ => None,
            });
        }
    }

    fn note(&mut self, input: usize, batch: &Batch<'_>, row: usize) {
        let code = self.column.and_then(|(_, column)| batch.columns[column].codes.get(row));
        let Some(date) = code.and_then(|code| self.dates.get(*code as usize).copied().flatten()) else {
            Seen::note(&mut self.found.undated, 1, input, batch, row);
            return;
        };
        let (slot, farther): (_, fn(Date, Date) -> Date) = if date < self.since {
            (&mut self.found.stale, Date::min)
        } else if date > self.today {
            (&mut self.found.future, Date::max)
        } else {
            return;
        };
        let mut seen = slot.map(|(seen, _)| seen);
        Seen::note(&mut seen, 1, input, batch, row);
        let farthest = slot.map_or(date, |(_, known)| farther(known, date));
        *slot = seen.map(|seen| (seen, farthest));
    }
}

impl Aged {
    fn add(&mut self, other: Aged) {
        let join = |one: Option<(Seen, Date)>, two: Option<(Seen, Date)>, farther: fn(Date, Date) -> Date| {
            let (Some((seen, date)), Some((their, theirs))) = (one, two) else { return one.or(two) };
            let mut seen = Some(seen);
            Seen::add(&mut seen, their);
            seen.map(|seen| (seen, farther(date, theirs)))
        };
        self.stale = join(self.stale, other.stale, Date::min);
        self.future = join(self.future, other.future, Date::max);
        if let Some(seen) = other.undated {
            Seen::add(&mut self.undated, seen);
        }
    }
}
