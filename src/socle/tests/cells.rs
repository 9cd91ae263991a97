//! Cells of every type, and columns read together.
#![allow(clippy::unwrap_used)]

use super::{builtin, ids, rows};
use crate::socle::{IdentifierClass, Problem, Reading, Socle};
use crate::value::{Date, Datum, Missing, Type, Value, Version};
use proptest::prelude::*;
use std::sync::LazyLock;

static SOCLE: LazyLock<Socle> = LazyLock::new(builtin);

fn read(field: &str, text: &str) -> Reading {
    SOCLE.read(SOCLE.field(field).unwrap(), text, false)
}

/// Members of a record by name, as labels; unknown members are left out.
fn members(datum: &Datum, record: &str) -> Vec<String> {
    let Some(Value::Record(data)) = datum.known() else { panic!("{datum:?}") };
    let record = SOCLE.tables.record(SOCLE.tables.record_named(record).unwrap());
    record
        .members
        .iter()
        .zip(data.iter())
        .filter(|(_, datum)| !matches!(datum, Datum::Unknown(_)))
        .map(|(member, datum)| format!("{}={}", member.name, SOCLE.tables.datum_label(datum).en))
        .collect()
}

#[test]
fn booleans() {
    for text in ["oui", "OUI", " Oui ", "O", "1", "VRAI", "true", "✓", "✔", "●", "•", "x", "X"] {
        assert_eq!(read("lecteur_apcv", text).datum, Datum::Known(Value::Bool(true)), "{text}");
    }
    for text in ["non", "N", "0", "FAUX", "aucun"] {
        assert_eq!(read("lecteur_apcv", text).datum, Datum::Known(Value::Bool(false)), "{text}");
    }
    for text in
        ["", " ", "\u{a0}\u{202f}", "NC", "N/A", "n.c.", "Inconnu", "non renseigné", "?", "-", "—", "sans objet"]
    {
        assert_eq!(read("lecteur_apcv", text), Reading::blank(), "{text}");
    }
    for text in ["peut-être", "2", "oui et non", "✗"] {
        assert_eq!(read("lecteur_apcv", text), Reading::unreadable(), "{text}");
    }
    assert!(read("lecteur_apcv", "X").mark && read("scor", "●").mark && !read("scor", "oui").mark);
}

#[test]
fn services() {
    let service =
        |present: bool, version: Datum| Datum::Known(Value::Record([Value::Bool(present).into(), version].into()));
    let version = |text: &str| Datum::Known(Value::Version(Version::parse(text).unwrap()));
    assert_eq!(read("scor", "2.11").datum, service(true, version("2.11")));
    assert_eq!(read("scor", "oui").datum, service(true, Datum::Unknown(Missing::NotCollected)));
    for text in ["non", "aucun", "0"] {
        assert_eq!(read("scor", text).datum, service(false, Value::Version(Version::ABSENT).into()), "{text}");
    }
    assert_eq!(read("scor", "").datum, Datum::Unknown(Missing::Blank));
    assert_eq!(read("scor", "bientôt"), Reading::unreadable());
    let scor = SOCLE.field("scor").unwrap();
    assert_eq!(SOCLE.read(scor, "", true).datum, read("scor", "non").datum);
    assert_eq!(SOCLE.read(scor, "NC", true).datum, Datum::Unknown(Missing::Blank));
}

