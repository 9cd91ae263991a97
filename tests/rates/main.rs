//! Rates: the published figures again, and what a publication lets nobody deduce.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod attacker;
mod golden;
mod market;
mod publication;

use std::path::{Path, PathBuf};
use std::process::Command;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is asked of `vigie rates` in the tests.
#[derive(Clone, Default)]
struct Asked<'a> {
    /// The text of the inventory.
    inventory: &'a str,
    /// Everything but the inventory and the format.
    options: &'a [&'a str],
    /// A folder of rules, instead of those built in.
    rules: Option<&'a str>,
}

/// What `vigie rates` prints.
fn printed(asked: &Asked<'_>, format: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), asked.inventory).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.current_dir(folder.path()).env_remove("VIGIE_RULES");
    command.args(["rates", "t.csv", "--as-of", "2018-06-30", "--format", format]).args(asked.options);
    if let Some(rules) = asked.rules {
        command.arg("--rules").arg(project().join(rules));
    }
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// The same as JSON.
fn rates(asked: &Asked<'_>) -> serde_json::Value {
    serde_json::from_str(&printed(asked, "json")).unwrap()
}

/// A table of published figures.
fn published(name: &str) -> String {
    let path: PathBuf = project().join("fixtures/golden").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Its lines but the header, cut into cells.
fn lines(text: &str) -> Vec<Vec<String>> {
    text.lines().skip(1).map(|line| line.split(';').map(str::to_owned).collect()).collect()
}
