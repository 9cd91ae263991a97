//! `collecte.toml` and `collecte/*.toml`: machine inventories.

use super::pattern::lazy;
use crate::diag::{Diagnostic, Document, Entry, Section, Span, did_you_mean};
use crate::socle::collection::{
    Applications, Dialect, Doubt, Envelope, Fact, Family, Feed, FeedFrom, Form, Give, Holds, KindSign, MachineKind,
    Path, Products, Readers, Take, Tree, Variant, Wanted,
};
use crate::socle::regex::LazyPattern;
use crate::socle::{RowRef, Socle, TableId, collection};
use crate::text;
use crate::value::Type;

const FORMS: &[(&str, Form)] = &[
    ("xml", Form::Xml),
    ("json", Form::Json),
    ("rows", Form::Rows),
    ("listing", Form::Listing),
    ("registry", Form::Registry),
    ("table", Form::Table),
];

const HOLDS: &[(&str, Holds)] = &[
    ("system", Holds::System),
    ("software", Holds::Software),
    ("evidence", Holds::Evidence),
    ("devices", Holds::Devices),
    ("antivirus", Holds::Antivirus),
    ("equipment", Holds::Equipment),
];

const GIVES: &[(&str, Give)] = &[
    ("name", Give::Name),
    ("version", Give::Version),
    ("editor", Give::Editor),
    ("name-version", Give::NameAndVersion),
    ("list", Give::List),
];

/// A word among those that are known, or a fault.
fn word<T: Copy>(doc: &mut Document, found: (String, Span), known: &[(&str, T)]) -> Option<T> {
    let (text, span) = found;
    if let Some((_, value)) = known.iter().find(|(name, _)| *name == text) {
        return Some(*value);
    }
    let mut fault =
        Diagnostic::error("socle/unknown-word", text!("`{text}` n'est pas admis ici", "`{text}` is not allowed here"));
    let names = || known.iter().map(|(name, _)| *name);
    fault.help = did_you_mean(&text, names()).or_else(|| {
        let list = names().collect::<Vec<_>>().join("`, `");
        Some(text!("valeurs admises : `{list}`", "allowed values: `{list}`"))
    });
    doc.fault(fault, span, text!("valeur inconnue", "unknown value"));
    None
}

fn path(text: &str) -> Path {
    text.split('/').filter(|key| !key.is_empty()).map(str::to_owned).collect()
}

/// A dialect: one file of the folder `collecte`.
pub(super) fn dialect(doc: &mut Document, mut section: Section<'_>, trusted: bool) -> Option<Dialect> {
    let id = section.required_string(doc, "id");
    let label = section.text(doc, "label");
    if label.is_none() {
        doc.missing_key(section.span.clone(), "label");
    }
    let forms = section.strings(doc, "form").into_iter().filter_map(|form| word(doc, form, FORMS)).collect();
    let root = section.string(doc, "root").map(|(root, _)| root);
    let machine = section.string(doc, "machine").map(|(machine, _)| path(&machine)).unwrap_or_default();
    let signs = section.take("signs").map(|entry| entry.items(doc)).unwrap_or_default();
    let signs = signs.into_iter().map(|set| set.strings(doc).iter().map(|(sign, _)| path(sign)).collect()).collect();
    let mut out = Dialect {
        id: id?.0,
        label: label?,
        forms,
        root,
        signs,
        sections: Vec::new(),
        tree: Tree::new(),
        variants: Vec::new(),
        kinds: Vec::new(),
        doubts: Vec::new(),
        envelope: section.section(doc, "envelope").map(|section| envelope(doc, section)),
        refusal: section.text(doc, "refusal"),
    };
    let at = out.tree.reach(Tree::ROOT, &machine);
    out.tree.nodes[at].machine = true;
    for part in section.sections(doc, "section") {
        read_section(doc, part, &mut out, trusted);
    }
    for mut variant in section.sections(doc, "variant") {
        let (id, label) = (variant.required_string(doc, "id"), variant.text(doc, "label"));
        let agent = lazy(doc, &mut variant, "agent", trusted);
        let has = sections_at(doc, &mut variant, "has", &out);
        let lacks = sections_at(doc, &mut variant, "lacks", &out);
        let facts = variant.strings(doc, "facts").into_iter().filter_map(|fact| self::fact(doc, fact)).collect();
        let refusal = variant.text(doc, "refusal");
        variant.finish(doc);
        if let (Some((id, _)), Some(label)) = (id, label) {
            out.variants.push(Variant { id, label, agent, has, lacks, facts, refusal });
        }
    }
    out.kinds = kinds(doc, &mut section, trusted);
    out.doubts = doubts(doc, &mut section, trusted);
    section.finish(doc);
    Some(out)
}

