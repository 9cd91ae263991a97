//! Table files: columns, rows and their names, cells, patterns.

use super::cite::citation;
use super::types::{NOT_GIVEN, TypeNames, table_id, value};
use crate::diag::{Diagnostic, Document, Section, Span, Text, did_you_mean};
use crate::socle::recognize::{Recognizer, RowFacets};
use crate::socle::{Citation, Column, Confidence, Extra, Note, Row, Table, Tables, Unsure, fold};
use crate::text;
use crate::value::{Datum, Type, Value};
use std::sync::Arc;

/// Keys of a row that no column may be called.
const RESERVED: [&str; 10] =
    ["id", "label", "aliases", "source", "unsure", "remark", "builds", "unlisted", "open", "each"];

/// A table being read.
pub(super) struct Draft<'i> {
    /// Number of its document.
    pub(super) doc: usize,
    section: Section<'i>,
    columns: Vec<ColumnDraft>,
    rows: Vec<RowDraft<'i>>,
    source: Option<Arc<Citation>>,
    /// Columns refused: their values are not reported again.
    refused: Vec<String>,
    /// Pairs of date columns, the first never after the second.
    order: Vec<(usize, usize)>,
}

struct ColumnDraft {
    identity: bool,
    /// Labels of the values, when the column declares them.
    values: Option<Vec<(String, Text)>>,
}

struct RowDraft<'i> {
    span: Span,
    section: Section<'i>,
    /// Rows of the table that this draft makes, with the value of the `each` column.
    made: Vec<(usize, Option<Value>)>,
    each: Option<usize>,
}

/// First pass: the table's name and whether it is ordered.
pub(super) fn begin<'i>(
    doc: &mut Document,
    number: usize,
    mut section: Section<'i>,
    tables: &mut Tables,
    types: &mut TypeNames,
) -> Option<Draft<'i>> {
    let id = section.required_string(doc, "id");
    let title = section.text(doc, "title");
    let ordered = section.flag(doc, "ordered");
    let (id, span) = id?;
    types.add(doc, &id, Type::Row(table_id(tables.tables.len())), span);
    let title = title.unwrap_or_else(|| Text::same(id.clone()));
    tables.tables.push(Table { id, title, ordered, columns: Vec::new(), rows: Vec::new() });
    tables.extras.push(Extra::default());
    Some(Draft {
        doc: number,
        section,
        columns: Vec::new(),
        rows: Vec::new(),
        source: None,
        refused: Vec::new(),
        order: Vec::new(),
    })
}

impl<'i> Draft<'i> {
    /// Second pass: columns, rows with their ids and names.
    pub(super) fn names(&mut self, doc: &mut Document, index: usize, tables: &mut Tables, types: &TypeNames) {
        let table = &mut tables.tables[index];
        let extra = &mut tables.extras[index];
        if let Some(mut words) = self.section.section(doc, "words") {
            extra.recognizer.words = word_map(doc, &mut words);
        }
        self.source = self.section.section(doc, "source").and_then(|section| citation(doc, section)).map(Arc::new);
        for section in self.section.sections(doc, "column") {
            self.column(doc, section, table, extra, types);
        }
        for entry in self.section.take("before").map(|entry| entry.items(doc)).unwrap_or_default() {
            let span = entry.span.clone();
            let names = entry.strings(doc);
            let columns: Vec<usize> = names.iter().filter_map(|(name, _)| table.column(name)).collect();
            match columns[..] {
                [a, b] if table.columns[a].ty == Type::Date && table.columns[b].ty == Type::Date => {
                    self.order.push((a, b));
                }
                _ => doc.fault(
                    Diagnostic::error(
                        "socle/unknown-column",
                        text!("`before` attend deux colonnes de dates", "`before` expects two date columns"),
                    ),
                    span,
                    text!("deux colonnes de dates attendues", "two date columns expected"),
                ),
            }
        }
        let mut seen: Vec<Span> = Vec::new();
        for section in self.section.sections(doc, "row") {
            self.row_names(doc, section, table, extra, &mut seen);
        }
        let sizes = table.rows.len();
        extra.notes = vec![Note::default(); sizes];
        extra.recognizer.facets = vec![RowFacets::default(); sizes];
    }

