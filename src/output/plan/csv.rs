//! The plan as CSV.
//!
//! Columns: `kind` (`campaign`, `move` of the campaign above, `find_out`, `no_remedy`), `by`, `group` (both empty: the
//! whole population), `rank`, `code`, what is done (`label`), `from`, `to`, `field`, `rules`, `units`, `alone`
//! (nothing else to do), `cumulative` (up to date once this and what is before is done, beside those that are). The exact
//! dialect has texts in both languages, `_fr` and `_en`.

use super::{reason, seen};
use crate::audit::{GroupValue, Plan};
use crate::diag::{Lang, Text};
use crate::output::csv::{Dialect, Lines};
use crate::output::words;
use std::io::{self, Write};

/// Writes the plan.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, plan: &Plan, dialect: Dialect) -> io::Result<()> {
    let mut lines = Lines::new(out, dialect)?;
    for name in headings(dialect) {
        lines.text(name)?;
    }
    lines.end()?;
    let mut line = |line: Line<'_>| line.write(&mut lines, dialect);
    let rules = |numbers: &mut dyn Iterator<Item = usize>| {
        let names: Vec<&str> = numbers.filter_map(|n| plan.rules.get(n)).map(|rule| rule.id.as_str()).collect();
        names.join(" ")
    };
    for (rank, campaign) in (1..).zip(&plan.campaigns) {
        let common = Line {
            rank,
            code: &campaign.code,
            label: campaign.label.clone(),
            field: &campaign.field,
            ..Line::default()
        };
        line(Line {
            kind: "campaign",
            rules: rules(&mut campaign.rules.iter().map(|(rule, _)| *rule)),
            units: campaign.units,
            alone: Some(campaign.alone),
            cumulative: Some(campaign.cumulative),
            ..common.clone()
        })?;
        for one in &campaign.moves {
            line(Line {
                kind: "move",
                from: one.from.clone(),
                to: one.to.clone(),
                units: one.units,
                alone: Some(one.alone),
                ..common.clone()
            })?;
        }
    }
    for (rank, ask) in (1..).zip(&plan.asks) {
        let kind = if ask.of_socle { "find_out_socle" } else { "find_out" };
        line(Line {
            kind,
            rank,
            label: ask.label.clone(),
            field: &ask.path,
            units: ask.units,
            alone: Some(ask.alone),
            ..Line::default()
        })?;
    }
    for (rank, stuck) in (1..).zip(&plan.stuck) {
        let join =
            |of: fn(&Text) -> &str| stuck.reads.iter().map(|(_, label)| of(label)).collect::<Vec<_>>().join(", ");
        let (fr, en) = (reason(stuck.why, &join(|text| &text.fr)), reason(stuck.why, &join(|text| &text.en)));
        let fields: Vec<&str> = stuck.reads.iter().map(|(path, _)| path.as_str()).collect();
        line(Line {
            kind: "no_remedy",
            rank,
            label: Text::new(fr.fr, en.en),
            from: Text::new(seen(stuck, Lang::Fr), seen(stuck, Lang::En)),
            field: &fields.join(" "),
            rules: rules(&mut std::iter::once(stuck.rule)),
            units: stuck.units,
            ..Line::default()
        })?;
    }
    for breakdown in &plan.by {
        for group in &breakdown.groups {
            let name = match (dialect, &group.value) {
                (Dialect::Excel(lang), value) => words::whole_group_label(value, lang),
                (Dialect::Exact, GroupValue::Known { key, .. }) => key.clone(),
                (Dialect::Exact, GroupValue::Several) => "plusieurs".to_owned(),
                (Dialect::Exact, GroupValue::Unknown) => String::new(),
            };
            for ((rank, campaign), (units, alone)) in (1..).zip(&plan.campaigns).zip(&group.campaigns) {
                if *units == 0 {
                    continue;
                }
                line(Line {
                    kind: "campaign",
                    by: &breakdown.field,
                    group: &name,
                    rank,
                    code: &campaign.code,
                    label: campaign.label.clone(),
                    field: &campaign.field,
                    units: *units,
                    alone: Some(*alone),
                    ..Line::default()
                })?;
            }
        }
    }
    Ok(())
}

#[derive(Clone, Default)]
struct Line<'l> {
    kind: &'l str,
    by: &'l str,
    group: &'l str,
    rank: u64,
    code: &'l str,
    label: Text,
    from: Text,
    to: Text,
    field: &'l str,
    rules: String,
    units: u64,
    alone: Option<u64>,
    cumulative: Option<u64>,
}

impl Line<'_> {
    fn write<W: Write>(&self, lines: &mut Lines<'_, W>, dialect: Dialect) -> io::Result<()> {
        for text in [self.kind, self.by, self.group] {
            lines.text(text)?;
        }
        lines.integer(self.rank)?;
        lines.text(self.code)?;
        for text in [&self.label, &self.from, &self.to] {
            match dialect {
                Dialect::Excel(lang) => lines.text(text.get(lang))?,
                Dialect::Exact => {
                    lines.text(&text.fr)?;
                    lines.text(&text.en)?;
                }
            }
        }
        lines.text(self.field)?;
        lines.text(&self.rules)?;
        lines.integer(self.units)?;
        for n in [self.alone, self.cumulative] {
            match n {
                Some(n) => lines.integer(n)?,
                None => lines.text("")?,
            }
        }
        lines.end()
    }
}

fn headings(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Exact => &[
            "kind",
            "by",
            "group",
            "rank",
            "code",
            "label_fr",
            "label_en",
            "from_fr",
            "from_en",
            "to_fr",
            "to_en",
            "field",
            "rules",
            "units",
            "alone",
            "cumulative",
        ],
        Dialect::Excel(Lang::En) => &[
            "kind",
            "by",
            "group",
            "rank",
            "code",
            "label",
            "from",
            "to",
            "field",
            "rules",
            "units",
            "alone",
            "cumulative",
        ],
        Dialect::Excel(Lang::Fr) => &[
            "sorte",
            "coupe",
            "groupe",
            "rang",
            "code",
            "quoi",
            "de",
            "à",
            "champ",
            "règles",
            "nombre",
            "rien d'autre à faire",
            "cumul",
        ],
    }
}
