//! What a version changes from the one before: field by field, by what the values are, whatever they mean.
//!
//! Whether a change is allowed is for the rules to say.

use crate::diag::Text;
use crate::socle::{FieldId, SERVICE, Socle};
use crate::value::{Datum, Type, Value};

/// A field that two manifests tell otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its id.
    pub field: String,
    /// Its name for people.
    pub label: Text,
    /// What became of it.
    pub kind: ChangeKind,
    /// What was there and is no more; the value before.
    pub before: Option<Text>,
    /// What is there and was not; the value after.
    pub after: Option<Text>,
}

/// What became of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Something is taken away.
    Removed,
    /// Something is added.
    Added,
    /// A level or a version goes down.
    Lowered,
    /// A level or a version goes up.
    Raised,
    /// Another value.
    Changed,
    /// Told before, not told any more.
    Forgotten,
}

impl ChangeKind {
    /// Its word in machine outputs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ChangeKind::Removed => "removed",
            ChangeKind::Added => "added",
            ChangeKind::Lowered => "lowered",
            ChangeKind::Raised => "raised",
            ChangeKind::Changed => "changed",
            ChangeKind::Forgotten => "forgotten",
        }
    }
}

/// What changes from one record to another, in the order of the fields.
pub(super) fn changes(before: &[Datum], after: &[Datum], socle: &Socle) -> Vec<Change> {
    let Some(manifests) = &socle.manifests else { return Vec::new() };
    let named = [manifests.editor, manifests.product, manifests.version, manifests.date];
    let told = |field: &FieldId| !named.contains(field) && crate::manifest::is_asked(socle, *field);
    let fields = manifests.members.iter().copied().filter(told);
    fields
        .flat_map(|field| of_field(field, &before[usize::from(field.0)], &after[usize::from(field.0)], socle))
        .collect()
}

fn of_field(field: FieldId, before: &Datum, after: &Datum, socle: &Socle) -> Vec<Change> {
    let definition = &socle.fields[usize::from(field.0)];
    let change = |kind, before: Option<Text>, after: Option<Text>| Change {
        field: definition.id.clone(),
        label: definition.label.clone(),
        kind,
        before,
        after,
    };
    let label = |datum: &Datum| Some(socle.tables.datum_label(datum));
    match (before, after) {
        _ if before == after || matches!(before, Datum::Unknown(_)) => Vec::new(),
        (_, Datum::Unknown(_)) => vec![change(ChangeKind::Forgotten, label(before), None)],
        (Datum::Known(Value::List(old)), Datum::Known(Value::List(new))) => {
            let only = |these: &[Datum], those: &[Datum]| -> Vec<Datum> {
                these.iter().filter(|item| !those.contains(item)).cloned().collect()
            };
            let (removed, added) = (only(old, new), only(new, old));
            let list = |items: Vec<Datum>| label(&Datum::Known(Value::List(items.into())));
            let mut changes = Vec::new();
            if !removed.is_empty() {
                changes.push(change(ChangeKind::Removed, list(removed), None));
            }
            if !added.is_empty() {
                changes.push(change(ChangeKind::Added, None, list(added)));
            }
            changes
        }
        (Datum::Known(old), Datum::Known(new)) => {
            let kind = match (&definition.ty, old, new) {
                (Type::Record(SERVICE), Value::Record(old), Value::Record(new)) => service(old, new),
                (Type::Bool, Value::Bool(true), _) => ChangeKind::Removed,
                (Type::Bool, Value::Bool(false), _) => ChangeKind::Added,
                (Type::Version, Value::Version(old), Value::Version(new)) => moved(old < new),
                (Type::Row(table), Value::Row(old), Value::Row(new)) if socle.tables.table(*table).ordered => {
                    moved(old.row < new.row)
                }
                _ => ChangeKind::Changed,
            };
            vec![change(kind, label(before), label(after))]
        }
        _ => vec![change(ChangeKind::Changed, label(before), label(after))],
    }
}

fn moved(up: bool) -> ChangeKind {
    if up { ChangeKind::Raised } else { ChangeKind::Lowered }
}

fn service(old: &[Datum], new: &[Datum]) -> ChangeKind {
    let present = |members: &[Datum]| members.first() == Some(&Datum::Known(Value::Bool(true)));
    match (present(old), present(new), old.get(1).and_then(Datum::known), new.get(1).and_then(Datum::known)) {
        (true, false, ..) => ChangeKind::Removed,
        (false, true, ..) => ChangeKind::Added,
        (_, _, Some(Value::Version(old)), Some(Value::Version(new))) if old != new => moved(old < new),
        _ => ChangeKind::Changed,
    }
}
