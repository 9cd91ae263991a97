//! Any inventory: what it is, told by its bytes, and the reader that goes with it.

use std::io::{self, Read};

use blake3::Hash;

use super::csv::{self, Csv};
use super::records::Records;
use super::unpack::{self, UTF_16};
use super::{Encoding, HEAD, Options, Selected, Sink, Summary, json, sniff};
use crate::diag::Diagnostic;

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
    /// `csv`, `json`, `ndjson`.
    pub name: &'static str,
    /// What is wrapped around it, the outermost first: `gzip`, `zlib`, `zip`.
    pub wrappings: Vec<&'static str>,
    /// Its encoding, when rows do not tell it.
    encoding: Option<&'static str>,
    /// What stands between cells, in CSV.
    pub delimiter: Option<char>,
}

/// Recognises a file and reads its header. `name` is for messages.
///
/// # Errors
/// What keeps the file from being read: `inventory/…`.
pub fn open<'r>(
    reader: impl Read + Send + 'r,
    name: &str,
    options: &Options,
) -> Result<Inventory<'r>, Box<Diagnostic>> {
    let unreadable = |error: io::Error| csv::unreadable(name, &error);
    let mut unwrapped = unpack::unwrap(Box::new(reader), options).map_err(unreadable)?;
    let encoding = unwrapped.wrappings.pop_if(|last| *last == UTF_16);
    let mut format = Format { name: "csv", wrappings: unwrapped.wrappings, encoding, delimiter: None };
    let head = unwrapped.source.peek(HEAD).map_err(unreadable)?;
    if sniff::is_json(head) {
        let bytes = unpack::read_all(&mut unwrapped.source, options.document_bytes).map_err(unreadable)?;
        let (records, format_name) = json::read(&bytes, name, options)?;
        format.name = format_name;
        let digest = unwrapped.digest.unwrap_or_else(|| blake3::hash(&bytes));
        let body = Body::Records(Box::new(records));
        return Ok(Inventory { format, body, digest: Some(digest) });
    }
    let csv = Csv::of(unwrapped.source, name, options)?;
    format.delimiter = Some(csv.delimiter());
    Ok(Inventory { format, body: Body::Csv(Box::new(csv)), digest: unwrapped.digest })
}

impl Format {
    /// The name of its encoding, `read` being that of the text that was read.
    #[must_use]
    pub fn encoding(&self, read: Encoding) -> &'static str {
        self.encoding.unwrap_or(read.name())
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
