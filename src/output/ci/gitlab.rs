//! GitLab code quality: a JSON array, one entry for each rule that fails.

use super::{Place, Run, path};
use crate::diag::Lang;
use crate::output::said;
use crate::pack::Level;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Writes the run.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, run: &Run<'_>, lang: Lang) -> io::Result<()> {
    let wrong = run.wrong().into_iter().map(|(rule, outcome)| {
        entry(rule.name, rule.level, &outcome.message.text(lang), &outcome.place, &outcome.fingerprint)
    });
    let notices = run.notices.iter().map(|notice| {
        entry(notice.code, notice.level, &said(&notice.message, lang), &notice.place, &notice.fingerprint)
    });
    let entries: Vec<Value> = wrong.chain(notices).collect();
    crate::output::json::pretty(out, &entries)
}

fn entry(name: &str, level: Level, message: &str, place: &Place, fingerprint: &str) -> Value {
    let severity = match level {
        Level::Blocking => "blocker",
        Level::Advisory => "minor",
        Level::Info => "info",
    };
    json!({
        "description": message,
        "check_name": name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": { "path": path(&place.file), "lines": { "begin": place.line.max(1) } },
    })
}
