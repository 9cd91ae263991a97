//! Machine inventories: one document of an agent or a command, one machine, one record.
//!
//! Where each fact lies is data of the socle ([`Collection`]); here are the readers of what dialects are written
//! in, and what is made of the facts: the texts of the fields that machines give, in the order of [`header`].
//! What was not collected is blank, which is unknown: it is never read as absent.
//!
//! Names of persons, addresses, keys and the like are never read: only the paths of the socle are kept.

mod application;
mod feeds;
mod gather;
mod json;
mod listing;
mod log;
mod readers;
mod registry;
mod said;
mod sheet;
mod text;
mod xml;

use super::{Finding, Options};
use crate::diag::{Diagnostic, Text};
use crate::socle::{Collection, Dialect, Form, Holds, MachineKind, Socle};
pub use application::{Applications, is_handheld, system_fields};
use gather::{Names, Reading};
pub use said::set_aside;
pub(super) use text::CODE_PAGE_850;

/// A machine that was read.
#[derive(Clone, Debug)]
pub struct Machine {
    /// What it is.
    pub kind: MachineKind,
    /// Name of its dialect.
    pub dialect: String,
    /// The same for people.
    pub label: Text,
    /// Whether the agent names itself; else the dialect is told by what is there.
    pub sure: bool,
    /// The name that the agent gives itself.
    pub agent: Option<String>,
    /// Text of each column of [`header`]; blank is unknown.
    pub cells: Vec<String>,
    /// What was collected, with the number of records.
    pub collected: Vec<(Holds, usize)>,
    /// What the dialect can tell and this document does not.
    pub not_collected: Vec<Holds>,
    /// Whether the document says that it is not the whole inventory.
    pub partial: bool,
    /// Encoding of the document.
    pub encoding: &'static str,
    /// Physical line of the document on which it starts, from 1.
    pub line: u32,
    /// What was repaired, left out, doubted; counted, without row.
    pub findings: Vec<Finding>,
}

/// Names of the columns of machines: fields of the socle.
pub fn header(collection: &Collection) -> impl Iterator<Item = &str> {
    collection.feeds.iter().map(|feed| feed.field.as_str())
}

/// Says which dialect a document is, from its first bytes (decompressed, in any encoding), if any.
#[must_use]
pub fn recognise<'s>(head: &[u8], collection: &'s Collection) -> Option<&'s Dialect> {
    let decoded = text::decode(head);
    let text = decoded.text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('<') {
        let root = xml::root(text)?;
        return of_form(collection, Form::Xml).find(|dialect| dialect.root.as_deref() == Some(root));
    }
    if text.starts_with(['{', '[']) {
        return json::recognise(text, collection);
    }
    if registry::is_registry(text) {
        return of_form(collection, Form::Registry).next();
    }
    if let Some(keys) = listing::first_keys(text) {
        let told = |dialect: &&Dialect| json::section_of(dialect, keys.iter().copied()).is_some();
        return of_form(collection, Form::Listing).find(told);
    }
    sheet::recognise(text, collection).or_else(|| {
        let console = text.starts_with('"').then(|| text::console(head))?;
        sheet::recognise(console.trim_start(), collection)
    })
}

/// The same of a whole JSON document, whose first bytes told nothing.
#[must_use]
pub fn recognise_long<'s>(bytes: &[u8], collection: &'s Collection) -> Option<&'s Dialect> {
    if !bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let decoded = text::decode(bytes);
    let text = decoded.text.trim_start();
    text.starts_with('{').then(|| json::recognise_long(text, collection))?
}

fn of_form(collection: &Collection, form: Form) -> impl Iterator<Item = &Dialect> {
    collection.dialects.iter().filter(move |dialect| dialect.forms.contains(&form))
}

/// Reads documents of machines, one after the other. It remembers the names of software it has met, within
/// bounds: what it gives of a document does not depend on those before.
pub struct Reader<'s> {
    socle: &'s Socle,
    options: Options,
    names: Names,
}

impl<'s> Reader<'s> {
    /// A reader; each thread has its own.
    #[must_use]
    pub fn new(socle: &'s Socle, options: &Options) -> Reader<'s> {
        Reader { socle, options: options.clone(), names: Names::default() }
    }

    /// Reads the bytes of a document, decompressed, that [`recognise`] knows. `name` is for messages.
    ///
    /// # Errors
    /// `inventory/…`: what keeps the document from being read; nothing of it is kept.
    pub fn read(&mut self, bytes: &[u8], name: &str) -> Result<Vec<Machine>, Box<Diagnostic>> {
        let head = &bytes[..bytes.len().min(super::HEAD)];
        let collection = &self.socle.collection;
        let known = recognise(head, collection)
            .or_else(|| (bytes.len() > head.len()).then(|| recognise_long(bytes, collection))?);
        let Some(dialect) = known else {
            return Err(text::not_a_machine(name));
        };
        self.read_as(dialect, bytes, name)
    }

    /// The same, the dialect being known.
    ///
    /// # Errors
    /// The same.
    pub fn read_as(&mut self, dialect: &'s Dialect, bytes: &[u8], name: &str) -> Result<Vec<Machine>, Box<Diagnostic>> {
        if let Some(why) = &dialect.refusal {
            return Err(text::refused(name, why));
        }
        let mut decoded = text::decode(bytes);
        let is_sheet = |text: &str| sheet::recognise(text.trim_start(), &self.socle.collection).is_some();
        if decoded.text.trim_start().starts_with('"') && !is_sheet(&decoded.text) {
            decoded = text::Decoded { text: text::console(bytes).into(), encoding: "ibm850" };
        }
        let text = &*decoded.text;
        let reading = Reading::new(self.socle, dialect, &self.options, &mut self.names, name, decoded.encoding);
        let start = text.trim_start();
        if start.starts_with('<') {
            xml::read(text, reading)
        } else if start.starts_with(['{', '[']) {
            json::read(text, reading)
        } else if registry::is_registry(start) {
            registry::read(text, reading)
        } else if listing::first_keys(start).is_some() {
            listing::read(text, reading)
        } else {
            sheet::read(text, reading)
        }
    }
}
