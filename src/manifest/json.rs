//! JSON, with the place of everything, in the terms in which TOML is read.
//!
//! A key given twice is a fault, as is anything that RFC 8259 does not have; depth and lengths are bounded. `null`
//! says nothing: the key is as good as absent.

use super::limits::{MAX_DEPTH, MAX_TEXT, MAX_VALUES, too_deep, too_long, too_many};
use crate::diag::{Diagnostic, Document, Span, Text, visible};
use crate::text;
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// The root of a JSON document; `None` with faults when it is not one.
pub(super) fn parse<'i>(doc: &mut Document, text: &'i str) -> Option<Spanned<DeValue<'i>>> {
    // A byte order mark is no part of the text; places count it all the same.
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { text, at, depth: 0, values: 0, doc };
    let start = reader.blanks();
    let value = reader.value()?;
    let end = reader.blanks();
    if end < text.len() {
        return reader.fault(end..end + 1, text!("le document est déjà fini", "the document has already ended"));
    }
    value.or_else(|| reader.fault(start..end, text!("`null` ne dit rien", "`null` says nothing")))
}

struct Reader<'i, 'd> {
    text: &'i str,
    at: usize,
    depth: usize,
    values: usize,
    doc: &'d mut Document,
}

/// A value, `None` for `null`; the outer `None`: a fault, nothing more can be read.
type Read<'i> = Option<Option<Spanned<DeValue<'i>>>>;

