//! The checked expression: every name resolved, every type known, places kept.

use crate::diag::Span;
use crate::socle::{FieldId, ParameterId};
use crate::value::{Type, Value};

/// A checked expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Bytes of the condition's text that it covers.
    pub span: Span,
    /// Its static type.
    pub ty: Type,
    /// What it is.
    pub kind: Kind,
}

/// The forms of an expression.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A constant; a string literal beside a coded field is already the row it names.
    Literal(Value),
    /// The date of the evaluation.
    Today,
    /// A field of the record.
    Field(FieldId),
    /// The same field of the previous manifest.
    Previous(FieldId),
    /// A dated threshold.
    Parameter(ParameterId),
    /// The variable of an enclosing `exists` or `all`: 0 is the outermost.
    Local(usize),
    /// A column of a row's table.
    Column(Box<Expr>, usize),
    /// A member of a record.
    Member(Box<Expr>, usize),
    /// `.year` of a date.
    DatePart(Box<Expr>, DatePart),
    /// `.major`, `.minor`, `.patch` of a version.
    VersionPart(Box<Expr>, VersionPart),
    /// `.scheme` of an identifier, a string.
    Scheme(Box<Expr>),
    /// `.key_ok` of an identifier, a boolean.
    KeyOk(Box<Expr>),
    /// `!x`
    Not(Box<Expr>),
    /// `-x`
    Negate(Box<Expr>),
    /// `a && b`
    And(Box<Expr>, Box<Expr>),
    /// `a || b`
    Or(Box<Expr>, Box<Expr>),
    /// `test ? then : otherwise`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Comparison or arithmetic; operands have the same type, except date ± int.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `item in list`
    In(Box<Expr>, Box<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `size(x)` of a string (characters) or list.
    Size(Box<Expr>),
    /// `list.exists(v, body)`: the variable is `Local(depth)` in the body.
    Exists(Box<Expr>, Box<Expr>),
    /// `list.all(v, body)`
    All(Box<Expr>, Box<Expr>),
    /// `text.startsWith(part)` and the like; the text is a string or an identifier.
    StringTest(StringTest, Box<Expr>, Box<Expr>),
    /// `text.matches("…")`: the pattern is constant and compiled.
    Matches(Box<Expr>, regex::Regex),
}

/// Binary operators on two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// Parts of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatePart {
    /// `.year`
    Year,
}

/// Parts of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VersionPart {
    /// `.major`
    Major,
    /// `.minor`
    Minor,
    /// `.patch`
    Patch,
}

/// Tests on strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StringTest {
    /// `.startsWith(…)`
    StartsWith,
    /// `.endsWith(…)`
    EndsWith,
    /// `.contains(…)`
    Contains,
}

impl BinaryOp {
    /// As written in a condition.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessOrEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterOrEqual => ">=",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
            BinaryOp::Remainder => "%",
        }
    }

    /// Whether it answers a boolean.
    #[must_use]
    pub fn is_comparison(self) -> bool {
        use BinaryOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        matches!(self, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
    }
}

impl Expr {
    /// The expressions right under this one, in the order of the text.
    #[must_use]
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            Kind::Literal(_)
            | Kind::Today
            | Kind::Field(_)
            | Kind::Previous(_)
            | Kind::Parameter(_)
            | Kind::Local(_) => Vec::new(),
            Kind::Column(a, _)
            | Kind::Member(a, _)
            | Kind::DatePart(a, _)
            | Kind::VersionPart(a, _)
            | Kind::Scheme(a)
            | Kind::KeyOk(a)
            | Kind::Not(a)
            | Kind::Negate(a)
            | Kind::Size(a)
            | Kind::Matches(a, _) => vec![a],
            Kind::And(a, b)
            | Kind::Or(a, b)
            | Kind::Binary(_, a, b)
            | Kind::In(a, b)
            | Kind::Exists(a, b)
            | Kind::All(a, b)
            | Kind::StringTest(_, a, b) => vec![a, b],
            Kind::If(a, b, c) => vec![a, b, c],
            Kind::List(items) => items.iter().collect(),
        }
    }

    /// Whether this expression, or one under it, has a property.
    pub fn any(&self, property: &mut dyn FnMut(&Expr) -> bool) -> bool {
        property(self) || self.children().into_iter().any(|part| part.any(property))
    }

    /// Visits this expression, then everything under it.
    pub fn visit<'a>(&'a self, visitor: &mut impl FnMut(&'a Expr)) {
        visitor(self);
        for child in self.children() {
            child.visit(visitor);
        }
    }
}
