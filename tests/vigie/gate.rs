//! The gate on a base of thirty thousand installations: the same counts as an audit, and sums that hold.

use crate::support::{run, vigie};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// An installed base, the same at every run; made-up shares.
fn base(rows: usize) -> String {
    let mut text =
        String::from("profession;departement;editeur;logiciel;version;palier;os;cryptolib;lecteur_niveau;adri;scor\n");
    let mut state = 20_261_122u64;
    let mut one_of = |choices: &[&'static str]| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        choices[(state >> 33) as usize % choices.len()]
    };
    for _ in 0..rows {
        let cells = [
            one_of(&["infirmier", "infirmier", "kinésithérapeute"]),
            one_of(&["34", "59", "974", ""]),
            "Éditeur Fictif",
            one_of(&["Essai Soins", "ESSAI SOINS", "Essai Soins", "Essai Voisin", ""]),
            one_of(&["8.0.1", "8.2.0", "8.2.0", "8.3.0", ""]),
            one_of(&["Add 4", "Add 7", "Add 8", ""]),
            one_of(&["Windows 7", "Windows 10 22H2", "Windows 11 24H2", "Windows 11 25H2", ""]),
            one_of(&["5.1.7", "5.1.12", "5.2.0", ""]),
            one_of(&["V3.30", "V4.00", "PC/SC transparent", ""]),
            one_of(&["oui", "non", ""]),
            "2.11",
        ];
        let _ = writeln!(text, "{}", cells.join(";"));
    }
    text
}

fn json(folder: &Path, args: &[&str]) -> Value {
    let mut command = vigie(folder, &BTreeMap::new());
    command.args(args).args(["--as-of", "2026-11-22", "--format", "json"]);
    let output = run(command, b"");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn sum(of: &Value, path: &[&str]) -> u64 {
    let groups = of.as_array().unwrap().iter();
    groups.map(|group| path.iter().fold(group, |value, key| &value[*key]).as_u64().unwrap()).sum()
}

#[test]
fn the_impact_on_a_base_agrees_with_an_audit() {
    const ROWS: u64 = 30_000;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("base.csv"), base(30_000)).unwrap();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/manifests/essai-soins-8.3.0.toml");
    let gate = json(folder.path(), &["gate", manifest, "--inventory", "base.csv"]);
    let impact = &gate["releases"][0]["impact"];
    let number = |value: &Value| value.as_u64().unwrap();
    let population = number(&impact["population"]);
    assert_eq!(population + number(&impact["others"]) + number(&impact["unnamed"]), ROWS);
    let figures = &impact["figures"];
    for status in ["before", "after"] {
        let counts = figures[status].as_object().unwrap();
        assert_eq!(counts.values().map(number).sum::<u64>(), population, "{status}");
    }
    for by in impact["by"].as_array().unwrap() {
        for path in [
            &["population"][..],
            &["already"],
            &["gained", "low"],
            &["gained", "high"],
            &["blocked", "low"],
            &["blocked", "high"],
            &["after", "up_to_date"],
        ] {
            let whole = path.iter().fold(figures, |value, key| &value[*key]);
            let path: Vec<&str> = std::iter::once("figures").chain(path.iter().copied()).collect();
            assert_eq!(sum(&by["groups"], &path), number(whole), "{} {path:?}", by["field"]);
        }
    }
    for obstacle in impact["obstacles"].as_array().unwrap() {
        let count = number(&obstacle["count"]);
        assert!(number(&obstacle["alone"]) <= count && count <= population, "{obstacle}");
        let by = obstacle["by"].as_array().unwrap();
        assert_eq!(by.len(), impact["by"].as_array().unwrap().len());
        for of in by {
            assert_eq!(sum(&of["groups"], &["count"]), count, "{}", of["field"]);
        }
    }
    let bounds = |of: &Value| (number(&of["low"]), number(&of["high"]));
    let (gained, blocked) = (bounds(&figures["gained"]), bounds(&figures["blocked"]));
    assert!(0 < gained.0 && gained.0 < gained.1, "{gained:?}");
    assert!(0 < blocked.0 && blocked.0 < blocked.1, "{blocked:?}");
    assert!(gained.1 + blocked.0 + number(&figures["already"]) <= population);
    // As it is, the base is what an audit says of it.
    let audit = json(folder.path(), &["audit", "base.csv", "--where", "logiciel.matches('(?i)^essai soins$')"]);
    assert_eq!(figures["before"], audit["status"]);
}
