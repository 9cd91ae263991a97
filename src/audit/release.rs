//! May these releases ship? The rules on manifests of releases, judged, and what closes the gate.
//!
//! One record a manifest, judged by [`Rule::verdict`](crate::pack::Rule::verdict) as everything is. What a manifest does
//! not tell is unknown, and an unknown closes the gate like a failure does, unless it is allowed.

use super::baseline::{self, Compared, Frozen};
use super::changes::{Change, changes};
use super::findings::about_pack;
use super::gate::FailOn;
use super::impact::Impact;
use super::report::{BaselineReport, Closed, DataFinding, Edition, PackSummary, RuleText, WaiverReport, WaiverSummary};
use super::survey::Rules;
use super::waivers;
use crate::diag::{Diagnostic, Text};
use crate::manifest::{Manifest, Place};
use crate::pack::condition::{Env, Reason, truth};
use crate::pack::{Decision, Level, Rule, Waiver, Waivers, decisions};
use crate::socle::{Citation, FieldId, Socle};
use crate::text;
use crate::value::{Date, Datum, Truth, Type, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// What is asked of the gate.
#[derive(Clone, Debug)]
pub struct GateOptions {
    /// The date of the judgement.
    pub as_of: Date,
    /// What closes it.
    pub fail_on: FailOn,
    /// What is unknown does not close it.
    pub allow_unknown: bool,
    /// Waivers granted on the rules of the packs.
    pub waivers: Option<Waivers>,
    /// Failures that are known, and do not close it.
    pub baseline: Option<Compared>,
}

/// The releases judged.
#[derive(Clone, Debug)]
pub struct GateReport {
    /// What was asked.
    pub options: GateOptions,
    /// The socle used.
    pub socle: Edition,
    /// The packs used.
    pub packs: Vec<PackSummary>,
    /// One entry a manifest, in the order given.
    pub releases: Vec<ReleaseReport>,
    /// What is to be said about the packs and the waivers.
    pub data: Vec<DataFinding>,
    /// The waivers, when there is a file of them.
    pub waivers: Option<WaiverReport>,
    /// What became of the failures of a baseline, when one was given.
    pub baseline: Option<BaselineReport>,
}

/// A release judged.
#[derive(Clone, Debug)]
pub struct ReleaseReport {
    /// The manifest, as read.
    pub manifest: Manifest,
    /// Its editor, as declared.
    pub editor: Option<String>,
    /// Its product, as declared.
    pub product: Option<String>,
    /// Its version, in three numbers at least.
    pub version: Option<String>,
    /// The rules, in the order of the packs then of the ids.
    pub rules: Vec<ReleaseRule>,
    /// The manifest of the version before, when one was given.
    pub previous: Option<Manifest>,
    /// What changes from the version before.
    pub changes: Vec<Change>,
    /// What installing it does to a base, when one was given.
    pub impact: Option<Impact>,
}

/// A rule's answer on a release.
#[derive(Clone, Debug)]
pub struct ReleaseRule {
    /// Id of its pack.
    pub pack: String,
    /// Its id.
    pub id: String,
    /// Its name among all: the id, or `pack/id` when several packs are selected.
    pub column: String,
    /// What is wrong when it fails.
    pub title: Text,
    /// Family of rules.
    pub domain: String,
    /// Blocking, advisory or info.
    pub level: Level,
    /// The verdict.
    pub verdict: Verdict,
    /// First day at which it fails, within the window of the gate.
    pub expires: Option<Date>,
    /// Whether it closes the gate.
    pub closes: bool,
    /// The waiver that covers it, by its place in the file's list: of several, the last to end.
    pub waived: Option<usize>,
    /// All the waivers that cover it.
    pub covering: Vec<usize>,
    /// What the baseline says of it, when one was given and it would close the gate otherwise.
    pub frozen: Option<Frozen>,
    /// What a baseline knows it by.
    fingerprint: Option<u64>,
    /// What its file says to people.
    pub text: RuleText,
    /// Its file.
    pub file: String,
    /// Where it comes from.
    pub source: Citation,
    /// What does not hold, or is not known.
    pub lines: Vec<ReleaseLine>,
}

/// What does not hold in a rule, or is not known.
#[derive(Clone, Debug)]
pub struct ReleaseLine {
    /// False: it does not hold; unknown: the manifest does not tell.
    pub truth: Truth,
    /// It is whether the rule concerns the release that is not known.
    pub of_scope: bool,
    /// The fields read.
    pub reads: Vec<FieldRead>,
    /// What is declared, with labels; `None` when nothing is.
    pub declared: Option<Text>,
    /// What is needed, in words.
    pub needed: Text,
    /// The date that decides, when one does.
    pub deadline: Option<Date>,
    /// Why it is asked.
    pub why: Option<Text>,
    /// What to do.
    pub remedy: Option<Text>,
    /// Line of the condition in the rule's file.
    pub line: usize,
}

/// A field that a condition reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRead {
    /// Its id: the key of the manifest.
    pub field: String,
    /// Its name for people, with the attributes read.
    pub label: Text,
    /// In the manifest of the version before.
    pub previous: bool,
    /// Where it is told; `None` when it is not.
    pub place: Option<Place>,
}

