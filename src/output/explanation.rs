//! Why an installation has its status, for people.

use super::{Look, number, page, said, visible_line, words};
use crate::audit::{Explained, ExplainedRule, Rules, Status};
use crate::diag::{Lang, Text};
use crate::socle::Origin;
use crate::text;
use crate::value::{Date, Verdict};
use std::cmp::Reverse;
use std::io::{self, Write};

/// Writes the explanation of a row: its status, then each rule that fails, is unknown (the blocking ones first), will
/// fail, and the others by name.
///
/// # Errors
/// Those of the writer.
pub fn write(
    out: &mut dyn Write,
    explained: &Explained,
    rules: &Rules<'_>,
    as_of: Date,
    look: &Look,
) -> io::Result<()> {
    let lang = look.lang;
    let (file, row) = (visible_line(&explained.file), number::integer(explained.row, lang));
    let head = match explained.line.map(|line| number::integer(line, lang)) {
        Some(line) => text!(
            "{file}, enregistrement {row} (ligne {line} du fichier)",
            "{file}, row {row} (line {line} of the file)"
        ),
        None => text!("{file}, enregistrement {row}", "{file}, row {row}"),
    };
    let status = status_word(explained.status, lang);
    let head = said(&head, lang);
    let head = said(&text!("{head} : {status}", "{head}: {status}"), lang);
    writeln!(out, "{}", look.bold(&head))?;
    let date = number::date(as_of, lang);
    for pack in &rules.packs {
        let (id, version) = (&pack.id, &pack.version);
        writeln!(out, "{}", said(&text!("pack {id} {version}, au {date}", "pack {id} {version}, as of {date}"), lang))?;
    }
    for verdict in [Verdict::Fail, Verdict::Unknown] {
        let level = |rule: &&ExplainedRule| Reverse(rules.packs[rule.pack].rules[rule.rule].level);
        let mut concerned: Vec<&ExplainedRule> =
            explained.rules.iter().filter(|rule| rule.verdict == verdict).collect();
        concerned.sort_by_key(level);
        for rule in concerned {
            writeln!(out)?;
            reasons(out, rule, explained, rules, look)?;
        }
    }
    let expiring: Vec<&ExplainedRule> = explained.rules.iter().filter(|rule| rule.expires.is_some()).collect();
    if !expiring.is_empty() {
        writeln!(out, "\n{}", said(&text!("Bientôt non conforme :", "Soon failing:"), lang))?;
        for rule in expiring {
            let date = rule.expires.map(|date| number::date(date, lang)).unwrap_or_default();
            let id = name(rule, rules);
            writeln!(out, "  {}", said(&text!("{id}, le {date}", "{id}, on {date}"), lang))?;
        }
    }
    derived(out, explained, rules, look)?;
    for verdict in [Verdict::Pass, Verdict::NotApplicable] {
        let names: Vec<String> =
            explained.rules.iter().filter(|rule| rule.verdict == verdict).map(|rule| name(rule, rules)).collect();
        if !names.is_empty() {
            let list = names.join(", ");
            let word = page::verdict(verdict, lang);
            writeln!(out, "\n{}", said(&text!("{word} : {list}", "{word}: {list}"), lang))?;
        }
    }
    Ok(())
}

/// The values that the inventory does not tell, and the catalogue or the registers do.
fn derived(out: &mut dyn Write, explained: &Explained, rules: &Rules<'_>, look: &Look) -> io::Result<()> {
    let catalogue = text!("Dérivé du catalogue :", "Derived from the catalogue:");
    told_elsewhere(out, explained, rules, look, &catalogue, &[Origin::Derived])?;
    let register = text!("Donné par le registre :", "Given by the register:");
    told_elsewhere(out, explained, rules, look, &register, &[Origin::Registered, Origin::RegisteredAmong])
}

fn told_elsewhere(
    out: &mut dyn Write,
    explained: &Explained,
    rules: &Rules<'_>,
    look: &Look,
    title: &Text,
    origins: &[Origin],
) -> io::Result<()> {
    let lang = look.lang;
    let mut values = explained.origins.iter().filter(|(_, (origin, _))| origins.contains(origin)).peekable();
    if values.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "\n{}", said(title, lang))?;
    for (field, (_, datum)) in values {
        let name = rules.socle.path_label(*field, "");
        let name = name.get(lang);
        let value = rules.socle.tables.datum_label(datum);
        let value = visible_line(value.get(lang));
        writeln!(out, "  {}", said(&text!("{name} : {value}", "{name}: {value}"), lang))?;
    }
    Ok(())
}

