//! The command line: arguments in, results on the standard output, the rest on the standard error, and an
//! exit code.
//!
//! One file a command. This is the only floor that opens files, reads the environment and the clock.

mod audit;
mod baseline;
mod bounds;
mod ci;
mod command;
mod completions;
mod config;
mod console;
mod convert;
mod delivery;
mod destination;
mod dress;
mod evidence;
mod exit;
mod explain;
mod failure;
mod forecast;
mod gate;
mod gate_init;
mod inputs;
mod inspect;
mod locale;
mod man;
mod manifests;
mod plan;
mod prefetch;
mod progress;
mod rates;
mod rulebook;
mod rules;
mod schema;
mod survey;
mod trend;
mod usage;
mod values;
mod verify;

pub use audit::Options as AuditOptions;
pub use console::Console;
pub use convert::Options as ConvertOptions;
pub use destination::PendingFile;
pub use dress::Dressing;
pub use exit::Exit;
pub use explain::{Options as ExplainOptions, Subject};
pub use failure::Failure;
pub use forecast::Options as ForecastOptions;
pub use gate::Options as GateOptions;
pub use inputs::Input;
pub use plan::Options as PlanOptions;
pub use progress::Progress;
pub use rates::Options as RatesOptions;
pub use survey::{Asked, Columns, Previous, Reading};
pub use trend::Options as TrendOptions;
pub use values::{Output, PackChoice};

use crate::diag::{Diagnostic, Lang};
use crate::text;
use crate::value::Date;
use clap::ArgMatches;
use clap::error::ErrorKind;
use locale::{ColorChoice, process_env};
use rulebook::Rulebook;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

/// What every command may need to know.
#[derive(Debug)]
pub struct Common {
    /// Folder of rules that replaces the built-in ones (`--rules`, `VIGIE_RULES`).
    pub rules: Option<PathBuf>,
}

/// Runs vigie on the arguments of the process.
#[must_use]
pub fn main() -> Exit {
    let args = help_as_option(std::env::args_os().collect());
    let config = config::Config::load(&args, &process_env);
    let preferred = config.as_ref().ok().and_then(|config| config.lang);
    let lang = locale::language(&args, preferred, &process_env);
    let width = locale::columns(&process_env).or_else(|| locale::width(&io::stdout(), &process_env));
    let command = command::command(lang, width.map(|width| width.min(100)));
    let matches = match command.clone().try_get_matches_from(&args) {
        Ok(matches) => matches,
        Err(error) => return without_command(&error, &args, lang),
    };
    // The built command knows its options and its subcommands.
    let completed = config.as_ref().ok().and_then(|config| config.complete(&args, &command, &matches));
    let matches = match completed.map(|args| command.try_get_matches_from(args)) {
        Some(Ok(matches)) => matches,
        Some(Err(error)) => return without_command(&error, &args, lang),
        None => matches,
    };
    let choice = color_choice(matches.get_one::<String>("color").map(String::as_str));
    let (quiet, verbose) = (matches.get_flag("quiet"), matches.get_count("verbose"));
    let mut console = Console::new(lang, choice, quiet, verbose, &process_env);
    match config.and_then(|config| run(&matches, config, &mut console)) {
        Ok(exit) => exit,
        Err(Failure::BrokenPipe) => Exit::Done,
        Err(Failure::Faults(faults)) => {
            console.diagnostics(&faults);
            Exit::CouldNot
        }
    }
}

fn run(matches: &ArgMatches, config: config::Config, console: &mut Console) -> Result<Exit, Failure> {
    if let Some(file) = &config.file {
        let shown = file.display();
        console.detail(&text!("réglages : `{shown}`", "settings: `{shown}`"));
    }
    let rules = matches.get_one::<PathBuf>("rules").cloned();
    // An empty variable is one that was unset in a hurry.
    let from_env = || std::env::var_os("VIGIE_RULES").filter(|value| !value.is_empty()).map(PathBuf::from);
    let common = Common { rules: rules.or_else(from_env).or_else(|| config.rules()) };
    match &common.rules {
        Some(root) => {
            let shown = root.display();
            console.detail(&text!("règles : `{shown}`", "rules: `{shown}`"));
        }
        None => console.detail(&text!("règles : celles de vigie", "rules: those built in")),
    }
    match matches.subcommand() {
        Some(("audit", matches)) => audit::run(&audit::options(matches)?, &common, console),
        Some(("baseline", matches)) => baseline::run(matches, &common, console),
        Some(("convert", matches)) => convert::run(&convert::options(matches)?, &common, console),
        Some(("explain", matches)) => explain::run(&explain::options(matches)?, &common, console),
        Some(("forecast", matches)) => forecast::run(&forecast::options(matches)?, &common, console),
        Some(("gate", matches)) => gate::start(matches, &common, console),
        Some(("plan", matches)) => plan::run(&plan::options(matches)?, &common, console),
        Some(("inspect", matches)) => inspect::run(&inspect::options(matches)?, &common, console),
        Some(("rates", matches)) => rates::run(&rates::options(matches)?, &common, console),
        Some(("trend", matches)) => trend::run(&trend::options(matches)?, &common, console),
        Some(("rules", matches)) => rules::run(matches, &common, console),
        Some(("schema", matches)) => schema::run(matches, &common, console),
        Some(("verify", matches)) => verify::run(matches, console),
        Some(("completions", matches)) => completions::run(matches, console),
        Some(("man", _)) => man::run(console),
        _ => Err(not_yet("vigie")),
    }
}

