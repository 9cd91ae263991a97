//! A folder → a checked pack, or every fault of every file at once.

use super::citation::confidence_code;
use super::header::{self, HeaderRead};
use super::rule::Rule;
use super::{Base, Header, Level, Origin, Pack, read, target};
use crate::diag::{Diagnostic, Document, Severity, Source, did_you_mean};
use crate::folder::{Folder, SourceFile};
use crate::socle::{Confidence, Field, Socle};
use crate::text;
use crate::value::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the files of a pack are read against.
pub(super) struct Context<'a> {
    pub(super) socle: &'a Socle,
    /// Id of the pack.
    pub(super) pack: &'a str,
    /// Kind of record; `None` when the header does not tell: every field is then known.
    pub(super) kind: Option<&'a str>,
    pub(super) origin: Origin,
    /// Validity of the pack.
    pub(super) validity: (Option<Date>, Option<Date>),
}

impl Context<'_> {
    /// Whether records of the pack's kind have a field.
    pub(super) fn has(&self, field: &Field) -> bool {
        self.kind.is_none_or(|kind| field.kinds.iter().any(|other| other == kind))
    }
}

impl Pack {
    /// Loads a pack: header, rules, targets, everything checked against the socle. `bases` are the packs
    /// that it may extend, loaded before.
    ///
    /// # Errors
    /// Every fault of every file, in the order of the files; warnings among them.
    pub fn load(folder: &Folder, socle: &Socle, bases: &[&Pack], origin: Origin) -> Result<Pack, Vec<Diagnostic>> {
        let mut head = header::read(folder, socle)?;
        let base = base_of(&mut head, bases);
        let kind = head.kind.clone();
        let validity = head.header.as_ref().map_or((None, None), |header| (header.since, header.until));
        let context = Context { socle, pack: &folder.id, kind: kind.as_deref(), origin, validity };
        let mut own: BTreeMap<String, Rule> = BTreeMap::new();
        let mut broken = BTreeSet::new();
        let mut files: BTreeMap<String, Arc<Source>> = BTreeMap::new();
        let mut faults = Vec::new();
        for file in folder.files.iter().filter(|file| !matches!(file.path.as_str(), "pack.toml" | "targets.toml")) {
            let mut doc = match document(folder, file) {
                Ok(doc) => doc,
                Err(fault) => {
                    faults.push(*fault);
                    continue;
                }
            };
            let id = stem(&file.path).to_owned();
            let rule = read::rule(&mut doc, &context, &id);
            duplicate(&mut doc, &id, files.get(&id), base);
            files.entry(id.clone()).or_insert_with(|| doc.source());
            match rule {
                Some(rule) => drop(own.entry(id).or_insert(rule)),
                None => drop(broken.insert(id)),
            }
            faults.append(&mut in_order(doc.faults));
        }
        let mut rules: Vec<Rule> = base.map(|base| base.rules.clone()).unwrap_or_default();
        if let Some(header) = &head.header {
            change_levels(&mut head.doc, header, &mut rules, origin);
        }
        rules.extend(own.into_values());
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        if rules.is_empty() && broken.is_empty() {
            let fault = Diagnostic::error("pack/no-rule", text!("ce pack n'a aucune règle", "this pack has no rule"))
                .help(text!(
                    "une règle est un fichier TOML à côté de `pack.toml`",
                    "a rule is a TOML file beside `pack.toml`"
                ));
            let place = head.doc.head(&head.doc.whole());
            head.doc.fault(fault, place, text!("aucun fichier de règle à côté", "no rule file beside"));
        }
        let mut targets = base.map(|base| base.targets.clone()).unwrap_or_default();
        if let Some(file) = folder.files.iter().find(|file| file.path == "targets.toml") {
            match document(folder, file) {
                Ok(mut doc) => {
                    targets.extend(target::targets(&mut doc, &context, &rules, &broken));
                    faults.append(&mut in_order(doc.faults));
                }
                Err(fault) => faults.push(*fault),
            }
        }
        let mut all = in_order(head.doc.faults);
        all.append(&mut faults);
        match head.header {
            Some(header) if all.iter().all(|fault| fault.severity < Severity::Error) => Ok(Pack {
                id: header.id,
                title: header.title,
                kind: header.kind,
                version: header.version,
                since: header.since,
                until: header.until,
                reviewed: header.reviewed,
                texts: header.texts,
                base: base.map(|base| Base {
                    id: base.id.clone(),
                    version: base.version.clone(),
                    digest: base.digest.clone(),
                }),
                rules,
                targets,
                digest: folder.digest(),
                warnings: all,
            }),
            _ => Err(all),
        }
    }

