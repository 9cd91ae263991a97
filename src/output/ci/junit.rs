//! JUnit XML that both strict schemas accept: Ant's and that of the xUnit plugin of Jenkins.
//!
//! One suite a pack, one case a rule (and a manifest). What closes the gate is a failure, and nothing else: servers
//! turn red on one. What is wrong without closing it is skipped, with what is wrong, and so is what is unknown, waived
//! or concerns nothing. A last suite holds the gate itself.

use super::xml::escape;
use super::{Outcome, Rule, Run, State, path};
use crate::diag::{Lang, Text};
use crate::output::said;
use crate::text;
use std::io::{self, Write};

/// Writes the run.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, run: &Run<'_>, lang: Lang) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>")?;
    let mut packs: Vec<(&str, &str)> = Vec::new();
    for rule in &run.rules {
        if !packs.contains(&(rule.pack, rule.version)) {
            packs.push((rule.pack, rule.version));
        }
    }
    for (id, (pack, version)) in packs.iter().enumerate() {
        let cases: Vec<Case> = run
            .outcomes
            .iter()
            .filter_map(|outcome| Some((run.rules.get(outcome.rule)?, outcome)))
            .filter(|(rule, _)| rule.pack == *pack)
            .map(|(rule, outcome)| case(rule, outcome, lang))
            .collect();
        suite(out, run, id, pack, &[("pack", pack), ("version", version)], &cases)?;
    }
    let mut cases: Vec<Case> = run
        .notices
        .iter()
        .map(|notice| Case {
            class: format!("vigie.{}", notice.code.replace('/', ".")),
            name: said(&Text::same(notice.name.clone()), lang),
            end: match notice.closes {
                true => End::Failure {
                    kind: notice.level.word(),
                    message: said(&notice.message, lang),
                    more: format!("{}:{}", path(&notice.place.file), notice.place.line),
                },
                false => End::Skipped(open(said(&notice.message, lang), lang)),
            },
        })
        .collect();
    cases.push(Case {
        class: format!("vigie.{}", run.command),
        // The same from one run to the next: servers keep the history of a case by its name.
        name: said(&text!("seuils demandés", "gates asked for"), lang),
        end: match &run.closed {
            Some(closed) => {
                End::Failure { kind: "closed", message: said(closed, lang), more: said(&run.headline, lang) }
            }
            None => End::Pass,
        },
    });
    suite(out, run, packs.len(), &format!("vigie {}", run.command), &[], &cases)?;
    writeln!(out, "</testsuites>")
}

/// A case: unique by its class and name.
struct Case {
    class: String,
    name: String,
    end: End,
}

enum End {
    Pass,
    Skipped(String),
    Failure { kind: &'static str, message: String, more: String },
}

fn case(rule: &Rule<'_>, outcome: &Outcome, lang: Lang) -> Case {
    let message = outcome.message.text(lang);
    let end = match &outcome.state {
        State::Fail if outcome.closes => failure(rule, outcome, rule.level.word(), message, lang),
        State::Unknown if outcome.closes => failure(rule, outcome, "unknown", message, lang),
        State::Fail => End::Skipped(open(message, lang)),
        State::Unknown | State::NotApplicable => End::Skipped(message),
        State::Waived { reason } => End::Skipped(said(reason, lang)),
        State::Pass => End::Pass,
    };
    let title = said(rule.title, lang);
    let name = match &outcome.subject {
        Some(subject) => format!("{subject}: {title}"),
        None => title,
    };
    Case { class: format!("{}.{}", rule.pack, rule.name), name, end }
}

/// What is wrong and closes nothing.
fn open(message: String, lang: Lang) -> String {
    said(&text!("sans fermer la porte : {message}", "without closing the gate: {message}"), lang)
}

/// Where, why, and what to do.
fn failure(rule: &Rule<'_>, outcome: &Outcome, kind: &'static str, message: String, lang: Lang) -> End {
    let place = &outcome.place;
    let mut more = format!("{}:{}", path(&place.file), place.line.max(1));
    if let Some(column) = place.column {
        more.push_str(&format!(":{column}"));
    }
    for place in &outcome.others {
        more.push_str(&format!("\n{}:{}", path(&place.file), place.line.max(1)));
    }
    for text in rule.text.why.iter().chain(&rule.text.remedy) {
        more.push('\n');
        more.push_str(&said(text, lang));
    }
    End::Failure { kind, message, more }
}

fn suite(
    out: &mut dyn Write,
    run: &Run<'_>,
    id: usize,
    name: &str,
    properties: &[(&str, &str)],
    cases: &[Case],
) -> io::Result<()> {
    let count = |wanted: fn(&End) -> bool| cases.iter().filter(|case| wanted(&case.end)).count();
    let failures = count(|end| matches!(end, End::Failure { .. }));
    let skipped = count(|end| matches!(end, End::Skipped(_)));
    let name = escape(name);
    // The day of the judgement stands for the hour of the run: the same inputs give the same bytes.
    writeln!(
        out,
        "  <testsuite name=\"{name}\" package=\"{name}\" id=\"{id}\" timestamp=\"{}T00:00:00\" hostname=\"localhost\" \
         tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"0.000\">",
        run.as_of,
        cases.len()
    )?;
    writeln!(out, "    <properties>")?;
    for (name, value) in properties {
        writeln!(out, "      <property name=\"{name}\" value=\"{}\"/>", escape(value))?;
    }
    writeln!(out, "    </properties>")?;
    for case in cases {
        let (class, name) = (escape(&case.class), escape(&case.name));
        write!(out, "    <testcase classname=\"{class}\" name=\"{name}\" time=\"0.000\"")?;
        match &case.end {
            End::Pass => writeln!(out, "/>")?,
            End::Skipped(message) => {
                writeln!(out, ">\n      <skipped message=\"{}\"/>\n    </testcase>", escape(message))?;
            }
            End::Failure { kind, message, more } => {
                let more: Vec<String> = more.lines().map(escape).collect();
                writeln!(
                    out,
                    ">\n      <failure type=\"{kind}\" message=\"{}\">{}</failure>\n    </testcase>",
                    escape(message),
                    more.join("\n")
                )?;
            }
        }
    }
    writeln!(out, "    <system-out/>\n    <system-err/>\n  </testsuite>")
}
