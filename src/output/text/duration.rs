//! Owns how durations are written: to a tenth of a second under a minute, to the second above.
//! Must not know what was timed.

use std::fmt;
use std::time::Duration;

/// A duration as the report shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown(pub Duration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0.as_millis() + 50) / 100;
        if tenths < 600 {
            return f.pad(&format!("{}.{}s", tenths / 10, tenths % 10));
        }
        // Rounds as printf does: a half goes to the even second.
        let (whole, rest) = (tenths / 10, tenths % 10);
        let seconds = whole + u128::from(rest > 5 || rest == 5 && whole % 2 == 1);
        f.pad(&format!("{}m{:02}s", seconds / 60, seconds % 60))
    }
}

/// Whether durations are shown at all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timings(pub bool);

impl Timings {
    /// A duration, or dashes instead.
    #[must_use]
    pub(crate) fn show(self, elapsed: Duration) -> String {
        if self.0 { Shown(elapsed).to_string() } else { "---".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_before_the_unit_is_chosen() {
        let shown = |millis| Shown(Duration::from_millis(millis)).to_string();
        assert_eq!(shown(0), "0.0s");
        assert_eq!(shown(49), "0.0s");
        assert_eq!(shown(50), "0.1s");
        assert_eq!(shown(1_440), "1.4s");
        assert_eq!(shown(59_949), "59.9s");
        assert_eq!(shown(59_950), "1m00s");
        assert_eq!(shown(106_000), "1m46s");
        assert_eq!(shown(62_500), "1m02s");
        assert_eq!(shown(63_500), "1m04s");
        assert_eq!(shown(119_600), "2m00s");
        assert_eq!(shown(3_600_000), "60m00s");
    }
}
