//! Whether releases may ship, for people: in a terminal, in the log of a pipeline, in a merge request.
//!
//! No line begins with a text of a manifest: a runner would obey it.

use super::baseline::{self, Of};
use super::basis::lang_pick;
use super::markdown::escape;
use super::{Look, impact, number, page, said, visible_line, waivers, words};
use crate::audit::{ChangeKind, FieldRead, Frozen, GateReport, ReleaseLine, ReleaseReport, ReleaseRule};
use crate::diag::{Lang, Text};
use crate::manifest::Place;
use crate::text;
use crate::value::{Truth, Verdict};
use anstyle::AnsiColor;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// What ends a title that stands before a list, and goes when it is a heading.
pub(super) const TITLE_END: [char; 3] = [':', '\u{a0}', ' '];

/// Writes the judgement of the releases: for each, refused or accepted, then what does not hold, the rules that close
/// the gate first.
///
/// # Errors
/// Those of the writer.
pub fn text(out: &mut dyn Write, report: &GateReport, look: &Look) -> io::Result<()> {
    for (number, release) in report.releases.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        heading(out, report, release, look)?;
        for rule in in_full(release) {
            writeln!(out)?;
            failing(out, rule, release, look)?;
        }
        known(out, release, look)?;
        unknown(out, release, look)?;
        changes(out, release, look)?;
        if let Some(impact) = &release.impact {
            impact::text(out, impact, look)?;
        }
        others(out, release, look)?;
    }
    waivers::text(out, report.waivers.as_ref(), look)?;
    baseline::text(out, report.baseline.as_ref(), Of::Releases, look)?;
    if report.data.is_empty() {
        return Ok(());
    }
    let mut out = out;
    super::basis::title(&mut out, look, lang_pick(look.lang, "Constats", "Findings"))?;
    super::text::data_findings(&mut out, &report.data, look)
}

/// The rules that are told in full: those that close the gate, then the other failures, by level. What the baseline
/// knows was told when it was made.
fn in_full(release: &ReleaseReport) -> Vec<&ReleaseRule> {
    let failing = |rule: &ReleaseRule| rule.verdict == Verdict::Fail && rule.frozen != Some(Frozen::Known);
    let told = |rule: &&ReleaseRule| rule.closes || rule.waived.is_some() || failing(rule);
    let mut rules: Vec<&ReleaseRule> = release.rules.iter().filter(told).collect();
    rules.sort_by_key(|rule| (Reverse(rule.closes), Reverse(rule.verdict), Reverse(rule.level)));
    rules
}

fn heading(out: &mut dyn Write, report: &GateReport, release: &ReleaseReport, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let (color, word) = match report.accepts(release) {
        true => (AnsiColor::Green, text!("accepté", "accepted")),
        false => (AnsiColor::Red, text!("refusé", "refused")),
    };
    let name = named(release);
    let colon = super::basis::colon(lang);
    writeln!(out, "{}{colon} {}", look.colored(color, word.get(lang)), look.bold(&visible_line(&name)))?;
    if let Some(waiver) = report.expired() {
        page::hang(out, look, lang_pick(lang, "raison     ", "why        "), &said(&waiver.why_closed(), lang))?;
    }
    let (file, format) = (visible_line(&release.manifest.name), &release.manifest.format);
    page::hang(out, look, lang_pick(lang, "manifeste  ", "manifest   "), &format!("{file} ({format})"))?;
    if let Some(previous) = &release.previous {
        page::hang(out, look, lang_pick(lang, "précédent  ", "previous   "), &visible_line(&previous.name))?;
    }
    for pack in &report.packs {
        let title = visible_line(pack.title.get(lang));
        let line = format!("{} {} ({title})", visible_line(&pack.id), visible_line(&pack.edition.version));
        page::hang(out, look, "pack       ", &line)?;
    }
    let date = number::date(report.options.as_of, lang);
    page::hang(out, look, lang_pick(lang, "au         ", "as of      "), &date)
}

