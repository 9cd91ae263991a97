//! Distinct cells of a column, and the codes they get.

use std::borrow::Cow;

use super::Options;
use super::cell::{Oddity, Spelling};

/// Distinct raw texts of a column, as far as this worker remembers them.
///
/// Codes are stable within a generation; when the dictionary is emptied (it is bounded) the
/// generation changes and codes start again from 0. Two codes may have the same text: two spellings
/// in the file (quoted and not), or a column with so many texts that they are not looked up.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    /// Changes each time the dictionary is emptied, between two batches only.
    pub generation: u32,
    spelling: Spelling,
    bytes: Vec<u8>,
    /// Where each entry ends in `bytes`.
    ends: Vec<u32>,
    /// Codes whose bytes are odd, in increasing order.
    odd: Vec<(u32, Oddity)>,
}

impl Dictionary {
    /// Number of codes of this generation.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all entries.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Whether no code was given yet in this generation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text of a code: unquoted, decoded, not trimmed. Decoded at each call: ask once a code.
    #[must_use]
    pub fn text(&self, code: u32) -> Cow<'_, str> {
        self.spelling.text(self.raw(code))
    }

    /// The bytes of a code as they stand in the file.
    #[must_use]
    pub fn raw(&self, code: u32) -> &[u8] {
        let start = match code {
            0 => 0,
            _ => self.ends[code as usize - 1],
        };
        &self.bytes[start as usize..self.ends[code as usize] as usize]
    }

    /// What is odd in the bytes of a code.
    pub(super) fn oddity(&self, code: u32) -> Option<Oddity> {
        self.odd.binary_search_by_key(&code, |(odd, _)| *odd).ok().map(|place| self.odd[place].1)
    }

    /// Whether any entry is odd.
    pub(super) fn has_oddities(&self) -> bool {
        !self.odd.is_empty()
    }

    /// Tells how bytes spell texts, from now on; entries already there must be ASCII.
    pub(super) fn spell(&mut self, spelling: Spelling) {
        self.spelling = spelling;
    }

    fn push(&mut self, raw: &[u8]) -> u32 {
        let code = self.ends.len() as u32;
        self.odd.extend(self.spelling.oddity(raw).map(|oddity| (code, oddity)));
        self.bytes.extend_from_slice(raw);
        self.ends.push(self.bytes.len() as u32);
        code
    }

    fn clear(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        self.bytes.clear();
        self.bytes.shrink_to(BYTES);
        self.ends.clear();
        self.odd.clear();
    }
}

/// Bytes of texts past which a dictionary is emptied.
const BYTES: usize = 1 << 20;
/// Cells longer than this get a code of their own each time.
const LONGEST_LOOKED_UP: usize = 4096;
/// Slots looked at before a text is given up as new: bounds the cost of texts made to collide.
const PROBES: usize = 32;
/// A generation with fewer rows an entry than this ends the looking up.
const WORTHWHILE: u64 = 3;

/// Finds the code of a cell.
///
/// A cell of at most 15 bytes is its own key, with its length, as two words; a longer one is known by
/// its hash and length, and compared byte by byte. When most cells are new the table is dropped, and a cell is only compared
/// with the one before.
pub(super) struct Interner {
    /// A power of two of them.
    slots: Vec<Slot>,
    /// Cells seen in this generation.
    rows: u64,
    /// Whether texts are looked up.
    looks_up: bool,
    /// Whether many cells are longer than [`NARROW`].
    wide: bool,
}

#[derive(Clone, Copy)]
#[repr(align(32))]
struct Slot {
    key: Key,
    code: u32,
}

/// The highest byte of the first word is the length of a cell of at most 15 bytes, at least [`LONG`]
/// for a longer one.
type Key = [u64; 2];

const NARROW: usize = 7;
const SHORT: usize = 15;
const LONG: u64 = 0x80 << 56;
const EMPTY: Slot = Slot { key: [u64::MAX; 2], code: 0 };
const FIRST_SLOTS: usize = 32;

impl Default for Interner {
    fn default() -> Interner {
        let mut interner = Interner { slots: Vec::new(), rows: 0, looks_up: true, wide: false };
        interner.reset(FIRST_SLOTS);
        interner
    }
}

