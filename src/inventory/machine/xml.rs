//! XML documents of agents: pulled event by event, only the places of the dialect kept.
//!
//! The parser leaves much to its caller: entities come apart from the text around them, a document that is cut or
//! followed by another is no error, nor is any depth. All of it is looked after here.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::gather::Reading;
use super::{Machine, text};
use crate::diag::Diagnostic;
use crate::socle::collection::Tree;

/// The name of the root element, skipping what may stand before it.
pub(super) fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = rest.trim_start().strip_prefix('<')?;
        let past = match rest.as_bytes().first()? {
            b'?' => rest.find("?>")? + 2,
            b'!' if rest.starts_with("!--") => rest.find("-->")? + 3,
            // A document type, with what it declares.
            b'!' => match rest.find(['[', '>'])? {
                at if rest[at..].starts_with('[') => rest.find("]>").map(|end| end + 2)?,
                end => end + 1,
            },
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))?;
                return Some(&rest[..end]);
            }
        };
        rest = &rest[past..];
    }
}

/// Reads the machines of a document: as many roots as there are.
pub(super) fn read(text: &str, mut reading: Reading<'_>) -> Result<Vec<Machine>, Box<Diagnostic>> {
    let name = reading.name;
    let mut parser = Reader::from_str(text);
    parser.config_mut().check_comments = false;
    let most = reading.options.document_depth;
    // Of each open element: its place, if it has one.
    let mut places: Vec<Option<usize>> = Vec::new();
    let mut value = String::new();
    let mut lines = Lines::new(text);
    loop {
        let before = parser.buffer_position() as usize;
        let event = parser.read_event();
        let at = parser.buffer_position() as usize;
        match event {
            Ok(Event::Start(element)) => {
                let key = element.name();
                if places.len() >= most {
                    return Err(text::too_deep(name, lines.at(before), most));
                }
                let place = enter(&places, key.as_ref(), &reading)
                    .ok_or_else(|| text::malformed(name, lines.at(before), "XML"))?;
                if let Some(place) = place {
                    reading.enter(place, || lines.at(before));
                }
                places.push(place);
                value.clear();
            }
            Ok(Event::Empty(element)) => {
                let key = element.name();
                let place = enter(&places, key.as_ref(), &reading)
                    .ok_or_else(|| text::malformed(name, lines.at(before), "XML"))?;
                if let Some(place) = place {
                    reading.enter(place, || lines.at(before));
                    reading.leave(place, || text::line_at(text, at))?;
                }
                value.clear();
            }
            Ok(Event::End(_)) => {
                if let Some(Some(place)) = places.pop() {
                    reading.value(place, &value);
                    reading.leave(place, || text::line_at(text, at))?;
                }
                value.clear();
            }
            Ok(Event::Text(part)) if places.is_empty() => {
                if !part.as_ref().trim().is_empty() {
                    return Err(text::malformed(name, lines.at(before), "XML"));
                }
            }
            Ok(Event::Text(part)) => {
                if is_value(&places, &reading) {
                    value.push_str(part.as_ref());
                }
            }
            Ok(Event::CData(part)) => {
                if is_value(&places, &reading) {
                    value.push_str(part.as_ref());
                }
            }
            Ok(Event::GeneralRef(entity)) => {
                let known = match entity.as_ref() {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    other => other.strip_prefix('#').and_then(character),
                };
                let Some(known) = known else { return Err(text::unsafe_xml(name, lines.at(before))) };
                if is_value(&places, &reading) {
                    value.push(known);
                }
            }
            Ok(Event::DocType(_)) => return Err(text::unsafe_xml(name, lines.at(before))),
            Ok(Event::Comment(_) | Event::PI(_) | Event::Decl(_)) => {}
            Ok(Event::Eof) => break,
            // Cut in a tag, or in what an element holds.
            Err(quick_xml::Error::Syntax(_)) => return Err(text::truncated(name, lines.at(before), "XML")),
            Err(_) => return Err(text::malformed(name, lines.at(before), "XML")),
        }
    }
    if !places.is_empty() {
        return Err(text::truncated(name, text::line_at(text, text.len()), "XML"));
    }
    reading.end()
}

/// The place of an element in the dialect: none outside of it; `None` when it is another root.
fn enter(places: &[Option<usize>], key: &str, reading: &Reading<'_>) -> Option<Option<usize>> {
    match places.last() {
        None => (reading.dialect.root.as_deref() == Some(key)).then_some(Some(Tree::ROOT)),
        Some(place) => Some(place.and_then(|place| reading.dialect.tree.child(place, key))),
    }
}

/// Whether the text of the innermost element is wanted.
fn is_value(places: &[Option<usize>], reading: &Reading<'_>) -> bool {
    places.last().is_some_and(|place| place.is_some_and(|place| reading.dialect.tree.nodes[place].cell.is_some()))
}

/// The character of a reference; what no document may hold stands as it is, and is told with the text.
fn character(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

/// Lines of places that come one after the other.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Lines<'t> {
        Lines { text: text.as_bytes(), at: 0, line: 1 }
    }

    fn at(&mut self, at: usize) -> u32 {
        if at < self.at {
            (self.at, self.line) = (0, 1);
        }
        let between = &self.text[self.at..at.min(self.text.len())];
        self.line += memchr::memchr_iter(b'\n', between).count() as u32;
        self.at = at;
        self.line
    }
}
