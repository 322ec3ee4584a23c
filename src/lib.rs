//! covgate: a coverage gate for Go.
//!
//! [`check`] is the program's main job on one page: settings → packages and floors → plan → warm
//! pass → coverage runs → verdicts → report. Each step is a room of ARCHITECTURE.md; nothing flows
//! back.

pub mod affected;
pub mod cli;
pub mod error;
pub mod exit;
pub mod floor;
pub mod floor_file;
pub mod gate;
pub mod git;
pub mod go;
pub mod hook;
pub mod limit;
pub mod measure;
pub mod paths;
pub mod pattern;
pub mod percent;
pub mod plan;
pub mod process;
pub mod ratchet;
pub mod report;
pub mod select;
pub mod settings;
pub mod shell;
pub mod since;
pub mod uncovered;
pub mod verdict;
pub mod words;

mod discover;
mod session;

use std::io::Write;
use std::time::Instant;

use crate::affected::Scope;
use crate::error::Result;
use crate::gate::{Gate, Verdicts, report_error};
use crate::process::Supervisor;
use crate::report::{Style, Table};
use crate::session::Session;
use crate::settings::Settings;
use crate::verdict::Policy;

/// Gates every package: measures it, compares it with its floor, writes the report to `out` and
/// warnings to `err`.
///
/// # Errors
/// When the gate could not decide; a closed gate is no error but [`exit::Exit::GateClosed`].
pub fn check(
    settings: &Settings,
    scope: &Scope,
    supervisor: &Supervisor,
    style: Style,
    out: impl Write,
    err: &mut dyn Write,
) -> Result<Verdicts> {
    // Packages and floors, the plan: all that can be wrong before a test runs.
    let session = Session::open(settings, scope, supervisor, err)?;
    let selection = &session.selection;
    let heading = gate::heading(settings, selection);
    let mut table = Table::start(out, style, heading).map_err(report_error)?;
    if selection.packages.is_empty() {
        return gate::nothing_left(selection, &mut table);
    }
    // The warm pass, above the table and outside its time.
    if let Some(set) = session.warm_set() {
        table.warming(set.paths.len()).map_err(report_error)?;
        table.warmed(session.warm(set)?).map_err(report_error)?;
    }
    // The coverage runs; each result gets its verdict and becomes a row.
    table.head().map_err(report_error)?;
    let started = Instant::now();
    let mut gate = Gate::new(selection, Policy::new(settings), &mut table);
    measure::run(session.job(), &mut |event| gate.hear(event))?;
    gate.close(started.elapsed(), err)
}
