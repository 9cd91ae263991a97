//! The vocabulary read from `rules/socle`: tables, fields, records, parameters; raw text → typed value.
//!
//! **One mechanism**: a coded field's value is a row of a table, and `field.attribute` reads a column
//! of that row. Scales, life cycles, devices, products, professions are all such tables. The code
//! knows how tables work; what they say is data.

mod action;
mod catalogue;
pub(crate) mod collection;
pub(crate) mod fold;
mod header;
mod identifier;
mod labels;
mod load;
mod manifest;
mod mask;
mod read;
mod recognize;
mod regex;
mod register;
mod scalar;
mod spelling;
#[cfg(test)]
mod tests;
mod upgrade;
mod words;

pub use action::Action;
pub use catalogue::{Catalogue, CatalogueFile, Origin, Subject, Told};
pub use collection::{Collection, Dialect, Feed, Form, Holds, MachineKind};
pub(crate) use fold::trim as trimmed;
pub use header::HeaderMatch;
pub(crate) use identifier::all_digits;
pub use identifier::{IdentifierClass, IdentifierForm, Manner, Stated};
pub(crate) use load::value_written;
pub use manifest::Manifests;
pub use mask::{KEY_BYTES, Mask};
pub(crate) use register::column_key;
pub use register::{RegisterFile, RegisterKind, Registers};
pub use spelling::Spelled;
pub(crate) use spelling::writable;
pub use upgrade::Upgrade;

use crate::diag::Text;
use crate::value::{Date, Datum, RecordId, RowRef, TableId, Type, Value};
use recognize::{Facet, Recognizer, RowFacets, Rows};
use std::sync::Arc;

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
    /// What is offered, and what products have.
    pub catalogue: Catalogue,
    /// Machine inventories: dialects, and the fields that they give.
    pub collection: Collection,
    /// How manifests of releases are read; `None` when the socle does not say.
    pub manifests: Option<Manifests>,
    /// What registers tell of identifiers.
    pub registers: Registers,
    /// What can be changed.
    pub actions: Vec<Action>,
    /// Title for people.
    pub title: Text,
    readers: Vec<read::FieldReader>,
    words: words::Meanings,
    headers: header::Headers,
    schemes: Vec<identifier::Scheme>,
    /// What the mask of an identifier begins with.
    mask_prefix: String,
    /// Lengths of the numbers that are never kept, as bits.
    refused_lengths: u32,
    mask: Option<Mask>,
}

/// Tables and record types, by number.
#[derive(Default)]
pub struct Tables {
    /// Tables, at the index of their [`TableId`].
    pub tables: Vec<Table>,
    /// Record types, at the index of their [`RecordId`]; the first is [`SERVICE`].
    pub records: Vec<RecordType>,
    /// Names of the schemes of identifiers, that of those which fit none included; empty when there are none.
    pub(crate) schemes: Vec<Arc<str>>,
    extras: Vec<Extra>,
    /// For each member of each record type: what it takes of a text that tells several members.
    extracts: Vec<Vec<Option<regex::LazyPattern>>>,
}

/// What a table says beside its cells.
#[derive(Default)]
struct Extra {
    recognizer: Recognizer,
    notes: Vec<Note>,
    /// Labels of the values of enumerated columns.
    values: Vec<(usize, String, Text)>,
}

/// How sure a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Not verified (NV).
    NotVerified,
    /// One weak source, or an inference (L).
    Low,
    /// Consistent secondary sources (M).
    Medium,
    /// Official source or explicit text (H).
    High,
}

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The text or site.
    pub text: String,
    /// Page, section, row of it.
    pub place: Option<String>,
    /// Address.
    pub url: Option<String>,
    /// Date of the text, or of its reading.
    pub date: Option<Date>,
    /// How sure it is.
    pub confidence: Confidence,
}

/// What stands beside a row: source, remark, beliefs below H.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// Source of the row (its own, or the table's).
    pub source: Option<Arc<Citation>>,
    /// What a reader should know.
    pub remark: Option<Text>,
    /// What is believed of columns that stay unknown.
    pub unsure: Vec<Unsure>,
}

