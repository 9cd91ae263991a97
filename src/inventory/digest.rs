//! BLAKE3 of a stream whose parts are hashed by several threads.
//!
//! BLAKE3 is a tree: parts of one power-of-two size are subtrees, which can be hashed apart, in any
//! order, and joined at the end.

use blake3::hazmat::{ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};
use blake3::{Hash, Hasher};

/// Hashes of the parts of one stream. All parts but the last have the same length, a power of two of
/// at least 1 KiB.
#[derive(Default)]
pub(super) struct Parts {
    values: Vec<(u64, ChainingValue)>,
    /// Of the whole stream, if it is its first part.
    whole: Option<Hash>,
}

impl Parts {
    /// Hashes a part.
    pub(super) fn add(&mut self, index: u64, part_bytes: usize, bytes: &[u8]) {
        let mut hasher = Hasher::new();
        hasher.set_input_offset(index * part_bytes as u64).update(bytes);
        if index == 0 {
            self.whole = Some(hasher.finalize());
        }
        self.values.push((index, hasher.finalize_non_root()));
    }

    /// Takes the parts hashed by another worker.
    pub(super) fn join(&mut self, other: Parts) {
        self.values.extend(other.values);
        self.whole = self.whole.or(other.whole);
    }

    /// `blake3:` and the digest in hexadecimal, once all parts are there.
    pub(super) fn digest(mut self) -> String {
        self.values.sort_unstable_by_key(|(index, _)| *index);
        let values: Vec<ChainingValue> = self.values.into_iter().map(|(_, value)| value).collect();
        let hash = match (values.len(), self.whole) {
            (0 | 1, whole) => whole.unwrap_or_else(|| blake3::hash(b"")),
            (count, _) => {
                let (left, right) = values.split_at(left_len(count));
                merge_subtrees_root(&join(left), &join(right), Mode::Hash)
            }
        };
        format!("blake3:{}", hash.to_hex())
    }
}

/// The left subtree is the largest complete one that leaves something to the right.
fn left_len(count: usize) -> usize {
    count.next_power_of_two() / 2
}

fn join(values: &[ChainingValue]) -> ChainingValue {
    match values {
        [value] => *value,
        _ => {
            let (left, right) = values.split_at(left_len(values.len()));
            merge_subtrees_non_root(&join(left), &join(right), Mode::Hash)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_give_the_digest_of_the_whole() {
        let bytes: Vec<u8> = (0..40_000u32).map(|i| (i % 251) as u8).collect();
        for len in [0, 1, 1023, 1024, 1025, 2048, 3072, 5000, 8192, 9000, 39_999] {
            let mut parts = Parts::default();
            for (index, part) in bytes[..len].chunks(1024).enumerate().collect::<Vec<_>>().into_iter().rev() {
                let mut other = Parts::default();
                other.add(index as u64, 1024, part);
                parts.join(other);
            }
            assert_eq!(parts.digest(), format!("blake3:{}", blake3::hash(&bytes[..len]).to_hex()), "{len} bytes");
        }
    }
}
