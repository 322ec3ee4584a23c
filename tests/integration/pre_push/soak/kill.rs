//! Owns kills: covgate runs on a real module, gets a signal at a random moment, and then everything is
//! checked that it must not leave behind.
//! Must not know how the module is made.
//!
//! After SIGINT and SIGTERM, covgate leaves no process, and no temporary folder of its own or of go.
//! After SIGKILL nobody can clean up: temporary files stay, and the processes that covgate had started
//! run to their own end. After any signal, every floor is the old text or the new one, no lock is held,
//! nothing was pushed without a decision, and the next run works.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "support of tests")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};
use std::{fmt, thread};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::pre_push::random::{Random, Subject};
use crate::pre_push::repository::Repository;

#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Kills {
    pub(super) all: usize,
    targets: [usize; 3],
    signals: [usize; 3],
    /// Kills after the end.
    late: usize,
    /// Temporary files and folders that stayed after SIGKILL.
    stayed: usize,
}

impl Kills {
    pub(super) fn add(&mut self, more: Self) {
        self.all += more.all;
        self.late += more.late;
        self.stayed += more.stayed;
        for index in 0..3 {
            self.targets[index] += more.targets[index];
            self.signals[index] += more.signals[index];
        }
    }
}

impl fmt::Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { all, targets, signals, late, stayed } = self;
        let ([check, ratchet, push], [int, term, kill]) = (targets, signals);
        write!(
            f,
            "{all} ({check} of check, {ratchet} of ratchet, {push} of git push; {int} SIGINT, {term} SIGTERM, {kill} SIGKILL)\n\
             after the end      {late}\n\
             stayed             {stayed} temporary files after SIGKILL"
        )
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Target {
    Check,
    Ratchet,
    Push,
}

const TARGETS: [Target; 3] = [Target::Check, Target::Ratchet, Target::Push];
const SIGNALS: [(Signal, &str); 3] =
    [(Signal::INT, "SIGINT"), (Signal::TERM, "SIGTERM"), (Signal::KILL, "SIGKILL")];

/// Who gets the signal.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Whom {
    Covgate,
    /// The whole process group, as with Ctrl-C; for a push this includes git.
    Group,
    /// Every process, as when the machine goes down.
    All,
}

/// A package with a slow test, which starts a process.
const SLOW: &str = r#"package slow

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

func Test(t *testing.T) {
	F()
	os.WriteFile(t.TempDir()+"/x", nil, 0o600)
	exec.Command("sleep", "0.2").Run()
	time.Sleep(100 * time.Millisecond)
}
"#;

/// Also writes down covgate's process id.
const HOOK: &str =
    "#!/bin/sh\necho $$ >\"$HOME/pid\"\nexec \"$COVGATE\" hook run pre-push \"$@\"\n";
const OLD: &str = "1\na note\n";

/// A module that passes.
pub(super) struct Victim {
    seed: u64,
    repository: Repository,
    temporary: Utf8PathBuf,
    /// The floors after a ratchet, by label.
    raised: BTreeMap<String, String>,
    /// How long each target takes.
    takes: [Duration; 3],
}

impl Victim {
    pub(super) fn new(seed: u64) -> Self {
        let repository = Subject::without_ignored_files(seed).repository().clone();
        let temporary = repository.root().join("tmp");
        fs::create_dir(&temporary).unwrap();
        let repository = repository.env("TMPDIR", temporary.as_str()).env("COVGATE_FRESH", "1");
        repository.hook(HOOK);
        repository.write("slow/slow.go", "package slow\n\nfunc F() int { return 0 }\n");
        repository.write("slow/slow_test.go", SLOW);
        let all = repository.covgate(&["check"]).exits(0);
        // The floors of the others cannot be raised.
        let covered = all.table().into_iter().filter(|row| !["---", "0.0"].contains(&row.1));
        let raised = covered.map(|(.., label)| (label.to_owned(), String::new())).collect();
        let mut victim = Self { seed, repository, temporary, raised, takes: [Duration::ZERO; 3] };
        victim.lower();
        victim.repository.covgate(&["ratchet"]).exits(0);
        victim.raised = victim.floors();
        victim.repository.commit();
        for (index, target) in TARGETS.into_iter().enumerate() {
            victim.ready(target, 1000 + index);
            let start = Instant::now();
            let status = victim.start(target).wait().unwrap();
            assert!(status.success(), "{target:?}: {}", victim.said());
            victim.takes[index] = start.elapsed();
        }
        victim
    }

