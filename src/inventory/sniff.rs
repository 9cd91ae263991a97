//! What a file is, from its first bytes: some other format, or CSV with which delimiter.

use super::masks::Dialect;
use super::split::{Ends, State};
use super::{canonical, compound};

/// A format recognised and not read, named with its article.
pub(super) struct Format {
    pub(super) fr: &'static str,
    pub(super) en: &'static str,
}

const fn format(fr: &'static str, en: &'static str) -> Format {
    Format { fr, en }
}

static XLSX: Format = format("un classeur Excel (XLSX)", "an Excel workbook (XLSX)");
static XLSB: Format = format("un classeur Excel binaire (XLSB)", "a binary Excel workbook (XLSB)");
static ODS: Format = format("un classeur OpenDocument (ODS)", "an OpenDocument spreadsheet (ODS)");
static ZIP: Format = format("une archive ZIP", "a ZIP archive");
static XLS: Format = format("un ancien classeur Excel (XLS)", "an old Excel workbook (XLS)");
static UTF_16: Format = format("un texte UTF-16 (« texte Unicode »)", "UTF-16 text (“Unicode text”)");
static UTF_32: Format = format("un texte UTF-32", "UTF-32 text");
static XML: Format = format("un document XML", "an XML document");
static HTML: Format = format("une page HTML", "an HTML page");
static JSON: Format = format("un document JSON", "a JSON document");
static ZLIB: Format = format("un flux compressé zlib", "a zlib stream");

/// Formats told by the bytes they start with. The longer of two that start alike comes first.
static MAGIC: &[(&[u8], Format)] = &[
    (b"\x1f\x8b", format("un fichier compressé gzip", "a gzip file")),
    (b"BZh", format("un fichier compressé bzip2", "a bzip2 file")),
    (b"\xfd7zXZ\0", format("un fichier compressé xz", "an xz file")),
    (b"\x28\xb5\x2f\xfd", format("un fichier compressé zstd", "a zstd file")),
    (b"7z\xbc\xaf\x27\x1c", format("une archive 7z", "a 7z archive")),
    (b"%PDF-", format("un document PDF", "a PDF document")),
    (b"PAR1", format("un fichier Parquet", "a Parquet file")),
    (b"SQLite format 3\0", format("une base SQLite", "an SQLite database")),
    (b"\xff\xd8\xff", format("une image JPEG", "a JPEG picture")),
    (b"\x89PNG\r\n", format("une image PNG", "a PNG picture")),
    (b"GIF8", format("une image GIF", "a GIF picture")),
    (b"MZ\x90\0", format("un programme Windows", "a Windows program")),
    (b"\xff\xfe\0\0", format("un texte UTF-32", "UTF-32 text")),
    (b"\0\0\xfe\xff", format("un texte UTF-32", "UTF-32 text")),
    (b"\xff\xfe", format("un texte UTF-16 (« texte Unicode »)", "UTF-16 text (“Unicode text”)")),
    (b"\xfe\xff", format("un texte UTF-16 (« texte Unicode »)", "UTF-16 text (“Unicode text”)")),
];

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Says which format other than CSV the first bytes of a file tell.
pub(super) fn foreign(head: &[u8]) -> Option<&'static Format> {
    if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(format);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Some(archive(head));
    }
    if head.starts_with(compound::MAGIC) {
        return Some(&XLS);
    }
    if is_zlib(head) {
        return Some(&ZLIB);
    }
    wide(head).or_else(|| document(head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head)))
}

/// What an archive is, by the names of its members: what is inside of them may be archives too.
fn archive(head: &[u8]) -> &'static Format {
    const PARTS: [&[u8]; 5] = [b"xl/workbook.", b"xl/worksheets/", b"xl/_rels/", b"xl/styles.", b"xl/sharedStrings."];
    let names: Vec<&[u8]> = members(head).collect();
    let starts = |part: &[u8]| names.iter().any(|name| name.starts_with(part));
    if names.first() == Some(&&b"mimetype"[..]) && memchr::memmem::find(head, b"vnd.oasis.opendocument").is_some() {
        &ODS
    } else if starts(b"xl/workbook.bin") {
        &XLSB
    } else if names.contains(&&b"[Content_Types].xml"[..]) || PARTS.into_iter().any(starts) {
        &XLSX
    } else {
        &ZIP
    }
}

