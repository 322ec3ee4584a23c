//! Owns following one `go test -json` process: which package started, which ended, how, and with
//! what output.
//! Must not know profiles, or whether the process measures one package or all.

use std::collections::HashMap;
use std::time::Duration;

use super::manner::Manner;
use crate::domain::percent::Tenths;
use crate::tools::go::events::{Event, EventReader, Line};
use crate::tools::go::stderr::Stderr;
use crate::tools::go::transcript::Transcript;
use crate::tools::process::Output;

/// How much of one failed build's output is kept, in bytes.
const BUILD_CAP: usize = 256 * 1024;
/// `go test -json` cuts a line into pieces of 1024 bytes, or less by what a character is cut into
/// (`outBuffer` and `trimUTF8` in cmd/internal/test2json). A list of packages can make it so long.
const PIECE: usize = 1024 - 3;
/// How much is kept of lines that are not events, in bytes.
const STRAY_CAP: usize = 4 * 1024;

/// Follows one process.
#[derive(Debug, Default)]
pub(super) struct Stream {
    reader: EventReader,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    running: HashMap<String, Running>,
    builds: HashMap<String, String>,
    stderr: Stderr,
    stray: String,
    durations: bool,
}

#[derive(Debug, Default)]
struct Running {
    transcript: Transcript,
    /// The last line of the package itself, where it could be go's: that one is.
    last: Option<String>,
    /// Whether the last piece of the package itself was cut off, and if so, whether it was about
    /// coverage.
    cut: Option<bool>,
    manner: Manner,
    coverage: Said,
}

/// What is said of a package's coverage. A `TestMain` may print such words too, before or after the
/// test binary's own, so each percentage is kept; the profile tells which is true.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// That there is nothing to cover, and nothing else since.
    pub(super) no_statements: bool,
    /// Percentages, each once: no more than there are tenths.
    pub(super) percents: Vec<Tenths>,
}

/// How a package's tests ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Passed,
    /// Tests failed, and nothing else happened.
    Failed,
    /// They failed in another way, such as by a panic or a race.
    Crashed,
    BuildFailed,
    TimedOut,
    /// go ended without saying.
    Lost,
}

/// A package's end.
#[derive(Debug)]
pub(super) struct PackageEnd {
    pub(super) ending: Ending,
    pub(super) elapsed: Duration,
    pub(super) cached: bool,
    /// Whether the package has tests that ran, or came from the cache.
    pub(super) tested: bool,
    pub(super) coverage: Said,
    /// What plain `go test` prints for it, if that is worth reading.
    pub(super) text: String,
}

