//! The dossier of a gate: the releases, what closes it, what changes, what it does to a base.

use super::audit::group_cell;
use super::basis::told;
use super::{Cell, Column, Dossier, Form, Kind, Section, Series, Table, Tone, capital};
use crate::audit::{Bounds, GateReport, Impact, ImpactFigures, ReleaseReport};
use crate::diag::Lang;
use crate::output::gate::{TITLE_END, change_lines, changes_title, declared, explained, named, verdict};
use crate::output::{number, said, visible_line, words};
use crate::value::Verdict;
use std::cmp::Reverse;

/// Lays out a gate.
#[must_use]
pub fn dossier(report: &GateReport, lang: Lang) -> Dossier {
    let date = number::date(report.options.as_of, lang);
    let several = report.releases.len() > 1;
    let mut sections = Vec::new();
    for (place, release) in report.releases.iter().enumerate() {
        let prefix = if several { format!("{}-", place + 1) } else { String::new() };
        sections.push(rules(&prefix, release, several, lang));
        sections.extend(changes(&prefix, release, lang));
        if let Some(impact) = &release.impact {
            sections.extend(impacts(&prefix, release, impact, lang));
        }
    }
    let accepted = report.releases.iter().filter(|release| report.accepts(release)).count() as u64;
    let all = report.releases.len() as u64;
    let headline = match &report.releases[..] {
        [release] => {
            let name = visible_line(&named(release)).into_owned();
            let (fr, en) = if report.accepts(release) {
                ("peut sortir", "may ship")
            } else {
                ("ne peut pas sortir", "may not ship")
            };
            told(lang, &format!("{name} {fr}"), &format!("{name} {en}"))
        }
        _ => told(
            lang,
            &format!("Versions qui peuvent sortir : {accepted} sur {all}"),
            &format!("Releases that may ship: {accepted} of {all}"),
        ),
    };
    let mut facts = vec![
        (told(lang, "Date du jugement", "Date of the judgement"), Cell::Date(report.options.as_of)),
        ("vigie".to_owned(), Cell::text(env!("CARGO_PKG_VERSION"))),
        ("Socle".to_owned(), Cell::text(&format!("{}, {}", report.socle.version, report.socle.digest))),
    ];
    for pack in &report.packs {
        let (id, title, edition) = (&pack.id, pack.title.get(lang), &pack.edition);
        let line = format!("{id} {} ({title}), {}", edition.version, edition.digest);
        facts.push((told(lang, "Pack de règles", "Pack of rules"), Cell::text(&line)));
    }
    for release in &report.releases {
        let manifest = &release.manifest;
        let told_of = |manifest: &crate::manifest::Manifest| {
            Cell::text(&format!("{} ({}), {}", manifest.name, manifest.format, manifest.digest))
        };
        facts.push((told(lang, "Manifeste", "Manifest"), told_of(manifest)));
        let before = release.previous.as_ref().map(told_of);
        facts.extend(before.map(|before| (told(lang, "Manifeste d'avant", "Manifest before"), before)));
    }
    for pack in report.releases.iter().filter_map(|release| release.impact.as_ref()).take(1).flat_map(|of| &of.packs) {
        let (id, title, edition) = (&pack.id, pack.title.get(lang), &pack.edition);
        let line = format!("{id} {} ({title}), {}", edition.version, edition.digest);
        facts.push((told(lang, "Pack qui juge le parc", "Pack that judges the base"), Cell::text(&line)));
    }
    let mut inputs: Vec<_> =
        report.releases.iter().filter_map(|of| of.impact.as_ref()).flat_map(|of| &of.inputs).collect();
    inputs.dedup_by(|one, two| one.digest == two.digest && one.name == two.name);
    for input in inputs {
        let (one, many) = (told(lang, "ligne", "row"), told(lang, "lignes", "rows"));
        let line = format!("{}, {}, {}", input.name, number::counted(input.rows, lang, &one, &many), input.digest);
        facts.push((told(lang, "Parc", "Base"), Cell::text(&line)));
    }
    if let Some(waivers) = &report.waivers {
        let line = format!("{}, {}", waivers.name, waivers.digest);
        facts.push((told(lang, "Dérogations", "Waivers"), Cell::text(&line)));
    }
    let method = vec![told(
        lang,
        "Ce qu'un manifeste ne dit pas est indéterminé, et ferme la porte comme un échec, sauf demande contraire.",
        "What a manifest does not tell is unknown, and closes the gate like a failure, unless it is allowed.",
    )];
    Dossier {
        kind: "gate",
        lang,
        as_of: report.options.as_of,
        title: told(lang, &format!("Porte au {date}"), &format!("Gate as of {date}")),
        headline,
        closed: report.closed().map(|closed| by_title(&said(&closed.reason, lang), report, lang)),
        tiles: Vec::new(),
        sections,
        facts,
        method,
        published: false,
    }
}

