//! `vigie explain`: the page of a rule, or why one installation has its status.

use super::command::Words;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::inputs::{self, Input};
use super::rulebook::Rulebook;
use super::rules::show::select;
use super::survey::{self, Reading, reading, reading_options};
use super::values;
use super::{Common, collect};
use crate::audit::{AuditOptions, Gate, Horizon, Which, explain};
use crate::diag::Diagnostic;
use crate::output::{explanation, page};
use crate::text;
use clap::{ArgMatches, Command, ValueHint};
use std::ffi::OsString;

/// What to explain.
#[derive(Debug)]
pub struct Options {
    /// Of which subject.
    pub subject: Subject,
    /// With which packs, at which date.
    pub reading: Reading,
}

/// What is explained.
#[derive(Debug)]
pub enum Subject {
    /// A rule, by its id (or `pack/id`).
    Rule(String),
    /// One row of an inventory.
    Installation {
        /// The inventory.
        input: Input,
        /// Which row.
        which: Which,
    },
}

pub(super) fn command(w: Words) -> Command {
    let command = w
        .command(
            "explain",
            "Explique une règle, ou le statut d'une installation",
            "Explains a rule, or the status of an installation",
        )
        .arg(w.argument(
            "rule",
            ("RÈGLE", "RULE"),
            "Règle à expliquer, par son nom (`vigie rules list` les donne)",
            "Rule to explain, by its name (`vigie rules list` gives them)",
        ))
        .arg(
            w.option(
                "inventory",
                ("FICHIER", "FILE"),
                "Inventaire où se trouve l'installation",
                "Inventory that holds the installation",
            )
            .value_parser(clap::value_parser!(OsString))
            .value_hint(ValueHint::FilePath),
        )
        .arg(w.option(
            "row",
            ("N", "N"),
            "Numéro d'enregistrement, à partir de 1, sans compter l'en-tête",
            "Record number, from 1, without the header",
        ))
        .arg(
            w.option("id", ("ID", "ID"), "Identifiant de l'installation", "Identifier of the installation")
                .allow_hyphen_values(true),
        );
    reading_options(command, w).after_help(w.examples(&[
        ("vigie explain REGLE", "la page d'une règle", "the page of a rule"),
        (
            "vigie explain --inventory parc.csv --row 12",
            "pourquoi la 12e installation a ce statut",
            "why the 12th installation has its status",
        ),
    ]))
}

/// Reads the options.
pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let reading = reading(matches, &mut faults);
    let row = text("row").and_then(|v| collect(values::row(&v), &mut faults));
    let subject = match (text("rule"), matches.get_one::<OsString>("inventory"), row, text("id")) {
        (Some(rule), None, None, None) => Some(Subject::Rule(rule)),
        (None, Some(file), row, id) if row.is_some() != id.is_some() => {
            let which = row.map(Which::Row).or(id.map(Which::Id));
            match inputs::expand(std::slice::from_ref(file)) {
                Ok(mut inputs) if inputs.len() == 1 => {
                    which.map(|which| Subject::Installation { input: inputs.remove(0), which })
                }
                Ok(inputs) => {
                    let n = inputs.len();
                    faults.push(Diagnostic::error(
                        "cli/usage",
                        text!(
                            "un seul inventaire à la fois, `--inventory` en nomme {n}",
                            "one inventory at a time, `--inventory` names {n}"
                        ),
                    ));
                    None
                }
                Err(Failure::Faults(mut found)) => {
                    faults.append(&mut found);
                    None
                }
                Err(failure) => return Err(failure),
            }
        }
        _ if !faults.is_empty() => None,
        (Some(_), ..) => {
            let said = text!(
                "une règle ne s'explique pas avec `--inventory`, `--row` ou `--id`",
                "a rule is not explained with `--inventory`, `--row` or `--id`"
            );
            faults.push(Diagnostic::error("cli/usage", said));
            None
        }
        (None, Some(_), Some(_), Some(_)) => {
            let said = text!("`--row` ou `--id`, pas les deux", "`--row` or `--id`, not both");
            faults.push(Diagnostic::error("cli/usage", said));
            None
        }
        _ => {
            faults.push(
                Diagnostic::error("cli/usage", text!("dire ce qui est à expliquer", "say what is to be explained"))
                    .help(text!(
                        "`vigie explain RÈGLE`, ou `vigie explain --inventory FICHIER` avec `--row N` ou `--id ID`",
                        "`vigie explain RULE`, or `vigie explain --inventory FILE` with `--row N` or `--id ID`"
                    )),
            );
            None
        }
    };
    match subject {
        Some(subject) if faults.is_empty() => Ok(Options { subject, reading }),
        _ => Err(faults.into()),
    }
}

/// Writes the explanation.
///
/// # Errors
/// A rule or an installation that is not there, and whatever keeps it from being judged.
pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let book = Rulebook::for_reading(common, &options.reading)?;
    match &options.subject {
        Subject::Rule(name) => {
            // The pack in force answers first; a rule that it does not have is looked for everywhere.
            let in_force = book.for_inventories(&options.reading.packs, options.reading.as_of);
            let found = in_force.as_deref().ok().and_then(|packs| select(packs, Some(name)).ok());
            let all;
            let shown = match found {
                Some(shown) => shown,
                None => {
                    all = book.packs(&options.reading.packs)?;
                    select(&all, Some(name))?
                }
            };
            console.print(|out, look| {
                let pages = shown.iter().flat_map(|(pack, rules)| rules.iter().map(move |rule| (pack, rule)));
                for (i, (pack, rule)) in pages.enumerate() {
                    if i > 0 {
                        writeln!(out)?;
                    }
                    page::text(out, rule, pack, &book.socle, look)?;
                }
                Ok(())
            })?;
            Ok(Exit::Done)
        }
        Subject::Installation { input, which } => {
            let packs = book.for_inventories(&options.reading.packs, options.reading.as_of)?;
            let rules = book.rules(&packs);
            let as_of = options.reading.as_of;
            let horizon = as_of.plus_months(6).map(|until| Horizon { text: "6mo".to_owned(), until });
            let asked = AuditOptions {
                survey: options.reading.survey(),
                horizon,
                by: Vec::new(),
                gate: Gate::default(),
                waivers: None,
                baseline: None,
            };
            let found = explain(survey::open(input), which, &rules, &asked)?;
            console.print(|out, look| {
                for (i, explained) in found.iter().enumerate() {
                    if i > 0 {
                        writeln!(out)?;
                    }
                    explanation::write(out, explained, &rules, as_of, look)?;
                }
                Ok(())
            })?;
            Ok(Exit::Done)
        }
    }
}
