//! `vigie gate`: manifests of releases in, may they ship, and why not.

use super::command::Words;
use super::console::Console;
use super::delivery::{self, Destinations, Format, with_carriers};
use super::dress::{self, Dressing};
use super::exit::Exit;
use super::failure::Failure;
use super::inputs::{self, Input};
use super::progress::Progress;
use super::rulebook::Rulebook;
use super::survey::{self, Reading};
use super::values::{self, Output};
use super::{Common, collect, gate_init};
use crate::audit::{FailOn, GateOptions, GateReport, impact, judge_releases};
use crate::diag::{Diagnostic, Text};
use crate::manifest::{self, Manifest};
use crate::output;
use crate::output::ci::{Run, checkstyle, github, gitlab, junit, sarif, summary};
use crate::pack::{Level, Pack};
use crate::socle::Socle;
use crate::text;
use clap::{ArgAction, ArgMatches, Command, ValueHint};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

/// Bytes of a manifest that are read: one more than a manifest may have.
const MOST: u64 = 33 * 1024 * 1024;

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
    Format {
        name: "sarif",
        write: |out, told, look| sarif::write(out, &Run::of_gate(told).seen_from(look), sarif::Waived::Left, look.lang),
    },
    Format {
        name: "sarif-waived",
        write: |out, told, look| {
            sarif::write(out, &Run::of_gate(told).seen_from(look), sarif::Waived::Suppressed, look.lang)
        },
    },
    Format {
        name: "junit",
        write: |out, told, look| junit::write(out, &Run::of_gate(told).seen_from(look), look.lang),
    },
    Format {
        name: "gitlab",
        write: |out, told, look| gitlab::write(out, &Run::of_gate(told).seen_from(look), look.lang),
    },
    Format {
        name: "github",
        write: |out, told, look| github::write(out, &Run::of_gate(told).seen_from(look), look.lang),
    },
    Format {
        name: "github-summary",
        write: |out, told, look| summary::write(out, &Run::of_gate(told).seen_from(look), look.lang),
    },
    Format {
        name: "checkstyle",
        write: |out, told, look| checkstyle::write(out, &Run::of_gate(told).seen_from(look), look.lang),
    },
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
    let command = survey::reading_options(command, w).arg(survey::derogations(w));
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
        derogations: matches.get_one::<PathBuf>("derogations").cloned(),
        outputs: delivery::outputs(matches, &with_carriers(&FORMATS), &mut faults),
        dressing: dress::dressing(matches, &with_carriers(&FORMATS), &mut faults),
    };
    let read = options.manifests.iter().chain(&options.previous).chain(&options.inventories).flat_map(Input::paths);
    let read = read.chain(options.reading.beside().chain(&options.derogations).map(PathBuf::as_path));
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
    let (manifests, previous) = read_all(options, &book.socle)?;
    for manifest in manifests.iter().chain(&previous) {
        console.diagnostics(&manifest.notes);
    }
    let asked = GateOptions {
        as_of: options.reading.as_of,
        fail_on: options.fail_on.clone(),
        allow_unknown: options.allow_unknown,
        waivers: book.waivers(options.derogations.as_deref(), &book.rules(&packs))?,
    };
    let mut report = judge_releases(manifests, previous, &book.rules(&packs), &asked)?;
    if !options.inventories.is_empty() {
        measure(options, &book, console, &mut report)?;
    }
    files.deliver(console, &report)?;
    let Some(closed) = report.closed() else { return Ok(Exit::Done) };
    if !delivery::told_to_people(&options.outputs) {
        let Text { fr, en } = &closed.reason;
        console.note(&text!("refusé : {fr}", "refused: {en}"));
    }
    Ok(Exit::Closed)
}

/// Measures what installing each release does to the base.
fn measure(options: &Options, book: &Rulebook, console: &Console, report: &mut GateReport) -> Result<(), Failure> {
    let reading = &options.reading;
    let packs = book.for_base(&reading.packs, reading.as_of)?;
    let rules = book.rules(&packs);
    let delivered = book.socle.manifests.as_ref().map(|manifests| manifests.delivered);
    let mut update = book.beside(rules.kind(), reading.as_of)?;
    update.retain(|pack| delivered.is_some_and(|field| pack.reads(field)));
    let update: Vec<&Pack> = update.iter().collect();
    let sizes: Option<Vec<u64>> = options.inventories.iter().map(Input::size).collect();
    let n = report.releases.len() as u64;
    let progress = Progress::start(console, sizes.map(|sizes| sizes.iter().sum::<u64>() * n));
    for release in &mut report.releases {
        let inputs = options.inventories.iter().map(survey::open).collect();
        release.impact =
            impact(&release.manifest, inputs, &rules, &update, &reading.survey(), &|bytes| progress.tick(bytes))?;
    }
    Ok(())
}

/// Reads every manifest, or says every fault of all.
fn read_all(options: &Options, socle: &Socle) -> Result<(Vec<Manifest>, Option<Manifest>), Failure> {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let mut read = |input: &Input| match read_input(input, socle) {
        Ok(manifest) => Some(manifest),
        Err(Failure::Faults(mut found)) => {
            faults.append(&mut found);
            None
        }
        Err(Failure::BrokenPipe) => None,
    };
    let manifests: Vec<Manifest> = options.manifests.iter().filter_map(&mut read).collect();
    let previous = options.previous.as_ref().and_then(&mut read);
    if faults.is_empty() { Ok((manifests, previous)) } else { Err(faults.into()) }
}

fn read_input(input: &Input, socle: &Socle) -> Result<Manifest, Failure> {
    let mut bytes = Vec::new();
    let read = |reader: &mut dyn Read, bytes: &mut Vec<u8>| reader.take(MOST).read_to_end(bytes).map(|_| ());
    match input {
        Input::Stdin => {
            read(&mut io::stdin().lock(), &mut bytes).map_err(|error| Failure::read("-".as_ref(), &error))?
        }
        Input::File(path) => File::open(path)
            .and_then(|mut file| read(&mut file, &mut bytes))
            .map_err(|error| Failure::read(path, &error))?,
        Input::Folder(folder) => {
            return Err(Failure::read(folder.name.as_ref(), &io::ErrorKind::IsADirectory.into()));
        }
    }
    Ok(manifest::read(&input.name(), &bytes, socle)?)
}
