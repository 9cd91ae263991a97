//! SARIF 2.1.0, as GitHub code scanning takes it.
//!
//! GitHub reads no `suppressions` and makes an alert of whatever is in the file: only failures are written, and
//! waived results are left out ([`Waived::Left`]) unless asked for.

use super::{Outcome, Place, Rule, Run, Since, State, uri};
use crate::diag::Lang;
use crate::output::markdown::escape;
use crate::output::said;
use crate::pack::Level;
use crate::socle::{Citation, Confidence};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Characters of a description that GitHub keeps.
const DESCRIPTION: usize = 1024;

/// What becomes of the results that a waiver covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waived {
    /// They are not written.
    Left,
    /// They are written, with their suppression.
    Suppressed,
}

/// Writes the run.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, run: &Run<'_>, waived: Waived, lang: Lang) -> io::Result<()> {
    let mut outcomes = run.wrong();
    if waived == Waived::Suppressed {
        outcomes.extend(run.worst(|state| matches!(state, State::Waived { .. })));
    }
    let mut rules: Vec<Value> = run.rules.iter().map(|rule| descriptor(rule, run, lang)).collect();
    let mut results: Vec<Value> = outcomes.iter().map(|(rule, outcome)| result(rule, outcome, lang)).collect();
    for notice in &run.notices {
        let index = rules.iter().position(|rule| rule["id"] == notice.code).unwrap_or_else(|| {
            rules.push(notice_rule(notice.code, notice.level, lang));
            rules.len() - 1
        });
        let text = inert(&said(&notice.message, lang));
        results.push(json!({
            "ruleId": notice.code,
            "ruleIndex": index,
            "level": level(notice.level),
            "message": { "id": "notice", "text": format!("{}.", braced(&text)), "arguments": [text] },
            "locations": [location(&notice.place)],
            "partialFingerprints": fingerprints(&notice.fingerprint),
        }));
    }
    let packs: BTreeSet<&str> = run.rules.iter().map(|rule| rule.pack).collect();
    let packs: Vec<&str> = packs.into_iter().collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "vigie",
                "fullName": format!("vigie {}", env!("CARGO_PKG_VERSION")),
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                // A name rather than an address: the project has no page of its own yet.
                "informationUri": concat!("urn:vigie:", env!("CARGO_PKG_VERSION")),
                "language": if lang == Lang::Fr { "fr-FR" } else { "en-US" },
                "rules": rules,
            } },
            "automationDetails": { "id": format!("vigie/{}/{}/", run.command, packs.join("+")) },
            "originalUriBaseIds": { "SRCROOT": { "description": { "text": match lang {
                Lang::Fr => "Racine du dépôt.",
                Lang::En => "Root of the repository.",
            } } } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "exitCode": i32::from(run.closed.is_some()),
                "toolExecutionNotifications": [{
                    "level": "note",
                    "message": { "text": plain(&said(&run.headline, lang)) },
                }],
            }],
            "results": results,
        }],
    });
    crate::output::json::pretty(out, &log)
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Blocking => "error",
        Level::Advisory => "warning",
        Level::Info => "note",
    }
}

/// What GitHub sorts alerts by.
fn severity(level: Level) -> &'static str {
    match level {
        Level::Blocking => "error",
        Level::Advisory => "warning",
        Level::Info => "recommendation",
    }
}

/// A text in which nothing is a link: `[text](address)` is one in plain texts too (§ 3.11.6).
fn inert(text: &str) -> String {
    if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text.to_owned() }
}

