//! The waivers of a result, for people.

use super::basis::lang_pick;
use super::markdown::escape;
use super::table::{Heading, Table};
use super::{Look, number, visible_line};
use crate::audit::{WaiverReport, WaiverSummary};
use crate::diag::Lang;
use std::io::{self, Write};

/// The section of the text.
pub(super) fn text<W: Write + ?Sized>(mut out: &mut W, waivers: Option<&WaiverReport>, look: &Look) -> io::Result<()> {
    let Some(waivers) = waivers else { return Ok(()) };
    let lang = look.lang;
    let name = visible_line(&waivers.name);
    super::basis::title(&mut out, look, &format!("{} ({name})", lang_pick(lang, "Dérogations", "Waivers")))?;
    if waivers.list.is_empty() {
        return writeln!(out, "  {}", none(lang));
    }
    let [rule, until, state, covered, scope, reason, author] = headings(lang);
    let mut table = Table::new(vec![
        Heading::text(rule),
        Heading::text(until),
        Heading::text(state),
        Heading::number(covered),
        Heading::text(scope).optional(1),
        Heading::text(reason).optional(3),
        Heading::text(author).optional(2),
    ]);
    for waiver in &waivers.list {
        table.push(cells(waiver, lang).to_vec());
    }
    write!(out, "{}", table.draw(look))
}

/// The section of the Markdown.
pub(super) fn markdown<W: Write + ?Sized>(out: &mut W, waivers: Option<&WaiverReport>, lang: Lang) -> io::Result<()> {
    let Some(waivers) = waivers else { return Ok(()) };
    writeln!(out, "\n## {}\n", lang_pick(lang, "Dérogations", "Waivers"))?;
    writeln!(out, "{}, {}\n", escape(&waivers.name), escape(&waivers.digest))?;
    if waivers.list.is_empty() {
        return writeln!(out, "{}", none(lang));
    }
    writeln!(out, "| {} |", headings(lang).join(" | "))?;
    writeln!(out, "| :-- | :-- | :-- | --: | :-- | :-- | :-- |")?;
    for waiver in &waivers.list {
        writeln!(out, "| {} |", cells(waiver, lang).map(|cell| escape(&cell)).join(" | "))?;
    }
    Ok(())
}

fn none(lang: Lang) -> &'static str {
    lang_pick(lang, "aucune ne porte sur les packs choisis", "none is about the packs that are selected")
}

fn headings(lang: Lang) -> [&'static str; 7] {
    match lang {
        Lang::Fr => ["règle", "jusqu'au", "état", "lignes couvertes", "portée", "raison", "auteur"],
        Lang::En => ["rule", "until", "state", "rows covered", "scope", "reason", "author"],
    }
}

fn cells(waiver: &WaiverSummary, lang: Lang) -> [String; 7] {
    let state = match (waiver.expired(), waiver.ends_within(), waiver.covered) {
        (true, ..) => lang_pick(lang, "périmée", "expired").to_owned(),
        (_, _, 0) => lang_pick(lang, "ne couvre rien", "covers nothing").to_owned(),
        (_, Some(days), _) => match lang {
            Lang::Fr => format!("finit sous {days}\u{a0}j"),
            Lang::En => format!("ends within {days} d"),
        },
        _ => lang_pick(lang, "en cours", "in force").to_owned(),
    };
    let covered = if waiver.expired() { "–".to_owned() } else { number::integer(waiver.covered, lang) };
    [
        waiver.rule.clone(),
        waiver.until.to_string(),
        state,
        covered,
        waiver.scope.clone(),
        waiver.reason.clone(),
        waiver.author.clone(),
    ]
}
