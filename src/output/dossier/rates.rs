//! The dossier of rates.

use super::audit::extremes;
use super::basis::{self, measured, told};
use super::{Cell, Column, Dossier, Form, Kind, Place, Section, Series, Table, Tile, Tone};
use crate::audit::{Cell as GroupOf, Counts, Figures, Market, Member, Portfolio, Rates, Share};
use crate::diag::Lang;
use crate::output::basis::colon;
use crate::output::rates::{gap, headline, member, stable};
use crate::output::{measure, number, said, typographic, unit_noun, visible_line};
use std::collections::BTreeMap;

/// Series that can be told apart.
const SERIES: usize = 8;

/// Values of the second field that a table can have across.
const ACROSS: usize = 30;

/// Lays out rates.
#[must_use]
pub fn dossier(rates: &Rates, lang: Lang) -> Dossier {
    let date = number::date(rates.basis.as_of, lang);
    let mut sections = match rates.by.len() {
        2 => crossed(rates, lang),
        _ => vec![groups(rates, lang)],
    };
    sections.extend(beside(rates, lang));
    if let Some(market) = &rates.market {
        sections.push(market_shares(rates, market, lang));
        sections.extend(market.portfolio.iter().flat_map(|portfolio| portfolios(rates, portfolio, lang)));
    }
    sections.extend(basis::targets(&rates.targets, &rates.basis, lang));
    sections.extend(basis::data(&rates.basis, lang));
    let mut facts = basis::facts(&rates.basis, lang);
    facts.insert(
        1,
        (
            told(lang, "Mesure", "Measure"),
            Cell::Text(typographic(&measure::told(&rates.measure, lang), lang).into_owned()),
        ),
    );
    if let Some(threshold) = rates.threshold {
        facts.push((told(lang, "Groupes masqués sous", "Groups hidden under"), Cell::Count(threshold)));
    }
    Dossier {
        kind: "rates",
        lang,
        as_of: rates.basis.as_of,
        title: told(
            lang,
            &format!("Taux au {date} : {}", measure::heading(&rates.measure, lang)),
            &format!("Rates as of {date}: {}", measure::heading(&rates.measure, lang)),
        ),
        headline: typographic(&headline(rates, lang), lang).into_owned(),
        closed: rates.closed.as_ref().map(|closed| said(&closed.reason, lang)),
        tiles: tiles(rates, lang),
        sections,
        facts,
        method: basis::method(&rates.basis, lang),
        published: rates.basis.published,
    }
}

fn tiles(rates: &Rates, lang: Lang) -> Vec<Tile> {
    let Some(Counts { pass, fail, unknown, not_applicable, .. }) = rates.total.counts else { return Vec::new() };
    let whole = pass + fail + unknown + not_applicable;
    let named = measure::verdicts(&rates.measure, lang).into_iter().zip([pass, fail, unknown, not_applicable]);
    let tones = [Tone::Pass, Tone::Fail, Tone::Unknown, Tone::Aside];
    named
        .zip(tones)
        .filter_map(|((name, n), tone)| Some(Tile { name: super::capital(name), share: Share::of(n, whole)?, tone }))
        .collect()
}

fn member_cell(of: &Member, lang: Lang) -> Cell {
    let key = if *of == Member::All { Some("*") } else { stable(of).1 };
    Cell::Keyed { key: key.map(str::to_owned), label: visible_line(&member(of, lang)).into_owned() }
}

fn count_cell(n: Option<u64>) -> Cell {
    n.map_or(Cell::Hidden, Cell::Count)
}

fn share_cell(share: Option<Share>, figures: &Figures) -> Cell {
    match share {
        Some(Share { part, whole }) => Cell::share(part, whole),
        None if figures.suppressed() => Cell::Hidden,
        None => Cell::Empty,
    }
}

fn rate_cell(figures: &Figures) -> Cell {
    figures.counts.as_ref().map_or(Cell::Hidden, Cell::rate)
}

fn named(rates: &Rates, number: usize, lang: Lang) -> String {
    visible_line(rates.by[number].label.get(lang)).into_owned()
}

