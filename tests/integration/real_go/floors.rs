//! Floors and real numbers: what closes the gate, and what opens it again.

use crate::support::module::{GO_MINOR, Module, Ran};

/// Packages with a number of functions, of which some are covered.
fn module(packages: &[(&str, usize, usize)]) -> Module {
    let module = Module::new("-- go.mod --\nmodule example.com/floors\n\ngo 1.22\n");
    for (folder, covered, total) in packages {
        let name = folder.rsplit('/').next().unwrap_or_default();
        let functions: String = (0..*total)
            .map(|number| format!("func F{number}() int {{ return {number} }}\n"))
            .collect();
        let calls: String = (0..*covered).map(|number| format!("\tF{number}()\n")).collect();
        module.write(&format!("{folder}/code.go"), &format!("package {name}\n\n{functions}"));
        module.write(
            &format!("{folder}/code_test.go"),
            &format!(
                "package {name}\n\nimport \"testing\"\n\nfunc Test(t *testing.T) {{\n{calls}}}\n"
            ),
        );
    }
    module
}

/// Writes exactly what the LOOSE rows advise; returns how many there were.
fn take_the_advice(module: &Module, ran: &Ran) -> usize {
    let loose = ran.rows().into_iter().filter(|row| row.status == "LOOSE");
    let written = loose.map(|row| {
        let (_, advice) = row.suffix.split_once("update .covgate to >= ").expect("an advice");
        module.write(&format!("{}/.covgate", row.label), &format!("{advice}\n"));
    });
    written.count()
}

#[test]
fn taking_the_advice_opens_the_gate() {
    let module =
        module(&[("one", 2, 3), ("two", 5, 7), ("three", 9, 16), ("four", 11, 11), ("five", 1, 9)]);
    for tolerance in ["0.5", "0", "0.33", "3"] {
        for package in ["one", "two", "three", "four", "five"] {
            module.write(&format!("{package}/.covgate"), "7.25\nkept\n");
        }
        let args = ["--tightness-tolerance", tolerance];
        let ran = module.check(&args).exits(1);
        assert_eq!(take_the_advice(&module, &ran), 5, "{ran}");
        let ran = module.check(&args).exits(0);
        assert!(ran.rows().iter().all(|row| row.status == "PASS"), "{ran}");
        assert!(
            ran.stdout.ends_with("\nAll packages meet minimum coverage requirement\n"),
            "{ran}"
        );
    }
}

#[test]
fn a_floor_holds_at_one_decimal() {
    let module = module(&[("low", 2, 3), ("own", 1, 2), ("skipped", 0, 1)]);
    module.write("own/.covgate", "50\n");
    let report = "\
Checking per-package coverage (default minimum: 66.8%)...

Excluded 1 package(s) from coverage measurement

STATUS   COVERAGE  REQUIRED      TIME  PACKAGE
-------  --------  --------  --------  -------
FAIL        66.7%     66.8%       ---  low
PASS        50.0%     50.0%       ---  own
SKIPPED       ---       ---       ---  skipped

Total time: ---
ERROR: One or more packages failed tests, are below their minimum coverage, or have loose .covgate thresholds
";
    let args = ["-p1", "--no-timings", "--exclude", "./skipped"];
    let closed = module.check(&[&args[..], &["--default-threshold=66.8"]].concat()).exits(1);
    let tail = "
1 package below its floor
low needs 1 more statement for 66.8%; not covered:
  low/code.go:5  1 statement
see all of it: covgate audit ";
    assert_eq!(closed.stdout, report);
    assert!(closed.stderr.starts_with(tail), "{closed}");
    assert!(closed.stderr.contains(" ./low\nlower the floor on purpose: "), "{closed}");
    assert!(closed.stderr.ends_with(" --lower ./low --reason \"why\"\n"), "{closed}");
    module.check(&[&args[..], &["--default-threshold=66.7"]].concat()).exits(0);

    module.write("own/.covgate", "49.4\n");
    let args = [&args[..], &["--default-threshold=0"]].concat();
    assert_eq!(module.check(&args).exits(1).row("own").status, "LOOSE");
    let warned = module.check(&[&args[..], &["--tightness=warn"]].concat()).exits(0);
    assert_eq!(warned.row("own").status, "LOOSE");
    let off = module.check(&[&args[..], &["--tightness=off"]].concat()).exits(0);
    assert_eq!(off.row("own").status, "PASS");
}

