//! A reader of a publication who tries every table that agrees with it.
//!
//! It knows nothing of how vigie hides cells: it reads the JSON, writes down every sum that the figures give, and
//! walks through all the whole numbers that hold, one hidden cell after the other.

use serde_json::Value;
use std::collections::BTreeMap;

/// A sum of hidden cells that is known.
#[derive(Clone)]
struct Sum {
    cells: Vec<usize>,
    value: u64,
}

/// The hidden cells of a publication, and what is known of their sums.
pub(crate) struct Attacker {
    hidden: usize,
    sums: Vec<Sum>,
}

impl Attacker {
    /// Reads a publication.
    ///
    /// `verdict` is what the reader knows of the groups: how the measure judges them, from their key.
    pub(crate) fn new(rates: &Value, verdict: &dyn Fn(&Value) -> Option<&'static str>) -> Attacker {
        let cells = rates["cells"].as_array().unwrap();
        let by: Vec<&str> = rates["by"].as_array().unwrap().iter().map(|by| by["field"].as_str().unwrap()).collect();
        let mut number = BTreeMap::new();
        for (place, _) in cells.iter().enumerate().filter(|(_, cell)| cell["n"].is_null()) {
            let next = number.len();
            number.insert(place, next);
        }
        let mut attacker = Attacker { hidden: number.len(), sums: Vec::new() };
        let total = rates["total"]["n"].as_u64();
        let all: Vec<usize> = (0..cells.len()).collect();
        attacker.know(cells, &number, &all, total);
        for name in ["pass", "fail", "unknown", "not_applicable"] {
            let known = |place: &usize| verdict(&cells[*place]["key"]).is_some();
            let is_it = |place: &usize| verdict(&cells[*place]["key"]) == Some(name);
            if all.iter().all(known) {
                let of_verdict: Vec<usize> = all.iter().copied().filter(is_it).collect();
                attacker.know(cells, &number, &of_verdict, rates["total"][name].as_u64());
            }
        }
        let subtotals: &[Value] = rates["subtotals"].as_array().map_or(&[], Vec::as_slice);
        let same = |one: &Value, two: &Value, field: &str| {
            one["key"][field] == two["key"][field] && one["kind"][field] == two["kind"][field]
        };
        let subtotal_of = |cell: &Value, field: &str| {
            let is_it = |s: &&Value| !s["key"].as_object().unwrap().is_empty() && s["kind"][field].is_string();
            subtotals.iter().filter(is_it).find(|s| same(s, cell, field)).and_then(|s| s["n"].as_u64())
        };
        for subtotal in subtotals {
            let field = subtotal["key"].as_object().unwrap().keys().next().unwrap();
            let line: Vec<usize> = (0..cells.len()).filter(|place| same(&cells[*place], subtotal, field)).collect();
            attacker.know(cells, &number, &line, subtotal["n"].as_u64());
            if let Some(whole) = total {
                let part = subtotal["share"].as_f64().map(|share| (share * whole as f64).round() as u64);
                attacker.know(cells, &number, &line, part);
            }
        }
        // Levels come from the highest down; what is known of a level and above is a sum too.
        for (place, cell) in cells.iter().enumerate() {
            for (share, number_of_field) in [("cumulative", 0), ("cumulative_of_group", 1)] {
                let Some(share) = cell[share].as_f64() else { continue };
                let other = by.get(1 - number_of_field).filter(|_| by.len() == 2);
                let in_line = |at: &usize| other.is_none_or(|other| same(&cells[*at], cell, other));
                let level = |at: &usize| cells[*at]["kind"][by[number_of_field]] == "value";
                let sum: Vec<usize> = (0..=place).filter(|at| in_line(at) && level(at)).collect();
                let whole = if number_of_field == 0 { total } else { subtotal_of(cell, by[0]) };
                let part = whole.map(|whole| (share * whole as f64).round() as u64);
                attacker.know(cells, &number, &sum, part);
                assert!(part.is_some(), "a share of something hidden");
            }
        }
        for (place, cell) in cells.iter().enumerate().filter(|(_, cell)| cell["n"].is_null()) {
            for what in ["share", "share_of_group", "pass", "fail", "unknown", "not_applicable", "rate"] {
                assert!(cell[what].is_null(), "{what} of hidden cell {place}");
            }
        }
        attacker
    }

    /// How many cells are hidden.
    pub(crate) fn hidden(&self) -> usize {
        self.hidden
    }

    /// Notes that some cells sum to a value.
    fn know(&mut self, cells: &[Value], number: &BTreeMap<usize, usize>, places: &[usize], value: Option<u64>) {
        let Some(value) = value else { return };
        let shown: u64 = places.iter().filter_map(|place| cells[*place]["n"].as_u64()).sum();
        let cells: Vec<usize> = places.iter().filter_map(|place| number.get(place).copied()).collect();
        if !cells.is_empty() {
            self.sums.push(Sum { cells, value: value.checked_sub(shown).expect("shown cells are in the sum") });
        }
    }

    /// For each hidden cell: the least it may be, and a value at least `apart` above that it may be too, if there
    /// is one up to `most`.
    pub(crate) fn bounds(&self, most: u64, apart: u64) -> Vec<(Option<u64>, Option<u64>)> {
        let may_be = |cell: usize, value: &u64| {
            let mut values = vec![None; self.hidden];
            values[cell] = Some(*value);
            self.holds(&mut values, most)
        };
        (0..self.hidden)
            .map(|cell| {
                let low = (1..=most).find(|value| may_be(cell, value));
                (low, low.and_then(|low| (low + apart..=most).find(|value| may_be(cell, value))))
            })
            .collect()
    }

    /// Whether some values of the cells that have none make every sum hold.
    fn holds(&self, values: &mut Vec<Option<u64>>, most: u64) -> bool {
        let mut rooms = vec![(1, most); self.hidden];
        for sum in &self.sums {
            let known: u64 = sum.cells.iter().filter_map(|cell| values[*cell]).sum();
            let open = sum.cells.iter().filter(|cell| values[**cell].is_none()).count() as u64;
            // A cell that is listed has a unit at least.
            let Some(left) = sum.value.checked_sub(known).filter(|left| *left >= open) else { return false };
            if open == 0 && left > 0 {
                return false;
            }
            for cell in sum.cells.iter().filter(|cell| values[**cell].is_none()) {
                let (low, high) = &mut rooms[*cell];
                *high = left.saturating_sub(open - 1).min(*high);
                if open == 1 {
                    *low = left.max(*low);
                }
            }
        }
        let open = (0..self.hidden).filter(|cell| values[*cell].is_none());
        let Some(next) = open.min_by_key(|cell| rooms[*cell].1.saturating_sub(rooms[*cell].0)) else { return true };
        for value in rooms[next].0..=rooms[next].1 {
            values[next] = Some(value);
            if self.holds(values, most) {
                return true;
            }
        }
        values[next] = None;
        false
    }
}
