//! `vigie audit`: inventories in, how many are up to date, why not, and what is to come.

use super::baseline;
use super::ci::Ci;
use super::command::Words;
use super::console::Console;
use super::delivery::{Destinations, Format, Installations, Listed, with_carriers};
use super::destination::{PendingFile, Spool};
use super::evidence::{self, Judged};
use super::exit::Exit;
use super::failure::Failure;
use super::inputs::Input;
use super::rulebook::Rulebook;
use super::survey::{self, Asked, Previous};
use super::values;
use super::{Common, collect, strings};
use crate::audit::{self, AuditOptions, ByInput, FailOn, Gate, Horizon, Report, RowOutput};
use crate::diag::{Diagnostic, Lang};
use crate::output::csv::Dialect;
use crate::output::findings::Findings;
use crate::output::rows::Verdicts;
use crate::output::{self};
use crate::pack::{Pack, Rule};
use crate::socle::Role;
use crate::text;
use clap::{Arg, ArgMatches, Command, ValueHint};
use std::path::{Path, PathBuf};

/// What to audit, and how.
#[derive(Debug)]
pub struct Options {
    /// The inventories, how they are read, what is counted, where the audit goes.
    pub asked: Asked,
    /// An earlier inventory, to count a pace from.
    pub previous: Option<Previous>,
    /// How far "expiring" looks.
    pub horizon: Option<Horizon>,
    /// Fields that cut the population.
    pub by: Vec<String>,
    /// When the gate closes; `None`: no gate.
    pub fail_on: Option<FailOn>,
    /// Least share of up to date.
    pub fail_under: Option<f64>,
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
    /// File of a verdict for each row.
    pub verdicts: Option<PathBuf>,
    /// File of the failing and unknown verdicts.
    pub findings: Option<PathBuf>,
    /// How workstations are listed in workbooks.
    pub(super) listed: Option<Listed>,
}

/// What the command can write.
const FORMATS: [Format<Report>; 12] = [
    Format { name: "text", write: |mut out, told, look| output::text::write(&mut out, told, look) },
    Format { name: "json", write: |mut out, told, _| output::json::write(&mut out, told) },
    Format { name: "csv", write: |mut out, told, _| output::csv::write(&mut out, told, Dialect::Exact) },
    Format {
        name: "csv-excel",
        write: |mut out, told, look| output::csv::write(&mut out, told, Dialect::Excel(look.lang)),
    },
    Format { name: "markdown", write: |mut out, told, look| output::markdown::write(&mut out, told, look.lang) },
    Ci::SARIF,
    Ci::SARIF_WAIVED,
    Ci::JUNIT,
    Ci::GITLAB,
    Ci::GITHUB,
    Ci::GITHUB_SUMMARY,
    Ci::CHECKSTYLE,
];

/// Those of them that point at files.
const POINTING: [&str; 6] = ["sarif", "sarif-waived", "junit", "gitlab", "github", "checkstyle"];

pub(super) fn command(w: Words) -> Command {
    let command = w.command(
        "audit",
        "Juge des inventaires : combien sont à jour, pourquoi les autres ne le sont pas",
        "Judges inventories: how many are up to date, and why the others are not",
    );
    let command = survey::previous_options(survey::options(command, w, &with_carriers(&FORMATS)), w)
        .arg(w.option(
            "horizon",
            ("DURÉE", "SPAN"),
            "Compter ce qui deviendra non conforme d'ici là : 6mo (sans cette option), 90d, 0 pour rien",
            "Count what will fail within this span: 6mo (by default), 90d, 0 for nothing",
        ))
        .arg(survey::by(w))
        .arg(w.option(
            "fail-on",
            ("QUAND", "WHEN"),
            "Sortir en 1 si un poste échoue : blocking, advisory, expiring:90d ou never (sans cette option)",
            "Exit 1 when a unit fails: blocking, advisory, expiring:90d or never (by default)",
        ))
        .arg(w.option(
            "fail-under",
            ("N%", "N%"),
            "Sortir en 1 si la part de postes à jour, borne basse, est sous N %",
            "Exit 1 when the share of up to date, low bound, is under N%",
        ))
        .arg(survey::derogations(w));
    let command = baseline::options(command, w)
        .arg(survey::evidence(w))
        .arg(file_option(
            w,
            "verdicts",
            "Écrire un verdict par ligne et par règle : P conforme, F non conforme, U indéterminé, N sans objet, W sous dérogation",
            "Write a verdict for each row and rule: P pass, F fail, U unknown, N not applicable, W waived",
        ))
        .arg(file_option(
            w,
            "findings",
            "Écrire la liste d'appel : une ligne par verdict non conforme ou indéterminé, avec le remède",
            "Write the call list: one line for each failing or unknown verdict, with its remedy",
        ));
    Listed::options(command, w).after_help(w.examples(&[
        ("vigie audit parc.csv", "le parc, aujourd'hui", "the base, today"),
        (
            "vigie audit parc.csv --by profession --horizon 90d",
            "par profession, et ce qui expire sous 90 jours",
            "by profession, and what expires within 90 days",
        ),
        (
            "vigie audit 'exports/**/*.csv' --output json=audit.json --fail-under 90%",
            "pour une chaîne d'intégration",
            "for a pipeline",
        ),
    ]))
}

