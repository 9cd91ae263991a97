//! Rules × columns → verdicts.
//!
//! A rule is never evaluated per row. Conditions are cut into *atoms*, the smallest conditions that
//! read one field; each distinct text of a column is read and judged once, and falls into a *class*:
//! the texts on which every atom answers the same. Rules that read the same fields form a *group*:
//! each combination of classes met is judged once by all of them and gives a *signature*, the vector
//! of their verdicts. A row then costs a look-up for each group, whatever the number of rules. A waiver is one
//! more condition of the rule that it covers.
//!
//! Start reading at [`Program`] (rules → atoms and groups), then [`Worker`] (batches → counts).

mod binding;
mod class;
mod combo;
mod cut;
mod program;
mod ps;
mod ruling;
mod signature;
mod tally;
mod worker;

pub use binding::{Bound, FromCatalogue, FromRegister};
pub use cut::Cut;
pub use program::{Program, RuleInput, WaiverInput};
pub use ps::Rollup;
pub use ruling::Ruling;
pub use tally::{
    BlankMarks, CellProblem, GroupTally, GroupValue, ProblemKey, Seen, Status, StatusTally, Tally, VerdictCounts,
};
pub use worker::{Binding, Counting, RowSink, RowView, Worker};
