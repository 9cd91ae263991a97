//! Faults of a socle, one at a time: code, message, help, text underlined.
#![allow(clippy::unwrap_used)]

use crate::diag::{Diagnostic, Lang};
use crate::socle::Socle;

const SOCLE: &str = "version = \"0.1.0\"\ntitle = { fr = \"a\", en = \"a\" }\n";
const TABLE: &str = r#"
id = "niveau"
title = { fr = "Niveau", en = "Level" }
ordered = true
words = { addendum = "add" }
before = [["debut", "fin"]]
source = { text = "texte", confidence = "H" }
[[column]]
name = "annee"
type = "int"
label = { fr = "année", en = "year" }
[[column]]
name = "debut"
type = "date"
[[column]]
name = "fin"
type = "date"
[[column]]
name = "sorte"
type = "enum"
identity = true
values = { a = { fr = "a", en = "a" }, b = { fr = "b", en = "b" } }
[[row]]
id = "ADD1"
annee = 2001
debut = 2001-01-01
fin = 2002-01-01
sorte = "a"
[[row]]
id = "ADD2"
aliases = ["deux"]
[[row]]
id = "ADD3"
"#;
const FIELDS: &str = r#"
[[record]]
id = "poste"
[[record.member]]
name = "niveau"
type = "niveau"
[[field]]
id = "niveau"
kinds = ["installation"]
type = "niveau"
headers = ["palier"]
[[field]]
id = "postes"
kinds = ["installation"]
type = "list(poste)"
parts = [{ field = "niveau", member = "niveau" }]
"#;
const PARAMETERS: &str = r#"
[[parametre]]
id = "seuil"
type = "niveau"
values = [
  { since = 2018-01-01, value = "ADD1", source = { text = "t", confidence = "H" } },
  { since = 2020-01-01, value = "deux", source = { text = "t", confidence = "H" } },
]
"#;

fn load(table: &str, fields: &str, parameters: &str) -> Result<Socle, Vec<Diagnostic>> {
    Socle::load(&[
        ("rules/socle/socle.toml", SOCLE),
        ("rules/socle/fields.toml", fields),
        ("rules/socle/scales/niveau.toml", table),
        ("rules/socle/parametres.toml", parameters),
        ("rules/socle/mots.toml", "oui = [\"oui\"]\n"),
    ])
}

/// Loads with one file changed and returns `code: message | underlined | help`.
fn fault(file: char, from: &str, to: &str) -> String {
    let change = |name: char, text: &str| {
        if name == file {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        } else {
            text.to_owned()
        }
    };
    let Err(faults) = load(&change('t', TABLE), &change('f', FIELDS), &change('p', PARAMETERS)) else {
        panic!("{from} → {to}: no fault")
    };
    assert_eq!(faults.len(), 1, "{from} → {to}: {}", super::render(&faults));
    let fault = &faults[0];
    assert!(!fault.message.fr.is_empty() && !fault.message.fr.ends_with('.') && fault.message.fr != fault.message.en);
    let label = &fault.labels[0];
    let underlined = &label.source.text[label.span.clone()];
    let help = fault.help.as_ref().map_or(String::new(), |help| format!(" | {}", help.get(Lang::En)));
    format!("{}: {} | {underlined}{help}", fault.code, fault.message.get(Lang::En))
}

#[test]
fn the_base_of_these_tests_loads() {
    if let Err(faults) = load(TABLE, FIELDS, PARAMETERS) {
        panic!("{}", super::render(&faults));
    }
}

