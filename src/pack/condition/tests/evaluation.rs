//! What conditions answer on values that are known, and on values that are not.

use super::fixture::{Fixture, NONE, OS, PALIER, PROFESSION, day, flag, int, list, record, row, string, version};
use crate::pack::condition::{eval, truth};
use crate::value::{Datum, Missing, RowRef, Truth, Value, Version};

fn fixture_record(fixture: &Fixture) -> Vec<Datum> {
    let candidates = [1, 2].map(|n| Value::Row(RowRef { table: OS, row: n }));
    fixture.record(&[
        ("scor", flag(true)),
        ("postes", int(3)),
        ("taux", Datum::Known(Value::Double(0.5))),
        ("ville", string("Évry")),
        ("releve", day("2026-03-01")),
        ("logiciel_version", version("4.67.03")),
        ("palier", row(PALIER, 1)),
        ("os", Datum::one_of(candidates.to_vec())),
        ("profession", row(PROFESSION, 0)),
        ("dmp", record(&[flag(false), Datum::Known(Value::Version(Version::ABSENT))])),
        ("lecteurs", list(&[record(&[row(PALIER, 3), string("PRIUM")]), record(&[NONE, string("SET-2")])])),
    ])
}

#[test]
fn truths() {
    let fixture = Fixture::new();
    let fields = fixture_record(&fixture);
    let env = fixture.env(&fields, "2026-06-30");
    for (text, expected) in [
        // scales, attributes, candidates
        ("palier >= 'ADD6'", Truth::True),
        ("palier > \"ADD6PCSC\"", Truth::False),
        ("palier in ['ADD7', 'ADD6PCSC']", Truth::True),
        ("palier.pcsc && palier.annee == 2013", Truth::True),
        ("os == 'win7'", Truth::False),
        ("os == 'win10-pro'", Truth::Unknown),
        ("os in ['win10-ent', 'win10-pro']", Truth::True),
        ("os.family == 'windows'", Truth::True),
        ("os.end_of_support >= today", Truth::Unknown),
        ("os.end_of_support > date('2021-01-01')", Truth::True),
        ("os.extended.until > date('2021-01-01')", Truth::Unknown),
        ("'dmp' in profession.services", Truth::True),
        ("profession.services == ['scor', 'dmp']", Truth::True),
        ("profession.services.exists(s, s == 'scor')", Truth::True),
        // unknowns
        ("ouvert", Truth::Unknown),
        ("ouvert || scor", Truth::True),
        ("ouvert && !scor", Truth::False),
        ("ouvert ? true : true", Truth::Unknown),
        ("ouvert == ouvert", Truth::Unknown),
        ("[1, 2].exists(x, x == 2)", Truth::True),
        ("etages.all(e, true)", Truth::Unknown),
        ("size(etages) >= 0", Truth::Unknown),
        ("lecteurs.exists(l, l.niveau >= 'ADD8')", Truth::True),
        ("lecteurs.all(l, l.niveau >= 'ADD8')", Truth::Unknown),
        ("lecteurs.all(l, l.niveau <= 'ADD7')", Truth::False),
        ("lecteurs.exists(l, l.niveau < 'ADD7')", Truth::Unknown),
        ("lecteurs.exists(l, l.modele.startsWith('SET'))", Truth::True),
        ("lecteurs.size() == 2", Truth::True),
        ("[].all(x, x == 1)", Truth::True),
        ("[].exists(x, x == 1)", Truth::False),
        // versions
        ("logiciel_version == version('4.67.3')", Truth::True),
        ("logiciel_version.minor == 67 && logiciel_version.patch == 3", Truth::True),
        ("dmp.version >= version('0')", Truth::False),
        ("dmp.version.major >= 0", Truth::False),
        ("logiciel_version < cryptolib_min", Truth::True),
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
        ("previous.palier == palier && previous.logiciel_version <= logiciel_version", Truth::True),
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
