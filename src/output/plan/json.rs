//! `vigie.plan/1`: the plan for machines. Its contract is `schema/plan.json`.

use crate::audit::{Plan, PlanBreakdown, PlanCounts, Why};
use crate::output::wire::{
    self, WireBasis, WireBreakdown, WireFinding, WireGroupValue, WireRate, WireStatus, WireText,
};
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the contract.
pub const SCHEMA: &str = "vigie.plan/1";

#[derive(Serialize)]
struct WirePlan<'a> {
    #[serde(flatten)]
    basis: WireBasis<'a>,
    status: WireStatus,
    rate: WireRate,
    needs: WireNeeds,
    campaigns_needed: Vec<WireSize>,
    campaigns: Vec<WireCampaign<'a>>,
    find_out: Vec<WireAsk<'a>>,
    no_remedy: Vec<WireStuck<'a>>,
    by: Vec<WireBreakdown<'a, WirePlanGroup<'a>>>,
    data: Vec<WireFinding<'a>>,
}

#[derive(Serialize)]
struct WireNeeds {
    changes: u64,
    finding_out: u64,
    both: u64,
    no_remedy: u64,
}

#[derive(Serialize)]
struct WireSize {
    campaigns: usize,
    units: u64,
}

#[derive(Serialize)]
struct WireCampaign<'a> {
    code: &'a str,
    label: WireText<'a>,
    field: &'a str,
    product: Option<&'a str>,
    units: u64,
    alone: u64,
    cumulative: u64,
    moves: Vec<WireMove<'a>>,
    rules: Vec<WireRule<'a>>,
}

#[derive(Serialize)]
struct WireMove<'a> {
    from: Option<WireText<'a>>,
    to: Option<WireText<'a>>,
    units: u64,
    alone: u64,
}

#[derive(Serialize)]
struct WireRule<'a> {
    id: &'a str,
    pack: &'a str,
    title: WireText<'a>,
    units: u64,
}

#[derive(Serialize)]
struct WireAsk<'a> {
    path: &'a str,
    label: WireText<'a>,
    told_by: &'static str,
    units: u64,
    alone: u64,
}

#[derive(Serialize)]
struct WireStuck<'a> {
    rule: WireRule<'a>,
    why: &'static str,
    reads: Vec<WireRead<'a>>,
    seen: Vec<WireText<'a>>,
}

#[derive(Serialize)]
struct WireRead<'a> {
    path: &'a str,
    label: WireText<'a>,
}

#[derive(Serialize)]
struct WirePlanGroup<'a> {
    #[serde(flatten)]
    value: WireGroupValue<'a>,
    population: u64,
    status: WireStatus,
    needs: WireNeeds,
    campaigns: Vec<WireGroupCampaign<'a>>,
}

#[derive(Serialize)]
struct WireGroupCampaign<'a> {
    code: &'a str,
    units: u64,
    alone: u64,
}

/// Writes the plan, indented, with a line break at the end.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, plan: &Plan) -> io::Result<()> {
    let rule = |number: usize, units: u64| {
        let rule = plan.rules.get(number)?;
        Some(WireRule { id: &rule.id, pack: &rule.pack, title: WireText::from(&rule.title), units })
    };
    let campaigns = plan.campaigns.iter().map(|campaign| WireCampaign {
        code: &campaign.code,
        label: WireText::from(&campaign.label),
        field: &campaign.field,
        product: campaign.of.product.as_deref(),
        units: campaign.units,
        alone: campaign.alone,
        cumulative: campaign.cumulative,
        moves: campaign
            .moves
            .iter()
            .map(|one| WireMove {
                from: Some(&one.from).filter(|text| !text.fr.is_empty()).map(WireText::from),
                to: Some(&one.to).filter(|text| !text.fr.is_empty()).map(WireText::from),
                units: one.units,
                alone: one.alone,
            })
            .collect(),
        rules: campaign.rules.iter().filter_map(|(number, units)| rule(*number, *units)).collect(),
    });
    let stuck = plan.stuck.iter().filter_map(|stuck| {
        Some(WireStuck {
            rule: rule(stuck.rule, stuck.units)?,
            why: why(stuck.why),
            reads: stuck.reads.iter().map(|(path, label)| WireRead { path, label: WireText::from(label) }).collect(),
            seen: stuck.seen.iter().map(WireText::from).collect(),
        })
    });
    let wire = WirePlan {
        basis: WireBasis::new(SCHEMA, &plan.basis),
        status: WireStatus::from(&plan.status),
        rate: plan.status.rate().into(),
        needs: needs(&plan.counts),
        campaigns_needed: (1..)
            .zip(&plan.sizes)
            .map(|(campaigns, units)| WireSize { campaigns, units: *units })
            .collect(),
        campaigns: campaigns.collect(),
        find_out: plan
            .asks
            .iter()
            .map(|ask| WireAsk {
                path: &ask.path,
                label: WireText::from(&ask.label),
                told_by: if ask.of_socle { "socle" } else { "inventory" },
                units: ask.units,
                alone: ask.alone,
            })
            .collect(),
        no_remedy: stuck.collect(),
        by: plan.by.iter().map(|breakdown| wire_breakdown(breakdown, plan)).collect(),
        data: wire::findings(&plan.basis),
    };
    crate::output::json::pretty(out, &wire)
}

fn needs(counts: &PlanCounts) -> WireNeeds {
    let PlanCounts { by_changes, by_finding_out, both, stuck } = *counts;
    WireNeeds { changes: by_changes, finding_out: by_finding_out, both, no_remedy: stuck }
}

fn why(why: Why) -> &'static str {
    match why {
        Why::Fixed => "fixed",
        Why::NoValue => "no_value",
        Why::TooMany => "too_many",
    }
}

fn wire_breakdown<'a>(breakdown: &'a PlanBreakdown, plan: &'a Plan) -> WireBreakdown<'a, WirePlanGroup<'a>> {
    let groups = breakdown.groups.iter().map(|group| WirePlanGroup {
        value: WireGroupValue::from(&group.value),
        population: group.population,
        status: WireStatus::from(&group.status),
        needs: needs(&group.counts),
        campaigns: plan
            .campaigns
            .iter()
            .zip(&group.campaigns)
            .filter(|(_, (units, _))| *units > 0)
            .map(|(campaign, (units, alone))| WireGroupCampaign { code: &campaign.code, units: *units, alone: *alone })
            .collect(),
    });
    WireBreakdown { field: &breakdown.field, label: WireText::from(&breakdown.label), groups: groups.collect() }
}
