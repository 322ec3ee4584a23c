//! Owns where go's output points to: the file and line of a failing test's log, of a compile error,
//! of a panic.
//! Must not know how that is shown, or the file system: it does not ask whether a file exists.
//!
//! Programs print whatever they want. A test can make up a place, but only inside the module.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

use crate::domain::paths::inside;
use crate::output::document::{Document, PackageRecord};
use crate::output::foreign;

/// A line of a file that the output names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// Its path in the module, with slashes.
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: Option<u32>,
    /// The test that printed it.
    pub(super) test: Option<String>,
    pub(super) text: String,
}

/// The spots that the output of a package points to, in its order: one for each failing test that
/// logged something, for each compile error, and for a panic.
///
/// `t.Error`, `t.Fatal` and `t.Log` look alike in the output. The last line of a failing test more
/// often says why it failed than the first. So its spot is its last line, with all lines as text.
pub(super) fn spots(document: &Document, package: &PackageRecord) -> Vec<Spot> {
    let mut reader = Reader::new(document, package);
    let output = foreign::text(&package.output);
    output.lines().for_each(|line| reader.line(line));
    reader.end_section(None);
    reader.spots
}

/// `    a_test.go:12: text`, as deep as the subtest.
static LOG: LazyLock<Regex> = LazyLock::new(|| regex(r"^( {4,})([^\s:/][^:/]*\.go):(\d+): (.*)$"));
/// `--- FAIL: TestA/b (0.00s)`.
static FAIL: LazyLock<Regex> = LazyLock::new(|| regex(r"^( *)--- FAIL: (\S+) \("));
/// `a/b.go:3:27: text`, below the `# package` that does not build.
static ERROR: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?:vet: )?(?:[^:]*/)?([^:/]+\.go):(\d+)(?::(\d+))?: (.*)$"));
/// `# package [package.test]`; vet also prints `# [package]`.
static HEADER: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^# \[?([^\s\]]+)\]?(?: \[(\S+)\.test\])?$"));
/// `FAIL<tab>package<tab>0.012s`, the last line of a package's output.
static SUMMARY: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:FAIL|ok  )\t(\S+)"));
/// The second line of a stack frame.
static FRAME: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^\t(?:.*/)?([^/:]+\.go):(\d+)(?: \+0x[0-9a-f]+)?$"));

#[expect(clippy::expect_used, reason = "constant patterns, each used by a test")]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}

struct Reader<'a> {
    document: &'a Document,
    package: &'a PackageRecord,
    spots: Vec<Spot>,
    /// The spots of logs whose folder is known only from the section's last line.
    logs: Vec<usize>,
    /// Failing tests around the current line, from the outermost, by their depth.
    tests: Vec<(usize, String)>,
    /// The folder of the package that does not build.
    building: Option<String>,
    /// The last line belongs to a text that continues in lines that are indented more than this.
    open: Option<(usize, usize)>,
    panic: Option<String>,
    /// The folder of a stack frame's function, whose line comes next.
    frame: Option<String>,
}

impl<'a> Reader<'a> {
    fn new(document: &'a Document, package: &'a PackageRecord) -> Self {
        Self {
            document,
            package,
            spots: Vec::new(),
            logs: Vec::new(),
            tests: Vec::new(),
            building: None,
            open: None,
            panic: None,
            frame: None,
        }
    }

    fn line(&mut self, line: &str) {
        let open = self.open.take();
        if let Some(summary) = SUMMARY.captures(line) {
            self.end_section(self.document.folder_of(&summary[1]).as_deref());
        } else if let Some(header) = HEADER.captures(line) {
            self.building = self.built(&header);
        } else if let Some(fail) = FAIL.captures(line) {
            let depth = fail[1].len();
            self.tests.retain(|(outer, _)| *outer < depth);
            self.tests.push((depth, fail[2].to_owned()));
        } else if let Some(log) = LOG.captures(line) {
            self.logs(&log);
        } else if let Some((spot, _)) = open.filter(|(_, depth)| indent(line) > *depth) {
            self.spots[spot].says(line.trim());
            self.open = open;
        } else if self.building.is_some() {
            ERROR.captures(line).into_iter().for_each(|error| self.does_not_build(&error));
        } else if line.starts_with("panic: ") && self.panic.is_none() {
            self.panic = Some(line.to_owned());
        } else if self.panic.is_some() {
            self.trace(line);
        }
    }

