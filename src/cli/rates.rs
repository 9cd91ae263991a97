//! `vigie rates`: inventories in, shares and rates by group out.

use super::command::Words;
use super::console::Console;
use super::delivery::{Destinations, Format, with_carriers};
use super::exit::Exit;
use super::failure::Failure;
use super::rulebook::Rulebook;
use super::survey::{self, Asked, Previous};
use super::values;
use super::{Common, collect, strings};
use crate::audit::{self, Rates, RatesOptions};
use crate::diag::Diagnostic;
use crate::output::csv::Dialect;
use crate::output::{dossier, rates};
use crate::text;
use clap::{ArgAction, ArgMatches, Command};

/// Cells with fewer units are not published.
const THRESHOLD: u64 = 11;

/// What to measure, and how.
#[derive(Debug)]
pub struct Options {
    /// The inventories, how they are read, what is counted, where the rates go.
    pub asked: Asked,
    /// An earlier inventory, to count a pace from.
    pub previous: Option<Previous>,
    /// `--unit` was given.
    pub unit_asked: bool,
    /// Fields that cut the population, together.
    pub by: Vec<String>,
    /// `status`, a rule, a condition.
    pub measure: String,
    /// Another measure, beside.
    pub beside: Option<String>,
    /// Least rate.
    pub fail_under: Option<f64>,
    /// Market figures too.
    pub market: bool,
    /// Figures fit for publication, with this threshold.
    pub publish: Option<u64>,
}

/// What the command can write.
const FORMATS: [Format<Rates>; 5] = [
    Format { name: "text", write: |mut out, told, look| rates::write_text(&mut out, told, look) },
    Format { name: "json", write: |mut out, told, _| rates::write_json(&mut out, told) },
    Format { name: "csv", write: |mut out, told, _| rates::write_csv(&mut out, told, Dialect::Exact) },
    Format {
        name: "csv-excel",
        write: |mut out, told, look| rates::write_csv(&mut out, told, Dialect::Excel(look.lang)),
    },
    Format { name: "markdown", write: |mut out, told, look| rates::write_markdown(&mut out, told, look.lang) },
];

pub(super) fn command(w: Words) -> Command {
    let command = w.command(
        "rates",
        "Mesure des taux de déploiement par groupe : effectif, part, taux",
        "Measures deployment rates by group: units, share, rate",
    );
    let command = survey::previous_options(survey::options(command, w, &with_carriers(&FORMATS)), w)
        .arg(
            w.option(
                "by",
                ("CHAMP", "FIELD"),
                "Grouper selon un champ ou un attribut (palier, profession, os.release) ; deux fois pour croiser",
                "Group by a field or an attribute (palier, profession, os.release); twice to cross two",
            )
            .action(ArgAction::Append)
            .required(true),
        )
        .arg(w.option(
            "measure",
            ("MESURE", "MEASURE"),
            "Ce qui est mesuré : status (sans cette option), une règle, ou une condition",
            "What is measured: status (by default), a rule, or a condition",
        ))
        .arg(w.option(
            "beside",
            ("MESURE", "MEASURE"),
            "Mesurer aussi, à côté, dans les groupes du premier champ : l'offre des éditeurs (offre.adri.present) en face du déploiement (adri.present)",
            "Measure this too, beside, in the groups of the first field: the offer of editors (offre.adri.present) beside the deployment (adri.present)",
        ))
        .arg(w.flag(
            "market",
            "Ajouter les chiffres de marché : nombre, premiers, concentration ; avec deux champs, portefeuilles",
            "Add market figures: number, largest, concentration; with two fields, portfolios",
        ))
        .arg(w.flag(
            "publish",
            "Rendre publiable : réunir les éditeurs qui refusent d'être nommés, masquer les petits groupes et ce qui les trahirait",
            "Make it fit for publication: merge the editors that refuse to be named, hide small groups and what would betray them",
        ))
        .arg(w.option(
            "threshold",
            ("N", "N"),
            "Avec --publish, masquer les groupes de moins de N unités (11 sans cette option)",
            "With --publish, hide the groups of fewer than N units (11 by default)",
        ))
        .arg(w.option(
            "fail-under",
            ("N%", "N%"),
            "Sortir en 1 si le taux de l'ensemble, borne basse, est sous N %",
            "Exit 1 when the rate of the whole, low bound, is under N%",
        ));
    command.after_help(w.examples(&[
        (
            "vigie rates national.csv --by palier --unit weight",
            "la répartition des paliers, un poids par ligne",
            "the distribution of the levels, one weight a row",
        ),
        (
            "vigie rates national.csv --by profession --by palier --measure 'scor.present' --unit weight",
            "le déploiement de SCOR, croisé",
            "the deployment of SCOR, crossed",
        ),
        (
            "vigie rates parc.csv --by profession --measure adri.present --beside offre.adri.present --output html=adri.html",
            "l'offre en face du déploiement, par profession",
            "the offer beside the deployment, by profession",
        ),
        (
            "vigie rates parc.csv --by editeur --market --publish --output csv-excel=marche.csv",
            "le marché, publiable",
            "the market, fit for publication",
        ),
    ]))
}

