//! The last lines of a refused push: what failed, how to see it again, and how to push anyway.

#![expect(clippy::panic, reason = "support of tests")]

use super::repository::{Ran, Repository};

/// The command that the refusal names.
fn command(push: &Ran) -> String {
    let lead = "see it again with: ";
    let line = push.words().into_iter().find_map(|line| line.strip_prefix(lead));
    line.unwrap_or_else(|| panic!("no command in:\n{push}")).to_owned()
}

/// Runs the very line that was printed, as a user would.
#[track_caller]
fn again(repository: &Repository, push: &Ran) -> Ran {
    let ran = repository.shell(&command(push));
    assert_eq!(ran.rows(), ["FAIL c"], "{}\n{ran}", command(push));
    ran.exits(1)
}

#[track_caller]
fn last_words(push: &Ran, commit: &str) {
    let words = push.words();
    let [refused, again, past] = &words[words.len() - 3..] else { unreachable!() };
    assert_eq!(*refused, format!("push of {} refused: c", &commit[..12]), "{push}");
    assert!(again.starts_with("see it again with: covgate check"), "{push}");
    assert_eq!(*past, "git push --no-verify goes past this hook");
    // Only git's own words follow.
    let (_, after) = push.stderr.rsplit_once(past).unwrap_or_else(|| panic!("{push}"));
    assert!(after.trim().lines().all(|line| line.starts_with("error: failed to push")), "{push}");
}

#[test]
fn in_place() {
    let repository = Repository::module();
    repository.package("c", 2);
    let commit = repository.commit();
    let push = repository.push(&["origin", "main"]).exits(1);
    last_words(&push, &commit);
    assert_eq!(command(&push), "covgate check ./c");
    again(&repository, &push);
}

/// The tree is clean and its HEAD is fine, but the pushed commit is not.
#[test]
fn elsewhere() {
    let repository = Repository::module();
    repository.commit();
    repository.push(&["--no-verify", "origin", "main"]).succeeds();
    let before = repository.remote_refs();
    repository.package("c", 2);
    let bad = repository.commit();
    repository.package("c", 1);
    repository.commit();
    let push = repository.push(&["origin", "HEAD~1:refs/heads/main"]).exits(1);
    push.says("not one").says("hint: this was covgate's own work tree");
    let push = repository.push(&["origin", "HEAD~1:refs/heads/main"]).exits(1);
    last_words(&push, &bad);
    assert_eq!(repository.remote_refs(), before);
    again(&repository, &push);
    repository.push(&["--no-verify", "origin", "HEAD~1:refs/heads/main"]).succeeds();
    assert_ne!(repository.remote_refs(), before);
}

/// Paths that a shell would split.
#[test]
fn paths_that_need_quotes() {
    let repository = Repository::with("it's a \"répo\" $HOME\\n", &[]);
    repository.packages();
    repository.commit();
    repository.package("c", 2);
    repository.commit();
    repository.package("c", 1);
    repository.commit();
    let push = repository.push(&["origin", "HEAD~1:refs/heads/main"]).exits(1);
    again(&repository, &push);
    let push = repository.push(&["origin", "HEAD~2:refs/heads/main"]).succeeds();
    assert_eq!(push.rows().len(), 3, "{push}");
}

#[test]
fn a_module_in_a_folder_with_a_blank() {
    let repository = Repository::new();
    repository.git(&["config", "core.quotePath", "true"]);
    repository.remove("go.mod");
    let module = repository.at("sub folder/é");
    module.write("go.mod", "module m\n\ngo 1.22\n");
    module.package("c", 2);
    repository.commit();
    let push = repository.push(&["origin", "main"]).exits(1);
    assert_eq!(command(&push), "covgate check -C 'sub folder/é' ./c");
    again(&repository, &push);
}

/// Options on the hook's line took part in the decision, so the command that shows it again must
/// have them, too.
#[test]
fn options_of_the_hook() {
    let repository = Repository::module();
    repository.hook(
        "#!/bin/sh\nexec \"$COVGATE\" hook run pre-push \"$@\" --default-threshold 100 --exclude ./a --no-timings\n",
    );
    repository.write("c/more.go", "package c\n\nfunc Untested() int { return 1 }\n");
    repository.write("covgate.toml", "default-threshold = 10.0\n");
    repository.commit();
    let push = repository.push(&["origin", "main"]).exits(1);
    assert_eq!(push.rows(), ["PASS b", "FAIL c"], "{push}");
    again(&repository, &push);
}

#[test]
fn what_broke_before_any_verdict() {
    let repository = Repository::module();
    repository.write("c/.covgate", "eighty\n");
    repository.commit();
    let push = repository.push(&["origin", "main"]).exits(1);
    push.says("c/.covgate:1: ").says("refused: the gate could not decide");
    assert_eq!(repository.remote_refs(), "");
    let ran = repository.shell(&command(&repository.push(&["origin", "main"])));
    ran.exits(2).says("c/.covgate:1: ");
}

/// Many failures are counted, not listed.
#[test]
fn a_long_list_is_cut() {
    let repository = Repository::new();
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        repository
            .write(&format!("{name}/x.go"), &format!("package {name}\n\nfunc F() {{ F() }}\n"));
    }
    repository.commit();
    let push = repository.push(&["origin", "main"]).exits(1);
    push.says("refused: a, b, c, d, e and 2 more\n");
}
