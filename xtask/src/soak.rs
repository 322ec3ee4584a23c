//! Owns `cargo xtask soak`: its duration, and the figures at its end. It must not know how the soak
//! works: that is a test that `cargo test` leaves out.

use std::fs;
use std::io::{self, Write};

use anyhow::{Context, Result, anyhow};
use xshell::cmd;

use crate::go;
use crate::project::{Project, heading, hint};

const TEST: &str = "pre_push::soak::soak";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long it takes, in minutes
    #[arg(value_name = "MINUTES", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(1..))]
    minutes: u64,

    /// The seed of the first module, as a finding names it; the other modules have the seeds after it.
    /// Without this option, every soak has new seeds
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let go = go::find_or_fetch(project)?;
    let Project { sh, cargo, .. } = project;
    let folder = tempfile::tempdir()?;
    let figures = folder.path().join("figures");
    heading(&format!("soaking for {} minute(s)", args.minutes));
    let test = cmd!(
        sh,
        "{cargo} test --locked --test integration -- --ignored --exact {TEST} --nocapture"
    );
    let mut test = go
        .for_tests(test)
        .env("COVGATE_SOAK_SECONDS", (args.minutes * 60).to_string())
        .env("COVGATE_SOAK_REPORT", &figures);
    if let Some(seed) = args.seed {
        test = test.env("COVGATE_SOAK_SEED", seed.to_string());
    }
    let ended = test.quiet().run();
    let figures = fs::read_to_string(figures);
    if let Ok(figures) = &figures {
        io::stdout().write_all(figures.as_bytes())?;
    }
    ended.map_err(|_| match figures {
        Ok(_) => hint(
            "the soak found something: see FOUND above",
            "`cargo xtask soak 1 --seed SEED` begins with the module of a finding",
        ),
        Err(_) => anyhow!("the soak itself failed, see above"),
    })?;
    // A filter that matches no test passes, so a renamed test would not be noticed.
    figures.map(drop).with_context(|| format!("there is no test {TEST}"))
}
