//! Raw text → typed value: one cell, or the columns that make one value together.

use super::identifier::Accepted;
use super::regex::LazyPattern;
use super::words::Meaning;
use super::{FieldId, Manner, Problem, Reading, SERVICE, Socle, Stated, fold, scalar};
use crate::value::{Datum, Missing, RecordId, TableId, Type, Value, Version};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Items a list cell may hold; the rest of a longer one is unreadable.
const MAX_ITEMS: usize = 1000;

/// What reading a field needs beside its type.
#[derive(Default)]
pub(crate) struct FieldReader {
    /// Texts that do not match are unreadable.
    pub(crate) pattern: Option<LazyPattern>,
    /// Identifier schemes accepted.
    pub(crate) accepted: Accepted,
    /// Known spellings put right before reading: pattern → replacement.
    pub(crate) rewrite: Vec<(LazyPattern, String)>,
}

impl Reading {
    pub(crate) fn known(value: Value) -> Reading {
        Reading { datum: Datum::Known(value), problem: None, mark: false }
    }

    pub(crate) fn blank() -> Reading {
        Reading { datum: Datum::Unknown(Missing::Blank), problem: None, mark: false }
    }

    pub(crate) fn unreadable() -> Reading {
        Reading { datum: Datum::Unknown(Missing::Unreadable), problem: Some(Problem::Unreadable), mark: false }
    }

    /// What may name a person, and is never kept.
    pub(crate) fn personal() -> Reading {
        Reading { problem: Some(Problem::Personal), ..Reading::unreadable() }
    }

    fn of(value: Option<Value>) -> Reading {
        value.map_or_else(Reading::unreadable, Reading::known)
    }

    fn is_unreadable(&self) -> bool {
        self.datum == Datum::Unknown(Missing::Unreadable)
    }

    /// What two readings of the same thing say together.
    fn beside(self, other: Reading) -> Reading {
        Reading {
            datum: told_twice(self.datum, other.datum),
            problem: self.problem.or(other.problem),
            mark: self.mark && other.mark,
        }
    }
}

/// A version as people write it: `V. 7.20`, `version 7.20`; `7,20` with the comma of French numbers.
fn repaired_version(text: &str) -> Option<Version> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let word = &text[..text.len() - rest.len()];
    let named = ["v", "version"].iter().any(|known| word.eq_ignore_ascii_case(known));
    let number = if named { rest.trim_start_matches(['.', ' ', '\u{a0}']) } else { text };
    let comma = !number.contains('.') && number.matches(',').count() == 1;
    Version::parse(&if comma { number.replace(',', ".") } else { number.to_owned() })
}

/// A date that a spreadsheet or a program wrote in its own way; of a month alone, any of its days.
fn read_loose_date(text: &str) -> Reading {
    let dates = scalar::loose_date(text);
    let problem = if dates.len() == 1 { Some(Problem::Repaired) } else { None };
    match Datum::one_of(dates.into_iter().map(Value::Date).collect()) {
        Datum::Unknown(_) => Reading::unreadable(),
        datum => Reading { datum, problem, mark: false },
    }
}

/// What is known of a value that was told twice: one of the two when they differ.
fn told_twice(one: Datum, two: Datum) -> Datum {
    match (one.candidates(), two.candidates()) {
        ([], _) => two,
        (_, []) => one,
        (a, b) => Datum::one_of(a.iter().chain(b).cloned().collect()),
    }
}

/// A list read from its own column, with what the columns of one item say: they complete the only item of the list; of
/// several, nothing says which they are of, and the list is one of the two.
fn completed(own: Reading, one: Reading) -> Reading {
    let items: &[Datum] = if let Datum::Known(Value::List(items)) = &own.datum { items } else { &[] };
    let Datum::Known(Value::List(only)) = &one.datum else { return own.beside(one) };
    let (told, more) = match (items, &only[..]) {
        ([Datum::Known(Value::Record(told))], [Datum::Known(Value::Record(more))]) => (told, more),
        ([_, _, ..], _) => {
            let problem = own.problem.or(Some(Problem::WhichItem));
            return Reading { problem, ..own.beside(one) };
        }
        _ => return own.beside(one),
    };
    let members = told.iter().zip(more.iter()).map(|(told, more)| told_twice(told.clone(), more.clone()));
    let item = Datum::Known(Value::Record(members.collect()));
    Reading { datum: Datum::Known(Value::List([item].into())), problem: own.problem.or(one.problem), mark: false }
}

