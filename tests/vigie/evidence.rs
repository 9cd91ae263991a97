//! Evidence, and what `vigie verify` says of it: years later, elsewhere, of other bytes.

use crate::support::{run, run_line, vigie};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const INVENTORY: &str =
    "identifiant;profession;palier\nA1;infirmier;Add. 8\nA2;infirmier;Add. 4\nA3;pharmacien;Add. 4\n";

const WAIVERS: &str = "[[derogation]]\nrule = \"palier-bas\"\nscope = 'profession == \"pharmacien\"'\n\
                       reason = \"attendu\"\nauthor = \"service parc\"\nuntil = 2026-12-31\n";

fn vigie_in(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let mut command = vigie(folder, &BTreeMap::new());
    command.args(line.split_whitespace());
    let output = run(command, b"");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A folder with an inventory, waivers, and the evidence of an audit by a pack of one's own.
fn audited() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("parc.csv"), INVENTORY).unwrap();
    fs::write(folder.path().join("derogations.toml"), WAIVERS).unwrap();
    let pack = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/own-packs/essai");
    let line = format!(
        "audit parc.csv --pack {pack} --as-of 2026-11-22 --derogations derogations.toml --by profession \
         --fail-on blocking --evidence preuves -q --output json=a.json"
    );
    let (status, _, stderr) = vigie_in(folder.path(), &line);
    assert_eq!((status, stderr.as_str()), (Some(1), ""));
    folder
}

fn evidence(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("preuves/evidence.json")).unwrap()).unwrap()
}

#[test]
fn a_result_is_made_again_from_its_evidence() {
    let folder = audited();
    let told = evidence(folder.path());
    let schema: Value = serde_json::from_str(&run_line("en", "schema evidence").1).unwrap();
    assert!(jsonschema::draft202012::new(&schema).unwrap().is_valid(&told), "{told}");
    let text = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    assert_eq!(text("preuves/result.json"), text("a.json"));
    assert_eq!(text("preuves/files/0-derogations.toml"), WAIVERS);
    assert!(folder.path().join("preuves/rules/socle/socle.toml").is_file());
    // Elsewhere, without what it was made with, under another name.
    let elsewhere = tempfile::tempdir().unwrap();
    fs::rename(folder.path().join("preuves"), elsewhere.path().join("gardees")).unwrap();
    fs::write(elsewhere.path().join("copie.csv"), INVENTORY).unwrap();
    let (status, stdout, stderr) = vigie_in(elsewhere.path(), "verify gardees copie.csv");
    assert_eq!((status, stdout.as_str(), stderr.as_str()), (Some(0), "same result: `gardees`\n", ""));
    // The same evidence, byte for byte.
    let again = audited();
    assert_eq!(evidence(again.path()), told);
    assert_eq!(vigie_in(again.path(), "verify preuves --lang fr").1, "même résultat\u{a0}: `preuves`\n");
}

#[test]
fn what_differs_is_told() {
    let folder = audited();
    fs::write(folder.path().join("autre.csv"), INVENTORY.replace("A2;infirmier;Add. 4", "A2;infirmier;Add. 8"))
        .unwrap();
    let (status, stdout, _) = vigie_in(folder.path(), "verify preuves autre.csv");
    assert_eq!(status, Some(1));
    assert!(stdout.contains("/inputs/0/digest") && stdout.contains("/status/obsolete: 1 → 0"), "{stdout}");
    // A rule that was changed in the folder.
    let rule = folder.path().join("preuves/rules/essai/palier-bas.toml");
    let text = fs::read_to_string(&rule).unwrap();
    fs::write(&rule, format!("{text}\n# retouché\n")).unwrap();
    let (status, stdout, _) = vigie_in(folder.path(), "verify preuves");
    assert_eq!(status, Some(1));
    assert!(stdout.contains("  rules/essai/palier-bas.toml\n"), "{stdout}");
}

#[test]
fn what_cannot_be_verified_is_refused() {
    let folder = audited();
    let path = folder.path().join("preuves/evidence.json");
    let text = fs::read_to_string(&path).unwrap();
    for (from, to, code) in [
        (env!("CARGO_PKG_VERSION"), "9.0.0", "evidence/version"),
        ("rules/essai/pack.toml", "../parc.csv", "evidence/unreadable"),
        ("vigie.evidence/1", "vigie.evidence/2", "evidence/unreadable"),
        ("\"command\": \"audit\"", "\"command\": \"man\"", "evidence/unreadable"),
        ("\"inputs\"", "\"entrees\"", "evidence/unreadable"),
        // Evidence comes from others: it has nothing written, and nothing read but what it is made of.
        ("--by=profession", "--output=json=ecrit.json", "evidence/unreadable"),
        ("--by=profession", "--verdicts=ecrit.csv", "evidence/unreadable"),
        ("--by=profession", "parc.csv", "evidence/unreadable"),
        ("--pack=essai", "--pack=../essai", "evidence/unreadable"),
        ("\"option\": \"derogations\"", "\"option\": \"verdicts\"", "evidence/unreadable"),
    ] {
        fs::write(&path, text.replace(from, to)).unwrap();
        let (status, _, stderr) = vigie_in(folder.path(), "verify preuves");
        assert!(status == Some(2) && stderr.contains(code), "{to}: {status:?} {stderr}");
    }
    assert!(!folder.path().join("ecrit.json").exists() && !folder.path().join("ecrit.csv").exists());
    fs::write(&path, &text).unwrap();
    for (line, code) in [
        ("verify preuves parc.csv parc.csv", "evidence/inputs"),
        ("verify preuves absent.csv", "input/read"),
        ("verify absent", "input/read"),
    ] {
        let (status, _, stderr) = vigie_in(folder.path(), line);
        assert!(status == Some(2) && stderr.contains(code), "{line}: {status:?} {stderr}");
    }
}

