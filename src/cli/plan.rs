//! `vigie plan`: what to change, campaign by campaign, so that installations become up to date.

use super::command::Words;
use super::console::Console;
use super::delivery::{Destinations, Format, Installations, Listed, with_carriers};
use super::destination::{PendingFile, Spool};
use super::exit::Exit;
use super::failure::Failure;
use super::rulebook::Rulebook;
use super::survey::{self, Asked};
use super::{Common, strings};
use crate::audit::{self, Plan, PlanOptions, PlanOutput, Unit};
use crate::diag::{Diagnostic, Lang};
use crate::engine::Rollup;
use crate::output::csv::Dialect;
use crate::output::{dossier, plan, said, typographic};
use crate::pack::{Level, Pack};
use crate::text;
use clap::{ArgMatches, Command, ValueHint};
use std::path::PathBuf;

/// What to plan.
#[derive(Debug)]
pub struct Options {
    /// The inventories, how they are read, what is counted, where the plan goes.
    pub asked: Asked,
    /// Fields that cut the population.
    pub by: Vec<String>,
    /// File of a line for each installation that is not up to date.
    pub list: Option<PathBuf>,
    /// That file is for a spreadsheet.
    pub list_for_excel: bool,
    /// How workstations are listed in workbooks.
    pub(super) listed: Option<Listed>,
}

/// What the command can write.
const FORMATS: [Format<Plan>; 5] = [
    Format { name: "text", write: |mut out, told, look| plan::write_text(&mut out, told, look) },
    Format { name: "json", write: |mut out, told, _| plan::write_json(&mut out, told) },
    Format { name: "csv", write: |mut out, told, _| plan::write_csv(&mut out, told, Dialect::Exact) },
    Format {
        name: "csv-excel",
        write: |mut out, told, look| plan::write_csv(&mut out, told, Dialect::Excel(look.lang)),
    },
    Format { name: "markdown", write: |mut out, told, look| plan::write_markdown(&mut out, told, look.lang) },
];

pub(super) fn command(w: Words) -> Command {
    let command = w.command(
        "plan",
        "Propose quoi changer pour mettre à jour : les campagnes, dans quel ordre, et qui appeler",
        "Proposes what to change to bring up to date: the campaigns, in which order, and whom to call",
    );
    let command = survey::options(command, w, &with_carriers(&FORMATS)).arg(survey::by(w)).arg(
        w.option(
            "list",
            ("[csv-excel=]FICHIER", "[csv-excel=]FILE"),
            "Écrire la liste par poste : fichier, enregistrement, identifiant, logiciel, règles, campagnes, changements ; `csv-excel=` pour un tableur",
            "Write the list by workstation: file, row, identifier, software, rules, campaigns, changes; `csv-excel=` for a spreadsheet",
        )
        .value_hint(ValueHint::FilePath),
    );
    let examples = w.examples(&[
        ("vigie plan parc.csv", "les campagnes, aujourd'hui", "the campaigns, today"),
        (
            "vigie plan parc.csv --unit ps --by profession --list csv-excel=support.csv",
            "en professionnels de santé, par profession, et la liste des postes à traiter",
            "in health professionals, by profession, and the list of workstations to handle",
        ),
        (
            "vigie plan parc.csv --output xlsx=plan.xlsx --installations named",
            "un classeur pour l'équipe de support : les campagnes, et une ligne par poste",
            "a workbook for the support team: the campaigns, and a line a workstation",
        ),
        (
            "vigie plan parc.csv --catalogue agrements.toml",
            "avec ce qu'ont les versions des produits : quelle version installer",
            "with what the versions of products have: which version to install",
        ),
    ]);
    // A waiver says that a failure is granted for a time, not how to end it.
    let note = w.pick(
        "Les dérogations ne sont pas lues : le plan dit comment finir un échec, accordé ou non.",
        "Waivers are not read: the plan tells how to end a failure, granted or not.",
    );
    Listed::options(command, w).after_help(format!("{examples}\n\n{}", typographic(note, w.0)))
}

