//! Waivers (`derogations.toml`): who may fail a rule, why, by whose leave, and until when.
//!
//! ```toml
//! [[derogation]]
//! rule   = "lecteur-hors-pcsc"            # `pack/rule` where two packs have it
//! scope  = 'profession == "taxi"'         # `true` for everyone; where it is unknown, nothing is covered
//! reason = "remplacement commandé, livré en mars"
//! author = "service parc"
//! until  = 2027-03-31                     # last day included
//! ```
//!
//! A waiver covers what fails and what is unknown. It never makes anything conform: what it covers is counted apart.

use super::load::Context;
use super::read::condition;
use super::rule::Condition;
use super::{Origin, Pack};
use crate::diag::{Diagnostic, Document, Section, did_you_mean};
use crate::socle::Socle;
use crate::text;
use crate::value::Date;

/// The waivers of a file.
#[derive(Clone, Debug)]
pub struct Waivers {
    /// Name of the file as given.
    pub name: String,
    /// `blake3:<hex>` of its bytes.
    pub digest: String,
    /// In the order of the file; those of packs that are not selected are left out.
    pub list: Vec<Waiver>,
}

/// A waiver.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// The rules that it covers: number of the pack and id of the rule. Several when packs share the id.
    pub rules: Vec<(usize, String)>,
    /// The rule as written.
    pub rule: String,
    /// Whom it is granted to.
    pub scope: Condition,
    /// Why.
    pub reason: String,
    /// By whom.
    pub author: String,
    /// Last day.
    pub until: Date,
    /// Line of the file, from 1.
    pub line: usize,
}

impl Waivers {
    /// Reads a file of waivers on the rules of some packs; `known` are packs that it may also name.
    ///
    /// # Errors
    /// Every fault of the file, each with its place.
    pub fn read(
        name: &str,
        bytes: &[u8],
        packs: &[&Pack],
        known: &[&str],
        socle: &Socle,
    ) -> Result<Waivers, Vec<Diagnostic>> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(vec![
                Diagnostic::error(
                    "waiver/not-utf8",
                    text!("`{name}` n'est pas du texte UTF-8", "`{name}` is not UTF-8 text"),
                )
                .help(text!("enregistrez-le en UTF-8", "save it as UTF-8")),
            ]);
        };
        let mut doc = Document::new(name, text);
        let source = doc.source();
        let mut list = Vec::new();
        if let Some(mut section) = doc.parse(&source) {
            let items = section.sections(&mut doc, "derogation");
            section.finish(&mut doc);
            let ends: Vec<usize> = memchr::memchr_iter(b'\n', bytes).collect();
            let line = |at: usize| ends.partition_point(|end| *end < at) + 1;
            list.extend(items.into_iter().filter_map(|item| waiver(&mut doc, item, packs, known, socle, &line)));
        }
        if !doc.faults.is_empty() {
            doc.faults.sort_by_key(|fault| fault.labels.first().map_or(0, |label| label.span.start));
            return Err(doc.faults);
        }
        list.retain(|waiver: &Waiver| !waiver.rules.is_empty());
        let digest = format!("blake3:{}", blake3::hash(bytes).to_hex());
        Ok(Waivers { name: name.to_owned(), digest, list })
    }
}

impl Waiver {
    /// Whether it is over on a date.
    #[must_use]
    pub fn expired_on(&self, date: Date) -> bool {
        date > self.until
    }
}

fn waiver(
    doc: &mut Document,
    mut section: Section<'_>,
    packs: &[&Pack],
    known: &[&str],
    socle: &Socle,
    line: &dyn Fn(usize) -> usize,
) -> Option<Waiver> {
    let place = doc.head(&section.span);
    let rule = section.required_string(doc, "rule");
    // One file may serve several commands: a scope on the rule of a pack that is not selected may be of other records.
    let selected = rule.as_ref().is_none_or(|(name, _)| match name.split_once('/') {
        Some((of, _)) => packs.iter().any(|pack| pack.id == of),
        None => true,
    });
    let kind = packs.first().map(|pack| pack.kind.as_str()).filter(|_| selected);
    let context = Context { socle, pack: "", kind, origin: Origin::Own, validity: (None, None) };
    let scope = condition(doc, &mut section, "scope", &context, true);
    let mut said = |doc: &mut Document, key: &'static str| {
        let (text, span) = section.required_string(doc, key)?;
        if text.trim().is_empty() {
            let fault = Diagnostic::error("waiver/empty", text!("`{key}` est vide", "`{key}` is empty"));
            doc.fault(fault, span, text!("à remplir", "to be filled in"));
            return None;
        }
        Some(text)
    };
    let (reason, author) = (said(doc, "reason"), said(doc, "author"));
    let until = match section.take("until") {
        Some(entry) => entry.date(doc),
        None => {
            doc.missing_key(section.span.clone(), "until");
            None
        }
    };
    section.finish(doc);
    let (rule, span) = rule?;
    let rules = rules_named(doc, &rule, span, packs, known);
    let line = line(place.start);
    Some(Waiver { rules: rules?, rule, scope: scope.ok()??, reason: reason?, author: author?, until: until?.0, line })
}

/// The rules that a name means; none when it names those of a pack that is not selected.
fn rules_named(
    doc: &mut Document,
    name: &str,
    span: crate::diag::Span,
    packs: &[&Pack],
    known: &[&str],
) -> Option<Vec<(usize, String)>> {
    let (of, id) = match name.split_once('/') {
        Some((of, id)) => (Some(of), id),
        None => (None, name),
    };
    let selected = |pack: &&Pack| of.is_none_or(|of| of == pack.id);
    if let Some(of) = of.filter(|_| !packs.iter().any(&selected)) {
        // A pack of elsewhere, unless it is near one that is here: then its name is misspelt.
        let here = packs.iter().map(|pack| pack.id.as_str()).chain(known.iter().copied());
        let near = if known.contains(&of) { None } else { did_you_mean(of, here) };
        let Some(near) = near else { return Some(Vec::new()) };
        let fault = Diagnostic::error("waiver/unknown-pack", text!("pack inconnu `{of}`", "unknown pack `{of}`"));
        doc.fault(fault.help(near), span, text!("aucun pack n'a ce nom", "no pack has this name"));
        return None;
    }
    let found: Vec<(usize, String)> = packs
        .iter()
        .enumerate()
        .filter(|(_, pack)| selected(pack) && pack.rule(id).is_some())
        .map(|(number, _)| (number, id.to_owned()))
        .collect();
    if !found.is_empty() {
        return Some(found);
    }
    let known = packs.iter().filter(|pack| selected(pack)).flat_map(|pack| &pack.rules).map(|rule| rule.id.as_str());
    let mut fault = Diagnostic::error("waiver/unknown-rule", text!("règle inconnue `{name}`", "unknown rule `{name}`"));
    fault.help = did_you_mean(id, known).or_else(|| {
        Some(text!(
            "`vigie rules list` donne les règles ; celle d'un autre pack s'écrit `pack/règle`",
            "`vigie rules list` gives the rules; that of another pack is written `pack/rule`"
        ))
    });
    doc.fault(fault, span, text!("aucun pack choisi n'a cette règle", "no selected pack has this rule"));
    None
}
