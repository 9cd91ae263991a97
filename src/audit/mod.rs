//! Verdicts → what people ask of them: counts, rates, groups, findings, gate decision.

mod report;

pub use report::{
    Breakdown, Closed, Counts, DataFinding, Edition, FirstSeen, Group, GroupValue, Horizon, InputSummary, PackSummary,
    Population, Rate, Report, RuleSummary, StatusCounts, Unit,
};
