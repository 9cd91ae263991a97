//! Evidence: what it takes to redo a result years later, in a folder: the result, the rules that it was made with,
//! the files that came with them, and the digests of all this and of what was judged (which is not copied).

use super::destination::PendingFile;
use super::failure::Failure;
use super::inputs::Input;
use super::rulebook::Rulebook;
use super::survey::Reading;
use super::values::PackChoice;
use crate::audit::InputSummary;
use crate::folder::Folder;
use crate::pack::Pack;
use crate::value::Date;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Name and version of the contract.
pub(super) const SCHEMA: &str = "vigie.evidence/1";

/// The file that tells of the others.
pub(super) const FILE: &str = "evidence.json";

/// The result.
pub(super) const RESULT: &str = "result.json";

/// The folder of the rules.
pub(super) const RULES: &str = "rules";

/// Options that say nothing of the result, or that are told otherwise.
const LEFT_OUT: [&str; 28] = [
    "as-of",
    "baseline",
    "baseline-key",
    "catalogue",
    "color",
    "derogations",
    "evidence",
    "findings",
    "format",
    "inventory",
    "lang",
    "licence",
    "manifest",
    "mapping",
    "mask",
    "max-bytes",
    "no-config",
    "output",
    "pack",
    "previous",
    "quiet",
    "register",
    "rules",
    "template",
    "theme",
    "threads",
    "verbose",
    "verdicts",
];

/// Whether an argument is one that evidence holds: whoever made the folder may have written anything in it.
pub(super) fn is_told(command: &Command, argument: &str) -> bool {
    let Some(option) = argument.strip_prefix("--") else { return false };
    match option.split_once('=') {
        Some(("as-of", _)) => true,
        // The name of a pack of the folder, never a path.
        Some(("pack", name)) => !name.contains(['/', '\\']) && !name.starts_with('.'),
        _ => {
            let id = option.split_once('=').map_or(option, |(id, _)| id);
            !LEFT_OUT.contains(&id) && command.get_arguments().any(|arg| arg.get_long() == Some(id))
        }
    }
}

/// What `evidence.json` says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Evidence {
    pub(super) schema: String,
    /// Version of vigie that made it.
    pub(super) vigie: String,
    pub(super) command: String,
    /// The options that the result depends on.
    pub(super) arguments: Vec<String>,
    /// What was judged, in order: not copied.
    pub(super) inputs: Vec<Judged>,
    /// Every other file of the folder, sorted.
    pub(super) files: Vec<Kept>,
}

/// What was judged.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Judged {
    pub(super) name: String,
    pub(super) digest: String,
    /// The option that named it; none: it was an argument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) option: Option<String>,
}

impl Judged {
    /// What was given, by what was read of it: itself, or what it held.
    pub(super) fn of(input: &Input, option: Option<&str>, read: &[InputSummary]) -> Judged {
        let name = input.name();
        let digest = match read.iter().find(|read| read.name == name) {
            Some(read) => read.digest.clone(),
            None => {
                let within = format!("{name}/");
                let held = read.iter().filter(|read| read.name.starts_with(&within));
                digest_of(held.map(|read| (read.name.as_str(), read.digest.as_str())))
            }
        };
        Judged { name, digest, option: option.map(str::to_owned) }
    }

    /// Registers: too big to be copied.
    pub(super) fn registers(reading: &Reading, book: &Rulebook) -> impl Iterator<Item = Judged> {
        let option = || Some("register".to_owned());
        let read = reading.registers.iter().zip(&book.socle.registers.files);
        read.map(move |(path, file)| Judged {
            name: path.to_string_lossy().into_owned(),
            digest: file.digest.clone(),
            option: option(),
        })
    }
}

/// A file of the folder.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    /// From the folder, with `/`.
    pub(super) path: String,
    pub(super) digest: String,
    /// The option that named it, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) given: Option<Given>,
}

/// How a file was given.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    pub(super) option: String,
    pub(super) name: String,
}

