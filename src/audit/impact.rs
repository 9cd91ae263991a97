//! What installing a release does to an installed base.

use crate::socle::Socle;
use crate::value::{Datum, Truth, Value};

/// What installing a release does to a base.
#[derive(Clone, Debug, Default)]
pub struct Impact {}

/// Whether two records are of the same product: by what the socle recognises, else by their names.
pub(super) fn same_product(one: &[Datum], two: &[Datum], socle: &Socle) -> Truth {
    let Some(manifests) = &socle.manifests else { return Truth::Unknown };
    let recognised = socle.catalogue_keys().map(|[_, product, ..]| product);
    let row = |record: &[Datum]| recognised.map(|field| record[usize::from(field.0)].clone());
    if let (Some(Datum::Known(one)), Some(Datum::Known(two))) = (row(one), row(two)) {
        return Truth::from(one == two);
    }
    let name = |record: &[Datum]| match record[usize::from(manifests.product.0)].known() {
        Some(Value::String(text)) => Some(socle.folded(manifests.product, text)),
        _ => None,
    };
    match (name(one), name(two)) {
        (Some(one), Some(two)) => Truth::from(one == two),
        _ => Truth::Unknown,
    }
}
