//! `vigie.gate/1`: the judgement of releases for machines. The contract is `schema/gate.json`, and within version 1
//! it only grows.

use super::wire::{WireBaseline, WireEdition, WireFinding, WirePack, WireText, WireWaivers};
use super::{impact_json, page};
use crate::audit::{Change, FailOn, FieldRead, Frozen, GateReport, ReleaseLine, ReleaseReport, ReleaseRule};
use crate::diag::Diagnostic;
use crate::manifest::{Manifest, Place};
use crate::value::{Truth, Verdict};
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the contract.
pub const SCHEMA: &str = "vigie.gate/1";

/// Writes the judgement, indented, with a line break at the end.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, report: &GateReport) -> io::Result<()> {
    super::json::pretty(out, &Gate::from(report))
}

#[derive(Serialize)]
struct Gate<'a> {
    schema: &'static str,
    vigie: &'static str,
    as_of: String,
    gate: WireGate<'a>,
    socle: WireEdition<'a>,
    packs: Vec<WirePack<'a>>,
    releases: Vec<WireRelease<'a>>,
    data: Vec<WireFinding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    derogations: Option<WireWaivers<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<WireBaseline<'a>>,
}

#[derive(Serialize)]
struct WireGate<'a> {
    open: bool,
    reason: Option<OwnedText>,
    fail_on: &'a str,
    window: Option<&'a str>,
    allow_unknown: bool,
}

#[derive(Serialize)]
struct OwnedText {
    fr: String,
    en: String,
}

#[derive(Serialize)]
struct WireRelease<'a> {
    manifest: WireManifest<'a>,
    editor: Option<&'a str>,
    product: Option<&'a str>,
    version: Option<&'a str>,
    accepted: bool,
    counts: WireCounts,
    rules: Vec<WireRule<'a>>,
    previous: Option<WireManifest<'a>>,
    changes: Vec<WireChange<'a>>,
    impact: Option<impact_json::WireImpact<'a>>,
    notes: Vec<WireNote<'a>>,
}

#[derive(Serialize)]
struct WireManifest<'a> {
    name: &'a str,
    digest: &'a str,
    format: &'a str,
}

#[derive(Serialize, Default)]
struct WireCounts {
    pass: u64,
    fail: u64,
    unknown: u64,
    not_applicable: u64,
    /// Counted apart, when there is a file of waivers.
    #[serde(skip_serializing_if = "Option::is_none")]
    waived: Option<u64>,
}

#[derive(Serialize)]
struct WireRule<'a> {
    id: &'a str,
    pack: &'a str,
    column: &'a str,
    title: WireText<'a>,
    domain: &'a str,
    level: &'static str,
    verdict: &'static str,
    expires: Option<String>,
    closes: bool,
    /// Place in `derogations.list`.
    #[serde(skip_serializing_if = "Option::is_none")]
    waived: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'static str>,
    file: &'a str,
    source: serde_json::Value,
    lines: Vec<WireLine<'a>>,
}

#[derive(Serialize)]
struct WireLine<'a> {
    verdict: &'static str,
    of_scope: bool,
    reads: Vec<WireRead<'a>>,
    declared: Option<WireText<'a>>,
    needed: WireText<'a>,
    deadline: Option<String>,
    why: Option<WireText<'a>>,
    remedy: Option<WireText<'a>>,
    rule_line: usize,
}

#[derive(Serialize)]
struct WireRead<'a> {
    field: &'a str,
    label: WireText<'a>,
    previous: bool,
    place: Option<WirePlace>,
}

#[derive(Serialize)]
struct WirePlace {
    line: usize,
    column: usize,
    pointer: Option<String>,
}

#[derive(Serialize)]
struct WireChange<'a> {
    field: &'a str,
    label: WireText<'a>,
    kind: &'static str,
    before: Option<WireText<'a>>,
    after: Option<WireText<'a>>,
}

#[derive(Serialize)]
struct WireNote<'a> {
    code: &'static str,
    message: WireText<'a>,
    help: Option<WireText<'a>>,
    place: Option<WirePlace>,
}

impl<'a> From<&'a GateReport> for Gate<'a> {
    fn from(report: &'a GateReport) -> Gate<'a> {
        let closed = report.closed();
        let (fail_on, window) = match &report.options.fail_on {
            FailOn::Never => ("never", None),
            FailOn::Level(level) => (level.word(), None),
            FailOn::Expiring { text, .. } => ("expiring", Some(text.as_str())),
        };
        Gate {
            schema: SCHEMA,
            vigie: env!("CARGO_PKG_VERSION"),
            as_of: report.options.as_of.to_string(),
            gate: WireGate {
                open: closed.is_none(),
                reason: closed.map(|closed| OwnedText { fr: closed.reason.fr, en: closed.reason.en }),
                fail_on,
                window,
                allow_unknown: report.options.allow_unknown,
            },
            socle: WireEdition::from(&report.socle),
            packs: report.packs.iter().map(WirePack::from).collect(),
            releases: report.releases.iter().map(|release| WireRelease::of(report, release)).collect(),
            data: report.data.iter().map(WireFinding::from).collect(),
            derogations: report.waivers.as_ref().map(WireWaivers::from),
            baseline: report.baseline.as_ref().map(WireBaseline::from),
        }
    }
}

