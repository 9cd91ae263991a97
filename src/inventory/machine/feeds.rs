//! What the facts of a machine give: the text of each column.

use std::collections::BTreeSet;

use super::gather::{Gather, Installed};
use crate::socle::collection::{Fact, FeedFrom, Give, Take, Wanted};
use crate::socle::{Collection, Holds, Socle};
use crate::text;
use crate::value::{Date, Datum, Missing, RowRef, Type, Value};

impl Gather {
    /// Texts of the columns.
    pub(super) fn cells(&mut self, socle: &Socle, collection: &Collection, partial: bool) -> Vec<String> {
        let said = |fact| self.fact(fact);
        let family = collection.families.iter().position(|family| {
            [Fact::System, Fact::Caption, Fact::Product]
                .into_iter()
                .filter_map(said)
                .any(|text| family.pattern.is_match(text))
        });
        let off = self.off();
        let whole = |holds: Holds| !partial && self.whole.contains(&holds);
        let (mut several, mut impossible) = (Vec::new(), 0);
        let cells = collection.feeds.iter().map(|feed| match &feed.from {
            FeedFrom::Facts(takes) => {
                let text = takes.iter().find_map(|take| self.taken(take, family)).unwrap_or_default();
                let is_date = takes.iter().any(|take| take.fact == Fact::Date);
                if is_date && socle.read_as(&Type::Date, &text).datum == Datum::Unknown(Missing::Unreadable) {
                    impossible += 1;
                    return String::new();
                }
                text
            }
            // What a partial document does not tell may be there.
            FeedFrom::Readers if partial => String::new(),
            FeedFrom::Readers => {
                let rows = self.seen.rows(collection.readers.as_ref());
                rows.iter().map(|row| socle.tables.row(*row).id.as_str()).collect::<Vec<_>>().join(" | ")
            }
            FeedFrom::Products { wanted, except, give, all } => {
                let is_wanted = |installed: &&Installed| {
                    is_wanted(installed.row, wanted, except, socle)
                        && !(*all == Holds::Antivirus && off.contains(&installed.row))
                };
                let among: Vec<&Installed> = self.products.iter().filter(is_wanted).collect();
                // The only one of its class is so in a whole list; nothing is proved absent but by a whole list.
                let of_class = wanted.iter().any(|wanted| matches!(wanted, Wanted::Column(..)));
                let whole = whole(*all);
                match given(&among, *give, socle) {
                    Some(text) if text.is_empty() && *give == Give::List && whole && wanted.is_empty() => {
                        "aucun".to_owned()
                    }
                    Some(_) if !whole && (wanted.is_empty() || of_class) => String::new(),
                    Some(text) => text,
                    None => {
                        several.push(feed.field.as_str());
                        String::new()
                    }
                }
            }
        });
        let cells = cells.collect();
        if impossible > 0 {
            self.note(
                "inventory/impossible-date",
                text!("dates impossibles ou illisibles : inconnues", "impossible or unreadable dates: unknown"),
                None,
            );
        }
        if !several.is_empty() {
            let fields = several.join("`, `");
            self.note(
                "inventory/several-values",
                text!(
                    "machines où plusieurs logiciels répondent à `{fields}` : inconnu",
                    "machines where several software answer for `{fields}`: unknown"
                ),
                Some(text!("dire lequel sert, par un inventaire en tableau", "say which is used, in a table")),
            );
        }
        cells
    }

    /// Products that are said to be turned off, and nowhere to be on.
    fn off(&self) -> Vec<RowRef> {
        let told = |state: bool| {
            let rows = self.products.iter().filter(move |own| own.active == Some(state)).map(|own| own.row);
            rows.collect::<BTreeSet<RowRef>>()
        };
        let on = told(true);
        told(false).into_iter().filter(|row| !on.contains(row)).collect()
    }