    /// Kills once. Also returns everything that is wrong afterwards.
    pub(super) fn kill(&self, number: usize) -> (Kills, Vec<String>) {
        let mut random = Random::of_edit(self.seed, number);
        let target = TARGETS[random.below(3)];
        let chosen = random.below(3);
        let (signal, name) = SIGNALS[chosen];
        let whom = match random.below(3) {
            0 if signal == Signal::KILL => Whom::All,
            0 | 1 if target == Target::Push => Whom::Group,
            _ => Whom::Covgate,
        };
        let mut kills = Kills { all: 1, ..Kills::default() };
        kills.targets[target as usize] = 1;
        kills.signals[chosen] = 1;
        self.ready(target, number);
        let before = self.repository.remote_refs();
        let mut child = self.start(target);
        // Sometimes after the end.
        let moment = self.takes[target as usize] * u32::try_from(random.below(1000)).unwrap_or(0);
        thread::sleep(moment / 900);
        self.hit(&child, target, signal, whom);
        let mut findings = Vec::new();
        match wait(&mut child) {
            Some(status) => kills.late = usize::from(status.success()),
            None => {
                findings.push("it did not end".to_owned());
                self.hit(&child, target, Signal::KILL, Whom::All);
                let _ = child.wait();
            }
        }
        let said = self.said();
        self.no_process_is_left(target, signal, &mut findings);
        kills.stayed = self.no_file_is_left(signal, &mut findings);
        self.nothing_is_half_done(&said, &before, &mut findings);
        self.works_again(target, &mut findings);
        let context = format!("{name} to {whom:?} of {target:?}");
        let findings = findings.into_iter().map(|what| format!("{context}: {what}\n{said}"));
        (kills, findings.collect())
    }

    /// Gives the target something to do.
    fn ready(&self, target: Target, number: usize) {
        match target {
            Target::Check => {}
            Target::Ratchet => self.lower(),
            Target::Push => {
                let source = format!("package slow\n\nfunc F() int {{ return {number} }}\n");
                self.repository.write("slow/slow.go", &source);
                self.repository.commit();
            }
        }
    }

    fn start(&self, target: Target) -> Child {
        let _ = fs::remove_file(self.repository.root().join("pid"));
        let mut command = self.command(target);
        // A pipe could stay open in a process that is left.
        let output = File::create(self.repository.root().join("said")).unwrap();
        command.stdout(output.try_clone().unwrap()).stderr(output);
        command.process_group(0).spawn().unwrap()
    }

    fn command(&self, target: Target) -> Command {
        match target {
            Target::Check => self.repository.command("covgate", &["check", "--", "-count=1"]),
            Target::Ratchet => self.repository.command("covgate", &["ratchet", "--", "-count=1"]),
            Target::Push => self.repository.push_command(&["origin", "main"]),
        }
    }

    fn said(&self) -> String {
        fs::read_to_string(self.repository.root().join("said")).unwrap_or_default()
    }

    fn hit(&self, child: &Child, target: Target, signal: Signal, whom: Whom) {
        let leader = Pid::from_child(child);
        let in_hook = || {
            let text = fs::read_to_string(self.repository.root().join("pid")).ok()?;
            Pid::from_raw(text.trim().parse().ok()?)
        };
        // Processes that have ended cannot be hit.
        match (whom, target) {
            (Whom::All, _) => {
                for (pid, _) in processes(&self.temporary) {
                    let _ = kill_process(pid, signal);
                }
            }
            (Whom::Covgate, Target::Push) => {
                if let Some(pid) = in_hook() {
                    let _ = kill_process(pid, signal);
                }
            }
            (Whom::Covgate, _) => drop(kill_process(leader, signal)),
            (Whom::Group, _) => drop(kill_process_group(leader, signal)),
        }
    }

