//! The page of a rule, and of a pack: for a terminal, a wiki, or a program.
//!
//! The same page is what `vigie explain RULE` shows and what the documentation is made of.

use super::{Look, markdown, number, said, visible_line, words, wrap};
use crate::diag::{Lang, Text};
use crate::pack::condition::{self, Kind};
use crate::pack::{Condition, Example, Pack, Rule, VERDICTS, confidence_code};
use crate::socle::{Citation, Parameter, ParameterId, Socle};
use crate::value::{Date, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// What a page is made of, in one language: both forms for people write these parts in this order.
struct Page {
    title: String,
    /// Name and value.
    facts: Vec<(&'static str, String)>,
    requires: Vec<Requirement>,
    remark: Option<String>,
    examples: Vec<[String; 4]>,
}

struct Requirement {
    words: String,
    condition: String,
    why: String,
    remedy: String,
}

fn page(rule: &Rule, pack: &Pack, socle: &Socle, lang: Lang) -> Page {
    let fr = lang == Lang::Fr;
    let names = pack.names(socle);
    let in_words = |condition: &Condition| said(&condition::words(&condition.expr, &names), lang);
    let pick = |fr_text: &'static str, en_text: &'static str| if fr { fr_text } else { en_text };
    let from = if rule.pack == pack.id { String::new() } else { format!(" ({})", rule.pack) };
    let mut facts = vec![
        (pick("règle", "rule"), format!("{}/{}{from}", pack.id, rule.id)),
        (pick("niveau", "level"), words::level(rule.level, lang).to_owned()),
        (pick("domaine", "domain"), rule.domain.clone()),
    ];
    if let Some(span) = in_force(rule.since, rule.until, lang) {
        facts.push((pick("en vigueur", "in force"), span));
    }
    if let Some(scope) = &rule.scope {
        facts.push((pick("concerne", "concerns"), in_words(scope)));
        facts.push((pick("portée", "scope"), format!("`{}`", scope.part(&(0..scope.text.len())))));
    }
    for parameter in parameters(rule) {
        if let Some(parameter) = socle.parameters.get(usize::from(parameter.0)) {
            facts.push((pick("seuil", "threshold"), threshold(parameter, socle, lang)));
        }
    }
    facts.push((pick("source", "source"), citation(&rule.source, lang)));
    let requires = rule.requires.iter().map(|require| Requirement {
        words: in_words(&require.that),
        condition: require.that.part(&(0..require.that.text.len())),
        why: said(&require.why, lang),
        remedy: said(&require.remedy, lang),
    });
    Page {
        title: said(&rule.title, lang),
        facts,
        requires: requires.collect(),
        remark: rule.remark.as_ref().map(|remark| said(remark, lang)),
        examples: rule.examples.iter().map(|example| example_cells(example, socle, lang)).collect(),
    }
}

/// The dated thresholds that a rule reads.
fn parameters(rule: &Rule) -> BTreeSet<ParameterId> {
    let mut found = BTreeSet::new();
    for condition in rule.conditions() {
        condition.expr.any(&mut |part| {
            if let Kind::Parameter(id) = part.kind {
                found.insert(id);
            }
            false
        });
    }
    found
}

/// `palier minimal : Add. 6 depuis le 30 juin 2018, Add. 8 depuis le 1er janvier 2022`.
fn threshold(parameter: &Parameter, socle: &Socle, lang: Lang) -> String {
    let value = |(since, value): &(Date, crate::value::Value)| {
        let (value, since) = (said(&socle.tables.value_label(value), lang), number::date(*since, lang));
        match lang {
            Lang::Fr => format!("{value} depuis le {since}"),
            Lang::En => format!("{value} since {since}"),
        }
    };
    let values: Vec<String> = parameter.values.iter().map(value).collect();
    let colon = if lang == Lang::Fr { "\u{a0}:" } else { ":" };
    format!("{}{colon} {}", said(&parameter.label, lang), values.join(", "))
}

/// `du 1er juillet 2018 au …`; nothing when it has no bounds.
fn in_force(since: Option<Date>, until: Option<Date>, lang: Lang) -> Option<String> {
    let day = |date| number::date(date, lang);
    Some(match (since, until, lang) {
        (None, None, _) => return None,
        (Some(since), None, Lang::Fr) => format!("depuis le {}", day(since)),
        (Some(since), None, Lang::En) => format!("since {}", day(since)),
        (None, Some(until), Lang::Fr) => format!("jusqu'au {}", day(until)),
        (None, Some(until), Lang::En) => format!("until {}", day(until)),
        (Some(since), Some(until), Lang::Fr) => format!("du {} au {}", day(since), day(until)),
        (Some(since), Some(until), Lang::En) => format!("from {} to {}", day(since), day(until)),
    })
}

pub(super) fn citation(source: &Citation, lang: Lang) -> String {
    let mut text = visible_line(&source.text).into_owned();
    if let Some(place) = &source.place {
        text.push_str(&format!(", {}", visible_line(place)));
    }
    if let Some(date) = source.date {
        text.push_str(&format!(", {}", number::date(date, lang)));
    }
    let code = confidence_code(source.confidence);
    text.push_str(&match lang {
        Lang::Fr => format!(" (confiance {code})"),
        Lang::En => format!(" (confidence {code})"),
    });
    if let Some(url) = &source.url {
        text.push_str(&format!(" <{}>", visible_line(url)));
    }
    text
}

/// Date, record, verdict, note.
fn example_cells(example: &Example, socle: &Socle, lang: Lang) -> [String; 4] {
    [
        example.as_of.to_string(),
        given(example, socle, lang),
        verdict(example.expect, lang).to_owned(),
        example.note.as_ref().map(|note| said(note, lang)).unwrap_or_default(),
    ]
}

fn given(example: &Example, socle: &Socle, lang: Lang) -> String {
    let cells: Vec<String> = example
        .given
        .written
        .iter()
        .map(|(field, value)| {
            let id = socle.fields.get(usize::from(field.0)).map_or("", |field| field.id.as_str());
            format!("{id} = {}", visible_line(value))
        })
        .collect();
    match (cells.is_empty(), lang) {
        (false, _) => cells.join(", "),
        (true, Lang::Fr) => "rien n'est connu".to_owned(),
        (true, Lang::En) => "nothing is known".to_owned(),
    }
}

/// A verdict for people.
#[must_use]
pub fn verdict(verdict: Verdict, lang: Lang) -> &'static str {
    let [pass, fail, unknown, not_applicable] = words::verdict_words(lang);
    match verdict {
        Verdict::Pass => pass,
        Verdict::Fail => fail,
        Verdict::Unknown => unknown,
        Verdict::NotApplicable => not_applicable,
    }
}

/// Stable name of a verdict.
#[must_use]
pub fn verdict_name(verdict: Verdict) -> &'static str {
    VERDICTS.iter().find(|(_, known)| *known == verdict).map_or("", |(name, _)| name)
}

