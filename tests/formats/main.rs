//! Files of any format through the public surface: what they are told to be, what is wrapped around them, bounds.
#![allow(clippy::unwrap_used, reason = "tests")]

mod machines;
mod xls;

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::LazyLock;

use proptest::prelude::*;
use vigie::inventory::{self, Batch, Mode, Options, Selected, Sink, Spot};
use vigie::socle::Socle;

static SOCLE: LazyLock<Socle> = LazyLock::new(|| Socle::builtin().unwrap_or_else(|_| panic!("a sound socle")));

/// Keeps all rows.
#[derive(Default)]
struct Keep {
    rows: Vec<(Spot, Vec<String>)>,
    ended: Vec<u32>,
}

impl Sink for Keep {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        for row in 0..batch.rows {
            let text = |column: usize| batch.text(column, row).into_owned();
            self.rows.push((batch.spot(row), (0..batch.columns.len()).map(text).collect()));
        }
        if batch.last {
            self.ended.push(batch.block);
        }
        ControlFlow::Continue(())
    }
}

/// What [`inventory::open`] gives: format, header, and line and cells of each record; or the code of the refusal.
type Opened = Result<(&'static str, Vec<String>, Vec<(u64, Vec<String>)>), &'static str>;

fn open(bytes: &[u8], options: &Options) -> Opened {
    let opened = inventory::open(bytes, "essai", &SOCLE, options).map_err(|fault| fault.code)?;
    let (format, header) = (opened.format().name, opened.header().to_vec());
    let selection: Vec<Selected> = (0..header.len()).map(|column| Selected { column, mode: Mode::Coded }).collect();
    let mut keep = [Keep::default()];
    let summary = opened.scan(&selection, options, &mut keep).map_err(|fault| fault.code)?;
    assert_eq!(summary.digest.as_deref(), Some(&*format!("blake3:{}", blake3::hash(bytes).to_hex())));
    let [keep] = keep;
    assert_eq!(keep.ended, [0]);
    assert_eq!(keep.rows.len() as u64, summary.rows);
    Ok((format, header, keep.rows.into_iter().map(|(spot, cells)| (summary.line(spot), cells)).collect()))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    io::Write::write_all(&mut out, bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn json_shapes() {
    let row = |line: u64, cells: &[&str]| (line, cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
    let read = |format, header: &[&str], rows: Vec<(u64, Vec<String>)>| {
        Ok((format, header.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), rows))
    };
    for (text, expected) in [
        (r#"[{"a":1}]"#, read("json", &["a"], vec![row(1, &["1"])])),
        (
            "\u{feff} \n[\n{\"a\":1.50},\n\n{\"b\":\"x\\ny\"}\n]\n",
            read("json", &["a", "b"], vec![row(3, &["1.50", ""]), row(5, &["", "x\ny"])]),
        ),
        (r#"[{"a":"1","a":"1"},{"a":"1","a":"2"}]"#, read("json", &["a"], vec![row(1, &["1"]), row(1, &[""])])),
        (
            r#"[{"a":null},{"a":true},{"a":-1e5},{"a":{}},{"a":[1]}]"#,
            read("json", &["a"], ["", "true", "-1e5", "{}", "[1]"].iter().map(|cell| row(1, &[cell])).collect()),
        ),
        (r#"["x",1,[],{"a":"]},{"}]"#, read("json", &["a"], vec![row(1, &["]},{"])])),
        (r#"[{"a":1}, {"a":tru}, {"a":2}]"#, read("json", &["a"], vec![row(1, &["1"]), row(1, &["2"])])),
        ("{\"a\":1}\r\n\r\n{\"a\":\n{\"a\":3}", read("ndjson", &["a"], vec![row(1, &["1"]), row(4, &["3"])])),
        (r#"{"a":1}"#, read("ndjson", &["a"], vec![row(1, &["1"])])),
        ("[]", Err("inventory/empty")),
        ("[[1]]", Err("inventory/empty")),
        ("[{\"a\":1}", Err("inventory/truncated")),
        ("[{\"a\":1},", Err("inventory/truncated")),
        ("[{\"a\":\"\\", Err("inventory/truncated")),
        ("[{\"a\":1}][{\"a\":1}]", Err("inventory/not-records")),
        ("[{\"a\":1} {\"a\":1}]", Err("inventory/not-records")),
        ("[{\"a\":1},,{\"a\":1}]", Err("inventory/not-records")),
        ("{\n\"a\":1\n}", read("json", &["a"], vec![row(1, &["1"])])),
        ("{\n\"a\":{}\n}", Err("inventory/not-records")),
        ("{\n\"a\":1\n}\n{\n\"a\":1\n}", Err("inventory/not-records")),
    ] {
        assert_eq!(open(text.as_bytes(), &Options::default()), expected, "{text}");
    }
}

#[test]
fn documents_are_bounded() {
    let bounds =
        |records, text_bytes, document_bytes| Options { records, text_bytes, document_bytes, ..Options::default() };
    let text = br#"[{"a":"1"},{"a":"22"},{"a":"3"}]"#;
    assert_eq!(open(text, &bounds(3, 4, 64)).unwrap().2.len(), 3);
    assert_eq!(open(text, &bounds(2, 4, 64)), Err("inventory/too-many"));
    assert_eq!(open(text, &bounds(3, 4, 16)), Err("inventory/too-large"));
    let cells: Vec<String> =
        open(text, &bounds(3, 3, 64)).unwrap().2.into_iter().flat_map(|(_, cells)| cells).collect();
    assert_eq!(cells, ["1", "", "3"]);
    let many: String = (0..5000).map(|n| format!("{{\"k{n}\":1}}\n")).collect();
    assert_eq!(open(many.as_bytes(), &Options::default()), Err("inventory/too-many"));
}

#[test]
fn wrapped_files_are_what_they_wrap() {
    let plain = "a;b\n1;é\n".as_bytes();
    let read = open(plain, &Options::default()).unwrap();
    let utf_16 = |little: bool, mark: &str| -> Vec<u8> {
        let text = format!("{mark}a;b\n1;é\n");
        text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    };
    let utf_32 = |little: bool, mark: &str| -> Vec<u8> {
        let text = format!("{mark}a;b\n1;é\n");
        let word = |c: char| if little { u32::from(c).to_le_bytes() } else { u32::from(c).to_be_bytes() };
        text.chars().flat_map(word).collect()
    };
    for wrapped in [
        utf_32(true, "\u{feff}"),
        utf_32(false, "\u{feff}"),
        utf_32(true, ""),
        utf_32(false, ""),
        gzip(&utf_32(false, "\u{feff}")),
        gzip(plain),
        gzip(&gzip(&gzip(plain))),
        [gzip(b"a;b\n"), gzip("1;é\n".as_bytes())].concat(),
        utf_16(true, "\u{feff}"),
        utf_16(false, "\u{feff}"),
        gzip(&utf_16(true, "\u{feff}")),
    ] {
        assert_eq!(open(&wrapped, &Options::default()).as_ref(), Ok(&read));
    }
    let bytes = gzip(plain);
    for (wrapped, code) in [
        (gzip(&gzip(&gzip(&bytes))), "inventory/not-csv"),
        (gzip(b""), "inventory/empty"),
        (utf_32(true, "\u{feff}")[..14].to_vec(), "inventory/corrupt"),
        ([utf_32(false, "\u{feff}"), vec![0, 0x11, 0, 0]].concat(), "inventory/corrupt"),
        (bytes[..bytes.len() - 1].to_vec(), "inventory/corrupt"),
        ([&bytes[..], b"x"].concat(), "inventory/corrupt"),
    ] {
        assert_eq!(open(&wrapped, &Options::default()), Err(code));
    }
    let small = Options { unpacked_bytes: 4, ..Options::default() };
    assert_eq!(open(&bytes, &small), Err("inventory/too-large"));
    let tight = Options { unpacked_ratio: 2, ..Options::default() };
    assert_eq!(open(&gzip(&b"a;b\n".repeat(5 << 20)), &tight), Err("inventory/too-tight"));
}

proptest! {
    #[test]
    fn json_of_any_shape_is_read_or_refused(
        parts in prop::collection::vec(
            prop::sample::select(vec!["[", "]", "{", "}", ",", ":", "\"", "\\", "\n", " ", "1", "null", "{\"a\":1}", "\"b\":\"x\"", "é", "\0"]),
            0..40
        )
    ) {
        let text = parts.concat();
        for start in ["", "[{", "{\"a\":1}\n", "[{\"a\":1},"] {
            let text = format!("{start}{text}");
            if let Ok((_, header, rows)) = open(text.as_bytes(), &Options::default()) {
                let lines = text.split('\n').count() as u64;
                prop_assert!(rows.iter().all(|(line, cells)| (1..=lines).contains(line) && cells.len() == header.len()));
            }
        }
    }

    #[test]
    fn a_damaged_gzip_is_never_read_as_another(at in 0..400usize, bit in 0..8u32) {
        let plain: String = (0..50).map(|n| format!("{n};{}\n", n * 7919 % 1000)).collect();
        let mut bytes = gzip(format!("a;b\n{plain}").as_bytes());
        let read = open(&bytes, &Options::default());
        // After the header, which tells what the bytes are.
        let at = 10 + at % (bytes.len() - 10);
        bytes[at] ^= 1 << bit;
        let damaged = open(&bytes, &Options::default());
        prop_assert!(damaged.is_err() || damaged == read);
    }
}

/// The parts of a workbook of the fixtures.
fn workbook_parts() -> Vec<(String, Vec<u8>)> {
    let bytes = std::fs::read("fixtures/inventories/parc.xlsx").unwrap();
    let mut archive = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let name = part.name().unwrap().into_owned();
            let mut content = Vec::new();
            part.read_to_end(&mut content).unwrap();
            (name, content)
        })
        .collect()
}

fn zipped(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in parts {
        archive.start_file(name.as_str(), stored).unwrap();
        io::Write::write_all(&mut archive, content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn what_is_inside_an_archive_does_not_tell_what_it_is() {
    let workbook = std::fs::read("fixtures/inventories/parc.xlsx").unwrap();
    let read = open(&workbook, &Options::default()).unwrap();
    let stored = |name: &str| zipped(&[(name.to_owned(), workbook.clone())]);
    assert_eq!(open(&stored("parc.xlsx"), &Options::default()), Ok(read));
    let table = zipped(&[("xl/parc.csv".to_owned(), b"a;b\n1;2\n".to_vec())]);
    assert_eq!(open(&table, &Options::default()).unwrap().0, "csv");
}

proptest! {
    #[test]
    fn a_spoiled_workbook_is_read_or_refused(
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..40usize, prop::sample::select(vec![
                "", "<", ">", "\"", "&", "&#0;", "</row>", "<c r=\"XFD1048576\"><v>1</v></c>", "<c t=\"s\"><v>99999999</v></c>",
                "<row r=\"0\">", "<row r=\"99999999999\">", "<v>1e999</v>", "<v>-99999999</v>", "r=\"A0\"", "r=\"ZZZZ1\"",
                "s=\"99999\"", "t=\"d\"", "t=\"b\"", "t=\"e\"", "1904", "<!DOCTYPE x>", "\u{e9}", "0", "-",
            ])),
            1..4
        )
    ) {
        let mut parts = workbook_parts();
        for (part, at, removed, put) in edits {
            let content = &mut part.get_mut(&mut parts).1;
            let at = at.index(content.len() + 1);
            let end = (at + removed).min(content.len());
            content.splice(at..end, put.bytes());
        }
        let _ = open(&zipped(&parts), &Options::default());
    }
}