/// Product, version and editor.
pub(super) fn named(release: &ReleaseReport) -> String {
    let name = release.name();
    match &release.editor {
        Some(editor) => format!("{name} ({editor})"),
        None => name,
    }
}

fn failing(out: &mut dyn Write, rule: &ReleaseRule, release: &ReleaseReport, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let level = words::level(rule.level, lang);
    writeln!(out, "{}  {} ({level})", look.bold(&verdict(rule, lang)), rule.column)?;
    page::hang(out, look, "  ", &said(&rule.title, lang))?;
    for (number, line) in rule.lines.iter().enumerate() {
        let alternative = number > 0 && together(&rule.lines[number - 1], line);
        let prefix = if alternative { lang_pick(lang, "    ou ", "    or ") } else { "  - " };
        page::hang(out, look, prefix, &declared(line, lang))?;
        // What follows is said once of what stands together.
        if rule.lines.get(number + 1).is_some_and(|next| together(line, next)) {
            continue;
        }
        for read in &line.reads {
            if let Some(place) = &read.place {
                let file = if read.previous { release.previous.as_ref() } else { Some(&release.manifest) };
                let file = file.map(|manifest| manifest.name.as_str()).unwrap_or_default();
                let place = placed(file, place);
                page::hang(out, look, lang_pick(lang, "    où\u{a0}: ", "    where: "), &place)?;
            }
        }
        let (file, at) = (visible_line(&rule.file), line.line);
        page::hang(out, look, lang_pick(lang, "    règle\u{a0}: ", "    rule: "), &format!("{file}:{at}"))?;
        if let Some(deadline) = line.deadline {
            let date = number::date(deadline, lang);
            page::hang(out, look, lang_pick(lang, "    échéance\u{a0}: ", "    deadline: "), &date)?;
        }
    }
    for (why, remedy) in explained(rule) {
        page::hang(out, look, "  ", &said(why, lang))?;
        page::hang(out, look, lang_pick(lang, "  remède\u{a0}: ", "  remedy: "), &said(remedy, lang))?;
    }
    page::hang(out, look, lang_pick(lang, "  source\u{a0}: ", "  source: "), &page::citation(&rule.source, lang))
}

/// Whether two lines are of one condition on the same fields.
fn together(one: &ReleaseLine, two: &ReleaseLine) -> bool {
    let fields =
        |line: &ReleaseLine| line.reads.iter().map(|read| (read.previous, read.field.clone())).collect::<Vec<_>>();
    one.line == two.line && fields(one) == fields(two)
}

/// Why and remedy of the requirements that do not hold, each once.
pub(super) fn explained(rule: &ReleaseRule) -> Vec<(&Text, &Text)> {
    let mut told = Vec::new();
    for line in &rule.lines {
        if let (Some(why), Some(remedy)) = (&line.why, &line.remedy)
            && !told.contains(&(why, remedy))
        {
            told.push((why, remedy));
        }
    }
    told
}

pub(super) fn verdict(rule: &ReleaseRule, lang: Lang) -> String {
    match rule.expires {
        None if rule.waived.is_some() => {
            let verdict = page::verdict(rule.verdict, lang);
            said(&text!("{verdict}, sous dérogation", "{verdict}, waived"), lang)
        }
        None if rule.frozen == Some(Frozen::Known) => {
            let verdict = page::verdict(rule.verdict, lang);
            said(&text!("{verdict}, connu de la baseline", "{verdict}, known to the baseline"), lang)
        }
        None if rule.frozen == Some(Frozen::New) => {
            let verdict = page::verdict(rule.verdict, lang);
            said(&text!("{verdict}, nouveau", "{verdict}, new"), lang)
        }
        None => page::verdict(rule.verdict, lang).to_owned(),
        Some(date) => {
            let date = number::date(date, lang);
            said(&text!("non conforme le {date}", "fails on {date}"), lang)
        }
    }
}

