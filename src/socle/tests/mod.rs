//! The built-in socle: it loads, and reads what it says it reads.
#![allow(clippy::unwrap_used)]

mod catalogue;
mod cells;
mod faults;

use super::{FieldId, HeaderMatch, Role, Socle};
use crate::diag::{Diagnostic, Lang};
use crate::value::{Datum, Type, Value};

/// Faults as text, for the messages of tests.
pub(super) fn render(faults: &[Diagnostic]) -> String {
    faults
        .iter()
        .map(|fault| {
            let place = fault.labels.first().map_or_else(String::new, |label| {
                let line = label.source.text[..label.span.start].matches('\n').count() + 1;
                format!(
                    "{}:{line} `{}` {}",
                    label.source.name,
                    label.source.text.get(label.span.clone()).unwrap_or("?"),
                    label.message.get(Lang::En)
                )
            });
            let help = fault.help.as_ref().map_or("", |help| help.get(Lang::En));
            format!("[{}] {} | {place} | {help}\n", fault.code, fault.message.get(Lang::En))
        })
        .collect()
}

pub(super) fn builtin() -> Socle {
    Socle::builtin().unwrap_or_else(|faults| panic!("{}", render(&faults)))
}

#[test]
fn the_builtin_socle_is_right_to_its_last_pattern() {
    let files: Vec<_> = crate::builtin::folder("socle").collect();
    let socle = Socle::load_files(&files, false).unwrap_or_else(|faults| panic!("{}", render(&faults)));
    assert!(socle.field("palier").is_some());
}

/// Rows a text may be, by id, in the order of the table.
fn rows(socle: &Socle, field: &str, text: &str) -> Vec<String> {
    let reading = socle.read(socle.field(field).unwrap(), text, false);
    ids(socle, &reading.datum)
}

fn ids(socle: &Socle, datum: &Datum) -> Vec<String> {
    datum
        .candidates()
        .iter()
        .map(|value| match value {
            Value::Row(row) => socle.tables.row(*row).id.clone(),
            other => format!("{other:?}"),
        })
        .collect()
}

/// What a column of a field's table says of a text: every value of every candidate.
fn attribute(socle: &Socle, field: &str, text: &str, column: &str) -> Vec<String> {
    let datum = socle.read(socle.field(field).unwrap(), text, false).datum;
    let mut out: Vec<String> = Vec::new();
    for value in datum.candidates() {
        let Value::Row(row) = value else { panic!("{value:?}") };
        let index = socle.tables.table(row.table).column(column).unwrap_or_else(|| panic!("no column {column}"));
        let cell = &socle.tables.row(*row).cells[index];
        let mut labels: Vec<String> = cell.candidates().iter().map(|v| socle.tables.value_label(v).en).collect();
        if labels.is_empty() {
            labels.push("?".to_owned());
        }
        for label in labels {
            if !out.contains(&label) {
                out.push(label);
            }
        }
    }
    out
}

