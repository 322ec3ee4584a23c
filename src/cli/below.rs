//! Owns the text below the options of each command: about its settings and its exit codes.
//! The help and the manual page both print it.
//! Must not know what a command does.

use clap::Command;

use crate::exit::{self, Codes};

/// The text below the options of one command.
pub(super) struct Below {
    /// The command's own name; no two share one.
    pub(super) command: &'static str,
    /// Pieces of text, an empty line between paragraphs.
    words: &'static [&'static str],
    /// What its exit codes mean.
    pub(super) codes: Codes,
}

const ROOT: &str = "\
The exit codes below are those of check; the help of each command lists its own.";

const SETTINGS: &str = "\
The options from Packages down are settings. A setting can also be given in covgate.toml at the \
module's root, under the same name, or in the environment as COVGATE_<NAME>. The command line wins \
over the environment, the environment over the file, the file over the default. ";

const MEASURING: &str = "\
PATTERN is the setting `packages`; the flags after -- are the setting `go-test-flags`. All other \
options work on the command line only, except that COVGATE_CHDIR does the same as -C.

A package's floor is the first line of its .covgate file. Without that file, it is the threshold \
of the last [[package]] in covgate.toml that names the package; without that, the default \
threshold.";

const INIT: &str = "\
covgate.toml is never written over. What is not there yet is written with what a team can live with on \
its first day: `tightness = \"warn\"`, so that the gate closes where coverage falls, and not where it rises \
and a floor stays behind; `modules` where there are several; `exclude-generated` where there are generated \
files; `irrelevant` for documents that no Go file names. Settings that are given here or in the \
environment are written, too, except go, parallelism, color and no-timings.

Floors are those of `covgate ratchet`: what is covered now, for each package. One whose tests fail gets \
none. Nothing is written before everything is measured. The last line is a command that undoes all of it.

";

const PRE_PUSH: &str = "\
Flags for go test are the setting `go-test-flags`, in the file or the environment. All other \
options work on the command line only, except that COVGATE_CHDIR does the same as -C, and \
COVGATE_FRESH the same as --fresh.";

const MEASURES: &[&str] = &[SETTINGS, MEASURING];

pub(super) static ALL: &[Below] = &[
    below("covgate", &[ROOT], exit::CHECK),
    below("init", &[INIT, SETTINGS, MEASURING], exit::INIT),
    below("check", MEASURES, exit::CHECK),
    below("watch", MEASURES, exit::WATCH),
    below("ratchet", MEASURES, exit::RATCHET),
    below("audit", MEASURES, exit::AUDIT),
    below("merge", &[], exit::MERGE),
    below("history", &[], exit::HISTORY),
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

/// The text of a command; none for a command that only holds others.
pub(super) fn of(command: &str) -> Option<&'static Below> {
    ALL.iter().find(|below| below.command == command)
}

/// Adds the text below a command's options. If it says something about settings, only the long help
/// has it: the short help must fit on one screen.
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
    /// The words, split into paragraphs.
    pub(super) fn paragraphs(&self) -> Vec<String> {
        let words = self.words.concat();
        let paragraphs = words.split("\n\n").filter(|paragraph| !paragraph.is_empty());
        paragraphs.map(str::to_owned).collect()
    }
}
