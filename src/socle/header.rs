//! Header of a column → field, or what personal data it holds.

use super::fold::{self, Words};
use super::{FieldId, Socle};
use crate::diag::Text;
use std::collections::HashMap;

/// What the header of a column means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderMatch<'s> {
    /// The column of this field.
    Field(FieldId),
    /// Personal data that is never kept: what it is.
    Private(&'s Text),
    /// Nothing that the socle knows.
    None,
}

/// Headers by folded key.
#[derive(Default)]
pub(crate) struct Headers {
    pub(crate) words: Words,
    pub(crate) fields: HashMap<String, FieldId>,
    /// Kind of each private header.
    pub(crate) private: HashMap<String, Text>,
    /// Words that make any header private that is no field's.
    pub(crate) private_words: HashMap<String, Text>,
}

impl Socle {
    /// What a header means, whatever its case, accents, spaces, punctuation and line breaks; a remark in
    /// brackets at the end is ignored when the whole is not known.
    #[must_use]
    pub fn field_of_header(&self, header: &str) -> HeaderMatch<'_> {
        let headers = &self.headers;
        let lookup = |text: &str| {
            let key = fold::key(text, &headers.words);
            match headers.fields.get(&key) {
                Some(field) => HeaderMatch::Field(*field),
                None => headers.private.get(&key).map_or(HeaderMatch::None, HeaderMatch::Private),
            }
        };
        let whole = lookup(header);
        if whole != HeaderMatch::None {
            return whole;
        }
        if let Some((before, _)) = header.split_once(['(', '['])
            && !fold::trim(before).is_empty()
        {
            let short = lookup(before);
            if short != HeaderMatch::None {
                return short;
            }
        }
        let mut found = HeaderMatch::None;
        fold::for_each_word(&fold::plain(header), |word| {
            if let Some(kind) = headers.private_words.get(word) {
                found = HeaderMatch::Private(kind);
            }
        });
        found
    }
}
