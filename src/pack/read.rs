//! A rule file → a checked rule, or every fault it has.

use super::citation::{check_id, citation, confidence_code};
use super::condition::{self, Names};
use super::example;
use super::header::{level_of, period, required_text};
use super::load::Context;
use super::place::Offsets;
use super::rule::{Condition, Require, Rule};
use super::{Level, Origin};
use crate::diag::{Diagnostic, Document, Section};
use crate::socle::{Confidence, Socle};
use crate::text;

/// The names that the conditions on a kind of record may use.
pub(super) fn names<'a>(socle: &'a Socle, kind: Option<&'a str>) -> Names<'a> {
    Names {
        tables: &socle.tables,
        fields: &socle.fields,
        parameters: &socle.parameters,
        kind,
        // A release is compared with the one before; an installation is judged on its own.
        previous: kind == Some("release"),
    }
}

/// Reads the rule of a file.
pub(super) fn rule(doc: &mut Document, context: &Context<'_>, id: &str) -> Option<Rule> {
    let head = doc.head(&doc.whole());
    check_id(doc, id, head.clone());
    let source = doc.source();
    let mut section = doc.parse(&source)?;
    let title = required_text(doc, &mut section, "title");
    let domain = section.required_string(doc, "domain").inspect(|(domain, span)| {
        check_id(doc, domain, span.clone());
    });
    let level = section.required_string(doc, "level").and_then(|(word, span)| {
        let place = span.clone();
        level_of(doc, (word, span)).map(|level| (level, place))
    });
    let (since, until) = period(doc, &mut section);
    let source_of = citation(doc, &mut section);
    let remark = section.text(doc, "remark");
    let open_before = open_before(doc, &mut section);
    let scope = condition(doc, &mut section, "scope", context, false);
    let requires = requires(doc, &mut section, context);
    let checked = context.origin == Origin::Checked;
    let examples = if checked {
        section.take("example");
        Some(Vec::new())
    } else {
        example::take(doc, &mut section, context)
    };
    section.finish(doc);
    if let (Some((Level::Blocking, place)), Some((citation, _))) = (&level, &source_of)
        && context.origin == Origin::BuiltIn
        && citation.confidence < Confidence::High
    {
        let confidence = confidence_code(citation.confidence);
        let fault = Diagnostic::error(
            "pack/blocking-unsure",
            text!(
                "la règle `{id}` bloque sur une source de confiance {confidence}",
                "rule `{id}` blocks on a source of confidence {confidence}"
            ),
        )
        .help(text!(
            "une règle livrée avec vigie ne bloque que sur une source H\u{a0}: `level = \"advisory\"`",
            "a rule shipped with vigie blocks only on an H source: `level = \"advisory\"`"
        ));
        doc.fault(fault, place.clone(), text!("bloquante", "blocking"));
    }
    let rule = Rule {
        id: id.to_owned(),
        pack: context.pack.to_owned(),
        title: title?,
        domain: domain?.0,
        level: level?.0,
        since,
        until,
        scope: scope.ok()?,
        requires: requires?,
        source: source_of?.0,
        remark,
        open_before,
        examples: examples?,
        file: source,
    };
    if !checked {
        super::check::rule(doc, context, &rule, &head);
    }
    Some(rule)
}

/// Whether what the record before does not tell leaves the gate open.
fn open_before(doc: &mut Document, section: &mut Section<'_>) -> bool {
    let Some((word, span)) = section.string(doc, "undeclared_before") else { return false };
    if word != "open" {
        let fault = Diagnostic::error("pack/unknown-word", text!("valeur inconnue `{word}`", "unknown value `{word}`"))
            .help(text!(
                "écrire `open`, ou retirer la clé : ce qui est indéterminé ferme alors la porte",
                "write `open`, or remove the key: what is unknown then closes the gate"
            ));
        doc.fault(fault, span, text!("`open`", "`open`"));
    }
    true
}

/// Takes a condition that must be a boolean: absent, compiled, or faulty (`Err`).
pub(super) fn condition(
    doc: &mut Document,
    section: &mut Section<'_>,
    key: &'static str,
    context: &Context<'_>,
    required: bool,
) -> Result<Option<Condition>, ()> {
    let Some(entry) = section.take(key) else {
        if required {
            doc.missing_key(section.span.clone(), key);
            return Err(());
        }
        return Ok(None);
    };
    let (text, span) = entry.string(doc).ok_or(())?;
    match condition::compile_bool(&text, &names(context.socle, context.kind)) {
        Ok(expr) => Ok(Some(Condition { text, expr, file: doc.source(), span })),
        Err(faults) => {
            let offsets = Offsets::new(&doc.source().text, &span, &text);
            for fault in faults {
                let mut diagnostic = Diagnostic::error(fault.code, fault.message);
                diagnostic.help = fault.help;
                doc.fault(diagnostic, offsets.span(&fault.span), fault.label);
            }
            Err(())
        }
    }
}

fn requires(doc: &mut Document, section: &mut Section<'_>, context: &Context<'_>) -> Option<Vec<Require>> {
    let items = section.sections(doc, "require");
    if items.is_empty() {
        doc.missing_key(section.span.clone(), "require");
        return None;
    }
    let count = items.len();
    let mut requires = Vec::new();
    for mut item in items {
        let that = condition(doc, &mut item, "that", context, true);
        let why = required_text(doc, &mut item, "why");
        let remedy = required_text(doc, &mut item, "remedy");
        item.finish(doc);
        if let (Ok(Some(that)), Some(why), Some(remedy)) = (that, why, remedy) {
            requires.push(Require { that, why, remedy });
        }
    }
    (requires.len() == count).then_some(requires)
}
