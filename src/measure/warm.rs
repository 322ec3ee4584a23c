//! Owns the warm pass: it compiles what the runs share once, so that parallel go processes do not
//! each compile it.
//! Must not know how the runs use the result.

use super::{Job, room};
use crate::choose::plan::WarmSet;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::tools::go::{Go, run_error};
use crate::tools::process::Output;

/// How much output of a broken build is kept, in bytes: nobody reads more errors than that.
const ERRORS_CAP: usize = 4 * 1024 * 1024;

/// Runs the warm pass.
///
/// # Errors
/// When the build breaks (exit 3), with all that go printed, or the disk is full (exit 4).
pub(crate) fn warm(job: Job<'_>, set: &WarmSet) -> Result<()> {
    let all: Vec<String> = set.paths.iter().chain(&set.test_imports).cloned().collect();
    match compile(job, &all)? {
        // A missing import of a test fails that test, not the build of the measured packages.
        Err(_) if !set.test_imports.is_empty() => compile(job, &set.paths)?,
        compiled => compiled,
    }
}

/// Runs go once; the inner result is that of the build.
fn compile(job: Job<'_>, paths: &[String]) -> Result<Result<()>> {
    let command = job.go.warm(paths, job.plan.jobs)?;
    let mut errors = Vec::new();
    // stdout has one line per package. It is read only so that go can write it.
    let ended = job
        .supervisor
        .run(command, job.stall.get(), &mut |output| {
            if let Output::Stderr(bytes) = output
                && errors.len() < ERRORS_CAP
            {
                errors.extend_from_slice(bytes);
            }
        })
        .map_err(|error| run_error(error, "the warm pass"))?;
    if ended.stalled {
        return Err(Error::environment(
            "go was silent for too long in the warm pass and was stopped",
        )
        .hint("--stall-timeout sets the limit"));
    }
    Ok(if ended.status.success() { Ok(()) } else { Err(broken(job.go, &errors, ended.status)) })
}

fn broken(go: &Go, errors: &[u8], status: std::process::ExitStatus) -> Error {
    let errors = String::from_utf8_lossy(errors);
    if let Err(full) = room::check_words(&errors) {
        return full;
    }
    let errors = without_repeats(errors.trim_end());
    let way_out = go.workspace_hint(&errors);
    let cause =
        if errors.is_empty() { format!("go ended with {status} and said nothing") } else { errors };
    Error::new(Exit::BuildBroken, anyhow::anyhow!(BuildOutput(cause)))
        .context("the build is broken; nothing was measured")
        .hint(way_out.as_deref().unwrap_or("`go build ./...` shows the same errors"))
}

/// go's own output, which names files and columns; shown unchanged.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct BuildOutput(String);

/// Removes repeated errors: `go list` reports a package that cannot be loaded twice, while loading
/// and while building.
fn without_repeats(errors: &str) -> String {
    let mut seen = std::collections::HashSet::new();
    let mut kept = Vec::new();
    let mut keep = true;
    for line in errors.lines() {
        // An indented line belongs to the one above it.
        if !line.starts_with(['\t', ' ']) {
            keep = seen.insert(line);
        }
        if keep {
            kept.push(line);
        }
    }
    kept.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_says_twice_is_shown_once() {
        let errors = "a.go:2:8: no module provides x:\n\tgo get x\n# m/b\nb.go:1:1: y\na.go:2:8: no module provides x:\n\tgo get x";
        assert_eq!(
            without_repeats(errors),
            "a.go:2:8: no module provides x:\n\tgo get x\n# m/b\nb.go:1:1: y"
        );
    }
}
