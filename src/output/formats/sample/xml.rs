//! Owns the reading of XML for tests of formats that are XML.
//! Must not know any format.

use std::collections::BTreeMap;

use quick_xml::escape::unescape;
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

/// An element, as a reader sees it.
#[derive(Debug, Default)]
pub(in crate::output::formats) struct Element {
    pub(in crate::output::formats) name: String,
    pub(in crate::output::formats) attributes: BTreeMap<String, String>,
    pub(in crate::output::formats) children: Vec<Element>,
    pub(in crate::output::formats) text: String,
}

impl Element {
    /// All elements with this name, at any depth.
    pub(in crate::output::formats) fn all(&self, name: &str) -> Vec<&Element> {
        let own = (self.name == name).then_some(self);
        own.into_iter().chain(self.children.iter().flat_map(|child| child.all(name))).collect()
    }
}

/// The root of a whole file.
pub(in crate::output::formats) fn parse(xml: &[u8]) -> Element {
    let mut reader = Reader::from_str(std::str::from_utf8(xml).unwrap());
    reader.config_mut().expand_empty_elements = true;
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let attributes = start.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let value = attribute.normalized_value(XmlVersion::Explicit1_0).unwrap();
                    (utf8(attribute.key.as_ref()), value.into_owned())
                });
                open.push(Element {
                    name: utf8(start.name().as_ref()),
                    attributes: attributes.collect(),
                    ..Element::default()
                });
            }
            Event::End(_) => {
                let element = open.pop().unwrap();
                open.last_mut().unwrap().children.push(element);
            }
            Event::Text(text) => open.last_mut().unwrap().text += &text.decode().unwrap(),
            Event::GeneralRef(entity) => {
                let entity = format!("&{};", entity.decode().unwrap());
                open.last_mut().unwrap().text += &unescape(&entity).unwrap();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let [mut file] = <[Element; 1]>::try_from(open).unwrap();
    assert_eq!(file.children.len(), 1, "one root");
    file.children.remove(0)
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_owned()).unwrap()
}
