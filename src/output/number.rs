//! Numbers, percentages and dates as people write them in French and in English.
//!
//! Machine formats do not come here: they write raw numbers and ISO dates.

use crate::audit::Rate;
use crate::diag::Lang;
use crate::value::Date;

/// No-break space: before `%` in French.
pub const NO_BREAK: char = '\u{a0}';
/// Narrow no-break space: between thousands, and before `;`, `!` and `?`, in French.
pub const NARROW: char = '\u{202f}';

/// An integer with its thousands separated: `361 000` (narrow no-break space), `361,000`.
#[must_use]
pub fn integer(n: u64, lang: Lang) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(match lang {
                Lang::Fr => NARROW,
                Lang::En => ',',
            });
        }
        out.push(digit);
    }
    out
}

/// A share as a percentage with one decimal; a dash when `whole` is 0.
///
/// None is `0 %` and all is `100 %`, without decimal. Anything between is rounded to the nearest tenth but
/// kept within 0.1 and 99.9: one obsolete installation among 361,000 must not read as none.
#[must_use]
pub fn percent(part: u64, whole: u64, lang: Lang) -> String {
    match tenths(part, whole) {
        None => "–".to_owned(),
        Some(tenths) => with_sign(&tenths_text(tenths, lang), lang),
    }
}

/// The parts of a whole as percentages whose labels sum to 100: rounded down, then a tenth more for the largest
/// remainders. Parts that do not sum to the whole are told one by one, as [`percent`] does.
#[must_use]
pub fn percents(parts: &[u64], whole: u64, lang: Lang) -> Vec<String> {
    if whole == 0 || parts.iter().try_fold(0u64, |sum, part| sum.checked_add(*part)) != Some(whole) {
        return parts.iter().map(|part| percent(*part, whole, lang)).collect();
    }
    let scaled = |part: &u64| u128::from(*part) * 1000;
    let whole = u128::from(whole);
    let mut tenths: Vec<u64> = parts.iter().map(|part| u64::try_from(scaled(part) / whole).unwrap_or(1000)).collect();
    let mut left = 1000u64.saturating_sub(tenths.iter().sum());
    let mut places: Vec<usize> = (0..parts.len()).collect();
    places.sort_by_key(|place| (std::cmp::Reverse(scaled(&parts[*place]) % whole), *place));
    for place in places.into_iter().filter(|place| parts[*place] > 0) {
        if left > 0 {
            tenths[place] += 1;
            left -= 1;
        }
    }
    tenths.into_iter().map(|tenths| with_sign(&tenths_text(tenths, lang), lang)).collect()
}

/// Tenths of a percent, by the rule of [`percent`].
fn tenths(part: u64, whole: u64) -> Option<u64> {
    if whole == 0 {
        return None;
    }
    if part == 0 || part >= whole {
        return Some(if part == 0 { 0 } else { 1000 });
    }
    let (part, whole) = (u128::from(part), u128::from(whole));
    let rounded = (part * 2000 + whole) / (whole * 2);
    Some(u64::try_from(rounded).unwrap_or(999).clamp(1, 999))
}

fn tenths_text(tenths: u64, lang: Lang) -> String {
    let point = match lang {
        Lang::Fr => ',',
        Lang::En => '.',
    };
    match tenths {
        0 => "0".to_owned(),
        1000 => "100".to_owned(),
        n => format!("{}{point}{}", n / 10, n % 10),
    }
}

fn with_sign(number: &str, lang: Lang) -> String {
    match lang {
        Lang::Fr => format!("{number}{NO_BREAK}%"),
        Lang::En => format!("{number}%"),
    }
}

/// Lowest and highest number of units that pass.
fn bounds(rate: &Rate) -> Option<(u64, u64)> {
    // INVARIANT: the bounds are counts divided by `in_scope`; rounding gives the counts back, exactly
    // below 2^52.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "see above"
    )]
    let count = |share: f64| (share * rate.in_scope as f64).round() as u64;
    Some((count(rate.low?), count(rate.high?)))
}

/// A share that is not a ratio of counts (a goal): `90 %`, `99,5 %`.
#[must_use]
pub fn share(share: f64, lang: Lang) -> String {
    let percent = format!("{:.1}", share * 100.0);
    let percent = percent.strip_suffix(".0").unwrap_or(&percent);
    match lang {
        Lang::Fr => format!("{}\u{a0}%", percent.replace('.', ",")),
        Lang::En => format!("{percent}%"),
    }
}

