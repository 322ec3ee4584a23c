//! A go command that follows a script, for what the real one does not do on demand.
//!
//! `FAKE_GO_SCRIPT` names a JSON script: the packages, and what to do in each phase (`env`, `list`,
//! `warm`, `test`). What the script leaves out is answered as go would.
//! `FAKE_GO_BENCH=packages,blocks` generates a huge module instead. It must not know covgate: only
//! go's command lines and what go prints.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a broken script must break the test, with a word on why"
)]

mod answer;
mod bench;
mod misbehave;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Stdout, Write};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::json;

/// The script of a test.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Script {
    /// Every call adds a line when it starts and one when it ends.
    log: PathBuf,
    /// A FIFO that every process holds open for writing: its reader sees the end when all are dead.
    /// It also tells how far a process is.
    alive: PathBuf,
    /// A FIFO that the test holds open: a hanging process waits on it, and ends with the test.
    leash: PathBuf,
    /// The module's folder.
    root: PathBuf,
    /// The module's path.
    module: String,
    version: String,
    packages: Vec<Package>,
    phases: HashMap<String, Vec<Step>>,
}

/// A package of the module.
#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Package {
    /// From the module's root; empty for the root itself.
    path: String,
    /// How many of its blocks its tests run.
    covered: u32,
    /// How many blocks it has, one statement each.
    total: u32,
    elapsed: f64,
    cached: bool,
    kind: Kind,
    /// What the summary says instead of the real number, such as `12.3%`.
    says: Option<String>,
    profile: Profile,
    /// What its test prints.
    prints: Vec<String>,
    /// What its tests import.
    imports: Vec<String>,
    /// It holds only tests.
    tests_only: bool,
    /// The steps between its start and its output.
    steps: Vec<Step>,
}

/// How its tests end.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    #[default]
    Pass,
    Fail,
    /// Its tests do not build; events report it, as since go 1.24.
    BuildFailed,
    /// The same with plain text on stderr, as before.
    BuildFailedPlain,
    TimedOut,
    /// `TestMain` calls `os.Exit(0)` before `m.Run`.
    EarlyExit,
    NoTests,
    NoFiles,
    /// No end is reported.
    Lost,
}

/// What happens to its blocks.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Profile {
    #[default]
    Whole,
    /// No block is written.
    Empty,
    /// The file is removed.
    Missing,
    /// The last line is cut in the middle.
    CutInLine,
    /// The last line is missing.
    CutAtLine,
    /// A line that is not a block.
    Garbage,
}

/// What a phase does, one after the other.
#[derive(Deserialize, Clone)]
#[serde(rename_all = "kebab-case")]
enum Step {
    /// What go would do.
    Answer,
    Stdout(Text),
    Stderr(Text),
    /// A test's output, as events; only among a package's steps.
    Print(Text),
    /// Tells the test that it has reached this point.
    Reach(String),
    /// Waits for one byte from a FIFO.
    Await(PathBuf),
    Hang,
    /// From here on, ignores the signals that can be ignored, and tells the test about them.
    Deaf,
    Abort,
    Exit(i32),
    /// A child that keeps stdout open for ever; if detached, it leaves the process group.
    Grandchild {
        detached: bool,
    },
}

#[derive(Deserialize, Clone)]
struct Text {
    text: String,
    #[serde(default = "once")]
    times: usize,
}

impl Text {
    /// With the folder that go was given for temporary ones.
    fn written(&self) -> Cow<'_, str> {
        match std::env::var("GOTMPDIR") {
            Ok(folder) if self.text.contains("$GOTMPDIR") => {
                self.text.replace("$GOTMPDIR", &folder).into()
            }
            _ => self.text.as_str().into(),
        }
    }
}

fn once() -> usize {
    1
}

impl Script {
    fn import_path(&self, package: &Package) -> String {
        match package.path.as_str() {
            "" => self.module.clone(),
            path => format!("{}/{path}", self.module),
        }
    }
}

