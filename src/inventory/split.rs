//! Where cells and records end.
//!
//! Quotes count only where a cell starts with one. While that is so of every quote met, "inside
//! quotes" is the parity of the quotes before, computed for 64 bytes at once; the 64 bytes that hold
//! any other quote are read byte by byte.

use super::masks::{self, Dialect, Masks, prefix_xor};

/// Where a byte-by-byte reading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// At the start of a cell, or after a quote inside quotes: a quote opens (again).
    MayOpen,
    /// In a cell, outside quotes: a quote is a character.
    Outside,
    /// Inside quotes.
    Inside,
}

/// What a byte ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Nothing,
    Cell,
    Record,
}

impl State {
    /// Reads one byte.
    #[inline]
    pub(super) fn step(self, byte: u8, dialect: Dialect) -> (State, Ends) {
        if self == State::Inside {
            return (if byte == b'"' { State::MayOpen } else { State::Inside }, Ends::Nothing);
        }
        if byte == dialect.delimiter {
            (State::MayOpen, Ends::Cell)
        } else if byte == dialect.line_end {
            (State::MayOpen, Ends::Record)
        } else if byte == b'"' && self == State::MayOpen {
            (State::Inside, Ends::Nothing)
        } else {
            (State::Outside, Ends::Nothing)
        }
    }
}

/// The state between two runs of 64 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    /// All ones inside quotes.
    pub(super) inside: u64,
    /// Whether a quote as next byte would open.
    pub(super) may_open: bool,
}

impl Walk {
    /// At the start of a record.
    pub(super) const START: Walk = Walk { inside: 0, may_open: true };

    /// As a state to go on from byte by byte.
    pub(super) fn state(self) -> State {
        match (self.inside != 0, self.may_open) {
            (true, _) => State::Inside,
            (false, true) => State::MayOpen,
            (false, false) => State::Outside,
        }
    }

    /// Back from a state.
    pub(super) fn from_state(state: State) -> Walk {
        Walk { inside: if state == State::Inside { !0 } else { 0 }, may_open: state == State::MayOpen }
    }

    /// The bytes inside quotes, or `None` when a quote stands where it does not count.
    #[inline(always)]
    pub(super) fn inside_of(self, masks: &Masks) -> Option<u64> {
        let inside = prefix_xor(masks.quote) ^ self.inside;
        let opening = masks.quote & inside;
        let may_open = (masks.delimiter | masks.line_end | masks.quote) << 1 | u64::from(self.may_open);
        if opening & !may_open == 0 { Some(inside) } else { None }
    }

    /// After 64 bytes of which `inside` are inside quotes.
    #[inline(always)]
    pub(super) fn after(masks: &Masks, inside: u64) -> Walk {
        Walk {
            inside: (inside.cast_signed() >> 63).cast_unsigned(),
            may_open: (masks.delimiter | masks.line_end | masks.quote) >> 63 != 0,
        }
    }
}

/// Positions of the ends of cells in a run of whole records.
#[derive(Default)]
pub(super) struct Split {
    /// Storage: only the first `count` are meant.
    positions: Vec<u32>,
    count: usize,
    /// Which of the positions end a record; only the first `record_count` are meant.
    records: Vec<u32>,
    record_count: usize,
    /// Line ends, inside quotes too.
    pub(super) lines: u32,
    /// Whether there is a NUL byte.
    pub(super) nul: bool,
}

impl Split {
    /// The positions, the first one being the byte before the run (as if a record ended there).
    pub(super) fn positions(&self) -> &[u32] {
        &self.positions[..self.count]
    }

    /// For each record, the index of its end in the positions.
    pub(super) fn records(&self) -> &[u32] {
        &self.records[..self.record_count]
    }

    /// Splits `bytes[start..end]`, which starts a record and holds whole records. `regular` promises
    /// that quotes stand only at the start and end of cells.
    pub(super) fn run(&mut self, bytes: &[u8], start: usize, end: usize, dialect: Dialect, regular: bool) {
        self.count = 0;
        self.record_count = 0;
        self.lines = 0;
        self.nul = false;
        self.reserve();
        self.positions[0] = (start as u32).wrapping_sub(1);
        self.count = 1;
        let bytes = &bytes[start..end];
        self.walk(bytes, start, dialect, !regular);
    }

    /// Adds the end of a last record that no line end closes.
    pub(super) fn close(&mut self, position: usize) {
        self.reserve();
        self.positions[self.count] = position as u32;
        self.records[self.record_count] = self.count as u32;
        self.count += 1;
        self.record_count += 1;
    }

