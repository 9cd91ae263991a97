//! `vigie.rates/1`: rates for machines. The contract is `schema/rates.json`, and within version 1 it only grows.

use super::stable;
use crate::audit::{Beside, Cell, Counts, Figures, GroupValue, Market, Member, Portfolio, Rates, Share};
use crate::output::measure::WireMeasure;
use crate::output::wire::{self, WireBasis, WireFinding, WireInput, WireRate, WireTarget, WireText};
use serde::Serialize as Wire;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::io::{self, Write};

/// Name and version of the contract.
pub const SCHEMA: &str = "vigie.rates/1";

/// Writes the rates, indented, with a line break at the end.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, rates: &Rates) -> io::Result<()> {
    crate::output::json::pretty(out, &WireRates::from(rates))
}

#[derive(Wire)]
struct WireRates<'a> {
    #[serde(flatten)]
    basis: WireBasis<'a>,
    measure: WireMeasure<'a>,
    publication: Option<WirePublication>,
    by: Vec<WireDimension<'a>>,
    cells: Vec<WireCell<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subtotals: Vec<WireCell<'a>>,
    total: WireFigures,
    #[serde(skip_serializing_if = "Option::is_none")]
    beside: Option<WireBeside<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    market: Option<WireMarket<'a>>,
    targets: Vec<WireTarget<'a>>,
    previous: Vec<WireInput<'a>>,
    data: Vec<WireFinding<'a>>,
    gate: Option<WireGate<'a>>,
}

#[derive(Wire)]
struct WirePublication {
    threshold: u64,
}

#[derive(Wire)]
struct WireDimension<'a> {
    field: &'a str,
    label: WireText<'a>,
    scale: bool,
}

/// One value for each field, by its name.
struct ByField<'a, T>(Vec<(&'a str, T)>);

impl<T: Serialize> Serialize for ByField<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (field, value) in &self.0 {
            map.serialize_entry(field, value)?;
        }
        map.end()
    }
}

#[derive(Wire)]
struct WireCell<'a> {
    key: ByField<'a, Option<&'a str>>,
    kind: ByField<'a, &'static str>,
    label: ByField<'a, Option<WireText<'a>>>,
    #[serde(flatten)]
    figures: WireFigures,
}

#[derive(Wire)]
struct WireFigures {
    n: Option<u64>,
    share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share_of_group: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cumulative: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cumulative_of_group: Option<f64>,
    pass: Option<u64>,
    fail: Option<u64>,
    unknown: Option<u64>,
    not_applicable: Option<u64>,
    rate: Option<WireRate>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    suppressed: bool,
}

#[derive(Wire)]
struct WireBeside<'a> {
    measure: WireMeasure<'a>,
    groups: Vec<WireBesideGroup<'a>>,
    total: WireVerdicts,
}

#[derive(Wire)]
struct WireBesideGroup<'a> {
    value: Option<&'a str>,
    kind: &'static str,
    label: Option<WireText<'a>>,
    #[serde(flatten)]
    verdicts: WireVerdicts,
}

#[derive(Wire)]
struct WireVerdicts {
    pass: u64,
    fail: u64,
    unknown: u64,
    not_applicable: u64,
    rate: WireRate,
}

impl From<&Counts> for WireVerdicts {
    fn from(counts: &Counts) -> WireVerdicts {
        let Counts { pass, fail, unknown, not_applicable, .. } = *counts;
        WireVerdicts { pass, fail, unknown, not_applicable, rate: counts.rate().into() }
    }
}

impl<'a> From<&'a Beside> for WireBeside<'a> {
    fn from(beside: &'a Beside) -> WireBeside<'a> {
        let group = |(member, _, counts): &'a (Member, Counts, Counts)| WireBesideGroup {
            value: stable(member).1,
            kind: stable(member).0,
            label: label(member),
            verdicts: counts.into(),
        };
        WireBeside {
            measure: WireMeasure::from(&beside.measure),
            groups: beside.groups.iter().map(group).collect(),
            total: (&beside.total.1).into(),
        }
    }
}

#[derive(Wire)]
struct WireMarket<'a> {
    groups: u64,
    complete: bool,
    top: Vec<WireTop>,
    hhi: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    portfolio: Option<WirePortfolio<'a>>,
}

#[derive(Wire)]
struct WireTop {
    groups: u64,
    n: Option<u64>,
    share: Option<f64>,
}

#[derive(Wire)]
struct WirePortfolio<'a> {
    groups: u64,
    min: u64,
    d1: u64,
    q1: u64,
    median: u64,
    q3: u64,
    d9: u64,
    max: u64,
    mean: f64,
    single: u64,
    presence: Vec<WirePresence<'a>>,
}