/// One call of the fake.
struct Fake {
    script: Script,
    phase: &'static str,
    args: Vec<String>,
    alive: File,
    out: BufWriter<Stdout>,
    /// go builds in a folder of its own, and removes it where it lives to.
    work: Option<PathBuf>,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|arg| arg == misbehave::LINGER) {
        return misbehave::linger(&args[1..]);
    }
    if let Ok(size) = std::env::var("FAKE_GO_BENCH") {
        return bench::serve(&size, &args);
    }
    let path = std::env::var_os("FAKE_GO_SCRIPT").expect("FAKE_GO_SCRIPT or FAKE_GO_BENCH is set");
    let script = fs::read(path).expect("the script is there");
    let script: Script = serde_json::from_slice(&script).expect("the script is as Script says");
    let alive = misbehave::hold(&script.alive);
    let phase = phase(&args);
    let out = BufWriter::new(std::io::stdout());
    let mut fake = Fake { phase, script, args, alive, out, work: work_folder(phase) };
    fake.log("start");
    let steps = fake.script.phases.get(fake.phase).cloned();
    let mut code = 0;
    for step in steps.unwrap_or_else(|| vec![Step::Answer]) {
        code = fake.step(&step, None).unwrap_or(code);
    }
    fake.end(code);
}

fn work_folder(phase: &str) -> Option<PathBuf> {
    let builds = ["warm", "test"].contains(&phase);
    let around = std::env::var_os("GOTMPDIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = builds.then(|| around.join(format!("go-build{}", std::process::id())))?;
    fs::create_dir(&folder).expect("there is room");
    Some(folder)
}

/// Which of go's jobs this is.
fn phase(args: &[String]) -> &'static str {
    match args.first().map(String::as_str) {
        Some("env") if args.iter().any(|arg| arg == "GOCACHEPROG") => "cacheprog",
        Some("env") => "env",
        Some("list") if args.iter().any(|arg| arg == "-deps") => "sources",
        Some("list") if args.iter().any(|arg| arg == "-test") => "links",
        Some("list") if args.iter().any(|arg| arg == "-export") => "warm",
        Some("list") => "list",
        Some("test") => "test",
        _ => "other",
    }
}

impl Fake {
    /// Writes one line at once, so that lines of parallel calls do not mix.
    fn log(&self, at: &str) {
        let line = json!({
            "at": at,
            "pid": std::process::id(),
            "phase": self.phase,
            "args": self.args,
            "cwd": std::env::current_dir().ok(),
            "gowork": std::env::var("GOWORK").ok(),
            "gocache": std::env::var("GOCACHE").ok(),
            "gotmpdir": std::env::var("GOTMPDIR").ok(),
            "gocacheprog": std::env::var("GOCACHEPROG").ok(),
        });
        let mut log = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.script.log)
            .expect("the log can be written");
        log.write_all(format!("{line}\n").as_bytes()).expect("the log can be written");
    }

    /// Does a step; `package` is the one whose tests are running.
    fn step(&mut self, step: &Step, package: Option<&str>) -> Option<i32> {
        match step {
            Step::Answer => return Some(self.answer()),
            Step::Stdout(text) => (0..text.times).for_each(|_| self.say(&text.written())),
            Step::Stderr(text) => eprint(&text.written().repeat(text.times)),
            Step::Print(text) => {
                let package = package.expect("print is a package's step");
                let written = text.written();
                (0..text.times).for_each(|_| self.event(package, Some("TestPrints"), &written));
            }
            other => {
                self.flush();
                self.misbehave(other);
            }
        }
        self.flush();
        None
    }

    fn say(&mut self, text: &str) {
        // Nobody reads any more: go would end then, too.
        if self.out.write_all(text.as_bytes()).is_err() {
            std::process::exit(1);
        }
    }

    fn flush(&mut self) {
        if self.out.flush().is_err() {
            std::process::exit(1);
        }
    }

    fn end(&mut self, code: i32) -> ! {
        self.flush();
        if let Some(folder) = &self.work {
            fs::remove_dir_all(folder).expect("it is the fake's own");
        }
        self.log("end");
        std::process::exit(code)
    }
}

fn eprint(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
