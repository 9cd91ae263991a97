//! Cells of a block → codes of the selected columns.

use super::cell::Spelling;
use super::dictionary::Interner;
use super::joint::{self, Joint};
use super::rows::Cells;
use super::{ColumnBatch, Mode, Options, Selected};

/// Rows whose columns are coded one after the other while their bytes are near the processor.
const TILE: usize = 256;

/// The columns of one worker, with what finds their codes.
pub(super) struct Coder {
    columns: Vec<ColumnBatch>,
    interners: Vec<Interner>,
    /// Columns coded together.
    joints: Vec<Joint>,
    /// Whether the columns to code together were chosen.
    planned: bool,
}

impl Coder {
    pub(super) fn new(selection: &[Selected]) -> Coder {
        Coder {
            columns: selection.iter().map(|_| ColumnBatch::default()).collect(),
            interners: selection.iter().map(|_| Interner::default()).collect(),
            joints: Vec::new(),
            planned: false,
        }
    }

    /// The selected columns, with the codes of the last batch.
    pub(super) fn columns(&self) -> &[ColumnBatch] {
        &self.columns
    }

    /// Tells how bytes spell texts, from now on.
    pub(super) fn spell(&mut self, spelling: Spelling) {
        for column in &mut self.columns {
            column.dictionary.spell(spelling);
        }
    }

    /// Codes of all coded columns, tile by tile.
    pub(super) fn encode(&mut self, cells: &Cells<'_>) {
        for (column, selected) in self.columns.iter_mut().zip(cells.selection) {
            // What is left of the last batch is written over.
            column.codes.resize(if selected.mode == Mode::Coded { cells.rows.rows } else { 0 }, 0);
        }
        let joints = if cells.rows.are_alike(cells.columns) { &mut self.joints[..] } else { &mut [] };
        let is_alone = |place: &usize| !joints.iter().any(|joint| joint.has(*place));
        let coded = (0..self.columns.len()).filter(|place| cells.selection[*place].mode == Mode::Coded);
        let alone: Vec<usize> = coded.filter(is_alone).collect();
        for first in (0..cells.rows.rows).step_by(TILE) {
            let tile = first..(first + TILE).min(cells.rows.rows);
            for joint in joints.iter_mut() {
                joint.encode(&mut self.columns, &mut self.interners, cells, tile.clone());
            }
            for place in &alone {
                let run = cells.run(cells.selection[*place].column, first);
                let ColumnBatch { codes, dictionary } = &mut self.columns[*place];
                self.interners[*place].encode(dictionary, cells.bytes, run, &mut codes[tile.clone()]);
            }
        }
        if !self.planned && cells.rows.are_alike(cells.columns) {
            let plan = joint::plan(&self.columns, &self.interners, cells);
            self.planned = plan.is_some();
            self.joints = plan.unwrap_or_default();
        }
    }

    /// Between two batches: keeps the dictionaries within bounds.
    pub(super) fn bound(&mut self, options: &Options) {
        for (column, interner) in self.columns.iter_mut().zip(&mut self.interners) {
            interner.bound(&mut column.dictionary, options);
        }
        while self.columns.iter().map(|column| column.dictionary.len()).sum::<usize>() > options.total_entries {
            let pairs = self.columns.iter_mut().zip(&mut self.interners);
            if let Some((column, interner)) = pairs.max_by_key(|(column, _)| column.dictionary.len()) {
                interner.empty(&mut column.dictionary);
            }
        }
        self.joints.retain_mut(|joint| joint.bound(&self.columns));
    }
}