/// What is not to be believed as it stands.
fn doubts(doc: &mut Document, section: &mut Section<'_>, trusted: bool) -> Vec<Doubt> {
    let mut out = Vec::new();
    for mut doubt in section.sections(doc, "doubt") {
        let mut signs = Vec::new();
        for mut sign in doubt.sections(doc, "signs") {
            let fact = sign.required_string(doc, "fact").and_then(|fact| self::fact(doc, fact));
            let pattern = lazy(doc, &mut sign, "match", trusted);
            sign.finish(doc);
            signs.extend(fact.zip(pattern));
        }
        let forget = doubt.strings(doc, "forget").into_iter().filter_map(|fact| self::fact(doc, fact)).collect();
        let why = doubt.text(doc, "why");
        doubt.finish(doc);
        if let Some(why) = why
            && !signs.is_empty()
        {
            out.push(Doubt { signs, forget, why });
        }
    }
    out
}

/// What tells the kind of a machine.
fn kinds(doc: &mut Document, section: &mut Section<'_>, trusted: bool) -> Vec<KindSign> {
    let mut out = Vec::new();
    for mut kind in section.sections(doc, "kind") {
        let is = kind.required_string(doc, "is").and_then(|is| word(doc, is, MachineKind::NAMED));
        let fact = kind.required_string(doc, "fact").and_then(|fact| self::fact(doc, fact));
        let pattern = lazy(doc, &mut kind, "match", trusted);
        let others = lazy(doc, &mut kind, "unless", trusted);
        if pattern.is_none() && others.is_none() {
            doc.missing_key(kind.span.clone(), "match");
        }
        kind.finish(doc);
        let unless = pattern.is_none();
        if let (Some(kind), Some(fact), Some(pattern)) = (is, fact, pattern.or(others)) {
            out.push(KindSign { fact, pattern, unless, kind });
        }
    }
    out
}

/// A fact by its name, or a fault.
fn fact(doc: &mut Document, found: (String, Span)) -> Option<Fact> {
    let known: Vec<(&str, Fact)> = Fact::NAMED.iter().map(|(name, fact, _)| (*name, *fact)).collect();
    word(doc, found, &known)
}

fn envelope(doc: &mut Document, mut section: Section<'_>) -> Envelope {
    let mut key = |name| section.required_string(doc, name).map(|(key, _)| key).unwrap_or_default();
    let (query, counter, action, row) = (key("query"), key("counter"), key("action"), key("row"));
    let (rows, changes, epoch) = (key("rows"), key("changes"), key("epoch"));
    let mut keys = |name| section.strings(doc, name).into_iter().map(|(key, _)| key).collect();
    let (host, time) = (keys("host"), keys("time"));
    section.finish(doc);
    Envelope { host, time, query, counter, epoch, action, row, rows, changes }
}

/// Sections that a variant names by the path at which they stand.
fn sections_at(doc: &mut Document, section: &mut Section<'_>, key: &'static str, dialect: &Dialect) -> Vec<usize> {
    let mut found = Vec::new();
    for (name, span) in section.strings(doc, key) {
        let place = path(&name).iter().try_fold(Tree::ROOT, |node, key| dialect.tree.child(node, key));
        match place.and_then(|place| dialect.tree.nodes[place].section) {
            Some(section) => found.push(section),
            None => doc.fault(
                Diagnostic::error(
                    "socle/unknown-section",
                    text!("aucune section n'est à `{name}`", "no section stands at `{name}`"),
                ),
                span,
                text!("section inconnue", "unknown section"),
            ),
        }
    }
    found
}

