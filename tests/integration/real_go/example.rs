//! The example module in examples/: it passes, however it is measured.

use anstyle_svg::{Term, WIN10_CONSOLE};
use camino::Utf8Path;
use regex_lite::Regex;

use super::measured::Measured;
use crate::support::module::{GO_MINOR, Module};

/// A copy, so that only the module's own files can matter.
fn examples() -> Module {
    let module = Module::new("");
    copy(&Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"), &module.path());
    module
}

fn copy(from: &Utf8Path, to: &Utf8Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

#[test]
fn it_passes_and_both_engines_agree() {
    let module = examples();
    // Before go 1.24, go's own numbers are wrong for packages that import one without tests that is
    // measured in the same run (golang/go#70244).
    let tested = "-f={{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}";
    let list = module.go(&["list", tested, "./..."]);
    let tested: Vec<&str> = list.stdout.split_whitespace().collect();
    let mut measured = Measured::with(&module, &[], &tested);
    measured.agrees();
    measured.batch.clone().exits(0);
    assert!(measured.batch.rows().iter().all(|row| row.status != "LOOSE"));

    // Packages with tests outside are measured by hand: plain go cannot do that.
    let client = "example.com/orders/pkg/client";
    let outside = module.plain(&["-coverpkg", client, client, "example.com/orders/tests/client"]);
    let statements = outside.statements[client];
    assert!(statements.0 > 0, "{}", outside.ran);
    measured.plain.statements.insert(client.to_owned(), statements);
    let percent = crate::support::module::shown(statements);
    measured.plain.percentages.insert(client.to_owned(), Some(percent));
    measured.numbers_are_right();
    assert!(measured.plain.statements.values().all(|(_, all)| *all < 1000));
}

/// The text without what differs between runs and machines.
fn settled(text: &str) -> String {
    let places = [
        (r"\(cached\)|\b(\d+m)?\d+(\.\d)?s\b", "TIME"),
        (r"parallelism=\d+", "parallelism=N"),
        (r"go1\.\d+\.\d+", "go1.N"),
        (r"From go's cache +\d+", "From go's cache N"),
        // If no package took any time of its own, this list is missing.
        (r" +TIME +SLOWEST PACKAGES\n( +TIME .*\n)+\n", ""),
        (r"( +TIME)+", " TIME"),
    ];
    places.iter().fold(text.to_owned(), |text, (pattern, with)| {
        Regex::new(pattern).unwrap().replace_all(&text, *with).into_owned()
    })
}

/// The examples in the README are the output of the commands that it names.
///
/// They are from a go up to 1.26: since 1.27, a block begins at its first statement.
#[test]
fn the_readme_shows_what_covgate_prints() {
    if *GO_MINOR > 26 {
        return;
    }
    let readme = include_str!("../../../README.md");
    let shown = |first: &str| {
        let (_, block) = readme.split_once(&format!("```text\n{first}")).unwrap();
        settled(&format!("{first}{}", block.split_once("```\n").unwrap().0))
    };
    let module = examples();
    // On one CPU there would be no warm pass.
    let warm = "--prewarm=always";
    let check = module.check(&[warm]).exits(0);
    assert_eq!(settled(&check.stdout), shown("Checking "), "{check}");
    let audit = module.covgate("audit", &["--top", "5", warm]).exits(0);
    assert_eq!(settled(&audit.stdout), shown("Auditing "), "{audit}");
    module.write("internal/audit/.covgate", "99\n");
    module.write("internal/store/.covgate", "70\n");
    // In the environment, so that the commands to paste do not repeat them.
    let settings = [("COLOR", "always"), ("NO_TIMINGS", "true"), ("PREWARM", "always")];
    let module = settings
        .into_iter()
        .fold(module, |module, (name, value)| module.env(&format!("COVGATE_{name}"), value));
    let closed = module.check(&[]).exits(1);
    let said = Regex::new(r" --go \S+").unwrap().replace_all(&closed.stderr, "").into_owned();
    assert_eq!(said.trim_start(), shown("1 package below"), "{closed}");
    let cpus = Regex::new(r"parallelism=\d+").unwrap();
    let table = cpus.replace(&closed.stdout, "parallelism=8");
    is_picture(&drawn(&format!("$ covgate check\n{table}{said}")));
}

/// The README's picture of the table; with `COVGATE_UPDATE_DOCS`, it is replaced.
fn is_picture(picture: &str) {
    let path = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/check.svg");
    if std::env::var_os("COVGATE_UPDATE_DOCS").is_some() {
        std::fs::write(path, picture).unwrap();
    } else {
        let shown = std::fs::read_to_string(path).unwrap();
        assert!(shown == picture, "run cargo xtask pictures: docs/check.svg is not\n{picture}");
    }
}

/// A terminal with this text, as an SVG that fits a narrower page, too. It is dark wherever it is shown, so
/// the colours are the bright ones.
fn drawn(text: &str) -> String {
    let mut palette = WIN10_CONSOLE;
    palette.0.copy_within(9..16, 1);
    let svg = Term::new().palette(palette).render_svg(text);
    let size = Regex::new(r#"<svg width="(\d+)px" height="(\d+)px""#).unwrap();
    size.replace(&svg, "$0 viewBox=\"0 0 $1 $2\"").into_owned()
}
