//! Versions of a product that the catalogue knows, and what an installation of each has.

use super::catalogue::{Subject, Told};
use super::{FieldId, Origin, Reading, Socle};
use crate::value::{Date, Datum, Missing, Truth, Value, Version};

/// A later version of the product that a record has.
#[derive(Clone, Debug)]
pub struct Upgrade {
    /// Name of the product.
    pub product: String,
    /// The first version of a range of the catalogue.
    pub version: Version,
    /// What the catalogue says that version has; unknown: it no longer says what the one before had.
    pub fields: Vec<(FieldId, Datum)>,
}

impl Socle {
    /// The later versions of a record's product, the nearest first. `derived`: the fields whose value came from the
    /// catalogue, which no longer hold with another version. Versions that are not there yet on that day are left out.
    #[must_use]
    pub fn upgrades(&self, subject: &Subject, derived: &[FieldId], today: Date) -> Vec<Upgrade> {
        let products = subject.product.ones();
        let now = match &subject.version.datum {
            Datum::Known(Value::Version(version)) => Some(version),
            _ => None,
        };
        let of_product = self
            .catalogue
            .rows
            .iter()
            .filter(|row| row.since.is_none_or(|since| since <= today))
            .filter(|row| row.sure && row.product.as_ref().is_some_and(|p| p.fits(&products) == Truth::True));
        let mut versions: Vec<(Version, String)> = Vec::new();
        for row in of_product {
            let first = row.version.as_ref().and_then(|range| range.first());
            if let (Some(version), Some(now), Some(product)) = (first, now, &row.product)
                && version > *now
                && !versions.iter().any(|(known, _)| *known == version)
            {
                versions.push((version, product.shown.clone()));
            }
        }
        versions.sort();
        versions.into_iter().map(|(version, product)| self.upgraded(subject, version, product, derived)).collect()
    }

    /// Whether the catalogue tells a field of a record's product for any version to come: what upgrades do not bring,
    /// no other version has.
    #[must_use]
    pub fn told_for_good(&self, subject: &Subject, field: FieldId) -> bool {
        let Some(last) = Version::parse("99999999") else { return false };
        let told = Told::of(Datum::Known(Value::Version(last)));
        let subject = Subject::new([subject.editor.clone(), subject.product.clone(), told, subject.who.clone()]);
        let unknown = Reading { datum: Datum::Unknown(Missing::NotCollected), problem: None, mark: false };
        let (reading, origin) = self.complete(field, unknown, &subject);
        origin == Some(Origin::Derived) && !matches!(reading.datum, Datum::Unknown(_))
    }

    fn upgraded(&self, subject: &Subject, version: Version, product: String, derived: &[FieldId]) -> Upgrade {
        let told = Told::of(Datum::Known(Value::Version(version.clone())));
        let subject = Subject::new([subject.editor.clone(), subject.product.clone(), told, subject.who.clone()]);
        let unknown = || Reading { datum: Datum::Unknown(Missing::NotCollected), problem: None, mark: false };
        let fields = (0u16..).map(FieldId).take(self.fields.len()).filter(|field| self.derives(*field));
        let fields = fields.filter_map(|field| match self.complete(field, unknown(), &subject) {
            (Reading { datum, .. }, Some(Origin::Derived)) => Some((field, datum)),
            _ if derived.contains(&field) => Some((field, Datum::Unknown(Missing::NotCollected))),
            _ => None,
        });
        Upgrade { product, fields: fields.collect(), version }
    }
}
