//! What packages of covgate contain: completions that shells accept, and a complete manual page.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn covgate(args: &[&str]) -> String {
    let output = output(Command::new(env!("CARGO_BIN_EXE_covgate")).args(args)).unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The output of a program; none if it does not exist.
#[expect(clippy::disallowed_methods, reason = "the tests' own way to start programs")]
fn output(command: &mut Command) -> Option<Output> {
    match command.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        other => Some(other.unwrap()),
    }
}

/// Runs a command that already has a stdout.
#[expect(clippy::disallowed_methods, reason = "the tests' own way to start programs")]
fn ended(command: &mut Command) -> Output {
    command.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap()
}

/// A file with this text.
fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[test]
fn shells_take_their_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let script = covgate(&["completions", shell]);
        assert!(["ratchet", "tightness", "pre-push"].iter().all(|word| script.contains(word)));
        // Every machine that runs tests has the first of these.
        let parsed = output(Command::new(shell).arg("-n").arg(file(&script).path()));
        assert!(shell != "bash" || parsed.is_some());
        if let Some(parsed) = parsed {
            assert!(parsed.status.success() && parsed.stderr.is_empty(), "{shell}: {parsed:?}");
        }
    }
}

/// `covgate man | head -1`: ends silently, as other tools do.
#[test]
fn nobody_reads_any_more() {
    for args in [&["man"][..], &["completions", "zsh"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_covgate"));
        let ended = ended(command.args(args).stdout(writer));
        assert_eq!((ended.status.code(), &*ended.stderr), (Some(141), &b""[..]), "{args:?}");
    }
}

#[test]
fn a_full_disk_under_the_page() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended = ended(Command::new(env!("CARGO_BIN_EXE_covgate")).arg("man").stdout(full));
    assert_eq!(ended.status.code(), Some(4));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        said.starts_with("error: cannot write to stdout\n  caused by: No space left"),
        "{said}"
    );
}

