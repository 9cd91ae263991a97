//! `vigie convert`: inventories of any format in, one inventory in the canonical form out.

use super::Common;
use super::command::Words;
use super::console::Console;
use super::delivery;
use super::destination::PendingFile;
use super::exit::Exit;
use super::failure::Failure;
use super::inputs::{self, Input};
use super::progress::Progress;
use super::rulebook::Rulebook;
use super::survey::{self, Columns};
use crate::audit::{ConvertOptions, Converted, convert};
use crate::diag::Diagnostic;
use crate::output::inventory::{Layout, RecordWriter};
use crate::output::text::data_findings;
use crate::text;
use clap::{ArgMatches, Command, ValueHint};
use std::io::Write;
use std::path::PathBuf;

/// The kind of records of inventories.
const KIND: &str = "installation";

/// What to convert, and into what.
#[derive(Debug)]
pub struct Options {
    /// The inventories, in order.
    pub inputs: Vec<Input>,
    /// Files that the command line names more than once.
    pub again: Vec<String>,
    /// How their columns are read.
    pub columns: Columns,
    /// An inventory that cannot be read is exit 2, even among several.
    pub strict: bool,
    /// The key file under which identifiers are masked.
    pub mask: Option<PathBuf>,
    /// The form.
    pub to: Layout,
    /// The file; `None` for the standard output.
    pub output: Option<PathBuf>,
}

pub(super) fn command(w: Words) -> Command {
    let command = w.command(
        "convert",
        "Récrit des inventaires sous leur forme canonique : un seul fichier, les colonnes et les valeurs du socle",
        "Writes inventories in their canonical form: one file, the columns and values of the socle",
    );
    let command = survey::column_options(command.arg(survey::inventory(w)), w)
        .arg(w.choice(
            "to",
            ("FORME", "FORM"),
            &["csv", "ndjson", "xml"],
            "Forme écrite : csv (sans cette option), ndjson (un objet JSON par ligne) ou xml",
            "Form written: csv (by default), ndjson (one JSON object a line) or xml",
        ))
        .arg(
            w.option(
                "output",
                ("FICHIER", "FILE"),
                "Fichier à écrire ; sans cette option, la sortie standard",
                "File to write; by default the standard output",
            )
            .value_parser(clap::value_parser!(PathBuf))
            .value_hint(ValueHint::FilePath),
        )
        .arg(survey::mask(w))
        .arg(survey::strict(w));
    command.after_help(w.examples(&[
        (
            "vigie convert export.xlsx --output parc.csv",
            "un classeur, nettoyé une fois pour toutes",
            "a workbook, cleaned once and for all",
        ),
        (
            "vigie convert 'exports/*.csv' --blank scor=no --to ndjson",
            "plusieurs exports en un seul, cases vides tranchées",
            "several exports as one, blank cells settled",
        ),
        (
            "vigie convert export.csv --mask vigie.key --output 2026-11.csv",
            "un relevé à échanger ou à comparer, sans les numéros",
            "a snapshot to exchange or compare, without the numbers",
        ),
        ("vigie schema inventory --format xsd", "le schéma de la forme xml", "the schema of the xml form"),
    ]))
}

/// Reads the options; every fault at once.
pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let mut again = Vec::new();
    let inputs = survey::inputs(matches, &mut again, &mut faults);
    let options = Options {
        inputs,
        again,
        columns: survey::columns(matches, &mut faults),
        strict: matches.get_flag("strict"),
        mask: matches.get_one::<PathBuf>("mask").cloned(),
        to: match matches.get_one::<String>("to").map(String::as_str) {
            Some("ndjson") => Layout::Ndjson,
            Some("xml") => Layout::Xml,
            _ => Layout::Csv,
        },
        output: matches.get_one::<PathBuf>("output").filter(|path| path.as_os_str() != "-").cloned(),
    };
    if options.inputs.len() > 1 && options.inputs.contains(&Input::Stdin) {
        faults.push(
            Diagnostic::error(
                "cli/conflict",
                text!(
                    "`-` ne se lit qu'une fois, et plusieurs inventaires se lisent deux fois : d'abord leurs colonnes",
                    "`-` is read once, and several inventories are read twice: first for their columns"
                ),
            )
            .help(text!("l'enregistrer dans un fichier", "save it to a file")),
        );
    }
    let read = options.inputs.iter().flat_map(Input::paths).chain(options.mask.as_deref());
    delivery::clashes(read, options.output.iter(), &mut faults);
    if faults.is_empty() { Ok(options) } else { Err(faults.into()) }
}

/// Converts.
///
/// # Errors
/// What keeps an inventory from being read, or the result from being written; then no file is left changed.
pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let book = Rulebook::load(common)?.masked(options.mask.as_deref())?;
    let asked =
        ConvertOptions { mapping: options.columns.mapping(), reader: options.columns.reader(), strict: options.strict };
    inputs::say_again(&options.again, console);
    let sizes: Option<Vec<u64>> = options.inputs.iter().map(Input::size).collect();
    let progress = Progress::start(console, sizes.map(|sizes| sizes.iter().sum()));
    let tick = |bytes| progress.tick(bytes);
    let open = || options.inputs.iter().map(survey::open).collect();
    let write = |out: &mut (dyn Write + Send)| -> Result<Converted, Failure> {
        let mut writer = RecordWriter::new(out, options.to, &book.socle, KIND);
        let converted = convert(&open, &book.socle, KIND, &asked, &mut writer, &tick)?;
        writer.finish().map_err(|error| Failure::stdout(&error))?;
        Ok(converted)
    };
    let converted = match &options.output {
        Some(path) => {
            let mut file = PendingFile::create(path)?;
            let converted = write(&mut file)?;
            file.commit()?;
            converted
        }
        None => console.stream(write)?,
    };
    drop(progress);
    let Converted { rows, files, data } = &converted;
    console.say(|out, look| data_findings(out, data, look));
    if let Some(path) = &options.output {
        let path = path.display();
        console.note(&text!(
            "{rows} enregistrements de {files} inventaires écrits dans `{path}`",
            "{rows} records of {files} inventories written to `{path}`"
        ));
    }
    Ok(Exit::Done)
}
