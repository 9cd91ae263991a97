//! A folder of rules as read: the socle, or a pack. Names, bytes, and the digest that outputs quote.
//!
//! Opens nothing: the files come from the binary ([`Folder::built_in`]) or from whoever read them.

use crate::builtin;
use std::borrow::Cow;

/// A file of a folder of rules.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Name relative to its folder, with `/`.
    pub path: String,
    /// Content as read.
    pub bytes: Cow<'static, [u8]>,
}

/// The TOML files of a folder, hidden ones left out.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Name of the folder itself (`pro-ps`): the id that its pack must have.
    pub id: String,
    /// Path that diagnostics show before the file names (`rules/pro-ps`).
    pub shown: String,
    /// Files, sorted by path.
    pub files: Vec<SourceFile>,
}

impl Folder {
    /// A folder from its files, in any order.
    #[must_use]
    pub fn new(id: impl Into<String>, shown: impl Into<String>, mut files: Vec<SourceFile>) -> Folder {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Folder { id: id.into(), shown: shown.into(), files }
    }

    /// A folder of the rules built into the binary, if there is one of that name.
    #[must_use]
    pub fn built_in(id: &str) -> Option<Folder> {
        let files: Vec<SourceFile> = builtin::folder(id)
            .map(|(name, text)| SourceFile {
                path: name[id.len() + 1..].to_owned(),
                bytes: Cow::Borrowed(text.as_bytes()),
            })
            .collect();
        (!files.is_empty()).then(|| Folder::new(id, format!("rules/{id}"), files))
    }

    /// Names of the packs built into the binary: every folder but the socle, sorted.
    #[must_use]
    pub fn built_in_packs() -> Vec<&'static str> {
        let mut names: Vec<&str> = builtin::files()
            .iter()
            .filter_map(|(name, _)| name.split_once('/'))
            .filter(|(folder, file)| *folder != "socle" && *file == "pack.toml")
            .map(|(folder, _)| folder)
            .collect();
        names.dedup();
        names
    }

    /// The name of a file as diagnostics show it.
    #[must_use]
    pub fn shown_path(&self, file: &SourceFile) -> String {
        if self.shown.is_empty() { file.path.clone() } else { format!("{}/{}", self.shown, file.path) }
    }

    /// `blake3:<hex>` of the folder.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(self.files.iter().map(|file| (file.path.as_str(), file.bytes.as_ref())))
    }
}

/// `blake3:<hex>` of files given as (path relative to the folder, bytes), in any order: each adds its
/// path, a zero byte, its length (8 bytes, little endian) and its bytes, in the order of the paths.
pub fn digest<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_unstable_by_key(|(path, _)| *path);
    let mut hasher = blake3::Hasher::new();
    for (path, bytes) in files {
        hasher.update(path.as_bytes());
        hasher.update(&[0]);
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    format!("blake3:{}", hasher.finalize().to_hex())
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn the_digest_depends_on_names_and_bytes_and_not_on_the_order() {
        let a: (&str, &[u8]) = ("a.toml", b"1");
        let b: (&str, &[u8]) = ("b.toml", b"2");
        assert_eq!(digest([a, b]), digest([b, a]));
        assert_ne!(digest([a, b]), digest([("a.toml", b"12" as &[u8]), ("b.toml", b"")]));
        assert!(digest([]).starts_with("blake3:"));
    }
}
