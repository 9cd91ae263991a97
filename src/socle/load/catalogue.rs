//! Catalogues: the keys (`[catalogue]` of `fields.toml`), then the rows of the socle's own file and of those
//! brought beside.

use super::cite::citation;
use super::written::value_written;
use crate::diag::{Diagnostic, Document, Entry as Written, Section, Span, Text, did_you_mean};
use crate::socle::catalogue::{CatalogueFile, Entry, Key, Keys, Named};
use crate::socle::{Citation, Confidence, FieldId, Member, RecordType, Role, Socle, fold};
use crate::text;
use crate::value::{Datum, RangeFault, RowRef, TableId, Type, Value, VersionRange};
use std::collections::HashMap;

/// Reads which fields name what a row is about, and makes the field of what is offered.
pub(super) fn keys(doc: &mut Document, mut section: Section<'_>, socle: &mut Socle) {
    let rows = section.required_string(doc, "rows");
    let kind = section.required_string(doc, "kind");
    let mut of_product = None;
    let mut key = |doc: &mut Document, name: &'static str, fits: fn(&Type) -> bool| {
        let span = section.span.clone();
        let Some(mut key) = section.section(doc, name) else {
            doc.missing_key(span, name);
            return None;
        };
        let written = key.required_string(doc, "key");
        let field = key.required_string(doc, "field");
        if name == "editor" {
            of_product = key.string(doc, "of_product");
        }
        key.finish(doc);
        let (field, span) = field?;
        let field = super::fields::known_field(doc, socle, &field, span.clone())?;
        if !fits(&socle.fields[usize::from(field.0)].ty) {
            let message = text!("ce champ ne peut pas servir de clé `{name}`", "this field cannot be the key `{name}`");
            let label = text!("type qui ne convient pas", "unfit type");
            doc.fault(Diagnostic::error("socle/catalogue-key", message), span, label);
            return None;
        }
        Some(Key { name: written?.0, field })
    };
    let name = |ty: &Type| matches!(ty, Type::Row(_) | Type::String);
    let editor = key(doc, "editor", name);
    let product = key(doc, "product", name);
    let version = key(doc, "version", |ty| *ty == Type::Version);
    let who = key(doc, "who", |ty| matches!(ty, Type::Row(_)));
    let offer = section.section(doc, "offer");
    let head = section.span.clone();
    section.finish(doc);
    let (Some(editor), Some(product), Some(version), Some(who)) = (editor, product, version, who) else { return };
    let (Some((rows, _)), Some((kind, _))) = (rows, kind) else { return };
    let editor_of_product =
        of_product.and_then(|(column, span)| editor_column(doc, socle, &editor, &product, &column, span));
    let Some(offer) = offer else {
        doc.missing_key(head, "offer");
        return;
    };
    let (offered, offer_id) = (Vec::new(), FieldId(u16::MAX));
    let mut keys = Keys { rows, editor, product, version, who, editor_of_product, kind, offer: offer_id, offered };
    let Some((offer, offered)) = offer_field(doc, offer, socle, &keys) else { return };
    (keys.offer, keys.offered) = (offer, offered);
    socle.catalogue.keys = Some(keys);
}

/// The column of the products' table that names their editor.
fn editor_column(
    doc: &mut Document,
    socle: &Socle,
    editor: &Key,
    product: &Key,
    column: &str,
    span: Span,
) -> Option<usize> {
    let editors = &socle.fields[usize::from(editor.field.0)].ty;
    let found = match &socle.fields[usize::from(product.field.0)].ty {
        Type::Row(table) => {
            let table = socle.tables.table(*table);
            table.column(column).filter(|index| table.columns[*index].ty == *editors)
        }
        _ => None,
    };
    if found.is_none() {
        let message = text!(
            "la table des produits n'a pas de colonne `{column}` qui nomme un éditeur",
            "the table of products has no column `{column}` that names an editor"
        );
        doc.fault(
            Diagnostic::error("socle/unknown-column", message),
            span,
            text!("colonne inconnue", "unknown column"),
        );
    }
    found
}

