//! What is tested is what is pushed, as a fresh clone would hold it, whatever the user's own work tree
//! holds.

use super::repository::Repository;

/// A module on the remote, and a good commit on top that is not pushed yet.
fn ready() -> Repository {
    let repository = Repository::module();
    repository.commit();
    repository.push(&["--no-verify", "origin", "main"]).succeeds();
    repository.write("c/more.go", "package c\n");
    repository.commit();
    repository
}

#[track_caller]
fn passes(repository: &Repository) {
    let push = repository.push(&["origin", "main"]).succeeds();
    assert_eq!(push.rows(), ["PASS c"], "{push}");
}

/// A test of `c` that wants a file to hold `x`.
fn reads(repository: &Repository, file: &str) {
    let test = format!(
        "package c\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestFile(t *testing.T) {{\n\tif text, _ := os.ReadFile(\"{file}\"); string(text) != \"x\\n\" {{\n\t\tt.Fatal(string(text))\n\t}}\n}}\n"
    );
    repository.write("c/file_test.go", &test);
}

#[track_caller]
fn fails(repository: &Repository) {
    let push = repository.push(&["origin", "main"]).exits(1);
    assert!(push.rows().contains(&"FAIL c".to_owned()), "{push}");
    push.says("hint: this was covgate's own work tree of the pushed commit");
}

#[test]
fn a_clean_tree_is_tested_in_covgates_own_work_tree() {
    let repository = ready();
    let tree = repository.home().join("worktree");
    repository.push(&["origin", "main"]).succeeds().says(&format!("once: {tree}\n"));
    assert!(tree.join("c/more.go").is_file());
    repository.write("c/again.go", "package c\n");
    repository.commit();
    repository.push(&["origin", "main"]).succeeds().lacks("making a work tree");
}

#[test]
fn files_that_were_forgotten_or_are_ignored_do_not_count() {
    for (file, ignored) in [("testdata/_golden", ""), ("table.dat", "*.dat\n"), (".env", ".env\n")]
    {
        let repository = ready();
        repository.write(".gitignore", ignored);
        reads(&repository, file);
        repository.commit();
        repository.write(&format!("c/{file}"), "x\n");
        fails(&repository);
        repository.git(&["add", "--force", &format!("c/{file}")]);
        repository.git(&["commit", "--quiet", "--message=x"]);
        passes(&repository);
    }
}

/// What a filter makes of a file on its way into git does not come back out of it.
#[test]
fn a_one_way_filter_does_not_count() {
    let repository = ready();
    repository.write(".gitattributes", "*.dat filter=one-way\n");
    repository.git(&["config", "filter.one-way.clean", "tr x y"]);
    reads(&repository, "table.dat");
    repository.write("c/table.dat", "x\n");
    repository.commit();
    assert_eq!(repository.git(&["status", "--porcelain"]), "");
    fails(&repository);
}

/// The files themselves do not differ, but how a clone would write them.
#[test]
fn other_attributes_are_other_files() {
    let repository = ready();
    reads(&repository, "table.dat");
    repository.write("c/table.dat", "x\n");
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
    for attributes in ["*.dat text eol=crlf\n", "*.dat text eol=crlf\n*.none text\n"] {
        repository.write(".gitattributes", attributes);
        repository.commit();
        fails(&repository);
    }
    repository.remove(".gitattributes");
    // Otherwise this tree has passed before.
    repository.write("c/again.go", "package c\n");
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
}

/// A test left a `.gitattributes` in covgate's own work tree.
#[test]
fn attributes_that_are_not_pushed_do_not_count() {
    let repository = ready();
    repository.push(&["origin", "main"]).succeeds();
    let tree = repository.at(repository.home().join("worktree"));
    tree.write("c/.gitattributes", "*.dat text eol=crlf\n");
    reads(&repository, "table.dat");
    repository.write("c/table.dat", "x\n");
    repository.commit();
    passes(&repository);
}

/// `git replace` stands in for objects here alone.
#[test]
fn replaced_objects_do_not_count() {
    let repository = ready();
    reads(&repository, "table.dat");
    repository.write("c/table.dat", "y\n");
    repository.commit();
    let pushed = repository.oid("HEAD:c/table.dat");
    repository.write("c/table.dat", "x\n");
    let replacement = repository.git(&["hash-object", "-w", "c/table.dat"]);
    repository.git(&["replace", &pushed, &replacement]);
    fails(&repository);
}

