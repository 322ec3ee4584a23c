//! Owns what is kept of a package's test output, and turns the stream of `go test -json`, which is
//! that of `-v`, back into what plain `go test` prints.
//!
//! Plain go prints the log of a failing test under its `--- FAIL` line, with subtests nested,
//! leaves out the logs of tests that pass, and shows everything that tests write to stdout.
//! Must not know verdicts. Memory is bounded, whatever the tests print.

use std::collections::{HashMap, VecDeque};
use std::sync::LazyLock;

use regex_lite::Regex;

/// How much is kept from the start of one package's output, in bytes.
const HEAD_CAP: usize = 512 * 1024;
/// How much is kept from its end once the start is full, in bytes.
const TAIL_CAP: usize = 64 * 1024;

/// The output of one package.
#[derive(Debug, Default)]
pub struct Transcript {
    /// What is final: package lines, stdout, finished failing tests.
    text: String,
    tests: HashMap<String, TestLog>,
    /// Tests that have printed something, in order: those still running at the end are shown in it.
    order: Vec<String>,
    kept: usize,
    dropped: usize,
    tail: VecDeque<String>,
    tail_len: usize,
}

/// What one running test has printed.
#[derive(Debug, Default)]
struct TestLog {
    /// Its `--- FAIL` line.
    header: Option<String>,
    /// Its log, with the blocks of failed subtests in place.
    log: String,
    /// What followed the header: the trace of a panic, an example's got and want.
    after: String,
    /// The last piece had no newline, so the next one continues it here.
    open: Option<Place>,
    /// Whether the last line was a log line, so that an indented line continues it.
    in_log: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Nowhere,
    Header,
    Log,
    After,
    Stdout,
}

impl Transcript {
    /// Takes a piece of output of a test, or of the package itself.
    pub fn output(&mut self, test: Option<&str>, piece: &str) {
        if self.kept + piece.len() > HEAD_CAP {
            return self.drop_piece(piece);
        }
        let Some(test) = test else {
            self.kept += piece.len();
            self.text.push_str(piece);
            return;
        };
        if !self.tests.contains_key(test) {
            self.order.push(test.to_owned());
        }
        let log = self.tests.entry(test.to_owned()).or_default();
        let place = log.place(piece);
        let target = match place {
            Place::Nowhere => return,
            Place::Header => log.header.get_or_insert_default(),
            Place::Log => &mut log.log,
            Place::After => &mut log.after,
            Place::Stdout => &mut self.text,
        };
        target.push_str(piece);
        self.kept += piece.len();
    }

    /// A test ended. If it failed it is shown, a subtest within its parent.
    pub fn end_test(&mut self, test: &str, failed: bool) {
        let Some(log) = self.tests.remove(test) else {
            return;
        };
        if failed || log.header.is_some() {
            self.settle(test, &log);
        } else {
            self.kept -= log.len().min(self.kept);
        }
        // A parent may have a million subtests: now and then, forget those that ended.
        if self.order.len() > 2 * self.tests.len() + 64 {
            self.order.retain(|name| self.tests.contains_key(name));
        }
    }

    /// Everything, as plain `go test` prints it; without `durations`, these are shown as `---`.
    #[must_use]
    pub fn render(mut self, durations: bool) -> String {
        // What was still running when the process died: inner tests first, so that they nest.
        for test in std::mem::take(&mut self.order).into_iter().rev() {
            if let Some(log) = self.tests.remove(&test) {
                self.settle(&test, &log);
            }
        }
        let mut text = self.text;
        if self.dropped > 0 {
            let cut = self.dropped - self.tail_len.min(self.dropped);
            end_line(&mut text);
            text.push_str(&format!("[covgate: {cut} bytes of output cut here]\n"));
            text.extend(self.tail);
        }
        if durations { text } else { redact(&text) }
    }

    fn settle(&mut self, test: &str, log: &TestLog) {
        let mut block = log.header.clone().unwrap_or_default();
        block.push_str(&log.log);
        match test.rsplit_once('/').and_then(|(parent, _)| self.tests.get_mut(parent)) {
            Some(parent) => {
                for line in block.split_inclusive('\n') {
                    parent.log.push_str("    ");
                    parent.log.push_str(line);
                }
                // A trace is go's own output: never indented, and below all headers.
                parent.after.push_str(&log.after);
            }
            None => {
                end_line(&mut self.text);
                self.text.push_str(&block);
                self.text.push_str(&log.after);
            }
        }
    }

