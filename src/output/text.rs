//! The audit for people, in a terminal.
//!
//! First the answer: how many are up to date, of how many, under which pack, at which date. Then why: a
//! table of the rules, the groups asked for, and what the data left unsaid.

use super::basis::{self, colon, data, heading, label, lang_pick, paragraph, title};
use super::table::{Heading, Table};
use super::targets;
use super::{Look, baseline, number, said, unit_noun, visible_line, waivers, words};
use crate::audit::{DataFinding, Rate, Report, StatusCounts};
use crate::diag::Lang;
use anstyle::AnsiColor;
use std::collections::BTreeMap;
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

/// Names listed before the total is given instead.
const LISTED: usize = 5;

/// Writes what was found about data, one finding a paragraph.
///
/// # Errors
/// Those of the writer.
pub fn data_findings(out: &mut impl Write, findings: &[DataFinding], look: &Look) -> io::Result<()> {
    basis::list(out, &findings.iter().collect::<Vec<_>>(), false, look)
}

/// Writes the audit.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, report: &Report, look: &Look) -> io::Result<()> {
    under(out, report, look)?;
    writeln!(out)?;
    headline(out, report, look)?;
    rules(out, report, look)?;
    groups(out, report, look)?;
    targets::text(out, &report.targets, report.basis.unit, look)?;
    waivers::text(out, report.waivers.as_ref(), look)?;
    baseline::text(out, report.baseline.as_ref(), baseline::Of::Rows, look)?;
    missing(out, report, look)?;
    data(out, &report.basis, look)?;
    closed(out, report, look)
}

fn under(out: &mut impl Write, report: &Report, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let date = number::date(report.basis.as_of, lang);
    let title = match lang {
        Lang::Fr => format!("Audit au {date}"),
        Lang::En => format!("Audit as of {date}"),
    };
    heading(out, &title, &report.basis, look)?;
    if let Some(horizon) = &report.horizon {
        let until = number::date(horizon.until, lang);
        label(
            out,
            look,
            ("horizon", "horizon"),
            &match lang {
                Lang::Fr => format!("jusqu'au {until} ({})", horizon.text),
                Lang::En => format!("until {until} ({})", horizon.text),
            },
        )?;
    }
    Ok(())
}

/// The four counts and the rate.
fn headline(out: &mut impl Write, report: &Report, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let (one, many) = unit_noun(report.basis.unit, lang);
    let status = &report.status;
    let total = status.total();
    let of = number::counted(total, lang, one, many);
    paragraph(
        out,
        look,
        "",
        &match lang {
            Lang::Fr => format!("Sur {of}{}", colon(lang)),
            Lang::En => format!("Of {of}{}", colon(lang)),
        },
    )?;
    let counts = [status.up_to_date, status.obsolete, status.undetermined, status.not_applicable, status.waived];
    let names = match lang {
        Lang::Fr => [
            ("à jour", "à jour"),
            ("obsolète", "obsolètes"),
            ("indéterminé", "indéterminés"),
            ("sans objet", "sans objet"),
            ("sous dérogation", "sous dérogation"),
        ],
        Lang::En => [
            ("up to date", "up to date"),
            ("obsolete", "obsolete"),
            ("undetermined", "undetermined"),
            ("not concerned", "not concerned"),
            ("waived", "waived"),
        ],
    };
    let colors = [AnsiColor::Green, AnsiColor::Red, AnsiColor::Yellow, AnsiColor::White, AnsiColor::Yellow];
    let digits = counts.map(|n| number::integer(n, lang));
    let width = digits.iter().map(|d| d.width()).max().unwrap_or(0);
    let shown = if report.waivers.is_some() { 5 } else { 4 };
    for (i, count) in counts.into_iter().enumerate().take(shown) {
        let (singular, plural) = names[i];
        let name = if number::is_singular(count, lang) { singular } else { plural };
        let pad = " ".repeat(width - digits[i].width());
        let share = number::percent(count, total, lang);
        let line = format!("  {pad}{} {}", digits[i], look.colored(colors[i], name));
        let gap = " ".repeat(if shown == 5 { 16usize } else { 14 }.saturating_sub(name.width()));
        writeln!(out, "{line}{gap}{share}")?;
    }
    writeln!(out)?;
    let rate = status.rate();
    let concerned = rate.in_scope;
    let sentence = match (concerned, lang) {
        (0, Lang::Fr) => "Aucune règle bloquante ne concerne cette population : pas de taux".to_owned(),
        (0, Lang::En) => "No blocking rule concerns this population: no rate".to_owned(),
        (_, Lang::Fr) => format!("Taux de mise à jour, hors sans objet\u{a0}: {}", number::rate_sentence(&rate, lang)),
        (_, Lang::En) => {
            format!("Up-to-date rate, not concerned left out: {}", number::rate_sentence(&rate, lang))
        }
    };
    paragraph(out, look, "", &look.bold(&sentence))?;
    if report.up_to_date_with_advice > 0 {
        let n = report.up_to_date_with_advice;
        let (some, all) = (number::integer(n, lang), number::integer(status.up_to_date, lang));
        let verb = match (number::is_singular(n, lang), lang) {
            (true, Lang::Fr) => "ne suit pas un conseil au moins",
            (false, Lang::Fr) => "ne suivent pas un conseil au moins",
            (true, Lang::En) => "fails at least one advisory rule",
            (false, Lang::En) => "fail at least one advisory rule",
        };
        paragraph(
            out,
            look,
            "",
            &match lang {
                Lang::Fr => format!("Parmi les {all} à jour, {some} {verb}"),
                Lang::En => format!("Of the {all} up to date, {some} {verb}"),
            },
        )?;
    }
    let per_pack: Vec<_> = report.basis.packs.iter().filter_map(|p| Some((p, p.status.as_ref()?))).collect();
    if !per_pack.is_empty() {
        writeln!(out)?;
        let mut table = status_table(lang_pick(lang, "pack", "pack"), report, look);
        for (pack, status) in per_pack {
            table.push(status_row(pack.id.clone(), status.total(), status, report, look));
        }
        write!(out, "{}", table.draw(look))?;
    }
    Ok(())
}

