//! XML, with the place of everything, in the terms in which TOML is read.
//!
//! There is no document type, no entity but the five of XML and characters by number, no encoding but UTF-8.

use super::limits::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_TEXT, MAX_VALUES, too_deep, too_long, too_many};
use crate::diag::{Diagnostic, Document, Span, Text, visible};
use crate::text;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element: everything in it, in order.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Name without prefix.
    pub(super) name: String,
    /// The prefix of its namespace, if any.
    pub(super) prefix: Option<String>,
    /// The namespace declared on it (`xmlns`), if any.
    pub(super) namespace: Option<String>,
    /// Attributes, with the place of the opening tag.
    pub(super) attributes: Vec<(String, String)>,
    /// Elements in it.
    pub(super) children: Vec<Element>,
    /// The text in it, references resolved.
    pub(super) text: String,
    /// The opening tag.
    pub(super) tag: Span,
    /// What is between the tags; the tag itself when it is empty.
    pub(super) inside: Span,
}

impl Element {
    /// The first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Children of a name.
    pub(super) fn all<'e>(&'e self, name: &'static str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is in another namespace than its root, which has this prefix and this namespace.
    pub(super) fn is_foreign(&self, prefix: Option<&str>, namespace: Option<&str>) -> bool {
        match &self.namespace {
            Some(own) => namespace != Some(own),
            None => self.prefix.as_deref() != prefix,
        }
    }

    /// The same root without what is of other namespaces: extensions of a format say nothing in its terms.
    pub(super) fn without_foreign(mut self) -> Element {
        let (prefix, namespace) = (self.prefix.clone(), self.namespace.clone());
        self.drop_foreign(prefix.as_deref(), namespace.as_deref());
        self
    }

    fn drop_foreign(&mut self, prefix: Option<&str>, namespace: Option<&str>) {
        self.children.retain(|child| !child.is_foreign(prefix, namespace));
        self.children.iter_mut().for_each(|child| child.drop_foreign(prefix, namespace));
    }

    /// Its text without the blanks around it, and where that stands.
    pub(super) fn said(&self) -> (&str, Span) {
        (self.text.trim(), self.inside.clone())
    }
}

/// The root element; `None` with faults when the document is not one.
pub(super) fn parse(doc: &mut Document, text: &str) -> Option<Element> {
    let mut tree = Tree { text, doc, open: Vec::new(), root: None, elements: 0 };
    let mut reader = Reader::from_str(text);
    loop {
        let start = position(reader.buffer_position());
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let at = position(reader.error_position());
                let detail = error.to_string();
                return tree.fault(at..at + 1, text!("le lecteur XML dit : {detail}", "{detail}"));
            }
        };
        let span = start..position(reader.buffer_position());
        match event {
            Event::Eof => return tree.end(),
            other => tree.event(other, span)?,
        }
    }
}

