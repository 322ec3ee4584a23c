//! Owns one `go test`: how the tests of each of its parts end, and what its profile, which is read
//! while go still writes it, holds of each.
//! Must not know what other runs contribute to a package, or the order of the report.

use std::collections::HashMap;
use std::sync::mpsc::Sender;
use std::time::Duration;

use super::Job;
use super::conclude::PartEnd;
use super::gather::News;
use super::stream::{Ending, PackageEnd, Said, Stream, Told};
use crate::choose::plan::{Covers, Run};
use crate::domain::blocks::PackageBlocks;
use crate::error::Result;
use crate::tools::files::scratch_error;
use crate::tools::go::profile::ProfileTail;
use crate::tools::go::{Cover, run_error};
use crate::tools::process::Ended;

/// Runs one `go test`, with a profile of this number.
pub(super) fn run(job: Job<'_>, run: &Run, number: usize, news: &Sender<News>) -> Result<()> {
    let profile = job.scratch.join(format!("{number}.cov"));
    std::fs::write(&profile, "").map_err(scratch_error)?;
    let mut watch = Watch {
        job,
        run,
        news,
        profile: ProfileTail::open(&profile).map_err(scratch_error)?,
        waiting: places(run).collect(),
        ends: run.parts.iter().map(|part| part.paths.iter().map(|_| None).collect()).collect(),
        all_passed: true,
    };
    let paths: Vec<&str> = places(run).map(|(path, _)| path).collect();
    let packages: Vec<&str> =
        run.parts.iter().map(|part| job.packages[part.package].import_path.as_str()).collect();
    let cover = match run.covers {
        Covers::Themselves => Some(Cover { profile: &profile, packages: &[] }),
        Covers::Packages => Some(Cover { profile: &profile, packages: &packages }),
        Covers::Nothing => None,
    };
    let command = job.go.test(&paths, cover, run.jobs)?;
    let mut stream = Stream::new(job.durations);
    let ended = job
        .supervisor
        .run(command, job.stall.get(), &mut |output| {
            stream.push(output, &mut |told| watch.hear(told));
        })
        .map_err(|error| run_error(error, "go test"))?;
    stream.finish(&mut |told| watch.hear(told));
    watch.close(ended, &mut stream);
    let _ = std::fs::remove_file(&profile);
    Ok(())
}

/// Every path of a run, with the part that it belongs to, and its place there.
fn places(run: &Run) -> impl Iterator<Item = (&str, (usize, usize))> {
    run.parts.iter().enumerate().flat_map(|(index, part)| {
        let paths = part.paths.iter().enumerate();
        paths.map(move |(place, path)| (path.as_str(), (index, place)))
    })
}

struct Watch<'a> {
    job: Job<'a>,
    run: &'a Run,
    news: &'a Sender<News>,
    profile: ProfileTail,
    /// The paths whose tests have not ended.
    waiting: HashMap<&'a str, (usize, usize)>,
    /// By part and place: which path of a part ends first is chance, and the report shows all.
    ends: Vec<Vec<Option<PackageEnd>>>,
    all_passed: bool,
}

impl Watch<'_> {
    fn hear(&mut self, told: Told<'_>) {
        match told {
            Told::Started(path) => {
                if let Some((part, _)) = self.waiting.get(path) {
                    self.send(News::Started(self.run.parts[*part].package));
                }
            }
            Told::Ended(path, end) => {
                if let Some(place) = self.waiting.remove(path) {
                    self.end(place, end);
                }
            }
        }
    }

    /// A path's tests have ended. When go says so, their blocks are already in the profile (cmd/go
    /// merges them first). An error elsewhere in the profile does not count here: the package's own
    /// blocks must agree with what go says about it.
    fn end(&mut self, (part, place): (usize, usize), end: PackageEnd) {
        self.all_passed &= end.ending == Ending::Passed;
        self.ends[part][place] = Some(end);
        if self.ends[part].iter().any(Option::is_none) {
            return;
        }
        let package = self.run.parts[part].package;
        let path = &self.job.packages[package].import_path;
        let (blocks, wrong) = match self.profile.catch_up() {
            Ok(reader) => (reader.take(path), reader.error().map(ToString::to_string)),
            Err(error) => (PackageBlocks::default(), Some(unreadable(&error))),
        };
        let ends = std::mem::take(&mut self.ends[part]).into_iter().flatten().collect();
        self.send(News::Ended(package, PartEnd { ends, blocks, wrong }));
    }

    /// The error if the finished profile is not whole, however its packages looked.
    fn broken_profile(&mut self) -> Option<String> {
        match self.profile.catch_up() {
            Ok(reader) => {
                reader.finish();
                reader.error().map(ToString::to_string)
            }
            Err(error) => Some(unreadable(&error)),
        }
    }

    /// go has ended: paths whose end it did not report have an unknown result.
    fn close(&mut self, ended: Ended, stream: &mut Stream) {
        let complaints = stream.complaints();
        let complaints = complaints.trim_end();
        let unexplained = self.all_passed && !ended.status.success();
        let mut lost: Vec<_> = self.waiting.drain().collect();
        let trouble = !lost.is_empty() || unexplained;
        lost.sort_unstable_by_key(|(_, place)| *place);
        for (path, place) in lost {
            self.end(place, without_end(path, ended, stream));
        }
        if !ended.stalled
            && let Some(broken) = self.broken_profile()
        {
            self.send(News::Trouble(broken));
        }
        if trouble {
            let how = if ended.stalled {
                "was silent for too long and was stopped (--stall-timeout sets the limit)"
                    .to_owned()
            } else {
                format!("ended with {}", ended.status)
            };
            let complaints =
                complaints.lines().map(|line| format!("\n  {line}")).collect::<String>();
            self.send(News::Trouble(format!("go test {how}{complaints}")));
        }
    }

    fn send(&self, news: News) {
        // Nobody listens once the run is given up.
        let _ = self.news.send(news);
    }
}

/// The end of a path for which go did not report one.
fn without_end(path: &str, ended: Ended, stream: &mut Stream) -> PackageEnd {
    let note = "covgate: go test ended without a result for this package\n";
    PackageEnd {
        ending: if ended.stalled { Ending::TimedOut } else { Ending::Lost },
        elapsed: Duration::ZERO,
        cached: false,
        tested: true,
        coverage: Said::default(),
        text: stream.unfinished(path) + note,
    }
}

fn unreadable(error: &std::io::Error) -> String {
    format!("cannot read the coverage profile: {error}")
}