impl Socle {
    /// Whether "no" is a value of a field: of its blank cells one may then say that they mean it.
    #[must_use]
    pub fn can_say_no(&self, field: FieldId) -> bool {
        no(&self.fields[usize::from(field.0)].ty).is_some()
    }

    /// Whether a text says that its row or column holds the sum of others.
    #[must_use]
    pub fn says_total(&self, text: &str) -> bool {
        self.words.says_total(fold::trim(text))
    }

    /// Whether a cell that begins with a byte may be blank, or such a text.
    #[must_use]
    pub fn may_open_total(&self, byte: u8) -> bool {
        self.words.may_open_total(byte)
    }

    /// Whether the bytes of a cell may be such a text: most are told by their first two.
    #[must_use]
    pub fn may_say_total(&self, raw: &[u8]) -> bool {
        self.words.may_say_total(raw)
    }

    /// Whether a text is blank, or a word for unknown.
    #[must_use]
    pub fn says_nothing(&self, text: &str) -> bool {
        self.words.of(fold::trim(text)) == Some(Meaning::Unknown)
    }

    /// Reads a cell of a field. `blank_is_no`: an empty cell says "no" (a word for unknown never does).
    #[must_use]
    pub fn read(&self, field: FieldId, text: &str, blank_is_no: bool) -> Reading {
        self.read_in(field, text, Manner { blank_is_no, stated: Stated::default() })
    }

    /// Reads a cell of a field, in the manner of its column.
    #[must_use]
    pub fn read_in(&self, field: FieldId, text: &str, Manner { blank_is_no, stated }: Manner) -> Reading {
        if let Some(mended) = fold::mended(text) {
            let reading = self.read_in(field, &mended, Manner { blank_is_no, stated });
            return Reading { problem: reading.problem.or(Some(Problem::Repaired)), ..reading };
        }
        let reading = self.read_as_is(field, text, Manner { blank_is_no, stated });
        let lost = reading.problem.is_none() && text.contains(char::REPLACEMENT_CHARACTER);
        Reading { problem: if lost { Some(Problem::Lost) } else { reading.problem }, ..reading }
    }

    fn read_as_is(&self, field: FieldId, text: &str, Manner { blank_is_no, stated }: Manner) -> Reading {
        let ty = &self.fields[usize::from(field.0)].ty;
        let trimmed = fold::trim(text);
        if trimmed.is_empty() && blank_is_no {
            return no(ty).map_or_else(Reading::blank, Reading::known);
        }
        if *ty == Type::Identifier {
            return self.identifier(self.class_stated(field, stated, text.as_bytes()), text);
        }
        let reader = &self.readers[usize::from(field.0)];
        for (pattern, to) in &reader.rewrite {
            if let Some(repaired) = pattern.replaced(trimmed, to) {
                let mut reading = self.read_plain(reader, ty, &repaired);
                if reading.problem.is_none() {
                    reading.problem = Some(Problem::Repaired);
                }
                return reading;
            }
        }
        self.read_plain(reader, ty, trimmed)
    }

    fn read_plain(&self, reader: &FieldReader, ty: &Type, trimmed: &str) -> Reading {
        if let Some(pattern) = &reader.pattern
            && self.words.of(trimmed) != Some(Meaning::Unknown)
            && !pattern.is_match(trimmed)
        {
            return Reading::unreadable();
        }
        self.read_as(ty, trimmed)
    }

