//! The tables of rates, before they are drawn: the same for a terminal and for Markdown.

use super::{member, share, suppressed};
use crate::audit::{Cell, Counts, Figures, Member, Rates};
use crate::diag::Lang;
use crate::output::grid::Grid;
use crate::output::wrap::wrap;
use crate::output::{measure, number, unit_noun, visible_line};
use std::collections::BTreeMap;

/// Widest a value may be across a table before it is wrapped.
const HEADING: usize = 12;

/// One line a group, with all its figures; then the whole. `narrow`: a share stands above its counts.
pub(super) fn long(rates: &Rates, lang: Lang, narrow: bool) -> Grid {
    let fr = lang == Lang::Fr;
    let pick = |fr_text: &'static str, en_text: &'static str| if fr { fr_text } else { en_text };
    let two = rates.by.len() == 2;
    let any = |has: &dyn Fn(&Figures) -> bool| rates.cells.iter().any(|cell| has(&cell.figures));
    let cumulative = any(&|figures| figures.cumulative.is_some());
    let of_group = any(&|figures| figures.cumulative_of_group.is_some());
    let not_applicable = rates.total.counts.is_none_or(|counts| counts.not_applicable > 0);
    let mut grid = Grid::new();
    for dimension in &rates.by {
        grid.text(visible_line(dimension.label.get(lang)).into_owned());
    }
    grid.number(unit_noun(rates.basis.unit, lang).1, 0);
    grid.number(pick("part", "share"), if two { 3 } else { 0 });
    if cumulative {
        grid.number(pick("ce niveau\net plus", "this level\nor above"), 0);
    }
    if two {
        let first = rates.by[0].label.get(lang);
        grid.number(format!("{} {first}", pick("part de", "share of")), 0);
    }
    if of_group {
        grid.number(pick("ce niveau et plus,\nde cette part", "this level or above,\nof this share"), 1);
    }
    let words = measure::verdicts(&rates.measure, lang);
    for (i, word) in words.into_iter().enumerate().filter(|(i, _)| *i < 3 || not_applicable) {
        grid.number(word.replace(' ', "\n"), if i == 3 { 2 } else { 4 });
    }
    grid.number(pick("taux", "rate"), 0);
    let mut push = |key: Vec<String>, figures: &Figures| {
        let mut row = key;
        row.push(figures.n.map_or_else(|| suppressed(lang).to_owned(), |n| number::integer(n, lang)));
        row.push(share(figures.share, narrow, lang));
        if cumulative {
            row.push(share(figures.cumulative, narrow, lang));
        }
        if two {
            row.push(share(figures.share_of_group, narrow, lang));
        }
        if of_group {
            row.push(share(figures.cumulative_of_group, narrow, lang));
        }
        let counts = figures.counts.map(|Counts { pass, fail, unknown, not_applicable, .. }| {
            [pass, fail, unknown, not_applicable].map(|n| number::integer(n, lang))
        });
        let counts = counts.unwrap_or_else(|| std::array::from_fn(|_| "–".to_owned()));
        row.extend(counts.into_iter().take(if not_applicable { 4 } else { 3 }));
        row.push(rate(figures, narrow, lang));
        grid.rows.push(row);
    };
    for cell in &rates.cells {
        push(cell.key.iter().map(|of| member(of, lang)).collect(), &cell.figures);
    }
    for cell in rates.subtotals.iter().filter(|cell| !cell.figures.suppressed()) {
        push(cell.key.iter().map(|of| member(of, lang)).collect(), &cell.figures);
    }
    push(rates.by.iter().map(|_| member(&Member::All, lang)).collect(), &rates.total);
    grid
}

fn rate(figures: &Figures, narrow: bool, lang: Lang) -> String {
    let Some(rate) = figures.rate().filter(|rate| rate.low.is_some()) else { return "–".to_owned() };
    let (share, counts) = (number::rate(&rate, lang), number::rate_counts(&rate, lang));
    if narrow { format!("{share}\n{counts}") } else { format!("{share} ({counts})") }
}

/// What a cross table shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Units, and their share of the group of the first field.
    Composition,
    /// The rate.
    Rate,
}

/// Two fields: the first down, the second across.
pub(super) fn cross(rates: &Rates, shown: Shown, lang: Lang) -> Grid {
    let cells: BTreeMap<&[Member], &Figures> = rates.cells.iter().map(|cell| (&cell.key[..], &cell.figures)).collect();
    let line = |number: usize| -> Vec<&Cell> {
        rates.subtotals.iter().filter(|cell| cell.key[1 - number] == Member::All).collect()
    };
    let (down, across) = (line(0), line(1));
    let all = member(&Member::All, lang);
    let mut grid = Grid::new();
    grid.text(visible_line(rates.by[0].label.get(lang)).into_owned());
    for cell in &across {
        grid.number(wrap(&visible_line(&member(&cell.key[1], lang)), HEADING, false).join("\n"), 0);
    }
    grid.number(all.clone(), 0);
    let said = |figures: Option<&Figures>, of_group: bool| match (figures, shown) {
        (None, Shown::Composition) => "0".to_owned(),
        (None, Shown::Rate) => "–".to_owned(),
        (Some(figures), Shown::Rate) => rate(figures, true, lang),
        (Some(figures), Shown::Composition) => match figures.n {
            None => suppressed(lang).to_owned(),
            Some(n) => {
                let part = if of_group { figures.share_of_group } else { figures.share };
                part.map_or_else(|| number::integer(n, lang), |part| share(Some(part), true, lang))
            }
        },
    };
    for row in &down {
        let mut line = vec![member(&row.key[0], lang)];
        for column in &across {
            let key = [row.key[0].clone(), column.key[1].clone()];
            line.push(said(cells.get(&key[..]).copied(), true));
        }
        line.push(said(Some(&row.figures), false));
        grid.rows.push(line);
    }
    let mut last = vec![all];
    last.extend(across.iter().map(|column| said(Some(&column.figures), false)));
    last.push(said(Some(&rates.total), false));
    grid.rows.push(last);
    grid
}