/// What is declared, what is needed.
pub(super) fn declared(line: &ReleaseLine, lang: Lang) -> String {
    let labels: Vec<String> = line.reads.iter().map(|read| read_label(read, lang)).collect();
    let labels = labels.join(", ");
    let needed = line.needed.get(lang);
    let line = match (&line.declared, line.of_scope, line.truth) {
        (Some(seen), false, _) => {
            let seen = visible_line(seen.get(lang));
            text!("{labels} : déclaré {seen} ; attendu {needed}", "{labels}: declares {seen}; needs {needed}")
        }
        (None, false, Truth::Unknown) => {
            let keys = keys(&line.reads);
            text!(
                "{labels} : non déclaré ; attendu {needed} ; à déclarer : {keys}",
                "{labels}: not declared; needs {needed}; to declare: {keys}"
            )
        }
        (None, false, _) => text!("{labels} : attendu {needed}", "{labels}: needs {needed}"),
        (_, true, _) => {
            let keys = keys(&line.reads);
            text!(
                "{labels} : non déclaré, on ne sait pas si la règle concerne cette version ; à déclarer : {keys}",
                "{labels}: not declared, whether the rule concerns this release is not known; to declare: {keys}"
            )
        }
    };
    said(&line, lang)
}

fn read_label(read: &FieldRead, lang: Lang) -> String {
    let label = read.label.get(lang);
    match (read.previous, lang) {
        (false, _) => label.to_owned(),
        (true, Lang::Fr) => format!("{label} de la version précédente"),
        (true, Lang::En) => format!("{label} of the previous version"),
    }
}

fn keys(reads: &[FieldRead]) -> String {
    let keys: BTreeSet<String> = reads.iter().map(|read| format!("`{}`", read.field)).collect();
    keys.into_iter().collect::<Vec<_>>().join(", ")
}

/// `file:line:column`, with the pointer of a JSON document.
fn placed(file: &str, place: &Place) -> String {
    let Place { line, column, pointer, .. } = place;
    let at = format!("{}:{line}:{column}", visible_line(file));
    match pointer {
        Some(pointer) => format!("{at} ({})", visible_line(pointer)),
        None => at,
    }
}

/// The failures that the baseline knows, a line each.
fn known(out: &mut dyn Write, release: &ReleaseReport, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let rules = known_failures(release);
    if rules.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", look.bold(&said(&known_title(), lang)))?;
    for rule in rules {
        let prefix = format!("  {} ({}){} ", rule.column, words::level(rule.level, lang), super::basis::colon(lang));
        page::hang(out, look, &prefix, &said(&rule.title, lang))?;
    }
    Ok(())
}

fn known_title() -> Text {
    text!(
        "Non conforme, connu de la baseline, sans fermer la porte :",
        "Fails, known to the baseline, without closing the gate:"
    )
}

fn known_failures(release: &ReleaseReport) -> Vec<&ReleaseRule> {
    let known =
        |rule: &&ReleaseRule| rule.verdict == Verdict::Fail && rule.frozen == Some(Frozen::Known) && !rule.closes;
    let mut rules: Vec<&ReleaseRule> = release.rules.iter().filter(known).collect();
    rules.sort_by_key(|rule| Reverse(rule.level));
    rules
}

/// The rules that cannot conclude and do not close the gate: what to declare, line by line.
fn unknown(out: &mut dyn Write, release: &ReleaseReport, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let rules: Vec<&ReleaseRule> = open_questions(release);
    if rules.is_empty() {
        return Ok(());
    }
    let title = said(
        &text!("Indéterminé, sans fermer la porte ; à déclarer :", "Unknown, without closing the gate; to declare:"),
        lang,
    );
    writeln!(out, "\n{}", look.bold(&title))?;
    for rule in rules {
        let prefix = format!("  {} ({}){} ", rule.column, words::level(rule.level, lang), super::basis::colon(lang));
        page::hang(out, look, &prefix, &to_declare(rule, lang))?;
    }
    Ok(())
}

