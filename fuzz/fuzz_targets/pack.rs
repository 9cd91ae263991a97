//! Any bytes as a rule file, a header and targets: faults, never a panic nor a hang.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use vigie::folder::{Folder, SourceFile};
use vigie::pack::{Origin, Pack, undecided};
use vigie::socle::Socle;

static SOCLE: LazyLock<Socle> = LazyLock::new(|| Socle::builtin().unwrap_or_else(|_| panic!("the socle is sound")));

const HEADER: &str = r#"
id = "fuzz"
title = { fr = "Essai", en = "Test" }
kind = "installation"
version = "0.1.0"
socle = "*"
engine = "*"
reviewed = 2026-01-15
"#;

fuzz_target!(|bytes: &[u8]| {
    let file = |path: &str, bytes: &[u8]| SourceFile { path: path.to_owned(), bytes: bytes.to_vec().into() };
    // One input serves for the three kinds of files: a zero byte cuts them.
    let mut parts = bytes.splitn(3, |byte| *byte == 0);
    let mut files = vec![file("regle.toml", parts.next().unwrap_or_default())];
    files.extend(parts.next().map(|part| file("targets.toml", part)));
    files.push(file("pack.toml", parts.next().unwrap_or(HEADER.as_bytes())));
    if let Ok(pack) = Pack::load(&Folder::new("fuzz", "", files), &SOCLE, &[], Origin::Own) {
        for rule in &pack.rules {
            for example in &rule.examples {
                let _ = example.run(rule, &SOCLE);
            }
            let _ = undecided(rule, &SOCLE);
        }
    }
});
