//! Text → row: aliases first, then patterns whose captures are facets of the row.

use super::fold::{self, Words};
use super::regex::LazyPattern;
use super::{Column, Row};
use crate::value::{Date, Type, Value, Version};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Longest text that patterns are tried on, in bytes: no name is longer.
const MAX_TEXT: usize = 1000;

/// How texts name the rows of one table.
#[derive(Default)]
pub(crate) struct Recognizer {
    pub(crate) words: Words,
    /// Row of each folded id, label and alias.
    pub(crate) aliases: HashMap<String, u32>,
    pub(crate) patterns: Vec<Pattern>,
    /// Columns in which a row without a value fits any.
    pub(crate) any: Vec<usize>,
    /// Values of each string column by their folded spelling, at the first need.
    pub(crate) spelled: OnceLock<HashMap<(usize, String), Vec<Value>>>,
    /// What facets know of each row; empty when the table has no pattern.
    pub(crate) facets: Vec<RowFacets>,
}

/// What facets know of a row beside its cells.
#[derive(Default, Clone)]
pub(crate) struct RowFacets {
    /// Ranges of build numbers, both ends included.
    pub(crate) builds: Vec<(u32, u32)>,
    /// Only a candidate when no other row fits: it stands for what the table does not list.
    pub(crate) unlisted: bool,
    /// An unlisted row that is also possible as long as nothing is said of this column (nor of the build).
    pub(crate) open: Option<usize>,
}

/// One pattern of a table.
pub(crate) struct Pattern {
    pub(crate) regex: LazyPattern,
    /// The pattern does not count when this one matches too.
    pub(crate) unless: Option<LazyPattern>,
    /// Facets that the pattern gives by itself, with the values allowed.
    pub(crate) set: Vec<(Facet, Vec<Value>)>,
    /// Facets whose constraint yields to the strong ones.
    pub(crate) weak: Vec<Facet>,
    /// Captured text (folded) → values allowed, by facet.
    pub(crate) map: Vec<(Facet, HashMap<String, Vec<Value>>)>,
}

/// What a pattern can say of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Facet {
    Column(usize),
    Build,
}

#[derive(PartialEq)]
struct Constraint {
    facet: Facet,
    /// Values allowed; empty when the text says something that no row has.
    allowed: Vec<Value>,
    weak: bool,
}

/// Name of the facet that looks a number up in the `builds` of rows.
const BUILD: &str = "build";

/// The facet of a name: a column of plain values, or `build`.
pub(crate) fn facet_named(columns: &[Column], name: &str) -> Option<Facet> {
    if name == BUILD {
        return Some(Facet::Build);
    }
    let column = columns.iter().position(|column| column.name == name)?;
    (!matches!(columns[column].ty, Type::Row(_) | Type::List(_))).then_some(Facet::Column(column))
}

impl Pattern {
    fn constraints(&self, text: &str, table: &Rows<'_>, out: &mut Vec<Constraint>) -> bool {
        let Some(captures) = self.regex.named(text) else { return false };
        if self.unless.as_ref().is_some_and(|unless| unless.is_match(text)) {
            return false;
        }
        let mut push = |facet: Facet, allowed: Vec<Value>| {
            let constraint = Constraint { facet, allowed, weak: self.weak.contains(&facet) };
            // Several patterns say « Windows »: once is enough.
            if !out.contains(&constraint) {
                out.push(constraint);
            }
        };
        for (facet, allowed) in &self.set {
            push(*facet, allowed.clone());
        }
        for (group, found) in captures {
            let Some(facet) = facet_named(table.columns, &group) else { continue };
            let key = fold::key(found, &table.recognizer.words);
            let mapped = self.map.iter().find(|(f, _)| *f == facet).and_then(|(_, map)| map.get(&key));
            let allowed = match (mapped, facet) {
                (Some(values), _) => values.clone(),
                (None, Facet::Build) => found.parse().map(|n| vec![Value::Int(n)]).unwrap_or_default(),
                (None, Facet::Column(column)) => table.values_spelled(column, found, &key),
            };
            push(facet, allowed);
        }
        true
    }
}

/// A table seen by its recognizer.
pub(crate) struct Rows<'t> {
    pub(crate) recognizer: &'t Recognizer,
    pub(crate) columns: &'t [Column],
    pub(crate) rows: &'t [Row],
}

