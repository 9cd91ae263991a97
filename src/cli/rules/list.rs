//! `vigie rules list`: the rules, by pack.

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
use crate::output::table::{Heading, Table};
use crate::output::{self, Look, page};
use crate::pack::{Pack, Rule};
use clap::{ArgMatches, Command};
use serde_json::json;

/// What to list.
#[derive(Debug)]
pub(super) struct Options {
    /// Packs asked for; none: all.
    pub(super) packs: Vec<PackChoice>,
    /// As JSON.
    pub(super) json: bool,
}

pub(super) fn command(w: Words) -> Command {
    w.command("list", "Liste les règles", "Lists the rules")
        .arg(pack_option(w, "Ne lister que ce pack ; répétable", "List only this pack; repeatable"))
        .arg(text_or_json(w))
}

pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    Ok(Options { packs: packs_asked(matches)?, json: is_json(matches) })
}

pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let book = Rulebook::load(common)?;
    let packs = book.packs(&options.packs)?;
    console.print(|out, look| {
        if options.json {
            let brief = |rule: &Rule| {
                json!({
                    "id": rule.id,
                    "title": { "fr": rule.title.fr, "en": rule.title.en },
                    "domain": rule.domain,
                    "level": rule.level.word(),
                    "since": rule.since.map(|date| date.to_string()),
                    "until": rule.until.map(|date| date.to_string()),
                })
            };
            let packs: Vec<_> =
                packs.iter().map(|pack| page::pack_json(pack, pack.rules.iter().map(brief).collect())).collect();
            return write_json(out, &json!({ "schema": "vigie.rules/1", "packs": packs }));
        }
        for (i, pack) in packs.iter().enumerate() {
            if i > 0 {
                writeln!(out)?;
            }
            page::pack_heading(out, pack, look)?;
            write!(out, "{}", table(pack, look).draw(look))?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn table(pack: &Pack, look: &Look) -> Table {
    let heads = match look.lang {
        Lang::Fr => ["règle", "niveau", "domaine", "depuis", "intitulé"],
        Lang::En => ["rule", "level", "domain", "since", "title"],
    };
    let [rule, level, domain, since, title] = heads.map(Heading::text);
    let mut table = Table::new(vec![rule, level, domain.optional(2), since.optional(1), title]);
    for rule in &pack.rules {
        table.push(vec![
            rule.id.clone(),
            output::level(rule.level, look.lang).to_owned(),
            rule.domain.clone(),
            rule.since.map(|date| date.to_string()).unwrap_or_default(),
            output::said(&rule.title, look.lang),
        ]);
    }
    table
}
