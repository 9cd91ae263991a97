//! The catalogue: what editors offer, and what the products of an installation have.
//!
//! Which fields name the editor, the product, its version and whom it is for is data (`[catalogue]` of
//! `fields.toml`). A row of a product tells the fields of an installation that the inventory leaves blank
//! ([`Socle::complete`]); every row tells what is offered ([`Socle::offer`]).
//!
//! INVARIANT: filling a key that was blank never turns a value told here into another one: as long as a key
//! may have several values, the answer holds for all of them, is one of theirs, or is unknown.

use super::{Field, FieldId, Reading, Socle, fold};
use crate::diag::{Source, Span};
use crate::value::{Date, Datum, Missing, Truth, Type, Value, VersionRange};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Every row known: those of the socle, then those of the catalogues brought beside.
#[derive(Default)]
pub struct Catalogue {
    /// The catalogues brought beside the socle, in the order given.
    pub files: Vec<CatalogueFile>,
    pub(crate) keys: Option<Keys>,
    pub(crate) rows: Vec<Entry>,
}

/// A catalogue brought beside the socle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueFile {
    /// Name as the user gave it.
    pub name: String,
    /// `blake3:<hex>` of its bytes.
    pub digest: String,
}

/// Where a value that meets the catalogue or a register comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The inventory does not tell it: the catalogue does.
    Derived,
    /// The inventory tells another value than the catalogue: its own holds.
    Conflict,
    /// The inventory does not tell it: a register does.
    Registered,
    /// The same, and the register tells several values: it is one of them.
    RegisteredAmong,
    /// The inventory tells another value than the registers: its own holds.
    RegisterConflict,
}

/// The fields by which a row names what it is about.
pub(crate) struct Keys {
    /// Key of the rows in a file.
    pub(crate) rows: String,
    pub(crate) editor: Key,
    pub(crate) product: Key,
    pub(crate) version: Key,
    pub(crate) who: Key,
    /// Column of the product's table that names its editor.
    pub(crate) editor_of_product: Option<usize>,
    /// Kind of the records whose fields rows give.
    pub(crate) kind: String,
    pub(crate) offer: FieldId,
    /// Fields that the offer has, in the order of its members.
    pub(crate) offered: Vec<FieldId>,
}

/// A key: how rows write it, and the field that reads it.
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) field: FieldId,
}

/// A row.
pub(crate) struct Entry {
    pub(crate) file: Arc<Source>,
    pub(crate) editor: Named,
    pub(crate) product: Option<Named>,
    pub(crate) version: Option<VersionRange>,
    pub(crate) who: Option<Vec<Value>>,
    pub(crate) since: Option<Date>,
    pub(crate) publication: bool,
    /// Its source is sure enough for its values to be used.
    pub(crate) sure: bool,
    pub(crate) values: Vec<(FieldId, Datum, Span)>,
}

/// A name: the row of a table, or the folded text when no table knows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    pub(crate) row: Option<Value>,
    pub(crate) text: String,
    /// As written.
    pub(crate) shown: String,
}

/// What a record tells of a key.
#[derive(Clone, Debug)]
pub struct Told {
    pub(super) datum: Datum,
    /// Folded; `None` when nothing is told.
    text: Option<String>,
}

/// What a record tells of the keys, in the order of [`Socle::catalogue_keys`].
pub struct Subject {
    pub(super) editor: Told,
    pub(super) product: Told,
    pub(super) version: Told,
    pub(super) who: Told,
}

/// One value that a name may have.
#[derive(Clone, Copy)]
pub(super) struct One<'s> {
    row: Option<&'s Value>,
    text: Option<&'s str>,
}

