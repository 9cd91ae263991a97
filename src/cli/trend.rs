//! `vigie trend`: the same population at several dates in, what changed out.

use super::command::Words;
use super::console::Console;
use super::delivery::{Destinations, Format, with_carriers};
use super::exit::Exit;
use super::failure::Failure;
use super::inputs::{self, Input};
use super::rulebook::Rulebook;
use super::survey::{self, Asked};
use super::{Common, collect, strings};
use crate::audit::{self, Snapshot, Source, Trend, TrendOptions};
use crate::diag::Diagnostic;
use crate::output::csv::Dialect;
use crate::output::{dossier, trend};
use crate::text;
use crate::value::Date;
use clap::{ArgAction, ArgMatches, Command, ValueHint};
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Largest result of an audit that is read back.
const RESULT_BYTES: u64 = 256 << 20;

/// What to compare.
#[derive(Debug)]
pub struct Options {
    /// How inventories are read, what is counted, where the trend goes; its inputs are those of all snapshots.
    pub asked: Asked,
    /// `--as-of` was given.
    pub dated: bool,
    /// The snapshots, in the order given; without date, that of the result which they are.
    pub snapshots: Vec<(Option<Date>, Vec<Input>)>,
    /// Fields that cut the population, each on its own.
    pub by: Vec<String>,
    /// `status`, a rule, a condition.
    pub measure: String,
    /// The field whose changes are followed.
    pub migration: Option<String>,
}

/// What the command can write.
const FORMATS: [Format<Trend>; 5] = [
    Format { name: "text", write: |mut out, told, look| trend::write_text(&mut out, told, look) },
    Format { name: "json", write: |mut out, told, _| trend::write_json(&mut out, told) },
    Format { name: "csv", write: |mut out, told, _| trend::write_csv(&mut out, told, Dialect::Exact) },
    Format {
        name: "csv-excel",
        write: |mut out, told, look| trend::write_csv(&mut out, told, Dialect::Excel(look.lang)),
    },
    Format { name: "markdown", write: |mut out, told, look| trend::write_markdown(&mut out, told, look.lang) },
];

pub(super) fn command(w: Words) -> Command {
    let command = w.command(
        "trend",
        "Compare des relevés à plusieurs dates : qui est devenu à jour, en points et en nombre",
        "Compares snapshots at several dates: who became up to date, in points and in number",
    );
    let snapshots = w
        .argument(
            "snapshot",
            ("[DATE=]RELEVÉ", "[DATE=]SNAPSHOT"),
            "Inventaires ou résultats d'audit en JSON, du plus ancien au plus récent, chacun avec sa date (2025-01-31=parc.csv), sauf si son nom ou le résultat la dit",
            "Inventories or JSON results of audits, from the oldest to the latest, each with its date (2025-01-31=parc.csv), unless its name or the result tells it",
        )
        .value_parser(clap::value_parser!(OsString))
        .value_hint(ValueHint::FilePath)
        .num_args(1..)
        .required(true);
    let as_of = w.pick(
        "Date qui choisit les packs, AAAA-MM-JJ ; sans cette option, celle du dernier relevé ; chaque relevé est jugé à la sienne",
        "Date that chooses the packs, YYYY-MM-DD; by default that of the last snapshot; each snapshot is judged at its own",
    );
    survey::options_beside(command.arg(snapshots), w, &with_carriers(&FORMATS))
        .mut_arg("as-of", |option| option.help(as_of.to_owned()))
        .arg(
            w.option(
                "by",
                ("CHAMP", "FIELD"),
                "Couper la population selon un champ ou un attribut (palier, profession, os.release) ; répétable",
                "Cut the population by a field or an attribute (palier, profession, os.release); repeatable",
            )
            .action(ArgAction::Append),
        )
        .arg(w.option(
            "measure",
            ("MESURE", "MEASURE"),
            "Ce qui est mesuré : status (sans cette option), une règle, ou une condition",
            "What is measured: status (by default), a rule, or a condition",
        ))
        .arg(w.option(
            "migration",
            ("CHAMP", "FIELD"),
            "Suivre les PS d'une valeur à l'autre d'un champ (palier), d'un relevé au suivant, par leur identifiant",
            "Follow PS from one value of a field (palier) to another, from one snapshot to the next, by their identifier",
        ))
        .after_help(w.examples(&[
            (
                "vigie trend 2025-06-30=juin-2025.csv 2026-06-30=juin-2026.csv --migration palier",
                "un an d'évolution, et de quel palier à quel palier",
                "a year of change, and from which level to which",
            ),
            (
                "vigie trend parc-2025-06-30.csv parc-2026-06-30.csv --unit ps --by profession",
                "les dates sont dans les noms",
                "the dates are in the names",
            ),
            (
                "vigie trend audit-juin.json audit-juillet.json",
                "des résultats de vigie audit --format json",
                "results of vigie audit --format json",
            ),
        ]))
}

