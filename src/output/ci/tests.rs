//! Every format, on a report whose texts are made to come out of their place.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::{Notice, Place, Run, State, checkstyle, github, gitlab, junit, path, sarif, summary, uri};
use crate::audit::Report;
use crate::diag::Lang;
use crate::output::sample;
use crate::pack::Level;
use crate::text;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A name of inventory that means something to every format.
const HOSTILE: &str = "./a\n::error::b%0A<c d='e'>\"&]]>\u{1b}[31m|[f](http://g)`##[error].csv";

fn report() -> Report {
    let mut report = sample::report();
    report.basis.inputs[0].name = HOSTILE.into();
    report.rules[1].counts.fail = 3;
    report.rules[0].closes = true;
    report
}

fn run(report: &Report) -> Run<'_> {
    let mut run = Run::of_audit(report);
    run.notices.push(Notice {
        code: "waiver/expired",
        name: HOSTILE.to_owned(),
        closes: true,
        fingerprint: "0123456789abcdef".to_owned(),
        message: text!("dérogation périmée : `{HOSTILE}`", "waiver expired: `{HOSTILE}`"),
        place: Place { file: HOSTILE.into(), line: 4, column: Some(2), end: Some((4, 9)) },
        level: Level::Blocking,
    });
    run.outcomes[2].state = State::Waived { reason: text!("parce que {HOSTILE}", "because {HOSTILE}") };
    run
}

fn written(write: impl Fn(&mut Vec<u8>, &Run<'_>, Lang) -> std::io::Result<()>) -> Vec<String> {
    let report = report();
    [Lang::Fr, Lang::En]
        .map(|lang| {
            let mut out = Vec::new();
            write(&mut out, &run(&report), lang).unwrap();
            String::from_utf8(out).unwrap()
        })
        .to_vec()
}

#[test]
fn paths_are_relative_and_encoded() {
    for (file, expected) in [
        ("./parc.csv", "parc.csv"),
        (".//a/../parc juin.csv", "a/../parc%20juin.csv"),
        ("exports\\été.csv", "exports/%C3%A9t%C3%A9.csv"),
        ("/srv/parc.csv", "file:///srv/parc.csv"),
        ("C:\\parc.csv", "file:///C:/parc.csv"),
        ("a:b%0A::error.csv", "a%3Ab%250A%3A%3Aerror.csv"),
        ("x\n<y>.csv", "x%0A%3Cy%3E.csv"),
        ("-", "stdin"),
    ] {
        assert_eq!(uri(file), expected, "{file:?}");
    }
    assert_eq!(path("./a\nb.csv"), "a␊b.csv");
}

/// What GitHub asks of a file, and what the outside validator says of rules, messages and places.
#[test]
fn sarif_holds_together() {
    for waived in [sarif::Waived::Left, sarif::Waived::Suppressed] {
        for text in written(|out, run, lang| sarif::write(out, run, waived, lang)) {
            let log: Value = serde_json::from_str(&text).unwrap();
            let run = &log["runs"][0];
            let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
            let ids: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
            assert_eq!(ids.len(), rules.len());
            for rule in rules {
                for key in ["shortDescription", "fullDescription", "help"] {
                    let text = rule[key]["text"].as_str().unwrap();
                    assert!(!text.is_empty() && text.chars().count() <= 1024 && text.ends_with('.'), "{key}: {text}");
                }
                let markdown = rule["help"]["markdown"].as_str().unwrap();
                assert!(
                    !markdown.replace("\\]", "").contains("](") && !markdown.contains('<') && !markdown.contains(" @"),
                    "{markdown}"
                );
                assert!(rule["properties"]["tags"].is_array() && rule["properties"]["precision"].is_string());
            }
            let results = run["results"].as_array().unwrap();
            assert_eq!(results.len(), if waived == sarif::Waived::Left { 3 } else { 4 });
            let mut marks = BTreeSet::new();
            for result in results {
                let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
                assert_eq!(rule["id"], result["ruleId"]);
                let message = &result["message"];
                let template = rule["messageStrings"][message["id"].as_str().unwrap()]["text"].as_str().unwrap();
                let arguments = message["arguments"].as_array().unwrap();
                for number in 0..arguments.len() {
                    assert!(template.contains(&format!("{{{number}}}")), "{template}");
                }
                assert!(!template.contains(&format!("{{{}}}", arguments.len())), "{template}");
                let place = &result["locations"][0]["physicalLocation"];
                let uri = place["artifactLocation"]["uri"].as_str().unwrap();
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte);
                assert!(!uri.starts_with("./") && uri.bytes().all(allowed), "{uri}");
                assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
                assert!(marks.insert(result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap()));
                assert_eq!(result.get("suppressions").is_some(), result["ruleId"] == "note");
            }
            assert!(!text.contains('\u{1b}'));
        }
    }
}

