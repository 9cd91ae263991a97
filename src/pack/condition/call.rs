//! Functions: `size`, `exists`, `all`, tests on strings, constants of dates and versions.

use super::check::{Checker, Local};
use super::expr::{Expr, Kind, StringTest};
use super::fault::{DATE, Fault, NOT_IN_LANGUAGE, PATTERN, SYNTAX, TYPE, UNKNOWN_FUNCTION, VERSION};
use super::parse::{Form, Tree, Word};
use super::{constant, pattern, vocabulary};
use crate::diag::{Span, Text, did_you_mean};
use crate::text;
use crate::value::{Date, Type, Value, Version};

/// Functions of the language, for suggestions.
const FUNCTIONS: [&str; 9] =
    ["size", "exists", "all", "startsWith", "endsWith", "contains", "matches", "date", "version"];

/// CEL functions and macros that conditions do not have.
const ABSENT: [&str; 19] = [
    "has",
    "map",
    "filter",
    "exists_one",
    "existsOne",
    "int",
    "uint",
    "double",
    "string",
    "bool",
    "bytes",
    "type",
    "dyn",
    "duration",
    "timestamp",
    "getFullYear",
    "getMonth",
    "getDate",
    "optional",
];

pub(super) fn call(
    checker: &mut Checker<'_>,
    span: &Span,
    target: Option<&Tree>,
    word: &Word,
    arguments: &[Tree],
) -> Option<Expr> {
    match (word.text.as_str(), target) {
        ("size", Some(target)) => {
            arity(checker, word, arguments, 0)?;
            size(checker, span, target)
        }
        ("size", None) => {
            arity(checker, word, arguments, 1)?;
            size(checker, span, &arguments[0])
        }
        ("exists" | "all", Some(target)) => {
            arity(checker, word, arguments, 2)?;
            quantifier(checker, span, target, word, &arguments[0], &arguments[1])
        }
        ("startsWith", Some(target)) => string_test(checker, span, target, word, arguments, StringTest::StartsWith),
        ("endsWith", Some(target)) => string_test(checker, span, target, word, arguments, StringTest::EndsWith),
        ("contains", Some(target)) => string_test(checker, span, target, word, arguments, StringTest::Contains),
        ("matches", Some(target)) => {
            arity(checker, word, arguments, 1)?;
            matches_pattern(checker, span, target, &arguments[0])
        }
        ("matches", None) => {
            arity(checker, word, arguments, 2)?;
            matches_pattern(checker, span, &arguments[0], &arguments[1])
        }
        ("date" | "version", None) => {
            arity(checker, word, arguments, 1)?;
            dated_or_versioned(checker, span, word, &arguments[0])
        }
        _ => {
            // Arguments may hold faults of their own, told as well, unless they bind variables.
            unknown_function(checker, target, word);
            None
        }
    }
}

fn arity(checker: &mut Checker<'_>, word: &Word, arguments: &[Tree], expected: usize) -> Option<()> {
    let found = arguments.len();
    if found == expected {
        return Some(());
    }
    let name = &word.text;
    checker.fault(Fault::new(
        SYNTAX,
        word.span.clone(),
        text!(
            "`{name}` prend {expected} argument(s) ici, pas {found}",
            "`{name}` takes {expected} argument(s) here, not {found}"
        ),
        text!("nombre d'arguments", "number of arguments"),
    ));
    None
}

