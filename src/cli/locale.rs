//! What the arguments and the environment say of the language and of the terminal.

use crate::diag::Lang;
use std::ffi::OsString;
use std::io::IsTerminal;

/// Reads a variable of the environment.
pub(super) type Env<'e> = &'e dyn Fn(&str) -> Option<String>;

/// The variables of this process; those that are not UTF-8 do not count.
pub(super) fn process_env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The language: `--lang` when it is given, else the one preferred (by `vigie.toml`), else French when the locale
/// says `fr`, else English.
///
/// The command line is read before it is parsed: the parser's own texts are in this language.
pub(super) fn language(args: &[OsString], preferred: Option<Lang>, env: Env<'_>) -> Lang {
    let mut args = args.iter().skip(1).map(|arg| arg.to_string_lossy()).take_while(|arg| arg != "--");
    let mut asked = None;
    while let Some(arg) = args.next() {
        if arg == "--lang" {
            asked = args.next().map(|value| value.into_owned());
        } else if let Some(value) = arg.strip_prefix("--lang=") {
            asked = Some(value.to_owned());
        }
    }
    match asked.as_deref() {
        Some("fr") => Lang::Fr,
        Some("en") => Lang::En,
        None if preferred.is_some() => preferred.unwrap_or(Lang::En),
        _ if locale(env).is_some_and(|locale| locale.to_lowercase().starts_with("fr")) => Lang::Fr,
        _ => Lang::En,
    }
}

/// The locale in force: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is not empty.
fn locale(env: Env<'_>) -> Option<String> {
    ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| env(name).filter(|value| !value.is_empty()))
}

/// Whether the terminal shows Unicode frames: not on a dumb one, nor in a locale that says another encoding.
pub(super) fn unicode(env: Env<'_>) -> bool {
    if env("TERM").is_some_and(|term| term == "dumb") {
        return false;
    }
    let ctype = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| env(name).filter(|value| !value.is_empty()));
    match ctype {
        Some(locale) => {
            let encoding = locale.to_lowercase().replace('-', "");
            encoding.contains("utf8")
        }
        // Windows has no such variables, and its terminals read UTF-8; elsewhere nothing means the C locale.
        None => cfg!(windows),
    }
}

/// When colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColorChoice {
    /// When the stream is a terminal and the environment does not object.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Whether a stream gets colours. In this order: the option, `NO_COLOR` (not empty), `CLICOLOR_FORCE` or
/// `FORCE_COLOR` (neither empty nor `0`), `CLICOLOR=0`, `TERM=dumb`, and at last whether it is a terminal.
pub(super) fn color(choice: ColorChoice, env: Env<'_>, is_terminal: bool) -> bool {
    let set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
    let on = |name: &str| env(name).is_some_and(|value| !value.is_empty() && value != "0");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR") => false,
        ColorChoice::Auto if on("CLICOLOR_FORCE") || on("FORCE_COLOR") => true,
        ColorChoice::Auto if env("CLICOLOR").is_some_and(|value| value == "0") => false,
        ColorChoice::Auto if env("TERM").is_some_and(|value| value == "dumb") => false,
        ColorChoice::Auto => is_terminal,
    }
}

/// Columns of the terminal behind a stream; `None` when it is none. `COLUMNS` wins over what it says.
pub(super) fn width(stream: &impl IsTerminal, env: Env<'_>) -> Option<usize> {
    if !stream.is_terminal() {
        return None;
    }
    columns(env).or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))).or(Some(80))
}

/// `COLUMNS`, when it is a number worth following.
pub(super) fn columns(env: Env<'_>) -> Option<usize> {
    env("COLUMNS")?.parse().ok().filter(|columns| (20..=1000).contains(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env<'e>(pairs: &'e [(&'e str, &'e str)]) -> impl Fn(&str) -> Option<String> + 'e {
        move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    fn args(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn the_option_wins_then_the_locale() {
        for (line, vars, expected) in [
            ("vigie", &[][..], Lang::En),
            ("vigie", &[("LANG", "fr_FR.UTF-8")], Lang::Fr),
            ("vigie", &[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "en_US.UTF-8")], Lang::En),
            ("vigie", &[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "")], Lang::Fr),
            ("vigie", &[("LC_ALL", "C"), ("LANG", "fr_FR")], Lang::En),
            ("vigie audit --lang fr", &[("LANG", "en_US")], Lang::Fr),
            ("vigie --lang=en audit", &[("LANG", "fr_FR")], Lang::En),
            ("vigie audit -- --lang fr", &[], Lang::En),
            ("vigie --lang de", &[("LANG", "fr_CA")], Lang::Fr),
            ("vigie --lang", &[], Lang::En),
        ] {
            assert_eq!(language(&args(line), None, &env(vars)), expected, "{line} {vars:?}");
        }
    }

    #[test]
    fn one_resolver_decides_of_colours() {
        use ColorChoice::{Always, Auto, Never};
        for (choice, vars, terminal, expected) in [
            (Auto, &[][..], true, true),
            (Auto, &[], false, false),
            (Always, &[("NO_COLOR", "1")], false, true),
            (Never, &[("FORCE_COLOR", "1")], true, false),
            (Auto, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], true, false),
            (Auto, &[("NO_COLOR", "")], true, true),
            (Auto, &[("CLICOLOR_FORCE", "1")], false, true),
            (Auto, &[("CLICOLOR_FORCE", "0")], false, false),
            (Auto, &[("FORCE_COLOR", "1"), ("TERM", "dumb")], false, true),
            (Auto, &[("CLICOLOR", "0")], true, false),
            (Auto, &[("TERM", "dumb")], true, false),
        ] {
            assert_eq!(color(choice, &env(vars), terminal), expected, "{choice:?} {vars:?} {terminal}");
        }
    }

    #[test]
    fn frames_follow_the_locale() {
        assert!(unicode(&env(&[("LANG", "fr_FR.UTF-8")])));
        assert!(unicode(&env(&[("LANG", "C"), ("LC_ALL", "C.utf8")])));
        assert!(!unicode(&env(&[("LANG", "fr_FR.ISO-8859-1")])));
        assert!(!unicode(&env(&[("LANG", "C.UTF-8"), ("TERM", "dumb")])));
    }
}
