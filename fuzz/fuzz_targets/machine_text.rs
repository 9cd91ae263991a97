//! Texts of commands of machines: listings, registry, tables: no panic, bounded memory; as many cells as columns, the same when read again.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vigie::inventory::Options;
use vigie::inventory::machine::{Reader, header};
use vigie::socle::Socle;

static SOCLE: LazyLock<Socle> = LazyLock::new(|| Socle::builtin().unwrap_or_else(|_| panic!("a sound socle")));

fuzz_target!(|bytes: &[u8]| {
    let start = match bytes.first().map(|byte| byte % 3) {
        Some(0) => b"Windows Registry Editor Version 5.00\n".as_slice(),
        Some(1) => b"Caption=a\nBuildNumber=1\n".as_slice(),
        _ => b"\"Host Name\",\"OS Name\",\"OS Version\",\"OS Manufacturer\",\"OS Configuration\"\n".as_slice(),
    };
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
});