/// Distances between two shares, in points: `3,4 points`, `3,4 à 5 points`. What is not nothing is not
/// written as nothing.
#[must_use]
pub fn points(least: f64, most: f64, lang: Lang) -> String {
    // As percentages are: neither nothing nor all, unless it is.
    let shown = |distance: f64| match distance {
        distance if distance <= 0.0 => 0.0,
        distance if distance < 1.0 => (distance * 100.0).clamp(0.1, 99.9),
        distance => distance * 100.0,
    };
    let digits = |distance: f64| {
        let text = format!("{:.1}", shown(distance));
        if lang == Lang::Fr { text.replace('.', ",") } else { text }
    };
    let plural = match lang {
        Lang::Fr => shown(most) >= 2.0,
        Lang::En => digits(most) != "1.0",
    };
    let noun = if plural { "points" } else { "point" };
    format!("{} {noun}", interval(digits(least), digits(most), lang))
}

/// A change of a share, in points: `+23,0 points`, `−3,0 à +4,5 points`, `0,0 point`.
#[must_use]
pub fn change(least: f64, most: f64, lang: Lang) -> String {
    let shown = |share: f64| {
        // What is less than half a tenth is not a change of a tenth.
        let tenths = (share * 1000.0).round();
        let text = format!("{:.1}", tenths.abs() / 10.0);
        let text = if lang == Lang::Fr { text.replace('.', ",") } else { text };
        match tenths {
            tenths if tenths > 0.0 => format!("+{text}"),
            tenths if tenths < 0.0 => format!("−{text}"),
            _ => text,
        }
    };
    let (low, high) = (shown(least), shown(most));
    let far = least.abs().max(most.abs());
    let plural = if lang == Lang::Fr { far >= 0.0195 } else { (far * 1000.0).round() != 10.0 };
    format!("{} {}", interval(low, high, lang), if plural { "points" } else { "point" })
}

/// `472 à 500`; one number when both are the same.
#[must_use]
pub fn interval(least: String, most: String, lang: Lang) -> String {
    if least == most {
        return least;
    }
    match lang {
        Lang::Fr => format!("{least} à {most}"),
        Lang::En => format!("{least} to {most}"),
    }
}

/// A rate for a table cell: `38,4 %` or `38,4 à 41,2 %`, and a dash when nothing is in scope.
#[must_use]
pub fn rate(rate: &Rate, lang: Lang) -> String {
    let Some((low, high)) = bounds(rate) else { return "–".to_owned() };
    let (Some(from), Some(to)) = (tenths(low, rate.in_scope), tenths(high, rate.in_scope)) else {
        return "–".to_owned();
    };
    let (from, to) = (tenths_text(from, lang), tenths_text(to, lang));
    if low == high {
        return with_sign(&from, lang);
    }
    match lang {
        Lang::Fr => with_sign(&format!("{from} à {to}"), lang),
        Lang::En => with_sign(&format!("{from} to {to}"), lang),
    }
}

/// The counts behind a rate: `384 / 1 000` or `384 à 412 / 1 000`; a dash when nothing is in scope.
#[must_use]
pub fn rate_counts(rate: &Rate, lang: Lang) -> String {
    let Some((low, high)) = bounds(rate) else { return "–".to_owned() };
    let (from, to, of) = (integer(low, lang), integer(high, lang), integer(rate.in_scope, lang));
    if low == high {
        return format!("{from} / {of}");
    }
    match lang {
        Lang::Fr => format!("{from} à {to} / {of}"),
        Lang::En => format!("{from} to {to} / {of}"),
    }
}

/// A rate in a sentence: `38,4 % (384 / 1 000)`, or `entre 38,4 % et 41,2 % (384 à 412 / 1 000)`.
#[must_use]
pub fn rate_sentence(rate: &Rate, lang: Lang) -> String {
    let Some((low, high)) = bounds(rate) else { return "–".to_owned() };
    let of = rate.in_scope;
    let counts = rate_counts(rate, lang);
    if low == high {
        return format!("{} ({counts})", percent(low, of, lang));
    }
    let (from, to) = (percent(low, of, lang), percent(high, of, lang));
    match lang {
        Lang::Fr => format!("entre {from} et {to} ({counts})"),
        Lang::En => format!("between {from} and {to} ({counts})"),
    }
}

/// Whether `n` takes the singular: 0 and 1 in French, 1 in English.
#[must_use]
pub fn is_singular(n: u64, lang: Lang) -> bool {
    match lang {
        Lang::Fr => n <= 1,
        Lang::En => n == 1,
    }
}

/// A count with its noun: `0 poste`, `2 postes`, `0 rows`.
#[must_use]
pub fn counted(n: u64, lang: Lang, singular: &str, plural: &str) -> String {
    let noun = if is_singular(n, lang) { singular } else { plural };
    format!("{} {noun}", integer(n, lang))
}

