//! What every dossier holds: what the figures rest on, how they are read, targets, what was found in the data.

use super::{Cell, Column, Form, Kind, Section, Series, Table, Tone};
use crate::audit::{Basis, Rollup, StatusCounts, TargetReport, Unit};
use crate::diag::Lang;
use crate::output::basis::lang_pick;
use crate::output::{number, said, typographic, unit_noun, visible_line, words};

/// A text of ours in the language, with its typography.
pub(super) fn told(lang: Lang, fr: &str, en: &str) -> String {
    typographic(lang_pick(lang, fr, en), lang).into_owned()
}

/// What the figures rest on.
pub(super) fn facts(basis: &Basis, lang: Lang) -> Vec<(String, Cell)> {
    let mut facts = vec![
        (told(lang, "Date du jugement", "Date of the judgement"), Cell::Date(basis.as_of)),
        (told(lang, "Unité comptée", "Unit counted"), Cell::text(unit_noun(basis.unit, lang).1)),
    ];
    if let Some(rollup) = basis.rollup {
        let value = match rollup {
            Rollup::Worst => told(lang, "le pire de ses postes", "the worst of the workstations"),
            Rollup::Best => told(lang, "le meilleur de ses postes", "the best of the workstations"),
        };
        facts.push((told(lang, "Statut d'un professionnel", "Status of a professional"), Cell::Text(value)));
    }
    if let Some(n) = own_population(basis) {
        facts.push((told(lang, "Population (N)", "Population (N)"), Cell::Count(n)));
    }
    if !basis.published {
        facts.push((told(lang, "Lignes lues", "Rows read"), Cell::Count(basis.population.rows)));
    }
    if let Some(filter) = &basis.filter {
        facts.push((told(lang, "Filtre", "Filter"), Cell::text(filter)));
    }
    facts.push(("vigie".to_owned(), Cell::text(env!("CARGO_PKG_VERSION"))));
    facts.push((
        "Socle".to_owned(),
        Cell::Text(format!("{}, {}", visible_line(&basis.socle.version), basis.socle.digest)),
    ));
    for pack in &basis.packs {
        let (id, version, title) = (&pack.id, &pack.edition.version, pack.title.get(lang));
        let line = format!("{id} {version} ({title}), {}", pack.edition.digest);
        facts.push((told(lang, "Pack de règles", "Pack of rules"), Cell::text(&line)));
    }
    for file in &basis.catalogues {
        facts.push(("Catalogue".to_owned(), Cell::text(&format!("{}, {}", file.name, file.digest))));
    }
    for input in &basis.inputs {
        let name = if input.name == "-" { lang_pick(lang, "entrée standard", "standard input") } else { &input.name };
        // Where a file stood on someone's disk is nothing to publish.
        let own = name.rsplit(['/', '\\']).next().filter(|_| basis.published);
        let mut line = vec![own.unwrap_or(name).to_owned()];
        if !basis.published {
            let (one, many) = (lang_pick(lang, "ligne", "row"), lang_pick(lang, "lignes", "rows"));
            line.push(number::counted(input.rows, lang, one, many));
        }
        line.extend(input.wrappings.iter().cloned());
        line.push(input.format.clone());
        line.extend(input.sheet.iter().cloned());
        line.extend(input.encoding.iter().cloned());
        line.push(input.digest.clone());
        facts.push((told(lang, "Inventaire", "Inventory"), Cell::text(&line.join(", "))));
    }
    facts
}

/// How many there are, in the unit.
fn own_population(basis: &Basis) -> Option<u64> {
    match basis.unit {
        Unit::Row => (!basis.published || basis.population.rows > 0).then_some(basis.population.rows),
        Unit::Ps => basis.population.ps,
        Unit::Weight => basis.population.weight,
    }
}

