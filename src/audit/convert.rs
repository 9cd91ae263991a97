//! Inventories → one inventory in the canonical form: columns named by the fields of the socle, cells spelt as the
//! socle spells what it read, one record a row.
//!
//! Each distinct text is spelt once. The verdicts on what is written are those on what was read; converting it
//! again changes nothing.

use super::findings::{self, finding, in_file};
use super::mapping::{self, Followed, Mapping, MappingOptions};
use super::quote::shortened;
use super::read::{Input, Prepared, Queue, ReadInput, Selection, all_bad, output_failed, prepare};
use super::report::{DataFinding, FirstSeen};
use super::survey::Roles;
use super::tables::{self, RowsOf};
use super::wide::BadCount;
use crate::diag::Diagnostic;
use crate::inventory::{Batch, Mode, Options, Selected, Sink, Spot};
use crate::socle::{Field, FieldId, IdentifierClass, SERVICE, Socle, Spelled, Stated, trimmed, writable};
use crate::text;
use crate::value::Type;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::ops::ControlFlow;

/// Combinations of codes that are remembered.
const MANY_COMBINATIONS: usize = 1 << 17;

/// What is asked of a conversion.
#[derive(Clone, Debug)]
pub struct ConvertOptions {
    /// What the user said of the columns.
    pub mapping: MappingOptions,
    /// Bounds of the readers.
    pub reader: Options,
    /// One bad input stops everything.
    pub strict: bool,
}

/// What was converted.
#[derive(Debug)]
pub struct Converted {
    /// Records written.
    pub rows: u64,
    /// Inputs they come from.
    pub files: usize,
    /// What is to be said of the inputs.
    pub data: Vec<DataFinding>,
}

/// Receives the canonical form.
pub trait RecordOutput: Send {
    /// Called once, first, with the fields that the records may have, in the order of the socle.
    ///
    /// # Errors
    /// Those of the writer.
    fn begin(&mut self, fields: &[FieldId]) -> io::Result<()>;

    /// Writes some records.
    ///
    /// # Errors
    /// Those of the writer.
    fn records(&mut self, records: &Records<'_>) -> io::Result<()>;
}

/// Some records of one input.
pub struct Records<'r> {
    /// How many.
    pub rows: usize,
    /// One for each field of [`RecordOutput::begin`].
    pub columns: Vec<Cells<'r>>,
}

/// The cells of a field, one for each record.
pub enum Cells<'r> {
    /// All blank: the input has no such column.
    Blank,
    /// Forms of cells, and which of them each record has.
    Coded {
        /// Changes when codes no longer mean what they meant.
        generation: u64,
        /// The code of each record.
        codes: &'r [u32],
        /// Their forms.
        forms: Forms<'r>,
    },
    /// Cell by cell: identifiers.
    Each(Texts<'r>),
}

/// The forms of a column.
#[derive(Clone, Copy)]
pub struct Forms<'r>(&'r [Spelled]);

/// The texts of a column that has no codes.
#[derive(Clone, Copy)]
pub struct Texts<'r> {
    batch: &'r Batch<'r>,
    place: usize,
    socle: &'r Socle,
    field: FieldId,
    stated: Stated,
}

/// A cell to write.
#[derive(Clone, Copy, Debug)]
pub struct Form<'r> {
    /// As one text.
    pub text: &'r str,
    /// As lists and objects.
    pub nested: Option<&'r serde_json::Value>,
}

impl<'r> Forms<'r> {
    /// The form of a code.
    #[must_use]
    pub fn get(self, code: u32) -> Form<'r> {
        let Spelled { text, raw, nested, .. } = &self.0[code as usize / 2];
        match code % 2 {
            0 => Form { text, nested: nested.as_ref() },
            _ => Form { text: raw, nested: None },
        }
    }
}

impl<'r> Texts<'r> {
    /// The text of a record.
    #[must_use]
    pub fn get(self, row: usize) -> Cow<'r, str> {
        let text = match self.batch.text(self.place, row) {
            Cow::Borrowed(text) => Cow::Borrowed(trimmed(text)),
            Cow::Owned(text) => Cow::Owned(trimmed(&text).to_owned()),
        };
        let text = writable(&text).map_or(text, Cow::Owned);
        let class = self.socle.class_stated(self.field, self.stated, text.as_bytes());
        self.socle.spelled_identifier(self.field, class, text)
    }
}