/// A belief below H about a column: the attribute stays unknown.
#[derive(Clone, Debug)]
pub struct Unsure {
    /// Name of the column.
    pub column: String,
    /// Source of the belief.
    pub source: Citation,
    /// What is believed.
    pub remark: Text,
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

/// How texts name the rows of a table.
pub struct Naming {
    /// For each row, its names as they are compared, and its build numbers.
    pub rows: Vec<(Vec<String>, Vec<String>)>,
    /// The patterns, with what each says.
    pub patterns: Vec<String>,
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
    /// A table may have its values as columns, with the weight in the cells.
    pub wide: bool,
}

impl Field {
    /// The headers that mean it, its id first.
    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.id).chain(&self.headers).map(String::as_str)
    }

    /// Whether records of a kind have it.
    #[must_use]
    pub fn of_kind(&self, kind: &str) -> bool {
        self.kinds.iter().any(|known| known == kind)
    }
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
    /// What the catalogue offers: no column gives it.
    Offer,
    /// The manifest of the release being installed: no column gives it.
    Delivered,
}

impl Role {
    /// Whether columns may give a field of this role.
    #[must_use]
    pub fn has_columns(self) -> bool {
        !matches!(self, Role::Offer | Role::Delivered)
    }
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
    WrongKey {
        /// Its scheme, by its place among those of the socle.
        scheme: u8,
    },
    /// A spelling that the socle puts right (`rewrite` of the field, digits of an identifier): the value is that of the
    /// repaired text.
    Repaired,
    /// The text may name a person (a NIR, an e-mail, a name): it is never kept.
    Personal,
    /// A list of several items, beside columns that tell of one: nothing says which.
    WhichItem,
    /// Characters of the text were lost before it came here.
    Lost,
    /// What the columns of the field tell together is none of the values that the field's own column tells.
    Disagreement,
}

impl Tables {
    /// Tables and record types whose rows are named by their ids and labels alone.
    #[must_use]
    pub fn new(tables: Vec<Table>, records: Vec<RecordType>) -> Tables {
        let extras = tables
            .iter()
            .map(|table| {
                let mut recognizer = Recognizer::default();
                for (row, named) in (0u32..).zip(&table.rows) {
                    for name in [&named.id, &named.label.fr, &named.label.en] {
                        recognizer.aliases.entry(fold::key(name, &recognizer.words)).or_insert(row);
                    }
                }
                Extra { recognizer, notes: vec![Note::default(); table.rows.len()], values: Vec::new() }
            })
            .collect();
        Tables { tables, records, schemes: Vec::new(), extras, extracts: Vec::new() }
    }

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

    /// The table of a name.
    #[must_use]
    pub fn table_named(&self, id: &str) -> Option<TableId> {
        let index = self.tables.iter().position(|table| table.id == id)?;
        u16::try_from(index).ok().map(TableId)
    }

    /// The record type of a name.
    #[must_use]
    pub fn record_named(&self, id: &str) -> Option<RecordId> {
        let index = self.records.iter().position(|record| record.id == id)?;
        u16::try_from(index).ok().map(RecordId)
    }

    /// The row that an id, label or alias names, whatever the case, accents, spaces and punctuation.
    #[must_use]
    pub fn row_named(&self, table: TableId, text: &str) -> Option<RowRef> {
        let extra = self.extras.get(usize::from(table.0))?;
        let row = *extra.recognizer.aliases.get(&fold::key(text, &extra.recognizer.words))?;
        Some(RowRef { table, row })
    }

    /// Rows that a raw text may name: by alias, else by the table's patterns; none when it names none.
    #[must_use]
    pub fn rows_recognized(&self, table: TableId, text: &str) -> Vec<RowRef> {
        let Some(extra) = self.extras.get(usize::from(table.0)) else { return Vec::new() };
        let body = self.table(table);
        let rows = Rows { recognizer: &extra.recognizer, columns: &body.columns, rows: &body.rows };
        rows.candidates(text).into_iter().map(|row| RowRef { table, row }).collect()
    }