impl<'i> Reader<'i, '_> {
    fn fault<T>(&mut self, span: Span, label: Text) -> Option<T> {
        let message = text!("ce fichier n'est pas du JSON valide", "this file is not valid JSON");
        // Spans end on characters.
        let end = (span.end.min(self.text.len())..=self.text.len()).find(|at| self.text.is_char_boundary(*at));
        let span = visible(self.text, span.start.min(self.text.len())..end.unwrap_or(self.text.len()));
        self.doc.fault(Diagnostic::error("json/syntax", message), span, label);
        None
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) -> usize {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.at
    }

    fn value(&mut self) -> Read<'i> {
        let start = self.at;
        self.values += 1;
        if self.values > MAX_VALUES {
            too_many(self.doc, visible(self.text, start..start));
            return None;
        }
        let value = match self.peek() {
            Some(b'{') => self.deeper(Reader::table)?,
            Some(b'[') => self.deeper(Reader::array)?,
            Some(b'"') => DeValue::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't' | b'f' | b'n') => match self.word()? {
                Some(value) => value,
                None => return Some(None),
            },
            _ => return self.fault(start..start + 1, text!("une valeur est attendue ici", "a value is expected here")),
        };
        Some(Some(Spanned::new(start..self.at, value)))
    }

    fn deeper(&mut self, read: fn(&mut Self) -> Option<DeValue<'i>>) -> Option<DeValue<'i>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            too_deep(self.doc, self.at..self.at + 1);
            return None;
        }
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn table(&mut self) -> Option<DeValue<'i>> {
        let mut table = DeTable::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Some(DeValue::Table(table));
        }
        loop {
            let start = self.blanks();
            if self.peek() != Some(b'"') {
                return self.fault(
                    start..start + 1,
                    text!("une clé entre guillemets est attendue ici", "a key in quotes is expected here"),
                );
            }
            let key = self.string()?;
            let span = start..self.at;
            self.blanks();
            self.expect(b':', text!("`:` est attendu ici", "`:` is expected here"))?;
            self.blanks();
            let value = self.value()?;
            let key = Spanned::new(span.clone(), key);
            if let Some((first, _)) = table.get_key_value(&key) {
                let (name, first) = (key.get_ref(), first.span());
                let mut fault = Diagnostic::error(
                    "json/duplicate-key",
                    text!("clé `{name}` donnée deux fois", "key `{name}` given twice"),
                );
                let source = self.doc.source();
                fault.labels.clear();
                self.doc.faults.push(fault.at(&source, span, text!("donnée ici encore", "given here again")).at(
                    &source,
                    first,
                    text!("donnée ici d'abord", "first given here"),
                ));
            } else if let Some(value) = value {
                table.insert(key, value);
            }
            if !self.next_of(b'}')? {
                return Some(DeValue::Table(table));
            }
        }
    }

    fn array(&mut self) -> Option<DeValue<'i>> {
        let mut array = DeArray::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Some(DeValue::Array(array));
        }
        loop {
            self.blanks();
            if let Some(value) = self.value()? {
                array.push(value);
            }
            if !self.next_of(b']')? {
                return Some(DeValue::Array(array));
            }
        }
    }

    /// Whether another item follows, or the end.
    fn next_of(&mut self, end: u8) -> Option<bool> {
        let at = self.blanks();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Some(true)
            }
            Some(byte) if byte == end => {
                self.at += 1;
                Some(false)
            }
            _ => {
                let end = char::from(end);
                self.fault(at..at + 1, text!("`,` ou `{end}` est attendu ici", "`,` or `{end}` is expected here"))
            }
        }
    }

    fn expect(&mut self, byte: u8, label: Text) -> Option<()> {
        if self.peek() != Some(byte) {
            return self.fault(self.at..self.at + 1, label);
        }
        self.at += 1;
        Some(())
    }

    fn word(&mut self) -> Option<Option<DeValue<'i>>> {
        let rest = &self.text[self.at..];
        let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let value = match &rest[..length] {
            "true" => Some(DeValue::Boolean(true)),
            "false" => Some(DeValue::Boolean(false)),
            "null" => None,
            _ => {
                return self.fault(
                    self.at..self.at + length,
                    text!(
                        "ni `true`, ni `false`, ni `null`, ni un texte entre guillemets",
                        "neither `true`, `false`, `null` nor a text in quotes"
                    ),
                );
            }
        };
        self.at += length;
        Some(value)
    }

    fn number(&mut self) -> Option<DeValue<'i>> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let digits = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        let mut at = if bytes[start] == b'-' { start + 1 } else { start };
        let whole = at;
        at = digits(at);
        let mut sound = at > whole && (at == whole + 1 || bytes[whole] != b'0');
        if bytes.get(at) == Some(&b'.') {
            let from = at + 1;
            at = digits(from);
            sound &= at > from;
        }
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            let from = if matches!(bytes.get(at + 1), Some(b'+' | b'-')) { at + 2 } else { at + 1 };
            at = digits(from);
            sound &= at > from;
        }
        self.at = at;
        // What JSON calls a number, TOML does too.
        match DeValue::parse(&self.text[start..at]) {
            Ok(value) if sound && at - start <= 40 => Some(value.into_inner()),
            _ => self.fault(start..at, text!("nombre mal formé", "malformed number")),
        }
    }

    fn string(&mut self) -> Option<Cow<'i, str>> {
        let start = self.at;
        self.at += 1;
        let from = self.at;
        let mut owned: Option<String> = None;
        loop {
            let run = self.text.as_bytes()[self.at..].iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            let Some(run) = run else {
                return self.fault(start..start + 1, text!("ce texte n'est pas fermé", "this text is not closed"));
            };
            let plain = &self.text[self.at..self.at + run];
            self.at += run;
            if self.at - from > MAX_TEXT {
                too_long(self.doc, start..start + 1);
                return None;
            }
            if let Some(text) = &mut owned {
                text.push_str(plain);
            }
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Some(owned.map_or(Cow::Borrowed(&self.text[from..self.at - 1]), Cow::Owned));
                }
                Some(b'\\') => {
                    let mut text = owned.take().unwrap_or_else(|| self.text[from..self.at].to_owned());
                    text.push(self.escape()?);
                    owned = Some(text);
                }
                _ => {
                    return self.fault(
                        self.at..self.at + 1,
                        text!(
                            "caractère de contrôle dans un texte : l'écrire `\\n`, `\\t` …",
                            "control character in a text: write it `\\n`, `\\t` …"
                        ),
                    );
                }
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let start = self.at;
        let plain = match self.text.as_bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.unit(start + 2);
                self.at = start + 6;
                let code = match first {
                    Some(high @ 0xD800..=0xDBFF) if self.text.as_bytes().get(self.at..self.at + 2) == Some(b"\\u") => {
                        let low = self.unit(self.at + 2).filter(|low| (0xDC00..=0xDFFF).contains(low));
                        self.at += 6;
                        low.map(|low| 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
                    }
                    other => other,
                };
                return match code.and_then(char::from_u32) {
                    Some(c) => Some(c),
                    None => {
                        self.fault(start..start + 2, text!("`\\u` sans son caractère", "`\\u` without its character"))
                    }
                };
            }
            _ => return self.fault(start..start + 2, text!("échappement inconnu", "unknown escape")),
        };
        self.at += 2;
        Some(plain)
    }

    fn unit(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    }
}

