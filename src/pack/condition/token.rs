//! Text → tokens: CEL's lexical grammar.
//!
//! A bad token is a fault and a stand-in, so that the parser goes on and the other faults are found too.

use super::fault::{Fault, NOT_IN_LANGUAGE, SYNTAX};
use crate::diag::Span;
use crate::text;

/// A token with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// Magnitude of an integer; its sign is an operator that the parser joins to it.
    Int(u64),
    Double(f64),
    String(String),
    Name,
    True,
    False,
    Null,
    In,
    /// An operator or a bracket.
    Sign(&'static str),
    /// Something refused, which stands where a value would.
    Broken,
    End,
}

/// Longest first: the first that matches is the token.
const SIGNS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", ".", ",", "(", ")", "[", "]",
    "{", "}",
];

/// Words that CEL keeps for itself.
pub(super) const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// Cuts a text into tokens; the last is always [`TokenKind::End`].
pub(super) fn tokens(text: &str, faults: &mut Vec<Fault>) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, faults, tokens: Vec::new() };
    while lexer.at < text.len() {
        lexer.step();
    }
    lexer.push(TokenKind::End, text.len());
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    faults: &'a mut Vec<Fault>,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn push(&mut self, kind: TokenKind, end: usize) {
        self.tokens.push(Token { kind, span: self.at..end });
        self.at = end;
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    fn run(&self, from: usize, accept: impl Fn(u8) -> bool) -> usize {
        from + self.text.as_bytes()[from..].iter().take_while(|b| accept(**b)).count()
    }

    fn step(&mut self) {
        match self.byte(self.at) {
            b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => self.at += 1,
            b'/' if self.byte(self.at + 1) == b'/' => self.at = self.run(self.at, |b| b != b'\n'),
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(self.at + 1).is_ascii_digit() => self.number(),
            b'"' | b'\'' => self.string(0),
            b'r' | b'R' if matches!(self.byte(self.at + 1), b'"' | b'\'') => self.string(1),
            b'b' | b'B' if self.bytes_prefix() > 0 => {
                let (start, prefix) = (self.at, self.bytes_prefix());
                self.string(prefix);
                let span = start..self.at;
                if let Some(token) = self.tokens.last_mut() {
                    token.kind = TokenKind::Broken;
                }
                self.faults.push(
                    Fault::new(
                        NOT_IN_LANGUAGE,
                        span,
                        text!(
                            "les octets ne font pas partie du langage des conditions",
                            "bytes are not part of the condition language"
                        ),
                        text!("littéral d'octets", "bytes literal"),
                    )
                    .help(text!("écrire un texte, sans `b`", "write a string, without `b`")),
                );
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => self.name(),
            _ => self.sign(),
        }
    }

    /// Length of a bytes literal's prefix (`b`, `br`), 0 when this is not one.
    fn bytes_prefix(&self) -> usize {
        let quote = |at| matches!(self.byte(at), b'"' | b'\'');
        if quote(self.at + 1) {
            1
        } else if matches!(self.byte(self.at + 1), b'r' | b'R') && quote(self.at + 2) {
            2
        } else {
            0
        }
    }

    fn name(&mut self) {
        let end = self.run(self.at, |b| b == b'_' || b.is_ascii_alphanumeric());
        let kind = match &self.text[self.at..end] {
            "true" => TokenKind::True,
            "false" => TokenKind::False,
            "null" => TokenKind::Null,
            "in" => TokenKind::In,
            _ => TokenKind::Name,
        };
        // An accented letter would otherwise cut a word in two and give two faults.
        let whole = end + self.text[end..].find(|c: char| !c.is_alphanumeric()).unwrap_or(self.text.len() - end);
        if whole > end {
            let word = &self.text[self.at..whole];
            self.faults.push(
                Fault::new(
                    SYNTAX,
                    self.at..whole,
                    text!(
                        "un nom s'écrit sans accent : `{word}` n'en est pas un",
                        "names have no accents: `{word}` is not one"
                    ),
                    text!("nom avec une lettre hors ASCII", "name with a letter outside ASCII"),
                )
                .help(text!("mettre un texte entre guillemets", "put a text between quotes")),
            );
            self.push(TokenKind::Broken, whole);
            return;
        }
        self.push(kind, end);
    }

    fn number(&mut self) {
        let start = self.at;
        if self.byte(start) == b'0' && matches!(self.byte(start + 1), b'x' | b'X') {
            let end = self.run(start + 2, |b| b.is_ascii_alphanumeric() || b == b'_');
            let body = &self.text[start + 2..end];
            let (digits, unsigned) = match body.strip_suffix(['u', 'U']) {
                Some(digits) => (digits, true),
                None => (body, false),
            };
            self.integer(start..end, digits, 16, unsigned);
            return;
        }
        let digits = |lexer: &Lexer, at| lexer.run(at, |b| b.is_ascii_digit());
        let mut end = digits(self, start);
        let mut double = false;
        if self.byte(end) == b'.' && self.byte(end + 1).is_ascii_digit() {
            end = digits(self, end + 1);
            double = true;
        }
        if matches!(self.byte(end), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(end + 1), b'+' | b'-'));
            if self.byte(end + 1 + sign).is_ascii_digit() {
                end = digits(self, end + 1 + sign);
                double = true;
            }
        }
        let whole = self.run(end, |b| b.is_ascii_alphanumeric() || b == b'_');
        let tail = &self.text[end..whole];
        if double && tail.is_empty() {
            // A double out of range is an infinity, as IEEE 754 rounds it.
            match self.text[start..end].parse() {
                Ok(value) => self.push(TokenKind::Double(value), end),
                Err(_) => self.bad_number(start..end),
            }
        } else if !double && (tail.is_empty() || matches!(tail, "u" | "U")) {
            let digits = self.text[start..end].to_owned();
            self.integer(start..whole, &digits, 10, !tail.is_empty());
        } else {
            self.bad_number(start..whole);
        }
    }

    fn integer(&mut self, span: Span, digits: &str, radix: u32, unsigned: bool) {
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            self.bad_number(span);
        } else if unsigned {
            self.faults.push(
                Fault::new(
                    NOT_IN_LANGUAGE,
                    span.clone(),
                    text!(
                        "les entiers non signés ne font pas partie du langage des conditions",
                        "unsigned integers are not part of the condition language"
                    ),
                    text!("entier non signé", "unsigned integer"),
                )
                .help(text!("écrire l'entier sans `u`", "write the integer without `u`")),
            );
            self.push(TokenKind::Broken, span.end);
        } else {
            match u64::from_str_radix(digits, radix) {
                Ok(value) if value <= 1 << 63 => self.push(TokenKind::Int(value), span.end),
                _ => {
                    self.faults.push(integer_overflow(span.clone()));
                    self.push(TokenKind::Broken, span.end);
                }
            }
        }
    }

    fn bad_number(&mut self, span: Span) {
        let written = &self.text[span.clone()];
        self.faults.push(Fault::new(
            SYNTAX,
            span.clone(),
            text!("`{written}` n'est pas un nombre", "`{written}` is not a number"),
            text!("nombre mal écrit", "malformed number"),
        ));
        self.push(TokenKind::Broken, span.end);
    }

    /// A string whose quote comes after `prefix` bytes; raw when the prefix ends with `r`.
    fn string(&mut self, prefix: usize) {
        let start = self.at;
        let raw = prefix > 0 && matches!(self.byte(start + prefix - 1), b'r' | b'R');
        let quote = self.byte(start + prefix);
        let triple = self.byte(start + prefix + 1) == quote && self.byte(start + prefix + 2) == quote;
        let width = if triple { 3 } else { 1 };
        let close = &self.text[start + prefix..start + prefix + width];
        let mut value = String::new();
        let mut at = start + prefix + width;
        let mut broken = false;
        loop {
            let rest = &self.text[at..];
            if rest.starts_with(close) {
                let kind = if broken { TokenKind::Broken } else { TokenKind::String(value) };
                self.push(kind, at + width);
                return;
            }
            let Some(c) = rest.chars().next() else { break };
            if !triple && matches!(c, '\n' | '\r') {
                break;
            }
            if c == '\r' {
                // Line ends of a text block are `\n` whatever the file's.
                value.push('\n');
                at += if rest.starts_with("\r\n") { 2 } else { 1 };
            } else if c != '\\' {
                value.push(c);
                at += c.len_utf8();
            } else if raw {
                // In a raw string a backslash is itself, and cannot hide the closing quote.
                value.push('\\');
                at += 1;
            } else {
                let (length, meant) = escape(rest);
                match meant {
                    Some(c) => value.push(c),
                    None => {
                        broken = true;
                        self.bad_escape(at..at + length);
                    }
                }
                at += length;
            }
        }
        self.faults.push(
            Fault::new(
                SYNTAX,
                start..at,
                text!("ce texte n'a pas de guillemet fermant", "this string has no closing quote"),
                text!("commence ici", "starts here"),
            )
            .help(text!("le fermer par `{close}`", "close it with `{close}`")),
        );
        self.push(TokenKind::Broken, at);
    }

    fn bad_escape(&mut self, span: Span) {
        let written = &self.text[span.clone()];
        self.faults.push(
            Fault::new(
                SYNTAX,
                span.clone(),
                text!("échappement inconnu `{written}`", "unknown escape `{written}`"),
                text!("dans ce texte", "in this string"),
            )
            .help(text!(
                "écrire `\\\\` pour une barre oblique inverse, ou un texte brut : `r\"…\"`",
                "write `\\\\` for a backslash, or a raw string: `r\"…\"`"
            )),
        );
    }

    /// A string between « », “ ” or ‘ ’: refused as a whole.
    fn typographic_string(&mut self, close: char) {
        let rest = self.rest();
        let open = rest.chars().next().map_or(1, char::len_utf8);
        let end = rest[open..].find(close).map_or(open, |n| open + n + close.len_utf8());
        let span = self.at..self.at + end;
        self.faults.push(
            Fault::new(
                SYNTAX,
                span.clone(),
                text!(
                    "ces guillemets ne sont pas ceux du langage des conditions",
                    "these quotation marks are not those of the condition language"
                ),
                text!("texte entre guillemets typographiques", "string between typographic quotes"),
            )
            .help(text!("mettre le texte entre `\"` ou `'`", "put the string between `\"` or `'`")),
        );
        self.push(TokenKind::Broken, span.end);
    }

    fn sign(&mut self) {
        if let Some(sign) = SIGNS.iter().copied().find(|sign| self.rest().starts_with(sign)) {
            self.push(TokenKind::Sign(sign), self.at + sign.len());
            return;
        }
        let c = self.rest().chars().next().unwrap_or(' ');
        if let Some(close) = closing_quote(c) {
            self.typographic_string(close);
            return;
        }
        let span = self.at..self.at + c.len_utf8();
        // What was probably meant, so that the rest is still read.
        let meant = match c {
            '=' => Some("=="),
            '&' => Some("&&"),
            '|' => Some("||"),
            '≤' => Some("<="),
            '≥' => Some(">="),
            '≠' => Some("!="),
            '−' | '–' => Some("-"),
            '×' => Some("*"),
            _ => None,
        };
        let shown = c.escape_debug();
        let message = text!("caractère inattendu `{shown}`", "unexpected character `{shown}`");
        let fault = Fault::new(SYNTAX, span.clone(), message, text!("ici", "here"));
        self.faults.push(match meant {
            Some(sign) => fault.help(text!("vouliez-vous dire `{sign}` ?", "did you mean `{sign}`?")),
            None => fault,
        });
        match meant {
            Some(sign) => self.push(TokenKind::Sign(sign), span.end),
            None if c.is_alphabetic() => {
                let rest = &self.text[span.end..];
                let end = span.end + rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
                self.push(TokenKind::Broken, end);
            }
            None => self.at = span.end,
        }
    }
}