fn read_section(doc: &mut Document, mut section: Section<'_>, dialect: &mut Dialect, trusted: bool) {
    let holds = section.required_string(doc, "holds").and_then(|holds| word(doc, holds, HOLDS));
    let at: Vec<(String, Span)> = match section.take("at") {
        Some(entry) if entry.is_array() => entry.strings(doc),
        Some(entry) => entry.string(doc).into_iter().collect(),
        None => Vec::new(),
    };
    let told_by = section.strings(doc, "columns");
    let part = section.flag(doc, "part");
    let within: Vec<String> = section.strings(doc, "within").into_iter().map(|(name, _)| name).collect();
    let mut test = |doc: &mut Document, name| {
        let mut test = section.section(doc, name)?;
        let key = test.required_string(doc, "key");
        let pattern = lazy(doc, &mut test, "match", trusted);
        test.finish(doc);
        Some((key?.0, pattern?))
    };
    let (when, off) = (test(doc, "when"), test(doc, "off"));
    if at.is_empty() && told_by.is_empty() {
        doc.missing_key(section.span.clone(), "at");
    }
    let Some(holds) = holds else {
        return;
    };
    let mut keys: Vec<Path> = Vec::new();
    let mut key = |text: &str| {
        let path = if at.is_empty() { vec![text.to_owned()] } else { path(text) };
        keys.iter().position(|known| *known == path).unwrap_or_else(|| {
            keys.push(path);
            keys.len() - 1
        })
    };
    let told_by: Vec<usize> = told_by.iter().map(|(name, _)| key(name)).collect();
    let when = when.map(|(name, pattern)| (key(&name), pattern));
    let off = off.map(|(name, pattern)| (key(&name), pattern));
    let mut facts = Vec::new();
    for (name, fact, _) in Fact::NAMED.iter().filter(|(_, _, among)| among.contains(&holds)) {
        let Some(entry) = section.take(name) else { continue };
        let names = if entry.is_array() { entry.strings(doc) } else { entry.string(doc).into_iter().collect() };
        facts.push((*fact, names.iter().map(|(name, _)| key(name)).collect()));
    }
    section.finish(doc);
    let number = dialect.sections.len();
    for (name, span) in at {
        let place = dialect.tree.reach(Tree::ROOT, &path(&name));
        if dialect.tree.nodes[place].section.replace(number).is_some() {
            doc.fault(
                Diagnostic::error(
                    "socle/duplicate-section",
                    text!("deux sections sont à `{name}`", "two sections stand at `{name}`"),
                ),
                span,
                text!("déjà pris", "already taken"),
            );
        }
        for (index, path) in keys.iter().enumerate() {
            let cell = dialect.tree.reach(place, path);
            dialect.tree.nodes[cell].cell = Some((number, index));
        }
    }
    dialect.sections.push(collection::Section { holds, part, keys, told_by, within, when, off, facts });
}

/// What is done with the facts: `collecte.toml`.
pub(super) fn feeds(doc: &mut Document, mut section: Section<'_>, socle: &mut Socle, trusted: bool) {
    for mut family in section.sections(doc, "family") {
        let id = family.required_string(doc, "id");
        let pattern = lazy(doc, &mut family, "match", trusted);
        family.finish(doc);
        if let (Some((id, _)), Some(pattern)) = (id, pattern) {
            socle.collection.families.push(Family { id, pattern });
        }
    }
    socle.collection.products = section.section(doc, "products").and_then(|section| {
        let mut section = section;
        let table = table(doc, &mut section, socle);
        let after = lazy(doc, &mut section, "after", trusted);
        let system = lazy(doc, &mut section, "system", trusted);
        let editor = section.string(doc, "editor");
        section.finish(doc);
        let table = table?;
        let editor = editor.and_then(|name| column(doc, name, table, socle));
        Some(Products { table, after, system, editor })
    });
    if let Some(mut section) = section.section(doc, "applications") {
        let mut keys = |name| {
            let headers = section.strings(doc, name).into_iter();
            headers.map(|(header, _)| socle.header_key(&header)).collect()
        };
        let applications = Applications {
            name: keys("name"),
            version: keys("version"),
            publisher: keys("publisher"),
            count: keys("count"),
        };
        section.finish(doc);
        socle.collection.applications = applications;
    }
    socle.collection.readers = section.section(doc, "readers").and_then(|mut section| {
        let table = table(doc, &mut section, socle);
        let (class, name) = (lazy(doc, &mut section, "class", trusted), lazy(doc, &mut section, "name", trusted));
        let not = lazy(doc, &mut section, "not", trusted);
        let unlisted = section.required_string(doc, "unlisted");
        section.finish(doc);
        let table = table?;
        let unlisted = unlisted.and_then(|name| row(doc, name, table, socle));
        Some(Readers { table, class: class?, name: name?, not: not?, unlisted: unlisted? })
    });
    socle.collection.kinds = kinds(doc, &mut section, trusted);
    socle.collection.doubts = doubts(doc, &mut section, trusted);
    for feed in section.sections(doc, "feed") {
        if let Some(feed) = read_feed(doc, feed, socle, trusted) {
            socle.collection.feeds.push(feed);
        }
    }
    section.finish(doc);
}

fn table(doc: &mut Document, section: &mut Section<'_>, socle: &Socle) -> Option<TableId> {
    let (name, span) = section.required_string(doc, "table")?;
    let table = socle.tables.table_named(&name);
    if table.is_none() {
        let mut fault =
            Diagnostic::error("socle/unknown-type", text!("table inconnue `{name}`", "unknown table `{name}`"));
        fault.help = did_you_mean(&name, socle.tables.tables.iter().map(|table| table.id.as_str()));
        doc.fault(fault, span, text!("table inconnue", "unknown table"));
    }
    table
}

fn column(doc: &mut Document, found: (String, Span), table: TableId, socle: &Socle) -> Option<usize> {
    let (name, span) = found;
    let table = socle.tables.table(table);
    let column = table.column(&name);
    if column.is_none() {
        super::table::unknown_column(doc, &name, span, table, false);
    }
    column
}

