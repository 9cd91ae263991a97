//! `vigie baseline write`: today's failures, frozen in a file.

use super::command::Words;
use super::console::Console;
use super::delivery;
use super::destination::PendingFile;
use super::exit::Exit;
use super::failure::Failure;
use super::inputs::{self, Input};
use super::rulebook::Rulebook;
use super::survey::{self, Reading};
use super::{Common, collect, manifests};
use crate::audit::{self, Baseline, BaselineKey, Compared, Survey};
use crate::output;
use crate::text;
use clap::{Arg, ArgMatches, Command, ValueHint};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) fn command(w: Words) -> Command {
    let file = w
        .argument("file", ("FICHIER", "FILE"), "La baseline à écrire", "The baseline to write")
        .value_parser(clap::value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .required(true);
    let judged = w
        .argument(
            "judged",
            ("ENTRÉE", "INPUT"),
            "Des inventaires, ou des manifestes de versions (reconnus à leur contenu, ou à `--pack`)",
            "Inventories, or manifests of releases (told by their content, or by `--pack`)",
        )
        .value_parser(clap::value_parser!(OsString))
        .value_hint(ValueHint::FilePath)
        .num_args(1..)
        .required(true);
    let write = w.command("write", "Fige les échecs d'aujourd'hui", "Freezes the failures of today");
    let write = survey::reading_options(write.arg(file).arg(judged), w).arg(key(w)).after_help(w.examples(&[
        (
            "vigie baseline write baseline.json parc.csv",
            "ce qui échoue aujourd'hui ; ensuite `vigie audit parc.csv --baseline baseline.json --fail-on blocking`",
            "what fails today; then `vigie audit parc.csv --baseline baseline.json --fail-on blocking`",
        ),
        (
            "vigie baseline write baseline.json parc.csv --baseline-key secret.txt",
            "avec une clé à soi, que nul ne retrouve en essayant tous les identifiants",
            "with a key of one's own: nobody finds the identifiers by trying them all",
        ),
        (
            "vigie baseline write baseline.json release.toml",
            "ce qui ferme la porte à cette version ; ensuite `vigie gate release.toml --baseline baseline.json`",
            "what closes the gate to this release; then `vigie gate release.toml --baseline baseline.json`",
        ),
    ]));
    w.command(
        "baseline",
        "Fige les échecs d'aujourd'hui, pour ne refuser que les nouveaux",
        "Freezes the failures of today, to refuse only new ones",
    )
    .subcommand_required(true)
    .arg_required_else_help(true)
    .subcommand(write)
}

/// The options of a command that compares with a baseline.
pub(super) fn options(command: Command, w: Words) -> Command {
    command
        .arg(
            w.option(
                "baseline",
                ("FICHIER", "FILE"),
                "Ne refuser que les échecs absents de cette baseline (`vigie baseline write`), et dire ceux qui ont disparu",
                "Refuse only the failures that this baseline (`vigie baseline write`) does not have, and tell those that are gone",
            )
            .value_parser(clap::value_parser!(PathBuf))
            .value_hint(ValueHint::FilePath),
        )
        .arg(key(w))
}

fn key(w: Words) -> Arg {
    w.option(
        "baseline-key",
        ("FICHIER", "FILE"),
        "Clé secrète des empreintes d'une baseline : le contenu de ce fichier",
        "Secret key of the fingerprints of a baseline: the content of this file",
    )
    .value_parser(clap::value_parser!(PathBuf))
    .value_hint(ValueHint::FilePath)
}

/// The key that a file holds, or that of those who have none.
fn key_of(path: Option<&Path>) -> Result<BaselineKey, Failure> {
    match path {
        Some(path) => Ok(BaselineKey::of(&fs::read(path).map_err(|error| Failure::read(path, &error))?)),
        None => Ok(BaselineKey::default()),
    }
}

/// Reads the baseline to compare with.
///
/// # Errors
/// A file that cannot be read, or is not one.
pub(super) fn compared(path: Option<&Path>, key: Option<&Path>) -> Result<Option<Compared>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let bytes = fs::read(path).map_err(|error| Failure::read(path, &error))?;
    let name = path.to_string_lossy().into_owned();
    Ok(Some(Compared {
        baseline: output::baseline::read(&name, &bytes).map_err(|fault| *fault)?,
        digest: format!("blake3:{}", blake3::hash(&bytes).to_hex()),
        key: key_of(key)?,
        name,
    }))
}

