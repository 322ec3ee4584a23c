//! Owns what covgate says when it is given no command: what to do next in this repository.
//! Must not know more of a repository than a look at it tells: it asks no go, and git once.

use std::io::{self, Write};

use camino::Utf8Path;

use crate::commands::hook::install::site::Site;
use crate::domain::floor;
use crate::settings::{self, FILE_NAME};
use crate::tools::git::{Git, is_skipped};
use crate::tools::go::workspace;
use crate::tools::process::Supervisor;

/// How many files are looked at.
const PATIENCE: usize = 20_000;

/// Says what to do next; `false` where there is nothing to gate, and nothing was said.
///
/// # Errors
/// When the writer fails.
pub(crate) fn say(
    supervisor: &Supervisor,
    folder: &Utf8Path,
    out: &mut dyn Write,
) -> io::Result<bool> {
    let Some(root) = settings::find_repository(folder) else { return Ok(false) };
    let gate = settings::home(folder).unwrap_or(root);
    let mut found = Found::default();
    found.look(&gate);
    let is_set_up = found.floor || gate.join(FILE_NAME).is_file();
    if !(is_set_up || found.module) {
        return Ok(false);
    }
    if !is_set_up {
        writeln!(
            out,
            "Nothing is gated here yet.\n\n  \
             covgate init --dry-run   shows how that would begin\n  \
             covgate init             begins: settings, and a floor for each package"
        )?;
    } else {
        writeln!(out, "  covgate check            gates every package")?;
        let layout = Git::new(supervisor, folder).layout();
        let site = layout.and_then(|layout| Site::of(layout, folder, None));
        if site.is_ok_and(|site| !site.gates_pushes()) {
            writeln!(out, "  covgate hook install     gates every push, which nothing does yet")?;
        }
    }
    writeln!(out, "  covgate --help           lists all commands")?;
    Ok(true)
}

/// What lies in a folder and below.
#[derive(Debug, Default)]
struct Found {
    floor: bool,
    module: bool,
    looked: usize,
}

impl Found {
    /// Looks until a floor is found, or its patience is over.
    fn look(&mut self, folder: &Utf8Path) {
        let mut below = Vec::new();
        for entry in folder.read_dir_utf8().into_iter().flatten().flatten() {
            self.looked += 1;
            match entry.file_name() {
                floor::FILE_NAME => self.floor = true,
                "go.mod" | workspace::FILE_NAME => self.module = true,
                name => {
                    let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                    if is_folder && !is_skipped(Utf8Path::new(name)) {
                        below.push(entry.into_path());
                    }
                }
            }
        }
        below.sort();
        for folder in below {
            if self.floor || self.looked > PATIENCE {
                return;
            }
            self.look(&folder);
        }
    }
}
