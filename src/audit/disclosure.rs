//! What the figures of a table tell of those that are hidden, and which more to hide.
//!
//! A table with its margins is a network in which what enters a node leaves it: a cell goes from its row to its
//! column, a subtotal of a row from the total to the row, a subtotal of a column from the column to the total.
//! What a reader can deduce of a hidden figure are the values it may take while every sum holds: it may grow by
//! the largest flow from its end back to its start through the other hidden figures, and shrink by the largest
//! flow the other way. Such flows are whole numbers, so the bounds are exact: some table with these very sums
//! reaches each of them. (F. Fischetti and J. J. Salazar, "Models and algorithms for optimizing cell
//! suppression in tabular data with linear constraints", 2000, for more dimensions.)

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// What a figure is, in the order of what is lost by hiding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A cell.
    Cell,
    /// The sum of a row or of a column.
    Margin,
    /// The sum of all.
    Total,
}

/// A figure.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    from: usize,
    to: usize,
    value: u64,
    /// What a reader knows that it is at least: a cell that is listed has a unit.
    least: u64,
    kind: Kind,
    pub(super) hidden: bool,
}

/// Figures and the sums they make.
#[derive(Clone, Debug)]
pub(super) struct Network {
    /// Cells in the order given, then rows, columns, the total.
    pub(super) figures: Vec<Figure>,
    /// Figures that touch each node.
    touching: Vec<Vec<usize>>,
    rows: usize,
    columns: usize,
}

/// More than any flow.
const ENDLESS: u64 = u64::MAX / 4;

impl Network {
    /// A list of cells and its total.
    pub(super) fn one(cells: impl Iterator<Item = u64>) -> Network {
        let mut network = Network { figures: Vec::new(), touching: vec![Vec::new(); 2], rows: 0, columns: 0 };
        let mut total = 0;
        for value in cells {
            network.add(0, 1, value, Kind::Cell);
            total += value;
        }
        network.add(1, 0, total, Kind::Total);
        network
    }

    /// Cells by row and column, with the margins and the total.
    pub(super) fn two(cells: &[((usize, usize), u64)], rows: usize, columns: usize) -> Network {
        // Nodes: rows, columns, then the sum of the rows and that of the columns.
        let (of_rows, of_columns) = (rows + columns, rows + columns + 1);
        let mut network =
            Network { figures: Vec::new(), touching: vec![Vec::new(); rows + columns + 2], rows, columns };
        let (mut by_row, mut by_column, mut total) = (vec![0; rows], vec![0; columns], 0);
        for ((row, column), value) in cells {
            network.add(*row, rows + column, *value, Kind::Cell);
            by_row[*row] += value;
            by_column[*column] += value;
            total += value;
        }
        for (row, sum) in by_row.into_iter().enumerate() {
            network.add(of_rows, row, sum, Kind::Margin);
        }
        for (column, sum) in by_column.into_iter().enumerate() {
            network.add(rows + column, of_columns, sum, Kind::Margin);
        }
        network.add(of_columns, of_rows, total, Kind::Total);
        network
    }

    fn add(&mut self, from: usize, to: usize, value: u64, kind: Kind) {
        let number = self.figures.len();
        let least = u64::from(kind == Kind::Cell).min(value);
        self.figures.push(Figure { from, to, value, least, kind, hidden: false });
        self.touching[from].push(number);
        self.touching[to].push(number);
    }

    /// The sum of a line of the first dimension (a row) or of the second (a column).
    pub(super) fn margin(&mut self, dimension: usize, line: usize) -> &mut Figure {
        let cells = self.figures.len() - 1 - self.rows - self.columns;
        &mut self.figures[cells + line + if dimension == 0 { 0 } else { self.rows }]
    }

    /// Whether the total is hidden.
    pub(super) fn total_hidden(&self) -> bool {
        self.figures.last().is_some_and(|total| total.hidden)
    }

    /// Hides every figure under the threshold, then as many others as it takes for no hidden figure to be known
    /// within an interval of `2 × threshold`.
    pub(super) fn protect(&mut self, threshold: u64) {
        let width = threshold.saturating_mul(2);
        for figure in &mut self.figures {
            figure.hidden |= figure.value < threshold;
        }
        loop {
            let before = self.figures.iter().filter(|figure| figure.hidden).count();
            for figure in 0..self.figures.len() {
                while self.figures[figure].hidden && self.width(figure, width) < width {
                    // There is always more to hide: with everything hidden, nothing is known.
                    if !self.hide_more(figure, width) {
                        break;
                    }
                }
            }
            // Hiding more widens intervals, never narrows them: a pass that hides nothing is the last.
            if self.figures.iter().filter(|figure| figure.hidden).count() == before {
                return;
            }
        }
    }