/// Writes the page of a rule for a terminal.
///
/// # Errors
/// Those of the writer.
pub fn text(out: &mut dyn Write, rule: &Rule, pack: &Pack, socle: &Socle, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let fr = lang == Lang::Fr;
    let colon = if fr { "\u{a0}:" } else { ":" };
    let page = page(rule, pack, socle, lang);
    writeln!(out, "{}", look.bold(&page.title))?;
    for (name, value) in &page.facts {
        hang(out, look, &format!("{name:<11}"), value)?;
    }
    for (i, require) in page.requires.iter().enumerate() {
        writeln!(out)?;
        let lead = match (page.requires.len(), fr) {
            (1, true) => "Il faut".to_owned(),
            (1, false) => "Required".to_owned(),
            (_, true) => format!("Il faut ({})", i + 1),
            (_, false) => format!("Required ({})", i + 1),
        };
        hang(out, look, "", &format!("{}{colon} {}", look.bold(&lead), require.words))?;
        hang(out, look, "  ", &format!("`{}`", visible_line(&require.condition)))?;
        let (why, remedy) = if fr { ("pourquoi", "remède") } else { ("why", "remedy") };
        hang(out, look, "  ", &format!("{why}{colon} {}", require.why))?;
        hang(out, look, "  ", &format!("{remedy}{colon} {}", require.remedy))?;
    }
    if let Some(remark) = &page.remark {
        writeln!(out)?;
        hang(out, look, "", &format!("{}{colon} {remark}", if fr { "Remarque" } else { "Remark" }))?;
    }
    if !page.examples.is_empty() {
        writeln!(out, "\n{}", look.bold(if fr { "Exemples" } else { "Examples" }))?;
        for [date, given, verdict, note] in &page.examples {
            let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
            hang(out, look, &format!("  {date}  "), &format!("{given} → {verdict}{note}"))?;
        }
    }
    Ok(())
}

