//! The audit as Markdown: for a merge request, a wiki, a job summary.
//!
//! Every text that is not ours is escaped: no pipe breaks a table, no tag, link, mention or emphasis comes
//! out of a cell.

use super::{number, said, unit_noun, visible_line, words};
use crate::audit::{Basis, Report, StatusCounts};
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
    for rule in &report.rules {
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
    let fr = lang == Lang::Fr;
    if basis.data.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## {}\n", if fr { "Constats sur les données" } else { "Data findings" })?;
    match fr {
        true => writeln!(out, "| nombre | constat | d'abord | que faire |")?,
        false => writeln!(out, "| count | finding | first | what to do |")?,
    }
    writeln!(out, "| --: | :-- | :-- | :-- |")?;
    for finding in &basis.data {
        let first = finding.first.as_ref().map(|first| {
            let mut parts = vec![escape(&first.file)];
            parts.extend(first.line.map(|n| format!("{} {n}", if fr { "ligne" } else { "line" })));
            parts.extend(first.column.as_ref().map(|c| escape(c)));
            parts.extend(first.value.as_ref().map(|v| escape(v)));
            parts.join(", ")
        });
        let message = escape(&said(&finding.message, lang));
        let help = finding.help.as_ref().map(|help| escape(&said(help, lang)));
        let count = if basis.published { "–".to_owned() } else { number::integer(finding.count, lang) };
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
