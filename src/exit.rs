//! Owns the exit codes, in one place, for `main`, `--help` and the README.
//! Must not know why a run ended: callers pick the code, this module names it.

/// How covgate ended, as scripts and git hooks see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: every package passes.
    Pass,
    /// 1: the gate is closed: a row is FAIL or LOOSE.
    GateClosed,
    /// 2: usage or configuration, a malformed `.covgate` included.
    Usage,
    /// 3: the build broke in the warm pass; nothing was measured.
    BuildBroken,
    /// 4: the environment: no go, a go too old, no module, no git repository, no room.
    Environment,
    /// 5: nothing to measure: the patterns matched no package.
    NothingToMeasure,
    /// 128+n: ended by signal n.
    Signal(i32),
}

impl Exit {
    /// The process exit code, 0 to 255.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::GateClosed => 1,
            Self::Usage => 2,
            Self::BuildBroken => 3,
            Self::Environment => 4,
            Self::NothingToMeasure => 5,
            Self::Signal(number) => u8::try_from(128 + number).unwrap_or(255),
        }
    }
}

/// The exit codes as `--help` prints them.
pub const HELP: &str = "\
Exit codes:
  0      every package passes
  1      the gate is closed: a row is FAIL or LOOSE
  2      usage or configuration, a malformed .covgate included
  3      the build broke in the warm pass; nothing was measured
  4      the environment: no go or one too old, no module, no git repository, no room on a disk
  5      nothing to measure: the patterns matched no package, or all are excluded
  128+n  ended by signal n";

/// The same for a command that gates nothing, or something else: what 0 and 1 mean there.
#[must_use]
pub fn help(pass: &str, closed: &str) -> String {
    let rest = HELP.lines().skip(3).collect::<Vec<_>>().join("\n");
    format!("Exit codes:\n  0      {pass}\n  1      {closed}\n{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_codes_mean_something_else() {
        let same = help("every package passes", "the gate is closed: a row is FAIL or LOOSE");
        assert_eq!(same, HELP);
    }
}
