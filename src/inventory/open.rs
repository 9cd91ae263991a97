//! Any inventory: what it is, told by its bytes, and the reader that goes with it.

use std::io::{self, Read};
use std::sync::Arc;

use blake3::Hash;

use super::collection::{Collection, Loaded, Tick};
use super::csv::{self, Csv};
use super::documents::{Bytes, Documents};
use super::records::Records;
use super::sniff::{self, Document};
use super::source::Source;
use super::unpack::{self, Content, Unwrapped};
use super::{
    Aside, CellKind, Encoding, HEAD, Options, Selected, Sink, Summary, canonical, json, machine, ods, xls, xlsx,
};
use crate::diag::{Diagnostic, Text};
use crate::socle::Socle;
use crate::text;

/// NDJSON of no record, as it is written: no bytes at all would be a file that was lost.
pub const NO_RECORD: &[u8] = b"\n";
/// Format of documents of machines.
const MACHINES: &str = "machine";

/// An inventory whose header was read.
pub struct Inventory<'r> {
    format: Format,
    body: Body<'r>,
    digest: Option<Hash>,
}

enum Body<'r> {
    Csv(Box<Csv<Box<dyn Read + Send + 'r>>>),
    Records(Box<Records>),
    Machines(Box<Collection<'r>>, Vec<String>),
}

/// What an input turned out to be.
pub enum Opened<'r> {
    /// A table, or documents of machines.
    Inventory(Box<Inventory<'r>>),
    /// No machine: files that are each an input of its own.
    Aside(Aside),
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// `csv`, `json`, `ndjson`, `xml`, `xlsx`, `xls`, `ods`; `machine`: documents of machines.
    pub name: &'static str,
    /// What is wrapped around it, the outermost first: `gzip`, `zlib`, `zip`.
    pub wrappings: Vec<&'static str>,
    /// Its encoding, when rows do not tell it.
    encoding: Option<&'static str>,
    /// What stands between cells, in CSV.
    pub delimiter: Option<char>,
    /// The sheet that was read, in a workbook.
    pub sheet: Option<String>,
}

/// Recognises a single inventory and reads its header; the socle says what inventories of machines look like. `name`
/// is for messages.
///
/// # Errors
/// What keeps the file from being read: `inventory/…`; archives of several tables are not read here.
pub fn open<'r>(
    reader: impl Read + Send + 'r,
    name: &str,
    socle: &'r Socle,
    options: &Options,
) -> Result<Inventory<'r>, Box<Diagnostic>> {
    match open_any(reader, name, socle, options)? {
        Opened::Inventory(inventory) => Ok(*inventory),
        Opened::Aside(_) => Err(several_files(name)),
    }
}

/// Recognises a file of any kind: a table, the documents of machines, or an archive of them. `name` is for messages.
///
/// # Errors
/// What keeps the file from being read: `inventory/…`.
pub fn open_any<'r>(
    reader: impl Read + Send + 'r,
    name: &str,
    socle: &'r Socle,
    options: &Options,
) -> Result<Opened<'r>, Box<Diagnostic>> {
    let unreadable = |error: io::Error| csv::unreadable(name, &error);
    let Unwrapped { content, wrappings, digest, .. } = unpack::unwrap(Box::new(reader), options).map_err(unreadable)?;
    let mut source = match content {
        Content::File(source) => source,
        Content::Archive(archive) => {
            let archive = Arc::new(archive.named(name));
            let begun = Collection::begin(archive, name, socle, options, &|_| {}, digest);
            return Ok(opened(begun, wrappings));
        }
    };
    let head = source.peek(HEAD).map_err(unreadable)?;
    let Some(dialect) = machine::recognise(head, &socle.collection) else {
        return table(source, wrappings, digest, name, (socle, options))
            .map(|table| Opened::Inventory(Box::new(table)));
    };
    let bytes = unpack::read_all(source, options.document_bytes).map_err(unreadable)?;
    let (size, hash) = (bytes.len() as u64, digest.unwrap_or_else(|| blake3::hash(&bytes)));
    let loaded = Loaded { number: 0, bytes, dialect, size, hash };
    Ok(opened(Ok(Collection::one(loaded, name, socle, &|_| {})), wrappings))
}

