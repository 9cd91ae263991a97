//! Text from files that are not ours, made safe to look at: no escape code reaches a terminal, and no
//! direction override makes a text read as another.

use std::borrow::Cow;

/// What stands for a character that must not be written as it is.
pub(super) fn stand_in(c: char) -> Option<Cow<'static, str>> {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).map(|picture| Cow::Owned(picture.to_string())),
        '\u{7f}' => Some(Cow::Borrowed("␡")),
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' => Some(Cow::Owned(format!("<U+{:04X}>", c as u32))),
        _ => None,
    }
}

/// Marks by which the runners of GitHub and Azure know a command, wherever it stands in a line: what they print
/// is obeyed. A space breaks them.
const COMMANDS: [(&str, &str); 2] = [("##[", "# #["), ("##vso[", "# #vso[")];

/// The text on one line, with every control character (line breaks and tabs included), direction mark and
/// invisible character shown.
#[must_use]
pub fn visible_line(text: &str) -> Cow<'_, str> {
    replace(text, stand_in)
}

/// The same, line breaks kept (a carriage return before one is dropped).
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    match text.contains("\r\n") {
        true => Cow::Owned(visible(&text.replace("\r\n", "\n")).into_owned()),
        false => replace(text, |c| if c == '\n' { None } else { stand_in(c) }),
    }
}

fn replace(text: &str, stand_in: impl Fn(char) -> Option<Cow<'static, str>>) -> Cow<'_, str> {
    if text.contains("##") && COMMANDS.iter().any(|(command, _)| text.contains(command)) {
        let broken = COMMANDS.iter().fold(text.to_owned(), |text, (command, broken)| text.replace(command, broken));
        return Cow::Owned(replace(&broken, stand_in).into_owned());
    }
    if !text.chars().any(|c| stand_in(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match stand_in(c) {
            Some(shown) => out.push_str(&shown),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{visible, visible_line};

    #[test]
    fn commands_of_runners_are_broken() {
        assert_eq!(visible_line("a ###[error]b ##vso[task]\n"), "a ## #[error]b # #vso[task]␊");
        assert_eq!(visible_line("## titre"), "## titre");
    }

    #[test]
    fn hostile_characters_are_shown() {
        assert_eq!(visible_line("a\u{1b}[31mb\tc\r\n"), "a␛[31mb␉c␍␊");
        assert_eq!(visible_line("a\u{202e}b\u{9b}"), "a<U+202E>b<U+009B>");
        assert_eq!(visible("a\r\nb\rc"), "a\nb␍c");
        // Accents and the no-break spaces of French are ordinary text.
        assert_eq!(visible_line("hébergé\u{a0}: 1\u{202f}000 %"), "hébergé\u{a0}: 1\u{202f}000 %");
    }
}
