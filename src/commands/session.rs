//! Owns the steps with which every measuring command starts: which go, which packages, which plan,
//! a folder for profiles, the warm pass.
//! Must not know what a command does with the results.

mod runs;

use std::cell::OnceCell;
use std::io::{ErrorKind, Write};
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};

use super::baseline;
use super::elsewhere::{self, Elsewhere};
use crate::choose::ask::ask;
use crate::choose::discover::{self, Build};
use crate::choose::ignores;
use crate::choose::patch::Change;
use crate::choose::plan::{Plan, WarmSet, built};
use crate::choose::shard::{self, Part, Sharding, Share};
use crate::choose::since::Scope;
use crate::choose::sources;
use crate::domain::baseline::Earlier;
use crate::domain::choice::{EngineChoice, Prewarm};
use crate::domain::findings::Findings;
use crate::domain::findings::Spent;
use crate::domain::package::Selection;
use crate::domain::visible;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::measure::{self, Job};
use crate::output::document::{self, Document, ModuleRecord, Origin};
use crate::output::formats::Requests;
use crate::output::text::Progress;
use crate::settings::Settings;
use crate::tools::files::scratch_error;
use crate::tools::git::Git;
use crate::tools::go::Go;
use crate::tools::process::{Clock, Supervisor};

/// A measurement that is ready to run.
pub(crate) struct Session<'a> {
    settings: &'a Settings,
    supervisor: &'a Supervisor,
    /// What is built together, each with its plan.
    builds: Vec<(Build, Plan)>,
    /// What the warm passes of all builds compile, if there are any.
    warm: Option<WarmSet>,
    scratch: Scratch,
    /// What the runs are united with, or what stands in their place.
    elsewhere: Elsewhere,
    shard: Option<document::Shard>,
    pub(crate) selection: Selection,
    /// How long asking go took.
    pub(crate) listing: Spent,
    /// Asked once, and only if somebody needs it.
    checkout: OnceCell<Checkout>,
}

/// Where the root lies in its repository, and the commit that is checked out; nothing without one.
#[derive(Debug, Default)]
struct Checkout {
    prefix: Utf8PathBuf,
    commit: Option<String>,
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
        if settings.options().workspace {
            let _ = writeln!(
                err,
                "warning: `workspace` is the old name of `modules = \"workspace\"` (--modules=workspace)"
            );
        }
        let (mut selection, builds) = discover::packages(supervisor, settings, scope, err)?;
        ignores::read(&mut selection, &builds, settings, err)?;
        warn_of_idle(&selection, settings, err);
        let of_go = builds.first().and_then(|build| build.toolchain.temporary.as_ref());
        let of_go = of_go.map(|folder| settings.directory.join(folder));
        let scratch = Scratch::new(supervisor, of_go.as_deref())?;
        let builds = builds.into_iter().map(|mut build| {
            build.go.use_temporary(scratch.path());
            (build, Plan::default())
        });
        let builds: Vec<_> = builds.collect();
        let elsewhere = Elsewhere::read(settings, &selection, |folder| {
            let (build, _) = builds.first().ok_or_else(no_module)?;
            let ask = |command| ask(command, supervisor, settings).map(drop);
            elsewhere::convert(&build.go, folder, scratch.path(), ask)
        })?;
        let mut session = Self {
            settings,
            supervisor,
            builds,
            warm: None,
            scratch,
            elsewhere,
            shard: None,
            selection,
            listing: clock.spent(),
            checkout: OnceCell::new(),
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
            sources: sources::digest(&self.selection),
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
        Change::since(&git, difference, &self.settings.gate).map(Some)
    }

