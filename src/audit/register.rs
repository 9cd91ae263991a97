//! Health registers: read once, then joined to the rows of inventories by identifier.

use super::read::{Input, unreadable};
use crate::diag::Diagnostic;
use crate::engine::{RowView, Seen};
use crate::inventory::{self, Batch, Columns, JOINED, Mode, Selected, Shape, Sink};
use crate::socle::{FieldId, RegisterFile, Registers, Socle, Stated};
use crate::text;
use std::collections::HashMap;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

/// What reading a register needs: its larger bounds than those of an inventory.
fn options(options: &inventory::Options) -> inventory::Options {
    // The one of the RPPS is 800 MB, 60 when packed.
    inventory::Options {
        document_bytes: options.document_bytes.max(1 << 30),
        header_row: None,
        encoding: None,
        ..options.clone()
    }
}

/// Reads registers into a socle, in order.
///
/// # Errors
/// A file that cannot be read or is no register, all of them at once.
pub fn read_registers(
    inputs: Vec<Input<'_>>,
    reader: &inventory::Options,
    socle: &mut Socle,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), Vec<Diagnostic>> {
    let mut registers = std::mem::take(&mut socle.registers);
    let mut faults = Vec::new();
    for input in inputs {
        match read(input, &options(reader), socle, &mut registers, progress) {
            Ok(file) => registers.files.push(file),
            Err(fault) => faults.push(*fault),
        }
    }
    socle.registers = registers;
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn read(
    input: Input<'_>,
    options: &inventory::Options,
    socle: &Socle,
    registers: &mut Registers,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<RegisterFile, Box<Diagnostic>> {
    let name = input.name.clone();
    let reader = input.bytes().map_err(|error| Box::new(unreadable(&name, &error)))?;
    let hasher = Arc::new(Mutex::new(blake3::Hasher::new()));
    let reader = Hashed { reader, hasher: Arc::clone(&hasher), progress };
    let mut kind = None;
    let shape = Mutex::new(&mut kind);
    let shape_of = |line: &str| {
        let found = registers.kind_of(line)?;
        **shape.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        let kind = &registers.kinds[found];
        Some(Shape { delimiter: kind.delimiter, quoted: kind.quoted, columns: kind.columns().map(<[String]>::to_vec) })
    };
    let inventory = inventory::open_shaped(reader, &name, options, &shape_of)?;
    let (Some(inventory), Some(kind)) = (inventory, kind) else { return Err(Box::new(no_register(&name, registers))) };
    let header: Vec<String> = inventory.header().iter().map(|name| crate::socle::column_key(name)).collect();
    let column = |name: &str| header.iter().position(|known| *known == crate::socle::column_key(name));
    let of_kind = &registers.kinds[kind];
    let Some(identifier) = column(of_kind.identifier()) else {
        return Err(Box::new(no_register(&name, registers)));
    };
    let mut selection = vec![Selected { column: identifier, mode: Mode::Raw }];
    let mut place = |column: usize| {
        selection.push(Selected { column, mode: Mode::Coded });
        selection.len() - 1
    };
    let only = of_kind.only.as_ref().and_then(|(name, is)| Some((place(column(name)?), is.clone())));
    let fields: Vec<Given> = registers
        .fields
        .iter()
        .map(|field| {
            let columns = of_kind.fields.iter().filter(|(given, _)| given == field).flat_map(|(_, columns)| columns);
            let columns = columns.filter_map(|name| column(name)).map(&mut place);
            Given { field: *field, columns: columns.map(|place| (place, Texts::default())).collect() }
        })
        .collect();
    let (label, kind_id) = (of_kind.label.clone(), of_kind.id.clone());
    let mut loader = Loader {
        socle,
        kind,
        only,
        fields,
        registers,
        numbers: HashMap::new(),
        keys: Vec::new(),
        row: Vec::new(),
        rows: 0,
    };
    inventory.scan(&selection, options, std::slice::from_mut(&mut loader))?;
    let rows = loader.rows;
    let hash = hasher.lock().unwrap_or_else(PoisonError::into_inner).finalize();
    Ok(RegisterFile { name, kind: kind_id, label, digest: format!("blake3:{}", hash.to_hex()), rows })
}

fn no_register(name: &str, registers: &Registers) -> Diagnostic {
    let list = |of: fn(&crate::diag::Text) -> &str| {
        registers.kinds.iter().map(|kind| of(&kind.label)).collect::<Vec<_>>().join(" ; ")
    };
    let (fr, en) = (list(|text| &text.fr), list(|text| &text.en).replace(" ; ", "; "));
    Diagnostic::error(
        "register/unknown",
        text!("`{name}` n'est pas un registre que le socle connaît", "`{name}` is no register that the socle knows"),
    )
    .help(text!("registres connus, en texte : {fr}", "registers known, as text: {en}"))
}

/// A field that a register gives, by columns of the selection.
struct Given {
    field: FieldId,
    columns: Vec<(usize, Texts)>,
}

/// What the texts of a column mean.
#[derive(Default)]
struct Texts {
    generation: u32,
    /// For each code, the number of the text when it can be read.
    numbers: Vec<Option<u32>>,
}

/// Takes the rows of a register.
struct Loader<'l> {
    socle: &'l Socle,
    kind: usize,
    only: Option<(usize, String)>,
    fields: Vec<Given>,
    registers: &'l mut Registers,
    /// Numbers of the rows met: as many as there are combinations of values.
    numbers: HashMap<Vec<Option<u32>>, u32>,
    keys: Vec<u64>,
    row: Vec<Option<u32>>,
    rows: u64,
}

impl Sink for Loader<'_> {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        for Given { field, columns } in &mut self.fields {
            for (column, texts) in columns {
                texts.read(self.socle, *field, &batch.columns[*column].dictionary, self.registers);
            }
        }
        for row in 0..batch.rows {
            if self.only.as_ref().is_some_and(|(column, is)| batch.text(*column, row) != is.as_str()) {
                continue;
            }
            self.rows += 1;
            let kind = &self.registers.kinds[self.kind];
            self.socle.keys_in_register(kind, &batch.text(0, row), &mut self.keys);
            if self.keys.is_empty() {
                continue;
            }
            self.row.clear();
            self.row.extend(self.fields.iter().map(|given| {
                let number = |(column, texts): &(usize, Texts)| {
                    *texts.numbers.get(*batch.columns[*column].codes.get(row)? as usize)?
                };
                given.columns.iter().find_map(number)
            }));
            let number = match self.numbers.get(&self.row) {
                Some(number) => *number,
                None => {
                    let number = self.registers.number_of_row(&self.row);
                    self.numbers.insert(self.row.clone(), number);
                    number
                }
            };
            for key in &self.keys {
                self.registers.add(*key, number);
            }
        }
        ControlFlow::Continue(())
    }
}

