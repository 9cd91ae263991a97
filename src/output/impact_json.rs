//! What installing a release does to a base, for machines.

use super::wire::{WireBreakdown, WireFinding, WireGroupValue, WireInput, WirePack, WireStatus, WireText};
use crate::audit::{Bounds, GroupValue, Impact, ImpactBy, ImpactFigures, Obstacle, ObstacleBy};
use crate::output::page;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct WireImpact<'a> {
    inputs: Vec<WireInput<'a>>,
    packs: Vec<WirePack<'a>>,
    population: u64,
    others: u64,
    unnamed: u64,
    figures: WireFigures,
    by: Vec<WireBreakdown<'a, WireGroup<'a>>>,
    obstacles: Vec<WireObstacle<'a>>,
    data: Vec<WireFinding<'a>>,
}

#[derive(Serialize)]
struct WireFigures {
    population: u64,
    already: u64,
    before: WireStatus,
    after: WireStatus,
    gained: WireBounds,
    blocked: WireBounds,
}

#[derive(Serialize)]
struct WireBounds {
    low: u64,
    high: u64,
}

#[derive(Serialize)]
struct WireGroup<'a> {
    #[serde(flatten)]
    value: WireGroupValue<'a>,
    figures: WireFigures,
}

#[derive(Serialize)]
struct WireObstacle<'a> {
    pack: &'a str,
    rule: &'a str,
    title: WireText<'a>,
    verdict: &'static str,
    fields: Vec<WireField<'a>>,
    declared: Option<WireText<'a>>,
    needed: WireText<'a>,
    remedy: WireText<'a>,
    count: u64,
    alone: u64,
    groups: Vec<WireCounted<'a>>,
    by: Vec<WireBreakdown<'a, WireCounted<'a>>>,
}

#[derive(Serialize)]
struct WireField<'a> {
    field: &'a str,
    label: WireText<'a>,
}

#[derive(Serialize)]
struct WireCounted<'a> {
    #[serde(flatten)]
    value: WireGroupValue<'a>,
    count: u64,
}

impl<'a> From<&'a Impact> for WireImpact<'a> {
    fn from(impact: &'a Impact) -> WireImpact<'a> {
        WireImpact {
            inputs: impact.inputs.iter().map(WireInput::from).collect(),
            packs: impact.packs.iter().map(WirePack::from).collect(),
            population: impact.figures.population,
            others: impact.others,
            unnamed: impact.unnamed,
            figures: WireFigures::from(&impact.figures),
            by: impact.by.iter().map(WireBreakdown::from).collect(),
            obstacles: impact.obstacles.iter().map(WireObstacle::from).collect(),
            data: impact.data.iter().map(WireFinding::from).collect(),
        }
    }
}

impl From<&ImpactFigures> for WireFigures {
    fn from(figures: &ImpactFigures) -> WireFigures {
        let bounds = |Bounds { low, high }: Bounds| WireBounds { low, high };
        WireFigures {
            population: figures.population,
            already: figures.already,
            before: WireStatus::from(&figures.before),
            after: WireStatus::from(&figures.after),
            gained: bounds(figures.gained),
            blocked: bounds(figures.blocked),
        }
    }
}

impl<'a> From<&'a ImpactBy> for WireBreakdown<'a, WireGroup<'a>> {
    fn from(by: &'a ImpactBy) -> WireBreakdown<'a, WireGroup<'a>> {
        let group = |(value, figures): &'a (GroupValue, ImpactFigures)| WireGroup {
            value: WireGroupValue::from(value),
            figures: WireFigures::from(figures),
        };
        WireBreakdown {
            field: &by.field,
            label: WireText::from(&by.label),
            groups: by.groups.iter().map(group).collect(),
        }
    }
}

impl<'a> From<&'a Obstacle> for WireObstacle<'a> {
    fn from(obstacle: &'a Obstacle) -> WireObstacle<'a> {
        let counted = |of: &'a ObstacleBy| -> Vec<WireCounted<'a>> {
            let group = |(value, count): &'a (GroupValue, u64)| WireCounted {
                value: WireGroupValue::from(value),
                count: *count,
            };
            of.groups.iter().map(group).collect()
        };
        WireObstacle {
            pack: &obstacle.pack,
            rule: &obstacle.rule,
            title: WireText::from(&obstacle.title),
            verdict: page::verdict_name(obstacle.verdict),
            fields: obstacle
                .fields
                .iter()
                .map(|(field, label)| WireField { field, label: WireText::from(label) })
                .collect(),
            declared: obstacle.declared.as_ref().map(WireText::from),
            needed: WireText::from(&obstacle.needed),
            remedy: WireText::from(&obstacle.remedy),
            count: obstacle.count,
            alone: obstacle.alone,
            groups: obstacle.by.first().map(counted).unwrap_or_default(),
            by: obstacle
                .by
                .iter()
                .map(|of| WireBreakdown { field: &of.field, label: WireText::from(&of.label), groups: counted(of) })
                .collect(),
        }
    }
}
