//! The inventories named on the command line. Patterns (`*`, `?`, `**`) are expanded here, for the shells
//! that do not.

use super::console::Console;
use super::failure::Failure;
use crate::diag::Diagnostic;
use crate::inventory::{self, LeftOut};
use crate::output::visible_line;
use crate::text;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// An inventory to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The standard input (`-`).
    Stdin,
    /// A file.
    File(PathBuf),
    /// The files of a folder, or those that a pattern names.
    Folder(Arc<Folder>),
}

/// Files that are one inventory, as far as they are documents of machines.
#[derive(Debug, PartialEq, Eq)]
pub struct Folder {
    /// Name as given.
    pub name: String,
    /// The files: their path relative to the folder, with `/`, and where they are; sorted by path.
    pub files: Vec<(String, PathBuf)>,
    /// What is not looked at.
    pub left: LeftOut,
    /// What is put before a path to name it to people.
    prefix: String,
}

impl Folder {
    /// Every file below a folder, in the order of the paths. Hidden ones are left out, and links but to files of the
    /// folder that nothing else leads to.
    fn read(path: &Path) -> Folder {
        let mut below = Below::default();
        below.descend(path, true);
        below.follow(path);
        let name = shown(path);
        let prefix = if name.ends_with('/') { name.clone() } else { format!("{name}/") };
        Folder { left: below.left, ..Folder::of(name, prefix, path, below.found) }
    }

    /// The files that a pattern names.
    fn matching(pattern: &Path, found: Vec<PathBuf>) -> Folder {
        Folder::of(shown(pattern), String::new(), Path::new(""), found)
    }

    fn of(name: String, prefix: String, root: &Path, found: Vec<PathBuf>) -> Folder {
        let relative = |path: PathBuf| (shown(path.strip_prefix(root).unwrap_or(&path)), path);
        let mut files: Vec<(String, PathBuf)> = found.into_iter().map(relative).collect();
        files.sort();
        Folder { name, files, left: LeftOut::default(), prefix }
    }

    /// The name of a file as people know it.
    #[must_use]
    pub fn name_of(&self, file: usize) -> String {
        format!("{}{}", self.prefix, self.files[file].0)
    }

    /// Where the files are.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(_, path)| path.as_path())
    }
}

/// A path as people know it.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    // The same separators on every system: outputs must not differ.
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

impl Input {
    /// Name as people know it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Input::Stdin => "-".to_owned(),
            Input::File(path) => shown(path),
            Input::Folder(folder) => folder.name.clone(),
        }
    }

    /// The files that it names; the standard input is none.
    #[must_use]
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Input::Stdin => Vec::new(),
            Input::File(path) => vec![path],
            Input::Folder(folder) => folder.paths().collect(),
        }
    }

    /// Size in bytes, when it is known beforehand.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        let of = |path: &Path| fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|meta| meta.len());
        match self {
            Input::Stdin => None,
            Input::File(path) => of(path),
            Input::Folder(folder) => folder.paths().map(of).sum(),
        }
    }
}

/// The inventories that the arguments name: folders and patterns with their files in the order of the paths, a file
/// named twice kept once.
///
/// # Errors
/// A pattern that matches nothing, a folder without a file, a file that is not there: all of them at once.
pub(super) fn expand(arguments: &[OsString]) -> Result<Vec<Input>, Failure> {
    expand_noting(arguments, &mut Vec::new())
}

