//! What a new pack changes, in every format.

mod csv;
mod json;
mod markdown;
mod text;

pub use csv::write as write_csv;
pub use json::{SCHEMA, write as write_json};
pub use markdown::write as write_markdown;
pub use text::write as write_text;

use super::{number, page, typographic, visible_line, words};
use crate::audit::{FactChange, FieldChange, RuleImpact, RulesDiff, Standing, Transition};
use crate::diag::{Lang, Text};
use crate::text;
use crate::value::Verdict;

/// Statuses in the order of a matrix, for people.
fn statuses(lang: Lang) -> [&'static str; 4] {
    let [up_to_date, obsolete, undetermined, not_applicable] = super::status_words(lang);
    [not_applicable, up_to_date, undetermined, obsolete]
}

/// Statuses in the order of a matrix, for machines.
const STATUS_KEYS: [&str; 4] = ["not_applicable", "up_to_date", "undetermined", "obsolete"];

/// The order in which statuses are shown: as numbers of a matrix.
const SHOWN: [usize; 4] = [1, 3, 2, 0];

/// How many rules are added, removed, changed.
fn totals(diff: &RulesDiff) -> [usize; 3] {
    [Standing::Added, Standing::Removed, Standing::Changed]
        .map(|standing| diff.rules.iter().filter(|rule| rule.standing == standing).count())
}

fn standing(standing: Standing, lang: Lang) -> &'static str {
    match (standing, lang) {
        (Standing::Added, Lang::Fr) => "ajoutée",
        (Standing::Added, Lang::En) => "added",
        (Standing::Removed, Lang::Fr) => "retirée",
        (Standing::Removed, Lang::En) => "removed",
        (Standing::Changed, Lang::Fr) => "changée",
        (Standing::Changed, Lang::En) => "changed",
    }
}

fn standing_key(standing: Standing) -> &'static str {
    match standing {
        Standing::Added => "added",
        Standing::Removed => "removed",
        Standing::Changed => "changed",
    }
}

/// The comparison in a few sentences.
fn headline(diff: &RulesDiff, lang: Lang) -> Vec<String> {
    let [added, removed, changed] = totals(diff);
    let same = diff.unchanged;
    let mut lines = vec![text!(
        "Règles : ajoutées {added}, retirées {removed}, changées {changed}, inchangées {same}.",
        "Rules: {added} added, {removed} removed, {changed} changed, {same} unchanged."
    )];
    if let Some(impact) = &diff.impact {
        let (one, many) = super::unit_noun(impact.basis.unit, lang);
        let total: u64 = impact.status.iter().flatten().sum();
        let of = number::counted(total, lang, one, many);
        let (moved, share) = (number::integer(impact.changed(), lang), number::percent(impact.changed(), total, lang));
        let rate = |status: &crate::audit::StatusCounts| {
            let (n, whole) = (number::integer(status.up_to_date, lang), number::integer(total, lang));
            format!("{} ({n} / {whole})", number::percent(status.up_to_date, total, lang))
        };
        let (before, after) = (rate(&impact.before()), rate(&impact.after()));
        lines.push(text!(
            "Sur {of}, changent de statut : {moved} ({share}). À jour : {before} avec l'ancien, {after} avec le nouveau.",
            "Of {of}, {moved} change status ({share}). Up to date: {before} by the old, {after} by the new."
        ));
    }
    lines.iter().map(|line| typographic(line.get(lang), lang).into_owned()).collect()
}

/// `ancien → nouveau`, or one of the two.
fn change(old: Option<&Text>, new: Option<&Text>, lang: Lang) -> String {
    let one = |text: &Text| visible_line(text.get(lang)).into_owned();
    match (old, new) {
        (Some(old), Some(new)) => format!("{} → {}", one(old), one(new)),
        (Some(old), None) => format!("{} → ∅", one(old)),
        (None, Some(new)) => format!("∅ → {}", one(new)),
        (None, None) => String::new(),
    }
}

/// Where a field stands in the newest pack that has it.
fn place(field: &FieldChange) -> String {
    let place = field.new_place.as_ref().or(field.old_place.as_ref());
    place.map(|(file, line)| format!("{}:{line}", visible_line(file))).unwrap_or_default()
}

fn fact(fact: &FactChange, lang: Lang) -> String {
    let label = visible_line(fact.label.get(lang)).into_owned();
    let colon = if lang == Lang::Fr { "\u{a0}:" } else { ":" };
    format!("{label}{colon} {}", change(fact.old.as_ref(), fact.new.as_ref(), lang))
}

/// `conforme → non conforme`.
fn verdicts(transition: &Transition, lang: Lang) -> String {
    let one = |verdict: Option<Verdict>| match (verdict, lang) {
        (Some(verdict), _) => page::verdict(verdict, lang),
        (None, Lang::Fr) => "règle absente",
        (None, Lang::En) => "no such rule",
    };
    format!("{} → {}", one(transition.from), one(transition.to))
}

/// `à jour → obsolète`.
fn status_change(transition: &Transition, lang: Lang) -> String {
    let names = statuses(lang);
    let one = |verdict: Option<Verdict>| verdict.map_or("", |verdict| names[verdict as usize]);
    format!("{} → {}", one(transition.from), one(transition.to))
}

/// The level of a rule, old and new.
fn levels(rule: &RuleImpact, lang: Lang) -> String {
    match rule.levels {
        (Some(old), Some(new)) if old != new => format!("{} → {}", words::level(old, lang), words::level(new, lang)),
        (old, new) => new.or(old).map(|level| words::level(level, lang).to_owned()).unwrap_or_default(),
    }
}

/// Which lines of the rule decide, with how many.
fn lines(transition: &Transition, lang: Lang) -> String {
    let one = |(line, units): &(usize, u64)| {
        let n = number::integer(*units, lang);
        match (line, lang) {
            (0, Lang::Fr) => format!("portée ({n})"),
            (0, Lang::En) => format!("scope ({n})"),
            (line, _) => format!("require[{line}] ({n})"),
        }
    };
    transition.lines.iter().map(one).collect::<Vec<_>>().join(", ")
}
