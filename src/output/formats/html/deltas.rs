//! Owns how the page says by how much the coverage of packages rose or fell since an earlier run.
//! Must not know where the earlier numbers come from.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::say::UNKNOWN;
use crate::output::document::Document;

/// How a run differs from an earlier one.
pub(super) struct Deltas<'a> {
    /// The earlier run.
    pub(super) name: &'a str,
    /// By how much the total rose, in percentage points.
    pub(super) total: Option<f64>,
    /// The same of packages that differ, by path; none for a new one.
    pub(super) packages: BTreeMap<&'a str, Option<f64>>,
    /// The packages that are gone.
    pub(super) gone: Vec<&'a str>,
}

impl<'a> Deltas<'a> {
    /// None if the run was not compared with an earlier one.
    pub(super) fn of(_document: &'a Document) -> Option<Self> {
        None
    }

    /// A package's cell of the table: a sign for the eyes, words for ears.
    pub(super) fn cell(&self, path: &str) -> Markup {
        html! {
            @match self.packages.get(path) {
                None => span.quiet { (UNKNOWN) },
                Some(None) => "new",
                Some(Some(change)) => {
                    span aria-hidden="true" { (signed(*change)) }
                    span.said { (words(*change)) }
                }
            }
        }
    }

    /// By how much the coverage of a package rose, in percentage points, if it differs.
    pub(super) fn of_package(&self, path: &str) -> Option<f64> {
        self.packages.get(path).copied().flatten()
    }
}

/// A percentage and beside it, for a label, an arrow and by how much it rose or fell.
pub(super) fn label(percent: &str, change: Option<f64>) -> String {
    match change {
        Some(change) if change < 0.0 => format!("{percent} ▼ {:.1}", -change),
        Some(change) => format!("{percent} ▲ {change:.1}"),
        None => percent.to_owned(),
    }
}

/// A change in words, such as `1.2 points up`.
pub(super) fn words(change: f64) -> String {
    let way = if change < 0.0 { "down" } else { "up" };
    format!("{:.1} points {way}", change.abs())
}

fn signed(change: f64) -> String {
    let sign = if change < 0.0 { '−' } else { '+' };
    format!("{sign}{:.1}", change.abs())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// `up` rose, `down` fell, `fresh` is new, and `old` is gone.
    pub(in super::super) fn deltas() -> Deltas<'static> {
        let packages = [("up", Some(1.2)), ("down", Some(-0.4)), ("fresh", None)];
        Deltas {
            name: "main",
            total: Some(0.3),
            packages: packages.into_iter().collect(),
            gone: vec!["old"],
        }
    }

    #[test]
    fn a_change_has_a_sign_and_words() {
        let cell = |path| deltas().cell(path).into_string();
        assert!(cell("up").contains(">+1.2<") && cell("up").contains(">1.2 points up<"));
        assert!(cell("down").contains(">−0.4<") && cell("down").contains(">0.4 points down<"));
        assert_eq!(cell("fresh"), "new");
        assert!(cell("other").contains('–'));
    }

    #[test]
    fn a_label_has_an_arrow() {
        assert_eq!(label("80.0%", Some(1.25)), "80.0% ▲ 1.2");
        assert_eq!(label("80.0%", Some(-12.0)), "80.0% ▼ 12.0");
        assert_eq!(label("80.0%", None), "80.0%");
    }
}
