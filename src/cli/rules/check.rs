//! `vigie rules check`: every fault of a pack, each with its place and the way out.

use crate::cli::Common;
use crate::cli::command::Words;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use clap::{ArgMatches, Command, ValueHint};
use std::path::PathBuf;

/// What to check.
#[derive(Debug)]
pub(super) struct Options {
    /// Folders of packs; none: the built-in rules, or those of `--rules`.
    pub(super) folders: Vec<PathBuf>,
}

pub(super) fn command(w: Words) -> Command {
    w.command("check", "Vérifie des packs ; fautes : code 2", "Checks packs; faults: exit 2").arg(
        w.argument(
            "folder",
            ("DOSSIER", "DIR"),
            "Dossier d'un pack ; sans lui, les règles de vigie ou celles de --rules",
            "Folder of a pack; without it, the built-in rules or those of --rules",
        )
        .value_parser(clap::value_parser!(PathBuf))
        .value_hint(ValueHint::DirPath)
        .num_args(0..),
    )
}

pub(super) fn options(matches: &ArgMatches) -> Options {
    Options { folders: matches.get_many::<PathBuf>("folder").into_iter().flatten().cloned().collect() }
}

pub(super) fn run(_options: &Options, _common: &Common, _console: &mut Console) -> Result<Exit, Failure> {
    Err(crate::cli::not_yet("rules check"))
}