impl Interner {
    /// Writes the codes of cells, one for each place in `codes`.
    pub(super) fn encode(&mut self, dictionary: &mut Dictionary, bytes: &[u8], cells: Run<'_>, codes: &mut [u32]) {
        self.rows += codes.len() as u64;
        if !self.looks_up {
            for (row, code) in codes.iter_mut().enumerate() {
                let (start, end) = cells.cell(row, bytes);
                *code = follow(dictionary, &bytes[start..end]);
            }
            return;
        }
        let mut longer = 0;
        let mut row = 0;
        while row < codes.len() {
            // Runs of cells found at once, in loops that have nothing else to do.
            let found = self.find_run(dictionary, bytes, cells.from(row), &mut codes[row..]);
            row += found.cells;
            longer += found.longer;
            if let Some(code) = codes.get_mut(row) {
                let (start, end) = cells.cell(row, bytes);
                *code = self.code(dictionary, bytes, start, end);
                row += 1;
            }
        }
        self.wide |= longer * 8 > codes.len();
    }

    #[inline(never)]
    fn code(&mut self, dictionary: &mut Dictionary, bytes: &[u8], start: usize, end: usize) -> u32 {
        let raw = &bytes[start..end];
        match raw.len() {
            ..=SHORT => self.find(dictionary, raw, short_key_of(raw)),
            16..=LONGEST_LOOKED_UP => self.find(dictionary, raw, long_key(raw)),
            _ => dictionary.push(raw),
        }
    }

    #[inline(never)]
    fn find(&mut self, dictionary: &mut Dictionary, raw: &[u8], key: Key) -> u32 {
        let mask = self.slots.len() - 1;
        let first = hash(key) & mask;
        for at in (first..first + PROBES).map(|at| at & mask) {
            let slot = &mut self.slots[at];
            if slot.key == key && (key[0] < LONG || dictionary.raw(slot.code) == raw) {
                return slot.code;
            }
            if slot.key == EMPTY.key {
                let code = dictionary.push(raw);
                *slot = Slot { key, code };
                self.make_room(dictionary);
                return code;
            }
        }
        dictionary.push(raw)
    }

    /// Keeps the table at most half full, one that is not large emptier: a text is best found where it is
    /// looked for first.
    fn make_room(&mut self, dictionary: &Dictionary) {
        let roomy = if self.slots.len() < 1 << 13 { 8 } else { 2 };
        if dictionary.len() * roomy <= self.slots.len() {
            return;
        }
        let old = std::mem::take(&mut self.slots);
        self.reset(old.len() * 2);
        let mask = self.slots.len() - 1;
        for slot in old.into_iter().filter(|slot| slot.key != EMPTY.key) {
            let first = hash(slot.key) & mask;
            if let Some(at) = (first..first + PROBES).map(|at| at & mask).find(|at| self.slots[*at].key == EMPTY.key) {
                self.slots[at] = slot;
            }
        }
    }

    fn reset(&mut self, slots: usize) {
        self.slots.clear();
        self.slots.resize(slots, EMPTY);
        self.slots.shrink_to(slots);
    }

    /// Cells seen since the dictionary was last emptied.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Counts cells whose codes were known without asking.
    pub(super) fn saw(&mut self, count: usize) {
        self.rows += count as u64;
    }

    /// Between two batches: empties a dictionary that is full.
    pub(super) fn bound(&mut self, dictionary: &mut Dictionary, options: &Options) {
        if !self.looks_up || dictionary.len() > options.column_entries || dictionary.bytes.len() > BYTES {
            self.empty(dictionary);
        }
    }

    /// Empties the dictionary; the texts are no longer looked up when that did not serve.
    pub(super) fn empty(&mut self, dictionary: &mut Dictionary) {
        if self.looks_up && self.rows < WORTHWHILE * dictionary.len() as u64 {
            self.looks_up = false;
        }
        self.rows = 0;
        dictionary.clear();
        let slots = if self.looks_up { FIRST_SLOTS } else { 1 };
        if self.slots.len() > 1 {
            self.reset(slots);
        }
    }
}

/// What came of looking for a run of cells.
#[derive(Default)]
struct Found {
    /// Cells found.
    cells: usize,
    /// Cells looked for that are longer than usual.
    longer: usize,
}

