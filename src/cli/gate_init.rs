//! `vigie gate init`: a manifest to fill in.

use super::command::Words;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::rulebook::Rulebook;
use super::{Common, survey};
use crate::diag::Diagnostic;
use crate::output::model::{self, Form, Model};
use crate::text;
use clap::{ArgAction, ArgMatches, Command};

pub(super) fn command(w: Words) -> Command {
    w.command(
        "init",
        "Écrit un manifeste à remplir : les clés, et ce que les règles en regarderont",
        "Writes a manifest to fill in: the keys, and what rules will look at",
    )
    .arg(
        w.option(
            "profession",
            ("NOM", "NAME"),
            "Profession à laquelle la version est destinée ; répétable",
            "Profession that the release is meant for; repeatable",
        )
        .action(ArgAction::Append),
    )
    .arg(w.choice(
        "format",
        ("FORMAT", "FORMAT"),
        &["toml", "json", "xml"],
        "Format du manifeste : toml (sans cette option), json ou xml",
        "Format of the manifest: toml (by default), json or xml",
    ))
    .arg(survey::as_of(w))
    .after_help(w.examples(&[(
        "vigie gate init --profession infirmier --profession sage-femme > release.toml",
        "le manifeste d'un logiciel pour deux professions",
        "the manifest of a software for two professions",
    )]))
}

/// Writes the model.
///
/// # Errors
/// A profession that the socle does not know, faults of the rules, those of the standard output.
pub(super) fn run(matches: &ArgMatches, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let as_of = super::as_of_date(matches, &mut faults);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let book = Rulebook::load(common)?;
    let packs = book.for_releases(&[], as_of, false)?;
    let form = match matches.get_one::<String>("format").map(String::as_str) {
        Some("json") => Form::Json,
        Some("xml") => Form::Xml,
        _ => Form::Toml,
    };
    let who = super::strings(matches, "profession");
    let model = Model::new(&book.socle, &packs, &who, as_of).map_err(|unknown| {
        let message = text!("`{unknown}` n'est pas une valeur connue", "`{unknown}` is not a known value");
        let mut fault = Diagnostic::error("cli/invalid-value", message);
        fault.help = model::near(&book.socle, &unknown);
        Failure::from(fault)
    })?;
    console.print(|out, look| model.write(out, form, look.lang))?;
    Ok(Exit::Done)
}
