//! Owns all exit codes, for `main`, `--help` and the README.
//! Must not know why a run ended: callers choose the code, this module names it.

/// How covgate ended, as scripts and git hooks see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: every package passes.
    Pass,
    /// 1: the gate is closed: a row is FAIL or LOOSE, or a sum is too low.
    GateClosed,
    /// 2: wrong usage or configuration, such as a malformed `.covgate`.
    Usage,
    /// 3: the warm pass could not build the packages; nothing was measured.
    BuildBroken,
    /// 4: the environment: go is missing or too old, no module, no git repository, a full disk.
    Environment,
    /// 5: nothing to measure: the patterns match no package.
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

/// What the exit codes of one command mean, in order. Line breaks in a meaning keep it within a
/// terminal of 80 columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Codes(&'static [(&'static str, &'static str)]);

const CLOSED: (&str, &str) =
    ("1", "the gate is closed: a row is FAIL or LOOSE, or a sum is too low");
const USAGE: (&str, &str) = ("2", "wrong usage or configuration, such as a malformed .covgate");
const BUILD: (&str, &str) =
    ("3", "the warm pass could not build the packages; nothing was measured");
const ENVIRONMENT: (&str, &str) =
    ("4", "the environment: go is missing or too old, no module,\nno git repository, a full disk");
const HOOK_ENVIRONMENT: (&str, &str) =
    ("4", "the environment: no git repository, or a file that cannot be written");
const NOTHING: (&str, &str) =
    ("5", "nothing to measure: the patterns match no package,\nor all are excluded");
const SIGNAL: (&str, &str) = ("128+n", "ended by signal n");

/// The exit codes of `check`.
pub(crate) const CHECK: Codes =
    Codes(&[("0", "every package passes"), CLOSED, USAGE, BUILD, ENVIRONMENT, NOTHING, SIGNAL]);

/// The exit codes of `init`.
pub(crate) const INIT: Codes = Codes(&[
    ("0", "the repository is set up, or was before"),
    (
        "1",
        "tests fail, a floor could not be written, or the hook is not installed,\nsince another hook manager keeps the hooks",
    ),
    (
        "2",
        "wrong usage or configuration, or something is in the way of the hook;\nnothing was written",
    ),
    ("3", "the warm pass could not build the packages; nothing was written"),
    ENVIRONMENT,
    NOTHING,
    SIGNAL,
]);

/// The exit codes of `watch`.
pub(crate) const WATCH: Codes = Codes(&[
    ("0", "ended by Ctrl-C, whatever the gate said"),
    ("2", "wrong usage or configuration at the start"),
    (
        "4",
        "the environment: go is missing or too old, no module,\nno git repository or commit, or files that cannot be watched",
    ),
    ("5", "nothing to measure at the start"),
    SIGNAL,
]);

/// The exit codes of `ratchet`.
pub(crate) const RATCHET: Codes = Codes(&[
    ("0", "the floors are raised, or none could rise"),
    (
        "1",
        "tests fail, a floor could not be written,\na directive is idle (with --idle-ignores=fail),\nor a floor could rise (with --check)",
    ),
    USAGE,
    BUILD,
    ENVIRONMENT,
    NOTHING,
    SIGNAL,
]);

/// The exit codes of `audit`.
pub(crate) const AUDIT: Codes = Codes(&[
    ("0", "every package was measured, whatever its coverage"),
    ("1", "tests fail, or leave no coverage data"),
    USAGE,
    BUILD,
    ENVIRONMENT,
    NOTHING,
    SIGNAL,
]);

/// The exit codes of `merge`.
pub(crate) const MERGE: Codes = Codes(&[
    ("0", "every package passes"),
    CLOSED,
    ("2", "wrong usage, or the reports cannot be read or are not those of one run"),
    ("4", "the environment: a report cannot be written"),
    ("5", "nothing to measure: all packages are excluded"),
    SIGNAL,
]);

/// The exit codes of `hook install`.
pub(crate) const INSTALL: Codes = Codes(&[
    ("0", "the hook is in place"),
    (
        "1",
        "nothing was installed: another hook manager keeps the hooks,\nand what it needs was shown",
    ),
    ("2", "usage, or something stands in the way; nothing was changed"),
    HOOK_ENVIRONMENT,
    SIGNAL,
]);

/// The exit codes of `hook uninstall`.
pub(crate) const UNINSTALL: Codes = Codes(&[
    ("0", "the hook is removed, or covgate's hook was not there"),
    ("2", "wrong usage, or the hook was edited; nothing was changed"),
    HOOK_ENVIRONMENT,
    SIGNAL,
]);

/// The exit codes of `hook status`.
pub(crate) const STATUS: Codes = Codes(&[
    ("0", "the status was shown, whatever it is"),
    ("2", "wrong usage"),
    ("4", "the environment: no git repository, or stdout cannot be written"),
    SIGNAL,
]);

/// The exit codes of `hook run pre-push`; git pushes only after a 0.
pub(crate) const PRE_PUSH: Codes = Codes(&[
    ("0", "every new commit passes, or there is none; git continues the push"),
    CLOSED,
    USAGE,
    BUILD,
    ENVIRONMENT,
    NOTHING,
    SIGNAL,
]);

/// The exit codes of `history`.
pub(crate) const HISTORY: Codes = Codes(&[
    ("0", "the history was shown"),
    ("2", "wrong usage"),
    ("4", "the environment: no git repository, or stdout cannot be written"),
    ("5", "nothing to show: no commit was recorded,\nor the notes were not fetched"),
    SIGNAL,
]);

/// The exit codes of `config`.
pub(crate) const CONFIG: Codes = Codes(&[
    ("0", "the output was written"),
    ("2", "wrong usage or configuration"),
    ("4", "the environment: stdout cannot be written"),
    SIGNAL,
]);

/// The exit codes of commands that only print.
pub(crate) const PRINT: Codes = Codes(&[
    ("0", "the output was written"),
    ("2", "wrong usage"),
    ("4", "the environment: stdout cannot be written"),
    SIGNAL,
]);

impl Codes {
    /// Each code, and its meaning on one line.
    pub(crate) fn list(self) -> impl Iterator<Item = (&'static str, String)> {
        self.0.iter().map(|(code, meaning)| (*code, meaning.replace('\n', " ")))
    }

    /// As `--help` prints them.
    #[must_use]
    pub(crate) fn help(self) -> String {
        let lines = self.0.iter().map(|(code, meaning)| {
            // A second line is indented to the first.
            let meaning = meaning.replace('\n', "\n         ");
            format!("\n  {code:<5}  {meaning}")
        });
        format!("Exit codes:{}", lines.collect::<String>())
    }
}
