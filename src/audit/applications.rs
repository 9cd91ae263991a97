//! Tables of applications: one row an application, with how many devices have it. Each product of the socle gives the
//! field of its role, as it does in the inventory of a machine; a row about other software is no installation.
//!
//! Places stay those of the table.

use super::mapping::Mapping;
use crate::diag::{Diagnostic, Text};
use crate::inventory::machine::Applications;
use crate::inventory::{Batch, Columns, Finding, Inventory, Mode, Options, Selected, Sink, Spot, Summary};
use crate::socle::{FieldId, Socle};
use crate::text;
use std::ops::ControlFlow;

/// The columns of a table of applications.
#[derive(Clone, Debug)]
pub struct ApplicationTable {
    name: usize,
    version: Option<usize>,
    publisher: Option<usize>,
    /// Of each field that applications give, by its place: whether it is the table's own column that was mapped.
    given: Vec<Option<FieldId>>,
    /// What their columns would give in any other table.
    plain: Vec<(FieldId, usize)>,
}

impl ApplicationTable {
    /// Recognises one: it has a column of names and one of numbers of devices, and the user says nothing of the first.
    /// Then maps the fields that products give, past the columns of the table.
    pub(super) fn find(
        headers: &[String],
        mapping: &mut Mapping,
        chosen: &[usize],
        socle: &Socle,
        kind: &str,
    ) -> Option<ApplicationTable> {
        let keys: Vec<String> = headers.iter().map(|header| socle.header_key(header)).collect();
        let column = |known: &[String]| keys.iter().position(|key| known.contains(key));
        let known = &socle.collection.applications;
        let name = column(&known.name).filter(|name| !chosen.contains(name))?;
        column(&known.count)?;
        let (version, publisher) = (column(&known.version), column(&known.publisher));
        let own = [Some(name), version, publisher];
        let is_own = |column: usize| own.contains(&Some(column));
        let plain: Vec<(FieldId, usize)> = mapping
            .columns
            .iter()
            .filter(|(_, column)| is_own(**column) && !chosen.contains(column))
            .map(|(field, column)| (*field, *column))
            .collect();
        mapping.columns.retain(|_, column| chosen.contains(column) || !is_own(*column));
        mapping.unmapped.retain(|column| !is_own(*column));
        let field = |id: &str| {
            let field = socle.field(id).filter(|field| socle.fields[usize::from(field.0)].of_kind(kind))?;
            (!mapping.columns.contains_key(&field)).then_some(field)
        };
        let given: Vec<Option<FieldId>> = Applications::header(&socle.collection).map(field).collect();
        for (place, field) in given.iter().enumerate() {
            mapping.columns.extend(field.map(|field| (field, headers.len() + place)));
        }
        Some(ApplicationTable { name, version, publisher, given, plain })
    }

    /// Gives the columns back to the fields that they give in any other table.
    pub(super) fn undo(&self, mapping: &mut Mapping) {
        for field in self.given.iter().flatten() {
            mapping.columns.remove(field);
        }
        mapping.columns.extend(self.plain.iter().copied());
    }

    /// Whether a column tells of applications: their names, versions, publishers.
    pub(super) fn tells_by(&self, column: usize) -> bool {
        [Some(self.name), self.version, self.publisher].contains(&Some(column))
    }

    /// Names of the columns that are not in the table.
    pub(super) fn headers(&self, headers: &[String]) -> Vec<String> {
        vec![headers.get(self.name).cloned().unwrap_or_default(); self.given.len()]
    }

