//! Values of options: text → value, or a fault that says what is accepted.

use super::failure::Failure;
use crate::audit::{FailOn, Horizon, Stale, Unit};
use crate::diag::{Diagnostic, Text, did_you_mean};
use crate::inventory::CodePage;
use crate::pack::{Level, Pin};
use crate::text;
use crate::value::Date;
use std::path::PathBuf;

/// Where an output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// In which format of the command.
    pub format: &'static str,
    /// To which file; `None` for the standard output.
    pub path: Option<PathBuf>,
}

/// Which pack to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackChoice {
    /// A built-in pack by its name, with the versions that will do.
    Named(Pin),
    /// A pack in a folder.
    Folder(PathBuf),
}

/// Fault in the value of an option.
fn refuse(option: &str, value: &str, expected: &Text) -> Failure {
    let expected = expected.clone();
    Diagnostic::error(
        "cli/invalid-value",
        text!("valeur `{value}` refusée pour `{option}`", "value `{value}` refused for `{option}`"),
    )
    .help(expected)
    .into()
}

/// A date, in ISO form only: `03/04/2026` would be read as two different days on the two sides of the Channel.
pub(super) fn date(option: &str, value: &str) -> Result<Date, Failure> {
    Date::parse_iso(value).ok_or_else(|| {
        let parts: Vec<&str> = value.split('/').collect();
        if let [day, month, year] = parts[..]
            && let Some(date) = Date::parse_iso(&format!("{year}-{month:0>2}-{day:0>2}"))
        {
            return refuse(
                option,
                value,
                &text!("pour cette date, écrire `{date}`", "for day/month/year, write `{date}`"),
            );
        }
        refuse(
            option,
            value,
            &text!(
                "écrire une date qui existe, `AAAA-MM-JJ` : `2026-11-22`",
                "write a date that exists, `YYYY-MM-DD`: `2026-11-22`"
            ),
        )
    })
}

/// A span of time after a date: `6mo`, `90d`; `0` is none.
pub(super) fn horizon(option: &str, value: &str, from: Date) -> Result<Option<Horizon>, Failure> {
    let expected =
        text!("écrire `6mo` (mois), `90d` (jours) ou `0` (aucun)", "write `6mo` (months), `90d` (days) or `0` (none)");
    if value == "0" {
        return Ok(None);
    }
    let (n, months) = span(value).ok_or_else(|| refuse(option, value, &expected))?;
    if n == 0 {
        return Ok(None);
    }
    let until = if months { from.plus_months(n) } else { from.plus_days(n) };
    let until = until.ok_or_else(|| out_of_calendar(option, value))?;
    Ok(Some(Horizon { text: value.to_owned(), until }))
}

/// A span of time before a date: `12mo`, `90d`.
pub(super) fn stale(value: &str, from: Date) -> Result<Stale, Failure> {
    let expected = text!("écrire `12mo` (mois) ou `90d` (jours)", "write `12mo` (months) or `90d` (days)");
    let (n, months) = span(value).filter(|(n, _)| *n > 0).ok_or_else(|| refuse("--stale", value, &expected))?;
    let stale = Stale { text: value.to_owned(), span: n, months };
    match stale.since(from) {
        Some(_) => Ok(stale),
        None => Err(out_of_calendar("--stale", value)),
    }
}

/// `6mo`, `90d`: how many, and whether they are months.
fn span(value: &str) -> Option<(i64, bool)> {
    let (number, months) = match value.strip_suffix("mo") {
        Some(number) => (number, true),
        None => (value.strip_suffix('d')?, false),
    };
    let digits = !number.is_empty() && number.len() <= 5 && number.bytes().all(|b| b.is_ascii_digit());
    if digits { Some((number.parse().ok()?, months)) } else { None }
}

fn out_of_calendar(option: &str, value: &str) -> Failure {
    refuse(option, value, &text!("cette durée sort du calendrier", "this span leaves the calendar"))
}

/// A last day: a date, or a span after another.
pub(super) fn until(option: &str, value: &str, from: Date) -> Result<Date, Failure> {
    if value.ends_with("mo") || value.ends_with('d') {
        return Ok(horizon(option, value, from)?.map_or(from, |horizon| horizon.until));
    }
    date(option, value)
}

/// When to close the gate.
pub(super) fn fail_on(value: &str, as_of: Date) -> Result<FailOn, Failure> {
    if let Some(span) = value.strip_prefix("expiring:") {
        return match horizon("--fail-on", span, as_of)? {
            Some(Horizon { text, until }) => Ok(FailOn::Expiring { text, until }),
            None => Ok(FailOn::Level(Level::Blocking)),
        };
    }
    match value {
        "never" => Ok(FailOn::Never),
        "blocking" => Ok(FailOn::Level(Level::Blocking)),
        "advisory" => Ok(FailOn::Level(Level::Advisory)),
        _ => Err(refuse(
            "--fail-on",
            value,
            &text!(
                "écrire `blocking`, `advisory`, `expiring:90d` (ou `expiring:6mo`) ou `never`",
                "write `blocking`, `advisory`, `expiring:90d` (or `expiring:6mo`) or `never`"
            ),
        )),
    }
}