    fn job<'j>(&'j self, go: &'j Go, plan: &'j Plan) -> Job<'j> {
        Job {
            go,
            supervisor: self.supervisor,
            packages: &self.selection.packages,
            plan,
            scratch: self.scratch.path(),
            stall: self.settings.stall_timeout,
            durations: self.settings.timings(),
        }
    }

    /// The builds that have something to run.
    fn jobs(&self) -> impl Iterator<Item = Job<'_>> {
        self.builds.iter().map(|(build, plan)| self.job(&build.go, plan))
    }

    /// What the warm pass will compile, if there is one.
    pub(crate) fn warm_set(&self) -> Option<&WarmSet> {
        self.warm.as_ref()
    }

    /// Runs the warm pass, with a live line: for what is built apart one after another.
    pub(crate) fn warm(&self, set: &WarmSet) -> Result<Spent> {
        let clock = Clock::start();
        let mut progress = Progress::new(set.paths.len());
        progress.phase("compiling what the packages share".to_owned());
        let mut jobs = self.jobs().filter_map(|job| Some((job, job.plan.warm.as_ref()?)));
        let warmed = jobs.try_for_each(|(job, set)| {
            measure::warm(job, set).map_err(|error| self.in_module(job, error))
        });
        progress.clear();
        warmed.map(|()| clock.spent())
    }

    /// Names the module that is built apart from others: go names its files from its root.
    fn in_module(&self, job: Job<'_>, error: Error) -> Error {
        match members(job.plan).next().map(|index| &self.selection.packages[index]) {
            Some(package) if error.exit() == Exit::BuildBroken => {
                let folder = &self.selection.module_of(package).folder;
                if folder.as_str().is_empty()
                    || self.builds.len() + self.selection.troubles.len() < 2
                {
                    return error;
                }
                error.context(format!("in the module {}", folder.join("go.mod")))
            }
            _ => error,
        }
    }

    /// The go of the first module.
    fn go(&self) -> Result<&Go> {
        let first = self.builds.first().map(|(build, _)| &build.go);
        first.ok_or_else(no_module)
    }

    /// The program that keeps go's build cache, if `go env -w` names one.
    pub(crate) fn cache_program(&self) -> Result<Option<String>> {
        let (stdout, _) = self.ask(self.go()?.cache_program()?)?;
        let program = String::from_utf8_lossy(&stdout).trim().to_owned();
        Ok((!program.is_empty()).then_some(program))
    }

    /// The Go files of all that the runs build, and of its dependencies.
    pub(crate) fn all_sources(&self) -> Result<Vec<Utf8PathBuf>> {
        let mut files = Vec::new();
        for (build, plan) in &self.builds {
            let paths = built(members(plan).map(|index| &self.selection.packages[index]));
            if !paths.is_empty() {
                files.extend(self.sources_with(&build.go, &paths)?);
            }
        }
        Ok(files)
    }

    /// The Go files of paths and of their dependencies.
    pub(crate) fn sources(&self, paths: &[String]) -> Result<Vec<Utf8PathBuf>> {
        self.sources_with(self.go()?, paths)
    }

    fn sources_with(&self, go: &Go, paths: &[String]) -> Result<Vec<Utf8PathBuf>> {
        let (stdout, _) = self.ask(go.sources(paths)?)?;
        Ok(String::from_utf8_lossy(&stdout).lines().map(Utf8PathBuf::from).collect())
    }

    fn ask(&self, command: std::process::Command) -> Result<(Vec<u8>, String)> {
        ask(command, self.supervisor, self.settings)
    }

    /// Compiles packages and everything they import; runs nothing.
    pub(crate) fn compile(&self, paths: &[String]) -> Result<()> {
        let set = WarmSet { paths: paths.to_vec(), test_imports: Vec::new() };
        let plan = Plan { jobs: self.settings.parallelism.jobs.get(), ..Plan::default() };
        measure::warm(self.job(self.go()?, &plan), &set)
    }

    /// Changes how the next runs work, and gives them a build cache other than the user's.
    pub(crate) fn rehearse(&mut self, engine: EngineChoice, prewarm: Prewarm, cache: &Utf8Path) {
        for (build, _) in &mut self.builds {
            build.go.use_cache(cache);
        }
        self.plan_for(engine, prewarm);
    }

    /// The folder for temporary files, which is removed after the run.
    pub(crate) fn scratch(&self) -> &Utf8Path {
        self.scratch.path()
    }

    /// The go, in its own words.
    pub(crate) fn go_name(&self) -> &str {
        self.builds.first().map_or("", |(build, _)| &build.toolchain.name)
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
        let document = self.document(findings, open);
        requests.write(&document, self.root(), out, err)
    }

    /// The numbers of the earlier run that `--baseline` names; none where none is asked for.
    pub(crate) fn earlier(
        &self,
        asked: Option<&str>,
        err: &mut dyn Write,
    ) -> Result<Option<Earlier>> {
        let Some(asked) = asked else { return Ok(None) };
        let (settings, origin) = (self.settings, self.origin());
        let whole = settings.whole && self.shard.is_none() && self.selection.unaffected == 0;
        let folder = &settings.working_directory;
        baseline::load(self.supervisor, folder, asked, &origin, whole, err)
    }

    /// Everything that the run found.
    pub(crate) fn document(&self, findings: &Findings, open: bool) -> Document {
        Document::new(findings, self.settings, self.origin(), open)
    }

    /// Where labels start.
    pub(crate) fn root(&self) -> &Utf8Path {
        &self.selection.root
    }

    /// What git says of the place. A module need not be in a repository, and the machine need not have
    /// git.
    fn checkout(&self) -> &Checkout {
        self.checkout.get_or_init(|| {
            let git = Git::new(self.supervisor, self.root());
            let Ok(layout) = git.layout() else { return Checkout::default() };
            let commit = git.resolve("HEAD^{commit}").ok().flatten();
            Checkout { prefix: layout.prefix, commit }
        })
    }

    /// Where this run takes place.
    fn origin(&self) -> Origin {
        let Checkout { prefix, commit } = self.checkout();
        let modules = self.selection.modules.iter().map(|module| ModuleRecord {
            path: module.path.clone(),
            dir: without_slash(&prefix.join(&module.folder)),
        });
        Origin {
            go: self.go_name().to_owned(),
            modules: modules.collect(),
            root: without_slash(prefix),
            commit: commit.clone(),
            shard: self.shard.clone(),
            profiles: self.elsewhere.judged_digests.clone(),
            with: self.elsewhere.with_digests.clone(),
        }
    }

    fn replan(&mut self) {
        let options = self.settings.options();
        self.plan_for(options.engine, options.prewarm);
    }

    fn plan_for(&mut self, engine: EngineChoice, prewarm: Prewarm) {
        let plan = |(build, _): &(Build, Plan)| {
            let all = 0..self.selection.packages.len();
            let part = all.filter(|index| !self.elsewhere.is_all() && self.is_of(build, *index));
            self.plan(build, &part.collect::<Vec<_>>(), engine, prewarm)
        };
        let plans: Vec<Plan> = self.builds.iter().map(plan).collect();
        for ((_, old), plan) in self.builds.iter_mut().zip(plans) {
            *old = plan;
        }
        let sets = self.builds.iter().filter_map(|(_, plan)| plan.warm.clone());
        self.warm = sets.reduce(WarmSet::with);
    }

    /// The plan of some packages of a build.
    fn plan(
        &self,
        build: &Build,
        members: &[usize],
        engine: EngineChoice,
        prewarm: Prewarm,
    ) -> Plan {
        let (packages, parallelism) = (&self.selection.packages, self.settings.parallelism);
        let batches_untested = build.toolchain.batches_untested();
        Plan::new(packages, members, engine, prewarm, parallelism, batches_untested)
    }

    /// Whether a package, by index, is in a module of this build.
    fn is_of(&self, build: &Build, index: usize) -> bool {
        build.modules.contains(&self.selection.packages[index].module)
    }
}

fn no_module() -> Error {
    Error::environment("there is no module")
}

/// Warns of patterns that match nothing, which are likely misspelt; only if everything was listed.
fn warn_of_idle(selection: &Selection, settings: &Settings, err: &mut dyn Write) {
    if settings.whole {
        for pattern in &selection.idle_patterns {
            let _ = writeln!(
                err,
                "warning: pattern `{}` (exclude or [[package]]) matches no package",
                visible::line(pattern)
            );
        }
        for glob in &selection.idle_globs {
            let _ = writeln!(
                err,
                "warning: glob `{}` (exclude-files) matches no non-test Go file of a measured package",
                visible::line(glob)
            );
        }
    }
}

/// The packages of a plan, by index; some more than once.
fn members(plan: &Plan) -> impl Iterator<Item = usize> {
    plan.runs().flat_map(|run| run.parts.iter().map(|part| part.package))
}

/// A path as reports write it: git ends a prefix with a slash.
fn without_slash(path: &Utf8Path) -> String {
    path.as_str().trim_end_matches('/').to_owned()
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
