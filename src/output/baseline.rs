//! Baselines: the file `vigie.baseline/1`, and what an audit says of one to people.

use super::basis::lang_pick;
use super::markdown::escape;
use super::table::{Heading, Table};
use super::{Look, number, visible_line};
use crate::audit::{Baseline, BaselineReport, BaselineRule};
use crate::diag::{Diagnostic, Lang};
use crate::text;
use crate::value::Date;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Name and version of the contract.
pub const SCHEMA: &str = "vigie.baseline/1";

/// Hexadecimal digits of a fingerprint.
const DIGITS: usize = 12;

/// Fingerprints on a line of the file.
const ON_A_LINE: usize = 10;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    schema: Cow<'a, str>,
    kind: Cow<'a, str>,
    as_of: String,
    packs: Vec<WirePack<'a>>,
    key: Cow<'a, str>,
    rules: Vec<WireRule<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WirePack<'a> {
    id: Cow<'a, str>,
    version: String,
    digest: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRule<'a> {
    pack: Cow<'a, str>,
    id: Cow<'a, str>,
    failures: usize,
    /// Sorted, several on a line without anything between.
    fingerprints: Vec<String>,
}

/// Writes the file: the same failures give the same bytes.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, baseline: &Baseline) -> io::Result<()> {
    let rules = baseline.failures.iter().map(|((pack, id), fingerprints)| {
        let line = |chunk: &[u64]| chunk.iter().map(|fingerprint| format!("{fingerprint:012x}")).collect();
        WireRule {
            pack: pack.into(),
            id: id.into(),
            failures: fingerprints.len(),
            fingerprints: fingerprints.chunks(ON_A_LINE).map(line).collect(),
        }
    });
    let packs = baseline.packs.iter().map(|(id, version, digest)| WirePack {
        id: id.into(),
        version: version.to_string(),
        digest: digest.into(),
    });
    let wire = Wire {
        schema: SCHEMA.into(),
        kind: (&baseline.kind).into(),
        as_of: baseline.as_of.to_string(),
        packs: packs.collect(),
        key: (&baseline.key).into(),
        rules: rules.collect(),
    };
    crate::output::json::pretty(out, &wire)
}

/// Reads the file.
///
/// # Errors
/// Why it is not one.
pub fn read(name: &str, bytes: &[u8]) -> Result<Baseline, Box<Diagnostic>> {
    let bad = |why: &str, line: usize| {
        Box::new(
            Diagnostic::error(
                "baseline/unreadable",
                text!(
                    "`{name}` n'est pas une baseline de vigie, ligne {line} : {why}",
                    "`{name}` is not a baseline of vigie, line {line}: {why}"
                ),
            )
            .help(text!(
                "en faire une : `vigie baseline write {name} ENTRÉE…`",
                "make one: `vigie baseline write {name} INPUT…`"
            )),
        )
    };
    let wire: Wire<'_> =
        serde_json::from_slice(bytes).map_err(|error| bad(&format!("`{error}`"), error.line().max(1)))?;
    if wire.schema != SCHEMA {
        let schema = &wire.schema;
        return Err(bad(&format!("`{schema}`, `{SCHEMA}`"), 1));
    }
    let as_of = Date::parse_iso(&wire.as_of).ok_or_else(|| bad("`as_of`", 1))?;
    let mut packs = Vec::new();
    for pack in wire.packs {
        let version = pack.version.parse().map_err(|_| bad("`version`", 1))?;
        packs.push((pack.id.into_owned(), version, pack.digest.into_owned()));
    }
    let mut failures = BTreeMap::new();
    for rule in wire.rules {
        let all = rule.fingerprints.concat();
        let whole = all.is_ascii() && all.len() == rule.failures.saturating_mul(DIGITS);
        let numbers = all
            .as_bytes()
            .chunks(DIGITS)
            .map(|digits| std::str::from_utf8(digits).ok().and_then(|digits| u64::from_str_radix(digits, 16).ok()));
        let numbers: Option<Vec<u64>> = numbers.collect();
        let numbers = numbers.filter(|_| whole).ok_or_else(|| bad("`fingerprints`", 1))?;
        failures.insert((rule.pack.into_owned(), rule.id.into_owned()), numbers);
    }
    Ok(Baseline { kind: wire.kind.into_owned(), as_of, packs, key: wire.key.into_owned(), failures })
}

/// What a baseline is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Rows of inventories, counted.
    Rows,
    /// Releases, one verdict a rule each.
    Releases,
}

