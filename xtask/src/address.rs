//! Owns the one address where covgate is published, and writes it wherever else it stands. It must not
//! know what the files are for.

use anyhow::{Context, Result};
use xshell::cmd;

use crate::project::{Project, say};

/// The file that says where it was published last.
const LAST: &str = "install.sh";

/// Writes the address of Cargo.toml into every file that has the one before it.
pub(crate) fn write(project: &Project) -> Result<()> {
    let sh = &project.sh;
    let now = of_manifest(&sh.read_file("Cargo.toml")?).context("Cargo.toml has no repository")?;
    let last = of_script(&sh.read_file(LAST)?).context("install.sh has no repository")?;
    if now == last {
        return Ok(());
    }
    let (old, new) = (slug(&last), slug(&now));
    let files =
        cmd!(sh, "git grep --files-with-matches --fixed-strings -I {old}").quiet().read()?;
    for file in files.lines() {
        let text = sh.read_file(file)?.replace(&last, &now).replace(old, new);
        sh.write_file(file, text).with_context(|| format!("cannot write {file}"))?;
        say(&format!("wrote the address into {file}"));
    }
    Ok(())
}

fn of_manifest(text: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.strip_prefix("repository = "))?;
    Some(line.trim_matches('"').to_owned())
}

fn of_script(text: &str) -> Option<String> {
    text.lines().find_map(|line| line.strip_prefix("repository=")).map(str::to_owned)
}

/// `OWNER/NAME`, as an action is named.
fn slug(address: &str) -> &str {
    let from = address.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at + 1);
    &address[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_same_everywhere() {
        let manifest = of_manifest(include_str!("../../Cargo.toml"));
        assert!(manifest.is_some());
        assert_eq!(manifest, of_script(include_str!("../../install.sh")), "run cargo xtask docs");
    }

    #[test]
    fn a_slug_is_owner_and_name() {
        assert_eq!(slug("https://forge.example/team/covgate"), "team/covgate");
    }
}
