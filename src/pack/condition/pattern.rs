//! Patterns of `matches`: RE2's syntax, with ASCII classes.
//!
//! The `regex` crate reads almost the same syntax. Where it would read another meaning (nested
//! classes, set operations) or a syntax of its own (`(?x)`), the pattern is refused; where its
//! classes are Unicode's (`\d`, `\w`, `\s`, `\b`), the pattern is rewritten.

use crate::diag::Text;
use crate::text;
use regex_syntax::ast::{
    self, Assertion, AssertionKind, Ast, ClassPerl, ClassPerlKind, ClassSet, ClassSetItem, Flag, FlagsItemKind, Span,
};

/// Bytes that a compiled pattern may take: enough for any honest one.
const SIZE_LIMIT: usize = 1 << 20;

/// Compiles a pattern; the error says what is wrong with it.
pub(super) fn compile(pattern: &str) -> Result<regex::Regex, Text> {
    let ast = ast::parse::ParserBuilder::new().nest_limit(50).build().parse(pattern).map_err(|error| {
        let kind = error.kind().to_string();
        text!("expression régulière refusée : {kind}", "regular expression refused: {kind}")
    })?;
    let rewriting = Rewriting { edits: Vec::new() };
    let mut edits = ast::visit(&ast, rewriting)?;
    edits.sort_by_key(|(span, _)| span.start.offset);
    let mut rewritten = String::with_capacity(pattern.len() + 32);
    let mut at = 0;
    for (span, with) in edits {
        rewritten.push_str(&pattern[at..span.start.offset]);
        rewritten.push_str(with);
        at = span.end.offset;
    }
    rewritten.push_str(&pattern[at..]);
    let mut builder = regex::RegexBuilder::new(&rewritten);
    builder.size_limit(SIZE_LIMIT).dfa_size_limit(SIZE_LIMIT);
    builder.build().map_err(|_| text!("motif trop grand", "pattern too large"))
}

fn unicode_class() -> Text {
    text!("les classes sont celles d'ASCII : pas de `\\p`", "classes are ASCII's: no `\\p`")
}

struct Rewriting {
    edits: Vec<(Span, &'static str)>,
}

fn refused(what: &str) -> Text {
    text!("`{what}` n'est pas dans la syntaxe RE2", "`{what}` is not in RE2's syntax")
}

impl Rewriting {
    fn perl(&mut self, class: &ClassPerl) {
        let ascii = match (&class.kind, class.negated) {
            (ClassPerlKind::Digit, false) => "[0-9]",
            (ClassPerlKind::Digit, true) => "[^0-9]",
            (ClassPerlKind::Space, false) => r"[\t\n\f\r ]",
            (ClassPerlKind::Space, true) => r"[^\t\n\f\r ]",
            (ClassPerlKind::Word, false) => "[0-9A-Za-z_]",
            (ClassPerlKind::Word, true) => "[^0-9A-Za-z_]",
        };
        self.edits.push((class.span, ascii));
    }

    fn assertion(&mut self, assertion: &Assertion) -> Result<(), Text> {
        match assertion.kind {
            AssertionKind::WordBoundary => self.edits.push((assertion.span, r"(?-u:\b)")),
            AssertionKind::StartLine | AssertionKind::EndLine | AssertionKind::StartText | AssertionKind::EndText => {}
            // ASCII's `\B` may hold inside a character, which the `regex` crate rightly refuses.
            AssertionKind::NotWordBoundary => return Err(refused(r"\B")),
            _ => return Err(refused(r"\b{…}")),
        }
        Ok(())
    }

    fn flags(&self, flags: &ast::Flags) -> Result<(), Text> {
        for item in &flags.items {
            match item.kind {
                FlagsItemKind::Flag(Flag::Unicode) => return Err(refused("(?u)")),
                FlagsItemKind::Flag(Flag::CRLF) => return Err(refused("(?R)")),
                FlagsItemKind::Flag(Flag::IgnoreWhitespace) => return Err(refused("(?x)")),
                FlagsItemKind::Flag(_) | FlagsItemKind::Negation => {}
            }
        }
        Ok(())
    }
}

impl ast::Visitor for Rewriting {
    type Output = Vec<(Span, &'static str)>;
    type Err = Text;

    fn finish(self) -> Result<Self::Output, Text> {
        Ok(self.edits)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Text> {
        match ast {
            Ast::ClassPerl(class) => self.perl(class),
            Ast::Assertion(assertion) => self.assertion(assertion)?,
            Ast::ClassUnicode(_) => return Err(unicode_class()),
            Ast::Flags(flags) => self.flags(&flags.flags)?,
            Ast::Group(group) => {
                if let Some(flags) = group.flags() {
                    self.flags(flags)?;
                }
            }
            Ast::ClassBracketed(class) => {
                if let ClassSet::BinaryOp(_) = class.kind {
                    return Err(refused("&&"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Text> {
        match item {
            ClassSetItem::Perl(class) => self.perl(class),
            ClassSetItem::Unicode(_) => return Err(unicode_class()),
            ClassSetItem::Bracketed(_) => return Err(refused("[[…]]")),
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ast::ClassSetBinaryOp) -> Result<(), Text> {
        Err(refused("&&"))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::compile;

    #[test]
    fn classes_are_ascii() {
        for (pattern, text, expected) in [
            (r"^\d+$", "123", true),
            (r"^\d+$", "١٢٣", false),
            (r"^[\d.]+$", "1.2", true),
            (r"^[^\d]+$", "é", true),
            (r"^\w$", "é", false),
            (r"^\W$", "é", true),
            (r"^\D\S$", "éé", true),
            (r"\bcl", "école cl", true),
            (r"e\b", "eé", true),
            (r"(?i)^É$", "é", true),
            (r"^.$", "é", true),
            (r"[[:alpha:]]", "é", false),
            (r"a(?P<x>b|c)*$", "abcb", true),
            (r"a$", "a\n", false),
        ] {
            assert_eq!(compile(pattern).unwrap().is_match(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn what_re2_reads_otherwise_is_refused() {
        for pattern in [
            r"[a&&b]",
            r"[a--b]",
            r"[[a]b]",
            r"(?x)a b",
            r"(?R)a",
            r"(?u)a",
            r"\Ba",
            r"(?=a)",
            r"(a)\1",
            "(",
            "a{100000}",
            "((a{100}){100}){100}",
            r"\p{Greek}",
        ] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }
}
