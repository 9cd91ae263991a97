//! `vigie schema`: the schemas that vigie publishes.

use super::Common;
use super::command::Words;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::rulebook::Rulebook;
use crate::output::json::write_json;
use crate::output::schema;
use clap::{ArgMatches, Command};

const SUBJECTS: [&str; 8] = ["audit", "rates", "forecast", "rules", "rules-test", "rule", "pack", "inventory"];

pub(super) fn command(w: Words) -> Command {
    w.command("schema", "Donne le schéma d'un format de vigie", "Gives the schema of one of vigie's formats").arg(
        w.argument(
            "subject",
            ("SUJET", "SUBJECT"),
            "audit, rates, forecast, rules et rules-test (sorties JSON), rule et pack (fichiers de règles), inventory (colonnes reconnues)",
            "audit, rates, forecast, rules and rules-test (JSON outputs), rule and pack (rule files), inventory (columns known)",
        )
        .value_parser(clap::builder::PossibleValuesParser::new(SUBJECTS))
        .hide_possible_values(true)
        .required(true),
    )
}

/// Writes the schema.
///
/// # Errors
/// Those of the standard output; for the inventories, faults of the socle.
pub(super) fn run(matches: &ArgMatches, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let text = match matches.get_one::<String>("subject").map(String::as_str) {
        Some("forecast") => schema::FORECAST,
        Some("rules") => schema::RULES,
        Some("rules-test") => schema::RULES_TEST,
        Some("rates") => schema::RATES,
        Some("rule") => schema::RULE,
        Some("pack") => schema::PACK,
        Some("inventory") => {
            let book = Rulebook::load(common)?;
            console.print(|out, look| write_json(out, &schema::inventory(&book.socle, look.lang)))?;
            return Ok(Exit::Done);
        }
        _ => schema::AUDIT,
    };
    console.print(|out, _| out.write_all(text.as_bytes()))?;
    Ok(Exit::Done)
}
