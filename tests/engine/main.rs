//! The columnar engine answers what the naive one answers, whatever the blocks, the threads, the order of the
//! rows and the unit; and filling a blank never turns a verdict around.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

mod naive;
mod plan;
mod world;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::sync::LazyLock;
use vigie::audit::{
    AuditOptions, Counts, Edition, Forecast, ForecastGroup, ForecastOptions, Gate, GroupValue, Horizon, Input, Member,
    Rates, RatesOptions, Report, RowOutput, Rules, StatusCounts, Survey, Unit, audit, forecast, rates,
};
use vigie::output::rows::Verdicts;
use vigie::pack::{Pack, Rule, Waivers};
use vigie::socle::Socle;
use vigie::value::{Date, Verdict};
use world::{Dice, World};

static SOCLE: LazyLock<Socle> = LazyLock::new(|| Socle::builtin().unwrap_or_else(|faults| panic!("{faults:?}")));

/// The same with a catalogue: products whose versions have this or that, editors who offer it.
static CATALOGUED: LazyLock<Socle> = LazyLock::new(|| {
    let mut socle = Socle::builtin().unwrap_or_else(|faults| panic!("{faults:?}"));
    let file = ("monde.toml".to_owned(), world::CATALOGUE.as_bytes().to_vec());
    socle.add_catalogues(&[file]).unwrap_or_else(|faults| panic!("{faults:?}"));
    socle
});

fn socle(dice: &mut Dice) -> &'static Socle {
    if dice.below(2) == 0 { &SOCLE } else { &CATALOGUED }
}

/// Runs a property on seeds: a fixed sequence, longer with `VIGIE_CASES=n`.
fn on_seeds(property: impl Fn(u64) -> Result<(), TestCaseError>) {
    let cases = std::env::var("VIGIE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    TestRunner::new_with_rng(config, rng).run(&any::<u64>(), property).unwrap_or_else(|error| panic!("{error}"));
}

fn pack(socle: &Socle, rules: Vec<Rule>) -> Pack {
    let folder = vigie::folder::Folder::built_in("pro-ps").expect("a built-in pack");
    let base =
        Pack::load(&folder, socle, &[], vigie::pack::Origin::BuiltIn).unwrap_or_else(|faults| panic!("{faults:?}"));
    Pack { id: "monde".to_owned(), rules, targets: Vec::new(), ..base }
}

struct Run {
    threads: usize,
    block_bytes: usize,
}

impl Run {
    /// Small blocks go with dictionaries so small that they are emptied on the way.
    fn reader(&self) -> vigie::inventory::Options {
        let usual = vigie::inventory::Options { block_bytes: self.block_bytes, alone: 1, ..Default::default() };
        if self.block_bytes > 1024 {
            return usual;
        }
        vigie::inventory::Options { column_entries: 4, total_entries: 24, ..usual }
    }
}

fn selected<'p>(socle: &'p Socle, pack: &'p Pack) -> Rules<'p> {
    let edition = Edition { version: "0".to_owned(), digest: String::new() };
    Rules { socle, edition, packs: vec![pack] }
}

fn survey(world: &World, how: &Run) -> Survey {
    Survey {
        as_of: world.today,
        unit: world.unit,
        rollup: world.rollup,
        filter: world.filter.clone(),
        mapping: Default::default(),
        stale: None,
        strict: false,
        threads: how.threads,
        reader: how.reader(),
    }
}

fn input(bytes: &[u8]) -> Input<'_> {
    Input::file("monde.csv", move || Ok(Box::new(Cursor::new(bytes))))
}

/// Audits a world, and gives the lines of its verdict file too.
fn run(socle: &Socle, world: &World, rules: &[Rule], bytes: &[u8], how: &Run) -> (Report, Vec<String>) {
    run_all(socle, world, rules, vec![input(bytes)], how, None)
}

