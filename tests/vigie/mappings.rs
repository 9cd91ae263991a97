//! Mapping files that `vigie inspect` suggests.

use crate::support::{run, vigie};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

/// For each table of the fixtures, the file is accepted, and changes nothing to what is read.
#[test]
fn a_suggested_mapping_changes_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let mapping = folder.path().join("map.toml");
    let vigie = |arguments: &[&OsStr]| {
        let mut command = vigie(folder.path(), &BTreeMap::new());
        command.args(arguments).args(["--lang", "en"]);
        let output = run(command, b"");
        (output.status.code(), output.stdout, output.stderr)
    };
    let mut tried = 0;
    let mut paths: Vec<_> =
        std::fs::read_dir(root.join("fixtures/inventories")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let (status, written, _) = vigie(&["inspect".as_ref(), path.as_ref(), "--suggest-mapping".as_ref()]);
        if status != Some(0) {
            continue;
        }
        std::fs::write(&mapping, written).unwrap();
        let plain = vigie(&["convert".as_ref(), path.as_ref()]);
        let mapped = vigie(&["convert".as_ref(), path.as_ref(), "--mapping".as_ref(), mapping.as_ref()]);
        assert_eq!(mapped, plain, "{}", path.display());
        tried += 1;
    }
    assert!(tried > 25, "{tried} tables");
}
