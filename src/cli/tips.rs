//! Owns the hint for a flag of go's that was given before `--`.
//! Must not know how the flags after it are used.

use std::ffi::OsString;
use std::path::Path;

use clap::Arg;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::Cli;
use crate::tools::go::flags::{FlagError, TestFlags, is_known};

/// The commands that pass flags on to go test.
const COMMANDS: [&str; 3] = ["check", "ratchet", "audit"];

/// Adds a hint to the error if a flag of go's was read as one of covgate's: clap reads `-race` as
/// `-r -a …` and names only the first of these, or reads it as a value.
pub(super) fn of_go(mut error: clap::Error, args: &[OsString]) -> clap::Error {
    let words: Option<Vec<&str>> =
        args.iter().take_while(|word| *word != "--").map(|word| word.to_str()).collect();
    let Some([program, command, words @ ..]) = words.as_deref() else { return error };
    let Some(word) = word(&error, words).filter(|_| COMMANDS.contains(command)) else {
        return error;
    };
    let program = Path::new(program).file_name().unwrap_or_default().display();
    let tip = match own_option(command, word) {
        Some(own) => format!("options of covgate have two dashes: {own}"),
        None if !is_go(word) => return error,
        None => match TestFlags::parse(vec![word.to_owned()]) {
            Err(reserved @ FlagError::Reserved { .. }) => reserved.to_string(),
            _ => format!("flags of go test go last, after `--`: {program} {command} -- {word}"),
        },
    };
    if error.kind() == ErrorKind::UnknownArgument {
        error.insert(ContextKind::InvalidArg, ContextValue::String(word.to_owned()));
    }
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
}

/// The word that the error is about.
fn word<'w>(error: &clap::Error, words: &[&'w str]) -> Option<&'w str> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let start = match error.kind() {
        ErrorKind::UnknownArgument => context(ContextKind::InvalidArg)?.to_owned(),
        // `-parallel` reads as `-p arallel`.
        ErrorKind::ValueValidation => format!("-p{}", context(ContextKind::InvalidValue)?),
        _ => return None,
    };
    words.iter().find(|word| word.starts_with(&start)).copied()
}

/// covgate's own option, if it was written in the style of go's flags.
fn own_option(command: &str, word: &str) -> Option<String> {
    let name = word.strip_prefix('-')?.split('=').next()?;
    let cli = Cli::grammar();
    let mut own = cli.find_subcommand(command)?.get_arguments().filter_map(Arg::get_long);
    // If both have the name, one dash means go's flag.
    own.find(|own| *own == name && !is_known(word)).map(|own| format!("--{own}"))
}

fn is_go(word: &str) -> bool {
    let is_long = word.starts_with("--");
    is_known(word) || (!is_long && word.len() > 2 && could_be_a_name(word))
}

/// Whether the word can be the name of a flag, unlike `-p=x` and `-p4x`.
fn could_be_a_name(word: &str) -> bool {
    word[1..].split('=').next().is_some_and(|name| {
        name.len() > 1 && name.chars().all(|c| c.is_ascii_alphabetic() || c == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: &[&str]) -> String {
        let args = words.iter().map(OsString::from);
        super::super::parse(args).unwrap_err().to_string()
    }

    const FLAGS: &str = "-race -run=^TestA$ -count -tags -v -timeout -short -failfast -bench=. -x \
        -parallel -parallel=4 -pkgdir -shuffle=on --race --count=1 -test.short -unknown";

    #[test]
    fn flags_of_go_go_after_the_dashes() {
        for command in COMMANDS {
            for flag in FLAGS.split(' ') {
                let said = said(&["covgate", command, "./...", flag, "1"]);
                let tip = format!("after `--`: covgate {command} -- {flag}\n");
                assert!(said.contains(&tip), "{flag}: {said}");
                assert!(!said.contains("as a value"), "{flag}: {said}");
            }
        }
        let race = said(&["cargo covgate", "check", "-race"]);
        assert!(race.starts_with("error: unexpected argument '-race' found\n"), "{race}");
        assert!(race.contains("after `--`: cargo covgate check -- -race\n"), "{race}");
        let path = said(&["/usr/bin/covgate", "check", "-race"]);
        assert!(path.contains("after `--`: covgate check -- -race\n"), "{path}");
    }

    #[test]
    fn flags_that_covgate_sets_itself_say_so() {
        let said = said(&["covgate", "check", "-cover"]);
        assert!(said.contains("`-cover` cannot be passed to go test: covgate sets it\n"), "{said}");
    }

    #[test]
    fn other_errors_keep_their_words() {
        for (words, tip) in [
            (&["covgate", "check", "-since", "main"][..], "have two dashes: --since\n"),
            (&["covgate", "check", "-report=json"], "have two dashes: --report\n"),
            (&["covgate", "check", "-default-threshold=5"], "dashes: --default-threshold\n"),
            (&["covgate", "ratchet", "-parallelism=4"], "have two dashes: --parallelism\n"),
            (&["covgate", "check", "--exclud=x"][..], "a similar argument exists: '--exclude'"),
            (&["covgate", "check", "-p", "many"], "expected a whole number"),
            (&["covgate", "check", "-p4x"], "expected a whole number"),
            (&["covgate", "check", "--engine=race"], "for '--engine"),
            (&["covgate", "merge", "-race"], "unexpected argument '-r'"),
            (&["covgate", "-race"], "unexpected argument '-r'"),
            (
                &["covgate", "check", "--nothing", "--", "--nothing"],
                "unexpected argument '--nothing'",
            ),
        ] {
            let said = said(words);
            assert!(said.contains(tip) && !said.contains("flags of go test go"), "{said}");
        }
    }
}