/// The same, of several inputs and with waivers.
fn run_all(
    socle: &Socle,
    world: &World,
    rules: &[Rule],
    inputs: Vec<Input<'_>>,
    how: &Run,
    waivers: Option<&Waivers>,
) -> (Report, Vec<String>) {
    let pack = pack(socle, rules.to_vec());
    let ids: Vec<String> = rules.iter().map(|rule| rule.id.clone()).collect();
    let options = AuditOptions {
        survey: survey(world, how),
        horizon: world.until.map(|until| Horizon { text: "t".to_owned(), until }),
        by: vec![world.by_text.to_owned()],
        gate: Gate::default(),
        waivers: waivers.cloned(),
        baseline: None,
    };
    let mut file = Verdicts::new(Vec::new(), "identifiant", &ids).expect("writes to memory");
    let report =
        audit(inputs, &selected(socle, &pack), &options, None, &mut [&mut file as &mut dyn RowOutput], &|_| {})
            .unwrap_or_else(|faults| panic!("{faults:?}"));
    let text = String::from_utf8(file.into_inner()).expect("UTF-8");
    (report, text.lines().skip(1).map(str::to_owned).collect())
}

/// A forecast equals the audits of its dates, and nothing changes between them.
#[test]
fn a_forecast_is_the_audits_to_come() {
    on_seeds(|seed| {
        let mut dice = Dice(seed);
        let unit = [Unit::Row, Unit::Ps, Unit::Weight][dice.below(3)];
        let socle = socle(&mut dice);
        let mut world = World::new(&mut dice, socle, unit);
        let rules = world::rules(&mut dice, socle);
        let bytes = world.csv(&mut dice);
        let how = Run { threads: 2, block_bytes: 1024 };
        if dice.below(6) > 0 {
            return Ok(());
        }
        let until = world.today.plus_days(1 + dice.below(400) as i64).expect("a date");
        let told = foretell(socle, &world, &rules, &bytes, &how, until);
        prop_assert_eq!(told.now, run(socle, &world, &rules, &bytes, &how).0.status);
        let groups = |of: &dyn Fn(&ForecastGroup) -> StatusCounts| -> Groups {
            let groups = told.by[0].groups.iter().map(|group| (group.value.clone(), of(group)));
            groups.filter(|(_, status)| status.total() > 0).collect()
        };
        let mut last = (told.now, groups(&|group| group.now));
        for (number, step) in told.steps.iter().enumerate() {
            if !told.by_month {
                world.today = step.date.plus_days(-1).expect("a date");
                prop_assert_eq!(
                    &status_and_groups(&run(socle, &world, &rules, &bytes, &how).0),
                    &last,
                    "before {}",
                    step.date
                );
            }
            world.today = step.date;
            last = (step.status, groups(&|group| group.steps[number]));
            prop_assert_eq!(&status_and_groups(&run(socle, &world, &rules, &bytes, &how).0), &last, "on {}", step.date);
        }
        world.today = until;
        prop_assert_eq!(&status_and_groups(&run(socle, &world, &rules, &bytes, &how).0), &last, "at the end");
        Ok(())
    });
}

type Groups = BTreeMap<GroupValue, StatusCounts>;

fn status_and_groups(report: &Report) -> (StatusCounts, Groups) {
    (report.status, report.by[0].groups.iter().map(|group| (group.value.clone(), group.status)).collect())
}

