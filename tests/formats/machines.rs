//! Inventories of machines: each file of `fixtures/machines` shows one thing; `expected.txt` holds what is read of it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use vigie::inventory::Options;
use vigie::inventory::machine::{Machine, Reader, header, recognise};

use super::SOCLE;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/machines");

/// What is read of a document, as text.
fn told(bytes: &[u8], options: &Options) -> String {
    let Some(dialect) = recognise(&bytes[..bytes.len().min(64 << 10)], &SOCLE.collection) else {
        return "no machine inventory\n".to_owned();
    };
    match Reader::new(&SOCLE, options).read_as(dialect, bytes, "essai") {
        Ok(machines) => machines.iter().map(describe).collect(),
        Err(fault) => format!("{}: {}\n", fault.code, fault.message.fr),
    }
}

fn describe(machine: &Machine) -> String {
    let mut out = String::new();
    let sure = if machine.sure { "named" } else { "likely" };
    let agent = machine.agent.as_deref().unwrap_or("-");
    let Machine { kind, dialect, encoding, line, partial, .. } = machine;
    let partial = if *partial { ", partial" } else { "" };
    writeln!(out, "{kind:?}, {dialect} ({sure}), agent {agent}, {encoding}, line {line}{partial}").unwrap();
    let list = |texts: Vec<String>| if texts.is_empty() { "nothing".to_owned() } else { texts.join(", ") };
    let collected = list(machine.collected.iter().map(|(holds, count)| format!("{holds:?} {count}")).collect());
    let missing = list(machine.not_collected.iter().map(|holds| format!("{holds:?}")).collect());
    writeln!(out, "  collected {collected}; not collected {missing}").unwrap();
    for (name, cell) in header(&SOCLE.collection).zip(&machine.cells).filter(|(_, cell)| !cell.is_empty()) {
        writeln!(out, "  {name} = {cell:?}").unwrap();
    }
    for finding in &machine.findings {
        writeln!(out, "  {} × {}: {}", finding.code, finding.count, finding.message.fr).unwrap();
    }
    out
}

#[test]
fn every_fixture_is_read_as_expected() {
    let mut files: Vec<_> = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file() && path.file_name().is_some_and(|name| name != "expected.txt"));
    files.sort();
    let mut all = String::new();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy();
        let told = told(&fs::read(&path).unwrap(), &Options::default());
        write!(all, "# {name}\n{told}\n").unwrap();
    }
    let expected = Path::new(FOLDER).join("expected.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&expected, &all).unwrap();
    }
    pretty(&all, &fs::read_to_string(&expected).unwrap_or_default());
}

/// Says the first line that differs.
fn pretty(found: &str, expected: &str) {
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.lines().count(), expected.lines().count());
}

#[test]
fn documents_of_machines_are_bounded() {
    let xml = |content: &str| format!("<REQUEST><CONTENT>{content}</CONTENT></REQUEST>");
    let small = Options { machine_software: 3, machine_devices: 2, text_bytes: 16, ..Options::default() };
    let software = "<SOFTWARES><NAME>a</NAME></SOFTWARES>";
    let device = "<USBDEVICES><NAME>a</NAME></USBDEVICES>";
    let code = |text: &str| told(text.as_bytes(), &small).split(':').next().unwrap().to_owned();
    assert!(!code(&xml(&software.repeat(3))).starts_with("inventory/"));
    assert_eq!(code(&xml(&software.repeat(4))), "inventory/too-many");
    assert_eq!(code(&xml(&device.repeat(3))), "inventory/too-many");
    let deep = |depth: usize| format!("{}{}", "<A>".repeat(depth), "</A>".repeat(depth));
    assert!(!code(&xml(&deep(62))).starts_with("inventory/"));
    assert_eq!(code(&xml(&deep(63))), "inventory/too-deep");
    assert_eq!(code(&xml(&deep(1_000_000))), "inventory/too-deep");
    let long = xml(&format!("<HARDWARE><NAME>{}</NAME></HARDWARE>", "x".repeat(17)));
    assert!(told(long.as_bytes(), &small).contains("inventory/long-text"));
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=\"1\"")).collect();
    assert!(!code(&xml(&format!("<HARDWARE{attributes}><NAME>A</NAME></HARDWARE>"))).starts_with("inventory/"));
    let json = |content: &str| format!("{{\"deviceid\":\"a\",\"content\":{{{content}}}}}");
    let nested = |depth: usize| json(&format!("\"x\":{}{}", "[".repeat(depth), "]".repeat(depth)));
    assert!(!code(&nested(62)).starts_with("inventory/"));
    assert_eq!(code(&nested(63)), "inventory/too-deep");
    assert_eq!(code(&nested(1_000_000)), "inventory/too-deep");
    assert_eq!(
        code(&json("\"softwares\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"},{\"name\":\"d\"}]")),
        "inventory/too-many"
    );
}

