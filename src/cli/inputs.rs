//! The inventories named on the command line. Patterns (`*`, `?`, `**`) are expanded here, for the shells
//! that do not.

use super::failure::Failure;
use crate::diag::Diagnostic;
use crate::text;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// An inventory to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The standard input (`-`).
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Input {
    /// Name as people know it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Input::Stdin => "-".to_owned(),
            // The same separators on every system: outputs must not differ.
            Input::File(path) if cfg!(windows) => path.to_string_lossy().replace('\\', "/"),
            Input::File(path) => path.to_string_lossy().into_owned(),
        }
    }

    /// The file, unless it is the standard input.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Input::Stdin => None,
            Input::File(path) => Some(path),
        }
    }

    /// Size in bytes, when it is known beforehand.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        match self {
            Input::Stdin => None,
            Input::File(path) => fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|meta| meta.len()),
        }
    }
}

/// The inventories that the arguments name: patterns expanded in the order of the names, a file named twice
/// kept once.
///
/// # Errors
/// A pattern that matches nothing, a folder, a file that is not there: all of them at once.
pub(super) fn expand(arguments: &[OsString]) -> Result<Vec<Input>, Failure> {
    let mut inputs: Vec<Input> = Vec::new();
    let mut faults = Vec::new();
    let mut seen = HashSet::new();
    for argument in arguments {
        if argument == "-" {
            if !inputs.contains(&Input::Stdin) {
                inputs.push(Input::Stdin);
            }
            continue;
        }
        let path = Path::new(argument);
        let files = match fs::metadata(path) {
            // A file whose name has a star is that file.
            Ok(meta) if meta.is_dir() => {
                faults.push(is_folder(path));
                continue;
            }
            Ok(_) => vec![path.to_owned()],
            Err(_) if is_pattern(path) => matching(path),
            Err(error) => {
                if let Failure::Faults(mut found) = Failure::read(path, &error) {
                    faults.append(&mut found);
                }
                continue;
            }
        };
        if files.is_empty() {
            let shown = path.display();
            faults.push(
                Diagnostic::error(
                    "input/no-match",
                    text!("aucun fichier ne correspond à `{shown}`", "no file matches `{shown}`"),
                )
                .help(text!(
                    "`*` ne traverse pas les dossiers, `**` les traverse",
                    "`*` does not cross folders, `**` does"
                )),
            );
        }
        for file in files {
            let identity = fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
            if seen.insert(identity) {
                inputs.push(Input::File(file));
            }
        }
    }
    if faults.is_empty() { Ok(inputs) } else { Err(faults.into()) }
}

fn is_folder(path: &Path) -> Diagnostic {
    let shown = path.display();
    let pattern = path.join("*.csv");
    let pattern = pattern.display();
    Diagnostic::error("input/folder", text!("`{shown}` est un dossier", "`{shown}` is a folder"))
        .help(text!("donner ses fichiers : `{pattern}`", "give its files: `{pattern}`"))
}

fn is_pattern(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains(['*', '?']))
}

/// Files that match a pattern, in the order of their paths.
fn matching(pattern: &Path) -> Vec<PathBuf> {
    let mut places = vec![PathBuf::new()];
    let parts: Vec<Component<'_>> = pattern.components().collect();
    for (i, part) in parts.iter().enumerate() {
        let last = i + 1 == parts.len();
        places = places.into_iter().flat_map(|place| step(&place, part, last)).collect();
    }
    places.sort();
    places.dedup();
    places
}

/// Where one part of a pattern leads from a place.
fn step(place: &Path, part: &Component<'_>, last: bool) -> Vec<PathBuf> {
    let name = part.as_os_str().to_string_lossy();
    if name == "**" {
        let mut found = Vec::new();
        descend(place, last, &mut found);
        return found;
    }
    if !matches!(part, Component::Normal(_)) || !name.contains(['*', '?']) {
        let next = place.join(part);
        let there = fs::metadata(&next).is_ok_and(|meta| if last { meta.is_file() } else { meta.is_dir() });
        return if there || !matches!(part, Component::Normal(_)) { vec![next] } else { Vec::new() };
    }
    entries(place)
        .into_iter()
        .filter(|(found, _)| matches_name(&name, &found.to_string_lossy()))
        .map(|(found, _)| place.join(found))
        .filter(|path| fs::metadata(path).is_ok_and(|meta| if last { meta.is_file() } else { meta.is_dir() }))
        .collect()
}

/// The place itself and every folder below it (or every file below it, when `**` ends the pattern). Links to
/// folders are not followed: they may come back on themselves.
fn descend(place: &Path, files: bool, found: &mut Vec<PathBuf>) {
    if !files {
        found.push(place.to_owned());
    }
    for (name, kind) in entries(place) {
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let path = place.join(name);
        if kind.is_dir() {
            descend(&path, files, found);
        } else if files {
            found.push(path);
        }
    }
}

fn entries(folder: &Path) -> Vec<(OsString, fs::FileType)> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().filter_map(|entry| Some((entry.file_name(), entry.file_type().ok()?))).collect()
}

/// Whether a name matches a pattern of `*` (any run) and `?` (one character). A name that begins with a dot
/// is matched by a pattern that does too.
fn matches_name(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where to come back to when the last star took too little.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, n));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == name[n]) {
            p += 1;
            n += 1;
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            p = at + 1;
            n = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn names_match_patterns() {
        for (pattern, name, expected) in [
            ("*.csv", "parc.csv", true),
            ("*.csv", "parc.csv.gz", false),
            ("p?rc*", "pàrc-juin.csv", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xxaxxbxx", false),
            ("*", ".cache", false),
            (".*", ".cache", true),
            ("**", "x", true),
            ("?", "", false),
            ("*", "", true),
        ] {
            assert_eq!(matches_name(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn patterns_are_expanded_in_order_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("b/c")).unwrap();
        fs::create_dir_all(root.join(".hidden")).unwrap();
        for file in ["2.csv", "10.csv", "1.txt", "b/3.csv", "b/c/4.csv", ".hidden/5.csv", "star*.csv"] {
            fs::write(root.join(file), "x").unwrap();
        }
        let names = |patterns: &[&str]| -> Vec<String> {
            let arguments: Vec<OsString> = patterns.iter().map(|p| root.join(p).into_os_string()).collect();
            let prefix = format!("{}/", root.display());
            expand(&arguments).unwrap().iter().map(|i| i.name().replace(&prefix, "")).collect()
        };
        assert_eq!(names(&["*.csv"]), ["10.csv", "2.csv", "star*.csv"]);
        assert_eq!(names(&["**/*.csv"]), ["10.csv", "2.csv", "b/3.csv", "b/c/4.csv", "star*.csv"]);
        assert_eq!(names(&["star*.csv"]), ["star*.csv"]);
        assert_eq!(names(&["2.csv", "*.csv", "./2.csv", "b/../2.csv"]), ["2.csv", "10.csv", "star*.csv"]);
        assert_eq!(names(&["?/*.csv"]), ["b/3.csv"]);
    }

    #[test]
    fn every_fault_is_said_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let arguments = ["*.xyz", "absent.csv", "."].map(|p| folder.path().join(p).into_os_string());
        let Err(Failure::Faults(faults)) = expand(&arguments) else { panic!("no fault") };
        assert_eq!(faults.iter().map(|f| f.code).collect::<Vec<_>>(), ["input/no-match", "input/read", "input/folder"]);
    }
}
