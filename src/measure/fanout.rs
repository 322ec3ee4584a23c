//! Owns the fanout engine: one `go test` per package, a limited number at once, each with its own
//! profile.
//! Must not know the order of the report.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::thread;

use super::conclude::conclude;
use super::stream::{Ending, PackageEnd, Said, Stream, Told};
use super::{Event, Job};
use crate::choose::plan::paths_of;
use crate::domain::blocks::PackageBlocks;
use crate::error::Result;
use crate::tools::files::scratch_error;
use crate::tools::go::profile::ProfileTail;
use crate::tools::go::run_error;
use crate::tools::process::Ended;

pub(super) fn run(job: Job<'_>, events: &Sender<Event>) -> Result<()> {
    let next = AtomicUsize::new(0);
    let workers = job.plan.jobs.min(job.plan.fanout.len());
    thread::scope(|scope| {
        let handles: Vec<_> =
            (0..workers).map(|_| scope.spawn(|| work(job, &next, &events.clone()))).collect();
        let ends = handles.into_iter().map(|handle| {
            handle.join().unwrap_or_else(|_| {
                Err(crate::error::Error::environment(
                    "a thread of covgate broke down; this is a bug in covgate",
                ))
            })
        });
        // Waits for all; returns the first error.
        ends.fold(Ok(()), Result::and)
    })
}

fn work(job: Job<'_>, next: &AtomicUsize, events: &Sender<Event>) -> Result<()> {
    while let Some(index) = job.plan.fanout.get(next.fetch_add(1, Ordering::Relaxed)) {
        let _ = events.send(Event::Started(*index));
        measure(job, *index, events)?;
    }
    Ok(())
}

fn measure(job: Job<'_>, index: usize, events: &Sender<Event>) -> Result<()> {
    let package = &job.packages[index];
    let profile = job.scratch.join(format!("{index}.cov"));
    std::fs::write(&profile, "").map_err(scratch_error)?;
    let paths = paths_of(package);
    let command = job.go.test_one(&package.import_path, &paths, &profile)?;
    let mut stream = Stream::new(job.durations);
    // In the order of the paths: which of them ends first is chance, and the report shows all.
    let mut ends: Vec<Option<PackageEnd>> = paths.iter().map(|_| None).collect();
    let mut hear = |told: Told<'_>| {
        if let Told::Ended(path, end) = told
            && let Some(at) = paths.iter().position(|known| known == path)
        {
            ends[at].get_or_insert(end);
        }
    };
    let ended = job
        .supervisor
        .run(command, job.stall.get(), &mut |output| stream.push(output, &mut hear))
        .map_err(|error| run_error(error, "go test"))?;
    stream.finish(&mut hear);
    let lost = ends.iter().any(Option::is_none);
    let ends: Vec<PackageEnd> = paths
        .iter()
        .zip(ends)
        .map(|(path, end)| end.unwrap_or_else(|| without_end(path, ended, &mut stream)))
        .collect();
    let trouble = trouble(&ends, lost, ended, &mut stream);
    let (blocks, unreadable) = read(&profile, &package.import_path);
    let _ = std::fs::remove_file(&profile);
    let measured = conclude(ends, blocks, trouble.or(unreadable));
    let _ = events.send(Event::Finished(index, measured));
    Ok(())
}

/// The end of a path for which go did not report one.
fn without_end(path: &str, ended: Ended, stream: &mut Stream) -> PackageEnd {
    PackageEnd {
        ending: if ended.stalled { Ending::TimedOut } else { Ending::Passed },
        elapsed: Default::default(),
        cached: false,
        tested: true,
        coverage: Said::default(),
        text: stream.unfinished(path),
    }
}

/// What is wrong although no test failed.
fn trouble(ends: &[PackageEnd], lost: bool, ended: Ended, stream: &mut Stream) -> Option<String> {
    let passed = ends.iter().all(|end| end.ending == Ending::Passed);
    if !passed || (ended.status.success() && !lost) {
        return None;
    }
    let complaints = stream.complaints();
    let lines = complaints.trim_end().lines().map(|line| format!("\n  {line}"));
    Some(format!("go test ended with {} and no result{}", ended.status, lines.collect::<String>()))
}

fn read(profile: &camino::Utf8Path, import_path: &str) -> (PackageBlocks, Option<String>) {
    let read = || {
        let mut tail = ProfileTail::open(profile)?;
        let reader = tail.catch_up()?;
        reader.finish();
        Ok((reader.take(import_path), reader.error().map(ToString::to_string)))
    };
    read().unwrap_or_else(|error: std::io::Error| {
        (PackageBlocks::default(), Some(format!("cannot read the coverage profile: {error}")))
    })
}
