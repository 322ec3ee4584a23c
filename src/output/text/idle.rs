//! Owns how directives are named on stderr that take out nothing but covered statements.
//! Must not know how that was found out.

use std::io::{self, Write};

use camino::Utf8Path;

use crate::domain::choice::IdleIgnores;
use crate::domain::counted::statements;
use crate::domain::ignores::Ignore;
use crate::domain::visible;

/// How many are named. Reports have them all.
const SHOWN: usize = 100;

/// The idle directives of a run.
#[derive(Debug)]
pub(crate) struct Idle {
    how: IdleIgnores,
    found: Vec<Ignore>,
}

impl Idle {
    /// None yet; `how` they are treated.
    #[must_use]
    pub(crate) fn new(how: IdleIgnores) -> Self {
        Self { how, found: Vec::new() }
    }

    /// Keeps those of a package that are idle; returns whether they close the gate.
    pub(crate) fn add(&mut self, ignored: &[Ignore]) -> bool {
        let before = self.found.len();
        if self.how != IdleIgnores::Off {
            self.found.extend(ignored.iter().filter(|ignore| ignore.is_idle()).cloned());
        }
        self.how == IdleIgnores::Fail && self.found.len() > before
    }

    /// What closes the gate, as reports say it.
    #[must_use]
    pub(crate) fn troubles(&self) -> Vec<String> {
        let found = self.found.iter().filter(|_| self.how == IdleIgnores::Fail);
        found.map(|ignore| said(ignore, &ignore.path)).collect()
    }

    /// Names them. Paths of the run, which lies in `root`, start at `folder` where they can.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn write(
        &self,
        root: &Utf8Path,
        folder: &Utf8Path,
        err: &mut dyn Write,
    ) -> io::Result<()> {
        let word = if self.how == IdleIgnores::Fail { "error" } else { "warning" };
        for ignore in self.found.iter().take(SHOWN) {
            let on_disk = root.join(&ignore.path);
            let path = on_disk.strip_prefix(folder).map_or(ignore.path.as_str(), Utf8Path::as_str);
            writeln!(err, "{word}: {}", visible::line(&said(ignore, path)))?;
        }
        match self.found.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => writeln!(err, "{word}: and {more} more idle directive(s)"),
        }
    }
}

fn said(ignore: &Ignore, path: &str) -> String {
    let line = ignore.line.unwrap_or_default();
    let why = match ignore.statements {
        0 => "takes nothing out".to_owned(),
        1 => "is idle: its statement is covered".to_owned(),
        count => format!("is idle: its {} are covered", statements(count)),
    };
    let name = if ignore.kind.is_file() { "ignore-file" } else { "ignore" };
    format!("{path}:{line}: `//covgate:{name}` {why}; remove it")
}
