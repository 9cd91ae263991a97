//! Figures fit for publication: values that may not be named are put together, small cells are hidden, and
//! enough others with them.

use super::layout::{Counted, Group, Table};
use super::rates::Member;
use super::report::{Basis, Counts, Population};
use super::wide;
use crate::diag::Diagnostic;
use crate::engine::GroupValue;
use crate::socle::Socle;
use crate::text;
use std::collections::{BTreeMap, BTreeSet};

/// Cells beyond which a table is not published: what they tell of each other takes too long to check.
const MANY_CELLS: usize = 20_000;

/// Findings whose messages have no figures of their own.
const WITHOUT_FIGURES: [&str; 11] = [
    "inventory/bad-weight",
    "inventory/filter-unknown",
    "inventory/marks-and-blanks",
    "inventory/missing-column",
    "inventory/no-identifier",
    "inventory/private-column",
    "inventory/repaired-value",
    "inventory/unmapped-column",
    "inventory/unreadable-value",
    "inventory/unused-weight",
    "inventory/wrong-key",
];

/// Merges what may not be named, and hides what must be: cells with fewer units than the threshold, and others.
pub(super) fn publish(
    table: &mut Table,
    threshold: u64,
    fields: &[&str],
    socle: &Socle,
) -> Result<(), Vec<Diagnostic>> {
    if table.cells.len() > MANY_CELLS {
        let n = table.cells.len();
        return Err(vec![
            Diagnostic::error(
                "option/publish",
                text!("`--publish` : {n} groupes, c'est trop", "`--publish`: {n} groups are too many"),
            )
            .help(text!(
                "grouper par un champ qui a moins de valeurs, au plus {MANY_CELLS} groupes en tout",
                "group by a field with fewer values, at most {MANY_CELLS} groups in all"
            )),
        ]);
    }
    let merged = merge(table, fields, socle);
    let mut network = table.network(Counts::total);
    // « Autres » that stands for one name would be that name's figure.
    let is_one = |member: &Member, dimension: usize| *member == Member::Others && merged[dimension] == 1;
    for (cell, figure) in table.cells.iter().zip(&mut network.figures) {
        figure.hidden = cell.key.iter().enumerate().any(|(dimension, member)| is_one(member, dimension));
    }
    for (dimension, margins) in table.margins.iter().enumerate() {
        for (line, member) in margins.keys().enumerate() {
            network.margin(dimension, line).hidden = is_one(member, dimension);
        }
    }
    network.protect(threshold);
    for (cell, figure) in table.cells.iter_mut().zip(&network.figures) {
        cell.shown = !figure.hidden;
    }
    for (number, margins) in table.margins.iter_mut().enumerate() {
        for (place, margin) in margins.values_mut().enumerate() {
            margin.shown = !network.margin(number, place).hidden;
        }
    }
    table.total_shown = !network.total_hidden();
    let parts: [fn(&Counts) -> u64; 4] = [|c| c.pass, |c| c.fail, |c| c.unknown, |c| c.not_applicable];
    let parts = parts.into_iter().map(|part| table.network(part)).collect();
    table.verdicts_shown = network.holds_by_part(parts, threshold);
    table.note_whole();
    Ok(())
}

/// Puts the values that may not be named together; how many there are in each dimension.
fn merge(table: &mut Table, fields: &[&str], socle: &Socle) -> Vec<usize> {
    let mut merged = vec![BTreeSet::new(); fields.len()];
    let mut counted: Counted = BTreeMap::new();
    for cell in table.cells.drain(..) {
        let mut key = cell.key;
        for ((member, field), merged) in key.iter_mut().zip(fields).zip(&mut merged) {
            if let Member::Of(GroupValue::Known { key, .. }) = member
                && socle.may_not_be_named(field, key)
            {
                merged.insert(key.clone());
                *member = Member::Others;
            }
        }
        counted.entry(key).or_default().add(&cell.counts);
    }
    table.cells = counted.into_iter().map(|(key, counts)| Group { key, counts, shown: true }).collect();
    table.sum();
    merged.iter().map(BTreeSet::len).collect()
}

/// Takes out of the basis what would tell of hidden figures: counts of rows, of cells and where they are.
pub(super) fn redact(basis: &mut Basis, table: &Table) {
    let total_shown = table.total_shown;
    basis.published = true;
    for input in &mut basis.inputs {
        input.rows = 0;
        input.dialects.iter_mut().for_each(|dialect| dialect.documents = 0);
    }
    let Population { rows, weight, ps } = basis.population;
    let own = |n: Option<u64>| n.filter(|_| total_shown);
    // Rows that stand for many, or for a part of one, are another count of the same groups.
    let rows = if weight.is_none() && ps.is_none() && total_shown { rows } else { 0 };
    basis.population = Population { rows, weight: own(weight), ps: own(ps) };
    for finding in basis.data.iter_mut().filter(|finding| !finding.code.starts_with("pack/")) {
        if !WITHOUT_FIGURES.contains(&finding.code) {
            finding.message = text!(
                "constat sur un fichier (son détail n'est pas publié)",
                "finding about a file (its details are not published)"
            );
        }
        finding.count = 0;
        finding.distinct = None;
        finding.first = None;
        if finding.code == wide::WRONG_TOTAL {
            finding.help = None;
        }
    }
    basis.data.dedup_by(|one, other| one.code == other.code && one.message == other.message);
    // The status by one pack is one more set of verdicts.
    if table.cells.iter().any(|cell| !cell.shown) {
        basis.packs.iter_mut().for_each(|pack| pack.status = None);
    }
}
