//! A forecast, in every format.

mod csv;
mod json;
mod markdown;
mod text;

pub use csv::write as write_csv;
pub use json::{SCHEMA, write as write_json};
pub use markdown::write as write_markdown;
pub use text::write as write_text;

use super::dossier::signed;
use super::{number, typographic, words};
use crate::audit::{End, Forecast, RuleStep, Step};
use crate::diag::Lang;

/// Names listed before « … ».
const LISTED: usize = 3;

/// What ends on a date, for people: each rule with how many more fail, and the names behind the date.
pub(super) fn what_ends(step: &Step, lang: Lang) -> String {
    let rules: Vec<String> = step.rules.iter().map(|rule| rule_line(rule, lang)).collect();
    rules.join(if lang == Lang::Fr { "\u{a0}; " } else { "; " })
}

fn rule_line(rule: &RuleStep, lang: Lang) -> String {
    let title = rule.title.get(lang);
    let change = signed(rule.more_failing, lang);
    let ends = names(&rule.ends, lang);
    match (ends.is_empty(), lang) {
        (true, _) => format!("{title} ({change})"),
        (false, Lang::Fr) => format!("{title} ({change})\u{a0}: {ends}"),
        (false, Lang::En) => format!("{title} ({change}): {ends}"),
    }
}

fn names(ends: &[End], lang: Lang) -> String {
    let list: Vec<&str> = ends.iter().take(LISTED).map(|end| end.label.get(lang)).collect();
    let more = if ends.len() > LISTED { "…" } else { "" };
    format!("{}{more}", list.join(", "))
}

/// The forecast in one sentence.
pub(super) fn headline(forecast: &Forecast, lang: Lang) -> String {
    let (one, many) = super::unit_noun(forecast.basis.unit, lang);
    let now = &forecast.now;
    let then = forecast.steps.last().map_or(now, |step| &step.status);
    let of = number::counted(now.total(), lang, one, many);
    let share = |n: u64| {
        format!(
            "{} ({} / {})",
            number::percent(n, now.total(), lang),
            number::integer(n, lang),
            number::integer(now.total(), lang)
        )
    };
    let (first, last) = (number::date(forecast.basis.as_of, lang), number::date(forecast.until, lang));
    let sentence = match lang {
        Lang::Fr => format!(
            "Sur {of}, si rien ne change : obsolètes au {first}, {} ; au {last}, {}",
            share(now.obsolete),
            share(then.obsolete)
        ),
        Lang::En => format!(
            "Of {of}, if nothing changes: obsolete on {first}, {}; on {last}, {}",
            share(now.obsolete),
            share(then.obsolete)
        ),
    };
    typographic(&sentence, lang).into_owned()
}

/// What is to be known of the dates.
pub(super) fn months_note(forecast: &Forecast, lang: Lang) -> Option<&'static str> {
    forecast.by_month.then_some(match lang {
        Lang::Fr => "Les dates propres aux lignes sont groupées par mois, au dernier jour du mois.",
        Lang::En => "Dates of the rows themselves are grouped by month, on its last day.",
    })
}

/// The groups of a breakdown, cut to what a page holds.
fn group_label(value: &crate::audit::GroupValue, lang: Lang) -> String {
    words::group_label(value, lang)
}
