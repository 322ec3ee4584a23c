//! Owns the `cobertura` report: XML in the format of Cobertura's coverage-04.dtd, which GitLab,
//! Jenkins and Azure read.
//! Must not know which lines count: that is in `lines`.
//!
//! A Go package is a package, a file is a class: `name` is the file's name, `filename` its path
//! from the root of the repository. Where the DTD demands what go does not know, the value is
//! neutral: no methods, 0 for branches and complexity, and 0 for the time, so that equal runs give
//! equal bytes. Rates are cut to four digits, never rounded up: 1 means that every line ran.

use std::borrow::Cow;
use std::io;

use quick_xml::Writer;
use quick_xml::escape::escape;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::name::QName;

use super::file_names::{REPLACEMENT, in_repository};
use crate::domain::lines::{Line, Tally, lines};
use crate::domain::paths;
use crate::output::document::{Document, FileRecord, PackageRecord};

const DTD: &str = r#"coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd""#;

type Xml = Writer<Vec<u8>>;

/// A file, and its lines.
struct Class<'d> {
    file: &'d FileRecord,
    lines: Vec<Line>,
    tally: Tally,
}

/// A package with statements, and its files.
struct Package<'d> {
    record: &'d PackageRecord,
    classes: Vec<Class<'d>>,
    tally: Tally,
}

pub(super) fn render(document: &Document) -> Vec<u8> {
    // Writing to a Vec cannot fail.
    write(document).unwrap_or_default()
}

fn write(document: &Document) -> io::Result<Vec<u8>> {
    let measured = document.packages.iter().filter(|package| !package.files.is_empty());
    let packages: Vec<Package<'_>> = measured.map(Package::new).collect();
    let total: Tally = packages.iter().map(|package| package.tally).sum();
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.write_event(Event::DocType(BytesText::from_escaped(DTD)))?;
    let rates = rates(total).into_iter().chain([
        attribute("lines-covered", &total.ran.to_string()),
        attribute("lines-valid", &total.all.to_string()),
        attribute("branches-covered", "0"),
        attribute("branches-valid", "0"),
        attribute("version", &document.covgate),
        attribute("timestamp", "0"),
    ]);
    xml.create_element("coverage").with_attributes(rates).write_inner_content(|xml| {
        xml.create_element("sources").write_inner_content(|xml| {
            xml.create_element("source").write_text_content(BytesText::new("."))?;
            Ok(())
        })?;
        list(xml, "packages", &packages, |xml, package| write_package(xml, document, package))
    })?;
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn write_package(xml: &mut Xml, document: &Document, package: &Package<'_>) -> io::Result<()> {
    let name = attribute("name", &package.record.import_path);
    let attributes = [name].into_iter().chain(rates(package.tally));
    xml.create_element("package").with_attributes(attributes).write_inner_content(|xml| {
        list(xml, "classes", &package.classes, |xml, class| write_class(xml, document, class))
    })?;
    Ok(())
}

fn write_class(xml: &mut Xml, document: &Document, class: &Class<'_>) -> io::Result<()> {
    let path = class.file.path.as_str();
    let name = attribute("name", paths::last(path));
    let names = [name, attribute("filename", &in_repository(document, path))];
    let attributes = names.into_iter().chain(rates(class.tally));
    xml.create_element("class").with_attributes(attributes).write_inner_content(|xml| {
        xml.create_element("methods").write_empty()?;
        list(xml, "lines", &class.lines, |xml, line| {
            xml.create_element("line")
                .with_attribute(attribute("number", &line.number.to_string()))
                .with_attribute(attribute("hits", if line.ran { "1" } else { "0" }))
                .write_empty()?;
            Ok(())
        })
    })?;
    Ok(())
}

/// An element that holds only other elements.
fn list<T>(
    xml: &mut Xml,
    name: &str,
    items: &[T],
    mut write: impl FnMut(&mut Xml, &T) -> io::Result<()>,
) -> io::Result<()> {
    if items.is_empty() {
        xml.create_element(name).write_empty()?;
        return Ok(());
    }
    xml.create_element(name)
        .write_inner_content(|xml| items.iter().try_for_each(|item| write(xml, item)))?;
    Ok(())
}

/// The attributes that every level has.
fn rates(tally: Tally) -> [Attribute<'static>; 3] {
    [
        attribute("line-rate", &rate(tally)),
        attribute("branch-rate", "0"),
        attribute("complexity", "0"),
    ]
}

/// From 0 to 1; 1 if no line counts, as Cobertura does.
fn rate(Tally { ran, all }: Tally) -> String {
    let parts = (ran * 10_000).checked_div(all).unwrap_or(10_000);
    match (parts / 10_000, parts % 10_000) {
        (whole, 0) => whole.to_string(),
        (whole, part) => format!("{whole}.{part:04}").trim_end_matches('0').to_owned(),
    }
}

/// An attribute that is read back unchanged, except for the characters that XML forbids even when
/// escaped.
fn attribute(name: &'static str, value: &str) -> Attribute<'static> {
    let allowed = value.replace(is_forbidden, REPLACEMENT);
    // Readers turn these into spaces if they are not escaped.
    let value = escape(allowed.as_str()).replace('\n', "&#10;");
    let value = value.replace('\t', "&#9;").replace('\r', "&#13;");
    Attribute { key: QName(name.as_bytes()), value: Cow::Owned(value.into_bytes()) }
}

/// Whether a character is outside of `Char`, XML 1.0, section 2.2.
fn is_forbidden(character: char) -> bool {
    matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

impl<'d> Package<'d> {
    fn new(record: &'d PackageRecord) -> Self {
        let classes: Vec<Class<'d>> = record.files.iter().map(Class::new).collect();
        let tally = classes.iter().map(|class| class.tally).sum();
        Self { record, classes, tally }
    }
}

impl<'d> Class<'d> {
    fn new(file: &'d FileRecord) -> Self {
        let lines = lines(&file.blocks());
        let tally = Tally::of(&lines);
        Self { file, lines, tally }
    }
}

#[cfg(test)]
mod tests;
