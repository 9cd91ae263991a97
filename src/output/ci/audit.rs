//! An audit as a run: one outcome a rule.

use super::{Message, Notice, Outcome, Place, Rule, Run, Since, State, fingerprint, known_to};
use crate::audit::{DataFinding, InputCounts, Report, RuleSummary, WaiverReport, WaiverSummary};
use crate::diag::{Lang, Text};
use crate::output::{number, unit_noun};
use crate::pack::Level;
use crate::text;
use std::collections::BTreeMap;

/// Notices of one code that are told one by one: the rest is one more.
const TOLD: usize = 20;

/// Inputs that a result points at beside the first: GitHub takes a hundred in all.
const PLACES: usize = 99;

/// Inputs that a message names.
const NAMED: usize = 5;

impl<'r> Run<'r> {
    /// What an audit says.
    #[must_use]
    pub fn of_audit(report: &'r Report) -> Run<'r> {
        let version = |pack: &str| {
            let found = report.basis.packs.iter().find(|known| known.id == pack);
            found.map_or("", |pack| pack.edition.version.as_str())
        };
        let rules = report.rules.iter().map(|rule| Rule {
            name: &rule.column,
            pack: &rule.pack,
            version: version(&rule.pack),
            title: &rule.title,
            level: rule.level,
            text: &rule.text,
        });
        Run {
            command: "audit",
            as_of: report.basis.as_of,
            rules: rules.collect(),
            outcomes: report.rules.iter().enumerate().map(|(number, rule)| outcome(report, number, rule)).collect(),
            headline: headline(report),
            closed: report.closed.as_ref().map(|closed| closed.reason.clone()),
            unknown_is_wrong: false,
            notices: notices(report.waivers.as_ref(), &report.basis.data, report.closed.is_some()),
        }
    }
}

fn outcome(report: &Report, number: usize, rule: &RuleSummary) -> Outcome {
    let counts = &rule.counts;
    let in_scope = counts.rate().in_scope;
    // With a baseline, only what is new is a failure.
    let known = report.baseline.as_ref().and_then(|baseline| Some((baseline, baseline.rules.get(number)?)));
    let (state, count) = if in_scope == 0 {
        (State::NotApplicable, 0)
    } else if let Some((_, rule)) = known.filter(|(_, rule)| rule.new > 0) {
        (State::Fail, rule.new)
    } else if let (Some((baseline, _)), true) = (known, counts.fail > 0) {
        (State::Waived { reason: known_to(baseline) }, counts.fail)
    } else if counts.fail > 0 {
        (State::Fail, counts.fail)
    } else if counts.unknown > 0 {
        (State::Unknown, counts.unknown)
    } else if counts.waived > 0 {
        (State::Waived { reason: reasons(report, rule) }, counts.waived)
    } else {
        (State::Pass, counts.pass)
    };
    let since = known.filter(|_| counts.fail > 0).map(|(_, rule)| match (rule.new, rule.known) {
        (0, _) => Since::Known,
        (_, 0) => Since::New,
        _ => Since::Grown,
    });
    let file = report.basis.inputs.first().map(|input| input.name.clone()).unwrap_or_default();
    // The inventories are one population, and what is found in it is found in some of them.
    let concerned = concerned(report, number, &state);
    let mut places = concerned.iter().map(|(name, _)| (*name).to_owned());
    let place = |file: String| Place { file, line: 1, ..Place::default() };
    let first = place(places.next().unwrap_or_else(|| file.clone()));
    let others = places.take(PLACES).map(place).collect();
    Outcome {
        message: message(report, rule, known.map(|(_, rule)| rule.known), &state, count, in_scope, &concerned),
        fingerprint: fingerprint(&["audit", &rule.pack, &rule.id, &file]),
        rule: number,
        state,
        since,
        subject: None,
        place: first,
        others,
        count,
        of: in_scope,
        closes: rule.closes,
    }
}

/// The inputs in which a rule is in a state, with the rows that make it so, the most numerous first; empty when there
/// is one input alone.
fn concerned<'r>(report: &'r Report, number: usize, state: &State) -> Vec<(&'r str, u64)> {
    let rows = |input: &InputCounts| {
        let rows = input.rules.get(number).copied().unwrap_or_default();
        match state {
            State::Fail => rows.fail,
            State::Unknown => rows.unknown,
            // What a baseline knows fails.
            State::Waived { .. } => rows.waived + rows.fail,
            State::Pass | State::NotApplicable => 0,
        }
    };
    let found = report.by_input.iter().map(|input| (input.name.as_str(), rows(input)));
    let mut found: Vec<(&str, u64)> = found.filter(|(_, rows)| *rows > 0).collect();
    found.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    found
}

