//! `rules/README.md` and its French twin: the tables come from the packs, the worked example works.

use crate::support::{PACKS, SOCLE, path, same_as_file, shown};
use std::fs;
use vigie::diag::Lang;
use vigie::folder::{Folder, SourceFile};
use vigie::pack::{Level, Origin, Pack, confidence_code};

const PAGES: [(&str, Lang); 2] = [("rules/README.md", Lang::En), ("rules/README.fr.md", Lang::Fr)];

#[test]
fn the_tables_are_those_of_the_packs() {
    for (page, lang) in PAGES {
        let file = path(page);
        let mut text = fs::read_to_string(&file).unwrap();
        for pack in PACKS.iter() {
            let (open, close) = (format!("<!-- rules of {} -->\n", pack.id), "<!-- end -->");
            let start = text.find(&open).unwrap_or_else(|| panic!("{page} has no table for {}", pack.id)) + open.len();
            let end = start + text[start..].find(close).unwrap();
            text.replace_range(start..end, &table(pack, lang));
        }
        if let Err(difference) = same_as_file(&file, &text) {
            panic!("{difference}");
        }
    }
}

/// The rules of a pack, one a line.
fn table(pack: &Pack, lang: Lang) -> String {
    let mut out = match lang {
        Lang::Fr => "\n| règle | titre | niveau | confiance | source |\n| --- | --- | --- | --- | --- |\n".to_owned(),
        Lang::En => "\n| rule | title | level | confidence | source |\n| --- | --- | --- | --- | --- |\n".to_owned(),
    };
    for rule in &pack.rules {
        let level = match (rule.level, lang) {
            (Level::Blocking, Lang::Fr) => "bloquante",
            (Level::Advisory, Lang::Fr) => "conseil",
            (level, _) => level.word(),
        };
        let link = format!("{}/{}.toml", pack.id, rule.id);
        let place = rule.source.place.as_ref().map(|place| format!(", {place}")).unwrap_or_default();
        let (id, title, confidence) = (&rule.id, rule.title.get(lang), confidence_code(rule.source.confidence));
        let text = &rule.source.text;
        out += &format!("| [`{id}`]({link}) | {title} | {level} | {confidence} | {text}{place} |\n");
    }
    out + "\n"
}

#[test]
fn the_worked_example_works() {
    for (page, _) in PAGES {
        let text = fs::read_to_string(path(page)).unwrap();
        let mut files = Vec::new();
        // Blocks of TOML whose first line names their file make a pack.
        for block in text.split("```toml\n").skip(1) {
            let block = block.split("```").next().unwrap();
            let Some(name) = block.lines().next().and_then(|line| line.strip_prefix("# mon-pack/")) else { continue };
            files.push(SourceFile { path: name.trim().to_owned(), bytes: block.as_bytes().to_vec().into() });
        }
        assert_eq!(files.len(), 2, "{page}");
        let folder = Folder::new("mon-pack", "mon-pack", files);
        let bases: Vec<&Pack> = PACKS.iter().collect();
        let pack = Pack::load(&folder, &SOCLE, &bases, Origin::Own)
            .unwrap_or_else(|faults| panic!("{page}\n{}", shown(&faults)));
        let rule = pack.rules.iter().find(|rule| rule.pack == "mon-pack").unwrap();
        for example in &rule.examples {
            assert!(example.run(rule, &SOCLE).holds(example), "{page}: example of line {}", example.line);
        }
    }
}