#[test]
fn versions_and_repairs() {
    assert_eq!(read("cryptolib", "v5.2").datum, Value::Version(Version::parse("5.2.0").unwrap()).into());
    assert_eq!(read("cryptolib", "aucune").datum, Value::Version(Version::ABSENT).into());
    assert_eq!(read("cryptolib", "inconnue"), Reading::blank());
    assert_eq!(read("cryptolib", "5.2 bêta"), Reading::unreadable());
    let fsv = read("fsv", "1.40.1202");
    assert_eq!(fsv.datum, Value::Version(Version::parse("1.40.12").unwrap()).into());
    assert_eq!(fsv.problem, Some(Problem::Repaired));
    for spelling in ["7,20", "V. 7.20", "version 7.20", "Version 7,20"] {
        let read = read("cryptolib", spelling);
        assert_eq!(read.datum, Value::Version(Version::parse("7.20").unwrap()).into(), "{spelling}");
        assert_eq!(read.problem, Some(Problem::Repaired), "{spelling}");
    }
    for spelling in ["7,20,1", "7.2,0", "vers 7.20", "version", ","] {
        assert_eq!(read("cryptolib", spelling).problem, Some(Problem::Unreadable), "{spelling}");
    }
    assert_eq!(read("fsv", "1.40.14").problem, None);
    assert_eq!(read("fsv", "1.40.120").datum, Datum::Unknown(Missing::Unreadable));
    assert_eq!(read("fsv", "").datum, Datum::Unknown(Missing::Blank));
}

#[test]
fn identifiers() {
    let schemes = |text: &str| {
        let Datum::Known(Value::Identifier(id)) = read("identifiant", text).datum else { panic!("{text}") };
        let names: Vec<String> = id.scheme.candidates().iter().map(|v| SOCLE.tables.value_label(v).en).collect();
        (names, id.key_ok.known().cloned())
    };
    let (yes, no) = (Some(Value::Bool(true)), Some(Value::Bool(false)));
    assert_eq!(schemes("10000081207"), (vec!["rpps".to_owned()], yes.clone()));
    assert_eq!(schemes(" 10 000 081 207 "), (vec!["rpps".to_owned()], yes.clone()));
    assert_eq!(schemes("10000081208"), (vec!["rpps".to_owned()], no));
    assert_eq!(read("identifiant", "10000081208").problem, Some(Problem::WrongKey { scheme: 0 }));
    assert_eq!(schemes("810000081207"), (vec!["idnps".to_owned()], yes));
    assert_eq!(schemes("540002698").0, ["adeli", "finess", "am", "siren"]);
    assert_eq!(schemes("2A0001234").0, ["adeli", "finess", "am"]);
    assert_eq!(schemes("1540002698").0, ["idnst-finess"]);
    assert_eq!(schemes("CABINET-12").0, ["autre"]);
    assert_eq!(read("identifiant", "1,00034E+10"), Reading::unreadable());
    // A NIR with its key or without, however it is written, an e-mail, a name: what may name a person is never kept.
    for text in [
        "185057800608436",
        "1 85 05 78 006 084 36",
        "1850578006084",
        "185052A006084",
        "1.85.05.78.006.084",
        "NIR 1850578006084",
        "dr.dupont@exemple.fr",
        "DUPONT",
        "Dupont Jean",
        "cabinet du Dr Dupont 12",
    ] {
        assert_eq!(read("identifiant", text), Reading::personal(), "{text}");
    }
    for text in ["CABINET-12", "client 12", "A", "3850578006084", "PS n° 4"] {
        assert_eq!(schemes(text).0, ["autre"], "{text}");
    }
    assert_eq!(read("etiquette", "dr.dupont@exemple.fr"), Reading::personal());
    assert_eq!(read("etiquette", "salle 3 @ gauche").problem, None);
    assert_eq!(read("identifiant", "").datum, Datum::Unknown(Missing::Blank));
    let field = SOCLE.field("identifiant").unwrap();
    assert_eq!(SOCLE.identifier_class(field, b"10000081207"), SOCLE.identifier_class(field, b" 10000081207"));
    assert_eq!(SOCLE.identifier_class(field, b"?"), IdentifierClass::Blank);
}

