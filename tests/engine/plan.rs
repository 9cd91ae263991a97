//! The changes that a plan proposes do what they promise; what it counts sums to what the audit counts.

use crate::world::{self, Dice, World};
use crate::{Run, input, naive, on_seeds, pack, run, selected, socle, survey};
use proptest::prelude::*;
use std::sync::LazyLock;
use vigie::audit::{
    ImpactOptions, PartPlan, Plan, PlanCounts, PlanOptions, PlanOutput, Remedy, Rules, Side, Unit, pack_impact, plan,
    remedy,
};
use vigie::diag::Lang;
use vigie::folder::Folder;
use vigie::output::csv::Dialect;
use vigie::output::plan::List;
use vigie::pack::condition::Env;
use vigie::pack::{Level, Origin, Pack, Rule};
use vigie::socle::{Origin as From, Socle};
use vigie::value::{Date, Datum, Missing, Verdict};

/// Texts of the fields that the blocking rules of the built-in packs read.
const CELLS: &[(&str, &[&str])] = &[
    ("profession", &["infirmier", "médecin généraliste", "pharmacien", "taxi", "laboratoire", ""]),
    ("palier", &["Add 4", "Add 6", "Add 6 PC/SC", "Add 7", "Add 8", "1.31", ""]),
    ("adri", &["oui", "non", "1.15", ""]),
    ("dmp", &["oui", "non", ""]),
    ("atsam", &["4.1", "4.67.03", "aucun", ""]),
    ("cryptolib", &["5.0.4", "5.1.10", "5.2", "aucun", ""]),
    ("carte", &["CPS3", "CPS4", ""]),
    (
        "os",
        &[
            "Windows 7",
            "Windows 10 22H2",
            "Windows 11 Pro 25H2",
            "macOS 12",
            "Debian 12",
            "Windows XP",
            "Ubuntu 20.04",
            "",
        ],
    ),
    ("lecteurs", &["V3.30", "V3.30 | V2.00", "V4.00", "PC/SC transparent", "aucun", ""]),
];

static PACKS: LazyLock<(Socle, Vec<Pack>)> = LazyLock::new(|| {
    let socle = Socle::builtin().unwrap_or_else(|faults| panic!("{faults:?}"));
    let load = |name: &str| {
        let folder = Folder::built_in(name).expect("a built-in pack");
        Pack::load(&folder, &socle, &[], Origin::BuiltIn).unwrap_or_else(|faults| panic!("{faults:?}"))
    };
    let packs = vec![load("panorama-2018"), load("pro-ps")];
    (socle, packs)
});

fn status(rules: &Rules<'_>, record: &[Datum], today: Date) -> Verdict {
    let env =
        Env { tables: &rules.socle.tables, parameters: &rules.socle.parameters, fields: record, previous: &[], today };
    let blocking = rules.packs.iter().flat_map(|pack| &pack.rules).filter(|rule| rule.level == Level::Blocking);
    blocking.map(|rule| rule.verdict(&env)).fold(Verdict::NotApplicable, Verdict::worst)
}

/// Judging the record again, with the changes made, gives what the plan promises.
fn check(rules: &Rules<'_>, record: &[Datum], told: &Remedy, today: Date) -> Result<(), TestCaseError> {
    let (before, after) = (status(rules, record, today), status(rules, &told.after, today));
    let all = |of: &dyn Fn(&PartPlan) -> usize| told.parts.iter().map(of).sum::<usize>();
    let (changes, asks, stuck) = (all(&|p| p.changes.len()), all(&|p| p.asks.len()), all(&|p| p.stuck.len()));
    match before {
        Verdict::NotApplicable | Verdict::Pass => prop_assert_eq!((changes, asks, stuck), (0, 0, 0)),
        Verdict::Unknown => prop_assert_eq!((changes, stuck), (0, 0)),
        Verdict::Fail => prop_assert!(changes + stuck > 0),
    }
    let expected = match (stuck, asks) {
        (1.., _) => Verdict::Fail,
        (0, 1..) => Verdict::Unknown,
        _ => before.min(Verdict::Pass),
    };
    prop_assert_eq!(after, expected, "{:?}", told.parts);
    Ok(())
}