/// A sentence with the titles of the rules in place of their ids.
fn by_title(text: &str, report: &GateReport, lang: Lang) -> String {
    let rules = report.releases.iter().flat_map(|release| &release.rules);
    let named = |text: String, rule: &crate::audit::ReleaseRule| {
        let title = said(&rule.title, lang);
        let title = if lang == Lang::Fr { format!("«\u{202f}{title}\u{202f}»") } else { format!("“{title}”") };
        text.replace(&format!("`{}`", rule.column), &title)
    };
    rules.fold(text.to_owned(), named)
}

fn keyed(key: &str, label: String) -> Cell {
    Cell::Keyed { key: Some(key.to_owned()), label }
}

fn rules(prefix: &str, release: &ReleaseReport, several: bool, lang: Lang) -> Section {
    let column = |id: &str, fr: &str, en: &str, kind| Column::new(id, told(lang, fr, en), kind);
    let columns = vec![
        column("rule", "règle", "rule", Kind::Keyed),
        column("verdict", "verdict", "verdict", Kind::Keyed),
        column("closes", "ferme la porte", "closes the gate", Kind::Keyed),
        column("level", "niveau", "level", Kind::Keyed),
        column("declared", "déclaré, attendu", "declared, needed", Kind::Text),
        column("remedy", "remède", "remedy", Kind::Text),
    ];
    let mut ordered: Vec<_> = release.rules.iter().collect();
    ordered.sort_by_key(|rule| (Reverse(rule.closes), Reverse(rule.verdict), Reverse(rule.level)));
    let rows = ordered.into_iter().map(|rule| {
        let word = match rule.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Unknown => "unknown",
            Verdict::NotApplicable => "not_applicable",
        };
        let closes = if rule.closes { ("yes", told(lang, "oui", "yes")) } else { ("no", told(lang, "non", "no")) };
        let lines: Vec<String> = rule.lines.iter().map(|line| declared(line, lang)).collect();
        let remedies: Vec<String> = explained(rule).into_iter().map(|(_, remedy)| said(remedy, lang)).collect();
        let joined = |texts: Vec<String>| if texts.is_empty() { Cell::Empty } else { Cell::text(&texts.join(" ; ")) };
        vec![
            keyed(&rule.column, said(&rule.title, lang)),
            keyed(word, verdict(rule, lang)),
            keyed(closes.0, closes.1),
            keyed(rule.level.word(), words::level(rule.level, lang).to_owned()),
            joined(lines),
            joined(remedies),
        ]
    });
    let name = visible_line(&named(release)).into_owned();
    let caption = told(lang, &format!("Règles jugées sur {name}"), &format!("Rules judged on {name}"));
    let table = Table { caption, columns, rows: rows.collect(), totals: 0 };
    let heading = if several { name.clone() } else { told(lang, "Règles", "Rules") };
    let mut section = Section::new(format!("{prefix}rules"), &heading, visible_line(&release.manifest.name), table);
    let closing = release.closing().count() as u64;
    let (n, all) = (number::integer(closing, lang), number::integer(release.rules.len() as u64, lang));
    section.finding = Some(match (closing, lang) {
        (0, Lang::Fr) => format!("Aucune des {all} règles ne ferme la porte"),
        (0, Lang::En) => format!("None of the {all} rules closes the gate"),
        (1, Lang::Fr) => format!("1 règle sur {all} ferme la porte"),
        (1, Lang::En) => format!("1 of {all} rules closes the gate"),
        (_, Lang::Fr) => format!("{n} règles sur {all} ferment la porte"),
        (_, Lang::En) => format!("{n} of {all} rules close the gate"),
    });
    section
}

fn changes(prefix: &str, release: &ReleaseReport, lang: Lang) -> Option<Section> {
    if release.changes.is_empty() {
        return None;
    }
    let columns = vec![
        Column::new("change", told(lang, "changement", "change"), Kind::Text),
        Column::new("worse", told(lang, "en moins", "taken away"), Kind::Keyed),
    ];
    let rows = change_lines(release, lang).into_iter().map(|(line, taken)| {
        let worse = if taken { ("yes", told(lang, "oui", "yes")) } else { ("no", told(lang, "non", "no")) };
        vec![Cell::text(&line), keyed(worse.0, worse.1)]
    });
    let caption = changes_title(release, lang).trim_end_matches(TITLE_END).to_owned();
    let table = Table { caption: caption.clone(), columns, rows: rows.collect(), totals: 0 };
    let name = told(lang, "Changements", "Changes");
    Some(Section::new(format!("{prefix}changes"), &name, caption, table))
}

