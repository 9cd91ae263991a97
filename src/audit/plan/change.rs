//! What could be changed of a record: candidates, all from data. Values come from the rows of tables, from the constants
//! that the rules compare with, and from the catalogue; which fields can be changed at all, from the actions of the socle.

use super::solve::Case;
use crate::diag::Text;
use crate::pack::condition::{self, Env, Expr, Kind};
use crate::socle::{Action, FieldId, SERVICE, Socle, Subject};
use crate::text;
use crate::value::{Date, Datum, Missing, RecordId, Truth, Type, Value, Version};
use std::collections::{BTreeSet, HashSet};

/// Choices of items of a list that are tried: which of them change. Items that are equal are chosen by their number.
const MAX_CHOICES: usize = 512;

/// Values that one edit may have: a table of models may be long.
const MAX_VALUES: usize = 512;

/// What a change is an instance of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Campaigned {
    /// Number of the action in [`Socle::actions`].
    pub action: usize,
    /// The thing is taken away.
    pub removal: bool,
    /// Another product is taken: the catalogue tells that no version of this one would do.
    pub replacement: bool,
    /// The product that is upgraded, when the catalogue knows its versions.
    pub product: Option<String>,
}

/// A change of a record.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) of: Campaigned,
    /// What it was, and what it becomes; both empty when the label of the action says it all.
    pub(super) from: Text,
    pub(super) to: Text,
    pub(super) sets: Vec<(FieldId, Datum)>,
    /// The same with the highest value there is: when it does as well, the value is a minimum.
    pub(super) raised: Option<Vec<(FieldId, Datum)>>,
    /// Changes that it counts for.
    pub(super) count: u32,
    pub(super) cost: u32,
}

impl Edit {
    /// The same by another product, when that is a way.
    pub(super) fn elsewhere(mut self, socle: &Socle) -> Option<Edit> {
        self.of.replacement = true;
        socle.actions.get(self.of.action)?.replace.is_some().then_some(self)
    }
}

/// A field that some action changes, with what the rules ask of it.
pub(super) struct Editable<'p> {
    field: FieldId,
    /// Conditions that read this field alone.
    leaves: Vec<&'p Expr>,
    /// No condition compares it with another field: values on which the leaves answer the same are the same.
    apart: bool,
    /// Constants that the rules compare with.
    pool: Vec<Value>,
    /// Members of records that the rules read.
    members: BTreeSet<usize>,
}

impl<'p> Editable<'p> {
    pub(super) fn new(field: FieldId, conditions: &[&'p Expr], env: &Env<'_>) -> Editable<'p> {
        let mut editable =
            Editable { field, leaves: Vec::new(), apart: true, pool: Vec::new(), members: BTreeSet::new() };
        for expr in conditions.iter().filter(|expr| condition::fields(expr).contains(&field)) {
            editable.cut(expr);
            editable.constants(expr, env);
            expr.visit(&mut |part| {
                if let Kind::Member(_, member) = part.kind {
                    editable.members.insert(member);
                }
            });
        }
        editable
    }

    fn cut(&mut self, expr: &'p Expr) {
        let fields = condition::fields(expr);
        if !fields.contains(&self.field) {
            return;
        }
        match &expr.kind {
            Kind::Not(a) => self.cut(a),
            Kind::And(a, b) | Kind::Or(a, b) => [a, b].into_iter().for_each(|part| self.cut(part)),
            Kind::If(a, b, c) if expr.ty == Type::Bool => [a, b, c].into_iter().for_each(|part| self.cut(part)),
            _ if fields.len() == 1 => self.leaves.push(expr),
            _ => self.apart = false,
        }
    }

    fn constants(&mut self, expr: &Expr, env: &Env<'_>) {
        let constant = |expr: &Expr| {
            !expr.any(&mut |part| matches!(part.kind, Kind::Field(_) | Kind::Previous(_) | Kind::Local(_)))
        };
        let mut found = Vec::new();
        expr.visit(&mut |part| match &part.kind {
            Kind::Binary(op, a, b) if op.is_comparison() => {
                found.extend([a, b].into_iter().filter(|side| constant(side)).map(|side| condition::eval(side, env)));
            }
            Kind::In(_, list) if constant(list) => found.push(condition::eval(list, env)),
            _ => {}
        });
        for datum in found {
            match datum {
                Datum::Known(Value::List(items)) => items.iter().for_each(|item| self.add(item.known())),
                other => self.add(other.known()),
            }
        }
    }