/// The measure and the one beside it, by the first field.
pub(super) fn beside(rates: &Rates, lang: Lang, narrow: bool) -> Option<Grid> {
    let beside = rates.beside.as_ref()?;
    let mut grid = Grid::new();
    grid.text(visible_line(rates.by[0].label.get(lang)).into_owned());
    for of in [&beside.measure, &rates.measure] {
        grid.number(wrap(&measure::heading(of, lang), 3 * HEADING, false).join("\n"), 0);
    }
    grid.number(if lang == Lang::Fr { "écart" } else { "gap" }, 0);
    let mut push = |name: String, (counts, other): (&Counts, &Counts)| {
        let said = |counts: &Counts| rate(&Figures { counts: Some(*counts), ..Figures::default() }, narrow, lang);
        let gap = gap(counts, other).map_or_else(|| "–".to_owned(), |(low, high)| number::change(low, high, lang));
        grid.rows.push(vec![name, said(other), said(counts), gap]);
    };
    for (of, counts, other) in &beside.groups {
        push(member(of, lang), (counts, other));
    }
    push(member(&Member::All, lang), (&beside.total.0, &beside.total.1));
    Some(grid)
}

/// How far a rate is above another, at least and at most.
pub(in crate::output) fn gap(of: &Counts, other: &Counts) -> Option<(f64, f64)> {
    let (of, other) = (of.rate(), other.rate());
    Some((of.low? - other.high?, of.high? - other.low?))
}

/// Who has each value of the second field.
pub(super) fn presence(rates: &Rates, lang: Lang, narrow: bool) -> Option<Grid> {
    let portfolio = rates.market.as_ref()?.portfolio.as_ref()?;
    let mut grid = Grid::new();
    grid.text(visible_line(rates.by[1].label.get(lang)).into_owned());
    let first = visible_line(rates.by[0].label.get(lang)).into_owned();
    grid.number(first, 0);
    grid.number(if lang == Lang::Fr { "uniquement" } else { "only" }, 0);
    for presence in &portfolio.presence {
        grid.rows.push(vec![
            member(&presence.member, lang),
            share(Some(presence.groups), narrow, lang),
            share(Some(presence.only), narrow, lang),
        ]);
    }
    Some(grid)
}

/// Market figures on lines: a name, a value.
pub(in crate::output) fn market(rates: &Rates, lang: Lang) -> Vec<(String, String)> {
    let Some(market) = &rates.market else { return Vec::new() };
    let fr = lang == Lang::Fr;
    let pick = |fr_text: &'static str, en_text: &'static str| if fr { fr_text } else { en_text };
    let first = visible_line(rates.by[0].label.get(lang)).into_owned();
    let mut lines =
        vec![(pick("groupes", "groups").to_owned(), format!("{} ({first})", number::integer(market.groups, lang)))];
    for (n, of) in &market.top {
        let name = match (n, fr) {
            (1, true) => "le premier".to_owned(),
            (1, false) => "largest".to_owned(),
            (n, true) => format!("les {n} premiers"),
            (n, false) => format!("{n} largest"),
        };
        lines.push((name, share(*of, false, lang)));
    }
    if let Some(hhi) = market.hhi {
        let value =
            format!("{} / {}", number::integer((hhi * 10_000.0).round() as u64, lang), number::integer(10_000, lang));
        lines.push((pick("concentration (HHI)", "concentration (HHI)").to_owned(), value));
    }
    if !market.complete {
        lines.push((
            pick("réserve", "note").to_owned(),
            pick(
                "des groupes sont masqués ou réunis : parts minimales",
                "some groups are hidden or merged: least shares",
            )
            .to_owned(),
        ));
    }
    if let Some(portfolio) = &market.portfolio {
        let second = visible_line(rates.by[1].label.get(lang)).into_owned();
        let names = ["min", "d1", "q1", pick("médiane", "median"), "q3", "d9", "max"];
        let quantiles: Vec<String> = names
            .iter()
            .zip(portfolio.quantiles)
            .map(|(name, value)| format!("{name} {}", number::integer(value, lang)))
            .collect();
        lines.push((format!("{second} {} {first}", pick("par", "for each")), quantiles.join(", ")));
        let mean = format!("{:.1}", portfolio.mean.fraction());
        let mean = if fr { mean.replace('.', ",") } else { mean };
        let (part, whole) = (number::integer(portfolio.mean.part, lang), number::integer(portfolio.mean.whole, lang));
        lines.push((pick("moyenne", "mean").to_owned(), format!("{mean} ({part} / {whole})")));
        lines.push((pick("un seul", "a single one").to_owned(), share(Some(portfolio.single), false, lang)));
    }
    lines
}
