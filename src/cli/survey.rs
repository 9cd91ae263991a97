//! Options and steps that the commands on inventories share: which inventories, how they are read, what is
//! counted, and where the results go.

use super::bounds::{self, Bounds};
use super::command::Words;
use super::console::Console;
use super::delivery;
use super::dress::{self, Dressing};
use super::failure::Failure;
use super::inputs::{self, Input};
use super::prefetch::Prefetch;
use super::progress::Progress;
use super::values::{self, Output, PackChoice};
use super::{collect, strings};
use crate::audit::{self, MappingFile, MappingOptions, Rollup, Stale, Survey, Unit};
use crate::diag::{Diagnostic, Text};
use crate::inventory::{self, CodePage};
use crate::output::visible_line;
use crate::text;
use crate::value::Date;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How an inventory is read and judged.
#[derive(Debug)]
pub struct Reading {
    /// Packs asked for; none: the built-in one whose validity holds `as_of`.
    pub packs: Vec<PackChoice>,
    /// Date of the evaluation.
    pub as_of: Date,
    /// How its columns are understood.
    pub columns: Columns,
    /// Catalogues beside that of the socle, in order.
    pub catalogues: Vec<PathBuf>,
    /// Health registers joined by identifier, in order.
    pub registers: Vec<PathBuf>,
    /// The key file under which identifiers are masked.
    pub mask: Option<PathBuf>,
}

/// How the columns of an inventory are understood.
#[derive(Debug)]
pub struct Columns {
    /// Headers that the user gave to fields: (field, header).
    pub map: Vec<(String, String)>,
    /// Fields whose blank cells mean "no".
    pub blank_no: Vec<String>,
    /// The encoding of texts.
    pub encoding: Option<CodePage>,
    /// The sheet of workbooks, by name or number.
    pub sheet: Option<String>,
    /// The row of the header in workbooks, from 1.
    pub header_row: Option<u32>,
    /// Bounds of the readers.
    pub bounds: Bounds,
    /// The file that says all this.
    pub mapping: Option<MappingFile>,
}

impl Columns {
    /// What is said of the columns.
    pub(super) fn mapping(&self) -> MappingOptions {
        let own =
            MappingOptions { map: self.map.clone(), blank_is_no: self.blank_no.clone(), ..MappingOptions::default() };
        match &self.mapping {
            Some(file) => own.with(file.clone()),
            None => own,
        }
    }

    /// What readers are told.
    pub(super) fn reader(&self) -> inventory::Options {
        let file = self.mapping.as_ref();
        self.bounds.apply(inventory::Options {
            encoding: self.encoding.or_else(|| file.and_then(|file| file.encoding)),
            sheet: self.sheet.clone().or_else(|| file.and_then(|file| file.sheet.clone())),
            header_row: self.header_row.or_else(|| file.and_then(|file| file.header_row)),
            ..Default::default()
        })
    }
}

impl Reading {
    /// The files read beside the inventories.
    pub(super) fn beside(&self) -> impl Iterator<Item = &PathBuf> {
        self.catalogues.iter().chain(&self.registers).chain(&self.mask)
    }

    /// Those of them that evidence keeps, with the options that name them: neither registers, which are big, nor keys.
    pub(super) fn kept(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let mapping = self.columns.mapping.iter().map(|file| ("mapping", Path::new(&file.name)));
        self.catalogues.iter().map(|path| ("catalogue", path.as_path())).chain(mapping)
    }

    /// A survey of the rows, one by one, read in this way.
    pub(super) fn survey(&self) -> Survey {
        Survey {
            as_of: self.as_of,
            unit: Unit::Row,
            rollup: Rollup::Worst,
            filter: None,
            mapping: self.columns.mapping(),
            stale: None,
            strict: false,
            threads: 1,
            reader: self.columns.reader(),
        }
    }
}

/// An earlier inventory, and its date.
#[derive(Debug)]
pub struct Previous {
    /// The inventories.
    pub inputs: Vec<Input>,
    /// Their date.
    pub as_of: Date,
}

impl Previous {
    /// The same, to be opened when their turn comes.
    pub(super) fn earlier(&self) -> audit::Earlier<'_> {
        audit::Earlier { inputs: self.inputs.iter().map(open).collect(), as_of: self.as_of }
    }
}