/// Help, version, or a command line that is not understood.
fn without_command(error: &clap::Error, args: &[OsString], lang: Lang) -> Exit {
    let choice = color_choice(asked_color(args).as_deref());
    let mut console = Console::new(lang, choice, false, 0, &process_env);
    let written = match error.kind() {
        ErrorKind::DisplayHelp => {
            let help = error.render();
            console.print(|out, look| if look.color { write!(out, "{}", help.ansi()) } else { write!(out, "{help}") })
        }
        ErrorKind::DisplayVersion => console.print(|out, _| version(out)),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let help = error.render();
            let color = locale::color(choice, &process_env, io::stderr().is_terminal());
            // Nobody is left to tell when the standard error fails.
            let _ = if color { write!(io::stderr(), "{}", help.ansi()) } else { write!(io::stderr(), "{help}") };
            return Exit::CouldNot;
        }
        _ => Err(Failure::from(usage::diagnostic(error))),
    };
    match written {
        Ok(()) | Err(Failure::BrokenPipe) => Exit::Done,
        Err(Failure::Faults(faults)) => {
            console.diagnostics(&faults);
            Exit::CouldNot
        }
    }
}

/// Version of vigie, then those of the socle and of the packs built in.
fn version(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "vigie {}", env!("CARGO_PKG_VERSION"))?;
    // Whatever is wrong with the built-in rules is the business of other commands.
    let Ok(book) = Rulebook::load(&Common { rules: None }) else { return Ok(()) };
    writeln!(out, "socle {}", book.socle.version)?;
    for header in book.headers().unwrap_or_default() {
        writeln!(out, "pack {} {}", header.id, header.version)?;
    }
    Ok(())
}

/// `vigie help X` is `vigie X --help`.
fn help_as_option(mut args: Vec<OsString>) -> Vec<OsString> {
    if args.get(1).is_some_and(|arg| arg == "help") {
        args.remove(1);
        args.push("--help".into());
    }
    args
}

/// `--color`, before or without a successful parse.
fn asked_color(args: &[OsString]) -> Option<String> {
    let mut args = args.iter().map(|arg| arg.to_string_lossy());
    let mut asked = None;
    while let Some(arg) = args.next() {
        if arg == "--color" {
            asked = args.next().map(|value| value.into_owned());
        } else if let Some(value) = arg.strip_prefix("--color=") {
            asked = Some(value.to_owned());
        }
    }
    asked
}

fn color_choice(name: Option<&str>) -> ColorChoice {
    match name {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

/// Values of a repeatable option, each once.
fn strings(matches: &ArgMatches, name: &str) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for value in matches.get_many::<String>(name).into_iter().flatten() {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    values
}

/// The value, or its fault among the others.
fn collect<T>(result: Result<T, Failure>, faults: &mut Vec<Diagnostic>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(Failure::Faults(mut found)) => {
            faults.append(&mut found);
            None
        }
        // Reading options writes nothing, so no pipe breaks.
        Err(Failure::BrokenPipe) => None,
    }
}

/// `--as-of`, or the local date of the system: the only place where vigie reads the clock.
fn as_of_date(matches: &ArgMatches, faults: &mut Vec<Diagnostic>) -> Date {
    let asked = matches.get_one::<String>("as-of").and_then(|value| collect(values::date("--as-of", value), faults));
    asked.unwrap_or_else(|| {
        let today = jiff::Zoned::now().date();
        // A date of the calendar is a date of ours.
        Date::new(today.year(), today.month(), today.day()).unwrap_or_else(|| unreachable!("{today} exists"))
    })
}

fn not_yet(command: &str) -> Failure {
    Diagnostic::error(
        "cli/not-yet",
        text!("`{command}` n'est pas encore disponible", "`{command}` is not available yet"),
    )
    .into()
}