/// Reads the options; every fault at once.
pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let arguments = matches.get_many::<OsString>("snapshot").into_iter().flatten();
    let mut snapshots: Vec<(Option<Date>, Vec<Input>)> = Vec::new();
    for argument in arguments {
        let (date, path) = dated(argument);
        if let Some(wrong) = argument.to_str().filter(|_| date.is_none()).and_then(impossible_date) {
            faults.push(wrong);
            continue;
        }
        let Some(inputs) = collect(inputs::expand(&[path]), &mut faults) else { continue };
        for input in inputs {
            let date = date.or_else(|| date_in_name(&input.name()));
            match snapshots.last_mut() {
                // Several files of one date are one snapshot.
                Some((known, files)) if date.is_some() && *known == date => files.push(input),
                _ => snapshots.push((date, vec![input])),
            }
        }
    }
    let inputs = |_: &mut Vec<Diagnostic>| snapshots.iter().flat_map(|(_, inputs)| inputs.iter().cloned()).collect();
    let asked = survey::asked_of(matches, inputs, &with_carriers(&FORMATS), &mut faults);
    asked.clashes(std::iter::empty(), std::iter::empty(), &mut faults);
    let options = Options {
        dated: matches.contains_id("as-of"),
        snapshots,
        by: strings(matches, "by"),
        measure: text("measure").unwrap_or_else(|| "status".to_owned()),
        migration: text("migration"),
        asked,
    };
    if faults.is_empty() { Ok(options) } else { Err(faults.into()) }
}

/// `2025-01-31=parc.csv`: the date and the path.
fn dated(argument: &OsString) -> (Option<Date>, OsString) {
    let split = argument.to_str().and_then(|text| text.split_once('='));
    match split.and_then(|(date, path)| Some((Date::parse_iso(date)?, path))) {
        Some((date, path)) => (Some(date), path.into()),
        None => (None, argument.clone()),
    }
}

/// `2025-02-30=parc.csv`: what looks like a date and is none.
fn impossible_date(argument: &str) -> Option<Diagnostic> {
    let (date, path) = argument.split_once('=')?;
    let shape = date.len() == 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let message = text!(
        "`{date}`, devant `{path}`, n'est pas une date du calendrier",
        "`{date}`, before `{path}`, is no date of the calendar"
    );
    shape.then(|| Diagnostic::error("cli/invalid-value", message).help(text!("AAAA-MM-JJ", "YYYY-MM-DD")))
}

/// The only date that the name of a file tells, `2025-01-31` or `20250131`.
fn date_in_name(name: &str) -> Option<Date> {
    let name = name.rsplit('/').next()?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut found: Option<Date> = None;
    let mut at = 0;
    while at < name.len() {
        let alone = |len: usize| {
            let around = [at.checked_sub(1), Some(at + len)].into_iter().flatten();
            around.filter_map(|place| name.as_bytes().get(place)).all(|byte| !byte.is_ascii_digit())
        };
        let iso = name.get(at..at + 10).filter(|_| alone(10)).and_then(Date::parse_iso);
        let compact = name.get(at..at + 8).filter(|text| alone(8) && digits(text));
        let compact =
            compact.and_then(|text| Date::parse_iso(&format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..])));
        match (iso, compact) {
            (Some(date), _) | (None, Some(date)) => {
                if found.is_some_and(|known| known != date) {
                    return None;
                }
                found = Some(date);
                at += if iso.is_some() { 10 } else { 8 };
            }
            (None, None) => at += 1,
        }
    }
    found
}

