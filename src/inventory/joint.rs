//! Neighbouring columns coded together.
//!
//! SPEED: a look-up costs the same for fifteen bytes as for three. Where columns of few short texts stand
//! side by side (four of yes and no: `oui,non,,oui`), their cells are looked up as one text, delimiters
//! included, and a small table gives the code of each.
//!
//! A text that starts where a cell starts is always cut the same way, so equal texts hold equal cells —
//! in records that have all their cells.

use super::dictionary::Interner;
use super::rows::Cells;
use super::{ColumnBatch, Mode};
use crate::lookup::look_up;
use std::ops::Range;

/// Rows to have seen before columns are chosen.
const ENOUGH_ROWS: u64 = 256;
/// Bytes of the cells together, on average: as many as an [`Interner`] finds at once.
const USUAL_BYTES: usize = 15;
/// Combinations of the texts met so far above which columns stay apart.
const PLANNED: usize = 1 << 10;
/// Texts together above which columns are parted again.
const MOST: usize = 1 << 12;

/// Columns of the selection whose cells follow each other in the records.
pub(super) struct Joint {
    /// First of them in the header.
    first: usize,
    /// Their places in the selection, in the order of the header.
    places: Vec<usize>,
    texts: ColumnBatch,
    interner: Interner,
    /// For each column, its code by code of the texts together.
    codes: Vec<Vec<u32>>,
    /// Generations of the dictionaries that these codes belong to.
    generations: Vec<u32>,
}

impl Joint {
    fn new(first: usize, places: Vec<usize>, columns: &[ColumnBatch]) -> Joint {
        Joint {
            first,
            codes: vec![Vec::new(); places.len()],
            generations: places.iter().map(|place| columns[*place].dictionary.generation).collect(),
            places,
            texts: ColumnBatch::default(),
            interner: Interner::default(),
        }
    }

    /// Whether a column of the selection is one of these.
    pub(super) fn has(&self, place: usize) -> bool {
        self.places.contains(&place)
    }

    /// Writes the codes of some rows in each of the columns.
    pub(super) fn encode(
        &mut self,
        columns: &mut [ColumnBatch],
        interners: &mut [Interner],
        cells: &Cells<'_>,
        rows: Range<usize>,
    ) {
        let ColumnBatch { codes: texts, dictionary } = &mut self.texts;
        texts.resize(rows.len(), 0);
        let span = cells.span(self.first, self.first + self.places.len() - 1, rows.start);
        self.interner.encode(dictionary, cells.bytes, span, texts);
        if self.codes[0].len() < dictionary.len() {
            self.learn(columns, interners, cells, rows.start);
        }
        for (place, codes) in self.places.iter().zip(&self.codes) {
            interners[*place].saw(rows.len());
            look_up(codes, &self.texts.codes, &mut columns[*place].codes[rows.clone()]);
        }
    }

    /// Codes the cells of the texts that are new: they were numbered in the order of their rows.
    fn learn(&mut self, columns: &mut [ColumnBatch], interners: &mut [Interner], cells: &Cells<'_>, first: usize) {
        for (row, text) in self.texts.codes.iter().enumerate() {
            if *text as usize != self.codes[0].len() {
                continue;
            }
            for ((place, codes), column) in self.places.iter().zip(&mut self.codes).zip(self.first..) {
                let run = cells.run(column, first + row);
                let mut code = [0];
                interners[*place].encode(&mut columns[*place].dictionary, cells.bytes, run, &mut code);
                codes.extend(code);
            }
        }
    }

    /// Between two batches: whether it goes on.
    pub(super) fn bound(&mut self, columns: &[ColumnBatch]) -> bool {
        let generations = self.places.iter().map(|place| columns[*place].dictionary.generation);
        self.texts.dictionary.len() <= MOST && generations.eq(self.generations.iter().copied())
    }
}

/// Chooses the columns to code together, by what was met of them; `None`: too few rows to tell.
pub(super) fn plan(columns: &[ColumnBatch], interners: &[Interner], cells: &Cells<'_>) -> Option<Vec<Joint>> {
    let coded = (0..columns.len()).filter(|place| cells.selection[*place].mode == Mode::Coded);
    let mut coded: Vec<(usize, usize)> = coded.map(|place| (cells.selection[place].column, place)).collect();
    coded.sort_unstable();
    if coded.iter().any(|(_, place)| interners[*place].rows() < ENOUGH_ROWS) {
        return None;
    }
    let mut joints = Vec::new();
    let mut rest = &coded[..];
    while let [(first, place), others @ ..] = rest {
        let mut texts = columns[*place].dictionary.len();
        let together = others.iter().zip(first + 1..).take_while(|((column, place), next)| {
            texts *= columns[*place].dictionary.len();
            column == next && texts <= PLANNED && cells.bytes_between(*first, *column) <= USUAL_BYTES * cells.rows.rows
        });
        let count = 1 + together.count();
        if count > 1 {
            joints.push(Joint::new(*first, rest[..count].iter().map(|(_, place)| *place).collect(), columns));
        }
        rest = &rest[count..];
    }
    Some(joints)
}