    /// Reads a field from its own column and those of its parts (one text for each of `field.parts`,
    /// empty when blank or not collected).
    ///
    /// For a list of records the parts make a list of one, or complete the only item of the own list. For one record
    /// each part is a member; for anything else the texts are joined by a space. Where the own column and the parts
    /// both say something and differ, the value is one of the two.
    #[must_use]
    pub fn read_parts(&self, field: FieldId, own: Option<&str>, parts: &[&str]) -> Reading {
        let definition = &self.fields[usize::from(field.0)];
        let said = |text: &str| self.words.of(fold::trim(text)) != Some(Meaning::Unknown);
        let own = own.map(fold::trim).filter(|text| said(text));
        match &definition.ty {
            Type::List(item) => match (&**item, own) {
                (Type::Record(record), own) => {
                    let own = own.map(|own| self.read(field, own, false));
                    if !parts.iter().any(|part| said(part)) {
                        return own.unwrap_or_else(Reading::blank);
                    }
                    let mut one = self.read_members(field, *record, None, parts);
                    if let Datum::Known(value) = one.datum {
                        one.datum = Datum::Known(Value::List([Datum::Known(value)].into()));
                    }
                    match own {
                        Some(own) => completed(own, one),
                        None => one,
                    }
                }
                (_, Some(own)) => self.read(field, own, false),
                (_, None) => self.read(field, &joined(None, parts, said), false),
            },
            Type::Record(record) if *record != SERVICE => {
                if own.is_none() && !parts.iter().any(|part| said(part)) {
                    return Reading::blank();
                }
                self.read_members(field, *record, own, parts)
            }
            _ => {
                let whole = joined(own, parts, said);
                let reading = self.read(field, &whole, false);
                match own {
                    // What completes the text does not fit it: it is no help, or it says something else.
                    Some(own) if own != whole => {
                        let alone = self.read(field, own, false);
                        let disagreeing = |other: &Reading| {
                            let (told, others) = (alone.datum.candidates(), other.datum.candidates());
                            let apart = !told.is_empty() && !others.iter().any(|value| told.contains(value));
                            (apart && !others.is_empty()).then_some(Problem::Disagreement)
                        };
                        if reading.is_unreadable() {
                            let parts = self.read(field, &joined(None, parts, said), false);
                            let problem = disagreeing(&parts);
                            return alone.beside(Reading { problem, ..parts });
                        }
                        Reading { problem: reading.problem.or(disagreeing(&reading)), ..reading }
                    }
                    _ => reading,
                }
            }
        }
    }

    /// Reads afresh, in a record, the fields that other fields complete (`os` by `os_version`), from the texts of the
    /// record's fields.
    pub(crate) fn assemble(&self, text: &dyn Fn(FieldId) -> Option<String>, data: &mut [Datum]) {
        for (number, (field, datum)) in (0u16..).zip(self.fields.iter().zip(data)) {
            let parts: Vec<String> = field.parts.iter().map(|part| text(part.field).unwrap_or_default()).collect();
            if parts.iter().all(String::is_empty) {
                continue;
            }
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            let id = FieldId(number);
            *datum = self.read_parts(id, text(id).as_deref(), &parts).datum;
        }
    }

    fn read_members(&self, field: FieldId, record: RecordId, own: Option<&str>, parts: &[&str]) -> Reading {
        let members = &self.tables.record(record).members;
        let (mut data, mut problem) = match own.map(|own| self.read_record(record, own)) {
            Some(Reading { datum: Datum::Known(Value::Record(data)), problem, .. }) => (data.to_vec(), problem),
            Some(_) => (vec![Datum::Unknown(Missing::Unreadable); members.len()], Some(Problem::Unreadable)),
            None => (vec![Datum::Unknown(Missing::NotCollected); members.len()], None),
        };
        for (part, text) in self.fields[usize::from(field.0)].parts.iter().zip(parts) {
            let Some(member) = part.member else { continue };
            let reading = self.read(part.field, text, false);
            if reading.datum == Datum::Unknown(Missing::Blank) && !matches!(data[member], Datum::Unknown(_)) {
                continue;
            }
            problem = problem.or(reading.problem);
            let own = std::mem::replace(&mut data[member], Datum::Unknown(Missing::NotCollected));
            data[member] = told_twice(own, reading.datum);
        }
        Reading { datum: Datum::Known(Value::Record(data.into())), problem, mark: false }
    }

    /// The texts that say something of a value, joined.
    pub(crate) fn joined(&self, own: Option<&str>, parts: &[&str]) -> String {
        let said = |text: &str| self.words.of(fold::trim(text)) != Some(Meaning::Unknown);
        joined(own.map(fold::trim).filter(|text| said(text)), parts, said)
    }

