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

/// What the exit codes of one command mean, in order. A line break in a meaning is for a terminal
/// of 80 columns.
#[derive(Debug, Clone, Copy)]
pub struct Codes(&'static [(&'static str, &'static str)]);

const CLOSED: (&str, &str) = ("1", "the gate is closed: a row is FAIL or LOOSE");
const USAGE: (&str, &str) = ("2", "usage or configuration, a malformed .covgate included");
const BUILD: (&str, &str) = ("3", "the build broke in the warm pass; nothing was measured");
const ENVIRONMENT: (&str, &str) = (
    "4",
    "the environment: no go or one too old, no module, no git repository,\nno room on a disk",
);
const HOOK_ENVIRONMENT: (&str, &str) =
    ("4", "the environment: no git repository, or a file that cannot be written");
const NOTHING: (&str, &str) =
    ("5", "nothing to measure: the patterns matched no package,\nor all are excluded");
const SIGNAL: (&str, &str) = ("128+n", "ended by signal n");

/// Those of `check`.
pub const CHECK: Codes =
    Codes(&[("0", "every package passes"), CLOSED, USAGE, BUILD, ENVIRONMENT, NOTHING, SIGNAL]);

/// Those of `ratchet`.
pub const RATCHET: Codes = Codes(&[
    ("0", "floors are raised, or need not be"),
    ("1", "tests fail, a floor could not be written,\nor, with --check, one could rise"),
    USAGE,
    BUILD,
    ENVIRONMENT,
    NOTHING,
    SIGNAL,
]);

/// Those of `audit`.
pub const AUDIT: Codes = Codes(&[
    ("0", "every package was measured, whatever it covers"),
    ("1", "tests fail, or leave no coverage data"),
    USAGE,
    BUILD,
    ENVIRONMENT,
    NOTHING,
    SIGNAL,
]);

/// Those of `merge`.
pub const MERGE: Codes = Codes(&[
    ("0", "every package passes"),
    CLOSED,
    ("2", "usage, or reports that cannot be read, or are not all those of one run"),
    ("4", "the environment: a report cannot be written"),
    ("5", "nothing to measure: all packages are excluded"),
    SIGNAL,
]);

/// Those of `hook install`.
pub const INSTALL: Codes = Codes(&[
    ("0", "the hook is in place, or what another hook manager needs was shown"),
    ("2", "usage, or something stands in the way; nothing was changed"),
    HOOK_ENVIRONMENT,
    SIGNAL,
]);

/// Those of `hook uninstall`.
pub const UNINSTALL: Codes = Codes(&[
    ("0", "the hook is gone, or there was none of covgate's"),
    ("2", "usage, or the hook was edited; nothing was changed"),
    HOOK_ENVIRONMENT,
    SIGNAL,
]);

/// Those of `hook status`.
pub const STATUS: Codes = Codes(&[
    ("0", "it was said, whatever is installed"),
    ("2", "usage"),
    ("4", "the environment: no git repository, or no way to write to stdout"),
    SIGNAL,
]);

/// Those of `hook run pre-push`; git pushes at 0 alone.
pub const PRE_PUSH: Codes = Codes(&[
    ("0", "every new commit passes, or there is none: git goes on with the push"),
    CLOSED,
    USAGE,
    BUILD,
    ENVIRONMENT,
    NOTHING,
    SIGNAL,
]);

/// Those of `config`.
pub const CONFIG: Codes = Codes(&[
    ("0", "it is written"),
    ("2", "usage or configuration"),
    ("4", "the environment: no way to write to stdout"),
    SIGNAL,
]);

/// Those of commands that only print.
pub const PRINT: Codes = Codes(&[
    ("0", "it is written"),
    ("2", "usage"),
    ("4", "the environment: no way to write to stdout"),
    SIGNAL,
]);

impl Codes {
    /// Each code, and its meaning on one line.
    pub fn list(self) -> impl Iterator<Item = (&'static str, String)> {
        self.0.iter().map(|(code, meaning)| (*code, meaning.replace('\n', " ")))
    }

    /// As `--help` prints them.
    #[must_use]
    pub fn help(self) -> String {
        let lines = self.0.iter().map(|(code, meaning)| {
            // What goes on stands below what it goes on from.
            let meaning = meaning.replace('\n', "\n         ");
            format!("\n  {code:<5}  {meaning}")
        });
        format!("Exit codes:{}", lines.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Codes; 10] =
        [CHECK, RATCHET, AUDIT, MERGE, INSTALL, UNINSTALL, STATUS, PRE_PUSH, CONFIG, PRINT];

    #[test]
    fn every_line_fits_a_terminal_of_80_columns() {
        for line in
            ALL.iter().flat_map(|codes| codes.help().lines().map(str::to_owned).collect::<Vec<_>>())
        {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
