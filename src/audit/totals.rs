//! Rows of totals of ordinary tables: they are no records. Checked against the sum of the weights when there is one,
//! then dropped; a row that says total in one column and something else in another is kept, and said.
//!
//! SPEED: only the distinct texts of the columns that are read anyway are looked at; rows are, in the batches where
//! one of these texts says total.

use crate::inventory::{Batch, Finding, Mode, Part, Selected, Sink, Spot, Summary};
use crate::socle::{FieldId, Socle};
use crate::text;
use crate::value::{Datum, Type, Value};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Rows of totals that are compared with the sum.
const COMPARED: usize = 100;

/// Takes the rows of totals out of what a sink is given.
pub(super) struct Totals<'t, S> {
    inner: &'t mut S,
    socle: &'t Socle,
    watched: Vec<Watched>,
    /// Identifiers, given cell by cell.
    raw: Vec<usize>,
    weight: Option<Weight>,
    found: Found,
}

/// A column whose texts may say total.
struct Watched {
    place: usize,
    generation: Option<u32>,
    seen: usize,
    /// Codes that say total.
    totals: Vec<u32>,
}

/// The weights of the records.
struct Weight {
    field: FieldId,
    place: usize,
    generation: Option<u32>,
    /// Of each code.
    values: Vec<Option<u64>>,
    /// Of the records; unknown once it does not fit.
    sum: Option<u64>,
}

/// What was found, by one sink or all of them.
#[derive(Default)]
struct Found {
    dropped: Vec<(Spot, Option<u64>)>,
    more: u64,
    unsure: u64,
    first_unsure: Option<Spot>,
}

impl<'t, S: Sink> Totals<'t, S> {
    /// `columns` gives the column of each field that has one, `selection` those that are read.
    pub(super) fn new(
        inner: &'t mut S,
        socle: &'t Socle,
        columns: &BTreeMap<FieldId, usize>,
        selection: &[Selected],
        weight: Option<FieldId>,
    ) -> Totals<'t, S> {
        let mut watched = Vec::new();
        let mut raw = Vec::new();
        let mut weights = None;
        for (place, Selected { column, mode }) in selection.iter().enumerate() {
            let Some((field, _)) = columns.iter().find(|(_, other)| *other == column) else { continue };
            match socle.fields[usize::from(field.0)].ty {
                Type::Identifier if *mode == Mode::Raw => raw.push(place),
                Type::Row(_) | Type::String => {
                    watched.push(Watched { place, generation: None, seen: 0, totals: Vec::new() });
                }
                _ if Some(*field) == weight => {
                    weights = Some(Weight { field: *field, place, generation: None, values: Vec::new(), sum: Some(0) });
                }
                _ => {}
            }
        }
        Totals { inner, socle, watched, raw, weight: weights, found: Found::default() }
    }

    /// Whether a row of a batch is one of totals; `None` when it may be.
    fn is_total(&self, batch: &Batch<'_>, row: usize) -> Option<bool> {
        let code = |watched: &Watched| batch.columns[watched.place].codes[row];
        if !self.watched.iter().any(|watched| watched.totals.contains(&code(watched))) {
            return Some(false);
        }
        let quiet = |place: usize| {
            let text = batch.text(place, row);
            self.socle.says_nothing(&text) || self.socle.says_total(&text)
        };
        let places = self.watched.iter().map(|watched| watched.place).chain(self.raw.iter().copied());
        places.into_iter().all(quiet).then_some(true)
    }
}

impl<S: Sink> Sink for Totals<'_, S> {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        for watched in &mut self.watched {
            watched.look(batch, self.socle);
        }
        if let Some(weight) = &mut self.weight {
            weight.add(batch, self.socle);
        }
        if self.watched.iter().all(|watched| watched.totals.is_empty()) {
            return self.inner.batch(batch);
        }
        let judged: Vec<Option<bool>> = (0..batch.rows).map(|row| self.is_total(batch, row)).collect();
        for (row, _) in judged.iter().enumerate().filter(|(_, total)| total.is_none()) {
            self.found.unsure += 1;
            self.found.first_unsure.get_or_insert_with(|| batch.spot(row));
        }
        if !judged.contains(&Some(true)) {
            return self.inner.batch(batch);
        }
        let (dropped, kept): (Vec<usize>, Vec<usize>) = (0..batch.rows).partition(|row| judged[*row] == Some(true));
        for row in dropped {
            let printed = self.weight.as_mut().and_then(|weight| weight.take_back(batch, row));
            if self.found.dropped.len() < COMPARED {
                self.found.dropped.push((batch.spot(row), printed));
            } else {
                self.found.more += 1;
            }
        }
        self.inner.batch(&Part::of(batch, &kept).batch(batch))
    }
}