/// Random installations and the packs of vigie: what is proposed brings up to date, and nothing of it is superfluous.
#[test]
fn changes_bring_up_to_date() {
    on_seeds(|seed| {
        let mut dice = Dice(seed);
        let (socle, packs) = &*PACKS;
        let of = dice.below(2);
        let today = Date::parse_iso(["2019-03-01", "2026-11-22"][of]).expect("a date");
        let rules = selected(socle, &packs[of]);
        let mut record = vec![Datum::Unknown(Missing::NotCollected); socle.fields.len()];
        for (field, texts) in CELLS {
            let field = socle.field(field).expect("a field");
            record[usize::from(field.0)] = socle.read(field, dice.pick(texts), false).datum;
        }
        let told = remedy(&rules, &record, None, &[], today);
        check(&rules, &record, &told, today)?;
        let made = status(&rules, &told.after, today);
        for place in 0..record.len() {
            if record[place] != told.after[place] && made == Verdict::Pass {
                let mut without = told.after.clone();
                without[place] = record[place].clone();
                prop_assert_ne!(status(&rules, &without, today), Verdict::Pass, "{}", socle.fields[place].id);
            }
        }
        Ok(())
    });
}

/// A blocking rule of these lines.
fn rule_of(socle: &Socle, lines: &[&str]) -> Rule {
    let file = std::sync::Arc::new(vigie::diag::Source { name: "r.toml".to_owned(), text: String::new() });
    let line = |text: &&str| vigie::pack::Require {
        that: vigie::pack::Condition {
            expr: world::compile(socle, text, true),
            text: (*text).to_owned(),
            file: std::sync::Arc::clone(&file),
            span: 0..0,
        },
        why: vigie::diag::Text::same("w"),
        remedy: vigie::diag::Text::same("r"),
    };
    let first = PACKS.1[1].rules[0].clone();
    let requires = lines.iter().map(line).collect();
    Rule { id: "r".to_owned(), level: Level::Blocking, since: None, until: None, scope: None, requires, ..first }
}

const SERVICES: [&str; 7] = ["scor", "dmp", "hri", "insi", "adri", "mssante", "aldi"];

/// Lines about services, the level and the readers: each is true of a record once enough is switched on, raised or
/// replaced.
const LINES: &[&str] = &[
    "scor.present",
    "dmp.present",
    "hri.present",
    "insi.present",
    "adri.present",
    "mssante.present",
    "aldi.present",
    "scor.present || dmp.present",
    "hri.present == insi.present",
    r#"palier >= "ADD7""#,
    r#"palier >= "ADD8" || adri.present && aldi.present"#,
    "lecteurs.all(l, l.niveau.pcsc)",
    "lecteurs.exists(l, l.niveau.pcsc)",
    r#"lecteurs.all(l, l.niveau >= "V3.30") || mssante.present"#,
];

/// How many changes there are between two records: items of lists one by one.
fn distance(one: &[Datum], two: &[Datum]) -> usize {
    use vigie::value::Value;
    let items = |one: &Datum, two: &Datum| match (one, two) {
        (Datum::Known(Value::List(one)), Datum::Known(Value::List(two))) => {
            one.iter().zip(two.iter()).filter(|(one, two)| one != two).count()
        }
        (one, two) => usize::from(one != two),
    };
    one.iter().zip(two).map(|(one, two)| items(one, two)).sum()
}