#[test]
fn operating_systems_are_recognised() {
    let socle = builtin();
    let w10_22h2 = ["W10-22H2-home", "W10-22H2-pro", "W10-22H2-enterprise", "W10-22H2-education"];
    let cases: &[(&str, &[&str])] = &[
        ("Windows 10 22H2", &w10_22h2),
        ("10.0.19045", &w10_22h2),
        ("Windows 10 22H2 10.0.19045", &w10_22h2),
        ("Microsoft Windows 10 Professionnel 10.0.19045", &["W10-22H2-pro"]),
        ("Microsoft® Windows 10 Édition familiale 22H2", &["W10-22H2-home"]),
        ("Windows 10 Famille, version 22H2 (build 19045.3803)", &["W10-22H2-home"]),
        ("Windows 10 Entreprise 1909", &["W10-1909-enterprise"]),
        ("Microsoft Windows 10 Pro 2009 10.0.19044", &["W10-21H2-pro"]),
        ("Windows 10 Pro 10.0.22631", &["W11-23H2-pro"]),
        ("Windows 10 10.0.26200", &["W11-25H2-home", "W11-25H2-pro", "W11-25H2-enterprise", "W11-25H2-education"]),
        ("Windows 10 Pro 10.0.27842", &["W11-AUTRE"]),
        ("Windows 11 Pro 27H2", &["W11-AUTRE"]),
        ("Windows 11 23H2 Éducation", &["W11-23H2-education"]),
        ("Microsoft Windows 10 Enterprise LTSC", &["W10-1809-ltsc", "W10-21H2-ltsc"]),
        ("Windows 10 Enterprise LTSC 2021", &["W10-21H2-ltsc"]),
        ("Windows 10 Enterprise 2016 LTSB", &["W10-1607-ltsb"]),
        ("Windows 10 IoT Enterprise LTSC 19044", &["W10-21H2-iot-ltsc"]),
        ("Windows 11 IoT Enterprise LTSC 24H2", &["W11-24H2-iot-ltsc"]),
        ("Windows Server 2019 Standard", &["WS2019"]),
        ("Microsoft Windows Server 2019 Standard 10.0.17763", &["WS2019"]),
        ("Windows Server 2012 R2 Datacenter", &["WS2012R2"]),
        ("Windows Server 2008 R2 Enterprise", &["WS2008R2-SP1"]),
        ("MicrosoftÂ® Windows ServerÂ® 2016", &["WS2016"]),
        ("Windows Server 2003", &["WS-AUTRE"]),
        ("10.0.20348", &["WS2022"]),
        (
            "10.0.17763",
            &["W10-1809-home", "W10-1809-pro", "W10-1809-enterprise", "W10-1809-education", "W10-1809-ltsc", "WS2019"],
        ),
        (
            "14393",
            &["W10-1607-home", "W10-1607-pro", "W10-1607-enterprise", "W10-1607-education", "W10-1607-ltsb", "WS2016"],
        ),
        (
            "10.0.26100",
            &[
                "W11-24H2-home",
                "W11-24H2-pro",
                "W11-24H2-enterprise",
                "W11-24H2-education",
                "W11-24H2-ltsc",
                "W11-24H2-iot-ltsc",
                "WS2025",
            ],
        ),
        ("Windows 7", &["W7-SP1"]),
        ("Win 7", &["W7-SP1"]),
        ("Windows 7 6.1.7600", &["W7-RTM"]),
        ("Windows 7 Professionnel Service Pack 1", &["W7-SP1"]),
        ("6.1.7601", &["W7-SP1", "WS2008R2-SP1"]),
        ("Windows 8", &["W8"]),
        ("Windows 8.1 6.3.9600", &["W8.1"]),
        ("XP SP3", &["WXP-SP3"]),
        ("Windows XP", &["WXP-SP3"]),
        ("Windows XP SP2", &["WXP-SP2"]),
        ("Windows XP 5.1.2600", &["WXP-SP3"]),
        ("Windows Vista 6.0.6002", &["WVISTA-SP2"]),
        ("Windows 12", &["WINDOWS-AUTRE"]),
        ("macOS 10.13.6", &["MACOS-10.13"]),
        ("macOS 10.13 10.13.6", &["MACOS-10.13"]),
        ("Mac OS X 10.9", &["MACOS-10.9"]),
        ("OS X El Capitan", &["MACOS-10.11"]),
        ("macOS Sonoma 14.2.1", &["MACOS-14"]),
        ("macOS 12 12.7.1", &["MACOS-12"]),
        ("macOS 26", &["MACOS-26"]),
        ("macOS 27.1", &["MACOS-AUTRE"]),
        ("Debian 12", &["DEBIAN-12"]),
        ("Debian GNU/Linux 12 (bookworm)", &["DEBIAN-12"]),
        ("Linux Debian 9 4.9.0", &["DEBIAN-AUTRE"]),
        ("Ubuntu 22.04.3 LTS", &["UBUNTU-22.04"]),
        ("Linux Ubuntu 22.04 5.15.0", &["UBUNTU-22.04"]),
        ("Red Hat Enterprise Linux Server 7.9", &["RHEL-7"]),
        ("Linux Mint 21", &["LINUX-AUTRE"]),
        ("Système exotique", &[]),
        ("Amstrad CPC 464", &[]),
    ];
    let mut wrong = String::new();
    for (text, expected) in cases {
        let found = rows(&socle, "os", text);
        if found != *expected {
            wrong.push_str(&format!("{text}: {found:?}, expected {expected:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn partial_texts_leave_what_they_share() {
    let socle = builtin();
    let check = |text: &str, column: &str, expected: &[&str]| {
        assert_eq!(attribute(&socle, "os", text, column), expected, "{text}: {column}");
    };
    check("Windows 10 22H2", "end_of_support", &["2025-10-14"]);
    check("Windows 10 22H2", "extended.until", &["2028-10-10"]);
    check("Windows 10 22H2", "extended.paid", &["yes"]);
    check("Win10", "product", &["10"]);
    check("Win10", "family", &["windows"]);
    check("Windows 10 Pro", "edition", &["pro"]);
    check("Windows 11", "kind", &["client"]);
    check("10.0.17763", "kind", &["client", "server"]);
    check("Windows", "family", &["windows"]);
    check("macOS", "family", &["macos"]);
    check("Linux", "family", &["linux"]);
    check("macOS 14", "end_of_support", &["?"]);
    check("Debian 10", "product", &["Debian"]);
    check("Windows 10 1809", "end_of_support", &["2020-11-10", "2021-05-11", "2029-01-09"]);
    assert!(attribute(&socle, "os", "Windows 11", "end_of_support").contains(&"?".to_owned()));
    assert!(!attribute(&socle, "os", "Windows 10 Pro", "end_of_support").contains(&"?".to_owned()));
}

#[test]
fn levels_and_readers() {
    let socle = builtin();
    for (field, text, row) in [
        ("palier", "Add. 6 PC/SC", "ADD6PCSC"),
        ("palier", "ADD6PCSC", "ADD6PCSC"),
        ("palier", "addendum 6 complément PC/SC", "ADD6PCSC"),
        ("palier", "ADD. 6\nPC/SC", "ADD6PCSC"),
        ("palier", "Add 6", "ADD6"),
        ("palier", "1.40+Add1", "1.40+ADD1"),
        ("palier", "Add2bis", "ADD2BIS"),
        ("palier", "1.40 addendum 8", "ADD8"),
        ("palier", "Add 7 + « ApCV seule »", "ADD7+APCV"),
        ("lecteur_niveau", "4.00", "V4.00"),
        ("lecteur_niveau", "V3.30", "V3.30"),
        ("lecteur_niveau", "PC/SC transparent", "PCSC"),
        ("lecteur_modele", "eS-KAP-Ad", "ES-KAP-AD"),
        ("lecteur_modele", "ACR-39U", "ACR39U"),
        ("lecteur_modele", "TLA-Vital'Act", "VITALACT"),
        ("lecteur_modele", r"USB\VID_2947&PID_0111", "TI-KAP"),
        ("lecteur_modele", r"USB\VID_2947&PID_0111\6&1A2B3C", "TI-KAP"),
        ("lecteur_modele", "2947:0111", "TI-KAP"),
        ("lecteur_modele", "Kap&Link 2", "KAP-LINK2"),
        ("lecteur_modele", "Kap&Link", "KAP-LINK"),
        ("profession", "Infirmière libérale", "infirmier"),
        ("profession", "infirmier(ère)", "infirmier"),
        ("profession", "Masseurs-kinésithérapeutes", "kinesitherapeute"),
        ("profession", "fournisseur LPP", "fournisseur-lpp"),
        ("departement", "2a", "2A"),
        ("departement", "1", "01"),
        ("departement", "Côte d'Or", "21"),
    ] {
        assert_eq!(rows(&socle, field, text), [row], "{field}: {text}");
    }
    for text in ["Add 2", "Add 5", "Add 9", "Add. 10", "Add", "6", "1.4"] {
        assert_eq!(rows(&socle, "palier", text), [""; 0], "{text}");
    }
    assert_eq!(rows(&socle, "profession", "médecin"), ["medecin-generaliste", "medecin-specialiste"]);
    assert_eq!(rows(&socle, "profession", "médecin cardiologue"), ["medecin-specialiste"]);
    assert_eq!(rows(&socle, "profession", "60"), [""; 0]);
    let palier = socle.tables.table_named("palier").unwrap();
    let row = |name| socle.tables.row_named(palier, name).unwrap();
    assert!(row("ADD6") < row("ADD6PCSC") && row("ADD7") < row("ADD7+APCV") && row("ADD7+APCV") < row("ADD8"));
}
#[test]
fn every_name_of_every_row_reads_as_that_row() {
    let socle = builtin();
    for table in &socle.tables.tables {
        let id = socle.tables.table_named(&table.id).unwrap();
        for (number, row) in (0u32..).zip(&table.rows) {
            let this = crate::value::RowRef { table: id, row: number };
            assert_eq!(socle.tables.row_named(id, &row.id), Some(this), "{} {}", table.id, row.id);
            let reading = socle.read_as(&Type::Row(id), &row.label.fr);
            assert!(reading.datum.candidates().contains(&Value::Row(this)), "{}: {}", table.id, row.label.fr);
        }
    }
    for (name, text) in crate::builtin::folder("socle") {
        let file: toml::Table = text.parse().unwrap();
        let rows = file.get("row").and_then(|rows| rows.as_array());
        for row in rows.into_iter().flatten() {
            let table = socle.tables.table_named(file["id"].as_str().unwrap()).unwrap();
            let named = socle.tables.row_named(table, row["id"].as_str().unwrap());
            for alias in row.get("aliases").and_then(|aliases| aliases.as_array()).into_iter().flatten() {
                let alias = alias.as_str().unwrap();
                let reading = socle.read_as(&Type::Row(table), &format!(" {} ", alias.to_uppercase()));
                assert_eq!(reading.datum, Datum::Known(Value::Row(named.unwrap())), "{name}: {alias}");
            }
        }
    }
}

#[test]
fn every_header_means_its_field() {
    let socle = builtin();
    // What the catalogue offers is no column.
    for (index, field) in socle.fields.iter().enumerate().filter(|(_, field)| field.role.is_none_or(Role::has_columns))
    {
        let this = HeaderMatch::Field(FieldId(u16::try_from(index).unwrap()));
        for header in field.headers.iter().chain([&field.id]) {
            for spelling in [header.clone(), header.to_uppercase(), format!(" {} ", header.replace(' ', "\u{a0}\n"))] {
                assert_eq!(socle.field_of_header(&spelling), this, "{spelling:?}");
            }
        }
        assert!(!field.kinds.is_empty(), "{}", field.id);
    }
    for (header, kind) in [
        ("Prénom", "nom de personne"),
        ("Nom", "nom de personne"),
        ("E-mail", "courriel"),
        ("Adresse e-mail du cabinet", "courriel"),
        ("Téléphone 2", "téléphone"),
        ("Tél.", "téléphone"),
        ("NIR", "numéro de sécurité sociale"),
        ("N° de sécurité sociale", "numéro de sécurité sociale"),
        ("Date de naissance", "naissance"),
        ("Adresse 1", "adresse"),
    ] {
        assert!(matches!(socle.field_of_header(header), HeaderMatch::Private(what) if what.fr == kind), "{header}");
    }
    for header in ["", "colonne 12", "commentaire", "###"] {
        assert_eq!(socle.field_of_header(header), HeaderMatch::None, "{header}");
    }
    let field = |id: &str| HeaderMatch::Field(socle.field(id).unwrap());
    assert_eq!(socle.field_of_header("Version (x.y.z)"), field("version"));
    assert_eq!(socle.field_of_header("N° RPPS"), field("identifiant"));
    assert_eq!(socle.field_of_header("Nº FINESS"), field("identifiant"));
    let bench = "ps_id,profession,departement,editeur,logiciel,version,palier,scor,os,os_version,lecteur_modele,lecteur_version,\
                 navigateur,cryptolib,adri,hri,dmti,aati,imti,aldi,dmp,idb_clc,date_inventaire";
    for header in bench.split(',') {
        assert!(matches!(socle.field_of_header(header), HeaderMatch::Field(_)), "{header}");
    }
}
