//! Owns the columns that several tables share.
//! Must not know which table they stand in.

use std::fmt::Display;

/// What stands where nothing is known.
pub(super) const UNKNOWN: &str = "---";

/// A percentage, or what stands in its place.
pub(super) fn percent(shown: Option<impl Display>, unknown: &str) -> String {
    shown.map_or_else(|| format!("{unknown:>8}"), |shown| format!("{shown:>7}%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_wide_as_its_heading() {
        let width = "COVERAGE".len();
        for cell in [percent(Some("100.0"), UNKNOWN), percent(None::<&str>, "—")] {
            assert_eq!(cell.chars().count(), width, "{cell:?}");
        }
    }
}