/// Names of the members of an archive, as far as its first bytes tell.
fn members(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0usize;
    std::iter::from_fn(move || {
        let header = head.get(at..)?;
        if !header.starts_with(b"PK\x03\x04") {
            return None;
        }
        let length = |place| compound::u16_at(header, place).map(usize::from);
        let (name, extra) = (length(26)?, length(28)?);
        let packed = compound::u32_at(header, 18)? as usize;
        let body = 30 + name + extra;
        // Written as a stream, its size comes after it: the next header is looked for.
        let streamed = length(6)? & 8 != 0 && packed == 0;
        let skipped = match streamed {
            true => header.get(body..).and_then(|rest| memchr::memmem::find(rest, b"PK\x03\x04")),
            false => Some(packed),
        };
        at = skipped.and_then(|skipped| at.checked_add(body)?.checked_add(skipped)).unwrap_or(usize::MAX);
        header.get(30..30 + name)
    })
}

/// What may be wrapped around a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapping {
    Gzip,
    Zlib,
    /// An archive that is no document of its own.
    Zip,
    Utf16 {
        little: bool,
    },
    Utf32 {
        little: bool,
    },
}

/// Says what is wrapped around a file, from its first bytes.
pub(super) fn wrapping(head: &[u8]) -> Option<Wrapping> {
    let is = |format: &'static Format| foreign(head).is_some_and(|found| std::ptr::eq(found, format));
    match head {
        [0x1f, 0x8b, 8, ..] => Some(Wrapping::Gzip),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => is(&ZIP).then_some(Wrapping::Zip),
        [0xff, 0xfe, 0, 0, ..] => Some(Wrapping::Utf32 { little: true }),
        [0, 0, 0xfe, 0xff, ..] => Some(Wrapping::Utf32 { little: false }),
        [0xff, 0xfe, ..] => Some(Wrapping::Utf16 { little: true }),
        [0xfe, 0xff, ..] => Some(Wrapping::Utf16 { little: false }),
        _ if is_zlib(head) => Some(Wrapping::Zlib),
        [first, ..] if is(&UTF_32) => Some(Wrapping::Utf32 { little: *first != 0 }),
        [first, ..] => is(&UTF_16).then_some(Wrapping::Utf16 { little: *first != 0 }),
        [] => None,
    }
}

/// A format that is read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Document {
    Json,
    Xlsx,
    Xls,
    Ods,
    /// The canonical XML.
    Canonical,
}

/// Says which document a file is, if any.
pub(super) fn document_of(head: &[u8]) -> Option<Document> {
    let format = foreign(head)?;
    if std::ptr::eq(format, &JSON) {
        Some(Document::Json)
    } else if std::ptr::eq(format, &XML) {
        canonical::is_canonical(head).then_some(Document::Canonical)
    } else if std::ptr::eq(format, &ODS) {
        Some(Document::Ods)
    } else if std::ptr::eq(format, &XLS) {
        Some(Document::Xls)
    } else {
        std::ptr::eq(format, &XLSX).then_some(Document::Xlsx)
    }
}

/// Whether a file is a text whose first bytes do not say in which encoding.
pub(super) fn is_unmarked_text(head: &[u8]) -> bool {
    !head.starts_with(BYTE_ORDER_MARK)
        && foreign(head).is_none_or(|format| [&XML, &JSON].iter().any(|known| std::ptr::eq(*known, format)))
}

