//! The packs, built in and broken.
#![allow(clippy::unwrap_used, reason = "a test that fails is what an unwrap is for here")]

mod built_in;
mod convert;
mod dates;
mod faults;
mod hostile;
mod readme;
mod support;