    /// Reads the table, and gives its records to a sink as if they were the rows of an inventory.
    ///
    /// # Errors
    /// Those of [`Inventory::scan`].
    pub(super) fn scan<S: Sink>(
        &self,
        inventory: Inventory<'_>,
        wanted: &[Selected],
        socle: &Socle,
        options: &Options,
        sink: &mut S,
    ) -> Result<Summary, Box<Diagnostic>> {
        let width = inventory.header().len();
        let mut selection: Vec<Selected> = Vec::new();
        let mut place = |column: usize| {
            selection.iter().position(|selected| selected.column == column).unwrap_or_else(|| {
                selection.push(Selected { column, mode: Mode::Coded });
                selection.len() - 1
            })
        };
        let mut reader = Reader {
            applications: Applications::new(socle),
            name: place(self.name),
            version: self.version.map(&mut place),
            publisher: self.publisher.map(&mut place),
            sources: wanted
                .iter()
                .map(|wanted| match wanted.column.checked_sub(width) {
                    Some(given) => Source::Given(given),
                    None => Source::Column(place(wanted.column)),
                })
                .collect(),
            sink,
            records: Columns::new(wanted.len()),
            spots: Vec::new(),
            others: None,
        };
        let mut summary = inventory.scan(&selection, options, std::slice::from_mut(&mut reader))?;
        let others = reader.others;
        let finding = |code, spot: Option<Spot>, count, message: Text, help| Finding {
            code,
            message,
            help,
            count,
            row: spot.map(|spot| summary.row(spot.place)),
            line: spot.map_or(1, |spot| summary.line(spot)),
            column: Some(self.name),
            document: None,
        };
        let mut found = vec![finding(
            "inventory/application-table",
            None,
            summary.rows - others.map_or(0, |(_, count)| count),
            text!(
                "tableau d'applications : chaque ligne dit combien d'appareils ont un logiciel ; un appareil qui en a \
                 plusieurs est dans plusieurs lignes, dont les poids ne s'additionnent pas",
                "table of applications: each row tells how many devices have a software; a device that has several \
                 stands in several rows, whose weights do not add up"
            ),
            Some(text!(
                "lire les taux règle par règle ; si toutes sont des logiciels de facturation : `--map logiciel=EN-TÊTE`",
                "read the rates rule by rule; if all of them are billing software: `--map logiciel=HEADER`"
            )),
        )];
        if let Some((spot, count)) = others {
            let message = text!(
                "lignes sur d'autres logiciels : ce ne sont pas des installations, laissées de côté",
                "rows about other software: no installations, set aside"
            );
            found.push(finding("inventory/other-software", Some(spot), count, message, None));
        }
        summary.findings.extend(found);
        Ok(summary)
    }
}

/// Where a column of the records comes from.
enum Source {
    /// A field that applications give, by its place.
    Given(usize),
    /// A column of the table, by its place in the selection.
    Column(usize),
}

/// Rows of a table of applications → records.
struct Reader<'s, 'k, S> {
    applications: Applications<'s>,
    name: usize,
    version: Option<usize>,
    publisher: Option<usize>,
    sources: Vec<Source>,
    sink: &'k mut S,
    records: Columns,
    spots: Vec<Spot>,
    /// Rows about other software: the first of them, how many.
    others: Option<(Spot, u64)>,
}

impl<S: Sink> Sink for Reader<'_, '_, S> {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        self.records.clear();
        self.spots.clear();
        for row in 0..batch.rows {
            let text = |place: Option<usize>| place.map(|place| batch.text(place, row)).unwrap_or_default();
            let name = batch.text(self.name, row);
            let Some(given) = self.applications.read(&name, &text(self.version), &text(self.publisher)) else {
                self.others.get_or_insert_with(|| (batch.spot(row), 0)).1 += 1;
                continue;
            };
            let texts: Vec<_> = self
                .sources
                .iter()
                .map(|source| match source {
                    Source::Given(place) => given.get(*place).map_or("", String::as_str).into(),
                    Source::Column(place) => batch.text(*place, row),
                })
                .collect();
            self.records.push_row(&texts.iter().map(AsRef::as_ref).collect::<Vec<_>>());
            self.spots.push(batch.spot(row));
        }
        self.sink.batch(&self.records.batch_from(batch, &self.spots))
    }
}