/// Cells of one column, in rows that follow each other.
#[derive(Clone, Copy)]
pub(super) struct Run<'b> {
    /// Cell `i` goes from just after `before[i * stride]` to `ends[i * stride]`.
    pub(super) before: &'b [u32],
    pub(super) ends: &'b [u32],
    pub(super) stride: usize,
    /// In the last column: the line end before which a carriage return is not of the cell.
    pub(super) line_end: Option<u8>,
}

impl<'b> Run<'b> {
    /// The cells from a row on.
    fn from(self, row: usize) -> Run<'b> {
        let at = row * self.stride;
        Run { before: &self.before[at..], ends: &self.ends[at..], ..self }
    }

    #[inline(always)]
    pub(super) fn cell(&self, row: usize, bytes: &[u8]) -> (usize, usize) {
        let at = row * self.stride;
        self.bounds(self.before[at], self.ends[at], bytes)
    }

    #[inline(always)]
    fn bounds(&self, before: u32, end: u32, bytes: &[u8]) -> (usize, usize) {
        let (start, end) = (before.wrapping_add(1) as usize, end as usize);
        match self.line_end {
            Some(line_end) => (start, before_line_end(bytes, start, end, line_end)),
            None => (start, end),
        }
    }
}

/// The end of a cell that may be the last of its record, without the carriage return of the line end.
#[inline(always)]
pub(super) fn before_line_end(bytes: &[u8], start: usize, end: usize, line_end: u8) -> usize {
    let returns = end > start && bytes[end - 1] == b'\r' && bytes.get(end) == Some(&line_end);
    end - usize::from(returns)
}

impl Interner {
    /// Codes cells up to one that is not about where it is looked for first.
    fn find_run(&self, dictionary: &Dictionary, bytes: &[u8], cells: Run<'_>, codes: &mut [u32]) -> Found {
        match (self.wide, cells.line_end) {
            (false, None) => self.find_run_of::<NARROW, false>(dictionary, bytes, cells, codes),
            (false, Some(_)) => self.find_run_of::<NARROW, true>(dictionary, bytes, cells, codes),
            (true, None) => self.find_run_of::<SHORT, false>(dictionary, bytes, cells, codes),
            (true, Some(_)) => self.find_run_of::<SHORT, true>(dictionary, bytes, cells, codes),
        }
    }

    #[inline(never)]
    fn find_run_of<const USUAL: usize, const IS_LAST: bool>(
        &self,
        dictionary: &Dictionary,
        bytes: &[u8],
        mut cells: Run<'_>,
        codes: &mut [u32],
    ) -> Found {
        let mut found = Found::default();
        if !IS_LAST {
            cells.line_end = None;
        }
        let slots = &self.slots[..];
        let (Some(last_window), Some(mask)) = (bytes.len().checked_sub(16), slots.len().checked_sub(1)) else {
            return found;
        };
        let last = (codes.len().max(1) - 1) * cells.stride;
        // SPEED: written so that no bound is checked in the loop but that of the window.
        let (before, ends) = (&cells.before[..=last], &cells.ends[..=last]);
        let mut at = 0;
        for code in codes {
            if at > last {
                break;
            }
            let (start, end) = cells.bounds(before[at], ends[at], bytes);
            if start > last_window {
                break;
            }
            let Some(window) = bytes[start..start + 16].first_chunk::<16>() else { break };
            let len = end.wrapping_sub(start);
            *code = if len > USUAL {
                found.longer += 1;
                let known = bytes.get(start..end).and_then(|raw| self.known_longer(dictionary, raw));
                let Some(known) = known else { break };
                known
            } else if USUAL == NARROW {
                let key = narrow_key(window, len);
                let [first, next] = slots_of(slots, mask, [key, 0]);
                if first.key[0] == key {
                    first.code
                } else if next.key[0] == key {
                    next.code
                } else {
                    break;
                }
            } else {
                let key = short_key(window, len);
                let [first, next] = slots_of(slots, mask, key);
                if first.key[0] == key[0] && first.key[1] == key[1] {
                    first.code
                } else if next.key == key {
                    next.code
                } else {
                    break;
                }
            };
            found.cells += 1;
            at += cells.stride;
        }
        found
    }

