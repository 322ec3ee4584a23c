//! Owns what is said where tests that fail are run again: of a pass that took several runs, and of too many
//! failures for that.
//! Must not know who runs anything.

use std::fmt;

use super::counted::counted;
use super::verdict::Reason;

/// A package whose tests passed only when they were run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flaky {
    /// The run in which they passed; the first one is 1.
    pub passed_on: usize,
}

impl Flaky {
    /// The same where it is said already that the package is flaky.
    #[must_use]
    pub(crate) fn how(self) -> String {
        format!("passed on run {}", self.passed_on)
    }
}

impl fmt::Display for Flaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "flaky: {}", self.how())
    }
}

/// So many packages are flaky, as the heading of their list.
#[must_use]
pub(crate) fn passed_again(packages: usize) -> String {
    format!("{} passed only when run again", counted(packages as u64, "package"))
}

/// More packages failed than are run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// How many failed in the first run.
    pub failed: usize,
    /// How many may.
    pub limit: usize,
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { failed, limit } = self;
        let packages = counted(*failed as u64, "package");
        write!(
            f,
            "{packages} failed, more than rerun-limit ({limit}): none was run again; \
             --rerun-limit={failed} does it"
        )
    }
}

/// The text in brackets after a package: the reason, if the numbers do not show it, and that it is flaky.
#[must_use]
pub(crate) fn remark(reason: Option<Reason>, flaky: Option<Flaky>) -> Option<String> {
    let parts = [reason.map(|reason| reason.to_string()), flaky.map(|flaky| flaky.to_string())];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The same in its brackets; nothing if there is none.
#[must_use]
pub(crate) fn suffix(reason: Option<Reason>, flaky: Option<Flaky>) -> String {
    remark(reason, flaky).map(|remark| format!(" ({remark})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_fact_is_lost() {
        let (none, flaky) = (Some(Reason::NoStatements), Some(Flaky { passed_on: 2 }));
        assert_eq!(suffix(none, flaky), " (no statements; flaky: passed on run 2)");
        assert_eq!(suffix(None, flaky), " (flaky: passed on run 2)");
        assert_eq!(suffix(none, None), " (no statements)");
        assert_eq!(suffix(None, None), "");
    }
}
