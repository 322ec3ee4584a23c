//! Several modules in one repository: a workspace without a module at its root, modules in modules, and
//! modules beside each other.

#![expect(clippy::unwrap_used, reason = "support of tests")]

use std::collections::BTreeMap;

use super::repository::{Ran, Repository};
use crate::support::module::GO_MINOR;

const TEST: &str = "import \"testing\"\n\nfunc Test(t *testing.T) { F(1) }\n";
/// Two of three statements.
const CODE: &str = "func F(n int) int {\n\tif n > 0 {\n\t\treturn 1\n\t}\n\treturn 2\n}\n";

fn repository() -> Repository {
    let repository = Repository::new().env("COVGATE_DEFAULT_THRESHOLD", "60");
    repository.remove("go.mod");
    repository
}

fn module(repository: &Repository, folder: &str, path: &str, more: &str) {
    repository.write(&format!("{folder}/go.mod"), &format!("module {path}\n\ngo 1.22\n{more}"));
}

/// A package that calls another, if one is named.
fn package(repository: &Repository, folder: &str, calls: Option<&str>) {
    let name = folder.rsplit('/').next().unwrap();
    let (import, call) = match calls {
        Some(path) => {
            let called = path.rsplit('/').next().unwrap();
            (
                format!("import \"{path}\"\n\n"),
                format!("\nfunc G() int {{ return {called}.F(1) }}\n"),
            )
        }
        None => (String::new(), String::new()),
    };
    repository
        .write(&format!("{folder}/{name}.go"), &format!("package {name}\n\n{import}{CODE}{call}"));
    repository.write(&format!("{folder}/{name}_test.go"), &format!("package {name}\n\n{TEST}"));
}

/// Two modules that only their workspace builds: b imports a.
fn workspace() -> Repository {
    let repository = repository();
    repository.write("go.work", "go 1.22\n\nuse (\n\t./b\n\t./a\n)\n");
    module(&repository, "a", "ex.com/a", "");
    module(&repository, "b", "ex.com/b", "");
    package(&repository, "a/x", None);
    package(&repository, "a/y", None);
    package(&repository, "b/x", Some("ex.com/a/x"));
    repository.commit();
    repository
}

/// A module at the root and one in it; others where go looks for none.
fn nested() -> Repository {
    let repository = repository();
    module(&repository, ".", "ex.com/root", "");
    module(&repository, "tools", "ex.com/root/tools", "");
    package(&repository, "x", None);
    package(&repository, "tools/x", None);
    for hidden in ["testdata/m", "vendor/m", "_old", "tools/.cache"] {
        module(&repository, hidden, "ex.com/hidden", "");
        package(&repository, &format!("{hidden}/x"), None);
    }
    repository.commit();
    repository
}

/// Modules beside each other: two replaces one, three is alone.
fn beside() -> Repository {
    let repository = repository();
    module(&repository, "one", "ex.com/one", "");
    let one = "\nrequire ex.com/one v0.0.0\n\nreplace ex.com/one => ../one\n";
    module(&repository, "two", "ex.com/two", one);
    module(&repository, "three", "ex.com/three", "");
    package(&repository, "one/x", None);
    package(&repository, "two/x", Some("ex.com/one/x"));
    package(&repository, "three/x", None);
    repository.commit();
    repository
}

fn check(repository: &Repository, args: &[&str]) -> Ran {
    repository.covgate(&[&["check"], args].concat())
}

/// What plain go says of each package of a module, by folder.
fn plain(repository: &Repository, module: &str, workspace: &str) -> BTreeMap<String, String> {
    let inside = repository.at(repository.folder().join(module)).env("GOWORK", workspace);
    let said = inside.shell("go test -count=1 -cover ./...").succeeds().stdout;
    let numbers = said.lines().filter_map(|line| {
        let path = line.split_whitespace().nth(1)?;
        let (_, rest) = line.split_once("coverage: ")?;
        let folder = path.rsplit('/').next()?;
        let label = if module == "." { folder.to_owned() } else { format!("{module}/{folder}") };
        Some((label, rest.split_once('%')?.0.to_owned()))
    });
    numbers.collect()
}

