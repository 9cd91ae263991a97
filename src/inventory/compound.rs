//! Compound files (OLE): the streams that old Office documents keep in one file.
//!
//! Nothing is believed that the file does not hold: a chain of sectors stops at the first one that is missing, and is
//! no longer than the file.

/// What such a file starts with.
pub(super) const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// Numbers from here on are no sector.
const NO_SECTOR: u32 = 0xffff_fffa;
/// Bytes of the sectors of short streams.
const SHORT: usize = 64;
/// Bytes of an entry of the directory.
const ENTRY: usize = 128;

/// A compound file, its directory read.
pub(super) struct Compound<'b> {
    sectors: Sectors<'b>,
    /// Number of the sector that follows each.
    next: Vec<u32>,
    short_next: Vec<u32>,
    /// The short streams, one after the other.
    short: Vec<u8>,
    /// Streams of fewer bytes are short.
    cutoff: usize,
    entries: Vec<Entry>,
}

struct Sectors<'b> {
    bytes: &'b [u8],
    size: usize,
}

struct Entry {
    name: String,
    is_root: bool,
    start: u32,
    bytes: usize,
}

impl<'b> Compound<'b> {
    /// Reads the directory; `None` when the file is damaged.
    pub(super) fn open(bytes: &'b [u8]) -> Option<Compound<'b>> {
        if !bytes.starts_with(MAGIC) || bytes.len() < 512 {
            return None;
        }
        let size = match u16_at(bytes, 30)? {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        let sectors = Sectors { bytes, size };
        let mut next = Vec::new();
        for number in sectors.tables()? {
            next.extend(words(sectors.get(number)?));
        }
        let mut file = Compound {
            sectors,
            next,
            short_next: Vec::new(),
            short: Vec::new(),
            cutoff: u32_at(bytes, 56)? as usize,
            entries: Vec::new(),
        };
        let directory = file.chain(u32_at(bytes, 48)?, usize::MAX)?;
        file.entries = directory.as_chunks::<ENTRY>().0.iter().filter_map(Entry::read).collect();
        let root = file.entries.iter().find(|entry| entry.is_root)?;
        file.short = file.chain(root.start, root.bytes)?;
        file.short_next = words(&file.chain(u32_at(bytes, 60)?, usize::MAX)?).collect();
        Some(file)
    }

    /// Whether it has a stream or a folder of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == name)
    }

    /// The bytes of a stream; `None` when there is none of that name, or it is damaged.
    pub(super) fn stream(&self, name: &str) -> Option<Vec<u8>> {
        let entry = self.entries.iter().find(|entry| entry.name == name && !entry.is_root)?;
        let bytes = match entry.bytes < self.cutoff {
            true => follow(entry.start, entry.bytes, &self.short_next, |number| {
                let at = usize::try_from(number).ok()?.checked_mul(SHORT)?;
                self.short.get(at..self.short.len().min(at + SHORT))
            }),
            false => self.chain(entry.start, entry.bytes),
        }?;
        (bytes.len() == entry.bytes).then_some(bytes)
    }

    fn chain(&self, start: u32, bytes: usize) -> Option<Vec<u8>> {
        follow(start, bytes, &self.next, |number| self.sectors.get(number))
    }
}

/// The sectors from one on, up to so many bytes; `None` when one is missing, or they turn in circles.
fn follow<'s>(start: u32, bytes: usize, next: &[u32], sector: impl Fn(u32) -> Option<&'s [u8]>) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    let (mut number, mut count) = (start, 0);
    while number < NO_SECTOR && all.len() < bytes {
        count += 1;
        if count > next.len() {
            return None;
        }
        let sector = sector(number)?;
        all.extend_from_slice(&sector[..sector.len().min(bytes - all.len())]);
        number = *next.get(number as usize)?;
    }
    Some(all)
}

impl<'b> Sectors<'b> {
    /// A sector; the last one of a file may be cut short.
    fn get(&self, number: u32) -> Option<&'b [u8]> {
        let at = usize::try_from(number).ok()?.checked_add(1)?.checked_mul(self.size)?;
        let end = at.checked_add(self.size)?.min(self.bytes.len());
        self.bytes.get(at..end).filter(|sector| !sector.is_empty())
    }

    /// The sectors that tell which follows which.
    fn tables(&self) -> Option<Vec<u32>> {
        let most = self.bytes.len() / self.size + 1;
        let mut tables: Vec<u32> = words(self.bytes.get(76..512)?).collect();
        let mut number = u32_at(self.bytes, 68)?;
        let mut count = 0;
        while number < NO_SECTOR {
            count += 1;
            if count > most {
                return None;
            }
            tables.extend(words(self.get(number)?));
            number = tables.pop()?;
        }
        tables.retain(|number| *number < NO_SECTOR);
        (tables.len() <= most).then_some(tables)
    }
}

impl Entry {
    fn read(entry: &[u8; ENTRY]) -> Option<Entry> {
        let length = usize::from(u16_at(entry, 64)?).checked_sub(2)?;
        let units: Vec<u16> =
            entry.get(..length.min(64))?.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b)).collect();
        let is_root = match entry[66] {
            1 | 2 => false,
            5 => true,
            _ => return None,
        };
        let (start, bytes) = (u32_at(entry, 116)?, u32_at(entry, 120)? as usize);
        Some(Entry { name: String::from_utf16_lossy(&units), is_root, start, bytes })
    }
}

/// Two bytes at a place, the lowest first.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Four bytes at a place.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word))
}
