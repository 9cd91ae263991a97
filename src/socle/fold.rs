//! What two spellings of one name have in common.

use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;

/// Words replaced by others, or dropped, before comparing.
#[derive(Debug, Default)]
pub(crate) struct Words {
    other: HashMap<String, String>,
    /// Lengths of the words that have another: a bit each, the last one for all that are as long or longer.
    lengths: u64,
    /// Their first bytes, modulo 64.
    firsts: u64,
}

impl Words {
    /// Has a word replaced by another, or dropped (`""`).
    pub(crate) fn insert(&mut self, word: String, other: String) {
        self.lengths |= length_bit(&word);
        self.firsts |= first_bit(&word);
        self.other.insert(word, other);
    }

    /// What a word is replaced by.
    fn get(&self, word: &str) -> Option<&String> {
        // SPEED: few words have another, and hashing each of every name is what comparing them costs most.
        let may = self.lengths & length_bit(word) != 0 && self.firsts & first_bit(word) != 0;
        if may { self.other.get(word) } else { None }
    }
}

fn length_bit(word: &str) -> u64 {
    1 << word.len().min(63)
}

fn first_bit(word: &str) -> u64 {
    1 << (word.as_bytes().first().copied().unwrap_or(0) % 64)
}

/// Lower case, without accents, ligatures undone, every space a plain one, trade marks dropped, runs
/// of spaces made one: the text that patterns see.
pub(crate) fn plain(text: &str) -> String {
    if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_whitespace() && b != b' ') && !text.contains("  ") {
        return text.trim_ascii().to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    let push = |c: char, out: &mut String| match c {
        ' ' | '\t' | '\n' | '\r' | '\u{a0}' | '\u{202f}' | '\u{2009}' => {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        }
        '’' | 'ʼ' | '‘' => out.push('\''),
        'œ' | 'Œ' => out.push_str("oe"),
        'æ' | 'Æ' => out.push_str("ae"),
        'ß' => out.push_str("ss"),
        c if c.is_ascii() => out.push(c.to_ascii_lowercase()),
        c => out.extend(c.to_lowercase()),
    };
    if text.is_ascii() {
        for c in text.chars() {
            push(c, &mut out);
        }
    } else {
        let mut rest = text.chars().peekable();
        let marks = |c: &char| matches!(c, '®' | '™' | '©');
        let mut cleaned = String::with_capacity(text.len());
        while let Some(c) = rest.next() {
            // A trade mark, or the same read in the wrong encoding (Â®), is not part of a name.
            if marks(&c) || (c == 'Â' && rest.peek().is_some_and(marks)) {
                continue;
            }
            cleaned.push(c);
        }
        // SPEED: decomposing costs most of it, and the accents of French are letters of Latin-1.
        let simple =
            |c: char| c.is_ascii() || unaccented(c).is_some() || ['\u{a0}', '\u{202f}', '’', 'œ', 'Œ'].contains(&c);
        if cleaned.chars().all(simple) {
            cleaned.chars().for_each(|c| push(unaccented(c).unwrap_or(c), &mut out));
        } else {
            let bare = cleaned.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c));
            bare.for_each(|c| push(c, &mut out));
        }
    }
    while out.ends_with(' ') {
        out.pop();
    }
    out
}

/// A letter of Latin-1 without its accent.
fn unaccented(c: char) -> Option<char> {
    const LETTERS: &[u8; 64] = b"AAAAAA.CEEEEIIII.NOOOOO..UUUUY..aaaaaa.ceeeeiiii.nooooo..uuuuy.y";
    let letter = LETTERS.get((c as usize).wrapping_sub('\u{c0}' as usize))?;
    (*letter != b'.').then(|| char::from(*letter))
}

/// The key by which names are compared: words cut at every character that is neither a letter nor a
/// digit, and between letters and digits; replaced or dropped; joined again, with a point between two
/// numbers (`1.31` is not `13.1`).
///
/// A text made of signs only (`✓`, `?`) is its own key.
pub(crate) fn key(text: &str, words: &Words) -> String {
    if text.is_ascii() {
        let out = ascii_key(text.as_bytes(), words);
        return if out.is_empty() { plain(text) } else { out };
    }
    let plain = plain(text);
    let mut out = String::with_capacity(plain.len());
    for_each_word(&plain, |word| {
        let word = words.get(word).map_or(word, String::as_str);
        let starts = word.bytes().next().is_some_and(|b| b.is_ascii_digit());
        if starts && out.bytes().next_back().is_some_and(|b| b.is_ascii_digit()) {
            out.push('.');
        }
        out.push_str(word);
    });
    if out.is_empty() { plain } else { out }
}

/// The same for ASCII, most names, in one pass.
fn ascii_key(text: &[u8], words: &Words) -> String {
    let mut out = String::with_capacity(text.len());
    let mut start = 0;
    let mut before: Option<bool> = None;
    let finish = |out: &mut String, start: usize| {
        if let Some(word) = words.get(&out[start..]) {
            out.truncate(start);
            out.push_str(word);
        }
        let digit = |at: usize| out.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
        if start > 0 && digit(start) && digit(start - 1) {
            out.insert(start, '.');
        }
    };
    for b in text {
        let now = b.is_ascii_alphanumeric().then(|| b.is_ascii_digit());
        if before.is_some() && before != now {
            finish(&mut out, start);
        }
        if now.is_some() {
            if before != now {
                start = out.len();
            }
            out.push(char::from(b.to_ascii_lowercase()));
        }
        before = now;
    }
    if before.is_some() {
        finish(&mut out, start);
    }
    out
}

