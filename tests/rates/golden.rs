//! The figures that the documents print, drawn again from what they were computed on, to the printed digit.
//!
//! Where a document prints a figure that its own counts contradict, the test names it, and vigie prints what the
//! counts give, with the counts.

use crate::{Asked, lines, printed, published, rates};
use serde_json::Value;

/// A vocabulary of surveys, that knows no level, no reader and no profession.
const SURVEY: Option<&str> = Some("fixtures/own-rules/enquete");

/// A share to so many decimals, as a document rounds it.
fn percent(share: &Value, decimals: usize) -> String {
    format!("{:.decimals$}", share.as_f64().unwrap() * 100.0)
}

fn cells(rates: &Value) -> &[Value] {
    rates["cells"].as_array().unwrap()
}

/// Units and something else of each cell, in order.
fn told<'r>(rates: &'r Value, field: &str, what: &str) -> Vec<(Option<&'r str>, u64, &'r Value)> {
    cells(rates).iter().map(|cell| (cell["key"][field].as_str(), cell["n"].as_u64().unwrap(), &cell[what])).collect()
}

#[test]
fn levels_of_june_2018() {
    let inventory = published("paliers-2018.csv");
    let options = &["--by", "palier", "--unit", "weight", "--measure", "palier >= \"ADD6PCSC\""];
    let asked = Asked { inventory: &inventory, options, rules: None };
    let found = rates(&asked);
    let shares: Vec<(&str, String, String)> = cells(&found)
        .iter()
        .map(|c| (c["key"]["palier"].as_str().unwrap(), percent(&c["share"], 1), percent(&c["cumulative"], 1)))
        .collect();
    let expected = [
        ("ADD7", "34.1", "34.1"),
        ("ADD6PCSC", "4.3", "38.4"),
        ("ADD6", "32.2", "70.6"),
        ("ADD4", "4.3", "74.9"),
        ("ADD3", "24.3", "99.2"),
        ("ADD2BIS", "0.1", "99.3"),
        ("1.40+ADD1", "0.5", "99.8"),
        ("1.31", "0.2", "100.0"),
    ];
    assert_eq!(shares, expected.map(|(id, share, sum)| (id, share.to_owned(), sum.to_owned())));
    assert_eq!(found["total"]["n"], 1000);
    assert_eq!(percent(&found["total"]["rate"]["low"], 1), "38.4");
    let french = Asked { options: &[options as &[&str], &["--lang", "fr"]].concat(), ..asked };
    let text = printed(&french, "text");
    assert!(text.contains("38,4\u{a0}% (384 / 1\u{202f}000)"), "{text}");
}

#[test]
fn levels_of_the_major_editors() {
    let inventory = published("paliers-editeurs-2018.csv");
    let found = rates(&Asked { inventory: &inventory, options: &["--by", "palier", "--market"], rules: None });
    let levels: Vec<_> = told(&found, "palier", "n").into_iter().map(|(id, n, _)| (id.unwrap(), n)).collect();
    assert_eq!(levels, [("ADD7", 27), ("ADD6PCSC", 6), ("ADD6", 8), ("ADD4", 3), ("ADD3", 1)]);
    assert_eq!((&found["total"]["n"], &found["market"]["groups"]), (&45.into(), &5.into()));
}

#[test]
fn editors_by_category() {
    let inventory = published("editeurs-par-categorie.csv");
    let options = &["--by", "categorie", "--by", "annee", "--unit", "weight", "--pack", "enquete"];
    let found = rates(&Asked { inventory: &inventory, options, rules: SURVEY });
    let counted: Vec<(String, String, u64)> = lines(&inventory)
        .into_iter()
        .map(|cells| (cells[0].clone(), cells[1].clone(), cells[2].parse().unwrap()))
        .collect();
    assert_eq!(counted.len(), cells(&found).len());
    for (category, year, n) in &counted {
        let is_it = |cell: &&Value| cell["key"]["categorie"] == **category && cell["key"]["annee"] == **year;
        assert_eq!(cells(&found).iter().find(is_it).unwrap()["n"], *n, "{category} {year}");
    }
    let of_year = |year: &str| {
        let subtotals = found["subtotals"].as_array().unwrap();
        subtotals.iter().find(|cell| cell["key"]["annee"] == *year).unwrap()["n"].as_u64().unwrap()
    };
    // Physicians alone lose four editors; an editor active in two categories counts in both.
    assert_eq!((of_year("2017"), of_year("2018")), (226, 217));
}

/// Contradicted: the total printed is 62.4 %, and the shares printed sum to 62.6 %.
#[test]
fn feima_members() {
    let members = published("feima-2018.csv");
    // The others hold the rest of the 1,000 per mille.
    let inventory = format!("éditeur;poids;groupe\n{}", {
        let member = |line: Vec<String>| format!("{};{};membre\n", line[0], line[1]);
        let sum: u64 = lines(&members).iter().map(|line| line[1].parse::<u64>().unwrap()).sum();
        lines(&members).into_iter().map(member).collect::<String>() + &format!(";{};autre\n", 1000 - sum)
    });
    let options =
        &["--by", "editeur", "--unit", "weight", "--pack", "enquete", "--measure", "groupe == \"membre\"", "--market"];
    let found = rates(&Asked { inventory: &inventory, options, rules: SURVEY });
    for line in lines(&members) {
        let cell = cells(&found).iter().find(|cell| cell["key"]["editeur"] == *line[0]).unwrap();
        let printed: f64 = line[1].parse::<f64>().unwrap() / 10.0;
        assert_eq!(percent(&cell["share"], 1), format!("{printed:.1}"), "{}", line[0]);
    }
    assert_eq!(percent(&found["total"]["rate"]["low"], 1), "62.6");
    assert_eq!(found["total"]["pass"], 626);
    // The summary speaks of 12 members; the table lists 13.
    assert_eq!(found["market"]["groups"], 13);
}

