//! Verdicts → what people ask of them: counts, rates, groups, findings, gate decision.

mod explain;
mod findings;
mod gate;
mod mapping;
mod report;
mod run;

pub use crate::engine::{GroupValue, Rollup, Status};
pub use explain::{Explained, ExplainedRule, Which, explain};
pub use gate::{FailOn, Gate};
pub use mapping::{Mapping, MappingOptions, map_headers};
pub use report::{
    Breakdown, Closed, Counts, DataFinding, Edition, FirstSeen, Group, Horizon, InputSummary, PackSummary, Population,
    Rate, Report, RuleSummary, StatusCounts, Unit,
};
pub use run::{AuditOptions, Input, RowOutput, Rules, audit};