#[test]
fn each_fault_is_named_placed_and_helped() {
    for (file, from, to, expected) in [
        ('t', "annee = 2001", "anee = 2001", "toml/unknown-key: unknown key `anee` | anee | did you mean `annee`?"),
        (
            't',
            "ordered = true",
            "orderd = true",
            "toml/unknown-key: unknown key `orderd` | orderd | did you mean `ordered`?",
        ),
        (
            't',
            "type = \"int\"",
            "type = \"itn\"",
            "socle/unknown-type: unknown type `itn` | \"itn\" | did you mean `int`?",
        ),
        ('t', "annee = 2001", "annee = \"2001\"", "toml/type: value of type string, expected integer | \"2001\""),
        ('t', "id = \"ADD3\"", "id = \"ADD1\"", "socle/duplicate-id: two rows are called `ADD1` | \"ADD1\""),
        (
            't',
            "\"deux\"",
            "\"deux\", \"addendum 1\"",
            "socle/duplicate-alias: `addendum 1` already names row `ADD1` of table `niveau` | \"addendum 1\" | these names are \
             compared without case, accents, spaces or punctuation",
        ),
        (
            't',
            "fin = 2002-01-01",
            "fin = 2000-01-01",
            "socle/date-order: `fin` (2000-01-01) comes before `debut` (2001-01-01) | 2000-01-01",
        ),
        ('t', "sorte = \"a\"", "sorte = \"c\"", "socle/unknown-value: `c` is not a value of column `sorte` | \"c\""),
        (
            't',
            "sorte = \"a\"",
            "sorte = \"a\"
source = { text = \"t\", confidence = \"haute\" }",
            "socle/unknown-confidence: unknown confidence `haute` | \"haute\" | allowed values: `H`, `M`, `L`, `NV`",
        ),
        (
            't',
            "[[row]]\nid = \"ADD1\"",
            "[[pattern]]\nmatch = '(?P<sorte>a'\n[[row]]\nid = \"ADD1\"",
            "socle/bad-pattern: invalid regular expression | '(?P<sorte>a' ",
        ),
        (
            't',
            "[[row]]\nid = \"ADD1\"",
            "[[pattern]]\nmatch = '(?P<sort>a)'\n[[row]]\nid = \"ADD1\"",
            "socle/unknown-column: table `niveau` has no column `sort` | '(?P<sort>a)' | did you mean `sorte`?",
        ),
        (
            'f',
            "headers = [\"palier\"]",
            "headers = [\"postes\"]",
            "socle/duplicate-header: the header `postes` is already that of field `niveau` | \"postes\" | headers are compared \
             without case, accents, spaces or punctuation",
        ),
        (
            'f',
            "field = \"niveau\", member",
            "field = \"niveaux\", member",
            "socle/unknown-field: unknown field `niveaux` | \"niveaux\" | did you mean `niveau`?",
        ),
        (
            'f',
            "member = \"niveau\" }",
            "member = \"modele\" }",
            "socle/unknown-member: the field's type has no member `modele` | \"modele\"",
        ),
        (
            'f',
            "headers = [\"palier\"]",
            "role = \"poids\"",
            "socle/unknown-role: unknown role `poids` | \"poids\" | known roles: `identifier`, `weight`, `date`",
        ),
        ('f', "headers = [\"palier\"]", "pattern = '['", "socle/bad-pattern: invalid regular expression | '['"),
        (
            'p',
            "2020-01-01",
            "2017-01-01",
            "socle/not-ascending: the values of `seuil` are not in the order of dates | 2017-01-01",
        ),
        (
            'p',
            "\"deux\"",
            "\"ADD9\"",
            "socle/unknown-row: `ADD9` is not a row of table `niveau` | \"ADD9\" | did you mean `ADD3`?",
        ),
        (
            'p',
            "id = \"seuil\"",
            "id = \"niveau\"",
            "socle/duplicate-id: the name `niveau` is already that of a field or a parameter | \"niveau\"",
        ),
        (
            'p',
            "confidence = \"H\"",
            "confidence = \"M\"",
            "socle/below-h: the source of this threshold is not sure (H) | \"ADD1\" | leave it out of the socle: an advisory rule \
             may write it, with its source",
        ),
    ] {
        assert_eq!(fault(file, from, to).trim(), expected.trim(), "{from} → {to}");
    }
}

#[test]
fn a_row_below_h_only_says_what_it_is() {
    let text = TABLE.replacen("annee = 2001", "annee = 2001\nsource = { text = \"presse\", confidence = \"M\" }", 1);
    let faults = load(&text, FIELDS, PARAMETERS).err().unwrap();
    let codes: Vec<(&str, &str)> =
        faults.iter().map(|fault| (fault.code, &fault.labels[0].source.text[fault.labels[0].span.clone()])).collect();
    // Not `sorte`, an identity column.
    assert_eq!(codes, [("socle/below-h", "annee"), ("socle/below-h", "debut"), ("socle/below-h", "fin")]);
}

#[test]
fn every_fault_of_every_file_comes_at_once() {
    let table =
        TABLE.replacen("type = \"int\"", "type = \"itn\"", 1).replacen("confidence = \"H\"", "confidence = \"X\"", 1);
    let fields = FIELDS.replacen("role", "rôle", 1).replacen("kinds", "kind", 1);
    let faults = load(&table, &fields, "[[parametre]]\n").err().unwrap();
    let mut files: Vec<&str> = faults.iter().map(|fault| fault.labels[0].source.name.as_str()).collect();
    files.dedup();
    assert_eq!(
        files,
        ["rules/socle/fields.toml", "rules/socle/parametres.toml", "rules/socle/scales/niveau.toml"],
        "{}",
        super::render(&faults)
    );
    let missing = Socle::load::<&str, &str>(&[]).err().unwrap();
    assert_eq!(missing[0].code, "socle/missing-file");
    // What a file that cannot be read declares is not said unknown elsewhere.
    let syntax = load("id = \"niveau", FIELDS, "").err().unwrap();
    assert_eq!(syntax.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["toml/syntax"]);
}

const DIALECT: &str = r#"
id = "essai"
label = { fr = "essai", en = "essai" }
form = ["xml"]
root = "R"
[[variant]]
id = "autre"
label = { fr = "autre", en = "other" }
has = ["C/S"]
[[kind]]
is = "printer"
fact = "kind"
match = "print"
[[section]]
holds = "software"
at = "C/S"
name = "N"
[[section]]
holds = "system"
at = "C/H"
host = "N"
"#;
const FEEDS: &str = r#"
[[family]]
id = "windows"
match = "win"
[products]
table = "niveau"
[readers]
table = "niveau"
class = "11"
name = "ccid"
not = "virtual"
unlisted = "ADD2"
[[feed]]
field = "niveau"
where = { sorte = "a" }
give = "name"
[[feed]]
field = "postes"
take = [{ fact = "host", family = ["windows"] }]
"#;

#[test]
fn faults_of_machine_inventories_are_placed() {
    let load = |dialect: &str, feeds: &str| {
        Socle::load(&[
            ("rules/socle/socle.toml", SOCLE),
            ("rules/socle/fields.toml", FIELDS),
            ("rules/socle/scales/niveau.toml", TABLE),
            ("rules/socle/collecte.toml", feeds),
            ("rules/socle/collecte/essai.toml", dialect),
        ])
    };
    if let Err(faults) = load(DIALECT, FEEDS) {
        panic!("{}", super::render(&faults));
    }
    for (in_dialect, from, to, expected) in [
        (
            true,
            "form = [\"xml\"]",
            "form = [\"xlm\"]",
            "socle/unknown-word: `xlm` is not allowed here | \"xlm\" | did you mean `xml`?",
        ),
        (true, "name = \"N\"", "nam = \"N\"", "toml/unknown-key: unknown key `nam` | nam | did you mean `name`?"),
        (true, "host = \"N\"", "vendor_id = \"N\"", "toml/unknown-key: unknown key `vendor_id` | vendor_id"),
        (true, "has = [\"C/S\"]", "has = [\"C/X\"]", "socle/unknown-section: no section stands at `C/X` | \"C/X\""),
        (true, "at = \"C/H\"", "at = \"C/S\"", "socle/duplicate-section: two sections stand at `C/S` | \"C/S\""),
        (true, "match = \"print\"", "match = \"(\"", "socle/bad-pattern: invalid regular expression | \"(\""),
        (
            true,
            "is = \"printer\"",
            "is = \"printr\"",
            "socle/unknown-word: `printr` is not allowed here | \"printr\" | did you mean `printer`?",
        ),
        (true, "at = \"C/S\"\n", "", "toml/missing-key: key `at` is missing | [[section]]"),
        (
            false,
            "table = \"niveau\"",
            "table = \"niveaux\"",
            "socle/unknown-type: unknown table `niveaux` | \"niveaux\" | did you mean `niveau`?",
        ),
        (false, "\"ADD2\"", "\"ADD9\"", "socle/unknown-row: `ADD9` is not a row of table `niveau` | \"ADD9\""),
        (false, "field = \"niveau\"", "field = \"nivo\"", "socle/unknown-field: unknown field `nivo` | \"nivo\""),
        (false, "sorte = \"a\"", "sorte = \"z\"", "socle/unknown-word: no row has `z` in `sorte` | \"z\""),
        (false, "give = \"name\"", "give = \"nom\"", "socle/unknown-word: `nom` is not allowed here | \"nom\""),
        (
            false,
            "\"windows\"] }",
            "\"window\"] }",
            "socle/unknown-word: `window` is not allowed here | \"window\" | did you mean `windows`?",
        ),
        (false, "fact = \"host\"", "fact = \"hote\"", "socle/unknown-word: `hote` is not allowed here | \"hote\""),
    ] {
        let change = |changed: bool, text: &str| match changed {
            true => {
                assert!(text.contains(from), "{from}");
                text.replacen(from, to, 1)
            }
            false => text.to_owned(),
        };
        let Err(faults) = load(&change(in_dialect, DIALECT), &change(!in_dialect, FEEDS)) else {
            panic!("{from} → {to}: no fault")
        };
        let fault = &faults[0];
        let label = &fault.labels[0];
        let underlined = &label.source.text[label.span.clone()];
        let help = fault.help.as_ref().map_or(String::new(), |help| format!(" | {}", help.get(Lang::En)));
        let said = format!("{}: {} | {underlined}{help}", fault.code, fault.message.get(Lang::En));
        assert!(said.starts_with(expected), "{from} → {to}: {said}");
    }
}
