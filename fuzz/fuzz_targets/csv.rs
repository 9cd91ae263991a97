//! Any bytes: no panic; blocks and threads change neither rows nor findings; codes give the texts.
#![no_main]

use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use vigie::inventory::{Batch, Csv, Finding, Mode, Options, Place, Selected, Sink};

#[derive(Default)]
struct Keep(Vec<(Place, u32, Vec<String>)>);

impl Sink for Keep {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        for row in 0..batch.rows {
            let text = |column: usize| {
                let text = batch.text(column, row);
                if let Some(code) = batch.columns[column].codes.get(row) {
                    assert_eq!(batch.columns[column].dictionary.text(*code), text);
                }
                text.into_owned()
            };
            self.0.push((batch.place(row), batch.spot(row).line, (0..batch.columns.len()).map(text).collect()));
        }
        ControlFlow::Continue(())
    }
}

type Read = (Vec<String>, Vec<(u64, Vec<String>)>, Vec<Finding>, Option<String>);

fn read(bytes: &[u8], options: &Options, threads: usize, mode: Mode) -> Result<Read, &'static str> {
    let csv = Csv::open(bytes, "fuzz", options).map_err(|error| error.code)?;
    let header = csv.header().to_vec();
    let selection: Vec<Selected> = (0..header.len().min(40)).map(|column| Selected { column, mode }).collect();
    let mut sinks: Vec<Keep> = (0..threads).map(|_| Keep::default()).collect();
    let summary = csv.scan(&selection, options, &mut sinks).map_err(|error| error.code)?;
    let mut rows: Vec<_> = sinks.into_iter().flat_map(|sink| sink.0).collect();
    rows.sort();
    let rows = rows
        .into_iter()
        .map(|(place, line, cells)| (summary.line(vigie::inventory::Spot { place, line }), cells))
        .collect();
    Ok((header, rows, summary.findings, summary.digest))
}

fuzz_target!(|bytes: &[u8]| {
    let bounds = Options { record_bytes: 4096, ..Options::default() };
    let whole = read(bytes, &bounds, 1, Mode::Coded);
    let small = Options { block_bytes: 1024, alone: 0, column_entries: 8, total_entries: 16, ..bounds };
    assert_eq!(read(bytes, &small, 2, Mode::Coded), whole);
    assert_eq!(read(bytes, &small, 1, Mode::Raw), whole);
});