impl Keys {
    /// The fields that rows may give: those of the kind, but for the keys and what vigie itself uses.
    pub(crate) fn given<'s>(&self, socle: &'s Socle) -> impl Iterator<Item = (FieldId, &'s Field)> {
        let keys = [&self.editor, &self.product, &self.version, &self.who];
        let keys: Vec<FieldId> = keys.into_iter().flat_map(|key| with_parts(socle, key.field)).collect();
        let plain = |field: &Field| field.role.is_none() && field.ty != Type::Identifier;
        let fields = (0u16..).map(FieldId).zip(&socle.fields);
        fields.filter(move |(number, field)| field.kinds.contains(&self.kind) && plain(field) && !keys.contains(number))
    }
}

/// A field and those that complete it.
fn with_parts(socle: &Socle, field: FieldId) -> impl Iterator<Item = FieldId> {
    let parts = socle.fields[usize::from(field.0)].parts.iter().map(|part| part.field);
    std::iter::once(field).chain(parts)
}

impl Subject {
    /// What is told of each key.
    #[must_use]
    pub fn new([editor, product, version, who]: [Told; 4]) -> Subject {
        Subject { editor, product, version, who }
    }

    /// What it tells of the version.
    #[must_use]
    pub fn version(&self) -> &Datum {
        &self.version.datum
    }
}

impl Told {
    /// A value that is told as such.
    #[must_use]
    pub fn of(datum: Datum) -> Told {
        Told { datum, text: None }
    }

    pub(super) fn ones(&self) -> Vec<One<'_>> {
        let text = self.text.as_deref();
        match self.datum.candidates() {
            [] => text.iter().map(|text| One { row: None, text: Some(text) }).collect(),
            rows => rows.iter().map(|row| One { row: Some(row), text }).collect(),
        }
    }

    /// Its values, or once nothing.
    fn values(&self) -> Vec<Option<&Value>> {
        match self.datum.candidates() {
            [] => vec![None],
            values => values.iter().map(Some).collect(),
        }
    }
}

impl Named {
    fn is(&self, one: &One<'_>) -> bool {
        match &self.row {
            Some(row) => one.row == Some(row),
            None => one.text == Some(self.text.as_str()),
        }
    }

    /// Equal for names of the same thing.
    fn key(&self) -> String {
        match &self.row {
            Some(Value::Row(row)) => format!("#{}", row.row),
            _ => self.text.clone(),
        }
    }

    fn one(&self) -> One<'_> {
        One { row: self.row.as_ref(), text: Some(&self.text) }
    }

    /// Whether a record that tells these names is about this one.
    pub(super) fn fits(&self, ones: &[One<'_>]) -> Truth {
        all_or_none(ones.iter().map(|one| self.is(one)))
    }
}

/// True when all are, false when none is, else (or when there is none) unknown.
fn all_or_none(mut answers: impl Iterator<Item = bool>) -> Truth {
    let Some(first) = answers.next() else { return Truth::Unknown };
    if answers.all(|answer| answer == first) { Truth::from(first) } else { Truth::Unknown }
}

impl Entry {
    pub(crate) fn value(&self, field: FieldId) -> Option<&Datum> {
        self.values.iter().find(|(given, ..)| *given == field).map(|(_, datum, _)| datum)
    }

    fn holds(&self, version: Option<&Value>, who: Option<&Value>) -> bool {
        let version = match (&self.version, version) {
            (None, _) => true,
            (Some(range), Some(Value::Version(version))) => range.contains(version),
            _ => false,
        };
        version && self.who.as_ref().is_none_or(|list| who.is_some_and(|who| list.contains(who)))
    }

    /// Whether the row is about some version and someone that the record may mean.
    fn may_hold(&self, subject: &Subject) -> bool {
        let unless_known = |told: &Told, holds: &dyn Fn(&Value) -> bool| match told.datum.candidates() {
            [] => true,
            values => values.iter().any(holds),
        };
        let in_range = |range: &VersionRange, value: &Value| match value {
            Value::Version(version) => range.contains(version),
            _ => false,
        };
        self.version.as_ref().is_none_or(|range| unless_known(&subject.version, &|value| in_range(range, value)))
            && self.who.as_ref().is_none_or(|list| unless_known(&subject.who, &|who| list.contains(who)))
    }

