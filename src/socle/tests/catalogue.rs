//! What a catalogue tells of a record.
#![allow(clippy::unwrap_used)]

use crate::builtin;
use crate::socle::{FieldId, Reading, Socle, Subject};
use crate::value::{Date, Datum, Value};

const ROWS: &str = r#"
source = { text = "synthétique", confidence = "H" }

[[agrement]]
editeur = "CGM"
palier = "Add 6 PC/SC"
since = 2018-06-30

[[agrement]]
editeur = "CGM"
profession = ["auxiliaire"]
palier = "Add 8"
since = 2024-01-31

[[agrement]]
editeur = "CGM"
produit = "Essai Soins"
version = ">= 8, < 9"
palier = "Add 7"

[[agrement]]
editeur = "CGM"
produit = "Essai Soins"
version = ">= 9"
profession = ["infirmier"]
palier = "Add 8"

[[agrement]]
editeur = "Cegedim"
palier = "1.31"
publication = false

[[agrement]]
editeur = "Cegedim"
produit = "MLM"
palier = "Add 4"

[[agrement]]
editeur = "Maison Inconnue"
profession = ["pharmacien"]
palier = "Add 3"

[[agrement]]
editeur = "Epsilog"
palier = "Add 7"
"#;

/// The built-in socle with this catalogue and no other.
fn socle(rows: &str) -> Socle {
    let mut socle = load("", "", "").unwrap();
    // Without the rows that are shipped.
    socle.catalogue.rows.clear();
    let file = ("essai.toml".to_owned(), rows.as_bytes().to_vec());
    socle.add_catalogues(&[file]).unwrap_or_else(|faults| panic!("{}", super::render(&faults)));
    socle
}

/// A record: editor, product, version, profession; empty for blank.
type Record<'r> = [&'r str; 4];

fn subject(socle: &Socle, [editor, product, version, who]: Record<'_>) -> Subject {
    let [of_editor, of_product, of_version, of_who] = socle.catalogue_keys().unwrap();
    Subject::new([
        socle.told(of_editor, None, &[editor]),
        socle.told(of_product, None, &[product]),
        socle.told(of_version, Some(version), &[]),
        socle.told(of_who, Some(who), &[]),
    ])
}

fn palier(socle: &Socle) -> FieldId {
    socle.field("palier").unwrap()
}

fn derived(socle: &Socle, record: Record<'_>) -> Datum {
    socle.complete(palier(socle), Reading::blank(), &subject(socle, record)).0.datum
}

fn offered(socle: &Socle, record: Record<'_>, date: &str) -> Datum {
    let offer = socle.offer(&subject(socle, record), Date::parse_iso(date).unwrap());
    let Datum::Known(Value::Record(members)) = offer else { panic!("{offer:?}") };
    let offer = socle.tables.record_named("offre").unwrap();
    let member = socle.tables.record(offer).members.iter().position(|member| member.name == "palier").unwrap();
    members[member].clone()
}

/// The rows that a datum may be, by their ids.
fn ids(socle: &Socle, datum: &Datum) -> String {
    let ids = datum.candidates().iter().map(|value| match value {
        Value::Row(row) => socle.tables.row(*row).id.as_str(),
        other => panic!("{other:?}"),
    });
    ids.collect::<Vec<_>>().join(" ")
}

#[test]
fn an_installation_has_what_the_row_of_its_product_says() {
    let socle = socle(ROWS);
    for (record, expected) in [
        (["", "Essai Soins", "8.2", ""], "ADD7"),
        (["", "ESSAI – SOINS", "8.2.1", "taxi"], "ADD7"),
        (["Cegedim", "Essai Soins", "8.2", ""], "ADD7"),
        (["", "Essai Soins", "9", "infirmier"], "ADD8"),
        (["", "Essai Soins", "9", "taxi"], ""),
        (["", "Essai Soins", "9", ""], ""),
        (["", "Essai Soins", "", "infirmier"], ""),
        (["", "Essai Soins", "7", "infirmier"], ""),
        (["", "mon logiciel médical", "", ""], "ADD4"),
        // What an editor offers is not what an installation has.
        (["CGM", "", "8", "infirmier"], ""),
        (["CGM", "Essai Classique", "8", "infirmier"], ""),
    ] {
        assert_eq!(ids(&socle, &derived(&socle, record)), expected, "{record:?}");
    }
}

#[test]
fn an_offer_is_that_of_the_product_else_of_the_editor() {
    let socle = socle(ROWS);
    for (record, date, expected) in [
        // A product's row says more than its editor's.
        (["CGM", "Essai Soins", "8", "infirmier"], "2026-11-22", "ADD7"),
        (["CGM", "Essai Soins", "7", "infirmier"], "2026-11-22", "ADD8"),
        (["CGM", "Essai Soins", "7", "taxi"], "2026-11-22", "ADD6PCSC"),
        // The latest row that is known on the date.
        (["CGM", "Autre", "", "infirmier"], "2026-11-22", "ADD8"),
        (["CGM", "Autre", "", "infirmier"], "2023-11-22", "ADD6PCSC"),
        (["CGM", "Autre", "", "infirmier"], "2018-06-29", ""),
        // What is not told may be one or the other.
        (["CGM", "Autre", "", ""], "2026-11-22", "ADD6PCSC ADD8"),
        (["CGM", "", "", "taxi"], "2026-11-22", "ADD6PCSC ADD7"),
        (["Maison inconnue", "", "", "pharmacie"], "2026-11-22", "ADD3"),
        (["Maison inconnue", "", "", ""], "2026-11-22", ""),
        (["Maison inconnue", "", "", "taxi"], "2026-11-22", ""),
        // The product tells its editor.
        (["", "Vega", "", ""], "2026-11-22", "ADD7"),
        (["un nom que rien ne connaît", "Vega", "", ""], "2026-11-22", "ADD7"),
        // The record names two editors: it is one or the other.
        (["Cegedim", "Essai Soins", "8", ""], "2026-11-22", "ADD7 1.31"),
        (["", "", "", ""], "2026-11-22", ""),
    ] {
        assert_eq!(ids(&socle, &offered(&socle, record, date)), expected, "{record:?} on {date}");
    }
}