    fn column(
        &mut self,
        doc: &mut Document,
        mut section: Section<'_>,
        table: &mut Table,
        extra: &mut Extra,
        types: &TypeNames,
    ) {
        let name = section.required_string(doc, "name");
        let ty = section.required_string(doc, "type");
        let label = section.text(doc, "label");
        let identity = section.flag(doc, "identity");
        let any = section.flag(doc, "any");
        let values = section.section(doc, "values").map(|mut section| {
            section
                .drain()
                .into_iter()
                .filter_map(|(value, _, entry)| {
                    let mut label = entry.section(doc)?;
                    let fr = label.required_string(doc, "fr");
                    let en = label.required_string(doc, "en");
                    label.finish(doc);
                    Some((value, Text::new(fr?.0, en?.0)))
                })
                .collect::<Vec<_>>()
        });
        section.finish(doc);
        let (Some((name, name_span)), Some((ty, ty_span))) = (name, ty) else { return };
        let enumerated = ty == "enum";
        let Some(ty) = (if enumerated { Some(Type::String) } else { types.parse(doc, &ty, ty_span.clone()) }) else {
            self.refused.push(name);
            return;
        };
        if let Type::Identifier | Type::Record(_) = ty {
            doc.fault(
                Diagnostic::error(
                    "socle/column-type",
                    text!("une colonne ne peut pas être de ce type", "a column cannot have this type"),
                ),
                ty_span,
                text!("type réservé aux champs", "type for fields only"),
            );
            self.refused.push(name);
            return;
        }
        let first = name.split('.').next().unwrap_or_default();
        if RESERVED.contains(&first) || table.column(&name).is_some() {
            doc.fault(
                Diagnostic::error(
                    "socle/duplicate-id",
                    text!("le nom de colonne `{name}` est déjà pris", "the column name `{name}` is already taken"),
                ),
                name_span,
                text!("déjà pris", "already taken"),
            );
            return;
        }
        for (value, label) in values.iter().flatten() {
            extra.values.push((table.columns.len(), value.clone(), label.clone()));
        }
        if any {
            extra.recognizer.any.push(table.columns.len());
        }
        table.columns.push(Column { label: label.unwrap_or_else(|| Text::same(name.clone())), name, ty, enumerated });
        self.columns.push(ColumnDraft { identity, values });
    }

