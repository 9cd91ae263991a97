//! The audit as Markdown: for a merge request, a wiki, a job summary.
//!
//! Every text that is not ours is escaped: no pipe breaks a table, no tag, link, mention or emphasis comes
//! out of a cell.

use super::{number, said, unit_noun, visible_line, words};
use crate::audit::{Basis, DataFinding, Report, StatusCounts};
use crate::diag::Lang;
use std::io::{self, Write};

/// Writes the audit.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, report: &Report, lang: Lang) -> io::Result<()> {
    let fr = lang == Lang::Fr;
    let date = number::date(report.basis.as_of, lang);
    let (one, many) = unit_noun(report.basis.unit, lang);
    writeln!(out, "# {} {date}\n", if fr { "Audit au" } else { "Audit as of" })?;
    if let Some(closed) = &report.closed {
        let word = if fr { "refusé\u{a0}:" } else { "refused:" };
        writeln!(out, "**{word} {}**\n", escape(&said(&closed.reason, lang)))?;
    }
    let status = &report.status;
    let of = number::counted(status.total(), lang, one, many);
    let rate = number::rate_sentence(&status.rate(), lang);
    writeln!(
        out,
        "**{}**\n",
        match fr {
            true => format!("Sur {of}, taux de mise à jour (hors sans objet)\u{a0}: {rate}"),
            false => format!("Of {of}, up-to-date rate (not concerned left out): {rate}"),
        }
    )?;
    status_header(out, report, "", lang)?;
    let all = if fr { "ensemble" } else { "all" };
    status_line(out, report, all, status.total(), status, lang)?;
    for pack in &report.basis.packs {
        if let Some(status) = &pack.status {
            status_line(out, report, &pack.id, status.total(), status, lang)?;
        }
    }
    if report.up_to_date_with_advice > 0 {
        let n = number::integer(report.up_to_date_with_advice, lang);
        let all = number::integer(status.up_to_date, lang);
        writeln!(
            out,
            "\n{}",
            match fr {
                true => format!("À jour mais sans suivre tous les conseils\u{a0}: {n} / {all}"),
                false => format!("Up to date but failing an advisory rule: {n} / {all}"),
            }
        )?;
    }
    rules(out, report, lang)?;
    for breakdown in &report.by {
        let label = escape(breakdown.label.get(lang));
        writeln!(out, "\n## {} {label}\n", if fr { "Par" } else { "By" })?;
        status_header(out, report, &label, lang)?;
        for group in &breakdown.groups {
            status_line(out, report, &words::group_label(&group.value, lang), group.population, &group.status, lang)?;
        }
    }
    super::targets::markdown(out, &report.targets, report.basis.unit, lang)?;
    super::waivers::markdown(out, report.waivers.as_ref(), lang)?;
    super::baseline::markdown(out, report.baseline.as_ref(), super::baseline::Of::Rows, lang)?;
    data(out, report, lang)?;
    provenance(out, &report.basis, lang)
}

fn status_header(out: &mut impl Write, report: &Report, first: &str, lang: Lang) -> io::Result<()> {
    let (_, many) = unit_noun(report.basis.unit, lang);
    let [a, b, c, d] = super::status_words(lang);
    let rate = if lang == Lang::Fr { "taux" } else { "rate" };
    let (heading, ruler) = waived_heading(report, lang);
    writeln!(out, "| {first} | {many} | {a} | {b} | {c} | {d} | {rate} | n / N |{heading}")?;
    writeln!(out, "| :-- | --: | --: | --: | --: | --: | --: | --: |{ruler}")
}

/// The heading of what waivers cover, where there are some, and its ruler.
fn waived_heading(report: &Report, lang: Lang) -> (&'static str, &'static str) {
    match (&report.waivers, lang) {
        (None, _) => ("", ""),
        (Some(_), Lang::Fr) => (" sous dérogation |", " --: |"),
        (Some(_), Lang::En) => (" waived |", " --: |"),
    }
}

fn waived_cell(report: &Report, n: u64, lang: Lang) -> String {
    report.waivers.as_ref().map(|_| format!(" {} |", number::integer(n, lang))).unwrap_or_default()
}