fn open_questions(release: &ReleaseReport) -> Vec<&ReleaseRule> {
    let mut rules: Vec<&ReleaseRule> = release
        .rules
        .iter()
        .filter(|rule| rule.verdict == Verdict::Unknown && !rule.closes && rule.waived.is_none())
        .collect();
    rules.sort_by_key(|rule| Reverse(rule.level));
    rules
}

/// The keys that would settle a rule; of those that are told already, what is missing in them.
fn to_declare(rule: &ReleaseRule, lang: Lang) -> String {
    let unknown = rule.lines.iter().filter(|line| line.truth == Truth::Unknown);
    let mut keys: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for read in unknown.flat_map(|line| &line.reads) {
        let missing = keys.entry(&read.field).or_default();
        missing.extend(read.place.as_ref().map(|_| read.label.get(lang)));
    }
    let keys: Vec<String> = keys
        .into_iter()
        .map(|(key, missing)| match missing.into_iter().collect::<Vec<_>>().join(", ") {
            missing if missing.is_empty() => format!("`{key}`"),
            missing => said(&text!("`{key}`, à préciser ({missing})", "`{key}`, to be completed ({missing})"), lang),
        })
        .collect();
    keys.join(", ")
}

fn changes(out: &mut dyn Write, release: &ReleaseReport, look: &Look) -> io::Result<()> {
    if release.changes.is_empty() {
        return Ok(());
    }
    let lang = look.lang;
    writeln!(out, "\n{}", look.bold(&changes_title(release, lang)))?;
    for (line, _) in change_lines(release, lang) {
        page::hang(out, look, "  ", &line)?;
    }
    Ok(())
}

pub(super) fn changes_title(release: &ReleaseReport, lang: Lang) -> String {
    let n = release.previous.as_ref().map(|previous| visible_line(&previous.name).into_owned()).unwrap_or_default();
    said(&text!("Ce qui change depuis {n} :", "What changes since {n}:"), lang)
}

/// Lines of the changes, what is taken away first, with whether they are.
pub(super) fn change_lines(release: &ReleaseReport, lang: Lang) -> Vec<(String, bool)> {
    let taken = |kind: ChangeKind| matches!(kind, ChangeKind::Removed | ChangeKind::Lowered | ChangeKind::Forgotten);
    let mut changes: Vec<_> = release.changes.iter().collect();
    changes.sort_by_key(|change| !taken(change.kind));
    changes
        .into_iter()
        .map(|change| {
            let verb = match change.kind {
                ChangeKind::Removed => text!("retiré", "removed"),
                ChangeKind::Added => text!("ajouté", "added"),
                ChangeKind::Lowered => text!("abaissé", "lowered"),
                ChangeKind::Raised => text!("relevé", "raised"),
                ChangeKind::Changed => text!("modifié", "changed"),
                ChangeKind::Forgotten => text!("n'est plus déclaré", "no longer declared"),
            };
            let (label, verb) = (change.label.get(lang), verb.get(lang));
            let value = match (&change.before, &change.after) {
                (Some(before), Some(after)) => format!("{} → {}", before.get(lang), after.get(lang)),
                (Some(one), None) | (None, Some(one)) => one.get(lang).to_owned(),
                (None, None) => String::new(),
            };
            let value = visible_line(&value).into_owned();
            (said(&text!("{verb} : {label}, {value}", "{verb}: {label}, {value}"), lang), taken(change.kind))
        })
        .collect()
}

/// The rules that hold, and those that do not concern it.
fn others(out: &mut dyn Write, release: &ReleaseReport, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    for verdict in [Verdict::Pass, Verdict::NotApplicable] {
        let with = |rule: &&ReleaseRule| rule.verdict == verdict && rule.expires.is_none();
        let names: Vec<&str> = release.rules.iter().filter(with).map(|rule| rule.column.as_str()).collect();
        if !names.is_empty() {
            let prefix = format!("{}{} ", page::verdict(verdict, lang), super::basis::colon(lang));
            writeln!(out)?;
            page::hang(out, look, &prefix, &names.join(", "))?;
        }
    }
    Ok(())
}

