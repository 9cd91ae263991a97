//! Roll-up of the rows (postes) of one health professional (PS).

use super::cut::Parts;
use super::ruling::Ruling;
use super::tally::{GroupValue, Status, Tally};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How the verdicts of one PS's rows make the PS's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollup {
    /// The worst of its rows.
    Worst,
    /// The best of its rows.
    Best,
}

/// Number of a group in [`PsTable::groups`] that says "the rows differ".
const SEVERAL: u32 = u32::MAX;

/// Bits of a rule's code above its ruling: it expires within the first, the second window. Without waivers a ruling
/// takes two bits, and a code a nibble.
const EXPIRES: [u8; 2] = [8, 16];

/// The PS met so far.
///
/// SPEED: a PS takes 4 bits a rule, a byte a view and 4 bytes a grouping, its hash, and 5 to 10 bytes of index.
pub(super) struct PsTable {
    /// Where a PS is looked for, by its hash: its number plus 1, or 0. A power of two of them.
    slots: Vec<u32>,
    /// Hash of each PS, in the order met.
    hashes: Vec<u64>,
    data: Vec<u8>,
    shape: Shape,
    /// Values of each grouping, and their numbers.
    groups: Vec<(Vec<GroupValue>, HashMap<GroupValue, u32>)>,
    rollup: Rollup,
}

/// What a PS's bytes hold: verdicts, status of each view, value of each expression of the cuts.
#[derive(Clone, Copy)]
struct Shape {
    rules: usize,
    views: usize,
    by: usize,
    /// Some rulings may be waived: a rule takes a byte.
    waived: bool,
}

impl Shape {
    fn verdict_bytes(self) -> usize {
        if self.waived { self.rules } else { self.rules.div_ceil(2) }
    }

    fn code(self, bytes: &[u8], rule: usize) -> u8 {
        if self.waived {
            return bytes[rule];
        }
        let nibble = bytes[rule / 2] >> (4 * (rule % 2)) & 15;
        nibble & 3 | (nibble & 12) << 1
    }

    fn set_code(self, bytes: &mut [u8], rule: usize, code: u8) {
        if self.waived {
            bytes[rule] = code;
            return;
        }
        let shift = 4 * (rule % 2);
        let nibble = code & 3 | code >> 1 & 12;
        bytes[rule / 2] = bytes[rule / 2] & !(15 << shift) | nibble << shift;
    }

    fn stride(self) -> usize {
        self.verdict_bytes() + self.views + 4 * self.by
    }
}

/// What one row says of its PS.
pub(super) struct PsRow<'r> {
    /// Ruling and whether it expires within each window, a rule.
    pub(super) rulings: &'r [(Ruling, [bool; 2])],
    /// Status in each view.
    pub(super) status: &'r [Status],
    /// Value of each expression of the cuts.
    pub(super) groups: &'r [&'r GroupValue],
}

/// What a PS is known by.
pub(super) fn ps_hash(identifier: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    identifier.hash(&mut hasher);
    hasher.finish()
}

impl PsTable {
    pub(super) fn new(rules: usize, views: usize, by: usize, waived: bool, rollup: Rollup) -> PsTable {
        PsTable {
            slots: vec![0; 1024],
            hashes: Vec::new(),
            data: Vec::new(),
            shape: Shape { rules, views, by, waived },
            groups: vec![(Vec::new(), HashMap::new()); by],
            rollup,
        }
    }

    /// Adds a row of the PS that an identifier names.
    pub(super) fn add_row(&mut self, identifier: &str, row: &PsRow<'_>) {
        let bytes = self.encode(row);
        self.merge(ps_hash(identifier), &bytes);
    }

    fn encode(&mut self, row: &PsRow<'_>) -> Vec<u8> {
        let mut bytes = vec![0; self.shape.stride()];
        for (rule, (ruling, expires)) in row.rulings.iter().enumerate() {
            let flags = expires.iter().zip(EXPIRES).filter(|(expires, _)| **expires).map(|(_, bit)| bit).sum::<u8>();
            self.shape.set_code(&mut bytes, rule, *ruling as u8 | flags);
        }
        let mut at = self.shape.verdict_bytes();
        for status in row.status {
            bytes[at] = *status as u8;
            at += 1;
        }
        for (by, value) in row.groups.iter().enumerate() {
            let number = self.group(by, value);
            bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
            at += 4;
        }
        bytes
    }