fn status_line(
    out: &mut impl Write,
    report: &Report,
    name: &str,
    n: u64,
    status: &StatusCounts,
    lang: Lang,
) -> io::Result<()> {
    let rate = status.rate();
    let int = |n| number::integer(n, lang);
    writeln!(
        out,
        "| {} | {} | {} | {} | {} | {} | {} | {} |{}",
        escape(name),
        int(n),
        int(status.up_to_date),
        int(status.obsolete),
        int(status.undetermined),
        int(status.not_applicable),
        number::rate(&rate, lang),
        number::rate_counts(&rate, lang),
        waived_cell(report, status.waived, lang)
    )
}

fn rules(out: &mut impl Write, report: &Report, lang: Lang) -> io::Result<()> {
    if report.rules.is_empty() {
        return Ok(());
    }
    let fr = lang == Lang::Fr;
    let [a, b, c, d] = words::verdict_words(lang);
    writeln!(out, "\n## {}\n", if fr { "Règles" } else { "Rules" })?;
    let (rule, title, level, rate) =
        if fr { ("règle", "intitulé", "niveau", "taux") } else { ("rule", "title", "level", "rate") };
    let expiring = report.horizon.as_ref().map(|horizon| match fr {
        true => format!(" non conforme d'ici le {} |", number::date(horizon.until, lang)),
        false => format!(" fails by {} |", number::date(horizon.until, lang)),
    });
    let heading = expiring.clone().unwrap_or_default();
    let (waived, waived_ruler) = waived_heading(report, lang);
    writeln!(out, "| {rule} | {title} | {level} | {a} | {b} | {c} | {d} | {rate} | n / N |{waived}{heading}")?;
    let ruler = if expiring.is_some() { " --: |" } else { "" };
    writeln!(out, "| :-- | :-- | :-- | --: | --: | --: | --: | --: | --: |{waived_ruler}{ruler}")?;
    for rule in report.rules_to_read() {
        let rate = rule.counts.rate();
        let int = |n| number::integer(n, lang);
        write!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |{}",
            escape(&rule.column),
            escape(rule.title.get(lang)),
            words::level(rule.level, lang),
            int(rule.counts.pass),
            int(rule.counts.fail),
            int(rule.counts.unknown),
            int(rule.counts.not_applicable),
            number::rate(&rate, lang),
            number::rate_counts(&rate, lang),
            waived_cell(report, rule.counts.waived, lang)
        )?;
        match (&expiring, rule.expiring) {
            (None, _) => writeln!(out)?,
            (Some(_), n) => writeln!(out, " {} |", n.map_or_else(|| "–".to_owned(), int))?,
        }
    }
    Ok(())
}

fn data(out: &mut impl Write, report: &Report, lang: Lang) -> io::Result<()> {
    let fr = lang == Lang::Fr;
    let missing: Vec<_> = report.rules.iter().filter(|rule| !rule.missing_fields.is_empty()).collect();
    if !missing.is_empty() {
        writeln!(out, "\n## {}\n", if fr { "Colonnes absentes" } else { "Missing columns" })?;
        for rule in missing {
            let fields: Vec<String> = rule.missing_fields.iter().map(|field| escape(field)).collect();
            let colon = if fr { "\u{a0}:" } else { ":" };
            writeln!(out, "- {}{colon} {}", escape(&rule.column), fields.join(", "))?;
        }
    }
    findings(out, &report.basis, lang)
}

/// What was found about the data.
pub(super) fn findings(out: &mut impl Write, basis: &Basis, lang: Lang) -> io::Result<()> {
    let title = if lang == Lang::Fr { "Constats sur les données" } else { "Data findings" };
    data_findings(out, &basis.data, title, basis.published, lang)
}

