//! `vigie forecast`: the same installations, nothing changed, at the dates to come.

use super::command::Words;
use super::console::Console;
use super::delivery::{Destinations, Format, with_carriers};
use super::exit::Exit;
use super::failure::Failure;
use super::rulebook::Rulebook;
use super::survey::{self, Asked};
use super::values;
use super::{Common, collect, strings};
use crate::audit::{self, Forecast, ForecastOptions};
use crate::output::csv::Dialect;
use crate::output::{dossier, forecast};
use crate::value::Date;
use clap::{ArgMatches, Command};

/// What to forecast.
#[derive(Debug)]
pub struct Options {
    /// The inventories, how they are read, what is counted, where the forecast goes.
    pub asked: Asked,
    /// Last day looked at.
    pub until: Date,
    /// Fields that cut the population.
    pub by: Vec<String>,
}

/// What the command can write.
const FORMATS: [Format<Forecast>; 5] = [
    Format { name: "text", write: |mut out, told, look| forecast::write_text(&mut out, told, look) },
    Format { name: "json", write: |mut out, told, _| forecast::write_json(&mut out, told) },
    Format { name: "csv", write: |mut out, told, _| forecast::write_csv(&mut out, told, Dialect::Exact) },
    Format {
        name: "csv-excel",
        write: |mut out, told, look| forecast::write_csv(&mut out, told, Dialect::Excel(look.lang)),
    },
    Format { name: "markdown", write: |mut out, told, look| forecast::write_markdown(&mut out, told, look.lang) },
];

pub(super) fn command(w: Words) -> Command {
    let command = w.command(
        "forecast",
        "Prévoit ce qui deviendra obsolète, et quand, si rien ne change",
        "Forecasts what will become obsolete, and when, if nothing changes",
    );
    let command = survey::options(command, w, &with_carriers(&FORMATS))
        .arg(w.option(
            "until",
            ("DATE|DURÉE", "DATE|SPAN"),
            "Dernier jour regardé : 2028-12-31, 18mo, 90d ; 24mo sans cette option",
            "Last day looked at: 2028-12-31, 18mo, 90d; 24mo by default",
        ))
        .arg(survey::by(w));
    command.after_help(w.examples(&[
        ("vigie forecast parc.csv", "les deux ans qui viennent", "the next two years"),
        (
            "vigie forecast parc.csv --until 2028-12-31 --by profession --output csv=prevision.csv",
            "par profession, dans un fichier aussi",
            "by profession, in a file too",
        ),
    ]))
}

/// Reads the options; every fault at once.
pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let asked = survey::asked(matches, &with_carriers(&FORMATS), &mut faults);
    let as_of = asked.reading.as_of;
    let text = matches.get_one::<String>("until").map_or("24mo", String::as_str);
    let until = collect(values::until("--until", text, as_of), &mut faults).unwrap_or(as_of);
    asked.clashes(std::iter::empty(), std::iter::empty(), &mut faults);
    let options = Options { asked, until, by: strings(matches, "by") };
    if faults.is_empty() { Ok(options) } else { Err(faults.into()) }
}

/// Makes the forecast and writes its outputs.
///
/// # Errors
/// Whatever keeps it from being made or written; then no file is left changed.
pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let asked = &options.asked;
    let files = Destinations::open(&FORMATS, &asked.outputs)?.carrying(dossier::forecast, &asked.dressing);
    let book = Rulebook::for_judging(common, &asked.reading)?;
    let packs = book.for_inventories(&asked.reading.packs, asked.reading.as_of)?;
    let rules = book.rules(&packs);
    let wanted = ForecastOptions { survey: asked.survey(), until: options.until, by: options.by.clone() };
    let progress = asked.progress(console);
    let inputs = asked.inputs.iter().map(survey::open).collect();
    let told = audit::forecast(inputs, &rules, &wanted, &|bytes| progress.tick(bytes))?;
    drop(progress);
    files.deliver(console, &told)?;
    Ok(Exit::Done)
}