/// Reads the options; every fault at once.
pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let asked = survey::asked(matches, &with_carriers(&FORMATS), &mut faults);
    let threshold = text("threshold").and_then(|v| collect(values::threshold(v), &mut faults));
    if threshold.is_some() && !matches.get_flag("publish") {
        faults.push(Diagnostic::error(
            "cli/conflict",
            text!("`--threshold` n'a de sens qu'avec `--publish`", "`--threshold` only makes sense with `--publish`"),
        ));
    }
    let options = Options {
        previous: survey::previous(matches, &mut faults),
        unit_asked: text("unit").is_some(),
        by: strings(matches, "by"),
        measure: text("measure").unwrap_or("status").to_owned(),
        beside: text("beside").map(str::to_owned),
        fail_under: text("fail-under").and_then(|v| collect(values::share("--fail-under", v), &mut faults)),
        market: matches.get_flag("market"),
        publish: matches.get_flag("publish").then(|| threshold.unwrap_or(THRESHOLD)),
        asked,
    };
    if options.beside.is_some() && options.publish.is_some() {
        faults.push(
            Diagnostic::error(
                "cli/conflict",
                text!("`--beside` ne va pas avec `--publish`", "`--beside` does not go with `--publish`"),
            )
            .help(text!(
                "publier chaque mesure par un passage de `vigie rates --publish`",
                "publish each measure by a run of `vigie rates --publish`"
            )),
        );
    }
    options.asked.clashes(std::iter::empty(), std::iter::empty(), &mut faults);
    if faults.is_empty() { Ok(options) } else { Err(faults.into()) }
}

/// Measures and writes the outputs.
///
/// # Errors
/// Whatever keeps the rates from being made or written; then no file is left changed.
pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let asked = &options.asked;
    let files = Destinations::open(&FORMATS, &asked.outputs)?.carrying(dossier::rates, &asked.dressing);
    let book = Rulebook::for_judging(common, &asked.reading)?;
    let packs = book.for_inventories(&asked.reading.packs, asked.reading.as_of)?;
    let rules = book.rules(&packs);
    let wanted = RatesOptions {
        survey: asked.survey(),
        unit_asked: options.unit_asked,
        by: options.by.clone(),
        measure: options.measure.clone(),
        beside: options.beside.clone(),
        fail_under: options.fail_under,
        market: options.market,
        publish: options.publish,
    };
    let progress = asked.progress(console);
    let inputs = asked.inputs.iter().map(survey::open).collect();
    let previous = options.previous.as_ref().map(Previous::earlier);
    let told = audit::rates(inputs, &rules, &wanted, previous, &|bytes| progress.tick(bytes))?;
    drop(progress);
    files.deliver(console, &told)?;
    let Some(closed) = &told.closed else { return Ok(Exit::Done) };
    asked.say_closed(&closed.reason, console);
    Ok(Exit::Closed)
}
