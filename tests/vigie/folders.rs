//! Folders and archives as inventories: the same report whatever the threads and the order of the listing; what is bad
//! stops only itself; what is made to exhaust a machine is refused.

use crate::support::{run, vigie};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs vigie in a folder: exit code, standard output, standard error.
fn vigie_in(folder: &Path, args: &[&str], stdin: &[u8]) -> (Option<i32>, String, String) {
    let mut command = vigie(folder, &BTreeMap::new());
    command.args(args);
    let output = run(command, stdin);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn audit(folder: &Path, inputs: &[&str], more: &[&str]) -> (Option<i32>, String, String) {
    let pack = format!("{ROOT}/fixtures/own-packs/essai");
    let mut args = vec!["audit", "--pack", &pack, "--as-of", "2026-11-22", "--lang", "en"];
    args.extend(inputs);
    args.extend(more);
    vigie_in(folder, &args, b"")
}

/// Machines and tables, by path.
const MIXED: [(&str, &str); 7] = [
    ("a/glpi.json", "machines/glpi.json"),
    ("a/b/windows.xml", "machines/glpi-windows11.xml"),
    ("ocs.xml", "machines/ocs-windows10.xml"),
    ("rows.json", "machines/osquery-rows.json"),
    ("switch.xml", "machines/network.xml"),
    ("table.csv.gz", "inventories/compressed.csv.gz"),
    ("table.xlsx", "inventories/parc.xlsx"),
];

fn write(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join("parc").join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(format!("{ROOT}/fixtures/{name}")).unwrap()
}

fn mixed(order: impl Iterator<Item = usize>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for index in order {
        let (path, name) = MIXED[index];
        write(folder.path(), path, &fixture(name));
    }
    folder
}

fn zip(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).compression_level(Some(9));
    for (path, bytes) in files {
        archive.start_file(*path, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_mixed_folder_gives_one_report_whatever_threads_and_listing() {
    let folder = mixed(0..MIXED.len());
    let (status, expected, stderr) =
        audit(folder.path(), &["parc"], &["--format", "json", "--threads", "1", "--verdicts", "v.csv"]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    let verdicts = fs::read(folder.path().join("v.csv")).unwrap();
    let report = json(&expected);
    let names: Vec<&str> = report["inputs"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["parc", "parc/table.csv.gz", "parc/table.xlsx"]);
    assert_eq!(report["population"]["rows"], 11);
    let other = mixed((0..MIXED.len()).rev());
    for threads in ["1", "2", "5"] {
        let more = ["--format", "json", "--threads", threads, "--verdicts", "v.csv"];
        assert_eq!(audit(other.path(), &["parc"], &more), (Some(0), expected.clone(), String::new()));
        assert_eq!(fs::read(other.path().join("v.csv")).unwrap(), verdicts);
    }
    // Under another path, a document is another document.
    let before = report["inputs"][0]["digest"].clone();
    fs::rename(other.path().join("parc/ocs.xml"), other.path().join("parc/ocs-2.xml")).unwrap();
    let (_, after, _) = audit(other.path(), &["parc"], &["--format", "json"]);
    assert_ne!(json(&after)["inputs"][0]["digest"], before);
}

#[test]
fn an_archive_is_read_as_the_folder_it_holds() {
    let folder = mixed(0..MIXED.len());
    let files: Vec<(&str, Vec<u8>)> = MIXED.iter().rev().map(|(path, name)| (*path, fixture(name))).collect();
    let archive = zip(&files);
    fs::write(folder.path().join("parc.zip"), &archive).unwrap();
    let status_of = |text: &str| {
        let report = json(text);
        (report["status"].clone(), report["population"].clone(), report["inputs"].as_array().unwrap().len())
    };
    let (_, of_folder, _) = audit(folder.path(), &["parc"], &["--format", "json"]);
    let (status, of_archive, stderr) = audit(folder.path(), &["parc.zip"], &["--format", "json"]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    assert_eq!(status_of(&of_archive), status_of(&of_folder));
    let digest = format!("blake3:{}", blake3::hash(&archive).to_hex());
    assert_eq!(json(&of_archive)["inputs"][0]["digest"], digest.as_str());
    let pack = format!("{ROOT}/fixtures/own-packs/essai");
    let args = ["audit", "-", "--pack", &pack, "--as-of", "2026-11-22", "--format", "json"];
    let (status, of_stdin, _) = vigie_in(folder.path(), &args, &archive);
    assert_eq!((status, status_of(&of_stdin)), (Some(0), status_of(&of_folder)));
    // In a folder, it is an input beside the others.
    fs::create_dir(folder.path().join("both")).unwrap();
    fs::rename(folder.path().join("parc"), folder.path().join("both/parc")).unwrap();
    fs::rename(folder.path().join("parc.zip"), folder.path().join("both/parc.zip")).unwrap();
    let (_, of_both, _) = audit(folder.path(), &["both"], &["--format", "json"]);
    assert_eq!(json(&of_both)["population"]["rows"], 22);
}

#[test]
fn a_bad_document_stops_only_itself() {
    let folder = mixed(0..MIXED.len());
    write(folder.path(), "cut.xml", &fixture("machines/truncated.xml"));
    let (status, stdout, _) = audit(folder.path(), &["parc"], &["--format", "json"]);
    let report = json(&stdout);
    let bad: Vec<_> = report["data"].as_array().unwrap().iter().filter(|f| f["code"] == "inventory/bad-file").collect();
    assert_eq!((status, bad.len(), &bad[0]["first"]["file"]), (Some(0), 1, &"parc/cut.xml".into()));
    assert_eq!(report["population"]["rows"], 11);
    let (status, _, stderr) = audit(folder.path(), &["parc"], &["--strict"]);
    assert!(status == Some(2) && stderr.contains("parc/cut.xml"), "{stderr}");
    // Many are told together.
    for number in 0..40 {
        write(folder.path(), &format!("cut-{number}.xml"), &fixture("machines/truncated.xml"));
    }
    let (_, stdout, _) = audit(folder.path(), &["parc"], &["--format", "json"]);
    let report = json(&stdout);
    let bad: Vec<_> = report["data"].as_array().unwrap().iter().filter(|f| f["code"] == "inventory/bad-file").collect();
    assert_eq!((bad.len(), &bad[0]["count"]), (1, &41.into()));
    // Nothing else is there.
    let folder = tempfile::tempdir().unwrap();
    for number in 0..40 {
        write(folder.path(), &format!("cut-{number}.xml"), &fixture("machines/truncated.xml"));
    }
    let (status, stdout, stderr) = audit(folder.path(), &["parc"], &[]);
    assert_eq!((status, stdout.as_str()), (Some(2), ""));
    assert!(stderr.contains("and 30 more files"), "{stderr}");
}

#[test]
fn what_is_made_to_exhaust_a_machine_is_refused() {
    let table = b"profession;palier\ninfirmier;Add. 8\n".to_vec();
    let row = b"infirmier;Add. 8\n";
    let long: Vec<u8> = table.iter().chain(row.repeat(1 << 20).iter()).copied().collect();
    let nested = |depth: usize| {
        (0..depth).fold(table.clone(), |inner, _| zip(&[("1.csv", inner.clone()), ("2.csv", table.clone())]))
    };
    let mut overlapping = zip(&[("1.csv", table.clone()), ("2.csv", table.clone())]);
    // Both entries of the directory name the bytes of the first file.
    let at = overlapping.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
    overlapping[at + 42..at + 46].fill(0);
    let many: Vec<(String, Vec<u8>)> = (0..10).map(|number| (format!("{number}.csv"), table.clone())).collect();
    let many: Vec<(&str, Vec<u8>)> = many.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let zlib = {
        let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(&table.repeat(50)).unwrap();
        out.finish().unwrap()
    };
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, code, raised) in [
        ("ratio.csv.gz", gzip(&long), "inventory/too-tight", Some(["--max-ratio", "100000"])),
        (
            "ratio.zip",
            zip(&[("a.csv", long.clone()), ("b.csv", table.clone())]),
            "inventory/too-tight",
            Some(["--max-ratio", "100000"]),
        ),
        ("large.csv.gz", gzip(&table), "inventory/too-large", None),
        ("overlap.zip", overlapping, "inventory/corrupt", None),
        ("many.zip", zip(&many), "inventory/archive", Some(["--max-files", "10"])),
        ("cut.gz", half(&gzip(&table)), "inventory/corrupt", None),
        ("cut.zlib", half(&zlib), "inventory/corrupt", None),
        ("cut.zip", half(&zip(&many)), "inventory/corrupt", None),
        ("none.zip", zip(&[]), "inventory/archive", None),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
        let bound: &[&str] = match code {
            "inventory/too-large" => &["--max-input", "10"],
            _ if name == "many.zip" => &["--max-files", "9"],
            _ => &[],
        };
        let (status, stdout, stderr) = audit(folder.path(), &[name], bound);
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{name}");
        assert!(stderr.contains(code) && stderr.len() < 500, "{name}: {stderr}");
        if let Some(raised) = raised {
            assert!(stderr.contains(raised[0]), "{name}: {stderr}");
            let (status, _, stderr) = audit(folder.path(), &[name], &raised);
            assert_eq!((status, stderr.as_str()), (Some(0), ""), "{name}");
        }
    }
    // Archives within each other: what is not too deep is read.
    fs::write(folder.path().join("nested.zip"), nested(6)).unwrap();
    let (status, stdout, _) = audit(folder.path(), &["nested.zip"], &["--format", "json"]);
    let report = json(&stdout);
    assert_eq!((status, report["population"]["rows"].as_u64()), (Some(0), Some(3)));
    assert!(report["data"].to_string().contains("too many archives within each other"), "{}", report["data"]);
}

/// Links are followed where nothing else leads to a file of the folder; what is not looked at is counted.
#[cfg(unix)]
#[test]
fn what_is_not_looked_at_in_a_folder_is_told() {
    use std::os::unix::fs::symlink;
    let folder = mixed(0..1);
    let parc = folder.path().join("parc");
    write(folder.path(), ".caches/y.csv", b"profession;palier\ninfirmier;Add. 8\n");
    write(folder.path(), ".DS_Store", b"x");
    write(folder.path(), "../ailleurs.csv", b"profession;palier\ninfirmier;Add. 8\n");
    symlink(".", parc.join("again")).unwrap();
    symlink("../ailleurs.csv", parc.join("dehors.csv")).unwrap();
    symlink(".caches/y.csv", parc.join("y.csv")).unwrap();
    symlink(".caches/y.csv", parc.join("z.csv")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(parc.join("tube.xml")).status().unwrap();
    assert!(fifo.success());
    let (status, stdout, _) = audit(folder.path(), &["parc"], &["--format", "json"]);
    let report = json(&stdout);
    assert_eq!((status, &report["population"]["rows"]), (Some(0), &2.into()));
    let said = report["data"].as_array().unwrap();
    let said: Vec<_> = said.iter().filter(|finding| finding["code"] == "inventory/not-looked-at").collect();
    assert_eq!(said.len(), 1, "{stdout}");
    assert_eq!(said[0]["count"], 5, "{}", said[0]);
    assert!(said[0]["message"]["en"].as_str().unwrap().contains("(hidden: 1, links"), "{}", said[0]);
    // By name it would be waited for.
    let (status, _, stderr) = audit(folder.path(), &["parc/tube.xml"], &[]);
    assert!(status == Some(2) && stderr.contains("input/no-file"), "{stderr}");
}

/// What a folder holds changes its digest, be it bad or of another format.
#[test]
fn the_digest_of_a_folder_is_over_all_its_files() {
    let folder = mixed(0..2);
    let digest = || {
        let (_, stdout, _) = audit(folder.path(), &["parc"], &["--format", "json"]);
        json(&stdout)["inputs"][0]["digest"].as_str().unwrap().to_owned()
    };
    let mut seen = vec![digest()];
    for (name, text) in [
        ("zz-coupe.xml", "<REQUEST><CONTENT>"),
        ("zz-coupe.xml", "<REQUEST><CONTENT><HARDWARE>"),
        ("zz-image.jpg", "\u{1}\u{2}\0\0"),
    ] {
        write(folder.path(), name, text.as_bytes());
        let now = digest();
        assert!(!seen.contains(&now), "{name}");
        seen.push(now);
    }
}

#[test]
fn hidden_files_and_links_to_folders_are_left_out() {
    let folder = mixed(0..1);
    write(folder.path(), ".hidden/x.csv", b"profession;palier\ninfirmier;Add. 8\n");
    write(folder.path(), "__MACOSX/x.csv", b"profession;palier\ninfirmier;Add. 8\n");
    let (status, stdout, _) = audit(folder.path(), &["parc"], &["--format", "json"]);
    assert_eq!((status, &json(&stdout)["population"]["rows"]), (Some(0), &1.into()));
    fs::create_dir(folder.path().join("empty")).unwrap();
    let (status, _, stderr) = audit(folder.path(), &["empty"], &[]);
    assert!(status == Some(2) && stderr.contains("input/no-match"), "{stderr}");
}
