//! `vigie.toml`: what a repository wants by default.
//!
//! The nearest one is taken, from the working folder up to the root of the repository (a folder that has `.git`);
//! `VIGIE_CONFIG` names another, `--no-config` none. What it says is added to the command line where the command has
//! that option and it was not given: the command line wins. Paths are relative to the file.

use super::failure::Failure;
use super::locale::Env;
use super::values;
use crate::diag::{Diagnostic, Document, Lang, Section};
use crate::text;
use crate::value::Date;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Name of the file.
const FILE: &str = "vigie.toml";

/// Commands that may have a table of their own, with the options that they have.
const COMMANDS: [(&str, &[&str]); 5] = [
    ("audit", &["pack", "derogations", "baseline", "baseline-key", "fail-on", "fail-under"]),
    ("gate", &["pack", "derogations", "baseline", "baseline-key", "fail-on", "allow-unknown"]),
    ("rates", &["pack", "fail-under"]),
    ("forecast", &["pack"]),
    ("baseline", &["pack", "baseline-key"]),
];

/// Options that may be said for all commands.
const ALL: &[&str] = &["pack", "derogations", "baseline", "baseline-key", "fail-on", "fail-under", "allow-unknown"];

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// The file; `None`: there is none.
    pub(super) file: Option<PathBuf>,
    /// Language of the texts.
    pub(super) lang: Option<Lang>,
    /// Options and their values, for all commands (under ``) or for one; a flag has none.
    defaults: BTreeMap<String, Vec<(&'static str, Option<String>)>>,
}

impl Config {
    /// Finds the file and reads it.
    ///
    /// # Errors
    /// A file that cannot be read, or every fault of it.
    pub(super) fn load(args: &[OsString], env: Env<'_>) -> Result<Config, Failure> {
        let refused = args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "--no-config");
        if refused {
            return Ok(Config::default());
        }
        let named = env("VIGIE_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        let Some(path) = named.or_else(nearest) else { return Ok(Config::default()) };
        let text = fs::read_to_string(&path).map_err(|error| Failure::read(&path, &error))?;
        read(&path, &text)
    }

    /// The arguments, with what the file adds to them; `None` when it adds nothing.
    pub(super) fn complete(&self, args: &[OsString], command: &Command, matches: &ArgMatches) -> Option<Vec<OsString>> {
        let (mut command, mut matches) = (command, matches);
        let mut first = None;
        while let Some((name, inner)) = matches.subcommand() {
            first.get_or_insert(name);
            command = command.find_subcommand(name)?;
            matches = inner;
        }
        let own = self.defaults.get(first?);
        let all = self.defaults.get("").into_iter().flatten().filter(|(option, _)| {
            // What a command's own table says replaces what is said for all.
            !own.is_some_and(|own| own.iter().any(|(known, _)| known == option))
        });
        let given = |option: &str| matches.value_source(option) == Some(ValueSource::CommandLine);
        let added: Vec<OsString> = all
            .chain(own.into_iter().flatten())
            .filter(|(option, _)| command.get_arguments().any(|arg| arg.get_id() == option) && !given(option))
            .map(|(option, value)| match value {
                Some(value) => format!("--{option}={value}").into(),
                None => format!("--{option}").into(),
            })
            .collect();
        if added.is_empty() {
            return None;
        }
        let mut args = args.to_vec();
        let end = args.iter().position(|arg| arg == "--").unwrap_or(args.len());
        args.splice(end..end, added);
        Some(args)
    }

    /// The folder of rules that it names.
    pub(super) fn rules(&self) -> Option<PathBuf> {
        let all = self.defaults.get("").into_iter().flatten();
        all.filter(|(option, _)| *option == "rules").find_map(|(_, path)| path.as_ref().map(PathBuf::from))
    }
}

/// The nearest file, upwards; named from the working folder, so that outputs do not depend on where that is.
fn nearest() -> Option<PathBuf> {
    let working = std::env::current_dir().ok()?;
    let mut up = PathBuf::new();
    for folder in working.ancestors() {
        if folder.join(FILE).is_file() {
            return Some(up.join(FILE));
        }
        if folder.join(".git").exists() {
            return None;
        }
        up.push("..");
    }
    None
}

