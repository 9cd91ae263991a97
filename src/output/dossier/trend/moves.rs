//! Who changed from one snapshot to another.

use super::{dates, rule_cell};
use crate::audit::Unit;
use crate::audit::{GroupValue, Moves, Passage, Trend};
use crate::diag::Lang;
use crate::engine::Status;
use crate::output::basis::colon;
use crate::output::dossier::audit::group_cell;
use crate::output::dossier::basis::told;
use crate::output::dossier::{Cell, Column, Form, Kind, Place, Section, Series, Table, Tone, capital};
use crate::output::trend::{place, transition, whole};
use crate::output::{number, said, typographic, unit_noun, visible_line};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Values that a matrix has down and across.
const ACROSS: usize = 30;

/// A value on one side of a migration; `None`: not in the snapshot.
type Side<'m> = Option<&'m GroupValue>;

/// The same, those who are not there last.
type Ranked<'m> = (bool, Side<'m>);

/// Its sections.
pub(super) fn sections(trend: &Trend, moves: &Moves, lang: Lang) -> Vec<Section> {
    let mut sections = vec![passages(trend, moves, lang)];
    sections.extend(statuses(trend, moves, lang));
    if let Some((field, label)) = &moves.field {
        let label = visible_line(label.get(lang)).into_owned();
        let matrix = matrix(trend, moves, &label, lang);
        let place = if matrix.is_some() { Place::Computed } else { Place::Everywhere };
        sections.extend(matrix);
        sections.push(Section { place, ..migrations(trend, moves, field, &label, lang) });
    }
    sections.extend(failing(trend, moves, lang));
    sections
}

/// Figures are in PS, told apart by their identifiers.
fn measured(trend: &Trend, step: &Passage, lang: Lang) -> String {
    let date = |index: usize| trend.snapshots.get(index).map(|of| number::date(of.date, lang)).unwrap_or_default();
    let (from, to) = (date(step.from), date(step.to));
    let unit = unit_noun(Unit::Ps, lang).1;
    match lang {
        Lang::Fr => format!("Effectifs en {unit}, suivis par leur identifiant du {from} au {to}"),
        Lang::En => format!("Counts of {unit}, followed by their identifiers from {from} to {to}"),
    }
}

fn column(lang: Lang, id: &str, fr: &str, en: &str, kind: Kind) -> Column {
    Column::new(id, told(lang, fr, en), kind)
}

/// Who became up to date, who fell back, who arrived and left, from each snapshot to another.
fn passages(trend: &Trend, moves: &Moves, lang: Lang) -> Section {
    let status = trend.measure == crate::audit::Measure::Status;
    let (good, bad) = match status {
        true => {
            (("devenus à jour", "became up to date"), ("à jour devenus obsolètes", "up to date that became obsolete"))
        }
        false => (("devenus conformes", "now pass"), ("ne le sont plus", "no longer pass")),
    };
    let columns = vec![
        column(lang, "to", "au", "to", Kind::Date),
        column(lang, "from", "du", "from", Kind::Date),
        column(lang, "both", "présents aux deux dates", "at both dates", Kind::Count),
        column(lang, "became_up_to_date", good.0, good.1, Kind::Count),
        column(lang, "fell_back", bad.0, bad.1, Kind::Count),
        column(lang, "arrived", "nouveaux", "new", Kind::Count),
        column(lang, "left", "partis", "gone", Kind::Count),
    ];
    let dates = dates(trend);
    let date = |index: usize| dates.get(index).map_or(Cell::Empty, |date| Cell::Date(*date));
    let rows = moves.transitions.iter().map(|step| {
        let counts = [step.both, step.became_up_to_date(), step.fell_back(), step.arrived, step.left];
        [date(step.to), date(step.from)].into_iter().chain(counts.map(Cell::Count)).collect()
    });
    let caption = told(lang, "Qui a changé d'un relevé à l'autre", "Who changed from one snapshot to another");
    let table = Table { caption, columns, rows: rows.collect(), totals: 0 };
    let about = whole(moves).map(|step| measured(trend, step, lang)).unwrap_or_default();
    let mut section = Section::new("moves", &told(lang, "Qui a changé", "Who changed"), about, table);
    section.finding = whole(moves).map(|step| capital(&typographic(&transition(step, trend, lang), lang)));
    section
}

