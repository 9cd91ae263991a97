//! Files that vigie writes: under a temporary name in the same folder, then renamed, so that nobody ever
//! reads half a file and a failed run leaves the previous one alone.

use super::failure::Failure;
use crate::output::rows::Revocable;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file being written; dropped before [`PendingFile::commit`], it leaves nothing behind.
pub struct PendingFile {
    out: BufWriter<File>,
    /// Name as given.
    path: PathBuf,
    /// The temporary name, and the one it will take; `None` for what is not a regular file.
    rename: Option<(PathBuf, PathBuf)>,
}

impl PendingFile {
    /// Starts writing a file.
    ///
    /// # Errors
    /// When the folder does not exist or cannot be written.
    pub fn create(path: &Path) -> Result<PendingFile, Failure> {
        PendingFile::try_create(path).map_err(|error| Failure::write(path, &error))
    }

    /// Starts writing at the end of a file, when there is one: after its content, which stays as it is.
    ///
    /// # Errors
    /// When the folder does not exist or cannot be written, or when the file cannot be read.
    pub fn add_to(path: &Path) -> Result<PendingFile, Failure> {
        let mut file = PendingFile::create(path)?;
        file.copy_from_target().map_err(|error| Failure::write(path, &error))?;
        Ok(file)
    }

    fn copy_from_target(&mut self) -> io::Result<()> {
        let Some((_, target)) = &self.rename else { return Ok(()) };
        let before = match fs::read(target) {
            Ok(before) => before,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        self.out.write_all(&before)?;
        // Two pages are two blocks of Markdown.
        match before.last() {
            None => Ok(()),
            Some(b'\n') => self.out.write_all(b"\n"),
            Some(_) => self.out.write_all(b"\n\n"),
        }
    }

    fn try_create(path: &Path) -> io::Result<PendingFile> {
        let existing = fs::metadata(path).ok();
        if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // A device or a named pipe is written to, not replaced.
        if existing.as_ref().is_some_and(|meta| !meta.is_file()) {
            let out = BufWriter::new(OpenOptions::new().write(true).open(path)?);
            return Ok(PendingFile { out, path: path.to_owned(), rename: None });
        }
        // A link keeps pointing where it points: the file behind it is replaced.
        let target = if existing.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
        if existing.as_ref().is_some_and(|meta| meta.permissions().readonly()) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let (file, temporary) =
            beside(&target, |temporary| OpenOptions::new().write(true).create_new(true).open(temporary))?;
        if let Some(meta) = existing {
            // Best effort: some file systems have no permissions to keep.
            let _ = file.set_permissions(meta.permissions());
        }
        Ok(PendingFile {
            out: BufWriter::with_capacity(1 << 16, file),
            path: path.to_owned(),
            rename: Some((temporary, target)),
        })
    }

    /// Name as given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what is left and gives the file its name.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn commit(mut self) -> Result<(), Failure> {
        self.try_commit().map_err(|error| Failure::write(&self.path, &error))
    }

    fn try_commit(&mut self) -> io::Result<()> {
        self.out.flush()?;
        if let Some((temporary, target)) = &self.rename {
            fs::rename(temporary, target)?;
            self.rename = None;
        }
        Ok(())
    }
}

/// A file of our own, written then read back; it leaves nothing behind.
pub(super) struct Spool {
    out: BufWriter<File>,
    path: PathBuf,
}