/// The field of what is offered: a record of the fields that a record of its kind has in common with those of the
/// catalogue.
fn offer_field(
    doc: &mut Document,
    mut section: Section<'_>,
    socle: &mut Socle,
    keys: &Keys,
) -> Option<(FieldId, Vec<FieldId>)> {
    let id = section.required_string(doc, "id");
    let of = section.required_string(doc, "kind");
    let label = section.text(doc, "label");
    section.finish(doc);
    let ((id, span), (of, _)) = (id?, of?);
    if socle.field(&id).is_some() || socle.tables.record_named(&id).is_some() || socle.tables.table_named(&id).is_some()
    {
        super::fields::duplicate(doc, &id, span);
        return None;
    }
    let offered: Vec<FieldId> =
        keys.given(socle).filter(|(_, field)| field.kinds.contains(&of)).map(|(number, _)| number).collect();
    let members = offered.iter().map(|field| {
        let field = &socle.fields[usize::from(field.0)];
        Member { name: field.id.clone(), label: field.label.clone(), ty: field.ty.clone() }
    });
    let label = label.unwrap_or_else(|| Text::same(id.clone()));
    let record_type = RecordType { id: id.clone(), label: label.clone(), members: members.collect() };
    let field = socle.add_record_field(record_type, id, keys.kind.clone(), label, Role::Offer)?;
    Some((field, offered))
}

