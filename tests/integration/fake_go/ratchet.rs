//! `covgate ratchet` at the worst moments.

use std::fs;
use std::process::Stdio;

use crate::support::fake::{Fake, pkg};

const PACKAGES: usize = 12;
const BEFORE: &str = "10\nnote\n";
const AFTER: &str = "50.0\nnote\n";
/// Lines of the report above the first row.
const HEAD: usize = 4;

fn module() -> Fake {
    let names: Vec<String> = (0..PACKAGES).map(|number| format!("p{number:02}")).collect();
    let fake = Fake::new(names.iter().map(|name| pkg(name, 1, 2))).command("ratchet");
    names.iter().fold(fake, |fake, name| fake.file(&format!("{name}/.covgate"), BEFORE))
}

/// If covgate is killed after any row, each floor is old or new, never broken, and all before that
/// row are new.
#[test]
fn killed_at_any_moment_every_floor_is_whole() {
    for rows in 0..=PACKAGES {
        let fake = module();
        let mut running =
            fake.start_with(&["-p1", "--prewarm=never"], Stdio::piped(), Stdio::piped());
        running.read_lines(HEAD + rows);
        running.kill();
        for number in 0..PACKAGES {
            let path = fake.module().join(format!("p{number:02}/.covgate"));
            let text = fs::read_to_string(path).unwrap();
            assert!(text == AFTER || number >= rows && text == BEFORE, "{rows} {number} {text:?}");
        }
    }
}

/// Every round asks go again: nothing comes from its test cache.
#[test]
fn rounds_are_not_cached() {
    let fake = module();
    let run = fake.check(&["-p1", "--prewarm=never", "--repeat=3"]);
    run.exits(0);
    let tests = run.of("test");
    assert_eq!(tests.len(), 3);
    assert!(tests.iter().all(|call| call.has("-count=1")));
    assert!(run.stdout.ends_with("Done. Updated: 12, Unchanged: 0, Failed: 0\n"), "{}", run.stdout);
}

/// The hint of a closed `--check` is a line to paste, and it opens the gate.
#[test]
fn check_says_what_opens_the_gate() {
    let fake = module();
    let options = ["--prewarm=never", "-p1", "--only-existing", "--slack=0.5", "--repeat=2"];
    let run = fake.check(&[&options[..], &["--check", "./p00", "./p01", "--", "-short"]].concat());
    let command = "covgate ratchet --parallelism 1 --prewarm never --only-existing --slack 0.5 \
                   --repeat 2 ./p00 ./p01 -- -short";
    let said = "2 floors could rise; run this, and commit every .covgate that it writes: ";
    assert_eq!(run.exits(1).stderr, format!("{said}{command}\n"));
    let words: Vec<&str> = command.split(' ').skip(2).collect();
    fake.check(&words).exits(0);
    let run = fake.check(&[&["--check"], &words[..]].concat());
    assert_eq!(run.exits(0).stderr, "");
    let run = fake.check(&["-p1", "--check"]);
    assert!(run.exits(1).stderr.ends_with("writes: covgate ratchet --parallelism 1\n"));
    assert!(run.stderr.starts_with("12 floors could rise; "), "{}", run.stderr);
}

/// Patterns from the file do not start where the command would be pasted.
#[test]
fn patterns_of_the_file_are_not_repeated() {
    let fake = module().file("covgate.toml", "packages = \"./p00\"\nprewarm = \"never\"\n");
    let run = fake.check(&["-p1", "--check", "-C", "p03"]);
    let said = "1 floor could rise; run this, and commit every .covgate that it writes: ";
    assert_eq!(run.exits(1).stderr, format!("{said}covgate ratchet -C p03 --parallelism 1\n"));
}

#[test]
fn a_floor_that_may_fall_is_no_floor_that_could_rise() {
    let fake = module().file("p00/.covgate", "90\n");
    let run = fake.check(&["-p1", "--check", "--lower", "p00", "--reason", "new code"]);
    let said = "1 floor could fall; run this, and commit every .covgate that it writes: ";
    let command = "covgate ratchet --parallelism 1 --lower p00 --reason 'new code'\n";
    assert_eq!(run.exits(1).stderr, format!("{said}{command}"));
}