#[derive(Wire)]
struct WirePresence<'a> {
    value: Option<&'a str>,
    label: Option<WireText<'a>>,
    groups: u64,
    share: f64,
    only: u64,
    only_share: f64,
}

#[derive(Wire)]
struct WireGate<'a> {
    open: bool,
    reason: WireText<'a>,
}

impl<'a> From<&'a Rates> for WireRates<'a> {
    fn from(rates: &'a Rates) -> WireRates<'a> {
        let dimension = |by: &'a crate::audit::Dimension| WireDimension {
            field: &by.field,
            label: WireText::from(&by.label),
            scale: by.scale,
        };
        WireRates {
            basis: WireBasis::new(SCHEMA, &rates.basis),
            measure: WireMeasure::from(&rates.measure),
            publication: rates.threshold.map(|threshold| WirePublication { threshold }),
            by: rates.by.iter().map(dimension).collect(),
            cells: rates.cells.iter().map(|cell| wire_cell(cell, rates)).collect(),
            subtotals: rates.subtotals.iter().map(|cell| wire_cell(cell, rates)).collect(),
            total: WireFigures::from(&rates.total),
            beside: rates.beside.as_ref().map(WireBeside::from),
            market: rates.market.as_ref().map(WireMarket::from),
            targets: rates.targets.iter().map(WireTarget::from).collect(),
            previous: rates.previous.iter().map(WireInput::from).collect(),
            data: wire::findings(&rates.basis),
            gate: rates.closed.as_ref().map(|c| WireGate { open: false, reason: WireText::from(&c.reason) }),
        }
    }
}

fn wire_cell<'a>(cell: &'a Cell, rates: &'a Rates) -> WireCell<'a> {
    let members =
        || rates.by.iter().zip(&cell.key).filter(|(_, of)| **of != Member::All).map(|(by, of)| (by.field.as_str(), of));
    WireCell {
        key: ByField(members().map(|(field, of)| (field, stable(of).1)).collect()),
        kind: ByField(members().map(|(field, of)| (field, stable(of).0)).collect()),
        label: ByField(members().map(|(field, of)| (field, label(of))).collect()),
        figures: WireFigures::from(&cell.figures),
    }
}

fn label(of: &Member) -> Option<WireText<'_>> {
    match of {
        Member::Of(GroupValue::Known { label, .. }) => Some(WireText { fr: &label.0, en: &label.1 }),
        Member::Of(GroupValue::Several) => Some(WireText { fr: "plusieurs", en: "several" }),
        Member::Others => Some(WireText { fr: super::OTHERS.0, en: super::OTHERS.1 }),
        Member::Of(GroupValue::Unknown) | Member::All => None,
    }
}

impl From<&Figures> for WireFigures {
    fn from(figures: &Figures) -> WireFigures {
        let fraction = |share: Option<Share>| share.map(Share::fraction);
        let counts = figures.counts;
        WireFigures {
            n: figures.n,
            share: fraction(figures.share),
            share_of_group: fraction(figures.share_of_group),
            cumulative: fraction(figures.cumulative),
            cumulative_of_group: fraction(figures.cumulative_of_group),
            pass: counts.map(|counts| counts.pass),
            fail: counts.map(|counts| counts.fail),
            unknown: counts.map(|counts| counts.unknown),
            not_applicable: counts.map(|counts| counts.not_applicable),
            rate: figures.rate().map(WireRate::from),
            suppressed: figures.suppressed(),
        }
    }
}

impl<'a> From<&'a Market> for WireMarket<'a> {
    fn from(market: &'a Market) -> WireMarket<'a> {
        let top = |(groups, share): &(u64, Option<Share>)| WireTop {
            groups: *groups,
            n: share.map(|share| share.part),
            share: share.map(Share::fraction),
        };
        WireMarket {
            groups: market.groups,
            complete: market.complete,
            top: market.top.iter().map(top).collect(),
            hhi: market.hhi,
            portfolio: market.portfolio.as_ref().map(WirePortfolio::from),
        }
    }
}

impl<'a> From<&'a Portfolio> for WirePortfolio<'a> {
    fn from(portfolio: &'a Portfolio) -> WirePortfolio<'a> {
        let [min, d1, q1, median, q3, d9, max] = portfolio.quantiles;
        let presence = portfolio.presence.iter().map(|presence| WirePresence {
            value: stable(&presence.member).1,
            label: label(&presence.member),
            groups: presence.groups.part,
            share: presence.groups.fraction(),
            only: presence.only.part,
            only_share: presence.only.fraction(),
        });
        WirePortfolio {
            groups: portfolio.single.whole,
            min,
            d1,
            q1,
            median,
            q3,
            d9,
            max,
            mean: portfolio.mean.fraction(),
            single: portfolio.single.part,
            presence: presence.collect(),
        }
    }
}
