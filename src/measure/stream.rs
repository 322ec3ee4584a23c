//! Owns the following of one `go test -json` process: which package started,
//! which ended, how, and with what output.
//! Must not know profiles, or whether the process measures one package or all.

use std::collections::HashMap;
use std::time::Duration;

use crate::go::events::{Event, EventReader, Line};
use crate::go::stderr::Stderr;
use crate::go::transcript::Transcript;
use crate::percent::Tenths;
use crate::process::Output;

/// What is kept of one failed build's output, in bytes.
const BUILD_CAP: usize = 256 * 1024;
/// What is kept of lines that are no events, in bytes.
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
    cached: bool,
    tested: bool,
    build_failed: bool,
    timed_out: bool,
    coverage: Said,
}

/// What go's summary line says of a package's coverage.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing at all.
    #[default]
    Nothing,
    /// That there is nothing to cover.
    NoStatements,
    /// A percentage.
    Percent(Tenths),
}

/// How a package's tests ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Passed,
    Failed,
    BuildFailed,
    TimedOut,
}

/// A package's end.
#[derive(Debug)]
pub(super) struct PackageEnd {
    pub(super) ending: Ending,
    pub(super) elapsed: Duration,
    pub(super) cached: bool,
    /// Whether tests ran, or would have but for the cache; a package without tests has none.
    pub(super) tested: bool,
    pub(super) coverage: Said,
    /// What plain `go test` prints for it, where that is worth reading.
    pub(super) text: String,
}

/// What the stream tells.
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

    /// What a package that has not ended had printed.
    pub(super) fn unfinished(&mut self, import_path: &str) -> String {
        let running = self.state.running.remove(import_path).unwrap_or_default();
        running.transcript.render(self.state.durations)
    }

    /// What go itself complained of, between the events and on stderr.
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
                if self.stray.len() < STRAY_CAP {
                    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(STRAY_CAP)]);
                    self.stray.push_str(&text);
                    self.stray.push('\n');
                }
            }
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
            ("fail", Some(test)) => self.running(package).transcript.end_test(test, true),
            ("pass" | "skip", None) => {
                let end = self.end(event, package, true);
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
        running.timed_out |=
            text.starts_with("panic: test timed out after ") || text.starts_with("*** Test killed");
        if test.is_none() {
            running.summary(text);
        }
        running.transcript.output(test, text);
    }

    fn end(&mut self, event: &Event<'_>, package: &str, passed: bool) -> PackageEnd {
        let running = self.running.remove(package).unwrap_or_default();
        let failed_build = event.failed_build.as_deref();
        let ending = if passed {
            Ending::Passed
        } else if running.build_failed || failed_build.is_some() {
            Ending::BuildFailed
        } else if running.timed_out {
            Ending::TimedOut
        } else {
            Ending::Failed
        };
        let mut text = String::new();
        if ending == Ending::BuildFailed {
            let from_events = failed_build.and_then(|build| self.builds.get(build));
            let errors = from_events.map(String::as_str).or_else(|| self.stderr.section(package));
            text.push_str(errors.unwrap_or_default());
        }
        if ending != Ending::Passed || running.coverage == Said::Nothing {
            text.push_str(&running.transcript.render(self.durations));
        }
        PackageEnd {
            ending,
            elapsed: event.elapsed(),
            cached: running.cached,
            tested: running.tested,
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

impl Running {
    /// Reads the lines that cmd/go prints of a package (cmd/go/internal/test/test.go):
    /// `ok  <tab>package<tab>0.01s or (cached)<tab>coverage: …`, `?   <tab>…[no test files]`,
    /// `FAIL<tab>package [build failed]`, and `<tab>package<tab><tab>coverage: 0.0% of statements`
    /// for a package without tests.
    fn summary(&mut self, line: &str) {
        let line = line.trim_end_matches('\n');
        if line.starts_with("ok  \t") || line.starts_with('\t') {
            self.tested |= line.starts_with("ok");
            self.cached |= line.contains("\t(cached)");
            if let Some((_, said)) = line.split_once("\tcoverage: ") {
                self.coverage = Said::read(said);
            }
        } else if line.starts_with("?   \t") && line.ends_with("[no test files]") {
            self.coverage = Said::NoStatements;
        } else if line.starts_with("FAIL\t") {
            self.build_failed |=
                line.ends_with("[build failed]") || line.ends_with("[setup failed]");
        }
    }
}

impl Said {
    /// Reads what follows `coverage: `.
    fn read(text: &str) -> Self {
        if text.starts_with("[no statements]") {
            return Self::NoStatements;
        }
        let percent = text.split_once('%').and_then(|(number, _)| {
            let (whole, tenth) = number.split_once('.')?;
            let tenths = format!("{whole}{tenth}").parse().ok()?;
            (tenth.len() == 1).then(|| Tenths::new(tenths))?
        });
        percent.map_or(Self::Nothing, Self::Percent)
    }
}
