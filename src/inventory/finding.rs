//! What the reader found about a file, and what a whole reading gives back.

use super::{Collected, Encoding, Place, Spot};
use crate::diag::Text;
use crate::text;
use std::collections::HashSet;

/// Occurrences of one thing: how many, and the first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    count: u64,
    first: Option<(Spot, Option<usize>)>,
}

impl Seen {
    /// One more, at a place told only when it is the first.
    pub(super) fn add(&mut self, place: impl FnOnce() -> (Spot, Option<usize>)) {
        self.add_many(1, place);
    }

    /// Several, the first of them at a place told only when it is the first of all.
    pub(super) fn add_many(&mut self, count: u64, place: impl FnOnce() -> (Spot, Option<usize>)) {
        self.count += count;
        self.first.get_or_insert_with(place);
    }

    fn join(&mut self, other: Seen) {
        self.count += other.count;
        self.first = match (self.first, other.first) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
    }
}

/// All that is looked for while reading.
#[derive(Clone, Debug, Default)]
pub(super) struct Observed {
    pub(super) short: Seen,
    pub(super) long: Seen,
    pub(super) nul: Seen,
    /// Lines of delimiters alone: no records.
    pub(super) hollow: Seen,
    pub(super) unclosed: Seen,
    pub(super) contradiction: Seen,
    /// Cells in which a text follows the closing quote.
    pub(super) after_quotes: Seen,
    /// Rows that are not cut as the header is, the first [`MISSHAPEN`] that were met and one more.
    misshapen: Vec<Place>,
}

/// Rows that are remembered as not cut as the header is; beyond, all rows of the file are taken to be so.
const MISSHAPEN: usize = 4096;

impl Observed {
    pub(super) fn join(&mut self, other: Observed) {
        self.short.join(other.short);
        self.long.join(other.long);
        self.nul.join(other.nul);
        self.hollow.join(other.hollow);
        self.unclosed.join(other.unclosed);
        self.contradiction.join(other.contradiction);
        self.after_quotes.join(other.after_quotes);
        self.misshapen.extend(other.misshapen);
    }

    /// A row whose cells may belong under other headers.
    pub(super) fn misshapen(&mut self, place: Place) {
        if self.misshapen.len() <= MISSHAPEN {
            self.misshapen.push(place);
        }
    }
}

/// Something repaired, guessed or refused in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code, `inventory/…`.
    pub code: &'static str,
    /// One line; never quotes a cell.
    pub message: Text,
    /// What to do.
    pub help: Option<Text>,
    /// How many.
    pub count: u64,
    /// Record number of the first, from 1, header excluded; `None` for the header.
    pub row: Option<u64>,
    /// Physical line of the first record's first byte, from 1.
    pub line: u64,
    /// Column of the first (index in the header), when it concerns one cell.
    pub column: Option<usize>,
    /// The document of the first, by name, in an input of documents.
    pub document: Option<String>,
}

/// What a whole reading gives back.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Records, header excluded.
    pub rows: u64,
    /// `blake3:<hex>` of all the bytes as read; `None` when a sink stopped the reading.
    pub digest: Option<String>,
    /// Encoding of the file (a file that is all ASCII counts as UTF-8).
    pub encoding: Encoding,
    /// What was found, in the order of the codes.
    pub findings: Vec<Finding>,
    /// Rows and line ends before each block.
    blocks: Vec<(u64, u64)>,
    /// Rows that are not cut as the header is; `None` when there are too many to tell.
    misshapen: Option<HashSet<Place>>,
    /// Of an input of documents.
    pub collected: Option<Collected>,
}

impl Summary {
    /// Puts together what the workers saw: rows and line ends of each block, in file order, the first
    /// of which comes after `header_lines` line ends.
    pub(super) fn new(
        counts: impl Iterator<Item = (u64, u64)>,
        header_lines: u64,
        digest: Option<String>,
        encoding: Encoding,
    ) -> Summary {
        let mut rows = 0;
        let mut lines = header_lines;
        let mut blocks = vec![(rows, lines)];
        for (block_rows, block_lines) in counts {
            rows += block_rows;
            lines += block_lines;
            blocks.push((rows, lines));
        }
        Summary {
            rows,
            digest,
            encoding,
            findings: Vec::new(),
            blocks,
            misshapen: Some(HashSet::new()),
            collected: None,
        }
    }

    /// Record number of a place, from 1, header excluded.
    #[must_use]
    pub fn row(&self, place: Place) -> u64 {
        self.blocks[place.block as usize].0 + u64::from(place.row) + 1
    }

    /// Name of the document that a row stands in, in an input of documents.
    #[must_use]
    pub fn document(&self, place: Place) -> Option<&str> {
        self.collected.as_ref()?.names.get(place.block as usize).map(String::as_str)
    }

    /// Whether the cells of a row may belong under other headers: too few, too many, or a quote that was never
    /// closed. Such cells may hold anything, names included.
    #[must_use]
    pub fn is_misshapen(&self, place: Place) -> bool {
        self.misshapen.as_ref().is_none_or(|rows| rows.contains(&place))
    }