/// A text in which nothing stands for an argument (§ 3.11.5).
fn braced(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

fn plain(text: &str) -> String {
    braced(&inert(text))
}

fn descriptor(rule: &Rule<'_>, run: &Run<'_>, lang: Lang) -> Value {
    let source = source(&rule.text.source);
    let texts = |texts: &[crate::diag::Text]| texts.iter().map(|text| said(text, lang)).collect::<Vec<_>>();
    let (why, remedy) = (texts(&rule.text.why), texts(&rule.text.remedy));
    let mut messages = Map::new();
    for outcome in run.outcomes.iter().filter(|outcome| run.rules[outcome.rule].name == rule.name) {
        messages
            .insert(outcome.message.id.to_owned(), json!({ "text": inert(&said(&outcome.message.template, lang)) }));
    }
    let list = |texts: &[String]| texts.iter().map(|text| format!("- {}\n", escape(text))).collect::<String>();
    let (why_word, do_word, source_word) = match lang {
        Lang::Fr => ("Pourquoi", "Que faire", "Source"),
        Lang::En => ("Why", "What to do", "Source"),
    };
    // A pack may have the name of a domain, and tags are a set.
    let mut tags = vec![rule.pack];
    tags.extend(Some(rule.text.domain.as_str()).filter(|domain| *domain != rule.pack));
    let mut value = json!({
        "id": rule.name,
        "name": pascal(rule.name),
        "shortDescription": { "text": sentence(&cut(&plain(&said(rule.title, lang)))) },
        "fullDescription": { "text": sentence(&cut(&plain(&why.join(" ")))) },
        "help": {
            "text": sentence(&plain(&format!("{} {}", remedy.join(" "), source))),
            "markdown": format!(
                "**{why_word}**\n\n{}\n**{do_word}**\n\n{}\n**{source_word}**\n\n- {}\n",
                list(&why),
                list(&remedy),
                escape(&source)
            ),
        },
        "messageStrings": messages,
        "defaultConfiguration": { "level": level(rule.level) },
        "properties": {
            "tags": tags,
            "precision": match rule.text.source.confidence {
                Confidence::High => "very-high",
                Confidence::Medium => "high",
                Confidence::Low => "medium",
                Confidence::NotVerified => "low",
            },
            "problem.severity": severity(rule.level),
        },
    });
    if let Some(url) = rule.text.source.url.as_deref().filter(|url| is_address(url)) {
        value["helpUri"] = json!(url);
    }
    value
}

/// The descriptor of what is wrong beside the rules.
fn notice_rule(code: &str, of: Level, lang: Lang) -> Value {
    let (short, full, help) = match lang {
        Lang::Fr => (
            "Constat sur ce qui accompagne les règles.",
            "Une dérogation, ou la baseline, demande une correction.",
            "Corriger le fichier désigné : `vigie audit --help` dit comment il se lit.",
        ),
        Lang::En => (
            "Finding about what goes with the rules.",
            "A waiver, or the baseline, needs a correction.",
            "Correct the file that is named: `vigie audit --help` says how it is read.",
        ),
    };
    let severity = severity(of);
    json!({
        "id": code,
        "name": pascal(&code.replace('/', "-")),
        "shortDescription": { "text": short },
        "fullDescription": { "text": full },
        "help": { "text": help, "markdown": help },
        "messageStrings": { "notice": { "text": "{0}." } },
        "defaultConfiguration": { "level": level(of) },
        "properties": { "tags": ["vigie"], "precision": "very-high", "problem.severity": severity },
    })
}

fn result(rule: &Rule<'_>, outcome: &Outcome, lang: Lang) -> Value {
    let arguments: Vec<String> =
        outcome.message.arguments.iter().map(|argument| inert(&said(argument, lang))).collect();
    let mut value = json!({
        "ruleId": rule.name,
        "ruleIndex": outcome.rule,
        "kind": "fail",
        "level": level(rule.level),
        "message": { "id": outcome.message.id, "arguments": arguments, "text": plain(&outcome.message.text(lang)) },
        "locations": std::iter::once(&outcome.place).chain(&outcome.others).map(location).collect::<Vec<_>>(),
        "partialFingerprints": fingerprints(&outcome.fingerprint),
        "occurrenceCount": outcome.count.max(1),
    });
    if let Some(since) = outcome.since {
        value["baselineState"] = json!(match since {
            Since::New => "new",
            Since::Grown => "updated",
            Since::Known => "unchanged",
        });
    }
    if let State::Waived { reason } = &outcome.state {
        value["suppressions"] =
            json!([{ "kind": "external", "status": "accepted", "justification": inert(&said(reason, lang)) }]);
    }
    value
}

fn fingerprints(fingerprint: &str) -> Value {
    json!({ "primaryLocationLineHash": format!("{fingerprint}:1"), "vigie/v1": fingerprint })
}

fn location(place: &Place) -> Value {
    let uri = uri(&place.file);
    let artifact = match uri.starts_with("file:") {
        true => json!({ "uri": uri }),
        false => json!({ "uri": uri, "uriBaseId": "SRCROOT" }),
    };
    let mut region = json!({ "startLine": place.line.max(1) });
    if let Some(column) = place.column {
        region["startColumn"] = json!(column);
    }
    if let Some((line, column)) = place.end {
        region["endLine"] = json!(line);
        region["endColumn"] = json!(column);
    }
    json!({ "physicalLocation": { "artifactLocation": artifact, "region": region } })
}

/// The text, its place and its confidence.
fn source(source: &Citation) -> String {
    [Some(source.text.as_str()), source.place.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Only what a browser opens without running anything.
fn is_address(url: &str) -> bool {
    let plain = url.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"`{}|\\^".contains(&byte));
    plain && (url.starts_with("https://") || url.starts_with("http://"))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(DESCRIPTION - 2) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Ends with a point.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// `palier-bas` → `PalierBas`.
fn pascal(name: &str) -> String {
    name.split(|c: char| !c.is_alphanumeric())
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
        })
        .collect()
}