/// One line a rule.
fn rules(out: &mut impl Write, report: &Report, look: &Look) -> io::Result<()> {
    if report.rules.is_empty() {
        return Ok(());
    }
    let lang = look.lang;
    title(out, look, lang_pick(lang, "Règles", "Rules"))?;
    let narrow = is_narrow(look);
    let verdicts = match (narrow, lang) {
        (false, _) => words::verdict_words(lang),
        (true, Lang::Fr) => ["conf.", "non conf.", "indét.", "sans objet"],
        (true, Lang::En) => ["pass", "fail", "unkn.", "n/a"],
    };
    let mut headings = vec![
        Heading::text(lang_pick(lang, "règle", "rule")),
        Heading::text(lang_pick(lang, "niveau", "level")).optional(3),
    ];
    headings.extend(count_headings(verdicts));
    headings.extend(waived_heading(report, lang));
    headings.extend(rate_headings(narrow, lang));
    if report.horizon.is_some() {
        headings.push(Heading::number(lang_pick(lang, "bientôt\nnon conf.", "expiring")).optional(2));
    }
    headings.push(Heading::text(lang_pick(lang, "intitulé", "title")).optional(4));
    let mut table = Table::new(headings);
    for rule in report.rules_to_read() {
        let rate = rule.counts.rate();
        let mut cells = vec![rule.column.clone(), words::level(rule.level, lang).to_owned()];
        let counts = [rule.counts.pass, rule.counts.fail, rule.counts.unknown, rule.counts.not_applicable];
        cells.extend(counts.map(|n| number::integer(n, lang)));
        cells.extend(report.waivers.as_ref().map(|_| number::integer(rule.counts.waived, lang)));
        cells.extend(rate_cells(&rate, narrow, lang));
        if report.horizon.is_some() {
            cells.push(rule.expiring.map_or_else(|| "–".to_owned(), |n| number::integer(n, lang)));
        }
        cells.push(rule.title.get(lang).to_owned());
        table.push(cells);
    }
    write!(out, "{}", table.draw(look))
}

/// One table for each `--by`.
fn groups(out: &mut impl Write, report: &Report, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    for breakdown in &report.by {
        let name = visible_line(breakdown.label.get(lang));
        title(
            out,
            look,
            &match lang {
                Lang::Fr => format!("Par {name}"),
                Lang::En => format!("By {name}"),
            },
        )?;
        let mut table = status_table(&name, report, look);
        for group in &breakdown.groups {
            table.push(status_row(
                words::group_label(&group.value, lang),
                group.population,
                &group.status,
                report,
                look,
            ));
        }
        write!(out, "{}", table.draw(look))?;
    }
    Ok(())
}

fn status_table(first: &str, report: &Report, look: &Look) -> Table {
    let lang = look.lang;
    let (_, many) = unit_noun(report.basis.unit, lang);
    let mut headings = vec![Heading::text(first), Heading::number(many)];
    let narrow = is_narrow(look);
    headings.extend(count_headings(match (narrow, lang) {
        (false, _) => super::status_words(lang),
        (true, Lang::Fr) => ["à jour", "obsol.", "indét.", "sans objet"],
        (true, Lang::En) => ["up to date", "obsol.", "undet.", "n/a"],
    }));
    headings.extend(waived_heading(report, lang));
    headings.extend(rate_headings(narrow, lang));
    Table::new(headings)
}

/// What waivers cover, where there are some.
fn waived_heading(report: &Report, lang: Lang) -> Option<Heading> {
    report.waivers.as_ref().map(|_| Heading::number(lang_pick(lang, "sous\ndérogation", "waived")))
}

