//! What files are, and what is in them: for whoever wonders what vigie makes of an export.
//!
//! Nothing is judged. Texts of identifiers, of persons and of free columns are never told: only names of rows of the
//! socle, versions and counts.

use super::applications::ApplicationTable;
use super::findings;
use super::mapping::{Followed, Mapping, MappingOptions, check_followed, check_options};
use super::quote;
use super::read::{Input, Progress, Queue, all_bad, map};
use super::report::{DataFinding, Dialect};
use super::survey::{dialects_of, encoding_of};
use super::typed;
use crate::diag::{Diagnostic, Text};
use crate::inventory::{Batch, Collected, Format, Inventory, Mode, Opened, Options, Selected, Sink, Summary};
use crate::socle::{FieldId, Holds, IdentifierClass, Role, SERVICE, Socle};
use crate::value::{Datum, Type, Value};
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

/// How inputs are inspected.
#[derive(Clone, Debug)]
pub struct InspectOptions {
    /// What the user said of the columns.
    pub mapping: MappingOptions,
    /// One bad input stops everything.
    pub strict: bool,
    /// Threads; at least 1.
    pub threads: usize,
    /// Bounds of the readers.
    pub reader: Options,
}

/// What inputs are.
#[derive(Debug)]
pub struct Inspection {
    /// Those that can be read, in order.
    pub files: Vec<Inspected>,
    /// Those that cannot, with what is wrong.
    pub bad: Vec<(String, Diagnostic)>,
    /// What was not looked at, by the name of the folder or archive.
    pub left: Vec<(String, Diagnostic)>,
    /// What was asked of them.
    pub asked: InspectOptions,
}

impl Inspection {
    /// Those that are tables: the others have no columns of their own.
    pub fn tables(&self) -> impl Iterator<Item = &Inspected> {
        self.files.iter().filter(|file| file.machines.is_none())
    }
}

/// What an input is.
#[derive(Debug)]
pub struct Inspected {
    /// Name as given, or as found in a folder or an archive.
    pub name: String,
    /// `blake3:<hex>` of the bytes as read.
    pub digest: String,
    /// `csv`, `json`, `ndjson`, `xlsx`; `machine`.
    pub format: Format,
    /// Name of its encoding; a workbook and documents of machines have none of their own.
    pub encoding: Option<String>,
    /// How sure that is.
    pub sure: Sure,
    /// Records.
    pub rows: u64,
    /// Of documents of machines.
    pub machines: Option<Machines>,
    /// Columns of a table, in order.
    pub columns: Vec<Column>,
    /// Fields that it gives, in the order of the socle.
    pub fields: Vec<Filled>,
    /// What was repaired, guessed or refused.
    pub data: Vec<DataFinding>,
}

/// How sure it is what an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sure {
    /// It names its format itself, or most of its columns are known.
    Certain,
    /// It looks like it.
    Likely,
}

/// What documents of machines hold.
#[derive(Debug)]
pub struct Machines {
    /// Documents read.
    pub documents: u64,
    /// Their dialects.
    pub dialects: Vec<Dialect>,
    /// Machines by the name that their agent gives itself.
    pub agents: Vec<(String, u64)>,
    /// Machines that are no workstation.
    pub gear: u64,
    /// Documents that say that they are not the whole inventory.
    pub partial: u64,
    /// What was collected: in how many machines, how many records.
    pub collected: Vec<(Holds, u64, u64)>,
    /// What was not, though the dialect can tell it: in how many machines.
    pub not_collected: Vec<(Holds, u64)>,
}

/// A column of a table.
#[derive(Debug)]
pub struct Column {
    /// Its header, as it stands.
    pub header: String,
    /// What is made of it.
    pub what: Use,
    /// Of a column that is not known, the fields that it may mean, the likeliest first.
    pub near: Vec<String>,
}

