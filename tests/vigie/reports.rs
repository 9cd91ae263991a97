//! Pages, workbooks and packages: read back, they say what the JSON says; what is hostile stays text; what is
//! hidden is nowhere; the same inputs give the same bytes.

use crate::support::{run, vigie};
use calamine::{Data, Reader as _, Xlsx};
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;
use sha2::Digest;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read as _};
use std::path::Path;

/// What a command wrote.
struct Written {
    folder: tempfile::TempDir,
    json: Value,
    page: Page,
    sheets: BTreeMap<String, Vec<Vec<Data>>>,
}

/// Runs a command with every carrier.
fn written(args: &[&str]) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let mut command = vigie(folder.path(), &BTreeMap::new());
    command.args(args).args(["--as-of", "2026-11-22", "--lang", "fr", "-q", "--format", "json"]);
    command.args(["--output", "html=r.html", "--output", "xlsx=r.xlsx", "--output", "datapackage=paquet"]);
    let output = run(command, b"");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let json = serde_json::from_slice(&output.stdout).unwrap();
    let page = Page::read(&fs::read_to_string(folder.path().join("r.html")).unwrap());
    let sheets = workbook(&folder.path().join("r.xlsx"));
    Written { folder, json, page, sheets }
}

impl Written {
    /// A table of the package, which its schema describes.
    fn csv(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let folder = self.folder.path().join("paquet");
        let bytes = fs::read(folder.join(format!("{name}.csv"))).unwrap();
        let package: Value = serde_json::from_slice(&fs::read(folder.join("datapackage.json")).unwrap()).unwrap();
        let resource =
            package["resources"].as_array().unwrap().iter().find(|resource| resource["name"] == name).unwrap();
        assert_eq!(resource["bytes"].as_u64().unwrap(), bytes.len() as u64);
        let hash: String = sha2::Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(resource["hash"], format!("sha256:{hash}"));
        let mut lines = records(&String::from_utf8(bytes).unwrap()).into_iter();
        let header = lines.next().unwrap();
        let fields = resource["schema"]["fields"].as_array().unwrap();
        assert_eq!(header, fields.iter().map(|field| field["name"].as_str().unwrap()).collect::<Vec<_>>());
        for line in lines.clone() {
            for (cell, field) in line.iter().zip(fields).filter(|(cell, _)| !cell.is_empty()) {
                match field["type"].as_str().unwrap() {
                    "integer" => assert!(cell.parse::<i64>().is_ok(), "{cell}"),
                    "number" => assert!(cell.parse::<f64>().is_ok(), "{cell}"),
                    "date" => assert!(vigie::value::Date::parse_iso(cell).is_some(), "{cell}"),
                    kind => assert_eq!(kind, "string"),
                }
            }
        }
        lines.map(|line| header.iter().cloned().zip(line).collect()).collect()
    }

    /// The names of the fields of a table of the package, by title.
    fn fields(&self, name: &str) -> BTreeMap<String, String> {
        let path = self.folder.path().join("paquet/datapackage.json");
        let package: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let resources = package["resources"].as_array().unwrap();
        let fields = resources
            .iter()
            .filter(|resource| resource["name"] == name)
            .flat_map(|resource| resource["schema"]["fields"].as_array().unwrap());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        fields.map(|field| (text(&field["title"]), text(&field["name"]))).collect()
    }

    /// Column of a sheet, by heading.
    fn column(&self, sheet: &str, heading: &str) -> Vec<Data> {
        let rows = self.sheets.get(sheet).unwrap_or_else(|| panic!("{sheet} in {:?}", self.sheets.keys()));
        let place = rows[0].iter().position(|cell| *cell == Data::String(heading.to_owned()));
        let place = place.unwrap_or_else(|| panic!("{heading} in {:?}", rows[0]));
        rows[1..].iter().map(|row| row[place].clone()).collect()
    }
}

/// The records of an exact CSV.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            c => cell.push(c),
        }
    }
    records
}

fn workbook(path: &Path) -> BTreeMap<String, Vec<Vec<Data>>> {
    let mut book: Xlsx<_> = calamine::open_workbook(path).unwrap();
    let names = book.sheet_names();
    names
        .into_iter()
        .map(|name| {
            assert!(book.worksheet_formula(&name).unwrap().is_empty(), "{name} has formulas");
            let rows = book.worksheet_range(&name).unwrap().rows().map(<[Data]>::to_vec).collect();
            (name, rows)
        })
        .collect()
}

/// A page, read as XML.
#[derive(Default)]
struct Page {
    /// Tables by name: headings, rows of (text, raw value), how many are sums.
    tables: BTreeMap<String, HtmlTable>,
    /// Elements, with how many of each.
    elements: BTreeMap<String, usize>,
    /// Text of the style and of the script.
    style: String,
    script: String,
    policy: String,
    text: String,
}