    /// The section's last line names the package of its tests. A log names only the last part of a
    /// file's path.
    fn end_section(&mut self, folder: Option<&str>) {
        let folder = folder.unwrap_or(&self.package.path);
        for spot in self.logs.drain(..) {
            let spot = &mut self.spots[spot];
            spot.file = inside(folder, &spot.file);
        }
        self.tests.clear();
        self.building = None;
        self.panic = None;
    }

    fn logs(&mut self, log: &Captures<'_>) {
        let Ok(line) = log[3].parse() else { return };
        let depth = log[1].len();
        let its = self.tests.iter().rev().find(|(outer, _)| outer + 4 == depth);
        let test = its.or(self.tests.last()).map(|(_, name)| name.clone());
        let (file, said) = (log[2].to_owned(), format!("{}:{}: {}", &log[2], &log[3], &log[4]));
        let at = match self.logs.iter().find(|spot| self.spots[**spot].test == test) {
            Some(at) => *at,
            None => {
                self.logs.push(self.spots.len());
                let file = file.clone();
                self.spots.push(Spot { file, line, column: None, test, text: String::new() });
                self.spots.len() - 1
            }
        };
        let spot = &mut self.spots[at];
        (spot.file, spot.line) = (file, line);
        spot.says(&said);
        self.open = Some((at, depth));
    }

    /// The folder of the package that a header names. The tests that are compiled with a package
    /// can be the package `…_test`, in the same folder.
    fn built(&self, header: &Captures<'_>) -> Option<String> {
        let named = &header[1];
        let of = header.get(2).map(|of| of.as_str());
        let path = of.filter(|of| named.strip_suffix("_test") == Some(of)).unwrap_or(named);
        self.document.folder_of(path)
    }

    fn does_not_build(&mut self, error: &Captures<'_>) {
        let (Some(folder), Ok(line)) = (&self.building, error[2].parse()) else { return };
        let column = error.get(3).and_then(|column| column.as_str().parse().ok());
        let (file, text) = (inside(folder, &error[1]), error[4].to_owned());
        self.open = Some((self.spots.len(), 0));
        self.spots.push(Spot { file, line, column, test: None, text });
    }

    /// A line of a stack trace; the first frame in the package is the spot.
    fn trace(&mut self, line: &str) {
        let (Some(frame), Some(folder)) = (FRAME.captures(line), self.frame.take()) else {
            self.frame = self.folder_of_call(line);
            return;
        };
        let (Some(text), Ok(line)) = (self.panic.take(), frame[2].parse()) else { return };
        let test = self.tests.last().map(|(_, name)| name.clone());
        self.spots.push(Spot { file: inside(&folder, &frame[1]), line, column: None, test, text });
    }

    /// The folder of the function that a frame's first line names, if that is the package's.
    fn folder_of_call(&self, line: &str) -> Option<String> {
        let paths = [Some(&self.package.import_path), self.package.external_tests.as_ref()];
        let is_its = |path: &&String| {
            let rest = line.strip_prefix(&*symbol(path));
            rest.is_some_and(|rest| rest.strip_prefix("_test").unwrap_or(rest).starts_with('.'))
        };
        paths.into_iter().flatten().find(is_its).and_then(|path| self.document.folder_of(path))
    }
}

impl Spot {
    fn says(&mut self, line: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(line);
    }
}

