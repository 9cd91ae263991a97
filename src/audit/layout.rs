//! The groups of rates in order, with their shares, their subtotals and what of them may be shown.

use super::disclosure;
use super::rates::{Cell, Dimension, Figures, Member, Share};
use super::report::Counts;
use crate::engine::GroupValue;
use std::collections::{BTreeMap, HashMap};

/// Groups before they are laid out: what was counted under each key.
pub(super) type Counted = BTreeMap<Vec<Member>, Counts>;

/// A dimension, with the rank of the values when they are the levels of a scale.
pub(super) struct Ranked {
    pub(super) dimension: Dimension,
    pub(super) ranks: HashMap<String, usize>,
}

/// Groups, their margins, and which of them may be shown.
pub(super) struct Table {
    pub(super) cells: Vec<Group>,
    /// For each dimension, its members, when there are two.
    pub(super) margins: Vec<BTreeMap<Member, Margin>>,
    pub(super) total: Counts,
    pub(super) total_shown: bool,
    /// The verdicts of the whole may be told too.
    pub(super) verdicts_shown: bool,
}

/// A group of a table.
pub(super) struct Group {
    pub(super) key: Vec<Member>,
    pub(super) counts: Counts,
    pub(super) shown: bool,
}

/// The groups that share one member.
#[derive(Default)]
pub(super) struct Margin {
    pub(super) counts: Counts,
    pub(super) shown: bool,
    /// Every group in it is shown.
    pub(super) whole: bool,
}

impl Table {
    pub(super) fn new(counted: Counted, total: Counts) -> Table {
        let cells = counted.into_iter().map(|(key, counts)| Group { key, counts, shown: true }).collect();
        let mut table = Table { cells, margins: Vec::new(), total, total_shown: true, verdicts_shown: true };
        table.sum();
        table
    }

    /// Sums the margins up, all shown.
    pub(super) fn sum(&mut self) {
        let dimensions = self.cells.first().map_or(0, |cell| cell.key.len());
        self.margins = (0..if dimensions > 1 { dimensions } else { 0 }).map(|_| BTreeMap::new()).collect();
        for cell in &self.cells {
            for (member, margin) in cell.key.iter().zip(&mut self.margins) {
                let margin = margin.entry(member.clone()).or_default();
                margin.counts.add(&cell.counts);
                margin.shown = true;
                margin.whole = true;
            }
        }
    }

    /// Notes which margins hold only cells that are shown.
    pub(super) fn note_whole(&mut self) {
        for cell in self.cells.iter().filter(|cell| !cell.shown) {
            for (member, margin) in cell.key.iter().zip(&mut self.margins) {
                if let Some(margin) = margin.get_mut(member) {
                    margin.whole = false;
                }
            }
        }
    }

    /// What is said of each cell, of the subtotals and of the whole, in order.
    pub(super) fn figures(&self, dimensions: &[Ranked]) -> (Vec<Cell>, Vec<Cell>, Figures) {
        let total = self.total_shown.then(|| self.total.total());
        let mut cells: Vec<Cell> = self
            .cells
            .iter()
            .map(|cell| {
                let n = cell.shown.then(|| cell.counts.total());
                let mut figures = Figures { n, counts: cell.shown.then_some(cell.counts), ..Figures::default() };
                figures.share = n.zip(total).and_then(|(n, total)| Share::of(n, total));
                let group = self.margin(0, &cell.key[0]).filter(|margin| margin.shown);
                figures.share_of_group = n.zip(group).and_then(|(n, margin)| Share::of(n, margin.counts.total()));
                Cell { key: cell.key.clone(), figures }
            })
            .collect();
        self.cumulate(&mut cells, dimensions);
        let mut subtotals = Vec::new();
        for (number, margins) in self.margins.iter().enumerate() {
            let first = subtotals.len();
            for (member, margin) in margins {
                let n = margin.shown.then(|| margin.counts.total());
                // The verdicts of a line with hidden cells would say more of them than their sum.
                let counts = (margin.shown && margin.whole).then_some(margin.counts);
                let share = n.zip(total).and_then(|(n, total)| Share::of(n, total));
                let mut key = vec![Member::All; self.margins.len()];
                key[number] = member.clone();
                subtotals.push(Cell { key, figures: Figures { n, counts, share, ..Figures::default() } });
            }
            if number == 0 && dimensions[0].dimension.scale {
                let lines = subtotals[first..].iter().map(|cell| cell.figures.n).collect::<Vec<_>>();
                let levels: Vec<Option<usize>> =
                    subtotals[first..].iter().map(|cell| dimensions[0].rank(&cell.key[0])).collect();
                let sums = from_each_level_up(&lines, &levels, total);
                for (cell, sum) in subtotals[first..].iter_mut().zip(sums) {
                    cell.figures.cumulative = sum.zip(total).and_then(|(sum, total)| Share::of(sum, total));
                }
            }
        }
        let figures = Figures {
            n: total,
            counts: (self.total_shown && self.verdicts_shown).then_some(self.total),
            share: total.and_then(|total| Share::of(total, total)),
            ..Figures::default()
        };
        self.sort(&mut cells, dimensions);
        self.sort(&mut subtotals, dimensions);
        (cells, subtotals, figures)
    }

