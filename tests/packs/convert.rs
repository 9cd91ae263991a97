//! The canonical form of inventories: converting twice changes nothing, and the verdicts are those of the original.

use crate::support::{PACKS, SOCLE};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use vigie::audit::{
    self, AuditOptions, ConvertOptions, Edition, Gate, Input, MappingOptions, Report, Rollup, Rules, Survey, Unit,
};
use vigie::inventory::Options;
use vigie::output::inventory::{Layout, RecordWriter};
use vigie::value::{Date, Type};

const LAYOUTS: [Layout; 3] = [Layout::Csv, Layout::Ndjson, Layout::Xml];

fn inputs<'i>(files: &'i [(&str, &[u8])]) -> Vec<Input<'i>> {
    let input = |(name, bytes): &(&str, &'i [u8])| {
        let bytes = *bytes;
        Input::file(*name, move || Ok(Box::new(bytes) as Box<dyn std::io::Read + Send>))
    };
    files.iter().map(input).collect()
}

/// The canonical form, or the codes of what keeps it from being made.
fn converted(files: &[(&str, &[u8])], layout: Layout, blank_is_no: &[String]) -> Result<Vec<u8>, Vec<&'static str>> {
    let options = ConvertOptions {
        mapping: MappingOptions { blank_is_no: blank_is_no.to_vec(), ..MappingOptions::default() },
        reader: Options::default(),
        strict: false,
    };
    let mut writer = RecordWriter::new(Vec::new(), layout, &SOCLE, "installation");
    audit::convert(&|| inputs(files), &SOCLE, "installation", &options, &mut writer, &|_| {})
        .map_err(|faults| faults.iter().map(|fault| fault.code).collect::<Vec<_>>())?;
    Ok(writer.finish().unwrap())
}

/// What an audit counts.
fn audited(files: &[(&str, &[u8])], unit: Unit, blank_is_no: &[String]) -> Result<String, BTreeSet<&'static str>> {
    let packs = PACKS.iter().filter(|pack| pack.id == "pro-ps").collect();
    let rules = Rules { socle: &SOCLE, edition: Edition { version: String::new(), digest: String::new() }, packs };
    let options = AuditOptions {
        survey: Survey {
            as_of: Date::new(2026, 11, 22).unwrap(),
            unit,
            rollup: Rollup::Worst,
            stale: None,
            filter: None,
            mapping: MappingOptions { blank_is_no: blank_is_no.to_vec(), ..MappingOptions::default() },
            strict: false,
            threads: 1,
            reader: Options::default(),
        },
        horizon: None,
        by: ["profession", "os", "version"].map(str::to_owned).to_vec(),
        gate: Gate::default(),
        waivers: None,
        baseline: None,
    };
    let report = audit::audit(inputs(files), &rules, &options, None, &mut [], &|_| {})
        .map_err(|faults| faults.iter().map(|fault| fault.code).collect::<BTreeSet<_>>())?;
    let Report { basis, status, up_to_date_with_advice, rules, by, targets, .. } = report;
    let rules: Vec<_> = rules.iter().map(|rule| (&rule.pack, &rule.id, &rule.counts)).collect();
    Ok(format!("{:#?}", (basis.population, status, up_to_date_with_advice, rules, by, targets)))
}

/// Everything that must hold for some files.
fn check(name: &str, files: &[(&str, &[u8])], blank_is_no: &[String]) {
    let before = [Unit::Row, Unit::Weight].map(|unit| audited(files, unit, blank_is_no));
    for layout in LAYOUTS {
        let once = match converted(files, layout, blank_is_no) {
            Ok(once) => once,
            Err(codes) => {
                // What cannot be converted cannot be audited.
                assert!(before[0].is_err(), "{name}: {codes:?}");
                continue;
            }
        };
        let again = [(name, once.as_slice())];
        // Without a record, JSON has nothing to say that it is one.
        if once.is_empty() {
            continue;
        }
        let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for other in LAYOUTS {
            let there = converted(&again, other, &[]).unwrap_or_else(|codes| panic!("{name} {other:?}: {codes:?}"));
            if layout == other {
                assert_eq!(show(&once), show(&there), "{name} {layout:?}");
            }
        }
        let (unit, before) =
            if layout == Layout::Ndjson { (Unit::Weight, &before[1]) } else { (Unit::Row, &before[0]) };
        let after = audited(&again, unit, &[]);
        assert!(*before == after, "{name} {layout:?} {unit:?}:\n{}\n{before:?}\n{after:?}", show(&once));
    }
}