/// Converts inventories. `open` gives them, each time it is called: twice when there are several, first for their
/// columns and to see that they can be read to their end.
///
/// # Errors
/// What keeps the work from being done: options, headers, inputs that cannot be read.
pub fn convert<'i>(
    open: &dyn Fn() -> Vec<Input<'i>>,
    socle: &Socle,
    kind: &str,
    options: &ConvertOptions,
    output: &mut dyn RecordOutput,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Converted, Vec<Diagnostic>> {
    mapping::check_options(&options.mapping, socle)?;
    let inputs = open();
    let once = inputs.iter().find(|input| input.once).map(|input| input.name.clone());
    // A single table or document is read once, since it may be a stream; a folder or an archive holds several.
    let mut several = inputs.len() > 1 || inputs.iter().any(Input::is_folder);
    let (mut bad, mut bad_documents) = (Vec::new(), Vec::new());
    let mut fields: BTreeSet<FieldId> = BTreeSet::new();
    let mut followed = Vec::new();
    let mut refused: Vec<usize> = Vec::new();
    let mut queue = Queue::new(inputs);
    let mut number = 0;
    let mut first = None;
    while let Some((input, depth)) = queue.next() {
        let name = input.name.clone();
        match prepare(input, socle, kind, &options.mapping, &options.reader, progress) {
            Ok(Prepared::Inventory(inventory, mapping)) => {
                several |= inventory.holds_several();
                followed.push(Followed::new(&name, inventory.header(), &mapping));
                if !several {
                    fields.extend(mapping.columns.keys());
                    first = Some((name, inventory, mapping));
                    break;
                }
                // To its end, for nothing: a file that stops half-way is set aside before anything of it is written.
                match inventory.scan(&[], &options.reader, &mut [Nothing]) {
                    Ok(summary) => {
                        fields.extend(mapping.columns.keys());
                        if let Some(collected) = summary.collected {
                            queue.put(&collected.aside, (&name, depth), &mut bad_documents);
                        }
                    }
                    Err(diagnostic) => {
                        bad.push((name, *diagnostic));
                        refused.push(number);
                    }
                }
            }
            Ok(Prepared::Aside(aside)) => {
                several = true;
                queue.put(&aside, (&name, depth), &mut bad);
                refused.push(number);
            }
            Err(stop) => {
                bad.push((name, stop.of_file(depth)?));
                refused.push(number);
            }
        }
        if let (true, Some(name)) = (several, &once) {
            return Err(vec![read_twice(name)]);
        }
        number += 1;
    }
    if fields.is_empty() || (options.strict && !(bad.is_empty() && bad_documents.is_empty())) {
        bad.extend(bad_documents);
        return Err(all_bad(bad));
    }
    mapping::check_followed(&followed, &options.mapping)?;
    let fields: Vec<FieldId> = fields.iter().copied().collect();
    let mut output = Begun { output, fields: &fields, begun: false };
    let mut queue = Queue::new(if several { open() } else { Vec::new() });
    let mut read = Vec::new();
    let mut data = Vec::new();
    let mut rows = 0;
    let mut number = 0;
    loop {
        let (name, depth, inventory, mapping) = match (first.take(), queue.next()) {
            (Some((name, inventory, mapping)), _) => (name, 0, inventory, mapping),
            (None, None) => break,
            (None, Some((input, depth))) => {
                let name = input.name.clone();
                let prepared = prepare(input, socle, kind, &options.mapping, &options.reader, progress);
                number += 1;
                match prepared {
                    // Said of it already.
                    Ok(Prepared::Aside(aside)) => {
                        queue.put(&aside, (&name, depth), &mut Vec::new());
                        continue;
                    }
                    _ if refused.contains(&(number - 1)) => continue,
                    Ok(Prepared::Inventory(inventory, mapping)) => (name, depth, inventory, mapping),
                    Err(stop) => return Err(stop.into()),
                }
            }
        };
        let (mut headers, format) = (inventory.header().to_vec(), inventory.format().clone());
        let mut speller = Speller::new(socle, kind, (read.len(), &fields), &mapping, &options.mapping, &mut output);
        let selection = std::mem::take(&mut speller.selection);
        let (mut selection, weight) = (Selection { columns: selection }, Roles::of(socle, kind).weight);
        let mut rows_of = RowsOf::select(&mut selection, socle, &mapping, &inventory, weight);
        rows_of.bad = BadCount::Kept;
        headers.extend(mapping.more_headers(&headers));
        let speller_alone = std::slice::from_mut(&mut speller);
        let summary = tables::scan(*inventory, &selection.columns, &rows_of, socle, &options.reader, speller_alone);
        if let Some(error) = speller.failure.take() {
            return Err(vec![output_failed(&error)]);
        }
        rows += speller.rows;
        // It was read to its end before, or it is alone: what was written of it cannot be taken back.
        let mut summary = summary.map_err(|diagnostic| vec![*diagnostic])?;
        if let Some(collected) = &mut summary.collected {
            queue.put(&collected.aside, (&name, depth), &mut bad);
            if collected.documents == 0 {
                continue;
            }
        }
        let said: Vec<(FieldId, Said)> =
            speller.columns.iter().map(|column| (column.field, column.said.clone())).collect();
        let input = ReadInput { name, headers, mapping, summary, format };
        for (field, said) in said {
            said.tell(&input, field, socle, &options.mapping, &mut data);
        }
        read.push(input);
    }
    if read.is_empty() || (options.strict && !bad.is_empty()) {
        return Err(all_bad(bad));
    }
    output.begin().map_err(|error| vec![output_failed(&error)])?;
    let mut all = Vec::new();
    findings::about_files(&read, &bad, &queue.left, &mut all);
    for input in &read {
        findings::about_columns_left_out(input, &mut all);
    }
    all.extend(data);
    Ok(Converted { rows, files: read.len(), data: all })
}

