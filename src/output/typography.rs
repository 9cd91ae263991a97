//! The spaces of French typography. Texts are written with ordinary spaces; those that must not break are
//! put in when a text is drawn, and never inside backticks, where the text is the user's.

use crate::diag::Lang;
use std::borrow::Cow;

/// The text with the no-break spaces of its language: none in English.
#[must_use]
pub fn typographic(text: &str, lang: Lang) -> Cow<'_, str> {
    const MARKS: [(&str, &str); 6] = [
        (" :", "\u{a0}:"),
        (" %", "\u{a0}%"),
        (" ;", "\u{202f};"),
        (" ?", "\u{202f}?"),
        (" !", "\u{202f}!"),
        (" »", "\u{a0}»"),
    ];
    if lang == Lang::En || !(text.contains('«') || MARKS.iter().any(|(mark, _)| text.contains(mark))) {
        return Cow::Borrowed(text);
    }
    let parts: Vec<String> = text
        .split('`')
        .enumerate()
        .map(|(i, part)| {
            let mut part = part.to_owned();
            if i.is_multiple_of(2) {
                for (mark, held) in MARKS {
                    part = part.replace(mark, held);
                }
                part = part.replace("« ", "«\u{a0}");
            }
            part
        })
        .collect();
    Cow::Owned(parts.join("`"))
}

#[cfg(test)]
mod tests {
    use super::typographic;
    use crate::diag::Lang;

    #[test]
    fn marks_hold_to_their_word_outside_backticks() {
        let text = "vouliez-vous dire `a ? b : c` ? « oui » : 5 % ; non !";
        let expected = "vouliez-vous dire `a ? b : c`\u{202f}? «\u{a0}oui\u{a0}»\u{a0}: 5\u{a0}%\u{202f}; non\u{202f}!";
        assert_eq!(typographic(text, Lang::Fr), expected);
        assert_eq!(typographic(text, Lang::En), text);
        assert_eq!(typographic("déjà\u{a0}: fait", Lang::Fr), "déjà\u{a0}: fait");
    }
}