/// Says which kind of list of the components of a release a text is, if any.
pub(super) fn manifest(head: &[u8]) -> Option<&'static str> {
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head).trim_ascii_start();
    let near = &text[..text.len().min(4096)];
    let holds = |part: &[u8]| memchr::memmem::find(near, part).is_some();
    let json = text.starts_with(b"{");
    if (json && holds(b"\"bomFormat\"") && holds(b"CycloneDX"))
        || (text.starts_with(b"<") && holds(b"<bom") && holds(b"cyclonedx.org/schema/bom"))
    {
        return Some("CycloneDX");
    }
    let spdx = text.starts_with(b"SPDXVersion:")
        || (json && (holds(b"\"spdxVersion\"") || (holds(b"spdx.org/rdf") && holds(b"\"@graph\""))));
    spdx.then_some("SPDX")
}

/// A header of zlib, whose two bytes could also be text: then control bytes follow soon.
fn is_zlib(head: &[u8]) -> bool {
    let [first, second, ..] = *head else { return false };
    first == 0x78
        && (u32::from(first) * 256 + u32::from(second)).is_multiple_of(31)
        && head.iter().take(64).any(|byte| *byte < b'\t' || (0x0e..0x20).contains(byte))
}

/// Text of two or four bytes a character, told by its NUL bytes.
fn wide(head: &[u8]) -> Option<&'static Format> {
    let head = &head[..head.len().min(512) & !3];
    let mut nul = [0; 4];
    for word in head.as_chunks::<4>().0 {
        for (count, byte) in nul.iter_mut().zip(word) {
            *count += usize::from(*byte == 0);
        }
    }
    // ASCII characters, most of them: NUL at nearly all places of one kind and at few of the other.
    let words = head.len() / 4;
    let (most, few) = (|count: usize| count * 10 > words * 7, |count: usize| count * 10 < words);
    let [a, b, c, d] = nul;
    if words < 2 {
        None
    } else if (most(b) && most(c) && most(d) && few(a)) || (most(a) && most(b) && most(c) && few(d)) {
        Some(&UTF_32)
    } else if (most(a) && most(c) && few(b) && few(d)) || (most(b) && most(d) && few(a) && few(c)) {
        Some(&UTF_16)
    } else {
        None
    }
}

fn document(text: &[u8]) -> Option<&'static Format> {
    let text = text.trim_ascii_start();
    let then = |bytes: &[u8]| bytes.trim_ascii_start().first().copied();
    match text {
        [b'<', rest @ ..] => {
            let start = rest.get(..13).unwrap_or(rest).to_ascii_lowercase();
            if start.starts_with(b"!doctype html") || start.starts_with(b"html") || start.starts_with(b"table") {
                Some(&HTML)
            } else if matches!(rest.first(), Some(b'?' | b'!' | b'_' | b'a'..=b'z' | b'A'..=b'Z')) {
                Some(&XML)
            } else {
                None
            }
        }
        [b'{', rest @ ..] if matches!(then(rest), Some(b'"' | b'}')) => Some(&JSON),
        [b'[', rest @ ..] if matches!(then(rest), Some(b'{' | b'[' | b'"' | b']')) => Some(&JSON),
        _ => None,
    }
}

/// How a CSV file is written.
pub(super) struct Sniffed {
    pub(super) dialect: Dialect,
    /// After the byte order mark and the `sep=` line.
    pub(super) start: usize,
    /// Whether there is a byte order mark.
    pub(super) marked: bool,
    /// Lines of titles before `start`.
    pub(super) titles: u64,
}

/// Delimiters, the likeliest first.
const DELIMITERS: [u8; 4] = *b";,\t|";
const LINES_LOOKED_AT: usize = 50;