    fn add(&mut self, value: Option<&Value>) {
        if let Some(value) = value
            && !self.pool.contains(value)
        {
            self.pool.push(value.clone());
        }
    }

    /// The field.
    pub(super) fn field(&self) -> FieldId {
        self.field
    }

    /// The changes of the field that may be worth something, those of the least cost first.
    pub(super) fn edits(&self, socle: &Socle, record: &mut [Datum], [today, later]: [Date; 2]) -> Vec<Edit> {
        let now = record[usize::from(self.field.0)].clone();
        let maker = Maker { editable: self, socle, today };
        let mut edits: Vec<Edit> =
            socle.actions_on(self.field).flat_map(|(n, action)| maker.of(n, action, &now)).collect();
        edits.sort_by_key(|edit| (edit.count, edit.cost));
        if !self.apart {
            edits.truncate(MAX_VALUES);
            return edits;
        }
        // Values on which every condition answers the same, today and later, are one: the first.
        let truths_of = |record: &[Datum]| [today, later].map(|day| self.truths(socle, record, day));
        let mut seen = HashSet::from([truths_of(record)]);
        edits.retain(|edit| {
            let Some((_, datum)) = edit.sets.first() else { return false };
            record[usize::from(self.field.0)] = datum.clone();
            seen.insert(truths_of(record))
        });
        record[usize::from(self.field.0)] = now;
        edits
    }

    fn truths(&self, socle: &Socle, record: &[Datum], today: Date) -> Vec<Truth> {
        let env = Env { tables: &socle.tables, parameters: &socle.parameters, fields: record, previous: &[], today };
        self.leaves.iter().map(|leaf| condition::truth(leaf, &env)).collect()
    }
}

/// The upgrades of a record's product, as edits. `version` is the field that they change.
pub(super) fn upgrades(case: &Case<'_>, subject: &Subject, version: FieldId) -> Vec<Edit> {
    let socle = case.socle;
    let Some((number, action)) = socle.actions_on(version).find(|(_, action)| action.member.is_none()) else {
        return Vec::new();
    };
    let edit = |upgrade: crate::socle::Upgrade| {
        let to = upgrade.version.to_string();
        let has: Vec<Text> = upgrade
            .fields
            .iter()
            .filter(|(_, datum)| !matches!(datum, Datum::Unknown(_)))
            .map(|(field, datum)| {
                let (name, value) = (socle.path_label(*field, ""), label(socle, datum));
                Text::new(format!("{} {}", name.fr, value.fr), format!("{} {}", name.en, value.en))
            })
            .collect();
        let has = joined(&has);
        let version_now = Datum::Known(Value::Version(upgrade.version));
        Edit {
            of: Campaigned { action: number, removal: false, replacement: false, product: Some(upgrade.product) },
            from: label(socle, subject.version()),
            to: Text::new(format!("{to} ({})", has.fr), format!("{to} ({})", has.en)),
            sets: std::iter::once((version, version_now)).chain(upgrade.fields).collect(),
            raised: None,
            count: 1,
            cost: action.cost,
        }
    };
    socle.upgrades(subject, case.derived, case.today).into_iter().map(edit).collect()
}

fn joined(texts: &[Text]) -> Text {
    let one = |of: fn(&Text) -> &str| texts.iter().map(of).collect::<Vec<_>>().join(", ");
    Text::new(one(|text| &text.fr), one(|text| &text.en))
}

/// A datum for people; a service is its version, or whether it is there; of several candidates, what they share.
pub(super) fn label(socle: &Socle, datum: &Datum) -> Text {
    match datum {
        Datum::OneOf(_) => {
            let whole = socle.tables.datum_label(datum);
            let shared = |text: &str| text.split(" (").next().unwrap_or(text).to_owned();
            Text::new(shared(&whole.fr), shared(&whole.en))
        }
        Datum::Known(Value::Record(members)) => match &members[..] {
            [Datum::Known(Value::Bool(true)), Datum::Known(version @ Value::Version(_))] => {
                socle.tables.value_label(version)
            }
            [present @ Datum::Known(Value::Bool(_)), _] => socle.tables.datum_label(present),
            _ => socle.tables.datum_label(datum),
        },
        _ => socle.tables.datum_label(datum),
    }
}