    /// Equal for rows of the same product.
    pub(crate) fn product_key(&self) -> Option<String> {
        self.product.as_ref().map(Named::key)
    }

    /// Whether two rows are about the same product, some same version and someone in common.
    pub(crate) fn meets(&self, other: &Entry) -> bool {
        let versions = match (&self.version, &other.version) {
            (Some(one), Some(two)) => one.overlaps(two),
            _ => true,
        };
        let people = match (&self.who, &other.who) {
            (Some(one), Some(two)) => one.iter().any(|who| two.contains(who)),
            _ => true,
        };
        self.product.is_some() && self.product_key() == other.product_key() && versions && people
    }
}

impl Socle {
    /// The fields that tell a record's editor, product, version and who it is for; `None` without catalogue.
    #[must_use]
    pub fn catalogue_keys(&self) -> Option<[FieldId; 4]> {
        let keys = self.catalogue.keys.as_ref()?;
        Some([&keys.editor, &keys.product, &keys.version, &keys.who].map(|key| key.field))
    }

    /// Whether the field is what the catalogue offers.
    #[must_use]
    pub fn is_offer(&self, field: FieldId) -> bool {
        self.catalogue.keys.as_ref().is_some_and(|keys| keys.offer == field)
    }

    /// Whether some row of a product tells the field.
    #[must_use]
    pub fn derives(&self, field: FieldId) -> bool {
        self.catalogue.giving(field).any(|row| row.product.is_some())
    }

    /// The fields whose columns may tell a field: itself, what completes it, what finds it in the catalogue.
    #[must_use]
    pub fn tellers(&self, field: FieldId) -> Vec<FieldId> {
        let identifier = self.field_with_role(super::Role::Identifier).and_then(|field| self.field(&field.id));
        let by_register = identifier.filter(|_| self.registers.place(field).is_some());
        let own = with_parts(self, field).chain(by_register);
        match self.catalogue_keys() {
            Some([editor, product, ..]) if self.is_offer(field) => {
                [editor, product].into_iter().flat_map(|key| with_parts(self, key)).collect()
            }
            Some([_, product, ..]) if self.derives(field) => own.chain(with_parts(self, product)).collect(),
            _ => own.collect(),
        }
    }

    /// What a record tells of a key: its own text, and those of the fields that complete it (empty when the input
    /// has none of their columns).
    #[must_use]
    pub fn told(&self, field: FieldId, own: Option<&str>, parts: &[&str]) -> Told {
        let datum = match own {
            None if parts.is_empty() => Datum::Unknown(Missing::NotCollected),
            Some(own) if parts.is_empty() => self.read(field, own, false).datum,
            _ => self.read_parts(field, own, parts).datum,
        };
        let text = self.joined(own, parts);
        Told { text: (!text.is_empty()).then(|| self.folded(field, &text)), datum }
    }

    /// A name as it is compared when no table knows it.
    pub(crate) fn folded(&self, field: FieldId, text: &str) -> String {
        match &self.fields[usize::from(field.0)].ty {
            Type::Row(table) => self.tables.folded(*table, text),
            _ => fold::key(text, &fold::Words::default()),
        }
    }

    /// A field with what the catalogue knows of it: a value that the record does not tell is derived, one that
    /// it tells holds.
    #[must_use]
    pub fn complete(&self, field: FieldId, own: Reading, subject: &Subject) -> (Reading, Option<Origin>) {
        let products = subject.product.ones();
        if products.is_empty() {
            return (own, None);
        }
        let rows: Vec<&Entry> = self.catalogue.giving(field).filter(|row| row.product.is_some()).collect();
        let Some(found) = cover(&rows, &products, subject, |row| row.product.as_ref()) else { return (own, None) };
        let derived = values(&found, field);
        match own.datum {
            Datum::Unknown(Missing::Blank | Missing::NotCollected) => {
                (Reading { datum: derived, ..own }, Some(Origin::Derived))
            }
            Datum::Unknown(_) => (own, None),
            _ => {
                let conflict = (!may_agree(&own.datum, &derived)).then_some(Origin::Conflict);
                (own, conflict)
            }
        }
    }

