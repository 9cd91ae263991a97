//! Rules of two packs, side by side: texts, dates, levels, conditions, sources.

use super::Side;
use super::facts::{self, FactChange};
use super::impact::PackImpact;
use crate::diag::Text;
use crate::pack::{Condition, Measure, Pack, Require, Rule, Target, confidence_code};
use crate::socle::Citation;
use crate::text;
use crate::value::Date;
use std::collections::BTreeSet;

/// What differs between two packs.
#[derive(Clone, Debug)]
pub struct RulesDiff {
    /// The packs: name given, id, version, digest; then those of the socle.
    pub old: PackEdition,
    /// The same of the new one.
    pub new: PackEdition,
    /// What the headers say differently.
    pub header: Vec<FieldChange>,
    /// Rules that differ, by id.
    pub rules: Vec<RuleChange>,
    /// Rules that are the same in both, facts included.
    pub unchanged: usize,
    /// What it changes on an inventory, when one was given.
    pub impact: Option<PackImpact>,
}

/// A pack of a comparison.
#[derive(Clone, Debug)]
pub struct PackEdition {
    /// As the user named it.
    pub name: String,
    /// Id of the pack.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// Its version and digest.
    pub edition: crate::audit::Edition,
    /// Those of the socle.
    pub socle: crate::audit::Edition,
}

/// Whether a rule is in one pack or in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// In the new one alone.
    Added,
    /// In the old one alone.
    Removed,
    /// In both, and something differs.
    Changed,
}

/// A rule that differs.
#[derive(Clone, Debug)]
pub struct RuleChange {
    /// Its id.
    pub id: String,
    /// Its title, in the new pack when it is there.
    pub title: Text,
    /// In which packs it is.
    pub standing: Standing,
    /// What differs, field by field; for a rule of one pack alone, what it says.
    pub fields: Vec<FieldChange>,
    /// Facts of the socle that it reads and that differ.
    pub facts: Vec<FactChange>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// As in rule files: `level`, `since`, `scope`, `require[1].that`, `source` …
    pub field: String,
    /// What the old one says; `None` when it says nothing.
    pub old: Option<Text>,
    /// What the new one says.
    pub new: Option<Text>,
    /// Where the old one stands: file and line.
    pub old_place: Option<(String, usize)>,
    /// Where the new one stands.
    pub new_place: Option<(String, usize)>,
}

/// Compares two packs.
#[must_use]
pub fn diff(old: &Side<'_>, new: &Side<'_>) -> RulesDiff {
    let (Some(one), Some(two)) = (old.rules.packs.first(), new.rules.packs.first()) else {
        unreachable!("an edition has one pack")
    };
    let ids: BTreeSet<&str> = one.rules.iter().chain(&two.rules).map(|rule| rule.id.as_str()).collect();
    let total = ids.len();
    let rules: Vec<RuleChange> = ids
        .into_iter()
        .filter_map(|id| match (one.rule(id), two.rule(id)) {
            (Some(before), Some(after)) => {
                let fields = both(before, after);
                let facts = facts::changes((before, old.rules.socle), (after, new.rules.socle));
                let same = fields.is_empty() && facts.is_empty();
                (!same).then(|| change(after, Standing::Changed, fields, facts))
            }
            (None, Some(after)) => Some(change(after, Standing::Added, alone(after, false), Vec::new())),
            (Some(before), None) => Some(change(before, Standing::Removed, alone(before, true), Vec::new())),
            (None, None) => None,
        })
        .collect();
    let unchanged = total - rules.len();
    RulesDiff {
        old: edition(old, one),
        new: edition(new, two),
        header: header(one, two),
        rules,
        unchanged,
        impact: None,
    }
}

fn edition(of: &Side<'_>, pack: &Pack) -> PackEdition {
    PackEdition {
        name: of.name.clone(),
        id: pack.id.clone(),
        title: pack.title.clone(),
        edition: crate::audit::Edition { version: pack.version.to_string(), digest: pack.digest.clone() },
        socle: of.rules.edition.clone(),
    }
}

fn change(rule: &Rule, standing: Standing, fields: Vec<FieldChange>, facts: Vec<FactChange>) -> RuleChange {
    RuleChange { id: rule.id.clone(), title: rule.title.clone(), standing, fields, facts }
}

/// A field of a rule: its name, what it says, and the line it stands on when that is known.
struct Said {
    field: String,
    text: Text,
    line: Option<usize>,
}

fn said(field: impl Into<String>, text: Text) -> Said {
    Said { field: field.into(), text, line: None }
}