/// A date in full: `1er juin 2018`, `30 June 2018`.
#[must_use]
pub fn date(date: Date, lang: Lang) -> String {
    const FR: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    const EN: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let names = match lang {
        Lang::Fr => FR,
        Lang::En => EN,
    };
    let month = usize::try_from(date.month() - 1).ok().and_then(|i| names.get(i)).copied().unwrap_or_default();
    match (date.day(), lang) {
        (1, Lang::Fr) => format!("1er {month} {}", date.year()),
        (day, _) => format!("{day} {month} {}", date.year()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::audit::Counts;

    #[test]
    fn labels_of_parts_sum_to_a_hundred() {
        assert_eq!(percents(&[1, 1, 1], 3, Lang::En), ["33.4%", "33.3%", "33.3%"]);
        assert_eq!(percents(&[2, 0, 1], 3, Lang::Fr), ["66,7\u{a0}%", "0\u{a0}%", "33,3\u{a0}%"]);
        assert_eq!(percents(&[7], 7, Lang::En), ["100%"]);
        let parts = [151, 151, 151, 547, 3, 9, 77, 100_003];
        let sum: f64 = percents(&parts, parts.iter().sum(), Lang::En)
            .iter()
            .map(|label| label.trim_end_matches('%').parse::<f64>().unwrap())
            .sum();
        assert!((sum - 100.0).abs() < 1e-9, "{sum}");
        // Some part is missing: nothing is made up.
        assert_eq!(percents(&[1, 1], 3, Lang::En), ["33.3%", "33.3%"]);
        assert_eq!(percents(&[0], 0, Lang::En), ["–"]);
    }

    #[test]
    fn thousands_are_separated() {
        for (n, fr, en) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_000, "1\u{202f}000", "1,000"),
            (361_000, "361\u{202f}000", "361,000"),
            (1_234_567, "1\u{202f}234\u{202f}567", "1,234,567"),
        ] {
            assert_eq!(integer(n, Lang::Fr), fr);
            assert_eq!(integer(n, Lang::En), en);
        }
    }

    #[test]
    fn a_few_is_never_none_and_most_is_never_all() {
        for (part, whole, fr, en) in [
            (0, 361_000, "0\u{a0}%", "0%"),
            (1, 361_000, "0,1\u{a0}%", "0.1%"),
            (360_999, 361_000, "99,9\u{a0}%", "99.9%"),
            (361_000, 361_000, "100\u{a0}%", "100%"),
            (384, 1000, "38,4\u{a0}%", "38.4%"),
            (1, 3, "33,3\u{a0}%", "33.3%"),
            (2, 3, "66,7\u{a0}%", "66.7%"),
            (1, 2, "50,0\u{a0}%", "50.0%"),
            (1, 2000, "0,1\u{a0}%", "0.1%"),
            (u64::MAX - 1, u64::MAX, "99,9\u{a0}%", "99.9%"),
            (0, 0, "–", "–"),
        ] {
            assert_eq!(percent(part, whole, Lang::Fr), fr, "{part}/{whole}");
            assert_eq!(percent(part, whole, Lang::En), en, "{part}/{whole}");
        }
    }

    #[test]
    fn a_rate_is_an_interval_when_something_is_unknown() {
        let known = Counts { pass: 384, fail: 616, unknown: 0, not_applicable: 9, waived: 0 }.rate();
        assert_eq!(rate_sentence(&known, Lang::Fr), "38,4\u{a0}% (384 / 1\u{202f}000)");
        let partly = Counts { pass: 384, fail: 588, unknown: 28, not_applicable: 9, waived: 0 }.rate();
        assert_eq!(rate_sentence(&partly, Lang::Fr), "entre 38,4\u{a0}% et 41,2\u{a0}% (384 à 412 / 1\u{202f}000)");
        assert_eq!(rate_sentence(&partly, Lang::En), "between 38.4% and 41.2% (384 to 412 / 1,000)");
        assert_eq!(rate(&partly, Lang::Fr), "38,4 à 41,2\u{a0}%");
        assert_eq!(rate_counts(&partly, Lang::En), "384 to 412 / 1,000");
        assert_eq!(rate_sentence(&Counts::default().rate(), Lang::Fr), "–");
    }

    #[test]
    fn zero_is_singular_in_french_only() {
        assert_eq!(counted(0, Lang::Fr, "poste", "postes"), "0 poste");
        assert_eq!(counted(0, Lang::En, "row", "rows"), "0 rows");
        assert_eq!(counted(1, Lang::En, "row", "rows"), "1 row");
        assert_eq!(counted(2, Lang::Fr, "poste", "postes"), "2 postes");
    }

    #[test]
    fn the_first_of_the_month_is_1er() {
        let first = Date::parse_iso("2026-06-01").unwrap();
        assert_eq!(date(first, Lang::Fr), "1er juin 2026");
        assert_eq!(date(first, Lang::En), "1 June 2026");
        assert_eq!(date(Date::parse_iso("2018-06-30").unwrap(), Lang::Fr), "30 juin 2018");
    }
}
