use proptest::prelude::*;

use super::*;

/// The directives of a file: line, kind, and the area or what is wrong.
fn read(source: &str) -> Vec<String> {
    let syntax = Syntax::read(source.as_bytes());
    let shown = |found: Result<Directive, Problem>| match found {
        Ok(Directive { line, reason, target: Target { kind, area } }) if area == Area::WHOLE => {
            format!("{line} {kind} [{reason}]")
        }
        Ok(Directive { line, reason, target: Target { kind, area: Area { start, end } } }) => {
            let (from, to) = ((start.line, start.column), (end.line, end.column));
            format!("{line} {kind} {}.{}-{}.{} [{reason}]", from.0, from.1, to.0, to.1)
        }
        Err(Problem { line, message }) => format!("{line} {message}"),
    };
    directives(&syntax).map(shown).collect()
}

/// The same of the body of a function; its first line is line 3.
fn body(body: &str) -> Vec<String> {
    read(&format!("package p\nfunc f() {{\n{body}\n}}\n"))
}

/// The same of a body with a directive behind one of its lines.
fn behind(code: &str, line: usize) -> Vec<String> {
    let mut lines: Vec<String> = code.lines().map(str::to_owned).collect();
    lines[line].push_str(" //covgate:ignore x");
    body(&lines.join("\n"))
}

#[test]
fn on_or_above_a_statement() {
    assert_eq!(body("\ta() //covgate:ignore  why not \n\tb()"), ["3 statement 3.2-3.5 [why not]"]);
    assert_eq!(body("\ta()\n\t//covgate:ignore x\n\tb()\n\tc()"), ["4 statement 5.2-5.5 [x]"]);
    assert_eq!(body("\ta(); b() //covgate:ignore x"), ["3 statement 3.2-3.10 [x]"]);
    assert_eq!(
        body("\ta(1,\n\t\t2,\n\t\t3) //covgate:ignore x"),
        ["5 statement 3.2-5.5 [x]"],
        "at its end"
    );
    assert_eq!(
        body("\tx := []int{ //covgate:ignore x\n\t\t2,\n\t}\n\t_ = x"),
        ["3 statement 3.2-5.3 [x]"]
    );
    assert_eq!(
        body("\tfor i := range x { go(func() { //covgate:ignore x\n\t\ta() }) }"),
        ["3 block 3.31-4.8 [x]"],
        "the innermost"
    );
}

#[test]
fn control_statements_and_their_blocks() {
    let one_if = "\tif a() {\n\t\tb()\n\t} else if c() {\n\t\td()\n\t} else {\n\t\te()\n\t}";
    let with = |line| behind(one_if, line);
    assert_eq!(with(0), ["3 block 3.9-5.3 [x]"], "the head counts");
    assert_eq!(with(2), ["5 block 5.16-7.3 [x]"]);
    assert_eq!(with(4), ["7 block 7.9-9.3 [x]"]);
    assert!(with(6)[0].contains("is on nothing"), "{:?}", with(6));
    let above = |line: usize| {
        let mut lines: Vec<&str> = one_if.lines().collect();
        lines.insert(line, "//covgate:ignore x");
        body(&lines.join("\n"))
    };
    assert_eq!(above(0), ["3 statement 4.2-10.3 [x]"], "with all branches");
    assert_eq!(above(2), ["5 statement 6.9-10.3 [x]"]);
    assert_eq!(above(4), ["7 block 8.9-10.3 [x]"]);
    assert!(above(6)[0].contains("is on nothing"));
    assert_eq!(
        body("\tif a() { b() } //covgate:ignore x"),
        ["3 statement 3.2-3.16 [x]"],
        "behind all of it"
    );
    assert_eq!(body("L: //covgate:ignore x\n\tfor {\n\t\ta()\n\t}"), ["3 statement 3.1-6.3 [x]"]);
}

#[test]
fn cases() {
    let switch = "\tswitch a() {\n\tcase 1:\n\t\tb()\n\tcase 2,\n\t\t3:\n\tdefault:\n\t\tc()\n\t}";
    let with = |line| behind(switch, line);
    assert_eq!(with(0), ["3 statement 3.2-10.3 [x]"], "it has no block of its own");
    assert_eq!(with(1), ["4 case 4.2-6.2 [x]"]);
    assert!(with(3)[0].contains("is on nothing"), "it has no statement");
    assert_eq!(with(5), ["8 case 8.2-10.2 [x]"]);
    let above = "\tselect {\n\t//covgate:ignore x\n\tcase <-a:\n\t\tb()\n\tdefault:\n\t}";
    assert_eq!(body(above), ["4 case 5.2-7.2 [x]"]);
    assert_eq!(body("\tswitch {\n\tcase a: b() //covgate:ignore x\n\t}"), ["4 case 4.2-5.2 [x]"]);
}

