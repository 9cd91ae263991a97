//! Records of a document → machines: what is remembered of one while its document is read.

use std::borrow::Cow;
use std::collections::HashMap;

use super::json::{duplicate, section_of};
use super::readers::{Device, Seen};
use super::{Machine, text};
use crate::diag::{Diagnostic, Text};
use crate::inventory::finding::too_long;
use crate::inventory::{Finding, Options};
use crate::socle::collection::{Dialect, Fact, KindSign, Products, Section, Variant};
use crate::socle::fold;
use crate::socle::{Holds, MachineKind, Socle};
use crate::text;
use crate::value::RowRef;

/// Said of a machine that is told twice.
const CONFLICT: &str = "inventory/conflict";
/// Names of software that are remembered.
const MANY_NAMES: usize = 1 << 16;
/// Longest name of a product, in bytes.
const LONG_NAME: usize = 250;
/// Places at which the name of a product may end in a longer one, from its end.
const MANY_ENDS: usize = 8;

/// Products by the names of software met so far.
#[derive(Default)]
pub(super) struct Names(HashMap<String, Option<RowRef>>);

impl Names {
    pub(super) fn product(&mut self, name: &str, socle: &Socle, products: &Products) -> Option<RowRef> {
        if name.len() > LONG_NAME {
            return None;
        }
        if let Some(known) = self.0.get(name) {
            return *known;
        }
        let found = recognise(name, socle, products);
        if self.0.len() >= MANY_NAMES {
            self.0.clear();
        }
        self.0.insert(name.to_owned(), found);
        found
    }
}

/// The product that a name means, when it means one.
fn recognise(name: &str, socle: &Socle, products: &Products) -> Option<RowRef> {
    if let [row] = socle.tables.rows_recognized(products.table, name)[..] {
        return Some(row);
    }
    // « Cryptolib CPS 5.2.2 (64 bits) »: a name of the table, then what may follow any.
    let after = products.after.as_ref()?;
    let ends = name.char_indices().rev().filter(|(_, c)| matches!(c, ' ' | '-' | '(')).map(|(at, _)| at);
    ends.take(MANY_ENDS).find_map(|end| {
        let row = socle.tables.row_named(products.table, &name[..end])?;
        after.is_match(&name[end..]).then_some(row)
    })
}

/// A document being read.
pub(super) struct Reading<'r> {
    socle: &'r Socle,
    pub(super) dialect: &'r Dialect,
    pub(super) options: &'r Options,
    names: &'r mut Names,
    pub(super) name: &'r str,
    /// Of the document.
    pub(super) encoding: &'static str,
    done: Vec<Machine>,
    /// Records that are open, the outermost first.
    open: Vec<Open>,
    /// The machine being read, of a document.
    current: Option<Gather>,
    /// Machines whose rows were met.
    hosts: Hosts,
    /// Cells of records that are closed, to be used again.
    spare: Vec<Vec<String>>,
}

/// Machines by their host, in the order in which they came.
#[derive(Default)]
pub(super) struct Hosts {
    machines: Vec<(String, Gather)>,
    places: HashMap<String, usize>,
}

struct Open {
    section: usize,
    cells: Vec<String>,
    /// Keys given twice, with other values: unknown.
    twice: Vec<usize>,
}

/// What is remembered of a machine.
#[derive(Default)]
pub(super) struct Gather {
    line: u32,
    /// Facts of the system, with the section they come from; blank when two records of it differ.
    facts: Vec<(Fact, usize, String)>,
    /// Sections of which two records tell two systems.
    conflicts: Vec<usize>,
    counts: Vec<(Holds, usize)>,
    sections: Vec<bool>,
    /// Of what there is a list of all that it has.
    pub(super) whole: Vec<Holds>,
    pub(super) products: Vec<Installed>,
    pub(super) seen: Seen,
    equipment: Vec<MachineKind>,
    findings: Vec<Finding>,
}

/// A product that is installed.
pub(super) struct Installed {
    pub(super) row: RowRef,
    pub(super) version: String,
    pub(super) publisher: String,
    /// Whether it is on, when that is told.
    pub(super) active: Option<bool>,
}

