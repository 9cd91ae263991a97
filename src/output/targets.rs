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
    let points = a_month(low, high, lang);
    let then = match lang {
        Lang::Fr => format!("Le {since} : {then} ; soit {points} par mois"),
        Lang::En => format!("On {since}: {then}; that is {points} a month"),
    };
    if target.reached() == Some(true) {
        return format!("{then}.");
    }
    let date = |date: Date| number::date(date, lang);
    match (pace.reached, lang) {
        (Some(Reach { from, by: Some(by) }), Lang::Fr) if from == by => {
            format!("{then}, et le but atteint le {} à cette allure.", date(from))
        }
        (Some(Reach { from, by: Some(by) }), Lang::En) if from == by => {
            format!("{then}, and the goal reached on {} at this pace.", date(from))
        }
        (Some(Reach { from, by: Some(by) }), Lang::Fr) => {
            format!("{then}, et le but atteint entre le {} et le {} à cette allure.", date(from), date(by))
        }
        (Some(Reach { from, by: Some(by) }), Lang::En) => {
            format!("{then}, and the goal reached between {} and {} at this pace.", date(from), date(by))
        }
        (Some(Reach { from, by: None }), Lang::Fr) => {
            format!("{then} : le but est atteint le {} au plus tôt, et peut ne pas l'être à cette allure.", date(from))
        }
        (Some(Reach { from, by: None }), Lang::En) => {
            format!("{then}: the goal is reached on {} at the earliest, and may not be at this pace.", date(from))
        }
        (None, Lang::Fr) => format!("{then} : le but n'est pas atteint à cette allure."),
        (None, Lang::En) => format!("{then}: the goal is not reached at this pace."),
    }
}

/// A change of a share in a month: `+1,9 point`, `−0,5 à +1,9 point`, `+0,008 point`. What is under a tenth of a point
/// keeps its first digit: a tenth may be ten times too much.
fn a_month(low: f64, high: f64, lang: Lang) -> String {
    let shown = |share: f64| {
        let points = (share * 100.0).abs();
        let digits = match points {
            points if !(1e-9..0.095).contains(&points) => 1,
            points if points >= 0.0095 => 2,
            points if points >= 0.000_95 => 3,
            _ => 4,
        };
        let text = format!("{points:.digits$}");
        let text = if lang == Lang::Fr { text.replace('.', ",") } else { text };
        match share {
            share if share > 0.0 => format!("+{text}"),
            share if share < 0.0 => format!("−{text}"),
            _ => text,
        }
    };
    let far = low.abs().max(high.abs()) * 100.0;
    let plural = if lang == Lang::Fr { far >= 1.95 } else { !(0.95..1.05).contains(&far) };
    let noun = if plural { "points" } else { "point" };
    format!("{} {noun}", number::interval(shown(low), shown(high), lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_under_a_tenth_of_a_point_is_not_a_tenth() {
        for (low, high, told) in [
            (0.000_083, 0.000_083, "+0,008 point"),
            (0.019, 0.019, "+1,9 point"),
            (0.0196, 0.0196, "+2,0 points"),
            (0.0, 0.0, "0,0 point"),
            (-0.1, 0.0004, "−10,0 à +0,04 points"),
            (0.000_95, 0.000_95, "+0,1 point"),
        ] {
            assert_eq!(a_month(low, high, Lang::Fr), told);
        }
        assert_eq!(a_month(0.01, 0.01, Lang::En), "+1.0 point");
    }
}
