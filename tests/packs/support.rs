//! Folders from the disk, the socle and the packs built in.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};
use vigie::diag::{Diagnostic, Lang};
use vigie::folder::{Folder, SourceFile};
use vigie::pack::{Origin, Pack};
use vigie::socle::Socle;

/// The socle built in.
pub(crate) static SOCLE: LazyLock<Socle> =
    LazyLock::new(|| Socle::builtin().unwrap_or_else(|faults| panic!("{}", shown(&faults))));

/// The packs built in.
pub(crate) static PACKS: LazyLock<Vec<Pack>> = LazyLock::new(|| {
    let folders: Vec<Folder> = Folder::built_in_packs().into_iter().filter_map(Folder::built_in).collect();
    Pack::load_all(&folders, &SOCLE, &[], Origin::BuiltIn).unwrap_or_else(|faults| panic!("{}", shown(&faults)))
});

/// A path of the repository.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The TOML files of a folder and of the folders in it.
pub(crate) fn folder(root: &Path) -> Folder {
    let mut files = Vec::new();
    collect(root, root, &mut files);
    let id = root.file_name().unwrap().to_str().unwrap();
    Folder::new(id, "", files)
}

fn collect(root: &Path, at: &Path, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            files.push(SourceFile { path: name, bytes: fs::read(&path).unwrap().into() });
        }
    }
}

/// Diagnostics as text: code, place, what is underlined, message and help in both languages.
pub(crate) fn shown(faults: &[Diagnostic]) -> String {
    let mut out = String::new();
    for fault in faults {
        out += &format!("{:?}[{}]\n", fault.severity, fault.code).to_lowercase();
        for label in &fault.labels {
            let before = &label.source.text[..label.span.start];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
            let underlined = &label.source.text[label.span.clone()];
            out += &format!("  at {}:{line}:{column} `{underlined}`\n", label.source.name);
            out += &format!("     {} / {}\n", label.message.get(Lang::Fr), label.message.get(Lang::En));
        }
        out += &format!("  fr: {}\n  en: {}\n", fault.message.get(Lang::Fr), fault.message.get(Lang::En));
        if let Some(help) = &fault.help {
            out += &format!("  help fr: {}\n  help en: {}\n", help.get(Lang::Fr), help.get(Lang::En));
        }
    }
    out
}

/// Compares a text with a file of the repository, or rewrites the file when `UPDATE` is set.
pub(crate) fn same_as_file(file: &Path, text: &str) -> Result<(), String> {
    if env::var_os("UPDATE").is_some() {
        fs::write(file, text).unwrap();
        return Ok(());
    }
    let written = fs::read_to_string(file).unwrap_or_default();
    if written == text {
        return Ok(());
    }
    Err(format!("{} differs (UPDATE=1 rewrites it)\n--- written\n{written}\n--- found\n{text}", file.display()))
}