/// Finds delimiter and line end.
///
/// `header_row` is the line of the header, from 1, when it was given.
pub(super) fn csv(head: &[u8], header_row: Option<u32>) -> Sniffed {
    let marked = head.starts_with(BYTE_ORDER_MARK);
    let mut start = if marked { BYTE_ORDER_MARK.len() } else { 0 };
    // Carriage returns alone end lines only where there is no line feed at all.
    let line_end =
        if memchr::memchr(b'\n', head).is_none() && memchr::memchr(b'\r', head).is_some() { b'\r' } else { b'\n' };
    let mut declared = None;
    if let Some((delimiter, len)) = separator_line(&head[start..], line_end) {
        declared = Some(delimiter);
        start += len;
    }
    // What PowerShell says of the objects that it exports.
    if head[start..].starts_with(b"#TYPE ") {
        start += memchr::memchr(line_end, &head[start..]).map_or(0, |end| end + 1);
    }
    let mut titles = 0;
    if let Some(row) = header_row {
        let ends = memchr::memchr_iter(line_end, head).map(|end| end + 1);
        let at = (row as usize).checked_sub(2).map_or(Some(start), |before| ends.clone().nth(before));
        let at = at.unwrap_or(head.len()).max(start);
        titles = ends.filter(|end| (start + 1..=at).contains(end)).count() as u64;
        start = at;
    }
    if header_row.is_none()
        && let Some((len, lines)) = report_boxes(&head[start..], line_end)
    {
        start += len;
        titles += lines;
    }
    let delimiter = declared.unwrap_or_else(|| vote(&head[start..], line_end));
    let mut dialect = Dialect { delimiter, line_end };
    if header_row.is_none()
        && let Some(found) = titles_above(&head[start..], dialect, declared.is_some())
    {
        dialect.delimiter = found.delimiter;
        titles += found.lines;
        start += found.len;
    }
    Sniffed { dialect, start, marked, titles }
}

/// What a report writes above its table: a line that names its text boxes (`textbox6,textbox12`), what they hold, a blank
/// line. Its length, and how many lines say something.
fn report_boxes(text: &[u8], line_end: u8) -> Option<(usize, u64)> {
    let mut at = 0;
    let mut said = 0;
    while let Some(end) = memchr::memchr(line_end, &text[at..]) {
        let line = text[at..at + end].trim_ascii();
        at += end + 1;
        if line.is_empty() {
            return (said > 0).then_some((at, said));
        }
        let is_box = |cell: &[u8]| {
            let cell = cell.trim_ascii().to_ascii_lowercase();
            cell.strip_prefix(b"textbox").is_some_and(|n| !n.is_empty() && n.iter().all(u8::is_ascii_digit))
        };
        if said == 0 && !line.split(|byte| DELIMITERS.contains(byte)).all(is_box) {
            return None;
        }
        said += 1;
    }
    None
}

/// Lines above a header.
struct Titles {
    delimiter: u8,
    lines: u64,
    len: usize,
}

/// The lines above the header, when the first record is no header: it names less than half of the columns, and further
/// down two records that follow each other have three cells or more, as many, the first of them without a blank or a
/// number; nothing above has more than two texts.
fn titles_above(text: &[u8], dialect: Dialect, declared: bool) -> Option<Titles> {
    let voted = dialect.delimiter;
    let mut best: Option<(usize, Titles)> = None;
    for delimiter in DELIMITERS.into_iter().filter(|other| !declared || *other == voted) {
        let dialect = Dialect { delimiter, ..dialect };
        // Where each starts, its cells, how many say something, whether one is a number.
        let mut records: Vec<(usize, usize, usize, bool)> = Vec::new();
        let mut at = 0;
        while records.len() < LINES_LOOKED_AT
            && let Some(len) = first_record(&text[at..], dialect)
        {
            let cells = cells(&text[at..at + len], dialect);
            let said = cells.iter().filter(|cell| !cell.trim_ascii().is_empty()).count();
            let number = |cell: &&[u8]| cell.len() > 3 && cell.iter().all(u8::is_ascii_digit);
            records.push((at, cells.len(), said, cells.iter().any(number)));
            at += len;
        }
        let is_header = |pair: &[(usize, usize, usize, bool)]| {
            let [(_, cells, said, number), (_, next, some, _)] = *pair else { return false };
            cells >= 3 && said == cells && !number && next == cells && some > 0
        };
        let (Some((_, _, first, _)), Some(header)) = (records.first(), records.windows(2).position(is_header)) else {
            continue;
        };
        let (len, cells, ..) = records[header];
        let alike = records.iter().filter(|(_, other, ..)| *other == cells).count();
        if header == 0 && delimiter == voted && alike * 2 > records.len() {
            return None;
        }
        let titles = records[..header].iter().filter(|(_, _, said, _)| *said > 0);
        // A first line that names half of the columns is rather a header with holes.
        if header > 0 && (*first * 2 > cells || titles.clone().any(|(_, _, said, _)| *said > 2)) {
            continue;
        }
        if best.as_ref().is_none_or(|(most, _)| cells > *most) {
            best = Some((cells, Titles { delimiter, lines: titles.count() as u64, len }));
        }
    }
    // A first record that is a header of more cells has nothing above it.
    best.map(|(_, titles)| titles).filter(|titles| titles.len > 0)
}