/// Reads the options; every fault at once.
pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let asked = survey::asked(matches, &with_carriers(&FORMATS), &mut faults);
    let list = matches.get_one::<String>("list").map(String::as_str);
    let excel = list.and_then(|list| list.strip_prefix("csv-excel="));
    let path = excel.or(list);
    if path.is_some_and(|path| path.is_empty() || path == "-") {
        faults.push(
            Diagnostic::error(
                "cli/invalid-value",
                text!(
                    "`--list` écrit un fichier, pas la sortie standard",
                    "`--list` writes a file, not the standard output"
                ),
            )
            .help(text!("donner un nom de fichier", "give the name of a file")),
        );
    }
    let list = path.map(PathBuf::from);
    asked.clashes(std::iter::empty(), list.iter(), &mut faults);
    let listed = Listed::asked(matches, &asked.outputs, &mut faults);
    if (list.is_some() || listed.is_some()) && asked.unit == Unit::Ps && asked.rollup == Rollup::Best {
        faults.push(
            Diagnostic::error(
                "cli/conflict",
                text!(
                    "une liste par poste ne va pas avec `--rollup best` : des postes de PS à jour y seraient",
                    "a list by workstation does not go with `--rollup best`: workstations of PS that are up to date would be in it"
                ),
            )
            .help(text!("retirer l'un des deux", "leave one of them out")),
        );
    }
    let options = Options { asked, by: strings(matches, "by"), list_for_excel: excel.is_some(), list, listed };
    if faults.is_empty() { Ok(options) } else { Err(faults.into()) }
}

/// Makes the plan and writes its outputs.
///
/// # Errors
/// Whatever keeps it from being made or written; then no file is left changed.
pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let asked = &options.asked;
    let files = Destinations::open(&FORMATS, &asked.outputs)?;
    let mut files = files.carrying(dossier::plan, &asked.dressing);
    let mut list = options.list.as_deref().map(PendingFile::create).transpose()?;
    let mut spool = options.listed.map(|_| Listed::spool(&asked.outputs)).transpose()?;
    let (told, heads, places) = evaluate(options, common, console, list.as_mut(), spool.as_mut())?;
    files.also(list);
    let listed = options.listed.zip(spool);
    files.installations(listed.map(|(asked, spool)| Installations { spool, heads, places, asked }));
    files.deliver(console, &told)?;
    Ok(Exit::Done)
}

fn evaluate(
    options: &Options,
    common: &Common,
    console: &Console,
    list: Option<&mut PendingFile>,
    spool: Option<&mut Spool>,
) -> Result<(Plan, Vec<String>, [usize; 2]), Failure> {
    let asked = &options.asked;
    let book = Rulebook::load(common)?.with_catalogues(&asked.reading.catalogues)?;
    let packs = book.for_inventories(&asked.reading.packs, asked.reading.as_of)?;
    let rules = book.rules(&packs);
    let wanted = PlanOptions { survey: asked.survey(), by: options.by.clone() };
    let lang = console.lang();
    let dialect = if options.list_for_excel { Dialect::Excel(lang) } else { Dialect::Exact };
    let mut list = list
        .map(|file| {
            let path = file.path().to_owned();
            plan::List::new(file, &book.socle, titles(&packs, lang), dialect, lang)
                .map_err(|error| Failure::write(&path, &error))
        })
        .transpose()?;
    let progress = asked.progress(console);
    let inputs = asked.inputs.iter().map(survey::open).collect();
    let mut spool = spool
        .map(|spool| {
            plan::List::new(spool, &book.socle, titles(&packs, lang), Dialect::Exact, lang)
                .map_err(|error| Failure::stdout(&error))
        })
        .transpose()?;
    let list = list.as_mut().map(|list| list as &mut dyn PlanOutput);
    let spool = spool.as_mut().map(|list| list as &mut dyn PlanOutput);
    let lists = list.into_iter().chain(spool).collect();
    let told = audit::plan(inputs, &rules, &wanted, lists, &|bytes| progress.tick(bytes))?;
    let places = [plan::LIST_IDENTIFIER, plan::list_status(&book.socle)];
    Ok((told, plan::list_headings(&book.socle, lang), places))
}

/// Ids and titles of the blocking rules, in the order of the packs.
fn titles(packs: &[Pack], lang: Lang) -> Vec<(String, String)> {
    let blocking = packs.iter().flat_map(|pack| &pack.rules).filter(|rule| rule.level == Level::Blocking);
    blocking.map(|rule| (rule.id.clone(), said(&rule.title, lang))).collect()
}
