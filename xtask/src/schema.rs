//! Owns `cargo xtask schema`: the JSON Schema of the `json` report, in docs/. It must not
//! know how the schema is made.

use anyhow::{Context, Result};
use xshell::cmd;

use crate::project::{Project, say};

const FILE: &str = "docs/covgate.schema.json";

pub(crate) fn run(project: &Project) -> Result<()> {
    let Project { sh, cargo, .. } = project;
    let schema = cmd!(sh, "{cargo} run --quiet --locked --package covgate-go --example schema")
        .quiet()
        .output()
        .context("cannot make the schema")?;
    sh.write_file(FILE, schema.stdout).with_context(|| format!("cannot write {FILE}"))?;
    say(&format!("wrote {FILE}"));
    Ok(())
}
