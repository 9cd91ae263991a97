//! Columns of one input → classes of the fields: each distinct text is read once.

use super::class::Classes;
use super::combo::{ComboTable, NONE};
use super::program::Program;
use super::tally::{BlankMarks, MAX_DISTINCT, ProblemKey, Seen, Tally};
use crate::inventory::Batch;
use crate::lookup::look_up;
use crate::socle::{FieldId, Manner, Origin, Reading, SERVICE, Subject, Told};
use crate::value::{Datum, Missing, Type};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How an input gives a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// It does not.
    Missing,
    /// By one column: its place in the selection.
    Column(usize),
    /// By one raw column of identifiers, see [`Program::wants_raw`].
    Raw(usize),
    /// By several columns that complete each other.
    Parts {
        /// The field's own column.
        own: Option<usize>,
        /// The column of each of the field's parts.
        parts: Vec<Option<usize>>,
    },
    /// By its own columns, if any, and the registers.
    Register(Box<FromRegister>),
    /// By its own columns, if any, and the catalogue, which other columns find a row of.
    Catalogue(Box<FromCatalogue>),
}

/// See [`Bound::Register`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromRegister {
    /// How the input gives the field itself.
    pub own: Bound,
    /// The column of what the registers tell, see [`crate::inventory::JOINED`].
    pub told: usize,
}

/// See [`Bound::Catalogue`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromCatalogue {
    /// How the input gives the field itself.
    pub own: Bound,
    /// How it gives the keys of the catalogue, in their order.
    pub keys: [Bound; 4],
}

/// Bit of a mapped code that says: this cell has a problem to count.
const FLAG: u32 = 1 << 31;

/// Classes above which they are forgotten before a batch.
const MANY_CLASSES: usize = 1 << 17;

/// Classes above which they are forgotten with the texts of a dictionary that was emptied: they were nearly one a text.
const KEPT_CLASSES: usize = 1 << 12;

/// One slot of the program on the current input.
pub(super) struct BoundSlot {
    bound: Bound,
    manner: Manner,
    /// A field of yes and no, whose marks and blanks are watched.
    yes_or_no: bool,
    /// Class (and flag) of each code of the column's dictionary.
    map: Vec<u32>,
    /// Every code is its own class, as in most columns of yes and no.
    identity: bool,
    generation: u32,
    /// Class (and flag) of combinations of codes, for [`Bound::Parts`].
    combos: ComboTable,
    generations: Vec<u32>,
    /// Blank codes of this generation.
    blank_codes: Vec<u32>,
    marks: BlankMarks,
    /// Texts already counted among the distinct ones, by code.
    counted: HashSet<u32>,
}

/// What a slot works with on one batch.
pub(super) struct Work<'w, 'b> {
    pub(super) program: &'w Program<'w>,
    pub(super) slot: usize,
    pub(super) classes: &'w mut Classes,
    pub(super) batch: &'w Batch<'b>,
    /// Number of the input.
    pub(super) input: usize,
    /// One datum a field of the socle, all unknown.
    pub(super) scratch: &'w mut [Datum],
    pub(super) tally: &'w mut Tally,
}

/// Classes of the rows of a batch.
pub(super) enum RowClasses {
    /// The same for all rows.
    Constant(u32),
    /// One a row.
    Each(Vec<u32>),
}

impl Bound {
    /// The columns, as places in the selection, each once; the field's own come first.
    fn columns(&self) -> Vec<usize> {
        match self {
            Bound::Missing => Vec::new(),
            Bound::Column(column) | Bound::Raw(column) => vec![*column],
            Bound::Parts { own, parts } => own.iter().chain(parts.iter().flatten()).copied().collect(),
            Bound::Register(from) => {
                let mut columns = from.own.columns();
                columns.push(from.told);
                columns
            }
            Bound::Catalogue(from) => {
                let mut columns = from.own.columns();
                for column in from.keys.iter().flat_map(Bound::columns) {
                    if !columns.contains(&column) {
                        columns.push(column);
                    }
                }
                columns
            }
        }
    }

