//! A line an installation, for the sheets of a workbook: read from the file in which they were put in order, so that
//! memory holds one at a time.

use super::csv::read_record;
use super::dossier::capital;
use super::{status_words, words};
use crate::diag::Lang;
use std::io::{self, BufRead, Seek, SeekFrom};

/// The installations of a result.
pub struct Roster<'r> {
    /// Their lines as exact CSV under a header; what comes after the status are verdicts as letters, or texts.
    pub lines: &'r mut dyn Lines,
    /// Headings of the lines.
    pub heads: Vec<String>,
    /// Places of the identifier and of the status.
    pub places: [usize; 2],
    /// Identifiers are shown; otherwise something else stands for them.
    pub identified: bool,
    /// Most rows of a sheet, its header left out.
    pub rows: usize,
}

/// Lines that can be read again.
pub trait Lines: BufRead + Seek {}

impl<L: BufRead + Seek> Lines for L {}

impl Roster<'_> {
    /// How many there are.
    pub(super) fn count(&mut self) -> io::Result<usize> {
        let mut count = 0usize;
        self.each(|_| {
            count += 1;
            io::Result::Ok(())
        })?;
        Ok(count)
    }

    /// Reads all from the start.
    pub(super) fn each<E: From<io::Error>>(
        &mut self,
        mut read: impl FnMut(&[String]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.lines.seek(SeekFrom::Start(0))?;
        let mut cells = Vec::new();
        read_record(&mut self.lines, &mut cells)?;
        while read_record(&mut self.lines, &mut cells)? {
            read(&cells)?;
        }
        Ok(())
    }

    /// All headings.
    pub(super) fn headings(&self, lang: Lang) -> Vec<String> {
        let rank = if lang == Lang::Fr { "Rang" } else { "Rank" };
        std::iter::once(rank.to_owned()).chain(self.heads.iter().map(|head| capital(head))).collect()
    }
}

/// A cell for people: statuses and verdicts in words, identifiers when they are shown.
pub(super) fn told(place: usize, cell: &str, [identifier, status]: [usize; 2], identified: bool, lang: Lang) -> &str {
    let [up_to_date, obsolete, undetermined, not_applicable] = status_words(lang);
    let [pass, fail, unknown, aside] = words::verdict_words(lang);
    let waived = if lang == Lang::Fr { "sous dérogation" } else { "waived" };
    if place == identifier {
        return if identified || cell.is_empty() { cell } else { super::dossier::hidden(lang) };
    }
    // Of what stands before the status, nothing is a word of ours.
    let Some(after) = place.checked_sub(status) else { return cell };
    match (after, cell) {
        (0, "up_to_date") => up_to_date,
        (0, "obsolete") => obsolete,
        (0, "undetermined") => undetermined,
        (0, "not_applicable") => not_applicable,
        (0, "waived") | (1.., "W") => waived,
        (1.., "P") => pass,
        (1.., "F") => fail,
        (1.., "U") => unknown,
        (1.., "N") => aside,
        (_, cell) => cell,
    }
}
