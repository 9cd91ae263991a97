//! What templates are given: texts ready to be written, in the language of the dossier.

use crate::diag::Lang;
use crate::output::basis::lang_pick;
use crate::output::dossier::{Cell, Dossier, Form, Kind, Place, Section, Table};
use crate::output::{number, svg, typographic};
use serde::Serialize;

/// Rows of a table beyond which a page shows the first ones and the sums only.
const ROWS: usize = 2000;
/// The same of its cells: a page is opened by people.
const CELLS: usize = 16_000;
/// Rows beyond which a table is closed until it is asked for.
const CLOSED: usize = 200;
/// How many of them are then shown.
const FIRST: usize = 100;
/// Rows of a table that is open beside its chart.
const OPEN: usize = 12;
/// Columns from which a table is printed across.
const WIDE: usize = 10;

/// The page.
#[derive(Serialize)]
pub(super) struct View {
    lang: &'static str,
    kind: &'static str,
    as_of: String,
    title: String,
    headline: String,
    closed: Option<String>,
    published: bool,
    words: Words,
    tiles: Vec<Tile>,
    sections: Vec<SectionView>,
    facts: Vec<Fact>,
    method: Vec<String>,
}

#[derive(Serialize)]
struct Tile {
    name: String,
    class: String,
    percent: String,
    counts: String,
}

