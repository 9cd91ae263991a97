//! A snapshot that is the result of an audit.

use super::{RuleTrend, Snapshot, Source, TrendOptions};
use crate::audit::measure::Measure;
use crate::audit::report::{Basis, StatusCounts, Unit};
use crate::audit::survey::Rules;
use crate::diag::Diagnostic;
use crate::engine::GroupValue;
use crate::text;

/// The result of an audit, as read back.
#[derive(Clone, Debug)]
pub struct PastResult {
    /// Name of its file.
    pub name: String,
    /// What it rests on, without what was found in the data.
    pub basis: Basis,
    /// Status of the whole population.
    pub status: StatusCounts,
    /// Its rules, in order, at its date.
    pub rules: Vec<RuleTrend>,
    /// For each field that it was cut by, the status of its groups.
    pub by: Vec<(String, Vec<(GroupValue, StatusCounts)>)>,
}

/// What keeps results from being compared with each other, and with what is asked.
pub(super) fn check(
    snapshots: &[Snapshot<'_>],
    rules: &Rules<'_>,
    options: &TrendOptions,
    measure: &Measure,
) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let results = || {
        snapshots.iter().filter_map(|snapshot| match &snapshot.source {
            Source::Result(past) => Some((snapshot.date, past)),
            Source::Inventories(_) => None,
        })
    };
    let Some((_, first)) = results().next() else { return faults };
    let inventories = results().count() < snapshots.len();
    if *measure != Measure::Status || options.migration.is_some() {
        let name = &first.name;
        faults.push(
            Diagnostic::error(
                "trend/result",
                text!(
                    "`{name}` est le résultat d'un audit : il ne dit ni autre mesure que le statut, ni qui a changé",
                    "`{name}` is the result of an audit: it tells no other measure than the status, nor who changed"
                ),
            )
            .help(text!("donner les inventaires", "give the inventories")),
        );
    }
    let mut wanted: Vec<(String, String)> = first.packs();
    let (mut unit, mut filter) = (first.basis.unit, &first.basis.filter);
    if inventories {
        wanted = rules.packs.iter().map(|pack| (pack.id.clone(), pack.digest.clone())).collect();
        (unit, filter) = (options.survey.unit, &options.survey.filter);
    }
    for (date, past) in results() {
        let name = &past.name;
        let mut refuse = |code, message, help| faults.push(Diagnostic::error(code, message).help(help));
        if past.basis.unit != unit {
            let (one, two) = (word(past.basis.unit), word(unit));
            refuse(
                "trend/unit",
                text!(
                    "`{name}` compte en `{one}`, le reste en `{two}`",
                    "`{name}` counts in `{one}`, the rest in `{two}`"
                ),
                text!(
                    "refaire l'un des deux avec la même unité (`--unit`)",
                    "make one of them again with the same unit (`--unit`)"
                ),
            );
        }
        if past.packs() != wanted {
            refuse(
                "trend/packs",
                text!("`{name}` a été jugé avec d'autres packs", "`{name}` was judged with other packs"),
                text!(
                    "donner son inventaire : il sera jugé avec les packs de ce passage",
                    "give its inventory: it will be judged with the packs of this run"
                ),
            );
        }
        if past.basis.filter != *filter {
            refuse(
                "trend/filter",
                text!(
                    "`{name}` est d'une autre population (`--where`)",
                    "`{name}` is of another population (`--where`)"
                ),
                text!("donner son inventaire", "give its inventory"),
            );
        }
        if past.basis.as_of != date {
            let own = past.basis.as_of;
            refuse(
                "trend/date",
                text!("`{name}` est du {own}, pas du {date}", "`{name}` is of {own}, not of {date}"),
                text!("ne pas lui donner de date : il en a une", "give it no date: it has one"),
            );
        }
    }
    faults
}

impl PastResult {
    fn packs(&self) -> Vec<(String, String)> {
        self.basis.packs.iter().map(|pack| (pack.id.clone(), pack.edition.digest.clone())).collect()
    }
}

fn word(unit: Unit) -> &'static str {
    match unit {
        Unit::Row => "row",
        Unit::Ps => "ps",
        Unit::Weight => "weight",
    }
}