/// No smaller set of changes does as well: every set of services, level and readers is tried.
#[test]
fn no_smaller_set_of_changes_does() {
    let socle = &PACKS.0;
    let read = |field: &str, text: &str| {
        let field = socle.field(field).expect("a field");
        (usize::from(field.0), socle.read(field, text, false).datum)
    };
    let today = Date::parse_iso("2026-11-22").expect("a date");
    let levels = ["Add 4", "Add 6", "Add 7", "Add 8"];
    let readers = ["V3.30", "V2.00", "V4.00", "PC/SC transparent"];
    on_seeds(|seed| {
        let mut dice = Dice(seed);
        // Every set is tried: a case in four is enough.
        if dice.below(4) > 0 {
            return Ok(());
        }
        let lines: Vec<&str> = (0..1 + dice.below(7)).map(|_| dice.pick(LINES)).collect();
        let (some, others) = lines.split_at(dice.below(lines.len()));
        let rules: Vec<Rule> =
            [some, others].into_iter().filter(|lines| !lines.is_empty()).map(|lines| rule_of(socle, lines)).collect();
        let pack = pack(socle, rules);
        let rules = selected(socle, &pack);
        let mut record = vec![Datum::Unknown(Missing::NotCollected); socle.fields.len()];
        for service in SERVICES {
            let (field, datum) = read(service, if dice.below(2) == 0 { "oui" } else { "non" });
            record[field] = datum;
        }
        let (palier, datum) = read("palier", dice.pick(&levels));
        record[palier] = datum;
        let had: Vec<&str> = (0..1 + dice.below(6)).map(|_| dice.pick(&readers)).collect();
        let (lecteurs, datum) = read("lecteurs", &had.join(" | "));
        record[lecteurs] = datum;
        let told = remedy(&rules, &record, None, &[], today);
        check(&rules, &record, &told, today)?;
        if status(&rules, &record, today) != Verdict::Fail {
            return Ok(());
        }
        // Everything switched on, at the highest level, with PC/SC readers, breaks no line: there is always a set.
        prop_assert!(told.parts.iter().all(|part| part.stuck.is_empty()), "{lines:?} {had:?}: {:?}", told.parts);
        let proposed = distance(&record, &told.after) as u32;
        let off: Vec<usize> = SERVICES
            .iter()
            .map(|service| read(service, "oui"))
            .filter(|(f, on)| record[*f] != *on)
            .map(|(f, _)| f)
            .collect();
        let on = read(SERVICES[0], "oui").1;
        let mut tried = record.clone();
        for replaced in 0..1u32 << had.len() {
            let now = had.iter().enumerate();
            let now = now.map(|(place, had)| if replaced >> place & 1 == 1 { "PC/SC transparent" } else { *had });
            let now = now.collect::<Vec<_>>().join(" | ");
            tried[lecteurs] = read("lecteurs", &now).1;
            for level in levels.iter().map(Some).chain([None]) {
                tried[palier] = level.map_or_else(|| record[palier].clone(), |level| read("palier", level).1);
                for switched in 0..1u32 << off.len() {
                    if replaced.count_ones() + u32::from(level.is_some()) + switched.count_ones() >= proposed {
                        continue;
                    }
                    for (number, field) in off.iter().enumerate() {
                        tried[*field] = if switched >> number & 1 == 1 { on.clone() } else { record[*field].clone() };
                    }
                    let made = status(&rules, &tried, today);
                    prop_assert_ne!(made, Verdict::Pass, "{:?} {}: {} changes", &lines, now, proposed);
                }
            }
        }
        Ok(())
    });
}

/// Random rules, with catalogues: the same promise.
#[test]
fn changes_keep_their_promise_whatever_the_rules() {
    on_seeds(|seed| {
        let mut dice = Dice(seed);
        let socle = socle(&mut dice);
        if dice.below(3) > 0 {
            return Ok(());
        }
        let world = World::new(&mut dice, socle, Unit::Row);
        let written: Vec<Rule> = world::rules(&mut dice, socle);
        let pack = pack(socle, written);
        let rules = selected(socle, &pack);
        for cells in world.rows.iter().take(3) {
            let (record, subject, origins) = naive::read_with_origins(socle, &world, cells);
            let derived: Vec<_> =
                origins.into_iter().filter(|(_, origin)| *origin == From::Derived).map(|(field, _)| field).collect();
            let told = remedy(&rules, &record, Some(&subject), &derived, world.today);
            check(&rules, &record, &told, world.today)?;
        }
        Ok(())
    });
}

fn planned(socle: &Socle, world: &World, rules: &[Rule], bytes: &[u8], how: &Run) -> (Plan, String) {
    let pack = pack(socle, rules.to_vec());
    let options = PlanOptions { survey: survey(world, how), by: vec![world.by_text.to_owned()] };
    let titles = vec![("r".to_owned(), "r".to_owned()); rules.len()];
    let mut file = Vec::new();
    let mut list = List::new(&mut file, socle, titles, Dialect::Exact, Lang::En).expect("writes to memory");
    let told =
        plan(vec![input(bytes)], &selected(socle, &pack), &options, vec![&mut list as &mut dyn PlanOutput], &|_| {})
            .unwrap_or_else(|faults| panic!("{faults:?}"));
    drop(list);
    (told, String::from_utf8(file).expect("UTF-8"))
}

