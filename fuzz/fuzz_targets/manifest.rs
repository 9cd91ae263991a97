//! Any bytes as a manifest (TOML, JSON, XML, CycloneDX, SPDX): faults, never a panic nor a hang; what is told has its
//! place in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use vigie::manifest;
use vigie::socle::Socle;

static SOCLE: LazyLock<Socle> = LazyLock::new(|| Socle::builtin().unwrap_or_else(|_| panic!("the socle is sound")));

fuzz_target!(|bytes: &[u8]| {
    match manifest::read("fuzz", bytes, &SOCLE) {
        Ok(manifest) => {
            for place in manifest.places.values() {
                assert!(manifest.source.text.get(place.span.clone()).is_some());
            }
        }
        Err(faults) => {
            assert!(!faults.is_empty());
            for label in faults.iter().flat_map(|fault| &fault.labels) {
                assert!(label.source.text.get(label.span.clone()).is_some() || label.span.start >= label.source.text.len());
            }
        }
    }
});
