//! Cuts a text into lines no wider than a limit, at its ordinary spaces (no-break spaces hold).

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Lines of `text`, each at most `limit` columns wide when its words allow. With `hard`, a word wider than
/// the limit is cut too, after a hyphen, dot or slash when there is one.
pub(super) fn wrap(text: &str, limit: usize, hard: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let width = printed_width(word);
        if used > 0 && used + 1 + width > limit {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        if hard && width > limit {
            let mut pieces = cut(word, limit.max(1));
            line = pieces.pop().unwrap_or_default();
            lines.append(&mut pieces);
            used = line.width();
        } else {
            line.push_str(word);
            used += width;
        }
    }
    lines.push(line);
    lines
}

/// Pieces of a word, none wider than the limit.
fn cut(word: &str, limit: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for c in word.chars() {
        if piece.width() + c.width().unwrap_or(0) > limit {
            let at = piece.rfind(['-', '.', '/', '_']).map(|at| at + 1).filter(|at| *at > piece.len() / 3);
            let rest = piece.split_off(at.unwrap_or(piece.len()));
            pieces.push(std::mem::replace(&mut piece, rest));
        }
        piece.push(c);
    }
    pieces.push(piece);
    pieces
}

/// Columns a word takes, escape codes left out.
fn printed_width(word: &str) -> usize {
    let mut width = 0;
    for (i, part) in word.split('\u{1b}').enumerate() {
        let text = if i == 0 { part } else { part.split_once('m').map_or("", |(_, rest)| rest) };
        width += text.width();
    }
    width
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_break_at_spaces_then_in_words() {
        assert_eq!(wrap("SCOR absent du logiciel", 14, true), ["SCOR absent du", "logiciel"]);
        assert_eq!(wrap("38,4\u{a0}% de tout", 7, true), ["38,4\u{a0}%", "de tout"]);
        assert_eq!(wrap("systeme-exploitation-depasse", 12, true), ["systeme-", "exploitation", "-depasse"]);
        assert_eq!(wrap("indivisible", 4, false), ["indivisible"]);
        assert_eq!(wrap("", 4, true), [""]);
    }
}