fn foretell(socle: &Socle, world: &World, rules: &[Rule], bytes: &[u8], how: &Run, until: Date) -> Forecast {
    let pack = pack(socle, rules.to_vec());
    let options = ForecastOptions { survey: survey(world, how), until, by: vec![world.by_text.to_owned()] };
    forecast(vec![input(bytes)], &selected(socle, &pack), &options, &|_| {})
        .unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// Measures a world, by one field or by two.
fn measure(
    socle: &Socle,
    world: &World,
    rules: &[Rule],
    bytes: &[u8],
    how: &Run,
    measure: &str,
    crossed: bool,
) -> Rates {
    let pack = pack(socle, rules.to_vec());
    let mut by = vec![world.by_text.to_owned()];
    by.extend(crossed.then(|| world.across_text.to_owned()));
    let options = RatesOptions {
        survey: survey(world, how),
        unit_asked: true,
        by,
        measure: measure.to_owned(),
        beside: None,
        fail_under: None,
        market: false,
        publish: None,
    };
    rates(vec![input(bytes)], &selected(socle, &pack), &options, None, &|_| {})
        .unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn compare(seed: u64, unit: Unit) -> Result<(), TestCaseError> {
    let mut dice = Dice(seed);
    let socle = socle(&mut dice);
    let world = World::new(&mut dice, socle, unit);
    let rules = world::rules(&mut dice, socle);
    let waivers = world::waivers(&mut dice, socle, &rules, world.today);
    let filter = world.filter.as_deref().map(|text| world::compile(socle, text, true));
    let expected = naive::judge(socle, &world, &rules, filter.as_ref(), &waivers.list);
    let bytes = world.csv(&mut dice);
    for how in [Run { threads: 1, block_bytes: 1 << 20 }, Run { threads: 2, block_bytes: 1024 }] {
        let (report, lines) = run_all(socle, &world, &rules, vec![input(&bytes)], &how, Some(&waivers));
        let covered: Vec<u64> = report.waivers.iter().flat_map(|w| &w.list).map(|waiver| waiver.covered).collect();
        prop_assert_eq!(&covered, &expected.covered);
        prop_assert_eq!(report.basis.population.rows, expected.rows);
        prop_assert_eq!(report.status, expected.status);
        prop_assert_eq!(report.status.total(), expected.units);
        let counts: Vec<_> = report.rules.iter().map(|rule| rule.counts).collect();
        prop_assert_eq!(&counts, &expected.rules);
        for (rule, expiring) in report.rules.iter().zip(&expected.expiring) {
            if let Some(found) = rule.expiring {
                prop_assert_eq!(found, *expiring, "expiring of {}", rule.id);
            }
        }
        prop_assert_eq!(report.up_to_date_with_advice, expected.with_advice);
        let groups: BTreeMap<_, _> =
            report.by[0].groups.iter().map(|g| (g.value.clone(), (g.population, g.status))).collect();
        prop_assert_eq!(&groups, &expected.groups);
        for (number, rule) in report.rules.iter().enumerate() {
            let pass: u64 = report.by[0].groups.iter().map(|group| group.rules[number].pass).sum();
            prop_assert_eq!(pass, rule.counts.pass, "groups sum to the rule {}", rule.id);
        }
        if !world.rows.iter().flatten().any(|cell| cell.contains([';', '"', '\n', ' '])) {
            prop_assert_eq!(&lines, &expected.lines);
        }
        let letters = |lines: &[String]| {
            lines
                .iter()
                .map(|l| l.rsplitn(rules.len() + 2, ',').take(rules.len() + 1).map(str::to_owned).collect::<Vec<_>>())
                .collect::<Vec<_>>()
        };
        prop_assert_eq!(letters(&lines), letters(&expected.lines));
    }
    Ok(())
}

/// The groups of rates, with their verdicts.
fn cells(rates: &Rates) -> BTreeMap<Vec<GroupValue>, Counts> {
    let value = |member: &Member| match member {
        Member::Of(value) => value.clone(),
        Member::Others | Member::All => panic!("no such member in a cell that is not published"),
    };
    let cells = rates.cells.iter();
    cells.map(|cell| (cell.key.iter().map(value).collect(), cell.figures.counts.unwrap_or_default())).collect()
}

#[test]
fn rates_are_those_of_the_naive_engine_and_sum_to_the_population() {
    on_seeds(|seed| {
        let mut dice = Dice(seed);
        let unit = [Unit::Row, Unit::Ps, Unit::Weight][dice.below(3)];
        let socle = socle(&mut dice);
        let world = World::new(&mut dice, socle, unit);
        let rules = world::rules(&mut dice, socle);
        let filter = world.filter.as_deref().map(|text| world::compile(socle, text, true));
        let expected = naive::judge(socle, &world, &rules, filter.as_ref(), &[]);
        let bytes = world.csv(&mut dice);
        let number = dice.below(rules.len());
        let of_status = |status: StatusCounts| status.counts();
        for how in [Run { threads: 1, block_bytes: 1 << 20 }, Run { threads: 2, block_bytes: 1024 }] {
            let status = measure(socle, &world, &rules, &bytes, &how, "status", true);
            let naive: BTreeMap<_, _> =
                expected.crossed.iter().map(|(k, (s, _))| (k.to_vec(), of_status(*s))).collect();
            prop_assert_eq!(cells(&status), naive);
            let rule = measure(socle, &world, &rules, &bytes, &how, &rules[number].id, true);
            let naive: BTreeMap<_, _> = expected.crossed.iter().map(|(k, (_, r))| (k.to_vec(), r[number])).collect();
            prop_assert_eq!(cells(&rule), naive);
            let one = measure(socle, &world, &rules, &bytes, &how, "status", false);
            let naive: BTreeMap<_, _> =
                expected.groups.iter().map(|(k, (_, s))| (vec![k.clone()], of_status(*s))).collect();
            prop_assert_eq!(cells(&one), naive);
            for rates in [&status, &rule, &one] {
                prop_assert_eq!(rates.total.n, Some(expected.units));
                let sum: u64 = rates.cells.iter().filter_map(|cell| cell.figures.n).sum();
                prop_assert_eq!(sum, expected.units);
                for number in 0..rates.by.len() {
                    let of = rates.subtotals.iter().filter(|cell| cell.key[number] != Member::All);
                    let sum: u64 = of.filter_map(|cell| cell.figures.n).sum();
                    prop_assert_eq!(sum, if rates.by.len() == 2 { expected.units } else { 0 });
                }
            }
        }
        Ok(())
    });
}

#[test]
fn rows_are_judged_as_the_naive_engine_does() {
    on_seeds(|seed| compare(seed, Unit::Row));
}

#[test]
fn weights_are_summed_as_the_naive_engine_does() {
    on_seeds(|seed| compare(seed, Unit::Weight));
}

#[test]
fn rows_of_a_ps_are_rolled_up_as_the_naive_engine_does() {
    on_seeds(|seed| compare(seed, Unit::Ps));
}

#[test]
fn the_order_of_the_rows_changes_no_count() {
    on_seeds(|seed| {
        let mut dice = Dice(seed);
        let unit = [Unit::Row, Unit::Ps, Unit::Weight][dice.below(3)];
        let socle = socle(&mut dice);
        let mut world = World::new(&mut dice, socle, unit);
        let rules = world::rules(&mut dice, socle);
        let how = Run { threads: 2, block_bytes: 1024 };
        let before = run(socle, &world, &rules, &world.csv(&mut dice), &how).0;
        for last in (1..world.rows.len()).rev() {
            world.rows.swap(last, dice.below(last + 1));
        }
        let after = run(socle, &world, &rules, &world.csv(&mut dice), &how).0;
        prop_assert_eq!(before.status, after.status);
        prop_assert_eq!(before.up_to_date_with_advice, after.up_to_date_with_advice);
        for (one, two) in before.rules.iter().zip(&after.rules) {
            prop_assert_eq!((one.counts, one.expiring), (two.counts, two.expiring));
        }
        for (one, two) in before.by[0].groups.iter().zip(&after.by[0].groups) {
            prop_assert_eq!((&one.value, one.population, one.status), (&two.value, two.population, two.status));
        }
        Ok(())
    });
}

/// What is asked beside (groups, a file of verdicts, a filter that keeps all) reads other columns, and changes no count:
/// neither of records nor of rows of totals.
#[test]
fn what_is_asked_beside_changes_no_count() {
    on_seeds(|seed| {
        let mut dice = Dice(seed);
        let unit = [Unit::Row, Unit::Weight][dice.below(2)];
        let socle = socle(&mut dice);
        let mut world = World::new(&mut dice, socle, unit);
        let rules = world::rules(&mut dice, socle);
        let width = world.rows.first().map_or(1, Vec::len);
        let mut bytes = world.csv(&mut dice);
        for _ in 0..dice.below(4) {
            let mut cells: Vec<&str> =
                (0..width).map(|_| dice.pick(&["", "", "12", "1 200", "oui", "Total"])).collect();
            cells[dice.below(width)] = dice.pick(&["Total", "TOTAL GÉNÉRAL", "Sous-total Untel", "total : tous"]);
            bytes.extend(format!("{}\n", cells.join(";")).into_bytes());
        }
        world.filter = None;
        let how = Run { threads: 1 + dice.below(2), block_bytes: 1024 };
        let told = |report: Report| {
            let counts: Vec<Counts> = report.rules.iter().map(|rule| rule.counts).collect();
            (report.basis.population.rows, report.status, counts)
        };
        let pack = pack(socle, rules.clone());
        let alone = AuditOptions {
            survey: survey(&world, &how),
            horizon: None,
            by: Vec::new(),
            gate: Gate::default(),
            waivers: None,
            baseline: None,
        };
        let alone = audit(vec![input(&bytes)], &selected(socle, &pack), &alone, None, &mut [], &|_| {})
            .unwrap_or_else(|faults| panic!("{faults:?}"));
        let alone = told(alone);
        prop_assert_eq!(&told(run(socle, &world, &rules, &bytes, &how).0), &alone);
        world.filter = Some("palier == palier || palier != palier".to_owned());
        let kept = run(socle, &world, &rules, &bytes, &how).0;
        let unknown = kept.basis.data.iter().find(|finding| finding.code == "inventory/filter-unknown");
        let rows = kept.basis.population.rows + unknown.map_or(0, |finding| finding.count);
        prop_assert_eq!(rows, alone.0);
        Ok(())
    });
}

/// Bytes, then an error.
struct Failing<'b>(Cursor<&'b [u8]>);

impl Read for Failing<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.0.read(out)? {
            0 => Err(io::Error::other("torn off")),
            count => Ok(count),
        }
    }
}

