//! The CSV reader through its public surface: nasty files, and properties against a naive reader.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{self, Read};
use std::ops::ControlFlow;

use proptest::prelude::*;
use vigie::diag::Diagnostic;
use vigie::inventory::{Batch, Columns, Csv, Encoding, Mode, Options, Place, Selected, Sink, Spot, Summary};

/// Keeps all rows, read both through the codes and cell by cell.
#[derive(Default)]
struct Keep {
    rows: Vec<(Spot, Vec<String>)>,
    ended: Vec<u32>,
}

impl Sink for Keep {
    fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
        for row in 0..batch.rows {
            let texts = batch.columns.iter().enumerate().map(|(i, column)| {
                let text = batch.text(i, row).into_owned();
                if let Some(code) = column.codes.get(row) {
                    assert_eq!(column.dictionary.text(*code), text);
                    assert_eq!(column.dictionary.raw(*code), batch.raw(i, row));
                }
                text
            });
            self.rows.push((batch.spot(row), texts.collect()));
        }
        if batch.last {
            self.ended.push(batch.block);
        }
        ControlFlow::Continue(())
    }
}

/// Code, count, row, line, column.
type Found = (&'static str, u64, Option<u64>, u64, Option<usize>);

#[derive(Debug, PartialEq)]
struct Table {
    header: Vec<String>,
    delimiter: char,
    encoding: Encoding,
    /// Physical line and cells of each record.
    rows: Vec<(u64, Vec<String>)>,
    digest: String,
    findings: Vec<Found>,
}

fn read_with(bytes: impl Read + Send, options: &Options, threads: usize, mode: Mode) -> Result<Table, Box<Diagnostic>> {
    let csv = Csv::open(bytes, "essai.csv", options)?;
    let header = csv.header().to_vec();
    let delimiter = csv.delimiter();
    let selection: Vec<Selected> = (0..header.len()).map(|column| Selected { column, mode }).collect();
    let mut sinks: Vec<Keep> = (0..threads).map(|_| Keep::default()).collect();
    let summary: Summary = csv.scan(&selection, options, &mut sinks)?;
    let mut rows: Vec<(Spot, Vec<String>)> = Vec::new();
    let mut ended = Vec::new();
    for sink in sinks {
        rows.extend(sink.rows);
        ended.extend(sink.ended);
    }
    ended.sort_unstable();
    assert_eq!(ended, (0..ended.len() as u32).collect::<Vec<_>>(), "each block ends once");
    rows.sort();
    assert_eq!(rows.len() as u64, summary.rows);
    for (number, (spot, _)) in rows.iter().enumerate() {
        assert_eq!(summary.row(spot.place), number as u64 + 1);
    }
    Ok(Table {
        header,
        delimiter,
        encoding: summary.encoding,
        rows: rows.into_iter().map(|(spot, cells)| (summary.line(spot), cells)).collect(),
        digest: summary.digest.unwrap(),
        findings: summary.findings.iter().map(|f| (f.code, f.count, f.row, f.line, f.column)).collect(),
    })
}

fn small() -> Options {
    Options { block_bytes: 1024, alone: 0, ..Options::default() }
}

fn read(bytes: &[u8]) -> Table {
    read_with(bytes, &Options::default(), 1, Mode::Coded).unwrap()
}

fn refusal(bytes: &[u8]) -> Diagnostic {
    *read_with(bytes, &Options::default(), 1, Mode::Coded).unwrap_err()
}

fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
    read(bytes).rows.into_iter().map(|(_, cells)| cells).collect()
}

#[test]
fn plain_rows_keep_their_lines_and_texts() {
    let table = read(b"a;b\n1;x \n2;\n");
    assert_eq!((table.header, table.delimiter), (vec!["a".into(), "b".into()], ';'));
    assert_eq!(table.rows, [(2, vec!["1".into(), "x ".into()]), (3, vec!["2".into(), String::new()])]);
    assert_eq!(table.digest, format!("blake3:{}", blake3::hash(b"a;b\n1;x \n2;\n").to_hex()));
    assert!(table.findings.is_empty());
}

