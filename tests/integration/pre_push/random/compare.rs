//! Owns the comparison: after an edit of a module that passes, it gates only the affected packages, and
//! then all of them without go's test cache: for the hook in a fresh clone, for `check --since` in the
//! same work tree.
//! Must not know which edits there are.

#![expect(clippy::unwrap_used, reason = "support of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use super::dice::Random;
use super::edit::edit;
use super::module::Module;
use super::text::{self, Entry, Files};
use crate::pre_push::repository::{Ran, Repository};

/// What was compared.
#[derive(Debug, Default, Clone, Copy)]
pub(in crate::pre_push) struct Figures {
    pub(in crate::pre_push) edits: usize,
    /// Edits that left packages out, and of those the ones that a gate refused.
    pub(in crate::pre_push) narrowed: usize,
    pub(in crate::pre_push) narrowed_and_refused: usize,
    /// Packages of the module, over all edits, and how many of those were left out.
    pub(in crate::pre_push) packages: usize,
    pub(in crate::pre_push) left_out: usize,
}

impl Figures {
    pub(in crate::pre_push) fn add(&mut self, more: Self) {
        self.edits += more.edits;
        self.narrowed += more.narrowed;
        self.narrowed_and_refused += more.narrowed_and_refused;
        self.packages += more.packages;
        self.left_out += more.left_out;
    }
}

/// The two gates came to different ends.
#[derive(Debug)]
pub(in crate::pre_push) struct Finding {
    /// Whether the affected packages passed where all together do not.
    pub(in crate::pre_push) wrong_pass: bool,
    pub(in crate::pre_push) what: String,
}

/// A module that passes, committed and on the remote.
pub(in crate::pre_push) struct Subject {
    seed: u64,
    module: Module,
    repository: Repository,
    files: Files,
    commit: String,
}