    /// What a fact says, as this field takes it.
    fn taken(&self, take: &Take, family: Option<usize>) -> Option<String> {
        if !take.families.is_empty() && !family.is_some_and(|family| take.families.contains(&family)) {
            return None;
        }
        if let Some((fact, pattern)) = &take.with {
            let other = self.fact(*fact)?;
            if pattern.as_ref().is_some_and(|pattern| !pattern.is_match(other)) {
                return None;
            }
        }
        let text = self.fact(take.fact)?;
        let text = match &take.pattern {
            Some(pattern) => pattern.first(text)?,
            None => text,
        };
        let mut text = if take.fact == Fact::Date { day(text) } else { text.to_owned() };
        if let Some(after) = take.and.and_then(|fact| self.fact(fact)) {
            text.push(' ');
            text.push_str(after);
        }
        Some(text)
    }
}

/// What products give; `None` when they differ.
pub(super) fn given(among: &[&Installed], give: Give, socle: &Socle) -> Option<String> {
    let editor_of = |installed: &Installed| {
        let column = socle.collection.products.as_ref()?.editor?;
        match &socle.tables.row(installed.row).cells[column] {
            Datum::Known(Value::Row(row)) => Some(socle.tables.row(*row).label.fr.clone()),
            _ => None,
        }
    };
    let name = |installed: &Installed| socle.tables.row(installed.row).label.fr.clone();
    let text = |installed: &&Installed| match give {
        Give::Name | Give::List => name(installed),
        Give::Version => installed.version.clone(),
        Give::Editor => editor_of(installed).unwrap_or_else(|| installed.publisher.clone()),
        Give::NameAndVersion => format!("{} {}", name(installed), installed.version),
    };
    if give == Give::List {
        let mut ids: Vec<&str> = among.iter().map(|i| socle.tables.row(i.row).id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        return Some(ids.join(" | "));
    }
    let mut texts: Vec<String> = among.iter().map(text).collect();
    // The same product under two names, one without version: what is said is said.
    texts.sort_unstable();
    texts.dedup();
    if among.iter().any(|other| other.row != among[0].row) {
        return None;
    }
    texts.retain(|text| !text.is_empty());
    match &texts[..] {
        [] => Some(String::new()),
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// Whether a product is one of those that a feed wants.
pub(super) fn is_wanted(row: RowRef, wanted: &[Wanted], except: &[RowRef], socle: &Socle) -> bool {
    wanted.iter().all(|wanted| wanted.has(row, socle)) && !except.contains(&row)
}

impl Wanted {
    fn has(&self, row: RowRef, socle: &Socle) -> bool {
        match self {
            Wanted::Rows(rows) => rows.contains(&row),
            Wanted::Column(column, values) => {
                let cell = &socle.tables.row(row).cells[*column];
                cell.candidates().iter().any(|value| match value {
                    Value::String(text) => values.iter().any(|known| **known == **text),
                    _ => false,
                })
            }
        }
    }
}

/// Dates that machines write: seconds or `/Date(ms)/` since 1970, CIM's `20260115…`, `Thu Jan 15 10:00:00 2026`; others
/// as they are.
fn day(text: &str) -> String {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let since = |seconds: i64| {
        let date = Date::new(1970, 1, 1)?.plus_days(seconds.div_euclid(86_400))?;
        Some(date.to_string())
    };
    let found = if digits(text) && (9..=11).contains(&text.len()) {
        text.parse().ok().and_then(since)
    } else if let Some(ms) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        ms.parse::<i64>().ok().and_then(|ms| since(ms.div_euclid(1000)))
    } else if text.len() > 15 && text.get(..14).is_some_and(digits) && text.as_bytes()[14] == b'.' {
        text.get(..8).map(str::to_owned)
    } else {
        in_english(text)
    };
    found.unwrap_or_else(|| text.to_owned())
}

/// The date of `Thu Jan 15 10:00:00 2026`, as C programs write it.
fn in_english(text: &str) -> Option<String> {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [weekday, month, day, .., year] = parts[..] else { return None };
    let month = MONTHS.iter().position(|known| *known == month)? as i8 + 1;
    let date = Date::new(year.parse().ok()?, month, day.parse().ok()?)?;
    (DAYS.contains(&weekday) && matches!(parts.len(), 5 | 6)).then(|| date.to_string())
}
