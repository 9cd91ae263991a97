//! Examples of a rule: a record, a date, the verdict expected. They are the rule's first tests.

use super::citation::one_of;
use super::condition::{self, Env};
use super::given::{self, Given};
use super::load::Context;
use super::rule::Rule;
use crate::diag::{Document, Section, Text};
use crate::socle::Socle;
use crate::value::{Date, Truth, Verdict};

/// The words of `expect`.
pub const VERDICTS: [(&str, Verdict); 4] = [
    ("pass", Verdict::Pass),
    ("fail", Verdict::Fail),
    ("unknown", Verdict::Unknown),
    ("not_applicable", Verdict::NotApplicable),
];

/// A record, a date, and the verdict that the rule must give.
#[derive(Clone, Debug)]
pub struct Example {
    /// The date.
    pub as_of: Date,
    /// The record; what it does not say is unknown.
    pub given: Given,
    /// The record before it, for rules that compare two; nothing known when the example has none.
    pub previous: Given,
    /// The verdict expected.
    pub expect: Verdict,
    /// What it shows.
    pub note: Option<Text>,
    /// Line of the rule's file where it starts, from 1.
    pub line: usize,
}

/// What became of an example.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The verdict got.
    pub got: Verdict,
    /// For each condition that decided a verdict other than pass, what decided it.
    pub reasons: Vec<Decision>,
}

/// A condition that did not hold, or could not be decided.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The requirement, from 0; `None` is the scope.
    pub require: Option<usize>,
    /// Its truth.
    pub truth: Truth,
    /// The sub-conditions that decided.
    pub reasons: Vec<condition::Reason>,
}

impl Example {
    /// The record as conditions see it.
    pub(super) fn env<'a>(&'a self, socle: &'a Socle) -> Env<'a> {
        Env {
            tables: &socle.tables,
            parameters: &socle.parameters,
            fields: &self.given.data,
            previous: &self.previous.data,
            today: self.as_of,
        }
    }

    /// Runs the example.
    #[must_use]
    pub fn run(&self, rule: &Rule, socle: &Socle) -> Outcome {
        let env = self.env(socle);
        Outcome { got: rule.verdict(&env), reasons: decisions(rule, &env) }
    }
}

impl Outcome {
    /// Whether the example holds.
    #[must_use]
    pub fn holds(&self, example: &Example) -> bool {
        self.got == example.expect
    }
}

/// What decided the verdict of a rule on a record: the scope when it is false or unknown, else each
/// requirement that does not hold. Nothing for a rule that passes, or that is not in force.
#[must_use]
pub fn decisions(rule: &Rule, env: &Env<'_>) -> Vec<Decision> {
    if !rule.in_force(env.today) {
        return Vec::new();
    }
    let decision = |require, expr| {
        let truth = condition::truth(expr, env);
        (truth != Truth::True).then(|| Decision { require, truth, reasons: condition::decide(expr, env) })
    };
    if let Some(scope) = &rule.scope
        && let Some(decided) = decision(None, &scope.expr)
    {
        return vec![decided];
    }
    let requires = rule.requires.iter().enumerate();
    requires.filter_map(|(index, require)| decision(Some(index), &require.that.expr)).collect()
}

/// Takes the examples of a rule; `None` when one of them has a fault.
pub(super) fn take(doc: &mut Document, section: &mut Section<'_>, context: &Context<'_>) -> Option<Vec<Example>> {
    let items = section.sections(doc, "example");
    let count = items.len();
    let examples: Vec<Example> = items.into_iter().filter_map(|item| example(doc, item, context)).collect();
    (examples.len() == count).then_some(examples)
}

fn example(doc: &mut Document, mut section: Section<'_>, context: &Context<'_>) -> Option<Example> {
    let source = doc.source();
    let line = source.text[..section.span.start].bytes().filter(|byte| *byte == b'\n').count() + 1;
    let as_of = match section.take("as_of") {
        Some(entry) => entry.date(doc),
        None => {
            doc.missing_key(section.span.clone(), "as_of");
            None
        }
    };
    let given = match section.take("given") {
        Some(entry) => entry.section(doc).and_then(|record| given::given(doc, context, record)),
        None => {
            doc.missing_key(section.span.clone(), "given");
            None
        }
    };
    let previous = match section.take("previous") {
        Some(entry) => entry.section(doc).and_then(|record| given::given(doc, context, record)),
        None => Some(Given::nothing(context.socle)),
    };
    let expect =
        section.required_string(doc, "expect").and_then(|word| one_of(doc, word, ("verdict", "verdict"), &VERDICTS));
    let note = section.text(doc, "note");
    section.finish(doc);
    Some(Example { as_of: as_of?.0, given: given?, previous: previous?, expect: expect?, note, line })
}