/// From what to what: a row a value before, a column a value after, and their sums.
fn crossed<T: Ord + Copy>(
    cells: &[(T, T, u64)],
    corner: Column,
    caption: String,
    lang: Lang,
    named: &dyn Fn(T, bool) -> Cell,
) -> Table {
    let sorted = |mut values: Vec<T>| {
        values.sort();
        values.dedup();
        values
    };
    let rows = sorted(cells.iter().map(|(from, ..)| *from).collect());
    let across = sorted(cells.iter().map(|(_, to, _)| *to).collect());
    let mut columns = vec![corner];
    for to in &across {
        let Cell::Keyed { key, label } = named(*to, false) else { continue };
        columns.push(Column { id: format!("to={}", key.as_deref().unwrap_or("?")), title: label, kind: Kind::Count });
    }
    columns.push(column(lang, "all", "ensemble", "all", Kind::Count));
    let mut sums: BTreeMap<(Option<T>, Option<T>), u64> = BTreeMap::new();
    for (from, to, n) in cells {
        for key in [(Some(*from), Some(*to)), (Some(*from), None), (None, Some(*to)), (None, None)] {
            *sums.entry(key).or_default() += n;
        }
    }
    let sum = |from: Option<T>, to: Option<T>| Cell::Count(sums.get(&(from, to)).copied().unwrap_or(0));
    let line = |name: Cell, from: Option<T>| {
        let counts = across.iter().map(|to| sum(from, Some(*to)));
        std::iter::once(name).chain(counts).chain([sum(from, None)]).collect::<Vec<Cell>>()
    };
    let mut lines: Vec<Vec<Cell>> = rows.iter().map(|from| line(named(*from, true), Some(*from))).collect();
    let all = Cell::Keyed { key: Some("*".to_owned()), label: told(lang, "ensemble", "all") };
    lines.push(line(all, None));
    Table { caption, columns, rows: lines, totals: 1 }
}

/// From each status to each status, of those in both.
fn statuses(trend: &Trend, moves: &Moves, lang: Lang) -> Option<Section> {
    let step = whole(moves).filter(|step| !step.status.is_empty())?;
    let words = crate::output::measure::verdicts(&trend.measure, lang);
    let named = |number: usize, _| {
        let status = ORDER[number];
        let word = words.get(number).copied().unwrap_or(if lang == Lang::Fr { "sous dérogation" } else { "waived" });
        Cell::Keyed { key: Some(status.key().to_owned()), label: capital(word) }
    };
    let number = |status: Status| ORDER.iter().position(|known| *known == status).unwrap_or(ORDER.len() - 1);
    let cells: Vec<(usize, usize, u64)> =
        step.status.iter().map(|(from, to, n)| (number(*from), number(*to), *n)).collect();
    let caption = told(lang, "De quel statut à quel statut", "From which status to which");
    let corner = column(lang, "from", "avant ↓, après →", "before ↓, after →", Kind::Keyed);
    let table = crossed(&cells, corner, caption, lang, &named);
    let name = told(lang, "Changements de statut", "Changes of status");
    let mut section = Section::new("status-moves", &name, measured(trend, step, lang), table);
    section.place = Place::Looked;
    section.draw(
        Form::Matrix,
        0,
        drawn(&section.table, |_| Tone::Step(1)),
        told(lang, "Statut avant, statut après", "Status before, status after"),
    );
    Some(section)
}

/// The statuses, in the order in which they are told.
const ORDER: [Status; 5] =
    [Status::UpToDate, Status::Obsolete, Status::Undetermined, Status::NotApplicable, Status::Waived];

/// The columns after the first and before the sums.
fn drawn(table: &Table, tone: impl Fn(usize) -> Tone) -> Vec<Series> {
    (1..table.columns.len() - 1).map(|column| Series { column, tone: tone(column - 1) }).collect()
}

/// A value, or that the PS is not there; those who are not there come last.
fn side(value: Side<'_>, arriving: bool, lang: Lang) -> Cell {
    match value {
        Some(value) => group_cell(value, lang),
        None => Cell::Keyed { key: Some("-".to_owned()), label: place(None, arriving, lang) },
    }
}

/// From each value of the field to each value, from the first snapshot to the last.
fn matrix(trend: &Trend, moves: &Moves, label: &str, lang: Lang) -> Option<Section> {
    let step = whole(moves).filter(|step| !step.migration.is_empty())?;
    // More values make a matrix that nobody reads: the passages are listed.
    let values: BTreeSet<Side<'_>> =
        step.migration.iter().flat_map(|(from, to, _)| [from.as_ref(), to.as_ref()]).collect();
    if values.len() > ACROSS {
        return None;
    }
    let key = |value: &Option<GroupValue>| value.is_none();
    let cells: Vec<(Ranked<'_>, Ranked<'_>, u64)> =
        step.migration.iter().map(|(from, to, n)| ((key(from), from.as_ref()), (key(to), to.as_ref()), *n)).collect();
    let caption = told(
        lang,
        &format!("De quel {label} à quel {label}, du premier relevé au dernier"),
        &format!("From which {label} to which, from the first snapshot to the last"),
    );
    let corner = Column::new("from", format!("{label} →"), Kind::Keyed);
    let table = crossed(&cells, corner, caption, lang, &|(_, value), arriving| side(value, arriving, lang));
    let name = told(lang, &format!("Passages de {label}"), &format!("Moves of {label}"));
    let mut section = Section::new("migration", &name, measured(trend, step, lang), table);
    section.place = Place::Looked;
    let changed = step.migration.iter().filter(|(from, to, _)| from.is_some() && to.is_some() && from != to);
    let changed: u64 = changed.map(|(.., n)| n).sum();
    if step.both > 0 {
        let share = number::percent(changed, step.both, lang);
        let (n, of) = (number::integer(changed, lang), number::integer(step.both, lang));
        section.finding = Some(match lang {
            Lang::Fr => format!("Ont changé de {label}{} {share} ({n} / {of})", colon(lang)),
            Lang::En => format!("Changed {label}: {share} ({n} / {of})"),
        });
    }
    let title = told(
        lang,
        &format!("{} avant, {label} après", capital(label)),
        &format!("{} before, {label} after", capital(label)),
    );
    section.draw(Form::Matrix, 0, drawn(&section.table, |_| Tone::Step(1)), title);
    Some(section)
}

