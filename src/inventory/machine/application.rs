//! What is known of machines by other ways than their documents: tables of applications, systems of phones.

use super::feeds::{given, is_wanted};
use super::gather::{Installed, Names};
use crate::socle::collection::{Fact, Feed, FeedFrom, Give};
use crate::socle::{Collection, MachineKind, Socle};

/// Software told one by one, each of many machines. It remembers the names it has met, within bounds.
pub struct Applications<'s> {
    socle: &'s Socle,
    names: Names,
}

/// The feeds that one product alone can give: no list of all that a machine has.
fn feeds(collection: &Collection) -> impl Iterator<Item = &Feed> {
    collection.feeds.iter().filter(|feed| matches!(feed.from, FeedFrom::Products { give, .. } if give != Give::List))
}

impl<'s> Applications<'s> {
    /// A reader of names.
    #[must_use]
    pub fn new(socle: &'s Socle) -> Applications<'s> {
        Applications { socle, names: Names::default() }
    }

    /// Names of the fields that applications give.
    pub fn header(collection: &Collection) -> impl Iterator<Item = &str> {
        feeds(collection).map(|feed| feed.field.as_str())
    }

    /// What an application gives each of these fields; `None` when it gives none, or is no product of the socle.
    pub fn read(&mut self, name: &str, version: &str, publisher: &str) -> Option<Vec<String>> {
        let products = self.socle.collection.products.as_ref()?;
        let row = self.names.product(name.trim(), self.socle, products)?;
        let own =
            Installed { row, version: version.trim().to_owned(), publisher: publisher.trim().to_owned(), active: None };
        let cell = |feed: &Feed| match &feed.from {
            FeedFrom::Products { wanted, except, give, .. } if is_wanted(row, wanted, except, self.socle) => {
                given(&[&own], *give, self.socle).unwrap_or_default().trim().to_owned()
            }
            _ => String::new(),
        };
        let cells: Vec<String> = feeds(&self.socle.collection).map(cell).collect();
        cells.iter().any(|cell| !cell.is_empty()).then_some(cells)
    }
}

/// Names of the fields that a machine gives by what names its system.
pub fn system_fields(collection: &Collection) -> impl Iterator<Item = &str> {
    let named = |feed: &&Feed| match &feed.from {
        FeedFrom::Facts(takes) => takes.iter().any(|take| matches!(take.fact, Fact::System | Fact::Caption)),
        _ => false,
    };
    collection.feeds.iter().filter(named).map(|feed| feed.field.as_str())
}

/// Whether what names a system says that the machine is a phone or a tablet.
#[must_use]
pub fn is_handheld(text: &str, collection: &Collection) -> bool {
    let of_system = |fact: Fact| matches!(fact, Fact::System | Fact::Caption);
    let mut signs = collection.kinds.iter().filter(|sign| sign.kind == MachineKind::Phone && of_system(sign.fact));
    signs.any(|sign| sign.pattern.is_match(text.trim()))
}
