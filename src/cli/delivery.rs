//! Where a result goes: the standard output and files, each in a format of the command's table.

use super::command::Words;
use super::console::Console;
use super::destination::{PendingFile, PendingFolder, Spool};
use super::dress::{self, Dressing};
use super::failure::{Failure, read_or_gone};
use super::values::{self, Output};
use super::{collect, strings};
use crate::diag::{Diagnostic, Lang};
use crate::output::dossier::Dossier;
use crate::output::roster::Roster;
use crate::output::{Look, datapackage, html, markdown, xlsx};
use crate::text;
use clap::{ArgAction, ArgMatches, Command};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A format in which a command can write its result.
pub(super) struct Format<R> {
    /// As in `--format` and `--output`.
    pub(super) name: &'static str,
    /// Writes a result in it.
    pub(super) write: fn(&mut dyn Write, &R, &Look) -> io::Result<()>,
}

/// The names of formats, the one of people in a terminal first.
pub(super) fn names<R, const N: usize>(formats: &[Format<R>; N]) -> [&'static str; N] {
    formats.each_ref().map(|format| format.name)
}

/// The format that is added to the end of its file: GitHub gives one file to a job, for all that it wants to say.
const ADDED: &str = "github-summary";

/// The formats that carry any dossier.
const CARRIERS: [&str; 3] = ["html", "xlsx", "datapackage"];

/// The names of formats, with those that carry a dossier.
pub(super) fn with_carriers<R, const N: usize>(formats: &[Format<R>; N]) -> Vec<&'static str> {
    names(formats).into_iter().chain(CARRIERS).collect()
}

/// Adds `--format` and `--output`.
pub(super) fn options(command: Command, w: Words, formats: &[&'static str]) -> Command {
    let (first, others) = formats.split_first().map_or(("", &[][..]), |(first, others)| (*first, others));
    let list = |by_default: &str, or: &str| {
        let (last, others) = others.split_last().map_or(("", &[][..]), |(last, others)| (*last, others));
        let others: String = others.iter().map(|name| format!(", {name}")).collect();
        format!("{first} ({by_default}){others} {or} {last}")
    };
    let (fr, en) = (list("sans cette option", "ou"), list("by default", "or"));
    let command = dress::options(command, w, formats);
    command
        .arg(w.choice(
            "format",
            ("FORMAT", "FORMAT"),
            formats,
            &format!("Format de la sortie standard : {fr}"),
            &format!("Format of the standard output: {en}"),
        ))
        .arg(
            w.option(
                "output",
                ("FORMAT=CHEMIN", "FORMAT=PATH"),
                "Écrire aussi le résultat dans un fichier (json=audit.json) ; répétable ; `-` remplace la sortie standard",
                "Also write the result to a file (json=audit.json); repeatable; `-` replaces the standard output",
            )
            .action(ArgAction::Append),
        )
}

/// Reads what [`options`] added.
pub(super) fn outputs(matches: &ArgMatches, formats: &[&'static str], faults: &mut Vec<Diagnostic>) -> Vec<Output> {
    let to_files = strings(matches, "output");
    let mut outputs: Vec<Output> =
        to_files.iter().filter_map(|value| collect(values::output(value, formats), faults)).collect();
    let to_stdout = outputs.iter().filter(|output| output.path.is_none()).count();
    let asked = matches.get_one::<String>("format");
    let asked = asked.and_then(|asked| formats.iter().find(|format| *format == asked));
    match (to_stdout, asked) {
        (0, asked) => {
            let format = asked.or(formats.first()).copied();
            outputs.splice(0..0, format.map(|format| Output { format, path: None }));
        }
        (1, None) => {}
        _ => faults.push(one_to_stdout()),
    }
    if outputs.iter().any(|output| output.path.is_none() && output.format == "datapackage") {
        faults.push(
            Diagnostic::error(
                "cli/conflict",
                text!("`datapackage` est un dossier, pas un flux", "`datapackage` is a folder, not a stream"),
            )
            .help(text!("écrire `--output datapackage=DOSSIER`", "write `--output datapackage=DIR`")),
        );
    }
    outputs
}

/// Several formats were asked of the standard output.
pub(super) fn one_to_stdout() -> Diagnostic {
    Diagnostic::error(
        "cli/conflict",
        text!(
            "la sortie standard ne reçoit qu'un format : `--format` ou un seul `--output FORMAT=-`",
            "the standard output takes one format: `--format` or a single `--output FORMAT=-`"
        ),
    )
}

/// Whether the standard output takes a format for people.
pub(super) fn told_to_people(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| output.path.is_none() && matches!(output.format, "text" | "markdown" | "html"))
}

/// Files written twice, or written over what is read.
pub(super) fn clashes<'p>(
    read: impl Iterator<Item = &'p Path>,
    written: impl Iterator<Item = &'p PathBuf>,
    faults: &mut Vec<Diagnostic>,
) {
    let written: Vec<&PathBuf> = written.collect();
    // Folders have many files, and often nothing is written.
    let read: Vec<PathBuf> = read.filter(|_| !written.is_empty()).map(one_name).collect();
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in written {
        let (shown, path) = (path.display(), one_name(path));
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

/// The same for all spellings of a path, of a file that is there or is to be made.
fn one_name(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => Path::new(""),
    };
    let made = || Some(std::fs::canonicalize(folder).ok()?.join(path.file_name()?));
    std::fs::canonicalize(path).ok().or_else(made).unwrap_or_else(|| path.to_owned())
}

/// The installations of a result, line by line, for workbooks.
pub(super) struct Installations {
    /// Their lines: see [`Roster`].
    pub(super) spool: Spool,
    /// Headings of the lines.
    pub(super) heads: Vec<String>,
    /// Places of the identifier and of the status.
    pub(super) places: [usize; 2],
    /// How they are told.
    pub(super) asked: Listed,
}

/// How installations are listed in workbooks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    /// With their identifiers.
    pub(super) identified: bool,
    /// Most rows of a sheet.
    pub(super) rows: usize,
}