    /// Reads a field, in the manner of its column, on one row.
    fn reading(
        &self,
        program: &Program<'_>,
        (field, manner): (FieldId, Manner),
        batch: &Batch<'_>,
        row: usize,
    ) -> (Reading, Option<Origin>) {
        let socle = program.socle;
        let reading = match self {
            Bound::Missing => Reading { datum: Datum::Unknown(Missing::NotCollected), problem: None, mark: false },
            Bound::Column(column) | Bound::Raw(column) => socle.read_in(field, &batch.text(*column, row), manner),
            Bound::Parts { .. } => self.with_texts(batch, row, |own, parts| socle.read_parts(field, own, parts)),
            Bound::Register(from) => {
                let (own, _) = from.own.reading(program, (field, manner), batch, row);
                return socle.complete_from_register(field, own, &batch.text(from.told, row));
            }
            Bound::Catalogue(from) => return from.reading(program, (field, manner), batch, row),
        };
        (reading, None)
    }

    /// The texts of the columns on one row: the own one, and those that complete it when there are any.
    fn with_texts<R>(&self, batch: &Batch<'_>, row: usize, read: impl FnOnce(Option<&str>, &[&str]) -> R) -> R {
        match self {
            Bound::Missing | Bound::Register(_) | Bound::Catalogue(_) => read(None, &[]),
            Bound::Column(column) | Bound::Raw(column) => read(Some(&batch.text(*column, row)), &[]),
            Bound::Parts { own, parts } => {
                let own = own.map(|column| batch.text(column, row));
                let parts: Vec<_> =
                    parts.iter().map(|part| part.map(|column| batch.text(column, row)).unwrap_or_default()).collect();
                let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
                read(own.as_deref(), &parts)
            }
        }
    }
}

impl FromCatalogue {
    /// What a row tells of the catalogue's keys.
    fn subject(&self, program: &Program<'_>, batch: &Batch<'_>, row: usize) -> Option<Subject> {
        let socle = program.socle;
        let mut keys = socle.catalogue_keys()?.into_iter();
        let mut told = Vec::with_capacity(self.keys.len());
        for bound in &self.keys {
            let key = keys.next()?;
            told.push(match bound {
                Bound::Register(_) => Told::of(bound.reading(program, (key, Manner::default()), batch, row).0.datum),
                _ => bound.with_texts(batch, row, |own, parts| socle.told(key, own, parts)),
            });
        }
        <[_; 4]>::try_from(told).ok().map(Subject::new)
    }

    fn reading(
        &self,
        program: &Program<'_>,
        (field, manner): (FieldId, Manner),
        batch: &Batch<'_>,
        row: usize,
    ) -> (Reading, Option<Origin>) {
        let socle = program.socle;
        let (own, registered) = self.own.reading(program, (field, manner), batch, row);
        let Some(subject) = self.subject(program, batch, row) else { return (own, registered) };
        if socle.is_offer(field) {
            return (Reading { datum: socle.offer(&subject, program.today), ..own }, None);
        }
        let (reading, origin) = socle.complete(field, own, &subject);
        (reading, origin.or(registered))
    }
}

impl BoundSlot {
    pub(super) fn new(program: &Program<'_>, slot: usize, bound: Bound, manner: Manner) -> BoundSlot {
        let ty = &program.socle.fields[usize::from(program.slots[slot].field.0)].ty;
        let dimensions = match &bound {
            Bound::Parts { .. } | Bound::Register(_) | Bound::Catalogue(_) => bound.columns().len(),
            _ => 0,
        };
        BoundSlot {
            bound,
            manner,
            yes_or_no: matches!(ty, Type::Bool) || *ty == Type::Record(SERVICE),
            map: Vec::new(),
            identity: true,
            generation: 0,
            combos: ComboTable::new(dimensions),
            generations: Vec::new(),
            blank_codes: Vec::new(),
            marks: BlankMarks::default(),
            counted: HashSet::new(),
        }
    }

