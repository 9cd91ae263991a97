//! JSON documents and rows of machines: no panic, bounded memory; as many cells as columns, the same when read again.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vigie::inventory::Options;
use vigie::inventory::machine::{Reader, header};
use vigie::socle::Socle;

static SOCLE: LazyLock<Socle> = LazyLock::new(|| Socle::builtin().unwrap_or_else(|_| panic!("a sound socle")));

fuzz_target!(|bytes: &[u8]| {
    let start = if bytes.first().is_some_and(|byte| byte % 2 == 0) { br#"{"deviceid":1,"content":"#.as_slice() } else { br#"[{"name":1,"action":1,"#.as_slice() };
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