/// Each line of a table of n, N and a printed percentage as an inventory of N answers, n of them yes.
fn answers(table: &[Vec<String>], of: impl Fn(&[String]) -> u64) -> String {
    let mut inventory = "tableau;groupe;reponse;nombre\n".to_owned();
    for line in table {
        let (n, of): (u64, u64) = (line[2].parse().unwrap(), of(line));
        inventory += &format!("{};{};oui;{n}\n{0};{1};non;{}\n", line[0], line[1], of - n);
    }
    inventory
}

/// The lines whose percentage is not the one printed.
fn contradicted(table: &[Vec<String>], of: impl Fn(&[String]) -> u64) -> Vec<String> {
    let inventory = answers(table, of);
    let options =
        &["--by", "tableau", "--by", "groupe", "--unit", "weight", "--measure", "concerne", "--pack", "enquete"];
    let found = rates(&Asked { inventory: &inventory, options, rules: SURVEY });
    let differs = |line: &&Vec<String>| {
        let is_it = |cell: &&Value| cell["key"]["tableau"] == *line[0] && cell["key"]["groupe"] == *line[1];
        let rate = &cells(&found).iter().find(is_it).unwrap()["rate"]["low"];
        let decimals = line[4].split_once('.').map_or(0, |(_, decimals)| decimals.len());
        percent(rate, decimals) != line[4]
    };
    table.iter().filter(differs).map(|line| format!("{}: {}", line[0], line[1])).collect()
}

/// Contradicted: PSY, 96 of 211, is 45.498 %, and 46 is printed; the header says 206 companies, and it is of 211
/// that the percentages are.
#[test]
fn relims_of_2012() {
    let table = lines(&published("relims-2012.csv"));
    let printed_of = |line: &[String]| line[3].parse::<u64>().unwrap();
    assert_eq!(contradicted(&table, printed_of), ["sociétés par activité: PSY"]);
    let clients: Vec<Vec<String>> = table.iter().filter(|line| line[0].ends_with("type de client")).cloned().collect();
    assert_eq!(clients.len(), 10);
    assert_eq!(contradicted(&clients, printed_of), [""; 0]);
    assert!(contradicted(&clients, |_| 206).len() >= 7);
}

/// Contradicted: the page says 51 % for hospitals, and 38 % in the title of a chart; 90 of 167 are 53.9 %.
#[test]
fn segur_wave_1() {
    let inventory = published("segur-vague1.csv");
    let options = &["--by", "couloir", "--by", "dsr", "--unit", "weight", "--pack", "enquete"];
    let asked = Asked { inventory: &inventory, options, rules: SURVEY };
    let found = rates(&asked);
    let lanes: Vec<(&str, u64)> = found["subtotals"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|cell| Some((cell["key"]["couloir"].as_str()?, cell["n"].as_u64()?)))
        .collect();
    assert_eq!(
        lanes,
        [("Hôpital", 90), ("Médecin de ville", 43), ("Biologie", 13), ("Officine", 11), ("Radiologie", 10)]
    );
    assert_eq!(found["total"]["n"], 167);
    assert_eq!(percent(&found["subtotals"][0]["share"], 1), "53.9");
    let markdown = printed(&asked, "markdown");
    assert!(markdown.contains("53.9% (90 / 167)"), "{markdown}");
}

/// Contradicted: Vega is also printed 12.6 % once; 50,656 of 404,432 are 12.5 %.
#[test]
fn january_2024() {
    let vega = published("vega-2024.csv");
    // 404,432 is 112 × 3,611, the mean printed; 75,685 physiotherapists are printed; the nurses are derived.
    let rest = "Autre;Autre;masseur-kinésithérapeute;41473\nAutre;Autre;infirmier;81754\n;;;230549\n";
    let inventory = format!("{vega}{rest}");
    let options = &["--by", "logiciel", "--by", "profession", "--unit", "weight", "--pack", "enquete", "--market"];
    let found = rates(&Asked { inventory: &inventory, options, rules: SURVEY });
    assert_eq!(found["total"]["n"], 404_432);
    let software = |name: &str| {
        let subtotals = found["subtotals"].as_array().unwrap();
        subtotals.iter().find(|cell| cell["key"]["logiciel"] == *name).unwrap()
    };
    assert_eq!(software("Vega")["n"], 50_656);
    assert_eq!(percent(&software("Vega")["share"], 1), "12.5");
    let options = &["--by", "profession", "--by", "logiciel", "--unit", "weight", "--pack", "enquete"];
    let found = rates(&Asked { inventory: &inventory, options, rules: SURVEY });
    let of = |profession: &str| {
        let is_it = |cell: &&Value| cell["key"]["profession"] == *profession && cell["key"]["logiciel"] == "Vega";
        percent(&cells(&found).iter().find(is_it).unwrap()["share_of_group"], 1)
    };
    assert_eq!((of("masseur-kinésithérapeute"), of("infirmier")), ("45.2".to_owned(), "12.1".to_owned()));

    // The other shares of the article: "a little over 7 %" and "16 %" stand for what rounds to them.
    let table: Vec<Vec<String>> = lines(&published("teletransmission-2024.csv"))
        .into_iter()
        .map(|line| vec!["2024".to_owned(), line[0].clone(), line[1].clone(), line[2].clone(), line[3].clone()])
        .collect();
    assert_eq!(contradicted(&table, |line| line[3].parse().unwrap()), [""; 0]);
}
