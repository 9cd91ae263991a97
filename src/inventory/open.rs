//! Any inventory: what it is, told by its bytes, and the reader that goes with it.

use std::io::{self, Read};

use blake3::Hash;

use super::csv::{self, Csv};
use super::records::Records;
use super::sniff::{self, Document};
use super::unpack::{self, UTF_16};
use super::{CellKind, Encoding, HEAD, Options, Selected, Sink, Summary, canonical, json, machine, ods, workbook};
use crate::diag::{Diagnostic, Text};
use crate::socle::Socle;

/// An inventory whose header was read.
pub struct Inventory<'r> {
    format: Format,
    body: Body<'r>,
    digest: Option<Hash>,
}

enum Body<'r> {
    Csv(Box<Csv<Box<dyn Read + Send + 'r>>>),
    Records(Box<Records>),
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// `csv`, `json`, `ndjson`, `xml`, `xlsx`, `ods`, `machine`.
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

/// Recognises a file and reads its header; the socle says what inventories of machines look like. `name` is for
/// messages.
///
/// # Errors
/// What keeps the file from being read: `inventory/…`.
pub fn open<'r>(
    reader: impl Read + Send + 'r,
    name: &str,
    socle: &Socle,
    options: &Options,
) -> Result<Inventory<'r>, Box<Diagnostic>> {
    let unreadable = |error: io::Error| csv::unreadable(name, &error);
    let mut unwrapped = unpack::unwrap(Box::new(reader), options).map_err(unreadable)?;
    let encoding = unwrapped.wrappings.pop_if(|last| *last == UTF_16);
    let mut format = Format { name: "csv", wrappings: unwrapped.wrappings, encoding, delimiter: None, sheet: None };
    let head = unwrapped.source.peek(HEAD).map_err(unreadable)?;
    if let Some(dialect) = machine::recognise(head, &socle.collection) {
        let bytes = unpack::read_all(&mut unwrapped.source, options.document_bytes).map_err(unreadable)?;
        let digest = unwrapped.digest.unwrap_or_else(|| blake3::hash(&bytes));
        let machines = machine::Reader::new(socle, options).read_as(dialect, &bytes, name)?;
        format.name = "machine";
        format.encoding = format.encoding.or(machines.first().map(|machine| machine.encoding));
        let records = machine::records(&machines, &socle.collection);
        return Ok(Inventory { format, body: Body::Records(Box::new(records)), digest: Some(digest) });
    }
    let document = sniff::document_of(head);
    if let Some(document) = document {
        let bytes = unpack::read_all(&mut unwrapped.source, options.document_bytes).map_err(unreadable)?;
        let digest = unwrapped.digest.unwrap_or_else(|| blake3::hash(&bytes));
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
                let (records, sheet) = ods::read(&bytes, name, options)?;
                (format.name, format.sheet, format.encoding) = ("ods", Some(sheet), None);
                records
            }
            Document::Xlsx => {
                let (records, sheet) = workbook::xlsx(bytes, name, options)?;
                (format.name, format.sheet, format.encoding) = ("xlsx", Some(sheet), None);
                records
            }
        };
        return Ok(Inventory { format, body: Body::Records(Box::new(records)), digest: Some(digest) });
    }
    let csv = Csv::of(unwrapped.source, name, options)?;
    format.delimiter = Some(csv.delimiter());
    Ok(Inventory { format, body: Body::Csv(Box::new(csv)), digest: unwrapped.digest })
}

impl Format {
    /// The name of its encoding, `read` being that of the text that was read; a workbook has none.
    #[must_use]
    pub fn encoding(&self, read: Encoding) -> Option<&'static str> {
        self.encoding.or(self.sheet.is_none().then_some(read.name()))
    }
}

impl Inventory<'_> {
    /// Names of the columns, decoded, as they stand.
    #[must_use]
    pub fn header(&self) -> &[String] {
        match &self.body {
            Body::Csv(csv) => csv.header(),
            Body::Records(records) => records.header(),
        }
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

    /// Reads all rows: a CSV file with one thread for each sink, anything else with the first sink alone.
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
            Body::Records(records) => Ok(records.scan(digest.unwrap_or_default(), selection, sinks)),
        }
    }
}
