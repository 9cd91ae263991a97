//! `vigie verify`: a result is made again from its evidence, and compared.

use super::command::Words;
use super::console::Console;
use super::evidence::{Evidence, FILE, Judged, RESULT, RULES, SCHEMA, digest, digest_of, is_told};
use super::exit::Exit;
use super::failure::{Failure, read_or_gone};
use super::{audit, gate};
use crate::diag::{Diagnostic, Lang};
use crate::output::{said, visible_line};
use crate::text;
use clap::{ArgMatches, Command, ValueHint};
use serde_json::Value;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

/// Options that may name what evidence keeps, or what was judged.
const GIVEN: [&str; 7] = ["baseline", "catalogue", "derogations", "inventory", "mapping", "previous", "register"];

/// Differences that are told.
const TOLD: usize = 20;

pub(super) fn command(w: Words) -> Command {
    w.command(
        "verify",
        "Refait un résultat depuis ses preuves (--evidence), hors ligne, et dit s'il est le même",
        "Makes a result again from its evidence (--evidence), offline, and tells whether it is the same",
    )
    .arg(
        w.argument("folder", ("DOSSIER", "DIR"), "Le dossier des preuves", "The folder of the evidence")
            .value_parser(clap::value_parser!(PathBuf))
            .value_hint(ValueHint::DirPath)
            .required(true),
    )
    .arg(
        w.argument(
            "input",
            ("ENTRÉE", "INPUT"),
            "Ce qui avait été jugé, dans le même ordre, puis ce que nommaient --previous et --inventory ; sans cela, sous les noms d'alors",
            "What was judged, in the same order, then what --previous and --inventory named; by default under the names of then",
        )
        .value_parser(clap::value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .num_args(0..),
    )
    .arg(
        w.option(
            "baseline-key",
            ("FICHIER", "FILE"),
            "Clé secrète de la baseline, que les preuves ne contiennent pas",
            "Secret key of the baseline, which the evidence does not hold",
        )
        .value_parser(clap::value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath),
    )
    .arg(
        w.option(
            "mask",
            ("CLÉ", "KEYFILE"),
            "Clé secrète des masques, que les preuves ne contiennent pas",
            "Secret key of the masks, which the evidence does not hold",
        )
        .value_parser(clap::value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath),
    )
    .after_help(w.examples(&[
        (
            "vigie audit parc.csv --evidence preuves",
            "un résultat et ce qu'il faut pour le refaire",
            "a result and what it takes to make it again",
        ),
        ("vigie verify preuves parc.csv", "0 : le même ; 1 : ce qui diffère", "0: the same; 1: what differs"),
        (
            "vigie verify preuves release.toml release-8.2.toml",
            "d'une porte : le manifeste, puis celui de --previous",
            "of a gate: the manifest, then that of --previous",
        ),
    ]))
}

/// Verifies.
///
/// # Errors
/// A folder that is no evidence, or of another major version; an input that is not there; a result that cannot be made.
pub(super) fn run(matches: &ArgMatches, console: &mut Console) -> Result<Exit, Failure> {
    let folder = matches.get_one::<PathBuf>("folder").cloned().unwrap_or_default();
    let given: Vec<PathBuf> = matches.get_many::<PathBuf>("input").into_iter().flatten().cloned().collect();
    let evidence = read(&folder)?;
    let mut differences: Vec<String> = Vec::new();
    for kept in &evidence.files {
        let path = folder.join(&kept.path);
        match fs::read(&path) {
            Ok(bytes) if digest(&bytes) == kept.digest => {}
            Ok(_) => differences.push(kept.path.clone()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let (path, lang) = (&kept.path, console.lang());
                differences.push(said(&text!("{path} : absent du dossier", "{path}: not in the folder"), lang));
            }
            Err(error) => return Err(Failure::read(&path, &error)),
        }
    }
    if differences.is_empty() {
        let secrets = ["baseline-key", "mask"].into_iter();
        let secrets: Vec<_> = secrets.filter_map(|name| Some((name, matches.get_one::<PathBuf>(name)?))).collect();
        let (before, after) = results(&folder, &evidence, &given, &secrets)?;
        for (number, Judged { name, digest: then, .. }) in evidence.inputs.iter().enumerate() {
            // Registers are told with the result of what reads them.
            let now = judged_digest(name, &after);
            if now.as_ref().is_some_and(|now| now != then) {
                let now = now.unwrap_or_default();
                differences.push(format!("{FILE} /inputs/{number}/digest: \"{then}\" → \"{now}\""));
            }
        }
        compare(&before, &after, "", &mut differences);
    }
    let (n, shown) = (differences.len(), folder.display());
    let verdict = match n {
        0 => text!("même résultat : `{shown}`", "same result: `{shown}`"),
        _ => text!("résultat différent : `{shown}`, en {n} endroits", "different result: `{shown}`, in {n} places"),
    };
    let lang = console.lang();
    read_or_gone(console.print(|out, _| {
        writeln!(out, "{}", said(&verdict, lang))?;
        for difference in differences.iter().take(TOLD) {
            writeln!(out, "  {}", visible_line(difference))?;
        }
        if n > TOLD { writeln!(out, "  …") } else { Ok(()) }
    }))?;
    Ok(if n == 0 { Exit::Done } else { Exit::Closed })
}

fn read(folder: &Path) -> Result<Evidence, Failure> {
    let path = folder.join(FILE);
    let bytes = fs::read(&path).map_err(|error| Failure::read(&path, &error))?;
    let shown = path.display();
    let bad = |why: String| {
        Diagnostic::error(
            "evidence/unreadable",
            text!("`{shown}` n'est pas celui de preuves : `{why}`", "`{shown}` is not that of evidence: `{why}`"),
        )
    };
    let evidence: Evidence = serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
    if evidence.schema != SCHEMA {
        return Err(bad(evidence.schema).into());
    }
    // Paths of the file stay in its folder, and the command is one that leaves evidence.
    let inside = |path: &str| Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if let Some(kept) = evidence.files.iter().find(|kept| !inside(&kept.path)) {
        return Err(bad(kept.path.clone()).into());
    }
    let english = Words(Lang::En);
    let command = match evidence.command.as_str() {
        "audit" => audit::command(english),
        "gate" => gate::command(english),
        _ => return Err(bad(evidence.command).into()),
    };
    if let Some(argument) = evidence.arguments.iter().find(|argument| !is_told(&command, argument)) {
        return Err(bad(argument.clone()).into());
    }
    let options = evidence.files.iter().filter_map(|kept| Some(kept.given.as_ref()?.option.as_str()));
    let options = options.chain(evidence.inputs.iter().filter_map(|input| input.option.as_deref()));
    if let Some(option) = options.into_iter().find(|option| !GIVEN.contains(option)) {
        return Err(bad(option.to_owned()).into());
    }
    let (then, now) = (&evidence.vigie, env!("CARGO_PKG_VERSION"));
    let major = |version: &str| semver::Version::parse(version).map(|version| version.major).ok();
    if major(then) != major(now) {
        return Err(Diagnostic::error(
            "evidence/version",
            text!(
                "ces preuves sont de vigie {then}, et ceci est vigie {now}, d'une autre version majeure",
                "this evidence is of vigie {then}, and this is vigie {now}, of another major version"
            ),
        )
        .help(text!("les vérifier avec vigie {then}", "verify it with vigie {then}"))
        .into());
    }
    Ok(evidence)
}

/// The result kept, and the one made again.
fn results(
    folder: &Path,
    evidence: &Evidence,
    given: &[PathBuf],
    secrets: &[(&str, &PathBuf)],
) -> Result<(Value, Value), Failure> {
    // Those of options may keep the names of then when the arguments are given others.
    let arguments = evidence.inputs.iter().filter(|input| input.option.is_none()).count();
    if !given.is_empty() && given.len() != arguments && given.len() != evidence.inputs.len() {
        let (n, wanted) = (given.len(), evidence.inputs.len());
        return Err(Diagnostic::error(
            "evidence/inputs",
            text!("{n} entrées données, {wanted} avaient été jugées", "{n} inputs given, {wanted} were judged"),
        )
        .into());
    }
    let then = evidence.inputs.iter().skip(given.len()).map(|input| PathBuf::from(&input.name));
    let inputs: Vec<PathBuf> = given.iter().cloned().chain(then).collect();
    let mut names: Vec<(String, &str)> = Vec::new();
    let mut again = process::Command::new(std::env::current_exe().map_err(|error| Failure::stdout(&error))?);
    again.arg(&evidence.command).args(["--no-config", "--quiet", "--format=json"]).args(&evidence.arguments);
    again.arg(option("rules", &folder.join(RULES)));
    for kept in &evidence.files {
        if let Some(file) = &kept.given {
            let path = folder.join(&kept.path);
            again.arg(option(&file.option, &path));
            names.push((path.to_string_lossy().into_owned(), &file.name));
        }
    }
    for (name, path) in secrets {
        again.arg(option(name, path));
    }
    let mut arguments = Vec::new();
    for (path, Judged { name, option: named, .. }) in inputs.iter().zip(&evidence.inputs) {
        if path.as_os_str() == "-" {
            return Err(Diagnostic::error(
                "evidence/inputs",
                text!("l'entrée standard d'alors n'est pas gardée", "the standard input of then is not kept"),
            )
            .help(text!(
                "donner ce qu'elle contenait : `vigie verify DOSSIER FICHIER`",
                "give what it held: `vigie verify DIR FILE`"
            ))
            .into());
        }
        fs::metadata(path).map_err(|error| Failure::read(path, &error))?;
        names.push((path.to_string_lossy().into_owned(), name));
        match named {
            Some(named) => drop(again.arg(option(named, path))),
            None => arguments.push(path),
        }
    }
    again.arg("--").args(arguments);
    let ran = again.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(|error| Failure::stdout(&error))?;
    let unmade = || {
        Diagnostic::error(
            "evidence/unmade",
            text!("le résultat n'a pas pu être refait", "the result could not be made again"),
        )
    };
    let mut after: Value = serde_json::from_slice(&ran.stdout).map_err(|_| unmade())?;
    rename(&mut after, &names);
    let path = folder.join(RESULT);
    let bytes = fs::read(&path).map_err(|error| Failure::read(&path, &error))?;
    let mut before: Value = serde_json::from_slice(&bytes).map_err(|_| unmade())?;
    for result in [&mut before, &mut after] {
        if let Some(result) = result.as_object_mut() {
            result.remove("vigie");
        }
        anywhere(result);
    }
    Ok((before, after))
}

fn option(name: &str, path: &Path) -> std::ffi::OsString {
    let mut option = std::ffi::OsString::from(format!("--{name}="));
    option.push(path);
    option
}

/// Gives files the names that they had, where names stand and where messages quote them.
fn rename(value: &mut Value, names: &[(String, &str)]) {
    match value {
        Value::String(text) => {
            for (now, then) in names {
                let quoted = format!("`{now}`");
                if text.contains(&quoted) {
                    *text = text.replace(&quoted, &format!("`{then}`"));
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        Value::Object(entries) => {
            for (key, item) in entries {
                let then = item.as_str().filter(|_| matches!(key.as_str(), "name" | "file"));
                match then.and_then(|text| names.iter().find(|(now, _)| now == text)) {
                    Some((_, then)) => *item = Value::from(*then),
                    None => rename(item, names),
                }
            }
        }
        _ => {}
    }
}

/// The digest of what was judged under a name, by what a result says of it or of what it held.
fn judged_digest(name: &str, result: &Value) -> Option<String> {
    let mut read = Vec::new();
    digests(result, &mut read);
    if let Some((_, digest)) = read.iter().find(|(known, _)| *known == name) {
        return Some((*digest).to_owned());
    }
    let within = format!("{name}/");
    let held: Vec<(&str, &str)> = read.into_iter().filter(|(known, _)| known.starts_with(&within)).collect();
    (!held.is_empty()).then(|| digest_of(held.into_iter()))
}

/// Names of files with their digests, wherever a result tells them, in its order.
fn digests<'v>(value: &'v Value, found: &mut Vec<(&'v str, &'v str)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| digests(item, found)),
        Value::Object(entries) => {
            let text = |key: &str| entries.get(key).and_then(Value::as_str);
            if let (Some(name), Some(digest)) = (text("name"), text("digest"))
                && !found.contains(&(name, digest))
            {
                found.push((name, digest));
            }
            entries.values().for_each(|entry| digests(entry, found));
        }
        _ => {}
    }
}

/// Leaves out what another place of the same files changes: the files of rules, which the digests of the packs hold.
fn anywhere(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(anywhere),
        Value::Object(entries) => {
            if entries.contains_key("pack") && entries.contains_key("level") {
                entries.remove("file");
            }
            entries.values_mut().for_each(anywhere);
        }
        _ => {}
    }
}

/// Where two results differ, as JSON pointers, with both values when they are short.
fn compare(before: &Value, after: &Value, at: &str, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(one), Value::Object(two)) => {
            for (key, value) in one {
                compare(value, two.get(key).unwrap_or(&Value::Null), &format!("{at}/{key}"), found);
            }
            for (key, value) in two.iter().filter(|(key, _)| !one.contains_key(*key)) {
                compare(&Value::Null, value, &format!("{at}/{key}"), found);
            }
        }
        (Value::Array(one), Value::Array(two)) if one.len() == two.len() => {
            for (number, (one, two)) in one.iter().zip(two).enumerate() {
                compare(one, two, &format!("{at}/{number}"), found);
            }
        }
        _ if before == after => {}
        _ => {
            let short = |value: &Value| match value {
                Value::Array(items) => format!("[{}]", items.len()),
                Value::Object(_) => "{…}".to_owned(),
                other => other.to_string().chars().take(80).collect(),
            };
            found.push(format!("{at}: {} → {}", short(before), short(after)));
        }
    }
}