    /// Keeps a piece in the tail: the start is full, and only the end matters now.
    fn drop_piece(&mut self, piece: &str) {
        if is_noise(piece) {
            return;
        }
        self.dropped += piece.len();
        self.tail_len += piece.len();
        self.tail.push_back(piece.to_owned());
        while self.tail_len > TAIL_CAP {
            let Some(oldest) = self.tail.pop_front() else { break };
            self.tail_len -= oldest.len();
        }
    }
}

impl TestLog {
    fn len(&self) -> usize {
        self.header.as_ref().map_or(0, String::len) + self.log.len() + self.after.len()
    }

    /// The place where a piece belongs.
    fn place(&mut self, piece: &str) -> Place {
        let place = self.open.take().unwrap_or_else(|| self.place_of_line(piece));
        if !piece.ends_with('\n') {
            self.open = Some(place);
        }
        place
    }

    fn place_of_line(&mut self, line: &str) -> Place {
        let continues = self.in_log && line.starts_with("        ");
        self.in_log = false;
        if is_noise(line) {
            Place::Nowhere
        } else if line.trim_start().starts_with("--- FAIL: ") && self.header.is_none() {
            Place::Header
        } else if self.header.is_some() {
            Place::After
        } else if continues || LOG_LINE.is_match(line) {
            self.in_log = true;
            Place::Log
        } else {
            Place::Stdout
        }
    }
}

/// The lines that `-v` adds around tests (package testing in the Go source, `chattyPrinter`).
const FRAMES: [&str; 4] = ["=== RUN   ", "=== PAUSE ", "=== CONT  ", "=== NAME  "];

/// The ends of tests that plain go does not show.
const GOOD_ENDS: [&str; 2] = ["--- PASS: ", "--- SKIP: "];

/// Whether only `-v` makes go print this line.
fn is_noise(line: &str) -> bool {
    FRAMES.iter().any(|frame| line.starts_with(frame))
        || GOOD_ENDS.iter().any(|end| line.trim_start().starts_with(end))
}

/// `    file_test.go:12: text`, as t.Log writes it.
static LOG_LINE: LazyLock<Regex> = LazyLock::new(|| regex(r"^    [^\s:][^:\n]*\.go:\d+: "));
/// `(0.00s)` at the end of a `---` line or of a running test.
static TEST_DURATION: LazyLock<Regex> = LazyLock::new(|| regex(r"(?m)\((\d[0-9hms.µn]*s)\)$"));
/// `FAIL<tab>package<tab>0.012s`.
static PACKAGE_DURATION: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?m)^((?:ok  |FAIL|---)\t\S+\t)\d+\.\d+s"));

#[expect(clippy::expect_used, reason = "constant patterns, each used by a test")]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}