fn row(doc: &mut Document, found: (String, Span), table: TableId, socle: &Socle) -> Option<RowRef> {
    let (name, span) = found;
    let row = socle.tables.row_named(table, &name);
    if row.is_none() {
        let id = &socle.tables.table(table).id;
        doc.fault(
            Diagnostic::error(
                "socle/unknown-row",
                text!("`{name}` n'est pas une ligne de la table `{id}`", "`{name}` is not a row of table `{id}`"),
            ),
            span,
            text!("ligne inconnue", "unknown row"),
        );
    }
    row
}

fn read_feed(doc: &mut Document, mut section: Section<'_>, socle: &Socle, trusted: bool) -> Option<Feed> {
    let (field, span) = section.required_string(doc, "field")?;
    if socle.field(&field).is_none() {
        let mut fault =
            Diagnostic::error("socle/unknown-field", text!("champ inconnu `{field}`", "unknown field `{field}`"));
        fault.help = did_you_mean(&field, socle.fields.iter().map(|field| field.id.as_str()));
        doc.fault(fault, span, text!("champ inconnu", "unknown field"));
    }
    let from = if section.flag(doc, "readers") {
        Some(FeedFrom::Readers)
    } else if let Some(give) = section.string(doc, "give") {
        let give = word(doc, give, GIVES);
        let (mut wanted, mut except) = (Vec::new(), Vec::new());
        if let Some(table) = socle.collection.products.as_ref().map(|products| products.table) {
            let ids = section.strings(doc, "products");
            let rows: Vec<RowRef> = ids.into_iter().filter_map(|id| row(doc, id, table, socle)).collect();
            let ids = section.strings(doc, "except");
            except.extend(ids.into_iter().filter_map(|id| row(doc, id, table, socle)));
            if !rows.is_empty() {
                wanted.push(Wanted::Rows(rows));
            }
            for (name, span, entry) in
                section.section(doc, "where").map(|mut section| section.drain()).unwrap_or_default()
            {
                let column = column(doc, (name, span), table, socle);
                wanted.extend(column.map(|column| values(doc, entry, column, table, socle)));
            }
        }
        let all = section.string(doc, "all").map_or(Some(Holds::Software), |all| word(doc, all, HOLDS));
        give.zip(all).map(|(give, all)| FeedFrom::Products { wanted, except, give, all })
    } else {
        let takes = section.sections(doc, "take");
        if takes.is_empty() {
            doc.missing_key(section.span.clone(), "take");
        }
        Some(FeedFrom::Facts(takes.into_iter().filter_map(|take| read_take(doc, take, socle, trusted)).collect()))
    };
    section.finish(doc);
    Some(Feed { field, from: from? })
}

/// Values of an enumerated column.
fn values(doc: &mut Document, entry: Entry<'_>, column: usize, table: TableId, socle: &Socle) -> Wanted {
    let table = socle.tables.table(table);
    let texts = if entry.is_array() { entry.strings(doc) } else { entry.string(doc).into_iter().collect() };
    let mut known = Vec::new();
    for (text, span) in texts {
        let cell = |row: &crate::socle::Row| row.cells[column].candidates().iter().any(|value| is_text(value, &text));
        if table.columns[column].ty != Type::String || !table.rows.iter().any(cell) {
            let name = &table.columns[column].name;
            doc.fault(
                Diagnostic::error(
                    "socle/unknown-word",
                    text!("aucune ligne n'a `{text}` dans `{name}`", "no row has `{text}` in `{name}`"),
                ),
                span,
                text!("valeur inconnue", "unknown value"),
            );
        }
        known.push(text);
    }
    Wanted::Column(column, known)
}

fn is_text(value: &crate::value::Value, text: &str) -> bool {
    matches!(value, crate::value::Value::String(own) if **own == *text)
}

fn read_take(doc: &mut Document, mut section: Section<'_>, socle: &Socle, trusted: bool) -> Option<Take> {
    let fact = section.required_string(doc, "fact").and_then(|fact| self::fact(doc, fact));
    let pattern = lazy(doc, &mut section, "match", trusted);
    let mut families = Vec::new();
    for (name, span) in section.strings(doc, "family") {
        let known: Vec<(&str, usize)> =
            socle.collection.families.iter().enumerate().map(|(index, family)| (family.id.as_str(), index)).collect();
        families.extend(word(doc, (name, span), &known));
    }
    let with = section.section(doc, "with").and_then(|mut with| {
        let fact = with.required_string(doc, "fact").and_then(|fact| self::fact(doc, fact));
        let pattern: Option<LazyPattern> = lazy(doc, &mut with, "match", trusted);
        with.finish(doc);
        Some((fact?, pattern))
    });
    let and = section.string(doc, "and").and_then(|fact| self::fact(doc, fact));
    section.finish(doc);
    Some(Take { fact: fact?, pattern, families, with, and })
}
