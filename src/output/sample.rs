//! A small report that the tests of the formats share: every section is filled, and every text that comes
//! from outside is hostile somewhere.

use crate::audit::*;
use crate::diag::Text;
use crate::pack::Level;
use crate::socle::{CatalogueFile, Citation, Confidence};
use crate::text;
use crate::value::Date;

/// The report.
pub(super) fn report() -> Report {
    let date = |text: &str| Date::parse_iso(text).expect("a date");
    let edition = |version: &str| Edition { version: version.into(), digest: format!("blake3:{}", "0a".repeat(32)) };
    let status = |up_to_date, obsolete, undetermined, not_applicable| StatusCounts {
        up_to_date,
        obsolete,
        undetermined,
        not_applicable,
        waived: 0,
    };
    let counts = |pass, fail, unknown, not_applicable| Counts { pass, fail, unknown, not_applicable, waived: 0 };
    let rule = |id: &str, fr: &str, en: &str, level, counts, expiring, missing: &[&str]| RuleSummary {
        id: id.into(),
        pack: "essai".into(),
        column: id.into(),
        title: Text::new(fr, en),
        level,
        counts,
        expiring,
        closes: false,
        missing_fields: missing.iter().map(ToString::to_string).collect(),
        missing_labels: missing.iter().map(|name| Text::same(*name)).collect(),
        text: RuleText {
            domain: "essai".into(),
            why: vec![text!("Parce que ::error::x | <b>c'est dit</b>.", "Because `it` is <i>said</i>.")],
            remedy: vec![text!("Monter de niveau [ici](http://x).", "Raise the level @all.")],
            source: Citation {
                text: "Texte [d'essai](javascript:x)".into(),
                place: Some("§ 5".into()),
                url: Some("https://example.org/texte?a=1&b=(2)".into()),
                date: None,
                confidence: Confidence::High,
            },
        },
    };
    let known = |key: &str, fr: &str, en: &str| GroupValue::Known { key: key.into(), label: (fr.into(), en.into()) };
    let basis = Basis {
        as_of: date("2026-11-22"),
        unit: Unit::Row,
        rollup: None,
        filter: Some("profession == \"infirmier\" || true".into()),
        socle: edition("0.1.0"),
        packs: vec![PackSummary {
            id: "essai".into(),
            title: text!("Pack d'essai", "Trial pack"),
            edition: edition("1.2.0"),
            status: None,
        }],
        mapping: None,
        catalogues: vec![CatalogueFile { name: "agréments <éditeur>.toml".into(), digest: edition("0").digest }],
        registers: Vec::new(),
        inputs: vec![
            InputSummary {
                name: "parc|juin.csv".into(),
                digest: format!("blake3:{}", "1b".repeat(32)),
                rows: 1000,
                format: "csv".into(),
                dialects: Vec::new(),
                wrappings: vec!["gzip".into()],
                sheet: None,
                encoding: Some("windows-1252".into()),
                delimiter: Some(';'),
            },
            InputSummary {
                name: "-".into(),
                digest: format!("blake3:{}", "2c".repeat(32)),
                rows: 234,
                format: "csv".into(),
                dialects: Vec::new(),
                wrappings: Vec::new(),
                sheet: None,
                encoding: Some("utf-8".into()),
                delimiter: Some('\t'),
            },
        ],
        population: Population { rows: 1234, weight: None, ps: None },
        data: vec![
            DataFinding {
                code: "inventory/unreadable-value",
                field: Some("palier".into()),
                message: text!("valeur hors de l'échelle de `palier`", "value not on the scale of `palier`"),
                help: Some(text!("corriger l'export, ou ajouter un alias", "correct the export, or add an alias")),
                count: 214,
                distinct: Some(3),
                first: Some(FirstSeen {
                    document: None,
                    file: "parc|juin.csv".into(),
                    row: Some(1081),
                    line: Some(1082),
                    column: Some("Niveau".into()),
                    value: Some("1.40 \u{1b}[31madd 8 | <script>".into()),
                }),
            },
            DataFinding {
                code: "pack/review-due",
                field: None,
                message: text!("pack relu il y a plus d'un an", "pack reviewed more than a year ago"),
                help: None,
                count: 1,
                distinct: None,
                first: None,
            },
        ],
        published: false,
    };
    Report {
        basis,
        horizon: Some(Horizon { text: "6mo".into(), until: date("2027-05-22") }),
        status: status(384, 588, 28, 234),
        up_to_date_with_advice: 12,
        rules: vec![
            rule(
                "palier-depasse",
                "Palier dépassé",
                "Outdated level",
                Level::Blocking,
                counts(400, 572, 28, 234),
                Some(17),
                &[],
            ),
            rule(
                "navigateur",
                "Navigateur | <b>ancien</b>",
                "`Old` browser",
                Level::Advisory,
                counts(0, 0, 1234, 0),
                Some(0),
                &["navigateur", "os"],
            ),
            rule("note", "=SOMME(A1)", "=SUM(A1)", Level::Info, counts(0, 0, 0, 1234), None, &["os"]),
        ],
        by: vec![Breakdown {
            field: "profession".into(),
            label: text!("profession", "profession"),
            groups: vec![
                Group {
                    value: known("infirmier", "Infirmier", "Nurse"),
                    rank: None,
                    population: 1000,
                    status: status(384, 588, 28, 0),
                    rules: vec![counts(400, 572, 28, 0), counts(0, 0, 1000, 0), counts(0, 0, 0, 1000)],
                },
                Group {
                    value: GroupValue::Several,
                    rank: None,
                    population: 200,
                    status: status(0, 0, 0, 200),
                    rules: vec![counts(0, 0, 0, 200), counts(0, 0, 200, 0), counts(0, 0, 0, 200)],
                },
                Group {
                    value: GroupValue::Unknown,
                    rank: None,
                    population: 34,
                    status: status(0, 0, 0, 34),
                    rules: vec![counts(0, 0, 0, 34), counts(0, 0, 34, 0), counts(0, 0, 0, 34)],
                },
            ],
        }],
        targets: vec![TargetReport {
            pack: "essai".into(),
            id: "tous".into(),
            title: text!("Tous | à jour", "All | up to date"),
            goal: 0.9,
            due: date("2026-12-31"),
            days_left: 39,
            counts: counts(400, 572, 28, 234),
            missing: (472, 500),
            source: Citation { text: "Essai".into(), place: None, url: None, date: None, confidence: Confidence::High },
            remark: None,
            pace: Some(Pace {
                since: date("2025-11-22"),
                counts: counts(300, 672, 28, 234),
                a_month: Some((0.072 / 12.0, 0.128 / 12.0)),
                reached: Some(Reach { from: date("2030-08-01"), by: Some(date("2033-10-31")) }),
            }),
        }],
        waivers: None,
        baseline: None,
        previous: Vec::new(),
        by_input: Vec::new(),
        closed: Some(Closed { reason: text!("588 échecs bloquants", "588 blocking failures") }),
    }
}