fn numbers(ran: &Ran) -> BTreeMap<String, String> {
    let table = ran.table().into_iter();
    table.map(|(_, coverage, label)| (label.to_owned(), coverage.to_owned())).collect()
}

fn labels(ran: &Ran) -> Vec<&str> {
    ran.table().into_iter().map(|(.., label)| label).collect()
}

#[test]
fn a_workspace_is_one_gate() {
    let repository = workspace();
    let file = repository.folder().join("go.work");
    let mut expected = plain(&repository, "a", file.as_str());
    expected.extend(plain(&repository, "b", file.as_str()));
    for engine in ["batch", "fanout"] {
        let ran = check(&repository, &["--engine", engine, "--modules=workspace"]).exits(1);
        assert_eq!(ran.rows(), ["PASS a/x", "PASS a/y", "FAIL b/x"], "{ran}");
        assert_eq!(numbers(&ran), expected, "{engine}");
    }
    // Outside of a module that is the default, and from inside one it is all of them.
    for (folder, args) in
        [(".", &[][..]), ("a", &["--modules=workspace"]), ("b/x", &["--workspace"])]
    {
        let there = repository.at(folder);
        assert_eq!(labels(&check(&there, args).exits(1)), ["a/x", "a/y", "b/x"], "{folder}");
    }
    check(&repository, &["--workspace"]).exits(1).says("warning: `workspace` is the old name");
    let asked = ["--modules=workspace", "./x", "../b/...", "ex.com/a/y"];
    assert_eq!(labels(&check(&repository.at("a"), &asked).exits(1)), ["a/x", "a/y", "b/x"]);
    check(&repository.at("a"), &["--modules=workspace", "./nope"]).exits(5);
    // Built apart, b lacks a.
    let lacks = "covgate: go was run without ";
    let apart = check(&repository, &["--modules=all"]).exits(1);
    assert_eq!(apart.rows()[2], "FAIL b/x", "{apart}");
    // Before go 1.24 such an error is not the package's.
    let place = if *GO_MINOR < 24 { &apart.stderr } else { &apart.stdout };
    assert!(place.contains(lacks), "{apart}");
    let warm = repository.env("COVGATE_PREWARM", "always");
    check(&warm, &["--modules=all"]).exits(3).says("in the module b/go.mod").says("go was run");
}

#[test]
fn modules_in_modules() {
    let repository = nested();
    let note = "note: 1 other module in this folder is not gated: --modules=all gates it, too\n";
    let ran = check(&repository, &[]).exits(0).says(note);
    assert_eq!(labels(&ran), ["x"]);
    let alone = check(&repository.at("tools"), &[]).exits(0).lacks("note: ");
    assert_eq!(labels(&alone), ["x"]);
    let mut expected = plain(&repository, ".", "off");
    expected.extend(plain(&repository, "tools", "off"));
    for engine in ["batch", "fanout"] {
        let ran = check(&repository, &["--modules=all", "--engine", engine]).exits(0);
        assert_eq!(labels(&ran.lacks("note: ")), ["x", "tools/x"]);
    }
    let ran = check(&repository, &["--modules=all"]);
    assert_eq!(numbers(&ran), expected);
    // The module around a folder, as far as it lies below.
    let below = repository.at("tools/x");
    assert_eq!(labels(&check(&below, &["--modules=all"])), ["tools/x"]);
    assert_eq!(labels(&check(&repository, &["--modules=all", "./x"])), ["x"]);
    assert_eq!(labels(&check(&repository, &["--modules=all", "./tools/..."])), ["tools/x"]);
    check(&repository, &["--modules=all", "./x", "./nope"]).exits(2);
}

#[test]
fn modules_beside_each_other() {
    let repository = beside();
    let ran = check(&repository, &[]).exits(1);
    assert_eq!(ran.rows(), ["PASS one/x", "PASS three/x", "FAIL two/x"], "{ran}");
    let modules = ["one", "two", "three"];
    let expected: BTreeMap<_, _> =
        modules.iter().flat_map(|module| plain(&repository, module, "off")).collect();
    assert_eq!(numbers(&ran), expected);
    check(&repository, &["--modules=this"]).exits(4).says("is not in a Go module");
    check(&repository, &["--modules=workspace"]).exits(4).says("there is no go.work in");
}

