//! Texts of commands of machines (listings, registry, tables): no panic, bounded memory; as many cells as columns, the
//! same when read again.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let start = match bytes.first().map(|byte| byte % 5) {
        Some(0) => b"Windows Registry Editor Version 5.00\n".as_slice(),
        Some(1) => b"Caption=a\nBuildNumber=1\n".as_slice(),
        Some(2) => b"#TYPE x\r\n\"Caption\";\"BuildNumber\";\"CSName\"\r\n".as_slice(),
        Some(3) => b"name|version|identifying_number\n".as_slice(),
        _ => b"\"Host Name\",\"OS Name\",\"OS Version\",\"OS Manufacturer\",\"OS Configuration\"\n".as_slice(),
    };
    vigie_fuzz::machines(start, bytes);
});