/// A prefix, then a text that hangs under itself when it is wrapped.
pub(super) fn hang(out: &mut dyn Write, look: &Look, prefix: &str, text: &str) -> io::Result<()> {
    use unicode_width::UnicodeWidthStr;
    let indent = prefix.width();
    let lines = match look.width {
        Some(width) => wrap::wrap(text, width.saturating_sub(indent).max(20), false),
        None => vec![text.to_owned()],
    };
    for (i, line) in lines.iter().enumerate() {
        let lead = if i == 0 { prefix } else { &" ".repeat(indent) };
        writeln!(out, "{lead}{line}")?;
    }
    Ok(())
}

/// Writes the page of a rule as Markdown, its title at a level.
///
/// # Errors
/// Those of the writer.
pub fn markdown(
    out: &mut dyn Write,
    rule: &Rule,
    pack: &Pack,
    socle: &Socle,
    lang: Lang,
    depth: usize,
) -> io::Result<()> {
    let fr = lang == Lang::Fr;
    let colon = if fr { "\u{a0}:" } else { ":" };
    let escape = markdown::escape;
    let page = page(rule, pack, socle, lang);
    writeln!(out, "{} {}\n", "#".repeat(depth), escape(&page.title))?;
    for (name, value) in &page.facts {
        writeln!(out, "- {name}{colon} {}", escape(value))?;
    }
    for require in &page.requires {
        let (why, remedy) = if fr { ("Pourquoi", "Remède") } else { ("Why", "Remedy") };
        writeln!(out, "\n**{}**\n", escape(&require.words))?;
        writeln!(out, "{}\n", escape(&require.condition))?;
        writeln!(out, "- {why}{colon} {}", escape(&require.why))?;
        writeln!(out, "- {remedy}{colon} {}", escape(&require.remedy))?;
    }
    if let Some(remark) = &page.remark {
        writeln!(out, "\n{}", escape(remark))?;
    }
    if !page.examples.is_empty() {
        writeln!(out, "\n| {} |", if fr { "date | données | verdict | note" } else { "date | data | verdict | note" })?;
        writeln!(out, "| :-- | :-- | :-- | :-- |")?;
        for cells in &page.examples {
            writeln!(out, "| {} |", cells.each_ref().map(|cell| escape(cell)).join(" | "))?;
        }
    }
    Ok(())
}

