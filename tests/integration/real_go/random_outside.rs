//! Random modules with tests outside, on which one process for many packages, one process a package
//! and plain go agree.

use proptest::prelude::*;
use proptest::sample::Index;

use super::random::{Statement, body, config, write_body};
use crate::support::module::{Module, shown};

#[derive(Debug, Clone)]
struct Package {
    body: Vec<Statement>,
    /// Without it, it has no statements.
    has_code: bool,
    /// What its own tests call it with, in a package of their own or not.
    own: Option<(u8, bool)>,
    outside: Option<Outside>,
    /// Earlier packages.
    imports: Vec<Index>,
}

/// Tests outside.
#[derive(Debug, Clone)]
struct Outside {
    argument: u8,
    /// Whether they import the package at all.
    links: bool,
    /// Other packages that they call, which need not be imported by the package.
    others: Vec<Index>,
    /// Whether their folder holds code, too, and so has a row of its own.
    has_code: bool,
}

fn package() -> impl Strategy<Value = Package> {
    let indices = || proptest::collection::vec(any::<Index>(), 0..2);
    let outside =
        (0u8..8, proptest::bool::weighted(0.9), indices(), proptest::bool::weighted(0.1)).prop_map(
            |(argument, links, others, has_code)| Outside { argument, links, others, has_code },
        );
    let own = proptest::option::of((0u8..8, any::<bool>()));
    let code = proptest::bool::weighted(0.9);
    (body(), code, own, proptest::option::weighted(0.8, outside), indices()).prop_map(
        |(body, has_code, own, outside, imports)| Package { body, has_code, own, outside, imports },
    )
}

fn name(index: usize) -> String {
    format!("p{index}")
}

fn imports(names: &[String]) -> String {
    names.iter().map(|name| format!("import \"example.com/random/pkg/{name}\"\n")).collect()
}

/// Calls of packages, whose function is `F`.
fn calls(names: &[String], argument: u8) -> String {
    names.iter().map(|name| format!("\tn += {name}.F({argument})\n")).collect()
}

fn write_package(module: &Module, packages: &[Package], index: usize) {
    let (package, name_of_it) = (&packages[index], name(index));
    let names = |of: &[Index], below: usize| {
        let of = of.iter().filter(|_| below > 0).map(|other| other.index(below));
        let mut of: Vec<_> = of.filter(|other| packages[*other].has_code).map(name).collect();
        of.sort();
        of.dedup();
        of
    };
    let mut code = format!("package {name_of_it}\n\n");
    if package.has_code {
        let others = names(&package.imports, index);
        code += &format!("{}\nfunc F(a int) (n int) {{\n{}", imports(&others), calls(&others, 3));
        write_body(&package.body, &mut code);
        code += "return n\n}\n";
    }
    module.write(&format!("pkg/{name_of_it}/a.go"), &code);
    let test = |package: &str, names: &[String], argument: u8, own: &str| {
        let (imports, calls) = (imports(names), calls(names, argument));
        format!(
            "package {package}\n\nimport \"testing\"\n\n{imports}\nfunc Test(t *testing.T) {{\n\tn := 0\n{calls}{own}\t_ = n\n}}\n"
        )
    };
    let itself: &[String] = match package.has_code {
        true => std::slice::from_ref(&name_of_it),
        false => &[],
    };
    if let Some((argument, external)) = package.own {
        let text = if external {
            test(&format!("{name_of_it}_test"), itself, argument, "")
        } else {
            let own =
                if package.has_code { format!("\tn += F({argument})\n") } else { String::new() };
            test(&name_of_it, &[], argument, &own)
        };
        module.write(&format!("pkg/{name_of_it}/a_test.go"), &text);
    }
    if let Some(outside) = &package.outside {
        let mut all = names(&outside.others, packages.len());
        all.extend(itself.iter().filter(|_| outside.links).cloned());
        all.sort();
        all.dedup();
        if !outside.links {
            all.retain(|other| *other != name_of_it);
        }
        let folder = format!("tests/{name_of_it}");
        let text = test(&format!("tests_{name_of_it}"), &all, outside.argument, "");
        module.write(&format!("{folder}/a_test.go"), &text);
        if outside.has_code {
            let code = format!("package tests_{name_of_it}\n\nfunc Code() int {{ return 1 }}\n");
            module.write(&format!("{folder}/a.go"), &code);
        }
    }
}

proptest! {
    #![proptest_config(config(4))]

    #[test]
    fn one_process_for_many_is_one_for_each(packages in proptest::collection::vec(package(), 3..=6)) {
        let module = Module::new("-- go.mod --\nmodule example.com/random\n\ngo 1.22\n");
        (0..packages.len()).for_each(|index| write_package(&module, &packages, index));
        // Neither flag changes a number, and both save time.
        let fast = ["-vet=off", "-ldflags=-w"];
        let options = ["-p2", "--no-timings", "--default-threshold=0", "--test-dir=tests"];
        let check = |engine| module.check(&[&options[..], &[engine, "--"], &fast].concat());
        let together = check("--engine=auto").exits(0);
        prop_assert_eq!(&together, &check("--engine=fanout"));
        // Once more, with the results that go has cached, if it caches them.
        prop_assert_eq!(&together, &check("--engine=auto"));
        let outside = packages.iter().enumerate().filter(|(_, package)| package.outside.is_some());
        for (index, _) in outside {
            let label = format!("pkg/{}", name(index));
            let path = format!("example.com/random/{label}");
            let (own, tests) = (format!("./{label}"), format!("./tests/{}", name(index)));
            let plain = module.plain(&[&fast[..], &["-coverpkg", &path, &own, &tests]].concat());
            let expected = plain.statements.get(&path).map_or("---".to_owned(), |all| shown(*all));
            prop_assert_eq!(together.row(&label).coverage, expected, "{}: {}", path, together);
        }
    }
}
