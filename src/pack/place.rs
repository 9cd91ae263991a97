//! Where a byte of a TOML string's value stands in its file.
//!
//! Faults of a condition are found in its text; the reader of the message looks at the file, where the
//! text is between quotes, perhaps with escapes, perhaps on several lines.

use crate::diag::Span;

/// The place in the file of each byte of a string's value.
pub(super) struct Offsets {
    /// Place of byte `i` of the value; one more at the end.
    starts: Vec<usize>,
    whole: Span,
}

impl Offsets {
    /// Offsets of a string `value` written at `span` of `file`, quotes included.
    pub(super) fn new(file: &str, span: &Span, value: &str) -> Offsets {
        let whole = span.clone();
        let starts = file.get(span.clone()).and_then(|raw| starts(raw, value)).unwrap_or_default();
        Offsets { starts: starts.into_iter().map(|offset| span.start + offset).collect(), whole }
    }

    /// The place in the file of a part of the value.
    pub(super) fn span(&self, part: &Span) -> Span {
        match (self.starts.get(part.start), self.starts.get(part.end)) {
            (Some(start), Some(end)) if start < end => *start..*end,
            // At the end of the text there is nothing to underline but the closing quote.
            (Some(start), Some(_)) => *start..(*start + 1).min(self.whole.end).max(*start),
            _ => self.whole.clone(),
        }
    }
}

/// Walks the written form and the value together; `None` when they do not correspond (not a string).
fn starts(raw: &str, value: &str) -> Option<Vec<usize>> {
    let (open, escapes) = ["'''", "\"\"\"", "'", "\""]
        .into_iter()
        .find(|quote| raw.starts_with(quote) && raw.len() >= 2 * quote.len())
        .map(|quote| (quote.len(), quote.starts_with('"')))?;
    let body = &raw.as_bytes()[..raw.len() - open];
    let mut at = open;
    if open == 3 {
        // The line break right after the opening quotes is not part of the value.
        at += if body[at..].starts_with(b"\r\n") { 2 } else { usize::from(body.get(at) == Some(&b'\n')) };
    }
    let mut starts = Vec::with_capacity(value.len() + 1);
    for character in value.chars() {
        if escapes && open == 3 {
            at = after_folded_lines(body, at);
        }
        starts.extend(std::iter::repeat_n(at, character.len_utf8()));
        at += match body.get(at)? {
            b'\\' if escapes => escape_length(&body[at..])?,
            // A line break may have been normalised.
            b'\r' if character == '\n' && body.get(at + 1) == Some(&b'\n') => 2,
            _ if raw.get(at..)?.starts_with(character) => {
                // Bytes of one character keep their own places.
                let first = starts.len() - character.len_utf8();
                for (i, start) in starts[first..].iter_mut().enumerate() {
                    *start += i;
                }
                character.len_utf8()
            }
            _ => return None,
        };
    }
    starts.push(at);
    Some(starts)
}

/// A backslash at the end of a line drops the line break and the blanks that follow.
fn after_folded_lines(body: &[u8], mut at: usize) -> usize {
    while body.get(at) == Some(&b'\\') {
        let blanks = body[at + 1..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if !body[at + 1..at + 1 + blanks].contains(&b'\n') {
            break;
        }
        at += 1 + blanks;
    }
    at
}

/// Bytes of an escape, backslash included.
fn escape_length(body: &[u8]) -> Option<usize> {
    match body.get(1)? {
        b'x' => Some(4),
        b'u' => Some(6),
        b'U' => Some(10),
        _ => Some(2),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails is what an unwrap is for here")]
mod tests {
    use super::Offsets;

    /// The part of the file that is found for a part of the value.
    fn found(written: &str, part: &str) -> String {
        let file = format!("that = {written} # end");
        let table = toml::de::DeTable::parse(&file).unwrap();
        let value = table.get_ref().get("that").unwrap();
        let (span, value) = (value.span(), value.get_ref().as_str().unwrap());
        let at = value.find(part).unwrap();
        let span = Offsets::new(&file, &span, value).span(&(at..at + part.len()));
        file[span].to_owned()
    }

    #[test]
    fn every_way_of_writing_a_string_is_followed() {
        assert_eq!(found("'a == b'", "== b"), "== b");
        assert_eq!(found("'''a ==\n b'''", "b"), "b");
        assert_eq!(found("'''\na == b'''", "a"), "a");
        assert_eq!(found("'''\r\na ==\r\n b'''", "b"), "b");
        assert_eq!(found(r#""a == \"é\" && b""#, "b"), "b");
        assert_eq!(found(r#""a == \"é\" && b""#, "\"é\""), r#"\"é\""#);
        assert_eq!(found(r#""\u00e9 == x\t&& b""#, "x"), "x");
        assert_eq!(found(r#""\u00e9 == x""#, "é"), r"\u00e9");
        assert_eq!(found("\"\"\"\na \\\n   == b\"\"\"", "== b"), "== b");
        assert_eq!(found("\"\"\"a == ''''b\"\"\"", "b"), "b");
        assert_eq!(found("'palier == \"é\" && x'", "x"), "x");
    }

    #[test]
    fn the_end_of_the_value_is_the_closing_quote() {
        let file = "that = 'a =='";
        let span = Offsets::new(file, &(7..13), "a ==").span(&(4..4));
        assert_eq!(&file[span], "'");
    }
}
