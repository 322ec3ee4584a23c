//! Owns the study of the warm pass: cold runs, with and without it, in both engines, each with its
//! own build cache.
//! Must not know how the numbers are laid out.

use std::io::Write;
use std::time::Duration;

use camino::Utf8Path;

use crate::choose::since::Scope;
use crate::commands::check::gate;
use crate::commands::session::Session;
use crate::domain::choice::{EngineChoice, Prewarm};
use crate::domain::limit;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::output::text::{StudyRow, StudyText, Style};
use crate::settings::Settings;
use crate::tools::files::scratch_error;
use crate::tools::process::{Clock, Supervisor};

/// The runs that are compared.
const RUNS: [(EngineChoice, Prewarm); 4] = [
    (EngineChoice::Batch, Prewarm::Always),
    (EngineChoice::Batch, Prewarm::Never),
    (EngineChoice::Fanout, Prewarm::Always),
    (EngineChoice::Fanout, Prewarm::Never),
];

/// The package that is compiled to see how fast this machine compiles. It is small, and every
/// program contains it.
const SAMPLE: &str = "fmt";

/// Measures what the warm pass saves on this machine and module. The user's own build cache is
/// neither read nor written.
///
/// # Errors
/// When a run failed to start or end.
pub(crate) fn study(
    settings: &Settings,
    supervisor: &Supervisor,
    style: Style,
    out: impl Write,
    err: &mut dyn Write,
) -> Result<Exit> {
    // Lists the packages for fanout, which needs to know what tests import.
    let mut settings = settings.clone();
    settings.resolved.options.engine = EngineChoice::Fanout;
    // What is compared are runs of the same packages.
    settings.resolved.options.rerun_fails = 0;
    let mut session = Session::open(&settings, &Scope::All, supervisor, err)?;
    if session.selection.packages.is_empty() {
        return Err(gate::nothing(&session.selection));
    }
    if let Some(program) = session.cache_program()? {
        let message = format!(
            "`go env -w` has set GOCACHEPROG to `{program}`, which overrides the study's own cache"
        );
        return Err(Error::environment(message).hint("unset it with `go env -u GOCACHEPROG`"));
    }
    let mut text = StudyText::start(out, style, session.selection.packages.len(), RUNS.len())
        .map_err(Error::report)?;
    let estimate = estimate(&mut session)?;
    text.estimate(estimate).map_err(Error::report)?;
    let mut failed = false;
    for (engine, prewarm) in RUNS {
        let row = run(&mut session, engine, prewarm)?;
        failed |= row.failed > 0;
        text.row(row).map_err(Error::report)?;
    }
    text.finish().map_err(Error::report)?;
    Ok(if failed { Exit::GateClosed } else { Exit::Pass })
}

fn run(session: &mut Session<'_>, engine: EngineChoice, prewarm: Prewarm) -> Result<StudyRow> {
    let cache = fresh_cache(session)?;
    session.rehearse(engine, prewarm, &cache);
    let warm = session.warm_set().map(|set| session.warm(set)).transpose()?;
    let mut failed = 0;
    let ran = session.measure(&mut |_, measured| {
        failed += usize::from(measured.outcome.coverage().is_none());
        Ok(())
    })?;
    // The next run needs the disk space.
    let _ = std::fs::remove_dir_all(&cache);
    Ok(StudyRow { engine, warm, runs: ran.spent, failed: failed + ran.troubles.len() })
}

/// The least time that the compiles of all runs take: the sample's time, scaled by the size of the
/// sources.
fn estimate(session: &mut Session<'_>) -> Result<Duration> {
    let sources = bytes(&session.all_sources()?);
    let sample = [SAMPLE.to_owned()];
    let sample_sources = bytes(&session.sources(&sample)?).max(1);
    let cache = fresh_cache(session)?;
    session.rehearse(EngineChoice::Batch, Prewarm::Never, &cache);
    let clock = Clock::start();
    session.compile(&sample)?;
    let spent = clock.spent().wall;
    let _ = std::fs::remove_dir_all(&cache);
    let runs = u32::try_from(RUNS.len()).unwrap_or(1);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let ratio = sources as f64 / sample_sources as f64;
    // A sparse file can claim any size.
    let all = limit::seconds(spent.as_secs_f64() * ratio * f64::from(runs));
    Ok(all.unwrap_or(Duration::MAX))
}

fn bytes(files: &[camino::Utf8PathBuf]) -> u64 {
    let size = |file: &camino::Utf8PathBuf| std::fs::metadata(file).map_or(0, |meta| meta.len());
    files.iter().map(size).fold(0, u64::saturating_add)
}

/// An empty folder in covgate's temporary folder, which is removed when the run ends.
fn fresh_cache(session: &Session<'_>) -> Result<camino::Utf8PathBuf> {
    let cache: &Utf8Path = &session.scratch().join("cache");
    let _ = std::fs::remove_dir_all(cache);
    std::fs::create_dir(cache).map_err(scratch_error)?;
    Ok(cache.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_is_compared() {
        for engine in EngineChoice::ALL.iter().filter(|engine| **engine != EngineChoice::Auto) {
            for prewarm in [Prewarm::Always, Prewarm::Never] {
                assert!(RUNS.contains(&(*engine, prewarm)), "RUNS lacks {engine}, {prewarm}");
            }
        }
    }
}
