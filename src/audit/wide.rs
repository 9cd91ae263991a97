//! Wide tables: the values of one field as columns, how many have each in the cells. Read as records, one a
//! cell; printed totals are checked, then dropped.
//!
//! Places stay those of the table: the records of a row are where the row is.

use super::mapping::Mapping;
use super::quote::{names, shortened};
use crate::diag::{Diagnostic, Text};
use crate::inventory::{Batch, Columns, Finding, Inventory, Mode, Options, Selected, Sink, Spot, Summary};
use crate::socle::{FieldId, Socle};
use crate::text;
use crate::value::{Datum, Type, Value};
use std::ops::ControlFlow;

/// Totals that are wrong and told one by one; the others are counted.
const TOLD: usize = 10;
/// Rows of totals that are compared with the sums.
const TOTAL_ROWS: usize = 100;

/// The columns of a wide table.
#[derive(Clone, Debug)]
pub struct Wide {
    /// The field whose values are columns.
    pub field: FieldId,
    /// The field whose values are in their cells.
    pub weight: FieldId,
    /// These columns, with the text that stands for the value.
    pub columns: Vec<(usize, String)>,
    /// The column of the totals.
    pub total: Option<usize>,
    /// Columns that say what a row is about, whether a field claims them or not.
    keys: Vec<usize>,
    /// Columns next to those of the values, whose header says nothing: they may be counts too. Numbers of keys.
    beside: Vec<usize>,
}

/// What becomes of a cell that is no count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadCount {
    /// It weighs 0, which is told.
    Zero,
    /// It stays as it is: who reads it tells.
    Kept,
}

impl Wide {
    /// Recognises a wide table: no column gives the weight, and at least two columns that follow each other are
    /// named by values of one field that no column gives. Then maps both fields, past the columns of the table.
    pub(super) fn find(
        headers: &[String],
        mapping: &mut Mapping,
        weight: Option<FieldId>,
        socle: &Socle,
        kind: &str,
    ) -> Option<Wide> {
        let weight = weight.filter(|weight| !mapping.columns.contains_key(weight))?;
        let candidates = (0u16..).zip(&socle.fields).filter(|(number, field)| {
            let free = !mapping.columns.contains_key(&FieldId(*number));
            field.wide && free && field.kinds.iter().any(|known| known == kind)
        });
        let mut best: Option<(FieldId, Vec<usize>)> = None;
        for (number, _) in candidates {
            let field = FieldId(number);
            let values =
                mapping.unmapped.iter().copied().filter(|column| value(socle, field, &headers[*column]).is_some());
            let values: Vec<usize> = values.collect();
            if values.len() > best.as_ref().map_or(1, |(_, values)| values.len()) {
                best = Some((field, values));
            }
        }
        let (field, values) = best?;
        let (first, last) = (*values.first()?, *values.last()?);
        let is_free = |column: &usize| mapping.unmapped.contains(column);
        if !(first..=last).all(|column| is_free(&column) || headers[column].trim().is_empty()) {
            return None;
        }
        let total = mapping.unmapped.iter().copied().find(|column| socle.says_total(&headers[*column]));
        // What stands among the values, or between them and their total, is one more, that the socle does not know.
        let end = total
            .filter(|total| *total > last && (last..*total).skip(1).all(|column| is_free(&column)))
            .unwrap_or(last);
        let among = |column: &usize| (first..=end).contains(column) && Some(*column) != total;
        let columns: Vec<usize> = mapping.unmapped.iter().copied().filter(among).collect();
        mapping.unmapped.retain(|column| !columns.contains(column) && Some(*column) != total);
        let is_private = |column: usize| mapping.private.iter().any(|(private, _)| *private == column);
        let keys: Vec<usize> = (0..headers.len())
            .filter(|column| !columns.contains(column) && Some(*column) != total && !is_private(*column))
            .collect();
        let is_beside = |column: &usize| mapping.unmapped.contains(column);
        let before = (0..first).rev().take_while(|column| is_beside(column));
        let mut beside: Vec<usize> = (end + 1..headers.len()).take_while(is_beside).chain(before).collect();
        beside.sort_unstable();
        let beside = beside.iter().filter_map(|column| keys.iter().position(|key| key == column)).collect();
        let name = |column: usize| value(socle, field, &headers[column]).unwrap_or(&headers[column]).to_owned();
        let columns = columns.into_iter().map(|column| (column, name(column))).collect();
        mapping.columns.insert(field, headers.len());
        mapping.columns.insert(weight, headers.len() + 1);
        Some(Wide { field, weight, columns, total, keys, beside })
    }

