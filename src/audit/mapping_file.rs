//! Mapping files: what the columns of an export hold, said once, kept beside it and reviewed.
//!
//! ```toml
//! ignore = ["Remarque"]          # columns that no field takes, whatever they are called
//! sheet = "Parc"                 # of workbooks: as `--sheet`
//! header_row = 4                 # as `--header-row`
//! encoding = "ibm850"            # as `--encoding`
//!
//! [columns]                      # field = header
//! palier = "Niveau"
//! scor = { header = "Module 12", blank = "no" }   # as `--blank scor=no`
//! dmp = { blank = "no" }
//! ```

use crate::diag::{Diagnostic, Document, Source, Span};
use crate::inventory::CodePage;
use crate::text;
use std::sync::Arc;

/// A mapping file, read; its fields are not checked yet.
#[derive(Clone, Debug)]
pub struct MappingFile {
    /// As given.
    pub name: String,
    /// `blake3:<hex>` of its bytes.
    pub digest: String,
    /// Fields and their headers.
    pub map: Vec<(String, String)>,
    /// Fields whose blank cells mean "no".
    pub blank_is_no: Vec<String>,
    /// Headers that no field takes.
    pub ignored: Vec<String>,
    /// The sheet of workbooks.
    pub sheet: Option<String>,
    /// The row of the header in workbooks, from 1.
    pub header_row: Option<u32>,
    /// The encoding of texts.
    pub encoding: Option<CodePage>,
    source: Arc<Source>,
    /// Where each field stands.
    places: Vec<(String, Span)>,
}

impl MappingFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Every fault, with its place.
    pub fn read(name: &str, bytes: &[u8]) -> Result<MappingFile, Vec<Diagnostic>> {
        let digest = format!("blake3:{}", blake3::hash(bytes).to_hex());
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut doc = Document::new(name, text);
        let source = doc.source();
        let mut file = MappingFile {
            name: name.to_owned(),
            digest,
            map: Vec::new(),
            blank_is_no: Vec::new(),
            ignored: Vec::new(),
            sheet: None,
            header_row: None,
            encoding: None,
            source: Arc::clone(&source),
            places: Vec::new(),
        };
        if let Some(mut root) = doc.parse(&source) {
            file.ignored = root.strings(&mut doc, "ignore").into_iter().map(|(header, _)| header).collect();
            file.sheet = root.string(&mut doc, "sheet").map(|(sheet, _)| sheet);
            if let Some(entry) = root.take("header_row") {
                file.header_row = entry.as_int().and_then(|row| u32::try_from(row).ok()).filter(|row| *row > 0);
                if file.header_row.is_none() {
                    doc.wrong_type(&entry, text!("nombre à partir de 1", "number from 1"));
                }
            }
            if let Some((name, span)) = root.string(&mut doc, "encoding") {
                file.encoding = CodePage::named(&name);
                if file.encoding.is_none() {
                    let known = CodePage::ALL.map(CodePage::name).join(", ");
                    doc.fault(
                        Diagnostic::error(
                            "mapping/encoding",
                            text!("encodage inconnu `{name}`", "unknown encoding `{name}`"),
                        ),
                        span,
                        text!("connus : {known}", "known: {known}"),
                    );
                }
            }
            if let Some(mut columns) = root.section(&mut doc, "columns") {
                for (field, span, entry) in columns.drain() {
                    file.places.push((field.clone(), span));
                    if let Some(header) = entry.as_str() {
                        file.map.push((field, header.to_owned()));
                        continue;
                    }
                    let Some(mut column) = entry.section(&mut doc) else { continue };
                    if let Some((header, _)) = column.string(&mut doc, "header") {
                        file.map.push((field.clone(), header));
                    }
                    match column.string(&mut doc, "blank") {
                        Some((word, _)) if word == "no" => file.blank_is_no.push(field),
                        // What blank cells say anyhow: written down, it was reviewed.
                        Some((word, _)) if word == "unknown" => {}
                        Some((_, span)) => doc.fault(
                            Diagnostic::error(
                                "mapping/blank",
                                text!("une case vide dit « non », ou rien", "a blank cell says “no”, or nothing"),
                            ),
                            span,
                            text!("écrire `\"no\"` ou `\"unknown\"`", "write `\"no\"` or `\"unknown\"`"),
                        ),
                        None => {}
                    }
                    column.finish(&mut doc);
                }
            }
            root.finish(&mut doc);
        }
        if doc.faults.is_empty() { Ok(file) } else { Err(doc.faults) }
    }

    /// The fault of a field, at its place in the file when it stands there.
    pub(super) fn place(&self, field: &str, fault: Diagnostic) -> Diagnostic {
        match self.places.iter().find(|(known, _)| known == field) {
            Some((_, span)) => fault.at(&self.source, span.clone(), text!("", "")),
            None => fault,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_file_says_what_options_say() {
        let text = "ignore = [\"Remarque\"]\nsheet = \"Parc\"\nheader_row = 4\n[columns]\nos = \"Niveau\"\n\
                    agree = { header = \"M12\", blank = \"no\" }\ndmp = { blank = \"no\" }\n";
        let file = MappingFile::read("m.toml", text.as_bytes()).unwrap();
        let pair = |field: &str, header: &str| (field.to_owned(), header.to_owned());
        assert_eq!(file.map, [pair("os", "Niveau"), pair("agree", "M12")]);
        assert_eq!(file.blank_is_no, ["agree", "dmp"]);
        assert_eq!(
            (file.ignored, file.sheet, file.header_row),
            (vec!["Remarque".into()], Some("Parc".into()), Some(4))
        );
    }

    #[test]
    fn every_fault_has_its_place() {
        let text = "header_row = 0\nfeuille = \"x\"\n[columns]\nos = 3\nagree = { blank = \"oui\", entete = \"x\" }\n";
        let faults = MappingFile::read("m.toml", text.as_bytes()).unwrap_err();
        let mut codes: Vec<_> = faults.iter().map(|fault| (fault.code, fault.labels.len())).collect();
        codes.sort_unstable();
        let expected = [
            ("mapping/blank", 1),
            ("toml/type", 1),
            ("toml/type", 1),
            ("toml/unknown-key", 1),
            ("toml/unknown-key", 1),
        ];
        assert_eq!(codes, expected);
        assert!(MappingFile::read("m.toml", b"[columns").is_err());
    }
}