/// Whatever was read of it before it failed, among files before and after it.
#[test]
fn a_bad_file_counts_nothing() {
    on_seeds(|seed| {
        let mut dice = Dice(seed);
        let unit = [Unit::Row, Unit::Ps, Unit::Weight][dice.below(3)];
        let socle = socle(&mut dice);
        let world = World::new(&mut dice, socle, unit);
        let rules = world::rules(&mut dice, socle);
        let files = [world.csv(&mut dice), world.csv(&mut dice), world.csv(&mut dice)];
        let [first, bad, last] = files.each_ref().map(Vec::as_slice);
        let torn = &bad[..bad.len() * 3 / 4];
        for how in [Run { threads: 1, block_bytes: 2048 }, Run { threads: 2, block_bytes: 2048 }] {
            let failing = Input::file("monde.csv", || Ok(Box::new(Failing(Cursor::new(torn)))));
            let (mut report, lines) =
                run_all(socle, &world, &rules, vec![input(first), failing, input(last)], &how, None);
            report.basis.data.retain(|finding| finding.code != "inventory/bad-file");
            let (expected, without) = run_all(socle, &world, &rules, vec![input(first), input(last)], &how, None);
            prop_assert_eq!(format!("{report:?}"), format!("{expected:?}"));
            prop_assert_eq!(lines, without);
        }
        Ok(())
    });
}

