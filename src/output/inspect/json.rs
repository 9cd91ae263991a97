//! `vigie.inspect/1`: what files are and hold, for machines. Its contract is `schema/inspect.json`.

use super::section;
use crate::audit::{Inspected, Inspection, Machines, Sure, Use};
use crate::output::json::write_json;
use crate::output::wire::{WireDialect, WireFinding, WireText};
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the contract.
pub const SCHEMA: &str = "vigie.inspect/1";

#[derive(Serialize)]
struct WireInspection<'a> {
    schema: &'static str,
    vigie: &'static str,
    files: Vec<WireFile<'a>>,
    bad: Vec<WireBad<'a>>,
}

#[derive(Serialize)]
struct WireBad<'a> {
    name: &'a str,
    code: &'a str,
    message: WireText<'a>,
    help: Option<WireText<'a>>,
}

#[derive(Serialize)]
struct WireFile<'a> {
    name: &'a str,
    digest: &'a str,
    format: &'a str,
    wrappings: &'a [&'static str],
    encoding: Option<&'a str>,
    delimiter: Option<char>,
    sheet: Option<&'a str>,
    sure: bool,
    rows: u64,
    machines: Option<WireMachines<'a>>,
    columns: Vec<WireColumn<'a>>,
    fields: Vec<WireField<'a>>,
    data: Vec<WireFinding<'a>>,
}

#[derive(Serialize)]
struct WireMachines<'a> {
    documents: u64,
    dialects: Vec<WireDialect<'a>>,
    agents: Vec<WireAgent<'a>>,
    set_aside: u64,
    partial: u64,
    collected: Vec<WireSection>,
    not_collected: Vec<WireSection>,
}

#[derive(Serialize)]
struct WireAgent<'a> {
    name: &'a str,
    machines: u64,
}

#[derive(Serialize)]
struct WireSection {
    section: &'static str,
    machines: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
}

#[derive(Serialize)]
struct WireColumn<'a> {
    header: &'a str,
    #[serde(rename = "use")]
    what: &'static str,
    field: Option<&'a str>,
}

#[derive(Serialize)]
struct WireField<'a> {
    field: &'a str,
    label: WireText<'a>,
    filled: u64,
    readable: u64,
    distinct: u64,
    values: Vec<WireValue<'a>>,
}

#[derive(Serialize)]
struct WireValue<'a> {
    value: WireText<'a>,
    rows: u64,
}

/// Writes it.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, told: &Inspection) -> io::Result<()> {
    let wire = WireInspection {
        schema: SCHEMA,
        vigie: env!("CARGO_PKG_VERSION"),
        files: told.files.iter().map(WireFile::from).collect(),
        bad: told
            .bad
            .iter()
            .chain(&told.left)
            .map(|(name, diagnostic)| WireBad {
                name,
                code: diagnostic.code,
                message: WireText::from(&diagnostic.message),
                help: diagnostic.help.as_ref().map(WireText::from),
            })
            .collect(),
    };
    write_json(out, &serde_json::to_value(wire)?)
}

impl<'a> From<&'a Inspected> for WireFile<'a> {
    fn from(file: &'a Inspected) -> WireFile<'a> {
        WireFile {
            name: &file.name,
            digest: &file.digest,
            format: file.format.name,
            wrappings: &file.format.wrappings,
            encoding: file.encoding.as_deref(),
            delimiter: file.format.delimiter,
            sheet: file.format.sheet.as_deref(),
            sure: file.sure == Sure::Certain,
            rows: file.rows,
            machines: file.machines.as_ref().map(WireMachines::from),
            columns: file
                .columns
                .iter()
                .map(|column| {
                    let (what, field) = match &column.what {
                        Use::Field(field) | Use::Application(field) => ("field", Some(field.as_str())),
                        Use::Wide(field) => ("wide", Some(field.as_str())),
                        Use::Spare => ("spare", None),
                        Use::Unknown => ("unknown", None),
                        Use::Private(_) => ("private", None),
                    };
                    WireColumn { header: &column.header, what, field }
                })
                .collect(),
            fields: file
                .fields
                .iter()
                .map(|field| WireField {
                    field: &field.field,
                    label: WireText::from(&field.label),
                    filled: field.filled,
                    readable: field.readable,
                    distinct: field.distinct,
                    values: field
                        .values
                        .iter()
                        .map(|(value, rows)| WireValue { value: WireText::from(value), rows: *rows })
                        .collect(),
                })
                .collect(),
            data: file.data.iter().map(WireFinding::from).collect(),
        }
    }
}

impl<'a> From<&'a Machines> for WireMachines<'a> {
    fn from(machines: &'a Machines) -> WireMachines<'a> {
        let section = |holds| section(holds).0;
        WireMachines {
            documents: machines.documents,
            dialects: machines.dialects.iter().map(WireDialect::from).collect(),
            agents: machines.agents.iter().map(|(name, n)| WireAgent { name, machines: *n }).collect(),
            set_aside: machines.gear,
            partial: machines.partial,
            collected: machines
                .collected
                .iter()
                .map(|(holds, n, records)| WireSection {
                    section: section(*holds),
                    machines: *n,
                    records: Some(*records),
                })
                .collect(),
            not_collected: machines
                .not_collected
                .iter()
                .map(|(holds, n)| WireSection { section: section(*holds), machines: *n, records: None })
                .collect(),
        }
    }
}
