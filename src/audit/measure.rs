//! What rates measure: the status, one rule, or a condition.

use super::findings;
use super::survey::{Question, Rules};
use crate::diag::{Diagnostic, Text, did_you_mean};
use crate::engine::RuleInput;
use crate::pack::condition::Expr;
use crate::pack::{Level, Pack};
use crate::text;

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The status by the blocking rules of the packs: up to date passes, obsolete fails.
    Status,
    /// A rule of a pack.
    Rule {
        /// Its id.
        id: String,
        /// Its pack.
        pack: String,
        /// Its title.
        title: Text,
    },
    /// A condition.
    Condition {
        /// As given.
        text: String,
        /// What people call it, when it is a field or an attribute alone.
        label: Option<Text>,
    },
}

/// A measure, ready to be judged.
pub(super) struct Measured {
    pub(super) measure: Measure,
    condition: Option<Expr>,
    /// The packs, cut down to what is measured.
    packs: Option<Vec<Pack>>,
}

impl Measured {
    /// Reads `status`, the id of a rule (`pack/id` when two packs have it), or a condition.
    pub(super) fn new(
        option: &str,
        text: &str,
        rules: &Rules<'_>,
        question: &Question<'_>,
    ) -> Result<Measured, Vec<Diagnostic>> {
        if text == "status" {
            return Ok(Measured { measure: Measure::Status, condition: None, packs: None });
        }
        let named = |pack: &Pack, id: &str| text == id || text.split_once('/') == Some((pack.id.as_str(), id));
        let all = || rules.packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| (*pack, rule)));
        let found: Vec<_> = all().filter(|(pack, rule)| named(pack, &rule.id)).collect();
        if let [(of, rule)] = found[..] {
            // Whatever its level, the measure passes when the rule does.
            let rule = crate::pack::Rule { level: Level::Blocking, ..rule.clone() };
            let title = rule.title.clone();
            let measure = Measure::Rule { id: rule.id.clone(), pack: of.id.clone(), title };
            let kept = |pack: &&Pack| if pack.id == of.id { vec![rule.clone()] } else { Vec::new() };
            let packs = rules.packs.iter().map(|pack| Pack { rules: kept(pack), ..(*pack).clone() });
            return Ok(Measured { measure, condition: None, packs: Some(packs.collect()) });
        }
        if found.len() > 1 {
            let list: Vec<String> = found.iter().map(|(pack, rule)| format!("`{}/{}`", pack.id, rule.id)).collect();
            let list = list.join(", ");
            return Err(vec![
                Diagnostic::error(
                    "option/measure",
                    text!(
                        "`{option} {text}` : plusieurs règles ont ce nom",
                        "`{option} {text}`: several rules have this name"
                    ),
                )
                .help(text!("écrire l'une de {list}", "write one of {list}")),
            ]);
        }
        match question.condition(option, text) {
            Ok(expr) => {
                let packs = rules.packs.iter().map(|pack| Pack { rules: Vec::new(), ..(*pack).clone() });
                Ok(Measured {
                    measure: Measure::Condition { text: text.to_owned(), label: name(text, rules) },
                    condition: Some(expr),
                    packs: Some(packs.collect()),
                })
            }
            Err(faults) if looks_like_a_name(text) => {
                let ids: Vec<&str> = all().map(|(_, rule)| rule.id.as_str()).chain(["status"]).collect();
                let unknown = Diagnostic::error(
                    "option/measure",
                    text!("`{option} {text}` : règle inconnue", "`{option} {text}`: unknown rule"),
                );
                let help = did_you_mean(text, ids.iter().copied()).unwrap_or_else(|| {
                    text!(
                        "`vigie rules list` donne les règles ; une condition s'écrit comme dans leurs fichiers",
                        "`vigie rules list` gives the rules; a condition is written as in their files"
                    )
                });
                // A field of yes and no would have been a condition: what it lacks is not worth telling.
                drop(faults);
                Err(vec![unknown.help(help)])
            }
            Err(faults) => Err(faults),
        }
    }

    /// The rules that are judged, with the packs that they come from.
    pub(super) fn rules<'r>(&'r self, rules: &Rules<'r>) -> Rules<'r> {
        let packs = match &self.packs {
            Some(packs) => packs.iter().collect(),
            None => rules.packs.clone(),
        };
        Rules { socle: rules.socle, edition: rules.edition.clone(), packs }
    }

    /// The same as the engine takes them.
    pub(super) fn inputs<'r>(&'r self, rules: &Rules<'r>) -> Vec<RuleInput<'r>> {
        match &self.condition {
            Some(condition) => vec![RuleInput {
                scope: None,
                requires: vec![condition],
                since: None,
                until: None,
                level: Level::Blocking,
                pack: 0,
                waivers: Vec::new(),
            }],
            None => rules.inputs(),
        }
    }
}

/// What people call a condition that is a field or an attribute alone.
fn name(text: &str, rules: &Rules<'_>) -> Option<Text> {
    let path = text.trim();
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let alone = path.split('.').all(|part| !part.is_empty() && part.chars().all(word));
    // That a thing is there is what its own name says.
    alone.then(|| findings::label_of_path(path.strip_suffix(".present").unwrap_or(path), rules.socle))
}

/// Whether a text can only be the name of a rule: words joined by hyphens.
fn looks_like_a_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-/".contains(&byte))
}
