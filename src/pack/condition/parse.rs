//! Tokens → untyped tree: a Pratt parser of CEL's grammar.

use super::BinaryOp;
use super::fault::{Fault, LIMIT, NOT_IN_LANGUAGE, SYNTAX};
use super::token::{RESERVED, Token, TokenKind, integer_overflow};
use crate::diag::{Span, Text};
use crate::text;

/// Levels a tree may have. Evaluation, checking and dropping recurse once a level.
const MAX_DEPTH: u16 = 100;

/// An untyped expression with its place, parentheses included.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) span: Span,
    pub(super) form: Form,
    depth: u16,
}

/// A name with its place.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum Form {
    /// Its fault is already told.
    Broken,
    Bool(bool),
    Int(i64),
    Double(f64),
    String(String),
    Name(String),
    Select(Box<Tree>, Word),
    Call(Option<Box<Tree>>, Word, Vec<Tree>),
    Not(Box<Tree>),
    Negate(Box<Tree>),
    And(Box<Tree>, Box<Tree>),
    Or(Box<Tree>, Box<Tree>),
    If(Box<Tree>, Box<Tree>, Box<Tree>),
    Binary(BinaryOp, Box<Tree>, Box<Tree>),
    In(Box<Tree>, Box<Tree>),
    List(Vec<Tree>),
}

/// The parser stops at its first fault: what follows would be guesswork.
struct Stop;

type Parsed = Result<Tree, Stop>;

/// Parses a whole condition; `None` when the syntax is at fault.
pub(super) fn parse(text: &str, tokens: &[Token], faults: &mut Vec<Fault>) -> Option<Tree> {
    let mut parser = Parser { text, tokens, at: 0, nesting: 0, faults };
    let tree = parser.whole().ok();
    if tree.is_none() && parser.faults.is_empty() {
        parser.unexpected();
    }
    tree
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    nesting: u16,
    faults: &'a mut Vec<Fault>,
}

/// How tightly a binary operator binds.
enum Operator {
    Or,
    And,
    In,
    Binary(BinaryOp),
}

fn operator(kind: &TokenKind) -> Option<(u8, Operator)> {
    use BinaryOp::{
        Add, Divide, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Multiply, NotEqual, Remainder, Subtract,
    };
    let sign = match kind {
        TokenKind::In => return Some((3, Operator::In)),
        TokenKind::Sign(sign) => *sign,
        _ => return None,
    };
    let (power, op) = match sign {
        "||" => return Some((1, Operator::Or)),
        "&&" => return Some((2, Operator::And)),
        "==" => (3, Equal),
        "!=" => (3, NotEqual),
        "<" => (3, Less),
        "<=" => (3, LessOrEqual),
        ">" => (3, Greater),
        ">=" => (3, GreaterOrEqual),
        "+" => (4, Add),
        "-" => (4, Subtract),
        "*" => (5, Multiply),
        "/" => (5, Divide),
        "%" => (5, Remainder),
        _ => return None,
    };
    Some((power, Operator::Binary(op)))
}