/// Compares and writes the outputs.
///
/// # Errors
/// Whatever keeps the trend from being made or written; then no file is left changed.
pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let asked = &options.asked;
    let files = Destinations::open(&FORMATS, &asked.outputs)?.carrying(dossier::trend, &asked.dressing);
    let mut faults = Vec::new();
    let snapshots: Vec<Snapshot<'_>> =
        options.snapshots.iter().filter_map(|(date, inputs)| collect(snapshot(*date, inputs), &mut faults)).collect();
    if !faults.is_empty() {
        return Err(faults.into());
    }
    // The packs are those of one day: of the last snapshot, unless another is asked for.
    let last = snapshots.iter().map(|snapshot| snapshot.date).max();
    let as_of = last.filter(|_| !options.dated).unwrap_or(asked.reading.as_of);
    let book = Rulebook::for_judging(common, &asked.reading)?;
    let any_inventory = snapshots.iter().any(|snapshot| matches!(snapshot.source, Source::Inventories(_)));
    let packs = if any_inventory { book.for_inventories(&asked.reading.packs, as_of)? } else { Vec::new() };
    let rules = book.rules(&packs);
    let wanted = TrendOptions {
        survey: audit::Survey { as_of, ..asked.survey() },
        by: options.by.clone(),
        measure: options.measure.clone(),
        migration: options.migration.clone(),
    };
    let progress = asked.progress(console);
    let told = audit::trend(snapshots, &rules, &wanted, &|bytes| progress.tick(bytes))?;
    drop(progress);
    files.deliver(console, &told)?;
    Ok(Exit::Done)
}

fn snapshot(date: Option<Date>, inputs: &[Input]) -> Result<Snapshot<'_>, Failure> {
    if let [Input::File(path)] = inputs
        && let Some(bytes) = result_in(path)?
    {
        let name = inputs[0].name();
        let past = trend::read_result(&name, &bytes).map_err(|fault| Failure::from(*fault))?;
        return Ok(Snapshot { date: date.unwrap_or(past.basis.as_of), source: Source::Result(Box::new(past)) });
    }
    let Some(date) = date else {
        let name = inputs.first().map(Input::name).unwrap_or_default();
        return Err(Diagnostic::error(
            "trend/no-date",
            text!("la date de `{name}` manque", "the date of `{name}` is missing"),
        )
        .help(text!(
            "l'écrire devant : `2025-01-31={name}` ; un nom de fichier qui en porte une seule suffit aussi",
            "write it before: `2025-01-31={name}`; the name of a file that holds a single one will do too"
        ))
        .into());
    };
    Ok(Snapshot { date, source: Source::Inventories(inputs.iter().map(survey::open).collect()) })
}

/// The bytes of a file that is the result of an audit.
fn result_in(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let fault = |error: &std::io::Error| Failure::read(path, error);
    // A pipe can be read once only: it is no result.
    if !std::fs::metadata(path).is_ok_and(|meta| meta.is_file()) {
        return Ok(None);
    }
    let mut file = File::open(path).map_err(|error| fault(&error))?;
    let mut bytes = Vec::new();
    file.by_ref().take(512).read_to_end(&mut bytes).map_err(|error| fault(&error))?;
    if !trend::is_result(&bytes) {
        return Ok(None);
    }
    file.take(RESULT_BYTES).read_to_end(&mut bytes).map_err(|error| fault(&error))?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_one_date_or_none() {
        let date = |text: &str| Date::parse_iso(text);
        for (name, told) in [
            ("parc-2025-01-31.csv", date("2025-01-31")),
            ("exports/2024-01-01/parc_20250131.csv.gz", date("2025-01-31")),
            ("2025-01-31_2025-01-31.csv", date("2025-01-31")),
            ("2025-01-31_2025-02-28.csv", None),
            ("parc-2025-13-31.csv", None),
            ("client-120250131.csv", None),
            ("parc.csv", None),
            ("é2025-01-31é.csv", date("2025-01-31")),
        ] {
            assert_eq!(date_in_name(name), told, "{name}");
        }
    }
}
