//! The rules built into the binary: socle and packs, as text.

/// Every TOML file of `rules/` at build time: its name relative to `rules/` with `/`, and its text; sorted by name.
#[must_use]
pub fn files() -> &'static [(&'static str, &'static str)] {
    include!(concat!(env!("OUT_DIR"), "/rules.rs"))
}

/// The files of one folder of `rules/` (`socle`, or a pack), named as in [`files`].
pub fn folder(name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    files().iter().copied().filter(move |(file, _)| file.strip_prefix(name).is_some_and(|rest| rest.starts_with('/')))
}
