//! Which packages a push gates: those whose result can have changed, and all if in doubt.

use super::repository::{Ran, Repository};

/// The module on the remote: `b` imports `a`, `e` embeds files and has data for its tests, `u`
/// imports `e`, and the tests of `t`, which are a package of their own, import `a`.
fn pushed() -> Repository {
    let repository = Repository::module();
    repository.write(
        "e/e.go",
        "package e\n\nimport _ \"embed\"\n\n//go:embed static/page.html\nvar Page string\n\nfunc F() int { return len(Page) }\n",
    );
    repository.write("e/static/page.html", "x");
    repository.write("e/testdata/case.txt", "x");
    repository.write(
        "e/e_test.go",
        "package e\n\nimport \"testing\"\n\nfunc Test(t *testing.T) { F() }\n",
    );
    for (package, file, import) in [("u", "u.go", "e"), ("t", "t_test.go", "a")] {
        let text = format!("package {package}\n\nimport _ \"m/{import}\"\n");
        repository
            .write(&format!("{package}/{file}"), &text.replace("package t\n", "package t_test\n"));
    }
    repository.write("t/t.go", "package t\n");
    repository.write("README.md", "x\n");
    repository.commit();
    repository.push(&["--no-verify", "origin", "main"]).succeeds();
    repository
}

const PACKAGES: usize = 6;

/// Commits the edits and pushes them as a dry run, which leaves the remote as it was.
fn push(repository: &Repository, edits: &[(&str, &str)]) -> Ran {
    for (path, text) in edits {
        repository.write(path, text);
    }
    repository.commit();
    let ran = repository.push(&["--dry-run", "origin", "main"]);
    repository.git(&["reset", "--quiet", "--hard", "origin/main"]);
    ran
}