impl Rows<'_> {
    /// Rows that a text may name, in the order of the table; empty when it names none.
    pub(crate) fn candidates(&self, text: &str) -> Vec<u32> {
        if let Some(row) = self.recognizer.aliases.get(&fold::key(text, &self.recognizer.words)) {
            return vec![*row];
        }
        if self.recognizer.patterns.is_empty() || text.len() > MAX_TEXT {
            return Vec::new();
        }
        let plain = fold::plain(text);
        let mut constraints = Vec::new();
        let mut matched = false;
        for pattern in &self.recognizer.patterns {
            matched |= pattern.constraints(&plain, self, &mut constraints);
        }
        if !matched || constraints.is_empty() {
            return Vec::new();
        }
        // The build tells most: first, as long as the order of the weak ones stays.
        constraints.sort_by_key(|constraint| constraint.facet != Facet::Build);
        let listed = self.satisfying(&constraints, false);
        if listed.is_empty() { self.satisfying(&constraints, true) } else { listed }
    }

    fn satisfying(&self, constraints: &[Constraint], unlisted: bool) -> Vec<u32> {
        let build = constraints.iter().any(|c| c.facet == Facet::Build);
        let joins = |facets: &RowFacets| match (facets.unlisted, unlisted) {
            (false, false) | (true, true) => true,
            (true, false) => facets
                .open
                .is_some_and(|column| !build && !constraints.iter().any(|c| c.facet == Facet::Column(column))),
            (false, true) => false,
        };
        let mut rows: Vec<u32> = (0u32..)
            .zip(&self.recognizer.facets)
            .filter(|(row, facets)| joins(facets) && constraints.iter().filter(|c| !c.weak).all(|c| self.fits(*row, c)))
            .map(|(row, _)| row)
            .collect();
        for weak in constraints.iter().filter(|c| c.weak) {
            let kept: Vec<u32> = rows.iter().copied().filter(|row| self.fits(*row, weak)).collect();
            if !kept.is_empty() {
                rows = kept;
            } else if weak.allowed.is_empty() && !build {
                // A value that the table does not know, and nothing better to go by.
                return Vec::new();
            }
        }
        if unlisted {
            // The row that says most of what the text says: « Windows 11, other » before « Windows, other ».
            let said = |row: u32| constraints.iter().filter(|c| self.states(row, c)).count();
            let most = rows.iter().map(|row| said(*row)).max().unwrap_or(0);
            rows.retain(|row| said(*row) == most);
        }
        rows
    }

    /// Whether a row has a value of its own that satisfies a constraint.
    fn states(&self, row: u32, constraint: &Constraint) -> bool {
        match constraint.facet {
            Facet::Build => false,
            Facet::Column(column) => {
                let cell = self.rows[row as usize].cells[column].candidates();
                cell.iter().any(|value| constraint.allowed.contains(value))
            }
        }
    }

    /// Whether a row satisfies a constraint. A row without a value satisfies none, unless it stands for
    /// what is not listed, or the column says that no value means any.
    fn fits(&self, row: u32, constraint: &Constraint) -> bool {
        match constraint.facet {
            Facet::Build => constraint.allowed.iter().any(|value| match value {
                Value::Int(n) => self.recognizer.facets[row as usize]
                    .builds
                    .iter()
                    .any(|(low, high)| (i64::from(*low)..=i64::from(*high)).contains(n)),
                _ => false,
            }),
            Facet::Column(column) => {
                let cell = self.rows[row as usize].cells[column].candidates();
                if cell.is_empty() {
                    return self.recognizer.any.contains(&column) || self.recognizer.facets[row as usize].unlisted;
                }
                self.states(row, constraint)
            }
        }
    }

    fn spellings(&self) -> HashMap<(usize, String), Vec<Value>> {
        let mut out: HashMap<(usize, String), Vec<Value>> = HashMap::new();
        for cells in self.rows.iter().map(|row| &row.cells) {
            for (column, cell) in cells.iter().enumerate() {
                for value in cell.candidates() {
                    let Value::String(text) = value else { continue };
                    let values = out.entry((column, fold::key(text, &self.recognizer.words))).or_default();
                    if !values.contains(value) {
                        values.push(value.clone());
                    }
                }
            }
        }
        out
    }

    /// Values of a column that a captured text spells.
    fn values_spelled(&self, column: usize, found: &str, key: &str) -> Vec<Value> {
        match self.columns[column].ty {
            Type::String => {
                let spelled = self.recognizer.spelled.get_or_init(|| self.spellings());
                spelled.get(&(column, key.to_owned())).cloned().unwrap_or_default()
            }
            Type::Int => found.parse().map(|n| vec![Value::Int(n)]).unwrap_or_default(),
            Type::Version => Version::parse(found).map(|v| vec![Value::Version(v)]).unwrap_or_default(),
            Type::Date => Date::parse_iso(found).map(|d| vec![Value::Date(d)]).unwrap_or_default(),
            _ => Vec::new(),
        }
    }
}
