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

const SUBJECTS: [&str; 16] = [
    "audit",
    "rates",
    "forecast",
    "inspect",
    "trend",
    "plan",
    "gate",
    "baseline",
    "evidence",
    "rules",
    "rules-test",
    "rules-diff",
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
            "audit, rates, forecast, inspect, trend, plan, gate, baseline, evidence, rules, rules-test et rules-diff (fichiers JSON), rule et pack (fichiers de règles), release (manifestes), inventory (colonnes reconnues)",
            "audit, rates, forecast, inspect, trend, plan, gate, baseline, evidence, rules, rules-test and rules-diff (JSON files), rule and pack (rule files), release (manifests), inventory (columns known)",
        )
        .value_parser(clap::builder::PossibleValuesParser::new(SUBJECTS))
        .hide_possible_values(true)
        .required(true),
    )
    .arg(w.choice(
        "format",
        ("FORMAT", "FORMAT"),
        &["table-schema", "json", "xsd"],
        "Pour inventory : table-schema (sans cette option), json ou xsd ; pour release : json (sans cette option) ou xsd",
        "For inventory: table-schema (by default), json or xsd; for release: json (by default) or xsd",
    ))
}

/// Writes the schema.
///
/// # Errors
/// Those of the standard output; for the inventories, faults of the socle.
pub(super) fn run(matches: &ArgMatches, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let subject = matches.get_one::<String>("subject").map(String::as_str);
    let format = matches.get_one::<String>("format").map(String::as_str);
    let known: &[&str] = match subject {
        Some("inventory") => &["table-schema", "json", "xsd"],
        Some("release") => &["json", "xsd"],
        _ => &["json"],
    };
    if format.is_some_and(|format| !known.contains(&format)) {
        let list = known.join("`, `");
        let message = text!("ce schéma ne s'écrit qu'en `{list}`", "this schema is only written as `{list}`");
        return Err(Diagnostic::error("cli/conflict", message).into());
    }
    let text = match subject {
        Some("gate") => schema::GATE,
        Some("baseline") => schema::BASELINE,
        Some("evidence") => schema::EVIDENCE,
        Some("forecast") => schema::FORECAST,
        Some("inspect") => schema::INSPECT,
        Some("plan") => schema::PLAN,
        Some("rules") => schema::RULES,
        Some("rules-diff") => schema::RULES_DIFF,
        Some("rules-test") => schema::RULES_TEST,
        Some("trend") => schema::TREND,
        Some("rates") => schema::RATES,
        Some("rule") => schema::RULE,
        Some("pack") => schema::PACK,
        Some("release") => {
            let book = Rulebook::load(common)?;
            console.print(|out, look| match format == Some("xsd") {
                true => release_schema::xsd(out, &book.socle, look.lang),
                false => write_json(out, &release_schema::json_schema(&book.socle, look.lang)),
            })?;
            return Ok(Exit::Done);
        }
        Some("inventory") => {
            let book = Rulebook::load(common)?;
            console.print(|out, _| match format {
                Some("xsd") => out.write_all(schema::inventory::xsd(&book.socle).as_bytes()),
                Some("json") => write_json(out, &schema::inventory::json(&book.socle)),
                _ => write_json(out, &schema::inventory::table(&book.socle)),
            })?;
            return Ok(Exit::Done);
        }
        _ => schema::AUDIT,
    };
    console.print(|out, _| out.write_all(text.as_bytes()))?;
    Ok(Exit::Done)
}
