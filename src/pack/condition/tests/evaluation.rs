//! What conditions answer on values that are known, and on values that are not.

use super::fixture::{Fixture, NONE, OCCUPATION, OS, TAILLE, day, flag, int, list, record, row, string, version};
use crate::pack::condition::{eval, truth};
use crate::value::{Datum, Missing, RowRef, Truth, Value, Version};

fn fixture_record(fixture: &Fixture) -> Vec<Datum> {
    let candidates = [1, 2].map(|n| Value::Row(RowRef { table: OS, row: n }));
    fixture.record(&[
        ("wifi", flag(true)),
        ("postes", int(3)),
        ("taux", Datum::Known(Value::Double(0.5))),
        ("ville", string("Évry")),
        ("releve", day("2026-03-01")),
        ("logiciel_version", version("4.67.03")),
        ("taille", row(TAILLE, 1)),
        ("os", Datum::one_of(candidates.to_vec())),
        ("occupation", row(OCCUPATION, 0)),
        ("gps", record(&[flag(false), Datum::Known(Value::Version(Version::ABSENT))])),
        ("routeurs", list(&[record(&[row(TAILLE, 3), string("ALPHA")]), record(&[NONE, string("SET-2")])])),
    ])
}

#[test]
fn truths() {
    let fixture = Fixture::new();
    let fields = fixture_record(&fixture);
    let env = fixture.env(&fields, "2026-06-30");
    for (text, expected) in [
        // scales, attributes, candidates
        ("taille >= 'CAT6'", Truth::True),
        ("taille > \"CAT6NEUF\"", Truth::False),
        ("taille in ['CAT7', 'CAT6NEUF']", Truth::True),
        ("taille.neuf && taille.annee == 2013", Truth::True),
        ("os == 'win7'", Truth::False),
        ("os == 'win10-pro'", Truth::Unknown),
        ("os in ['win10-ent', 'win10-pro']", Truth::True),
        ("os.family == 'windows'", Truth::True),
        ("os.end_of_support >= today", Truth::Unknown),
        ("os.end_of_support > date('2021-01-01')", Truth::True),
        ("os.extended.until > date('2021-01-01')", Truth::Unknown),
        ("'gps' in occupation.services", Truth::True),
        ("occupation.services == ['wifi', 'gps']", Truth::True),
        ("occupation.services.exists(s, s == 'wifi')", Truth::True),
        // unknowns
        ("ouvert", Truth::Unknown),
        ("ouvert || wifi", Truth::True),
        ("ouvert && !wifi", Truth::False),
        ("ouvert ? true : true", Truth::Unknown),
        ("ouvert == ouvert", Truth::Unknown),
        ("[1, 2].exists(x, x == 2)", Truth::True),
        ("etages.all(e, true)", Truth::Unknown),
        ("size(etages) >= 0", Truth::Unknown),
        ("routeurs.exists(l, l.niveau >= 'CAT8')", Truth::True),
        ("routeurs.all(l, l.niveau >= 'CAT8')", Truth::Unknown),
        ("routeurs.all(l, l.niveau <= 'CAT7')", Truth::False),
        ("routeurs.exists(l, l.niveau < 'CAT7')", Truth::Unknown),
        ("routeurs.exists(l, l.modele.startsWith('SET'))", Truth::True),
        ("routeurs.size() == 2", Truth::True),
        ("[].all(x, x == 1)", Truth::True),
        ("[].exists(x, x == 1)", Truth::False),
        // versions
        ("logiciel_version == version('4.67.3')", Truth::True),
        ("logiciel_version.minor == 67 && logiciel_version.patch == 3", Truth::True),
        ("gps.version >= version('0')", Truth::False),
        ("gps.version.major >= 0", Truth::False),
        ("logiciel_version < extension_min", Truth::True),
        // numbers
        ("1 / 0 == 1", Truth::Unknown),
        ("1 / 0 == 1 || true", Truth::True),
        ("9223372036854775807 + 1 > 0", Truth::Unknown),
        ("-9223372036854775808 < 0 && -7 / 2 == -3 && -7 % 2 == -1", Truth::True),
        ("1.0 / 0.0 > 1e308 && taux < 1", Truth::True),
        ("0.0 / 0.0 == 0.0 / 0.0", Truth::False),
        ("0.0 / 0.0 != 0.0 / 0.0", Truth::True),
        ("0x1F == 31 && .5 == 5e-1", Truth::True),
        // dates
        ("releve + 30 <= today && releve.year == 2026 && today.year == 2026", Truth::True),
        ("today - 121 == date('2026-03-01')", Truth::True),
        ("releve + 9999999 > date('2026-01-01')", Truth::Unknown),
        // strings
        ("ville == '\\u00c9vry' && size(ville) == 4 && ville.matches('^É')", Truth::True),
        ("ville.contains('vr') && ville.endsWith('y') && ville + '-' + ville == 'Évry-Évry'", Truth::True),
        (
            r#"r'\d' == "\\d" && """a"b
c""" == 'a"b\nc' && '\x41\101\U00000041' == "AAA""#,
            Truth::True,
        ),
        // nesting of variables
        ("[[1, 2], [3]].exists(l, l.all(x, x == 3))", Truth::True),
        ("[1, 2, 3].all(x, [x, 4].exists(y, y > x))", Truth::True),
        ("previous.taille == taille && previous.logiciel_version <= logiciel_version", Truth::True),
        ("true || true && false", Truth::True),
        ("false ? true : false ? false : true // fin", Truth::True),
        ("1 + 2 * 3 == 7 && 7 - 2 - 1 == 4 && 8 / 4 / 2 == 1", Truth::True),
    ] {
        assert_eq!(truth(&fixture.expr(text), &env), expected, "{text}");
    }
}

#[test]
fn why_a_value_is_not_known() {
    let fixture = Fixture::new();
    let fields = fixture_record(&fixture);
    let env = fixture.env(&fields, "2026-06-30");
    for (text, expected) in [
        ("1 % 0", Missing::DivisionByZero),
        ("-9223372036854775808 / -1", Missing::Overflow),
        ("-(-9223372036854775808)", Missing::Overflow),
        ("date('9999-12-31') + 1", Missing::Overflow),
        ("os.end_of_support.year + 1", Missing::Undecided),
        ("os.extended.until", Missing::NoAttribute),
        ("ouvert", Missing::Blank),
    ] {
        assert_eq!(eval(&fixture.expr(text), &env), Datum::Unknown(expected), "{text}");
    }
}
