//! Owns `cargo xtask dist`: what a release's archive contains. It must not know how an archive is
//! written.

mod archive;
mod licences;

use std::fs;

use anyhow::{Context, Result};
use camino::Utf8Path;
use xshell::cmd;

use self::archive::{Entry, Kind};
use crate::project::{Project, heading, say};

/// Each shell, with the folder and name of its completions.
const COMPLETIONS: [(&str, &str); 3] =
    [("bash", "covgate.bash"), ("fish", "covgate.fish"), ("zsh", "_covgate")];

const TEXTS: [&str; 4] = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

pub(crate) fn run(project: &Project) -> Result<()> {
    heading("building covgate");
    let target = host(project)?;
    let covgate = project.build_release("--bin", "covgate")?;
    let cargo_covgate = project.build_release("--bin", "cargo-covgate")?;
    let mut entries = made(project, &covgate)?;
    entries.push(licence_list(project, &target)?);
    for (name, path) in [("covgate", covgate), ("cargo-covgate", cargo_covgate)] {
        entries.push(Entry::new(name, Kind::Program, project.sh.read_binary_file(path)?));
    }
    for name in TEXTS {
        let text = project.sh.read_binary_file(name)?;
        entries.push(Entry::new(name, Kind::Text, text));
    }
    let folder = format!("covgate-{}-{target}", env!("CARGO_PKG_VERSION"));
    let bytes = archive::pack(&folder, entries)?;
    let listing = archive::verify(&bytes).context("the archive does not verify")?;

    let place = project.target.join("dist");
    fs::create_dir_all(&place).with_context(|| format!("cannot create {place}"))?;
    let path = place.join(format!("{folder}.tar.gz"));
    fs::write(&path, bytes).with_context(|| format!("cannot write {path}"))?;
    heading(path.as_str());
    listing.iter().for_each(|line| say(line));
    Ok(())
}

/// The triple of the machine that builds.
fn host(project: &Project) -> Result<String> {
    let version = cmd!(project.sh, "rustc -vV").quiet().read().context("cannot ask rustc")?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc names no host")
}

/// The files that covgate generates itself.
fn made(project: &Project, covgate: &Utf8Path) -> Result<Vec<Entry>> {
    let sh = &project.sh;
    let mut entries = Vec::new();
    for (shell, file) in COMPLETIONS {
        let script = cmd!(sh, "{covgate} completions {shell}").quiet().output()?.stdout;
        entries.push(Entry::new(&format!("completions/{file}"), Kind::Text, script));
    }
    let manual = cmd!(sh, "{covgate} man").quiet().output()?.stdout;
    entries.push(Entry::new("man/covgate.1", Kind::Text, manual));
    Ok(entries)
}

fn licence_list(project: &Project, target: &str) -> Result<Entry> {
    let Project { sh, cargo, .. } = project;
    let metadata =
        cmd!(sh, "{cargo} metadata --format-version 1 --locked --filter-platform {target}")
            .quiet()
            .read()
            .context("cannot ask cargo for the dependencies")?;
    let list = licences::list(&serde_json::from_str(&metadata)?, "covgate-go")?;
    Ok(Entry::new("LICENSES-DEPENDENCIES.tsv", Kind::Text, list.into_bytes()))
}
