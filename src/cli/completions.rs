//! `vigie completions`: what a shell needs to complete the command line.

use super::command::{self, Words};
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use clap::{ArgMatches, Command};
use clap_complete::Shell;

const SHELLS: [&str; 4] = ["bash", "zsh", "fish", "powershell"];

pub(super) fn command(w: Words) -> Command {
    w.command("completions", "Donne le script de complétion d'un shell", "Gives the completion script of a shell").arg(
        w.argument("shell", ("SHELL", "SHELL"), "bash, zsh, fish ou powershell", "bash, zsh, fish or powershell")
            .value_parser(clap::builder::PossibleValuesParser::new(SHELLS))
            .hide_possible_values(true)
            .required(true),
    )
}

/// Writes the script.
///
/// # Errors
/// Those of the standard output.
pub(super) fn run(matches: &ArgMatches, console: &mut Console) -> Result<Exit, Failure> {
    let shell = match matches.get_one::<String>("shell").map(String::as_str) {
        Some("zsh") => Shell::Zsh,
        Some("fish") => Shell::Fish,
        Some("powershell") => Shell::PowerShell,
        _ => Shell::Bash,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command::command(console.lang(), None), "vigie", &mut script);
    console.print(|out, _| out.write_all(&script))?;
    Ok(Exit::Done)
}