#[test]
fn an_edit_that_is_not_pushed_does_not_count() {
    for staged in [false, true] {
        let repository = ready();
        repository.package("c", 2);
        if staged {
            repository.git(&["add", "--all"]);
        }
        passes(&repository);
        let edit = std::fs::read_to_string(repository.folder().join("c/c.go"));
        assert!(edit.is_ok_and(|text| text.contains("return 2")), "the edit is still there");
        assert_eq!(repository.git(&["branch", "--show-current"]), "main");
    }
}

/// Conversely, a fix that is not committed does not save a bad commit.
#[test]
fn a_fix_that_is_not_pushed_does_not_count() {
    let repository = ready();
    repository.package("c", 2);
    repository.commit();
    repository.package("c", 1);
    let push = repository.push(&["origin", "main"]).exits(1);
    assert_eq!(push.rows(), ["FAIL c"], "{push}");
}

#[test]
fn what_lies_about_does_not_count() {
    let repository = ready();
    repository.write(".git/info/exclude", "/out/\ngo.work\ngen*\n");
    repository.remove("c/c_test.go");
    for (path, text) in [
        ("c/new.go", "package c\n\nbroken\n"),
        ("c/gen.go", "broken\n"),
        ("c/generated/deep/x.go", "broken\n"),
        ("out/deep/.covgate", "broken\n"),
        ("out/go.mod", "broken\n"),
        ("go.work", "broken\n"),
        ("vendor/modules.txt", "broken\n"),
    ] {
        repository.write(path, text);
    }
    passes(&repository);
}

/// A private floor, which git does not know or was told to ignore, opens no gate.
#[test]
fn floors_that_are_not_pushed_do_not_count() {
    for ignored in [false, true] {
        let repository = ready();
        repository.write("c/more.go", "package c\n\nfunc G() int { return 1 }\n");
        repository.commit();
        if ignored {
            repository.write(".git/info/exclude", ".covgate\n");
        }
        repository.write("c/.covgate", "50\n");
        let push = repository.push(&["origin", "main"]);
        assert_eq!(push.rows(), ["FAIL c"], "ignored: {ignored}\n{push}");
        push.exits(1);
    }
}

#[test]
fn settings_that_are_not_pushed_do_not_count() {
    for ignored in [false, true] {
        let repository = ready();
        repository.write("c/more.go", "package c\n\nfunc G() int { return 1 }\n");
        repository.commit();
        if ignored {
            repository.write(".git/info/exclude", "covgate.toml\n");
        }
        repository.write("covgate.toml", "default-threshold = 1.0\n");
        let push = repository.push(&["origin", "main"]);
        assert_eq!(push.rows(), ["FAIL c"], "ignored: {ignored}\n{push}");
        push.exits(1);
    }
}

/// The pushed tree decides, not what the user has changed since.
#[test]
fn floors_and_settings_come_from_the_pushed_tree() {
    let repository = ready();
    repository.write("c/more.go", "package c\n\nfunc G() int { return 1 }\n");
    repository.write("a/more.go", "package a\n\nfunc G() int { return 1 }\n");
    repository.write("c/.covgate", "50\n");
    repository.write("covgate.toml", "default-threshold = 45.0\n");
    repository.commit();
    repository.write("c/.covgate", "100\n");
    repository.write("covgate.toml", "default-threshold = 100.0\n");
    let push = repository.push(&["origin", "main"]).succeeds();
    assert_eq!(push.rows(), ["PASS a", "PASS b", "PASS c"], "{push}");
}

/// git was told not to look at a file; the push contains what it held before.
#[test]
fn edits_that_git_was_told_to_overlook_do_not_count() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let repository = ready();
        repository.package("c", 2);
        repository.commit();
        repository.git(&["update-index", flag, "c/c.go"]);
        repository.package("c", 1);
        let push = repository.push(&["origin", "main"]);
        assert_eq!(push.rows(), ["FAIL c"], "{flag}\n{push}");
        push.exits(1);
    }
}

/// A sparse checkout lacks some of the pushed packages.
#[test]
fn a_sparse_checkout_is_not_what_is_pushed() {
    let repository = ready();
    repository.package("c", 2);
    repository.commit();
    repository.git(&["sparse-checkout", "set", "--cone", "a"]);
    assert!(!repository.folder().join("c").exists());
    let push = repository.push(&["origin", "main"]);
    assert_eq!(push.rows(), ["FAIL c"], "{push}");
    push.exits(1);
}