/// The section of some findings; `published`: without their counts.
pub(super) fn data_findings(
    out: &mut impl Write,
    findings: &[DataFinding],
    title: &str,
    published: bool,
    lang: Lang,
) -> io::Result<()> {
    let fr = lang == Lang::Fr;
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## {title}\n")?;
    match fr {
        true => writeln!(out, "| nombre | constat | d'abord | que faire |")?,
        false => writeln!(out, "| count | finding | first | what to do |")?,
    }
    writeln!(out, "| --: | :-- | :-- | :-- |")?;
    for finding in findings {
        let first = finding.first.as_ref().map(|first| {
            let mut parts = vec![escape(first.document.as_ref().unwrap_or(&first.file))];
            parts.extend(first.line.map(|n| format!("{} {n}", if fr { "ligne" } else { "line" })));
            parts.extend(first.column.as_ref().map(|c| escape(c)));
            parts.extend(first.value.as_ref().map(|v| escape(v)));
            parts.join(", ")
        });
        let message = escape(&said(&finding.message, lang));
        let help = finding.help.as_ref().map(|help| escape(&said(help, lang)));
        let count = if published { "–".to_owned() } else { number::integer(finding.count, lang) };
        let (first, help) = (first.unwrap_or_default(), help.unwrap_or_default());
        writeln!(out, "| {count} | {message} ({}) | {first} | {help} |", finding.code)?;
    }
    Ok(())
}

/// What the figures stand on.
pub(super) fn provenance(out: &mut impl Write, basis: &Basis, lang: Lang) -> io::Result<()> {
    let fr = lang == Lang::Fr;
    let colon = if fr { "\u{a0}:" } else { ":" };
    writeln!(out, "\n## Sources\n")?;
    writeln!(out, "- vigie {}, socle {}", env!("CARGO_PKG_VERSION"), escape(&basis.socle.version))?;
    for pack in &basis.packs {
        let title = escape(pack.title.get(lang));
        writeln!(out, "- pack {} {} ({title})", escape(&pack.id), escape(&pack.edition.version))?;
    }
    for catalogue in &basis.catalogues {
        writeln!(out, "- catalogue {}, {}", escape(&catalogue.name), escape(&catalogue.digest))?;
    }
    for register in &basis.registers {
        let (word, kind) = (if fr { "registre" } else { "register" }, escape(register.label.get(lang)));
        writeln!(out, "- {word} {}, {kind}, {}", escape(&register.name), escape(&register.digest))?;
    }
    if let Some(mapping) = &basis.mapping {
        let (name, digest) = (escape(&mapping.name), escape(&mapping.digest));
        writeln!(out, "- {} {name}, {digest}", if fr { "colonnes" } else { "mapping" })?;
    }
    if let Some(filter) = &basis.filter {
        writeln!(out, "- {}{colon} {}", if fr { "filtre" } else { "filter" }, escape(filter))?;
    }
    for input in &basis.inputs {
        let (one, many) = if fr { ("ligne", "lignes") } else { ("row", "rows") };
        let rows = number::counted(input.rows, lang, one, many);
        let rows = if basis.published { String::new() } else { format!("{rows}, ") };
        writeln!(out, "- {}, {rows}{}", escape(&input.name), escape(&input.digest))?;
    }
    Ok(())
}

/// The page within so many bytes: whole rows of tables and items of lists are left out, the last ones first and
/// as many of each as it takes, and each says how many it lost.
#[must_use]
pub fn fit(page: String, max: usize, lang: Lang) -> String {
    if page.len() <= max {
        return page;
    }
    let lines: Vec<&str> = page.lines().collect();
    let longest = lines.chunk_by(|one, other| rank(one) == rank(other)).map(<[&str]>::len).max().unwrap_or(0);
    // The most rows that each table and list can keep.
    let (mut fits, mut too_many) = (0, longest);
    while too_many - fits > 1 {
        let middle = usize::midpoint(fits, too_many);
        if shortened(&lines, middle, lang).len() <= max { fits = middle } else { too_many = middle }
    }
    let page = shortened(&lines, fits, lang);
    if page.len() <= max {
        return page;
    }
    // Even headings are too many: whole lines, from the top.
    let note = match lang {
        Lang::Fr => "\n*La suite est dans les autres sorties.*\n",
        Lang::En => "\n*The rest is in the other outputs.*\n",
    };
    let mut kept: Vec<&str> = Vec::new();
    let mut bytes = note.len();
    for line in page.lines() {
        bytes += line.len() + 1;
        if bytes > max {
            break;
        }
        kept.push(line);
    }
    // Neither a heading of nothing, nor a table without rows.
    let rows = kept.iter().rev().take_while(|line| rank(line) == 2).count();
    if rows < 3 {
        kept.truncate(kept.len() - rows);
    }
    while kept.last().is_some_and(|line| line.is_empty() || line.starts_with('#')) && kept.len() > 1 {
        kept.pop();
    }
    let mut page: String = kept.iter().flat_map(|line| [*line, "\n"]).collect();
    page.push_str(note);
    page
}

