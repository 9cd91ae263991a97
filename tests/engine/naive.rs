//! The executable definition: every rule on every row, one after the other, nothing shared.

use crate::world::{BY, World};
use std::collections::BTreeMap;
use vigie::audit::{Counts, GroupValue, Rollup, StatusCounts, Unit};
use vigie::engine::Ruling;
use vigie::pack::condition::{self, Env};
use vigie::pack::{Level, Rule, Waiver};
use vigie::socle::{FieldId, Origin, Reading, Socle, Subject};
use vigie::value::{Date, Datum, Missing, Truth, Value};

/// What an audit should count.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Expected {
    pub(crate) rows: u64,
    pub(crate) units: u64,
    pub(crate) status: StatusCounts,
    pub(crate) rules: Vec<Counts>,
    pub(crate) expiring: Vec<u64>,
    /// Rows that each waiver covers.
    pub(crate) covered: Vec<u64>,
    pub(crate) with_advice: u64,
    pub(crate) groups: BTreeMap<GroupValue, (u64, StatusCounts)>,
    /// By the two fields at once: status, and the verdicts of each rule.
    pub(crate) crossed: BTreeMap<[GroupValue; 2], (StatusCounts, Vec<Counts>)>,
    /// Lines of the `--verdicts` file, without its header.
    pub(crate) lines: Vec<String>,
}

struct Row {
    identifier: String,
    rulings: Vec<Ruling>,
    expires: Vec<bool>,
    group: [GroupValue; 2],
    weight: u64,
}

/// Rulings, whether each expires, status and groups of a PS.
type Person = (Vec<Ruling>, Vec<bool>, Ruling, [GroupValue; 2]);

/// Judges a table row by row.
pub(crate) fn judge(
    socle: &Socle,
    world: &World,
    rules: &[Rule],
    filter: Option<&condition::Expr>,
    waivers: &[Waiver],
) -> Expected {
    let mut rows = Vec::new();
    let mut expected = Expected {
        rules: vec![Counts::default(); rules.len()],
        expiring: vec![0; rules.len()],
        covered: vec![0; waivers.len()],
        ..Expected::default()
    };
    for cells in &world.rows {
        let data = read(socle, world, cells);
        let at =
            |today| Env { tables: &socle.tables, parameters: &socle.parameters, fields: &data, previous: &[], today };
        if filter.is_some_and(|filter| condition::truth(filter, &at(world.today)) != Truth::True) {
            continue;
        }
        let covers = |waiver: &Waiver, rule: &Rule, day: Date| {
            waiver.rules.iter().any(|(_, id)| *id == rule.id)
                && day <= waiver.until
                && condition::truth(&waiver.scope.expr, &at(day)) == Truth::True
        };
        let ruling = |rule: &Rule, day: Date| {
            Ruling::of(rule.verdict(&at(day)), waivers.iter().any(|waiver| covers(waiver, rule, day)))
        };
        let rulings: Vec<Ruling> = rules.iter().map(|rule| ruling(rule, world.today)).collect();
        let expires = rules.iter().zip(&rulings).map(|(rule, now)| {
            matches!(now, Ruling::Pass | Ruling::NotApplicable)
                && days(world.today, world.until).any(|day| ruling(rule, day) == Ruling::Fail)
        });
        let weight = match datum_of(socle, &data, "poids") {
            Datum::Known(Value::Int(n)) => u64::try_from(*n).unwrap_or(0),
            _ => 0,
        };
        for (waiver, covered) in waivers.iter().zip(&mut expected.covered) {
            let waived = |(rule, now): (&Rule, &Ruling)| *now == Ruling::Waived && covers(waiver, rule, world.today);
            let counted = world.unit != Unit::Weight || weight > 0;
            *covered += u64::from(counted && rules.iter().zip(&rulings).any(waived));
        }
        let by = condition::eval(&world.by, &at(world.today));
        let across = condition::eval(&world.across, &at(world.today));
        let value = |name: &str| world.columns.iter().position(|c| c.name == name).map_or("", |c| cells[c].trim());
        rows.push(Row {
            identifier: value("identifiant").to_owned(),
            expires: expires.collect(),
            group: [group(socle, &by), group(socle, &across)],
            weight,
            rulings,
        });
    }
    for row in &rows {
        let letters: String = row.rulings.iter().map(|v| format!(",{}", char::from(v.letter()))).collect();
        let status = status_key(&row.rulings, rules);
        expected.lines.push(format!("{},{status}{letters}", row.identifier));
    }
    expected.rows = rows.len() as u64;
    let statuses: Vec<Ruling> = rows.iter().map(|row| status_of(&row.rulings, rules)).collect();
    match world.unit {
        Unit::Row | Unit::Weight => {
            for (row, status) in rows.iter().zip(&statuses) {
                let n = if world.unit == Unit::Weight { row.weight } else { 1 };
                count(&mut expected, n, &row.rulings, &row.expires, *status, &row.group, rules);
            }
        }
        Unit::Ps => {
            let mut people: BTreeMap<String, Person> = BTreeMap::new();
            for (number, (row, status)) in rows.iter().zip(&statuses).enumerate() {
                let blank = matches!(row.identifier.as_str(), "" | "inconnu");
                let name = if blank { format!("#{number}") } else { row.identifier.clone() };
                let merge = |a: Ruling, b: Ruling| match world.rollup {
                    Rollup::Worst => a.worst(b),
                    Rollup::Best => a.best(b),
                };
                people
                    .entry(name)
                    .and_modify(|(verdicts, expires, known, group)| {
                        for (mine, theirs) in verdicts.iter_mut().zip(&row.rulings) {
                            *mine = merge(*mine, *theirs);
                        }
                        for (mine, theirs) in expires.iter_mut().zip(&row.expires) {
                            *mine |= theirs;
                        }
                        *known = merge(*known, *status);
                        for (mine, theirs) in group.iter_mut().zip(&row.group) {
                            if mine != theirs {
                                *mine = GroupValue::Several;
                            }
                        }
                    })
                    .or_insert((row.rulings.clone(), row.expires.clone(), *status, row.group.clone()));
            }
            for (verdicts, expires, status, group) in people.values() {
                count(&mut expected, 1, verdicts, expires, *status, group, rules);
            }
        }
    }
    expected
}