/// A rule as JSON (`vigie.rules/1`).
#[must_use]
pub fn rule_json(rule: &Rule, pack: &Pack, socle: &Socle) -> Value {
    let names = pack.names(socle);
    let in_words = |condition: &Condition| both(&condition::words(&condition.expr, &names));
    let requires: Vec<Value> = rule
        .requires
        .iter()
        .map(|require| {
            json!({
                "that": require.that.text,
                "words": in_words(&require.that),
                "why": both(&require.why),
                "remedy": both(&require.remedy),
            })
        })
        .collect();
    let examples: Vec<Value> = rule
        .examples
        .iter()
        .map(|example| {
            let given: serde_json::Map<String, Value> = example
                .given
                .written
                .iter()
                .filter_map(|(field, value)| Some((socle.fields.get(usize::from(field.0))?.id.clone(), as_json(value))))
                .collect();
            json!({
                "as_of": example.as_of.to_string(),
                "given": given,
                "expect": verdict_name(example.expect),
                "note": example.note.as_ref().map(both),
            })
        })
        .collect();
    json!({
        "id": rule.id,
        "pack": rule.pack,
        "title": both(&rule.title),
        "domain": rule.domain,
        "level": rule.level.word(),
        "since": rule.since.map(|date| date.to_string()),
        "until": rule.until.map(|date| date.to_string()),
        "scope": rule.scope.as_ref().map(|scope| json!({ "that": scope.text, "words": in_words(scope) })),
        "require": requires,
        "remark": rule.remark.as_ref().map(both),
        "source": source_json(&rule.source),
        "examples": examples,
    })
}

/// A pack as JSON, with the rules given.
#[must_use]
pub fn pack_json(pack: &Pack, rules: Vec<Value>) -> Value {
    let day = |date: Option<Date>| date.map(|date| date.to_string());
    let texts: Vec<Value> =
        pack.texts.iter().map(|text| json!({ "title": text.title, "date": day(text.date), "url": text.url })).collect();
    json!({
        "id": pack.id,
        "title": both(&pack.title),
        "kind": pack.kind,
        "version": pack.version.to_string(),
        "digest": pack.digest,
        "since": day(pack.since),
        "until": day(pack.until),
        "reviewed": pack.reviewed.to_string(),
        "extends": pack.base.as_ref().map(|base| json!({ "id": base.id, "version": base.version.to_string() })),
        "texts": texts,
        "rules": rules,
    })
}

/// A value written in TOML, as JSON; dates become texts.
fn as_json(written: &str) -> Value {
    fn convert(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(date) => json!(date.to_string()),
            toml::Value::Array(items) => items.into_iter().map(convert).collect(),
            toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, convert(value))).collect(),
            toml::Value::String(text) => json!(text),
            toml::Value::Integer(n) => json!(n),
            toml::Value::Float(n) => json!(n),
            toml::Value::Boolean(b) => json!(b),
        }
    }
    let table: Option<toml::Table> = format!("value = {written}").parse().ok();
    table.and_then(|mut table| table.remove("value")).map_or_else(|| json!(written), convert)
}

pub(super) fn source_json(source: &Citation) -> Value {
    json!({
        "text": source.text,
        "where": source.place,
        "url": source.url,
        "date": source.date.map(|date| date.to_string()),
        "confidence": confidence_code(source.confidence),
    })
}

fn both(text: &Text) -> Value {
    json!({ "fr": text.fr, "en": text.en })
}

/// Writes the heading of a pack for a terminal.
///
/// # Errors
/// Those of the writer.
pub fn pack_heading(out: &mut dyn Write, pack: &Pack, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let fr = lang == Lang::Fr;
    let title = format!("{} {}{} {}", pack.id, pack.version, if fr { "\u{a0}:" } else { ":" }, said(&pack.title, lang));
    writeln!(out, "{}", look.bold(&title))?;
    let mut parts = Vec::new();
    parts.extend(in_force(pack.since, pack.until, lang));
    let reviewed = number::date(pack.reviewed, lang);
    parts.push(if fr { format!("relu le {reviewed}") } else { format!("reviewed on {reviewed}") });
    if let Some(base) = &pack.base {
        parts.push(match fr {
            true => format!("étend {} {}", base.id, base.version),
            false => format!("extends {} {}", base.id, base.version),
        });
    }
    hang(out, look, "", &parts.join(", "))
}
