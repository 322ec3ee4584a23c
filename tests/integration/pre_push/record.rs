//! `check --record`: which runs git keeps, what it keeps of them, and that nobody's note gets lost.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use serde_json::{Value, json};

use super::repository::{Repository, finish, start};

const SCHEMA: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/covgate-note.schema.json"));

fn committed() -> Repository {
    let repository = Repository::module();
    repository.write("covgate.toml", "default-threshold = 100\ntightness = \"off\"\n");
    repository.write("c/d.go", "package c\n\nfunc G() int { return 2 }\n");
    repository.commit();
    repository
}

fn notes(repository: &Repository, commit: &str) -> Vec<Value> {
    let note = repository.git(&["notes", "--ref=covgate", "show", commit]);
    note.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let made = covgate::output::note::schema();
    assert!(SCHEMA == made, "docs/covgate-note.schema.json is stale; `cargo xtask docs` writes it");
}

#[test]
fn the_numbers_of_a_closed_gate_are_kept_and_stdout_stays_as_it_is() {
    let repository = committed();
    let plain = repository.covgate(&["check", "--no-timings"]).exits(1);
    let ran = repository.covgate(&["check", "--no-timings", "--record"]).exits(1);
    assert_eq!(ran.stdout, plain.stdout);
    assert!(ran.stderr.contains("recorded as a note on "), "{ran}");
    // Once more: the later run takes the place of the earlier.
    repository.covgate(&["check", "--record"]).exits(1);
    let notes = notes(&repository, "HEAD");
    assert_eq!(notes.len(), 1);
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    assert!(jsonschema::draft202012::new(&schema).unwrap().is_valid(&notes[0]), "{:#}", notes[0]);
    let package = |path, status, covered, statements| json!({"path": path, "status": status, "covered": covered, "statements": statements, "floor": 100.0});
    assert_eq!(notes[0]["open"], json!(false));
    assert_eq!(
        notes[0]["packages"],
        json!([package("a", "pass", 1, 1), package("b", "pass", 1, 1), package("c", "fail", 1, 2)])
    );
}

#[test]
fn only_whole_runs_of_what_a_commit_holds_are_kept() {
    let repository = committed();
    for (args, says) in [
        (&["./a"][..], "patterns on the command line"),
        (&["--exclude=a"], "exclusions on the command line"),
        (&["-C", "a"], "about this folder only"),
        (&["--since=HEAD"], "cannot be used with"),
        (&["--shard=1/2"], "cannot be used with"),
    ] {
        let ran = repository.covgate(&[&["check", "--record"], args].concat()).exits(2);
        assert!(ran.stderr.contains(says) && ran.stdout.is_empty(), "{ran}");
    }
    repository.write("a/new.go", "package a\n");
    let ran = repository.covgate(&["check", "--record"]).exits(2);
    assert!(ran.stderr.contains("a/new.go is not as in HEAD"), "{ran}");
    let none = repository.git(&["for-each-ref", "refs/notes"]);
    assert_eq!(none, "");
}

#[test]
fn what_two_jobs_record_at_once_is_all_kept() {
    let repository = committed();
    let first = repository.git(&["rev-parse", "HEAD"]);
    let other = repository.beside("other");
    let path = repository.root().join("other");
    repository.git(&["notes", "--ref=covgate", "add", "-m", "somebody's words"]);
    repository.git(&["commit", "--quiet", "--allow-empty", "-m", "second"]);
    repository.git(&["worktree", "add", "--quiet", "--detach", path.as_str(), &first]);
    let jobs =
        [&other, &repository].map(|job| start(&mut job.command("covgate", &["check", "--record"])));
    for job in jobs {
        finish(job).exits(1);
    }
    assert_eq!(notes(&repository, "HEAD").len(), 1);
    let words = repository.git(&["notes", "--ref=covgate", "show", &first]);
    assert!(words.starts_with("somebody's words\n{"), "{words}");
}