/// The columns of figures, and which shares they hold.
fn figure_columns(rates: &Rates, lang: Lang) -> Vec<Column> {
    let two = rates.by.len() == 2;
    let any = |has: &dyn Fn(&Figures) -> bool| rates.cells.iter().any(|cell| has(&cell.figures));
    let column = |id: &str, fr: &str, en: &str, kind| Column::new(id, told(lang, fr, en), kind);
    let mut columns = vec![
        Column::new("n", unit_noun(rates.basis.unit, lang).1, Kind::Count),
        column("share", "part de la population", "share of the population", Kind::Share),
    ];
    if two {
        let first = named(rates, 0, lang);
        columns.push(column("share_of_group", &format!("part de {first}"), &format!("share of {first}"), Kind::Share));
    }
    if any(&|figures| figures.cumulative.is_some()) {
        columns.push(column("cumulative", "ce niveau et plus", "this level or above", Kind::Share));
    }
    if any(&|figures| figures.cumulative_of_group.is_some()) {
        let (fr, en) = ("ce niveau et plus, dans le groupe", "this level or above, in the group");
        columns.push(column("cumulative_of_group", fr, en, Kind::Share));
    }
    let ids = ["pass", "fail", "unknown", "not_applicable"];
    let titles = measure::verdicts(&rates.measure, lang);
    columns.extend(ids.into_iter().zip(titles).map(|(id, title)| Column::new(id, title, Kind::Count)));
    columns.push(column("rate", "taux", "rate", Kind::Rate));
    columns
}

/// Cells of [`figure_columns`].
fn figure_cells(figures: &Figures, columns: &[Column]) -> Vec<Cell> {
    let counts = figures.counts;
    let cell = |column: &Column| match column.id.as_str() {
        "n" => count_cell(figures.n),
        "share" => share_cell(figures.share, figures),
        "share_of_group" => share_cell(figures.share_of_group, figures),
        "cumulative" => share_cell(figures.cumulative, figures),
        "cumulative_of_group" => share_cell(figures.cumulative_of_group, figures),
        "pass" => count_cell(counts.map(|counts| counts.pass)),
        "fail" => count_cell(counts.map(|counts| counts.fail)),
        "unknown" => count_cell(counts.map(|counts| counts.unknown)),
        "not_applicable" => count_cell(counts.map(|counts| counts.not_applicable)),
        _ => rate_cell(figures),
    };
    columns.iter().map(cell).collect()
}

/// One line a group, with all its figures, then the whole.
fn long(rates: &Rates, cells: &[&GroupOf], whole: bool, caption: String, lang: Lang) -> Table {
    let figures = figure_columns(rates, lang);
    let mut columns: Vec<Column> =
        (0..rates.by.len()).map(|i| Column::new(&rates.by[i].field, named(rates, i, lang), Kind::Keyed)).collect();
    let line = |key: &[Member], of: &Figures| {
        let mut cells: Vec<Cell> = key.iter().map(|of| member_cell(of, lang)).collect();
        cells.extend(figure_cells(of, &figures));
        cells
    };
    let mut rows: Vec<Vec<Cell>> = cells.iter().map(|cell| line(&cell.key, &cell.figures)).collect();
    if whole {
        rows.push(line(&vec![Member::All; rates.by.len()], &rates.total));
    }
    columns.extend(figures.iter().cloned());
    Table { caption, columns, rows, totals: usize::from(whole) }
}

fn rate_extremes<'r>(groups: impl Iterator<Item = &'r GroupOf>, place: usize, lang: Lang) -> Option<String> {
    extremes(groups.filter_map(|cell| Some((member(&cell.key[place], lang), cell.figures.rate()?))), lang)
}