/// Adds the options that give an earlier inventory.
pub(super) fn previous_options(command: Command, w: Words) -> Command {
    command
        .arg(
            w.option(
                "previous",
                ("FICHIER", "FILE"),
                "Inventaire plus ancien de la même population, d'où compter l'allure des cibles ; répétable",
                "Earlier inventory of the same population, to count the pace of the targets from; repeatable",
            )
            .value_parser(clap::value_parser!(OsString))
            .value_hint(ValueHint::FilePath)
            .action(ArgAction::Append)
            .requires("previous-as-of"),
        )
        .arg(
            w.option(
                "previous-as-of",
                ("DATE", "DATE"),
                "Date de l'inventaire donné par --previous, AAAA-MM-JJ",
                "Date of the inventory given by --previous, YYYY-MM-DD",
            )
            .requires("previous"),
        )
}

/// Reads what [`previous_options`] added.
pub(super) fn previous(matches: &ArgMatches, faults: &mut Vec<Diagnostic>) -> Option<Previous> {
    let paths: Vec<OsString> = matches.get_many::<OsString>("previous")?.cloned().collect();
    let inputs = collect(inputs::expand(&paths), faults)?;
    let date = matches.get_one::<String>("previous-as-of")?;
    Some(Previous { inputs, as_of: collect(values::date("--previous-as-of", date), faults)? })
}

/// What is asked of inventories, by any command.
#[derive(Debug)]
pub struct Asked {
    /// Inventories, in order.
    pub inputs: Vec<Input>,
    /// Files that the command line names more than once, which are read once.
    pub again: Vec<String>,
    /// What the inventory is read with, shared with `explain`.
    pub reading: Reading,
    /// What is counted.
    pub unit: Unit,
    /// How the rows of one health professional are rolled up.
    pub rollup: Rollup,
    /// Condition that restricts the population.
    pub filter: Option<String>,
    /// How old rows may be before it is said.
    pub stale: Option<Stale>,
    /// A file that cannot be read is exit 2, even among several.
    pub strict: bool,
    /// Threads; `None`: as many as there are cores.
    pub threads: Option<usize>,
    /// Where the result goes: the standard output and files.
    pub outputs: Vec<Output>,
    /// How pages, packages and summaries are made.
    pub dressing: Dressing,
}

/// The inventories.
pub(super) fn inventory(w: Words) -> Arg {
    w.argument(
        "inventory",
        ("INVENTAIRE", "INVENTORY"),
        "Tables (CSV, JSON, XLSX, XLS, ODS), inventaires de machines, archives ou dossiers, compressés ou non ; `-` pour l'entrée standard ; `*`, `?` et `**` sont compris",
        "Tables (CSV, JSON, XLSX, XLS, ODS), inventories of machines, archives or folders, compressed or not; `-` for the standard input; `*`, `?` and `**` are understood",
    )
    .value_parser(clap::value_parser!(OsString))
    .value_hint(ValueHint::FilePath)
    .num_args(1..)
    .required(true)
}

/// The fields that cut the population, each on its own.
pub(super) fn by(w: Words) -> Arg {
    w.option(
        "by",
        ("CHAMP", "FIELD"),
        "Couper la population selon un champ ou un attribut (profession, os.release) ; répétable",
        "Cut the population by a field or an attribute (profession, os.release); repeatable",
    )
    .action(ArgAction::Append)
}