fn position(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

struct Tree<'t, 'd> {
    text: &'t str,
    doc: &'d mut Document,
    open: Vec<Element>,
    root: Option<Element>,
    /// With their attributes.
    elements: usize,
}

impl Tree<'_, '_> {
    fn fault<T>(&mut self, span: Span, label: Text) -> Option<T> {
        let message = text!("ce fichier n'est pas du XML valide", "this file is not valid XML");
        self.refuse("xml/syntax", message, span, label)
    }

    fn refuse<T>(&mut self, code: &'static str, message: Text, span: Span, label: Text) -> Option<T> {
        let start = (0..=span.start.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        let end = (span.end.clamp(start, self.text.len())..=self.text.len()).find(|at| self.text.is_char_boundary(*at));
        let span = visible(self.text, start..end.unwrap_or(self.text.len()));
        self.doc.fault(Diagnostic::error(code, message), span, label);
        None
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Option<()> {
        match event {
            Event::Start(start) => {
                let element = self.element(&start, span)?;
                if self.open.len() >= MAX_DEPTH {
                    too_deep(self.doc, element.tag);
                    return None;
                }
                self.open.push(element);
            }
            Event::Empty(start) => {
                let element = self.element(&start, span)?;
                self.close(element)?;
            }
            Event::End(_) => {
                let Some(mut element) = self.open.pop() else {
                    return self.fault(span, text!("rien n'est ouvert", "nothing is open"));
                };
                element.inside = element.tag.end..span.start.max(element.tag.end);
                if element.inside.is_empty() {
                    element.inside = element.tag.clone();
                }
                self.close(element)?;
            }
            Event::Text(content) => self.add(&content, span)?,
            Event::CData(content) => self.add(&content, span)?,
            Event::GeneralRef(reference) => {
                let name: &str = &reference;
                let known = match name {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => reference.resolve_char_ref().ok().flatten(),
                };
                let Some(c) = known else {
                    let message = text!("entité inconnue `&{name};`", "unknown entity `&{name};`");
                    let label = text!("les entités déclarées ne sont pas lues", "declared entities are not read");
                    return self.refuse("xml/entity", message, span, label);
                };
                self.add(c.encode_utf8(&mut [0; 4]), span)?;
            }
            Event::DocType(_) => {
                let message =
                    text!("un type de document (DTD) n'est pas accepté", "a document type (DTD) is not accepted");
                let label = text!("retirer cette déclaration", "remove this declaration");
                return self.refuse("xml/doctype", message, span, label);
            }
            Event::Decl(declaration) => {
                if let Some(Ok(encoding)) = declaration.encoding()
                    && !encoding.eq_ignore_ascii_case("utf-8")
                {
                    let encoding = encoding.into_owned();
                    let message = text!("ce XML se dit en `{encoding}`", "this XML says it is in `{encoding}`");
                    let label = text!("enregistrer en UTF-8", "save as UTF-8");
                    return self.refuse("manifest/encoding", message, span, label);
                }
            }
            Event::Comment(_) | Event::PI(_) | Event::Eof => {}
        }
        Some(())
    }

    fn element(&mut self, start: &BytesStart<'_>, span: Span) -> Option<Element> {
        self.elements += 1;
        if self.elements > MAX_VALUES {
            too_many(self.doc, span);
            return None;
        }
        let name: &str = start.local_name().into_inner();
        let prefix = start.name().prefix().map(|prefix| prefix.into_inner().to_owned());
        let mut element =
            Element { name: name.to_owned(), prefix, tag: span.clone(), inside: span.clone(), ..Element::default() };
        for attribute in start.attributes() {
            self.elements += 1;
            if self.elements > MAX_VALUES || element.attributes.len() >= MAX_ATTRIBUTES {
                too_many(self.doc, span);
                return None;
            }
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => {
                    let detail = error.to_string();
                    return self.fault(span, text!("le lecteur XML dit : {detail}", "{detail}"));
                }
            };
            let Ok(value) = quick_xml::escape::unescape(&attribute.value) else {
                let message = text!("entité inconnue dans un attribut", "unknown entity in an attribute");
                return self.refuse("xml/entity", message, span, Text::default());
            };
            let key: &str = attribute.key.into_inner();
            if key == "xmlns"
                || start.name().prefix().is_some_and(|prefix| key.strip_prefix("xmlns:") == Some(prefix.into_inner()))
            {
                element.namespace = Some(value.clone().into_owned());
            }
            element.attributes.push((key.to_owned(), value.into_owned()));
        }
        Some(element)
    }

    fn close(&mut self, element: Element) -> Option<()> {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None if self.root.is_some() => {
                return self.fault(element.tag, text!("un seul élément racine", "a single root element"));
            }
            None => self.root = Some(element),
        }
        Some(())
    }

    fn add(&mut self, content: &str, span: Span) -> Option<()> {
        let Some(element) = self.open.last_mut() else {
            // A byte order mark, line breaks around the root.
            if content.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty() {
                return Some(());
            }
            return self.fault(span, text!("texte hors de l'élément racine", "text outside the root element"));
        };
        if element.text.len() + content.len() > MAX_TEXT {
            let tag = element.tag.clone();
            too_long(self.doc, tag);
            return None;
        }
        element.text.push_str(content);
        Some(())
    }

    fn end(mut self) -> Option<Element> {
        if let Some(open) = self.open.pop() {
            let name = open.name;
            return self.fault(open.tag, text!("`<{name}>` n'est pas fermé", "`<{name}>` is not closed"));
        }
        match self.root.take() {
            Some(root) => Some(root),
            None => self.fault(0..self.text.len(), text!("aucun élément", "no element")),
        }
    }
}
