//! One fault a folder of `fixtures/packs`: `fault.txt` holds what is said of it.

use crate::support::{SOCLE, folder, path, same_as_file, shown};
use std::fs;
use vigie::pack::{Origin, Pack};

#[test]
fn every_broken_pack_is_told_where_and_why() {
    let base = Pack::load(&folder(&path("fixtures/packs/sound")), &SOCLE, &[], Origin::BuiltIn)
        .unwrap_or_else(|faults| panic!("{}", shown(&faults)));
    let mut names: Vec<_> = fs::read_dir(path("fixtures/packs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let mut differences = Vec::new();
    for root in names.iter().filter(|root| root.is_dir()) {
        let mut folder = folder(root);
        folder.shown = format!("fixtures/packs/{}", folder.id);
        let text = match Pack::load(&folder, &SOCLE, &[&base], Origin::BuiltIn) {
            Ok(pack) => shown(&pack.warnings),
            Err(faults) => shown(&faults),
        };
        // A message cut in the middle of a character, or pointing out of its file, would have panicked above.
        let text = text.replace(&SOCLE.version.to_string(), "VERSION").replace(env!("CARGO_PKG_VERSION"), "VERSION");
        if folder.id != "sound" {
            assert!(!text.is_empty(), "{} has no fault", folder.id);
        }
        differences.extend(same_as_file(&root.join("fault.txt"), &text).err());
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn packs_that_extend_each_other_in_a_circle_are_refused() {
    let one = circle("un", "deux");
    let other = circle("deux", "un");
    let faults = Pack::load_all(&[one, other], &SOCLE, &[], Origin::Own).unwrap_err();
    assert!(faults.iter().all(|fault| fault.code == "pack/extends-cycle"), "{}", shown(&faults));
    assert_eq!(faults.len(), 2);
    assert_eq!(&faults[0].labels[0].source.text[faults[0].labels[0].span.clone()], "extends = \"deux\"");
}

/// The sound pack under a name, extending another.
fn circle(id: &str, base: &str) -> vigie::folder::Folder {
    let mut folder = folder(&path("fixtures/packs/sound"));
    folder.id = id.to_owned();
    for file in folder.files.iter_mut().filter(|file| file.path == "pack.toml") {
        let text = String::from_utf8(file.bytes.to_vec()).unwrap();
        let text = text.replace("id = \"sound\"", &format!("id = \"{id}\"")) + &format!("extends = \"{base}\"\n");
        file.bytes = text.into_bytes().into();
    }
    folder
}
