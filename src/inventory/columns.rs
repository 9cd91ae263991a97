//! Batches from rows of texts: for formats that have no cells of their own, and for tests.

use super::dictionary::{Interner, Run};
use super::{Batch, ColumnBatch, ColumnSet, Options, Spot};

/// Columns filled row by row.
///
/// ```
/// use vigie::inventory::Columns;
///
/// let mut columns = Columns::new(2);
/// columns.push_row(&["infirmier", "2.11"]);
/// columns.push_row(&["infirmier", ""]);
/// let batch = columns.batch(0);
/// assert_eq!(batch.rows, 2);
/// assert_eq!(batch.columns[0].codes, [0, 0]);
/// assert_eq!(batch.text(1, 0), "2.11");
/// ```
pub struct Columns {
    columns: Vec<ColumnBatch>,
    interners: Vec<Interner>,
    rows: usize,
}

impl Columns {
    /// Columns without rows.
    #[must_use]
    pub fn new(columns: usize) -> Columns {
        Columns {
            columns: (0..columns).map(|_| ColumnBatch::default()).collect(),
            interners: (0..columns).map(|_| Interner::default()).collect(),
            rows: 0,
        }
    }

    /// Adds a row; missing texts are blank, more than there are columns are ignored.
    pub fn push_row(&mut self, texts: &[&str]) {
        for (i, (column, interner)) in self.columns.iter_mut().zip(&mut self.interners).enumerate() {
            push(column, interner, texts.get(i).copied().unwrap_or_default());
        }
        self.rows += 1;
    }

    pub(super) fn columns(&self) -> &[ColumnBatch] {
        &self.columns
    }

    /// The rows pushed since [`Columns::clear`], as the only batch of a block.
    #[must_use]
    pub fn batch(&self, block: u32) -> Batch<'_> {
        Batch {
            block,
            first_row: 0,
            rows: self.rows,
            last: true,
            columns: ColumnSet::of(&self.columns),
            cells: None,
            drawn: None,
            document: None,
        }
    }

    /// The same, the block being a document of that name, in which `spots` says where each row stands.
    #[must_use]
    pub(super) fn document<'b>(&'b self, block: u32, name: &'b str, spots: &'b [Spot]) -> Batch<'b> {
        let drawn = Some((spots, spots.len() as u32));
        Batch { document: Some(name), drawn, ..self.batch(block) }
    }

    /// The rows pushed since [`Columns::clear`], drawn from the rows of another batch and in its stead: `spots`
    /// says where each of them stands, in order.
    #[must_use]
    pub fn batch_from<'b>(&'b self, source: &Batch<'_>, spots: &'b [Spot]) -> Batch<'b> {
        let Batch { block, first_row, last, .. } = *source;
        let drawn = Some((spots, source.covered()));
        let columns = ColumnSet::of(&self.columns);
        Batch { block, first_row, rows: self.rows, last, columns, cells: None, drawn, document: None }
    }

    /// Forgets the rows, and the texts when there are too many of them.
    pub fn clear(&mut self) {
        self.rows = 0;
        for (column, interner) in self.columns.iter_mut().zip(&mut self.interners) {
            column.codes.clear();
            interner.bound(&mut column.dictionary, &Options::default());
        }
    }
}

/// Some rows of a batch, under the codes that they have there.
pub struct Part {
    columns: Vec<ColumnBatch>,
    spots: Vec<Spot>,
}

impl Part {
    /// These rows of a batch, in order. Copies its dictionaries: for the few batches of which not all rows will do.
    #[must_use]
    pub fn of(batch: &Batch<'_>, rows: &[usize]) -> Part {
        let columns = (0..batch.columns.len()).map(|number| {
            let ColumnBatch { codes, dictionary } = &batch.columns[number];
            if !codes.is_empty() {
                let codes = rows.iter().map(|row| codes[*row]).collect();
                return ColumnBatch { codes, dictionary: dictionary.clone() };
            }
            let (mut column, mut interner) = (ColumnBatch::default(), Interner::default());
            for row in rows {
                push(&mut column, &mut interner, &batch.text(number, *row));
            }
            column
        });
        Part { columns: columns.collect(), spots: rows.iter().map(|row| batch.spot(*row)).collect() }
    }

    /// The rows, in the stead of those of the batch that they are from.
    #[must_use]
    pub fn batch<'b>(&'b self, source: &Batch<'_>) -> Batch<'b> {
        let Batch { block, first_row, last, .. } = *source;
        let drawn = Some((&self.spots[..], source.covered()));
        let columns = ColumnSet::of(&self.columns);
        Batch { block, first_row, rows: self.spots.len(), last, columns, cells: None, drawn, document: None }
    }
}

/// Adds a text to a column.
pub(super) fn push(column: &mut ColumnBatch, interner: &mut Interner, text: &str) {
    let (before, ends) = (&[u32::MAX], &[text.len() as u32]);
    let mut code = [0];
    interner.encode(
        &mut column.dictionary,
        text.as_bytes(),
        Run { before, ends, stride: 1, line_end: None },
        &mut code,
    );
    column.codes.extend(code);
}
