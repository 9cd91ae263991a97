//! The look of an organisation: its name, its logo, its colours.
//!
//! ```toml
//! name = "Organisme"
//! logo = "logo.svg"            # beside the file; put in the page
//! [light]                      # #rrggbb; any may be left out
//! accent = "#0b4f8a"
//! pass = "#1f78b4"
//! fail = "#6b0f1a"
//! levels = ["#0b2a5b", "…"]    # eight, newest level first
//! [dark]
//! accent = "#8ec5ff"
//! ```
//!
//! A colour too close to its ground to be read is refused. Levels have an outline from the fourth on: those before must stand out from the
//! ground by themselves, and no two that are neighbours may look alike.

use crate::diag::{Diagnostic, Document, Section, Span};
use crate::text;
use base64::Engine as _;
use serde::Serialize;
use std::fmt::Write;

/// Shades of a scale.
const LEVELS: usize = 8;

/// Name, logo and colours.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Theme {
    /// The organisation.
    pub name: Option<String>,
    /// Its logo, as a `data:` address.
    pub logo: Option<String>,
    /// Custom properties of the style, in light: name and colour.
    light: Vec<(String, String)>,
    /// The same in dark.
    dark: Vec<(String, String)>,
}

/// Least contrast of texts, and of shapes, against their ground (WCAG 2.2, 1.4.3 and 1.4.11).
const TEXT: f64 = 4.5;
const SHAPE: f64 = 3.0;
/// Least distance of two levels that are neighbours, channels of 0 to 255 taken as lengths.
const NEIGHBOURS: f64 = 24.0;
/// Levels that have no outline.
const OUTLINED: usize = 3;

impl Theme {
    /// Reads a theme; the name of its logo file goes with it.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(name: &str, source: &str) -> Result<(Theme, Option<String>), Vec<Diagnostic>> {
        let mut doc = Document::new(name, source);
        let source = doc.source();
        let Some(mut root) = doc.parse(&source) else { return Err(doc.faults) };
        let own = root.string(&mut doc, "name").map(|(name, _)| name);
        let logo = root.string(&mut doc, "logo").map(|(logo, _)| logo);
        let mut theme = Theme { name: own, ..Theme::default() };
        if let Some(section) = root.section(&mut doc, "light") {
            theme.light = colors(&mut doc, section, "#ffffff");
        }
        if let Some(section) = root.section(&mut doc, "dark") {
            theme.dark = colors(&mut doc, section, "#161616");
        }
        root.finish(&mut doc);
        if doc.faults.is_empty() { Ok((theme, logo)) } else { Err(doc.faults) }
    }

    /// The rules of style that it adds.
    pub(super) fn style(&self) -> String {
        let rule = |colors: &[(String, String)]| {
            let properties = colors.iter().fold(String::new(), |mut all, (name, color)| {
                let _ = write!(all, "--{name}: {color}; ");
                all
            });
            format!(":root {{ {properties}}}")
        };
        let mut style = String::new();
        if !self.light.is_empty() {
            style.push_str(&rule(&self.light));
            // What the light theme changes holds on paper and in light only.
            if self.dark.is_empty() {
                style = format!("@media print, (prefers-color-scheme: light) {{ {style} }}\n");
            }
        }
        if !self.dark.is_empty() {
            let _ = write!(style, "\n@media screen and (prefers-color-scheme: dark) {{ {} }}\n", rule(&self.dark));
        }
        style
    }
}

