//! Reports besides the text, or in its place: their bytes, where they go, and what happens where
//! they cannot go there.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::report::every_kind;
use crate::support::fake::{Fake, Run, pkg};

const FORMATS: [&str; 4] = ["github", "json", "junit", "markdown"];

/// One package below its floor, so that every format has something to say.
fn small() -> Fake {
    Fake::new([pkg("a", 1, 4)])
}

/// What `small` is on GitHub.
const SMALL_ON_GITHUB: &str = "::error file=a/a.go,line=2,endLine=4,title=a%3A below its floor::3 \
    statements here not covered; coverage 25.0%25, floor 80.0%25: needs 3 more statements\n";

fn read(fake: &Fake, name: &str) -> String {
    fs::read_to_string(fake.module().join(name)).unwrap()
}

/// What lies in a folder of the module.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

fn plain(fake: &Fake, more: &[&str]) -> Run {
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

/// A floor has two decimals where it is written, and one wherever it is shown: that is compared.
#[test]
fn every_report_for_people_shows_the_tenths_of_the_table() {
    let fake = Fake::new([pkg("a", 7, 8), pkg("b", 7, 8)]).file("a/.covgate", "88.25\n");
    let reports =
        ["html", "markdown", "junit", "github"].map(|name| format!("--report={name}={name}"));
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    let run = plain(&fake, &[&["--default-threshold=77.75"], &*reports].concat());
    assert!(
        run.exits(1).stdout.contains("FAIL        87.5%     88.2%       ---  a\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("PASS        87.5%     77.8%       ---  b\n"), "{}", run.stdout);
    for name in ["html", "markdown", "junit", "github"] {
        // Where something is drawn is not text.
        let report = read(&fake, name).replace("x=\"88.25%\"", "").replace("x=\"77.75%\"", "");
        assert!(report.contains("88.2%"), "{name} does not show the floor");
        assert!(
            !report.contains("88.25%") && !report.contains("77.75%"),
            "{name} shows hundredths"
        );
    }
    let html = read(&fake, "html");
    let summary = "coverage 87.5%, floor 88.2%: needs 1 more statement";
    for text in [summary, "88.2%, from its .covgate", "<dt>Default floor</dt><dd>77.8%</dd>"] {
        assert!(html.contains(text), "no {text}");
    }
}

#[test]
fn a_report_in_the_texts_place() {
    for format in FORMATS {
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
    let fake = |elapsed: f64, cached: bool| {
        Fake::new([
            pkg("a", 3, 3).set("elapsed", elapsed).set("cached", cached),
            pkg("b", 1, 3).kind("fail").set("elapsed", elapsed * 100.0),
        ])
    };
    for format in FORMATS {
        let report = format!("--report={format}");
        let [first, second] =
            [fake(0.123, false), fake(7.89, true)].map(|fake| plain(&fake, &[&report]).stdout);
        assert_eq!(first, second);
    }
    let timed = fake(0.123, false).check(&["-p1", "--report=junit"]);
    assert!(
        timed.stdout.contains(r#"name="m.example/shop/a" classname="m.example/shop" time="0.12"#)
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

/// What tests print stays what it is: text.
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

#[test]
fn nothing_to_measure_is_nothing_to_report() {
    let fake = small();
    let run = fake.check(&["--exclude=a", "--report=junit=x.xml"]);
    assert!(run.exits(5).stderr.starts_with("error: nothing to measure: "));
    assert!(!fake.module().join("x.xml").exists());
}

#[test]
fn two_reports_in_one_place() {
    for (first, second, place) in [
        ("json", "junit", "stdout"),
        ("github", "auto=-", "stdout"),
        ("auto", "auto", "stderr"),
        ("junit=x", "markdown=x", "x"),
    ] {
        let run = small().check(&["--report", first, "--report", second]);
        run.exits(2).prints(&[]).complains(&[
            &format!("error: two reports would be written to {place}"),
            "hint: give each a file of its own: --report FORMAT=PATH",
        ]);
        assert!(run.phases().is_empty());
    }
}

#[test]
fn no_such_format() {
    for (asked, why) in [
        (
            "xml",
            "no such format: `xml`; there are auto, cobertura, github, html, json, junit, lcov, markdown, profile",
        ),
        (
            "JUnit=x",
            "no such format: `JUnit`; there are auto, cobertura, github, html, json, junit, lcov, markdown, profile",
        ),
        ("junit=", "`junit=` names no file"),
    ] {
        let run = small().check(&["--report", asked]);
        let first =
            format!("error: invalid value '{asked}' for '--report <FORMAT[=PATH]>': {why}\n");
        assert!(run.exits(2).stderr.starts_with(&first), "{}", run.stderr);
        assert!(run.phases().is_empty() && run.stdout.is_empty());
    }
}

#[test]
fn a_place_that_cannot_be_written() {
    use rustix::io::Errno;
    for (path, cause) in [
        ("missing/x.xml", Errno::NOENT),
        ("a", Errno::ISDIR),
        ("go.mod/x.xml", Errno::NOTDIR),
        // It is only at the end, when it gets its name, that this one fails.
        (&"x".repeat(300), Errno::NAMETOOLONG),
    ] {
        let fake = small();
        let before = names(&fake.module());
        let text = plain(&fake, &[]);
        let bad = format!("--report=junit={path}");
        let run = plain(&fake, &["--report=github=x.txt", &bad, "--report=markdown=x.md"]);
        assert_eq!(run.exits(4).stdout, text.stdout);
        let error = format!(
            "error: cannot write the report {path}\n  caused by: {}\n",
            std::io::Error::from(cause)
        );
        assert_eq!(run.stderr, format!("{}{error}", text.stderr));
        assert_eq!(read(&fake, "x.txt"), SMALL_ON_GITHUB);
        assert!(read(&fake, "x.md").starts_with("### Coverage gate: closed\n"));
        let after = names(&fake.module());
        let own = |name: &String| !["x.txt", "x.md"].contains(&name.as_str());
        assert_eq!(after.into_iter().filter(own).collect::<Vec<_>>(), before);
        assert!(names(&fake.module().join("a")).is_empty());
    }
}

/// Nobody may write there, but root.
#[test]
fn a_folder_that_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let fake = small();
    let folder = fake.module().join("a");
    let set = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    set(0o555);
    let run = plain(&fake, &["--report=junit=a/x.xml", "--report=github=x.txt"]);
    set(0o755);
    assert_eq!(read(&fake, "x.txt"), SMALL_ON_GITHUB);
    if rustix::process::geteuid().is_root() {
        assert_eq!(names(&folder), ["x.xml"]);
        run.exits(1);
    } else {
        assert!(names(&folder).is_empty());
        let last = "error: cannot write the report a/x.xml\n  caused by: Permission denied (os error 13)\n";
        assert!(run.exits(4).stderr.ends_with(last), "{}", run.stderr);
    }
}

/// What was there is replaced as a whole, and stays where the new one cannot be written.
#[test]
fn an_earlier_report() {
    let fake = small().file("x.xml", "an earlier report, longer than the new one".repeat(1000));
    plain(&fake, &["--report=junit=x.xml"]).exits(1);
    assert_eq!(read(&fake, "x.xml"), plain(&fake, &["--report=junit"]).stdout);
    assert_eq!(names(&fake.module()), ["a", "go.mod", "x.xml"]);
}

/// A link, to a file or to none yet, is written through; none of the errors is lost.
#[test]
fn links_and_more_than_one_error() {
    let fake = small().file("real.xml", "before");
    for (link, leads) in [("link.xml", "real.xml"), ("dangling.xml", "later.xml")] {
        std::os::unix::fs::symlink(leads, fake.module().join(link)).unwrap();
        plain(&fake, &[&format!("--report=junit={link}")]).exits(1);
        assert!(fake.module().join(link).is_symlink());
        assert!(read(&fake, leads).starts_with("<?xml"));
    }
    let run = plain(&fake, &["--report=junit=no/1", "--report=github=a", "--report=json=no/2"]);
    let complaints = run.exits(4).stderr.matches("error: cannot write the report ").count();
    assert_eq!(complaints, 3, "{}", run.stderr);
}

/// However the place is spelled.
#[test]
fn one_place_for_two_reports() {
    let fake = small();
    let run = fake.check(&["--report=junit=x.xml", "--report=json=./a/../x.xml"]);
    let first = "error: two reports would be written to ./a/../x.xml\n";
    assert!(run.exits(2).stderr.starts_with(first), "{}", run.stderr);
    assert!(run.phases().is_empty());
}

/// Paths start where `-C` leads, so that is where two of them are held against each other.
#[test]
fn one_place_is_looked_for_where_minus_c_leads() {
    use std::os::unix::fs::symlink;
    for command in ["check", "audit"] {
        let fake = small().command(command);
        let module = fake.module();
        for folder in ["two", "a/one", "a/two"] {
            fs::create_dir_all(module.join(folder)).unwrap();
        }
        symlink(".", module.join("a/here")).unwrap();
        symlink("two", module.join("one")).unwrap();
        let one = ["-C", "a", "--report=junit=x.xml", "--report=json=here/x.xml"];
        let run = fake.check(&one);
        let first = "error: two reports would be written to here/x.xml\n";
        assert!(run.exits(2).stderr.starts_with(first), "{}", run.stderr);
        assert!(run.phases().is_empty());
        fake.check(&["-C", "a", "--report=junit=one/x", "--report=json=two/x"]);
        assert!(read(&fake, "a/one/x").starts_with("<?xml"));
        assert!(read(&fake, "a/two/x").starts_with("{\"format\""));
    }
}
