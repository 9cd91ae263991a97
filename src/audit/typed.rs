//! Cells that are not the texts their column holds: lists and objects where there is one text, texts that a
//! spreadsheet made numbers or dates of.

use super::mapping::Mapping;
use crate::inventory::{CellKind, Inventory};
use crate::socle::{FieldId, SERVICE, Socle, Stated};
use crate::text;
use crate::value::{Datum, Type};

/// Takes lists where there is one text as unknown; takes versions that lost a digit as unknown, and gives identifiers the leading zero that their length tells.
pub(super) fn settle(inventory: &mut Inventory<'_>, mapping: &Mapping, socle: &Socle) {
    let columns = inventory.header().len();
    for (field, column) in mapping.columns.iter().filter(|(_, column)| **column < columns) {
        let ty = &socle.fields[usize::from(field.0)].ty;
        if !matches!(ty, Type::List(_) | Type::Record(_)) || *ty == Type::Record(SERVICE) {
            inventory.flatten(*column);
        }
    }
    let Some(sheet) = inventory.format().sheet.clone() else { return };
    for (field, column) in mapping.columns.iter().filter(|(_, column)| **column < columns) {
        let id = &socle.fields[usize::from(field.0)].id;
        match socle.fields[usize::from(field.0)].ty {
            Type::Version | Type::String | Type::Record(SERVICE) | Type::Row(_) => {
                let said = (
                    "inventory/typed-version",
                    text!(
                        "feuille `{sheet}` : cellules de `{id}` que le tableur a changées en nombres ou en dates ; un \
                         chiffre peut s'y être perdu (7.20 devient 7.2) : inconnues",
                        "sheet `{sheet}`: cells of `{id}` that the spreadsheet made numbers or dates of; a digit may be \
                         lost (7.20 becomes 7.2): unknown"
                    ),
                    text!(
                        "mettre la colonne au format Texte et y récrire les versions",
                        "format the column as Text and write the versions again"
                    ),
                );
                // A number that is a name of a table as it stands lost nothing that matters.
                let is_row = matches!(socle.fields[usize::from(field.0)].ty, Type::Row(_));
                inventory.amend(*column, said, &mut |text, kind| {
                    let changed = matches!(kind, CellKind::Rounded | CellKind::Date);
                    let reads = is_row && !matches!(socle.read(*field, text, false).datum, Datum::Unknown(_));
                    (changed && !reads).then(String::new)
                });
            }
            Type::Identifier => {
                let said = (
                    "inventory/leading-zero",
                    text!(
                        "feuille `{sheet}` : nombres de `{id}` auxquels le tableur a pris un zéro de tête, rendu",
                        "sheet `{sheet}`: numbers of `{id}` of which the spreadsheet took a leading zero, given back"
                    ),
                    text!("mettre la colonne au format Texte", "format the column as Text"),
                );
                inventory.amend(*column, said, &mut |text, kind| {
                    (kind == CellKind::Number).then(|| with_zero(*field, mapping.stated, text, socle)).flatten()
                });
            }
            _ => {}
        }
    }
}

/// A number with the zero that makes it an identifier of the field, when it is none without; one that the header states,
/// when it states any.
fn with_zero(field: FieldId, stated: Stated, text: &str, socle: &Socle) -> Option<String> {
    let padded = format!("0{text}");
    let schemes = |text: &str| socle.identifier_class(field, text.as_bytes()).schemes();
    let lacks = schemes(text) == Some(0) && schemes(&padded).is_some_and(|schemes| stated.allows(schemes));
    (text.bytes().all(|byte| byte.is_ascii_digit()) && lacks).then_some(padded)
}