/// One run, one warm pass, one table; its bytes do not depend on which module is ready first.
#[test]
fn one_table_and_one_warm_pass() {
    let repository = beside().env("COVGATE_PREWARM", "always");
    let run = || check(&repository, &["--no-timings", "-p", "2"]).exits(1).stdout;
    let first = run();
    assert_eq!(first.matches("Pre-warming build cache (3 packages)...").count(), 1, "{first}");
    assert_eq!(first.matches("Total time").count(), 1, "{first}");
    assert_eq!(run(), first);
}

#[test]
fn a_modules_own_file_says_its_floors() {
    let repository = beside();
    repository.write("covgate.toml", "modules = \"all\"\nexclude = [\"./three/...\"]\n");
    let own =
        "default-threshold = 90\nparallelism = 1\n\n[[package]]\npath = \"x\"\nthreshold = 50\n";
    repository.write("two/covgate.toml", own);
    repository.write("one/.covgate", "10\n");
    let quiet = repository.clone().env("COVGATE_DEFAULT_THRESHOLD", "");
    let ran = check(&quiet, &[]).exits(1);
    assert_eq!(ran.rows(), ["FAIL one/x", "PASS two/x"], "{ran}");
    assert!(ran.stdout.contains("SKIPPED       ---       ---       ---  three/x"), "{ran}");
    ran.says("note: two/covgate.toml: parallelism only counts where this module is gated alone\n");
    repository.write("two/covgate.toml", "exclude = [\"x\"]\n");
    repository
        .write("covgate.toml", "modules = \"all\"\n[[package]]\npath = \"two/x\"\nthreshold = 1\n");
    assert_eq!(labels(&check(&quiet, &[])), ["one/x", "three/x"]);
    let unused = "modules = \"all\"\nexclude = [\"./four/...\"]\n";
    repository.write("covgate.toml", unused);
    check(&quiet, &[]).says("warning: pattern `./four/...`");
}

/// One module that cannot be measured closes the gate; the others are measured.
#[test]
fn a_module_that_go_refuses_closes_the_gate() {
    let repository = beside();
    let without_two = |ran: Ran, file: &str, why: &str| {
        assert_eq!(labels(&ran), ["one/x", "three/x"], "{ran}");
        ran.exits(1).says(&format!("error: {file}")).says(why);
    };
    module(&repository, "two", "ex.com/two", "\ngo 1.99\n");
    repository.write("two/go.mod", "module ex.com/two\n\ngo 1.99\n");
    without_two(check(&repository, &[]), "two/go.mod: this module is not measured: ", "1.99");
    repository.write("two/go.mod", "modul ex.com/two\n");
    without_two(check(&repository, &[]), "two/go.mod: this module is not measured: ", "modul");
    module(&repository, "two", "ex.com/one", "");
    package(&repository, "two/x", None);
    without_two(
        check(&repository, &[]),
        "two/go.mod: module ex.com/one is also one/go.mod",
        "one of them needs another path",
    );
    for module in ["one", "two", "three"] {
        repository.write(&format!("{module}/go.mod"), "modul x\n");
    }
    check(&repository, &[]).exits(4).says("unknown directive: modul");
}

#[test]
fn a_workspace_that_go_refuses_is_an_error() {
    let repository = workspace();
    repository.write("go.work", "go 1.22\n\nuse (\n\t./a\n\t./gone\n)\n");
    check(&repository, &[]).exits(4).says("gone");
    repository.write("go.work", "use what\n");
    check(&repository, &[]).exits(4).says("cannot load module what listed in go.work");
    module(&repository, "b", "ex.com/a", "");
    repository.write("go.work", "go 1.22\n\nuse (\n\t./a\n\t./b\n)\n");
    check(&repository, &[]).exits(4).says("ex.com/a");
}

