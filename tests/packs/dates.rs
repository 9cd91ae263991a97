//! The dates at which the answer of a rule flips are known beforehand.

use crate::support::{PACKS, SOCLE};
use vigie::pack::condition::Env;
use vigie::pack::{Example, Rule};
use vigie::value::{Date, Verdict};

fn date(text: &str) -> Date {
    Date::parse_iso(text).unwrap()
}

fn env(example: &Example, today: Date) -> Env<'_> {
    Env {
        tables: &SOCLE.tables,
        parameters: &SOCLE.parameters,
        fields: &example.given.data,
        previous: &example.previous.data,
        today,
    }
}

fn rules() -> impl Iterator<Item = &'static Rule> {
    PACKS.iter().flat_map(|pack| &pack.rules)
}

#[test]
fn no_verdict_changes_between_two_flips() {
    let (from, to) = (date("2017-12-31"), date("2029-01-31"));
    for rule in rules() {
        for example in &rule.examples {
            let flips = rule.flips(&env(example, from), from, to);
            let mut day = from;
            let mut before = rule.verdict(&env(example, day));
            while day < to {
                // A month at a time, then day by day where something happens: every day would be slow.
                let next = flips.iter().copied().find(|flip| *flip > day).unwrap_or(to).min(day.plus_days(30).unwrap());
                day = next;
                let now = rule.verdict(&env(example, day));
                if !flips.contains(&day) {
                    assert_eq!(now, before, "{} at {day}, example of line {}", rule.id, example.line);
                }
                let eve = rule.verdict(&env(example, day.plus_days(-1).unwrap()));
                if flips.contains(&day) {
                    assert_eq!(eve, before, "{} on the eve of {day}", rule.id);
                }
                before = now;
            }
        }
    }
}

#[test]
fn a_rule_is_in_force_on_its_first_and_last_day() {
    let mut rule = rules().find(|rule| rule.id == "os-hors-support" && rule.pack == "pro-ps").unwrap().clone();
    rule.since = Some(date("2025-10-01"));
    rule.until = Some(date("2025-10-31"));
    let example = rule.examples.iter().find(|example| example.as_of == date("2025-10-14")).unwrap();
    let verdict = |day: &str| rule.verdict(&env(example, date(day)));
    assert_eq!(verdict("2025-09-30"), Verdict::NotApplicable);
    assert_eq!(verdict("2025-10-01"), Verdict::Pass);
    assert_eq!(verdict("2025-10-14"), Verdict::Pass);
    assert_eq!(verdict("2025-10-15"), Verdict::Fail);
    assert_eq!(verdict("2025-10-31"), Verdict::Fail);
    assert_eq!(verdict("2025-11-01"), Verdict::NotApplicable);
    let (from, to) = (date("2025-01-01"), date("2026-01-01"));
    let flips: Vec<String> = rule.flips(&env(example, from), from, to).iter().map(Date::to_string).collect();
    assert_eq!(flips, ["2025-10-01", "2025-10-15", "2025-11-01"]);
}