    fn group(&mut self, by: usize, value: &GroupValue) -> u32 {
        let (values, index) = &mut self.groups[by];
        if let Some(number) = index.get(value) {
            return *number;
        }
        let number = u32::try_from(values.len()).unwrap_or(SEVERAL - 1);
        values.push(value.clone());
        index.insert(value.clone(), number);
        number
    }

    fn merge(&mut self, hash: u64, bytes: &[u8]) {
        let stride = self.shape.stride();
        let slot = self.slot(hash);
        let Some(place) = (self.slots[slot] as usize).checked_sub(1) else {
            add(&mut self.data, bytes);
            add(&mut self.hashes, &[hash]);
            // A machine has not the memory for 2^32 PS.
            self.slots[slot] = self.hashes.len() as u32;
            self.make_room();
            return;
        };
        let start = place * stride;
        let mine = &mut self.data[start..start + stride];
        let (verdicts, rest) = mine.split_at_mut(self.shape.verdict_bytes());
        let (status, groups) = rest.split_at_mut(self.shape.views);
        if !self.shape.waived {
            // SPEED: two rules a byte.
            for (mine, theirs) in verdicts.iter_mut().zip(bytes) {
                let low = merge_nibble(*mine & 15, theirs & 15, self.rollup);
                let high = merge_nibble(*mine >> 4, theirs >> 4, self.rollup);
                *mine = low | high << 4;
            }
        }
        for rule in 0..if self.shape.waived { self.shape.rules } else { 0 } {
            let (one, two) = (self.shape.code(verdicts, rule), self.shape.code(bytes, rule));
            let flags = EXPIRES[0] | EXPIRES[1];
            let code = merge_rank(one & !flags, two & !flags, self.rollup) | (one | two) & flags;
            self.shape.set_code(verdicts, rule, code);
        }
        for (mine, theirs) in status.iter_mut().zip(&bytes[self.shape.verdict_bytes()..]) {
            *mine = merge_rank(*mine, *theirs, self.rollup);
        }
        for (mine, theirs) in groups.chunks_exact_mut(4).zip(bytes[stride - 4 * self.shape.by..].chunks_exact(4)) {
            if mine != theirs {
                mine.copy_from_slice(&SEVERAL.to_le_bytes());
            }
        }
    }

