//! Owns how the page says by how much the coverage of packages rose or fell since an earlier run.
//! Must not know where the earlier numbers come from.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::say::UNKNOWN;
use crate::domain::baseline::{Differing, signed};
use crate::output::document::Document;

/// How a run differs from an earlier one.
pub(super) struct Deltas {
    /// One line about all packages together.
    pub(super) said: String,
    /// What was compared with.
    pub(super) name: String,
    /// The packages that differ, by path.
    packages: BTreeMap<String, Differing>,
    /// The packages that are gone.
    pub(super) gone: Vec<String>,
}

impl Deltas {
    /// None if the run was not compared with an earlier one.
    pub(super) fn of(document: &Document) -> Option<Self> {
        let comparison = document.baseline.as_ref()?.comparison();
        let there: BTreeSet<&str> =
            document.packages.iter().map(|package| package.path.as_str()).collect();
        let labels = comparison.packages.iter().map(|one| &one.label);
        Some(Self {
            said: comparison.to_string(),
            gone: labels.filter(|label| !there.contains(label.as_str())).cloned().collect(),
            name: comparison.name,
            packages: comparison.packages.into_iter().map(|one| (one.label.clone(), one)).collect(),
        })
    }

    /// A package's cell of the table: a sign for the eyes, words for ears.
    pub(super) fn cell(&self, path: &str) -> Markup {
        let differing = self.packages.get(path);
        html! {
            @match differing.and_then(Differing::change) {
                Some(change) => {
                    span aria-hidden="true" { (signed(change).replace('-', "−")) }
                    span.said { (words(change)) }
                }
                None if differing.is_some_and(|one| one.then.is_none()) => "new",
                None => span.quiet { (UNKNOWN) },
            }
        }
    }

    /// By how many tenths of a percentage point the coverage of a package rose, if it was known before and
    /// differs.
    pub(super) fn of_package(&self, path: &str) -> Option<i32> {
        self.packages.get(path)?.change()
    }
}

/// A percentage and beside it, for a label, an arrow and by how much it rose or fell.
pub(super) fn label(percent: &str, change: Option<i32>) -> String {
    match change {
        Some(change) if change < 0 => format!("{percent} ▼ {}", size(change)),
        Some(change) => format!("{percent} ▲ {}", size(change)),
        None => percent.to_owned(),
    }
}

/// A change in words, such as `1.2 points up`.
pub(super) fn words(change: i32) -> String {
    let way = if change < 0 { "down" } else { "up" };
    format!("{} points {way}", size(change))
}

/// A change without its sign.
fn size(change: i32) -> String {
    signed(change).split_off(1)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::output::document::{BaselineRecord, PackageChangeRecord, SumRecord};
    use crate::output::formats::sample::{below, document, passing};

    /// `up` rose, `down` fell, `fresh` is new, `old` is gone, and `other` is as it was.
    pub(in super::super) fn compared() -> Document {
        let mut run = document(
            ["up", "fresh", "other"].map(passing).into_iter().chain([below("down")]).collect(),
        );
        let differing = |path: &str, then, now| PackageChangeRecord {
            path: path.to_owned(),
            then,
            now,
            change: None,
        };
        let sum = |covered| SumRecord { statements: 40, covered, percent: None };
        run.baseline = Some(BaselineRecord {
            name: "main".to_owned(),
            commit: None,
            then: sum(30),
            now: sum(35),
            change: None,
            packages: vec![
                differing("up", Some(98.8), Some(100.0)),
                differing("fresh", None, Some(100.0)),
                differing("down", Some(50.4), Some(50.0)),
                differing("old", Some(20.0), None),
            ],
        });
        run
    }

    #[test]
    fn a_change_has_a_sign_and_words() {
        let deltas = Deltas::of(&compared()).unwrap();
        let cell = |path| deltas.cell(path).into_string();
        assert!(cell("up").contains(">+1.2<") && cell("up").contains(">1.2 points up<"));
        assert!(cell("down").contains(">−0.4<") && cell("down").contains(">0.4 points down<"));
        assert_eq!(cell("fresh"), "new");
        assert!(cell("other").contains('–'));
        assert_eq!((deltas.of_package("down"), deltas.of_package("fresh")), (Some(-4), None));
        assert_eq!(deltas.gone, ["old"]);
    }

    #[test]
    fn a_label_has_an_arrow() {
        assert_eq!(label("80.0%", Some(12)), "80.0% ▲ 1.2");
        assert_eq!(label("80.0%", Some(-120)), "80.0% ▼ 12.0");
        assert_eq!(label("80.0%", None), "80.0%");
    }
}
