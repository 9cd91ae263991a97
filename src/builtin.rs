//! The rules built into the binary: socle and packs, as text, and what their TOML says.

use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Every TOML file of `rules/` at build time: its name relative to `rules/` with `/`, and its text; sorted by name.
#[must_use]
pub fn files() -> &'static [(&'static str, &'static str)] {
    include!(concat!(env!("OUT_DIR"), "/rules.rs"))
}

/// The text of a file, named as in [`files`].
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    let files = files();
    files.binary_search_by_key(&name, |(known, _)| *known).ok().map(|at| files[at].1)
}

/// The files of one folder of `rules/` (`socle`, or a pack), named as in [`files`].
pub fn folder(name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    files().iter().copied().filter(move |(file, _)| file.strip_prefix(name).is_some_and(|rest| rest.starts_with('/')))
}

/// What a text says that is that of a file.
///
/// SPEED: parsing the socle would take a quarter of the time that `vigie` needs to start, so that is done by `build.rs`;
/// what it found out is told by an outline, which says where everything stands in the text.
#[must_use]
pub fn parsed(text: &str) -> Option<DeTable<'static>> {
    let outlines: &[&[u8]] = include!(concat!(env!("OUT_DIR"), "/outlines.rs"));
    let at = files().iter().position(|(_, known)| *known == text)?;
    Outline { text: files()[at].1, rest: outlines.get(at)? }.table()
}

/// What `build.rs` wrote of a text; every reading is `None` on what it does not write.
struct Outline {
    text: &'static str,
    rest: &'static [u8],
}

impl Outline {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn number(&mut self) -> Option<usize> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            number |= usize::from(byte & 127).checked_shl(shift)?;
            if byte < 128 {
                return Some(number);
            }
            shift += 7;
        }
    }

    fn place(&mut self) -> Option<std::ops::Range<usize>> {
        let start = self.number()?;
        Some(start..start + self.number()?)
    }

    fn string(&mut self) -> Option<Cow<'static, str>> {
        let length = self.number()?;
        match self.number()?.checked_sub(1) {
            Some(start) => self.text.get(start..start + length).map(Cow::Borrowed),
            None => {
                let (string, rest) = self.rest.split_at_checked(length)?;
                self.rest = rest;
                std::str::from_utf8(string).ok().map(Cow::Borrowed)
            }
        }
    }

    fn table(&mut self) -> Option<DeTable<'static>> {
        let keys = self.number()?;
        (0..keys).map(|_| Some((Spanned::new(self.place()?, self.string()?), self.value()?))).collect()
    }

    fn value(&mut self) -> Option<Spanned<DeValue<'static>>> {
        let kind = self.byte()?;
        let place = self.place()?;
        let value = match kind {
            b's' => DeValue::String(self.string()?),
            b't' => DeValue::Table(self.table()?),
            b'a' => {
                let items = self.number()?;
                DeValue::Array((0..items).map(|_| self.value()).collect::<Option<_>>()?)
            }
            _ => DeValue::parse(self.text.get(place.clone())?).ok()?.into_inner(),
        };
        Some(Spanned::new(place, value))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::{files, parsed};
    use toml::Spanned;
    use toml::de::{DeTable, DeValue};

    /// Every key and value of a table with its place.
    fn told(table: &DeTable<'_>) -> Vec<String> {
        fn tell(value: &Spanned<DeValue<'_>>, out: &mut Vec<String>) {
            match value.get_ref() {
                DeValue::Array(items) => {
                    out.push(format!("{} items at {:?}", items.len(), value.span()));
                    items.iter().for_each(|item| tell(item, out));
                }
                DeValue::Table(table) => {
                    out.push(format!("{} keys at {:?}", table.len(), value.span()));
                    out.extend(told(table));
                }
                plain => out.push(format!("{plain:?} at {:?}", value.span())),
            }
        }
        let mut out = Vec::new();
        for (key, value) in table {
            out.push(format!("{key:?}"));
            tell(value, &mut out);
        }
        out
    }

    #[test]
    fn outlines_say_what_the_texts_say() {
        for (name, text) in files() {
            let expected = DeTable::parse(text).unwrap().into_inner();
            assert_eq!(told(&parsed(text).unwrap()), told(&expected), "{name}");
        }
        assert!(parsed("a = 1").is_none());
    }
}
