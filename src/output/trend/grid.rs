//! The tables of a trend, before they are drawn.

use super::{place, points, units, whole, with_waived};
use crate::audit::{BreakdownTrend, Counts, Difference, Moves, Trend};
use crate::diag::Lang;
use crate::output::basis::lang_pick;
use crate::output::grid::Grid;
use crate::output::{measure, number, unit_noun, visible_line, words};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// `38,4 % (384 / 1 000)`, or a dash.
fn rate(counts: &Counts, lang: Lang) -> String {
    let rate = counts.rate();
    if rate.low.is_none() {
        return "–".to_owned();
    }
    format!("{} ({})", number::rate(&rate, lang), number::rate_counts(&rate, lang))
}

fn share(part: u64, of: u64, lang: Lang) -> String {
    let counts = format!("{} / {}", number::integer(part, lang), number::integer(of, lang));
    format!("{} ({counts})", number::percent(part, of, lang))
}

/// Counts of a group, and the population of their snapshot.
type At<'c> = (&'c Counts, u64);

/// A column a date.
fn dates(grid: &mut Grid, trend: &Trend) {
    for snapshot in &trend.snapshots {
        grid.number(snapshot.date.to_string(), 0);
    }
}

/// One line a date: how many, and by the measure.
pub(super) fn by_date(trend: &Trend, lang: Lang) -> Grid {
    let mut grid = Grid::new();
    grid.text("date");
    grid.number(unit_noun(trend.basis.unit, lang).1, 0);
    let waived = with_waived(trend);
    measure::verdicts(&trend.measure, lang).into_iter().for_each(|name| grid.number(name, 1));
    if waived {
        grid.number(lang_pick(lang, "sous dérogation", "waived"), 1);
    }
    grid.number(lang_pick(lang, "taux", "rate"), 0);
    grid.number(lang_pick(lang, "évolution", "change"), 0);
    let mut before: Option<&Counts> = None;
    for (snapshot, counts) in trend.snapshots.iter().zip(&trend.at) {
        let mut row = vec![snapshot.date.to_string(), number::integer(counts.total(), lang)];
        let four = [counts.pass, counts.fail, counts.unknown, counts.not_applicable];
        row.extend(four.into_iter().chain(waived.then_some(counts.waived)).map(|n| number::integer(n, lang)));
        row.push(rate(counts, lang));
        row.push(before.map_or_else(|| "–".to_owned(), |before| points(&Difference::of_rates(before, counts), lang)));
        grid.rows.push(row);
        before = Some(counts);
    }
    grid
}

/// One line a rule: its rate at each date.
pub(super) fn rules(trend: &Trend, lang: Lang) -> Grid {
    let mut grid = Grid::new();
    grid.text(lang_pick(lang, "règle", "rule"));
    grid.text(lang_pick(lang, "niveau", "level"));
    dates(&mut grid, trend);
    grid.number(lang_pick(lang, "évolution", "change"), 0);
    grid.number(lang_pick(lang, "conformes", "pass"), 2);
    for rule in &trend.rules {
        let mut row = vec![visible_line(&rule.column).into_owned(), words::level(rule.level, lang).to_owned()];
        row.extend(rule.at.iter().map(|counts| rate(counts, lang)));
        let change = rule.at.first().zip(rule.at.last()).map(|(first, last)| Difference::of_rates(first, last));
        row.push(change.map_or_else(String::new, |change| points(&change, lang)));
        row.push(change.map_or_else(String::new, |change| units(&change, lang)));
        grid.rows.push(row);
    }
    grid
}

/// One line a group: its share of the population at each date.
pub(super) fn shares(trend: &Trend, by: &BreakdownTrend, lang: Lang) -> Grid {
    let units = unit_noun(trend.basis.unit, lang).1;
    groups(trend, by, units, lang, &|counts, of| share(counts.total(), of, lang), &|(first, of), (last, all)| {
        Difference::of_shares((first.total(), of), (last.total(), all))
    })
}

/// One line a group: its rate at each date.
pub(super) fn rates(trend: &Trend, by: &BreakdownTrend, lang: Lang) -> Grid {
    let units = lang_pick(lang, "conformes", "pass");
    groups(trend, by, units, lang, &|counts, _| rate(counts, lang), &|(first, _), (last, _)| {
        Difference::of_rates(first, last)
    })
}

