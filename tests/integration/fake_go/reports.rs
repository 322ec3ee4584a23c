//! Reports beside the text, or instead of it: their formats and bytes.

use std::fs;

use covgate::output::formats;
use serde_json::json;

use super::report::{every_kind, timed};
use crate::support::every_report;
use crate::support::fake::{Fake, Run, pkg};

/// One package below its floor, so that every format has something to show.
pub(super) fn small() -> Fake {
    Fake::new([pkg("a", 1, 4)])
}

/// The annotations for `small` on GitHub.
pub(super) const SMALL_ON_GITHUB: &str = "::error file=a/a.go,line=2,endLine=4,title=a%3A below its floor::3 \
    statements here not covered; coverage 25.0%25, floor 80.0%25: needs 3 more statements\n";

pub(super) fn read(fake: &Fake, name: &str) -> String {
    fs::read_to_string(fake.module().join(name)).unwrap()
}

pub(super) fn plain(fake: &Fake, more: &[&str]) -> Run {
    fake.check(&[&["-p1", "--no-timings", "--exclude=gen,vendorish"], more].concat())
}

#[test]
fn every_kind_in_every_format() {
    let fake = every_kind();
    let text = plain(&fake, &[]);
    let reports = ["--report=junit=x.xml", "--report=markdown=x.md", "--report=github=x.txt"];
    let run = plain(&fake, &reports);
    assert_eq!((run.code, &run.stdout, &run.stderr), (1, &text.stdout, &text.stderr));
    for (name, expected) in [
        ("x.xml", include_str!("reports/every_kind.xml")),
        ("x.md", include_str!("reports/every_kind.md")),
        ("x.txt", include_str!("reports/every_kind.txt")),
    ] {
        let found = read(&fake, name);
        assert!(found == expected, "{name}\n--- expected\n{expected}\n--- found\n{found}\n--- end");
    }
}