/// What a line is part of: a table, a list, or nothing that may lose lines.
fn rank(line: &str) -> u8 {
    match line.as_bytes() {
        [b'|', ..] => 2,
        [b'-', b' ', ..] => 1,
        _ => 0,
    }
}

/// The page with at most `most` rows a table and items a list.
fn shortened(lines: &[&str], most: usize, lang: Lang) -> String {
    let mut page = String::new();
    for block in lines.chunk_by(|one, other| rank(one) == rank(other)) {
        // A table has a heading and a ruler, nothing without rows; a table of one row is an answer.
        let (kept, what) = match rank(block[0]) {
            2 if block.len() <= 3 => (block.len(), ("", "", "", "")),
            2 if most == 0 => (0, ("ligne", "lignes", "row", "rows")),
            2 => (most + 2, ("ligne", "lignes", "row", "rows")),
            1 => (most, ("élément", "éléments", "item", "items")),
            _ => (block.len(), ("", "", "", "")),
        };
        for line in block.iter().take(kept) {
            page.push_str(line);
            page.push('\n');
        }
        let heads = if rank(block[0]) == 2 && kept == 0 { 2 } else { 0 };
        let lost = block.len().saturating_sub(kept + heads) as u64;
        if lost > 0 {
            if kept == 0 && page.ends_with("\n\n") {
                page.pop();
            }
            page.push_str(&match lang {
                Lang::Fr => {
                    format!("\n*{} de plus dans les autres sorties*\n", number::counted(lost, lang, what.0, what.1))
                }
                Lang::En => format!("\n*{} more in the other outputs*\n", number::counted(lost, lang, what.2, what.3)),
            });
        }
    }
    page
}

/// A text on one line in which nothing means anything to Markdown or HTML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A mention would call someone, and a bare address would become a link.
            '@' => out.push_str("&#64;"),
            ':' if out.ends_with("http") || out.ends_with("https") || out.ends_with("ftp") => out.push_str("&#58;"),
            '.' if out.ends_with("www") => out.push_str("&#46;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '~' | '#' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::output::sample;

    #[test]
    fn a_page_is_cut_on_whole_rows_and_says_what_it_lost() {
        let mut report = sample::report();
        let group = report.by[0].groups[0].clone();
        report.by[0].groups = vec![group; 300];
        let mut out = Vec::new();
        write(&mut out, &report, Lang::Fr).unwrap();
        let whole = String::from_utf8(out).unwrap();
        assert_eq!(fit(whole.clone(), whole.len(), Lang::Fr), whole);
        let mut before = 0;
        for max in [1000, 3000, 6000, 12_000, 20_000] {
            let page = fit(whole.clone(), max, Lang::Fr);
            assert!(page.len() <= max && page.len() > before, "{max}: {}", page.len());
            assert!(page.contains("sorties"), "{page}");
            let rows = page.lines().filter(|line| line.starts_with('|'));
            rows.for_each(|row| assert!(whole.lines().any(|line| line == row), "{row}"));
            before = page.len();
        }
        let page = fit(whole.clone(), 12_000, Lang::Fr);
        let kept = page.lines().filter(|line| line.contains("Infirmier")).count();
        assert!(page.contains(&format!("*{} lignes de plus dans les autres sorties*", 300 - kept)), "{kept} {page}");
    }

    #[test]
    fn hostile_texts_stay_in_their_cells() {
        for lang in [Lang::Fr, Lang::En] {
            let mut out = Vec::new();
            write(&mut out, &sample::report(), lang).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(!text.contains('\u{1b}') && !text.contains("<b>") && !text.contains("<script"), "{text}");
            let mut columns = None;
            for line in text.lines() {
                if !line.starts_with('|') {
                    columns = None;
                    continue;
                }
                let cells = line.replace("\\|", "").matches('|').count();
                assert_eq!(*columns.get_or_insert(cells), cells, "{line}");
            }
        }
        assert_eq!(
            escape("`a|b` <b> [x](http://y) @me www.z *_\\"),
            "\\`a\\|b\\` &lt;b&gt; \\[x\\](http&#58;//y) &#64;me www&#46;z \\*\\_\\\\"
        );
    }
}