impl<'a> WireRelease<'a> {
    fn of(report: &GateReport, release: &'a ReleaseReport) -> WireRelease<'a> {
        let mut counts = WireCounts { waived: report.waivers.as_ref().map(|_| 0), ..WireCounts::default() };
        for rule in &release.rules {
            if let (Some(_), Some(waived)) = (rule.waived, counts.waived.as_mut()) {
                *waived += 1;
                continue;
            }
            *match rule.verdict {
                Verdict::Pass => &mut counts.pass,
                Verdict::Fail => &mut counts.fail,
                Verdict::Unknown => &mut counts.unknown,
                Verdict::NotApplicable => &mut counts.not_applicable,
            } += 1;
        }
        WireRelease {
            manifest: WireManifest::from(&release.manifest),
            editor: release.editor.as_deref(),
            product: release.product.as_deref(),
            version: release.version.as_deref(),
            accepted: report.accepts(release),
            counts,
            rules: release.rules.iter().map(WireRule::from).collect(),
            previous: release.previous.as_ref().map(WireManifest::from),
            changes: release.changes.iter().map(WireChange::from).collect(),
            impact: release.impact.as_ref().map(impact_json::WireImpact::from),
            notes: release.manifest.notes.iter().map(|note| WireNote::of(&release.manifest, note)).collect(),
        }
    }
}

impl<'a> From<&'a Manifest> for WireManifest<'a> {
    fn from(manifest: &'a Manifest) -> WireManifest<'a> {
        WireManifest { name: &manifest.name, digest: &manifest.digest, format: &manifest.format }
    }
}

impl<'a> From<&'a ReleaseRule> for WireRule<'a> {
    fn from(rule: &'a ReleaseRule) -> WireRule<'a> {
        WireRule {
            id: &rule.id,
            pack: &rule.pack,
            column: &rule.column,
            title: WireText::from(&rule.title),
            domain: &rule.domain,
            level: rule.level.word(),
            verdict: page::verdict_name(rule.verdict),
            expires: rule.expires.map(|date| date.to_string()),
            closes: rule.closes,
            waived: rule.waived,
            baseline: rule.frozen.map(|frozen| match frozen {
                Frozen::Known => "known",
                Frozen::New => "new",
            }),
            file: &rule.file,
            source: page::source_json(&rule.source),
            lines: rule.lines.iter().map(WireLine::from).collect(),
        }
    }
}

impl<'a> From<&'a ReleaseLine> for WireLine<'a> {
    fn from(line: &'a ReleaseLine) -> WireLine<'a> {
        WireLine {
            verdict: if line.truth == Truth::Unknown { "unknown" } else { "fail" },
            of_scope: line.of_scope,
            reads: line.reads.iter().map(WireRead::from).collect(),
            declared: line.declared.as_ref().map(WireText::from),
            needed: WireText::from(&line.needed),
            deadline: line.deadline.map(|date| date.to_string()),
            why: line.why.as_ref().map(WireText::from),
            remedy: line.remedy.as_ref().map(WireText::from),
            rule_line: line.line,
        }
    }
}

impl<'a> From<&'a FieldRead> for WireRead<'a> {
    fn from(read: &'a FieldRead) -> WireRead<'a> {
        let place = read.place.as_ref();
        WireRead {
            field: &read.field,
            label: WireText::from(&read.label),
            previous: read.previous,
            place: place.map(WirePlace::from),
        }
    }
}

impl<'a> From<&'a Change> for WireChange<'a> {
    fn from(change: &'a Change) -> WireChange<'a> {
        WireChange {
            field: &change.field,
            label: WireText::from(&change.label),
            kind: change.kind.word(),
            before: change.before.as_ref().map(WireText::from),
            after: change.after.as_ref().map(WireText::from),
        }
    }
}

impl<'a> WireNote<'a> {
    fn of(manifest: &Manifest, note: &'a Diagnostic) -> WireNote<'a> {
        WireNote {
            code: note.code,
            message: WireText::from(&note.message),
            help: note.help.as_ref().map(WireText::from),
            place: manifest.place_of(note).as_ref().map(WirePlace::from),
        }
    }
}

impl From<&Place> for WirePlace {
    fn from(Place { line, column, pointer, .. }: &Place) -> WirePlace {
        WirePlace { line: *line, column: *column, pointer: pointer.clone() }
    }
}
