//! Owns what a gate asks of all packages together, and whether they reach it.
//! Must not know how it is measured or where it is shown.

use std::fmt;

use super::percent::{Coverage, Percent};

/// What a gate asks of all packages together; nothing by default.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Minimums {
    /// Of the changed statements.
    pub patch: Option<Percent>,
    /// Of all statements.
    pub total: Option<Percent>,
}

/// What is summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The statements that a change adds or edits.
    Changed,
    /// All statements.
    Total,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Changed => "changed statements",
            Self::Total => "total coverage",
        })
    }
}

/// The statements of all packages, and what is asked of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// Which statements.
    pub subject: Subject,
    /// How many there are, and how many are covered.
    pub coverage: Coverage,
    /// What is asked, if anything is.
    pub minimum: Option<Percent>,
}

impl Sum {
    /// How many more statements must be covered to reach the minimum. What is shown is compared, as with
    /// floors.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.minimum.map_or(0, |minimum| self.coverage.missing(minimum.shown()))
    }

    /// Whether it reaches the minimum; without statements it does.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        let reached =
            |minimum: Percent| self.coverage.shown().is_none_or(|shown| shown >= minimum.shown());
        self.minimum.is_none_or(reached)
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Coverage { covered, total } = self.coverage;
        match (self.subject, self.coverage.shown()) {
            (Subject::Changed, None) => return f.write_str("Changed statements: none"),
            (Subject::Changed, Some(shown)) => {
                write!(f, "Changed statements: {covered} of {total} covered, {shown}%")?;
            }
            (Subject::Total, None) => f.write_str("Total coverage: no statements")?,
            (Subject::Total, Some(shown)) => write!(f, "Total coverage: {shown}%")?,
        }
        match self.minimum {
            Some(minimum) => write!(f, " (minimum {}%)", minimum.shown()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(subject: Subject, covered: u64, total: u64, minimum: &str) -> Sum {
        let minimum = minimum.parse().ok();
        Sum { subject, coverage: Coverage { covered, total }, minimum }
    }

    #[test]
    fn sums_say_what_is_asked() {
        for (sum, line, reached) in [
            (
                sum(Subject::Changed, 17, 21, "90"),
                "Changed statements: 17 of 21 covered, 81.0% (minimum 90.0%)",
                false,
            ),
            (
                sum(Subject::Changed, 17, 21, ""),
                "Changed statements: 17 of 21 covered, 81.0%",
                true,
            ),
            (
                sum(Subject::Changed, 17, 21, "80.95"),
                "Changed statements: 17 of 21 covered, 81.0% (minimum 81.0%)",
                true,
            ),
            (sum(Subject::Changed, 0, 0, "90"), "Changed statements: none", true),
            (sum(Subject::Total, 899, 1000, "90"), "Total coverage: 89.9% (minimum 90.0%)", false),
            (
                sum(Subject::Total, 9999, 10_000, "100"),
                "Total coverage: 99.9% (minimum 100.0%)",
                false,
            ),
            (
                sum(Subject::Total, 0, 0, "100"),
                "Total coverage: no statements (minimum 100.0%)",
                true,
            ),
        ] {
            assert_eq!((sum.to_string().as_str(), sum.is_reached()), (line, reached));
            assert_eq!(sum.missing() == 0, reached, "{line}");
        }
    }
}
