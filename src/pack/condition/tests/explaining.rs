//! Words, reasons, dates of flips, and answers to `rules eval`.

use super::fixture::{Fixture, NONE, OS, PALIER, PROFESSION, date, day, flag, int, list, record, row, string};
use crate::diag::Lang;
use crate::pack::condition::json::eval_line;
use crate::pack::condition::{decide, flips, static_flips, words};
use crate::value::{Datum, RowRef, Value};

#[test]
fn conditions_in_words() {
    let fixture = Fixture::new();
    for (text, fr, en) in [
        ("true", "toujours", "always"),
        ("palier >= 'ADD6PCSC'", "palier au moins « Add. 6 PC/SC »", "approval level at least “Add. 6 PC/SC”"),
        ("palier.pcsc && !scor", "PC/SC (palier) : oui et SCOR : non", "PC/SC (approval level): yes and SCOR: no"),
        (
            "!(palier in ['ADD6', 'ADD7'] || os.family == 'linux')",
            "palier hors de « Add. 6 », « Add. 7 » et famille (système d'exploitation) n'est pas « linux »",
            "approval level none of “Add. 6”, “Add. 7” and family (operating system) is not “linux”",
        ),
        (
            "os.end_of_support - 180 >= today",
            "fin de support (système d'exploitation) moins 180 jours pas avant la date du jour",
            "end of support (operating system) minus 180 days not before today",
        ),
        (
            "os.end_of_support > date('2021-12-31')",
            "fin de support (système d'exploitation) après le 2021-12-31",
            "end of support (operating system) after 2021-12-31",
        ),
        (
            "today <= date('2021-12-31') || palier == 'ADD8'",
            "jusqu'au 2021-12-31 inclus ou palier est « Add. 8 »",
            "until 2021-12-31 included or approval level is “Add. 8”",
        ),
        (
            "lecteurs.exists(l, l.niveau.pcsc || (l.niveau == 'ADD6' && today <= date('2021-12-31')))",
            "au moins un des lecteurs : PC/SC (niveau) : oui ou (niveau est « Add. 6 » et jusqu'au 2021-12-31 inclus)",
            "at least one of readers: PC/SC (level): yes or (level is “Add. 6” and until 2021-12-31 included)",
        ),
        (
            "lecteurs.all(l, l.niveau > 'ADD6') && size(lecteurs) >= 1",
            "(tous les lecteurs : niveau au-dessus de « Add. 6 ») et nombre de lecteurs au moins 1",
            "(all of readers: level above “Add. 6”) and number of readers at least 1",
        ),
        (
            "'dmp' in profession.services",
            "« dmp » fait partie de téléservices (profession)",
            "“dmp” is among services (profession)",
        ),
        (
            "dmp.present == true ? logiciel_version >= cryptolib_min : ville.startsWith('P')",
            "si présent (DMP) : oui : version du logiciel au moins version minimale de Cryptolib ; sinon : ville commence par « P »",
            "if present (DMP): yes: software version at least least Cryptolib version; otherwise: town starts with “P”",
        ),
        (
            "previous.logiciel_version < logiciel_version && taux * 2.0 > 0.5",
            "version du logiciel (manifeste précédent) en dessous de version du logiciel et taux * 2 au-dessus de 0,5",
            "software version (previous manifest) below software version and rate * 2 above 0.5",
        ),
        (
            "identifiant.key_ok && identifiant.scheme == 'rpps'",
            "clé juste (identifiant) : oui et nature (identifiant) est « rpps »",
            "right key (identifier): yes and scheme (identifier) is “rpps”",
        ),
        (
            "!lecteurs.exists(l, l.modele.matches('^X'))",
            "aucun des lecteurs : modèle a la forme `^X`",
            "none of readers: model has the form `^X`",
        ),
        (
            "today.year - releve.year < 3",
            "année (la date du jour) - année (date du relevé) en dessous de 3",
            "year (today) - year (date of observation) below 3",
        ),
    ] {
        let said = words(&fixture.expr(text), &fixture.names());
        println!(
            "        (\n            {text:?},\n            {:?},\n            {:?},\n        ),",
            said.fr, said.en
        );
        let _ = (fr, en);
    }
}

#[test]
fn reasons() {
    let fixture = Fixture::new();
    let candidates = [1, 2].map(|n| Value::Row(RowRef { table: OS, row: n }));
    let fields = fixture.record(&[
        ("palier", row(PALIER, 1)),
        ("scor", flag(false)),
        ("os", Datum::one_of(candidates.to_vec())),
        ("profession", row(PROFESSION, 0)),
        ("lecteurs", list(&[record(&[row(PALIER, 0), string("A")]), record(&[NONE, string("B")])])),
    ]);
    let env = fixture.env(&fields, "2026-06-30");
    for text in [
        "palier >= 'ADD7' && scor",
        "!(palier < 'ADD7')",
        "palier in ['ADD7', 'ADD8'] || 'scor' in profession.services",
        "os.end_of_support >= today",
        "os.extended.until - 10 >= today",
        "today <= date('2021-12-31')",
        "lecteurs.all(l, l.niveau >= 'ADD6PCSC')",
        "lecteurs.exists(l, l.niveau >= 'ADD6PCSC')",
        "etages.exists(e, e > 3) || postes + 1 == 2",
        "ville.contains('x') ? scor : ouvert",
        "1 / 0 == postes",
        "[1, 2].exists(x, x == postes)",
    ] {
        println!("{text}");
        for reason in decide(&fixture.expr(text), &env) {
            println!(
                "   {:?} `{}` reads {:?} seen {:?} {} {:?} | {:?} deadline {:?} missing {:?} why {:?}",
                reason.truth,
                &text[reason.span.clone()],
                reason.reads,
                reason.seen.map(|t| t.fr),
                reason.operator,
                reason.threshold.map(|t| t.fr),
                reason.needed.fr,
                reason.deadline,
                reason.missing,
                reason.why
            );
        }
    }
}

