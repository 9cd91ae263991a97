//! `vigie rules test`: runs the examples of the rules, and says which sub-conditions none of them decides.

use super::{is_json, pack_option, packs_asked, text_or_json};
use crate::cli::Common;
use crate::cli::command::Words;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::rulebook::Rulebook;
use crate::cli::values::PackChoice;
use crate::diag::Lang;
use crate::output::json::write_json;
use crate::output::{self, Look, number, page, visible_line};
use crate::pack::{Example, Outcome, Pack, Rule, undecided};
use crate::socle::Socle;
use clap::{ArgMatches, Command};
use serde_json::{Value, json};
use std::io::{self, Write};

/// What to test.
#[derive(Debug)]
pub(super) struct Options {
    /// Packs asked for; none: all.
    pub(super) packs: Vec<PackChoice>,
    /// As JSON.
    pub(super) json: bool,
}

pub(super) fn command(w: Words) -> Command {
    w.command(
        "test",
        "Joue les exemples des règles ; échec : code 1",
        "Runs the examples of the rules; failure: exit 1",
    )
    .arg(pack_option(w, "Ne tester que ce pack ; répétable", "Test only this pack; repeatable"))
    .arg(text_or_json(w))
}

pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    Ok(Options { packs: packs_asked(matches)?, json: is_json(matches) })
}

/// A rule whose examples were run.
struct Tested<'p> {
    pack: &'p Pack,
    rule: &'p Rule,
    failures: Vec<(&'p Example, Outcome)>,
    undecided: Vec<(usize, String)>,
}

pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let book = Rulebook::load(common)?;
    let packs = book.packs(&options.packs)?;
    let mut tested = Vec::new();
    for pack in &packs {
        // A rule that came by `extends` is tested where it is written.
        let own = pack.rules.iter().filter(|rule| rule.pack == pack.id);
        tested.extend(own.map(|rule| test(pack, rule, &book.socle)));
    }
    let failed = tested.iter().any(|rule| !rule.failures.is_empty());
    console.print(
        |out, look| {
            if options.json { write_json(out, &as_json(&tested)) } else { as_text(out, &tested, look) }
        },
    )?;
    Ok(if failed { Exit::Closed } else { Exit::Done })
}

fn test<'p>(pack: &'p Pack, rule: &'p Rule, socle: &Socle) -> Tested<'p> {
    let outcomes = rule.examples.iter().map(|example| (example, example.run(rule, socle)));
    let failures = outcomes.filter(|(example, outcome)| !outcome.holds(example)).collect();
    let undecided = undecided(rule, socle)
        .into_iter()
        .filter_map(|part| {
            let condition = match part.require {
                None => rule.scope.as_ref()?,
                Some(index) => &rule.requires.get(index)?.that,
            };
            Some((condition.line(), condition.part(&part.span)))
        })
        .collect();
    Tested { pack, rule, failures, undecided }
}

fn as_text(out: &mut dyn Write, tested: &[Tested<'_>], look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let fr = lang == Lang::Fr;
    let (mut examples, mut failures, mut parts) = (0u64, 0u64, 0u64);
    for Tested { rule, failures: failed, undecided, .. } in tested {
        examples += rule.examples.len() as u64;
        failures += failed.len() as u64;
        parts += undecided.len() as u64;
        let file = visible_line(&rule.file.name).into_owned();
        for (example, outcome) in failed {
            let (expected, got) = (page::verdict(example.expect, lang), page::verdict(outcome.got, lang));
            let line = match fr {
                true => format!("{file}:{}\u{a0}: {expected} attendu, {got} obtenu", example.line),
                false => format!("{file}:{}: expected {expected}, got {got}", example.line),
            };
            writeln!(out, "{}", look.colored(anstyle::AnsiColor::Red, &line))?;
            for decision in &outcome.reasons {
                let condition = match decision.require {
                    None => rule.scope.as_ref(),
                    Some(index) => rule.requires.get(index).map(|require| &require.that),
                };
                for (reason, condition) in decision.reasons.iter().zip(std::iter::repeat(condition)) {
                    let part = condition.map(|condition| condition.part(&reason.span)).unwrap_or_default();
                    let seen = reason.seen.as_ref().map_or("–", |seen| seen.get(lang));
                    let (seen, needed) = (visible_line(seen), output::said(&reason.needed, lang));
                    let part = visible_line(&part);
                    match fr {
                        true => writeln!(out, "  `{part}`\u{a0}: vu {seen}, il faut {needed}")?,
                        false => writeln!(out, "  `{part}`: seen {seen}, needed {needed}")?,
                    }
                }
            }
        }
        for (line, part) in undecided {
            let part = visible_line(part);
            match fr {
                true => writeln!(out, "{file}:{line}\u{a0}: aucun exemple ne décide `{part}`")?,
                false => writeln!(out, "{file}:{line}: no example decides `{part}`")?,
            }
        }
    }
    let count = |n: u64, fr: [&str; 2], en: [&str; 2]| {
        let [one, many] = if lang == Lang::Fr { fr } else { en };
        number::counted(n, lang, one, many)
    };
    let rules = count(tested.len() as u64, ["règle", "règles"], ["rule", "rules"]);
    let examples = count(examples, ["exemple", "exemples"], ["example", "examples"]);
    let failures = count(failures, ["échec", "échecs"], ["failure", "failures"]);
    let parts = count(
        parts,
        ["sous-condition sans exemple décisif", "sous-conditions sans exemple décisif"],
        ["sub-condition that no example decides", "sub-conditions that no example decides"],
    );
    writeln!(out, "{rules}, {examples}, {failures}, {parts}")
}

fn as_json(tested: &[Tested<'_>]) -> Value {
    let rules: Vec<Value> = tested
        .iter()
        .map(|Tested { pack, rule, failures, undecided }| {
            let failures: Vec<Value> = failures
                .iter()
                .map(|(example, outcome)| {
                    json!({
                        "line": example.line,
                        "as_of": example.as_of.to_string(),
                        "expect": page::verdict_name(example.expect),
                        "got": page::verdict_name(outcome.got),
                    })
                })
                .collect();
            let undecided: Vec<Value> =
                undecided.iter().map(|(line, part)| json!({ "line": line, "part": part })).collect();
            json!({
                "pack": pack.id,
                "id": rule.id,
                "file": rule.file.name,
                "examples": rule.examples.len(),
                "failures": failures,
                "undecided": undecided,
            })
        })
        .collect();
    json!({ "schema": "vigie.rules-test/1", "rules": rules })
}