/// DESIGN's first invariant, from end to end: a blank cell filled with anything never turns Pass into Fail or back.
#[test]
fn filling_a_blank_never_turns_a_verdict_around() {
    on_seeds(|seed| {
        let mut dice = Dice(seed);
        let socle = socle(&mut dice);
        let mut world = World::new(&mut dice, socle, Unit::Row);
        world.filter = None;
        let rules = world::rules(&mut dice, socle);
        let full = world.rows.clone();
        // A build corrects the caption of its system (Windows 11 often calls itself 10): of the columns that
        // complete each other it alone may change what was known.
        // What is declared replaces what a catalogue derives: that is no blank.
        let derived = |name: &str| socle.field(name).is_some_and(|field| socle.derives(field));
        let kept = |name: &str| name == "os_version" || derived(name);
        let blanked: Vec<bool> = world.columns.iter().map(|c| !kept(c.name) && dice.below(3) > 0).collect();
        for row in &mut world.rows {
            for (cell, _) in row.iter_mut().zip(&blanked).filter(|(_, blanked)| **blanked) {
                if dice.below(2) == 0 {
                    cell.clear();
                }
            }
        }
        let how = Run { threads: 1, block_bytes: 1 << 20 };
        let before = run(socle, &world, &rules, &world.csv(&mut dice), &how).1;
        let blank = std::mem::replace(&mut world.rows, full);
        let after = run(socle, &world, &rules, &world.csv(&mut dice), &how).1;
        let verdicts =
            |line: &str| line.rsplitn(rules.len() + 1, ',').take(rules.len()).map(letter).collect::<Vec<_>>();
        for (row, (before, after)) in before.iter().zip(&after).enumerate() {
            // Letters come from the end of the line.
            for ((before, after), rule) in verdicts(before).into_iter().zip(verdicts(after)).zip(rules.iter().rev()) {
                let turned = before != Verdict::Unknown && after != Verdict::Unknown && before != after;
                let cells = (&blank[row], &world.rows[row]);
                let text = |rule: &Rule| rule.conditions().map(|c| c.text.clone()).collect::<Vec<_>>();
                prop_assert!(!turned, "{:?}: {:?} became {:?}, {:?}", text(rule), before, after, cells);
            }
        }
        Ok(())
    });
}

fn letter(text: &str) -> Verdict {
    match text {
        "P" => Verdict::Pass,
        "F" => Verdict::Fail,
        "U" => Verdict::Unknown,
        _ => Verdict::NotApplicable,
    }
}