/// How the figures are to be read.
pub(super) fn method(basis: &Basis, lang: Lang) -> Vec<String> {
    let mut method = vec![
        told(
            lang,
            "Un taux est donné avec ses effectifs (n / N) : n conformes sur N concernés ; les « sans objet » n'y entrent pas.",
            "A rate is given with its counts (n / N): n that pass of N concerned; the not applicable are left out.",
        ),
        told(
            lang,
            "Ce qui n'est pas connu n'est ni conforme ni en faute : le taux est alors un intervalle, du cas où aucun indéterminé n'est conforme à celui où tous le sont.",
            "What is not known is neither conform nor at fault: the rate is then a range, from none of the unknown conforming to all of them.",
        ),
        told(
            lang,
            "Les pourcentages sont arrondis au dixième le plus proche ; leur somme peut différer de 100 %.",
            "Percentages are rounded to the nearest tenth; their sum may differ from 100%.",
        ),
    ];
    if basis.published {
        method.push(told(
            lang,
            "Chiffres publiables : les petits groupes, et ceux dont on les déduirait, sont masqués ; les éditeurs qui refusent d'être nommés sont réunis sous « autres ».",
            "Figures fit for publication: small groups, and those they could be deduced from, are hidden; editors that refuse to be named are together under “others”.",
        ));
    }
    method
}

/// What is measured: unit and date.
pub(super) fn measured(basis: &Basis, lang: Lang) -> String {
    let date = number::date(basis.as_of, lang);
    let unit = unit_noun(basis.unit, lang).1;
    match lang {
        Lang::Fr => format!("Effectifs en {unit}, au {date}"),
        Lang::En => format!("Counts of {unit}, on {date}"),
    }
}

/// The columns of statuses: population, the four, the rate.
pub(super) fn status_columns(unit: Unit, waived: bool, lang: Lang) -> Vec<Column> {
    let mut columns = vec![Column::new("population", unit_noun(unit, lang).1, Kind::Count)];
    let ids = ["up_to_date", "obsolete", "undetermined", "not_applicable"];
    let titles = words::status_words(lang).into_iter();
    columns.extend(ids.into_iter().zip(titles).map(|(id, title)| Column::new(id, title, Kind::Count)));
    if waived {
        columns.push(waived_column(lang));
    }
    columns.push(Column::new("rate", told(lang, "taux de mise à jour", "up-to-date rate"), Kind::Rate));
    columns
}

/// What waivers cover.
pub(super) fn waived_column(lang: Lang) -> Column {
    Column::new("waived", told(lang, "sous dérogation", "waived"), Kind::Count)
}

/// Cells of [`status_columns`].
pub(super) fn status_cells(population: u64, status: &StatusCounts, with_waived: bool) -> Vec<Cell> {
    let StatusCounts { up_to_date, obsolete, undetermined, not_applicable, waived } = *status;
    let mut counts = vec![population, up_to_date, obsolete, undetermined, not_applicable];
    counts.extend(with_waived.then_some(waived));
    counts.into_iter().map(Cell::Count).chain([Cell::status_rate(status)]).collect()
}

/// The statuses or verdicts as series, from a column on.
pub(super) fn verdicts(first: usize, waived: bool) -> Vec<Series> {
    let tones = [Tone::Pass, Tone::Fail, Tone::Unknown, Tone::Aside].into_iter().chain(waived.then_some(Tone::Waived));
    tones.enumerate().map(|(i, tone)| Series { column: first + i, tone }).collect()
}