/// What is made of a column.
#[derive(Debug)]
pub enum Use {
    /// It gives a field.
    Field(String),
    /// It gives this field to whoever reads the rows one by one; of a table of applications, each the field of its role.
    Application(String),
    /// Its values are those of a field, written as columns.
    Wide(String),
    /// It identifies people too, beside the column that is kept.
    Spare,
    /// No field is known by that name.
    Unknown,
    /// Personal data: never read. The kind of it.
    Private(Text),
}

/// A field that an input gives.
#[derive(Debug)]
pub struct Filled {
    /// Id of the field.
    pub field: String,
    /// Its name for people.
    pub label: Text,
    /// Records in which it is not blank.
    pub filled: u64,
    /// Records in which it is read.
    pub readable: u64,
    /// The values met most often, with in how many records; of fields whose values may be told.
    pub values: Vec<(Text, u64)>,
    /// How many distinct values there are, as far as they are counted.
    pub distinct: u64,
    /// It holds marks and blanks alone, and a blank may mean "no".
    pub marks: bool,
}

/// Fields told that a header may mean.
const NEAR: usize = 3;
/// Values told of a field.
const TOLD: usize = 8;
/// Distinct values counted of a field.
const COUNTED: usize = 10_000;
/// Distinct texts of a column whose reading is remembered.
const REMEMBERED: usize = 1 << 16;
/// Bytes of the longest of them.
const LONGEST_REMEMBERED: usize = 256;

/// Says what inputs are.
///
/// # Errors
/// No input can be read; or, when that was asked for, one of them.
pub fn inspect(
    inputs: Vec<Input<'_>>,
    socle: &Socle,
    options: &InspectOptions,
    progress: Progress<'_>,
) -> Result<Inspection, Vec<Diagnostic>> {
    check_options(&options.mapping, socle)?;
    let mut queue = Queue::new(inputs);
    let (mut files, mut bad) = (Vec::new(), Vec::new());
    let mut followed = Vec::new();
    while let Some((input, depth)) = queue.next() {
        let name = input.name.clone();
        match input.recognise(socle, &options.reader, progress) {
            Ok(Opened::Aside(aside)) => queue.put(&aside, (&name, depth), &mut bad),
            Ok(Opened::Inventory(inventory)) => match look(*inventory, &name, socle, options) {
                Ok((inspected, collected, taken)) => {
                    followed.push(taken);
                    let read = collected.as_ref().is_none_or(|collected| collected.documents > 0);
                    files.extend(read.then_some(inspected));
                    if let Some(collected) = collected {
                        queue.put(&collected.aside, (&name, depth), &mut bad);
                    }
                }
                Err(diagnostic) => bad.push((name, *diagnostic)),
            },
            Err(diagnostic) => bad.push((name, *diagnostic)),
        }
    }
    if files.is_empty() || (options.strict && !bad.is_empty()) {
        return Err(all_bad(bad));
    }
    check_followed(&followed, &options.mapping)?;
    let left = queue.left.iter().map(|(name, left)| (name.clone(), findings::left_out(name, *left))).collect();
    Ok(Inspection { files, bad, left, asked: options.clone() })
}

