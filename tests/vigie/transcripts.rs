//! Transcripts of the command line, one file a subject in `tests/cli`.
//!
//! A file has an `about`, the `files` that the runs find in their folder (kept from one run to the next), and
//! `[[run]]`s: `args`, `env`, `stdin`, then what is expected: `status`, `stdout`, `stderr`, and in `writes` the
//! files that a run leaves. `UPDATE=1 cargo test` rewrites what is expected; read the difference.
//! In `args` and `files`, `{root}` is the folder of the project; in outputs, `{socle}` is the digest of the socle,
//! `{pack NAME}` that of a pack built in.

use crate::support::{run, run_line, vigie};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use toml::{Table, Value};

/// Digests of the rules built in, and what stands for them in what is expected, which does not change with each fact
/// added.
static DIGESTS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let digest = |id: &str| vigie::folder::Folder::built_in(id).unwrap().digest();
    let packs = vigie::folder::Folder::built_in_packs();
    let of_packs = packs.into_iter().map(|id| (digest(id), format!("{{pack {id}}}")));
    std::iter::once((digest("socle"), "{socle}".to_owned())).chain(of_packs).collect()
});

/// A text with the digests of built-in rules named.
fn named(text: String) -> String {
    DIGESTS.iter().fold(text, |text, (digest, name)| text.replace(digest, name))
}

#[test]
fn transcripts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let update = std::env::var_os("UPDATE").is_some();
    let mut paths: Vec<PathBuf> = fs::read_dir(root.join("tests/cli")).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    assert!(!paths.is_empty());
    let mut failures = String::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let transcript = Transcript::parse(&text).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        let seen = transcript.play(root).print();
        if update {
            fs::write(&path, &seen).unwrap();
        } else if seen != text {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let _ = writeln!(failures, "--- {name}\n{}", difference(&text, &seen));
        }
    }
    assert!(failures.is_empty(), "rerun with UPDATE=1 if this is right\n{failures}");
}

/// Every JSON result of a transcript follows the schema that vigie publishes for it.
#[test]
fn json_results_follow_their_schemas() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = std::collections::BTreeSet::new();
    for entry in fs::read_dir(root.join("tests/cli")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let transcript = Transcript::parse(&text).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        for run in transcript.play(root).runs {
            let written = run.writes.iter().map(|(_, text)| text);
            for text in written.chain([&run.stdout]) {
                let text = DIGESTS.iter().fold(text.clone(), |text, (digest, name)| text.replace(name, digest));
                let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
                let Some(name) = json["schema"].as_str().and_then(|name| name.strip_prefix("vigie.")) else { continue };
                let subject = name.split('/').next().unwrap();
                let schema: serde_json::Value =
                    serde_json::from_str(&run_line("en", &format!("schema {subject}")).1).unwrap();
                jsonschema::draft202012::meta::validate(&schema).unwrap();
                let errors: Vec<String> = jsonschema::draft202012::new(&schema)
                    .unwrap()
                    .iter_errors(&json)
                    .map(|error| format!("{error} at {}", error.instance_path()))
                    .collect();
                assert!(errors.is_empty(), "{}: {:?}: {errors:#?}", path.display(), run.args);
                seen.insert(subject.to_owned());
            }
        }
    }
    for subject in ["audit", "forecast", "gate", "rules", "rules-test"] {
        assert!(seen.contains(subject), "no transcript has a result of {subject}");
    }
}

struct Transcript {
    about: String,
    files: Vec<(String, String)>,
    runs: Vec<Run>,
}

#[derive(Default)]
struct Run {
    note: Option<String>,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    stdin: Option<String>,
    status: i32,
    stdout: String,
    stderr: String,
    writes: Vec<(String, String)>,
}

impl Transcript {
    fn parse(text: &str) -> Result<Transcript, String> {
        let mut table: Table = text.parse().map_err(|error| format!("{error}"))?;
        let about = take_string(&mut table, "about")?.ok_or("no about")?;
        let files = take_strings(&mut table, "files")?;
        let Some(Value::Array(runs)) = table.remove("run") else { return Err("no [[run]]".to_owned()) };
        if let Some(key) = table.keys().next() {
            return Err(format!("unknown key {key}"));
        }
        let runs = runs.into_iter().map(|run| match run {
            Value::Table(table) => Run::parse(table),
            _ => Err("a run is a table".to_owned()),
        });
        Ok(Transcript { about, files, runs: runs.collect::<Result<_, _>>()? })
    }

    fn play(mut self, root: &Path) -> Transcript {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in &self.files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        for run in &mut self.runs {
            run.play(root, folder.path());
        }
        self
    }

    fn print(&self) -> String {
        let mut out = format!("about = {}\n", quoted(&self.about));
        if !self.files.is_empty() {
            out.push_str("\n[files]\n");
            print_strings(&self.files, &mut out);
        }
        for run in &self.runs {
            run.print(&mut out);
        }
        out
    }
}

