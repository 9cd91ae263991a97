//! `vigie schema`: the schemas that vigie publishes.

use super::Common;
use super::command::Words;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::rulebook::Rulebook;
use crate::diag::Diagnostic;
use crate::output::json::write_json;
use crate::output::{release_schema, schema};
use crate::text;
use clap::{ArgMatches, Command};

const SUBJECTS: [&str; 12] = [
    "audit",
    "rates",
    "forecast",
    "gate",
    "baseline",
    "evidence",
    "rules",
    "rules-test",
    "rule",
    "pack",
    "release",
    "inventory",
];

pub(super) fn command(w: Words) -> Command {
    w.command("schema", "Donne le schéma d'un format de vigie", "Gives the schema of one of vigie's formats").arg(
        w.argument(
            "subject",
            ("SUJET", "SUBJECT"),
            "audit, rates, forecast, gate, baseline, evidence, rules et rules-test (sorties JSON), rule et pack (fichiers de règles), release (manifestes), inventory (colonnes reconnues)",
            "audit, rates, forecast, gate, baseline, evidence, rules and rules-test (JSON outputs), rule and pack (rule files), release (manifests), inventory (columns known)",
        )
        .value_parser(clap::builder::PossibleValuesParser::new(SUBJECTS))
        .hide_possible_values(true)
        .required(true),
    )
    .arg(w.choice(
        "format",
        ("FORMAT", "FORMAT"),
        &["json", "xsd"],
        "Pour release : json (JSON Schema, sans cette option) ou xsd",
        "For release: json (JSON Schema, by default) or xsd",
    ))
}

/// Writes the schema.
///
/// # Errors
/// Those of the standard output; for the inventories, faults of the socle.
pub(super) fn run(matches: &ArgMatches, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let subject = matches.get_one::<String>("subject").map(String::as_str);
    let xsd = matches.get_one::<String>("format").is_some_and(|format| format == "xsd");
    if xsd && subject != Some("release") {
        let message = text!("seul `release` a un schéma XSD", "only `release` has an XSD schema");
        return Err(Diagnostic::error("cli/conflict", message).into());
    }
    let text = match subject {
        Some("gate") => schema::GATE,
        Some("baseline") => schema::BASELINE,
        Some("evidence") => schema::EVIDENCE,
        Some("forecast") => schema::FORECAST,
        Some("rules") => schema::RULES,
        Some("rules-test") => schema::RULES_TEST,
        Some("rates") => schema::RATES,
        Some("rule") => schema::RULE,
        Some("pack") => schema::PACK,
        Some("release") => {
            let book = Rulebook::load(common)?;
            console.print(|out, look| match xsd {
                true => release_schema::xsd(out, &book.socle, look.lang),
                false => write_json(out, &release_schema::json_schema(&book.socle, look.lang)),
            })?;
            return Ok(Exit::Done);
        }
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
