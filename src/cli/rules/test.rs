//! `vigie rules test`: runs the examples of the rules, and says which sub-conditions none of them decides.

use crate::cli::command::Words;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::values::{self, PackChoice};
use crate::cli::{Common, collect, strings};
use clap::{ArgAction, ArgMatches, Command};

/// What to test.
#[derive(Debug)]
pub(super) struct Options {
    /// Packs asked for; none: all.
    pub(super) packs: Vec<PackChoice>,
    /// As JSON.
    pub(super) json: bool,
}

pub(super) fn command(w: Words) -> Command {
    w.command(
        "test",
        "Joue les exemples des règles ; échec : code 1",
        "Runs the examples of the rules; failure: exit 1",
    )
    .arg(
        w.option(
            "pack",
            ("NOM|DOSSIER", "NAME|DIR"),
            "Ne tester que ce pack ; répétable",
            "Test only this pack; repeatable",
        )
        .action(ArgAction::Append),
    )
    .arg(w.choice(
        "format",
        ("FORMAT", "FORMAT"),
        &["text", "json"],
        "Format : text (sans cette option) ou json",
        "Format: text (by default) or json",
    ))
}

pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let packs = strings(matches, "pack").iter().filter_map(|v| collect(values::pack(v), &mut faults)).collect();
    let json = matches.get_one::<String>("format").is_some_and(|format| format == "json");
    if faults.is_empty() { Ok(Options { packs, json }) } else { Err(faults.into()) }
}

pub(super) fn run(_options: &Options, _common: &Common, _console: &mut Console) -> Result<Exit, Failure> {
    Err(crate::cli::not_yet("rules test"))
}