impl Texts {
    fn read(&mut self, socle: &Socle, field: FieldId, dictionary: &inventory::Dictionary, registers: &mut Registers) {
        if dictionary.generation != self.generation {
            self.generation = dictionary.generation;
            self.numbers.clear();
        }
        // A dictionary has fewer than 2^32 codes.
        for code in self.numbers.len() as u32..dictionary.len() as u32 {
            let text = dictionary.text(code);
            let known = !socle.read(field, &text, false).datum.candidates().is_empty();
            self.numbers.push(known.then(|| registers.number_of_text(text.trim())));
        }
    }
}

/// Hashes what is read, and tells how much.
struct Hashed<'r, R> {
    reader: R,
    hasher: Arc<Mutex<blake3::Hasher>>,
    progress: &'r (dyn Fn(u64) + Sync),
}

impl<R: Read> Read for Hashed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.reader.read(buffer)?;
        (self.progress)(n as u64);
        self.hasher.lock().unwrap_or_else(PoisonError::into_inner).update(&buffer[..n]);
        Ok(n)
    }
}

/// Joins registers to the rows of one thread.
pub(super) struct Join<'s> {
    socle: &'s Socle,
    identifier: Option<(FieldId, usize)>,
    stated: Stated,
    columns: Columns,
    /// What the numbers met tell.
    told: HashMap<u32, Vec<String>>,
    keys: Vec<u64>,
    /// Rows of the batch whose identifier no register has.
    strangers: Vec<usize>,
    /// Of the population: in the input being read, and in those that ended well.
    unknown: Option<Seen>,
    kept: Option<Seen>,
}

