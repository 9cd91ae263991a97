//! The command line as a whole: names of commands and options, and what their help says in each language.
//!
//! Names never change with the language; headings, value names and texts do. The parser's own help words
//! (`Usage`, `possible values`, `default` …) never show: their places are taken here.

use crate::diag::Lang;
use crate::output::typographic;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command};

/// The texts of one language.
#[derive(Clone, Copy)]
pub(super) struct Words(pub(super) Lang);

impl Words {
    /// The French or the English one.
    pub(super) fn pick<'t>(self, fr: &'t str, en: &'t str) -> &'t str {
        match self.0 {
            Lang::Fr => fr,
            Lang::En => en,
        }
    }

    /// A command without options.
    pub(super) fn command(self, name: &'static str, fr: &str, en: &str) -> Command {
        Command::new(name)
            .about(self.pick(fr, en).to_owned())
            .help_template(self.template())
            .subcommand_help_heading(self.pick("Commandes\u{a0}", "Commands"))
            .subcommand_value_name(self.pick("COMMANDE", "COMMAND"))
            .next_help_heading("Options".to_owned() + self.pick("\u{a0}", ""))
            .disable_help_subcommand(true)
            .disable_help_flag(true)
            .disable_version_flag(true)
    }

    fn template(self) -> String {
        let usage = self.pick("Utilisation\u{a0}:", "Usage:");
        format!("{{about-with-newline}}\n{usage} {{usage}}\n\n{{all-args}}{{after-help}}")
    }

    /// Examples and notes under the options.
    pub(super) fn examples(self, lines: &[(&str, &str, &str)]) -> String {
        let mut text = self.pick("Exemples\u{a0}:", "Examples:").to_owned();
        for (line, fr, en) in lines {
            text.push_str(&format!("\n  {line}\n      {}", self.pick(fr, en)));
        }
        text
    }

    /// An argument without a name.
    pub(super) fn argument(self, id: &'static str, value: (&str, &str), fr: &str, en: &str) -> Arg {
        Arg::new(id)
            .value_name(self.pick(value.0, value.1).to_owned())
            .help(self.pick(fr, en).to_owned())
            .help_heading("Arguments".to_owned() + self.pick("\u{a0}", ""))
    }

    /// An option that takes a value.
    pub(super) fn option(self, name: &'static str, value: (&str, &str), fr: &str, en: &str) -> Arg {
        Arg::new(name)
            .long(name)
            .value_name(self.pick(value.0, value.1).to_owned())
            .help(self.pick(fr, en).to_owned())
            .action(ArgAction::Set)
            .allow_hyphen_values(false)
    }

    /// An option that takes one of a few values.
    pub(super) fn choice(
        self,
        name: &'static str,
        value: (&str, &str),
        values: &[&'static str],
        fr: &str,
        en: &str,
    ) -> Arg {
        self.option(name, value, fr, en)
            .value_parser(PossibleValuesParser::new(values.to_vec()))
            .hide_possible_values(true)
    }

    /// An option without value.
    pub(super) fn flag(self, name: &'static str, fr: &str, en: &str) -> Arg {
        Arg::new(name).long(name).help(self.pick(fr, en).to_owned()).action(ArgAction::SetTrue)
    }
}

/// The whole command line.
pub(super) fn command(lang: Lang, width: Option<usize>) -> Command {
    let w = Words(lang);
    let common = "Options communes\u{a0}";
    let common = w.pick(common, "Common options").to_owned();
    let root = w
        .command(
            "vigie",
            "Dit si les installations des professionnels de santé sont à jour des cibles SESAM-Vitale, et sinon pourquoi",
            "Tells whether the installations of health professionals are up to date against the SESAM-Vitale targets, and why not",
        )
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .term_width(width.unwrap_or(100))
        .after_help(codes(w))
        .subcommand(super::audit::command(w))
        .subcommand(super::forecast::command(w))
        .subcommand(super::rates::command(w))
        .subcommand(super::gate::command(w))
        .subcommand(super::plan::command(w))
        .subcommand(super::trend::command(w))
        .subcommand(super::explain::command(w))
        .subcommand(super::baseline::command(w))
        .subcommand(super::verify::command(w))
        .subcommand(super::inspect::command(w))
        .subcommand(super::convert::command(w))
        .subcommand(super::rules::command(w))
        .subcommand(super::schema::command(w))
        .subcommand(super::completions::command(w))
        .subcommand(super::man::command(w))
        .next_help_heading(common)
        .arg(
            w.choice("lang", ("LANGUE", "LANG"), &["fr", "en"], "Langue des textes : fr ou en ; sans cette option, celle du système", "Language of the texts: fr or en; by default that of the system")
                .global(true),
        )
        .arg(
            w.choice("color", ("QUAND", "WHEN"), &["auto", "always", "never"], "Couleurs : auto (dans un terminal), always ou never", "Colours: auto (on a terminal), always or never")
                .global(true),
        )
        .arg(
            w.option("rules", ("DOSSIER", "DIR"), "Dossier de règles (socle et packs) au lieu de celles de vigie ; variable VIGIE_RULES", "Folder of rules (socle and packs) instead of those built in; variable VIGIE_RULES")
                .value_parser(clap::value_parser!(std::path::PathBuf))
                .value_hint(clap::ValueHint::DirPath)
                .global(true),
        )
        .arg(
            w.flag("no-config", "Ne pas lire vigie.toml, cherché du dossier courant vers le haut ; la variable VIGIE_CONFIG en nomme un autre", "Do not read vigie.toml, looked for from the working folder upwards; variable VIGIE_CONFIG names another")
                .global(true),
        )
        .arg(
            w.flag("quiet", "Ne dire que les erreurs sur la sortie d'erreur", "Say only errors on the standard error")
                .short('q')
                .global(true),
        )
        .arg(
            Arg::new("verbose")
                .short('v')
                .long("verbose")
                .action(ArgAction::Count)
                .help(w.pick("Dire ce qui est fait sur la sortie d'erreur", "Say what is being done on the standard error").to_owned())
                .global(true),
        )
        .arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .help(w.pick("Afficher cette aide", "Show this help").to_owned())
                .global(true),
        )
        .arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .help(
                    w.pick("Afficher la version, celle du socle et celles des packs", "Show the version, and those of the socle and of the packs")
                        .to_owned(),
                ),
        );
    hold(root, lang)
}

fn codes(w: Words) -> &'static str {
    w.pick(
        "Codes de sortie : 0 fait, rien ne s'y oppose ; 1 seuil demandé non tenu, ou exemple d'une règle en échec ; \
         2 travail impossible",
        "Exit codes: 0 done, and no gate is closed; 1 a gate asked for is closed, or an example of a rule fails; \
         2 the work could not be done",
    )
}

/// The no-break spaces of French, everywhere in the help.
fn hold(command: Command, lang: Lang) -> Command {
    let held = |text: String| typographic(&text, lang).into_owned();
    let mut command = command.mut_args(|arg| match arg.get_help().map(ToString::to_string) {
        Some(help) => arg.help(held(help)),
        None => arg,
    });
    if let Some(about) = command.get_about().map(ToString::to_string) {
        command = command.about(held(about));
    }
    if let Some(after) = command.get_after_help().map(ToString::to_string) {
        command = command.after_help(held(after));
    }
    command.mut_subcommands(|sub| hold(sub, lang))
}
