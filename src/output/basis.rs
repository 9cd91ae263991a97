//! What every result for people starts and ends with: what the figures stand on, and what was found in
//! the data; and the phrases that texts share.

use super::{Look, number, said, visible_line};
use crate::audit::{Basis, DataFinding, Dialect, FirstSeen, InputSummary};
use crate::diag::Lang;
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

/// Date, packs, inputs: what the figures stand on.
pub(super) fn heading(out: &mut impl Write, title: &str, basis: &Basis, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    writeln!(out, "{}", look.bold(title))?;
    for pack in &basis.packs {
        let title = visible_line(pack.title.get(lang));
        let line = format!("{} {} ({title})", visible_line(&pack.id), visible_line(&pack.edition.version));
        label(out, look, ("pack", "pack"), &line)?;
    }
    label(out, look, ("socle", "socle"), &basis.socle.version)?;
    for catalogue in &basis.catalogues {
        label(out, look, ("catalogue", "catalogue"), &visible_line(&catalogue.name))?;
    }
    for register in &basis.registers {
        let (name, kind) = (visible_line(&register.name), register.label.get(lang));
        label(out, look, ("registre", "register"), &format!("{name}, {kind}"))?;
    }
    if let Some(mapping) = &basis.mapping {
        label(out, look, ("colonnes", "mapping"), &visible_line(&mapping.name))?;
    }
    for input in &basis.inputs {
        let name = match (input.name.as_str(), lang) {
            ("-", Lang::Fr) => "entrée standard".into(),
            ("-", Lang::En) => "standard input".into(),
            (name, _) => visible_line(name),
        };
        let rows =
            number::counted(input.rows, lang, lang_pick(lang, "ligne", "row"), lang_pick(lang, "lignes", "rows"));
        let rows = if basis.published { String::new() } else { format!("{rows}, ") };
        let wrapped = input.wrappings.iter().map(|wrapping| format!("{wrapping}, ")).collect::<String>();
        let mut line = format!("{name}, {rows}{wrapped}{}", format_of(input, lang));
        if let Some(sheet) = &input.sheet {
            line.push_str(&format!(", {} `{}`", lang_pick(lang, "feuille", "sheet"), visible_line(sheet)));
        }
        if let Some(encoding) = &input.encoding {
            line.push_str(&format!(", {encoding}"));
        }
        if let Some(delimiter) = input.delimiter {
            line.push_str(&match delimiter {
                '\t' => lang_pick(lang, ", tabulation", ", tab").to_owned(),
                c => format!(", `{c}`"),
            });
        }
        label(out, look, ("inventaire", "inventory"), &line)?;
    }
    if let Some(filter) = &basis.filter {
        label(out, look, ("filtre", "filter"), &format!("`{}`", visible_line(filter)))?;
    }
    Ok(())
}

/// The format of an input; of documents of machines, how many of which dialects.
pub(super) fn format_of(input: &InputSummary, lang: Lang) -> String {
    let each = |dialect: &Dialect| {
        let label = visible_line(dialect.label.get(lang));
        match dialect.documents {
            0 => label.into_owned(),
            n => format!("{} {label}", number::counted(n, lang, "document", "documents")),
        }
    };
    match input.dialects[..] {
        [] => input.format.clone(),
        _ => input.dialects.iter().map(each).collect::<Vec<_>>().join(", "),
    }
}

/// `name  value`, the values aligned.
pub(super) fn label(out: &mut impl Write, look: &Look, name: (&str, &str), value: &str) -> io::Result<()> {
    let name = lang_pick(look.lang, name.0, name.1);
    paragraph(out, look, &format!("{name:<11}"), value)
}

/// What was found about the data and the packs.
pub(super) fn data(out: &mut impl Write, basis: &Basis, look: &Look) -> io::Result<()> {
    // Missing columns have their own list.
    let findings: Vec<&DataFinding> = basis.data.iter().filter(|f| f.code != "inventory/missing-column").collect();
    if findings.is_empty() {
        return Ok(());
    }
    title(out, look, lang_pick(look.lang, "Constats sur les données", "Data findings"))?;
    list(out, &findings, basis.published, look)
}

