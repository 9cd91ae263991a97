//! Random tables and random rules over the fields of the built-in socle.

use std::sync::Arc;
use vigie::audit::{Rollup, Unit};
use vigie::diag::{Source, Text};
use vigie::pack::condition::{self, Expr, Names};
use vigie::pack::{Condition, Level, Require, Rule, Waiver, Waivers};
use vigie::socle::{Citation, Confidence, Socle};
use vigie::value::Date;

/// A small deterministic generator (splitmix64): a world is its seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

/// A column of the table: a field of the socle, and texts that its cells may hold.
#[derive(Clone)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    texts: &'static [&'static str],
}

const COLUMNS: &[Column] = &[
    Column {
        name: "identifiant",
        texts: &[
            "10000000015",
            "10000000023",
            "10000000031",
            "99900000375",
            "CLIENT-7",
            "CLIENT 8",
            "",
            "inconnu",
            "0",
        ],
    },
    Column {
        name: "profession",
        texts: &["infirmier", "Médecin généraliste", "pharmacie", "PHARMACIE", "", "astronaute"],
    },
    Column { name: "palier", texts: &["Add 6", "Add. 6 PC/SC", "add7", "Addendum 8", "Add 9", "", "NC", "1.31"] },
    Column {
        name: "os",
        texts: &[
            "Windows 10 22H2",
            "Windows 10",
            "Windows 11 Professionnel 25H2",
            "10.0.17763",
            "macOS 12",
            "Debian 12",
            "",
            "??",
            "Windows",
        ],
    },
    Column { name: "os_version", texts: &["10.0.19045", "10.0.26100", "12.7", "", "x"] },
    Column {
        name: "cryptolib",
        texts: &["5.1.10", "5.2", "v5.2.6", "5.2-rc.1", "5.0.4", "5.0.4.1.7", "40000.1", "", "abc", "non installé"],
    },
    Column { name: "adri", texts: &["oui", "non", "X", "", "1.15", "1.2", "peut-être"] },
    Column { name: "scor", texts: &["2.11", "2.00", "aucun", "oui", "", "2,11"] },
    Column { name: "igc_sante", texts: &["oui", "non", "", "X", "?"] },
    Column { name: "lecteurs", texts: &["V3.30", "4.00 | V3.30", "PC/SC transparent", "", "inconnu", "boîte noire"] },
    Column { name: "lecteur_niveau", texts: &["V3.30", "V4.00", "", "2.00"] },
    Column { name: "lecteur_apcv", texts: &["oui", "non", ""] },
    Column {
        name: "date_inventaire",
        texts: &["2026-05-01", "30/06/2026", "2025-11-23", "2026-11-22", "", "hier", "2026-02-30"],
    },
    Column { name: "version", texts: &["5.2", "5.1", "10.0", "", "b12"] },
    Column {
        name: "logiciel",
        texts: &["Essai Soins", "ESSAI-SOINS", "Essai Classique", "Vega", "MLM", "", "Autre", "inconnu"],
    },
    Column {
        name: "editeur",
        texts: &[
            "Éditeur A",
            "CGM",
            "Cegedim",
            "",
            "Soft \"Santé\"",
            "Martin; Durand",
            "",
            " Éditeur A ",
            "deux\nlignes",
        ],
    },
    Column { name: "poids", texts: &["1", "3", "12", "", "-1", "2.5", "0"] },
];

/// A catalogue for the columns: names that the socle knows or not, rows that say one thing each or several, ranges,
/// professions and families, dates before, within and after the look-ahead.
pub(crate) const CATALOGUE: &str = r#"
source = { text = "synthétique", confidence = "H" }

[[agrement]]
editeur = "Éditeur A"
produit = "Essai Soins"
version = ">= 5.2"
palier = "Add 8"
scor = "2.11"

[[agrement]]
editeur = "Éditeur A"
produit = "Essai Soins"
version = "< 5.2"
profession = ["infirmier", "pharmacien"]
palier = "Add 6"
scor = "2.00"
cryptolib = "5.1.9"

[[agrement]]
editeur = "Éditeur A"
produit = "Essai Classique"
igc_sante = false
palier = "1.31"
adri = false

[[agrement]]
editeur = "Epsilog"
produit = "Vega"
profession = ["auxiliaire"]
palier = "Add 7"
adri = "1.15"

[[agrement]]
editeur = "Éditeur A"
palier = "Add 7"
since = 2018-06-30

