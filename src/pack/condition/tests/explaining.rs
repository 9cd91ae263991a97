//! Words, reasons, dates of flips, and answers to `rules eval`.

use super::fixture::{Fixture, NONE, OCCUPATION, OS, TAILLE, date, day, flag, int, list, record, row, string};
use crate::diag::Lang;
use crate::pack::condition::json::eval_line;
use crate::pack::condition::{Read, decide, flips, static_flips, words};
use crate::value::{Datum, RowRef, Truth, Value};

#[test]
fn conditions_in_words() {
    let fixture = Fixture::new();
    for (text, fr, en) in [
        ("true", "toujours", "always"),
        ("taille >= 'CAT6NEUF'", "taille au moins « Cat. 6 neuve »", "size at least “Cat. 6 neuve”"),
        ("taille.neuf && !wifi", "neuve (taille) : oui et WIFI : non", "neuve (size): yes and WIFI: no"),
        (
            "!(taille in ['CAT6', 'CAT7'] || os.family == 'linux')",
            "taille hors de « Cat. 6 », « Cat. 7 » et famille (système d'exploitation) n'est pas « linux »",
            "size none of “Cat. 6”, “Cat. 7” and family (operating system) is not “linux”",
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
            "today <= date('2021-12-31') || taille == 'CAT8'",
            "jusqu'au 2021-12-31 inclus ou taille est « Cat. 8 »",
            "until 2021-12-31 included or size is “Cat. 8”",
        ),
        (
            "routeurs.exists(l, l.niveau.neuf || (l.niveau == 'CAT6' && today <= date('2021-12-31')))",
            "au moins un des routeurs : neuve (niveau) : oui ou (niveau est « Cat. 6 » et jusqu'au 2021-12-31 inclus)",
            "at least one of routers: neuve (level): yes or (level is “Cat. 6” and until 2021-12-31 included)",
        ),
        (
            "routeurs.all(l, l.niveau > 'CAT6') && size(routeurs) >= 1",
            "(tous les routeurs : niveau au-dessus de « Cat. 6 ») et nombre de routeurs au moins 1",
            "(all of routers: level above “Cat. 6”) and number of routers at least 1",
        ),
        (
            "'gps' in occupation.services",
            "« gps » fait partie de téléservices (occupation)",
            "“gps” is among services (occupation)",
        ),
        (
            "gps.present == true ? logiciel_version >= extension_min : ville.startsWith('P')",
            "si présent (GPS) : oui : version du logiciel au moins version minimale de l'extension ; sinon : ville commence par « P »",
            "if present (GPS): yes: software version at least least version of the extension; otherwise: town starts with “P”",
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
            "!routeurs.exists(l, l.modele.matches('^X'))",
            "aucun des routeurs : modèle a la forme `^X`",
            "none of routers: model has the form `^X`",
        ),
        (
            "today.year - releve.year < 3",
            "année (la date du jour) - année (date du relevé) en dessous de 3",
            "year (today) - year (date of observation) below 3",
        ),
    ] {
        let said = words(&fixture.expr(text), &fixture.names());
        let french = said.fr.replace(['\u{a0}', '\u{202f}'], " ");
        assert_eq!((french.as_str(), said.en.as_str()), (fr, en), "{text}");
    }
}

