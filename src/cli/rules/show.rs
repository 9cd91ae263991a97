//! `vigie rules show`: the page of a rule, of a pack, or of all of them.

use crate::cli::Common;
use crate::cli::command::Words;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use clap::{ArgMatches, Command};

/// What to show.
#[derive(Debug)]
pub(super) struct Options {
    /// A rule (`id` or `pack/id`) or a pack; none: every pack.
    pub(super) name: Option<String>,
    /// In which format.
    pub(super) format: Format,
}

/// Formats of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// For a terminal.
    Text,
    /// For a wiki.
    Markdown,
    /// For machines.
    Json,
}

pub(super) fn command(w: Words) -> Command {
    w.command("show", "Montre une règle, un pack ou tous", "Shows a rule, a pack or all of them")
        .arg(w.argument(
            "name",
            ("NOM", "NAME"),
            "Règle ou pack ; sans lui, tous les packs",
            "Rule or pack; without it, every pack",
        ))
        .arg(w.choice(
            "format",
            ("FORMAT", "FORMAT"),
            &["text", "markdown", "json"],
            "Format : text (sans cette option), markdown ou json",
            "Format: text (by default), markdown or json",
        ))
}

pub(super) fn options(matches: &ArgMatches) -> Options {
    let format = match matches.get_one::<String>("format").map(String::as_str) {
        Some("markdown") => Format::Markdown,
        Some("json") => Format::Json,
        _ => Format::Text,
    };
    Options { name: matches.get_one::<String>("name").cloned(), format }
}

pub(super) fn run(_options: &Options, _common: &Common, _console: &mut Console) -> Result<Exit, Failure> {
    Err(crate::cli::not_yet("rules show"))
}
