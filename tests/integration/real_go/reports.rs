//! Reports of real modules, and the examples in `docs/reports.md`.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};
use covgate::output::formats;

use crate::support::module::{GO_MINOR, Module};
use crate::support::{ENGINES, every_report};

/// Formats whose example is a picture of another module, or is checked elsewhere
/// (`the_examples_in_the_documentation_are_real`).
const SHOWN_OTHERWISE: [&str; 5] = ["cobertura", "html", "json", "lcov", "profile"];

/// An example in a page: text, or a picture beside the page.
struct Example {
    /// The format, which is the section's name.
    format: String,
    text: String,
    picture: Option<Utf8PathBuf>,
}

fn examples(page: &str) -> Vec<Example> {
    let arena = Arena::new();
    let mut section = String::new();
    let mut examples = Vec::new();
    for node in parse_document(&arena, page, &Options::default()).descendants() {
        match &node.data.borrow().value {
            NodeValue::Heading(heading) if heading.level == 2 => {
                let name = node.descendants().find_map(|node| match &node.data.borrow().value {
                    NodeValue::Code(code) => Some(code.literal.clone()),
                    _ => None,
                });
                section = name.unwrap_or_default();
            }
            NodeValue::CodeBlock(block) if block.info.ends_with(" example") => {
                let (format, text) = (section.clone(), block.literal.clone());
                examples.push(Example { format, text, picture: None });
            }
            NodeValue::Image(link) if link.url.ends_with(".svg") => {
                let path = docs().join(&link.url);
                let (format, text) = (section.clone(), fs::read_to_string(&path).unwrap());
                examples.push(Example { format, text, picture: Some(path) });
            }
            _ => {}
        }
    }
    examples
}

fn docs() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// The examples in docs/reports.md are covgate's output; with `COVGATE_UPDATE_DOCS`, they are
/// replaced by it.
///
/// They are from a go up to 1.26: since 1.27, a block begins at its first statement.
#[test]
fn the_examples_are_what_covgate_prints() {
    if *GO_MINOR > 26 {
        return;
    }
    let path = docs().join("reports.md");
    let mut page = fs::read_to_string(&path).unwrap();
    let module = Module::new(include_str!("reports.txtar"));
    let examples = examples(&page);
    let has_one = |name: &&str| examples.iter().any(|example| example.format == *name);
    let without: Vec<&str> = formats::names().filter(|name| !has_one(name)).collect();
    assert_eq!(
        without, SHOWN_OTHERWISE,
        "formats without a block of code that is marked `example`; COVGATE_UPDATE_DOCS=1 fills it"
    );
    let is_update = std::env::var_os("COVGATE_UPDATE_DOCS").is_some();
    for Example { format, text: example, picture } in examples {
        let ran = module.check(&["--no-timings", "--report", &format]).exits(1);
        if let (true, Some(picture)) = (is_update, picture) {
            fs::write(picture, ran.stdout).unwrap();
        } else if is_update {
            let (before, section) = page.split_once(&format!("## `{format}`\n")).unwrap();
            let (head, body) = section.split_once(" example\n").unwrap();
            let body = body.strip_prefix(&example).unwrap();
            page = format!("{before}## `{format}`\n{head} example\n{}{body}", ran.stdout);
        } else {
            assert!(ran.stdout == example, "{format} is\n{}\nbut says\n{example}", ran.stdout);
        }
    }
    if is_update {
        fs::write(&path, page).unwrap();
    }
}

/// The output that a report quotes may have paths of this machine; the rest of the report has none.
#[test]
fn paths_of_this_machine_come_from_traces_alone() {
    let module = Module::new(
        r#"-- go.mod --
module example.com/trace

go 1.22
-- a/a.go --
package a

func First(list []int) int { return list[0] }
-- a/a_test.go --
package a

import "testing"

func TestFirst(t *testing.T) { First(nil) }
-- b/b.go --
package b

func One() int { return 1 }
"#,
    );
    let here = module.path();
    let folder = tempfile::tempdir().unwrap();
    let requests = every_report(folder.path());
    let requests: Vec<&str> = requests.iter().map(String::as_str).collect();
    for trimmed in [false, true] {
        let flags: &[&str] = if trimmed { &["--", "-trimpath"] } else { &[] };
        module.check(&[&["--no-timings"], &requests[..], flags].concat()).exits(1);
        for format in formats::names() {
            let report = fs::read_to_string(folder.path().join(format)).unwrap();
            let quotes = ["github", "html", "json", "junit", "markdown"].contains(&format);
            assert_eq!(report.contains("index out of range"), quotes, "{format}");
            // An annotation has only the first line of a panic.
            let holds = quotes && format != "github" && !trimmed;
            assert_eq!(report.contains(here.as_str()), holds, "{format}");
        }
    }
}