fn look(
    mut inventory: Inventory<'_>,
    name: &str,
    socle: &Socle,
    options: &InspectOptions,
) -> Result<(Inspected, Option<Collected>, Followed), Box<Diagnostic>> {
    let headers = inventory.header().to_vec();
    // A table of which nothing is known is told all the same: that is what one inspects it for.
    let mapping = map(&inventory, name, socle, KIND, &options.mapping).or_else(|mut faults| match faults.pop() {
        Some(fault) if fault.code != "inventory/no-known-column" => Err(Box::new(fault)),
        _ => Ok(Mapping { unmapped: (0..headers.len()).collect(), ..Mapping::default() }),
    })?;
    let mut mapping = mapping;
    // What its columns hold is asked, not what is made of its rows.
    let applications = mapping.applications.take();
    if let Some(table) = &applications {
        table.undo(&mut mapping);
    }
    typed::settle(&mut inventory, &mapping, socle);
    let format = inventory.format().clone();
    let mut meters: Vec<Meter<'_>> =
        (0..options.threads.max(1)).map(|_| Meter::new(&mapping, headers.len(), socle)).collect();
    let selection = meters[0].selection();
    let summary = inventory.scan(&selection, &options.reader, &mut meters)?;
    let mut meters = meters.into_iter();
    let mut gauges = meters.next().map(|meter| meter.gauges).unwrap_or_default();
    for meter in meters {
        gauges.iter_mut().zip(meter.gauges).for_each(|(mine, theirs)| mine.join(theirs));
    }
    gauges.sort_by_key(|gauge| gauge.field);
    let Summary { rows, ref digest, .. } = summary;
    let is_known = |column: &Column| !matches!(column.what, Use::Unknown);
    let columns =
        if format.is_machines() { Vec::new() } else { columns(&headers, &mapping, applications.as_deref(), socle) };
    let known = columns.iter().filter(|column| is_known(column)).count();
    let unsure = summary.collected.as_ref().map_or(known * 2 < columns.len(), |collected| collected.unsure > 0);
    let machines = summary.collected.as_ref().map(machines);
    let inspected = Inspected {
        name: name.to_owned(),
        digest: digest.clone().unwrap_or_default(),
        encoding: encoding_of(&format, &summary),
        sure: if unsure { Sure::Likely } else { Sure::Certain },
        rows,
        machines,
        columns,
        fields: gauges.into_iter().map(|gauge| gauge.told(socle)).collect(),
        data: findings::of_reader(name, &headers, &summary),
        format,
    };
    Ok((inspected, summary.collected, Followed::new(name, &headers, &mapping)))
}

/// The kind of records that are inspected.
const KIND: &str = "installation";

fn machines(collected: &Collected) -> Machines {
    let mut agents: Vec<(String, u64)> = collected.agents.iter().map(|(agent, n)| (agent.clone(), *n)).collect();
    agents.sort_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.cmp(&two.0)));
    Machines {
        documents: collected.documents,
        dialects: dialects_of(collected),
        agents,
        gear: collected.gear,
        partial: collected.partial,
        collected: collected.holds.iter().map(|(holds, (machines, records))| (*holds, *machines, *records)).collect(),
        not_collected: collected.not_collected.iter().map(|(holds, machines)| (*holds, *machines)).collect(),
    }
}

fn columns(
    headers: &[String],
    mapping: &Mapping,
    applications: Option<&ApplicationTable>,
    socle: &Socle,
) -> Vec<Column> {
    let id = |field: FieldId| socle.fields[usize::from(field.0)].id.clone();
    let by_column: BTreeMap<usize, FieldId> = mapping.columns.iter().map(|(field, column)| (*column, *field)).collect();
    let what = |column: usize| {
        if let Some(wide) = mapping
            .wide
            .as_ref()
            .filter(|wide| wide.total == Some(column) || wide.columns.iter().any(|(of, _)| *of == column))
        {
            return Use::Wide(id(wide.field));
        }
        match by_column.get(&column) {
            Some(field) if applications.is_some_and(|table| table.tells_by(column)) => Use::Application(id(*field)),
            Some(field) => Use::Field(id(*field)),
            None if mapping.spare.contains(&column) => Use::Spare,
            None => mapping
                .private
                .iter()
                .find(|(private, _)| *private == column)
                .map_or(Use::Unknown, |(_, kind)| Use::Private(kind.clone())),
        }
    };
    let headers = headers.iter().enumerate().filter(|(_, header)| !header.trim().is_empty());
    headers
        .map(|(column, header)| {
            let what = what(column);
            let near = if matches!(what, Use::Unknown) { near(header, mapping, socle) } else { Vec::new() };
            // Without a line of names, the first record stands there.
            let header = match what {
                Use::Unknown => quote::header(header).into_owned(),
                _ => header.trim().to_owned(),
            };
            Column { header, what, near }
        })
        .collect()
}