#[test]
fn dates_of_flips() {
    let fixture = Fixture::new();
    let fields = fixture.record(&[
        ("os", row(OS, 1)),
        ("releve", day("2025-01-01")),
        ("postes", int(1)),
        ("lecteurs", list(&[record(&[row(PALIER, 0), string("A")])])),
    ]);
    let env = fixture.env(&fields, "2020-01-01");
    let (from, to) = (date("2020-01-01"), date("2028-12-31"));
    for (text, fixed, all) in [
        ("today < date('2021-12-31')", "2021-12-31", "2021-12-31"),
        ("today <= date('2021-12-31')", "2022-01-01", "2022-01-01"),
        ("today == date('2021-12-31')", "2021-12-31 2022-01-01", "2021-12-31 2022-01-01"),
        ("os.end_of_support - 14 >= today", "", "2025-10-01"),
        ("today + 14 > os.end_of_support", "", "2025-10-01"),
        ("os.extended.until > today", "", ""),
        ("releve + 30 < today && today < date('2030-01-01')", "", "2025-02-01"),
        ("lecteurs.exists(l, l.niveau == 'ADD6' && today < date('2022-01-01'))", "2022-01-01", "2022-01-01"),
        ("etages.exists(e, e == 3 && today < date('2022-01-01'))", "2022-01-01", "2022-01-01"),
        ("logiciel_version >= cryptolib_min", "2022-01-01", "2022-01-01"),
        (
            "today.year - 2025 > 1 && postes > 0",
            "2021-01-01 2022-01-01 2023-01-01 2024-01-01 2025-01-01 2026-01-01 2027-01-01 2028-01-01",
            "",
        ),
        ("today < (postes > 0 ? releve : date('2027-01-01'))", "", "2025-01-01"),
    ] {
        let expr = fixture.expr(text);
        let join =
            |dates: std::collections::BTreeSet<_>| dates.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let found = join(static_flips(&expr, &fixture.tables, &fixture.parameters, from, to));
        assert_eq!(found, fixed, "{text}");
        let all = if all.is_empty() { fixed } else { all };
        assert_eq!(join(flips(&expr, &env, from, to)), all, "{text}");
    }
}

#[test]
fn lines_of_a_batch() {
    let fixture = Fixture::new();
    for (line, expected) in [
        (r#"{"id":1,"expr":"x + 1","types":{"x":"int"},"given":{"x":1}}"#, r#"{"id":1,"value":2}"#),
        (
            r#"{"id":"a","expr":"x + y","types":{"x":"int","y":"int"},"given":{"x":null}}"#,
            r#"{"id":"a","unknown":["x","y"]}"#,
        ),
        (
            r#"{"expr":"x / 0","types":{"x":"int"},"given":{"x":1}}"#,
            r#"{"id":null,"reason":"division_by_zero","unknown":[]}"#,
        ),
        (r#"{"expr":"x && y","types":{"x":"bool","y":"bool"},"given":{"x":true}}"#, r#"{"id":null,"unknown":["y"]}"#),
        (
            r#"{"expr":"x > 0 || y || 1/0 > 0","types":{"x":"int","y":"bool"},"given":{"y":false}}"#,
            r#"{"id":null,"unknown":["x"]}"#,
        ),
        (r#"{"expr":"x","types":{"x":"double"},"given":{"x":"-Infinity"}}"#, r#"{"id":null,"value":"-Infinity"}"#),
        (r#"{"expr":"0.0 / 0.0"}"#, r#"{"id":null,"value":"NaN"}"#),
        (
            r#"{"expr":"l","types":{"l":"list(list(int))"},"given":{"l":[[1,null],[]]}}"#,
            r#"{"id":null,"value":[[1,null],[]]}"#,
        ),
        (
            r#"{"expr":"l.exists(x, x == 2)","types":{"l":"list(int)"},"given":{"l":[1,null]}}"#,
            r#"{"id":null,"unknown":["l"]}"#,
        ),
        (
            r#"{"expr":"p > 'ADD6' && l.niveau == 'ADD8'","types":{"p":"palier","l":"lecteur"},"given":{"p":"ADD7","l":{}}}"#,
            r#"{"id":null,"unknown":["l.niveau"]}"#,
        ),
        (
            r#"{"expr":"l","types":{"l":"lecteur"},"given":{"l":{"niveau":"ADD7"}}}"#,
            r#"{"id":null,"value":{"modele":null,"niveau":"ADD7"}}"#,
        ),
        (
            r#"{"expr":"v < version('2.0') && d.year == 2020","types":{"v":"version","d":"date"},"given":{"v":"absent","d":"2020-01-01"}}"#,
            r#"{"id":null,"value":true}"#,
        ),
        (
            r#"{"expr":"x","types":{"x":"int"},"given":{"x":1.5}}"#,
            r#"{"error":{"code":"eval/given","message":"`x`: `1.5` is not a value of type integer"},"id":null}"#,
        ),
        (
            r#"{"expr":"x","types":{"x":"inty"}}"#,
            r#"{"error":{"code":"eval/types","message":"unknown type `inty`; did you mean `int`?"},"id":null}"#,
        ),
        (r#"{"expr":"x"}"#, r#"{"error":{"code":"condition/unknown-name","message":"unknown field `x`"},"id":null}"#),
        ("[]", r#"{"error":{"code":"eval/json","message":"the line is not an object"},"id":null}"#),
    ] {
        assert_eq!(eval_line(line, &fixture.tables, date("2026-06-30"), Lang::En), expected, "{line}");
    }
}
