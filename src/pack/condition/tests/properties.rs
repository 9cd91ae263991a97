//! Properties over random conditions and random records.

use super::fixture::{Fixture, NONE, OCCUPATION, OS, ROUTEUR, TAILLE, date};
use crate::pack::condition::{Names, calendar, compile, decide, eval, fields, flips, truth, words};
use crate::value::{Date, Datum, Identifier, Missing, RowRef, Truth, Type, Value, Version};
use proptest::prelude::*;
use proptest::test_runner::Config;
use std::sync::Arc;

/// A source of choices: bytes that proptest draws and shrinks.
struct Choices<'a> {
    bytes: &'a [u8],
}

impl Choices<'_> {
    fn next(&mut self, n: usize) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*first) % n
    }

    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.next(texts.len())]
    }
}

/// A random well-typed condition, as text.
fn boolean(choices: &mut Choices<'_>, depth: usize) -> String {
    if depth == 0 {
        return choices
            .pick(&["wifi", "ouvert", "taille.neuf", "gps.present", "identifiant.key_ok", "true"])
            .to_owned();
    }
    let d = depth - 1;
    match choices.next(19) {
        0 | 1 => format!("({} && {})", boolean(choices, d), boolean(choices, d)),
        2 | 3 => format!("({} || {})", boolean(choices, d), boolean(choices, d)),
        4 => format!("!{}", boolean(choices, d)),
        5 => format!("({} ? {} : {})", boolean(choices, d), boolean(choices, d), boolean(choices, d)),
        6 => format!("({} {} {})", int(choices, d), relation(choices), int(choices, d)),
        7 => format!("({} {} {})", double(choices, d), relation(choices), double(choices, d)),
        8 => format!("({} {} {})", text(choices, d), relation(choices), text(choices, d)),
        9 => format!("({} {} {})", day(choices, d), relation(choices), day(choices, d)),
        10 => format!("({} {} {})", version(choices), relation(choices), version(choices)),
        11 => format!("(taille {} {})", relation(choices), taille(choices)),
        12 => format!("(os {} {})", choices.pick(&["==", "!="]), choices.pick(&["'win7'", "'win10-pro'", "os"])),
        13 => format!("(taille in [{}, {}])", taille(choices), taille(choices)),
        14 => format!("({} in {})", int(choices, d), ints(choices, d)),
        15 => {
            let (quantifier, name) = (choices.pick(&["exists", "all"]), format!("v{depth}"));
            let list = ints(choices, d);
            let other = int(choices, d);
            format!("{list}.{quantifier}({name}, {name} {} {other} || {})", relation(choices), boolean(choices, d))
        }
        16 => {
            let (quantifier, name) = (choices.pick(&["exists", "all"]), format!("l{depth}"));
            let niveau = taille(choices);
            format!(
                "routeurs.{quantifier}({name}, {name}.niveau {} {niveau} && {})",
                relation(choices),
                boolean(choices, d)
            )
        }
        17 => {
            let test = choices.pick(&["startsWith('a')", "endsWith('b')", "contains('a')", "matches('^a+$')"]);
            format!("{}.{test}", choices.pick(&["ville", "identifiant", "os.family"]))
        }
        _ => format!("({} {} {})", ints(choices, d), choices.pick(&["==", "!="]), ints(choices, d)),
    }
}

