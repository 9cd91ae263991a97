//! Header of a column → field, or what personal data it holds.

use super::fold::{self, Words};
use super::{FieldId, Socle};
use crate::diag::{Text, nearest};
use std::collections::HashMap;

/// Letters of a header that tells a field from inside a longer one.
const SHORTEST_NEAR: usize = 3;
/// Bytes of a header that may be nearly another.
const LONGEST_NEAR: usize = 200;

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
    /// Headers that are those of a field where one of others stands beside: by their key, the keys of these, the field.
    pub(crate) among: Vec<(String, Vec<String>, FieldId)>,
    /// Words that make any header private that is no field's.
    pub(crate) private_words: HashMap<String, Text>,
}

impl Socle {
    /// What a header means, whatever its case, accents, spaces, punctuation and line breaks; a remark in
    /// brackets at the end is ignored when the whole is not known.
    #[must_use]
    pub fn field_of_header(&self, header: &str) -> HeaderMatch<'_> {
        if let Some(mended) = fold::mended(header) {
            return self.field_of_header(&mended);
        }
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

    /// What a header means among those of its table.
    #[must_use]
    pub fn field_of_header_among(&self, header: &str, table: &[String]) -> HeaderMatch<'_> {
        if !self.headers.among.is_empty() {
            let key = self.header_key(header);
            for (_, beside, field) in self.headers.among.iter().filter(|(known, ..)| *known == key) {
                if table.iter().any(|other| beside.contains(&self.header_key(other))) {
                    return HeaderMatch::Field(*field);
                }
            }
        }
        self.field_of_header(header)
    }

    /// The key under which headers are compared.
    pub(crate) fn header_key(&self, header: &str) -> String {
        fold::key(header, &self.headers.words)
    }

    /// The place of a header among those of a field; past them when it is none.
    #[must_use]
    pub fn header_rank(&self, field: FieldId, header: &str) -> usize {
        let key = |text: &str| fold::key(text, &self.headers.words);
        let before = header.split_once(['(', '[']).map_or(header, |(before, _)| before);
        let (whole, before) = (key(header), key(before));
        let mut known = self.fields[usize::from(field.0)].names().map(key);
        known.position(|known| known == whole || known == before).unwrap_or(usize::MAX)
    }

    /// Fields that a header may mean which is none of theirs, the likeliest first: one of their headers is nearly this
    /// one, or stands in it word for word.
    #[must_use]
    pub fn fields_near(&self, header: &str) -> Vec<FieldId> {
        if header.len() > LONGEST_NEAR {
            return Vec::new();
        }
        let header = fold::plain(header);
        let words = |text: &str| {
            let mut words = Vec::new();
            fold::for_each_word(text, |word| words.push(word.to_owned()));
            words
        };
        let wanted = words(&header);
        let holds = |known: &str| {
            let known = words(&fold::plain(known));
            let long = known.iter().map(String::len).sum::<usize>() >= SHORTEST_NEAR;
            long && wanted.windows(known.len()).any(|part| part == known)
        };
        let ids = || (0..u16::MAX).map(FieldId).zip(&self.fields);
        let headers = || ids().flat_map(|(id, field)| field.names().map(move |known| (id, known)));
        let near = nearest(&header, headers().map(|(_, known)| known));
        let near = headers().filter(|(_, known)| near == Some(*known)).map(|(id, _)| id);
        let mut found = Vec::new();
        for id in near.chain(headers().filter(|(_, known)| holds(known)).map(|(id, _)| id)) {
            if !found.contains(&id) {
                found.push(id);
            }
        }
        found
    }
}
