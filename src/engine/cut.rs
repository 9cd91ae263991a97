//! The population cut by one expression, or by several at once.

use super::binding::RowClasses;
use super::class::Classes;
use super::program::Program;
use super::signature::{GroupState, STATUS_SIZE};
use super::tally::{GroupTally, GroupValue};
use crate::pack::condition::Expr;
use std::collections::HashMap;

/// What the population is cut by.
pub struct Cut<'p> {
    /// Expressions that read one field each; a group has one value of each.
    pub by: Vec<&'p Expr>,
    /// Whether the verdicts of each rule are counted in each group, or the status alone.
    pub rules: bool,
}

/// A cut of a program.
pub(super) struct Parts {
    /// Slot and place in it of each expression.
    pub(super) parts: Vec<(usize, usize)>,
    /// See [`Cut::rules`].
    pub(super) rules: bool,
}

impl Parts {
    /// Most groups: past it a cut is a mistake, or needs a filter. Those that count each rule take far more memory.
    pub(super) fn most_groups(&self) -> usize {
        if self.rules { 10_000 } else { 100_000 }
    }
}

/// A cut, as one worker counts it.
///
/// A *cell* is a combination of the values of the expressions; with a single one it is the number of its value.
#[derive(Default)]
pub(super) struct CutState {
    /// For each expression after the first: the pairs of a cell of those before it and of a value of its own.
    pairs: Vec<Pairs>,
    /// The cell of each row of the batch.
    cells: Vec<u32>,
    /// Units by cell and status bits.
    status: Vec<[u64; STATUS_SIZE]>,
    /// Units by rule group, cell and signature.
    signatures: Vec<Vec<Vec<u64>>>,
}

#[derive(Default)]
struct Pairs {
    index: HashMap<(u32, u32), u32>,
    list: Vec<(u32, u32)>,
}

/// What a worker knows of the rows of a batch once they are judged.
pub(super) struct Judged<'j> {
    pub(super) rows: usize,
    pub(super) classes: &'j [Classes],
    pub(super) row_classes: &'j [RowClasses],
    /// Units of each row; empty: 1 each.
    pub(super) units: &'j [u64],
    /// Status bits of each row, all packs together.
    pub(super) bits: &'j [u8],
    pub(super) groups: &'j [GroupState],
    /// Signature of each row in each group.
    pub(super) signatures: &'j [Vec<u32>],
}

impl CutState {
    /// Number of cells met so far.
    pub(super) fn cells(&self, cut: &Parts, classes: &[Classes]) -> usize {
        let values =
            |(slot, place): (usize, usize)| classes[slot].groups.get(place).map_or(0, |groups| groups.values.len());
        let most = cut.parts.iter().copied().map(values).max().unwrap_or(0);
        self.pairs.last().map_or(most, |pairs| pairs.list.len().max(most))
    }

    /// Counts the rows of a batch.
    pub(super) fn count(&mut self, cut: &Parts, judged: &Judged<'_>) {
        self.find_cells(&cut.parts, judged);
        let cells = self.cells(cut, judged.classes);
        self.status.resize(cells, [0; STATUS_SIZE]);
        let units = |row: usize| judged.units.get(row).copied().unwrap_or(1);
        for (row, (cell, bits)) in self.cells.iter().zip(judged.bits).enumerate() {
            self.status[*cell as usize][usize::from(*bits) % STATUS_SIZE] += units(row);
        }
        if !cut.rules {
            return;
        }
        self.signatures.resize(judged.groups.len(), Vec::new());
        for ((table, state), signatures) in self.signatures.iter_mut().zip(judged.groups).zip(judged.signatures) {
            table.resize(cells, Vec::new());
            for of_cell in table.iter_mut() {
                of_cell.resize(state.signatures.len(), 0);
            }
            for (row, (cell, signature)) in self.cells.iter().zip(signatures).enumerate() {
                table[*cell as usize][*signature as usize] += units(row);
            }
        }
    }

    /// Finds the cell of each row.
    fn find_cells(&mut self, parts: &[(usize, usize)], judged: &Judged<'_>) {
        self.pairs.resize_with(parts.len().saturating_sub(1), Pairs::default);
        let mut parts = parts.iter();
        self.cells.clear();
        match parts.next() {
            Some(first) => self.cells.extend(values(*first, judged)),
            None => self.cells.resize(judged.rows, 0),
        }
        for (part, pairs) in parts.zip(&mut self.pairs) {
            // SPEED: rows that follow each other are often alike.
            let mut last = ((u32::MAX, u32::MAX), 0);
            for (cell, value) in self.cells.iter_mut().zip(values(*part, judged)) {
                let pair = (*cell, value);
                if pair != last.0 {
                    last = (pair, pairs.number(pair));
                }
                *cell = last.1;
            }
        }
    }

    /// The groups that have units, with what was counted in them.
    pub(super) fn groups(
        &self,
        program: &Program<'_>,
        cut: &Parts,
        classes: &[Classes],
        states: &[GroupState],
    ) -> Vec<(Vec<GroupValue>, GroupTally)> {
        let mut found = Vec::new();
        for (cell, by_bits) in self.status.iter().enumerate() {
            let mut group = GroupTally::default();
            for (bits, units) in (0u8..).zip(by_bits) {
                group.units += units;
                group.status[super::worker::status_of(bits) as usize] += units;
            }
            // Rows that were filtered out, or that weigh nothing, make no group.
            if group.units == 0 {
                continue;
            }
            if cut.rules {
                group.rules = vec![[0; 5]; program.rules_counted()];
            }
            for ((shape, state), table) in program.groups.iter().zip(states).zip(&self.signatures) {
                for (signature, units) in state.signatures.iter().zip(table.get(cell).into_iter().flatten()) {
                    for (place, rule) in shape.rules.iter().enumerate() {
                        if let Some(counts) = group.rules.get_mut(*rule) {
                            counts[signature.rulings[place] as usize] += units;
                        }
                    }
                }
            }
            found.push((self.key(cell as u32, &cut.parts, classes), group));
        }
        found
    }

    /// The values of a cell.
    fn key(&self, cell: u32, parts: &[(usize, usize)], classes: &[Classes]) -> Vec<GroupValue> {
        let mut cell = cell;
        let mut numbers = Vec::new();
        for pairs in self.pairs.iter().rev() {
            let (before, value) = pairs.list[cell as usize];
            numbers.push(value);
            cell = before;
        }
        numbers.push(cell);
        let value = |((slot, place), number): (&(usize, usize), u32)| {
            classes[*slot].groups[*place].values[number as usize].clone()
        };
        parts.iter().zip(numbers.into_iter().rev()).map(value).collect()
    }
}

/// The value of an expression on each row, by its number.
fn values(part: (usize, usize), judged: &Judged<'_>) -> Vec<u32> {
    let (slot, place) = part;
    let of_class: Vec<u32> = judged.classes[slot].list.iter().map(|class| class.by[place]).collect();
    match &judged.row_classes[slot] {
        RowClasses::Constant(class) => vec![of_class[*class as usize]; judged.rows],
        RowClasses::Each(classes) => classes.iter().map(|class| of_class[*class as usize]).collect(),
    }
}

impl Pairs {
    fn number(&mut self, pair: (u32, u32)) -> u32 {
        *self.index.entry(pair).or_insert_with(|| {
            self.list.push(pair);
            // A batch has fewer than 2^31 rows, and a run fewer than 2^32 combinations of values.
            (self.list.len() - 1) as u32
        })
    }
}
