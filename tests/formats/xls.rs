//! Old Excel workbooks: those of the fixtures, and streams of records made here.

use proptest::prelude::*;
use vigie::inventory::Options;

use super::open;

type Record = (u16, Vec<u8>);

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("fixtures/inventories/{name}")).unwrap()
}

#[test]
fn an_old_workbook_gives_what_a_new_one_gives() {
    let (format, header, mut rows) = open(&fixture("parc.xls"), &Options::default()).unwrap();
    let (_, new_header, new_rows) = open(&fixture("parc.xlsx"), &Options::default()).unwrap();
    // What it alone tries: a formula, a boolean.
    let (line, last) = rows.pop().unwrap();
    assert_eq!((format, header, rows), ("xls", new_header, new_rows));
    assert_eq!(line, 11);
    assert_eq!(last, ["750000026", "", "13.00", "Add. 8", "", "2026-11-22", "", "true"]);
}

#[test]
fn what_is_no_workbook_or_wants_a_password_is_said() {
    let read = |name: &str| open(&fixture(name), &Options::default()).unwrap_err();
    assert_eq!(read("locked.xls"), "inventory/locked");
    assert_eq!(read("document.doc"), "inventory/not-csv");
}

/// A file of one stream: a header, the table of sectors, a directory, the stream.
fn compound(stream: &[u8]) -> Vec<u8> {
    let mut stream = stream.to_vec();
    stream.resize(stream.len().max(4096).next_multiple_of(512), 0);
    let sectors = u32::try_from(stream.len() / 512).unwrap();
    let mut header = vec![0u8; 512];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    put(26, &[3, 0, 0xfe, 0xff, 9, 0, 6, 0]);
    put(44, &1u32.to_le_bytes());
    put(48, &1u32.to_le_bytes());
    put(56, &4096u32.to_le_bytes());
    put(60, &u32::MAX.wrapping_sub(1).to_le_bytes());
    put(68, &u32::MAX.wrapping_sub(1).to_le_bytes());
    put(76, &[0xff; 436]);
    put(76, &0u32.to_le_bytes());
    let end = u32::MAX - 1;
    let mut table: Vec<u32> = vec![u32::MAX - 2, end];
    table.extend((0..sectors).map(|n| if n + 1 == sectors { end } else { n + 3 }));
    table.resize(128, u32::MAX);
    let entry = |name: &str, kind: u8, start: u32, bytes: u32| {
        let mut entry = vec![0u8; 128];
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry[..units.len()].copy_from_slice(&units);
        entry[64] = u8::try_from(units.len() + 2).unwrap();
        entry[66] = kind;
        entry[116..120].copy_from_slice(&start.to_le_bytes());
        entry[120..124].copy_from_slice(&bytes.to_le_bytes());
        entry
    };
    let mut directory = [entry("Root Entry", 5, end, 0), entry("Workbook", 2, 2, sectors * 512)].concat();
    directory.resize(512, 0);
    let table: Vec<u8> = table.into_iter().flat_map(u32::to_le_bytes).collect();
    [header, table, directory, stream].concat()
}

fn written(records: &[Record]) -> Vec<u8> {
    let length = |data: &[u8]| u16::try_from(data.len()).unwrap().to_le_bytes();
    records.iter().flat_map(|(kind, data)| [&kind.to_le_bytes()[..], &length(data), data].concat()).collect()
}

/// Numbers of two bytes, then other bytes.
fn words(words: &[u16], bytes: &[u8]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).chain(bytes.iter().copied()).collect()
}

const BOF: u16 = 0x809;
const EOF: u16 = 0x0a;

/// A workbook of one sheet: its global records, its version, the records of the sheet.
fn book(version: u16, globals: Vec<Record>, cells: Vec<Record>) -> Vec<u8> {
    let bound = |at: u32| {
        let name: &[u8] = if version == 0x600 { b"\x04\0Parc" } else { b"\x04Parc" };
        (0x85, [&at.to_le_bytes()[..], &[0, 0], name].concat())
    };
    let globals = |at: u32| {
        let mut all = vec![(BOF, words(&[version, 5, 0, 0], &[])), bound(at)];
        all.extend(globals.iter().cloned());
        all.push((EOF, Vec::new()));
        written(&all)
    };
    let at = u32::try_from(globals(0).len()).unwrap();
    let mut sheet = vec![(BOF, words(&[version, 0x10, 0, 0], &[]))];
    sheet.extend(cells);
    sheet.push((EOF, Vec::new()));
    compound(&[globals(at), written(&sheet)].concat())
}

/// A cell that holds a text of its own.
fn label(row: u16, column: u16, text: &str) -> Record {
    (0x204, words(&[row, column, 0, u16::try_from(text.len()).unwrap()], &[&[0], text.as_bytes()].concat()))
}

fn rows(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
    open(bytes, &Options::default()).unwrap().2
}

fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
    (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
}

