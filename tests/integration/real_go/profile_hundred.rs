//! A profile of plain `go test` of a hundred packages: judging it gives the table of the run that it
//! replaces.

use std::fmt::Write;

use crate::support::module::Module;

const PACKAGES: usize = 100;

/// Packages of every kind, in turn: with tests, with statements but no tests, without statements, with parts
/// that do not count, and floors below, above and at what is covered. Most have no statements: go starts
/// two programs for each package that has some and no tests, in each run.
fn module() -> Module {
    let module = Module::new("-- go.mod --\nmodule example.com/hundred\n\ngo 1.22\n");
    module.write("covgate.toml", "default-threshold = 30\nexclude-files = [\"*.pb.go\"]\n");
    for number in 0..PACKAGES {
        let name = format!("p{number:03}");
        let (has_tests, is_untested) = (number % 4 == 0, number % 16 == 7);
        let mut text = format!("package {name}\n\n");
        if has_tests || is_untested {
            // A function for each call that the tests make, and some more.
            for function in 0..=number % 7 {
                let why = if function == 3 { " //covgate:ignore nobody calls it" } else { "" };
                writeln!(text, "func F{function}(b bool) int {{{why}\n\tif b {{\n\t\treturn 1\n\t}}\n\treturn 2\n}}\n").unwrap();
            }
        } else {
            text += "type T int\n";
        }
        module.write(&format!("{name}/{name}.go"), &text);
        if has_tests {
            let call = format!("F{}({})", number % 7 / 2, number % 8 == 0);
            let test = format!(
                "package {name}\n\nimport \"testing\"\n\nfunc Test(t *testing.T) {{ {call} }}\n"
            );
            module.write(&format!("{name}/{name}_test.go"), &test);
        }
        // The third kind has no other statements.
        if number % 12 == 0 || number % 32 == 23 || number == 50 {
            module.write(
                &format!("{name}/x.pb.go"),
                &format!("package {name}\n\nfunc X() int {{ return 1 }}\n"),
            );
        }
        match number % 5 {
            1 => module.write(&format!("{name}/.covgate"), "0\n"),
            2 => module.write(&format!("{name}/.covgate"), "12.5\n"),
            4 => module.write(&format!("{name}/.covgate"), "66.7\n"),
            _ => {}
        }
    }
    module
}

#[test]
fn a_hundred_packages_have_one_table() {
    let module = module();
    // With the flags of covgate's own run, which go 1.25 and later then serve from their cache of tests.
    module.go(&["test", "-json", "-cover", "-coverprofile=cover.out", "./..."]).exits(0);
    let judged = module.check(&["--profile=cover.out"]).exits(1);
    assert_eq!(judged.rows().len(), PACKAGES);
    for status in ["PASS", "FAIL", "LOOSE"] {
        assert!(judged.rows().iter().any(|row| row.status == status), "no {status}: {judged}");
    }
    assert!(judged.stdout.contains("\nIgnoring "), "{judged}");
    let run = module.check(&["--engine=batch", "--no-timings", "--prewarm=never"]);
    assert_eq!((judged.stdout, judged.code), (run.stdout, run.code));
}