/// One field.
fn groups(rates: &Rates, lang: Lang) -> Section {
    let label = named(rates, 0, lang);
    let cells: Vec<&GroupOf> = rates.cells.iter().collect();
    let caption =
        told(lang, &format!("Effectif, part et taux par {label}"), &format!("Units, share and rate by {label}"));
    let table = long(rates, &cells, true, caption, lang);
    let id = format!("by-{}", rates.by[0].field);
    let name = told(lang, &format!("Par {label}"), &format!("By {label}"));
    let mut section = Section::new(id, &name, measured(&rates.basis, lang), table);
    section.finding = match rates.by[0].scale {
        true => largest(&cells, lang),
        false => rate_extremes(cells.iter().copied(), 0, lang).or_else(|| largest(&cells, lang)),
    };
    let title = told(
        lang,
        &format!("Part de chaque {label} dans la population"),
        &format!("Share of each {label} in the population"),
    );
    section.draw(Form::Shares, 0, vec![Series { column: 2, tone: Tone::Step(1) }], title);
    let rate = section.table.columns.len() - 1;
    let title = told(lang, &format!("Taux par {label}"), &format!("Rate by {label}"));
    if section.table.body().iter().any(|row| row[rate].bounds().is_some()) {
        section.draw(Form::Intervals { goal: None }, 0, vec![Series { column: rate, tone: Tone::Pass }], title);
    }
    section
}

/// The largest group, in words.
fn largest(cells: &[&GroupOf], lang: Lang) -> Option<String> {
    let shown = cells.iter().filter_map(|cell| Some((cell, cell.figures.n?, cell.figures.share?)));
    let (cell, _, Share { part, whole }) = shown.max_by_key(|(_, n, _)| *n)?;
    let name = visible_line(&member(&cell.key[0], lang)).into_owned();
    let share = number::percent(part, whole, lang);
    let (n, of) = (number::integer(part, lang), number::integer(whole, lang));
    Some(match lang {
        Lang::Fr => format!("Le plus grand groupe est {name}{} {share} ({n} / {of})", colon(lang)),
        Lang::En => format!("The largest group is {name}: {share} ({n} / {of})"),
    })
}

/// Two fields: who makes up each group, its rate, and the long table.
fn crossed(rates: &Rates, lang: Lang) -> Vec<Section> {
    let line = |number: usize| -> Vec<&GroupOf> {
        rates.subtotals.iter().filter(|cell| cell.key[1 - number] == Member::All).collect()
    };
    let (down, across) = (line(0), line(1));
    let (first, second) = (named(rates, 0, lang), named(rates, 1, lang));
    let (one, two) = (&rates.by[0].field, &rates.by[1].field);
    let mut sections = Vec::new();
    if across.len() <= ACROSS {
        sections.push(composition(rates, &down, &across, lang));
        if rates.cells.iter().any(|cell| cell.figures.rate().is_some()) {
            sections.push(cross_rate(rates, &down, &across, lang));
        }
    }
    for (number, cells, label, id) in [(0, &down, &first, one), (1, &across, &second, two)] {
        let caption =
            told(lang, &format!("Effectif, part et taux par {label}"), &format!("Units, share and rate by {label}"));
        let mut table = long(rates, cells, true, caption, lang);
        table.columns.remove(1 - number);
        table.rows.iter_mut().for_each(|row| drop(row.remove(1 - number)));
        // Shares of the group of the first field mean nothing for the second, and are all of it for the first.
        for gone in ["share_of_group", "cumulative_of_group"] {
            if let Some(place) = table.columns.iter().position(|column| column.id == gone) {
                table.columns.remove(place);
                table.rows.iter_mut().for_each(|row| drop(row.remove(place)));
            }
        }
        let name = told(lang, &format!("Par {label}"), &format!("By {label}"));
        let mut section = Section::new(format!("by-{id}"), &name, measured(&rates.basis, lang), table);
        let rate = section.table.columns.len() - 1;
        if section.table.body().iter().any(|row| row[rate].bounds().is_some()) {
            let title = told(lang, &format!("Taux par {label}"), &format!("Rate by {label}"));
            section.draw(Form::Intervals { goal: None }, 0, vec![Series { column: rate, tone: Tone::Pass }], title);
            section.finding = rate_extremes(cells.iter().copied(), number, lang);
        }
        sections.push(section);
    }
    let cells: Vec<&GroupOf> = rates.cells.iter().collect();
    let caption = told(
        lang,
        &format!("Effectif, part et taux par {first} et {second}"),
        &format!("Units, share and rate by {first} and {second}"),
    );
    let table = long(rates, &cells, false, caption, lang);
    let name = told(lang, &format!("{first} et {second}"), &format!("{first} and {second}"));
    let section = Section::new(format!("by-{one}-and-{two}"), &name, measured(&rates.basis, lang), table);
    // Where no table can have the second field across, the long one is looked at too.
    let place = if across.len() <= ACROSS { Place::Computed } else { Place::Everywhere };
    sections.push(Section { place, ..section });
    sections
}