#[test]
fn quotes_hold_delimiters_quotes_and_line_breaks() {
    let table = read(b"a,b\r\n\"x,\"\"y\"\"\",\"l1\r\nl2\"\r\nz,\"\"\r\n");
    assert_eq!(table.rows, [(2, vec!["x,\"y\"".into(), "l1\r\nl2".into()]), (4, vec!["z".into(), String::new()])]);
}

#[test]
fn misplaced_quotes_are_characters() {
    assert_eq!(rows(b"a;b\n17\" x;\"y\" z\"\n1;\"2\"3\n"), [["17\" x", "y z\""], ["1", "23"]]);
}

#[test]
fn the_last_line_needs_no_end() {
    assert_eq!(rows(b"a;b\n1;2"), [["1", "2"]]);
    assert_eq!(rows(b"a;b\r\n1;2\r"), [["1", "2"]]);
    assert_eq!(rows(b"a;b\r\n1;\"2\""), [["1", "2"]]);
}

#[test]
fn blank_lines_are_not_records() {
    let table = read(b"\n\r\na;b\n\n1;2\n\r\n3;4\n\n\n");
    assert_eq!(table.rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [5, 7]);
    assert!(table.findings.is_empty());
    assert_eq!(rows(b"a\n\n1\n\r\n\"\"\n"), [["1"], [""]]);
}

#[test]
fn a_header_alone_has_no_rows() {
    for bytes in [&b"a;b"[..], b"a;b\n", b"a;b\r\n\r\n", b"\xef\xbb\xbfsep=;\r\na;b\r\n"] {
        let table = read(bytes);
        assert_eq!(table.header, ["a", "b"]);
        assert!(table.rows.is_empty());
    }
}

#[test]
fn nothing_is_refused() {
    for bytes in [&b""[..], b"\n\r\n\n", b"\xef\xbb\xbf", b"sep=;\n", b"sep=;"] {
        assert_eq!(refusal(bytes).code, "inventory/empty", "{bytes:?}");
    }
}

#[test]
fn the_separator_line_decides() {
    let table = read(b"\xef\xbb\xbfsep=|\r\na,b|c\r\n1,2|3\r\n");
    assert_eq!((table.header, table.delimiter), (vec!["a,b".into(), "c".into()], '|'));
    assert_eq!(table.rows, [(3, vec!["1,2".into(), "3".into()])]);
}

