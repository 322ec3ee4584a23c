//! Owns how the page says by how much the coverage of packages rose or fell since an earlier run.
//! Must not know where the earlier numbers come from.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::say::UNKNOWN;
use crate::output::document::Document;

/// The packages that differ from the earlier run, by path, each with the percentage points by which its
/// coverage rose; none for a new one.
pub(super) struct Deltas<'a>(BTreeMap<&'a str, Option<f64>>);

impl<'a> Deltas<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        Self(recorded(document).collect())
    }

    /// Whether any package differs.
    pub(super) fn are_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// By how much the coverage of a package rose, in percentage points; none where that is not known or
    /// nothing.
    pub(super) fn of_package(&self, path: &str) -> Option<f64> {
        self.0.get(path).copied().flatten()
    }
}

fn recorded(_document: &Document) -> impl Iterator<Item = (&str, Option<f64>)> {
    std::iter::empty()
}

/// A cell of the table: the sign for the eyes, words for ears.
pub(super) fn cell(change: Option<f64>) -> Markup {
    let Some(change) = change else { return html! { span.quiet { (UNKNOWN) } } };
    html! {
        span aria-hidden="true" { (signed(change)) }
        span.said { (words(change)) }
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
mod tests {
    use super::*;

    #[test]
    fn a_change_has_a_sign_and_words() {
        let said = |change| cell(Some(change)).into_string();
        assert!(said(1.2).contains(">+1.2<") && said(1.2).contains(">1.2 points up<"));
        assert!(said(-0.4).contains(">−0.4<") && said(-0.4).contains(">0.4 points down<"));
        assert!(cell(None).into_string().contains('–'));
    }

    #[test]
    fn a_label_has_an_arrow() {
        assert_eq!(label("80.0%", Some(1.25)), "80.0% ▲ 1.2");
        assert_eq!(label("80.0%", Some(-12.0)), "80.0% ▼ 12.0");
        assert_eq!(label("80.0%", None), "80.0%");
    }
}