    /// Loads several packs that may extend one another, or the packs already loaded, whatever the order.
    ///
    /// # Errors
    /// Every fault of every pack.
    pub fn load_all(
        folders: &[Folder],
        socle: &Socle,
        bases: &[&Pack],
        origin: Origin,
    ) -> Result<Vec<Pack>, Vec<Diagnostic>> {
        let wanted: Vec<Option<String>> = folders.iter().map(|folder| extended(folder, socle)).collect();
        let mut loaded: Vec<(usize, Pack)> = Vec::new();
        let mut faults = Vec::new();
        let mut done = BTreeSet::new();
        // A pack is loaded once the one it extends is, which ends after as many rounds as there are packs.
        for last in (0..folders.len()).map(|round| round + 1 == folders.len()) {
            for (index, folder) in folders.iter().enumerate() {
                let waits = wanted[index].as_ref().and_then(|base| folders.iter().position(|other| other.id == *base));
                if done.contains(&index) || waits.is_some_and(|base| !done.contains(&base)) && !last {
                    continue;
                }
                if let Some(base) = waits.filter(|base| !done.contains(base)) {
                    faults.push(cycle(folder, &folders[base].id));
                    continue;
                }
                done.insert(index);
                let known: Vec<&Pack> = loaded.iter().map(|(_, pack)| pack).chain(bases.iter().copied()).collect();
                match Pack::load(folder, socle, &known, origin) {
                    Ok(pack) => loaded.push((index, pack)),
                    Err(mut more) => faults.append(&mut more),
                }
            }
        }
        if faults.is_empty() {
            loaded.sort_by_key(|(index, _)| *index);
            Ok(loaded.into_iter().map(|(_, pack)| pack).collect())
        } else {
            Err(faults)
        }
    }
}

/// The document of a file, or the fault that it is not text.
pub(super) fn document(folder: &Folder, file: &SourceFile) -> Result<Document, Box<Diagnostic>> {
    match std::str::from_utf8(&file.bytes) {
        Ok(text) => Ok(Document::new(folder.shown_path(file), text)),
        Err(error) => {
            let at = error.valid_up_to();
            let text = String::from_utf8_lossy(&file.bytes).into_owned();
            let source = Arc::new(Source { name: folder.shown_path(file), text });
            let fault =
                Diagnostic::error("pack/encoding", text!("ce fichier n'est pas en UTF-8", "this file is not UTF-8"))
                    .at(&source, at..at + 3, text!("octet qui n'est pas de l'UTF-8", "byte that is not UTF-8"));
            Err(Box::new(fault))
        }
    }
}

/// The id of a rule from the name of its file.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".toml").unwrap_or(name)
}

/// Faults of a file by their place in it.
fn in_order(mut faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
    faults.sort_by_key(|fault| fault.labels.first().map_or(0, |label| label.span.start));
    faults
}

/// The pack that the header extends, with the faults of `extends`.
fn base_of<'a>(head: &mut HeaderRead, bases: &[&'a Pack]) -> Option<&'a Pack> {
    let header = head.header.as_ref()?;
    let pin = header.extends.as_ref()?;
    let name = &pin.name;
    let span = head.extends_span.clone();
    let Some(base) = bases.iter().find(|base| base.id == *name) else {
        let fault = if *name == header.id {
            Diagnostic::error(
                "pack/extends-cycle",
                text!("le pack `{name}` s'étend lui-même", "pack `{name}` extends itself"),
            )
        } else {
            let mut fault = Diagnostic::error(
                "pack/unknown-base",
                text!("aucun pack `{name}` à étendre", "no pack `{name}` to extend"),
            );
            let names = bases.iter().map(|base| base.id.as_str());
            fault.help = did_you_mean(name, names.clone()).or_else(|| {
                let list = names.collect::<Vec<_>>().join("`, `");
                (!list.is_empty()).then(|| text!("packs présents\u{a0}: `{list}`", "packs present: `{list}`"))
            });
            fault
        };
        head.doc.fault(fault, span, text!("pack étendu", "extended pack"));
        return None;
    };
    if !pin.accepts(&base.version) {
        let version = &base.version;
        let fault = Diagnostic::error(
            "pack/base-version",
            text!(
                "ce pack étend `{pin}`, la version présente est {version}",
                "this pack extends `{pin}`, the version present is {version}"
            ),
        )
        .help(text!(
            "relisez les règles de `{name}` {version}, puis changez l'exigence",
            "read the rules of `{name}` {version} again, then change the requirement"
        ));
        head.doc.fault(fault, span.clone(), text!("{version} ne convient pas", "{version} will not do"));
    }
    if base.kind != header.kind {
        let (own, other) = (&header.kind, &base.kind);
        let fault = Diagnostic::error(
            "pack/base-kind",
            text!(
                "un pack de sorte `{own}` ne peut étendre `{name}`, de sorte `{other}`",
                "a pack of kind `{own}` cannot extend `{name}`, of kind `{other}`"
            ),
        );
        head.doc.fault(fault, span, text!("de sorte `{other}`", "of kind `{other}`"));
    }
    Some(base)
}

