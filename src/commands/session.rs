//! Owns the steps with which every measuring command starts: which go, which packages, which plan,
//! a folder for profiles, the warm pass.
//! Must not know what a command does with the results.

use std::io::{ErrorKind, Write};
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};

use crate::choose::discover;
use crate::choose::patch::Change;
use crate::choose::plan::{Plan, WarmSet};
use crate::choose::shard::{self, Part, Sharding, Share};
use crate::choose::since::Scope;
use crate::choose::sources;
use crate::domain::choice::{EngineChoice, Prewarm};
use crate::domain::findings::Findings;
use crate::domain::findings::Spent;
use crate::domain::outcome::Measured;
use crate::domain::package::Selection;
use crate::domain::visible;
use crate::error::{Error, Result};
use crate::measure::{self, Event, Job};
use crate::output::document::{self, Document, Origin};
use crate::output::formats::{Requests, Sources};
use crate::output::text::{InOrder, Progress};
use crate::settings::Settings;
use crate::tools::files::scratch_error;
use crate::tools::git::Git;
use crate::tools::go::Go;
use crate::tools::go::toolchain::Toolchain;
use crate::tools::process::{Clock, Supervisor};

/// A measurement that is ready to run.
pub(crate) struct Session<'a> {
    settings: &'a Settings,
    supervisor: &'a Supervisor,
    go: Go,
    plan: Plan,
    scratch: Scratch,
    toolchain: Toolchain,
    shard: Option<document::Shard>,
    pub(crate) selection: Selection,
    /// How long asking go took.
    pub(crate) listing: Spent,
}

/// The result of the coverage runs.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) spent: Spent,
    /// Errors that belong to no package and make the numbers doubtful.
    pub(crate) troubles: Vec<String>,
}

impl<'a> Session<'a> {
    /// Asks go, reads floors, makes the plan; writes warnings to `err`.
    pub(crate) fn open(
        settings: &'a Settings,
        scope: &Scope,
        supervisor: &'a Supervisor,
        err: &mut dyn Write,
    ) -> Result<Self> {
        let clock = Clock::start();
        let mut go = discover::go(settings);
        let toolchain = discover::toolchain(&go, supervisor, settings)?;
        let selection = discover::packages(&go, supervisor, settings, scope, &toolchain, err)?;
        warn_of_idle(&selection, settings, err);
        let of_go = toolchain.temporary.as_ref().map(|folder| settings.directory.join(folder));
        let scratch = Scratch::new(supervisor, of_go.as_deref())?;
        go.use_temporary(scratch.path());
        let mut session = Self {
            settings,
            supervisor,
            go,
            plan: Plan::default(),
            scratch,
            toolchain,
            shard: None,
            selection,
            listing: clock.spent(),
        };
        session.replan();
        Ok(session)
    }

    /// Keeps only some packages.
    pub(crate) fn keep(&mut self, wanted: impl Fn(&crate::domain::package::Package) -> bool) {
        self.selection.packages.retain(wanted);
        self.replan();
    }

    /// Keeps only the packages of one part.
    pub(crate) fn take(&mut self, sharding: &Sharding) {
        let Sharding { part, dealing } = sharding;
        let packages = &self.selection.packages;
        let paths: Vec<&str> =
            packages.iter().map(|package| package.import_path.as_str()).collect();
        let dealt = dealing.deal(&paths, part.count());
        self.shard = Some(document::Shard {
            index: part.index(),
            count: part.count(),
            by: dealing.by().to_string(),
            packages: paths.len(),
            deal: shard::digest(paths.into_iter().zip(dealt.iter().copied())),
            sources: sources::digest(self.root(), &self.selection.sources),
        });
        self.keep(|package| dealt.get(package.position) == Some(&part.index()));
    }

    /// The part that is measured; none for all.
    pub(crate) fn share(&self) -> Option<Share> {
        let shard = self.shard.as_ref()?;
        Some(Share { part: Part::new(shard.index, shard.count)?, of: shard.packages })
    }

    /// The lines that a change adds; none without a base.
    pub(crate) fn change(&self, scope: &Scope) -> Result<Option<Change>> {
        let Scope::Since(difference) = scope else { return Ok(None) };
        let git = Git::new(self.supervisor, self.root());
        Change::since(&git, difference, self.root()).map(Some)
    }

