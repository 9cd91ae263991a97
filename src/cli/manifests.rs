//! Manifests given as arguments, read whole.

use super::failure::Failure;
use super::inputs::Input;
use crate::diag::Diagnostic;
use crate::manifest::{self, Manifest};
use crate::socle::Socle;
use crate::value::Date;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes of a manifest that are read: one more than a manifest may have.
const MOST: u64 = 33 * 1024 * 1024;

/// Bytes of an input that tell whether it is a manifest.
const HEAD: u64 = 64 * 1024;

/// Reads manifests as they stand on a day, or says every fault of all.
///
/// # Errors
/// A file that cannot be read, every fault of every manifest.
pub(super) fn read<'i>(
    inputs: impl IntoIterator<Item = &'i Input>,
    socle: &Socle,
    today: Date,
) -> Result<Vec<Manifest>, Failure> {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let mut manifests = Vec::new();
    for input in inputs {
        match bytes(input).and_then(|bytes| Ok(manifest::read(&input.name(), &bytes, socle, today)?)) {
            Ok(manifest) => manifests.push(manifest),
            Err(Failure::Faults(mut found)) => faults.append(&mut found),
            Err(failure) => return Err(failure),
        }
    }
    if faults.is_empty() { Ok(manifests) } else { Err(faults.into()) }
}

/// Whether an input begins as a manifest does; the standard input, which is read once, is never looked at.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn is_one(input: &Input) -> Result<bool, Failure> {
    match input {
        Input::File(path) => Ok(manifest::is_one(&read_file(path, HEAD)?)),
        Input::Stdin | Input::Folder(_) => Ok(false),
    }
}

fn bytes(input: &Input) -> Result<Vec<u8>, Failure> {
    match input {
        Input::Stdin => {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().take(MOST).read_to_end(&mut bytes);
            read.map_err(|error| Failure::read("-".as_ref(), &error))?;
            Ok(bytes)
        }
        Input::File(path) => read_file(path, MOST),
        Input::Folder(folder) => Err(Failure::read(folder.name.as_ref(), &io::ErrorKind::IsADirectory.into())),
    }
}

fn read_file(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|error| Failure::read(path, &error))?;
    Ok(bytes)
}
