//! A small module with a change, compared by real git and measured by real go.

use std::fs;
use std::sync::LazyLock;

use super::chromium::Opened;
use crate::support::module::Module;

const BEFORE: &str = r#"-- go.mod --
module example.com/change

go 1.22
-- covgate.toml --
default-threshold = 0
patch-threshold = 60
tightness = "off"
-- front/front.go --
package front

import "example.com/change/shop/cart"

func Front() int { return cart.Sum(nil) }
-- shop/cart/cart.go --
package cart

func Sum(numbers []int) int {
	sum := 0
	for _, number := range numbers {
		sum += number
	}
	return sum
}

func Old() int {
	return 1
}
-- shop/cart/cart_test.go --
package cart

import "testing"

func TestSum(t *testing.T) {
	Sum([]int{1, 2})
}
-- shop/stock/stock.go --
package stock

func Stock() int { return 1 }
"#;

/// Of the changed statements, that of line 6 is covered; those of 7, 8 and 19 are not.
const AFTER: &str = "package cart

func Sum(numbers []int) int {
	sum := 0
	for _, number := range numbers {
		if number < 0 {
			sum--
			continue
		}
		sum += number
	}
	return sum
}

func Old() int {
	return 1
}

func New() int { return 2 }
";

/// The report, measured once.
static REPORT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let module = Module::new(BEFORE);
    module.git(&["init", "--quiet"]).exits(0);
    module.git(&["add", "--all"]).exits(0);
    module.git(&["commit", "--quiet", "--message", "Before"]).exits(0);
    module.write("shop/cart/cart.go", AFTER);
    module.write("shop/cart/all.go", "package cart\n\nfunc All() int { return Old() }\n");
    module.write("shop/stock/more.go", "package stock\n\nfunc More() int { return 1 }\n");
    module.check(&["--since", "HEAD", "--report", "html=report.html"]).exits(1);
    fs::read(module.path().join("report.html")).unwrap()
});

/// Opens the report in a folder of its own, and does something with it.
fn with_report(look: impl FnOnce(&Opened)) {
    let folder = tempfile::Builder::new().prefix("covgate-test-").tempdir().unwrap();
    let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("report.html")).unwrap();
    fs::write(&path, &*REPORT).unwrap();
    let page = Opened::new(&path);
    look(&page);
    page.was_quiet();
}

#[test]
fn the_table_says_what_changed_and_shows_only_that() {
    with_report(|page| {
        let figure = page.text_of("#changed-statements");
        assert_eq!(figure, "Changed statements1 of 616.7% covered, minimum 60.0%");
        let closes =
            "Changed statements: 1 of 6 covered, 16.7% (minimum 60.0%): needs 3 more statements";
        assert_eq!(page.texts("#attention .findings > li > span:not(.badge)"), [closes]);
        assert_eq!(page.texts("tbody th"), ["front", "shop/cart", "shop/stock"]);
        assert_eq!(page.texts("tbody td:nth-child(6)"), ["–", "1 of 5", "0 of 1"]);
        page.click("th:nth-child(6) button");
        assert_eq!(page.texts("tbody th"), ["shop/cart", "shop/stock", "front"]);

        page.get("document.getElementById('status').focus()");
        page.press(&["Tab", " "]);
        assert_eq!(page.texts("tbody th"), ["shop/cart", "shop/stock"]);
        assert_eq!(page.text_of("#shown"), "2 of 3 shown");
        page.press(&[" "]);
        assert_eq!(page.text_of("#shown"), "3 of 3 shown");
    });
}

#[test]
fn changed_lines_are_marked_and_visited() {
    with_report(|page| {
        page.get("location.hash = '#p1'");
        page.until("!document.getElementById('package').hidden");
        let files = ["all.go0.0%, 0 of 1; 1 changed line not covered"];
        assert_eq!(page.texts("#package-files li")[..1], files);
        page.click("#package-files li:nth-child(2) a");
        page.until("document.getElementById('file-name').textContent.includes('cart.go')");
        let changed = "Array.from(document.querySelectorAll('.is-changed[data-line]'), l => l.dataset.line).join()";
        assert_eq!(page.text(changed), "6,7,8,19");
        let mark = "getComputedStyle(document.querySelector('.l.is-changed'), '::after').content";
        assert_eq!(page.text(mark), "\"+\" / \"changed\"");

        assert_eq!(page.text_of("#file-place"), "2 uncovered places");
        let mut said = Vec::new();
        for _ in 0..3 {
            page.click("#next-changed");
            said.push(page.text_of("#file-place"));
        }
        let places = ["1 of 2: lines 7–8", "2 of 2: line 19", "1 of 2: lines 7–8"];
        assert_eq!(said, places.map(|place| format!("changed, {place}")));
        page.click("[data-step='1']");
        assert_eq!(page.text_of("#file-place"), "2 of 2: lines 15–19");

        page.get("location.hash = '#p0'");
        page.until("document.getElementById('file-name').textContent.includes('front.go')");
        assert_eq!(page.get("document.getElementById('next-changed').checkVisibility()"), false);
    });
}
