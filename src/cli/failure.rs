//! Why a command could not do its work.

use crate::diag::{Diagnostic, Text};
use crate::text;
use std::io;
use std::path::Path;

/// Why a command stops.
#[derive(Debug)]
pub enum Failure {
    /// Whoever read the standard output is gone: nothing to say. What the work came to is the exit code all the same.
    BrokenPipe,
    /// Exit 2, with everything that is wrong.
    Faults(Vec<Diagnostic>),
}

impl Failure {
    /// A failure of the standard output.
    #[must_use]
    pub fn stdout(error: &io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::BrokenPipe;
        }
        let why = reason(error);
        Diagnostic::error(
            "output/write",
            Text::new(
                format!("écriture impossible sur la sortie standard\u{a0}: {}", why.fr),
                format!("cannot write to the standard output: {}", why.en),
            ),
        )
        .into()
    }

    /// A file that cannot be read.
    #[must_use]
    pub fn read(path: &Path, error: &io::Error) -> Failure {
        let (path, why) = (path.display(), reason(error));
        Diagnostic::error(
            "input/read",
            Text::new(
                format!("lecture impossible de `{path}`\u{a0}: {}", why.fr),
                format!("cannot read `{path}`: {}", why.en),
            ),
        )
        .into()
    }

    /// A file that cannot be written.
    #[must_use]
    pub fn write(path: &Path, error: &io::Error) -> Failure {
        let (path, why) = (path.display(), reason(error));
        Diagnostic::error(
            "output/write",
            Text::new(
                format!("écriture impossible de `{path}`\u{a0}: {}", why.fr),
                format!("cannot write `{path}`: {}", why.en),
            ),
        )
        .into()
    }
}

/// What was printed; that nobody reads it any more changes nothing of what the work came to.
///
/// # Errors
/// Every other failure.
pub(super) fn read_or_gone(printed: Result<(), Failure>) -> Result<(), Failure> {
    match printed {
        Err(Failure::BrokenPipe) => Ok(()),
        printed => printed,
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Failure {
        Failure::Faults(vec![diagnostic])
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Failure {
        Failure::Faults(diagnostics)
    }
}

/// What the system says, in both languages for what people meet.
#[must_use]
pub(super) fn reason(error: &io::Error) -> Text {
    use io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => text!("fichier ou dossier introuvable", "no such file or folder"),
        ErrorKind::PermissionDenied => text!("droits insuffisants", "permission denied"),
        ErrorKind::IsADirectory => text!("c'est un dossier", "it is a folder"),
        ErrorKind::NotADirectory => {
            text!("un élément du chemin n'est pas un dossier", "part of the path is not a folder")
        }
        ErrorKind::AlreadyExists => {
            text!("un fichier porte déjà ce nom", "a file has this name already")
        }
        ErrorKind::DirectoryNotEmpty => {
            text!("ce dossier contient autre chose", "this folder holds something else")
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => text!("plus de place sur le disque", "no space left"),
        ErrorKind::ReadOnlyFilesystem => text!("support en lecture seule", "read-only file system"),
        ErrorKind::InvalidFilename => text!("nom de fichier non valide", "invalid file name"),
        ErrorKind::InvalidData => text!("ce n'est pas du texte UTF-8", "it is not UTF-8 text"),
        _ => Text::same(error.to_string()),
    }
}