fn unknown_function(checker: &mut Checker<'_>, target: Option<&Tree>, word: &Word) {
    let name = &word.text;
    let fault = if ABSENT.contains(&name.as_str()) {
        let help = match name.as_str() {
            "has" => Some(text!(
                "une condition ne demande pas si une valeur manque : sans elle, le verdict est indéterminé",
                "a condition never asks whether a value is missing: without it the verdict is unknown"
            )),
            "map" | "filter" | "exists_one" | "existsOne" => {
                Some(text!("écrire avec `exists` ou `all`", "write it with `exists` or `all`"))
            }
            "timestamp" => Some(text!("écrire `date(\"AAAA-MM-JJ\")`", "write `date(\"YYYY-MM-DD\")`")),
            "getFullYear" => Some(text!("écrire `.year`", "write `.year`")),
            "duration" => Some(text!("écrire un nombre de jours", "write a number of days")),
            "int" | "uint" | "double" | "string" | "bool" | "bytes" | "type" | "dyn" => {
                Some(text!("une valeur garde son type", "a value keeps its type"))
            }
            _ => None,
        };
        Fault::new(
            NOT_IN_LANGUAGE,
            word.span.clone(),
            text!(
                "`{name}` ne fait pas partie du langage des conditions",
                "`{name}` is not part of the condition language"
            ),
            text!("pas dans le langage", "not in the language"),
        )
        .help(help)
    } else {
        let misplaced = FUNCTIONS.contains(&name.as_str());
        let help = match (misplaced, target) {
            (true, Some(_)) => Some(text!("écrire `{name}(\"…\")`", "write `{name}(\"…\")`")),
            (true, None) => Some(text!("écrire `valeur.{name}(…)`", "write `value.{name}(…)`")),
            _ => did_you_mean(name, FUNCTIONS),
        };
        Fault::new(
            UNKNOWN_FUNCTION,
            word.span.clone(),
            text!("fonction inconnue `{name}`", "unknown function `{name}`"),
            text!("fonction inconnue", "unknown function"),
        )
        .help(help)
    };
    checker.fault(fault);
    // A fault in what the function is called on is told too.
    if let Some(target) = target {
        checker.expr(target, None);
    }
}

fn size(checker: &mut Checker<'_>, span: &Span, target: &Tree) -> Option<Expr> {
    let target = checker.expr(target, None)?;
    if !matches!(target.ty, Type::String | Type::List(_)) {
        let found = checker.type_text(&target.ty);
        let message = Text::new(
            format!("`size` attend un texte ou une liste, pas {}", found.fr),
            format!("`size` takes a string or a list, not {}", found.en),
        );
        checker.mismatch(&target.span, message, &found, None);
        return None;
    }
    Some(Expr { span: span.clone(), ty: Type::Int, kind: Kind::Size(Box::new(target)) })
}

fn quantifier(
    checker: &mut Checker<'_>,
    span: &Span,
    target: &Tree,
    word: &Word,
    variable: &Tree,
    body: &Tree,
) -> Option<Expr> {
    let list = checker.expr(target, None);
    let Form::Name(name) = &variable.form else {
        checker.fault(Fault::new(
            SYNTAX,
            variable.span.clone(),
            text!("`{}` attend d'abord un nom de variable", "`{}` takes a variable name first", word.text),
            text!("nom attendu ici", "expected a name here"),
        ));
        return None;
    };
    let fresh = checker.new_variable(&variable.span, name);
    let list = list?;
    let Type::List(item) = &list.ty else {
        let found = checker.type_text(&list.ty);
        let message = Text::new(
            format!("`{}` parcourt une liste, pas {}", word.text, found.fr),
            format!("`{}` goes through a list, not {}", word.text, found.en),
        );
        checker.mismatch(&list.span, message, &found, None);
        return None;
    };
    let vocabulary = vocabulary::of(&list, checker.tables(), &checker.locals);
    checker.locals.push(Local { name: name.clone(), ty: (**item).clone(), vocabulary });
    let body = checker.boolean(body, &word.text);
    checker.locals.pop();
    let body = Box::new(body.filter(|_| fresh)?);
    let list = Box::new(list);
    let kind = if word.text == "exists" { Kind::Exists(list, body) } else { Kind::All(list, body) };
    Some(Expr { span: span.clone(), ty: Type::Bool, kind })
}

/// The text that a test is made on: a string, or an identifier as found.
fn text_operand(checker: &mut Checker<'_>, name: &str, tree: &Tree) -> Option<Expr> {
    let expr = checker.expr(tree, None)?;
    if matches!(expr.ty, Type::String | Type::Identifier) {
        return Some(expr);
    }
    let found = checker.type_text(&expr.ty);
    let message = Text::new(
        format!("`{name}` s'applique à un texte, pas à {}", found.fr),
        format!("`{name}` applies to a string, not {}", found.en),
    );
    checker.mismatch(&expr.span, message, &found, None);
    None
}

