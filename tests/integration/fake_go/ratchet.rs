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

/// Killed after any row, each floor is its old or its new self, and all before that row are new.
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

/// Several rounds each ask go anew: nothing comes from its test cache.
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