/// What a plan counts is what the audit counts; threads and blocks change nothing.
#[test]
fn a_plan_sums_to_the_audit() {
    on_seeds(|seed| {
        let mut dice = Dice(seed);
        let unit = [Unit::Row, Unit::Ps, Unit::Weight][dice.below(3)];
        let socle = socle(&mut dice);
        let world = World::new(&mut dice, socle, unit);
        let rules = world::rules(&mut dice, socle);
        let bytes = world.csv(&mut dice);
        let how = Run { threads: 1, block_bytes: 1 << 20 };
        // Random rules make the search long: a world in six is enough.
        if dice.below(6) > 0 {
            return Ok(());
        }
        let (told, list) = planned(socle, &world, &rules, &bytes, &how);
        let (other, other_list) = planned(socle, &world, &rules, &bytes, &Run { threads: 2, block_bytes: 1024 });
        prop_assert_eq!(&list, &other_list);
        prop_assert_eq!(format!("{:?}", told.campaigns), format!("{:?}", other.campaigns));
        prop_assert_eq!(format!("{:?}{:?}", told.asks, told.stuck), format!("{:?}{:?}", other.asks, other.stuck));
        let (report, _) = run(socle, &world, &rules, &bytes, &how);
        prop_assert_eq!(told.status, report.status);
        prop_assert_eq!(told.counts.total(), told.status.obsolete + told.status.undetermined);
        prop_assert_eq!(told.counts, other.counts);
        prop_assert_eq!(told.sizes.iter().sum::<u64>(), told.counts.by_changes);
        prop_assert_eq!(told.campaigns.last().map_or(0, |campaign| campaign.cumulative), told.counts.by_changes);
        let mut sum = PlanCounts::default();
        for group in &told.by[0].groups {
            prop_assert_eq!(group.counts.total(), group.status.obsolete + group.status.undetermined);
            sum.by_changes += group.counts.by_changes;
            sum.by_finding_out += group.counts.by_finding_out;
            sum.both += group.counts.both;
            sum.stuck += group.counts.stuck;
        }
        prop_assert_eq!(sum, told.counts);
        for (place, campaign) in told.campaigns.iter().enumerate() {
            let of_groups = told.by[0].groups.iter().map(|group| group.campaigns[place].0).sum::<u64>();
            prop_assert_eq!(of_groups, campaign.units);
            prop_assert!(campaign.alone <= campaign.units);
        }
        Ok(())
    });
}

/// Two packs on one reading: each side is the audit by its pack, parts sum to the whole, a pack differs in nothing from itself.
#[test]
fn an_impact_is_two_audits() {
    on_seeds(|seed| {
        let mut dice = Dice(seed);
        let unit = [Unit::Row, Unit::Ps, Unit::Weight][dice.below(3)];
        let socle = socle(&mut dice);
        let world = World::new(&mut dice, socle, unit);
        let (old, new) = (world::rules(&mut dice, socle), world::rules(&mut dice, socle));
        let bytes = world.csv(&mut dice);
        if dice.below(6) > 0 {
            return Ok(());
        }
        let how = Run { threads: 2, block_bytes: 1024 };
        let (old_pack, new_pack) = (pack(socle, old.clone()), pack(socle, new.clone()));
        let (old_rules, new_rules) = (selected(socle, &old_pack), selected(socle, &new_pack));
        let side = |rules| Side { rules, name: String::new() };
        let options = ImpactOptions { survey: survey(&world, &how), by: vec![world.by_text.to_owned()] };
        let told = |one, two| {
            pack_impact(vec![input(&bytes)], &side(one), &side(two), &options, &|_| {})
                .unwrap_or_else(|faults| panic!("{faults:?}"))
        };
        let found = told(&old_rules, &new_rules);
        prop_assert_eq!(found.before(), run(socle, &world, &old, &bytes, &how).0.status);
        prop_assert_eq!(found.after(), run(socle, &world, &new, &bytes, &how).0.status);
        let groups: u64 = found.by[0].2.iter().flat_map(|group| group.status.iter().flatten()).sum();
        prop_assert_eq!(groups, found.before().total());
        let same = told(&old_rules, &old_rules);
        prop_assert_eq!((same.changed(), same.rules.len()), (0, 0));
        Ok(())
    });
}