/// What a command knows of its result.
pub(super) struct Told<'t> {
    pub(super) command: &'static str,
    /// See [`arguments`].
    pub(super) arguments: &'t [String],
    pub(super) as_of: Date,
    pub(super) book: &'t Rulebook,
    pub(super) choices: &'t [PackChoice],
    /// The packs that the command is told to take.
    pub(super) packs: Vec<&'t Pack>,
    /// Those that it takes of itself.
    pub(super) beside: Vec<&'t Pack>,
    /// Files given by options: the option and the path.
    pub(super) given: Vec<(&'static str, &'t Path)>,
    /// What was judged: arguments, then what options named.
    pub(super) inputs: Vec<Judged>,
    /// The result, as JSON.
    pub(super) result: Vec<u8>,
}

/// The options of a command line that its result depends on, but for those that are told otherwise.
pub(super) fn arguments(command: &Command, matches: &ArgMatches) -> Vec<String> {
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let mut told = Vec::new();
    for arg in command.get_arguments() {
        let id = arg.get_id().as_str();
        if LEFT_OUT.contains(&id) || !given(id) {
            continue;
        }
        if !arg.get_action().takes_values() {
            told.push(format!("--{id}"));
            continue;
        }
        for value in matches.get_raw(id).into_iter().flatten() {
            told.push(format!("--{id}={}", value.to_string_lossy()));
        }
    }
    told
}

/// Writes the folder; the same result gives the same bytes.
///
/// # Errors
/// A file that cannot be read or written.
pub(super) fn write(folder: &Path, told: Told<'_>) -> Result<(), Failure> {
    let mut files: Vec<(String, Vec<u8>, Option<Given>)> = vec![(RESULT.to_owned(), told.result, None)];
    let packs: Vec<&Pack> = told.packs.iter().chain(&told.beside).copied().collect();
    for source in told.book.sources(told.choices, &packs)? {
        let Folder { id, files: sources, .. } = source;
        files.extend(
            sources.into_iter().map(|file| (format!("{RULES}/{id}/{}", file.path), file.bytes.into_owned(), None)),
        );
    }
    let mut arguments = vec![format!("--as-of={}", told.as_of)];
    arguments.extend(told.packs.iter().map(|pack| format!("--pack={}", pack.id)));
    arguments.extend_from_slice(told.arguments);
    for (number, (option, path)) in told.given.into_iter().enumerate() {
        let bytes = fs::read(path).map_err(|error| Failure::read(path, &error))?;
        let extension = path.extension().map_or_else(|| "txt".into(), |extension| extension.to_string_lossy());
        let kept = format!("files/{number}-{option}.{extension}");
        let name = path.to_string_lossy().into_owned();
        files.push((kept, bytes, Some(Given { option: option.to_owned(), name })));
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    // A pack that two others extend is one.
    files.dedup_by(|a, b| a.0 == b.0);
    let mut pending = Vec::new();
    let mut put = |path: PathBuf, bytes: &[u8]| -> Result<(), Failure> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| Failure::write(parent, &error))?;
        }
        let mut file = PendingFile::create(&path)?;
        file.write_all(bytes).map_err(|error| Failure::write(&path, &error))?;
        pending.push(file);
        Ok(())
    };
    let mut kept = Vec::new();
    for (path, bytes, given) in files {
        put(folder.join(&path), &bytes)?;
        kept.push(Kept { path, digest: digest(&bytes), given });
    }
    let evidence = Evidence {
        schema: SCHEMA.to_owned(),
        vigie: env!("CARGO_PKG_VERSION").to_owned(),
        command: told.command.to_owned(),
        arguments,
        inputs: told.inputs,
        files: kept,
    };
    let mut bytes = Vec::new();
    let value = serde_json::to_value(&evidence).unwrap_or_default();
    crate::output::json::write_json(&mut bytes, &value).map_err(|error| Failure::write(folder, &error))?;
    put(folder.join(FILE), &bytes)?;
    pending.into_iter().try_for_each(PendingFile::commit)
}

/// That of what holds several files: of their names and digests.
pub(super) fn digest_of<'f>(files: impl Iterator<Item = (&'f str, &'f str)>) -> String {
    digest(files.map(|(name, digest)| format!("{name} {digest}\n")).collect::<String>().as_bytes())
}

/// `blake3:<hex>` of bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    format!("blake3:{}", blake3::hash(bytes).to_hex())
}
