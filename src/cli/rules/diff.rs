//! `vigie rules diff`: what a new pack changes, in its rules and on an inventory.

use crate::audit::{self, ImpactOptions, RulesDiff, Side};
use crate::cli::command::Words;
use crate::cli::console::Console;
use crate::cli::delivery::{self, Destinations, Format, names};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::rulebook::Rulebook;
use crate::cli::survey::{self, Asked};
use crate::cli::values::{self, PackChoice};
use crate::cli::{Common, collect, strings};
use crate::diag::Diagnostic;
use crate::output::csv::Dialect;
use crate::output::{diff, typographic};
use crate::pack::Pack;
use crate::text;
use clap::{ArgAction, ArgMatches, Command, ValueHint};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What to compare.
#[derive(Debug)]
pub(super) struct Options {
    /// The old pack, as given.
    old: String,
    /// The new one.
    new: String,
    /// The inventories, if any, how they are read, and where the result goes.
    asked: Asked,
    /// Fields that cut the population.
    by: Vec<String>,
}

/// What the command can write.
const FORMATS: [Format<RulesDiff>; 5] = [
    Format { name: "text", write: |mut out, told, look| diff::write_text(&mut out, told, look) },
    Format { name: "json", write: |mut out, told, _| diff::write_json(&mut out, told) },
    Format { name: "csv", write: |mut out, told, _| diff::write_csv(&mut out, told, Dialect::Exact) },
    Format {
        name: "csv-excel",
        write: |mut out, told, look| diff::write_csv(&mut out, told, Dialect::Excel(look.lang)),
    },
    Format { name: "markdown", write: |mut out, told, look| diff::write_markdown(&mut out, told, look.lang) },
];

pub(super) fn command(w: Words) -> Command {
    let command = w.command(
        "diff",
        "Compare deux packs : règles, faits du socle, et qui change de statut dans un inventaire",
        "Compares two packs: rules, facts of the socle, and who changes status in an inventory",
    );
    let side = |id: &'static str, value: (&str, &str), fr: &str, en: &str| {
        w.argument(id, value, fr, en).required(true).value_hint(ValueHint::DirPath)
    };
    let command = command
        .arg(side(
            "old",
            ("ANCIEN", "OLD"),
            "L'ancien : nom d'un pack (pro-ps@^0.1), dossier d'un pack, ou dossier de règles avec son socle",
            "The old one: name of a pack (pro-ps@^0.1), folder of a pack, or folder of rules with its socle",
        ))
        .arg(side("new", ("NOUVEAU", "NEW"), "Le nouveau, de même", "The new one, likewise"))
        .arg(
            w.option(
                "inventory",
                ("FICHIER", "FILE"),
                "Inventaire où compter qui change de statut ; répétable",
                "Inventory where to count who changes status; repeatable",
            )
            .value_parser(clap::value_parser!(OsString))
            .value_hint(ValueHint::FilePath)
            .action(ArgAction::Append),
        );
    let command = survey::counting_options(survey::reading_options(command, w), w)
        .arg(survey::by(w).requires("inventory"))
        // The packs are the arguments.
        .mut_arg("pack", |arg| arg.hide(true).conflicts_with("old"));
    let examples = w.examples(&[
        ("vigie rules diff panorama-2018 pro-ps", "ce qui a changé entre deux packs", "what changed between two packs"),
        (
            "vigie rules diff pro-ps ./pro-ps-2027 --inventory parc.csv --unit ps",
            "avant d'adopter un pack : qui change de statut, et pourquoi",
            "before adopting a pack: who changes status, and why",
        ),
    ]);
    // Whoever adopts a pack wants to know what it says, whatever is granted meanwhile.
    let note = w.pick(
        "Les dérogations ne sont pas lues : les deux packs sont comparés sur ce qu'ils disent, non sur ce qui est accordé.",
        "Waivers are not read: both packs are compared on what they say, not on what is granted.",
    );
    let after = format!("{examples}\n\n{}", typographic(note, w.0));
    delivery::options(command, w, &names(&FORMATS)).after_help(after)
}

pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let text = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
    let asked = survey::asked(matches, &names(&FORMATS), &mut faults);
    asked.clashes(std::iter::empty(), std::iter::empty(), &mut faults);
    let options = Options { old: text("old"), new: text("new"), asked, by: strings(matches, "by") };
    if faults.is_empty() { Ok(options) } else { Err(faults.into()) }
}

pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let asked = &options.asked;
    let files = Destinations::open(&FORMATS, &asked.outputs)?.within(asked.dressing.max_bytes);
    let mut faults = Vec::new();
    let old = collect(load(&options.old, options, common), &mut faults);
    let new = collect(load(&options.new, options, common), &mut faults);
    let (Some((old_book, old_pack)), Some((new_book, new_pack))) = (old, new) else { return Err(faults.into()) };
    if old_pack.kind != new_pack.kind {
        let (one, two) = (&old_pack.kind, &new_pack.kind);
        return Err(Diagnostic::error(
            "pack/kind",
            text!(
                "les deux packs jugent des données de genres différents : `{one}` et `{two}`",
                "the two packs judge records of different kinds: `{one}` and `{two}`"
            ),
        )
        .into());
    }
    // Two editions of one socle are one: facts and readings are then the same.
    let same = old_book.socle_digest == new_book.socle_digest;
    let (old_pack, new_pack) = ([old_pack], [new_pack]);
    let new_rules = new_book.rules(&new_pack);
    let old_rules = if same { new_book.rules(&old_pack) } else { old_book.rules(&old_pack) };
    let old = Side { rules: &old_rules, name: options.old.clone() };
    let new = Side { rules: &new_rules, name: options.new.clone() };
    let mut told = audit::diff(&old, &new);
    if !asked.inputs.is_empty() {
        let wanted = ImpactOptions { survey: asked.survey(), by: options.by.clone() };
        let progress = asked.progress(console);
        let inputs = asked.inputs.iter().map(survey::open).collect();
        told.impact = Some(audit::pack_impact(inputs, &old, &new, &wanted, &|bytes| progress.tick(bytes))?);
    }
    files.deliver(console, &told)?;
    Ok(Exit::Done)
}

/// One side: a pack, and the rules that it is among.
fn load(name: &str, options: &Options, common: &Common) -> Result<(Rulebook, Pack), Failure> {
    let reading = &options.asked.reading;
    let path = Path::new(name);
    let is_pack = path.join("pack.toml").is_file();
    let root: Option<PathBuf> = match (path.is_dir(), is_pack) {
        // A folder of rules, or a pack that stands beside its socle.
        (true, false) => Some(path.to_owned()),
        (true, true) => path.parent().filter(|root| root.join("socle/socle.toml").is_file()).map(Path::to_owned),
        _ => None,
    };
    let own = Common { rules: root.or_else(|| common.rules.clone()) };
    let book = Rulebook::load(&own)?.with_catalogues(&reading.catalogues)?;
    let choices = match (path.is_dir(), is_pack) {
        (true, true) => vec![PackChoice::Folder(path.to_owned())],
        (true, false) => Vec::new(),
        _ => vec![values::pack(name)?],
    };
    let mut packs = if choices.is_empty() {
        match book.packs(&[])? {
            packs if packs.len() == 1 => packs,
            _ => book.for_inventories(&[], reading.as_of)?,
        }
    } else {
        book.packs(&choices)?
    };
    let pack = packs.pop().ok_or_else(|| {
        Failure::from(Diagnostic::error("pack/unknown", text!("`{name}` n'a aucun pack", "`{name}` has no pack")))
    })?;
    Ok((book, pack))
}
