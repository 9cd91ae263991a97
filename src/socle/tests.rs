//! The built-in socle: it loads, and reads what it says it reads.
#![allow(clippy::unwrap_used)]

use super::Socle;
use crate::diag::{Diagnostic, Lang};

/// Faults as text, for the messages of tests.
pub(super) fn render(faults: &[Diagnostic]) -> String {
    faults
        .iter()
        .map(|fault| {
            let place = fault.labels.first().map_or_else(String::new, |label| {
                let line = label.source.text[..label.span.start].matches('\n').count() + 1;
                format!(
                    "{}:{line} `{}` {}",
                    label.source.name,
                    label.source.text.get(label.span.clone()).unwrap_or("?"),
                    label.message.get(Lang::En)
                )
            });
            let help = fault.help.as_ref().map_or("", |help| help.get(Lang::En));
            format!("[{}] {} | {place} | {help}\n", fault.code, fault.message.get(Lang::En))
        })
        .collect()
}

pub(super) fn builtin() -> Socle {
    Socle::builtin().unwrap_or_else(|faults| panic!("{}", render(&faults)))
}

#[test]
fn the_builtin_socle_loads() {
    let socle = builtin();
    assert!(socle.field("palier").is_some());
}
