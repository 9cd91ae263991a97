//! No reader of a publication, whatever sums it makes of what is shown, knows a hidden cell within twice the
//! threshold; and no editor that refuses is named.

use crate::attacker::Attacker;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::LazyLock;
use vigie::audit::{self, Edition, Input, Member, Rates, RatesOptions, Rules, Survey, Unit};
use vigie::diag::Lang;
use vigie::output::csv::Dialect;
use vigie::output::{Look, rates as output};
use vigie::pack::{Origin, Pack};
use vigie::socle::Socle;
use vigie::value::Date;

/// Editors that may refuse.
const EDITORS: [&str; 3] = ["cba", "aatlantide", "axygest"];

/// A socle for each set of editors that refuse: bit n is editor n.
static SOCLES: LazyLock<Vec<Socle>> = LazyLock::new(|| {
    let refusing = |set: usize| {
        let mut socle = Socle::builtin().unwrap_or_else(|faults| panic!("{faults:?}"));
        let rows = EDITORS.iter().enumerate().filter(|(place, _)| set & 1 << place != 0).map(|(_, editor)| {
            format!(
                "[[agrement]]\nediteur = \"{editor}\"\npublication = false\n\
                 source = {{ text = \"synthétique\", confidence = \"H\" }}\n"
            )
        });
        let file = ("essai.toml".to_owned(), rows.collect::<String>().into_bytes());
        socle.add_catalogues(&[file]).unwrap_or_else(|faults| panic!("{faults:?}"));
        socle
    };
    (0..1 << EDITORS.len()).map(refusing).collect()
});

static PACK: LazyLock<Pack> = LazyLock::new(|| {
    let folder = vigie::folder::Folder::built_in("pro-ps").unwrap();
    Pack::load(&folder, &SOCLES[0], &[], Origin::BuiltIn).unwrap_or_else(|faults| panic!("{faults:?}"))
});

/// A small table: a line for each cell that has units.
#[derive(Clone, Debug)]
struct Small {
    by: Vec<&'static str>,
    /// Places in the values of each field, and units.
    cells: Vec<(usize, usize, u64)>,
    threshold: u64,
    unit: Unit,
    refused: Vec<&'static str>,
}

/// Texts of the cells of a field; the first is unknown.
fn texts(field: &str) -> [&'static str; 4] {
    match field {
        "profession" => ["", "infirmier", "pharmacie", "sage-femme"],
        "palier" => ["", "Add 8", "Add 7", "Add 6"],
        _ => ["Inconnue SARL", "CBA", "Aatlantide", "Axygest"],
    }
}

fn small() -> impl Strategy<Value = Small> {
    let by = prop_oneof![
        Just(vec!["palier"]),
        Just(vec!["editeur"]),
        Just(vec!["editeur_reconnu"]),
        Just(vec!["profession", "palier"]),
        Just(vec!["palier", "profession"]),
        Just(vec!["editeur", "palier"]),
        Just(vec!["profession", "editeur"]),
    ];
    let units = prop_oneof![Just(0u64), 1..4u64, 1..12u64, 20..40u64];
    (
        by,
        prop::collection::vec(units, 9),
        2..5u64,
        prop_oneof![Just(Unit::Row), Just(Unit::Weight)],
        prop::sample::subsequence(EDITORS.to_vec(), 0..=3),
        1..=3usize,
    )
        .prop_map(|(by, units, threshold, unit, refused, height)| {
            let width = if by.len() == 2 { 3 } else { 1 };
            let cells = (0..height + usize::from(width == 1))
                .flat_map(|row| (0..width).map(move |column| (row, column)))
                .zip(units)
                .filter(|(_, n)| *n > 0)
                .map(|((row, column), n)| (row, column, n));
            Small { cells: cells.collect(), by, threshold, unit, refused }
        })
}

impl Small {
    fn inventory(&self) -> String {
        let mut text = self.by.iter().map(|by| by.replace("_reconnu", "")).collect::<Vec<_>>().join(";");
        text.push_str(";poids\n");
        for (row, column, n) in &self.cells {
            let mut line = texts(self.by[0])[*row].to_owned();
            if let Some(by) = self.by.get(1) {
                line = format!("{line};{}", texts(by)[*column]);
            }
            match self.unit {
                Unit::Weight => text.push_str(&format!("{line};{n}\n")),
                _ => text.push_str(&format!("{line};1\n").repeat(usize::try_from(*n).unwrap())),
            }
        }
        text
    }

    fn rates(&self, publish: Option<u64>) -> Rates {
        let survey = Survey {
            as_of: Date::parse_iso("2026-11-22").unwrap(),
            unit: self.unit,
            rollup: audit::Rollup::Worst,
            filter: None,
            mapping: Default::default(),
            stale: None,
            strict: false,
            threads: 1,
            reader: Default::default(),
        };
        let options = RatesOptions {
            survey,
            unit_asked: false,
            by: self.by.iter().map(ToString::to_string).collect(),
            measure: "palier >= \"ADD7\"".to_owned(),
            beside: None,
            fail_under: Some(1.0),
            market: true,
            publish,
        };
        let edition = Edition { version: "0.1.0".to_owned(), digest: format!("blake3:{}", "0a".repeat(32)) };
        let refusing = |place: &usize| self.refused.contains(&EDITORS[*place]);
        let set = (0..EDITORS.len()).filter(refusing).fold(0, |set, place| set | 1 << place);
        let rules = Rules { socle: &SOCLES[set], edition, packs: vec![&PACK] };
        let bytes = self.inventory().into_bytes();
        let input = Input::file("t.csv", move || Ok(Box::new(Cursor::new(bytes))));
        audit::rates(vec![input], &rules, &options, None, &|_| {}).unwrap_or_else(|faults| panic!("{faults:?}"))
    }
}

