//! Workbooks and archives whose parts are any bytes: no panic, bounded memory; every cell can be read.
#![no_main]

use std::io::{Cursor, Write};

use libfuzzer_sys::fuzz_target;
use zip::write::{SimpleFileOptions, ZipWriter};

const TYPES: &[u8] = br#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
const BOOK: &[u8] = br#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const RELATIONS: &[u8] = br#"<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

fn zipped(parts: &[(&str, &[u8])]) -> Option<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).ok()?;
        zip.write_all(bytes).ok()?;
    }
    zip.finish().ok().map(Cursor::into_inner)
}

fuzz_target!(|bytes: &[u8]| {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    // A zero byte cuts what goes into several parts.
    let mut cut = rest.split(|byte| *byte == 0);
    let mut part = || cut.next().unwrap_or_default();
    let file = match first % 3 {
        0 => zipped(&[
            ("[Content_Types].xml", TYPES),
            ("xl/workbook.xml", BOOK),
            ("xl/_rels/workbook.xml.rels", RELATIONS),
            ("xl/worksheets/sheet1.xml", part()),
            ("xl/sharedStrings.xml", part()),
            ("xl/styles.xml", part()),
        ]),
        1 => zipped(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", rest)]),
        _ => zipped(&[("a.xml", part()), ("b/c.json", part()), ("d.csv", part())]),
    };
    if let Some(file) = file {
        vigie_fuzz::scan(&file);
    }
});
