//! `parametres.toml`: dated thresholds.

use super::cite::citation;
use super::types::{TypeNames, value};
use crate::diag::{Diagnostic, Document, Section, Span, Text};
use crate::socle::{Confidence, Parameter, Socle};
use crate::text;
use crate::value::{Date, Datum, Value};

/// Reads every `[[parametre]]`.
pub(super) fn read(doc: &mut Document, mut section: Section<'_>, socle: &mut Socle, types: &TypeNames) {
    for mut parameter in section.sections(doc, "parametre") {
        let id = parameter.required_string(doc, "id");
        let ty = parameter.required_string(doc, "type");
        let label = parameter.text(doc, "label");
        let _ = parameter.text(doc, "remark");
        let sections = parameter.sections(doc, "values");
        parameter.finish(doc);
        let (Some((id, id_span)), Some((ty, ty_span))) = (id, ty) else { continue };
        let Some(ty) = types.parse(doc, &ty, ty_span) else { continue };
        if socle.field(&id).is_some() || socle.parameter(&id).is_some() {
            doc.fault(
                Diagnostic::error(
                    "socle/duplicate-id",
                    text!(
                        "le nom `{id}` est déjà celui d'un champ ou d'un paramètre",
                        "the name `{id}` is already that of a field or a parameter"
                    ),
                ),
                id_span,
                text!("déjà pris", "already taken"),
            );
            continue;
        }
        let mut values: Vec<(Date, Value)> = Vec::new();
        for mut step in sections {
            let since = step.date(doc, "since");
            let given = step.take("value");
            let source = step.section(doc, "source").and_then(|source| citation(doc, source));
            let span = step.span.clone();
            if since.is_none() {
                doc.missing_key(span.clone(), "since");
            }
            step.finish(doc);
            let (Some((since, since_span)), Some(entry)) = (since, given) else { continue };
            let value_span = entry.span.clone();
            let datum = value(doc, &socle.tables, &ty, entry, false);
            check_source(doc, source.map(|source| source.confidence), value_span);
            if values.last().is_some_and(|(last, _)| *last >= since) {
                doc.fault(
                    Diagnostic::error(
                        "socle/not-ascending",
                        text!(
                            "les valeurs de `{id}` ne sont pas dans l'ordre des dates",
                            "the values of `{id}` are not in the order of dates"
                        ),
                    ),
                    since_span,
                    text!("pas après la précédente", "not after the one before"),
                );
            }
            if let Some(Datum::Known(value)) = datum {
                values.push((since, value));
            }
        }
        let label = label.unwrap_or_else(|| Text::same(id.clone()));
        socle.parameters.push(Parameter { id, label, ty, values });
    }
    section.finish(doc);
}

/// A threshold is a fact: it has a source, and a sure one.
fn check_source(doc: &mut Document, confidence: Option<Confidence>, span: Span) {
    match confidence {
        Some(Confidence::High) => {}
        Some(_) => doc.fault(
            Diagnostic::error(
                "socle/below-h",
                text!("la source de ce seuil n'est pas sûre (H)", "the source of this threshold is not sure (H)"),
            )
            .help(text!(
                "laissez-le hors du socle : une règle consultative peut l'écrire, avec sa source",
                "leave it out of the socle: an advisory rule may write it, with its source"
            )),
            span,
            text!("valeur sans source sûre", "value without a sure source"),
        ),
        None => doc.fault(
            Diagnostic::error("socle/no-source", text!("seuil sans source", "threshold without a source")),
            span,
            text!("sans source", "without a source"),
        ),
    }
}
