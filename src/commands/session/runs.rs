//! Owns the runs of a session: the first one, of all packages, and those of packages that failed and are run
//! again. Passes on each package's result, in the order of the listing, as soon as it is final.
//! Must not know what a command does with the results.

use super::Session;
use crate::choose::discover::Build;
use crate::choose::plan::Plan;
use crate::domain::choice::Prewarm;
use crate::domain::findings::Spent;
use crate::domain::outcome::Measured;
use crate::domain::reruns::TooMany;
use crate::error::Result;
use crate::measure::{self, Again, Event};
use crate::output::text::{InOrder, Progress};
use crate::tools::process::Clock;

/// The result of the coverage runs.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) spent: Spent,
    /// Errors that belong to no package and make the numbers doubtful.
    pub(crate) troubles: Vec<String>,
    /// Whether too many packages failed to be run again.
    pub(crate) too_many: Option<TooMany>,
}

/// Takes a package's result.
type Row<'a> = dyn FnMut(usize, Measured) -> Result<()> + 'a;

impl Session<'_> {
    /// Runs the tests, with a live line; passes each package's result, without what does not count, to
    /// `row`, in the order of the listing, as soon as all earlier ones are known. What is built apart runs
    /// one after another.
    pub(crate) fn measure(&self, row: &mut Row<'_>) -> Result<Ran> {
        let clock = Clock::start();
        let mut runs = Runs::new(self, row);
        runs.judge_elsewhere()?;
        for job in self.jobs() {
            measure::run(job, &mut |event| runs.hear(event))?;
        }
        while let Some(packages) = runs.again.next_run() {
            runs.progress.run_again(packages.len(), runs.again.run());
            for (build, plan) in self.again(&packages) {
                let mut go = build.go.clone();
                // With a count of the user's in GOFLAGS, go does not use its cache either.
                if !build.toolchain.counts_tests() {
                    go.without_test_cache();
                }
                measure::run(self.job(&go, &plan), &mut |event| runs.hear(event))?;
            }
        }
        Ok(runs.end(clock.spent()))
    }

    /// What runs some packages again, whole: everything is compiled, so there is no warm pass.
    fn again<'s>(&'s self, packages: &'s [usize]) -> impl Iterator<Item = (&'s Build, Plan)> {
        let engine = self.settings.options().engine;
        let plans = self.builds.iter().map(move |(build, _)| {
            let of_build = packages.iter().copied().filter(|index| self.is_of(build, *index));
            (build, self.plan(build, &of_build.collect::<Vec<_>>(), engine, Prewarm::Never))
        });
        plans.filter(|(_, plan)| plan.runs().next().is_some())
    }
}

/// What becomes of events.
struct Runs<'r, 's> {
    session: &'r Session<'s>,
    row: &'r mut Row<'r>,
    progress: Progress,
    order: InOrder<Measured>,
    again: Again,
    troubles: Vec<String>,
    /// How many results were passed on.
    rows: usize,
}

impl<'r, 's> Runs<'r, 's> {
    fn new(session: &'r Session<'s>, row: &'r mut Row<'r>) -> Self {
        let mut progress = Progress::new(session.selection.packages.len());
        progress.phase("compiling".to_owned());
        let options = session.settings.options();
        Self {
            session,
            row,
            progress,
            order: InOrder::default(),
            again: Again::new(options.rerun_fails, options.rerun_limit),
            troubles: session.selection.troubles.clone(),
            rows: 0,
        }
    }

    /// Passes on what is known without a run.
    fn judge_elsewhere(&mut self) -> Result<()> {
        for (index, package) in self.session.selection.packages.iter().enumerate() {
            if let Some(measured) = self.session.elsewhere.measured(package) {
                self.pass_on(index, measured)?;
            }
        }
        Ok(())
    }

    fn hear(&mut self, event: Event) -> Result<()> {
        let label = |index: usize| &self.session.selection.packages[index].label;
        let last = match event {
            Event::Started(index) => {
                self.progress.started(label(index));
                return Ok(());
            }
            Event::Trouble(trouble) => {
                self.troubles.push(trouble);
                return Ok(());
            }
            Event::Finished(index, measured) => {
                self.progress.ended(label(index));
                self.again.finished(index, measured)
            }
            Event::Failed(index, measured) => {
                self.progress.ended(label(index));
                self.again.failed(index, measured)
            }
        };
        self.progress.measured(last.len());
        for (index, measured) in last {
            for (index, measured) in self.order.push(index, measured) {
                let package = &self.session.selection.packages[index];
                let measured = self.session.elsewhere.add_to(package, measured);
                self.pass_on(index, measured)?;
            }
        }
        Ok(())
    }

    fn pass_on(&mut self, index: usize, measured: Measured) -> Result<()> {
        self.rows += 1;
        let selection = &self.session.selection;
        let measured = measured.without(selection.ignoring(&selection.packages[index]));
        self.progress.aside(|| (self.row)(index, measured))
    }

    fn end(mut self, spent: Spent) -> Ran {
        let missing = self.session.selection.packages.len() - self.rows;
        if missing > 0 {
            self.troubles.push(format!(
                "{missing} package(s) have no result; this is a bug in covgate or in go"
            ));
        }
        Ran { spent, too_many: self.again.too_many(), troubles: self.troubles }
    }
}
