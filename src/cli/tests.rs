//! Owns what every command owes: a command that is missing somewhere is named, with all places where
//! it is missing.
//! Must not know any command.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Cli, below};
use crate::settings;

const README: &str = include_str!("../../README.md");
const CHANGELOG: &str = include_str!("../../CHANGELOG.md");
const ARCHITECTURE: &str = include_str!("../../ARCHITECTURE.md");

/// The commands that run, each with the names that lead to it: `hook status`.
fn commands(command: &clap::Command, above: &str) -> Vec<(String, clap::Command)> {
    let path = format!("{above} {}", command.get_name()).trim().to_owned();
    if !command.has_subcommands() {
        return vec![(path, command.clone())];
    }
    command.get_subcommands().flat_map(|below| commands(below, &path)).collect()
}

fn all() -> Vec<(String, clap::Command)> {
    Cli::grammar().get_subcommands().flat_map(|command| commands(command, "")).collect()
}

/// All that is wrong with one command.
fn missing((path, command): &(String, clap::Command)) -> Vec<String> {
    let mut missing = Vec::new();
    let mut expect = |holds: bool, place: &str| {
        if !holds {
            missing.push(format!("{path}: {place}"));
        }
    };
    let name = command.get_name();
    let takes = |setting: &str| command.get_arguments().any(|row| row.get_id() == setting);
    expect(command.get_about().is_some(), "a comment in cli/args.rs, for help");
    let row = below::of(name);
    expect(row.is_some(), "a row of below::ALL, with its exit codes in exit.rs");
    expect(
        row.is_none_or(|row| row.paragraphs().is_empty() != takes("default_threshold")),
        "words on settings in its row of below::ALL, where it takes them",
    );
    let readme = README.split_whitespace().collect::<Vec<_>>().join(" ");
    expect(readme.contains(&format!("covgate {path}")), &format!("`covgate {path}` in the README"));
    let top = path.split(' ').next().unwrap_or_default();
    let changes = CHANGELOG.split("\n- ").filter(|text| text.contains(&format!("covgate {top}")));
    expect(changes.into_iter().any(|text| text.contains(name)), "its name in CHANGELOG.md");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/commands");
    let room = ARCHITECTURE.lines().find(|line| line.starts_with("| `commands` |"));
    let is_room = folder.join(top).exists() || folder.join(format!("{top}.rs")).exists();
    expect(
        !is_room || room.is_some_and(|row| row.contains(&format!("`{top}`"))),
        "its name in the row `commands` of ARCHITECTURE.md",
    );
    missing
}

#[test]
fn every_command_is_everywhere() {
    let known: BTreeSet<String> = all().iter().map(|(_, it)| it.get_name().to_owned()).collect();
    assert_eq!(known.len(), all().len(), "two commands have one name");
    let rows = below::ALL.iter().map(|below| below.command).filter(|name| *name != "covgate");
    let gone = rows.filter(|name| !known.contains(*name));
    let gone = gone.map(|name| format!("{name}: is no command, but has a row of below::ALL"));
    let takers = settings::takers().filter(|name| !known.contains(*name));
    let strangers =
        takers.map(|name| format!("{name}: is no command, but stands in table::GROUPS"));
    let missing: Vec<String> =
        all().iter().flat_map(missing).chain(gone).chain(strangers).collect();
    assert!(missing.is_empty(), "missing:\n{}", missing.join("\n"));
}

#[test]
fn every_exit_code_fits_a_terminal_of_80_columns() {
    for below in below::ALL {
        for line in below.codes.help().lines() {
            assert!(line.chars().count() <= 80, "{}: {line}", below.command);
        }
    }
}
