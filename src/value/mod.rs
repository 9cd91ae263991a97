//! Typed values and three-valued truth: what a cell means once it has been read.
//!
//! This floor knows no trade and no format. A [`Datum`] is what vigie knows of a cell: one [`Value`],
//! a finite set of candidates, or nothing, with the reason why. Values of a coded field are rows of a
//! socle table, named here by number only ([`RowRef`]).

mod date;
mod datum;
mod range;
mod truth;
mod version;

pub use date::Date;
pub use datum::{Datum, Identifier, Missing, RecordId, RowRef, TableId, Type, Value};
pub use range::{RangeFault, VersionRange};
pub use truth::{Truth, Verdict};
pub use version::Version;