    fn job(&self) -> Job<'_> {
        Job {
            go: &self.go,
            supervisor: self.supervisor,
            packages: &self.selection.packages,
            plan: &self.plan,
            scratch: self.scratch.path(),
            stall: self.settings.stall_timeout,
            durations: self.settings.timings(),
        }
    }

    /// What the warm pass will compile, if there is one.
    pub(crate) fn warm_set(&self) -> Option<&WarmSet> {
        self.plan.warm.as_ref()
    }

    /// Runs the warm pass, with a live line.
    pub(crate) fn warm(&self, set: &WarmSet) -> Result<Spent> {
        let clock = Clock::start();
        let mut progress = Progress::new(set.paths.len());
        progress.phase("compiling what the packages share".to_owned());
        let warmed = measure::warm(self.job(), set);
        progress.clear();
        warmed.map(|()| clock.spent())
    }

    /// Runs the tests, with a live line; passes each package's result to `row`, in the order of the
    /// listing, as soon as all earlier ones are known.
    pub(crate) fn measure(
        &self,
        row: &mut dyn FnMut(usize, Measured) -> Result<()>,
    ) -> Result<Ran> {
        let packages = &self.selection.packages;
        let clock = Clock::start();
        let mut progress = Progress::new(packages.len());
        progress.phase("compiling".to_owned());
        let (mut order, mut rows) = (InOrder::default(), 0);
        let mut troubles = Vec::new();
        measure::run(self.job(), &mut |event| {
            match event {
                Event::Started(index) => progress.started(&packages[index].label),
                Event::Trouble(trouble) => troubles.push(trouble),
                Event::Finished(index, measured) => {
                    progress.finished(&packages[index].label);
                    for (index, measured) in order.push(index, measured) {
                        rows += 1;
                        progress.aside(|| row(index, measured))?;
                    }
                }
            }
            Ok(())
        })?;
        if rows < packages.len() {
            let missing = packages.len() - rows;
            troubles.push(format!(
                "{missing} package(s) have no result; this is a bug in covgate or in go"
            ));
        }
        Ok(Ran { spent: clock.spent(), troubles })
    }

    /// The program that keeps go's build cache, if `go env -w` names one.
    pub(crate) fn cache_program(&self) -> Result<Option<String>> {
        let (stdout, _) = discover::ask(self.go.cache_program()?, self.supervisor, self.settings)?;
        let program = String::from_utf8_lossy(&stdout).trim().to_owned();
        Ok((!program.is_empty()).then_some(program))
    }

    /// The Go files of paths, of their tests and of their dependencies.
    pub(crate) fn sources(&self, paths: &[String]) -> Result<Vec<Utf8PathBuf>> {
        let (stdout, _) = discover::ask(self.go.sources(paths)?, self.supervisor, self.settings)?;
        Ok(String::from_utf8_lossy(&stdout).lines().map(Utf8PathBuf::from).collect())
    }

    /// Compiles packages and everything they import; runs nothing.
    pub(crate) fn compile(&self, paths: &[String]) -> Result<()> {
        let set = WarmSet { paths: paths.to_vec(), test_imports: Vec::new() };
        self.warm(&set).map(|_| ())
    }

    /// Changes how the next runs work, and gives them a build cache other than the user's.
    pub(crate) fn rehearse(&mut self, engine: EngineChoice, prewarm: Prewarm, cache: &Utf8Path) {
        self.go.use_cache(cache);
        self.plan_for(engine, prewarm);
    }

    /// The folder for temporary files, which is removed after the run.
    pub(crate) fn scratch(&self) -> &Utf8Path {
        self.scratch.path()
    }

    /// The go, in its own words.
    pub(crate) fn go_name(&self) -> &str {
        &self.toolchain.name
    }

    /// Writes the reports that were asked for.
    pub(crate) fn report(
        &self,
        requests: &Requests,
        findings: &Findings,
        open: bool,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<()> {
        if requests.is_empty() {
            return Ok(());
        }
        let document = Document::new(findings, self.settings, self.origin(), open);
        let sources = Sources { root: self.root().to_owned() };
        requests.write(&document, &sources, out, err)
    }

    /// The module's root.
    pub(crate) fn root(&self) -> &Utf8Path {
        self.toolchain.root().unwrap_or(&self.settings.directory)
    }

    /// Where this run takes place. A module need not be in a repository, and the machine need not
    /// have git.
    fn origin(&self) -> Origin {
        let git = Git::new(self.supervisor, self.root());
        let layout = git.layout().ok();
        let commit = layout.as_ref().and_then(|_| git.resolve("HEAD^{commit}").ok().flatten());
        let module_dir =
            layout.map(|layout| layout.prefix.as_str().trim_end_matches('/').to_owned());
        Origin {
            go: self.toolchain.name.clone(),
            module: self.selection.module.clone(),
            module_dir: module_dir.unwrap_or_default(),
            commit,
            shard: self.shard.clone(),
        }
    }

    fn replan(&mut self) {
        let options = self.settings.options();
        self.plan_for(options.engine, options.prewarm);
    }

    fn plan_for(&mut self, engine: EngineChoice, prewarm: Prewarm) {
        let packages = &self.selection.packages;
        let batches_untested = self.toolchain.batches_untested();
        let parallelism = self.settings.parallelism;
        self.plan = Plan::new(packages, engine, prewarm, parallelism, batches_untested);
    }
}

/// Warns of patterns that match nothing, which are likely misspelt; only if the whole module was
/// listed.
fn warn_of_idle(selection: &Selection, settings: &Settings, err: &mut dyn Write) {
    if settings.whole_module {
        for pattern in &selection.idle_patterns {
            let _ = writeln!(
                err,
                "warning: pattern `{}` (exclude or [[package]]) matches no package",
                visible::line(pattern)
            );
        }
    }
}

/// A folder for profiles and for go's own temporary folders, gone when the run is, however it ends.
struct Scratch(tempfile::TempDir);

impl Scratch {
    /// Tests are run from there. So it lies where go would have its folders, if go was told where
    /// (programs may not be allowed to run from the usual place), else in the usual place.
    fn new(supervisor: &Supervisor, of_go: Option<&Utf8Path>) -> Result<Self> {
        let mut name = tempfile::Builder::new();
        name.prefix("covgate-");
        let folder = of_go.and_then(|of_go| name.tempdir_in(of_go).ok());
        let folder = folder.map_or_else(|| name.tempdir(), Ok).map_err(scratch_error)?;
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

impl Drop for Scratch {
    /// A process of go's that was just killed may have had a last file on its way into a folder that
    /// was looked through before.
    fn drop(&mut self) {
        const TRIES: usize = 100;
        let is_left = |folder: &Path| {
            let removed = std::fs::remove_dir_all(folder);
            removed.is_err_and(|error| error.kind() == ErrorKind::DirectoryNotEmpty)
        };
        let _ = (0..TRIES).find(|_| !is_left(self.0.path()));
    }
}
