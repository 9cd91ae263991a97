//! What the READMEs offer to paste: every command in them runs, on the demonstration base and manifest.

use crate::support::{run, vigie};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The commands of the section on continuous integration, lines that go on joined.
fn commands(readme: &str, title: &str) -> Vec<String> {
    let section = readme.split(title).nth(1).unwrap().split("\n## ").next().unwrap();
    let joined = section.replace("\\\n", " ");
    let start = |line: &str| line.find("vigie audit").or_else(|| line.find("vigie gate"));
    let blocks = joined.split("```").skip(1).step_by(2);
    blocks
        .flat_map(str::lines)
        .filter_map(|line| Some(line[start(line)?..].split('\'').next()?.trim().to_owned()))
        .collect()
}

/// Runs the commands of a README, and gives how many there are of the gate and of audits.
fn paste(readme: &str, title: &str) -> [usize; 2] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join(readme)).unwrap();
    let section = text.split(title).nth(1).unwrap().split("\n## ").next().unwrap();
    // Whoever pastes an upload of SARIF pastes its permission.
    for job in section.split("```").filter(|block| block.contains("upload-sarif@")) {
        assert!(job.contains("security-events: write"), "{readme}: {job}");
    }
    let mut counts = [0; 2];
    for line in commands(&text, title) {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(root.join("fixtures/parc-demo.csv"), folder.path().join("parc.csv")).unwrap();
        fs::copy(root.join("fixtures/manifests/essai-soins-8.2.0.toml"), folder.path().join("release.toml")).unwrap();
        // Both have something that fails.
        let (kind, rule) = match line.starts_with("vigie gate") {
            true => (0, "cryptolib-requise-vulnerable"),
            false => (1, "os-hors-support"),
        };
        counts[kind] += 1;
        let line = line.replace("\"$GITHUB_STEP_SUMMARY\"", "summary.md");
        let mut command = vigie(folder.path(), &BTreeMap::new());
        command.args(line.split_whitespace().skip(1)).args(["--as-of", "2026-11-22"]);
        let output = run(command, b"");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}: {said}");
        for file in line.split("--output ").skip(1).filter_map(|rest| rest.split_whitespace().next()?.split_once('=')) {
            let text = fs::read_to_string(folder.path().join(file.1)).unwrap();
            assert!(text.contains(rule), "{line}: {}", file.1);
        }
    }
    counts
}

#[test]
fn the_commands_to_paste_run_and_write_what_they_say() {
    assert_eq!(paste("README.md", "## In continuous integration"), [3, 3]);
    // The prose of the French one names the command of an audit, and its snippets are those of the gate.
    assert_eq!(paste("README.fr.md", "## En intégration continue"), [3, 0]);
}

/// A job has one file for its summary: each command adds its page, and none takes away another's.
#[test]
fn summaries_of_one_job_follow_one_another() {
    let root = env!("CARGO_MANIFEST_DIR");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("summary.md"), "# before\n").unwrap();
    for line in [
        format!("gate {root}/fixtures/manifests/essai-soins-8.2.0.toml"),
        format!("audit {root}/fixtures/parc-demo.csv --fail-on blocking"),
    ] {
        let mut command = vigie(folder.path(), &BTreeMap::new());
        command.args(line.split_whitespace());
        command.args(["--as-of", "2026-11-22", "-q", "--output", "github-summary=summary.md"]);
        assert_eq!(run(command, b"").status.code(), Some(1), "{line}");
    }
    let text = fs::read_to_string(folder.path().join("summary.md")).unwrap();
    let heads: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(heads, ["# before", "## vigie gate as of 22 November 2026", "## vigie audit as of 22 November 2026"]);
}