    /// What the two columns that are not in the table are called.
    pub(super) fn header(&self, headers: &[String]) -> String {
        match &self.columns[..] {
            [(first, _), .., (last, _)] => format!("{} … {}", shortened(&headers[*first]), shortened(&headers[*last])),
            _ => String::new(),
        }
    }

    /// Says that the table was read as a wide one.
    pub(super) fn message(&self, headers: &[String], socle: &Socle) -> Text {
        let id = &socle.fields[usize::from(self.field.0)].id;
        let list = names(&self.columns.iter().map(|(column, _)| headers[*column].as_str()).collect::<Vec<_>>());
        text!(
            "tableau large, une colonne par valeur de `{id}` : chaque case non vide est un enregistrement, qui pèse \
             le nombre écrit ({list})",
            "wide table, one column a value of `{id}`: each cell that is not blank is a record, which weighs the \
             number written ({list})"
        )
    }

    /// Reads the table, and gives its records to a sink as if they were the rows of an inventory. `wanted` are
    /// columns of the table, or the two that [`Wide::find`] mapped past them.
    pub(super) fn scan<S: Sink>(
        &self,
        inventory: Inventory<'_>,
        wanted: &[Selected],
        bad: BadCount,
        socle: &Socle,
        options: &Options,
        sink: &mut S,
    ) -> Result<Summary, Box<Diagnostic>> {
        let headers = inventory.header().to_vec();
        let columns = self.keys.iter().copied().chain(self.columns.iter().map(|(column, _)| *column)).chain(self.total);
        let selection: Vec<Selected> = columns.map(|column| Selected { column, mode: Mode::Coded }).collect();
        let source = |wanted: &Selected| match wanted.column.checked_sub(headers.len()) {
            Some(0) => Source::Value,
            Some(_) => Source::Weight,
            None => Source::Key(self.keys.iter().position(|key| *key == wanted.column).unwrap_or_default()),
        };
        let mut melter = Melter {
            wide: self,
            bad,
            beside: vec![Beside::default(); self.beside.len()],
            socle,
            sources: wanted.iter().map(source).collect(),
            sink,
            records: Columns::new(wanted.len()),
            spots: Vec::new(),
            sums: vec![Some(0); self.columns.len() + 1],
            totals: Vec::new(),
            wrong: Wrong::default(),
        };
        let mut summary = inventory.scan(&selection, options, std::slice::from_mut(&mut melter))?;
        melter.conclude(&headers, &mut summary);
        Ok(summary)
    }
}

/// The value of a field that a header names, in its own words: a remark in brackets may follow.
fn value<'h>(socle: &Socle, field: FieldId, header: &'h str) -> Option<&'h str> {
    let is_row = matches!(socle.fields[usize::from(field.0)].ty, Type::Row(_));
    let names = |text: &&str| is_row && !socle.read(field, text, false).datum.candidates().is_empty();
    let short = header.split_once(['(', '[']).map(|(before, _)| before.trim());
    std::iter::once(header.trim()).chain(short).filter(|text| !text.is_empty()).find(names)
}

/// Where a column of the records comes from.
enum Source {
    /// A key, by its number among [`Wide::keys`].
    Key(usize),
    /// The value that names the column of the cell.
    Value,
    /// The cell.
    Weight,
}

/// What a cell holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    Blank,
    Of(u64),
    Bad,
}

impl Count {
    fn read(text: &str, weight: FieldId, socle: &Socle) -> Count {
        // A dash is a blank; a word for unknown is a number that is missing.
        if !text.contains(char::is_alphanumeric) && socle.says_nothing(text) {
            return Count::Blank;
        }
        match socle.read(weight, text, false).datum {
            Datum::Known(Value::Int(n)) => u64::try_from(n).map_or(Count::Bad, Count::Of),
            _ => Count::Bad,
        }
    }
}

/// Adds a cell to a sum, which is unknown once a cell is.
fn add(sum: Option<u64>, count: Count) -> Option<u64> {
    match count {
        Count::Blank => sum,
        Count::Of(n) => sum?.checked_add(n),
        Count::Bad => None,
    }
}

/// A column next to those of the values.
#[derive(Clone, Copy, Default)]
struct Beside {
    first: Option<Spot>,
    sum: u64,
    /// Some number is no year.
    no_year: bool,
    /// Some cell is no count.
    other: bool,
}