impl Watched {
    fn look(&mut self, batch: &Batch<'_>, socle: &Socle) {
        let dictionary = &batch.columns[self.place].dictionary;
        if self.generation != Some(dictionary.generation) {
            (self.generation, self.seen) = (Some(dictionary.generation), 0);
            self.totals.clear();
        }
        let new = self.seen as u32..dictionary.len() as u32;
        self.totals.extend(new.filter(|code| socle.says_total(&dictionary.text(*code))));
        self.seen = dictionary.len();
    }
}

impl Weight {
    fn add(&mut self, batch: &Batch<'_>, socle: &Socle) {
        let column = &batch.columns[self.place];
        if self.generation != Some(column.dictionary.generation) {
            self.generation = Some(column.dictionary.generation);
            self.values.clear();
        }
        for code in self.values.len() as u32..column.dictionary.len() as u32 {
            let read = socle.read(self.field, &column.dictionary.text(code), false).datum;
            let value = if let Datum::Known(Value::Int(n)) = read { u64::try_from(n).ok() } else { None };
            self.values.push(value);
        }
        let weights = column.codes.iter().map(|code| self.values[*code as usize].unwrap_or(0));
        self.sum = weights.fold(self.sum, |sum, weight| sum?.checked_add(weight));
    }

    /// What a row of totals prints, which is no part of the sum.
    fn take_back(&mut self, batch: &Batch<'_>, row: usize) -> Option<u64> {
        let printed = self.values[batch.columns[self.place].codes[row] as usize]?;
        self.sum = self.sum.and_then(|sum| sum.checked_sub(printed));
        Some(printed)
    }
}

/// Says what was dropped, checked and kept, in the summary of the reading.
pub(super) fn conclude<S>(sinks: Vec<Totals<'_, S>>, summary: &mut Summary) {
    let mut all = Found::default();
    let mut sum = Some(0u64);
    let mut weighed = false;
    for Totals { found, weight, .. } in sinks {
        all.dropped.extend(found.dropped);
        all.more += found.more;
        all.unsure += found.unsure;
        all.first_unsure = all.first_unsure.into_iter().chain(found.first_unsure).min();
        weighed |= weight.is_some();
        sum = sum.zip(weight.map_or(Some(0), |weight| weight.sum)).and_then(|(sum, more)| sum.checked_add(more));
    }
    all.dropped.sort_unstable();
    let finding = |code, spot: Spot, count, message, help| Finding {
        code,
        message,
        help,
        count,
        row: Some(summary.row(spot.place)),
        line: summary.line(spot),
        column: None,
        document: None,
    };
    let mut found = Vec::new();
    if let Some((first, _)) = all.dropped.first() {
        let count = all.dropped.len() as u64 + all.more;
        let message = text!(
            "lignes de total : ce ne sont pas des enregistrements, écartées",
            "rows of totals: no records, dropped"
        );
        let sums = |printed: &Option<u64>| printed.is_none() || *printed == sum;
        let help = match (weighed, all.dropped.iter().all(|(_, printed)| sums(printed))) {
            (false, _) => None,
            (true, true) => Some(text!("leur poids est la somme des autres", "their weight is the sum of the others")),
            (true, false) => None,
        };
        found.push(finding("inventory/total-row", *first, count, message, help));
        if let (Some((spot, Some(printed))), Some(sum)) =
            (all.dropped.iter().find(|(_, printed)| weighed && !sums(printed)), sum)
        {
            let message = text!(
                "une ligne de total n'est pas la somme des autres",
                "a row of totals is not the sum of the others"
            );
            let help = text!(
                "total imprimé {printed}, somme {sum} : seules les autres lignes comptent",
                "printed total {printed}, sum {sum}: only the other rows count"
            );
            found.push(finding(super::wide::WRONG_TOTAL, *spot, 1, message, Some(help)));
        }
    }
    if let Some(spot) = all.first_unsure {
        let message = text!(
            "lignes où une colonne dit « total » et une autre autre chose : gardées",
            "rows in which one column says “total” and another something else: kept"
        );
        let help = text!(
            "si ce sont des sous-totaux, les retirer de l'export",
            "if they are sub-totals, take them out of the export"
        );
        found.push(finding("inventory/total-row-kept", spot, all.unsure, message, Some(help)));
    }
    summary.findings.extend(found);
}