fn reasons(
    out: &mut dyn Write,
    rule: &ExplainedRule,
    explained: &Explained,
    rules: &Rules<'_>,
    look: &Look,
) -> io::Result<()> {
    let lang = look.lang;
    let told = &rules.packs[rule.pack].rules[rule.rule];
    let (word, level) = (page::verdict(rule.verdict, lang), words::level(told.level, lang));
    let id = name(rule, rules);
    writeln!(out, "{}  {id} ({level})", look.bold(word))?;
    writeln!(out, "  {}", said(&told.title, lang))?;
    for decision in &rule.decisions {
        for reason in &decision.reasons {
            let reads: Vec<String> = reason
                .reads
                .iter()
                .map(|read| rules.socle.path_label(read.field, &read.path).get(lang).to_owned())
                .collect();
            let reads = reads.join(", ");
            let needed = reason.needed.get(lang);
            let line = match &reason.told() {
                Some(seen) => {
                    let origin = reason.reads.iter().find_map(|read| explained.origins.get(&read.field));
                    let origin = origin.map(|(origin, _)| origin_words(*origin, lang)).unwrap_or_default();
                    let seen = visible_line(seen.get(lang)).into_owned() + origin;
                    text!("{reads} : vu {seen} ; attendu {needed}", "{reads}: seen {seen}; needed {needed}")
                }
                // A scope asks nothing: it says whom the rule is for.
                None if decision.require.is_none() => text!("{reads} : inconnu", "{reads}: unknown"),
                None => text!("{reads} : inconnu ; attendu {needed}", "{reads}: unknown; needed {needed}"),
            };
            writeln!(out, "  - {}", said(&line, lang))?;
            if let Some(date) = reason.deadline {
                let date = number::date(date, lang);
                writeln!(out, "    {}", said(&text!("échéance : {date}", "deadline: {date}"), lang))?;
            }
        }
        match decision.require {
            None => {
                let scope = text!(
                    "on ne sait pas si la règle concerne cette installation",
                    "whether the rule concerns this installation is not known"
                );
                writeln!(out, "  {}", said(&scope, lang))?;
            }
            Some(require) => {
                let require = &told.requires[require];
                let (why, remedy): (&Text, &Text) = (&require.why, &require.remedy);
                writeln!(out, "  {}", said(why, lang))?;
                let remedy = remedy.get(lang);
                let label = text!("remède : {remedy}", "remedy: {remedy}");
                writeln!(out, "  {}", said(&label, lang))?;
            }
        }
    }
    let (source, cited) = (&told.source, &told.source.text);
    let place = source.place.as_ref().map(|place| format!(", {place}")).unwrap_or_default();
    writeln!(out, "  {}", said(&text!("source : {cited}{place}", "source: {cited}{place}"), lang))
}

/// Where a value that the catalogue tells comes from.
fn origin_words(origin: Origin, lang: Lang) -> &'static str {
    match (origin, lang) {
        (Origin::Derived, Lang::Fr) => " (dérivé du catalogue)",
        (Origin::Derived, Lang::En) => " (derived from the catalogue)",
        (Origin::Conflict, Lang::Fr) => " (déclaré, contre le catalogue)",
        (Origin::Conflict, Lang::En) => " (declared, against the catalogue)",
        (Origin::Registered | Origin::RegisteredAmong, Lang::Fr) => " (donné par le registre)",
        (Origin::Registered | Origin::RegisteredAmong, Lang::En) => " (given by the register)",
        (Origin::RegisterConflict, Lang::Fr) => " (déclaré, contre le registre)",
        (Origin::RegisterConflict, Lang::En) => " (declared, against the register)",
    }
}

fn name(rule: &ExplainedRule, rules: &Rules<'_>) -> String {
    let pack = rules.packs[rule.pack];
    let id = &pack.rules[rule.rule].id;
    if rules.packs.len() > 1 { format!("{}/{id}", pack.id) } else { id.clone() }
}

fn status_word(status: Status, lang: Lang) -> &'static str {
    match (status, lang) {
        (Status::UpToDate, Lang::Fr) => "à jour",
        (Status::UpToDate, Lang::En) => "up to date",
        (Status::Obsolete, Lang::Fr) => "obsolète",
        (Status::Obsolete, Lang::En) => "obsolete",
        (Status::Undetermined, Lang::Fr) => "indéterminé",
        (Status::Undetermined, Lang::En) => "undetermined",
        (Status::Waived, Lang::Fr) => "sous dérogation",
        (Status::Waived, Lang::En) => "waived",
        (Status::NotApplicable, Lang::Fr) => "sans objet",
        (Status::NotApplicable, Lang::En) => "not applicable",
    }
}
