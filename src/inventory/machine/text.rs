//! Bytes of a document → its text, and what is said of documents that cannot be read.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::diag::{Diagnostic, Text};
use crate::text;

/// A decoded text.
pub(super) struct Decoded<'b> {
    pub(super) text: Cow<'b, str>,
    /// Usual name of the encoding, in lower case.
    pub(super) encoding: &'static str,
}

/// Decodes by the byte order mark, else as UTF-8, else as an XML declaration says, else as Windows-1252. A
/// character cut at the end of `bytes` does no harm.
pub(super) fn decode(bytes: &[u8]) -> Decoded<'_> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes)
        && encoding != UTF_8
    {
        return decoded(encoding, bytes);
    }
    if let [first, 0, third, 0, ..] = bytes
        && *first != 0
        && *third != 0
    {
        return decoded(UTF_16LE, bytes);
    }
    if let [0, second, 0, fourth, ..] = bytes
        && *second != 0
        && *fourth != 0
    {
        return decoded(UTF_16BE, bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => utf_8(Cow::Borrowed(text)),
        Err(error) if error.error_len().is_none() => utf_8(String::from_utf8_lossy(&bytes[..error.valid_up_to()])),
        Err(_) => decoded(declared(bytes).filter(|encoding| *encoding != UTF_8).unwrap_or(WINDOWS_1252), bytes),
    }
}

fn utf_8(text: Cow<'_, str>) -> Decoded<'_> {
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Cow::Owned(text) => Cow::Owned(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned)),
    };
    Decoded { text, encoding: "utf-8" }
}

fn decoded<'b>(encoding: &'static Encoding, bytes: &'b [u8]) -> Decoded<'b> {
    let name = match encoding.name() {
        "windows-1252" => "windows-1252",
        "UTF-16LE" | "UTF-16BE" => "utf-16",
        "ISO-8859-15" => "iso-8859-15",
        other => other,
    };
    Decoded { text: encoding.decode_with_bom_removal(bytes).0, encoding: name }
}

/// The encoding that an XML declaration names.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(200)];
    let declaration = &head[..memchr::memmem::find(head, b"?>")?];
    let at = memchr::memmem::find(declaration, b"encoding")?;
    let value = declaration[at..].split(|byte| matches!(byte, b'"' | b'\'')).nth(1)?;
    Encoding::for_label(value)
}

/// The upper half of code page 850, in which consoles of western Europe write.
pub(in crate::inventory) const CODE_PAGE_850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// The text that a console wrote.
pub(super) fn console(bytes: &[u8]) -> String {
    let upper: Vec<char> = CODE_PAGE_850.chars().collect();
    let char = |byte: &u8| match byte.checked_sub(128) {
        Some(index) => upper.get(usize::from(index)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        None => char::from(*byte),
    };
    bytes.iter().map(char).collect()
}

/// The line of a place in a text, from 1.
pub(super) fn line_at(text: &str, at: usize) -> u32 {
    1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..at.min(text.len())]).count() as u32
}

fn fault(code: &'static str, message: Text, help: Text) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(code, message).help(help))
}

pub(super) fn not_a_machine(name: &str) -> Box<Diagnostic> {
    fault(
        "inventory/unknown-document",
        text!("`{name}` n'est pas un inventaire de machine connu", "`{name}` is not a machine inventory that is known"),
        text!(
            "l'exporter en CSV, ou joindre l'export brut de l'agent",
            "export it as CSV, or give the agent's own file"
        ),
    )
}

pub(super) fn refused(name: &str, why: &Text) -> Box<Diagnostic> {
    let (fr, en) = (&why.fr, &why.en);
    fault(
        "inventory/not-auditable",
        text!("`{name}` : {fr}", "`{name}`: {en}"),
        text!("donner l'inventaire brut de l'agent", "give the agent's own inventory"),
    )
}

pub(super) fn malformed(name: &str, line: u32, form: &str) -> Box<Diagnostic> {
    fault(
        "inventory/corrupt",
        text!("`{name}` : {form} mal formé (ligne {line})", "`{name}`: malformed {form} (line {line})"),
        text!("refaire la copie ou l'export", "copy or export it again"),
    )
}

pub(super) fn truncated(name: &str, line: u32, form: &str) -> Box<Diagnostic> {
    fault(
        "inventory/truncated",
        text!(
            "`{name}` : le document {form} s'arrête avant sa fin (ligne {line})",
            "`{name}`: the {form} document stops before its end (line {line})"
        ),
        text!("refaire la copie ou l'export", "copy or export it again"),
    )
}

pub(super) fn unsafe_xml(name: &str, line: u32) -> Box<Diagnostic> {
    fault(
        "inventory/unsafe-xml",
        text!(
            "`{name}` : DOCTYPE ou entité étrangère (ligne {line})",
            "`{name}`: DOCTYPE or foreign entity (line {line})"
        ),
        text!(
            "aucun agent n'en écrit : vérifier d'où vient le fichier",
            "no agent writes any: check where the file comes from"
        ),
    )
}

pub(super) fn too_deep(name: &str, line: u32, depth: usize) -> Box<Diagnostic> {
    fault(
        "inventory/too-deep",
        text!(
            "`{name}` : plus de {depth} niveaux imbriqués (ligne {line})",
            "`{name}`: more than {depth} nested levels (line {line})"
        ),
        text!(
            "aucun agent n'en écrit autant : vérifier d'où vient le fichier, ou relever la borne : `--max-depth`",
            "no agent writes that many: check where the file comes from, or raise the bound: `--max-depth`"
        ),
    )
}

/// More records than allowed; `option` raises the bound.
pub(super) fn too_many(name: &str, line: u32, most: usize, option: &str) -> Box<Diagnostic> {
    let message = text!(
        "`{name}` : plus de {most} éléments dans une section (ligne {line})",
        "`{name}`: more than {most} records in a section (line {line})"
    );
    let help = text!(
        "c'est rare : vérifier d'où vient le fichier, ou relever la borne : `{option}`",
        "that is rare: check where the file comes from, or raise the bound: `{option}`"
    );
    fault("inventory/too-many", message, help)
}
