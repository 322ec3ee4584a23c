//! Owns the steps with which every measuring command begins: which go, which
//! packages, which plan, a folder for profiles, the warm pass.
//! Must not know what a command makes of the results.

use std::io::Write;
use std::time::Duration;

use camino::Utf8Path;

use crate::affected::Scope;
use crate::discover;
use crate::error::{Error, Result};
use crate::go::Go;
use crate::measure::{self, Job, scratch_error};
use crate::plan::{Plan, WarmSet};
use crate::process::{Clock, Supervisor};
use crate::report::Progress;
use crate::select::Selection;
use crate::settings::Settings;

/// A measurement that is about to be run.
pub(crate) struct Session<'a> {
    settings: &'a Settings,
    supervisor: &'a Supervisor,
    go: Go,
    plan: Plan,
    scratch: Scratch,
    batches_untested: bool,
    pub(crate) selection: Selection,
}

impl<'a> Session<'a> {
    /// Asks go, reads floors, makes the plan; says on `err` what a person should know.
    pub(crate) fn open(
        settings: &'a Settings,
        scope: &Scope,
        supervisor: &'a Supervisor,
        err: &mut dyn Write,
    ) -> Result<Self> {
        let go = Go::new(settings);
        let toolchain = discover::toolchain(&go, supervisor, settings)?;
        let selection = discover::packages(&go, supervisor, settings, scope, &toolchain, err)?;
        warn_of_idle(&selection, settings, err);
        let mut session = Self {
            settings,
            supervisor,
            go,
            plan: Plan::default(),
            scratch: Scratch::new(supervisor)?,
            batches_untested: toolchain.batches_untested(),
            selection,
        };
        session.replan();
        Ok(session)
    }

    /// Leaves only some packages to measure.
    pub(crate) fn keep(&mut self, wanted: impl Fn(&crate::select::Package) -> bool) {
        self.selection.packages.retain(wanted);
        self.replan();
    }

    pub(crate) fn job(&self) -> Job<'_> {
        Job {
            go: &self.go,
            supervisor: self.supervisor,
            packages: &self.selection.packages,
            plan: &self.plan,
            scratch: self.scratch.path(),
            stall: self.settings.stall_timeout,
            durations: self.settings.timings,
        }
    }

    /// What the warm pass will compile, where there is one.
    pub(crate) fn warm_set(&self) -> Option<&WarmSet> {
        self.plan.warm.as_ref()
    }

    /// Runs the warm pass, with a live line.
    pub(crate) fn warm(&self, set: &WarmSet) -> Result<Duration> {
        let clock = Clock::start();
        let mut progress = Progress::new(set.paths.len());
        progress.phase("compiling what the packages share".to_owned());
        let warmed = measure::warm(self.job(), set);
        progress.clear();
        warmed.map(|()| clock.spent().wall)
    }

    fn replan(&mut self) {
        let Settings { engine, prewarm, parallelism, .. } = *self.settings;
        let packages = &self.selection.packages;
        self.plan = Plan::new(packages, engine, prewarm, parallelism, self.batches_untested);
    }
}

/// A pattern that matches nothing is likely misspelt; only where the whole module was listed.
fn warn_of_idle(selection: &Selection, settings: &Settings, err: &mut dyn Write) {
    if settings.whole_module {
        for pattern in &selection.idle_patterns {
            let _ = writeln!(
                err,
                "warning: pattern `{pattern}` (exclude or [[package]]) matches no package"
            );
        }
    }
}

/// A folder for profiles, gone when the run is, however it ends.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new(supervisor: &Supervisor) -> Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("covgate-").tempdir().map_err(scratch_error)?;
        supervisor.guard_scratch(folder.path().to_owned());
        if Utf8Path::from_path(folder.path()).is_none() {
            return Err(Error::environment(
                "the folder for temporary files has a name that is not UTF-8",
            )
            .hint("name another one with TMPDIR"));
        }
        Ok(Self(folder))
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap_or(Utf8Path::new(""))
    }
}
