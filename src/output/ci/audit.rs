//! An audit as a run: one outcome a rule.

use super::{Message, Outcome, Place, Rule, Run, State, fingerprint};
use crate::audit::{Report, RuleSummary};
use crate::diag::{Lang, Text};
use crate::output::{number, unit_noun};
use crate::text;

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
            closed: report.closed.as_ref().map(|closed| &closed.reason),
            notices: Vec::new(),
        }
    }
}

fn outcome(report: &Report, number: usize, rule: &RuleSummary) -> Outcome {
    let counts = &rule.counts;
    let in_scope = counts.rate().in_scope;
    let (state, count) = if in_scope == 0 {
        (State::NotApplicable, 0)
    } else if counts.fail > 0 {
        (State::Fail, counts.fail)
    } else if counts.unknown > 0 {
        (State::Unknown, counts.unknown)
    } else {
        (State::Pass, counts.pass)
    };
    // The inventories are one population: the place of what is found is the first of them.
    let file = report.basis.inputs.first().map(|input| input.name.clone()).unwrap_or_default();
    Outcome {
        message: message(report, rule, &state, count, in_scope),
        fingerprint: fingerprint(&["audit", &rule.pack, &rule.id, &file]),
        rule: number,
        state,
        subject: None,
        place: Place { file, line: 1, ..Place::default() },
        count,
        of: in_scope,
    }
}

/// How many, of how many, and how many more are not known.
fn message(report: &Report, rule: &RuleSummary, state: &State, count: u64, in_scope: u64) -> Message {
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
    match state {
        State::Fail if unknown > 0 => Message {
            id: "failAndUnknown",
            template: Text::new(
                format!("{fr}. Échec\u{a0}: {{0}} sur {{1}} ({{2}}) ; indéterminés\u{a0}: {{3}}."),
                format!("{en}. Failing: {{0}} of {{1}} ({{2}}); unknown: {{3}}."),
            ),
            arguments: vec![units(count), integer(in_scope), share, integer(unknown)],
        },
        State::Fail => Message {
            id: "fail",
            template: Text::new(
                format!("{fr}. Échec\u{a0}: {{0}} sur {{1}} ({{2}})."),
                format!("{en}. Failing: {{0}} of {{1}} ({{2}})."),
            ),
            arguments: vec![units(count), integer(in_scope), share],
        },
        State::Unknown => Message {
            id: "unknown",
            template: Text::new(
                format!("{fr}. Indéterminés\u{a0}: {{0}} sur {{1}} ({{2}})."),
                format!("{en}. Unknown: {{0}} of {{1}} ({{2}})."),
            ),
            arguments: vec![units(count), integer(in_scope), share],
        },
        State::Pass | State::Waived { .. } => Message {
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
