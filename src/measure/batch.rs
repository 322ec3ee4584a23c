//! Owns the batch engine: one `go test` for many packages, whose profile is read while go still
//! writes it.
//! Must not know the order of the report.

use std::collections::HashMap;
use std::sync::mpsc::Sender;

use super::conclude::conclude;
use super::stream::{PackageEnd, Stream, Told};
use super::{Event, Job};
use crate::domain::blocks::PackageBlocks;
use crate::domain::outcome::{Measured, Outcome};
use crate::error::Result;
use crate::tools::files::scratch_error;
use crate::tools::go::profile::ProfileTail;
use crate::tools::go::run_error;
use crate::tools::process::Ended;

pub(super) fn run(job: Job<'_>, events: &Sender<Event>) -> Result<()> {
    let profile = job.scratch.join("batch.cov");
    std::fs::write(&profile, "").map_err(scratch_error)?;
    let mut batch = Batch {
        events,
        profile: ProfileTail::open(&profile).map_err(scratch_error)?,
        waiting: job
            .plan
            .batch
            .iter()
            .map(|index| (job.packages[*index].import_path.as_str(), *index))
            .collect(),
        all_passed: true,
    };
    let paths: Vec<String> =
        job.plan.batch.iter().map(|index| job.packages[*index].import_path.clone()).collect();
    let command = job.go.test_batch(&paths, &profile, job.plan.jobs)?;
    let mut stream = Stream::new(job.durations);
    let ended = job
        .supervisor
        .run(command, job.stall.get(), &mut |output| {
            stream.push(output, &mut |told| batch.hear(told));
        })
        .map_err(|error| run_error(error, "go test"))?;
    stream.finish(&mut |told| batch.hear(told));
    batch.close(ended, &mut stream);
    Ok(())
}

fn unreadable(error: &std::io::Error) -> String {
    format!("cannot read the coverage profile: {error}")
}

struct Batch<'a> {
    events: &'a Sender<Event>,
    profile: ProfileTail,
    /// Packages that have not ended.
    waiting: HashMap<&'a str, usize>,
    all_passed: bool,
}

impl Batch<'_> {
    fn hear(&mut self, told: Told<'_>) {
        match told {
            Told::Started(path) => {
                if let Some(index) = self.waiting.get(path) {
                    self.send(Event::Started(*index));
                }
            }
            Told::Ended(path, end) => {
                if let Some(index) = self.waiting.remove(path) {
                    let measured = self.measured(path, end);
                    self.finish(index, measured);
                }
            }
        }
    }

    /// When go reports the end of a package, its blocks are already in the profile (cmd/go merges
    /// them first). An error elsewhere in the profile does not count here: the package's own blocks
    /// must agree with what go says about it.
    fn measured(&mut self, path: &str, end: PackageEnd) -> Measured {
        let (blocks, wrong) = match self.profile.catch_up() {
            Ok(reader) => (reader.take(path), reader.error().map(ToString::to_string)),
            Err(error) => (PackageBlocks::default(), Some(unreadable(&error))),
        };
        let mut measured = conclude(vec![end], blocks, None);
        if let (Outcome::NoCoverageData, Some(wrong)) = (measured.outcome, wrong) {
            measured.detail.push_str(&format!("covgate: {wrong}\n"));
        }
        measured
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

    /// go has ended: packages whose end it did not report have an unknown result.
    fn close(&mut self, ended: Ended, stream: &mut Stream) {
        let complaints = stream.complaints();
        let complaints = complaints.trim_end();
        let lost = !self.waiting.is_empty();
        let mut waiting: Vec<_> = self.waiting.drain().collect();
        waiting.sort_unstable_by_key(|(_, index)| *index);
        for (path, index) in waiting {
            let outcome = if ended.stalled { Outcome::TimedOut } else { Outcome::NoCoverageData };
            let detail = stream.unfinished(path);
            let note = "covgate: go test ended without a result for this package\n";
            self.finish(index, Measured::without_coverage(outcome, detail + note));
        }
        let unexplained = self.all_passed && !ended.status.success();
        if !ended.stalled
            && let Some(broken) = self.broken_profile()
        {
            self.send(Event::Trouble(broken));
        }
        if lost || unexplained {
            let how = if ended.stalled {
                "was silent for too long and was stopped (--stall-timeout sets the limit)"
                    .to_owned()
            } else {
                format!("ended with {}", ended.status)
            };
            let complaints =
                complaints.lines().map(|line| format!("\n  {line}")).collect::<String>();
            self.send(Event::Trouble(format!("go test {how}{complaints}")));
        }
    }

    fn finish(&mut self, index: usize, measured: Measured) {
        self.all_passed &= measured.outcome.coverage().is_some();
        self.send(Event::Finished(index, measured));
    }

    fn send(&self, event: Event) {
        // Nobody listens once the run is given up.
        let _ = self.events.send(event);
    }
}
