//! Targets, for people: where the population stands, how far it is, when it gets there.

use super::basis::{lang_pick, paragraph, title};
use super::{Look, number, said, unit_noun};
use crate::audit::{Pace, Reach, TargetReport, Unit};
use crate::diag::Lang;
use crate::value::Date;
use std::io::{self, Write};

/// Writes the section of a terminal; nothing without targets.
pub(super) fn text(out: &mut impl Write, targets: &[TargetReport], unit: Unit, look: &Look) -> io::Result<()> {
    if targets.is_empty() {
        return Ok(());
    }
    title(out, look, lang_pick(look.lang, "Cibles", "Targets"))?;
    for target in targets {
        let name = format!("{} [{}]", said(&target.title, look.lang), target.id);
        paragraph(out, look, "  ", &name)?;
        for line in sentences(target, unit, look.lang) {
            paragraph(out, look, "      ", &line)?;
        }
    }
    Ok(())
}

/// Writes the section of a Markdown page; nothing without targets.
pub(super) fn markdown(out: &mut impl Write, targets: &[TargetReport], unit: Unit, lang: Lang) -> io::Result<()> {
    if targets.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## {}\n", lang_pick(lang, "Cibles", "Targets"))?;
    for target in targets {
        let lines: Vec<String> =
            sentences(target, unit, lang).into_iter().map(|line| super::markdown::escape(&line)).collect();
        let name = super::markdown::escape(&said(&target.title, lang));
        writeln!(out, "- **{name}** ({}){} {}", target.id, lang_pick(lang, "\u{a0}:", ":"), lines.join(" "))?;
    }
    Ok(())
}

/// What is to be said of a target, a sentence a line.
pub(super) fn sentences(target: &TargetReport, unit: Unit, lang: Lang) -> Vec<String> {
    let mut lines = vec![standing(target, unit, lang), due(target, lang)];
    lines.extend(target.pace.as_ref().map(|pace| told_pace(target, pace, lang)));
    let lines = lines.into_iter().map(|line| super::typographic(&line, lang).into_owned());
    lines.collect()
}

fn standing(target: &TargetReport, unit: Unit, lang: Lang) -> String {
    let rate = target.counts.rate();
    let sentence = number::rate_sentence(&rate, lang);
    let goal = number::share(target.goal, lang);
    let Some((least, most)) = target.gap() else {
        return lang_pick(lang, "Personne n'est concerné.", "Nobody is concerned.").to_owned();
    };
    let points = number::points(least, most, lang);
    let (few, many) = target.missing;
    let (one, several) = unit_noun(unit, lang);
    let noun = if number::is_singular(many, lang) { one } else { several };
    let missing = number::interval(number::integer(few, lang), number::integer(many, lang), lang);
    match (target.reached(), lang) {
        (Some(true), Lang::Fr) => format!("Atteinte : {sentence}, pour un but de {goal}."),
        (Some(true), Lang::En) => format!("Reached: {sentence}, for a goal of {goal}."),
        (_, Lang::Fr) => format!("{sentence}, pour un but de {goal} : il manque {points}, soit {missing} {noun}."),
        (_, Lang::En) => format!("{sentence}, for a goal of {goal}: {points} to go, that is {missing} {noun}."),
    }
}

fn due(target: &TargetReport, lang: Lang) -> String {
    let date = number::date(target.due, lang);
    let days = number::integer(target.days_left.unsigned_abs(), lang);
    match (target.days_left < 0, lang) {
        (false, Lang::Fr) => format!("Échéance le {date}, dans {days} jours."),
        (false, Lang::En) => format!("Due on {date}, in {days} days."),
        (true, Lang::Fr) => format!("Échéance le {date}, passée de {days} jours."),
        (true, Lang::En) => format!("Due on {date}, {days} days ago."),
    }
}

fn told_pace(target: &TargetReport, pace: &Pace, lang: Lang) -> String {
    let since = number::date(pace.since, lang);
    let then = number::rate_sentence(&pace.counts.rate(), lang);
    let Some((low, high)) = pace.a_month else {
        return match lang {
            Lang::Fr if pace.counts.rate().in_scope == 0 => {
                format!("Le {since}, personne n'était concerné : pas d'allure.")
            }
            Lang::En if pace.counts.rate().in_scope == 0 => format!("On {since} nobody was concerned: no pace."),
            Lang::Fr => format!("Le {since} : {then} ; trop peu est connu pour une allure."),
            Lang::En => format!("On {since}: {then}; too little is known to tell a pace."),
        };
    };
    let sign = match a_month {
        // « moins de » takes no sign.
        a_month if a_month > 0.0 && a_month < 0.001 => "",
        a_month if a_month > 0.0 => "+",
        a_month if a_month < 0.0 => "−",
        _ => "",
    };
    // Less than a tenth is no tenth: it would reach the goal years too early.
    let points = match (a_month.abs(), lang) {
        (pace, Lang::Fr) if pace > 0.0 && pace < 0.001 => "moins de 0,1 point".to_owned(),
        (pace, Lang::En) if pace > 0.0 && pace < 0.001 => "less than 0.1 points".to_owned(),
        (pace, _) => number::points(pace, pace, lang),
    };
    // A pace is counted on what is known for sure: with unknowns it says little of the goal.
    let is_sure = target.counts.unknown == 0 && pace.counts.unknown == 0;
    let then = match (lang, is_sure) {
        (Lang::Fr, true) => format!("Le {since} : {then} ; soit {sign}{points} par mois"),
        (Lang::En, true) => format!("On {since}: {then}; that is {sign}{points} a month"),
        (Lang::Fr, false) => format!("Le {since} : {then} ; soit {sign}{points} par mois de taux sûr"),
        (Lang::En, false) => format!("On {since}: {then}; that is {sign}{points} a month of the rate known for sure"),
    };
    let reached = pace.reached_on.map(|date| number::date(date, lang));
    match (reached, target.reached(), lang) {
        (_, Some(true), _) => format!("{then}."),
        (Some(date), _, Lang::Fr) => format!("{then}, et le but atteint le {date} à cette allure."),
        (Some(date), _, Lang::En) => format!("{then}, and the goal reached on {date} at this pace."),
        (None, _, Lang::Fr) if !is_sure => format!("{then} : les indéterminés ne permettent pas de dire quand."),
        (None, _, Lang::En) if !is_sure => format!("{then}: the unknown do not allow to tell when."),
        (None, _, Lang::Fr) => format!("{then} : le but n'est pas atteint à cette allure."),
        (None, _, Lang::En) => format!("{then}: the goal is not reached at this pace."),
    }
}
