//! Names and selections: fields, parameters, variables, attributes, members.

use super::check::Checker;
use super::expr::{DatePart, Expr, Kind, VersionPart};
use super::fault::{Fault, PREVIOUS, TYPE, UNKNOWN_ATTRIBUTE, UNKNOWN_NAME};
use super::parse::{Form, Tree, Word};
use crate::diag::{Span, Text, did_you_mean};
use crate::socle::{Field, FieldId, ParameterId};
use crate::text;
use crate::value::Type;

/// A name that stands alone. Resolution order: variable, `today`, field, parameter.
pub(super) fn name(checker: &mut Checker<'_>, span: &Span, name: &str) -> Option<Expr> {
    let names = checker.names;
    let found = |ty: &Type, kind| Some(Expr { span: span.clone(), ty: ty.clone(), kind });
    if let Some(depth) = checker.locals.iter().rposition(|l| l.name == name) {
        return found(&checker.locals[depth].ty, Kind::Local(depth));
    }
    if name == "today" {
        return found(&Type::Date, Kind::Today);
    }
    if name == "previous" {
        if previous_allowed(checker, span) {
            checker.fault(
                Fault::new(
                    PREVIOUS,
                    span.clone(),
                    text!("`previous` est suivi d'un champ", "`previous` is followed by a field"),
                    text!("sans champ", "without a field"),
                )
                .help(text!("par exemple `previous.version`", "for example `previous.version`")),
            );
        }
        return None;
    }
    if let Some((id, field)) = field(checker, name) {
        return found(&field.ty, Kind::Field(id));
    }
    let parameter = names.parameters.iter().zip(0..).find(|(p, _)| p.id == name);
    if let Some((parameter, id)) = parameter {
        return found(&parameter.ty, Kind::Parameter(ParameterId(id)));
    }
    unknown_name(checker, span, name);
    None
}

fn field<'a>(checker: &Checker<'a>, name: &str) -> Option<(FieldId, &'a Field)> {
    let names = checker.names;
    let (field, id) = names.fields.iter().zip(0..).find(|(f, _)| f.id == name && in_kind(f, names.kind))?;
    Some((FieldId(id), field))
}

fn in_kind(field: &Field, kind: Option<&str>) -> bool {
    kind.is_none_or(|kind| field.kinds.iter().any(|k| k == kind))
}

fn unknown_name(checker: &mut Checker<'_>, span: &Span, name: &str) {
    let names = checker.names;
    let other_kind = names.fields.iter().find(|f| f.id == name);
    let fault = match (other_kind, names.kind) {
        (Some(field), Some(kind)) => {
            let kinds = field.kinds.join("`, `");
            Fault::new(
                UNKNOWN_NAME,
                span.clone(),
                text!("`{kind}` n'a pas de champ `{name}`", "`{kind}` has no field `{name}`"),
                text!("champ d'un autre genre : `{kinds}`", "field of another kind: `{kinds}`"),
            )
        }
        _ => {
            let known = (checker.locals.iter().map(|l| l.name.as_str()))
                .chain(names.fields.iter().filter(|f| in_kind(f, names.kind)).map(|f| f.id.as_str()))
                .chain(names.parameters.iter().map(|p| p.id.as_str()))
                .chain(["today"]);
            Fault::new(
                UNKNOWN_NAME,
                span.clone(),
                text!("champ inconnu `{name}`", "unknown field `{name}`"),
                text!("ni champ, ni paramètre, ni variable", "neither field, parameter nor variable"),
            )
            .help(did_you_mean(name, known))
        }
    };
    checker.fault(fault);
}

fn previous_allowed(checker: &mut Checker<'_>, span: &Span) -> bool {
    if !checker.names.previous {
        checker.fault(Fault::new(
            PREVIOUS,
            span.clone(),
            text!("il n'y a pas de manifeste précédent ici", "there is no previous manifest here"),
            text!(
                "`previous` ne vaut que dans une règle qui compare deux manifestes",
                "`previous` stands only in a rule that compares two manifests"
            ),
        ));
    }
    checker.names.previous
}

