//! The gate as a run: one outcome a rule and a manifest.

use super::{Message, Outcome, Place, Rule, Run, Since, State, fingerprint, known_to};
use crate::audit::{Frozen, GateReport, ReleaseReport, ReleaseRule};
use crate::diag::{Lang, Text};
use crate::manifest::Manifest;
use crate::output::gate::declared;
use crate::text;
use crate::value::Verdict;

impl<'r> Run<'r> {
    /// What the gate says.
    #[must_use]
    pub fn of_gate(report: &'r GateReport) -> Run<'r> {
        let version = |pack: &str| {
            let found = report.packs.iter().find(|known| known.id == pack);
            found.map_or("", |pack| pack.edition.version.as_str())
        };
        // The same rules judge every release.
        let rules = report.releases.first().into_iter().flat_map(|release| &release.rules).map(|rule| Rule {
            name: &rule.column,
            pack: &rule.pack,
            version: version(&rule.pack),
            title: &rule.title,
            level: rule.level,
            text: &rule.text,
        });
        let outcomes = report.releases.iter().enumerate().flat_map(|(place, release)| {
            let subject = Subject::of(report, place);
            let rules = release.rules.iter().enumerate();
            rules.map(move |(number, rule)| outcome(report, release, &subject, number, rule))
        });
        Run {
            command: "gate",
            as_of: report.options.as_of,
            rules: rules.collect(),
            outcomes: outcomes.collect(),
            headline: headline(report),
            closed: report.closed().map(|closed| closed.reason),
            unknown_is_wrong: !report.options.allow_unknown,
            notices: super::audit::notices(report.waivers.as_ref(), &report.data, report.expired().is_some()),
        }
    }
}

/// What a release is known by: its editor and its product, never its version.
fn identity(release: &ReleaseReport) -> [&str; 2] {
    match &release.product {
        Some(product) => [release.editor.as_deref().unwrap_or_default(), product],
        None => ["", &release.manifest.name],
    }
}

/// How a release is told from the others of the run, whatever their order.
struct Subject {
    /// Its name for people, when there are several.
    name: Option<String>,
    /// What its fingerprints have beside editor and product: its file when another release has the same, and the
    /// place among those of one file.
    mark: [String; 2],
}

impl Subject {
    fn of(report: &GateReport, place: usize) -> Subject {
        let Some(release) = report.releases.get(place) else {
            return Subject { name: None, mark: Default::default() };
        };
        let count =
            |wanted: &dyn Fn(&ReleaseReport) -> bool| report.releases.iter().filter(|other| wanted(other)).count();
        let (name, file) = (release.name(), release.manifest.name.as_str());
        let named = count(&|other| other.name() == name) > 1 && file != name;
        let shared = count(&|other| identity(other) == identity(release)) > 1;
        let before = &report.releases[..place];
        let same = before
            .iter()
            .filter(|other| identity(other) == identity(release) && other.manifest.name == release.manifest.name)
            .count();
        let label = if named { format!("{name} ({file})") } else { name };
        Subject {
            name: (report.releases.len() > 1).then_some(label),
            mark: [if shared { file.to_owned() } else { String::new() }, same.to_string()],
        }
    }
}

fn outcome(
    report: &GateReport,
    release: &ReleaseReport,
    subject: &Subject,
    number: usize,
    rule: &ReleaseRule,
) -> Outcome {
    let waiver = rule.waived.and_then(|waiver| report.waivers.as_ref()?.list.get(waiver));
    let state = match (rule.verdict, waiver) {
        (_, Some(waiver)) => {
            let (reason, author, until) = (&waiver.reason, &waiver.author, waiver.until);
            State::Waived { reason: Text::same(format!("{reason} ({author}, {until})")) }
        }
        (Verdict::Fail | Verdict::Unknown, _) if rule.frozen == Some(Frozen::Known) => {
            State::Waived { reason: report.baseline.as_ref().map(known_to).unwrap_or_default() }
        }
        (Verdict::Fail, _) => State::Fail,
        (Verdict::Pass | Verdict::NotApplicable, _) if rule.closes => State::Fail,
        (Verdict::Unknown, _) => State::Unknown,
        (Verdict::Pass, _) => State::Pass,
        (Verdict::NotApplicable, _) => State::NotApplicable,
    };
    let [editor, product] = identity(release);
    let [file, same] = &subject.mark;
    let concerned = u64::from(state != State::NotApplicable);
    Outcome {
        rule: number,
        message: message(rule, &state),
        place: place(release, rule),
        others: Vec::new(),
        count: concerned,
        of: concerned,
        fingerprint: match file.as_str() {
            "" => fingerprint(&["gate", &rule.pack, &rule.id, editor, product, same]),
            file => fingerprint(&["gate", &rule.pack, &rule.id, editor, product, file, same]),
        },
        since: rule.frozen.map(|frozen| match frozen {
            Frozen::Known => Since::Known,
            Frozen::New => Since::New,
        }),
        subject: subject.name.clone(),
        closes: rule.closes,
        state,
    }
}

/// What is declared, and what is needed.
fn message(rule: &ReleaseRule, state: &State) -> Message {
    let Text { fr, en } = &rule.title;
    let (fr, en) = (fr.replace(['{', '}'], ""), en.replace(['{', '}'], ""));
    let (id, template) = match state {
        State::Pass => ("pass", text!("{fr}. Conforme.", "{en}. Holds.")),
        State::NotApplicable => ("notApplicable", text!("{fr}. Sans objet ici.", "{en}. Concerns nothing here.")),
        State::Waived { .. } if rule.waived.is_none() => {
            ("known", Text::new(format!("{fr}. Connu\u{a0}: {{0}}."), format!("{en}. Known: {{0}}.")))
        }
        State::Waived { .. } => {
            ("waived", Text::new(format!("{fr}. Sous dérogation\u{a0}: {{0}}."), format!("{en}. Waived: {{0}}.")))
        }
        State::Unknown => {
            ("unknown", Text::new(format!("{fr}. Indéterminé\u{a0}: {{0}}."), format!("{en}. Unknown: {{0}}.")))
        }
        State::Fail => ("fail", Text::new(format!("{fr}. {{0}}."), format!("{en}. {{0}}."))),
    };
    let arguments = match state {
        State::Pass | State::NotApplicable => Vec::new(),
        _ => {
            let said = |lang: Lang| rule.lines.iter().map(|line| declared(line, lang)).collect::<Vec<_>>().join(" | ");
            vec![Text::new(said(Lang::Fr), said(Lang::En))]
        }
    };
    Message { id, template, arguments }
}

/// Where the manifest tells what the rule reads; its first line when it does not.
fn place(release: &ReleaseReport, rule: &ReleaseRule) -> Place {
    let reads = rule.lines.iter().flat_map(|line| &line.reads).filter(|read| !read.previous);
    let Manifest { name, source, .. } = &release.manifest;
    match reads.filter_map(|read| read.place.as_ref()).next() {
        Some(place) => {
            let text = source.text.get(place.span.clone()).unwrap_or_default();
            let last = text.rsplit('\n').next().unwrap_or_default().chars().count();
            let lines = text.matches('\n').count();
            let column = if lines == 0 { place.column + last } else { last + 1 };
            let end = Some((place.line + lines, column));
            Place { file: name.clone(), line: place.line, column: Some(place.column), end }
        }
        None => Place { file: name.clone(), line: 1, ..Place::default() },
    }
}

/// How many releases are accepted, of how many.
fn headline(report: &GateReport) -> Text {
    let (n, of) = (report.releases.iter().filter(|release| report.accepts(release)).count(), report.releases.len());
    let names: Vec<String> = report.releases.iter().take(5).map(ReleaseReport::name).collect();
    let names = names.join(", ");
    text!("Versions acceptées : {n} sur {of} ({names})", "Releases accepted: {n} of {of} ({names})")
}
