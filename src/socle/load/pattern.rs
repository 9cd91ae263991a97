//! `[[pattern]]` sections, and what facets know of a row.

use super::table::unknown_column;
use super::types::value;
use crate::diag::{Diagnostic, Document, Entry, Section, Span, Text};
use crate::socle::recognize::{Facet, Pattern, Recognizer, RowFacets, facet_named};
use crate::socle::regex::LazyPattern;
use crate::socle::{Table, Tables, fold};
use crate::text;
use crate::value::{Type, Value};
use std::collections::HashMap;

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
    trusted: bool,
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
    let unless = lazy(doc, &mut section, "unless", trusted);
    section.finish(doc);
    let (text, span) = found?;
    let (regex, groups) = checked(doc, text, span.clone(), trusted)?;
    for name in groups {
        facet(doc, &name, span.clone(), table)?;
    }
    Some(Pattern { regex, unless, set, weak, map })
}

fn values(doc: &mut Document, tables: &Tables, facet: Facet, table: &Table, entry: Entry<'_>) -> Vec<Value> {
    let ty = match facet {
        Facet::Build => Type::Int,
        Facet::Column(column) => table.columns[column].ty.clone(),
    };
    value(doc, tables, &ty, entry, true).map(|datum| datum.candidates().to_vec()).unwrap_or_default()
}

fn facet(doc: &mut Document, name: &str, span: Span, table: &Table) -> Option<Facet> {
    let facet = facet_named(&table.columns, name);
    if facet.is_none() {
        unknown_column(doc, name, span, table, false);
    }
    facet
}

/// A regular expression that captures nothing by name, or a fault.
pub(super) fn lazy(
    doc: &mut Document,
    section: &mut Section<'_>,
    key: &'static str,
    trusted: bool,
) -> Option<LazyPattern> {
    let (text, span) = section.string(doc, key)?;
    checked(doc, text, span, trusted).map(|(pattern, _)| pattern)
}

/// A regular expression and the names of its groups (none when the files are trusted: nothing is checked).
fn checked(doc: &mut Document, text: String, span: Span, trusted: bool) -> Option<(LazyPattern, Vec<String>)> {
    let pattern = LazyPattern::new(text);
    if trusted {
        return Some((pattern, Vec::new()));
    }
    match pattern.check() {
        Ok(names) => Some((pattern, names)),
        Err(message) => {
            doc.fault(
                Diagnostic::error(
                    "socle/bad-pattern",
                    text!("expression rationnelle invalide", "invalid regular expression"),
                ),
                span,
                Text::same(message),
            );
            None
        }
    }
}
