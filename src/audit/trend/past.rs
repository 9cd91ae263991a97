//! A snapshot that is the result of an audit.

use super::{RuleTrend, Snapshot, Source, TrendOptions};
use crate::audit::measure::Measure;
use crate::audit::report::{Basis, StatusCounts, Unit};
use crate::audit::survey::Rules;
use crate::diag::Diagnostic;
use crate::engine::GroupValue;
use crate::text;
use std::collections::BTreeSet;

/// The result of an audit, as read back.
#[derive(Clone, Debug)]
pub struct PastResult {
    /// Name of its file.
    pub name: String,
    /// What it rests on, without what was found in the data.
    pub basis: Basis,
    /// Digest of the waivers that it was given.
    pub waivers: Option<String>,
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
    let mut wanted = first.ground();
    let (mut unit, mut rollup, mut filter) = (first.basis.unit, first.basis.rollup, &first.basis.filter);
    if inventories {
        wanted = Ground {
            packs: rules.packs.iter().map(|pack| (pack.id.as_str(), pack.digest.as_str())).collect(),
            rules: rules.packs.iter().flat_map(|pack| pack.rules.iter().map(|rule| (&*pack.id, &*rule.id))).collect(),
            socle: &rules.edition.digest,
            catalogues: rules.socle.catalogue.files.iter().map(|file| file.digest.as_str()).collect(),
            registers: rules.socle.registers.files.iter().map(|file| (&*file.kind, &*file.digest)).collect(),
            mapping: options.survey.mapping.file.as_ref().map(|file| &*file.digest),
            waivers: None,
        };
        (unit, filter) = (options.survey.unit, &options.survey.filter);
        rollup = (unit == Unit::Ps).then_some(options.survey.rollup);
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
        // A result that does not tell its roll-up is of an earlier version.
        if past.basis.unit == unit && past.basis.rollup.zip(rollup).is_some_and(|(one, two)| one != two) {
            refuse(
                "trend/rollup",
                text!(
                    "`{name}` réunit les postes d'un PS autrement que le reste (`--rollup`)",
                    "`{name}` rolls up the workstations of a PS in another way than the rest (`--rollup`)"
                ),
                text!(
                    "refaire l'un des deux avec le même `--rollup`",
                    "make one of them again with the same `--rollup`"
                ),
            );
        }
        let ground = past.ground();
        let again = || {
            text!(
                "donner son inventaire : il sera jugé avec les packs de ce passage",
                "give its inventory: it will be judged with the packs of this run"
            )
        };
        if ground.packs != wanted.packs {
            refuse(
                "trend/packs",
                text!("`{name}` a été jugé avec d'autres packs", "`{name}` was judged with other packs"),
                again(),
            );
        } else if ground.rules != wanted.rules {
            refuse(
                "trend/result",
                text!("`{name}` n'a pas toutes les règles de ses packs", "`{name}` lacks rules of its packs"),
                again(),
            );
        }
        if ground.socle != wanted.socle {
            refuse(
                "trend/socle",
                text!(
                    "`{name}` a été jugé avec un autre socle : seuils, cycles de vie ou catalogue de référence diffèrent",
                    "`{name}` was judged with another socle: thresholds, life cycles or reference catalogue differ"
                ),
                again(),
            );
        }
        if ground.catalogues != wanted.catalogues {
            refuse(
                "trend/catalogue",
                text!("`{name}` a été jugé avec un autre catalogue", "`{name}` was judged with another catalogue"),
                again(),
            );
        }
        if ground.registers != wanted.registers {
            refuse(
                "trend/register",
                text!("`{name}` a été joint à d'autres registres", "`{name}` was joined to other registers"),
                again(),
            );
        }
        if ground.mapping != wanted.mapping {
            refuse(
                "trend/mapping",
                text!(
                    "`{name}` a été lu avec un autre fichier de colonnes",
                    "`{name}` was read with another mapping file"
                ),
                again(),
            );
        }
        if ground.waivers != wanted.waivers {
            refuse(
                "trend/derogations",
                text!("`{name}` n'a pas les mêmes dérogations", "`{name}` has not the same waivers"),
                text!(
                    "refaire les résultats avec les mêmes dérogations, ou sans",
                    "make the results again with the same waivers, or without"
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
    for field in &options.by {
        let cut = results().any(|(_, past)| past.by.iter().any(|(known, _)| known == field));
        if !inventories && !cut {
            faults.push(
                Diagnostic::error(
                    "trend/by",
                    text!(
                        "aucun de ces résultats n'est coupé par `{field}`",
                        "none of these results is cut by `{field}`"
                    ),
                )
                .help(text!(
                    "les refaire avec `vigie audit --by {field}`, ou donner les inventaires",
                    "make them again with `vigie audit --by {field}`, or give the inventories"
                )),
            );
        }
    }
    faults
}

/// What verdicts stand on, whatever the inventory: the order of packs and rules says nothing.
struct Ground<'g> {
    packs: BTreeSet<(&'g str, &'g str)>,
    rules: BTreeSet<(&'g str, &'g str)>,
    socle: &'g str,
    catalogues: BTreeSet<&'g str>,
    registers: BTreeSet<(&'g str, &'g str)>,
    mapping: Option<&'g str>,
    waivers: Option<&'g str>,
}

impl PastResult {
    fn ground(&self) -> Ground<'_> {
        Ground {
            packs: self.basis.packs.iter().map(|pack| (&*pack.id, &*pack.edition.digest)).collect(),
            rules: self.rules.iter().map(|rule| (&*rule.pack, &*rule.id)).collect(),
            socle: &self.basis.socle.digest,
            catalogues: self.basis.catalogues.iter().map(|file| file.digest.as_str()).collect(),
            registers: self.basis.registers.iter().map(|file| (&*file.kind, &*file.digest)).collect(),
            mapping: self.basis.mapping.as_ref().map(|file| &*file.digest),
            waivers: self.waivers.as_deref(),
        }
    }
}

fn word(unit: Unit) -> &'static str {
    match unit {
        Unit::Row => "row",
        Unit::Ps => "ps",
        Unit::Weight => "weight",
    }
}
