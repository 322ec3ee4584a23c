//! Owns the arithmetic of percentages, in whole numbers: floors in hundredths, what is shown and
//! compared in tenths.
//! Must not know where a percentage comes from or what it is used for.

use std::fmt;
use std::iter::Sum;
use std::ops::AddAssign;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::choice::read_text;

/// A percentage as people write it: 0 to 100, at most two decimals, kept in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u16);

/// A percentage as the report shows it, in tenths: 0 to 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenths(u16);

/// How many of all statements are covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Statements in blocks that ran at least once.
    pub covered: u64,
    /// All statements.
    pub total: u64,
}

/// The text is not a number from 0 to 100 with at most two decimals.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a number from 0 to 100 with at most two decimals, found `{0}`")]
pub struct PercentError(String);

impl Percent {
    /// From hundredths of a percent; `None` above 100 %.
    #[must_use]
    pub const fn from_hundredths(hundredths: u16) -> Option<Self> {
        if hundredths <= 10_000 { Some(Self(hundredths)) } else { None }
    }

    /// Hundredths of a percent, 0 to `10_000`.
    #[must_use]
    pub const fn hundredths(self) -> u16 {
        self.0
    }

    /// The percentage as `printf %.1f` shows it. This is also what is compared.
    ///
    /// Ties are rounded as in C and Go: 75.25 shows as 75.2, 75.75 as 75.8.
    #[must_use]
    pub fn shown(self) -> Tenths {
        Tenths::round_like_printf(f64::from(self.0) / 100.0)
    }
}

impl FromStr for Percent {
    type Err = PercentError;

    fn from_str(text: &str) -> Result<Self, PercentError> {
        let wrong = || PercentError(text.chars().take(40).collect());
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(whole, 3) || !digits(decimals, 2) {
            return Err(wrong());
        }
        let whole: u32 = whole.parse().map_err(|_| wrong())?;
        let decimals: u32 = format!("{decimals:0<2}").parse().map_err(|_| wrong())?;
        u16::try_from(whole * 100 + decimals).ok().and_then(Self::from_hundredths).ok_or_else(wrong)
    }
}

impl fmt::Display for Percent {
    /// Writes at least one decimal, and the second only if it is not 0.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        if rest.is_multiple_of(10) {
            write!(f, "{whole}.{}", rest / 10)
        } else {
            write!(f, "{whole}.{rest:02}")
        }
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 100.0)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, "a number from 0 to 100 with at most two decimals")
    }
}

impl TryFrom<f64> for Percent {
    type Error = PercentError;

    fn try_from(number: f64) -> Result<Self, PercentError> {
        // The shortest text that reads back as this number is the text that was written.
        number.to_string().parse()
    }
}

/// Reports and notes hold numbers that covgate did not count, and they can be any.
impl AddAssign for Coverage {
    fn add_assign(&mut self, other: Self) {
        self.covered = self.covered.saturating_add(other.covered);
        self.total = self.total.saturating_add(other.total);
    }
}

impl Sum for Coverage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}

impl Tenths {
    /// 100.0 %.
    pub const FULL: Self = Self(1000);

    /// From tenths of a percent; `None` above 100 %.
    #[must_use]
    pub const fn new(tenths: u16) -> Option<Self> {
        if tenths <= 1000 { Some(Self(tenths)) } else { None }
    }

    /// Tenths of a percent, 0 to 1000.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// By how many tenths of a percentage point this is above an earlier one; below zero if it fell.
    #[must_use]
    pub fn rise_from(self, then: Self) -> i32 {
        i32::from(self.0) - i32::from(then.0)
    }

    fn round_like_printf(percent: f64) -> Self {
        // Rust and Go both round correctly when they format a double to one decimal. From here on,
        // everything is in whole numbers.
        let shown = format!("{percent:.1}");
        let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
        Self(digits.parse::<u16>().unwrap_or(0).min(1000))
    }
}

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}", self.0 / 10, self.0 % 10))
    }
}