/// How many, of how many, and how many more are not known; in which inputs, when there are several.
fn message(
    report: &Report,
    rule: &RuleSummary,
    known: Option<u64>,
    state: &State,
    count: u64,
    in_scope: u64,
    concerned: &[(&str, u64)],
) -> Message {
    let counts_known = known.is_some() && rule.counts.fail > 0;
    let both = |said: &dyn Fn(Lang) -> String| Text::new(said(Lang::Fr), said(Lang::En));
    let units = |n: u64| {
        both(&|lang| {
            let (one, many) = unit_noun(report.basis.unit, lang);
            number::counted(n, lang, one, many)
        })
    };
    let integer = |n: u64| both(&|lang| number::integer(n, lang));
    let share = both(&|lang| number::percent(count, in_scope, lang));
    let Text { fr, en } = &rule.title;
    let (fr, en) = (fr.replace(['{', '}'], ""), en.replace(['{', '}'], ""));
    let unknown = rule.counts.unknown;
    let counted = |id, word: (&str, &str)| {
        let mut message = Message {
            id,
            template: Text::new(
                format!("{fr}. {}\u{a0}: {{0}} sur {{1}} ({{2}})", word.0),
                format!("{en}. {}: {{0}} of {{1}} ({{2}})", word.1),
            ),
            arguments: vec![units(count), integer(in_scope), share.clone()],
        };
        let mut also = |n: u64, fr: &str, en: &str| {
            let place = message.arguments.len();
            message.template.fr.push_str(&format!(" ; {fr}\u{a0}: {{{place}}}"));
            message.template.en.push_str(&format!("; {en}: {{{place}}}"));
            message.arguments.push(integer(n));
        };
        if let Some(known) = known.filter(|known| *state == State::Fail && *known > 0) {
            also(known, "connus de la baseline", "known to the baseline");
        }
        if *state == State::Fail && unknown > 0 {
            also(unknown, "indéterminés", "unknown");
        }
        if !matches!(state, State::Waived { .. }) && rule.counts.waived > 0 {
            also(rule.counts.waived, "sous dérogation", "waived");
        }
        if concerned.len() > 1 {
            let place = message.arguments.len();
            message.template.fr.push_str(&format!(" ; lignes par fichier\u{a0}: {{{place}}}"));
            message.template.en.push_str(&format!("; rows by file: {{{place}}}"));
            message.arguments.push(both(&|lang| {
                let told = concerned.iter().take(NAMED);
                let mut told: Vec<String> =
                    told.map(|(name, rows)| format!("{name} {}", number::integer(*rows, lang))).collect();
                let more = concerned.len().saturating_sub(NAMED);
                if more > 0 {
                    let rest: u64 = concerned.iter().skip(NAMED).map(|(_, rows)| rows).sum();
                    let rest = number::integer(rest, lang);
                    let Text { fr, en } = text!("{more} autres fichiers {rest}", "{more} other files {rest}");
                    told.push(if lang == Lang::Fr { fr } else { en });
                }
                told.join(", ")
            }));
        }
        message.template.fr.push('.');
        message.template.en.push('.');
        message
    };
    match state {
        State::Fail if known.is_some() => counted("new", ("Échecs nouveaux", "New failures")),
        State::Fail => counted("fail", ("Échec", "Failing")),
        State::Unknown => counted("unknown", ("Indéterminés", "Unknown")),
        State::Waived { .. } if counts_known => counted("known", ("Échecs connus", "Known failures")),
        State::Waived { .. } => counted("waived", ("Sous dérogation", "Waived")),
        State::Pass => Message {
            id: "pass",
            template: Text::new(format!("{fr}. Aucun échec sur {{0}}."), format!("{en}. No failure among {{0}}.")),
            arguments: vec![units(in_scope)],
        },
        State::NotApplicable => Message {
            id: "notApplicable",
            template: text!("{fr}. Sans objet ici.", "{en}. Concerns nothing here."),
            arguments: Vec::new(),
        },
    }
}

