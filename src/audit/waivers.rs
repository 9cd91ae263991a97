//! Waivers at work: granted on the rules of a run, then what each of them did.

use super::report::{DataFinding, FirstSeen, WaiverReport, WaiverSummary};
use super::survey::Rules;
use crate::diag::Text;
use crate::engine::{RuleInput, WaiverInput};
use crate::pack::Waivers;
use crate::text;
use crate::value::Date;

/// Adds to each rule the waivers granted on it.
pub(super) fn grant<'p>(waivers: &'p Waivers, rules: &Rules<'_>, inputs: &mut [RuleInput<'p>]) {
    let of = |pack: usize| rules.packs[..pack].iter().map(|pack| pack.rules.len()).sum::<usize>();
    for (number, waiver) in waivers.list.iter().enumerate() {
        for (pack, id) in &waiver.rules {
            let place = rules.packs[*pack].rules.iter().position(|rule| rule.id == *id);
            if let Some(input) = place.and_then(|place| inputs.get_mut(of(*pack) + place)) {
                input.waivers.push(WaiverInput { number, scope: &waiver.scope.expr, until: waiver.until });
            }
        }
    }
}

/// What each waiver did; `covered` counts rows, by number.
pub(super) fn report(waivers: &Waivers, as_of: Date, covered: &[u64]) -> WaiverReport {
    let list = waivers.list.iter().enumerate().map(|(number, waiver)| WaiverSummary {
        rule: waiver.rule.clone(),
        scope: waiver.scope.text.clone(),
        reason: waiver.reason.clone(),
        author: waiver.author.clone(),
        until: waiver.until,
        line: waiver.line,
        days_left: waiver.until.days_since(as_of),
        covered: covered.get(number).copied().unwrap_or(0),
        outlived: false,
    });
    WaiverReport { name: waivers.name.clone(), digest: waivers.digest.clone(), list: list.collect() }
}

/// What is to be said of the waivers: those that have expired, that match nothing, that end soon.
pub(super) fn findings(waivers: &WaiverReport) -> Vec<DataFinding> {
    let finding = |code: &'static str, waiver: &WaiverSummary, message: Text, help: Text| DataFinding {
        code,
        field: None,
        message,
        help: Some(help),
        count: 1,
        distinct: None,
        first: Some(FirstSeen {
            document: None,
            file: waivers.name.clone(),
            row: None,
            line: Some(waiver.line as u64),
            column: None,
            value: None,
        }),
    };
    let mut found = Vec::new();
    for waiver in &waivers.list {
        let (rule, until, days) = (&waiver.rule, waiver.until, waiver.days_left);
        if waiver.expired() {
            found.push(finding(
                "waiver/expired",
                waiver,
                text!(
                    "dérogation à `{rule}` périmée depuis le {until} : elle ne couvre plus rien",
                    "the waiver of `{rule}` expired on {until}: it covers nothing any more"
                ),
                text!("la retirer, ou la faire renouveler", "remove it, or have it renewed"),
            ));
            continue;
        }
        if waiver.covered == 0 {
            found.push(finding(
                "waiver/unused",
                waiver,
                text!("dérogation à `{rule}` qui ne couvre rien", "the waiver of `{rule}` covers nothing"),
                text!("la retirer, ou corriger sa portée", "remove it, or correct its scope"),
            ));
        }
        if let Some(within) = waiver.ends_within().filter(|_| !waiver.outlived) {
            found.push(finding(
                "waiver/ending",
                waiver,
                text!(
                    "dérogation à `{rule}` qui finit le {until}, dans {days} j (moins de {within})",
                    "the waiver of `{rule}` ends on {until}, in {days} d (within {within})"
                ),
                text!("corriger d'ici là, ou la faire renouveler", "correct by then, or have it renewed"),
            ));
        }
    }
    found.sort_by_key(|finding| match finding.code {
        "waiver/expired" => 0,
        "waiver/unused" => 1,
        _ => 2,
    });
    found
}