#[test]
fn readers_from_columns_and_from_one_cell() {
    let lecteurs = SOCLE.field("lecteurs").unwrap();
    let parts = |texts: &[&str]| {
        let mut all = vec![""; SOCLE.fields[usize::from(lecteurs.0)].parts.len()];
        all[..texts.len()].copy_from_slice(texts);
        SOCLE.read_parts(lecteurs, None, &all)
    };
    let one = parts(&["eS-KAP-Ad", "4.00", "PC/SC"]);
    let Datum::Known(Value::List(items)) = &one.datum else { panic!("{one:?}") };
    assert_eq!(items.len(), 1);
    assert_eq!(members(&items[0], "lecteur"), ["modele=Kapelse eS-KAP-Ad", "niveau=V4.00 dual-mode", "mode=PC/SC"]);
    assert_eq!(parts(&["", "NC"]), Reading::blank());
    assert_eq!(parts(&["", "5.99"]).problem, Some(Problem::Unreadable));
    // A list told twice, by its own column and by columns of one reader: it is one of the two.
    let both = SOCLE.read_parts(lecteurs, Some("V3.30 | Kap&Link 2"), &["eS-KAP-Ad", "", "", "", "", "", "", ""]);
    assert_eq!(both.datum.candidates().len(), 2);
    let own = SOCLE.read_parts(lecteurs, Some("V3.30 | Kap&Link 2"), &[""; 8]);
    let Datum::Known(Value::List(items)) = &own.datum else { panic!("{own:?}") };
    assert_eq!(items.len(), 2);
    assert_eq!(members(&items[0], "lecteur"), ["niveau=V3.30"]);
    assert_eq!(members(&items[1], "lecteur"), ["modele=Kapelse KAP-LINK2"]);
    for (text, n) in
        [("aucun", 0), ("V3.30;V4.00", 2), ("V3.30 + PC/SC", 2), ("PC/SC + ApCV", 1), ("3.30, 4.00\n2.00", 3)]
    {
        let Datum::Known(Value::List(items)) = read("lecteurs", text).datum else { panic!("{text}") };
        assert_eq!(items.len(), n, "{text}");
    }
    assert_eq!(read("lecteurs", "V3.30|un machin").problem, Some(Problem::Unreadable));
    assert_eq!(read("lecteurs", "").datum, Datum::Unknown(Missing::Blank));
}

#[test]
fn systems_and_browsers_from_columns() {
    let os = SOCLE.field("os").unwrap();
    let rows_of = |own, parts: &[&str]| ids(&SOCLE, &SOCLE.read_parts(os, own, parts).datum);
    assert_eq!(rows_of(Some("Windows 10 Pro"), &["10.0.22631", "", ""]), ["W11-23H2-pro"]);
    assert_eq!(rows_of(Some("Windows 10"), &["22H2", "19045", "Professionnel"]), ["W10-22H2-pro"]);
    assert_eq!(rows_of(None, &["10.0.19045", "", "Famille"]), ["W10-22H2-home"]);
    assert_eq!(rows_of(Some("Windows 7"), &["?", "", ""]), ["W7-SP1"]);
    assert_eq!(rows_of(Some("Debian 12"), &["6.1.0-13-amd64", "", ""]), ["DEBIAN-12"]);
    // What the texts say of each other does not hold together: a server, and no more.
    assert_eq!(rows_of(Some("Windows Server 2019"), &["10.0.19045", "", ""]), ["WS-AUTRE"]);
    let navigateur = SOCLE.field("navigateur").unwrap();
    for (own, version, expected) in [
        ("Firefox 52", "", vec!["famille=Firefox", "version=52"]),
        ("IE 11", "", vec!["famille=Internet Explorer", "version=11", "cycle=Internet Explorer 11"]),
        ("Firefox ESR 115", "115.3.0", vec!["famille=Firefox", "version=115, 115.3.0", "cycle=Firefox ESR 115"]),
        ("Microsoft Edge", "120.0.1", vec!["famille=Edge", "version=120.0.1"]),
        ("Safari", "", vec!["famille=Safari"]),
    ] {
        let reading = SOCLE.read_parts(navigateur, Some(own), &[version]);
        assert_eq!(members(&reading.datum, "navigateur"), expected, "{own}");
        assert_eq!(reading.problem, None, "{own}");
    }
    assert_eq!(read("navigateur", "minitel 3").problem, Some(Problem::Unreadable));
}

