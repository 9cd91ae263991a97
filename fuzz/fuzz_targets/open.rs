//! Any bytes, of any format: no panic, bounded memory; every cell can be read.
#![no_main]

use std::ops::ControlFlow;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vigie::socle::Socle;
use vigie::inventory::{Batch, Mode, Options, Selected, Sink, open};

static SOCLE: LazyLock<Socle> = LazyLock::new(|| Socle::builtin().expect("a sound socle"));

struct Look;

impl Sink for Look {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        for row in 0..batch.rows {
            let spot = batch.spot(row);
            assert!(batch.rows_at(spot.place.row).contains(&row));
            for (column, texts) in batch.columns.iter().enumerate() {
                let text = batch.text(column, row);
                if let Some(code) = texts.codes.get(row) {
                    assert_eq!(texts.dictionary.text(*code), text);
                }
            }
        }
        ControlFlow::Continue(())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let bounds = Options {
        record_bytes: 4096,
        document_bytes: 1 << 20,
        unpacked_bytes: 1 << 20,
        records: 1000,
        text_bytes: 1024,
        ..Options::default()
    };
    let Ok(inventory) = open(bytes, "fuzz", &SOCLE, &bounds) else { return };
    let columns = inventory.header().len().min(40);
    let selection: Vec<Selected> = (0..columns).map(|column| Selected { column, mode: Mode::Coded }).collect();
    let _ = inventory.scan(&selection, &bounds, &mut [Look]);
});
