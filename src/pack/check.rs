//! What a rule must have beyond sound syntax: examples of each kind, conditions that can go either way.

use super::condition::{self, Env, Expr, Kind};
use super::load::Context;
use super::rule::{Condition, Rule};
use crate::diag::{Diagnostic, Document, Span};
use crate::socle::FieldId;
use crate::text;
use crate::value::{Date, Datum, Missing, RowRef, Truth, Type, Value, Verdict};

/// Combinations of values that are tried at most.
const COMBINATIONS: usize = 10_000;

/// Steps of evaluation (weight of the condition × combinations × dates) past which nothing is concluded:
/// a hostile pack gets no answer rather than the time of the reader.
const STEPS: usize = 1_000_000;

/// Checks a rule; the faults go to its document.
pub(super) fn rule(doc: &mut Document, context: &Context<'_>, rule: &Rule, head: &Span) {
    examples(doc, rule, head);
    in_force(doc, context, rule, head);
    for (index, condition) in rule.conditions().enumerate() {
        let scope = rule.scope.is_some() && index == 0;
        settled(doc, context, rule, condition, scope);
    }
    for require in &rule.requires {
        lone_all(doc, rule, &require.that);
    }
}

fn examples(doc: &mut Document, rule: &Rule, head: &Span) {
    let scoped = rule.scope.is_some();
    let missing: Vec<&str> = super::VERDICTS
        .iter()
        .filter(|(_, verdict)| scoped || *verdict != Verdict::NotApplicable)
        .filter(|(_, verdict)| rule.examples.iter().all(|example| example.expect != *verdict))
        .map(|(word, _)| *word)
        .collect();
    if missing.is_empty() {
        return;
    }
    let (id, list) = (&rule.id, missing.join("`, `"));
    let fault = Diagnostic::error(
        "pack/missing-example",
        text!("la règle `{id}` n'a pas d'exemple `{list}`", "rule `{id}` has no example `{list}`"),
    )
    .help(text!(
        "ajoutez `[[example]]` avec `as_of`, `given` et `expect = \"{}\"`",
        "add `[[example]]` with `as_of`, `given` and `expect = \"{}\"`",
        missing[0]
    ));
    doc.fault(fault, head.clone(), text!("il manque `{list}`", "missing: `{list}`"));
}

fn in_force(doc: &mut Document, context: &Context<'_>, rule: &Rule, head: &Span) {
    let (since, until) = context.validity;
    let late = matches!((rule.since, until), (Some(rule), Some(pack)) if rule > pack);
    let early = matches!((rule.until, since), (Some(rule), Some(pack)) if rule < pack);
    if late || early {
        let id = &rule.id;
        let fault = Diagnostic::error(
            "pack/never-in-force",
            text!(
                "la règle `{id}` n'est en vigueur aucun jour de la validité du pack",
                "rule `{id}` is in force on no day of the pack's validity"
            ),
        )
        .help(text!(
            "comparez `since` et `until` à ceux de `pack.toml`",
            "compare `since` and `until` with those of `pack.toml`"
        ));
        doc.fault(fault, head.clone(), text!("jamais en vigueur", "never in force"));
    }
}

/// A condition that always, or never, holds decides nothing.
fn settled(doc: &mut Document, context: &Context<'_>, rule: &Rule, condition: &Condition, scope: bool) {
    let from = rule.since.max(context.validity.0).or_else(|| Date::new(2000, 1, 1));
    let until = [rule.until, context.validity.1].into_iter().flatten().min().or_else(|| Date::new(2100, 1, 1));
    let (Some(from), Some(until)) = (from, until) else { return };
    let Some((always, read)) = constancy(&condition.expr, context, from, until) else { return };
    let (fr, en) = if scope { ("cette portée", "this scope") } else { ("cette exigence", "this requirement") };
    let names: Vec<&str> = read.iter().map(|id| context.socle.fields[usize::from(id.0)].id.as_str()).collect();
    let list = names.join("`, `");
    let fault = match (names.is_empty(), always) {
        (true, true) => Diagnostic::error("pack/constant", text!("{fr} est toujours vraie", "{en} is always true")),
        (true, false) => Diagnostic::error("pack/constant", text!("{fr} est toujours fausse", "{en} is always false")),
        (false, true) => Diagnostic::error(
            "pack/always-holds",
            text!("{fr} est vraie quel que soit `{list}`", "{en} holds whatever `{list}`"),
        ),
        (false, false) => Diagnostic::error(
            "pack/never-holds",
            text!("{fr} n'est vraie pour aucun `{list}`", "{en} holds for no `{list}`"),
        ),
    };
    let help = match (scope, always) {
        (true, true) => text!(
            "retirez-la\u{a0}: sans portée, une règle concerne tous",
            "take it away: without scope, a rule concerns all"
        ),
        (true, false) => text!("la règle ne concernerait personne", "the rule would concern nobody"),
        (false, true) => text!("aucune installation ne pourrait y manquer", "no installation could fail it"),
        (false, false) => text!("aucune installation ne pourrait y satisfaire", "no installation could satisfy it"),
    };
    doc.fault(
        fault.help(help),
        condition.span.clone(),
        if always { text!("toujours vraie", "always true") } else { text!("jamais vraie", "never true") },
    );
}