    /// The code of a cell of any length that is about where it is looked for first.
    // SPEED: cold, so that the loop keeps the registers.
    #[cold]
    fn known_longer(&self, dictionary: &Dictionary, raw: &[u8]) -> Option<u32> {
        let key = match raw.len() {
            ..=SHORT => short_key_of(raw),
            16..=LONGEST_LOOKED_UP => long_key(raw),
            _ => return None,
        };
        let slots = slots_of(&self.slots, self.slots.len() - 1, key);
        let is_it = |slot: &&Slot| slot.key == key && (key[0] < LONG || same(dictionary.raw(slot.code), raw));
        slots.into_iter().find(is_it).map(|slot| slot.code)
    }
}

/// The slot where a key is looked for first, and the next one; `mask` is that of the slots' number.
#[inline(always)]
fn slots_of(slots: &[Slot], mask: usize, key: Key) -> [&Slot; 2] {
    let first = hash(key) & mask;
    [&slots[first], &slots[(first + 1) & mask]]
}

/// Whether two cells of one length, at least 16 bytes, are the same.
#[inline]
fn same(one: &[u8], two: &[u8]) -> bool {
    // SPEED: up to 64 bytes, two words that overlap spare a call.
    if one.len() <= 32 {
        return one.first_chunk::<16>() == two.first_chunk::<16>() && one.last_chunk::<16>() == two.last_chunk::<16>();
    }
    one.first_chunk::<32>() == two.first_chunk::<32>()
        && one.last_chunk::<32>() == two.last_chunk::<32>()
        && (one.len() <= 64 || one == two)
}

/// The code of a cell that is only compared with the one before.
#[inline(always)]
fn follow(dictionary: &mut Dictionary, raw: &[u8]) -> u32 {
    match dictionary.ends.len() as u32 {
        0 => dictionary.push(raw),
        len if dictionary.raw(len - 1) == raw => len - 1,
        _ => dictionary.push(raw),
    }
}

/// For each length, the bits that count of the word of the first 7 bytes, and of the next 8.
static KEPT: [[u64; 16]; 2] = {
    let mut kept = [[0; 16]; 2];
    let mut len = 1;
    while len < 16 {
        kept[0][len] = u64::MAX >> if len < 7 { 64 - 8 * len } else { 8 };
        if len > 7 {
            kept[1][len] = u64::MAX >> (64 - 8 * (len - 7));
        }
        len += 1;
    }
    kept
};

/// The word at a place of a window.
#[inline(always)]
fn word<const AT: usize>(window: &[u8; 16]) -> u64 {
    window[AT..].first_chunk::<8>().map_or(0, |word| u64::from_le_bytes(*word))
}

/// The first word of the key of a cell of at most 7 bytes; the second one is 0.
#[inline(always)]
fn narrow_key(window: &[u8; 16], len: usize) -> u64 {
    word::<0>(window) & KEPT[0][len] | (len as u64) << 56
}

/// The key of a cell of at most 15 bytes.
#[inline(always)]
fn short_key(window: &[u8; 16], len: usize) -> Key {
    [narrow_key(window, len), word::<7>(window) & KEPT[1][len]]
}

/// The key of a cell wherever it stands.
fn short_key_of(raw: &[u8]) -> Key {
    let mut window = [0; 16];
    window[..raw.len()].copy_from_slice(raw);
    short_key(&window, raw.len())
}

/// A hash of more than 15 bytes, and their number.
#[inline]
fn long_key(raw: &[u8]) -> Key {
    // SPEED: the products of all pairs of words are computed side by side.
    let fold = |hash: u64, pair: &[u8; 16]| {
        let pair = u128::from_le_bytes(*pair);
        let product = u128::from(pair as u64 ^ K[0]) * u128::from((pair >> 64) as u64 ^ K[1]);
        hash.rotate_left(23) ^ (product as u64) ^ (product >> 64) as u64
    };
    let (pairs, _) = raw.as_chunks::<16>();
    let hash = pairs.iter().chain(raw.last_chunk()).fold(0, fold);
    [hash | LONG, raw.len() as u64]
}

const K: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f];

/// Where a key is looked for first: 24 bits, of which the lowest are meant to be used.
#[inline(always)]
fn hash(key: Key) -> usize {
    // The highest bits of a product depend on all bits of its factor.
    ((key[0].wrapping_mul(K[0]) ^ key[1].wrapping_mul(K[1])) >> 40) as usize
}
