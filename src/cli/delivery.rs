//! Where a result goes: the standard output and files, each in a format of the command's table.

use super::command::Words;
use super::console::Console;
use super::destination::PendingFile;
use super::failure::Failure;
use super::values::{self, Output};
use super::{collect, strings};
use crate::diag::Diagnostic;
use crate::output::Look;
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

/// Adds `--format` and `--output`.
pub(super) fn options(command: Command, w: Words, formats: &[&'static str]) -> Command {
    let (first, others) = formats.split_first().map_or(("", &[][..]), |(first, others)| (*first, others));
    let list = |by_default: &str, or: &str| {
        let (last, others) = others.split_last().map_or(("", &[][..]), |(last, others)| (*last, others));
        let others: String = others.iter().map(|name| format!(", {name}")).collect();
        format!("{first} ({by_default}){others} {or} {last}")
    };
    let (fr, en) = (list("sans cette option", "ou"), list("by default", "or"));
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
        _ => faults.push(Diagnostic::error(
            "cli/conflict",
            text!(
                "la sortie standard ne reçoit qu'un format : `--format` ou un seul `--output FORMAT=-`",
                "the standard output takes one format: `--format` or a single `--output FORMAT=-`"
            ),
        )),
    }
    outputs
}

/// Whether the standard output takes a format for people.
pub(super) fn told_to_people(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| output.path.is_none() && matches!(output.format, "text" | "markdown"))
}

/// Files written twice, or written over what is read.
pub(super) fn clashes<'p>(
    read: impl Iterator<Item = &'p Path>,
    written: impl Iterator<Item = &'p PathBuf>,
    faults: &mut Vec<Diagnostic>,
) {
    let same = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let read: Vec<PathBuf> = read.map(same).collect();
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in written {
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

/// The files of a result, opened before the work and changed only once all are written.
pub(super) struct Destinations<'o, R: 'static> {
    formats: &'static [Format<R>],
    outputs: &'o [Output],
    files: Vec<(&'static str, PendingFile)>,
    also: Vec<PendingFile>,
}

impl<'o, R> Destinations<'o, R> {
    /// Opens the files.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn open(formats: &'static [Format<R>], outputs: &'o [Output]) -> Result<Destinations<'o, R>, Failure> {
        let mut files = Vec::new();
        for output in outputs {
            if let Some(path) = &output.path {
                files.push((output.format, PendingFile::create(path)?));
            }
        }
        Ok(Destinations { formats, outputs, files, also: Vec::new() })
    }

    /// A file that was written by other means, to be changed with the others.
    pub(super) fn also(&mut self, file: Option<PendingFile>) {
        self.also.extend(file);
    }

    /// Writes the result everywhere.
    ///
    /// # Errors
    /// A file that cannot be written; then none is left changed.
    pub(super) fn deliver(mut self, console: &mut Console, result: &R) -> Result<(), Failure> {
        let formats = self.formats;
        let write = |out: &mut dyn Write, name: &str, look: &Look| match formats.iter().find(|known| known.name == name)
        {
            Some(format) => (format.write)(out, result, look),
            None => Ok(()),
        };
        let plain = Look::plain(console.lang());
        for (format, file) in &mut self.files {
            write(file, format, &plain).map_err(|error| Failure::write(file.path(), &error))?;
        }
        for file in self.files.into_iter().map(|(_, file)| file).chain(self.also) {
            file.commit()?;
        }
        for output in self.outputs.iter().filter(|output| output.path.is_none()) {
            console.print(|out, look| write(out, output.format, look))?;
        }
        Ok(())
    }
}
