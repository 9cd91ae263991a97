//! A table from combinations of small codes to a result, filled as combinations are met.

use std::collections::HashMap;

/// Not computed yet.
pub(super) const NONE: u32 = u32::MAX;

/// Entries a dense table may have; beyond, a hash map takes over.
///
/// SPEED: 2^20 entries of 4 bytes still fit in the second-level cache of a server core.
const DENSE_BITS: u32 = 20;

/// Results by combination of codes, one code a dimension. Codes of a dimension count up from 0.
pub(super) struct ComboTable {
    /// Bits that each dimension may use now; the first dimension is the lowest.
    bits: Vec<u32>,
    dense: Vec<u32>,
    sparse: HashMap<u64, u32>,
}

impl ComboTable {
    pub(super) fn new(dimensions: usize) -> ComboTable {
        ComboTable {
            bits: vec![2; dimensions],
            dense: vec![NONE; 1 << (2 * dimensions).min(20)],
            sparse: HashMap::new(),
        }
    }

    /// Forgets every result, keeping the room.
    pub(super) fn clear(&mut self) {
        self.dense.fill(NONE);
        self.sparse.clear();
    }

    /// Makes room for codes below `sizes`, one size a dimension.
    pub(super) fn reserve(&mut self, sizes: &[usize]) {
        let needed = |size: usize, bits: u32| size > (1usize << bits);
        if !sizes.iter().zip(&self.bits).any(|(size, bits)| needed(*size, *bits)) {
            return;
        }
        let old_bits = self.bits.clone();
        let was_dense = self.is_dense();
        for (bits, size) in self.bits.iter_mut().zip(sizes) {
            while needed(*size, *bits) {
                *bits += 1;
            }
        }
        if !self.has_room() {
            self.clear();
            return;
        }
        let old: Vec<(u64, u32)> = if was_dense {
            (0u64..).zip(self.dense.iter().copied()).filter(|(_, result)| *result != NONE).collect()
        } else {
            self.sparse.drain().collect()
        };
        if self.is_dense() {
            self.dense = vec![NONE; 1 << self.total_bits()];
        } else {
            self.dense = Vec::new();
        }
        for (key, result) in old {
            let mut rest = key;
            let mut new_key = 0;
            let mut shift = 0;
            for (old, new) in old_bits.iter().zip(&self.bits) {
                new_key |= (rest & ((1 << old) - 1)) << shift;
                rest >>= old;
                shift += new;
            }
            self.set(new_key, result);
        }
    }

    fn total_bits(&self) -> u32 {
        self.bits.iter().sum()
    }

    /// Whether keys have room for the codes; when they do not, nothing is found nor stored.
    pub(super) fn has_room(&self) -> bool {
        self.total_bits() < u64::BITS
    }

    /// Whether keys are indexes into [`ComboTable::dense`].
    pub(super) fn is_dense(&self) -> bool {
        self.total_bits() <= DENSE_BITS
    }

    /// The dense table: its length is a power of two.
    pub(super) fn dense(&self) -> &[u32] {
        &self.dense
    }

    /// The shift of each dimension in a key.
    pub(super) fn shifts(&self) -> impl Iterator<Item = u32> {
        self.bits.iter().scan(0, |shift, bits| {
            let here = *shift;
            *shift += bits;
            Some(here)
        })
    }

    /// The result of a key, or [`NONE`].
    pub(super) fn get(&self, key: u64) -> u32 {
        if !self.has_room() {
            NONE
        } else if self.is_dense() {
            self.dense[usize::try_from(key).unwrap_or(usize::MAX)]
        } else {
            self.sparse.get(&key).copied().unwrap_or(NONE)
        }
    }

    /// Stores the result of a key.
    pub(super) fn set(&mut self, key: u64, result: u32) {
        if self.is_dense() {
            self.dense[usize::try_from(key).unwrap_or(usize::MAX)] = result;
        } else if self.has_room() {
            // A combination that is met once in a million rows is not worth unbounded memory.
            if self.sparse.len() >= 1 << 18 {
                self.sparse.clear();
            }
            self.sparse.insert(key, result);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ComboTable;

    #[test]
    fn codes_that_fit_in_no_key_are_told() {
        let mut table = ComboTable::new(5);
        table.set(1, 7);
        table.reserve(&[1 << 12; 5]);
        assert!(table.has_room());
        assert_eq!(table.get(1), 7);
        table.reserve(&[1 << 13; 5]);
        assert!(!table.has_room());
        table.reserve(&[1 << 14; 5]);
        assert!(!table.has_room());
    }
}
