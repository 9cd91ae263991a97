//! Lines `Key=Value`, as `wmic … /format:list` writes them: blank lines between records, `&` written `&amp;`.

use std::borrow::Cow;

use super::Machine;
use super::gather::Reading;
use crate::diag::Diagnostic;

/// Records of a text, with the line on which each starts.
fn records(text: &str) -> impl Iterator<Item = (u32, Vec<(&str, Cow<'_, str>)>)> {
    let mut lines = (1u32..).zip(text.lines());
    std::iter::from_fn(move || {
        let (mut first, mut blank) = (0, 0);
        let mut pairs: Vec<(&str, Cow<'_, str>)> = Vec::new();
        for (number, line) in lines.by_ref() {
            let Some((key, value)) = line.trim().split_once('=') else {
                blank += 1;
                // One blank line may be a doubled line end.
                if blank > 1 && !pairs.is_empty() {
                    break;
                }
                continue;
            };
            (blank, first) = (0, if pairs.is_empty() { number } else { first });
            pairs.push((key.trim(), plain(value.trim())));
        }
        (!pairs.is_empty()).then_some((first, pairs))
    })
}

fn plain(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

/// Whether a text is such a listing, and of which keys its first record is.
pub(super) fn first_keys(text: &str) -> Option<Vec<&str>> {
    let key = |line: &str| line.split_once('=').is_some_and(|(key, _)| is_key(key.trim()));
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(4);
    lines.all(key).then(|| records(text).next())?.map(|(_, pairs)| pairs.into_iter().map(|(key, _)| key).collect())
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Reads the machines of a listing.
pub(super) fn read(text: &str, mut reading: Reading<'_>) -> Result<Vec<Machine>, Box<Diagnostic>> {
    for (line, pairs) in records(text) {
        reading.pairs(&pairs, line)?;
    }
    reading.end()
}