fn read(path: &Path, text: &str) -> Result<Config, Failure> {
    let mut doc = Document::new(path.to_string_lossy().replace('\\', "/"), text);
    let source = doc.source();
    let mut config = Config { file: Some(path.to_owned()), ..Config::default() };
    let folder = path.parent().unwrap_or(Path::new(""));
    if let Some(mut section) = doc.parse(&source) {
        if let Some((word, span)) = section.string(&mut doc, "lang") {
            config.lang = match word.as_str() {
                "fr" => Some(Lang::Fr),
                "en" => Some(Lang::En),
                _ => {
                    let fault = Diagnostic::error(
                        "config/value",
                        text!("langue inconnue `{word}`", "unknown language `{word}`"),
                    )
                    .help(text!("écrire `fr` ou `en`", "write `fr` or `en`"));
                    doc.fault(fault, span, text!("`fr` ou `en`", "`fr` or `en`"));
                    None
                }
            };
        }
        let rules = section.string(&mut doc, "rules").map(|(path, _)| ("rules", Some(under(folder, &path))));
        for (name, known) in COMMANDS {
            // `baseline` is a command, and an option of others.
            if section.has_string(name) {
                continue;
            }
            if let Some(mut own) = section.section(&mut doc, name) {
                let defaults = options(&mut doc, &mut own, folder, known);
                own.finish(&mut doc);
                config.defaults.insert(name.to_owned(), defaults);
            }
        }
        let all = options(&mut doc, &mut section, folder, ALL);
        section.finish(&mut doc);
        config.defaults.insert(String::new(), rules.into_iter().chain(all).collect());
    }
    if doc.faults.is_empty() {
        return Ok(config);
    }
    doc.faults.sort_by_key(|fault| fault.labels.first().map_or(0, |label| label.span.start));
    Err(doc.faults.into())
}

/// The options of a table. Values are those of the command line, and are refused here, where they stand.
fn options(
    doc: &mut Document,
    section: &mut Section<'_>,
    folder: &Path,
    known: &[&str],
) -> Vec<(&'static str, Option<String>)> {
    let mut options = Vec::new();
    let has = |key: &str| known.contains(&key);
    if let Some(entry) = section.take("pack") {
        let packs = if entry.is_array() { entry.strings(doc) } else { entry.string(doc).into_iter().collect() };
        for (pack, span) in packs {
            check(doc, values::pack(&pack), span);
            let is_path = pack.starts_with('.') || pack.contains(['/', '\\']);
            options.push(("pack", Some(if is_path { under(folder, &pack) } else { pack })));
        }
    }
    for key in ["derogations", "baseline", "baseline-key"].into_iter().filter(|key| has(key)) {
        options.extend(section.string(doc, key).map(|(path, _)| (key, Some(under(folder, &path)))));
    }
    if has("allow-unknown") && section.flag(doc, "allow-unknown") {
        options.push(("allow-unknown", None));
    }
    if has("fail-on")
        && let Some((value, span)) = section.string(doc, "fail-on")
    {
        // Whether a span of days fits in the calendar does not depend on the year it starts in.
        let day = Date::new(2000, 1, 1);
        check(doc, day.map_or(Ok(()), |day| values::fail_on(&value, day).map(drop)), span);
        options.push(("fail-on", Some(value)));
    }
    if has("fail-under")
        && let Some((value, span)) = section.string(doc, "fail-under")
    {
        check(doc, values::share("--fail-under", &value), span);
        options.push(("fail-under", Some(value)));
    }
    options
}

/// Notes a value that the option would refuse.
fn check<T>(doc: &mut Document, value: Result<T, Failure>, span: crate::diag::Span) {
    if let Err(Failure::Faults(faults)) = value {
        for fault in faults {
            doc.fault(fault, span.clone(), text!("valeur refusée", "value refused"));
        }
    }
}

fn under(folder: &Path, path: &str) -> String {
    // `.` of a pack in the same folder stays: it says that it is a folder.
    folder.join(path).to_string_lossy().into_owned()
}
