//! Text → number, date, version: the forms that French files use, and no guess.

use crate::value::Date;

/// An integer: digits, or groups of three separated by a space of any kind; `12,0` is 12, `12.000` may be twelve
/// thousand and is none.
pub(crate) fn int(text: &str) -> Option<i64> {
    let (whole, fraction) = number_parts(text)?;
    if fraction.len() == 3 || !fraction.bytes().all(|b| b == b'0') {
        return None;
    }
    whole.parse().ok()
}

/// A double: comma or point as the decimal mark.
pub(crate) fn double(text: &str) -> Option<f64> {
    let (whole, fraction) = number_parts(text)?;
    let text = if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") };
    text.parse::<f64>().ok().filter(|n| n.is_finite())
}

/// Sign and digits without separators, then the digits of the fraction.
fn number_parts(text: &str) -> Option<(String, String)> {
    let (sign, unsigned) = match text.strip_prefix(['-', '−']) {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = match unsigned.split_once([',', '.']) {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (unsigned, ""),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let groups: Vec<&str> = whole.split([' ', '\u{a0}', '\u{202f}']).collect();
    let grouped = groups.len() == 1 || groups[1..].iter().all(|g| g.len() == 3);
    if whole.is_empty() || !grouped || groups[0].is_empty() || !groups.iter().all(|g| digits(g)) || !digits(fraction) {
        return None;
    }
    Some((format!("{sign}{}", groups.concat()), fraction.to_owned()))
}

/// A date: `2025-12-31`, `2025/12/31`, `20251231`, `31/12/2025`, `31-12-2025`, `31.12.2025`, with or
/// without a time. Day first, always: never the American order. Two-digit years, names of months and
/// spreadsheet serials are refused.
pub(crate) fn date(text: &str) -> Option<Date> {
    let (day, time) = match text.find([' ', 'T', '\u{a0}', '\u{202f}']) {
        Some(at) => (&text[..at], text[at..].trim_start_matches(|c: char| c.is_whitespace() || c == 'T')),
        None => (text, ""),
    };
    if !time.is_empty() && !is_time(time) {
        return None;
    }
    if !day.is_ascii() {
        return None;
    }
    let date = if day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) {
        build(&day[..4], &day[4..6], &day[6..])
    } else {
        let mark = day.find(['-', '/', '.']).map(|at| &day[at..=at])?;
        let mut parts = day.split(mark);
        let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        match (a.len(), c.len()) {
            (4, 1 | 2) if mark != "." => build(a, b, c),
            (1 | 2, 4) => build(c, b, a),
            _ => None,
        }
    };
    date.filter(|date| (1900..=2200).contains(&date.year()))
}

/// First and last day that a spreadsheet's number of days may be: the years 2000 to 2099.
const SERIALS: std::ops::RangeInclusive<i64> = 36_526..=73_050;

/// Beginnings of the names of months, in French and in English, without accents.
const MONTHS: [&[&str]; 12] = [
    &["jan"],
    &["fev", "feb"],
    &["mar"],
    &["avr", "apr"],
    &["mai", "may"],
    &["juin", "jun"],
    &["juil", "jul"],
    &["aou", "aug"],
    &["sep"],
    &["oct"],
    &["nov"],
    &["dec"],
];

/// Dates as spreadsheets and programs write them: `31/12/25`, the number of days of a spreadsheet (`46022`), `15 janvier 2026`,
/// `15-janv-26`, `Thu Jan 15 10:00:00 2026`; of `déc-25` and `décembre 2025`, all the days of the month. Years of two
/// digits are of this century. None: it is no date.
pub(crate) fn loose_date(text: &str) -> Vec<Date> {
    let one = |date: Option<Date>| date.filter(|date| (2000..=2099).contains(&date.year())).into_iter().collect();
    let whole = text.split_once(['.', ',']).map_or(text, |(whole, _)| whole);
    if whole.len() == 5 && is_digits(whole) && number_parts(text).is_some() {
        let serial = whole.parse().ok().filter(|days| SERIALS.contains(days));
        return one(serial.and_then(|days| Date::new(1899, 12, 30)?.plus_days(days)));
    }
    let plain = super::fold::plain(text);
    let mut words: Vec<&str> = plain.split([' ', '-', '/', '.', ',']).filter(|word| !word.is_empty()).collect();
    // `Thu Jan 15 10:00:00 2026`: the name of the day says nothing more, nor does the time.
    if let [_, month, day, time, year] = words[..]
        && is_time(time)
        && month_of(month).is_some()
    {
        words = vec![day, month, year];
    }
    let numbers = plain.contains(['/', '.']) && !plain.contains('-');
    match words[..] {
        [day, month, year] if is_digits(month) && year.len() == 2 && numbers => one(build(&century(year), month, day)),
        [day, month, year] if is_digits(day) && day.len() <= 2 => {
            one(month_of(month).and_then(|month| build(&century(year), &month.to_string(), day)))
        }
        [month, year] => {
            let Some(month) = month_of(month).map(|month| month.to_string()) else { return Vec::new() };
            let days = (1..=31).filter_map(|day| build(&century(year), &month, &day.to_string()));
            days.filter(|date| (2000..=2099).contains(&date.year())).collect()
        }
        _ => Vec::new(),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A year of four digits; one of two is of this century.
fn century(year: &str) -> String {
    if year.len() == 2 && is_digits(year) { format!("20{year}") } else { year.to_owned() }
}

/// The month of a name or of its beginning: three letters at least.
fn month_of(word: &str) -> Option<usize> {
    const NAMES: [[&str; 2]; 12] = [
        ["janvier", "january"],
        ["fevrier", "february"],
        ["mars", "march"],
        ["avril", "april"],
        ["mai", "may"],
        ["juin", "june"],
        ["juillet", "july"],
        ["aout", "august"],
        ["septembre", "september"],
        ["octobre", "october"],
        ["novembre", "november"],
        ["decembre", "december"],
    ];
    let begins = |month: usize| {
        let is_of = |start: &&str| word.starts_with(*start);
        MONTHS[month].iter().any(is_of) && NAMES[month].iter().any(|name| name.starts_with(word))
    };
    (0..12).find(|month| begins(*month)).map(|month| month + 1)
}

fn build(year: &str, month: &str, day: &str) -> Option<Date> {
    let number = |s: &str| s.bytes().all(|b| b.is_ascii_digit()).then(|| s.parse::<i16>().ok()).flatten();
    if month.len() > 2 || day.len() > 2 {
        return None;
    }
    Date::new(number(year)?, i8::try_from(number(month)?).ok()?, i8::try_from(number(day)?).ok()?)
}

/// `14:05`, `14:05:59`, with fractions and an offset; `14h05`.
fn is_time(text: &str) -> bool {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let text = text.rfind(['+', '-']).map_or(text, |at| if is_clock(&text[at + 1..], 14) { &text[..at] } else { "" });
    let text = text.split_once(['.', ',']).map_or(text, |(clock, fraction)| {
        if !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit()) { clock } else { "" }
    });
    is_clock(text, 23)
}

fn is_clock(text: &str, last_hour: u8) -> bool {
    let mut parts = text.split([':', 'h']);
    let number = |part: Option<&str>, max: u8| match part {
        Some(part) if (1..=2).contains(&part.len()) => part.parse::<u8>().is_ok_and(|n| n <= max),
        _ => false,
    };
    if !number(parts.next(), last_hour) || !number(parts.next(), 59) {
        return false;
    }
    match parts.next() {
        None => true,
        seconds => number(seconds, 59) && parts.next().is_none(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{date, double, int, loose_date};

    #[test]
    fn french_numbers() {
        for (text, n) in
            [("1234", 1234), ("1 234", 1234), ("1\u{a0}234\u{202f}567", 1_234_567), ("-5", -5), ("12,0", 12)]
        {
            assert_eq!(int(text), Some(n), "{text}");
        }
        for text in ["", "12,5", "12 34", "1.234.567", "1e3", "0x10", "12,", ",5", "--1", "１", "99999999999999999999"]
        {
            assert_eq!(int(text), None, "{text}");
        }
        for (text, n) in [("12,5", 12.5), ("1 234,5", 1234.5), ("0.25", 0.25), ("7", 7.0)] {
            assert_eq!(double(text), Some(n), "{text}");
        }
        for text in ["NaN", "inf", "1e308", "12,5,1", "abc"] {
            assert_eq!(double(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_day_first_and_never_guessed() {
        for text in [
            "2025-12-31",
            "31/12/2025",
            "31-12-2025",
            "31.12.2025",
            "31/12/2025 14:05",
            "2025-12-31T14:05:00Z",
            "2025-12-31 14:05:00.123+01:00",
            "31/12/2025 14h05",
            "2025/12/31",
            "20251231",
        ] {
            assert_eq!(date(text).unwrap().to_string(), "2025-12-31", "{text}");
        }
        assert_eq!(date("03/04/2025").unwrap().to_string(), "2025-04-03");
        assert_eq!(date("3/4/2025").unwrap().to_string(), "2025-04-03");
        for text in [
            "12/31/2025",
            "31/12/25",
            "déc-25",
            "46022",
            "0000-00-00",
            "2025-02-30",
            "2025-21-09 05:21:23",
            "2025-12-31 25:00",
            "10/29/25, 2:21 AM",
            "2025-12",
            "31/12/2025/1",
            "31/12/2025 x",
            "",
            "٣١/١٢/٢٠٢٥",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn spreadsheets_write_dates_in_their_own_way() {
        for text in [
            "31/12/25",
            "31.12.25",
            "46022",
            "46022.5",
            "46022,75",
            "31 décembre 2025",
            "31-déc-25",
            "31 dec. 2025",
            "Wed Dec 31 10:00:00 2025",
        ] {
            let dates: Vec<String> = loose_date(text).iter().map(ToString::to_string).collect();
            assert_eq!(dates, ["2025-12-31"], "{text}");
        }
        for (text, first, days) in [
            ("déc-25", "2025-12-01", 31),
            ("déc.-25", "2025-12-01", 31),
            ("Févr 2024", "2024-02-01", 29),
            ("juil-26", "2026-07-01", 31),
            ("June 2026", "2026-06-01", 30),
        ] {
            let dates = loose_date(text);
            assert_eq!((dates.first().map(ToString::to_string).as_deref(), dates.len()), (Some(first), days), "{text}");
        }
        for text in [
            "25-12-31",
            "31-12-25",
            "12/31/25",
            "1234",
            "12345",
            "99999",
            "46022 x",
            "ju-25",
            "j-25",
            "ma 2025",
            "déc",
            "décimal 25",
            "31/12",
            "99 déc 2025",
            "",
            "46022,5,1",
            "déc-1825",
        ] {
            assert_eq!(loose_date(text), [], "{text}");
        }
    }
}
