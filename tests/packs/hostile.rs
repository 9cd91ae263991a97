//! Packs cut short or with a byte changed: faults, never a panic.

use crate::support::{SOCLE, folder, path};
use vigie::folder::Folder;
use vigie::pack::{Origin, Pack, undecided};

/// Rounds for each file: more by an environment variable.
fn rounds() -> usize {
    std::env::var("VIGIE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(40)
}

#[test]
fn a_damaged_pack_gives_faults() {
    let sound = folder(&path("rules/panorama-2018"));
    let mut state = 0x2018_0630_u64;
    let mut random = |below: usize| {
        // A linear congruential generator: the same damage in every run.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    let pieces: [&[u8]; 12] =
        [b"'", b"\"", b"[[", b"]]", b"{", b"=", b"\n", b"\xff", b"(", b" && ", b"l.", b"9999-12-31"];
    let mut refused = 0;
    for index in 0..sound.files.len() {
        for round in 0..rounds() {
            let mut bytes = sound.files[index].bytes.to_vec();
            match round % 3 {
                0 => bytes.truncate(random(bytes.len())),
                1 => {
                    let at = random(bytes.len());
                    bytes.splice(at..at, pieces[random(pieces.len())].iter().copied());
                }
                _ => {
                    let at = random(bytes.len());
                    bytes.drain(at..(at + 1 + random(12)).min(bytes.len()));
                }
            }
            // The header and the damaged file are enough: one rule is judged as it is among others.
            let files =
                sound.files.iter().enumerate().filter(|(other, file)| *other == index || file.path == "pack.toml");
            let mut files: Vec<_> = files.map(|(_, file)| file.clone()).collect();
            for file in files.iter_mut().filter(|file| file.path == sound.files[index].path) {
                file.bytes = bytes.clone().into();
            }
            match Pack::load(&Folder::new("panorama-2018", "", files), &SOCLE, &[], Origin::Own) {
                Ok(pack) => {
                    for rule in &pack.rules {
                        let _ = undecided(rule, &SOCLE);
                        for example in &rule.examples {
                            let _ = example.run(rule, &SOCLE);
                        }
                    }
                }
                Err(faults) => {
                    refused += 1;
                    for label in faults.iter().flat_map(|fault| &fault.labels) {
                        assert!(label.source.text.get(label.span.clone()).is_some(), "{:?}", label.span);
                    }
                }
            }
        }
    }
    assert!(refused > 0);
}

#[test]
fn a_condition_too_long_or_too_deep_is_refused_at_once() {
    let rule = |that: &str| {
        let mut folder = folder(&path("fixtures/packs/sound"));
        for file in folder.files.iter_mut().filter(|file| file.path == "palier-bas.toml") {
            let text = String::from_utf8(file.bytes.to_vec()).unwrap();
            file.bytes = text.replace("palier >= \"ADD6PCSC\"", that).into_bytes().into();
        }
        Pack::load(&folder, &SOCLE, &[], Origin::Own).unwrap_err()
    };
    assert_eq!(rule(&"(".repeat(3000))[0].code, "condition/limit");
    assert_eq!(rule(&"palier.pcsc && ".repeat(2000))[0].code, "condition/limit");
    let list = format!("[{}]", vec!["1"; 300].join(","));
    let loops = format!("{list}.all(a, {list}.all(b, {list}.all(c, a == b && b == c && palier.pcsc)))");
    assert_eq!(rule(&loops)[0].code, "condition/limit");
}