/// Why what is waived is: the reasons of the waivers that cover something of the rule.
fn reasons(report: &Report, rule: &RuleSummary) -> Text {
    let of_rule = |name: &str| name == rule.id || name.split_once('/') == Some((&rule.pack, &rule.id));
    let waivers = report.waivers.iter().flat_map(|waivers| &waivers.list);
    let said: Vec<String> = waivers
        .filter(|waiver| waiver.covered > 0 && of_rule(&waiver.rule))
        .map(|waiver| format!("{} ({}, {})", waiver.reason, waiver.author, waiver.until))
        .collect();
    Text::same(said.join(" ; "))
}

/// What is wrong with the waivers: of one code the first ones, then how many more.
pub(super) fn notices(waivers: Option<&WaiverReport>, data: &[DataFinding], closed: bool) -> Vec<Notice> {
    let waivers = waivers.into_iter().flat_map(|waivers| &waivers.list);
    let by_line: BTreeMap<u64, &WaiverSummary> = waivers.map(|waiver| (waiver.line as u64, waiver)).collect();
    let mut notices = Vec::new();
    for (code, level) in
        [("waiver/expired", Level::Blocking), ("waiver/unused", Level::Advisory), ("waiver/ending", Level::Info)]
    {
        let found: Vec<&DataFinding> = data.iter().filter(|finding| finding.code == code).collect();
        // Waivers that read the same are told apart by their order.
        let mut alike: BTreeMap<[String; 5], usize> = BTreeMap::new();
        for (number, finding) in found.iter().enumerate().take(TOLD + 1) {
            let Some(first) = &finding.first else { continue };
            let line = first.line.unwrap_or(1);
            let place =
                Place { file: first.file.clone(), line: usize::try_from(line).unwrap_or(1), ..Place::default() };
            let notice = |name: String, message: Text, fingerprint: String, place: Place| Notice {
                code,
                name,
                message,
                place,
                level,
                closes: closed && level == Level::Blocking,
                fingerprint,
            };
            if number == TOLD {
                let (n, all) = (found.len() - TOLD, found.len());
                notices.push(notice(
                    "…".to_owned(),
                    text!(
                        "et {n} autres dérogations dans ce cas, sur {all}",
                        "and {n} more waivers in this case, of {all}"
                    ),
                    fingerprint(&[code, &first.file, "…"]),
                    place,
                ));
                continue;
            }
            let Some(waiver) = by_line.get(&line) else { continue };
            let WaiverSummary { rule, scope, reason, author, until, .. } = waiver;
            let key = [rule, scope, reason, author, &until.to_string()].map(String::clone);
            let same = alike.entry(key.clone()).or_default();
            *same += 1;
            let nth = same.to_string();
            let parts: Vec<&str> =
                [code, &first.file].into_iter().chain(key.iter().map(String::as_str)).chain([nth.as_str()]).collect();
            let name = format!("{rule}, {scope} ({author}, {until})");
            notices.push(notice(name, finding.message.clone(), fingerprint(&parts), place));
        }
    }
    notices
}

/// How many are up to date, of how many.
fn headline(report: &Report) -> Text {
    let of = |lang: Lang| {
        let (one, many) = unit_noun(report.basis.unit, lang);
        number::counted(report.status.total(), lang, one, many)
    };
    let rate = report.status.rate();
    Text::new(
        format!(
            "Sur {}, taux de mise à jour, hors sans objet\u{a0}: {}",
            of(Lang::Fr),
            number::rate_sentence(&rate, Lang::Fr)
        ),
        format!(
            "Of {}, up-to-date rate, not concerned left out: {}",
            of(Lang::En),
            number::rate_sentence(&rate, Lang::En)
        ),
    )
}
