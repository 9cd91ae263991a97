//! The socle and the packs that the commands work with: those built in, or those of `--rules`.

use super::Common;
use super::failure::Failure;
use crate::socle::{Field, Parameter, Tables};

/// The vocabulary of conditions.
#[derive(Default)]
pub(super) struct Vocabulary {
    /// Tables and record types.
    pub(super) tables: Tables,
    /// Fields.
    pub(super) fields: Vec<Field>,
    /// Dated thresholds.
    pub(super) parameters: Vec<Parameter>,
}

impl Vocabulary {
    /// Loads the socle.
    ///
    /// # Errors
    /// Every fault of its files.
    pub(super) fn load(_common: &Common) -> Result<Vocabulary, Failure> {
        Ok(Vocabulary::default())
    }
}
