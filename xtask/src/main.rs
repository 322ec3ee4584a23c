//! `cargo xtask COMMAND`: covgate's own chores. This file parses and exits; each command
//! has a module of its own and knows nothing of the others.

mod address;
mod bench;
mod chromium;
mod demo;
mod dist;
mod docs;
mod go;
mod newcomer;
mod pictures;
mod pip;
mod project;
mod scripts;
mod soak;
mod test;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::project::Project;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "covgate's own chores", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take a first look: find or fetch go, build covgate, check the module in examples/
    Demo,
    /// Run all checks: format, clippy, docs, tests, on several versions of go
    Test(test::Args),
    /// Check what is not Rust: shell scripts, workflows, and the wheel
    Scripts(scripts::Args),
    /// Gate random modules and edits, and kill covgate at random moments, for some minutes
    Soak(soak::Args),
    /// Run the benchmark: covgate compared with plain `go test` and with the old way
    Bench(bench::Args),
    /// Pack a release for one target: programs, completions, manual page, licences, scripts for CI
    Dist(dist::Args),
    /// Write the parts of the documentation that are generated from the code
    Docs,
    /// Make the README's pictures of the table and of the html page
    Pictures,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = format!("error: {error}\n");
            for cause in error.chain().skip(1) {
                text += &format!("  caused by: {cause}\n");
            }
            // If stderr is closed, nobody can be told.
            let _ = io::stderr().write_all(text.as_bytes());
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<()> {
    let project = Project::open()?;
    match &cli.command {
        Command::Demo => demo::run(&project),
        Command::Test(args) => test::run(&project, args),
        Command::Scripts(args) => scripts::run(&project, args),
        Command::Soak(args) => soak::run(&project, args),
        Command::Bench(args) => bench::run(&project, args),
        Command::Dist(args) => dist::run(&project, args),
        Command::Docs => docs::run(&project),
        Command::Pictures => pictures::run(&project),
    }
}