/// Runs a subcommand.
///
/// # Errors
/// Whatever keeps the baseline from being made or written; then the file is left as it was.
pub(super) fn run(matches: &ArgMatches, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let Some(("write", matches)) = matches.subcommand() else { return Err(super::not_yet("vigie baseline")) };
    let mut faults = Vec::new();
    let reading: Reading = survey::reading(matches, &mut faults);
    let arguments: Vec<OsString> = matches.get_many::<OsString>("judged").into_iter().flatten().cloned().collect();
    let inputs = collect(inputs::expand(&arguments), &mut faults).unwrap_or_default();
    let path = matches.get_one::<PathBuf>("file").cloned().unwrap_or_default();
    let read = inputs.iter().flat_map(Input::paths).chain(reading.beside().map(PathBuf::as_path));
    delivery::clashes(read, std::iter::once(&path), &mut faults);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let mut file = PendingFile::create(&path)?;
    let key = key_of(matches.get_one::<PathBuf>("baseline-key").map(PathBuf::as_path))?;
    let book = Rulebook::load(common)?.with_catalogues(&reading.catalogues)?;
    let of_releases = are_manifests(&inputs, &book, &reading)?;
    let (baseline, nameless) = match of_releases {
        true => releases(&inputs, &book, &reading, &key, console)?,
        false => inventories(&inputs, &book, &reading, &key)?,
    };
    output::baseline::write(&mut file, &baseline).map_err(|error| Failure::write(&path, &error))?;
    file.commit()?;
    let n: usize = baseline.failures.values().map(Vec::len).sum();
    let shown = path.display();
    console.note(&match of_releases {
        true => {
            text!("échecs et inconnues figés dans `{shown}` : {n}", "failures and unknowns frozen in `{shown}`: {n}")
        }
        false => text!("échecs figés dans `{shown}` : {n}", "failures frozen in `{shown}`: {n}"),
    });
    if nameless > 0 {
        console.note(&match of_releases {
            true => text!(
                "échecs de manifestes qui ne disent pas l'éditeur et le logiciel, et qui seront toujours nouveaux : {nameless}",
                "failures of manifests that do not tell editor and product, and that will always be new: {nameless}"
            ),
            false => text!(
                "échecs de lignes sans identifiant, qui seront toujours nouveaux : {nameless}",
                "failures of rows without identifier, which will always be new: {nameless}"
            ),
        });
    }
    // The name of a product is no secret.
    if !key.is_own() && n > 0 && !of_releases {
        console.note(&text!(
            "sans `--baseline-key`, qui essaie tous les identifiants retrouve ceux du fichier : ne pas le publier",
            "without `--baseline-key`, whoever tries all identifiers finds those of the file: do not publish it"
        ));
    }
    Ok(Exit::Done)
}

/// Whether manifests are to be judged: the packs asked for say so, or the first input does.
fn are_manifests(inputs: &[Input], book: &Rulebook, reading: &Reading) -> Result<bool, Failure> {
    match inputs.first() {
        Some(first) if reading.packs.is_empty() => manifests::is_one(first),
        _ => book.judges_releases(&reading.packs),
    }
}

fn inventories(
    inputs: &[Input],
    book: &Rulebook,
    reading: &Reading,
    key: &BaselineKey,
) -> Result<(Baseline, u64), Failure> {
    let packs = book.for_inventories(&reading.packs, reading.as_of)?;
    let survey = Survey { threads: survey::cores(), strict: true, ..reading.survey() };
    Ok(audit::freeze(inputs.iter().map(survey::open).collect(), &book.rules(&packs), &survey, key)?)
}

fn releases(
    inputs: &[Input],
    book: &Rulebook,
    reading: &Reading,
    key: &BaselineKey,
    console: &mut Console,
) -> Result<(Baseline, u64), Failure> {
    let packs = book.for_releases(&reading.packs, reading.as_of, false)?;
    let manifests = manifests::read(inputs, &book.socle, reading.as_of)?;
    for manifest in &manifests {
        console.diagnostics(&manifest.notes);
    }
    Ok(audit::freeze_releases(&manifests, &book.rules(&packs), reading.as_of, key))
}
