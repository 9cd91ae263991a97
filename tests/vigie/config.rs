//! `vigie.toml` is looked for upwards, up to the root of the repository.

use crate::support::{run, vigie};
use std::collections::BTreeMap;
use std::fs;

#[test]
fn the_nearest_file_up_to_the_root_of_the_repository() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("depot/a/b");
    fs::create_dir_all(&below).unwrap();
    let audit = || {
        let mut command = vigie(&below, &BTreeMap::new());
        command.args(["audit", "parc.csv", "--as-of", "2026-11-22", "--format", "csv", "-v"]);
        let output = run(command, b"");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    fs::write(below.join("parc.csv"), "profession;palier\ninfirmier;Add. 4\n").unwrap();
    fs::write(folder.path().join("vigie.toml"), "fail-on = \"blocking\"\n").unwrap();
    let (status, said) = audit();
    assert!(status == Some(1) && said.contains("settings: `../../../vigie.toml`"), "{said}");
    fs::create_dir(folder.path().join("depot/.git")).unwrap();
    let (status, said) = audit();
    assert!(status == Some(0) && !said.contains("settings"), "outside the repository: {said}");
    fs::write(folder.path().join("depot/vigie.toml"), "fail-on = \"never\"\n").unwrap();
    let (status, said) = audit();
    assert!(status == Some(0) && said.contains("settings: `../../vigie.toml`"), "{said}");
    fs::write(below.join("vigie.toml"), "fail-on = \"jamais\"\n").unwrap();
    let (status, said) = audit();
    assert!(status == Some(2) && said.contains("--> vigie.toml:1:11"), "{said}");
}