[[agrement]]
editeur = "Éditeur A"
profession = ["auxiliaire"]
palier = "Add 8"
scor = "2.11"
since = 2020-06-30

[[agrement]]
editeur = "CGM"
palier = "Add 6 PC/SC"
adri = true
scor = false

[[agrement]]
editeur = "CGM"
palier = "Add 8"
adri = true

[[agrement]]
editeur = "Cegedim"
profession = ["médecin"]
palier = "Add 7"
scor = "2.11"

[[agrement]]
editeur = "Epsilog"
palier = "Add 8"
since = 2026-12-10
"#;

/// What the population may be grouped by.
pub(crate) const BY: &[&str] = &["profession", "palier", "os.family", "editeur", "os.release", "offre.palier"];

/// Conditions on one or several fields, of every shape the engine treats apart.
const ATOMS: &[&str] = &[
    "palier >= \"Add 7\"",
    "palier.pcsc",
    "palier == \"ADD8\"",
    "palier in [\"Add 6\", \"Add 8\"]",
    "palier.annee >= 2014",
    "profession in [\"infirmier\", \"pharmacie\"]",
    "profession == \"infirmier\"",
    "os.family == \"windows\"",
    "os.end_of_support >= today",
    "os.end_of_support >= today + 90",
    "os.release == \"22H2\"",
    "os.extended.until >= today || os.end_of_support > today",
    "os_version >= version(\"10\")",
    "cryptolib >= version(\"5.1.10\")",
    "cryptolib.major == 5",
    "adri.present",
    "adri.version >= version(\"1.15\")",
    "scor.version >= version(\"2.11\")",
    "scor.present && scor.version > version(\"2\")",
    "igc_sante",
    "offre.palier >= \"Add 7\"",
    "offre.adri.present",
    "offre.scor.version >= version(\"2.11\") || offre.igc_sante",
    "offre.palier > palier",
    "produit_reconnu == \"vega\"",
    "lecteurs.exists(l, l.niveau.pcsc)",
    "lecteurs.all(l, l.niveau == \"V3.30\" && today <= date(\"2027-01-31\"))",
    "lecteurs.size() > 1",
    "lecteurs.exists(l, l.apcv)",
    "date_inventaire >= today - 365",
    "date_inventaire + 200 >= today",
    "today <= date(\"2026-12-31\")",
    "today.year < 2027",
    "editeur.contains(\"A\")",
    "editeur.startsWith(\"Soft\")",
    "identifiant.scheme == \"rpps\" && identifiant.key_ok",
    "identifiant.endsWith(\"5\")",
    "identifiant == identifiant",
    "version >= cryptolib",
    "version == os_version",
    "adri.present == scor.present",
    "adri.version < scor.version",
    "(igc_sante ? cryptolib : version) >= version(\"5.2\")",
    "lecteurs.exists(l, l.apcv == igc_sante)",
    "date_inventaire < os.end_of_support",
    "date_inventaire + 300 >= today && os.end_of_support >= today",
    "(adri.present ? today <= date(\"2027-03-01\") : igc_sante)",
    "true",
];

/// A random table with random rules over it, and what is asked of it.
pub(crate) struct World {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) today: Date,
    pub(crate) until: Option<Date>,
    pub(crate) unit: Unit,
    pub(crate) rollup: Rollup,
    pub(crate) by_text: &'static str,
    pub(crate) by: Expr,
    /// What it is grouped by as well, when two fields are crossed.
    pub(crate) across_text: &'static str,
    pub(crate) across: Expr,
    pub(crate) filter: Option<String>,
}

impl World {
    pub(crate) fn new(dice: &mut Dice, socle: &Socle, unit: Unit) -> World {
        let kept = |dice: &mut Dice, name: &str| match name {
            "identifiant" => true,
            "poids" => unit == Unit::Weight || dice.chance(2),
            _ => !dice.chance(4),
        };
        let columns: Vec<Column> = COLUMNS.iter().filter(|column| kept(dice, column.name)).cloned().collect();
        let rows = (0..dice.below(60))
            .map(|_| columns.iter().map(|column| dice.pick(column.texts).to_owned()).collect())
            .collect();
        let today = Date::parse_iso("2026-11-22").and_then(|day| day.plus_days(dice.below(60) as i64)).expect("a date");
        let until = if dice.chance(4) { None } else { today.plus_days(1 + dice.below(200) as i64) };
        let by_text = dice.pick(BY);
        let others: Vec<&str> = BY.iter().copied().filter(|text| *text != by_text).collect();
        let across_text = dice.pick(&others);
        World {
            rows,
            today,
            until,
            unit,
            rollup: if dice.chance(2) { Rollup::Worst } else { Rollup::Best },
            by_text,
            by: compile(socle, by_text, false),
            across_text,
            across: compile(socle, across_text, false),
            filter: dice.chance(3).then(|| condition(dice, 1)),
            columns,
        }
    }

