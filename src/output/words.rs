//! The words of a report that several formats share.

use crate::audit::Unit;
use crate::diag::{Lang, Text};
use crate::pack::Level;
use crate::value::Missing;

/// Level of a rule, for people.
#[must_use]
pub fn level(level: Level, lang: Lang) -> &'static str {
    match (level, lang) {
        (Level::Blocking, Lang::Fr) => "bloquante",
        (Level::Blocking, Lang::En) => "blocking",
        (Level::Advisory, Lang::Fr) => "conseil",
        (Level::Advisory, Lang::En) => "advisory",
        (Level::Info, _) => "info",
    }
}

/// What is counted, singular and plural.
#[must_use]
pub fn unit_noun(unit: Unit, lang: Lang) -> (&'static str, &'static str) {
    match (unit, lang) {
        (Unit::Row, Lang::Fr) => ("poste", "postes"),
        (Unit::Row, Lang::En) => ("workstation", "workstations"),
        (Unit::Ps, Lang::Fr) => ("professionnel de santé", "professionnels de santé"),
        (Unit::Ps, Lang::En) => ("health professional", "health professionals"),
        (Unit::Weight, Lang::Fr) => ("PS (poids)", "PS (poids)"),
        (Unit::Weight, Lang::En) => ("PS (weight)", "PS (weight)"),
    }
}

/// The four statuses as headings, in the order up to date, obsolete, undetermined, not applicable.
#[must_use]
pub fn status_words(lang: Lang) -> [&'static str; 4] {
    match lang {
        Lang::Fr => ["à jour", "obsolètes", "indéterminés", "sans objet"],
        Lang::En => ["up to date", "obsolete", "undetermined", "not applicable"],
    }
}

/// The four verdicts as headings, in the order pass, fail, unknown, not applicable.
pub(super) fn verdict_words(lang: Lang) -> [&'static str; 4] {
    match lang {
        Lang::Fr => ["conforme", "non conforme", "indéterminé", "sans objet"],
        Lang::En => ["pass", "fail", "unknown", "not applicable"],
    }
}

/// What stands for a group whose rows differ.
pub(super) fn several() -> Text {
    Text::new("plusieurs", "several")
}

/// What stands for a group without value.
pub(super) fn unknown_group() -> Text {
    Text::new("inconnu", "unknown")
}

/// Why a value is unknown.
#[must_use]
pub fn missing(missing: Missing, lang: Lang) -> &'static str {
    let words = match missing {
        Missing::NotCollected => ("non recueilli", "not collected"),
        Missing::Blank => ("vide", "blank"),
        Missing::Unreadable => ("illisible", "unreadable"),
        Missing::NoAttribute => ("non établi par le socle", "not established by the socle"),
        Missing::Undecided => ("plusieurs valeurs possibles", "several values are possible"),
        Missing::Overflow => ("hors des nombres ou du calendrier", "beyond numbers or the calendar"),
        Missing::DivisionByZero => ("division par zéro", "division by zero"),
    };
    if lang == Lang::Fr { words.0 } else { words.1 }
}

/// The label of a group for people.
pub(super) fn group_label(value: &crate::audit::GroupValue, lang: Lang) -> String {
    /// Longest name shown, in characters: a cell may be megabytes long.
    const SHOWN: usize = 60;
    let whole = whole_group_label(value, lang);
    match whole.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole,
    }
}

/// The same, however long.
pub(super) fn whole_group_label(value: &crate::audit::GroupValue, lang: Lang) -> String {
    use crate::audit::GroupValue;
    match (value, lang) {
        (GroupValue::Known { label, .. }, Lang::Fr) => label.0.clone(),
        (GroupValue::Known { label, .. }, Lang::En) => label.1.clone(),
        (GroupValue::Several, _) => several().get(lang).to_owned(),
        (GroupValue::Unknown, _) => unknown_group().get(lang).to_owned(),
    }
}
