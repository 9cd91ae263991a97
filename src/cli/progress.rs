//! Progress on the standard error: only on a terminal, and nothing for what is done at once.

use super::console::Console;
use crate::diag::Lang;
use crate::output::number;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Nothing is drawn before.
const PATIENCE: Duration = Duration::from_millis(300);

/// Bytes read so far; any thread may tick it.
pub struct Progress {
    bar: Option<ProgressBar>,
    lang: Lang,
    started: Instant,
    shown: AtomicBool,
    read: AtomicU64,
    total: Option<u64>,
}

impl Progress {
    /// Starts; `total` is the number of bytes to read when it is known.
    #[must_use]
    pub fn start(console: &Console, total: Option<u64>) -> Progress {
        let bar = console.is_interactive().then(|| {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
            let (full, empty) = if console.look_err.unicode { ('█', '░') } else { ('#', '-') };
            let template = if total.is_some() { "{msg} {wide_bar}" } else { "{msg}" };
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.with_style(style.progress_chars(&format!("{full}{empty}")))
        });
        Progress {
            bar,
            lang: console.lang(),
            started: Instant::now(),
            shown: AtomicBool::new(false),
            read: AtomicU64::new(0),
            total,
        }
    }

    /// Says that so many more bytes were read.
    pub fn tick(&self, bytes: u64) {
        let Some(bar) = &self.bar else { return };
        let read = self.read.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if self.started.elapsed() < PATIENCE {
            return;
        }
        if !self.shown.swap(true, Ordering::Relaxed) {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_position(read);
        bar.set_message(self.message(read));
    }

    fn message(&self, read: u64) -> String {
        let (lang, unit) = match self.lang {
            Lang::Fr => (Lang::Fr, "Mo"),
            Lang::En => (Lang::En, "MB"),
        };
        let mega = |bytes: u64| number::integer(bytes / 1_000_000, lang);
        match self.total {
            Some(total) => format!("{} / {} {unit}", mega(read), mega(total)),
            None => format!("{} {unit}", mega(read)),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
