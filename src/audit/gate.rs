//! Whether the gate of an audit is closed, and why.

use super::report::{Closed, Report, Unit};
use crate::diag::Text;
use crate::pack::Level;
use crate::text;
use crate::value::Date;

/// What closes the gate of an audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// Nothing.
    Never,
    /// A unit fails a rule of this level or above.
    Level(Level),
    /// A unit fails a blocking rule, or will within this window.
    Expiring {
        /// As the user wrote it (`90d`).
        text: String,
        /// Last day of the window, included.
        until: Date,
    },
}

/// The gate that an audit was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gate {
    /// `--fail-on`.
    pub fail_on: Option<FailOn>,
    /// `--fail-under`, a share 0..=1 of the up to date.
    pub fail_under: Option<f64>,
}

impl Gate {
    /// Decides on a report; `expiring` is, for each rule, how many units fail it within the gate's window.
    #[must_use]
    pub fn decide(&self, report: &Report, expiring: &[u64]) -> Option<Closed> {
        let rules = 0..report.rules.len();
        self.by_waivers(report)
            .or_else(|| rules.into_iter().find_map(|rule| self.closed_by(report, rule, expiring)))
            .or_else(|| self.by_share(report))
    }

    /// A waiver that has expired is an error wherever a gate is asked for.
    fn by_waivers(&self, report: &Report) -> Option<Closed> {
        if matches!(self.fail_on, None | Some(FailOn::Never)) && self.fail_under.is_none() {
            return None;
        }
        let waiver = report.waivers.iter().flat_map(|waivers| &waivers.list).find(|waiver| waiver.expired())?;
        Some(Closed { reason: waiver.why_closed() })
    }

    /// How a rule, by its place in the report, closes the gate.
    #[must_use]
    pub fn closed_by(&self, report: &Report, place: usize, expiring: &[u64]) -> Option<Closed> {
        let (level, window) = match self.fail_on.as_ref()? {
            FailOn::Never => return None,
            FailOn::Level(level) => (*level, None),
            FailOn::Expiring { text, .. } => (Level::Blocking, Some(text)),
        };
        let rule = report.rules.get(place).filter(|rule| rule.level >= level)?;
        let units = |n: u64| units(report.basis.unit, n);
        let id = &rule.column;
        if let Some(baseline) = &report.baseline {
            let new = baseline.rules.get(place).map_or(0, |rule| rule.new);
            if new > 0 {
                return Some(Closed {
                    reason: text!(
                        "règle `{id}` : échecs nouveaux depuis la baseline, en lignes : {new}",
                        "rule `{id}`: failures that are new since the baseline, in rows: {new}"
                    ),
                });
            }
        } else if rule.counts.fail > 0 {
            let Text { fr, en } = units(rule.counts.fail);
            return Some(Closed {
                reason: text!("règle `{id}` non respectée par {fr}", "rule `{id}` failed by {en}")
            });
        }
        let expiring = expiring.get(place).copied().filter(|expiring| *expiring > 0)?;
        let (window, Text { fr, en }) = (window?, units(expiring));
        Some(Closed {
            reason: text!("règle `{id}` : {fr} en échec d'ici {window}", "rule `{id}`: {en} will fail within {window}"),
        })
    }

    fn by_share(&self, report: &Report) -> Option<Closed> {
        let wanted = self.fail_under?;
        let rate = report.status.rate();
        let goal = wanted * 100.0;
        // As many decimals as the goal has, and the share as many at least.
        let decimals = if (goal * 10.0).fract().abs() < 1e-9 { usize::from(goal.fract() != 0.0) } else { 2 };
        match rate.low {
            None => Some(Closed {
                reason: text!(
                    "aucune installation concernée : le taux à jour n'existe pas",
                    "no installation is concerned: there is no rate of up to date"
                ),
            }),
            Some(low) if low < wanted => {
                let (n, total, share) = (report.status.up_to_date, rate.in_scope, low * 100.0);
                let comma = |number: f64, decimals: usize| format!("{number:.decimals$}").replace('.', ",");
                Some(Closed {
                    reason: Text::new(
                        format!("{} % à jour ({n}/{total}), moins que {} %", comma(share, 2), comma(goal, decimals)),
                        format!("{share:.2}% up to date ({n}/{total}), less than {goal:.decimals$}%"),
                    ),
                })
            }
            Some(_) => None,
        }
    }
}

fn units(unit: Unit, n: u64) -> Text {
    let (fr, en) = match unit {
        Unit::Row => (if n > 1 { "postes" } else { "poste" }, if n == 1 { "workstation" } else { "workstations" }),
        Unit::Ps => ("PS", if n == 1 { "health professional" } else { "health professionals" }),
        Unit::Weight => (
            if n > 1 { "unités de poids" } else { "unité de poids" },
            if n == 1 { "unit of weight" } else { "units of weight" },
        ),
    };
    text!("{n} {fr}", "{n} {en}")
}