const BASE: &str = "identifiant;profession;logiciel;version;os\nA1;infirmier;Essai Soins;8.1.0;Windows 11 24H2\n\
                    A2;infirmier;Essai Soins;8.1.0;Windows 7\n";

/// A folder with two manifests and a base, and the evidence of a gate.
fn gated() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifest = |name: &str| fs::read(format!("{}/fixtures/manifests/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    fs::write(folder.path().join("release.toml"), manifest("essai-soins-8.3.0.toml")).unwrap();
    fs::write(folder.path().join("avant.toml"), manifest("essai-soins-8.2.0.toml")).unwrap();
    fs::write(folder.path().join("parc.csv"), BASE).unwrap();
    fs::write(folder.path().join("vigie.toml"), "[gate]\nbaseline = \"b.json\"\n").unwrap();
    let (status, ..) = vigie_in(folder.path(), "baseline write b.json avant.toml --as-of 2026-11-22");
    assert_eq!(status, Some(0));
    let line = "gate release.toml --previous avant.toml --inventory parc.csv --as-of 2026-11-22 --evidence preuves \
                --fail-on advisory --output json=g.json --output sarif-waived=g.sarif";
    let (status, ..) = vigie_in(folder.path(), line);
    assert_eq!(status, Some(1));
    folder
}

#[test]
fn a_gate_is_made_again_from_its_evidence() {
    let folder = gated();
    let told = evidence(folder.path());
    let schema: Value = serde_json::from_str(&run_line("en", "schema evidence").1).unwrap();
    assert!(jsonschema::draft202012::new(&schema).unwrap().is_valid(&told), "{told}");
    let named =
        |input: &Value| (input["name"].as_str().unwrap().to_owned(), input["option"].as_str().map(str::to_owned));
    let inputs: Vec<_> = told["inputs"].as_array().unwrap().iter().map(named).collect();
    let option = |name: &str| Some(name.to_owned());
    assert_eq!(
        inputs,
        [
            ("release.toml".to_owned(), None),
            ("avant.toml".to_owned(), option("previous")),
            ("parc.csv".to_owned(), option("inventory"))
        ]
    );
    let text = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    assert_eq!(text("preuves/result.json"), text("g.json"));
    assert_eq!(text("preuves/files/0-baseline.json"), text("b.json"));
    let sarif: Value = serde_json::from_str(&text("g.sarif")).unwrap();
    let state = |rule: &str| {
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        results.iter().find(|result| result["ruleId"] == rule).map(|result| result["baselineState"].clone()).unwrap()
    };
    // A value that changed, and what the step from a version to the next finds, which is never frozen.
    assert_eq!(state("release/cryptolib-requise-sans-cps4"), "new");
    assert_eq!(state("version/systeme-retire"), "new");
    for pack in
        ["socle/socle.toml", "release/pack.toml", "version/pack.toml", "pro-ps/pack.toml", "mise-a-jour/pack.toml"]
    {
        assert!(folder.path().join("preuves/rules").join(pack).is_file(), "{pack}");
    }
    // Elsewhere, under other names: all of them, or the manifest alone.
    let elsewhere = tempfile::tempdir().unwrap();
    for (from, to) in [("release.toml", "r.toml"), ("avant.toml", "avant.toml"), ("parc.csv", "parc.csv")] {
        fs::copy(folder.path().join(from), elsewhere.path().join(to)).unwrap();
    }
    fs::rename(folder.path().join("preuves"), elsewhere.path().join("preuves")).unwrap();
    for line in ["verify preuves r.toml", "verify preuves r.toml avant.toml parc.csv"] {
        let (status, stdout, stderr) = vigie_in(elsewhere.path(), line);
        assert_eq!((status, stdout.as_str(), stderr.as_str()), (Some(0), "same result: `preuves`\n", ""), "{line}");
    }
    // One fact of the version before was otherwise.
    let before = text("avant.toml").replace("palier = ", "# palier = ");
    fs::write(elsewhere.path().join("avant.toml"), before).unwrap();
    let (status, stdout, _) = vigie_in(elsewhere.path(), "verify preuves r.toml");
    assert!(status == Some(1) && stdout.contains("/releases/0/previous/digest"), "{stdout}");
}