/// What others read: every path from the repository's root, and which module each package is of.
#[test]
fn reports_name_files_from_the_repositorys_root() {
    let repository = beside();
    package(&repository, "two/y", None);
    repository.write(
        "two/y/y_test.go",
        "package y\n\nimport \"testing\"\n\nfunc Test(t *testing.T) {\n\tt.Fatal(\"no\")\n}\n",
    );
    let formats = ["json", "lcov", "cobertura", "github", "markdown", "junit", "html"];
    let args: Vec<String> =
        formats.iter().map(|name| format!("--report={name}=../{name}")).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    check(&repository, &args).exits(1);
    let report = |name: &str| std::fs::read_to_string(repository.root().join(name)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&report("json")).unwrap();
    assert_eq!(json["format"], 2);
    assert_eq!(json["root"], "");
    let module = |path: &str, dir: &str| serde_json::json!({ "path": path, "dir": dir });
    let modules =
        [module("ex.com/one", "one"), module("ex.com/three", "three"), module("ex.com/two", "two")];
    assert_eq!(json["modules"], serde_json::Value::from(modules.to_vec()));
    assert_eq!(json["packages"][2]["module"], "ex.com/two");
    assert_eq!(json["packages"][2]["files"][0]["path"], "two/x/x.go");
    let lcov = report("lcov");
    let files: Vec<&str> = lcov.lines().filter_map(|line| line.strip_prefix("SF:")).collect();
    assert_eq!(files, ["one/x/x.go", "three/x/x.go", "two/x/x.go"]);
    assert!(report("cobertura").contains("filename=\"two/x/x.go\""), "{}", report("cobertura"));
    let github = report("github");
    assert!(github.contains("file=two/y/y_test.go,line=6"), "{github}");
    assert!(github.contains("file=two/x/x.go,line="), "{github}");
    assert!(report("junit").contains("classname=\"ex.com/two\""));
    assert!(report("markdown").contains("two/x"));
    // Its sources are in the page.
    let html = report("html");
    assert!(html.contains("3 modules") && html.contains("return x.F(1)"), "{html}");
}

#[test]
fn shards_of_many_modules_merge() {
    let repository = beside();
    let table = |ran: Ran| ran.stdout;
    let whole = check(&repository, &["--no-timings", "-p", "1", "--report=json=../whole"]);
    let shard = |index: usize| {
        let (part, report) = (format!("{index}/2"), format!("--report=json=../{index}"));
        check(&repository, &["--no-timings", "-p", "1", "--shard", &part, &report]);
    };
    [1, 2].into_iter().for_each(shard);
    let merged = repository.covgate(&["merge", "../1", "../2", "--report=json=../merged"]);
    let read = |name: &str| std::fs::read_to_string(repository.root().join(name)).unwrap();
    assert_eq!(read("merged"), read("whole"));
    assert_eq!(table(merged), table(whole));
}

#[test]
fn floors_rise_and_fall_where_they_are_named() {
    let repository = beside();
    let ratchet = |args: &[&str]| repository.covgate(&[&["ratchet"], args].concat());
    ratchet(&[]).exits(0);
    let floor = |module: &str| {
        std::fs::read_to_string(repository.folder().join(module).join("x/.covgate")).unwrap()
    };
    assert_eq!([floor("one"), floor("two")], ["66.7\n", "50.0\n"].map(str::to_owned));
    repository.write("three/x/.covgate", "90\n");
    repository.write("one/x/.covgate", "90\n");
    ratchet(&["--lower", "three/x", "--reason", "why"]).exits(0);
    assert!(floor("three").starts_with("66.7\n") && floor("one") == "90\n");
    let audit = repository.covgate(&["audit", "--files"]).exits(0);
    assert!(audit.stdout.contains("\ntwo/x/x.go: 50.0%"), "{audit}");
}

