//! `vigie audit`: inventories in, how many are up to date, why not, and what is to come.

use super::command::{Words, audit_format};
use super::console::Console;
use super::destination::PendingFile;
use super::exit::Exit;
use super::failure::Failure;
use super::inputs::{self, Input};
use super::progress::Progress;
use super::rulebook::Rulebook;
use super::values::{self, Format, Output, PackChoice};
use super::{Common, collect, strings};
use crate::audit::{
    self, AuditOptions, FailOn, Gate, Horizon, MappingOptions, Report, Rollup, RowOutput, Survey, Unit,
};
use crate::diag::{Diagnostic, Text};
use crate::output::csv::Dialect;
use crate::output::findings::Findings;
use crate::output::rows::Verdicts;
use crate::output::{self, Look};
use crate::pack::{Pack, Rule};
use crate::socle::Role;
use crate::text;
use crate::value::Date;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What to audit, and how.
#[derive(Debug)]
pub struct Options {
    /// Inventories, in order.
    pub inputs: Vec<Input>,
    /// What the inventory is read with, shared with `explain`.
    pub reading: Reading,
    /// How far "expiring" looks.
    pub horizon: Option<Horizon>,
    /// What is counted.
    pub unit: Unit,
    /// How the rows of one health professional are rolled up.
    pub rollup: Rollup,
    /// Fields that cut the population.
    pub by: Vec<String>,
    /// Condition that restricts the population.
    pub filter: Option<String>,
    /// When the gate closes; `None`: no gate.
    pub fail_on: Option<FailOn>,
    /// Least share of up to date.
    pub fail_under: Option<f64>,
    /// A file that cannot be read is exit 2, even among several.
    pub strict: bool,
    /// Threads; `None`: as many as there are cores.
    pub threads: Option<usize>,
    /// Where the audit goes: the standard output and files.
    pub outputs: Vec<Output>,
    /// File of a verdict for each row.
    pub verdicts: Option<PathBuf>,
    /// File of the failing and unknown verdicts.
    pub findings: Option<PathBuf>,
}

/// How an inventory is read and judged.
#[derive(Debug)]
pub struct Reading {
    /// Packs asked for; none: the built-in one whose validity holds `as_of`.
    pub packs: Vec<PackChoice>,
    /// Date of the evaluation.
    pub as_of: Date,
    /// Headers that the user gave to fields: (field, header).
    pub map: Vec<(String, String)>,
    /// Fields whose blank cells mean "no".
    pub blank_no: Vec<String>,
}

impl Reading {
    /// An audit of the rows, one by one, read in this way.
    pub(super) fn asked(&self) -> AuditOptions {
        let survey = Survey {
            as_of: self.as_of,
            unit: Unit::Row,
            rollup: Rollup::Worst,
            filter: None,
            mapping: MappingOptions { map: self.map.clone(), blank_is_no: self.blank_no.clone() },
            strict: false,
            threads: 1,
            reader: Default::default(),
        };
        AuditOptions { survey, horizon: None, by: Vec::new(), gate: Gate::default() }
    }
}

