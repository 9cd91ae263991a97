//! A trend, in every format; and the result of an audit read back.

mod csv;
mod grid;
mod json;
mod markdown;
mod result;
mod text;

pub use csv::write as write_csv;
pub use json::{SCHEMA, write as write_json};
pub use markdown::write as write_markdown;
pub use result::{is_result, read_result};
pub use text::write as write_text;

use super::dossier::signed;
use super::{number, unit_noun, visible_line, words};
use crate::audit::{Difference, GroupValue, Measure, Moves, Passage, Trend};
use crate::diag::Lang;

/// A difference of shares: `+23,0 points`, or a dash.
fn points(change: &Difference, lang: Lang) -> String {
    change.share.map_or_else(|| "–".to_owned(), |(least, most)| number::change(least, most, lang))
}

/// A difference of units: `+12`, `−1 à 0`.
fn units(change: &Difference, lang: Lang) -> String {
    let (low, high) = change.units_between;
    number::interval(signed(low, lang), signed(high, lang), lang)
}

/// The answer in one sentence: from the first snapshot to the last.
pub(super) fn headline(trend: &Trend, lang: Lang) -> String {
    let (Some(first), Some(last)) = (trend.at.first(), trend.at.last()) else { return String::new() };
    let (Some(from), Some(to)) = (trend.snapshots.first(), trend.snapshots.last()) else { return String::new() };
    let change = Difference::of_rates(first, last);
    let (one, many) = unit_noun(trend.basis.unit, lang);
    let (low, high) = change.units_between;
    let far = low.unsigned_abs().max(high.unsigned_abs());
    let noun = if number::is_singular(far, lang) { one } else { many };
    let (before, now) = (number::rate_sentence(&first.rate(), lang), number::rate_sentence(&last.rate(), lang));
    let (from, to) = (number::date(from.date, lang), number::date(to.date, lang));
    let (points, units) = (points(&change, lang), units(&change, lang));
    match lang {
        Lang::Fr => format!("{before} le {from}, {now} le {to} : {points}, {units} {noun}"),
        Lang::En => format!("{before} on {from}, {now} on {to}: {points}, {units} {noun}"),
    }
}

/// Whether waivers cover some of them, at some date.
pub(super) fn with_waived(trend: &Trend) -> bool {
    trend.at.iter().any(|counts| counts.waived > 0)
}

/// What happened from one snapshot to another, in one sentence.
pub(super) fn transition(step: &Passage, trend: &Trend, lang: Lang) -> String {
    let date = |index: usize| trend.snapshots.get(index).map(|of| number::date(of.date, lang)).unwrap_or_default();
    let (from, to) = (date(step.from), date(step.to));
    let n = |n: u64| number::integer(n, lang);
    let (both, arrived, left) = (n(step.both), n(step.arrived), n(step.left));
    let (became, fell) = (n(step.became_up_to_date()), n(step.fell_back()));
    let (good, bad) = match (&trend.measure, lang) {
        (Measure::Status, Lang::Fr) => ("devenus à jour", "à jour devenus obsolètes"),
        (Measure::Status, Lang::En) => ("became up to date", "up to date that became obsolete"),
        (_, Lang::Fr) => ("devenus conformes", "qui ne le sont plus"),
        (_, Lang::En) => ("now pass", "no longer pass"),
    };
    match lang {
        Lang::Fr => format!(
            "Du {from} au {to} : {both} PS présents aux deux dates ; {good} : {became} ; {bad} : {fell} ; nouveaux : {arrived} ; partis : {left}"
        ),
        Lang::En => format!(
            "From {from} to {to}: {both} PS at both dates; {good}: {became}; {bad}: {fell}; new: {arrived}; gone: {left}"
        ),
    }
}

/// The value that a PS has, or that it is not there.
pub(super) fn place(value: Option<&GroupValue>, arriving: bool, lang: Lang) -> String {
    match (value, arriving, lang) {
        (Some(value), ..) => visible_line(&words::group_label(value, lang)).into_owned(),
        (None, true, Lang::Fr) => "(nouveaux)".to_owned(),
        (None, true, Lang::En) => "(new)".to_owned(),
        (None, false, Lang::Fr) => "(partis)".to_owned(),
        (None, false, Lang::En) => "(gone)".to_owned(),
    }
}

/// The transition from the first snapshot to the last.
pub(super) fn whole(moves: &Moves) -> Option<&Passage> {
    moves.transitions.last()
}