impl Listed {
    /// Adds the options.
    pub(super) fn options(command: Command, w: Words) -> Command {
        command
            .arg(w.choice(
                "installations",
                ("IDENTIFIANTS", "IDENTIFIERS"),
                &["masked", "named"],
                "Ajouter au classeur xlsx une ligne par poste : masked sans les identifiants, named avec (ou leur masque, sous --mask)",
                "Add to the xlsx workbook a line a workstation: masked without identifiers, named with them (or their mask, under --mask)",
            ))
            .arg(
                w.option(
                    "sheet-rows",
                    ("N", "N"),
                    "Lignes d'une feuille de ces postes, au plus ; les autres vont aux feuilles suivantes (1048575 sans cette option)",
                    "Most rows of a sheet of these workstations; the others go to the next sheets (1048575 by default)",
                )
                .requires("installations"),
            )
    }

    /// Reads them.
    pub(super) fn asked(matches: &ArgMatches, outputs: &[Output], faults: &mut Vec<Diagnostic>) -> Option<Listed> {
        let identified = matches.get_one::<String>("installations")? == "named";
        if !outputs.iter().any(|output| output.format == "xlsx") {
            faults.push(
                Diagnostic::error(
                    "cli/conflict",
                    text!("`--installations` complète un classeur", "`--installations` completes a workbook"),
                )
                .help(text!("ajouter `--output xlsx=FICHIER`", "add `--output xlsx=FILE`")),
            );
        }
        let mut rows = xlsx::ROWS;
        if let Some(value) = matches.get_one::<String>("sheet-rows") {
            match value.parse().ok().filter(|rows| (1..=xlsx::ROWS).contains(rows)) {
                Some(few) => rows = few,
                None => faults.push(
                    Diagnostic::error(
                        "cli/invalid-value",
                        text!("`--sheet-rows {value}` : valeur illisible", "`--sheet-rows {value}`: unreadable value"),
                    )
                    .help(text!("un nombre de 1 à 1048575", "a number from 1 to 1048575")),
                ),
            }
        }
        Some(Listed { identified, rows })
    }

    /// Starts their file, near the first workbook.
    pub(super) fn spool(outputs: &[Output]) -> Result<Spool, Failure> {
        let near = outputs.iter().filter(|output| output.format == "xlsx").find_map(|output| output.path.as_deref());
        Spool::create(near)
    }
}

fn workbook(out: impl Write + Send, dossier: &Dossier, installations: Option<&mut Installations>) -> io::Result<()> {
    let Some(Installations { spool, heads, places, asked }) = installations else {
        return xlsx::write(out, dossier, None);
    };
    let mut lines = spool.lines()?;
    let (heads, places, Listed { identified, rows }) = (heads.clone(), *places, *asked);
    xlsx::write(out, dossier, Some(Roster { lines: &mut lines, heads, places, identified, rows }))
}

/// How a result is laid out for the formats that carry dossiers.
type LayOut<R> = fn(&R, Lang) -> Dossier;