impl<'r> Reading<'r> {
    pub(super) fn new(
        socle: &'r Socle,
        dialect: &'r Dialect,
        options: &'r Options,
        names: &'r mut Names,
        name: &'r str,
        encoding: &'static str,
    ) -> Reading<'r> {
        Reading {
            socle,
            dialect,
            options,
            names,
            name,
            encoding,
            done: Vec::new(),
            open: Vec::new(),
            current: None,
            hosts: Hosts::default(),
            spare: Vec::new(),
        }
    }

    /// A place of the document is entered.
    pub(super) fn enter(&mut self, node: usize, line: impl FnOnce() -> u32) {
        let place = &self.dialect.tree.nodes[node];
        if place.machine && self.current.is_none() {
            self.current = Some(Gather::new(self.dialect, line()));
        }
        if let Some(section) = place.section
            && self.current.is_some()
        {
            let mut cells = self.spare.pop().unwrap_or_default();
            cells.resize(self.dialect.sections[section].keys.len(), String::new());
            self.open.push(Open { section, cells, twice: Vec::new() });
        }
    }

    /// A place of the document is left; `last`: no other of its kind encloses it.
    pub(super) fn leave(&mut self, node: usize, line: impl Fn() -> u32) -> Result<(), Box<Diagnostic>> {
        let place = &self.dialect.tree.nodes[node];
        if place.section.is_some()
            && let Some(Open { section, mut cells, .. }) = self.open.pop()
            && let Some(mut machine) = self.current.take()
        {
            let taken = self.record(&mut machine, section, &cells);
            self.current = Some(machine);
            taken.map_err(|()| self.too_many(section, line()))?;
            cells.iter_mut().for_each(String::clear);
            self.spare.push(cells);
        }
        if place.machine
            && let Some(machine) = self.current.take()
        {
            self.within_bound(machine.line)?;
            let machine = self.finish(machine)?;
            self.done.extend(machine);
        }
        Ok(())
    }

    /// A value stands at a place of the document.
    pub(super) fn value(&mut self, node: usize, value: &str) {
        let Some((section, key)) = self.dialect.tree.nodes[node].cell else { return };
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        let limit = self.options.text_bytes;
        let Some(machine) = &mut self.current else { return };
        let Some(open) = self.open.iter_mut().rev().find(|open| open.section == section) else { return };
        let Some(value) = machine.clean(value, limit) else { return };
        let cell = &mut open.cells[key];
        if open.twice.contains(&key) {
            return;
        }
        if cell.is_empty() {
            cell.push_str(&value);
        } else if **cell != *value {
            cell.clear();
            open.twice.push(key);
            let (code, message, help) = duplicate();
            machine.note(code, message, help);
        }
    }

    /// Notes that a key of the machine being read is given twice.
    pub(super) fn note_duplicate(&mut self) {
        let (code, message, help) = duplicate();
        if let Some(machine) = &mut self.current {
            machine.note(code, message, help);
        }
    }

    /// A record told by its keys; one that no section knows is left out.
    pub(super) fn pairs(&mut self, pairs: &[(&str, Cow<'_, str>)], line: u32) -> Result<(), Box<Diagnostic>> {
        let value = |wanted: &str| pairs.iter().find(|(key, _)| *key == wanted).map(|(_, value)| value.trim());
        let names = pairs.iter().map(|(key, _)| *key);
        let Some(section) = section_of(self.dialect, names) else { return Ok(()) };
        let keys = self.dialect.sections[section].keys.iter();
        let mut cells: Vec<String> =
            keys.map(|path| path.first().and_then(|key| value(key)).unwrap_or_default().to_owned()).collect();
        self.row("", section, &mut cells, line)
    }

    /// A row of a table that its keys tell: of a host, of this document when it names none.
    pub(super) fn row(
        &mut self,
        host: &str,
        section: usize,
        cells: &mut [String],
        line: u32,
    ) -> Result<(), Box<Diagnostic>> {
        let own = &self.dialect.sections[section];
        let named = own.fact(Fact::Host, cells).unwrap_or_default().to_owned();
        let mut machine = self.host(if host.is_empty() { &named } else { host }, line)?;
        for cell in cells.iter_mut() {
            let clean = machine.1.clean(cell, self.options.text_bytes).unwrap_or_default().into_owned();
            if clean != *cell {
                *cell = clean;
            }
        }
        let place = machine.0;
        let taken = self.record(&mut machine.1, section, cells);
        self.hosts.machines[place].1 = machine.1;
        taken.map_err(|()| self.too_many(section, line))
    }

    /// The machine of a host, taken out of its place; rows without a host have a place of their own.
    fn host(&mut self, host: &str, line: u32) -> Result<(usize, Gather), Box<Diagnostic>> {
        let key = host.to_lowercase();
        let place = match self.hosts.places.get(&key) {
            Some(place) => *place,
            None => {
                self.within_bound(line)?;
                self.hosts.machines.push((host.to_owned(), Gather::new(self.dialect, line)));
                self.hosts.places.insert(key, self.hosts.machines.len() - 1);
                self.hosts.machines.len() - 1
            }
        };
        Ok((place, std::mem::take(&mut self.hosts.machines[place].1)))
    }

    /// Machines of one document are bounded.
    fn within_bound(&self, line: u32) -> Result<(), Box<Diagnostic>> {
        let most = self.options.machines;
        match self.done.len() + self.hosts.machines.len() < most {
            true => Ok(()),
            false => Err(text::too_many(self.name, line, most, "--max-machines")),
        }
    }

    /// Forgets a document that turned out to be broken, those before it being kept.
    pub(super) fn abandon(&mut self) {
        (self.current, self.open) = (None, Vec::new());
    }

    /// A document begins inside the file: its rows are those of its own machines.
    pub(super) fn begin(&mut self) -> Hosts {
        std::mem::take(&mut self.hosts)
    }

    /// A document turns out to be broken: nothing of it is kept.
    pub(super) fn take_back(&mut self, outer: Hosts) {
        self.hosts = outer;
    }

    /// A document ends; `outer` is what [`Reading::begin`] gave.
    pub(super) fn close(&mut self, outer: Hosts) -> Result<(), Box<Diagnostic>> {
        let Hosts { machines, .. } = std::mem::replace(&mut self.hosts, outer);
        let (mut named, nameless): (Vec<_>, Vec<_>) = machines.into_iter().partition(|(host, _)| !host.is_empty());
        for (_, machine) in nameless {
            match &mut named[..] {
                // Rows without a host are those of the only machine there is; among several, of none of them.
                [] => named.push((String::new(), machine)),
                [(_, only)] => only.join(machine),
                [(_, first), ..] => first.note(
                    "inventory/rows-without-host",
                    text!(
                        "lignes sans nom de machine dans un document qui en nomme plusieurs : laissées de côté",
                        "rows without the name of a machine in a document that names several: left out"
                    ),
                    Some(text!("donner un document par machine", "give one document a machine")),
                ),
            }
        }
        for (host, mut machine) in named {
            if !host.is_empty() && machine.fact(Fact::Host).is_none() {
                machine.facts.push((Fact::Host, usize::MAX, host));
            }
            let machine = self.finish(machine)?;
            self.done.extend(machine);
        }
        Ok(())
    }

    /// A fact of a machine told beside its rows.
    pub(super) fn tell(&mut self, host: &str, fact: Fact, value: &str, line: u32) -> Result<(), Box<Diagnostic>> {
        let (place, mut machine) = self.host(host, line)?;
        if !value.trim().is_empty() {
            machine.facts.push((fact, usize::MAX, value.trim().to_owned()));
        }
        self.hosts.machines[place].1 = machine;
        Ok(())
    }

    /// Notes something of the machine of a host.
    pub(super) fn note_host(
        &mut self,
        host: &str,
        line: u32,
        said: (&'static str, Text, Option<Text>),
    ) -> Result<(), Box<Diagnostic>> {
        let (place, mut machine) = self.host(host, line)?;
        machine.note(said.0, said.1, said.2);
        self.hosts.machines[place].1 = machine;
        Ok(())
    }

    /// The machines of the document.
    ///
    /// # Errors
    /// When the dialect turns out to be one that cannot be judged.
    pub(super) fn end(mut self) -> Result<Vec<Machine>, Box<Diagnostic>> {
        self.close(Hosts::default())?;
        Ok(self.done)
    }

    fn too_many(&self, section: usize, line: u32) -> Box<Diagnostic> {
        let (most, option) = self.most(self.dialect.sections[section].holds);
        text::too_many(self.name, line, most, option)
    }

    /// How many records there may be, and the option that raises the bound.
    fn most(&self, holds: Holds) -> (usize, &'static str) {
        match holds {
            Holds::Devices => (self.options.machine_devices, "--max-devices"),
            _ => (self.options.machine_software, "--max-software"),
        }
    }

    /// Takes a record; fails when there are too many.
    fn record(&mut self, machine: &mut Gather, number: usize, cells: &[String]) -> Result<(), ()> {
        let section: &Section = &self.dialect.sections[number];
        if cells.iter().all(String::is_empty) {
            return Ok(());
        }
        if let Some((key, pattern)) = &section.when
            && !pattern.is_match(&cells[*key])
        {
            return Ok(());
        }
        let fact = |fact| section.fact(fact, cells);
        if section.holds == Holds::Software
            && let (Some(name), Some(products)) = (fact(Fact::Name), &self.socle.collection.products)
            && products.system.as_ref().is_some_and(|system| system.is_match(name))
        {
            return Ok(());
        }
        machine.sections[number] = true;
        if !section.part && !machine.whole.contains(&section.holds) {
            machine.whole.push(section.holds);
        }
        let (most, _) = self.most(section.holds);
        if machine.count(section.holds) > most {
            return Err(());
        }
        match section.holds {
            Holds::System => {
                for (known, _) in &section.facts {
                    if let Some(value) = fact(*known) {
                        machine.learn(*known, number, value);
                    }
                }
            }
            Holds::Software | Holds::Evidence | Holds::Antivirus => {
                if let Some(name) = fact(Fact::Name)
                    && let Some(products) = &self.socle.collection.products
                    && let Some(row) = self.names.product(name, self.socle, products)
                {
                    let text = |known| fact(known).unwrap_or_default().to_owned();
                    let state = section.off.as_ref().map(|(key, off)| (cells[*key].as_str(), off));
                    machine.products.push(Installed {
                        row,
                        version: text(Fact::Version),
                        publisher: text(Fact::Publisher),
                        active: state.filter(|(state, _)| !state.is_empty()).map(|(state, off)| !off.is_match(state)),
                    });
                }
            }
            Holds::Devices => {
                if let Some(readers) = &self.socle.collection.readers {
                    let device = Device {
                        name: fact(Fact::Name).unwrap_or_default(),
                        manufacturer: fact(Fact::Manufacturer).unwrap_or_default(),
                        vendor: fact(Fact::VendorId).unwrap_or_default(),
                        product: fact(Fact::ProductId).unwrap_or_default(),
                        id: fact(Fact::DeviceId).unwrap_or_default(),
                        class: fact(Fact::Class).unwrap_or_default(),
                    };
                    machine.seen.take(device.reader(self.socle, readers));
                }
            }
            Holds::Equipment => {
                let text = fact(Fact::Kind).unwrap_or_default();
                let kind =
                    self.dialect.kinds.iter().find(|sign| sign.fact == Fact::Kind && !sign.unless && sign.is_in(text));
                machine.equipment.push(kind.map_or(MachineKind::Network, |sign| sign.kind));
            }
        }
        Ok(())
    }

    /// What is made of a machine; several where a document tells of other equipment.
    fn finish(&self, mut gather: Gather) -> Result<Vec<Machine>, Box<Diagnostic>> {
        let collection = &self.socle.collection;
        let dialect = self.dialect;
        for doubt in dialect.doubts.iter().chain(&collection.doubts) {
            if doubt.signs.iter().all(|(fact, pattern)| gather.fact(*fact).is_some_and(|text| pattern.is_match(text))) {
                gather.facts.retain(|(fact, ..)| !doubt.forget.contains(fact));
                gather.note("inventory/doubtful-fact", doubt.why.clone(), None);
            }
        }
        let said = |sign: &&KindSign| gather.fact(sign.fact).is_some_and(|text| sign.is_in(text));
        let kind = dialect.kinds.iter().chain(&collection.kinds).find(said).map(|sign| sign.kind);
        let kind = gather.equipment.first().copied().or(kind).unwrap_or(MachineKind::Workstation);
        let agent = gather.fact(Fact::Agent).map(str::to_owned);
        let names = |variant: &&Variant| {
            variant.agent.as_ref().is_some_and(|own| agent.as_ref().is_some_and(|agent| own.is_match(agent)))
        };
        let is_told = |variant: &&Variant| {
            let there = |section: &usize| gather.sections[*section];
            let told = !variant.has.is_empty() || !variant.facts.is_empty();
            let facts = variant.facts.iter().all(|fact| gather.fact(*fact).is_some());
            told && facts && variant.has.iter().all(there) && !variant.lacks.iter().any(there)
        };
        // What an agent calls itself is surer than what is there.
        let named = dialect.variants.iter().find(names);
        let variant = named.or_else(|| dialect.variants.iter().find(is_told));
        let (id, label) = variant.map_or((&dialect.id, &dialect.label), |variant| (&variant.id, &variant.label));
        if let Some(why) = variant.and_then(|variant| variant.refusal.as_ref()) {
            return Err(text::refused(self.name, why));
        }
        let sure = named.is_some();
        let partial = gather.fact(Fact::Partial).is_some_and(|text| matches!(text, "1" | "true" | "yes"));
        let mut could: Vec<Holds> = dialect.sections.iter().map(|section| section.holds).collect();
        could.sort_unstable();
        could.dedup();
        could.retain(|holds| !matches!(holds, Holds::Equipment | Holds::Evidence));
        could.retain(|holds| !gather.counts.iter().any(|(known, _)| known == holds));
        gather.counts.sort_unstable();
        let cells = if kind.is_judged() { gather.cells(self.socle, collection, partial) } else { Vec::new() };
        let machine = Machine {
            kind,
            dialect: id.clone(),
            label: label.clone(),
            sure,
            agent,
            cells,
            collected: gather.counts,
            not_collected: could,
            partial,
            encoding: self.encoding,
            line: gather.line,
            findings: gather.findings,
        };
        let others = gather.equipment.iter().skip(1).map(|kind| Machine {
            kind: *kind,
            collected: Vec::new(),
            findings: Vec::new(),
            ..machine.clone()
        });
        let others: Vec<Machine> = others.collect();
        Ok(std::iter::once(machine).chain(others).collect())
    }
}

impl Section {
    /// What a record says of a fact.
    fn fact<'c>(&self, fact: Fact, cells: &'c [String]) -> Option<&'c str> {
        let (_, keys) = self.facts.iter().find(|(known, _)| *known == fact)?;
        keys.iter().map(|key| cells[*key].as_str()).find(|text| !text.is_empty())
    }
}