fn colors(doc: &mut Document, mut section: Section<'_>, ground: &str) -> Vec<(String, String)> {
    let mut colors = Vec::new();
    let mut color = |doc: &mut Document, property: String, color: String, span: Span, least: Option<f64>| {
        let Some(own) = luminance(&color) else {
            let message = text!("`{color}` n'est pas une couleur", "`{color}` is not a color");
            let diagnostic = Diagnostic::error("theme/color", message)
                .help(text!("écrire `#` et six chiffres hexadécimaux", "write `#` and six hexadecimal digits"));
            return doc.fault(diagnostic, span, text!("couleur", "color"));
        };
        let contrast = contrast(own, luminance(ground).unwrap_or(1.0));
        if let Some(least) = least.filter(|least| contrast < *least) {
            let message = text!(
                "`{color}` ne se lit pas sur `{ground}` : contraste de {contrast:.1}, il en faut {least}",
                "`{color}` cannot be read on `{ground}`: contrast of {contrast:.1}, {least} is needed"
            );
            doc.fault(
                Diagnostic::error("theme/contrast", message),
                span,
                text!("trop proche du fond", "too close to the ground"),
            );
        }
        // Texts on the color are black or white, whichever is read better.
        let on = if contrast_with_black(own) > contrast_with_white(own) { "#000000" } else { "#ffffff" };
        if let Some(level) = property.strip_prefix('s').filter(|level| level.len() == 1) {
            colors.push((format!("t{level}"), on.to_owned()));
        } else if property != "accent" {
            colors.push((format!("on-{property}"), on.to_owned()));
        }
        colors.push((property, color.to_ascii_lowercase()));
    };
    for (name, least) in [("accent", TEXT), ("pass", SHAPE), ("fail", SHAPE)] {
        if let Some((text, span)) = section.string(doc, name) {
            color(doc, name.to_owned(), text, span, Some(least));
        }
    }
    let place = section.span.clone();
    let levels = section.strings(doc, "levels");
    if !levels.is_empty() && levels.len() != LEVELS {
        let n = levels.len();
        let message =
            text!("{n} couleurs de niveaux, il en faut {LEVELS}", "{n} colors of levels, {LEVELS} are needed");
        let span = levels.first().map_or(place, |(_, span)| span.clone());
        doc.fault(Diagnostic::error("theme/levels", message), span, text!("la première", "the first"));
    }
    let mut before = None;
    for (number, (text, span)) in levels.into_iter().enumerate().take(LEVELS) {
        let own = channels(&text);
        let alike = before.zip(own).is_some_and(|(one, other)| distance(one, other) < NEIGHBOURS);
        before = own;
        if alike {
            let message = text!(
                "`{text}` ne se distingue pas du niveau d'avant",
                "`{text}` cannot be told from the level before"
            );
            let label = text!("trop proche du niveau d'avant", "too close to the level before");
            doc.fault(Diagnostic::error("theme/levels", message), span.clone(), label);
        }
        color(doc, format!("s{}", number + 1), text, span, (number < OUTLINED).then_some(SHAPE));
    }
    section.finish(doc);
    colors
}

/// Red, green and blue, from 0 to 255.
fn channels(color: &str) -> Option<[f64; 3]> {
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let channel = |at: usize| Some(f64::from(u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?));
    Some([channel(0)?, channel(2)?, channel(4)?])
}

fn distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other).powi(2)).sum::<f64>().sqrt()
}

/// Relative luminance, as WCAG defines it.
fn luminance(color: &str) -> Option<f64> {
    let linear = |channel: f64| {
        let value = channel / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = channels(color)?.map(linear);
    Some(0.2126 * red + 0.7152 * green + 0.0722 * blue)
}

fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn contrast_with_black(luminance: f64) -> f64 {
    contrast(luminance, 0.0)
}

fn contrast_with_white(luminance: f64) -> f64 {
    contrast(luminance, 1.0)
}

/// Bytes of an image as a `data:` address; `None` when it is none of PNG, JPEG, WebP and SVG.
#[must_use]
pub fn logo(bytes: &[u8]) -> Option<String> {
    let kind = match bytes {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ if std::str::from_utf8(bytes).is_ok_and(|text| text.contains("<svg")) => "image/svg+xml",
        _ => return None,
    };
    Some(format!("data:{kind};base64,{}", base64::engine::general_purpose::STANDARD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn colors_are_read_and_those_that_cannot_be_read_are_refused() {
        let (theme, logo) = Theme::read(
            "t.toml",
            "name = \"GIE\"\nlogo = \"l.svg\"\n[light]\naccent = \"#004080\"\n[dark]\npass = \"#66CCFF\"\n",
        )
        .unwrap();
        assert_eq!((theme.name.as_deref(), logo.as_deref()), (Some("GIE"), Some("l.svg")));
        assert!(
            theme.style().contains("--accent: #004080")
                && theme.style().contains("--on-pass: #000000; --pass: #66ccff")
        );
        let white = format!("[light]\nlevels = [{}]", ["\"#ffffff\""; 8].join(", "));
        let alike = format!("[light]\nlevels = [{}]", ["\"#103060\""; 8].join(", "));
        for (text, code) in [
            ("[light]\naccent = \"#ffff00\"", "theme/contrast"),
            ("[light]\naccent = \"red\"", "theme/color"),
            ("[light]\npass = \"#12345g\"", "theme/color"),
            ("[light]\nlevels = [\"#000000\"]", "theme/levels"),
            (&*white, "theme/contrast"),
            (&*alike, "theme/levels"),
        ] {
            let faults = Theme::read("t.toml", text).unwrap_err();
            assert_eq!(faults[0].code, code, "{text}");
            assert!(!faults[0].labels.is_empty(), "{text}");
        }
        assert!(Theme::read("t.toml", "colour = 1").is_err());
    }

    #[test]
    fn logos_are_images() {
        assert!(super::logo(b"<svg xmlns='x'/>").unwrap().starts_with("data:image/svg+xml;base64,"));
        assert!(super::logo(b"GIF89a").is_none());
    }
}