#[test]
fn numbers_and_dates() {
    assert_eq!(read("poids", "1\u{202f}234").datum, Value::Int(1234).into());
    assert_eq!(read("poids", "12,5"), Reading::unreadable());
    let date = read("date_inventaire", "31/12/2025 14:05").datum;
    assert_eq!(SOCLE.tables.datum_label(&date).fr, "2025-12-31");
    for text in ["46022", "31/12/25"] {
        let found = read("date_inventaire", text);
        assert_eq!(
            (found.datum, found.problem),
            (Value::Date(Date::new(2025, 12, 31).unwrap()).into(), Some(Problem::Repaired)),
            "{text}"
        );
    }
    // Of a month alone, any of its days.
    let month = read("date_inventaire", "déc-25");
    assert_eq!((month.datum.candidates().len(), month.problem), (31, None));
    assert_eq!(read("date_inventaire", "12/31/25"), Reading::unreadable());
}

#[test]
fn recognised_products() {
    assert_eq!(rows(&SOCLE, "editeur_reconnu", "Ingenico Healthcare"), ["olaqin"]);
    assert_eq!(rows(&SOCLE, "editeur_reconnu", "DL Software SAS"), ["orisha"]);
    let product = SOCLE.field("produit_reconnu").unwrap();
    assert_eq!(ids(&SOCLE, &SOCLE.read_parts(product, None, &["Agathe You - E.Motion"]).datum), ["agathe"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_never_panics_and_candidates_are_never_empty(text in "\\PC{0,40}", blank_is_no: bool) {
        check_all(&text, blank_is_no);
    }

    #[test]
    fn near_misses_are_read_too(
        words in proptest::collection::vec(prop_oneof![
            Just("Windows"), Just("10"), Just("11"), Just("Pro"), Just("LTSC"), Just("Server"), Just("2019"), Just("22H2"),
            Just("10.0.19045"), Just("10.0.26100"), Just("macOS"), Just("10.13"), Just("Debian"), Just("12"), Just("SP1"),
            Just("Add"), Just("6"), Just("PC/SC"), Just("V3.30"), Just("|"), Just("+"), Just("2.11"), Just("oui"), Just("\u{a0}"),
            Just("IoT"), Just("7"), Just("2009"), Just("Linux"), Just("Famille"), Just("ESR"), Just("VID_2947&PID_0111"),
        ], 0..7),
    ) {
        check_all(&words.join(" "), false);
    }
}

fn check_all(text: &str, blank_is_no: bool) {
    for (index, field) in SOCLE.fields.iter().enumerate() {
        let id = crate::socle::FieldId(u16::try_from(index).unwrap());
        check(&SOCLE.read(id, text, blank_is_no).datum, &field.ty);
        let parts: Vec<&str> = field.parts.iter().map(|_| text).collect();
        check(&SOCLE.read_parts(id, Some(text), &parts).datum, &field.ty);
        check(&SOCLE.read_parts(id, None, &parts).datum, &field.ty);
    }
    let _ = SOCLE.field_of_header(text);
}

/// The datum has the field's type, all through, and a set of candidates has at least two.
fn check(datum: &Datum, ty: &Type) {
    if let Datum::OneOf(values) = datum {
        assert!(values.len() >= 2);
    }
    for value in datum.candidates() {
        match (value, ty) {
            (Value::Bool(_), Type::Bool)
            | (Value::Int(_), Type::Int)
            | (Value::Double(_), Type::Double)
            | (Value::String(_), Type::String)
            | (Value::Date(_), Type::Date)
            | (Value::Version(_), Type::Version)
            | (Value::Identifier(_), Type::Identifier) => {}
            (Value::Row(row), Type::Row(table)) => assert_eq!(row.table, *table),
            (Value::List(items), Type::List(item)) => items.iter().for_each(|datum| check(datum, item)),
            (Value::Record(data), Type::Record(record)) => {
                let members = &SOCLE.tables.record(*record).members;
                assert_eq!(members.len(), data.len());
                members.iter().zip(data.iter()).for_each(|(member, datum)| check(datum, &member.ty));
            }
            _ => panic!("{value:?} is not of type {ty:?}"),
        }
    }
}
