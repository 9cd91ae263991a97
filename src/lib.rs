//! vigie tells whether the installations of French health professionals are up to date against the
//! SESAM-Vitale targets, and why not.

pub mod audit;
pub mod builtin;
pub mod cli;
pub mod diag;
pub mod engine;
pub mod folder;
pub mod inventory;
pub mod output;
pub mod pack;
pub mod socle;
pub mod value;
