//! What pipelines read of a gate: the same verdict in every format, marks that last, and nothing that a runner obeys.

use crate::support::{run, vigie};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const REFUSED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/manifests/essai-soins-8.2.0.toml");
const ACCEPTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/manifests/essai-soins-8.3.0.toml");

/// A waiver in the words of its file.
fn waiver(rule: &str, scope: &str, until: &str) -> String {
    format!(
        "[[derogation]]\nrule = \"{rule}\"\nscope = '{scope}'\nreason = \"attendu\"\nauthor = \"produit\"\nuntil = {until}\n\n"
    )
}

/// Runs `vigie gate` in a folder: exit code, results, diagnostics.
fn gate(folder: &Path, as_of: &str, args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = vigie(folder, &BTreeMap::new());
    command.arg("gate").args(args).args(["--as-of", as_of]);
    let output = run(command, b"");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn json(folder: &Path, as_of: &str, args: &[&str]) -> Value {
    let (_, stdout, stderr) = gate(folder, as_of, args);
    serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stdout}{stderr}"))
}

fn codes(data: &Value) -> Vec<&str> {
    data.as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

#[test]
fn waivers_that_overlap_cover_both_and_the_last_to_end_counts() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "cryptolib-requise-vulnerable";
    let both = waiver(rule, "true", "2026-12-20") + &waiver(rule, "palier >= \"ADD7\"", "2027-12-20");
    fs::write(folder.path().join("w.toml"), both).unwrap();
    let args = [REFUSED, "--derogations", "w.toml", "--format", "json"];
    let told = json(folder.path(), "2026-11-22", &args);
    let covered: Vec<u64> =
        told["derogations"]["list"].as_array().unwrap().iter().map(|one| one["covered"].as_u64().unwrap()).collect();
    // Neither is to be removed, and the end of the first one needs nothing.
    assert_eq!((covered, codes(&told["data"])), (vec![1, 1], Vec::new()));
    let release = &told["releases"][0];
    let waived = release["rules"].as_array().unwrap().iter().find(|one| one["id"] == rule).unwrap();
    assert_eq!((&waived["waived"], &release["accepted"]), (&1.into(), &true.into()));
    // Counted apart: each rule once.
    let counts = release["counts"].as_object().unwrap();
    assert_eq!((&counts["waived"], &counts["fail"]), (&1.into(), &5.into()));
    let sum: u64 = counts.values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(sum, release["rules"].as_array().unwrap().len() as u64);
}

#[test]
fn what_is_wrong_keeps_its_mark_from_one_day_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let two =
        waiver("cryptolib-requise-vulnerable", "true", "2026-12-20") + &waiver("insi-absent", "false", "2027-12-20");
    fs::write(folder.path().join("w.toml"), two).unwrap();
    let marks = |day: &str| {
        let outputs = ["--output", "gitlab=g.json", "--output", "sarif=s.json", "--output", "junit=j.xml"];
        let args: Vec<&str> = [REFUSED, "--derogations", "w.toml", "-q"].into_iter().chain(outputs).collect();
        assert_eq!(gate(folder.path(), day, &args).0, Some(0));
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let gitlab: Value = serde_json::from_str(&read("g.json")).unwrap();
        let sarif: Value = serde_json::from_str(&read("s.json")).unwrap();
        let junit = read("j.xml");
        let marks = |all: &Value, pointer: &str| -> BTreeSet<String> {
            all.as_array().unwrap().iter().map(|one| one.pointer(pointer).unwrap().to_string()).collect()
        };
        let names: BTreeSet<String> = junit
            .lines()
            .filter_map(|line| Some(line.split_once("<testcase ")?.1.split('>').next()?.to_owned()))
            .collect();
        // The notices of both waivers are among them, and every failure that is said is one that closes the gate.
        assert!(names.iter().any(|name| name.contains("waiver.ending")), "{names:?}");
        assert!(names.iter().any(|name| name.contains("waiver.unused")), "{names:?}");
        assert!(!junit.contains("<failure") && junit.contains("without closing the gate"), "{junit}");
        let results = &sarif["runs"][0]["results"];
        for result in results.as_array().unwrap() {
            let text = result["message"]["text"].as_str().unwrap();
            assert!(!text.contains('{') && text.ends_with('.') && text.len() > 10, "{text}");
        }
        (marks(&gitlab, "/fingerprint"), marks(results, "/partialFingerprints/vigie~1v1"), names)
    };
    assert_eq!(marks("2026-11-22"), marks("2026-11-23"));
}

