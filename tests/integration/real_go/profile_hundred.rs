//! A profile of plain `go test` of a hundred packages: judging it gives the table of the run that it
//! replaces.

use std::fmt::Write;

use crate::support::ENGINES;
use crate::support::module::Module;

const PACKAGES: usize = 100;

/// Packages of every kind, in turn: with tests and without, without statements, with parts that do not
/// count, and floors below, above and at what is covered.
fn module() -> Module {
    let module = Module::new("-- go.mod --\nmodule example.com/hundred\n\ngo 1.22\n");
    module.write("covgate.toml", "default-threshold = 30\nexclude-files = [\"*.pb.go\"]\n");
    for number in 0..PACKAGES {
        let name = format!("p{number:03}");
        let mut text = format!("package {name}\n\n");
        if number % 10 == 9 {
            text += "type T int\n";
        } else {
            // A function for each call that the tests make, and some more.
            for function in 0..=number % 7 {
                let why = if function == 3 { " //covgate:ignore nobody calls it" } else { "" };
                writeln!(text, "func F{function}(b bool) int {{{why}\n\tif b {{\n\t\treturn 1\n\t}}\n\treturn 2\n}}\n").unwrap();
            }
        }
        module.write(&format!("{name}/{name}.go"), &text);
        if number % 5 == 0 {
            let call = format!("F{}({})", number % 7 / 2, number % 2 == 0);
            let test = format!(
                "package {name}\n\nimport \"testing\"\n\nfunc Test(t *testing.T) {{ {call} }}\n"
            );
            module.write(&format!("{name}/{name}_test.go"), &test);
        }
        if number % 6 == 0 {
            module.write(
                &format!("{name}/x.pb.go"),
                &format!("package {name}\n\nfunc X() int {{ return 1 }}\n"),
            );
        }
        match number % 8 {
            1 => module.write(&format!("{name}/.covgate"), "0\n"),
            3 => module.write(&format!("{name}/.covgate"), "12.5\n"),
            6 => module.write(&format!("{name}/.covgate"), "66.7\n"),
            _ => {}
        }
    }
    module
}

#[test]
fn a_hundred_packages_have_one_table() {
    let module = module();
    module.go(&["test", "-coverprofile=cover.out", "./..."]).exits(0);
    let judged = module.check(&["--profile=cover.out"]).exits(1);
    assert_eq!(judged.rows().len(), PACKAGES);
    for status in ["PASS", "FAIL", "LOOSE"] {
        assert!(judged.rows().iter().any(|row| row.status == status), "no {status}: {judged}");
    }
    assert!(judged.stdout.contains("\nIgnoring "), "{judged}");
    let compared = |engine: &str, packages: &[&str]| {
        let judged = module.check(&[&["--profile=cover.out"], packages].concat());
        let flags = [engine, "--no-timings", "--prewarm=never"];
        let run = module.check(&[&flags, packages].concat());
        assert_eq!((judged.stdout, judged.code), (run.stdout, run.code), "{engine}");
    };
    let [batch, fanout] = ENGINES;
    compared(batch, &[]);
    // One process for each takes its time: some of each kind.
    compared(fanout, &["./p00...", "./p030", "./p040"]);
}