/// The same; `again` receives the names of what is named more than once.
///
/// # Errors
/// Those of [`expand`].
pub(super) fn expand_noting(arguments: &[OsString], again: &mut Vec<String>) -> Result<Vec<Input>, Failure> {
    let mut inputs: Vec<Input> = Vec::new();
    let mut faults = Vec::new();
    let mut seen = HashSet::new();
    let mut is_new = |path: &Path| {
        // Nothing but another argument can name a file again.
        let new = arguments.len() == 1 || seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()));
        if !new {
            again.push(shown(path));
        }
        new
    };
    for argument in arguments {
        if argument == "-" {
            if !inputs.contains(&Input::Stdin) {
                inputs.push(Input::Stdin);
            }
            continue;
        }
        let path = Path::new(argument);
        let mut folder = match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => Folder::read(path),
            // It would be waited for; the shell's own (`<(…)`, `/dev/stdin`) are there to be read.
            Ok(meta) if !meta.is_file() && !path.starts_with("/dev") && !path.starts_with("/proc") => {
                faults.push(no_regular_file(path));
                continue;
            }
            // A file whose name has a star is that file.
            Ok(_) => {
                if is_new(path) {
                    inputs.push(Input::File(path.to_owned()));
                }
                continue;
            }
            Err(_) if is_pattern(path) => Folder::matching(path, matching(path)),
            Err(error) => {
                if let Failure::Faults(mut found) = Failure::read(path, &error) {
                    faults.append(&mut found);
                }
                continue;
            }
        };
        if folder.files.is_empty() {
            faults.push(no_file(path));
        }
        folder.files.retain(|(_, path)| is_new(path));
        match &folder.files[..] {
            [] => {}
            [(_, file)] if is_pattern(path) => inputs.push(Input::File(file.clone())),
            _ => inputs.push(Input::Folder(Arc::new(folder))),
        }
    }
    if faults.is_empty() { Ok(inputs) } else { Err(faults.into()) }
}

/// Says which files are named more than once, and read once.
pub(super) fn say_again(again: &[String], console: &Console) {
    let Some((first, more)) = again.split_first() else { return };
    let shown = visible_line(first);
    console.note(&match more.len() {
        0 => text!("nommé plus d'une fois, lu une seule : `{shown}`", "named more than once, read once: `{shown}`"),
        more => text!(
            "nommés plus d'une fois, lus une seule : `{shown}` et {more} de plus",
            "named more than once, read once: `{shown}` and {more} more"
        ),
    });
}

/// The inventories that the arguments name, each file on its own: for what is no inventory.
///
/// # Errors
/// Those of [`expand`].
pub(super) fn expand_files(arguments: &[OsString]) -> Result<Vec<Input>, Failure> {
    let each = |input: Input| match input {
        Input::Folder(folder) => folder.paths().map(|path| Input::File(path.to_owned())).collect(),
        input => vec![input],
    };
    Ok(expand(arguments)?.into_iter().flat_map(each).collect())
}

/// Says that the standard input is named by several arguments: it is read once.
pub(super) fn read_once<'i>(inputs: impl Iterator<Item = &'i Input>, faults: &mut Vec<Diagnostic>) {
    if inputs.filter(|input| **input == Input::Stdin).count() > 1 {
        let message = text!(
            "`-` est donné deux fois : l'entrée standard ne se lit qu'une fois",
            "`-` is given twice: the standard input is read once"
        );
        let help = text!("donner l'un des deux par son fichier", "give one of them as a file");
        faults.push(Diagnostic::error("cli/conflict", message).help(help));
    }
}

fn no_file(path: &Path) -> Diagnostic {
    let shown = path.display();
    if path.is_dir() {
        return Diagnostic::error(
            "input/no-match",
            text!("le dossier `{shown}` ne contient aucun fichier", "folder `{shown}` holds no file"),
        )
        .help(text!(
            "les fichiers cachés et les liens vers ailleurs sont laissés de côté",
            "hidden files and links to elsewhere are left out"
        ));
    }
    Diagnostic::error("input/no-match", text!("aucun fichier ne correspond à `{shown}`", "no file matches `{shown}`"))
        .help(text!("`*` ne traverse pas les dossiers, `**` les traverse", "`*` does not cross folders, `**` does"))
}