/// A share from 0 to 1: `90`, `90%`, `90,5 %`.
pub(super) fn share(option: &str, value: &str) -> Result<f64, Failure> {
    let refused = || {
        refuse(
            option,
            value,
            &text!(
                "écrire un pourcentage de 0 à 100, de 12 décimales au plus : `90%`",
                "write a percentage from 0 to 100, with 12 decimals at most: `90%`"
            ),
        )
    };
    let number = value.strip_suffix('%').unwrap_or(value).trim_end_matches([' ', '\u{a0}', '\u{202f}']);
    let (whole, decimals) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || whole.len() > 3 || decimals.len() > 12 {
        return Err(refused());
    }
    let parts: u64 = format!("{whole}{decimals:0<12}").parse().map_err(|_| refused())?;
    if parts > 100 * 10u64.pow(12) {
        return Err(refused());
    }
    // One division of two exact numbers: the nearest double to what was written, as is the rate it meets.
    Ok(parts as f64 / 1e14)
}

/// `FORMAT=PATH`.
pub(super) fn output(value: &str, formats: &[&'static str]) -> Result<Output, Failure> {
    let Some((named, path)) = value.split_once('=') else {
        return Err(refuse(
            "--output",
            value,
            &text!("écrire FORMAT=CHEMIN : `json=audit.json`", "write FORMAT=PATH: `json=audit.json`"),
        ));
    };
    let Some(format) = formats.iter().copied().find(|format| *format == named) else {
        let names = formats.join("`, `");
        let list = text!("formats : `{names}`", "formats: `{names}`");
        return Err(refuse("--output", value, &did_you_mean(named, formats.iter().copied()).unwrap_or(list)));
    };
    match path {
        "" => Err(refuse("--output", value, &text!("il manque le chemin après `=`", "the path after `=` is missing"))),
        "-" => Ok(Output { format, path: None }),
        path => Ok(Output { format, path: Some(PathBuf::from(path)) }),
    }
}

/// `NAME[@REQ]`, or a folder when it has a separator or begins with a dot.
pub(super) fn pack(value: &str) -> Result<PackChoice, Failure> {
    if value.contains(['/', '\\']) || value.starts_with('.') {
        return Ok(PackChoice::Folder(PathBuf::from(value)));
    }
    Pin::parse(value).map(PackChoice::Named).map_err(|message| {
        Diagnostic::error("cli/invalid-value", message)
            .help(text!(
                "écrire `pro-ps`, `pro-ps@^1.4`, ou `./dossier` pour un dossier",
                "write `pro-ps`, `pro-ps@^1.4`, or `./folder` for a folder"
            ))
            .into()
    })
}

/// `field=header`.
pub(super) fn mapping(value: &str) -> Result<(String, String), Failure> {
    match value.split_once('=') {
        Some((field, header)) if !field.trim().is_empty() && !header.is_empty() => {
            Ok((field.trim().to_owned(), header.to_owned()))
        }
        _ => Err(refuse(
            "--map",
            value,
            &text!(
                "écrire CHAMP=EN-TÊTE : `palier=Niveau d'agrément`",
                "write FIELD=HEADER: `palier=Niveau d'agrément`"
            ),
        )),
    }
}

/// `FIELD=no`: the field whose blank cells mean "no".
pub(super) fn blank(value: &str) -> Result<String, Failure> {
    match value.split_once('=') {
        Some((field, "no" | "non")) if !field.trim().is_empty() => Ok(field.trim().to_owned()),
        _ => Err(refuse("--blank", value, &text!("écrire CHAMP=no : `scor=no`", "write FIELD=no: `scor=no`"))),
    }
}

/// A number of threads.
pub(super) fn threads(value: &str) -> Result<usize, Failure> {
    value.parse().ok().filter(|n| (1..=1024).contains(n)).ok_or_else(|| {
        refuse("--threads", value, &text!("écrire un nombre de 1 à 1024", "write a number from 1 to 1024"))
    })
}

/// An encoding, by one of its names.
pub(super) fn encoding(value: &str) -> Result<CodePage, Failure> {
    CodePage::named(value).ok_or_else(|| {
        let known = CodePage::ALL.map(CodePage::name).join(", ");
        refuse("--encoding", value, &text!("encodages connus : {known}", "encodings known: {known}"))
    })
}

/// Row of a header, from 1.
pub(super) fn header_row(value: &str) -> Result<u32, Failure> {
    value.parse().ok().filter(|n| (1..=1 << 20).contains(n)).ok_or_else(|| {
        refuse("--header-row", value, &text!("écrire un numéro de ligne, à partir de 1", "write a row number, from 1"))
    })
}

/// Least number of units of a group that is published.
pub(super) fn threshold(value: &str) -> Result<u64, Failure> {
    value
        .parse()
        .ok()
        .filter(|n| (1..=1_000_000).contains(n))
        .ok_or_else(|| refuse("--threshold", value, &text!("écrire un nombre à partir de 1", "write a number from 1")))
}

/// Most bytes of a page.
pub(super) fn max_bytes(value: &str) -> Result<usize, Failure> {
    value.parse().ok().filter(|n| (1000..=1 << 30).contains(n)).ok_or_else(|| {
        refuse(
            "--max-bytes",
            value,
            &text!("écrire un nombre d'octets, au moins 1000", "write a number of bytes, at least 1000"),
        )
    })
}

/// A row number, from 1.
pub(super) fn row(value: &str) -> Result<u64, Failure> {
    value.parse().ok().filter(|n| *n >= 1).ok_or_else(|| {
        let expected = text!(
            "écrire un numéro d'enregistrement, à partir de 1, sans compter l'en-tête",
            "write a record number, from 1, without the header"
        );
        refuse("--row", value, &expected)
    })
}

/// What is counted.
pub(super) fn unit(value: Option<&str>) -> Unit {
    match value {
        Some("ps") => Unit::Ps,
        Some("weight") => Unit::Weight,
        _ => Unit::Row,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn first<T>(result: Result<T, Failure>) -> Diagnostic {
        let Err(Failure::Faults(mut faults)) = result else { panic!("no fault") };
        faults.remove(0)
    }

    fn day(text: &str) -> Date {
        Date::parse_iso(text).unwrap()
    }

    #[test]
    fn dates_are_iso_and_the_way_out_is_said() {
        assert_eq!(date("--as-of", "2026-11-22").unwrap(), day("2026-11-22"));
        let fault = first(date("--as-of", "22/11/2026"));
        assert_eq!(fault.message.fr, "valeur `22/11/2026` refusée pour `--as-of`");
        assert_eq!(fault.help.unwrap().fr, "pour cette date, écrire `2026-11-22`");
        for text in ["2026-02-30", "26-11-22", "aujourd'hui", "", "31/02/2026", "a/b/c"] {
            assert!(date("--as-of", text).is_err(), "{text}");
        }
    }

    #[test]
    fn spans_are_months_or_days() {
        let from = day("2026-08-31");
        let until = |text: &str| horizon("--horizon", text, from).unwrap().map(|h| h.until.to_string());
        assert_eq!(until("6mo").as_deref(), Some("2027-02-28"));
        assert_eq!(until("90d").as_deref(), Some("2026-11-29"));
        for none in ["0", "0d", "0mo"] {
            assert_eq!(until(none), None);
        }
        for text in ["6m", "6", "-1d", "d", "mo", "1.5mo", "999999d", "6 mo", "+6mo", "", "6y", "99999mo"] {
            assert!(horizon("--horizon", text, from).is_err(), "{text}");
        }
    }

    #[test]
    fn gates_are_read() {
        let as_of = day("2026-11-22");
        assert_eq!(fail_on("blocking", as_of).unwrap(), FailOn::Level(Level::Blocking));
        assert_eq!(fail_on("never", as_of).unwrap(), FailOn::Never);
        let expected = FailOn::Expiring { text: "90d".into(), until: day("2027-02-20") };
        assert_eq!(fail_on("expiring:90d", as_of).unwrap(), expected);
        for text in ["", "expiring", "expiring:", "info", "Blocking"] {
            assert!(fail_on(text, as_of).is_err(), "{text}");
        }
    }

    #[test]
    fn shares_are_exact() {
        for (text, expected) in
            [("33,3 %", 0.333), ("90%", 0.9), ("0", 0.0), ("100", 1.0), ("57,142857142857", 0.571_428_571_428_57)]
        {
            assert_eq!(share("--fail-under", text).unwrap(), expected, "{text}");
        }
        for text in ["", "%", "101", "-1", "90.", ".5", "9e1", "90%%", "NaN", "100.000001"] {
            assert!(share("--fail-under", text).is_err(), "{text}");
        }
    }

    #[test]
    fn outputs_packs_and_mappings_are_read() {
        let output = |text| output(text, &["json", "csv"]);
        assert_eq!(output("json=a=b.json").unwrap().path, Some(PathBuf::from("a=b.json")));
        assert_eq!(output("csv=-").unwrap(), Output { format: "csv", path: None });
        assert_eq!(first(output("jsn=x")).help.unwrap().en, "did you mean `json`?");
        for text in ["json", "json=", "=x", "xml=x"] {
            assert!(output(text).is_err(), "{text}");
        }
        assert_eq!(pack("./pro-ps").unwrap(), PackChoice::Folder("./pro-ps".into()));
        let PackChoice::Named(pin) = pack("pro-ps@^1.4").unwrap() else { panic!() };
        assert_eq!((pin.name.as_str(), pin.requirement.unwrap().to_string().as_str()), ("pro-ps", "^1.4"));
        assert!(pack("pro-ps@vieux").is_err() && pack("@1").is_err() && pack("").is_err());
        assert_eq!(mapping("palier=a=b").unwrap(), ("palier".into(), "a=b".into()));
        assert!(mapping("palier").is_err() && mapping("=x").is_err() && mapping("x=").is_err());
        assert_eq!(blank("scor=no").unwrap(), "scor");
        assert!(blank("scor").is_err() && blank("scor=yes").is_err());
    }
}
