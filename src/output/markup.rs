//! Text inside HTML and SVG: nothing in it means anything to them, and every character is one that XML has.

use super::visible::stand_in;
use std::fmt::{self, Write};

/// Writes a text as the content of an element or the value of an attribute between double quotes.
///
/// # Errors
/// Those of the writer.
pub(super) fn escape_to(out: &mut impl Write, text: &str) -> fmt::Result {
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let shown = match c {
            '&' => "&amp;".into(),
            '<' => "&lt;".into(),
            '>' => "&gt;".into(),
            '"' => "&quot;".into(),
            '\'' => "&#39;".into(),
            '\n' => continue,
            // Not characters: no document may hold them.
            '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}' => "\u{fffd}".into(),
            c => match stand_in(c) {
                Some(shown) => std::borrow::Cow::Owned(escape(&shown)),
                None => continue,
            },
        };
        out.write_str(&text[plain..at])?;
        out.write_str(&shown)?;
        plain = at + c.len_utf8();
    }
    out.write_str(&text[plain..])
}

/// The same, as a text.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Strings take everything.
    let _ = escape_to(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_means_anything() {
        assert_eq!(
            escape("<script>\"><img src=x onerror='a&b'>"),
            "&lt;script&gt;&quot;&gt;&lt;img src=x onerror=&#39;a&amp;b&#39;&gt;"
        );
        assert_eq!(escape("]]> --> \u{1b}[31m\u{202e}\u{ffff}"), "]]&gt; --&gt; ␛[31m&lt;U+202E&gt;\u{fffd}");
    }
}