#[derive(Default)]
struct HtmlTable {
    headings: Vec<String>,
    rows: Vec<Vec<(String, String)>>,
    totals: usize,
}

impl Page {
    fn read(html: &str) -> Page {
        let mut page = Page::default();
        let mut reader = quick_xml::Reader::from_str(html);
        let (mut path, mut table) = (Vec::<String>::new(), String::new());
        loop {
            match reader.read_event().unwrap_or_else(|error| panic!("not XML: {error}")) {
                Event::Start(element) => {
                    let name = page.open(&element, &mut table);
                    path.push(name);
                }
                Event::Empty(element) => {
                    let name = page.open(&element, &mut table);
                    if name == "meta" && attribute(&element, "http-equiv").is_some() {
                        page.policy = attribute(&element, "content").unwrap();
                    }
                }
                Event::Text(text) => page.add(&path, &table, &text),
                Event::GeneralRef(name) => {
                    let c = match &*name {
                        "amp" => "&",
                        "lt" => "<",
                        "gt" => ">",
                        "quot" => "\"",
                        "#39" => "'",
                        other => panic!("&{other};"),
                    };
                    page.add(&path, &table, c);
                }
                Event::End(_) => {
                    path.pop();
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert!(path.is_empty());
        page
    }

    fn open(&mut self, element: &BytesStart<'_>, table: &mut String) -> String {
        let name = element.name().as_ref().to_owned();
        for attribute in element.attributes() {
            let key = attribute.unwrap().key.as_ref().to_owned();
            assert!(!key.starts_with("on") && key != "style", "{key} on {name}");
        }
        *self.elements.entry(name.clone()).or_default() += 1;
        match name.as_str() {
            "table" => *table = attribute(element, "data-name").unwrap(),
            "tr" => self.tables.entry(table.clone()).or_default().rows.push(Vec::new()),
            "tfoot" => {
                let table = self.tables.get_mut(table).unwrap();
                table.totals = table.rows.len();
            }
            "th" | "td" => {
                let value = attribute(element, "data-v").unwrap_or_default();
                let rows = &mut self.tables.get_mut(table).unwrap().rows;
                rows.last_mut().unwrap().push((String::new(), value));
            }
            _ => {}
        }
        name
    }

    fn add(&mut self, path: &[String], table: &str, text: &str) {
        self.text.push_str(text);
        let within = |name: &str| path.iter().any(|open| open == name);
        if within("style") {
            self.style.push_str(text);
        } else if within("script") {
            self.script.push_str(text);
        } else if within("th") || within("td") {
            let cells = self.tables.get_mut(table).unwrap().rows.last_mut().unwrap();
            cells.last_mut().unwrap().0.push_str(text);
        }
    }

    fn table(&self, name: &str) -> HtmlTable {
        let table = self.tables.get(name).unwrap_or_else(|| panic!("{name} in {:?}", self.tables.keys()));
        let mut rows = table.rows.clone();
        let headings = rows.remove(0).into_iter().map(|(text, _)| text).collect();
        let totals = if table.totals == 0 { 0 } else { table.rows.len() - table.totals };
        HtmlTable { headings, rows, totals }
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.attributes().map(Result::unwrap).find(|attribute| attribute.key.as_ref() == name)?;
    Some(found.value.replace("&#39;", "'"))
}

impl HtmlTable {
    fn column(&self, heading: &str) -> Vec<(String, String)> {
        let place = self.headings.iter().position(|own| own == heading);
        let place = place.unwrap_or_else(|| panic!("{heading} in {:?}", self.headings));
        self.rows.iter().map(|row| row[place].clone()).collect()
    }

    /// The counts of a column; what is hidden is `None`.
    fn counts(&self, heading: &str) -> Vec<Option<u64>> {
        self.column(heading).iter().map(|(_, value)| value.parse().ok()).collect()
    }
}

fn counts(cells: &[Data]) -> Vec<Option<u64>> {
    cells.iter().map(|cell| if let Data::Float(n) = cell { Some(*n as u64) } else { None }).collect()
}

/// The rate `38,4 à 41,2 % (384 à 412 / 1 000)` as low, high, of.
fn rate(text: &str) -> Option<(u64, u64, u64)> {
    let (_, counts) = text.split_once('(')?;
    let digits: String = counts.chars().filter(|c| !matches!(c, '\u{202f}' | '\u{a0}' | ')' | ' ')).collect();
    let (n, of) = digits.split_once('/')?;
    let (low, high) = n.split_once('à').unwrap_or((n, n));
    Some((low.parse().ok()?, high.parse().ok()?, of.parse().ok()?))
}

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn an_audit_is_the_same_in_every_format() {
    let parc = format!("{ROOT}/fixtures/parc-demo.csv");
    let written = written(&["audit", &parc, "--by", "profession"]);
    let groups = written.json["by"][0]["groups"].as_array().unwrap();
    let table = written.page.table("by-profession");
    assert_eq!((table.rows.len(), table.totals), (groups.len() + 1, 1));
    let csv = written.csv("by-profession");
    let headings = [
        ("À jour", "up_to_date"),
        ("Obsolètes", "obsolete"),
        ("Indéterminés", "undetermined"),
        ("Sans objet", "not_applicable"),
    ];
    for (heading, key) in headings {
        let json: Vec<Option<u64>> = groups.iter().map(|group| group["status"][key].as_u64()).collect();
        let (page, sheet) = (table.counts(heading), counts(&written.column("Par profession", heading)));
        let package: Vec<Option<u64>> = csv.iter().map(|line| line[key].parse().ok()).collect();
        assert_eq!(page[..json.len()], json, "{heading}");
        assert_eq!(sheet, page, "{heading}");
        assert_eq!(package, json, "{heading}");
        // Parts sum to the whole.
        assert_eq!(json.iter().flatten().sum::<u64>(), page[json.len()].unwrap(), "{heading}");
        assert_eq!(written.json["status"][key].as_u64(), page[json.len()], "{heading}");
    }
    for (group, (text, _)) in groups.iter().zip(table.column("Taux de mise à jour")) {
        let (low, high, of) = rate(&text).unwrap();
        assert_eq!(group["rate"]["low"].as_f64().unwrap(), low as f64 / of as f64);
        assert_eq!(group["rate"]["high"].as_f64().unwrap(), high as f64 / of as f64);
    }
    // Rules: the same counts whatever the order.
    let table = written.page.table("rules");
    let rules = written.csv("rules");
    assert_eq!(table.rows.len(), written.json["rules"].as_array().unwrap().len());
    for (place, line) in rules.iter().enumerate() {
        let json =
            written.json["rules"].as_array().unwrap().iter().find(|rule| rule["column"] == line["rule"].as_str());
        let json = json.unwrap();
        for (heading, key) in [("Conforme", "pass"), ("Non conforme", "fail"), ("Indéterminé", "unknown")] {
            assert_eq!(json[key].as_u64(), table.counts(heading)[place], "{}", line["rule"]);
            assert_eq!(json[key].as_u64(), counts(&written.column("Règles", heading))[place], "{}", line["rule"]);
            assert_eq!(json[key].as_u64().unwrap().to_string(), line[key]);
        }
    }
}

#[test]
fn rates_are_the_same_in_every_format_and_what_is_hidden_is_nowhere() {
    let national = format!("{ROOT}/fixtures/parc-national.csv");
    let fields = ["--by", "editeur", "--by", "profession", "--unit", "weight"];
    for publish in [false, true] {
        let mut args = vec!["rates", national.as_str(), "--market"];
        args.extend(fields);
        args.extend(publish.then_some(["--publish", "--threshold", "300"]).into_iter().flatten());
        let written = written(&args);
        let cells = written.json["cells"].as_array().unwrap();
        let package = written.csv("by-editeur-and-profession");
        assert_eq!(package.len(), cells.len());
        let cross = written.page.table("profession-by-editeur");
        let all = cross.counts("Ensemble").last().copied().flatten();
        let mut seen = 0;
        for (cell, line) in cells.iter().zip(&package) {
            let n = cell["n"].as_u64();
            assert_eq!(line["n"].parse().ok(), n);
            assert_eq!(line["n"].is_empty(), cell["suppressed"] == true);
            seen += n.unwrap_or(0);
        }
        let in_page: u64 = cross.rows[..cross.rows.len() - 1]
            .iter()
            .flat_map(|row| &row[1..row.len() - 1])
            .filter_map(|(_, value)| value.parse::<u64>().ok())
            .sum();
        assert_eq!(in_page, seen);
        let sheet = &written.sheets["Profession par éditeur"];
        // What is hidden stands together in a column of its own, as the chart draws it.
        let shown = sheet[0].iter().position(|head| *head == "masqué").unwrap_or(sheet[0].len());
        let in_sheet: f64 = sheet[1..sheet.len() - 1]
            .iter()
            .flat_map(|row| &row[1..shown])
            .filter_map(|cell| if let Data::Float(n) = cell { Some(*n) } else { None })
            .sum();
        let margins: u64 = cross.counts("Ensemble")[..cross.rows.len() - 1].iter().flatten().sum();
        assert_eq!(in_sheet as u64, seen + margins);
        assert_eq!(all == Some(seen), !publish, "{seen} of {all:?}");
        assert_eq!(all, written.json["total"]["n"].as_u64());
        let hidden = cells.iter().filter(|cell| cell["suppressed"] == true).count();
        assert_eq!(hidden > 0, publish);
        assert_eq!(written.page.text.contains("masqué"), publish);
    }
}

#[test]
fn a_forecast_is_the_same_in_every_format() {
    let parc = format!("{ROOT}/fixtures/parc-demo.csv");
    let written = written(&["forecast", &parc, "--by", "profession"]);
    let steps = written.json["steps"].as_array().unwrap();
    let table = written.page.table("calendar");
    let csv = written.csv("calendar");
    for (place, step) in steps.iter().enumerate() {
        // The first line is the start.
        let (text, _) = &table.column("Obsolètes, part de la population")[place + 1];
        let (low, _, of) = rate(text).unwrap();
        let total: u64 = step["status"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        assert_eq!((Some(low), of), (step["status"]["obsolete"].as_u64(), total));
        assert_eq!(csv[place + 1]["date"], step["date"].as_str().unwrap());
        assert_eq!(csv[place + 1]["obsolete_n"], low.to_string());
        let sheet = written.column("Calendrier", "Obsolètes, part de la population, n");
        assert_eq!(counts(&sheet)[place + 1], Some(low));
        assert!(matches!(written.column("Calendrier", "Date")[place + 1], Data::DateTime(_)));
    }
}

/// Every figure of a page that the package and the workbook hold too is the same there; how many there are.
fn agree(written: &Written) -> usize {
    let package = written.folder.path().join("paquet");
    let mut same = 0;
    for name in written.page.tables.keys() {
        let table = written.page.table(name);
        let body = &table.rows[..table.rows.len() - table.totals];
        // The sheet with the same first heading, figures and number of lines.
        let holds = |rows: &&Vec<Vec<Data>>| {
            let heads: Vec<String> = rows[0].iter().map(ToString::to_string).collect();
            let known = |(place, heading): (usize, &String)| {
                let is_rate = table.rows.iter().any(|row| rate(&row[place].0).is_some());
                let head = if is_rate { format!("{heading}, N") } else { heading.clone() };
                heads.iter().any(|own| *own == head || own.starts_with(&format!("{head}, ")))
            };
            rows.len() == table.rows.len() + 1
                && heads[0] == table.headings[0]
                && table.headings.iter().enumerate().all(known)
        };
        let sheet = written.sheets.values().find(holds).unwrap_or_else(|| panic!("no sheet holds {name}"));
        let csv = package.join(format!("{name}.csv")).is_file().then(|| written.csv(name));
        let fields = written.fields(name);
        for (place, heading) in table.headings.iter().enumerate() {
            let in_sheet = |heading: &str| sheet[0].iter().position(|head| *head == heading);
            for (number, row) in table.rows.iter().enumerate() {
                let (text, value) = &row[place];
                let exact = value.parse::<i64>().ok().filter(|n| *n > -1_000_000_000_000);
                let of_csv = |heading: &str| {
                    let line = csv.as_ref().filter(|_| number < body.len())?.get(number)?;
                    line.get(fields.get(heading)?)?.parse::<f64>().ok()
                };
                if let (Some(n), Some(column)) = (exact, in_sheet(heading)) {
                    assert_eq!(sheet[number + 1][column], Data::Float(n as f64), "{name}, {heading}, {text}");
                    if let Some(told) = of_csv(heading) {
                        assert_eq!(told, n as f64, "{name}, {heading}, {text}");
                    }
                    same += 1;
                }
                let Some((low, high, of)) = rate(text) else { continue };
                for (counts, ends) in [(low, ["n", "n au moins"]), (high, ["n", "n au plus"]), (of, ["N", "N"])] {
                    let heading = |end: &str| format!("{heading}, {end}");
                    let column = ends.iter().find_map(|end| in_sheet(&heading(end))).unwrap();
                    assert_eq!(sheet[number + 1][column], Data::Float(counts as f64), "{name}, {text}");
                    for told in ends.iter().filter_map(|end| of_csv(&heading(end))) {
                        assert_eq!(told, counts as f64, "{name}, {text}");
                    }
                    same += 1;
                }
            }
        }
        // Parts sum to the whole.
        for place in 1..table.headings.len() {
            let column: Vec<Option<i64>> = table.rows.iter().map(|row| row[place].1.parse().ok()).collect();
            let (parts, whole) = column.split_at(body.len());
            if let ([Some(whole)], Some(parts)) = (whole, parts.iter().copied().collect::<Option<Vec<i64>>>()) {
                assert_eq!(parts.iter().sum::<i64>(), *whole, "{name}, {}", table.headings[place]);
            }
        }
    }
    same
}

#[test]
fn every_figure_of_a_page_is_in_the_workbook_and_in_the_package() {
    let parc = format!("{ROOT}/fixtures/parc-demo.csv");
    let national = format!("{ROOT}/fixtures/parc-national.csv");
    let (before, after) = (format!("2024-11-22={parc}"), format!("2026-11-22={parc}"));
    for args in [
        vec!["audit", &parc, "--by", "profession", "--by", "palier"],
        vec!["rates", &national, "--by", "editeur", "--market", "--unit", "weight"],
        vec!["forecast", &parc, "--by", "profession"],
        vec!["trend", &before, &after, "--by", "profession", "--by", "palier", "--migration", "palier"],
        vec!["plan", &parc, "--by", "profession", "--unit", "ps"],
    ] {
        let written = written(&args);
        let same = agree(&written);
        assert!(same > 30, "{args:?}: {same}");
    }
}

/// Two snapshots of the same PS, with what changes between them.
fn snapshots(folder: &Path) -> [String; 2] {
    let first = "RPPS;profession;palier\n10003456786;infirmier;Add 6\n10003456794;infirmier;Add 6\n\
                 10003456802;médecin généraliste;Add 8\n10003456810;médecin généraliste;Add 8\n";
    let last = "RPPS;profession;palier\n10003456786;infirmier;Add 8\n10003456794;infirmier;Add 6\n\
                10003456802;médecin généraliste;\n10003456828;infirmier;Add 8\n";
    [("2025-01-31", first), ("2026-01-31", last)].map(|(date, text)| {
        let path = folder.join(format!("parc-{date}.csv"));
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    })
}

#[test]
fn a_trend_is_the_same_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let [first, last] = snapshots(folder.path());
    let pack = format!("{ROOT}/fixtures/own-packs/essai");
    let options = ["--pack", &pack, "--unit", "ps", "--by", "profession", "--migration", "palier"];
    let written = written(&[&["trend", &first, &last][..], &options].concat());
    // The whole, date after date.
    let dates = written.csv("dates");
    for (place, at) in written.json["at"].as_array().unwrap().iter().enumerate() {
        for key in ["pass", "fail", "unknown", "not_applicable"] {
            assert_eq!(dates[place][key], at[key].to_string(), "{key}");
        }
        assert_eq!(dates[place]["population"], at["n"].to_string());
        assert_eq!(dates[place]["rate_low"].parse::<f64>().ok(), at["rate"]["low"].as_f64());
    }
    // Groups: what is in points is in points everywhere, with its bounds.
    let groups = written.json["by"][0]["groups"].as_array().unwrap();
    let (by, page) = (written.csv("by-profession"), written.page.table("by-profession"));
    assert_eq!(by.len(), groups.len());
    for (place, (group, line)) in groups.iter().zip(&by).enumerate() {
        let change = &group["change_of_rate"];
        for end in ["low", "high"] {
            let told = line[&format!("change_of_rate_{end}")].parse::<f64>().unwrap();
            assert_eq!(Some(told), change["points"][end].as_f64());
            assert_eq!(line[&format!("change_of_pass_{end}")], change[format!("units_{end}")].to_string());
        }
        let (text, _) = &page.column("Évolution du taux")[place];
        assert!(text.ends_with("point") || text.ends_with("points"), "{text}");
    }
    // Who moved: the matrix sums to those of both dates, those who left and those who came.
    let step = &written.json["moves"]["transitions"][0];
    let moves = written.csv("moves");
    for key in ["both", "arrived", "left", "became_up_to_date", "fell_back"] {
        assert_eq!(moves[0][key], step[key].to_string(), "{key}");
    }
    let matrix = written.page.table("migration");
    let all = matrix.counts("Ensemble").last().copied().flatten();
    let people: u64 = ["both", "arrived", "left"].iter().map(|key| step[key].as_u64().unwrap()).sum();
    assert_eq!(all, Some(people));
    let told: u64 = written.csv("migrations").iter().map(|line| line["n"].parse::<u64>().unwrap()).sum();
    assert_eq!(told, people);
    // Since when.
    let failing = &written.json["rules"][0]["failing"];
    assert_eq!(failing[0]["since"], "2025-01-31");
    assert_eq!(written.csv("failing")[0]["days"], failing[0]["days"].to_string());
    assert!(agree(&written) > 30);
}

/// A code, and what is changed in a result.
type Change<'c> = (&'c str, &'c dyn Fn(&mut Value));

#[test]
fn results_that_cannot_be_compared_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [first, last] = snapshots(folder.path());
    let pack = format!("{ROOT}/fixtures/own-packs/essai");
    let audit = |inventory: &str, date: &str, more: &[&str], change: &dyn Fn(&mut Value)| {
        let mut command = vigie(folder.path(), &BTreeMap::new());
        command.args(["audit", inventory, "--as-of", date, "--pack", &pack, "--unit", "ps", "--format", "json", "-q"]);
        command.args(more);
        let output = run(command, b"");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let mut json: Value = serde_json::from_slice(&output.stdout).unwrap();
        change(&mut json);
        let path = folder.path().join(format!("{date}.json"));
        // A result begins with its schema.
        json.as_object_mut().unwrap().remove("schema");
        fs::write(&path, format!("{{\"schema\":\"vigie.audit/1\",{}", &json.to_string()[1..])).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let compared = |last: &str| {
        let first = audit(&first, "2025-01-31", &[], &|_| {});
        let mut command = vigie(folder.path(), &BTreeMap::new());
        command.args(["trend", &first, last, "--lang", "en", "-q"]);
        let output = run(command, b"");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = compared(&audit(&last, "2026-01-31", &[], &|_| {}));
    assert_eq!(code, Some(0), "{said}");
    // The order of the list of rules says nothing.
    let (code, said) =
        compared(&audit(&last, "2026-01-31", &[], &|json| json["rules"].as_array_mut().unwrap().reverse()));
    assert_eq!(code, Some(0), "{said}");
    let other = "blake3:0000000000000000000000000000000000000000000000000000000000000000";
    let changes: [Change<'_>; 6] = [
        ("trend/socle", &|json| json["socle"]["digest"] = other.into()),
        ("trend/packs", &|json| json["packs"][0]["digest"] = other.into()),
        ("trend/derogations", &|json| json["derogations"] = serde_json::json!({ "name": "d.toml", "digest": other })),
        ("trend/result", &|json| drop(json["rules"].as_array_mut().unwrap().pop())),
        ("trend/result", &|json| json["status"]["up_to_date"] = u64::MAX.into()),
        ("trend/result", &|json| json["status"]["obsolete"] = 0.into()),
    ];
    for (code, change) in changes {
        let (exit, said) = compared(&audit(&last, "2026-01-31", &[], change));
        assert_eq!(exit, Some(2), "{code}");
        assert!(said.contains(&format!("error[{code}]")), "{code}: {said}");
    }
    let (exit, said) = compared(&audit(&last, "2026-01-31", &["--rollup", "best"], &|_| {}));
    assert!(exit == Some(2) && said.contains("error[trend/rollup]"), "{said}");
}

/// The sheets of the installations, in order, as texts without their headings.
fn installations(path: &Path) -> Vec<Vec<Vec<String>>> {
    let sheets = workbook(path);
    let names = (1..).map(|number| if number == 1 { "Postes".to_owned() } else { format!("Postes ({number})") });
    let held = names.map_while(|name| sheets.get(&name).cloned());
    held.map(|rows| rows[1..].iter().map(|row| row.iter().map(ToString::to_string).collect()).collect()).collect()
}

#[test]
fn installations_of_a_workbook_are_split_and_masked_unless_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let [first, _] = snapshots(folder.path());
    let pack = format!("{ROOT}/fixtures/own-packs/essai");
    let made = |args: &[&str], name: &str| {
        let mut command = vigie(folder.path(), &BTreeMap::new());
        command.args(args).args(["--pack", &pack, "--as-of", "2026-11-22", "--lang", "fr", "-q", "--sheet-rows", "3"]);
        command.args(["--output", &format!("xlsx={name}"), "--format", "json"]);
        let output = run(command, b"");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        (json, installations(&folder.path().join(name)))
    };
    let (json, named) = made(&["audit", &first, "--installations", "named"], "named.xlsx");
    assert_eq!(named.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
    let rows: Vec<&Vec<String>> = named.iter().flatten().collect();
    assert_eq!(rows.iter().map(|row| &*row[0]).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
    assert_eq!(rows[3][1], "10003456810");
    let count = |place: usize, word: &str| Some(rows.iter().filter(|row| row[place] == word).count() as u64);
    assert_eq!(json["status"]["up_to_date"].as_u64(), count(2, "à jour"));
    assert_eq!(json["status"]["obsolete"].as_u64(), count(2, "obsolètes"));
    assert_eq!(json["rules"][0]["fail"].as_u64(), count(3, "non conforme"));
    let (_, masked) = made(&["audit", &first, "--installations", "masked"], "masked.xlsx");
    assert!(masked.iter().flatten().all(|row| row[1] == "masqué"), "{masked:?}");
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    made(&["audit", &first, "--installations", "masked"], "again.xlsx");
    assert!(bytes("masked.xlsx") == bytes("again.xlsx"));
    // The list of a plan has those that are not up to date, with what to do.
    let (json, listed) = made(&["plan", &first, "--installations", "named", "--list", "list.csv"], "plan.xlsx");
    let not_up_to_date =
        json["status"]["obsolete"].as_u64().unwrap() + json["status"]["undetermined"].as_u64().unwrap();
    assert_eq!(listed.iter().map(Vec::len).sum::<usize>() as u64, not_up_to_date);
    let csv = records(&fs::read_to_string(folder.path().join("list.csv")).unwrap());
    assert_eq!(listed[0][0][1], csv[1][0]);
    assert_eq!(listed[0][0][3..5], csv[1][2..4]);
    // Nothing is left beside.
    let left = fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'));
    assert_eq!(left.count(), 0);
}

#[test]
fn a_long_table_of_a_page_is_cut_and_says_where_the_rest_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut csv = "editeur;profession;palier\n".to_owned();
    for number in 0..2_100 {
        csv.push_str(&format!("Éditeur {number};infirmier;Add 8\n"));
    }
    let inventory = folder.path().join("parc.csv");
    fs::write(&inventory, csv).unwrap();
    let written = written(&["rates", inventory.to_str().unwrap(), "--by", "editeur"]);
    let table = written.page.table("by-editeur");
    assert_eq!((table.rows.len(), table.totals), (101, 1));
    assert_eq!(table.counts("Postes").last().copied().flatten(), Some(2_100));
    assert!(written.page.text.contains("Les 100 premières lignes sur 2\u{202f}100"));
    assert_eq!(written.csv("by-editeur").len(), 2_100);
    assert_eq!(written.sheets["Par éditeur"].len(), 2_102);
}

#[test]
fn a_plan_is_the_same_in_every_format() {
    let parc = format!("{ROOT}/fixtures/parc-demo.csv");
    let written = written(&["plan", &parc, "--by", "profession", "--unit", "ps"]);
    let campaigns = written.json["campaigns"].as_array().unwrap();
    let (csv, page) = (written.csv("campaigns"), written.page.table("campaigns"));
    assert_eq!((csv.len(), page.rows.len()), (campaigns.len(), campaigns.len()));
    for (campaign, line) in campaigns.iter().zip(&csv) {
        assert_eq!(line["campaign"], campaign["code"].as_str().unwrap());
        assert_eq!(line["units"], campaign["units"].to_string());
        assert_eq!(line["alone"], campaign["alone"].to_string());
        let then = written.json["status"]["up_to_date"].as_u64().unwrap() + campaign["cumulative"].as_u64().unwrap();
        assert_eq!(line["then_n"], then.to_string());
    }
    // What is needed sums to those that are not up to date, and each group to its population.
    let status = &written.json["status"];
    let needs: u64 = written.csv("needs").iter().map(|line| line["units_n"].parse::<u64>().unwrap()).sum();
    assert_eq!(Some(needs), status["obsolete"].as_u64().zip(status["undetermined"].as_u64()).map(|(a, b)| a + b));
    let parts = ["up_to_date", "changes", "finding_out", "both", "no_remedy", "not_applicable"];
    for line in written.csv("by-profession").into_iter().chain(written.csv("by-profession-total")) {
        let sum: u64 = parts.iter().map(|part| line[*part].parse::<u64>().unwrap()).sum();
        assert_eq!(sum.to_string(), line["population"], "{line:?}");
    }
}

#[test]
fn a_gate_is_the_same_in_every_format_and_markdown_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = format!("{ROOT}/fixtures/manifests/essai-soins-8.3.0.toml");
    let mut command = vigie(folder.path(), &BTreeMap::new());
    command.args([
        "gate",
        &manifest,
        "--as-of",
        "2026-11-22",
        "--lang",
        "fr",
        "--format",
        "json",
        "--max-bytes",
        "1000",
    ]);
    command.args(["--fail-on", "advisory"]);
    command.args(["--output", "html=r.html", "--output", "xlsx=r.xlsx", "--output", "markdown=r.md"]);
    let output = run(command, b"");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rules = json["releases"][0]["rules"].as_array().unwrap();
    let page = Page::read(&fs::read_to_string(folder.path().join("r.html")).unwrap());
    let table = page.table("rules");
    assert_eq!(table.rows.len(), rules.len());
    let closing = rules.iter().filter(|rule| rule["closes"] == true).count();
    assert_eq!(table.column("Ferme la porte").iter().filter(|(text, _)| text == "oui").count(), closing);
    let sheet = &workbook(&folder.path().join("r.xlsx"))["Règles"];
    assert_eq!(sheet.len(), rules.len() + 1);
    let markdown = fs::read_to_string(folder.path().join("r.md")).unwrap();
    assert!(markdown.len() <= 1000 && markdown.contains("autres sorties"), "{markdown}");
}

#[test]
fn hostile_texts_stay_texts_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "]]><b>",
        "javascript:alert(1)",
        "=cmd|' /C calc'!A0",
        "{{ 7 * 7 }} {% raw %}",
        "_x0041_ & \u{202e}gnp",
        "\u{1b}[31mrouge",
        "http://exemple.invalid/",
        "![x](http://y) | `a`",
    ];
    let mut csv = "editeur;profession;palier\n".to_owned();
    for name in names {
        csv.push_str(&format!("\"{}\";infirmier;Add 8\n", name.replace('"', "\"\"")));
    }
    let inventory = folder.path().join("hostile <b>.csv");
    fs::write(&inventory, csv).unwrap();
    let inventory = inventory.to_str().unwrap();
    let (before, after) = (format!("2025-01-31={inventory}"), format!("2026-01-31={inventory}"));
    for args in [
        vec!["audit", inventory, "--by", "editeur"],
        vec!["rates", inventory, "--by", "editeur", "--market"],
        vec!["rates", inventory, "--by", "profession", "--by", "editeur", "--market"],
        vec!["forecast", inventory, "--by", "editeur"],
        vec!["trend", &before, &after, "--by", "editeur", "--migration", "editeur"],
        vec!["plan", inventory, "--by", "editeur"],
    ] {
        let written = written(&args);
        assert_eq!(written.page.elements.get("script"), Some(&1), "{args:?}");
        assert_eq!(written.page.elements.get("b"), None);
        assert_eq!(written.page.elements.get("img"), None);
        assert!(!written.page.text.contains('\u{202e}'));
        let cells: Vec<String> = written.sheets.values().flatten().flatten().map(ToString::to_string).collect();
        for name in names {
            let shown = vigie::output::visible_line(name).into_owned();
            assert!(written.page.text.contains(&shown), "{shown} in the page of {args:?}");
            assert!(cells.iter().any(|cell| cell.contains(&shown)), "{shown} in the workbook of {args:?}");
        }
        // In a terminal neither.
        let mut command = vigie(written.folder.path(), &BTreeMap::new());
        command.args(&args).args(["--as-of", "2026-11-22", "-q"]);
        let output = run(command, b"");
        assert!(!String::from_utf8(output.stdout).unwrap().contains(['\u{202e}', '\u{1b}']), "{args:?}");
        // Nothing of the inventory is a link.
        let bytes = fs::read(written.folder.path().join("r.xlsx")).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        for i in 0..archive.len() {
            let mut part = String::new();
            let _ = archive.by_index(i).unwrap().read_to_string(&mut part);
            assert!(!part.contains("<hyperlink") && !part.contains("<f>"), "{part}");
        }
    }
}

#[test]
fn a_page_forbids_itself_all_but_its_own_style_and_script() {
    let parc = format!("{ROOT}/fixtures/parc-demo.csv");
    let written = written(&["audit", &parc]);
    use base64::Engine as _;
    let digest = |text: &str| base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(text.as_bytes()));
    for text in [&written.page.style, &written.page.script] {
        assert!(!text.is_empty());
        assert!(written.page.policy.contains(&format!("'sha256-{}'", digest(text))), "{}", written.page.policy);
    }
    assert!(written.page.policy.starts_with("default-src 'none'; "), "{}", written.page.policy);
    assert!(!written.page.policy.contains("unsafe"));
    for element in ["header", "nav", "main", "footer", "h1", "caption"] {
        assert!(written.page.elements.contains_key(element), "{element}");
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let parc = format!("{ROOT}/fixtures/parc-demo.csv");
    let files = |written: &Written| {
        let mut files = BTreeMap::new();
        for name in ["r.html", "r.xlsx", "paquet/datapackage.json", "paquet/README.md", "paquet/rules.csv"] {
            files.insert(name, fs::read(written.folder.path().join(name)).unwrap());
        }
        files
    };
    let args = ["audit", parc.as_str(), "--by", "profession"];
    let (one, two) = (written(&args), written(&args));
    for (one, two) in files(&one).iter().zip(&files(&two)) {
        assert!(one == two, "{} differs", one.0);
    }
}