/// What a rule says, its requirements apart.
fn head(rule: &Rule) -> Vec<Said> {
    let mut all = vec![
        said("title", rule.title.clone()),
        said("domain", Text::same(rule.domain.clone())),
        said("level", Text::same(rule.level.word())),
    ];
    let day = |date: Option<Date>| date.map(|date| Text::same(date.to_string()));
    all.extend(day(rule.since).map(|text| said("since", text)));
    all.extend(day(rule.until).map(|text| said("until", text)));
    all.extend(rule.scope.as_ref().map(|scope| condition("scope", scope)));
    all.push(said("source", cited(&rule.source)));
    all.extend(rule.remark.clone().map(|remark| said("remark", remark)));
    all
}

/// What a requirement says.
fn lines(number: usize, require: &Require) -> Vec<Said> {
    let field = |name: &str| format!("require[{}].{name}", number + 1);
    vec![
        condition(field("that"), &require.that),
        said(field("why"), require.why.clone()),
        said(field("remedy"), require.remedy.clone()),
    ]
}

fn condition(field: impl Into<String>, condition: &Condition) -> Said {
    Said { field: field.into(), text: condition_text(condition), line: Some(condition.line()) }
}

fn cited(source: &Citation) -> Text {
    let confidence = confidence_code(source.confidence);
    let rest = [source.place.clone(), source.date.map(|date| date.to_string()), source.url.clone()];
    let rest: String = rest.into_iter().flatten().map(|part| format!(", {part}")).collect();
    let cited = &source.text;
    text!("{cited}{rest} (confiance {confidence})", "{cited}{rest} (confidence {confidence})")
}

/// The fields in which two rules of one name differ.
fn both(old: &Rule, new: &Rule) -> Vec<FieldChange> {
    let mut pairs = paired(head(old), head(new));
    // Lines that ask the same thing are the same, wherever they stand; the others go in their order.
    let text = |require: &Require| require.that.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut left: Vec<usize> = (0..old.requires.len()).collect();
    let mut of_new: Vec<Option<usize>> = vec![None; new.requires.len()];
    for (require, slot) in new.requires.iter().zip(&mut of_new) {
        if let Some(at) = left.iter().position(|place| text(&old.requires[*place]) == text(require)) {
            *slot = Some(left.remove(at));
        }
    }
    let mut left = left.into_iter();
    for (number, (require, slot)) in new.requires.iter().zip(of_new).enumerate() {
        let before = slot.or_else(|| left.next()).map(|place| lines(number, &old.requires[place])).unwrap_or_default();
        pairs.extend(paired(before, lines(number, require)));
    }
    for place in left {
        pairs.extend(paired(lines(place, &old.requires[place]), Vec::new()));
    }
    pairs
        .into_iter()
        .filter(|(a, b)| a.as_ref().map(|a| &a.text) != b.as_ref().map(|b| &b.text))
        .map(|pair| told(pair, old, new))
        .collect()
}

/// What a rule that is in one pack alone says.
fn alone(rule: &Rule, old: bool) -> Vec<FieldChange> {
    let all = head(rule).into_iter().chain(rule.requires.iter().enumerate().flat_map(|(n, require)| lines(n, require)));
    all.map(|said| told(if old { (Some(said), None) } else { (None, Some(said)) }, rule, rule)).collect()
}

/// Fields of two rules by name, in the order of the new one, then those that it lost.
fn paired(old: Vec<Said>, new: Vec<Said>) -> Vec<(Option<Said>, Option<Said>)> {
    let mut old: Vec<Option<Said>> = old.into_iter().map(Some).collect();
    let mut pairs = Vec::new();
    for said in new {
        let before = old.iter_mut().find(|before| before.as_ref().is_some_and(|before| before.field == said.field));
        pairs.push((before.and_then(Option::take), Some(said)));
    }
    pairs.extend(old.into_iter().flatten().map(|said| (Some(said), None)));
    pairs
}

fn told((a, b): (Option<Said>, Option<Said>), old: &Rule, new: &Rule) -> FieldChange {
    let place = |said: &Option<Said>, rule: &Rule| {
        said.as_ref().map(|said| (rule.file.name.clone(), said.line.unwrap_or_else(|| line_of(rule, &said.field))))
    };
    FieldChange {
        field: a.as_ref().or(b.as_ref()).map(|said| said.field.clone()).unwrap_or_default(),
        old_place: place(&a, old),
        new_place: place(&b, new),
        old: a.map(|said| said.text),
        new: b.map(|said| said.text),
    }
}