/// Words of a plain text.
pub(crate) fn for_each_word<'t>(plain: &'t str, mut take: impl FnMut(&'t str)) {
    let mut start = None;
    let mut digits = false;
    for (at, c) in plain.char_indices() {
        // The sign of « nº » is a letter for Unicode.
        let in_word = c.is_alphanumeric() && c != 'º' && c != 'ª';
        if let Some(from) = start
            && (!in_word || c.is_ascii_digit() != digits)
        {
            take(&plain[from..at]);
            start = None;
        }
        if in_word && start.is_none() {
            start = Some(at);
            digits = c.is_ascii_digit();
        }
    }
    if let Some(from) = start {
        take(&plain[from..]);
    }
}

/// A text that was read in the wrong encoding and written again (`MÃ©decin`), as it was; `None` when it is no such text.
pub(crate) fn mended(text: &str) -> Option<String> {
    let is_lead = |c: char| ('\u{c2}'..='\u{f4}').contains(&c);
    let mut chars = text.chars().peekable();
    let mut doubled = false;
    while let Some(c) = chars.next() {
        doubled |= is_lead(c) && chars.peek().is_some_and(|next| !next.is_ascii());
    }
    if !doubled {
        return None;
    }
    // The whole of it, or nothing: what a text says by right is not touched.
    let (bytes, _, lost) = encoding_rs::WINDOWS_1252.encode(text);
    let mended = if lost { None } else { String::from_utf8(bytes.into_owned()).ok() };
    // Letters and signs of French: `CAFÉ®` is no text of another alphabet.
    let is_usual =
        |c: char| c.is_ascii() || ('\u{a0}'..='\u{ff}').contains(&c) || "œŒŸ’‘“”–—€…™•\u{202f}\u{fffd}".contains(c);
    mended.filter(|text| text.chars().all(is_usual))
}

/// Characters that count as space at the ends of a cell.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}')
}

#[cfg(test)]
mod tests {
    use super::{Words, key, mended, plain, unaccented};
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn spellings_of_one_level_have_one_key() {
        let mut words = Words::default();
        words.insert("addendum".to_owned(), "add".to_owned());
        words.insert("complement".to_owned(), String::new());
        for text in ["Add. 6 PC/SC", "ADD6PCSC", "addendum 6 complément PC/SC", "ADD.\u{a0}6\nPC / SC", "Add6 pc-sc"] {
            assert_eq!(key(text, &words), "add6pcsc", "{text}");
        }
        assert_eq!(key("Add 6", &words), "add6");
        assert_eq!(key("1.40+Add1", &words), "1.40add1");
        assert_ne!(key("1.31", &words), key("13.1", &words));
        assert_eq!(key("✓", &words), "✓");
        assert_eq!(key("Œuvre", &words), "oeuvre");
        for text in ["Add. 6 PC/SC", "1.40+Add1", "a1b2.3 complement", "6 addendum6", "10.0.19045"] {
            // A sign outside ASCII takes the other way to the same key.
            assert_eq!(key(text, &words), key(&format!("{text} «"), &words), "{text}");
        }
    }

    #[test]
    fn letters_lose_their_accent_as_unicode_says() {
        for c in '\u{80}'..='\u{17f}' {
            let bare = |c: &char| !unicode_normalization::char::is_combining_mark(*c);
            let expected: String = c.to_string().nfd().filter(bare).collect();
            let found = unaccented(c).map_or(c.to_string(), |c| c.to_string());
            assert!(found == expected || unaccented(c).is_none(), "{c}: {found}");
        }
        assert_eq!("éÈçÿÑ".chars().filter_map(unaccented).collect::<String>(), "eEcyN");
    }

    #[test]
    fn what_was_encoded_twice_is_mended() {
        for (text, was) in [
            ("MÃ©diclick", Some("Médiclick")),
            ("Windows ServerÂ®", Some("Windows Server®")),
            ("lâ€™Ã©diteur", Some("l’éditeur")),
            ("Activitï¿½s", Some("Activit\u{fffd}s")),
            ("Médiclick", None),
            ("Ãlvaro", None),
            ("CAFÉ®", None),
            ("MÃ©dé", None),
            ("Майкрософт", None),
            ("", None),
        ] {
            assert_eq!(mended(text).as_deref(), was, "{text}");
        }
    }

    #[test]
    fn patterns_see_plain_text() {
        assert_eq!(plain("  Microsoft® Windows\u{a0}10  Édition Familiale "), "microsoft windows 10 edition familiale");
        assert_eq!(plain("MicrosoftÂ® Windows ServerÂ®"), "microsoft windows server");
        assert_eq!(plain("Vital’Act"), "vital'act");
    }
}
