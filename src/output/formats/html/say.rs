//! Owns how numbers and states are written: percentages, times, verdicts, in the report's words.
//! Must not know where they are on the page.

use crate::domain::floor::Source;
use crate::domain::verdict::Status;
use crate::output::document::{Document, PackageRecord};
use crate::output::formats::problem::{self, Problem};

/// The sign for an unknown value.
pub(super) const UNKNOWN: &str = "–";

/// The page's name in tabs and bookmarks.
pub(super) fn title(document: &Document) -> String {
    let percent = document.totals.percent.map(|value| format!("{}, ", percent(value)));
    let gate = if document.open { "gate open" } else { "gate closed" };
    format!("{}: {}{gate} – covgate", document.name(), percent.unwrap_or_default())
}

/// A percentage in tenths, as the text report shows and compares it.
pub(super) fn percent(value: f64) -> String {
    problem::percent(Some(value))
}

/// A percentage that may not be known.
pub(super) fn maybe_percent(value: Option<f64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), percent)
}

/// Tenths of a second, as in the text report.
pub(super) fn seconds(value: f64) -> String {
    format!("{value:.1} s")
}

/// A number with a comma every three digits.
pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and what it counts.
pub(super) fn count(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// A count as a number to write.
pub(super) fn as_count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// A status: its class for the style, and its word.
pub(super) fn status(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Pass => ("pass", "PASS"),
        Status::Fail => ("fail", "FAIL"),
        Status::Loose => ("loose", "LOOSE"),
    }
}

/// A package in a few words.
pub(super) fn summary(document: &Document, package: &PackageRecord) -> String {
    let problem = Problem::of(document, package);
    match (problem, package.percent, &package.reason) {
        (Some(problem), ..) => problem.message(),
        (None, Some(value), reason) => {
            let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            format!("coverage {}, floor {}{reason}", percent(value), percent(package.floor.percent))
        }
        (None, None, Some(reason)) => reason.clone(),
        (None, None, None) => "no statements".to_owned(),
    }
}

/// Where a floor comes from.
pub(super) fn floor_source(source: Source) -> &'static str {
    match source {
        Source::Committed => "its .covgate",
        Source::Override => "covgate.toml",
        Source::Default => "the default",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_those_of_the_table() {
        let shown = [0.0, 7.5, 88.25, 88.75, 99.9, 100.0].map(percent);
        assert_eq!(shown, ["0.0%", "7.5%", "88.2%", "88.8%", "99.9%", "100.0%"]);
        assert_eq!(maybe_percent(None), "–");
    }

    #[test]
    fn large_numbers_are_grouped() {
        let shown = [0, 999, 1000, 12_345, 1_234_567].map(number);
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "1,234,567"]);
        assert_eq!(count(1, "package", "packages"), "1 package");
        assert_eq!(count(1000, "package", "packages"), "1,000 packages");
    }
}
