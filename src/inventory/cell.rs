//! The bytes of a cell → its text.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use memchr::memchr;

/// Encoding of a text file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without byte order mark.
    #[default]
    Utf8,
    /// Windows-1252.
    Windows1252,
}

impl Encoding {
    /// Its usual name: `utf-8`, `windows-1252`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Windows1252 => "windows-1252",
        }
    }

    /// The encoding that the first line with a non-ASCII byte tells: UTF-8 when that whole line is.
    pub(super) fn of_first_non_ascii_line(bytes: &[u8], line_end: u8) -> Option<Encoding> {
        const STRIDE: usize = 1024;
        let stride = bytes.chunks(STRIDE).position(|chunk| !chunk.is_ascii())? * STRIDE;
        let at = stride + bytes[stride..].iter().position(|byte| !byte.is_ascii())?;
        let start = memchr::memrchr(line_end, &bytes[..at]).map_or(0, |end| end + 1);
        let end = memchr(line_end, &bytes[at..]).map_or(bytes.len(), |end| at + end);
        Some(match std::str::from_utf8(&bytes[start..end]) {
            Ok(_) => Encoding::Utf8,
            Err(_) => Encoding::Windows1252,
        })
    }
}

/// How bytes spell a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Spelling {
    /// They are the text, in UTF-8.
    #[default]
    Plain,
    /// They are a cell of a CSV file.
    Csv(Encoding),
}

impl Spelling {
    /// The text: unquoted, decoded, not trimmed.
    pub(super) fn text(self, raw: &[u8]) -> Cow<'_, str> {
        match self {
            Spelling::Plain => String::from_utf8_lossy(raw),
            Spelling::Csv(encoding) => match unescape(raw) {
                Cow::Borrowed(bytes) => decode(bytes, encoding),
                Cow::Owned(bytes) => Cow::Owned(decode(&bytes, encoding).into_owned()),
            },
        }
    }

    /// What is odd in the bytes of a cell.
    #[inline]
    pub(super) fn oddity(self, raw: &[u8]) -> Option<Oddity> {
        let Spelling::Csv(encoding) = self else { return None };
        if encoding == Encoding::Utf8 && !is_ascii(raw) && is_not_utf8(raw) {
            return Some(Oddity::Encoding);
        }
        (raw.first() == Some(&b'"') && has_text_after_quotes(raw)).then_some(Oddity::AfterQuotes)
    }
}

/// What may be odd in the bytes of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Oddity {
    /// They are not what the file's encoding allows.
    Encoding,
    /// A text follows the closing quote.
    AfterQuotes,
}

/// Whether anything but spaces follows the closing quote of a cell that starts with one.
fn has_text_after_quotes(raw: &[u8]) -> bool {
    let mut rest = &raw[1..];
    while let Some(quote) = memchr(b'"', rest) {
        rest = &rest[quote + 1..];
        match rest.strip_prefix(b"\"") {
            Some(more) => rest = more,
            None => return !rest.trim_ascii().is_empty(),
        }
    }
    false
}

/// Whether the bytes of a cell are not UTF-8, quoted or not.
#[cold]
fn is_not_utf8(raw: &[u8]) -> bool {
    std::str::from_utf8(raw).is_err() && std::str::from_utf8(&unescape(raw)).is_err()
}

/// As the method of slices, without its cost for short cells.
#[inline]
fn is_ascii(raw: &[u8]) -> bool {
    match (raw.first_chunk::<8>(), raw.last_chunk::<8>()) {
        (Some(first), Some(last)) if raw.len() <= 16 => {
            (u64::from_le_bytes(*first) | u64::from_le_bytes(*last)) & 0x8080_8080_8080_8080 == 0
        }
        _ => raw.is_ascii(),
    }
}

/// The content of a cell: between its quotes, `""` read as `"`, what follows the closing quote kept.
fn unescape(raw: &[u8]) -> Cow<'_, [u8]> {
    let Some(rest) = raw.strip_prefix(b"\"") else { return Cow::Borrowed(raw) };
    match memchr(b'"', rest) {
        None => return Cow::Borrowed(rest),
        Some(quote) if quote + 1 == rest.len() => return Cow::Borrowed(&rest[..quote]),
        Some(_) => {}
    }
    let mut content = Vec::with_capacity(rest.len());
    let mut at = 0;
    while let Some(quote) = memchr(b'"', &rest[at..]).map(|offset| at + offset) {
        content.extend_from_slice(&rest[at..quote]);
        at = quote + 1;
        if rest.get(at) != Some(&b'"') {
            break;
        }
        content.push(b'"');
        at += 1;
    }
    content.extend_from_slice(&rest[at..]);
    Cow::Owned(content)
}

/// Bytes that are not UTF-8 are Windows-1252, which gives every byte a meaning.
fn decode(bytes: &[u8], encoding: Encoding) -> Cow<'_, str> {
    match encoding {
        Encoding::Utf8 => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
        },
        Encoding::Windows1252 => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}