/// A floor can have two decimals where it is written, and has one wherever it is shown, because
/// that is what is compared.
#[test]
fn every_report_for_people_shows_the_tenths_of_the_table() {
    let fake = Fake::new([pkg("a", 7, 8), pkg("b", 7, 8)]).file("a/.covgate", "88.25\n");
    let reports = every_report(&fake.module());
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    let run = plain(&fake, &[&["--default-threshold=77.75"], &*reports].concat());
    assert!(
        run.exits(1).stdout.contains("FAIL        87.5%     88.2%       ---  a\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("PASS        87.5%     77.8%       ---  b\n"), "{}", run.stdout);
    for name in formats::names() {
        // Positions in drawings are not text.
        let report = read(&fake, name).replace("x=\"88.25%\"", "").replace("x=\"77.75%\"", "");
        assert!(
            !report.contains("88.25%") && !report.contains("77.75%"),
            "{name} shows hundredths"
        );
    }
    for name in ["html", "markdown", "junit", "github"] {
        assert!(read(&fake, name).contains("88.2%"), "{name} does not show the floor");
    }
    let html = read(&fake, "html");
    let summary = "coverage 87.5%, floor 88.2%: needs 1 more statement";
    for text in [summary, "88.2%, from its .covgate", "<dt>Default floor</dt><dd>77.8%</dd>"] {
        assert!(html.contains(text), "no {text}");
    }
}

#[test]
fn a_report_in_the_texts_place() {
    for format in formats::names() {
        let fake = small();
        let (file, named, bare) = (
            plain(&fake, &[&format!("--report={format}=x")]),
            plain(&fake, &[&format!("--report={format}=-")]),
            plain(&fake, &[&format!("--report={format}")]),
        );
        assert_eq!(bare.exits(1).stdout, read(&fake, "x"));
        assert_eq!(bare.stdout, named.stdout);
        assert_eq!((&bare.stderr, &named.stderr), (&file.stderr, &file.stderr));
    }
    let run = plain(&small(), &["--report=github"]);
    assert_eq!(run.stdout, SMALL_ON_GITHUB);
}

#[test]
fn without_timings_two_runs_are_the_same_bytes() {
    for format in formats::names() {
        let report = format!("--report={format}");
        let [first, second] =
            [timed(0.123, false), timed(7.89, true)].map(|fake| plain(&fake, &[&report]).stdout);
        assert_eq!(first, second);
    }
    let run = timed(0.123, false).check(&["-p1", "--report=junit"]);
    assert!(
        run.stdout.contains(r#"name="m.example/shop/a" classname="m.example/shop" time="0.12"#)
    );
}

#[test]
fn auto_is_for_github_alone() {
    let text = plain(&small(), &[]);
    for elsewhere in [small(), small().env("GITHUB_ACTIONS", "false").env("CI", "true")] {
        let run = plain(&elsewhere, &["--report=auto", "--report=auto=x.txt"]);
        assert_eq!((run.code, &run.stdout, &run.stderr), (1, &text.stdout, &text.stderr));
        assert!(!elsewhere.module().join("x.txt").exists());
    }
    let github = small().env("GITHUB_ACTIONS", "true");
    let run = plain(&github, &["--report=auto", "--report=auto=x.txt"]);
    assert_eq!((run.code, &run.stdout), (1, &text.stdout));
    assert_eq!(run.stderr, format!("{}{SMALL_ON_GITHUB}", text.stderr));
    assert_eq!(read(&github, "x.txt"), SMALL_ON_GITHUB);
    assert_eq!(plain(&github, &["--report=auto=-"]).stdout, SMALL_ON_GITHUB);
}

#[test]
fn loose_floors_that_may_only_warn() {
    let fake = Fake::new([pkg("a", 88, 100)]).file("a/.covgate", "70.25");
    let run = plain(&fake, &["--tightness=warn", "--report=github", "--report=junit=x.xml"]);
    run.exits(0).prints(&["::warning file=a/.covgate,line=1,title=a%3A loose floor::\
         coverage 88.0%25, floor 70.2%25: required lags actual by 17.8pp; update .covgate to >= 87.5"]);
    assert!(read(&fake, "x.xml").contains(r#" failures="0" "#));
}

/// Output of tests stays text.
#[test]
fn output_that_pretends_to_be_a_report() {
    let prints =
        json!(["    a_test.go:4: ]]></failure>\n", "::error::gotcha\n", "\u{1b}[31m```\n"]);
    let fake = Fake::new([pkg("a", 1, 1).kind("fail").set("prints", prints)]);
    let reports = ["--report=github", "--report=junit=x.xml", "--report=markdown=x.md"];
    plain(&fake, &reports).exits(1).prints(&[
        "::error file=a/a_test.go,line=4,title=a%3A TestPrints fails::a_test.go:4: ]]></failure>",
    ]);
    assert!(read(&fake, "x.xml").contains(
        "::error::gotcha\n```\n--- FAIL: TestPrints (---)\n    \
         a_test.go:4: ]]&gt;&lt;/failure&gt;\n"
    ));
    assert!(read(&fake, "x.md").contains("\n````text\n::error::gotcha\n```\n--- FAIL: "));
}

/// Control characters for terminals, treated in each format as `docs/reports.md` says.
#[test]
fn control_characters_in_output() {
    let prints = json!(["\u{1b}[31mred\u{1b}[0m\u{7}!\u{202e}\n"]);
    let fake = Fake::new([pkg("a", 1, 1).kind("fail").set("prints", prints)]);
    for (format, shown) in [
        ("github", "::red!\u{202e}%0A"),
        ("junit", ">red!\u{202e}\n"),
        ("markdown", "\nred!\u{202e}\n"),
        ("html", "red!⟨U+202E⟩\n"),
        ("json", "\\u001b[31mred\\u001b[0m\\u0007!\u{202e}\\n"),
    ] {
        let report = plain(&fake, &[&format!("--report={format}")]).stdout;
        assert!(report.contains(shown), "{format}: {report}");
    }
    for format in formats::names() {
        let report = plain(&fake, &[&format!("--report={format}")]).stdout;
        assert!(!report.contains(['\u{1b}', '\u{7}']), "{format}");
    }
}

#[test]
fn nothing_to_measure_is_nothing_to_report() {
    let fake = small();
    let run = fake.check(&["--exclude=a", "--report=junit=x.xml"]);
    assert!(run.exits(5).stderr.starts_with("error: nothing to measure: "));
    assert!(!fake.module().join("x.xml").exists());
}

#[test]
fn no_such_format() {
    let known = formats::names().collect::<Vec<_>>().join(", ");
    let unknown = |name| format!("no such format: `{name}`; there are auto, {known}");
    for (asked, why) in [
        ("xml", unknown("xml")),
        ("JUnit=x", unknown("JUnit")),
        ("junit=", "`junit=` names no file".to_owned()),
    ] {
        let run = small().check(&["--report", asked]);
        let first =
            format!("error: invalid value '{asked}' for '--report <FORMAT[=PATH]>': {why}\n");
        assert!(run.exits(2).stderr.starts_with(&first), "{}", run.stderr);
        assert!(run.phases().is_empty() && run.stdout.is_empty());
    }
}
