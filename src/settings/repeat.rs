//! Owns the command lines that a person can paste to look at a run again, or to act on it.
//! Must not know when they are offered.

use camino::{Utf8Path, Utf8PathBuf};

use super::Layer;
use crate::domain::shell;

/// The settings from the command line, for commands that a person can repeat.
#[derive(Debug, Clone, Default)]
pub struct Repeat {
    /// `-C`, if it was given.
    pub chdir: Option<Utf8PathBuf>,
    /// The folder that counts for commands that write floors, where what is measured is a copy in
    /// which nobody would find them; empty for the folder that the person is in.
    pub floors_in: Option<Utf8PathBuf>,
    /// Options, without patterns.
    pub options: Vec<String>,
    /// Which packages.
    pub patterns: Vec<String>,
    /// What stands after `--`.
    pub go_test_flags: Vec<String>,
}

impl Repeat {
    /// What a command line asks for; of a hook's without what only the hook knows.
    #[must_use]
    pub fn of(command_line: &Layer) -> Self {
        Self {
            options: command_line.clone().without("packages").without("scope").words(),
            patterns: command_line.patterns(),
            go_test_flags: command_line.go_test_flags(),
            ..Self::default()
        }
    }

    /// `covgate audit` with the same options, of some packages; of those of the run where none is
    /// named.
    #[must_use]
    pub fn audit(&self, packages: &[String]) -> String {
        self.command("audit", self.chdir.as_deref(), "", packages)
    }

    /// The same of `covgate ratchet`, which has options of its own.
    #[must_use]
    pub fn ratchet(&self, own: &[String], packages: &[String]) -> String {
        self.command("ratchet", self.writes_in(), &shell::command(own), packages)
    }

    /// The way down for one package. Its reason is for the person to write. The patterns of the run
    /// stand there too: among them the package is looked for.
    #[must_use]
    pub fn lower(&self, package: &str) -> String {
        let package = shell::command(&[package.to_owned()]);
        let own = format!("--lower {package} --reason \"why\"");
        self.command("ratchet", self.writes_in(), &own, &[])
    }

    fn writes_in(&self) -> Option<&Utf8Path> {
        let folder = self.floors_in.as_deref().or(self.chdir.as_deref());
        folder.filter(|folder| !folder.as_str().is_empty())
    }

    /// A command of covgate's, as a shell takes it.
    fn command(
        &self,
        command: &str,
        folder: Option<&Utf8Path>,
        own: &str,
        packages: &[String],
    ) -> String {
        let chdir = folder.into_iter().flat_map(|folder| ["-C".to_owned(), folder.to_string()]);
        let options = ["covgate", command].map(str::to_owned).into_iter().chain(chdir);
        let options: Vec<String> = options.chain(self.options.iter().cloned()).collect();
        let packages = if packages.is_empty() { self.patterns.as_slice() } else { packages };
        let flags = &self.go_test_flags;
        let dashes = (!flags.is_empty()).then(|| "--".to_owned());
        let flags: Vec<String> = dashes.into_iter().chain(flags.iter().cloned()).collect();
        let words = [shell::command(&options), own.to_owned()];
        let lists: [&[String]; 2] = [packages, &flags];
        let words = words.into_iter().chain(lists.map(shell::command));
        words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ")
    }
}
