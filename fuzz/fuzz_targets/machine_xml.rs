//! XML documents of machines: no panic, bounded memory; as many cells as columns, the same when read again.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vigie_fuzz::machines(b"<REQUEST>", bytes));
