//! What installing a release does to a base, for people.

use super::basis::lang_pick;
use super::markdown::escape;
use super::table::{Heading, Table};
use super::{Look, number, page, said, visible_line, words};
use crate::audit::{Bounds, GroupValue, Impact, ImpactBy, ImpactFigures, Obstacle};
use crate::diag::{Lang, Text};
use crate::text;
use crate::value::Verdict;
use std::io::{self, Write};

/// Groups of a field that are shown to people; machines get all.
const SHOWN: usize = 12;

/// Groups of an obstacle that are shown, for each field.
const AMONG: usize = 4;

/// Obstacles that are shown.
const OBSTACLES: usize = 10;

/// Writes it for a terminal.
pub(super) fn text(out: &mut dyn Write, impact: &Impact, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let title = said(&text!("Effet sur le parc installé", "Effect on the installed base"), lang);
    writeln!(out, "\n{}", look.bold(&title))?;
    for line in sentences(impact, lang) {
        page::hang(out, look, "  ", &line)?;
    }
    for by in &impact.by {
        let mut table = Table::new(
            headings(by, lang)
                .into_iter()
                .enumerate()
                .map(|(i, h)| if i == 0 { Heading::text(h) } else { Heading::number(h) })
                .collect(),
        );
        by.groups.iter().take(SHOWN).for_each(|(value, figures)| {
            table.push(row(words::group_label(value, lang), figures, lang));
        });
        writeln!(out)?;
        write!(out, "{}", table.draw(look))?;
        if let Some(rest) = rest(by, lang) {
            page::hang(out, look, "  ", &rest)?;
        }
    }
    if impact.obstacles.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", look.bold(&obstacles_title(lang)))?;
    for obstacle in impact.obstacles.iter().take(OBSTACLES) {
        page::hang(out, look, "  - ", &obstacle_line(obstacle, lang))?;
        for among in among(obstacle, lang) {
            page::hang(out, look, "    ", &among)?;
        }
        page::hang(out, look, "    ", &first(obstacle, lang))?;
    }
    if let Some(more) = more(impact, lang) {
        page::hang(out, look, "  ", &more)?;
    }
    Ok(())
}

/// Writes it as Markdown.
pub(super) fn markdown(out: &mut dyn Write, impact: &Impact, lang: Lang) -> io::Result<()> {
    writeln!(out, "\n## {}\n", said(&text!("Effet sur le parc installé", "Effect on the installed base"), lang))?;
    for line in sentences(impact, lang) {
        writeln!(out, "- {}", escape(&line))?;
    }
    for by in &impact.by {
        let headings = headings(by, lang).map(|heading| escape(&heading));
        writeln!(out, "\n| {} |\n| :-- | --: | --: | --: | --: | --: |", headings.join(" | "))?;
        for (value, figures) in by.groups.iter().take(SHOWN) {
            let cells = row(words::group_label(value, lang), figures, lang);
            writeln!(out, "| {} |", cells.iter().map(|cell| escape(cell)).collect::<Vec<_>>().join(" | "))?;
        }
        if let Some(rest) = rest(by, lang) {
            writeln!(out, "\n{}", escape(&rest))?;
        }
    }
    if !impact.obstacles.is_empty() {
        writeln!(out, "\n### {}\n", obstacles_title(lang).trim_end_matches([':', '\u{a0}']))?;
    }
    for obstacle in impact.obstacles.iter().take(OBSTACLES) {
        let remedy = first(obstacle, lang);
        let (line, among) = (obstacle_line(obstacle, lang), among(obstacle, lang));
        let lines = std::iter::once(line).chain(among).chain([remedy]);
        writeln!(out, "- {}", lines.map(|line| escape(&line)).collect::<Vec<_>>().join("<br>"))?;
    }
    if let Some(more) = more(impact, lang) {
        writeln!(out, "- {}", escape(&more))?;
    }
    Ok(())
}

/// `n`, or `low to high` when it is not known for sure; of how many.
fn bounds(bounds: Bounds, lang: Lang) -> String {
    let int = |n| number::integer(n, lang);
    match bounds.low == bounds.high {
        true => int(bounds.low),
        false => number::interval(int(bounds.low), int(bounds.high), lang),
    }
}

fn sentences(impact: &Impact, lang: Lang) -> Vec<String> {
    let int = |n| number::integer(n, lang);
    let figures = &impact.figures;
    let (n, already) = (int(figures.population), int(figures.already));
    let (gained, blocked) = (bounds(figures.gained, lang), bounds(figures.blocked, lang));
    let files: Vec<String> = impact.inputs.iter().map(|input| visible_line(&input.name).into_owned()).collect();
    let files = files.join(", ");
    let packs: Vec<String> = impact.packs.iter().map(|pack| format!("{} {}", pack.id, pack.edition.version)).collect();
    let packs = packs.join(", ");
    let (before, after) = (int(figures.before.up_to_date), int(figures.after.up_to_date));
    let mut lines = vec![
        text!(
            "postes de ce produit : {n} ({files} ; packs {packs})",
            "workstations of this product: {n} ({files}; packs {packs})"
        ),
        text!(
            "deviennent à jour en l'installant : {gained} sur {n}",
            "become up to date by installing it: {gained} of {n}"
        ),
        text!("ne peuvent pas l'installer : {blocked} sur {n}", "cannot install it: {blocked} of {n}"),
        text!("à jour : {before} avant, {after} après, sur {n}", "up to date: {before} before, {after} after, of {n}"),
    ];
    if figures.already > 0 {
        lines.push(text!("l'ont déjà, ou une plus récente : {already}", "have it already, or a later one: {already}"));
    }
    if impact.others > 0 {
        let others = int(impact.others);
        lines.push(text!("d'autres produits, laissés de côté : {others}", "of other products, set aside: {others}"));
    }
    if impact.unnamed > 0 {
        let unnamed = int(impact.unnamed);
        lines.push(text!("produit non dit, laissés de côté : {unnamed}", "product not told, set aside: {unnamed}"));
    }
    lines.iter().map(|line| said(line, lang)).collect()
}