/// Both strict schemas: which elements, in which order, with which attributes, no more and no less.
#[test]
fn junit_keeps_to_both_schemas() {
    let suite = BTreeSet::from([
        "name",
        "package",
        "id",
        "timestamp",
        "hostname",
        "tests",
        "failures",
        "errors",
        "skipped",
        "time",
    ]);
    for text in written(|out, run, lang| junit::write(out, run, lang)) {
        let elements = elements(&text);
        assert_eq!((elements[0].0.as_str(), elements[0].1.len()), ("/testsuites", 0));
        let mut cases = BTreeSet::new();
        let mut order: Vec<&str> = Vec::new();
        let mut suites = 0;
        let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
        let mut announced: BTreeMap<&str, usize> = BTreeMap::new();
        for (path, attributes) in &elements[1..] {
            let names: BTreeSet<&str> = attributes.keys().map(String::as_str).collect();
            match path.strip_prefix("/testsuites/testsuite").unwrap_or_else(|| panic!("{path}")) {
                "" => {
                    assert!(order.is_empty() || order.ends_with(&["system-out", "system-err"]), "{order:?}");
                    order.clear();
                    assert_eq!(names, suite);
                    assert_eq!(attributes["id"], suites.to_string());
                    assert_eq!(attributes["timestamp"], "2026-11-22T00:00:00");
                    for key in ["tests", "failures", "skipped"] {
                        *announced.entry(key).or_default() += attributes[key].parse::<usize>().unwrap();
                    }
                    suites += 1;
                }
                "/properties" => {
                    assert!(order.is_empty());
                    order.push("properties");
                }
                "/properties/property" => assert_eq!(names, BTreeSet::from(["name", "value"])),
                "/testcase" => {
                    assert!(order.iter().all(|seen| ["properties", "testcase"].contains(seen)));
                    order.push("testcase");
                    assert_eq!(names, BTreeSet::from(["name", "classname", "time"]));
                    assert!(cases.insert((attributes["classname"].clone(), attributes["name"].clone())));
                    *counted.entry("tests").or_default() += 1;
                }
                "/testcase/failure" => {
                    assert_eq!(names, BTreeSet::from(["type", "message"]));
                    *counted.entry("failures").or_default() += 1;
                }
                "/testcase/skipped" => {
                    assert_eq!(names, BTreeSet::from(["message"]));
                    *counted.entry("skipped").or_default() += 1;
                }
                "/system-out" => order.push("system-out"),
                "/system-err" => order.push("system-err"),
                other => panic!("{other}"),
            }
        }
        assert_eq!((suites, &counted), (2, &announced));
        // A rule, the waiver that has expired, the gate; another rule fails without closing it.
        assert_eq!((counted["failures"], counted["skipped"]), (3, 2));
    }
}

#[test]
fn checkstyle_has_files_and_errors_and_nothing_else() {
    for text in written(|out, run, lang| checkstyle::write(out, run, lang)) {
        let elements = elements(&text);
        let paths: Vec<&str> = elements.iter().map(|(path, _)| path.as_str()).collect();
        let error = "/checkstyle/file/error";
        assert_eq!(paths, ["/checkstyle", "/checkstyle/file", error, error, error]);
        assert_eq!(elements[4].1["column"], "2");
        assert_eq!(elements[2].1["source"], "vigie.essai.palier-depasse");
    }
}

/// Path, attributes of each element, in the order of the document.
fn elements(text: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let forbidden = |c: char| (c < ' ' && c != '\n') || matches!(c, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    assert!(!text.contains(forbidden), "{text:?}");
    let mut reader = Reader::from_str(text);
    let mut place: Vec<String> = Vec::new();
    let mut found = Vec::new();
    loop {
        let event = reader.read_event().unwrap();
        let empty = matches!(event, Event::Empty(_));
        match event {
            Event::Start(start) | Event::Empty(start) => {
                place.push(start.name().as_ref().to_owned());
                let attributes = start.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();

                    let value = quick_xml::escape::unescape(&attribute.value).unwrap().into_owned();
                    (attribute.key.as_ref().to_owned(), value)
                });
                found.push((format!("/{}", place.join("/")), attributes.collect()));
                if empty {
                    place.pop();
                }
            }
            Event::End(_) => drop(place.pop()),
            Event::Eof => return found,
            _ => {}
        }
    }
}