impl Gather {
    fn new(dialect: &Dialect, line: u32) -> Gather {
        Gather { line, sections: vec![false; dialect.sections.len()], ..Gather::default() }
    }

    /// What is said of a fact by the section that comes first in the dialect.
    pub(super) fn fact(&self, fact: Fact) -> Option<&str> {
        let known = self.facts.iter().filter(|(known, ..)| *known == fact);
        let (_, section, text) = known.min_by_key(|(_, section, _)| *section)?;
        let doubted = text.is_empty() || (fact.tells_release() && self.conflicts.contains(section));
        (!doubted).then_some(text)
    }

    /// Takes what a record of a section says of a fact: unknown when another of that section says something else.
    fn learn(&mut self, fact: Fact, section: usize, value: &str) {
        match self.facts.iter_mut().find(|(known, from, _)| *known == fact && *from == section) {
            None => self.facts.push((fact, section, value.to_owned())),
            Some((.., told)) if told.is_empty() || told.eq_ignore_ascii_case(value) => {}
            Some((.., told)) => {
                match fact.tells_release() {
                    true if self.conflicts.contains(&section) => {}
                    true => self.conflicts.push(section),
                    false => told.clear(),
                }
                // Once a machine, however much differs.
                if self.findings.iter().any(|finding| finding.code == CONFLICT) {
                    return;
                }
                self.note(
                    CONFLICT,
                    text!(
                        "machines dites deux fois, de deux façons (système, étiquette, date…) : ce qui diffère est inconnu",
                        "machines told twice, in two ways (system, tag, date…): what differs is unknown"
                    ),
                    Some(text!("refaire l'inventaire de ces machines", "make the inventory of these machines again")),
                );
            }
        }
    }

