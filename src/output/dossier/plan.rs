//! The dossier of an action plan.

use super::audit::group_cell;
use super::basis::{self, measured, told};
use super::{Cell, Column, Dossier, Form, Kind, Place, Section, Series, Table, Tile, Tone};
use crate::audit::{Plan, PlanBreakdown, PlanCounts, Share, StatusCounts};
use crate::diag::{Lang, Text};
use crate::output::basis::colon;
use crate::output::plan::{ask_words, headline, seen, why};
use crate::output::{number, said, unit_noun, visible_line, words};

/// Lays out a plan.
#[must_use]
pub fn dossier(plan: &Plan, lang: Lang) -> Dossier {
    let date = number::date(plan.basis.as_of, lang);
    let mut sections = vec![needs(plan, lang)];
    if !plan.campaigns.is_empty() {
        sections.push(campaigns(plan, lang));
        sections.extend(moves(plan, lang));
        sections.push(reasons(plan, lang));
    }
    sections.extend(asks(plan, lang));
    sections.extend(stuck(plan, lang));
    for breakdown in &plan.by {
        sections.push(groups(plan, breakdown, lang));
        sections.push(groups_by_campaign(plan, breakdown, lang));
    }
    sections.extend(basis::data(&plan.basis, lang));
    let mut method = basis::method(&plan.basis, lang);
    method.push(told(
        lang,
        "Le plan est le plus petit ensemble de changements connus qui met chaque installation à jour, règles bloquantes seules ; les dérogations n'y sont pas lues.",
        "The plan is the smallest set of known changes that brings each installation up to date, blocking rules alone; waivers are not read.",
    ));
    method.push(told(
        lang,
        "« Rien d'autre à faire » : cette campagne suffit. « À jour ensuite » : une fois faites cette campagne et celles d'avant.",
        "“Nothing else to do”: this campaign is enough. “Up to date then”: once this campaign and those before it are done.",
    ));
    Dossier {
        kind: "plan",
        lang,
        as_of: plan.basis.as_of,
        title: told(lang, &format!("Plan d'action au {date}"), &format!("Action plan as of {date}")),
        headline: headline(plan, lang).join(" "),
        closed: None,
        tiles: tiles(plan, lang),
        sections,
        facts: basis::facts(&plan.basis, lang),
        method,
        published: plan.basis.published,
    }
}