    /// Fills the classes of the batch's rows, and counts the cells that have a problem.
    pub(super) fn classes(&mut self, work: &mut Work<'_, '_>, out: &mut RowClasses) {
        match self.bound.clone() {
            Bound::Missing => {
                let reading = Reading { datum: Datum::Unknown(Missing::NotCollected), problem: None, mark: false };
                *out = RowClasses::Constant(work.classes.class_of(work.program, work.slot, reading, work.scratch));
            }
            Bound::Column(column) => {
                self.map_column(work, column);
                let mut rows = std::mem::replace(out, RowClasses::Constant(0)).into_rows();
                let codes = &work.batch.columns[column].codes;
                let mut seen = 0;
                if self.identity {
                    // SPEED: a copy costs a fifth of a look-up for each row.
                    rows.clone_from(codes);
                } else {
                    rows.resize(codes.len(), 0);
                    seen = look_up(&self.map, codes, &mut rows);
                }
                if seen & FLAG != 0 {
                    self.count_problems(work, column, &mut rows);
                }
                self.count_blanks(work.batch, column, work.input);
                *out = RowClasses::Each(rows);
            }
            Bound::Raw(column) => {
                let mut rows = std::mem::replace(out, RowClasses::Constant(0)).into_rows();
                rows.clear();
                self.map_raw(work, column, &mut rows);
                if rows.iter().any(|class| class & FLAG != 0) {
                    self.count_problems(work, column, &mut rows);
                }
                *out = RowClasses::Each(rows);
            }
            Bound::Parts { .. } | Bound::Register(_) | Bound::Catalogue(_) => {
                let mut rows = std::mem::replace(out, RowClasses::Constant(0)).into_rows();
                rows.clear();
                self.map_combinations(work, &mut rows);
                if let (Some(&column), true) = (self.columns().first(), rows.iter().any(|class| class & FLAG != 0)) {
                    self.count_problems(work, column, &mut rows);
                }
                *out = RowClasses::Each(rows);
            }
        }
    }

    /// The columns that give the field, as places in the selection.
    pub(super) fn columns(&self) -> Vec<usize> {
        self.bound.columns()
    }

    /// By what a row finds its product in the catalogue, when the field may be told there.
    pub(super) fn subject(&self, program: &Program<'_>, batch: &Batch<'_>, row: usize) -> Option<Subject> {
        match &self.bound {
            Bound::Catalogue(from) => from.subject(program, batch, row),
            _ => None,
        }
    }

    /// Reads the field on one row.
    pub(super) fn reading(
        &self,
        program: &Program<'_>,
        field: FieldId,
        batch: &Batch<'_>,
        row: usize,
    ) -> (Reading, Option<Origin>) {
        self.bound.reading(program, (field, self.manner), batch, row)
    }

    /// Reads the texts of the dictionary that are new since the last batch.
    fn map_column(&mut self, work: &mut Work<'_, '_>, column: usize) {
        let Work { program, slot, batch, .. } = *work;
        let dictionary = &batch.columns[column].dictionary;
        if dictionary.generation != self.generation {
            self.generation = dictionary.generation;
            self.map.clear();
            self.identity = true;
            self.blank_codes.clear();
            self.counted.clear();
            if work.classes.list.len() > KEPT_CLASSES {
                work.classes.clear();
            }
        }
        if work.classes.list.len() + (dictionary.len() - self.map.len()) > MANY_CLASSES {
            work.classes.clear();
            self.map.clear();
            self.identity = true;
        }
        let field = program.slots[slot].field;
        // A dictionary has fewer than 2^32 codes.
        for code in self.map.len() as u32..dictionary.len() as u32 {
            let text = dictionary.text(code);
            if self.yes_or_no {
                self.watch(&program.socle.read_in(field, &text, self.manner), &text, code);
            }
            let class = work.classes.class_of_text(program, slot, &text, self.manner, work.scratch);
            let flag = if work.classes.list[class as usize].problem.is_some() { FLAG } else { 0 };
            self.identity &= class | flag == code;
            self.map.push(class | flag);
        }
    }

