//! Values, and what is known of a cell.

use super::{Date, Version};
use std::sync::Arc;

/// A socle table, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub u16);

/// A record type (a reader, a service …), by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub u16);

/// A row of a socle table. Rows of an ordered table (a scale) stand in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowRef {
    /// The table.
    pub table: TableId,
    /// The row in it, from 0.
    pub row: u32,
}

/// Static type of an expression, a field, a table's column or a record's member.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// True or false.
    Bool,
    /// 64-bit signed integer.
    Int,
    /// IEEE 754 double.
    Double,
    /// Text.
    String,
    /// Civil date.
    Date,
    /// Dotted version.
    Version,
    /// Identifier of a person or structure, with its scheme and key.
    Identifier,
    /// A row of a socle table.
    Row(TableId),
    /// A small record.
    Record(RecordId),
    /// A list.
    List(Box<Type>),
}

/// A value of one of the types of [`Type`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// See [`Type::Bool`].
    Bool(bool),
    /// See [`Type::Int`].
    Int(i64),
    /// See [`Type::Double`].
    Double(f64),
    /// See [`Type::String`].
    String(Arc<str>),
    /// See [`Type::Date`].
    Date(Date),
    /// See [`Type::Version`].
    Version(Version),
    /// See [`Type::Identifier`].
    Identifier(Arc<Identifier>),
    /// See [`Type::Row`].
    Row(RowRef),
    /// Members of a record, in the order of its type.
    Record(Arc<[Datum]>),
    /// Items of a list; each may be unknown on its own.
    List(Arc<[Datum]>),
}

/// An identifier as found, with what its form tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Identifier {
    /// The text as found, trimmed.
    pub text: Arc<str>,
    /// What outputs show in its stead, when identifiers are masked.
    pub mask: Option<Arc<str>>,
    /// Name of the scheme (rpps, finess …): a string, or candidates when the form fits several.
    pub scheme: Datum,
    /// Whether the check key is right; unknown when the scheme has none or is not settled.
    pub key_ok: Datum,
}

/// What is known of a cell, an attribute or an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// Exactly this value.
    Known(Value),
    /// One of at least two values; an operator answers what all of them answer, else unknown.
    OneOf(Arc<[Value]>),
    /// Nothing, and why.
    Unknown(Missing),
}

/// Why a value is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// The inventory has no such column or section.
    NotCollected,
    /// The cell is blank, or says that it does not know.
    Blank,
    /// The cell holds something that its field cannot read.
    Unreadable,
    /// The socle does not give this attribute (no source, or none good enough).
    NoAttribute,
    /// Several candidates answer differently.
    Undecided,
    /// Integer overflow, or a date out of the calendar.
    Overflow,
    /// Division by zero.
    DivisionByZero,
}

impl Identifier {
    /// What outputs show: the mask if there is one.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.mask.as_deref().unwrap_or(&self.text)
    }
}

impl Datum {
    /// The single value, when there is one.
    #[must_use]
    pub fn known(&self) -> Option<&Value> {
        match self {
            Datum::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Every value it may have; empty when nothing is known.
    #[must_use]
    pub fn candidates(&self) -> &[Value] {
        match self {
            Datum::Known(value) => std::slice::from_ref(value),
            Datum::OneOf(values) => values,
            Datum::Unknown(_) => &[],
        }
    }

    /// A datum from candidate values: none is unreadable, one (after removing repeats) is known.
    #[must_use]
    pub fn one_of(values: Vec<Value>) -> Datum {
        let mut distinct: Vec<Value> = Vec::with_capacity(values.len());
        for value in values {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        match distinct.len() {
            0 => Datum::Unknown(Missing::Unreadable),
            1 => Datum::Known(distinct.remove(0)),
            _ => Datum::OneOf(distinct.into()),
        }
    }
}

impl From<Value> for Datum {
    fn from(value: Value) -> Datum {
        Datum::Known(value)
    }
}