/// Writes the judgement as Markdown: for a merge request, or the summary of a job.
///
/// # Errors
/// Those of the writer.
pub fn markdown(out: &mut dyn Write, report: &GateReport, lang: Lang) -> io::Result<()> {
    for (number, release) in report.releases.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        let word = match report.accepts(release) {
            true => text!("accepté", "accepted"),
            false => text!("refusé", "refused"),
        };
        let colon = super::basis::colon(lang);
        writeln!(out, "# {}{colon} {}\n", word.get(lang), escape(&named(release)))?;
        if let Some(waiver) = report.expired() {
            writeln!(out, "**{}**\n", escape(&said(&waiver.why_closed(), lang)))?;
        }
        let date = number::date(report.options.as_of, lang);
        let packs: Vec<String> =
            report.packs.iter().map(|pack| escape(&format!("{} {}", pack.id, pack.edition.version))).collect();
        let (packs, file) = (packs.join(", "), escape(&release.manifest.name));
        writeln!(
            out,
            "{}\n",
            said(&text!("{file}, pack {packs}, au {date}", "{file}, pack {packs}, as of {date}"), lang)
        )?;
        let rules = in_full(release);
        if !rules.is_empty() {
            let head = lang_pick(
                lang,
                "| verdict | règle | niveau | déclaré, attendu | où | remède |",
                "| verdict | rule | level | declared, needed | where | remedy |",
            );
            writeln!(out, "{head}\n| :-- | :-- | :-- | :-- | :-- | :-- |")?;
        }
        for rule in rules {
            let lines: Vec<String> = rule.lines.iter().map(|line| escape(&declared(line, lang))).collect();
            let places: BTreeSet<(usize, usize)> = rule
                .lines
                .iter()
                .flat_map(|line| &line.reads)
                .filter(|read| !read.previous)
                .filter_map(|read| read.place.as_ref().map(|place| (place.line, place.column)))
                .collect();
            let places: Vec<String> = places
                .into_iter()
                .map(|(line, column)| escape(&format!("{}:{line}:{column}", release.manifest.name)))
                .collect();
            let remedies: Vec<String> =
                explained(rule).into_iter().map(|(_, remedy)| escape(&said(remedy, lang))).collect();
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} |",
                escape(&verdict(rule, lang)),
                escape(&rule.column),
                words::level(rule.level, lang),
                lines.join("<br>"),
                places.join("<br>"),
                remedies.join("<br>")
            )?;
        }
        let known = known_failures(release);
        if !known.is_empty() {
            writeln!(out, "\n## {}\n", said(&known_title(), lang).trim_end_matches(TITLE_END))?;
            for rule in known {
                writeln!(out, "- {}{colon} {}", escape(&rule.column), escape(&said(&rule.title, lang)))?;
            }
        }
        let questions = open_questions(release);
        if !questions.is_empty() {
            let title = text!("Indéterminé, sans fermer la porte", "Unknown, without closing the gate");
            writeln!(out, "\n## {}\n", said(&title, lang))?;
            for rule in questions {
                let keys = to_declare(rule, lang);
                let line = text!("à déclarer : {keys}", "to declare: {keys}");
                writeln!(out, "- {}{colon} {}", escape(&rule.column), said(&line, lang))?;
            }
        }
        if !release.changes.is_empty() {
            writeln!(out, "\n## {}\n", escape(changes_title(release, lang).trim_end_matches(TITLE_END)))?;
            for (line, _) in change_lines(release, lang) {
                writeln!(out, "- {}", escape(&line))?;
            }
        }
        if let Some(impact) = &release.impact {
            impact::markdown(out, impact, lang)?;
        }
    }
    let mut out = out;
    waivers::markdown(&mut out, report.waivers.as_ref(), lang)?;
    baseline::markdown(&mut out, report.baseline.as_ref(), Of::Releases, lang)?;
    super::markdown::data_findings(&mut out, &report.data, lang_pick(lang, "Constats", "Findings"), false, lang)
}
