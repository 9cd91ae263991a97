//! Inventories made to be too much: what is read of them, and how little is said.

use crate::support::{run, vigie};
use std::collections::BTreeMap;

/// Audits an inventory with a small pack; what is printed, and the exit code.
fn audit(inventory: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("parc.csv"), inventory).unwrap();
    let mut command = vigie(folder.path(), &BTreeMap::new());
    let pack = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/own-packs/essai");
    command.args(["audit", "parc.csv", "--pack", pack, "--as-of", "2026-11-22"]).args(more);
    let output = run(command, b"");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn ten_thousand_columns_are_told_in_a_line() {
    let headers: Vec<String> = (0..10_000).map(|n| format!("c{n}")).collect();
    let cells = vec!["x"; 10_000].join(";");
    let inventory = format!("profession;palier;{}\ninfirmier;Add. 8;{cells}\n", headers.join(";"));
    let (status, stdout, stderr) = audit(&inventory, &[]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("1 up to date"), "{stdout}");
    assert!(stdout.contains("`c4` … (10000)") && stdout.len() < 4000, "{stdout}");
}

#[test]
fn a_huge_cell_or_header_is_never_printed_whole() {
    let long = "a".repeat(10 << 20);
    let inventory = format!("profession;palier;logiciel;{long}\ninfirmier;Add. 8;\"{long}\";x\ninfirmier;{long};y;x\n");
    for format in ["text", "markdown"] {
        let (status, stdout, stderr) = audit(&inventory, &["--by", "logiciel", "--format", format]);
        assert_eq!((status, stderr.as_str()), (Some(0), ""));
        assert!(stdout.len() < 8000 && stdout.contains("aaaa…"), "{} bytes", stdout.len());
    }
    let (status, _, stderr) = audit(&format!("{long}\nx\n"), &[]);
    assert_eq!(status, Some(2));
    assert!(stderr.len() < 1000, "{} bytes", stderr.len());
}

#[test]
fn nothing_of_a_row_that_is_cut_otherwise_is_quoted() {
    // More rows than are remembered, then fewer.
    for rows in [5000, 3] {
        let row = "infirmier;NOMFICTIF;Add. 8\n";
        let inventory = format!("profession;palier\n{}infirmier;Add 9\n", row.repeat(rows));
        let (status, stdout, _) = audit(&inventory, &["--format", "json"]);
        assert_eq!(status, Some(0));
        assert!(stdout.contains("unreadable-value") && !stdout.contains("NOMFICTIF"), "{stdout}");
    }
    // A stray quote that another one closes, rows later.
    let (_, stdout, _) =
        audit("profession;palier\ninfirmier;\"Add. 8\ninfirmier;NOMFICTIF\ninfirmier;x\"\n", &["--format", "json"]);
    assert!(stdout.contains("unreadable-value") && !stdout.contains("NOMFICTIF"), "{stdout}");
    // A row like the header says what it holds.
    let (_, stdout, _) = audit("profession;palier\ninfirmier;Add 9\n", &["--format", "json"]);
    assert!(stdout.contains("\"value\": \"Add 9\""), "{stdout}");
}

#[test]
fn no_escape_code_reaches_what_people_look_at() {
    let inventory = "profession;palier;logiciel\ninfirmier;\u{1b}[31m9;\u{1b}]0;x\u{7}\n";
    for format in ["text", "markdown", "csv-excel"] {
        let (status, stdout, stderr) = audit(inventory, &["--by", "logiciel", "--format", format]);
        assert_eq!(status, Some(0));
        assert!(!stdout.contains('\u{1b}') && !stderr.contains('\u{1b}'), "{format}: {stdout}");
    }
}

#[test]
fn a_condition_on_more_columns_than_a_key_holds_is_judged() {
    let socle = vigie::socle::Socle::builtin().unwrap();
    let (mut columns, mut conditions) = (Vec::new(), Vec::new());
    for field in socle.fields.iter().filter(|field| field.kinds.contains(&"installation".into())) {
        match socle.tables.type_name(&field.ty).as_str() {
            "service" => conditions.push(format!("{}.present", field.id)),
            "bool" => conditions.push(field.id.clone()),
            _ => continue,
        }
        columns.push(field.id.as_str());
    }
    let cells = |absent: usize| {
        (0..columns.len()).map(|n| if n == absent { "non" } else { "oui" }).collect::<Vec<_>>().join(";")
    };
    let mut inventory = format!("profession;palier;{}\n", columns.join(";"));
    for absent in 0..=columns.len() {
        inventory.push_str(&format!("infirmier;Add. 8;{}\n", cells(absent)));
    }
    let (status, stdout, stderr) = audit(&inventory, &["--where", &conditions.join(" && "), "--format", "json"]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert!(columns.len() > 32, "{}", columns.len());
    assert_eq!(report["population"]["rows"], 1, "{stdout}");
}