/// The output, begun with the first records: where there are none to read, nothing is written.
struct Begun<'o> {
    output: &'o mut dyn RecordOutput,
    fields: &'o [FieldId],
    begun: bool,
}

impl Begun<'_> {
    fn begin(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.begun, true) {
            true => Ok(()),
            false => self.output.begin(self.fields),
        }
    }

    fn records(&mut self, records: &Records<'_>) -> io::Result<()> {
        if records.rows == 0 {
            return Ok(());
        }
        self.begin()?;
        self.output.records(records)
    }
}

/// Said of a stream that turns out to hold several files.
fn read_twice(name: &str) -> Diagnostic {
    Diagnostic::error(
        "inventory/read-once",
        text!(
            "`{name}` ne se lit qu'une fois, et plusieurs inventaires se lisent deux fois : d'abord leurs colonnes",
            "`{name}` is read once, and several inventories are read twice: first for their columns"
        ),
    )
    .help(text!("l'enregistrer dans un fichier", "save it to a file"))
}

/// Takes rows and does nothing.
struct Nothing;

impl Sink for Nothing {
    fn batch(&mut self, _: &Batch<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// What is to be said of the cells of a field in one input.
#[derive(Clone, Debug, Default)]
struct Said {
    unreadable: u64,
    first: Option<Spot>,
    personal: u64,
    first_personal: Option<Spot>,
    repaired: u64,
    first_repaired: Option<Spot>,
    lost: u64,
    first_lost: Option<Spot>,
    blanks: u64,
    marks: bool,
    noes: bool,
}

impl Said {
    /// A cell that may name a person.
    fn leave_out(&mut self, batch: &Batch<'_>, row: usize) {
        self.personal += 1;
        self.first_personal.get_or_insert_with(|| batch.spot(row));
    }

    /// A cell whose spelling was repaired.
    fn repair(&mut self, batch: &Batch<'_>, row: usize) {
        self.repaired += 1;
        self.first_repaired.get_or_insert_with(|| batch.spot(row));
    }

    /// A cell that lost characters.
    fn lose(&mut self, batch: &Batch<'_>, row: usize) {
        self.lost += 1;
        self.first_lost.get_or_insert_with(|| batch.spot(row));
    }

    fn tell(
        &self,
        input: &ReadInput,
        field: FieldId,
        socle: &Socle,
        options: &MappingOptions,
        findings: &mut Vec<DataFinding>,
    ) {
        let id = &socle.fields[usize::from(field.0)].id;
        let column = input.mapping.columns.get(&field).and_then(|column| input.headers.get(*column));
        let about = |found: DataFinding, spot: Option<Spot>, help| DataFinding {
            field: Some(id.clone()),
            first: Some(FirstSeen {
                row: spot.map(|spot| input.summary.row(spot.place)),
                line: spot.map(|spot| input.summary.line(spot)),
                column: column.map(|column| shortened(column)),
                ..in_file(&input.name)
            }),
            help: Some(help),
            ..found
        };
        if self.unreadable > 0 {
            let message = text!(
                "valeurs de `{id}` que le socle ne sait pas lire : gardées telles quelles",
                "values of `{id}` that the socle cannot read: kept as they are"
            );
            let help = text!("corriger l'export avant de l'échanger", "correct the export before it is exchanged");
            findings.push(about(finding("inventory/unreadable-value", message, self.unreadable), self.first, help));
        }
        if self.personal > 0 {
            let (code, message, help) = findings::personal(id);
            findings.push(about(finding(code, message, self.personal), self.first_personal, help));
        }
        if self.repaired > 0 {
            let message = text!(
                "valeurs de `{id}` écrites après réparation de leur écriture",
                "values of `{id}` written after their spelling was repaired"
            );
            let help = text!("vérifier qu'elles sont les bonnes", "check that they are the right ones");
            findings.push(about(
                finding("inventory/repaired-value", message, self.repaired),
                self.first_repaired,
                help,
            ));
        }
        if self.lost > 0 {
            let (code, message, help) = findings::lost(id);
            findings.push(about(finding(code, message, self.lost), self.first_lost, help));
        }
        if self.marks && !self.noes && self.blanks > 0 && !options.blank_is_no.contains(id) {
            let message = text!(
                "colonne de croix et de cases vides pour `{id}` : les cases vides restent inconnues",
                "column of marks and blanks for `{id}`: blank cells stay unknown"
            );
            let help = text!(
                "si une case vide veut dire non : `--blank {id}=no`, maintenant ou jamais",
                "if a blank cell means no: `--blank {id}=no`, now or never"
            );
            findings.push(about(finding("inventory/marks-and-blanks", message, self.blanks), None, help));
        }
    }
}

/// A column of the input that gives a field.
struct Column {
    field: FieldId,
    /// In the selection.
    place: usize,
    /// Identifiers are given cell by cell.
    raw: bool,
    stated: Stated,
    blank_is_no: bool,
    /// Whether it completes another field.
    completes: bool,
    /// Whether marks and blanks are watched.
    yes_or_no: bool,
    entries: Vec<Spelled>,
    /// That of the dictionary of the entries.
    generation: Option<u32>,
    /// Number of the dictionary among those of all inputs.
    dictionaries: u64,
    codes: Vec<u32>,
    said: Said,
}

/// Fields that columns give together: these columns are all spelt, or all left as they are.
struct Joint {
    /// Numbers of the columns.
    columns: Vec<usize>,
    /// Each field, its own column, those of its parts.
    fields: Vec<(FieldId, Option<usize>, Vec<Option<usize>>)>,
    /// Whether a combination of codes reads the same once spelt.
    known: HashMap<Vec<u32>, bool>,
    generations: Vec<u64>,
}

/// Rows of an input → canonical records.
struct Speller<'s, 'o> {
    socle: &'s Socle,
    output: &'s mut Begun<'o>,
    selection: Vec<Selected>,
    columns: Vec<Column>,
    /// Number of the column of each field written.
    fields: Vec<Option<usize>>,
    joints: Vec<Joint>,
    rows: u64,
    failure: Option<io::Error>,
}

impl<'s, 'o> Speller<'s, 'o> {
    fn new(
        socle: &'s Socle,
        kind: &str,
        (number, fields): (usize, &[FieldId]),
        mapping: &Mapping,
        options: &MappingOptions,
        output: &'s mut Begun<'o>,
    ) -> Speller<'s, 'o> {
        let identifier = Roles::of(socle, kind).identifier;
        let mut columns: Vec<Column> = Vec::new();
        let mut selection = Vec::new();
        for (field, column) in &mapping.columns {
            let Field { id, ty, .. } = &socle.fields[usize::from(field.0)];
            let raw = Some(*field) == identifier;
            selection.push(Selected { column: *column, mode: if raw { Mode::Raw } else { Mode::Coded } });
            columns.push(Column {
                field: *field,
                place: columns.len(),
                raw,
                stated: mapping.stated,
                blank_is_no: options.blank_is_no.contains(id),
                completes: false,
                yes_or_no: *ty == Type::Bool || *ty == Type::Record(SERVICE),
                entries: Vec::new(),
                generation: None,
                dictionaries: (number as u64) << 32,
                codes: Vec::new(),
                said: Said::default(),
            });
        }
        // What completes another field (`22H2`) need not be a value of its own.
        for part in socle.fields.iter().flat_map(|field| &field.parts).filter(|part| part.member.is_none()) {
            for column in columns.iter_mut().filter(|column| column.field == part.field) {
                column.completes = true;
            }
        }
        let column_of = |field: FieldId| columns.iter().position(|column| column.field == field);
        let joints = joints(socle, &column_of);
        let fields: Vec<Option<usize>> = fields.iter().map(|field| column_of(*field)).collect();
        // Where columns complete each other, a blank cell says nothing of the whole.
        for column in joints.iter().flat_map(|joint| &joint.columns) {
            columns[*column].blank_is_no = false;
        }
        Speller { socle, output, selection, columns, fields, joints, rows: 0, failure: None }
    }

    /// Settles, for the rows of a batch, which of the two forms the cells of columns that go together have.
    fn settle(&mut self, number: usize, rows: usize) {
        let Speller { socle, columns, joints, .. } = self;
        let joint = &mut joints[number];
        let generations: Vec<u64> = joint.columns.iter().map(|column| columns[*column].dictionaries).collect();
        if generations != joint.generations || joint.known.len() > MANY_COMBINATIONS {
            joint.generations = generations;
            joint.known.clear();
        }
        let mut key = Vec::with_capacity(joint.columns.len());
        for row in 0..rows {
            key.clear();
            key.extend(joint.columns.iter().map(|column| columns[*column].codes[row] / 2));
            let entry = |column: usize, code: u32| &columns[column].entries[code as usize];
            if joint.columns.iter().zip(&key).all(|(column, code)| entry(*column, *code).is_plain()) {
                continue;
            }
            let same = match joint.known.get(&key) {
                Some(same) => *same,
                None => {
                    let at = |column: usize, spelled: bool| {
                        let place = joint.columns.iter().position(|other| *other == column).unwrap_or_default();
                        let entry = entry(column, key[place]);
                        if spelled { entry.text.as_str() } else { entry.raw.as_str() }
                    };
                    let same = joint.fields.iter().all(|(field, own, parts)| {
                        let read = |spelled: bool| {
                            let parts: Vec<&str> =
                                parts.iter().map(|part| part.map_or("", |part| at(part, spelled))).collect();
                            socle.read_parts(*field, own.map(|own| at(own, spelled)), &parts).datum
                        };
                        read(true) == read(false)
                    });
                    joint.known.insert(key.clone(), same);
                    same
                }
            };
            if !same {
                for column in &joint.columns {
                    columns[*column].codes[row] |= 1;
                }
            }
        }
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        for column in &mut self.columns {
            column.take(self.socle, batch);
        }
        for number in 0..self.joints.len() {
            self.settle(number, batch.rows);
        }
        let cells = |number: &Option<usize>| {
            let Some(column) = number.and_then(|number| self.columns.get(number)) else { return Cells::Blank };
            match column.raw {
                true => Cells::Each(Texts {
                    batch,
                    place: column.place,
                    socle: self.socle,
                    field: column.field,
                    stated: column.stated,
                }),
                false => Cells::Coded {
                    generation: column.dictionaries,
                    codes: &column.codes,
                    forms: Forms(&column.entries),
                },
            }
        };
        let records = Records { rows: batch.rows, columns: self.fields.iter().map(cells).collect() };
        self.rows += batch.rows as u64;
        self.output.records(&records)
    }
}

impl Sink for Speller<'_, '_> {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        match self.write(batch) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failure = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl Column {
    /// Spells the texts that are new, and takes the codes of a batch.
    fn take(&mut self, socle: &Socle, batch: &Batch<'_>) {
        if self.raw {
            for row in 0..batch.rows {
                let text = batch.text(self.place, row);
                match socle.class_stated(self.field, self.stated, text.as_bytes()) {
                    IdentifierClass::Personal => self.said.leave_out(batch, row),
                    IdentifierClass::Schemes(form) if form.repaired => self.said.repair(batch, row),
                    _ => {}
                }
            }
            return;
        }
        let column = &batch.columns[self.place];
        let dictionary = &column.dictionary;
        if self.generation != Some(dictionary.generation) {
            self.generation = Some(dictionary.generation);
            self.dictionaries += 1;
            self.entries.clear();
        }
        for code in self.entries.len() as u32..dictionary.len() as u32 {
            let spelled = socle.spelled(self.field, &dictionary.text(code), self.blank_is_no);
            self.said.marks |= spelled.mark;
            self.said.noes |= !spelled.mark && !spelled.unreadable && !spelled.raw.is_empty();
            self.entries.push(spelled);
        }
        self.codes.clear();
        self.codes.extend(column.codes.iter().map(|code| code * 2));
        if self.entries.iter().any(|entry| entry.personal || entry.repaired || entry.lost) {
            for (row, code) in column.codes.iter().enumerate() {
                match &self.entries[*code as usize] {
                    Spelled { personal: true, .. } => self.said.leave_out(batch, row),
                    Spelled { lost: true, .. } => self.said.lose(batch, row),
                    Spelled { repaired: true, .. } => self.said.repair(batch, row),
                    _ => {}
                }
            }
        }
        let entry = |code: &u32| &self.entries[*code as usize];
        let told = |code: &u32| entry(code).unreadable && !entry(code).personal && !self.completes;
        let unreadable = column.codes.iter().filter(|code| told(code)).count() as u64;
        if unreadable > 0 && self.said.first.is_none() {
            self.said.first = column.codes.iter().position(told).map(|row| batch.spot(row));
        }
        self.said.unreadable += unreadable;
        if self.yes_or_no {
            self.said.blanks += column.codes.iter().filter(|code| entry(code).raw.is_empty()).count() as u64;
        }
    }
}

/// The fields that several columns give together, those that share a column put together.
fn joints(socle: &Socle, column_of: &dyn Fn(FieldId) -> Option<usize>) -> Vec<Joint> {
    let mut joints: Vec<Joint> = Vec::new();
    for (number, field) in (0u16..).zip(&socle.fields) {
        let parts: Vec<Option<usize>> = field.parts.iter().map(|part| column_of(part.field)).collect();
        if parts.iter().all(Option::is_none) {
            continue;
        }
        let own = column_of(FieldId(number));
        let mut together = Joint {
            columns: own.iter().chain(parts.iter().flatten()).copied().collect(),
            fields: vec![(FieldId(number), own, parts)],
            known: HashMap::new(),
            generations: Vec::new(),
        };
        let shares = |joint: &Joint, with: &Joint| joint.columns.iter().any(|column| with.columns.contains(column));
        while let Some(place) = joints.iter().position(|joint| shares(joint, &together)) {
            let other = joints.swap_remove(place);
            together.columns.extend(other.columns);
            together.fields.extend(other.fields);
        }
        together.columns.sort_unstable();
        together.columns.dedup();
        joints.push(together);
    }
    joints
}