    /// Takes what other rows say of the same machine.
    fn join(&mut self, other: Gather) {
        for (fact, section, text) in other.facts {
            self.learn(fact, section, &text);
        }
        self.conflicts.extend(other.conflicts);
        for (holds, count) in other.counts {
            match self.counts.iter_mut().find(|(known, _)| *known == holds) {
                Some((_, known)) => *known += count,
                None => self.counts.push((holds, count)),
            }
        }
        self.sections.iter_mut().zip(other.sections).for_each(|(mine, theirs)| *mine |= theirs);
        self.whole.extend(other.whole);
        self.products.extend(other.products);
        self.seen.join(other.seen);
        self.equipment.extend(other.equipment);
        for finding in other.findings {
            match self.findings.iter_mut().find(|known| known.code == finding.code && known.message == finding.message)
            {
                Some(known) => known.count += finding.count,
                None => self.findings.push(finding),
            }
        }
        self.line = self.line.min(other.line);
    }

    /// Counts a record, and tells how many there are.
    fn count(&mut self, holds: Holds) -> usize {
        match self.counts.iter_mut().find(|(known, _)| *known == holds) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                self.counts.push((holds, 1));
                1
            }
        }
    }

    /// Notes one more of something.
    pub(super) fn note(&mut self, code: &'static str, message: Text, help: Option<Text>) {
        if let Some(known) = self.findings.iter_mut().find(|known| known.code == code && known.message == message) {
            known.count += 1;
            return;
        }
        self.findings.push(Finding {
            code,
            message,
            help,
            count: 1,
            row: None,
            line: u64::from(self.line),
            column: None,
            document: None,
        });
    }

    /// A text without control characters, told; `None` when it is too long.
    fn clean<'t>(&mut self, value: &'t str, limit: usize) -> Option<Cow<'t, str>> {
        if value.len() > limit {
            let (message, help) = too_long();
            self.note("inventory/long-text", message, Some(help));
            return None;
        }
        let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if value.is_ascii() && !value.contains(control) {
            return Some(value.into());
        }
        if let Some(repaired) = fold::mended(value) {
            self.note(
                "inventory/double-encoding",
                text!(
                    "textes encodés deux fois (« Ã© » pour « é ») : réparés",
                    "texts encoded twice (“Ã©” for “é”): repaired"
                ),
                None,
            );
            return self.clean(&repaired, limit).map(|text| text.into_owned().into());
        }
        if value.contains('\u{fffd}') {
            self.note(
                "inventory/lost-character",
                text!(
                    "textes où un caractère est déjà perdu (« \u{fffd} ») : gardés tels quels",
                    "texts in which a character is lost already (“\u{fffd}”): kept as they are"
                ),
                Some(text!("refaire l'export en UTF-8", "export again in UTF-8")),
            );
        }
        if !value.contains(control) {
            return Some(value.into());
        }
        self.note(
            "inventory/control-character",
            text!(
                "textes contenant des caractères de contrôle, montrés par « \u{fffd} »",
                "texts with control characters, shown as “\u{fffd}”"
            ),
            None,
        );
        Some(value.trim_end_matches('\0').replace(control, "\u{fffd}").into())
    }
}