/// What a change reaches: its own module, and those that are built with it.
#[test]
fn a_change_reaches_what_is_built_with_it() {
    let change = |repository: &Repository, file: &str, args: &[&str]| {
        let ran = check(repository, &[&["--since=HEAD"], args].concat());
        repository.git(&["checkout", "--quiet", "."]);
        (labels(&ran).join(" "), file.to_owned(), ran.to_string())
    };
    let expect = |(found, file, ran): (String, String, String), expected: &str| {
        assert_eq!(found, expected, "{file}: {ran}");
    };
    let apart = beside();
    for (file, expected) in [
        ("one/x/x.go", "one/x two/x"),
        ("two/x/x.go", "two/x"),
        ("three/x/x.go", "three/x"),
        ("three/go.mod", "three/x"),
        ("one/go.mod", "one/x two/x"),
    ] {
        let text = std::fs::read_to_string(apart.folder().join(file)).unwrap();
        apart.write(file, &format!("{text}\n// More.\n"));
        expect(change(&apart, file, &[]), expected);
    }
    let together = workspace();
    for (file, expected) in [
        ("a/x/x.go", "a/x b/x"),
        ("a/y/y.go", "a/y"),
        ("b/x/x.go", "b/x"),
        ("go.work", "a/x a/y b/x"),
    ] {
        let text = std::fs::read_to_string(together.folder().join(file)).unwrap();
        together.write(file, &format!("{text}\n// More.\n"));
        expect(change(&together, file, &[]), expected);
    }
    // A test that looks around can see other modules.
    apart.write("three/x/look_test.go", "package x\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestLook(t *testing.T) {\n\t_, _ = os.ReadFile(\"../../one/x/x.go\")\n}\n");
    apart.commit();
    let text = std::fs::read_to_string(apart.folder().join("one/x/x.go")).unwrap();
    apart.write("one/x/x.go", &format!("{text}\n// More.\n"));
    expect(change(&apart, "one/x/x.go", &[]), "one/x three/x two/x");
}

#[test]
fn floors_do_not_fall_unseen_in_any_module() {
    let repository = beside();
    repository.write("covgate.toml", "modules = \"all\"\n");
    repository.write("one/covgate.toml", "default-threshold = 60\n");
    repository.commit();
    repository.write("one/covgate.toml", "default-threshold = 50\n");
    let quiet = repository.clone().env("COVGATE_DEFAULT_THRESHOLD", "");
    let ran = check(&quiet, &["--since=HEAD"]).exits(1);
    let fell = "floor fell from 60.0 to 50.0 without a reason";
    assert!(ran.stdout.contains(fell) && labels(&ran) == ["one/x"], "{ran}");
    repository.write("one/covgate.toml", "default-threshold = 50\nreason = \"slow machines\"\n");
    let ran = check(&quiet, &["--since=HEAD"]).exits(0);
    assert!(!ran.stdout.contains("floor fell"), "{ran}");
}

/// The hook gates the pushed tree by the same setting, and says the same.
#[test]
fn a_push_gates_what_the_setting_says() {
    for (repository, setting, all) in [
        (workspace(), "workspace", "a/x a/y b/x"),
        (nested(), "this", "x"),
        (nested(), "all", "x tools/x"),
        (beside(), "all", "one/x three/x two/x"),
    ] {
        repository
            .write("covgate.toml", &format!("modules = \"{setting}\"\ndefault-threshold = 40\n"));
        let repository = repository.env("COVGATE_DEFAULT_THRESHOLD", "");
        repository.commit();
        repository.covgate(&["hook", "install", "--force"]).exits(0);
        let pushed = repository.push(&["origin", "main"]).succeeds();
        assert_eq!(labels(&pushed).join(" "), all, "{pushed}");
        repository.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
        repository.push(&["origin", "main:again"]).says("has passed before");
    }
}

#[test]
fn a_push_without_the_setting_gates_every_module() {
    for (repository, all, reached) in
        [(workspace(), "a/x a/y b/x", "a/y"), (beside(), "one/x three/x two/x", "three/x")]
    {
        let repository = repository.env("COVGATE_DEFAULT_THRESHOLD", "40");
        let pushed = repository.push(&["origin", "main"]).succeeds();
        assert_eq!(labels(&pushed).join(" "), all, "{pushed}");
        package(&repository, reached, None);
        let name = reached.rsplit('/').next().unwrap();
        repository
            .write(&format!("{reached}/more.go"), &format!("package {name}\n\nvar More = 1\n"));
        repository.commit();
        let pushed = repository.push(&["origin", "main"]).succeeds();
        assert_eq!(labels(&pushed).join(" "), reached, "{pushed}");
    }
}

