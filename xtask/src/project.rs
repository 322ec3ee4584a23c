//! Owns where things are (the work tree, cargo, the target directory), how covgate's own binaries
//! are built, and how a chore reports progress. It must not know any command.

use std::io::{self, Write};

use anyhow::{Context, Result, anyhow};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use xshell::{Shell, cmd};

/// The checkout that this xtask belongs to.
pub(crate) struct Project {
    /// A shell at the root.
    pub(crate) sh: Shell,
    pub(crate) root: Utf8PathBuf,
    /// The target directory; respects `CARGO_TARGET_DIR` and cargo's configuration.
    pub(crate) target: Utf8PathBuf,
    /// The cargo that runs this xtask, so that `cargo +beta xtask` stays on beta.
    pub(crate) cargo: String,
}

impl Project {
    pub(crate) fn open() -> Result<Self> {
        // Cargo sets this at run time, too, so a checkout that was moved is still found.
        let manifest_dir = std::env::var("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
        let root = Utf8Path::new(&manifest_dir)
            .parent()
            .context("xtask/ has no parent directory")?
            .to_owned();
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let sh = Shell::new()?;
        sh.change_dir(&root);
        let metadata = cmd!(sh, "{cargo} metadata --no-deps --format-version 1")
            .quiet()
            .read()
            .context("cannot ask cargo where its target directory is")?;
        let metadata: Value = serde_json::from_str(&metadata)?;
        let target = metadata["target_directory"]
            .as_str()
            .context("cargo metadata names no target_directory")?
            .into();
        Ok(Self { sh, root, target, cargo })
    }

    /// Builds one release executable of the covgate package, quietly but with errors shown, and
    /// returns where cargo put it (a `build.target` in someone's configuration changes that).
    pub(crate) fn build_release(&self, kind: &str, name: &str) -> Result<Utf8PathBuf> {
        let Self { sh, cargo, .. } = self;
        let messages = cmd!(
            sh,
            "{cargo} build --release --quiet --locked --package covgate-go {kind} {name}
             --message-format json-render-diagnostics"
        )
        .quiet()
        .read()
        .with_context(|| format!("cannot build {name}"))?;
        executable(&messages).with_context(|| anyhow!("cargo built no executable for {name}"))
    }
}

/// The executable that a build's JSON messages name last.
pub(crate) fn executable(messages: &str) -> Option<Utf8PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(Utf8PathBuf::from))
        .next_back()
}

/// Writes to stderr what comes next; stdout belongs to the programs that the chores run.
pub(crate) fn heading(text: &str) {
    say(&format!("\n==> {text}"));
}

/// Writes a line to stderr.
pub(crate) fn say(text: &str) {
    // A lost progress line is no reason to stop.
    let _ = writeln!(io::stderr(), "{text}");
}

/// An error with a hint below it.
pub(crate) fn hint(error: &str, hint: &str) -> anyhow::Error {
    anyhow!("{error}\n  hint: {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executable_is_the_last_one_named() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","executable":"/t/release/covgate"}"#,
            "\nnot json\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable(messages), Some(Utf8PathBuf::from("/t/release/covgate")));
        assert_eq!(executable(""), None);
    }
}