    /// Classes identifiers one by one: a column of them has as many texts as rows.
    fn map_raw(&mut self, work: &mut Work<'_, '_>, column: usize, rows: &mut Vec<u32>) {
        let Work { program, slot, batch, .. } = *work;
        if work.classes.list.len() + batch.rows > MANY_CLASSES {
            work.classes.clear();
        }
        // SPEED: the rows of one PS often follow each other.
        let mut last: (&[u8], u32) = (&[], NONE);
        for (row, raw) in batch.raws(column).enumerate() {
            if last.1 == NONE || !same(raw, last.0) {
                let class =
                    work.classes.class_of_raw(program, slot, raw, self.manner, work.scratch).unwrap_or_else(|| {
                        let text = batch.text(column, row);
                        work.classes.class_of_text(program, slot, &text, self.manner, work.scratch)
                    });
                let flag = if work.classes.list[class as usize].problem.is_some() { FLAG } else { 0 };
                last = (raw, class | flag);
            }
            rows.push(last.1);
        }
    }

    /// Watches the marks and blanks of a column that is read together with others.
    fn watch_column(&mut self, work: &mut Work<'_, '_>, column: usize) {
        let Work { program, slot, batch, input, .. } = *work;
        let dictionary = &batch.columns[column].dictionary;
        if dictionary.generation != self.generation {
            self.generation = dictionary.generation;
            self.map.clear();
            self.blank_codes.clear();
        }
        for code in self.map.len() as u32..dictionary.len() as u32 {
            let text = dictionary.text(code);
            self.watch(&program.socle.read_in(program.slots[slot].field, &text, self.manner), &text, code);
            // Classes are those of combinations: only how many codes were seen is of use.
            self.map.push(0);
        }
        self.count_blanks(batch, column, input);
    }

    fn watch(&mut self, reading: &Reading, text: &str, code: u32) {
        self.marks.marks |= reading.mark;
        if text.trim().is_empty() {
            self.blank_codes.push(code);
        } else {
            self.marks.noes |= !reading.mark && reading.problem.is_none();
        }
    }

    /// Reads the combinations of texts of several columns.
    fn map_combinations(&mut self, work: &mut Work<'_, '_>, rows: &mut Vec<u32>) {
        let Work { program, slot, batch, .. } = *work;
        let columns = self.columns();
        let dictionaries: Vec<_> = columns.iter().map(|column| &batch.columns[*column].dictionary).collect();
        let emptied = !dictionaries.iter().map(|d| d.generation).eq(self.generations.iter().copied());
        let classes = work.classes.list.len();
        let many = classes + batch.rows > MANY_CLASSES || (emptied && classes > KEPT_CLASSES);
        if many {
            work.classes.clear();
        }
        if many || emptied {
            self.generations = dictionaries.iter().map(|d| d.generation).collect();
            self.combos.clear();
            self.counted.clear();
        }
        let sizes: Vec<usize> = dictionaries.iter().map(|d| d.len()).collect();
        self.combos.reserve(&sizes);
        let own = match &self.bound {
            Bound::Catalogue(from) => Some(&from.own),
            Bound::Register(from) => Some(&from.own),
            _ => None,
        };
        if let (Some(Bound::Column(own)), true) = (own, self.yes_or_no) {
            self.watch_column(work, *own);
        }
        let shifts: Vec<u32> = self.combos.shifts().collect();
        let room = self.combos.has_room();
        for row in 0..batch.rows {
            let codes = columns.iter().map(|column| u64::from(batch.columns[*column].codes[row]));
            let key = if room { codes.zip(&shifts).fold(0, |key, (code, shift)| key | code << shift) } else { 0 };
            let mut class = if room { self.combos.get(key) } else { NONE };
            if class == NONE {
                let (reading, origin) = self.reading(program, program.slots[slot].field, batch, row);
                let flag = if reading.problem.is_some() || origin.is_some() { FLAG } else { 0 };
                class = work.classes.class_from(program, slot, (reading, origin), work.scratch) | flag;
                if room {
                    self.combos.set(key, class);
                }
            }
            rows.push(class);
        }
    }