#[test]
fn functions() {
    for (source, expected) in [
        ("func f() { //covgate:ignore x\n\ta()\n}", "3 function 3.1-5.2 [x]"),
        ("func f(\n\ta int,\n) { //covgate:ignore x\n\ta()\n}", "5 function 3.1-7.2 [x]"),
        ("// F is.\n//\n//covgate:ignore x\nfunc (T) F() {\n\ta()\n}", "5 function 6.1-8.2 [x]"),
        ("func f() { a() } //covgate:ignore x", "3 function 3.1-3.17 [x]"),
        ("var f = func() { //covgate:ignore x\n\ta()\n}", "3 block 3.16-5.2 [x]"),
        ("//covgate:ignore x\nvar f = func() {\n\ta()\n}", "3 block 4.16-6.2 [x]"),
    ] {
        assert_eq!(read(&format!("package p\n\n{source}\n")), [expected], "{source}");
    }
}

#[test]
fn files() {
    let whole = "// C.\n\n//covgate:ignore-file made\tby hand\npackage p\n";
    assert_eq!(read(whole), ["3 file [made\tby hand]"]);
    let below = "package p //covgate:ignore-file x\n";
    assert_eq!(read(below), ["1 `//covgate:ignore-file` must stand above the package clause"]);
    assert!(read("//covgate:ignore x\npackage p\n")[0].contains("is on nothing"));
}

#[test]
fn what_is_wrong_is_said() {
    let wrong = |line: &str| body(&format!("\ta() {line}")).join("|");
    for line in ["//covgate:ignore", "//covgate:ignore \t", "//covgate:ignore \u{200b}"] {
        assert_eq!(
            wrong(line),
            "3 `//covgate:ignore` needs a reason: `//covgate:ignore REASON`",
            "{line:?}"
        );
    }
    for (word, meant) in [
        ("ignroe", "ignore"),
        ("ignore:", "ignore"),
        ("ignorefile", "ignore-file"),
        ("Ignore", "ignore"),
        ("", "ignore"),
    ] {
        let line = format!("//covgate:{word} x");
        let said =
            format!("3 `//covgate:{word}` is no directive: did you mean `//covgate:{meant}`?");
        assert_eq!(wrong(&line), said);
    }
    let said = wrong("// covgate:ignore x");
    assert!(said.starts_with("3 with a blank behind `//`"), "{said}");
    let long = wrong(&format!("//covgate:\u{1b}[2J{} x", "y".repeat(10_000)));
    assert!(long.len() < 200 && !long.contains('\u{1b}'), "{long}");
}

#[test]
fn what_only_looks_like_one_is_none() {
    for line in [
        "x := \"//covgate:ignore x\"",
        "x := `\n//covgate:ignore\n`",
        "/* //covgate:ignore */",
        "/*covgate:ignore*/",
        "// see covgate:ignore",
        "///covgate:ignore",
        "// x //covgate:ignore",
    ] {
        assert_eq!(body(&format!("\ta()\n{line}")), [""; 0], "{line}");
    }
}

#[test]
fn nobody_calls_a_function_without_a_name() {
    let mut syntax = Syntax::read(b"package p\nfunc _() {\n\ta() //covgate:ignore x\n}\n");
    super::super::drop_uncounted(&mut syntax);
    assert!(directives(&syntax).next().unwrap().is_err());
}

#[test]
fn other_names_of_a_file() {
    let source = "//line a/gram.y:1\npackage p\n//line b.y:10:3\n/*line c.y:1:2*/ var x = 1 //line d.y:1\n\
                  \t//line e.y:1\n//line :7\n//line :7:9\n//line f.y:x\n//line C:/g.y:8\n";
    let names: Vec<String> = other_names(&Syntax::read(source.as_bytes())).collect();
    assert_eq!(names, ["gram.y", "b.y", "c.y", "g.y"]);
}

proptest! {
    #[test]
    fn any_words_have_areas_in_order(words in proptest::collection::vec(proptest::sample::select(vec![
        "func", "f", "(", ")", "{", "}", "if", "else", "for", "switch", "case", "x", ":", ";", "\n",
        "//covgate:ignore x\n", "//covgate:ignore-file y\n", "select", "=", "package p\n", "default", "\r",
    ]), 0..60)) {
        let source = words.join(" ");
        let syntax = Syntax::read(source.as_bytes());
        let lines = u32::try_from(source.split('\n').count()).unwrap();
        for found in directives(&syntax).flatten() {
            let area = found.target.area;
            prop_assert!(area.start < area.end);
            prop_assert!(area == Area::WHOLE || area.end.line <= lines);
            prop_assert!((1..=lines).contains(&found.line));
        }
    }
}