impl GateReport {
    /// Why the gate is closed; `None` when it is open.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        let closing: Vec<(&ReleaseReport, usize)> = self
            .releases
            .iter()
            .map(|release| (release, release.closing().count()))
            .filter(|(_, closing)| *closing > 0)
            .collect();
        let expired = self.expired().map(WaiverSummary::why_closed);
        let Some((first, n)) = closing.first() else { return expired.map(|reason| Closed { reason }) };
        let (name, rule) = (first.name(), first.closing().next().map(|rule| rule.column.clone()).unwrap_or_default());
        let refused = self.releases.iter().filter(|release| !self.accepts(release)).count();
        let (more, others) = (n - 1, refused - 1);
        let mut reason = text!("{name} ne satisfait pas `{rule}`", "{name} does not satisfy `{rule}`");
        if more > 0 {
            let plural = if more > 1 { "s" } else { "" };
            let Text { fr, en } = &reason;
            reason = text!("{fr} et {more} autre{plural} règle{plural}", "{en} and {more} other rule{plural}");
        }
        if others > 0 {
            let (plural, verb) = if others > 1 { ("s", "sont refusées") } else { ("", "est refusée") };
            let Text { fr, en } = &reason;
            reason = text!(
                "{fr} ; {others} autre{plural} version{plural} {verb}",
                "{en}; {others} other release{plural} refused"
            );
        }
        if let Some(Text { fr: why_fr, en: why_en }) = &expired {
            let Text { fr, en } = &reason;
            reason = text!("{fr} ; {why_fr}", "{en}; {why_en}");
        }
        Some(Closed { reason })
    }

    /// A waiver that has expired: while the file has one, nothing is accepted, unless nothing closes the gate.
    #[must_use]
    pub fn expired(&self) -> Option<&WaiverSummary> {
        let waivers = self.waivers.as_ref().filter(|_| self.options.fail_on != FailOn::Never)?;
        waivers.list.iter().find(|waiver| waiver.expired())
    }

    /// Whether a release may ship: no rule closes the gate on it, and no waiver has expired.
    #[must_use]
    pub fn accepts(&self, release: &ReleaseReport) -> bool {
        self.expired().is_none() && release.closing().next().is_none()
    }
}

impl ReleaseReport {
    /// The rules that close the gate.
    pub fn closing(&self) -> impl Iterator<Item = &ReleaseRule> {
        self.rules.iter().filter(|rule| rule.closes)
    }

    /// Its name for people: product and version, else the file.
    #[must_use]
    pub fn name(&self) -> String {
        match (&self.product, &self.version) {
            (Some(product), Some(version)) => format!("{product} {version}"),
            (Some(product), None) => product.clone(),
            _ => self.manifest.name.clone(),
        }
    }
}

