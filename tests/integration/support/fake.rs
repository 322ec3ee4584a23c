//! A module, a scripted go (`tests/fake-go`) on PATH, and covgate run on both. Every run ends with
//! two questions: is any process left, is any temporary file left? It must not know what covgate
//! should print.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::OFlags;
use rustix::process::{Pid, PidfdFlags, Signal};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a test waits for what must come. This measures nothing: a test that reaches the limit
/// would hang otherwise.
const PATIENCE: Timespec = Timespec { tv_sec: 90, tv_nsec: 0 };

/// The module's path.
pub(crate) const MODULE: &str = "m.example/shop";

/// A package of the scripted module. It passes, unless told otherwise.
#[derive(Clone)]
pub(crate) struct Package(Value);

/// `pkg("a", 2, 3)`: two of three statements of `a` are covered.
pub(crate) fn pkg(path: &str, covered: u32, total: u32) -> Package {
    Package(json!({ "path": path, "covered": covered, "total": total, "elapsed": 0.25 }))
}

impl Package {
    /// `fail`, `build-failed`, `timed-out`, `early-exit`, `no-tests`, `no-files`, `lost`, …
    pub(crate) fn kind(self, kind: &str) -> Self {
        self.set("kind", kind)
    }

    /// Any other key of the script's packages; see `Package` in `tests/fake-go/main.rs`.
    pub(crate) fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0[key] = value.into();
        self
    }

    fn path(&self) -> &str {
        self.0["path"].as_str().unwrap()
    }
}

/// What a test sets up.
pub(crate) struct Fake {
    folder: TempDir,
    packages: Vec<Package>,
    version: String,
    phases: HashMap<String, Value>,
    variables: Vec<(String, String)>,
    command: &'static str,
}

impl Fake {
    /// A module with these packages, in `go list` order.
    pub(crate) fn new(packages: impl IntoIterator<Item = Package>) -> Self {
        let fake = Self {
            folder: tempfile::Builder::new().prefix("fake-").tempdir().unwrap(),
            packages: packages.into_iter().collect(),
            version: "go1.26.8".to_owned(),
            phases: HashMap::new(),
            variables: Vec::new(),
            command: "check",
        };
        for folder in ["bin", "tmp", "module"] {
            fs::create_dir(fake.path(folder)).unwrap();
        }
        for fifo in ["alive", "leash", "release"] {
            make_fifo(&fake.path(fifo));
        }
        std::os::unix::fs::symlink(fake_go(), fake.path("bin/go")).unwrap();
        let fake = fake.file("go.mod", format!("module {MODULE}\n\ngo 1.22\n"));
        for package in &fake.packages {
            fs::create_dir_all(fake.module().join(package.path())).unwrap();
        }
        fake
    }

    /// A file of the module.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.module().join(name), content).unwrap();
        self
    }

    /// What a phase does instead of answering; see `Step` in `tests/fake-go/main.rs`.
    pub(crate) fn phase(mut self, phase: &str, steps: Value) -> Self {
        self.phases.insert(phase.to_owned(), steps);
        self
    }

    /// The version that go reports.
    pub(crate) fn version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// A variable of covgate's environment, which is empty otherwise.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path in the test's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn module(&self) -> PathBuf {
        self.path("module")
    }

    /// The step that blocks a fake until [`Running::release`].
    pub(crate) fn gate(&self) -> Value {
        json!({ "await": self.path("release") })
    }

    /// Sets the steps of a package, which may need [`Self::gate`].
    pub(crate) fn steps(mut self, package: &str, steps: Value) -> Self {
        let found = self.packages.iter_mut().find(|other| other.path() == package);
        found.unwrap().0["steps"] = steps;
        self
    }

    /// Runs another command than `check`.
    pub(crate) fn command(mut self, command: &'static str) -> Self {
        self.command = command;
        self
    }

    /// Runs `covgate check` to its end.
    pub(crate) fn check(&self, args: &[&str]) -> Run {
        self.start(args).finish()
    }

    /// Starts `covgate check`, with its output kept.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        let mut running = self.start_with(args, Stdio::piped(), Stdio::piped());
        running.keep_stdout();
        running
    }

    /// Starts `covgate check` with a stdout and a stderr of the test.
    pub(crate) fn start_with(&self, args: &[&str], stdout: Stdio, stderr: Stdio) -> Running {
        self.write_script();
        let alive = open_to_read(&self.path("alive"));
        let both_ends =
            |name| OpenOptions::new().read(true).write(true).open(self.path(name)).unwrap();
        let (leash, release) = (both_ends("leash"), both_ends("release"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_covgate"));
        command
            .arg(self.command)
            .args(args)
            .current_dir(self.module())
            .env_clear()
            .env("PATH", self.path("bin"))
            .env("TMPDIR", self.path("tmp"))
            .env("FAKE_GO_SCRIPT", self.path("script.json"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr);
        #[expect(clippy::disallowed_methods, reason = "tests start covgate itself")]
        let mut child = command.spawn().unwrap();
        let err = child.stderr.take().map(read_all);
        let pid = Pid::from_child(&child);
        Running {
            ended: rustix::process::pidfd_open(pid, PidfdFlags::empty()).unwrap(),
            folder: self.folder.path().to_owned(),
            child,
            alive,
            told: Vec::new(),
            leash,
            release,
            out: None,
            err,
        }
    }

    fn write_script(&self) {
        let packages: Vec<_> = self.packages.iter().map(|package| &package.0).collect();
        let script = json!({
            "log": self.path("log"),
            "alive": self.path("alive"),
            "leash": self.path("leash"),
            "root": self.module(),
            "module": MODULE,
            "version": self.version,
            "packages": packages,
            "phases": self.phases,
        });
        fs::write(self.path("script.json"), script.to_string()).unwrap();
        let _ = fs::remove_file(self.path("log"));
    }
}

/// Cargo builds examples before it runs tests, next to the binaries.
fn fake_go() -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_covgate")).parent().unwrap();
    let fake = folder.join("examples/fake-go");
    assert!(fake.exists(), "{} is not built: `cargo build --example fake-go`", fake.display());
    fake
}

pub(crate) fn make_fifo(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
}

fn read_all(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        from.read_to_end(&mut all).unwrap();
        all
    })
}