/// A module that no change can reach costs a list of names.
#[test]
fn an_untouched_module_is_not_listed_in_full() {
    let (repository, calls) = beside().logging_go();
    let text = std::fs::read_to_string(repository.folder().join("one/x/x.go")).unwrap();
    repository.write("one/x/x.go", &format!("{text}\n// More.\n"));
    assert_eq!(labels(&check(&repository, &["--since=HEAD"])), ["one/x", "two/x"]);
    let calls = calls();
    let lists: Vec<_> = calls.iter().filter(|call| call.starts_with("list ")).collect();
    let names = lists.iter().filter(|call| call.contains(" -find ")).count();
    assert_eq!((lists.len(), names), (3, 1), "{lists:?}");
}

/// Appends a line to a file.
fn edit(repository: &Repository, file: &str) {
    let text = std::fs::read_to_string(repository.folder().join(file)).unwrap_or_default();
    repository.write(file, &format!("{text}\n// More.\n"));
}

fn since(repository: &Repository) -> Ran {
    check(repository, &["--since=HEAD"])
}

/// Nothing else is left to run, and the gate is closed all the same.
#[test]
fn a_module_that_go_refuses_closes_a_gate_on_nothing() {
    let repository = beside();
    repository.write("three/go.mod", "modul x\n");
    since(&repository).exits(1).says("three/go.mod: this module is not measured");
    std::fs::remove_file(repository.folder().join("three/go.mod")).unwrap();
    since(&repository).exits(1).says("git tracks this file, but it is not here");
    let shard = |part: &str| {
        let report = format!("--report=json=../{}", &part[..1]);
        check(&repository, &["--since=HEAD", "--no-timings", "--shard", part, &report])
    };
    for part in ["1/2", "2/2"] {
        shard(part).exits(1);
    }
    let merged = repository.covgate(&["merge", "../1", "../2"]).exits(1);
    assert_eq!(merged.stderr.matches("three/go.mod").count(), 1, "{merged}");
    repository.covgate(&["audit", "./three/..."]).exits(4);
}

/// The settings of the run are of every module.
#[test]
fn the_file_of_the_run_reaches_every_module() {
    let repository = beside().env("COVGATE_DEFAULT_THRESHOLD", "");
    repository.write("covgate.toml", "modules = \"all\"\ndefault-threshold = 60\n");
    repository.commit();
    repository.write("covgate.toml", "modules = \"all\"\ndefault-threshold = 40\n");
    let ran = since(&repository).exits(1);
    assert_eq!(labels(&ran).len(), 3, "{ran}");
    assert!(ran.stdout.contains("floor fell from 60.0 to 40.0"), "{ran}");
}

/// A module that go.work names and that is not gated: others are built with it.
#[test]
fn what_is_built_with_and_not_gated_counts() {
    let repository = workspace();
    repository.write("go.work", "go 1.22\n\nuse (\n\t./b\n\t./a\n\t./testdata/m\n)\n");
    module(&repository, "testdata/m", "ex.com/m", "");
    package(&repository, "testdata/m/x", None);
    package(&repository, "a/y", Some("ex.com/m/x"));
    // A package that no pattern names, in another module.
    package(&repository, "b/testdata/z", None);
    package(&repository, "a/w", Some("ex.com/b/testdata/z"));
    repository.commit();
    edit(&repository, "testdata/m/x/x.go");
    assert!(labels(&since(&repository)).contains(&"a/y"));
    repository.git(&["checkout", "--quiet", "."]);
    edit(&repository, "b/testdata/z/z.go");
    assert_eq!(labels(&since(&repository)), ["a/w"]);
}

