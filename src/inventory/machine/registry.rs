//! Exports of the Windows registry (`reg export`): a record a key, with its texts; the path of the key is `@`.

use std::borrow::Cow;

use super::Machine;
use super::gather::Reading;
use crate::diag::Diagnostic;

/// Lines that such a file may start with.
const STARTS: [&str; 2] = ["Windows Registry Editor", "REGEDIT4"];
/// The name of the path of a key among its values: no value has it in quotes.
pub(super) const PATH: &str = "@";

pub(super) fn is_registry(text: &str) -> bool {
    STARTS.iter().any(|start| text.starts_with(start))
}

/// Reads the machine of an export.
pub(super) fn read(text: &str, mut reading: Reading<'_>) -> Result<Vec<Machine>, Box<Diagnostic>> {
    let mut pairs: Vec<(&str, Cow<'_, str>)> = Vec::new();
    let mut first = 1;
    let mut lines = (1u32..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        if let Some(path) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            reading.pairs(&pairs, first)?;
            pairs.clear();
            pairs.push((PATH, Cow::Borrowed(path)));
            first = number;
        } else if let Some((name, value)) = named(line) {
            if let Some(text) = value.strip_prefix('"') {
                pairs.push((name, unescaped(text.strip_suffix('"').unwrap_or(text))));
            } else if let Some(hex) = value.strip_prefix("hex(2):") {
                let mut hex = hex.to_owned();
                while hex.ends_with('\\')
                    && let Some((_, more)) = lines.next()
                {
                    hex.pop();
                    hex.push_str(more.trim());
                }
                pairs.push((name, Cow::Owned(wide(&hex))));
            }
        }
    }
    reading.pairs(&pairs, first)?;
    reading.end()
}

/// `"name"=value`.
fn named(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix('"')?;
    let end = rest.find("\"=")?;
    Some((&rest[..end], &rest[end + 2..]))
}

fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    Cow::Owned(out)
}

/// The text of bytes of UTF-16, written in hexadecimal with commas.
fn wide(hex: &str) -> String {
    let bytes: Vec<u8> = hex.split(',').filter_map(|byte| u8::from_str_radix(byte.trim(), 16).ok()).collect();
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned()
}