/// A running covgate.
pub(crate) struct Running {
    folder: PathBuf,
    pub(crate) child: Child,
    /// Readable once covgate has ended.
    ended: OwnedFd,
    alive: File,
    told: Vec<u8>,
    /// While it is open, hanging fakes keep hanging.
    leash: File,
    release: File,
    out: Option<JoinHandle<Vec<u8>>>,
    err: Option<JoinHandle<Vec<u8>>>,
}

impl Running {
    /// Reads `count` lines of a stdout that is not kept, byte by byte: the rest stays in the pipe.
    pub(crate) fn read_lines(&mut self, count: usize) -> Vec<String> {
        let stdout = self.child.stdout.as_mut().unwrap();
        let mut text = Vec::new();
        let mut byte = [0];
        while text.iter().filter(|byte| **byte == b'\n').count() < count {
            wait_readable(&[stdout.as_fd()], "a line of the report");
            assert_eq!(stdout.read(&mut byte).unwrap(), 1, "the report ended");
            text.push(byte[0]);
        }
        String::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
    }

    /// Keeps all of stdout from here on.
    pub(crate) fn keep_stdout(&mut self) {
        self.out = self.child.stdout.take().map(read_all);
    }

    /// Waits until a fake reaches a point.
    pub(crate) fn reached(&mut self, point: &str) {
        let line = format!("{point}\n");
        loop {
            let told = String::from_utf8_lossy(&self.told).into_owned();
            if let Some(at) = told.find(&line) {
                self.told.drain(at..at + line.len());
                return;
            }
            assert!(self.hear(), "covgate ended before a fake told `{point}`, but: {told}");
        }
    }

    /// Lets this many waiting fakes continue.
    pub(crate) fn release(&mut self, fakes: usize) {
        self.release.write_all(&vec![b'.'; fakes]).unwrap();
    }

    /// Releases everything that hangs, so that what covgate left behind ends, too.
    pub(crate) fn release_all(&mut self) {
        self.leash.write_all(&[b'.'; 64]).unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Whether covgate still runs.
    pub(crate) fn runs(&self) -> bool {
        let mut fds = [PollFd::new(&self.ended, PollFlags::IN)];
        rustix::event::poll(&mut fds, Some(&Timespec::default())).unwrap() == 0
    }

    /// Waits for covgate's end, then for that of every fake; checks that nothing is left.
    pub(crate) fn finish(mut self) -> Run {
        let code = self.wait();
        self.all_gone();
        let join = |thread: Option<JoinHandle<Vec<u8>>>| {
            let bytes = thread.map(|thread| thread.join().unwrap()).unwrap_or_default();
            String::from_utf8(bytes).unwrap()
        };
        let stdout = join(self.out.take());
        let stderr = join(self.err.take());
        let folder = self.folder.to_str().unwrap();
        let left: Vec<_> = fs::read_dir(self.folder.join("tmp")).unwrap().collect();
        assert!(left.is_empty(), "temporary files are left: {left:?}");
        Run {
            code,
            stdout: stdout.replace(folder, "[DIR]"),
            stderr: stderr.replace(folder, "[DIR]"),
            calls: calls(&self.folder.join("log")),
        }
    }

    /// Kills covgate with a signal that it cannot handle; does not check what is left.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.all_gone();
    }

    /// Waits only for covgate's end.
    pub(crate) fn wait(&mut self) -> i32 {
        wait_readable(&[self.ended.as_fd()], "covgate's end");
        let status = self.child.wait().unwrap();
        status.code().unwrap_or_else(|| panic!("covgate died: {status}"))
    }

