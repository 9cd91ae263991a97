//! XML texts and attributes.

use crate::output::visible_line;

/// A text that means nothing to XML, on one line: controls are shown, the two code points that XML refuses are
/// replaced.
pub(super) fn escape(text: &str) -> String {
    let text = visible_line(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_comes_out_of_a_text() {
        assert_eq!(
            super::escape("]]><x a=\"1\" b='2'>&amp;\u{0}\u{1b}\u{ffff}\r\n\u{85}"),
            "]]&gt;&lt;x a=&quot;1&quot; b=&apos;2&apos;&gt;&amp;amp;␀␛\u{fffd}␍␊&lt;U+0085&gt;"
        );
    }
}
