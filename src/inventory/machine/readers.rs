//! Readers among the devices of a machine.
//!
//! USB ids tell a model, a class tells a reader, some names say no more than that it is one. The absence of all
//! of these proves nothing: a machine without a known reader is one whose readers are unknown.

use crate::socle::Socle;
use crate::socle::collection::Readers;
use crate::value::RowRef;

/// What is told of a device.
pub(super) struct Device<'d> {
    pub(super) name: &'d str,
    pub(super) manufacturer: &'d str,
    pub(super) vendor: &'d str,
    pub(super) product: &'d str,
    /// A path that may hold both ids.
    pub(super) id: &'d str,
    pub(super) class: &'d str,
}

/// A reader among devices.
pub(super) struct Found {
    row: RowRef,
    /// Its USB ids, when they are told.
    ids: Option<String>,
}

/// Readers met so far.
#[derive(Default)]
pub(super) struct Seen(Vec<Found>);

impl Device<'_> {
    /// The reader that it is, if it is one.
    pub(super) fn reader(&self, socle: &Socle, readers: &Readers) -> Option<Found> {
        let ids = self.ids();
        let is_known = |text: &str| match socle.tables.rows_recognized(readers.table, text)[..] {
            [row] if !text.is_empty() => Some(row),
            _ => None,
        };
        if let Some(row) = ids.as_deref().and_then(is_known) {
            return Some(Found { row, ids });
        }
        if readers.not.is_match(self.name) {
            return None;
        }
        let is_class = readers.class.is_match(self.class);
        // A name that a reader has too says nothing of a device with other ids.
        if is_class || ids.is_none() {
            let full = format!("{} {}", self.manufacturer, self.name);
            if let Some(row) = is_known(self.name).or_else(|| is_known(&full)) {
                return Some(Found { row, ids });
            }
        }
        (is_class || readers.name.is_match(self.name)).then_some(Found { row: readers.unlisted, ids })
    }

    /// USB ids, as `08E6:3437`.
    fn ids(&self) -> Option<String> {
        if let (Some(vendor), Some(product)) = (hex(self.vendor), hex(self.product)) {
            return Some(format!("{vendor:04X}:{product:04X}"));
        }
        let path = self.id.to_ascii_uppercase();
        let after = |mark: &str| {
            let at = path.find(mark)? + mark.len();
            u16::from_str_radix(path.get(at..at + 4)?, 16).ok()
        };
        Some(format!("{:04X}:{:04X}", after("VID_")?, after("PID_")?))
    }
}

/// Four hexadecimal digits, or fewer after `0x`.
fn hex(text: &str) -> Option<u16> {
    let (digits, prefixed) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let fits = if prefixed { (1..=4).contains(&digits.len()) } else { digits.len() == 4 };
    (fits && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| u16::from_str_radix(digits, 16).ok())?
}

impl Seen {
    /// Remembers a reader once, in whatever sections it is told.
    pub(super) fn take(&mut self, found: Option<Found>) {
        let Some(found) = found else { return };
        if !self.0.iter().any(|known| known.row == found.row && known.ids == found.ids) {
            self.0.push(found);
        }
    }

    /// Remembers those of another.
    pub(super) fn join(&mut self, other: Seen) {
        other.0.into_iter().for_each(|found| self.take(Some(found)));
    }

    /// The rows of the readers. One of which nothing is said but that it is one is another side of one that is known.
    pub(super) fn rows(&self, readers: Option<&Readers>) -> Vec<RowRef> {
        let is_nameless = |found: &&Found| found.ids.is_none() && readers.is_some_and(|own| own.unlisted == found.row);
        let known = self.0.iter().any(|found| !is_nameless(&found));
        let kept = self.0.iter().filter(|found| !(known && is_nameless(found)));
        let mut rows: Vec<RowRef> = Vec::new();
        for found in kept {
            if readers.is_some_and(|own| own.unlisted == found.row) || !rows.contains(&found.row) {
                rows.push(found.row);
            }
        }
        rows
    }
}