impl Run {
    fn parse(mut table: Table) -> Result<Run, String> {
        let args = match table.remove("args") {
            Some(Value::Array(args)) => args.into_iter().filter_map(|arg| arg.as_str().map(str::to_owned)).collect(),
            _ => return Err("no args".to_owned()),
        };
        let run = Run {
            note: take_string(&mut table, "note")?,
            args,
            env: take_strings(&mut table, "env")?.into_iter().collect(),
            stdin: take_string(&mut table, "stdin")?,
            ..Run::default()
        };
        for expected in ["status", "stdout", "stderr", "writes"] {
            table.remove(expected);
        }
        match table.keys().next() {
            Some(key) => Err(format!("unknown key {key}")),
            None => Ok(run),
        }
    }

    fn play(&mut self, root: &Path, folder: &Path) {
        let before = listing(folder);
        let mut command = vigie(folder, &self.env);
        command.args(self.args.iter().map(|arg| arg.replace("{root}", &root.to_string_lossy())));
        let output = run(command, self.stdin.as_deref().unwrap_or_default().as_bytes());
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes)
                .replace(&*root.to_string_lossy(), "{root}")
                .replace(&*folder.to_string_lossy(), "{folder}");
            named(text)
        };
        self.status = output.status.code().unwrap_or(-1);
        self.stdout = text(&output.stdout);
        self.stderr = text(&output.stderr);
        let written = listing(folder).into_iter().filter(|file| !before.contains(file));
        self.writes = written.map(|(name, written)| (name, text(written.as_bytes()))).collect();
    }

    fn print(&self, out: &mut String) {
        out.push_str("\n[[run]]\n");
        if let Some(note) = &self.note {
            let _ = writeln!(out, "note = {}", quoted(note));
        }
        let args: Vec<String> = self.args.iter().map(|arg| quoted(arg)).collect();
        let _ = writeln!(out, "args = [{}]", args.join(", "));
        if !self.env.is_empty() {
            let pairs: Vec<String> =
                self.env.iter().map(|(name, value)| format!("{name} = {}", quoted(value))).collect();
            let _ = writeln!(out, "env = {{ {} }}", pairs.join(", "));
        }
        if let Some(stdin) = &self.stdin {
            let _ = writeln!(out, "stdin = {}", quoted(stdin));
        }
        let _ = writeln!(out, "status = {}", self.status);
        let _ = writeln!(out, "stdout = {}", quoted(&self.stdout));
        let _ = writeln!(out, "stderr = {}", quoted(&self.stderr));
        if !self.writes.is_empty() {
            out.push_str("[run.writes]\n");
            print_strings(&self.writes, out);
        }
    }
}

/// Every file below a folder, with its text.
fn listing(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(place) = folders.pop() {
        for entry in fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                files.push((name, String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()));
            }
        }
    }
    files.sort();
    files
}

fn take_string(table: &mut Table, key: &str) -> Result<Option<String>, String> {
    match table.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{key} is not a string")),
    }
}

fn take_strings(table: &mut Table, key: &str) -> Result<Vec<(String, String)>, String> {
    match table.remove(key) {
        None => Ok(Vec::new()),
        Some(Value::Table(entries)) => entries
            .into_iter()
            .map(|(name, value)| match value {
                Value::String(text) => Ok((name, text)),
                _ => Err(format!("{name} is not a string")),
            })
            .collect(),
        Some(_) => Err(format!("{key} is not a table")),
    }
}

fn print_strings(entries: &[(String, String)], out: &mut String) {
    for (name, text) in entries {
        let _ = writeln!(out, "{} = {}", quoted(name), quoted(text));
    }
}

/// The string as TOML, in the form that reads best. What cannot be seen is written as an escape.
fn quoted(text: &str) -> String {
    let invisible = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{a0}' | '\u{202f}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
    };
    let plain = !text.contains(invisible);
    if plain && text.contains('\n') && !text.contains("'''") && !text.ends_with('\'') {
        return format!("'''\n{text}'''");
    }
    if plain && !text.contains('\n') && text.contains(['"', '\\']) && !text.contains('\'') {
        return format!("'{text}'");
    }
    let mut escaped = String::new();
    let multiline = text.contains('\n');
    for c in text.chars() {
        match c {
            '\n' if multiline => escaped.push('\n'),
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            c if invisible(c) => {
                let _ = write!(escaped, "\\u{:04X}", c as u32);
            }
            c => escaped.push(c),
        }
    }
    if multiline { format!("\"\"\"\n{escaped}\"\"\"") } else { format!("\"{escaped}\"") }
}

/// Lines that differ, a few around each.
fn difference(expected: &str, seen: &str) -> String {
    let (expected, seen): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), seen.lines().collect());
    let same = expected.iter().zip(&seen).take_while(|(a, b)| a == b).count();
    let tail = expected[same..].iter().rev().zip(seen[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut out = format!("from line {}\n", same + 1);
    for line in &expected[same..expected.len() - tail] {
        let _ = writeln!(out, "- {line}");
    }
    for line in &seen[same..seen.len() - tail] {
        let _ = writeln!(out, "+ {line}");
    }
    out
}
