//! A dossier as one page: a single file that asks for nothing else, reads without script, in light, in dark, on
//! paper, and is also well-formed XML.
//!
//! The page forbids itself whatever it does not hold: its policy names its style and its script by their
//! digests, so that a text that would slip through as markup runs nothing. Templates escape all they are given.

mod theme;
mod view;

pub use theme::{Theme, logo};

use super::dossier::Dossier;
use super::markup;
use base64::Engine as _;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, Value, context};
use sha2::{Digest, Sha256};

/// The templates built in.
const BUILT_IN: [(&str, &str); 5] = [
    ("page.html", include_str!("templates/page.html")),
    ("section.html", include_str!("templates/section.html")),
    ("table.html", include_str!("templates/table.html")),
    ("style.css", include_str!("templates/style.css")),
    ("script.js", include_str!("templates/script.js")),
];

/// How pages are dressed.
#[derive(Clone, Debug, Default)]
pub struct Dress {
    /// Templates that replace or join those built in: names and texts.
    pub templates: Vec<(String, String)>,
    /// Name, logo and colours.
    pub theme: Theme,
}

/// A template that cannot be used.
#[derive(Clone, Debug)]
pub struct TemplateFault {
    /// Its name.
    pub name: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// What the engine says.
    pub detail: String,
}

impl From<Error> for TemplateFault {
    fn from(error: Error) -> TemplateFault {
        // The innermost error is where the fault is: the others say what included it.
        let mut innermost = &error;
        while let Some(source) = std::error::Error::source(innermost).and_then(|source| source.downcast_ref::<Error>())
        {
            innermost = source;
        }
        TemplateFault {
            name: innermost.name().unwrap_or("page.html").to_owned(),
            line: innermost.line(),
            detail: format!("{}{}", innermost.kind(), innermost.detail().map(|d| format!(": {d}")).unwrap_or_default()),
        }
    }
}

impl Dress {
    /// The names of the templates built in.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.into_iter().map(|(name, _)| name)
    }

    /// Compiles the templates.
    ///
    /// # Errors
    /// The first that is not understood.
    pub fn check(&self) -> Result<(), TemplateFault> {
        self.environment().map(drop)
    }

    fn environment(&self) -> Result<Environment<'_>, TemplateFault> {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        env.set_syntax(syntax?);
        env.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
        env.set_formatter(|out, state, value| {
            let is_safe = value.is_safe() || !matches!(state.auto_escape(), AutoEscape::Html);
            match (value.as_str(), value.kind()) {
                (Some(text), _) if !is_safe => markup::escape_to(out, text).map_err(Error::from),
                (None, ValueKind::Map | ValueKind::Seq | ValueKind::Iterable | ValueKind::Plain) => {
                    Err(Error::new(minijinja::ErrorKind::BadEscape, "only texts and numbers can be written"))
                }
                _ => minijinja::escape_formatter(out, state, value),
            }
        });
        let own = self.templates.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        for (name, text) in BUILT_IN.into_iter().chain(own) {
            env.add_template(name, text)?;
        }
        Ok(env)
    }
}

/// The page of a dossier.
///
/// # Errors
/// A template of the user's that cannot be used.
pub fn page(dossier: &Dossier, dress: &Dress) -> Result<String, TemplateFault> {
    let env = dress.environment()?;
    let view = view::View::of(dossier);
    let shared = context! { theme => Value::from(Serde(&dress.theme)) };
    let style = format!("{}{}", env.get_template("style.css")?.render(&shared)?, dress.theme.style());
    let script = env.get_template("script.js")?.render(&shared)?;
    let csp = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        digest(&style),
        digest(&script)
    );
    let own = format!("{}.html", dossier.kind);
    let name = if env.get_template(&own).is_ok() { own.as_str() } else { "page.html" };
    let rendered = env.get_template(name)?.render(context! {
        style, script, csp,
        version => env!("CARGO_PKG_VERSION"),
        logo => dress.theme.logo.as_deref(),
        organisation => dress.theme.name.as_deref(),
        ..Value::from(Serde(&view))
    })?;
    Ok(rendered)
}

/// A digest, as a policy names what it allows.
fn digest(text: &str) -> String {
    format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes())))
}