/// A table with the second field across, and the whole at the end of each line.
fn cross(
    rates: &Rates,
    down: &[&GroupOf],
    across: &[&GroupOf],
    kind: Kind,
    cell: impl Fn(Option<&Figures>) -> Cell,
    caption: String,
    lang: Lang,
) -> Table {
    let figures: BTreeMap<&[Member], &Figures> =
        rates.cells.iter().map(|cell| (&cell.key[..], &cell.figures)).collect();
    let mut columns = vec![Column::new(&rates.by[0].field, named(rates, 0, lang), Kind::Keyed)];
    for group in across {
        let key = stable(&group.key[1]).1.unwrap_or("?");
        let id = format!("{}={key}", rates.by[1].field);
        let title = visible_line(&member(&group.key[1], lang)).into_owned();
        columns.push(Column { id, title, kind });
    }
    columns.push(Column::new("all", told(lang, "ensemble", "all"), kind));
    let mut rows = Vec::with_capacity(down.len() + 1);
    for group in down {
        let mut row = vec![member_cell(&group.key[0], lang)];
        row.extend(across.iter().map(|of| {
            let key = [group.key[0].clone(), of.key[1].clone()];
            cell(figures.get(&key[..]).copied())
        }));
        row.push(cell(Some(&group.figures)));
        rows.push(row);
    }
    let mut last = vec![member_cell(&Member::All, lang)];
    last.extend(across.iter().map(|group| cell(Some(&group.figures))));
    last.push(cell(Some(&rates.total)));
    rows.push(last);
    Table { caption, columns, rows, totals: 1 }
}

fn composition(rates: &Rates, down: &[&GroupOf], across: &[&GroupOf], lang: Lang) -> Section {
    let (first, second) = (named(rates, 0, lang), named(rates, 1, lang));
    let caption = told(lang, &format!("Effectif par {first} et {second}"), &format!("Units by {first} and {second}"));
    let count = |figures: Option<&Figures>| figures.map_or(Cell::Count(0), |figures| count_cell(figures.n));
    let table = cross(rates, down, across, Kind::Count, count, caption, lang);
    let name = told(lang, &format!("{second} par {first}"), &format!("{second} by {first}"));
    let id = format!("{}-by-{}", rates.by[1].field, rates.by[0].field);
    let mut section = Section::new(id, &name, measured(&rates.basis, lang), table);
    section.place = Place::Looked;
    if across.len() <= SERIES || rates.by[1].scale {
        let steps = across.iter().filter(|group| group.key[1].is_value()).count().max(1);
        let tone = |(i, group): (usize, &&GroupOf)| match group.key[1].is_value() {
            // More steps than shades: neighbours may share one.
            true => Tone::Step(if steps > SERIES { i * SERIES / steps } else { i }),
            false => Tone::Unknown,
        };
        let series = across.iter().enumerate().map(|(i, group)| Series { column: i + 1, tone: tone((i, group)) });
        let title = told(
            lang,
            &format!("Part de chaque {second}, par {first}"),
            &format!("Share of each {second}, by {first}"),
        );
        let whole = across.len() + 1;
        let series = series.collect();
        section.draw(Form::Stacked { whole }, 0, series, title);
    }
    section
}

