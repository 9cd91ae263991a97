//! `vigie rules show`: the page of a rule, of a pack, or of all of them.

use super::{pack_option, packs_asked};
use crate::cli::Common;
use crate::cli::command::Words;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::rulebook::Rulebook;
use crate::cli::values::PackChoice;
use crate::diag::{Diagnostic, did_you_mean};
use crate::output::json::write_json;
use crate::output::page;
use crate::pack::{Pack, Rule};
use crate::text;
use clap::{ArgMatches, Command};
use serde_json::json;

/// What to show.
#[derive(Debug)]
pub(super) struct Options {
    /// A rule (`id` or `pack/id`) or a pack; none: every pack.
    pub(super) name: Option<String>,
    /// Packs to look in; none: all.
    pub(super) packs: Vec<PackChoice>,
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
        .arg(pack_option(w, "Ne chercher que dans ce pack ; répétable", "Look only in this pack; repeatable"))
        .arg(w.choice(
            "format",
            ("FORMAT", "FORMAT"),
            &["text", "markdown", "json"],
            "Format : text (sans cette option), markdown ou json",
            "Format: text (by default), markdown or json",
        ))
}

pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let format = match matches.get_one::<String>("format").map(String::as_str) {
        Some("markdown") => Format::Markdown,
        Some("json") => Format::Json,
        _ => Format::Text,
    };
    Ok(Options { name: matches.get_one::<String>("name").cloned(), packs: packs_asked(matches)?, format })
}

pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let book = Rulebook::load(common)?;
    let packs = book.packs(&options.packs)?;
    let shown = select(&packs, options.name.as_deref())?;
    let whole = shown.len() != 1 || shown[0].1.len() != 1;
    console.print(|out, look| match options.format {
        Format::Text => {
            let mut first = true;
            for (pack, rules) in &shown {
                for rule in rules {
                    if !std::mem::take(&mut first) {
                        writeln!(out)?;
                    }
                    page::text(out, rule, pack, &book.socle, look)?;
                }
            }
            Ok(())
        }
        Format::Markdown => {
            for (i, (pack, rules)) in shown.iter().enumerate() {
                if whole {
                    let gap = if i > 0 { "\n" } else { "" };
                    writeln!(out, "{gap}# {} {}\n", pack.id, pack.version)?;
                }
                for (j, rule) in rules.iter().enumerate() {
                    if j > 0 {
                        writeln!(out)?;
                    }
                    page::markdown(out, rule, pack, &book.socle, look.lang, if whole { 2 } else { 1 })?;
                }
            }
            Ok(())
        }
        Format::Json => {
            let packs: Vec<_> = shown
                .iter()
                .map(|(pack, rules)| {
                    let rules = rules.iter().map(|rule| page::rule_json(rule, pack, &book.socle)).collect();
                    page::pack_json(pack, rules)
                })
                .collect();
            write_json(out, &json!({ "schema": "vigie.rules/1", "packs": packs }))
        }
    })?;
    Ok(Exit::Done)
}

/// What a name stands for: `pack`, `rule`, `pack/rule`, or everything.
///
/// # Errors
/// A name that is neither, with the nearest one.
pub(in crate::cli) fn select<'p>(
    packs: &'p [Pack],
    name: Option<&str>,
) -> Result<Vec<(&'p Pack, Vec<&'p Rule>)>, Failure> {
    let Some(name) = name else {
        return Ok(packs.iter().map(|pack| (pack, pack.rules.iter().collect())).collect());
    };
    if let Some(pack) = packs.iter().find(|pack| pack.id == name) {
        return Ok(vec![(pack, pack.rules.iter().collect())]);
    }
    let (of, id) = name.split_once('/').map_or((None, name), |(pack, rule)| (Some(pack), rule));
    let found: Vec<_> = packs
        .iter()
        .filter(|pack| of.is_none_or(|of| of == pack.id))
        .filter_map(|pack| Some((pack, vec![pack.rule(id)?])))
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let known = packs.iter().flat_map(|pack| pack.rules.iter().map(|rule| rule.id.as_str()));
    let known = known.chain(packs.iter().map(|pack| pack.id.as_str()));
    Err(Diagnostic::error(
        "pack/unknown-rule",
        text!("règle ou pack inconnu `{name}`", "unknown rule or pack `{name}`"),
    )
    .help(
        did_you_mean(id, known)
            .unwrap_or_else(|| text!("`vigie rules list` donne leurs noms", "`vigie rules list` gives their names")),
    )
    .into())
}