/// The files of a result, opened before the work and changed only once all are written.
pub(super) struct Destinations<'o, R: 'static> {
    formats: &'static [Format<R>],
    outputs: &'o [Output],
    carried: Option<(LayOut<R>, &'o Dressing)>,
    /// Most bytes of Markdown.
    most: Option<usize>,
    files: Vec<(&'static str, PendingFile)>,
    folders: Vec<PendingFolder>,
    also: Vec<PendingFile>,
    installations: Option<Installations>,
}

impl<'o, R> Destinations<'o, R> {
    /// Opens the files.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn open(formats: &'static [Format<R>], outputs: &'o [Output]) -> Result<Destinations<'o, R>, Failure> {
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for output in outputs {
            match &output.path {
                Some(path) if output.format == "datapackage" => folders.push(PendingFolder::create(path)?),
                Some(path) if output.format == ADDED => files.push((output.format, PendingFile::add_to(path)?)),
                Some(path) => files.push((output.format, PendingFile::create(path)?)),
                None => {}
            }
        }
        Ok(Destinations {
            formats,
            outputs,
            carried: None,
            most: None,
            files,
            folders,
            also: Vec::new(),
            installations: None,
        })
    }

    /// Says how the result is laid out for the formats of [`with_carriers`].
    pub(super) fn carrying(mut self, lay_out: LayOut<R>, dressing: &'o Dressing) -> Destinations<'o, R> {
        self.carried = Some((lay_out, dressing));
        self.within(dressing.max_bytes)
    }

    /// Bounds the bytes of Markdown.
    pub(super) fn within(mut self, most: usize) -> Destinations<'o, R> {
        self.most = Some(most);
        self
    }

    /// A file that was written by other means, to be changed with the others.
    pub(super) fn also(&mut self, file: Option<PendingFile>) {
        self.also.extend(file);
    }

    /// The installations of workbooks, line by line.
    pub(super) fn installations(&mut self, installations: Option<Installations>) {
        self.installations = installations;
    }

    /// Writes the result everywhere.
    ///
    /// # Errors
    /// A file that cannot be written; then none is left changed.
    pub(super) fn deliver(mut self, console: &mut Console, result: &R) -> Result<(), Failure> {
        let lang = console.lang();
        let needed = self.outputs.iter().any(|output| CARRIERS.contains(&output.format));
        let carried = self.carried.filter(|_| needed).map(|(lay_out, dressing)| (lay_out(result, lang), dressing));
        let plain = Look { folders: console.look.folders, ..Look::plain(lang) };
        let mut files = std::mem::take(&mut self.files);
        let mut installations = self.installations.take();
        for (format, file) in &mut files {
            let path = file.path().to_owned();
            // Workbooks of many installations are not made in memory.
            if let ("xlsx", Some((dossier, _))) = (*format, &carried) {
                let written = workbook(file, dossier, installations.as_mut());
                written.map_err(|error| Failure::write(&path, &error))?;
                continue;
            }
            let bytes = self.rendered(format, result, carried.as_ref(), &plain)?;
            let written = match bytes {
                Some(bytes) => file.write_all(&bytes),
                None => self.write(file, format, result, &plain),
            };
            written.map_err(|error| Failure::write(&path, &error))?;
        }
        for folder in &self.folders {
            let Some((dossier, dressing)) = &carried else { continue };
            for (name, bytes) in datapackage::files(dossier, dressing.licence) {
                folder.write(&name, &bytes)?;
            }
        }
        let mut to_stdout = Vec::new();
        for output in self.outputs.iter().filter(|output| output.path.is_none()) {
            let look = console.look;
            let bytes = match (output.format, &carried) {
                ("xlsx", Some((dossier, _))) => {
                    let mut bytes = Vec::new();
                    let written = workbook(&mut bytes, dossier, installations.as_mut());
                    written.map_err(|error| Failure::stdout(&error))?;
                    Some(bytes)
                }
                _ => self.rendered(output.format, result, carried.as_ref(), &look)?,
            };
            to_stdout.push((output.format, bytes));
        }
        let committed = |path: PathBuf, done: Result<(), Failure>| {
            let shown = path.display();
            done.map(|()| console.detail(&text!("écrit : `{shown}`", "written: `{shown}`")))
        };
        for file in files.into_iter().map(|(_, file)| file).chain(std::mem::take(&mut self.also)) {
            committed(file.path().to_owned(), file.commit())?;
        }
        for folder in std::mem::take(&mut self.folders) {
            committed(folder.path().to_owned(), folder.commit())?;
        }
        for (format, bytes) in to_stdout {
            let printed = console.print(|out, look| match bytes {
                Some(bytes) => out.write_all(&bytes),
                None => self.write(out, format, result, look),
            });
            // A gate that is closed stays so for whoever looks at the exit code alone (`| head`).
            read_or_gone(printed)?;
        }
        Ok(())
    }

    /// Writes a format of the command's own table.
    fn write(&self, out: &mut dyn Write, name: &str, result: &R, look: &Look) -> io::Result<()> {
        match self.formats.iter().find(|known| known.name == name) {
            Some(format) => (format.write)(out, result, look),
            None => Ok(()),
        }
    }

    /// The bytes of a format that is made whole before it is written; `None` for the others.
    fn rendered(
        &self,
        format: &str,
        result: &R,
        carried: Option<&(Dossier, &Dressing)>,
        look: &Look,
    ) -> Result<Option<Vec<u8>>, Failure> {
        Ok(match (format, carried, self.most) {
            ("html", Some((dossier, dressing)), _) => {
                let page = html::page(dossier, &dressing.dress);
                Some(page.map_err(|fault| dressing.fault(&fault))?.into_bytes())
            }
            ("markdown", _, Some(most)) => {
                let mut bytes = Vec::new();
                self.write(&mut bytes, format, result, look).map_err(|error| Failure::stdout(&error))?;
                Some(markdown::fit(String::from_utf8_lossy(&bytes).into_owned(), most, look.lang).into_bytes())
            }
            _ => None,
        })
    }
}
