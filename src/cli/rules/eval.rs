//! `vigie rules eval`: evaluates a condition on one record, or a batch of them.

use crate::cli::command::Words;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::rulebook::Rulebook;
use crate::cli::{Common, as_of_date, survey};
use crate::diag::{Diagnostic, Lang, Source, Text, did_you_mean};
use crate::output::{Look, missing as missing_words, said, visible_line};
use crate::pack::condition::json::{self, Answer};
use crate::pack::condition::{self, Env, Names, Reason};
use crate::socle::{Field, FieldId, Parameter, Socle};
use crate::text;
use crate::value::Date;
use clap::{ArgMatches, Command, ValueHint};
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to evaluate.
#[derive(Debug)]
pub(super) struct Options {
    /// One condition or a batch.
    pub(super) work: Work,
    /// Date of the evaluation.
    pub(super) as_of: Date,
}

/// One condition or a batch.
#[derive(Debug)]
pub(super) enum Work {
    /// One condition.
    One {
        /// Its text.
        expr: String,
        /// Values of its names.
        given: Map<String, Value>,
        /// Types of its names; `None`: the names are the fields of the socle.
        types: Option<Map<String, Value>>,
    },
    /// A file of one condition a line (`-`: the standard input).
    Batch(PathBuf),
}

pub(super) fn command(w: Words) -> Command {
    w.command(
        "eval",
        "Évalue une condition et montre ce qui l'a décidée",
        "Evaluates a condition and shows what decided it",
    )
    .arg(
        w.argument("expr", ("CONDITION", "EXPR"), "Condition à évaluer", "Condition to evaluate")
            .required_unless_present("batch")
            .conflicts_with("batch")
            .allow_hyphen_values(true),
    )
    .arg(w.option(
        "given",
        ("JSON", "JSON"),
        "Valeurs, en objet JSON ; ce qui manque est inconnu",
        "Values, as a JSON object; what is absent is unknown",
    ))
    .arg(w.option(
        "types",
        ("JSON", "JSON"),
        "Types, en objet JSON ({\"x\": \"int\", \"l\": \"list(int)\"}) ; sans eux, les champs du socle",
        "Types, as a JSON object ({\"x\": \"int\", \"l\": \"list(int)\"}); without them, the fields of the socle",
    ))
    .arg(survey::as_of(w))
    .arg(
        w.option(
            "batch",
            ("FICHIER.ndjson", "FILE.ndjson"),
            "Évaluer une condition par ligne ({\"id\", \"expr\", \"types\", \"given\"}) ; `-` pour l'entrée standard",
            "Evaluate one condition a line ({\"id\", \"expr\", \"types\", \"given\"}); `-` for the standard input",
        )
        .value_parser(clap::value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath),
    )
}

pub(super) fn options(matches: &ArgMatches) -> Result<Options, Failure> {
    let mut faults = Vec::new();
    let as_of = as_of_date(matches, &mut faults);
    let work = match (matches.get_one::<PathBuf>("batch"), matches.get_one::<String>("expr")) {
        (Some(path), _) => Work::Batch(path.clone()),
        (None, expr) => Work::One {
            expr: expr.cloned().unwrap_or_default(),
            given: object(matches, "given", &mut faults).unwrap_or_default(),
            types: object(matches, "types", &mut faults),
        },
    };
    if faults.is_empty() { Ok(Options { work, as_of }) } else { Err(faults.into()) }
}

/// A JSON object given as an option.
fn object(matches: &ArgMatches, name: &str, faults: &mut Vec<Diagnostic>) -> Option<Map<String, Value>> {
    let text = matches.get_one::<String>(name)?;
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => Some(object),
        Ok(_) => {
            faults.push(Diagnostic::error(
                "cli/invalid-value",
                text!("`--{name}` attend un objet JSON", "`--{name}` takes a JSON object"),
            ));
            None
        }
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            faults.push(
                Diagnostic::error(
                    "cli/invalid-value",
                    text!(
                        "`--{name}` n'est pas du JSON (ligne {line}, colonne {column})",
                        "`--{name}` is not JSON (line {line}, column {column})"
                    ),
                )
                .help(text!(
                    "écrire un objet : `{{\"palier\": \"ADD8\"}}`",
                    "write an object: `{{\"palier\": \"ADD8\"}}`"
                )),
            );
            None
        }
    }
}

/// Evaluates, and says what decided.
///
/// # Errors
/// A condition or values that are refused, a file that cannot be read.
pub(super) fn run(options: &Options, common: &Common, console: &mut Console) -> Result<Exit, Failure> {
    let socle = Rulebook::load(common)?.socle;
    match &options.work {
        Work::Batch(path) => batch(path, &socle, options.as_of, console),
        Work::One { expr, given, types } => one(expr, given, types.as_ref(), &socle, options.as_of, console),
    }
}

/// One answer a line, in the order of the lines; blank lines are skipped. A line that is refused answers so:
/// the others are evaluated all the same.
fn batch(path: &Path, socle: &Socle, as_of: Date, console: &mut Console) -> Result<Exit, Failure> {
    let lang = console.lang();
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(|error| Failure::read(path, &error))?)
    };
    let mut lines = BufReader::new(source);
    let mut line = Vec::new();
    loop {
        line.clear();
        let n = lines.read_until(b'\n', &mut line).map_err(|error| Failure::read(path, &error))?;
        if n == 0 {
            console.flush()?;
            return Ok(Exit::Done);
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answer = json::eval_line(&String::from_utf8_lossy(&line), &socle.tables, as_of, lang);
        console.print_unflushed(|out, _| writeln!(out, "{answer}"))?;
    }
}