fn count(
    e: &mut Expected,
    n: u64,
    verdicts: &[Ruling],
    expires: &[bool],
    status: Ruling,
    group: &[GroupValue; 2],
    rules: &[Rule],
) {
    e.units += n;
    add_verdicts(&mut e.rules, verdicts, n);
    for ((expiring, expires), verdict) in e.expiring.iter_mut().zip(expires).zip(verdicts) {
        if *expires && matches!(verdict, Ruling::Pass | Ruling::NotApplicable) {
            *expiring += n;
        }
    }
    let add = |counts: &mut StatusCounts| {
        *match status {
            Ruling::Pass => &mut counts.up_to_date,
            Ruling::Fail => &mut counts.obsolete,
            Ruling::Unknown => &mut counts.undetermined,
            Ruling::NotApplicable => &mut counts.not_applicable,
            Ruling::Waived => &mut counts.waived,
        } += n;
    };
    add(&mut e.status);
    let advice = rules.iter().zip(verdicts).any(|(r, v)| r.level == Level::Advisory && *v == Ruling::Fail);
    if status == Ruling::Pass && advice {
        e.with_advice += n;
    }
    if n > 0 {
        let entry = e.groups.entry(group[0].clone()).or_default();
        entry.0 += n;
        add(&mut entry.1);
        let none = || (StatusCounts::default(), vec![Counts::default(); rules.len()]);
        let crossed = e.crossed.entry(group.clone()).or_insert_with(none);
        add(&mut crossed.0);
        add_verdicts(&mut crossed.1, verdicts, n);
    }
}

