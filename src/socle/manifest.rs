//! What the manifest of a release tells, and of what (`[manifest]` of `fields.toml`).
//!
//! A field of the manifest's kind that installations have too is what an installation of the release has
//! ([`Manifests::brings`]), unless it is one of those that the release asks of the workstation. The whole manifest
//! is read by rules on installations as one record ([`Manifests::delivered`]).

use super::{FieldId, Socle};
use crate::value::{Datum, RowRef, TableId, Type, Value};

/// Which fields tell of a release, and how other documents name them.
pub struct Manifests {
    /// Kind of the records that manifests are.
    pub kind: String,
    /// Prefix of our own properties in documents of others.
    pub prefix: String,
    /// Who makes it.
    pub editor: FieldId,
    /// Its name.
    pub product: FieldId,
    /// Its version.
    pub version: FieldId,
    /// Its date.
    pub date: FieldId,
    /// The systems that it supports.
    pub systems: FieldId,
    /// The table that names of components are read against.
    pub(crate) components: TableId,
    /// Rows of that table whose version a field tells.
    pub(crate) feeds: Vec<(RowRef, FieldId)>,
    /// Fields of both kinds that tell what the release asks of a workstation, not what it brings.
    pub(crate) asks: Vec<FieldId>,
    /// The field of an installation that is the manifest of the release being installed.
    pub delivered: FieldId,
    /// The fields of the manifest, in the order of the members of [`Manifests::delivered`].
    pub members: Vec<FieldId>,
    /// Fields of installations that an installed base is cut by.
    pub by: Vec<FieldId>,
    /// Kind of the records that releases are installed on.
    pub(crate) installed: String,
}

impl Manifests {
    /// The field that the version of a component of this name tells, if any.
    #[must_use]
    pub fn fed_by(&self, component: &str, socle: &Socle) -> Option<FieldId> {
        let rows = socle.tables.rows_recognized(self.components, component);
        let fed = |row: &RowRef| self.feeds.iter().find(|(known, _)| known == row).map(|(_, field)| *field);
        match rows.as_slice() {
            [row] => fed(row),
            _ => None,
        }
    }

    /// The names by which the socle knows the components that feed a field: the label of each, with the field.
    pub fn fed<'s>(&'s self, socle: &'s Socle) -> impl Iterator<Item = (&'s str, FieldId)> {
        self.feeds.iter().map(|(row, field)| (socle.tables.row(*row).label.fr.as_str(), *field))
    }

    /// The fields of an installation that the manifest tells, once the release is installed.
    pub fn brings<'s>(&'s self, socle: &'s Socle) -> impl Iterator<Item = FieldId> + 's {
        let of_both = |field: &FieldId| {
            let field = &socle.fields[usize::from(field.0)];
            field.kinds.contains(&self.installed)
        };
        self.members.iter().copied().filter(of_both).filter(|field| !self.asks.contains(field))
    }

    /// The field that lists whom the release is for, and the table that they are rows of.
    #[must_use]
    pub fn audience(&self, socle: &Socle) -> Option<(FieldId, TableId)> {
        let [.., who] = socle.catalogue_keys()?;
        let Type::Row(table) = socle.fields[usize::from(who.0)].ty else { return None };
        let list = Type::List(Box::new(Type::Row(table)));
        let field = self.members.iter().copied().find(|field| socle.fields[usize::from(field.0)].ty == list)?;
        Some((field, table))
    }

    /// The manifest as the value of [`Manifests::delivered`], from one datum a field of the socle.
    #[must_use]
    pub fn record(&self, data: &[Datum]) -> Datum {
        let members: Vec<Datum> = self.members.iter().map(|field| data[usize::from(field.0)].clone()).collect();
        Datum::Known(Value::Record(members.into()))
    }
}