    /// The slot of a hash: that of its PS, or the free one where it belongs.
    fn slot(&self, hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while let Some(place) = (self.slots[slot] as usize).checked_sub(1)
            && self.hashes[place] != hash
        {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Keeps a fifth of the slots free.
    fn make_room(&mut self) {
        if self.hashes.len() * 5 <= self.slots.len() * 4 {
            return;
        }
        let slots = self.slots.len() * 2;
        self.slots = Vec::new();
        self.slots.resize(slots, 0);
        for place in 0..self.hashes.len() {
            let slot = self.slot(self.hashes[place]);
            self.slots[slot] = place as u32 + 1;
        }
    }

    /// Adds the PS of another worker.
    pub(super) fn add(&mut self, other: PsTable) {
        let translations: Vec<Vec<u32>> = other
            .groups
            .iter()
            .enumerate()
            .map(|(by, (values, _))| values.iter().map(|value| self.group(by, value)).collect())
            .collect();
        let stride = self.shape.stride();
        for (place, hash) in other.hashes.into_iter().enumerate() {
            let start = place * stride;
            let mut bytes = other.data[start..start + stride].to_vec();
            let groups = &mut bytes[stride - 4 * self.shape.by..];
            for (group, translation) in groups.chunks_exact_mut(4).zip(&translations) {
                let number = u32::from_le_bytes([group[0], group[1], group[2], group[3]]);
                if number != SEVERAL {
                    group.copy_from_slice(&translation[number as usize].to_le_bytes());
                }
            }
            self.merge(hash, &bytes);
        }
    }

    /// Counts the PS into a tally; `advisory` tells which rules are advice.
    pub(super) fn count(&self, tally: &mut Tally, advisory: &[bool], cuts: &[Parts]) {
        let mut rulings = vec![(Ruling::NotApplicable, [false; 2]); self.shape.rules];
        for bytes in self.data.chunks_exact(self.shape.stride().max(1)).take(self.hashes.len()) {
            for (rule, ruling) in rulings.iter_mut().enumerate() {
                let code = self.shape.code(bytes, rule);
                *ruling = (ruling_of(code & 7), EXPIRES.map(|bit| code & bit != 0));
            }
            let (status, groups) = bytes[self.shape.verdict_bytes()..].split_at(self.shape.views);
            let status: Vec<Status> = status.iter().map(|rank| Status::of(ruling_of(*rank))).collect();
            let groups: Vec<&GroupValue> = groups
                .chunks_exact(4)
                .zip(&self.groups)
                .map(|(number, (values, _))| {
                    let number = u32::from_le_bytes([number[0], number[1], number[2], number[3]]);
                    values.get(number as usize).unwrap_or(&GroupValue::Several)
                })
                .collect();
            count_unit(tally, &rulings, &status, &groups, advisory, cuts);
        }
    }

    /// How many PS.
    pub(super) fn len(&self) -> u64 {
        self.hashes.len() as u64
    }
}

/// Counts one unit.
pub(super) fn count_unit(
    tally: &mut Tally,
    rulings: &[(Ruling, [bool; 2])],
    status: &[Status],
    groups: &[&GroupValue],
    advisory: &[bool],
    cuts: &[Parts],
) {
    tally.units += 1;
    for (rule, (ruling, expires)) in rulings.iter().enumerate() {
        tally.rules[rule][*ruling as usize] += 1;
        if matches!(ruling, Ruling::Pass | Ruling::NotApplicable) {
            for (window, expires) in expires.iter().enumerate() {
                tally.expiring[rule][window] += u64::from(*expires);
            }
        }
    }
    for (view, status) in status.iter().enumerate() {
        tally.status[view][*status as usize] += 1;
    }
    let Some(status) = status.first() else { return };
    let advice = rulings.iter().zip(advisory).any(|((ruling, _), advisory)| *advisory && *ruling == Ruling::Fail);
    tally.up_to_date_with_advice += u64::from(*status == Status::UpToDate && advice);
    let mut rest = groups;
    for (cut, by) in cuts.iter().zip(&mut tally.by) {
        let (key, after) = rest.split_at(cut.parts.len());
        rest = after;
        let group = by.entry(key.iter().map(|value| (*value).clone()).collect()).or_default();
        group.units += 1;
        group.status[*status as usize] += 1;
        if !cut.rules {
            continue;
        }
        group.rules.resize(rulings.len(), [0; 5]);
        for (counts, (ruling, _)) in group.rules.iter_mut().zip(rulings) {
            counts[*ruling as usize] += 1;
        }
    }
}

fn ruling_of(number: u8) -> Ruling {
    Ruling::ALL.get(usize::from(number)).copied().unwrap_or(Ruling::Fail)
}

/// The same as above, for the rulings and flags of a nibble.
fn merge_nibble(mine: u8, theirs: u8, rollup: Rollup) -> u8 {
    merge_rank(mine & 3, theirs & 3, rollup) | ((mine | theirs) & 12)
}

/// Numbers are those of [`Ruling`], and of [`Status`] in the same order.
fn merge_rank(mine: u8, theirs: u8, rollup: Rollup) -> u8 {
    let (mine, theirs) = (ruling_of(mine), ruling_of(theirs));
    (match rollup {
        Rollup::Worst => mine.worst(theirs),
        Rollup::Best => mine.best(theirs),
    }) as u8
}

/// Appends, with an eighth of room to spare at most: doubling would leave half of it empty.
fn add<T: Copy>(list: &mut Vec<T>, items: &[T]) {
    if list.capacity() - list.len() < items.len() {
        list.reserve_exact(list.len() / 8 + 1024 + items.len());
    }
    list.extend_from_slice(items);
}
