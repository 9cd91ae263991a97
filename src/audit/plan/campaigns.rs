//! What is to be done about each installation → campaigns, in the order that brings most up to date first.

use super::count::{Counted, Outline};
use super::solve::{Ask, Why};
use super::{Campaigned, PartPlan, Plan, PlanRule, all_rules, named};
use crate::audit::findings;
use crate::audit::read::Outcome;
use crate::audit::report::{Basis, StatusCounts, status_of};
use crate::audit::survey::Rules;
use crate::diag::Text;
use crate::engine::{GroupValue, Status};
use crate::socle::Socle;
use crate::value::Type;
use std::collections::{BTreeMap, BTreeSet};

/// What the installations that are not up to date need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Changes alone bring them up to date.
    pub by_changes: u64,
    /// Nothing is at fault: what is not known is to be found out.
    pub by_finding_out: u64,
    /// Changes, and something to find out.
    pub both: u64,
    /// No set of changes is known.
    pub stuck: u64,
}

/// Changes of one kind.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// What it is made of.
    pub of: Campaigned,
    /// Stable name: the field, its member, what is taken away, the product.
    pub code: String,
    /// What is done, for people.
    pub label: Text,
    /// Id of the field that changes.
    pub field: String,
    /// Units that need it.
    pub units: u64,
    /// Among them, those that need nothing else to be up to date.
    pub alone: u64,
    /// Units up to date once this campaign and those before it are done, beside those that are already.
    pub cumulative: u64,
    /// From what to what, the most first.
    pub moves: Vec<Move>,
    /// Failing rules behind it (numbers in [`Plan::rules`]), with the units that fail them and need it, the most first.
    pub rules: Vec<(usize, u64)>,
}

/// A change of a campaign. A unit whose workstations differ may have several.
#[derive(Clone, Debug)]
pub struct Move {
    /// What it was; empty when there is nothing to say.
    pub from: Text,
    /// What it becomes.
    pub to: Text,
    /// Units.
    pub units: u64,
    /// Those that need nothing else.
    pub alone: u64,
}

/// Something to find out.
#[derive(Clone, Debug)]
pub struct AskTotal {
    /// Id of the field, with the attribute of it after points.
    pub path: String,
    /// Its name for people.
    pub label: Text,
    /// The socle does not say it: no inventory can.
    pub of_socle: bool,
    /// Units whose status waits for it.
    pub units: u64,
    /// Those that wait for nothing else, and need no change.
    pub alone: u64,
}

/// A rule that no known change makes pass.
#[derive(Clone, Debug)]
pub struct StuckTotal {
    /// Number in [`Plan::rules`].
    pub rule: usize,
    /// Why.
    pub why: Why,
    /// What the failing conditions read: ids, and names for people.
    pub reads: Vec<(String, Text)>,
    /// The values that fail, of fields that may be quoted.
    pub seen: Vec<Text>,
    /// Units.
    pub units: u64,
}

/// A plan cut by one field.
#[derive(Clone, Debug)]
pub struct PlanBreakdown {
    /// Field or attribute asked for.
    pub field: String,
    /// Its name for people.
    pub label: Text,
    /// Groups, the largest first.
    pub groups: Vec<PlanGroup>,
}

/// One group of a breakdown.
#[derive(Clone, Debug)]
pub struct PlanGroup {
    /// The value they share.
    pub value: GroupValue,
    /// Units in the group.
    pub population: u64,
    /// Their status today.
    pub status: StatusCounts,
    /// What they need.
    pub counts: Counts,
    /// For each campaign: units that need it, and those that need nothing else.
    pub campaigns: Vec<(u64, u64)>,
}

impl Counts {
    /// The sum.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_changes + self.by_finding_out + self.both + self.stuck
    }
}

/// What an outline needs, together.
struct Needs<'p> {
    campaigns: BTreeSet<&'p Campaigned>,
    asks: BTreeSet<&'p Ask>,
    stuck: bool,
}