    /// Reads a text as a value of a type: a member of a record, a value of an example.
    #[must_use]
    pub fn read_as(&self, ty: &Type, text: &str) -> Reading {
        let trimmed = fold::trim(text);
        if trimmed.is_empty() {
            return Reading::blank();
        }
        let meaning = self.words.of(trimmed);
        if meaning == Some(Meaning::Unknown) {
            // A table may know the word better than the list of words for unknown.
            if let Type::Row(table) = ty
                && let Some(row) = self.tables.row_named(*table, trimmed)
            {
                return Reading::known(Value::Row(row));
            }
            return Reading::blank();
        }
        match ty {
            Type::Bool => match meaning {
                Some(Meaning::Yes) => Reading::known(Value::Bool(true)),
                Some(Meaning::Mark) => Reading { mark: true, ..Reading::known(Value::Bool(true)) },
                Some(Meaning::No | Meaning::Absent) => Reading::known(Value::Bool(false)),
                _ => Reading::unreadable(),
            },
            Type::Int => Reading::of(scalar::int(trimmed).map(Value::Int)),
            Type::Double => Reading::of(scalar::double(trimmed).map(Value::Double)),
            Type::String => self.read_string(trimmed),
            Type::Date => match scalar::date(trimmed) {
                Some(date) => Reading::known(Value::Date(date)),
                None => read_loose_date(trimmed),
            },
            Type::Version => match Version::parse(trimmed) {
                Some(version) => Reading::known(Value::Version(version)),
                None if matches!(meaning, Some(Meaning::No | Meaning::Absent)) => {
                    Reading::known(Value::Version(Version::ABSENT))
                }
                None => repaired_version(trimmed).map_or_else(Reading::unreadable, |version| Reading {
                    problem: Some(Problem::Repaired),
                    ..Reading::known(Value::Version(version))
                }),
            },
            Type::Identifier => {
                let accepted = Accepted::of(&self.schemes, |_| true);
                self.identifier(self.class_among(&accepted, Stated::default(), trimmed.as_bytes()), trimmed)
            }
            Type::Row(table) => self.read_row(*table, trimmed),
            Type::Record(SERVICE) => read_service(meaning, trimmed),
            Type::Record(record) => self.read_record(*record, trimmed),
            Type::List(item) => match meaning {
                Some(Meaning::No | Meaning::Absent) => Reading::known(Value::List([].into())),
                _ => self.read_list(item, trimmed),
            },
        }
    }

    /// A free text: never an e-mail, and under a mask no identifier of a scheme but its mask.
    fn read_string(&self, text: &str) -> Reading {
        match self.hidden(text) {
            Some(hidden) if hidden.is_empty() => Reading::personal(),
            Some(masked) => Reading::known(Value::String(Arc::from(masked))),
            None => Reading::known(Value::String(Arc::from(text))),
        }
    }

    fn read_row(&self, table: TableId, text: &str) -> Reading {
        let rows: Vec<Value> = self.tables.rows_recognized(table, text).into_iter().map(Value::Row).collect();
        if rows.is_empty() {
            return Reading::unreadable();
        }
        Reading { datum: Datum::one_of(rows), problem: None, mark: false }
    }

    /// A record from one text: each member of a table takes it when it recognises it, each member that
    /// has a pattern takes what the pattern captures.
    fn read_record(&self, record: RecordId, text: &str) -> Reading {
        if let Some(Json::Object(object)) = structured(text) {
            return self.read_object(record, &object);
        }
        let members = &self.tables.record(record).members;
        let extracts = self.tables.extracts.get(usize::from(record.0));
        let mut taken = false;
        let data: Vec<Datum> = members
            .iter()
            .enumerate()
            .map(|(index, member)| {
                let extract = extracts.and_then(|e| e.get(index)).and_then(Option::as_ref);
                let found = match extract {
                    Some(pattern) => match pattern.first(text) {
                        Some(found) => found,
                        None => return Datum::Unknown(Missing::NotCollected),
                    },
                    None if matches!(member.ty, Type::Row(_)) => text,
                    None => return Datum::Unknown(Missing::NotCollected),
                };
                let reading = self.read_as(&member.ty, found);
                if let Datum::Unknown(_) = reading.datum {
                    return Datum::Unknown(Missing::NotCollected);
                }
                taken |= matches!(member.ty, Type::Row(_));
                reading.datum
            })
            .collect();
        if !taken {
            return Reading::unreadable();
        }
        Reading::known(Value::Record(data.into()))
    }

    /// A record whose members were told one by one.
    fn read_object(&self, record: RecordId, object: &serde_json::Map<String, Json>) -> Reading {
        let members = &self.tables.record(record).members;
        let known = |name: &String| members.iter().any(|member| member.name == *name);
        let mut problem = (object.is_empty() || !object.keys().all(known)).then_some(Problem::Unreadable);
        let data = members.iter().map(|member| match object.get(&member.name) {
            None | Some(Json::Null) => Datum::Unknown(Missing::NotCollected),
            Some(value) => {
                let reading = match told(value) {
                    Some(text) => self.read_as(&member.ty, &text),
                    None => Reading::unreadable(),
                };
                problem = problem.or(reading.problem);
                reading.datum
            }
        });
        Reading { datum: Datum::Known(Value::Record(data.collect())), problem, mark: false }
    }

