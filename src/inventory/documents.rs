//! Files of a folder or of an archive, given one after the other to whoever asks.

use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::Options;
use super::unpack::{Bounded, Fault};

/// The bytes of a file.
pub type Bytes<'r> = Box<dyn Read + Send + 'r>;

/// A file, opened.
pub struct Entry {
    /// Its number, from 0, in the order of the paths.
    pub number: u32,
    /// Its bytes, or why it cannot be opened.
    pub reader: io::Result<Bytes<'static>>,
}

/// What a folder or an archive holds and nobody looks at: how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Hidden files and folders, those that systems add for themselves not counted.
    pub hidden: u64,
    /// Links to folders, out of the folder, or to what is read already.
    pub links: u64,
    /// Pipes, sockets, devices.
    pub special: u64,
}

/// Files in the order of their paths.
pub trait Documents: Send + Sync {
    /// The next one; any thread may ask, and waits for it.
    fn next(&self) -> Option<Entry>;

    /// The path of a file, relative to what holds them all.
    fn path(&self, number: u32) -> &str;

    /// The same as people name it.
    fn name(&self, number: u32) -> String;

    /// What stands beside them and is not looked at.
    fn left_out(&self) -> LeftOut {
        LeftOut::default()
    }

    /// Opens a file again.
    ///
    /// # Errors
    /// Those of the reading.
    fn open(&self, number: u32) -> io::Result<Bytes<'static>>;
}

/// Whether a file is one that systems add for themselves, or hide.
#[must_use]
pub fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| OF_SYSTEMS.contains(&part) || (part.starts_with('.') && part != "." && part != ".."))
}

/// What systems add for themselves.
const OF_SYSTEMS: [&str; 4] = ["__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"];

/// Whether a file is one that systems add for themselves: it is nobody's inventory.
#[must_use]
pub fn is_of_system(path: &str) -> bool {
    path.split('/').any(|part| OF_SYSTEMS.contains(&part) || part.starts_with("._"))
}

type Whole = Cursor<Arc<[u8]>>;

/// An archive, held as it is packed.
pub(super) struct Archive {
    name: String,
    bytes: Whole,
    zip: ZipArchive<Whole>,
    /// Place in the archive and path, sorted by path.
    files: Vec<(usize, String)>,
    left: LeftOut,
    next: AtomicU32,
    options: Options,
}

impl Archive {
    /// Looks at what an archive lists, and opens none of it.
    pub(super) fn new(bytes: Arc<[u8]>, options: &Options) -> io::Result<Archive> {
        let corrupt = |_| io::Error::from(Fault::Corrupt("zip"));
        let length = bytes.len() as u64;
        let bytes = Cursor::new(bytes);
        let mut zip = ZipArchive::new(bytes.clone()).map_err(corrupt)?;
        if zip.len() > options.files {
            return Err(Fault::TooMany { files: options.files }.into());
        }
        // Files that share their bytes give far more than an archive could hold.
        if zip.has_overlapping_entries().map_err(corrupt)? {
            return Err(Fault::Corrupt("zip").into());
        }
        let mut files = Vec::new();
        let mut unpacked = 0u64;
        let mut left = LeftOut::default();
        for index in 0..zip.len() {
            let file = zip.by_index_raw(index).map_err(corrupt)?;
            let path = file.name().map_err(corrupt)?.replace('\\', "/");
            if file.is_dir() || is_hidden(&path) {
                left.hidden += u64::from(!file.is_dir() && !is_of_system(&path));
                continue;
            }
            unpacked = unpacked.saturating_add(file.size());
            files.push((index, path.chars().filter(|c| !c.is_control()).take(PATH).collect::<String>()));
        }
        if unpacked > options.unpacked_bytes {
            return Err(Fault::TooLarge { bytes: options.unpacked_bytes }.into());
        }
        if unpacked > most(length, options) {
            return Err(Fault::TooTight { ratio: options.unpacked_ratio }.into());
        }
        files.sort_by(|(_, one), (_, two)| one.cmp(two));
        Ok(Archive { name: String::new(), bytes, zip, files, left, next: AtomicU32::new(0), options: options.clone() })
    }

    /// How many files there are.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// The same, called by a name in what is said of its files.
    pub(super) fn named(mut self, name: &str) -> Archive {
        self.name = name.to_owned();
        self
    }

    /// A file, by its place in the order of the paths.
    pub(super) fn file(&self, place: usize) -> io::Result<Bytes<'static>> {
        let corrupt = |_| io::Error::from(Fault::Corrupt("zip"));
        let Some((index, _)) = self.files.get(place) else { return Err(Fault::Corrupt("zip").into()) };
        let mut zip = self.zip.clone();
        let file = zip.by_index_raw(*index).map_err(corrupt)?;
        if file.encrypted() {
            return Err(Fault::Method("AES, ZipCrypto".to_owned()).into());
        }
        let (method, size, crc, packed_size) = (file.compression(), file.size(), file.crc32(), file.compressed_size());
        let mut packed = self.bytes.clone();
        packed.set_position(file.data_start().ok_or(Fault::Corrupt("zip"))?);
        let packed = packed.take(packed_size);
        let reader: Bytes<'static> = match method {
            CompressionMethod::Stored => Box::new(packed),
            CompressionMethod::Deflated => Box::new(DeflateDecoder::new(packed)),
            other => return Err(Fault::Method(format!("{other:?}")).into()),
        };
        let checked = Checked { reader, seen: Crc::new(), size, crc };
        Ok(Box::new(Bounded::new(checked, "zip", packed_size, &self.options)))
    }
}

/// Longest path of a file in an archive, in characters.
const PATH: usize = 1000;
/// Bytes below which a file may be packed as tightly as it likes.
const SMALL: u64 = 16 << 20;

/// The most that so many packed bytes may give.
pub(super) fn most(packed: u64, options: &Options) -> u64 {
    packed.saturating_mul(options.unpacked_ratio).max(SMALL)
}

impl Documents for Archive {
    fn next(&self) -> Option<Entry> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let place = number as usize;
        (place < self.files.len()).then(|| Entry { number, reader: self.file(place) })
    }

    fn path(&self, number: u32) -> &str {
        &self.files[number as usize].1
    }

    fn name(&self, number: u32) -> String {
        format!("{}/{}", self.name, self.path(number))
    }

    fn left_out(&self) -> LeftOut {
        self.left
    }

    fn open(&self, number: u32) -> io::Result<Bytes<'static>> {
        self.file(number as usize)
    }
}

/// A file of an archive, checked against what the archive says of it.
struct Checked<R> {
    reader: R,
    seen: Crc,
    size: u64,
    crc: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(out)?;
        self.seen.update(&out[..count]);
        // `amount` wraps at 4 GiB.
        let whole = self.seen.sum() == self.crc && u64::from(self.seen.amount()) == self.size & u64::from(u32::MAX);
        if count == 0 && !out.is_empty() && !whole {
            return Err(Fault::Corrupt("zip").into());
        }
        Ok(count)
    }
}