/// Makes the edits of a field.
struct Maker<'m, 'p> {
    editable: &'m Editable<'p>,
    socle: &'m Socle,
    today: Date,
}

/// A value that may be set, and whether there is a higher one that stands for every other.
struct Choice {
    datum: Datum,
    raised: Option<Datum>,
}

impl Maker<'_, '_> {
    fn of(&self, number: usize, action: &Action, now: &Datum) -> Vec<Edit> {
        let field = self.editable.field;
        let ty = &self.socle.fields[usize::from(field.0)].ty;
        match (ty, now) {
            // What is not known is to be found out first.
            (_, Datum::Unknown(_)) => Vec::new(),
            (Type::List(item), Datum::Known(Value::List(items))) => self.list(number, action, item, items),
            (Type::Record(record), Datum::Known(Value::Record(members))) if *record != SERVICE => {
                let settings = self.settings(*record, action, Some(members));
                let edit = |set: Vec<(usize, Choice)>| {
                    let mut changed = members.to_vec();
                    set.iter().for_each(|(member, choice)| changed[*member] = choice.datum.clone());
                    let from: Vec<Text> = set.iter().map(|(member, _)| label(self.socle, &members[*member])).collect();
                    let to: Vec<Text> = set.iter().map(|(_, choice)| label(self.socle, &choice.datum)).collect();
                    self.edit(number, action, (joined(&from), joined(&to)), Value::Record(changed.into()), None, 1)
                };
                settings.into_iter().filter(|set| !set.is_empty()).map(edit).collect()
            }
            (Type::List(_) | Type::Record(_), _) if !matches!(ty, Type::Record(SERVICE)) => Vec::new(),
            _ => self.plain(number, action, ty, now),
        }
    }

    fn plain(&self, number: usize, action: &Action, ty: &Type, now: &Datum) -> Vec<Edit> {
        let field = self.editable.field;
        let choices = self.values(ty, Some(now), action).into_iter().filter(|choice| choice.datum != *now);
        let edit = |choice: Choice| {
            let removal = absent(&choice.datum);
            // A thing that is there or not: the action says what is done.
            let yes_or_no = |datum: &Datum| match datum {
                Datum::Known(Value::Bool(_)) => true,
                Datum::Known(Value::Record(members)) => matches!(members[1], Datum::Unknown(_)),
                _ => false,
            };
            let said = removal || yes_or_no(&choice.datum);
            let (from, to) = (label(self.socle, now), label(self.socle, &choice.datum));
            Edit {
                of: Campaigned { action: number, removal, replacement: false, product: None },
                from: if said && !removal { Text::default() } else { from },
                to: if said { Text::default() } else { to },
                raised: choice.raised.map(|raised| vec![(field, raised)]),
                sets: vec![(field, choice.datum)],
                count: 1,
                cost: action.cost,
            }
        };
        choices.map(edit).collect()
    }

