//! A baseline: today's failures, frozen, so that a gate closes on what is new alone.
//!
//! A failure is known by a fingerprint of the rule, of whom it is about (the identifier) and of the values that the
//! rule read: never of a line number. It is 48 bits of a keyed BLAKE3, so that a file holds no identifier; without a
//! key of one's own anyone can try all identifiers of a scheme. A row without identifier is always new.

use super::read::RowOutput;
use super::report::{BaselineReport, BaselineRule};
use super::survey::{Roles, Rules};
use crate::diag::Diagnostic;
use crate::engine::{RowSink, RowView, Ruling};
use crate::socle::{FieldId, IdentifierClass, Socle};
use crate::text;
use crate::value::{Date, Datum, Missing, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::{Mutex, PoisonError};

/// Distinct readings whose values are kept, a worker.
const REMEMBERED: usize = 1 << 16;

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
                .help(text!("la donner par `--baseline-key FICHIER`", "give it by `--baseline-key FILE`")),
            );
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// What is known, what is new, what is over.
    pub(super) fn report(&self, rules: &Rules<'_>, failures: &Failures<'_>) -> BaselineReport {
        let found = failures.found.lock().unwrap_or_else(PoisonError::into_inner);
        let mut by_rule: Vec<Now> = failures.rules.iter().map(|_| Now::default()).collect();
        for Found { rule, fingerprint, waived } in found.iter() {
            let now = &mut by_rule[*rule];
            match (fingerprint, waived) {
                (Some(fingerprint), false) => *now.failing.entry(*fingerprint).or_default() += 1,
                (Some(fingerprint), true) => *now.waived.entry(*fingerprint).or_default() += 1,
                (None, false) => now.nameless += 1,
                (None, true) => {}
            }
        }
        let mut ids = rules.packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| (*pack, rule)));
        let rules = by_rule.into_iter().filter_map(|now| {
            let (pack, rule) = ids.next()?;
            let frozen = self.baseline.failures.get(&(pack.id.clone(), rule.id.clone()));
            let (known, fixed) = now.compare(frozen.map_or(&[], Vec::as_slice));
            let failing: u64 = now.failing.values().sum();
            let new = failing - known + now.nameless;
            Some(BaselineRule {
                rule: rule.id.clone(),
                pack: pack.id.clone(),
                known,
                new,
                fixed,
                nameless: now.nameless,
            })
        });
        BaselineReport {
            name: self.name.clone(),
            digest: self.digest.clone(),
            as_of: self.baseline.as_of,
            rules: rules.collect(),
        }
    }
}

/// The failures of a rule, by fingerprint.
#[derive(Default)]
struct Now {
    failing: BTreeMap<u64, u64>,
    waived: BTreeMap<u64, u64>,
    nameless: u64,
}

impl Now {
    /// How many fail that are frozen, and how many frozen ones fail no more. What a waiver covers is not over.
    fn compare(&self, frozen: &[u64]) -> (u64, u64) {
        let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
        for fingerprint in frozen {
            *counts.entry(*fingerprint).or_default() += 1;
        }
        counts.into_iter().fold((0, 0), |(known, fixed), (fingerprint, frozen)| {
            let failing = self.failing.get(&fingerprint).copied().unwrap_or(0).min(frozen);
            let waived = self.waived.get(&fingerprint).copied().unwrap_or(0).min(frozen - failing);
            (known + failing, fixed + frozen - failing - waived)
        })
    }
}

/// Collects the failures of an audit.
pub(super) struct Failures<'p> {
    socle: &'p Socle,
    identifier: Option<FieldId>,
    key: Key,
    rules: Vec<Watched>,
    found: Mutex<Vec<Found>>,
    /// How many there were before the input being read.
    before: usize,
}

struct Watched {
    name: String,
    fields: BTreeSet<FieldId>,
}

struct Found {
    rule: usize,
    /// `None`: the row has no identifier.
    fingerprint: Option<u64>,
    waived: bool,
}