/// An import path as the linker writes it (`objabi.PathToPrefix`).
fn symbol(import_path: &str) -> String {
    match import_path.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/{}", name.replace('.', "%2e")),
        None => import_path.replace('.', "%2e"),
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::output::document::OutcomeKind;
    use crate::output::formats::sample::{broken, document, hostile};

    fn shown(package: &PackageRecord) -> Vec<String> {
        let show = |spot: Spot| {
            let column = spot.column.map(|column| format!(":{column}")).unwrap_or_default();
            let test = spot.test.unwrap_or_default();
            format!("{}:{}{column} {test}: {}", spot.file, spot.line, spot.text.replace('\n', "|"))
        };
        spots(&document(Vec::new()), package).into_iter().map(show).collect()
    }

    fn of(path: &str, output: &str) -> Vec<String> {
        shown(&broken(path, OutcomeKind::TestsFailed, output))
    }

    #[test]
    fn logs_of_failing_tests() {
        let output = "on stdout\n\
            --- FAIL: TestA (0.00s)\n    a_test.go:3: first\n    a_test.go:9: then\n        more\n\
            --- FAIL: TestB (0.00s)\n    b_test.go:1: outer\n    --- FAIL: TestB/c (0.00s)\n        \
            b_test.go:5: inner\n    b_test.go:7: last\nFAIL\nFAIL\tm.example/shop/a/b\t0.1s\n";
        assert_eq!(
            of("a/b", output),
            [
                "a/b/a_test.go:9 TestA: a_test.go:3: first|a_test.go:9: then|more",
                "a/b/b_test.go:7 TestB: b_test.go:1: outer|b_test.go:7: last",
                "a/b/b_test.go:5 TestB/c: b_test.go:5: inner",
            ]
        );
        assert_eq!(of(".", "    a_test.go:3: alone\n"), ["a_test.go:3 : a_test.go:3: alone"]);
    }

    #[test]
    fn tests_in_another_folder() {
        let output = "--- FAIL: TestA (0.00s)\n    a_test.go:3: here\nFAIL\tm.example/shop/a\t0.1s\n\
            --- FAIL: TestA (0.00s)\n    a_test.go:4: there\nFAIL\tm.example/shop/tests/a\t0.1s\n";
        assert_eq!(
            of("a", output),
            [
                "a/a_test.go:3 TestA: a_test.go:3: here",
                "tests/a/a_test.go:4 TestA: a_test.go:4: there"
            ]
        );
    }

    #[test]
    fn compile_errors() {
        let output = "# m.example/shop/a_test [m.example/shop/a.test]\n\
            ./a_test.go:3:27: undefined: B\n../x/b_test.go:4: not enough arguments\n\thave ()\n\
            # m.example/shop/b\n# [m.example/shop/b]\nvet: b/c.go:7:2: bad\n\
            # other.example/x\nx/x.go:1:1: not here\nFAIL\tm.example/shop/a [build failed]\n";
        assert_eq!(
            of("a", output),
            [
                "a/a_test.go:3:27 : undefined: B",
                "a/b_test.go:4 : not enough arguments|have ()",
                "b/c.go:7:2 : bad",
            ]
        );
    }

    #[test]
    fn the_first_frame_of_a_panic_in_the_package() {
        let output = "--- FAIL: TestBoom (0.00s)\npanic: boom [recovered]\n\tpanic: boom\n\n\
            goroutine 7 [running]:\ntesting.tRunner.func1.2({0x1, 0x2})\n\
            \t/usr/lib/go/src/testing/testing.go:1 +0x1d\nm.example/shop/a/v1%2e2.help(...)\n\
            \t/home/x/shop/a/v1.2/help_test.go:8\nm.example/shop/a/v1%2e2_test.TestBoom(0xc)\n\
            \t/home/x/shop/a/v1.2/a_test.go:9 +0x1d\nFAIL\tm.example/shop/a/v1.2\t0.1s\n";
        assert_eq!(
            of("a/v1.2", output),
            ["a/v1.2/help_test.go:8 TestBoom: panic: boom [recovered]"]
        );
        assert!(of("a", output).is_empty());
    }

    #[test]
    fn no_place_outside_the_module() {
        for path in ["../a", "x/../../a", "/etc", "x//y", ""] {
            let output = format!("    a.go:3: x\nFAIL\tm.example/shop/{path}\t0.1s\n");
            assert_eq!(of("a", &output), ["a/a.go:3 : a.go:3: x"]);
            assert!(of("a", &format!("# m.example/shop/{path}\na.go:3: x\n")).is_empty());
        }
    }

    proptest! {
        #[test]
        fn any_output_is_taken(output in hostile()) {
            let package = broken("a", OutcomeKind::TestsFailed, &output);
            for spot in spots(&document(Vec::new()), &package) {
                let mut parts = spot.file.split('/');
                prop_assert!(parts.all(|part| !matches!(part, "" | "." | "..")), "{}", spot.file);
            }
        }
    }
}