#[test]
fn releases_of_one_name_are_told_apart_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("a", REFUSED), ("b", REFUSED)] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::copy(text, folder.path().join(name).join("release.toml")).unwrap();
    }
    let read = |one: &str, two: &str| {
        let args = [one, two, "--format", "junit", "--output", "gitlab=g.json"];
        let junit = gate(folder.path(), "2026-11-22", &args).1;
        let cases: Vec<String> = junit
            .lines()
            .filter_map(|line| Some(line.split_once("<testcase ")?.1.split('>').next()?.to_owned()))
            .collect();
        assert_eq!(cases.iter().collect::<BTreeSet<_>>().len(), cases.len());
        let entries: Value = serde_json::from_str(&fs::read_to_string(folder.path().join("g.json")).unwrap()).unwrap();
        let marks = entries.as_array().unwrap().iter();
        let marks: BTreeMap<String, String> =
            marks.map(|one| (one["fingerprint"].to_string(), one["location"]["path"].to_string())).collect();
        assert_eq!(marks.len(), entries.as_array().unwrap().len());
        marks
    };
    assert_eq!(read("a/release.toml", "b/release.toml"), read("b/release.toml", "a/release.toml"));
}

#[test]
fn two_spellings_of_one_path_are_one() {
    let folder = tempfile::tempdir().unwrap();
    for two in ["./a.x", "x/../a.x"] {
        fs::create_dir_all(folder.path().join("x")).unwrap();
        let output = format!("sarif={two}");
        let (status, _, stderr) =
            gate(folder.path(), "2026-11-22", &[ACCEPTED, "--output", "json=a.x", "--output", &output]);
        assert!(status == Some(2) && stderr.contains("written twice"), "{two}: {status:?} {stderr}");
        assert!(!folder.path().join("a.x").exists());
    }
}

#[test]
fn no_runner_obeys_what_a_manifest_says() {
    let folder = tempfile::tempdir().unwrap();
    let product = "##vso[task.setvariable]x ##[error]y ###[group] [link](javascript:alert(1)) {0}";
    let text = fs::read_to_string(REFUSED).unwrap().replace("\"Essai Soins\"", &format!("\"{product}\""));
    assert!(text.contains(product));
    fs::write(folder.path().join("release.toml"), text).unwrap();
    let (_, stdout, _) =
        gate(folder.path(), "2026-11-22", &["release.toml", "--format", "json", "--output", "sarif=s.json"]);
    assert!(!stdout.contains("##[") && !stdout.contains("##vso["), "{stdout}");
    let told: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(told["releases"][0]["product"], product);
    let sarif = fs::read_to_string(folder.path().join("s.json")).unwrap();
    assert!(!sarif.contains("##[") && !sarif.contains("##vso["), "{sarif}");
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let headline = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    let headline = headline.as_str().unwrap();
    // As § 3.11 writes what is neither a link nor a placeholder.
    assert!(headline.contains("\\[link\\](javascript:alert(1)) {{0}}"), "{headline}");
}