impl<'p> Failures<'p> {
    pub(super) fn new(rules: &Rules<'p>, key: &Key) -> Failures<'p> {
        let watched = rules.packs.iter().flat_map(|pack| {
            // The pack's id tells rules of two packs apart, and its version does not come in.
            pack.rules.iter().map(|rule| Watched { name: format!("{}/{}", pack.id, rule.id), fields: rule.fields() })
        });
        Failures {
            socle: rules.socle,
            identifier: Roles::of(rules.socle, rules.kind()).identifier,
            key: key.clone(),
            rules: watched.collect(),
            found: Mutex::new(Vec::new()),
            before: 0,
        }
    }

    /// What fails now, frozen; and how many failures have no identifier, and are not.
    pub(super) fn freeze(self, rules: &Rules<'_>, as_of: Date) -> (Baseline, u64) {
        let found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let names: Vec<(String, String)> = rules
            .packs
            .iter()
            .flat_map(|pack| pack.rules.iter().map(move |rule| (pack.id.clone(), rule.id.clone())))
            .collect();
        let mut failures: BTreeMap<(String, String), Vec<u64>> = BTreeMap::new();
        let mut nameless = 0;
        for Found { rule, fingerprint, .. } in found {
            match fingerprint {
                Some(fingerprint) => failures.entry(names[rule].clone()).or_default().push(fingerprint),
                None => nameless += 1,
            }
        }
        failures.values_mut().for_each(|fingerprints| fingerprints.sort_unstable());
        let packs = rules.packs.iter().map(|pack| (pack.id.clone(), pack.version.clone(), pack.digest.clone()));
        let kind = rules.kind().to_owned();
        (Baseline { kind, as_of, packs: packs.collect(), key: self.key.check(), failures }, nameless)
    }
}

impl RowOutput for Failures<'_> {
    fn begin(&mut self, workers: usize) -> io::Result<Vec<Box<dyn RowSink + '_>>> {
        self.before = self.found.get_mut().unwrap_or_else(PoisonError::into_inner).len();
        let failures = &*self;
        let sink = |_| -> Box<dyn RowSink + '_> {
            let record = vec![Datum::Unknown(Missing::NotCollected); failures.socle.fields.len()];
            Box::new(FailureSink { failures, record, known: HashMap::new(), key: Vec::new() })
        };
        Ok((0..workers).map(sink).collect())
    }

    fn take_back(&mut self) -> io::Result<()> {
        let before = self.before;
        self.found.get_mut().unwrap_or_else(PoisonError::into_inner).truncate(before);
        Ok(())
    }
}

struct FailureSink<'f> {
    failures: &'f Failures<'f>,
    record: Vec<Datum>,
    /// What was read, by rule and raw cells.
    known: HashMap<Vec<u8>, [u8; 32]>,
    key: Vec<u8>,
}

impl RowSink for FailureSink<'_> {
    fn rows(&mut self, rows: &RowView<'_>) -> io::Result<()> {
        let Failures { socle, identifier, key, rules: watched, found, .. } = self.failures;
        let mut mine = Vec::new();
        for row in (0..rows.batch.rows).filter(|row| rows.included(*row)) {
            for (number, rule) in watched.iter().enumerate() {
                let waived = match rows.ruling(number, row) {
                    Ruling::Fail => false,
                    Ruling::Waived => true,
                    Ruling::Pass | Ruling::Unknown | Ruling::NotApplicable => continue,
                };
                let who = rows.identifier(row);
                let who = who.trim();
                let class = identifier.map(|field| socle.identifier_class(field, who.as_bytes()));
                if matches!(class, None | Some(IdentifierClass::Blank | IdentifierClass::Unreadable)) {
                    mine.push(Found { rule: number, fingerprint: None, waived });
                    continue;
                }
                self.key.clear();
                self.key.extend((number as u64).to_le_bytes());
                rows.raw_key(row, &rule.fields, &mut self.key);
                let read = match self.known.get(&self.key) {
                    Some(read) => *read,
                    None => {
                        if self.known.len() >= REMEMBERED {
                            self.known.clear();
                        }
                        rows.read(row, &rule.fields, &mut self.record);
                        let read = values(socle, rule, &self.record);
                        self.known.insert(self.key.clone(), read);
                        read
                    }
                };
                let mut hasher = blake3::Hasher::new_keyed(&key.bytes);
                for part in [rule.name.as_bytes(), who.as_bytes(), &read] {
                    hasher.update(&(part.len() as u64).to_le_bytes());
                    hasher.update(part);
                }
                let hash = hasher.finalize();
                let fingerprint = hash.as_bytes()[..6].iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
                mine.push(Found { rule: number, fingerprint: Some(fingerprint), waived });
            }
        }
        found.lock().unwrap_or_else(PoisonError::into_inner).append(&mut mine);
        Ok(())
    }
}

/// What a rule reads of a record: its fields by their names, and their values as the socle knows them, so that a
/// spelling of a cell changes nothing.
fn values(socle: &Socle, rule: &Watched, record: &[Datum]) -> [u8; 32] {
    let mut text = String::new();
    for field in &rule.fields {
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

#[cfg(test)]
mod tests {
    use super::Now;
    use std::collections::BTreeMap;

    #[test]
    fn known_new_and_fixed() {
        let now = Now { failing: BTreeMap::from([(1, 2), (2, 1)]), waived: BTreeMap::from([(3, 1)]), nameless: 0 };
        assert_eq!(now.compare(&[]), (0, 0));
        assert_eq!(now.compare(&[1]), (1, 0));
        assert_eq!(now.compare(&[1, 1, 1, 2]), (3, 1));
        assert_eq!(now.compare(&[3, 3, 4]), (0, 2));
    }
}