    /// How texts name the rows of a table.
    #[must_use]
    pub fn naming(&self, table: TableId) -> Naming {
        let rows = self.table(table).rows.len();
        let mut naming = Naming { rows: vec![Default::default(); rows], patterns: Vec::new() };
        let Some(Extra { recognizer, .. }) = self.extras.get(usize::from(table.0)) else { return naming };
        for (name, row) in &recognizer.aliases {
            if let Some((names, _)) = naming.rows.get_mut(*row as usize) {
                names.push(name.clone());
            }
        }
        for (facets, (names, builds)) in
            recognizer.facets.iter().chain(std::iter::repeat(&RowFacets::default())).zip(&mut naming.rows)
        {
            names.sort();
            let range = |(from, to): &(u32, u32)| if from == to { from.to_string() } else { format!("{from}-{to}") };
            builds.extend(facets.builds.iter().map(range));
            builds.extend(facets.unlisted.then(|| "unlisted".to_owned()));
        }
        let values =
            |values: &[Value]| values.iter().map(|value| self.value_label(value).fr).collect::<Vec<_>>().join("|");
        naming.patterns = recognizer
            .patterns
            .iter()
            .map(|pattern| {
                let unless = pattern.unless.as_ref().map(|unless| format!(" unless {}", unless.text()));
                let set =
                    pattern.set.iter().map(|(facet, of)| format!(" {}={}", self.facet(table, *facet), values(of)));
                let mut mapped: Vec<String> = Vec::new();
                for (facet, map) in &pattern.map {
                    let facet = self.facet(table, *facet);
                    mapped.extend(map.iter().map(|(text, of)| format!(" {facet}:{text}={}", values(of))));
                }
                mapped.sort();
                let rest: String = unless.into_iter().chain(set).chain(mapped).collect();
                format!("{}{rest}", pattern.regex.text())
            })
            .collect();
        naming
    }

    fn facet(&self, table: TableId, facet: Facet) -> &str {
        match facet {
            Facet::Build => "build",
            Facet::Column(column) => &self.table(table).columns[column].name,
        }
    }

    /// Whether the rows of a table are recognised by their names alone.
    #[must_use]
    pub fn names_only(&self, table: TableId) -> bool {
        self.extras.get(usize::from(table.0)).is_none_or(|extra| extra.recognizer.patterns.is_empty())
    }

    /// A text as the names of a table are compared.
    pub(crate) fn folded(&self, table: TableId, text: &str) -> String {
        self.extras
            .get(usize::from(table.0))
            .map_or_else(|| fold::plain(text), |extra| fold::key(text, &extra.recognizer.words))
    }

    /// Source, remark and beliefs of a row.
    #[must_use]
    pub fn note(&self, row: RowRef) -> Option<&Note> {
        self.extras.get(usize::from(row.table.0))?.notes.get(row.row as usize)
    }
}

impl Table {
    /// The column of a name (dotted in a group).
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

impl Parameter {
    /// The value in force on a date; unknown before the first.
    #[must_use]
    pub fn at(&self, date: Date) -> Datum {
        match self.values.iter().rev().find(|(since, _)| *since <= date) {
            Some((_, value)) => Datum::Known(value.clone()),
            None => Datum::Unknown(crate::value::Missing::NoAttribute),
        }
    }
}

impl Socle {
    /// The first field that vigie itself uses in this way.
    #[must_use]
    pub fn field_with_role(&self, role: Role) -> Option<&Field> {
        self.fields.iter().find(|field| field.role == Some(role))
    }

    /// The field of a name.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<FieldId> {
        let index = self.fields.iter().position(|field| field.id == id)?;
        u16::try_from(index).ok().map(FieldId)
    }

    /// The parameter of a name.
    #[must_use]
    pub fn parameter(&self, id: &str) -> Option<ParameterId> {
        let index = self.parameters.iter().position(|parameter| parameter.id == id)?;
        u16::try_from(index).ok().map(ParameterId)
    }
}