    fn no_process_is_left(&self, target: Target, signal: Signal, findings: &mut Vec<String>) {
        // git does not wait for its hook when it is killed, and tests run to their own end.
        let waits = signal == Signal::KILL || target == Target::Push;
        let end = Instant::now() + Duration::from_secs(if waits { 30 } else { 2 });
        let mut left = processes(&self.temporary);
        while !left.is_empty() && Instant::now() < end {
            thread::sleep(Duration::from_millis(20));
            left = processes(&self.temporary);
        }
        for (pid, line) in left {
            findings.push(format!("a process is left: {line}"));
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// Removes temporary files, and returns how many were allowed to stay.
    fn no_file_is_left(&self, signal: Signal, findings: &mut Vec<String>) -> usize {
        let left = self.leftovers();
        for path in &left {
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
        if signal == Signal::KILL {
            return left.len();
        }
        findings.extend(left.iter().map(|path| format!("{path} is left")));
        0
    }

    fn nothing_is_half_done(&self, said: &str, before: &str, findings: &mut Vec<String>) {
        for (label, floor) in self.floors() {
            if floor != OLD && Some(&floor) != self.raised.get(&label) {
                findings.push(format!("the floor of {label} is {floor:?}"));
            }
        }
        if let Ok(lock) = File::options().write(true).open(self.repository.home().join("lock"))
            && lock.try_lock().is_err()
        {
            findings.push("the lock is held".to_owned());
        }
        if said.contains("stopped by signal") && self.repository.remote_refs() != before {
            findings.push("it was pushed without a decision".to_owned());
        }
    }

    fn works_again(&self, target: Target, findings: &mut Vec<String>) {
        if target == Target::Push {
            // The user's own git was killed too.
            for folder in [self.repository.folder().join(".git"), self.repository.remote()] {
                unlock(&folder);
            }
        }
        let again = match target {
            Target::Check => self.repository.covgate(&["check"]),
            Target::Ratchet => self.repository.covgate(&["ratchet"]),
            Target::Push => self.repository.push(&["origin", "main"]),
        };
        if !again.status.success() {
            findings.push(format!("the next one fails: {again}"));
        }
        if target == Target::Ratchet && self.floors() != self.raised {
            findings.push("the next ratchet leaves other floors".to_owned());
        }
        let pushed = self.repository.remote_refs().ends_with(&self.repository.oid("HEAD"));
        if target == Target::Push && !pushed {
            findings.push("the next push does not push".to_owned());
        }
        let status = self.repository.git(&["status", "--porcelain"]);
        if !status.is_empty() {
            findings.push(format!("the work tree is not as it was: {status}"));
            self.repository.git(&["reset", "--quiet", "--hard"]);
            self.repository.git(&["clean", "--quiet", "-ffd"]);
        }
    }

    /// Temporary files and folders of covgate and go, those for floors included.
    fn leftovers(&self) -> Vec<Utf8PathBuf> {
        let of = |folder: &Utf8Path, prefixes: &'static [&str]| {
            let entries = folder.read_dir_utf8().into_iter().flatten().flatten();
            let paths = entries.map(|entry| entry.path().to_owned());
            paths.filter(move |path| {
                let name = path.file_name().unwrap_or_default();
                prefixes.iter().any(|prefix| name.starts_with(prefix))
            })
        };
        let folders = self.raised.keys().map(|label| self.repository.folder().join(label));
        let floors: Vec<_> = folders.flat_map(|folder| of(&folder, &[".covgate-"])).collect();
        of(&self.temporary, &["covgate-", "go-build"]).chain(floors).collect()
    }

    fn lower(&self) {
        for label in self.raised.keys() {
            self.repository.write(&format!("{label}/.covgate"), OLD);
        }
    }

    fn floors(&self) -> BTreeMap<String, String> {
        let read = |label: &String| {
            let path = self.repository.folder().join(label).join(".covgate");
            (label.clone(), fs::read_to_string(path).unwrap_or_default())
        };
        self.raised.keys().map(read).collect()
    }
}

/// Waits for the end of a process, but not for ever.
fn wait(child: &mut Child) -> Option<ExitStatus> {
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(10));
    }
    None
}

/// Removes git's lock files, except those of covgate's own work tree.
fn unlock(folder: &Utf8Path) {
    for entry in folder.read_dir_utf8().into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension() == Some("lock") {
            let _ = fs::remove_file(path);
        } else if path.is_dir() && !["worktrees", "covgate"].contains(&entry.file_name()) {
            unlock(path);
        }
    }
}

/// The processes that have this folder as their TMPDIR. Finds none on systems without /proc.
fn processes(temporary: &Utf8Path) -> Vec<(Pid, String)> {
    let marker = format!("TMPDIR={temporary}");
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let found = entries.filter_map(|entry| {
        let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
        let environment = fs::read(entry.path().join("environ")).ok()?;
        let is_ours = environment.split(|byte| *byte == 0).any(|word| word == marker.as_bytes());
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        is_ours.then(|| (pid, String::from_utf8_lossy(&line).replace('\0', " ")))
    });
    found.collect()
}
