//! Any bytes, of any format: no panic, bounded memory; every cell can be read.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vigie_fuzz::scan(bytes));