    /// Whether no hidden cell gets known within `2 × threshold` when the total is given part by part (how many
    /// pass, how many fail …). A reader may know which parts a cell has: all fail at a level that a condition
    /// refuses. So each part must leave room of its own; rooms add up, for a cell is the sum of its parts.
    ///
    /// `parts` are networks of the same shape, with the parts of the cells.
    pub(super) fn holds_by_part(&self, parts: Vec<Network>, threshold: u64) -> bool {
        let width = threshold.saturating_mul(2);
        let parts: Vec<Network> = parts
            .into_iter()
            .map(|mut part| {
                for (mine, theirs) in part.figures.iter_mut().zip(&self.figures) {
                    // A part that a cell does not have stays 0, and the total of each part is known.
                    let moves = mine.kind == Kind::Margin || mine.value > 0;
                    mine.hidden = theirs.hidden && moves && mine.kind != Kind::Total;
                }
                part
            })
            .collect();
        let cells = self.figures.iter().enumerate().filter(|(_, figure)| figure.hidden && figure.kind == Kind::Cell);
        let room = |number: usize| -> u64 {
            let having = parts.iter().filter(|part| part.figures[number].value > 0);
            having.map(|part| part.width(number, width)).fold(0, u64::saturating_add)
        };
        cells.into_iter().all(|(number, _)| room(number) >= width)
    }

    /// How far apart the values that a hidden figure may take can be, up to `enough`.
    fn width(&self, figure: usize, enough: u64) -> u64 {
        let Figure { from, to, value, least, .. } = self.figures[figure];
        let up = Flow::new(self, figure).push(to, from, enough);
        if up >= enough {
            return enough;
        }
        up + Flow::new(self, figure).push(from, to, (enough - up).min(value - least))
    }

    /// Hides what it costs least to hide for a figure to be known less well.
    fn hide_more(&mut self, figure: usize, width: u64) -> bool {
        let Figure { from, to, .. } = self.figures[figure];
        let mut flow = Flow::new(self, figure);
        flow.push(to, from, width);
        let Some(path) = flow.cheapest(to, from) else { return false };
        for number in &path {
            self.figures[*number].hidden = true;
        }
        !path.is_empty()
    }
}

impl Figure {
    /// What is lost by hiding it.
    fn cost(&self) -> u64 {
        let value = self.value.min(1 << 40);
        match (self.hidden, self.kind) {
            (true, _) => 0,
            (false, Kind::Cell) => 1 + value,
            (false, Kind::Margin) => (1 << 42) + value,
            (false, Kind::Total) => 1 << 52,
        }
    }
}

/// A flow through the hidden figures but one.
struct Flow<'n> {
    network: &'n Network,
    without: usize,
    /// Change of each figure.
    change: Vec<i64>,
}

