//! Which inputs the verdicts of rules come from, for outputs that point at files: the rest of an audit takes its inputs
//! for one population.

use super::read::RowOutput;
use super::report::InputSummary;
use crate::engine::{RowSink, RowView, Ruling};
use std::io;
use std::sync::{Mutex, PoisonError};

/// Counts the verdicts of each rule, input by input.
pub struct ByInput {
    /// How many rules there are.
    rules: usize,
    /// The input being read, which may turn out to be bad.
    now: Mutex<Vec<RuleRows>>,
    done: Vec<Vec<RuleRows>>,
}

/// The verdicts of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputCounts {
    /// Its name as given.
    pub name: String,
    /// The rules, in the order of the run.
    pub rules: Vec<RuleRows>,
}

/// Rows that a rule has something to say about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleRows {
    /// They fail it.
    pub fail: u64,
    /// The data does not tell.
    pub unknown: u64,
    /// A waiver covers them.
    pub waived: u64,
}

impl ByInput {
    /// For a run of so many rules.
    #[must_use]
    pub fn new(rules: usize) -> ByInput {
        ByInput { rules, now: Mutex::default(), done: Vec::new() }
    }

    /// What was counted; `read` are the inputs that were read, in their order.
    #[must_use]
    pub fn of(self, read: &[InputSummary]) -> Vec<InputCounts> {
        let named = read.iter().zip(self.done);
        named.map(|(input, rules)| InputCounts { name: input.name.clone(), rules }).collect()
    }
}

impl RowOutput for ByInput {
    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn RowSink + '_>>> {
        let rules = self.rules;
        *self.now.get_mut().unwrap_or_else(PoisonError::into_inner) = vec![RuleRows::default(); rules];
        let now = &self.now;
        let sink = |_| -> Box<dyn RowSink + '_> { Box::new(Counting { now, mine: vec![RuleRows::default(); rules] }) };
        Ok((0..workers).map(sink).collect())
    }

    fn keep(&mut self) {
        self.done.push(std::mem::take(self.now.get_mut().unwrap_or_else(PoisonError::into_inner)));
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.now.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(())
    }
}

struct Counting<'n> {
    now: &'n Mutex<Vec<RuleRows>>,
    mine: Vec<RuleRows>,
}

impl RowSink for Counting<'_> {
    fn rows(&mut self, rows: &RowView<'_>) -> io::Result<()> {
        for row in (0..rows.batch.rows).filter(|row| rows.included(*row)) {
            for (number, counts) in self.mine.iter_mut().enumerate() {
                match rows.ruling(number, row) {
                    Ruling::Fail => counts.fail += 1,
                    Ruling::Unknown => counts.unknown += 1,
                    Ruling::Waived => counts.waived += 1,
                    Ruling::Pass | Ruling::NotApplicable => {}
                }
            }
        }
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        for (sum, counts) in now.iter_mut().zip(&mut self.mine) {
            let RuleRows { fail, unknown, waived } = std::mem::take(counts);
            sum.fail += fail;
            sum.unknown += unknown;
            sum.waived += waived;
        }
        Ok(())
    }
}
