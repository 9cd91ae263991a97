//! Encodings of one byte a character that a user may state: nothing in a file tells them from Windows-1252.

use std::io::{self, Read};

use encoding_rs::{ISO_8859_15, MACINTOSH, WINDOWS_1252};

use super::machine::CODE_PAGE_850;

/// An encoding that was stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePage {
    /// Windows-1252.
    Windows1252,
    /// ISO-8859-15 (Latin-9).
    Iso8859_15,
    /// Code page 850, of consoles of western Europe.
    Ibm850,
    /// Mac OS Roman, of old Macs.
    Macintosh,
}

impl CodePage {
    /// All of them.
    pub const ALL: [CodePage; 4] = [CodePage::Windows1252, CodePage::Iso8859_15, CodePage::Ibm850, CodePage::Macintosh];

    /// Its usual name: `windows-1252`, `iso-8859-15`, `ibm850`, `macintosh`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            CodePage::Windows1252 => "windows-1252",
            CodePage::Iso8859_15 => "iso-8859-15",
            CodePage::Ibm850 => "ibm850",
            CodePage::Macintosh => "macintosh",
        }
    }

    /// The encoding of a name, which may be one of those that people use.
    #[must_use]
    pub fn named(name: &str) -> Option<CodePage> {
        let key: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        Some(match key.as_str() {
            "windows1252" | "cp1252" | "1252" | "ansi" => CodePage::Windows1252,
            "iso885915" | "latin9" => CodePage::Iso8859_15,
            "ibm850" | "cp850" | "850" | "oem850" => CodePage::Ibm850,
            "macintosh" | "macroman" | "mac" => CodePage::Macintosh,
            _ => return None,
        })
    }

    /// The characters of the bytes from 128 on.
    fn upper(self) -> Vec<char> {
        let bytes: Vec<u8> = (128..=255).collect();
        let encoding = match self {
            CodePage::Windows1252 => WINDOWS_1252,
            CodePage::Iso8859_15 => ISO_8859_15,
            CodePage::Macintosh => MACINTOSH,
            CodePage::Ibm850 => return CODE_PAGE_850.chars().collect(),
        };
        encoding.decode_without_bom_handling(&bytes).0.chars().collect()
    }
}

/// Text of a stated encoding as UTF-8.
pub(super) struct Recoded<R> {
    reader: R,
    upper: Vec<char>,
    text: Vec<u8>,
    given: usize,
}

impl<R: Read> Recoded<R> {
    pub(super) fn new(reader: R, page: CodePage) -> Recoded<R> {
        Recoded { reader, upper: page.upper(), text: Vec::new(), given: 0 }
    }
}

impl<R: Read> Read for Recoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() {
            let mut bytes = [0; 1 << 13];
            let count = self.reader.read(&mut bytes)?;
            self.text.clear();
            self.given = 0;
            for byte in &bytes[..count] {
                match byte.checked_sub(128) {
                    None => self.text.push(*byte),
                    Some(place) => {
                        let c = self.upper.get(usize::from(place)).copied().unwrap_or(char::REPLACEMENT_CHARACTER);
                        self.text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                }
            }
        }
        let count = (&self.text[self.given..]).read(out)?;
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn stated_encodings_are_read() {
        for (page, bytes) in [
            (CodePage::Windows1252, &b"M\xe9diclick \x80"[..]),
            (CodePage::Iso8859_15, b"M\xe9diclick \xa4"),
            (CodePage::Macintosh, b"M\x8ediclick \xdb"),
        ] {
            let mut text = String::new();
            Recoded::new(bytes, page).read_to_string(&mut text).unwrap();
            assert_eq!(text, "Médiclick €");
            assert_eq!(CodePage::named(page.name()), Some(page));
        }
        let mut text = String::new();
        Recoded::new(&b"M\x82diclick"[..], CodePage::Ibm850).read_to_string(&mut text).unwrap();
        assert_eq!(text, "Médiclick");
        assert!(CodePage::ALL.iter().all(|page| page.upper().len() == 128));
    }
}
