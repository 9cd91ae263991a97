//! Tests of the condition language, as tables of texts.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod evaluation;
mod explaining;
mod faults;
mod fixture;
mod properties;
