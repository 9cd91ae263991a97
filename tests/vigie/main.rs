//! Everything vigie shows from outside: one binary, one module a subject.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod ci;
mod config;
mod evidence;
mod folders;
mod gate;
mod help;
mod hostile;
mod mappings;
mod pipes;
mod reports;
mod snippets;
mod support;
mod transcripts;
