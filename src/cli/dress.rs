//! How pages, packages and summaries are made: templates, theme, licence, bounds.

use super::collect;
use super::command::Words;
use super::failure::Failure;
use super::values;
use crate::diag::{Diagnostic, Source};
use crate::output::datapackage::Licence;
use crate::output::html::{self, Dress, TemplateFault, Theme};
use crate::text;
use clap::{ArgMatches, Command, ValueHint};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a logo: it goes into the page whole.
const LOGO: u64 = 512 << 10;

/// Bytes of a template.
const TEMPLATE: u64 = 1 << 20;

/// Bytes of a Markdown page: what the summary of a job takes, with room for others.
const MARKDOWN: usize = 900 << 10;

/// How pages, packages and summaries are made.
#[derive(Debug)]
pub struct Dressing {
    /// Templates and theme of pages.
    pub dress: Dress,
    /// Licence of open data.
    pub licence: Option<Licence>,
    /// Most bytes of a Markdown page.
    pub max_bytes: usize,
    /// Folder of the templates.
    folder: Option<PathBuf>,
}

impl Dressing {
    /// What is wrong with a template, where it is wrong.
    pub(super) fn fault(&self, fault: &TemplateFault) -> Failure {
        let TemplateFault { name, line, detail } = fault;
        let text = self.dress.templates.iter().find(|(own, _)| own == name).map(|(_, text)| text.clone());
        let path = self.folder.as_ref().map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
        let diagnostic = Diagnostic::error(
            "template/invalid",
            text!("le gabarit `{name}` ne peut pas servir", "template `{name}` cannot be used"),
        )
        .help(text!("les gabarits suivent la syntaxe de Jinja 2", "templates follow the syntax of Jinja 2"));
        let Some(text) = text else {
            let message = text!("gabarit `{name}` : {detail}", "template `{name}`: {detail}");
            return Diagnostic { message, ..diagnostic }.into();
        };
        let start: usize = text.split_inclusive('\n').take(line.unwrap_or(1).saturating_sub(1)).map(str::len).sum();
        let length = text[start.min(text.len())..].lines().next().map_or(0, str::len);
        let source = Arc::new(Source { name: path.display().to_string(), text });
        diagnostic.at(&source, start..start + length, text!("{detail}", "{detail}")).into()
    }
}