fn redact(text: &str) -> String {
    let text = TEST_DURATION.replace_all(text, "(---)");
    PACKAGE_DURATION.replace_all(&text, "${1}---").into_owned()
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `T|text` is output of test T, `|text` of the package; `T!` fails, `T.` passes.
    fn play(script: &str) -> Transcript {
        let mut transcript = Transcript::default();
        for line in script.lines().map(|line| line.trim_start_matches('>')) {
            if let Some(test) = line.strip_suffix('!') {
                transcript.end_test(test, true);
            } else if let Some((test, text)) = line.split_once('|') {
                let test = (!test.is_empty()).then_some(test);
                transcript.output(test, &format!("{text}\n"));
            } else if let Some(test) = line.strip_suffix('.') {
                transcript.end_test(test, false);
            }
        }
        transcript
    }

    #[test]
    fn what_plain_go_prints() {
        let transcript = play(
            "TestP|=== RUN   TestP\n\
             TestP|    a_test.go:3: pass log\n\
             TestP|        line two\n\
             TestP|stdout of pass\n\
             TestP|--- PASS: TestP (0.00s)\n\
             TestP.\n\
             TestF|=== RUN   TestF\n\
             TestF|    a_test.go:4: fail log\n\
             TestF|stdout of fail\n\
             TestF/sub|=== RUN   TestF/sub\n\
             TestF/sub|    a_test.go:4: sub err\n\
             TestF/sub|        multi\n\
             TestF/sub/deep|=== RUN   TestF/sub/deep\n\
             TestF/sub/deep|    a_test.go:4: deep\n\
             TestF/sub/deep|--- FAIL: TestF/sub/deep (0.00s)\n\
             TestF/sub/deep!\n\
             TestF/sub|--- FAIL: TestF/sub (0.00s)\n\
             TestF/sub!\n\
             TestF/ok|    a_test.go:4: ok sub log\n\
             TestF/ok.\n\
             TestF|    a_test.go:4: after\n\
             TestF|--- FAIL: TestF (0.00s)\n\
             TestF!\n\
             ExampleA|--- FAIL: ExampleA (0.00s)\n\
             ExampleA|got:\n\
             ExampleA|this\n\
             ExampleA!\n\
             |FAIL\n\
             |FAIL\texample.com/m\t0.003s",
        );
        assert_eq!(
            transcript.render(false),
            "stdout of pass\nstdout of fail\n\
             --- FAIL: TestF (---)\n    a_test.go:4: fail log\n    --- FAIL: TestF/sub (---)\n        \
             a_test.go:4: sub err\n            multi\n        --- FAIL: TestF/sub/deep (---)\n            \
             a_test.go:4: deep\n    a_test.go:4: after\n\
             --- FAIL: ExampleA (---)\ngot:\nthis\nFAIL\nFAIL\texample.com/m\t---\n"
        );
    }

    #[test]
    fn what_was_running_is_shown() {
        let transcript = play(
            "TestA|    a_test.go:1: before\n\
             TestA/sub|    a_test.go:2: inner\n\
             |FAIL\tm\t1.000s",
        );
        assert_eq!(
            transcript.render(true),
            "FAIL\tm\t1.000s\n    a_test.go:1: before\n        a_test.go:2: inner\n"
        );
    }

    #[test]
    fn pieces_of_a_line_stay_together() {
        let mut transcript = Transcript::default();
        transcript.output(Some("T"), "    a_test.go:1: long");
        transcript.output(Some("T"), " line\n");
        transcript.end_test("T", false);
        assert_eq!(transcript.render(true), "");
    }

    #[test]
    fn a_flood_keeps_its_start_and_end() {
        let mut transcript = Transcript::default();
        for line in 0..100_000 {
            transcript.output(Some("T"), &format!("line {line} of the flood\n"));
        }
        // The end does not show what only -v prints, either.
        transcript.output(Some("U"), "=== RUN   U\n");
        transcript.output(Some("U"), "--- PASS: U (0.00s)\n");
        transcript.output(None, "FAIL\tm\t1.000s\n");
        let text = transcript.render(true);
        assert!(text.len() < HEAD_CAP + TAIL_CAP + 100);
        assert!(text.starts_with("line 0 of"));
        assert!(text.contains("bytes of output cut here]\n"));
        assert!(text.ends_with("line 99999 of the flood\nFAIL\tm\t1.000s\n"));
    }

    #[test]
    fn logs_of_passing_tests_make_room() {
        let mut transcript = Transcript::default();
        let log = format!("    a_test.go:1: {}\n", "x".repeat(1000));
        for test in 0..5000 {
            let name = format!("Test{test}");
            transcript.output(Some(&name), &log);
            transcript.end_test(&name, false);
        }
        assert_eq!(transcript.dropped, 0);
    }

    proptest! {
        #[test]
        fn any_output_is_taken(pieces in proptest::collection::vec(("(T(/a){0,2})?", "[ =\\-a-zA-Z:.0-9\n]{0,20}", 0u8..4), 0..40)) {
            let mut transcript = Transcript::default();
            for (test, piece, end) in &pieces {
                transcript.output((!test.is_empty()).then_some(test), piece);
                if *end < 2 {
                    transcript.end_test(test, *end == 0);
                }
            }
            let _ = transcript.render(false);
        }
    }
}