impl Beside {
    fn add(&mut self, count: Count, spot: impl FnOnce() -> Spot) {
        match count {
            Count::Blank => {}
            Count::Of(n) => {
                self.first.get_or_insert_with(spot);
                self.no_year |= !(1900..=2100).contains(&n);
                self.sum = self.sum.saturating_add(n);
            }
            Count::Bad => self.other = true,
        }
    }

    /// Whether it looks like counts.
    fn counts(&self) -> bool {
        !self.other && self.no_year && self.sum > 0
    }
}

/// A printed total that is not the sum.
struct Mismatch {
    spot: Spot,
    /// Number among the columns of the values then of the total.
    column: usize,
    /// A row's total, or else that of a column.
    of_row: bool,
    printed: u64,
    sum: u64,
}

/// What is wrong in the cells.
#[derive(Default)]
struct Wrong {
    totals: Vec<Mismatch>,
    more_totals: Option<(Spot, u64)>,
    /// Rows of subtotals: the first of them, how many.
    subtotals: Option<(Spot, u64)>,
    /// Cells that are no count: how many, the first of them.
    cells: Option<(Spot, usize, u64)>,
}

impl Wrong {
    fn total(&mut self, mismatch: Mismatch) {
        if self.totals.len() < TOLD {
            self.totals.push(mismatch);
        } else {
            self.more_totals.get_or_insert((mismatch.spot, 0)).1 += 1;
        }
    }

    fn cell(&mut self, spot: Spot, column: usize) {
        self.cells.get_or_insert((spot, column, 0)).2 += 1;
    }
}

/// Rows of a wide table → records.
struct Melter<'m, S> {
    wide: &'m Wide,
    bad: BadCount,
    /// Of [`Wide::beside`].
    beside: Vec<Beside>,
    socle: &'m Socle,
    sources: Vec<Source>,
    sink: &'m mut S,
    records: Columns,
    spots: Vec<Spot>,
    /// Of each column of values, then of all of them.
    sums: Vec<Option<u64>>,
    /// Rows of totals: what they print, in the order of the sums.
    totals: Vec<(Spot, Vec<Count>)>,
    wrong: Wrong,
}

impl<S: Sink> Sink for Melter<'_, S> {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        self.records.clear();
        self.spots.clear();
        for row in 0..batch.rows {
            self.row(batch, row);
        }
        self.sink.batch(&self.records.batch_from(batch, &self.spots))
    }
}

