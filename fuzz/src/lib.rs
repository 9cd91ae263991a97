//! What the targets share: a socle, and looks that read everything a reader gave.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use vigie::diag::Diagnostic;
use vigie::folder::Folder;
use vigie::inventory::machine::{Reader, header};
use vigie::inventory::{Batch, Mode, Opened, Options, Selected, Sink, open_any};
use vigie::pack::{Origin, Pack};
use vigie::socle::Socle;

/// The socle and the packs built in.
pub static RULES: LazyLock<(Socle, Vec<Pack>)> = LazyLock::new(|| {
    let socle = Socle::builtin().unwrap_or_else(|_| panic!("a sound socle"));
    let folders: Vec<Folder> = Folder::built_in_packs().into_iter().filter_map(Folder::built_in).collect();
    let packs = Pack::load_all(&folders, &socle, &[], Origin::BuiltIn).unwrap_or_else(|_| panic!("sound packs"));
    (socle, packs)
});

/// The socle built in.
pub static SOCLE: LazyLock<Socle> = LazyLock::new(|| Socle::builtin().unwrap_or_else(|_| panic!("a sound socle")));

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

/// Opens a file of any kind within small bounds, and looks at every cell of it.
pub fn scan(bytes: &[u8]) {
    let bounds = Options {
        record_bytes: 4096,
        document_bytes: 1 << 20,
        unpacked_bytes: 1 << 20,
        records: 1000,
        text_bytes: 1024,
        ..Options::default()
    };
    let Ok(Opened::Inventory(inventory)) = open_any(bytes, "fuzz", &SOCLE, &bounds) else { return };
    let columns = inventory.header().len().min(40);
    let selection: Vec<Selected> = (0..columns).map(|column| Selected { column, mode: Mode::Coded }).collect();
    let _ = inventory.scan(&selection, &bounds, &mut [Look]);
}

/// Reads a document of machines, alone and after the beginning of one: as many cells as columns, and the same when
/// read again.
pub fn machines(start: &[u8], bytes: &[u8]) {
    let options = Options { text_bytes: 256, machine_software: 100, machine_devices: 100, ..Options::default() };
    for document in [bytes.to_vec(), [start, bytes].concat()] {
        let read = |reader: &mut Reader<'_>| reader.read(&document, "fuzz").map_err(|fault| fault.code);
        let mut reader = Reader::new(&SOCLE, &options);
        let Ok(machines) = read(&mut reader) else { continue };
        let columns = header(&SOCLE.collection).count();
        for machine in &machines {
            assert_eq!(machine.cells.len(), if machine.kind.is_judged() { columns } else { 0 });
        }
        let again = read(&mut reader).expect("what was read once");
        assert!(machines.iter().map(|machine| &machine.cells).eq(again.iter().map(|machine| &machine.cells)));
    }
}

/// Faults say what they are, and what they underline stands in the text.
pub fn located(faults: &[Diagnostic]) {
    assert!(!faults.is_empty());
    for label in faults.iter().flat_map(|fault| &fault.labels) {
        let text = &label.source.text;
        assert!(text.get(label.span.clone()).is_some() || label.span.start >= text.len());
    }
}
