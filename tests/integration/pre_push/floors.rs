//! Floors do not fall unseen: with `--since`, and in the hook, each is compared with the one at the base.

use super::repository::{Ran, Repository};

/// On the remote, passing: `a` and `c` have floors of their own, `b` has one from `covgate.toml`.
fn pushed() -> Repository {
    let repository = Repository::module();
    repository.write("a/.covgate", "100\n");
    repository.write("c/.covgate", "100\nagreed in May\n");
    repository.write("covgate.toml", B_AT_90);
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
    repository
}

const B_AT_90: &str =
    "tightness = \"off\"\ndefault-threshold = 85\n\n[[package]]\npath = \"./b\"\nthreshold = 90\n";

/// Commits the edits and pushes them; a second time, on the way of `check --since`.
fn push(repository: &Repository, edits: &[(&str, &str)]) -> Ran {
    for (path, text) in edits {
        match *text {
            "" => repository.remove(path),
            text => repository.write(path, text),
        }
    }
    repository.commit();
    let ran = repository.push(&["--dry-run", "origin", "main"]);
    let since = repository.covgate(&["check", "--since", "origin/main"]);
    assert_eq!(since.table(), ran.table(), "{since}\n{ran}");
    assert_eq!(since.status.success(), ran.status.success(), "{since}");
    repository.git(&["reset", "--quiet", "--hard", "origin/main"]);
    ran
}

#[test]
fn a_floor_that_falls_without_a_reason_closes_the_gate() {
    let repository = pushed();
    for (edits, from, to) in [
        (&[("c/.covgate", "90\nagreed in May\n")][..], "100.0", "90.0"),
        (&[("c/.covgate", "90\n")], "100.0", "90.0"),
        (&[("c/.covgate", "")], "100.0", "85.0"),
    ] {
        let ran = push(&repository, edits).exits(1);
        let words = format!(" c (floor fell from {from} to {to} without a reason)\n");
        ran.says("FAIL").says(&words);
    }
    // Where the floor stands does not matter.
    let fallen = B_AT_90.replace("90", "70");
    let ran = push(&repository, &[("covgate.toml", &fallen)]).exits(1);
    ran.says(" b (floor fell from 90.0 to 70.0 without a reason)\n").says("PASS");
    let ran =
        push(&repository, &[("covgate.toml", "tightness = \"off\"\ndefault-threshold = 85\n")])
            .exits(1);
    ran.says(" b (floor fell from 90.0 to 85.0 without a reason)\n");
    repository.package("d", 1);
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
    let fallen = B_AT_90.replace("85", "70");
    let ran = push(&repository, &[("covgate.toml", &fallen)]).exits(1);
    ran.says(" d (floor fell from 85.0 to 70.0 without a reason)\n");
}

#[test]
fn a_reason_comes_with_the_change() {
    let repository = pushed();
    let with_reason = |text: &str| format!("{text}reason = \"a rewrite is on its way\"\n");
    for edits in [
        &[("c/.covgate", "90\nagreed in May\nless until the rewrite\n")][..],
        &[("covgate.toml", &with_reason(&B_AT_90.replace("90", "70")))],
        &[("covgate.toml", &format!("reason = \"x\"\n{}", B_AT_90.replace("85", "70")))],
        // A floor that rises needs none.
        &[("covgate.toml", &B_AT_90.replace("90", "100"))],
    ] {
        push(&repository, edits).succeeds().lacks("floor fell");
    }
    // One that was there before is none for this change.
    repository.write("covgate.toml", &with_reason(B_AT_90));
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
    let again = with_reason(&B_AT_90.replace("90", "71"));
    push(&repository, &[("covgate.toml", &again)]).exits(1).says(" b (floor fell from 90.0");
}

/// What `ratchet --lower` writes is a reason.
#[test]
fn a_floor_that_ratchet_lowers_passes() {
    let repository = pushed();
    repository.write("c/more.go", "package c\n\nfunc G() int { return 1 }\n");
    let lower = ["ratchet", "--lower", "c", "--reason", "a rewrite is on its way", "./c"];
    repository.covgate(&lower).succeeds();
    push(&repository, &[]).succeeds().lacks("floor fell");
}

#[test]
fn what_is_new_or_gone_is_no_matter() {
    let repository = pushed();
    repository.package("d", 1);
    push(&repository, &[("d/.covgate", "10\n")]).succeeds();
    repository.remove("c");
    push(&repository, &[]).succeeds().lacks("floor fell");
}

/// Whoever adopts covgate starts with the coverage of that day.
#[test]
fn floors_of_the_first_day_are_no_fall() {
    let repository = Repository::module();
    repository.commit();
    repository.push(&["--no-verify", "origin", "main"]).succeeds();
    let edits = [("c/.covgate", "50\n"), ("covgate.toml", "tightness = \"off\"\n")];
    push(&repository, &edits).succeeds().lacks("floor fell");
}

#[test]
fn the_guard_can_warn_or_be_off() {
    let repository = pushed();
    let edits = [("c/.covgate", "90\n")];
    let warns = repository.clone().env("COVGATE_FLOOR_GUARD", "warn");
    push(&warns, &edits)
        .succeeds()
        .says("warning: c: the floor fell from 100.0 to 90.0 without a reason\n");
    push(&repository.clone().env("COVGATE_FLOOR_GUARD", "off"), &edits)
        .succeeds()
        .lacks("floor fell");
    push(&repository, &edits).exits(1);
}

/// Floors are compared where all packages are gated, too; a merge judges as the run did.
#[test]
fn scope_all_and_merge_see_it_too() {
    let repository = pushed();
    repository.write("c/.covgate", "90\n");
    repository.commit();
    let all = repository.clone().env("COVGATE_SCOPE", "all");
    let ran = all.push(&["origin", "main"]).exits(1).says(" c (floor fell from 100.0 to 90.0");
    assert_eq!(ran.rows(), ["PASS a", "PASS b", "FAIL c"], "{ran}");
    repository.covgate(&["check", "--since=HEAD~1", "--report=json=../r.json"]).exits(1);
    let merged = repository.covgate(&["merge", "../r.json"]).exits(1);
    assert!(merged.stdout.contains(" c (floor fell from 100.0 to 90.0 without a reason)\n"));
}