/// Judges manifests. With a manifest of the version before, every one is compared with it.
///
/// # Errors
/// A manifest of the version before that is of another product; a baseline that was not made for these rules.
pub fn judge_releases(
    manifests: Vec<Manifest>,
    previous: Option<Manifest>,
    rules: &Rules<'_>,
    options: &GateOptions,
) -> Result<GateReport, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    if let Some(previous) = &previous {
        faults.extend(manifests.iter().filter_map(|manifest| other_product(manifest, previous, rules.socle)));
    }
    if let Some(Err(found)) = options.baseline.as_ref().map(|baseline| baseline.check(rules)) {
        faults.extend(found);
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let judged = manifests.into_iter().map(|manifest| judge(manifest, previous.clone(), rules, options));
    let releases: Vec<ReleaseReport> = judged.collect();
    let waivers = options.waivers.as_ref().map(|waivers| {
        let mut covered = vec![0; waivers.list.len()];
        // Those that alone cover something until their end.
        let mut needed = vec![false; waivers.list.len()];
        for rule in releases.iter().flat_map(|release| &release.rules) {
            let last = rule.waived.map(|waiver| waivers.list[waiver].until);
            for waiver in &rule.covering {
                covered[*waiver] += 1;
                needed[*waiver] |= Some(waivers.list[*waiver].until) == last;
            }
        }
        let mut report = waivers::report(waivers, options.as_of, &covered);
        for ((waiver, covered), needed) in report.list.iter_mut().zip(&covered).zip(needed) {
            waiver.outlived = *covered > 0 && !needed;
        }
        report
    });
    let mut data = waivers.as_ref().map(waivers::findings).unwrap_or_default();
    for pack in &rules.packs {
        about_pack(pack, options.as_of, &mut data);
    }
    let baseline = options.baseline.as_ref().map(|baseline| {
        let found = releases.iter().flat_map(|release| &release.rules).map(|rule| baseline::Found {
            pack: &rule.pack,
            rule: &rule.id,
            fingerprint: rule.fingerprint,
            frozen: rule.frozen,
        });
        let records: Vec<&[Datum]> = releases.iter().map(|release| release.manifest.record.as_slice()).collect();
        baseline.of_releases(rules, &records, &found.collect::<Vec<_>>())
    });
    Ok(GateReport {
        releases,
        waivers,
        baseline,
        options: options.clone(),
        socle: rules.edition.clone(),
        packs: rules.packs.iter().map(|pack| PackSummary::of(pack)).collect(),
        data,
    })
}

