//! Verdicts → what people ask of them: counts, rates, groups, findings, gate decision.

mod explain;
mod findings;
mod forecast;
mod gate;
mod mapping;
mod read;
mod report;
mod run;
mod survey;

pub use crate::engine::{GroupValue, Rollup, Status};
pub use explain::{Explained, ExplainedRule, Which, explain};
pub use forecast::{End, Forecast, ForecastBreakdown, ForecastGroup, ForecastOptions, RuleStep, Step, forecast};
pub use gate::{FailOn, Gate};
pub use mapping::{Mapping, MappingOptions, map_headers};
pub use read::{Input, RowOutput};
pub use report::{
    Basis, Breakdown, Closed, Counts, DataFinding, Edition, FirstSeen, Group, Horizon, InputSummary, PackSummary,
    Population, Rate, Report, RuleSummary, StatusCounts, Unit,
};
pub use run::{AuditOptions, audit};
pub use survey::{Rules, Survey};