fn cross_rate(rates: &Rates, down: &[&GroupOf], across: &[&GroupOf], lang: Lang) -> Section {
    let (first, second) = (named(rates, 0, lang), named(rates, 1, lang));
    let caption = told(lang, &format!("Taux par {first} et {second}"), &format!("Rate by {first} and {second}"));
    let rate = |figures: Option<&Figures>| figures.map_or(Cell::Empty, rate_cell);
    let table = cross(rates, down, across, Kind::Rate, rate, caption, lang);
    let name = told(lang, &format!("Taux par {first} et {second}"), &format!("Rate by {first} and {second}"));
    let id = format!("rate-by-{}-and-{}", rates.by[0].field, rates.by[1].field);
    let section = Section::new(id, &name, measured(&rates.basis, lang), table);
    Section { place: Place::Looked, ..section }
}

/// The measure and the one beside it: the offer, and what is deployed of it.
fn beside(rates: &Rates, lang: Lang) -> Option<Section> {
    let beside = rates.beside.as_ref()?;
    let first = named(rates, 0, lang);
    let names = [&beside.measure, &rates.measure].map(|of| measure::heading(of, lang));
    let [other, own] = &names;
    let columns = vec![
        Column::new(&rates.by[0].field, first.as_str(), Kind::Keyed),
        Column::new("beside", other.as_str(), Kind::Rate),
        Column::new("rate", own.as_str(), Kind::Rate),
        Column::new("gap", told(lang, "écart", "gap"), Kind::Points),
    ];
    let line = |name: Cell, counts: &Counts, other: &Counts| {
        let gap = gap(counts, other).map_or(Cell::Empty, |(low, high)| Cell::Points { low, high });
        vec![name, Cell::rate(other), Cell::rate(counts), gap]
    };
    let mut rows: Vec<Vec<Cell>> =
        beside.groups.iter().map(|(of, counts, other)| line(member_cell(of, lang), counts, other)).collect();
    rows.push(line(member_cell(&Member::All, lang), &beside.total.0, &beside.total.1));
    let caption = told(lang, &format!("{other} et {own}, par {first}"), &format!("{other} and {own}, by {first}"));
    let table = Table { caption: super::capital(&caption), columns, rows, totals: 1 };
    let name = told(lang, "Côte à côte", "Side by side");
    let mut section = Section::new("beside", &name, measured(&rates.basis, lang), table);
    let said = |counts: &Counts| number::rate_sentence(&counts.rate(), lang);
    let (own_said, other_said) = (said(&beside.total.0), said(&beside.total.1));
    section.finding = gap(&beside.total.0, &beside.total.1).map(|(low, high)| {
        let gap = number::change(low, high, lang);
        let text = told(
            lang,
            &format!("{other} : {other_said} ; {own} : {own_said} ; écart : {gap}"),
            &format!("{other}: {other_said}; {own}: {own_said}; gap: {gap}"),
        );
        super::capital(&text)
    });
    let series = [(1, Tone::Step(4)), (2, Tone::Step(0))].map(|(column, tone)| Series { column, tone });
    section.draw(Form::Paired, 0, series.to_vec(), super::capital(&caption));
    Some(section)
}

fn market_shares(rates: &Rates, market: &Market, lang: Lang) -> Section {
    let first = named(rates, 0, lang);
    let columns = vec![
        Column::new("largest", told(lang, "les plus grands", "largest"), Kind::Count),
        Column::new("share", told(lang, "part de la population", "share of the population"), Kind::Share),
    ];
    let share = |share: &Option<Share>| share.map_or(Cell::Hidden, |share| Cell::share(share.part, share.whole));
    let rows: Vec<Vec<Cell>> = market.top.iter().map(|(n, of)| vec![Cell::Count(*n), share(of)]).collect();
    let caption = told(
        lang,
        &format!("Part cumulée des plus grands ({first})"),
        &format!("Cumulated share of the largest ({first})"),
    );
    let table = Table { caption: caption.clone(), columns, rows, totals: 0 };
    let name = told(lang, "Marché", "Market");
    let mut section = Section::new("market", &name, measured(&rates.basis, lang), table);
    section.finding = market.top.iter().rev().find_map(|(n, of)| {
        let Share { part, whole } = (*of)?;
        let share = number::percent(part, whole, lang);
        let (part, whole) = (number::integer(part, lang), number::integer(whole, lang));
        Some(match (lang, n) {
            (Lang::Fr, 1) => format!("Le premier tient {share} de la population ({part} / {whole})"),
            (Lang::Fr, n) => format!("Les {n} premiers tiennent {share} de la population ({part} / {whole})"),
            (Lang::En, 1) => format!("The largest holds {share} of the population ({part} / {whole})"),
            (Lang::En, n) => format!("The {n} largest hold {share} of the population ({part} / {whole})"),
        })
    });
    section.draw(Form::Shares, 0, vec![Series { column: 1, tone: Tone::Step(1) }], caption);
    section.notes = crate::output::rates::market_lines(rates, lang)
        .into_iter()
        .map(|(name, value)| {
            typographic(&format!("{}{} {value}", super::capital(&name), colon(lang)), lang).into_owned()
        })
        .collect();
    section
}

