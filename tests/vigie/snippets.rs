//! What the README offers to paste: every command in it runs, on the demonstration base.

use crate::support::{run, vigie};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The commands of the section on continuous integration, lines that go on joined.
fn commands(readme: &str) -> Vec<String> {
    let section = readme.split("## In continuous integration").nth(1).unwrap().split("\n## ").next().unwrap();
    let joined = section.replace("\\\n", " ");
    let start = |line: &str| line.find("vigie audit").or_else(|| line.find("vigie gate"));
    let blocks = joined.split("```").skip(1).step_by(2);
    blocks
        .flat_map(str::lines)
        .filter_map(|line| Some(line[start(line)?..].split('\'').next()?.trim().to_owned()))
        .collect()
}

#[test]
fn the_commands_to_paste_run_and_write_what_they_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let commands = commands(&fs::read_to_string(root.join("README.md")).unwrap());
    assert!(commands.len() >= 3, "{commands:?}");
    for line in commands {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(root.join("fixtures/parc-demo.csv"), folder.path().join("parc.csv")).unwrap();
        let line = line.replace("\"$GITHUB_STEP_SUMMARY\"", "summary.md");
        let mut command = vigie(folder.path(), &BTreeMap::new());
        command.args(line.split_whitespace().skip(1)).args(["--as-of", "2026-11-22"]);
        let output = run(command, b"");
        let said = String::from_utf8(output.stderr).unwrap();
        // The demonstration base has installations that fail.
        assert_eq!(output.status.code(), Some(1), "{line}: {said}");
        for file in line.split("--output ").skip(1).filter_map(|rest| rest.split_whitespace().next()?.split_once('=')) {
            let text = fs::read_to_string(folder.path().join(file.1)).unwrap();
            assert!(text.contains("os-hors-support"), "{line}: {}", file.1);
        }
    }
}
