//! `vigie man`: one manual page with every command.

use super::command::{self, Words};
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use clap::Command;
use clap_mangen::Man;
use std::io;

/// Date of the page: that of the last change of the command line.
const DATE: &str = "2026-11-22";

pub(super) fn command(w: Words) -> Command {
    w.command("man", "Donne la page de manuel", "Gives the manual page")
}

/// An apostrophe that every formatter prints as one.
const PREAMBLE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// Writes the page.
///
/// # Errors
/// Those of the standard output.
pub(super) fn run(console: &mut Console) -> Result<Exit, Failure> {
    let w = Words(console.lang());
    let page = page(w).map_err(|error| Failure::stdout(&error))?;
    console.print(|out, _| out.write_all(page.as_bytes()))?;
    Ok(Exit::Done)
}

fn page(w: Words) -> io::Result<String> {
    let mut root = command::command(w.0, None);
    root.build();
    let man = Man::new(root.clone())
        .title("VIGIE")
        .section("1")
        .date(DATE)
        .source(format!("vigie {}", env!("CARGO_PKG_VERSION")))
        .manual(w.pick("Manuel de vigie", "vigie manual"));
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut text = PREAMBLE.to_owned();
    text.push_str(&headings(&String::from_utf8_lossy(&page), w));
    for command in root.get_subcommands() {
        subcommand(command, "vigie", w, &mut text)?;
    }
    if let Some(after) = root.get_after_help() {
        text.push_str(&format!(
            ".SH \"{}\"\n{}\n",
            w.pick("CODES DE SORTIE", "EXIT STATUS"),
            escape(&after.to_string())
        ));
    }
    Ok(text)
}

/// A section for a command: its name, what it does, how it is written, its own options.
fn subcommand(command: &Command, parent: &str, w: Words, text: &mut String) -> io::Result<()> {
    let name = format!("{parent} {}", command.get_name());
    // Options common to every command are in the section of `vigie`.
    let own = command.clone().mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
    let man = Man::new(own);
    let mut part = Vec::new();
    man.render_synopsis_section(&mut part)?;
    man.render_description_section(&mut part)?;
    man.render_options_section(&mut part)?;
    text.push_str(&format!(".SH \"{}\"\n", escape(&name)));
    let part = String::from_utf8_lossy(&part);
    for line in headings(&part, w).lines() {
        match line.strip_prefix(".SH ") {
            Some(heading) => text.push_str(&format!(".SS {heading}\n")),
            None => text.push_str(&format!("{line}\n")),
        }
    }
    if let Some(examples) = command.get_after_help() {
        text.push_str(&format!(".PP\n.nf\n{}\n.fi\n", escape(&examples.to_string())));
    }
    for inner in command.get_subcommands() {
        subcommand(inner, &name, w, text)?;
    }
    Ok(())
}

/// The lines of a part, its headings in the language of the page. The generator's preamble, which it repeats
/// before each part, is left to [`PREAMBLE`].
fn headings(part: &str, w: Words) -> String {
    let mut out = String::with_capacity(part.len());
    for line in part.lines().filter(|line| !PREAMBLE.contains(line)) {
        match line.strip_prefix(".SH ").map(|heading| heading.trim_matches(['"', ' ', '\u{a0}'])) {
            Some("NAME") => out.push_str(w.pick(".SH NOM", ".SH NAME")),
            Some(heading) => out.push_str(&format!(".SH \"{heading}\"")),
            None => out.push_str(line.trim_end()),
        }
        out.push('\n');
    }
    out
}

/// Text of ours as roff: a leading dot or quote would be a request.
fn escape(text: &str) -> String {
    let escaped: Vec<String> = text
        .lines()
        .map(|line| {
            let line = line.replace('\\', "\\e").replace('-', "\\-");
            if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
        })
        .collect();
    escaped.join("\n")
}