impl Coverage {
    /// The percentage as `go test` prints it (internal/coverage/cformat in the Go source:
    /// `100*covered/total` as a double, `%.1f`), except that only full coverage is shown as 100.0.
    /// `None` if there are no statements.
    #[must_use]
    pub fn shown(self) -> Option<Tenths> {
        let printed = self.as_go_prints()?;
        let all_covered = self.covered >= self.total;
        Some(if printed == Tenths::FULL && !all_covered { Tenths(999) } else { printed })
    }

    /// How many more statements must be covered until `required` is shown; 0 if it is.
    #[must_use]
    pub fn missing(self, required: Tenths) -> u64 {
        let enough = |more: u64| {
            Self { covered: self.covered + more, ..self }.shown().is_none_or(|got| got >= required)
        };
        let (mut low, mut high) = (0, self.total.saturating_sub(self.covered));
        // The more is covered, the more is shown, or the same.
        while low < high {
            let middle = low + (high - low) / 2;
            if enough(middle) { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// What `go test` itself prints, with 100.0 for 99.96 % too. Used to compare with go's output.
    #[must_use]
    pub fn as_go_prints(self) -> Option<Tenths> {
        #[expect(clippy::cast_precision_loss, reason = "go converts the same counts to a double")]
        (self.total > 0)
            .then(|| Tenths::round_like_printf(100.0 * self.covered as f64 / self.total as f64))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(covered: u64, total: u64) -> String {
        Coverage { covered, total }.shown().unwrap().to_string()
    }

    #[test]
    fn floors_are_strict() {
        for good in ["0", "80", "80.5", "75.25", "100", "100.00", "07"] {
            assert!(good.parse::<Percent>().is_ok(), "{good}");
        }
        for bad in [
            "", " ", "-1", "+1", "100.01", "80.", ".5", "80.555", "8O", "80%", "1e2", "NaN", "inf",
            "0x10", "1000", "８０", "80,5",
        ] {
            assert!(bad.parse::<Percent>().is_err(), "{bad}");
        }
    }

    #[test]
    fn shown_is_what_go_prints() {
        assert_eq!(shown(2, 3), "66.7");
        assert_eq!(shown(1, 16), "6.2", "an exact tie goes to the even digit");
        assert_eq!(shown(3, 2000), "0.1", "0.15 is below the tie as a double");
        assert_eq!(shown(0, 7), "0.0");
        assert_eq!(shown(7, 7), "100.0");
    }

    #[test]
    fn a_hundred_is_never_shown_for_less() {
        assert_eq!(shown(9999, 10_000), "99.9");
        let almost = Coverage { covered: 9999, total: 10_000 };
        assert_eq!(almost.as_go_prints(), Some(Tenths::FULL));
    }

    #[test]
    fn no_statements_have_no_percentage() {
        assert_eq!(Coverage::default().shown(), None);
    }

    #[test]
    fn floors_show_like_printf() {
        let shown = |text: &str| text.parse::<Percent>().unwrap().shown().to_string();
        assert_eq!(shown("75.25"), "75.2");
        assert_eq!(shown("75.75"), "75.8");
        assert_eq!(shown("99.96"), "100.0");
    }

    proptest! {
        #[test]
        fn what_is_missing_is_just_enough(
            covered in 0u64..3000, uncovered in 0u64..3000, required in 0u16..=1000,
        ) {
            let total = covered + uncovered;
            let required = Tenths::new(required).unwrap();
            let after = |more| Coverage { covered: covered + more, total }.shown();
            let missing = Coverage { covered, total }.missing(required);
            prop_assert!(after(missing).is_none_or(|shown| shown >= required));
            prop_assert!(missing == 0 || after(missing - 1).unwrap() < required);
        }

        #[test]
        fn any_text_is_a_percentage_or_an_error(text in "\\PC*") {
            let _ = text.parse::<Percent>();
        }

        #[test]
        fn display_reads_back(hundredths in 0u16..=10_000) {
            let percent = Percent::from_hundredths(hundredths).unwrap();
            prop_assert_eq!(percent.to_string().parse::<Percent>(), Ok(percent));
        }

        #[test]
        fn full_means_full(total in 1u64..1_000_000, missing in 0u64..1_000_000) {
            let covered = total.saturating_sub(missing);
            let coverage = Coverage { covered, total };
            prop_assert_eq!(coverage.shown() == Some(Tenths::FULL), covered == total);
        }
    }
}