/// What the stream reports.
#[derive(Debug)]
pub(super) enum Told<'a> {
    Started(&'a str),
    Ended(&'a str, PackageEnd),
}

impl Stream {
    pub(super) fn new(durations: bool) -> Self {
        let mut stream = Self::default();
        stream.state.durations = durations;
        stream
    }

    /// Takes what the process wrote.
    pub(super) fn push(&mut self, output: Output<'_>, tell: &mut dyn FnMut(Told<'_>)) {
        match output {
            Output::Stderr(bytes) => self.state.stderr.push(bytes),
            Output::Stdout(bytes) => {
                let state = &mut self.state;
                self.reader.push(bytes, &mut |line| state.line(line, tell));
            }
        }
    }

    /// The process has ended.
    pub(super) fn finish(&mut self, tell: &mut dyn FnMut(Told<'_>)) {
        let state = &mut self.state;
        self.reader.finish(&mut |line| state.line(line, tell));
    }

    /// The output so far of a package that has not ended.
    pub(super) fn unfinished(&mut self, import_path: &str) -> String {
        let running = self.state.running.remove(import_path).unwrap_or_default();
        running.transcript.render(self.state.durations)
    }

    /// The errors of go itself, between the events and on stderr.
    pub(super) fn complaints(&mut self) -> String {
        let loose = self.state.stderr.loose();
        format!("{}{loose}", self.state.stray)
    }
}

impl State {
    fn line(&mut self, line: Line<'_>, tell: &mut dyn FnMut(Told<'_>)) {
        match line {
            Line::Event(event) => self.event(&event, tell),
            Line::Stray(bytes) => {
                let text = String::from_utf8_lossy(&bytes[..bytes.len().min(STRAY_CAP)]);
                if let Some(package) = setup_failed(&text) {
                    let end = self.setup_failure(package, &text);
                    tell(Told::Ended(package, end));
                } else if self.stray.len() < STRAY_CAP {
                    self.stray.push_str(&text);
                    self.stray.push('\n');
                }
            }
        }
    }

    /// Before go 1.24, go prints only a plain line for a package that cannot be loaded, and no
    /// event.
    fn setup_failure(&self, package: &str, line: &str) -> PackageEnd {
        let errors = self.stderr.section(package).unwrap_or_default();
        PackageEnd {
            ending: Ending::BuildFailed,
            elapsed: Duration::ZERO,
            cached: false,
            tested: false,
            coverage: Said::default(),
            text: format!("{errors}{line}\n"),
        }
    }

    fn event(&mut self, event: &Event<'_>, tell: &mut dyn FnMut(Told<'_>)) {
        if event.action == "build-output" {
            return self.build_output(event);
        }
        let Some(package) = event.package.as_deref() else {
            return;
        };
        match (event.action.as_ref(), event.test.as_deref()) {
            ("start", None) => tell(Told::Started(package)),
            ("output", test) => self.output(package, test, event.output.as_deref().unwrap_or("")),
            ("pass" | "skip", Some(test)) => self.running(package).transcript.end_test(test, false),
            ("fail", Some(test)) => {
                let running = self.running(package);
                running.manner.test_failed();
                running.transcript.end_test(test, true);
            }
            ("pass" | "skip", None) => {
                let mut end = self.end(event, package, true);
                // go skips a whole package only if it has no tests and no statements.
                if event.action == "skip" && !end.tested {
                    end.coverage.no_statements = true;
                }
                tell(Told::Ended(package, end));
            }
            ("fail", None) => {
                let end = self.end(event, package, false);
                tell(Told::Ended(package, end));
            }
            _ => {}
        }
    }

    fn build_output(&mut self, event: &Event<'_>) {
        let (Some(build), Some(text)) = (&event.import_path, &event.output) else {
            return;
        };
        let kept = self.builds.entry(build.to_string()).or_default();
        if kept.len() < BUILD_CAP {
            kept.push_str(text);
        }
    }

    fn output(&mut self, package: &str, test: Option<&str>, text: &str) {
        let running = self.running(package);
        running.manner.hear(test.is_some(), text);
        // Plain go test, without -cover, does not print the coverage.
        let hidden = test.is_none() && running.piece(package, text);
        if !hidden {
            running.transcript.output(test, text);
        }
    }

    fn end(&mut self, event: &Event<'_>, package: &str, passed: bool) -> PackageEnd {
        let mut running = self.running.remove(package).unwrap_or_default();
        let result = running.result(package);
        let failed_build = event.failed_build.as_deref();
        let ending = if passed {
            Ending::Passed
        } else if result == GoSays::BuildFailed || failed_build.is_some() {
            Ending::BuildFailed
        } else if running.manner.timed_out() {
            Ending::TimedOut
        } else if running.manner.is_by_tests() {
            Ending::Failed
        } else {
            Ending::Crashed
        };
        let mut text = String::new();
        if ending == Ending::BuildFailed {
            let from_events = failed_build.and_then(|build| self.builds.get(build));
            let errors = from_events.map(String::as_str).or_else(|| self.stderr.section(package));
            text.push_str(errors.unwrap_or_default());
        }
        if ending != Ending::Passed || running.coverage.is_silent() {
            text.push_str(&running.transcript.render(self.durations));
        }
        PackageEnd {
            ending,
            elapsed: event.elapsed(),
            cached: result == GoSays::Cached,
            tested: matches!(result, GoSays::Ok | GoSays::Cached),
            coverage: running.coverage,
            text,
        }
    }

    fn running(&mut self, package: &str) -> &mut Running {
        if !self.running.contains_key(package) {
            self.running.insert(package.to_owned(), Running::default());
        }
        self.running.entry(package.to_owned()).or_default()
    }
}

