//! Owns `covgate history`: the recorded numbers along first parents.
//! Must not know how they are laid out.

use std::io::Write;

use camino::Utf8Path;

use crate::domain::pattern::Pattern;
use crate::domain::visible;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::output::formats::history_page;
use crate::output::history::{History, Point};
use crate::tools::git::Git;
use crate::tools::git::notes::{NOTES, way_to_notes};
use crate::tools::process::Supervisor;

/// How a history is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Json,
    Html,
}

/// Writes the recorded numbers of the packages that the patterns match, all without patterns, from HEAD
/// back along first parents; to `err` which notes are not covgate's.
///
/// # Errors
/// When there is no repository (exit 4), or nothing recorded in it that the patterns match (exit 5).
pub(crate) fn run(
    supervisor: &Supervisor,
    folder: &Utf8Path,
    patterns: &[String],
    form: Form,
    mut out: impl Write,
    err: &mut dyn Write,
) -> Result<Exit> {
    let git = Git::new(supervisor, folder);
    let prefix = git.layout()?.prefix;
    let patterns = patterns.iter().map(|text| Pattern::parse(text, prefix.as_str()));
    let patterns = patterns.collect::<Result<Vec<_>, _>>().map_err(Error::usage)?;
    if git.resolve(NOTES)?.is_none() {
        return Err(nothing("this clone has no notes of covgate").hint(way_to_notes()));
    }
    let mut history = History::of(&patterns);
    for noted in git.noted_commits("HEAD", None)? {
        let (point, foreign) = Point::of(&noted.commit, &noted.date, &noted.text, &patterns);
        history.commits.extend(point);
        if foreign {
            let commit = visible::line(&noted.commit).into_owned();
            let _ = writeln!(
                err,
                "warning: the note on {commit} has lines that this covgate did not write; they are skipped"
            );
        }
    }
    if history.commits.is_empty() {
        let message = match patterns.as_slice() {
            [] => "no commit on the way back from HEAD along first parents was recorded",
            _ => "no recorded package matches",
        };
        return Err(nothing(message).hint("`covgate check --record` records HEAD"));
    }
    history.compare();
    let written = match form {
        Form::Text => history.write(out),
        Form::Json => history.write_json(out),
        Form::Html => out.write_all(&history_page(&history)).and_then(|()| out.flush()),
    };
    written.map(|()| Exit::Pass).map_err(Error::output)
}

fn nothing(message: &str) -> Error {
    Error::new(Exit::NothingToMeasure, anyhow::anyhow!("nothing to show: {message}"))
}