/// Adds the options of the formats that a command has.
pub(super) fn options(command: Command, w: Words, formats: &[&'static str]) -> Command {
    let mut command = command;
    if formats.contains(&"html") {
        command = command
            .arg(
                w.option(
                    "template",
                    ("DOSSIER", "DIR"),
                    "Dossier de gabarits de la page html, à la place de ceux du même nom : page.html, section.html, table.html, style.css, script.js",
                    "Folder of templates of the html page, in place of those of the same name: page.html, section.html, table.html, style.css, script.js",
                )
                .value_parser(clap::value_parser!(PathBuf))
                .value_hint(ValueHint::DirPath),
            )
            .arg(
                w.option(
                    "theme",
                    ("FICHIER", "FILE"),
                    "Nom, logo et couleurs de la page html (TOML)",
                    "Name, logo and colors of the html page (TOML)",
                )
                .value_parser(clap::value_parser!(PathBuf))
                .value_hint(ValueHint::FilePath),
            );
    }
    if formats.contains(&"datapackage") {
        command = command.arg(w.choice(
            "licence",
            ("LICENCE", "LICENCE"),
            &Licence::NAMES,
            "Licence du paquet de données ouvertes : etalab-2.0 (sans cette option, avec --publish), odbl-1.0, cc-by-4.0",
            "Licence of the package of open data: etalab-2.0 (by default with --publish), odbl-1.0, cc-by-4.0",
        ));
    }
    if formats.contains(&"markdown") {
        command = command.arg(w.option(
            "max-bytes",
            ("N", "N"),
            "Taille maximale de la sortie markdown, en octets ; des lignes entières en sont ôtées, et comptées (921600 sans cette option)",
            "Most bytes of the markdown output; whole rows are left out of it, and counted (921600 by default)",
        ));
    }
    command
}

/// Reads what [`options`] added.
pub(super) fn dressing(matches: &ArgMatches, formats: &[&'static str], faults: &mut Vec<Diagnostic>) -> Dressing {
    let mut dressing = Dressing { dress: Dress::default(), licence: None, max_bytes: MARKDOWN, folder: None };
    if let Some(value) = matches.try_get_one::<String>("max-bytes").ok().flatten() {
        dressing.max_bytes = collect(values::max_bytes(value), faults).unwrap_or(MARKDOWN);
    }
    if !formats.contains(&"html") {
        return dressing;
    }
    // Only rates are made fit for publication.
    let published = matches.try_get_one::<bool>("publish").ok().flatten().is_some_and(|publish| *publish);
    let named = matches.get_one::<String>("licence").and_then(|name| Licence::named(name));
    dressing.licence = named.or(published.then_some(Licence::ETALAB));
    // What opens data also names editors that refused it, and shows groups of one.
    if named.is_some() && !published {
        faults.push(
            Diagnostic::error(
                "cli/conflict",
                text!(
                    "`--licence` ouvre des données, et celles-ci ne sont pas faites pour être publiées",
                    "`--licence` opens data, and these are not made to be published"
                ),
            )
            .help(text!(
                "`vigie rates --publish` réunit les éditeurs qui refusent d'être nommés et masque les petits groupes",
                "`vigie rates --publish` merges editors that refuse to be named and hides small groups"
            )),
        );
    }
    if let Some(path) = matches.get_one::<PathBuf>("theme") {
        dressing.dress.theme = collect(theme(path), faults).unwrap_or_default();
    }
    if let Some(folder) = matches.get_one::<PathBuf>("template") {
        dressing.dress.templates = collect(templates(folder), faults).unwrap_or_default();
        dressing.folder = Some(folder.clone());
        if let Err(fault) = dressing.dress.check() {
            let _: Option<()> = collect(Err(dressing.fault(&fault)), faults);
        }
    }
    dressing
}

/// The templates of a folder: its files in `.html`, `.css` and `.js`, by name.
fn templates(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| Failure::read(folder, &error))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| [".html", ".css", ".js"].iter().any(|end| name.ends_with(end)))
        .collect();
    names.sort();
    if names.is_empty() {
        let (shown, known) = (folder.display(), Dress::names().collect::<Vec<_>>().join(", "));
        return Err(Diagnostic::error(
            "template/none",
            text!("aucun gabarit dans `{shown}`", "no template in `{shown}`"),
        )
        .help(text!("y mettre au moins un de {known}", "put at least one of {known} there"))
        .into());
    }
    let read = |name: String| {
        let path = folder.join(&name);
        check_size(&path, TEMPLATE)?;
        let text = fs::read_to_string(&path).map_err(|error| Failure::read(&path, &error))?;
        Ok((name, text))
    };
    names.into_iter().map(read).collect()
}

fn theme(path: &Path) -> Result<Theme, Failure> {
    check_size(path, TEMPLATE)?;
    let text = fs::read_to_string(path).map_err(|error| Failure::read(path, &error))?;
    let (mut theme, logo) = Theme::read(&path.display().to_string(), &text)?;
    if let Some(name) = logo {
        let path = path.with_file_name(&name);
        check_size(&path, LOGO)?;
        let bytes = fs::read(&path).map_err(|error| Failure::read(&path, &error))?;
        theme.logo = Some(html::logo(&bytes).ok_or_else(|| {
            Diagnostic::error(
                "theme/logo",
                text!("le logo `{name}` n'est pas une image connue", "the logo `{name}` is not a known image"),
            )
            .help(text!("donner un fichier SVG, PNG, JPEG ou WebP", "give an SVG, PNG, JPEG or WebP file"))
        })?);
    }
    Ok(theme)
}

fn check_size(path: &Path, most: u64) -> Result<(), Failure> {
    let size = fs::metadata(path).map_err(|error| Failure::read(path, &error))?.len();
    if size <= most {
        return Ok(());
    }
    let (shown, most) = (path.display(), most >> 10);
    Err(Diagnostic::error(
        "template/too-large",
        text!("`{shown}` est trop gros : {most} Kio au plus", "`{shown}` is too large: {most} KiB at most"),
    )
    .into())
}
