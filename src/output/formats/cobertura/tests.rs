//! Owns the tests of `cobertura`, which check its rules against coverage-04.dtd and read it back.

use proptest::prelude::*;

use super::*;
use crate::output::formats::sample::files::{any_document, document, shop};
use crate::output::formats::sample::xml::{self, Element};

/// An element, its children (with `?` for at most one, `*` for any number and nothing for exactly
/// one), and its required attributes.
type Rule = (&'static str, &'static [&'static str], &'static [&'static str]);

/// The rules of coverage-04.dtd for the elements that covgate writes.
const DTD: [Rule; 10] = [
    (
        "coverage",
        &["sources?", "packages"],
        &[
            "line-rate",
            "branch-rate",
            "lines-covered",
            "lines-valid",
            "branches-covered",
            "branches-valid",
            "complexity",
            "version",
            "timestamp",
        ],
    ),
    ("sources", &["source*"], &[]),
    ("source", &[], &[]),
    ("packages", &["package*"], &[]),
    ("package", &["classes"], &["name", "line-rate", "branch-rate", "complexity"]),
    ("classes", &["class*"], &[]),
    (
        "class",
        &["methods", "lines"],
        &["name", "filename", "line-rate", "branch-rate", "complexity"],
    ),
    ("methods", &[], &[]),
    ("lines", &["line*"], &[]),
    ("line", &[], &["number", "hits"]),
];

fn is_valid(element: &Element) -> bool {
    let (_, children, required) = DTD.iter().find(|(name, ..)| *name == element.name).unwrap();
    let mut found = element.children.iter().map(|child| child.name.as_str()).peekable();
    let in_order = children.iter().all(|child| match child.strip_suffix('*') {
        Some(any) => {
            while found.next_if(|name| *name == any).is_some() {}
            true
        }
        None => {
            let one = found.next_if(|name| *name == child.trim_end_matches('?'));
            one.is_some() || child.ends_with('?')
        }
    });
    let mut attributes: Vec<&str> = element.attributes.keys().map(String::as_str).collect();
    let mut required = required.to_vec();
    attributes.sort_unstable();
    required.sort_unstable();
    let below = element.children.iter().all(is_valid);
    in_order && found.next().is_none() && attributes == required && below
}

fn parse(xml: &[u8]) -> Element {
    let text = std::str::from_utf8(xml).unwrap();
    assert!(!text.contains(is_forbidden), "a character that XML forbids");
    xml::parse(xml)
}

fn number(element: &Element, attribute: &str) -> usize {
    element.attributes[attribute].parse().unwrap()
}

#[test]
fn a_package_a_package_and_a_file_a_class() {
    let mut document = shop();
    document.lie_in("services/shop");
    let expected = include_str!("expected.xml");
    assert_eq!(String::from_utf8(render(&document)).unwrap(), expected);
}

#[test]
fn a_run_without_statements_is_a_report_too() {
    let coverage = parse(&render(&document(Vec::new())));
    assert!(is_valid(&coverage));
    assert_eq!(coverage.attributes["line-rate"], "1");
    assert_eq!(number(&coverage, "lines-valid"), 0);
}

#[test]
fn a_rate_of_one_is_said_only_of_all() {
    let shown = |ran, all| rate(Tally { ran, all });
    assert_eq!(shown(99_999, 100_000), "0.9999");
    assert_eq!(shown(100_000, 100_000), "1");
    assert_eq!(shown(1, 4), "0.25");
    assert_eq!(shown(1, 100_000), "0");
    assert_eq!(shown(0, 3), "0");
}

/// Whether the rates and numbers of an element are those of the lines in it.
fn adds_up(element: &Element) -> bool {
    let lines = element.all("line");
    let ran = lines.iter().filter(|line| number(line, "hits") == 1).count();
    element.attributes["line-rate"] == rate(Tally { ran, all: lines.len() })
        && element.children.iter().flat_map(|child| child.all("class")).all(adds_up)
}

proptest! {
    #[test]
    fn it_is_valid_adds_up_and_names_every_file(document in any_document()) {
        let coverage = parse(&render(&document));
        prop_assert!(is_valid(&coverage), "{:?}", coverage);
        prop_assert!(adds_up(&coverage));
        prop_assert!(coverage.all("package").into_iter().all(adds_up));
        prop_assert_eq!(number(&coverage, "lines-valid"), coverage.all("line").len());
        prop_assert_eq!(&coverage.all("source")[0].text, ".");

        let files = document.packages.iter().flat_map(|package| &package.files);
        let expected: Vec<(String, Vec<Line>)> = files
            .map(|file| {
                let path = in_repository(&document, &file.path);
                (path.replace(is_forbidden, REPLACEMENT), lines(&file.blocks()))
            })
            .collect();
        let line = |line: &&Element| Line {
            number: u32::try_from(number(line, "number")).unwrap(),
            ran: number(line, "hits") == 1,
        };
        let classes = coverage.all("class").into_iter();
        let read: Vec<(String, Vec<Line>)> = classes
            .map(|class| {
                let lines = class.all("line").iter().map(line).collect();
                (class.attributes["filename"].clone(), lines)
            })
            .collect();
        prop_assert_eq!(read, expected);
    }
}