    /// What the catalogue says is offered to a record, by what it knows on a date: a record value, each member on
    /// its own. The rows of the product come first, then those of its editor; among these the latest.
    #[must_use]
    pub fn offer(&self, subject: &Subject, today: Date) -> Datum {
        let Some(keys) = &self.catalogue.keys else { return Datum::Unknown(Missing::NotCollected) };
        let members: Vec<Datum> = keys.offered.iter().map(|field| self.offered(*field, keys, subject, today)).collect();
        Datum::Known(Value::Record(members.into()))
    }

    fn offered(&self, field: FieldId, keys: &Keys, subject: &Subject, today: Date) -> Datum {
        let known = self.catalogue.giving(field).filter(|row| row.since.is_none_or(|since| since <= today));
        let (of_products, of_editors): (Vec<&Entry>, Vec<&Entry>) = known.partition(|row| row.product.is_some());
        let products = subject.product.ones();
        let said = subject.editor.ones();
        if let Some(mut found) = cover(&of_products, &products, subject, |row| row.product.as_ref()) {
            // The record names another editor than the product's: it is one or the other.
            if !said.is_empty() && found.iter().any(|row| row.editor.fits(&said) != Truth::True) {
                found.extend(of_editors.iter().filter(|row| row.editor.fits(&said) != Truth::False));
            }
            return values(&found, field);
        }
        let attributes = self.editors_of(&products, keys);
        let mut editors = said;
        // A name that no row has says less than what the product tells.
        editors.retain(|one| attributes.is_empty() || self.catalogue.rows.iter().any(|row| row.editor.is(one)));
        editors.extend(attributes.iter().map(|row| One { row: Some(row), text: None }));
        let Some(mut found) = cover(&of_editors, &editors, subject, |row| Some(&row.editor)) else {
            return Datum::Unknown(Missing::NoAttribute);
        };
        let oldest = found.iter().map(|row| row.since).min().flatten();
        found.extend(
            of_editors.iter().filter(|row| {
                row.editor.fits(&editors) != Truth::False && row.may_hold(subject) && row.since >= oldest
            }),
        );
        found.extend(of_products.iter().filter(|row| {
            let about = match &row.product {
                Some(product) if !products.is_empty() => product.fits(&products),
                _ => row.editor.fits(&editors),
            };
            about != Truth::False && row.may_hold(subject)
        }));
        values(&found, field)
    }

    /// The days in `]from, to]` from which a row is known: what is offered may change on them.
    #[must_use]
    pub fn offer_dates(&self, from: Date, to: Date) -> BTreeSet<Date> {
        let dates = self.catalogue.rows.iter().filter_map(|row| row.since);
        dates.filter(|date| *date > from && *date <= to).collect()
    }