#[derive(Serialize)]
struct Fact {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct SectionView {
    id: String,
    name: String,
    finding: Option<String>,
    measured: String,
    figures: Vec<Figure>,
    table: TableView,
    /// The table is under a heading that opens it.
    folded: bool,
    open: bool,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Figure {
    id: String,
    title: String,
    svg: String,
    legend: Vec<Key>,
    cut: Option<String>,
}

#[derive(Serialize)]
struct Key {
    class: String,
    /// Drawn as a line, with its dashes.
    line: bool,
    name: String,
}

#[derive(Serialize)]
struct TableView {
    caption: String,
    columns: Vec<Heading>,
    rows: Vec<Vec<CellView>>,
    totals: Vec<Vec<CellView>>,
    wide: bool,
    cut: Option<String>,
}

#[derive(Serialize)]
struct Heading {
    title: String,
    number: bool,
}

#[derive(Serialize)]
struct CellView {
    text: String,
    /// The counts behind a rate.
    counts: Option<String>,
    /// What it is sorted by, when it is not its text.
    value: Option<String>,
    number: bool,
}

/// Our own words of a page.
#[derive(Serialize)]
struct Words {
    skip: String,
    contents: String,
    essentials: String,
    sources: String,
    method: String,
    closed: String,
    data: String,
    made: String,
    sort: String,
    ascending: String,
    descending: String,
    filter: String,
    shown: String,
}

impl Words {
    fn of(lang: Lang) -> Words {
        let pick = |fr: &str, en: &str| typographic(lang_pick(lang, fr, en), lang).into_owned();
        let version = env!("CARGO_PKG_VERSION");
        Words {
            skip: pick("Aller au contenu", "Skip to content"),
            contents: pick("Sommaire", "Contents"),
            essentials: pick("L'essentiel", "At a glance"),
            sources: pick("Sources et méthode", "Sources and method"),
            method: pick("Comment lire les chiffres", "How to read the figures"),
            closed: pick("Refusé :", "Refused:"),
            data: pick("Données :", "Data:"),
            made: pick(&format!("Établi par vigie {version}"), &format!("Made by vigie {version}")),
            sort: pick("Trier selon cette colonne", "Sort by this column"),
            ascending: pick("{0} lignes, triées par {1} croissant", "{0} rows, sorted by {1}, ascending"),
            descending: pick("{0} lignes, triées par {1} décroissant", "{0} rows, sorted by {1}, descending"),
            filter: pick("Filtrer le tableau", "Filter the table"),
            shown: pick("{0} lignes affichées sur {1}", "{0} rows shown of {1}"),
        }
    }
}

impl View {
    pub(super) fn of(dossier: &Dossier) -> View {
        let lang = dossier.lang;
        let tile = |tile: &crate::output::dossier::Tile| Tile {
            name: tile.name.clone(),
            class: svg::class(tile.tone),
            percent: number::percent(tile.share.part, tile.share.whole, lang),
            counts: format!("{} / {}", number::integer(tile.share.part, lang), number::integer(tile.share.whole, lang)),
        };
        let looked = dossier.sections.iter().filter(|section| section.place != Place::Computed);
        View {
            lang: lang_pick(lang, "fr", "en"),
            kind: dossier.kind,
            as_of: dossier.as_of.to_string(),
            title: dossier.title.clone(),
            headline: held(&dossier.headline),
            closed: dossier.closed.clone(),
            published: dossier.published,
            words: Words::of(lang),
            tiles: dossier.tiles.iter().map(tile).collect(),
            sections: looked.map(|section| section_view(section, lang)).collect(),
            facts: dossier
                .facts
                .iter()
                .map(|(name, value)| Fact { name: name.clone(), value: value.said(lang) })
                .collect(),
            method: dossier.method.clone(),
        }
    }
}

fn section_view(section: &Section, lang: Lang) -> SectionView {
    let figures = section.charts.iter().enumerate().map(|(number, chart)| {
        let id = format!("{}-{}", section.id, number + 1);
        let drawing = svg::draw(&section.table, chart, &id, lang);
        let cut = drawing.cut.map(|(shown, all)| match lang {
            Lang::Fr => format!("Les {shown} premiers, sur {}", number::integer(all as u64, lang)),
            Lang::En => format!("The first {shown}, of {}", number::integer(all as u64, lang)),
        });
        Figure {
            id,
            title: chart.title.clone(),
            svg: drawing.svg,
            legend: drawing
                .legend
                .into_iter()
                .map(|(class, name)| Key { class, line: chart.form == Form::Lines, name })
                .collect(),
            cut,
        }
    });
    SectionView {
        id: section.id.clone(),
        name: section.name.clone(),
        finding: section.finding.as_deref().map(held),
        measured: section.measured.clone(),
        folded: !section.charts.is_empty() || section.table.rows.len() > CLOSED,
        figures: figures.collect(),
        open: section.table.rows.len() <= OPEN,
        table: table_view(&section.table, lang),
        notes: section.notes.iter().map(|note| held(note)).collect(),
    }
}

fn table_view(table: &Table, lang: Lang) -> TableView {
    let is_number = |kind: Kind| !matches!(kind, Kind::Text | Kind::Keyed | Kind::Date);
    let row = |cells: &Vec<Cell>| {
        let named = table.columns.iter().zip(cells);
        let cell = |(column, cell): (&crate::output::dossier::Column, &Cell)| CellView {
            text: cell.as_rate().map_or_else(|| cell.said(lang), |rate| number::rate(&rate, lang)),
            counts: cell.as_rate().map(|rate| format!("({})", held(&number::rate_counts(&rate, lang)))),
            value: sorted_by(cell),
            number: is_number(column.kind),
        };
        named.map(cell).collect()
    };
    let body = table.body();
    let many = body.len() > ROWS || body.len() * table.columns.len() > CELLS;
    let shown = if many { FIRST.min(body.len()) } else { body.len() };
    let cut = (shown < body.len()).then(|| {
        let (first, all) = (number::integer(shown as u64, lang), number::integer(body.len() as u64, lang));
        match lang {
            Lang::Fr => format!("Les {first} premières lignes sur {all}, et leur total : le reste est dans les sorties csv, xlsx et datapackage."),
            Lang::En => format!("The first {first} rows of {all}, and their total: the rest is in the csv, xlsx and datapackage outputs."),
        }
    });
    let title = |column: &crate::output::dossier::Column| Heading {
        title: column.title.clone(),
        number: is_number(column.kind),
    };
    TableView {
        caption: table.caption.clone(),
        columns: table.columns.iter().map(title).collect(),
        rows: body[..shown].iter().map(row).collect(),
        totals: table.rows[body.len()..].iter().map(row).collect(),
        wide: table.columns.len() >= WIDE,
        cut: cut.map(|cut| typographic(&cut, lang).into_owned()),
    }
}

/// The counts of a rate stay on one line.
fn held(text: &str) -> String {
    text.replace(" / ", "\u{a0}/\u{a0}")
}

/// What a cell is sorted by, when it is not its text.
fn sorted_by(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Count(n) => Some(n.to_string()),
        Cell::Change(n) => Some(n.to_string()),
        Cell::Changes { low, .. } => Some(low.to_string()),
        Cell::Points { low, .. } => Some(format!("{low:.6}")),
        Cell::Rate { .. } | Cell::Goal(_) => cell.bounds().map(|(low, _)| format!("{low:.6}")),
        Cell::Date(date) => Some(date.to_string()),
        // Before all others.
        Cell::Empty | Cell::Hidden => Some("-1000000000000".to_owned()),
        Cell::Text(_) | Cell::Keyed { .. } => None,
    }
}