#[test]
fn what_is_long_is_known_by_all_its_keys() {
    let before: String = (0..6000).map(|n| format!("\"cle{n}\":\"valeur\",")).collect();
    let json = format!(
        "{{\"content\":{{\"autre\":{{{before}\"z\":1}},\"hardware\":{{\"name\":\"P1\"}}}},\"deviceid\":\"x\"}}"
    );
    let machines = Reader::new(&SOCLE, &Options::default()).read(json.as_bytes(), "essai").unwrap();
    assert!(describe(&machines[0]).contains("poste = \"P1\""));
}

#[test]
fn broken_lines_cost_no_more_than_others() {
    let whole = "{\"name\":\"os\",\"hostIdentifier\":\"a\",\"snapshot\":[{\"name\":\"GALSS\",\"version\":\"3\"}]}\n";
    let log = format!("{whole}{{\"a\": [\n").repeat(50_000);
    let told = told(log.as_bytes(), &Options::default());
    assert!(told.contains("inventory/bad-record × 50000"), "{told}");
}

#[test]
fn a_raised_depth_holds_for_json_too() {
    let deep = format!("{{\"deviceid\":\"a\",\"content\":{{\"x\":{}{}}}}}", "[".repeat(5000), "]".repeat(5000));
    let options = Options { document_depth: 6000, ..Options::default() };
    assert!(!told(deep.as_bytes(), &options).starts_with("inventory/"));
    let lists = format!("{{\"deviceid\":\"a\",\"content\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    assert!(told(lists.as_bytes(), &options).starts_with("inventory/corrupt"));
}

#[test]
fn a_document_that_is_cut_gives_no_machine() {
    for name in ["glpi-windows11.xml", "glpi.json", "ocs-rest.json", "powershell-several.json"] {
        let bytes = fs::read(Path::new(FOLDER).join(name)).unwrap();
        let whole = bytes.trim_ascii_end().len();
        for end in 0..whole {
            let told = told(&bytes[..end], &Options::default());
            assert!(told.starts_with("no machine") || told.starts_with("inventory/"), "{name}, {end} bytes: {told}");
        }
        assert!(told(&bytes[..whole], &Options::default()).starts_with("Workstation"), "{name}");
    }
}

/// Dates of any length, of letters of any width, are dates or are not.
#[test]
fn no_text_of_a_date_stops_the_reading() {
    for date in
        ["20260115103000.000000+060", "0ÿÿÿÿÿÿÿÿÿÿÿ000-00-00 0×:00:00", "20260115ÿÿÿÿÿÿ.0", "2026011510300é.1", "."]
    {
        let machine = format!("\"NAME\": \"P1\", \"OSNAME\": \"Microsoft Windows 11 Pro\", \"LASTDATE\": \"{date}\"");
        let document = format!("{{\"16\": {{\"hardware\": [{{{machine}}}]}}}}");
        let told = told(document.as_bytes(), &Options::default());
        let shown = if date.starts_with("20260115103000.") { "20260115" } else { date };
        assert!(told.starts_with("Workstation"), "{told}");
        assert!(told.contains(shown) || !told.contains("date_inventaire"), "{date}: {told}");
    }
}

/// The sections of a document come in any order.
#[test]
fn the_order_of_sections_says_nothing() {
    let sections = [
        "<HARDWARE><NAME>P</NAME><OSNAME>Microsoft Windows 10 Pro</OSNAME></HARDWARE>",
        "<OPERATINGSYSTEM><FULL_NAME>Microsoft Windows 11 Pro</FULL_NAME><KERNEL_VERSION>10.0.26100</KERNEL_VERSION>\
         <TIMEZONE><NAME>Europe/Paris</NAME></TIMEZONE><NAME>Windows</NAME></OPERATINGSYSTEM>",
        "<SOFTWARES><NAME>GALSS</NAME><VERSION>3.45.01</VERSION></SOFTWARES>",
        "<USBDEVICES><VENDORID>2947</VENDORID><PRODUCTID>0101</PRODUCTID></USBDEVICES>",
    ];
    let document = |order: [usize; 4], query_first: bool| {
        let content: String = order.iter().map(|section| sections[*section]).collect();
        let content = format!("<CONTENT>{content}</CONTENT>");
        let query = "<QUERY>INVENTORY</QUERY>".to_owned();
        let both = if query_first { [query, content] } else { [content, query] };
        told(format!("<REQUEST>{}</REQUEST>", both.concat()).as_bytes(), &Options::default())
    };
    let first = document([0, 1, 2, 3], true);
    assert!(first.contains("Windows 11") && first.contains("KAP-LINK") && first.contains("3.45.01"), "{first}");
    for order in [[3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1], [0, 2, 1, 3]] {
        for query_first in [true, false] {
            assert_eq!(document(order, query_first), first, "{order:?}");
        }
    }
}

proptest! {
    #[test]
    fn no_edit_of_a_document_makes_it_panic(number in 0usize..64, edits in vec((any::<Index>(), any::<u8>(), 0u8..3), 1..8)) {
        let mut files: Vec<_> = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mut bytes = fs::read(&files[number % files.len()]).unwrap();
        for (place, byte, edit) in edits {
            let at = place.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match edit {
                0 if !bytes.is_empty() => bytes[at] = byte,
                1 if !bytes.is_empty() => drop(bytes.drain(at..(at + usize::from(byte)).min(bytes.len()))),
                _ => bytes.insert(at, byte),
            }
        }
        let once = told(&bytes, &Options::default());
        prop_assert_eq!(once, told(&bytes, &Options::default()));
        let _ = super::open(&bytes, &Options::default());
    }
}

#[test]
fn machines_are_records_whatever_is_wrapped_around_their_document() {
    let bytes = fs::read(Path::new(FOLDER).join("glpi-windows11.xml")).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let utf_16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut zlib, &bytes).unwrap();
    let read = super::open(&bytes, &Options::default()).unwrap();
    let columns: Vec<&str> = header(&SOCLE.collection).collect();
    assert_eq!((read.0, read.1.iter().map(String::as_str).collect::<Vec<_>>()), ("machine", columns));
    assert_eq!(read.2.len(), 1);
    assert_eq!(read.2[0].1[0], "POSTE-01");
    for wrapped in [zlib.finish().unwrap(), super::gzip(&bytes), utf_16] {
        assert_eq!(super::open(&wrapped, &Options::default()).as_ref(), Ok(&read));
    }
}

#[test]
fn what_is_read_of_a_document_does_not_depend_on_those_before() {
    let mut one = Reader::new(&SOCLE, &Options::default());
    for name in ["glpi-windows11.xml", "glpi.json", "glpi-windows11.xml", "osquery-log.ndjson", "glpi.json"] {
        let bytes = fs::read(Path::new(FOLDER).join(name)).unwrap();
        let again: String = one.read(&bytes, name).unwrap().iter().map(describe).collect();
        assert_eq!(again, told(&bytes, &Options::default()), "{name}");
    }
}