    /// The editors that the table of products tells of some products.
    fn editors_of(&self, products: &[One<'_>], keys: &Keys) -> Vec<Value> {
        let Some(column) = keys.editor_of_product else { return Vec::new() };
        let rows = products.iter().filter_map(|one| match one.row {
            Some(Value::Row(row)) => Some(self.tables.row(*row)),
            _ => None,
        });
        rows.flat_map(|row| row.cells[column].candidates().to_vec()).collect()
    }

    /// Whether a value that a population is cut by names an editor that refuses that its shares be published, or one
    /// of its products. `path` is what it is cut by, `key` the stable text of the value.
    #[must_use]
    pub fn may_not_be_named(&self, path: &str, key: &str) -> bool {
        let Some(keys) = &self.catalogue.keys else { return false };
        let named = |of: &Key| {
            let field = &self.fields[usize::from(of.field.0)];
            if field.id == path {
                return Some(self.told(of.field, Some(key), &[]));
            }
            let part = field.parts.iter().position(|part| self.fields[usize::from(part.field.0)].id == path)?;
            let mut texts = vec![""; field.parts.len()];
            texts[part] = key;
            Some(self.told(of.field, None, &texts))
        };
        let refuses = |editors: &[One<'_>]| {
            let mut rows = self.catalogue.rows.iter().filter(|row| !row.publication);
            !editors.is_empty() && rows.any(|row| row.editor.fits(editors) != Truth::False)
        };
        if let Some(editor) = named(&keys.editor).or_else(|| self.editor_on_path(keys, path, key)) {
            return refuses(&editor.ones());
        }
        let Some(product) = named(&keys.product) else { return false };
        let products = product.ones();
        let of_product = |row: &&Entry| row.product.as_ref().is_some_and(|name| name.fits(&products) != Truth::False);
        let by_catalogue = self.catalogue.rows.iter().filter(of_product).map(|row| row.editor.one());
        let by_table = self.editors_of(&products, keys);
        let editors: Vec<One<'_>> =
            by_catalogue.chain(by_table.iter().map(|row| One { row: Some(row), text: None })).collect();
        !products.is_empty() && refuses(&editors)
    }

    /// An editor named by what the table of products tells of a product.
    fn editor_on_path(&self, keys: &Keys, path: &str, key: &str) -> Option<Told> {
        let product = &self.fields[usize::from(keys.product.field.0)];
        let Type::Row(table) = product.ty else { return None };
        let column = &self.tables.table(table).columns[keys.editor_of_product?].name;
        let is_column = path.strip_prefix(&product.id)?.strip_prefix('.')? == column;
        is_column.then(|| self.told(keys.editor.field, Some(key), &[]))
    }
}

impl Catalogue {
    /// The rows whose value of a field may be used.
    fn giving(&self, field: FieldId) -> impl Iterator<Item = &Entry> {
        self.rows.iter().filter(move |row| row.sure && row.value(field).is_some())
    }
}

/// The rows that hold whatever the record may mean, the latest of each case; `None` when some case has none.
fn cover<'e>(
    rows: &[&'e Entry],
    ones: &[One<'_>],
    subject: &Subject,
    name: impl Fn(&'e Entry) -> Option<&'e Named>,
) -> Option<Vec<&'e Entry>> {
    let mut found = Vec::new();
    for one in ones {
        for version in subject.version.values() {
            for who in subject.who.values() {
                let held = |row: &&&'e Entry| name(row).is_some_and(|name| name.is(one)) && row.holds(version, who);
                let latest = rows.iter().filter(held).map(|row| row.since).max()?;
                found.extend(rows.iter().filter(held).filter(|row| row.since == latest));
            }
        }
    }
    (!found.is_empty()).then_some(found)
}

/// What rows say of a field together.
fn values(rows: &[&Entry], field: FieldId) -> Datum {
    Datum::one_of(
        rows.iter().filter_map(|row| row.value(field)).flat_map(|datum| datum.candidates().to_vec()).collect(),
    )
}

/// Whether two data may be the same thing, told with more or less detail.
pub(super) fn may_agree(one: &Datum, two: &Datum) -> bool {
    match (one.candidates(), two.candidates()) {
        ([], _) | (_, []) => true,
        (ones, twos) => ones.iter().any(|one| twos.iter().any(|two| may_be(one, two))),
    }
}

fn may_be(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Record(one), Value::Record(two)) | (Value::List(one), Value::List(two)) => {
            one.len() == two.len() && one.iter().zip(two.iter()).all(|(one, two)| may_agree(one, two))
        }
        _ => one == two,
    }
}