    fn list(&self, number: usize, action: &Action, item: &Type, items: &[Datum]) -> Vec<Edit> {
        match item {
            Type::Record(record) => self.records(number, action, *record, items),
            Type::Row(_) => {
                let add = self.values(item, None, action).into_iter().filter(|choice| !items.contains(&choice.datum));
                let add = add.map(|choice| {
                    let to = label(self.socle, &choice.datum);
                    let more = items.iter().cloned().chain([choice.datum]).collect::<Vec<_>>();
                    self.edit(number, action, (Text::default(), to), Value::List(more.into()), None, 1)
                });
                let one_less = (0..if action.remove.is_some() { items.len() } else { 0 }).map(|place| {
                    let from = label(self.socle, &items[place]);
                    let mut less = items.to_vec();
                    less.remove(place);
                    let mut edit =
                        self.edit(number, action, (from, Text::default()), Value::List(less.into()), None, 1);
                    edit.of.removal = true;
                    edit
                });
                add.chain(one_less).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Items replaced, or changed in place; an item more where there is none.
    fn records(&self, number: usize, action: &Action, record: RecordId, items: &[Datum]) -> Vec<Edit> {
        let mut edits = Vec::new();
        let in_place = action.member.is_some();
        if items.is_empty() {
            if !in_place {
                for set in self.settings(record, action, None) {
                    let to: Vec<Text> = set.iter().map(|(_, choice)| label(self.socle, &choice.datum)).collect();
                    let raised = match &set[..] {
                        [(member, Choice { raised: Some(raised), .. })] => {
                            let highest = [(*member, Choice { datum: raised.clone(), raised: None })];
                            Some(Value::List([self.fresh(record, &highest)].into()))
                        }
                        _ => None,
                    };
                    let list = Value::List([self.fresh(record, &set)].into());
                    edits.push(self.edit(number, action, (text!("aucun", "none"), joined(&to)), list, raised, 1));
                }
            }
            return edits;
        }
        for chosen in self.choices(items) {
            for set in self.settings(record, action, None).into_iter().filter(|set| !set.is_empty()) {
                let list_with = |set: &[(usize, Datum)]| {
                    let mut list = items.to_vec();
                    for place in &chosen {
                        let kept = match (&items[*place], in_place) {
                            (Datum::Known(Value::Record(members)), true) => members.to_vec(),
                            _ => vec![
                                Datum::Unknown(Missing::NotCollected);
                                self.socle.tables.record(record).members.len()
                            ],
                        };
                        let mut members = kept;
                        set.iter().for_each(|(member, datum)| members[*member] = datum.clone());
                        list[*place] = Datum::Known(Value::Record(members.into()));
                    }
                    Value::List(list.into())
                };
                let plain: Vec<(usize, Datum)> = set.iter().map(|(m, choice)| (*m, choice.datum.clone())).collect();
                let mut seen: Vec<(Text, usize)> = Vec::new();
                for place in &chosen {
                    if let Datum::Known(Value::Record(members)) = &items[*place] {
                        let members: Vec<Text> =
                            plain.iter().map(|(member, _)| label(self.socle, &members[*member])).collect();
                        let item = joined(&members);
                        match seen.iter_mut().find(|(known, _)| *known == item) {
                            Some((_, times)) => *times += 1,
                            None => seen.push((item, 1)),
                        }
                    }
                }
                let counted = |(item, times): &(Text, usize)| match times {
                    1 => item.clone(),
                    n => Text::new(format!("{n} × {}", item.fr), format!("{n} × {}", item.en)),
                };
                let from: Vec<Text> = seen.iter().map(counted).collect();
                let to: Vec<Text> = plain.iter().map(|(_, datum)| label(self.socle, datum)).collect();
                let raised = match &set[..] {
                    [(member, Choice { raised: Some(raised), .. })] => Some(list_with(&[(*member, raised.clone())])),
                    _ => None,
                };
                let count = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
                edits.push(self.edit(number, action, (joined(&from), joined(&to)), list_with(&plain), raised, count));
            }
        }
        edits
    }

    /// Which items of a list may be changed, the fewest first. When there are too many choices, those that are at fault
    /// line by line, and together, are among them.
    fn choices(&self, items: &[Datum]) -> Vec<Vec<usize>> {
        let (mut all, complete) = subsets(items);
        if complete {
            return all;
        }
        let field = self.editable.field;
        let mut record = vec![Datum::Unknown(Missing::NotCollected); self.socle.fields.len()];
        let mut at_fault: BTreeSet<usize> = BTreeSet::new();
        for leaf in &self.editable.leaves {
            let mut of_line = Vec::new();
            for (place, item) in items.iter().enumerate() {
                record[usize::from(field.0)] = Datum::Known(Value::List([item.clone()].into()));
                let (tables, parameters) = (&self.socle.tables, &self.socle.parameters);
                let env = Env { tables, parameters, fields: &record, previous: &[], today: self.today };
                if condition::truth(leaf, &env) != Truth::True {
                    of_line.push(place);
                }
            }
            at_fault.extend(&of_line);
            all.push(of_line);
        }
        all.push(at_fault.into_iter().collect());
        all.push((0..items.len()).collect());
        all.retain(|chosen| !chosen.is_empty());
        all.sort_by_key(Vec::len);
        all.dedup();
        all
    }

    fn fresh(&self, record: RecordId, set: &[(usize, Choice)]) -> Datum {
        let mut members = vec![Datum::Unknown(Missing::NotCollected); self.socle.tables.record(record).members.len()];
        set.iter().for_each(|(member, choice)| members[*member] = choice.datum.clone());
        Datum::Known(Value::Record(members.into()))
    }

    /// Values for some of the members that the rules read: each alone, then together.
    fn settings(&self, record: RecordId, action: &Action, now: Option<&[Datum]>) -> Vec<Vec<(usize, Choice)>> {
        let members = &self.socle.tables.record(record).members;
        let asked = self.editable.members.iter().copied().filter(|m| action.member.is_none_or(|only| only == *m));
        let mut all: Vec<Vec<(usize, Datum, Option<Datum>)>> = vec![Vec::new()];
        for member in asked.filter(|member| *member < members.len()) {
            let known = now.and_then(|now| now.get(member));
            let choices = self.values(&members[member].ty, known, action);
            let mut more = all.clone();
            for set in &all {
                for choice in &choices {
                    if known != Some(&choice.datum) && more.len() < MAX_VALUES {
                        let mut set = set.clone();
                        set.push((member, choice.datum.clone(), choice.raised.clone()));
                        more.push(set);
                    }
                }
            }
            all = more;
        }
        all.sort_by_key(Vec::len);
        let choice = |(member, datum, raised)| (member, Choice { datum, raised });
        all.into_iter().map(|set| set.into_iter().map(choice).collect()).collect()
    }

    fn edit(
        &self,
        number: usize,
        action: &Action,
        (from, to): (Text, Text),
        value: Value,
        raised: Option<Value>,
        count: u32,
    ) -> Edit {
        let field = self.editable.field;
        Edit {
            of: Campaigned { action: number, removal: false, replacement: false, product: None },
            from,
            to,
            sets: vec![(field, Datum::Known(value))],
            raised: raised.map(|value| vec![(field, Datum::Known(value))]),
            count,
            cost: action.cost.saturating_mul(count),
        }
    }

    /// Values of a type, the ones to propose first first.
    fn values(&self, ty: &Type, now: Option<&Datum>, action: &Action) -> Vec<Choice> {
        let plain = |value: Value| Choice { datum: Datum::Known(value), raised: None };
        let pool = || self.editable.pool.iter();
        match ty {
            Type::Bool => vec![plain(Value::Bool(true)), plain(Value::Bool(false))],
            Type::Row(table) => self.rows(*table, now, action),
            Type::Version => self.versions(now, action),
            Type::Record(SERVICE) => {
                let service =
                    |version: Datum| Datum::Known(Value::Record([Datum::Known(Value::Bool(true)), version].into()));
                let with = |choice: Choice| Choice { datum: service(choice.datum), raised: choice.raised.map(service) };
                let there = plain_service(service(Datum::Unknown(Missing::NotCollected)));
                let versions = self.versions(None, action).into_iter().filter(|choice| !absent(&choice.datum));
                std::iter::once(there).chain(versions.map(with)).collect()
            }
            Type::Date => {
                let dates = pool().filter(|value| matches!(value, Value::Date(_))).cloned();
                dates.chain([Value::Date(self.today)]).map(plain).collect()
            }
            Type::Int | Type::Double | Type::String => {
                let same = |value: &&Value| {
                    matches!(
                        (value, ty),
                        (Value::Int(_), Type::Int)
                            | (Value::Double(_), Type::Double)
                            | (Value::String(_), Type::String)
                    )
                };
                pool().filter(same).cloned().map(plain).collect()
            }
            Type::Identifier | Type::Record(_) | Type::List(_) => Vec::new(),
        }
    }

    /// The thresholds and what is just above them, those that are no step back first, then none at all.
    fn versions(&self, now: Option<&Datum>, action: &Action) -> Vec<Choice> {
        let mut versions: Vec<Version> = Vec::new();
        for value in &self.editable.pool {
            if let Value::Version(version) = value {
                versions.extend([Some(version.clone()), version.next()].into_iter().flatten());
            }
        }
        versions.retain(|version| !version.is_absent());
        versions.sort();
        versions.dedup();
        let now = match now {
            Some(Datum::Known(Value::Version(version))) => Some(version),
            _ => None,
        };
        let (back, on): (Vec<_>, Vec<_>) =
            versions.into_iter().partition(|version| now.is_some_and(|now| version < now));
        let highest = Version::parse("99999999").map(Value::Version);
        let choice = |version: Version| Choice {
            datum: Datum::Known(Value::Version(version)),
            raised: highest.clone().map(Datum::Known),
        };
        let gone = action.remove.is_some().then_some(Version::ABSENT);
        let gone = gone.map(|version| Choice { datum: Datum::Known(Value::Version(version)), raised: None });
        on.into_iter().chain(back.into_iter().rev()).map(choice).chain(gone).collect()
    }

    /// The rows of a table, each with what must be kept of the row there is. A value that may be one of several
    /// rows becomes one of as many.
    fn rows(&self, table: crate::value::TableId, now: Option<&Datum>, action: &Action) -> Vec<Choice> {
        use crate::value::RowRef;
        let body = self.socle.tables.table(table);
        let row_of = |value: &Value| match value {
            Value::Row(row) if row.table == table => Some(row.row as usize),
            _ => None,
        };
        let here: Vec<usize> = now.map(Datum::candidates).unwrap_or_default().iter().filter_map(row_of).collect();
        // What the old row does not say of itself binds nothing.
        let kept = |new: usize, old: usize| {
            action.keep.iter().all(|column| match &body.rows[old].cells[*column] {
                Datum::Unknown(_) => true,
                known => *known == body.rows[new].cells[*column],
            })
        };
        // What names a row beside what is kept: its other texts and versions.
        let alike = |one: usize, two: usize| {
            body.columns.iter().enumerate().all(|(place, column)| {
                action.keep.contains(&place)
                    || !matches!(column.ty, Type::String | Type::Version)
                    || body.rows[one].cells[place] == body.rows[two].cells[place]
            })
        };
        let value = |row: usize| Value::Row(RowRef { table, row: u32::try_from(row).unwrap_or(u32::MAX) });
        let last = (body.ordered && !body.rows.is_empty()).then(|| Datum::Known(value(body.rows.len() - 1)));
        let mut choices = Vec::new();
        for row in 0..body.rows.len() {
            let datum = if here.is_empty() || action.keep.is_empty() {
                Datum::Known(value(row))
            } else {
                // For each row that it may be, those that keep what it says.
                let twins = |old: &usize| {
                    let fits = |new: &usize| kept(*new, *old) && alike(*new, row);
                    let found: Vec<usize> = (0..body.rows.len()).filter(fits).collect();
                    (!found.is_empty()).then_some(found)
                };
                let Some(found) = here.iter().map(twins).collect::<Option<Vec<_>>>() else { continue };
                let mut found: Vec<usize> = found.into_iter().flatten().collect();
                found.sort_unstable();
                Datum::one_of(found.into_iter().map(value).collect())
            };
            choices.push(Choice { datum, raised: last.clone() });
        }
        choices
    }
}

fn plain_service(datum: Datum) -> Choice {
    Choice { datum, raised: None }
}

fn absent(datum: &Datum) -> bool {
    matches!(datum, Datum::Known(Value::Version(version)) if version.is_absent())
}

/// Which items of a list may be changed, the fewest first, and whether these are all the choices. No condition tells items
/// by their place: of equal ones, only how many counts.
fn subsets(items: &[Datum]) -> (Vec<Vec<usize>>, bool) {
    let mut alike: Vec<Vec<usize>> = Vec::new();
    for (place, item) in items.iter().enumerate() {
        match alike.iter_mut().find(|places| items[places[0]] == *item) {
            Some(places) => places.push(place),
            None => alike.push(vec![place]),
        }
    }
    let mut all: Vec<Vec<usize>> = Vec::new();
    // By number of items: those chosen, and the first kind that more may be taken of.
    let mut level: Vec<(Vec<usize>, usize)> = vec![(Vec::new(), 0)];
    while !level.is_empty() && all.len() < MAX_CHOICES {
        let mut next = Vec::new();
        for (chosen, from) in &level {
            for (kind, places) in alike.iter().enumerate().skip(*from) {
                let taken = chosen.iter().filter(|place| places.contains(place)).count();
                if let Some(place) = places.get(taken) {
                    let mut more = chosen.clone();
                    more.push(*place);
                    next.push((more, kind));
                }
            }
        }
        all.extend(next.iter().map(|(chosen, _)| chosen.clone()));
        level = next;
    }
    all.iter_mut().for_each(|chosen| chosen.sort_unstable());
    (all, level.is_empty())
}
