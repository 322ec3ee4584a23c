//! Shards and commits: shards of one commit merge, those of several do not. Also shards of what
//! changed since a commit.

use camino::Utf8PathBuf;

use super::repository::{Ran, Repository};

const COUNT: usize = 3;

/// The folder of the reports, outside the work tree.
fn file(repository: &Repository, index: usize) -> Utf8PathBuf {
    repository.root().join(format!("{index}.json"))
}

fn shard(repository: &Repository, index: usize, args: &[&str]) -> Ran {
    let shard = format!("--shard={index}/{COUNT}");
    let report = format!("--report=json={}", file(repository, index));
    repository.covgate(&[&["check", "--no-timings", &shard, &report], args].concat())
}

fn merge(repository: &Repository) -> Ran {
    let files: Vec<String> =
        (1..=COUNT).map(|index| file(repository, index).into_string()).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    repository.covgate(&[&["merge"], &files[..]].concat())
}

#[test]
fn shards_of_two_commits_are_refused_with_both() {
    let repository = Repository::module();
    let first = repository.commit();
    for index in 1..=COUNT {
        shard(&repository, index, &[]).exits(0);
    }
    merge(&repository).exits(0);
    repository.write("README", "x\n");
    let second = repository.commit();
    shard(&repository, 2, &[]).exits(0);
    let ran = merge(&repository).exits(2);
    let (one, two) = (file(&repository, 1), file(&repository, 2));
    let said = format!("error: {one} and {two} are not of one run: commit {first} and {second}\n");
    assert!(ran.stderr.starts_with(&said), "{ran}");
}

/// First the affected packages, then a shard of these.
#[test]
fn shards_of_what_changed() {
    let repository = Repository::module();
    repository.commit();
    repository.package("a", 2);
    let since = ["--since=HEAD"];
    let ran = repository.covgate(&["check", "--no-timings", "--since=HEAD"]).exits(1);
    assert_eq!(ran.rows(), ["FAIL a", "PASS b"], "{ran}");
    let mut rows = Vec::new();
    for index in 1..=COUNT {
        let ran = shard(&repository, index, &since);
        assert!(ran.stdout.contains("\nSkipped 1 unaffected package(s)\nShard "), "{ran}");
        rows.extend(ran.rows());
    }
    rows.sort_unstable();
    assert_eq!(rows, ["FAIL a", "PASS b"]);
    assert_eq!(merge(&repository).exits(1).stdout, ran.stdout);

    // Nothing is affected: all shards and the whole are empty.
    repository.commit();
    for index in 1..=COUNT {
        shard(&repository, index, &since).exits(0);
    }
    let ran = repository.covgate(&["check", "--no-timings", "--since=HEAD"]).exits(0);
    assert_eq!(merge(&repository).exits(0).stdout, ran.stdout);
    assert!(
        ran.stdout
            .ends_with("\nChanged statements: none\nNo package is affected; nothing to measure\n"),
        "{ran}"
    );
}