/// How many values of the second field the groups of the first have, and who has each.
fn portfolios(rates: &Rates, portfolio: &Portfolio, lang: Lang) -> [Section; 2] {
    let (first, second) = (named(rates, 0, lang), named(rates, 1, lang));
    let column = |id: &str, fr: &str, en: &str, kind| Column::new(id, told(lang, fr, en), kind);
    let ids = ["min", "d1", "q1", "median", "q3", "d9", "max"];
    let fr = ["minimum", "1er décile", "1er quartile", "médiane", "3e quartile", "9e décile", "maximum"];
    let en = ["minimum", "1st decile", "1st quartile", "median", "3rd quartile", "9th decile", "maximum"];
    let mut columns: Vec<Column> = (0..7).map(|i| column(ids[i], fr[i], en[i], Kind::Count)).collect();
    columns.push(column("single", "une seule valeur", "a single value", Kind::Share));
    columns.push(column("groups", "groupes", "groups", Kind::Count));
    let mut row: Vec<Cell> = portfolio.quantiles.iter().map(|n| Cell::Count(*n)).collect();
    row.push(Cell::share(portfolio.single.part, portfolio.single.whole));
    row.push(Cell::Count(portfolio.single.whole));
    let caption = told(
        lang,
        &format!("Combien de valeurs différentes chacun a ({first}) : {second}"),
        &format!("How many different values each one has ({first}): {second}"),
    );
    let table = Table { caption: caption.clone(), columns, rows: vec![row], totals: 0 };
    let measured = told(
        lang,
        "Chaque quantile est une valeur observée : la plus petite sous laquelle, elle comprise, se trouve au moins cette part des groupes",
        "Each quantile is a value observed: the smallest such that at least that share of the groups are not above it",
    );
    let quantiles = Section::new("portfolio", &told(lang, "Portefeuilles", "Portfolios"), measured, table);
    let columns = vec![
        Column::new(&rates.by[1].field, second.as_str(), Kind::Keyed),
        column(
            "groups",
            &format!("part de ceux qui l'ont ({first})"),
            &format!("share of those that have it ({first})"),
            Kind::Share,
        ),
        column("only", "part de ceux qui n'ont qu'elle", "share of those that have it alone", Kind::Share),
    ];
    let share = |share: Share| Cell::share(share.part, share.whole);
    let rows = portfolio
        .presence
        .iter()
        .map(|presence| vec![member_cell(&presence.member, lang), share(presence.groups), share(presence.only)]);
    let caption = told(
        lang,
        &format!("Présence de chaque valeur, parmi tous ({first}) : {second}"),
        &format!("Presence of each value, among all ({first}): {second}"),
    );
    let table = Table { caption: caption.clone(), columns, rows: rows.collect(), totals: 0 };
    let name = told(lang, "Présence", "Presence");
    let measured = told(
        lang,
        &format!("Combien ont la valeur, et combien n'ont qu'elle ({first})"),
        &format!("How many have the value, and how many have it alone ({first})"),
    );
    let mut presence = Section::new("presence", &name, measured, table);
    let series = [(1, Tone::Step(0)), (2, Tone::Step(4))];
    presence.draw(Form::Paired, 0, series.map(|(column, tone)| Series { column, tone }).to_vec(), caption);
    [quantiles, presence]
}