fn headings(by: &ImpactBy, lang: Lang) -> [String; 6] {
    let [a, b, c, d, e] = match lang {
        Lang::Fr => ["postes", "à jour\navant", "à jour\naprès", "gagnés", "empêchés"],
        Lang::En => ["workstations", "up to date\nbefore", "up to date\nafter", "gained", "blocked"],
    };
    [visible_line(by.label.get(lang)).into_owned(), a.into(), b.into(), c.into(), d.into(), e.into()]
}

fn row(name: String, figures: &ImpactFigures, lang: Lang) -> Vec<String> {
    let int = |n| number::integer(n, lang);
    vec![
        name,
        int(figures.population),
        int(figures.before.up_to_date),
        int(figures.after.up_to_date),
        bounds(figures.gained, lang),
        bounds(figures.blocked, lang),
    ]
}

/// The groups that are not shown.
fn rest(by: &ImpactBy, lang: Lang) -> Option<String> {
    let hidden = by.groups.get(SHOWN..).filter(|hidden| !hidden.is_empty())?;
    let (groups, rows) = (hidden.len(), hidden.iter().map(|(_, figures)| figures.population).sum::<u64>());
    let rows = number::integer(rows, lang);
    Some(said(
        &text!(
            "et {groups} autres groupes, {rows} postes (tous dans `--output json=…`)",
            "and {groups} other groups, {rows} workstations (all in `--output json=…`)"
        ),
        lang,
    ))
}

fn obstacles_title(lang: Lang) -> String {
    let title = text!(
        "Ce qui empêche de l'installer, et ce qu'il faut changer d'abord (un poste peut être compté dans plusieurs lignes) :",
        "What keeps from installing it, and what to change first (a workstation may be counted in several lines):"
    );
    said(&title, lang)
}

fn obstacle_line(obstacle: &Obstacle, lang: Lang) -> String {
    let n = number::counted(
        obstacle.count,
        lang,
        lang_pick(lang, "poste", "workstation"),
        lang_pick(lang, "postes", "workstations"),
    );
    let (title, needed) = (obstacle.title.get(lang), obstacle.needed.get(lang));
    let unknown = Text::new("inconnu", "unknown");
    let declared = obstacle.declared.as_ref().unwrap_or(&unknown).get(lang);
    let needed = if needed.is_empty() { lang_pick(lang, "non déclaré", "not declared") } else { needed };
    let line = match obstacle.verdict {
        Verdict::Fail => text!(
            "{n} : {title} ; {declared}, la version demande {needed}",
            "{n}: {title}; {declared}, the release asks for {needed}"
        ),
        _ => text!(
            "{n} : on ne sait pas ({title}) ; {declared}, la version demande {needed}",
            "{n}: not known ({title}); {declared}, the release asks for {needed}"
        ),
    };
    said(&line, lang)
}

/// What to do first: change it, or know it.
fn first(obstacle: &Obstacle, lang: Lang) -> String {
    let first = match obstacle.verdict {
        Verdict::Fail => {
            let remedy = obstacle.remedy.get(lang);
            text!("d'abord : {remedy}", "first: {remedy}")
        }
        _ if obstacle.needed.get(lang).is_empty() => {
            text!("d'abord : le déclarer dans le manifeste", "first: declare it in the manifest")
        }
        _ => {
            let fields: Vec<String> = obstacle.fields.iter().map(|(id, _)| format!("`{id}`")).collect();
            let fields = fields.join(", ");
            text!("d'abord : le relever dans l'inventaire ({fields})", "first: collect it in the inventory ({fields})")
        }
    };
    said(&first, lang)
}

/// The groups that an obstacle keeps from it, the largest ones of each field; then how many have no other obstacle.
fn among(obstacle: &Obstacle, lang: Lang) -> Vec<String> {
    let group = |(value, count): &(GroupValue, u64)| {
        format!("{} {}", words::group_label(value, lang), number::integer(*count, lang))
    };
    let mut lines: Vec<String> = obstacle
        .by
        .iter()
        .map(|of| {
            let rest = (of.groups.len() > AMONG).then(|| "…".to_owned());
            let parts: Vec<String> = of.groups.iter().take(AMONG).map(group).chain(rest).collect();
            let (label, list) = (of.label.get(lang), parts.join(", "));
            visible_line(&said(&text!("{label} : {list}", "{label}: {list}"), lang)).into_owned()
        })
        .collect();
    if obstacle.alone < obstacle.count {
        let (alone, n) = (number::integer(obstacle.alone, lang), number::integer(obstacle.count, lang));
        lines.push(said(
            &text!("n'ont pas d'autre obstacle : {alone} sur {n}", "have no other obstacle: {alone} of {n}"),
            lang,
        ));
    }
    lines
}

fn more(impact: &Impact, lang: Lang) -> Option<String> {
    let n = impact.obstacles.len().checked_sub(OBSTACLES).filter(|n| *n > 0)?;
    Some(said(&text!("et {n} autres (tous dans `--output json=…`)", "and {n} others (all in `--output json=…`)"), lang))
}