/// What GitLab documents of a code quality report: it publishes no schema, and leaves an entry that lacks something out
/// without a word.
fn code_quality() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": text,
                "check_name": text,
                "fingerprint": { "type": "string", "pattern": "^[0-9a-f]{16}$" },
                "severity": { "enum": ["info", "minor", "major", "critical", "blocker"] },
                "location": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["path", "lines"],
                    "properties": {
                        // Relative to the repository, without `./`.
                        "path": { "type": "string", "pattern": "^[^/.]", "not": { "pattern": "[\\\\\\x00-\\x1f]" } },
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": { "begin": { "type": "integer", "minimum": 1 } },
                        },
                    },
                },
            },
        },
    })
}

#[test]
fn gitlab_entries_are_whole_and_unique() {
    let schema = jsonschema::draft202012::new(&code_quality()).unwrap();
    for text in written(|out, run, lang| gitlab::write(out, run, lang)) {
        // No byte order mark.
        assert!(text.starts_with('['));
        let report: Value = serde_json::from_str(&text).unwrap();
        let faults: Vec<String> = schema.iter_errors(&report).map(|fault| fault.to_string()).collect();
        assert_eq!(faults, [""; 0], "{text}");
        let entries = report.as_array().unwrap();
        assert_eq!(entries.len(), 3);
        let marks: BTreeSet<&str> = entries.iter().map(|entry| entry["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(marks.len(), entries.len());
    }
    for without in ["description", "check_name", "fingerprint", "severity", "location"] {
        let mut entry = json!({ "description": "d", "check_name": "c", "fingerprint": "0123456789abcdef",
            "severity": "info", "location": { "path": "a", "lines": { "begin": 1 } } });
        assert!(schema.is_valid(&json!([entry])));
        entry.as_object_mut().unwrap().remove(without);
        assert!(!schema.is_valid(&json!([entry])), "{without}");
    }
}

/// Every line is a command of ours, and no text begins another.
#[test]
fn annotations_are_commands_of_ours_alone() {
    for text in written(|out, run, lang| github::write(out, run, lang)) {
        assert!(!text.contains('\r') && !text.contains("##["), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        for line in &lines {
            let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (word, properties) = head.split_once(' ').unwrap();
            assert!(["error", "warning", "notice"].contains(&word), "{line}");
            for property in properties.split(',') {
                let (name, value) = property.split_once('=').unwrap_or_else(|| panic!("{line}"));
                assert!(["file", "line", "col", "endLine", "endColumn", "title"].contains(&name), "{line}");
                assert!(!value.contains(':'), "{line}");
            }
            assert!(!message.is_empty());
        }
        assert!(lines[0].starts_with("::error") && lines[3].starts_with("::notice title=vigie"), "{text}");
    }
}

#[test]
fn a_step_never_gets_more_annotations_than_it_shows() {
    let mut report = report();
    let rule = report.rules[0].clone();
    for number in 0..40 {
        let mut rule = rule.clone();
        rule.column = format!("r{number:02}");
        rule.level = [Level::Blocking, Level::Advisory, Level::Info][number % 3];
        rule.counts.fail = 1000 + number as u64;
        report.rules.push(rule);
    }
    let mut out = Vec::new();
    github::write(&mut out, &Run::of_audit(&report), Lang::En).unwrap();
    let text = String::from_utf8(out).unwrap();
    let count = |word: &str| text.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!([count("::error"), count("::warning"), count("::notice")], [10, 10, 10]);
    let first = text.lines().next().unwrap();
    assert!(first.contains("title=r39"), "the most numerous first: {first}");
    assert!(text.lines().last().unwrap().contains("annotations: 42 in all"), "{text}");
}

#[test]
fn the_summary_has_no_link_nor_tag_but_its_own() {
    for text in written(|out, run, lang| summary::write(out, run, lang)) {
        let own = ["<details><summary>", "</summary>", "</details>"];
        let rest = own.iter().fold(text.clone(), |rest, tag| rest.replace(tag, ""));
        assert!(!rest.contains('<') && !rest.replace("\\]", "").contains("](") && !rest.contains("http:"), "{rest}");
        assert!(!text.contains("\n::") && !text.contains(" @all") && !text.contains('\u{1b}'), "{text}");
    }
}
