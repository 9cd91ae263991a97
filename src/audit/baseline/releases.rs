//! What closes the gate of releases: failures, and what their manifests do not tell.
//!
//! A release is known by its editor and its product, never by its version: the debt of one is that of the next. The
//! first half of a fingerprint stands for the release, so that a baseline of several products says nothing of those
//! that are not judged. A rule that compares with the version before is about one step between two versions: what
//! it finds is never frozen.

use super::{BITS, Baseline, Compared, Key, fingerprint, name_of, values};
use crate::audit::report::{BaselineReport, BaselineRule};
use crate::audit::survey::Rules;
use crate::manifest::Manifest;
use crate::pack::Rule;
use crate::pack::condition::Env;
use crate::socle::{FieldId, Manifests, Socle};
use crate::value::{Date, Datum, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a failure is in the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frozen {
    /// It is, and closes no gate.
    Known,
    /// It is not.
    New,
}

/// Freezes what fails and what is unknown now; also gives how many of these are of releases without editor or
/// product, and are not frozen.
#[must_use]
pub fn freeze_releases(manifests: &[Manifest], rules: &Rules<'_>, as_of: Date, key: &Key) -> (Baseline, u64) {
    let mut failures: BTreeMap<(String, String), Vec<u64>> = BTreeMap::new();
    let mut nameless = 0;
    let packs = rules.packs.iter().copied();
    for (pack, rule) in packs.flat_map(|pack| pack.rules.iter().map(move |rule| (pack, rule))) {
        for manifest in manifests {
            let env = Env {
                tables: &rules.socle.tables,
                parameters: &rules.socle.parameters,
                fields: &manifest.record,
                previous: &[],
                today: as_of,
            };
            let verdict = rule.verdict(&env);
            if rule.compares() || !matches!(verdict, Verdict::Fail | Verdict::Unknown) {
                continue;
            }
            match of_release(key, &pack.id, rule, verdict, &manifest.record, rules.socle) {
                Some(mark) => failures.entry((pack.id.clone(), rule.id.clone())).or_default().push(mark),
                None => nameless += 1,
            }
        }
    }
    for marks in failures.values_mut() {
        marks.sort_unstable();
        marks.dedup();
    }
    let frozen = rules.packs.iter().copied().filter(|pack| !pack.rules.iter().all(Rule::compares));
    (Baseline::new(rules, frozen, as_of, key, failures), nameless)
}

/// The fingerprint of a failure; `None` for what is never frozen.
pub(in crate::audit) fn of_release(
    key: &Key,
    pack: &str,
    rule: &Rule,
    verdict: Verdict,
    record: &[Datum],
    socle: &Socle,
) -> Option<u64> {
    let release = release_of(key, record, socle)?;
    // What is not told and becomes a failure is new, even where the values that were told are the same.
    let word = match verdict {
        Verdict::Fail => "fail",
        Verdict::Unknown => "unknown",
        Verdict::Pass | Verdict::NotApplicable => return None,
    };
    let read = values(socle, &rule.fields(), record);
    let failure = fingerprint(key, &[b"release failure", name_of(pack, &rule.id).as_bytes(), word.as_bytes(), &read]);
    (!rule.compares()).then_some(release | failure >> (BITS / 2))
}

/// The half of fingerprints that stands for a release; `None` when its editor or its product is not told.
fn release_of(key: &Key, record: &[Datum], socle: &Socle) -> Option<u64> {
    let Manifests { editor, product, .. } = socle.manifests.as_ref()?;
    let name = |field: FieldId| match record[usize::from(field.0)].known() {
        Some(crate::value::Value::String(text)) => Some(socle.folded(field, text)),
        _ => None,
    };
    let (editor, product) = (name(*editor)?, name(*product)?);
    let mark = fingerprint(key, &[b"release", editor.as_bytes(), product.as_bytes()]);
    Some(mark >> (BITS / 2) << (BITS / 2))
}

/// What a rule finds of a release, for a baseline.
pub(in crate::audit) struct Found<'f> {
    /// Its pack.
    pub(in crate::audit) pack: &'f str,
    /// Its id.
    pub(in crate::audit) rule: &'f str,
    /// Of what fails or is unknown, whatever it does to the gate.
    pub(in crate::audit) fingerprint: Option<u64>,
    /// What the baseline says of it, where it would close the gate.
    pub(in crate::audit) frozen: Option<Frozen>,
}

impl Compared {
    /// Whether a failure of a rule is in the baseline.
    pub(in crate::audit) fn knows(&self, pack: &str, rule: &str, fingerprint: Option<u64>) -> Frozen {
        let frozen = self.baseline.failures.get(&(pack.to_owned(), rule.to_owned()));
        match (frozen, fingerprint) {
            (Some(frozen), Some(fingerprint)) if frozen.contains(&fingerprint) => Frozen::Known,
            _ => Frozen::New,
        }
    }

    /// What is known, what is new, what is over, for each rule of the run.
    pub(in crate::audit) fn of_releases(
        &self,
        rules: &Rules<'_>,
        records: &[&[Datum]],
        found: &[Found<'_>],
    ) -> BaselineReport {
        let judged: BTreeSet<u64> =
            records.iter().filter_map(|record| release_of(&self.key, record, rules.socle)).collect();
        let all = rules.packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| (&pack.id, &rule.id)));
        let rules = all.map(|(pack, rule)| {
            let here = || found.iter().filter(|found| found.pack == pack && found.rule == rule);
            let count = |wanted: Frozen| here().filter(|found| found.frozen == Some(wanted)).count() as u64;
            let nameless = here().filter(|found| found.frozen.is_some() && found.fingerprint.is_none()).count();
            let still: BTreeSet<u64> = here().filter_map(|found| found.fingerprint).collect();
            let frozen = self.baseline.failures.get(&(pack.clone(), rule.clone())).into_iter().flatten();
            let half = |mark: u64| mark >> (BITS / 2) << (BITS / 2);
            BaselineRule {
                rule: rule.clone(),
                pack: pack.clone(),
                known: count(Frozen::Known),
                new: count(Frozen::New),
                nameless: nameless as u64,
                fixed: frozen.filter(|mark| judged.contains(&half(**mark)) && !still.contains(mark)).count() as u64,
            }
        });
        BaselineReport {
            name: self.name.clone(),
            digest: self.digest.clone(),
            as_of: self.baseline.as_of,
            rules: rules.collect(),
        }
    }
}
