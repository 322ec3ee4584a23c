//! Owns what stands below the options of each command: words on its settings, and its exit codes.
//! The help and the manual page are both made of it.
//! Must not know what a command does.

use clap::Command;

use crate::exit::{self, Codes};

/// What stands below the options of one command.
pub(super) struct Below {
    /// The command's own name; no two share one.
    command: &'static str,
    /// Pieces of text, an empty line between paragraphs.
    words: &'static [&'static str],
    /// What its exit codes mean.
    pub(super) codes: Codes,
}

const ROOT: &str = "\
The exit codes below are those of check; the help of each command has its own.";

const SETTINGS: &str = "\
Settings can also stand in covgate.toml at the module's root, under the same name, and in the \
environment as COVGATE_<NAME>. The command line goes over the environment, that over the file, \
that over the default. ";

const MEASURING: &str = "\
PATTERN is the setting `packages`; the flags after -- are `go-test-flags`. All other options are \
for the command line alone, but that COVGATE_CHDIR serves as -C.

A package's floor is the first line of its .covgate file; without one, the last [[package]] of \
covgate.toml that names it; without one, the default threshold.

Flags after -- go to `go test`; the build flags among them (-tags, -race, -mod, …) shape the \
listing and the warm pass too.";

const PRE_PUSH: &str = "\
Flags for go test are the setting `go-test-flags`, in the file or the environment. All other \
options are for the command line alone, but that COVGATE_CHDIR serves as -C, and COVGATE_FRESH as \
--fresh.";

const MEASURES: &[&str] = &[SETTINGS, MEASURING];

static ALL: [Below; 12] = [
    below("covgate", &[ROOT], exit::CHECK),
    below("check", MEASURES, exit::CHECK),
    below("ratchet", MEASURES, exit::RATCHET),
    below("audit", MEASURES, exit::AUDIT),
    below("merge", &[], exit::MERGE),
    below("config", MEASURES, exit::CONFIG),
    below("completions", &[], exit::PRINT),
    below("man", &[], exit::PRINT),
    below("install", &[], exit::INSTALL),
    below("uninstall", &[], exit::UNINSTALL),
    below("status", &[], exit::STATUS),
    below("pre-push", &[SETTINGS, PRE_PUSH], exit::PRE_PUSH),
];

const fn below(command: &'static str, words: &'static [&'static str], codes: Codes) -> Below {
    Below { command, words, codes }
}

/// That of a command; none for one that only holds others.
pub(super) fn of(command: &str) -> Option<&'static Below> {
    ALL.iter().find(|below| below.command == command)
}

/// A command with what stands below its options. Where there are words on settings, the short help
/// does without all of it: it is to fit one screen.
pub(super) fn add_to(command: Command) -> Command {
    match of(command.get_name()) {
        None => command,
        Some(Below { words: [], codes, .. }) => command.after_help(codes.help()),
        Some(below) => {
            let text = format!("{}\n\n{}", below.words.concat(), below.codes.help());
            command.after_long_help(text)
        }
    }
}

impl Below {
    /// The words, a paragraph each.
    pub(super) fn paragraphs(&self) -> Vec<String> {
        let words = self.words.concat();
        let paragraphs = words.split("\n\n").filter(|paragraph| !paragraph.is_empty());
        paragraphs.map(str::to_owned).collect()
    }
}
