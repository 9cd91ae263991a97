//! Verdicts → what people ask of them: counts, rates, groups, findings, gate decision.

mod applications;
mod baseline;
mod changes;
mod convert;
mod diff;
mod disclosure;
mod explain;
mod findings;
mod forecast;
mod gate;
mod handhelds;
mod impact;
mod inspect;
mod interned;
mod layout;
mod mapping;
mod mapping_file;
mod market;
mod measure;
mod places;
mod plan;
mod publish;
mod quote;
mod rates;
mod read;
mod register;
mod release;
mod report;
mod run;
mod survey;
mod tables;
mod targets;
mod totals;
mod trend;
mod typed;
mod waivers;
mod watch;
mod wide;

pub use crate::engine::{GroupValue, Rollup, Status};
pub use applications::ApplicationTable;
pub use baseline::{Baseline, Compared, Frozen, Key as BaselineKey, freeze_releases};
pub use changes::{Change, ChangeKind};
pub use convert::{Cells, ConvertOptions, Converted, Form, Forms, RecordOutput, Records, Texts, convert};
pub use diff::{
    FactChange, FieldChange, ImpactGroup, ImpactOptions, Matrix, PackEdition, PackImpact, RuleChange, RuleImpact,
    RulesDiff, Side, Standing, Transition, diff, pack_impact,
};
pub use explain::{Explained, ExplainedRule, Origins, Which, explain};
pub use forecast::{End, Forecast, ForecastBreakdown, ForecastGroup, ForecastOptions, RuleStep, Step, forecast};
pub use gate::{FailOn, Gate};
pub use impact::{Bounds, Impact, ImpactBy, ImpactFigures, Obstacle, ObstacleBy, impact};
pub use inspect::{Column, Filled, InspectOptions, Inspected, Inspection, Machines, Sure, Use, inspect};
pub use mapping::{Mapping, MappingOptions, map_headers};
pub use mapping_file::MappingFile;
pub use market::{Market, Portfolio, Presence, quantile};
pub use measure::Measure;
pub use places::{ByInput, InputCounts};
pub use plan::{
    Ask, AskTotal, Campaign, Campaigned, Change as PlanChange, InstallationPlan, Move, PartPlan, Plan, PlanBreakdown,
    PlanCounts, PlanGroup, PlanOptions, PlanOutput, PlanRule, PlanSink, Remedy, Stuck, StuckTotal, Why, plan, remedy,
};
pub use rates::{Beside, Cell, Dimension, Figures, Member, Rates, RatesOptions, Share, rates};
pub use read::{Input, Opening, RowOutput};
pub use register::read_registers;
pub use release::{FieldRead, GateOptions, GateReport, ReleaseLine, ReleaseReport, ReleaseRule, judge_releases};
pub use report::{
    BaselineReport, BaselineRule, Basis, Breakdown, Closed, Counts, DataFinding, Dialect, Edition, FirstSeen, Group,
    Horizon, InputSummary, PackSummary, Population, Rate, Report, RuleSummary, RuleText, StatusCounts, Unit,
    WaiverReport, WaiverSummary,
};
pub use run::{AuditOptions, audit, freeze};
pub use survey::{Rules, Survey};
pub use targets::{Earlier, Pace, Reach, TargetReport};
pub use trend::{
    BreakdownTrend, Difference, GroupTrend, Moves, Passage, PastResult, RuleTrend, Since, Snapshot, SnapshotSummary,
    Source, TargetTrend, Trend, TrendOptions, trend,
};
pub use watch::Stale;
pub use wide::{BadCount, Wide};