/// All the passages from a value to another, to compute with.
fn migrations(trend: &Trend, moves: &Moves, field: &str, label: &str, lang: Lang) -> Section {
    let columns = vec![
        column(lang, "from_date", "du", "from", Kind::Date),
        column(lang, "to_date", "au", "to", Kind::Date),
        column(lang, &format!("{field}_from"), &format!("{label} avant"), &format!("{label} before"), Kind::Keyed),
        column(lang, &format!("{field}_to"), &format!("{label} après"), &format!("{label} after"), Kind::Keyed),
        column(lang, "n", "professionnels de santé", "health professionals", Kind::Count),
    ];
    let dates = dates(trend);
    let date = |index: usize| dates.get(index).map_or(Cell::Empty, |date| Cell::Date(*date));
    let mut rows = Vec::new();
    for step in &moves.transitions {
        let mut most: Vec<_> = step.migration.iter().collect();
        most.sort_by_key(|(from, to, n)| (Reverse(*n), from, to));
        for (from, to, n) in most {
            let sides = [side(from.as_ref(), true, lang), side(to.as_ref(), false, lang)];
            rows.push([date(step.from), date(step.to)].into_iter().chain(sides).chain([Cell::Count(*n)]).collect());
        }
    }
    let caption =
        told(lang, &format!("Passages d'un {label} à l'autre"), &format!("Moves from one {label} to another"));
    let table = Table { caption, columns, rows, totals: 0 };
    let about = whole(moves).map(|step| measured(trend, step, lang)).unwrap_or_default();
    let name = told(lang, &format!("Passages de {label} par date"), &format!("Moves of {label} by date"));
    Section::new("migrations", &name, about, table)
}

/// Since when each failure is seen.
fn failing(trend: &Trend, moves: &Moves, lang: Lang) -> Option<Section> {
    let dates = dates(trend);
    let last = *dates.last()?;
    let columns = vec![
        column(lang, "rule", "règle", "rule", Kind::Keyed),
        column(lang, "since", "vu depuis le", "seen since", Kind::Date),
        column(lang, "days", "jours au moins", "days at least", Kind::Count),
        column(lang, "n", "PS en défaut", "PS that fail", Kind::Count),
        column(lang, "share", "part de ceux qui échouent", "share of those that fail", Kind::Share),
    ];
    let mut rows = Vec::new();
    let mut oldest: Option<(u64, u64, String)> = None;
    for (rule, since) in trend.rules.iter().zip(&moves.failing) {
        let all: u64 = since.0.iter().sum();
        for (date, n) in dates.iter().zip(&since.0).filter(|(_, n)| **n > 0) {
            let days = u64::try_from(last.days_since(*date)).unwrap_or(0);
            rows.push(vec![
                rule_cell(rule, lang),
                Cell::Date(*date),
                Cell::Count(days),
                Cell::Count(*n),
                Cell::share(*n, all),
            ]);
            let told = (days, *n, said(&rule.title, lang));
            if days > 0 && oldest.as_ref().is_none_or(|known| (known.0, known.1) < (told.0, told.1)) {
                oldest = Some(told);
            }
        }
    }
    if rows.is_empty() {
        return None;
    }
    let caption = told(
        lang,
        "En défaut au dernier relevé, depuis quel relevé sans interruption",
        "Failing in the last snapshot, since which snapshot without a break",
    );
    let table = Table { caption, columns, rows, totals: 0 };
    let about = told(
        lang,
        "Professionnels de santé, suivis par leur identifiant ; « depuis » est le premier relevé qui les montre en défaut : ils l'étaient peut-être avant",
        "Health professionals, followed by their identifiers; “since” is the first snapshot that shows the failure: it may be older",
    );
    let mut section = Section::new("failing", &told(lang, "En défaut depuis", "Failing since"), about, table);
    section.finding = oldest.map(|(days, n, title)| {
        let ps = number::counted(n, lang, unit_noun(Unit::Ps, lang).0, unit_noun(Unit::Ps, lang).1);
        let days = number::integer(days, lang);
        told(
            lang,
            &format!("Depuis {days} jours au moins : {ps} pour « {title} »"),
            &format!("For {days} days at least: {ps} for “{title}”"),
        )
    });
    Some(section)
}