impl Socle {
    /// Adds catalogues (name, bytes) to what is known, in the order given; their rows answer for themselves,
    /// whatever their confidence.
    ///
    /// # Errors
    /// Every fault of every catalogue; also where two of them contradict each other.
    pub fn add_catalogues(&mut self, files: &[(String, Vec<u8>)]) -> Result<(), Vec<Diagnostic>> {
        let mut faults = Vec::new();
        for (name, bytes) in files {
            let Ok(text) = std::str::from_utf8(bytes) else {
                faults.push(
                    Diagnostic::error(
                        "catalogue/not-utf8",
                        text!("`{name}` n'est pas du texte UTF-8", "`{name}` is not UTF-8 text"),
                    )
                    .help(text!("enregistrez-le en UTF-8", "save it as UTF-8")),
                );
                continue;
            };
            let mut doc = Document::new(name.as_str(), text);
            let source = doc.source();
            if let Some(section) = doc.parse(&source) {
                rows(&mut doc, section, self, Confidence::NotVerified);
            }
            faults.append(&mut doc.faults);
            let digest = format!("blake3:{}", blake3::hash(bytes).to_hex());
            self.catalogue.files.push(CatalogueFile { name: name.clone(), digest });
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

/// Reads the rows of a file; the values of those whose source is below `least` are not used.
pub(super) fn rows(doc: &mut Document, mut section: Section<'_>, socle: &mut Socle, least: Confidence) {
    let Some(key) = socle.catalogue.keys.as_ref().map(|keys| keys.rows.clone()) else {
        doc.fault(
            Diagnostic::error(
                "catalogue/no-keys",
                text!(
                    "le socle ne dit pas comment lire un catalogue",
                    "the socle does not tell how to read a catalogue"
                ),
            )
            .help(text!("il manque `[catalogue]` dans `fields.toml`", "`[catalogue]` is missing from `fields.toml`")),
            section.span.start..section.span.start,
            Text::default(),
        );
        return;
    };
    let source = section.section(doc, "source").and_then(|section| citation(doc, section));
    let mut of_product: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, row) in socle.catalogue.rows.iter().enumerate() {
        if let Some(product) = row.product_key() {
            of_product.entry(product).or_default().push(index);
        }
    }
    for (name, span, entry) in section.drain() {
        if name != key {
            unknown_key(doc, &name, span, [key.as_str(), "source"]);
            continue;
        }
        for item in entry.items(doc) {
            let Some(item) = item.section(doc) else { continue };
            let Some(row) = row(doc, socle, item, source.as_ref(), least) else { continue };
            if let Some(product) = row.product_key() {
                let same = of_product.entry(product).or_default();
                for other in same.iter() {
                    contradictions(doc, socle, &row, &socle.catalogue.rows[*other]);
                }
                same.push(socle.catalogue.rows.len());
            }
            socle.catalogue.rows.push(row);
        }
    }
}

/// A row; `None` when what it is about cannot be told.
fn row(
    doc: &mut Document,
    socle: &Socle,
    mut section: Section<'_>,
    file_source: Option<&Citation>,
    least: Confidence,
) -> Option<Entry> {
    let keys = socle.catalogue.keys.as_ref()?;
    let section_span = section.span.clone();
    let since = section.date(doc, "since").map(|(date, _)| date);
    let publication = section.take("publication").is_none_or(|entry| entry.bool(doc).unwrap_or(true));
    let own_source = section.section(doc, "source");
    if own_source.is_none() && file_source.is_none() {
        let fault =
            Diagnostic::error("catalogue/no-source", text!("ligne sans source", "row without a source")).help(text!(
                "donnez `source` à la ligne, ou une fois en tête du fichier",
                "give the row a `source`, or once at the head of the file"
            ));
        doc.fault(fault, doc.head(&section_span), text!("sans source", "without a source"));
    }
    let own_source = own_source.map(|section| citation(doc, section));
    let confidence =
        own_source.map_or(file_source.map(|source| source.confidence), |own| own.map(|own| own.confidence));
    let _ = section.text(doc, "remark");
    let mut row = Entry {
        file: doc.source(),
        editor: Named::default(),
        product: None,
        version: None,
        who: None,
        since,
        publication,
        sure: confidence.is_some_and(|confidence| confidence >= least),
        values: Vec::new(),
    };
    let (mut editor, mut product, mut version) = (None, None, None);
    for (name, key_span, entry) in section.drain() {
        if name == keys.editor.name {
            editor = Some(self::name(doc, socle, &keys.editor, entry));
        } else if name == keys.product.name {
            product = Some(self::name(doc, socle, &keys.product, entry));
        } else if name == keys.version.name {
            version = Some((entry.span.clone(), range(doc, entry)));
        } else if name == keys.who.name {
            row.who = Some(people(doc, socle, &keys.who, entry));
        } else if let Some(field) = given_field(doc, socle, keys, &name, key_span) {
            let span = entry.span.clone();
            let ty = &socle.fields[usize::from(field.0)].ty;
            match value_written(doc, socle, entry, ty, Some(field)) {
                // A cell that says it does not know says nothing.
                None | Some(Datum::Unknown(_)) => {}
                Some(datum) => row.values.push((field, datum, span)),
            }
        }
    }
    if let (Some((span, _)), None) = (&version, &product) {
        let (product, name) = (&keys.product.name, &keys.version.name);
        let fault = Diagnostic::error(
            "catalogue/version-without-product",
            text!(
                "`{name}` sans `{product}` : la version de quoi ?",
                "`{name}` without `{product}`: the version of what?"
            ),
        );
        doc.fault(fault, span.clone(), text!("version sans produit", "version without product"));
    }
    row.version = version.and_then(|(_, range)| range);
    row.product = product.flatten();
    match editor {
        Some(editor) => row.editor = editor?,
        None => {
            doc.missing_key(section_span, &keys.editor.name);
            return None;
        }
    }
    Some(row)
}

/// A name, read like a cell of its field.
fn name(doc: &mut Document, socle: &Socle, key: &Key, entry: Written<'_>) -> Option<Named> {
    let (text, span) = entry.string(doc)?;
    let folded = socle.folded(key.field, &text);
    if folded.is_empty() {
        let message = text!("`{}` est vide", "`{}` is empty", key.name);
        doc.fault(Diagnostic::error("catalogue/empty-name", message), span, text!("nom attendu", "name expected"));
        return None;
    }
    let row = match socle.read(key.field, &text, false).datum {
        Datum::Known(value @ Value::Row(_)) => Some(value),
        _ => None,
    };
    Some(Named { row, text: folded, shown: text })
}

fn range(doc: &mut Document, entry: Written<'_>) -> Option<VersionRange> {
    let (text, span) = entry.string(doc)?;
    let fault = match VersionRange::parse(&text) {
        Ok(range) => return Some(range),
        Err(RangeFault::Unreadable) => Diagnostic::error(
            "catalogue/range",
            text!("`{text}` n'est pas une plage de versions", "`{text}` is not a range of versions"),
        )
        .help(text!(
            "des limites `>=`, `>`, `<`, `<=` ou `=` séparées par des virgules : `>= 8.2, < 9`",
            "limits `>=`, `>`, `<`, `<=` or `=` separated by commas: `>= 8.2, < 9`"
        )),
        Err(RangeFault::Empty) => Diagnostic::error(
            "catalogue/range",
            text!("aucune version n'est dans `{text}`", "no version is in `{text}`"),
        ),
    };
    doc.fault(fault, span, text!("plage de versions attendue", "range of versions expected"));
    None
}

/// Those that a row is for: rows of a table, or the values of one of its enumerated columns (a family), which stand
/// for all the rows that have them.
fn people(doc: &mut Document, socle: &Socle, key: &Key, entry: Written<'_>) -> Vec<Value> {
    let field = &socle.fields[usize::from(key.field.0)];
    let Type::Row(table) = field.ty else { return Vec::new() };
    let mut people = Vec::new();
    for (text, span) in entry.strings(doc) {
        let mut found = family(socle, table, &text);
        if found.is_empty() {
            found = socle.tables.rows_recognized(table, &text).into_iter().map(Value::Row).collect();
        }
        if found.is_empty() {
            let id = &socle.tables.table(table).id;
            let mut fault = Diagnostic::error(
                "value/unreadable",
                text!("`{text}` ne se lit pas comme valeur de `{id}`", "`{text}` does not read as value of `{id}`"),
            );
            let rows = socle.tables.table(table).rows.iter();
            fault.help = did_you_mean(&text, rows.flat_map(|row| [row.id.as_str(), row.label.fr.as_str()]));
            doc.fault(fault, span, text!("valeur inconnue", "unknown value"));
        }
        people.extend(found.into_iter().filter(|who| !people.contains(who)).collect::<Vec<_>>());
    }
    people
}

/// The rows that have a value in an enumerated column, named by the value or its label.
fn family(socle: &Socle, table: TableId, text: &str) -> Vec<Value> {
    let wanted = fold::key(text, &fold::Words::default());
    let body = socle.tables.table(table);
    let named = |column: usize, value: &Value| {
        let label = socle.tables.column_label(table, column, value);
        let plain = socle.tables.value_label(value);
        [&plain.fr, &label.fr, &label.en].into_iter().any(|name| fold::key(name, &fold::Words::default()) == wanted)
    };
    let enumerated = (0..body.columns.len()).filter(|column| body.columns[*column].enumerated);
    for column in enumerated {
        let rows: Vec<Value> = (0u32..)
            .zip(&body.rows)
            .filter(|(_, row)| row.cells[column].known().is_some_and(|value| named(column, value)))
            .map(|(row, _)| Value::Row(RowRef { table, row }))
            .collect();
        if !rows.is_empty() {
            return rows;
        }
    }
    Vec::new()
}

/// The field that a key of a row gives, or a fault.
fn given_field(doc: &mut Document, socle: &Socle, keys: &Keys, name: &str, span: Span) -> Option<FieldId> {
    if let Some((number, _)) = keys.given(socle).find(|(_, field)| field.id == name) {
        return Some(number);
    }
    let own = [&keys.editor, &keys.product, &keys.version, &keys.who].map(|key| key.name.as_str());
    let list = own.join("`, `");
    let named = text!("une ligne dit de quoi elle parle par `{list}`", "a row says what it is about by `{list}`");
    let (mut fault, label) = if socle.field(name).is_some() {
        let kind = &keys.kind;
        let message = text!(
            "un catalogue ne donne pas le champ `{name}` d'un enregistrement `{kind}`",
            "a catalogue does not give the field `{name}` of a record of kind `{kind}`"
        );
        (
            Diagnostic::error("catalogue/not-given", message),
            text!("champ qui n'est pas donné ici", "field not given here"),
        )
    } else {
        let message = text!(
            "`{name}` n'est ni une clé du catalogue ni un champ",
            "`{name}` is neither a key of the catalogue nor a field"
        );
        (Diagnostic::error("catalogue/unknown-field", message), text!("clé inconnue", "unknown key"))
    };
    let known = own.into_iter().chain(["since", "publication", "source", "remark"]);
    let near = did_you_mean(name, known.chain(keys.given(socle).map(|(_, field)| field.id.as_str())));
    fault.help = near.filter(|_| fault.code == "catalogue/unknown-field").or(Some(named));
    doc.fault(fault, span, label);
    None
}

fn unknown_key(doc: &mut Document, name: &str, span: Span, known: [&str; 2]) {
    let mut fault = Diagnostic::error("toml/unknown-key", text!("clé inconnue `{name}`", "unknown key `{name}`"));
    fault.help = did_you_mean(name, known).or_else(|| {
        let list = known.join("`, `");
        Some(text!("clés admises ici : `{list}`", "keys allowed here: `{list}`"))
    });
    doc.fault(fault, span, text!("clé inconnue", "unknown key"));
}

/// Two rows of one product that say different things of the same version to the same person: a fault a field.
fn contradictions(doc: &mut Document, socle: &Socle, row: &Entry, other: &Entry) {
    if !(row.sure && other.sure && row.meets(other)) {
        return;
    }
    for (field, datum, span) in &row.values {
        let Some((before, place)) = other.values.iter().find(|(given, ..)| given == field).map(|(_, d, s)| (d, s))
        else {
            continue;
        };
        if before == datum {
            continue;
        }
        let id = &socle.fields[usize::from(field.0)].id;
        let (one, two) = (socle.tables.datum_label(datum), socle.tables.datum_label(before));
        let message = Text::new(
            format!("deux lignes du catalogue se contredisent sur `{id}` : `{}` et `{}`", one.fr, two.fr),
            format!("two rows of the catalogue contradict each other on `{id}`: `{}` and `{}`", one.en, two.en),
        );
        let fault = Diagnostic::error("catalogue/overlap", message)
            .at(&row.file, span.clone(), text!("cette ligne-ci", "this row"))
            .at(
                &other.file,
                place.clone(),
                text!("celle-là vaut pour une même version", "that one holds for a same version"),
            )
            .help(text!(
                "séparez leurs versions (`>= 8, < 9`) ou ceux qu'elles concernent",
                "part their versions (`>= 8, < 9`) or whom they are for"
            ));
        doc.faults.push(fault);
    }
}
