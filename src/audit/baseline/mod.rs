//! A baseline: today's failures, frozen, so that a gate closes on what is new alone.
//!
//! A failure is known by a fingerprint of the rule, of whom it is about and of the values that the rule read: never of
//! a line number. It is 48 bits of a keyed BLAKE3, so that a file holds no identifier; without a key of one's own
//! anyone can try all identifiers of a scheme. What has no identifier is always new.

mod releases;
mod rows;

pub(super) use releases::{Found, of_release};
pub use releases::{Frozen, freeze_releases};
pub(super) use rows::Failures;

use super::survey::Rules;
use crate::diag::Diagnostic;
use crate::pack::{Pack, Rule};
use crate::socle::{FieldId, Socle};
use crate::text;
use crate::value::{Date, Datum, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What makes the fingerprints of two holders of a base differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    bytes: [u8; 32],
    own: bool,
}

impl Default for Key {
    /// The key of those who give none.
    fn default() -> Key {
        Key { bytes: blake3::derive_key("vigie baseline fingerprint 1", b""), own: false }
    }
}

impl Key {
    /// A key of one's own: the bytes of a file kept secret.
    #[must_use]
    pub fn of(secret: &[u8]) -> Key {
        Key { bytes: blake3::derive_key("vigie baseline fingerprint 1", secret), own: true }
    }

    /// Whether it is of one's own.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// What tells two keys apart, and nothing of either.
    #[must_use]
    pub fn check(&self) -> String {
        blake3::keyed_hash(&self.bytes, b"check").to_hex()[..12].to_owned()
    }
}

/// Failures frozen on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Kind of records judged.
    pub kind: String,
    /// The day.
    pub as_of: Date,
    /// Id, version and digest of the packs.
    pub packs: Vec<(String, semver::Version, String)>,
    /// Check of the key of the fingerprints.
    pub key: String,
    /// Fingerprints of the failures of each rule (pack, id), sorted; one twice when two rows share it.
    pub failures: BTreeMap<(String, String), Vec<u64>>,
}

impl Baseline {
    fn new<'p>(
        rules: &Rules<'_>,
        packs: impl Iterator<Item = &'p Pack>,
        as_of: Date,
        key: &Key,
        failures: BTreeMap<(String, String), Vec<u64>>,
    ) -> Baseline {
        let packs = packs.map(|pack| (pack.id.clone(), pack.version.clone(), pack.digest.clone()));
        Baseline { kind: rules.kind().to_owned(), as_of, packs: packs.collect(), key: key.check(), failures }
    }
}

/// A baseline to compare with.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Name of the file as given.
    pub name: String,
    /// `blake3:<hex>` of its bytes.
    pub digest: String,
    /// What it holds.
    pub baseline: Baseline,
    /// The key that its fingerprints were made with.
    pub key: Key,
}

impl Compared {
    /// Whether it was made for these rules: same kind of records, same packs, same major versions, same key.
    ///
    /// # Errors
    /// Why it was not, all at once.
    pub fn check(&self, rules: &Rules<'_>) -> Result<(), Vec<Diagnostic>> {
        let (name, kind, other) = (&self.name, rules.kind(), &self.baseline.kind);
        let again =
            text!("la refaire : `vigie baseline write {name} …`", "write it again: `vigie baseline write {name} …`");
        let mut faults = Vec::new();
        if kind != other {
            faults.push(
                Diagnostic::error(
                    "baseline/kind",
                    text!(
                        "la baseline `{name}` est de genre `{other}`, et l'on juge du genre `{kind}`",
                        "baseline `{name}` is of kind `{other}`, and kind `{kind}` is being judged"
                    ),
                )
                .help(again.clone()),
            );
        }
        for pack in &rules.packs {
            let (id, version) = (&pack.id, &pack.version);
            let fault = match self.baseline.packs.iter().find(|(known, ..)| known == id) {
                Some((_, frozen, _)) if frozen.major == version.major => continue,
                Some((_, frozen, _)) => text!(
                    "la baseline `{name}` est faite pour `{id}` {frozen}, et `{id}` est en version {version}",
                    "baseline `{name}` was made for `{id}` {frozen}, and `{id}` is at version {version}"
                ),
                // Nothing that such a pack finds is ever frozen.
                None if pack.rules.iter().all(Rule::compares) => continue,
                None => text!(
                    "la baseline `{name}` ne vient pas du pack `{id}`",
                    "baseline `{name}` does not come from pack `{id}`"
                ),
            };
            faults.push(Diagnostic::error("baseline/pack", fault).help(again.clone()));
        }
        if self.key.check() != self.baseline.key {
            faults.push(
                Diagnostic::error(
                    "baseline/key",
                    text!(
                        "la baseline `{name}` est faite avec une autre clé",
                        "baseline `{name}` was made with another key"
                    ),
                )
                .help(match self.key.is_own() {
                    true => text!(
                        "donner la clé d'alors, ou retirer `--baseline-key` s'il n'y en avait pas",
                        "give the key of then, or leave `--baseline-key` out if there was none"
                    ),
                    false => text!("la donner par `--baseline-key FICHIER`", "give it by `--baseline-key FILE`"),
                }),
            );
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

/// Bits of a fingerprint.
const BITS: u32 = 48;

/// The first bits of a keyed hash of some parts.
fn fingerprint(key: &Key, parts: &[&[u8]]) -> u64 {
    let mut hasher = blake3::Hasher::new_keyed(&key.bytes);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let hash = hasher.finalize();
    hash.as_bytes()[..BITS as usize / 8].iter().fold(0, |all, byte| all << 8 | u64::from(*byte))
}

/// The name of a rule in fingerprints: the pack's id tells rules of two packs apart, and its version does not come in.
fn name_of(pack: &str, rule: &str) -> String {
    format!("{pack}/{rule}")
}

/// What a rule reads of a record: its fields by their names, and their values as the socle knows them, so that a
/// spelling of a cell changes nothing.
pub(super) fn values(socle: &Socle, fields: &BTreeSet<FieldId>, record: &[Datum]) -> [u8; 32] {
    let mut text = String::new();
    for field in fields {
        let place = usize::from(field.0);
        text.push_str(&socle.fields[place].id);
        write_datum(socle, &record[place], &mut text);
    }
    *blake3::hash(text.as_bytes()).as_bytes()
}

fn write_datum(socle: &Socle, datum: &Datum, out: &mut String) {
    out.push('(');
    for value in datum.candidates() {
        write_value(socle, value, out);
    }
    out.push(')');
}

fn write_value(socle: &Socle, value: &Value, out: &mut String) {
    let text = match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        Value::String(text) => text.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Version(version) => version.to_string(),
        Value::Identifier(identifier) => identifier.text.to_string(),
        Value::Row(row) => socle.tables.row(*row).id.clone(),
        Value::Record(items) | Value::List(items) => {
            items.iter().for_each(|item| write_datum(socle, item, out));
            return;
        }
    };
    // With their lengths, no two lists of values read the same.
    out.push_str(&format!("{}:{text}", text.len()));
}
