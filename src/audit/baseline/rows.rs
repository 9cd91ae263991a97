//! Failures of the rows of inventories.

use super::{Baseline, Compared, Key, fingerprint, name_of, values};
use crate::audit::read::RowOutput;
use crate::audit::report::{BaselineReport, BaselineRule};
use crate::audit::survey::{Roles, Rules};
use crate::engine::{RowSink, RowView, Ruling};
use crate::socle::{FieldId, Socle};
use crate::value::{Date, Datum, Missing};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::{Mutex, PoisonError};

/// Distinct readings whose values are kept, a worker.
const REMEMBERED: usize = 1 << 16;

impl Compared {
    /// What is known, what is new, what is over.
    pub(in crate::audit) fn report(&self, rules: &Rules<'_>, failures: &Failures<'_>) -> BaselineReport {
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
pub(in crate::audit) struct Failures<'p> {
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
    pub(in crate::audit) fn new(rules: &Rules<'p>, key: &Key) -> Failures<'p> {
        let watched = rules.packs.iter().flat_map(|pack| {
            pack.rules.iter().map(|rule| Watched { name: name_of(&pack.id, &rule.id), fields: rule.fields() })
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
    pub(in crate::audit) fn freeze(self, rules: &Rules<'_>, as_of: Date) -> (Baseline, u64) {
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
        (Baseline::new(rules, rules.packs.iter().copied(), as_of, &self.key, failures), nameless)
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
                let Some(who) = identifier.and_then(|_| rows.plain_identity(row)) else {
                    mine.push(Found { rule: number, fingerprint: None, waived });
                    continue;
                };
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
                        let read = values(socle, &rule.fields, &self.record);
                        self.known.insert(self.key.clone(), read);
                        read
                    }
                };
                let fingerprint = fingerprint(key, &[rule.name.as_bytes(), who.as_bytes(), &read]);
                mine.push(Found { rule: number, fingerprint: Some(fingerprint), waived });
            }
        }
        found.lock().unwrap_or_else(PoisonError::into_inner).append(&mut mine);
        Ok(())
    }
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