fn groups(
    trend: &Trend,
    by: &BreakdownTrend,
    noun: &str,
    lang: Lang,
    cell: &dyn Fn(&Counts, u64) -> String,
    change: &dyn Fn(At<'_>, At<'_>) -> Difference,
) -> Grid {
    let mut grid = Grid::new();
    grid.text(visible_line(by.label.get(lang)).into_owned());
    dates(&mut grid, trend);
    grid.number(lang_pick(lang, "évolution", "change"), 0);
    grid.number(noun, 0);
    let totals: Vec<u64> = trend.at.iter().map(Counts::total).collect();
    for group in &by.groups {
        let mut row = vec![words::group_label(&group.value, lang)];
        let told: Vec<Option<At<'_>>> =
            group.at.iter().zip(&totals).map(|(at, total)| Some((at.as_ref()?, *total))).collect();
        row.extend(told.iter().map(|at| at.map_or_else(|| "–".to_owned(), |(counts, total)| cell(counts, total))));
        let change = group.ends(&totals).map(|[first, last]| change(first, last));
        row.push(change.map_or_else(|| "–".to_owned(), |change| points(&change, lang)));
        row.push(change.map_or_else(|| "–".to_owned(), |change| units(&change, lang)));
        grid.rows.push(row);
    }
    grid
}

/// Values that a matrix of a terminal has down and across.
const ACROSS: usize = 20;
/// Passages listed when there are more.
const LISTED: usize = 30;

/// From what to what, from the first snapshot to the last: one line a value before, one column a value after; of more
/// values than can be read across, the passages that most PS made.
pub(super) fn migration(moves: &Moves, lang: Lang) -> Option<Grid> {
    let (_, label) = moves.field.as_ref()?;
    let cells = &whole(moves)?.migration;
    // Those who are not there come last.
    let mut sums: BTreeMap<(Side<'_>, Side<'_>), u64> = BTreeMap::new();
    let (mut rows, mut columns) = (BTreeMap::<Side<'_>, u64>::new(), BTreeMap::<Side<'_>, u64>::new());
    for (from, to, n) in cells {
        let (from, to) = ((from.is_none(), from.as_ref()), (to.is_none(), to.as_ref()));
        *sums.entry((from, to)).or_default() += n;
        *rows.entry(from).or_default() += n;
        *columns.entry(to).or_default() += n;
    }
    let label = visible_line(label.get(lang));
    let mut grid = Grid::new();
    if rows.len() > ACROSS || columns.len() > ACROSS {
        let mut most: Vec<_> = cells.iter().filter(|(from, to, _)| from != to).collect();
        most.sort_by_key(|(from, to, n)| (Reverse(*n), from, to));
        grid.text(lang_pick(lang, "de", "from"));
        grid.text(lang_pick(lang, "à", "to"));
        grid.number("PS", 0);
        for (from, to, n) in most.into_iter().take(LISTED) {
            let ends = [place(from.as_ref(), true, lang), place(to.as_ref(), false, lang)];
            grid.rows.push(ends.into_iter().chain([number::integer(*n, lang)]).collect());
        }
        return Some(grid);
    }
    let all = || lang_pick(lang, "ensemble", "all").to_owned();
    grid.text(format!("{label} →"));
    columns.keys().for_each(|(_, to)| grid.number(place(*to, false, lang), 0));
    grid.number(all(), 0);
    for (from, sum) in &rows {
        let mut line = vec![place(from.1, true, lang)];
        line.extend(columns.keys().map(|to| number::integer(sums.get(&(*from, *to)).copied().unwrap_or(0), lang)));
        line.push(number::integer(*sum, lang));
        grid.rows.push(line);
    }
    let mut line = vec![all()];
    line.extend(columns.values().map(|n| number::integer(*n, lang)));
    line.push(number::integer(rows.values().sum(), lang));
    grid.rows.push(line);
    Some(grid)
}

/// A value on one side of a passage, and whether there is none.
type Side<'m> = (bool, Option<&'m crate::audit::GroupValue>);

/// One line a rule that some PS fail: since which snapshot they do.
pub(super) fn failing(trend: &Trend, moves: &Moves, lang: Lang) -> Option<Grid> {
    let mut grid = Grid::new();
    grid.text(lang_pick(lang, "règle", "rule"));
    grid.number(lang_pick(lang, "PS en défaut", "PS that fail"), 0);
    let last = trend.snapshots.last().map(|snapshot| snapshot.date);
    for snapshot in &trend.snapshots {
        let days = last.map_or(0, |last| last.days_since(snapshot.date));
        let days = format!("{days} {}", lang_pick(lang, "j", "d"));
        grid.number(format!("{} {} ({days})", lang_pick(lang, "depuis", "since"), snapshot.date), 0);
    }
    for (rule, since) in trend.rules.iter().zip(&moves.failing) {
        let all: u64 = since.0.iter().sum();
        if all > 0 {
            let mut row = vec![visible_line(&rule.column).into_owned(), number::integer(all, lang)];
            row.extend(since.0.iter().map(|n| number::integer(*n, lang)));
            grid.rows.push(row);
        }
    }
    (!grid.rows.is_empty()).then_some(grid)
}
