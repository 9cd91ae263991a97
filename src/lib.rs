//! vigie tells whether the installations of French health professionals (PS) are up to date against
//! the SESAM-Vitale targets, why not, since and until when, and what to do.
//!
//! **The engine knows nothing of SESAM-Vitale**: the trade is data in `rules/`. The code offers typed
//! fields, three-valued conditions and one date.
//!
//! ```text
//!  bytes ──► inventory ──► batches of coded columns ──► engine ──► tally ──► audit ──► output
//!       (csv, json, xlsx)   text → typed value, once       ▲       counts    report     one file
//!                          per distinct value (socle)     │                            a format
//!                                              rules/ ──► pack
//! ```
//!
//! # Floors
//!
//! A floor uses the floors below; neighbours do not know each other.
//!
//! | floor | module | what it is |
//! | --- | --- | --- |
//! | 0 | [`value`] | typed values, three-valued truth, the four verdicts |
//! | 0 | [`diag`] | what a diagnostic is; texts in two languages; TOML with the place of everything |
//! | 0 | [`builtin`], [`folder`] | the rules built into the binary; a folder of rules and its digest |
//! | 1 | [`socle`] | the vocabulary: fields, tables, records, parameters; raw text → typed value |
//! | 2 | [`inventory`] | bytes → batches of dictionary-coded columns, positions kept; [`inventory::machine`]: one document, one workstation |
//! | 2 | [`manifest`] | the manifest of a release → one record, the place of everything kept |
//! | 2 | [`pack`] | rule files → checked rules; [`pack::condition`] is the language of conditions |
//! | 3 | [`engine`] | rules × columns → verdicts, counted |
//! | 4 | [`audit`] | header mapping, findings, gate; audits, rates, forecasts, targets, plans of changes, differences between packs; why one installation has its status |
//! | 5 | [`output`] | one file per format |
//! | 6 | [`cli`] | one file per command; the only place that opens files and asks for the date |
//!
//! # Invariants
//!
//! 1. Missing data is never conform and never at fault. Filling a blank never turns `Pass` into `Fail`
//!    or back (`tests/engine`).
//! 2. Same inputs, same bytes out: no order comes from a hash map or a thread.
//! 3. One verdict function: [`pack::Rule::verdict`]. The columnar [`engine`] answers the same, by property.
//! 4. Input is never altered silently: what was repaired, guessed or refused is a finding with its place.
//! 5. Floors 0 to 4 open nothing, print nothing, read no clock and no environment.
//!
//! # One notion, one name
//!
//! *scope* says whom a rule concerns, *require* what must hold; a *verdict* is a rule's, a *status* an
//! installation's; a rule has a *level*, a row of a scale a *rank* (its order); a *pack* holds rules, the
//! *socle* the vocabulary they share; a *catalogue* says what products have and editors offer, so that a
//! value is *declared* by an inventory or *derived* from it; an *atom*, a *class*, a *group* and a *signature* are the engine's
//! (see [`engine`]).
//!
//! Start reading at [`audit::audit`].

pub mod audit;
pub mod builtin;
pub mod cli;
pub mod diag;
pub mod engine;
pub mod folder;
pub mod inventory;
mod lookup;
pub mod manifest;
pub mod output;
pub mod pack;
pub mod socle;
pub mod value;