fn relation(choices: &mut Choices<'_>) -> &'static str {
    ["==", "!=", "<", "<=", ">", ">="][choices.next(6)]
}

fn taille(choices: &mut Choices<'_>) -> &'static str {
    ["'CAT6'", "'CAT6NEUF'", "'CAT7'", "'CAT8'"][choices.next(4)]
}

fn int(choices: &mut Choices<'_>, depth: usize) -> String {
    if depth == 0 {
        return choices
            .pick(&["postes", "0", "1", "-1", "9223372036854775807", "taille.annee", "releve.year"])
            .to_owned();
    }
    let d = depth - 1;
    match choices.next(5) {
        0 => format!("({} {} {})", int(choices, d), choices.pick(&["+", "-", "*", "/", "%"]), int(choices, d)),
        1 => format!("-({})", int(choices, d)),
        2 => format!("size({})", ints(choices, d)),
        3 => format!("({} ? {} : {})", boolean(choices, d), int(choices, d), int(choices, d)),
        _ => choices
            .pick(&["logiciel_version.major", "gps.version.minor", "today.year", "size(ville)", "postes"])
            .to_owned(),
    }
}

fn double(choices: &mut Choices<'_>, depth: usize) -> String {
    if depth == 0 {
        return choices.pick(&["taux", "0.0", "1.5", "(0.0 / 0.0)"]).to_owned();
    }
    format!("({} {} {})", double(choices, depth - 1), choices.pick(&["+", "-", "*", "/"]), double(choices, depth - 1))
}

fn text(choices: &mut Choices<'_>, depth: usize) -> String {
    if depth == 0 {
        return choices.pick(&["ville", "'a'", "'b'", "ville + 'a'", "identifiant.scheme"]).to_owned();
    }
    format!("({} ? {} : {})", boolean(choices, depth - 1), text(choices, 0), text(choices, 0))
}

fn day(choices: &mut Choices<'_>, _depth: usize) -> String {
    choices
        .pick(&[
            "releve",
            "os.end_of_support",
            "os.extended.until - 30",
            "date('2026-01-01')",
            "releve + 1",
            "releve + postes",
        ])
        .to_owned()
}

fn version(choices: &mut Choices<'_>) -> &'static str {
    ["logiciel_version", "gps.version", "version('2.0')", "extension_min", "previous.logiciel_version"][choices.next(5)]
}

fn ints(choices: &mut Choices<'_>, depth: usize) -> String {
    if depth == 0 {
        return choices.pick(&["etages", "[]", "[1, 2]", "[postes]"]).to_owned();
    }
    let d = depth - 1;
    match choices.next(3) {
        0 => format!("[{}, {}]", int(choices, d), int(choices, d)),
        1 => format!("({} ? etages : [1])", boolean(choices, d)),
        _ => "etages".to_owned(),
    }
}

/// Some values of a type, among few, so that random records meet.
fn value(choices: &mut Choices<'_>, ty: &Type, partial: bool) -> Value {
    match ty {
        Type::Bool => Value::Bool(choices.next(2) == 0),
        Type::Int => Value::Int([0, 1, 2, -1, i64::MAX][choices.next(5)]),
        Type::Double => Value::Double([0.0, -0.0, 1.5, f64::NAN, f64::INFINITY][choices.next(5)]),
        Type::String => Value::String(choices.pick(&["", "a", "ab", "é"]).into()),
        Type::Date => Value::Date(date(choices.pick(&["2025-12-31", "2026-01-01", "9999-12-31"]))),
        Type::Version => Value::Version(match choices.next(3) {
            0 => Version::ABSENT,
            1 => Version::parse("2.0").unwrap(),
            _ => Version::parse("5.1.10").unwrap(),
        }),
        Type::Identifier => Value::Identifier(Arc::new(Identifier {
            text: choices.pick(&["a", "ba"]).into(),
            mask: None,
            scheme: datum(choices, &Type::String, partial),
            key_ok: datum(choices, &Type::Bool, partial),
        })),
        Type::Row(table) => {
            let rows = if *table == OCCUPATION { 2 } else { 4 };
            Value::Row(RowRef { table: *table, row: u32::try_from(choices.next(rows)).unwrap() })
        }
        Type::Record(record) => {
            let members =
                if *record == ROUTEUR { [Type::Row(TAILLE), Type::String] } else { [Type::Bool, Type::Version] };
            Value::Record(members.iter().map(|ty| datum(choices, ty, partial)).collect())
        }
        Type::List(item) => {
            let n = choices.next(4);
            Value::List((0..n).map(|_| datum(choices, item, partial)).collect())
        }
    }
}

/// What is known of a cell: a value, candidates, nothing; only values when it is not `partial`.
fn datum(choices: &mut Choices<'_>, ty: &Type, partial: bool) -> Datum {
    match if partial { choices.next(6) } else { 5 } {
        0 | 1 => NONE,
        2 => {
            let n = 2 + choices.next(2);
            Datum::one_of((0..n).map(|_| value(choices, ty, partial)).collect())
        }
        _ => Datum::Known(value(choices, ty, partial)),
    }
}

/// A datum that says more: an unknown one gets a value or candidates, candidates lose some, inside too.
fn refined(choices: &mut Choices<'_>, datum: &Datum, ty: &Type) -> Datum {
    match datum {
        Datum::Unknown(Missing::NoAttribute) => datum.clone(),
        Datum::Unknown(_) if choices.next(3) == 0 => datum.clone(),
        Datum::Unknown(_) => {
            let partial = choices.next(2) == 0;
            self::datum(choices, ty, partial)
        }
        Datum::Known(value) => Datum::Known(refined_value(choices, value, ty)),
        Datum::OneOf(values) => {
            let kept: Vec<Value> = values.iter().filter(|_| choices.next(3) > 0).cloned().collect();
            let kept = if kept.is_empty() { vec![values[choices.next(values.len())].clone()] } else { kept };
            Datum::one_of(kept.iter().map(|value| refined_value(choices, value, ty)).collect())
        }
    }
}

fn refined_value(choices: &mut Choices<'_>, value: &Value, ty: &Type) -> Value {
    match (value, ty) {
        (Value::List(items), Type::List(item)) => {
            Value::List(items.iter().map(|d| refined(choices, d, item)).collect())
        }
        (Value::Record(members), Type::Record(record)) => {
            let types =
                if *record == ROUTEUR { [Type::Row(TAILLE), Type::String] } else { [Type::Bool, Type::Version] };
            Value::Record(members.iter().zip(&types).map(|(d, ty)| refined(choices, d, ty)).collect())
        }
        (Value::Identifier(id), _) => Value::Identifier(Arc::new(Identifier {
            text: id.text.clone(),
            mask: None,
            scheme: refined(choices, &id.scheme, &Type::String),
            key_ok: refined(choices, &id.key_ok, &Type::Bool),
        })),
        _ => value.clone(),
    }
}

/// More cases by an environment variable, a fixed seed otherwise.
fn config() -> Config {
    let cases = std::env::var("VIGIE_PROPERTY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(2000);
    Config { cases, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..Config::default() }
}

fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    (0..=to.days_since(from)).filter_map(move |n| from.plus_days(n))
}

proptest! {
    #![proptest_config(config())]

    /// Learning more never turns true into false, or back; a value once known stays.
    #[test]
    fn monotony(
        shape in prop::collection::vec(any::<u8>(), 120),
        before in prop::collection::vec(any::<u8>(), 120),
        after in prop::collection::vec(any::<u8>(), 200),
    ) {
        let fixture = Fixture::new();
        let condition = boolean(&mut Choices { bytes: &shape }, 3);
        let expr = match compile(&condition, &fixture.names()) {
            Ok(expr) => expr,
            Err(faults) => {
                prop_assert!(faults.iter().all(|f| f.code == "condition/limit"), "{}: {:?}", condition, faults);
                return Ok(());
            }
        };
        let mut choices = Choices { bytes: &before };
        let record: Vec<Datum> = fixture.fields.iter().map(|f| datum(&mut choices, &f.ty, true)).collect();
        let mut choices = Choices { bytes: &after };
        let more: Vec<Datum> =
            record.iter().zip(&fixture.fields).map(|(d, f)| refined(&mut choices, d, &f.ty)).collect();
        let (env, more_env) = (fixture.env(&record, "2026-06-30"), fixture.env(&more, "2026-06-30"));
        let (was, is) = (truth(&expr, &env), truth(&expr, &more_env));
        prop_assert!(was == Truth::Unknown || was == is, "{}: {:?} then {:?}\n{:?}\n{:?}", condition, was, is, record, more);
        // `eval` and `truth` agree, and what decided is told when and only when it is not true.
        let datum = eval(&expr, &env);
        prop_assert_eq!(datum.known() == Some(&Value::Bool(true)), was == Truth::True);
        prop_assert_eq!(matches!(datum, Datum::Unknown(_)), was == Truth::Unknown);
        let reasons = decide(&expr, &env);
        prop_assert_eq!(reasons.is_empty(), was == Truth::True, "{}: {:?}", condition, reasons);
        prop_assert!(reasons.iter().all(|r| r.truth == was), "{}", condition);
        // Words exist in both languages.
        let said = words(&expr, &fixture.names());
        prop_assert!(!said.fr.is_empty() && !said.en.is_empty());
        // A field that is not read changes nothing.
        let read = fields(&expr);
        let mut blanked = record.clone();
        for (i, datum) in blanked.iter_mut().enumerate() {
            if !read.iter().any(|id| usize::from(id.0) == i) {
                *datum = NONE;
            }
        }
        let blanked_env = crate::pack::condition::Env { fields: &blanked, previous: &record, ..env };
        prop_assert_eq!(truth(&expr, &blanked_env), was);
    }

    /// Between two dates of flips nothing changes.
    #[test]
    fn every_flip_is_foreseen(
        terms in prop::collection::vec((0usize..12, 0usize..6, any::<bool>()), 1..4),
        before in prop::collection::vec(any::<u8>(), 120),
    ) {
        let fixture = Fixture::new();
        let sides = [
            ("today", "date('2026-01-01')"),
            ("today", "releve"),
            ("today + 3", "os.end_of_support"),
            ("os.end_of_support", "today - 5"),
            ("os.extended.until + 10", "today"),
            ("today.year", "2026"),
            ("extension_min", "logiciel_version"),
            ("today.year - releve.year", "1"),
            ("today", "(wifi ? releve : date('2026-02-01')) - 4"),
            ("10 + today", "date('2026-01-01') + 20"),
            ("etages.exists(e, e == 1 && today > date('2026-03-03'))", ""),
            ("routeurs.exists(l, l.niveau == 'CAT7' && today <= date('2026-03-03'))", ""),
        ];
        let condition = terms.iter().map(|(side, relation, _)| {
            let (a, b) = sides[*side];
            if b.is_empty() { a.to_owned() } else { format!("{a} {} {b}", ["==", "!=", "<", "<=", ">", ">="][*relation]) }
        }).collect::<Vec<_>>().join(if terms[0].2 { " && " } else { " || " });
        let expr = fixture.expr(&condition);
        let mut choices = Choices { bytes: &before };
        let record: Vec<Datum> = fixture.fields.iter().map(|f| datum(&mut choices, &f.ty, true)).collect();
        let (from, to) = (date("2025-01-01"), date("2026-06-30"));
        let env = fixture.env(&record, "2025-01-01");
        let dates = flips(&expr, &env, from, to);
        let known = calendar(&expr, &fixture.tables, &fixture.parameters, from, to);
        let foreseen = |date| known.dates.contains_key(date) || known.from_records;
        prop_assert!(dates.iter().all(foreseen), "{}: {:?}, in the calendar {:?}", condition, dates, known);
        let mut last = truth(&expr, &env);
        for today in days(from, to).skip(1) {
            let now = truth(&expr, &crate::pack::condition::Env { today, ..env });
            prop_assert!(now == last || dates.contains(&today), "{}: {:?} on {}, foreseen {:?}", condition, now, today, dates);
            last = now;
        }
    }

    /// No text makes the compiler panic, and every fault points into the text.
    #[test]
    fn any_text_is_judged(parts in prop::collection::vec(prop_oneof![
        prop::sample::select(vec![
            "taille", "os", ".", "family", "(", ")", "[", "]", "'CAT6'", "==", "&&", "||", "!", "-", "?", ":", ",", "1", "2.5",
            "today", "previous", "routeurs", "exists", "all", "l", "size", "date", "version", "matches", "'(a'", "in", "'", "\"",
            "r'", "'''", "\\", "0x", "1e", "é", "≥", "//", "\n", "b'a'", "1u", "null", "true", "{", "}", " ", "etages", "x", "+",
        ]).prop_map(str::to_owned),
        any::<char>().prop_map(|c| c.to_string()),
    ], 0..40)) {
        let fixture = Fixture::new();
        let text = parts.concat();
        match compile(&text, &fixture.names()) {
            Ok(expr) => {
                let record = fixture.record(&[]);
                let env = fixture.env(&record, "2026-06-30");
                prop_assert_eq!(decide(&expr, &env).is_empty(), eval(&expr, &env).known().is_some_and(|v| *v != Value::Bool(false)));
                prop_assert!(!words(&expr, &fixture.names()).fr.is_empty());
            }
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                for fault in faults {
                    prop_assert!(text.get(fault.span.clone()).is_some(), "{:?} in {:?}", fault, text);
                }
            }
        }
    }
}

/// Kleene's tables, and the strictness of everything else, by enumeration.
#[test]
fn truth_tables() {
    let fixture = Fixture::new();
    let all = [("true", Truth::True), ("false", Truth::False), ("wifi", Truth::Unknown)];
    let record = fixture.record(&[]);
    let env = fixture.env(&record, "2026-06-30");
    let of = |text: &str| truth(&fixture.expr(text), &env);
    for (a, ta) in all {
        assert_eq!(of(&format!("!{a}")), !ta);
        for (b, tb) in all {
            assert_eq!(of(&format!("{a} && {b}")), ta.and(tb), "{a} && {b}");
            assert_eq!(of(&format!("{a} || {b}")), ta.or(tb), "{a} || {b}");
            let both = ta != Truth::Unknown && tb != Truth::Unknown;
            assert_eq!(of(&format!("{a} == {b}")), if both { (ta == tb).into() } else { Truth::Unknown });
            assert_eq!(of(&format!("[{a}, {b}].exists(x, x)")), ta.or(tb));
            assert_eq!(of(&format!("[{a}, {b}].all(x, x)")), ta.and(tb));
            for (c, tc) in all {
                let expected = match ta {
                    Truth::True => tb,
                    Truth::False => tc,
                    Truth::Unknown => Truth::Unknown,
                };
                assert_eq!(of(&format!("{a} ? {b} : {c}")), expected, "{a} ? {b} : {c}");
            }
        }
    }
}

/// Loops inside loops over long lists give up instead of hanging.
#[test]
fn long_lists_do_not_hang() {
    let fixture = Fixture::new();
    let long: Vec<Datum> = (0..200_000).map(|n| Datum::Known(Value::Int(n))).collect();
    let record = fixture.record(&[("etages", Datum::Known(Value::List(long.into())))]);
    let env = fixture.env(&record, "2026-06-30");
    let expr = fixture.expr("etages.all(a, etages.all(b, a + b >= 0))");
    assert_eq!(eval(&expr, &env), Datum::Unknown(Missing::Overflow));
    let names = Names { ..fixture.names() };
    assert!(compile("etages.all(a, a >= 0)", &names).is_ok_and(|e| truth(&e, &env) == Truth::True));
}

#[test]
fn candidates_answer_together() {
    let fixture = Fixture::new();
    let os = |rows: &[u32]| Datum::one_of(rows.iter().map(|r| Value::Row(RowRef { table: OS, row: *r })).collect());
    for (rows, text, expected) in [
        (&[1u32, 2][..], "os.end_of_support >= date('2025-01-01')", Truth::True),
        (&[1, 2], "os.end_of_support >= date('2026-01-01')", Truth::Unknown),
        (&[0, 1], "os.extended.until >= date('2000-01-01')", Truth::Unknown),
        (&[0, 3], "os.extended.until >= date('2000-01-01')", Truth::True),
        (&[0, 3], "os.family in ['windows', 'linux']", Truth::True),
        (&[0, 3], "os in ['win7', 'win10-pro']", Truth::Unknown),
        (&[0, 3], "os != 'win10-pro'", Truth::True),
        (&[0, 3], "os.family.contains('in')", Truth::True),
    ] {
        let record = fixture.record(&[("os", os(rows))]);
        assert_eq!(truth(&fixture.expr(text), &fixture.env(&record, "2026-06-30")), expected, "{rows:?} {text}");
    }
}