/// The line of a rule's file where a key stands; the first when it is not found.
fn line_of(rule: &Rule, field: &str) -> usize {
    let (nth, key) = match field.strip_prefix("require[").and_then(|rest| rest.split_once("].")) {
        Some((number, key)) => (number.parse().unwrap_or(1), key),
        None => (1, field),
    };
    let is_key = |line: &str| {
        let rest = line.trim_start().strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start().starts_with(['=', '.']))
    };
    let mut lines = rule.file.text.lines().enumerate();
    // A text may be written in two keys, `why.fr` and `why.en`: the first of each counts.
    let other = format!("{key}.en");
    let found = lines.by_ref().filter(|(_, line)| is_key(line) && !line.trim_start().starts_with(&other)).nth(nth - 1);
    found.map_or(1, |(number, _)| number + 1)
}

/// What the headers of two packs say differently.
fn header(old: &Pack, new: &Pack) -> Vec<FieldChange> {
    let day = |date: Option<Date>| date.map(|date| Text::same(date.to_string()));
    let texts = |pack: &Pack| {
        let list: Vec<String> = pack
            .texts
            .iter()
            .map(|text| {
                let rest = [text.date.map(|date| date.to_string()), text.url.clone()];
                std::iter::once(text.title.clone()).chain(rest.into_iter().flatten()).collect::<Vec<_>>().join(", ")
            })
            .collect();
        (!list.is_empty()).then(|| Text::same(list.join(" ; ")))
    };
    let base = |pack: &Pack| pack.base.as_ref().map(|base| Text::same(format!("{} {}", base.id, base.version)));
    let fields = [
        ("title", Some(old.title.clone()), Some(new.title.clone())),
        ("version", Some(Text::same(old.version.to_string())), Some(Text::same(new.version.to_string()))),
        ("since", day(old.since), day(new.since)),
        ("until", day(old.until), day(new.until)),
        ("reviewed", day(Some(old.reviewed)), day(Some(new.reviewed))),
        ("extends", base(old), base(new)),
        ("texts", texts(old), texts(new)),
    ];
    let differ = fields.into_iter().filter(|(_, old, new)| old != new);
    differ
        .map(|(field, old, new)| FieldChange { field: field.to_owned(), old, new, old_place: None, new_place: None })
        .chain(targets(old, new))
        .collect()
}

/// File and line, when they are known.
type Place = Option<(String, usize)>;

/// What the targets of two packs say differently: `targets.tout-pcsc.population` …
fn targets(old: &Pack, new: &Pack) -> Vec<FieldChange> {
    let says = |target: &Target| -> Vec<(&'static str, Text, Place)> {
        let condition =
            |condition: &Condition| (condition_text(condition), Some((condition.file.name.clone(), condition.line())));
        let (measure, place) = match &target.measure {
            Measure::Rule(id) => (Text::same(id.clone()), None),
            Measure::That(that) => condition(that),
        };
        let kind = if matches!(target.measure, Measure::Rule(_)) { "rule" } else { "that" };
        let mut all = vec![
            ("title", target.title.clone(), None),
            (kind, measure, place),
            ("share", Text::same(target.share.to_string()), None),
            ("due", Text::same(target.due.to_string()), None),
            ("source", cited(&target.source), None),
        ];
        all.extend(target.population.as_ref().map(condition).map(|(text, place)| ("population", text, place)));
        all.extend(target.remark.clone().map(|remark| ("remark", remark, None)));
        all
    };
    let ids: BTreeSet<&str> = old.targets.iter().chain(&new.targets).map(|target| target.id.as_str()).collect();
    let mut changes = Vec::new();
    for id in ids {
        let of = |pack: &Pack| pack.targets.iter().find(|target| target.id == id).map(says).unwrap_or_default();
        let (mut before, after) = (of(old), of(new));
        let mut push = |name: &str, one: Option<(Text, Place)>, two: Option<(Text, Place)>| {
            let differs = one.as_ref().map(|(text, _)| text) != two.as_ref().map(|(text, _)| text);
            let ((old, old_place), (new, new_place)) = (one.unzip(), two.unzip());
            if differs {
                changes.push(FieldChange {
                    field: format!("targets.{id}.{name}"),
                    old,
                    new,
                    old_place: old_place.flatten(),
                    new_place: new_place.flatten(),
                });
            }
        };
        for (name, text, place) in after {
            let at = before.iter().position(|(known, ..)| *known == name);
            let one = at.map(|at| before.remove(at)).map(|(_, text, place)| (text, place));
            push(name, one, Some((text, place)));
        }
        for (name, text, place) in before {
            push(name, Some((text, place)), None);
        }
    }
    changes
}

fn condition_text(condition: &Condition) -> Text {
    Text::same(condition.part(&(0..condition.text.len())))
}
