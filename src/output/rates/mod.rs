//! Rates, in every format.

mod csv;
mod grid;
mod json;
mod markdown;
mod text;

pub use csv::write as write_csv;
pub(super) use grid::{gap, market as market_lines};
pub use json::{SCHEMA, write as write_json};
pub use markdown::write as write_markdown;
pub use text::write as write_text;

use super::dossier::hidden as suppressed;
use super::{number, unit_noun, words};
use crate::audit::{GroupValue, Member, Rates, Share};
use crate::diag::Lang;

/// What stands for the values that may not be named.
const OTHERS: (&str, &str) = ("autres", "others");

/// A member for people.
pub(super) fn member(member: &Member, lang: Lang) -> String {
    match (member, lang) {
        (Member::Of(value), _) => words::group_label(value, lang),
        (Member::Others, Lang::Fr) => OTHERS.0.to_owned(),
        (Member::Others, Lang::En) => OTHERS.1.to_owned(),
        (Member::All, Lang::Fr) => "ensemble".to_owned(),
        (Member::All, Lang::En) => "all".to_owned(),
    }
}

/// Stable name of the kind of a member, and its stable text.
pub(super) fn stable(member: &Member) -> (&'static str, Option<&str>) {
    match member {
        Member::Of(GroupValue::Known { key, .. }) => ("value", Some(key)),
        Member::Of(GroupValue::Several) => ("several", Some("plusieurs")),
        Member::Of(GroupValue::Unknown) => ("unknown", None),
        Member::Others => ("others", Some(OTHERS.0)),
        Member::All => ("all", None),
    }
}

/// The answer in one sentence.
pub(super) fn headline(rates: &Rates, lang: Lang) -> String {
    let (one, many) = unit_noun(rates.basis.unit, lang);
    let Some(n) = rates.total.n else {
        return match lang {
            Lang::Fr => "Trop peu pour être publié : le total aussi est masqué".to_owned(),
            Lang::En => "Too few to be published: the total is hidden too".to_owned(),
        };
    };
    let of = number::counted(n, lang, one, many);
    let Some(rate) = rates.total.rate() else {
        return match lang {
            Lang::Fr => format!("Sur {of} : taux masqué, il dirait la taille d'un groupe masqué"),
            Lang::En => format!("Of {of}: the rate is hidden, it would tell the size of a hidden group"),
        };
    };
    let said = number::rate_sentence(&rate, lang);
    match (lang, rate.low) {
        (Lang::Fr, None) => format!("{of}, aucun concerné par la mesure\u{a0}: pas de taux"),
        (Lang::En, None) => format!("{of}, none that the measure concerns: no rate"),
        (Lang::Fr, Some(_)) => format!("Sur {of}, taux\u{a0}: {said}"),
        (Lang::En, Some(_)) => format!("Of {of}, rate: {said}"),
    }
}

/// `38,4 % (384 / 1 000)`, on one line or on two.
fn share(share: Option<Share>, narrow: bool, lang: Lang) -> String {
    let Some(Share { part, whole }) = share else { return "–".to_owned() };
    let percent = number::percent(part, whole, lang);
    let counts = format!("{} / {}", number::integer(part, lang), number::integer(whole, lang));
    if narrow { format!("{percent}\n{counts}") } else { format!("{percent} ({counts})") }
}