/// `base.a.b`: attributes of rows (whose columns may be grouped: `extended.until`), members, parts.
pub(super) fn select(checker: &mut Checker<'_>, tree: &Tree) -> Option<Expr> {
    let mut path: Vec<&Word> = Vec::new();
    let mut base = tree;
    while let Form::Select(inner, word) = &base.form {
        path.push(word);
        base = inner;
    }
    path.reverse();
    let mut path = path.as_slice();
    let start = tree.span.start;
    let mut expr = match &base.form {
        Form::Name(name) if name == "previous" && checker.locals.iter().all(|l| l.name != "previous") => {
            let (word, rest) = path.split_first()?;
            path = rest;
            if !previous_allowed(checker, &base.span) {
                return None;
            }
            let Some((id, field)) = field(checker, &word.text) else {
                unknown_name(checker, &word.span, &word.text);
                return None;
            };
            Expr { span: base.span.start..word.span.end, ty: field.ty.clone(), kind: Kind::Previous(id) }
        }
        _ => checker.expr(base, None)?,
    };
    while let Some((word, rest)) = path.split_first() {
        let mut taken = 1;
        let selected = match &expr.ty {
            Type::Row(table) => {
                let columns = &checker.tables().table(*table).columns;
                // A grouped column takes as many words as its name has.
                let column = (1..=path.len()).find_map(|n| {
                    let name = path[..n].iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(".");
                    columns.iter().position(|c| c.name == name).map(|i| (n, i))
                });
                column.map(|(n, i)| {
                    taken = n;
                    (columns[i].ty.clone(), Select::Column(i))
                })
            }
            Type::Record(record) => {
                let members = &checker.tables().record(*record).members;
                members.iter().position(|m| m.name == word.text).map(|i| (members[i].ty.clone(), Select::Member(i)))
            }
            Type::Date if word.text == "year" => Some((Type::Int, Select::Year)),
            Type::Version => match word.text.as_str() {
                "major" => Some((Type::Int, Select::Version(VersionPart::Major))),
                "minor" => Some((Type::Int, Select::Version(VersionPart::Minor))),
                "patch" => Some((Type::Int, Select::Version(VersionPart::Patch))),
                _ => None,
            },
            Type::Identifier if word.text == "scheme" => Some((Type::String, Select::Scheme)),
            Type::Identifier if word.text == "key_ok" => Some((Type::Bool, Select::KeyOk)),
            _ => None,
        };
        let Some((ty, selection)) = selected else {
            unknown_attribute(checker, &expr, path);
            return None;
        };
        let span = start..path[taken - 1].span.end;
        path = if taken == 1 { rest } else { &path[taken..] };
        let inner = Box::new(expr);
        let kind = match selection {
            Select::Column(i) => Kind::Column(inner, i),
            Select::Member(i) => Kind::Member(inner, i),
            Select::Year => Kind::DatePart(inner, DatePart::Year),
            Select::Version(part) => Kind::VersionPart(inner, part),
            Select::Scheme => Kind::Scheme(inner),
            Select::KeyOk => Kind::KeyOk(inner),
        };
        expr = Expr { span, ty, kind };
    }
    Some(expr)
}

enum Select {
    Column(usize),
    Member(usize),
    Year,
    Version(VersionPart),
    Scheme,
    KeyOk,
}

fn unknown_attribute(checker: &mut Checker<'_>, expr: &Expr, path: &[&Word]) {
    let tables = checker.tables();
    let owner = checker.type_text(&expr.ty);
    let known: Vec<&str> = match &expr.ty {
        Type::Row(table) => tables.table(*table).columns.iter().map(|c| c.name.as_str()).collect(),
        Type::Record(record) => tables.record(*record).members.iter().map(|m| m.name.as_str()).collect(),
        Type::Date => vec!["year"],
        Type::Version => vec!["major", "minor", "patch"],
        Type::Identifier => vec!["scheme", "key_ok"],
        _ => Vec::new(),
    };
    let words: Vec<&str> = path.iter().map(|w| w.text.as_str()).collect();
    // In a group that exists, the rest of the path is at fault; elsewhere the first word is.
    let group = format!("{}.", words[0]);
    let in_group = known.iter().any(|name| name.starts_with(&group));
    let (wanted, span) = match path {
        [.., last] if in_group => (words.join("."), path[0].span.start..last.span.end),
        _ => (words[0].to_owned(), path[0].span.clone()),
    };
    if let Type::List(_) = expr.ty {
        let list = checker.written(&expr.span);
        checker.fault(
            Fault::new(
                TYPE,
                span,
                text!(
                    "`{list}` est une liste, sans attribut `{wanted}`",
                    "`{list}` is a list, without attribute `{wanted}`"
                ),
                text!("attribut d'une liste", "attribute of a list"),
            )
            .help(text!(
                "écrire `{list}.exists(x, x.{wanted} …)` ou `{list}.all(x, x.{wanted} …)`",
                "write `{list}.exists(x, x.{wanted} …)` or `{list}.all(x, x.{wanted} …)`"
            )),
        );
        return;
    }
    let help = did_you_mean(&wanted, known.iter().copied()).or_else(|| {
        let (list, total) = (known.iter().copied().take(6).collect::<Vec<_>>().join("`, `"), known.len());
        let more = if total > 6 { format!(", … ({total})") } else { String::new() };
        (total > 0).then(|| text!("attributs : `{list}`{more}", "attributes: `{list}`{more}"))
    });
    let message = Text::new(
        format!("{} n'a pas d'attribut `{wanted}`", owner.fr),
        format!("{} has no attribute `{wanted}`", owner.en),
    );
    checker
        .fault(Fault::new(UNKNOWN_ATTRIBUTE, span, message, text!("attribut inconnu", "unknown attribute")).help(help));
}