    #[cfg(target_arch = "x86_64")]
    fn walk(&mut self, bytes: &[u8], base: usize, dialect: Dialect, checked: bool) {
        if masks::has_avx512() {
            // SAFETY: the processor has all these features, which is all that the function requires.
            unsafe { self.walk_avx512(bytes, base, dialect, checked) }
        } else if masks::has_avx2() {
            // SAFETY: the processor has the four features, which is all that the function requires.
            unsafe { self.walk_avx2(bytes, base, dialect, checked) }
        } else {
            // SAFETY: every x86-64 processor has SSE2; the function has no other requirement.
            unsafe { self.walk_sse2(bytes, base, dialect, checked) }
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn walk(&mut self, bytes: &[u8], base: usize, dialect: Dialect, checked: bool) {
        self.walk_with(bytes, base, dialect, checked, masks::portable::masks, places);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
    fn walk_avx512(&mut self, bytes: &[u8], base: usize, dialect: Dialect, checked: bool) {
        let masks = |chunk: &[u8; 64], dialect| masks::avx512::masks(chunk, dialect);
        let places = |base, bits, out: &mut [u32; 64]| masks::avx512::places(base, bits, out);
        self.walk_with(bytes, base, dialect, checked, masks, places);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    #[expect(clippy::redundant_closure, reason = "SPEED: compiled with the features of this function")]
    fn walk_avx2(&mut self, bytes: &[u8], base: usize, dialect: Dialect, checked: bool) {
        let masks = |chunk: &[u8; 64], dialect| masks::avx2::masks(chunk, dialect);
        self.walk_with(bytes, base, dialect, checked, masks, |base, bits, out| places(base, bits, out));
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "sse2")]
    #[expect(clippy::redundant_closure, reason = "SPEED: compiled with the features of this function")]
    fn walk_sse2(&mut self, bytes: &[u8], base: usize, dialect: Dialect, checked: bool) {
        let masks = |chunk: &[u8; 64], dialect| masks::sse2::masks(chunk, dialect);
        self.walk_with(bytes, base, dialect, checked, masks, |base, bits, out| places(base, bits, out));
    }

    #[inline(always)]
    fn walk_with(
        &mut self,
        bytes: &[u8],
        base: usize,
        dialect: Dialect,
        checked: bool,
        masks: impl Fn(&[u8; 64], Dialect) -> Masks,
        places: impl Fn(u32, u64, &mut [u32; 64]),
    ) {
        let (chunks, rest) = bytes.as_chunks::<64>();
        let mut walk = Walk::START;
        let mut base = base as u32;
        for chunk in chunks {
            let (ends, records, next) = self.chunk(chunk, dialect, checked, masks(chunk, dialect), walk);
            self.push(base, ends, records, &places);
            walk = next;
            base += 64;
        }
        self.rest(rest, base, dialect, checked, walk);
    }

    /// The last bytes, fewer than 64.
    fn rest(&mut self, rest: &[u8], base: u32, dialect: Dialect, checked: bool, walk: Walk) {
        if !rest.is_empty() {
            let mut chunk = [b' '; 64];
            chunk[..rest.len()].copy_from_slice(rest);
            let mut masks = masks::portable::masks(&chunk, dialect);
            let kept = (1u64 << rest.len()) - 1;
            masks.delimiter &= kept;
            masks.line_end &= kept;
            let (ends, records, _) = self.chunk(&chunk[..rest.len()], dialect, checked, masks, walk);
            self.push(base, ends, records, places);
        }
    }

    /// The ends of cells and of records in a chunk, and the state after it.
    #[inline(always)]
    fn chunk(&mut self, chunk: &[u8], dialect: Dialect, checked: bool, masks: Masks, walk: Walk) -> (u64, u64, Walk) {
        self.nul |= masks.nul;
        self.lines += masks.line_end.count_ones();
        let mut ends = masks.delimiter | masks.line_end;
        let mut records = masks.line_end;
        let next;
        if masks.quote | walk.inside == 0 {
            next = Walk { inside: 0, may_open: ends >> 63 != 0 };
        } else {
            let inside = if checked { walk.inside_of(&masks) } else { Some(prefix_xor(masks.quote) ^ walk.inside) };
            if let Some(inside) = inside {
                ends &= !inside;
                records &= !inside;
                next = Walk::after(&masks, inside);
            } else {
                (ends, records, next) = careful(chunk, dialect, walk);
            }
        }
        (ends, records, next)
    }

    /// Appends the position of each bit.
    #[inline(always)]
    fn push(&mut self, base: u32, bits: u64, mut records: u64, places: impl Fn(u32, u64, &mut [u32; 64])) {
        self.reserve();
        // SPEED: whether 64 bytes end a record cannot be foretold; that they end two is rare. So the first
        // one is written even when there is none: the next goes over it.
        loop {
            let below = bits & (records & records.wrapping_neg()).wrapping_sub(1);
            self.records[self.record_count] = (self.count + below.count_ones() as usize) as u32;
            self.record_count += usize::from(records != 0);
            records &= records.wrapping_sub(1);
            if records == 0 {
                break;
            }
        }
        if let Some(out) = self.positions[self.count..].first_chunk_mut::<64>() {
            places(base, bits, out);
        }
        self.count += bits.count_ones() as usize;
    }

    /// Room for the positions of 64 bytes.
    #[inline(always)]
    fn reserve(&mut self) {
        if self.positions.len() < self.count + 64 || self.records.len() < self.record_count + 64 {
            self.grow();
        }
    }

    #[cold]
    fn grow(&mut self) {
        let more = |storage: &mut Vec<u32>, used: usize| {
            if storage.len() < used + 64 {
                storage.resize((storage.len() * 2).max(1024), 0);
            }
        };
        more(&mut self.positions, self.count);
        more(&mut self.records, self.record_count);
    }

    /// Gives back the storage that an outsized run asked for.
    pub(super) fn shrink(&mut self, positions: usize) {
        for storage in [&mut self.positions, &mut self.records] {
            if storage.len() > positions {
                storage.truncate(positions);
                storage.shrink_to_fit();
            }
        }
    }
}

/// The position of each bit. More positions than there are bits may be written: the next ones go over them.
#[inline(always)]
fn places(base: u32, mut bits: u64, out: &mut [u32; 64]) {
    // SPEED: writing a fixed number of them saves a branch that could not be foretold.
    let count = bits.count_ones();
    let mut write = |range: std::ops::Range<usize>| {
        for slot in &mut out[range] {
            *slot = base.wrapping_add(bits.trailing_zeros());
            bits &= bits.wrapping_sub(1);
        }
    };
    write(0..12);
    if count > 12 {
        write(12..24);
        if count > 24 {
            write(24..64);
        }
    }
}

/// Up to 64 bytes one by one: the ends of cells, those of records, and the state after.
#[cold]
#[inline(never)]
fn careful(bytes: &[u8], dialect: Dialect, walk: Walk) -> (u64, u64, Walk) {
    let mut state = walk.state();
    let mut ends = 0;
    let mut records = 0;
    for (i, byte) in bytes.iter().enumerate() {
        let (next, end) = state.step(*byte, dialect);
        ends |= u64::from(end != Ends::Nothing) << i;
        records |= u64::from(end == Ends::Record) << i;
        state = next;
    }
    (ends, records, Walk::from_state(state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DIALECT: Dialect = Dialect { delimiter: b';', line_end: b'\n' };

    fn naive(bytes: &[u8]) -> (Vec<u32>, Vec<u32>) {
        let mut state = State::MayOpen;
        let mut positions = vec![u32::MAX];
        let mut records = Vec::new();
        for (i, byte) in bytes.iter().enumerate() {
            let (next, ends) = state.step(*byte, DIALECT);
            if ends == Ends::Record {
                records.push(positions.len() as u32);
            }
            if ends != Ends::Nothing {
                positions.push(i as u32);
            }
            state = next;
        }
        (positions, records)
    }

    proptest! {
        #[test]
        fn masks_split_as_the_state_machine(
            bytes in prop::collection::vec(prop::sample::select(b"aaaa;;\n\n\"\"\r".to_vec()), 0..400)
        ) {
            let (positions, records) = naive(&bytes);
            let mut split = Split::default();
            split.run(&bytes, 0, bytes.len(), DIALECT, false);
            prop_assert_eq!(split.positions(), &positions[..]);
            prop_assert_eq!(split.records(), &records[..]);
            prop_assert_eq!(split.lines as usize, bytes.iter().filter(|b| **b == b'\n').count());
            let mut portable = Split::default();
            portable.reserve();
            portable.walk_with(&bytes, 0, DIALECT, true, masks::portable::masks, places);
            prop_assert_eq!(portable.positions(), &positions[1..]);
            #[cfg(target_arch = "x86_64")]
            {
                let mut baseline = Split::default();
                baseline.reserve();
                // SAFETY: every x86-64 processor has SSE2.
                unsafe { baseline.walk_sse2(&bytes, 0, DIALECT, true) };
                prop_assert_eq!(baseline.positions(), &positions[1..]);
                if masks::has_avx2() {
                    let mut usual = Split::default();
                    usual.reserve();
                    // SAFETY: the processor has the four features.
                    unsafe { usual.walk_avx2(&bytes, 0, DIALECT, true) };
                    prop_assert_eq!(usual.positions(), &positions[1..]);
                }
            }
        }

        #[test]
        fn well_placed_quotes_need_no_care(
            cells in prop::collection::vec(("(\"([a;\n]|\"\"){0,70}\"|[a\r]{0,9})", any::<bool>()), 0..60)
        ) {
            let text: String =
                cells.iter().flat_map(|(cell, last)| [cell.as_str(), if *last { "\n" } else { ";" }]).collect();
            let (positions, records) = naive(text.as_bytes());
            let mut split = Split::default();
            split.run(text.as_bytes(), 0, text.len(), DIALECT, true);
            prop_assert_eq!(split.positions(), &positions[..]);
            prop_assert_eq!(split.records(), &records[..]);
        }
    }
}