fn tiles(plan: &Plan, lang: Lang) -> Vec<Tile> {
    let (status, counts) = (&plan.status, &plan.counts);
    let tile = |fr: &str, en: &str, n: u64, tone| {
        Some(Tile { name: super::capital(&told(lang, fr, en)), share: Share::of(n, status.total())?, tone })
    };
    let then = status.up_to_date + counts.by_changes;
    let waiting = counts.by_finding_out + counts.both;
    [
        tile("à jour aujourd'hui", "up to date today", status.up_to_date, Tone::Pass),
        tile("à jour une fois les changements faits", "up to date once the changes are made", then, Tone::Pass),
        tile("réponses à trouver", "something to find out", waiting, Tone::Unknown),
        tile("sans remède connu", "without a known remedy", counts.stuck, Tone::Fail),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn column(lang: Lang, id: &str, fr: &str, en: &str, kind: Kind) -> Column {
    Column::new(id, told(lang, fr, en), kind)
}

/// What is needed, of those that are not up to date: names, stable and told.
fn need_words(lang: Lang) -> [(&'static str, String); 4] {
    [
        ("changes", told(lang, "changements seuls", "changes alone")),
        ("finding_out", told(lang, "réponses à trouver", "something to find out")),
        ("both", told(lang, "les deux", "both")),
        ("no_remedy", told(lang, "sans remède connu", "no known remedy")),
    ]
}

fn need_counts(counts: &PlanCounts) -> [u64; 4] {
    let PlanCounts { by_changes, by_finding_out, both, stuck } = *counts;
    [by_changes, by_finding_out, both, stuck]
}

/// What those that are not up to date need.
fn needs(plan: &Plan, lang: Lang) -> Section {
    let unit = unit_noun(plan.basis.unit, lang).1;
    let columns = vec![
        column(lang, "need", "ce qu'il faut", "what is needed", Kind::Keyed),
        column(lang, "units", &format!("{unit} pas à jour"), &format!("{unit} not up to date"), Kind::Share),
    ];
    let all = plan.counts.total();
    let line = |key: &str, label: String, n: u64| {
        vec![Cell::Keyed { key: Some(key.to_owned()), label: super::capital(&label) }, Cell::share(n, all)]
    };
    let mut rows: Vec<Vec<Cell>> = need_words(lang)
        .into_iter()
        .zip(need_counts(&plan.counts))
        .map(|((key, label), n)| line(key, label, n))
        .collect();
    rows.push(line("*", told(lang, "ensemble", "all"), all));
    let caption = told(lang, "Ce qu'il faut aux installations pas à jour", "What installations not up to date need");
    let table = Table { caption: caption.clone(), columns, rows, totals: 1 };
    let name = told(lang, "Ce qu'il faut", "What is needed");
    let mut section = Section::new("needs", &name, measured(&plan.basis, lang), table);
    section.draw(Form::Shares, 0, vec![Series { column: 1, tone: Tone::Step(1) }], caption);
    if !plan.sizes.is_empty() {
        let sizes = plan.sizes.iter().zip(1..).filter(|(units, _)| **units > 0);
        let told_sizes: Vec<String> = sizes
            .map(|(units, size)| {
                let (size, units) = (number::integer(size, lang), number::integer(*units, lang));
                told(lang, &format!("{size} pour {units}"), &format!("{size} for {units}"))
            })
            .collect();
        let list = told_sizes.join(", ");
        section.notes.push(told(
            lang,
            &format!("Campagnes nécessaires, quand les changements suffisent : {list}."),
            &format!("Campaigns needed, when changes are enough: {list}."),
        ));
    }
    section
}

/// The campaigns, in the order that brings most up to date first.
fn campaigns(plan: &Plan, lang: Lang) -> Section {
    let unit = unit_noun(plan.basis.unit, lang).1;
    let columns = vec![
        column(lang, "campaign", "campagne", "campaign", Kind::Keyed),
        column(lang, "rank", "rang", "rank", Kind::Count),
        Column::new("units", unit, Kind::Count),
        column(lang, "alone", "rien d'autre à faire", "nothing else to do", Kind::Count),
        column(lang, "then", "à jour ensuite", "up to date then", Kind::Share),
    ];
    let total = plan.status.total();
    let rows = (1..).zip(&plan.campaigns).map(|(rank, campaign)| {
        vec![
            campaign_cell(&campaign.code, &campaign.label, lang),
            Cell::Count(rank),
            Cell::Count(campaign.units),
            Cell::Count(campaign.alone),
            Cell::share(plan.status.up_to_date + campaign.cumulative, total),
        ]
    });
    let caption = told(
        lang,
        "Campagnes, dans l'ordre qui met le plus vite à jour",
        "Campaigns, in the order that brings most up to date first",
    );
    let table = Table { caption, columns, rows: rows.collect(), totals: 0 };
    let name = told(lang, "Campagnes", "Campaigns");
    let mut section = Section::new("campaigns", &name, measured(&plan.basis, lang), table);
    section.finding = plan.campaigns.first().map(|first| {
        let (label, units) = (said(&first.label, lang), number::integer(first.units, lang));
        let alone = number::integer(first.alone, lang);
        match lang {
            Lang::Fr => {
                format!("D'abord{} {label}, {units} {unit}, dont {alone} n'ont besoin de rien d'autre", colon(lang))
            }
            Lang::En => format!("First: {label}, {units} {unit}, {alone} of them need nothing else"),
        }
    });
    section.draw(
        Form::Shares,
        0,
        vec![Series { column: 4, tone: Tone::Pass }],
        told(lang, "À jour, campagne après campagne", "Up to date, campaign after campaign"),
    );
    section
}

fn campaign_cell(code: &str, label: &Text, lang: Lang) -> Cell {
    Cell::Keyed { key: Some(code.to_owned()), label: said(label, lang) }
}

/// From what to what, campaign by campaign.
fn moves(plan: &Plan, lang: Lang) -> Option<Section> {
    let columns = vec![
        column(lang, "campaign", "campagne", "campaign", Kind::Keyed),
        column(lang, "from", "de", "from", Kind::Text),
        column(lang, "to", "à", "to", Kind::Text),
        Column::new("units", unit_noun(plan.basis.unit, lang).1, Kind::Count),
        column(lang, "alone", "rien d'autre à faire", "nothing else to do", Kind::Count),
    ];
    let text = |text: &Text| match text.get(lang) {
        "" => Cell::Empty,
        text => Cell::text(text),
    };
    let mut rows = Vec::new();
    for campaign in &plan.campaigns {
        for one in campaign.moves.iter().filter(|one| !one.from.fr.is_empty() || !one.to.fr.is_empty()) {
            rows.push(vec![
                campaign_cell(&campaign.code, &campaign.label, lang),
                text(&one.from),
                text(&one.to),
                Cell::Count(one.units),
                Cell::Count(one.alone),
            ]);
        }
    }
    if rows.is_empty() {
        return None;
    }
    let caption = told(lang, "Changements de chaque campagne", "Changes of each campaign");
    let table = Table { caption, columns, rows, totals: 0 };
    Some(Section::new("changes", &told(lang, "Changements", "Changes"), measured(&plan.basis, lang), table))
}

/// The failing rules behind each campaign, to compute with.
fn reasons(plan: &Plan, lang: Lang) -> Section {
    let columns = vec![
        column(lang, "campaign", "campagne", "campaign", Kind::Keyed),
        column(lang, "rule", "règle", "rule", Kind::Keyed),
        Column::new("units", unit_noun(plan.basis.unit, lang).1, Kind::Count),
    ];
    let mut rows = Vec::new();
    for campaign in &plan.campaigns {
        for (rule, units) in &campaign.rules {
            let campaign = campaign_cell(&campaign.code, &campaign.label, lang);
            rows.push(vec![campaign, rule_cell(plan, *rule, lang), Cell::Count(*units)]);
        }
    }
    let caption = told(lang, "Règles en échec derrière chaque campagne", "Failing rules behind each campaign");
    let table = Table { caption, columns, rows, totals: 0 };
    let name = told(lang, "Règles des campagnes", "Rules of campaigns");
    let section = Section::new("campaign-rules", &name, measured(&plan.basis, lang), table);
    Section { place: Place::Computed, ..section }
}

fn rule_cell(plan: &Plan, number: usize, lang: Lang) -> Cell {
    plan.rules.get(number).map_or(Cell::Empty, |rule| Cell::Keyed {
        key: Some(format!("{}/{}", rule.pack, rule.id)),
        label: said(&rule.title, lang),
    })
}

/// What is to be found out first.
fn asks(plan: &Plan, lang: Lang) -> Option<Section> {
    if plan.asks.is_empty() {
        return None;
    }
    let columns = vec![
        column(lang, "field", "ce qui n'est pas connu", "what is not known", Kind::Keyed),
        Column::new("units", unit_noun(plan.basis.unit, lang).1, Kind::Count),
        column(lang, "alone", "rien d'autre à faire", "nothing else to do", Kind::Count),
    ];
    let rows = plan.asks.iter().map(|ask| {
        vec![
            Cell::Keyed { key: Some(ask.path.clone()), label: ask_words(ask.of_socle, ask.label.get(lang), lang) },
            Cell::Count(ask.units),
            Cell::Count(ask.alone),
        ]
    });
    let caption = told(lang, "Ce qu'il faut savoir avant de conclure", "What is to be known before concluding");
    let table = Table { caption, columns, rows: rows.collect(), totals: 0 };
    let name = told(lang, "À savoir d'abord", "To find out first");
    Some(Section::new("find-out", &name, measured(&plan.basis, lang), table))
}

/// The rules that no known change makes pass.
fn stuck(plan: &Plan, lang: Lang) -> Option<Section> {
    if plan.stuck.is_empty() {
        return None;
    }
    let columns = vec![
        column(lang, "rule", "règle", "rule", Kind::Keyed),
        column(lang, "seen", "vu", "seen", Kind::Text),
        column(lang, "why", "pourquoi", "why", Kind::Text),
        Column::new("units", unit_noun(plan.basis.unit, lang).1, Kind::Count),
    ];
    let rows = plan.stuck.iter().map(|stuck| {
        let seen = seen(stuck, lang);
        vec![
            rule_cell(plan, stuck.rule, lang),
            if seen.is_empty() { Cell::Empty } else { Cell::Text(seen) },
            Cell::text(&why(stuck, lang)),
            Cell::Count(stuck.units),
        ]
    });
    let caption = told(lang, "Ce qu'aucun changement connu ne règle", "What no known change settles");
    let table = Table { caption, columns, rows: rows.collect(), totals: 0 };
    let name = told(lang, "Sans remède connu", "Without a known remedy");
    Some(Section::new("no-remedy", &name, measured(&plan.basis, lang), table))
}

/// The population cut by a field: what each group needs. The parts sum to its population.
fn groups(plan: &Plan, breakdown: &PlanBreakdown, lang: Lang) -> Section {
    let label = visible_line(breakdown.label.get(lang)).into_owned();
    let [up_to_date, _, _, not_applicable] = words::status_words(lang);
    let mut columns = vec![
        Column::new(&breakdown.field, label.as_str(), Kind::Keyed),
        Column::new("population", unit_noun(plan.basis.unit, lang).1, Kind::Count),
        Column::new("up_to_date", up_to_date, Kind::Count),
    ];
    columns.extend(need_words(lang).map(|(id, title)| Column::new(id, title, Kind::Count)));
    columns.push(Column::new("not_applicable", not_applicable, Kind::Count));
    let line = |name: Cell, population: u64, status: &StatusCounts, counts: &PlanCounts| {
        let mut row = vec![name, Cell::Count(population), Cell::Count(status.up_to_date)];
        row.extend(need_counts(counts).map(Cell::Count));
        row.push(Cell::Count(status.not_applicable));
        row
    };
    let mut rows: Vec<Vec<Cell>> = breakdown
        .groups
        .iter()
        .map(|group| line(group_cell(&group.value, lang), group.population, &group.status, &group.counts))
        .collect();
    let all = Cell::Keyed { key: Some("*".to_owned()), label: told(lang, "ensemble", "all") };
    rows.push(line(all, plan.status.total(), &plan.status, &plan.counts));
    let caption = told(lang, &format!("Ce qu'il faut par {label}"), &format!("What is needed by {label}"));
    let table = Table { caption: caption.clone(), columns, rows, totals: 1 };
    let name = told(lang, &format!("Par {label}"), &format!("By {label}"));
    let id = format!("by-{}", breakdown.field);
    let mut section = Section::new(id, &name, measured(&plan.basis, lang), table);
    let tones = [Tone::Pass, Tone::Waived, Tone::Unknown, Tone::Step(6), Tone::Fail, Tone::Aside];
    let series = tones.into_iter().enumerate().map(|(place, tone)| Series { column: place + 2, tone });
    section.draw(Form::Stacked { whole: 1 }, 0, series.collect(), caption);
    section
}

/// The campaigns of each group, to compute with.
fn groups_by_campaign(plan: &Plan, breakdown: &PlanBreakdown, lang: Lang) -> Section {
    let label = visible_line(breakdown.label.get(lang)).into_owned();
    let columns = vec![
        Column::new(&breakdown.field, label.as_str(), Kind::Keyed),
        column(lang, "campaign", "campagne", "campaign", Kind::Keyed),
        Column::new("units", unit_noun(plan.basis.unit, lang).1, Kind::Count),
        column(lang, "alone", "rien d'autre à faire", "nothing else to do", Kind::Count),
    ];
    let mut rows = Vec::new();
    for group in &breakdown.groups {
        let counted = plan.campaigns.iter().zip(&group.campaigns).filter(|(_, (units, _))| *units > 0);
        for (campaign, (units, alone)) in counted {
            let (group, campaign) =
                (group_cell(&group.value, lang), campaign_cell(&campaign.code, &campaign.label, lang));
            rows.push(vec![group, campaign, Cell::Count(*units), Cell::Count(*alone)]);
        }
    }
    let caption = told(lang, &format!("Campagnes par {label}"), &format!("Campaigns by {label}"));
    let table = Table { caption: caption.clone(), columns, rows, totals: 0 };
    let id = format!("campaigns-by-{}", breakdown.field);
    Section { place: Place::Computed, ..Section::new(id, &caption, measured(&plan.basis, lang), table) }
}