impl Spool {
    /// Starts one beside a file, or among temporary files.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn create(near: Option<&Path>) -> Result<Spool, Failure> {
        let target = near.map_or_else(|| std::env::temp_dir().join("vigie"), Path::to_path_buf);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        // It may hold identifiers.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let made = beside(&target, |path| options.open(path)).map_err(|error| Failure::write(&target, &error))?;
        Ok(Spool { out: BufWriter::with_capacity(1 << 16, made.0), path: made.1 })
    }

    /// What was written.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn lines(&mut self) -> io::Result<BufReader<&File>> {
        self.out.flush()?;
        Ok(BufReader::with_capacity(1 << 16, self.out.get_ref()))
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Revocable for Spool {
    fn held(&mut self) -> io::Result<u64> {
        self.out.stream_position()
    }

    fn cut_back(&mut self, held: u64) -> io::Result<()> {
        self.out.flush()?;
        self.out.get_ref().set_len(held)?;
        self.out.seek(SeekFrom::Start(held)).map(drop)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// A folder being written beside its place; dropped before [`PendingFolder::commit`], it leaves nothing behind.
pub(super) struct PendingFolder {
    /// Name as given.
    path: PathBuf,
    /// The temporary name; `None` once committed.
    temporary: Option<PathBuf>,
    /// A folder of the same kind stands there already.
    replaces: bool,
}

impl PendingFolder {
    /// The file that makes a folder one of ours.
    const MARK: &'static str = "datapackage.json";

    /// Where the folder will be.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Starts writing a folder.
    ///
    /// # Errors
    /// When it cannot be made, or when something else stands there: only an empty folder, or one that holds
    /// `datapackage.json`, is replaced.
    pub(super) fn create(path: &Path) -> Result<PendingFolder, Failure> {
        PendingFolder::try_create(path).map_err(|error| Failure::write(path, &error))
    }

    fn try_create(path: &Path) -> io::Result<PendingFolder> {
        let replaces = match fs::read_dir(path) {
            Ok(mut entries) => {
                if entries.next().is_some() && !path.join(Self::MARK).is_file() {
                    return Err(io::ErrorKind::DirectoryNotEmpty.into());
                }
                true
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        let target = if replaces { fs::canonicalize(path)? } else { path.to_owned() };
        let temporary = beside(&target, |temporary| fs::create_dir(temporary))?.1;
        Ok(PendingFolder { path: target, temporary: Some(temporary), replaces })
    }

    /// Writes a file of it.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let Some(temporary) = &self.temporary else { return Ok(()) };
        fs::write(temporary.join(name), bytes).map_err(|error| Failure::write(&self.path.join(name), &error))
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn commit(mut self) -> Result<(), Failure> {
        self.try_commit().map_err(|error| Failure::write(&self.path, &error))
    }

    fn try_commit(&mut self) -> io::Result<()> {
        let Some(temporary) = &self.temporary else { return Ok(()) };
        if self.replaces {
            // A folder cannot be renamed over one that is not empty.
            let old =
                beside(&self.path, |old| if old.exists() { Err(io::ErrorKind::AlreadyExists.into()) } else { Ok(()) })?
                    .1;
            fs::rename(&self.path, &old)?;
            if let Err(error) = fs::rename(temporary, &self.path) {
                fs::rename(&old, &self.path)?;
                return Err(error);
            }
            self.temporary = None;
            return fs::remove_dir_all(old);
        }
        fs::rename(temporary, &self.path)?;
        self.temporary = None;
        Ok(())
    }
}

impl Drop for PendingFolder {
    fn drop(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            let _ = fs::remove_dir_all(temporary);
        }
    }
}

/// Makes something under a hidden name beside another that is not taken: what was made, and its name.
fn beside<T>(target: &Path, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
    let name = target.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut attempt = 0u32;
    loop {
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let temporary = target.with_file_name(hidden);
        match make(&temporary) {
            Ok(made) => return Ok((made, temporary)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Revocable for PendingFile {
    fn held(&mut self) -> io::Result<u64> {
        // What is not a regular file has no length to come back to.
        if self.rename.is_some() { self.out.stream_position() } else { Ok(0) }
    }

    fn cut_back(&mut self, held: u64) -> io::Result<()> {
        if self.rename.is_none() {
            return Err(io::ErrorKind::NotSeekable.into());
        }
        self.out.flush()?;
        self.out.get_ref().set_len(held)?;
        self.out.seek(SeekFrom::Start(held)).map(drop)
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        if let Some((temporary, _)) = self.rename.take() {
            let _ = fs::remove_file(temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, "before").unwrap();
        let mut file = PendingFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(names(folder.path()), ["a.json"]);

        let mut file = PendingFile::create(&path).unwrap();
        file.write_all(b"after").unwrap();
        file.commit().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after");
        assert_eq!(names(folder.path()), ["a.json"]);
    }

    #[test]
    fn what_is_added_comes_after_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.md");
        for (text, expected) in [("one\n", "one\n"), ("two", "one\n\ntwo"), ("three\n", "one\n\ntwo\n\nthree\n")] {
            let mut file = PendingFile::add_to(&path).unwrap();
            file.write_all(b"half").unwrap();
            drop(file);
            let mut file = PendingFile::add_to(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file.commit().unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        }
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        let folder = tempfile::tempdir().unwrap();
        assert!(PendingFile::create(&folder.path().join("absent/a.json")).is_err());
        assert!(PendingFile::create(folder.path()).is_err());
    }

    #[test]
    fn a_folder_appears_whole_and_replaces_only_its_like() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paquet");
        for text in ["before", "after"] {
            let pending = PendingFolder::create(&path).unwrap();
            pending.write("datapackage.json", text.as_bytes()).unwrap();
            pending.write(&format!("{text}.csv"), b"").unwrap();
            drop(PendingFolder::create(&path).unwrap());
            pending.commit().unwrap();
            assert_eq!(fs::read_to_string(path.join("datapackage.json")).unwrap(), text);
        }
        assert_eq!(names(&path), ["after.csv", "datapackage.json"]);
        assert_eq!(names(folder.path()), ["paquet"]);
        fs::remove_file(path.join("datapackage.json")).unwrap();
        assert!(PendingFolder::create(&path).is_err());
        assert!(PendingFolder::create(&path.join("after.csv")).is_err());
        assert_eq!(names(&path), ["after.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_links_are_not_replaced() {
        let mut null = PendingFile::create(Path::new("/dev/null")).unwrap();
        null.write_all(b"x").unwrap();
        null.commit().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());

        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "before").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let mut file = PendingFile::create(&link).unwrap();
        file.write_all(b"after").unwrap();
        file.commit().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "after");
    }
}
