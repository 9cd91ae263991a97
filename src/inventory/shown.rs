//! Cells of Excel workbooks as people see them: a number with the digits that its format shows, a date in ISO form.

use calamine::{Data, DataRef, ExcelDateTime};

use super::records::CellKind;

/// Decimals of a number that no format rounds: as many as spreadsheets keep.
const DIGITS: usize = 15;

/// How a number is shown.
#[derive(Clone, Copy)]
pub(super) enum Shown {
    /// With the decimals it has.
    General,
    /// With so many digits before the mark, at least, and so many decimals.
    Digits(usize, usize),
}

impl Shown {
    /// What a format code of digits alone says (`0.00`, `# ##0`, `00000`); any other is taken as none.
    pub(super) fn of(code: &str) -> Shown {
        let code = code.split(';').next().unwrap_or_default();
        let (whole, decimals) = code.split_once('.').unwrap_or((code, ""));
        let digits = whole.bytes().filter(|byte| *byte == b'0').count();
        let is_plain = whole.ends_with('0')
            && whole.chars().all(|c| matches!(c, '0' | '#' | ',' | ' ' | '\u{a0}'))
            && decimals.bytes().all(|byte| byte == b'0')
            && digits + decimals.len() <= 2 * DIGITS;
        if is_plain { Shown::Digits(digits, decimals.len()) } else { Shown::General }
    }

    /// A cell as people see it; `None` when it is blank.
    pub(super) fn cell(self, value: &DataRef<'_>) -> Option<(String, CellKind)> {
        let (text, kind) = match value {
            DataRef::String(text) => (text.clone(), CellKind::Text),
            DataRef::SharedString(text) => ((*text).to_owned(), CellKind::Text),
            DataRef::Int(n) => self.number(*n as f64),
            DataRef::Float(n) => self.number(*n),
            DataRef::Bool(true) => ("true".to_owned(), CellKind::Text),
            DataRef::Bool(false) => ("false".to_owned(), CellKind::Text),
            DataRef::DateTime(date) => (date_text(date), CellKind::Date),
            DataRef::DateTimeIso(text) => (text.strip_suffix("T00:00:00").unwrap_or(text).to_owned(), CellKind::Date),
            DataRef::DurationIso(text) => (text.clone(), CellKind::Date),
            DataRef::Error(error) => (Data::Error(error.clone()).to_string(), CellKind::Text),
            DataRef::Empty => return None,
        };
        (!text.trim().is_empty()).then_some((text, kind))
    }

    pub(super) fn number(self, n: f64) -> (String, CellKind) {
        match self {
            Shown::Digits(whole, decimals) => {
                let text = format!("{:.decimals$}", n.abs());
                let width = whole + if decimals > 0 { decimals + 1 } else { 0 };
                let sign = if n < 0.0 { "-" } else { "" };
                (format!("{sign}{text:0>width$}"), CellKind::Number)
            }
            Shown::General if n.fract() == 0.0 && n.abs() < 1e15 => (format!("{n:.0}"), CellKind::Number),
            Shown::General => {
                // Spreadsheets keep fifteen digits: 0.1 + 0.2 is 0.3.
                let rounded = format!("{n:.*e}", DIGITS - 1).parse().unwrap_or(n);
                (format!("{rounded}"), CellKind::Rounded)
            }
        }
    }
}

/// A date in ISO form, with its time when it has one.
pub(super) fn date_text(date: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    if date.is_duration() || date.as_f64() < 1.0 {
        time
    } else if time == "00:00:00" {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02} {time}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_their_format_says() {
        use CellKind::{Number, Rounded};
        for (code, number, text, kind) in [
            ("General", 7.2, "7.2", Rounded),
            ("General", 7.0, "7", Number),
            ("General", 99_900_000_375.0, "99900000375", Number),
            ("General", 0.1 + 0.2, "0.3", Rounded),
            ("General", -1.5, "-1.5", Rounded),
            ("0.00", 7.2, "7.20", Number),
            ("00000", 1300.0, "01300", Number),
            ("00000", -13.0, "-00013", Number),
            ("#,##0", 1200.0, "1200", Number),
            ("# ##0.0;[Red]-# ##0.0", -1200.0, "-1200.0", Number),
            ("000.00", 7.2, "007.20", Number),
            ("0%", 0.5, "0.5", Rounded),
            ("0.00E+00", 1300.0, "1300", Number),
            ("\"v\"0.0", 7.2, "7.2", Rounded),
        ] {
            assert_eq!(Shown::of(code).number(number), (text.to_owned(), kind), "{code} {number}");
        }
    }

    #[test]
    fn dates_are_iso() {
        use calamine::ExcelDateTimeType::{DateTime, TimeDelta};
        for (value, kind, text) in [
            (46348.0, DateTime, "2026-11-22"),
            (46348.5, DateTime, "2026-11-22 12:00:00"),
            (0.25, DateTime, "06:00:00"),
            (0.25, TimeDelta, "06:00:00"),
        ] {
            assert_eq!(date_text(&ExcelDateTime::new(value, kind, false)), text);
        }
        assert_eq!(date_text(&ExcelDateTime::new(44886.0, DateTime, true)), "2026-11-22");
    }
}