/// Looks for documents of machines among the files of a folder; `tick` is told how many bytes were read.
pub fn open_all<'r>(
    documents: Arc<dyn Documents>,
    name: &str,
    socle: &'r Socle,
    options: &Options,
    tick: &'r (dyn Fn(u64) + Sync),
) -> Opened<'r> {
    opened(Collection::begin(documents, name, socle, options, tick as Tick<'r>, None), Vec::new())
}

fn opened<'r>(begun: Result<Collection<'r>, Aside>, mut wrappings: Vec<&'static str>) -> Opened<'r> {
    match begun {
        Err(aside) => Opened::Aside(aside),
        Ok(collection) => {
            let encoding = wrappings.pop_if(|last| unpack::is_encoding(last));
            let header = collection.header();
            let format = Format { name: MACHINES, wrappings, encoding, delimiter: None, sheet: None };
            let body = Body::Machines(Box::new(collection), header);
            Opened::Inventory(Box::new(Inventory { format, body, digest: None }))
        }
    }
}

/// Recognises what is no document of a machine, and reads its header.
fn table<'r>(
    mut source: Source<Bytes<'r>>,
    mut wrappings: Vec<&'static str>,
    digest: Option<Hash>,
    name: &str,
    (socle, options): (&'r Socle, &Options),
) -> Result<Inventory<'r>, Box<Diagnostic>> {
    let unreadable = |error: io::Error| csv::unreadable(name, &error);
    let encoding = wrappings.pop_if(|last| unpack::is_encoding(last));
    let mut format = Format { name: "csv", wrappings, encoding, delimiter: None, sheet: None };
    let head = source.peek(HEAD).map_err(unreadable)?;
    if let Some(manifest) = sniff::manifest(head) {
        return Err(is_manifest(name, manifest));
    }
    if let Some(document) = sniff::document_of(head) {
        let bytes = unpack::read_all(&mut source, options.document_bytes).map_err(unreadable)?;
        let digest = digest.unwrap_or_else(|| blake3::hash(&bytes));
        if document == Document::Json
            && bytes.len() > HEAD
            && let Some(dialect) = machine::recognise_long(&bytes, &socle.collection)
        {
            let loaded = Loaded { number: 0, size: bytes.len() as u64, bytes, dialect, hash: digest };
            let collection = Collection::one(loaded, name, socle, &|_| {});
            let header = collection.header();
            let body = Body::Machines(Box::new(collection), header);
            return Ok(Inventory { format: Format { name: MACHINES, ..format }, body, digest: None });
        }
        let records = match document {
            Document::Json => {
                let (records, name) = json::read(&bytes, name, options)?;
                format.name = name;
                records
            }
            Document::Canonical => {
                format.name = "xml";
                canonical::read(&bytes, name, options)?
            }
            Document::Ods => {
                let (records, sheet) = ods::read(&bytes, name, options, socle)?;
                (format.name, format.sheet, format.encoding) = ("ods", Some(sheet), None);
                records
            }
            Document::Xlsx => {
                let (records, sheet) = xlsx::read(bytes, name, options, socle)?;
                (format.name, format.sheet, format.encoding) = ("xlsx", Some(sheet), None);
                records
            }
            Document::Xls => {
                let (records, sheet) = xls::read(&bytes, name, options, socle)?;
                (format.name, format.sheet, format.encoding) = ("xls", Some(sheet), None);
                records
            }
        };
        return Ok(Inventory { format, body: Body::Records(Box::new(records)), digest: Some(digest) });
    }
    if head == NO_RECORD {
        // Nothing names its columns: those that inventories of machines have.
        let mut records = Records::default();
        machine::header(&socle.collection).for_each(|id| _ = records.add(id));
        let digest = Some(digest.unwrap_or_else(|| blake3::hash(NO_RECORD)));
        format.name = "ndjson";
        return Ok(Inventory { format, body: Body::Records(Box::new(records)), digest });
    }
    let csv = Csv::of(source, name, options)?;
    format.delimiter = Some(csv.delimiter());
    Ok(Inventory { format, body: Body::Csv(Box::new(csv)), digest })
}