impl Subject {
    pub(in crate::pre_push) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        Self::of(seed, Module::new(&mut random), random)
    }

    /// A module that passes in a clone, too.
    pub(in crate::pre_push) fn without_ignored_files(seed: u64) -> Self {
        let mut random = Random::new(seed);
        loop {
            let module = Module::new(&mut random);
            if !module.ignored {
                return Self::of(seed, module, random);
            }
        }
    }

    /// Most floors equal the coverage.
    fn of(seed: u64, mut module: Module, mut random: Random) -> Self {
        // For both gates: the full one has no base to compare floors with.
        let mut repository = Repository::new().env("COVGATE_FLOOR_GUARD", "off");
        if module.reads_by_absolute_paths() {
            // With -trimpath, runtime.Caller tells no folder, and go takes a test in the repository for the
            // one in covgate's own work tree inside it, and looks at the files that were read there.
            repository = repository.env("GOFLAGS", "-buildvcs=false -vet=off");
        }
        repository.git(&["config", "filter.one-way.clean", text::ONE_WAY]);
        write(&repository, &Files::new(), &text::files(&module));
        let measured = repository.covgate(&["check"]).exits(0);
        let coverage: BTreeMap<&str, &str> =
            measured.table().into_iter().map(|(_, coverage, label)| (label, coverage)).collect();
        for package in module.packages.iter_mut().flatten() {
            let label = if package.path.is_empty() { "." } else { &package.path };
            let covered = coverage[label];
            if covered != "---" && random.percent(75) {
                package.floor = Some(format!("{covered}\n"));
            }
        }
        let files = text::files(&module);
        write(&repository, &Files::new(), &files);
        let commit = repository.commit();
        repository.git(&["push", "--quiet", "--no-verify", "origin", "main"]);
        Self { seed, module, repository, files, commit }
    }

    pub(in crate::pre_push) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Compares one edit, made of one or two small ones; the module is then as it was.
    pub(in crate::pre_push) fn compare(&self, number: usize) -> Result<Figures, Finding> {
        let mut random = Random::of_edit(self.seed, number);
        let mut edited = self.module.clone();
        let words: Vec<_> =
            (0..1 + random.below(2)).map(|_| edit(&mut edited, &mut random)).collect();
        let files = text::files(&edited);
        write(&self.repository, &self.files, &files);
        let by_hook = !edited.ignored && !number.is_multiple_of(3);
        let (affected, all) = if by_hook { self.hook() } else { self.since() };
        self.repository.git(&["reset", "--quiet", &self.commit]);
        write(&self.repository, &files, &self.files);

        let same =
            affected.status.code() == all.status.code() && refused(&affected) == refused(&all);
        if !same {
            let (words, seed) = (words.join("; "), self.seed);
            let way = if by_hook { "the hook" } else { "--since" };
            return Err(Finding {
                wrong_pass: affected.status.success() && !all.status.success(),
                what: format!(
                    "seed {seed}, edit {number}, by {way} ({words})\n--- affected: {affected}\n--- all: {all}"
                ),
            });
        }
        // A run that ended early tells nothing about packages left out.
        let packages = all.table().len();
        let left_out = match affected.to_string().contains("unaffected package(s)") {
            true => packages - affected.table().len(),
            false => 0,
        };
        Ok(Figures {
            edits: 1,
            narrowed: usize::from(left_out > 0),
            narrowed_and_refused: usize::from(left_out > 0 && !all.status.success()),
            packages,
            left_out,
        })
    }

    fn since(&self) -> (Ran, Ran) {
        let affected = self.repository.covgate(&["check", "--since", &self.commit]);
        (affected, self.repository.covgate(&["check", "--", "-count=1"]))
    }

    fn hook(&self) -> (Ran, Ran) {
        let tip = self.repository.commit();
        let affected = self.repository.hook_run(&tip, &self.commit, &[]);
        let clone = self.repository.beside("clone");
        let _ = fs::remove_dir_all(clone.folder());
        self.repository.git(&["clone", "--quiet", ".", clone.folder().as_str()]);
        assert_eq!(clone.oid("HEAD"), tip);
        (affected, clone.covgate(&["check", "--", "-count=1"]))
    }
}

/// Labels of the rows that close the gate.
fn refused(ran: &Ran) -> BTreeSet<String> {
    let rows = ran.table().into_iter().filter(|(status, ..)| *status != "PASS");
    rows.map(|(_, _, label)| label.to_owned()).collect()
}

/// The time of the oldest file, and the number of files so far. go does not cache the result of a test that
/// read a file of the last two seconds, so files get old times. No two files get the same time, in this run or
/// another: go and git, which compares whole seconds, would take them for the same.
static AGE: LazyLock<(SystemTime, AtomicU64)> =
    LazyLock::new(|| (SystemTime::now() - Duration::from_secs(3_000_000), AtomicU64::new(0)));

fn write(repository: &Repository, before: &Files, after: &Files) {
    let folder = repository.folder();
    for (path, _) in before.iter().filter(|(path, entry)| after.get(*path) != Some(*entry)) {
        fs::remove_file(folder.join(path)).unwrap();
        // As git has it: no empty folders.
        let mut above = folder.join(path);
        while above.pop() && above != folder && fs::remove_dir(&above).is_ok() {}
    }
    for (path, entry) in after.iter().filter(|(path, entry)| before.get(*path) != Some(*entry)) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match entry {
            Entry::Text(text) | Entry::Raw(text) => {
                fs::write(&path, text).unwrap();
                let (start, steps) = &*AGE;
                let steps = Duration::from_secs(steps.fetch_add(1, Ordering::Relaxed));
                fs::File::options()
                    .write(true)
                    .open(&path)
                    .unwrap()
                    .set_modified(*start + steps)
                    .unwrap();
            }
            Entry::Link(target) => {
                let _ = fs::remove_file(&path);
                symlink(target, &path).unwrap();
            }
        }
    }
}
