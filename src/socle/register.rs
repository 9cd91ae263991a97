//! Registers: what a list of professionals or structures tells of an identifier.
//!
//! Which columns of a register feed which fields, and how a register is recognised, is data (`registres.toml`).
//! A person may stand on several rows: what differs is a set of candidates. Nothing is kept but identifiers, as 64
//! bits each, and a number: that of the values which many share. A PS takes 15 to 30 bytes.

use super::fold::{self, Words};
use super::{FieldId, Origin, Reading, Socle, Stated};
use crate::diag::Text;
use crate::value::{Datum, Missing};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Between the values that a register tells of one field, in [`Registers::text`].
const BETWEEN: char = '\u{1f}';

/// The registers that are known, and what those that were read tell.
#[derive(Default)]
pub struct Registers {
    /// The kinds of registers of `registres.toml`.
    pub kinds: Vec<RegisterKind>,
    /// The registers read, in the order given.
    pub files: Vec<RegisterFile>,
    /// The fields that they give.
    pub fields: Vec<FieldId>,
    people: People,
}

/// A kind of register.
pub struct RegisterKind {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub label: Text,
    /// Headers by which it is told, folded.
    pub(crate) headers: Vec<String>,
    /// The beginning of a file without header, and then the names of its columns.
    pub(crate) bare: Option<(String, Vec<String>)>,
    /// What separates cells.
    pub delimiter: char,
    /// Whether quotes enclose cells.
    pub quoted: bool,
    /// Column of the identifier, and its scheme when the form does not tell it.
    pub(crate) identifier: (String, Option<usize>),
    /// The only rows that count: a column and its text.
    pub only: Option<(String, String)>,
    /// For each field, the columns that give it, the best first.
    pub fields: Vec<(FieldId, Vec<String>)>,
}

/// A register that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterFile {
    /// Name as the user gave it.
    pub name: String,
    /// Its kind, by id.
    pub kind: String,
    /// The name of its kind for people.
    pub label: Text,
    /// `blake3:<hex>` of its bytes.
    pub digest: String,
    /// Its rows.
    pub rows: u64,
}

impl RegisterKind {
    /// The names of the columns of a file without header.
    #[must_use]
    pub fn columns(&self) -> Option<&[String]> {
        self.bare.as_ref().map(|(_, columns)| columns.as_slice())
    }

    /// The column of the identifier.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.identifier.0
    }

    /// Whether the first line of a file is one of this kind.
    fn begins(&self, line: &str) -> bool {
        if let Some((first, _)) = &self.bare {
            return line.starts_with(first.as_str());
        }
        let cells: Vec<String> = line.split(self.delimiter).map(|cell| column_key(cell.trim_matches('"'))).collect();
        self.headers.iter().all(|header| cells.contains(header))
    }
}

/// The name of a column as names are compared.
#[must_use]
pub(crate) fn column_key(name: &str) -> String {
    fold::key(name, &Words::default())
}

/// Who is known, and by which values.
#[derive(Default)]
struct People {
    /// Key of who stands in each slot, 0 in free ones; a power of two of them.
    keys: Vec<u64>,
    /// Profile of who stands in each slot.
    profiles_of: Vec<u32>,
    count: usize,
    profiles: Vec<Profile>,
    numbers: HashMap<Profile, u32>,
    /// Number of two profiles together.
    merged: HashMap<(u32, u32), u32>,
    texts: Vec<String>,
    text_numbers: HashMap<String, u32>,
}

/// Numbers of the texts of each field.
type Profile = Vec<Vec<u32>>;