/// The section of the text.
pub(super) fn text<W: Write + ?Sized>(
    mut out: &mut W,
    report: Option<&BaselineReport>,
    of: Of,
    look: &Look,
) -> io::Result<()> {
    let Some(report) = report else { return Ok(()) };
    let lang = look.lang;
    super::basis::title(&mut out, look, &title(report, of, &visible_line(&report.name), lang))?;
    let rules = worth_telling(report);
    if rules.is_empty() {
        return writeln!(out, "  {}", nothing(lang));
    }
    let mut headings = headings(of, lang).into_iter();
    let rule = headings.next().map(Heading::text);
    let mut table = Table::new(rule.into_iter().chain(headings.map(Heading::number)).collect());
    for rule in rules {
        table.push(cells(rule, report, of, lang));
    }
    write!(out, "{}", table.draw(look))
}

/// The section of the Markdown.
pub(super) fn markdown<W: Write + ?Sized>(
    out: &mut W,
    report: Option<&BaselineReport>,
    of: Of,
    lang: Lang,
) -> io::Result<()> {
    let Some(report) = report else { return Ok(()) };
    writeln!(out, "\n## {}\n", title(report, of, &escape(&report.name), lang))?;
    let rules = worth_telling(report);
    if rules.is_empty() {
        return writeln!(out, "{}", nothing(lang));
    }
    let headings = headings(of, lang);
    writeln!(out, "| {} |\n| :--{} |", headings.join(" | "), " | --:".repeat(headings.len() - 1))?;
    for rule in rules {
        let cells: Vec<String> = cells(rule, report, of, lang).iter().map(|cell| escape(cell)).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    Ok(())
}

fn title(report: &BaselineReport, of: Of, name: &str, lang: Lang) -> String {
    let date = number::date(report.as_of, lang);
    let title = match lang {
        Lang::Fr => format!("Depuis la baseline du {date} ({name})"),
        Lang::En => format!("Since the baseline of {date} ({name})"),
    };
    match of {
        Of::Rows => title + lang_pick(lang, ", en lignes", ", in rows"),
        Of::Releases => title,
    }
}

fn nothing(lang: Lang) -> &'static str {
    lang_pick(lang, "aucun échec, ni alors ni maintenant", "no failure, neither then nor now")
}

fn headings(of: Of, lang: Lang) -> Vec<&'static str> {
    match (of, lang) {
        (Of::Rows, Lang::Fr) => vec!["règle", "échecs connus", "nouveaux", "dont sans identifiant", "disparus"],
        (Of::Rows, Lang::En) => vec!["rule", "known failures", "new", "without identifier", "gone"],
        (Of::Releases, Lang::Fr) => vec!["règle", "connus", "nouveaux", "disparus"],
        (Of::Releases, Lang::En) => vec!["rule", "known", "new", "gone"],
    }
}

fn worth_telling(report: &BaselineReport) -> Vec<&BaselineRule> {
    report.rules.iter().filter(|rule| rule.known + rule.new + rule.fixed > 0).collect()
}

fn cells(rule: &BaselineRule, report: &BaselineReport, of: Of, lang: Lang) -> Vec<String> {
    let several = report.rules.iter().any(|other| other.pack != rule.pack);
    let name = if several { format!("{}/{}", rule.pack, rule.rule) } else { rule.rule.clone() };
    let counts = match of {
        Of::Rows => vec![rule.known, rule.new, rule.nameless, rule.fixed],
        Of::Releases => vec![rule.known, rule.new, rule.fixed],
    };
    std::iter::once(name).chain(counts.into_iter().map(|n| number::integer(n, lang))).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_baseline_reads_back_and_nothing_else_is_one() {
        let baseline = Baseline {
            kind: "installation".into(),
            as_of: Date::parse_iso("2026-11-22").unwrap(),
            packs: vec![("essai".into(), "1.2.0".parse().unwrap(), "blake3:00".into())],
            key: "0123456789ab".into(),
            failures: BTreeMap::from([
                (("essai".into(), "a".into()), (0..25).map(|n| n << 20).collect()),
                (("essai".into(), "b".into()), vec![u64::from(u32::MAX) << 16]),
            ]),
        };
        let mut bytes = Vec::new();
        write(&mut bytes, &baseline).unwrap();
        assert_eq!(read("b.json", &bytes).unwrap(), baseline);
        let text = String::from_utf8(bytes).unwrap();
        for (from, to) in [
            ("vigie.baseline/1", "vigie.baseline/2"),
            ("2026-11-22", "22/11/2026"),
            ("1.2.0", "un"),
            ("\"failures\": 25", "\"failures\": 24"),
            ("000000000000", "00000000000é"),
            ("\"key\"", "\"clé\""),
            ("{", "["),
        ] {
            let fault = read("b.json", text.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert_eq!(fault.code, "baseline/unreadable", "{from}");
        }
    }
}
