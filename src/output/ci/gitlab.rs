//! GitLab code quality: a JSON array, one entry for each rule that fails.

use super::{Place, Run, fingerprint, path};
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
    // An entry has one place: what is found in several files is told at each of them.
    let wrong = run.wrong().into_iter().flat_map(|(rule, outcome)| {
        let others = outcome.others.iter().map(|place| (place, fingerprint(&[&outcome.fingerprint, &place.file])));
        let places = std::iter::once((&outcome.place, outcome.fingerprint.clone())).chain(others);
        places.map(|(place, mark)| entry(rule.name, rule.level, &outcome.message.text(lang), place, &mark))
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
