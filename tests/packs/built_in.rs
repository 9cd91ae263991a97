//! The packs built in: they load, their examples hold and decide everything, they block on H only.

use crate::support::{PACKS, SOCLE, shown};
use vigie::diag::Text;
use vigie::folder::Folder;
use vigie::pack::{Header, Level, Pack, Pin, default_header, undecided};
use vigie::socle::Confidence;
use vigie::value::Date;

#[test]
fn they_load_without_a_warning() {
    assert!(PACKS.iter().any(|pack| pack.id == "pro-ps"));
    for pack in PACKS.iter() {
        assert!(pack.warnings.is_empty(), "{}", shown(&pack.warnings));
        assert!(!pack.texts.is_empty(), "{} names no text", pack.id);
    }
}

#[test]
fn every_example_holds() {
    let mut wrong = Vec::new();
    for rule in PACKS.iter().flat_map(|pack| &pack.rules) {
        for example in &rule.examples {
            let outcome = example.run(rule, &SOCLE);
            if !outcome.holds(example) {
                let (file, line) = (&rule.file.name, example.line);
                wrong.push(format!("{file}:{line}: expected {:?}, got {:?}", example.expect, outcome.got));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_sub_condition_is_decided_by_an_example() {
    let mut found = Vec::new();
    for rule in PACKS.iter().flat_map(|pack| &pack.rules) {
        let conditions: Vec<_> = rule.conditions().collect();
        let scoped = usize::from(rule.scope.is_some());
        for part in undecided(rule, &SOCLE) {
            let condition = conditions[part.require.map_or(0, |index| index + scoped)];
            found.push(format!("{}: `{}`", rule.file.name, condition.part(&part.span)));
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn they_block_on_sure_facts_only() {
    for rule in PACKS.iter().flat_map(|pack| &pack.rules).filter(|rule| rule.level == Level::Blocking) {
        assert_eq!(rule.source.confidence, Confidence::High, "{}", rule.id);
    }
}

#[test]
fn their_texts_are_set_with_care() {
    let mut wrong = Vec::new();
    let mut check = |place: &str, text: &Text| {
        for mark in [':', ';', '?', '!', '%', '»'] {
            if text.fr.contains(&format!(" {mark}")) {
                wrong.push(format!("{place}: ordinary space before `{mark}`: {}", text.fr));
            }
        }
        if text.fr.contains("« ") || text.fr.contains('"') || text.en.contains('"') {
            wrong.push(format!("{place}: quotation marks: {} / {}", text.fr, text.en));
        }
    };
    for pack in PACKS.iter() {
        check(&pack.id, &pack.title);
        for rule in &pack.rules {
            let place = &rule.file.name;
            check(place, &rule.title);
            for require in &rule.requires {
                check(place, &require.why);
                check(place, &require.remedy);
            }
            for text in rule.remark.iter().chain(rule.examples.iter().filter_map(|example| example.note.as_ref())) {
                check(place, text);
            }
        }
        for target in &pack.targets {
            check(&pack.id, &target.title);
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_default_pack_follows_the_date() {
    let folders = Folder::built_in_packs().into_iter().filter_map(Folder::built_in);
    let headers: Vec<Header> = folders
        .map(|folder| Header::load(&folder, &SOCLE).unwrap_or_else(|faults| panic!("{}", shown(&faults))))
        .collect();
    for (date, expected) in [
        ("2018-06-29", None),
        ("2018-06-30", Some("panorama-2018")),
        ("2021-12-31", Some("panorama-2018")),
        ("2022-01-01", Some("pro-ps")),
        ("2026-11-22", Some("pro-ps")),
    ] {
        let found = default_header(&headers, "installation", Date::parse_iso(date).unwrap());
        assert_eq!(found.map(|header| header.id.as_str()), expected, "{date}");
    }
}

#[test]
fn a_pack_is_stale_twelve_months_after_its_review() {
    let pack: &Pack = PACKS.iter().find(|pack| pack.id == "pro-ps").unwrap();
    let year_later = pack.reviewed.plus_months(12).unwrap();
    assert!(!pack.stale_on(year_later));
    assert!(pack.stale_on(year_later.plus_days(1).unwrap()));
    assert!(Pin::parse("pro-ps@^0.1").unwrap().accepts(&pack.version));
}