#[test]
fn delimiters_are_voted_outside_quotes() {
    for (bytes, delimiter) in [
        (&b"a;b\n1,5;2,5\n"[..], ';'),
        (b"a,b\n1;2,3;4\n", ','),
        (b"a\tb\n1,2;3\t4\n", '\t'),
        (b"a|b\n1|2\n", '|'),
        (b"\"a;b;c\",d\n1,2\n", ','),
        (b"date;heure, minute\n1;2\n3;4\n", ';'),
        (b"seule\n1\n", ';'),
    ] {
        assert_eq!(read(bytes).delimiter, delimiter, "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn delimiters_inside_cells_make_no_title_of_a_header() {
    let table = read(b"profession,version,lecteur\nGALSS | CPS 5.2,1.2,KAP | b\ndentiste | autre,1.3,V2 | x\n");
    assert_eq!((table.delimiter, &*table.header), (',', &["profession", "version", "lecteur"].map(str::to_owned)[..]));
    let table = read(b"a;b;c\nu, v, w, x;y;z\nu, v, w, x;y;z\n");
    assert_eq!((table.delimiter, table.rows.len()), (';', 2));
    // Titles that hold a delimiter each are still titles.
    let table = read(b"Export, du parc, 2026\nService, nord, sud\na;b;c;d\nu;v;w;x\nu;v;w;x\nu;v;w;x\nu;v;w;x\n");
    assert_eq!((table.delimiter, table.header.len()), (';', 4));
}

#[test]
fn files_of_old_macs_end_lines_with_carriage_returns() {
    let table = read(b"a;b\r1;2\r\r3;4");
    assert_eq!(table.rows, [(2, vec!["1".into(), "2".into()]), (4, vec!["3".into(), "4".into()])]);
}

#[test]
fn ragged_rows_are_completed_or_cut() {
    let table = read(b"a;b;c\r\n1\r\n1;2;3;4\r\n1;2\r\n1;2;3\r\n;;\r\n");
    let cells: Vec<_> = table.rows.iter().map(|(_, cells)| cells.join("/")).collect();
    assert_eq!(cells, ["1//", "1/2/3", "1/2/", "1/2/3"]);
    let ragged = ("inventory/ragged-row", 3, Some(1), 2, None);
    assert_eq!(table.findings, [("inventory/hollow-row", 1, None, 6, None), ragged]);
}

#[test]
fn nul_bytes_are_kept_and_said() {
    let table = read(b"a;b\n1;2\nx\0y;\0\n");
    assert_eq!(table.rows[1].1, ["x\0y", "\0"]);
    assert_eq!(table.findings, [("inventory/nul-byte", 2, Some(2), 3, Some(0))]);
    // Cells that differ by a NUL byte have different codes.
    assert_eq!(rows(b"a;b\nx;1\nx\0;1\n\0;1\n;1\n"), [["x", "1"], ["x\0", "1"], ["\0", "1"], ["", "1"]]);
}

#[test]
fn an_unclosed_quote_runs_to_the_end() {
    let table = read(b"a;b\n1;2\n3;\"4\n5;6\r\n");
    assert_eq!(table.rows[1], (3, vec!["3".into(), "4\n5;6\r\n".into()]));
    assert_eq!(table.findings, [("inventory/unclosed-quote", 1, Some(2), 3, None)]);
    assert_eq!(read(b"\n\"a;b\n").findings, [("inventory/unclosed-quote", 1, None, 2, None)]);
}

#[test]
fn the_first_line_that_is_not_ascii_tells_the_encoding() {
    let table = read(b"a;b\n1;2\n\xe9;\xc3\xa9\n");
    assert_eq!(table.encoding, Encoding::Windows1252);
    assert_eq!(table.rows[1].1, ["é", "Ã©"]);
    let table = read(b"a;\xc3\xa9\n\xe9;\xc3\xa9\nx;\x80\n");
    assert_eq!((table.encoding, &table.header[1]), (Encoding::Utf8, &"é".to_owned()));
    assert_eq!(table.rows[0].1, ["é", "é"]);
    assert_eq!(table.rows[1].1, ["x", "€"]);
    assert_eq!(table.findings, [("inventory/encoding", 2, Some(1), 2, Some(0))]);
    assert_eq!(read(b"\xef\xbb\xbfa;b\n\xe9;\n").encoding, Encoding::Utf8);
    assert_eq!(read(b"a;b\n1;2\n").encoding, Encoding::Utf8);
}

#[test]
fn other_formats_are_named() {
    let utf16: Vec<u8> = "profession\tversion\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf32: Vec<u8> = "profession\tversion\r\n".chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    let marked = [b"\xff\xfe", &utf16[..]].concat();
    let member = |name: &str, content: &str| {
        let size = (content.len() as u32).to_le_bytes();
        let head = [&b"PK\x03\x04\x14\0"[..], &[0; 12], &size, &size, &(name.len() as u16).to_le_bytes(), &[0; 2]];
        [&head.concat()[..], name.as_bytes(), content.as_bytes()].concat()
    };
    for (bytes, name) in [
        (&member("[Content_Types].xml", "")[..], "Excel workbook (XLSX)"),
        (&member("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), "ODS"),
        (&member("inventaire.csv", "a;b"), "ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0", "old Excel workbook"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03", "gzip"),
        (b"\x78\x9c\x4b\x4c\x02\0\0", "zlib"),
        (&utf16, "UTF-16"),
        (&marked, "UTF-16"),
        (&utf32, "UTF-32"),
        (b"\xef\xbb\xbf<?xml version=\"1.0\"?><REQUEST/>", "XML"),
        (b"<!DOCTYPE html><table>", "HTML"),
        (b" {\"deviceid\": \"x\"}", "JSON"),
        (b"[\n{\"id\": 1}]", "JSON"),
    ] {
        let refusal = refusal(bytes);
        assert_eq!(refusal.code, "inventory/not-csv", "{name}");
        assert!(refusal.message.en.contains(name), "{} for {name}", refusal.message.en);
        assert!(refusal.help.is_some());
    }
    // Not everything that looks a little like something else is.
    for bytes in [&b"[id];[nom]\n1;2\n"[..], b"x^;y\n1;2\n", b"<5 ans;total\n1;2\n", b"{id};b\n1;2\n"] {
        assert_eq!(rows(bytes), [["1", "2"]]);
    }
}

#[test]
fn ten_megabytes_in_one_cell() {
    let cell = "é;\n".repeat(10 << 18);
    let file = format!("a;b\n1;2\n\"{cell}\";x\n3;4\n");
    let table = read(file.as_bytes());
    assert_eq!(table.rows[1].1[0], cell);
    assert_eq!(table.rows[2], (4 + (10 << 18), vec!["3".into(), "4".into()]));
}

#[test]
fn ten_thousand_columns() {
    let line = |cell: &str| vec![cell; 10_000].join(";");
    let file = format!("{}\n{}\nseule\n\n{}", line("colonne"), line("x"), line("\"y\""));
    let table = read_with(file.as_bytes(), &small(), 2, Mode::Coded).unwrap();
    assert_eq!(table.header.len(), 10_000);
    assert!(table.rows[0].1.iter().all(|cell| cell == "x") && table.rows[2].1.iter().all(|cell| cell == "y"));
    assert_eq!((&*table.rows[1].1[0], &*table.rows[1].1[9_999]), ("seule", ""));
    assert_eq!(table.findings, [("inventory/ragged-row", 1, Some(2), 3, None)]);
}

#[test]
fn a_record_past_the_bound_is_refused_with_its_line() {
    let options = Options { record_bytes: 3000, ..small() };
    let file = format!("a;b\n1;2\n\n3;\"{}\"\n5;6\n", "x\n".repeat(2000));
    for threads in [1, 3] {
        let error = read_with(file.as_bytes(), &options, threads, Mode::Coded).unwrap_err();
        assert_eq!(error.code, "inventory/record-too-long");
        assert!(error.message.en.contains("line 4 "), "{}", error.message.en);
    }
    let header = "x;".repeat(3000);
    let error = read_with(header.as_bytes(), &options, 1, Mode::Coded).unwrap_err();
    assert!(error.message.en.contains("line 1 "), "{}", error.message.en);
}

#[test]
fn a_reader_that_fails_is_an_error() {
    struct Failing(usize);
    impl Read for Failing {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::other("débranché"));
            }
            self.0 -= 1;
            let line = b"1;2\n";
            out[..4].copy_from_slice(line);
            Ok(4)
        }
    }
    for reads in [0, 1, 100_000] {
        let error = read_with(Failing(reads), &Options::default(), 2, Mode::Coded).unwrap_err();
        assert_eq!(error.code, "inventory/unreadable");
    }
}

#[test]
fn a_sink_can_stop_the_reading() {
    struct Stop(u32);
    impl Sink for Stop {
        fn batch(&mut self, _: &Batch<'_>) -> ControlFlow<()> {
            self.0 += 1;
            ControlFlow::Break(())
        }
    }
    let file = format!("a;b\n{}", "1;2\n".repeat(10_000));
    let csv = Csv::open(file.as_bytes(), "essai.csv", &small()).unwrap();
    let mut sinks = [Stop(0)];
    let summary = csv.scan(&[], &small(), &mut sinks).unwrap();
    assert_eq!(summary.digest, None);
    assert_eq!(sinks[0].0, 1);
}

#[test]
fn dictionaries_are_bounded_and_give_up() {
    /// Follows generations and lengths.
    struct Watch(usize, u32);
    impl Sink for Watch {
        fn batch(&mut self, batch: &Batch<'_>) -> ControlFlow<()> {
            let dictionary = &batch.columns[0].dictionary;
            self.0 = self.0.max(dictionary.len());
            self.1 = dictionary.generation;
            assert!(batch.columns[1].dictionary.len() <= 3);
            ControlFlow::Continue(())
        }
    }
    let rows: String = (0..20_000).map(|i| format!("{i};{}\n", i % 3)).collect();
    let file = format!("a;b\n{rows}");
    let options = Options { column_entries: 500, ..small() };
    let csv = Csv::open(file.as_bytes(), "essai.csv", &options).unwrap();
    let mut sinks = [Watch(0, 0)];
    let selection = [0, 1].map(|column| Selected { column, mode: Mode::Coded });
    csv.scan(&selection, &options, &mut sinks).unwrap();
    assert!(sinks[0].0 < 1000, "{} entries", sinks[0].0);
    assert!(sinks[0].1 > 20, "{} generations", sinks[0].1);
    let table = read_with(file.as_bytes(), &options, 2, Mode::Coded).unwrap();
    assert_eq!(table.rows[19_999].1, ["19999", "1"]);
}

#[test]
fn short_neighbouring_columns_keep_their_texts() {
    // Enough rows of few texts for the columns to be coded together, then what upsets that: quotes, cells
    // missing or too many, texts that never come back, dictionaries that are emptied.
    let words = ["oui", "non", "", "\"oui\"", "\"a;b\"", "N/A"];
    let cell = |row: usize, column: usize| match (row, column) {
        (6000.., 1) => row.to_string(),
        (3000.., 2) if row.is_multiple_of(7) => format!("texte {} de plus de trente-deux octets", row / 7),
        _ => words[(row * 31 + row / 5 + column * column * 17) % if column == 4 { 6 } else { 3 }].to_owned(),
    };
    let mut file = String::from("a;b;c;d;e\r\n");
    let mut expected = Vec::new();
    for row in 0..9000 {
        let cells = match row {
            4500..4600 if row % 3 == 0 => 1 + row % 6,
            _ => 5,
        };
        let cells: Vec<String> = (0..cells).map(|column| cell(row, column)).collect();
        if cells == [""] {
            continue;
        }
        file += &(cells.join(";") + "\r\n");
        let text = |column| cells.get(column).map_or("", |cell: &String| cell.trim_matches('"')).to_owned();
        expected.push((0..5).map(text).collect::<Vec<_>>());
    }
    for (threads, column_entries) in [(1, 1 << 16), (2, 1 << 16), (2, 40)] {
        let options = Options { column_entries, ..small() };
        let table = read_with(file.as_bytes(), &options, threads, Mode::Coded).unwrap();
        let rows: Vec<Vec<String>> = table.rows.into_iter().map(|(_, cells)| cells).collect();
        assert!(rows == expected);
    }
}

#[test]
fn pushed_rows_make_the_same_batches() {
    let mut columns = Columns::new(2);
    for i in 0..100 {
        columns.push_row(&["un texte d’une certaine longueur", ["\"oui\"", "non"][i % 2]]);
    }
    columns.push_row(&["seul"]);
    let batch = columns.batch(7);
    assert_eq!((batch.rows, batch.columns[1].dictionary.len()), (101, 3));
    assert_eq!(batch.text(1, 2), "\"oui\"");
    assert_eq!(batch.text(1, 100), "");
    assert_eq!(batch.place(3), Place { block: 7, row: 3 });
    columns.clear();
    assert_eq!(columns.batch(8).rows, 0);
}

/// The definition, character by character: the cells of each record, with the line of its first byte; and how many
/// lines are delimiters alone.
fn naive(text: &str, delimiter: char) -> (Vec<(u64, Vec<String>)>, u64) {
    let chars: Vec<char> = text.chars().collect();
    let (mut records, mut record, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut first_line, mut i) = (1, 1, 0);
    let (mut quoted, mut was_quoted) = (false, false);
    let (mut holds_quotes, mut hollow) = (false, 0);
    loop {
        let c = chars.get(i).copied();
        match c {
            Some('"') if quoted && chars.get(i + 1) == Some(&'"') => {
                cell.push('"');
                i += 1;
            }
            Some('"') if quoted => quoted = false,
            Some(c) if quoted => cell.push(c),
            Some('"') if cell.is_empty() && !was_quoted => (quoted, was_quoted, holds_quotes) = (true, true, true),
            Some(c) if c == delimiter => {
                record.push(std::mem::take(&mut cell));
                was_quoted = false;
            }
            None | Some('\n') => {
                let ends_line = !quoted && (c.is_some() || i > 0 && chars[i - 1] == '\r');
                if ends_line && cell.ends_with('\r') && chars[i - 1] == '\r' {
                    cell.pop();
                }
                if !(record.is_empty() && cell.is_empty() && !was_quoted) {
                    record.push(std::mem::take(&mut cell));
                    let cells = std::mem::take(&mut record);
                    if holds_quotes || cells.iter().any(|cell| !cell.is_empty()) {
                        records.push((first_line, cells));
                    } else {
                        hollow += 1;
                    }
                }
                (first_line, was_quoted, holds_quotes) = (line + 1, false, false);
            }
            Some(c) => cell.push(c),
        }
        if c == Some('\n') {
            line += 1;
        }
        if c.is_none() {
            return (records, hollow);
        }
        i += 1;
    }
}

/// Texts made of what matters to the grammar, with cells of all lengths.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[a-cé]{1,20}",
        6 => Just(";".to_owned()),
        2 => Just("\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just("\r".to_owned()),
        1 => Just("\"".to_owned()),
        1 => "\"[a;\né]{0,40}\"",
        1 => Just("\0".to_owned()),
        1 => Just("a;b;c\n".repeat(40)),
    ];
    prop::collection::vec(piece, 0..200).prop_map(|pieces| format!("h1;h2;h3\n{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn rows_are_those_of_the_definition(text in texts()) {
        let table = read_with(text.as_bytes(), &small(), 1, Mode::Coded).unwrap();
        prop_assume!(table.delimiter == ';');
        let (records, hollow) = naive(&text, ';');
        let mut expected = records;
        expected.remove(0);
        let ragged = expected.iter().filter(|(_, cells)| cells.len() != 3).count() as u64;
        let nul = expected.iter().flat_map(|(_, cells)| cells.iter().take(3)).filter(|cell| cell.contains('\0')).count();
        for (_, cells) in &mut expected {
            cells.resize(3, String::new());
        }
        prop_assert_eq!(&table.rows, &expected);
        let found = |code: &str| table.findings.iter().find(|finding| finding.0 == code).map_or(0, |finding| finding.1);
        prop_assert_eq!(found("inventory/ragged-row"), ragged);
        prop_assert_eq!(found("inventory/nul-byte"), nul as u64);
        prop_assert_eq!(found("inventory/hollow-row"), hollow);
        prop_assert_eq!(table.digest, format!("blake3:{}", blake3::hash(text.as_bytes()).to_hex()));
    }

    #[test]
    fn blocks_threads_and_modes_change_nothing(
        text in texts(), broken in any::<bool>(), threads in 1usize..4, shift in 10u32..13
    ) {
        let mut bytes = text.into_bytes();
        if broken {
            for byte in bytes.iter_mut().filter(|byte| **byte == 0xc3).skip(1).step_by(3) {
                *byte = b'a';
            }
        }
        let whole = read_with(&bytes[..], &Options::default(), 1, Mode::Coded).unwrap();
        let options = Options { block_bytes: 1 << shift, alone: 1, column_entries: 20, total_entries: 40, ..Options::default() };
        for mode in [Mode::Coded, Mode::Raw] {
            prop_assert_eq!(&read_with(&bytes[..], &options, threads, mode).unwrap(), &whole);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let _ = read_with(&bytes[..], &small(), 2, Mode::Coded);
    }
}
