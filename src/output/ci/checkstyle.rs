//! Checkstyle XML: one `file` for each place, one `error` for each rule that fails.

use super::xml::escape;
use super::{Run, path};
use crate::diag::Lang;
use crate::output::said;
use crate::pack::Level;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes the run.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, run: &Run<'_>, lang: Lang) -> io::Result<()> {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let wrong = run.wrong().into_iter().flat_map(|(rule, outcome)| {
        let source = format!("vigie.{}.{}", rule.pack, rule.name);
        let places = std::iter::once(&outcome.place).chain(&outcome.others);
        places.map(move |place| (place, rule.level, outcome.message.text(lang), source.clone()))
    });
    let notices = run.notices.iter().map(|notice| {
        let source = format!("vigie.{}", notice.code.replace('/', "."));
        (&notice.place, notice.level, said(&notice.message, lang), source)
    });
    for (place, level, message, source) in wrong.chain(notices) {
        let column = place.column.map(|column| format!(" column=\"{column}\"")).unwrap_or_default();
        let severity = match level {
            Level::Blocking => "error",
            Level::Advisory => "warning",
            Level::Info => "info",
        };
        files.entry(path(&place.file)).or_default().push(format!(
            "    <error line=\"{}\"{column} severity=\"{severity}\" message=\"{}\" source=\"{}\"/>",
            place.line.max(1),
            escape(&message),
            escape(&source)
        ));
    }
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">")?;
    for (file, errors) in files {
        writeln!(out, "  <file name=\"{}\">\n{}\n  </file>", escape(&file), errors.join("\n"))?;
    }
    writeln!(out, "</checkstyle>")
}