/// Servers show a finding in the file that they know: by its name from the root of the repository.
#[test]
fn names_of_files_are_those_of_the_repository() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let working = root.join("app/ci");
    fs::create_dir_all(&working).unwrap();
    fs::create_dir(root.join(".git")).unwrap();
    fs::copy(REFUSED, root.join("app/release.toml")).unwrap();
    fs::write(working.join("w.toml"), waiver("insi-absent", "false", "2027-12-20")).unwrap();
    let whole = root.join("app/release.toml").to_str().unwrap().to_owned();
    for manifest in ["../release.toml", &whole] {
        let args = [manifest, "--derogations", "w.toml", "--format", "gitlab", "--output", "sarif=s.json"];
        let entries = json(&working, "2026-11-22", &args);
        let paths: BTreeSet<&str> =
            entries.as_array().unwrap().iter().map(|one| one["location"]["path"].as_str().unwrap()).collect();
        assert_eq!(paths, BTreeSet::from(["app/ci/w.toml", "app/release.toml"]));
        let sarif: Value = serde_json::from_str(&fs::read_to_string(working.join("s.json")).unwrap()).unwrap();
        for result in sarif["runs"][0]["results"].as_array().unwrap() {
            let artifact = &result["locations"][0]["physicalLocation"]["artifactLocation"];
            assert_eq!(artifact["uriBaseId"], "SRCROOT");
            assert!(paths.contains(artifact["uri"].as_str().unwrap()), "{artifact}");
        }
    }
}

/// A waiver whose pack is misspelt covers nothing, and must not be taken for one of another pack.
#[test]
fn a_pack_misspelt_in_a_waiver_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (rule, expected) in
        [("realese/galss-requis", Some(2)), ("pro-ps/os-hors-support", Some(0)), ("maison/x", Some(0))]
    {
        fs::write(folder.path().join("w.toml"), waiver(rule, "true", "2027-12-20")).unwrap();
        let (status, _, stderr) = gate(folder.path(), "2026-11-22", &[ACCEPTED, "--derogations", "w.toml"]);
        assert_eq!(status, expected, "{rule}: {stderr}");
        assert_eq!(
            stderr.contains("waiver/unknown-pack") && stderr.contains("did you mean `release`"),
            status == Some(2)
        );
    }
}

/// As an audit does: what a waiver will cover on the day that it fails does not close the gate today.
#[test]
fn a_waiver_covers_what_will_fail_while_it_lasts() {
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("delai");
    fs::create_dir(&pack).unwrap();
    let header = "id = \"delai\"\ntitle = { fr = \"Délai\", en = \"Delay\" }\nkind = \"release\"\nversion = \"1.0.0\"\n\
                  socle = \"^0.1\"\nengine = \"^0.1\"\nsince = 2022-01-01\nreviewed = 2026-07-01\n";
    fs::write(pack.join("pack.toml"), header).unwrap();
    let rule = "title = { fr = \"INSi absent\", en = \"INSi missing\" }\ndomain = \"services\"\nlevel = \"blocking\"\n\
                since = 2026-10-01\nsource.text = \"Essai\"\nsource.confidence = \"NV\"\n\n[[require]]\n\
                that = 'insi.present'\nwhy.fr = \"Essai.\"\nwhy.en = \"Trial.\"\nremedy.fr = \"Le mettre.\"\n\
                remedy.en = \"Add it.\"\n"
        .to_owned();
    let example = |given: &str, expect: &str| {
        format!("\n[[example]]\nas_of = 2026-11-22\ngiven = {{ {given} }}\nexpect = \"{expect}\"\n")
    };
    let rule = rule + &example("insi = true", "pass") + &example("insi = false", "fail") + &example("", "unknown");
    fs::write(pack.join("insi-demande.toml"), rule).unwrap();
    let status = |until: &str| {
        fs::write(folder.path().join("w.toml"), waiver("insi-demande", "true", until)).unwrap();
        let args = [REFUSED, "--pack", "./delai", "--fail-on", "expiring:90d", "--derogations", "w.toml", "-q"];
        let (status, stdout, stderr) = gate(folder.path(), "2026-08-01", &args);
        assert_ne!(status, Some(2), "{stdout}{stderr}");
        status
    };
    assert_eq!(status("2027-12-31"), Some(0));
    // It ends within the window, after the rule began to fail; and before.
    assert_eq!(status("2026-10-15"), Some(1));
    assert_eq!(status("2026-09-15"), Some(1));
}