impl<'s> Join<'s> {
    /// `None` when no register was read.
    pub(super) fn new(socle: &'s Socle) -> Option<Join<'s>> {
        (!socle.registers.files.is_empty()).then(|| Join {
            socle,
            identifier: None,
            stated: Stated::default(),
            columns: Columns::new(socle.registers.fields.len()),
            told: HashMap::new(),
            keys: Vec::new(),
            strangers: Vec::new(),
            unknown: None,
            kept: None,
        })
    }

    /// Turns to another input, whose identifier is in this column of the selection, under a header that states
    /// schemes.
    pub(super) fn bind(&mut self, identifier: Option<(FieldId, usize)>, stated: Stated) {
        (self.identifier, self.stated) = (identifier, stated);
    }

    /// Looks the rows of a batch up: the columns to join to it.
    pub(super) fn look_up(&mut self, batch: &Batch<'_>) -> &Columns {
        self.columns.clear();
        self.strangers.clear();
        for row in 0..batch.rows {
            self.row(batch, row);
        }
        &self.columns
    }

    fn row(&mut self, batch: &Batch<'_>, row: usize) {
        self.keys.clear();
        if let Some((field, column)) = self.identifier {
            self.socle.register_keys(field, self.stated, &batch.text(column, row), &mut self.keys);
        }
        let registers = &self.socle.registers;
        let mut numbers = self.keys.iter().filter_map(|key| registers.number_of(*key));
        match (numbers.next(), numbers.next()) {
            (None, _) => {
                if !self.keys.is_empty() {
                    self.strangers.push(row);
                }
                self.columns.push_row(&[]);
            }
            (Some(number), None) => {
                let told = self.told.entry(number).or_insert_with(|| registers.told(&[number]).unwrap_or_default());
                push(&mut self.columns, told);
            }
            (Some(one), Some(two)) => {
                let numbers: Vec<u32> = [one, two].into_iter().chain(numbers).collect();
                push(&mut self.columns, &registers.told(&numbers).unwrap_or_default());
            }
        }
    }

    /// Counts the rows of the batch just looked up that no register knows.
    pub(super) fn count(&mut self, input: usize, view: &RowView<'_>) {
        for row in self.strangers.iter().filter(|row| view.included(**row)) {
            Seen::note(&mut self.unknown, 1, input, view.batch, *row);
        }
    }

    /// Forgets what was counted of the input: it turned out to be bad.
    pub(super) fn take_back(&mut self) {
        self.unknown = None;
    }

    /// Keeps what was counted of the input: it ended well.
    pub(super) fn keep(&mut self) {
        if let Some(seen) = self.unknown.take() {
            Seen::add(&mut self.kept, seen);
        }
    }

    /// Rows with an identifier that no register has.
    pub(super) fn finish(joins: Vec<Join<'s>>) -> Option<Seen> {
        let mut all = None;
        for seen in joins.into_iter().filter_map(|join| join.kept) {
            Seen::add(&mut all, seen);
        }
        all
    }

    /// The place of the joined column of a field.
    pub(super) fn place(socle: &Socle, field: FieldId) -> Option<usize> {
        socle.registers.place(field).map(|place| JOINED + place)
    }
}

fn push(columns: &mut Columns, told: &[String]) {
    let texts: Vec<&str> = told.iter().map(String::as_str).collect();
    columns.push_row(&texts);
}
