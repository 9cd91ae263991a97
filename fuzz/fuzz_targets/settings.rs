//! Any bytes as each file that a user writes beside inventories (mapping, waivers, baseline, catalogue) or brings
//! (register): faults that can be placed, never a panic nor a hang.
#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use vigie::audit::{Input, MappingFile, read_registers};
use vigie::inventory::Options;
use vigie::output::baseline;
use vigie::pack::{Pack, Waivers};
use vigie::socle::Socle;
use vigie_fuzz::{RULES, located};

/// A socle that can be added to.
fn fresh() -> Socle {
    Socle::builtin().unwrap_or_else(|_| panic!("a sound socle"))
}

fuzz_target!(|bytes: &[u8]| {
    let (socle, packs) = &*RULES;
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let outcome = match first % 5 {
        0 => MappingFile::read("fuzz", rest).map(drop),
        1 => Waivers::read("fuzz", rest, &packs.iter().collect::<Vec<&Pack>>(), &[], socle).map(drop),
        2 => baseline::read("fuzz", rest).map(drop).map_err(|fault| vec![*fault]),
        3 => fresh().add_catalogues(&[("fuzz".to_owned(), rest.to_vec())]),
        _ => {
            let text = rest.to_vec();
            let open = || -> std::io::Result<Box<dyn Read + Send>> { Ok(Box::new(std::io::Cursor::new(text))) };
            let bounds = Options { record_bytes: 4096, document_bytes: 1 << 20, ..Options::default() };
            read_registers(vec![Input::file("fuzz", open)], &bounds, &mut fresh(), &|_| {})
        }
    };
    if let Err(faults) = outcome {
        located(&faults);
    }
});