/// What installing it does to a base, as a whole and by group; what keeps from installing it.
fn impacts(prefix: &str, release: &ReleaseReport, impact: &Impact, lang: Lang) -> Vec<Section> {
    let measured = {
        let (product, name) = (release.product.as_deref().unwrap_or("–"), visible_line(&release.manifest.name));
        told(
            lang,
            &format!("Postes du produit {product}, si la version de {name} est installée partout où elle peut l'être"),
            &format!("Workstations of product {product}, if the release of {name} is installed wherever it can be"),
        )
    };
    let column = |id: &str, fr: &str, en: &str, kind| Column::new(id, told(lang, fr, en), kind);
    let figures = || {
        vec![
            column("population", "postes", "workstations", Kind::Count),
            column("before", "à jour avant", "up to date before", Kind::Rate),
            column("after", "à jour après", "up to date after", Kind::Rate),
            column("gained", "deviennent à jour", "become up to date", Kind::Rate),
            column("blocked", "ne peuvent pas l'installer", "cannot install it", Kind::Rate),
        ]
    };
    let cells = |of: &ImpactFigures| {
        let share = |bounds: &Bounds| match of.population {
            0 => Cell::Empty,
            of => Cell::Rate { low: bounds.low, high: bounds.high, of },
        };
        let (before, after) = (Cell::status_rate(&of.before), Cell::status_rate(&of.after));
        vec![Cell::Count(of.population), before, after, share(&of.gained), share(&of.blocked)]
    };
    let series = || [(2, Tone::Step(3)), (3, Tone::Step(0))].map(|(column, tone)| Series { column, tone }).to_vec();
    let mut sections = Vec::new();
    let all = || Cell::Keyed { key: Some("*".to_owned()), label: told(lang, "ensemble", "all") };
    let mut whole = vec![column("base", "parc", "base", Kind::Keyed)];
    whole.extend(figures());
    let mut row = vec![keyed("base", told(lang, "parc du produit", "base of the product"))];
    row.extend(cells(&impact.figures));
    let caption = told(lang, "Effet sur le parc", "Effect on the base");
    let table = Table { caption: caption.clone(), columns: whole, rows: vec![row], totals: 0 };
    let mut section = Section::new(format!("{prefix}impact"), &caption, measured.as_str(), table);
    section.draw(Form::Paired, 0, series(), caption);
    sections.push(section);
    for by in &impact.by {
        let label = visible_line(by.label.get(lang)).into_owned();
        let mut columns = vec![Column::new(&by.field, label.as_str(), Kind::Keyed)];
        columns.extend(figures());
        let line = |name: Cell, of: &ImpactFigures| std::iter::once(name).chain(cells(of)).collect::<Vec<_>>();
        let mut rows: Vec<Vec<Cell>> =
            by.groups.iter().map(|(value, figures)| line(group_cell(value, lang), figures)).collect();
        rows.push(line(all(), &impact.figures));
        let caption = told(lang, &format!("Effet par {label}"), &format!("Effect by {label}"));
        let table = Table { caption: caption.clone(), columns, rows, totals: 1 };
        let mut section = Section::new(format!("{prefix}impact-by-{}", by.field), &caption, measured.as_str(), table);
        section.draw(Form::Paired, 0, series(), caption);
        sections.push(section);
    }
    if !impact.obstacles.is_empty() {
        let columns = vec![
            column("rule", "ce qui manque", "what is missing", Kind::Keyed),
            column("declared", "ce qu'ils ont", "what they have", Kind::Text),
            column("needed", "ce qu'il faut", "what is needed", Kind::Text),
            column("count", "postes", "workstations", Kind::Count),
            column("alone", "sans autre obstacle", "without other obstacle", Kind::Count),
            column("remedy", "remède", "remedy", Kind::Text),
        ];
        let rows = impact.obstacles.iter().map(|obstacle| {
            vec![
                keyed(&format!("{}/{}", obstacle.pack, obstacle.rule), said(&obstacle.title, lang)),
                obstacle.declared.as_ref().map_or(Cell::Empty, |seen| Cell::text(seen.get(lang))),
                Cell::text(obstacle.needed.get(lang)),
                Cell::Count(obstacle.count),
                Cell::Count(obstacle.alone),
                Cell::Text(said(&obstacle.remedy, lang)),
            ]
        });
        let caption = told(lang, "Ce qui empêche de l'installer", "What keeps from installing it");
        let table = Table { caption: caption.clone(), columns, rows: rows.collect(), totals: 0 };
        sections.push(Section::new(
            format!("{prefix}obstacles"),
            &capital(&told(lang, "obstacles", "obstacles")),
            caption,
            table,
        ));
    }
    sections
}