/// Adds the inventories, and the options that every command on them has.
pub(super) fn options(command: Command, w: Words, formats: &[&'static str]) -> Command {
    options_beside(command.arg(inventory(w)), w, formats)
}

/// Adds the options that every command on inventories has, beside their names.
pub(super) fn options_beside(command: Command, w: Words, formats: &[&'static str]) -> Command {
    delivery::options(counting_options(reading_options(command, w), w), w, formats)
}

/// Adds what is counted, and among whom.
pub(super) fn counting_options(command: Command, w: Words) -> Command {
    command
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
        .arg(w.option(
            "where",
            ("CONDITION", "CONDITION"),
            "Ne retenir que les lignes pour lesquelles la condition est vraie",
            "Keep only the rows for which the condition holds",
        ))
        .arg(w.option(
            "stale",
            ("DURÉE", "SPAN"),
            "Dire combien de lignes ont été relevées plus tôt que cela avant la date du jugement (12mo, 90d), ou après elle",
            "Tell how many rows were observed earlier than this before the date of the judgement (12mo, 90d), or after it",
        ))
        .arg(strict(w))
        .arg(w.option(
            "threads",
            ("N", "N"),
            "Nombre de fils d'exécution ; sans cette option, autant que de cœurs",
            "Number of threads; by default as many as cores",
        ))
}

/// Whether one bad inventory among several stops the work.
pub(super) fn strict(w: Words) -> Arg {
    w.flag(
        "strict",
        "Sortir en 2 dès qu'un inventaire est illisible, même parmi plusieurs",
        "Exit 2 as soon as an inventory cannot be read, even among several",
    )
}

/// Options that `audit` and `explain` share.
pub(super) fn reading_options(command: Command, w: Words) -> Command {
    let command = command
        .arg(
            w.option(
                "pack",
                ("NOM[@EXIGENCE]|DOSSIER", "NAME[@REQ]|DIR"),
                "Pack de règles (pro-ps, pro-ps@^1.4, ./mon-pack) ; répétable ; sans cette option, celui en vigueur à la date",
                "Pack of rules (pro-ps, pro-ps@^1.4, ./my-pack); repeatable; by default the one in force on the date",
            )
            .action(ArgAction::Append),
        )
        .arg(as_of(w));
    column_options(command, w).arg(
            w.option(
                "catalogue",
                ("FICHIER", "FILE"),
                "Ajouter un catalogue d'agréments (TOML) à celui du socle : ce qu'ont les versions d'un produit, ce qu'offre un éditeur ; répétable",
                "Add a catalogue of approvals (TOML) to that of the socle: what the versions of a product have, what an editor offers; repeatable",
            )
            .value_parser(clap::value_parser!(PathBuf))
            .value_hint(ValueHint::FilePath)
            .action(ArgAction::Append),
    )
        .arg(
            w.option(
                "register",
                ("FICHIER", "FILE"),
                "Joindre un registre de santé (RPPS en libre accès, FINESS) par l'identifiant : profession et département que l'inventaire ne dit pas ; répétable",
                "Join a health register (open RPPS, FINESS) by identifier: profession and department that the inventory does not tell; repeatable",
            )
            .value_parser(clap::value_parser!(PathBuf))
            .value_hint(ValueHint::FilePath)
            .action(ArgAction::Append),
        )
        .arg(mask(w))
}

/// The option of a key that masks identifiers.
pub(super) fn mask(w: Words) -> Arg {
    w.option(
        "mask",
        ("CLÉ", "KEYFILE"),
        "Masquer les identifiants dans tout ce qui est écrit, sous la clé de ce fichier (32 octets au moins, au hasard) : le même numéro a le même masque partout",
        "Mask identifiers in all that is written, under the key in this file (at least 32 random bytes): the same number has the same mask everywhere",
    )
    .value_parser(clap::value_parser!(PathBuf))
    .value_hint(ValueHint::FilePath)
}

/// Options that say how the columns of inventories are understood.
pub(super) fn column_options(command: Command, w: Words) -> Command {
    bounds::options(command, w)
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
        .arg(
            w.option(
                "mapping",
                ("FICHIER", "FILE"),
                "Fichier (TOML) qui dit quelles colonnes donnent quels champs, ce qui est ignoré et ce que disent les cases vides",
                "File (TOML) that says which columns give which fields, what is ignored and what blank cells say",
            )
            .value_parser(clap::value_parser!(PathBuf))
            .value_hint(ValueHint::FilePath),
        )
        .arg(w.option(
            "encoding",
            ("NOM", "NAME"),
            "Encodage des textes que rien n'annonce : windows-1252, iso-8859-15, ibm850 (consoles), macintosh ; sans cette option, \
             UTF-8, à défaut Windows-1252",
            "Encoding of texts that nothing announces: windows-1252, iso-8859-15, ibm850 (consoles), macintosh; by default UTF-8, \
             else Windows-1252",
        ))
        .arg(w.option(
            "sheet",
            ("NOM|N", "NAME|N"),
            "Feuille des classeurs, par son nom ou son rang ; sans cette option, la première visible qui a une table",
            "Sheet of workbooks, by name or number; by default the first visible one that holds a table",
        ))
        .arg(w.option(
            "header-row",
            ("N", "N"),
            "Ligne de l'en-tête dans les classeurs et les fichiers CSV, à partir de 1 ; sans cette option, elle est cherchée",
            "Row of the header in workbooks and CSV files, from 1; by default it is looked for",
        ))
}

/// The option of a folder of evidence.
pub(super) fn evidence(w: Words) -> Arg {
    w.option(
        "evidence",
        ("DOSSIER", "DIR"),
        "Écrire aussi de quoi refaire le résultat : résultat, règles, dérogations, empreintes (`vigie verify`)",
        "Also write what it takes to make the result again: result, rules, waivers, digests (`vigie verify`)",
    )
    .value_parser(clap::value_parser!(PathBuf))
    .value_hint(ValueHint::DirPath)
}

/// The option of a file of waivers.
pub(super) fn derogations(w: Words) -> Arg {
    w.option(
        "derogations",
        ("FICHIER", "FILE"),
        "Dérogations (TOML) : règle, portée, raison, auteur et dernier jour ; ce qu'elles couvrent est compté à part",
        "Waivers (TOML): rule, scope, reason, author and last day; what they cover is counted apart",
    )
    .value_parser(clap::value_parser!(PathBuf))
    .value_hint(ValueHint::FilePath)
}

pub(super) fn as_of(w: Words) -> Arg {
    w.option(
        "as-of",
        ("DATE", "DATE"),
        "Date du jugement, AAAA-MM-JJ ; sans cette option, celle du système",
        "Date of the judgement, YYYY-MM-DD; by default that of the system",
    )
}

/// Reads what [`reading_options`] added.
pub(super) fn reading(matches: &ArgMatches, faults: &mut Vec<Diagnostic>) -> Reading {
    Reading {
        packs: strings(matches, "pack").iter().filter_map(|v| collect(values::pack(v), faults)).collect(),
        as_of: super::as_of_date(matches, faults),
        columns: columns(matches, faults),
        catalogues: matches.get_many::<PathBuf>("catalogue").into_iter().flatten().cloned().collect(),
        registers: matches.get_many::<PathBuf>("register").into_iter().flatten().cloned().collect(),
        mask: matches.get_one::<PathBuf>("mask").cloned(),
    }
}

/// Reads what [`column_options`] added.
pub(super) fn columns(matches: &ArgMatches, faults: &mut Vec<Diagnostic>) -> Columns {
    Columns {
        map: strings(matches, "map").iter().filter_map(|v| collect(values::mapping(v), faults)).collect(),
        blank_no: strings(matches, "blank").iter().filter_map(|v| collect(values::blank(v), faults)).collect(),
        sheet: matches.get_one::<String>("sheet").cloned(),
        encoding: matches.get_one::<String>("encoding").and_then(|v| collect(values::encoding(v), faults)),
        header_row: matches.get_one::<String>("header-row").and_then(|v| collect(values::header_row(v), faults)),
        bounds: bounds::read(matches, faults),
        mapping: matches.get_one::<PathBuf>("mapping").and_then(|path| collect(mapping_file(path), faults)),
    }
}

fn mapping_file(path: &Path) -> Result<MappingFile, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::read(path, &error))?;
    Ok(MappingFile::read(&path.to_string_lossy(), &bytes)?)
}