#[test]
fn shared_texts_go_on_in_other_records() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let shared = vec![
        // Two texts used, three in all: `a`, `in…` (with a run of looks), `ié`.
        (0xfc, [words(&[2, 0, 3, 0], &[]), words(&[1], b"\0a"), words(&[6], b"\x08"), words(&[1], b"in")].concat()),
        // The rest of it, wide; then the first half of its run.
        (0x3c, [vec![1], wide("firm"), vec![0, 0]].concat()),
        (0x3c, [vec![0, 0], words(&[2], b"\x01"), wide("ié")].concat()),
    ];
    let cell = |row: u16, column: u16, index: u16| (0xfd, words(&[row, column, 0, index, 0], &[]));
    let cells = vec![cell(0, 0, 0), label(0, 1, "b"), cell(1, 0, 1), cell(1, 1, 2)];
    assert_eq!(rows(&book(0x600, shared, cells)), [row(2, &["infirm", "ié"])]);
}

#[test]
fn cells_are_read_whatever_their_record() {
    let formats = vec![
        (0x22, words(&[1], &[])),
        (0x41e, words(&[164, 8], b"\0yyyy\"x\"m")),
        (0xe0, words(&[0, 0], &[0; 16])),
        (0xe0, words(&[0, 2], &[0; 16])),
        (0xe0, words(&[0, 164], &[0; 16])),
    ];
    let number = |row: u16, column: u16, style: u16, n: f64| (0x203, words(&[row, column, style], &n.to_le_bytes()));
    let formula =
        |row: u16, column: u16, value: [u8; 8]| (0x06, [words(&[row, column, 0], &value), vec![0; 8]].concat());
    let cells = vec![
        // What a sheet says of its size is not believed.
        (0x200, [&[0; 4][..], &u32::MAX.to_le_bytes(), &[0, 0, 255, 255, 0, 0]].concat()),
        // Rows in any order.
        (0xbd, words(&[2, 0, 1, 0, 0, 1, 0, 0, 1], &[])),
        number(1, 0, 1, 7.2),
        number(1, 1, 2, 44_886.0),
        // A chart of the sheet, with cells of its own.
        (BOF, words(&[0x600, 0x20, 0, 0], &[])),
        number(1, 1, 0, 9.0),
        (EOF, Vec::new()),
        formula(3, 0, [0, 0, 0, 0, 0, 0, 0xff, 0xff]),
        (0x4bc, vec![0; 10]),
        (0x207, words(&[2], b"\0ok")),
        formula(3, 1, 5.0f64.to_le_bytes()),
        formula(4, 0, [1, 0, 1, 0, 0, 0, 0xff, 0xff]),
        formula(4, 1, [2, 0, 0x2a, 0, 0, 0, 0xff, 0xff]),
        // Whole, to be divided by a hundred.
        (0x27e, words(&[5, 0, 0], &(520u32 << 2 | 3).to_le_bytes())),
        (0x205, words(&[5, 1, 0], &[0, 0])),
        label(0, 0, "a"),
        label(0, 1, "b"),
    ];
    let read = rows(&book(0x600, formats, cells));
    let expected = [
        row(2, &["7.20", "2026-11-22"]),
        row(3, &["0.00", "0.00"]),
        row(4, &["ok", "5"]),
        row(5, &["true", "#N/A"]),
        row(6, &["5.2", "false"]),
    ];
    assert_eq!(read, expected);
}

#[test]
fn workbooks_of_before_1997_are_of_bytes() {
    let label = |row: u16, text: &[u8]| (0x204, words(&[row, 0, 0, u16::try_from(text.len()).unwrap()], text));
    let cells = vec![label(0, b"profession"), label(1, b"m\xe9decin")];
    assert_eq!(rows(&book(0x500, Vec::new(), cells)), [row(2, &["médecin"])]);
}

#[test]
fn bounds_and_damages_are_errors() {
    let one = |cells: Vec<Record>| open(&book(0x600, Vec::new(), cells), &Options::default()).unwrap_err();
    assert_eq!(one(vec![]), "inventory/empty");
    assert_eq!(one(vec![label(0, 300, "a")]), "inventory/corrupt");
    assert_eq!(one(vec![(0x204, vec![0, 0, 0, 0])]), "inventory/corrupt");
    assert_eq!(one(vec![(0xfd, words(&[0, 0, 0, 9, 0], &[]))]), "inventory/corrupt");
    let password = vec![(0x2f, vec![0; 6])];
    assert_eq!(open(&book(0x600, password, vec![]), &Options::default()), Err("inventory/locked"));
    let many = book(0x600, Vec::new(), (0..4).map(|row| label(row, 0, "a")).collect());
    let bounds = |records, document_bytes| Options { records, document_bytes, ..Options::default() };
    assert_eq!(open(&many, &bounds(2, 1 << 20)), Err("inventory/too-many"));
    assert_eq!(open(&many, &bounds(3, 512)), Err("inventory/too-large"));
    let whole = fixture("parc.xls");
    for length in (8..whole.len()).step_by(64) {
        let _ = open(&whole[..length], &Options::default());
    }
}

proptest! {
    #[test]
    fn no_edit_of_a_workbook_makes_it_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..8)
    ) {
        let mut bytes = fixture("parc.xls");
        for (at, byte, how) in edits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes[at] = bytes[at].wrapping_add(1),
                _ => bytes.truncate(bytes.len().max(1024) - usize::from(byte)),
            }
        }
        let _ = open(&bytes, &Options::default());
    }
}