/// Fields that a header may mean, and that no column gives.
fn near(header: &str, mapping: &Mapping, socle: &Socle) -> Vec<String> {
    let fields = socle.fields_near(header).into_iter().filter(|field| !mapping.columns.contains_key(field));
    let fields = fields.map(|field| &socle.fields[usize::from(field.0)]).filter(|field| field.of_kind(KIND));
    fields.filter(|field| field.role.is_none_or(Role::has_columns)).take(NEAR).map(|field| field.id.clone()).collect()
}

/// Counts what the columns of one thread hold.
struct Meter<'s> {
    socle: &'s Socle,
    gauges: Vec<Gauge>,
    /// Of the batch, by code.
    counts: Vec<(u32, u64)>,
}

/// What a field was seen to hold.
struct Gauge {
    field: FieldId,
    /// Column of the header, and of the fields that complete it, with their place in the selection.
    own: Option<usize>,
    parts: Vec<Option<usize>>,
    filled: u64,
    readable: u64,
    /// Records that say "yes" by a mark, or "no" in words.
    marks: u64,
    words: u64,
    /// Values by their French name.
    values: HashMap<Text, u64>,
    known: HashMap<String, Read>,
}

/// What a text is read as.
#[derive(Clone, Default)]
struct Read {
    filled: bool,
    readable: bool,
    /// A mark that means "yes".
    mark: bool,
    values: Vec<Text>,
}

