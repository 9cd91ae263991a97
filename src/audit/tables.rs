//! Rows of a table → the records that they tell of: those of a wide table are its cells, those of a table of applications
//! their products; of any other, its rows without totals and without phones.

use super::handhelds::{self, Handhelds};
use super::mapping::Mapping;
use super::read::Selection;
use super::totals::{self, TableCells};
use super::wide::BadCount;
use crate::diag::Diagnostic;
use crate::inventory::{Inventory, Options, Selected, Sink, Summary};
use crate::socle::{FieldId, Socle};

/// How the rows of a table are read.
pub(super) struct RowsOf<'m> {
    mapping: &'m Mapping,
    cells: TableCells,
    /// The column that names the system, and its place.
    system: Option<(usize, usize)>,
    /// What becomes of the cells of a wide table that are no counts.
    pub(super) bad: BadCount,
}

impl<'m> RowsOf<'m> {
    /// Selects the columns that this takes beside those that are read anyhow.
    pub(super) fn select(
        selection: &mut Selection,
        socle: &Socle,
        mapping: &'m Mapping,
        inventory: &Inventory<'_>,
        weight: Option<FieldId>,
    ) -> RowsOf<'m> {
        let mut read = RowsOf { mapping, cells: TableCells::default(), system: None, bad: BadCount::Zero };
        if mapping.wide.is_none() && mapping.applications.is_none() {
            // What documents of machines say is no table.
            if !inventory.format().is_machines() {
                let system = handhelds::system(selection, socle, &mapping.columns, inventory.header().len());
                read.system = system.map(|place| (selection.columns[place].column, place));
            }
            read.cells = TableCells::select(selection, socle, &mapping.columns, inventory, weight);
        }
        read
    }
}

/// Reads a table, and says of its rows in the summary.
///
/// # Errors
/// Those of [`Inventory::scan`].
pub(super) fn scan<S: Sink>(
    inventory: Inventory<'_>,
    selection: &[Selected],
    read: &RowsOf<'_>,
    socle: &Socle,
    options: &Options,
    sinks: &mut [S],
) -> Result<Summary, Box<Diagnostic>> {
    match (&read.mapping.wide, &read.mapping.applications, sinks.first_mut()) {
        (Some(wide), _, Some(sink)) => wide.scan(inventory, selection, read.bad, socle, options, sink),
        (None, Some(table), Some(sink)) => table.scan(inventory, selection, socle, options, sink),
        _ => {
            let Some((column, place)) = read.system else {
                return totals::scan(inventory, selection, &read.cells, socle, options, sinks);
            };
            let mut sinks: Vec<Handhelds<'_, S>> =
                sinks.iter_mut().map(|sink| Handhelds::new(sink, socle, place)).collect();
            let mut summary = totals::scan(inventory, selection, &read.cells, socle, options, &mut sinks)?;
            handhelds::conclude(sinks, column, &mut summary);
            Ok(summary)
        }
    }
}
