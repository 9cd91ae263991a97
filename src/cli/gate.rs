//! `vigie gate`: manifests of releases in, may they ship, and why not.

use super::ci::Ci;
use super::command::Words;
use super::console::Console;
use super::delivery::{self, Destinations, Format, with_carriers};
use super::dress::{self, Dressing};
use super::evidence::{self, Judged};
use super::exit::Exit;
use super::failure::Failure;
use super::inputs::{self, Input};
use super::progress::Progress;
use super::rulebook::Rulebook;
use super::survey::{self, Reading};
use super::values::{self, Output};
use super::{Common, baseline, collect, gate_init, manifests};
use crate::audit::{FailOn, GateOptions, GateReport, impact, judge_releases};
use crate::diag::{Diagnostic, Lang, Text};
use crate::manifest::Manifest;
use crate::output;
use crate::pack::{Level, Pack, Rule};
use crate::text;
use clap::{ArgAction, ArgMatches, Command, ValueHint};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What to judge, and how.
#[derive(Debug)]
pub struct Options {
    /// Manifests, in order.
    pub manifests: Vec<Input>,
    /// The manifest of the version before.
    pub previous: Option<Input>,
    /// Inventories of the installed base.
    pub inventories: Vec<Input>,
    /// Packs, date, and how the inventories are read.
    pub reading: Reading,
    /// What closes the gate.
    pub fail_on: FailOn,
    /// What is unknown does not close it.
    pub allow_unknown: bool,
    /// File of waivers.
    pub derogations: Option<PathBuf>,
    /// File of the failures that are known.
    pub baseline: Option<PathBuf>,
    /// File of the key of its fingerprints.
    pub baseline_key: Option<PathBuf>,
    /// Folder of what it takes to make the result again.
    pub evidence: Option<PathBuf>,
    /// The options that the result depends on, as given.
    pub arguments: Vec<String>,
    /// Where the result goes.
    pub outputs: Vec<Output>,
    /// How pages, packages and summaries are made.
    pub dressing: Dressing,
}

/// What the command can write.
const FORMATS: [Format<GateReport>; 10] = [
    Format { name: "text", write: |out, told, look| output::gate::text(out, told, look) },
    Format { name: "json", write: |out, told, _| output::gate_json::write(out, told) },
    Format { name: "markdown", write: |out, told, look| output::gate::markdown(out, told, look.lang) },
    Ci::SARIF,
    Ci::SARIF_WAIVED,
    Ci::JUNIT,
    Ci::GITLAB,
    Ci::GITHUB,
    Ci::GITHUB_SUMMARY,
    Ci::CHECKSTYLE,
];

pub(super) fn command(w: Words) -> Command {
    let command = w.command(
            "gate",
            "Juge des manifestes : cette version peut-elle sortir, et qui laisserait-elle de côté",
            "Judges manifests: may this release ship, and whom would it leave behind",
        )
        .args_conflicts_with_subcommands(true)
        .subcommand_negates_reqs(true)
        .subcommand(gate_init::command(w))
        .arg(
            w.argument(
                "manifest",
                ("MANIFESTE", "MANIFEST"),
                "Manifestes (TOML, JSON ou XML), ou nomenclatures CycloneDX ou SPDX ; `-` pour l'entrée standard",
                "Manifests (TOML, JSON or XML), or CycloneDX or SPDX bills of materials; `-` for the standard input",
            )
            .value_parser(clap::value_parser!(OsString))
            .value_hint(ValueHint::FilePath)
            .num_args(1..)
            .required(true),
        )
        .arg(w.option(
            "fail-on",
            ("QUAND", "WHEN"),
            "Fermer la porte sur : blocking (sans cette option), advisory, expiring:90d ou never",
            "Close the gate on: blocking (by default), advisory, expiring:90d or never",
        ))
        .arg(w.flag(
            "allow-unknown",
            "Ne pas fermer la porte sur ce que le manifeste ne déclare pas",
            "Do not close the gate on what the manifest does not declare",
        ))
        .arg(
            w.option(
                "previous",
                ("MANIFESTE", "MANIFEST"),
                "Manifeste de la version d'avant : ce que celle-ci retire, et si son numéro le dit",
                "Manifest of the version before: what this one takes away, and whether its number says so",
            )
            .value_parser(clap::value_parser!(OsString))
            .value_hint(ValueHint::FilePath),
        )
        .arg(
            w.option(
                "inventory",
                ("INVENTAIRE", "INVENTORY"),
                "Parc installé : qui serait à jour en installant la version, qui ne le peut pas et pourquoi ; répétable",
                "Installed base: who would be up to date by installing the release, who cannot and why; repeatable",
            )
            .value_parser(clap::value_parser!(OsString))
            .value_hint(ValueHint::FilePath)
            .action(ArgAction::Append),
        );
    let command =
        baseline::options(survey::reading_options(command, w).arg(survey::derogations(w)), w).arg(survey::evidence(w));
    delivery::options(command, w, &with_carriers(&FORMATS)).after_help(w.examples(&[
        ("vigie gate init --profession infirmier > release.toml", "un manifeste à remplir", "a manifest to fill in"),
        ("vigie gate release.toml", "cette version peut-elle sortir", "may this release ship"),
        (
            "vigie gate release.toml --previous release-8.2.toml",
            "et que retire-t-elle à celle d'avant",
            "and what does it take away from the one before",
        ),
        (
            "vigie gate release.toml --inventory parc.csv",
            "qui y gagne, et qui ne peut pas l'installer",
            "who gains by it, and who cannot install it",
        ),
        (
            "vigie gate release.toml --baseline baseline.json",
            "ne refuser que ce qui est nouveau depuis `vigie baseline write`",
            "refuse only what is new since `vigie baseline write`",
        ),
        (
            "vigie gate bom.cdx.json --output json=gate.json --output markdown=gate.md",
            "dans une chaîne d'intégration",
            "in a pipeline",
        ),
        (
            "vigie gate release.toml --format github --output sarif=vigie.sarif --output junit=junit.xml",
            "dans GitHub, GitLab ou Jenkins ; les extraits à coller sont dans le README",
            "in GitHub, GitLab or Jenkins; the snippets to paste are in the README",
        ),
    ]))
}

