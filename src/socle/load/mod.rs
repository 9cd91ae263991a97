//! Reads `rules/socle/`: every fault of every file at once.

mod actions;
mod catalogue;
mod cite;
mod collection;
mod fields;
mod identifiers;
mod manifest;
mod parameters;
mod pattern;
mod registers;
mod table;
mod types;
mod vocabulary;
mod written;

pub(crate) use written::value_written;

use super::{Catalogue, Collection, Confidence, Member, RecordType, Registers, Socle, Tables, header, words};
use crate::builtin;
use crate::diag::{Diagnostic, Document, Source, Text};
use crate::text;
use crate::value::Type;
use std::sync::Arc;

/// Files of the socle that are not tables, by their name in its folder.
const NAMED: [&str; 10] = [
    "socle.toml",
    "mots.toml",
    "prive.toml",
    "fields.toml",
    "identifiers.toml",
    "parametres.toml",
    "catalogue.toml",
    "collecte.toml",
    "registres.toml",
    "actions.toml",
];

/// Folder of the dialects of machine inventories.
const DIALECTS: &str = "collecte/";

impl Socle {
    /// The socle built into the binary.
    pub fn builtin() -> Result<Socle, Vec<Diagnostic>> {
        let files: Vec<(String, &str)> =
            builtin::folder("socle").map(|(name, text)| (format!("rules/{name}"), text)).collect();
        Socle::load(&files)
    }

    /// Reads a socle from its files, in any order: names as the user knows them (they end in
    /// `socle/<path>`), and texts. Every fault of every file is found.
    pub fn load<N: AsRef<str>, T: AsRef<str>>(files: &[(N, T)]) -> Result<Socle, Vec<Diagnostic>> {
        // What the binary holds was checked by its tests: a folder with the same texts needs no second look.
        let checked = |(name, text): &(N, T)| {
            builtin::text(&format!("socle/{}", inner_name(name.as_ref()))) == Some(text.as_ref())
        };
        Socle::load_files(files, files.iter().all(checked))
    }

    /// `trusted`: regular expressions are not compiled before their first use.
    pub(super) fn load_files<N: AsRef<str>, T: AsRef<str>>(
        files: &[(N, T)],
        trusted: bool,
    ) -> Result<Socle, Vec<Diagnostic>> {
        let mut order: Vec<&(N, T)> = files.iter().collect();
        order.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref()));
        let mut docs: Vec<Document> =
            order.iter().map(|(name, text)| Document::new(name.as_ref(), text.as_ref())).collect();
        let sources: Vec<Arc<Source>> = docs.iter().map(Document::source).collect();
        let mut socle = Socle::empty();
        read(&mut docs, &sources, &mut socle, trusted);
        let mut faults: Vec<Diagnostic> = docs.into_iter().flat_map(|doc| doc.faults).collect();
        if !order.iter().any(|(name, _)| inner_name(name.as_ref()) == NAMED[0]) {
            faults.push(
                Diagnostic::error(
                    "socle/missing-file",
                    text!(
                        "le dossier du socle n'a pas de fichier `socle.toml`",
                        "the socle folder has no file `socle.toml`"
                    ),
                )
                .help(text!(
                    "vérifiez le dossier donné par `--rules` : il contient `socle/socle.toml`",
                    "check the folder given by `--rules`: it holds `socle/socle.toml`"
                )),
            );
        }
        if faults.is_empty() { Ok(socle) } else { Err(faults) }
    }

    fn empty() -> Socle {
        let member = |name: &str, label: Text, ty| Member { name: name.to_owned(), label, ty };
        let service = RecordType {
            id: "service".to_owned(),
            label: text!("service", "service"),
            members: vec![
                member("present", text!("présent", "present"), Type::Bool),
                member("version", text!("version", "version"), Type::Version),
            ],
        };
        Socle {
            version: semver::Version::new(0, 0, 0),
            title: Text::default(),
            tables: Tables { records: vec![service], extracts: vec![vec![None, None]], ..Tables::default() },
            fields: Vec::new(),
            parameters: Vec::new(),
            catalogue: Catalogue::default(),
            collection: Collection::default(),
            manifests: None,
            registers: Registers::default(),
            actions: Vec::new(),
            readers: Vec::new(),
            words: words::Meanings::default(),
            headers: header::Headers::default(),
            schemes: Vec::new(),
            mask_prefix: String::new(),
            refused_lengths: 0,
            mask: None,
        }
    }
}

/// The path of a file in the socle's folder.
fn inner_name(name: &str) -> &str {
    match name.rfind("socle/") {
        // `socle/socle.toml` holds the word twice.
        Some(at) => &name[at + "socle/".len()..],
        None => name,
    }
}

fn read(docs: &mut [Document], sources: &[Arc<Source>], socle: &mut Socle, trusted: bool) {
    let mut types = types::TypeNames::new(trusted);
    let mut named: [Option<(usize, crate::diag::Section<'_>)>; NAMED.len()] = Default::default();
    let mut drafts = Vec::new();
    let mut torn = false;
    for (number, (doc, source)) in docs.iter_mut().zip(sources).enumerate() {
        let Some(section) = doc.parse(source) else {
            torn = true;
            continue;
        };
        let name = inner_name(&source.name);
        match NAMED.iter().position(|known| *known == name) {
            Some(index) => named[index] = Some((number, section)),
            None if name.starts_with(DIALECTS) => {
                socle.collection.dialects.extend(collection::dialect(doc, section, trusted));
            }
            None => drafts.extend(table::begin(doc, number, section, &mut socle.tables, &mut types)),
        }
    }
    // What such a file declares would be said unknown wherever it is used.
    if torn {
        return;
    }
    let [about, mots, prive, fields, identifiers, parametres, catalogue, collecte, registres, actions] = named;
    if let Some((number, section)) = about {
        vocabulary::about(&mut docs[number], section, socle);
    }
    if let Some((number, section)) = mots {
        vocabulary::words(&mut docs[number], section, &mut socle.words);
    }
    for (index, draft) in drafts.iter_mut().enumerate() {
        draft.names(&mut docs[draft.doc], index, &mut socle.tables, &types);
    }
    for (index, draft) in drafts.iter_mut().enumerate() {
        draft.cells(&mut docs[draft.doc], index, &mut socle.tables);
    }
    for (index, draft) in drafts.into_iter().enumerate() {
        let doc = draft.doc;
        draft.finish(&mut docs[doc], index, &mut socle.tables, trusted);
    }
    if let Some((number, section)) = identifiers {
        identifiers::read(&mut docs[number], section, socle);
    }
    if let Some((number, section)) = fields {
        fields::read(&mut docs[number], section, socle, &mut types);
    }
    if let Some((number, section)) = prive {
        vocabulary::private(&mut docs[number], section, &mut socle.headers);
    }
    if let Some((number, section)) = parametres {
        parameters::read(&mut docs[number], section, socle, &types);
    }
    if let Some((number, section)) = catalogue {
        catalogue::rows(&mut docs[number], section, socle, Confidence::High);
    }
    if let Some((number, section)) = collecte {
        collection::feeds(&mut docs[number], section, socle, trusted);
    }
    if let Some((number, section)) = registres {
        registers::read(&mut docs[number], section, socle);
    }
    if let Some((number, section)) = actions {
        actions::read(&mut docs[number], section, socle);
    }
}