/// Applies the changes of level to the rules of the base.
fn change_levels(doc: &mut Document, header: &Header, rules: &mut [Rule], origin: Origin) {
    if header.extends.is_none() {
        return;
    }
    let mut seen = BTreeSet::new();
    for change in &header.changes {
        let (id, span) = (&change.rule, change.span.clone());
        if !seen.insert(id) {
            let fault = Diagnostic::error(
                "pack/duplicate-change",
                text!("règle `{id}` changée deux fois", "rule `{id}` changed twice"),
            );
            doc.fault(fault, span, text!("déjà changée plus haut", "already changed above"));
            continue;
        }
        let Some(rule) = rules.iter_mut().find(|rule| rule.id == *id) else {
            let mut fault = Diagnostic::error(
                "pack/unknown-rule",
                text!("le pack étendu n'a pas de règle `{id}`", "the extended pack has no rule `{id}`"),
            );
            fault.help = did_you_mean(id, rules.iter().map(|rule| rule.id.as_str()));
            doc.fault(fault, span, text!("règle inconnue", "unknown rule"));
            continue;
        };
        if origin == Origin::BuiltIn && change.level == Level::Blocking && rule.source.confidence < Confidence::High {
            let confidence = confidence_code(rule.source.confidence);
            let fault = Diagnostic::error(
                "pack/blocking-unsure",
                text!(
                    "la règle `{id}` bloque sur une source de confiance {confidence}",
                    "rule `{id}` blocks on a source of confidence {confidence}"
                ),
            );
            doc.fault(fault, span, text!("rendue bloquante", "made blocking"));
        }
        rule.level = change.level;
    }
}

/// Two rules of one name: in two folders of the pack, or in the pack and in its base.
fn duplicate(doc: &mut Document, id: &str, earlier: Option<&Arc<Source>>, base: Option<&Pack>) {
    let inherited = base.and_then(|base| base.rules.iter().find(|rule| rule.id == id));
    let Some(other) = earlier.or(inherited.map(|rule| &rule.file)) else { return };
    let name = &other.name;
    let mut fault = Diagnostic::error("pack/duplicate-id", text!("deux règles `{id}`", "two rules `{id}`"));
    fault.help = Some(if inherited.is_some() {
        text!(
            "une règle du pack étendu ne se remplace pas\u{a0}: changez son niveau par `[[change]]`, ou donnez un autre nom à celle-ci",
            "a rule of the extended pack cannot be replaced: change its level by `[[change]]`, or give this one another name"
        )
    } else {
        text!("renommez l'un des deux fichiers", "rename one of the two files")
    });
    let head = doc.head(&doc.whole());
    doc.fault(fault, head, text!("l'autre est `{name}`", "the other is `{name}`"));
}

/// The pack that a folder extends, without any fault.
fn extended(folder: &Folder, socle: &Socle) -> Option<String> {
    header::read(folder, socle).ok()?.header?.extends.map(|pin| pin.name)
}

fn cycle(folder: &Folder, base: &str) -> Diagnostic {
    let id = &folder.id;
    let fault = Diagnostic::error(
        "pack/extends-cycle",
        text!(
            "les packs `{id}` et `{base}` s'étendent en rond",
            "packs `{id}` and `{base}` extend each other in a circle"
        ),
    );
    let file = folder.files.iter().find(|file| file.path == "pack.toml");
    let Some(doc) = file.and_then(|file| document(folder, file).ok()) else { return fault };
    let source = doc.source();
    let at = source.text.find("extends").unwrap_or(0);
    let end = source.text[at..].find('\n').map_or(source.text.len(), |n| at + n);
    fault.at(&source, at..end, text!("`{base}` étend à son tour", "`{base}` extends in its turn"))
}