/// Which packages are gated after an edit of one file.
#[track_caller]
fn gated(repository: &Repository, path: &str, text: &str) -> String {
    let ran = push(repository, &[(path, text)]).succeeds().lacks("note: ");
    let rows = ran.rows();
    if !rows.is_empty() {
        let skipped = format!("Skipped {} unaffected package(s)\n", PACKAGES - rows.len());
        assert!(ran.stderr.contains(&skipped), "{ran}");
    }
    rows.iter().map(|row| row.trim_start_matches("PASS ")).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_depends_on_an_edit_is_gated() {
    let repository = pushed();
    for (path, text, expected) in [
        ("a/more.go", "package a\n", "a b t"),
        ("b/more.go", "package b\n", "b"),
        ("a/more_test.go", "package a\n", "a"),
        ("c/more_test.go", "package c_test\n", "c"),
        ("e/static/page.html", "y", "e u"),
        ("e/testdata/case.txt", "y", "e"),
        ("e/testdata/deep/new.go", "no go\n", "e"),
        ("c/.covgate", "100\n", "c"),
        ("a/.covgate", "100\n", "a"),
        ("a/a_plan9.s", "\n", "a b t"),
    ] {
        assert_eq!(gated(&repository, path, text), expected, "{path}");
    }
}

#[test]
fn doubt_gates_everything() {
    let repository = pushed();
    for (path, text) in [
        ("go.mod", "module m\n\ngo 1.22\n\n// x\n"),
        ("go.sum", ""),
        ("covgate.toml", "default-threshold = 70.0\n"),
    ] {
        let ran = push(&repository, &[("c/more.go", "package c\n"), (path, text)]).succeeds();
        assert_eq!(ran.rows().len(), PACKAGES, "{path}\n{ran}");
        let note = format!("note: gating every package: {path} changed");
        ran.says(&note).lacks("Skipped");
    }
}

/// What nobody builds belongs to those whose tests can read it.
#[test]
fn other_files_gate_the_packages_above_them() {
    let repository = pushed();
    for (path, expected) in [
        ("README.md", "c"),
        ("docs/guide.md", "c"),
        ("new/deep/data.json", "c"),
        ("a/notes.txt", "a c"),
        ("a/deep/er/data.json", "a c"),
    ] {
        let edits = [("c/more.go", "package c\n"), (path, "y\n")];
        let ran = push(&repository, &edits).succeeds().lacks("note: ");
        let rows: Vec<_> = ran.rows().iter().map(|row| row.replace("PASS ", "")).collect();
        assert_eq!(rows.join(" "), expected, "{path}\n{ran}");
    }
}

/// Tests that can look anywhere go into every run, where go's cache decides.
#[test]
fn the_far_sighted_are_never_left_out() {
    let repository = pushed();
    repository.write("a/testdata/v.txt", "1");
    repository.write(
        "c/far_test.go",
        "package c\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestFar(t *testing.T) {\n\tif text, _ := os.ReadFile(\"../a/testdata/v.txt\"); string(text) != \"1\" {\n\t\tt.Fatal(string(text))\n\t}\n}\n",
    );
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
    let ran = push(&repository, &[("README.md", "z\n")]).succeeds();
    assert_eq!(ran.rows(), ["PASS c"], "{ran}");
    let ran = push(&repository, &[("a/testdata/v.txt", "2")]).exits(1);
    assert_eq!(ran.rows(), ["PASS a", "FAIL c"], "{ran}");
}

/// Files that the team says no test reads affect nobody, not even the far-sighted.
#[test]
fn irrelevant_files_affect_nobody() {
    let repository = pushed();
    repository.write("covgate.toml", "irrelevant = [\"*.md\", \"docs/**\"]\n");
    repository.write("c/far_test.go", "package c\n\nvar _ = \"../x\"\n");
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
    for path in ["README.md", "a/NOTES.md", "docs/deep/x.txt"] {
        let ran = push(&repository, &[(path, "z\n")]).succeeds();
        assert_eq!(ran.rows(), [""; 0], "{path}\n{ran}");
    }
    for path in ["notes.txt", "a/docs/x.txt"] {
        let ran = push(&repository, &[(path, "z\n")]).succeeds();
        assert!(ran.rows().contains(&"PASS c".to_owned()), "{path}\n{ran}");
    }
    let wrong = [("covgate.toml", "irrelevant = [\"{\"]\n")];
    push(&repository, &wrong).exits(1).says("wrong irrelevant");
}

/// Tests import them, go lists them not: they gate their importers, and not everything for ever.
#[test]
fn a_testdata_package_gates_its_importers() {
    let repository = pushed();
    repository.write("c/testdata/gen/gen.go", "package gen\n\nconst One = 1\n");
    repository.write(
        "b/gen_test.go",
        "package b\n\nimport (\n\t\"m/c/testdata/gen\"\n\t\"testing\"\n)\n\nfunc TestGen(t *testing.T) {\n\tif gen.One != 1 {\n\t\tt.Fatal(gen.One)\n\t}\n}\n",
    );
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
    let ran = push(&repository, &[("t/more.go", "package t\n")]).succeeds().lacks("note: ");
    assert_eq!(ran.rows(), ["PASS t"], "{ran}");
    let edit = [("c/testdata/gen/gen.go", "package gen\n\nconst One = 2\n")];
    let ran = push(&repository, &edit).exits(1);
    assert_eq!(ran.rows(), ["FAIL b", "PASS c"], "{ran}");
}

/// Only files count, not what git makes of them.
#[test]
fn a_rename_is_both_its_ends() {
    let repository = pushed();
    repository.write("c/moved.go", "package c\n");
    repository.commit();
    repository.push(&["--no-verify", "origin", "main"]).succeeds();
    repository.git(&["mv", "c/moved.go", "b/moved.go"]);
    let ran = push(&repository, &[("b/moved.go", "package b\n")]).succeeds();
    assert_eq!(ran.rows(), ["PASS b", "PASS c"], "{ran}");
}

#[test]
fn a_deleted_package_gates_who_imports_it() {
    let repository = pushed();
    repository.remove("c");
    let ran = push(&repository, &[]).succeeds().says("No package is affected");
    assert_eq!(ran.rows(), [""; 0], "{ran}");
    repository.remove("e");
    push(&repository, &[]).exits(1);
}

/// A commit that changes no package is one line and no failure; one that changes no file is nothing new.
#[test]
fn nothing_affected() {
    let repository = pushed();
    push(&repository, &[]).succeeds().says("the push brings no new commit");
    let ran = push(&repository, &[("README.md", "y\n")]).succeeds();
    assert_eq!(ran.rows(), [""; 0], "{ran}");
    ran.says("No package is affected; nothing to measure");
}

/// A failure that the push does not affect does not stop it, unless scope is all.
#[test]
fn all_can_be_asked_for() {
    let repository = pushed();
    repository.package("c", 2);
    repository.commit();
    repository.push(&["--no-verify", "origin", "main"]).succeeds();
    let edit = [("b/more.go", "package b\n")];
    assert_eq!(push(&repository, &edit).succeeds().rows(), ["PASS b"]);

    let all = |repository: &Repository, edits: &[(&str, &str)]| {
        let ran = push(repository, edits).exits(1);
        assert_eq!(ran.rows().len(), PACKAGES, "{ran}");
        ran.lacks("note: ").lacks("Skipped");
    };
    all(&repository.clone().env("COVGATE_SCOPE", "all"), &edit);
    repository.hook("#!/bin/sh\nexec \"$COVGATE\" hook run pre-push \"$@\" --scope all\n");
    all(&repository, &edit);
    // The command line wins over the environment.
    all(&repository.clone().env("COVGATE_SCOPE", "affected"), &edit);
    repository.hook("#!/bin/sh\nexec \"$COVGATE\" hook run pre-push \"$@\"\n");

    repository.write("covgate.toml", "scope = \"all\"\n");
    repository.commit();
    repository.push(&["--no-verify", "origin", "main"]).succeeds();
    all(&repository, &edit);
    // The environment wins over the file.
    let ran = push(&repository.clone().env("COVGATE_SCOPE", "affected"), &edit).succeeds();
    assert_eq!(ran.rows(), ["PASS b"], "{ran}");
    let ran = push(&repository.env("COVGATE_SCOPE", "some"), &edit).exits(1);
    ran.says("wrong COVGATE_SCOPE");
}

/// A deleted file that was embedded can have changed the packages that embedded it.
#[test]
fn a_deleted_embedded_file_gates_who_embedded_it() {
    for embedded in ["data", "testdata"] {
        let repository = Repository::module();
        let source = format!(
            "package a\n\nimport \"embed\"\n\n//go:embed {embedded}\nvar files embed.FS\n\nfunc F() int {{\n\tlist, _ := files.ReadDir(\"{embedded}\")\n\treturn len(list)\n}}\n"
        );
        repository.write("a/a.go", &source);
        repository.write(
            "a/a_test.go",
            "package a\n\nimport \"testing\"\n\nfunc Test(t *testing.T) { F() }\n",
        );
        repository.write(&format!("a/{embedded}/one"), "");
        repository.write(&format!("a/{embedded}/two"), "");
        repository.write(
            "b/b_test.go",
            "package b\n\nimport \"testing\"\n\nfunc Test(t *testing.T) {\n\tif F() != 2 {\n\t\tt.Fatal(\"not two\")\n\t}\n}\n",
        );
        repository.commit();
        repository.push(&["origin", "main"]).succeeds();
        repository.remove(&format!("a/{embedded}/two"));
        let ran = push(&repository, &[]);
        assert!(ran.rows().contains(&"FAIL b".to_owned()), "{embedded}\n{ran}");
    }
}

/// The same for a package further up, which may embed files of packages below.
#[test]
fn a_deleted_file_gates_who_embedded_it_from_above() {
    for embedded in ["c/testdata", "c/more.go"] {
        let repository = Repository::module();
        repository.write("c/testdata/one", "");
        repository.write("c/testdata/two", "");
        repository.write("c/more.go", "package c\n");
        repository.write(
            "root.go",
            "package m\n\nimport \"embed\"\n\n//go:embed c/*.go c/testdata\nvar files embed.FS\n\nfunc F() int {\n\tsources, _ := files.ReadDir(\"c\")\n\tdata, _ := files.ReadDir(\"c/testdata\")\n\treturn len(sources) + len(data)\n}\n",
        );
        repository.write(
            "root_test.go",
            "package m\n\nimport \"testing\"\n\nfunc Test(t *testing.T) {\n\tif F() != 6 {\n\t\tt.Fatal(F())\n\t}\n}\n",
        );
        repository.commit();
        repository.push(&["origin", "main"]).succeeds();
        repository.remove(if embedded == "c/testdata" { "c/testdata/two" } else { embedded });
        let ran = push(&repository, &[]);
        assert!(ran.rows().contains(&"FAIL .".to_owned()), "{embedded}\n{ran}");
    }
}

/// A package has a file that is a link into another package.
#[test]
fn what_a_link_points_to_gates_everything() {
    let repository = Repository::module();
    repository.write("c/shared.go", "package c\n\nconst Shared = 1\n");
    repository.write("d/d.go", "package c\n\nfunc F() int { return Shared }\n");
    repository.write(
        "d/d_test.go",
        "package c\n\nimport \"testing\"\n\nfunc Test(t *testing.T) {\n\tif F() != 1 {\n\t\tt.Fatal(\"not one\")\n\t}\n}\n",
    );
    std::os::unix::fs::symlink("../c/shared.go", repository.folder().join("d/shared.go")).unwrap();
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
    let ran = push(&repository, &[("c/shared.go", "package c\n\nconst Shared = 2\n")]);
    assert!(ran.rows().contains(&"FAIL d".to_owned()), "{ran}");
    assert_eq!(ran.rows().len(), 4, "{ran}");
    ran.says("note: gating every package: d/shared.go is a symbolic link");
    let ran = push(&repository, &[("b/more.go", "package b\n")]).succeeds();
    assert_eq!(ran.rows(), ["PASS b"], "{ran}");
}

/// A module below testdata affects every package that requires it.
#[test]
fn a_replaced_module_in_testdata_gates_its_importers() {
    let repository = Repository::module();
    repository.write("a/testdata/lib/go.mod", "module lib\n\ngo 1.22\n");
    repository.write("a/testdata/lib/lib.go", "package lib\n\nconst One = 1\n");
    repository.write(
        "go.mod",
        "module m\n\ngo 1.22\n\nrequire lib v0.0.0\n\nreplace lib => ./a/testdata/lib\n",
    );
    repository.write("c/c.go", "package c\n\nimport \"lib\"\n\nfunc F() int { return lib.One }\n");
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
    let edit = [("a/testdata/lib/lib.go", "package lib\n\nconst One = 2\n")];
    let ran = push(&repository, &edit);
    assert!(ran.rows().contains(&"FAIL c".to_owned()), "{ran}");
}

/// Tests outside a package belong to it.
#[test]
fn tests_outside_gate_their_package() {
    let repository = Repository::new();
    repository.write("covgate.toml", "test-dir = \"tests\"\n");
    repository.write("pkg/x/x.go", "package x\n\nfunc F() int { return 1 }\n");
    repository.write("pkg/y/y.go", "package y\n");
    let test = "package x_test\n\nimport (\n\t\"m/pkg/x\"\n\t\"testing\"\n)\n\nfunc Test(t *testing.T) { x.F() }\n";
    repository.write("tests/x/x_test.go", test);
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
    let ran = push(&repository, &[("tests/x/x_test.go", &test.replace("x.F()", "_ = x.F"))]);
    assert_eq!(ran.exits(1).rows(), ["FAIL pkg/x"]);
    let ran = push(&repository, &[("pkg/x/more.go", "package x\n")]).succeeds();
    assert_eq!(ran.rows(), ["PASS pkg/x"], "{ran}");
}

#[test]
fn a_module_in_a_folder() {
    let repository = Repository::new();
    repository.remove("go.mod");
    let module = repository.at("sub/module");
    module.write("go.mod", "module m\n\ngo 1.22\n");
    module.packages();
    repository.write("README.md", "x\n");
    repository.commit();
    let ran = repository.push(&["origin", "main"]).succeeds();
    assert_eq!(ran.rows().len(), 3, "{ran}");
    let ran = push(&module, &[("c/more.go", "package c\n")]).succeeds();
    assert_eq!(ran.rows(), ["PASS c"], "{ran}");
    let ran = push(&repository, &[("README.md", "y\n")]).succeeds();
    assert_eq!(ran.rows(), [""; 0], "{ran}");
}

#[test]
fn no_module_is_nothing_to_gate() {
    let repository = Repository::new();
    repository.remove("go.mod");
    repository.write("a/testdata/go.mod", "module fixture\n");
    repository.write("x.go", "package x\n");
    let commit = repository.commit();
    let push = repository.push(&["origin", "main"]).succeeds();
    let words = format!("nothing to gate: {} holds no Go module", &commit[..12]);
    assert_eq!(push.words(), [words], "{push}");
}
