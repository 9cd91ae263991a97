//! `vigie rules`: list, show, check, test rules, and evaluate conditions.

mod check;
mod diff;
mod eval;
mod list;
pub(super) mod show;
mod test;

use super::Common;
use super::command::Words;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::values::{self, PackChoice};
use super::{collect, strings};
use clap::{Arg, ArgAction, ArgMatches, Command};

pub(super) fn command(w: Words) -> Command {
    w.command(
        "rules",
        "Liste, montre, vérifie, teste et compare les règles ; évalue des conditions",
        "Lists, shows, checks, tests and compares rules; evaluates conditions",
    )
    .subcommand_required(true)
    .arg_required_else_help(true)
    .subcommand(list::command(w))
    .subcommand(show::command(w))
    .subcommand(check::command(w))
    .subcommand(test::command(w))
    .subcommand(diff::command(w))
    .subcommand(eval::command(w))
}

/// `--pack`, of the commands that go through packs.
fn pack_option(w: Words, fr: &str, en: &str) -> Arg {
    w.option("pack", ("NOM|DOSSIER", "NAME|DIR"), fr, en).action(ArgAction::Append)
}

/// The packs asked for; none: all.
fn packs_asked(matches: &ArgMatches) -> Result<Vec<PackChoice>, Failure> {
    let mut faults = Vec::new();
    let packs = strings(matches, "pack").iter().filter_map(|v| collect(values::pack(v), &mut faults)).collect();
    if faults.is_empty() { Ok(packs) } else { Err(faults.into()) }
}

/// `--format text|json`.
fn text_or_json(w: Words) -> Arg {
    w.choice(
        "format",
        ("FORMAT", "FORMAT"),
        &["text", "json"],
        "Format : text (sans cette option) ou json",
        "Format: text (by default) or json",
    )
}

fn is_json(matches: &ArgMatches) -> bool {
    matches.get_one::<String>("format").is_some_and(|format| format == "json")
}

/// Runs the command asked for.
///
/// # Errors
/// Those of the command.
pub(super) fn run(matches: &ArgMatches, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    match matches.subcommand() {
        Some(("list", matches)) => list::run(&list::options(matches)?, common, console),
        Some(("show", matches)) => show::run(&show::options(matches)?, common, console),
        Some(("check", matches)) => check::run(&check::options(matches), common, console),
        Some(("test", matches)) => test::run(&test::options(matches)?, common, console),
        Some(("diff", matches)) => diff::run(&diff::options(matches)?, common, console),
        Some(("eval", matches)) => eval::run(&eval::options(matches)?, common, console),
        _ => Err(super::not_yet("rules")),
    }
}