fn judge(manifest: Manifest, previous: Option<Manifest>, rules: &Rules<'_>, options: &GateOptions) -> ReleaseReport {
    let socle = rules.socle;
    let before: &[Datum] = previous.as_ref().map(|previous| previous.record.as_slice()).unwrap_or_default();
    let at = |today| Env {
        tables: &socle.tables,
        parameters: &socle.parameters,
        fields: &manifest.record,
        previous: before,
        today,
    };
    let several = rules.packs.len() > 1;
    let mut judged = Vec::new();
    for (place, pack) in rules.packs.iter().enumerate() {
        for rule in &pack.rules {
            let env = at(options.as_of);
            let verdict = rule.verdict(&env);
            let granted: Vec<(usize, &Waiver)> = options
                .waivers
                .iter()
                .flat_map(|waivers| waivers.list.iter().enumerate())
                .filter(|(_, waiver)| waiver.rules.iter().any(|(of, id)| *of == place && *id == rule.id))
                .collect();
            let covering = |date: Date| {
                let covers =
                    |waiver: &Waiver| !waiver.expired_on(date) && truth(&waiver.scope.expr, &at(date)) == Truth::True;
                granted.iter().copied().filter(|(_, waiver)| covers(waiver)).collect::<Vec<_>>()
            };
            let covered = match verdict {
                Verdict::Fail | Verdict::Unknown => covering(options.as_of),
                Verdict::Pass | Verdict::NotApplicable => Vec::new(),
            };
            let waived = covered.iter().rev().max_by_key(|(_, waiver)| waiver.until).map(|(number, _)| *number);
            let expires = match (&options.fail_on, verdict) {
                (FailOn::Expiring { until, .. }, Verdict::Pass | Verdict::NotApplicable) => {
                    let mut dates = rule.flips(&env, options.as_of, *until);
                    let ends = granted.iter().filter_map(|(_, waiver)| waiver.until.plus_days(1));
                    dates.extend(ends.filter(|date| *date > options.as_of && *date <= *until));
                    dates
                        .into_iter()
                        .find(|date| rule.verdict(&at(*date)) == Verdict::Fail && covering(*date).is_empty())
                }
                _ => None,
            };
            let day = expires.unwrap_or(options.as_of);
            let mut decided = decisions(rule, &at(day));
            if rule.open_before && decided.iter().any(|decision| !untold_before(decision)) {
                decided.retain(|decision| !untold_before(decision));
            }
            let open = rule.open_before && decided.iter().all(untold_before);
            let bad = match verdict {
                Verdict::Fail => true,
                Verdict::Unknown => !options.allow_unknown && !open,
                Verdict::Pass | Verdict::NotApplicable => false,
            };
            let (fingerprint, frozen) = match &options.baseline {
                Some(compared) => {
                    let mark = baseline::of_release(&compared.key, &pack.id, rule, verdict, &manifest.record, socle);
                    (mark, (bad && waived.is_none()).then(|| compared.knows(&pack.id, &rule.id, mark)))
                }
                None => (None, None),
            };
            let excused = waived.is_some() || frozen == Some(Frozen::Known);
            judged.push(ReleaseRule {
                pack: pack.id.clone(),
                id: rule.id.clone(),
                column: if several { format!("{}/{}", pack.id, rule.id) } else { rule.id.clone() },
                title: rule.title.clone(),
                domain: rule.domain.clone(),
                level: rule.level,
                verdict,
                expires,
                closes: !excused && (bad || expires.is_some()) && watches(&options.fail_on, rule.level),
                waived,
                covering: covered.into_iter().map(|(number, _)| number).collect(),
                frozen,
                fingerprint,
                text: RuleText::of(rule),
                file: rule.file.name.clone(),
                source: rule.source.clone(),
                lines: match verdict {
                    Verdict::NotApplicable if expires.is_none() => Vec::new(),
                    _ => lines(rule, &decided, &manifest, previous.as_ref(), socle),
                },
            });
        }
    }
    let named = |of: fn(&crate::socle::Manifests) -> FieldId| {
        socle.manifests.as_ref().and_then(|manifests| manifest.text(of(manifests))).map(str::to_owned)
    };
    let (editor, product) = (named(|manifests| manifests.editor), named(|manifests| manifests.product));
    let version = socle.manifests.as_ref().and_then(|manifests| manifest.version(manifests));
    let changes = previous.as_ref().map(|previous| changes(&previous.record, &manifest.record, socle));
    ReleaseReport {
        editor,
        product,
        version,
        rules: judged,
        changes: changes.unwrap_or_default(),
        previous,
        manifest,
        impact: None,
    }
}

/// Whether a condition is unknown because the version before does not tell: nobody can do it over.
fn untold_before(decision: &Decision) -> bool {
    let mut missing = decision.reasons.iter().flat_map(|reason| &reason.missing);
    decision.truth == Truth::Unknown && missing.any(|(read, _)| read.previous)
}

/// Whether the gate looks at rules of a level.
fn watches(fail_on: &FailOn, level: Level) -> bool {
    match fail_on {
        FailOn::Never => false,
        FailOn::Level(watched) => level >= *watched,
        FailOn::Expiring { .. } => level >= Level::Blocking,
    }
}

fn lines(
    rule: &Rule,
    decided: &[Decision],
    manifest: &Manifest,
    previous: Option<&Manifest>,
    socle: &Socle,
) -> Vec<ReleaseLine> {
    let mut lines: Vec<ReleaseLine> = Vec::new();
    for decision in decided {
        let require = decision.require.and_then(|number| rule.requires.get(number));
        let condition = require.map(|require| &require.that).or(rule.scope.as_ref());
        let compared = lists_compared(&decision.reasons, manifest, previous, socle);
        for reason in &decision.reasons {
            let list = reason.reads.iter().find_map(|read| compared.get(&read.field));
            let line = ReleaseLine {
                truth: decision.truth,
                of_scope: decision.require.is_none(),
                reads: reads(reason, list.is_some(), manifest, previous, socle),
                declared: list.map(|(now, _)| now.clone()).or_else(|| reason.told()),
                needed: list.map_or_else(|| reason.needed.clone(), |(_, before)| before.clone()),
                deadline: reason.deadline,
                why: require.map(|require| require.why.clone()),
                remedy: require.map(|require| require.remedy.clone()),
                line: condition.map_or(1, crate::pack::Condition::line),
            };
            // Items of a list that are wrong in the same way are one line.
            let same = |other: &&ReleaseLine| {
                (&other.reads, &other.declared, &other.needed, other.line)
                    == (&line.reads, &line.declared, &line.needed, line.line)
            };
            if !lines.iter().any(|other| same(&other)) {
                lines.push(line);
            }
        }
    }
    lines
}