    fn row_names(
        &mut self,
        doc: &mut Document,
        mut section: Section<'i>,
        table: &mut Table,
        extra: &mut Extra,
        seen: &mut Vec<Span>,
    ) {
        let row_span = section.span.clone();
        let Some((id, id_span)) = section.required_string(doc, "id") else { return };
        let label = match section.take("label") {
            Some(entry) if entry.is_table() => entry.section(doc).and_then(|mut section| {
                let fr = section.required_string(doc, "fr");
                let en = section.required_string(doc, "en");
                section.finish(doc);
                Some(Text::new(fr?.0, en?.0))
            }),
            Some(entry) => entry.string(doc).map(|(label, _)| Text::same(label)),
            None => None,
        }
        .unwrap_or_else(|| Text::same(id.clone()));
        let aliases = section.strings(doc, "aliases");
        let mut draft = RowDraft { span: row_span, section, made: Vec::new(), each: None };
        let mut variants = vec![None];
        if let Some((column, values)) = each(doc, &mut draft.section, table) {
            draft.each = Some(column);
            variants = values.into_iter().map(Some).collect();
        }
        for variant in variants {
            let fill = |text: &str, label: Option<&str>| match (&variant, draft.each) {
                (Some(value), Some(column)) => {
                    text.replace(&format!("{{{}}}", table.columns[column].name), label.unwrap_or(value))
                }
                _ => text.to_owned(),
            };
            let labels = variant.as_ref().and_then(|value| {
                extra.values.iter().find(|(c, v, _)| Some(*c) == draft.each && v == value).map(|(_, _, label)| label)
            });
            let row_id = fill(&id, None);
            let row_label = Text::new(
                fill(&label.fr, labels.map(|l| l.fr.as_str())),
                fill(&label.en, labels.map(|l| l.en.as_str())),
            );
            let number = table.rows.len();
            if table.rows.iter().any(|row| row.id == row_id) {
                doc.fault(
                    Diagnostic::error(
                        "socle/duplicate-id",
                        text!("deux lignes s'appellent `{row_id}`", "two rows are called `{row_id}`"),
                    ),
                    id_span.clone(),
                    text!("déjà pris", "already taken"),
                );
                return;
            }
            let mut claim = |name: &str, span: &Span, hard: bool| {
                let key = fold::key(name, &extra.recognizer.words);
                let row = u32::try_from(number).unwrap_or(u32::MAX);
                match extra.recognizer.aliases.get(&key) {
                    None => {
                        extra.recognizer.aliases.insert(key, row);
                    }
                    Some(other) if *other != row && hard => {
                        let of = table.rows.get(*other as usize).map_or("", |row| row.id.as_str());
                        let mut fault = Diagnostic::error(
                            "socle/duplicate-alias",
                            text!(
                                "`{name}` désigne déjà la ligne `{of}` de la table `{}`",
                                "`{name}` already names row `{of}` of table `{}`",
                                table.id
                            ),
                        )
                        .help(text!(
                            "ces noms sont comparés sans casse, accents, espaces ni ponctuation",
                            "these names are compared without case, accents, spaces or punctuation"
                        ));
                        let label = text!("aussi un nom de `{row_id}`", "also a name of `{row_id}`");
                        fault = fault.at(&doc.source(), span.clone(), label);
                        if let Some(first) = seen.get(*other as usize) {
                            fault = fault.at(&doc.source(), first.clone(), text!("cette ligne-ci", "this row"));
                        }
                        doc.faults.push(fault);
                    }
                    Some(_) => {}
                }
            };
            claim(&row_id, &id_span, true);
            for (alias, span) in &aliases {
                claim(&fill(alias, None), span, true);
            }
            // A label is a name too, when no other row has it.
            claim(&row_label.fr, &id_span, false);
            if row_label.en != row_label.fr {
                claim(&row_label.en, &id_span, false);
            }
            draft.made.push((number, variant.map(|value| Value::String(Arc::from(value)))));
            let cells = vec![NOT_GIVEN; table.columns.len()];
            seen.push(id_span.clone());
            table.rows.push(Row { id: row_id, label: row_label, cells });
        }
        self.rows.push(draft);
    }

    /// Third pass: cells. The tables of other files have their rows by now.
    pub(super) fn cells(&mut self, doc: &mut Document, index: usize, tables: &mut Tables) {
        for draft in std::mem::take(&mut self.rows) {
            self.row_cells(doc, index, tables, draft);
        }
    }