/// Whether an expression always (`true`) or never (`false`) holds, with the fields tried; `None` when
/// it can go either way, or when that cannot be told by trying.
///
/// Every combination of the booleans and socle rows that it reads is tried, at the first date and at
/// every date where the answer may change. Fields with too many values stay unknown: what is decided
/// all the same is decided whatever they hold.
fn constancy(expr: &Expr, context: &Context<'_>, from: Date, until: Date) -> Option<(bool, Vec<FieldId>)> {
    let socle = context.socle;
    let read: Vec<FieldId> = condition::fields(expr).into_iter().collect();
    let mut domains: Vec<(FieldId, Vec<Value>)> =
        read.iter().filter_map(|id| Some((*id, domain(context, &socle.fields[usize::from(id.0)].ty)?))).collect();
    domains.sort_by_key(|(_, values)| values.len());
    let mut combinations = 1usize;
    domains.retain(|(_, values)| {
        let fits = combinations.saturating_mul(values.len()) <= COMBINATIONS;
        if fits {
            combinations *= values.len();
        }
        fits
    });
    let whole = |(id, _): &(FieldId, Vec<Value>)| !matches!(socle.fields[usize::from(id.0)].ty, Type::Record(_));
    let exact = domains.len() == read.len()
        && domains.iter().all(whole)
        && !expr.any(&mut |part| matches!(part.kind, Kind::Previous(_)));
    let weight = weight(expr);
    let unknown = vec![Datum::Unknown(Missing::Blank); socle.fields.len()];
    let mut fields = unknown.clone();
    let mut steps = 0usize;
    let mut answer: Option<bool> = None;
    for number in 0..combinations {
        let mut rest = number;
        for (id, values) in &domains {
            fields[usize::from(id.0)] = values[rest % values.len()].clone().into();
            rest /= values.len();
        }
        let mut env = Env {
            tables: &socle.tables,
            parameters: &socle.parameters,
            fields: &fields,
            previous: &unknown,
            today: from,
        };
        let dates = condition::flips(expr, &env, from, until);
        for date in std::iter::once(from).chain(dates) {
            steps = steps.saturating_add(weight);
            if steps > STEPS {
                return None;
            }
            env.today = date;
            match condition::truth(expr, &env) {
                Truth::Unknown if exact => {}
                Truth::Unknown => return None,
                truth => {
                    let holds = truth == Truth::True;
                    if *answer.get_or_insert(holds) != holds {
                        return None;
                    }
                }
            }
        }
    }
    Some((answer?, read))
}

/// Parts of an expression, those of a loop once for each item of a list written out.
fn weight(expr: &Expr) -> usize {
    let parts = expr.children().into_iter().map(weight).fold(1usize, usize::saturating_add);
    match &expr.kind {
        Kind::Exists(list, body) | Kind::All(list, body) => {
            let items = if let Kind::List(items) = &list.kind { items.len() } else { 1 };
            parts.saturating_add(items.saturating_mul(weight(body)))
        }
        _ => parts,
    }
}

/// The values of a type that has few: a boolean, the rows of a table; of a small record (a service: present or not, at
/// some version) those of its booleans, whatever else it holds.
fn domain(context: &Context<'_>, ty: &Type) -> Option<Vec<Value>> {
    let tables = &context.socle.tables;
    match ty {
        Type::Bool => Some(vec![Value::Bool(true), Value::Bool(false)]),
        Type::Row(table) => {
            let rows = u32::try_from(tables.table(*table).rows.len()).ok()?;
            Some((0..rows).map(|row| Value::Row(RowRef { table: *table, row })).collect())
        }
        Type::Record(record) => {
            let members = &tables.record(*record).members;
            let mut records = vec![vec![Datum::Unknown(Missing::Blank); members.len()]];
            for place in (0..members.len()).filter(|place| members[*place].ty == Type::Bool) {
                let with = |answer: bool| {
                    move |data: &Vec<Datum>| {
                        let mut data = data.clone();
                        data[place] = Value::Bool(answer).into();
                        data
                    }
                };
                records = records.iter().map(with(true)).chain(records.iter().map(with(false))).collect();
                if records.len() > COMBINATIONS {
                    return None;
                }
            }
            (records.len() > 1).then(|| records.into_iter().map(|data| Value::Record(data.into())).collect())
        }
        _ => None,
    }
}

/// `all` on an empty list is true: the rule should say what an empty list means.
fn lone_all(doc: &mut Document, rule: &Rule, condition: &Condition) {
    let mut lists = Vec::new();
    condition.expr.any(&mut |part| {
        if let Kind::All(list, _) = &part.kind {
            lists.push((condition.part(&list.span), part.span.clone()));
        }
        false
    });
    for (list, span) in lists {
        let beside = rule.requires.iter().any(|require| {
            require.that.expr.any(&mut |part| match &part.kind {
                Kind::Exists(other, _) | Kind::Size(other) => require.that.part(&other.span) == list,
                _ => false,
            })
        });
        if beside {
            continue;
        }
        let warning = Diagnostic::warning(
            "pack/all-of-nothing",
            text!("`{list}.all(…)` est vrai quand la liste est vide", "`{list}.all(…)` holds when the list is empty"),
        )
        .help(text!(
            "si une liste vide est un manque, ajoutez `size({list}) > 0` ou `{list}.exists(…)`",
            "if an empty list is a lack, add `size({list}) > 0` or `{list}.exists(…)`"
        ));
        doc.fault(warning, condition.place(&span), text!("vrai d'une liste vide", "true of an empty list"));
    }
}
