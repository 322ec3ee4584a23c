//! A small module, measured by real go, whose sources, file names and tests try to break out of the
//! page, with a package that fails.

use std::fs;
use std::sync::LazyLock;

use camino::Utf8PathBuf;
use serde_json::json;

use super::chromium::Opened;
use crate::support::module::Module;

const MODULE: &str = r#"-- go.mod --
module example.com/hostile

go 1.22
-- covgate.toml --
default-threshold = 50.0
-- good/good.go --
package good

// Sign says what a number's sign is. </script><script>alert("source")</script> <!-- <script>
func Sign(number int) string {
	if number < 0 {
		return "</script><img src=x onerror=alert('string')>"
	}
	if number == 0 { return "zero" }
	return `"plus" & 'more'`
}
-- good/odd<b>&'name.go --
package good

func Odd() int { return 1 }
-- good/good_test.go --
package good

import "testing"

func TestSign(t *testing.T) {
	if Sign(1) == "" {
		t.Fatal("no sign")
	}
}
-- poor/poor.go --
package poor

func One() int { return 1 }

func Two() int { return 2 }

func Three() int { return 3 }
-- poor/poor_test.go --
package poor

import "testing"

func TestOne(t *testing.T) {
	One()
}
-- red/red.go --
package red

func Red() int { return 1 }
-- red/red_test.go --
package red

import (
	"fmt"
	"testing"
)

func TestRed(t *testing.T) {
	Red()
	fmt.Println("\x1b[31mred\x1b[0m </pre></details><script>alert('output')</script> <!-- \u2028 \a")
	t.Error("it is <b>bold</b> & \"quoted\"")
}
"#;

/// The report, measured once.
static REPORT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let module = Module::new(MODULE);
    module.check(&["--report", "html=report.html"]).exits(1);
    fs::read(module.path().join("report.html")).unwrap()
});

/// A copy of it, removed when this is dropped.
struct Copy(tempfile::TempDir);

impl Copy {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("covgate-test-").tempdir().unwrap();
        fs::write(folder.path().join("report.html"), &*REPORT).unwrap();
        Self(folder)
    }

    fn path(&self) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.0.path().join("report.html")).unwrap()
    }

    fn open(&self) -> Opened {
        Opened::new(&self.path())
    }
}

/// Opens a package through its row, and waits for it.
fn open_package(page: &Opened, path: &str) {
    let links = page.texts("tbody th");
    let row = links.iter().position(|link| link == path).unwrap() + 1;
    page.click(&format!("tbody tr:nth-child({row}) a"));
    page.until("!document.getElementById('package').hidden");
}

fn focused(page: &Opened) -> String {
    page.text("document.activeElement.textContent")
}

#[test]
fn it_says_what_closes_the_gate() {
    let report = Copy::new();
    let page = report.open();
    let title = page.text("document.title");
    assert_eq!(title, "example.com/hostile: 44.4%, gate closed – covgate");
    assert_eq!(page.text_of(".gate"), "Gate closed");
    assert_eq!(page.texts(".findings > li > a"), ["poor", "red"]);
    let said = page.texts(".findings > li > span:not(.badge)");
    assert_eq!(said, ["coverage 33.3%, floor 50.0%: needs 1 more statement", "tests failed"]);
    assert_eq!(page.texts("tbody td:first-child"), ["PASS", "FAIL", "FAIL"]);
    page.was_quiet();
}

#[test]
fn what_tests_print_is_shown_and_is_only_text() {
    let report = Copy::new();
    let page = report.open();
    let output = page.text_of(".findings .output");
    let printed =
        "red </pre></details><script>alert('output')</script> <!-- ⟨U+2028⟩ \n--- FAIL: TestRed";
    assert!(output.contains(printed), "{output}");
    assert!(output.contains("red_test.go:11: it is <b>bold</b> & \"quoted\"\n"), "{output}");
    assert_eq!(page.get("document.querySelectorAll('b, img').length"), 0);
    assert_eq!(page.get("document.querySelectorAll('script:not([type])').length"), 1);
    open_package(&page, "red");
    assert_eq!(page.text_of("#package-output pre"), output);
    page.was_quiet();
}

