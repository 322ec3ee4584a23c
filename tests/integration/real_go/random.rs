//! Random modules, on which both engines and plain go agree.

use proptest::prelude::*;

use super::audit;
use super::measured::Measured;
use crate::support::module::Module;

/// A function with branches: its statements as text, and the arguments that tests call it with.
#[derive(Debug, Clone)]
struct Function {
    body: Vec<Statement>,
    calls: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(super) enum Statement {
    Plain,
    /// Runs for arguments below the number.
    If(u8, Vec<Statement>, Option<Vec<Statement>>),
    Loop(u8, Vec<Statement>),
    Switch(Vec<(u8, Vec<Statement>)>),
    /// A function in a function, called for arguments below the number.
    Closure(u8, Vec<Statement>),
    ReturnIf(u8),
}

#[derive(Debug, Clone)]
struct Package {
    functions: Vec<Function>,
    /// Whether its tests are in a package of their own.
    external: bool,
    /// Whether it has more than one file.
    split: bool,
    /// Whether it uses an earlier package that has tests; that package's statements are not its
    /// own.
    imports: bool,
}

pub(super) fn body() -> impl Strategy<Value = Vec<Statement>> {
    let leaf = prop_oneof![Just(Statement::Plain), (0u8..8).prop_map(Statement::ReturnIf)];
    let statement = leaf.prop_recursive(3, 12, 3, |inner| {
        let block = proptest::collection::vec(inner, 0..3);
        prop_oneof![
            (0u8..8, block.clone(), proptest::option::of(block.clone()))
                .prop_map(|(below, yes, no)| Statement::If(below, yes, no)),
            (0u8..3, block.clone()).prop_map(|(times, body)| Statement::Loop(times, body)),
            proptest::collection::vec((0u8..8, block.clone()), 0..3).prop_map(|mut cases| {
                cases.sort_unstable_by_key(|(value, _)| *value);
                cases.dedup_by_key(|(value, _)| *value);
                Statement::Switch(cases)
            }),
            (0u8..8, block).prop_map(|(below, body)| Statement::Closure(below, body)),
        ]
    });
    proptest::collection::vec(statement, 0..6)
}

fn package() -> impl Strategy<Value = Package> {
    let calls = proptest::collection::vec(0u8..8, 0..3);
    let function = (body(), calls).prop_map(|(body, calls)| Function { body, calls });
    (proptest::collection::vec(function, 0..5), any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(functions, external, split, imports)| Package {
            functions,
            external,
            split,
            imports,
        })
}

pub(super) fn write_body(body: &[Statement], out: &mut String) {
    for statement in body {
        match statement {
            Statement::Plain => out.push_str("n++\n"),
            Statement::ReturnIf(below) => {
                out.push_str(&format!(
                    "if a < {below} {{
return n
}}
"
                ));
            }
            Statement::If(below, yes, no) => {
                out.push_str(&format!("if a < {below} {{\n"));
                write_body(yes, out);
                if let Some(no) = no {
                    out.push_str("} else {\n");
                    write_body(no, out);
                }
                out.push_str("}\n");
            }
            Statement::Loop(times, body) => {
                out.push_str(&format!("for range make([]int, {times}) {{\n"));
                write_body(body, out);
                out.push_str("}\n");
            }
            Statement::Switch(cases) => {
                out.push_str("switch a {\n");
                for (value, body) in cases {
                    out.push_str(&format!("case {value}:\n"));
                    write_body(body, out);
                }
                out.push_str("}\n");
            }
            Statement::Closure(below, body) => {
                // In a block of its own, because of its name.
                out.push_str("{\nf := func() int {\n");
                write_body(body, out);
                out.push_str(&format!("return n\n}}\nif a < {below} {{\nn += f()\n}}\n}}\n"));
            }
        }
    }
}

impl Package {
    fn is_tested(&self) -> bool {
        self.functions.iter().any(|function| !function.calls.is_empty())
    }
}

/// Writes a package; `other` is one that it may import.
fn write_package(module: &Module, name: &str, package: &Package, other: Option<&str>) {
    let mut files = [format!("package {name}\n"), format!("package {name}\n")];
    let mut calls = String::new();
    let qualifier = if package.external { format!("{name}.") } else { String::new() };
    for (index, function) in package.functions.iter().enumerate() {
        let file = &mut files[if package.split { index % 2 } else { 0 }];
        file.push_str(&format!("\nfunc F{index}(a int) (n int) {{\n"));
        write_body(&function.body, file);
        file.push_str("return n\n}\n");
        let arguments = function.calls.iter();
        calls.extend(arguments.map(|argument| format!("\t{qualifier}F{index}({argument})\n")));
    }
    module.write(&format!("{name}/a.go"), &files[0]);
    module.write(&format!("{name}/b.go"), &files[1]);
    if let Some(other) = other.filter(|_| package.imports) {
        let import = format!("import \"example.com/random/{other}\"");
        let uses = format!("func Use() int {{ return {other}.F0(1) }}");
        module.write(&format!("{name}/c.go"), &format!("package {name}\n\n{import}\n\n{uses}\n"));
        if package.is_tested() {
            calls.push_str(&format!("\t{qualifier}Use()\n"));
        }
    }
    if calls.is_empty() {
        return;
    }
    let (suffix, import) = match package.external {
        true => ("_test", format!("import \"example.com/random/{name}\"\n")),
        false => ("", String::new()),
    };
    let test = format!(
        "package {name}{suffix}\n\nimport \"testing\"\n{import}\nfunc Test(t *testing.T) {{\n{calls}}}\n"
    );
    module.write(&format!("{name}/a_test.go"), &test);
}

/// Few cases, since each builds a module several times; `PROPTEST_CASES` asks for more.
pub(super) fn config(few: u32) -> ProptestConfig {
    let cases = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default().cases,
        None => few,
    };
    ProptestConfig { cases, max_shrink_iters: 20, failure_persistence: None, ..Default::default() }
}

proptest! {
    #![proptest_config(config(5))]

    #[test]
    fn both_engines_and_go_agree(packages in proptest::collection::vec(package(), 2..=5)) {
        let module = Module::new("-- go.mod --\nmodule example.com/random\n\ngo 1.22\n");
        let mut tested = None;
        for (index, package) in packages.iter().enumerate() {
            let name = format!("p{index}");
            write_package(&module, &name, package, tested.as_deref());
            tested = if package.is_tested() { Some(name) } else { tested };
        }
        // Neither flag changes a number, and both save time.
        let fast = ["-vet=off", "-ldflags=-w"];
        let options = [&["-p2", "--default-threshold=0", "--"], &fast[..]].concat();
        let measured = Measured::with(&module, &options, &[&fast[..], &["./..."]].concat());
        measured.batch.clone().exits(0);
        measured.agrees();
        measured.numbers_are_right();
        prop_assert_eq!(measured.batch.rows().len(), packages.len());
        audit::agrees_with_go(&module, &fast, &measured.plain);
        // check measures again what ratchet has written: on the same tree, nothing is below its
        // floor, and nothing lags.
        let flags = [&["--"], &fast[..]].concat();
        module.covgate("ratchet", &flags).exits(0);
        let again = module.check(&flags).exits(0);
        prop_assert!(again.rows().iter().all(|row| row.status == "PASS"), "{}", again);
    }
}