/// Where the population stands against the targets.
pub(super) fn targets(targets: &[TargetReport], basis: &Basis, lang: Lang) -> Option<Section> {
    if targets.is_empty() {
        return None;
    }
    let unit = unit_noun(basis.unit, lang).1;
    let column = |id: &str, fr: &str, en: &str, kind| Column::new(id, told(lang, fr, en), kind);
    let paced = targets.iter().any(|target| target.pace.is_some());
    let mut columns = vec![
        column("target", "cible", "target", Kind::Keyed),
        column("goal", "but", "goal", Kind::Goal),
        column("due", "échéance", "due", Kind::Date),
        column("rate", "taux", "rate", Kind::Rate),
        column("missing_low", &format!("manque au moins ({unit})"), &format!("missing at least ({unit})"), Kind::Count),
        column("missing_high", &format!("manque au plus ({unit})"), &format!("missing at most ({unit})"), Kind::Count),
        column("reached", "atteinte", "reached", Kind::Keyed),
    ];
    if paced {
        columns.push(column("pace", "allure par mois", "pace a month", Kind::Points));
        columns.push(column("reached_from", "but atteint au plus tôt", "goal reached at the earliest", Kind::Date));
        columns.push(column("reached_by", "but atteint au plus tard", "goal reached at the latest", Kind::Date));
    }
    columns.push(column("source", "source", "source", Kind::Text));
    let reached = |target: &TargetReport| {
        let (key, fr, en) = match target.reached() {
            Some(true) => (Some("yes"), "oui", "yes"),
            Some(false) => (Some("no"), "non", "no"),
            None => (None, "indéterminé", "undetermined"),
        };
        Cell::Keyed { key: key.map(str::to_owned), label: told(lang, fr, en) }
    };
    let rows = targets.iter().map(|target| {
        let key = format!("{}/{}", target.pack, target.id);
        let mut row = vec![
            Cell::Keyed { key: Some(key), label: said(&target.title, lang) },
            Cell::Goal(target.goal),
            Cell::Date(target.due),
            Cell::rate(&target.counts),
            Cell::Count(target.missing.0),
            Cell::Count(target.missing.1),
            reached(target),
        ];
        if paced {
            let pace = target.pace.as_ref();
            let a_month = pace.and_then(|pace| pace.a_month);
            row.push(a_month.map_or(Cell::Empty, |(low, high)| Cell::Points { low, high }));
            let reached = pace.and_then(|pace| pace.reached);
            row.push(reached.map_or(Cell::Empty, |reach| Cell::Date(reach.from)));
            row.push(reached.and_then(|reach| reach.by).map_or(Cell::Empty, Cell::Date));
        }
        row.push(Cell::text(&target.source.text));
        row
    });
    let name = told(lang, "Cibles", "Targets");
    let caption = told(lang, "Où en est la population de chaque cible", "Where the population of each target stands");
    let table = Table { caption, columns, rows: rows.collect(), totals: 0 };
    let mut section = Section::new("targets", &name, measured(basis, lang), table);
    let done = targets.iter().filter(|target| target.reached() == Some(true)).count() as u64;
    let all = targets.len() as u64;
    let (n, of) = (number::integer(done, lang), number::integer(all, lang));
    section.finding = Some(match lang {
        Lang::Fr => format!("{n} cible{} sur {of} atteinte{0}", if done > 1 { "s" } else { "" }),
        Lang::En => format!("{n} of {of} targets reached"),
    });
    section.draw(
        Form::Intervals { goal: Some(1) },
        0,
        vec![Series { column: 3, tone: Tone::Pass }],
        told(lang, "Taux de chaque cible et but à atteindre", "Rate of each target and goal to reach"),
    );
    for target in targets {
        let title = said(&target.title, lang);
        let sentences = crate::output::targets::sentences(target, basis.unit, lang).join(" ");
        section.notes.push(format!("{title}{} {sentences}", crate::output::basis::colon(lang)));
        section.notes.extend(target.remark.as_ref().map(|remark| said(remark, lang)));
    }
    Some(section)
}

/// What was found about the data and the packs.
pub(super) fn data(basis: &Basis, lang: Lang) -> Option<Section> {
    if basis.data.is_empty() {
        return None;
    }
    let column = |id: &str, fr: &str, en: &str, kind| Column::new(id, told(lang, fr, en), kind);
    let columns = vec![
        column("finding", "constat", "finding", Kind::Keyed),
        column("count", "nombre", "count", Kind::Count),
        column("first", "d'abord", "first seen", Kind::Text),
        column("help", "que faire", "what to do", Kind::Text),
    ];
    let rows = basis.data.iter().map(|finding| {
        let first = finding.first.as_ref().map(|first| {
            let mut parts = vec![first.file.clone()];
            parts.extend(first.line.map(|n| format!("{} {n}", lang_pick(lang, "ligne", "line"))));
            parts.extend(first.column.clone());
            parts.extend(first.value.clone());
            Cell::text(&parts.join(", "))
        });
        let of_packs = finding.code.starts_with("pack/");
        vec![
            Cell::Keyed { key: Some(finding.code.to_owned()), label: said(&finding.message, lang) },
            if basis.published && !of_packs { Cell::Empty } else { Cell::Count(finding.count) },
            first.unwrap_or(Cell::Empty),
            finding.help.as_ref().map_or(Cell::Empty, |help| Cell::Text(said(help, lang))),
        ]
    });
    let caption = told(
        lang,
        "Ce qui a été réparé, deviné ou refusé dans les données",
        "What was repaired, guessed or refused in the data",
    );
    let table = Table { caption, columns, rows: rows.collect(), totals: 0 };
    let name = told(lang, "Constats sur les données", "Data findings");
    let measured = told(lang, "Cellules, lignes ou colonnes concernées", "Cells, rows or columns concerned");
    Some(Section::new("data", &name, measured, table))
}
