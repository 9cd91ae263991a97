//! Tables of one row a machine, as `systeminfo /fo csv` writes them: headers in the language of the system, in the
//! code page of its console.

use std::borrow::Cow;

use super::gather::Reading;
use super::{Machine, of_form};
use crate::diag::Diagnostic;
use crate::inventory::cell::{Encoding, Spelling};
use crate::inventory::masks::Dialect as Csv;
use crate::inventory::sniff::{cells, first_record};
use crate::socle::collection::{Dialect, Form, Section};
use crate::socle::{Collection, fold};

const CSV: Csv = Csv { delimiter: b',', line_end: b'\n' };

/// The dialect and the section that a header tells.
pub(super) fn recognise<'s>(text: &str, collection: &'s Collection) -> Option<&'s Dialect> {
    let header = header(text)?;
    of_form(collection, Form::Table).find(|dialect| section_of(dialect, &header).is_some())
}

fn header(text: &str) -> Option<Vec<String>> {
    if !text.starts_with('"') {
        return None;
    }
    let end = first_record(text.as_bytes(), CSV)?;
    Some(row(&text[..end]).iter().map(|name| key(name)).collect())
}

fn section_of(dialect: &Dialect, header: &[String]) -> Option<usize> {
    dialect.sections.iter().position(|section| {
        !section.told_by.is_empty() && section.told_by.iter().all(|told| header.contains(&key_of(section, *told)))
    })
}

fn key_of(section: &Section, index: usize) -> String {
    section.keys[index].first().map(|name| key(name)).unwrap_or_default()
}

fn key(text: &str) -> String {
    fold::key(text, &fold::Words::default())
}

fn row(record: &str) -> Vec<Cow<'_, str>> {
    cells(record.as_bytes(), CSV).into_iter().map(|cell| Spelling::Csv(Encoding::Utf8).text(cell)).collect()
}

/// Reads the machines of a table; its header may stand again before other rows.
pub(super) fn read(text: &str, mut reading: Reading<'_>) -> Result<Vec<Machine>, Box<Diagnostic>> {
    let mut rest = text;
    let mut line = 1;
    let mut columns: Option<(usize, Vec<String>)> = None;
    while !rest.is_empty() {
        let end = first_record(rest.as_bytes(), CSV).unwrap_or(rest.len());
        let record = &rest[..end];
        let names: Vec<String> = row(record).iter().map(|name| key(name)).collect();
        if let Some(section) = section_of(reading.dialect, &names) {
            columns = Some((section, names));
        } else if let Some((section, names)) = &columns
            && !record.trim().is_empty()
        {
            let own = &reading.dialect.sections[*section];
            let texts = row(record);
            let mut found: Vec<String> = Vec::with_capacity(own.keys.len());
            for index in 0..own.keys.len() {
                let name = key_of(own, index);
                let text = names.iter().position(|known| *known == name).and_then(|column| texts.get(column));
                found.push(text.map(|text| text.trim().to_owned()).unwrap_or_default());
            }
            reading.row("", *section, &mut found, line)?;
        }
        line += memchr::memchr_iter(b'\n', record.as_bytes()).count() as u32;
        rest = &rest[end..];
    }
    reading.end()
}