    /// The table as a CSV file, some cells quoted without need.
    pub(crate) fn csv(&self, dice: &mut Dice) -> Vec<u8> {
        let mut out = self.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(";");
        out.push('\n');
        for row in &self.rows {
            let cells: Vec<String> = row
                .iter()
                .map(|cell| {
                    if cell.contains(['"', ';', '\n']) || dice.chance(5) {
                        format!("\"{}\"", cell.replace('"', "\"\""))
                    } else {
                        cell.clone()
                    }
                })
                .collect();
            out.push_str(&cells.join(";"));
            out.push_str(if dice.chance(2) { "\n" } else { "\r\n" });
        }
        out.into_bytes()
    }
}

/// Random rules over the socle.
pub(crate) fn rules(dice: &mut Dice, socle: &Socle) -> Vec<Rule> {
    let file = Arc::new(Source { name: "rules/monde/r.toml".to_owned(), text: String::new() });
    let compiled =
        |text: String| Condition { expr: compile(socle, &text, true), text, file: Arc::clone(&file), span: 0..0 };
    (0..1 + dice.below(8))
        .map(|number| Rule {
            id: format!("r{number}"),
            pack: "monde".to_owned(),
            title: Text::same("r"),
            domain: "d".to_owned(),
            level: [Level::Blocking, Level::Advisory, Level::Info][dice.below(3)],
            since: dice.chance(4).then(|| Date::parse_iso("2027-01-15")).flatten(),
            until: dice.chance(4).then(|| Date::parse_iso("2027-02-10")).flatten(),
            scope: dice.chance(2).then(|| compiled(condition(dice, 1))),
            requires: (0..1 + dice.below(3))
                .map(|_| Require { that: compiled(condition(dice, 3)), why: Text::same("w"), remedy: Text::same("r") })
                .collect(),
            source: Citation { text: "t".to_owned(), place: None, url: None, date: None, confidence: Confidence::High },
            remark: None,
            open_before: false,
            examples: Vec::new(),
            file: Arc::clone(&file),
        })
        .collect()
}

/// Random waivers of these rules; some have expired, some end within the look-ahead.
pub(crate) fn waivers(dice: &mut Dice, socle: &Socle, rules: &[Rule], today: Date) -> Waivers {
    let file = Arc::new(Source { name: "derogations.toml".to_owned(), text: String::new() });
    let list = (0..dice.below(4)).map(|_| {
        let text = condition(dice, 1);
        let rule = rules[dice.below(rules.len())].id.clone();
        Waiver {
            rules: vec![(0, rule.clone())],
            rule,
            scope: Condition { expr: compile(socle, &text, true), text, file: Arc::clone(&file), span: 0..0 },
            reason: "r".to_owned(),
            author: "a".to_owned(),
            until: today.plus_days(dice.below(120) as i64 - 20).expect("a date"),
            line: 1,
        }
    });
    Waivers { name: "derogations.toml".to_owned(), digest: String::new(), list: list.collect() }
}

fn condition(dice: &mut Dice, depth: usize) -> String {
    if depth == 0 || dice.chance(3) {
        return dice.pick(ATOMS).to_owned();
    }
    let (a, b, c) = (condition(dice, depth - 1), condition(dice, depth - 1), condition(dice, depth - 1));
    match dice.below(4) {
        0 => format!("({a}) && ({b})"),
        1 => format!("({a}) || ({b})"),
        2 => format!("!({a})"),
        _ => format!("({a}) ? ({b}) : ({c})"),
    }
}

/// Compiles a condition that is right by construction.
pub(crate) fn compile(socle: &Socle, text: &str, boolean: bool) -> Expr {
    let names = Names {
        tables: &socle.tables,
        fields: &socle.fields,
        parameters: &socle.parameters,
        kind: Some("installation"),
        previous: false,
    };
    let compiled = if boolean { condition::compile_bool(text, &names) } else { condition::compile(text, &names) };
    compiled.unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}
