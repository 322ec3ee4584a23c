//! Owns the columns that several tables share.
//! Must not know which table they are in.

use std::fmt::Display;

/// The sign for an unknown value.
pub(super) const UNKNOWN: &str = "---";

/// A percentage, or the sign for an unknown one.
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