/// go's test cache does not know the files that a test opened outside of its module.
#[test]
fn what_a_test_reads_in_another_module_counts() {
    let repository = beside();
    let reads = "package x\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestRead(t *testing.T) {\n\ttext, _ := os.ReadFile(\"../../one/data.txt\")\n\tif string(text) != \"good\\n\" {\n\t\tt.Fatal(\"bad\")\n\t}\n}\n";
    repository.write("three/x/read_test.go", reads);
    repository.write("one/data.txt", "good\n");
    repository.commit();
    assert_eq!(check(&repository, &[]).rows()[1], "PASS three/x");
    repository.write("one/data.txt", "bad\n");
    let ran = since(&repository).exits(1);
    assert!(ran.rows().contains(&"FAIL three/x".to_owned()), "{ran}");
    // Its importers are asked for, not itself.
    package(&repository, "three/y", Some("ex.com/three/far"));
    package(&repository, "three/far", None);
    repository.write("three/far/up.go", "package far\n\nconst Up = \"../../one\"\n");
    repository.commit();
    repository.write("one/data.txt", "worse\n");
    let ran = check(&repository, &["--since=HEAD", "./three/y"]);
    assert_eq!(labels(&ran), ["three/y"], "{ran}");
}

/// What lies around the pushed tree is not pushed.
#[test]
fn a_push_sees_no_files_of_the_work_tree() {
    let repository = beside().env("COVGATE_DEFAULT_THRESHOLD", "40");
    repository.write("go.mod", "module ex.com/mine\n\ngo 1.22\n");
    repository.write("go.work", "go 1.22\n\nuse ./one\n");
    repository.write("covgate.toml", "modules = \"this\"\n");
    let work = repository.folder().join("go.work");
    let repository = repository.env("GOWORK", work.as_str());
    let pushed = repository.push(&["origin", "main"]).succeeds();
    assert_eq!(labels(&pushed), ["one/x", "three/x", "two/x"], "{pushed}");
}

/// Links lead out of a tree, and the tree does not say where.
#[test]
fn what_is_built_with_a_link_outside_is_not_remembered() {
    let repository = beside().env("COVGATE_DEFAULT_THRESHOLD", "40");
    let (inside, outside) = (repository.folder().join("one"), repository.root().join("outside"));
    std::fs::rename(&inside, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &inside).unwrap();
    repository.commit();
    let push = |branch: &str| repository.push(&["origin", &format!("main:{branch}")]);
    push("a").succeeds().lacks("has passed before");
    push("b").succeeds().lacks("has passed before");
}

#[test]
fn a_pattern_in_a_file_starts_in_its_folder() {
    let repository = workspace();
    repository.write("go.work", "go 1.22\n\nuse (\n\t./b\n\t./a\n\t./sub/a\n)\n");
    module(&repository, "sub/a", "ex.com/suba", "");
    package(&repository, "sub/a/x", None);
    repository.write("sub/covgate.toml", "modules = \"workspace\"\nexclude = [\"a/x\"]\n");
    let ran = check(&repository.at("sub"), &[]);
    assert!(labels(&ran).contains(&"a/x") && !labels(&ran).contains(&"sub/a/x"), "{ran}");
    // A label can be pasted.
    let pasted = check(&repository.at("sub"), &["--exclude=b/x"]);
    assert!(!labels(&pasted).contains(&"b/x"), "{pasted}");
}

#[test]
fn what_is_not_gated_is_said() {
    let repository = workspace();
    module(&repository, "c", "ex.com/c", "");
    repository.commit();
    check(&repository, &[]).says("note: 1 module is not in go.work and not gated: --modules=all");
    check(&repository, &["./.../x"]).exits(2).says("`...` stands alone at the end");
}

/// git knows folders by their real names, so a run in a link is about the folder that it leads to.
#[test]
fn a_link_inside_the_repository_is_no_folder_of_its_own() {
    let repository = workspace();
    let link = repository.folder().join("link");
    std::os::unix::fs::symlink("a", &link).unwrap();
    let there = repository.at("link").env("PWD", link.as_str());
    for choice in ["this", "workspace", "all"] {
        let ran = check(&there, &["--modules", choice, "./..."]).exits(0);
        let expected = if choice == "this" { ["x", "y"] } else { ["a/x", "a/y"] };
        assert_eq!(labels(&ran), expected, "{choice}");
    }
}