/// Files that are embedded but that git ignores.
#[test]
fn ignored_files_that_are_embedded_do_not_count() {
    let repository = ready();
    repository.write(".gitignore", "*.tmp\n");
    repository.write(
        "c/embed.go",
        "package c\n\nimport \"embed\"\n\n//go:embed data\nvar Data embed.FS\n",
    );
    repository.write("c/data/x.txt", "");
    repository.write(
        "c/embed_test.go",
        "package c\n\nimport \"testing\"\n\nfunc TestData(t *testing.T) {\n\tif _, err := Data.ReadFile(\"data/x.tmp\"); err != nil {\n\t\tt.Fatal(err)\n\t}\n}\n",
    );
    repository.commit();
    repository.write("c/data/x.tmp", "");
    let push = repository.push(&["origin", "main"]);
    assert_eq!(push.rows().last().map(String::as_str), Some("FAIL c"), "{push}");
    push.exits(1);
}

#[test]
fn a_linked_worktree_is_a_place_too() {
    let repository = ready();
    let linked = repository.beside("linked");
    repository.git(&["worktree", "add", "--quiet", "-b", "side", "../linked"]);
    linked.write("c/side.go", "package c\n");
    linked.commit();
    let push = linked.push(&["origin", "side"]).succeeds();
    assert_eq!(push.rows(), ["PASS c"], "{push}");
    // All work trees of a clone share the one that is tested in.
    linked.package("c", 1);
    linked.write("c/other.go", "package c\n");
    linked.commit();
    linked.package("c", 2);
    let push = linked.push(&["origin", "side"]).succeeds();
    assert_eq!(push.rows(), ["PASS c"], "{push}");
    assert!(repository.home().join("worktree/c/other.go").is_file());
    linked.commit();
    linked.push(&["origin", "side"]).exits(1);
}

#[test]
fn a_bare_repository() {
    let repository = ready();
    repository.git(&["clone", "--quiet", "--bare", ".", "../bare.git"]);
    let bare = repository.beside("bare.git");
    bare.hook("#!/bin/sh\nexec \"$COVGATE\" hook run pre-push \"$@\"\n");
    let remote = repository.remote();
    let push = bare.push(&[remote.as_str(), "main"]).succeeds();
    // A remote that is a path has no default branch here.
    assert_eq!(push.rows().len(), 3, "{push}");
    let before = repository.remote_refs();
    repository.package("c", 2);
    repository.commit();
    repository.git(&["push", "--quiet", "--no-verify", "../bare.git", "main"]);
    bare.push(&[remote.as_str(), "main"]).exits(1);
    assert_eq!(repository.remote_refs(), before);
}

#[test]
fn a_sha256_repository() {
    let repository = Repository::with("repository", &["--object-format=sha256"]);
    repository.packages();
    let commit = repository.commit();
    assert_eq!(commit.len(), 64);
    let push = repository.push(&["origin", "main"]).succeeds();
    assert_eq!(push.rows().len(), 3, "{push}");
    repository.write("c/more.go", "package c\n");
    repository.commit();
    repository.package("c", 2);
    passes(&repository);
    repository.push(&["--no-verify", "origin", "main:refs/heads/old"]).succeeds();
    repository.push(&["origin", ":old"]).succeeds().says("nothing to gate");
}

/// go does not accept such names for packages, but does for folders around and in them.
#[test]
fn blanks_and_other_alphabets_in_paths() {
    let repository = Repository::with("mein répo/日本", &[]);
    repository.packages();
    repository.write("c/testdata/ein wört.txt", "x\n");
    repository.commit();
    let push = repository.push(&["origin", "main"]).succeeds();
    assert_eq!(push.rows().len(), 3, "{push}");
    repository.write("c/testdata/ein wört.txt", "y\n");
    repository.commit();
    repository.write("c/testdata/ein wört.txt", "z\n");
    passes(&repository);
}