    /// Counts the flagged cells of a batch, and takes the flag off.
    fn count_problems(&mut self, work: &mut Work<'_, '_>, column: usize, rows: &mut [u32]) {
        let Work { program, slot, batch, input, .. } = *work;
        let codes = &batch.columns[column].codes;
        // SPEED: few cells have a problem, so rows are passed over by sixteen.
        let flagged = rows
            .chunks_mut(16)
            .enumerate()
            .filter(|(_, chunk)| chunk.iter().fold(0, |all, one| all | *one) & FLAG != 0);
        let flagged = flagged.flat_map(|(number, chunk)| (number * 16..).zip(chunk));
        for (row, class) in flagged.filter(|(_, class)| **class & FLAG != 0) {
            *class &= !FLAG;
            let of_class = &work.classes.list[*class as usize];
            let field = program.slots[slot].field;
            if let Some(origin) = of_class.origin {
                let entry = work.tally.origins.entry((field, origin)).or_default();
                entry.note((input, batch, row), column);
            }
            let Some(problem) = of_class.problem else { continue };
            let entry = work.tally.problems.entry(ProblemKey { field, problem }).or_default();
            entry.note((input, batch, row), column);
            let new = codes.get(row).is_none_or(|code| self.counted.insert(*code));
            if new && entry.distinct.len() < MAX_DISTINCT {
                let mut hasher = DefaultHasher::new();
                batch.text(column, row).hash(&mut hasher);
                entry.distinct.insert(hasher.finish());
            }
        }
    }

    fn count_blanks(&mut self, batch: &Batch<'_>, column: usize, input: usize) {
        // Beside a "no" in words, a blank is not taken for one.
        if self.marks.noes {
            return;
        }
        let codes = &batch.columns[column].codes;
        for blank in &self.blank_codes {
            // SPEED: a count of equal codes is a handful of vector instructions for a whole batch.
            let count = codes.iter().filter(|code| *code == blank).count() as u64;
            if count > 0 {
                let earlier =
                    self.marks.blanks.is_none_or(|seen| (input, batch.place(0)) < (seen.first.0, seen.first.1.place));
                let first = if earlier { codes.iter().position(|code| code == blank) } else { None };
                Seen::note(&mut self.marks.blanks, count, input, batch, first.unwrap_or(codes.len() - 1));
            }
        }
    }

    /// What was seen of marks and blanks, if the field is one of yes and no.
    pub(super) fn marks(&self) -> Option<BlankMarks> {
        self.yes_or_no.then_some(self.marks)
    }
}

/// Whether two cells have the same bytes.
///
/// SPEED: identifiers of 8 to 16 bytes are compared by two words that overlap, without a call.
fn same(one: &[u8], two: &[u8]) -> bool {
    if !(8..=16).contains(&one.len()) || one.len() != two.len() {
        return one == two;
    }
    one.first_chunk::<8>() == two.first_chunk::<8>() && one.last_chunk::<8>() == two.last_chunk::<8>()
}

impl RowClasses {
    /// The class of a row.
    pub(super) fn at(&self, row: usize) -> usize {
        match self {
            RowClasses::Constant(class) => *class as usize,
            RowClasses::Each(rows) => rows[row] as usize,
        }
    }

    fn into_rows(self) -> Vec<u32> {
        match self {
            RowClasses::Constant(_) => Vec::new(),
            RowClasses::Each(rows) => rows,
        }
    }
}
