//! covgate: a coverage gate for Go.
//!
//! [`check`] is the program's main job on one page: settings → packages and floors → plan → warm
//! pass → coverage runs → verdicts → report. Each step is a room of ARCHITECTURE.md; nothing flows
//! back.

pub mod affected;
pub mod cli;
pub mod document;
pub mod error;
pub mod exit;
pub mod findings;
pub mod floor;
pub mod floor_file;
pub mod formats;
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
pub mod shard;
pub mod shell;
pub mod since;
pub mod uncovered;
pub mod verdict;
pub mod words;

mod discover;
mod session;

use std::io::Write;

use crate::affected::Scope;
use crate::error::Result;
use crate::findings::Phases;
use crate::gate::{Gate, Rules, Verdicts, report_error};
use crate::process::Supervisor;
use crate::report::shortfall::Reader;
use crate::report::{Style, Table};
use crate::session::Session;
use crate::settings::Settings;

/// Gates every package: measures it, compares it with its floor, writes the table to `out` and
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
    let (rules, selection) = (Rules::new(settings), &session.selection);
    let heading = rules.heading(selection, None);
    let mut table = Table::start(out, style, heading).map_err(report_error)?;
    let mut gate = Gate::new(rules, Reader::of(settings), selection, false);
    if selection.packages.is_empty() {
        gate.nothing_left(None, &mut table)?;
    } else {
        // The warm pass, above the table and outside its time.
        let mut phases = Phases { list: session.listing, ..Phases::default() };
        if let Some(set) = session.warm_set() {
            table.warming(set.paths.len()).map_err(report_error)?;
            let spent = phases.warm.insert(session.warm(set)?);
            table.warmed(spent.wall).map_err(report_error)?;
        }
        // The coverage runs; each result gets its verdict and becomes a row.
        table.head().map_err(report_error)?;
        let ran = session.measure(&mut |index, measured| gate.row(index, measured, &mut table))?;
        phases.runs = ran.spent;
        gate.close(ran.troubles, phases, &mut table, err)?;
    }
    Ok(gate.decided().0)
}