fn string_test(
    checker: &mut Checker<'_>,
    span: &Span,
    target: &Tree,
    word: &Word,
    arguments: &[Tree],
    test: StringTest,
) -> Option<Expr> {
    arity(checker, word, arguments, 1)?;
    let target = text_operand(checker, &word.text, target);
    let part = checker.expr(&arguments[0], None)?;
    if part.ty != Type::String {
        let found = checker.type_text(&part.ty);
        let message = Text::new(
            format!("`{}` attend un texte, pas {}", word.text, found.fr),
            format!("`{}` takes a string, not {}", word.text, found.en),
        );
        checker.mismatch(&part.span, message, &found, None);
        return None;
    }
    let kind = Kind::StringTest(test, Box::new(target?), Box::new(part));
    Some(Expr { span: span.clone(), ty: Type::Bool, kind })
}

fn matches_pattern(checker: &mut Checker<'_>, span: &Span, target: &Tree, argument: &Tree) -> Option<Expr> {
    let target = text_operand(checker, "matches", target);
    let argument = checker.expr(argument, None)?;
    let Some(Value::String(written)) = constant::value(&argument, checker.tables()) else {
        checker.fault(Fault::new(
            PATTERN,
            argument.span.clone(),
            text!("le motif de `matches` est un texte constant", "the pattern of `matches` is a constant string"),
            text!("pas un texte constant", "not a constant string"),
        ));
        return None;
    };
    match pattern::compile(&written) {
        Ok(regex) => Some(Expr { span: span.clone(), ty: Type::Bool, kind: Kind::Matches(Box::new(target?), regex) }),
        Err(why) => {
            checker.fault(Fault::new(
                PATTERN,
                argument.span.clone(),
                text!("ce motif n'est pas une expression régulière", "this pattern is not a regular expression"),
                why,
            ));
            None
        }
    }
}

fn dated_or_versioned(checker: &mut Checker<'_>, span: &Span, word: &Word, argument: &Tree) -> Option<Expr> {
    let name = &word.text;
    let Form::String(written) = &argument.form else {
        if !matches!(argument.form, Form::Broken) {
            checker.fault(
                Fault::new(
                    TYPE,
                    argument.span.clone(),
                    text!("`{name}` prend un texte constant", "`{name}` takes a constant string"),
                    text!("pas un texte constant", "not a constant string"),
                )
                .help(text!("écrire `{name}(\"…\")`", "write `{name}(\"…\")`")),
            );
        }
        return None;
    };
    let shown = written.escape_debug();
    if name == "date" {
        let Some(date) = Date::parse_iso(written) else {
            checker.fault(
                Fault::new(
                    DATE,
                    argument.span.clone(),
                    text!("`{shown}` n'est pas une date", "`{shown}` is not a date"),
                    text!("date mal écrite ou qui n'existe pas", "malformed date, or one that does not exist"),
                )
                .help(Text::new(
                    "écrire `date(\"AAAA-MM-JJ\")`, par exemple `date(\"2021-12-31\")`",
                    "write `date(\"YYYY-MM-DD\")`, for example `date(\"2021-12-31\")`",
                )),
            );
            return None;
        };
        return Some(Expr { span: span.clone(), ty: Type::Date, kind: Kind::Literal(Value::Date(date)) });
    }
    let Some(version) = Version::parse(written) else {
        checker.fault(
            Fault::new(
                VERSION,
                argument.span.clone(),
                text!("`{shown}` n'est pas une version", "`{shown}` is not a version"),
                text!("version mal écrite", "malformed version"),
            )
            .help(text!("par exemple `version(\"4.67.3\")`", "for example `version(\"4.67.3\")`")),
        );
        return None;
    };
    Some(Expr { span: span.clone(), ty: Type::Version, kind: Kind::Literal(Value::Version(version)) })
}
