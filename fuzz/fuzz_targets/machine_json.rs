//! JSON documents and rows of machines: no panic, bounded memory; as many cells as columns, the same when read again.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let starts = [
        br#"{"deviceid":1,"content":"#.as_slice(),
        br#"[{"name":1,"action":1,"#.as_slice(),
        b"{\"name\":1,\"hostIdentifier\":1,\"snapshot\":[{\"name\":1,\"version\":1,\"platform\":1}]}\n{".as_slice(),
    ];
    vigie_fuzz::machines(starts[bytes.first().map_or(0, |byte| usize::from(byte % 3))], bytes);
});
