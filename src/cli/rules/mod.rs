//! `vigie rules`: list, show, check, test rules, and evaluate conditions.

mod check;
mod eval;
mod list;
pub(super) mod show;
mod test;

use super::Common;
use super::command::Words;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use clap::{ArgMatches, Command};

pub(super) fn command(w: Words) -> Command {
    w.command(
        "rules",
        "Liste, montre, vérifie et teste les règles ; évalue des conditions",
        "Lists, shows, checks and tests rules; evaluates conditions",
    )
    .subcommand_required(true)
    .arg_required_else_help(true)
    .subcommand(list::command(w))
    .subcommand(show::command(w))
    .subcommand(check::command(w))
    .subcommand(test::command(w))
    .subcommand(eval::command(w))
}

/// Runs the command asked for.
///
/// # Errors
/// Those of the command.
pub(super) fn run(matches: &ArgMatches, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    match matches.subcommand() {
        Some(("list", matches)) => list::run(&list::options(matches)?, common, console),
        Some(("show", matches)) => show::run(&show::options(matches), common, console),
        Some(("check", matches)) => check::run(&check::options(matches), common, console),
        Some(("test", matches)) => test::run(&test::options(matches)?, common, console),
        Some(("eval", matches)) => eval::run(&eval::options(matches)?, common, console),
        _ => Err(super::not_yet("rules")),
    }
}
