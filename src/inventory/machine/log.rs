//! Logs of results: rows that come and go, applied in order.
//!
//! A log of differences is the state of a machine only from a first full result on; a query whose first lines are
//! not here is left out, and said.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;

use super::gather::Reading;
use super::json::{row, section_of};
use super::text;
use crate::diag::Diagnostic;
use crate::inventory::json::{Members, Value, value};
use crate::socle::collection::{Envelope, Fact};
use crate::text;

/// What the lines of a log have told so far.
#[derive(Default)]
pub(super) struct Log {
    /// Queries of hosts, in the order in which they came.
    queries: Vec<Query>,
    known: HashMap<(String, String), usize>,
    /// The last time told of each host, with the line of the first.
    times: Vec<(String, String, u32)>,
    hosts: HashMap<String, usize>,
    rows: usize,
}

struct Query {
    host: String,
    line: u32,
    /// Rows as they are written, with how many there are of each.
    rows: Vec<(String, usize)>,
    /// Their place, by their keys and values in order.
    known: HashMap<String, usize>,
    /// Whether a full result was seen, of which only differences came since.
    full: bool,
    /// What the last line said of itself.
    last: Option<Stamp>,
    /// Rows that went without having come.
    strangers: usize,
}

/// Where a line stands in the log of its query.
#[derive(PartialEq, Eq)]
struct Stamp {
    /// Changes when the agent forgets what it has told, and tells it all again.
    epoch: String,
    /// Whether it is of a full result.
    starts: bool,
    time: String,
}

type Member<'m> = (Cow<'m, str>, &'m RawValue);

impl Log {
    /// Takes a line of the log.
    pub(super) fn line(
        &mut self,
        envelope: &Envelope,
        members: &[Member<'_>],
        line: u32,
        reading: &Reading<'_>,
    ) -> Result<(), Box<Diagnostic>> {
        let find = |wanted: &str| members.iter().find(|(key, _)| key == wanted).map(|(_, raw)| *raw);
        let said = |wanted: &str| match find(wanted).map(|raw| value(raw, reading.options.text_bytes)) {
            Some(Value::Text(text)) => text.into_owned(),
            _ => String::new(),
        };
        let first = |names: &[String]| names.iter().map(|name| said(name)).find(|text| !text.is_empty());
        let host = first(&envelope.host).unwrap_or_default();
        if let Some(time) = first(&envelope.time) {
            match self.hosts.get(&host) {
                Some(place) => self.times[*place].1 = time,
                None => {
                    self.hosts.insert(host.clone(), self.times.len());
                    self.times.push((host.clone(), time, line));
                }
            }
        }
        let key = (host.clone(), said(&envelope.query));
        let place = *self.known.entry(key).or_insert_with(|| {
            self.queries.push(Query {
                host,
                line,
                rows: Vec::new(),
                known: HashMap::new(),
                full: false,
                last: None,
                strangers: 0,
            });
            self.queries.len() - 1
        });
        let stamp = Stamp {
            epoch: said(&envelope.epoch),
            starts: said(&envelope.counter) == "0",
            time: first(&envelope.time).unwrap_or_default(),
        };
        let malformed = || text::malformed(reading.name, line, "JSON");
        let query = &mut self.queries[place];
        if let Some(raw) = find(&envelope.rows) {
            let all: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| malformed())?;
            query.forget(true);
            self.rows += all.len();
            all.into_iter().for_each(|row| query.apply("added", row.get()));
        } else if let Some(raw) = find(&envelope.changes) {
            // A line holds the whole of a full result.
            query.at(stamp, true);
            let Members(lists) = serde_json::from_str(raw.get()).map_err(|_| malformed())?;
            for (action, raw) in &lists {
                let rows: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
                self.rows += rows.len();
                rows.into_iter().for_each(|row| query.apply(action, row.get()));
            }
        } else if let Some(raw) = find(&envelope.row) {
            query.at(stamp, false);
            query.apply(&said(&envelope.action), raw.get());
            self.rows += 1;
        }
        let most = reading.options.records;
        if self.rows > most {
            return Err(text::too_many(reading.name, line, most, "--max-records"));
        }
        Ok(())
    }

    /// Gives the rows that remain.
    pub(super) fn end(self, reading: &mut Reading<'_>) -> Result<(), Box<Diagnostic>> {
        for Query { host, line, rows, full, strangers, .. } in self.queries {
            if full && strangers > 0 {
                let said = (
                    "inventory/unmatched-removal",
                    text!(
                        "requêtes dont le journal retire des lignes qu'il n'a pas données : il en manque une partie",
                        "queries whose log removes rows that it has not given: a part of it is missing"
                    ),
                    Some(text!("donner le journal entier, ou un instantané", "give the whole log, or a snapshot")),
                );
                reading.note_host(&host, line, said)?;
            }
            if !full {
                let said = (
                    "inventory/differential-log",
                    text!(
                        "requêtes dont le journal ne donne que des différences, sans premier résultat complet : laissées de côté",
                        "queries whose log gives differences alone, without a first full result: set aside"
                    ),
                    Some(text!(
                        "donner le journal depuis son début, ou un instantané",
                        "give the log from its start, or a snapshot"
                    )),
                );
                reading.note_host(&host, line, said)?;
                continue;
            }
            for (written, _) in rows.iter().filter(|(_, count)| *count > 0) {
                let Ok(Members(members)) = serde_json::from_str(written) else { continue };
                let section = section_of(reading.dialect, members.iter().map(|(key, _)| key.as_ref()));
                if let Some(section) = section {
                    row(&members, section, &host, line, reading)?;
                }
            }
        }
        for (host, time, line) in self.times {
            reading.tell(&host, Fact::Date, &time, line)?;
        }
        Ok(())
    }
}

impl Query {
    /// Forgets all rows; `full`: those that follow are all there are.
    fn forget(&mut self, full: bool) {
        (self.rows, self.known, self.full) = (Vec::new(), HashMap::new(), full);
    }

    /// Comes to a line of differences: a full result that starts anew takes the place of what was told before, and
    /// differences from one that is not here tell nothing.
    fn at(&mut self, stamp: Stamp, alone: bool) {
        let same_epoch = self.last.as_ref().is_some_and(|last| last.epoch == stamp.epoch);
        if stamp.starts && (alone || self.last.as_ref() != Some(&stamp)) {
            self.forget(true);
        } else if !stamp.starts && self.full && !same_epoch {
            self.forget(false);
        }
        self.last = Some(stamp);
    }

    fn apply(&mut self, action: &str, row: &str) {
        let place = *self.known.entry(in_order(row)).or_insert_with(|| {
            self.rows.push((row.to_owned(), 0));
            self.rows.len() - 1
        });
        let count = &mut self.rows[place].1;
        match action {
            "added" => *count += 1,
            "removed" if *count == 0 => self.strangers += 1,
            "removed" => *count -= 1,
            _ => {}
        }
    }
}

/// A row with its keys in order: agents do not keep one from a line to the next.
fn in_order(row: &str) -> String {
    let Ok(Members(mut members)) = serde_json::from_str(row) else { return row.to_owned() };
    members.sort_by(|one, two| one.0.cmp(&two.0));
    let mut out = String::with_capacity(row.len());
    for (key, raw) in members {
        out.push_str(&key);
        out.push('\0');
        out.push_str(raw.get());
        out.push('\0');
    }
    out
}
