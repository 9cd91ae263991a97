//! The vocabulary read from `rules/socle`: tables, fields, records, parameters; raw text → typed value.
//!
//! **One mechanism**: a coded field's value is a row of a table, and `field.attribute` reads a column
//! of that row. Scales, life cycles, devices, products, professions are all such tables. The code
//! knows how tables work; what they say is data.

use crate::diag::Text;
use crate::value::{Date, Datum, RecordId, RowRef, TableId, Type, Value};

/// The built-in record type of a service that may have a version: `present` (bool), `version` (version).
pub const SERVICE: RecordId = RecordId(0);

/// Everything `rules/socle` says, checked.
pub struct Socle {
    /// Version of the socle (semver).
    pub version: semver::Version,
    /// Tables and record types.
    pub tables: Tables,
    /// Fields of every kind of record.
    pub fields: Vec<Field>,
    /// Dated thresholds.
    pub parameters: Vec<Parameter>,
}

/// Tables and record types, by number.
#[derive(Default)]
pub struct Tables {
    /// Tables, at the index of their [`TableId`].
    pub tables: Vec<Table>,
    /// Record types, at the index of their [`RecordId`]; the first is [`SERVICE`].
    pub records: Vec<RecordType>,
}

/// A table of the socle.
pub struct Table {
    /// Name, also the name of the type (`palier`).
    pub id: String,
    /// Title for people.
    pub title: Text,
    /// Whether rows compare with `<` (a scale): their order is the order in the file, lowest first.
    pub ordered: bool,
    /// Columns that conditions can read.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: Vec<Row>,
}

/// A column of a table.
pub struct Column {
    /// Name, dotted when it stands in a group (`extended.until`).
    pub name: String,
    /// Name for people.
    pub label: Text,
    /// Type of its cells.
    pub ty: Type,
    /// For a string column: its values are those of the rows and no others, so a literal is checked.
    pub enumerated: bool,
}

/// A row of a table.
pub struct Row {
    /// Stable name of the row (`ADD6PCSC`), also the literal of conditions.
    pub id: String,
    /// Name for people.
    pub label: Text,
    /// One datum a column; unknown when the socle does not say, or its source is below H.
    pub cells: Vec<Datum>,
}

/// A record type: a reader (lecteur), a service …
pub struct RecordType {
    /// Name of the type.
    pub id: String,
    /// Name for people.
    pub label: Text,
    /// Members, in the order of [`Value::Record`].
    pub members: Vec<Member>,
}

/// A member of a record type.
pub struct Member {
    /// Name in conditions.
    pub name: String,
    /// Name for people.
    pub label: Text,
    /// Type.
    pub ty: Type,
}

/// A field of [`Socle::fields`], by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u16);

/// A parameter of [`Socle::parameters`], by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParameterId(pub u16);

/// A field of a record (an installation, a release).
pub struct Field {
    /// Name in conditions and in `--map`.
    pub id: String,
    /// Kinds of records that have it (`installation`, `release`).
    pub kinds: Vec<String>,
    /// Type of its values.
    pub ty: Type,
    /// Name for people.
    pub label: Text,
    /// Headers that mean this field, in any case, accents and punctuation; the id is one of them.
    pub headers: Vec<String>,
    /// Other fields (columns) whose text completes this one: `os_version` for `os`, `lecteur_modele` for `lecteurs`.
    pub parts: Vec<Part>,
    /// What the field is for beyond conditions, if anything.
    pub role: Option<Role>,
}

/// What vigie itself does with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Identifies the PS: `--unit ps`, the first column of `--verdicts`.
    Identifier,
    /// Number of PS that a row stands for.
    Weight,
    /// Date of the observation.
    Date,
}

/// A column that completes a field.
pub struct Part {
    /// The completing field, read as text.
    pub field: FieldId,
    /// For a list of records: the member it fills. For a table: `None`, texts are joined by a space.
    pub member: Option<usize>,
}

/// A dated threshold that rules name like a field: its value depends on `today`.
pub struct Parameter {
    /// Name in conditions.
    pub id: String,
    /// Name for people.
    pub label: Text,
    /// Type of its values.
    pub ty: Type,
    /// Values with their first day, ascending; before the first, unknown.
    pub values: Vec<(Date, Value)>,
}

/// A cell once read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What it means.
    pub datum: Datum,
    /// What is to be reported about it, if anything.
    pub problem: Option<Problem>,
    /// The text is a mark (`X`, `●`, `✓`): in a column of marks a blank probably means "no".
    pub mark: bool,
}

/// What can be wrong with a cell. Blank cells are not a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Problem {
    /// The text is not a value of the field.
    Unreadable,
    /// An identifier whose check key is wrong.
    WrongKey,
}

impl Tables {
    /// The table of an id.
    #[must_use]
    pub fn table(&self, id: TableId) -> &Table {
        &self.tables[usize::from(id.0)]
    }

    /// The record type of an id.
    #[must_use]
    pub fn record(&self, id: RecordId) -> &RecordType {
        &self.records[usize::from(id.0)]
    }

    /// The row a reference names.
    #[must_use]
    pub fn row(&self, row: RowRef) -> &Row {
        &self.table(row.table).rows[row.row as usize]
    }

    /// The row that a text names, by its id.
    #[must_use]
    pub fn row_named(&self, table: TableId, text: &str) -> Option<RowRef> {
        let row = self.table(table).rows.iter().position(|row| row.id == text)?;
        Some(RowRef { table, row: u32::try_from(row).ok()? })
    }

    /// The table of a name.
    #[must_use]
    pub fn table_named(&self, id: &str) -> Option<TableId> {
        let table = self.tables.iter().position(|table| table.id == id)?;
        Some(TableId(u16::try_from(table).ok()?))
    }

    /// The record type of a name.
    #[must_use]
    pub fn record_named(&self, id: &str) -> Option<RecordId> {
        let record = self.records.iter().position(|record| record.id == id)?;
        Some(RecordId(u16::try_from(record).ok()?))
    }
}