impl Parser<'_> {
    fn whole(&mut self) -> Parsed {
        if self.peek() == &TokenKind::End {
            self.faults.push(
                Fault::new(
                    SYNTAX,
                    0..self.text.len(),
                    text!("la condition est vide", "the condition is empty"),
                    text!("rien à évaluer", "nothing to evaluate"),
                )
                .help(text!("écrire `true` si elle est toujours vraie", "write `true` if it always holds")),
            );
            return Err(Stop);
        }
        let tree = self.expression()?;
        if self.peek() == &TokenKind::End {
            return Ok(tree);
        }
        self.unexpected();
        Err(Stop)
    }

    fn peek(&self) -> &TokenKind {
        &self.tokens[self.at].kind
    }

    fn span(&self) -> Span {
        self.tokens[self.at].span.clone()
    }

    /// The token here, and one step on; the end stays.
    fn next(&mut self) -> Span {
        let span = self.span();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        span
    }

    fn eat(&mut self, sign: &str) -> Option<Span> {
        matches!(self.peek(), TokenKind::Sign(s) if *s == sign).then(|| self.next())
    }

    fn expect(&mut self, sign: &'static str, opened: Option<&Span>) -> Result<Span, Stop> {
        if let Some(span) = self.eat(sign) {
            return Ok(span);
        }
        let fault = Fault::new(
            SYNTAX,
            self.span(),
            text!("il manque `{sign}`", "`{sign}` is missing"),
            text!("`{sign}` attendu ici", "expected `{sign}` here"),
        );
        let opened = opened.map(|span| {
            let (written, column) = (&self.text[span.clone()], span.start + 1);
            text!("`{written}` est ouvert à l'octet {column}", "`{written}` was opened at byte {column}")
        });
        self.faults.push(fault.help(opened));
        Err(Stop)
    }

    fn unexpected(&mut self) {
        let span = self.span();
        let fault = match self.peek() {
            TokenKind::End => Fault::new(
                SYNTAX,
                span,
                text!("la condition s'arrête trop tôt", "the condition ends too early"),
                text!("il manque une valeur ici", "a value is missing here"),
            ),
            _ => {
                let written = &self.text[span.clone()];
                let help = match written {
                    "and" | "AND" | "et" | "ET" => Some("&&"),
                    "or" | "OR" | "ou" | "OU" => Some("||"),
                    "not" | "NOT" | "non" => Some("!"),
                    _ => None,
                };
                Fault::new(
                    SYNTAX,
                    span,
                    text!("`{written}` n'est pas attendu ici", "`{written}` is not expected here"),
                    text!("inattendu", "unexpected"),
                )
                .help(help.map(|sign| text!("cela s'écrit `{sign}`", "this is written `{sign}`")))
            }
        };
        self.faults.push(fault);
    }

    fn refuse(&mut self, span: Span, message: Text, help: Option<Text>) {
        let label = text!("pas dans le langage", "not in the language");
        self.faults.push(Fault::new(NOT_IN_LANGUAGE, span, message, label).help(help));
    }

    fn too_deep(&mut self, span: Span) -> Stop {
        self.faults.push(
            Fault::new(
                LIMIT,
                span,
                text!(
                    "la condition s'emboîte sur plus de {MAX_DEPTH} niveaux",
                    "the condition nests more than {MAX_DEPTH} levels deep"
                ),
                text!("trop profond", "too deep"),
            )
            .help(text!("la couper en plusieurs lignes `require`", "cut it into several `require` lines")),
        );
        Stop
    }

    fn node(&mut self, span: Span, form: Form) -> Parsed {
        let below = match &form {
            Form::Broken | Form::Bool(_) | Form::Int(_) | Form::Double(_) | Form::String(_) | Form::Name(_) => 0,
            Form::Select(a, _) | Form::Not(a) | Form::Negate(a) => a.depth,
            Form::And(a, b) | Form::Or(a, b) | Form::Binary(_, a, b) | Form::In(a, b) => a.depth.max(b.depth),
            Form::If(a, b, c) => a.depth.max(b.depth).max(c.depth),
            Form::List(items) => items.iter().map(|t| t.depth).max().unwrap_or(0),
            Form::Call(target, _, arguments) => {
                arguments.iter().chain(target.as_deref()).map(|t| t.depth).max().unwrap_or(0)
            }
        };
        let depth = below + 1;
        if depth > MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        Ok(Tree { span, form, depth })
    }

    /// `or ? or : expression`
    fn expression(&mut self) -> Parsed {
        self.nesting += 1;
        if self.nesting > MAX_DEPTH {
            return Err(self.too_deep(self.span()));
        }
        let test = self.binary(1)?;
        let tree = if self.eat("?").is_some() {
            let then = self.binary(1)?;
            self.expect(":", None)?;
            let otherwise = self.expression()?;
            let span = test.span.start..otherwise.span.end;
            self.node(span, Form::If(Box::new(test), Box::new(then), Box::new(otherwise)))?
        } else {
            test
        };
        self.nesting -= 1;
        Ok(tree)
    }

    fn binary(&mut self, least: u8) -> Parsed {
        let mut left = self.unary()?;
        while let Some((power, op)) = operator(self.peek()).filter(|(power, _)| *power >= least) {
            match op {
                Operator::And | Operator::Or => {
                    let sign = if matches!(op, Operator::And) { "&&" } else { "||" };
                    let mut terms = vec![left];
                    while self.eat(sign).is_some() {
                        terms.push(self.binary(power + 1)?);
                    }
                    left = self.balanced(terms, sign == "&&")?;
                }
                Operator::In | Operator::Binary(_) => {
                    self.next();
                    let right = self.binary(power + 1)?;
                    let span = left.span.start..right.span.end;
                    let (a, b) = (Box::new(left), Box::new(right));
                    let form = match op {
                        Operator::Binary(op) => Form::Binary(op, a, b),
                        _ => Form::In(a, b),
                    };
                    left = self.node(span, form)?;
                }
            }
        }
        Ok(left)
    }

    /// A chain of `&&` or `||` as a balanced tree: both are associative, and a hundred terms are then seven levels.
    fn balanced(&mut self, mut terms: Vec<Tree>, and: bool) -> Parsed {
        while terms.len() > 1 {
            let mut pairs = Vec::with_capacity(terms.len().div_ceil(2));
            let mut rest = terms.into_iter();
            while let Some(a) = rest.next() {
                let Some(b) = rest.next() else {
                    pairs.push(a);
                    break;
                };
                let span = a.span.start..b.span.end;
                let (a, b) = (Box::new(a), Box::new(b));
                pairs.push(self.node(span, if and { Form::And(a, b) } else { Form::Or(a, b) })?);
            }
            terms = pairs;
        }
        terms.pop().ok_or(Stop)
    }

    fn unary(&mut self) -> Parsed {
        let mut signs = Vec::new();
        while let TokenKind::Sign(sign @ ("!" | "-")) = *self.peek() {
            // The sign of an integer belongs to it: the least one has no positive counterpart.
            if sign == "-"
                && let Some(Token { kind: TokenKind::Int(magnitude), span }) = self.tokens.get(self.at + 1)
            {
                let span = self.span().start..span.end;
                self.at += 2;
                let form = Form::Int(0i64.wrapping_sub_unsigned(*magnitude));
                let literal = self.node(span, form)?;
                let operand = self.postfix(literal)?;
                return self.signed(signs, operand);
            }
            if signs.len() > usize::from(MAX_DEPTH) {
                return Err(self.too_deep(self.span()));
            }
            signs.push((sign, self.next()));
        }
        let operand = self.primary()?;
        let operand = self.postfix(operand)?;
        self.signed(signs, operand)
    }

    fn signed(&mut self, signs: Vec<(&str, Span)>, operand: Tree) -> Parsed {
        signs.into_iter().rev().try_fold(operand, |tree, (sign, at)| {
            let span = at.start..tree.span.end;
            // `-` before a double is part of it in all but name.
            let form = match (sign, &tree.form) {
                ("-", Form::Double(value)) => Form::Double(-value),
                ("-", _) => Form::Negate(Box::new(tree)),
                _ => Form::Not(Box::new(tree)),
            };
            self.node(span, form)
        })
    }

    fn primary(&mut self) -> Parsed {
        let tokens = self.tokens;
        let Token { kind, span } = &tokens[self.at];
        let span = span.clone();
        let form = match kind {
            TokenKind::Int(magnitude) => match i64::try_from(*magnitude) {
                Ok(value) => Form::Int(value),
                Err(_) => {
                    self.faults.push(integer_overflow(span.clone()));
                    Form::Broken
                }
            },
            TokenKind::Double(value) => Form::Double(*value),
            TokenKind::String(value) => Form::String(value.clone()),
            TokenKind::True => Form::Bool(true),
            TokenKind::False => Form::Bool(false),
            TokenKind::Broken => Form::Broken,
            TokenKind::Null => {
                self.refuse(
                    span.clone(),
                    text!(
                        "`null` ne fait pas partie du langage des conditions",
                        "`null` is not part of the condition language"
                    ),
                    Some(text!(
                        "une condition ne demande pas si une valeur manque : sans elle, le verdict est indéterminé",
                        "a condition never asks whether a value is missing: without it the verdict is unknown"
                    )),
                );
                Form::Broken
            }
            TokenKind::Name => return self.name(span),
            TokenKind::Sign("(") => {
                self.next();
                let mut tree = self.expression()?;
                let close = self.expect(")", Some(&span))?;
                tree.span = span.start..close.end;
                return Ok(tree);
            }
            TokenKind::Sign("[") => {
                self.next();
                let (items, close) = self.items("]", &span)?;
                return self.node(span.start..close.end, Form::List(items));
            }
            TokenKind::Sign("{") => {
                self.refuse(
                    span,
                    text!(
                        "les dictionnaires ne font pas partie du langage des conditions",
                        "maps are not part of the condition language"
                    ),
                    None,
                );
                return Err(Stop);
            }
            TokenKind::Sign(_) | TokenKind::In | TokenKind::End => {
                self.unexpected();
                return Err(Stop);
            }
        };
        self.next();
        self.node(span, form)
    }

    fn name(&mut self, span: Span) -> Parsed {
        self.next();
        let name = self.text[span.clone()].to_owned();
        if RESERVED.contains(&name.as_str()) {
            self.faults.push(Fault::new(
                SYNTAX,
                span.clone(),
                text!("`{name}` est un mot réservé de CEL", "`{name}` is a reserved word of CEL"),
                text!("ne peut pas être un nom", "cannot be a name"),
            ));
            return self.node(span, Form::Broken);
        }
        if let Some(open) = self.eat("(") {
            let (arguments, close) = self.items(")", &open)?;
            let whole = span.start..close.end;
            return self.node(whole, Form::Call(None, Word { text: name, span }, arguments));
        }
        self.node(span, Form::Name(name))
    }

    fn postfix(&mut self, mut tree: Tree) -> Parsed {
        loop {
            if self.eat(".").is_some() {
                let span = self.span();
                // A member may bear a reserved word's name, but not a keyword's.
                if self.peek() != &TokenKind::Name {
                    self.faults.push(Fault::new(
                        SYNTAX,
                        span,
                        text!("il manque un nom après `.`", "a name is missing after `.`"),
                        text!("nom attendu ici", "expected a name here"),
                    ));
                    return Err(Stop);
                }
                self.next();
                let word = Word { text: self.text[span.clone()].to_owned(), span: span.clone() };
                let start = tree.span.start;
                tree = if let Some(open) = self.eat("(") {
                    let (arguments, close) = self.items(")", &open)?;
                    self.node(start..close.end, Form::Call(Some(Box::new(tree)), word, arguments))?
                } else {
                    self.node(start..span.end, Form::Select(Box::new(tree), word))?
                };
            } else if let Some(open) = self.eat("[") {
                let close = match self.eat("]") {
                    Some(close) => close,
                    None => {
                        self.expression()?;
                        self.expect("]", Some(&open))?
                    }
                };
                let span = tree.span.start..close.end;
                // Said once for `a[0][1]`.
                if !matches!(tree.form, Form::Broken) {
                    self.refuse(
                        open.start..close.end,
                        text!("un élément de liste ne se prend pas par son rang", "items are not taken by their index"),
                        Some(text!(
                            "écrire `liste.exists(x, …)` ou `liste.all(x, …)`",
                            "write `list.exists(x, …)` or `list.all(x, …)`"
                        )),
                    );
                }
                tree = self.node(span, Form::Broken)?;
            } else if matches!(self.peek(), TokenKind::Sign("{"))
                && matches!(tree.form, Form::Name(_) | Form::Select(..))
            {
                let span = self.span();
                self.refuse(
                    span,
                    text!(
                        "les messages ne font pas partie du langage des conditions",
                        "messages are not part of the condition language"
                    ),
                    None,
                );
                return Err(Stop);
            } else {
                return Ok(tree);
            }
        }
    }

    /// Expressions separated by commas, up to the closing sign.
    fn items(&mut self, close: &'static str, opened: &Span) -> Result<(Vec<Tree>, Span), Stop> {
        let mut items = Vec::new();
        loop {
            if let Some(end) = self.eat(close) {
                return Ok((items, end));
            }
            if matches!(self.peek(), TokenKind::Sign("?")) {
                let span = self.span();
                let message = text!(
                    "les éléments optionnels ne font pas partie du langage des conditions",
                    "optional items are not part of the condition language"
                );
                self.refuse(span, message, None);
                return Err(Stop);
            }
            items.push(self.expression()?);
            if self.eat(",").is_none() {
                let end = self.expect(close, Some(opened))?;
                return Ok((items, end));
            }
            // CEL allows a comma after the last item of a list, not after the last argument.
            if close == ")" && matches!(self.peek(), TokenKind::Sign(")")) {
                self.unexpected();
                return Err(Stop);
            }
        }
    }
}