/// Findings, one a paragraph; `published`: without their counts.
pub(super) fn list(out: &mut impl Write, findings: &[&DataFinding], published: bool, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let counts: Vec<String> = findings
        .iter()
        .map(|f| match published {
            true => "-".to_owned(),
            false => format!("{}{}×", number::integer(f.count, lang), lang_pick(lang, "\u{a0}", " ")),
        })
        .collect();
    lines(out, findings, &counts, look)
}

/// What a reader found.
pub(super) fn data_lines(out: &mut impl Write, data: &[DataFinding], look: &Look) -> io::Result<()> {
    let space = lang_pick(look.lang, "\u{a0}", " ");
    let counts: Vec<String> =
        data.iter().map(|finding| format!("{}{space}×", number::integer(finding.count, look.lang))).collect();
    lines(out, &data.iter().collect::<Vec<_>>(), &counts, look)
}

fn lines(out: &mut impl Write, findings: &[&DataFinding], counts: &[String], look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let width = counts.iter().map(|c| c.width()).max().unwrap_or(0);
    for (finding, count) in findings.iter().zip(counts) {
        let pad = " ".repeat(width - count.width());
        paragraph(out, look, &format!("  {pad}{count} "), &finding_line(finding, look))?;
        let indent = " ".repeat(width + 3);
        if let Some(first) = &finding.first {
            paragraph(out, look, &indent, &place(first, finding, lang))?;
        }
        if let Some(help) = &finding.help {
            let word = lang_pick(lang, "aide", "help");
            paragraph(out, look, &indent, &format!("{word}{} {}", colon(lang), said(help, lang)))?;
        }
    }
    Ok(())
}

fn finding_line(finding: &DataFinding, look: &Look) -> String {
    let message = said(&finding.message, look.lang);
    format!("{message} [{}]", finding.code)
}

/// `premier : parc.csv, ligne 1 082, colonne `palier` : `1.40 add 8` (3 valeurs distinctes)`.
fn place(first: &FirstSeen, finding: &DataFinding, lang: Lang) -> String {
    let mut line = format!(
        "{}{} {}",
        match (finding.count > 1, lang) {
            (true, Lang::Fr) => "d'abord",
            (true, Lang::En) => "first",
            (false, Lang::Fr) => "où",
            (false, Lang::En) => "where",
        },
        colon(lang),
        visible_line(first.document.as_ref().unwrap_or(&first.file))
    );
    if let Some(at) = first.line {
        line.push_str(&format!("{}{at}", lang_pick(lang, ", ligne ", ", line ")));
    }
    if let Some(column) = &first.column {
        line.push_str(&format!("{}`{}`", lang_pick(lang, ", colonne ", ", column "), visible_line(column)));
    }
    if let Some(value) = &first.value {
        line.push_str(&format!("{} `{}`", colon(lang), visible_line(value)));
    }
    if let Some(distinct) = finding.distinct.filter(|n| *n > 1) {
        let count = match distinct {
            // Counting stops there.
            10_000.. => format!("{} {}", lang_pick(lang, "au moins", "at least"), number::integer(10_000, lang)),
            n => number::integer(n, lang),
        };
        line.push_str(&format!(" ({count} {})", lang_pick(lang, "valeurs distinctes", "distinct values")));
    }
    line
}

pub(super) fn title(out: &mut impl Write, look: &Look, text: &str) -> io::Result<()> {
    writeln!(out, "\n{}", look.bold(text))
}

pub(super) fn lang_pick<'a>(lang: Lang, fr: &'a str, en: &'a str) -> &'a str {
    match lang {
        Lang::Fr => fr,
        Lang::En => en,
    }
}

pub(super) fn colon(lang: Lang) -> &'static str {
    lang_pick(lang, "\u{a0}:", ":")
}

/// A prefix and a text; on a terminal the text is wrapped at its ordinary spaces and hangs under itself.
pub(super) fn paragraph(mut out: &mut impl Write, look: &Look, prefix: &str, text: &str) -> io::Result<()> {
    super::page::hang(&mut out, look, prefix, text)
}