/// The JSON pointer (RFC 6901) of the value or key that holds a place of a valid document.
pub(super) fn pointer(text: &str, place: usize) -> String {
    let mut path: Vec<Step<'_>> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at <= place && at < bytes.len() {
        match bytes[at] {
            b'{' => path.push(Step::Key(None)),
            b'[' => path.push(Step::Item(0)),
            b'}' | b']' => {
                // The end of a table or list is still of it.
                if at == place {
                    break;
                }
                path.pop();
            }
            b',' => match path.last_mut() {
                Some(Step::Item(index)) => *index += 1,
                Some(Step::Key(key)) => *key = None,
                None => {}
            },
            b'"' => {
                let end = end_of_string(bytes, at);
                if let Some(Step::Key(key @ None)) = path.last_mut() {
                    *key = text.get(at..=end);
                }
                at = end;
            }
            _ => {}
        }
        // An opening bracket at the place itself is the value, not its first item.
        if at == place && matches!(bytes[at], b'{' | b'[') {
            path.pop();
        }
        at += 1;
    }
    path.iter().fold(String::new(), |pointer, step| match step {
        Step::Key(None) => pointer,
        Step::Key(Some(quoted)) => {
            // Pointers hold keys as they mean, not as they are escaped.
            let key = serde_json::from_str(quoted).unwrap_or_else(|_| quoted.trim_matches('"').to_owned());
            pointer + "/" + &key.replace('~', "~0").replace('/', "~1")
        }
        Step::Item(index) => pointer + "/" + &index.to_string(),
    })
}

enum Step<'t> {
    /// As it is written, with its quotes; none yet.
    Key(Option<&'t str>),
    Item(usize),
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn read(text: &str) -> (Option<String>, Vec<String>) {
        let mut doc = Document::new("essai.json", text);
        let value = parse(&mut doc, text);
        (value.map(|value| format!("{:?}", value.get_ref())), doc.faults.iter().map(|f| f.code.to_owned()).collect())
    }

    #[test]
    fn accepts_what_a_known_reader_accepts() {
        for text in [
            "{}",
            "[]",
            " [1, -2.5e3, 0] ",
            r#"{"a":{"b":[true,false,"x\n\u00e9\ud83d\ude00"]}}"#,
            "\"é\"",
            "1",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\"}",
            "01",
            "1.",
            "+1",
            "-",
            "tru",
            "\"a",
            "\"\u{1}\"",
            r#""\x""#,
            r#""\ud800""#,
            r#""\u12""#,
            "1 2",
            "",
            "nul",
            "{a:1}",
            "'a'",
            "[1 2]",
        ] {
            let known = serde_json::from_str::<serde_json::Value>(text).is_ok();
            let (value, faults) = read(text);
            assert_eq!(value.is_some() && faults.is_empty(), known, "{text} {faults:?}");
        }
    }

    #[test]
    fn duplicate_keys_are_all_told() {
        let (_, faults) = read(r#"{"a": 1, "b": {"c": 1, "c": null}, "\u0061": 2}"#);
        assert_eq!(faults, ["json/duplicate-key", "json/duplicate-key"]);
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(read(&"[".repeat(100_000)).1, ["manifest/too-deep"]);
        assert_eq!(read(&r#"{"a":"#.repeat(100_000)).1, ["manifest/too-deep"]);
    }

    #[test]
    fn values_are_bounded() {
        let many = format!("[{}1]", "1,".repeat(MAX_VALUES));
        assert_eq!(read(&many).1, ["manifest/too-many"]);
    }

    #[test]
    fn pointers_name_the_place() {
        let text = r#"{"a": 1, "b/c": [10, {"d": "x,]"}, 30], "e": {}}"#;
        for (needle, expected) in [
            ("1,", "/a"),
            ("10", "/b~1c/0"),
            ("\"x", "/b~1c/1/d"),
            ("30", "/b~1c/2"),
            ("{}", "/e"),
            ("\"d\"", "/b~1c/1/d"),
            ("[", "/b~1c"),
        ] {
            assert_eq!(pointer(text, text.find(needle).unwrap()), expected, "{needle}");
        }
        assert_eq!(pointer(text, 0), "");
        let escaped = r#"{"p\u0061lier": 1, "x\"y/z~": {"": 2}}"#;
        for (needle, expected) in [("1", "/palier"), ("2", "/x\"y~1z~0/")] {
            assert_eq!(pointer(escaped, escaped.find(&format!(" {needle}")).unwrap() + 1), expected);
        }
    }
}