/// How the measure judges a group, where the key tells.
fn verdict(key: &Value) -> Option<&'static str> {
    match key.get("palier")?.as_str() {
        Some("ADD8" | "ADD7") => Some("pass"),
        Some(_) => Some("fail"),
        None => Some("unknown"),
    }
}

fn json(rates: &Rates) -> Value {
    let mut out = Vec::new();
    output::write_json(&mut out, rates).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn cases() -> u32 {
    std::env::var("VIGIE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400)
}

fn on_tables(property: impl Fn(Small) -> Result<(), TestCaseError>) {
    let config = Config { cases: cases(), failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    TestRunner::new_with_rng(config, rng).run(&small(), property).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn no_hidden_cell_is_known_within_twice_the_threshold() {
    on_tables(|table| {
        let rates = table.rates(Some(table.threshold));
        let json = json(&rates);
        let attacker = Attacker::new(&json, &verdict);
        let width = 2 * table.threshold;
        // No group is larger, and what has no bound may be that too.
        let most = table.cells.iter().map(|(_, _, n)| n).sum::<u64>() + width;
        for (low, high) in attacker.bounds(most, width) {
            prop_assert!(low.is_some() && high.is_some(), "from {low:?}, not {width} more: {json:#}");
        }
        // What is too small is hidden, and what is shown is true.
        let (threshold, shown) = (table.threshold, &rates.cells);
        prop_assert!(shown.iter().filter_map(|cell| cell.figures.n).all(|n| n >= threshold));
        let sum: u64 = table.cells.iter().map(|(_, _, n)| n).sum();
        prop_assert!(rates.total.n.is_none_or(|total| total == sum));
        // Nothing else tells how many there are.
        for count in [&json["inputs"][0]["rows"], &json["population"]["weight"], &json["population"]["ps"]] {
            prop_assert!(count.is_null() || (*count == sum && rates.total.n == Some(sum)));
        }
        prop_assert!(json["population"]["rows"].is_null() || json["population"]["rows"] == json["total"]["n"]);
        let findings = json["data"].as_array().unwrap().iter().filter(|f| f["code"] != "pack/not-reviewed");
        for finding in findings {
            prop_assert!(finding["count"].is_null() && finding["first"].is_null() && finding["distinct"].is_null());
        }
        if rates.total.n.is_none() {
            prop_assert!(json["total"]["pass"].is_null() && json["total"]["rate"].is_null());
            prop_assert!(!json["gate"].to_string().contains('/'));
        }
        Ok(())
    });
}

#[test]
fn who_refuses_is_named_nowhere() {
    on_tables(|table| {
        let rates = table.rates(Some(table.threshold));
        let mut out = Vec::new();
        output::write_json(&mut out, &rates).unwrap();
        output::write_text(&mut out, &rates, &Look::plain(Lang::Fr)).unwrap();
        output::write_csv(&mut out, &rates, Dialect::Exact).unwrap();
        output::write_csv(&mut out, &rates, Dialect::Excel(Lang::En)).unwrap();
        output::write_markdown(&mut out, &rates, Lang::En).unwrap();
        let text = String::from_utf8(out).unwrap();
        // « Autres » that is one editor is that editor's figure.
        let names = |place: &usize, by: &str| texts(by)[*place].to_lowercase();
        let merged: BTreeSet<String> = (0..table.by.len())
            .filter(|number| table.by[*number].starts_with("editeur"))
            .flat_map(|number| {
                let place = move |(row, column, _): &(usize, usize, u64)| if number == 0 { *row } else { *column };
                table.cells.iter().map(place).map(move |place| names(&place, "editeur"))
            })
            .filter(|name| table.refused.contains(&name.as_str()))
            .collect();
        let others = rates.cells.iter().chain(&rates.subtotals).filter(|cell| cell.key.contains(&Member::Others));
        prop_assert_eq!(others.clone().count() > 0, !merged.is_empty());
        prop_assert!(merged.len() != 1 || others.clone().all(|cell| cell.figures.suppressed()));
        for id in &table.refused {
            let name = texts("editeur").into_iter().find(|name| name.eq_ignore_ascii_case(id)).unwrap();
            prop_assert!(!text.contains(name) && !text.contains(&format!("\"{id}\"")), "{name} in {text}");
        }
        Ok(())
    });
}

/// Most tables that are large enough are published as they are.
#[test]
fn what_is_large_enough_is_shown() {
    let table = Small {
        by: vec!["profession", "palier"],
        cells: (0..9).map(|place| (place / 3, place % 3, 20 + place as u64)).collect(),
        threshold: 11,
        unit: Unit::Weight,
        refused: Vec::new(),
    };
    let (published, plain) = (table.rates(Some(table.threshold)), table.rates(None));
    assert_eq!(Attacker::new(&json(&published), &verdict).hidden(), 0);
    assert_eq!(published.total, plain.total);
    for (one, two) in published.cells.iter().zip(&plain.cells) {
        assert_eq!((&one.key, &one.figures), (&two.key, &two.figures));
    }
}

#[test]
fn outputs_follow_the_published_schema() {
    let schema: Value = serde_json::from_str(vigie::output::schema::RATES).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    on_tables(|table| {
        for publication in [None, Some(table.threshold)] {
            let json = json(&table.rates(publication));
            let errors: Vec<String> =
                validator.iter_errors(&json).map(|e| format!("{e} at {}", e.instance_path())).collect();
            prop_assert!(errors.is_empty(), "{errors:#?}");
            let mut more = json;
            more["total"]["surprise"] = 1.into();
            prop_assert!(!validator.is_valid(&more));
        }
        Ok(())
    });
}