/// `sep=;` on a line of its own, perhaps in quotes: the delimiter, and the length of the line.
fn separator_line(text: &[u8], line_end: u8) -> Option<(u8, usize)> {
    let len = memchr::memchr(line_end, text).map_or(text.len(), |end| end + 1);
    let line = text[..len].strip_suffix(&[line_end]).unwrap_or(&text[..len]);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [s, e, p, b'=', delimiter] if [s, e, p].map(u8::to_ascii_lowercase) == *b"sep" => {
            (delimiter.is_ascii() && !b"\"\r\n\0".contains(delimiter)).then_some((*delimiter, len))
        }
        _ => None,
    }
}

/// The delimiter under which most of the first lines have as many cells as the first one; then the
/// one that gives most cells.
fn vote(text: &[u8], line_end: u8) -> u8 {
    let score = |delimiter: u8| {
        let mut records = record_cells(text, Dialect { delimiter, line_end });
        match records.next() {
            Some(cells) if cells > 1 => (1 + records.filter(|other| *other == cells).count(), cells),
            _ => (0, 0),
        }
    };
    let mut best = (DELIMITERS[0], (0, 0));
    for delimiter in DELIMITERS {
        let score = score(delimiter);
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

/// Numbers of cells of the first records, blank lines left out. The last one may be cut.
fn record_cells(text: &[u8], dialect: Dialect) -> impl Iterator<Item = usize> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while let [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] = rest {
            rest = after;
        }
        if rest.is_empty() {
            return None;
        }
        let len = first_record(rest, dialect).unwrap_or(rest.len());
        let cells = cells(&rest[..len], dialect).len();
        rest = &rest[len..];
        Some(cells)
    })
    .take(LINES_LOOKED_AT)
}

/// Length of the first record, line end included; `None` when it does not end.
pub(super) fn first_record(text: &[u8], dialect: Dialect) -> Option<usize> {
    let mut state = State::MayOpen;
    for (i, byte) in text.iter().enumerate() {
        let (next, ends) = state.step(*byte, dialect);
        if ends == Ends::Record {
            return Some(i + 1);
        }
        state = next;
    }
    None
}

/// The raw cells of one record, with or without its line end.
pub(super) fn cells(record: &[u8], dialect: Dialect) -> Vec<&[u8]> {
    let mut cells = Vec::new();
    let mut state = State::MayOpen;
    let mut start = 0;
    for (i, byte) in record.iter().enumerate() {
        let (next, ends) = state.step(*byte, dialect);
        state = next;
        match ends {
            Ends::Nothing => {}
            Ends::Cell => {
                cells.push(&record[start..i]);
                start = i + 1;
            }
            Ends::Record => {
                cells.push(strip(&record[start..i], dialect));
                return cells;
            }
        }
    }
    let last = &record[start..];
    cells.push(if state == State::Inside { last } else { strip(last, dialect) });
    cells
}

/// Without the carriage return of a line end.
fn strip(cell: &[u8], dialect: Dialect) -> &[u8] {
    if dialect.strips_carriage_return() { cell.strip_suffix(b"\r").unwrap_or(cell) } else { cell }
}