impl<S> Melter<'_, S> {
    fn row(&mut self, batch: &Batch<'_>, row: usize) {
        let Wide { keys, columns, weight, .. } = self.wide;
        let keys: Vec<_> = (0..keys.len()).map(|key| batch.text(key, row)).collect();
        let cells = (keys.len()..batch.columns.len()).map(|cell| batch.text(cell, row));
        let cells: Vec<_> = cells.collect();
        let mut counts: Vec<Count> = cells.iter().map(|text| Count::read(text, *weight, self.socle)).collect();
        counts.resize(columns.len() + 1, Count::Blank);
        let mut spot = None;
        let mut spot = || *spot.get_or_insert_with(|| batch.spot(row));
        for (column, _) in counts.iter().enumerate().filter(|(_, count)| **count == Count::Bad) {
            self.wrong.cell(spot(), column);
        }
        if keys.iter().any(|key| self.socle.says_total(key)) {
            if !keys.iter().all(|key| self.socle.says_total(key) || self.socle.says_nothing(key)) {
                self.wrong.subtotals.get_or_insert((spot(), 0)).1 += 1;
            } else if self.totals.len() < TOTAL_ROWS {
                self.totals.push((spot(), counts));
            }
            return;
        }
        for (found, key) in self.beside.iter_mut().zip(&self.wide.beside) {
            found.add(Count::read(&keys[*key], *weight, self.socle), &mut spot);
        }
        let (values, total) = counts.split_at(columns.len());
        let sum = values.iter().try_fold(0, |sum, count| add(Some(sum), *count));
        for (known, count) in self.sums.iter_mut().zip(values) {
            *known = add(*known, *count);
        }
        if let Some(all) = self.sums.last_mut() {
            *all = all.zip(sum).and_then(|(all, sum)| all.checked_add(sum));
        }
        if let (Some(Count::Of(printed)), Some(sum)) = (total.first().copied(), sum)
            && printed != sum
        {
            self.wrong.total(Mismatch { spot: spot(), column: columns.len(), of_row: true, printed, sum });
        }
        for (((_, name), count), cell) in columns.iter().zip(values).zip(&cells) {
            let weight = match (count, self.bad) {
                (Count::Blank | Count::Of(0), _) => continue,
                (Count::Of(n), _) => n.to_string(),
                (Count::Bad, BadCount::Zero) => "0".to_owned(),
                (Count::Bad, BadCount::Kept) => cell.trim().to_owned(),
            };
            let text = |source: &Source| match source {
                Source::Key(key) => keys[*key].as_ref(),
                Source::Value => name,
                Source::Weight => &weight,
            };
            let texts: Vec<&str> = self.sources.iter().map(text).collect();
            self.records.push_row(&texts);
            self.spots.push(spot());
        }
    }

    /// Compares the totals of the columns, and says what is wrong.
    fn conclude(mut self, headers: &[String], summary: &mut Summary) {
        for (spot, printed) in std::mem::take(&mut self.totals) {
            for (column, (printed, sum)) in printed.into_iter().zip(&self.sums).enumerate() {
                if let (Count::Of(printed), Some(sum)) = (printed, *sum)
                    && printed != sum
                {
                    self.wrong.total(Mismatch { spot, column, of_row: false, printed, sum });
                }
            }
        }
        let Wide { columns, total, .. } = self.wide;
        let header = |column: usize| columns.get(column).map(|(column, _)| *column).or(*total);
        let at = |spot: Spot, column: Option<usize>| (Some(summary.row(spot.place)), summary.line(spot), column);
        let mut found = Vec::new();
        if let Some((spot, column, count)) = self.wrong.cells
            && self.bad == BadCount::Zero
        {
            let (row, line, column) = at(spot, header(column));
            let message = text!(
                "cases du tableau large qui ne sont pas des entiers positifs : elles pèsent 0",
                "cells of the wide table that are no integer ≥ 0: they weigh 0"
            );
            found.push(Finding {
                code: "inventory/bad-weight",
                message,
                help: None,
                count,
                row,
                line,
                column,
                document: None,
            });
        }
        for (beside, key) in self.beside.iter().zip(&self.wide.beside).filter(|(beside, _)| beside.counts()) {
            let Some(spot) = beside.first else { continue };
            let (row, line, column) = at(spot, Some(self.wide.keys[*key]));
            let (name, sum) = (shortened(&headers[self.wide.keys[*key]]), beside.sum);
            let message = text!(
                "colonne de nombres `{name}` près du tableau large : le socle ne connaît pas cet en-tête, et ses {sum} ne \
                 comptent pas",
                "column of numbers `{name}` next to the wide table: the socle does not know this header, and its {sum} \
                 do not count"
            );
            let help = Some(text!(
                "si ce sont des effectifs, écrire l'en-tête comme le socle, ou mettre la colonne avant celle du total",
                "if they are counts, write the header as the socle does, or put the column before that of the total"
            ));
            found.push(Finding {
                code: "inventory/unknown-counts",
                message,
                help,
                count: 1,
                row,
                line,
                column,
                document: None,
            });
        }
        if let Some((spot, count)) = self.wrong.subtotals {
            let (row, line, column) = at(spot, None);
            let (code, message) = ("inventory/subtotal-row", super::totals::subtotals());
            found.push(Finding { code, message, help: None, count, row, line, column, document: None });
        }
        for Mismatch { spot, column, of_row, printed, sum } in self.wrong.totals {
            let (row, line, column) = at(spot, header(column));
            let name = column.map(|column| shortened(&headers[column])).unwrap_or_default();
            let message = if of_row {
                text!(
                    "le total d'une ligne n'est pas la somme de ses cases",
                    "the total of a row is not the sum of its cells"
                )
            } else {
                text!(
                    "le total de la colonne `{name}` n'est pas la somme de ses lignes",
                    "the total of column `{name}` is not the sum of its rows"
                )
            };
            let help = Some(text!(
                "total imprimé {printed}, somme {sum} : seules les cases comptent",
                "printed total {printed}, sum {sum}: only the cells count"
            ));
            found.push(Finding { code: WRONG_TOTAL, message, help, count: 1, row, line, column, document: None });
        }
        if let Some((spot, count)) = self.wrong.more_totals {
            let (row, line, column) = at(spot, None);
            let message = text!("autres totaux qui ne sont pas des sommes", "other totals that are not sums");
            found.push(Finding { code: WRONG_TOTAL, message, help: None, count, row, line, column, document: None });
        }
        summary.findings.extend(found);
    }
}

