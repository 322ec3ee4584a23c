//! `covgate history`: what it shows of recorded commits, and what it says where nothing is recorded.

use serde_json::Value;

use super::repository::Repository;

const SCHEMA: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/covgate-history.schema.json"));

/// A repository with two recorded commits and one between them that is not.
fn recorded() -> Repository {
    let repository = Repository::module();
    repository.write("covgate.toml", "default-threshold = 0\ntightness = \"off\"\n");
    repository.commit();
    repository.covgate(&["check", "--record"]).exits(0);
    repository.git(&["commit", "--quiet", "--allow-empty", "-m", "between"]);
    repository.write("c/d.go", "package c\n\nfunc G() int { return 2 }\n");
    repository.commit();
    repository.covgate(&["check", "--record"]).exits(0);
    repository
}

fn columns(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().skip(3);
    rows.map(|row| row.split_whitespace().skip(1).collect()).collect()
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let made = covgate::output::history::History::schema();
    assert!(
        SCHEMA == made,
        "docs/covgate-history.schema.json is stale; `cargo xtask docs` writes it"
    );
}

#[test]
fn recorded_commits_are_shown_and_what_is_not_covgates_is_named() {
    let repository = recorded();
    let (new, old) = (repository.oid("HEAD"), repository.oid("HEAD~2"));
    repository.git(&["notes", "--ref=covgate", "add", "-m", "{\"note\": 99}", "HEAD~1"]);
    let ran = repository.covgate(&["history"]).exits(0);
    assert!(
        ran.stdout.starts_with("2 recorded commits, from the oldest to the newest: █▁\n"),
        "{ran}"
    );
    let rows = [vec![&new[..12], "75.0%", "-25.0"], vec![&old[..12], "100.0%", "---"]];
    assert_eq!(columns(&ran.stdout), rows, "{ran}");
    assert_eq!(ran.stderr.matches("warning: ").count(), 1, "{ran}");
    assert!(ran.stderr.contains(&repository.oid("HEAD~1")), "{ran}");
    for pattern in ["./c", "m/c", "c/..."] {
        let ran = repository.covgate(&["history", pattern]).exits(0);
        assert_eq!(columns(&ran.stdout)[0][1..], ["50.0%", "-50.0"], "{ran}");
    }
    let ran = repository.covgate(&["history", "--report=json"]).exits(0);
    let history: Value = serde_json::from_str(&ran.stdout).unwrap();
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    assert!(validator.is_valid(&history), "{history:#}");
    let mut without = history.clone();
    without["commits"][0]["packages"][0].as_object_mut().unwrap().remove("floor");
    assert!(!validator.is_valid(&without), "a schema that accepts anything promises nothing");
    assert_eq!(history["commits"][0]["change"], -25.0);
    assert_eq!(history["commits"][1]["packages"][2]["path"], "c");
    repository.covgate(&["history", "./x"]).exits(5);
}

/// Every point is a link to a row that exists, and the policy allows no script at all.
#[test]
fn the_page_draws_commits_and_floors_without_a_script() {
    let repository = recorded();
    let page = repository.covgate(&["history", "--report=html"]).exits(0).stdout;
    let commits = [repository.oid("HEAD"), repository.oid("HEAD~2")];
    for commit in &commits {
        assert_eq!(page.matches(&format!("<tr id=\"c{commit}\">")).count(), 1, "{page}");
        // In the total and in each of three packages.
        assert_eq!(page.matches(&format!("<a href=\"#c{commit}\">")).count(), 4, "{page}");
    }
    assert!(page.contains("script-src 'none'") && !page.contains("<script"), "{page}");
    assert_eq!(page.matches("<polyline class=\"asked\"").count(), 4);
    assert!(page.contains(": 50.0%, asked 0.0%</title>"), "{page}");
}

/// Runs the lines of `docs/ci.md` while another clone pushes a note of its own just before ours.
#[test]
fn the_recipe_joins_what_two_jobs_record() {
    let repository = recorded();
    repository.git(&["push", "--quiet", "--no-verify", "origin", "main"]);
    let (other, remote) = (repository.root().join("other"), repository.remote());
    repository.git(&["clone", "--quiet", remote.as_str(), other.as_str()]);
    repository.git(&["update-ref", "-d", "refs/notes/covgate"]);
    let job = repository.at(other);
    job.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    job.covgate(&["check", "--record"]).exits(0);
    let race = "#!/bin/sh\nunset GIT_DIR\n[ -e ../raced ] && exit\ntouch ../raced\n\
                exec git -C ../other push --quiet origin refs/notes/covgate\n";
    repository.hook(race);
    let page = include_str!("../../../docs/ci.md").split_once("## Coverage over time").unwrap().1;
    let lines = page.split_once("```sh\n").unwrap().1.split_once("```").unwrap().0;
    repository.shell(&format!("set -e\n{lines}")).exits(0);
    repository.git(&["fetch", "--quiet", "origin", "+refs/notes/*:refs/notes/*"]);
    let ran = repository.covgate(&["history"]).exits(0);
    assert_eq!(columns(&ran.stdout).len(), 2, "{ran}");
    // A closed gate is recorded, and fails the job.
    repository
        .write("c/d.go", "package c\n\nfunc G() int { return 2 }\nfunc H() int { return 2 }\n");
    repository.write("c/.covgate", "100\n");
    repository.commit();
    repository.shell(&format!("set -e\n{lines}")).exits(1);
    let heads = repository.git(&["ls-remote", "origin", "refs/notes/covgate"]);
    assert!(heads.starts_with(&repository.oid("refs/notes/covgate")), "{heads}");
}

#[test]
fn a_clone_without_notes_says_how_to_fetch_them() {
    let repository = recorded();
    repository.git(&["push", "--quiet", "--no-verify", "origin", "main", "refs/notes/covgate"]);
    let (clone, remote) = (repository.root().join("clone"), repository.remote());
    repository.git(&["clone", "--quiet", remote.as_str(), clone.as_str()]);
    let clone = repository.at(clone);
    let ran = clone.covgate(&["history"]).exits(5);
    let fetch = "git fetch origin refs/notes/covgate:refs/notes/covgate";
    assert!(ran.stderr.contains(&format!("`{fetch}`")), "{ran}");
    clone.shell(fetch).exits(0);
    assert_eq!(columns(&clone.covgate(&["history"]).exits(0).stdout).len(), 2);
}
