//! Help, completions, manual: in both languages, and never an escape code in a pipe.

use crate::support::run_line;

/// Every command, as written on the command line.
const COMMANDS: [&str; 15] = [
    "trend",
    "",
    "audit",
    "rates",
    "forecast",
    "explain",
    "rules",
    "rules list",
    "rules show",
    "rules check",
    "rules test",
    "rules eval",
    "schema",
    "completions",
    "man",
];

#[test]
fn french_help_is_french() {
    // Words of the parser, and English words that no French text of ours has.
    let leftovers = [
        "Usage",
        "Options:",
        "Arguments:",
        "Commands",
        "possible values",
        "default",
        "alias",
        "env:",
        "Print",
        " the ",
        " of ",
        " by ",
        " for ",
        " with ",
    ];
    for command in COMMANDS {
        let (status, help, stderr) = run_line("fr", &format!("{command} --help"));
        assert_eq!((status, stderr.as_str()), (Some(0), ""), "{command}");
        for word in leftovers {
            assert!(!help.contains(word), "`{word}` in the help of `{command}`:\n{help}");
        }
        // A colon or semicolon never stands at the start of a line.
        assert!(!help.contains(" :") && !help.contains(" ;"), "{help}");
    }
}

#[test]
fn english_help_is_english() {
    for command in COMMANDS {
        let (status, help, _) = run_line("en", &format!("{command} --help"));
        assert_eq!(status, Some(0));
        assert!(help.contains("Usage:"), "{help}");
        let french = help.chars().filter(|c| "éèêàùçœÉÀ\u{a0}\u{202f}".contains(*c)).count();
        assert_eq!(french, 0, "{help}");
    }
}

#[test]
fn nothing_in_a_pipe_has_escape_codes() {
    let mut lines: Vec<String> = COMMANDS.iter().map(|command| format!("{command} --help")).collect();
    lines.extend(["", "audti", "--version", "man", "schema audit"].map(str::to_owned));
    lines.extend(["bash", "zsh", "fish", "powershell"].map(|shell| format!("completions {shell}")));
    for lang in ["fr", "en"] {
        for line in &lines {
            let (_, stdout, stderr) = run_line(lang, line);
            assert!(!stdout.contains('\u{1b}') && !stderr.contains('\u{1b}'), "{line}");
        }
    }
}

#[test]
fn colour_is_given_to_those_who_ask() {
    let (_, help, _) = run_line("fr", "audit --help --color always");
    assert!(help.contains('\u{1b}'));
    let (_, _, error) = run_line("fr", "audti --color=always");
    assert!(error.contains('\u{1b}'));
}

#[test]
fn every_command_is_in_the_manual_and_in_the_completions() {
    for lang in ["fr", "en"] {
        let (status, manual, _) = run_line(lang, "man");
        assert_eq!(status, Some(0));
        for command in COMMANDS {
            assert!(manual.contains(&format!("\\fBvigie {command}").trim_end().to_owned()), "{command}");
        }
        assert!(manual.contains(".TH VIGIE 1 20"), "{manual}");
        assert_eq!(manual.contains(".SH NOM"), lang == "fr");
    }
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let (status, script, _) = run_line("fr", &format!("completions {shell}"));
        assert_eq!(status, Some(0));
        assert!(script.contains("fail-under") && script.contains("completions"), "{shell}");
    }
}

#[test]
fn schemas_are_json() {
    let (status, schema, _) = run_line("fr", "schema audit");
    assert_eq!(status, Some(0));
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema["properties"]["schema"]["const"], "vigie.audit/1");
}