/// Paths start at the repository's root, wherever covgate is started.
#[test]
fn annotations_of_a_module_in_a_folder() {
    let module = Module::new(
        r#"-- .git/HEAD --
ref: refs/heads/main
-- .git/objects/none --
-- .git/refs/none --
-- services/go.mod --
module example.com/sick

go 1.22
-- services/a/a.go --
package a

func Double(n int) int { return 2 * n }
-- services/a/a_test.go --
package a

import "testing"

func TestDouble(t *testing.T) {
	t.Log("about to compare")
	t.Run("of one", func(t *testing.T) {
		if Double(1) == 2 {
			t.Error("got 2:\nthat is\nright")
		}
	})
	t.Log("compared")
}
-- services/b.v1/b.go --
package b

func First(list []int) int { return list[0] }
-- services/b.v1/b_test.go --
package b_test

import (
	"testing"

	b "example.com/sick/b.v1"
)

func TestFirst(t *testing.T) {
	b.First(nil)
}
-- services/c/c.go --
package c

func One() int { return 1 }
-- services/c/c_test.go --
package c

import "testing"

func TestOne(t *testing.T) {
	var unused int
	One(1)
}
-- services/d/d.go --
package d

func Sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}
-- services/d/d_test.go --
package d

import "testing"

func TestSign(t *testing.T) { Sign(1) }
"#,
    );
    let expected = "\
::error file=services/a/a_test.go,line=12,title=a%3A TestDouble fails::a_test.go:6: about to compare%0Aa_test.go:12: compared
::error file=services/b.v1/b.go,line=3,title=b.v1%3A TestFirst fails::panic: runtime error: index out of range [0] with length 0
::error file=services/c/c_test.go,line=6,col=6,title=c%3A build failed::declared and not used: unused
::error file=services/a/a_test.go,line=9,title=a%3A TestDouble/of_one fails::a_test.go:9: got 2:%0Athat is%0Aright
::error file=services/c/c_test.go,line=7,col=6,title=c%3A build failed::too many arguments in call to One%0Ahave (number)%0Awant ()
::error file=services/d/d.go,line=4,endLine=6,title=d%3A below its floor::1 statement here not covered; coverage 66.7%25, floor 80.0%25: needs 1 more statement
";
    for engine in ENGINES {
        for (folder, pattern) in [("services", "./..."), ("services/c", "../...")] {
            let args = [engine, "--prewarm=never", "--report=github", pattern];
            let ran = module.check_in(folder, &args).exits(1);
            // Different releases of go phrase this differently.
            let recovered = regex_lite::Regex::new(r"(?m) \[recovered.*\]$").unwrap();
            let said = recovered
                .replace_all(&ran.stdout, "")
                .replace("unused declared and not used", "declared and not used: unused")
                // Since go 1.27 a block begins at its first statement.
                .replace("d.go,line=5,", "d.go,line=4,");
            assert_eq!(said, expected, "{folder} {engine} {ran}");
        }
    }
}

/// go names only the last part of the path of a test's file, wherever the test is.
#[test]
fn annotations_of_tests_in_two_folders() {
    let module = Module::new(
        r#"-- go.mod --
module example.com/two

go 1.22
-- pkg/a/a.go --
package a

func One() int { return 1 }
-- pkg/a/a_test.go --
package a

import "testing"

func TestInside(t *testing.T) {
	t.Error("inside")
}
-- tests/a/a_test.go --
package a

import (
	"testing"

	"example.com/two/pkg/a"
)

func TestOutside(t *testing.T) {
	t.Error("outside", a.One())
}
"#,
    );
    let ran = module.check(&["--test-dir=tests", "--report=github"]).exits(1);
    let expected = "\
::error file=pkg/a/a_test.go,line=6,title=pkg/a%3A TestInside fails::a_test.go:6: inside
::error file=tests/a/a_test.go,line=10,title=pkg/a%3A TestOutside fails::a_test.go:10: outside 1
";
    assert_eq!(ran.stdout, expected, "{ran}");
}
