//! Random functions with random directives: what covgate counts, against a count that knows which statements
//! it wrote under a directive, and looks up in go's profile which of them run.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::random::config;
use crate::support::module::{Module, count_statements, shown};

/// Where a directive stands, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    None,
    Above,
    Behind,
}

#[derive(Debug, Clone)]
enum Statement {
    Plain(Directive),
    /// Runs for arguments below the number; the directives of all of it, of its block and of the other one.
    If(u8, Directive, Vec<Statement>, Option<(Directive, Vec<Statement>)>),
    Loop(Directive, Vec<Statement>),
    Switch(Directive, Vec<(Directive, Vec<Statement>)>),
}

fn directive() -> impl Strategy<Value = Directive> {
    prop_oneof![
        4 => Just(Directive::None),
        1 => Just(Directive::Above),
        1 => Just(Directive::Behind),
    ]
}

fn body() -> impl Strategy<Value = Vec<Statement>> {
    let leaf = directive().prop_map(Statement::Plain);
    let statement = leaf.prop_recursive(3, 12, 3, |inner| {
        let block = proptest::collection::vec(inner, 1..4);
        let other = proptest::option::of((directive(), block.clone()));
        let cases = proptest::collection::vec((directive(), block.clone()), 0..3);
        prop_oneof![
            (0u8..4, directive(), block.clone(), other)
                .prop_map(|(below, what, yes, no)| Statement::If(below, what, yes, no)),
            (directive(), block).prop_map(|(what, body)| Statement::Loop(what, body)),
            (directive(), cases).prop_map(|(what, cases)| Statement::Switch(what, cases)),
        ]
    });
    proptest::collection::vec(statement, 1..6)
}

/// A file as it is written.
#[derive(Default)]
struct File {
    text: String,
    line: u32,
    directives: usize,
    /// The line of each statement, and whether it is out.
    statements: Vec<(u32, bool)>,
}

impl File {
    fn line(&mut self, text: &str, behind: Directive) {
        let comment = match behind {
            Directive::Behind => " //covgate:ignore it is random",
            _ => "",
        };
        self.directives += usize::from(behind == Directive::Behind);
        self.text.push_str(&format!("{text}{comment}\n"));
        self.line += 1;
    }

    fn above(&mut self, directive: Directive) {
        if directive == Directive::Above {
            self.line("//covgate:ignore it is random", Directive::None);
            self.directives += 1;
        }
    }

    /// A line that begins with a statement.
    fn statement(&mut self, text: &str, behind: Directive, is_out: bool) {
        self.line(text, behind);
        self.statements.push((self.line, is_out));
    }

    fn body(&mut self, body: &[Statement], out: bool) {
        for statement in body {
            match statement {
                Statement::Plain(directive) => {
                    self.above(*directive);
                    self.statement("n++", *directive, out || *directive != Directive::None);
                }
                Statement::If(below, directive, yes, no) => {
                    self.above(*directive);
                    let all = out || *directive == Directive::Above;
                    self.statement(&format!("if a < {below} {{"), *directive, all);
                    self.body(yes, all || *directive == Directive::Behind);
                    if let Some((directive, no)) = no {
                        self.above(*directive);
                        self.line("} else {", *directive);
                        self.body(no, all || *directive != Directive::None);
                    }
                    self.line("}", Directive::None);
                }
                Statement::Loop(directive, body) => {
                    self.above(*directive);
                    let all = out || *directive == Directive::Above;
                    self.statement("for i := 0; i < a; i++ {", *directive, all);
                    self.body(body, all || *directive == Directive::Behind);
                    self.line("}", Directive::None);
                }
                Statement::Switch(directive, cases) => {
                    self.above(*directive);
                    let all = out || *directive != Directive::None;
                    self.statement("switch a {", *directive, all);
                    for (value, (directive, body)) in cases.iter().enumerate() {
                        self.above(*directive);
                        self.line(&format!("case {value}:"), *directive);
                        self.body(body, all || *directive != Directive::None);
                    }
                    self.line("}", Directive::None);
                }
            }
        }
    }

    /// Which lines of statements go says run, by the blocks of its profile.
    fn run(&self, profile: &str) -> BTreeMap<u32, bool> {
        let blocks = profile.lines().skip(1).map(|line| {
            let (_, rest) = line.split_once(':').unwrap();
            let (range, rest) = rest.split_once(' ').unwrap();
            let (start, end) = range.split_once(',').unwrap();
            let at = |place: &str| -> (u32, u32) {
                let (line, column) = place.split_once('.').unwrap();
                (line.parse().unwrap(), column.parse().unwrap())
            };
            (at(start), at(end), !rest.ends_with(" 0"))
        });
        let blocks: Vec<_> = blocks.collect();
        let of = |line: u32| {
            let holds = |block: &&((u32, u32), (u32, u32), bool)| {
                block.0 <= (line, 1) && (line, 1) < block.1
            };
            blocks.iter().find(holds).unwrap_or_else(|| panic!("line {line}\n{profile}")).2
        };
        self.statements.iter().map(|(line, _)| (*line, of(*line))).collect()
    }
}

proptest! {
    #![proptest_config(config(6))]

    #[test]
    fn what_counts_is_what_no_directive_holds(
        functions in proptest::collection::vec((any::<bool>(), body(), 0u8..5), 1..12),
    ) {
        let module = Module::new("-- go.mod --\nmodule m\n\ngo 1.22\n");
        let mut file = File::default();
        file.line("package m", Directive::None);
        let mut calls = String::new();
        for (index, (is_out, body, argument)) in functions.iter().enumerate() {
            file.above(if *is_out { Directive::Above } else { Directive::None });
            file.line(&format!("func F{index}(a int) (n int) {{"), Directive::None);
            file.body(body, *is_out);
            file.statement("return n", Directive::None, *is_out);
            file.line("}", Directive::None);
            if *argument < 4 {
                calls.push_str(&format!("F{index}({argument})\n"));
            }
        }
        module.write("a.go", &file.text);
        module.write("a_test.go", &format!(
            "package m\n\nimport \"testing\"\n\nfunc Test(t *testing.T) {{\n{calls}}}\n"
        ));
        let fast = ["-vet=off", "-ldflags=-w"];
        let plain = module.plain(&[&fast[..], &["."]].concat());
        let run = file.run(&plain.profile);
        let count = |which: &dyn Fn(&(u32, bool)) -> bool| {
            let those = file.statements.iter().filter(|one| which(one));
            let (mut covered, mut all) = (0u64, 0u64);
            for (line, _) in those {
                all += 1;
                covered += u64::from(run[line]);
            }
            (covered, all)
        };
        prop_assert_eq!(count(&|_| true), count_statements(&plain.profile)["m"]);
        let counted = count(&|(_, is_out)| !is_out);
        let options = ["-p2", "--no-timings", "--default-threshold=0", "--idle-ignores=off", "--"];
        let ran = module.check(&[&options[..], &fast].concat()).exits(0);
        let expected = if counted.1 == 0 { "---".to_owned() } else { shown(counted) };
        prop_assert_eq!(ran.row(".").coverage, expected, "{}", file.text);
        let (out, directives) = (count(&|(_, is_out)| *is_out).1, file.directives);
        let head = format!("\nIgnoring {out} statement(s): {directives} directive(s), 0 file(s)\n");
        prop_assert_eq!(ran.stdout.contains(&head), directives > 0, "{}\n{}", ran, file.text);
    }
}
