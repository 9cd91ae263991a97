//! An action plan, in every format, and its list by installation.

mod csv;
mod json;
mod list;
mod markdown;
mod text;

pub use csv::write as write_csv;
pub use json::{SCHEMA, write as write_json};
pub use list::{IDENTIFIER as LIST_IDENTIFIER, List, headings as list_headings, status_place as list_status};
pub use markdown::write as write_markdown;
pub use text::write as write_text;

use super::{number, said, typographic, visible_line};
use crate::audit::{Campaign, Move, Plan, StuckTotal, Why};
use crate::diag::{Lang, Text};
use crate::text;

/// Changes shown under a campaign; the files have them all.
const MOVES: usize = 4;

/// The plan in a few sentences.
pub(super) fn headline(plan: &Plan, lang: Lang) -> Vec<String> {
    let (one, many) = super::unit_noun(plan.basis.unit, lang);
    let total = plan.status.total();
    let of = number::counted(total, lang, one, many);
    let share = |n: u64| {
        let whole = number::integer(total, lang);
        format!("{} ({} / {whole})", number::percent(n, total, lang), number::integer(n, lang))
    };
    let counts = &plan.counts;
    let today = share(plan.status.up_to_date);
    let then = share(plan.status.up_to_date + counts.by_changes);
    let int = |n: u64| number::integer(n, lang);
    let mut lines = vec![text!(
        "Sur {of}, à jour aujourd'hui : {today} ; une fois les changements faits : {then}.",
        "Of {of}, up to date today: {today}; once the changes are made: {then}."
    )];
    if counts.total() > 0 {
        let changes = int(counts.by_changes);
        let single = int(plan.sizes.first().copied().unwrap_or(0));
        let (learn, both, stuck) = (int(counts.by_finding_out), int(counts.both), int(counts.stuck));
        lines.push(text!(
            "Des changements suffisent pour {changes} (une seule campagne pour {single}) ; rien à changer mais des réponses à trouver pour {learn} ; les deux pour {both} ; aucun remède connu pour {stuck}.",
            "Changes are enough for {changes} (a single campaign for {single}); nothing to change but something to find out for {learn}; both for {both}; no known remedy for {stuck}."
        ));
    }
    lines.iter().map(|line| typographic(line.get(lang), lang).into_owned()).collect()
}

/// `V3.30 → au moins V4.00`.
fn change(from: &Text, to: &Text, lang: Lang) -> String {
    let (from, to) = (visible_line(from.get(lang)), visible_line(to.get(lang)));
    match (from.is_empty(), to.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("→ {to}"),
        (false, true) => from.into_owned(),
        (false, false) => format!("{from} → {to}"),
    }
}

/// The changes of a campaign that say more than its name, and how many are not shown.
fn moves(campaign: &Campaign) -> (Vec<&Move>, usize) {
    let telling: Vec<&Move> =
        campaign.moves.iter().filter(|one| !one.from.fr.is_empty() || !one.to.fr.is_empty()).collect();
    let hidden = telling.len().saturating_sub(MOVES);
    (telling.into_iter().take(MOVES).collect(), hidden)
}

/// Why nothing is known that makes a rule pass.
pub(super) fn why(stuck: &StuckTotal, lang: Lang) -> String {
    let reads: Vec<&str> = stuck.reads.iter().map(|(_, label)| label.get(lang)).collect();
    said(&reason(stuck.why, &reads.join(", ")), lang)
}

/// The values that fail.
pub(super) fn seen(stuck: &StuckTotal, lang: Lang) -> String {
    let seen: Vec<&str> = stuck.seen.iter().map(|text| text.get(lang)).collect();
    visible_line(&seen.join(", ")).into_owned()
}

fn reason(why: Why, reads: &str) -> Text {
    match why {
        Why::Fixed => text!("ne se change pas : {reads}", "cannot be changed: {reads}"),
        Why::NoValue => text!("aucune valeur connue ne convient : {reads}", "no known value will do: {reads}"),
        Why::TooMany => text!("trop de possibilités à essayer : {reads}", "too much to try: {reads}"),
    }
}

/// What is to be found out, for people.
pub(super) fn ask_words(of_socle: bool, label: &str, lang: Lang) -> String {
    let text = match of_socle {
        false => text!("{label}", "{label}"),
        true => text!("{label} : le socle ne le dit pas", "{label}: the socle does not tell"),
    };
    said(&text, lang)
}
