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
