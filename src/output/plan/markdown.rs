//! The plan as Markdown; every text that is not ours is escaped.

use super::{ask_words, change, headline, moves, seen, why};
use crate::audit::Plan;
use crate::diag::Lang;
use crate::output::basis::lang_pick;
use crate::output::markdown::{escape, provenance};
use crate::output::{number, said, words};
use std::io::{self, Write};

/// Writes the plan.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, plan: &Plan, lang: Lang) -> io::Result<()> {
    let pick = |fr, en| lang_pick(lang, fr, en);
    let int = |n| number::integer(n, lang);
    let date = number::date(plan.basis.as_of, lang);
    let (_, many) = words::unit_noun(plan.basis.unit, lang);
    writeln!(out, "# {} {date}\n", pick("Plan d'action au", "Action plan as of"))?;
    for line in headline(plan, lang) {
        writeln!(out, "{}\n", escape(&line))?;
    }
    if !plan.campaigns.is_empty() {
        let heads = [
            pick("campagne", "campaign"),
            many,
            pick("rien d'autre à faire", "nothing else to do"),
            pick("à jour ensuite", "up to date then"),
        ];
        writeln!(out, "## {}\n", pick("Campagnes", "Campaigns"))?;
        writeln!(out, "| | {} |\n| --: | :-- | --: | --: | --: |", heads.join(" | "))?;
        let total = plan.status.total();
        for (rank, campaign) in plan.campaigns.iter().enumerate() {
            let then = plan.status.up_to_date + campaign.cumulative;
            let share = format!("{} / {} ({})", int(then), int(total), number::percent(then, total, lang));
            let label = escape(&said(&campaign.label, lang)).to_string();
            writeln!(out, "| {} | {label} | {} | {} | {share} |", rank + 1, int(campaign.units), int(campaign.alone))?;
            for one in moves(campaign).0 {
                let line = change(&one.from, &one.to, lang);
                writeln!(out, "| | — {} | {} | {} | |", escape(&line), int(one.units), int(one.alone))?;
            }
        }
        writeln!(out)?;
    }
    if !plan.asks.is_empty() {
        writeln!(out, "## {}\n", pick("À savoir d'abord", "To find out first"))?;
        let heads = [
            pick("ce qui n'est pas connu", "what is not known"),
            many,
            pick("rien d'autre à faire", "nothing else to do"),
        ];
        writeln!(out, "| {} |\n| :-- | --: | --: |", heads.join(" | "))?;
        for ask in &plan.asks {
            let what = ask_words(ask.of_socle, ask.label.get(lang), lang);
            writeln!(out, "| {} | {} | {} |", escape(&what), int(ask.units), int(ask.alone))?;
        }
        writeln!(out)?;
    }
    if !plan.stuck.is_empty() {
        writeln!(out, "## {}\n", pick("Sans remède connu", "Without a known remedy"))?;
        let heads = [pick("règle", "rule"), pick("vu", "seen"), pick("pourquoi", "why"), many];
        writeln!(out, "| {} |\n| :-- | :-- | :-- | --: |", heads.join(" | "))?;
        for stuck in &plan.stuck {
            let rule = plan.rules.get(stuck.rule).map(|rule| said(&rule.title, lang)).unwrap_or_default();
            let (seen, why) = (seen(stuck, lang), why(stuck, lang));
            writeln!(out, "| {} | {} | {} | {} |", escape(&rule), escape(&seen), escape(&why), int(stuck.units))?;
        }
        writeln!(out)?;
    }
    for breakdown in &plan.by {
        let label = escape(breakdown.label.get(lang)).to_string();
        let heads = [
            "population",
            pick("à jour", "up to date"),
            pick("à changer", "to change"),
            pick("à savoir", "to find out"),
            pick("les deux", "both"),
            pick("sans remède", "no remedy"),
        ];
        writeln!(out, "## {} {label}\n", pick("Par", "By"))?;
        writeln!(out, "| {label} | {} |\n| :-- | --: | --: | --: | --: | --: | --: |", heads.join(" | "))?;
        for group in &breakdown.groups {
            let counts = &group.counts;
            let name = words::group_label(&group.value, lang);
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} |",
                escape(&name),
                int(group.population),
                int(group.status.up_to_date),
                int(counts.by_changes),
                int(counts.by_finding_out),
                int(counts.both),
                int(counts.stuck)
            )?;
        }
        writeln!(out)?;
    }
    provenance(out, &plan.basis, lang)
}
