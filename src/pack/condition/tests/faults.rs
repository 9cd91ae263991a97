//! Each fault: its code, the text underlined, the message, the way out.

use super::fixture::Fixture;
use crate::pack::condition::{Names, compile, compile_bool};

/// `code | underlined | message | help`, one line a fault, in English.
fn told(fixture: &Fixture, text: &str) -> Vec<String> {
    let faults = compile(text, &fixture.names()).err().unwrap_or_default();
    (faults.iter())
        .map(|f| {
            let help = f.help.as_ref().map_or("", |h| h.en.as_str());
            let underlined = text.get(f.span.clone()).unwrap_or("span outside the text");
            assert!(!f.message.fr.is_empty() && !f.label.fr.is_empty() && !f.label.en.is_empty(), "{f:?}");
            format!("{} | {underlined} | {} | {help}", f.code.trim_start_matches("condition/"), f.message.en)
        })
        .collect()
}

#[test]
fn faults() {
    let fixture = Fixture::new();
    let mut found = String::new();
    for text in FAULTY {
        found.push_str(&format!("{text}\n"));
        for line in told(&fixture, text) {
            found.push_str(&format!("    {line}\n"));
        }
    }
    let expected = include_str!("faults.txt");
    if found != expected && std::env::var_os("UPDATE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/pack/condition/tests/faults.txt"), &found).unwrap();
        return;
    }
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected, "run with UPDATE=1 to accept");
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "run with UPDATE=1 to accept");
}

const FAULTY: &[&str] = &[
    // names
    "tailles == 'CAT6'",
    "os.familly == 'windows'",
    "os.extended.untill > today",
    "os.extended > today",
    "routeurs.niveau == 'CAT6'",
    "routeurs.exists(l, l.nivau == 'CAT6')",
    "routeurs.exists(taille, true) || routeurs.exists(l, routeurs.all(l, true))",
    "routeurs.exists(today, true)",
    "releve.month == 3",
    "identifiant.cle",
    "ville.length == 3",
    // values
    "taille == 'CAT9'",
    "taille in ['CAT6', 'CAT66', 'Cat. 7x']",
    "os.family == 'window'",
    "os.family in ['linux', 'macos']",
    "os.family == (wifi ? 'linux' : 'macos')",
    "os.family in (wifi ? ['linux', 'macos'] : [])",
    "'voip' in occupation.services",
    "occupation.services.exists(s, s == 'wifir')",
    // types
    "logiciel_version >= '4.2'",
    "releve > '2021-01-01'",
    "postes > 3.0",
    "taux > 1 + 2",
    "taux == 9007199254740993",
    "taux == postes",
    "wifi == 'oui'",
    "taille == ville",
    "occupation < 'taxi'",
    "taille == os",
    "identifiant == '123'",
    "gps == gps",
    "routeurs == routeurs",
    "1 < 2 < 3",
    "wifi && 1",
    "!postes",
    "-ville == 'x'",
    "postes + ville == 3",
    "releve - releve > 3",
    "etages + etages == etages",
    "taux % 2.0 == 0.0",
    "'a' in 'abc'",
    "'a' in etages",
    "[1, 'a', 2.5] == etages",
    "wifi ? 1 : 'a'",
    "postes.exists(x, true)",
    "etages.exists(x, x)",
    "size(postes) == 1",
    "taille.startsWith('A')",
    "ville.startsWith(1)",
    "postes ? true : false",
    // constants
    "releve > date('2021-13-01') && releve > date('31/12/2021') && releve > date(ville)",
    "logiciel_version > version('quatre')",
    "ville.matches('(')",
    "ville.matches('[a&&b]')",
    "ville.matches(ville)",
    // today
    "today",
    "today.year.month",
    "today in [date('2021-01-01')]",
    "releve + postes > today",
    "today + postes > releve",
    "today > today - 3",
    "(wifi ? today : releve) > date('2021-01-01')",
    "[today] == [releve]",
    // not in the language
    "has(os.family)",
    "etages.map(e, e + 1) == etages",
    "int('1') == 1",
    "taille == null",
    "b'a' == b'b'",
    "1u == 2u",
    "etages[0][1] == 1",
    "{'a': 1}.size() == 1",
    "os{a: 1}",
    "sise(etages) == 1",
    "etages.exist(e, true)",
    "size('a', 'b') == 1",
    "date.size() == 1",
    "etages.exists(e + 1, true)",
    // syntax
    "",
    "   ",
    "wifi &&",
    "wifi and ouvert",
    "wifi == = ouvert",
    "wifi = ouvert & true",
    "taille ≥ 'CAT6'",
    "(wifi",
    "[1, 2",
    "wifi)",
    "ville == 'abc",
    "ville == 'a\\qb'",
    "ville == «Paris»",
    "région == 'x'",
    "1.2.3 == 1",
    "0x == 1 && 12abc == 2",
    "9223372036854775808 == 1 || 99999999999999999999 == 1",
    "if == 1",
    "wifi ? ouvert",
    "f(1,)",
    ".wifi",
    "a.b.in.c",
    // several at once
    "tailler == 'x' && os.familly == 'y' || ville == 'a\\q' && postes > 'z'",
    // previous, elsewhere
    "previous",
    "previous.tailles == 'x'",
];

#[test]
fn previous_only_where_two_manifests_are_compared() {
    let fixture = Fixture::new();
    let names = Names { previous: false, ..fixture.names() };
    assert_eq!(compile("previous.taille == 'CAT6'", &names).unwrap_err()[0].code, "condition/previous");
}

#[test]
fn fields_of_another_kind() {
    let fixture = Fixture::new();
    let names = Names { kind: Some("release"), ..fixture.names() };
    let faults = compile("wifi", &names).unwrap_err();
    assert_eq!(faults[0].message.en, "`release` has no field `wifi`");
}

#[test]
fn a_condition_is_a_boolean() {
    let fixture = Fixture::new();
    assert_eq!(compile_bool("postes + 1", &fixture.names()).unwrap_err()[0].code, "condition/type");
    assert!(compile_bool("postes > 1", &fixture.names()).is_ok());
}

#[test]
fn limits() {
    let fixture = Fixture::new();
    let repeat = |part: &str, n: usize| part.repeat(n);
    for text in [
        repeat("a", 5000),
        repeat("(", 4000),
        repeat("[", 4000),
        repeat("!", 4000) + "wifi",
        repeat("- ", 2000) + "1 == 1",
        repeat("-", 4000) + "postes == 1",
        "a".to_owned() + &repeat(".b", 2000),
        "a".to_owned() + &repeat(".b()", 1000),
        repeat("true ? true : ", 280) + "true",
        repeat("size([", 600) + "1" + &repeat("])", 600),
        "1".to_owned() + &repeat("+1", 2000) + " == 1",
        "etages.exists(a, etages.exists(b, etages.exists(c, a == b && b == c)))".to_owned(),
    ] {
        let faults = fixture.compile(&text).unwrap_err();
        assert!(faults.iter().any(|f| f.code == "condition/limit"), "{}: {faults:?}", &text[..40.min(text.len())]);
    }
    for text in [
        "wifi".to_owned() + &repeat(" || wifi", 500),
        "1".to_owned() + &repeat(" + 1", 80) + " == 81",
        repeat("(", 90) + "wifi" + &repeat(")", 90),
        repeat("!", 90) + "wifi",
        "etages.exists(a, etages.all(b, a >= b))".to_owned(),
    ] {
        assert!(fixture.compile(&text).is_ok(), "{text}");
    }
}
