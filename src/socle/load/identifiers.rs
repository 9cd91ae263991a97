//! `identifiers.toml`: schemes of identifiers.

use super::cite::citation;
use crate::diag::{Diagnostic, Document, Section};
use crate::socle::identifier::{MAX_LENGTH, Mask, OTHER, Scheme};
use crate::socle::{Socle, fold};
use crate::text;
use std::sync::Arc;

/// Schemes that a bit set can hold.
const MAX_SCHEMES: usize = 32;

/// Reads every `[[scheme]]`.
pub(super) fn read(doc: &mut Document, mut section: Section<'_>, socle: &mut Socle) {
    let schemes = &mut socle.schemes;
    if let Some((prefix, _)) = section.string(doc, "masked") {
        socle.mask_prefix = format!("{prefix}:");
    }
    let mut prefixes = Vec::new();
    for mut scheme in section.sections(doc, "scheme") {
        let id = scheme.required_string(doc, "id");
        let label = scheme.text(doc, "label");
        let masks = scheme.strings(doc, "masks");
        let key = scheme.string(doc, "key");
        let skip = scheme.take("key_from").and_then(|entry| entry.as_int()).and_then(|n| usize::try_from(n).ok());
        let names = scheme.string(doc, "names");
        let refused = scheme.flag(doc, "refused");
        let words = scheme.strings(doc, "words").into_iter().map(|(word, _)| fold::plain(&word)).collect();
        let zero = scheme.flag(doc, "zero");
        let _ = scheme.section(doc, "source").and_then(|source| citation(doc, source));
        let _ = scheme.text(doc, "remark");
        scheme.finish(doc);
        let Some((id, id_span)) = id else { continue };
        if id == OTHER || schemes.iter().any(|other| *other.id == *id) || schemes.len() == MAX_SCHEMES {
            doc.fault(
                Diagnostic::error(
                    "socle/duplicate-id",
                    text!(
                        "le schéma `{id}` existe déjà, ou est de trop",
                        "scheme `{id}` exists already, or is one too many"
                    ),
                ),
                id_span,
                text!("déjà pris", "already taken"),
            );
            continue;
        }
        let mut luhn_from = None;
        match key {
            Some((name, _)) if name == "luhn" => luhn_from = Some(skip.unwrap_or(0)),
            Some((name, span)) => doc.fault(
                Diagnostic::error(
                    "socle/unknown-key",
                    text!("clé de contrôle inconnue `{name}`", "unknown check key `{name}`"),
                )
                .help(text!("seule `luhn` est connue", "only `luhn` is known")),
                span,
                text!("clé inconnue", "unknown key"),
            ),
            None => {}
        }
        let mut kept = Vec::new();
        for (text, span) in masks {
            if text.is_empty() || text.len() > MAX_LENGTH || !text.is_ascii() {
                doc.fault(
                    Diagnostic::error(
                        "socle/mask",
                        text!(
                            "la forme `{text}` doit avoir 1 à {MAX_LENGTH} caractères ASCII",
                            "the form `{text}` must have 1 to {MAX_LENGTH} ASCII characters"
                        ),
                    ),
                    span,
                    text!("forme mal écrite", "malformed form"),
                );
                continue;
            }
            kept.push(Mask { digits_only: text.bytes().all(|b| b == b'#'), text });
        }
        let label = label.unwrap_or_else(|| crate::diag::Text::same(id.clone()));
        prefixes.extend(names.map(|(name, span)| (schemes.len(), skip.unwrap_or(1), name, span)));
        schemes.push(Scheme {
            id: Arc::from(id),
            label,
            masks: kept,
            luhn_from,
            prefixes: None,
            refused,
            words,
            zero,
            shared: false,
        });
    }
    let forms = |scheme: &Scheme| scheme.masks.iter().map(|mask| mask.text.clone()).collect::<Vec<_>>();
    let all: Vec<Vec<String>> = schemes.iter().map(forms).collect();
    for (place, scheme) in schemes.iter_mut().enumerate() {
        let others = all.iter().enumerate().filter(|(other, _)| *other != place);
        scheme.shared = others.flat_map(|(_, forms)| forms).any(|form| all[place].contains(form));
        if scheme.refused {
            socle.refused_lengths |= scheme.masks.iter().fold(0, |bits, mask| bits | 1 << mask.text.len());
        }
    }
    for (place, length, name, span) in prefixes {
        match schemes.iter().position(|scheme| *scheme.id == *name) {
            Some(named) => schemes[place].prefixes = Some((named, length)),
            None => doc.fault(
                Diagnostic::error("socle/unknown-row", text!("schéma inconnu `{name}`", "unknown scheme `{name}`")),
                span,
                text!("aucun schéma de ce nom", "no scheme of that name"),
            ),
        }
    }
    let names = schemes.iter().map(|scheme| Arc::clone(&scheme.id));
    socle.tables.schemes = names.chain([Arc::from(OTHER)]).collect();
    section.finish(doc);
}
