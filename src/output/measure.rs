//! What is measured: for people on one line, its verdicts as headings, and for machines.

use super::wire::WireText;
use super::{status_words, visible_line, words};
use crate::audit::Measure;
use crate::diag::Lang;
use serde::Serialize;

/// What is measured, on one line; texts that are not ours in backticks.
pub(super) fn told(measure: &Measure, lang: Lang) -> String {
    match (measure, lang) {
        (Measure::Status, Lang::Fr) => "à jour, par les règles bloquantes (hors sans objet)".to_owned(),
        (Measure::Status, Lang::En) => "up to date, by the blocking rules (not concerned left out)".to_owned(),
        (Measure::Rule { id, title, .. }, _) => {
            let open = if lang == Lang::Fr { "règle" } else { "rule" };
            format!("{open} `{}` ({})", visible_line(id), visible_line(title.get(lang)))
        }
        (Measure::Condition { text, label: None }, _) => format!("`{}`", visible_line(text)),
        (Measure::Condition { text, label: Some(label) }, _) => {
            format!("{} (`{}`)", visible_line(label.get(lang)), visible_line(text))
        }
    }
}

/// What is measured, as a heading: without what machines call it.
pub(super) fn heading(measure: &Measure, lang: Lang) -> String {
    match (measure, lang) {
        (Measure::Status, _) => told(measure, lang),
        (Measure::Rule { title, .. }, _) => visible_line(title.get(lang)).into_owned(),
        (Measure::Condition { label: Some(label), .. }, _) => visible_line(label.get(lang)).into_owned(),
        (Measure::Condition { text, .. }, _) => visible_line(text).into_owned(),
    }
}

/// The four verdicts of a measure as headings.
pub(super) fn verdicts(measure: &Measure, lang: Lang) -> [&'static str; 4] {
    match (measure, lang) {
        (Measure::Status, _) => status_words(lang),
        (Measure::Rule { .. }, _) => words::verdict_words(lang),
        (Measure::Condition { .. }, Lang::Fr) => ["oui", "non", "indéterminé", "sans objet"],
        (Measure::Condition { .. }, Lang::En) => ["yes", "no", "unknown", "not applicable"],
    }
}

/// What is measured, for machines.
#[derive(Serialize)]
pub(super) struct WireMeasure<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pack: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<WireText<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<&'a str>,
}

impl<'a> From<&'a Measure> for WireMeasure<'a> {
    fn from(measure: &'a Measure) -> WireMeasure<'a> {
        let none = WireMeasure { kind: "status", id: None, pack: None, title: None, condition: None };
        match measure {
            Measure::Status => none,
            Measure::Rule { id, pack, title } => {
                WireMeasure { kind: "rule", id: Some(id), pack: Some(pack), title: Some(WireText::from(title)), ..none }
            }
            Measure::Condition { text, .. } => WireMeasure { kind: "condition", condition: Some(text), ..none },
        }
    }
}
