//! Owns `check --record`: which runs may be kept, and as what.
//! Must not know how a run is measured or judged.

use std::io::Write;

use camino::Utf8Path;

use crate::domain::commit::short;
use crate::error::{Error, Result};
use crate::output::document::Document;
use crate::output::note::Note;
use crate::settings::{Settings, Source};
use crate::tools::git::Git;
use crate::tools::git::notes::NOTES;
use crate::tools::process::Supervisor;

/// A run whose numbers will be kept.
pub(crate) struct Recording<'a> {
    git: Git<'a>,
    /// The commit that is measured. HEAD may be elsewhere when the run ends.
    commit: String,
}

impl<'a> Recording<'a> {
    /// Looks, before anything runs, whether the run is one to keep: whole, and of what HEAD holds.
    ///
    /// # Errors
    /// When it is not (exit 2), or there is no repository (exit 4).
    pub(crate) fn start(supervisor: &'a Supervisor, settings: &Settings) -> Result<Self> {
        for (name, called) in [("packages", "patterns"), ("exclude", "exclusions")] {
            let source = settings.resolved.source(name);
            if matches!(source, Source::CommandLine | Source::Environment) {
                let message = format!(
                    "--record keeps whole runs: {called} on the command line or in the environment are for this one"
                );
                return Err(Error::usage(message).hint(format!(
                    "leave them out, or set `{name}` in covgate.toml for every run"
                )));
            }
        }
        if settings.gate != settings.directory {
            let message = "--record keeps whole runs, and here the run is about this folder only";
            return Err(Error::usage(message)
                .hint(format!("run it in the folder of covgate.toml: -C {}", settings.gate)));
        }
        let git = Git::new(supervisor, &settings.gate);
        git.layout()?;
        let commit = git.resolve("HEAD^{commit}")?;
        let commit = commit.ok_or_else(|| {
            Error::usage("--record: HEAD is no commit yet").hint("commit first, or leave it out")
        })?;
        if let Some(path) = git.unclean()? {
            let message =
                format!("--record keeps what a commit is like, and {path} is not as in HEAD");
            return Err(Error::usage(message)
                .hint("commit it, stash it or let git ignore it, or leave out --record"));
        }
        Ok(Self { git, commit })
    }

    /// Keeps the run.
    ///
    /// # Errors
    /// When git cannot write (exit 4).
    pub(crate) fn keep(
        &self,
        document: &Document,
        scratch: &Utf8Path,
        err: &mut dyn Write,
    ) -> Result<()> {
        let note = Note::of(document);
        let kept = self.git.set_note(&self.commit, scratch, &|text| note.put_into(text));
        kept.map_err(|error| error.context("cannot record the run"))?;
        let commit = short(&self.commit);
        let _ = writeln!(err, "recorded as a note on {commit} ({NOTES})");
        Ok(())
    }
}