#[test]
fn reasons() {
    let fixture = Fixture::new();
    let candidates = [1, 2].map(|n| Value::Row(RowRef { table: OS, row: n }));
    let fields = fixture.record(&[
        ("taille", row(TAILLE, 1)),
        ("wifi", flag(false)),
        ("os", Datum::one_of(candidates.to_vec())),
        ("occupation", row(OCCUPATION, 0)),
        ("releve", day("2026-01-01")),
        ("routeurs", list(&[record(&[row(TAILLE, 0), string("A")]), record(&[NONE, string("B")])])),
    ]);
    let env = fixture.env(&fields, "2026-06-30");
    for (text, expected) in [
        ("taille >= 'CAT7' && wifi", "taille: Cat. 6 neuve >= “Cat. 7” | wifi: no == yes"),
        ("taille >= 'CAT6' && wifi", "wifi: no == yes"),
        ("taille >= 'CAT6' && ouvert", "? ouvert: - == yes {ouvert}"),
        ("!(taille < 'CAT7')", "taille: Cat. 6 neuve >= “Cat. 7”"),
        ("taille in ['CAT7', 'CAT8'] || 'wifi' in occupation.services", ""),
        ("taille in ['CAT7', 'CAT8']", "taille: Cat. 6 neuve in “Cat. 7”, “Cat. 8”"),
        ("!('wifi' in occupation.services)", "occupation.services: wifi, gps not in “wifi”"),
        ("os.end_of_support >= today", "? os.end_of_support: 2025-10-14 or 2027-10-12 >= 2026-06-30 {}"),
        ("os.extended.until - 10 >= today", "? os.extended.until: - >= 2026-06-30 {os.extended.until}"),
        ("today <= date('2021-12-31')", ": 2026-06-30 <= 2021-12-31 until 2021-12-31"),
        ("releve + 30 >= today", "releve: 2026-01-31 >= 2026-06-30 until 2026-01-31"),
        ("releve >= today - 30", "releve: 2026-01-01 >= 2026-05-31 until 2026-01-31"),
        ("routeurs.all(l, l.niveau >= 'CAT6NEUF')", "routeurs.niveau: Cat. 6 >= “Cat. 6 neuve”"),
        ("routeurs.exists(l, l.niveau >= 'CAT6NEUF')", "? routeurs.niveau: - >= “Cat. 6 neuve” {routeurs.niveau}"),
        ("routeurs.exists(l, l.modele == 'C')", "routeurs.modele: A == “C” | routeurs.modele: B == “C”"),
        ("etages.exists(e, e > 3) || postes + 1 == 2", "? etages: - exists {etages} | ? postes: - == 2 {postes}"),
        ("ville.contains('x') ? wifi : ouvert", "? ville: - contains “x” {ville}"),
        ("wifi ? true : ouvert", "? ouvert: - == yes {ouvert}"),
        ("1 / 0 == 2", "? : - == 2 {}"),
        ("[1, 2].exists(x, x == postes)", "? postes: 1 == unknown {postes} | ? postes: 2 == unknown {postes}"),
        ("[].exists(x, x == 1)", ": none exists"),
        ("previous.taille > taille", "taille, previous.taille: Cat. 6 neuve > “Cat. 6 neuve”"),
        ("identifiant.startsWith('1')", "? identifiant: - startsWith “1” {identifiant}"),
        ("[postes, 2] == [1, 2]", "? postes: unknown, 2 == 1, 2 {postes}"),
    ] {
        let named = |read: &Read| {
            let previous = if read.previous { "previous." } else { "" };
            let point = if read.path.is_empty() { "" } else { "." };
            format!("{previous}{}{point}{}", fixture.fields[usize::from(read.field.0)].id, read.path)
        };
        let said = decide(&fixture.expr(text), &env).into_iter().map(|reason| {
            let reads: Vec<String> = reason.reads.iter().map(named).collect();
            let missing: Vec<String> = reason.missing.iter().map(|(read, _)| named(read)).collect();
            let unknown = reason.truth == Truth::Unknown;
            let mut said = format!(
                "{}{}: {} {}",
                if unknown { "? " } else { "" },
                reads.join(", "),
                reason.seen.map_or("-".to_owned(), |t| t.en),
                reason.operator,
            );
            if let Some(threshold) = reason.threshold {
                said = format!("{said} {}", threshold.en);
            }
            if let Some(date) = reason.deadline {
                said = format!("{said} until {date}");
            }
            if unknown { format!("{said} {{{}}}", missing.join(", ")) } else { said }
        });
        let said: Vec<String> = said.collect();
        assert_eq!(said.join(" | "), expected, "{text}");
    }
}

#[test]
fn dates_of_flips() {
    let fixture = Fixture::new();
    let fields = fixture.record(&[
        ("os", row(OS, 1)),
        ("releve", day("2025-01-01")),
        ("postes", int(1)),
        ("routeurs", list(&[record(&[row(TAILLE, 0), string("A")])])),
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
        ("routeurs.exists(l, l.niveau == 'CAT6' && today < date('2022-01-01'))", "2022-01-01", "2022-01-01"),
        ("etages.exists(e, e == 3 && today < date('2022-01-01'))", "2022-01-01", "2022-01-01"),
        ("logiciel_version >= extension_min", "2022-01-01", "2022-01-01"),
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
            r#"{"expr":"p > 'CAT6' && l.niveau == 'CAT8'","types":{"p":"taille","l":"routeur"},"given":{"p":"CAT7","l":{}}}"#,
            r#"{"id":null,"unknown":["l.niveau"]}"#,
        ),
        (
            r#"{"expr":"l","types":{"l":"routeur"},"given":{"l":{"niveau":"CAT7"}}}"#,
            r#"{"id":null,"value":{"modele":null,"niveau":"CAT7"}}"#,
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
