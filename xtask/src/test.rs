//! Owns `cargo xtask test`: the checks before a change lands, in the order that fails fastest. It
//! must not know what the tests test.

use std::env;

use anyhow::{Context, Result, bail};
use xshell::{Cmd, cmd};

use crate::chromium;
use crate::go::{self, Go, Version};
use crate::project::{Project, heading, hint, say};
use crate::scripts::Tools;

/// The tests with a real go that run on one go only, since they take half of the time: what they try is
/// covgate's arithmetic, the files it writes and its cleaning up, and what differs between versions of go has
/// tests of its own.
const ON_ONE_GO: [&str; 8] = [
    "real_go::random",
    "real_go::ignores",
    "real_go::shards",
    "real_go::hostile",
    "real_go::example",
    "real_go::floors",
    "real_go::init",
    "real_go::ratchet",
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also run the integration tests on this go, by version (fetched) or path; repeatable. Without
    /// it: on the oldest supported version and on the newest known one
    #[arg(long, value_name = "VERSION|PATH")]
    go: Vec<String>,

    /// Fetch and install nothing; leave out, with a message, each version that was not fetched
    /// before (an error if CI=true, which never leaves anything out)
    #[arg(long)]
    no_fetch: bool,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    // Every go and the browser come first, so that a machine without network fails before the long
    // steps.
    let machine = machine_go(project, args)?;
    let others = other_goes(project, args, &machine)?;
    let browser = chromium::find_or_install(project, args.no_fetch)?;
    let tools = Tools::find_or_fetch(project, &machine, args.no_fetch)?;

    let Project { sh, cargo, .. } = project;
    step(project, "format", cmd!(sh, "{cargo} fmt --all --check"))?;
    step(
        project,
        "clippy",
        cmd!(sh, "{cargo} clippy --workspace --all-targets --locked -- -D warnings"),
    )?;
    // This comes before the tests, so that the last output of a runner is always a test's result.
    step(
        project,
        "documentation",
        cmd!(sh, "{cargo} doc --workspace --no-deps --locked").env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    tools.check(project)?;
    step(
        project,
        &format!("unit and integration tests, go {}", machine.version),
        machine
            .for_tests(cmd!(sh, "{cargo} test --workspace --locked"))
            .env("COVGATE_TEST_CHROMIUM", &browser),
    )?;
    if !others.is_empty() {
        require_real_go_tests(project)?;
    }
    let skip: &[&str] = &ON_ONE_GO.map(|tests| ["--skip", tests]).concat();
    for go in &others {
        step(
            project,
            &format!("integration tests on go {} ({})", go.version, go.path),
            go.for_tests(cmd!(
                sh,
                "{cargo} test --workspace --locked --test integration -- real_go {skip...}"
            )),
        )?;
    }
    Ok(())
}

fn step(project: &Project, title: &str, cmd: Cmd<'_>) -> Result<()> {
    heading(title);
    // With cargo's plain name, as one would type it to run the step alone.
    say(&format!("$ {}", cmd.to_string().replace(&project.cargo, "cargo")));
    cmd.quiet().run().with_context(|| format!("this step failed, its words are above: {title}"))
}

fn machine_go(project: &Project, args: &Args) -> Result<Go> {
    match go::find(project)? {
        Ok(go) => Ok(go),
        Err(why) if args.no_fetch => go::fetched(project, go::NEWEST).ok_or_else(|| {
            hint(
                &format!("{why}, and --no-fetch forbids to fetch one"),
                "leave out --no-fetch, or name a go in COVGATE_GO",
            )
        }),
        Err(why) => go::fetch(project, go::NEWEST, &why),
    }
}

/// The other goes to test on. The machine's own is not tested twice.
fn other_goes(project: &Project, args: &Args, machine: &Go) -> Result<Vec<Go>> {
    let wanted = if args.go.is_empty() {
        vec![go::OLDEST.to_string(), go::NEWEST.to_string()]
    } else {
        args.go.clone()
    };
    let mut goes: Vec<Go> = Vec::new();
    for name in &wanted {
        if name.contains('/') {
            goes.push(Go::probe(project, name.as_str().into())?);
            continue;
        }
        let version: Version =
            name.parse().context("--go takes a version, or a path with a / in it")?;
        if version == machine.version {
            say(&format!("go {version} is the machine's own"));
        } else if let Some(go) = go::fetched(project, version) {
            goes.push(go);
        } else if !args.no_fetch {
            goes.push(go::fetch(project, version, "the tests run on it too")?);
        } else if env::var("CI").is_ok_and(|ci| ci == "true") {
            bail!("--no-fetch leaves go {version} untested, which CI=true forbids");
        } else {
            say(&format!("NOT TESTED on go {version}: --no-fetch"));
        }
    }
    Ok(goes)
}

/// A filter that matches nothing passes, so these runs could silently end when a module is renamed.
fn require_real_go_tests(project: &Project) -> Result<()> {
    let Project { sh, cargo, .. } = project;
    let list =
        cmd!(sh, "{cargo} test --quiet --workspace --locked --test integration -- real_go --list")
            .quiet()
            .read()
            .context("cannot list the integration tests")?;
    if list.lines().any(|line| line.ends_with(": test")) {
        Ok(())
    } else {
        Err(hint(
            "no integration test has real_go in its name",
            "the tests that need a real go belong in a module real_go",
        ))
    }
}
