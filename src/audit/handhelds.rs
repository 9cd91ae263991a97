//! Phones and tablets in tables: no installations. Their rows are set aside, and counted.
//!
//! SPEED: what names the system is looked at once for each distinct text; rows only where one of them names a phone.

use crate::inventory::machine::{is_handheld, set_aside, system_fields};
use crate::inventory::{Batch, Finding, Mode, Part, Sink, Spot, Summary};
use crate::socle::{FieldId, MachineKind, Socle};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::read::Selection;

/// Takes the rows of phones and tablets out of what a sink is given.
pub(super) struct Handhelds<'h, S> {
    inner: &'h mut S,
    socle: &'h Socle,
    /// Place of the column that names the system.
    system: usize,
    generation: Option<u32>,
    /// Of each code: whether it names a phone.
    named: Vec<bool>,
    any: bool,
    found: Option<(Spot, u64)>,
}

/// Selects the column that names the system of a row, if the table has one.
pub(super) fn system(
    selection: &mut Selection,
    socle: &Socle,
    columns: &BTreeMap<FieldId, usize>,
    width: usize,
) -> Option<usize> {
    let fields = system_fields(&socle.collection).filter_map(|id| socle.field(id));
    let column = fields.filter_map(|field| columns.get(&field)).find(|column| **column < width)?;
    Some(selection.place(*column, Mode::Coded))
}

impl<'h, S> Handhelds<'h, S> {
    pub(super) fn new(inner: &'h mut S, socle: &'h Socle, system: usize) -> Handhelds<'h, S> {
        Handhelds { inner, socle, system, generation: None, named: Vec::new(), any: false, found: None }
    }

    /// Looks at the texts that are new; whether any of them names a phone.
    fn look(&mut self, batch: &Batch<'_>) -> bool {
        let dictionary = &batch.columns[self.system].dictionary;
        if self.generation != Some(dictionary.generation) {
            self.generation = Some(dictionary.generation);
            self.named.clear();
            self.any = false;
        }
        for code in self.named.len() as u32..dictionary.len() as u32 {
            let named = is_handheld(&dictionary.text(code), &self.socle.collection);
            self.any |= named;
            self.named.push(named);
        }
        self.any
    }
}

impl<S: Sink> Sink for Handhelds<'_, S> {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        if !self.look(batch) {
            return self.inner.batch(batch);
        }
        let codes = &batch.columns[self.system].codes;
        let is_one = |row: &usize| self.named[codes[*row] as usize];
        let (aside, kept): (Vec<usize>, Vec<usize>) = (0..batch.rows).partition(is_one);
        let Some(first) = aside.first() else { return self.inner.batch(batch) };
        let spot = batch.spot(*first);
        let found = self.found.get_or_insert((spot, 0));
        *found = (found.0.min(spot), found.1 + aside.len() as u64);
        self.inner.batch(&Part::of(batch, &kept).batch(batch))
    }
}

/// Says how many rows were set aside, in the summary of the reading.
pub(super) fn conclude<S>(sinks: Vec<Handhelds<'_, S>>, column: usize, summary: &mut Summary) {
    let found = sinks.into_iter().filter_map(|sink| sink.found);
    let found = found.reduce(|one, two| (one.0.min(two.0), one.1 + two.1));
    summary.findings.extend(found.map(|(spot, count)| Finding {
        code: "inventory/set-aside",
        message: set_aside(MachineKind::Phone),
        help: None,
        count,
        row: Some(summary.row(spot.place)),
        line: summary.line(spot),
        column: Some(column),
        document: None,
    }));
}
