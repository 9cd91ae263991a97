//! Distinct cells of a column, and the codes they get.

use std::borrow::Cow;

use super::cell::Spelling;
use super::{ColumnBatch, Options};

/// Distinct raw texts of a column, as far as this worker remembers them.
///
/// Codes are stable within a generation; when the dictionary is emptied (it is bounded) the
/// generation changes and codes start again from 0. Two codes may have the same text: two spellings
/// in the file (quoted and not), or a column with so many texts that they are not looked up.
#[derive(Debug, Default)]
pub struct Dictionary {
    /// Changes each time the dictionary is emptied, between two batches only.
    pub generation: u32,
    spelling: Spelling,
    bytes: Vec<u8>,
    /// Where each entry ends in `bytes`.
    ends: Vec<u32>,
    /// Codes whose bytes contradict the encoding, in increasing order.
    contradictions: Vec<u32>,
}

impl Dictionary {
    /// Number of codes of this generation.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
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

    /// Whether the cell's bytes contradict the file's encoding (and were read as Windows-1252).
    #[must_use]
    pub fn contradicts_encoding(&self, code: u32) -> bool {
        self.contradictions.binary_search(&code).is_ok()
    }

    /// Whether any entry contradicts the file's encoding.
    pub(super) fn has_contradictions(&self) -> bool {
        !self.contradictions.is_empty()
    }

    /// Tells how bytes spell texts, from now on; entries already there must be ASCII.
    pub(super) fn spell(&mut self, spelling: Spelling) {
        self.spelling = spelling;
    }

    fn push(&mut self, raw: &[u8]) -> u32 {
        let code = self.ends.len() as u32;
        if self.spelling.is_contradicted(raw) {
            self.contradictions.push(code);
        }
        self.bytes.extend_from_slice(raw);
        self.ends.push(self.bytes.len() as u32);
        code
    }