impl<'n> Flow<'n> {
    fn new(network: &'n Network, without: usize) -> Flow<'n> {
        Flow { network, without, change: vec![0; network.figures.len()] }
    }

    /// How much more may go through a figure from a node, and to which node.
    fn room(&self, number: usize, node: usize) -> (usize, u64) {
        let figure = &self.network.figures[number];
        if number == self.without {
            return (node, 0);
        }
        if figure.from == node {
            return (figure.to, ENDLESS);
        }
        (figure.from, (figure.value - figure.least).saturating_add_signed(self.change[number]))
    }

    /// Pushes as much as it can from a node to another, up to `enough`.
    fn push(&mut self, source: usize, sink: usize, enough: u64) -> u64 {
        let mut pushed = 0;
        while pushed < enough {
            let Some(path) = self.shortest(source, sink) else { break };
            let room = path.iter().map(|(number, node)| self.room(*number, *node).1).min().unwrap_or(0);
            let amount = room.min(enough - pushed);
            for (number, node) in path {
                // No more than `enough` is ever pushed.
                let amount = i64::try_from(amount).unwrap_or(i64::MAX);
                let forward = self.network.figures[number].from == node;
                self.change[number] += if forward { amount } else { -amount };
            }
            pushed += amount;
        }
        pushed
    }

    /// The shortest way with room through hidden figures: each with the node it is entered by.
    fn shortest(&self, source: usize, sink: usize) -> Option<Vec<(usize, usize)>> {
        let mut came: Vec<Option<(usize, usize)>> = vec![None; self.network.touching.len()];
        let mut queue = VecDeque::from([source]);
        while let Some(node) = queue.pop_front() {
            for number in &self.network.touching[node] {
                let (next, room) = self.room(*number, node);
                let figure = &self.network.figures[*number];
                if !figure.hidden || room == 0 || next == source || came[next].is_some() {
                    continue;
                }
                came[next] = Some((*number, node));
                if next == sink {
                    return Some(way(&came, sink));
                }
                queue.push_back(next);
            }
        }
        None
    }

    /// Of the ways with room through all figures, the one that costs least to hide: what it hides.
    fn cheapest(&self, source: usize, sink: usize) -> Option<Vec<usize>> {
        let nodes = self.network.touching.len();
        let mut came: Vec<Option<(usize, usize)>> = vec![None; nodes];
        let mut cost = vec![u64::MAX; nodes];
        cost[source] = 0;
        let mut queue = BinaryHeap::from([Reverse((0u64, source))]);
        while let Some(Reverse((so_far, node))) = queue.pop() {
            if so_far > cost[node] {
                continue;
            }
            if node == sink {
                let shown = |number: &usize| !self.network.figures[*number].hidden;
                return Some(way(&came, sink).into_iter().map(|(number, _)| number).filter(shown).collect());
            }
            for number in &self.network.touching[node] {
                let (next, room) = self.room(*number, node);
                let reached = so_far.saturating_add(self.network.figures[*number].cost());
                if room > 0 && reached < cost[next] {
                    cost[next] = reached;
                    came[next] = Some((*number, node));
                    queue.push(Reverse((reached, next)));
                }
            }
        }
        None
    }
}

/// The way that led to a node.
fn way(came: &[Option<(usize, usize)>], sink: usize) -> Vec<(usize, usize)> {
    let mut path = Vec::new();
    let mut node = sink;
    while let Some((number, from)) = came[node] {
        path.push((number, from));
        node = from;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(network: &Network) -> Vec<bool> {
        network.figures.iter().map(|figure| figure.hidden).collect()
    }

    #[test]
    fn a_lone_small_cell_takes_the_next_smallest_with_it() {
        let mut network = Network::one([100, 5, 60, 40].into_iter());
        network.protect(11);
        // 5 alone would be the total less the rest; with 40, it is between 1 and 44.
        assert_eq!(hidden(&network), [false, true, false, true, false]);
    }

    #[test]
    fn two_small_cells_do_not_hide_each_other() {
        let mut network = Network::one([100, 5, 60, 4].into_iter());
        network.protect(11);
        // 5 + 4 leaves 1 to 8: an interval of 7 where 22 is wanted.
        assert_eq!(hidden(&network), [false, true, true, true, false]);
    }

    #[test]
    fn the_total_goes_when_nothing_else_is_enough() {
        let mut network = Network::one([12, 5].into_iter());
        network.protect(11);
        assert_eq!(hidden(&network), [true, true, true]);
        let mut network = Network::one([40].into_iter());
        network.protect(11);
        assert_eq!(hidden(&network), [false, false]);
    }

    #[test]
    fn a_rectangle_protects_a_cell_of_two_dimensions() {
        let cells = [((0, 0), 5), ((0, 1), 50), ((0, 2), 300), ((1, 0), 60), ((1, 1), 70), ((1, 2), 400)];
        let mut network = Network::two(&cells, 2, 3);
        network.protect(11);
        let expected = [true, true, false, true, true, false];
        assert_eq!(hidden(&network)[..6], expected);
        assert!(!network.total_hidden() && (0..2).all(|row| !network.margin(0, row).hidden));
        assert!((0..3).all(|column| !network.margin(1, column).hidden));
    }

    #[test]
    fn the_sum_of_a_row_goes_with_its_only_cell() {
        let cells = [((0, 0), 5), ((1, 0), 60), ((1, 1), 70), ((2, 0), 80), ((2, 1), 90)];
        let mut network = Network::two(&cells, 3, 2);
        network.protect(11);
        assert!(network.figures[0].hidden && network.margin(0, 0).hidden);
    }
}