/// Whatever a blank turns out to be, what was told of it holds: one candidate stays, or nothing is told any more.
#[test]
fn what_is_told_of_a_blank_holds_once_it_is_filled() {
    let socle = socle(ROWS);
    let texts: [&[&str]; 4] = [
        &["CGM", "Cegedim", "Maison inconnue", "Epsilog", "Personne"],
        &["Essai Soins", "MLM", "Vega", "Autre"],
        &["8.2", "9.1", "7", "x"],
        &["infirmier", "pharmacie", "taxi", "astronaute"],
    ];
    let total = texts.iter().map(|texts| texts.len()).product::<usize>();
    let (mut told, mut kept) = (0, 0);
    for number in 0..total {
        let mut rest = number;
        let full: Record<'_> = texts.map(|texts| {
            let text = texts[rest % texts.len()];
            rest /= texts.len();
            text
        });
        let both = |record| [derived(&socle, record), offered(&socle, record, "2026-11-22")];
        let after = both(full);
        for blanks in 1..16 {
            let mut record = full;
            (0..4).filter(|key| blanks >> key & 1 == 1).for_each(|key| record[key] = "");
            for (before, after) in both(record).iter().zip(&after) {
                let (one, two) = (before.candidates(), after.candidates());
                told += usize::from(!one.is_empty());
                let holds = one.is_empty() || two.is_empty() || one.iter().any(|value| two.contains(value));
                assert!(holds, "{record:?}: {} became {} in {full:?}", ids(&socle, before), ids(&socle, after));
                kept += usize::from(!one.is_empty() && !two.is_empty());
            }
        }
    }
    assert!(told > 100 && kept > 100, "{told} {kept}");
}

#[test]
fn an_editor_may_refuse_to_be_named() {
    let socle = socle(ROWS);
    for (path, key) in [
        ("editeur_reconnu", "cegedim"),
        ("editeur", "CLM"),
        ("produit_reconnu.editeur", "cegedim"),
        ("produit_reconnu", "mlm"),
        ("logiciel", "Mon logiciel médical"),
    ] {
        assert!(socle.may_not_be_named(path, key), "{path} {key}");
    }
    for (path, key) in [
        ("editeur_reconnu", "cgm"),
        ("editeur", "Maison inconnue"),
        ("editeur", ""),
        ("produit_reconnu.editeur", "cgm"),
        ("logiciel", "Essai Soins"),
        ("logiciel", "Vega"),
        ("logiciel", ""),
        ("palier", "cegedim"),
        ("produit_reconnu.role", "cegedim"),
    ] {
        assert!(!socle.may_not_be_named(path, key), "{path} {key}");
    }
}

/// The built-in socle with a catalogue of its own, and some text of `fields.toml` replaced.
fn load(catalogue: &str, from: &str, to: &str) -> Result<Socle, String> {
    let own = |name: &str| name != "socle/catalogue.toml";
    let mut files: Vec<(String, String)> = builtin::folder("socle")
        .filter(|(name, _)| own(name))
        .map(|(name, text)| {
            let text = if name == "socle/fields.toml" { text.replacen(from, to, 1) } else { text.to_owned() };
            (name.to_owned(), text)
        })
        .collect();
    files.push(("socle/catalogue.toml".to_owned(), catalogue.to_owned()));
    Socle::load(&files).map_err(|faults| super::render(&faults))
}

#[test]
fn the_values_of_the_socle_s_own_catalogue_need_a_sure_source() {
    let unsure = ROWS.replacen("confidence = \"H\"", "confidence = \"M\"", 1);
    for (rows, expected) in [(ROWS, "ADD7"), (unsure.as_str(), "")] {
        let socle = load(rows, "", "").unwrap();
        assert_eq!(ids(&socle, &derived(&socle, ["", "Essai Soins", "8.2", ""])), expected);
        assert_eq!(ids(&socle, &offered(&socle, ["", "Essai Soins", "8.2", ""], "2026-11-22")), expected);
        // Who refuses to be named need not be sure.
        assert!(socle.may_not_be_named("editeur", "CLM"));
        assert_eq!(socle.derives(palier(&socle)), !expected.is_empty());
    }
}

#[test]
fn keys_of_the_catalogue_that_cannot_be_are_told() {
    for (from, to, code) in [
        ("field = \"editeur_reconnu\", of", "field = \"poids\", of", "socle/catalogue-key"),
        ("field = \"editeur_reconnu\", of", "field = \"editor\", of", "socle/unknown-field"),
        ("of_product = \"editeur\"", "of_product = \"role\"", "socle/unknown-column"),
        ("who = { key", "qui = { key", "toml/missing-key"),
        ("rows = \"agrement\"", "row = \"agrement\"", "toml/missing-key"),
        ("offer = { id = \"offre\"", "offer = { id = \"palier\"", "socle/duplicate-id"),
        ("[catalogue]", "[catalog]", "catalogue/no-keys"),
    ] {
        let Err(faults) = load(ROWS, from, to) else { panic!("{to}: no fault") };
        assert!(faults.contains(code), "{to}: {faults}");
    }
}