    /// Physical line of a spot, from 1.
    #[must_use]
    pub fn line(&self, spot: Spot) -> u64 {
        self.blocks[spot.place.block as usize].1 + u64::from(spot.line) + 1
    }

    /// Says what was seen.
    pub(super) fn describe(&mut self, observed: &Observed, columns: usize) {
        let Observed { short, long, nul, hollow, unclosed, contradiction, after_quotes, misshapen } = observed;
        self.misshapen = (misshapen.len() <= MISSHAPEN).then(|| misshapen.iter().copied().collect());
        let mut ragged = *short;
        ragged.join(*long);
        let (n_short, n_long) = (short.count, long.count);
        self.push(
            "inventory/encoding",
            contradiction,
            text!(
                "cellules dont les octets ne sont pas de l'UTF-8, lues en Windows-1252",
                "cells whose bytes are not UTF-8, read as Windows-1252"
            ),
            Some(text!(
                "exporter tout le fichier dans un seul encodage, de préférence UTF-8",
                "export the whole file in one encoding, preferably UTF-8"
            )),
        );
        self.push(
            "inventory/hollow-row",
            hollow,
            text!(
                "lignes faites de séparateurs seuls, laissées de côté : ce ne sont pas des postes",
                "lines of delimiters alone, set aside: they are no records"
            ),
            None,
        );
        // They have no number among the records.
        if let Some(finding) = self.findings.last_mut().filter(|finding| finding.code == "inventory/hollow-row") {
            finding.row = None;
        }
        self.push(
            "inventory/nul-byte",
            nul,
            text!("cellules contenant un octet nul, gardé tel quel", "cells that hold a NUL byte, kept as it is"),
            None,
        );
        self.push(
            "inventory/ragged-row",
            &ragged,
            text!(
                "lignes qui n'ont pas les {columns} cellules de l'en-tête ({n_short} plus courtes, complétées par \
                 des cellules vides ; {n_long} plus longues, surplus ignoré)",
                "rows without the {columns} cells of the header ({n_short} shorter, completed with blank cells; \
                 {n_long} longer, the rest ignored)"
            ),
            Some(text!(
                "vérifier que les cellules contenant le séparateur sont entre guillemets",
                "check that cells that hold the delimiter are quoted"
            )),
        );
        self.push(
            "inventory/text-after-quotes",
            after_quotes,
            text!(
                "cellules où du texte suit le guillemet fermant : lu avec ce qui est entre guillemets",
                "cells in which text follows the closing quote: read with what is quoted"
            ),
            Some(text!(
                "dans une cellule entre guillemets, un guillemet s'écrit deux fois",
                "in a quoted cell, a quote is written twice"
            )),
        );
        self.push(
            "inventory/unclosed-quote",
            unclosed,
            text!(
                "guillemet ouvrant jamais refermé : la cellule va jusqu'à la fin du fichier",
                "opening quote never closed: the cell runs to the end of the file"
            ),
            Some(text!(
                "vérifier si le fichier est tronqué ou si une cellule commence par un guillemet isolé",
                "check whether the file is truncated or a cell starts with a lone quote"
            )),
        );
    }

    fn push(&mut self, code: &'static str, seen: &Seen, message: Text, help: Option<Text>) {
        if let Some((spot, column)) = seen.first {
            let (row, line) = (Some(self.row(spot.place)), self.line(spot));
            self.findings.push(Finding { code, message, help, count: seen.count, row, line, column, document: None });
        }
    }

    /// Says that there are lines above the header, which ends at a line.
    pub(super) fn titles(&mut self, count: u64, line: u64) {
        let (message, help) = titles(line);
        let help = Some(help);
        self.findings.insert(
            0,
            Finding {
                code: "inventory/title-rows",
                message,
                help,
                count,
                row: None,
                line: 1,
                column: None,
                document: None,
            },
        );
    }

    /// Adds a finding about the header.
    pub(super) fn unclosed_header(&mut self, line: u64) {
        let seen = Seen { count: 1, first: Some((Spot { place: Place { block: 0, row: 0 }, line: 0 }, None)) };
        let misshapen = self.misshapen.take();
        self.describe(&Observed { unclosed: seen, ..Observed::default() }, 0);
        self.misshapen = misshapen;
        if let Some(finding) = self.findings.last_mut() {
            (finding.row, finding.line) = (None, line);
        }
    }
}

/// Of lines above a header, at a line: what is said, what to do.
fn titles(line: u64) -> (Text, Text) {
    (
        text!(
            "lignes au-dessus de l'en-tête, trouvé ligne {line} : non lues",
            "rows above the header, found at row {line}: not read"
        ),
        text!("si l'en-tête est ailleurs : `--header-row N`", "if the header is elsewhere: `--header-row N`"),
    )
}

/// What is said of texts that are not kept, and what to do.
pub(super) fn too_long() -> (Text, Text) {
    (
        text!("textes trop longs : inconnus", "texts that are too long: unknown"),
        text!(
            "s'il faut les lire, relever la borne : `--max-text`",
            "if they are needed, raise the bound: `--max-text`"
        ),
    )
}