fn one(
    text: &str,
    given: &Map<String, Value>,
    types: Option<&Map<String, Value>>,
    socle: &Socle,
    today: Date,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let tables = &socle.tables;
    let refused = |code: &'static str, message: Text| Failure::from(Diagnostic::error(code, message));
    let own: Vec<Field>;
    let (fields, parameters): (&[Field], &[Parameter]) = match types {
        Some(types) => {
            own = json::fields_from_types(types, tables).map_err(|message| refused("eval/types", message))?;
            (&own, &[])
        }
        None => (&socle.fields, &socle.parameters),
    };
    let names = Names { tables, fields, parameters, kind: None, previous: false };
    let expr = condition::compile(text, &names).map_err(|faults| {
        let source = Arc::new(Source { name: "condition".to_owned(), text: text.to_owned() });
        let diagnostic = |fault: condition::Fault| Diagnostic {
            help: fault.help,
            ..Diagnostic::error(fault.code, fault.message).at(&source, fault.span, fault.label)
        };
        Failure::from(faults.into_iter().map(diagnostic).collect::<Vec<_>>())
    })?;
    let known = |name: &str| fields.iter().any(|field| field.id == name);
    if let Some(name) = given.keys().find(|name| !known(name)) {
        let fault = Diagnostic::error("eval/given", text!("`{name}` n'est pas un champ", "`{name}` is no field"));
        let help = did_you_mean(name, fields.iter().map(|field| field.id.as_str()));
        return Err(Diagnostic { help, ..fault }.into());
    }
    // A text given for a field of the socle is read as a cell would be.
    let mut given = given.clone();
    let cells: Vec<(FieldId, String)> = match types {
        Some(_) => Vec::new(),
        None => (0u16..)
            .map(FieldId)
            .zip(fields)
            .filter_map(|(id, field)| match given.get(&field.id)? {
                Value::String(_) => match given.remove(&field.id) {
                    Some(Value::String(text)) => Some((id, text)),
                    _ => None,
                },
                _ => None,
            })
            .collect(),
    };
    let mut record =
        json::record_from_json(&given, fields, tables).map_err(|message| refused("eval/given", message))?;
    for (id, text) in &cells {
        record[usize::from(id.0)] = socle.read(*id, text, false).datum;
    }
    let text_of = |id: FieldId| cells.iter().find(|(other, _)| *other == id).map(|(_, text)| text.clone());
    if types.is_none() {
        socle.assemble(&text_of, &mut record);
    }
    let env = Env { tables, parameters, fields: &record, previous: &[], today };
    let answer = json::explain(&expr, &env, fields);
    let reasons = condition::decide(&expr, &env);
    console.print(|out, look| write_answer(out, &answer, &reasons, text, fields, look))?;
    Ok(Exit::Done)
}

fn write_answer(
    out: &mut dyn Write,
    answer: &Answer,
    reasons: &[Reason],
    text: &str,
    fields: &[Field],
    look: &Look,
) -> io::Result<()> {
    let fr = look.lang == Lang::Fr;
    let line = match answer {
        Answer::Value(Value::Bool(true)) if fr => "vrai".to_owned(),
        Answer::Value(Value::Bool(false)) if fr => "faux".to_owned(),
        Answer::Value(value) => value.to_string(),
        Answer::Unknown(names, reason) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let why = match (names.is_empty(), reason) {
                (false, _) => format!("`{}`", names.join("`, `")),
                (true, why) => why.map(|why| missing_words(why, look.lang)).unwrap_or_default().to_owned(),
            };
            if fr { format!("inconnu\u{a0}: {why}") } else { format!("unknown: {why}") }
        }
    };
    writeln!(out, "{}", look.bold(&visible_line(&line)))?;
    for reason in reasons {
        let part = text.get(reason.span.clone()).unwrap_or_default();
        let mut line = format!("`{}`", visible_line(part));
        let mut add = |name: (&str, &str), value: &str| {
            let (name, colon) = if fr { (name.0, "\u{a0}:") } else { (name.1, ":") };
            line.push_str(&format!("; {name}{colon} {}", visible_line(value)));
        };
        if let Some(seen) = &reason.seen {
            add(("vu", "seen"), seen.get(look.lang));
        }
        if !reason.needed.get(look.lang).is_empty() {
            add(("il faut", "needed"), &said(&reason.needed, look.lang));
        }
        if let Some(deadline) = reason.deadline {
            add(("date", "date"), &deadline.to_string());
        }
        let missing: Vec<String> = reason
            .missing
            .iter()
            .map(|(read, why)| {
                let id = fields.get(usize::from(read.field.0)).map_or("", |field| field.id.as_str());
                let path = if read.path.is_empty() { id.to_owned() } else { format!("{id}.{}", read.path) };
                format!("`{path}` ({})", missing_words(*why, look.lang))
            })
            .collect();
        if !missing.is_empty() {
            add(("manque", "missing"), &missing.join(", "));
        }
        let line = if fr { line.replace("; ", "\u{202f}; ") } else { line };
        writeln!(out, "  {line}")?;
    }
    Ok(())
}
