//! Runs the built `vigie` in an empty folder, with an environment that is the same on every machine.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The command, in a folder, with nothing of the environment of the tests but what it needs to start.
pub(crate) fn vigie(folder: &Path, env: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.current_dir(folder).env_clear().env("LANG", "en_US.UTF-8").env("COLUMNS", "100").envs(env);
    for name in ["SystemRoot", "TZ"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command to its end with a standard input.
pub(crate) fn run(mut command: Command, stdin: &[u8]) -> Output {
    let mut child = command.spawn().unwrap();
    // A command that does not read its input closes it: that is its right.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

/// Runs a line of arguments in an empty folder, in a language.
pub(crate) fn run_line(lang: &str, line: &str) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = vigie(folder.path(), &BTreeMap::new());
    command.args(line.split_whitespace()).args(["--lang", lang]);
    let output = run(command, b"");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}