/// Its help gives figures.
pub(super) const WRONG_TOTAL: &str = "inventory/wrong-total";

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::mapping::{MappingOptions, map_headers};
    use super::*;

    fn mapped(headers: &str, socle: &Socle) -> (Vec<String>, Mapping) {
        let headers: Vec<String> = headers.split(';').map(str::to_owned).collect();
        let mapping = map_headers(&headers, "essai", socle, "installation", &MappingOptions::default()).unwrap();
        (headers, mapping)
    }

    #[test]
    fn a_wide_table_is_told_by_its_headers() {
        let socle = Socle::builtin().unwrap();
        for (headers, values, total) in [
            ("logiciel;infirmiers;médecins;Total", &[1, 2][..], Some(3)),
            ("infirmiers;médecins", &[0, 1], None),
            ("TOTAL;logiciel;infirmiers;médecins", &[2, 3], Some(0)),
            ("logiciel;infirmiers (nb);Autres;médecins;Divers;Total", &[1, 2, 3, 4], Some(5)),
            ("logiciel;infirmiers;médecins;remarque", &[1, 2], None),
            // One value tells nothing, nor do values that other fields part.
            ("logiciel;infirmiers;Total", &[], None),
            ("infirmiers;logiciel;médecins", &[], None),
            // The field or the weight has its own column.
            ("profession;infirmiers;médecins", &[], None),
            ("logiciel;infirmiers;médecins;nombre de PS", &[], None),
        ] {
            let (_, mapping) = mapped(headers, &socle);
            let found = mapping
                .wide
                .map(|wide| (wide.columns.into_iter().map(|(column, _)| column).collect::<Vec<_>>(), wide.total));
            assert_eq!(found, (!values.is_empty()).then(|| (values.to_vec(), total)), "{headers}");
        }
    }

    /// Records as text: place, line, cells.
    #[derive(Default)]
    struct Keep(Vec<(u32, u32, String)>);

    impl Sink for Keep {
        fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
            for row in 0..batch.rows {
                let cells: Vec<_> = (0..batch.columns.len()).map(|column| batch.text(column, row)).collect();
                let spot = batch.spot(row);
                assert!(batch.rows_at(spot.place.row).contains(&row));
                self.0.push((spot.place.row, spot.line, cells.join("|")));
            }
            ControlFlow::Continue(())
        }
    }

    fn melt(text: &str) -> (Keep, Summary) {
        let socle = Socle::builtin().unwrap();
        let (headers, mapping) = mapped(text.lines().next().unwrap(), &socle);
        let wide = mapping.wide.unwrap();
        let options = Options::default();
        let inventory = crate::inventory::open(text.as_bytes(), "essai", &socle, &options).unwrap();
        let wanted: Vec<Selected> =
            [headers.len() + 1, 0, headers.len()].map(|column| Selected { column, mode: Mode::Coded }).into();
        let mut keep = Keep::default();
        let summary = wide.scan(inventory, &wanted, BadCount::Zero, &socle, &options, &mut keep).unwrap();
        (keep, summary)
    }

    #[test]
    fn cells_are_records_where_their_row_is() {
        let (Keep(records), summary) =
            melt("logiciel;infirmiers;médecins;Total\nAlpha;3;;3\n\nTotal;3;7;10\nBêta;0;7;7\nTOTAL GÉNÉRAL;3;7;10\n");
        let record = |row, line, text: &str| (row, line, text.to_owned());
        assert_eq!(records, [record(0, 0, "3|Alpha|infirmiers"), record(2, 3, "7|Bêta|médecins")]);
        assert_eq!((summary.rows, summary.findings), (4, Vec::new()));
    }

    #[test]
    fn rows_of_subtotals_count_once() {
        let (Keep(records), summary) =
            melt("logiciel;infirmiers;médecins;Total\nAlpha;3;;3\nTotal Alpha;3;;3\nTotal;3;;3\n");
        assert_eq!(records, [(0, 0, "3|Alpha|infirmiers".to_owned())]);
        assert_eq!(summary.findings, []);
    }

    #[test]
    fn wrong_totals_are_told_one_by_one_then_counted() {
        let rows: String = (0..15).map(|n| format!("Logiciel {n};1;1;{}\n", if n < 12 { 3 } else { 2 })).collect();
        let (_, summary) = melt(&format!("logiciel;infirmiers;médecins;Total\n{rows}Total;15;14;30\n"));
        let found: Vec<_> = summary.findings.iter().map(|f| (f.code, f.count, f.row, f.line, f.column)).collect();
        let told = (1..=10).map(|row| (WRONG_TOTAL, 1, Some(row), row + 1, Some(3)));
        assert_eq!(found, told.chain([(WRONG_TOTAL, 3, Some(11), 12, None)]).collect::<Vec<_>>());
    }
}