#[test]
fn bash_completes_commands_options_and_values() {
    let script = file(&covgate(&["completions", "bash"]));
    let complete = |words: &str, last: usize| {
        let ask = format!(
            "source {}; COMP_WORDS=({words}); COMP_CWORD={last}; \
             _covgate covgate \"${{COMP_WORDS[{last}]}}\" \"\"; echo \"${{COMPREPLY[*]}}\"",
            script.path().display()
        );
        let answer = output(Command::new("bash").args(["--norc", "-c", &ask])).unwrap();
        String::from_utf8(answer.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(complete("covgate ra", 1), "ratchet");
    assert_eq!(complete("covgate check --tightness-", 2), "--tightness-tolerance");
    assert_eq!(complete("covgate completions f", 2), "fish");
}

/// The usage line shows what the user typed: cargo calls `cargo-covgate covgate …`.
#[test]
fn usage_names_the_program_as_it_was_called() {
    let usage = |program: &str, args: &[&str]| {
        let help = output(Command::new(program).args(args)).unwrap();
        let help = String::from_utf8([help.stdout, help.stderr].concat()).unwrap();
        let line = help.lines().find_map(|line| line.strip_prefix("Usage: ")).unwrap().to_owned();
        line.split(" [").next().unwrap().to_owned()
    };
    let (covgate, cargo) = (env!("CARGO_BIN_EXE_covgate"), env!("CARGO_BIN_EXE_cargo-covgate"));
    assert_eq!(usage(covgate, &["check", "--help"]), "covgate check");
    assert_eq!(usage(cargo, &["covgate", "check", "--help"]), "cargo covgate check");
    assert_eq!(usage(cargo, &["covgate", "check", "--qqq"]), "cargo covgate check");
    assert_eq!(usage(cargo, &["covgate", "hook", "run", "-h"]), "cargo covgate hook run <COMMAND>");
    assert_eq!(usage(cargo, &["check", "--help"]), "cargo-covgate check");
}

/// The exit codes of a help page, each meaning on one line.
fn codes_of_help(help: &str) -> Vec<String> {
    let (_, list) = help.split_once("\nExit codes:\n").unwrap_or_else(|| panic!("{help}"));
    let joined = list.replace("\n         ", " ");
    joined.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The exit codes of a section of the manual page.
fn codes_of_page(section: &str) -> Vec<String> {
    let (_, list) = section.split_once("\nExit codes:\n").unwrap_or_else(|| panic!("{section}"));
    let text = |item: &str| {
        let lines: Vec<_> = item.lines().filter(|line| !line.starts_with('.')).collect();
        lines.join(" ").replace(r"\fB", "").replace(r"\fR", "").replace(r"\*(Aq", "'")
    };
    list.split(".TP\n").skip(1).map(text).collect()
}

/// Each command has its own exit codes, in lines that fit a narrow terminal.
#[test]
fn help_names_the_exit_codes_of_its_command() {
    let first = |command: &[&str]| {
        let mut covgate = Command::new(env!("CARGO_BIN_EXE_covgate"));
        let help = output(covgate.args(command).arg("--help").env("COLUMNS", "80")).unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let (_, list) = help.split_once("\nExit codes:\n").unwrap_or_else(|| panic!("{help}"));
        for line in list.lines() {
            let is_whole = line.starts_with("  ") && line[2..].contains("  ");
            assert!(is_whole, "{command:?} {line:?}");
        }
        codes_of_help(&help).into_iter().take(2).collect::<Vec<_>>()
    };
    let closed = "1 the gate is closed: a row is FAIL or LOOSE, or a sum is too low";
    assert_eq!(first(&["check"]), ["0 every package passes", closed]);
    assert_eq!(first(&["merge"]), ["0 every package passes", closed]);
    assert_eq!(
        first(&["ratchet"])[1],
        "1 tests fail, a floor could not be written, a directive is idle (with --idle-ignores=fail), or a floor could rise (with --check)"
    );
    assert_eq!(first(&["audit"])[1], "1 tests fail, or leave no coverage data");
    assert_eq!(first(&["hook", "run", "pre-push"])[1], closed);
    assert_eq!(first(&["hook", "status"])[1], "2 wrong usage");
    assert_eq!(first(&["man"])[1], "2 wrong usage");
}

/// The commands that run, of those under one, as its help lists them.
fn commands(above: &[String]) -> Vec<Vec<String>> {
    let words = above.iter().map(String::as_str).chain(["--help"]).collect::<Vec<_>>();
    let help = covgate(&words);
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return vec![above.to_vec()] };
    let list = list.lines().take_while(|line| !line.is_empty());
    // What goes on stands further in.
    let names = list
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    let names = names.filter(|name| *name != "help");
    names.flat_map(|name| commands(&[above, &[name.to_owned()]].concat())).collect()
}

#[test]
fn the_manual_has_every_command_and_every_option() {
    let page = covgate(&["man"]).replace(r"\-", "-");
    let commands = commands(&[]);
    assert!(commands.iter().any(|command| command.join(" ") == "hook run pre-push"));
    let sections: Vec<&str> = page.split(".SH ").collect();
    let of_commands = sections.iter().filter(|section| section.starts_with("\"COVGATE "));
    assert_eq!(of_commands.count(), commands.len());
    for command in &commands {
        let heading = format!("\"COVGATE {}\"\n", command.join(" ").to_uppercase());
        let section = sections.iter().find(|section| section.starts_with(&heading)).unwrap();
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let help = covgate(&[&command[..], &["--help"]].concat());
        let words = help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2);
        for option in words.map(|word| word.split(['[', '=', ';', ',']).next().unwrap()) {
            assert!(section.contains(option), "{command:?} {option}");
        }
        let codes = codes_of_help(&help);
        assert!(codes.len() > 2, "{command:?}\n{help}");
        assert_eq!(codes_of_page(section), codes, "{command:?}");
    }
    let whole = sections.iter().find(|section| section.starts_with("\"EXIT STATUS\"\n")).unwrap();
    assert_eq!(codes_of_page(whole), codes_of_help(&covgate(&["check", "--help"])));
    let below = "PATTERN is the setting `packages`";
    assert_eq!(page.matches(below).count(), 6, "what stands below the options of check");
}

#[test]
fn groff_takes_the_manual() {
    let page = file(&covgate(&["man"]));
    let mut groff = Command::new("groff");
    // A minimal machine has no groff.
    if let Some(parsed) = output(groff.args(["-man", "-ww", "-Tutf8"]).arg(page.path())) {
        assert!(parsed.status.success() && parsed.stderr.is_empty(), "{parsed:?}");
        let shown = String::from_utf8(parsed.stdout).unwrap();
        assert!(shown.contains('…'), "{shown}");
    }
}