fn file_option(w: Words, name: &'static str, fr: &str, en: &str) -> Arg {
    w.option(name, ("FICHIER.csv", "FILE.csv"), fr, en)
        .value_parser(clap::value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
}

/// Reads the options; every fault at once.
pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let asked = survey::asked(matches, &with_carriers(&FORMATS), &mut faults);
    let as_of = asked.reading.as_of;
    let horizon = values::horizon("--horizon", text("horizon").unwrap_or("6mo"), as_of);
    let path = |name: &str| matches.get_one::<PathBuf>(name).cloned();
    let options = Options {
        previous: survey::previous(matches, &mut faults),
        horizon: collect(horizon, &mut faults).flatten(),
        by: strings(matches, "by"),
        fail_on: text("fail-on").and_then(|v| collect(values::fail_on(v, as_of), &mut faults)),
        fail_under: text("fail-under").and_then(|v| collect(values::share("--fail-under", v), &mut faults)),
        derogations: path("derogations"),
        baseline: path("baseline"),
        baseline_key: path("baseline-key"),
        evidence: path("evidence"),
        arguments: evidence::arguments(&command(Words(Lang::En)), matches),
        verdicts: path("verdicts"),
        findings: path("findings"),
        listed: Listed::asked(matches, &asked.outputs, &mut faults),
        asked,
    };
    for (name, path) in [("verdicts", &options.verdicts), ("findings", &options.findings)] {
        if path.as_deref() == Some(Path::new("-")) {
            faults.push(
                Diagnostic::error(
                    "cli/invalid-value",
                    text!(
                        "`--{name}` écrit un fichier, pas la sortie standard",
                        "`--{name}` writes a file, not the standard output"
                    ),
                )
                .help(text!("donner un nom de fichier", "give the name of a file")),
            );
        }
    }
    let read = [&options.derogations, &options.baseline, &options.baseline_key].into_iter().flatten();
    options.asked.clashes(read, options.verdicts.iter().chain(&options.findings), &mut faults);
    if faults.is_empty() { Ok(options) } else { Err(faults.into()) }
}

/// Runs the audit and writes its outputs.
///
/// # Errors
/// Whatever keeps the audit from being made or written; then no file is left changed.
pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    // Opened first: a folder that cannot be written is known before the work, not after.
    let files = Destinations::open(&FORMATS, &options.asked.outputs)?;
    let mut files = files.carrying(output::dossier::audit, &options.asked.dressing);
    let mut verdicts = options.verdicts.as_deref().map(PendingFile::create).transpose()?;
    let mut findings = options.findings.as_deref().map(PendingFile::create).transpose()?;
    let mut spool = options.listed.map(|_| Listed::spool(&options.asked.outputs)).transpose()?;
    let written = Written { verdicts: verdicts.as_mut(), findings: findings.as_mut(), spool: spool.as_mut() };
    let (report, heads) = evaluate(options, common, console, written)?;
    let listed = options.listed.zip(spool);
    files.installations(listed.map(|(asked, spool)| Installations { spool, heads, places: [0, 1], asked }));
    files.also(verdicts);
    files.also(findings);
    files.deliver(console, &report)?;
    let Some(closed) = &report.closed else { return Ok(Exit::Done) };
    options.asked.say_closed(&closed.reason, console);
    Ok(Exit::Closed)
}