pub(super) fn command(w: Words) -> Command {
    let inventory = w
        .argument(
            "inventory",
            ("INVENTAIRE", "INVENTORY"),
            "Fichiers CSV ; `-` pour l'entrée standard ; `*`, `?` et `**` sont compris",
            "CSV files; `-` for the standard input; `*`, `?` and `**` are understood",
        )
        .value_parser(clap::value_parser!(OsString))
        .value_hint(ValueHint::FilePath)
        .num_args(1..)
        .required(true);
    let command = w.command(
        "audit",
        "Juge des inventaires : combien sont à jour, pourquoi les autres ne le sont pas",
        "Judges inventories: how many are up to date, and why the others are not",
    );
    let command = reading_options(command.arg(inventory), w)
        .arg(w.option(
            "horizon",
            ("DURÉE", "SPAN"),
            "Compter ce qui deviendra non conforme d'ici là : 6mo (sans cette option), 90d, 0 pour rien",
            "Count what will fail within this span: 6mo (by default), 90d, 0 for nothing",
        ))
        .arg(w.choice(
            "unit",
            ("UNITÉ", "UNIT"),
            &["row", "ps", "weight"],
            "Compter des lignes, c'est-à-dire des postes (row, sans cette option), des professionnels de santé (ps) ou leur poids (weight)",
            "Count rows, that is workstations (row, by default), health professionals (ps) or their weight (weight)",
        ))
        .arg(w.choice(
            "rollup",
            ("MANIÈRE", "WAY"),
            &["worst", "best"],
            "Avec --unit ps, retenir le pire (worst, sans cette option) ou le meilleur (best) des postes d'un même professionnel",
            "With --unit ps, keep the worst (worst, by default) or the best (best) of the workstations of one professional",
        ))
        .arg(
            w.option(
                "by",
                ("CHAMP", "FIELD"),
                "Couper la population selon un champ ou un attribut (profession, os.release) ; répétable",
                "Cut the population by a field or an attribute (profession, os.release); repeatable",
            )
            .action(ArgAction::Append),
        )
        .arg(w.option(
            "where",
            ("CONDITION", "CONDITION"),
            "Ne retenir que les lignes pour lesquelles la condition est vraie",
            "Keep only the rows for which the condition holds",
        ))
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
        .arg(w.flag(
            "strict",
            "Sortir en 2 dès qu'un inventaire est illisible, même parmi plusieurs",
            "Exit 2 as soon as an inventory cannot be read, even among several",
        ))
        .arg(audit_format(w))
        .arg(
            w.option(
                "output",
                ("FORMAT=CHEMIN", "FORMAT=PATH"),
                "Écrire aussi l'audit dans un fichier (json=audit.json) ; répétable ; `-` remplace la sortie standard",
                "Also write the audit to a file (json=audit.json); repeatable; `-` replaces the standard output",
            )
            .action(ArgAction::Append),
        )
        .arg(file_option(
            w,
            "verdicts",
            "Écrire un verdict par ligne et par règle : P conforme, F non conforme, U indéterminé, N sans objet",
            "Write a verdict for each row and rule: P pass, F fail, U unknown, N not applicable",
        ))
        .arg(file_option(
            w,
            "findings",
            "Écrire la liste d'appel : une ligne par verdict non conforme ou indéterminé, avec le remède",
            "Write the call list: one line for each failing or unknown verdict, with its remedy",
        ))
        .arg(w.option(
            "threads",
            ("N", "N"),
            "Nombre de fils d'exécution ; sans cette option, autant que de cœurs",
            "Number of threads; by default as many as cores",
        ));
    command.after_help(w.examples(&[
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

/// Options that `audit` and `explain` share.
pub(super) fn reading_options(command: Command, w: Words) -> Command {
    command
        .arg(
            w.option(
                "pack",
                ("NOM[@EXIGENCE]|DOSSIER", "NAME[@REQ]|DIR"),
                "Pack de règles (pro-ps, pro-ps@^1.4, ./mon-pack) ; répétable ; sans cette option, celui en vigueur à la date",
                "Pack of rules (pro-ps, pro-ps@^1.4, ./my-pack); repeatable; by default the one in force on the date",
            )
            .action(ArgAction::Append),
        )
        .arg(as_of(w))
        .arg(
            w.option(
                "map",
                ("CHAMP=EN-TÊTE", "FIELD=HEADER"),
                "Dire quelle colonne donne un champ (palier=Niveau) ; répétable",
                "Say which column gives a field (palier=Niveau); repeatable",
            )
            .action(ArgAction::Append),
        )
        .arg(
            w.option(
                "blank",
                ("CHAMP=no", "FIELD=no"),
                "Lire « non » dans les cellules vides d'un champ (scor=no) ; répétable",
                "Read “no” in the blank cells of a field (scor=no); repeatable",
            )
            .action(ArgAction::Append),
        )
}

pub(super) fn as_of(w: Words) -> Arg {
    w.option(
        "as-of",
        ("DATE", "DATE"),
        "Date du jugement, AAAA-MM-JJ ; sans cette option, celle du système",
        "Date of the judgement, YYYY-MM-DD; by default that of the system",
    )
}

fn file_option(w: Words, name: &'static str, fr: &str, en: &str) -> Arg {
    w.option(name, ("FICHIER.csv", "FILE.csv"), fr, en)
        .value_parser(clap::value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
}

/// Reads what [`reading_options`] added.
pub(super) fn reading(matches: &ArgMatches, faults: &mut Vec<Diagnostic>) -> Reading {
    Reading {
        packs: strings(matches, "pack").iter().filter_map(|v| collect(values::pack(v), faults)).collect(),
        as_of: super::as_of_date(matches, faults),
        map: strings(matches, "map").iter().filter_map(|v| collect(values::mapping(v), faults)).collect(),
        blank_no: strings(matches, "blank").iter().filter_map(|v| collect(values::blank(v), faults)).collect(),
    }
}

/// Reads the options; every fault at once.
pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let reading = reading(matches, &mut faults);
    let horizon = values::horizon("--horizon", text("horizon").unwrap_or("6mo"), reading.as_of);
    let arguments: Vec<OsString> = matches.get_many::<OsString>("inventory").into_iter().flatten().cloned().collect();
    let inputs = collect(inputs::expand(&arguments), &mut faults).unwrap_or_default();
    let asked = strings(matches, "output");
    let mut outputs: Vec<Output> = asked.iter().filter_map(|v| collect(values::output(v), &mut faults)).collect();
    let to_stdout = outputs.iter().filter(|output| output.path.is_none()).count();
    let format = text("format").and_then(Format::parse);
    match (to_stdout, format) {
        (0, format) => outputs.insert(0, Output { format: format.unwrap_or(Format::Text), path: None }),
        (1, None) => {}
        _ => faults.push(Diagnostic::error(
            "cli/conflict",
            text!(
                "la sortie standard ne reçoit qu'un format : `--format` ou un seul `--output FORMAT=-`",
                "the standard output takes one format: `--format` or a single `--output FORMAT=-`"
            ),
        )),
    }
    let path = |name: &str| matches.get_one::<PathBuf>(name).cloned();
    let options = Options {
        inputs,
        horizon: collect(horizon, &mut faults).flatten(),
        unit: values::unit(text("unit")),
        rollup: if text("rollup") == Some("best") { Rollup::Best } else { Rollup::Worst },
        by: strings(matches, "by"),
        filter: text("where").map(str::to_owned),
        fail_on: text("fail-on").and_then(|v| collect(values::fail_on(v, reading.as_of), &mut faults)),
        fail_under: text("fail-under").and_then(|v| collect(values::share("--fail-under", v), &mut faults)),
        strict: matches.get_flag("strict"),
        threads: text("threads").and_then(|v| collect(values::threads(v), &mut faults)),
        outputs,
        verdicts: path("verdicts"),
        findings: path("findings"),
        reading,
    };
    clashes(&options, &mut faults);
    if faults.is_empty() { Ok(options) } else { Err(faults.into()) }
}

/// Files written twice, or written over what is read.
fn clashes(options: &Options, faults: &mut Vec<Diagnostic>) {
    let same = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let read: Vec<PathBuf> = options
        .inputs
        .iter()
        .filter_map(|input| match input {
            Input::File(path) => Some(same(path)),
            Input::Stdin => None,
        })
        .collect();
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
    let written = options.outputs.iter().filter_map(|output| output.path.as_ref());
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in written.chain(&options.verdicts).chain(&options.findings) {
        let (shown, path) = (path.display(), same(path));
        if read.contains(&path) {
            faults.push(Diagnostic::error(
                "cli/conflict",
                text!("`{shown}` est à la fois lu et écrit", "`{shown}` is both read and written"),
            ));
        }
        // What is not a regular file (`/dev/null`) may be written to twice.
        if seen.contains(&path) && std::fs::metadata(&path).map_or(true, |meta| meta.is_file()) {
            faults.push(Diagnostic::error(
                "cli/conflict",
                text!("`{shown}` est écrit deux fois", "`{shown}` is written twice"),
            ));
        }
        seen.push(path);
    }
}

/// Runs the audit and writes its outputs.
///
/// # Errors
/// Whatever keeps the audit from being made or written; then no file is left changed.
pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    // Opened first: a folder that cannot be written is known before the work, not after.
    let mut files = Vec::new();
    for output in &options.outputs {
        if let Some(path) = &output.path {
            files.push((output.format, PendingFile::create(path)?));
        }
    }
    let mut verdicts = options.verdicts.as_deref().map(PendingFile::create).transpose()?;
    let mut findings = options.findings.as_deref().map(PendingFile::create).transpose()?;
    let report = evaluate(options, common, console, verdicts.as_mut(), findings.as_mut())?;
    let lang = console.lang();
    for (format, file) in &mut files {
        write(file, &report, *format, &Look::plain(lang)).map_err(|error| Failure::write(file.path(), &error))?;
    }
    for file in files.into_iter().map(|(_, file)| file).chain(verdicts).chain(findings) {
        file.commit()?;
    }
    for output in options.outputs.iter().filter(|output| output.path.is_none()) {
        console.print(|mut out, look| write(&mut out, &report, output.format, look))?;
    }
    let Some(closed) = &report.closed else { return Ok(Exit::Done) };
    // Formats for people say it themselves.
    let said = |output: &Output| output.path.is_none() && matches!(output.format, Format::Text | Format::Markdown);
    if !options.outputs.iter().any(said) {
        let Text { fr, en } = &closed.reason;
        console.note(&text!("refusé : {fr}", "refused: {en}"));
    }
    Ok(Exit::Closed)
}

fn write(out: &mut impl Write, report: &Report, format: Format, look: &Look) -> io::Result<()> {
    match format {
        Format::Text => output::text::write(out, report, look),
        Format::Json => output::json::write(out, report),
        Format::Csv => output::csv::write(out, report, Dialect::Exact),
        Format::CsvExcel => output::csv::write(out, report, Dialect::Excel(look.lang)),
        Format::Markdown => output::markdown::write(out, report, look.lang),
    }
}

/// Reads the inventories, judges them, and writes the verdicts asked for.
fn evaluate(
    options: &Options,
    common: &Common,
    console: &Console,
    verdicts: Option<&mut PendingFile>,
    findings: Option<&mut PendingFile>,
) -> Result<Report, Failure> {
    let book = Rulebook::load(common)?;
    let packs = book.for_inventories(&options.reading.packs, options.reading.as_of)?;
    let rules = book.rules(&packs);
    let threads = options.threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1);
    let asked = options.reading.asked();
    let asked = AuditOptions {
        survey: Survey {
            unit: options.unit,
            rollup: options.rollup,
            filter: options.filter.clone(),
            strict: options.strict,
            threads,
            ..asked.survey
        },
        horizon: options.horizon.clone(),
        by: options.by.clone(),
        gate: Gate { fail_on: options.fail_on.clone(), fail_under: options.fail_under },
    };
    let sizes: Option<Vec<u64>> = options.inputs.iter().map(Input::size).collect();
    let progress = Progress::start(console, sizes.map(|sizes| sizes.iter().sum()));
    let inputs = options.inputs.iter().map(open).collect();
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
            let (date, lang) = (options.reading.as_of, console.lang());
            Findings::new(file, &rules.packs, &book.socle, date, lang).map_err(|error| Failure::write(&path, &error))
        })
        .transpose()?;
    let verdicts = verdicts.as_mut().map(|file| file as &mut dyn RowOutput);
    let findings = findings.as_mut().map(|file| file as &mut dyn RowOutput);
    let mut rows: Vec<&mut dyn RowOutput> = verdicts.into_iter().chain(findings).collect();
    Ok(audit::audit(inputs, &rules, &asked, &mut rows, &tick)?)
}

/// An inventory, opened when its turn comes.
pub(super) fn open(input: &Input) -> audit::Input<'_> {
    let name = input.name();
    match input {
        Input::Stdin => audit::Input { name, open: Box::new(|| Ok(Box::new(io::stdin()))) },
        Input::File(path) => audit::Input { name, open: Box::new(move || Ok(Box::new(File::open(path)?))) },
    }
}

/// The columns of `--verdicts`: ids of rules, with their pack when there are several.
fn columns(packs: &[Pack]) -> Vec<String> {
    let several = packs.len() > 1;
    let column = |pack: &Pack, rule: &Rule| if several { format!("{}/{}", pack.id, rule.id) } else { rule.id.clone() };
    packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| column(pack, rule))).collect()
}