    /// Waits until nobody holds `alive`: no process is left.
    fn all_gone(&mut self) {
        while self.hear() {}
    }

    /// Waits for more messages of fakes; false when no process is left to send any.
    fn hear(&mut self) -> bool {
        let mut piece = [0; 512];
        loop {
            // Asked before reading: a process that ends in between has then written its last
            // message.
            let runs = self.runs();
            match self.alive.read(&mut piece) {
                Ok(0) if !runs => return false,
                Ok(0) => {
                    // Nobody holds it now, but covgate may start another fake. A FIFO at its end
                    // would be readable all the time; a newly opened one is not, until somebody
                    // opens it for writing.
                    self.alive = open_to_read(&self.folder.join("alive"));
                    let either = [self.alive.as_fd(), self.ended.as_fd()];
                    wait_readable(&either, "covgate's end, or a fake");
                }
                Ok(count) => {
                    self.told.extend_from_slice(&piece[..count]);
                    return true;
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    wait_readable(&[self.alive.as_fd()], "the end of every fake, or its word");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

impl Drop for Running {
    /// A test that failed leaves nothing behind, either; fakes end with the leash.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Opens a FIFO without waiting for a writer.
pub(crate) fn open_to_read(fifo: &Path) -> File {
    let nonblock = i32::try_from(OFlags::NONBLOCK.bits()).unwrap();
    OpenOptions::new().read(true).custom_flags(nonblock).open(fifo).unwrap()
}

/// Waits until one of these can be read.
pub(crate) fn wait_readable(what: &[BorrowedFd<'_>], name: &str) {
    let mut fds: Vec<_> =
        what.iter().map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)).collect();
    let ready = rustix::io::retry_on_intr(|| rustix::event::poll(&mut fds, Some(&PATIENCE)));
    assert_ne!(ready.unwrap(), 0, "waited in vain for {name}");
}

/// How a run ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The calls of go, in order.
    pub(crate) calls: Vec<Call>,
}

/// One line of the fake's log.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Call {
    pub(crate) at: String,
    pub(crate) phase: String,
    pub(crate) args: Vec<String>,
    pub(crate) cwd: PathBuf,
    pub(crate) gowork: Option<String>,
    pub(crate) gocache: Option<String>,
    pub(crate) gotmpdir: Option<PathBuf>,
    pub(crate) gocacheprog: Option<String>,
}

impl Run {
    /// Checks the exit code; shows all output if it is another.
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        let Self { stdout, stderr, .. } = self;
        assert_eq!(self.code, code, "\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
        self
    }

    /// Checks that stdout has exactly these lines, except for the two durations that the fake
    /// cannot decide.
    #[track_caller]
    pub(crate) fn prints(&self, lines: &[&str]) -> &Self {
        same(&redact(&self.stdout), lines);
        self
    }

    /// Checks that stderr has exactly these lines.
    #[track_caller]
    pub(crate) fn complains(&self, lines: &[&str]) -> &Self {
        same(&self.stderr, lines);
        self
    }

    /// The phases in the order of their start.
    pub(crate) fn phases(&self) -> Vec<&str> {
        self.started().map(|call| call.phase.as_str()).collect()
    }

    /// The calls of a phase.
    pub(crate) fn of(&self, phase: &str) -> Vec<&Call> {
        self.started().filter(|call| call.phase == phase).collect()
    }

    fn started(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| call.at == "start")
    }
}

impl Call {
    /// The arguments after `--`: the patterns of a listing, the paths of the warm pass.
    pub(crate) fn operands(&self) -> &[String] {
        let dashes = self.args.iter().position(|arg| arg == "--").unwrap();
        &self.args[dashes + 1..]
    }

    pub(crate) fn has(&self, arg: &str) -> bool {
        self.args.iter().any(|other| other == arg)
    }
}

fn calls(log: &Path) -> Vec<Call> {
    let log = fs::read_to_string(log).unwrap_or_default();
    log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_caller]
fn same(actual: &str, lines: &[&str]) {
    let expected: String = lines.iter().map(|line| format!("{line}\n")).collect();
    assert!(actual == expected, "\n--- expected\n{expected}\n--- found\n{actual}\n--- end");
}

/// Rows show the fake's times; these two lines show how long covgate and the fake took.
fn redact(report: &str) -> String {
    let real = regex_lite::Regex::new(r"(?m)^(Pre-warm complete in|Total time:) \d+(\.\d|m\d\d)s$");
    real.unwrap().replace_all(report, "$1 [TIME]").into_owned()
}

/// A descriptor as a child's stdout or stderr.
pub(crate) fn as_stdio(fd: &OwnedFd) -> Stdio {
    Stdio::from(fd.try_clone().unwrap())
}
