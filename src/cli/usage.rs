//! Faults of the command line, said in the reader's language.
//!
//! The parser only speaks English: what it found is read from the error's kind and context, and said again.

use crate::diag::{Diagnostic, Text, did_you_mean};
use crate::text;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// What is wrong, and the help to read.
pub(super) fn diagnostic(error: &Error) -> Diagnostic {
    let arg = context(error, ContextKind::InvalidArg);
    let value = context(error, ContextKind::InvalidValue);
    let (code, message) = match error.kind() {
        ErrorKind::UnknownArgument if arg.starts_with('-') => {
            ("cli/unknown-option", text!("option inconnue `{arg}`", "unknown option `{arg}`"))
        }
        ErrorKind::UnknownArgument => {
            ("cli/unexpected-argument", text!("argument inattendu `{arg}`", "unexpected argument `{arg}`"))
        }
        ErrorKind::InvalidSubcommand => {
            let name = context(error, ContextKind::InvalidSubcommand);
            ("cli/unknown-command", text!("commande inconnue `{name}`", "unknown command `{name}`"))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            ("cli/missing-command", text!("il manque une commande", "a command is missing"))
        }
        ErrorKind::MissingRequiredArgument => {
            ("cli/missing-argument", text!("il manque `{arg}`", "`{arg}` is missing"))
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            ("cli/missing-value", text!("il manque une valeur après `{arg}`", "a value is missing after `{arg}`"))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            ("cli/invalid-value", text!("valeur `{value}` refusée pour `{arg}`", "value `{value}` refused for `{arg}`"))
        }
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            ("cli/missing-value", text!("il manque une valeur après `{arg}`", "a value is missing after `{arg}`"))
        }
        ErrorKind::TooManyValues => (
            "cli/unexpected-argument",
            text!("valeur en trop `{value}` pour `{arg}`", "value `{value}` is one too many for `{arg}`"),
        ),
        ErrorKind::NoEquals => {
            ("cli/invalid-value", text!("il manque `=` après `{arg}`", "`=` is missing after `{arg}`"))
        }
        ErrorKind::ArgumentConflict => {
            let prior = context(error, ContextKind::PriorArg);
            let message = if prior.is_empty() || prior == arg {
                text!("`{arg}` ne se donne qu'une fois", "`{arg}` can be given only once")
            } else {
                text!("`{arg}` ne va pas avec `{prior}`", "`{arg}` does not go with `{prior}`")
            };
            ("cli/conflict", message)
        }
        ErrorKind::InvalidUtf8 => {
            ("cli/invalid-value", text!("un argument n'est pas de l'UTF-8", "an argument is not UTF-8"))
        }
        _ => ("cli/usage", text!("ligne de commande refusée", "command line refused")),
    };
    Diagnostic::error(code, message).help(advice(error))
}

/// A near name, the values accepted, or the help to read.
fn advice(error: &Error) -> Text {
    // The parser's suggestions are generous: only a near one is passed on.
    for (wrong, kind) in [
        (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand),
    ] {
        let near = list(error, kind);
        if let Some(help) = did_you_mean(&context(error, wrong), near.iter().map(String::as_str)) {
            return help;
        }
    }
    if error.kind() == ErrorKind::InvalidValue {
        let values = list(error, ContextKind::ValidValue);
        let value = context(error, ContextKind::InvalidValue);
        if let Some(near) = did_you_mean(&value, values.iter().map(String::as_str)) {
            return near;
        }
        if !values.is_empty() {
            let values = values.join("`, `");
            return text!("valeurs admises : `{values}`", "accepted values: `{values}`");
        }
    }
    let command = command_of(error);
    text!("voir `{command} --help`", "see `{command} --help`")
}

/// `vigie rules list`, from the usage line that comes with the error.
fn command_of(error: &Error) -> String {
    let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    let words = usage.split_whitespace().skip_while(|word| *word != "vigie");
    let name: Vec<&str> = words
        .take_while(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') && !word.starts_with('-'))
        .collect();
    if name.is_empty() { "vigie".to_owned() } else { name.join(" ") }
}

fn context(error: &Error, kind: ContextKind) -> String {
    list(error, kind).join("`, `")
}

fn list(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}