impl<'s> Meter<'s> {
    fn new(mapping: &Mapping, columns: usize, socle: &'s Socle) -> Meter<'s> {
        let column = |field: FieldId| mapping.columns.get(&field).copied().filter(|column| *column < columns);
        let gauge = |field: FieldId| Gauge {
            field,
            own: column(field),
            parts: socle.fields[usize::from(field.0)].parts.iter().map(|part| column(part.field)).collect(),
            filled: 0,
            readable: 0,
            marks: 0,
            words: 0,
            values: HashMap::new(),
            known: HashMap::new(),
        };
        let fields = (0..u16::try_from(socle.fields.len()).unwrap_or(u16::MAX)).map(FieldId);
        let gauges = fields.map(gauge).filter(|gauge| gauge.own.is_some() || gauge.parts.iter().any(Option::is_some));
        Meter { socle, gauges: gauges.collect(), counts: Vec::new() }
    }

    /// The columns that it looks at; the gauges then hold places in it.
    fn selection(&self) -> Vec<Selected> {
        let columns = self.gauges.iter().flat_map(|gauge| gauge.own.iter().chain(gauge.parts.iter().flatten()));
        let mut columns: Vec<usize> = columns.copied().collect();
        columns.sort_unstable();
        columns.dedup();
        columns.into_iter().map(|column| Selected { column, mode: Mode::Coded }).collect()
    }
}

impl Sink for Meter<'_> {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        let selected = self.selection();
        let place = |column: usize| selected.iter().position(|selected| selected.column == column);
        for gauge in &mut self.gauges {
            let own = gauge.own.and_then(place);
            let parts: Vec<Option<usize>> = gauge.parts.iter().map(|part| part.and_then(place)).collect();
            match own {
                Some(own) if parts.iter().all(Option::is_none) => {
                    let column = &batch.columns[own];
                    self.counts.clear();
                    self.counts.extend(column.codes.iter().map(|code| (*code, 1)));
                    self.counts.sort_unstable();
                    self.counts.dedup_by(|next, kept| {
                        let same = next.0 == kept.0;
                        kept.1 += u64::from(same) * next.1;
                        same
                    });
                    for (code, count) in &self.counts {
                        gauge.add(&column.dictionary.text(*code), &[], *count, self.socle);
                    }
                }
                _ => {
                    for row in 0..batch.rows {
                        let text = |place: Option<usize>| place.map(|place| batch.text(place, row)).unwrap_or_default();
                        let parts: Vec<_> = parts.iter().map(|part| text(*part)).collect();
                        let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
                        gauge.add(&text(own), &parts, 1, self.socle);
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }
}

impl Gauge {
    fn add(&mut self, own: &str, parts: &[&str], count: u64, socle: &Socle) {
        let key = if parts.is_empty() { own.to_owned() } else { format!("{own}\u{0}{}", parts.join("\u{0}")) };
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let field = self.field;
        let fresh;
        let read = if key.len() > LONGEST_REMEMBERED {
            fresh = Read::of(field, own, parts, socle);
            &fresh
        } else {
            self.known.entry(key).or_insert_with(|| Read::of(field, own, parts, socle))
        };
        self.filled += count * u64::from(read.filled);
        self.readable += count * u64::from(read.readable);
        self.marks += count * u64::from(read.mark);
        self.words += count * u64::from(read.readable && read.filled && !read.mark);
        for value in &read.values {
            if let Some(known) = self.values.get_mut(value) {
                *known += count;
            } else if self.values.len() < COUNTED {
                self.values.insert(value.clone(), count);
            }
        }
    }

    fn join(&mut self, other: Gauge) {
        self.filled += other.filled;
        self.readable += other.readable;
        self.marks += other.marks;
        self.words += other.words;
        for (value, count) in other.values {
            *self.values.entry(value).or_default() += count;
        }
    }

    fn told(self, socle: &Socle) -> Filled {
        let field = &socle.fields[usize::from(self.field.0)];
        let distinct = self.values.len() as u64;
        let mut values: Vec<(Text, u64)> = self.values.into_iter().collect();
        values.sort_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.fr.cmp(&two.0.fr)));
        values.truncate(TOLD);
        Filled {
            field: field.id.clone(),
            label: field.label.clone(),
            filled: self.filled,
            readable: self.readable,
            values,
            distinct,
            marks: self.marks > 0 && self.words == 0 && socle.can_say_no(self.field),
        }
    }
}

impl Read {
    fn of(field: FieldId, own: &str, parts: &[&str], socle: &Socle) -> Read {
        let ty = &socle.fields[usize::from(field.0)].ty;
        if *ty == Type::Identifier && parts.is_empty() {
            let class = socle.identifier_class(field, own.as_bytes());
            let readable = class.schemes().is_some_and(|schemes| schemes != 0);
            return Read { filled: class != IdentifierClass::Blank, readable, ..Read::default() };
        }
        let nothing = |text: &str| text.trim().is_empty() || socle.says_nothing(text);
        let filled = !nothing(own) || parts.iter().any(|part| !nothing(part));
        let reading = match parts {
            [] => socle.read(field, own, false),
            _ => socle.read_parts(field, Some(own).filter(|own| !own.is_empty()), parts),
        };
        let (datum, mark) = (reading.datum, reading.mark);
        let readable = !matches!(datum, Datum::Unknown(_));
        let values = if readable && may_tell(ty) { values_of(&datum, socle) } else { Vec::new() };
        Read { filled, readable, mark, values }
    }
}

/// Names of rows of the socle, versions and yes or no: nothing else can be told without naming someone.
fn may_tell(ty: &Type) -> bool {
    match ty {
        Type::Row(_) | Type::Version | Type::Bool => true,
        Type::Record(record) => *record == SERVICE,
        Type::List(item) => matches!(**item, Type::Row(_) | Type::Record(_)),
        _ => false,
    }
}

fn values_of(datum: &Datum, socle: &Socle) -> Vec<Text> {
    match datum {
        Datum::Known(Value::List(items)) => {
            let mut labels: Vec<Text> = items.iter().filter_map(|item| item_label(item, socle)).collect();
            labels.sort_by(|one, two| one.fr.cmp(&two.fr));
            labels.dedup();
            labels
        }
        _ => vec![socle.tables.datum_label(datum)],
    }
}

/// Of a record in a list (a reader), the name of the first row of the socle that it holds: its other members may be
/// anything.
fn item_label(item: &Datum, socle: &Socle) -> Option<Text> {
    match item {
        Datum::Unknown(_) => None,
        Datum::Known(Value::Record(members)) => {
            let row = members.iter().find(|member| matches!(member, Datum::Known(Value::Row(_))));
            row.map(|row| socle.tables.datum_label(row))
        }
        _ => Some(socle.tables.datum_label(item)),
    }
}
