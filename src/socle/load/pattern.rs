//! `[[pattern]]` sections, and what facets know of a row.

use super::table::unknown_column;
use super::types::value;
use crate::diag::{Diagnostic, Document, Entry, Section, Span, Text};
use crate::socle::recognize::{Facet, LazyPattern, Pattern, Recognizer, RowFacets};
use crate::socle::{Table, Tables, fold};
use crate::text;
use crate::value::{Type, Value};
use std::collections::HashMap;

/// Name of the facet that looks a number up in the `builds` of rows.
const BUILD: &str = "build";

/// `builds`, `unlisted` and `open` of a row.
pub(super) fn facets(doc: &mut Document, section: &mut Section<'_>, table: &Table) -> RowFacets {
    let mut facets = RowFacets { unlisted: section.flag(doc, "unlisted"), ..RowFacets::default() };
    if let Some((name, span)) = section.string(doc, "open") {
        facets.open = table.column(&name);
        if facets.open.is_none() {
            unknown_column(doc, &name, span, table, false);
        }
    }
    for entry in section.take("builds").map(|entry| entry.items(doc)).unwrap_or_default() {
        if let Some(range) = build_range(doc, entry) {
            facets.builds.push(range);
        }
    }
    facets
}

fn build_range(doc: &mut Document, entry: Entry<'_>) -> Option<(u32, u32)> {
    let span = entry.span.clone();
    let number = |entry: &Entry<'_>| entry.as_int().and_then(|n| u32::try_from(n).ok());
    let range = if entry.is_array() {
        match entry.items(doc).iter().map(number).collect::<Vec<_>>()[..] {
            [Some(low), Some(high)] if low <= high => Some((low, high)),
            _ => None,
        }
    } else {
        number(&entry).map(|n| (n, n))
    };
    if range.is_none() {
        doc.fault(
            Diagnostic::error(
                "socle/build-range",
                text!("numéro de build ou intervalle mal formé", "malformed build number or range"),
            )
            .help(text!("écrivez `19045` ou `[22000, 22620]`", "write `19045` or `[22000, 22620]`")),
            span,
            text!("build ou intervalle attendu", "build or range expected"),
        );
    }
    range
}

/// A pattern, or its faults.
pub(super) fn pattern(
    doc: &mut Document,
    mut section: Section<'_>,
    table: &Table,
    recognizer: &Recognizer,
) -> Option<Pattern> {
    let found = section.required_string(doc, "match");
    let tables = Tables::default();
    let mut set = Vec::new();
    for (name, span, entry) in section.section(doc, "set").map(|mut s| s.drain()).unwrap_or_default() {
        let Some(facet) = facet(doc, &name, span, table) else { continue };
        set.push((facet, values(doc, &tables, facet, table, entry)));
    }
    let mut map = Vec::new();
    for (name, span, entry) in section.section(doc, "map").map(|mut s| s.drain()).unwrap_or_default() {
        let Some(facet) = facet(doc, &name, span, table) else { continue };
        let mut texts = HashMap::new();
        for (text, _, entry) in entry.section(doc).map(|mut s| s.drain()).unwrap_or_default() {
            texts.insert(fold::key(&text, &recognizer.words), values(doc, &tables, facet, table, entry));
        }
        map.push((facet, texts));
    }
    let mut weak = Vec::new();
    for (name, span) in section.strings(doc, "weak") {
        weak.extend(facet(doc, &name, span, table));
    }
    let unless = lazy(doc, &mut section, "unless");
    section.finish(doc);
    let (text, span) = found?;
    let groups = groups(doc, &text, span, table)?;
    Some(Pattern { regex: LazyPattern::new(text), unless, groups, set, weak, map })
}

fn values(doc: &mut Document, tables: &Tables, facet: Facet, table: &Table, entry: Entry<'_>) -> Vec<Value> {
    let ty = match facet {
        Facet::Build => Type::Int,
        Facet::Column(column) => table.columns[column].ty.clone(),
    };
    value(doc, tables, &ty, entry, true).map(|datum| datum.candidates().to_vec()).unwrap_or_default()
}

fn facet(doc: &mut Document, name: &str, span: Span, table: &Table) -> Option<Facet> {
    if name == BUILD {
        return Some(Facet::Build);
    }
    match table.column(name) {
        Some(column) if !matches!(table.columns[column].ty, Type::Row(_) | Type::List(_)) => {
            Some(Facet::Column(column))
        }
        _ => {
            unknown_column(doc, name, span, table, false);
            None
        }
    }
}

/// Named groups of a regular expression: they are facets.
fn groups(doc: &mut Document, text: &str, span: Span, table: &Table) -> Option<Vec<(String, Facet)>> {
    let hir = match check_regex(text) {
        Ok(hir) => hir,
        Err(message) => {
            bad_pattern(doc, span, message);
            return None;
        }
    };
    let mut names = Vec::new();
    capture_names(&hir, &mut names);
    let mut out = Vec::new();
    for name in names {
        if let Some(facet) = facet(doc, &name, span.clone(), table) {
            out.push((name, facet));
        }
    }
    Some(out)
}

/// A regular expression that captures nothing, or a fault.
pub(super) fn lazy(doc: &mut Document, section: &mut Section<'_>, key: &'static str) -> Option<LazyPattern> {
    let (text, span) = section.string(doc, key)?;
    match check_regex(&text) {
        Ok(_) => Some(LazyPattern::new(text)),
        Err(message) => {
            bad_pattern(doc, span, message);
            None
        }
    }
}

/// Reports a regular expression that cannot be used.
fn bad_pattern(doc: &mut Document, span: Span, message: String) {
    doc.fault(
        Diagnostic::error("socle/bad-pattern", text!("expression rationnelle invalide", "invalid regular expression")),
        span,
        Text::same(message),
    );
}

/// Checks the syntax of a regular expression without compiling it.
fn check_regex(text: &str) -> Result<regex_syntax::hir::Hir, String> {
    regex_syntax::ParserBuilder::new().unicode(false).utf8(false).nest_limit(50).build().parse(text).map_err(|error| {
        match error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            other => other.to_string(),
        }
    })
}

fn capture_names(hir: &regex_syntax::hir::Hir, out: &mut Vec<String>) {
    use regex_syntax::hir::HirKind;
    match hir.kind() {
        HirKind::Capture(capture) => {
            if let Some(name) = &capture.name {
                out.push(name.to_string());
            }
            capture_names(&capture.sub, out);
        }
        HirKind::Repetition(repetition) => capture_names(&repetition.sub, out),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            for part in parts {
                capture_names(part, out);
            }
        }
        _ => {}
    }
}