/// Lists of the two manifests that items are compared of: what each has, which says more than each pair of items.
fn lists_compared(
    reasons: &[Reason],
    manifest: &Manifest,
    previous: Option<&Manifest>,
    socle: &Socle,
) -> BTreeMap<FieldId, (Text, Text)> {
    let Some(previous) = previous else { return BTreeMap::new() };
    let read = |field: FieldId, before: bool| {
        reasons.iter().flat_map(|reason| &reason.reads).any(|read| read.field == field && read.previous == before)
    };
    let lists = manifest.places.keys().copied().filter(|field| {
        let is_list = matches!(socle.fields[usize::from(field.0)].ty, Type::List(_));
        is_list && previous.places.contains_key(field) && read(*field, true) && read(*field, false)
    });
    lists
        .map(|field| {
            let label = |record: &[Datum]| socle.tables.datum_label(&record[usize::from(field.0)]);
            let Text { fr, en } = label(&previous.record);
            let before = text!("ce qu'avait la version précédente ({fr})", "what the previous version had ({en})");
            (field, (label(&manifest.record), before))
        })
        .collect()
}

/// What a condition reads; `whole`: items of lists stand for the lists.
fn reads(
    reason: &Reason,
    whole: bool,
    manifest: &Manifest,
    previous: Option<&Manifest>,
    socle: &Socle,
) -> Vec<FieldRead> {
    let mut seen = BTreeSet::new();
    let path = |path: &str| if whole { String::new() } else { path.to_owned() };
    let reads = reason.reads.iter().filter(|read| seen.insert((read.field, read.previous, path(&read.path))));
    reads
        .map(|read| FieldRead {
            field: socle.fields[usize::from(read.field.0)].id.clone(),
            label: socle.path_label(read.field, &path(&read.path)),
            previous: read.previous,
            place: match (read.previous, previous) {
                (true, Some(previous)) => previous.places.get(&read.field).cloned(),
                (true, None) => None,
                (false, _) => manifest.places.get(&read.field).cloned(),
            },
        })
        .collect()
}

/// Two manifests that are not of the same product.
fn other_product(manifest: &Manifest, previous: &Manifest, socle: &Socle) -> Option<Diagnostic> {
    let (editor, product) = socle.manifests.as_ref().map(|manifests| (manifests.editor, manifests.product))?;
    let folded = |manifest: &Manifest| manifest.text(editor).map(|name| socle.folded(editor, name));
    let other_editor = folded(manifest).zip(folded(previous)).is_some_and(|(one, two)| one != two);
    if !other_editor && super::impact::same_product(&manifest.record, &previous.record, socle) != Truth::False {
        return None;
    }
    let name = |manifest: &Manifest| {
        let told = [manifest.text(product), manifest.text(editor)];
        let told: Vec<&str> = told.into_iter().flatten().collect();
        if told.is_empty() { "?".to_owned() } else { told.join(", ") }
    };
    let (new, old) = (name(manifest), name(previous));
    let message = text!(
        "la version précédente est de `{old}`, celle à juger de `{new}`",
        "the previous version is of `{old}`, the one to judge of `{new}`"
    );
    let mut fault = Diagnostic::error("gate/other-product", message);
    for (manifest, label) in [(manifest, text!("à juger", "to judge")), (previous, text!("précédente", "previous"))]
    {
        if let Some(place) = manifest.places.get(&product) {
            fault = fault.at(&manifest.source, place.span.clone(), label);
        }
    }
    Some(fault.help(text!(
        "`--previous` prend le manifeste de la version d'avant du même produit",
        "`--previous` takes the manifest of the version before of the same product"
    )))
}