/// What go's own line says of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GoSays {
    /// Its tests pass.
    Ok,
    /// They did before, and go has kept the result.
    Cached,
    BuildFailed,
    /// Something else: it has no tests, or they fail, as the event tells.
    Other,
}

impl Running {
    /// Reads a piece of a line of the package itself; returns whether it is about coverage. All that
    /// counts is in the first piece.
    fn piece(&mut self, package: &str, piece: &str) -> bool {
        let hidden = self.cut.unwrap_or_else(|| self.summary(package, piece));
        self.cut = (piece.len() >= PIECE && !piece.ends_with('\n')).then_some(hidden);
        hidden
    }

    /// Reads a line of the package itself; returns whether it is about coverage.
    ///
    /// The test binary prints `FAIL` and `coverage: …` (package testing), and then go its own line,
    /// see [`Self::result`].
    fn summary(&mut self, package: &str, line: &str) -> bool {
        let line = line.trim_end_matches('\n');
        self.last = None;
        if let Some(said) = line.strip_prefix("coverage: ") {
            self.coverage.read(said);
            return true;
        }
        if after_package(line, package).is_some() {
            self.last = Some(line.to_owned());
        }
        false
    }

    /// Reads go's own line, the last one before the package's end. A `TestMain` may print others that
    /// look like it, but not after it.
    ///
    /// It is `ok  <tab>package<tab>0.01s`, or `(cached)`, `FAIL<tab>package [build failed]`, or, for a
    /// package without tests, `<tab>package<tab><tab>coverage: 0.0% of statements`
    /// (cmd/go/internal/test). What the `ok` line says of coverage is not read: it repeats the first
    /// such words in the output, whoever printed them.
    fn result(&mut self, package: &str) -> GoSays {
        let last = self.last.take().unwrap_or_default();
        match after_package(&last, package) {
            Some(("ok  \t", rest)) if rest.starts_with("\t(cached)") => GoSays::Cached,
            Some(("ok  \t", _)) => GoSays::Ok,
            Some(("FAIL\t", " [build failed]" | " [setup failed]")) => GoSays::BuildFailed,
            Some(("\t", rest)) => {
                if let Some(said) = rest.strip_prefix("\t\tcoverage: ") {
                    self.coverage.read(said);
                }
                GoSays::Other
            }
            _ => GoSays::Other,
        }
    }
}

/// How a line of go's about a package begins, and what follows the package.
fn after_package<'a>(line: &'a str, package: &str) -> Option<(&'static str, &'a str)> {
    let starts = ["ok  \t", "FAIL\t", "\t"];
    let rest = |start| line.strip_prefix(start).and_then(|rest| rest.strip_prefix(package));
    starts.into_iter().find_map(|start| Some((start, rest(start)?)))
}

/// The package of `FAIL<tab>package [setup failed]`.
fn setup_failed(line: &str) -> Option<&str> {
    line.strip_prefix("FAIL\t")?.strip_suffix(" [setup failed]")
}

impl Said {
    /// Whether the output says nothing about coverage.
    pub(super) fn is_silent(&self) -> bool {
        !self.no_statements && self.percents.is_empty()
    }

    /// Reads what follows `coverage: `.
    fn read(&mut self, text: &str) {
        if text.starts_with("[no statements]") {
            self.no_statements = true;
            return;
        }
        let percent = text.split_once('%').and_then(|(number, _)| {
            let (whole, tenth) = number.split_once('.')?;
            let tenths = format!("{whole}{tenth}").parse().ok()?;
            (tenth.len() == 1).then(|| Tenths::new(tenths))?
        });
        if let Some(percent) = percent {
            self.no_statements = false;
            // The last one is named where none is true: it is the test binary's, most likely.
            self.percents.retain(|known| *known != percent);
            self.percents.push(percent);
        }
    }
}
