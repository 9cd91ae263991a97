//! The plan for people, in a terminal: what to do first, for how many, and what it brings.

use super::{ask_words, change, headline, moves, seen, why};
use crate::audit::{Plan, PlanBreakdown};
use crate::diag::Lang;
use crate::output::basis::{data, heading, lang_pick, paragraph, title};
use crate::output::table::{Heading, Table};
use crate::output::{Look, number, said, words};
use std::io::{self, Write};

/// Lines of a table; the files have them all.
const SHOWN: usize = 30;

/// Writes the plan.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, plan: &Plan, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let date = number::date(plan.basis.as_of, lang);
    let what = match lang {
        Lang::Fr => format!("Plan d'action au {date}"),
        Lang::En => format!("Action plan as of {date}"),
    };
    heading(out, &what, &plan.basis, look)?;
    writeln!(out)?;
    for line in headline(plan, lang) {
        paragraph(out, look, "", &line)?;
    }
    campaigns(out, plan, look)?;
    asks(out, plan, look)?;
    stuck(out, plan, look)?;
    for breakdown in &plan.by {
        groups(out, plan, breakdown, look)?;
    }
    data(out, &plan.basis, look)
}

fn campaigns(out: &mut impl Write, plan: &Plan, look: &Look) -> io::Result<()> {
    if plan.campaigns.is_empty() {
        return Ok(());
    }
    let lang = look.lang;
    let pick = |fr, en| lang_pick(lang, fr, en);
    let int = |n| number::integer(n, lang);
    let (_, many) = words::unit_noun(plan.basis.unit, lang);
    title(
        out,
        look,
        pick(
            "Campagnes, dans l'ordre qui met le plus vite à jour",
            "Campaigns, in the order that brings most up to date first",
        ),
    )?;
    let mut table = Table::new(vec![
        Heading::text(""),
        Heading::text(pick("campagne", "campaign")),
        Heading::number(many),
        Heading::number(pick("rien d'autre à faire", "nothing else to do")),
        Heading::number(pick("à jour ensuite", "up to date then")),
        Heading::number(pick("part", "share")),
    ]);
    let total = plan.status.total();
    for (rank, campaign) in plan.campaigns.iter().take(SHOWN).enumerate() {
        let then = plan.status.up_to_date + campaign.cumulative;
        table.push(vec![
            (rank + 1).to_string(),
            said(&campaign.label, lang),
            int(campaign.units),
            int(campaign.alone),
            int(then),
            number::percent(then, total, lang),
        ]);
        let (shown, hidden) = moves(campaign);
        for one in shown {
            let line = format!("  {}", change(&one.from, &one.to, lang));
            table.push(vec![String::new(), line, int(one.units), int(one.alone), String::new(), String::new()]);
        }
        if hidden > 0 {
            let more = match lang {
                Lang::Fr => format!("  … et {hidden} autres"),
                Lang::En => format!("  … and {hidden} more"),
            };
            table.push(vec![String::new(), more, String::new(), String::new(), String::new(), String::new()]);
        }
    }
    write!(out, "{}", table.draw(look))?;
    more(out, plan.campaigns.len(), look)
}

fn asks(out: &mut impl Write, plan: &Plan, look: &Look) -> io::Result<()> {
    if plan.asks.is_empty() {
        return Ok(());
    }
    let lang = look.lang;
    let pick = |fr, en| lang_pick(lang, fr, en);
    let (_, many) = words::unit_noun(plan.basis.unit, lang);
    title(out, look, pick("À savoir d'abord", "To find out first"))?;
    let mut table = Table::new(vec![
        Heading::text(pick("ce qui n'est pas connu", "what is not known")),
        Heading::number(many),
        Heading::number(pick("rien d'autre à faire", "nothing else to do")),
    ]);
    for ask in plan.asks.iter().take(SHOWN) {
        table.push(vec![
            ask_words(ask.of_socle, ask.label.get(lang), lang),
            number::integer(ask.units, lang),
            number::integer(ask.alone, lang),
        ]);
    }
    write!(out, "{}", table.draw(look))?;
    more(out, plan.asks.len(), look)
}

fn stuck(out: &mut impl Write, plan: &Plan, look: &Look) -> io::Result<()> {
    if plan.stuck.is_empty() {
        return Ok(());
    }
    let lang = look.lang;
    let pick = |fr, en| lang_pick(lang, fr, en);
    let (_, many) = words::unit_noun(plan.basis.unit, lang);
    title(out, look, pick("Sans remède connu", "Without a known remedy"))?;
    let mut table = Table::new(vec![
        Heading::text(pick("règle", "rule")),
        Heading::text(pick("vu", "seen")),
        Heading::text(pick("pourquoi", "why")),
        Heading::number(many),
    ]);
    for stuck in plan.stuck.iter().take(SHOWN) {
        let rule = plan.rules.get(stuck.rule).map(|rule| said(&rule.title, lang)).unwrap_or_default();
        table.push(vec![rule, seen(stuck, lang), why(stuck, lang), number::integer(stuck.units, lang)]);
    }
    write!(out, "{}", table.draw(look))?;
    more(out, plan.stuck.len(), look)
}

/// A breakdown: a line a group, what it needs, and the campaign that helps it most.
fn groups(out: &mut impl Write, plan: &Plan, breakdown: &PlanBreakdown, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let pick = |fr, en| lang_pick(lang, fr, en);
    let int = |n| number::integer(n, lang);
    let name = breakdown.label.get(lang);
    title(out, look, &format!("{} {name}", pick("Plan par", "Plan by")))?;
    let mut table = Table::new(vec![
        Heading::text(name),
        Heading::number("population").optional(1),
        Heading::number(pick("à jour", "up to date")),
        Heading::number(pick("à changer", "to change")),
        Heading::number(pick("à savoir", "to find out")),
        Heading::number(pick("les deux", "both")),
        Heading::number(pick("sans remède", "no remedy")),
        Heading::text(pick("première campagne", "first campaign")),
    ]);
    for group in breakdown.groups.iter().take(SHOWN) {
        let best = group.campaigns.iter().zip(&plan.campaigns).filter(|((units, _), _)| *units > 0);
        // Of equals, the one that comes first.
        let best = best.rev().max_by_key(|((units, alone), _)| (*alone, *units));
        let best = best.map(|((units, _), campaign)| format!("{} ({})", said(&campaign.label, lang), int(*units)));
        table.push(vec![
            words::group_label(&group.value, lang),
            int(group.population),
            int(group.status.up_to_date),
            int(group.counts.by_changes),
            int(group.counts.by_finding_out),
            int(group.counts.both),
            int(group.counts.stuck),
            best.unwrap_or_default(),
        ]);
    }
    write!(out, "{}", table.draw(look))?;
    more(out, breakdown.groups.len(), look)
}

fn more(out: &mut impl Write, lines: usize, look: &Look) -> io::Result<()> {
    let hidden = lines.saturating_sub(SHOWN);
    if hidden == 0 {
        return Ok(());
    }
    let line = match look.lang {
        Lang::Fr => format!("{hidden} de plus dans les sorties csv et json"),
        Lang::En => format!("{hidden} more in the csv and json outputs"),
    };
    paragraph(out, look, "", &line)
}