/// At most ten packages, each with its three largest ranges, named from the folder where covgate
/// was started.
#[test]
fn what_is_missing_is_said_in_short() {
    let branch =
        |lines: usize| format!("\tif b {{\n{}\t}}\n\tprintln()\n", "\t\tprintln()\n".repeat(lines));
    let branches: String = [1, 3, 2, 4].map(branch).concat();
    let module = module(&[("one", 0, 1)]);
    module
        .write("deep/many/many.go", &format!("package many\n\nfunc F(b bool) {{\n{branches}}}\n"));
    module.write(
        "deep/many/many_test.go",
        "package many\n\nimport \"testing\"\n\nfunc Test(t *testing.T) { F(false) }\n",
    );
    let closed = module.check_in("deep", &["./...", "../one"]).exits(1);
    // Since go 1.27 a block begins at its first statement, not at the brace before it.
    let [one, two, three] = if *GO_MINOR > 26 { [20, 9, 15] } else { [19, 8, 14] };
    let expected = format!(
        "
2 packages below their floor
deep/many needs 7 more statements for 80.0%; not covered:
  many/many.go:{one}-24  4 statements
  many/many.go:{two}-12   3 statements
  many/many.go:{three}-17  2 statements
  and 1 smaller
one needs 1 more statement for 80.0%; not covered:
  one/code.go:3  1 statement
see all of it: covgate audit --go "
    );
    assert!(closed.stderr.starts_with(&expected), "{closed}");
    assert!(closed.stderr.contains(" ./many example.com/floors/one\nlower one "), "{closed}");

    let names: Vec<String> = (0..12).map(|index| format!("p{index:02}")).collect();
    let packages: Vec<(&str, usize, usize)> =
        names.iter().map(|name| (name.as_str(), 0, 1)).collect();
    let closed = self::module(&packages).check(&[]).exits(1);
    assert_eq!(closed.stderr.matches(" needs 1 more statement ").count(), 10, "{closed}");
    assert!(closed.stderr.contains("\nand 2 more packages are below their floors\n"), "{closed}");
}

/// The commands are to paste, wherever that is: `ratchet` and the one way down open the gate.
#[test]
fn the_commands_to_paste_open_the_gate() {
    let module = module(&[("deep/low", 1, 2), ("deep/high", 2, 2), ("other", 0, 1)]);
    module.write("deep/high/.covgate", "50\n");
    for (folder, patterns) in
        [("", &["./deep/..."][..]), ("deep", &[]), ("other", &["../deep/..."])]
    {
        module.write("deep/high/.covgate", "50\n");
        let _ = std::fs::remove_file(module.path().join("deep/low/.covgate"));
        let closed = module.check_in(folder, patterns).exits(1);
        let commands = closed.stderr.lines().filter_map(|line| line.split_once(": covgate "));
        let commands: Vec<String> = commands.map(|(_, rest)| format!("covgate {rest}")).collect();
        let words = ["audit", "ratchet", "ratchet"];
        assert_eq!(commands.len(), words.len(), "{closed}");
        for (command, word) in commands.iter().zip(words) {
            assert!(command.starts_with(&format!("covgate {word} ")), "{closed}");
            module.paste(folder, command).exits(0);
        }
        module.check_in(folder, patterns).exits(0);
        assert!(!module.path().join("other/.covgate").exists(), "{closed}");
    }
}