    fn margin(&self, dimension: usize, member: &Member) -> Option<&Margin> {
        self.margins.get(dimension)?.get(member)
    }

    /// Sums the groups of each level and above.
    fn cumulate(&self, cells: &mut [Cell], dimensions: &[Ranked]) {
        let total = self.total_shown.then(|| self.total.total());
        for (number, ranked) in dimensions.iter().enumerate().filter(|(_, ranked)| ranked.dimension.scale) {
            // The cells that differ by this dimension alone.
            let mut lines: BTreeMap<Vec<Member>, Vec<usize>> = BTreeMap::new();
            for (place, cell) in cells.iter().enumerate() {
                let mut rest = cell.key.clone();
                rest.remove(number);
                lines.entry(rest).or_default().push(place);
            }
            for (rest, places) in lines {
                let shown: Vec<Option<u64>> = places.iter().map(|place| cells[*place].figures.n).collect();
                let levels: Vec<Option<usize>> =
                    places.iter().map(|place| ranked.rank(&cells[*place].key[number])).collect();
                let line = match rest.first() {
                    None => total,
                    Some(member) => self
                        .margin(1 - number, member)
                        .filter(|margin| margin.shown)
                        .map(|margin| margin.counts.total()),
                };
                for (place, sum) in places.into_iter().zip(from_each_level_up(&shown, &levels, line)) {
                    let figures = &mut cells[place].figures;
                    let whole = if number == 0 { total } else { line };
                    let share = sum.zip(whole).and_then(|(sum, whole)| Share::of(sum, whole));
                    match number {
                        0 => figures.cumulative = share,
                        _ => figures.cumulative_of_group = share,
                    }
                }
            }
        }
    }

    /// Puts cells in order. Nothing that is hidden says where a cell stands.
    fn sort(&self, cells: &mut [Cell], dimensions: &[Ranked]) {
        let place = |number: usize, cell: &Cell| {
            let member = &cell.key[number];
            let size = match self.margins.get(number) {
                Some(margins) => margins.get(member).filter(|margin| margin.shown).map(|m| m.counts.total()),
                None => cell.figures.n,
            };
            let rank = dimensions[number].rank(member);
            let kind = match member {
                Member::Of(GroupValue::Known { .. }) => 0,
                Member::Others => 1,
                Member::Of(GroupValue::Several) => 2,
                Member::Of(GroupValue::Unknown) => 3,
                Member::All => 4,
            };
            let size = if rank.is_some() { None } else { size };
            (kind, std::cmp::Reverse(rank), std::cmp::Reverse(size), member.clone())
        };
        cells.sort_by_cached_key(|cell| (0..cell.key.len()).map(|number| place(number, cell)).collect::<Vec<_>>());
    }

    /// The table as a network of sums, see [`disclosure`]: of its units, or of a part of them.
    pub(super) fn network(&self, part: impl Fn(&Counts) -> u64) -> disclosure::Network {
        let number = |dimension: usize| -> BTreeMap<&Member, usize> {
            self.margins[dimension].keys().enumerate().map(|(number, member)| (member, number)).collect()
        };
        let cells = || self.cells.iter().map(|cell| part(&cell.counts));
        match self.margins.len() {
            2 => {
                let (rows, columns) = (number(0), number(1));
                let place = |cell: &Group| (rows[&cell.key[0]], columns[&cell.key[1]]);
                let cells: Vec<_> = self.cells.iter().map(place).zip(cells()).collect();
                disclosure::Network::two(&cells, rows.len(), columns.len())
            }
            _ => disclosure::Network::one(cells()),
        }
    }
}

/// For each item of a line, the sum of those of its level or above: `None` where it has no level, or where the
/// sum would say something of what is hidden.
fn from_each_level_up(shown: &[Option<u64>], levels: &[Option<usize>], line: Option<u64>) -> Vec<Option<u64>> {
    let sum = |wanted: &dyn Fn(Option<usize>) -> bool| -> Option<u64> {
        shown.iter().zip(levels).filter(|(_, level)| wanted(**level)).map(|(n, _)| *n).sum()
    };
    levels
        .iter()
        .map(|level| {
            let level = (*level)?;
            let above = sum(&|other| other.is_some_and(|other| other >= level));
            let below = sum(&|other| other.is_none_or(|other| other < level));
            above.or_else(|| Some(line? - below?))
        })
        .collect()
}

impl Ranked {
    fn rank(&self, member: &Member) -> Option<usize> {
        match member {
            Member::Of(GroupValue::Known { key, .. }) => self.ranks.get(key).copied(),
            _ => None,
        }
    }
}