#[test]
fn a_file_shows_which_lines_tests_run() {
    let report = Copy::new();
    let page = report.open();
    open_package(&page, "good");
    assert_eq!(page.texts("#package-files a"), ["good.go", "odd<b>&'name.go"]);
    let marks = "Array.from(document.querySelectorAll('.l'), l => l.dataset.mark).join('')";
    assert_eq!(page.text(marks), "...ccuupc.");
    let text = "document.getElementById('source').textContent";
    let (_, rest) = MODULE.split_once("-- good/good.go --\n").unwrap();
    let (source, _) = rest.split_once("-- good/odd").unwrap();
    assert_eq!(page.text(text), source, "the source is not verbatim");
    assert_eq!(page.texts("#source mark"), ["{ return \"zero\" }"]);
    assert_eq!(page.text_of("#file-place"), "2 uncovered places");
    page.click("[data-step='1']");
    assert_eq!(page.text_of("#file-place"), "1 of 2: lines 5–7");
    assert_eq!(page.text("document.querySelector('.is-here').dataset.line"), "5");

    page.click("#package-files li:nth-child(2) a");
    page.until("document.getElementById('file-name').textContent.includes('odd')");
    assert_eq!(page.text_of("#file-name"), "good/odd<b>&'name.go");
    assert_eq!(page.text(marks), "..u");
    page.was_quiet();
}

#[test]
fn the_table_sorts_with_what_is_unknown_last() {
    let report = Copy::new();
    let page = report.open();
    assert_eq!(page.texts("tbody th"), ["good", "poor", "red"]);
    page.click("th:nth-child(3) button");
    assert_eq!(page.texts("tbody th"), ["poor", "good", "red"]);
    page.click("th:nth-child(3) button");
    assert_eq!(page.texts("tbody th"), ["good", "poor", "red"]);
    page.click("th:nth-child(1) button");
    assert_eq!(page.texts("tbody th"), ["poor", "red", "good"]);
    let sorts = page
        .get("Array.from(document.querySelectorAll('#table th[scope=col]'), th => th.ariaSort)");
    assert_eq!(sorts, json!(["ascending", "none", "none", "none", "none", "none", "none"]));
    page.was_quiet();
}

/// Without a mouse: the skip link, the table's heads, a package and back again.
#[test]
fn it_works_by_keyboard() {
    let report = Copy::new();
    let page = report.open();
    page.press(&["Tab"]);
    assert_eq!(focused(&page), "Skip to the content");
    page.press(&["Enter"]);
    assert_eq!(page.text("document.activeElement.id"), "content");

    page.get("document.querySelector('th button').focus()");
    page.press(&[" "]);
    assert_eq!(page.texts("tbody th"), ["poor", "red", "good"]);
    page.press(&["Tab", "Enter"]);
    assert_eq!(page.texts("tbody th"), ["good", "poor", "red"]);
    let outline = "getComputedStyle(document.activeElement).outlineStyle";
    assert_eq!(page.text(outline), "solid", "focus is not seen");

    page.get("document.querySelector('tbody tr:nth-child(2) a').focus()");
    page.press(&["Enter"]);
    page.until("!document.getElementById('package').hidden");
    assert_eq!(page.text("document.activeElement.id"), "package-name");
    page.press(&["Escape"]);
    page.until("document.getElementById('package').hidden");
    assert_eq!(focused(&page), "poor", "focus does not come back");
    page.was_quiet();
}

#[test]
fn the_treemap_is_one_stop_with_arrows() {
    let report = Copy::new();
    let page = report.open();
    assert_eq!(page.get("document.querySelectorAll('#map a[tabindex=\"0\"]').length"), 1);
    page.get("document.querySelector('#map a').focus()");
    let cell = "document.activeElement.querySelector('title').textContent";
    assert_eq!(page.text(cell), "good: coverage 50.0%, floor 50.0%");
    page.press(&["ArrowRight"]);
    assert_eq!(page.text(cell), "poor: coverage 33.3%, floor 50.0%: needs 1 more statement");
    page.press(&["Enter"]);
    page.until("!document.getElementById('package').hidden");
    assert_eq!(page.text_of("#package-name"), "FAILpoor");
    page.press(&["Escape"]);
    page.until("document.getElementById('package').hidden");
    assert_eq!(page.text("document.activeElement.closest('svg').id"), "map");
    page.was_quiet();
}

#[test]
fn it_is_dark_where_the_reader_is_or_wants_it() {
    let report = Copy::new();
    let dark = "rgb(22, 24, 27)";
    let paper = "getComputedStyle(document.body).backgroundColor";
    let page = Opened::in_theme(&report.path(), "dark");
    assert_eq!(page.text(paper), dark);
    assert_eq!(page.text_of("#theme"), "Light theme");
    page.click("#theme");
    assert_eq!(page.text(paper), "rgb(253, 253, 252)");
    assert_eq!(page.text_of("#theme"), "Dark theme");
    page.was_quiet();
    let page = Opened::in_theme(&report.path(), "light");
    // The earlier choice is kept.
    page.click("#theme");
    assert_eq!(page.text(paper), dark);
    page.was_quiet();
}