    fn row_cells(&self, doc: &mut Document, index: usize, tables: &mut Tables, draft: RowDraft<'_>) {
        let RowDraft { span, mut section, made, each } = draft;
        let own = section.section(doc, "source").and_then(|section| citation(doc, section)).map(Arc::new);
        let source = own.or_else(|| self.source.clone());
        let remark = section.text(doc, "remark");
        let unsure = self.unsure(doc, &mut section, &tables.tables[index]);
        let facets = super::pattern::facets(doc, &mut section, &tables.tables[index]);
        let Some(confidence) = source.as_ref().map(|source| source.confidence) else {
            doc.fault(
                Diagnostic::error("socle/no-source", text!("ligne sans source", "row without a source")).help(text!(
                    "donnez `source` à la ligne, ou une fois pour la table",
                    "give the row a `source`, or the table once"
                )),
                first_line(doc, &span),
                text!("sans source", "without a source"),
            );
            return;
        };
        let mut cells = vec![NOT_GIVEN; tables.tables[index].columns.len()];
        let mut places: Vec<Option<Span>> = vec![None; cells.len()];
        let mut pending: Vec<(String, Span, crate::diag::Entry<'_>)> = section.drain();
        pending.reverse();
        while let Some((name, key_span, entry)) = pending.pop() {
            let Some(column) = tables.tables[index].column(&name) else {
                let group = format!("{name}.");
                let is_group = tables.tables[index].columns.iter().any(|column| column.name.starts_with(&group));
                if is_group && entry.is_table() {
                    if let Some(mut inner) = entry.section(doc) {
                        for (key, span, entry) in inner.drain().into_iter().rev() {
                            pending.push((format!("{group}{key}"), span, entry));
                        }
                    }
                } else if !self.refused.contains(&name) {
                    unknown_column(doc, &name, key_span, &tables.tables[index], true);
                }
                continue;
            };
            let draft = &self.columns[column];
            let value_span = entry.span.clone();
            if confidence < Confidence::High && !draft.identity {
                doc.fault(
                    Diagnostic::error(
                        "socle/below-h",
                        text!(
                            "la source de cette ligne n'est pas sûre (H) : elle ne peut pas donner `{name}`",
                            "the source of this row is not sure (H): it cannot give `{name}`"
                        ),
                    )
                    .help(text!(
                        "laissez l'attribut inconnu et dites ce que l'on croit dans `unsure` ou `remark`",
                        "leave the attribute unknown and say what is believed in `unsure` or `remark`"
                    )),
                    key_span,
                    text!("valeur sans source sûre", "value without a sure source"),
                );
                continue;
            }
            let ty = tables.tables[index].columns[column].ty.clone();
            let Some(datum) = value(doc, tables, &ty, entry, draft.identity) else { continue };
            if let Some(values) = &draft.values {
                for text in datum.candidates() {
                    if let Value::String(text) = text
                        && !values.iter().any(|(value, _)| **value == **text)
                    {
                        let mut fault = Diagnostic::error(
                            "socle/unknown-value",
                            text!(
                                "`{text}` n'est pas une valeur de la colonne `{name}`",
                                "`{text}` is not a value of column `{name}`"
                            ),
                        );
                        fault.help = did_you_mean(text, values.iter().map(|(value, _)| value.as_str()));
                        doc.fault(fault, value_span.clone(), text!("valeur inconnue", "unknown value"));
                    }
                }
            }
            cells[column] = datum;
            places[column] = Some(value_span);
        }
        for (first, second) in &self.order {
            if let (Datum::Known(Value::Date(a)), Datum::Known(Value::Date(b))) = (&cells[*first], &cells[*second])
                && a > b
            {
                let names = &tables.tables[index].columns;
                let (first_name, second_name) = (&names[*first].name, &names[*second].name);
                let mut fault = Diagnostic::error(
                    "socle/date-order",
                    text!(
                        "`{second_name}` ({b}) vient avant `{first_name}` ({a})",
                        "`{second_name}` ({b}) comes before `{first_name}` ({a})"
                    ),
                );
                if let Some(place) = &places[*second] {
                    fault = fault.at(&doc.source(), place.clone(), text!("trop tôt", "too early"));
                }
                if let Some(place) = &places[*first] {
                    fault = fault.at(&doc.source(), place.clone(), Text::same(first_name.clone()));
                }
                doc.faults.push(fault);
            }
        }
        let note = Note { source, remark, unsure };
        for (number, variant) in made {
            let mut cells = cells.clone();
            if let (Some(column), Some(value)) = (each, variant) {
                cells[column] = Datum::Known(value);
            }
            tables.tables[index].rows[number].cells = cells;
            tables.extras[index].recognizer.facets[number] = facets.clone();
            tables.extras[index].notes[number] = note.clone();
        }
    }

    fn unsure(&self, doc: &mut Document, section: &mut Section<'_>, table: &Table) -> Vec<Unsure> {
        let Some(mut beliefs) = section.section(doc, "unsure") else { return Vec::new() };
        let mut out = Vec::new();
        for (column, span, entry) in beliefs.drain() {
            if table.column(&column).is_none() {
                unknown_column(doc, &column, span, table, false);
                continue;
            }
            let Some(mut belief) = entry.section(doc) else { continue };
            let remark = belief.text(doc, "remark");
            if let Some(source) = citation(doc, belief)
                && let Some(remark) = remark
            {
                out.push(Unsure { column, source, remark });
            }
        }
        out
    }

    /// Last pass: patterns, once every value of the table is known; then what is left is an unknown key.
    pub(super) fn finish(mut self, doc: &mut Document, index: usize, tables: &mut Tables, trusted: bool) {
        let sections = self.section.sections(doc, "pattern");
        let patterns: Vec<_> = sections
            .into_iter()
            .filter_map(|section| {
                super::pattern::pattern(doc, section, &tables.tables[index], &tables.extras[index].recognizer, trusted)
            })
            .collect();
        let Recognizer { patterns: all, .. } = &mut tables.extras[index].recognizer;
        *all = patterns;
        self.section.finish(doc);
    }
}

/// `each = { edition = ["home", "pro"] }`: one row for each value of an enumerated column.
fn each(doc: &mut Document, section: &mut Section<'_>, table: &Table) -> Option<(usize, Vec<String>)> {
    let mut each = section.section(doc, "each")?;
    let mut keys = each.drain().into_iter();
    let (name, span, entry) = keys.next()?;
    if let Some((_, span, _)) = keys.next() {
        doc.fault(
            Diagnostic::error("socle/each", text!("`each` ne prend qu'une colonne", "`each` takes one column only")),
            span,
            text!("de trop", "one too many"),
        );
    }
    match table.column(&name) {
        Some(column) if table.columns[column].enumerated => {
            Some((column, entry.strings(doc).into_iter().map(|(value, _)| value).collect()))
        }
        _ => {
            unknown_column(doc, &name, span, table, false);
            None
        }
    }
}

/// A name that is no column of the table (`key`: nor any other key of a row).
pub(super) fn unknown_column(doc: &mut Document, name: &str, span: Span, table: &Table, key: bool) {
    let mut fault = if key {
        Diagnostic::error("toml/unknown-key", text!("clé inconnue `{name}`", "unknown key `{name}`"))
    } else {
        Diagnostic::error(
            "socle/unknown-column",
            text!("la table `{}` n'a pas de colonne `{name}`", "table `{}` has no column `{name}`", table.id),
        )
    };
    let names = table.columns.iter().map(|column| column.name.as_str());
    fault.help = did_you_mean(name, names.chain(RESERVED.into_iter().filter(|_| key)));
    let label = if key { text!("clé inconnue", "unknown key") } else { text!("colonne inconnue", "unknown column") };
    doc.fault(fault, span, label);
}

/// `words`: word → word that replaces it, or "".
pub(super) fn word_map(doc: &mut Document, section: &mut Section<'_>) -> fold::Words {
    let mut words = fold::Words::default();
    for (word, _, entry) in section.drain() {
        if let Some((to, _)) = entry.string(doc) {
            words.insert(fold::plain(&word), fold::plain(&to));
        }
    }
    words
}

/// The first line of a span that may cover a whole section.
pub(super) fn first_line(doc: &Document, span: &Span) -> Span {
    let source = doc.source();
    let text = source.text.get(span.clone()).unwrap_or_default();
    span.start..text.find('\n').map_or(span.end, |at| span.start + at)
}
