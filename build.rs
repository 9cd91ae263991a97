//! Lists every file of `rules/` with its text, for `src/builtin.rs`: an installed `vigie` needs no folder.
//!
//! An outline goes with each: where its keys and values stand, so that `vigie` need not parse it at each start.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("rules");
    println!("cargo:rerun-if-changed=rules");
    let mut files = Vec::new();
    if root.is_dir() {
        collect(&root, &root, &mut files)?;
    }
    files.sort();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let (mut code, mut outlines) = (String::from("&[\n"), String::from("&[\n"));
    for (number, (name, path)) in files.iter().enumerate() {
        println!("cargo:rerun-if-changed={}", path.display());
        let _ = writeln!(code, "    ({name:?}, include_str!({:?})),", path.display().to_string());
        let outline = out.join(format!("{number}.outline"));
        fs::write(&outline, outline_of(&fs::read_to_string(path)?))?;
        let _ = writeln!(outlines, "    include_bytes!({:?}),", outline.display().to_string());
    }
    code.push_str("]\n");
    outlines.push_str("]\n");
    fs::write(out.join("rules.rs"), code)?;
    fs::write(out.join("outlines.rs"), outlines)
}

/// What a TOML text holds, and where, as `src/builtin.rs` reads it back; empty when it is no TOML.
fn outline_of(text: &str) -> Vec<u8> {
    let mut outline = Outline { text, out: Vec::new() };
    if let Ok(table) = DeTable::parse(text) {
        outline.table(table.get_ref());
    }
    outline.out
}

struct Outline<'t> {
    text: &'t str,
    out: Vec<u8>,
}

impl Outline<'_> {
    /// Seven bits a byte, the lowest first; the highest bit says that there is more.
    fn number(&mut self, mut number: usize) {
        while number > 127 {
            self.out.push(number as u8 | 128);
            number >>= 7;
        }
        self.out.push(number as u8);
    }

    fn place(&mut self, span: std::ops::Range<usize>) {
        self.number(span.start);
        self.number(span.len());
    }

    /// Its length, then where it stands in the text; 0 and itself when it is not written there as it is meant.
    fn string(&mut self, string: &str) {
        self.number(string.len());
        let at = (string.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize);
        match at.filter(|at| at + string.len() <= self.text.len()) {
            Some(at) => self.number(1 + at),
            None => {
                self.number(0);
                self.out.extend(string.as_bytes());
            }
        }
    }

    fn table(&mut self, table: &DeTable<'_>) {
        self.number(table.len());
        for (key, value) in table {
            self.place(key.span());
            self.string(key.get_ref());
            self.value(value);
        }
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>) {
        let kind = match value.get_ref() {
            DeValue::String(_) => b's',
            DeValue::Array(_) => b'a',
            DeValue::Table(_) => b't',
            _ => b'v',
        };
        self.out.push(kind);
        self.place(value.span());
        match value.get_ref() {
            DeValue::String(string) => self.string(string),
            DeValue::Table(table) => self.table(table),
            DeValue::Array(items) => {
                self.number(items.len());
                items.iter().for_each(|item| self.value(item));
            }
            // Read again from where it stands.
            _ => {}
        }
    }
}

/// Files of a folder and of the folders in it, named from the root with `/`, hidden ones left out.
fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let parts: Vec<_> =
                path.strip_prefix(root).unwrap_or(&path).iter().map(|part| part.to_string_lossy()).collect();
            files.push((parts.join("/"), path));
        }
    }
    Ok(())
}
