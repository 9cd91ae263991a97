//! Market figures, drawn from the cells: what is hidden there has no part in them.

use super::rates::{Cell, Member, Rates, Share};
use std::collections::BTreeMap;

/// How many of the largest groups are summed.
const TOPS: [usize; 5] = [1, 3, 5, 10, 15];

/// How a population is shared among the groups of the first field.
#[derive(Clone, Debug, PartialEq)]
pub struct Market {
    /// Groups that have a value.
    pub groups: u64,
    /// No group is hidden or put with others: the figures below are those of the whole market.
    pub complete: bool,
    /// Sums of the largest groups shown: how many, and their share of the population.
    pub top: Vec<(u64, Option<Share>)>,
    /// Herfindahl-Hirschman index, 0 to 1: the sum of the squares of the shares of the population. Units without
    /// a value count in the population and make no group. `None` when the market is not complete.
    pub hhi: Option<f64>,
    /// With two fields: how many values of the second each group of the first has.
    pub portfolio: Option<Portfolio>,
}

/// How many values of the second field the groups of the first have, among those that have one.
#[derive(Clone, Debug, PartialEq)]
pub struct Portfolio {
    /// Quantiles: `min`, `d1`, `q1`, `median`, `q3`, `d9`, `max`, see [`quantile`].
    pub quantiles: [u64; 7],
    /// Their mean: all values held, over the groups.
    pub mean: Share,
    /// Groups that have a single value.
    pub single: Share,
    /// For each value of the second field: the groups that have it.
    pub presence: Vec<Presence>,
}

/// Who has a value of the second field.
#[derive(Clone, Debug, PartialEq)]
pub struct Presence {
    /// The value.
    pub member: Member,
    /// Groups of the first field that have it.
    pub groups: Share,
    /// Groups of the first field that have it and no other (« uniquement »).
    pub only: Share,
}

/// Orders of [`Portfolio::quantiles`], in hundredths.
const ORDERS: [usize; 7] = [0, 10, 25, 50, 75, 90, 100];

/// A quantile of an ascending list: its smallest value such that at least `hundredths` % of the list are not
/// above it. It is always a value of the list (definition 1 of Hyndman and Fan, 1996: the inverse of the
/// distribution function); the median of an even list is the lower of its two middles.
#[must_use]
pub fn quantile(ascending: &[u64], hundredths: usize) -> Option<u64> {
    let rank = (ascending.len() * hundredths).div_ceil(100).max(1);
    ascending.get(rank - 1).copied()
}

/// The market figures of rates.
pub(super) fn market(rates: &Rates) -> Market {
    let two = rates.by.len() == 2;
    let is_group = |cell: &&Cell| cell.key[0].is_value() && cell.key.get(1).is_none_or(|second| *second == Member::All);
    let source = if two { &rates.subtotals } else { &rates.cells };
    let groups: Vec<&Cell> = source.iter().filter(is_group).collect();
    let complete = groups.iter().all(|cell| !cell.figures.suppressed())
        && rates.total.n.is_some()
        && !source.iter().any(|cell| cell.key[0] == Member::Others);
    let mut sizes: Vec<u64> = groups.iter().filter_map(|cell| cell.figures.n).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let share = |part: u64| rates.total.n.and_then(|whole| Share::of(part, whole));
    let tops = TOPS.into_iter().filter(|top| *top <= sizes.len());
    let top = tops.map(|top| (top as u64, share(sizes[..top].iter().sum()))).collect();
    let squares = || sizes.iter().filter_map(|n| share(*n)).map(|share| share.fraction().powi(2)).sum();
    Market {
        groups: groups.len() as u64,
        complete,
        top,
        hhi: (complete && !sizes.is_empty()).then(squares),
        portfolio: if two { portfolio(rates) } else { None },
    }
}

fn portfolio(rates: &Rates) -> Option<Portfolio> {
    // Cells are listed though hidden, so who has what is no secret.
    let held = |cell: &&Cell| cell.key.iter().all(Member::is_value);
    let mut of_group: Vec<(&Member, Vec<&Member>)> = Vec::new();
    for cell in rates.cells.iter().filter(held) {
        let [first, second] = &cell.key[..] else { continue };
        // The cells of a group follow each other.
        match of_group.last_mut() {
            Some((member, values)) if *member == first => values.push(second),
            _ => of_group.push((first, vec![second])),
        }
    }
    let groups = of_group.len() as u64;
    let of = |part: usize| Share::of(part as u64, groups);
    let mut sizes: Vec<u64> = of_group.iter().map(|(_, values)| values.len() as u64).collect();
    sizes.sort_unstable();
    let mut quantiles = [0; 7];
    for (slot, order) in quantiles.iter_mut().zip(ORDERS) {
        *slot = quantile(&sizes, order)?;
    }
    let single = sizes.iter().filter(|size| **size == 1).count();
    let values = rates.subtotals.iter().filter(|cell| cell.key[0] == Member::All && cell.key[1].is_value());
    let mut having: BTreeMap<&Member, (usize, usize)> = BTreeMap::new();
    for (_, values) in &of_group {
        for value in values {
            let (groups, only) = having.entry(value).or_default();
            *groups += 1;
            *only += usize::from(values.len() == 1);
        }
    }
    let presence = values.filter_map(|cell| {
        let member = cell.key[1].clone();
        let (groups, only) = having.get(&member).copied().unwrap_or_default();
        Some(Presence { groups: of(groups)?, only: of(only)?, member })
    });
    Some(Portfolio {
        quantiles,
        mean: Share::of(sizes.iter().sum(), groups)?,
        single: of(single)?,
        presence: presence.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::quantile;

    /// Made-up lists.
    #[test]
    fn a_quantile_is_a_value_of_the_list() {
        let deciles = |list: &[u64]| super::ORDERS.map(|order| quantile(list, order));
        let all = |values: [u64; 7]| values.map(Some);
        assert_eq!(deciles(&[7]), all([7; 7]));
        assert_eq!(deciles(&[1, 2]), all([1, 1, 1, 1, 2, 2, 2]));
        assert_eq!(deciles(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), all([1, 1, 3, 5, 8, 9, 10]));
        assert_eq!(deciles(&[1, 1, 1, 4, 21]), all([1, 1, 1, 1, 4, 21, 21]));
        assert_eq!(deciles(&[]), [None; 7]);
    }
}
