//! `vigie inspect`: what files are, and what is in them.

use super::Common;
use super::command::Words;
use super::console::Console;
use super::delivery::{self, Destinations, Format, names};
use super::exit::Exit;
use super::failure::Failure;
use super::inputs::{self, Input};
use super::progress::Progress;
use super::rulebook::Rulebook;
use super::survey::{self, Columns};
use super::values::Output;
use crate::audit::{self, InspectOptions, Inspection};
use crate::diag::Diagnostic;
use crate::output::inspect;
use crate::text;
use clap::{ArgMatches, Command};

/// What to inspect.
#[derive(Debug)]
pub(super) struct Options {
    /// The files, in order.
    inputs: Vec<Input>,
    /// Files that the command line names more than once.
    again: Vec<String>,
    /// How their columns are read.
    columns: Columns,
    /// A file that cannot be read is exit 2, even among several.
    strict: bool,
    /// Where the result goes.
    outputs: Vec<Output>,
}

/// What the command can write.
const FORMATS: [Format<Inspection>; 3] = [
    Format { name: "text", write: |mut out, told, look| inspect::write_text(&mut out, told, look) },
    Format { name: "json", write: |out, told, _| inspect::write_json(out, told) },
    Format { name: MAPPING, write: |mut out, told, look| inspect::write_mapping(&mut out, told, look) },
];

/// The format of mapping files.
const MAPPING: &str = "mapping";

pub(super) fn command(w: Words) -> Command {
    let command = w.command(
        "inspect",
        "Dit ce que sont des fichiers, et ce qui s'y trouve",
        "Says what files are, and what is in them",
    );
    let command = survey::column_options(command.arg(survey::inventory(w)), w).arg(survey::strict(w)).arg(
        w.flag(
            "suggest-mapping",
            "Écrire le fichier de correspondance d'une table, à relire et à donner avec `--mapping` : comme `--format mapping`",
            "Write the mapping file of a table, to review and to give with `--mapping`: as `--format mapping`",
        )
        .conflicts_with("format"),
    );
    delivery::options(command, w, &names(&FORMATS)).after_help(w.examples(&[
        ("vigie inspect export.csv", "quelles colonnes sont comprises", "which columns are understood"),
        ("vigie inspect parc/", "tout ce que contient un dossier", "all that a folder holds"),
        (
            "vigie inspect poste.xml --format json",
            "ce qu'un inventaire de machine dit et ne dit pas",
            "what the inventory of a machine tells and does not tell",
        ),
        (
            "vigie inspect export.csv --suggest-mapping > export.toml",
            "une correspondance à relire ; ensuite `vigie audit export.csv --mapping export.toml`",
            "a mapping to review; then `vigie audit export.csv --mapping export.toml`",
        ),
    ]))
}

/// Reads the options; every fault at once.
pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let mut outputs = delivery::outputs(matches, &names(&FORMATS), &mut faults);
    if matches.get_flag("suggest-mapping") {
        match outputs.iter_mut().find(|output| output.path.is_none()) {
            Some(output) if output.format == FORMATS[0].name => output.format = MAPPING,
            _ => faults.push(delivery::one_to_stdout()),
        }
    }
    let mut again = Vec::new();
    let inputs = survey::inputs(matches, &mut again, &mut faults);
    let options = Options {
        inputs,
        again,
        columns: survey::columns(matches, &mut faults),
        strict: matches.get_flag("strict"),
        outputs,
    };
    let written = options.outputs.iter().filter_map(|output| output.path.as_ref());
    delivery::clashes(options.inputs.iter().flat_map(Input::paths), written, &mut faults);
    if faults.is_empty() { Ok(options) } else { Err(faults.into()) }
}

/// Inspects the files and writes what they are.
///
/// # Errors
/// None of them can be read, or the result cannot be written.
pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let files = Destinations::open(&FORMATS, &options.outputs)?;
    let book = Rulebook::load(common)?;
    let asked = InspectOptions {
        mapping: options.columns.mapping(),
        strict: options.strict,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        reader: options.columns.reader(),
    };
    inputs::say_again(&options.again, console);
    let sizes: Option<Vec<u64>> = options.inputs.iter().map(Input::size).collect();
    let progress = Progress::start(console, sizes.map(|sizes| sizes.iter().sum()));
    let inputs = options.inputs.iter().map(survey::open).collect();
    let told = audit::inspect(inputs, &book.socle, &asked, &|bytes| progress.tick(bytes))?;
    drop(progress);
    if options.outputs.iter().any(|output| output.format == MAPPING) {
        one_table(&told)?;
    }
    files.deliver(console, &told)?;
    Ok(Exit::Done)
}

/// A mapping is that of one table.
fn one_table(told: &Inspection) -> Result<(), Failure> {
    let count = told.tables().count();
    let fault = match count {
        1 => return Ok(()),
        0 => Diagnostic::error(
            "inspect/no-table",
            text!(
                "aucune table : les inventaires de machines n'ont pas de colonnes à faire correspondre",
                "no table: inventories of machines have no columns to map"
            ),
        ),
        _ => Diagnostic::error(
            "inspect/several-tables",
            text!(
                "{count} tables, alors qu'une correspondance est celle d'une table",
                "{count} tables, while a mapping is that of one table"
            ),
        )
        .help(text!("n'en donner qu'une", "give one of them")),
    };
    Err(fault.into())
}