/// Reads what [`inventory`] added; `again` receives the names of what is named more than once.
pub(super) fn inputs(matches: &ArgMatches, again: &mut Vec<String>, faults: &mut Vec<Diagnostic>) -> Vec<Input> {
    let arguments: Vec<OsString> = matches.get_many::<OsString>("inventory").into_iter().flatten().cloned().collect();
    collect(inputs::expand_noting(&arguments, again), faults).unwrap_or_default()
}

/// Reads what [`options`] added.
pub(super) fn asked(matches: &ArgMatches, formats: &[&'static str], faults: &mut Vec<Diagnostic>) -> Asked {
    let mut again = Vec::new();
    let asked = asked_of(matches, |faults| inputs(matches, &mut again, faults), formats, faults);
    Asked { again, ..asked }
}

/// Reads what [`options_beside`] added.
pub(super) fn asked_of(
    matches: &ArgMatches,
    inputs: impl FnOnce(&mut Vec<Diagnostic>) -> Vec<Input>,
    formats: &[&'static str],
    faults: &mut Vec<Diagnostic>,
) -> Asked {
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let reading = reading(matches, faults);
    let unit = values::unit(text("unit"));
    if matches.value_source("rollup") == Some(ValueSource::CommandLine) && unit != Unit::Ps {
        let message = text!(
            "`--rollup` dit comment réunir les postes d'un professionnel, et les professionnels ne sont pas comptés",
            "`--rollup` tells how to roll up the workstations of a professional, and professionals are not counted"
        );
        let help = text!("ajouter `--unit ps`, ou retirer `--rollup`", "add `--unit ps`, or take `--rollup` out");
        faults.push(Diagnostic::error("cli/conflict", message).help(help));
    }
    Asked {
        inputs: inputs(faults),
        again: Vec::new(),
        unit,
        rollup: if text("rollup") == Some("best") { Rollup::Best } else { Rollup::Worst },
        filter: text("where").map(str::to_owned),
        stale: text("stale").and_then(|v| collect(values::stale(v, reading.as_of), faults)),
        strict: matches.get_flag("strict"),
        threads: text("threads").and_then(|v| collect(values::threads(v), faults)),
        outputs: delivery::outputs(matches, formats, faults),
        dressing: dress::dressing(matches, formats, faults),
        reading,
    }
}

impl Asked {
    /// How the inventories are read, and what is counted.
    pub(super) fn survey(&self) -> Survey {
        Survey {
            unit: self.unit,
            rollup: self.rollup,
            filter: self.filter.clone(),
            stale: self.stale.clone(),
            strict: self.strict,
            threads: self.threads.unwrap_or_else(cores),
            ..self.reading.survey()
        }
    }

    /// A progress bar over the bytes of the inventories.
    pub(super) fn progress(&self, console: &Console) -> Progress {
        inputs::say_again(&self.again, console);
        for input in &self.inputs {
            let name = input.name();
            let shown = visible_line(&name);
            console.detail(&text!("à lire : `{shown}`", "to be read: `{shown}`"));
        }
        let sizes: Option<Vec<u64>> = self.inputs.iter().map(Input::size).collect();
        Progress::start(console, sizes.map(|sizes| sizes.iter().sum()))
    }

    /// Says why the gate is closed, unless a format for people says it itself.
    pub(super) fn say_closed(&self, reason: &Text, console: &mut Console) {
        if !delivery::told_to_people(&self.outputs) {
            let Text { fr, en } = reason;
            console.note(&text!("refusé : {fr}", "refused: {en}"));
        }
    }

    /// Files written twice, or written over what is read.
    ///
    /// `read` and `also` are files read and written beside the inventories and the outputs.
    pub(super) fn clashes<'p>(
        &'p self,
        read: impl Iterator<Item = &'p PathBuf>,
        also: impl Iterator<Item = &'p PathBuf>,
        faults: &mut Vec<Diagnostic>,
    ) {
        let beside = self.reading.beside().chain(read).map(PathBuf::as_path);
        let read = self.inputs.iter().flat_map(Input::paths).chain(beside);
        let written = self.outputs.iter().filter_map(|output| output.path.as_ref());
        delivery::clashes(read, written.chain(also), faults);
    }
}

/// A file, opened when its turn comes.
pub(super) fn open_file(path: &Path) -> audit::Input<'_> {
    let name = Input::File(path.to_owned()).name();
    audit::Input::file(name, move || Ok(Box::new(File::open(path)?)))
}

/// As many threads as there are cores.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// An inventory, opened when its turn comes.
pub(super) fn open(input: &Input) -> audit::Input<'_> {
    let name = input.name();
    match input {
        Input::Stdin => audit::Input::file(name, || Ok(Box::new(io::stdin()))).once(),
        // A pipe is a file by its name alone.
        Input::File(path) if std::fs::metadata(path).is_ok_and(|meta| !meta.is_file()) => open_file(path).once(),
        Input::File(path) => open_file(path),
        Input::Folder(folder) => audit::Input::folder(name, move || Ok(Arc::new(Prefetch::start(Arc::clone(folder))?))),
    }
}
