//! `vigie rules eval`: evaluates a condition on one record, or a batch of them.

use crate::cli::command::Words;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::{Common, as_of_date, audit};
use crate::diag::Diagnostic;
use crate::text;
use crate::value::Date;
use clap::{ArgMatches, Command, ValueHint};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// What to evaluate.
#[derive(Debug)]
pub(super) struct Options {
    /// One condition or a batch.
    pub(super) work: Work,
    /// Date of the evaluation.
    pub(super) as_of: Date,
}

/// One condition or a batch.
#[derive(Debug)]
pub(super) enum Work {
    /// One condition.
    One {
        /// Its text.
        expr: String,
        /// Values of its names.
        given: Map<String, Value>,
        /// Types of its names; those left out are fields of the socle.
        types: Map<String, Value>,
    },
    /// A file of one condition a line (`-`: the standard input).
    Batch(PathBuf),
}

pub(super) fn command(w: Words) -> Command {
    w.command(
        "eval",
        "Évalue une condition et montre ce qui l'a décidée",
        "Evaluates a condition and shows what decided it",
    )
    .arg(
        w.argument("expr", ("CONDITION", "EXPR"), "Condition à évaluer", "Condition to evaluate")
            .required_unless_present("batch")
            .conflicts_with("batch")
            .allow_hyphen_values(true),
    )
    .arg(w.option(
        "given",
        ("JSON", "JSON"),
        "Valeurs, en objet JSON ; ce qui manque est inconnu",
        "Values, as a JSON object; what is absent is unknown",
    ))
    .arg(w.option(
        "types",
        ("JSON", "JSON"),
        "Types, en objet JSON ({\"x\": \"int\", \"l\": \"list(int)\"}) ; sans eux, les champs du socle",
        "Types, as a JSON object ({\"x\": \"int\", \"l\": \"list(int)\"}); without them, the fields of the socle",
    ))
    .arg(audit::as_of(w))
    .arg(
        w.option(
            "batch",
            ("FICHIER.ndjson", "FILE.ndjson"),
            "Évaluer une condition par ligne ({\"id\", \"expr\", \"types\", \"given\"}) ; `-` pour l'entrée standard",
            "Evaluate one condition a line ({\"id\", \"expr\", \"types\", \"given\"}); `-` for the standard input",
        )
        .value_parser(clap::value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath),
    )
}

pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let as_of = as_of_date(matches, &mut faults);
    let work = match (matches.get_one::<PathBuf>("batch"), matches.get_one::<String>("expr")) {
        (Some(path), _) => Work::Batch(path.clone()),
        (None, expr) => Work::One {
            expr: expr.cloned().unwrap_or_default(),
            given: object(matches, "given", &mut faults),
            types: object(matches, "types", &mut faults),
        },
    };
    if faults.is_empty() { Ok(Options { work, as_of }) } else { Err(faults.into()) }
}

/// A JSON object given as an option; empty when absent.
fn object(matches: &ArgMatches, name: &str, faults: &mut Vec<Diagnostic>) -> Map<String, Value> {
    let Some(text) = matches.get_one::<String>(name) else { return Map::new() };
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => object,
        Ok(_) => {
            faults.push(Diagnostic::error(
                "cli/invalid-value",
                text!("`--{name}` attend un objet JSON", "`--{name}` takes a JSON object"),
            ));
            Map::new()
        }
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            faults.push(
                Diagnostic::error(
                    "cli/invalid-value",
                    text!(
                        "`--{name}` n'est pas du JSON (ligne {line}, colonne {column})",
                        "`--{name}` is not JSON (line {line}, column {column})"
                    ),
                )
                .help(text!(
                    "écrire un objet : `{{\"palier\": \"ADD8\"}}`",
                    "write an object: `{{\"palier\": \"ADD8\"}}`"
                )),
            );
            Map::new()
        }
    }
}

pub(super) fn run(_options: &Options, _common: &Common, _console: &mut Console) -> Result<Exit, Failure> {
    Err(crate::cli::not_yet("rules eval"))
}