    /// A list whose items were told one by one.
    fn read_array(&self, item: &Type, items: &[Json]) -> Reading {
        let texts: Vec<String> = items.iter().map(|item| told(item).unwrap_or_else(|| item.to_string())).collect();
        self.list_of(item, &texts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// One cell with several items: `|`, `;`, a line break, ` + `, and `,` — unless the whole is one item.
    fn read_list(&self, item: &Type, text: &str) -> Reading {
        match structured(text) {
            Some(Json::Array(items)) => return self.read_array(item, &items),
            Some(_) => return self.list_of(item, &[text]),
            None => {}
        }
        if self.is_one_item(item, text) {
            return self.list_of(item, &[text]);
        }
        let parts = text.split(['|', ';', '\n', '\r', ',']).flat_map(|part| part.split(" + "));
        // Consoles write several values of one cell as a page shows them.
        let mut items: Vec<&str> =
            parts.flat_map(|part| part.split("<br>").flat_map(|part| part.split("<br />"))).collect();
        items.retain(|item| !fold::trim(item).is_empty());
        if items.is_empty() {
            return Reading::blank();
        }
        self.list_of(item, &items)
    }

    /// Whether a text with separators in it is a name of the table all the same.
    fn is_one_item(&self, item: &Type, text: &str) -> bool {
        let named = |table: TableId| self.tables.row_named(table, text).is_some();
        match item {
            Type::Row(table) => named(*table),
            Type::Record(record) => {
                self.tables.record(*record).members.iter().any(|member| matches!(member.ty, Type::Row(t) if named(t)))
            }
            Type::Double => scalar::double(text).is_some(),
            _ => false,
        }
    }

    fn list_of(&self, item: &Type, texts: &[&str]) -> Reading {
        let mut problem = (texts.len() > MAX_ITEMS).then_some(Problem::Unreadable);
        let data: Vec<Datum> = texts
            .iter()
            .take(MAX_ITEMS)
            .map(|text| {
                let reading = self.read_as(item, text);
                problem = problem.or(reading.problem);
                reading.datum
            })
            .collect();
        Reading { datum: Datum::Known(Value::List(data.into())), problem, mark: false }
    }
}

/// A list or an object written as JSON, whose scalars are texts: a number as it is written, so that no digit is lost.
pub(crate) fn structured(text: &str) -> Option<Json> {
    if !text.starts_with(['[', '{']) {
        return None;
    }
    let inner = |raw: &RawValue| match raw.get().as_bytes().first()? {
        b'"' => serde_json::from_str(raw.get()).ok(),
        b'n' => Some(Json::Null),
        b'[' | b'{' => structured(raw.get()),
        _ => Some(Json::String(raw.get().to_owned())),
    };
    if text.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
        return items.into_iter().map(inner).collect();
    }
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let members = members.into_iter().map(|(name, raw)| Some((name, inner(raw)?)));
    members.collect::<Option<_>>().map(Json::Object)
}

/// A scalar of a document, as the text that it would be in a cell.
fn told(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Null => Some(String::new()),
        _ => None,
    }
}

/// Texts that say something, joined by a space.
fn joined(own: Option<&str>, parts: &[&str], said: impl Fn(&str) -> bool) -> String {
    let texts: Vec<&str> =
        own.into_iter().chain(parts.iter().map(|part| fold::trim(part)).filter(|p| said(p))).collect();
    texts.join(" ")
}

/// The value of a type that says "no", when it has one.
fn no(ty: &Type) -> Option<Value> {
    match ty {
        Type::Bool => Some(Value::Bool(false)),
        Type::Version => Some(Value::Version(Version::ABSENT)),
        Type::Record(SERVICE) => Some(service(false, Datum::Known(Value::Version(Version::ABSENT)))),
        Type::List(_) => Some(Value::List([].into())),
        _ => None,
    }
}

fn read_service(meaning: Option<Meaning>, text: &str) -> Reading {
    match meaning {
        Some(Meaning::Yes) => Reading::known(service(true, Datum::Unknown(Missing::NotCollected))),
        Some(Meaning::Mark) => {
            Reading { mark: true, ..Reading::known(service(true, Datum::Unknown(Missing::NotCollected))) }
        }
        Some(Meaning::No | Meaning::Absent) => Reading::of(no(&Type::Record(SERVICE))),
        _ => Reading::of(Version::parse(text).map(|version| service(true, Datum::Known(Value::Version(version))))),
    }
}

fn service(present: bool, version: Datum) -> Value {
    Value::Record([Datum::Known(Value::Bool(present)), version].into())
}
