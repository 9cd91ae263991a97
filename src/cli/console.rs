//! The two streams a command talks to: results on the standard output, everything else on the standard
//! error.

use super::failure::Failure;
use super::locale::{self, ColorChoice, Env};
use crate::diag::{Diagnostic, Lang, Text};
use crate::output::{self, Folders, Look};
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::path::Path;
use std::sync::OnceLock;

/// The streams, and how to write to them.
pub struct Console {
    /// How results for people are drawn.
    pub look: Look,
    /// How diagnostics are drawn.
    pub look_err: Look,
    /// Whether only errors are wanted on the standard error.
    pub quiet: bool,
    /// How many `-v` were given.
    pub verbose: u8,
    out: BufWriter<Stdout>,
    interactive: bool,
}

/// The working folder and its repository, looked for once: a process stays where it is.
fn folders() -> Option<&'static Folders> {
    static FOLDERS: OnceLock<Option<Folders>> = OnceLock::new();
    let found = FOLDERS.get_or_init(|| {
        let working = std::env::current_dir().ok()?;
        let root = working.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&working);
        let name = |path: &Path| Some(path.to_str()?.replace('\\', "/"));
        Some(Folders { working: name(&working)?, root: name(root)? })
    });
    found.as_ref()
}

impl Console {
    /// The console of this process.
    pub(super) fn new(lang: Lang, choice: ColorChoice, quiet: bool, verbose: u8, env: Env<'_>) -> Console {
        let (out, err) = (io::stdout(), io::stderr());
        let unicode = locale::unicode(env);
        let folders = folders();
        let color = |terminal: bool| locale::color(choice, env, terminal);
        let look = |terminal: bool, width| Look { lang, color: color(terminal), unicode, width, folders };
        Console {
            look: look(out.is_terminal(), locale::width(&out, env)),
            look_err: look(err.is_terminal(), locale::width(&err, env)),
            quiet,
            verbose,
            interactive: err.is_terminal() && !quiet,
            out: BufWriter::with_capacity(1 << 16, out),
        }
    }

    /// The language.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.look.lang
    }

    /// Whether progress may be drawn on the standard error.
    #[must_use]
    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Writes to the standard output.
    ///
    /// # Errors
    /// A closed pipe, or whatever the system says.
    pub fn print(&mut self, write: impl FnOnce(&mut dyn Write, &Look) -> io::Result<()>) -> Result<(), Failure> {
        let look = self.look;
        write(&mut self.out, &look).and_then(|()| self.out.flush()).map_err(|error| Failure::stdout(&error))
    }

    /// The same, kept in memory until there is enough of it, or [`Console::flush`].
    ///
    /// # Errors
    /// A closed pipe, or whatever the system says.
    pub fn print_unflushed(
        &mut self,
        write: impl FnOnce(&mut dyn Write, &Look) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let look = self.look;
        write(&mut self.out, &look).map_err(|error| Failure::stdout(&error))
    }

    /// Gives the standard output to what writes as it works.
    ///
    /// # Errors
    /// Those of the work; a closed pipe, or whatever the system says.
    pub(super) fn stream<R>(
        &mut self,
        work: impl FnOnce(&mut (dyn Write + Send)) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let done = work(&mut self.out)?;
        self.flush().map(|()| done)
    }

    /// Writes what is kept.
    ///
    /// # Errors
    /// A closed pipe, or whatever the system says.
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(|error| Failure::stdout(&error))
    }

    /// Draws diagnostics on the standard error; warnings are dropped under `--quiet`.
    pub fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        use crate::diag::Severity;
        let kept: Vec<Diagnostic> =
            diagnostics.iter().filter(|d| !self.quiet || d.severity == Severity::Error).cloned().collect();
        let mut drawn = Vec::new();
        // Nobody is left to tell when the standard error fails.
        let _ = output::diagnostic::write(&mut drawn, &kept, &self.look_err);
        let _ = io::stderr().write_all(&drawn);
    }

    /// Writes a text for people to the standard error, unless `--quiet`.
    pub(super) fn say(&self, write: impl FnOnce(&mut Vec<u8>, &Look) -> io::Result<()>) {
        let mut drawn = Vec::new();
        if !self.quiet && write(&mut drawn, &self.look_err).is_ok() {
            // Nobody is left to tell when the standard error fails.
            let _ = io::stderr().write_all(&drawn);
        }
    }

    /// A line on the standard error, unless `--quiet`.
    pub fn note(&self, text: &Text) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{}", output::said(text, self.lang()));
        }
    }

    /// A line on the standard error for those who gave `-v`.
    pub fn detail(&self, text: &Text) {
        if self.verbose > 0 {
            self.note(text);
        }
    }
}