/// Reads the inventories, judges them, and writes the verdicts asked for.
fn evaluate(
    options: &Options,
    common: &Common,
    console: &Console,
    written: Written<'_>,
) -> Result<(Report, Vec<String>), Failure> {
    let Written { verdicts, findings, spool } = written;
    let Asked { reading, inputs: read, .. } = &options.asked;
    let book = Rulebook::for_judging(common, reading)?;
    let packs = book.for_inventories(&reading.packs, reading.as_of)?;
    let rules = book.rules(&packs);
    let asked = AuditOptions {
        survey: options.asked.survey(),
        horizon: options.horizon.clone(),
        by: options.by.clone(),
        waivers: book.waivers(options.derogations.as_deref(), &rules)?,
        baseline: baseline::compared(options.baseline.as_deref(), options.baseline_key.as_deref())?,
        gate: Gate { fail_on: options.fail_on.clone(), fail_under: options.fail_under },
    };
    let progress = options.asked.progress(console);
    let inputs = read.iter().map(survey::open).collect();
    let previous = options.previous.as_ref().map(Previous::earlier);
    let tick = |bytes| progress.tick(bytes);
    let columns = columns(&packs);
    let identifier = book.socle.field_with_role(Role::Identifier).map_or("id", |field| field.id.as_str());
    let mut verdicts = verdicts
        .map(|file| {
            let path = file.path().to_owned();
            Verdicts::new(file, identifier, &columns).map_err(|error| Failure::write(&path, &error))
        })
        .transpose()?;
    let mut findings = findings
        .map(|file| {
            let path = file.path().to_owned();
            let (date, lang) = (reading.as_of, console.lang());
            Findings::new(file, &rules.packs, &book.socle, date, lang).map_err(|error| Failure::write(&path, &error))
        })
        .transpose()?;
    let mut spool = spool
        .map(|spool| Verdicts::new(spool, identifier, &columns).map_err(|error| Failure::stdout(&error)))
        .transpose()?;
    let spool = spool.as_mut().map(|file| file as &mut dyn RowOutput);
    let verdicts = verdicts.as_mut().map(|file| file as &mut dyn RowOutput);
    let findings = findings.as_mut().map(|file| file as &mut dyn RowOutput);
    let mut places = points_at_files(options).then(|| ByInput::new(columns.len()));
    let by_input = places.as_mut().map(|places| places as &mut dyn RowOutput);
    let mut rows: Vec<&mut dyn RowOutput> = verdicts.into_iter().chain(findings).chain(spool).chain(by_input).collect();
    let mut report = audit::audit(inputs, &rules, &asked, previous, &mut rows, &tick)?;
    report.by_input = places.map(|places| places.of(&report.basis.inputs)).unwrap_or_default();
    if let Some(folder) = &options.evidence {
        let given = [("derogations", &options.derogations), ("baseline", &options.baseline)];
        let given = given.into_iter().filter_map(|(option, path)| Some((option, path.as_deref()?)));
        let beside = reading.kept();
        let judged = read.iter().map(|input| Judged::of(input, None, &report.basis.inputs));
        let before = options.previous.iter().flat_map(|previous| &previous.inputs);
        let before = before.map(|input| Judged::of(input, Some("previous"), &report.previous));
        let mut result = Vec::new();
        output::json::write(&mut result, &report).map_err(|error| Failure::write(folder, &error))?;
        evidence::write(
            folder,
            evidence::Told {
                command: "audit",
                arguments: &options.arguments,
                as_of: reading.as_of,
                book: &book,
                choices: &reading.packs,
                packs: packs.iter().collect(),
                beside: Vec::new(),
                given: given.chain(beside).collect(),
                inputs: judged.chain(before).chain(Judged::registers(reading, &book)).collect(),
                result,
            },
        )?;
    }
    let lang = console.lang();
    let fixed = if lang == Lang::Fr { ["identifiant", "statut"] } else { ["identifier", "status"] };
    let titles = report.rules.iter().map(|rule| output::said(&rule.title, lang));
    let heads = fixed.map(str::to_owned).into_iter().chain(titles).collect();
    Ok((report, heads))
}

/// Whether an output points at the inputs of what it finds, and there may be several.
fn points_at_files(options: &Options) -> bool {
    let Asked { inputs, outputs, .. } = &options.asked;
    let zip = |path: &Path| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    let several = match inputs.as_slice() {
        [Input::Stdin] => false,
        [Input::File(path)] => zip(path),
        _ => true,
    };
    several && outputs.iter().any(|output| POINTING.contains(&output.format))
}

/// The files of a line a row.
struct Written<'w> {
    verdicts: Option<&'w mut PendingFile>,
    findings: Option<&'w mut PendingFile>,
    spool: Option<&'w mut Spool>,
}

/// The columns of `--verdicts`: ids of rules, with their pack when there are several.
fn columns(packs: &[Pack]) -> Vec<String> {
    let several = packs.len() > 1;
    let column = |pack: &Pack, rule: &Rule| if several { format!("{}/{}", pack.id, rule.id) } else { rule.id.clone() };
    packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| column(pack, rule))).collect()
}