fn no_regular_file(path: &Path) -> Diagnostic {
    let shown = path.display();
    Diagnostic::error(
        "input/no-file",
        text!(
            "`{shown}` n'est pas un fichier : tube, socket ou périphérique",
            "`{shown}` is no file: a pipe, a socket or a device"
        ),
    )
    .help(text!("pour lire un tube : `- < {shown}`", "to read a pipe: `- < {shown}`"))
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
        let mut below = Below::default();
        below.descend(place, last);
        below.follow(place);
        return below.found;
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

/// What stands below a folder.
#[derive(Default)]
struct Below {
    found: Vec<PathBuf>,
    /// Links to files.
    links: Vec<PathBuf>,
    left: LeftOut,
}

impl Below {
    /// The place itself and every folder below it (or every file below it, when `**` ends the pattern). Links to
    /// folders are not followed: they may come back on themselves.
    fn descend(&mut self, place: &Path, files: bool) {
        if !files {
            self.found.push(place.to_owned());
        }
        let Some(entries) = listed(place) else {
            // What cannot be opened is said when its turn comes.
            self.found.extend(files.then(|| place.to_owned()));
            return;
        };
        for (name, kind) in entries {
            let text = name.to_string_lossy();
            if inventory::is_hidden(&text) {
                self.left.hidden += u64::from(!inventory::is_of_system(&text));
                continue;
            }
            let path = place.join(&name);
            if kind.is_dir() {
                self.descend(&path, files);
            } else if kind.is_file() {
                self.found.extend(files.then_some(path));
            } else if kind.is_symlink() {
                self.links.extend(files.then_some(path));
            } else {
                // It would be waited for.
                self.left.special += 1;
            }
        }
    }

    /// Follows the links to files that are below the folder and that nothing else leads to, in the order of the paths.
    fn follow(&mut self, root: &Path) {
        if self.links.is_empty() {
            return;
        }
        let whole = |path: &Path| fs::canonicalize(path);
        let Ok(root) = whole(if root.as_os_str().is_empty() { Path::new(".") } else { root }) else { return };
        let mut known: HashSet<PathBuf> = self.found.iter().filter_map(|path| whole(path).ok()).collect();
        self.links.sort();
        for link in std::mem::take(&mut self.links) {
            let Ok(target) = whole(&link) else {
                // One that leads nowhere is said when its turn comes.
                self.found.push(link);
                continue;
            };
            if target.is_file() && target.starts_with(&root) && known.insert(target) {
                self.found.push(link);
            } else {
                self.left.links += 1;
            }
        }
    }
}

fn entries(folder: &Path) -> Vec<(OsString, fs::FileType)> {
    listed(folder).unwrap_or_default()
}

/// What a folder holds; `None` when it cannot be opened.
fn listed(folder: &Path) -> Option<Vec<(OsString, fs::FileType)>> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(folder).ok()?;
    Some(entries.flatten().filter_map(|entry| Some((entry.file_name(), entry.file_type().ok()?))).collect())
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
            let files = |input: Input| match input {
                Input::Folder(folder) => (0..folder.files.len()).map(|file| folder.name_of(file)).collect(),
                input => vec![input.name()],
            };
            expand(&arguments).unwrap().into_iter().flat_map(files).map(|name| name.replace(&prefix, "")).collect()
        };
        assert_eq!(names(&["*.csv"]), ["10.csv", "2.csv", "star*.csv"]);
        assert_eq!(names(&["**/*.csv"]), ["10.csv", "2.csv", "b/3.csv", "b/c/4.csv", "star*.csv"]);
        assert_eq!(names(&["star*.csv"]), ["star*.csv"]);
        assert_eq!(names(&["2.csv", "*.csv", "./2.csv", "b/../2.csv"]), ["2.csv", "10.csv", "star*.csv"]);
        assert_eq!(names(&["?/*.csv"]), ["b/3.csv"]);
        assert_eq!(names(&["b"]), ["b/3.csv", "b/c/4.csv"]);
        assert_eq!(names(&["b/c/4.csv", "b/"]), ["b/c/4.csv", "b/3.csv"]);
    }

    #[test]
    fn every_fault_is_said_at_once() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("empty")).unwrap();
        let arguments = ["*.xyz", "absent.csv", "empty"].map(|p| folder.path().join(p).into_os_string());
        let Err(Failure::Faults(faults)) = expand(&arguments) else { panic!("no fault") };
        assert_eq!(
            faults.iter().map(|f| f.code).collect::<Vec<_>>(),
            ["input/no-match", "input/read", "input/no-match"]
        );
    }
}