#[test]
fn submodules_come_from_the_clones_of_this_one() {
    let repository = ready();
    let library = repository.beside("library");
    repository.git(&["init", "--quiet", "--initial-branch=main", "../library"]);
    library.write("data.txt", "x");
    library.commit();
    repository.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        library.folder().as_str(),
        "third",
    ]);
    repository.write(
        "c/sub_test.go",
        "package c\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestSub(t *testing.T) {\n\tif _, err := os.ReadFile(\"../third/data.txt\"); err != nil {\n\t\tt.Fatal(err)\n\t}\n}\n",
    );
    repository.commit();
    let push = repository.push(&["origin", "main"]).succeeds();
    assert_eq!(push.rows(), ["PASS a", "PASS b", "PASS c"], "{push}");
    repository.write("c/again.go", "package c\n");
    repository.commit();
    // As after a fetch without the submodule.
    std::fs::remove_dir_all(repository.folder().join(".git/modules")).unwrap();
    std::fs::remove_dir_all(repository.home().join("worktree")).unwrap();
    let before = repository.remote_refs();
    let push = repository.push(&["origin", "main"]).exits(1);
    push.says("third").says("hint: `git submodule update --init` fetches submodules");
    assert_eq!(repository.remote_refs(), before);
}

#[test]
fn modules_outside_the_repository_are_not_there() {
    let repository = ready();
    let outside = repository.beside("outside");
    outside.write("go.mod", "module outside\n\ngo 1.22\n");
    outside.write("x.go", "package outside\n\nfunc F() int { return 1 }\n");
    repository.write(
        "go.mod",
        "module m\n\ngo 1.22\n\nrequire outside v0.0.0\n\nreplace outside => ../outside\n",
    );
    repository.write(
        "c/c.go",
        "package c\n\nimport \"outside\"\n\nfunc F() int { return outside.F() }\n",
    );
    repository.commit();
    let push = repository.push(&["origin", "main"]).exits(1);
    push.says("outside").says("hint: this was covgate's own work tree");
}

/// The folder of the option is one in the pushed tree, however it is written.
#[test]
fn a_named_module_is_the_pushed_one() {
    let repository = Repository::new();
    repository.remove("go.mod");
    let module = repository.at("sub");
    module.write("go.mod", "module m\n\ngo 1.22\n");
    module.packages();
    repository.commit();
    repository.push(&["--no-verify", "origin", "main"]).succeeds();
    module.package("c", 2);
    repository.commit();
    module.package("c", 1);
    for folder in ["sub", "./sub", "sub/", module.folder().as_str()] {
        let push = repository.clone().env("COVGATE_CHDIR", folder).push(&["origin", "main"]);
        assert!(push.rows().contains(&"FAIL c".to_owned()), "{folder}\n{push}");
        push.exits(1);
    }
}

/// A work tree that only variables connect with its repository, as some people keep their dotfiles.
#[test]
fn a_work_tree_that_git_does_not_find_by_itself() {
    let repository = ready();
    let elsewhere = repository.root().join("elsewhere.git");
    std::fs::rename(repository.folder().join(".git"), &elsewhere).unwrap();
    let apart = repository
        .clone()
        .env("GIT_DIR", elsewhere.as_str())
        .env("GIT_WORK_TREE", repository.folder().as_str());
    let push = apart.push(&["origin", "main"]);
    // It should work, or fail with covgate's own message.
    if push.status.success() {
        assert_eq!(push.rows(), ["PASS c"], "{push}");
    } else {
        push.says("error: ").says("hint: ");
    }
}

/// Sources that are generated and not committed.
#[test]
fn what_prepare_makes_is_there() {
    let repository = Repository::module();
    repository.write("c/c.go", "package c\n\nfunc F() int { return made }\n");
    repository.write("make.sh", "echo 'package c' >c/made.go\necho 'const made = 1' >>c/made.go\n");
    repository.write(".gitignore", "made.go\n");
    repository.commit();
    repository.push(&["origin", "main"]).exits(1).says("undefined: made");
    repository.write("covgate.toml", "prepare = [\"sh\", \"make.sh\"]\n");
    repository.commit();
    let push = repository.push(&["origin", "main"]).succeeds().says("preparing: sh make.sh\n");
    assert_eq!(push.rows().len(), 3, "{push}");
    // What it makes can differ without a trace in the tree.
    repository.write("a/more.go", "package a\n");
    repository.commit();
    let push = repository.push(&["origin", "main"]).succeeds();
    assert_eq!(push.rows().len(), 3, "{push}");
    repository.write("make.sh", "echo that broke\nexit 3\n");
    repository.commit();
    let before = repository.remote_refs();
    let push = repository.push(&["origin", "main"]).exits(1);
    push.says("error: `sh make.sh` failed (exit status: 3)").says("that broke").says("`prepare`");
    assert_eq!(repository.remote_refs(), before);
    repository.write("covgate.toml", "prepare = [\"./nowhere\"]\n");
    repository.commit();
    repository.push(&["origin", "main"]).exits(1).says("cannot run `./nowhere`");
}
