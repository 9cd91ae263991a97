//! Market figures, on small made-up lists.

use crate::{Asked, printed, rates};

/// Five editors and four categories; all made up.
const MADE_UP: &str = "editeur;categorie;nombre
A;médecins;50
A;dentistes;10
A;pharmaciens;5
B;médecins;40
B;dentistes;10
C;médecins;30
D;dentistes;20
E;médecins;10
E;;5
;médecins;20
";

const OPTIONS: &[&str] = &["--by", "editeur", "--by", "categorie", "--unit", "weight", "--pack", "enquete", "--market"];

#[test]
fn figures_are_those_of_the_list() {
    let rules = Some("fixtures/own-rules/enquete");
    let asked = Asked { inventory: MADE_UP, options: OPTIONS, rules };
    let market = &rates(&asked)["market"];
    // 65, 50, 30, 20, 15 of 200; 20 have no editor.
    assert_eq!((&market["groups"], &market["complete"]), (&5.into(), &true.into()));
    let top: Vec<(u64, f64)> = market["top"]
        .as_array()
        .unwrap()
        .iter()
        .map(|top| (top["groups"].as_u64().unwrap(), top["share"].as_f64().unwrap()))
        .collect();
    assert_eq!(top, [(1, 0.325), (3, 0.725), (5, 0.9)]);
    let hhi = [65.0, 50.0, 30.0, 20.0, 15.0].iter().map(|n: &f64| (n / 200.0).powi(2)).sum::<f64>();
    assert!((market["hhi"].as_f64().unwrap() - hhi).abs() < 1e-12);
    // Categories held: 3, 2, 1, 1, 1. What E does without a category is no category of its own.
    let portfolio = &market["portfolio"];
    let of = |name: &str| portfolio[name].as_u64().unwrap();
    let names = ["groups", "min", "d1", "q1", "median", "q3", "d9", "max", "single"];
    assert_eq!(names.map(of), [5, 1, 1, 1, 1, 2, 3, 3, 3]);
    assert_eq!(portfolio["mean"], 1.6);
    let presence: Vec<(&str, u64, u64)> = portfolio["presence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["value"].as_str().unwrap(), p["groups"].as_u64().unwrap(), p["only"].as_u64().unwrap()))
        .collect();
    assert_eq!(presence, [("médecins", 4, 2), ("dentistes", 3, 1), ("pharmaciens", 1, 0)]);
    let text = printed(&Asked { options: &[OPTIONS, &["--lang", "fr"]].concat(), ..asked }, "text");
    assert!(text.contains("médecins    │ 80,0\u{a0}% (4 / 5) │ 40,0\u{a0}% (2 / 5)"), "{text}");
}