/// Reads the options; every fault at once.
pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let reading = survey::reading(matches, &mut faults);
    let as_of = reading.as_of;
    let inventories: Vec<OsString> = matches.get_many::<OsString>("inventory").into_iter().flatten().cloned().collect();
    let paths: Vec<OsString> = matches.get_many::<OsString>("manifest").into_iter().flatten().cloned().collect();
    let previous = matches.get_one::<OsString>("previous").map(std::slice::from_ref);
    let fail_on = matches.get_one::<String>("fail-on");
    let path = |name: &str| matches.get_one::<PathBuf>(name).cloned();
    let options = Options {
        manifests: collect(inputs::expand_files(&paths), &mut faults).unwrap_or_default(),
        previous: previous
            .and_then(|path| collect(inputs::expand_files(path), &mut faults))
            .and_then(|mut found| found.pop()),
        inventories: collect(inputs::expand(&inventories), &mut faults).unwrap_or_default(),
        reading,
        fail_on: fail_on
            .and_then(|value| collect(values::fail_on(value, as_of), &mut faults))
            .unwrap_or(FailOn::Level(Level::Blocking)),
        allow_unknown: matches.get_flag("allow-unknown"),
        derogations: path("derogations"),
        baseline: path("baseline"),
        baseline_key: path("baseline-key"),
        evidence: path("evidence"),
        arguments: evidence::arguments(&command(Words(Lang::En)), matches),
        outputs: delivery::outputs(matches, &with_carriers(&FORMATS), &mut faults),
        dressing: dress::dressing(matches, &with_carriers(&FORMATS), &mut faults),
    };
    let inputs = || options.manifests.iter().chain(&options.previous).chain(&options.inventories);
    inputs::read_once(inputs(), &mut faults);
    let read = inputs().flat_map(Input::paths);
    let beside = [&options.derogations, &options.baseline, &options.baseline_key].into_iter().flatten();
    let read = read.chain(options.reading.beside().chain(beside).map(PathBuf::as_path));
    delivery::clashes(read, options.outputs.iter().filter_map(|output| output.path.as_ref()), &mut faults);
    if faults.is_empty() { Ok(options) } else { Err(faults.into()) }
}

/// Runs `vigie gate`, or `vigie gate init`.
///
/// # Errors
/// Whatever keeps the releases from being judged or the result from being written.
pub(super) fn start(matches: &ArgMatches, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    match matches.subcommand() {
        Some((_, matches)) => gate_init::run(matches, common, console),
        None => run(&options(matches)?, common, console),
    }
}

fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    // Opened first: a folder that cannot be written is known before the work, not after.
    let files = Destinations::open(&FORMATS, &options.outputs)?.carrying(output::dossier::gate, &options.dressing);
    let Reading { packs: choices, as_of, .. } = &options.reading;
    let book = Rulebook::for_judging(common, &options.reading)?;
    let packs = book.for_releases(choices, *as_of, options.previous.is_some())?;
    console.diagnostics(&idle(options, &packs, &book)?);
    let read = options.manifests.iter().chain(&options.previous);
    let mut manifests = manifests::read(read, &book.socle, *as_of)?;
    for manifest in &manifests {
        console.diagnostics(&manifest.notes);
    }
    let previous = options.previous.as_ref().and_then(|_| manifests.pop());
    let asked = GateOptions {
        as_of: options.reading.as_of,
        fail_on: options.fail_on.clone(),
        allow_unknown: options.allow_unknown,
        waivers: book.waivers(options.derogations.as_deref(), &book.rules(&packs))?,
        baseline: baseline::compared(options.baseline.as_deref(), options.baseline_key.as_deref())?,
    };
    let mut report = judge_releases(manifests, previous, &book.rules(&packs), &asked)?;
    let (base, update) = match options.inventories.is_empty() {
        true => (Vec::new(), Vec::new()),
        false => measure(options, &book, console, &mut report)?,
    };
    if let Some(folder) = &options.evidence {
        let taken = (packs.iter().chain(&base).collect(), update.iter().collect());
        keep(folder, options, &book, taken, &report)?;
    }
    files.deliver(console, &report)?;
    let Some(closed) = report.closed() else { return Ok(Exit::Done) };
    if !delivery::told_to_people(&options.outputs) {
        let Text { fr, en } = &closed.reason;
        console.note(&text!("refusé : {fr}", "refused: {en}"));
    }
    Ok(Exit::Closed)
}