/// The quote that closes a typographic one.
fn closing_quote(open: char) -> Option<char> {
    match open {
        '«' => Some('»'),
        '“' | '„' | '”' => Some('”'),
        '‘' | '’' => Some('’'),
        _ => None,
    }
}

/// The fault of an integer that does not fit 64 bits.
pub(super) fn integer_overflow(span: Span) -> Fault {
    Fault::new(
        SYNTAX,
        span,
        text!("cet entier dépasse 64 bits", "this integer does not fit in 64 bits"),
        text!(
            "les entiers vont de -9223372036854775808 à 9223372036854775807",
            "integers go from -9223372036854775808 to 9223372036854775807"
        ),
    )
}

/// Reads the escape at the start of `rest`: its length, and the character it stands for.
fn escape(rest: &str) -> (usize, Option<char>) {
    let Some(kind) = rest[1..].chars().next() else { return (1, None) };
    let simple = match kind {
        'a' => Some('\x07'),
        'b' => Some('\x08'),
        'f' => Some('\x0c'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'v' => Some('\x0b'),
        '\\' | '?' | '"' | '\'' | '`' => Some(kind),
        _ => None,
    };
    if simple.is_some() {
        return (2, simple);
    }
    let (skip, count, radix) = match kind {
        'x' | 'X' => (2, 2, 16),
        'u' => (2, 4, 16),
        'U' => (2, 8, 16),
        '0'..='3' => (1, 3, 8),
        _ => return (1 + kind.len_utf8(), None),
    };
    let digits: String = rest[skip..].chars().take_while(|c| c.is_digit(radix)).take(count).collect();
    let value = (digits.len() == count).then(|| u32::from_str_radix(&digits, radix).ok()).flatten();
    (skip + digits.len(), value.and_then(char::from_u32))
}