fn several_files(name: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(
            "inventory/archive",
            text!("`{name}` : archive de plusieurs fichiers", "`{name}`: archive of several files"),
        )
        .help(text!("en extraire un, et le donner", "extract one of them, and give it")),
    )
}

fn is_manifest(name: &str, what: &'static str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(
            "inventory/manifest",
            text!(
                "`{name}` est une nomenclature de livraison ({what}), pas un inventaire",
                "`{name}` is a release manifest ({what}), not an inventory"
            ),
        )
        .help(text!("la juger avec `vigie gate`", "judge it with `vigie gate`")),
    )
}

impl Format {
    pub(super) fn csv(wrappings: Vec<&'static str>, delimiter: char) -> Format {
        Format { name: "csv", wrappings, encoding: None, delimiter: Some(delimiter), sheet: None }
    }

    /// Whether it is made of documents of machines.
    #[must_use]
    pub fn is_machines(&self) -> bool {
        self.name == MACHINES
    }

    /// The name of its encoding, `read` being that of the text that was read; a workbook has none.
    #[must_use]
    pub fn encoding(&self, read: Encoding) -> Option<&'static str> {
        self.encoding.or((self.sheet.is_none() && !self.is_machines()).then_some(read.name()))
    }
}

impl<'r> Inventory<'r> {
    pub(super) fn of_csv(format: Format, csv: Csv<Box<dyn Read + Send + 'r>>, digest: Option<Hash>) -> Inventory<'r> {
        Inventory { format, body: Body::Csv(Box::new(csv)), digest }
    }
}

impl Inventory<'_> {
    /// Names of the columns, decoded, as they stand.
    #[must_use]
    pub fn header(&self) -> &[String] {
        match &self.body {
            Body::Csv(csv) => csv.header(),
            Body::Records(records) => records.header(),
            Body::Machines(_, header) => header,
        }
    }

    /// Whether it may hold other files: an archive, a folder.
    #[must_use]
    pub fn holds_several(&self) -> bool {
        matches!(&self.body, Body::Machines(collection, _) if !collection.is_one())
    }

    /// What the file is.
    #[must_use]
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// Puts cells of a column that a spreadsheet made numbers or dates of in other words; blank is unknown. What
    /// is said of them is a code, a message, a help.
    ///
    /// # Panics
    /// When the column is not in the header.
    pub fn amend(
        &mut self,
        column: usize,
        said: (&'static str, Text, Text),
        judge: &mut dyn FnMut(&str, CellKind) -> Option<String>,
    ) {
        if let Body::Records(records) = &mut self.body {
            records.amend(column, said, judge);
        }
    }

    /// Says that a column holds single texts: lists and objects in it are unknown, each told.
    ///
    /// # Panics
    /// When the column is not in the header.
    pub fn flatten(&mut self, column: usize) {
        if let Body::Records(records) = &mut self.body {
            records.flatten(column);
        }
    }

    /// Reads all rows: a CSV file and documents of machines with one thread for each sink, anything else with the
    /// first sink alone.
    ///
    /// # Errors
    /// What keeps the file from being read to its end; batches may have been given before.
    ///
    /// # Panics
    /// When a selected column is not in the header.
    pub fn scan<S: Sink>(
        self,
        selection: &[Selected],
        options: &Options,
        sinks: &mut [S],
    ) -> Result<Summary, Box<Diagnostic>> {
        let digest = self.digest.map(|hash| format!("blake3:{}", hash.to_hex()));
        match self.body {
            Body::Csv(csv) => {
                let mut summary = csv.scan(selection, options, sinks)?;
                summary.digest = summary.digest.map(|own| digest.unwrap_or(own));
                Ok(summary)
            }
            Body::Machines(collection, _) => collection.scan(selection, options, sinks),
            Body::Records(records) => Ok(records.scan(digest.unwrap_or_default(), selection, sinks)),
        }
    }
}