#[test]
fn fixtures() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/inventories");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.push(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parc-demo.csv").into());
    paths.sort();
    let mut some = Vec::new();
    for path in &paths {
        let bytes = std::fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        check(&name, &[(&name, &bytes)], &[]);
        if ["parc.xlsx", "wide.csv", "records.ndjson", "truncated.json"].contains(&&*name) {
            some.push((name, bytes));
        }
    }
    let some: Vec<(&str, &[u8])> = some.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    check("several", &some, &[]);
}

/// Texts that cells of any field may hold.
const TEXTS: [&str; 24] = [
    "",
    " ",
    "NC",
    "-",
    "oui",
    "Non",
    "X",
    "aucun",
    "2.11",
    "4.67.03",
    "v7.20-beta",
    "Windows 10 22H2",
    "Windows 11 Pro 23H2",
    "10.0.22631",
    "pro",
    "Chrome 120",
    "a;b,\"c\"",
    "a\nb",
    "=1+1",
    "31/12/2025",
    "médecin",
    "[\"a\"]",
    "{\"modele\":\"x\"}",
    "GALSS | Cryptolib CPS 5.2.6",
];

/// Texts of one field: those of any, and some that its table names.
fn texts(field: usize) -> Vec<String> {
    let mut texts: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).collect();
    let field = &SOCLE.fields[field];
    let tables = |ty: &Type| match ty {
        Type::Row(table) => vec![*table],
        Type::Record(record) => {
            let members = SOCLE.tables.record(*record).members.iter();
            members.filter_map(|member| if let Type::Row(table) = member.ty { Some(table) } else { None }).collect()
        }
        _ => Vec::new(),
    };
    let inner = if let Type::List(item) = &field.ty { item } else { &field.ty };
    for table in tables(inner) {
        for row in SOCLE.tables.table(table).rows.iter().take(12) {
            texts.extend([
                row.id.clone(),
                row.label.fr.clone(),
                format!("{} | {}", row.label.en, row.id.to_lowercase()),
            ]);
        }
    }
    texts
}

fn table() -> impl Strategy<Value = (String, Vec<String>)> {
    let of_installations =
        |field: &vigie::socle::Field| field.role.is_none() && field.kinds.iter().any(|kind| kind == "installation");
    let fields: Vec<usize> = (0..SOCLE.fields.len()).filter(|at| of_installations(&SOCLE.fields[*at])).collect();
    proptest::sample::subsequence(fields, 1..9).prop_flat_map(|fields| {
        let row: Vec<_> = fields.iter().map(|field| proptest::sample::select(texts(*field))).collect();
        let flags = proptest::collection::vec(any::<bool>(), fields.len());
        (Just(fields), proptest::collection::vec(row, 1..12), flags).prop_map(|(fields, rows, flags)| {
            let ids: Vec<&str> = fields.iter().map(|field| SOCLE.fields[*field].id.as_str()).collect();
            let mut text = ids.join(";");
            text.push_str(";remarque\n");
            for row in rows {
                for cell in row {
                    let _ = write!(text, "\"{}\";", cell.replace('"', "\"\""));
                }
                text.push_str("x\n");
            }
            let said = fields.iter().zip(flags).filter(|(field, flag)| {
                *flag && u16::try_from(**field).is_ok_and(|at| SOCLE.can_say_no(vigie::socle::FieldId(at)))
            });
            (text, said.map(|(field, _)| SOCLE.fields[*field].id.clone()).collect())
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn random_tables((text, blank_is_no) in table()) {
        check("table.csv", &[("table.csv", text.as_bytes())], &blank_is_no);
    }
}
