//! `vigie rules check`: every fault of a pack, each with its place and the way out.

use crate::cli::Common;
use crate::cli::command::Words;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::rulebook::Rulebook;
use crate::diag::{Diagnostic, Lang};
use crate::output::number;
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

pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let book = Rulebook::load(common)?;
    let mut packs = Vec::new();
    let mut faults = Vec::new();
    if options.folders.is_empty() {
        packs = book.packs(&[])?;
    }
    for folder in &options.folders {
        match book.own(folder) {
            Ok(pack) => packs.push(pack),
            Err(Failure::Faults(mut found)) => faults.append(&mut found),
            Err(failure) => return Err(failure),
        }
    }
    let warnings: Vec<Diagnostic> = packs.iter().flat_map(|pack| pack.warnings.iter().cloned()).collect();
    console.diagnostics(&warnings);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    console.print(|out, look| {
        for pack in &packs {
            let (id, version) = (&pack.id, &pack.version);
            let rules = pack.rules.len() as u64;
            let examples = pack.rules.iter().map(|rule| rule.examples.len() as u64).sum();
            let (rule, example) = match look.lang {
                Lang::Fr => (["règle", "règles"], ["exemple", "exemples"]),
                Lang::En => (["rule", "rules"], ["example", "examples"]),
            };
            let rules = number::counted(rules, look.lang, rule[0], rule[1]);
            let examples = number::counted(examples, look.lang, example[0], example[1]);
            match look.lang {
                Lang::Fr => writeln!(out, "{id} {version}\u{a0}: {rules}, {examples}, aucune faute")?,
                Lang::En => writeln!(out, "{id} {version}: {rules}, {examples}, no fault")?,
            }
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}