impl People {
    fn slot(&self, key: u64) -> usize {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let mask = self.keys.len() - 1;
        let mut slot = hasher.finish() as usize & mask;
        while self.keys[slot] != 0 && self.keys[slot] != key {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn get(&self, key: u64) -> Option<u32> {
        if self.keys.is_empty() {
            return None;
        }
        let slot = self.slot(key);
        (self.keys[slot] == key).then(|| self.profiles_of[slot])
    }

    fn add(&mut self, key: u64, profile: u32) {
        if self.count * 5 >= self.keys.len() * 4 {
            self.grow();
        }
        let slot = self.slot(key);
        if self.keys[slot] == key {
            self.profiles_of[slot] = self.both(self.profiles_of[slot], profile);
            return;
        }
        self.keys[slot] = key;
        self.profiles_of[slot] = profile;
        self.count += 1;
    }

    fn grow(&mut self) {
        let slots = (self.keys.len() * 2).max(1024);
        let keys = std::mem::replace(&mut self.keys, vec![0; slots]);
        let profiles = std::mem::replace(&mut self.profiles_of, vec![0; slots]);
        for (key, profile) in keys.into_iter().zip(profiles).filter(|(key, _)| *key != 0) {
            let slot = self.slot(key);
            self.keys[slot] = key;
            self.profiles_of[slot] = profile;
        }
    }

    fn number(&mut self, profile: Profile) -> u32 {
        if let Some(number) = self.numbers.get(&profile) {
            return *number;
        }
        // There are as many profiles as people at most, and a machine has not the memory for 2^32 of these.
        let number = self.profiles.len() as u32;
        self.profiles.push(profile.clone());
        self.numbers.insert(profile, number);
        number
    }

    /// What two rows tell together.
    fn both(&mut self, one: u32, two: u32) -> u32 {
        if one == two {
            return one;
        }
        let pair = (one.min(two), one.max(two));
        if let Some(known) = self.merged.get(&pair) {
            return *known;
        }
        let profile = together(&self.profiles[one as usize], &self.profiles[two as usize]);
        let number = self.number(profile);
        self.merged.insert(pair, number);
        number
    }

    fn text(&mut self, text: &str) -> u32 {
        if let Some(number) = self.text_numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.text_numbers.insert(text.to_owned(), number);
        number
    }
}

fn together(one: &Profile, two: &Profile) -> Profile {
    one.iter()
        .zip(two)
        .map(|(one, two)| {
            let mut all: Vec<u32> = one.iter().chain(two).copied().collect();
            all.sort_unstable();
            all.dedup();
            all
        })
        .collect()
}

impl Registers {
    /// The kind of register that begins with a line.
    #[must_use]
    pub fn kind_of(&self, first_line: &str) -> Option<usize> {
        self.kinds.iter().position(|kind| kind.begins(first_line))
    }

    /// The place of a field among those that registers give.
    #[must_use]
    pub fn place(&self, field: FieldId) -> Option<usize> {
        if self.files.is_empty() { None } else { self.fields.iter().position(|known| *known == field) }
    }

    /// Number of a text.
    pub fn number_of_text(&mut self, text: &str) -> u32 {
        self.people.text(text)
    }

    /// Number of what a row tells: the number of a text for each field, if any.
    pub fn number_of_row(&mut self, texts: &[Option<u32>]) -> u32 {
        self.people.number(texts.iter().map(|text| text.iter().copied().collect()).collect())
    }

    /// Adds a row about someone, by key and number.
    pub fn add(&mut self, key: u64, row: u32) {
        self.people.add(key, row);
    }

    /// How many are known.
    #[must_use]
    pub fn people(&self) -> usize {
        self.people.count
    }

    /// The number of what is told of someone.
    #[must_use]
    pub fn number_of(&self, key: u64) -> Option<u32> {
        self.people.get(key)
    }

    /// What several numbers tell together: for each field, the values joined; `None` of no number.
    #[must_use]
    pub fn told(&self, numbers: &[u32]) -> Option<Vec<String>> {
        let profiles = numbers.iter().map(|number| &self.people.profiles[*number as usize]);
        let found = profiles.fold(None, |found: Option<Profile>, profile| {
            Some(found.map_or_else(|| profile.clone(), |found| together(&found, profile)))
        });
        let text = |numbers: &Vec<u32>| {
            let mut texts: Vec<&str> =
                numbers.iter().map(|number| self.people.texts[*number as usize].as_str()).collect();
            // Not in the order of the rows.
            texts.sort_unstable();
            texts.join(&BETWEEN.to_string())
        };
        found.map(|profile| profile.iter().map(text).collect())
    }
}

impl Socle {
    /// The keys by which registers may know an identifier: one for each scheme that its form fits, and the header
    /// of its column does not exclude.
    pub fn register_keys(&self, field: FieldId, stated: Stated, text: &str, keys: &mut Vec<u64>) {
        keys.clear();
        let Some(schemes) = self.class_stated(field, stated, text.as_bytes()).schemes() else { return };
        let (schemes, number) = self.number(schemes, text);
        keys.extend(
            (0..self.schemes.len()).filter(|scheme| schemes & (1 << scheme) != 0).filter_map(|s| key(s, &number)),
        );
    }

    /// The keys of an identifier in a register of some kind.
    pub fn keys_in_register(&self, kind: &RegisterKind, text: &str, keys: &mut Vec<u64>) {
        keys.clear();
        match kind.identifier.1 {
            Some(scheme) => keys.extend(key(scheme, &text.trim().to_uppercase())),
            None => {
                let Some(role) = self.field_with_role(super::Role::Identifier).and_then(|f| self.field(&f.id)) else {
                    return;
                };
                self.register_keys(role, Stated::default(), text, keys);
            }
        }
    }

    /// A field with what a register tells of it: a value that the record does not tell is the register's, one that
    /// it tells holds.
    #[must_use]
    pub fn complete_from_register(&self, field: FieldId, own: Reading, told: &str) -> (Reading, Option<Origin>) {
        let values = told.split(BETWEEN).filter(|text| !text.is_empty());
        let values =
            values.flat_map(|text| self.read(field, text, false).datum.candidates().to_vec()).collect::<Vec<_>>();
        let registered = Datum::one_of(values);
        match (&own.datum, registered) {
            (_, Datum::Unknown(_)) => (own, None),
            (Datum::Unknown(Missing::Blank | Missing::NotCollected), registered) => {
                let several = matches!(registered, Datum::OneOf(_)) && told.contains(BETWEEN);
                let origin = if several { Origin::RegisteredAmong } else { Origin::Registered };
                (Reading { datum: registered, ..own }, Some(origin))
            }
            (Datum::Unknown(_), _) => (own, None),
            (known, registered) => {
                let conflict = (!super::catalogue::may_agree(known, &registered)).then_some(Origin::RegisterConflict);
                (own, conflict)
            }
        }
    }
}

/// An identifier of a scheme in 64 bits; `None` when it has more digits than any scheme that registers know.
fn key(scheme: usize, number: &str) -> Option<u64> {
    let bytes = number.as_bytes();
    if !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let digits = bytes.iter().all(u8::is_ascii_digit);
    let (radix, longest) = if digits { (10, 15) } else { (36, 10) };
    if bytes.is_empty() || bytes.len() > longest {
        return None;
    }
    let value = u64::from_str_radix(number, radix).ok()?;
    // 5 bits of scheme, 4 of length, 1 of alphabet, 54 of value: two identifiers never have the same.
    Some((scheme as u64) << 59 | (bytes.len() as u64) << 55 | u64::from(digits) << 54 | value)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_tell_identifiers_apart(one in "[0-9A-Z]{1,10}|[0-9]{1,15}", two in "[0-9A-Z]{1,10}|[0-9]{1,15}") {
            prop_assert_eq!(key(3, &one) == key(3, &two), one == two);
            prop_assert!(key(3, &one).unwrap() != 0 && key(4, &one) != key(3, &one));
        }

        #[test]
        fn people_are_those_who_were_added(rows in prop::collection::vec((1u64..3000, 0u32..5), 0..4000)) {
            let mut registers = Registers::default();
            let numbers: Vec<u32> = (0..5).map(|n: u32| {
                let text = registers.number_of_text(&n.to_string());
                registers.number_of_row(&[Some(text)])
            }).collect();
            let mut expected: std::collections::BTreeMap<u64, std::collections::BTreeSet<u32>> = std::collections::BTreeMap::new();
            for (key, row) in &rows {
                registers.add(*key, numbers[*row as usize]);
                expected.entry(*key).or_default().insert(*row);
            }
            prop_assert_eq!(registers.people(), expected.len());
            for key in 1..3000 {
                let number: Vec<u32> = registers.number_of(key).into_iter().collect();
                let told = registers.told(&number).map(|fields| fields[0].clone());
                let wanted = expected.get(&key).map(|rows| {
                    rows.iter().map(u32::to_string).collect::<Vec<_>>().join(&BETWEEN.to_string())
                });
                prop_assert_eq!(told, wanted);
            }
        }
    }
}