fn add_verdicts(rules: &mut [Counts], verdicts: &[Ruling], n: u64) {
    for (counts, verdict) in rules.iter_mut().zip(verdicts) {
        *match verdict {
            Ruling::Pass => &mut counts.pass,
            Ruling::Fail => &mut counts.fail,
            Ruling::Unknown => &mut counts.unknown,
            Ruling::NotApplicable => &mut counts.not_applicable,
            Ruling::Waived => &mut counts.waived,
        } += n;
    }
}

/// The worst verdict of the blocking rules: its rank is that of the status.
fn status_of(verdicts: &[Ruling], rules: &[Rule]) -> Ruling {
    let blocking = rules.iter().zip(verdicts).filter(|(rule, _)| rule.level == Level::Blocking);
    blocking.fold(Ruling::NotApplicable, |worst, (_, verdict)| worst.worst(*verdict))
}

fn status_key(verdicts: &[Ruling], rules: &[Rule]) -> &'static str {
    match status_of(verdicts, rules) {
        Ruling::Pass => "up_to_date",
        Ruling::Fail => "obsolete",
        Ruling::Unknown => "undetermined",
        Ruling::NotApplicable => "not_applicable",
        Ruling::Waived => "waived",
    }
}

fn days(today: Date, until: Option<Date>) -> impl Iterator<Item = Date> {
    let last = until.map_or(0, |until| until.days_since(today));
    (1..=last).filter_map(move |n| today.plus_days(n))
}

/// Reads every field of the socle from a row's cells, and the catalogue.
fn read(socle: &Socle, world: &World, cells: &[String]) -> Vec<Datum> {
    read_with_origins(socle, world, cells).0
}

/// A row's values, what it tells of the catalogue's keys, and the fields that the catalogue tells too.
pub(crate) fn read_with_origins(
    socle: &Socle,
    world: &World,
    cells: &[String],
) -> (Vec<Datum>, Subject, Vec<(FieldId, Origin)>) {
    let cell = |id: &str| world.columns.iter().position(|c| c.name == id).map(|c| cells[c].as_str());
    let texts = |field: FieldId| {
        let field = &socle.fields[usize::from(field.0)];
        let parts = field.parts.iter().map(|part| cell(&socle.fields[usize::from(part.field.0)].id));
        let parts: Vec<Option<&str>> = parts.collect();
        let any = parts.iter().any(Option::is_some);
        let parts: Vec<&str> = parts.into_iter().filter(|_| any).map(Option::unwrap_or_default).collect();
        (cell(&field.id), parts)
    };
    let keys = socle.catalogue_keys().expect("keys of the catalogue");
    let subject = Subject::new(keys.map(|key| {
        let (own, parts) = texts(key);
        socle.told(key, own, &parts)
    }));
    let mut origins = Vec::new();
    let fields = (0u16..).map(FieldId).take(socle.fields.len());
    let record = fields
        .map(|field| {
            if socle.is_offer(field) {
                return socle.offer(&subject, world.today);
            }
            let own = match texts(field) {
                (Some(text), parts) if parts.is_empty() => socle.read(field, text, false),
                (None, parts) if parts.is_empty() => {
                    Reading { datum: Datum::Unknown(Missing::NotCollected), problem: None, mark: false }
                }
                (own, parts) => socle.read_parts(field, own, &parts),
            };
            let (reading, origin) = socle.complete(field, own, &subject);
            origins.extend(origin.map(|origin| (field, origin)));
            reading.datum
        })
        .collect();
    (record, subject, origins)
}

fn datum_of<'d>(socle: &Socle, data: &'d [Datum], id: &str) -> &'d Datum {
    &data[usize::from(socle.field(id).expect("a field of the socle").0)]
}

fn group(socle: &Socle, datum: &Datum) -> GroupValue {
    match datum {
        Datum::Known(value) => {
            let label = socle.tables.value_label(value);
            let key = match value {
                Value::Row(row) => socle.tables.row(*row).id.clone(),
                Value::String(text) => text.to_string(),
                other => panic!("{BY:?} gives {other:?}"),
            };
            GroupValue::Known { key, label: (label.fr, label.en) }
        }
        _ => GroupValue::Unknown,
    }
}