/// Whether rates and their counts have to stand one above the other.
fn is_narrow(look: &Look) -> bool {
    look.width.is_some_and(|width| width < 110)
}

fn count_headings(words: [&str; 4]) -> impl Iterator<Item = Heading> {
    // Of four counts that sum to the population, the last can be left out without loss.
    let heading = |(i, word): (usize, &str)| {
        let heading = Heading::number(word.replace(' ', "\n"));
        if i == 3 { heading.optional(1) } else { heading }
    };
    words.map(str::to_owned).into_iter().enumerate().map(move |(i, word)| heading((i, &word)))
}

fn rate_headings(narrow: bool, lang: Lang) -> Vec<Heading> {
    let rate = lang_pick(lang, "taux", "rate");
    match narrow {
        true => vec![Heading::number(format!("{rate}\nn / N"))],
        false => vec![Heading::number(rate), Heading::number("n / N")],
    }
}

fn rate_cells(rate: &Rate, narrow: bool, lang: Lang) -> Vec<String> {
    let (share, counts) = (number::rate(rate, lang), number::rate_counts(rate, lang));
    match (narrow, rate.low) {
        (false, _) => vec![share, counts],
        (true, None) => vec![share],
        (true, Some(_)) => vec![format!("{share}\n{counts}")],
    }
}

fn status_row(name: String, population: u64, status: &StatusCounts, report: &Report, look: &Look) -> Vec<String> {
    let lang = look.lang;
    let rate = status.rate();
    let mut cells = vec![name, number::integer(population, lang)];
    let counts = [status.up_to_date, status.obsolete, status.undetermined, status.not_applicable];
    cells.extend(counts.map(|n| number::integer(n, lang)));
    cells.extend(report.waivers.as_ref().map(|_| number::integer(status.waived, lang)));
    cells.extend(rate_cells(&rate, is_narrow(look), lang));
    cells
}

/// Fields that no column gives, and the rules that suffer.
fn missing(out: &mut impl Write, report: &Report, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let mut by_field: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for rule in &report.rules {
        for field in &rule.missing_fields {
            by_field.entry(field).or_default().push(&rule.column);
        }
    }
    if by_field.is_empty() {
        return Ok(());
    }
    let heading = lang_pick(
        lang,
        "Colonnes absentes, et règles qui ne peuvent pas toujours conclure sans elles",
        "Missing columns, and rules that cannot always conclude without them",
    );
    title(out, look, heading)?;
    for (field, rules) in by_field {
        let (listed, field) = (listed(&rules, lang), visible_line(field));
        paragraph(out, look, "  ", &format!("`{field}`{}{listed}", lang_pick(lang, "\u{a0}: ", ": ")))?;
    }
    Ok(())
}

/// Names in backticks, cut with the total.
fn listed(names: &[&str], lang: Lang) -> String {
    let quoted: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{}`", visible_line(name))).collect();
    let list = quoted.join(", ");
    match (names.len() > LISTED, lang) {
        (false, _) => list,
        (true, Lang::Fr) => format!("{list}… ({} en tout)", names.len()),
        (true, Lang::En) => format!("{list}… ({} in all)", names.len()),
    }
}

/// Why the gate is closed.
fn closed(out: &mut impl Write, report: &Report, look: &Look) -> io::Result<()> {
    let Some(closed) = &report.closed else { return Ok(()) };
    let word = lang_pick(look.lang, "refusé", "refused");
    writeln!(out)?;
    let line = format!("{}{} {}", word, colon(look.lang), said(&closed.reason, look.lang));
    paragraph(out, look, "", &look.colored(AnsiColor::Red, &line))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::output::sample;

    fn written(look: &Look) -> String {
        let mut out = Vec::new();
        write(&mut out, &sample::report(), look).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_answer_comes_first() {
        let text = written(&Look::plain(Lang::Fr));
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/output/sample/audit.fr.txt");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        assert_eq!(text, std::fs::read_to_string(path).unwrap(), "\n{text}");
    }

    #[test]
    fn no_escape_code_without_colour() {
        for lang in [Lang::Fr, Lang::En] {
            for width in [None, Some(30), Some(80), Some(120)] {
                let look = Look { width, ..Look::plain(lang) };
                assert!(!written(&look).contains('\u{1b}'));
                let colored = written(&Look { color: true, ..look });
                assert!(colored.contains("\u{1b}[1m") && !colored.contains("\u{1b}[31madd"));
            }
        }
    }

    #[test]
    fn a_terminal_of_eighty_columns_is_enough() {
        for lang in [Lang::Fr, Lang::En] {
            for unicode in [true, false] {
                let text = written(&Look { width: Some(80), unicode, ..Look::plain(lang) });
                for line in text.lines() {
                    assert!(line.width() <= 80, "{line}\n{text}");
                }
            }
        }
    }
}