    fn clear(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        self.bytes.clear();
        self.bytes.shrink_to(BYTES);
        self.ends.clear();
        self.contradictions.clear();
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
/// A cell of at most 16 bytes is its own key, as two words; a longer one is known by a hash and
/// compared byte by byte. When most cells are new the table is dropped, and a cell is only compared
/// with the one before.
pub(super) struct Interner {
    slots: Vec<Slot>,
    /// Of the hash, so that what is left is an index into `slots`.
    shift: u32,
    /// Cells seen in this generation.
    rows: u64,
    /// Whether texts are looked up.
    looks_up: bool,
}

#[derive(Clone, Copy)]
#[repr(align(32))]
struct Slot {
    key: [u64; 2],
    len: u32,
    code: u32,
}

const EMPTY: Slot = Slot { key: [0; 2], len: u32::MAX, code: 0 };
const FIRST_SLOTS: usize = 32;

impl Default for Interner {
    fn default() -> Interner {
        let mut interner = Interner { slots: Vec::new(), shift: 0, rows: 0, looks_up: true };
        interner.reset(FIRST_SLOTS);
        interner
    }
}

impl Interner {
    /// Appends the codes of the cells `bytes[start..end]`.
    #[inline(always)]
    pub(super) fn encode(
        &mut self,
        column: &mut ColumnBatch,
        bytes: &[u8],
        cells: impl ExactSizeIterator<Item = (usize, usize)>,
    ) {
        let ColumnBatch { codes, dictionary } = column;
        self.rows += cells.len() as u64;
        if self.looks_up {
            for (code, (start, end)) in room(codes, cells.len()).iter_mut().zip(cells) {
                *code = self.code(dictionary, bytes, start, end);
            }
        } else {
            for (code, (start, end)) in room(codes, cells.len()).iter_mut().zip(cells) {
                *code = follow(dictionary, &bytes[start..end]);
            }
        }
    }

    #[inline(always)]
    fn code(&mut self, dictionary: &mut Dictionary, bytes: &[u8], start: usize, end: usize) -> u32 {
        let len = end.wrapping_sub(start);
        if len <= 16 {
            let key = short_key(bytes, start, len);
            let hash = hash_short(key, len);
            let at = (hash >> self.shift) as usize;
            if let Some(slot) = self.slots.get(at)
                && slot.key == key
                && slot.len == len as u32
            {
                return slot.code;
            }
            self.find_short(dictionary, &bytes[start..end], key, at)
        } else {
            self.find_long(dictionary, &bytes[start..end])
        }
    }

    #[inline(never)]
    fn find_short(&mut self, dictionary: &mut Dictionary, raw: &[u8], key: [u64; 2], first: usize) -> u32 {
        let len = raw.len() as u32;
        let mask = self.slots.len() - 1;
        for at in (first..first + PROBES).map(|at| at & mask) {
            let slot = &mut self.slots[at];
            if slot.key == key && slot.len == len {
                return slot.code;
            }
            if slot.len == EMPTY.len {
                let code = dictionary.push(raw);
                *slot = Slot { key, len, code };
                self.make_room(dictionary);
                return code;
            }
        }
        dictionary.push(raw)
    }

    #[inline]
    fn find_long(&mut self, dictionary: &mut Dictionary, raw: &[u8]) -> u32 {
        if raw.len() > LONGEST_LOOKED_UP {
            return dictionary.push(raw);
        }
        let hash = hash_long(raw);
        let len = raw.len() as u32;
        let mask = self.slots.len() - 1;
        let first = (hash >> self.shift) as usize;
        for at in (first..first + PROBES).map(|at| at & mask) {
            let slot = &mut self.slots[at];
            if slot.key[0] == hash && slot.len == len && dictionary.raw(slot.code) == raw {
                return slot.code;
            }
            if slot.len == EMPTY.len {
                let code = dictionary.push(raw);
                *slot = Slot { key: [hash, 0], len, code };
                self.make_room(dictionary);
                return code;
            }
        }
        dictionary.push(raw)
    }

    /// Keeps the table at most half full.
    fn make_room(&mut self, dictionary: &Dictionary) {
        if dictionary.len() * 2 <= self.slots.len() {
            return;
        }
        let old = std::mem::take(&mut self.slots);
        self.reset(old.len() * 2);
        let mask = self.slots.len() - 1;
        for slot in old.into_iter().filter(|slot| slot.len != EMPTY.len) {
            let hash = if slot.len <= 16 { hash_short(slot.key, slot.len as usize) } else { slot.key[0] };
            let first = (hash >> self.shift) as usize;
            if let Some(at) = (first..first + PROBES).map(|at| at & mask).find(|at| self.slots[*at].len == EMPTY.len) {
                self.slots[at] = slot;
            }
        }
    }

    fn reset(&mut self, slots: usize) {
        self.slots.clear();
        self.slots.resize(slots, EMPTY);
        self.slots.shrink_to(slots);
        self.shift = 64 - slots.ilog2();
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

/// Appends `count` codes to be filled in.
#[inline(always)]
fn room(codes: &mut Vec<u32>, count: usize) -> &mut [u32] {
    let len = codes.len();
    codes.resize(len + count, 0);
    &mut codes[len..]
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

/// For each length, the bits of the two words that count.
static KEPT: [[u64; 2]; 17] = {
    let mut kept = [[0; 2]; 17];
    let mut len = 1;
    while len <= 16 {
        kept[len] = if len <= 8 { [u64::MAX >> (64 - 8 * len), 0] } else { [u64::MAX, u64::MAX >> (128 - 8 * len)] };
        len += 1;
    }
    kept
};

/// The bytes of a cell of at most 16 bytes, as two words padded with zeros.
#[inline(always)]
fn short_key(bytes: &[u8], start: usize, len: usize) -> [u64; 2] {
    let kept = &KEPT[len];
    match bytes.get(start..start + 16) {
        Some(window) => {
            let (words, _) = window.as_chunks::<8>();
            [u64::from_le_bytes(words[0]) & kept[0], u64::from_le_bytes(words[1]) & kept[1]]
        }
        None => short_key_at_end(bytes, start, len),
    }
}

#[cold]
fn short_key_at_end(bytes: &[u8], start: usize, len: usize) -> [u64; 2] {
    let mut window = [0; 16];
    window[..len].copy_from_slice(&bytes[start..start + len]);
    let (words, _) = window.as_chunks::<8>();
    [u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1])]
}

const K: [u64; 3] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 0xd6e8_feb8_6659_fd93];

#[inline(always)]
fn hash_short(key: [u64; 2], len: usize) -> u64 {
    key[0].wrapping_mul(K[0]).wrapping_add(key[1].wrapping_mul(K[1])).wrapping_add((len as u64).wrapping_mul(K[2]))
}

/// Of more than 16 bytes.
#[inline]
fn hash_long(raw: &[u8]) -> u64 {
    let fold = |hash: u64, word: [u8; 8]| (hash ^ u64::from_le_bytes(word)).wrapping_mul(K[0]).rotate_right(29);
    let (words, _) = raw.as_chunks::<8>();
    let hash = words.iter().fold(raw.len() as u64, |hash, word| fold(hash, *word));
    raw.last_chunk::<8>().map_or(hash, |last| fold(hash, *last)).wrapping_mul(K[1])
}
