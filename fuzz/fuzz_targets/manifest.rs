//! Any bytes as a manifest (TOML, JSON, XML, CycloneDX, SPDX): faults, never a panic nor a hang; what is told has its
//! place in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigie::manifest;
use vigie::value::Date;
use vigie_fuzz::{SOCLE, located};

fuzz_target!(|bytes: &[u8]| {
    let Some(today) = Date::new(2026, 11, 22) else { return };
    match manifest::read("fuzz", bytes, &SOCLE, today) {
        Ok(manifest) => {
            for place in manifest.places.values() {
                assert!(manifest.source.text.get(place.span.clone()).is_some());
            }
        }
        Err(faults) => located(&faults),
    }
});