impl<'p> Needs<'p> {
    fn of(plans: &[&'p PartPlan]) -> Needs<'p> {
        Needs {
            campaigns: plans.iter().flat_map(|plan| &plan.changes).map(|change| &change.of).collect(),
            asks: plans.iter().flat_map(|plan| &plan.asks).collect(),
            stuck: plans.iter().any(|plan| !plan.stuck.is_empty()),
        }
    }

    /// Changes alone bring it up to date.
    fn by_changes(&self) -> bool {
        !self.stuck && self.asks.is_empty() && !self.campaigns.is_empty()
    }

    fn count(&self, counts: &mut Counts, units: u64) {
        let place = match (self.stuck, self.campaigns.is_empty(), self.asks.is_empty()) {
            (true, ..) => &mut counts.stuck,
            (false, true, _) => &mut counts.by_finding_out,
            (false, false, true) => &mut counts.by_changes,
            (false, false, false) => &mut counts.both,
        };
        *place += units;
    }
}

#[derive(Default)]
struct Draft {
    units: u64,
    alone: u64,
    moves: BTreeMap<(Text, Text), (u64, u64)>,
    rules: BTreeMap<usize, u64>,
}

/// Puts what was counted together.
pub(super) fn tell(basis: Basis, outcome: &Outcome, counted: &Counted, rules: &Rules<'_>, by: &[String]) -> Plan {
    let socle = rules.socle;
    let tally = &outcome.counted[0].0;
    let plans_of = |(_, parts): &Outline| parts.iter().map(|part| &counted.plans[*part as usize]).collect::<Vec<_>>();
    let mut counts = Counts::default();
    let mut drafts: BTreeMap<&Campaigned, Draft> = BTreeMap::new();
    let mut asks: BTreeMap<&Ask, (u64, u64)> = BTreeMap::new();
    let mut stuck: BTreeMap<_, u64> = BTreeMap::new();
    let mut sets: BTreeMap<BTreeSet<&Campaigned>, u64> = BTreeMap::new();
    let not_up_to_date =
        || counted.units.iter().filter(|((status, _), _)| matches!(status, Status::Undetermined | Status::Obsolete));
    for (outline, groups) in not_up_to_date() {
        let units = groups.values().sum::<u64>();
        let plans = plans_of(outline);
        let needs = Needs::of(&plans);
        needs.count(&mut counts, units);
        if needs.by_changes() {
            *sets.entry(needs.campaigns.clone()).or_default() += units;
        }
        let alone = needs.by_changes() && needs.campaigns.len() == 1;
        let mut moved = BTreeSet::new();
        let mut failed = BTreeSet::new();
        for change in plans.iter().flat_map(|plan| &plan.changes) {
            let draft = drafts.entry(&change.of).or_default();
            if moved.insert((&change.of, &change.from, &change.to)) {
                let place = draft.moves.entry((change.from.clone(), change.to.clone())).or_default();
                place.0 += units;
                place.1 += if alone { units } else { 0 };
            }
            for rule in &change.rules {
                if failed.insert((&change.of, *rule)) {
                    *draft.rules.entry(*rule).or_default() += units;
                }
            }
        }
        for campaign in &needs.campaigns {
            let draft = drafts.entry(campaign).or_default();
            draft.units += units;
            draft.alone += if alone { units } else { 0 };
        }
        let only = !needs.stuck && needs.campaigns.is_empty() && needs.asks.len() == 1;
        for ask in &needs.asks {
            let place = asks.entry(ask).or_default();
            place.0 += units;
            place.1 += if only { units } else { 0 };
        }
        for found in plans.iter().flat_map(|plan| &plan.stuck).collect::<BTreeSet<_>>() {
            *stuck.entry(found).or_default() += units;
        }
    }
    let mut sizes: Vec<u64> = Vec::new();
    for (set, units) in &sets {
        sizes.resize(sizes.len().max(set.len()), 0);
        sizes[set.len() - 1] += units;
    }
    let order = order(&drafts, &sets);
    let campaigns: Vec<Campaign> = order
        .iter()
        .filter_map(|(of, cumulative)| Some(campaign(of, drafts.remove(of)?, *cumulative, socle)))
        .collect();
    let mut asks: Vec<AskTotal> = asks
        .into_iter()
        .map(|(ask, (units, alone))| AskTotal {
            path: path(socle, &ask.read),
            label: named(socle, &ask.read),
            of_socle: ask.of_socle,
            units,
            alone,
        })
        .collect();
    asks.sort_by(|a, b| (b.alone, b.units, &a.path).cmp(&(a.alone, a.units, &b.path)));
    let mut stuck: Vec<StuckTotal> = stuck
        .into_iter()
        .map(|(stuck, units)| StuckTotal {
            rule: stuck.rule,
            why: stuck.why,
            reads: stuck.reads.iter().map(|read| (path(socle, read), named(socle, read))).collect(),
            seen: stuck.seen.clone(),
            units,
        })
        .collect();
    stuck.sort_by(|a, b| (b.units, a.rule, &a.seen).cmp(&(a.units, b.rule, &b.seen)));
    let breakdowns = by.iter().enumerate().map(|(place, field)| {
        let mut groups: BTreeMap<GroupValue, (Counts, Vec<(u64, u64)>)> = BTreeMap::new();
        for (outline, by_group) in not_up_to_date() {
            let needs = Needs::of(&plans_of(outline));
            for (values, units) in by_group {
                let value = values.get(place).cloned().unwrap_or(GroupValue::Unknown);
                let (counts, by_campaign) =
                    groups.entry(value).or_insert_with(|| (Counts::default(), vec![(0, 0); campaigns.len()]));
                needs.count(counts, *units);
                let alone = needs.by_changes() && needs.campaigns.len() == 1;
                for (campaign, counted) in campaigns.iter().zip(by_campaign) {
                    if needs.campaigns.contains(&campaign.of) {
                        counted.0 += units;
                        counted.1 += if alone { *units } else { 0 };
                    }
                }
            }
        }
        let mut told: Vec<PlanGroup> = tally.by[place]
            .iter()
            .map(|(key, group)| {
                let value = key.first().cloned().unwrap_or(GroupValue::Unknown);
                let (counts, by_campaign) =
                    groups.remove(&value).unwrap_or_else(|| (Counts::default(), vec![(0, 0); campaigns.len()]));
                let status = status_of(&group.status);
                PlanGroup { value, population: group.units, status, counts, campaigns: by_campaign }
            })
            .collect();
        told.sort_by(|a, b| GroupValue::largest_first((&a.value, a.population), (&b.value, b.population)));
        PlanBreakdown { field: field.clone(), label: findings::label_of_path(field, socle), groups: told }
    });
    let by = breakdowns.collect();
    let rules = all_rules(rules)
        .map(|(pack, rule)| PlanRule { id: rule.id.clone(), pack: pack.to_owned(), title: rule.title.clone() })
        .collect();
    let status = tally.status.first().map(status_of).unwrap_or_default();
    Plan { basis, status, counts, sizes, campaigns, asks, stuck, by, rules }
}

fn campaign(of: &Campaigned, draft: Draft, cumulative: u64, socle: &Socle) -> Campaign {
    let mut moves: Vec<Move> =
        draft.moves.into_iter().map(|((from, to), (units, alone))| Move { from, to, units, alone }).collect();
    moves.sort_by(|a, b| (b.units, b.alone, &a.from, &a.to).cmp(&(a.units, a.alone, &b.from, &b.to)));
    let mut rules: Vec<(usize, u64)> = draft.rules.into_iter().collect();
    rules.sort_by_key(|(rule, units)| (std::cmp::Reverse(*units), *rule));
    Campaign {
        of: of.clone(),
        code: of.code(socle),
        label: of.label(socle),
        field: socle.fields[usize::from(socle.actions[of.action].field.0)].id.clone(),
        units: draft.units,
        alone: draft.alone,
        cumulative,
        moves,
        rules,
    }
}

impl Campaigned {
    /// Stable name: `lecteurs`, `lecteurs.mode`, `galss:remove`, `palier:replace`, `version@Essai Soins`.
    #[must_use]
    pub fn code(&self, socle: &Socle) -> String {
        let Some(action) = socle.actions.get(self.action) else { return String::new() };
        let field = &socle.fields[usize::from(action.field.0)];
        let record = match &field.ty {
            Type::Record(record) => Some(*record),
            Type::List(item) => match **item {
                Type::Record(record) => Some(record),
                _ => None,
            },
            _ => None,
        };
        let member =
            action.member.zip(record).and_then(|(member, record)| socle.tables.record(record).members.get(member));
        let member = member.map(|member| format!(".{}", member.name)).unwrap_or_default();
        let way = match (self.removal, self.replacement) {
            (true, _) => ":remove",
            (_, true) => ":replace",
            _ => "",
        };
        let product = self.product.as_ref().map(|product| format!("@{product}")).unwrap_or_default();
        format!("{}{member}{way}{product}", field.id)
    }

    /// What is done, for people: « Remplacer le lecteur », « Mettre à jour le logiciel Essai Soins ».
    #[must_use]
    pub fn label(&self, socle: &Socle) -> Text {
        let Some(action) = socle.actions.get(self.action) else { return Text::default() };
        let other = action.remove.as_ref().filter(|_| self.removal);
        let other = other.or(action.replace.as_ref().filter(|_| self.replacement));
        let label = other.unwrap_or(&action.label);
        match &self.product {
            Some(product) => Text::new(format!("{} {product}", label.fr), format!("{} {product}", label.en)),
            None => label.clone(),
        }
    }
}

/// Campaigns one after the other, each the one that brings most units up to date once those before it are done; with
/// how many are then up to date.
fn order<'p>(
    drafts: &BTreeMap<&'p Campaigned, Draft>,
    sets: &BTreeMap<BTreeSet<&'p Campaigned>, u64>,
) -> Vec<(&'p Campaigned, u64)> {
    let mut left: Vec<&Campaigned> = drafts.keys().copied().collect();
    let mut waiting: Vec<(BTreeSet<&Campaigned>, u64)> = sets.iter().map(|(set, n)| (set.clone(), *n)).collect();
    let mut cumulative = 0;
    let mut order = Vec::new();
    while !left.is_empty() {
        let mut gains: BTreeMap<&Campaigned, u64> = BTreeMap::new();
        for (set, units) in &waiting {
            if let (Some(only), 1) = (set.first(), set.len()) {
                *gains.entry(only).or_default() += units;
            }
        }
        let gain = |of: &Campaigned| gains.get(of).copied().unwrap_or(0);
        let units = |of: &Campaigned| drafts.get(of).map_or(0, |draft| draft.units);
        let best = left.iter().enumerate().max_by_key(|(place, of)| (gain(of), units(of), std::cmp::Reverse(*place)));
        let Some((place, _)) = best else { break };
        let of = left.remove(place);
        cumulative += gain(of);
        order.push((of, cumulative));
        for (set, _) in &mut waiting {
            set.remove(of);
        }
        waiting.retain(|(set, _)| !set.is_empty());
    }
    order
}

/// A field, with the attribute of it after points.
fn path(socle: &Socle, read: &crate::pack::condition::Read) -> String {
    let field = &socle.fields[usize::from(read.field.0)].id;
    if read.path.is_empty() { field.clone() } else { format!("{field}.{}", read.path) }
}