/// Packs that were asked for and have nothing to judge here.
fn idle(options: &Options, packs: &[Pack], book: &Rulebook) -> Result<Vec<Diagnostic>, Failure> {
    let choices = &options.reading.packs;
    let mut said = Vec::new();
    if options.inventories.is_empty() {
        for id in book.not_of_releases(choices)? {
            let message = text!("le pack `{id}` juge des installations", "pack `{id}` judges installations");
            let help = text!(
                "donner le parc par `--inventory`, ou retirer ce pack",
                "give the base by `--inventory`, or leave this pack out"
            );
            said.push(Diagnostic::warning("gate/idle-pack", message).help(help));
        }
    }
    if options.previous.is_none() {
        for Pack { id, .. } in packs.iter().filter(|pack| pack.rules.iter().all(Rule::compares)) {
            let message =
                text!("le pack `{id}` compare à la version d'avant", "pack `{id}` compares with the version before");
            let help = text!(
                "en donner le manifeste par `--previous` : sans lui, ses règles sont indéterminées",
                "give its manifest by `--previous`: without it, its rules are unknown"
            );
            said.push(Diagnostic::warning("gate/idle-pack", message).help(help));
        }
    }
    Ok(said)
}

/// Writes what it takes to make the result again, with the packs asked for and those taken beside.
fn keep(
    folder: &Path,
    options: &Options,
    book: &Rulebook,
    (packs, beside): (Vec<&Pack>, Vec<&Pack>),
    report: &GateReport,
) -> Result<(), Failure> {
    let reading = &options.reading;
    let given = [("derogations", &options.derogations), ("baseline", &options.baseline)];
    let given = given.into_iter().filter_map(|(option, path)| Some((option, path.as_deref()?)));
    let judged = |manifest: &Manifest, option: Option<&str>| Judged {
        name: manifest.name.clone(),
        digest: manifest.digest.clone(),
        option: option.map(str::to_owned),
    };
    let manifests = report.releases.iter().map(|release| judged(&release.manifest, None));
    let first = report.releases.first();
    let previous =
        first.and_then(|release| release.previous.as_ref()).map(|manifest| judged(manifest, Some("previous")));
    let read = first.and_then(|release| release.impact.as_ref()).map(|impact| impact.inputs.as_slice());
    let inventories =
        options.inventories.iter().map(|input| Judged::of(input, Some("inventory"), read.unwrap_or_default()));
    let mut result = Vec::new();
    output::gate_json::write(&mut result, report).map_err(|error| Failure::write(folder, &error))?;
    let told = evidence::Told {
        command: "gate",
        arguments: &options.arguments,
        as_of: reading.as_of,
        book,
        choices: &reading.packs,
        packs,
        beside,
        given: given.chain(reading.kept()).collect(),
        inputs: manifests.chain(previous).chain(inventories).chain(Judged::registers(reading, book)).collect(),
        result,
    };
    evidence::write(folder, told)
}

/// Measures what installing each release does to the base; the packs that judge it, and those that say what can be
/// installed.
fn measure(
    options: &Options,
    book: &Rulebook,
    console: &Console,
    report: &mut GateReport,
) -> Result<(Vec<Pack>, Vec<Pack>), Failure> {
    let reading = &options.reading;
    let packs = book.for_base(&reading.packs, reading.as_of)?;
    let rules = book.rules(&packs);
    let delivered = book.socle.manifests.as_ref().map(|manifests| manifests.delivered);
    let mut update = book.beside(rules.kind(), reading.as_of)?;
    update.retain(|pack| delivered.is_some_and(|field| pack.reads(field)));
    let updating: Vec<&Pack> = update.iter().collect();
    let sizes: Option<Vec<u64>> = options.inventories.iter().map(Input::size).collect();
    let n = report.releases.len() as u64;
    let progress = Progress::start(console, sizes.map(|sizes| sizes.iter().sum::<u64>() * n));
    for release in &mut report.releases {
        let inputs = options.inventories.iter().map(survey::open).collect();
        release.impact =
            impact(&release.manifest, inputs, &rules, &updating, &reading.survey(), &|bytes| progress.tick(bytes))?;
    }
    Ok((packs, update))
}
