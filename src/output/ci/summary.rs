//! GitHub job summary: Markdown to append to the file that `GITHUB_STEP_SUMMARY` names.
//!
//! A step may write 1 MiB; above, nothing is shown. The page is cut below that, and says so.

use super::{Rule, Run, State};
use crate::diag::Lang;
use crate::output::markdown::escape;
use crate::output::{number, said, words};
use std::io::{self, Write};

/// Bytes written at most.
const BUDGET: usize = 900 * 1024;

/// Writes the run.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, run: &Run<'_>, lang: Lang) -> io::Result<()> {
    write!(out, "{}", page(run, lang, BUDGET))
}

fn page(run: &Run<'_>, lang: Lang, budget: usize) -> String {
    let fr = lang == Lang::Fr;
    let date = number::date(run.as_of, lang);
    let mut page = match fr {
        true => format!("## vigie {} au {date}\n\n", run.command),
        false => format!("## vigie {} as of {date}\n\n", run.command),
    };
    if let Some(closed) = &run.closed {
        let word = if fr { "refusé\u{a0}:" } else { "refused:" };
        page.push_str(&format!("**{word} {}**\n\n", escape(&said(closed, lang))));
    }
    page.push_str(&format!("{}\n", escape(&said(&run.headline, lang))));
    for notice in &run.notices {
        let line = format!("\n- {}\n", escape(&said(&notice.message, lang)));
        if page.len() + line.len() <= budget / 4 {
            page.push_str(&line);
        }
    }
    let wrong = run.worst(|state| matches!(state, State::Fail | State::Unknown));
    let mut blocks: Vec<String> = Vec::new();
    if !wrong.is_empty() {
        let heads = match fr {
            true => "| règle | niveau | constat | échecs ou indéterminés | sur | part |",
            false => "| rule | level | finding | failing or unknown | of | share |",
        };
        page.push_str(&format!("\n{heads}\n| :-- | :-- | :-- | --: | --: | --: |\n"));
        blocks.extend(wrong.iter().map(|(rule, outcome)| {
            let state = match (&outcome.state, fr) {
                (State::Fail, true) => "échec",
                (State::Fail, false) => "failing",
                (_, true) => "indéterminé",
                (_, false) => "unknown",
            };
            let subject = outcome.subject.as_deref().map(|subject| format!(" ({})", escape(subject)));
            format!(
                "| {}{} | {} | {state} | {} | {} | {} |\n",
                escape(rule.name),
                subject.unwrap_or_default(),
                words::level(rule.level, lang),
                number::integer(outcome.count, lang),
                number::integer(outcome.of, lang),
                number::percent(outcome.count, outcome.of, lang)
            )
        }));
        blocks.push("\n".to_owned());
        let mut told: Vec<&str> = Vec::new();
        for (rule, _) in &wrong {
            if !told.contains(&rule.name) {
                told.push(rule.name);
                blocks.push(details(rule, lang));
            }
        }
    }
    let total = blocks.len();
    for (number, block) in blocks.into_iter().enumerate() {
        if page.len() + block.len() > budget.saturating_sub(200) {
            let left = total - number;
            page.push_str(&match fr {
                true => format!("\n… et {left} lignes de plus, dans les autres formats\n"),
                false => format!("\n… and {left} more lines, in the other formats\n"),
            });
            break;
        }
        page.push_str(&block);
    }
    page
}

/// Why a rule asks what it asks, and what to do.
fn details(rule: &Rule<'_>, lang: Lang) -> String {
    let (title, name) = (escape(&said(rule.title, lang)), escape(rule.name));
    let mut block = format!("<details><summary>{title} ({name})</summary>\n\n");
    for text in rule.text.why.iter().chain(&rule.text.remedy) {
        block.push_str(&format!("- {}\n", escape(&said(text, lang))));
    }
    let source = [Some(&rule.text.source.text), rule.text.source.place.as_ref()];
    let source: Vec<String> = source.into_iter().flatten().map(|text| escape(text)).collect();
    block.push_str(&format!("- {}\n\n</details>\n", source.join(", ")));
    block
}

#[cfg(test)]
mod tests {
    use super::super::Run;
    use super::{BUDGET, page};
    use crate::diag::Lang;
    use crate::output::sample;

    #[test]
    fn a_page_keeps_to_its_budget_and_says_what_is_cut() {
        let report = sample::report();
        let run = Run::of_audit(&report);
        let whole = page(&run, Lang::En, BUDGET);
        assert!(whole.contains("palier-depasse") && !whole.contains("more lines"), "{whole}");
        for budget in [0, 300, 600, 900] {
            let cut = page(&run, Lang::En, budget);
            assert!(cut.len() <= budget.max(600) && cut.contains("more lines"), "{budget}: {cut}");
        }
    }
}
