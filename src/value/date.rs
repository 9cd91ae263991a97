//! Civil dates, without time or zone.

use jiff::civil;
use std::fmt;

/// A civil date of the proleptic Gregorian calendar, years −9999 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// The date of a year, month and day, if it exists.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Date> {
        civil::Date::new(year, month, day).ok().map(Date)
    }

    /// Reads the ISO form `YYYY-MM-DD`, and nothing else.
    #[must_use]
    pub fn parse_iso(text: &str) -> Option<Date> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        Date::new(
            i16::try_from(digits(&bytes[0..4])?).ok()?,
            i8::try_from(digits(&bytes[5..7])?).ok()?,
            i8::try_from(digits(&bytes[8..10])?).ok()?,
        )
    }

    /// Year number.
    #[must_use]
    pub fn year(self) -> i64 {
        i64::from(self.0.year())
    }

    /// Month number, 1 to 12.
    #[must_use]
    pub fn month(self) -> i64 {
        i64::from(self.0.month())
    }

    /// Day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> i64 {
        i64::from(self.0.day())
    }

    /// The date so many days later (earlier when negative); `None` out of the calendar's range.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Option<Date> {
        let span = jiff::Span::new().try_days(days).ok()?;
        self.0.checked_add(span).ok().map(Date)
    }

    /// The date so many months later, clamped to the end of the month (31 January + 1 month = 28 or 29 February).
    #[must_use]
    pub fn plus_months(self, months: i64) -> Option<Date> {
        let span = jiff::Span::new().try_months(months).ok()?;
        self.0.checked_add(span).ok().map(Date)
    }

    /// Days from `earlier` to this date; negative when this date comes first.
    #[must_use]
    pub fn days_since(self, earlier: Date) -> i64 {
        self.0.duration_since(earlier.0).as_secs() / 86_400
    }
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn months_clamp_to_the_end_of_the_month() {
        let date = Date::parse_iso("2026-08-31");
        let text = |date: Option<Date>| date.map(|date| date.to_string());
        assert_eq!(text(date.and_then(|d| d.plus_months(6))).as_deref(), Some("2027-02-28"));
        assert_eq!(text(date.and_then(|d| d.plus_days(1))).as_deref(), Some("2026-09-01"));
        assert_eq!(date.map(|d| d.days_since(Date::new(2026, 8, 1).unwrap_or(d))), Some(30));
    }

    #[test]
    fn only_the_iso_form_is_read() {
        for text in ["2026-2-01", "2026-02-30", "30/06/2018", "2026-02-01 ", "-026-02-01", ""] {
            assert_eq!(Date::parse_iso(text), None, "{text}");
        }
    }
}
